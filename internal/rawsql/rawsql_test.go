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
	f("SELECT normalizeUTF8NFC(message) AS n FROM events",
		"SELECT normalizeUTF8NFC(substringUTF8(`t0`.`message`, 1, 1024)) AS `n` FROM (SELECT `message` FROM events PREWHERE `tenant` IN ({p0:String}, {p1:String}) WHERE 1) AS `t0`", "a", "b")
	f("SELECT position(message, user.name) AS p, replaceAll(message, 'x', user.name) AS r FROM events", // a text to look for is short, or written out
		"SELECT position(`t0`.`message`, substring(`t0`.`user.name`, 1, 256)) AS `p`, replaceAll(`t0`.`message`, {p0:String}, `t0`.`user.name`) AS `r` FROM (SELECT `message`, `user.name` FROM events PREWHERE `tenant` IN ({p1:String}, {p2:String}) WHERE 1) AS `t0`", "x", "a", "b")
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
	// What nothing breaks off: patterns that are reckoned, and constants that are gone through for each element.
	f("SELECT count() FROM events WHERE match(message, user.name)", "match wants its pattern written out")
	f("SELECT count() FROM events WHERE match(message, concat('a', 'b'))", "match wants its pattern written out")
	f("SELECT count() FROM (SELECT message, 'a+' AS p FROM events) AS e WHERE match(e.message, p)", "match wants its pattern written out")
	f("SELECT arrayExists(x -> match(message, x), splitByChar(' ', message)) FROM events", "match wants its pattern written out")
	f("SELECT arrayExists(x -> message LIKE concat('%', x), related.user) FROM events", "LIKE wants its pattern written out")
	f("SELECT 1 FROM events WHERE NOT message NOT ILIKE user.name", "ILIKE wants its pattern written out")
	f("SELECT splitByRegexp(user.name, message) FROM events", "splitByRegexp wants its pattern written out")
	f("SELECT multiSearchAny(message, splitByChar(',', 'a,b')) FROM events", "multiSearchAny wants its texts written out")
	f("SELECT multiMatchAny(message, ['a', user.name]) FROM events", "multiMatchAny wants its pattern written out")
	f("SELECT mapContainsKeyLike(labels, user.name) FROM events", "mapContainsKeyLike wants its pattern written out")
	f("SELECT match(message, '(a{1,30}b{1,30}){30}') FROM events", "match: the regular expression is too large")
	f("SELECT match(message, '"+strings.Repeat("x{1000}", 2)+"') FROM events", "too large")
	f("SELECT match(message, '[ab]*a[ab]{300}c') FROM events", "too large")
	f("SELECT multiMatchAny(message, ['x', '([ab]*a[ab]{1,100}c|[ab]*b[ab]{1,100}d)']) FROM events", "too large")
	f("SELECT match(message, '(a') FROM events", "match: missing closing )")
	// Of what goes through the rest of the text for each place that is found, the text is short, and there is not much of it.
	f("SELECT extractAll(message, 'a(.*b)?') FROM events", "may look at all that follows")
	f("SELECT countMatches(message, 'a.*b') FROM events", "take one that ends, or the beginning of the text, substring(…, 1, 2048)")
	f("SELECT splitByRegexp('(x+y)*x', message) FROM events", "splitByRegexp: behind each place")
	f("SELECT replaceRegexpAll(substring(message, 1, 2049), 'a.*b', '') FROM events", "may look at all that follows")
	f("SELECT extractAllGroups(substring(message, 1, length(message)), 'a(.*b)?') FROM events", "may look at all that follows")
	f("SELECT extractAll(substring(message, 5), 'a.{0,20}b') FROM events", "may look at all that follows")
	f("SELECT extractAll(substring(message, 1, 2048), 'a(?:.*"+strings.Repeat("xy", 250)+")?') FROM events", "too large for one that may look")
	f("SELECT arrayMap(x -> countMatches(substring(x, 1, 2048), 'a.*b'), related.user) FROM events", "may not stand in a lambda")
	f("SELECT "+strings.Repeat("countMatches(substring(message, 1, 2048), 'a.*b') + ", 8)+"1, levenshteinDistance(message, 'a') FROM events", "more than 8 times")
	f("SELECT hasAll(ngrams(message, 3), ngrams(user.name, 3)) FROM events", "hasAll wants one of its arrays written out")
	f("SELECT arraySum(x -> ngramDistance(x, user.name), related.user) FROM events", "ngramDistance may not stand in a lambda")
	f("SELECT splitByChar(',', 'a,b') AS c, arrayCount(x -> has(c, x), related.user) FROM events", "\"c\" is a constant")
	f("SELECT arrayCount(x -> has(c, x), related.user) FROM (SELECT related.user, splitByChar(',', 'a,b') AS c FROM events) AS e", "\"c\" is a constant")
	f("WITH w AS (SELECT related.user, arrayMap(x -> x * 2, [1, 2]) AS c FROM events) SELECT arrayCount(x -> has(w.c, x), related.user) FROM w", "\"c\" is a constant")
	f("SELECT [1] AS a, arrayConcat(a, a) AS b, arrayMap(x -> length(b), related.user) FROM events", "\"b\" is a constant")
	f("SELECT arrayMap(x -> (SELECT groupArray(message) FROM events), related.user) FROM events", "a subquery may not stand in a lambda")
	f("SELECT arrayMap(x -> position('"+strings.Repeat("a", 513)+"', x), related.user) FROM events", "more than 512 bytes")
	f("SELECT arrayMap(x -> has(["+strings.Repeat("1,", 64)+"1], x), [1]) FROM events", "more than 512 bytes")
	f("WITH a AS (SELECT tenant FROM events), b AS (SELECT x.tenant FROM a AS x JOIN a AS y ON x.tenant = y.tenant), c AS (SELECT x.tenant FROM b AS x JOIN b AS y ON x.tenant = y.tenant),"+
		" d AS (SELECT x.tenant FROM c AS x JOIN c AS y ON x.tenant = y.tenant) SELECT d.tenant FROM d JOIN a ON d.tenant = a.tenant", "more than 8 tables")
	f("SELECT sum(event.severity) OVER (ORDER BY @timestamp ROWS BETWEEN 1001 PRECEDING AND CURRENT ROW) FROM events", "at most 1000 rows")
	f("SELECT sum(event.severity) OVER (ORDER BY @timestamp ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) FROM events", "at most 1000 rows")
	f("SELECT count() FROM events WHERE user.name IN ("+strings.Repeat("'a',", 2000)+"'a')", "more than 2000 parts")
}

