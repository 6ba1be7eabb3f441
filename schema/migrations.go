package schema

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"text/template"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// The generated parts of the definition of table `events`: one column or index a line.
var (
	//go:embed events_columns.sql
	eventColumns string
	//go:embed events_indexes.sql
	eventIndexes string
)

// EventColumns lists the column definitions of table `events`, EventIndexes those of its indexes.
func EventColumns() []string { return definitions(eventColumns) }

// EventIndexes lists the index definitions of table `events`.
func EventIndexes() []string { return definitions(eventIndexes) }

func definitions(file string) []string {
	return slices.DeleteFunc(strings.Split(file, "\n"), func(l string) bool {
		return strings.TrimSpace(l) == "" || strings.HasPrefix(l, "--")
	})
}

// DefinedName gives the name that a column or index definition defines.
func DefinedName(definition string) string {
	_, rest, _ := strings.Cut(definition, "`")
	name, _, _ := strings.Cut(rest, "`")
	return name
}

// Target says where migrations run.
type Target struct {
	Database string
	Cluster  string // name of the cluster, with Replicated engines; empty: one server
	EventTTL string // expression; see package store
}

// Migration is one step of the schema.
type Migration struct {
	Name string // file name
	Sum  string // SHA-256 of the file, by which a later change to it is noticed
	text string
}

// Migrations lists the steps in order.
func Migrations() ([]Migration, error) {
	entries, err := migrationFiles.ReadDir("migrations") // sorted by name
	if err != nil {
		return nil, err
	}
	out := make([]Migration, 0, len(entries))
	for _, e := range entries {
		text, err := migrationFiles.ReadFile("migrations/" + e.Name())
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(text)
		out = append(out, Migration{Name: e.Name(), Sum: hex.EncodeToString(sum[:]), text: string(text)})
	}
	return out, nil
}

// Statements gives the step's SQL for a target. Each can be repeated without harm.
func (m Migration) Statements(t Target) ([]string, error) {
	tmpl, err := template.New(m.Name).Option("missingkey=error").Parse(m.text)
	if err != nil {
		return nil, fmt.Errorf("schema/migrations/%w", err)
	}
	var b bytes.Buffer
	if err := tmpl.Execute(&b, t); err != nil {
		return nil, fmt.Errorf("schema/migrations/%w", err)
	}
	var lines []string
	for l := range strings.Lines(b.String()) {
		if !strings.HasPrefix(l, "--") {
			lines = append(lines, l)
		}
	}
	var out []string
	for s := range strings.SplitSeq(strings.Join(lines, ""), ";\n") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out, nil
}

// DB is the database's name as an identifier.
func (t Target) DB() string { return "`" + t.Database + "`" }

// Events is the table that holds events: in a cluster `events` is a view over all shards, and this is the part of one.
func (t Target) Events() string {
	if t.Cluster != "" {
		return "events_local"
	}
	return "events"
}

// EventTables are the tables that have the columns of events: Events, and in a cluster the view over all shards behind it.
func (t Target) EventTables() []string {
	if t.Cluster == "" {
		return []string{"events"}
	}
	return []string{t.Events(), "events"}
}

// Column gives the generated definition of a column of table events.
func (t Target) Column(name string) (string, error) {
	for _, d := range EventColumns() {
		if DefinedName(d) == name {
			return d, nil
		}
	}
	return "", fmt.Errorf("no column %s", name)
}

// OnCluster makes a statement run on every server.
func (t Target) OnCluster() string {
	if t.Cluster == "" {
		return ""
	}
	return "ON CLUSTER `" + t.Cluster + "`"
}

// Sharded gives the engine of a table of which each shard holds a part.
func (t Target) Sharded(engine, table string) string {
	if t.Cluster == "" {
		return engine
	}
	return fmt.Sprintf("Replicated%s('/clickhouse/tables/{shard}/%s/%s', '{replica}')", engine, t.Database, table)
}

// Everywhere gives the engine of a small table that every server holds whole.
func (t Target) Everywhere(engine, table string) string {
	if t.Cluster == "" {
		return engine
	}
	return fmt.Sprintf("Replicated%s('/clickhouse/tables/all/%s/%s', '{shard}-{replica}')", engine, t.Database, table)
}

// Dedup gives the settings by which an insert whose token was seen is a no-op. Entries count per partition written, so
// an insert over two days takes two.
func (t Target) Dedup() string {
	if t.Cluster == "" {
		return "non_replicated_deduplication_window = 10000"
	}
	return "replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 2592000"
}

// EventColumns and EventIndexes give the generated definitions as they stand within CREATE TABLE.
func (t Target) EventColumns() string { return strings.Join(EventColumns(), ",\n") }

// EventIndexes is EventColumns for indexes.
func (t Target) EventIndexes() string { return strings.Join(EventIndexes(), ",\n") }
