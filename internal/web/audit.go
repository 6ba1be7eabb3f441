package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"watchpost/internal/audit"
	"watchpost/internal/hunt"
)

// AuditFilter says which entries of the audit log are asked for; zero values ask for all.
type AuditFilter struct {
	From, To              time.Time // To exclusive
	User, Action, Outcome string
	Tenants               []string // nil: any; else entries that could see none but these, and at least one
	Limit                 int
}

const maxAudit = 10000

func (s *Server) auditLog(w http.ResponseWriter, r *http.Request) {
	v := r.URL.Query()
	f := AuditFilter{User: v.Get("user"), Action: v.Get("action"), Outcome: v.Get("outcome"), Limit: 100}
	if p := principalOf(r); !p.AllTenants {
		f.Tenants = append([]string{}, p.Tenants...)
	}
	var faults []error
	for key, into := range map[string]*time.Time{"from": &f.From, "to": &f.To} {
		if text := v.Get(key); text != "" {
			t, err := hunt.ParseTime(text, s.now())
			if err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", key, err))
			}
			*into = t
		}
	}
	switch f.Outcome {
	case "", audit.OK, audit.Denied, audit.Failed:
	default:
		faults = append(faults, fmt.Errorf("outcome: %.20q: want ok, denied or failed", f.Outcome))
	}
	if text := v.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxAudit {
			faults = append(faults, fmt.Errorf("limit: %.20q: want 1 to %d", text, maxAudit))
		}
		f.Limit = n
	}
	for key := range v {
		switch key {
		case "from", "to", "user", "action", "outcome", "limit":
		default:
			faults = append(faults, fmt.Errorf("%.50q is no parameter; known: from, to, user, action, outcome, limit", key))
		}
	}
	if err := errors.Join(faults...); err != nil {
		problem(w, http.StatusBadRequest, err.Error(), nil)
		return
	}
	list, err := s.desk.Audit(r.Context(), f)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	s.audit(r, "audit", map[string]any{"asked": r.URL.RawQuery})
	answer(w, map[string]any{"entries": append([]audit.Entry{}, list...)})
}

// verifyAudit checks the log, which is one for all tenants.
func (s *Server) verifyAudit(w http.ResponseWriter, r *http.Request) {
	if !principalOf(r).AllTenants {
		problem(w, http.StatusForbidden, "the log is checked as a whole: that is for who sees all tenants", nil)
		return
	}
	v := r.URL.Query()
	noted, err := audit.ReadHeads(v.Get("noted"))
	for key := range v {
		if key != "noted" {
			err = fmt.Errorf("%.50q is no parameter; known: noted", key)
		}
	}
	if err == nil && len(noted) == 0 && v.Has("noted") {
		err = errors.New("noted: there is no end of a chain in it, such as watchpost audit verify -heads shows")
	}
	if err != nil {
		problem(w, http.StatusBadRequest, err.Error(), nil)
		return
	}
	report, err := s.desk.VerifyAudit(r.Context(), noted)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	s.audit(r, "audit.verify", map[string]any{"entries": report.Entries, "found": report.Found, "noted": report.Noted})
	answer(w, report)
}
