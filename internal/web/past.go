package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"watchpost/internal/hunt"
	"watchpost/internal/hunt/pack"
	"watchpost/internal/rights"
	"watchpost/internal/rule"
)

// Past answers what rules would have said of what is stored. Every method ends when ctx does.
type Past interface {
	// Backtest judges a rule over the past; progress is called now and then. The error is a *Fault where the question is wrong.
	Backtest(ctx context.Context, tenants []string, q Backtest, progress func(Progress)) (*BacktestResult, error)
	// Exception judges a rule with and without one more exception, as Backtest does.
	Exception(ctx context.Context, tenants []string, q ExceptionPreview, progress func(Progress)) (*ExceptionResult, error)
	// Draft makes a rule of a hunt, with a test of events that were found. The error is a *Fault where none can be made.
	Draft(ctx context.Context, tenants []string, q DraftQuery) (*Draft, error)
	// RuleHunt gives the condition of a rule in use as a hunt, as it is for some tenants. The error is a *Fault if there is none of that id.
	RuleHunt(tenants []string, id string) (*RuleHunt, error)
	// CheckException reads an exception, as rules are read, and says what it is about. The error is a *Fault where it is none, or concerns no rule.
	CheckException(x RuleException, tenant string) error
	// UseExceptions takes into use what was written of exceptions, in this process, and gives what UsedExceptions does then.
	UseExceptions(ctx context.Context) (used map[string]bool, faults map[string]string)
	// UsedExceptions says which of the exceptions that are stored this process uses, by id, and why others not.
	UsedExceptions() (used map[string]bool, faults map[string]string)
	// IOCs tells which indicators of compromise are looked for.
	IOCs() IOCs
	// IOCList gives indicators of a file, those that contain a text. The error is ErrNotFound if there is no such file.
	IOCList(ctx context.Context, name, contains string, limit int) (*IOCList, error)
	// PutIOCs writes a file of indicators, or adds lines to one, and takes it into use. The error is a *Fault where the text holds none.
	PutIOCs(name, text string, add bool) (*IOCFile, error)
	// DeleteIOCs takes a file of indicators away. The error is ErrNotFound if there is none.
	DeleteIOCs(name string) error
	// Packs gives the packs of hunts.
	Packs() ([]pack.Pack, error)
	// RunPack runs hunts of a pack. The error is ErrNoPack, or a *Fault where the question is wrong.
	RunPack(ctx context.Context, tenants []string, q PackRun) (*PackResult, error)
}

// Fault is an error of the one who asks.
type Fault struct{ Err error }

func (f *Fault) Error() string { return f.Err.Error() }
func (f *Fault) Unwrap() error { return f.Err }

// ErrBusy says that as many back-tests run as may; what wraps it, whose.
var ErrBusy = errors.New("back-tests and packs of hunts are running")

// Backtest asks what a rule would have raised in [From, To).
type Backtest struct {
	Rule     string // a rule's YAML, or the id of a rule in use
	ID       string // which, where the YAML holds several
	From, To time.Time
	Samples  int    // alerts to show
	By       string // the person for whom it counts
}

// Progress of a back-test.
type Progress struct {
	Done   float64   `json:"done"` // 0 to 1, by time
	At     time.Time `json:"at"`   // up to then all was judged
	Events uint64    `json:"events"`
	Alerts uint64    `json:"alerts"`
}

// BacktestResult is what a rule would have raised.
type BacktestResult struct {
	Rule    string            `json:"rule"`
	From    time.Time         `json:"from"`
	To      time.Time         `json:"to"`
	Alerts  uint64            `json:"alerts"`
	PerDay  []DayCount        `json:"per_day"`
	Keys    []KeyCount        `json:"keys"`
	Samples []json.RawMessage `json:"samples"` // alerts
	Live    LiveDifference    `json:"live"`
	Events  uint64            `json:"events"` // that the store gave back to be judged
	Warmup  Warmup            `json:"warmup"`
	Partial bool              `json:"partial"`          // To is when the budget was used up
	Reason  string            `json:"reason,omitempty"` // why it is partial
	Notes   []string          `json:"notes"`            // what may make it differ from what the stream says
	Elapsed int64             `json:"elapsed_ms"`
}

// DayCount counts the alerts of a day, UTC.
type DayCount struct {
	Day   string `json:"day"`
	Count uint64 `json:"count"`
}

// KeyCount counts the alerts of a group key.
type KeyCount struct {
	Key   string            `json:"key"` // for people
	Group map[string]string `json:"group"`
	Count uint64            `json:"count"`
}

// LiveDifference compares by group key and time with the alerts that the rule of the same id has raised.
type LiveDifference struct {
	New      uint64        `json:"new"`  // that were not raised
	Lost     uint64        `json:"lost"` // that were raised and would not be
	Same     uint64        `json:"same"`
	Examples []LiveExample `json:"examples"`
}

// LiveExample is an alert on one side only.
type LiveExample struct {
	Kind  string            `json:"kind"` // new or lost
	ID    string            `json:"alert.id"`
	Time  time.Time         `json:"@timestamp"`
	Group map[string]string `json:"group"`
}

// Warmup is what of the time before the range was judged to fill the rule's windows and memory.
type Warmup struct {
	From    time.Time `json:"from"`
	Seconds float64   `json:"seconds"`
	Learn   float64   `json:"learn_seconds"` // what a memory (first_seen, rate) takes of it
}

