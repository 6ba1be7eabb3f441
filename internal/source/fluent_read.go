package source

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"github.com/tinylib/msgp/msgp"
)

// fluentReader reads one message of the forward protocol. It makes JSON of the records; what it may hold is bounded, and
// reserved before it is held.
type fluentReader struct {
	maxRecord int
	maxChunk  int
	reserve   func(int) bool
	held      int

	tag    []byte
	packed []byte // entries that come as one binary
	gzip   bool
	chunk  string
	signal int64 // of Fluent Bit: 0 is logs
	out    delivery
	from   int  // where the open record begins
	over   bool // the open record is too long: it is read, but not kept
}

const maxEntries = 1 << 18 // in a message: an empty one costs its sender three bytes, and us a hundred

// room reserves memory for n bytes more.
func (d *fluentReader) room(n int) error {
	need := cap(d.packed) + len(d.out.data) + len(d.out.frames)*64 + n
	switch {
	case len(d.out.data) > d.maxChunk:
		return errFluentLength
	case need <= d.held:
		return nil
	}
	step := max(need-d.held, 64<<10)
	if !d.reserve(step) {
		return errMemory
	}
	d.held += step
	return nil
}

// message reads [tag, entries, option], [tag, packed entries, option] or [tag, time, record, option].
func (d *fluentReader) message(r *msgp.Reader) error {
	n, err := r.ReadArrayHeader()
	if err != nil {
		return fluentFault(err)
	}
	if n < 2 || n > 4 {
		return errFluentMessage
	}
	size, err := textHeader(r)
	if err == nil && size > 1024 {
		return errFluentLength
	}
	if err == nil {
		d.tag, err = readFull(r.R, nil, size, nil)
	}
	if err == nil {
		var t msgp.Type
		if t, err = r.NextType(); err == nil {
			n -= 2
			switch t {
			case msgp.ArrayType:
				err = d.entries(r)
			case msgp.BinType, msgp.StrType:
				err = d.read(r)
			default:
				if n == 0 {
					return errFluentMessage
				}
				n--
				err = d.entry(r)
			}
		}
	}
	switch {
	case err != nil:
	case n > 1:
		return errFluentMessage
	case n == 1:
		err = d.options(r)
	}
	if err == nil && d.packed != nil {
		err = d.unpack()
	}
	if d.signal != 0 && err == nil {
		n := len(d.out.frames)
		d.out = delivery{bad: map[string]int{NotLogs: max(n, 1)}}
	}
	return fluentFault(unexpected(err))
}

// entries reads an array of them.
func (d *fluentReader) entries(r *msgp.Reader) error {
	n, err := r.ReadArrayHeader()
	for i := uint32(0); i < n && err == nil; i++ {
		err = d.pair(r)
	}
	return err
}

// pair reads [time, record]; Fluent Bit also sends [[time, metadata], record].
func (d *fluentReader) pair(r *msgp.Reader) error {
	n, err := r.ReadArrayHeader()
	if err == nil && n != 2 {
		return errFluentMessage
	}
	if err == nil {
		err = d.entry(r)
	}
	return err
}

// entry reads a time and a record.
func (d *fluentReader) entry(r *msgp.Reader) error {
	if len(d.out.frames) >= maxEntries {
		return errFluentLength
	}
	if err := d.room(len(d.tag)*6 + 100); err != nil {
		return err
	}
	d.from, d.over = len(d.out.data), false
	d.out.data = append(d.out.data, `{"fluent":{"tag":`...)
	d.out.data = appendText(d.out.data, d.tag)
	meta := false
	if t, err := r.NextType(); err != nil {
		return err
	} else if t == msgp.ArrayType {
		if n, err := r.ReadArrayHeader(); err != nil || n != 2 {
			return errors.Join(err, errFluentMessage)
		}
		meta = true
	}
	if err := d.time(r); err != nil {
		return err
	}
	if meta {
		if err := r.Skip(); err != nil {
			return err
		}
	}
	if t, err := r.NextType(); err != nil {
		return err
	} else if t != msgp.MapType {
		return errFluentMessage
	}
	d.put(`,"record":`)
	if err := d.value(r, 1); err != nil {
		return err
	}
	d.put(`}}`)
	if d.over {
		d.out.data = d.out.data[:d.from]
		d.out.reject(TooLarge)
		return nil
	}
	d.out.frames = append(d.out.frames, mark{d.from, len(d.out.data), 0})
	return nil
}

