package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"watchpost/bench/gen"
	"watchpost/internal/kafkatest"
)

// TestDrain ends the product in order while lines stream in over TCP and TLS and events over HTTP. Senders that stop when
// the product ends its side of the stream lose nothing.
func TestDrain(t *testing.T) {
	t.Parallel()
	p := install(t, setup{rules: rulesFor(t, 10*time.Second)})
	p.start()
	l := newLoad(p, events)
	turns := rounds(t, 2)
	for turn := range turns {
		streams := l.streams(10+8*turn, 1000)
		if turn == 0 {
			l.begin()
		}
		l.reach((0.4 + float64(turn)) / float64(turns))
		streams.drained(p)
		p.start()
	}
	l.finish()
	l.verify()
}

// TestFaultRestart restarts the product in order while 40,000 lines a second stream in over TCP and TLS: none is lost, none is stored twice.
func TestFaultRestart(t *testing.T) {
	if os.Getenv("FAULT_ROUNDS") == "" {
		t.Skip("needs the machine for itself: make test-faults runs it")
	}
	p := install(t, setup{})
	p.start()
	l := newLoad(p, 0)
	const rate, some = 40_000, 200_000
	for turn := range min(rounds(t, 3), 5) {
		streams := l.streams(10+8*turn, rate/8)
		began, got := time.Now(), 0.0
		p.until(time.Minute, "lines at full speed", func() error {
			n, err := p.metric("watchpost_source_received_total", "syslog-t")
			if err == nil && n < some {
				err = fmt.Errorf("%v lines", n)
			}
			got = n / time.Since(began).Seconds()
			return err
		})
		if t.Logf("%.0f lines a second", got); got < 0.9*rate {
			t.Errorf("%.0f lines a second, not %d: the machine is too slow, nothing is proven", got, rate)
		}
		streams.drained(p)
		p.start()
	}
	if err := l.book.Close(); err != nil {
		t.Fatal(err)
	}
	p.settled(3 * time.Minute)
	lost, err := p.db.count("SELECT sum(records) FROM source_account WHERE startsWith(reason, 'dropped:')")
	if err != nil {
		t.Fatal(err)
	}
	r := l.stored(int(lost))
	if t.Logf("%v; %d counted as lost", r, lost); lost > 0 || !r.Exact() || r.Unaccounted != 0 || r.Stored != r.Sent {
		t.Errorf("stored is not what was sent: %v", r)
	}
	p.db.balanced()
}

// TestDrainWithoutKafka ends the product in order while Kafka is away: what was taken goes into the spool.
func TestDrainWithoutKafka(t *testing.T) {
	t.Parallel()
	binary(t)
	k := kafkatest.Start(t, 1)
	p := install(t, setup{rules: rulesFor(t, 45*time.Second), brokers: k.Brokers()})
	p.start()
	l := newLoad(p, 20_000)
	streams := l.streams(10, 500)
	l.begin()
	l.reach(0.2)
	k.Kill(1)
	before, err := p.metric("watchpost_source_received_total", "syslog-t")
	if err != nil {
		t.Fatal(err)
	}
	p.until(time.Minute, "more lines while Kafka is away", func() error {
		n, err := p.metric("watchpost_source_received_total", "syslog-t")
		if err == nil && n < before+5000 {
			err = fmt.Errorf("%v lines", n-before)
		}
		return err
	})
	streams.drained(p)
	spooled, err := filepath.Glob(filepath.Join(p.dir, "data", "spool", "*", "*.block"))
	if err != nil || len(spooled) == 0 {
		t.Errorf("%d blocks in the spool (%v): nothing is proven", len(spooled), err)
	}
	t.Logf("%d blocks in the spool", len(spooled))
	k.Restart(1)
	p.start()
	l.finish()
	l.verify()
}

// streams are connections, over TCP and TLS by turns, on which lines are sent until the product ends its side.
type streams struct {
	sync.WaitGroup
	t    testing.TB
	sent [8]int
}

// streams begins to send, rate lines a second on each connection, as sources from first on.
func (l *load) streams(first, rate int) *streams {
	t := l.p.t
	t.Helper()
	pem, err := os.ReadFile(l.p.authority())
	if err != nil {
		t.Fatal(err)
	}
	trust := &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "localhost"}
	if !trust.RootCAs.AppendCertsFromPEM(pem) {
		t.Fatal("no authority")
	}
	all := &streams{t: t}
	for i := range all.sent {
		conn, err := net.Dial("tcp", l.p.syslog)
		if i%2 == 1 {
			conn, err = tls.Dial("tcp", l.p.tls, trust)
		}
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() { all.sent[i] = l.stream(conn, gen.Stream{Run: l.run, Source: first + i}, rate) })
	}
	return all
}

// drained ends the product, which must be quick, and waits for the streams' ends.
func (s *streams) drained(p *product) {
	s.t.Helper()
	if took := s.ended(p); took > 10*time.Second {
		s.t.Errorf("the end took %v, which is more than 10 s", took)
	}
}

// ended ends the product, waits for the streams' ends, and gives how long the first took.
func (s *streams) ended(p *product) time.Duration {
	s.t.Helper()
	took := p.stop()
	s.Wait()
	lines := 0
	for _, n := range s.sent {
		lines += n
	}
	s.t.Logf("ended in %v; %d lines over %d connections", took.Round(time.Millisecond), lines, len(s.sent))
	if lines == 0 {
		s.t.Error("no lines were sent: nothing is proven")
	}
	return took
}

// stream sends lines over conn, rate a second, until the peer ends its side. It gives how many.
func (l *load) stream(conn net.Conn, s gen.Stream, rate int) int {
	t := l.p.t
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
