-- Who or what an alert is about: as kind:value, in small letters, as package alert says it.
ALTER TABLE {{.DB}}.alerts {{.OnCluster}} ADD COLUMN IF NOT EXISTS `entities` Array(String) DEFAULT arrayDistinct(arrayFilter(x -> NOT endsWith(x, ':'), [
concat('user:', lower(JSONExtractString(`body`, 'user.name'))), concat('user:', lower(JSONExtractString(`body`, 'user.target.name'))),
concat('host:', lower(JSONExtractString(`body`, 'host.name'))),
concat('ip:', lower(JSONExtractString(`body`, 'source.ip'))), concat('ip:', lower(JSONExtractString(`body`, 'destination.ip')))])) CODEC(ZSTD(1));

CREATE OR REPLACE VIEW {{.DB}}.alerts_now {{.OnCluster}} AS
SELECT * FROM {{.DB}}.alerts
ORDER BY `revision` DESC, `stored` DESC
LIMIT 1 BY `tenant`, `alert.id`;

-- What people did with an alert, append-only. A version is given once: its insert has a token of it, and the engine
-- takes a token once. So there is one partition.
CREATE TABLE IF NOT EXISTS {{.DB}}.alert_activity {{.OnCluster}} (
`tenant` LowCardinality(String),
`alert.id` String,
`version` UInt32,
`id` String,
`time` DateTime64(9, 'UTC'),
`user` String,
`action` LowCardinality(String),
`owner` String,
`comment` String CODEC(ZSTD(1)),
`class` LowCardinality(String)
)
ENGINE = {{.Everywhere "MergeTree" "alert_activity"}}
ORDER BY (`tenant`, `alert.id`, `version`)
SETTINGS {{.Dedup}};

-- Which alerts went before which: those that one supersedes, and those that they superseded.
CREATE VIEW IF NOT EXISTS {{.DB}}.alert_heirs {{.OnCluster}} AS
WITH RECURSIVE heirs AS (
SELECT `tenant` AS `tenant`, `alert.id` AS `heir`, arrayJoin(`supersedes`) AS `was`, 1 AS `depth` FROM {{.DB}}.alerts WHERE notEmpty(`supersedes`)
UNION ALL
SELECT h.`tenant` AS `tenant`, h.`heir` AS `heir`, e.`was` AS `was`, h.`depth` + 1 AS `depth`
FROM heirs AS h
INNER JOIN (SELECT DISTINCT `tenant`, `alert.id` AS `heir`, arrayJoin(`supersedes`) AS `was` FROM {{.DB}}.alerts WHERE notEmpty(`supersedes`)) AS e
ON e.`tenant` = h.`tenant` AND e.`heir` = h.`was`
WHERE h.`depth` < 16
)
SELECT DISTINCT `tenant`, `heir`, `was` FROM heirs WHERE `heir` != `was`;

-- Each alert's activity, with that of the alerts that went before it.
CREATE VIEW IF NOT EXISTS {{.DB}}.alert_activity_all {{.OnCluster}} AS
SELECT `tenant`, `alert.id`, `alert.id` AS `of`, `version`, `id`, `time`, `user`, `action`, `owner`, `comment`, `class` FROM {{.DB}}.alert_activity
UNION ALL
SELECT h.`tenant` AS `tenant`, h.`heir` AS `alert.id`, h.`was` AS `of`, a.`version` AS `version`, a.`id` AS `id`, a.`time` AS `time`, a.`user` AS `user`, a.`action` AS `action`, a.`owner` AS `owner`, a.`comment` AS `comment`, a.`class` AS `class`
FROM {{.DB}}.alert_activity AS a INNER JOIN {{.DB}}.alert_heirs AS h ON a.`tenant` = h.`tenant` AND a.`alert.id` = h.`was`;

-- The state of each alert with which somebody did something; others are new.
CREATE VIEW IF NOT EXISTS {{.DB}}.alert_state {{.OnCluster}} AS
SELECT `tenant`, `alert.id`,
transform(argMaxIf(`action`, `time`, `action` IN ('acknowledge', 'close', 'reopen')), ['acknowledge', 'close'], ['acknowledged', 'closed'], 'new') AS `status`,
argMaxIf(`owner`, `time`, `action` IN ('acknowledge', 'assign')) AS `owner`,
argMaxIf(`class`, `time`, `action` IN ('close', 'reopen')) AS `class`,
countIf(`comment` != '') AS `comments`,
count() AS `activities`,
max(`time`) AS `changed`,
argMax(`user`, `time`) AS `changed_by`
FROM {{.DB}}.alert_activity_all
GROUP BY `tenant`, `alert.id`;

-- Saved hunts, investigations, their items, exports: each version of each, append-only, tokens as above.
CREATE TABLE IF NOT EXISTS {{.DB}}.objects {{.OnCluster}} (
`tenant` LowCardinality(String),
`kind` LowCardinality(String),
`id` String,
`version` UInt32,
`write` String,
`time` DateTime64(9, 'UTC'),
`user` String,
`owner` String,
`parent` String,
`shared` Bool,
`deleted` Bool,
`body` String CODEC(ZSTD(1))
)
ENGINE = {{.Everywhere "MergeTree" "objects"}}
ORDER BY (`tenant`, `kind`, `parent`, `id`, `version`)
SETTINGS {{.Dedup}};

CREATE VIEW IF NOT EXISTS {{.DB}}.objects_now {{.OnCluster}} AS
SELECT * FROM (SELECT * FROM {{.DB}}.objects ORDER BY `version` DESC LIMIT 1 BY `tenant`, `kind`, `parent`, `id`)
WHERE NOT `deleted`;