// time reads the time of an entry: whole seconds, a fraction, or an extension with seconds and nanoseconds.
func (d *fluentReader) time(r *msgp.Reader) error {
	t, err := r.NextType()
	if err != nil {
		return err
	}
	d.put(`,"time":`)
	switch t {
	case msgp.ExtensionType, msgp.TimeType, msgp.Complex64Type, msgp.Complex128Type:
		return d.extension(r)
	case msgp.IntType, msgp.UintType, msgp.Float32Type, msgp.Float64Type:
		return d.value(r, maxDepth)
	case msgp.NilType:
		d.put("0")
		return r.ReadNil()
	}
	return errFluentMessage
}

// put appends what was made, as long as the record is not too long.
func (d *fluentReader) put(s string) {
	if d.over = d.over || len(d.out.data)-d.from+len(s) > d.maxRecord; !d.over {
		d.out.data = append(d.out.data, s...)
	}
}

// value writes the next value as JSON.
func (d *fluentReader) value(r *msgp.Reader, depth int) error {
	if depth > maxDepth {
		return errFluentMessage
	}
	if err := d.room(64); err != nil {
		return err
	}
	t, err := r.NextType()
	if err != nil {
		return err
	}
	switch t {
	case msgp.StrType, msgp.BinType:
		return d.text(r)
	case msgp.MapType:
		n, err := r.ReadMapHeader()
		if err != nil {
			return err
		}
		return d.members(r, n, depth)
	case msgp.ArrayType:
		n, err := r.ReadArrayHeader()
		d.put("[")
		for i := uint32(0); i < n && err == nil; i++ {
			if i > 0 {
				d.put(",")
			}
			err = d.value(r, depth+1)
		}
		d.put("]")
		return err
	case msgp.IntType:
		v, err := r.ReadInt64()
		d.put(strconv.FormatInt(v, 10))
		return err
	case msgp.UintType:
		v, err := r.ReadUint64()
		d.put(strconv.FormatUint(v, 10))
		return err
	case msgp.Float32Type:
		v, err := r.ReadFloat32()
		d.float(float64(v), 32)
		return err
	case msgp.Float64Type:
		v, err := r.ReadFloat64()
		d.float(v, 64)
		return err
	case msgp.BoolType:
		v, err := r.ReadBool()
		d.put(strconv.FormatBool(v))
		return err
	case msgp.NilType:
		d.put("null")
		return r.ReadNil()
	case msgp.ExtensionType, msgp.TimeType, msgp.Complex64Type, msgp.Complex128Type:
		return d.extension(r)
	}
	return errFluentMessage
}

// members writes n names and values. A name that is no text is written as one.
func (d *fluentReader) members(r *msgp.Reader, n uint32, depth int) error {
	d.put("{")
	for i := range n {
		if i > 0 {
			d.put(",")
		}
		t, err := r.NextType()
		switch {
		case err != nil:
			return err
		case t == msgp.StrType || t == msgp.BinType:
			err = d.text(r)
		case t == msgp.IntType || t == msgp.UintType:
			d.put(`"`)
			err = d.value(r, maxDepth)
			d.put(`"`)
		default:
			return errFluentMessage
		}
		if err != nil {
			return err
		}
		d.put(":")
		if err := d.value(r, depth+1); err != nil {
			return err
		}
	}
	d.put("}")
	return nil
}

func (d *fluentReader) float(v float64, bits int) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		d.put("null")
		return
	}
	d.put(strconv.FormatFloat(v, 'f', -1, bits))
}

// text writes a text. A long one is stepped over rather than kept.
func (d *fluentReader) text(r *msgp.Reader) error {
	n, err := textHeader(r)
	switch {
	case err != nil:
		return err
	case d.over || len(d.out.data)-d.from+n+2 > d.maxRecord:
		d.over = true
		_, err := io.CopyN(io.Discard, r.R, int64(n))
		return err
	}
	if err := d.room(7*n + 64); err != nil { // with escapes, and once more as it came
		return err
	}
	s, err := readFull(r.R, nil, n, nil)
	if err != nil {
		return err
	}
	d.out.data = appendText(d.out.data, s)
	d.over = len(d.out.data)-d.from > d.maxRecord
	return nil
}

