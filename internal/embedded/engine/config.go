package engine

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
)

// Places within Options.Dir.
func (o Options) data() string { return filepath.Join(o.Dir, "data") }
func (o Options) work() string { return filepath.Join(o.Dir, "work") } // the child's working folder
func (o Options) conf() string { return filepath.Join(o.work(), "config.xml") }
func (o Options) sock() string { return filepath.Join(o.Dir, "native.sock") }

// writeConfig lays out the folder and writes the engine's configuration. The engine reads config.xml of its working
// folder whether told to or not: so that one is ours.
func (o Options) writeConfig() error {
	for _, d := range []string{o.Dir, o.data(), o.work(), filepath.Join(o.data(), "backups"), filepath.Join(o.data(), "tmp")} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return fmt.Errorf("engine: %w", err)
		}
	}
	if err := os.Chmod(o.Dir, 0o700); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	fsync := 0
	if o.Fsync {
		fsync = 1
	}
	text := fmt.Sprintf(`<clickhouse>
  <logger><level>none</level></logger>
  <timezone>UTC</timezone>
  <max_server_memory_usage>%d</max_server_memory_usage>
  <mark_cache_size>%d</mark_cache_size>
  <index_mark_cache_size>%d</index_mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <index_uncompressed_cache_size>0</index_uncompressed_cache_size>
  <mmap_cache_size>0</mmap_cache_size>
  <query_cache><max_size_in_bytes>0</max_size_in_bytes></query_cache>
  <background_pool_size>%d</background_pool_size>
  <background_merges_mutations_concurrency_ratio>1</background_merges_mutations_concurrency_ratio>
  <background_common_pool_size>2</background_common_pool_size>
  <background_move_pool_size>1</background_move_pool_size>
  <background_fetches_pool_size>1</background_fetches_pool_size>
  <background_schedule_pool_size>4</background_schedule_pool_size>
  <background_buffer_flush_schedule_pool_size>1</background_buffer_flush_schedule_pool_size>
  <background_distributed_schedule_pool_size>1</background_distributed_schedule_pool_size>
  <background_message_broker_schedule_pool_size>1</background_message_broker_schedule_pool_size>
  <tables_loader_foreground_pool_size>2</tables_loader_foreground_pool_size>
  <tables_loader_background_pool_size>2</tables_loader_background_pool_size>
  <database_atomic_delay_before_drop_table_sec>1</database_atomic_delay_before_drop_table_sec>
  <backups><allowed_path>%s</allowed_path></backups>
  <merge_tree>
    <old_parts_lifetime>60</old_parts_lifetime>
    <number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>
    <number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
    <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
    <fsync_after_insert>%d</fsync_after_insert>
    <fsync_part_directory>%d</fsync_part_directory>
  </merge_tree>
</clickhouse>
`, o.MaxServerMemory, o.MarkCache, o.IndexMarkCache, max(1, o.Threads), xmlText(filepath.Join(o.data(), "backups")+"/"), fsync, fsync)
	if err := os.WriteFile(o.conf(), []byte(text), 0o600); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	return nil
}

// arguments of every engine session; the settings hold for all of them.
func (o Options) arguments() []string {
	return []string{
		"--config-file=" + o.conf(),
		"--path=" + o.data(),
		"--async_insert=0",
		"--output_format_native_write_json_as_string=1",
		"--http_max_tries=1", // there is no network: fail at once
		fmt.Sprintf("--max_threads=%d", o.Threads),
	}
}

func xmlText(s string) string {
	var b bytes.Buffer
	xml.EscapeText(&b, []byte(s)) // a bytes.Buffer does not fail
	return b.String()
}
