package window

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/axiomhq/hyperloglog"
)

// What a saved key has.
const (
	hasBurst = 1 << iota
	isSilent
	isApprox
	hasSketch
	hasWait
)

func (e *encoder) key(k *keyState) {
	if k.body == folded {
		open := *k
		open.body = k.rule.fresh()
		open.tell()
		e.key(&open)
		open.clearRing()
		k.rule.spare(open.body)
		return
	}
	e.text(k.key())
	e.int(k.last)
	var has byte
	if b := k.burst; b != nil {
		has |= hasBurst
		if b.silent {
			has |= isSilent
		}
		if b.Approx {
			has |= isApprox
		}
		if b.sketch != nil {
			has |= hasSketch
		}
	}
	if k.waits() != nil {
		has |= hasWait
	}
	e.b = append(e.b, has)
	e.uint(uint64(len(k.ring)))
	for i := range k.ring { // from its oldest
		e.time(k.past(i).time, k.last)
	}
	if k.rule.kind == Count || k.rule.kind == Beacon {
		e.ids(k.before())
	}
	if k.more != nil {
		e.more(k)
	}
	if k.burst != nil {
		e.burst(k.burst, k.last)
	}
}

// more writes what k's kind needs.
func (e *encoder) more(k *keyState) {
	m, base := k.more, k.last
	e.ids(m.ids)
	e.time(m.start, base)
	switch k.rule.kind {
	case Distinct:
		e.times(m.recent, base)
		e.uint(uint64(len(m.values)))
		for _, v := range m.values {
			e.b = binary.LittleEndian.AppendUint64(e.b, v.hash)
			e.time(v.last, base)
			e.text(v.text)
		}
	case Sum, Avg, Percentile:
		e.uint(uint64(len(m.samples)))
		for _, v := range m.samples {
			e.time(v.from, base)
			e.time(v.to, base)
			e.float(v.v)
			e.uint(uint64(v.n))
			e.uint(uint64(v.above))
		}
	case Sequence:
		e.times(m.recent, base)
		e.times(m.chain, base)
		e.time(m.done, base)
		e.time(m.banned, base)
		if w := m.wait; w != nil {
			e.times([]int64{w.deadline, w.first, w.time}, base)
			e.id(w.id)
			e.uint(w.count)
			e.ids(w.ids)
			e.texts(w.fields)
		}
	case Absence:
		e.uint(m.n)
		e.time(m.quiet, base)
		e.texts(m.fields)
	case FirstSeen:
		e.time(m.seen.since, base)
		e.uint(uint64(len(m.seen.hashes)))
		for i, h := range m.seen.hashes {
			e.b = binary.LittleEndian.AppendUint64(e.b, h)
			e.int(int64(m.seen.hours[i]))
		}
	case Travel:
		e.time(m.trip.at, base)
		e.float(m.trip.lat)
		e.float(m.trip.lon)
		e.id(m.trip.id)
		e.text(m.trip.text)
	}
	if f := m.frames; f != nil {
		e.panes(f.panes, base)
		if f.base != nil {
			e.baseline(f.base, base)
		}
	}
}

func (e *encoder) panes(list []pane, base int64) {
	e.uint(uint64(len(list)))
	for _, p := range list {
		e.times([]int64{p.start, p.first, p.last}, base)
		e.uint(p.n)
		e.int(p.sum.Whole)
		e.int(p.sum.Micro)
		e.id(p.firstID)
		e.id(p.id)
		e.texts(p.fields)
	}
}

func (e *encoder) baseline(m *baseline, base int64) {
	e.time(m.since, base)
	e.uint(uint64(len(m.hours)))
	for _, h := range m.hours {
		e.b = append(e.b, h.hour)
		e.uint(uint64(h.n))
		e.uint(uint64(h.last))
		e.b = binary.LittleEndian.AppendUint32(e.b, math.Float32bits(h.mean))
	}
}

