package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
)

// GELFOptions configure a listener for Graylog's extended log format.
type GELFOptions struct {
	Name        string        `yaml:"name"`         // in origins, metrics and logs
	Addr        string        `yaml:"addr"`         // host:port
	Transport   string        `yaml:"transport"`    // udp (in one datagram or in chunks, plain, gzip or zlib) or tcp (a NUL behind each message)
	Tenant      string        `yaml:"tenant"`       // of all that comes in here
	MaxRecord   int           `yaml:"max_record"`   // bytes of a message, decompressed
	MaxChunked  int           `yaml:"max_chunked"`  // udp: bytes of messages of which chunks are missing; beyond it the oldest is given up
	RecvBuffer  int           `yaml:"recv_buffer"`  // udp: bytes asked of the kernel
	Queue       int           `yaml:"queue"`        // udp: bytes that may wait for the sink
	MaxConns    int           `yaml:"max_conns"`    // tcp: connections at once
	MaxBuffered int           `yaml:"max_buffered"` // tcp: bytes that all connections together may hold beyond 4 KiB each; without, longer messages are rejected
	IdleTimeout time.Duration `yaml:"idle_timeout"` // tcp: a connection without data is closed; dead peers are found by keep-alive within two minutes
	Drain       time.Duration `yaml:"drain"`        // at the end, for handing over what has been received
	ProxyFrom   []string      `yaml:"proxy_from"`   // tcp: addresses and networks of proxies: connections from there begin with a PROXY header
	TLS         TLSOptions    `yaml:"tls"`          // tcp: TLS is spoken if a certificate is named
}

// GELFDefaults are used where the configuration says nothing.
var GELFDefaults = GELFOptions{
	Name: "gelf-udp", Addr: "127.0.0.1:12201", Transport: "udp", Tenant: "default", MaxRecord: 1 << 20, MaxChunked: 16 << 20,
	RecvBuffer: 32 << 20, Queue: 32 << 20, MaxConns: 10_000, MaxBuffered: 256 << 20, IdleTimeout: time.Hour,
	Drain: 3 * time.Second, TLS: TLSDefaults,
}

func (o GELFOptions) udp() UDPOptions {
	return UDPOptions{Name: o.Name, Addr: o.Addr, Tenant: o.Tenant, Sockets: 1, RecvBuffer: o.RecvBuffer, Queue: o.Queue, Drain: o.Drain}
}

func (o GELFOptions) tcp() TCPOptions {
	return TCPOptions{Name: o.Name, Addr: o.Addr, Tenant: o.Tenant, Framing: "lines", Delimiter: "nul", MaxFrame: o.MaxRecord,
		MaxConns: o.MaxConns, MaxBuffered: o.MaxBuffered, IdleTimeout: o.IdleTimeout, Drain: o.Drain, ProxyFrom: o.ProxyFrom, TLS: o.TLS}
}

// Check returns every fault of the options.
func (o GELFOptions) Check() error {
	errs := []error{between("max_record", o.MaxRecord, 480, 16<<20)}
	switch o.Transport {
	case "udp":
		errs = append(errs, between("max_chunked", o.MaxChunked, maxDatagram, 1<<32), o.udp().Check())
		if o.TLS.Enabled() || len(o.ProxyFrom) > 0 {
			errs = append(errs, errors.New("transport: is udp, but tls or proxy_from is set"))
		}
	case "tcp":
		errs = append(errs, o.tcp().Check())
	default:
		errs = append(errs, fmt.Errorf("transport: %q is not udp or tcp", o.Transport))
	}
	return errors.Join(errs...)
}

// Reasons of GELF given to Drop and Reject.
const (
	ChunksMissing = "gelf chunks missing"     // of a message within five seconds
	BadChunk      = "gelf chunk malformed"    // a datagram
	BadPacked     = "gelf message unreadable" // gzip or zlib
)

// NewGELFTCP returns a listener for GELF over TCP or TLS. Each record that it hands to sink is an object of one member,
// gelf, which holds the message as it came.
func NewGELFTCP(opt GELFOptions, sink Sink, log *slog.Logger) *TCP {
	t := NewTCP(opt.tcp(), nil, log)
	t.sink = &gelfSink{Sink: sink, counts: t.counts, max: opt.MaxRecord}
	return t
}

// GELFUDP takes GELF messages from datagrams.
type GELFUDP struct {
	*UDP
	sink *gelfSink
}

