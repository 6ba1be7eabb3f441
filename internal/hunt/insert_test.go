package hunt_test

import (
	"context"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"watchpost/internal/event"
	"watchpost/schema"
)

// insert writes b through clickhouse-go, each column that b holds.
func insert(ctx context.Context, conn driver.Conn, b *event.Batch) error {
	names := []string{}
	cols := b.Columns(true)
	for _, c := range cols {
		name := c.Name
		f, ok := event.Lookup(name)
		switch {
		case ok && f.Same() != nil:
			name = f.Same().Own
		case ok && f.Info().Kind == event.List:
			name = schema.ListColumn(name)
		}
		names = append(names, "`"+name+"`")
	}
	names = append(names, event.ColSame)
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO events ("+strings.Join(names, ", ")+")")
	if err != nil {
		return err
	}
	for row := range b.Rows() {
		e := b.Event(row)
		values := make([]any, len(cols)+1)
		var bits uint16
		for i, c := range cols {
			values[i] = value(e, c.Name)
			f, _ := event.Lookup(c.Name)
			if s := f.Same(); s != nil && s.In(e) && (row+int(s.Bit))%3 > 0 { // a third as older builds stored it
				bits |= 1 << s.Bit
				values[i] = none(f)
			}
		}
		values[len(cols)] = bits
		if err := batch.Append(values...); err != nil {
			return err
		}
	}
	return batch.Send()
}

// none is what a column holds where the field is missing.
func none(f event.Field) any {
	switch f.Info().Kind {
	case event.List:
		return []string{}
	case event.Time:
		return (*time.Time)(nil)
	}
	return ""
}

// placeOf gives where msg is a part of orig that cuts no word in two, as the encoder of blocks wants it; -1 if nowhere.
func placeOf(orig, msg string) int {
	cut := func(at int) bool {
		return at > 0 && at < len(orig) && event.WordByte(orig[at-1]) && event.WordByte(orig[at])
	}
	for at := 0; at+len(msg) <= len(orig); at++ {
		if orig[at:at+len(msg)] == msg && !cut(at) && !cut(at+len(msg)) {
			return at
		}
	}
	return -1
}

// value gives the row's value of a physical column.
func value(e event.Event, col string) any {
	orig, msg := e.Str(event.EventOriginal), e.Str(event.Message)
	at := placeOf(orig, msg)
	switch col {
	case event.ColBlock:
		id := e.ID()
		return string(id.Block[:])
	case event.ColRow:
		return e.ID().Row
	case event.ColMessageText:
		if msg != "" && at >= 0 {
			return ""
		}
		return msg
	case event.ColMessageOffset:
		return uint32(max(at, 0))
	case event.ColMessageLength:
		if at < 0 {
			return uint32(0)
		}
		return uint32(len(msg))
	}
	f, _ := event.Lookup(col)
	switch f.Info().Kind {
	case event.List:
		out := []string{}
		for i := range e.Len(f) {
			out = append(out, e.At(f, i))
		}
		return out
	case event.Int:
		if v, ok := e.Int(f); ok {
			return &v
		}
		return (*int64)(nil)
	case event.Time:
		if v, ok := e.When(f); ok {
			return &v
		}
		return (*time.Time)(nil)
	case event.Float:
		if v, ok := e.Float(f); ok {
			return &v
		}
		return (*float64)(nil)
	case event.Bool:
		if v, ok := e.Bool(f); ok {
			return &v
		}
		return (*bool)(nil)
	case event.Map:
		out := map[string]string{}
		for k, v := range e.Labels() {
			out[k] = v
		}
		return out
	}
	return e.Str(f)
}
