package native

import "encoding/binary"

// walker copies blocks from a reader into one buffer while it finds where they end: Native has no lengths.
type walker struct {
	in   *reader
	out  []byte
	left int // bytes that the block may still take
}

const (
	maxColumns    = 10_000
	maxColumnName = 4 << 10
)

// form is how a block is framed around the columns' data.
type form struct {
	info   bool // block info in front (connections; the engine's own blocks have none)
	custom bool // one byte of custom serialization after each type (revision ≥ 54454)
}

// header is what a block says of itself.
type header struct {
	columns, rows int
	names, types  []string // nil unless asked for
}

// block copies one block, framed as in on the way in, as out on the way out. The result is appended to w.out.
func (w *walker) block(in, out form, keep bool) (header, error) {
	var h header
	if in.info {
		if err := w.blockInfo(); err != nil {
			return h, err
		}
	}
	if out.info {
		w.out = append(w.out, 1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0)
	}
	var err error
	if h.columns, err = w.in.count(maxColumns, "number of columns"); err != nil {
		return h, err
	}
	if h.rows, err = w.in.count(uint64(w.left), "number of rows"); err != nil {
		return h, err
	}
	w.out = putUvarint(putUvarint(w.out, uint64(h.columns)), uint64(h.rows))
	for range h.columns {
		name, err := w.in.str(maxColumnName, "column name")
		if err != nil {
			return h, err
		}
		typ, err := w.in.str(maxTypeText, "column type")
		if err != nil {
			return h, err
		}
		w.out = putStr(putStr(w.out, name), typ)
		if in.custom {
			b, err := w.in.byte()
			if err != nil {
				return h, err
			}
			if b != 0 {
				return h, unsupported{typ + " with custom serialization"}
			}
		}
		if out.custom {
			w.out = append(w.out, 0)
		}
		if keep {
			h.names, h.types = append(h.names, name), append(h.types, typ)
		}
		if h.rows == 0 {
			continue
		}
		c, err := parseColumn(typ)
		if err != nil {
			return h, err
		}
		if err := w.prefix(c); err != nil {
			return h, err
		}
		if err := w.body(c, h.rows); err != nil {
			return h, err
		}
	}
	return h, nil
}

func (w *walker) blockInfo() error {
	for {
		field, err := w.in.uvarint()
		if err != nil {
			return err
		}
		switch field {
		case 0:
			return nil
		case 1:
			_, err = w.in.byte()
		case 2:
			_, err = w.in.fixed(4)
		default:
			return wireErr("block info field %d", field)
		}
		if err != nil {
			return err
		}
	}
}

// prefix copies the versions that come before the data of a column and of all below it.
func (w *walker) prefix(c *column) error {
	switch c.kind {
	case kLowCard, kJSON:
		v, err := w.u64()
		if err != nil {
			return err
		}
		if v != 1 {
			return wireErr("serialization version %d", v)
		}
		if c.kind == kLowCard {
			return nil // the dictionary's own type has no prefix
		}
	}
	for _, e := range c.elems {
		if err := w.prefix(e); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) body(c *column, rows int) error {
	if rows == 0 {
		return nil
	}
	switch c.kind {
	case kFixed:
		return w.fixed(rows, c.width)
	case kString, kJSON:
		return w.strings(rows)
	case kNullable:
		if err := w.fixed(rows, 1); err != nil {
			return err
		}
		return w.body(c.elems[0], rows)
	case kTuple:
		for _, e := range c.elems {
			if err := w.body(e, rows); err != nil {
				return err
			}
		}
		return nil
	case kArray:
		n, err := w.offsets(rows)
		if err != nil {
			return err
		}
		return w.body(c.elems[0], n)
	case kLowCard:
		return w.lowCard(c, rows)
	}
	panic("BUG: column kind without a layout")
}

// take counts n bytes against the block's limit.
func (w *walker) take(n int) error {
	if n > w.left {
		return wireErr("block exceeds its size limit")
	}
	w.left -= n
	return nil
}

func (w *walker) fixed(rows, width int) error {
	if rows > w.left/width {
		return wireErr("block exceeds its size limit")
	}
	w.left -= rows * width
	var err error
	w.out, err = w.in.copyTo(w.out, rows*width)
	return err
}

func (w *walker) u64() (uint64, error) {
	if err := w.fixed(1, 8); err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint64(w.out[len(w.out)-8:]), nil
}

// strings copies rows strings: whole runs of them at once, as far as the buffer holds them.
func (w *walker) strings(rows int) error {
	for rows > 0 {
		buf := w.in.buffered()
		done := 0
		for rows > 0 {
			n, k := binary.Uvarint(buf[done:])
			if k <= 0 || n > uint64(len(buf)-done-k) {
				break
			}
			done += k + int(n)
			rows--
		}
		if err := w.take(done); err != nil {
			return err
		}
		w.out = append(w.out, buf[:done]...)
		w.in.r += done
		if rows == 0 {
			return nil
		}
		// The next string is cut by the buffer's end.
		n, err := w.in.count(uint64(w.left), "string length")
		if err != nil {
			return err
		}
		if err := w.take(n); err != nil {
			return err
		}
		w.out = putUvarint(w.out, uint64(n))
		if w.out, err = w.in.copyTo(w.out, n); err != nil {
			return err
		}
		rows--
	}
	return nil
}

// offsets copies the end offsets of arrays and returns the number of elements.
func (w *walker) offsets(rows int) (int, error) {
	at := len(w.out)
	if err := w.fixed(rows, 8); err != nil {
		return 0, err
	}
	last := uint64(0)
	for b := w.out[at:]; len(b) > 0; b = b[8:] {
		o := binary.LittleEndian.Uint64(b)
		if o < last {
			return 0, wireErr("array offsets go backwards")
		}
		last = o
	}
	if last > uint64(w.left) {
		return 0, wireErr("array of %d elements exceeds the block's size limit", last)
	}
	return int(last), nil
}

func (w *walker) lowCard(c *column, rows int) error {
	flags, err := w.u64()
	if err != nil {
		return err
	}
	width := 1 << (flags & 0xff)
	if flags&0xff > 3 || flags>>8&1 != 0 { // bit 8: a dictionary shared between blocks, which Native does not have
		return wireErr("low cardinality flags %#x", flags)
	}
	keys := uint64(0)
	if flags>>9&1 != 0 {
		if keys, err = w.u64(); err != nil {
			return err
		}
		if keys > uint64(w.left) {
			return wireErr("dictionary of %d keys exceeds the block's size limit", keys)
		}
		if err := w.body(c.elems[0], int(keys)); err != nil {
			return err
		}
	}
	n, err := w.u64()
	if err != nil {
		return err
	}
	if n != uint64(rows) {
		return wireErr("low cardinality column of %d rows in a block of %d", n, rows)
	}
	at := len(w.out)
	if err := w.fixed(rows, width); err != nil {
		return err
	}
	if top := highest(w.out[at:], width); top >= keys {
		return wireErr("low cardinality key %d of %d", top, keys)
	}
	return nil
}

func highest(b []byte, width int) (top uint64) {
	switch width {
	case 1:
		for _, v := range b {
			top = max(top, uint64(v))
		}
	case 2:
		for ; len(b) > 0; b = b[2:] {
			top = max(top, uint64(binary.LittleEndian.Uint16(b)))
		}
	case 4:
		for ; len(b) > 0; b = b[4:] {
			top = max(top, uint64(binary.LittleEndian.Uint32(b)))
		}
	default:
		for ; len(b) > 0; b = b[8:] {
			top = max(top, binary.LittleEndian.Uint64(b))
		}
	}
	return top
}
