package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// ExceptionPreview asks what an exception of a rule would have hidden in [From, To).
type ExceptionPreview struct {
	Rule, ID string // as of Backtest
	Match    string // what is excepted
	From, To time.Time
	Samples  int
	By       string // as of Backtest
}

// ExceptionResult is what it would have hidden.
type ExceptionResult struct {
	Rule         string            `json:"rule"`
	From         time.Time         `json:"from"`
	To           time.Time         `json:"to"`
	Before       uint64            `json:"alerts_before"`
	After        uint64            `json:"alerts_after"`
	Hidden       uint64            `json:"hidden"` // alerts that would not have come
	Added        uint64            `json:"added"`  // that would have come in their place
	Events       uint64            `json:"events"` // that the rule matched
	EventsHidden uint64            `json:"events_hidden"`
	Samples      []json.RawMessage `json:"samples"` // of the hidden ones
	AddedSamples []json.RawMessage `json:"added_samples"`
	Tests        []TestOutcome     `json:"tests"` // of the rule's own tests those that alert
	TestsPass    bool              `json:"tests_pass"`
	Partial      bool              `json:"partial"`
	Notes        []string          `json:"notes"`
}

// TestOutcome is what became of a test.
type TestOutcome struct {
	Name    string `json:"name"`
	Failure string `json:"failure,omitempty"` // what is wrong; "" where it passed
}

// DraftQuery asks for a rule made of a hunt.
type DraftQuery struct {
	Query  string
	Events []string // event ids, for a test
	Name   string
}

// Draft is a rule that nobody has read yet.
type Draft struct {
	ID      string   `json:"id"`
	YAML    string   `json:"yaml"`
	Tested  int      `json:"tested"`   // events in its test
	LeftOut []string `json:"left_out"` // events that are not, and why
}

// RuleHunt is a rule's condition as a hunt.
type RuleHunt struct {
	Query   string   `json:"query"`
	From    string   `json:"from"`
	To      string   `json:"to"`
	GroupBy []string `json:"group_by"`
	Fields  []string `json:"fields"`
}

func (s *Server) exceptionPreview(w http.ResponseWriter, r *http.Request) {
	in := struct {
		Rule     string `json:"rule"`
		ID       string `json:"id"`
		Match    string `json:"match"`
		From     string `json:"from"`
		To       string `json:"to"`
		Samples  int    `json:"samples"`
		Progress bool   `json:"progress"`
	}{Samples: 10}
	if !readMost(w, r, &in, maxRuleBody) {
		return
	}
	q := ExceptionPreview{Rule: in.Rule, ID: in.ID, Match: in.Match, Samples: in.Samples, By: principalOf(r).Person}
	var err error
	q.From, q.To, err = s.span(in.From, in.To, "-30d")
	if in.Samples < 0 || in.Samples > maxSamples {
		err = errors.Join(err, fmt.Errorf("samples: %d: want 0 to %d", in.Samples, maxSamples))
	}
	if err != nil {
		refuse(w, err)
		return
	}
	s.audit(r, "rules.exception.preview", map[string]any{"rule": in.Rule[:min(len(in.Rule), maxTold)], "match": in.Match[:min(len(in.Match), maxTold)], "from": q.From, "to": q.To})
	p := progress{w: w, now: s.now, on: in.Progress}
	out, err := s.desk.Exception(r.Context(), principalOf(r).Tenants, q, p.tell)
	p.end(s, r, out, err)
}

// maxDrafted bounds the events of a draft's test.
const maxDrafted = 50

func (s *Server) draft(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Query  string   `json:"query"`
		Events []string `json:"events"`
		Name   string   `json:"name"`
	}
	if !read(w, r, &in) {
		return
	}
	var err error
	if in.Query == "" {
		err = errors.New("query: is missing")
	}
	if len(in.Events) > maxDrafted {
		err = errors.Join(err, fmt.Errorf("events: %d are too many, the most is %d", len(in.Events), maxDrafted))
	}
	if len(in.Name) > 200 {
		err = errors.Join(err, errors.New("name: more than 200 bytes"))
	}
	if err != nil {
		refuse(w, err)
		return
	}
	requestOf(r).query = in.Query
	out, err := s.desk.Draft(r.Context(), principalOf(r).Tenants, DraftQuery{in.Query, in.Events, in.Name})
	if err != nil {
		s.pastFailed(w, r, err)
		return
	}
	s.audit(r, "rules.draft", map[string]any{"query": in.Query, "events": len(in.Events)})
	out.LeftOut = append([]string{}, out.LeftOut...)
	answer(w, out)
}

func (s *Server) ruleHunt(w http.ResponseWriter, r *http.Request) {
	out, err := s.desk.RuleHunt(principalOf(r).Tenants, r.PathValue("id"))
	if fault := (*Fault)(nil); errors.As(err, &fault) {
		problem(w, http.StatusNotFound, err.Error(), nil)
		return
	}
	if err != nil {
		s.failed(w, r, err)
		return
	}
	answer(w, out)
}
