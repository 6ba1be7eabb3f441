package ingest

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"watchpost/internal/content"
	"watchpost/internal/event"
	"watchpost/internal/source"
)

// chunk is a copied run of frames of one origin, on its way to a shard.
type chunk struct {
	origin  *source.Origin
	now     int64
	data    []byte
	ends    []uint32 // frame i is data[ends[i-1]:ends[i]]
	cut     []bool   // frame i is truncated
	request [16]byte // of an HTTP request
	seq     uint32
	ack     chan<- error // gets one value once the chunk is durable or lost; nil: nobody waits
}

var chunks = sync.Pool{New: func() any { return new(chunk) }}

func newChunk(o *source.Origin, now int64) *chunk {
	c := chunks.Get().(*chunk)
	*c = chunk{origin: o, now: now, data: c.data[:0], ends: c.ends[:0], cut: c.cut[:0]}
	return c
}

func (c *chunk) add(f source.Frame) {
	c.data = append(c.data, f.Data...)
	c.ends = append(c.ends, uint32(len(c.data)))
	c.cut = append(c.cut, f.Flags&source.Truncated != 0)
}

func (c *chunk) free() {
	if cap(c.data) <= 1<<20 {
		chunks.Put(c)
	}
}

// block is a finished block on its way to the broker.
type block struct {
	header event.Header
	value  []byte
	acks   []chan<- error // waiting senders
}

// senderRun says who sent the rows of a block from one on.
type senderRun struct {
	from   int
	origin *source.Origin
}

// shard makes the blocks of one partition.
type shard struct {
	p        *Pipeline
	number   int
	producer producer
	rows     *rows
	backlog  *backlog
	in       chan *chunk
	dead     chan struct{} // build has ended: nobody takes chunks any more
	log      *slog.Logger

	// Owned by build.
	batch    *event.Batch
	spare    *event.Batch   // empty
	judge    *content.Judge // of rules
	rules    *content.Set
	requests []event.Request
	parts    map[part]bool // of requests
	acks     []chan<- error
	counts   map[*source.Origin]uint64
	senders  []senderRun // of the open block's rows
	received int64       // never falls: the watermark rests on it
	due      time.Time   // when the open block is closed at the latest
	encoded  int         // size of the last block, as a guess for the next
}

// take hands c to the shard's goroutine; it blocks while the shard is behind.
func (s *shard) take(ctx context.Context, c *chunk) error {
	select {
	case s.in <- c:
		return nil
	case <-s.dead:
		return errClosing
	case <-ctx.Done():
		return ctx.Err()
	}
}

// build runs until ctx ends, then empties its input and closes the last block.
func (s *shard) build(ctx context.Context) {
	defer s.backlog.end()
	s.counts, s.parts = map[*source.Origin]uint64{}, map[part]bool{}
	s.due = s.p.opt.Now().Add(s.p.opt.Linger)
	timer := time.NewTimer(s.p.opt.Linger)
	defer timer.Stop()
	for {
		select {
		case c := <-s.in:
			was := s.due
			s.append(c)
			if s.due != was {
				timer.Reset(s.due.Sub(s.p.opt.Now()))
			}
		case <-timer.C:
			s.close()
			timer.Reset(s.p.opt.Linger)
		case <-ctx.Done():
			close(s.dead)
			for {
				select {
				case c := <-s.in:
					s.append(c)
					continue
				default:
				}
				break
			}
			s.close()
			return
		}
	}
}

// append makes rows of the chunk's frames.
func (s *shard) append(c *chunk) {
	defer c.free()
	if c.ack != nil {
		if s.parts[part{c.request, c.seq}] && len(s.acks) < maxJoined { // sent again so soon
			s.acks = append(s.acks, c.ack)
			return
		}
		if s.backlog.join(c) {
			return
		}
		if s.batch.Rows() > 0 && (s.batch.Bytes()+2*len(c.data) > event.MaxBytes || s.batch.Rows()+len(c.ends) > event.MaxRows) {
			s.close()
		}
		if due := s.p.opt.Now().Add(s.p.opt.AckLinger); due.Before(s.due) {
			s.due = due
		}
	}
	first := s.batch.Rows()
	from := uint32(0)
	for i, end := range c.ends {
		s.received = max(s.received, c.now)
		if n := len(s.senders); n == 0 || s.senders[n-1].origin != c.origin {
			s.senders = append(s.senders, senderRun{s.batch.Rows(), c.origin})
		}
		s.rows.add(s.batch, c.origin, c.data[from:end], s.received, c.cut[i])
		from = end
		s.counts[c.origin]++
		if c.ack == nil && (s.batch.Full() || len(s.counts) >= maxDeltas/2) {
			s.close()
		}
	}
	if c.ack != nil {
		s.requests = append(s.requests, event.Request{ID: c.request, Seq: c.seq, From: uint32(first), To: uint32(s.batch.Rows())})
		s.acks = append(s.acks, c.ack)
		s.parts[part{c.request, c.seq}] = true
		if s.batch.Full() {
			s.close()
		}
	}
}

// close finishes the open block and queues it: in memory, else in the spool, else it waits. Without rows it makes a
// block of none, if there is something to account for.
func (s *shard) close() {
	now := s.p.opt.Now()
	s.due = now.Add(s.p.opt.Linger)
	s.received = max(s.received, now.UnixNano())
	if err := s.rows.zones.keep(s.backlog.dir, s.p.opt.Parse.Zone); err != nil {
		s.log.Warn("what was learned of zones is not kept over a restart", "error", err)
	}
	s.edit()
	h := event.Header{ID: s.p.opt.NewID(s.received), Version: event.Version, Rows: uint32(s.batch.Rows()), Received: s.received, Requests: s.requests}
	h.First, h.Last = s.batch.Span()
	for o, n := range s.counts {
		h.Account = append(h.Account, event.Delta{Tenant: o.Tenant, Listener: o.Listener, Source: sourceOf(o), Count: n, Last: s.received})
	}
	h.Account = append(h.Account, s.p.account.take()...)
	if h.Rows == 0 && len(h.Account) == 0 && len(s.acks) == 0 {
		return
	}
	value := s.batch.AppendBlock(make([]byte, 0, s.encoded+s.encoded/8))
	s.encoded = len(value)
	s.p.Stats.Unparsed.Add(s.rows.unparsed)
	s.rows.unparsed = 0
	s.backlog.push(&block{header: h, value: value, acks: s.acks})
	s.batch.Reset()
	s.requests, s.acks = nil, nil
	clear(s.parts)
	clear(s.counts)
	clear(s.senders) // lets origins go
	s.senders = s.senders[:0]
}
