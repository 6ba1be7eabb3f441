package store

import (
	"fmt"

	"github.com/ClickHouse/ch-go/proto"
)

// lowCardinality is a text column by dictionary. ch-go's own expands it row by row; its raw form checks nothing.
type lowCardinality struct{ proto.ColLowCardinalityRaw }

func (c *lowCardinality) at(i int) []byte {
	var k int
	switch c.Key {
	case proto.KeyUInt8:
		k = int(c.Keys8[i])
	case proto.KeyUInt16:
		k = int(c.Keys16[i])
	case proto.KeyUInt32:
		k = int(c.Keys32[i])
	default:
		k = int(c.Keys64[i])
	}
	return c.Index.(*proto.ColStr).RowBytes(k)
}

// check holds the numbers to the dictionary, and their count to rows.
func (c *lowCardinality) check(rows int) error {
	n := c.Index.Rows()
	if rows == 0 {
		return nil
	}
	if got := c.Rows(); got != rows {
		return fmt.Errorf("%d indexes for %d values", got, rows)
	}
	switch c.Key {
	case proto.KeyUInt8:
		return within(c.Keys8, n)
	case proto.KeyUInt16:
		return within(c.Keys16, n)
	case proto.KeyUInt32:
		return within(c.Keys32, n)
	}
	return within(c.Keys64, n)
}

func within[T ~uint8 | ~uint16 | ~uint32 | ~uint64](keys []T, n int) error {
	for _, k := range keys {
		if uint64(k) >= uint64(n) {
			return fmt.Errorf("index %d into %d entries", k, n)
		}
	}
	return nil
}

// array is a list of texts in each row.
type array struct {
	ends proto.ColUInt64
	vals proto.ColStr
}

func (c *array) Type() proto.ColumnType   { return "Array(String)" }
func (c *array) Rows() int                { return len(c.ends) }
func (c *array) Reset()                   { c.ends.Reset(); c.vals.Reset() }
func (c *array) row(i int) (from, to int) { return ends(c.ends, i) }

func (c *array) DecodeColumn(r *proto.Reader, rows int) error {
	if err := decodeEnds(r, &c.ends, rows); err != nil {
		return err
	}
	return c.vals.DecodeColumn(r, last(c.ends))
}

// labels is a map of texts in each row.
type labels struct {
	ends proto.ColUInt64
	keys lowCardinality
	vals proto.ColStr
}

func (c *labels) Type() proto.ColumnType            { return "Map(LowCardinality(String), String)" }
func (c *labels) Rows() int                         { return len(c.ends) }
func (c *labels) Reset()                            { c.ends.Reset(); c.keys.Reset(); c.vals.Reset() }
func (c *labels) DecodeState(r *proto.Reader) error { return c.keys.DecodeState(r) }
func (c *labels) check(rows int) error              { return c.keys.check(last(c.ends)) }
func (c *labels) DecodeColumn(r *proto.Reader, rows int) error {
	if err := decodeEnds(r, &c.ends, rows); err != nil {
		return err
	}
	if err := c.keys.DecodeColumn(r, last(c.ends)); err != nil {
		return err
	}
	return c.vals.DecodeColumn(r, last(c.ends))
}

// maxItems bounds the items of one block, before memory is taken for them.
const maxItems = 1 << 26

func decodeEnds(r *proto.Reader, to *proto.ColUInt64, rows int) error {
	if err := to.DecodeColumn(r, rows); err != nil {
		return err
	}
	at := uint64(0)
	for i, e := range *to {
		if e < at || e > maxItems {
			return fmt.Errorf("offset %d after %d in row %d", e, at, i)
		}
		at = e
	}
	return nil
}

func ends(e proto.ColUInt64, row int) (from, to int) {
	if row > 0 {
		from = int(e[row-1])
	}
	return from, int(e[row])
}

func last(e proto.ColUInt64) int {
	if len(e) == 0 {
		return 0
	}
	return int(e[len(e)-1])
}
