package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/hunt"
)

// Table is the answer to a query with a pipe.
type Table struct {
	Columns  []hunt.Column `json:"columns"`
	Rows     [][]any       `json:"rows"`
	Partial  bool          `json:"partial"`             // there is more, or there may be
	Reason   string        `json:"reason,omitempty"`    // why it is partial
	ReadRows uint64        `json:"read_rows,omitempty"` // told to who sees all tenants: indexes find rows that lie together, whosever they are
	Read     uint64        `json:"read_bytes,omitempty"`
	Elapsed  int64         `json:"elapsed_ms"`
}

// parsed is what a query became.
type parsed struct {
	Expr    string        `json:"expr"`
	Syntax  string        `json:"syntax"`
	Pills   []hunt.Pill   `json:"pills"`
	Pipe    bool          `json:"pipe"`
	Kind    string        `json:"kind"`
	Columns []hunt.Column `json:"columns,omitempty"`
}

// parse says what a query means, or joins pills to one.
func (s *Server) parse(w http.ResponseWriter, r *http.Request) {
	s.unaudited(r)
	var in struct {
		Query string      `json:"query"`
		Pills []hunt.Pill `json:"pills"`
	}
	if !read(w, r, &in) {
		return
	}
	if in.Pills != nil {
		joined, err := hunt.JoinPills(in.Pills)
		if err == nil && in.Query != "" {
			err = errors.New("query: give either it or pills")
		}
		if err != nil {
			refuse(w, err)
			return
		}
		in.Query = joined
	}
	q, err := hunt.ParseWith(s.desk.Compile, in.Query)
	if err != nil {
		refuse(w, err)
		return
	}
	out := parsed{Expr: q.Expr, Syntax: "expr", Pills: hunt.Pills(q.Predicate), Pipe: q.Pipe != nil, Kind: "events"}
	if q.Bar {
		out.Syntax = "bar"
	}
	if out.Pipe {
		out.Kind, out.Columns = "table", q.Pipe.Columns()
	}
	answer(w, out)
}

const (
	completeWithin = 2 * time.Second // values that take longer are not proposed
	completeValues = 20
)

// complete proposes what may stand at the cursor.
func (s *Server) complete(w http.ResponseWriter, r *http.Request) {
	s.unaudited(r)
	var in struct {
		Query  string `json:"query"`
		Cursor *int   `json:"cursor"`
		From   string `json:"from"`
		To     string `json:"to"`
	}
	if !read(w, r, &in) {
		return
	}
	at := len(in.Query)
	if in.Cursor != nil {
		at = *in.Cursor
	}
	if len(in.Query) > hunt.MaxQuery || at < 0 || at > len(in.Query) {
		refuse(w, fmt.Errorf("cursor: %d is not within the %d bytes of the query, of which there are at most %d", at, len(in.Query), hunt.MaxQuery))
		return
	}
	c := hunt.Complete(in.Query, at)
	if f := c.Values.Field; f != 0 && c.Values.Label == "" && f.Info().Kind != event.Map && f.Info().Type != "text" {
		values, err := s.beginning(r, c, in.From, in.To)
		if err != nil {
			refuse(w, err)
			return
		}
		for _, v := range values {
			c.Items = append(c.Items, c.Value(v.Value, strconv.FormatUint(v.Count, 10)+" events"))
		}
	}
	answer(w, map[string]any{"from": c.From, "to": c.To, "items": append([]hunt.Item{}, c.Items...)})
}

// beginning gives the most frequent values that begin with what was typed; none if that takes too long.
func (s *Server) beginning(r *http.Request, c hunt.Completion, from, to string) ([]Value, error) {
	prefix := hunt.Pill{Field: c.Values.Field.String(), Op: "istartsWith", Values: []string{c.Prefix}}
	if c.Prefix == "" || !c.Values.Textual() {
		prefix.Op, prefix.Values = "exists", nil
	}
	query, err := hunt.JoinPills([]hunt.Pill{prefix})
	if err != nil {
		return nil, err
	}
	q, err := s.checked(hunt.Search{Query: query, From: from, To: to}, r)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), completeWithin)
	defer cancel()
	values, err := s.desk.Values(ctx, q, c.Values.Field, completeValues)
	if err != nil {
		s.log.Debug("no values to propose", "error", err)
	}
	return values, nil
}

// table answers a query with a pipe.
func (s *Server) table(w http.ResponseWriter, r *http.Request) {
	var in struct {
		hunt.Search
		unlisted
	}
	if !read(w, r, &in) {
		return
	}
	limit := in.Limit
	if limit == 0 {
		limit = hunt.DefaultRows
	}
	q, err := s.checked(in.Search, r)
	if err == nil && q.Pipe == nil {
		err = hunt.ErrNoTable
	}
	if err != nil {
		refuse(w, err)
		return
	}
	s.audit(r, "table", in.told(asked(in.Search)))
	t, err := s.desk.Table(r.Context(), q, limit)
	if s.counted(w, r, err) {
		return
	}
	answerTable(w, r, t)
}

func answerTable(w http.ResponseWriter, r *http.Request, t *Table) {
	if mine(principalOf(r)) != nil {
		t.ReadRows, t.Read = 0, 0
	}
	answer(w, t)
}
