package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func tcpOn(t *testing.T, sink Sink, change func(*TCPOptions)) (*TCP, func(), *logText) {
	t.Helper()
	opt := TCPDefaults
	opt.Addr = "127.0.0.1:0"
	if change != nil {
		change(&opt)
	}
	if err := opt.Check(); err != nil {
		t.Fatal(err)
	}
	log, text := testLog()
	l := NewTCP(opt, sink, log)
	return l, run(t, l), text
}

// closed waits until the peer has closed.
func closed(t *testing.T, c net.Conn) {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.Copy(io.Discard, c); err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("the connection is not closed: %v", err)
	}
}

func TestTCP(t *testing.T) {
	m := newMemory()
	l, stop, _ := tcpOn(t, m, nil)
	c := dial(t, "tcp", l.Addr())
	send(t, c, "<34>one\n6 <34>b")
	m.awaitFrames(t, 1)
	send(t, c, "bthree\r\n<34>last")
	c.Close()
	got := m.awaitFrames(t, 4)
	if want := []string{"<34>one", "<34>bb", "three", "<34>last"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if o := m.origins[0]; o.Transport != "tcp" || o.Peer.String() != c.LocalAddr().String() || m.origins[3] != o {
		t.Errorf("origin %+v", o)
	}
	until(t, "the end of the connection", func() bool { return l.Stats().Open == 0 })
	stop()
	if st := l.Stats(); st.Frames != 4 || st.Bytes != 7+6+5+8 || st.Accepted != 1 || st.Truncated != 0 {
		t.Errorf("stats %+v", st)
	}
}

// TestTCPBadInput: what is bad ends at most its own connection, is counted and logged.
func TestTCPBadInput(t *testing.T) {
	m := newMemory()
	l, _, text := tcpOn(t, m, nil)
	good := dial(t, "tcp", l.Addr())
	send(t, good, "<34>before\n")
	m.awaitFrames(t, 1)

	c := dial(t, "tcp", l.Addr())
	send(t, c, "<34>a\n4294967296 <34>b\n<34>c\n")
	closed(t, c)
	c = dial(t, "tcp", l.Addr())
	send(t, c, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
	closed(t, c)
	send(t, good, "<34>after\n")
	if got := m.awaitFrames(t, 3); !slices.Equal(got, []string{"<34>before", "<34>a", "<34>after"}) {
		t.Errorf("got %q", got)
	}
	st := l.Stats()
	if m.rejected[BadCount] != 1 || st.Errors[BadCount] != 1 || st.Errors["tls on a plain port"] != 1 {
		t.Errorf("rejected %v, stats %+v", m.rejected, st)
	}
	for _, want := range []string{BadCount, `starts="4294967296 <34>b\n<34>c\n"`, "tls on a plain port", "peer=127.0.0.1:"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, text)
		}
	}
}

// TestTCPLong sends frames at and beyond the limit, and an endless line.
func TestTCPLong(t *testing.T) {
	m := newMemory()
	l, _, text := tcpOn(t, m, nil)
	c := dial(t, "tcp", l.Addr())
	const limit = 1 << 20
	line := func(n int) string { return "<34>" + strings.Repeat("x", n-4) }
	send(t, c, line(limit)+"\n"+line(limit+1)+"\n")
	send(t, c, fmt.Sprintf("%d %s%d %s", limit, line(limit), limit+1, line(limit+1)))
	piece := strings.Repeat("y", limit)
	for range 16 { // endless
		send(t, c, piece)
	}
	send(t, c, "\n<34>neighbour\n")
	got := m.awaitFrames(t, 6)
	if got[5] != "<34>neighbour" {
		t.Errorf("the neighbour is %.50q", got[5])
	}
	for i, want := range []Flags{0, Truncated, 0, Truncated, Truncated} {
		if len(got[i]) != limit || m.flags[i] != want {
			t.Errorf("frame %d: %d bytes, flags %d", i, len(got[i]), m.flags[i])
		}
	}
	st := l.Stats()
	if st.Truncated != 3 || st.SkippedBytes != 1+1+15*limit {
		t.Errorf("stats %+v", st)
	}
	if !strings.Contains(text.String(), "frame cut") {
		t.Errorf("log %q", text)
	}
	c.Close()
	until(t, "memory given back", func() bool { return l.Stats().Open == 0 && l.buffered.Load() == 0 })
}

