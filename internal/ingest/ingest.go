// Package ingest turns frames into blocks in Kafka.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"watchpost/internal/content"
	"watchpost/internal/event"
	"watchpost/internal/normalise"
	"watchpost/internal/parse"
	"watchpost/internal/source"
)

// Options say how blocks are made and what happens while the broker is away.
type Options struct {
	Linger      time.Duration     `yaml:"linger"`       // a block is closed at the latest after this time
	AckLinger   time.Duration     `yaml:"ack_linger"`   // the same while a sender waits for an acknowledgement
	Buffer      int64             `yaml:"buffer"`       // bytes of finished blocks in memory, all partitions together
	Spool       string            `yaml:"spool"`        // folder for blocks that the broker does not take; empty: no spool
	SpoolBytes  int64             `yaml:"spool_bytes"`  // bytes in that folder; beyond them senders are made to wait
	DrainWithin time.Duration     `yaml:"drain_within"` // at the end, for handing over what is in memory
	Parse       parse.Options     `yaml:",inline"`      // what lines leave open
	Time        normalise.Options `yaml:",inline"`      // which event times are believed
	Zones       []Zone            `yaml:"zones"`        // zones of senders whose times state none; the first that fits counts, then `zone`

	Geo        *normalise.Geo                        `yaml:"-"` // nil: places of addresses are not looked up
	Partitions int                                   `yaml:"-"` // of topic events
	TooLarge   func(error) bool                      `yaml:"-"` // whether a Send failed because the record must be split
	Gate       func(context.Context) error           `yaml:"-"` // waits while the broker must not be given more; nil: never
	Now        func() time.Time                      `yaml:"-"`
	NewID      func(nanoseconds int64) event.BlockID `yaml:"-"`
	Log        *slog.Logger                          `yaml:"-"`
}

// Defaults are used where the configuration says nothing.
var Defaults = Options{
	Linger: time.Second, AckLinger: 20 * time.Millisecond, Buffer: 64 << 20, SpoolBytes: 1 << 30,
	DrainWithin: 3 * time.Second, Time: normalise.Defaults, // behind the listeners' 3 s: the whole process ends within 10 s
	Partitions: 2, Now: time.Now, NewID: event.NewBlockID, Log: slog.Default(),
	TooLarge: func(error) bool { return false },
}

// Check names every fault of o by its key.
func (o Options) Check() error {
	var faults []error
	positive := func(key string, v int64) {
		if v <= 0 {
			faults = append(faults, fmt.Errorf("%s: must be above 0", key))
		}
	}
	positive("linger", int64(o.Linger))
	positive("ack_linger", int64(o.AckLinger))
	positive("drain_within", int64(o.DrainWithin))
	if o.Buffer < 2*event.MaxBytes {
		faults = append(faults, fmt.Errorf("buffer: must be at least %d, room for two blocks", 2*event.MaxBytes))
	}
	if o.Spool != "" && o.SpoolBytes < 2*event.MaxBytes {
		faults = append(faults, fmt.Errorf("spool_bytes: must be at least %d, room for two blocks", 2*event.MaxBytes))
	}
	if _, err := newZones(o.Zones); err != nil {
		faults = append(faults, err)
	}
	return errors.Join(append(faults, o.Parse.Check(), o.Time.Check())...)
}

// producer is what ingest needs of Kafka: Send returns when every in-sync replica has the record.
type producer interface {
	Send(ctx context.Context, partition int, headers []event.KV, value []byte) error
}

// Pipeline takes frames (it is a source.Sink), makes blocks of them and sends these. Each partition of topic
// events has a shard: one goroutine that owns the shard's open block, and one that sends its finished blocks in order.
type Pipeline struct {
	opt     Options
	lock    *os.File // nil without a spool
	shards  []*shard
	account account
	content atomic.Pointer[content.Set] // nil: no rules
	closing atomic.Bool
	mu      sync.Mutex // guards the backlogs
	changed *sync.Cond // a backlog grew, shrank or ended
	Stats   Stats
}

// Stats are counters since the start; they are read while the pipeline runs.
type Stats struct {
	Rows, Unparsed, Blocks, Bytes         atomic.Uint64 // sent
	Waiting                               atomic.Int64  // bytes of finished blocks in memory
	Held                                  atomic.Int64  // partitions that have room neither in memory nor in the spool: their senders wait
	SpoolBlocks, SpoolBytes, SpoolDamaged atomic.Int64
	SpoolRefused                          atomic.Uint64 // attempts to spool a block that the disk refused
	Split                                 atomic.Uint64
	Masked                                atomic.Uint64 // rows that content rules changed
	Unmasked                              atomic.Uint64 // rows kept as a note only, since what had to be masked could not be
	Lost                                  atomic.Uint64 // rows, at the end, for want of room
}

var errClosing = errors.New("ingest is shutting down")

// New makes a pipeline. Blocks that an earlier run left in the spool are sent first; the spool is this pipeline's alone
// until Run ends.
func New(o Options, p producer) (*Pipeline, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	lock, err := lockSpool(o.Spool)
	if err != nil {
		return nil, err
	}
	pl := &Pipeline{opt: o, lock: lock}
	pl.changed = sync.NewCond(&pl.mu)
	pl.account.deltas = map[accountKey]*event.Delta{}
	if err := pl.open(p); err != nil {
		lock.Close()
		return nil, err
	}
	return pl, nil
}

