package hunt

import "watchpost/internal/event"

// Behind gives the same query for the events behind e in its order: the next page.
func (q *Query) Behind(e event.Event) *Query {
	next := *q
	next.after = &cursor{time: e.Time(), id: e.ID()}
	return &next
}
