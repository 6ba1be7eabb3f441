package event

import (
	"bytes"
	"math"
	"unsafe"
)

// Bounds of a block (DESIGN.md §2): a producer closes it at the first that is reached.
const (
	MaxRows   = 65536
	MaxBytes  = 4 << 20
	MaxLabels = 512  // pairs in one row
	MaxKey    = 1024 // bytes of a label's name
	MaxList   = 1024 // texts of one field in one row
	minNames  = 8192 // bytes of label names that any row may have, however short its record
)

// Batch holds rows in columns. It is built row by row (Begin, Set…, End or Cancel), decoded from a block, or
// gathered from others (Append). It is owned by one goroutine; only reading may be shared.
type Batch struct {
	rows     int
	open     bool   // between Begin and End
	resets   uint64 // see Epoch
	arena    []byte
	borrowed bool // arena is a block's memory: read it, never write
	line     span // the open row's original record within arena
	names    int  // bytes that the names of the open row's labels may still take
	width    int  // bytes of a row in the fixed part of the columns in use
	more     int  // bytes of the block that are neither in arena nor in width: dictionaries, copies of texts, lists, labels
	touched  []Field
	runs     []run
	time     []int64 // effective time
	ingested []int64 // receive time
	dicts    [numDict]dictCol
	texts    [numText]textCol
	lists    [numList]listCol
	ints     [numInt]intCol
	floats   [numFloat]floatCol
	bools    [numBool]boolCol
	times    [numTime]intCol
	labels   labelCol
	marks    mark // sizes at Begin, for Cancel
}

// run says where rows got their identity: rows [from, …) are rows first, first+1, … of block id.
type run struct {
	id    BlockID
	from  int
	first uint32
}

type span struct{ off, len uint32 }

type mark struct{ arena, labels int }

type (
	// dictCol, textCol …: columns may be shorter than the batch; what is beyond their end is missing.
	dictCol struct {
		keys   []uint32
		dict   dict
		listed []uint32 // by number in dict: the number of the same text in that of list; 0 is not known
		list   Field
	}
	textCol struct{ spans []span }
	listCol struct {
		end  []uint32 // end of the row's texts in keys
		keys []uint32
		dict dict
	}
	intCol struct {
		vals []int64
		set  []bool
	}
	floatCol struct {
		vals []float64
		set  []bool
	}
	boolCol struct {
		vals []bool
		set  []bool
	}
	labelCol struct {
		end  []uint32
		keys []uint32
		vals []span
		dict dict
	}
)

// Reset empties the batch and keeps its memory. Everything read from it becomes invalid.
func (b *Batch) Reset() {
	b.rows, b.open, b.width, b.more = 0, false, 0, 0
	b.resets++
	if b.borrowed {
		b.arena, b.borrowed = nil, false
	}
	b.arena, b.touched, b.runs = b.arena[:0], b.touched[:0], b.runs[:0]
	b.time, b.ingested = b.time[:0], b.ingested[:0]
	for i := range b.dicts {
		if c := &b.dicts[i]; len(c.keys) > 0 || c.dict.len() > 1 {
			c.keys, c.listed = c.keys[:0], c.listed[:0]
			c.dict.reset()
		}
	}
	for i := range b.texts {
		b.texts[i].spans = b.texts[i].spans[:0]
	}
	for i := range b.lists {
		if c := &b.lists[i]; len(c.end) > 0 || c.dict.len() > 1 {
			c.end, c.keys = c.end[:0], c.keys[:0]
			c.dict.reset()
		}
	}
	for i := range b.ints {
		b.ints[i] = intCol{b.ints[i].vals[:0], b.ints[i].set[:0]}
	}
	for i := range b.floats {
		b.floats[i] = floatCol{b.floats[i].vals[:0], b.floats[i].set[:0]}
	}
	for i := range b.bools {
		b.bools[i] = boolCol{b.bools[i].vals[:0], b.bools[i].set[:0]}
	}
	for i := range b.times {
		b.times[i] = intCol{b.times[i].vals[:0], b.times[i].set[:0]}
	}
	l := &b.labels
	l.end, l.keys, l.vals = l.end[:0], l.keys[:0], l.vals[:0]
	l.dict.reset()
}

// Rows counts the complete rows.
func (b *Batch) Rows() int { return b.rows }

// Bytes is about what a batch that was built takes as a block, and not much less than what it takes of memory; a
// producer closes a block at MaxBytes.
func (b *Batch) Bytes() int { return len(b.arena) + b.rows*(rowWidth+b.width) + b.more }

// rowWidth is what each row takes: its two times.
const rowWidth = 16

