package source

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/klauspost/compress/zlib"
)

// LumberjackDefaults are used where the configuration says nothing.
var LumberjackDefaults = AckedOptions{
	Name: "lumberjack", Addr: "127.0.0.1:5044", Tenant: "default", MaxRecord: 1 << 20, MaxConns: 2_000, MaxBuffered: 256 << 20,
	IdleTimeout: time.Hour, Drain: 3 * time.Second, TLS: TLSDefaults,
}

// NewLumberjack returns a listener for Lumberjack, which Beats and others speak with Logstash. A window of records is
// acknowledged once it is durable. A window that is sent again bears the same name: the sink stores it once.
func NewLumberjack(opt AckedOptions, sink Sink, log *slog.Logger) *Acked {
	return newAcked(opt, lumberjack, sink, log)
}

// lumberjack as a protocol: the acknowledgement of no record tells a client to wait on.
var lumberjack = protocol{name: "lumberjack", speak: speakLumberjack, whole: true, alive: 3 * time.Second, beat: "2A\x00\x00\x00\x00"}

// Bounds of a stream. Nothing is kept for what is only announced.
const (
	maxWindow     = 1 << 20   // records in a window
	maxCompressed = 64 << 20  // bytes of a compressed frame
	maxRatio      = 100       // of decompressed to compressed, once over 1 MiB
	maxInflated   = 512 << 20 // bytes of a compressed frame, decompressed
	maxPairs      = 1024      // in a frame of keys and values
)

// Faults of a Lumberjack stream, under which they are counted.
const (
	errLumberjackFrame  refusal = "lumberjack: malformed frame"
	errLumberjackWindow refusal = "lumberjack: window out of bounds"
	errLumberjackLength refusal = "lumberjack: length out of bounds"
	errLumberjackZlib   refusal = "lumberjack: compressed frame cannot be read"
	errLumberjackBomb   refusal = "lumberjack: frame compressed beyond bounds"
)

// lumberjackFrame is a frame of the protocol: of a window the count, of a record its number and a JSON object.
type lumberjackFrame struct {
	version byte   // '1' or '2'
	kind    byte   // W or J; of D a J is made, C is read from within
	count   uint32 // of W
	seq     uint32 // of J
	data    []byte // of J; nil: longer than allowed. It is valid until the next frame
}

// lumberjackReader reads frames, also those within compressed ones.
type lumberjackReader struct {
	wire  *bufio.Reader
	max   int             // bytes of a record
	room  func(int) error // asked for what a record takes, see readFull
	data  []byte
	inner *bufio.Reader // within a compressed frame, else nil
	bomb  *inflated
}

// inflated bounds what comes out of a compressed frame.
type inflated struct {
	z       io.Reader
	packed  *io.LimitedReader
	size    int64 // of the compressed frame
	n       int64
	tooMuch bool
}

func (f *inflated) Read(p []byte) (int, error) {
	n, err := f.z.Read(p)
	f.n += int64(n)
	if used := f.size - f.packed.N; f.n > maxInflated || f.n > 1<<20 && f.n/maxRatio > used {
		f.tooMuch = true
		return 0, errLumberjackBomb
	}
	return n, err
}

func (r *lumberjackReader) next() (f lumberjackFrame, err error) {
	for {
		from := r.wire
		if r.inner != nil {
			from = r.inner
		}
		version, err := from.ReadByte()
		switch {
		case errors.Is(err, io.EOF) && r.inner != nil:
			if _, err := io.Copy(io.Discard, r.bomb.packed); err != nil || r.bomb.packed.N > 0 {
				return f, errors.Join(io.ErrUnexpectedEOF, err)
			}
			r.inner, r.bomb = nil, nil
			continue
		case err != nil:
			return f, r.within(err)
		case version != '1' && version != '2':
			return f, errLumberjackFrame
		}
		f = lumberjackFrame{version: version}
		if f.kind, err = from.ReadByte(); err != nil {
			return f, r.within(unexpected(err))
		}
		if f.kind == 'C' {
			if err := r.inflate(); err != nil {
				return f, err
			}
			continue
		}
		if err := r.one(from, &f); err != nil {
			return f, r.within(unexpected(err))
		}
		return f, nil
	}
}

// within names what is wrong where the error comes from a decompressor.
func (r *lumberjackReader) within(err error) error {
	var known refusal
	switch {
	case r.bomb == nil || errors.As(err, &known), errors.Is(err, errMemory):
		return err
	case r.bomb.tooMuch:
		return errLumberjackBomb
	case r.bomb.packed.N > 0 && errors.Is(err, io.ErrUnexpectedEOF): // the wire ended
		return err
	}
	return errLumberjackZlib
}

