-- What could not be stored: whole records that cannot be decoded, and single rows that the engine refuses.
CREATE TABLE IF NOT EXISTS {{.DB}}.quarantine {{.OnCluster}} (
`stored` DateTime64(3, 'UTC') DEFAULT now64(3),
`received` DateTime64(9, 'UTC'),
`tenant` LowCardinality(String),
`kind` LowCardinality(String) COMMENT 'block: a record of the log, headers included; row: one event as JSON',
`partition` Int32,
`offset` Int64,
`event.block` FixedString(16),
`event.row` UInt32,
`rows` UInt32 COMMENT 'how many events are in it, as far as its header says',
`reason` String,
`headers` Map(String, String),
`value` String CODEC(ZSTD(1))
)
ENGINE = {{.Everywhere "MergeTree" "quarantine"}}
PARTITION BY toYYYYMM(`stored`)
ORDER BY (`stored`)
TTL toDateTime(`stored`) + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1, {{.Dedup}};
