// Package web serves the API and the page.
package web

import (
	"cmp"
	"context"
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
	"strings"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/rights"
	"watchpost/internal/rule"
)

// Options of the page and the API.
type Options struct {
	Addr   string      `yaml:"addr"`   // host:port; loopback only, until there are user rights
	Hosts  []string    `yaml:"hosts"`  // further names by which a local proxy may call the page
	Budget hunt.Budget `yaml:"budget"` // of one hunt
	Past   hunt.Budget `yaml:"past"`   // of one back-test; time is that of the whole
}

// Defaults are used where the configuration says nothing.
var Defaults = Options{Addr: "127.0.0.1:8080", Budget: hunt.DefaultBudget, Past: hunt.PastBudget}

// Check names every fault of o by its key.
func (o Options) Check() error {
	var faults []error
	host, _, err := net.SplitHostPort(o.Addr)
	if err != nil {
		faults = append(faults, fmt.Errorf("addr: %q: want host:port", o.Addr))
	} else if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.IsLoopback()) {
		faults = append(faults, fmt.Errorf("addr: %s is not loopback: until there are user rights the page is for this machine alone", o.Addr))
	}
	if err := o.Budget.Check(); err != nil {
		faults = append(faults, fmt.Errorf("budget: %w", err))
	}
	if err := o.Past.Check(); err != nil {
		faults = append(faults, fmt.Errorf("past: %w", err))
	}
	return errors.Join(faults...)
}

// Desk answers hunts. Every method ends when ctx does.
type Desk interface {
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
	// Alerts gives the newest revision of each alert, newest first, each as a JSON object.
	Alerts(ctx context.Context, f AlertFilter) ([]json.RawMessage, error)
	// Rules gives the rules in use, by id, and what they did for some tenants.
	Rules(ctx context.Context, tenants []string) ([]Rule, error)
	// Sources tells of the senders of some tenants, those heard last first.
	Sources(ctx context.Context, tenants []string) ([]Source, error)

	Queue
	Past
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
	Mode            string    // of the rule, live or shadow
	From, To        time.Time // by the time of the crossing event, To exclusive
	Status          string    // new, acknowledged, closed, or open: not closed
	Owner           string    // "none": nobody's
	Entity          string    // kind:value, or a value of whichever kind
	Limit           int
}

// Server is the API and the page as a handler.
type Server struct {
	o      Options
	desk   Desk
	gate   Gate
	ledger Ledger
	page   fs.FS
	now    func() time.Time
	log    *slog.Logger
}

// New makes a Server; page holds the built web page.
func New(o Options, desk Desk, gate Gate, ledger Ledger, page fs.FS, now func() time.Time, log *slog.Logger) *Server {
	return &Server{o, desk, gate, ledger, page, now, log}
}

func (s *Server) routes() []route {
	return append(s.pastRoutes(), []route{
		{http.MethodPost, "/api/v1/search", rights.Search, s.search},
		{http.MethodPost, "/api/v1/histogram", rights.Search, s.histogram},
		{http.MethodPost, "/api/v1/values", rights.Search, s.values},
		{http.MethodPost, "/api/v1/table", rights.Search, s.table},
		{http.MethodPost, "/api/v1/query/parse", rights.Search, s.parse},
		{http.MethodPost, "/api/v1/query/complete", rights.Search, s.complete},
		{http.MethodGet, "/api/v1/alerts", rights.ReadAlerts, s.alerts},
		{http.MethodGet, "/api/v1/alerts/{id}", rights.ReadAlerts, s.alert},
		{http.MethodGet, "/api/v1/alerts/{id}/activity", rights.ReadAlerts, s.activity},
		{http.MethodPost, "/api/v1/alerts/{id}/activity", rights.WriteAlerts, s.act},
		{http.MethodGet, "/api/v1/alerts/{id}/events", rights.ReadAlerts, s.evidence},
		{http.MethodGet, "/api/v1/alerts/{id}/why", rights.ReadAlerts, s.why},
		{http.MethodGet, "/api/v1/incidents", rights.ReadAlerts, s.incidents},
		{http.MethodGet, "/api/v1/incidents/{id}", rights.ReadAlerts, s.incident},
		{http.MethodGet, "/api/v1/rules", rights.ReadRules, s.rules},
		{http.MethodGet, "/api/v1/sources", rights.ReadSources, s.sources},
		{http.MethodGet, "/api/v1/fields", rights.Open, s.fields},
		{http.MethodGet, "/openapi.json", rights.Open, s.openapi},
	}...)
}

// Guard lets only requests through that come from this machine's own tools and pages: any web page can reach loopback,
// so names (DNS rebinding), origins and simple forms are checked.
func (s *Server) Guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; trusted-types 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if !s.localName(r.Host) {
			problem(w, http.StatusMisdirectedRequest, fmt.Sprintf("host %.100q is not a name of this machine", r.Host), nil)
			return
		}
		if o := r.Header.Get("Origin"); o != "" && o != "http://"+r.Host {
			problem(w, http.StatusForbidden, fmt.Sprintf("origin %.100q may not call this API", o), nil)
			return
		}
		if site := r.Header.Get("Sec-Fetch-Site"); r.Method != http.MethodGet && r.Method != http.MethodHead && site != "" && site != "same-origin" && site != "none" {
			problem(w, http.StatusForbidden, "calls from other sites are refused", nil)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
				problem(w, http.StatusUnsupportedMediaType, "Content-Type must be application/json", nil)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) localName(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if host == "localhost" {
		return true
	}
	for _, h := range s.o.Hosts {
		if strings.EqualFold(h, host) {
			return true
		}
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// problem answers with an error in the form of RFC 9457.
func problem(w http.ResponseWriter, status int, detail string, more map[string]any) {
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
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, most))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more than one JSON value")
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
		if errors.Is(err, io.EOF) {
			err = errors.New("it is empty")
		}
		problem(w, status, "request body: "+err.Error(), nil)
	}
	return err == nil
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
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
	status := http.StatusBadGateway
	if errors.Is(err, ErrOverBudget) {
		status = http.StatusUnprocessableEntity
	}
	s.log.Warn("hunt failed", "path", r.URL.Path, "error", err)
	problem(w, status, err.Error(), nil)
}
