package detect

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"watchpost/internal/event"
	"watchpost/internal/window"
)

// The form of a record of the topic `signals`, in columns: what one block of events, of partition Partition and offset
// Offset, has for the group keys of one signals partition. Numbers are varints; texts stand once and are referred to.
const (
	signalVersion = 2
	maxRecord     = 3 << 20 // bytes, about, after which a record is split into parts
	maxPartitions = 4096
)

const (
	flagIdle  = 1 << iota // the clock's word, not a block's
	flagMore              // further parts of the same block follow
	flagShort             // the log of events lost its end
)

// Flags of a rule.
const hasNumbers = 1 // its signals have a sum

func (p *plan) flags() byte {
	if p.number || p.bucket > 0 && p.kind != window.Absence && p.kind != window.FirstSeen {
		return hasNumbers
	}
	return 0
}

// mark says how far a partition of events has been told.
type mark struct {
	Partition int
	Offset    int64         // of the block; of the last block before, where Idle
	Part      uint32        // of the block's records, from 0
	More      bool          // there is a further part, which has the watermark
	Idle      bool          // the partition was read to its end: nothing was there behind Offset
	Short     bool          // behind Offset the log is not what was told of it; Idle, too, so that older builds pass it over
	ID        event.BlockID // of the block; zero where Idle, and where an older build found nothing in it
	Received  int64         // all that was received up to then has been told, but for what is delayed; math.MinInt64: unknown
}

// record is a decoded record.
type record struct {
	mark
	Set     string // hash of the rules that matched
	rules   []ref
	entries []entry // rule is an index into rules
	signals []told
}

// told is a signal within a record.
type told struct {
	entry uint32
	window.Signal
}

// encoder writes the signals of a collector, partition by partition.
type encoder struct {
	parts [][]int // signals by partition
	where []int   // partition by entry
	named []named // by partition
}

// named are the things that stand once in a record, and are referred to.
type named struct {
	rules, entries, texts numbers
	blocks                []event.BlockID
	cols                  [7][]byte // entry, step and n, time, block and row, value, span and sum, evidence
	size                  int       // of the last record, as a guess for the next
}

// numbers numbers things anew, in the order in which they are asked for.
type numbers struct {
	of    []uint32 // from 1; 0 has none
	order []uint32
}

// begin forgets all; things are less than n.
func (m *numbers) begin(n int) {
	for _, k := range m.order {
		m.of[k] = 0
	}
	m.order = m.order[:0]
	if len(m.of) < n {
		m.of = make([]uint32, n+n/4)
	}
}

func (m *numbers) number(k uint32) uint64 {
	if m.of[k] == 0 {
		m.order = append(m.order, k)
		m.of[k] = uint32(len(m.order))
	}
	return uint64(m.of[k] - 1)
}

// split sorts the signals of c by partition.
func (e *encoder) split(c *collector, partitions int) {
	if len(e.parts) != partitions {
		e.parts, e.named = make([][]int, partitions), make([]named, partitions)
	}
	for i := range e.parts {
		e.parts[i] = e.parts[i][:0]
	}
	e.where = e.where[:0]
	for _, en := range c.list {
		e.where = append(e.where, int(window.Place(c.rules.plans[en.rule].ID, en.key)%uint64(partitions)))
	}
	for i := range c.signals {
		p := e.where[c.signals[i].entry]
		e.parts[p] = append(e.parts[p], i)
	}
}

// records gives the records for partition p, at least one. It may be called for several partitions at the same time.
func (e *encoder) records(c *collector, m mark, p int) [][]byte {
	var out [][]byte
	for rest := e.parts[p]; ; m.Part++ {
		n := c.fit(rest)
		m.More = n < len(rest)
		out = append(out, e.named[p].record(c, m, rest[:n]))
		if rest = rest[n:]; len(rest) == 0 {
			return out
		}
	}
}

// fit says how many of the signals make a record of maxRecord bytes at most, as if no text stood twice.
func (c *collector) fit(list []int) int {
	size := 0
	for n, i := range list {
		s := &c.signals[i]
		en := c.list[s.entry]
		size += 64 + len(en.key) + len(c.text[s.value])
		for _, t := range c.fields[s.fields : int(s.fields)+c.rules.plans[en.rule].evidence()] {
			size += len(c.text[t]) + 4
		}
		if size > maxRecord && n > 0 {
			return n
		}
	}
	return len(list)
}

// evidence counts the evidence fields that signals of p carry.
func (p *plan) evidence() int { return len(p.shown) }

