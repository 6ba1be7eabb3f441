package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/ClickHouse/ch-go"
	"github.com/ClickHouse/ch-go/proto"

	"watchpost/internal/event"
	"watchpost/schema"
)

// column lends a column of a batch to ch-go: the batch holds it in the form in which it travels.
type column struct {
	event.Column
	rows int
}

func (c column) Type() proto.ColumnType       { return proto.ColumnType(c.Column.Type) }
func (c column) Rows() int                    { return c.rows }
func (c column) EncodeState(b *proto.Buffer)  { b.Buf = c.AppendState(b.Buf) }
func (c column) EncodeColumn(b *proto.Buffer) { b.Buf = c.AppendData(b.Buf) }
func (c column) WriteColumn(w *proto.Writer)  { write(w, c.EncodeColumn) }

// pieces is how many bytes of an insert are gathered before they are sent: a whole one can be 60 MB, for each connection.
const pieces = 1 << 20

// write encodes a column, and sends what was encoded so far where that is much.
func write(w *proto.Writer, encode func(*proto.Buffer)) {
	much := false
	w.ChainBuffer(func(b *proto.Buffer) {
		encode(b)
		much = len(b.Buf) >= pieces
	})
	if much {
		_, _ = w.Flush() // nothing is written with a deadline, so a connection that failed fails at the last flush too
	}
}

// listColumn gives a list of a batch as Array(String), as which table events stores it, empty in the rows of which has is false.
type listColumn struct {
	b   *event.Batch
	f   event.Field
	has func(row int) bool // nil: true
}

func (c listColumn) Type() proto.ColumnType      { return "Array(String)" }
func (c listColumn) Rows() int                   { return c.b.Rows() }
func (c listColumn) WriteColumn(w *proto.Writer) { write(w, c.EncodeColumn) }

func (c listColumn) EncodeColumn(b *proto.Buffer) {
	end := uint64(0)
	for e := range c.b.Events() {
		end += uint64(c.len(e))
		b.PutUInt64(end)
	}
	for e := range c.b.Events() {
		for i := range c.len(e) {
			b.PutString(e.At(c.f, i))
		}
	}
}

func (c listColumn) len(e event.Event) int {
	if c.has != nil && !c.has(e.Row) {
		return 0
	}
	return e.Len(c.f)
}

// renamed is a column under another type of the same form.
type renamed struct {
	proto.ColInput
	typ proto.ColumnType
}

func (r renamed) Type() proto.ColumnType { return r.typ }

func as(typ proto.ColumnType, c proto.ColInput) proto.ColInput { return renamed{c, typ} }

// eventInput gives a batch as columns of table events.
func (r Retention) eventInput(b *event.Batch) proto.Input {
	cols := b.Columns(true)
	in := make(proto.Input, 0, len(cols)+2)
	for _, c := range cols {
		f, ok := event.Lookup(c.Name)
		switch {
		case ok && f.Same() != nil: // below
		case ok && f.Info().Kind == event.List:
			in = append(in, proto.InputColumn{Name: schema.ListColumn(c.Name), Data: listColumn{b: b, f: f}})
		default:
			in = append(in, proto.InputColumn{Name: c.Name, Data: column{c, b.Rows()}})
		}
	}
	in = append(in, sameColumns(b)...)
	if class := r.classes(b); class != nil {
		in = append(in, proto.InputColumn{Name: "retention", Data: class})
	}
	return in
}

// classes gives the retention class of each row, nil where all have the table's default.
func (r Retention) classes(b *event.Batch) proto.ColInput {
	other := false
	for k := range b.Distinct(event.Tenant) {
		other = other || r.class(b.Entry(event.Tenant, uint32(k))) != "default"
	}
	if !other && !b.Has(event.EventRetention) {
		return nil
	}
	col := new(proto.ColStr).LowCardinality()
	for e := range b.Events() {
		class := e.Str(event.EventRetention)
		if _, known := r.Classes[class]; !known {
			class = r.class(e.Str(event.Tenant))
		}
		col.Append(class)
	}
	return col
}

// insert stores in's rows in table, all in one block, once for each token.
func (c *client) insert(ctx context.Context, table, token string, in proto.Input) error {
	var sql strings.Builder
	fmt.Fprintf(&sql, "INSERT INTO %s (", table)
	for i, col := range in {
		if i > 0 {
			sql.WriteByte(',')
		}
		sql.WriteString("`" + col.Name + "`") // names of the dictionary, see schema.Fields
	}
	sql.WriteString(") FORMAT Native")
	return c.do(ctx, ch.Query{Body: sql.String(), Input: in, Settings: []ch.Setting{
		{Key: "insert_deduplication_token", Value: token, Important: true},
	}})
}
