package window

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"watchpost/internal/event"
)

// The form of a saved bucket: version, the rules it knows (id, hash), then its keys. Waiting signals are not saved: the
// log still has them (State.Again). All numbers are varints; a time is the difference to the key's newest event.
const snapshotVersion = 1

// Dirty lists the buckets that changed since they were last saved or restored.
func (s *State) Dirty() []int {
	var out []int
	for i := range s.buckets {
		if s.buckets[i].dirty {
			out = append(out, i)
		}
	}
	return out
}

// AppendBucket appends bucket i in the form that Restore reads, nothing where it is empty, and calls it clean.
func (s *State) AppendBucket(dst []byte, i int) []byte {
	b := &s.buckets[i]
	b.dirty = false
	if len(b.keys) == 0 {
		return dst
	}
	numbers := make(map[*ruleState]int)
	var rules []*ruleState
	for mk := range b.keys {
		if _, ok := numbers[mk.rule]; !ok {
			numbers[mk.rule] = len(rules)
			rules = append(rules, mk.rule)
		}
	}
	e := encoder{append(dst, snapshotVersion)}
	e.uint(uint64(len(rules)))
	for _, r := range rules {
		e.text(r.ID)
		e.b = append(e.b, r.Hash[:]...)
	}
	e.uint(uint64(len(b.keys)))
	for mk, k := range b.keys {
		e.uint(uint64(numbers[mk.rule]))
		e.key(k)
	}
	return e.b
}

// Restore reads a saved bucket. Keys of rules that are not, or not in that form, among those of SetRules are passed
// over. Data of hostile form is an error, after which the State must not be used.
func (s *State) Restore(data []byte) error {
	if len(data) == 0 {
		return nil
	}
	d := decoder{b: data}
	if v := d.byte(); v != snapshotVersion {
		return fmt.Errorf("window snapshot of version %d, this build reads %d", v, snapshotVersion)
	}
	n := d.count(17)
	rules, known := make([]*ruleState, n), make([]bool, n)
	for i := range rules {
		id := d.text()
		hash := d.take(16)
		if d.err != nil {
			break
		}
		if r := s.byID[id]; r != nil && string(r.Hash[:]) == string(hash) {
			rules[i], known[i] = r, true
		}
	}
	keys := d.count(4)
	for range keys {
		i := d.uint()
		if d.err == nil && i >= uint64(n) {
			d.fail(fmt.Errorf("rule %d of %d", i, n))
		}
		if d.err != nil {
			break
		}
		k := d.key(rules[i])
		if d.err != nil || !known[i] {
			continue
		}
		k.place = int32(Place(k.rule.ID, k.key) % Buckets)
		if s.buckets[k.place].keys[mapKey{k.rule, k.key}] != nil {
			d.fail(errors.New("a key stands in it twice"))
			break
		}
		s.insert(k)
		k.size = k.bytes()
		s.stats.Bytes += int64(k.size)
		s.buckets[k.place].dirty = false
	}
	if d.err == nil && len(d.b) > 0 {
		d.fail(fmt.Errorf("%d bytes follow the last key", len(d.b)))
	}
	if d.err != nil {
		return fmt.Errorf("window snapshot: %w", d.err)
	}
	return nil
}

// Resume sets the watermark that the State had when it was saved.
func (s *State) Resume(watermark int64) { s.water = watermark }

// What a saved key has.
const (
	hasMore = 1 << iota
	hasBurst
	isSilent
	hasOverflow
)

type encoder struct{ b []byte }

func (e *encoder) uint(v uint64) { e.b = binary.AppendUvarint(e.b, v) }
func (e *encoder) int(v int64)   { e.b = binary.AppendVarint(e.b, v) }
func (e *encoder) text(v string) { e.uint(uint64(len(v))); e.b = append(e.b, v...) }
func (e *encoder) times(v []int64, base int64) {
	e.uint(uint64(len(v)))
	for _, t := range v {
		e.time(t, base)
	}
}

// time writes t as its distance to base; wrapping around is undone by the reader.
func (e *encoder) time(t, base int64) { e.int(t - base) }

func (e *encoder) ids(v []event.ID) {
	e.uint(uint64(len(v)))
	for _, id := range v {
		e.id(id)
	}
}

func (e *encoder) id(id event.ID) {
	e.b = append(e.b, id.Block[:]...)
	e.uint(uint64(id.Row))
}

func (e *encoder) texts(v []string) {
	e.uint(uint64(len(v)))
	for _, t := range v {
		e.text(t)
	}
}

func (e *encoder) key(k *keyState) {
	e.text(k.key)
	e.int(k.last)
	var has byte
	if k.more != nil {
		has |= hasMore
	}
	if b := k.burst; b != nil {
		has |= hasBurst
		if b.silent {
			has |= isSilent
		}
		if b.More {
			has |= hasOverflow
		}
	}
	e.b = append(e.b, has)
	e.times(k.times[k.at:], k.last) // the ring from its oldest
	if k.at > 0 {
		e.times(k.times[:k.at], k.last)
	} else {
		e.uint(0)
	}
	e.ids(k.ids)
	if m := k.more; m != nil {
		e.times(m.chain, k.last)
		e.times(m.recent, k.last)
		e.uint(uint64(len(m.values)))
		for _, v := range m.values {
			e.b = binary.LittleEndian.AppendUint64(e.b, v.hash)
			e.time(v.last, k.last)
			e.text(v.text)
		}
		e.uint(m.n)
		e.time(m.quiet, k.last)
		e.texts(m.fields)
	}
	if b := k.burst; b != nil {
		e.burst(b, k.last)
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
	e.uint(uint64(b.distinct))
	e.ids(b.IDs)
	e.texts(b.Values)
	e.texts(b.Fields)
	e.uint(uint64(len(b.told)))
	for h := range b.told {
		e.b = binary.LittleEndian.AppendUint64(e.b, h)
	}
}

// decoder reads from b; the first fault stays in err and everything after it reads as zero.
type decoder struct {
	b   []byte
	err error
}

var errShort = errors.New("ends too early")

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
	d.b = nil
}