func (s *Server) pastRoutes() []route {
	return []route{
		{http.MethodPost, "/api/v1/rules/backtest", rights.Backtest, s.backtest},
		{http.MethodPost, "/api/v1/rules/draft", rights.Backtest, s.inTurn(s.hunts, s.draft)},
		{http.MethodGet, "/api/v1/rules/{id}/hunt", rights.ReadRules, s.ruleHunt},
		{http.MethodPost, "/api/v1/exceptions/preview", rights.Backtest, s.exceptionPreview},
		{http.MethodGet, "/api/v1/exceptions", rights.ReadRules, s.exceptions},
		{http.MethodPost, "/api/v1/exceptions", rights.WriteExceptions, s.addException},
		{http.MethodPut, "/api/v1/exceptions/{id}", rights.WriteExceptions, s.putException},
		{http.MethodDelete, "/api/v1/exceptions/{id}", rights.WriteExceptions, s.deleteException},
		{http.MethodGet, "/api/v1/iocs", rights.ReadRules, s.iocs},
		{http.MethodGet, "/api/v1/iocs/{name}", rights.ReadRules, s.iocList},
		{http.MethodPut, "/api/v1/iocs/{name}", rights.WriteRules, s.putIOCs},
		{http.MethodDelete, "/api/v1/iocs/{name}", rights.WriteRules, s.deleteIOCs},
		{http.MethodGet, "/api/v1/packs", rights.ReadRules, s.packs},
		{http.MethodPost, "/api/v1/packs/{name}/run", rights.Search, s.inTurn(s.hunts, s.runPack)},
	}
}

// maxRuleBody bounds a request that holds a rule.
const maxRuleBody = 2*rule.MaxFile + maxBody

// Bounds of a back-test.
const (
	maxSamples = 1000
	maxPast    = 3660 * 24 * time.Hour
)

// span reads a range of times, reporting faults by their keys.
func (s *Server) span(from, to, otherwise string) (f, t time.Time, err error) {
	read := func(key, value, otherwise string) time.Time {
		if value == "" {
			value = otherwise
		}
		at, fault := hunt.ParseTime(value, s.now())
		if fault != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", key, fault))
		}
		return at
	}
	f, t = read("from", from, otherwise), read("to", to, "now")
	switch {
	case err != nil:
	case f.After(t):
		err = errors.New("from: is later than to")
	case t.Sub(f) > maxPast:
		err = fmt.Errorf("from: more than %d days before to", int(maxPast.Hours()/24))
	}
	return f, t, err
}

func (s *Server) backtest(w http.ResponseWriter, r *http.Request) {
	in := struct {
		Rule     string `json:"rule"`
		ID       string `json:"id"`
		From     string `json:"from"`
		To       string `json:"to"`
		Samples  int    `json:"samples"`
		Progress bool   `json:"progress"`
	}{Samples: 10}
	if !readMost(w, r, &in, maxRuleBody) {
		return
	}
	q := Backtest{Rule: in.Rule, ID: in.ID, Samples: in.Samples, By: principalOf(r).Person}
	var err error
	q.From, q.To, err = s.span(in.From, in.To, "-30d")
	if in.Samples < 0 || in.Samples > maxSamples {
		err = errors.Join(err, fmt.Errorf("samples: %d: want 0 to %d", in.Samples, maxSamples))
	}
	if err != nil {
		refuse(w, err)
		return
	}
	told := in.Rule
	if len(told) > maxTold {
		told = told[:maxTold]
	}
	s.audit(r, "rules.backtest", map[string]any{"rule": told, "from": q.From, "to": q.To})
	p := progress{w: w, now: s.now, on: in.Progress}
	out, err := s.desk.Backtest(r.Context(), principalOf(r).Tenants, q, p.tell)
	p.end(s, r, out, err)
}

// maxTold bounds what the account says of a rule's text.
const maxTold = 2000

// progress streams how far an answer is as NDJSON, if that is asked for, before the answer itself.
type progress struct {
	w     http.ResponseWriter
	now   func() time.Time
	on    bool
	begun bool
	last  time.Time
}

func (p *progress) tell(at Progress) {
	if now := p.now(); p.on && (!p.begun || now.Sub(p.last) >= flushEvery) {
		p.last = now
		p.line(map[string]any{"_progress": at})
	}
}

func (p *progress) line(v any) {
	if !p.begun {
		p.begun = true
		p.w.Header().Set("Content-Type", "application/x-ndjson")
		p.w.Header().Set("Cache-Control", "no-store")
		p.w.WriteHeader(http.StatusOK)
	}
	json.NewEncoder(p.w).Encode(v) // the client may be gone: the request's context says so
	http.NewResponseController(p.w).Flush()
}

// end answers with out, or with what went wrong; a stream that has begun breaks off then.
func (p *progress) end(s *Server, r *http.Request, out any, err error) {
	switch {
	case err == nil && p.on:
		p.line(out)
	case err == nil:
		answer(p.w, out)
	case p.begun:
		s.log.Warn("a look at the past broke off", "path", r.URL.Path, "error", err)
		panic(http.ErrAbortHandler)
	default:
		s.pastFailed(p.w, r, err)
	}
}

// pastFailed answers a question about the past that got no answer.
func (s *Server) pastFailed(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, ErrBusy) {
		w.Header().Set("Retry-After", "10")
		problem(w, http.StatusServiceUnavailable, err.Error(), nil)
		return
	}
	s.wrong(w, r, err)
}
