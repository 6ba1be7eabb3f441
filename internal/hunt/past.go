package hunt

import (
	"strings"

	"watchpost/internal/event"
	"watchpost/internal/rule"
	"watchpost/internal/window"
)

// Past gives the events of some tenants between two times (Unix nanoseconds, to exclusive) that may make signals of r, in order of
// (time, event.id), with the given fields. It finds too many where SQL cannot say the rule's condition: they must be judged
// again. Of a first seen, which needs no more of an hour, it finds the first event of each key and value where SQL is exact, unless
// every one is wanted.
func Past(r *rule.Rule, tenants []string, from, to int64, fields []event.Field, every bool) (Statement, error) {
	b := &builder{exact: true}
	any := make([]rule.Node, len(r.Steps))
	for i, s := range r.Steps {
		any[i] = s.Match.Node()
	}
	where := b.within(tenants) +
		" AND `@timestamp` >= " + b.moment(from) + " AND `@timestamp` < " + b.moment(to) +
		" AND `event.ingested` >= " + b.moment(from-int64(maxAhead)) +
		" AND " + b.node(&rule.Or{Nodes: any}, true)
	if b.err != nil {
		return Statement{}, b.err
	}
	columns := []event.Field{event.Tenant, event.Timestamp, event.EventIngested}
	for _, f := range fields {
		if f != event.Tenant && f != event.Timestamp && f != event.EventIngested && f != event.EventID {
			columns = append(columns, f)
		}
	}
	sql := "SELECT " + selected(columns) + " FROM events WHERE " + where + " ORDER BY `@timestamp`, `event.block`, `event.row`"
	if w := r.Window; w != nil && w.Kind == window.FirstSeen && b.exact && !every {
		by := []string{"`tenant`", "toStartOfHour(`@timestamp`)", column(w.Field)}
		for _, f := range r.GroupBy {
			by = append(by, column(f))
		}
		sql += " LIMIT 1 BY " + strings.Join(by, ", ")
	}
	return Statement{SQL: sql, Params: b.params, Columns: columns}, nil
}
