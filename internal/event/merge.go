package event

// Append adds the rows [from, to) of o, identities included, to b.
func (b *Batch) Append(o *Batch, from, to int) {
	if from >= to {
		return
	}
	n := b.rows
	b.appendRuns(o, from, to)
	b.time = append(b.time, o.time[from:to]...)
	b.ingested = append(b.ingested, o.ingested[from:to]...)
	var m remap
	for i := range o.dicts {
		if src := &o.dicts[i]; from < len(src.keys) {
			m.reset(&src.dict, &b.dicts[i].dict)
			dst := pad(b.dicts[i].keys, n)
			for _, k := range src.keys[from:min(to, len(src.keys))] {
				dst = append(dst, m.key(k))
			}
			b.dicts[i].keys = dst
		}
	}
	for i := range o.lists {
		b.lists[i].append(&m, &o.lists[i], n, from, to)
	}
	for i := range o.ints {
		appendCol(&b.ints[i].vals, &b.ints[i].set, o.ints[i].vals, o.ints[i].set, n, from, to)
	}
	for i := range o.times {
		appendCol(&b.times[i].vals, &b.times[i].set, o.times[i].vals, o.times[i].set, n, from, to)
	}
	for i := range o.floats {
		appendCol(&b.floats[i].vals, &b.floats[i].set, o.floats[i].vals, o.floats[i].set, n, from, to)
	}
	for i := range o.bools {
		appendCol(&b.bools[i].vals, &b.bools[i].set, o.bools[i].vals, o.bools[i].set, n, from, to)
	}
	b.appendTexts(o, n, from, to)
	b.appendLabels(&m, o, n, from, to)
	b.rows += to - from
}

func (b *Batch) appendRuns(o *Batch, from, to int) {
	for i, r := range o.runs {
		end := o.rows
		if i+1 < len(o.runs) {
			end = o.runs[i+1].from
		}
		lo, hi := max(from, r.from), min(to, end)
		if lo < hi {
			b.runs = append(b.runs, run{r.id, b.rows + lo - from, r.first + uint32(lo-r.from)})
		}
	}
}

// appendTexts copies a row's original first, so that what is a part of it stays a part of it.
func (b *Batch) appendTexts(o *Batch, n, from, to int) {
	at := infos[EventOriginal].slot
	orig, base := o.texts[at].spans, len(b.texts[at].spans)
	for i := range o.texts {
		slot := (at + i) % len(o.texts) // event.original comes first
		src := o.texts[slot].spans
		if from >= len(src) {
			continue
		}
		dst := pad(b.texts[slot].spans, n)
		if slot == at {
			base = len(dst)
		}
		for j, s := range src[from:min(to, len(src))] {
			switch r := from + j; {
			case slot != at && r < len(orig) && s.off >= orig[r].off && s.off+s.len <= orig[r].off+orig[r].len:
				dst = append(dst, span{b.texts[at].spans[base+j].off + s.off - orig[r].off, s.len})
			default:
				dst = append(dst, b.copySpan(o, s))
			}
		}
		b.texts[slot].spans = dst
	}
}

func (b *Batch) copySpan(o *Batch, s span) span {
	if s.len == 0 {
		return span{}
	}
	off := uint32(len(b.arena))
	b.arena = append(b.arena, o.arena[s.off:s.off+s.len]...)
	return span{off, s.len}
}

func (b *Batch) appendLabels(m *remap, o *Batch, n, from, to int) {
	src, dst := &o.labels, &b.labels
	if from >= len(src.end) {
		return
	}
	m.reset(&src.dict, &dst.dict)
	for len(dst.end) < n {
		dst.end = append(dst.end, uint32(len(dst.keys)))
	}
	for r := from; r < min(to, len(src.end)); r++ {
		lo, hi := rowOf(src.end, r)
		for i := lo; i < hi; i++ {
			dst.keys = append(dst.keys, m.key(src.keys[i]))
			dst.vals = append(dst.vals, b.copySpan(o, src.vals[i]))
		}
		dst.end = append(dst.end, uint32(len(dst.keys)))
	}
}

func (c *listCol) append(m *remap, src *listCol, n, from, to int) {
	if from >= len(src.end) {
		return
	}
	m.reset(&src.dict, &c.dict)
	for len(c.end) < n {
		c.end = append(c.end, uint32(len(c.keys)))
	}
	for r := from; r < min(to, len(src.end)); r++ {
		lo, hi := rowOf(src.end, r)
		for _, k := range src.keys[lo:hi] {
			c.keys = append(c.keys, m.key(k))
		}
		c.end = append(c.end, uint32(len(c.keys)))
	}
}

// remap translates the numbers of one dictionary into those of another, adding texts as they are met.
type remap struct {
	src, dst *dict
	to       []uint32
}

func (m *remap) reset(src, dst *dict) {
	m.src, m.dst = src, dst
	m.to = append(m.to[:0], make([]uint32, src.len())...)
}

func (m *remap) key(k uint32) uint32 {
	if k == 0 {
		return 0
	}
	if m.to[k] == 0 {
		m.to[k] = m.dst.add(m.src.at(k))
	}
	return m.to[k]
}

// pad makes s at least n long.
func pad[T any](s []T, n int) []T {
	if len(s) < n {
		s = append(s, make([]T, n-len(s))...)
	}
	return s
}

func appendCol[T any](vals *[]T, set *[]bool, v []T, s []bool, n, from, to int) {
	if from >= len(s) {
		return
	}
	*vals, *set = pad(*vals, n), pad(*set, n)
	to = min(to, len(s))
	*vals, *set = append(*vals, v[from:to]...), append(*set, s[from:to]...)
}
