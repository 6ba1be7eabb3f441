package web

import (
	"net/http"

	"watchpost/internal/hunt"
)

// Explanation says what a query costs before it runs.
type Explanation struct {
	Expr     string            `json:"expr"`
	SQL      string            `json:"sql"`
	Params   map[string]string `json:"params"`
	Granules Part              `json:"granules"`
	Parts    Part              `json:"parts"`
	Indexes  []IndexUse        `json:"indexes"` // in the order in which they are asked
	Estimate Estimate          `json:"estimate"`
}

// Part says how much of a whole is left to read.
type Part struct {
	Read  uint64 `json:"read"`
	Total uint64 `json:"total"`
}

// IndexUse says what one index leaves to read of what the ones before it left.
type IndexUse struct {
	Type     string `json:"type"` // MinMax, Partition, PrimaryKey or Skip
	Name     string `json:"name,omitempty"`
	Granules Part   `json:"granules"`
	Parts    Part   `json:"parts"`
}

// Estimate is from above: rows of the granules that are left, and their bytes if all columns were read.
type Estimate struct {
	Rows  uint64 `json:"rows"`
	Bytes uint64 `json:"bytes"`
}

// explain says what a query would cost.
func (s *Server) explain(w http.ResponseWriter, r *http.Request) {
	s.unaudited(r)
	var in hunt.Search
	if !read(w, r, &in) {
		return
	}
	q, err := s.checked(in, r)
	if err != nil {
		refuse(w, err)
		return
	}
	e, err := s.desk.Explain(r.Context(), q, mine(principalOf(r)) == nil)
	if s.counted(w, r, err) {
		return
	}
	answer(w, e)
}
