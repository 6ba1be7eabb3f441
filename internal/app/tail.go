package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/topic"
	"watchpost/internal/web"
)

// Bounds of live tails. What goes beyond is counted and told, not kept back.
const (
	tailRate    = 200             // events a second that one tail shows
	tailBuffer  = 400             // events that wait for a slow client
	tailBehind  = 5 * time.Second // a block older than this is only counted: a tail shows what happens now
	tailRecords = 64              // records of a partition that a tail may be behind
)

// tails reads the topic of events for those who watch it, as long as there are any. It keeps to the log, so that the store has nothing to do with it.
type tails struct {
	kafka *topic.Client
	log   *slog.Logger

	mu     sync.Mutex
	of     map[*tailer]bool
	cancel context.CancelFunc
}

// tailer is one who watches.
type tailer struct {
	q       *hunt.Query
	lines   chan []byte
	dropped uint64 // under tails.mu, as is what follows
	second  int64
	shown   int
}

func newTails(kafka *topic.Client, log *slog.Logger) *tails {
	return &tails{kafka: kafka, log: log, of: map[*tailer]bool{}}
}

// Tail implements web.Desk.
func (d *desk) Tail(ctx context.Context, q *hunt.Query, each func(web.Tailed) error) error {
	t := &tailer{q: q, lines: make(chan []byte, tailBuffer)}
	if err := d.tails.join(ctx, t); err != nil {
		return err
	}
	defer d.tails.leave(t)
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case line := <-t.lines:
			err = each(web.Tailed{Line: line})
		case <-tick.C:
			err = each(web.Tailed{Dropped: d.tails.takeDropped(t)})
		}
		if err != nil {
			return err
		}
	}
}

func (ts *tails) takeDropped(t *tailer) uint64 {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	n := t.dropped
	t.dropped = 0
	return n
}

// join adds t; the first one makes the readers begin, at the end of the log.
func (ts *tails) join(ctx context.Context, t *tailer) error {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if len(ts.of) == 0 {
		offsets, err := ts.kafka.Offsets(ctx, topic.Events)
		if err != nil {
			return fmt.Errorf("kafka: %w", err)
		}
		run, cancel := context.WithCancel(context.WithoutCancel(ctx))
		ts.cancel = cancel
		for _, o := range offsets {
			go ts.read(run, o.Partition, o.Next)
		}
	}
	ts.of[t] = true
	return nil
}

// leave takes t out; the last one ends the readers.
func (ts *tails) leave(t *tailer) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if delete(ts.of, t); len(ts.of) == 0 {
		ts.cancel()
	}
}

// read hands on a partition's blocks until ctx ends.
func (ts *tails) read(ctx context.Context, partition int, from int64) {
	l := ts.kafka.Tail(topic.Events, partition, from)
	var b event.Batch
	for {
		r, err := l.Next(ctx)
		var out *topic.RangeError
		switch {
		case ctx.Err() != nil:
			return
		case errors.As(err, &out):
			l.MoveTo(out.Next)
			continue
		case err != nil:
			ts.log.Warn("tail", "partition", partition, "error", err)
			return
		}
		h, err := event.ParseHeader(r.Headers)
		if err != nil || h.Rows == 0 {
			continue // the loader puts what cannot be read aside, and says so
		}
		if end, known := l.End(); time.Since(time.Unix(0, h.Received)) > tailBehind || known && end-l.Offset() > tailRecords {
			ts.drop(ctx, uint64(h.Rows))
			continue
		}
		if err := b.Decode(h.ID, r.Value); err == nil {
			ts.give(ctx, &b)
		}
	}
}

// drop counts rows that nobody looked at, for everybody: any may have been asked for.
func (ts *tails) drop(ctx context.Context, rows uint64) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ctx.Err() != nil {
		return // those who watch now have readers of their own
	}
	for t := range ts.of {
		t.dropped += rows
	}
}

// give hands the rows on that each wants to see.
func (ts *tails) give(ctx context.Context, b *event.Batch) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	now := time.Now().Unix()
	for t := range ts.of {
		if t.second != now {
			t.second, t.shown = now, 0
		}
		for e := range b.Events() {
			if !t.q.Sees(e) {
				continue
			}
			if t.shown == tailRate {
				t.dropped++
				continue
			}
			select {
			case t.lines <- append(e.AppendJSON(nil, t.q.Show), '\n'):
				t.shown++
			default:
				t.dropped++
			}
		}
	}
}
