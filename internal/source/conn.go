package source

import (
	"context"
	"errors"
	"io"
	"os"
	"time"
)

// conn is one connection of a TCP listener.
type conn struct {
	link
	tcp    *TCP
	framer framer

	buf   []byte // unread bytes are buf[:have]
	have  int
	small []byte           // the buffer of an idle connection
	big   *[bigBuffer]byte // borrowed, or nil
	held  int              // bytes reserved for a buffer that is not the small one
}

func newConn(t *TCP, l link) *conn {
	c := &conn{link: l, tcp: t, small: make([]byte, smallBuffer)}
	c.buf = c.small
	c.framer = framer{max: t.opt.MaxFrame, delim: delimiters[t.opt.Delimiter], framing: framings[t.opt.Framing]}
	return c
}

// drain makes the connection end once no more data comes. The peer is told by the end of our side of the stream: senders
// that look (rsyslog, syslog-ng) then connect elsewhere instead of writing into a connection about to close.
func (c *conn) drain() {
	c.draining.Store(true)
	if h, ok := c.nc.(interface{ CloseWrite() error }); ok {
		_ = h.CloseWrite() // the peer may be gone already
	}
	c.nc.SetReadDeadline(time.Now().Add(drainQuiet))
}

// leftovers is how long a connection is read at most for the sake of the account, when the time for handing over has ended: milliseconds do,
// but on a machine that is busy. After noMore without data that is over.
const leftovers, noMore = 2 * time.Second, 50 * time.Millisecond

// serve reads the connection to its end.
func (c *conn) serve(work context.Context) {
	defer c.nc.Close()
	defer c.giveBack()
	stop := context.AfterFunc(work, func() { c.nc.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	if !c.begin(work) {
		return
	}
	var last time.Time // to look at what the socket holds; zero while the time is not over
	quiet := 0
	for first := true; ; first = false {
		c.deadline()
		if work.Err() != nil {
			// What is still in the socket can be handed to nobody, but is read: the sink counts it as lost.
			if last.IsZero() {
				last = time.Now().Add(leftovers)
			}
			c.nc.SetReadDeadline(time.Now().Add(noMore))
		}
		room := len(c.buf) - c.have
		n, err := c.nc.Read(c.buf[c.have:])
		c.have += n
		if first && c.transport == "tcp" && c.have > 2 && c.buf[0] == 0x16 && c.buf[1] == 3 {
			c.refuse(string(errTLSOnPlain), nil)
			return
		}
		if first && beginsProxied(c.buf[:c.have]) {
			c.refuse(untrustedProxy, nil)
			return
		}
		if n > 0 && !c.take(work) {
			return
		}
		switch {
		case err == nil:
		case work.Err() == nil, !errors.Is(err, os.ErrDeadlineExceeded), quiet > 0:
			c.end(work, err)
			return
		default: // the first time it may be that the end of the time woke us, and not that nothing came
			quiet++
		}
		if !last.IsZero() && time.Now().After(last) {
			c.end(work, work.Err())
			return
		}
		c.fit(work, n, room)
	}
}

// take hands the complete frames of the buffer to the sink; it reports false if the connection cannot be read further.
func (c *conn) take(work context.Context) bool {
	s := c.tcp.scratch.Get().(*[]Frame)
	frames, used, err := c.framer.split(c.buf[:c.have], (*s)[:0])
	c.hand(work, frames)
	clear(frames)
	*s = frames[:0]
	c.tcp.scratch.Put(s)
	c.have = copy(c.buf, c.buf[used:c.have])
	if err == nil {
		return true
	}
	c.reject(c.origin, err.Error())
	c.refuse(err.Error(), nil, "starts", printable(c.buf[:c.have]))
	return false
}

func (c *conn) hand(work context.Context, frames []Frame) {
	if c.framer.skipped > 0 {
		c.counts.skipped.Add(uint64(c.framer.skipped))
		c.framer.skipped = 0
	}
	if len(frames) == 0 {
		return
	}
	if c.counts.took(frames) {
		c.counts.warn("frame cut", "peer", c.origin.Peer, "max_frame", c.tcp.opt.MaxFrame)
	}
	_ = c.sink.Frames(work, c.origin, time.Now().UnixNano(), frames) // the sink counts what it does not take
}

// fit chooses the buffer for the next read after one of n bytes into room. A read that filled its room has left data in
// the socket, so a big buffer pays; one that did not may be the last for hours, so a big buffer is given back.
func (c *conn) fit(work context.Context, n, room int) {
	switch {
	case c.have == len(c.buf):
		c.grow(work)
	case n == room && len(c.buf) == smallBuffer:
		c.borrow()
	case n < room && c.have <= smallBuffer/2 && len(c.buf) > smallBuffer:
		c.move(c.small, nil, 0)
	case len(c.buf) > bigBuffer && c.have < bigBuffer/2:
		c.borrow()
	}
}

// grow doubles a full buffer, or cuts the frame in it if there is no room left.
func (c *conn) grow(work context.Context) {
	if len(c.buf) == smallBuffer && c.borrow() {
		return
	}
	size := min(2*len(c.buf), c.tcp.opt.MaxFrame+bigBuffer)
	if size > bigBuffer && size > len(c.buf) && c.reserve(size) {
		c.move(make([]byte, size), nil, size)
		return
	}
	fr, used := c.framer.cut(c.buf[:c.have])
	c.counts.fault("no memory for long frames")
	frames := [1]Frame{fr}
	c.hand(work, frames[:])
	c.have = copy(c.buf, c.buf[used:c.have])
}

// borrow takes a big buffer if there is one to be had.
func (c *conn) borrow() bool {
	if !c.reserve(bigBuffer) {
		return false
	}
	big := c.tcp.big.Get().(*[bigBuffer]byte)
	c.move(big[:], big, bigBuffer)
	return true
}

// move takes the unread bytes into another buffer, for which held bytes have been reserved, and gives the present one back.
func (c *conn) move(buf []byte, big *[bigBuffer]byte, held int) {
	copy(buf, c.buf[:c.have])
	c.giveBack()
	c.buf, c.big, c.held = buf, big, held
}

func (c *conn) giveBack() {
	if c.big != nil {
		c.tcp.big.Put(c.big)
		c.big = nil
	}
	c.buffered.Add(-int64(c.held))
	c.held = 0
}

// end handles what is left when the stream is over.
func (c *conn) end(work context.Context, err error) {
	clean := errors.Is(err, io.EOF)
	if fr, ok := c.framer.last(c.buf[:c.have], clean); ok {
		frames := [1]Frame{fr}
		c.hand(work, frames[:])
	}
	c.ended(work, err)
}
