// Package web serves the API and the page.
package web

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/audit"
	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/oidc"
	"watchpost/internal/rights"
	"watchpost/internal/rule"
	"watchpost/internal/source"
)

// Options of the page and the API.
type Options struct {
	Addr     string            `yaml:"addr"`     // host:port; beyond loopback it needs tls, or insecure
	Hosts    []string          `yaml:"hosts"`    // names by which browsers or a proxy call the page, beside those of loopback
	TLS      source.TLSOptions `yaml:"tls"`      // cert and key `local`: a certificate of the product's own authority
	Insecure bool              `yaml:"insecure"` // listen beyond loopback without TLS: only behind a proxy that speaks it
	Proxies  []string          `yaml:"proxies"`  // addresses and networks of reverse proxies, whose X-Forwarded-For and X-Forwarded-Proto are believed; of others they never are
	Session  Session           `yaml:"session"`  // of a user who is logged in
	OIDC     oidc.Options      `yaml:"oidc"`     // log-in by OpenID Connect (docs/rights.md)
	Key      string            `yaml:"key"`      // 32 bytes in hex that seal secrets at rest, the same in all query processes; empty: made, in <data>/query/key
	Budget   hunt.Budget       `yaml:"budget"`   // of one hunt
	Parallel int               `yaml:"parallel"` // hunts of one user at a time
	Queue    int               `yaml:"queue"`    // further ones of this user that wait, as long as a hunt may take; more are refused (429)
	Packs    []ScheduledPack   `yaml:"packs"`    // packs of hunts that are run every so often (docs/hunts.md)
	Past     hunt.Budget       `yaml:"past"`     // of one back-test; time is that of the whole
	Common   []string          `yaml:"common"`   // what is everywhere here, such as user:svc-backup, host:jump1 or ip:192.0.2.7, and joins alerts into incidents no more than root does (docs/desk.md)
}

// Session says how long one stays logged in.
type Session struct {
	Idle     time.Duration `yaml:"idle"`     // without using it
	Absolute time.Duration `yaml:"absolute"` // at most
}

// Defaults are used where the configuration says nothing.
var Defaults = Options{Addr: "127.0.0.1:8080", TLS: source.TLSDefaults, Session: Session{Idle: 8 * time.Hour, Absolute: 7 * 24 * time.Hour}, OIDC: oidc.Defaults, Budget: hunt.DefaultBudget, Parallel: 4, Queue: 32, Past: hunt.PastBudget}

// Check names every fault of o by its key.
func (o Options) Check() error {
	var faults []error
	if _, _, err := net.SplitHostPort(o.Addr); err != nil {
		faults = append(faults, fmt.Errorf("addr: %q: want host:port", o.Addr))
	} else if !o.Loopback() && !o.TLS.Enabled() && !o.Insecure {
		faults = append(faults, fmt.Errorf("addr: %s is not loopback: passwords and logs would cross the network in clear. Set tls, or insecure: true if a proxy in front speaks TLS", o.Addr))
	}
	if err := o.TLS.Check(); err != nil {
		faults = append(faults, err)
	}
	if _, err := proxyNets(o.Proxies); err != nil {
		faults = append(faults, err)
	}
	if o.Session.Idle < time.Minute || o.Session.Idle > o.Session.Absolute || o.Session.Absolute > 90*24*time.Hour {
		faults = append(faults, fmt.Errorf("session: idle %v, absolute %v: want 1m <= idle <= absolute <= 2160h", o.Session.Idle, o.Session.Absolute))
	}
	faults = append(faults, o.checkOIDC()...)
	faults = append(faults, o.checkPacks()...)
	if key, err := hex.DecodeString(o.Key); o.Key != "" && (err != nil || len(key) != 32) {
		faults = append(faults, errors.New("key: want 32 bytes in hex, such as `openssl rand -hex 32` gives")) // not the key itself
	}
	if err := o.Budget.Check(); err != nil {
		faults = append(faults, fmt.Errorf("budget: %w", err))
	}
	if o.Parallel < 1 || o.Parallel > 1024 {
		faults = append(faults, fmt.Errorf("parallel: %d: want 1 to 1024", o.Parallel))
	}
	if o.Queue < 0 || o.Queue > 10000 {
		faults = append(faults, fmt.Errorf("queue: %d: want 0 to 10000", o.Queue))
	}
	if err := o.Past.Check(); err != nil {
		faults = append(faults, fmt.Errorf("past: %w", err))
	}
	if _, err := alert.ReadCommon(o.Common); err != nil {
		faults = append(faults, fmt.Errorf("common: %w", err))
	}
	return errors.Join(faults...)
}

