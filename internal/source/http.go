package source

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"golang.org/x/net/netutil"
)

// HTTPOptions configure the listener for agents.
type HTTPOptions struct {
	Name           string           `yaml:"name"`            // in origins, metrics and logs
	Addr           string           `yaml:"addr"`            // host:port
	Tenant         string           `yaml:"tenant"`          // of senders without a token
	Tokens         map[string]Token `yaml:"tokens"`          // by name
	RequireToken   bool             `yaml:"require_token"`   // on loopback too; elsewhere a token is always required
	QueryToken     bool             `yaml:"query_token"`     // Splunk's senders may state the token as ?token=, where logs of others see it
	HTTP2          bool             `yaml:"http2"`           // speak HTTP/2 too, which gRPC needs
	MaxBody        int              `yaml:"max_body"`        // bytes of a body as sent
	MaxDecoded     int              `yaml:"max_decoded"`     // bytes of a body decompressed
	MaxRatio       int              `yaml:"max_ratio"`       // of decompressed to compressed, once over 1 MiB
	MaxRecord      int              `yaml:"max_record"`      // bytes of an event
	MaxBuffered    int              `yaml:"max_buffered"`    // bytes of all bodies at once; beyond it senders are told to come again
	MaxConns       int              `yaml:"max_conns"`       // connections at once
	HeaderTimeout  time.Duration    `yaml:"header_timeout"`  // for a request's header to come
	ReadTimeout    time.Duration    `yaml:"read_timeout"`    // for a whole request to come
	RequestTimeout time.Duration    `yaml:"request_timeout"` // for its events to become durable
	IdleTimeout    time.Duration    `yaml:"idle_timeout"`    // between requests
	Drain          time.Duration    `yaml:"drain"`           // at the end, for requests under way
	ProxyFrom      []string         `yaml:"proxy_from"`      // addresses and networks of proxies: connections from there begin with a PROXY header
	TLS            TLSOptions       `yaml:"tls"`             // TLS is spoken if a certificate is named
}

// Token is a credential that agents send; only its hash is known.
type Token struct {
	SHA256   string   `yaml:"sha256"`   // of the token's bytes, in hex
	Tenant   string   `yaml:"tenant"`   // of all that comes in with it
	Defaults Defaults `yaml:"defaults"` // of events that come with it
}

// Defaults say of a token's events what they do not say themselves.
type Defaults struct {
	Dataset string            `yaml:"dataset"` // event.dataset, where no parser knows better
	Host    string            `yaml:"host"`    // host.name
	Labels  map[string]string `yaml:"labels"`  // added to each event
}

func (d Defaults) orNil() *Defaults {
	if d.Dataset == "" && d.Host == "" && len(d.Labels) == 0 {
		return nil
	}
	return &d
}

// Check returns every fault of the defaults.
func (d Defaults) Check() error {
	var errs []error
	short := func(key, v string) {
		if len(v) > 256 || strings.ContainsFunc(v, unicode.IsControl) {
			errs = append(errs, fmt.Errorf("%s: is longer than 256 bytes, or holds control characters", key))
		}
	}
	short("dataset", d.Dataset)
	short("host", d.Host)
	if len(d.Labels) > 32 {
		errs = append(errs, errors.New("labels: are more than 32"))
	}
	for name, v := range d.Labels {
		short("labels."+name, name)
		short("labels."+name, v)
	}
	return errors.Join(errs...)
}

// HTTPDefaults are used where the configuration says nothing.
var HTTPDefaults = HTTPOptions{
	Name: "agents-http", Addr: "127.0.0.1:8088", Tenant: "default",
	MaxBody: 16 << 20, MaxDecoded: 32 << 20, MaxRatio: 100, MaxRecord: 1 << 20, MaxBuffered: 256 << 20, MaxConns: 2_000,
	HeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, RequestTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
	Drain: 3 * time.Second, TLS: TLSDefaults,
}

