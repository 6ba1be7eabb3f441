package source

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// TestHTTPUnread: a peer that asks on and never reads an answer is let go in the end, also where the answers are of those that nobody
// gives a time to.
func TestHTTPUnread(t *testing.T) {
	h, _, _ := httpOn(t, newMemory(), func(o *HTTPOptions) {
		o.HeaderTimeout, o.ReadTimeout, o.RequestTimeout = time.Second, time.Second, time.Second
	})
	for _, path := range []string{"/ready", "/nothing"} {
		c := dial(t, "tcp", h.Addr())
		if err := c.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
			t.Fatal(err)
		}
		go io.WriteString(c, strings.Repeat("GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n", 200_000)) // breaks off when the connection does
	}
	until(t, "connections", func() bool { return h.Stats().Open == 2 })
	for end := time.Now().Add(h.opt.writeTimeout() + 10*time.Second); h.Stats().Open > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d connections are still open", h.Stats().Open)
		}
	}
}
