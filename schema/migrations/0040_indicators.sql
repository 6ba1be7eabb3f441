-- Indicators of compromise for which the stored past has been searched: each once, however often a feed lists it.
CREATE TABLE IF NOT EXISTS {{.DB}}.indicators {{.OnCluster}} (
`kind` LowCardinality(String),
`value` String,
`source` LowCardinality(String),
`searched` DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = {{.Everywhere "MergeTree" "indicators"}}
ORDER BY (`kind`, `value`)
SETTINGS {{.Dedup}};
