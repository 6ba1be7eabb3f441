package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/store"
	"watchpost/internal/web"
)

// TestDeskOfHunts asks a real engine: tables, what a hunt costs, how far it is, its budget, and its end when the client goes.
func TestDeskOfHunts(t *testing.T) {
	s := realStore(t)
	d := deskOf(t, s, fstest.MapFS{})
	ctx := t.Context()
	at := time.Now().Add(-10 * time.Minute).UnixNano()
	fill(t, s, at, func(b *event.Batch, i int) {
		b.SetString(event.UserName, []string{"ann", "bob", "bob"}[i%3])
		b.SetInt(event.SourceBytes, int64(i))
		b.SetString(event.SourceIP, fmt.Sprintf("10.0.%d.%d", i/250, i%250))
		b.SetString(event.Message, strings.Repeat("a long message ", 20))
	}, 30_000)
	check := func(query string) *hunt.Query {
		t.Helper()
		q, err := hunt.Search{Query: query, From: "-1h"}.Check(theirs, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return q
	}

	table, err := d.Table(ctx, check(`10.0. | sum source.bytes, count, max @timestamp by user.name | where count > 5 | fields user.name, sum, count`), 10)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(table.Rows); got != "[]" {
		t.Errorf("a word that is in no message: %s", got)
	}
	table, err = d.Table(ctx, check(`source.ip:10.0.0.0/16 | sum source.bytes, count by user.name | where count > 5`), 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(table.Rows); got != "[[bob 300000000 20000]]" || !table.Partial || table.ReadRows != 30_000 || table.Read == 0 {
		t.Errorf("%s, %+v", got, table)
	}

	e, err := d.Explain(ctx, check("source.ip:10.0.3.7"), true)
	if err != nil {
		t.Fatal(err)
	}
	if e.Expr != `source.ip == "10.0.3.7"` || e.Granules.Total == 0 || e.Granules.Read >= e.Granules.Total || e.Estimate.Rows == 0 || e.Estimate.Bytes < e.Estimate.Rows || len(e.Indexes) < 3 {
		t.Errorf("%+v", e)
	}

	// Of one tenant nobody learns by the indexes what stands among the rows of others, which may lie in the same granule.
	var told [2]*web.Explanation
	for i, ip := range []string{"10.0.3.7", "192.0.2.77"} {
		if told[i], err = d.Explain(ctx, check("source.ip:"+ip), false); err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(told[i].Indexes, func(x web.IndexUse) bool { return x.Type == "Skip" }) {
			t.Errorf("%+v", told[i])
		}
	}
	if told[0].Granules != told[1].Granules || told[0].Estimate != told[1].Estimate || told[0].Estimate.Rows == 0 {
		t.Errorf("a value that is stored costs %+v, one that is not %+v", told[0], told[1])
	}

	var last hunt.Progress
	if err := d.Events(hunt.WithProgress(ctx, func(p hunt.Progress) { last = p }), check("line"), func(event.Event) error { return nil }); err != nil || last.Rows == 0 || last.Bytes == 0 {
		t.Errorf("progress: %+v, %v", last, err)
	}

	small := *d
	small.budget.Read = 1 << 20
	err = small.Events(ctx, check("*ong messag*"), func(event.Event) error { return nil })
	if !errors.Is(err, web.ErrOverBudget) {
		t.Errorf("events over the budget: %v", err)
	}
	part, err := small.Table(ctx, check("*ong messag* | count"), 10)
	if err != nil || !part.Partial || !strings.Contains(part.Reason, "bytes") {
		t.Errorf("a table over the budget: %+v, %v", part, err)
	}
	cancelled(t, s)
}

// cancelled holds that the engine is at rest within a second after the client of a long statement went.
func cancelled(t *testing.T, s *store.Store) {
	running := func() (n uint64) {
		t.Helper()
		err := s.Rows(t.Context(), "SELECT count() FROM system.processes WHERE position(query, 'long hunt') > 0 AND position(query, 'system.processes') = 0", nil, nil, func(scan func(...any) error) error { return scan(&n) })
		if err != nil {
			t.Error(err)
		}
		return n
	}
	until := func(want uint64, within time.Duration) {
		t.Helper()
		for deadline := time.Now().Add(within); running() != want; {
			if time.Now().After(deadline) {
				t.Errorf("%d statements run after %s, want %d", running(), within, want)
				return
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- s.Select(ctx, "/*long hunt*/ SELECT `tenant`, `@timestamp`, `event.ingested` FROM numbers(100000000000) AS n CROSS JOIN events WHERE cityHash64(number, `event.row`) = 1", nil, nil, func(*event.Batch) error { return nil })
	}()
	begun := make(chan struct{})
	go func() { defer close(begun); until(1, time.Minute) }()
	select {
	case <-begun:
	case err := <-ended:
		t.Fatalf("the statement ended by itself: %v", err)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the statement ended with %v", err)
	}
	until(0, 5*time.Second) // mostly some 20 ms; a busy machine takes longer
}
