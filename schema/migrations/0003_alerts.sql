-- Alerts, append-only: a later count of the same alert is a further revision. alerts_now shows the newest of each.
CREATE TABLE IF NOT EXISTS {{.DB}}.alerts {{.OnCluster}} (
`tenant` LowCardinality(String),
`alert.id` String,
`revision` UInt32,
`@timestamp` DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
`event.start` DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
`event.end` DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
`rule.id` LowCardinality(String),
`rule.name` LowCardinality(String),
`rule.level` LowCardinality(String),
`event.severity` Int64,
`count` UInt64,
`group` Map(LowCardinality(String), String),
`supersedes` Array(String),
`body` String CODEC(ZSTD(1)),
`stored` DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = {{.Everywhere "MergeTree" "alerts"}}
PARTITION BY toYYYYMM(`stored`)
ORDER BY (`tenant`, `@timestamp`, `alert.id`, `revision`)
SETTINGS {{.Dedup}};

CREATE VIEW IF NOT EXISTS {{.DB}}.alerts_now {{.OnCluster}} AS
SELECT * FROM {{.DB}}.alerts
ORDER BY `revision` DESC, `stored` DESC
LIMIT 1 BY `tenant`, `alert.id`;
