package app

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/store"
	"watchpost/internal/web"
)

// errReadAgain says that an export may lack events or have some twice: their times are not what they were when it began.
var errReadAgain = &web.Fault{Err: errors.New("stored events were read again by newer parsers meanwhile, so that some may be missing or stand twice: export again")}

// Export implements web.Shelf: all events of q, in order, by statements of which each has a hunt's budget.
func (d *desk) Export(ctx context.Context, q *hunt.Query, each func(event.Event) error) error {
	before, err := d.readAgain(ctx)
	if err != nil {
		return err
	}
	if err := d.parts(ctx, q, each); err != nil {
		return err
	}
	if after, err := d.readAgain(ctx); err != nil || after != before {
		return cmp.Or[error](err, errReadAgain)
	}
	return nil
}

// readAgain counts the jobs that exchanged events for what newer parsers made of them.
func (d *desk) readAgain(ctx context.Context) (n uint64, err error) {
	err = d.store.Rows(ctx, "SELECT count() FROM reparses WHERE `state` = 'shown'", nil, d.settings(), func(scan func(...any) error) error { return scan(&n) })
	return n, told(err)
}

// parts gives all events of q, a part of its time after the other where they can be counted.
func (d *desk) parts(ctx context.Context, q *hunt.Query, each func(event.Event) error) error {
	if !q.Exact {
		return d.pages(ctx, q, each)
	}
	buckets, err := d.Histogram(ctx, q, hunt.MaxBuckets)
	if err != nil {
		return d.halves(ctx, q, each, err)
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

// leastRange is the shortest half of a range for which the budget does not suffice.
const leastRange = int64(time.Minute)

// halves gives all events of q where a statement over its whole range ended with err: if that was over the budget, less time may be within it.
func (d *desk) halves(ctx context.Context, q *hunt.Query, each func(event.Event) error, err error) error {
	if !errors.Is(err, web.ErrOverBudget) || q.To-q.From < 2*leastRange {
		return err
	}
	middle := q.From + (q.To-q.From)/2
	halves := []*hunt.Query{q.Part(q.From, middle), q.Part(middle, q.To)}
	if q.Desc {
		slices.Reverse(halves)
	}
	for _, half := range halves {
		if err := d.parts(ctx, half, each); err != nil {
			return err
		}
	}
	return nil
}

// pages gives all events of q, a page after the other. Each is a statement with a hunt's budget of its own, in which the time that each takes does not count.
// One that ends over it after it gave events goes on behind the last of them; where the memory of a hunt does not hold as many events, fewer are asked for, until
// they are smaller; and where that was not it, the rest is given in halves.
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
				if ok, err := q.Finds(e); err != nil {
					return err
				} else if !ok {
					continue
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
			q.Limit = min(2*q.Limit, hunt.ExportRows)
		case store.OverMemory(err) && q.Limit > 1:
			q = q.Part(q.From, q.To)
			q.Limit = max(q.Limit/4, 1)
		default:
			return d.halves(ctx, q.Rest(), each, told(err))
		}
	}
}
