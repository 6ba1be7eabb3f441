package event

import (
	"iter"
	"sort"
	"time"
)

// Event is a view of one row. It is valid until its batch is Reset; so is every string that it gives.
type Event struct {
	*Batch
	Row int
}

// Event gives the view of row i.
func (b *Batch) Event(i int) Event { return Event{b, i} }

// Events yields each complete row.
func (b *Batch) Events() iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for i := range b.rows {
			if !yield(Event{b, i}) {
				return
			}
		}
	}
}

// Time is the effective time, @timestamp, in Unix nanoseconds.
func (e Event) Time() int64 { return e.time[e.Row] }

// Ingested is the receive time in Unix nanoseconds.
func (e Event) Ingested() int64 { return e.ingested[e.Row] }

// ID is the event's identity, zero where the batch has none yet.
func (e Event) ID() ID {
	r := e.runs
	if len(r) == 0 {
		return ID{}
	}
	i := 0
	if len(r) > 1 {
		i = sort.Search(len(r), func(i int) bool { return r[i].from > e.Row }) - 1
	}
	return ID{r[i].id, r[i].first + uint32(e.Row-r[i].from)}
}

// Str gives the text of f, of kind Dict or Text; "" is missing. event.id is made on the spot.
func (e Event) Str(f Field) string {
	in := places[f]
	switch in.kind {
	case Dict:
		if f == EventID {
			if len(e.runs) == 0 {
				return ""
			}
			return e.ID().String()
		}
		return text(e.dicts[in.slot].at(e.Row))
	case Text:
		return text(e.textAt(in.slot, e.Row))
	}
	return ""
}

// Key gives the number, in the column's dictionary, of the text of f, of kind Dict; 0 is missing. Texts of one
// batch are equal where their numbers are.
func (e Event) Key(f Field) uint32 { return e.dicts[places[f].slot].key(e.Row) }

// Distinct counts the entries of the dictionary of f, of kind Dict or List, entry 0 ("") included.
func (b *Batch) Distinct(f Field) int {
	if in := places[f]; in.kind == List {
		return b.lists[in.slot].dict.len()
	}
	return b.dicts[places[f].slot].dict.len()
}

// Entry gives entry k of the dictionary of f.
func (b *Batch) Entry(f Field, k uint32) string {
	if in := places[f]; in.kind == List {
		return text(b.lists[in.slot].dict.at(k))
	}
	return text(b.dicts[places[f].slot].dict.at(k))
}

// Has says whether any row may have f: false means that the column is empty.
func (b *Batch) Has(f Field) bool {
	in := places[f]
	switch in.kind {
	case Dict:
		return len(b.dicts[in.slot].keys) > 0
	case Text:
		return len(b.texts[in.slot].spans) > 0
	case List:
		return len(b.lists[in.slot].keys) > 0
	case Int:
		return len(b.ints[in.slot].set) > 0
	case Float:
		return len(b.floats[in.slot].set) > 0
	case Bool:
		return len(b.bools[in.slot].set) > 0
	case Time:
		return f == Timestamp || f == EventIngested || len(b.times[in.slot].set) > 0
	case Map:
		return len(b.labels.keys) > 0
	}
	return false
}

// Len counts the texts of the list f.
func (e Event) Len(f Field) int {
	from, to := e.lists[places[f].slot].row(e.Row)
	return int(to - from)
}

// At gives text i of the list f.
func (e Event) At(f Field, i int) string {
	c := &e.lists[places[f].slot]
	from, _ := c.row(e.Row)
	return text(c.dict.at(c.keys[int(from)+i]))
}

// Keys gives the numbers, in the column's dictionary, of the texts of the list f.
func (e Event) Keys(f Field) []uint32 {
	c := &e.lists[places[f].slot]
	from, to := c.row(e.Row)
	return c.keys[from:to]
}

