-- The loss account: one row for each gain, summed by merges. The loader writes it, under the same token as the events
-- that a gain came with, so no materialised view is needed, and none can fall behind the table.
CREATE TABLE IF NOT EXISTS {{.DB}}.sources {{.OnCluster}} (
`tenant` LowCardinality(String),
`listener` LowCardinality(String),
`source` String,
`reason` LowCardinality(String),
`hour` DateTime('UTC'),
`count` SimpleAggregateFunction(sum, UInt64),
`last` SimpleAggregateFunction(max, DateTime64(9, 'UTC'))
)
ENGINE = {{.Everywhere "AggregatingMergeTree" "sources"}}
PARTITION BY toYYYYMM(`hour`)
ORDER BY (`tenant`, `listener`, `source`, `reason`, `hour`)
TTL `hour` + INTERVAL 400 DAY
SETTINGS ttl_only_drop_parts = 1, {{.Dedup}};

CREATE VIEW IF NOT EXISTS {{.DB}}.source_account {{.OnCluster}} AS
SELECT `tenant`, `listener`, `source`, `reason`, sum(`count`) AS `records`, max(`last`) AS `seen`
FROM {{.DB}}.sources
GROUP BY `tenant`, `listener`, `source`, `reason`;