func (e *encoder) burst(b *burst, base int64) {
	for _, t := range []int64{b.Time, b.First, b.Last, b.falls, b.end, b.reportedT} {
		e.time(t, base)
	}
	e.id(b.ID)
	e.uint(b.Count)
	e.uint(uint64(b.Revision))
	e.uint(b.reported)
	e.uint(uint64(b.Distinct))
	e.uint(uint64(b.distinct))
	e.uint(uint64(b.level))
	for _, v := range b.measures() {
		e.float(*v)
	}
	e.uint(uint64(len(b.Intervals)))
	for _, v := range b.Intervals {
		e.float(v)
	}
	e.ids(b.IDs)
	e.texts(b.Values)
	e.texts(b.Fields)
	if b.sketch != nil {
		data, err := b.sketch.MarshalBinary()
		if err != nil {
			panic("BUG: window: " + err.Error())
		}
		e.text(string(data))
		return
	}
	e.uint(uint64(len(b.told)))
	for h := range b.told {
		e.b = binary.LittleEndian.AppendUint64(e.b, h)
	}
}

// measures gives the numbers in the order in which they are saved.
func (m *Measures) measures() []*float64 {
	return []*float64{&m.Value, &m.Baseline, &m.Distance, &m.Speed, &m.Interval, &m.Jitter}
}

// key reads a key of rule r.
func (d *decoder) key(r *ruleState) *keyState {
	k := &keyState{rule: r, text: d.text(), last: d.int(), body: newBody(r)}
	k.cut = uint32(len(k.text))
	has := d.byte()
	for _, t := range d.times(nil, k.last) {
		k.ring = append(k.ring, past{time: t})
	}
	if r.kind == Count || r.kind == Beacon {
		ids := d.ids(maxBefore)
		if len(ids) > len(k.ring) {
			d.fail(errors.New("more ids than events"))
			ids = nil
		}
		for i, id := range ids {
			p := &k.ring[len(k.ring)-len(ids)+i]
			p.block, p.row = r.blocks.take(id.Block), id.Row
		}
	}
	if r.alone {
		d.fail(fmt.Errorf("rule %q has no windows", r.ID))
		return k
	}
	if !r.plain() {
		d.more(k, has)
	}
	if has&hasBurst != 0 {
		k.burst = d.burst(k, has)
	}
	if d.err == nil && len(d.b) > 0 {
		d.fail(fmt.Errorf("%d bytes follow a key", len(d.b)))
	}
	if d.err == nil && !k.fits() {
		d.fail(fmt.Errorf("state of rule %q has an impossible form", r.ID))
	}
	return k
}

func (d *decoder) more(k *keyState, has byte) {
	m, base := k.more, k.last
	m.ids = d.ids(maxBefore)
	m.start = d.time(base)
	switch k.rule.kind {
	case Distinct:
		m.recent = d.times(nil, base)
		for range d.count(10) {
			m.values = append(m.values, valueAt{d.uint64le(), d.time(base), d.text()})
		}
	case Sum, Avg, Percentile:
		for range d.count(12) {
			m.samples = append(m.samples, sample{d.time(base), d.time(base), d.float(), d.uint32(), d.uint32()})
		}
	case Sequence:
		m.recent, m.chain = d.times(nil, base), d.times(nil, base)
		m.done, m.banned = d.time(base), d.time(base)
		if has&hasWait != 0 {
			t := append(d.times(nil, base), 0, 0, 0)
			m.wait = &waiting{deadline: t[0], first: t[1], time: t[2], id: d.id(), count: d.uint(), ids: d.ids(MaxSample), fields: d.texts()}
		}
	case Absence:
		m.n, m.quiet, m.fields = d.uint(), d.time(base), d.texts()
	case FirstSeen:
		m.seen.since = d.time(base)
		for range d.count(9) {
			m.seen.hashes = append(m.seen.hashes, d.uint64le())
			m.seen.hours = append(m.seen.hours, int32(d.int()))
		}
	case Travel:
		m.trip.at = d.time(base)
		m.trip.lat, m.trip.lon, m.trip.id, m.trip.text = d.float(), d.float(), d.id(), d.text()
	}
	f := m.frames
	if f == nil {
		return
	}
	for range d.count(40) {
		t := append(d.times(nil, base), 0, 0, 0)
		f.panes = append(f.panes, pane{start: t[0], first: t[1], last: t[2], n: d.uint(),
			sum: Fixed{d.int(), d.int()}, firstID: d.id(), id: d.id(), fields: d.texts()})
	}
	if f.base == nil {
		return
	}
	f.base.since = d.time(base)
	for range d.count(7) {
		h := hourly{hour: d.byte(), n: uint16(d.uint32()), last: d.uint32()}
		if b := d.take(4); b != nil {
			h.mean = math.Float32frombits(binary.LittleEndian.Uint32(b))
		}
		f.base.hours = append(f.base.hours, h)
	}
}

