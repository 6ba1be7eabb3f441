package app

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"watchpost/internal/attack"
	"watchpost/internal/detect"
	"watchpost/internal/event"
	"watchpost/internal/rule"
	"watchpost/internal/web"
)

// rulesInUse are the rules of this process.
type rulesInUse struct {
	set   atomic.Pointer[rule.Set]
	iocs  atomic.Pointer[indicators]
	known atomic.Pointer[known]
	did   atomic.Pointer[func() map[string]detect.RuleStats] // by id; nil where no detector runs here
}

// loaded gives the rules, once there are some.
func (r *rulesInUse) loaded() (*rule.Set, error) {
	set := r.set.Load()
	if set == nil {
		return nil, errors.New("the rules are not loaded yet")
	}
	return set, nil
}

// ruleOf gives the rule of that id, or nil.
func ruleOf(set *rule.Set, id string) *rule.Rule {
	if at := slices.IndexFunc(set.Rules, func(r *rule.Rule) bool { return r.ID == id }); at >= 0 {
		return set.Rules[at]
	}
	return nil
}

// work gives what the rules did; nil where no detector runs here.
func (r *rulesInUse) work() map[string]detect.RuleStats {
	if did := r.did.Load(); did != nil {
		return (*did)()
	}
	return nil
}

func together(parts ...map[string]detect.RuleStats) map[string]detect.RuleStats {
	out := make(map[string]detect.RuleStats)
	for _, p := range parts {
		for id, s := range p {
			out[id] = out[id].Add(s)
		}
	}
	return out
}

// alertsOf is how far back a rule's alerts are counted.
const alertsOf = 30 * 24 * time.Hour

// Rules implements web.Desk.
func (d *desk) Rules(ctx context.Context, tenants []string) ([]web.Rule, error) {
	now := time.Now()
	raised, err := d.store.AlertsByRule(ctx, tenants, now.Add(-alertsOf).UnixNano())
	if err != nil {
		return nil, err
	}
	did := d.rules.work()
	set, err := d.rules.loaded()
	if err != nil {
		return nil, err
	}
	var out []web.Rule
	for _, r := range set.Rules {
		w := describe(r.For(tenants...), now)
		if a, ok := raised[r.ID]; ok {
			last := time.Unix(0, a.Last).UTC()
			w.Alerts, w.LastAlert = a.Alerts, &last
		}
		if did != nil {
			s := did[r.ID]
			w.Work = &web.RuleWork{Matches: s.Matches, Errors: s.Errors, Evaluations: s.Evaluations,
				Microseconds: float64(s.Each.Nanoseconds()) / 1e3, Off: s.Off}
		}
		out = append(out, w)
	}
	return out, nil
}

// Rule implements web.Desk.
func (d *desk) Rule(_ context.Context, tenants []string, id string) (*web.RuleInUse, error) {
	set, err := d.rules.loaded()
	if err != nil {
		return nil, err
	}
	r := ruleOf(set, id)
	if r == nil {
		return nil, web.ErrNotFound
	}
	r = r.For(tenants...)
	out := &web.RuleInUse{ID: r.ID, RuleText: textOf(r), Author: r.Author, GroupBy: namesOf(r.GroupBy), Fields: namesOf(r.Fields), Tests: []string{}}
	for _, t := range r.Tests {
		out.Tests = append(out.Tests, t.Name)
	}
	return out, nil
}

func namesOf(fields []event.Field) []string {
	out := []string{}
	for _, f := range fields {
		out = append(out, f.String())
	}
	return out
}

// textOf gives what r says of itself.
func textOf(r *rule.Rule) web.RuleText {
	out := web.RuleText{Name: r.Title, Description: r.Description, File: r.File, Line: r.Line, Window: windowText(r), Steps: []web.RuleStep{},
		Exceptions: describe(r, time.Now()).Exceptions, Playbook: r.Playbook, FalsePositives: r.FalsePositives, References: r.References}
	for _, s := range r.Steps {
		out.Steps = append(out.Steps, web.RuleStep{Name: s.Name, Match: s.Written.Source(), AtLeast: s.AtLeast})
	}
	return out
}

