package broker

import (
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// maxRequest is how long a request may be, as Kafka's socket.request.max.bytes.
const maxRequest = 100 << 20

// requests is a listener whose connections end at what is no request: kfake takes memory for whatever length a client states, 1.2 GB for
// the "GET " of a browser, and ends the process at a kind of request that it has never heard of.
type requests struct {
	net.Listener
	log *slog.Logger
}

func (l requests) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &requestConn{Conn: c, log: l.log}, nil
}

// requestConn hands on one request after the other. One goroutine at a time reads.
type requestConn struct {
	net.Conn
	log  *slog.Logger
	head [12]byte // length, kind, version and number of a request
	held []byte   // of head, not handed on yet
	left int      // bytes of the request behind head
	err  error
}

func (c *requestConn) Read(p []byte) (n int, err error) {
	if len(c.held) == 0 && c.left == 0 {
		if c.err == nil {
			c.err = c.next()
		}
		if c.err != nil {
			return 0, c.err
		}
	}
	if len(c.held) > 0 {
		n = copy(p, c.held)
		c.held = c.held[n:]
		return n, nil
	}
	n, err = c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

// next reads the head of a request.
func (c *requestConn) next() error {
	if _, err := io.ReadFull(c.Conn, c.head[:]); err != nil {
		return err
	}
	size, kind := binary.BigEndian.Uint32(c.head[:]), int16(binary.BigEndian.Uint16(c.head[4:]))
	if size < uint32(len(c.head)-4) || size > maxRequest || kmsg.RequestForKey(kind) == nil {
		err := fmt.Errorf("no request of Kafka: length %d, kind %d", size, kind)
		c.log.Warn("broker: a connection ended", "client", c.RemoteAddr(), "error", err)
		return err
	}
	c.held, c.left = c.head[:], int(size)-len(c.head)+4
	return nil
}
