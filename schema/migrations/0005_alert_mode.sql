-- Alerts of rules that are only tried out (mode: shadow) are kept apart.
ALTER TABLE {{.DB}}.alerts {{.OnCluster}} ADD COLUMN IF NOT EXISTS `rule.mode` LowCardinality(String) DEFAULT 'live' AFTER `rule.level`;

CREATE OR REPLACE VIEW {{.DB}}.alerts_now {{.OnCluster}} AS
SELECT * FROM {{.DB}}.alerts
ORDER BY `revision` DESC, `stored` DESC
LIMIT 1 BY `tenant`, `alert.id`;
