package source

import (
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestSlowSenders is faults.md's row 25: 500 connections that send a byte now and then, at every stage at which a listener waits for a
// peer, are cut off, and a sender beside them is served all the time.
func TestSlowSenders(t *testing.T) {
	files, _ := local(t)
	m := newMemory()
	quick := func(o *HTTPOptions) { o.HeaderTimeout, o.ReadTimeout = 3*time.Second, 4*time.Second }
	plain, _, _ := httpOn(t, m, quick)
	secure, _, _ := httpOn(t, m, func(o *HTTPOptions) { quick(o); o.TLS = files })
	files.HandshakeTimeout = 3 * time.Second
	stream, _, _ := tcpOn(t, m, func(o *TCPOptions) { o.TLS = files })
	const header = "POST /api/v1/events HTTP/1.1\r\nHost: x\r\n"
	kinds := []struct{ addr, text string }{
		{plain.Addr().String(), header + "X: " + strings.Repeat("x", 1000)},
		{plain.Addr().String(), header + "Content-Length: 1000\r\n\r\n" + strings.Repeat(" ", 1000)},
		{secure.Addr().String(), "\x16\x03\x01\x03\xe8\x01" + strings.Repeat("\x00", 1000)},
		{stream.Addr().String(), "\x16\x03\x01\x03\xe8\x01" + strings.Repeat("\x00", 1000)},
	}
	over := make(chan struct{})
	var all sync.WaitGroup
	var cut atomic.Int64
	const n = 500
	for i := range n {
		k := kinds[i%len(kinds)]
		c, err := net.Dial("tcp", k.addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		head := strings.LastIndexByte(k.text, '\n') + 1
		if _, err := io.WriteString(c, k.text[:head]); err != nil {
			t.Fatal(err)
		}
		all.Go(func() { // until the listener closes
			tick := time.NewTicker(200 * time.Millisecond)
			defer tick.Stop()
			for at := head; at < len(k.text); at++ {
				if _, err := c.Write([]byte{k.text[at]}); err != nil {
					cut.Add(1)
					return
				}
				c.SetReadDeadline(time.Now().Add(time.Millisecond))
				if _, err := io.Copy(io.Discard, c); !errors.Is(err, os.ErrDeadlineExceeded) {
					cut.Add(1)
					return
				}
				<-tick.C
			}
		})
	}
	go func() { all.Wait(); close(over) }()
	served := 0
	for going := true; going; served++ {
		if status, _, _ := ask(t, plain, "POST", "/api/v1/events", strings.NewReader("{}")); status != http.StatusOK {
			t.Errorf("request %d beside them: status %d", served, status)
		}
		select {
		case <-over:
			going = false
		case <-time.After(5 * time.Millisecond):
		}
	}
	if cut.Load() != n || served < 10 {
		t.Errorf("%d of %d were cut off, %d requests were served beside them", cut.Load(), n, served)
	}
	for l, left := range map[interface{ Stats() Stats }]int64{plain: 1, secure: 0, stream: 0} { // the good sender keeps its connection
		until(t, "all closed", func() bool { return int64(l.Stats().Open) <= left })
	}
	for l, want := range map[interface{ Stats() Stats }]map[string]uint64{
		plain: {lateHeader: n / 4, "the body did not arrive whole": n / 4}, secure: {string(errTimeout): n / 4}, stream: {string(errTimeout): n / 4},
	} {
		if got := l.Stats().Errors; !maps.Equal(got, want) {
			t.Errorf("counted %v, want %v", got, want)
		}
	}
	t.Logf("%d requests were served beside them", served)
}
