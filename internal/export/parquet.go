package export

import (
	"encoding/base64"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"

	"watchpost/internal/event"
)

// Bounds of a row group, which is gathered in memory before it is written.
const (
	groupRows  = 100_000
	groupBytes = 32 << 20 // of values, before they are encoded
)

// originalBytes holds, as in JSON, the original of an event that is not UTF-8.
const originalBytes = "event.original_base64"

// columns writes Parquet. A column is named by its field, is optional, and has the type that fits: texts are strings, lists are lists of them, labels a map, dates
// nanoseconds in UTC.
type columns struct {
	w     *parquet.GenericWriter[any]
	cols  []column // by their index in the file
	row   parquet.Row
	bytes int
	open  uint64 // rows of the group that is gathered
	n     uint64
}

// column appends the values of one leaf.
type column func(row parquet.Row, e event.Event) parquet.Row

// leaf is a column with its place in the schema.
type leaf struct {
	path   string
	append func(at int) column
}

func newParquet(w io.Writer, show []event.Field) (*columns, error) {
	group := parquet.Group{}
	leaves := map[string]func(at int) column{}
	for _, f := range show {
		node, parts := nodeOf(f)
		group[f.String()] = node
		for _, l := range parts {
			leaves[l.path] = l.append
		}
		if f == event.EventOriginal {
			group[originalBytes] = parquet.Optional(parquet.String())
			leaves[originalBytes] = original
		}
	}
	schema := parquet.NewSchema("events", group)
	c := &columns{w: parquet.NewGenericWriter[any](w, schema, parquet.Compression(&parquet.Zstd), parquet.CreatedBy("watchpost", "1", ""),
		parquet.WriteBufferSize(0))} // rows that are counted are written
	for i, path := range schema.Columns() {
		c.cols = append(c.cols, leaves[strings.Join(path, "/")](i))
	}
	return c, nil
}

// nodeOf gives how a field stands in the schema, and what writes its leaves.
func nodeOf(f event.Field) (parquet.Node, []leaf) {
	name := f.String()
	has := func(e event.Event) bool { return (e.Has(f) || f == event.EventID) && e.Present(f) }
	one := func(node parquet.Node, value func(event.Event) parquet.Value) (parquet.Node, []leaf) {
		return parquet.Optional(node), []leaf{{name, func(at int) column {
			return func(row parquet.Row, e event.Event) parquet.Row {
				if !has(e) {
					return append(row, parquet.NullValue().Level(0, 0, at))
				}
				return append(row, value(e).Level(0, 1, at))
			}
		}}}
	}
	// many is a leaf below a repeated group: each gives its values one after the other.
	many := func(path string, each func(event.Event, func(string))) leaf {
		return leaf{path, func(at int) column {
			return func(row parquet.Row, e event.Event) parquet.Row {
				if !has(e) {
					return append(row, parquet.NullValue().Level(0, 0, at))
				}
				begin := len(row)
				each(e, func(s string) { row = append(row, text(s).Level(min(1, len(row)-begin), 2, at)) })
				if len(row) == begin {
					row = append(row, parquet.NullValue().Level(0, 1, at))
				}
				return row
			}
		}}
	}
	switch f.Info().Kind {
	case event.Dict:
		return one(parquet.Encoded(parquet.String(), &parquet.RLEDictionary), func(e event.Event) parquet.Value { return text(e.Str(f)) })
	case event.Text:
		return one(parquet.String(), func(e event.Event) parquet.Value { return text(e.Str(f)) })
	case event.Int:
		return one(parquet.Int(64), func(e event.Event) parquet.Value { v, _ := e.Int(f); return parquet.Int64Value(v) })
	case event.Float:
		return one(parquet.Leaf(parquet.DoubleType), func(e event.Event) parquet.Value { v, _ := e.Float(f); return parquet.DoubleValue(v) })
	case event.Bool:
		return one(parquet.Leaf(parquet.BooleanType), func(e event.Event) parquet.Value { v, _ := e.Bool(f); return parquet.BooleanValue(v) })
	case event.Time:
		return one(parquet.Timestamp(parquet.Nanosecond), func(e event.Event) parquet.Value { t, _ := e.When(f); return parquet.Int64Value(t.UnixNano()) })
	case event.List:
		return parquet.Optional(parquet.List(parquet.String())), []leaf{many(name+"/list/element", func(e event.Event, each func(string)) {
			for i := range e.Len(f) {
				each(e.At(f, i))
			}
		})}
	}
	return parquet.Optional(parquet.Map(parquet.String(), parquet.String())), []leaf{
		many(name+"/key_value/key", func(e event.Event, each func(string)) {
			for k := range e.Labels() {
				each(k)
			}
		}),
		many(name+"/key_value/value", func(e event.Event, each func(string)) {
			for _, v := range e.Labels() {
				each(v)
			}
		})}
}

func original(at int) column {
	return func(row parquet.Row, e event.Event) parquet.Row {
		if s := e.Str(event.EventOriginal); e.Has(event.EventOriginal) && !utf8.ValidString(s) {
			return append(row, parquet.ByteArrayValue(base64.StdEncoding.AppendEncode(nil, []byte(s))).Level(0, 1, at))
		}
		return append(row, parquet.NullValue().Level(0, 0, at))
	}
}

// text gives a string, which must be UTF-8 in Parquet: what is not becomes U+FFFD.
func text(s string) parquet.Value {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return parquet.ByteArrayValue([]byte(s))
}

func (c *columns) Write(e event.Event) error {
	c.row = c.row[:0]
	for _, add := range c.cols {
		c.row = add(c.row, e)
	}
	for _, v := range c.row {
		switch {
		case v.IsNull():
			c.bytes++ // its level
		case v.Kind() == parquet.ByteArray:
			c.bytes += 8 + len(v.ByteArray())
		default:
			c.bytes += 8
		}
	}
	if _, err := c.w.WriteRows([]parquet.Row{c.row}); err != nil {
		return err
	}
	if c.open++; c.open >= groupRows || c.bytes >= groupBytes {
		return c.flush()
	}
	return nil
}

func (c *columns) flush() error {
	if err := c.w.Flush(); err != nil {
		return err
	}
	c.n += c.open
	c.open, c.bytes = 0, 0
	return nil
}

// Rows counts those of groups that were written: of the last one nothing is, before it is full.
func (c *columns) Rows() uint64 { return c.n }

func (c *columns) Close() error {
	if err := c.flush(); err != nil {
		return err
	}
	return c.w.Close()
}
