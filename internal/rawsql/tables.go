package rawsql

import (
	"slices"
	"strings"

	"watchpost/internal/event"
)

// table is what a statement may read: a name, what it is in the store, and its columns by their names there. Each has a column
// `tenant`.
type table struct {
	store   string
	columns []string
}

var tables = map[string]table{
	"events": {"events", eventColumns()},
	"alerts": {"alerts_now", []string{"tenant", "alert.id", "revision", "@timestamp", "event.start", "event.end", "rule.id", "rule.name", "rule.level", "rule.mode",
		"event.severity", "count", "group", "supersedes", "body"}},
	"sources": {"source_account", []string{"tenant", "listener", "source", "reason", "records", "seen"}},
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
