package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/rights"
)

// Entities tells of users, hosts and addresses.
type Entities interface {
	// Entity gathers what is known of an entity in [from, to). What does not fit into a hunt's budget is left out and named in Partial.
	Entity(ctx context.Context, tenants []string, e alert.Entity, from, to time.Time) (*EntityPage, error)
	// Coverage counts the enabled rules for each technique of ATT&CK.
	Coverage(ctx context.Context) ([]Technique, error)
}

// Before is how far before a range an entity's past is looked at, to tell what is new.
const Before = 30 * 24 * time.Hour

// maxEntityRange bounds the range of an entity's page.
const maxEntityRange = 90 * 24 * time.Hour

// EntityPage is what is known of an entity in a range.
type EntityPage struct {
	Kind        string            `json:"kind"`
	Value       string            `json:"value"`
	Query       string            `json:"query"` // finds its events
	From        time.Time         `json:"from"`
	To          time.Time         `json:"to"`
	FirstSeen   *time.Time        `json:"first_seen"` // of all that is stored
	LastSeen    *time.Time        `json:"last_seen"`
	Counts      map[string]uint64 `json:"counts"`
	Logins      []EntityRow       `json:"logins"`
	Sources     []EntityRow       `json:"sources"`
	Countries   []EntityRow       `json:"countries"`
	Processes   []EntityRow       `json:"processes"`
	Connections []EntityRow       `json:"connections"` // by bytes, then by count
	Alerts      []json.RawMessage `json:"alerts"`
	New         []EntityNew       `json:"new"` // values that the 30 days before the range do not have
	Partial     []EntityPart      `json:"partial"`
}

// EntityRow is a combination of values with what happened.
type EntityRow struct {
	Values map[string]string `json:"values"` // by field, missing ones left out
	Count  uint64            `json:"count"`
	Bytes  int64             `json:"bytes,omitempty"`
	First  time.Time         `json:"first"` // in the range or the 30 days before it
	Last   time.Time         `json:"last"`
	New    bool              `json:"new"` // not in the 30 days before the range
}

// EntityNew is a value that is new for an entity.
type EntityNew struct {
	Field string    `json:"field"`
	Value string    `json:"value"`
	Count uint64    `json:"count"`
	First time.Time `json:"first"`
}

// EntityPart is a part of a page that is missing.
type EntityPart struct {
	Part   string `json:"part"`
	Reason string `json:"reason"`
}

// maxEntity bounds the value of an entity.
const maxEntity = 512

func (s *Server) entity(w http.ResponseWriter, r *http.Request) {
	e := alert.Entity{Kind: r.PathValue("kind"), Value: r.PathValue("value")}
	p := params{v: r.URL.Query(), now: s.now()}
	from, to := p.when("from", s.now().Add(-24*time.Hour)), p.when("to", s.now())
	err := p.done()
	switch ip, bad := netip.ParseAddr(e.Value); {
	case !slices.Contains(alert.EntityKinds, e.Kind):
		problem(w, http.StatusNotFound, fmt.Sprintf("kind %.20q: want one of %v", e.Kind, alert.EntityKinds), nil)
		return
	case err != nil:
	case e.Kind == "ip" && bad != nil:
		err = fmt.Errorf("%.60q is no address", e.Value)
	case len(e.Value) > maxEntity:
		err = fmt.Errorf("value: %d bytes, at most %d", len(e.Value), maxEntity)
	case !from.Before(to) || to.Sub(from) > maxEntityRange:
		err = fmt.Errorf("from: want a range of at most %d days", maxEntityRange/(24*time.Hour))
	case e.Kind == "ip":
		e.Value = ip.Unmap().WithZone("").String()
	}
	if err != nil {
		problem(w, http.StatusBadRequest, err.Error(), nil)
		return
	}
	s.audit(r, "search", map[string]any{"entity": e.String(), "from": from, "to": to})
	page, err := s.desk.Entity(r.Context(), principalOf(r).Tenants, e, from, to)
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	if !principalOf(r).Can(rights.ReadAlerts) {
		page.Alerts = []json.RawMessage{}
	}
	answer(w, page)
}
