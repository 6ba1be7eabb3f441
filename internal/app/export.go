package app

import (
	"context"

	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/store"
)

// Export implements web.Shelf: all events of q, in order, by statements of which each has a hunt's budget.
func (d *desk) Export(ctx context.Context, q *hunt.Query, each func(event.Event) error) error {
	if !q.Exact {
		return d.pages(ctx, q, each)
	}
	buckets, err := d.Histogram(ctx, q, hunt.MaxBuckets)
	if err != nil {
		return err
	}
	starts, counts := make([]int64, len(buckets)), make([]uint64, len(buckets))
	for i, b := range buckets {
		starts[i], counts[i] = b.Time.UnixNano(), b.Count
	}
	for _, part := range q.Parts(starts, counts, hunt.ExportRows) {
		if err := d.pages(ctx, part, each); err != nil {
			return err
		}
	}
	return nil
}

// smaller is what the number of events of a page is divided by when the memory of a hunt does not hold them.
const smaller = 8

// pages gives all events of q, a page after the other. Each is a statement with a hunt's budget of its own, in which the time that each takes does not count.
// One that ends over it after it gave events goes on behind the last of them.
func (d *desk) pages(ctx context.Context, q *hunt.Query, each func(event.Event) error) error {
	q = q.Part(q.From, q.To)
	q.Limit = hunt.ExportRows
	for {
		st, err := q.Events()
		if err != nil {
			return err
		}
		found, next := 0, q
		err = d.store.Select(ctx, st.SQL, params(st.Params), d.settings(), func(b *event.Batch) error {
			for e := range b.Events() {
				if !q.Exact {
					if ok, err := q.Predicate.Match(e); err != nil {
						return err
					} else if !ok {
						continue
					}
				}
				if err := each(e); err != nil {
					return err
				}
			}
			found, next = found+b.Rows(), q.Behind(b.Event(b.Rows()-1))
			return nil
		})
		switch {
		case err == nil && found < q.Limit:
			return nil
		case err == nil, store.OverBudget(err) && found > 0:
			q = next
		case store.OverMemory(err) && q.Limit > smaller:
			q.Limit /= smaller // of large events
		default:
			return told(err)
		}
	}
}
