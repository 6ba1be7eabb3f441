package detect

import (
	"unsafe"

	"watchpost/internal/event"
	"watchpost/internal/rule"
	"watchpost/internal/window"
)

// matcher says which rules of a set a batch satisfies.
type matcher interface {
	// Each calls fn for each row and each step of an enabled rule that the row satisfies.
	Each(b *event.Batch, fn matchFunc)
}

// matchFunc takes a match.
type matchFunc = func(row int, r *rule.Rule, step int)

// collector turns the matches of one batch into signals.
type collector struct {
	rules   *Rules
	entries map[entry]uint32
	list    []entry // by number
	texts   map[string]uint32
	text    []string // by number; 0 is ""
	fields  []uint32 // evidence of all signals, numbers of texts
	signals []signal
	spells  map[span]*spell
	order   []span   // of spells, as they were met
	recent  []latest // by entry: the spell that was met last
	matches []uint64 // by rule, since these rules came
	buf     []byte
	part    []byte

	batches uint64 // so far
	keys    []spot // by rule: the entries of those whose key is a value of one dictionary
	values  [event.NumFields]spot
	known   []uint32 // what these spots say of the batch at hand
}

// spot is where, in collector.known, stands what is known of each entry of a dictionary, so that its text is looked up once.
type spot struct {
	batch uint64
	from  int // -1: there was no room
}

// maxKnown bounds collector.known to 4 MB.
const maxKnown = 1 << 20

// at gives what is known, of n things that a spot is for; 0 is nothing yet. nil: nothing can be noted.
func (c *collector) at(p *spot, n int) []uint32 {
	if p.batch != c.batches {
		*p = spot{c.batches, -1}
		if n <= maxKnown-len(c.known) {
			p.from = len(c.known)
			c.known = append(c.known, make([]uint32, n)...)
		}
	}
	if p.from < 0 {
		return nil
	}
	return c.known[p.from : p.from+n]
}

// numbered says that the values of f are entries of a dictionary.
func numbered(f event.Field) bool { return f.Info().Kind == event.Dict && f != event.EventID }

// entry is a rule's group key within a batch.
type entry struct {
	rule int
	key  string
}

// signal is a window.Signal with its texts by number.
type signal struct {
	entry  uint32
	step   uint32
	n      uint32
	time   int64
	sum    window.Fixed
	id     event.ID
	value  uint32
	fields uint32 // where its evidence begins in collector.fields; while it is of a spell, its row
}

// span is a bucket of time of a key, for kinds that every event feeds; spell is what they need of its events. An
// absence needs the first and the last: those in between are less than within apart. FirstSeen needs the first of each
// value, a rate the first and the last, and how many there are or what they add up to.
type span struct {
	entry  uint32
	value  uint32
	bucket int64
}

type spell struct {
	first, last signal
	n           uint32
	sum         window.Fixed
}

type latest struct {
	value  uint32
	bucket int64
	*spell
}

func (c *collector) reset(r *Rules) {
	if c.rules != r {
		c.rules, c.matches, c.keys = r, make([]uint64, len(r.plans)), make([]spot, len(r.plans))
	}
	if c.entries == nil {
		c.entries, c.texts, c.spells = make(map[entry]uint32), make(map[string]uint32), make(map[span]*spell)
	}
	clear(c.entries)
	clear(c.texts)
	clear(c.spells)
	// The texts live on in signals that wait: they are made anew for each batch.
	c.list, c.text, c.signals, c.fields, c.order = c.list[:0], append(c.text[:0], ""), c.signals[:0], c.fields[:0], c.order[:0]
	clear(c.recent)
	c.recent, c.known = c.recent[:0], c.known[:0]
	c.batches++
}

// collect fills c with the signals of b.
func (c *collector) collect(r *Rules, m matcher, b *event.Batch) {
	c.reset(r)
	var last *rule.Rule
	place := 0
	m.Each(b, func(row int, ru *rule.Rule, step int) {
		if ru != last {
			last, place = ru, r.byRule[ru]
		}
		c.matches[place]++
		c.add(b.Event(row), place, step)
	})
	for _, sp := range c.order {
		c.tell(b, &c.rules.plans[c.list[sp.entry].rule], c.spells[sp])
	}
}

// tell makes the signals of a spell.
func (c *collector) tell(b *event.Batch, p *plan, s *spell) {
	switch p.kind {
	case window.FirstSeen:
		c.signal(b.Event(int(s.first.fields)), p, s.first)
	default: // the first stands for all but the last, so that nothing depends on how events lie in blocks
		if s.n > 1 {
			s.first.n, s.first.sum = s.n-1, s.sum.Minus(s.last.sum)
			c.signal(b.Event(int(s.first.fields)), p, s.first)
		}
		c.signal(b.Event(int(s.last.fields)), p, s.last)
	}
}

func (c *collector) add(e event.Event, rule, step int) {
	p := &c.rules.plans[rule]
	s := signal{step: uint32(step), n: 1, time: e.Time(), id: e.ID()}
	if p.value != event.None && !c.value(e, p, &s) {
		return // a missing value is none
	}
	s.entry = c.entry(e, rule, p)
	if p.bucket == 0 {
		c.signal(e, p, s)
		return
	}
	s.fields = uint32(e.Row)
	c.spell(&s, p.bucket)
}

// signal adds s, which e makes, with its evidence.
func (c *collector) signal(e event.Event, p *plan, s signal) {
	s.fields = uint32(len(c.fields))
	for i, f := range p.shown {
		n := uint32(0)
		if i < min(len(p.Fields), maxFields) || f != event.HostName || !reports(e) {
			n = c.textOf(e, f)
		}
		c.fields = append(c.fields, n)
	}
	c.signals = append(c.signals, s)
}

