package rawsql

import (
	"slices"
	"strings"

	"watchpost/internal/event"
)

// table is what a statement may read. Each is written as a subquery in which the rows of other tenants are left out first, by
// PREWHERE: what stands outside may be moved inwards by the engine, and a function that fails on a row would tell of it.
type table struct {
	columns []string
	read    func(columns, fence, counts string) string
}

var tables = map[string]table{
	"events": {eventColumns(), func(columns, fence, counts string) string {
		return "SELECT " + columns + " FROM events PREWHERE " + fence + " WHERE " + counts
	}},
	"alerts": {[]string{"tenant", "alert.id", "revision", "@timestamp", "event.start", "event.end", "rule.id", "rule.name", "rule.level", "rule.mode",
		"event.severity", "count", "group", "supersedes", "body"}, func(columns, fence, _ string) string {
		return "SELECT " + columns + " FROM (SELECT * FROM alerts PREWHERE " + fence + " ORDER BY `revision` DESC, `stored` DESC LIMIT 1 BY `tenant`, `alert.id`)"
	}},
	"sources": {[]string{"tenant", "listener", "source", "reason", "records", "seen"}, func(columns, fence, _ string) string {
		return "SELECT " + columns + " FROM (SELECT `tenant`, `listener`, `source`, `reason`, sum(`count`) AS `records`, max(`last`) AS `seen` FROM sources PREWHERE " + fence +
			" GROUP BY `tenant`, `listener`, `source`, `reason`)"
	}},
}

// eventColumns are the fields, by their ECS names.
func eventColumns() []string {
	var out []string
	for f := event.Field(1); f < event.NumFields; f++ {
		out = append(out, f.String())
	}
	return out
}

func tableNames() string {
	var out []string
	for n := range tables {
		out = append(out, n)
	}
	slices.Sort(out)
	return "they are " + strings.Join(out, ", ")
}
