package web

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/hunt"
)

// flushEvery bounds how long found events wait in the server's buffer.
const flushEvery = 100 * time.Millisecond

// asked is what the account says of a search.
func asked(in hunt.Search) map[string]any {
	out := map[string]any{"query": in.Query}
	for k, v := range map[string]string{"from": in.From, "to": in.To, "after": in.After} {
		if v != "" {
			out[k] = v
		}
	}
	if len(in.Tenants) > 0 {
		out["tenants"] = in.Tenants
	}
	return out
}

// unlisted marks a search that a program makes for itself, as the page counts what is not understood: it is audited, and is none of its user's history.
type unlisted struct {
	Unlisted bool `json:"unlisted"`
}

func (u unlisted) told(fields map[string]any) map[string]any {
	if u.Unlisted {
		fields["unlisted"] = true
	}
	return fields
}

func (s *Server) histogram(w http.ResponseWriter, r *http.Request) {
	in := struct {
		hunt.Search
		Buckets int `json:"buckets"`
	}{Buckets: 60}
	if !read(w, r, &in) {
		return
	}
	q, err := s.checked(in.Search, r)
	if err == nil && (in.Buckets < 1 || in.Buckets > hunt.MaxBuckets) {
		err = fmt.Errorf("buckets: %d: want 1 to %d", in.Buckets, hunt.MaxBuckets)
	}
	if err != nil {
		refuse(w, err)
		return
	}
	s.audit(r, "histogram", asked(in.Search))
	buckets, err := s.desk.Histogram(r.Context(), q, in.Buckets)
	if s.counted(w, r, err) {
		return
	}
	total := uint64(0)
	for _, b := range buckets {
		total += b.Count
	}
	answer(w, map[string]any{
		"from": time.Unix(0, q.From).UTC(), "to": time.Unix(0, q.To).UTC(), "total": total,
		"step_seconds": float64(hunt.Step(q.From, q.To, in.Buckets)) / 1e9, "buckets": append([]Bucket{}, buckets...),
	})
}

func (s *Server) values(w http.ResponseWriter, r *http.Request) {
	var in struct {
		hunt.Search
		Field string `json:"field"`
	}
	if !read(w, r, &in) {
		return
	}
	limit := in.Limit
	if limit == 0 {
		limit = 10
	}
	q, err := s.checked(in.Search, r)
	f, ok := event.Lookup(in.Field)
	if !ok {
		err = errors.Join(err, fmt.Errorf("field: %.100q is unknown", in.Field))
	}
	if limit < 1 || limit > hunt.MaxValues {
		err = errors.Join(err, fmt.Errorf("limit: %d: want 1 to %d", limit, hunt.MaxValues))
	}
	if err != nil {
		refuse(w, err)
		return
	}
	fields := asked(in.Search)
	fields["field"] = in.Field
	s.audit(r, "values", fields)
	values, err := s.desk.Values(r.Context(), q, f, limit)
	if s.counted(w, r, err) {
		return
	}
	total, err := s.desk.Count(r.Context(), q)
	if s.counted(w, r, err) {
		return
	}
	answer(w, map[string]any{"field": in.Field, "total": total, "values": append([]Value{}, values...)})
}

// counted answers a failed count.
func (s *Server) counted(w http.ResponseWriter, r *http.Request, err error) bool {
	switch {
	case err == nil:
		return false
	case errors.Is(err, hunt.ErrInexact):
		problem(w, http.StatusUnprocessableEntity, err.Error(), nil)
	default:
		s.failed(w, r, err)
	}
	return true
}
