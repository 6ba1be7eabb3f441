-- Events that are read again by newer parsers. The new version of an event is a row of its own, with the number of the job that made
-- it; a job goes through states, and the view says which rows do not count meanwhile: while it is `staged` those that it made, while
-- it is `shown` those that it replaces. `done` and `undone` leave none.
ALTER TABLE {{.DB}}.{{.Events}} {{.OnCluster}}
ADD COLUMN IF NOT EXISTS `reparsed` UInt32 COMMENT 'job that read the event again; 0: as it was loaded' CODEC(ZSTD(1)),
ADD INDEX IF NOT EXISTS `reparsed` `reparsed` TYPE minmax GRANULARITY 1;
{{if .Cluster}}
ALTER TABLE {{.DB}}.events {{.OnCluster}} ADD COLUMN IF NOT EXISTS `reparsed` UInt32;
{{end}}

CREATE TABLE IF NOT EXISTS {{.DB}}.reparses {{.OnCluster}} (
`job` UInt32,
`step` UInt8,
`state` LowCardinality(String),
`shard` UInt32,
`time` DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = {{.Everywhere "MergeTree" "reparses"}}
ORDER BY (`job`, `step`);

CREATE VIEW IF NOT EXISTS {{.DB}}.reparsing {{.OnCluster}} AS
SELECT maxIf(`job`, now = 'staged') AS staged, maxIf(`job`, now = 'shown') AS shown
FROM (SELECT `job`, argMax(`state`, `step`) AS now FROM {{.DB}}.reparses GROUP BY `job`);

CREATE VIEW IF NOT EXISTS {{.DB}}.reparsed {{.OnCluster}} AS
SELECT `event.block`, `event.row` FROM {{.DB}}.{{.Events}} WHERE `reparsed` = (SELECT shown FROM {{.DB}}.reparsing);