// textOf numbers the text of e's value of f.
func (c *collector) textOf(e event.Event, f event.Field) uint32 {
	if !numbered(f) {
		c.buf = appendValue(c.buf[:0], e, f)
		return c.number(c.buf)
	}
	k := e.Key(f)
	if k == 0 {
		return 0
	}
	var n uint32
	known := c.at(&c.values[f], e.Distinct(f))
	if known != nil {
		n = known[k]
	}
	if n == 0 {
		c.buf = append(c.buf[:0], e.Str(f)...)
		if n = c.number(c.buf); known != nil {
			known[k] = n
		}
	}
	return n
}

// reports is whether the host of an event is who saw it, such as a firewall, and not whom it is about.
func reports(e event.Event) bool {
	by := e.Str(event.ObserverName)
	return by != "" && by == e.Str(event.HostName)
}

// value reads what the window wants of the event's field.
func (c *collector) value(e event.Event, p *plan, s *signal) (ok bool) {
	if p.number {
		s.sum, ok = numberOf(e, p.value)
		return ok
	}
	if p.kind == window.Travel {
		c.buf = appendValue(c.buf[:0], e, p.value)
		if _, _, ok := window.ParsePlace(view(c.buf)); !ok {
			return false
		}
	}
	s.value = c.textOf(e, p.value)
	return s.value != 0
}

// numberOf gives the number in field f.
func numberOf(e event.Event, f event.Field) (window.Fixed, bool) {
	if f.Info().Kind == event.Int {
		v, ok := e.Int(f)
		n, fits := window.FixedOf(float64(v))
		return n, ok && fits
	}
	v, ok := e.Float(f)
	n, fits := window.FixedOf(v)
	return n, ok && fits
}

// entry numbers e's group key.
func (c *collector) entry(e event.Event, rule int, p *plan) uint32 {
	known := c.entryKnown(e, rule, p)
	if known == nil {
		return c.newEntry(e, rule, p)
	}
	if *known == 0 {
		*known = 1 + c.newEntry(e, rule, p)
	}
	return *known - 1
}

// entryKnown gives the place for the number of e's group key, from 1; nil where the key is more than a value of one dictionary, and a tenant.
func (c *collector) entryKnown(e event.Event, rule int, p *plan) *uint32 {
	n, at := e.Distinct(event.Tenant), int(e.Key(event.Tenant))
	switch {
	case len(p.GroupBy) == 1 && numbered(p.GroupBy[0]):
		at += n * int(e.Key(p.GroupBy[0]))
		n *= e.Distinct(p.GroupBy[0])
	case len(p.GroupBy) > 0:
		return nil
	}
	if known := c.at(&c.keys[rule], n); known != nil {
		return &known[at]
	}
	return nil
}

// newEntry gives the number of e's group key by its text.
func (c *collector) newEntry(e event.Event, rule int, p *plan) uint32 {
	key := window.AppendKey(c.buf[:0], e.Str(event.Tenant))
	for _, f := range p.GroupBy {
		if k := f.Info().Kind; k == event.Dict || k == event.Text {
			key = window.AppendKey(key, e.Str(f))
			continue
		}
		c.part = appendValue(c.part[:0], e, f)
		key = window.AppendKey(key, view(c.part))
	}
	c.buf = key
	if n, ok := c.entries[entry{rule, view(key)}]; ok {
		return n
	}
	n := uint32(len(c.list))
	en := entry{rule, string(key)}
	c.entries[en] = n
	c.list, c.recent = append(c.list, en), append(c.recent, latest{})
	return n
}

// spell notes s in its bucket.
func (c *collector) spell(s *signal, width int64) {
	at := s.time / width
	if s.time%width < 0 {
		at--
	}
	r := &c.recent[s.entry]
	if r.spell == nil || r.value != s.value || r.bucket != at {
		sp := span{s.entry, s.value, at}
		o := c.spells[sp]
		if o == nil {
			o = &spell{first: *s, last: *s}
			c.spells[sp] = o
			c.order = append(c.order, sp)
		}
		*r = latest{s.value, at, o}
	}
	o := r.spell
	o.n++
	o.sum = o.sum.Plus(s.sum)
	if s.before(&o.first) {
		o.first = *s
	}
	if o.last.before(s) {
		o.last = *s
	}
}

func (s *signal) before(o *signal) bool {
	return s.time < o.time || s.time == o.time && s.id.Less(o.id)
}

// number numbers a text, cut to its bound.
func (c *collector) number(v []byte) uint32 {
	if len(v) == 0 {
		return 0
	}
	v = cut(v)
	if n, ok := c.texts[view(v)]; ok {
		return n
	}
	n, s := uint32(len(c.text)), string(v)
	c.texts[s] = n
	c.text = append(c.text, s)
	return n
}

// cut bounds a text; what is cut is not told apart any more.
func cut(v []byte) []byte { return v[:min(len(v), maxText)] }

// window gives signal s in the form that windows take. Its texts are valid for ever.
func (c *collector) window(s *signal) window.Signal {
	p := &c.rules.plans[c.list[s.entry].rule]
	w := window.Signal{Time: s.time, ID: s.id, Step: int(s.step), N: s.n, Sum: s.sum, Value: c.text[s.value]}
	if n := len(p.shown); n > 0 {
		w.Fields = make([]string, n)
		for i := range w.Fields {
			w.Fields[i] = c.text[c.fields[int(s.fields)+i]]
		}
	}
	return w
}

// view sees b as a string, for as long as b does not change.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
