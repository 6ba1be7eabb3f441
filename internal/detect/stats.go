package detect

import (
	"maps"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/match"
)

// RuleStats is what a rule did since the process began.
type RuleStats struct {
	Matches     uint64        // events, for each step of the rule that they satisfy
	Errors      uint64        // events on which it could not be evaluated
	Evaluations uint64        // see match.Cost
	Each        time.Duration // mean of an evaluation
	Off         string        // why it was switched off for its cost, where that happened in some partition; "" if it was not
	Alerts      uint64        // begun; after a crash some are begun again
	Last        int64         // time of the newest of them, Unix nanoseconds; 0: none
}

// Add is s with what another partition or stage, or an earlier set of rules, has counted.
func (s RuleStats) Add(o RuleStats) RuleStats {
	if n := s.Evaluations + o.Evaluations; n > 0 {
		s.Each = time.Duration((float64(s.Each)*float64(s.Evaluations) + float64(o.Each)*float64(o.Evaluations)) / float64(n))
	}
	s.Matches, s.Errors, s.Evaluations, s.Alerts = s.Matches+o.Matches, s.Errors+o.Errors, s.Evaluations+o.Evaluations, s.Alerts+o.Alerts
	s.Last = max(s.Last, o.Last)
	if s.Off == "" {
		s.Off = o.Off
	}
	return s
}

// judged is what the match stage wants to know of an index beside what matches.
type judged interface {
	Costs() map[string]match.Cost // by rule id
	Errors() map[string]uint64
	Off() map[string]string
}

// publishEvery is how often a partition's numbers are handed to those who ask.
const publishEvery = 2 * time.Second

// Rules gives what each rule did, by id; those that did nothing are left out.
func (m *Match) Rules() map[string]RuleStats {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := maps.Clone(m.gone)
	for _, part := range m.parts {
		for id, s := range part {
			out[id] = out[id].Add(s)
		}
	}
	return out
}

// publish hands the numbers of r's index over and says which rules were switched off since.
func (r *matchRun) publish() {
	r.published = r.o.Now()
	if r.index == nil {
		return
	}
	now := r.ruleStats()
	for id, s := range now {
		if s.Off != "" && !r.off[id] {
			r.off[id] = true
			r.o.Log.Error("a rule is switched off until rules are loaded again: it costs too much", "rule", id, "partition", r.id, "reason", s.Off)
		}
	}
	r.mu.Lock()
	r.parts[r.id] = now
	r.mu.Unlock()
}

// ruleStats reads the numbers of the index at hand.
func (r *matchRun) ruleStats() map[string]RuleStats {
	out := make(map[string]RuleStats)
	for i, n := range r.c.matches {
		if n > 0 {
			out[r.rules.plans[i].ID] = RuleStats{Matches: n}
		}
	}
	var index judged = r.index
	for id, c := range index.Costs() {
		s := out[id]
		s.Evaluations, s.Each = c.Evaluations, c.Each
		out[id] = s
	}
	for id, n := range index.Errors() {
		s := out[id]
		s.Errors = n
		out[id] = s
	}
	for id, why := range index.Off() {
		s := out[id]
		s.Off = why
		out[id] = s
	}
	return out
}

// retire keeps the counts of an index that is used no more. A new one begins with every rule switched on.
func (r *matchRun) retire() {
	if r.index == nil {
		return
	}
	now := r.ruleStats()
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, s := range now {
		s.Off = ""
		r.gone[id] = r.gone[id].Add(s)
	}
	delete(r.parts, r.id)
}

// Rules gives the alerts of each rule, by id.
func (w *Windows) Rules() map[string]RuleStats {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.rulesDid)
}

// count notes alerts that were put.
func (w *Windows) count(alerts []alert.Alert) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range alerts {
		if a := &alerts[i]; a.Revision == 1 {
			w.rulesDid[a.Rule] = w.rulesDid[a.Rule].Add(RuleStats{Alerts: 1, Last: a.Time})
		}
	}
}
