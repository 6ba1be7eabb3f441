package store

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/ch-go/proto"

	"watchpost/internal/event"
	"watchpost/schema"
)

// result gathers blocks of a SELECT in a batch.
type result struct {
	batch event.Batch
	cols  []resultColumn
}

// resultColumn is one column of the result. Its decoder keeps its memory from block to block.
type resultColumn struct {
	name, typ string
	data      proto.ColResult
	set       func(b *event.Batch, row int) error // nil: not a field
}

// DecodeResult reads a block.
func (res *result) DecodeResult(r *proto.Reader, version int, b proto.Block) error {
	if res.cols == nil {
		res.cols = make([]resultColumn, b.Columns)
	}
	if len(res.cols) != b.Columns {
		return fmt.Errorf("%d columns after %d", b.Columns, len(res.cols))
	}
	for i := range res.cols {
		if err := res.cols[i].decode(r, version, b.Rows); err != nil {
			return err
		}
	}
	if b.Rows == 0 {
		return nil
	}
	return res.fill(b.Rows)
}

func (c *resultColumn) decode(r *proto.Reader, version, rows int) error {
	name, err := r.Str()
	if err != nil {
		return err
	}
	typ, err := r.Str()
	if err != nil {
		return err
	}
	if proto.FeatureCustomSerialization.In(version) {
		custom, err := r.Bool()
		if err != nil {
			return err
		}
		if custom {
			return fmt.Errorf("column %s: custom serialisation is not read here", name)
		}
	}
	if c.data == nil || c.name != name || c.typ != typ {
		c.name, c.typ = name, typ
		if err := c.bind(); err != nil {
			return err
		}
	}
	c.data.Reset()
	if rows == 0 {
		return nil
	}
	if st, ok := c.data.(proto.StateDecoder); ok {
		if err := st.DecodeState(r); err != nil {
			return fmt.Errorf("column %s: %w", name, err)
		}
	}
	if err := c.data.DecodeColumn(r, rows); err != nil {
		return fmt.Errorf("column %s: %w", name, err)
	}
	if v, ok := c.data.(interface{ check(rows int) error }); ok {
		if err := v.check(rows); err != nil {
			return fmt.Errorf("column %s: %w", name, err)
		}
	}
	return nil
}

// fill makes rows of the columns: the receive time and the record first, for a row begins with them.
func (res *result) fill(rows int) error {
	b := &res.batch
	b.Reset()
	var original *proto.ColStr
	var ingested, effective func(row int) (int64, bool)
	var id identity
	var said message
	for i := range res.cols {
		c := &res.cols[i]
		id.take(c)
		said.take(c)
		switch f, _ := event.Lookup(c.name); f {
		case event.EventOriginal:
			original, _ = c.data.(*proto.ColStr)
		case event.EventIngested:
			ingested = times(c.data)
		case event.Timestamp:
			effective = times(c.data)
		}
	}
	for row := range rows {
		var line []byte
		if original != nil {
			line = original.RowBytes(row)
		}
		var at int64
		if ingested != nil {
			at, _ = ingested(row)
		}
		line = b.Begin(line, at)
		id.set(b, row)
		said.set(b, row, line)
		if effective != nil {
			if t, ok := effective(row); ok {
				b.SetTime(t)
			}
		}
		for i := range res.cols {
			if set := res.cols[i].set; set != nil {
				if err := set(b, row); err != nil {
					return err
				}
			}
		}
		b.End()
	}
	return nil
}

// times reads a column of times, nil if it is none.
func times(data proto.ColResult) func(row int) (int64, bool) {
	scale := func(c *proto.ColDateTime64) int64 {
		ns := int64(1)
		for p := c.Precision; p < 9; p++ {
			ns *= 10
		}
		return ns
	}
	switch c := data.(type) {
	case *proto.ColDateTime64:
		return func(row int) (int64, bool) { return int64(c.Data[row]) * scale(c), true }
	case *proto.ColNullable[time.Time]:
		v, ok := c.Values.(*proto.ColDateTime64)
		if !ok {
			return nil
		}
		return func(row int) (int64, bool) { return int64(v.Data[row]) * scale(v), c.Nulls[row] == 0 }
	case *proto.ColDateTime:
		return func(row int) (int64, bool) { return c.Row(row).UnixNano(), true }
	}
	return nil
}

// isTable says which columns of table events are no fields.
var isTable = func() map[string]bool {
	m := map[string]bool{
		event.ColSame: true, event.ColMessageText: true, event.ColMessageOffset: true, event.ColMessageLength: true, event.ColMessageRecord: true, event.ColBlock: true, event.ColRow: true, "retention": true, "reparsed": true,
	}
	for _, s := range event.Sames() {
		m[s.Own] = true
	}
	return m
}()

