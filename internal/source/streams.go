package source

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// streams accept connections, keep them within bounds and bring them to an end; what is spoken on them is the business of
// the listener that embeds it.
type streams struct {
	name, addr, tenant string
	transport          string // tcp or tls
	maxConns           int
	maxBuffered        int
	idle, grace        time.Duration // of a connection without data; at the end
	tls                TLSOptions
	proxies            []netip.Prefix
	open               func(link) session

	sink   Sink
	counts *counters
	log    *slog.Logger
	ln     net.Listener
	certs  *Certificates // nil without TLS

	buffered atomic.Int64

	mu       sync.Mutex
	conns    map[session]struct{}
	draining bool
}

// start readies what the options do not say.
func (s *streams) start(log *slog.Logger) {
	s.transport, s.conns = "tcp", make(map[session]struct{})
	if s.tls.Enabled() {
		s.transport = "tls"
	}
	s.log = log.With("listener", s.name, "transport", s.transport)
	s.counts = newCounters(s.log)
}

// session is a connection. Its serving goroutine owns it; drain may be called by others.
type session interface {
	serve(work context.Context) // to the end, and closes it
	drain()
}

// Listen loads the certificates and binds the port.
func (s *streams) Listen() error {
	if s.tls.Enabled() {
		certs, err := LoadCertificates(s.tls)
		if err != nil {
			return fmt.Errorf("listener %s: %w", s.name, err)
		}
		s.certs = certs
	}
	lc := net.ListenConfig{KeepAliveConfig: keepAlive}
	ln, err := lc.Listen(context.Background(), "tcp", s.addr)
	if err != nil {
		return fmt.Errorf("listener %s: %w%s", s.name, err, holder("tcp", s.addr, err))
	}
	s.ln = ln
	return nil
}

// keepAlive finds peers that vanished without a word.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: time.Minute, Interval: 15 * time.Second, Count: 4}

// Addr returns the bound address; it is valid after Listen.
func (s *streams) Addr() net.Addr { return s.ln.Addr() }

// Close closes a listener that is not run.
func (s *streams) Close() {
	if s.ln != nil {
		s.ln.Close()
	}
}

// Stats returns the counters so far.
func (s *streams) Stats() Stats { return s.counts.stats() }

// Reload reads the certificate files again and changes nothing; swap makes new handshakes see them. Connections stay.
// The error says why the files are not good.
func (s *streams) Reload() (swap func(), err error) {
	if s.certs == nil {
		return func() {}, nil
	}
	if swap, err = s.certs.Reload(); err != nil {
		return nil, fmt.Errorf("listener %s: %w", s.name, err)
	}
	return swap, nil
}

// Endings says when the certificates in use end; none without TLS.
func (s *streams) Endings() []Ending { return endings(s.certs) }

// Run accepts and reads connections until ctx ends. Then it reads what the sockets still hold, for at most the drain
// time, and closes them.
func (s *streams) Run(ctx context.Context) error {
	work, cancel := drainContext(ctx, s.grace)
	defer cancel()
	stop := context.AfterFunc(ctx, s.drain)
	defer stop()
	var wg sync.WaitGroup
	err := acceptAll(ctx, s.ln, s.counts, func(nc net.Conn) {
		if c := s.admit(nc); c != nil {
			wg.Go(func() {
				defer s.release(c)
				c.serve(work)
			})
		}
	})
	s.ln.Close()
	wg.Wait()
	return err
}

