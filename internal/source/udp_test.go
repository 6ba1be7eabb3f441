package source

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func udpOn(t *testing.T, sink Sink, change func(*UDPOptions)) (*UDP, func(), *logText) {
	t.Helper()
	opt := UDPDefaults
	opt.Addr = "127.0.0.1:0"
	if change != nil {
		change(&opt)
	}
	if err := opt.Check(); err != nil {
		t.Fatal(err)
	}
	log, text := testLog()
	u := NewUDP(opt, sink, log)
	return u, run(t, u), text
}

func dial(t *testing.T, network string, addr net.Addr) net.Conn {
	t.Helper()
	c, err := net.Dial(network, addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func send(t *testing.T, c net.Conn, data string) {
	t.Helper()
	if _, err := c.Write([]byte(data)); err != nil {
		t.Fatal(err)
	}
}

func TestUDP(t *testing.T) {
	m := newMemory()
	u, stop, _ := udpOn(t, m, nil)
	c := dial(t, "udp", u.Addr())
	big := strings.Repeat("x", 65507) // the most that IPv4 carries
	for _, s := range []string{"<34>one", "<34>two\n\x00", "", "\xff\xfe\x00\x1b[31m", big} {
		send(t, c, s)
	}
	got := m.awaitFrames(t, 4)
	if got[0] != "<34>one" || got[1] != "<34>two\n\x00" || got[2] != "\xff\xfe\x00\x1b[31m" || got[3] != big {
		t.Errorf("got %.100q", got)
	}
	o := m.origins[0]
	if o.Listener != "syslog-udp" || o.Tenant != "default" || o.Transport != "udp" || o.Peer != netip.MustParseAddrPort("127.0.0.1:0") {
		t.Errorf("origin %+v", o)
	}
	if m.origins[3] != o {
		t.Error("the same sender has two origins")
	}
	stop()
	if m.rejected[EmptyDatagram] != 1 {
		t.Errorf("rejected %v", m.rejected)
	}
	if st := u.Stats(); st.Frames != 4 || st.Bytes != uint64(7+9+8+65507) || st.Rejected != 1 || st.RecvBuffer == 0 {
		t.Errorf("stats %+v", st)
	}
}

// TestUDPOverflow fills the kernel's buffer while nobody reads: what was sent is either delivered or counted.
func TestUDPOverflow(t *testing.T) {
	m := newMemory()
	log, text := testLog()
	opt := UDPDefaults
	opt.Addr, opt.RecvBuffer = "127.0.0.1:0", 1<<14
	u := NewUDP(opt, m, log)
	if err := u.Listen(); err != nil {
		t.Fatal(err)
	}
	const sent = 3000
	c := dial(t, "udp", u.Addr())
	for i := range sent {
		send(t, c, fmt.Sprintf("<34>%06d %s", i, strings.Repeat("x", 200)))
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- u.Run(ctx) }()
	balanced := func() bool { return len(m.frames)+m.dropped[KernelBufferFull] == sent }
	m.await(t, "balance", balanced)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if !balanced() || len(m.frames) == 0 || m.dropped[KernelBufferFull] == 0 {
		t.Errorf("%d delivered, dropped %v, of %d", len(m.frames), m.dropped, sent)
	}
	if st := u.Stats(); st.Frames+st.Dropped != sent {
		t.Errorf("stats %+v", st)
	}
	if !strings.Contains(text.String(), KernelBufferFull) {
		t.Errorf("log %q", text)
	}
}

// TestUDPSpread asks for more buffer than the kernel grants a socket: the listener takes it from several, which one sender fills alike. Those of its
// datagrams that waited together come in the order in which they were sent.
func TestUDPSpread(t *testing.T) {
	m := newMemory()
	log, text := testLog()
	opt := UDPDefaults
	opt.Addr = "127.0.0.1:0"
	most, err := os.ReadFile("/proc/sys/net/core/rmem_max")
	if err != nil {
		t.Skipf("skipped: %v", err)
	}
	granted, err := strconv.Atoi(strings.TrimSpace(string(most)))
	if err != nil || granted > 64<<20 {
		t.Skipf("skipped: the kernel grants a socket %q bytes", most)
	}
	opt.RecvBuffer = 4 * granted
	u := NewUDP(opt, m, log)
	asOrdinary(t, func() {
		if err := u.Listen(); err != nil {
			t.Fatal(err)
		}
	})
	if n := len(u.socks[0].sockets.fds); n != 4 || u.Stats().RecvBuffer != opt.RecvBuffer || !strings.Contains(text.String(), "more sockets share the port") {
		t.Fatalf("%d sockets, %d bytes granted, log %q", n, u.Stats().RecvBuffer, text)
	}
	const first, sent = 100, 4000
	c := dial(t, "udp", u.Addr())
	s := u.socks[0]
	for stamped := false; !stamped; { // the kernel begins to note times of arrival a little after it was asked to
		for range 20 {
			send(t, c, "<34>x")
		}
		before := time.Now()
		time.Sleep(2 * time.Millisecond)
		stamped = true
		for got := 0; got < 20; got += s.batch.n {
			s.batch.recv(s.sockets, true)
			for _, i := range s.batch.order {
				stamped = stamped && time.Unix(s.batch.stamps[i].at.Unix()).Before(before)
			}
		}
	}
	for i := range first {
		send(t, c, fmt.Sprintf("<34>%06d", i))
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- u.Run(ctx) }()
	m.awaitFrames(t, first)
	for i := first; i < sent; i++ {
		send(t, c, fmt.Sprintf("<34>%06d", i))
	}
	m.await(t, "all", func() bool { return len(m.frames)+m.dropped[KernelBufferFull] == sent })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	seen := map[string]bool{}
	for i, f := range m.frames {
		if seen[f] = true; i < first && f != fmt.Sprintf("<34>%06d", i) { // those that waited together
			t.Fatalf("frame %d is %q", i, f)
		}
	}
	if len(m.frames) != sent || len(seen) != sent {
		t.Errorf("%d of %d came, %d different ones, dropped %v", len(m.frames), sent, len(seen), m.dropped)
	}
}

// asOrdinary does what f does without the right to go beyond the kernel's limits (CAP_NET_ADMIN).
func asOrdinary(t *testing.T, f func()) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var before, without [2]unix.CapUserData
	if err := unix.Capget(&head, &before[0]); err != nil {
		t.Fatal(err)
	}
	without = before
	without[0].Effective &^= 1 << unix.CAP_NET_ADMIN
	if err := unix.Capset(&head, &without[0]); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Capset(&head, &before[0]); err != nil {
			t.Error(err)
		}
	}()
	f()
}

