package source

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
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
	ProxyFrom   []string      `yaml:"proxy_from"`   // addresses and networks of proxies: connections from there begin with a PROXY header
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
		checkProxies(o.ProxyFrom),
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
	streams
	opt     TCPOptions
	big     sync.Pool // *[bigBuffer]byte
	scratch sync.Pool // *[]Frame
}

// An idle connection holds a small buffer; one that sends much borrows a big one.
const (
	smallBuffer = 4 << 10
	bigBuffer   = 64 << 10
)

// NewTCP returns a listener that hands to sink.
func NewTCP(opt TCPOptions, sink Sink, log *slog.Logger) *TCP {
	t := &TCP{opt: opt, streams: streams{
		name: opt.Name, addr: opt.Addr, tenant: opt.Tenant, maxConns: opt.MaxConns, maxBuffered: opt.MaxBuffered,
		idle: opt.IdleTimeout, grace: opt.Drain, tls: opt.TLS, proxies: proxies(opt.ProxyFrom), sink: sink,
	}}
	t.start(log)
	t.open = func(l link) session { return newConn(t, l) }
	t.big.New = func() any { return new([bigBuffer]byte) }
	t.scratch.New = func() any { s := make([]Frame, 0, 256); return &s }
	return t
}

// printable shortens the start of a stream for a log line.
func printable(b []byte) string {
	return strings.ToValidUTF8(string(b[:min(len(b), 32)]), "\uFFFD")
}
