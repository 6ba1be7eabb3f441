package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"watchpost/bench/gen"
)

// TestDrain ends the product in order while lines stream in over TCP and TLS and events over HTTP. Senders that stop when
// the product ends its side of the stream lose nothing.
func TestDrain(t *testing.T) {
	t.Parallel()
	p := install(t, setup{rules: rulesFor(t, 10*time.Second)})
	p.start()
	l := newLoad(p, events)
	pem, err := os.ReadFile(p.authority())
	if err != nil {
		t.Fatal(err)
	}
	trust := &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "localhost"}
	if !trust.RootCAs.AppendCertsFromPEM(pem) {
		t.Fatal("no authority")
	}
	for turn := range rounds(t, 2) {
		var streams sync.WaitGroup
		sent := make([]int, 8)
		for i := range sent {
			conn, err := net.Dial("tcp", p.syslog)
			if i%2 == 1 {
				conn, err = tls.Dial("tcp", p.tls, trust)
			}
			if err != nil {
				t.Fatal(err)
			}
			s := gen.Stream{Run: l.run, Source: 10 + len(sent)*turn + i}
			streams.Go(func() { sent[i] = l.stream(t, conn, s, 2500) })
		}
		if turn == 0 {
			l.begin()
		}
		l.reach(0.2 + 0.3*float64(turn))
		took := p.stop()
		streams.Wait()
		lines := 0
		for _, n := range sent {
			lines += n
		}
		t.Logf("ended in %v; %d lines over 8 connections", took.Round(time.Millisecond), lines)
		if took > 10*time.Second {
			t.Error("that is more than 10 s")
		}
		if lines == 0 {
			t.Error("no lines were sent: nothing is proven")
		}
		p.start()
	}
	l.finish()
	l.verify()
}

// stream sends lines over conn, rate a second, until the peer ends its side. It gives how many.
func (l *load) stream(t *testing.T, conn net.Conn, s gen.Stream, rate int) int {
	defer conn.Close()
	ctx, ended := context.WithCancel(t.Context())
	go func() {
		defer ended()
		io.Copy(io.Discard, conn)
	}()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	var out, line []byte
	for n := 0; ; {
		select {
		case <-ctx.Done():
			if err := conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
				t.Errorf("source %d: after %d lines: %v", s.Source, n, err)
			}
			return n
		case <-tick.C:
		}
		from := n
		for out = out[:0]; n < from+rate/100; n++ {
			line = s.Append(line[:0], n, time.Now())
			out = append(append(strconv.AppendInt(out, int64(len(line)), 10), ' '), line...)
		}
		l.book.Sent(s.Source, from, n)
		if _, err := conn.Write(out); err != nil {
			t.Errorf("source %d: line %d: %v", s.Source, n, err)
			return n
		}
	}
}