// Int gives the number of f, of kind Int, or the time of f, of kind Time, in Unix nanoseconds; false is missing.
func (e Event) Int(f Field) (int64, bool) {
	in := places[f]
	switch in.kind {
	case Int:
		return e.ints[in.slot].at(e.Row)
	case Time:
		switch f {
		case Timestamp:
			return e.time[e.Row], true
		case EventIngested:
			return e.ingested[e.Row], true
		}
		return e.times[in.slot].at(e.Row)
	}
	return 0, false
}

// When gives the time of f, of kind Time.
func (e Event) When(f Field) (time.Time, bool) {
	ns, ok := e.Int(f)
	return time.Unix(0, ns).UTC(), ok
}

// Float gives the number of f, of kind Float.
func (e Event) Float(f Field) (float64, bool) {
	c := &e.floats[places[f].slot]
	if e.Row >= len(c.set) || !c.set[e.Row] {
		return 0, false
	}
	return c.vals[e.Row], true
}

// Bool gives f, of kind Bool.
func (e Event) Bool(f Field) (value, ok bool) {
	c := &e.bools[places[f].slot]
	if e.Row >= len(c.set) || !c.set[e.Row] {
		return false, false
	}
	return c.vals[e.Row], true
}

// Label gives the label named key, "" where there is none.
func (e Event) Label(key string) string {
	for k, v := range e.Labels() {
		if k == key {
			return v
		}
	}
	return ""
}

// Labels yields the labels, sorted by name.
func (e Event) Labels() iter.Seq2[string, string] {
	return func(yield func(k, v string) bool) {
		c := &e.labels
		from, to := rowOf(c.end, e.Row)
		for i := from; i < to; i++ {
			if !yield(text(c.dict.at(c.keys[i])), text(e.view(c.vals[i]))) {
				return
			}
		}
	}
}

// LabelNames counts the names of labels in the batch, name 0 ("") included.
func (b *Batch) LabelNames() int { return b.labels.dict.len() }

// LabelName gives name k of the labels.
func (b *Batch) LabelName(k uint32) string { return text(b.labels.dict.at(k)) }

// LabelRange gives the places of the event's labels, for LabelPair.
func (e Event) LabelRange() (from, to uint32) { return rowOf(e.labels.end, e.Row) }

// LabelPair gives the number of the name at place i of the labels, and the value there.
func (b *Batch) LabelPair(i uint32) (name uint32, value string) {
	return b.labels.keys[i], text(b.view(b.labels.vals[i]))
}

// Present says whether the event has f.
func (e Event) Present(f Field) bool {
	in := places[f]
	switch in.kind {
	case Dict:
		if f == EventID {
			return len(e.runs) > 0
		}
		return e.dicts[in.slot].key(e.Row) != 0
	case Text:
		return len(e.textAt(in.slot, e.Row)) > 0
	case List:
		return e.Len(f) > 0
	case Int, Time:
		_, ok := e.Int(f)
		return ok
	case Float:
		_, ok := e.Float(f)
		return ok
	case Bool:
		_, ok := e.Bool(f)
		return ok
	case Map:
		from, to := rowOf(e.labels.end, e.Row)
		return to > from
	}
	return false
}

func (b *Batch) view(s span) []byte { return b.arena[s.off : s.off+s.len : s.off+s.len] }

func (b *Batch) textAt(slot uint8, row int) []byte {
	c := &b.texts[slot]
	if row >= len(c.spans) {
		return nil
	}
	return b.view(c.spans[row])
}

func (c *dictCol) key(row int) uint32 {
	if row >= len(c.keys) {
		return 0
	}
	return c.keys[row]
}

func (c *dictCol) at(row int) []byte { return c.dict.at(c.key(row)) }

func (c *listCol) row(row int) (from, to uint32) { return rowOf(c.end, row) }

func (c *intCol) at(row int) (int64, bool) {
	if row >= len(c.set) || !c.set[row] {
		return 0, false
	}
	return c.vals[row], true
}

func rowOf(end []uint32, row int) (from, to uint32) {
	if row >= len(end) {
		return 0, 0
	}
	if row > 0 {
		from = end[row-1]
	}
	return from, end[row]
}