// TestUDPQueue blocks the sink: the socket is read on, the queue fills, the rest is counted; all the queue held is
// delivered.
func TestUDPQueue(t *testing.T) {
	m := newMemory()
	m.block = make(chan struct{})
	u, stop, _ := udpOn(t, m, func(o *UDPOptions) { o.Queue = 2 * maxDatagram })
	const sent = 2000
	c := dial(t, "udp", u.Addr())
	for i := range sent {
		send(t, c, fmt.Sprintf("<34>%06d %s", i, strings.Repeat("x", 200)))
	}
	m.await(t, "a full queue", func() bool { return m.dropped[QueueFull] > 0 })
	close(m.block)
	m.await(t, "balance", func() bool { return len(m.frames)+m.dropped[QueueFull]+m.dropped[KernelBufferFull] == sent })
	stop()
	for i, f := range m.frames[:100] {
		if !strings.HasPrefix(f, fmt.Sprintf("<34>%06d ", i)) {
			t.Fatalf("frame %d is %q", i, f[:12])
		}
	}
}

// TestUDPDrain ends a listener whose socket still holds datagrams.
func TestUDPDrain(t *testing.T) {
	m := newMemory()
	log, _ := testLog()
	opt := UDPDefaults
	opt.Addr, opt.Sockets = "127.0.0.1:0", 2
	u := NewUDP(opt, m, log)
	if err := u.Listen(); err != nil {
		t.Fatal(err)
	}
	for range 4 { // several senders, so that both sockets get some
		c := dial(t, "udp", u.Addr())
		for i := range 100 {
			send(t, c, fmt.Sprint("<34>", i))
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := u.Run(ctx); err != nil {
		t.Error(err)
	}
	if len(m.frames) != 400 || len(m.dropped) != 0 {
		t.Errorf("%d frames, dropped %v", len(m.frames), m.dropped)
	}
}

// TestUDPShutdownCounts ends a listener whose sink takes nothing, with no time to drain: what was queued is counted, and what
// the socket still held.
func TestUDPShutdownCounts(t *testing.T) {
	m := newMemory()
	m.block = make(chan struct{})
	u, stop, _ := udpOn(t, m, func(o *UDPOptions) { o.Drain = 1 })
	c := dial(t, "udp", u.Addr())
	for range 300 { // several batches
		send(t, c, "<34>x")
	}
	stop()
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := m.dropped[ShuttingDown] + m.dropped[KernelBufferFull]; len(m.frames) != 0 || n != 300 {
		t.Errorf("%d frames, dropped %v", len(m.frames), m.dropped)
	}
	st := u.Stats()
	if int(st.Frames+st.Dropped) != m.dropped[ShuttingDown]+m.dropped[KernelBufferFull] {
		t.Errorf("stats %+v, dropped %v", st, m.dropped)
	}
}

func TestPortTaken(t *testing.T) {
	log, _ := testLog()
	check := func(err error, addr net.Addr) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), addr.String()) || !strings.Contains(err.Error(), "held by source.test (pid ") {
			t.Errorf("error %v", err)
		}
	}
	u, _, _ := udpOn(t, newMemory(), nil)
	for _, sockets := range []int{1, 2} {
		opt := UDPDefaults
		opt.Addr, opt.Sockets = u.Addr().String(), sockets
		check(NewUDP(opt, newMemory(), log).Listen(), u.Addr())
	}
	s, _, _ := tcpOn(t, newMemory(), nil)
	opt := TCPDefaults
	opt.Addr = s.Addr().String()
	check(NewTCP(opt, newMemory(), log).Listen(), s.Addr())
}