// extension writes type 0 of eight bytes, which is a time of the protocol, as seconds with a fraction, and any other in hex.
func (d *fluentReader) extension(r *msgp.Reader) error {
	lead, err := r.R.ReadByte()
	if err != nil {
		return err
	}
	n := 0
	switch {
	case lead >= 0xd4 && lead <= 0xd8:
		n = 1 << (lead - 0xd4)
	case lead >= 0xc7 && lead <= 0xc9:
		var size [4]byte
		width := 1 << (lead - 0xc7)
		if _, err := r.R.ReadFull(size[4-width:]); err != nil {
			return err
		}
		n = int(binary.BigEndian.Uint32(size[:]))
	default:
		return errFluentMessage
	}
	kind, err := r.R.ReadByte()
	if err != nil {
		return err
	}
	if n > 1024 {
		return errFluentMessage
	}
	b, err := readFull(r.R, nil, n, nil)
	switch {
	case err != nil:
		return err
	case kind == 0 && n == 8:
		sec, nsec := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
		if nsec >= 1e9 {
			return errFluentMessage
		}
		frac := strconv.FormatUint(1e9+uint64(nsec), 10)[1:]
		d.put(strconv.FormatUint(uint64(sec), 10) + "." + frac)
	default:
		d.put(`"` + string(appendHex(nil, b)) + `"`)
	}
	return nil
}

func appendHex(dst, b []byte) []byte {
	for _, c := range b {
		dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
	}
	return dst
}

// read keeps entries that come as one binary: how they are compressed is said behind them.
func (d *fluentReader) read(r *msgp.Reader) error {
	n, err := textHeader(r)
	switch {
	case err != nil:
		return err
	case n > d.maxChunk:
		return errFluentLength
	}
	d.packed = []byte{}
	for n > 0 { // memory is taken as the bytes come
		step := min(n, max(64<<10, len(d.packed)))
		if err := d.room(2 * step); err != nil {
			return err
		}
		if d.packed, err = readFull(r.R, d.packed, step, nil); err != nil {
			return err
		}
		n -= step
	}
	return nil
}

// options reads what stands behind the entries.
func (d *fluentReader) options(r *msgp.Reader) error {
	if t, err := r.NextType(); err != nil || t == msgp.NilType {
		if err == nil {
			err = r.ReadNil()
		}
		return err
	}
	n, err := r.ReadMapHeader()
	if err == nil && n > 64 {
		return errFluentMessage
	}
	for i := uint32(0); i < n && err == nil; i++ {
		var key, v []byte
		if key, err = optionText(r); err != nil {
			return err
		}
		switch string(key) {
		case "chunk":
			v, err = optionText(r)
			if d.chunk = string(v); err == nil && !utf8.Valid(v) {
				err = errFluentMessage
			}
		case "compressed":
			v, err = optionText(r)
			switch d.gzip = string(v) == "gzip"; {
			case err == nil && !d.gzip && string(v) != "text":
				err = errFluentPacked
			}
		case "fluent_signal":
			d.signal, err = r.ReadInt64()
		default:
			err = r.Skip()
		}
	}
	return err
}

func optionText(r *msgp.Reader) ([]byte, error) {
	n, err := textHeader(r)
	if err == nil && n > 1024 {
		err = errFluentMessage
	}
	if err != nil {
		return nil, err
	}
	return readFull(r.R, nil, n, nil)
}

// textHeader reads the length of a text or a binary.
func textHeader(r *msgp.Reader) (int, error) {
	t, err := r.NextType()
	if err != nil {
		return 0, err
	}
	var n uint32
	switch t {
	case msgp.StrType:
		n, err = r.ReadStringHeader()
	case msgp.BinType:
		n, err = r.ReadBytesHeader()
	default:
		return 0, errFluentMessage
	}
	return int(n), err
}

// unpack reads the entries of one binary.
func (d *fluentReader) unpack() error {
	var src io.Reader = bytes.NewReader(d.packed)
	var bomb *inflated
	if d.gzip {
		z, err := gzip.NewReader(src)
		if err != nil {
			return errFluentPacked
		}
		bomb = &inflated{z: z, packed: &io.LimitedReader{}, size: int64(len(d.packed))}
		src = bomb
	}
	r := msgp.NewReaderSize(src, 16<<10)
	r.SetMaxRecursionDepth(maxDepth)
	for {
		if _, err := r.R.Peek(1); errors.Is(err, io.EOF) {
			return nil
		}
		err := d.pair(r)
		var known refusal
		switch {
		case err == nil:
			continue
		case bomb != nil && bomb.tooMuch:
			return errFluentBomb
		case errors.As(err, &known), errors.Is(err, errMemory):
			return err
		case d.gzip:
			return errFluentPacked
		}
		return errFluentMessage
	}
}

// fluentFault tells what is wrong with a message from what is wrong with the connection.
func fluentFault(err error) error {
	var known refusal
	if err == nil || errors.As(err, &known) || isWire(err) {
		return err
	}
	return errFluentMessage
}
