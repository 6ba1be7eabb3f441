-- Runs of packs are kept for 90 days, answers to requests with an Idempotency-Key for one.
ALTER TABLE {{.DB}}.objects {{.OnCluster}} MODIFY TTL
toDateTime(`time`) + INTERVAL 90 DAY DELETE WHERE `kind` = 'packrun',
toDateTime(`time`) + INTERVAL 1 DAY DELETE WHERE `kind` = 'request';
