package window

import (
	"cmp"
	"container/heap"
	"slices"
	"sort"
)

// item is a signal that waits for the watermark.
type item struct {
	due  int64 // time plus the rule's lateness
	rule *ruleState
	key  string
	sig  Signal
}

// before orders items as they are judged: by due time and event id. Within one rule that is the order of (time,
// event.id), as its lateness is one. Of an event that matches several steps the last comes first: it must not be
// its own predecessor. Items that do not differ here are one signal that came twice.
func (a *item) compare(b *item) int {
	if c := cmp.Compare(a.due, b.due); c != 0 {
		return c
	}
	if a.sig.ID != b.sig.ID {
		if a.sig.ID.Less(b.sig.ID) {
			return -1
		}
		return 1
	}
	if a.rule != b.rule {
		return cmp.Compare(a.rule.index, b.rule.index)
	}
	if c := cmp.Compare(b.sig.Step, a.sig.Step); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.sig.Value, b.sig.Value))
}

// load is what an item counts in a queue: one, and more where its texts are long.
func (a *item) load() int {
	n := len(a.key) + len(a.sig.Value)
	for _, v := range a.sig.Fields {
		n += len(v)
	}
	return 1 + n/loadBytes
}

// loadBytes of texts an item has for each that it counts.
const loadBytes = 1024

// slotBits makes a slot of the queue some 67 ms (2^26 ns) wide: a slot is sorted again when a signal comes into it while
// the watermark is within it, so it must hold few.
const slotBits = 26

// queue holds items by the slot of their due time; a slot is sorted when its time has come.
type queue struct {
	slots map[int64]*slot
	order slotHeap
	n     int
	load  int     // of all items
	free  []*slot // empty, for reuse
	kept  int     // items that the free slots have room for
}

type slot struct {
	at     int64
	least  int64 // due time of the first item
	items  []item
	done   int // of items, those that were taken
	sorted bool
}

// Bounds of what is kept for reuse: for some seconds of a steady flow, not what a flood took.
const (
	freeSlots = 64
	freeItems = 64 << 10 // of all of them
)

// byOrder sorts items in place: they are too large to be handed to a function.
type byOrder []item

func (s byOrder) Len() int           { return len(s) }
func (s byOrder) Less(i, j int) bool { return s[i].compare(&s[j]) < 0 }
func (s byOrder) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }

type slotHeap []*slot

func (h slotHeap) Len() int           { return len(h) }
func (h slotHeap) Less(i, j int) bool { return h[i].at < h[j].at }
func (h slotHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *slotHeap) Push(x any)        { *h = append(*h, x.(*slot)) }
func (h *slotHeap) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return x
}

func (q *queue) push(it item) {
	at := it.due >> slotBits
	s := q.slots[at]
	if s == nil {
		if q.slots == nil {
			q.slots = make(map[int64]*slot)
		}
		s = q.slot()
		s.at, s.least = at, it.due
		q.slots[at] = s
		heap.Push(&q.order, s)
	}
	s.items = append(s.items, it)
	s.least = min(s.least, it.due)
	s.sorted = false
	q.n++
	q.load += it.load()
}

// slot gives an empty one.
func (q *queue) slot() *slot {
	n := len(q.free)
	if n == 0 {
		return new(slot)
	}
	s := q.free[n-1]
	q.free = q.free[:n-1]
	q.kept -= cap(s.items)
	return s
}

// first gives the slot that holds the first item, nil where the queue is empty.
func (q *queue) first() *slot {
	for len(q.order) > 0 {
		s := q.order[0]
		if s.done < len(s.items) {
			return s
		}
		heap.Pop(&q.order)
		delete(q.slots, s.at)
		if len(q.free) < freeSlots && q.kept+cap(s.items) <= freeItems {
			clear(s.items) // their texts may hold a block's memory
			*s = slot{items: s.items[:0]}
			q.free = append(q.free, s)
			q.kept += cap(s.items)
		}
	}
	return nil
}

// waiting gives the items of s that were not taken, in order.
func (s *slot) waiting() []item {
	left := s.items[s.done:]
	if !s.sorted {
		sort.Sort(byOrder(left))
		s.sorted = true
	}
	return left
}

// lastDue is the due time of the last item of the first slot; the queue must not be empty.
func (q *queue) lastDue() int64 {
	left := q.first().waiting()
	return left[len(left)-1].due
}

// take gives the items that are due before w and lie in the first slot, in order; none are left when it is empty.
// They are valid until the next push.
func (q *queue) take(w int64) []item {
	s := q.first()
	if s == nil || s.least >= w {
		return nil
	}
	left := s.waiting()
	n := len(left)
	if left[n-1].due >= w {
		n, _ = slices.BinarySearchFunc(left, w, func(a item, w int64) int { return cmp.Compare(a.due, w) })
		s.least = left[n].due
	}
	s.done += n
	q.n -= n
	for i := range left[:n] {
		q.load -= left[i].load()
	}
	return left[:n:n]
}

// timers is a heap of keys by the due time at which something must happen to them, or before that. A key stands in it
// once; each place has four below it.
type timers []timer

type timer struct {
	due int64
	key *keyState
}

func (a *timer) before(b *timer) bool {
	if a.due != b.due {
		return a.due < b.due
	}
	if a.key.rule != b.key.rule {
		return a.key.rule.index < b.key.rule.index
	}
	return a.key.key() < b.key.key()
}

func (h *timers) push(k *keyState, due int64) {
	*h = append(*h, timer{})
	h.up(len(*h)-1, timer{due, k})
}

// set changes the due time of a key.
func (h timers) set(k *keyState, due int64) { h.put(int(k.index), timer{due, k}) }

func (h *timers) remove(k *keyState) {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last] = timer{}
	*h = (*h)[:last]
	if int(k.index) < last {
		h.put(int(k.index), t)
	}
}

// sort is for a change of the order of those that are due at once.
func (h timers) sort() {
	for i := len(h) - 1; i >= 0; i-- {
		h.down(i, h[i])
	}
}

// put fills the free place i.
func (h timers) put(i int, t timer) {
	if i > 0 && t.before(&h[(i-1)/4]) {
		h.up(i, t)
	} else {
		h.down(i, t)
	}
}

func (h timers) up(i int, t timer) {
	for i > 0 {
		above := (i - 1) / 4
		if !t.before(&h[above]) {
			break
		}
		h.place(i, h[above])
		i = above
	}
	h.place(i, t)
}

func (h timers) down(i int, t timer) {
	for {
		least := 4*i + 1
		if least >= len(h) {
			break
		}
		for o := least + 1; o < min(4*i+5, len(h)); o++ {
			if h[o].before(&h[least]) {
				least = o
			}
		}
		if !h[least].before(&t) {
			break
		}
		h.place(i, h[least])
		i = least
	}
	h.place(i, t)
}

func (h timers) place(i int, t timer) {
	h[i] = t
	t.key.index = int32(i)
}
