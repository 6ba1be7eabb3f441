package native

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// errWire marks bytes that are not the protocol: the connection cannot go on.
var errWire = errors.New("malformed native protocol data")

func wireErr(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errWire, fmt.Sprintf(format, args...))
}

// reader reads from a source through one buffer of fixed size, or from bytes alone when src is nil.
// It differs from bufio in what the walker needs: the buffered bytes are open to it.
type reader struct {
	src  io.Reader
	buf  []byte
	r, w int
}

func newReader(src io.Reader, size int) *reader { return &reader{src: src, buf: make([]byte, size)} }

func bytesReader(b []byte) *reader { return &reader{buf: b, w: len(b)} }

func (r *reader) buffered() []byte { return r.buf[r.r:r.w] }

// fill reads at least one more byte into the buffer.
func (r *reader) fill() error {
	if r.src == nil {
		return io.ErrUnexpectedEOF
	}
	if r.r == r.w {
		r.r, r.w = 0, 0
	} else if r.w == len(r.buf) {
		r.w = copy(r.buf, r.buf[r.r:r.w])
		r.r = 0
	}
	for range 100 {
		n, err := r.src.Read(r.buf[r.w:])
		r.w += n
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// need makes n ≤ len(buf) bytes available.
func (r *reader) need(n int) error {
	for r.w-r.r < n {
		if err := r.fill(); err != nil {
			if err == io.EOF && r.w > r.r {
				return io.ErrUnexpectedEOF
			}
			return err
		}
	}
	return nil
}

func (r *reader) byte() (byte, error) {
	if err := r.need(1); err != nil {
		return 0, err
	}
	b := r.buf[r.r]
	r.r++
	return b, nil
}

func (r *reader) uvarint() (uint64, error) {
	var x uint64
	for s := 0; s < 64; s += 7 {
		b, err := r.byte()
		if err != nil {
			return 0, err
		}
		if s == 63 && b > 1 {
			break
		}
		x |= uint64(b&0x7f) << s
		if b < 0x80 {
			return x, nil
		}
	}
	return 0, wireErr("number longer than 64 bits")
}

// count reads a number that may not exceed limit; what names it in the error.
func (r *reader) count(limit uint64, what string) (int, error) {
	n, err := r.uvarint()
	if err != nil {
		return 0, err
	}
	if n > limit {
		return 0, wireErr("%s of %d exceeds %d", what, n, limit)
	}
	return int(n), nil
}

func (r *reader) fixed(n int) ([]byte, error) {
	if err := r.need(n); err != nil {
		return nil, err
	}
	b := r.buf[r.r : r.r+n]
	r.r += n
	return b, nil
}

// str reads a string of at most limit bytes.
func (r *reader) str(limit int, what string) (string, error) {
	n, err := r.count(uint64(limit), what)
	if err != nil {
		return "", err
	}
	b, err := r.copyTo(nil, n)
	return string(b), err
}

// copyTo appends n bytes to dst, which grows only as bytes arrive: a stated length alone allocates nothing.
func (r *reader) copyTo(dst []byte, n int) ([]byte, error) {
	for n > 0 {
		if r.r == r.w {
			if err := r.fill(); err != nil {
				if err == io.EOF {
					err = io.ErrUnexpectedEOF
				}
				return dst, err
			}
		}
		k := min(n, r.w-r.r)
		dst = append(dst, r.buf[r.r:r.r+k]...)
		r.r += k
		n -= k
	}
	return dst, nil
}

func putUvarint(b []byte, v uint64) []byte { return binary.AppendUvarint(b, v) }

func putStr(b []byte, s string) []byte { return append(binary.AppendUvarint(b, uint64(len(s))), s...) }

// noEOF turns an end in the middle of something into an error that says so.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