func describe(r *rule.Rule, now time.Time) web.Rule {
	w := web.Rule{ID: r.ID, Name: r.Title, Level: r.Level, Mode: r.Mode, Status: r.Status, Enabled: r.Enabled, Hash: hex.EncodeToString(r.Version[:]),
		File: r.File, Techniques: r.Techniques, Names: attack.Names(r.Techniques), Exceptions: []web.Exception{}}
	if r.Window != nil {
		w.Window = string(r.Window.Kind)
	}
	for _, e := range r.Exceptions {
		w.Exceptions = append(w.Exceptions, web.Exception{Match: e.Match.Source(), Owner: e.Owner, Reason: e.Reason, Expires: e.Expires, Expired: !now.Before(e.Expires)})
	}
	return w
}

// maxRuleSeries bounds the rules that have metrics of their own: those with the most matches.
const maxRuleSeries = 1000

// measureRules publishes what each rule did.
func (s *Service) measureRules() {
	for state, of := range map[string]func(*rule.Rule, detect.RuleStats) bool{
		"live":     func(r *rule.Rule, d detect.RuleStats) bool { return r.Enabled && r.Mode != rule.Shadow && d.Off == "" },
		"shadow":   func(r *rule.Rule, d detect.RuleStats) bool { return r.Enabled && r.Mode == rule.Shadow && d.Off == "" },
		"disabled": func(r *rule.Rule, _ detect.RuleStats) bool { return !r.Enabled },
		"off":      func(r *rule.Rule, d detect.RuleStats) bool { return r.Enabled && d.Off != "" },
	} {
		s.ops.gauge("rules", "Rules by state; off: switched off for their cost.", prometheus.Labels{"state": state}, func() float64 {
			did, n := s.rules.work(), 0
			for _, r := range s.rules.set.Load().Rules {
				if of(r, did[r.ID]) {
					n++
				}
			}
			return float64(n)
		})
	}
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("watchpost_rule_"+name, help, []string{"rule"}, nil)
	}
	descs := []struct {
		d    *prometheus.Desc
		kind prometheus.ValueType
		read func(detect.RuleStats) float64
	}{
		{desc("matches_total", "Events that a rule matched."), prometheus.CounterValue, func(d detect.RuleStats) float64 { return float64(d.Matches) }},
		{desc("alerts_total", "Alerts that a rule raised."), prometheus.CounterValue, func(d detect.RuleStats) float64 { return float64(d.Alerts) }},
		{desc("last_alert_timestamp_seconds", "Time of a rule's newest alert."), prometheus.GaugeValue, func(d detect.RuleStats) float64 { return float64(d.Last) / 1e9 }},
		{desc("errors_total", "Events on which a rule could not be evaluated."), prometheus.CounterValue, func(d detect.RuleStats) float64 { return float64(d.Errors) }},
		{desc("evaluations_total", "How often a rule was evaluated."), prometheus.CounterValue, func(d detect.RuleStats) float64 { return float64(d.Evaluations) }},
		{desc("evaluation_seconds", "Mean time of an evaluation."), prometheus.GaugeValue, func(d detect.RuleStats) float64 { return d.Each.Seconds() }},
		{desc("off", "1: the rule is switched off for its cost."), prometheus.GaugeValue, func(d detect.RuleStats) float64 {
			if d.Off != "" {
				return 1
			}
			return 0
		}},
	}
	s.ops.registry.MustRegister(collector{func(ch chan<- prometheus.Metric) {
		did := s.rules.work()
		for _, id := range busiest(did, maxRuleSeries) {
			for _, d := range descs {
				ch <- prometheus.MustNewConstMetric(d.d, d.kind, d.read(did[id]), id)
			}
		}
	}})
}

// busiest gives the ids of at most n rules that did something worth telling: those switched off first, then those with
// errors, then by matches.
func busiest(did map[string]detect.RuleStats, n int) []string {
	var ids []string
	for id, d := range did {
		if d.Matches+d.Alerts+d.Errors > 0 || d.Off != "" {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int {
		x, y := did[a], did[b]
		if (x.Off != "") != (y.Off != "") {
			return cmp.Compare(y.Off, x.Off)
		}
		return cmp.Or(-cmp.Compare(x.Errors, y.Errors), -cmp.Compare(x.Matches, y.Matches), cmp.Compare(a, b))
	})
	return ids[:min(len(ids), n)]
}
