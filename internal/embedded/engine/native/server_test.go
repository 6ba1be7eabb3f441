package native

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"watchpost/internal/embedded/engine/chdb"
)

// TestServeConn: without an engine, what happens before one is needed.
func TestServeConn(t *testing.T) {
	var logged bytes.Buffer
	s := &Server{
		o:       Options{Password: "p", MaxConnections: 2, MaxBlock: testLimit, HelloTimeout: time.Second, WriteTimeout: time.Second},
		log:     slog.New(slog.NewTextHandler(&logged, nil)),
		connect: func() (*chdb.Conn, error) { panic("a fault of the front") },
	}
	f := func(full bool, send []byte, want string) {
		t.Helper()
		client, server := net.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.serveConn(context.Background(), server, full)
		}()
		client.SetDeadline(time.Now().Add(5 * time.Second))
		go client.Write(send)
		got := make([]byte, 4096)
		n, _ := client.Read(got)
		client.Close()
		<-done
		if !bytes.Contains(got[:n], []byte(want)) || want == "" && n > 0 {
			t.Errorf("got %q, want %q", got[:n], want)
		}
	}
	wrong := bytes.Clone(helloBytes())
	wrong[len(wrong)-1] = 'q'
	f(false, helloBytes(), "")
	f(false, wrong, "Authentication failed")
	f(true, helloBytes(), "Too many connections")
	f(false, []byte("GET / HTTP/1.1\r\n"), "")
	if s.Panics.Load() != 1 || s.Refused.Load() != 2 || s.Malformed.Load() != 1 {
		t.Errorf("counted %d panics, %d refused, %d malformed", s.Panics.Load(), s.Refused.Load(), s.Malformed.Load())
	}
	for _, want := range []string{"a fault of the front", "Authentication failed", "malformed"} {
		if !bytes.Contains(logged.Bytes(), []byte(want)) {
			t.Errorf("%q not logged", want)
		}
	}
}