func (d *decoder) take(n int) []byte {
	if n < 0 || n > len(d.b) {
		d.fail(errShort)
		return nil
	}
	out := d.b[:n:n]
	d.b = d.b[n:]
	return out
}

func (d *decoder) byte() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.fail(errShort)
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) int() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.fail(errShort)
		return 0
	}
	d.b = d.b[n:]
	return v
}

// count reads how many things follow, each of at least size bytes: what cannot be there is not made room for.
func (d *decoder) count(size int) int {
	n := d.uint()
	if n > uint64(len(d.b)/size) {
		d.fail(errShort)
		return 0
	}
	return int(n)
}

func (d *decoder) text() string { return string(d.take(d.count(1))) }

func (d *decoder) uint64le() uint64 {
	if b := d.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (d *decoder) times(dst []int64, base int64) []int64 {
	for range d.count(1) {
		dst = append(dst, d.int()+base)
	}
	return dst
}

func (d *decoder) id() (id event.ID) {
	copy(id.Block[:], d.take(16))
	row := d.uint()
	if row > math.MaxUint32 {
		d.fail(errors.New("row number out of range"))
	}
	id.Row = uint32(row)
	return id
}

func (d *decoder) ids(most int) []event.ID {
	n := d.count(17)
	if n > most {
		d.fail(fmt.Errorf("%d event ids, at most %d", n, most))
		return nil
	}
	out := make([]event.ID, 0, n)
	for range n {
		out = append(out, d.id())
	}
	return out
}

func (d *decoder) texts() []string {
	n := d.count(1)
	if n == 0 {
		return nil
	}
	out := make([]string, 0, n)
	for range n {
		out = append(out, d.text())
	}
	return out
}

// key reads a key of rule r; nil is a rule that is gone, whose keys are read to get past them.
func (d *decoder) key(r *ruleState) *keyState {
	k := &keyState{rule: r, key: d.text(), last: d.int()}
	has := d.byte()
	k.times = d.times(nil, k.last)
	k.times = d.times(k.times, k.last)
	k.ids = d.ids(maxBefore)
	if has&hasMore != 0 {
		m := &more{chain: d.times(nil, k.last), recent: d.times(nil, k.last)}
		for range d.count(10) {
			m.values = append(m.values, valueAt{d.uint64le(), d.int() + k.last, d.text()})
		}
		m.n, m.quiet, m.fields = d.uint(), d.int()+k.last, d.texts()
		k.more = m
	}
	if has&hasBurst != 0 {
		k.burst = d.burst(k)
		k.burst.silent, k.burst.More = has&isSilent != 0, has&hasOverflow != 0
	}
	if r != nil && d.err == nil {
		d.fits(k)
	}
	return k
}

func (d *decoder) burst(k *keyState) *burst {
	b := &burst{}
	for _, p := range []*int64{&b.Time, &b.First, &b.Last, &b.falls, &b.end, &b.reportedT} {
		*p = d.int() + k.last
	}
	b.Key, b.ID, b.Count = k.key, d.id(), d.uint()
	b.Revision, b.reported, b.distinct = uint32(d.uint()), d.uint(), int(d.uint()&math.MaxInt32)
	b.IDs, b.Values, b.Fields = d.ids(MaxSample), d.texts(), d.texts()
	b.told = make(map[uint64]struct{})
	for range d.count(8) {
		b.told[d.uint64le()] = struct{}{}
	}
	b.Distinct = len(b.told)
	return b
}

// fits refuses a key that its rule could not have made: the code that runs on it counts on these lengths.
func (d *decoder) fits(k *keyState) {
	r, m := k.rule, k.more
	ring, chain, values := r.atLeast, 0, 0
	switch r.kind {
	case Distinct:
		ring, values = 0, r.atLeast
	case Sequence:
		ring = r.steps[0]
		for _, n := range r.steps[1:] {
			chain += n
		}
	case Absence:
		ring = 0
	}
	switch {
	case r.alone || (m != nil) != (r.kind != Count):
	case len(k.times) > ring || len(k.ids) == 0:
	case m != nil && (len(m.chain) != chain && len(m.chain) != 0 || len(m.values) > values || len(m.recent) > maxRecent):
	case r.kind == Sequence && len(m.chain) == 0:
	case k.burst != nil && (k.burst.Count == 0 || len(k.burst.told) > maxTold || len(k.burst.Values) > MaxSample):
	default:
		if k.burst != nil {
			k.burst.Rule = r.index
		}
		return
	}
	d.fail(fmt.Errorf("state of rule %q has an impossible form", r.ID))
}
