package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"watchpost/internal/hunt"
	"watchpost/internal/rawsql"
)

// Statements answers SELECTs of users.
type Statements interface {
	// SQL gives the table of a statement, of at most limit rows. The error is ErrOverBudget, or says what the engine has against the statement.
	SQL(ctx context.Context, st rawsql.Statement, limit int) (*Table, error)
}

// ErrStatement says that the engine refuses a statement for what it says.
var ErrStatement = errors.New("the statement cannot be answered")

// sql answers a SELECT: read by our grammar, written again over the rows that the caller may see.
func (s *Server) sql(w http.ResponseWriter, r *http.Request) {
	var in struct {
		SQL   string `json:"sql"`
		Limit int    `json:"limit"`
	}
	if !read(w, r, &in) {
		return
	}
	if in.Limit == 0 {
		in.Limit = hunt.DefaultRows
	}
	if in.Limit < 1 || in.Limit > hunt.MaxLimit {
		problem(w, http.StatusBadRequest, fmt.Sprintf("limit: %d: want 1 to %d", in.Limit, hunt.MaxLimit), nil)
		return
	}
	st, err := rawsql.Rewrite(in.SQL, principalOf(r).Tenants, hunt.Counts)
	if err != nil {
		more := map[string]any{}
		if at := (*rawsql.Error)(nil); errors.As(err, &at) {
			line, column := rawsql.Place(in.SQL, at.Offset)
			more["position"] = map[string]int{"offset": at.Offset, "line": line, "column": column}
		}
		problem(w, http.StatusBadRequest, "sql: "+err.Error(), more)
		return
	}
	s.audit(r, "sql", map[string]any{"sql": in.SQL})
	t, err := s.desk.SQL(r.Context(), st, in.Limit)
	switch {
	case err == nil:
		answerTable(w, r, t)
	case errors.Is(err, ErrStatement):
		problem(w, http.StatusBadRequest, "sql: "+err.Error(), nil)
	default:
		s.failed(w, r, err)
	}
}
