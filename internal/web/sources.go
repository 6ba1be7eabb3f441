package web

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Source is a sender, and what became of what it sent.
type Source struct {
	Tenant        string            `json:"tenant"`
	Listener      string            `json:"listener"`
	Source        string            `json:"source"` // its address
	FirstSeen     time.Time         `json:"first_seen"`
	LastSeen      time.Time         `json:"last_seen"`
	Events        uint64            `json:"events"`        // stored
	Rate          float64           `json:"rate"`          // a second, in the hour that runs and the one before
	ExpectedRate  float64           `json:"expected_rate"` // at this hour of the day; 0: not known yet
	SilentAfter   float64           `json:"silent_after"`  // seconds
	UnparsedShare float64           `json:"unparsed_share"`
	SkewSeconds   *float64          `json:"skew_seconds,omitempty"` // median of stated time minus receipt; nil: no record states a time
	Zone          string            `json:"zone"`                   // in which times without one were read
	Received      uint64            `json:"received"`
	Stored        uint64            `json:"stored"`
	Quarantined   uint64            `json:"quarantined"`
	Rejected      map[string]uint64 `json:"rejected"` // by reason
	Dropped       map[string]uint64 `json:"dropped"`  // by reason
	State         string            `json:"state"`    // ok, silent, late or unparsed
}

// Listener is an address of this process to which senders send.
type Listener struct {
	Name string `json:"name"`
	Kind string `json:"kind"` // such as syslog UDP
	Addr string `json:"addr"`
}

// TellListeners has list say where this process listens; to who sees all tenants, as one listener may be that of a tenant alone. Call it before the server serves.
func (s *Server) TellListeners(list func() []Listener) { s.listeners = list }

func (s *Server) sources(w http.ResponseWriter, r *http.Request) {
	list, err := s.desk.Sources(r.Context(), principalOf(r).Tenants)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	told := map[string]any{"sources": append([]Source{}, list...)}
	if s.listeners != nil && principalOf(r).AllTenants {
		told["listeners"] = append([]Listener{}, s.listeners()...)
	}
	answer(w, told)
}

// Quarantined is what could not be stored: a record of the log (kind block), or one event (kind row).
type Quarantined struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"`
	Tenant   string    `json:"tenant,omitempty"` // of an event
	Stored   time.Time `json:"stored"`           // when it was put aside
	Received time.Time `json:"received"`
	Rows     uint32    `json:"rows"`
	Reason   string    `json:"reason"`
	Replayed bool      `json:"replayed"` // it was stored after all
}

const maxQuarantine = 1000

func (s *Server) quarantine(w http.ResponseWriter, r *http.Request) {
	limit := 200
	if text := r.URL.Query().Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxQuarantine {
			problem(w, http.StatusBadRequest, fmt.Sprintf("limit: %.20q: want 1 to %d", text, maxQuarantine), nil)
			return
		}
		limit = n
	}
	list, err := s.desk.Quarantine(r.Context(), mine(principalOf(r)), limit)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	answer(w, map[string]any{"quarantine": append([]Quarantined{}, list...)})
}