// Check returns every fault of the options.
func (o HTTPOptions) Check() error {
	errs := []error{
		checkListener(o.Name, o.Addr, o.Tenant, o.Drain),
		between("max_body", o.MaxBody, 1<<10, 1<<30),
		between("max_decoded", o.MaxDecoded, 1<<10, 1<<30),
		between("max_ratio", o.MaxRatio, 2, 1100),
		between("max_record", o.MaxRecord, 480, 16<<20),
		between("max_buffered", o.MaxBuffered, o.MaxDecoded, 1<<36),
		between("max_conns", o.MaxConns, 1, 1<<20),
		between("header_timeout", o.HeaderTimeout, 100*time.Millisecond, time.Minute),
		between("read_timeout", o.ReadTimeout, o.HeaderTimeout, 10*time.Minute),
		between("request_timeout", o.RequestTimeout, time.Second, 10*time.Minute),
		between("idle_timeout", o.IdleTimeout, time.Second, time.Hour),
		checkProxies(o.ProxyFrom),
		o.TLS.Check(),
	}
	for name, tok := range o.Tokens {
		if sum, err := hex.DecodeString(tok.SHA256); err != nil || len(sum) != sha256.Size {
			errs = append(errs, fmt.Errorf("tokens.%s.sha256: is not a SHA-256 in hex", name))
		}
		if !validTenant(tok.Tenant) {
			errs = append(errs, fmt.Errorf("tokens.%s.tenant: %q is not of 1 to 32 characters a-z, 0-9, -", name, tok.Tenant))
		}
		if err := tok.Defaults.Check(); err != nil {
			errs = append(errs, fmt.Errorf("tokens.%s.defaults.%w", name, err))
		}
	}
	if len(o.Tokens) == 0 && o.RequireToken {
		errs = append(errs, errors.New("tokens: is empty, but require_token is set"))
	}
	if host, _, err := net.SplitHostPort(o.Addr); err == nil && len(o.Tokens) == 0 && !loopback(host) {
		errs = append(errs, fmt.Errorf("tokens: are required, for %s is not a loopback address", o.Addr))
	}
	return errors.Join(errs...)
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// HTTP takes events from agents, in the protocols of many: NDJSON, Elasticsearch's _bulk, Splunk's HTTP Event Collector,
// Loki's push, OTLP, GELF. A request is answered only once its events are durable.
type HTTP struct {
	opt       HTTPOptions
	sink      Sink
	counts    *counters
	log       *slog.Logger
	ln        net.Listener
	certs     *Certificates // nil without TLS
	tokens    []token
	optional  bool // a token, since the listener is on loopback
	buffered  atomic.Int64
	draining  atomic.Bool
	retryNext string // value of Retry-After
	channels  channels
}

// NewHTTP returns a listener that hands to sink.
func NewHTTP(opt HTTPOptions, sink Sink, log *slog.Logger) *HTTP {
	log = log.With("listener", opt.Name, "transport", "http")
	return &HTTP{opt: opt, sink: sink, log: log, counts: newCounters(log), tokens: tokens(opt.Tokens), retryNext: "2"}
}

// Listen loads the certificates and binds the port.
func (h *HTTP) Listen() error {
	if h.opt.TLS.Enabled() {
		certs, err := LoadCertificates(h.opt.TLS)
		if err != nil {
			return fmt.Errorf("listener %s: %w", h.opt.Name, err)
		}
		h.certs = certs
	}
	lc := net.ListenConfig{KeepAliveConfig: keepAlive}
	ln, err := lc.Listen(context.Background(), "tcp", h.opt.Addr)
	if err != nil {
		return fmt.Errorf("listener %s: %w%s", h.opt.Name, err, holder("tcp", h.opt.Addr, err))
	}
	h.ln = ln
	h.optional = !h.opt.RequireToken && addrPort(ln.Addr().String()).Addr().IsLoopback()
	return nil
}

// Addr returns the bound address; it is valid after Listen.
func (h *HTTP) Addr() net.Addr { return h.ln.Addr() }

// Close closes a listener that is not run.
func (h *HTTP) Close() {
	if h.ln != nil {
		h.ln.Close()
	}
}

// Stats returns the counters so far.
func (h *HTTP) Stats() Stats { return h.counts.stats() }

// Endings says when the certificates in use end; none without TLS.
func (h *HTTP) Endings() []Ending { return endings(h.certs) }

// Reload reads the certificate files again, as TCP.Reload does.
func (h *HTTP) Reload() (swap func(), err error) {
	if h.certs == nil {
		return func() {}, nil
	}
	if swap, err = h.certs.Reload(); err != nil {
		return nil, fmt.Errorf("listener %s: %w", h.opt.Name, err)
	}
	return swap, nil
}

// Run serves until ctx ends, then lets the requests under way finish for at most Options.Drain.
func (h *HTTP) Run(ctx context.Context) error {
	work, cancel := drainContext(ctx, h.opt.Drain)
	defer cancel()
	ln := net.Listener(peerListener{netutil.LimitListener(proxiedListener{h.ln, proxies(h.opt.ProxyFrom), h.counts}, h.opt.MaxConns)})
	if h.certs != nil {
		ln = tls.NewListener(ln, h.certs.speaking(h.opt.HTTP2))
	}
	srv := &http.Server{
		Handler:           begun(h.handler()),
		ReadHeaderTimeout: h.opt.HeaderTimeout, // of the TLS handshake too
		ReadTimeout:       h.opt.ReadTimeout,
		WriteTimeout:      h.opt.writeTimeout(),
		IdleTimeout:       h.opt.IdleTimeout,
		MaxHeaderBytes:    64 << 10,
		BaseContext:       func(net.Listener) context.Context { return work },
		ConnContext:       h.connection,
		ConnState:         h.state,
		ErrorLog:          slog.NewLogLogger(serverLog{h.counts, h.log.Handler()}, slog.LevelDebug),
		Protocols:         new(http.Protocols),
	}
	srv.Protocols.SetHTTP1(true) // agents speak it, and what is not spoken cannot be abused
	if h.opt.HTTP2 {
		srv.Protocols.SetHTTP2(true)
		srv.Protocols.SetUnencryptedHTTP2(true)
		srv.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: 100}
	}

	ended := make(chan struct{})
	go func() {
		defer close(ended)
		<-work.Done()
		srv.Close()
	}()
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		h.draining.Store(true)
		_ = srv.Shutdown(work) // its error is that of work: the drain time is over
	})
	err := srv.Serve(ln)
	if !stop() {
		<-stopped
	}
	cancel()
	<-ended
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("listener %s: %w", h.opt.Name, err)
}

