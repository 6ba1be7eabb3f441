package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"watchpost/internal/hunt"
	"watchpost/internal/rights"
)

// Again does anew what did not come out well. What is not of the tenants that are named does not exist: ErrNotFound.
type Again interface {
	// StartReparse begins to read q's events anew with the parsers of this build, and gives the job at once. The error is ErrReparsing while
	// another is under way, a *Fault where the question is wrong.
	StartReparse(q *hunt.Query, j Reparse) (Reparse, error)
	// Reparses gives the jobs since the start, the newest first, and all that the caller may see of them. Tenants nil: of any.
	Reparses(tenants []string) []Reparse
	// CancelReparse ends a job: events that it has not replaced yet stay as they are.
	CancelReparse(tenants []string, id string) (Reparse, error)
	// Replay stores what can be stored by now of the quarantine; ids nil: all. Tenants nil: of any, and records of the log, which belong to several.
	Replay(ctx context.Context, tenants []string, ids []string) (*Replayed, error)
}

// ErrReparsing says that one reparse is under way, by which a second would be confused.
var ErrReparsing = errors.New("another reparse is under way: wait for its end, or cancel it")

// States of a reparse.
const (
	ReparseRunning   = "running"
	ReparseDone      = "done"
	ReparseFailed    = "failed"
	ReparseCancelled = "cancelled"
)

// Reparse is a job that reads stored events anew.
type Reparse struct {
	ID      string          `json:"id"`
	State   string          `json:"state"`
	Query   string          `json:"query"`
	From    time.Time       `json:"from"`
	To      time.Time       `json:"to"`
	Tenants []string        `json:"tenants"`
	DryRun  bool            `json:"dry_run"`
	By      string          `json:"by"`
	Begun   time.Time       `json:"begun"`
	Ended   *time.Time      `json:"ended,omitempty"`
	Total   uint64          `json:"total"` // events that the query finds
	Read    uint64          `json:"read"`
	Changed uint64          `json:"changed"`
	Changes []ReparseChange `json:"changes"` // by data set, the most first
	Error   string          `json:"error,omitempty"`
}

// ReparseChange counts events that were of one data set and are of another, or of the same with other fields.
type ReparseChange struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Count uint64 `json:"count"`
}

// Replayed is what became of entries of the quarantine.
type Replayed struct {
	Stored int         `json:"stored"` // events
	Kept   []KeptAside `json:"kept"`
}

// KeptAside is an entry that still cannot be stored, and why.
type KeptAside struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

func (s *Server) againRoutes() []route {
	return []route{
		{http.MethodPost, "/api/v1/reparse", rights.Quarantine, s.startReparse},
		{http.MethodGet, "/api/v1/reparse", rights.Quarantine, s.reparses},
		{http.MethodGet, "/api/v1/reparse/{id}", rights.Quarantine, s.reparse},
		{http.MethodDelete, "/api/v1/reparse/{id}", rights.Quarantine, s.cancelReparse},
		{http.MethodPost, "/api/v1/quarantine/replay", rights.Quarantine, s.replay},
	}
}

// mine are the tenants whose things a caller may see; nil: any.
func mine(p rights.Principal) []string {
	if p.AllTenants || p.Kind == rights.Local {
		return nil
	}
	return append([]string{}, p.Tenants...)
}

func (s *Server) startReparse(w http.ResponseWriter, r *http.Request) {
	in := struct {
		Query   string   `json:"query"`
		From    string   `json:"from"`
		To      string   `json:"to"`
		Tenants []string `json:"tenants"`
		DryRun  bool     `json:"dry_run"`
	}{Query: `event.dataset == "unparsed"`, From: "-90d", To: "now"}
	if !read(w, r, &in) {
		return
	}
	p := principalOf(r)
	q, err := s.checked(hunt.Search{Query: in.Query, From: in.From, To: in.To, Tenants: in.Tenants}, r)
	if err != nil {
		refuse(w, err)
		return
	}
	j := Reparse{Query: in.Query, From: time.Unix(0, q.From).UTC(), To: time.Unix(0, q.To).UTC(), Tenants: p.Tenants, DryRun: in.DryRun, By: p.User}
	if len(in.Tenants) > 0 {
		j.Tenants = in.Tenants
	}
	if j, err = s.desk.StartReparse(q, j); err != nil {
		s.wrong(w, r, err)
		return
	}
	s.audit(r, "reparse.start", map[string]any{"id": j.ID, "query": cutText(in.Query), "from": j.From, "to": j.To, "tenants": j.Tenants, "dry_run": in.DryRun})
	answerWith(w, http.StatusAccepted, j)
}

// cutText bounds what the account says of a text.
func cutText(s string) string { return s[:min(len(s), maxTold)] }

func (s *Server) reparses(w http.ResponseWriter, r *http.Request) {
	answer(w, map[string]any{"reparses": append([]Reparse{}, s.desk.Reparses(mine(principalOf(r)))...)})
}

func (s *Server) reparse(w http.ResponseWriter, r *http.Request) {
	list := s.desk.Reparses(mine(principalOf(r)))
	i := slices.IndexFunc(list, func(j Reparse) bool { return j.ID == r.PathValue("id") })
	if i < 0 {
		s.wrong(w, r, fmt.Errorf("reparse %.64q: %w", r.PathValue("id"), ErrNotFound))
		return
	}
	answer(w, list[i])
}

func (s *Server) cancelReparse(w http.ResponseWriter, r *http.Request) {
	j, err := s.desk.CancelReparse(mine(principalOf(r)), r.PathValue("id"))
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	s.audit(r, "reparse.cancel", map[string]any{"id": j.ID})
	answer(w, j)
}

func (s *Server) replay(w http.ResponseWriter, r *http.Request) {
	var in struct {
		IDs []string `json:"ids"`
	}
	if !read(w, r, &in) {
		return
	}
	if len(in.IDs) > maxQuarantine {
		problem(w, http.StatusBadRequest, fmt.Sprintf("ids: %d: want at most %d", len(in.IDs), maxQuarantine), nil)
		return
	}
	out, err := s.desk.Replay(r.Context(), mine(principalOf(r)), in.IDs)
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	s.audit(r, "quarantine.replay", map[string]any{"ids": len(in.IDs), "stored": out.Stored, "kept": len(out.Kept)})
	answer(w, out)
}
