package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"watchpost/internal/event"
	"watchpost/schema"
)

func TestMigrate(t *testing.T) {
	o := options(t)
	s := open(t, o)
	ctx := t.Context()
	if err := s.Ping(ctx); err != nil {
		t.Fatal(err)
	}
	again := func(o Options) error {
		t.Helper()
		s, err := Open(o)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		return s.Migrate(ctx)
	}
	steps, _ := schema.Migrations()
	count := func() uint64 { return one[uint64](t, s, "SELECT count() FROM migrations", nil) }
	if err := again(o); err != nil {
		t.Fatalf("a second time: %v", err)
	}
	if n := count(); n != uint64(len(steps)+1) {
		t.Errorf("%d entries in table migrations", n)
	}

	// A table that a build with fewer fields made gains what it lacks, and keeps its rows.
	load(t, s, newLog(0, makeBlock(0, 10)))
	for _, q := range []string{"DROP INDEX `process.hash.sha256`, DROP INDEX `process.hash.sha256.lower`", "DROP COLUMN `process.hash.sha256`, DROP COLUMN `url.path`", "DROP COLUMN `dns.answers`", "DROP COLUMN `dns_answers`"} {
		if err := s.exec(ctx, "ALTER TABLE events "+q); err != nil {
			t.Fatal(err)
		}
	}
	if err := again(o); err != nil {
		t.Fatal(err)
	}
	if n := one[uint64](t, s, "SELECT count() FROM events WHERE `url.path` = '' AND `process.hash.sha256` = '' AND empty(`dns.answers`)", nil); n != 10 {
		t.Errorf("%d rows after the upgrade", n)
	}
	columns, err := s.eventColumns(ctx)
	if err != nil || len(columns) != len(schema.EventColumns())+2 { // retention, reparsed
		t.Errorf("%d columns, %v", len(columns), err)
	}

	// Other days.
	o.Retention = Retention{Days: 30, Classes: map[string]int{"long": 400, "short": 3}, Tenants: map[string]string{"shop": "long"}}
	if err := again(o); err != nil {
		t.Fatal(err)
	}
	if q := one[string](t, s, "SELECT create_table_query FROM system.tables WHERE database = {db:String} AND name = 'events'", Params{"db": o.Database}); !strings.Contains(q, "transform(retention, ['long', 'short'], [400, 3], 30)") {
		t.Errorf("no such TTL: %s", q)
	}

	// What another build did.
	if err := s.record(ctx, "0002_sources.sql", "00"); err != nil {
		t.Fatal(err)
	}
	if err := again(o); err == nil || !strings.Contains(err.Error(), "0002_sources.sql changed") || Unreachable(err) {
		t.Errorf("a changed step: %v", err)
	}
	if err := s.record(ctx, "0002_sources.sql", steps[1].Sum); err != nil {
		t.Fatal(err)
	}
	if err := s.record(ctx, "9999_future.sql", "00"); err != nil {
		t.Fatal(err)
	}
	if err := s.record(ctx, "9998_future.sql", "00"); err != nil {
		t.Fatal(err)
	}
	if err := again(o); err == nil || !strings.Contains(err.Error(), "newer build, whose migrations this one does not know: 9998_future.sql, 9999_future.sql;") || Unreachable(err) { // else it would be waited for
		t.Errorf("a future step: %v", err)
	}
}

// TestMigrateTogether: the processes of an installation start at the same time, and each brings the database to its schema.
func TestMigrateTogether(t *testing.T) {
	o := options(t)
	together := func(what string) {
		t.Helper()
		errs := make(chan error, 4)
		for range cap(errs) {
			go func() {
				s, err := Open(o)
				if err == nil {
					defer s.Close()
					err = s.Migrate(t.Context())
				}
				errs <- err
			}()
		}
		for range cap(errs) {
			if err := <-errs; err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	together("a new database")
	s := open(t, o)
	for _, q := range []string{"DROP COLUMN `log.timestamp`, DROP COLUMN `log.timestamp_own`", "ADD COLUMN `log.timestamp` Nullable(DateTime64(9, 'UTC'))", "DROP COLUMN `url.path`"} {
		if err := s.exec(t.Context(), "ALTER TABLE events "+q); err != nil {
			t.Fatal(err)
		}
	}
	together("one of an older build")
}

// TestMigrateBrokenOff: a first start that ended before it had noted what it made leaves no other retention than the next one wants.
func TestMigrateBrokenOff(t *testing.T) {
	o := options(t)
	s := open(t, o)
	if err := s.exec(t.Context(), "TRUNCATE TABLE migrations"); err != nil {
		t.Fatal(err)
	}
	o.Retention.Days = 123
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if q := one[string](t, s, "SELECT create_table_query FROM system.tables WHERE database = {db:String} AND name = 'events'", Params{"db": o.Database}); !strings.Contains(q, "toIntervalDay(123)") {
		t.Errorf("events are not kept for 123 days: %s", q[strings.Index(q, "TTL"):])
	}
}

func TestExpiredRowsGo(t *testing.T) {
	o := options(t)
	s := open(t, o)
	old := makeBlock(0, 100) // of March
	load(t, s, newLog(0, old))
	if n := one[uint64](t, s, "SELECT count() FROM events", nil); n != 100 {
		t.Fatalf("%d rows", n)
	}
	o.Retention.Days = 1
	s2, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	defer s2.Close()
	if err := s2.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s2.exec(t.Context(), "OPTIMIZE TABLE events FINAL"); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return one[uint64](t, s2, "SELECT count() FROM events", nil) == 0 })
}

