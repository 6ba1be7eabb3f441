package app

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/detect"
	"watchpost/internal/rule"
	"watchpost/internal/web"
)

// sides holds the alerts of a rule without and with an exception, by id.
type sides struct {
	from, to int64
	alerts   [2]map[string]alert.Alert // bodies of at most maxShown, else without
	left     bool                      // there were more than maxCompared
}

// maxShown bounds the alerts of a side that are kept whole, so that they can be shown.
const maxShown = 10_000

func (s *sides) take(side int) func(alert.Alert) {
	s.alerts[side] = map[string]alert.Alert{}
	return func(a alert.Alert) {
		m := s.alerts[side]
		if _, known := m[a.ID]; !known && len(m) >= maxCompared {
			s.left = true
			return
		}
		switch {
		case a.Time < s.from || a.Time >= s.to:
		case len(m) < maxShown:
			m[a.ID] = a
		default:
			m[a.ID] = alert.Alert{ID: a.ID, Time: a.Time}
		}
	}
}

// only gives how many alerts of a side the other lacks, and some of them.
func (s *sides) only(side, most int) (n uint64, shown []json.RawMessage) {
	shown = []json.RawMessage{}
	for id, a := range s.alerts[side] {
		if _, both := s.alerts[1-side][id]; both {
			continue
		}
		n++
		if a.Rule != "" && len(shown) < most {
			shown = append(shown, a.AppendJSON(nil))
		}
	}
	return n, shown
}

// Exception implements web.Past.
func (p *past) Exception(ctx context.Context, tenants []string, q web.ExceptionPreview, tell func(web.Progress)) (*web.ExceptionResult, error) {
	leave, err := p.enter(q.By, tenants)
	if err != nil {
		return nil, err
	}
	defer leave()
	r, err := p.find(q.Rule, q.ID)
	if err != nil {
		return nil, err
	}
	set, err := p.rules.loaded()
	if err != nil {
		return nil, err
	}
	after, err := set.Except(r, q.Match, time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		return nil, &web.Fault{Err: err}
	}
	s := &sides{from: q.From.UnixNano(), to: q.To.UnixNano()}
	var tests []*detect.Backtest
	for side, r := range []*rule.Rule{r, after} {
		t, err := backtestOf(r, s.take(side))
		if err != nil {
			return nil, err
		}
		tests = append(tests, t)
	}
	j, err := p.judge(ctx, r, tests, tenants, q.From, q.To, func(at int64, d float64, j course) {
		tell(web.Progress{Done: d, At: time.Unix(0, at).UTC(), Events: j.events, Alerts: uint64(len(s.alerts[0]))})
	})
	if err != nil {
		return nil, err
	}
	out := &web.ExceptionResult{Rule: r.ID, From: q.From.UTC(), To: time.Unix(0, j.to).UTC(), Before: uint64(len(s.alerts[0])), After: uint64(len(s.alerts[1])),
		Events: tests[0].Matched(), EventsHidden: tests[0].Matched() - tests[1].Matched(), Partial: j.partial, Notes: []string{}}
	out.Hidden, out.Samples = s.only(0, q.Samples)
	out.Added, out.AddedSamples = s.only(1, q.Samples)
	if s.left {
		out.Notes = append(out.Notes, fmt.Sprintf("only the first %d alerts are compared", maxCompared))
	}
	if out.EventsHidden > 0 && out.EventsHidden == out.Events {
		out.Notes = append(out.Notes, "it hides every event that the rule matched: that is the rule switched off")
	}
	if out.Added > 0 {
		out.Notes = append(out.Notes, "some alerts would begin elsewhere, or come that did not: without the hidden events the windows lie otherwise")
	}
	if out.Tests, err = exceptedTests(r, after); err != nil {
		return nil, err
	}
	out.TestsPass = true
	for _, t := range out.Tests {
		out.TestsPass = out.TestsPass && t.Failure == ""
	}
	return out, nil
}

// exceptedTests runs the rule's own tests that alert, with the exception; those that fail without it are left out.
func exceptedTests(r, after *rule.Rule) ([]web.TestOutcome, error) {
	out := []web.TestOutcome{}
	var results [2][]detect.TestResult
	for i, r := range []*rule.Rule{r, after} {
		var err error
		if results[i], err = detect.RunTests(&rule.Set{Rules: []*rule.Rule{r}}, testBatch, time.Now); err != nil {
			return nil, err
		}
	}
	for i, t := range r.Tests {
		if len(t.Alerts) == 0 || results[0][i].Failure != "" {
			continue
		}
		out = append(out, web.TestOutcome{Name: t.Name, Failure: results[1][i].Failure})
	}
	return out, nil
}

// RuleHunt implements web.Past.
func (p *past) RuleHunt(tenants []string, id string) (*web.RuleHunt, error) {
	r, err := p.find(id, id)
	if err != nil {
		return nil, err
	}
	r = r.For(tenants...)
	out := &web.RuleHunt{Query: huntQuery(r), From: "-24h", To: "now", GroupBy: namesOf(r.GroupBy), Fields: []string{"@timestamp"}}
	if r.Window != nil && 2*r.Window.Within > day {
		out.From = fmt.Sprintf("-%dh", int(2*r.Window.Within/time.Hour))
	}
	for _, f := range detect.Fields(r) {
		if f := f.String(); f != "labels" && f != "@timestamp" {
			out.Fields = append(out.Fields, f)
		}
	}
	return out, nil
}

// huntQuery gives the condition of r in a form that needs no lists by name.
func huntQuery(r *rule.Rule) string {
	var parts []string
	for i, s := range r.Steps {
		if r.Window != nil && r.Window.Negated(i) {
			continue
		}
		if len(s.Match.Lists()) > 0 {
			parts = append(parts, rule.Show(s.Match.Node()))
		} else {
			parts = append(parts, strings.TrimSpace(s.Match.Source()))
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, ") or (") + ")"
}
