package window

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"watchpost/internal/event"
)

// The form of a saved bucket: version, the rules it knows (id, hash), then its keys. Waiting signals are not saved: the
// log still has them (State.Again). All numbers are varints; a time is the difference to the key's newest event; a key
// stands behind its length, and which parts it has follows from its rule.
const snapshotVersion = 2

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
	if b.n == 0 {
		return dst
	}
	numbers := make(map[*ruleState]int)
	var rules []*ruleState
	for _, k := range b.keys {
		if _, ok := numbers[k.rule]; !ok {
			numbers[k.rule] = len(rules)
			rules = append(rules, k.rule)
		}
	}
	e := encoder{append(dst, snapshotVersion)}
	e.uint(uint64(len(rules)))
	for _, r := range rules {
		e.text(r.ID)
		e.b = append(e.b, r.Hash[:]...)
	}
	e.uint(uint64(b.n))
	var one encoder
	for _, k := range b.keys {
		e.uint(uint64(numbers[k.rule]))
		one.b = one.b[:0]
		one.key(k)
		e.text(string(one.b))
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
		data := d.take(d.count(1))
		one := decoder{b: data}
		if d.err != nil {
			break
		}
		if !known[i] {
			continue
		}
		k := one.key(rules[i])
		if one.err != nil {
			d.fail(one.err)
			break
		}
		s.refold(k, data)
		k.place = k.rule.bucket(k.key())
		if s.lookup(k.rule, k.key()) != nil {
			d.fail(errors.New("a key stands in it twice"))
			break
		}
		s.insert(k)
		s.timers.push(k, k.due())
		k.size = int32(k.bytes())
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

func (e *encoder) float(v float64) { e.b = binary.LittleEndian.AppendUint64(e.b, math.Float64bits(v)) }

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

func (d *decoder) float() float64 { return math.Float64frombits(d.uint64le()) }

// time reads what encoder.time wrote.
func (d *decoder) time(base int64) int64 { return d.int() + base }