// Full says that a producer should close the block.
func (b *Batch) Full() bool { return b.rows >= MaxRows || b.Bytes() >= MaxBytes }

// SetID names the block that all rows belong to; rows count from 0.
func (b *Batch) SetID(id BlockID) { b.runs = append(b.runs[:0], run{id: id}) }

// SetRowID names the open row, where rows of many blocks are gathered. Do so for every row or for none.
func (b *Batch) SetRowID(id ID) {
	if n := len(b.runs); n > 0 && b.runs[n-1].from < b.rows {
		if r := b.runs[n-1]; r.id == id.Block && r.first+uint32(b.rows-r.from) == id.Row {
			return
		}
	} else if n > 0 {
		b.runs = b.runs[:n-1] // of a row that was taken back
	}
	b.runs = append(b.runs, run{id.Block, b.rows, id.Row})
}

// Begin opens a row for the record line, received at received (Unix nanoseconds), and sets event.original,
// event.ingested and, until SetTime, @timestamp. It returns the batch's own copy of line: values cut from the copy
// are stored without another copy. The copy is valid until Reset.
func (b *Batch) Begin(line []byte, received int64) []byte {
	if b.open {
		panic("BUG: event.Batch: Begin within a row")
	}
	b.open = true
	b.touched = b.touched[:0]
	b.marks = mark{arena: len(b.arena), labels: len(b.labels.keys)}
	b.line = span{uint32(len(b.arena)), uint32(len(line))}
	b.names = minNames + 4*len(line)
	b.arena = append(b.arena, line...)
	b.time = append(b.time, received)
	b.ingested = append(b.ingested, received)
	if len(line) > 0 {
		b.setSpan(EventOriginal, b.line)
	}
	return b.arena[b.line.off : b.line.off+b.line.len : b.line.off+b.line.len]
}

// SetTime sets the open row's effective time, @timestamp, in Unix nanoseconds.
func (b *Batch) SetTime(t int64) { b.time[b.rows] = t }

// End completes the open row.
func (b *Batch) End() {
	if len(b.labels.keys) > b.marks.labels {
		b.sortLabels()
		for len(b.labels.end) < b.rows {
			b.labels.end = append(b.labels.end, uint32(b.marks.labels))
		}
		b.labels.end = append(b.labels.end, uint32(len(b.labels.keys)))
	}
	b.open = false
	b.rows++
}

// Cancel takes the open row back.
func (b *Batch) Cancel() {
	n := b.rows
	b.time, b.ingested = b.time[:n], b.ingested[:n]
	b.arena = b.arena[:b.marks.arena]
	b.labels.keys, b.labels.vals = b.labels.keys[:b.marks.labels], b.labels.vals[:b.marks.labels]
	for _, f := range b.touched {
		b.unset(f)
	}
	b.open = false
}

// SetAt sets the value of f, which a dictionary holds, of a row that is complete.
func (b *Batch) SetAt(row int, f Field, v string) {
	c := &b.dicts[places[f].slot]
	c.keys = pad(c.keys, max(len(c.keys), row+1))
	c.keys[row] = c.dict.add([]byte(v))
}

// Unset takes the open row's value of f back.
func (b *Batch) Unset(f Field) { b.unset(f) }

func (b *Batch) unset(f Field) {
	n, in := b.rows, places[f]
	switch in.kind {
	case Dict:
		c := &b.dicts[in.slot]
		c.keys = c.keys[:min(n, len(c.keys))]
	case Text:
		c := &b.texts[in.slot]
		c.spans = c.spans[:min(n, len(c.spans))]
	case List:
		c := &b.lists[in.slot]
		if len(c.end) > n {
			c.end = c.end[:n]
			c.keys = c.keys[:lastEnd(c.end)]
		}
	case Int:
		c := &b.ints[in.slot]
		c.vals, c.set = c.vals[:min(n, len(c.vals))], c.set[:min(n, len(c.set))]
	case Time:
		c := &b.times[in.slot]
		c.vals, c.set = c.vals[:min(n, len(c.vals))], c.set[:min(n, len(c.set))]
	case Float:
		c := &b.floats[in.slot]
		c.vals, c.set = c.vals[:min(n, len(c.vals))], c.set[:min(n, len(c.set))]
	case Bool:
		c := &b.bools[in.slot]
		c.vals, c.set = c.vals[:min(n, len(c.vals))], c.set[:min(n, len(c.set))]
	}
}

func lastEnd(end []uint32) uint32 {
	if len(end) == 0 {
		return 0
	}
	return end[len(end)-1]
}

