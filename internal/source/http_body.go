package source

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// A body is read whole before anything of it is handed on, for it is stored as a unit.
type body struct {
	h     *HTTP
	data  []byte
	cost  int // reserved of Options.MaxBuffered
	extra int // the same, for records made of data
}

// firstBody is what a body's buffer starts with; it doubles.
const firstBody = 64 << 10

// free gives the memory back; data must not be used any more.
func (b *body) free() { b.h.buffered.Add(-int64(b.cost + b.extra)) }

var errBusy = errors.New("too many requests at once")

// tooMany is why a request is refused whose records take much more than the body they stand in.
const tooMany = tooLarge("the body holds too many records")

// recordCost is what a record takes beside its bytes: its frame, and its place among those that the sink is to answer.
const recordCost = frameSize + 16

// hold reserves memory for n records of a body, each of which takes cost beside its bytes.
func (b *body) hold(n, cost int) error {
	switch need := n * cost; {
	case need <= b.extra:
		return nil
	case need > maxGrowth*b.h.opt.MaxDecoded, need+b.cost > b.h.opt.MaxBuffered: // it will not fit later either
		return tooMany
	}
	step := max(b.extra, firstBody)
	if b.h.buffered.Add(int64(step)) > int64(b.h.opt.MaxBuffered) {
		b.h.buffered.Add(-int64(step))
		return errBusy
	}
	b.extra += step
	return nil
}

// tooLarge is a body over a limit.
type tooLarge string

func (e tooLarge) Error() string { return string(e) }

// read returns the request's decoded body; where it cannot it has answered.
func (h *HTTP) read(w http.ResponseWriter, r *http.Request, fail fail) (*body, bool) {
	b, err := h.decode(w, r)
	if err == nil {
		// The time to read is over; else its end would cancel the request while it waits to become durable.
		_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
		if rest, ok := bytes.CutPrefix(b.data, []byte("\xef\xbb\xbf")); ok && len(rest) > 0 && (rest[0] == '{' || rest[0] == '[') {
			b.data = rest // a byte order mark, which no JSON should have before it, is ignored (RFC 8259, 8.1)
		}
		return b, true
	}
	b.free()
	h.bodyError(w, r, fail, err)
	return nil, false
}

// bodyError answers a request whose body could not be read.
func (h *HTTP) bodyError(w http.ResponseWriter, r *http.Request, fail fail, err error) {
	var large tooLarge
	var encoding unsupported
	switch {
	case errors.As(err, &large):
		h.refuse(w, r, fail, http.StatusRequestEntityTooLarge, large.Error())
	case errors.As(err, &encoding):
		w.Header().Set("Accept-Encoding", "gzip, zstd, deflate")
		h.refuse(w, r, fail, http.StatusUnsupportedMediaType, encoding.Error())
	case errors.Is(err, errBusy):
		w.Header().Set("Connection", "close") // the rest of the body is not wanted
		h.later(w, r, fail, err.Error())
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), r.Context().Err() == nil && r.Header.Get("Content-Encoding") != "":
		h.refuse(w, r, fail, http.StatusBadRequest, "the body cannot be decompressed")
	default:
		h.refuse(w, r, fail, http.StatusBadRequest, "the body did not arrive whole")
	}
}

type unsupported string

func (e unsupported) Error() string { return string(e) }

func (h *HTTP) decode(w http.ResponseWriter, r *http.Request) (*body, error) {
	b := &body{h: h}
	if r.ContentLength > int64(h.opt.MaxBody) {
		return b, tooLarge("the body is too large")
	}
	in := &counted{r: http.MaxBytesReader(w, r.Body, int64(h.opt.MaxBody))}
	encoding := strings.ToLower(strings.Join(r.Header.Values("Content-Encoding"), ","))
	switch strings.TrimSpace(encoding) {
	case "", "identity":
		return b, b.fill(in, in)
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(in)
		if err != nil {
			return b, in.cause(err)
		}
		return b, b.fill(z, in)
	case "zstd":
		if h.buffered.Add(maxZstdWindow) > int64(h.opt.MaxBuffered) {
			h.buffered.Add(-maxZstdWindow)
			return b, errBusy
		}
		defer h.buffered.Add(-maxZstdWindow)
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxZstdWindow))
		if err != nil {
			return b, in.cause(err)
		}
		defer z.Close()
		return b, b.fill(z, in)
	case "deflate":
		z, err := inflate(in)
		if err != nil {
			return b, in.cause(err)
		}
		return b, b.fill(z, in)
	}
	return b, unsupported("only one of gzip, zstd and deflate is understood as content encoding")
}

// maxZstdWindow bounds the memory of a decoder, which is reserved while it works: what RFC 9659 allows of a content encoding.
const maxZstdWindow = 8 << 20

// inflate reads deflate as RFC 9110 has it, in zlib's frame, and bare, as many send it.
func inflate(in io.Reader) (io.Reader, error) {
	buffered := bufio.NewReader(in)
	head, err := buffered.Peek(2)
	if err != nil {
		return nil, err
	}
	if head[0]&0x0f == 8 && (uint(head[0])<<8|uint(head[1]))%31 == 0 {
		return zlib.NewReader(buffered)
	}
	return flate.NewReader(buffered), nil
}

// counted counts the bytes that come off the wire.
type counted struct {
	r   io.Reader
	n   int
	err error
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

// cause returns the error of the wire, where there is one, rather than what the decompressor made of it.
func (c *counted) cause(err error) error {
	var max *http.MaxBytesError
	switch {
	case errors.As(c.err, &max):
		return tooLarge("the body is too large")
	case c.err != nil:
		return fmt.Errorf("read body: %w", c.err)
	}
	return err
}

// fill reads src, which decodes wire, to its end. The limits are looked at while it grows, not after, and memory is taken as the bytes come,
// not as they are announced.
func (b *body) fill(src io.Reader, wire *counted) error {
	limit := b.h.opt.MaxDecoded
	if err := b.grow(min(firstBody, limit+1)); err != nil {
		return err
	}
	for {
		if len(b.data) == cap(b.data) {
			if err := b.grow(min(2*cap(b.data), limit+1)); err != nil {
				return err
			}
		}
		n, err := src.Read(b.data[len(b.data):cap(b.data)])
		b.data = b.data[:len(b.data)+n]
		switch {
		case len(b.data) > limit:
			return tooLarge("the decoded body is too large")
		case len(b.data) > 1<<20 && len(b.data)/b.h.opt.MaxRatio > wire.n:
			return tooLarge("the body is compressed beyond the allowed ratio")
		case err == io.EOF:
			return nil
		case err != nil:
			return wire.cause(err)
		}
	}
}

func (b *body) grow(size int) error {
	if b.h.buffered.Add(int64(size-b.cost)) > int64(b.h.opt.MaxBuffered) {
		b.h.buffered.Add(-int64(size - b.cost))
		return errBusy
	}
	b.cost = size
	data := make([]byte, len(b.data), size)
	copy(data, b.data)
	b.data = data
	return nil
}

// answer gives the client a bounded time to take the response: reading the request had its own.
func answer(w http.ResponseWriter, status int, body []byte) {
	answerAs(w, status, "application/json", body)
}

func answerAs(w http.ResponseWriter, status int, kind string, body []byte) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerTime)) // a client that is gone needs none
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	w.Write(body)
}
