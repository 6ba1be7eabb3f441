package store

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/hunt"
)

// TestReparse reads events again and dies at every stage; hunts see each event once at any moment, in its old form or its new one.
func TestReparse(t *testing.T) {
	o := options(t)
	var dieAt string
	hit := map[string]int{}
	o.Failpoint = func(stage string) error {
		if strings.HasPrefix(stage, "reparse_") {
			hit[stage]++
			if stage == dieAt {
				return errCrash
			}
		}
		return nil
	}
	s := open(t, o)
	other, err := Open(s.o) // which learns of jobs from the table alone, as another process does
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	s.quietFor, other.quietFor = 500*time.Millisecond, 500*time.Millisecond
	const rows = 6000
	l := newLog(0)
	for n := range 6 {
		l.append(makeBlock(n, rows/6))
	}
	load(t, s, l)

	// Hunts look all the time.
	looking, stop := context.WithCancel(t.Context())
	looked := make(chan int, 1)
	go func() {
		n := 0
		for looking.Err() == nil {
			var all, distinct uint64
			err := []*Store{s, other}[n%2].Rows(looking, "SELECT count(), uniqExact(`event.block`, `event.row`) FROM events WHERE "+hunt.Counts, nil, nil, func(scan func(...any) error) error { return scan(&all, &distinct) })
			if looking.Err() == nil && (err != nil || all != rows || distinct != rows) {
				t.Errorf("a hunt sees %d rows, %d distinct, want %d; %v", all, distinct, rows, err)
			}
			n++
		}
		looked <- n
	}()

	version := ""
	r := Reparse{Where: "`event.row` % 3 = 0 AND " + hunt.Counts, settle: 100 * time.Millisecond, Event: func(b *event.Batch, e event.Event) (bool, error) {
		if e.Str(event.EventReason) == version {
			return false, nil
		}
		n := b.Rows()
		b.Append(e.Batch, e.Row, e.Row+1)
		b.SetAt(n, event.EventReason, version)
		b.SetAt(n, event.EventDataset, "again."+version) // part of the table's key
		return true, nil
	}}
	third := uint64(rows/6+2) / 3 * 6
	is := func(what, version string) {
		t.Helper()
		if n := one[uint64](t, s, "SELECT count() FROM events WHERE `event.dataset` = {d:String} AND "+hunt.Counts, Params{"d": "again." + version}); n != third {
			t.Errorf("%s: %d events of version %q, want %d", what, n, version, third)
		}
	}
	whole := func(what string) {
		t.Helper()
		st, err := s.Reparse(t.Context(), r)
		if err != nil || st.Read != third || st.Total != third {
			t.Errorf("%s: %+v, %v", what, st, err)
		}
		is(what, version)
		if n := one[uint64](t, s, "SELECT count() FROM events", nil); n != rows {
			t.Errorf("%s: %d rows in the table, want %d", what, n, rows)
		}
	}
	r.DryRun, version = true, "dry"
	if st, err := s.Reparse(t.Context(), r); err != nil || st.Changed != third || one[uint64](t, s, "SELECT count() FROM reparses", nil) != 0 {
		t.Errorf("dry run: %+v, %v", st, err)
	}
	r.DryRun, version = false, "first"
	whole("the first time")
	whole("again, with nothing to do")
	if n := one[uint64](t, s, "SELECT count() FROM reparses WHERE state = 'done'", nil); n != 1 {
		t.Errorf("%d jobs, want 1", n)
	}
	was := version
	stages := []string{"reparse_before_shown", "reparse_shown"}
	if os.Getenv("FAULT_ROUNDS") != "" { // each takes seconds
		stages = []string{"reparse_before_staged", "reparse_staged", "reparse_before_shown", "reparse_shown", "reparse_before_done", "reparse_done"}
	}
	for _, stage := range stages {
		version = "after " + stage
		dieAt = stage
		if _, err := s.Reparse(t.Context(), r); !errors.Is(err, errCrash) {
			t.Fatalf("%s: %v", stage, err)
		}
		dieAt = ""
		if slices.Contains([]string{"reparse_shown", "reparse_before_done", "reparse_done"}, stage) {
			is("died at "+stage, version)
		} else {
			is("died at "+stage, was)
		}
		whole("gone on after " + stage)
		was = version
	}
	// Twice while taking back what another left.
	version, dieAt = "staged", "reparse_before_shown"
	if _, err := s.Reparse(t.Context(), r); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	dieAt = "reparse_before_undone"
	if err := s.FinishReparse(t.Context()); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	dieAt = ""
	whole("after two crashes")
	stop()
	if n := <-looked; n < 20 {
		t.Errorf("only %d hunts", n)
	} else {
		t.Logf("%d hunts meanwhile; stages %v", n, hit)
	}
}

// TestUndoneTwice: rows of a job that is taken back go, those too that an insert stores which was underway.
func TestUndoneTwice(t *testing.T) {
	o := options(t)
	var at string
	then := func() error { return errCrash }
	o.Failpoint = func(stage string) error {
		if stage == at {
			return then()
		}
		return nil
	}
	s := open(t, o)
	s.quietFor = 100 * time.Millisecond
	load(t, s, newLog(0, makeBlock(0, 100)))
	at = "reparse_before_shown"
	_, err := s.Reparse(t.Context(), Reparse{Where: "1", settle: 100 * time.Millisecond, Event: func(b *event.Batch, e event.Event) (bool, error) {
		b.Append(e.Batch, e.Row, e.Row+1)
		return true, nil
	}})
	if !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	late := false
	at, then = "reparse_deleted", func() error {
		if late {
			return nil
		}
		late = true
		return s.exec(t.Context(), "INSERT INTO events (`event.block`, `event.row`, `event.ingested`, `reparsed`) SELECT `event.block`, `event.row`, `event.ingested`, 1 FROM events WHERE `reparsed` = 0")
	}
	if err := s.FinishReparse(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := one[uint64](t, s, "SELECT count() FROM events WHERE "+hunt.Counts, nil); n != 100 || !late {
		t.Errorf("%d events, want 100", n)
	}
}

// BenchmarkCounts is what the condition costs a hunt that counts 2 million rows while nothing is replaced.
func BenchmarkCounts(b *testing.B) {
	s := open(b, options(b))
	for range 20 {
		if err := s.exec(b.Context(), "INSERT INTO events (`tenant`, `@timestamp`, `event.ingested`, `event.row`, `event.dataset`) SELECT 'default', now(), now(), number, toString(number % 7) FROM numbers(100000) SETTINGS max_block_size = 10000"); err != nil {
			b.Fatal(err)
		}
	}
	for name, cond := range map[string]string{"without": "1", "with": hunt.Counts} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if n := one[uint64](b, s, "SELECT count() FROM events WHERE `event.dataset` = '3' AND "+cond, nil); n == 0 {
					b.Fatal("nothing")
				}
			}
		})
	}
}
