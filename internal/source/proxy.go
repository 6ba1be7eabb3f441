package source

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pires/go-proxyproto"
)

// Faults of the PROXY protocol.
const (
	badProxy       = "bad PROXY header"
	untrustedProxy = "PROXY header from an address that proxy_from does not name"
)

// proxyTimeout is how long a proxy may take for its header, which it sends at once.
const proxyTimeout = 3 * time.Second

// ParseNetwork reads a network such as 10.1.0.0/16; a single address is a network of one.
func ParseNetwork(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	return netip.ParsePrefix(s)
}

// proxyList reads the networks of proxy_from.
func proxyList(list []string) (nets []netip.Prefix, err error) {
	var errs []error
	for i, s := range list {
		p, err := ParseNetwork(s)
		if err != nil {
			errs = append(errs, fmt.Errorf("proxy_from[%d]: %q is neither an address nor a network such as 10.1.0.0/16", i, s))
			continue
		}
		nets = append(nets, p)
	}
	return nets, errors.Join(errs...)
}

func checkProxies(list []string) error {
	_, err := proxyList(list)
	return err
}

// proxies is proxyList of a list that has been checked.
func proxies(list []string) []netip.Prefix {
	nets, err := proxyList(list)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return nets
}

// trusted says whether the peer is a proxy whose word counts.
func trusted(nets []netip.Prefix, peer net.Addr) bool {
	if len(nets) == 0 {
		return false
	}
	a := addrPort(peer.String()).Addr()
	for _, n := range nets {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// proxied is a connection from a proxy (HAProxy's PROXY protocol, version 1 or 2). The header is read before anything else
// is, also before TLS; it must be there. RemoteAddr is then the address that it names.
type proxied struct {
	net.Conn
	counts *counters
	once   sync.Once
	rest   *bufio.Reader // what came in one piece with the header; nil once that is read
	peer   net.Addr
	err    error
}

func newProxied(nc net.Conn, counts *counters) *proxied { return &proxied{Conn: nc, counts: counts} }

func (p *proxied) header() {
	p.Conn.SetReadDeadline(time.Now().Add(proxyTimeout))
	defer p.Conn.SetReadDeadline(time.Time{})
	p.rest = bufio.NewReaderSize(p.Conn, 256)
	p.peer = p.Conn.RemoteAddr()
	h, err := proxyproto.Read(p.rest)
	if err != nil {
		p.err = fmt.Errorf("%s: %w", badProxy, err)
		p.counts.fault(badProxy)
		p.counts.warn("connection closed: "+badProxy, "peer", p.peer, "error", err)
		p.Conn.Close()
		return
	}
	if a, ok := h.SourceAddr.(*net.TCPAddr); ok && h.Command.IsProxy() { // else the proxy itself speaks: a health check
		p.peer = a
	}
}

// RemoteAddr waits for the header.
func (p *proxied) RemoteAddr() net.Addr {
	p.once.Do(p.header)
	return p.peer
}

func (p *proxied) Read(b []byte) (int, error) {
	p.once.Do(p.header)
	switch {
	case p.err != nil:
		return 0, p.err
	case p.rest == nil:
		return p.Conn.Read(b)
	case p.rest.Buffered() == 0:
		p.rest = nil
		return p.Conn.Read(b)
	}
	return p.rest.Read(b[:min(len(b), p.rest.Buffered())])
}

// CloseWrite ends our side of the stream.
func (p *proxied) CloseWrite() error { return p.Conn.(*net.TCPConn).CloseWrite() }

// proxiedListener accepts connections of which those from proxies begin with a header. It is read when somebody asks for the
// peer's address or for data, not while others wait to be accepted.
type proxiedListener struct {
	net.Listener
	proxies []netip.Prefix
	counts  *counters
}

func (l proxiedListener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err == nil && trusted(l.proxies, nc.RemoteAddr()) {
		nc = newProxied(nc, l.counts)
	}
	return nc, err
}

// beginsProxied says whether a stream begins with a PROXY header, which nobody but a proxy sends.
func beginsProxied(b []byte) bool {
	return bytes.HasPrefix(b, []byte("PROXY TCP")) || bytes.HasPrefix(b, []byte("PROXY UNKNOWN")) || bytes.HasPrefix(b, proxyproto.SIGV2)
}
