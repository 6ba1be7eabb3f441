package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/attack"
	"watchpost/internal/hunt"
)

// maxIncidents bounds one answer, maxIncidentAlerts the ids of alerts in each.
const (
	maxIncidents      = 1000
	maxIncidentAlerts = 1000
)

// incidentJSON is an incident as the API gives it.
type incidentJSON struct {
	ID         string                 `json:"id"`
	Tenant     string                 `json:"tenant"`
	Status     string                 `json:"status"`
	Level      string                 `json:"level"`
	Severity   int64                  `json:"severity"`
	First      time.Time              `json:"first"`
	Last       time.Time              `json:"last"`
	Count      int                    `json:"count"`  // alerts
	Events     uint64                 `json:"events"` // of the alerts together
	Alerts     []string               `json:"alerts"` // ids, the first 1000
	Joined     []alert.Joined         `json:"joined"` // why each of them is in it
	Entities   []alert.IncidentEntity `json:"entities"`
	Rules      []alert.IncidentRule   `json:"rules"`
	Owners     []string               `json:"owners"`
	Tactics    []string               `json:"tactics"`
	Techniques []string               `json:"techniques"`
	Names      []string               `json:"technique_names"` // of them, in their order; "" of one that is not known
}

func showIncident(in alert.Incident) incidentJSON {
	joined := append([]alert.Joined{}, in.Joined[:min(len(in.Joined), maxIncidentAlerts)]...)
	for i := range joined {
		joined[i].By = append([]alert.Link{}, joined[i].By...)
	}
	return incidentJSON{in.ID, in.Tenant, in.Status, in.Level, in.Severity, in.First.UTC(), in.Last.UTC(), len(in.Alerts), in.Count, in.Alerts[:min(len(in.Alerts), maxIncidentAlerts)], joined,
		append([]alert.IncidentEntity{}, in.Entities...), append([]alert.IncidentRule{}, in.Rules...), append([]string{}, in.Owners...),
		append([]string{}, in.Tactics...), append([]string{}, in.Techniques...), attack.Names(in.Techniques)}
}

func (s *Server) incidents(w http.ResponseWriter, r *http.Request) {
	v := r.URL.Query()
	p := params{v: v, now: s.now()}
	from, to := p.when("from", s.now().Add(-7*24*time.Hour)), p.when("to", s.now())
	status := p.oneOf("status", "", append([]string{"open"}, alert.Statuses...)...)
	level := p.oneOf("level", "", levels...)
	entity, owner, limit := v.Get("entity"), v.Get("owner"), p.number("limit", 100, 1, maxIncidents)
	if err := p.done("entity", "owner"); err != nil {
		problem(w, http.StatusBadRequest, err.Error(), nil)
		return
	}
	list, partial, err := s.desk.Incidents(r.Context(), principalOf(r).Tenants, "", from, to)
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	out, counts := []incidentJSON{}, map[string]int{alert.New: 0, alert.Acknowledged: 0, alert.Closed: 0}
	slices.SortStableFunc(list, func(a, b alert.Incident) int { return b.Last.Compare(a.Last) })
	for _, in := range list {
		if level != "" && in.Level != level || owner != "" && !slices.Contains(in.Owners, owner) || entity != "" && !names(in, lowerASCII(entity)) {
			continue
		}
		counts[in.Status]++
		if (status == "" || in.Status == status || status == "open" && in.Status != alert.Closed) && len(out) < limit {
			out = append(out, showIncident(in))
		}
	}
	answer(w, map[string]any{"incidents": out, "counts": counts, "partial": partial})
}

func names(in alert.Incident, entity string) bool {
	return slices.ContainsFunc(in.Entities, func(e alert.IncidentEntity) bool { return e.String() == entity || e.Value == entity })
}

func (s *Server) incident(w http.ResponseWriter, r *http.Request) {
	in, err := s.oneIncident(r, r.PathValue("id"))
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	answer(w, showIncident(in))
}

// oneIncident finds an incident of the caller's tenants by its id, which says when it began.
func (s *Server) oneIncident(r *http.Request, id string) (alert.Incident, error) {
	at, ok := alert.IncidentArrived(id)
	if !ok {
		return alert.Incident{}, fmt.Errorf("incident %.64q: %w", id, ErrNotFound)
	}
	list, _, err := s.desk.Incidents(r.Context(), principalOf(r).Tenants, id, at.Add(-24*time.Hour), at.Add(alert.FoldReach))
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("incident %.64q: %w", id, ErrNotFound)
	}
	if err != nil {
		return alert.Incident{}, err
	}
	return list[0], nil
}

var levels = []string{"informational", "low", "medium", "high", "critical"}

// params reads parameters of a request and gathers every fault.
type params struct {
	v      url.Values
	now    time.Time
	known  []string
	faults []error
}

func (p *params) when(key string, otherwise time.Time) time.Time {
	text := p.v.Get(key)
	if p.known = append(p.known, key); text == "" {
		return otherwise
	}
	t, err := hunt.ParseTime(text, p.now)
	if err != nil {
		p.faults = append(p.faults, fmt.Errorf("%s: %w", key, err))
	}
	return t
}

func (p *params) oneOf(key, otherwise string, of ...string) string {
	text := p.v.Get(key)
	if p.known = append(p.known, key); text == "" {
		return otherwise
	}
	if !slices.Contains(of, text) {
		p.faults = append(p.faults, fmt.Errorf("%s: %.40q: want one of %v", key, text, of))
	}
	return text
}

func (p *params) number(key string, otherwise, least, most int) int {
	text := p.v.Get(key)
	if p.known = append(p.known, key); text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		p.faults = append(p.faults, fmt.Errorf("%s: %.20q: want %d to %d", key, text, least, most))
	}
	return n
}

// done reports all faults, parameters that nobody read included; also says which are read as they are.
func (p *params) done(also ...string) error {
	p.known = append(p.known, also...)
	for key := range p.v {
		if !slices.Contains(p.known, key) {
			p.faults = append(p.faults, fmt.Errorf("%.50q is no parameter; known: %v", key, p.known))
		}
	}
	return errors.Join(p.faults...)
}

// lowerASCII makes letters of ASCII small, as entities are written.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
