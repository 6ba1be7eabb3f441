package web

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"sync"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/event"
	"watchpost/internal/rights"
	"watchpost/internal/rule"
)

// maxAlerts bounds one answer.
const maxAlerts = 10000

func (s *Server) alerts(w http.ResponseWriter, r *http.Request) {
	f, err := s.alertFilter(principalOf(r), r.URL.Query())
	if err != nil {
		problem(w, http.StatusBadRequest, err.Error(), nil)
		return
	}
	out := map[string]any{}
	if id := r.URL.Query().Get("incident"); id != "" {
		in, err := s.oneIncident(r, id)
		if err != nil {
			s.wrong(w, r, err)
			return
		}
		f.Tenants, f.IDs = []string{in.Tenant}, in.Alerts
		out["incident"] = showIncident(in)
	}
	var list []json.RawMessage
	var failed error
	var listing sync.WaitGroup
	listing.Go(func() { list, failed = s.desk.Alerts(r.Context(), f) })
	totals, levels, err := s.counts(r, f)
	listing.Wait()
	if err = cmp.Or(failed, err); err != nil {
		s.failed(w, r, err)
		return
	}
	out["alerts"], out["counts"], out["levels"] = append([]json.RawMessage{}, list...), totals, levels
	s.answerChanged(w, r, out)
}

func (s *Server) alert(w http.ResponseWriter, r *http.Request) {
	list, err := s.desk.Alerts(r.Context(), AlertFilter{Tenants: principalOf(r).Tenants, ID: r.PathValue("id"), Limit: 1})
	switch {
	case err != nil:
		s.failed(w, r, err)
	case len(list) == 0:
		problem(w, http.StatusNotFound, "there is no such alert", nil)
	default:
		answer(w, list[0])
	}
}

// alertFilter reads the parameters of a list of alerts and reports every fault.
func (s *Server) alertFilter(who rights.Principal, v url.Values) (AlertFilter, error) {
	p := params{v: v, now: s.now()}
	f := AlertFilter{Tenants: who.Tenants, Rule: v.Get("rule"), Owner: v.Get("owner"), Entity: lowerASCII(v.Get("entity")),
		From: p.when("from", time.Time{}), To: p.when("to", time.Time{}), Level: p.oneOf("level", "", levels...),
		Mode: p.oneOf("mode", rule.Live, rule.Live, rule.Shadow, "all"), Status: p.oneOf("status", "", append([]string{"open"}, alert.Statuses...)...),
		Worst: p.oneOf("order", "newest", "newest", "worst") == "worst",
		Query: p.oneOf("query", "false", "true", "false") == "true",
		Limit: p.number("limit", 100, 1, maxAlerts)}
	if f.Mode == "all" {
		f.Mode = ""
	}
	return f, p.done("rule", "owner", "entity", "incident")
}

// fields lists the dictionary, for completion.
func (s *Server) fields(w http.ResponseWriter, _ *http.Request) {
	type field struct {
		Name        string `json:"name"`
		Type        string `json:"type"`
		Array       bool   `json:"array"`
		Description string `json:"description"`
	}
	list := make([]field, 0, event.NumFields)
	for f := event.Field(1); f < event.NumFields; f++ {
		in := f.Info()
		list = append(list, field{in.Name, in.Type, in.Array, in.Description})
	}
	answer(w, map[string]any{"fields": list})
}
