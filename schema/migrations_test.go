package schema

import (
	"regexp"
	"strings"
	"testing"
)

func TestMigrations(t *testing.T) {
	steps, err := Migrations()
	if err != nil {
		t.Fatal(err)
	}
	all := func(tg Target) string {
		var b strings.Builder
		for _, m := range steps {
			st, err := m.Statements(tg)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range st {
				adds := strings.Count(s, "ADD COLUMN IF NOT EXISTS") + strings.Count(s, "ADD INDEX IF NOT EXISTS")
				repeatable := strings.HasPrefix(s, "ALTER TABLE ") && (adds > 0 && adds == strings.Count(s, "ADD ") || strings.Contains(s, " MODIFY TTL") || strings.Contains(s, "\nMODIFY SETTING ") || strings.Contains(s, "\nMODIFY COLUMN "))
				for _, begin := range []string{"CREATE TABLE IF NOT EXISTS", "CREATE VIEW IF NOT EXISTS", "CREATE OR REPLACE VIEW"} {
					repeatable = repeatable || strings.HasPrefix(s, begin)
				}
				if !repeatable {
					t.Errorf("%s: not repeatable: %.80s", m.Name, s)
				}
				if tg.Cluster != "" && !strings.Contains(s, "ON CLUSTER `c1`") {
					t.Errorf("%s: runs on one server only: %.80s", m.Name, s)
				}
				b.WriteString(s + ";\n")
			}
		}
		return b.String()
	}
	one := all(Target{Database: "d", EventTTL: "x"})
	many := all(Target{Database: "d", Cluster: "c1", EventTTL: "x"})
	has := func(text, want string, yes bool) {
		t.Helper()
		if strings.Contains(text, want) != yes {
			t.Errorf("contains %q: %v, want %v", want, !yes, yes)
		}
	}
	has(one, "CREATE TABLE IF NOT EXISTS `d`.events ", true)
	has(one, "Replicated", false)
	has(one, "Distributed", false)
	has(one, "non_replicated_deduplication_window = 10000", true)
	has(many, "CREATE TABLE IF NOT EXISTS `d`.events_local ON CLUSTER `c1`", true)
	has(many, "ReplicatedMergeTree('/clickhouse/tables/{shard}/d/events', '{replica}')", true)
	has(many, "ReplicatedAggregatingMergeTree('/clickhouse/tables/all/d/sources', '{shard}-{replica}')", true)
	has(many, "ENGINE = Distributed(c1, `d`, events_local)", true)
	has(many, "ENGINE = MergeTree", false)
	has(many, "replicated_deduplication_window_seconds", true)
}

func TestColumns(t *testing.T) {
	names := map[string]bool{}
	for _, d := range EventColumns() {
		n := DefinedName(d)
		if n == "" || names[n] {
			t.Errorf("column %q: empty or twice", d)
		}
		names[n] = true
		if strings.Contains(d, "Array(") && !strings.Contains(d, " ALIAS ") && strings.Contains(n, ".") {
			t.Errorf("%s: an array that is stored under a name with a dot is taken for a part of a Nested structure", n)
		}
	}
	for _, n := range []string{"@timestamp", "message", "message.text", "message.offset", "message.length", "event.block", "event.row", "event.id", "related_ip", "related.ip", "source.address", "source.address_own", "same", "tags"} {
		if !names[n] {
			t.Errorf("no column %s", n)
		}
	}
	quoted := regexp.MustCompile("`[^`]+`")
	for _, d := range EventIndexes() {
		over := quoted.FindAllString(d, -1)
		if len(over) == 0 || !names[strings.Trim(over[len(over)-1], "`")] { // its name, then its column
			t.Errorf("index without its column: %s", d)
		}
	}
}
