package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/hunt"
)

// maxSurrounding bounds the events on one side.
const maxSurrounding = 1000

// surroundingBy are the fields that an event's neighbours share with it.
var surroundingBy = []string{"host.name", "source.ip", "user.name", "log.syslog.hostname"}

// spans are how far neighbours are looked for, one after the other until there are enough.
var spans = []time.Duration{time.Hour, 24 * time.Hour, 30 * 24 * time.Hour}

// surrounding streams what the same host, address or user did right before and after an event.
func (s *Server) surrounding(w http.ResponseWriter, r *http.Request) {
	in := struct {
		ID     string   `json:"id"`
		By     string   `json:"by"`
		Before int      `json:"before"`
		After  int      `json:"after"`
		Fields []string `json:"fields"`
	}{By: surroundingBy[0], Before: 20, After: 20}
	if !read(w, r, &in) {
		return
	}
	var errs []error
	if id, err := event.ParseID(in.ID); err != nil || id.String() != in.ID {
		errs = append(errs, fmt.Errorf("id: %.80q is no event.id", in.ID))
	}
	if !slices.Contains(surroundingBy, in.By) {
		errs = append(errs, fmt.Errorf("by: %.40q: want one of %q", in.By, surroundingBy))
	}
	for key, n := range map[string]int{"before": in.Before, "after": in.After} {
		if n < 0 || n > maxSurrounding {
			errs = append(errs, fmt.Errorf("%s: %d: want 0 to %d", key, n, maxSurrounding))
		}
	}
	if len(in.Fields) > 0 && !slices.Contains(in.Fields, event.EventID.String()) {
		in.Fields = append(in.Fields, event.EventID.String()) // by which the event itself is known
	}
	find := hunt.Search{Query: fmt.Sprintf("event.id == %q", in.ID), From: "1970-01-02", To: "2261-01-01", Limit: 1, Fields: in.Fields}
	if err := errors.Join(errs...); err != nil {
		refuse(w, err)
		return
	}
	s.audit(r, "surrounding", map[string]any{"event": in.ID, "by": in.By})
	c, err := s.center(r.Context(), principalOf(r).Tenants, find, in.By)
	switch {
	case errors.As(err, new(*badSearch)):
		refuse(w, err)
		return
	case s.counted(w, r, err):
		return
	case c.line == nil:
		problem(w, http.StatusNotFound, "there is no such event", nil)
		return
	case c.value == "":
		problem(w, http.StatusUnprocessableEntity, fmt.Sprintf("the event has no %s: ask by another field", in.By), nil)
		return
	}
	before, err := s.neighbours(r.Context(), c, "desc", in.Before, in.Fields)
	after := [][]byte(nil)
	if err == nil {
		after, err = s.neighbours(r.Context(), c, "asc", in.After, in.Fields)
	}
	if s.counted(w, r, err) {
		return
	}
	slices.Reverse(before)
	out := newStream(w, s.now)
	for _, line := range slices.Concat(before, [][]byte{c.line}, after) {
		if out.raw(line) != nil {
			return // the client is gone
		}
	}
}

// badSearch marks an error of the request's own.
type badSearch struct{ error }

// center is the event whose neighbours are asked for.
type center struct {
	line       []byte
	tenant, at string // at is its place, as Search.After has it
	time       time.Time
	by, value  string
}

// center finds the event; its line is nil if there is none.
func (s *Server) center(ctx context.Context, tenants []string, find hunt.Search, by string) (c center, err error) {
	q, err := find.Check(tenants, s.now())
	if err != nil {
		return c, &badSearch{err}
	}
	show := q.Show
	f, _ := event.Lookup(by)
	if show != nil {
		q.Show = append(slices.Clone(show), f, event.Tenant)
	}
	err = s.desk.Events(ctx, q, func(e event.Event) error {
		c = center{append(e.AppendJSON(nil, show), '\n'), e.Str(event.Tenant), hunt.Cursor(e), time.Unix(0, e.Time()).UTC(), by, e.Str(f)}
		return nil
	})
	return c, err
}

// neighbours gives the lines of up to n events on one side of c, the nearest first.
func (s *Server) neighbours(ctx context.Context, c center, order string, n int, fields []string) ([][]byte, error) {
	if n == 0 {
		return nil, nil
	}
	query, err := hunt.JoinPills([]hunt.Pill{{Field: c.by, Op: "==", Values: []string{c.value}}})
	if err != nil {
		return nil, err
	}
	var lines [][]byte
	for _, span := range spans {
		from, to := c.time, c.time.Add(span)
		if order == "desc" {
			from, to = c.time.Add(-span), c.time.Add(1)
		}
		q, err := hunt.Search{Query: query, From: from.Format(time.RFC3339Nano), To: to.Format(time.RFC3339Nano), Limit: n, Order: order, Fields: fields, After: c.at}.Check([]string{c.tenant}, s.now())
		if err != nil {
			return nil, err
		}
		lines = lines[:0]
		if err := s.desk.Events(ctx, q, func(e event.Event) error {
			lines = append(lines, append(e.AppendJSON(nil, q.Show), '\n'))
			return nil
		}); err != nil {
			return nil, err
		}
		if len(lines) >= n {
			break
		}
	}
	return lines, nil
}