// TestTCPSizes sends frames of all sizes in writes of all sizes, so that a connection goes through all its buffers.
func TestTCPSizes(t *testing.T) {
	m := newMemory()
	l, _, _ := tcpOn(t, m, nil)
	c := dial(t, "tcp", l.Addr())
	rnd := rand.New(rand.NewPCG(1, 2))
	var want []string
	var stream strings.Builder
	for i := range 300 {
		s := fmt.Sprintf("<34>%d %s", i, strings.Repeat(string(rune('a'+i%26)), rnd.IntN(1<<rnd.IntN(19))))
		if want = append(want, s); i%3 == 0 {
			fmt.Fprintf(&stream, "%d %s", len(s), s)
		} else {
			stream.WriteString(s + "\n")
		}
	}
	for rest := stream.String(); rest != ""; {
		n := min(len(rest), 1+rnd.IntN(1<<rnd.IntN(18)))
		send(t, c, rest[:n])
		rest = rest[n:]
	}
	if got := m.awaitFrames(t, len(want)); !slices.Equal(got, want) {
		t.Error("frames differ")
	}
	c.Close()
	until(t, "memory given back", func() bool { return l.Stats().Open == 0 && l.buffered.Load() == 0 })
}

// TestTCPBudget: where unfinished long frames would hold too much memory they are cut, and the stream goes on.
func TestTCPBudget(t *testing.T) {
	m := newMemory()
	l, _, _ := tcpOn(t, m, func(o *TCPOptions) { o.MaxBuffered = 0 })
	c := dial(t, "tcp", l.Addr())
	send(t, c, "<34>"+strings.Repeat("x", 200_000)+"\n<34>b\n")
	send(t, c, "200004 <34>"+strings.Repeat("x", 200_000)+"<34>d\n")
	m.awaitFrames(t, 4)
	if m.frames[1] != "<34>b" || m.frames[3] != "<34>d" || m.flags[0] != Truncated || m.flags[2] != Truncated {
		t.Errorf("flags %v", m.flags)
	}
	// Every byte is in a frame or counted.
	if n := len(m.frames[0]) + len(m.frames[2]) + int(l.Stats().SkippedBytes); n != 2*200_004 {
		t.Errorf("%d bytes of %d are accounted for", n, 2*200_004)
	}
}

// TestTCPBackPressure blocks the sink: the connection is not read on, the sender has to wait, nothing is lost.
func TestTCPBackPressure(t *testing.T) {
	m := newMemory()
	m.block = make(chan struct{})
	l, _, _ := tcpOn(t, m, nil)
	c := dial(t, "tcp", l.Addr())
	line := "<34>" + strings.Repeat("x", 1019) + "\n"
	total := 0
	c.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
	for total < 64<<20 {
		n, err := io.WriteString(c, strings.Repeat(line, 64))
		total += n
		if err != nil {
			break
		}
	}
	if total >= 64<<20 {
		t.Fatal("the sender never had to wait")
	}
	close(m.block)
	c.Close()
	until(t, "the end of the connection", func() bool { return l.Stats().Open == 0 })
	if st := l.Stats(); int(st.Bytes+st.Frames) < total || int(st.Bytes) > total {
		t.Errorf("sent %d, stats %+v", total, st)
	}
}

// TestTCPDrain ends a listener while data stands in the sockets, also in that of a connection not yet accepted.
func TestTCPDrain(t *testing.T) {
	m := newMemory()
	log, _ := testLog()
	opt := TCPDefaults
	opt.Addr = "127.0.0.1:0"
	l := NewTCP(opt, m, log)
	if err := l.Listen(); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		c := dial(t, "tcp", l.Addr())
		send(t, c, strings.Repeat("<34>x\n", 10_000))
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := l.Run(ctx); err != nil {
		t.Error(err)
	}
	if len(m.frames) != 50_000 {
		t.Errorf("%d frames", len(m.frames))
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("still listening")
	}
}

// TestTCPDrainTooShort: what the sockets hold when the drain time is over, because the sink takes nothing, is counted to the line.
func TestTCPDrainTooShort(t *testing.T) {
	m := newMemory()
	m.block = make(chan struct{})
	l, end, _ := tcpOn(t, m, func(o *TCPOptions) { o.Drain = 300 * time.Millisecond })
	const conns, lines = 5, 20_000
	for range conns {
		c := dial(t, "tcp", l.Addr())
		if err := c.(*net.TCPConn).SetWriteBuffer(1 << 20); err != nil {
			t.Fatal(err)
		}
		send(t, c, strings.Repeat("<34>x\n", lines))
	}
	until(t, "all are accepted", func() bool { return l.Stats().Open == conns })
	end()
	if got := m.dropped[ShuttingDown]; got != conns*lines || len(m.frames) > 0 {
		t.Errorf("%d lines counted as dropped, %d handed over, %d sent", got, len(m.frames), conns*lines)
	}
}

