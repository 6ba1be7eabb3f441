package store

import (
	"github.com/ClickHouse/ch-go/proto"

	"watchpost/internal/event"
)

// Two fields stand in several columns of table events: event.id and message. A statement may ask for the columns instead of the aliases that put
// them together: the engine plans it in less time (docs/storage.md), and here they are put together for nothing.

// identity is event.id in its columns.
type identity struct {
	block *proto.ColFixedStr16
	row   *proto.ColUInt32
}

func (c *identity) take(col *resultColumn) {
	switch col.name {
	case event.ColBlock:
		c.block, _ = col.data.(*proto.ColFixedStr16)
	case event.ColRow:
		c.row, _ = col.data.(*proto.ColUInt32)
	}
}

func (c *identity) set(b *event.Batch, row int) {
	if c.block != nil && c.row != nil {
		b.SetRowID(event.ID{Block: (*c.block)[row], Row: (*c.row)[row]})
	}
}

// message is the field in its columns: a piece of the record, where length says so, else a text of its own.
type message struct {
	text, record   *proto.ColStr // record is nil if the record is asked for itself
	offset, length *proto.ColUInt32
}

func (c *message) take(col *resultColumn) {
	switch col.name {
	case event.ColMessageText:
		c.text, _ = col.data.(*proto.ColStr)
	case event.ColMessageRecord:
		c.record, _ = col.data.(*proto.ColStr)
	case event.ColMessageOffset:
		c.offset, _ = col.data.(*proto.ColUInt32)
	case event.ColMessageLength:
		c.length, _ = col.data.(*proto.ColUInt32)
	}
}

// set gives the open row its message; line is the record that it was begun with. The piece is cut as the alias cuts it: it ends with the record.
func (c *message) set(b *event.Batch, row int, line []byte) {
	if c.text == nil || c.offset == nil || c.length == nil {
		return
	}
	n := uint64((*c.length)[row])
	if n == 0 {
		b.Set(event.Message, c.text.RowBytes(row))
		return
	}
	if c.record != nil {
		line = c.record.RowBytes(row)
	}
	from := min(uint64((*c.offset)[row]), uint64(len(line)))
	b.Set(event.Message, line[from:min(from+n, uint64(len(line)))])
}