// Loopback says whether only this machine can call.
func (o Options) Loopback() bool {
	host, _, err := net.SplitHostPort(o.Addr)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// Desk answers hunts. Every method ends when ctx does.
type Desk interface {
	// Compile reads a predicate, with the lists that rules may name. The error is a *rule.Error.
	Compile(src string) (*rule.Predicate, error)
	// Events hands the events that q finds to each, in order, as they come. An event is valid until each returns.
	Events(ctx context.Context, q *hunt.Query, each func(event.Event) error) error
	// Histogram counts q's events by time; empty buckets are left out.
	Histogram(ctx context.Context, q *hunt.Query, buckets int) ([]Bucket, error)
	// Values counts the most frequent values of f among q's events, and all events that have f.
	Values(ctx context.Context, q *hunt.Query, f event.Field, limit int) ([]Value, error)
	// Count counts q's events.
	Count(ctx context.Context, q *hunt.Query) (uint64, error)
	// Table makes the table that q's pipe asks for, of at most limit rows; within its budget, or it is partial.
	Table(ctx context.Context, q *hunt.Query, limit int) (*Table, error)
	// Explain says what q would cost. Skip indexes tell whether a value stands among rows that lie together, whosever they are: without others they are not asked.
	Explain(ctx context.Context, q *hunt.Query, others bool) (*Explanation, error)
	// Tail hands what arrives and satisfies q's predicate to each, and now and then nothing, until ctx ends or each fails. Time range and limit do not count.
	Tail(ctx context.Context, q *hunt.Query, each func(Tailed) error) error
	// Alerts gives the newest revision of each alert, newest first, each as a JSON object.
	Alerts(ctx context.Context, f AlertFilter) ([]json.RawMessage, error)
	// Rules gives the rules in use, by id, and what they did for some tenants.
	Rules(ctx context.Context, tenants []string) ([]Rule, error)

	// Rule gives one of them with all that it says, or ErrNotFound. Exceptions are those of the tenants.
	Rule(ctx context.Context, tenants []string, id string) (*RuleInUse, error)
	// Sources tells of the senders of some tenants, those heard last first.
	Sources(ctx context.Context, tenants []string) ([]Source, error)
	// Quarantine lists what could not be stored, the newest first: of some tenants its events, of all (nil) also records of the log.
	Quarantine(ctx context.Context, tenants []string, limit int) ([]Quarantined, error)
	// Audit gives entries of the audit log, the newest first.
	Audit(ctx context.Context, f AuditFilter) ([]audit.Entry, error)
	// VerifyAudit checks the whole audit log, and holds it to ends of its chains that were noted elsewhere.
	VerifyAudit(ctx context.Context, noted []audit.Head) (audit.Report, error)

	Queue
	Past
	Again
	Entities
	Statements
	Shelf
	PackRuns
}

// ErrOverBudget says that a hunt wanted more than Options.Budget.
var ErrOverBudget = errors.New("the hunt wants more than its budget of time, memory or data allows: narrow its time or its predicate")

// Bucket is a column of a histogram.
type Bucket struct {
	Time  time.Time `json:"time"`
	Count uint64    `json:"count"`
}

// Value is a value of a field with how often it occurs.
type Value struct {
	Value string `json:"value"`
	Count uint64 `json:"count"`
}

// AlertFilter says which alerts are asked for; zero values ask for all.
type AlertFilter struct {
	Tenants         []string // only theirs
	ID, Rule, Level string
	IDs             []string  // nil: whichever; else only these
	Mode            string    // of the rule, live or shadow
	From, To        time.Time // by the time of the crossing event, To exclusive
	Status          string    // new, acknowledged, closed, or open: not closed
	Owner           string    // "none": nobody's
	Entity          string    // kind:value, or a value of whichever kind
	Worst           bool      // the most severe first, not the newest
	Query           bool      // with the text of the rule's query; what is asked for by ID has it anyway
	Limit           int
}

// Server is the API and the page as a handler.
type Server struct {
	o       Options
	proxies []netip.Prefix
	desk    Desk
	book    *rights.Book

	ledger    Ledger
	page      fs.FS
	described []byte // the API, as OpenAPI
	now       func() time.Time
	log       *slog.Logger
	hunts     *turns
	tails     *turns
	onces     onceCounts
	oidc      *oidc.Client      // nil: nobody logs in by a provider
	listeners func() []Listener // nil: nothing is known of them
}

// New makes a Server; page holds the built web page.
func New(o Options, desk Desk, book *rights.Book, ledger Ledger, page fs.FS, now func() time.Time, log *slog.Logger) *Server {
	s := &Server{o: o, desk: desk, book: book, ledger: ledger, page: page, now: now, log: log,
		hunts: newTurns(o.Parallel, o.Queue, o.Budget.Time), tails: newTurns(tails, 0, time.Second)}
	s.proxies, _ = proxyNets(o.Proxies) // Check finds what is wrong
	s.described = describe(s.routes())
	return s
}

// checked checks a search for who asks.
func (s *Server) checked(in hunt.Search, r *http.Request) (*hunt.Query, error) {
	in.Compiler = s.desk.Compile
	requestOf(r).query = in.Query
	return in.Check(principalOf(r).Tenants, s.now())
}

func (s *Server) routes() []route {
	return append(append(s.pastRoutes(), s.againRoutes()...), []route{
		{http.MethodPost, "/api/v1/search", rights.Search, s.inTurn(s.hunts, s.search)},
		{http.MethodPost, "/api/v1/histogram", rights.Search, s.inTurn(s.hunts, s.histogram)},
		{http.MethodPost, "/api/v1/values", rights.Search, s.inTurn(s.hunts, s.values)},
		{http.MethodPost, "/api/v1/table", rights.Search, s.inTurn(s.hunts, s.table)},
		{http.MethodPost, "/api/v1/explain", rights.Search, s.inTurn(s.hunts, s.explain)},
		{http.MethodPost, "/api/v1/surrounding", rights.Search, s.inTurn(s.hunts, s.surrounding)},
		{http.MethodPost, "/api/v1/tail", rights.Search, s.inTurn(s.tails, s.tail)},
		{http.MethodPost, "/api/v1/sql", rights.RawSQL, s.inTurn(s.hunts, s.sql)},
		{http.MethodPost, "/api/v1/query/parse", rights.Search, s.parse},
		{http.MethodPost, "/api/v1/query/complete", rights.Search, s.inTurn(s.hunts, s.complete)},
		{http.MethodGet, "/api/v1/alerts", rights.ReadAlerts, s.alerts},
		{http.MethodGet, "/api/v1/alerts/{id}", rights.ReadAlerts, s.alert},
		{http.MethodGet, "/api/v1/alerts/{id}/activity", rights.ReadAlerts, s.activity},
		{http.MethodPost, "/api/v1/alerts/{id}/activity", rights.WriteAlerts, s.act},
		{http.MethodGet, "/api/v1/alerts/{id}/events", rights.ReadAlerts, s.inTurn(s.hunts, s.evidence)},
		{http.MethodGet, "/api/v1/alerts/{id}/why", rights.ReadAlerts, s.inTurn(s.hunts, s.why)},
		{http.MethodGet, "/api/v1/incidents", rights.ReadAlerts, s.incidents},
		{http.MethodGet, "/api/v1/incidents/{id}", rights.ReadAlerts, s.incident},
		{http.MethodGet, "/api/v1/rules", rights.ReadRules, s.rules},
		{http.MethodGet, "/api/v1/rules/{id}", rights.ReadRules, s.rule},
		{http.MethodGet, "/api/v1/sources", rights.ReadSources, s.sources},
		{http.MethodGet, "/api/v1/quarantine", rights.Quarantine, s.quarantine},
		{http.MethodGet, "/api/v1/entities/{kind}/{value}", rights.Search, s.inTurn(s.hunts, s.entity)},
		{http.MethodGet, "/api/v1/packs/runs", rights.Search, s.inTurn(s.hunts, s.packRuns)},
		{http.MethodGet, "/api/v1/packs/{name}/runs", rights.Search, s.inTurn(s.hunts, s.runsOf)},
		{http.MethodPost, "/api/v1/packs/{name}/runs", rights.WriteHunts, s.runNow},
		{http.MethodGet, "/api/v1/schedules", rights.ReadHunts, s.schedules},
		{http.MethodPost, "/api/v1/schedules", rights.WriteHunts, s.addSchedule},
		{http.MethodPut, "/api/v1/schedules/{id}", rights.WriteHunts, s.putSchedule},
		{http.MethodDelete, "/api/v1/schedules/{id}", rights.WriteHunts, s.deleteSchedule},
		{http.MethodGet, "/api/v1/hunts", rights.ReadHunts, s.savedHunts},
		{http.MethodPost, "/api/v1/hunts", rights.WriteHunts, s.addHunt},
		{http.MethodGet, "/api/v1/hunts/{id}", rights.ReadHunts, s.hunt},
		{http.MethodPut, "/api/v1/hunts/{id}", rights.WriteHunts, s.putHunt},
		{http.MethodDelete, "/api/v1/hunts/{id}", rights.WriteHunts, s.deleteHunt},
		{http.MethodPost, "/api/v1/hunts/{id}/query", rights.ReadHunts, s.askHunt},
		{http.MethodPost, "/api/v1/export", rights.Export, s.inTurn(s.hunts, s.export)},
		{http.MethodGet, "/api/v1/exports/{id}", rights.Export, s.exported},
		{http.MethodGet, "/api/v1/history", rights.Search, s.history},
		{http.MethodGet, "/api/v1/investigations", rights.ReadCases, s.investigations},
		{http.MethodPost, "/api/v1/investigations", rights.WriteCases, s.addInvestigation},
		{http.MethodGet, "/api/v1/investigations/{id}", rights.ReadCases, s.investigation},
		{http.MethodPatch, "/api/v1/investigations/{id}", rights.WriteCases, s.changeInvestigation},
		{http.MethodDelete, "/api/v1/investigations/{id}", rights.WriteCases, s.deleteInvestigation},
		{http.MethodGet, "/api/v1/investigations/{id}/changes", rights.ReadCases, s.changes},
		{http.MethodGet, "/api/v1/investigations/{id}/export", rights.ReadCases, s.exportCase},
		{http.MethodPost, "/api/v1/investigations/{id}/items", rights.WriteCases, s.addItem},
		{http.MethodPatch, "/api/v1/investigations/{id}/items/{item}", rights.WriteCases, s.patchItem},
		{http.MethodDelete, "/api/v1/investigations/{id}/items/{item}", rights.WriteCases, s.deleteItem},
		{http.MethodGet, "/api/v1/questions", rights.Search, s.questions},
		{http.MethodPost, "/api/v1/questions/{id}/query", rights.Search, s.askQuestion},
		{http.MethodGet, "/api/v1/coverage", rights.ReadRules, s.coverage},
		{http.MethodGet, "/api/v1/fields", rights.Open, s.fields},
		{http.MethodGet, "/api/v1/session", rights.Open, s.session},
		{http.MethodPost, "/api/v1/session", rights.Open, s.login},
		{http.MethodDelete, "/api/v1/session", rights.Open, s.logout},
		{http.MethodPost, oidc.Callback, rights.Open, s.beginOIDC},
		{http.MethodGet, oidc.Callback, rights.Open, s.finishOIDC},
		{http.MethodPost, "/api/v1/setup", rights.Open, s.setup},
		{http.MethodGet, "/api/v1/users", rights.ManageUsers, s.users},
		{http.MethodPost, "/api/v1/users", rights.ManageUsers, s.addUser},
		{http.MethodPatch, "/api/v1/users/{id}", rights.ManageUsers, s.changeUser},
		{http.MethodPost, "/api/v1/users/{id}/password", rights.Known, s.setPassword},
		{http.MethodPost, "/api/v1/users/{id}/totp", rights.Known, s.setTOTP},
		{http.MethodGet, "/api/v1/tokens", rights.ManageTokens, s.tokens},
		{http.MethodPost, "/api/v1/tokens", rights.ManageTokens, s.addToken},
		{http.MethodDelete, "/api/v1/tokens/{id}", rights.ManageTokens, s.revokeToken},
		{http.MethodGet, "/api/v1/audit", rights.ReadAudit, s.auditLog},
		{http.MethodGet, "/api/v1/audit/verify", rights.ReadAudit, s.inTurn(s.hunts, s.verifyAudit)},
		{http.MethodGet, "/openapi.json", rights.Open, s.openapi},
	}...)
}

// Guard lets only requests through that name this server, and that come from its own page or from no page: any web page can reach loopback and the
// networks that its reader is in, so names (DNS rebinding), origins and simple forms are checked.
func (s *Server) Guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = s.behind(r)
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; trusted-types 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if overTLS(r) {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if !s.o.ownName(r.Host) {
			problem(w, http.StatusMisdirectedRequest, fmt.Sprintf("host %.100q is not a name of this server: query.hosts lists them", r.Host), nil)
			return
		}
		if o := r.Header.Get("Origin"); o != "" && !s.ownOrigin(o, r) {
			problem(w, http.StatusForbidden, fmt.Sprintf("origin %.100q may not call this API", o), nil)
			return
		}
		if site := r.Header.Get("Sec-Fetch-Site"); r.Method != http.MethodGet && r.Method != http.MethodHead && site != "" && site != "same-origin" && site != "none" {
			problem(w, http.StatusForbidden, "calls from other sites are refused", nil)
			return
		}
		// No page of another origin can send DELETE, but for what the checks above see; it may come without a body.
		if m := r.Method; m == http.MethodPost || m == http.MethodPut || m == http.MethodPatch || m == http.MethodDelete && r.ContentLength != 0 {
			if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
				problem(w, http.StatusUnsupportedMediaType, "Content-Type must be application/json", nil)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// hostOf gives the host that a request names, without its port.
func hostOf(hostport string) string {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// thisMachine says whether a request names a host of loopback.
func thisMachine(hostport string) bool {
	host := hostOf(hostport)
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// configured says whether a request names one of query.hosts.
func (o Options) configured(hostport string) bool {
	host := hostOf(hostport)
	return slices.ContainsFunc(o.Hosts, func(h string) bool { return strings.EqualFold(h, host) })
}

// ownName says whether a request names this server. Beyond loopback any address is good: rebinding needs a name.
func (o Options) ownName(hostport string) bool {
	if thisMachine(hostport) || o.configured(hostport) {
		return true
	}
	ip, err := netip.ParseAddr(hostOf(hostport))
	return err == nil && !o.Loopback() && !ip.IsUnspecified()
}

// ownOrigin says whether a page of origin is this server's. A proxy that browsers call by one of query.hosts may speak TLS where this server does not.
func (s *Server) ownOrigin(origin string, r *http.Request) bool {
	switch {
	case overTLS(r):
		return origin == "https://"+r.Host
	case origin == "http://"+r.Host:
		return true
	}
	return origin == "https://"+r.Host && s.o.configured(r.Host)
}

// problem answers with an error in the form of RFC 9457.
func problem(w http.ResponseWriter, status int, detail string, more map[string]any) {
	refused(w, detail)
	body := map[string]any{"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail}
	for k, v := range more {
		body[k] = v
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) // the client may be gone: nothing to do about it
}

// maxBody bounds a request: a predicate has at most 8 KiB, a list of fields some more.
const maxBody = 64 << 10

// read decodes a JSON body strictly.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	return readMost(w, r, into, maxBody)
}

// readMost is read for a body of at most so many bytes.
func readMost(w http.ResponseWriter, r *http.Request, into any, most int64) bool {
	var text bytes.Buffer
	d := json.NewDecoder(io.TeeReader(http.MaxBytesReader(w, r.Body, most), &text))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more than one JSON value")
		} else if hasNull(&text) {
			err = errors.New("null stands for nothing: leave it out")
		}
	}
	if err != nil {
		status := http.StatusBadRequest
		if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
			status = http.StatusRequestEntityTooLarge
		}
		if mistyped := (*json.UnmarshalTypeError)(nil); errors.As(err, &mistyped) {
			err = fmt.Errorf("%s cannot be a JSON %s", cmp.Or(mistyped.Field, "it"), mistyped.Value)
		}
		if untimely := (*time.ParseError)(nil); errors.As(err, &untimely) {
			err = fmt.Errorf("%.60q is no time such as \"2027-01-31T12:00:00Z\"", untimely.Value)
		}
		if errors.Is(err, io.EOF) {
			err = errors.New("it is empty")
		}
		problem(w, status, "request body: "+err.Error(), nil)
	}
	return err == nil
}

// hasNull looks for null anywhere in a JSON value, which encoding/json takes for whatever is wanted.
func hasNull(text io.Reader) bool {
	for d := json.NewDecoder(text); ; {
		token, err := d.Token()
		if err != nil || token == nil {
			return err == nil
		}
	}
}

func answer(w http.ResponseWriter, v any) { answerWith(w, http.StatusOK, v) }

// answerChanged answers what is asked for again and again: with an ETag, and not at all (304) to a client that names it.
func (s *Server) answerChanged(w http.ResponseWriter, r *http.Request, v any) {
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(v); err != nil {
		s.failed(w, r, err)
		return
	}
	sum := sha256.Sum256(body.Bytes())
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "no-store")
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", "application/json")
	w.Write(body.Bytes()) // the client may be gone: nothing to do about it
}

// created answers a POST that made something.
func created(w http.ResponseWriter, v any) { answerWith(w, http.StatusCreated, v) }

func answerWith(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) // the client may be gone: nothing to do about it
}

// refuse answers a search that cannot be made, with the place of the fault where it is in the predicate.
func refuse(w http.ResponseWriter, err error) {
	more := map[string]any{}
	if at := (*rule.Error)(nil); errors.As(err, &at) {
		more["position"] = map[string]int{"offset": at.Offset, "line": at.Line, "column": at.Column}
	}
	problem(w, http.StatusBadRequest, err.Error(), more)
}

// failed answers a search that the store did not finish.
func (s *Server) failed(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // the client is gone, and the statement was cancelled
	}
	status, more, told := http.StatusUnprocessableEntity, map[string]any(nil), TroubleOf(s.log.With("path", r.URL.Path), "a request failed", err)
	if t, ok := told.(Trouble); ok {
		status, more = http.StatusBadGateway, map[string]any{"error_id": t.ID, "class": t.Class}
	}
	detail := told.Error()
	if principalOf(r).Can(rights.Reload) && !strings.HasSuffix(detail, err.Error()) {
		detail += ": " + err.Error() // who manages the whole need not look into the log
	}
	problem(w, status, detail, more)
}
