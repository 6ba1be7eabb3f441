-- Each entry of the audit log names the one before it of its process: see package audit.
ALTER TABLE {{.DB}}.audit {{.OnCluster}}
ADD COLUMN IF NOT EXISTS `hash` String COMMENT 'SHA-256 of the entry and of before, in hex',
ADD COLUMN IF NOT EXISTS `before` String COMMENT 'hash of the entry before it of the same process',
ADD COLUMN IF NOT EXISTS `before_time` DateTime64(3, 'UTC') COMMENT 'time of the entry before it of the same process';
