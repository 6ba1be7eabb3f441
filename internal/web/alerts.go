package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/hunt"
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
	list, err := s.desk.Alerts(r.Context(), f)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	answer(w, map[string]any{"alerts": append([]json.RawMessage{}, list...)})
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
func (s *Server) alertFilter(p rights.Principal, v url.Values) (AlertFilter, error) {
	f := AlertFilter{Tenants: p.Tenants, Rule: v.Get("rule"), Level: v.Get("level"), Mode: rule.Live, Limit: 100}
	var faults []error
	when := func(key string, into *time.Time) {
		if text := v.Get(key); text != "" {
			t, err := hunt.ParseTime(text, s.now())
			if err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", key, err))
			}
			*into = t
		}
	}
	when("from", &f.From)
	when("to", &f.To)
	if _, ok := rule.Levels[f.Level]; !ok && f.Level != "" {
		faults = append(faults, fmt.Errorf("level: %.20q: want informational, low, medium, high or critical", f.Level))
	}
	switch mode := v.Get("mode"); mode {
	case "", rule.Live:
	case rule.Shadow:
		f.Mode = mode
	case "all":
		f.Mode = ""
	default:
		faults = append(faults, fmt.Errorf("mode: %.20q: want live, shadow or all", mode))
	}
	if text := v.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxAlerts {
			faults = append(faults, fmt.Errorf("limit: %.20q: want 1 to %d", text, maxAlerts))
		}
		f.Limit = n
	}
	for key := range v {
		switch key {
		case "from", "to", "rule", "level", "mode", "limit":
		default:
			faults = append(faults, fmt.Errorf("%.50q is no parameter; known: from, to, rule, level, mode, limit", key))
		}
	}
	return f, errors.Join(faults...)
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