// one reads what follows a frame's kind.
func (r *lumberjackReader) one(from *bufio.Reader, f *lumberjackFrame) (err error) {
	switch f.kind {
	case 'W':
		if f.count, err = number32(from); err == nil && f.count > maxWindow {
			err = errLumberjackWindow
		}
		return err
	case 'J':
		if f.seq, err = number32(from); err != nil {
			return err
		}
		size, err := number32(from)
		if err != nil {
			return err
		}
		f.data, err = r.text(from, size, r.max)
		return err
	case 'D':
		if f.seq, err = number32(from); err != nil {
			return err
		}
		f.kind = 'J'
		f.data, err = r.pairs(from)
		return err
	}
	return errLumberjackFrame
}

// text reads size bytes; it returns nil for more than limit, having stepped over them.
func (r *lumberjackReader) text(from io.Reader, size uint32, limit int) ([]byte, error) {
	switch {
	case size > maxCount:
		return nil, errLumberjackLength
	case int(size) > limit:
		_, err := io.CopyN(io.Discard, from, int64(size))
		return nil, err
	}
	if cap(r.data) > unreadFree {
		r.data = nil
	}
	var err error
	r.data, err = readFull(from, r.data[:0], int(size), r.room)
	return r.data, err
}

// pairs makes an object of a record that comes as keys and values; its line is the message.
func (r *lumberjackReader) pairs(from *bufio.Reader) ([]byte, error) {
	n, err := number32(from)
	if err != nil {
		return nil, err
	}
	if n > maxPairs {
		return nil, errLumberjackLength
	}
	out := []byte{'{'}
	for i := range 2 * n {
		size, err := number32(from)
		if err != nil {
			return nil, err
		}
		part, err := r.text(from, size, r.max)
		if err != nil {
			return nil, err
		}
		if out == nil || part == nil || len(out)+len(part) > r.max { // too long: its rest is read, but not kept
			out = nil
			continue
		}
		switch {
		case i%2 == 1:
			out = append(out, ':')
		case i > 0:
			out = append(out, ',')
		}
		if i%2 == 0 && string(part) == "line" {
			part = []byte("message")
		}
		out = appendText(out, part)
		if err := r.room(cap(out) + cap(r.data)); err != nil {
			return nil, err
		}
	}
	if out == nil {
		return nil, nil
	}
	return append(out, '}'), nil
}

// inflate enters a compressed frame. There are none within one.
func (r *lumberjackReader) inflate() error {
	if r.inner != nil {
		return errLumberjackFrame
	}
	size, err := number32(r.wire)
	switch {
	case err != nil:
		return unexpected(err)
	case size > maxCompressed:
		return errLumberjackLength
	}
	r.bomb = &inflated{packed: &io.LimitedReader{R: r.wire, N: int64(size)}, size: int64(size)}
	if r.bomb.z, err = zlib.NewReader(r.bomb.packed); err != nil {
		return r.within(unexpected(err))
	}
	r.inner = bufio.NewReaderSize(r.bomb, 16<<10)
	return nil
}

func number32(r *bufio.Reader) (uint32, error) {
	var b [4]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return 0, unexpected(err)
	}
	return binary.BigEndian.Uint32(b[:]), nil
}

// speakLumberjack reads a connection to its end.
func speakLumberjack(c *ackedConn) error {
	r := lumberjackReader{wire: bufio.NewReaderSize(ackedReader{c}, 16<<10), max: c.max, room: c.room}
	if err := c.stranger(r.wire); err != nil {
		return err
	}
	left := uint32(0) // of the window
	for {
		f, err := r.next()
		if err != nil {
			return err
		}
		switch {
		case f.kind == 'W' && left > 0, f.kind == 'J' && left == 0:
			return errLumberjackWindow
		case f.kind == 'W':
			left = f.count
			continue
		}
		left--
		bad := ""
		switch {
		case f.data == nil:
			bad = TooLarge
		case !isObject(f.data):
			bad = BadJSON
		}
		err = c.put(len(f.data)+64, func(d *delivery) {
			if bad != "" {
				d.reject(bad)
			} else {
				d.add(f.data, 0)
			}
			d.answer = binary.BigEndian.AppendUint32(append(d.answer[:0], f.version, 'A'), f.seq)
			d.closed = left == 0
		})
		if err != nil {
			return err
		}
		c.read()
	}
}
