package hunt

import (
	"slices"

	"watchpost/internal/event"
)

// Behind gives the same query for the events behind e in its order: the next page.
func (q *Query) Behind(e event.Event) *Query {
	next := *q
	next.after = &cursor{time: e.Time(), id: e.ID()}
	return &next
}

// Sees says whether e belongs to q's tenants and satisfies its predicate, whatever its time.
func (q *Query) Sees(e event.Event) bool {
	if !slices.Contains(q.tenants, e.Str(event.Tenant)) {
		return false
	}
	ok, err := q.Predicate.Match(e)
	return ok && err == nil
}
