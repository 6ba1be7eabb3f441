package e2e

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"watchpost/bench/gen"
)

// TestFaultConnections keeps ten thousand connections open that say nothing beside a thousand that send, and five hundred whose handshake
// does not come to its end; meanwhile certificates are read again. What each connection costs is bounded, none of those that stood breaks,
// those that are slow are cut off, every line arrives, and in the end all are given back.
func TestFaultConnections(t *testing.T) {
	if os.Getenv("FAULT_ROUNDS") == "" {
		t.Skip("takes a minute: make test-faults runs it")
	}
	testConnections(t, 10_000, 1000, 500, 60)
}

// TestConnections is TestFaultConnections over TLS, without those that are idle.
func TestConnections(t *testing.T) { testConnections(t, 0, 1000, 200, 20) }

func testConnections(t *testing.T, idle, active, slow, lines int) {
	t.Parallel()
	const reloads = 5
	f := func(name string, most int, secure bool) {
		t.Run(name, func(t *testing.T) {
			// As few descriptors as there may be: those that are slow come on top.
			p := install(t, setup{tcp: fmt.Sprint("max_conns: ", idle+active+slow)})
			p.start()
			addr := p.syslog
			if secure {
				addr = p.tls
			}
			dial := func(i int) (net.Conn, error) {
				d := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+i%8))}} // ports of one address would not do
				if !secure {
					return d.Dial("tcp", addr)
				}
				return tls.DialWithDialer(d, "tcp", addr, &tls.Config{InsecureSkipVerify: true}) // whose certificate it is, is not the question here
			}
			open := func(want func(n float64) bool) func() error {
				return func() error {
					n, err := p.metric("watchpost_source_connections", `"`+name+`"`)
					if err == nil && !want(n) {
						err = fmt.Errorf("%v are open", n)
					}
					return err
				}
			}
			stored := func(lines int) func() error {
				return func() error {
					n, err := p.db.count("SELECT count() FROM events WHERE `log.listener` != 'watchpost'")
					if err == nil && n < uint64(lines) {
						err = fmt.Errorf("%d of %d", n, lines)
					}
					return err
				}
			}
			const writers = 4
			own := active / writers * lines
			l := newLoad(p, 0)
			send := func(w, from, to int, conn func(n int) net.Conn) {
				stream := gen.Stream{Run: l.run, Source: w, Format: gen.RFC5424}
				for n := from; n < to; n++ {
					if _, err := conn(n).Write(append(stream.Append(nil, n, time.Now()), '\n')); err != nil {
						t.Errorf("source %d, line %d: %v", w, n, err)
						return
					}
				}
				l.book.Sent(w, from, to)
			}
			for w := range writers { // as many lines as come later: what they take is not what connections take
				l.ended.Go(func() {
					c, err := dial(w)
					if err != nil {
						t.Errorf("a first connection: %v", err)
						return
					}
					defer c.Close()
					send(w, 0, own, func(int) net.Conn { return c })
				})
			}
			l.ended.Wait()
			if t.Failed() {
				return
			}
			p.until(2*time.Minute, "the first lines stored", stored(writers*own))
			before := p.resident(t)
			conns := make([]net.Conn, idle+active)
			var all sync.WaitGroup
			for w := range 8 {
				all.Go(func() {
					for i := w; i < len(conns); i += 8 {
						c, err := dial(i)
						if err != nil {
							t.Errorf("connection %d: %v", i, err)
							return
						}
						t.Cleanup(func() { c.Close() })
						conns[i] = c
					}
				})
			}
			all.Wait()
			if t.Failed() {
				return
			}
			p.until(time.Minute, "all are accepted", open(func(n float64) bool { return n == float64(len(conns)) }))
			var broken atomic.Int64
			for i, c := range conns { // the product says nothing, so that whatever can be read is a connection's end
				if i%10 == 0 {
					go func() {
						if _, err := io.Copy(io.Discard, c); !errors.Is(err, net.ErrClosed) {
							broken.Add(1)
						}
					}()
				}
			}
			cut := make(chan struct{}, slow)
			if secure {
				for i := range slow {
					c, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 2, 1)}}).Dial("tcp", addr)
					if err != nil {
						t.Fatal(err)
					}
					t.Cleanup(func() { c.Close() })
					if i%2 == 0 { // the others do not say a word
						if _, err := io.WriteString(c, "\x16\x03\x01\x03\xe8\x01\x00\x03"); err != nil {
							t.Fatal(err)
						}
					}
					go func() { io.Copy(io.Discard, c); cut <- struct{}{} }()
				}
			}
			for w := range writers {
				l.ended.Go(func() {
					send(w, own, 2*own, func(n int) net.Conn {
						if w == 0 && n%(own/reloads) == 1 {
							p.signal(syscall.SIGHUP)
						}
						return conns[w+writers*(n%(active/writers))]
					})
				})
			}
			l.ended.Wait()
			p.until(time.Minute, "the configuration was read again", func() error {
				if n := strings.Count(read(t, p.logFile()), "msg=reloaded"); n == 0 { // signals that come while one is served are one
					return errors.New("it was not")
				}
				return nil
			})
			each := (p.resident(t) - before) / len(conns)
			if t.Logf("%d connections, %d of which send: %d bytes each", len(conns), active, each); idle > 0 && each > most {
				t.Errorf("a connection costs more than %d bytes", most)
			}
			if secure {
				for range slow {
					<-cut
				}
				p.until(time.Minute, "handshakes that failed are counted", func() error { // the other end may see it first
					n, err := p.metric("watchpost_source_errors_total", `"`+name+`"`)
					if err == nil && n < float64(slow) {
						err = fmt.Errorf("%v of %d", n, slow)
					}
					return err
				})
			}
			p.until(time.Minute, "those that send are still there", open(func(n float64) bool { return n == float64(len(conns)) }))
			if n := broken.Load(); n > 0 {
				t.Errorf("%d connections were broken", n)
			}
			for _, c := range conns {
				c.Close()
			}
			p.until(time.Minute, "all are given back", open(func(n float64) bool { return n == 0 }))
			if err := l.book.Close(); err != nil {
				t.Fatal(err)
			}
			p.until(2*time.Minute, "all lines stored", stored(2*writers*own))
			r := l.stored(0)
			if t.Log(r); !r.Exact() || r.Unaccounted != 0 || r.Stored != 2*writers*own {
				t.Errorf("stored is not what was sent: %v", r)
			}
			p.db.balanced()
		})
	}
	if idle > 0 {
		f("syslog-tcp", 30<<10, false)
	}
	f("syslog-tls", 60<<10, true)
}

