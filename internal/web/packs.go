package web

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"watchpost/internal/hunt/pack"
)

// ErrNoPack says that there is no pack of that name.
var ErrNoPack = errors.New("there is no pack of that name")

// PackRun asks for the hunts of a pack over [From, To) and as long before.
type PackRun struct {
	Pack     string
	Hunts    []string // ids; none: all
	Params   map[string]string
	From, To time.Time
	By       string // as of Backtest
}

// PackResult is what the hunts of a pack found.
type PackResult struct {
	Pack  string       `json:"pack"`
	From  time.Time    `json:"from"`
	To    time.Time    `json:"to"`
	Hunts []HuntResult `json:"hunts"`
}

// HuntResult is what a hunt found.
type HuntResult struct {
	ID      string  `json:"id"`
	Name    string  `json:"name"`
	Query   string  `json:"query"` // with its parameters
	GroupBy string  `json:"group_by,omitempty"`
	Count   uint64  `json:"count"`
	Before  uint64  `json:"before"` // in the time before, as long
	Change  int64   `json:"change"`
	Top     []Value `json:"top"`
	Error   string  `json:"error,omitempty"` // why there is no answer
}

func (s *Server) packs(w http.ResponseWriter, r *http.Request) {
	list, err := s.desk.Packs()
	if err != nil {
		s.failed(w, r, err)
		return
	}
	answer(w, map[string]any{"packs": append([]pack.Pack{}, list...)})
}

func (s *Server) runPack(w http.ResponseWriter, r *http.Request) {
	var in struct {
		From   string            `json:"from"`
		To     string            `json:"to"`
		Hunts  []string          `json:"hunts"`
		Params map[string]string `json:"params"`
	}
	if !read(w, r, &in) {
		return
	}
	q := PackRun{Pack: r.PathValue("name"), Hunts: in.Hunts, Params: in.Params, By: principalOf(r).Person}
	var err error
	q.From, q.To, err = s.span(in.From, in.To, "-24h")
	if len(in.Hunts) > pack.MaxHunts {
		err = errors.Join(err, fmt.Errorf("hunts: %d are too many", len(in.Hunts)))
	}
	if err != nil {
		refuse(w, err)
		return
	}
	s.audit(r, "hunts.run", map[string]any{"pack": q.Pack, "from": q.From, "to": q.To})
	out, err := s.desk.RunPack(r.Context(), principalOf(r).Tenants, q)
	if err != nil {
		s.pastFailed(w, r, err)
		return
	}
	answer(w, out)
}
