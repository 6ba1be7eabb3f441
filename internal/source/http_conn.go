package source

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
)

// Why connections of agents end before there is a request; net/http closes them without a word.
const (
	lateHeader   = "no whole request header in time"
	brokenHeader = "connection broken within a request header"
	badHeader    = "malformed request header"
)

// peer is a connection below TLS. It knows how far a request has come that no handler has seen yet.
type peer struct {
	net.Conn
	idled bool // after a request; net/http's hook alone asks

	begun atomic.Bool // a handler has the request
	bytes atomic.Int64
	last  atomic.Pointer[error] // of the last read, if it failed

	mu   sync.Mutex
	from *Origin // the origin of its requests, which those of an HTTP/2 connection share
}

func (p *peer) Read(b []byte) (int, error) {
	n, err := p.Conn.Read(b)
	p.bytes.Add(int64(n))
	if err != nil {
		p.last.Store(&err)
	}
	return n, err
}

// fault is why the connection ended within a request header, "" if it did not.
func (p *peer) fault() string {
	var err error
	if e := p.last.Load(); e != nil {
		err = *e
	}
	late := errors.Is(err, os.ErrDeadlineExceeded)
	switch {
	case p.begun.Load(), errors.Is(err, net.ErrClosed), p.bytes.Load() == 0 && (p.idled || !late):
		return "" // a handler counts what it meets; the end between requests is none
	case late:
		return lateHeader
	case err != nil:
		return brokenHeader
	}
	return badHeader
}

// peerListener accepts peers.
type peerListener struct{ net.Listener }

func (l peerListener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &peer{Conn: nc}, nil
}

func peerOf(c net.Conn) *peer {
	if tc, ok := c.(*tls.Conn); ok {
		c = tc.NetConn()
	}
	return c.(*peer)
}

// state is net/http's hook.
func (h *HTTP) state(c net.Conn, s http.ConnState) {
	switch p := peerOf(c); s {
	case http.StateNew:
		h.counts.accepted.Add(1)
		h.counts.open.Add(1)
	case http.StateIdle:
		p.idled = true
		p.begun.Store(false)
		p.bytes.Store(0)
	case http.StateClosed, http.StateHijacked:
		defer h.counts.open.Add(-1) // who sees it gone sees why
		if h.draining.Load() {
			return // the fault is ours
		}
		reason := p.fault()
		if tc, ok := c.(*tls.Conn); ok && !tc.ConnectionState().HandshakeComplete {
			reason = string(why(tc.HandshakeContext(context.Background()))) // which failed: this only says how
		}
		if reason != "" {
			h.counts.fault(reason)
			h.counts.warn("connection closed: "+reason, "peer", c.RemoteAddr())
		}
	}
}

// begun tells a request's connection that the request is a handler's.
func begun(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Context().Value(connKey{}).(*peer).begun.Store(true)
		next.ServeHTTP(w, r)
	})
}

// serverLog counts what net/http has to say about connections, but for handshakes, which state counts.
type serverLog struct {
	counts *counters
	slog.Handler
}

func (l serverLog) Handle(ctx context.Context, r slog.Record) error {
	if !strings.Contains(r.Message, "TLS handshake error") {
		l.counts.fault("http connection broken")
	}
	if !l.Handler.Enabled(ctx, slog.LevelDebug) {
		return nil
	}
	return l.Handler.Handle(ctx, r)
}

func (l serverLog) Enabled(context.Context, slog.Level) bool { return true }

// connKey finds the connection in a request's context.
type connKey struct{}

func (h *HTTP) connection(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, peerOf(c))
}

// origin returns the connection's origin for a sender: one pointer as long as the sender stays. It does not ask for the peer's address
// before: behind a proxy that is known only when its header is there, and the next connection must not wait for that.
func (h *HTTP) origin(r *http.Request, who sender) *Origin {
	p := r.Context().Value(connKey{}).(*peer)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.from == nil || p.from.Tenant != who.tenant || p.from.Defaults != who.defaults {
		p.from = &Origin{Listener: h.opt.Name, Tenant: who.tenant, Transport: "http", Peer: addrPort(r.RemoteAddr), Defaults: who.defaults}
	}
	return p.from
}
