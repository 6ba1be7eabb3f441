package app

import (
	"context"

	"watchpost/internal/event"
	"watchpost/internal/hunt"
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

// pages gives all events of q, a page after the other.
func (d *desk) pages(ctx context.Context, q *hunt.Query, each func(event.Event) error) error {
	q = q.Part(q.From, q.To)
	q.Limit = hunt.ExportRows
	for {
		next, n := q, 0
		err := d.Events(ctx, q, func(e event.Event) error {
			n++
			if n == hunt.ExportRows {
				next = q.Behind(e)
			}
			return each(e)
		})
		if err != nil || n < hunt.ExportRows {
			return err
		}
		q = next
	}
}
