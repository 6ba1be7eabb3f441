package store

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/ch-go/proto"

	"watchpost/internal/event"
)

// maxLate is how many late blocks a range has at most: so many offsets find room in the metadata of a commit.
const maxLate = 256

// leaveOut takes blocks out of r that came before, so long ago that the log does not tell: the table does. A block is stored whole
// and in order, so one that is found in part is done; what of it is missing was left out or put aside then. This is
// decided before the range is planned, and the plan says how: afterwards nobody could tell a block that came before from one that
// the range itself has stored.
func (w *work) leaveOut(ctx context.Context, r *span) error {
	var again func(b *Block) bool
	switch p := w.planned; {
	case p != nil && len(p.Left) > 0:
		again = func(b *Block) bool { return slices.Contains(p.Left, p.End-b.Offset) }
	case p != nil || r.late == 0:
		return nil
	default:
		stored, err := w.storedBlocks(ctx, r.blocks)
		if err != nil {
			return err
		}
		again = func(b *Block) bool {
			known := b.Late && stored[b.Header.ID]
			stored[b.Header.ID] = true // it may come again within the range
			return known
		}
	}
	keep := r.blocks[:0]
	for i := range r.blocks {
		if b := &r.blocks[i]; again(b) {
			r.left = append(r.left, b.Offset)
		} else {
			keep = append(keep, *b)
		}
	}
	clear(r.blocks[len(keep):])
	if r.blocks = keep; len(r.left) > 0 {
		w.log.Info("store: blocks came again that were stored long ago; they are left out", "blocks", len(r.left), "before", r.end)
	}
	return nil
}

// behind gives the blocks that are left out as plan.Left.
func (r *span) behind() (out []int64) {
	for _, o := range r.left {
		out = append(out, r.end-o)
	}
	return out
}

// sought is a block that is looked for in table events.
type sought struct {
	id                         event.BlockID
	first, last, least, newest int64 // of its events, by receipt and by the time that counts
}

// lookGap parts blocks that are looked for into several questions: what lies between them is not read.
const lookGap = 10 * time.Minute

// storedBlocks looks up which of the late blocks have rows in table events, on the shard that they belong to.
func (w *work) storedBlocks(ctx context.Context, blocks []Block) (map[event.BlockID]bool, error) {
	w.use(w.home())
	stored := map[event.BlockID]bool{}
	if w.at < w.check {
		return stored, nil // here each row is looked for, and a block may be there in part
	}
	var list []sought
	for i := range blocks {
		if b := &blocks[i]; b.Late {
			if s, ok := w.seek(b); ok {
				list = append(list, s)
			}
		}
	}
	slices.SortFunc(list, func(a, b sought) int { return cmp.Compare(a.first, b.first) })
	for len(list) > 0 {
		all, n := list[0], 1
		for n < len(list) && list[n].first <= all.last+int64(lookGap) {
			s := list[n]
			all.last, all.least, all.newest = max(all.last, s.last), min(all.least, s.least), max(all.newest, s.newest)
			n++
		}
		if err := w.lookFor(ctx, all, list[:n], stored); err != nil {
			return nil, err
		}
		list = list[n:]
	}
	return stored, nil
}

// seek says where the rows of b would be; false where it has none that can be read.
func (w *work) seek(b *Block) (sought, bool) {
	in := &w.scratch
	defer in.Reset()
	if b.Err != nil || b.Header.Rows == 0 || in.Decode(b.Header.ID, b.Value) != nil || in.Rows() != int(b.Header.Rows) {
		return sought{}, false
	}
	e := in.Event(0)
	s := sought{b.Header.ID, e.Ingested(), e.Ingested(), e.Time(), e.Time()}
	for e := range in.Events() {
		s.first, s.last = min(s.first, e.Ingested()), max(s.last, e.Ingested())
		s.least, s.newest = min(s.least, e.Time()), max(s.newest, e.Time())
	}
	return s, true
}

// lookFor enters those of list into stored that have rows in the times of all.
func (w *work) lookFor(ctx context.Context, all sought, list []sought, stored map[event.BlockID]bool) error {
	ids := make([]string, len(list))
	for i, s := range list {
		ids[i] = hex.EncodeToString(s.id[:])
	}
	// The table is in the order of the time that counts; days of receipt are parts of their own.
	sql := fmt.Sprintf("SELECT `event.block` FROM %s WHERE `event.ingested` BETWEEN fromUnixTimestamp64Nano({first:Int64}) AND fromUnixTimestamp64Nano({last:Int64})"+
		" AND `@timestamp` BETWEEN fromUnixTimestamp64Nano({least:Int64}) AND fromUnixTimestamp64Nano({newest:Int64})"+
		" AND has(arrayMap(x -> toFixedString(unhex(x), 16), {ids:Array(String)}), `event.block`) GROUP BY `event.block`", w.s.target.Events())
	params, err := Params{"first": all.first, "last": all.last, "least": all.least, "newest": all.newest, "ids": ids}.packets()
	if err != nil {
		return err
	}
	var block proto.ColFixedStr16
	return w.persist(ctx, "look for blocks that came before", always, func(ctx context.Context, c *client) error {
		return c.do(ctx, query(sql, params, proto.Results{{Name: "event.block", Data: &block}}, func() error {
			for _, b := range block {
				stored[event.BlockID(b)] = true
			}
			return nil
		}))
	})
}