// eventually polls until ok, at most 20 s.
func eventually(t testing.TB, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); <-time.After(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not within 20 s")
		}
	}
}

// full makes a row in which every field is set, and rows with what is awkward.
func full() *event.Batch {
	var b event.Batch
	line := b.Begin([]byte("<34>1 2026-03-01T12:00:00Z fw1 app - - - quota 'a\\b' \x00\xff\u2028 end"), day0+1)
	for f := event.Field(1); f < event.NumFields; f++ {
		in := f.Info()
		switch f {
		case event.EventID, event.EventOriginal, event.EventIngested:
			continue
		case event.Message:
			b.Set(f, line[41:])
			continue
		case event.Timestamp:
			b.SetTime(day0 - 5)
			continue
		}
		switch in.Kind {
		case event.Dict, event.Text:
			b.SetString(f, "value of "+in.Name)
		case event.List:
			b.AddString(f, "first "+in.Name)
			b.AddString(f, "second")
			if int(f)%2 == 0 {
				b.AddString(f, "third")
			}
		case event.Int:
			b.SetInt(f, -int64(f)*1_000_000_007)
		case event.Float:
			b.SetFloat(f, float64(f)/3)
		case event.Bool:
			b.SetBool(f, true)
		case event.Time:
			b.SetInt(f, day0+int64(f)*1_000_003)
		case event.Map:
			b.Label([]byte("z\xfe"), []byte("1"))
			b.Label([]byte("winlog.event_data.Name"), []byte("ünï \n\t'"))
		}
	}
	b.End()
	b.Begin([]byte("bare"), day0+2)
	b.End()
	b.Begin([]byte("other message"), day0+3)
	b.SetString(event.Message, "not a part of it")
	b.SetBool(event.ProcessCodeSignatureTrusted, false)
	b.SetInt(event.SourcePort, 0)
	b.SetTime(time.Date(1999, 1, 1, 0, 0, 0, 1, time.UTC).UnixNano())
	b.End()
	b.Begin(nil, day0+4)
	b.SetString(event.Message, strings.Repeat("x", 70000))
	b.End()
	return &b
}