func (m *mark) append(b []byte) []byte {
	var flags byte
	if m.Idle {
		flags |= flagIdle
	}
	if m.More {
		flags |= flagMore
	}
	if m.Short {
		flags |= flagShort
	}
	b = append(b, signalVersion, flags)
	b = binary.AppendUvarint(b, uint64(m.Partition))
	b = binary.AppendVarint(b, m.Offset)
	b = binary.AppendUvarint(b, uint64(m.Part))
	return binary.AppendVarint(b, m.Received)
}

// record writes the signals numbered list.
func (e *named) record(c *collector, m mark, list []int) []byte {
	e.rules.begin(len(c.rules.plans))
	e.entries.begin(len(c.list))
	e.texts.begin(len(c.text))
	if e.blocks = e.blocks[:0]; m.ID != (event.BlockID{}) {
		e.blocks = append(e.blocks, m.ID)
	}
	cols := &e.cols
	for i := range cols {
		cols[i] = cols[i][:0]
	}
	at := int64(0)
	for _, i := range list {
		s := &c.signals[i]
		rule := c.list[s.entry].rule
		e.rules.number(uint32(rule))
		cols[0] = binary.AppendUvarint(cols[0], e.entries.number(s.entry))
		cols[1] = binary.AppendUvarint(append(cols[1], byte(s.step)), uint64(s.n))
		cols[2] = binary.AppendVarint(cols[2], s.time-at)
		at = s.time
		cols[3] = binary.AppendUvarint(binary.AppendUvarint(cols[3], e.block(s.id.Block)), uint64(s.id.Row))
		cols[4] = binary.AppendUvarint(cols[4], e.texts.number(s.value))
		p := &c.rules.plans[rule]
		if p.flags()&hasNumbers != 0 {
			cols[5] = binary.AppendVarint(append(cols[5], 0), s.sum.Whole) // 0: once the time from the first event
			cols[5] = binary.AppendVarint(cols[5], s.sum.Micro)
		}
		for _, t := range c.fields[s.fields : int(s.fields)+p.evidence()] {
			cols[6] = binary.AppendUvarint(cols[6], e.texts.number(t))
		}
	}
	out := appendText(m.append(make([]byte, 0, e.size+e.size/8)), c.rules.Set.Hash)
	out = binary.AppendUvarint(out, uint64(len(e.rules.order)))
	for _, r := range e.rules.order {
		p := &c.rules.plans[r]
		out = append(appendText(out, p.ID), p.Hash[:]...)
		out = append(out, p.flags(), byte(p.evidence()))
	}
	out = binary.AppendUvarint(out, uint64(len(e.entries.order)))
	for _, n := range e.entries.order {
		en := c.list[n]
		out = appendText(binary.AppendUvarint(out, e.rules.number(uint32(en.rule))), en.key)
	}
	out = binary.AppendUvarint(out, uint64(len(e.texts.order)))
	for _, n := range e.texts.order {
		out = appendText(out, c.text[n])
	}
	out = binary.AppendUvarint(out, uint64(len(e.blocks)))
	for _, id := range e.blocks {
		out = append(out, id[:]...)
	}
	out = binary.AppendUvarint(out, uint64(len(list)))
	for _, col := range cols {
		out = append(out, col...)
	}
	e.size = len(out)
	return out
}

// block numbers a block; there is hardly more than one.
func (e *named) block(id event.BlockID) uint64 {
	n := slices.Index(e.blocks, id)
	if n < 0 {
		n = len(e.blocks)
		e.blocks = append(e.blocks, id)
	}
	return uint64(n)
}