// first says whether the open row has no value yet in column s, which takes width bytes a row in a block; the value can be appended then.
func first[T any](b *Batch, s *[]T, width int) bool {
	n := len(*s)
	return n > 0 && n == b.rows || catchUp(b, s, width)
}

// catchUp is first for a column that not all rows before have, and for one in which the open row has a value.
func catchUp[T any](b *Batch, s *[]T, width int) bool {
	b.use(len(*s), width)
	*s = pad(*s, b.rows)
	return len(*s) == b.rows
}

// Set sets the text of f in the open row; f must be of kind Dict or Text. An empty v is "missing" and sets
// nothing. A later Set replaces an earlier one. v is copied unless it is part of Begin's copy.
func (b *Batch) Set(f Field, v []byte) {
	if len(v) == 0 {
		return
	}
	in := places[f]
	switch in.kind {
	case Dict:
		c := &b.dicts[in.slot]
		b.setKey(f, c, b.entry(&c.dict, v))
	case Text:
		s := b.span(v)
		if f != Message || b.cutsWord(s, b.line) {
			b.more += b.copied(s)
		}
		b.setSpan(f, s)
	default:
		panic("BUG: event.Batch: Set of field " + infos[f].Name)
	}
}

// setKey sets the open row's number in c, the column of f.
func (b *Batch) setKey(f Field, c *dictCol, k uint32) {
	if !first(b, &c.keys, 2) {
		c.keys[b.rows] = k
		return
	}
	c.keys = append(c.keys, k)
	b.touched = append(b.touched, f)
}

// SetString is Set for a string.
func (b *Batch) SetString(f Field, v string) {
	b.Set(f, unsafe.Slice(unsafe.StringData(v), len(v)))
}

// span finds v in the arena or copies it there.
func (b *Batch) span(v []byte) span {
	base, p := uintptr(unsafe.Pointer(unsafe.SliceData(b.arena))), uintptr(unsafe.Pointer(unsafe.SliceData(v)))
	if p >= base+uintptr(b.line.off) && p+uintptr(len(v)) <= base+uintptr(b.line.off)+uintptr(b.line.len) {
		return span{uint32(p - base), uint32(len(v))}
	}
	off := len(b.arena)
	b.arena = append(b.arena, v...)
	return span{uint32(off), uint32(len(v))}
}

// use notes that a column, which has held values of as many rows as have, takes width bytes a row in a block.
func (b *Batch) use(have, width int) {
	if have == 0 {
		b.width += width
	}
}

// entry is d.add, counted.
func (b *Batch) entry(d *dict, v []byte) uint32 {
	id := nameOf(v)
	if d.repeats(id, v) {
		return d.newest
	}
	have := len(d.data)
	k := d.look(id, v)
	if n := len(d.data) - have; n > 0 {
		b.more += n + 8 // with its end and its place in the table
	}
	return k
}

// copied is what a block holds of s beyond what is counted with the arena: a part of the record is written again.
func (b *Batch) copied(s span) int {
	if s.off >= b.line.off && s.off+s.len <= b.line.off+b.line.len {
		return int(s.len)
	}
	return 0
}

func (b *Batch) setSpan(f Field, s span) {
	c := &b.texts[places[f].slot]
	if !first(b, &c.spans, 1) {
		c.spans[b.rows] = s
		return
	}
	c.spans = append(c.spans, s)
	b.touched = append(b.touched, f)
}

// Add adds a text to the list f in the open row, unless it is empty or already there. It reports false where the
// row's list is full.
func (b *Batch) Add(f Field, v []byte) bool {
	if len(v) == 0 {
		return true
	}
	in := places[f]
	if in.kind != List {
		panic("BUG: event.Batch: Add to field " + infos[f].Name)
	}
	return b.addKey(f, b.entry(&b.lists[in.slot].dict, v))
}

// addKey is Add for the text with the number k in the list's dictionary.
func (b *Batch) addKey(f Field, k uint32) bool {
	c := &b.lists[places[f].slot]
	from := lastEnd(c.end[:min(b.rows, len(c.end))])
	b.use(len(c.end), 8)
	if len(c.end) <= b.rows {
		b.touched = append(b.touched, f)
		for len(c.end) <= b.rows {
			c.end = append(c.end, from)
		}
	}
	for _, o := range c.keys[from:] {
		if o == k {
			return true
		}
	}
	if len(c.keys)-int(from) >= MaxList {
		return false
	}
	c.keys = append(c.keys, k)
	b.more += 2
	c.end[b.rows] = uint32(len(c.keys))
	return true
}

