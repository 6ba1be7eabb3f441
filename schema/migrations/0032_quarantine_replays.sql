-- What of table quarantine was stored after all.
CREATE TABLE IF NOT EXISTS {{.DB}}.quarantine_replays {{.OnCluster}} (
`kind` LowCardinality(String),
`event.block` FixedString(16),
`event.row` UInt32,
`rows` UInt32,
`time` DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = {{.Everywhere "MergeTree" "quarantine_replays"}}
ORDER BY (`event.block`, `event.row`)
TTL toDateTime(`time`) + INTERVAL 400 DAY
SETTINGS {{.Dedup}};