// bind finds the decoder for the column's type, and how its values come into a row.
func (c *resultColumn) bind() error {
	c.set = nil
	f, known := event.Lookup(c.name)
	if !known && strings.HasPrefix(c.typ, "Array(") {
		f, known = storedLists()[c.name]
	}
	if !known && !isTable[c.name] {
		return fmt.Errorf("column %s is no field", c.name)
	}
	var kind event.Kind
	switch {
	case strings.HasPrefix(c.typ, "LowCardinality("):
		col := &lowCardinality{proto.ColLowCardinalityRaw{Index: new(proto.ColStr)}}
		if c.typ != "LowCardinality(String)" {
			return fmt.Errorf("column %s: type %s is not read here", c.name, c.typ)
		}
		c.data, kind = col, event.Dict
		c.set = func(b *event.Batch, row int) error { return setText(b, f, col.at(row)) }
	case strings.HasPrefix(c.typ, "Array("):
		col := new(array)
		if c.typ != "Array(String)" {
			return fmt.Errorf("column %s: type %s is not read here", c.name, c.typ)
		}
		c.data, kind = col, event.List
		c.set = func(b *event.Batch, row int) error {
			from, to := col.row(row)
			for i := from; i < to; i++ {
				b.Add(f, col.vals.RowBytes(i))
			}
			return nil
		}
	case c.typ == "FixedString(16)":
		c.data = new(proto.ColFixedStr16)
	case c.typ == "Map(LowCardinality(String), String)":
		col := &labels{keys: lowCardinality{proto.ColLowCardinalityRaw{Index: new(proto.ColStr)}}}
		c.data, kind = col, event.Map
		c.set = func(b *event.Batch, row int) error {
			from, to := ends(col.ends, row)
			for i := from; i < to; i++ {
				b.Label(col.keys.at(i), col.vals.RowBytes(i))
			}
			return nil
		}
	default:
		auto := new(proto.ColAuto)
		if err := auto.Infer(proto.ColumnType(c.typ)); err != nil {
			return fmt.Errorf("column %s: type %s is not read here: %w", c.name, c.typ, err)
		}
		c.data = auto.Data
		kind = c.scalar(f)
	}
	switch {
	case !known, f == event.EventOriginal, f == event.EventIngested, f == event.Timestamp: // see fill
		c.set = nil
	case c.set == nil || !fits(f.Info().Kind, kind):
		return fmt.Errorf("column %s: type %s does not fit the field", c.name, c.typ)
	}
	return nil
}

// storedLists are the names under which table events holds lists.
var storedLists = sync.OnceValue(func() map[string]event.Field {
	m := map[string]event.Field{}
	for f := event.Field(1); f < event.NumFields; f++ {
		if in := f.Info(); in.Kind == event.List {
			m[schema.ListColumn(in.Name)] = f
		}
	}
	return m
})

func fits(field, column event.Kind) bool {
	text := func(k event.Kind) bool { return k == event.Dict || k == event.Text }
	return field == column || text(field) && text(column)
}

// scalar sets how a plain column's values come into a row, and gives their kind.
func (c *resultColumn) scalar(f event.Field) event.Kind {
	if get := times(c.data); get != nil {
		c.set = func(b *event.Batch, row int) error {
			if t, ok := get(row); ok {
				b.SetInt(f, t)
			}
			return nil
		}
		return event.Time
	}
	switch col := c.data.(type) {
	case *proto.ColStr:
		c.set = func(b *event.Batch, row int) error { return setText(b, f, col.RowBytes(row)) }
		return event.Text
	case *proto.ColInt64:
		c.set = func(b *event.Batch, row int) error { b.SetInt(f, (*col)[row]); return nil }
		return event.Int
	case *proto.ColNullable[int64]:
		c.set = func(b *event.Batch, row int) error {
			if v := col.Row(row); v.Set {
				b.SetInt(f, v.Value)
			}
			return nil
		}
		return event.Int
	case *proto.ColNullable[float64]:
		c.set = func(b *event.Batch, row int) error {
			if v := col.Row(row); v.Set {
				b.SetFloat(f, v.Value)
			}
			return nil
		}
		return event.Float
	case *proto.ColNullable[bool]:
		c.set = func(b *event.Batch, row int) error {
			if v := col.Row(row); v.Set {
				b.SetBool(f, v.Value)
			}
			return nil
		}
		return event.Bool
	}
	return event.NoKind
}

func setText(b *event.Batch, f event.Field, v []byte) error {
	if f != event.EventID {
		b.Set(f, v)
		return nil
	}
	id, err := event.ParseID(string(v))
	if err == nil {
		b.SetRowID(id)
	}
	return err
}
