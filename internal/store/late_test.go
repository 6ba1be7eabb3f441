package store

import (
	"context"
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

// sentAgain is b as it comes an hour later, at another offset.
func sentAgain(b Block, offset int64) Block {
	b.Offset, b.Time, b.Late = offset, b.Time+int64(time.Hour), true
	return b
}

// However many blocks come again, the plan finds room in the metadata of a commit: topic.MaxMetadata, 4042.
func TestLateFits(t *testing.T) {
	o := options(t)
	o.Load.Wait = time.Second
	s := open(t, o)
	const blocks, step = 300, 1_000_000_000 // records in between are repeats that the reader knew
	l := newLog(0)
	for n := range blocks {
		b := makeBlock(n, 1)
		b.Offset *= step
		l.append(b)
	}
	load(t, s, l)
	for n := range 2 * blocks {
		l.append(sentAgain(l.blocks[n%blocks], int64(blocks+n)*step))
	}
	if st := load(t, s, l).Stats(); st.Again != 2*blocks || st.Rows != 0 {
		t.Errorf("%d blocks came again, want %d; %d rows stored", st.Again, 2*blocks, st.Rows)
	}
	counts(t, s, blocks, 0, 0)
	if l.longest > 4042 || l.longest < 12*maxLate {
		t.Errorf("the longest metadata has %d bytes, want %d to 4042", l.longest, 12*maxLate)
	}
}

// Of a block that comes again late nothing is stored while any row of it is there; what was deleted does not come back in part. Late
// blocks that are new are stored, whenever they are from.
func TestLate(t *testing.T) {
	o := options(t)
	o.Load.Wait = time.Second
	s := open(t, o)
	l := newLog(0)
	for _, n := range []int{0, 1, 2, 100_000, 5_000} { // of 2 days, hours apart
		b := makeBlock(n, 100)
		b.Offset = int64(len(l.blocks))
		l.append(b)
	}
	load(t, s, l)
	if err := s.exec(t.Context(), "ALTER TABLE events DELETE WHERE startsWith(`event.original`, '<38>Mar  1 12:00:00 gw1') AND `event.row` > 3 OR startsWith(`event.original`, '<38>Mar  1 12:00:00 gw2 ') AND `event.ingested` < '2026-03-01 12:01:00' SETTINGS mutations_sync = 1"); err != nil {
		t.Fatal(err)
	}
	if n := one[uint64](t, s, "SELECT count() FROM events", nil); n != 304 {
		t.Fatalf("%d rows are left", n)
	}
	for _, b := range slices.Clone(l.blocks) {
		l.append(sentAgain(b, int64(len(l.blocks))))
	}
	fresh := makeBlock(2_000, 100)
	l.append(sentAgain(fresh, int64(len(l.blocks))))
	if st := load(t, s, l).Stats(); st.Again != 4 || st.Rows != 200 {
		t.Errorf("%d blocks came again, want 4; %d rows stored, want 200", st.Again, st.Rows)
	}
	if n := one[uint64](t, s, "SELECT count() FROM events", nil); n != 504 {
		t.Errorf("%d rows, want 504", n)
	}
}

// A range that was planned for another shard goes there, what follows goes to the partition's own.
func TestShardOfPlan(t *testing.T) {
	o := options(t)
	s := open(t, o)
	var mu sync.Mutex
	var dialled []string
	dial := o.Dial
	if dial == nil {
		t.Skip("skipped: needs the embedded engine's dialler")
	}
	o.Dial = func(ctx context.Context, addr string) (net.Conn, error) {
		mu.Lock()
		defer mu.Unlock()
		dialled = append(dialled, addr)
		return dial(ctx, s.o.Addr[0])
	}
	o.Cluster, o.Shards = "c", [][]string{{"first"}, {"second"}}
	if err := s.exec(t.Context(), "CREATE TABLE events_local AS events"); err != nil {
		t.Fatal(err)
	}
	s2, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	defer s2.Close()
	l := newLog(0, makeBlock(0, 10), makeBlock(1, 10))
	l.metadata = plan{Version: planVersion, End: 1, Token: "of other rows", Shard: 1}.String()
	load(t, s2, l)
	if want := []string{"second", "first"}; !slices.Equal(dialled, want) {
		t.Errorf("connected to %q, want %q", dialled, want)
	}
}
