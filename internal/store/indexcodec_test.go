package store

import (
	"fmt"
	"testing"
)

// TestIndexCodec searches parts whose indexes were written before migration 0041, after it, and merged of both: words are found as they
// are without an index.
func TestIndexCodec(t *testing.T) {
	const step, rows = "0041_index_codec.sql", 20_000
	s := open(t, options(t))
	exec := func(format string, a ...any) {
		t.Helper()
		if err := s.exec(t.Context(), fmt.Sprintf(format, a...)); err != nil {
			t.Fatal(err)
		}
	}
	insert := func(first int) {
		t.Helper()
		exec("INSERT INTO events (`tenant`, `@timestamp`, `event.ingested`, `event.row`, `event.original`) SELECT 'default', now(), now(), number, "+
			"concat('often w', toString(number %% 7), ' m', toString(number %% 997), ' n', toString(number)) FROM numbers(%d, %d)", first, rows)
	}
	found := func(when string, want uint64, word string) {
		t.Helper()
		for _, settings := range []string{"force_data_skipping_indices = '`event.original`'", "use_skip_indexes = 0, query_plan_direct_read_from_text_index = 0"} {
			if n := one[uint64](t, s, "SELECT count() FROM events WHERE hasAllTokens(`event.original`, [{w:String}]) SETTINGS use_query_condition_cache = 0, "+settings, Params{"w": word}); n != want {
				t.Errorf("%s: %d rows have %s, want %d; %s", when, n, word, want, settings)
			}
		}
	}
	size := func() uint64 {
		t.Helper()
		return one[uint64](t, s, "SELECT sum(secondary_indices_compressed_bytes) FROM system.parts WHERE active AND database = {db:String} AND table = 'events'", Params{"db": s.o.Database})
	}
	exec("ALTER TABLE events RESET SETTING default_compression_codec, text_index_posting_list_codec")
	exec("ALTER TABLE migrations DELETE WHERE name = '%s' SETTINGS mutations_sync = 2", step)
	insert(0)
	was := size()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	insert(rows)
	if now := size() - was; now >= was*9/10 {
		t.Errorf("an index of %d bytes was %d before", now, was)
	}
	for _, when := range []string{"two parts", "one part"} {
		found(when, 2*rows, "often")
		found(when, (2*rows+6)/7, "w0")
		found(when, (2*rows+996)/997, "m0")
		found(when, 1, "n12345")
		found(when, 1, "n34567")
		found(when, 0, "n99999")
		exec("OPTIMIZE TABLE events FINAL")
	}
}