// answerTime is how long a peer may take to take an answer.
const answerTime = 10 * time.Second

// writeTimeout is when a request must have been answered at the latest, from its beginning on.
func (o HTTPOptions) writeTimeout() time.Duration {
	return o.ReadTimeout + o.RequestTimeout + answerTime
}

// handler routes requests.
func (h *HTTP) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/events", h.admit(h.events, problem))
	mux.HandleFunc("POST /api/v1/lines", h.admit(h.lines, problem))
	h.splunk(mux)
	h.loki(mux)
	h.otlp(mux)
	h.gelf(mux)
	h.elastic(mux)
	return mux
}

// stopping is why a request must be sent again, elsewhere or later.
const stopping = "shutting down"

// fail writes an error the way an API's clients expect it.
type fail func(w http.ResponseWriter, status int, detail string)

// problem is RFC 9457.
func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"title": http.StatusText(status), "status": status, "detail": detail})
}

// admit lets a request through to next if its sender may send: without having read the body.
func (h *HTTP) admit(next func(http.ResponseWriter, *http.Request, sender), fail fail) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		// Any web page can reach a loopback port from the browser of its visitor; agents send neither header.
		if r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "" {
			h.refuse(w, r, fail, http.StatusForbidden, "requests from browsers are refused")
			return
		}
		who, wrong := h.authenticate(r)
		if wrong != "" {
			w.Header().Set("WWW-Authenticate", `Bearer realm="watchpost"`)
			h.refuse(w, r, fail, http.StatusUnauthorized, wrong)
			return
		}
		if h.draining.Load() {
			h.later(w, r, fail, stopping)
			return
		}
		next(w, r, who)
	}
}

// refuse answers with an error that sending again will not mend, and ends the connection, so that the rest of the
// request need not be read.
func (h *HTTP) refuse(w http.ResponseWriter, r *http.Request, fail fail, status int, reason string) {
	h.refuseSaying(w, r, fail, status, reason, reason)
}

// refuseSaying is refuse where the answer says more than the reason under which it is counted: of those there are few, none of a sender's making.
func (h *HTTP) refuseSaying(w http.ResponseWriter, r *http.Request, fail fail, status int, reason, detail string) {
	h.counts.fault(reason)
	h.counts.warn("request refused: "+reason, "status", status, "method", r.Method, "path", r.URL.Path, "peer", r.RemoteAddr)
	w.Header().Set("Connection", "close")
	fail(w, status, detail)
}

// later tells the sender to send the same again.
func (h *HTTP) later(w http.ResponseWriter, r *http.Request, fail fail, reason string) {
	h.counts.fault(reason)
	w.Header().Set("Retry-After", h.retryNext)
	if h.draining.Load() {
		w.Header().Set("Connection", "close")
	}
	fail(w, http.StatusServiceUnavailable, reason)
}

// hand gives a request's records to the sink and waits until they are durable. Where not it has answered.
func (h *HTTP) hand(w http.ResponseWriter, r *http.Request, who sender, id [16]byte, frames []Frame, fail fail) bool {
	ctx, cancel := context.WithTimeout(r.Context(), h.opt.RequestTimeout)
	defer cancel()
	if len(frames) > 0 {
		if err := h.sink.Request(ctx, h.origin(r, who), time.Now().UnixNano(), id, frames); err != nil {
			h.counts.warn("request not acknowledged", "error", err, "peer", r.RemoteAddr)
			h.later(w, r, fail, "the events are not durable yet")
			return false
		}
	}
	h.counts.took(frames)
	return true
}

// rejected counts the records of a request that was acknowledged without them.
func (h *HTTP) rejected(r *http.Request, who sender, reasons map[string]int) {
	for reason, n := range reasons {
		h.counts.rejected.Add(uint64(n))
		h.sink.Reject(h.origin(r, who), reason, n)
		h.counts.warn("records rejected: "+reason, "count", n, "peer", r.RemoteAddr)
	}
}

// requestID is the same for the same request sent again: by its Idempotency-Key or else by its body.
func requestID(r *http.Request, who sender, body []byte) (id [16]byte) {
	sum := sha256.New()
	part := func(s string) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		sum.Write(n[:])
		io.WriteString(sum, s)
	}
	part(who.tenant)
	part(who.token)
	part(r.URL.Path)
	if key := r.Header.Get("Idempotency-Key"); key != "" {
		part("key")
		part(key)
	} else {
		part("body")
		sum.Write(body)
	}
	copy(id[:], sum.Sum(nil))
	return id
}