// heartbeat gives a record without signals.
func heartbeat(m mark, set string) []byte {
	b := append(appendText(m.append(nil), set), 0, 0, 0) // rules, keys, texts
	if m.ID == (event.BlockID{}) {
		return append(b, 0, 0)
	}
	return append(append(append(b, 1), m.ID[:]...), 0)
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// decodeRecord reads a record. Its texts are parts of one string made of data.
func decodeRecord(data []byte) (*record, error) {
	d := reader{s: string(data)}
	r := &record{}
	if err := d.record(r); err != nil {
		return nil, fmt.Errorf("signals: %w", err)
	}
	return r, nil
}

// decodeMark reads no more of a record than its mark.
func decodeMark(data []byte) (mark, error) {
	d, r := reader{s: string(data)}, &record{}
	d.head(r)
	return r.mark, d.err
}

func (d *reader) record(r *record) error {
	form, texts, blocks := d.head(r)
	n := d.count(7)
	if d.err != nil {
		return d.err
	}
	r.signals = make([]told, n)
	d.columns(r, form, texts, blocks)
	if d.err == nil && len(d.s) > 0 {
		d.fail(fmt.Errorf("%d bytes follow the last column", len(d.s)))
	}
	return d.err
}

// head reads all that comes before the signals.
func (d *reader) head(r *record) (form []ruleForm, texts []string, blocks []event.BlockID) {
	if v := d.byte(); d.err == nil && v != signalVersion {
		d.fail(fmt.Errorf("version %d, this build reads %d", v, signalVersion))
	}
	flags := d.byte()
	r.Idle, r.More, r.Short = flags&flagIdle != 0, flags&flagMore != 0, flags&flagShort != 0
	r.Partition = int(d.below(maxPartitions, "partition"))
	r.Offset = d.int()
	r.Part = uint32(d.below(math.MaxUint32, "part"))
	r.Received = d.int()
	r.Set = d.text()
	for range d.count(19) {
		rf := ref{id: d.text()}
		copy(rf.hash[:], d.take(16))
		r.rules = append(r.rules, rf)
		form = append(form, ruleForm{d.byte(), int(d.byte())})
	}
	for range d.count(2) {
		en := entry{rule: int(d.below(len(r.rules), "rule")), key: d.text()}
		r.entries = append(r.entries, en)
	}
	for range d.count(1) {
		texts = append(texts, d.text())
	}
	for range d.count(16) {
		var id event.BlockID
		copy(id[:], d.take(16))
		blocks = append(blocks, id)
	}
	if len(blocks) > 0 && !r.Idle {
		r.ID = blocks[0] // all signals of a record are of its block
	}
	return form, texts, blocks
}

// ruleForm says what the signals of a rule have.
type ruleForm struct {
	flags    byte
	evidence int
}

func (d *reader) columns(r *record, form []ruleForm, texts []string, blocks []event.BlockID) {
	sigs := r.signals
	for i := range sigs {
		sigs[i].entry = uint32(d.below(len(r.entries), "key"))
	}
	for i := range sigs {
		sigs[i].Step = int(d.byte())
		sigs[i].N = uint32(d.below(math.MaxUint32, "number of events"))
	}
	at := int64(0)
	for i := range sigs {
		at += d.int()
		sigs[i].Time = at
	}
	for i := range sigs {
		b := d.below(len(blocks), "block")
		row := d.below(math.MaxUint32, "row")
		if d.err == nil {
			sigs[i].ID = event.ID{Block: blocks[b], Row: uint32(row)}
		}
	}
	for i := range sigs {
		if t := d.below(len(texts), "text"); d.err == nil {
			sigs[i].Value = texts[t]
		}
	}
	for i := range sigs {
		if d.err == nil && form[r.entries[sigs[i].entry].rule].flags&hasNumbers != 0 {
			d.uint()
			sigs[i].Sum = window.Fixed{Whole: d.int(), Micro: d.int()}
		}
	}
	var room []string // of some signals at once, not of all: those that wait would hold that of the others
	for i := range sigs {
		if d.err != nil {
			return
		}
		n := form[r.entries[sigs[i].entry].rule].evidence
		if n == 0 {
			continue
		}
		if n > len(room) {
			room = make([]string, max(n, 64))
		}
		sigs[i].Fields, room = room[:n:n], room[n:]
		for j := range n {
			if t := d.below(len(texts), "text"); d.err == nil {
				sigs[i].Fields[j] = texts[t]
			}
		}
	}
}

// reader reads from s; the first fault stays in err and everything after it reads as zero.
type reader struct {
	s   string
	err error
}

var errShort = errors.New("ends too early")

func (d *reader) fail(err error) {
	if d.err == nil {
		d.err = err
	}
	d.s = ""
}

func (d *reader) take(n int) string {
	if n < 0 || n > len(d.s) {
		d.fail(errShort)
		return ""
	}
	out := d.s[:n]
	d.s = d.s[n:]
	return out
}

func (d *reader) byte() byte {
	if s := d.take(1); s != "" {
		return s[0]
	}
	return 0
}

func (d *reader) uint() uint64 {
	var v uint64
	for i := 0; i < len(d.s) && i < binary.MaxVarintLen64; i++ {
		b := d.s[i]
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			d.s = d.s[i+1:]
			return v
		}
	}
	d.fail(errShort)
	return 0
}

func (d *reader) int() int64 {
	u := d.uint()
	return int64(u>>1) ^ -int64(u&1)
}

// below reads a number that must be less than n.
func (d *reader) below(n int, what string) int {
	v := d.uint()
	if d.err == nil && v >= uint64(n) {
		d.fail(fmt.Errorf("%s %d of %d", what, v, n))
	}
	if d.err != nil {
		return 0
	}
	return int(v)
}

// count reads how many things of at least size bytes follow.
func (d *reader) count(size int) int {
	n := d.uint()
	if n > uint64(len(d.s)/size) {
		d.fail(errShort)
		return 0
	}
	return int(n)
}

func (d *reader) text() string { return d.take(d.count(1)) }