// A bug of ours is not taken for a statement that is written: that would be an empty one.
func TestBugsAreNotHidden(t *testing.T) {
	defer rawsql.Break("sources")()
	defer func() {
		if recover() == nil {
			t.Error("nothing tells of it")
		}
	}()
	st, err := rawsql.Rewrite("SELECT count() FROM sources", []string{"a"}, "1")
	t.Errorf("%q, %v", st.SQL, err)
}

// Of what may take long for a row few rows are worked on at a time, wherever it stands.
func TestDear(t *testing.T) {
	for src, want := range map[string]bool{
		"SELECT extractAllGroups(message, '(a)') FROM events":                                             true,
		"SELECT n FROM (SELECT countMatches(message, 'a') AS n FROM events) AS e":                         true,
		"SELECT count() FROM events WHERE arrayExists(x -> length(extractAll(x, 'a')) > 1, related.user)": true,
		"SELECT extract(message, 'a'), replaceAll(message, 'a', 'b') FROM events":                         false,
	} {
		if st, err := rawsql.Rewrite(src, []string{"a"}, "1"); err != nil || st.Dear != want {
			t.Errorf("%s: %t, %v", src, st.Dear, err)
		}
	}
}

// What is dear for others is not refused where it costs little.
func TestCheapIsTaken(t *testing.T) {
	for _, src := range []string{
		"SELECT arrayFilter(x -> match(x, '^adm[0-9]{1,20}$') OR x LIKE 'svc-%', related.user) AS u FROM events",
		"SELECT arrayExists(x -> x IN (" + strings.Repeat("'a long name of somebody', ", 300) + "'b'), related.user) FROM events",
		"SELECT arrayCount(x -> x = user.name AND length(x) > n, related.user) FROM (SELECT related.user, user.name, length(message) AS n FROM events) AS e",
		"SELECT length(message) AS n, arrayMap(x -> length(x) + n, related.user) AS m, arraySum(m) FROM events",
		"SELECT count() AS n, arrayMap(x -> x + n, groupArray(event.severity)) FROM events",
		"SELECT hasAny(related.user, ['root', 'admin']), hasAll(['root'], related.user) FROM events",
		"SELECT multiSearchAny(message, ['one', 'two']), multiMatchAny(message, ['a+', 'b']), replaceRegexpAll(message, '[0-9]+', user.name) FROM events",
		"WITH a AS (SELECT tenant FROM events), b AS (SELECT x.tenant FROM a AS x JOIN a AS y ON x.tenant = y.tenant) SELECT tenant FROM b UNION ALL SELECT tenant FROM b UNION ALL SELECT tenant FROM a",
		"SELECT sum(event.severity) OVER (ORDER BY @timestamp ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), max(event.severity) OVER (ORDER BY @timestamp ROWS BETWEEN 1000 PRECEDING AND 10 FOLLOWING) FROM events",
		"SELECT x, arrayMap(y -> concat(x, y), related.hosts) FROM events ARRAY JOIN related.user AS x",
		"SELECT match(message, '(?:[A-Za-z0-9+/]{4}){30,60}'), match(message, '" + strings.Repeat("one word|", 150) + "x'), match(message, '^([0-9a-f]{8}-){3}[0-9a-f]{64}$') FROM events",
		"SELECT extractAll(message, '[0-9]+'), extractAll(message, '([a-z.]+)=([^ ]*)'), extractAll(message, '\"[^\"]*\"'), countMatches(message, 'a.*?b'), splitByRegexp('[,;] *', message) FROM events",
		"SELECT extractAll(message, '\\\\b(?i)(?:[0-9]{1,3}\\\\.){3}[0-9]{1,3}\\\\b'), extractAllGroups(message, '(\\\\w+)@([\\\\w.-]+)'), replaceRegexpAll(message, '^ +| +$', '') FROM events",
		"SELECT extractAll(substring(message, 1, 2048), 'a(.*b)?'), splitByRegexp('a.*b', substring(message, 100, 2000)) FROM events",
		"SELECT arrayMap(x -> extractAll(x, '[0-9]+'), splitByChar(' ', message)) FROM events",
	} {
		if _, err := rawsql.Rewrite(src, []string{"a"}, "1"); err != nil {
			t.Errorf("%s: %v", src, err)
		}
	}
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