// AddString is Add for a string.
func (b *Batch) AddString(f Field, v string) bool {
	return b.Add(f, unsafe.Slice(unsafe.StringData(v), len(v)))
}

// SetInt sets the number of f, of kind Int, or the time of f, of kind Time, in Unix nanoseconds.
func (b *Batch) SetInt(f Field, v int64) {
	in := places[f]
	var c *intCol
	switch in.kind {
	case Int:
		c = &b.ints[in.slot]
	case Time:
		c = &b.times[in.slot]
	default:
		panic("BUG: event.Batch: SetInt of field " + infos[f].Name)
	}
	if !first(b, &c.vals, 9) {
		c.vals[b.rows], c.set[b.rows] = v, true
		return
	}
	c.vals, c.set = append(c.vals, v), append(pad(c.set, b.rows), true)
	b.touched = append(b.touched, f)
}

// SetFloat sets the number of f, of kind Float. NaN and infinities count as missing.
func (b *Batch) SetFloat(f Field, v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	c := &b.floats[places[f].slot]
	if !first(b, &c.vals, 9) {
		c.vals[b.rows], c.set[b.rows] = v, true
		return
	}
	c.vals, c.set = append(c.vals, v), append(pad(c.set, b.rows), true)
	b.touched = append(b.touched, f)
}

// SetBool sets f, of kind Bool.
func (b *Batch) SetBool(f Field, v bool) {
	c := &b.bools[places[f].slot]
	if !first(b, &c.vals, 2) {
		c.vals[b.rows], c.set[b.rows] = v, true
		return
	}
	c.vals, c.set = append(c.vals, v), append(pad(c.set, b.rows), true)
	b.touched = append(b.touched, f)
}

// Label sets a pair that no field holds. An empty value sets nothing; a later value replaces an earlier one. It
// reports false where the row has MaxLabels, key is longer than MaxKey, or the row's names together are out of
// proportion to the record: many may share one long prefix, so that a small record would make a large block.
func (b *Batch) Label(key, value []byte) bool {
	if len(key) == 0 || len(value) == 0 {
		return true
	}
	if len(key) > MaxKey {
		return false
	}
	c := &b.labels
	b.use(len(c.keys), 8)
	k := b.entry(&c.dict, key)
	for i := b.marks.labels; i < len(c.keys); i++ {
		if c.keys[i] == k {
			c.vals[i] = b.span(value)
			b.more += b.copied(c.vals[i])
			return true
		}
	}
	if len(c.keys)-b.marks.labels >= MaxLabels || len(key) > b.names {
		return false
	}
	b.names -= len(key)
	s := b.span(value)
	c.keys, c.vals = append(c.keys, k), append(c.vals, s)
	b.more += 4 + b.copied(s)
	return true
}

// maxAlso is how long the values of one label may become together.
const maxAlso = 256

// LabelAlso is Label, but keeps the value that the label has: a comma and a blank stand between the two. It reports false where no more fits.
func (b *Batch) LabelAlso(key, value []byte) bool {
	c := &b.labels
	if len(key) == 0 || len(value) == 0 || len(key) > MaxKey || len(c.keys) == b.marks.labels {
		return b.Label(key, value)
	}
	k := b.entry(&c.dict, key)
	for i := b.marks.labels; i < len(c.keys); i++ {
		if c.keys[i] != k {
			continue
		}
		was := b.view(c.vals[i])
		for rest, more := was, true; more; {
			var one []byte
			if one, rest, more = bytes.Cut(rest, []byte(", ")); bytes.Equal(one, value) {
				return true
			}
		}
		if len(was)+len(value) > maxAlso {
			return false
		}
		return b.Label(key, append(append(append(make([]byte, 0, len(was)+2+len(value)), was...), ", "...), value...))
	}
	return b.Label(key, value)
}

// sortLabels orders the open row's pairs by name; there are few.
func (b *Batch) sortLabels() {
	c, from := &b.labels, b.marks.labels
	for i := from + 1; i < len(c.keys); i++ {
		for j := i; j > from && text(c.dict.at(c.keys[j])) < text(c.dict.at(c.keys[j-1])); j-- {
			c.keys[j], c.keys[j-1] = c.keys[j-1], c.keys[j]
			c.vals[j], c.vals[j-1] = c.vals[j-1], c.vals[j]
		}
	}
}

// Span gives the least and the greatest effective time of the rows, zero for none.
func (b *Batch) Span() (first, last int64) {
	for i, t := range b.time[:b.rows] {
		if i == 0 || t < first {
			first = t
		}
		if i == 0 || t > last {
			last = t
		}
	}
	return first, last
}
