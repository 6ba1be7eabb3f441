package window

import "watchpost/internal/event"

// past is an event in a ring. Of the last maxBefore ones the id is known, by the number of its block.
type past struct {
	time  int64
	block uint32 // 0: not known
	row   uint32
}

// blocks numbers the blocks whose events rings refer to: an id is 8 bytes there, not 20.
type blocks struct {
	numbers map[event.BlockID]uint32
	list    []block // by number, from 1
	free    []uint32
	newest  uint32 // taken last: the next is often of the same
}

type block struct {
	id   event.BlockID
	uses uint32
}

// blockBytes is about what a block takes.
const blockBytes = 64

func newBlocks() *blocks {
	return &blocks{numbers: make(map[event.BlockID]uint32), list: make([]block, 1)}
}

func (b *blocks) take(id event.BlockID) uint32 {
	if n := &b.list[b.newest]; n.uses > 0 && n.id == id {
		n.uses++
		return b.newest
	}
	n, ok := b.numbers[id]
	switch {
	case ok:
	case len(b.free) > 0:
		n = b.free[len(b.free)-1]
		b.free = b.free[:len(b.free)-1]
		b.list[n].id, b.numbers[id] = id, n
	default:
		n = uint32(len(b.list))
		b.list = append(b.list, block{id: id})
		b.numbers[id] = n
	}
	b.list[n].uses++
	b.newest = n
	return n
}

func (b *blocks) release(n uint32) {
	if n == 0 {
		return
	}
	if b.list[n].uses--; b.list[n].uses == 0 {
		delete(b.numbers, b.list[n].id)
		b.free = append(b.free, n)
	}
}

// bytes estimates what the blocks take in memory.
func (b *blocks) bytes() int64 { return int64(len(b.numbers)) * blockBytes }

// past gives the i-th of the ring, from its oldest.
func (k *keyState) past(i int) *past {
	if i += int(k.at); i >= len(k.ring) {
		i -= len(k.ring)
	}
	return &k.ring[i]
}

// push puts sig into the ring of the last n events.
func (k *keyState) push(sig *Signal, n int) {
	p := past{time: sig.Time}
	if k.rule.kind != Sequence { // it remembers ids of all its steps
		p.block, p.row = k.rule.blocks.take(sig.ID.Block), sig.ID.Row
	}
	if len(k.ring) < n {
		k.ring = append(k.ring, p)
	} else {
		k.rule.blocks.release(k.ring[k.at].block)
		k.ring[k.at] = p
		if k.at++; int(k.at) == n {
			k.at = 0
		}
	}
	if i := len(k.ring) - 1 - maxBefore; i >= 0 {
		old := k.past(i)
		k.rule.blocks.release(old.block)
		old.block, old.row = 0, 0
	}
}

// oldest gives the time of the n-th last event, noTime if there were fewer.
func (k *keyState) oldest(n int) int64 {
	if len(k.ring) < n {
		return noTime
	}
	return k.ring[k.at].time
}

func (k *keyState) clearRing() {
	if len(k.ring) == 0 {
		return
	}
	for i := range k.ring {
		k.rule.blocks.release(k.ring[i].block)
	}
	k.ring, k.at = k.ring[:0], 0
}

// before gives the ids of the last events, at most maxBefore.
func (k *keyState) before() []event.ID {
	if k.rule.kind != Count && k.rule.kind != Beacon {
		return k.more.ids
	}
	out := make([]event.ID, 0, maxBefore)
	for i := max(0, len(k.ring)-maxBefore); i < len(k.ring); i++ {
		if p := k.past(i); p.block != 0 {
			out = append(out, event.ID{Block: k.rule.blocks.list[p.block].id, Row: p.row})
		}
	}
	return out
}
