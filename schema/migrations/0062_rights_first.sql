-- Of two revisions with one number the one that was stored first counts, not the last: its writer was told that it is so.
CREATE OR REPLACE VIEW {{.DB}}.users_now {{.OnCluster}} AS
SELECT `id` AS `user`, JSONExtractString(`body`, 'name') AS `name`, JSONExtractString(`body`, 'role') AS `role`,
JSONExtract(`body`, 'tenants', 'Array(String)') AS `tenants`, JSONExtractBool(`body`, 'all_tenants') AS `all_tenants`,
JSONExtractBool(`body`, 'disabled') AS `disabled`, `revision`, `time`, `by`
FROM {{.DB}}.rights WHERE `kind` = 'user'
ORDER BY `revision` DESC, `stored`, `nonce` LIMIT 1 BY `id`;

CREATE OR REPLACE VIEW {{.DB}}.tokens_now {{.OnCluster}} AS
SELECT `id`, JSONExtractString(`body`, 'name') AS `name`, JSONExtract(`body`, 'scopes', 'Array(String)') AS `scopes`,
JSONExtract(`body`, 'tenants', 'Array(String)') AS `tenants`, JSONExtractBool(`body`, 'all_tenants') AS `all_tenants`,
JSONExtractBool(`body`, 'revoked') AS `revoked`, JSONExtractString(`body`, 'expires') AS `expires`, `revision`, `time`, `by`
FROM {{.DB}}.rights WHERE `kind` = 'token'
ORDER BY `revision` DESC, `stored`, `nonce` LIMIT 1 BY `id`;
