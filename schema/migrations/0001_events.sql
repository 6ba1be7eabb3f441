-- Events. The columns and indexes that follow from fields.yaml are in events_columns.sql and events_indexes.sql;
-- fields that the dictionary gains later are added to the table at start.
--
-- Partitions are of receive time: a hostile sender with scattered dates touches one. A part holds one retention class,
-- so whole parts can be dropped. Parts are wide (a file for each column) from a million rows only: below, writing the
-- files costs more than all the rest, and a merge that is not vertical holds buffers for all of them at once, 2 GB.
-- Deduplication windows make an insert with a token that was seen a no-op.
CREATE TABLE IF NOT EXISTS {{.DB}}.{{.Events}} {{.OnCluster}} (
{{.EventColumns}},
`retention` LowCardinality(String) DEFAULT 'default' CODEC(ZSTD(1)),
{{.EventIndexes}}
)
ENGINE = {{.Sharded "MergeTree" "events"}}
PARTITION BY (`retention`, toDate(`event.ingested`))
ORDER BY (`tenant`, `event.dataset`, `@timestamp`)
TTL {{.EventTTL}}
SETTINGS ttl_only_drop_parts = 1, min_rows_for_wide_part = 1000000, {{.Dedup}};

{{if .Cluster}}
CREATE TABLE IF NOT EXISTS {{.DB}}.events {{.OnCluster}} AS {{.DB}}.{{.Events}}
ENGINE = Distributed({{.Cluster}}, {{.DB}}, {{.Events}});
{{end}}
