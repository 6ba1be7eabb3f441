package app

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/web"
)

// A predicate that SQL cannot judge is met by one row in a thousand: pages are large however few events are wanted, and
// time is bounded over all of them.
func TestEventsThatSQLCannotJudge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := func(hits, limit, wantEvents, maxPages int, wantErr error) {
			t.Helper()
			q, err := hunt.Search{Query: "source.port == destination.port", From: "-1h", Limit: limit}.Check([]string{"default"}, time.Now())
			if err != nil || q.Exact {
				t.Fatal("the query should be one that SQL cannot judge", err)
			}
			const rows = 50_000
			at, pages, got := 0, 0, 0
			err = events(t.Context(), q, time.Minute, func(event.Event) error { got++; return nil },
				func(ctx context.Context, st hunt.Statement, each func(*event.Batch) error) error {
					pages++
					select {
					case <-time.After(13 * time.Second):
					case <-ctx.Done():
						return ctx.Err()
					}
					var b event.Batch
					for n := 0; n < hunt.MaxLimit && at < rows; n++ {
						b.Begin([]byte("x"), int64(at))
						b.SetInt(event.SourcePort, 1)
						b.SetInt(event.DestinationPort, 2)
						if at++; hits > 0 && at%(rows/hits) == 0 {
							b.SetInt(event.DestinationPort, 1)
						}
						b.End()
					}
					if b.Rows() == 0 {
						return nil
					}
					return each(&b)
				})
			if !errors.Is(err, wantErr) || got != wantEvents || pages > maxPages {
				t.Errorf("%d hits, limit %d: %d events after %d pages, error %v", hits, limit, got, pages, err)
			}
		}
		f(50, 1, 1, 1, nil)
		f(50, 20, 20, 2, nil)
		f(0, 100, 0, 5, web.ErrOverBudget)
	})
}
