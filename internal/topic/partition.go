package topic

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"

	"watchpost/internal/event"
)

// Block is a block as the log holds it.
type Block struct {
	Record
	Header event.Header
	Skip   []Range // rows to leave out, ascending: their HTTP request stands earlier in the log
	Late   bool    // so long after it was closed that it may have come before, where no reader remembers it
	Err    error   // poison: the headers say nothing usable; Header.ID stands for the record all the same
	Again  int64   // not 0: the log was found shorter than what the group had done in it, so all below this offset may be done already
}

// Partition is a partition while it is assigned to a Reader. Next belongs to one goroutine; Commit and Start may be
// called by any.
type Partition struct {
	r          *Reader
	id         int
	generation int
	member     string
	memory     *memory
	ctx        context.Context // of the assignment
	begin      Start
	again      int64 // Again of the blocks below it; the feeder's once it runs
	trail      trail
	blocks     chan Block
	idle       atomic.Int64 // see Idle; 0: not known
	warned     time.Time    // when the feeder last said that names are forgotten before their time
}

// Start is where a group left a partition.
type Start struct {
	Offset   int64  // of the first record that Next considers
	Metadata string // of the commit; empty if there is none, or if it speaks of offsets that are gone
	Lost     int64  // records between the commit and Offset that Kafka trimmed
	Anew     bool   // the group committed nothing in the log as it is: this is the first time, or the log lost its end or was made anew
}

// ID is the number of the partition.
func (p *Partition) ID() int { return p.id }

// Start gives where this assignment begins: what was committed last, with its metadata.
func (p *Partition) Start() Start { return p.begin }

// Next waits for the next block. The error is ErrRevoked (wrapped) once the partition was taken away, else ctx's; a ctx
// that ends loses no block. The Block is the caller's.
func (p *Partition) Next(ctx context.Context) (Block, error) {
	select {
	case b := <-p.blocks:
		return b, nil
	case <-p.ctx.Done():
		return Block{}, p.gone("next")
	case <-ctx.Done():
		if p.ctx.Err() != nil {
			return Block{}, p.gone("next")
		}
		return Block{}, context.Cause(ctx)
	}
}

// Idle gives a time (Unix nanoseconds, by this machine's clock) at which the log held nothing behind the last block that
// Next gave, as the broker said; false where that is not known since that block.
func (p *Partition) Idle() (asOf int64, ok bool) {
	asOf = p.idle.Load()
	return asOf, asOf != 0
}

func (p *Partition) gone(what string) error {
	return fmt.Errorf("%s[%d]: %s: %w", p.r.topic, p.id, what, context.Cause(p.ctx))
}

// MaxMetadata is how many bytes of metadata a commit may carry: Kafka's offset.metadata.max.bytes, 4096, without what Commit puts behind it.
const MaxMetadata = 4096 - maxSeal

// Commit says that all before offset is done; metadata comes back in Start. It tries again until ctx ends, and fails
// with ErrRevoked (wrapped), without effect, once the group gave the partition to another reader.
func (p *Partition) Commit(ctx context.Context, offset int64, metadata string) error {
	if len(metadata) > MaxMetadata {
		return fmt.Errorf("%s[%d]: commit: %d bytes of metadata, at most %d", p.r.topic, p.id, len(metadata), MaxMetadata)
	}
	if at, ok := p.trail.before(offset); ok {
		metadata = seal(metadata, at)
	}
	try := patience{c: p.r.c, what: fmt.Sprintf("commit of %s in %s[%d]", p.r.group, p.r.topic, p.id)}
	for {
		if p.ctx.Err() != nil {
			return p.gone("commit")
		}
		err := p.commit(ctx, offset, metadata)
		switch {
		case err == nil:
			try.done()
			return nil
		case errors.Is(err, kafka.IllegalGeneration), errors.Is(err, kafka.UnknownMemberId),
			errors.Is(err, kafka.FencedInstanceID), errors.Is(err, kafka.RebalanceInProgress):
			return fmt.Errorf("%s[%d]: commit at %d: %w (%v)", p.r.topic, p.id, offset, ErrRevoked, err)
		case errors.Is(err, kafka.OffsetMetadataTooLarge), errors.Is(err, kafka.InvalidCommitOffsetSize):
			return fmt.Errorf("%s[%d]: commit at %d: %w", p.r.topic, p.id, offset, err)
		}
		if e := try.wait(ctx, err); e != nil {
			return fmt.Errorf("%s[%d]: commit at %d: %w (last: %v)", p.r.topic, p.id, offset, e, err)
		}
	}
}