func (d *decoder) uint32() uint32 {
	v := d.uint()
	if v > math.MaxUint32 {
		d.fail(errors.New("number out of range"))
	}
	return uint32(v)
}

func (d *decoder) burst(k *keyState, has byte) *burst {
	b := &burst{silent: has&isSilent != 0}
	b.Rule, b.Approx = k.rule.index, has&isApprox != 0
	for _, p := range []*int64{&b.Time, &b.First, &b.Last, &b.falls, &b.end, &b.reportedT} {
		*p = d.time(k.last)
	}
	b.Key, b.ID, b.Count = k.key(), d.id(), d.uint()
	b.Revision, b.reported, b.Distinct, b.distinct = d.uint32(), d.uint(), int(d.uint32()), int(d.uint32())
	b.level = int(d.uint32())
	for _, v := range b.measures() {
		*v = d.float()
	}
	for range d.count(8) {
		b.Intervals = append(b.Intervals, d.float())
	}
	b.IDs, b.Values, b.Fields = d.ids(MaxSample), d.texts(), d.texts()
	if has&hasSketch != 0 {
		data := d.take(d.count(1))
		if d.err != nil {
			return b
		}
		b.sketch = newSketch()
		if err := unmarshalSketch(b.sketch, data); err != nil {
			d.fail(err)
		}
		return b
	}
	b.told = make(map[uint64]struct{})
	for range d.count(8) {
		b.told[d.uint64le()] = struct{}{}
	}
	return b
}

// unmarshalSketch refuses whatever has not the form that newSketch makes.
func unmarshalSketch(s *hyperloglog.Sketch, data []byte) error {
	want, err := s.MarshalBinary()
	if err != nil {
		return err
	}
	if len(data) != len(want) || string(data[:sketchHead]) != string(want[:sketchHead]) {
		return errors.New("a sketch of another form")
	}
	return s.UnmarshalBinary(data)
}

// sketchHead is the length of what precedes the registers and is the same for all of one form.
const sketchHead = 8

// fits says whether its rule could have made k: the code that runs on it counts on these lengths.
func (k *keyState) fits() bool {
	r, m, b := k.rule, k.more, k.burst
	ring := 0
	switch r.kind {
	case Count, Beacon:
		ring = r.atLeast
	case Sequence:
		if ring = r.stages[0]; r.spec.AnyOrder {
			ring = 0
		}
	}
	switch {
	case len(k.ring) > ring:
	case r.kind == Absence && (len(m.ids) == 0 || m.n == 0):
	case m != nil && !m.fits(r):
	case b != nil && (b.Count == 0 || len(b.told) > maxTold || len(b.Values) > MaxSample || len(b.Intervals) > MaxSample):
	default:
		return true
	}
	return false
}

func (m *more) fits(r *ruleState) bool {
	if m.course != nil && len(m.chain) != r.chains || len(m.values) > r.atLeast || len(m.recent) > maxRecent || len(m.samples) > maxSamples {
		return false
	}
	for i := range m.samples {
		if m.samples[i].n == 0 {
			return false
		}
	}
	if m.seen != nil {
		for i := 1; i < len(m.seen.hashes); i++ {
			if m.seen.hashes[i] <= m.seen.hashes[i-1] {
				return false
			}
		}
	}
	return m.frames == nil || m.frames.fit(r)
}

func (f *frames) fit(r *ruleState) bool {
	if len(f.panes) > maxPanes {
		return false
	}
	for i := range f.panes {
		if f.panes[i].n == 0 || i > 0 && f.panes[i].start <= f.panes[i-1].start || floor(f.panes[i].start, r.within) != f.panes[i].start {
			return false
		}
	}
	if f.base == nil {
		return true
	}
	hours := make([]uint8, 0, len(f.base.hours))
	for _, h := range f.base.hours {
		if h.hour >= 168 || slices.Contains(hours, h.hour) {
			return false
		}
		hours = append(hours, h.hour)
	}
	return true
}
