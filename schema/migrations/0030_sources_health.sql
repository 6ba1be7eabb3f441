-- What the account tells of a source beyond counts: when it began, in which minutes of the hour it spoke, how much of it was not
-- understood, how far its clock is from ours, and which zone its times were read in. All of it merges, and is written with the counts.
ALTER TABLE {{.DB}}.sources {{.OnCluster}}
ADD COLUMN IF NOT EXISTS `first` SimpleAggregateFunction(min, DateTime64(9, 'UTC')) DEFAULT `last`,
ADD COLUMN IF NOT EXISTS `minutes` SimpleAggregateFunction(groupBitOr, UInt64) DEFAULT bitShiftLeft(toUInt64(1), toMinute(`last`)) COMMENT 'bit n: something came in minute n',
ADD COLUMN IF NOT EXISTS `unparsed` SimpleAggregateFunction(sum, UInt64) COMMENT 'of the stored',
ADD COLUMN IF NOT EXISTS `skew` SimpleAggregateFunction(sumMap, Map(Int32, UInt64)) COMMENT 'stored records by seconds from receipt to stated time',
ADD COLUMN IF NOT EXISTS `zone` SimpleAggregateFunction(anyLast, String);
