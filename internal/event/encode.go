package event

import (
	"encoding/binary"
	"math"
)

// The block codec: ClickHouse's Native format, revision 0 without block info
// (https://clickhouse.com/docs/interfaces/formats/Native): number of columns, number of rows, then for each column its
// name, its type and its data. A block carries only columns that hold something. The column types are this closed list:
const (
	typeDict    = "LowCardinality(String)"
	typeText    = "String"
	typeList    = "Array(LowCardinality(String))"
	typeInt     = "Nullable(Int64)"
	typeFloat   = "Nullable(Float64)"
	typeBool    = "Nullable(Bool)"
	typeTime    = "Nullable(DateTime64(9, 'UTC'))"
	typeAlways  = "DateTime64(9, 'UTC')"
	typeLabels  = "Map(LowCardinality(String), String)"
	typeUint32  = "UInt32"
	typeBlockID = "FixedString(16)"
)

// Columns that are no fields. A message that is a part of its event.original is carried as offset and length into
// it, so that it is neither sent nor stored twice; any other in ColMessageText. ColMessageRecord is event.original in the answer to a statement that
// reads it for the message alone. ColBlock and ColRow are event.id.
const (
	ColMessageText   = "message.text"
	ColMessageOffset = "message.offset"
	ColMessageLength = "message.length"
	ColMessageRecord = "message.record"
	ColBlock         = "event.block"
	ColRow           = "event.row"
)

// ClickHouse's LowCardinality serialisation: version of the keys, and the flags "has additional keys" and "update
// dictionary" beside the index width.
const (
	lcVersion = 1
	lcKeys    = 1 << 9
	lcUpdate  = 1 << 10
)

// Column is one column of a batch in the form of the Native format.
type Column struct {
	Name, Type string
	b          *Batch
	f          Field
	msg        *messages
}

// messages splits the message column; built once for its three columns.
type messages struct {
	text           []span
	offset, length []uint32
}

// Columns lists the columns that hold something, those of the row's identity only if ids is true.
// They read the batch: they are valid until it changes.
func (b *Batch) Columns(ids bool) []Column {
	out := make([]Column, 0, 40)
	for f := Field(1); f < NumFields; f++ {
		switch {
		case !b.Has(f) || f == EventID:
		case f == Message:
			m := b.splitMessages()
			out = append(out, Column{ColMessageText, typeText, b, f, m}, Column{ColMessageOffset, typeUint32, b, f, m}, Column{ColMessageLength, typeUint32, b, f, m})
		default:
			out = append(out, Column{Name: infos[f].Name, Type: f.columnType(), b: b, f: f})
		}
	}
	if ids {
		out = append(out, Column{Name: ColBlock, Type: typeBlockID, b: b}, Column{Name: ColRow, Type: typeUint32, b: b})
	}
	return out
}

func (f Field) columnType() string {
	switch infos[f].Kind {
	case Dict:
		return typeDict
	case Text:
		return typeText
	case List:
		return typeList
	case Int:
		return typeInt
	case Float:
		return typeFloat
	case Bool:
		return typeBool
	case Time:
		if f == Timestamp || f == EventIngested {
			return typeAlways
		}
		return typeTime
	}
	return typeLabels
}

// WordByte says that c belongs to a word, as the text index of the store splits texts: letters and digits of ASCII, and all beyond ASCII.
func WordByte(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}

// splitMessages says which messages are parts of the record. One that begins or ends within a word of the record is none: so all words of
// a message that is a part are words of the record, and who looks for words in the store need not look at such messages.
func (b *Batch) splitMessages() *messages {
	col, orig := b.texts[infos[Message].slot].spans, b.texts[infos[EventOriginal].slot].spans
	m := &messages{make([]span, b.rows), make([]uint32, b.rows), make([]uint32, b.rows)}
	for i, s := range col {
		if i < len(orig) && s.off >= orig[i].off && s.off+s.len <= orig[i].off+orig[i].len && !b.cutsWord(s, orig[i]) {
			m.offset[i], m.length[i] = s.off-orig[i].off, s.len
		} else {
			m.text[i] = s
		}
	}
	return m
}

// cutsWord says that s, a part of in, begins or ends within a word.
func (b *Batch) cutsWord(s, in span) bool {
	within := func(at uint32) bool { // between the bytes at-1 and at
		return at > in.off && at < in.off+in.len && WordByte(b.arena[at-1]) && WordByte(b.arena[at])
	}
	return s.len > 0 && (within(s.off) || within(s.off+s.len))
}

// AppendBlock appends the batch as a block to dst, without the rows' identity, which the header carries.
func (b *Batch) AppendBlock(dst []byte) []byte {
	cols := b.Columns(false)
	dst = binary.AppendUvarint(dst, uint64(len(cols)))
	dst = binary.AppendUvarint(dst, uint64(b.rows))
	for _, c := range cols {
		dst = appendString(dst, c.Name)
		dst = appendString(dst, c.Type)
		if b.rows > 0 {
			dst = c.AppendData(c.AppendState(dst))
		}
	}
	return dst
}

