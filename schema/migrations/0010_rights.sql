-- Users, tokens and sessions: revisions, only ever added. Of each (kind, id) the newest counts. What is secret (hashes of passwords, sealed
-- keys) stands in a column of its own, so that it can be left out of grants.
CREATE TABLE IF NOT EXISTS {{.DB}}.rights {{.OnCluster}} (
`kind` LowCardinality(String) COMMENT 'user, token, session, seen (when a session was used) or step (the last one-time code of a user)',
`id` String,
`revision` UInt64,
`time` DateTime64(3, 'UTC'),
`by` String COMMENT 'who made the revision',
`nonce` String COMMENT 'of the writer: of two with one number the later stored counts',
`body` String COMMENT 'JSON',
`secret` String COMMENT 'hashed or sealed',
`stored` DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = {{.Everywhere "MergeTree" "rights"}}
ORDER BY (`kind`, `id`, `revision`)
TTL toDateTime(`stored`) + INTERVAL 90 DAY DELETE WHERE `kind` IN ('session', 'seen', 'step')
SETTINGS {{.Dedup}};

CREATE OR REPLACE VIEW {{.DB}}.users_now {{.OnCluster}} AS
SELECT `id` AS `user`, JSONExtractString(`body`, 'name') AS `name`, JSONExtractString(`body`, 'role') AS `role`,
JSONExtract(`body`, 'tenants', 'Array(String)') AS `tenants`, JSONExtractBool(`body`, 'all_tenants') AS `all_tenants`,
JSONExtractBool(`body`, 'disabled') AS `disabled`, `revision`, `time`, `by`
FROM {{.DB}}.rights WHERE `kind` = 'user'
ORDER BY `revision` DESC, `stored` DESC, `nonce` DESC LIMIT 1 BY `id`;

CREATE OR REPLACE VIEW {{.DB}}.tokens_now {{.OnCluster}} AS
SELECT `id`, JSONExtractString(`body`, 'name') AS `name`, JSONExtract(`body`, 'scopes', 'Array(String)') AS `scopes`,
JSONExtract(`body`, 'tenants', 'Array(String)') AS `tenants`, JSONExtractBool(`body`, 'all_tenants') AS `all_tenants`,
JSONExtractBool(`body`, 'revoked') AS `revoked`, JSONExtractString(`body`, 'expires') AS `expires`, `revision`, `time`, `by`
FROM {{.DB}}.rights WHERE `kind` = 'token'
ORDER BY `revision` DESC, `stored` DESC, `nonce` DESC LIMIT 1 BY `id`;
