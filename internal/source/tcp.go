package source

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// TCPOptions configure a listener for syslog over TCP or TLS.
type TCPOptions struct {
	Name        string        `yaml:"name"`         // in origins, metrics and logs
	Addr        string        `yaml:"addr"`         // host:port
	Tenant      string        `yaml:"tenant"`       // of all that comes in here
	Framing     string        `yaml:"framing"`      // auto, octets or lines
	Delimiter   string        `yaml:"delimiter"`    // of lines: lf or nul
	MaxFrame    int           `yaml:"max_frame"`    // bytes; longer frames are cut and flagged
	MaxConns    int           `yaml:"max_conns"`    // connections at once
	MaxBuffered int           `yaml:"max_buffered"` // bytes that all connections together may hold beyond 4 KiB each; without, longer frames are cut
	IdleTimeout time.Duration `yaml:"idle_timeout"` // a connection without data is closed; dead peers are found by keep-alive within two minutes
	Drain       time.Duration `yaml:"drain"`        // at the end, for reading what the sockets hold
	TLS         TLSOptions    `yaml:"tls"`          // TLS is spoken if a certificate is named
}

// TCPDefaults are used where the configuration says nothing.
var TCPDefaults = TCPOptions{
	Name: "syslog-tcp", Addr: "127.0.0.1:5514", Tenant: "default", Framing: "auto", Delimiter: "lf",
	MaxFrame: 1 << 20, MaxConns: 10_000, MaxBuffered: 256 << 20, IdleTimeout: time.Hour, Drain: 3 * time.Second,
	TLS: TLSDefaults,
}

var (
	framings   = map[string]framing{"auto": auto, "octets": octets, "lines": lines}
	delimiters = map[string]byte{"lf": '\n', "nul": 0}
)

// Check returns every fault of the options.
func (o TCPOptions) Check() error {
	errs := []error{
		checkListener(o.Name, o.Addr, o.Tenant, o.Drain),
		between("max_frame", o.MaxFrame, 480, 16<<20),
		between("max_conns", o.MaxConns, 1, 1<<20),
		between("max_buffered", o.MaxBuffered, 0, 1<<36),
		between("idle_timeout", o.IdleTimeout, time.Second, 30*24*time.Hour),
		o.TLS.Check(),
	}
	if _, ok := framings[o.Framing]; !ok {
		errs = append(errs, fmt.Errorf("framing: %q is not auto, octets or lines", o.Framing))
	}
	if _, ok := delimiters[o.Delimiter]; !ok {
		errs = append(errs, fmt.Errorf("delimiter: %q is not lf or nul", o.Delimiter))
	}
	return errors.Join(errs...)
}

// TCP takes syslog frames (RFC 6587) from connections, with TLS around them (RFC 5425) or without.
type TCP struct {
	opt       TCPOptions
	transport string
	sink      Sink
	counts    *counters
	log       *slog.Logger
	ln        net.Listener
	certs     *certificates // nil without TLS

	buffered atomic.Int64
	big      sync.Pool // *[bigBuffer]byte
	scratch  sync.Pool // *[]Frame

	mu       sync.Mutex
	conns    map[*conn]struct{}
	draining bool
}

// An idle connection holds a small buffer; one that sends much borrows a big one.
const (
	smallBuffer = 4 << 10
	bigBuffer   = 64 << 10
)

// NewTCP returns a listener that hands to sink.
func NewTCP(opt TCPOptions, sink Sink, log *slog.Logger) *TCP {
	t := &TCP{opt: opt, transport: "tcp", sink: sink, conns: make(map[*conn]struct{})}
	if opt.TLS.Enabled() {
		t.transport = "tls"
	}
	t.log = log.With("listener", opt.Name, "transport", t.transport)
	t.counts = newCounters(t.log)
	t.big.New = func() any { return new([bigBuffer]byte) }
	t.scratch.New = func() any { s := make([]Frame, 0, 256); return &s }
	return t
}