func (p *Partition) commit(ctx context.Context, offset int64, metadata string) error {
	res, err := p.r.c.kafka.OffsetCommit(ctx, &kafka.OffsetCommitRequest{
		GroupID: p.r.group, GenerationID: p.generation, MemberID: p.member,
		Topics: map[string][]kafka.OffsetCommit{p.r.topic: {{Partition: p.id, Offset: offset, Metadata: metadata}}},
	})
	if err != nil {
		return err
	}
	for _, c := range res.Topics[p.r.topic] {
		if c.Partition == p.id {
			return c.Error
		}
	}
	return errors.New("the answer leaves the partition out")
}

// start finds out where to begin, and guards against offsets that the log does not hold.
func (p *Partition) start(ctx context.Context) error {
	try := patience{c: p.r.c, what: fmt.Sprintf("start of %s in %s[%d]", p.r.group, p.r.topic, p.id)}
	for {
		err := p.locate(ctx)
		if err == nil {
			return nil
		}
		if e := try.wait(ctx, err); e != nil {
			return fmt.Errorf("%s[%d]: start: %w (last: %v)", p.r.topic, p.id, e, err)
		}
	}
}

func (p *Partition) locate(ctx context.Context) error {
	c, log := p.r.c, p.r.c.log.With("group", p.r.group, "topic", p.r.topic, "partition", p.id)
	first, next, err := c.bounds(ctx, p.r.topic, p.id)
	if err != nil {
		return err
	}
	committed, err := c.committed(ctx, p.r.group, p.r.topic, p.id+1)
	if err != nil {
		return err
	}
	at, ok := committed[p.id]
	metadata, last, sealed := unseal(at.Metadata)
	other := false
	if ok && sealed {
		if other, err = p.differs(ctx, last, first, next); err != nil {
			return err
		}
	}
	p.begin = Start{Offset: at.CommittedOffset, Metadata: metadata}
	switch {
	case !ok:
		p.begin = Start{Offset: first, Anew: true}
	case at.CommittedOffset > next, other:
		log.Error("kafka: the log lost its end or was made anew since this group committed in it: it does not reach to the committed offset, or has another block before it; reading from its first record",
			"committed", at.CommittedOffset, "first", first, "next", next)
		p.begin, p.again = Start{Offset: first, Anew: true}, next
		p.memory.reset(0)
	case at.CommittedOffset < first:
		p.begin.Offset, p.begin.Lost = first, first-at.CommittedOffset
		p.r.lost.Add(uint64(p.begin.Lost))
		log.Error("kafka: records were trimmed before this group read them", "lost", p.begin.Lost, "committed", at.CommittedOffset, "first", first)
	}
	from, err := p.rewindOffset(ctx, first, next)
	if err != nil {
		return err
	}
	p.memory.rewindTo(from, p.begin.Offset)
	return nil
}

// rewindOffset gives the offset from which the memory must be filled before p.begin.
func (p *Partition) rewindOffset(ctx context.Context, first, next int64) (int64, error) {
	before := max(first, p.begin.Offset-1)
	if before >= next || before >= p.begin.Offset {
		return p.begin.Offset, nil // nothing stands before
	}
	l := p.log(before)
	r, err := l.Next(ctx)
	if err != nil {
		return 0, err
	}
	if h, _, _ := header(r); r.Offset == before {
		p.trail.add(placed{before, h.ID})
	}
	t := time.Unix(0, r.Time).Add(-p.memory.horizon - rewindSlack)
	from, err := p.r.c.offsetAt(ctx, p.r.topic, p.id, t)
	if err != nil {
		return 0, err
	}
	if from < 0 || from > p.begin.Offset {
		from = p.begin.Offset
	}
	return max(from, first), nil
}

func (p *Partition) log(from int64) *Log {
	l := &Log{c: p.r.c, topic: p.r.topic, partition: p.id, offset: from}
	l.try = patience{c: p.r.c, what: fmt.Sprintf("fetch from %s[%d]", l.topic, l.partition)}
	return l
}

