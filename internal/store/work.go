package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"watchpost/internal/event"
)

// work is the loading of one assigned partition. One goroutine owns it.
type work struct {
	l     *Loader
	s     *Store
	p     Partition
	log   *slog.Logger
	conn  *client
	shard int

	at      int64  // everything before is stored
	dirty   bool   // something is stored that no commit without plan covers
	planned *plan  // what was planned before this assignment and must be done first
	check   int64  // blocks below this offset may be stored in part: look before inserting
	carry   *Block // read, but of the next range

	batch, scratch event.Batch
}

// span is a range of consecutive blocks that is inserted at once.
type span struct {
	end     int64 // offset after the last block
	blocks  []Block
	late    int          // of blocks
	left    []int64      // offsets of blocks that are not among these: they are stored already
	batch   *event.Batch // rows that are to be stored
	poison  []fault      // blocks that cannot be decoded
	account account
	token   string
	whole   bool // the rows are exactly those of an earlier plan, or nobody planned them before
	again   bool // they were planned before, and may be stored
}

type fault struct {
	block int
	err   error
}

func (w *work) home() int {
	if n := len(w.s.o.Shards); n > 0 {
		return w.p.ID() % n
	}
	return 0
}

// use makes shard the one that is spoken with.
func (w *work) use(shard int) {
	if shard != w.shard {
		w.close() // the connection is with the other one
		w.shard = shard
	}
}

func (w *work) close() {
	if w.conn != nil {
		w.conn.Close()
		w.conn = nil
	}
}

// replanWait is how long a loader waits for the rest of a planned range before it takes it for lost.
const replanWait = time.Minute

// gather reads the blocks of the next range. An empty range says that none came within the wait.
func (w *work) gather(ctx context.Context) (*span, error) {
	r := &span{end: w.at}
	o := w.s.o.Load
	quiet, cancel := context.WithTimeoutCause(ctx, o.Wait, errQuiet)
	defer cancel()
	b, err := w.next(quiet)
	if err != nil {
		return r, unlessQuiet(ctx, err)
	}
	if b.Again > 0 {
		w.back(&b)
	}
	if w.planned != nil && b.Offset >= w.planned.End {
		w.l.mismatches.Add(1)
		w.log.Error("store: the log does not give the planned range again", "planned", w.planned.String(), "next", b.Offset)
		w.planned = nil
	}
	wait := o.Wait // of the first block, from now
	if w.planned != nil {
		wait = replanWait
	}
	more, cancelMore := context.WithTimeoutCause(ctx, wait, errQuiet)
	defer cancelMore()
	for rows, bytes := 0, 0; ; {
		r.blocks = append(r.blocks, b)
		r.end = b.Offset + 1
		rows, bytes = rows+int(b.Header.Rows), bytes+len(b.Value)
		if b.Late {
			r.late++
		}
		switch {
		case w.planned == nil && (rows >= o.Rows || bytes >= o.Bytes || r.late == maxLate):
			return r, nil
		case w.planned != nil && r.end >= w.planned.End:
			return r, nil
		}
		if b, err = w.next(more); err != nil {
			return r, unlessQuiet(ctx, err)
		}
		if w.planned != nil && b.Offset >= w.planned.End {
			w.carry = &b
			return r, nil // shorter than planned: plan notices
		}
		if b.Again > 0 {
			if b.Offset < r.end {
				w.carry = &b
				return r, nil // the log went back: another range
			}
			w.back(&b)
		}
	}
}

// back goes to where the log is that lost its end, or was made anew. What may be stored already is looked for, after a restart, too.
func (w *work) back(b *Block) {
	w.at = min(w.at, b.Offset)
	w.check = max(w.check, b.Again)
	w.planned = nil // of what is gone
}

// unlessQuiet gives nil for the end of a wait; where ctx has ended since then, that is what counts.
func unlessQuiet(ctx context.Context, err error) error {
	if errors.Is(err, errQuiet) {
		return context.Cause(ctx)
	}
	return err
}

func (w *work) next(ctx context.Context) (Block, error) {
	if b := w.carry; b != nil {
		w.carry = nil
		return *b, nil
	}
	return w.p.Next(ctx)
}

// decode gathers the rows of the range's blocks.
func (w *work) decode(r *span) error {
	r.account = account{}
	r.batch = &w.batch
	w.batch.Reset()
	for i := range r.blocks {
		b := &r.blocks[i]
		if errors.Is(b.Err, event.ErrNewer) {
			return fmt.Errorf("offset %d: %w", b.Offset, b.Err)
		}
		err := b.Err
		if err == nil {
			err = w.decodeBlock(r, b)
		}
		if err != nil {
			r.poison = append(r.poison, fault{i, err})
			r.account.unread(&b.Header, Quarantined, b.Time)
		} else {
			b.Value = nil // its rows are in the batch, and an insert takes a while
		}
		r.account.header(&b.Header)
	}
	w.scratch.Reset()
	r.token = w.s.o.Retention.token(r.batch)
	return nil
}

func (w *work) decodeBlock(r *span, b *Block) error {
	if len(b.Value) == 0 && b.Header.Rows == 0 {
		return nil // a heartbeat, or nothing but an account
	}
	in := &w.scratch
	if err := in.Decode(b.Header.ID, b.Value); err != nil {
		return err
	}
	if in.Rows() != int(b.Header.Rows) {
		return fmt.Errorf("block %s: %d rows, its header says %d", b.Header.ID, in.Rows(), b.Header.Rows)
	}
	at := 0
	for _, s := range b.Skip {
		from, to := int(s[0]), int(s[1])
		if from < at || to < from || to > in.Rows() {
			return fmt.Errorf("block %s: rows %d to %d cannot be left out", b.Header.ID, from, to)
		}
		at = to
	}
	at = 0
	for _, s := range b.Skip {
		from, to := int(s[0]), int(s[1])
		r.batch.Append(in, at, from)
		r.account.rows(in, from, to, Repeated)
		w.l.repeated.Add(uint64(to - from))
		at = to
	}
	r.batch.Append(in, at, in.Rows())
	return nil
}

// plan commits what is about to be inserted, unless it was planned before.
func (w *work) plan(ctx context.Context, r *span) error {
	if err := w.s.fail("before_plan"); err != nil {
		return err
	}
	r.whole = w.at >= w.check
	if was := w.planned; was != nil {
		w.planned = nil
		if was.Shard < max(1, len(w.s.o.Shards)) {
			w.use(was.Shard)
		} else {
			w.log.Error("store: the planned range belongs to a shard that is gone", "shard", was.Shard)
			w.use(w.home())
		}
		if r.whole && was.End == r.end && was.Token == r.token {
			r.again = true
			return nil // the commit stands
		}
		if r.whole {
			// The log was trimmed or made anew, or retention classes changed: part of these rows may be stored under
			// another token, so whatever the old plan covered is looked for before it is inserted.
			w.l.mismatches.Add(1)
			w.check = max(w.check, was.End)
			r.whole = false
			w.log.Error("store: the planned range came back changed; looking for its rows before they are inserted", "planned", was.String(), "end", r.end, "token", r.token)
		}
	} else {
		w.use(w.home())
	}
	p := plan{Version: planVersion, End: r.end, Token: r.token, Shard: w.shard, Left: r.behind()}
	if w.check > w.at {
		p.Check = w.check
	}
	if err := w.p.Commit(ctx, w.at, p.String()); err != nil {
		return err
	}
	return w.s.fail("after_plan")
}
