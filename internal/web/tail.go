package web

import (
	"net/http"
	"time"

	"watchpost/internal/hunt"
)

// Tailed is something that a tail brings: a line of JSON, or how many events it left out, or nothing but a sign of life.
type Tailed struct {
	Line    []byte
	Dropped uint64
}

const (
	aliveEvery = 5 * time.Second
	tails      = 4 // of one user at a time
)

// tail streams events as they arrive, until the client goes.
func (s *Server) tail(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Query   string   `json:"query"`
		Fields  []string `json:"fields"`
		Tenants []string `json:"tenants"`
	}
	if !read(w, r, &in) {
		return
	}
	q, err := s.checked(hunt.Search{Query: in.Query, Fields: in.Fields, Tenants: in.Tenants}, r)
	if err == nil && q.Pipe != nil {
		err = hunt.ErrTable
	}
	if err != nil {
		refuse(w, err)
		return
	}
	s.audit(r, "tail", asked(hunt.Search{Query: in.Query, Tenants: in.Tenants}))
	out := newStream(w, s.now)
	told := s.now()
	if out.tell("_alive", told.UTC()) != nil {
		return
	}
	err = s.desk.Tail(r.Context(), q, func(t Tailed) error {
		switch {
		case t.Dropped > 0:
			return out.tell("_dropped", t.Dropped)
		case t.Line != nil:
			return out.raw(t.Line)
		}
		if now := s.now(); now.Sub(told) >= aliveEvery {
			told = now
			return out.tell("_alive", now.UTC())
		}
		return nil
	})
	if err != nil && r.Context().Err() == nil {
		s.log.Warn("tail broke off", "error", err)
		panic(http.ErrAbortHandler)
	}
}