// acceptAll accepts until ctx ends, and then what stands in the backlog. Where accepting fails (no file descriptors left) it waits a moment.
func acceptAll(ctx context.Context, ln net.Listener, counts *counters, take func(net.Conn)) error {
	var over time.Time // when ctx was seen to have ended
	for {
		nc, err := ln.Accept()
		switch {
		case err == nil:
			counts.accepted.Add(1)
			take(nc)
		case ctx.Err() != nil:
			if over.IsZero() {
				over = time.Now()
			}
			t, ok := ln.(*net.TCPListener)
			if !ok || !backlog(t) || time.Since(over) > time.Second { // senders that go on connecting must not hold up the end
				return nil
			}
			t.SetDeadline(time.Now().Add(drainQuiet))
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("accept on %s: %w", ln.Addr(), err)
		default:
			counts.fault("accept failed")
			counts.warn("accept failed", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
}

// backlog says whether a connection waits to be accepted. A deadline does not tell on a machine that is busy.
func backlog(ln *net.TCPListener) bool {
	raw, err := ln.SyscallConn()
	if err != nil {
		return false
	}
	waits := false
	err = raw.Control(func(fd uintptr) {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
		waits = err == nil && n > 0
	})
	return err == nil && waits
}

// admit registers a connection, or closes it if there are too many.
func (s *streams) admit(nc net.Conn) session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.conns) >= s.maxConns {
		nc.Close()
		s.counts.fault("too many connections")
		s.counts.warn("too many connections: refused", "peer", nc.RemoteAddr(), "max_conns", s.maxConns)
		return nil
	}
	c := s.open(s.link(nc))
	s.conns[c] = struct{}{}
	if s.draining {
		c.drain()
	}
	s.counts.open.Add(1)
	return c
}

func (s *streams) release(c session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	s.counts.open.Add(-1)
}

// drain tells the connections to come to their end, and accepts only what stands in the backlog: a sender that connects,
// writes and closes has then done its part.
func (s *streams) drain() {
	s.ln.(*net.TCPListener).SetDeadline(time.Now().Add(drainQuiet / 10))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining = true
	for c := range s.conns {
		c.drain()
	}
}

// reserve takes n bytes of what all connections may hold; it reports false if there are not so many left.
func (s *streams) reserve(n int) bool {
	if s.buffered.Add(int64(n)) > int64(s.maxBuffered) {
		s.buffered.Add(-int64(n))
		return false
	}
	return true
}

func (s *streams) reject(o *Origin, reason string) {
	s.counts.rejected.Add(1)
	s.sink.Reject(o, reason, 1)
}

// link is one connection: what all protocols need of it.
type link struct {
	*streams
	nc       net.Conn
	proxied  *proxied // nil: the peer is the sender
	origin   *Origin  // valid after begin
	draining *atomic.Bool
}

func (s *streams) link(nc net.Conn) link {
	l := link{streams: s, nc: nc, draining: new(atomic.Bool)}
	if trusted(s.proxies, nc.RemoteAddr()) {
		l.proxied = newProxied(nc, s.counts)
		l.nc = l.proxied
	}
	if s.certs != nil {
		l.nc = tls.Server(l.nc, s.certs.server)
	}
	return l
}

// begin reads the PROXY header, where there must be one, and shakes hands. It reports whether the peer may speak; where
// not that has been counted and logged.
func (l *link) begin(work context.Context) bool {
	peer := l.nc.RemoteAddr() // of a proxied connection: when its header is there
	l.origin = &Origin{Listener: l.name, Tenant: l.tenant, Transport: l.transport, Peer: addrPort(peer.String())}
	if l.proxied != nil && l.proxied.err != nil {
		return false
	}
	if tc, ok := l.nc.(*tls.Conn); ok {
		return l.handshake(work, tc)
	}
	return true
}

// quiet time after which a connection counts as drained: what a peer had sent has long arrived by then.
const drainQuiet = 200 * time.Millisecond

// deadline sets the time until which the next data must come. It looks for draining after it has set the time, as drain
// sets its own after the mark: whichever comes last, the short time stands.
func (l *link) deadline() {
	l.nc.SetReadDeadline(time.Now().Add(l.idle))
	if l.draining.Load() {
		l.nc.SetReadDeadline(time.Now().Add(drainQuiet))
	}
}

// ended counts why the stream is over.
func (l *link) ended(work context.Context, err error) {
	var ne net.Error
	switch {
	case errors.Is(err, io.EOF) || l.draining.Load() || work.Err() != nil:
	case errors.As(err, &ne) && ne.Timeout():
		l.counts.fault("idle timeout")
		l.log.Debug("connection closed", "peer", l.origin.Peer, "reason", "idle timeout")
	default:
		l.counts.fault("connection broken")
		l.log.Debug("connection broken", "peer", l.origin.Peer, "error", err)
	}
}

// refuse counts and logs why the connection is closed from our side.
func (l *link) refuse(reason string, err error, args ...any) {
	l.counts.fault(reason)
	args = append([]any{"peer", l.origin.Peer}, args...)
	if err != nil {
		args = append(args, "error", err)
	}
	l.counts.warn("connection closed: "+reason, args...)
}