// feed fills the memory, then hands blocks to Next until ctx ends.
func (p *Partition) feed(ctx context.Context) {
	l, start := p.log(p.memory.hi), p.begin.Offset
	l.empty, l.replaced = p.idle.Store, p.replaced
	for {
		rec, err := l.Next(ctx)
		p.idle.Store(0)
		if moved := (*RangeError)(nil); errors.As(err, &moved) {
			start = p.moved(l, moved, start)
			continue
		}
		if err != nil {
			return // ctx ended
		}
		b, again := p.judge(rec)
		if rec.Offset < start {
			continue
		}
		if again {
			p.r.repeats.Add(1)
			continue
		}
		p.r.blocks.Add(1)
		p.r.skipped.Add(uint64(len(b.Skip)))
		if b.Err != nil {
			p.r.poison.Add(1)
		}
		if b.Late {
			p.r.late.Add(1)
		}
		p.trail.add(placed{rec.Offset, b.Header.ID})
		select {
		case p.blocks <- b:
		case <-ctx.Done():
			return
		}
	}
}

// moved follows a log that was trimmed, or made anew, under the reader; it gives the offset to yield from.
func (p *Partition) moved(l *Log, e *RangeError, start int64) int64 {
	p.r.c.log.Error("kafka: the log moved away under the reader; reading from its first record", "group", p.r.group, "error", e)
	if e.Asked > e.Next || e.Anew {
		start, p.again = 0, e.Next
		p.memory.reset(0)
	} else if from := max(e.Asked, start); e.First > from {
		p.r.lost.Add(uint64(e.First - from))
	}
	l.MoveTo(e.First)
	return start
}

// judge reads the headers of rec and reports whether its block is a repeat.
func (p *Partition) judge(rec Record) (b Block, repeated bool) {
	b = Block{Record: rec}
	if rec.Offset < p.again {
		b.Again = p.again
	}
	named := false
	if b.Header, named, b.Err = header(rec); !named { // nothing tells a repeat of it from a second one of its kind: both are yielded
		p.memory.hi = rec.Offset + 1
		return b, false
	}
	h := b.Header
	if b.Err != nil {
		h.Requests = nil
	}
	hurried := p.memory.hurried
	repeated, b.Skip = p.memory.see(rec.Offset, rec.Time, h)
	b.Late = b.Err == nil && p.memory.late(rec.Time, h.ID)
	if n := p.memory.hurried - hurried; n > 0 {
		p.hurry(n, rec.Time)
	}
	return b, repeated
}

// hurryEvery is how often it is said that names are forgotten before their time.
const hurryEvery = time.Minute

// hurry counts names that were forgotten before their time at a record of time at.
func (p *Partition) hurry(n uint64, at int64) {
	p.r.hurried.Add(n)
	if now := p.r.c.now(); now.Sub(p.warned) >= hurryEvery {
		p.warned = now
		p.r.c.log.Warn("kafka: more blocks and requests came within dedup_horizon than are remembered: what is sent again later than this is taken for new", "group", p.r.group, "topic", p.r.topic,
			"partition", p.id, "remembered", p.memory.most, "for", time.Duration(at-p.memory.cut))
	}
}

// header reads what rec says of its block; named is false where it has no id and got one that lasts.
func header(rec Record) (h event.Header, named bool, err error) {
	h, err = event.ParseHeader(rec.Headers)
	if h.ID != (event.BlockID{}) {
		return h, true, err
	}
	if err == nil {
		err = errors.New("record header: the block id is zero")
	}
	return event.Header{ID: nameless(rec)}, false, err
}

// Bounds gives the offsets of the oldest record of the log and of the one to come.
func (p *Partition) Bounds(ctx context.Context) (first, next int64, err error) {
	return p.r.c.waitBounds(ctx, p.r.topic, p.id)
}

// BlockID names the block at an offset that lies within Bounds; false where none stands there.
func (p *Partition) BlockID(ctx context.Context, offset int64) (event.BlockID, bool, error) {
	rec, err := p.log(offset).Next(ctx)
	if moved := (*RangeError)(nil); errors.As(err, &moved) {
		return event.BlockID{}, false, nil
	}
	if err != nil {
		return event.BlockID{}, false, fmt.Errorf("%s[%d]: block at %d: %w", p.r.topic, p.id, offset, err)
	}
	h, _, _ := header(rec) // of poison, too
	return h.ID, rec.Offset == offset, nil
}

// nameless derives an id from all that a record holds: the same at every reading.
func nameless(rec Record) event.BlockID {
	h := sha256.New()
	part := func(b []byte) {
		h.Write(binary.AppendUvarint(nil, uint64(len(b))))
		h.Write(b)
	}
	h.Write(binary.AppendVarint(binary.AppendVarint(nil, rec.Time), rec.Offset))
	for _, kv := range rec.Headers {
		part([]byte(kv.Key))
		part(kv.Value)
	}
	part(rec.Key)
	part(rec.Value)
	id := event.NewBlockID(rec.Time)
	copy(id[6:], h.Sum(nil))
	return id
}
