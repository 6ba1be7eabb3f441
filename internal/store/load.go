package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"watchpost/internal/event"
)

// Partition is what a loader needs of a partition of the log; package topic's Partition has it but for the types.
type Partition interface {
	// ID is the number of the partition.
	ID() int
	// Start gives the offset at which this assignment begins, with the metadata of the commit that set it.
	Start() (offset int64, metadata string)
	// Next waits for the next block that did not come before. A ctx that ends loses none.
	Next(ctx context.Context) (Block, error)
	// Commit says that all before offset is done. It must fail once another reader has the partition.
	Commit(ctx context.Context, offset int64, metadata string) error
}

// Block is a record of the log. Its bytes are the receiver's.
type Block struct {
	Offset  int64
	Time    int64 // of the record, Unix nanoseconds
	Header  event.Header
	Headers []event.KV
	Value   []byte
	Skip    [][2]uint32 // rows [from, to) to leave out, ascending
	Late    bool        // it may have come before, without the log telling
	Err     error       // the headers say nothing usable; Header.ID stands for the record all the same
	Again   int64       // not 0: the log lost its end or was made anew, and all below this offset may be stored already
}

// Loader moves blocks from partitions of the log into table events, each row once. It is safe for concurrent use.
type Loader struct {
	s     *Store
	slots chan struct{} // one for each insert at a time

	rows, blocks, inserts, retries, repeated, again, quarantined, poison, mismatches atomic.Uint64
	seconds                                                                          atomic.Uint64 // float bits

	mu     sync.Mutex
	newest map[int]int64 // receive time of the newest block stored, by partition
}

// LoadStats counts what a Loader did since it was made.
type LoadStats struct {
	Rows        uint64  // stored
	Blocks      uint64  // done, poison included
	Inserts     uint64  // of events
	Retries     uint64  // attempts of inserts that failed and were repeated
	Repeated    uint64  // rows left out as parts of repeated requests
	Again       uint64  // blocks left out because they were stored before
	Quarantined uint64  // rows that the engine refused
	Poison      uint64  // records of the log that could not be decoded
	Mismatches  uint64  // planned ranges that the log did not give again unchanged
	Seconds     float64 // spent in inserts
	Newest      map[int]int64
}

// Loader makes a Loader.
func (s *Store) Loader() *Loader {
	return &Loader{s: s, slots: make(chan struct{}, s.o.Load.Parallel), newest: make(map[int]int64)}
}

// Stats gives the counts so far. Newest holds, by partition, the receive time (Unix nanoseconds) of the newest block that
// is stored: now minus that is the lag while blocks wait.
func (l *Loader) Stats() LoadStats {
	l.mu.Lock()
	defer l.mu.Unlock()
	newest := make(map[int]int64, len(l.newest))
	for p, t := range l.newest {
		newest[p] = t
	}
	return LoadStats{
		Rows: l.rows.Load(), Blocks: l.blocks.Load(), Inserts: l.inserts.Load(), Retries: l.retries.Load(), Repeated: l.repeated.Load(), Again: l.again.Load(),
		Quarantined: l.quarantined.Load(), Poison: l.poison.Load(), Mismatches: l.mismatches.Load(),
		Seconds: math.Float64frombits(l.seconds.Load()), Newest: newest,
	}
}

// Run loads one assigned partition until ctx ends or the partition is taken away, whose errors it returns. Other errors:
// a block of a newer version (event.ErrNewer): this build must not touch what it does not know. Whatever else goes
// wrong is tried again or put into quarantine: a partition does not stop.
func (l *Loader) Run(ctx context.Context, p Partition) error {
	w := &work{l: l, s: l.s, p: p, log: l.s.log.With("partition", p.ID())}
	defer w.close()
	offset, metadata := p.Start()
	w.at, w.shard = offset, w.home()
	if metadata != "" {
		planned, err := parsePlan(metadata)
		switch {
		case err != nil:
			w.log.Error("store: the commit's metadata is no plan; rows of the next range may be stored already and will be looked for", "error", err)
			w.check = offset + foreignRange
		default:
			w.check = planned.Check
			if planned.Token != "" { // else a mere end, see settle
				w.planned = &planned
			}
		}
	}
	for {
		if err := w.step(ctx); err != nil {
			return fmt.Errorf("load partition %d: %w", p.ID(), err)
		}
	}
}

// step loads one range.
func (w *work) step(ctx context.Context) error {
	r, err := w.gather(ctx)
	if err != nil {
		return err
	}
	if len(r.blocks) == 0 { // idle: what is stored needs no plan any more
		return w.settle(ctx)
	}
	if err := w.leaveOut(ctx, r); err != nil {
		return err
	}
	if err := w.decode(r); err != nil {
		return err
	}
	if err := w.plan(ctx, r); err != nil {
		return err
	}
	if err := w.store(ctx, r); err != nil {
		return err
	}
	w.at, w.dirty = r.end, true
	w.l.done(w.p.ID(), r)
	if err := w.s.fail("after_range"); err != nil {
		return err
	}
	return w.settle(ctx) // those who wait for what is stored go by this commit
}

func (l *Loader) done(partition int, r *span) {
	l.blocks.Add(uint64(len(r.blocks)))
	l.again.Add(uint64(len(r.left)))
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range r.blocks {
		l.newest[partition] = max(l.newest[partition], r.blocks[i].Header.Received)
	}
}

func (l *Loader) spent(d time.Duration) {
	for {
		was := l.seconds.Load()
		if l.seconds.CompareAndSwap(was, math.Float64bits(math.Float64frombits(was)+d.Seconds())) {
			return
		}
	}
}

// settle commits the end of what is stored, so that a restart has nothing to repeat.
func (w *work) settle(ctx context.Context) error {
	if !w.dirty {
		return nil
	}
	if err := w.s.fail("before_settle"); err != nil {
		return err
	}
	metadata := ""
	if w.check > w.at {
		metadata = plan{Version: planVersion, End: w.at, Shard: w.shard, Check: w.check}.String()
	}
	if err := w.p.Commit(ctx, w.at, metadata); err != nil {
		return err
	}
	w.dirty = false
	return w.s.fail("after_settle")
}

// foreignRange is how many blocks a range may have that another build planned.
const foreignRange = 1 << 16

// errQuiet ends the wait for a block.
var errQuiet = errors.New("no block within the wait")
