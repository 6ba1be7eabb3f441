package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/store"
	"watchpost/internal/web"
)

// errReadAgain says that an export may lack events or have some twice: their times are not what they were when it began.
var errReadAgain = &web.Fault{Err: errors.New("stored events were read again by newer parsers meanwhile, so that some may be missing or stand twice: export again")}

// errDropped says that an export lacks events that were there when it began.
func errDropped(n uint64) error {
	return &web.Fault{Err: fmt.Errorf("%d events that were counted were deleted before they could be written, as those are whose retention is over: this holds the others; export again for what there is now", n)}
}

// Export implements web.Shelf: all events of q, in order, by statements of which each has a hunt's budget.
func (d *desk) Export(ctx context.Context, q *hunt.Query, each func(event.Event) error) error {
	before, err := d.readAgain(ctx)
	if err != nil {
		return err
	}
	x := exporting{desk: d, each: each}
	if _, err := x.parts(ctx, q); err != nil {
		return err
	}
	after, err := d.readAgain(ctx)
	switch {
	case err != nil || after != before:
		return cmp.Or[error](err, errReadAgain)
	case x.dropped > 0:
		return errDropped(x.dropped)
	}
	return nil
}

// readAgain counts the jobs that exchanged events for what newer parsers made of them.
func (d *desk) readAgain(ctx context.Context) (n uint64, err error) {
	err = d.store.Rows(ctx, "SELECT count() FROM reparses WHERE `state` = 'shown'", nil, d.settings(), func(scan func(...any) error) error { return scan(&n) })
	return n, told(err)
}

// exporting is an export under way.
type exporting struct {
	*desk
	each    func(event.Event) error
	dropped uint64 // rows that were counted and not found when they were read
}

// parts gives all events of q, a part of its time after the other where they can be counted, and says how many rows the store gave for that.
func (x *exporting) parts(ctx context.Context, q *hunt.Query) (rows uint64, err error) {
	list, err := x.counted(ctx, q)
	if err != nil {
		return x.halves(ctx, q, err)
	}
	for _, part := range list {
		known := x.dropped
		n, err := x.pages(ctx, part.Query)
		rows += n
		if err != nil {
			return rows, err
		}
		if n += x.dropped - known; n < part.Rows { // of those that came meanwhile as many may hide some
			x.dropped += part.Rows - n
		}
	}
	return rows, nil
}

// counted cuts the range of q by how many rows the store has for it; where SQL cannot judge, these are one part.
func (x *exporting) counted(ctx context.Context, q *hunt.Query) ([]hunt.Part, error) {
	if !q.Exact {
		n, err := x.stored(ctx, q)
		return []hunt.Part{{Query: q, Rows: n}}, err
	}
	buckets, err := x.Histogram(ctx, q, hunt.MaxBuckets)
	if err != nil {
		return nil, err
	}
	starts, counts := make([]int64, len(buckets)), make([]uint64, len(buckets))
	for i, b := range buckets {
		starts[i], counts[i] = b.Time.UnixNano(), b.Count
	}
	return q.Parts(starts, counts, hunt.ExportRows), nil
}

// stored counts the rows among which the events of q are.
func (x *exporting) stored(ctx context.Context, q *hunt.Query) (n uint64, err error) {
	st, err := q.Condition()
	if err != nil {
		return 0, err
	}
	err = x.store.Rows(ctx, "SELECT count() FROM events WHERE "+st.SQL, params(st.Params), x.settings(), func(scan func(...any) error) error { return scan(&n) })
	return n, told(err)
}

// leastRange is the shortest half of a range for which the budget does not suffice.
const leastRange = int64(time.Minute)

// halves gives all events of q where a statement over its whole range ended with err: if that was over the budget, less time may be within it.
func (x *exporting) halves(ctx context.Context, q *hunt.Query, err error) (rows uint64, _ error) {
	if !errors.Is(err, web.ErrOverBudget) || q.To-q.From < 2*leastRange {
		return 0, err
	}
	middle := q.From + (q.To-q.From)/2
	halves := []*hunt.Query{q.Part(q.From, middle), q.Part(middle, q.To)}
	if q.Desc {
		slices.Reverse(halves)
	}
	for _, half := range halves {
		n, err := x.parts(ctx, half)
		if rows += n; err != nil {
			return rows, err
		}
	}
	return rows, nil
}

// pages gives all events of q, a page after the other. Each is a statement with a hunt's budget of its own, in which the time that each takes does not count.
// One that ends over it after it gave events goes on behind the last of them; where the memory of a hunt does not hold as many events, fewer are asked for, until
// they are smaller; and where that was not it, the rest is given in halves. It says how many rows the store gave.
func (x *exporting) pages(ctx context.Context, q *hunt.Query) (rows uint64, _ error) {
	q = q.Part(q.From, q.To)
	q.Limit = hunt.ExportRows
	for {
		st, err := q.Events()
		if err != nil {
			return rows, err
		}
		found, next := 0, q
		err = x.store.Select(ctx, st.SQL, params(st.Params), x.settings(), func(b *event.Batch) error {
			for e := range b.Events() {
				if ok, err := q.Finds(e); err != nil {
					return err
				} else if !ok {
					continue
				}
				if err := x.each(e); err != nil {
					return err
				}
			}
			found, next = found+b.Rows(), q.Behind(b.Event(b.Rows()-1))
			return nil
		})
		rows += uint64(found)
		switch {
		case err == nil && found < q.Limit:
			return rows, nil
		case err == nil, store.OverBudget(err) && found > 0:
			q = next
			q.Limit = min(2*q.Limit, hunt.ExportRows)
		case store.OverMemory(err) && q.Limit > 1:
			q = q.Part(q.From, q.To)
			q.Limit = max(q.Limit/4, 1)
		default:
			n, err := x.halves(ctx, q.Rest(), told(err))
			return rows + n, err
		}
	}
}