// stored compares the rows with the ledger alone; lost is how many lines are counted as dropped.
func (l *load) stored(lost int) gen.Result {
	l.p.t.Helper()
	v := gen.Verifier{Run: l.run}
	err := l.p.db.rows("SELECT `event.original` FROM events WHERE `log.listener` != 'watchpost'", func(scan func(...any) error) error {
		var line string
		err := scan(&line)
		v.Line([]byte(line))
		return err
	})
	if err != nil {
		l.p.t.Fatal(err)
	}
	return v.Result(l.account(), lost)
}

// resident gives the memory, in bytes, that the product's own process holds.
func (p *product) resident(t *testing.T) int {
	t.Helper()
	for line := range strings.Lines(read(t, fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
			if err != nil {
				t.Fatal(err)
			}
			return n << 10
		}
	}
	t.Fatal("no VmRSS")
	return 0
}

// TestFaultBurst sends ten times as much as before for a while, over UDP, TCP, TLS and HTTP. What is acknowledged, and what streams
// carry, arrives; what UDP loses is counted; and the detector catches up.
func TestFaultBurst(t *testing.T) {
	if os.Getenv("FAULT_ROUNDS") == "" {
		t.Skip("takes a minute: make test-faults runs it")
	}
	t.Parallel()
	p := install(t, setup{rules: rulesFor(t, 60*time.Second)})
	p.start()
	l := newLoad(p, 60_000)
	l.lossy = true
	udp := func(source, rate int, d time.Duration) {
		s := gen.Sender{Stream: gen.Stream{Run: l.run, Source: source}, Network: "udp", Addr: p.syslog, Total: int(d.Seconds()) * rate, Rate: float64(rate), Ledger: l.book}
		if _, err := s.Run(context.Background()); err != nil {
			t.Error(err)
		}
	}
	udp(30, 2000, 5*time.Second)
	slow := l.streams(10, 300)
	l.begin()
	l.reach(0.2)
	began := time.Now()
	var burst sync.WaitGroup
	for i := range 4 {
		burst.Go(func() { udp(31+i, 5000, 30*time.Second) })
	}
	fast := l.streams(40, 3000)
	burst.Wait()
	t.Logf("the burst took %v", time.Since(began).Round(time.Second))
	began = time.Now()
	fast.ended(p)
	slow.Wait()
	p.start()
	l.finish()
	p.settled(3 * time.Minute)
	t.Logf("all was stored and matched %v after its end", time.Since(began).Round(time.Second))
	l.verify()
}
