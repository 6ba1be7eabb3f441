package web

import (
	"net/http"
	"time"
)

// Rule is a detection rule as it is in use, and what it did.
type Rule struct {
	ID         string      `json:"id"`
	Name       string      `json:"name"`
	Level      string      `json:"level"`
	Mode       string      `json:"mode"` // live or shadow
	Status     string      `json:"status,omitempty"`
	Enabled    bool        `json:"enabled"`
	Hash       string      `json:"hash"` // version: of everything in the rule
	File       string      `json:"file,omitempty"`
	Window     string      `json:"window,omitempty"` // kind
	Techniques []string    `json:"techniques,omitempty"`
	Names      []string    `json:"technique_names,omitempty"` // of them, in their order; "" of one that is not known
	Exceptions []Exception `json:"exceptions"`
	Alerts     uint64      `json:"alerts"` // in the last 30 days
	LastAlert  *time.Time  `json:"last_alert,omitempty"`
	Work       *RuleWork   `json:"work,omitempty"` // nil: no detector runs in this process, or the caller does not see all tenants, and the rule is on
}

// RuleInUse is a rule with all that it says.
type RuleInUse struct {
	ID string `json:"id"`
	RuleText
	Author  string   `json:"author,omitempty"`
	GroupBy []string `json:"group_by"`
	Fields  []string `json:"fields"` // of its events, that its alerts show
	Tests   []string `json:"tests"`  // names of those inside the rule
}

// Exception is a condition under which a rule does not match.
type Exception struct {
	Match   string    `json:"match"`
	Owner   string    `json:"owner,omitempty"`
	Reason  string    `json:"reason,omitempty"`
	Expires time.Time `json:"expires"`
	Expired bool      `json:"expired"`
}

// RuleWork is what the detector did for a rule since this process began.
type RuleWork struct {
	Matches      uint64  `json:"matches"`
	Errors       uint64  `json:"errors"`
	Evaluations  uint64  `json:"evaluations"`
	Microseconds float64 `json:"microseconds"`  // mean of an evaluation
	Off          string  `json:"off,omitempty"` // why it was switched off for its cost
}

func (s *Server) rules(w http.ResponseWriter, r *http.Request) {
	list, err := s.desk.Rules(r.Context(), principalOf(r).Tenants)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	if mine(principalOf(r)) != nil { // what a rule did is not counted by tenant
		for i, one := range list {
			if list[i].Work = nil; one.Work != nil && one.Work.Off != "" {
				list[i].Work = &RuleWork{Off: "it costs too much"}
			}
		}
	}
	answer(w, map[string]any{"rules": append([]Rule{}, list...)})
}

// rule shows one rule as it is in use.
func (s *Server) rule(w http.ResponseWriter, r *http.Request) {
	one, err := s.desk.Rule(r.Context(), principalOf(r).Tenants, r.PathValue("id"))
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	answer(w, one)
}
