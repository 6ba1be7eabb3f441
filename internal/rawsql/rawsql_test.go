package rawsql_test

import (
	"strings"
	"testing"

	"watchpost/internal/rawsql"
)

func TestWritten(t *testing.T) {
	f := func(src, want string, params ...string) {
		t.Helper()
		st, err := rawsql.Rewrite(src, []string{"a", "b"}, "1")
		if err != nil {
			t.Errorf("%s: %v", src, err)
			return
		}
		if st.SQL != want {
			t.Errorf("%s:\n%s\nwant\n%s", src, st.SQL, want)
		}
		var got []string
		for _, p := range st.Params {
			got = append(got, p.Value)
		}
		if strings.Join(got, "|") != strings.Join(params, "|") {
			t.Errorf("%s: parameters %q, want %q", src, got, params)
		}
	}
	f("select count() from events", "SELECT count() AS `count()` FROM (SELECT `tenant` FROM events PREWHERE `tenant` IN ({p0:String}, {p1:String}) WHERE 1) AS `t0`", "a", "b")
	f("SELECT source.ip, count(*) AS n FROM events e WHERE e.user.name = 'o''brien' GROUP BY source.ip ORDER BY n DESC LIMIT 5;",
		"SELECT `t0`.`source.ip` AS `source.ip`, count(*) AS `n` FROM (SELECT `user.name`, `source.ip` FROM events PREWHERE `tenant` IN ({p1:String}, {p2:String}) WHERE 1) AS `t0`"+
			" WHERE (`t0`.`user.name` = {p0:String}) GROUP BY `t0`.`source.ip` ORDER BY `n` DESC LIMIT 5", "o'brien", "a", "b")
	f("SELECT 1 + 2 * -3 x FROM alerts -- why\n",
		"SELECT (1 + (2 * (- 3))) AS `x` FROM (SELECT `tenant` FROM (SELECT * FROM alerts PREWHERE `tenant` IN ({p0:String}, {p1:String}) ORDER BY `revision` DESC, `stored` DESC LIMIT 1 BY `tenant`, `alert.id`)) AS `t0`", "a", "b")
	f("SELECT levenshteinDistance(dns.question.name, 'a') AS d FROM events", // what nothing stops sees short texts only
		"SELECT levenshteinDistance(substring(`t0`.`dns.question.name`, 1, 256), substring({p0:String}, 1, 256)) AS `d` FROM (SELECT `dns.question.name` FROM events PREWHERE `tenant` IN ({p1:String}, {p2:String}) WHERE 1) AS `t0`", "a", "a", "b")
}

func TestRefused(t *testing.T) {
	f := func(src, want string) {
		t.Helper()
		st, err := rawsql.Rewrite(src, []string{"a"}, "1")
		if err == nil {
			t.Errorf("%s became %s", src, st.SQL)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", src, err, want)
		}
	}
	f("", "select should stand here")
	f("SELECT 1", "FROM should stand here")
	f("SELECT file('/etc/passwd') FROM events", `no function "file"`)
	f("SELECT * FROM file('/etc/passwd')", "no table functions")
	f("SELECT 1 FROM events INTO OUTFILE '/tmp/x'", "behind the end")
	f("SELECT 1 FROM events FORMAT Null", "behind the end")
	f("SELECT 1 FROM events SETTINGS readonly=0", "behind the end")
	f("SELECT 1 FROM (SELECT 1 FROM events SETTINGS additional_table_filters={}) x", ") should stand here")
	f("SELECT 1 FROM events; DROP TABLE events", "behind the end")
	f("KILL QUERY WHERE 1", "select should stand here")
	f("SET ROLE ALL", "select should stand here")
	f("SELECT dictGet('d','a',1) FROM events", "no function")
	f("SELECT 1 FROM merge('default','.*')", "no table functions")
	f("SELECT 1 FROM mergeTreeIndex('default','events')", "no table functions")
	f("SELECT 1 FROM mergeTreeProjection('default','events','p')", "no table functions")
	f("SELECT 1 FROM system.processes", "no database")
	f("SELECT 1 FROM default.events", "no database")
	f("SELECT 1 FROM `system.processes`", `no table "system.processes"`)
	f("SELECT 1 FROM users", "no table")
	f("SELECT currentUser() FROM events", "no function")
	f("SELECT sleep(3) FROM events", "no function")
	f("SELECT getSetting('x') FROM events", "no function")
	f("SELECT {x:Identifier} FROM events", "has no meaning")
	f("SELECT $$x$$ FROM events", "has no meaning")
	f("SELECT 1 # x\nFROM events", "has no meaning")
	f("SELECT event.block FROM events", "no column")
	f("SELECT x FROM events", "no column")
	f("SELECT source_ip FROM events", "is it source.ip?")
	f("EXPLAIN SELECT 1 FROM events", "select should stand here")
	f("SELECT 1 FROM events UNION DISTINCT SELECT 2 FROM events", "all should stand here")
	f("SELECT CAST(1 AS Dynamic) FROM events", "no type")
	f("SELECT 1::AggregateFunction(sum, UInt64) FROM events", "no type")
	f("SELECT user.name AS `source.ip` FROM events", "is a column already")
	f("SELECT 1 AS `a``b` FROM events", "cannot be a name")
	f(`SELECT 1 AS "a\\b" FROM events`, "cannot be a name")
	f("SELECT 'a\\x41' FROM events", "no escape")
	f("SELECT 1 FROM events WHERE "+strings.Repeat("(", 100)+"1"+strings.Repeat(")", 100), "deeper than")
	f("SELECT "+strings.Repeat("1+", 3000)+"1 FROM events", "more than")
	f("SELECT 1 FROM events WHERE 'a", "do not end")
	f("SELECT a.tenant FROM events a JOIN alerts b ON tenant = b.tenant", "name the one that is meant")
	f("SELECT 1 FROM events PREWHERE 1", "behind the end")
	f("SELECT 1 FROM events FINAL", "behind the end")
	f("SELECT 1 FROM events SAMPLE 0.1", "behind the end")
	f("WITH events AS (SELECT 1 FROM alerts) SELECT 1 FROM events", "is a table")
	f("SELECT quantile('0.5')(event.severity) FROM events", "parameters of quantile are numbers")
	f("SELECT 1 FROM events WHERE exists(SELECT * FROM url('http://x'))", "no table functions")
	f("SELECT 1 FROM events LIMIT (SELECT 1)", "whole number")
	f(strings.Repeat(" ", rawsql.MaxText+1), "longer than")
	f("SELECT "+strings.Repeat("levenshteinDistance(message, 'a') + ", 8)+"jaroWinklerSimilarity(message, 'b') FROM events", "more than 8 times")
	f("SELECT arrayExists(x -> damerauLevenshteinDistance(message, x) < 3, ['a', 'b']) FROM events", "damerauLevenshteinDistance may not stand in a lambda")
	f("SELECT count() FROM events WHERE user.name IN ("+strings.Repeat("'a',", 2000)+"'a')", "more than 2000 parts")
}

func FuzzRewrite(f *testing.F) {
	for _, s := range rawsql.Samples() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		st, err := rawsql.Rewrite(src, []string{"a"}, "1")
		if err != nil {
			if st.SQL != "" {
				t.Fatal("SQL beside an error")
			}
			return
		}
		if err := rawsql.Inspect(st.SQL); err != nil {
			t.Fatalf("%s\n%s: %v", src, st.SQL, err)
		}
	})
}
