package app

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"watchpost/internal/detect"
	"watchpost/internal/window"
)

// A client that asks and then takes nothing is given up, however long the answer.
func TestStalledClientIsGivenUp(t *testing.T) {
	ended := make(chan error, 1)
	s := httptest.NewServer(impatient{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for text := make([]byte, 1<<16); ; {
			if _, err := w.Write(text); err != nil {
				ended <- err
				return
			}
			if err := http.NewResponseController(w).Flush(); err != nil {
				ended <- err
				return
			}
		}
	}), 50 * time.Millisecond})
	defer s.Close()
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("the server still waits for the client")
		c.Close()
	}
}

// A client that is slow, and takes something all the while, is not given up, however much is handed over at once.
func TestSlowClientGetsAll(t *testing.T) {
	const size = 24 << 20
	s := httptest.NewServer(impatient{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write(make([]byte, size)) // what came is counted
	}), time.Second})
	defer s.Close()
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.(*net.TCPConn).SetReadBuffer(1 << 16)
	if _, err := c.Write([]byte("GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	got := 0
	for buf := make([]byte, 1<<18); ; time.Sleep(20 * time.Millisecond) {
		n, err := io.ReadFull(c, buf)
		got += n
		if err != nil {
			break
		}
	}
	if got < size {
		t.Errorf("%d bytes of %d", got, size)
	}
}

// What does not keep a process from its work is told, and changes nothing about the answer.
func TestReadyz(t *testing.T) {
	o := newOps()
	f := func(path string, status int, want string) {
		t.Helper()
		w := httptest.NewRecorder()
		o.readyz(w, httptest.NewRequest("GET", path, nil))
		if w.Code != status || w.Body.String() != want {
			t.Errorf("%s: %d %q, want %d %q", path, w.Code, w.Body, status, want)
		}
	}
	var fault error
	o.ready("store", func(context.Context) error { return fault })
	o.warn("windows", func() string { return lost(map[int]detect.ShardStats{0: {}, 1: {}}) })
	f("/readyz?verbose", 200, "[+] store\nready\n")
	o.warn("rules", func() string {
		return switchedOff(map[string]detect.RuleStats{"dear": {Off: "812 µs"}, "cheap": {}})
	})
	o.warn("windows", func() string {
		return lost(map[int]detect.ShardStats{0: {Stats: window.Stats{Evicted: 2}}, 1: {Unchecked: 3, Missing: 4, Shortened: 5}})
	})
	f("/readyz", 200, "ready\n")
	f("/readyz?verbose", 200, "[+] store\n[!] rules: 1 switched off for their cost: dear\n[!] windows: since the process began 2 group keys were forgotten and "+
		"0 events judged before their time, 3 late events were not looked at again, 4 records of signals were trimmed unread, and 5 times events or signals had lost their end or were made anew\nready\n")
	fault = errors.New("away")
	f("/readyz", 503, "[-] store: away\n[!] rules: 1 switched off for their cost: dear\n[!] windows: since the process began 2 group keys were forgotten and "+
		"0 events judged before their time, 3 late events were not looked at again, 4 records of signals were trimmed unread, and 5 times events or signals had lost their end or were made anew\nnot ready\n")
}