func TestRoundTrip(t *testing.T) {
	s := open(t, options(t))
	b := full()
	b.SetID(blockID(5))
	load(t, s, newLog(0, blockOf(5, blockID(5), b)))
	var names []string
	for f := event.Field(1); f < event.NumFields; f++ {
		names = append(names, "`"+f.String()+"`")
	}
	var got event.Batch
	err := s.Select(t.Context(), "SELECT "+strings.Join(names, ",")+" FROM events ORDER BY `event.row`", nil, nil, func(r *event.Batch) error {
		got.Append(r, 0, r.Rows())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Rows() != b.Rows() {
		t.Fatalf("%d rows of %d", got.Rows(), b.Rows())
	}
	for i := range b.Rows() {
		want, have := b.Event(i).AppendJSON(nil, nil), got.Event(i).AppendJSON(nil, nil)
		if !bytes.Equal(want, have) {
			t.Errorf("row %d:\nwant %.3000s\ngot  %.3000s", i, want, have)
		}
		if !json.Valid(have) {
			t.Errorf("row %d is no JSON", i)
		}
	}
	// * gives what is stored, under the names of storage; aliases come when asked for.
	n := 0
	if err := s.Select(t.Context(), "SELECT * FROM events WHERE `event.row` = 0", nil, nil, func(r *event.Batch) error {
		n += r.Rows()
		if v := r.Event(0).At(event.RelatedIP, 0); v != "first related.ip" {
			t.Errorf("related.ip = %q", v)
		}
		return nil
	}); err != nil || n != 1 {
		t.Errorf("%d rows, %v", n, err)
	}
}

func TestSelect(t *testing.T) {
	s := open(t, options(t))
	load(t, s, newLog(0, makeBlock(0, 2000), makeBlock(1, 3000)))
	rows := func(sql string, p Params, set Settings) (n, blocks int, err error) {
		err = s.Select(t.Context(), sql, p, set, func(b *event.Batch) error {
			n, blocks = n+b.Rows(), blocks+1
			return nil
		})
		return n, blocks, err
	}
	const cols = "SELECT `@timestamp`, `event.id`, message, `source.ip`, `related.user` FROM events "
	if n, _, err := rows(cols, nil, nil); n != 5000 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
	if n, blocks, err := rows("SELECT toString(number) AS message FROM numbers(300000)", nil, Settings{"max_block_size": 10000}); n != 300000 || blocks < 2 || err != nil {
		t.Errorf("%d rows in %d blocks, %v", n, blocks, err)
	}
	if n, _, err := rows(cols+"WHERE 0", nil, nil); n != 0 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
	if n, _, err := rows(cols+"WHERE `source.ip` IN {ips:Array(String)} AND has(`related.user`, {u:String})", Params{"ips": []string{"192.0.2.7", "it's \\ \n"}, "u": "user7"}, nil); n != 20 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
	nasty := "'; DROP TABLE events -- \\ \t\n\r\x00 ü"
	err := s.Select(t.Context(), "SELECT {v:String} AS message", Params{"v": nasty}, nil, func(b *event.Batch) error {
		if v := b.Event(0).Str(event.Message); v != nasty {
			t.Errorf("%q", v)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if v := one[string](t, s, "SELECT {v:String}", Params{"v": nasty}); v != nasty {
		t.Errorf("%q", v)
	}
	fails := func(want, sql string, p Params, set Settings) {
		t.Helper()
		if _, _, err := rows(sql, p, set); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", sql, err, want)
		}
	}
	fails("no field", "SELECT 1 AS nothing", nil, nil)
	fails("does not fit", "SELECT toInt64(1) AS `source.ip`", nil, nil)
	fails("not read here", "SELECT tuple(1) AS message", nil, nil)
	fails("TIMEOUT_EXCEEDED", "SELECT toString(sum(cityHash64(number))) AS message FROM numbers(1000000000000)", nil, Settings{"max_execution_time": 1})
	fails("parameter", "SELECT {v:String} AS message", Params{"v": struct{}{}}, nil)
}

// A statement whose caller goes away ends in the engine.
// An answer without rows costs the embedded engine no more statements than one with rows: none that describes it.
func TestEmptyAnswer(t *testing.T) {
	s := open(t, options(t))
	load(t, s, newLog(0, makeBlock(0, 1)))
	const times = 20
	statements := func(tenant string, rows int) uint64 {
		t.Helper()
		count := func() uint64 {
			return one[uint64](t, s, "SELECT `value` FROM system.events WHERE `event` = 'Query'", nil)
		}
		before, n := count(), 0
		for range times {
			if err := s.Select(t.Context(), "SELECT `event.id`, message FROM events WHERE `tenant` = {t:String}", Params{"t": tenant}, nil, func(b *event.Batch) error { n += b.Rows(); return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if n != rows {
			t.Errorf("%d rows of %s", n, tenant)
		}
		return count() - before
	}
	if with, without := statements("default", times), statements("nobody", 0); without >= with+times/2 {
		t.Errorf("%d statements for %d answers without rows, %d for as many with one", without, times, with)
	}
}

func TestCancel(t *testing.T) {
	s := open(t, options(t))
	idle := func() {
		t.Helper()
		eventually(t, func() bool {
			return one[uint64](t, s, "SELECT count() FROM system.processes WHERE query LIKE '%1000000000000%' AND query NOT LIKE '%system.processes%'", nil) == 0
		})
	}
	ends := func(name string, run func(ctx context.Context, cancel func()) error) {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		start := time.Now()
		err := run(ctx, cancel)
		if err == nil || time.Since(start) > 30*time.Second {
			t.Errorf("%s: %v after %v", name, err, time.Since(start))
		}
		idle()
	}
	const endless = "SELECT toString(number) AS message FROM numbers(1000000000000)"
	const silent = "SELECT toString(sum(cityHash64(number))) AS message FROM numbers(1000000000000)"
	ends("select, while rows come", func(ctx context.Context, cancel func()) error {
		return s.Select(ctx, endless, nil, nil, func(*event.Batch) error { cancel(); return nil })
	})
	ends("select, by its caller", func(ctx context.Context, cancel func()) error {
		return s.Select(ctx, endless, nil, nil, func(*event.Batch) error { return fmt.Errorf("enough") })
	})
	ends("select, before the first row", func(ctx context.Context, cancel func()) error {
		time.AfterFunc(100*time.Millisecond, cancel)
		return s.Select(ctx, silent, nil, nil, func(*event.Batch) error { return nil })
	})
	ends("select, by deadline", func(ctx context.Context, cancel func()) error {
		ctx, stop := context.WithTimeout(ctx, 1200*time.Millisecond)
		defer stop()
		return s.Select(ctx, silent, nil, nil, func(*event.Batch) error { return nil })
	})
	ends("rows, while rows come", func(ctx context.Context, cancel func()) error {
		return s.Rows(ctx, endless, nil, nil, func(func(...any) error) error { return fmt.Errorf("enough") })
	})
	ends("rows, before the first row", func(ctx context.Context, cancel func()) error {
		time.AfterFunc(100*time.Millisecond, cancel)
		return s.Rows(ctx, silent, nil, nil, func(func(...any) error) error { return nil })
	})
	// A deadline of the caller leaves the engine's own limit alone.
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	if err := s.Rows(ctx, silent, nil, Settings{"max_execution_time": 1}, func(func(...any) error) error { return nil }); err == nil || !strings.Contains(err.Error(), "159") && !strings.Contains(err.Error(), "TIMEOUT") && !strings.Contains(err.Error(), "Timeout") {
		t.Errorf("max_execution_time under a longer deadline: %v", err)
	}
}

func TestAlerts(t *testing.T) {
	s := open(t, options(t))
	ctx := t.Context()
	row := func(id string, rev uint32, at int64, rule, level string, count uint64, supersedes ...string) AlertRow {
		return AlertRow{Tenant: "default", ID: id, Revision: rev, Time: at, Start: at - 5, End: at + int64(rev), Rule: rule, Name: "Rule " + rule, Level: level, Mode: "live", Severity: 3,
			Count: count, Group: map[string]string{"source.ip": "203.0.113.7"}, Supersedes: supersedes, Body: []byte(`{"x":"'\\"}`)}
	}
	a1, a2 := row("a", 1, day0, "brute", "medium", 5), row("a", 2, day0, "brute", "high", 9)
	a1.Mode = "shadow" // it was
	a2.Severity = 7
	b1, c1 := row("b", 1, day0+10, "scan", "low", 1), row("c", 1, day0+20, "scan", "low", 2, "b")
	for _, in := range []struct {
		token string
		rows  []AlertRow
	}{{"1", []AlertRow{a1, b1}}, {"1", []AlertRow{a1, b1}}, {"2", []AlertRow{a2, c1}}, {"2", []AlertRow{a2, c1}}} {
		if err := s.InsertAlerts(ctx, in.token, in.rows); err != nil {
			t.Fatal(err)
		}
	}
	if n := one[uint64](t, s, "SELECT count() FROM alerts", nil); n != 4 {
		t.Errorf("%d revisions stored", n)
	}
	if n := one[uint64](t, s, "SELECT count() FROM alerts_now", nil); n != 3 {
		t.Errorf("%d alerts in the view", n)
	}
	want := func(f AlertFilter, rows ...AlertRow) {
		t.Helper()
		got, err := s.Alerts(ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if len(got[i].Supersedes) == 0 {
				got[i].Supersedes = nil
			}
		}
		if !reflect.DeepEqual(got, rows) {
			t.Errorf("%+v:\n got %+v\nwant %+v", f, got, rows)
		}
	}
	want(AlertFilter{}, c1, a2)
	want(AlertFilter{Superseded: true}, c1, b1, a2)
	want(AlertFilter{Superseded: true, Limit: 2}, c1, b1)
	want(AlertFilter{Worst: true}, a2, c1)
	want(AlertFilter{Rule: "brute"}, a2)
	want(AlertFilter{Tenants: []string{"other", "default"}, Rule: "brute"}, a2)
	want(AlertFilter{Tenants: []string{}})
	want(AlertFilter{Level: "low"}, c1)
	want(AlertFilter{Level: "high"}, a2)
	want(AlertFilter{Level: "medium"}) // it no longer is
	want(AlertFilter{Mode: "live", Limit: 1}, c1)
	want(AlertFilter{Mode: "shadow"})
	want(AlertFilter{ID: "a"}, a2)
	want(AlertFilter{IDs: []string{"a", "b", "z"}}, a2) // b is superseded
	want(AlertFilter{IDs: []string{}})
	want(AlertFilter{From: day0 + 10, To: day0 + 20, Superseded: true}, b1)
	want(AlertFilter{Rules: []string{"x", "brute"}}, a2)
	want(AlertFilter{Rules: []string{"x"}})
	want(AlertFilter{EndFrom: c1.End, StartTo: c1.Start}, c1)
	want(AlertFilter{EndFrom: c1.End + 1})
	want(AlertFilter{StartTo: c1.Start - 1}, a2)
	want(AlertFilter{Tenants: []string{"other"}})
	by, err := s.AlertsByRule(ctx, []string{"default"}, day0+1)
	if err != nil || !reflect.DeepEqual(by, map[string]RuleAlerts{"scan": {2, day0 + 20}}) {
		t.Errorf("by rule: %+v, %v", by, err)
	}
}

func TestCheck(t *testing.T) {
	f := func(change func(*Options), want ...string) {
		t.Helper()
		o := Defaults
		o.Addr = []string{"localhost:9000"}
		change(&o)
		err := o.Check()
		if len(want) == 0 && err != nil {
			t.Error(err)
		}
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%v: want %s", err, w)
			}
		}
	}
	f(func(*Options) {})
	f(func(o *Options) { o.Addr, o.Database, o.Cluster = nil, "a`b", "c;d" }, "addr:", "database:", "cluster:")
	f(func(o *Options) { o.Shards = [][]string{{}} }, "shards: need cluster", "shards: number 1")
	f(func(o *Options) {
		o.Retention.Classes, o.Retention.Tenants = map[string]int{"x'": 5, "ok": 0}, map[string]string{"t": "none"}
	}, `"x'" is no name`, "retention.classes.ok", "retention.tenants.t")
	f(func(o *Options) { o.TLS.Cert = "x" }, "tls: cert and key", "tls.enabled")
	f(func(o *Options) { o.Load = Load{} }, "load.rows", "load.bytes", "load.wait", "load.parallel", "load.timeout")
}

func TestAudit(t *testing.T) {
	s := open(t, options(t))
	ctx := t.Context()
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	rows := []AuditRow{{Time: at, ID: "p-1", Action: "search", Outcome: "ok", User: "ann", Tenants: []string{"a", "b"}, Address: "192.0.2.1", Count: 1, Fields: `{"query":"x\u001b"}`}, {Time: at, ID: "p-2", Action: "denied", Count: 7}}
	for range 2 { // the second is a repetition
		if err := s.InsertAudit(ctx, "t1", rows); err != nil {
			t.Fatal(err)
		}
	}
	if n := one[uint64](t, s, "SELECT count() FROM audit", nil); n != 2 {
		t.Errorf("%d rows", n)
	}
	// The history has searches and tables, and neither that an event was opened, nor further pages, nor what the page asked for itself.
	more := []AuditRow{{Time: at.Add(time.Second), ID: "p-3", Action: "table", Outcome: "ok", User: "ann", Count: 1, Fields: `{"query":"| count by user.name"}`}, {Time: at, ID: "p-4", Action: "search", Outcome: "ok", User: "ann", Count: 1, Fields: `{"query":"event.id == \"b7-1\""}`},
		{Time: at, ID: "p-5", Action: "table", Outcome: "ok", User: "ann", Count: 1, Fields: `{"query":"event.dataset == \"unparsed\" | count by host.name","unlisted":true}`},
		{Time: at, ID: "p-6", Action: "search", Outcome: "ok", User: "ann", Count: 1, Fields: `{"query":"x\u001b","after":"1.b-1"}`},
	}
	if err := s.InsertAudit(ctx, "t2", more); err != nil {
		t.Fatal(err)
	}
	if list, err := s.Searches(ctx, "ann", 10); err != nil || len(list) != 2 || list[0].Query != "| count by user.name" || list[1].Query != "x\x1b" || list[1].Count != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	if tenants, err := s.Tenants(ctx); err != nil || len(tenants) != 0 {
		t.Errorf("tenants %q, %v", tenants, err)
	}
	load(t, s, newLog(0, makeBlock(0, 10)))
	if tenants, err := s.Tenants(ctx); err != nil || len(tenants) == 0 {
		t.Errorf("tenants %q, %v", tenants, err)
	}
}