// open makes the shards with what an earlier run left.
func (pl *Pipeline) open(p producer) error {
	o := pl.opt
	if err := adoptSpool(o.Spool, o.Partitions); err != nil {
		return err
	}
	for i := range o.Partitions {
		back, err := openBacklog(pl, i)
		if err != nil {
			return err
		}
		rows, err := newRows(o)
		if err != nil {
			return err
		}
		if err := rows.zones.recall(o.Spool, back.dir, o.Parse.Zone); err != nil {
			o.Log.Warn("what was learned of zones is learned anew", "partition", i, "error", err)
		}
		pl.shards = append(pl.shards, &shard{
			batch: new(event.Batch), spare: new(event.Batch), p: pl, number: i, producer: p, rows: rows, backlog: back,
			in: make(chan *chunk, 16), dead: make(chan struct{}), log: o.Log.With("partition", i),
		})
	}
	return nil
}

// SetContent changes the content rules; each partition takes them up with the block that it closes next.
func (p *Pipeline) SetContent(s *content.Set) { p.content.Store(s) }

// Run works until ctx ends, then hands over what it holds, to the broker or to the spool, for at most
// Options.DrainWithin. Stop the listeners first.
func (p *Pipeline) Run(ctx context.Context) error {
	sendCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var build, send sync.WaitGroup
	for _, s := range p.shards {
		build.Go(func() { s.build(ctx) })
		send.Go(func() { s.send(sendCtx) })
	}
	defer p.lock.Close()
	<-ctx.Done()
	p.closing.Store(true)
	late := time.AfterFunc(p.opt.DrainWithin, stop)
	defer late.Stop()
	defer context.AfterFunc(sendCtx, p.wake)()
	build.Wait()
	send.Wait()
	return nil
}

// shardOf keeps a source's order: its records always go to the same partition while the number of partitions stays.
func (p *Pipeline) shardOf(tenant string, host []byte) *shard {
	if len(p.shards) == 1 {
		return p.shards[0]
	}
	h := fnv(fnv(14695981039346656037, []byte(tenant)), host)
	return p.shards[h%uint64(len(p.shards))]
}

// fnv is FNV-1a, the same in each run: a restart must not change a source's partition.
func fnv(h uint64, b []byte) uint64 {
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return (h ^ h>>29) * 1099511628211
}

// Frames implements source.Sink.
func (p *Pipeline) Frames(ctx context.Context, o *source.Origin, now int64, frames []source.Frame) error {
	open := make([]*chunk, len(p.shards))
	peer := o.Peer.Addr().AsSlice()
	var failed error
	take := func(c *chunk, n int) {
		open[n] = nil
		if err := p.shards[n].take(ctx, c); err != nil {
			p.Drop(o, source.ShuttingDown, len(c.ends))
			failed = err
		}
	}
	for i := range frames {
		host := parse.Host(frames[i].Data)
		if len(host) == 0 {
			host = peer
		}
		s := p.shardOf(o.Tenant, host)
		records, split := split(o, frames[i])
		for more := true; more; {
			c := open[s.number]
			if c == nil {
				c = newChunk(o, now)
				open[s.number] = c
			}
			if split {
				more = c.addRecord(&records)
			} else {
				c.add(frames[i])
				more = false
			}
			if len(c.data) >= requestBytes {
				take(c, s.number)
			}
		}
	}
	for n, c := range open {
		if c != nil && len(c.ends) > 0 {
			take(c, n)
		}
	}
	return failed
}

// Request implements source.Sink. All records of a request go to one partition, in ranges whose bounds depend on
// the request alone, so that a reader recognises a request that is sent again.
func (p *Pipeline) Request(ctx context.Context, o *source.Origin, now int64, id [16]byte, frames []source.Frame) error {
	if p.closing.Load() {
		return errClosing
	}
	s := p.shardOf(o.Tenant, o.Peer.Addr().AsSlice())
	acks := make(chan error, rangesOf(frames))
	sent := 0
	var records parse.Records
	within := false // the records of a frame
	for within || len(frames) > 0 {
		c := newChunk(o, now)
		c.request, c.seq, c.ack = id, uint32(sent), acks
		for (within || len(frames) > 0) && len(c.ends) < requestRows && len(c.data) < requestBytes {
			if within {
				within = c.addRecord(&records)
				continue
			}
			if records, within = split(o, frames[0]); !within {
				c.add(frames[0])
			}
			frames = frames[1:]
		}
		if len(c.ends) == 0 { // the last frame's records ended with the range before
			break
		}
		if err := s.take(ctx, c); err != nil {
			return err
		}
		sent++
	}
	for range sent {
		select {
		case err := <-acks:
			if err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Bounds of a range of a request; MaxBytes of a block must have room for one and its largest record.
const (
	requestRows  = 8192
	requestBytes = 1 << 20
)

// Drop implements source.Sink.
func (p *Pipeline) Drop(o *source.Origin, reason string, n int) {
	p.account.add(o, "dropped:"+reason, n, p.opt.Now().UnixNano())
}

// Reject implements source.Sink.
func (p *Pipeline) Reject(o *source.Origin, reason string, n int) {
	p.account.add(o, "rejected:"+reason, n, p.opt.Now().UnixNano())
}
