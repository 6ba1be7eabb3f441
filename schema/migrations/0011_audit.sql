-- Who did what: every search, export, change, log-in and denied access. Rows are only ever added.
CREATE TABLE IF NOT EXISTS {{.DB}}.audit {{.OnCluster}} (
`time` DateTime64(3, 'UTC'),
`id` String COMMENT 'of the process, with the number of the entry in it',
`action` LowCardinality(String),
`outcome` LowCardinality(String) COMMENT 'ok, denied or failed',
`user` String,
`kind` LowCardinality(String) COMMENT 'user, token, local or anonymous',
`role` LowCardinality(String),
`tenants` Array(LowCardinality(String)) COMMENT 'that the action could see',
`address` String COMMENT 'where the request came from',
`count` UInt32 COMMENT 'how often within a second',
`fields` String COMMENT 'JSON' CODEC(ZSTD(1)),
`stored` DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = {{.Everywhere "MergeTree" "audit"}}
PARTITION BY toYYYYMM(`time`)
ORDER BY (`time`, `id`)
SETTINGS {{.Dedup}};