// TestPeers holds the memory of senders bounded and their pointers stable.
func TestPeers(t *testing.T) {
	p := peers{origin: &Origin{Listener: "l", Tenant: "t", Transport: "udp"}}
	busy := netip.MustParseAddr("192.0.2.1")
	first := p.get(busy)
	for i := range 10 * maxPeers {
		p.get(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}))
		if i%1000 == 0 && p.get(busy) != first {
			t.Fatalf("after %d others the sender has another origin", i)
		}
	}
	if n := len(p.cur) + len(p.old); n > 2*maxPeers {
		t.Errorf("%d origins are kept", n)
	}
}

// TestUDPDoesNotAllocate takes datagrams from a socket through the queue.
func TestUDPDoesNotAllocate(t *testing.T) {
	log, _ := testLog()
	opt := UDPDefaults
	opt.Addr = "127.0.0.1:0"
	u := NewUDP(opt, newMemory(), log)
	if err := u.Listen(); err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	s := u.socks[0]
	c := dial(t, "udp", u.Addr())
	data := []byte("<34>Oct 11 22:14:15 gate su: session opened for user root")
	var chunks []*chunk
	n := testing.AllocsPerRun(100, func() {
		for range 200 {
			c.Write(data)
		}
		for got := 0; got < 200; got += s.batch.n {
			if s.batch.recv(s.sockets, true); s.batch.err != nil {
				t.Fatal(s.batch.err)
			}
			s.enqueue()
		}
		got := 0
		for got < 200 {
			chunks, _ = s.queue.take(chunks[:0])
			for _, k := range chunks {
				got += len(k.recs)
				s.queue.done(k)
			}
		}
	})
	if n != 0 || s.queue.bytes != 0 {
		t.Errorf("%v allocations, %d bytes queued", n, s.queue.bytes)
	}
}
