package store

import (
	"time"

	"github.com/ClickHouse/ch-go/proto"

	"watchpost/internal/event"
)

// sameColumns gives the columns of fields that table events does not store where they are what other fields are: their own values, where there
// are any, and the bits, where one is set.
func sameColumns(b *event.Batch) proto.Input {
	var in proto.Input
	bits := make(proto.ColUInt16, b.Rows())
	some := false
	for _, s := range event.Sames() {
		if !b.Has(s.Field) {
			continue
		}
		own := false
		for i := range bits {
			if e := b.Event(i); s.In(e) {
				bits[i] |= 1 << s.Bit
				some = true
			} else {
				own = own || e.Present(s.Field)
			}
		}
		if own {
			in = append(in, proto.InputColumn{Name: s.Own, Data: ownColumn(b, s, bits)})
		}
	}
	if some {
		in = append(in, proto.InputColumn{Name: event.ColSame, Data: &bits})
	}
	return in
}

// ownColumn gives the field's values in the rows that have not its bit.
func ownColumn(b *event.Batch, s event.Same, bits proto.ColUInt16) proto.ColInput {
	own := func(i int) bool { return bits[i]&(1<<s.Bit) == 0 }
	switch s.Field.Info().Kind {
	case event.List:
		return listColumn{b, s.Field, own}
	case event.Time:
		values := new(proto.ColDateTime64).WithPrecision(proto.PrecisionNano).WithLocation(time.UTC)
		col := proto.NewColNullable[time.Time](values)
		for i := range bits {
			if v, ok := b.Event(i).When(s.Field); ok && own(i) {
				col.Append(proto.NewNullable(v))
			} else {
				col.Append(proto.Null[time.Time]())
			}
		}
		return col
	}
	col := new(proto.ColStr).LowCardinality()
	for i := range bits {
		if own(i) {
			col.Append(b.Event(i).Str(s.Field))
		} else {
			col.Append("")
		}
	}
	return col
}