// AppendState appends what stands before the column's data: the version of a LowCardinality.
func (c Column) AppendState(dst []byte) []byte {
	switch c.Type {
	case typeDict, typeList, typeLabels:
		return binary.LittleEndian.AppendUint64(dst, lcVersion)
	}
	return dst
}

// AppendData appends the column's data.
func (c Column) AppendData(dst []byte) []byte {
	b := c.b
	switch c.Name {
	case ColMessageText:
		return appendSpans(dst, b, c.msg.text)
	case ColMessageOffset:
		return appendUint32s(dst, c.msg.offset)
	case ColMessageLength:
		return appendUint32s(dst, c.msg.length)
	case ColBlock:
		for i := range b.rows {
			id := Event{b, i}.ID()
			dst = append(dst, id.Block[:]...)
		}
		return dst
	case ColRow:
		for i := range b.rows {
			dst = binary.LittleEndian.AppendUint32(dst, Event{b, i}.ID().Row)
		}
		return dst
	}
	slot := infos[c.f].slot
	switch infos[c.f].Kind {
	case Dict:
		return b.dicts[slot].append(dst, b.rows)
	case Text:
		col := b.texts[slot].spans
		dst = appendSpans(dst, b, col)
		return append(dst, make([]byte, b.rows-len(col))...) // an empty text is a zero length
	case List:
		l := &b.lists[slot]
		return l.dict.append(appendEnds(dst, l.end, b.rows), l.keys)
	case Int:
		return appendInts(dst, &b.ints[slot], b.rows)
	case Float:
		return appendFloats(dst, &b.floats[slot], b.rows)
	case Bool:
		return appendBools(dst, &b.bools[slot], b.rows)
	case Time:
		switch c.f {
		case Timestamp:
			return appendInt64s(dst, b.time)
		case EventIngested:
			return appendInt64s(dst, b.ingested)
		}
		return appendInts(dst, &b.times[slot], b.rows)
	default:
		l := &b.labels
		dst = l.dict.append(appendEnds(dst, l.end, b.rows), l.keys)
		return appendSpans(dst, b, l.vals)
	}
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func appendSpans(dst []byte, b *Batch, spans []span) []byte {
	for _, s := range spans {
		dst = append(binary.AppendUvarint(dst, uint64(s.len)), b.arena[s.off:s.off+s.len]...)
	}
	return dst
}

// appendEnds writes an array's offsets: the end of each row as a 64-bit number.
func appendEnds(dst []byte, end []uint32, rows int) []byte {
	for _, e := range end {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(e))
	}
	for i := len(end); i < rows; i++ {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(lastEnd(end)))
	}
	return dst
}

func (c *dictCol) append(dst []byte, rows int) []byte {
	if len(c.keys) < rows {
		c.keys = pad(c.keys, rows)
	}
	return c.dict.append(dst, c.keys)
}

// append writes the dictionary with one of its numbers for each row; nothing for no rows.
func (d *dict) append(dst []byte, keys []uint32) []byte {
	if len(keys) == 0 {
		return dst
	}
	width, n := 0, d.len()
	switch {
	case n > math.MaxUint16+1:
		width = 2
	case n > math.MaxUint8+1:
		width = 1
	}
	dst = binary.LittleEndian.AppendUint64(dst, uint64(width)|lcKeys|lcUpdate)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(n))
	for i := range n {
		v := d.at(uint32(i))
		dst = append(binary.AppendUvarint(dst, uint64(len(v))), v...)
	}
	dst = binary.LittleEndian.AppendUint64(dst, uint64(len(keys)))
	switch width {
	case 0:
		for _, k := range keys {
			dst = append(dst, byte(k))
		}
	case 1:
		for _, k := range keys {
			dst = binary.LittleEndian.AppendUint16(dst, uint16(k))
		}
	default:
		dst = appendUint32s(dst, keys)
	}
	return dst
}

func appendUint32s(dst []byte, v []uint32) []byte {
	for _, x := range v {
		dst = binary.LittleEndian.AppendUint32(dst, x)
	}
	return dst
}

func appendInt64s(dst []byte, v []int64) []byte {
	for _, x := range v {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(x))
	}
	return dst
}

// appendNulls writes a Nullable's map: 1 where a value is missing.
func appendNulls(dst []byte, set []bool, rows int) []byte {
	for i := range rows {
		null := byte(1)
		if i < len(set) && set[i] {
			null = 0
		}
		dst = append(dst, null)
	}
	return dst
}

func appendInts(dst []byte, c *intCol, rows int) []byte {
	dst = appendInt64s(appendNulls(dst, c.set, rows), c.vals)
	return append(dst, make([]byte, 8*(rows-len(c.vals)))...)
}

func appendFloats(dst []byte, c *floatCol, rows int) []byte {
	dst = appendNulls(dst, c.set, rows)
	for _, v := range c.vals {
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
	}
	return append(dst, make([]byte, 8*(rows-len(c.vals)))...)
}

func appendBools(dst []byte, c *boolCol, rows int) []byte {
	dst = appendNulls(dst, c.set, rows)
	for _, v := range c.vals {
		dst = append(dst, 0)
		if v {
			dst[len(dst)-1] = 1
		}
	}
	return append(dst, make([]byte, rows-len(c.vals))...)
}
