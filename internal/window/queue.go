package window

import (
	"cmp"
	"container/heap"
	"slices"
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
// its own predecessor.
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
	return cmp.Compare(a.key, b.key)
}

// slotBits makes a slot of the queue about a second (2^30 ns) wide.
const slotBits = 30

// queue holds items by the second of their due time; a second is sorted when its time has come.
type queue struct {
	slots map[int64]*slot
	order slotHeap
	n     int
}

type slot struct {
	at     int64
	items  []item
	sorted bool
}

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
		s = &slot{at: at}
		q.slots[at] = s
		heap.Push(&q.order, s)
	}
	s.items = append(s.items, it)
	s.sorted = false
	q.n++
}

// head gives the slot that holds the first item, sorted, nil where the queue is empty.
func (q *queue) head() *slot {
	for len(q.order) > 0 {
		s := q.order[0]
		if len(s.items) == 0 {
			heap.Pop(&q.order)
			delete(q.slots, s.at)
			continue
		}
		if !s.sorted {
			slices.SortFunc(s.items, func(a, b item) int { return a.compare(&b) })
			s.sorted = true
		}
		return s
	}
	return nil
}

// lastDue is the due time of the last item of a sorted slot.
func (s *slot) lastDue() int64 { return s.items[len(s.items)-1].due }

// take gives the items that are due before w and lie in the first slot, in order; none are left when it is empty.
// They are valid until the next push.
func (q *queue) take(w int64) []item {
	s := q.head()
	if s == nil || s.at > w>>slotBits {
		return nil
	}
	n := len(s.items)
	if s.items[n-1].due >= w {
		n, _ = slices.BinarySearchFunc(s.items, w, func(a item, w int64) int { return cmp.Compare(a.due, w) })
	}
	out := s.items[:n:n]
	s.items = s.items[n:]
	q.n -= n
	return out
}

// timers is a heap of keys by the due time at which something must happen to them. A key stands in it once.
type timers []*keyState

func (h timers) Len() int { return len(h) }
func (h timers) Less(i, j int) bool {
	if h[i].timer != h[j].timer {
		return h[i].timer < h[j].timer
	}
	if h[i].rule != h[j].rule {
		return h[i].rule.index < h[j].rule.index
	}
	return h[i].key < h[j].key
}
func (h timers) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = int32(i), int32(j)
}
func (h *timers) Push(x any) {
	k := x.(*keyState)
	k.index = int32(len(*h))
	*h = append(*h, k)
}
func (h *timers) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return x
}