// Listen loads the certificates and binds the port.
func (t *TCP) Listen() error {
	if t.opt.TLS.Enabled() {
		certs, err := loadCertificates(t.opt.TLS)
		if err != nil {
			return fmt.Errorf("listener %s: %w", t.opt.Name, err)
		}
		t.certs = certs
	}
	lc := net.ListenConfig{KeepAliveConfig: keepAlive}
	ln, err := lc.Listen(context.Background(), "tcp", t.opt.Addr)
	if err != nil {
		return fmt.Errorf("listener %s: %w%s", t.opt.Name, err, holder("tcp", t.opt.Addr, err))
	}
	t.ln = ln
	return nil
}

// keepAlive finds peers that vanished without a word.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: time.Minute, Interval: 15 * time.Second, Count: 4}

// Addr returns the bound address; it is valid after Listen.
func (t *TCP) Addr() net.Addr { return t.ln.Addr() }

// Close closes a listener that is not run.
func (t *TCP) Close() {
	if t.ln != nil {
		t.ln.Close()
	}
}

// Stats returns the counters so far.
func (t *TCP) Stats() Stats { return t.counts.stats() }

// Reload reads the certificate files again and changes nothing; swap makes new handshakes see them. Connections stay.
// The error says why the files are not good.
func (t *TCP) Reload() (swap func(), err error) {
	if t.certs == nil {
		return func() {}, nil
	}
	if swap, err = t.certs.prepare(); err != nil {
		return nil, fmt.Errorf("listener %s: %w", t.opt.Name, err)
	}
	return swap, nil
}

// Run accepts and reads connections until ctx ends. Then it reads what the sockets still hold, for at most Options.Drain,
// and closes them.
func (t *TCP) Run(ctx context.Context) error {
	work, cancel := drainContext(ctx, t.opt.Drain)
	defer cancel()
	stop := context.AfterFunc(ctx, t.drain)
	defer stop()
	var wg sync.WaitGroup
	err := acceptAll(ctx, t.ln, t.counts, func(nc net.Conn) {
		if c := t.admit(nc); c != nil {
			wg.Go(func() { c.serve(work) })
		}
	})
	t.ln.Close()
	wg.Wait()
	return err
}

// acceptAll accepts until ctx ends. Where accepting fails (no file descriptors left) it waits a moment.
func acceptAll(ctx context.Context, ln net.Listener, counts *counters, take func(net.Conn)) error {
	for {
		nc, err := ln.Accept()
		switch {
		case err == nil:
			counts.accepted.Add(1)
			take(nc)
		case ctx.Err() != nil:
			return nil
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

// admit registers a connection, or closes it if there are too many.
func (t *TCP) admit(nc net.Conn) *conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.conns) >= t.opt.MaxConns {
		nc.Close()
		t.counts.fault("too many connections")
		t.counts.warn("too many connections: refused", "peer", nc.RemoteAddr(), "max_conns", t.opt.MaxConns)
		return nil
	}
	c := newConn(t, nc)
	t.conns[c] = struct{}{}
	if t.draining {
		c.drain()
	}
	t.counts.open.Add(1)
	return c
}

func (t *TCP) release(c *conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.conns, c)
	t.counts.open.Add(-1)
}

// drain tells the connections to come to their end, and accepts only what stands in the backlog: a sender that connects,
// writes and closes has then done its part.
func (t *TCP) drain() {
	t.ln.(*net.TCPListener).SetDeadline(time.Now().Add(drainQuiet / 10))
	t.mu.Lock()
	defer t.mu.Unlock()
	t.draining = true
	for c := range t.conns {
		c.drain()
	}
}

// reserve takes n bytes of Options.MaxBuffered; it reports false if there are not so many left.
func (t *TCP) reserve(n int) bool {
	if t.buffered.Add(int64(n)) > int64(t.opt.MaxBuffered) {
		t.buffered.Add(-int64(n))
		return false
	}
	return true
}

func (t *TCP) reject(o *Origin, reason string) {
	t.counts.rejected.Add(1)
	t.sink.Reject(o, reason, 1)
}

// printable shortens the start of a stream for a log line.
func printable(b []byte) string {
	return strings.ToValidUTF8(string(b[:min(len(b), 32)]), "\uFFFD")
}
