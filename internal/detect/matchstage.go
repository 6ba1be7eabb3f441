package detect

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/match"
	"watchpost/internal/rule"
)

// Block is a block of a partition of the topic `events`.
type Block struct {
	Offset int64
	Header event.Header
	Value  []byte
	Skip   [][2]uint32 // rows [from, to) to leave out, ascending: their request stands earlier in the log
	Err    error       // no block can be read from the record
}

// Events is a partition of the topic `events` while it is assigned to this process.
type Events interface {
	// Start gives the offset at which this assignment begins. The log may be another one than before where anew says so: nothing was
	// committed in it as it is.
	Start() (offset int64, anew bool)
	// Bounds gives the offsets of the oldest block and of the one to come.
	Bounds(ctx context.Context) (first, next int64, err error)
	// BlockID names the block at an offset within the bounds; false where none stands there.
	BlockID(ctx context.Context, offset int64) (event.BlockID, bool, error)
	// Next waits for the next block; each comes once. A ctx that ends loses none.
	Next(ctx context.Context) (Block, error)
	// Idle gives a time (Unix nanoseconds) at which the log held nothing behind the last block that Next gave, as the
	// broker said then; false where it is not known to have been so since that block.
	Idle() (asOf int64, ok bool)
	// Commit says that all before offset is done.
	Commit(ctx context.Context, offset int64) error
}

// Signals is the topic `signals`.
type Signals interface {
	// Send returns when every replica has the record; records of one partition stand in the order of the calls.
	Send(ctx context.Context, partition int, value []byte) error
	// Told gives fn every record of a partition up to the end as of the call, in order.
	Told(ctx context.Context, partition int, fn func(value []byte) error) error
}

// MatchOptions are those of the match stage.
type MatchOptions struct {
	Heartbeat time.Duration    // longest time between watermarks
	Commit    time.Duration    // longest time between commits
	Ahead     time.Duration    // a receipt further ahead of Now moves the watermark no further than Now; 0: no bound
	Budget    match.Options    // of a rule; what it takes is measured where Budget.Clock is set
	Now       func() time.Time // nil: time.Now
	Log       *slog.Logger     // nil: slog.Default()
}

// MatchDefaults are what DESIGN.md says. Ahead is less than the time that rules wait by default, so that an ingest whose clock is ahead
// by no more makes no event late that came to another one at once.
var MatchDefaults = MatchOptions{Heartbeat: 250 * time.Millisecond, Commit: time.Second, Ahead: 2 * time.Second, Budget: match.Defaults}

// Match is the match stage of a process: stateless but for the rules. Its partitions may run at the same time.
type Match struct {
	o          MatchOptions
	out        Signals
	partitions int // of signals
	rules      atomic.Pointer[Rules]

	blocks, events, signals, poison, ahead atomic.Uint64

	mu    sync.Mutex
	parts map[int]map[string]RuleStats // by partition and rule, of the indexes in use
	gone  map[string]RuleStats         // of those before
}

// MatchStats counts what a Match did since it was made.
type MatchStats struct {
	Blocks, Events, Signals uint64
	Poison                  uint64 // blocks that could not be read; the loader puts them into quarantine
	Ahead                   uint64 // blocks whose receipt lay further ahead than MatchOptions.Ahead allows
}

// NewMatch makes the match stage, which writes to so many partitions of signals.
func NewMatch(o MatchOptions, rules *Rules, out Signals, partitions int) *Match {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	m := &Match{o: o, out: out, partitions: partitions, parts: make(map[int]map[string]RuleStats), gone: make(map[string]RuleStats)}
	m.SetRules(rules)
	return m
}

// SetRules changes the rules; each partition takes them up at its next block.
func (m *Match) SetRules(rules *Rules) { m.rules.Store(rules) }

// Stats gives the counts so far.
func (m *Match) Stats() MatchStats {
	return MatchStats{m.blocks.Load(), m.events.Load(), m.signals.Load(), m.poison.Load(), m.ahead.Load()}
}

// matchRun is the match stage at one partition.
type matchRun struct {
	*Match
	id        int
	in        Events
	rules     *Rules
	index     *match.Index
	batch     event.Batch
	c         collector
	enc       encoder
	last      mark
	read      int64     // offset of the block that was read last
	from      int64     // what stands before this offset was told
	told      time.Time // when the last watermark went out
	committed time.Time
	dirty     bool // blocks since the commit
	published time.Time
	off       map[string]bool // rules that were said to be switched off
	warned    time.Time       // when it was last said that a receipt is ahead
}

// Run matches partition id until ctx ends. Its error is ctx's or of in or out.
func (m *Match) Run(ctx context.Context, id int, in Events) error {
	start, anew := in.Start()
	r := &matchRun{Match: m, id: id, in: in, read: start - 1, last: mark{Partition: id, Offset: start - 1, Received: math.MinInt64}}
	r.told, r.committed, r.published = m.o.Now(), m.o.Now(), m.o.Now()
	defer r.retire()
	if anew {
		if err := r.shortened(ctx); err != nil {
			return fmt.Errorf("match: events[%d]: %w", id, err)
		}
	}
	for {
		b, err := r.next(ctx)
		switch {
		case errors.Is(err, errTick):
			err = r.idle(ctx)
		case err == nil:
			err = r.block(ctx, &b)
		}
		if err == nil && r.dirty && m.o.Now().Sub(r.committed) >= m.o.Commit {
			err = r.commit(ctx)
		}
		if m.o.Now().Sub(r.published) >= publishEvery {
			r.publish()
		}
		if err != nil {
			return fmt.Errorf("match: events[%d]: %w", id, err)
		}
	}
}