// NewGELFUDP returns a listener for GELF over UDP; what it hands to sink is as with NewGELFTCP.
func NewGELFUDP(opt GELFOptions, sink Sink, log *slog.Logger) *GELFUDP {
	u := NewUDP(opt.udp(), nil, log)
	s := &gelfSink{Sink: sink, counts: u.counts, max: opt.MaxRecord,
		chunks: &chunked{maxBytes: opt.MaxChunked, maxMessage: opt.MaxRecord, open: make(map[chunkKey]*chunkMessage)}}
	u.sink = s
	return &GELFUDP{u, s}
}

// Run is UDP.Run, and gives up messages whose chunks do not come.
func (g *GELFUDP) Run(ctx context.Context) error {
	over, stop := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-over.Done():
				g.sink.expire(math.MaxInt64) // all
				return
			case <-tick.C:
				g.sink.expire(time.Now().UnixNano())
			}
		}
	})
	err := g.UDP.Run(ctx)
	stop()
	wg.Wait()
	return err
}

// gelfSink makes records of GELF messages and hands them on.
type gelfSink struct {
	Sink
	counts *counters
	max    int // bytes of a message

	mu     sync.Mutex
	chunks *chunked // nil over TCP
}

// Frames implements Sink. A frame is a message, or a part of one.
func (g *gelfSink) Frames(ctx context.Context, o *Origin, now int64, frames []Frame) error {
	var data []byte
	var ends []int
	var failed error
	pass := func() {
		out := make([]Frame, len(ends))
		from := 0
		for i, end := range ends {
			out[i].Data = data[from:end]
			from = end
		}
		failed = errors.Join(failed, g.Sink.Frames(ctx, o, now, out)) // the sink counts what it does not take
		data, ends = data[:0], ends[:0]
	}
	for _, f := range frames {
		message, bad := f.Data, ""
		if f.Flags&Truncated != 0 {
			bad = TooLarge
		}
		if g.chunks != nil && bad == "" {
			if isChunk(message) {
				if message, bad = g.join(o, now, message); message == nil && bad == "" {
					continue
				}
			}
			if bad == "" {
				message, bad = unpack(message, g.max)
			}
		}
		if message = bytes.Trim(message, "\x00\r\n\t "); bad == "" && !isObject(message) {
			bad = BadJSON
		}
		if bad != "" {
			g.refuse(o, bad)
			continue
		}
		data = append(append(append(data, `{"gelf":`...), message...), '}')
		if ends = append(ends, len(data)); len(data) >= deliveryBytes { // a datagram may grow a thousandfold
			pass()
		}
	}
	if len(ends) > 0 {
		pass()
	}
	return failed
}

func (g *gelfSink) refuse(o *Origin, reason string) {
	g.counts.rejected.Add(1)
	g.Reject(o, reason, 1)
	g.counts.warn("message rejected: "+reason, "peer", o.Peer)
}

func (g *gelfSink) join(o *Origin, now int64, b []byte) (message []byte, bad string) {
	g.expire(now)
	g.mu.Lock()
	defer g.mu.Unlock()
	message, bad, lost := g.chunks.add(o, now, b)
	g.lose(lost)
	return message, bad
}

// expire gives up what is older than chunkTime at now.
func (g *gelfSink) expire(now int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lose(g.chunks.expire(now))
}

func (g *gelfSink) lose(lost []*chunkMessage) {
	for _, m := range lost {
		g.counts.dropped.Add(1)
		g.Drop(m.origin, ChunksMissing, 1)
		g.counts.warn("message dropped: "+ChunksMissing, "peer", m.origin.Peer, "have", m.have, "of", len(m.parts))
	}
}

// unpack decompresses a message, by what it begins with.
func unpack(b []byte, limit int) (message []byte, bad string) {
	var z io.Reader
	var err error
	switch {
	case len(b) < 2:
		return b, ""
	case b[0] == 0x1f && b[1] == 0x8b:
		z, err = gzip.NewReader(bytes.NewReader(b))
	case b[0]&0x0f == 8 && (uint(b[0])<<8|uint(b[1]))%31 == 0:
		z, err = zlib.NewReader(bytes.NewReader(b))
	default:
		if len(b) > limit {
			return nil, TooLarge
		}
		return b, ""
	}
	if err != nil {
		return nil, BadPacked
	}
	message, err = io.ReadAll(io.LimitReader(z, int64(limit)+1))
	switch {
	case len(message) > limit:
		return nil, TooLarge
	case err != nil:
		return nil, BadPacked
	}
	return message, ""
}
