-- A rule may count by the address of who asked, which is an IP or a name: as package alert says it.
ALTER TABLE {{.DB}}.alerts {{.OnCluster}}
MODIFY COLUMN `entities` Array(String) DEFAULT arrayDistinct(arrayFilter(x -> NOT endsWith(x, ':'), [
concat('user:', lower(JSONExtractString(`body`, 'user.name'))), concat('user:', lower(JSONExtractString(`body`, 'user.target.name'))),
concat('host:', lower(JSONExtractString(`body`, 'host.name'))),
concat('ip:', lower(JSONExtractString(`body`, 'source.ip'))), concat('ip:', lower(JSONExtractString(`body`, 'destination.ip'))),
concat(if(isIPv4String(JSONExtractString(`body`, 'source.address')) OR isIPv6String(JSONExtractString(`body`, 'source.address')), 'ip:', 'host:'),
lower(JSONExtractString(`body`, 'source.address')))])) CODEC(ZSTD(1));