var errTick = errors.New("heartbeat is due")

// next waits for a block, but not beyond the next heartbeat.
func (r *matchRun) next(ctx context.Context) (Block, error) {
	wait, cancel := context.WithTimeoutCause(ctx, max(r.o.Heartbeat-r.o.Now().Sub(r.told), time.Millisecond), errTick)
	defer cancel()
	b, err := r.in.Next(wait)
	switch {
	case err == nil || wait.Err() == nil:
		return b, err
	case ctx.Err() != nil: // perhaps after the wait had ended
		return b, context.Cause(ctx)
	}
	return b, errTick
}

// block sends what the rules find in b, and its watermark, to every partition.
func (r *matchRun) block(ctx context.Context, b *Block) error {
	if b.Offset <= r.read {
		if err := r.shortened(ctx); err != nil {
			return err
		}
	}
	if r.read = b.Offset; b.Offset < r.from {
		return nil
	}
	if now := r.Match.rules.Load(); now != r.rules {
		r.retire()
		r.rules, r.index, r.off = now, match.NewWith(now.Set, r.o.Budget), make(map[string]bool)
	}
	m := mark{Partition: r.id, Offset: b.Offset, ID: b.Header.ID, Received: max(r.received(b), r.last.Received)}
	if err := r.decode(b); err != nil {
		r.poison.Add(1)
		r.o.Log.Error("a block of events cannot be matched", "partition", r.id, "offset", b.Offset, "error", err)
		r.batch.Reset()
		m.Received = r.last.Received // its header is not to be trusted
	}
	r.c.collect(r.rules, skipping{r.index, b.Skip}, &r.batch)
	r.enc.split(&r.c, r.partitions)
	err := r.each(func(p int) error {
		return r.send(ctx, p, r.enc.parts[p], m)
	})
	if err != nil {
		return err
	}
	r.blocks.Add(1)
	r.events.Add(uint64(r.batch.Rows()))
	r.signals.Add(uint64(len(r.c.signals)))
	r.last, r.told, r.dirty = m, r.o.Now(), true
	return nil
}

// warnEvery is how often a partition says that the clock of an ingest is ahead.
const warnEvery = time.Minute

// received gives the time of receipt of b as far as the watermark may go by it. An ingest whose clock is ahead would carry the
// watermark ahead, and the events of all others would be late until their time had come there.
func (r *matchRun) received(b *Block) int64 {
	now := r.o.Now()
	if r.o.Ahead == 0 || b.Header.Received <= now.Add(r.o.Ahead).UnixNano() || b.Err != nil {
		return b.Header.Received
	}
	r.ahead.Add(1)
	if now.Sub(r.warned) >= warnEvery {
		r.warned = now
		r.o.Log.Warn("the receipt of a block lies in the future: the clock of an ingest is ahead, or that of this machine behind", "partition", r.id, "offset", b.Offset, "ahead", time.Duration(b.Header.Received-now.UnixNano()))
	}
	return now.UnixNano()
}

func (r *matchRun) decode(b *Block) error {
	if b.Err != nil {
		return b.Err
	}
	return r.batch.Decode(b.Header.ID, b.Value)
}

func (r *matchRun) send(ctx context.Context, p int, list []int, m mark) error {
	if len(list) == 0 {
		return r.out.Send(ctx, p, heartbeat(m, r.rules.Set.Hash))
	}
	for _, rec := range r.enc.records(&r.c, m, p) {
		if err := r.out.Send(ctx, p, rec); err != nil {
			return err
		}
	}
	return nil
}

// idle sends the clock as watermark where the partition was read to its end.
func (r *matchRun) idle(ctx context.Context) error {
	r.told = r.o.Now()
	asOf, ok := r.in.Idle()
	if !ok || asOf <= r.last.Received {
		return nil
	}
	m := r.last
	m.Idle, m.ID, m.Received = true, event.BlockID{}, asOf
	set := r.Match.rules.Load().Set.Hash
	if err := r.each(func(p int) error { return r.out.Send(ctx, p, heartbeat(m, set)) }); err != nil {
		return err
	}
	r.last.Received = asOf
	return nil
}

// each calls fn for all partitions of signals, side by side.
func (r *matchRun) each(fn func(p int) error) error {
	errs := make([]error, r.partitions)
	var wg sync.WaitGroup
	for p := 1; p < r.partitions; p++ {
		wg.Go(func() { errs[p] = fn(p) })
	}
	errs[0] = fn(0)
	wg.Wait()
	return errors.Join(errs...)
}

func (r *matchRun) commit(ctx context.Context) error {
	if err := r.in.Commit(ctx, r.last.Offset+1); err != nil {
		return err
	}
	r.committed, r.dirty = r.o.Now(), false
	return nil
}

// skipping leaves out rows that were read before.
type skipping struct {
	m    matcher
	skip [][2]uint32
}

func (s skipping) Each(b *event.Batch, fn matchFunc) {
	if len(s.skip) == 0 {
		s.m.Each(b, fn)
		return
	}
	s.m.Each(b, func(row int, r *rule.Rule, step int) {
		for _, sk := range s.skip {
			if uint32(row) >= sk[0] && uint32(row) < sk[1] {
				return
			}
		}
		fn(row, r, step)
	})
}
