-- How indexes are written. The words of a text index stand in blocks that the part's default codec packs, by default LZ4, and the rows that
-- have them in lists that nothing packs. Parts that are there already stay readable, and change as they are merged.
ALTER TABLE {{.DB}}.{{.Events}} {{.OnCluster}}
MODIFY SETTING default_compression_codec = 'ZSTD(1)', text_index_posting_list_codec = 'bitpacking';
