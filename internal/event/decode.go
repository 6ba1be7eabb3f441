package event

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Decode reads a block into b, which is Reset first, and gives its rows the identities id-0, id-1, …. The batch
// keeps value as its memory: the caller must not change it before the next Reset or Decode. Columns of unknown name
// are skipped; an unknown type, or any disagreement of lengths, is an error that names the column, after which b is empty.
func (b *Batch) Decode(id BlockID, value []byte) error {
	b.Reset()
	if len(value) > math.MaxUint32 {
		return fmt.Errorf("block %s: %d bytes are too many", id, len(value))
	}
	d := decoder{cursor: cursor{b: value}, all: value, batch: b}
	if err := d.block(); err != nil {
		b.Reset()
		return fmt.Errorf("block %s: %w", id, err)
	}
	b.SetID(id)
	return nil
}

type decoder struct {
	cursor
	all   []byte
	batch *Batch
	rows  int
	msg   struct {
		text           []span
		offset, length []uint32
	}
}

func (d *decoder) block() error {
	cols, rows := d.uvarint(), d.uvarint()
	if d.err == nil && (rows > uint64(len(d.b)) || rows > MaxRows) {
		return fmt.Errorf("%d rows in %d bytes", rows, len(d.all))
	}
	d.rows = int(rows)
	d.batch.arena, d.batch.borrowed = d.all[:len(d.all):len(d.all)], true
	for i := uint64(0); i < cols && d.err == nil; i++ {
		name, typ := text(d.bytes()), text(d.bytes())
		if d.err != nil {
			break
		}
		if rows > 0 {
			d.column(name, typ)
		}
		if d.err != nil {
			return fmt.Errorf("column %.80q %.80q: %w", name, typ, d.err)
		}
	}
	switch b := d.batch; {
	case d.err != nil:
		return d.err
	case len(d.b) > 0:
		return fmt.Errorf("%d bytes follow the last column", len(d.b))
	case len(b.time) != d.rows || len(b.ingested) != d.rows:
		return errors.New("no @timestamp or no event.ingested")
	}
	d.batch.rows = d.rows
	return d.joinMessages()
}

// column reads one column's data, into the batch where it is known.
func (d *decoder) column(name, typ string) {
	b := d.batch
	f, known := Lookup(name)
	if known && f.columnType() != typ {
		d.fail(fmt.Errorf("should be %s", f.columnType()))
		return
	}
	slot := infos[f].slot
	switch typ {
	case typeDict:
		var scratch dictCol
		c := &scratch
		if known {
			c = &b.dicts[slot]
		}
		d.version()
		c.keys = d.lowCardinality(&c.dict, c.keys[:0], d.rows)
	case typeText:
		var room []span
		if known {
			room = b.texts[slot].spans
		}
		switch s := d.spans(room, d.rows); {
		case known:
			b.texts[slot].spans = s
		case name == ColMessageText:
			d.msg.text = s
		}
	case typeList:
		var scratch listCol
		c := &scratch
		if known {
			c = &b.lists[slot]
		}
		d.version()
		c.end = d.ends(c.end[:0])
		c.keys = d.lowCardinality(&c.dict, c.keys[:0], int(lastEnd(c.end)))
	case typeLabels:
		var scratch labelCol
		c := &scratch
		if known {
			c = &b.labels
		}
		d.version()
		c.end = d.ends(c.end[:0])
		c.keys = d.lowCardinality(&c.dict, c.keys[:0], int(lastEnd(c.end)))
		c.vals = d.spans(c.vals, int(lastEnd(c.end)))
	case typeUint32:
		v := d.uint32s()
		switch name {
		case ColMessageOffset:
			d.msg.offset = v
		case ColMessageLength:
			d.msg.length = v
		}
	case typeBlockID:
		d.take(16 * d.rows)
	case typeAlways:
		switch f {
		case Timestamp:
			b.time = d.int64s(b.time)
		case EventIngested:
			b.ingested = d.int64s(b.ingested)
		default:
			d.take(8 * d.rows)
		}
	default:
		d.nullable(typ, known, slot)
	}
}

func (d *decoder) nullable(typ string, known bool, slot int) {
	switch typ {
	case typeInt, typeTime, typeFloat, typeBool:
	default:
		d.fail(errors.New("unknown type"))
		return
	}
	nulls := d.take(d.rows)
	if d.err != nil {
		return
	}
	b := d.batch
	switch {
	case !known && typ == typeBool:
		d.take(d.rows)
	case !known:
		d.take(8 * d.rows)
	case typ == typeInt:
		c := &b.ints[slot]
		c.vals, c.set = d.int64s(c.vals), present(c.set, nulls)
	case typ == typeTime:
		c := &b.times[slot]
		c.vals, c.set = d.int64s(c.vals), present(c.set, nulls)
	case typ == typeFloat:
		c := &b.floats[slot]
		c.vals, c.set = sized(c.vals, d.rows), present(c.set, nulls)
		if raw := d.take(8 * d.rows); d.err == nil {
			for i := range c.vals {
				c.vals[i] = math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:]))
			}
		}
	case typ == typeBool:
		c := &b.bools[slot]
		c.vals, c.set = sized(c.vals, d.rows), present(c.set, nulls)
		if raw := d.take(d.rows); d.err == nil {
			for i := range c.vals {
				c.vals[i] = raw[i] != 0
			}
		}
	}
}

