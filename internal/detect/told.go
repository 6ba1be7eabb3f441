package detect

import (
	"context"
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"sort"

	"watchpost/internal/event"
)

// A log of events that lost its end, or was made anew, has offsets again that were told before, of other blocks. The
// topic `signals` says which: each of its records names the block that it is about. Up to where it and the log agree nothing
// has changed; from there on the shards are told to forget how far they were.

// maxTold is how many blocks are compared at once.
const maxTold = 1 << 14

// toldBlocks is the blocks of a range of offsets as signals tell of them; of many, every stride-th.
type toldBlocks struct {
	stride int
	passed int              // over since the last that was taken
	names  map[int64]uint64 // by offset; what was told last counts
	newest int64            // offset, of all and not of the range alone
}

func (t *toldBlocks) add(offset int64, id event.BlockID) {
	if _, again := t.names[offset]; !again {
		if t.passed++; t.passed < t.stride {
			return
		}
		t.passed = 0
	}
	if t.names[offset] = nameOf(id); len(t.names) <= maxTold {
		return
	}
	t.stride *= 2
	for i, o := range slices.Sorted(maps.Keys(t.names)) { // by their order and not by their offsets, of which any may be missing
		if i%2 == 1 {
			delete(t.names, o)
		}
	}
}

// nameOf is the random part of an id.
func nameOf(id event.BlockID) uint64 { return binary.BigEndian.Uint64(id[8:]) }

// readTold gives what partition p of signals was told of blocks in [from, to).
func (r *matchRun) readTold(ctx context.Context, p int, from, to int64) (*toldBlocks, error) {
	t := &toldBlocks{stride: 1, names: make(map[int64]uint64), newest: -1}
	err := r.out.Told(ctx, p, func(value []byte) error {
		m, err := decodeMark(value)
		if err != nil || m.Partition != r.id || m.Idle {
			return nil // a record that cannot be read tells nothing
		}
		t.newest = max(t.newest, m.Offset)
		if m.ID != (event.BlockID{}) && from <= m.Offset && m.Offset < to {
			t.add(m.Offset, m.ID)
		}
		return nil
	})
	return t, err
}

// agree gives the offset from which the log, which holds [first, next), differs from what partition p of signals was told, and the
// greatest offset that was.
func (r *matchRun) agree(ctx context.Context, p int, first, next int64) (from, newest int64, err error) {
	for {
		t, err := r.readTold(ctx, p, first, next)
		if err != nil {
			return 0, 0, err
		}
		offsets := slices.Sorted(maps.Keys(t.names))
		n := sort.Search(len(offsets), func(i int) bool {
			if err != nil {
				return true
			}
			id, ok, e := r.in.BlockID(ctx, offsets[i])
			err = e
			return !ok || nameOf(id) != t.names[offsets[i]]
		})
		if err != nil {
			return 0, 0, err
		}
		if n > 0 {
			first = offsets[n-1] + 1
		}
		if t.stride == 1 {
			return first, t.newest, nil
		}
		if n < len(offsets) {
			next = offsets[n]
		}
	}
}

// shortened tells all partitions of signals up to where the log is what they were told, and goes on from there. All of it can be
// repeated: nothing else is told before the commit.
func (r *matchRun) shortened(ctx context.Context) error {
	first, next, err := r.in.Bounds(ctx)
	if err != nil {
		return err
	}
	from, newest := make([]int64, r.partitions), make([]int64, r.partitions)
	set := r.Match.rules.Load().Set.Hash
	err = r.each(func(p int) (err error) {
		if from[p], newest[p], err = r.agree(ctx, p, first, next); err != nil {
			return err
		}
		return r.out.Send(ctx, p, heartbeat(mark{Partition: r.id, Offset: from[p] - 1, Idle: true, Short: true, Received: math.MinInt64}, set))
	})
	if err != nil {
		return err
	}
	r.from = slices.Min(from)
	r.last.Offset = r.from - 1
	if most := slices.Max(newest); most >= r.from {
		r.o.Log.Error("events lost their end or were made anew since they were matched; matching goes on from where they differ", "partition", r.id, "from", r.from, "matched", most+1, "first", first, "next", next)
	}
	return r.commit(ctx)
}
