package hunt_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"pgregory.net/rapid"

	"watchpost/internal/embedded/engine"
	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/match"
	"watchpost/internal/normalise"
	"watchpost/internal/rule"
	"watchpost/internal/rule/ruletest"
	"watchpost/schema"
)

func TestMain(m *testing.M) {
	if engine.IsChild(os.Args) {
		os.Exit(engine.RunChild(context.Background(), os.Args))
	}
	code := m.Run()
	if db.stop != nil {
		db.stop()
	}
	os.Exit(code)
}

// db is the engine that all tests of the package share.
var db database

type database struct {
	once sync.Once
	conn driver.Conn
	err  error
	stop func()
}

// open gives a connection to the engine, which has table events, or skips the test.
func (d *database) open(t *testing.T) driver.Conn {
	t.Helper()
	lib, err := engine.FindLibrary()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("CI needs the engine: %v", err)
		}
		t.Skipf("skipped: %v", err)
	}
	d.once.Do(func() { d.err = d.start(lib) })
	if d.err != nil {
		t.Fatal(d.err)
	}
	return d.conn
}

func (d *database) start(lib string) error {
	dir, err := os.MkdirTemp("", "hunt")
	if err != nil {
		return err
	}
	o := engine.Defaults
	o.Dir, o.Library = dir, lib
	ctx, cancel := context.WithCancel(context.Background())
	e := engine.New(o, slog.New(slog.DiscardHandler))
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	d.stop = func() {
		cancel()
		<-done
		os.RemoveAll(dir)
	}
	select {
	case <-e.Ready():
	case err := <-done:
		done <- err
		return fmt.Errorf("engine did not start: %w", err)
	case <-time.After(30 * time.Second):
		return fmt.Errorf("engine not ready after 30 s")
	}
	d.conn, err = clickhouse.Open(&clickhouse.Options{
		Addr:        []string{"engine"},
		DialContext: func(ctx context.Context, _ string) (net.Conn, error) { return e.Dial(ctx, "") },
	})
	if err != nil {
		return err
	}
	for _, sql := range []string{
		"CREATE TABLE events (" + strings.Join(schema.EventColumns(), ", ") + ", `reparsed` UInt32, " + strings.Join(schema.EventIndexes(), ", ") +
			") ENGINE = MergeTree PARTITION BY toDate(`event.ingested`) ORDER BY (`tenant`, `event.dataset`, `@timestamp`) SETTINGS index_granularity = 4",
		"CREATE VIEW reparsing AS SELECT toUInt32(0) AS staged, toUInt32(0) AS shown", // nothing is replaced; store's tests have the rest
		"CREATE VIEW reparsed AS SELECT `event.block`, `event.row` FROM events WHERE `reparsed` = (SELECT shown FROM reparsing)",
	} {
		if err := d.conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// fill replaces the rows of table events by b's.
func (d *database) fill(b *event.Batch) error {
	ctx := context.Background()
	if err := d.conn.Exec(ctx, "TRUNCATE TABLE events"); err != nil {
		return err
	}
	return insert(ctx, d.conn, b)
}

// find gives the rows that a condition finds, by their number.
func (d *database) find(where string, params []hunt.Param) (map[int]bool, error) {
	args := make([]any, len(params))
	for i, p := range params {
		args[i] = clickhouse.Named(p.Name, p.Value)
	}
	rows, err := d.conn.Query(context.Background(), "SELECT `event.row` FROM events WHERE "+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int]bool{}
	for rows.Next() {
		var n uint32
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		out[int(n)] = true
	}
	return out, rows.Err()
}

// agree compares what SQL finds and what the index of rules finds with what expr's machine says.
func agree(src string, b *event.Batch) error { return agreeWith(ruletest.Compile, src, b) }

func agreeWith(compile func(string) (*rule.Predicate, error), src string, b *event.Batch) error {
	p, err := compile(src)
	if err != nil {
		return fmt.Errorf("%s: %w", src, err)
	}
	where, params, exact, err := hunt.Where(p, []string{""})
	if err != nil {
		return fmt.Errorf("%s: %w", src, err)
	}
	found, err := db.find(where, params)
	if err != nil {
		return fmt.Errorf("%s: %s %q: %w", src, where, params, err)
	}
	indexed := map[int]bool{}
	r := &rule.Rule{ID: "r", Enabled: true, Steps: []rule.Step{{Match: p, AtLeast: 1}}}
	match.New(&rule.Set{Rules: []*rule.Rule{r}}).Each(b, func(row int, _ *rule.Rule, _ int) { indexed[row] = true })
	for i := range b.Rows() {
		want, err := p.Run(b.Event(i))
		if err != nil {
			return fmt.Errorf("%s: %w", src, err)
		}
		if indexed[i] != want {
			return fmt.Errorf("%s: index %v, machine %v\nfor %s %q", src, indexed[i], want, b.Event(i).AppendJSON(nil, nil), b.Event(i).Str(event.EventOriginal))
		}
		if found[i] != want && (exact || want) {
			return fmt.Errorf("%s: SQL %v, machine %v, exact %v\n%s %q\nfor %s %q", src, found[i], want, exact, where, params, b.Event(i).AppendJSON(nil, nil), b.Event(i).Str(event.EventOriginal))
		}
	}
	return nil
}

// TestTable holds SQL to the table of meanings.
func TestTable(t *testing.T) {
	db.open(t)
	b := ruletest.Events(normalise.Form)
	if err := db.fill(b); err != nil {
		t.Fatal(err)
	}
	for _, row := range ruletest.Table {
		if row.Want == "!" {
			continue
		}
		if err := agree(row.Match, b); err != nil {
			t.Error(err)
		}
	}
	id := b.Event(2).ID().String()
	for _, src := range []string{`event.id == "` + id + `"`, `event.id in ["` + id + `", "x"]`, `event.id endsWith "-2"`, `not (event.id == "` + id + `")`, `event.id == "` + strings.ToUpper(id) + `"`} {
		if err := agree(src, b); err != nil {
			t.Error(err)
		}
	}
}

// TestManyConstants holds conditions on long lists, whose values share a parameter, to the same.
func TestManyConstants(t *testing.T) {
	db.open(t)
	odd := []string{"it's", `a\b`, "tab\tline\nnul\x00", "ß", "{p0:String}", "root", "x,y", "[z]", `\'`, ""}
	var texts, addrs, nets, numbers []string
	for i := range 300 {
		texts = append(texts, fmt.Sprintf("name%d", i))
		addrs = append(addrs, fmt.Sprintf("10.0.%d.%d", i/256, i%256))
		nets = append(nets, fmt.Sprintf("10.%d.0.0/24", i%256))
		numbers = append(numbers, fmt.Sprint(i*2))
	}
	s, err := rule.Load(fstest.MapFS{}, rule.Options{Lists: map[string][]string{"texts": append(texts, odd...), "addrs": addrs, "nets": nets, "numbers": numbers}})
	if err != nil {
		t.Fatal(err)
	}
	b := new(event.Batch)
	for i, text := range append(odd, "NAME7", "name299", "other", "name300") {
		b.Begin([]byte(text), ruletest.At.UnixNano())
		b.SetString(event.UserName, text)
		b.AddString(event.Tags, text)
		b.SetString(event.SourceIP, []string{"10.0.1.5", "10.7.0.9", "::ffff:10.0.0.1", "192.0.2.1"}[i%4])
		b.SetInt(event.SourcePort, int64(i))
		b.End()
	}
	b.SetID(event.NewBlockID(ruletest.At.UnixNano()))
	if err := db.fill(b); err != nil {
		t.Fatal(err)
	}
	for _, src := range []string{`user.name in list("texts")`, `user.name not in list("texts")`, `user.name in ilist("texts")`, `tags in list("texts")`, `tags in ilist("texts")`, `source.ip in list("addrs")`,
		`source.ip in list("nets")`, `not (source.ip in list("nets"))`, `source.port in list("numbers")`, `source.port not in list("numbers")`, `labels["x"] in list("texts")`} {
		if err := agreeWith(s.Compile, src, b); err != nil {
			t.Error(err)
		}
	}
}

// TestIndexedTimes has the engine leave out granules by what it takes a part of a time to be, where years and weeks end.
func TestIndexedTimes(t *testing.T) {
	db.open(t)
	for _, times := range [][]string{{"2024-02-29T00:00:00Z", "2024-12-30T23:30:00Z"}, {"2024-12-30T23:30:00Z"}, {"2026-11-23T05:00:00Z", "2026-11-29T10:00:00Z"}, {"2026-11-29T10:00:00Z"}} {
		b := new(event.Batch)
		for _, at := range times {
			when, err := time.Parse(time.RFC3339, at)
			if err != nil {
				t.Fatal(err)
			}
			b.Begin([]byte(at), ruletest.At.UnixNano())
			b.SetTime(when.UnixNano())
			b.End()
		}
		b.SetID(event.NewBlockID(ruletest.At.UnixNano()))
		if err := db.fill(b); err != nil {
			t.Fatal(err)
		}
		for _, src := range []string{`week(timestamp, "UTC") == 1`, `not (week(timestamp, "UTC") > 1)`, `week(timestamp, "UTC") < 9`, `weekday(timestamp, "UTC") == 0`, `weekday(timestamp, "UTC") < 1`, `not (weekday(timestamp, "UTC") > 0)`,
			`not (week(timestamp, "UTC") > 1) or timestamp < "2011-12-30T10:00:00Z"`, `not (weekday(timestamp, "UTC") > 0) or timestamp < "2011-12-30T10:00:00Z"`} {
			if err := agree(src, b); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestSQLAgrees holds SQL and index to expr's machine on random events and predicates: of every operator and function.
func TestSQLAgrees(t *testing.T) {
	db.open(t)
	all := ""
	rapid.Check(t, func(t *rapid.T) {
		b := ruletest.Rows(t, 12, normalise.Form)
		if err := db.fill(b); err != nil {
			t.Fatal(err)
		}
		for range 8 {
			src := ruletest.Predicate(t, true)
			all += src + "\n"
			if err := agree(src, b); err != nil {
				t.Fatal(err)
			}
		}
	})
	if testing.Short() { // too few are tried for each to be among them
		return
	}
	for _, f := range rule.Functions() {
		if !strings.Contains(all, f+"(") {
			t.Errorf("%s was not tried", f)
		}
	}
	for _, op := range []string{" == ", " != ", " < ", " <= ", " > ", " >= ", " in [", " in list", " not in ", " contains ", " startsWith ", " endsWith ", " matches ", " and ", " or ", "not (", "..", " + ", " - ", " * ", " / ", " % "} {
		if !strings.Contains(all, op) {
			t.Errorf("%s was not tried", op)
		}
	}
}

// TestHints holds that a search in the message that ignores case reads few granules by the text indexes, and loses nothing.
func TestHints(t *testing.T) {
	conn := db.open(t)
	b := new(event.Batch)
	for i := range 400 {
		own := b.Begin(fmt.Appendf(nil, "<13>app: request %d REFUSED for w%d.", i, i), ruletest.At.UnixNano())
		switch i % 3 {
		case 0:
			b.Set(event.Message, own[9:])
		case 1:
			b.SetString(event.Message, fmt.Sprintf("decoded Refused for w%d.", i))
		}
		b.End()
	}
	b.SetID(event.NewBlockID(ruletest.At.UnixNano()))
	if err := db.fill(b); err != nil {
		t.Fatal(err)
	}
	for _, src := range []string{
		`icontains(message, "refused FOR W77.")`, `icontains(message, "fused for w78.")`, `icontains(message, "refused for w7")`, `icontains(event.original, "Request 77 ref")`,
		`iequals(message, "request 99 refused for W99.")`, `istartsWith(message, "DECODED refused")`, `iendsWith(message, "W100.")`, `not icontains(message, "for w77.")`,
		`icontains(message, "for w77.") or icontains(event.original, "for w3.")`, `not (icontains(message, "for w77.") or icontains(event.original, "for w3."))`,
	} {
		if err := agree(src, b); err != nil {
			t.Error(err)
		}
	}
	for _, src := range []string{`icontains(message, " refused for W78.")`, `word("W78")`, `word("for w78")`, `word("w77") or word("W398")`, `word("w12") and word("refused")`} {
		if plan := explain(t, conn, src); !strings.Contains(plan, "Granules: 1/100") && !strings.Contains(plan, "Granules: 2/100") {
			t.Errorf("%s: the indexes do not help:\n%s", src, plan)
		}
	}
}

// explain gives the engine's plan for a predicate.
func explain(t *testing.T, conn driver.Conn, src string) string {
	t.Helper()
	p, err := rule.Compile(src)
	if err != nil {
		t.Fatal(err)
	}
	where, params, _, err := hunt.Where(p, []string{""})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := conn.Query(context.Background(), "EXPLAIN indexes = 1 SELECT `event.row` FROM events WHERE "+where, named(params)...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, strings.TrimSpace(line))
	}
	return strings.Join(plan, "\n")
}

// TestWords holds that words are the same in the store, whose index knows the words of records and of messages that are no part of one, and in expr's machine:
// also where a message is cut out of the middle of a word, and in parts that came before the index.
func TestWords(t *testing.T) {
	conn := db.open(t)
	b := new(event.Batch)
	for i, line := range []string{"xFailed login", "Failed_login", "éFailed login", "\xffFailed\xff login", "\x00FAILED\x7flogin", "failed", "failedfailed failed", `{"m":"a\\b \"failed\""}`} {
		for cut := range 3 {
			own := b.Begin([]byte(line), ruletest.At.UnixNano())
			switch cut {
			case 1:
				b.Set(event.Message, own[1:])
			case 2:
				b.Set(event.Message, own[:len(own)-1-i%2])
			}
			b.End()
		}
	}
	b.SetID(event.NewBlockID(ruletest.At.UnixNano()))
	check := func() {
		t.Helper()
		for _, src := range []string{`word("failed")`, `word("ailed")`, `word("Faile")`, `word("failed login")`, `word("login")`, `word("logi")`, `word("failed_")`, `word("éfailed")`, `word("É")`, `word("a\\b")`,
			`word("\"FAILED\"")`, `word("b \"")`, `not word("failed")`, `word("failed") or word("logi")`, `anywhere("ailed l")`, `anywhere("a\\b", "d_")`, `icontains(message, "ailed") and word("ailed")`, `istartsWith(message, "ailed login")`, `iendsWith(message, "failed logi")`} {
			if err := agree(src, b); err != nil {
				t.Error(err)
			}
		}
	}
	if err := db.fill(b); err != nil {
		t.Fatal(err)
	}
	check()
	ctx := context.Background()
	var drop, add []string
	for _, d := range schema.EventIndexes() {
		if n := schema.DefinedName(d); n == "event.original" || n == "message.text" {
			drop, add = append(drop, "DROP INDEX `"+n+"`"), append(add, "ADD "+d)
		}
	}
	for _, change := range [][]string{drop, add} {
		if err := conn.Exec(ctx, "ALTER TABLE events "+strings.Join(change, ", ")+" SETTINGS mutations_sync = 2"); err != nil {
			t.Fatal(err)
		}
	}
	check()
}