// TestKeepAlive: the kernel asks peers that say nothing whether they are still there, so that those that went without a word are found.
func TestKeepAlive(t *testing.T) {
	l, _, _ := tcpOn(t, newMemory(), nil)
	dial(t, "tcp", l.Addr())
	until(t, "it is accepted", func() bool { return l.Stats().Open == 1 })
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		raw, err := c.(*conn).nc.(*net.TCPConn).SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		raw.Control(func(fd uintptr) {
			for _, o := range []struct{ level, name, want int }{
				{unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1}, {unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, int(keepAlive.Idle.Seconds())},
				{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, int(keepAlive.Interval.Seconds())}, {unix.IPPROTO_TCP, unix.TCP_KEEPCNT, keepAlive.Count},
			} {
				if got, err := unix.GetsockoptInt(int(fd), o.level, o.name); err != nil || got != o.want || got == 0 {
					t.Errorf("option %d: %d, want %d (%v)", o.name, got, o.want, err)
				}
			}
		})
	}
}

func TestTCPLimits(t *testing.T) {
	m := newMemory()
	l, _, text := tcpOn(t, m, func(o *TCPOptions) { o.MaxConns, o.IdleTimeout = 2, time.Second })
	a, b := dial(t, "tcp", l.Addr()), dial(t, "tcp", l.Addr())
	send(t, a, "<34>a\n<34>unfinished")
	until(t, "two connections", func() bool { return l.Stats().Open == 2 })
	closed(t, dial(t, "tcp", l.Addr()))
	closed(t, a)
	closed(t, b)
	m.awaitFrames(t, 2)
	if m.frames[1] != "<34>unfinished" || m.flags[1] != Truncated {
		t.Errorf("got %q, flags %v", m.frames, m.flags)
	}
	until(t, "counts", func() bool { return l.Stats().Errors["idle timeout"] == 2 })
	if st := l.Stats(); st.Errors["too many connections"] != 1 || !strings.Contains(text.String(), "too many connections") {
		t.Errorf("stats %+v, log %s", st, text)
	}
}

// footprint returns what each of n connections costs both its ends together.
func footprint(t *testing.T, n int, open func()) int {
	t.Helper()
	used := func() int {
		runtime.GC()
		runtime.GC()
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return int(s.HeapInuse + s.StackInuse)
	}
	before := used()
	for range n {
		open()
	}
	return (used() - before) / n
}

func TestTCPIdleMemory(t *testing.T) {
	m := newMemory()
	l, _, _ := tcpOn(t, m, nil)
	n, frames := 500, 0
	each := footprint(t, n, func() {
		send(t, dial(t, "tcp", l.Addr()), "<34>hello\n"+strings.Repeat("<34>much more\n", 500))
		frames += 501
		m.awaitFrames(t, frames)
	})
	// The sink's copies are in it too: at most 40 bytes a frame.
	if each -= 501 * 40; each > 30<<10 {
		t.Errorf("an idle connection costs %d bytes", each)
	}
	t.Logf("about %d bytes", each)
}

func TestOptions(t *testing.T) {
	f := func(err error, want ...string) {
		t.Helper()
		if err == nil {
			if len(want) > 0 {
				t.Errorf("no error, want %q", want)
			}
			return
		}
		got := strings.Split(err.Error(), "\n")
		if len(got) != len(want) {
			t.Errorf("got %q, want %q", got, want)
			return
		}
		for i := range want {
			if !strings.HasPrefix(got[i], want[i]+":") {
				t.Errorf("got %q, want %q", got[i], want[i])
			}
		}
	}
	f(UDPDefaults.Check())
	f(TCPDefaults.Check())
	f(HTTPDefaults.Check())
	f(UDPOptions{Addr: "x", Tenant: "A"}.Check(), "name", "addr", "tenant", "drain", "sockets", "recv_buffer", "queue")
	u := UDPDefaults
	u.Addr, u.Tenant = "127.0.0.1:99999", strings.Repeat("a", 33)
	f(u.Check(), "addr", "tenant")
	c := TCPDefaults
	c.Framing, c.Delimiter, c.MaxFrame = "magic", "crlf", 100
	f(c.Check(), "max_frame", "framing", "delimiter")
	c = TCPDefaults
	c.TLS.ClientCA = "ca.pem"
	f(c.Check(), "tls.cert")
	c.TLS.Cert, c.TLS.Fingerprints = "cert.pem", []string{"sha-256:zz"}
	f(c.Check(), "tls.key", "tls.client_auth", "tls.fingerprints[0]")
	c.TLS = TLSOptions{Cert: "c", Key: "k", ClientAuth: "require", HandshakeTimeout: time.Second}
	f(c.Check(), "tls.client_auth")
	h := HTTPDefaults
	h.Addr = "0.0.0.0:8088"
	f(h.Check(), "tokens")
	h.Tokens = map[string]Token{"a": {SHA256: "abc", Tenant: "../x"}}
	f(h.Check(), "tokens.a.sha256", "tokens.a.tenant")
}
