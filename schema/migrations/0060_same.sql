-- Fields that mostly repeat another are not stored where they do: a bit of column `same` says so. What old parts hold of them are values of
-- their own, without the bit: package store renames those columns (store/migrate.go), since a table that was made by this build has them so already.
{{range .EventTables}}
ALTER TABLE {{$.DB}}.{{.}} {{$.OnCluster}}
ADD COLUMN IF NOT EXISTS {{$.Column "same"}},
MODIFY COLUMN {{$.Column "related.ip"}},
MODIFY COLUMN {{$.Column "related.user"}},
MODIFY COLUMN {{$.Column "related.hosts"}};
{{end}}