// sized gives n elements, in room where they fit; all are to be written.
func sized[T any](room []T, n int) []T {
	if cap(room) < n {
		return make([]T, n)
	}
	return room[:n]
}

// present says which values nulls, a Nullable's map, has, in room where they fit.
func present(room []bool, nulls []byte) []bool {
	set := sized(room, len(nulls))
	for i, n := range nulls {
		set[i] = n == 0
	}
	return set
}

func (d *decoder) version() {
	if v := d.uint64le(); d.err == nil && v != lcVersion {
		d.fail(fmt.Errorf("LowCardinality version %d", v))
	}
}

// lowCardinality reads a dictionary into dst and n of its numbers, appended to keys.
func (d *decoder) lowCardinality(dst *dict, keys []uint32, n int) []uint32 {
	dst.reset()
	dst.table = nil // built again when a text is added
	if n == 0 || d.err != nil {
		return keys
	}
	flags, entries := d.uint64le(), d.uint64le()
	width := flags & 0xff
	if d.err == nil && (width > 2 || flags&^0xff != lcKeys|lcUpdate || entries == 0 || entries > uint64(len(d.b))) {
		d.fail(fmt.Errorf("LowCardinality flags %#x, %d entries", flags, entries))
		return keys
	}
	for i := uint64(0); i < entries && d.err == nil; i++ {
		v := d.bytes()
		if i == 0 {
			if len(v) > 0 {
				d.fail(errors.New("entry 0 of the dictionary is not empty"))
			}
			continue
		}
		dst.data = append(dst.data, v...)
		dst.end = append(dst.end, uint32(len(dst.data)))
	}
	if rows := d.uint64le(); d.err == nil && rows != uint64(n) {
		d.fail(fmt.Errorf("%d indexes for %d values", rows, n))
	}
	raw := d.take(n << width)
	if d.err != nil {
		return keys
	}
	for i := range n {
		var k uint32
		switch width {
		case 0:
			k = uint32(raw[i])
		case 1:
			k = uint32(binary.LittleEndian.Uint16(raw[2*i:]))
		default:
			k = binary.LittleEndian.Uint32(raw[4*i:])
		}
		if uint64(k) >= entries {
			d.fail(fmt.Errorf("index %d into %d entries", k, entries))
			return keys
		}
		keys = append(keys, k)
	}
	return keys
}

// ends reads an array's offsets, which must not fall and whose last may not exceed what the block can hold.
func (d *decoder) ends(out []uint32) []uint32 {
	raw := d.take(8 * d.rows)
	last := uint64(0)
	for i := 0; d.err == nil && i < d.rows; i++ {
		e := binary.LittleEndian.Uint64(raw[8*i:])
		if e < last || e > uint64(len(d.b)) {
			d.fail(fmt.Errorf("offset %d after %d in row %d", e, last, i))
			return out[:0]
		}
		last = e
		out = append(out, uint32(e))
	}
	return out
}

// spans reads n length-prefixed texts as places in the block, into room where they fit.
func (d *decoder) spans(room []span, n int) []span {
	if d.err != nil || n > len(d.b) {
		d.fail(errShort)
		return nil
	}
	out := sized(room, n)
	for i := range out {
		v := d.bytes()
		if d.err != nil {
			return nil
		}
		out[i] = span{uint32(len(d.all) - len(d.b) - len(v)), uint32(len(v))}
	}
	return out
}

func (d *decoder) uint32s() []uint32 {
	raw := d.take(4 * d.rows)
	if d.err != nil {
		return nil
	}
	out := make([]uint32, d.rows)
	for i := range out {
		out[i] = binary.LittleEndian.Uint32(raw[4*i:])
	}
	return out
}

// int64s reads a number for each row, into room where they fit.
func (d *decoder) int64s(room []int64) []int64 {
	raw := d.take(8 * d.rows)
	if d.err != nil {
		return nil
	}
	out := sized(room, d.rows)
	for i := range out {
		out[i] = int64(binary.LittleEndian.Uint64(raw[8*i:]))
	}
	return out
}

// joinMessages makes the message column of its three.
func (d *decoder) joinMessages() error {
	m, b := &d.msg, d.batch
	if m.text == nil && m.offset == nil && m.length == nil {
		return nil
	}
	if m.text == nil || m.offset == nil || m.length == nil {
		return fmt.Errorf("%s, %s and %s belong together", ColMessageText, ColMessageOffset, ColMessageLength)
	}
	orig := b.texts[infos[EventOriginal].slot].spans
	for i := range m.text {
		if m.length[i] == 0 {
			continue
		}
		if i >= len(orig) || uint64(m.offset[i])+uint64(m.length[i]) > uint64(orig[i].len) {
			return fmt.Errorf("message of row %d lies outside its event.original", i)
		}
		m.text[i] = span{orig[i].off + m.offset[i], m.length[i]}
	}
	b.texts[infos[Message].slot].spans = m.text
	return nil
}
