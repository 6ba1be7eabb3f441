package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"watchpost/internal/event"
)

// send hands the shard's blocks to the broker in order. When ctx ends, what is left goes to the spool.
func (s *shard) send(ctx context.Context) {
	defer s.backlog.save()
	for {
		b := s.backlog.first(ctx)
		if b == nil {
			return
		}
		for err := s.deliver(ctx, b); err != nil; err = s.deliver(ctx, b) {
			if ctx.Err() != nil {
				return
			}
			// The producer has given up, not so the shard: blocks wait, and so do senders, until somebody mends it.
			s.log.Error("the broker refuses a block; trying again", "block", b.header.ID, "rows", b.header.Rows, "error", err, "in", refusedPause)
			select {
			case <-time.After(refusedPause):
			case <-ctx.Done():
				return
			}
		}
		s.backlog.pop()
	}
}

// refusedPause is between attempts at a block that the broker refuses for good.
const refusedPause = 10 * time.Second

// deliver sends b, in halves if the broker finds it too large.
func (s *shard) deliver(ctx context.Context, b *block) error {
	if g := s.p.opt.Gate; g != nil {
		if err := g(ctx); err != nil {
			return err
		}
	}
	err := s.producer.Send(ctx, s.number, b.header.Headers(), b.value)
	if err != nil && s.p.opt.TooLarge(err) && b.header.Rows > 0 {
		return s.split(ctx, b, err)
	}
	if err == nil {
		s.p.Stats.Rows.Add(uint64(b.header.Rows))
		s.p.Stats.Blocks.Add(1)
		s.p.Stats.Bytes.Add(uint64(len(b.value)))
	}
	return err
}

// split sends b in two. The halves' ids follow from b's, so that trying again makes the same ones. A single row that
// is too large is lost, and accounted for.
func (s *shard) split(ctx context.Context, b *block, cause error) error {
	var whole, half event.Batch
	if err := whole.Decode(b.header.ID, b.value); err != nil {
		return err
	}
	s.p.Stats.Split.Add(1)
	if whole.Rows() == 1 {
		e := whole.Event(0)
		s.log.Error("event lost: the broker finds it too large", "host", e.Str(event.HostName), "bytes", len(b.value), "error", cause)
		h := b.header
		h.Rows, h.Requests = 0, nil
		h.Account = append(h.Account, event.Delta{Tenant: e.Str(event.Tenant), Listener: e.Str(event.LogListener), Source: e.Str(event.LogSourceAddress), Reason: "dropped:too large for the broker", Count: 1, Last: h.Received})
		return s.deliver(ctx, &block{header: h, value: half.AppendBlock(nil)})
	}
	mid := whole.Rows() / 2
	for i, r := range [][2]int{{0, mid}, {mid, whole.Rows()}} {
		half.Reset()
		half.Append(&whole, r[0], r[1])
		h := b.header
		h.ID = derive(h.ID, byte(i))
		h.Rows = uint32(half.Rows())
		h.First, h.Last = half.Span()
		h.Requests = cutRequests(b.header.Requests, uint32(r[0]), uint32(r[1]))
		if i == 1 {
			h.Account = nil
		}
		if err := s.deliver(ctx, &block{header: h, value: half.AppendBlock(nil)}); err != nil {
			return err
		}
	}
	return nil
}

// derive makes the id of part n of a split block; the time in front stays.
func derive(id event.BlockID, n byte) event.BlockID {
	sum := sha256.Sum256(append(id[:], n))
	copy(id[6:], sum[:])
	return id
}

// cutRequests gives the ranges within rows [from, to), counted from from. A range that the cut divides gets new
// numbers, which follow from the old one and the cut.
func cutRequests(all []event.Request, from, to uint32) []event.Request {
	var out []event.Request
	for _, q := range all {
		lo, hi := max(q.From, from), min(q.To, to)
		if lo >= hi {
			continue
		}
		if hi-lo < q.To-q.From {
			q.Seq = partSeq(q.Seq, lo-q.From, hi-lo)
		}
		q.From, q.To = lo-from, hi-from
		out = append(out, q)
	}
	return out
}

// partSeq numbers n rows, from row at on, of range seq, also where that is such a part itself. All that tells two parts
// of one request apart goes in, so that they share a number only by a chance of 1 in 2^31; whole ranges have smaller ones.
func partSeq(seq, at, n uint32) uint32 {
	var b [12]byte
	binary.LittleEndian.PutUint32(b[:], seq)
	binary.LittleEndian.PutUint32(b[4:], at)
	binary.LittleEndian.PutUint32(b[8:], n)
	sum := sha256.Sum256(b[:])
	return 1<<31 | binary.LittleEndian.Uint32(sum[:])
}
