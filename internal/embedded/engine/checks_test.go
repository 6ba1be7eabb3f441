package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/ch-go"
	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// refused asserts that err is the engine's exception of that number.
func refused(t testing.TB, what string, err error, code int32) {
	t.Helper()
	var e *clickhouse.Exception
	if !errors.As(err, &e) || e.Code != code {
		t.Errorf("%s: got %v, want exception %d", what, err, code)
	}
}

func TestHello(t *testing.T) {
	c := client(t)
	if err := c.Ping(context.Background()); err != nil {
		t.Fatal(err)
	}
	v, err := c.ServerVersion()
	if err != nil || v.Revision != 54460 || v.Version.Major != 26 {
		t.Fatalf("%+v %v", v, err)
	}
	o := options(shared.get(t))
	o.Auth.Database = "nowhere"
	refused(t, "unknown database", open(t, o).Ping(context.Background()), 81)
}

// TestTypes sends every type that the front lays out through a table and back.
func TestTypes(t *testing.T) {
	ctx := context.Background()
	at := time.Date(2026, 3, 1, 12, 30, 15, 123e6, time.UTC)
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	text := "vm-17"
	rows := []struct {
		typ string
		v   any
	}{
		{"UInt8", uint8(200)}, {"UInt16", uint16(65000)}, {"UInt32", uint32(4e9)}, {"UInt64", uint64(1 << 60)},
		{"Int8", int8(-5)}, {"Int32", int32(-70000)}, {"Int64", int64(-1 << 60)}, {"Float32", float32(1.5)}, {"Float64", 2.25},
		{"Bool", true}, {"String", "sshd[914]: Failed password for root \x00\n\n from 203.0.113.7"},
		{"FixedString(4)", "abcd"}, {"LowCardinality(String)", "sshd"}, {"LowCardinality(Nullable(String))", &text},
		{"Nullable(String)", &text}, {"Array(LowCardinality(String))", []string{"a", "b", "a"}},
		{"Array(Array(String))", [][]string{{"x"}, {}, {"y", "z"}}},
		{"Map(LowCardinality(String), String)", map[string]string{"k": "v", "l": "w"}},
		{"DateTime", at.Truncate(time.Second)}, {"DateTime64(3, 'UTC')", at}, {"Date", day}, {"Date32", day},
		{"IPv4", net.IPv4(203, 0, 113, 7).To4()}, {"IPv6", net.ParseIP("2001:db8::7")},
		{"UUID", uuid.MustParse("6f1c0d3a-5f0e-4a53-9f0e-2a52a7f0b001")}, {"Enum8('low' = 1, 'high, (really)' = 2)", "high, (really)"},
		{"Decimal(18, 4)", decimal.RequireFromString("12.3456")}, {"Tuple(a UInt8, `b` String)", map[string]any{"a": uint8(7), "b": "x"}},
		{"SimpleAggregateFunction(max, UInt64)", uint64(9)},
	}
	for _, comp := range []clickhouse.CompressionMethod{clickhouse.CompressionNone, clickhouse.CompressionLZ4, clickhouse.CompressionZSTD} {
		o := options(shared.get(t))
		o.Compression = &clickhouse.Compression{Method: comp}
		c := open(t, o)
		table := fmt.Sprintf("types_%d", comp)
		var cols []string
		for i, r := range rows {
			cols = append(cols, fmt.Sprintf("c%d %s", i, r.typ))
		}
		run(t, c, "CREATE TABLE "+table+" (n UInt32, "+strings.Join(cols, ", ")+") ENGINE = MergeTree ORDER BY n")
		b, err := c.PrepareBatch(ctx, "INSERT INTO "+table)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 3 {
			row := []any{uint32(n)}
			for _, r := range rows {
				row = append(row, r.v)
			}
			if err := b.Append(row...); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.Send(); err != nil {
			t.Fatal(err)
		}
		for i, r := range rows {
			got := reflect.New(reflect.TypeOf(r.v))
			if err := c.QueryRow(ctx, fmt.Sprintf("SELECT c%d FROM %s WHERE n = 2", i, table)).Scan(got.Interface()); err != nil {
				t.Errorf("%s: %v", r.typ, err)
				continue
			}
			if !same(got.Elem().Interface(), r.v) {
				t.Errorf("%s: got %v, want %v", r.typ, got.Elem(), r.v)
			}
		}
	}
}

func same(a, b any) bool {
	switch a := a.(type) {
	case time.Time:
		return a.Equal(b.(time.Time))
	case net.IP:
		return a.Equal(b.(net.IP))
	case decimal.Decimal:
		return a.Equal(b.(decimal.Decimal))
	case map[string]string:
		return maps.Equal(a, b.(map[string]string))
	}
	return reflect.DeepEqual(a, b)
}

// TestDDL makes the kinds of tables and indexes that the product may use.
func TestDDL(t *testing.T) {
	c := client(t)
	run(t, c, `CREATE TABLE ddl (time DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)), host LowCardinality(String), message String CODEC(ZSTD(3)),
		INDEX m message TYPE tokenbf_v1(8192, 3, 0) GRANULARITY 1, INDEX b host TYPE bloom_filter GRANULARITY 1,
		INDEX x message TYPE text(tokenizer = 'splitByNonAlpha'))
		ENGINE = MergeTree PARTITION BY toDate(time) ORDER BY (host, time) TTL toDateTime(time) + INTERVAL 30 DAY
		SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000`)
	run(t, c, "CREATE TABLE ddl_hosts (host LowCardinality(String), n SimpleAggregateFunction(sum, UInt64), u AggregateFunction(uniq, String)) ENGINE = AggregatingMergeTree ORDER BY host")
	run(t, c, "CREATE MATERIALIZED VIEW ddl_view TO ddl_hosts AS SELECT host, toUInt64(count()) AS n, uniqState(message) AS u FROM ddl GROUP BY host")
	insert(t, c, "ddl", []any{time.Now().UTC(), "fw1", "deny tcp"}, []any{time.Now().UTC(), "fw1", "deny udp"})
	if n := one[uint64](t, c, "SELECT uniqMerge(u) FROM ddl_hosts"); n != 2 {
		t.Errorf("view: %d", n)
	}
	refused(t, "aggregate state", c.QueryRow(context.Background(), "SELECT u FROM ddl_hosts").Err(), 48)
	run(t, c, "CREATE TABLE js (j JSON) ENGINE = MergeTree ORDER BY tuple()")
	insert(t, c, "js", []any{`{"a":{"b":1},"c":"x"}`})
	if s := one[string](t, c, "SELECT toString(j) FROM js"); !strings.Contains(s, `"x"`) {
		t.Error(s)
	}
	run(t, c, "DROP TABLE ddl_view SYNC")
	run(t, c, "DROP TABLE ddl SYNC")
}

func insert(t testing.TB, c driver.Conn, table string, rows ...[]any) {
	t.Helper()
	if err := tryInsert(context.Background(), c, table, rows...); err != nil {
		t.Fatalf("insert into %s: %v", table, err)
	}
}

func tryInsert(ctx context.Context, c driver.Conn, table string, rows ...[]any) error {
	b, err := c.PrepareBatch(ctx, "INSERT INTO "+table)
	if err != nil {
		return err
	}
	defer b.Close()
	for _, r := range rows {
		if err := b.Append(r...); err != nil {
			return err
		}
	}
	return b.Send()
}

func TestBatches(t *testing.T) {
	ctx := context.Background()
	c := client(t)
	run(t, c, "CREATE TABLE batches (n UInt64, s String, d UInt64 DEFAULT n * 2, m UInt64 MATERIALIZED n + 1) ENGINE = MergeTree ORDER BY n")
	b, err := c.PrepareBatch(ctx, "INSERT INTO batches (s, n)") // columnar, in other order, a default left out
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Column(0).Append([]string{"a", "b"}); err != nil {
		t.Fatal(err)
	}
	if err := b.Column(1).Append([]uint64{1, 2}); err != nil {
		t.Fatal(err)
	}
	if err := b.Send(); err != nil {
		t.Fatal(err)
	}
	if got := one[string](t, c, "SELECT concat(s, toString(d), toString(m)) FROM batches WHERE n = 2"); got != "b43" {
		t.Error(got)
	}
	b, err = c.PrepareBatch(ctx, "INSERT INTO batches (n, s)")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := b.Append(uint64(10+i), "flushed"); err != nil {
			t.Fatal(err)
		}
		if err := b.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Send(); err != nil {
		t.Fatal(err)
	}
	if n := one[uint64](t, c, "SELECT count() FROM batches WHERE s = 'flushed'"); n != 3 {
		t.Error(n)
	}
	b, err = c.PrepareBatch(ctx, "INSERT INTO batches (n, s)")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Append(uint64(99), "aborted"); err != nil {
		t.Fatal(err)
	}
	if err := b.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := b.Abort(); err != nil {
		t.Fatal(err)
	}
	if n := one[uint64](t, c, "SELECT count() FROM batches WHERE s = 'aborted'"); n != 0 {
		t.Errorf("an aborted batch left %d rows", n)
	}
	_, err = c.PrepareBatch(ctx, "INSERT INTO batches (nosuch)")
	refused(t, "unknown column", err, 16)
	_, err = c.PrepareBatch(ctx, "INSERT INTO nosuch")
	refused(t, "unknown table", err, 60)
	run(t, c, "INSERT INTO batches (n, s) SELECT number + 1000, 'selected' FROM numbers(50)")
	if n := one[uint64](t, c, "SELECT count() FROM batches WHERE s = 'selected'"); n != 50 {
		t.Error(n)
	}
	run(t, c, "CREATE TABLE `dots` (`source.ip` IPv4, `event.id` String) ENGINE = MergeTree ORDER BY tuple()")
	b, err = c.PrepareBatch(ctx, "INSERT INTO dots (`source.ip`, `event.id`)")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Append(netip.MustParseAddr("203.0.113.9"), "e1"); err != nil {
		t.Fatal(err)
	}
	if err := b.Send(); err != nil {
		t.Fatal(err)
	}
}

func TestDeduplicationToken(t *testing.T) {
	c := client(t)
	run(t, c, "CREATE TABLE once (day Date, n UInt64) ENGINE = MergeTree PARTITION BY day ORDER BY n SETTINGS non_replicated_deduplication_window = 10000")
	run(t, c, "CREATE TABLE once_sum (n UInt64, c UInt64) ENGINE = SummingMergeTree ORDER BY n SETTINGS non_replicated_deduplication_window = 10000")
	run(t, c, "CREATE MATERIALIZED VIEW once_view TO once_sum AS SELECT n % 2 AS n, count() AS c FROM once GROUP BY n")
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, token := range []string{"t1", "t1", "t2", "t1", "t2"} {
		ctx := clickhouse.Context(context.Background(), clickhouse.WithSettings(clickhouse.Settings{
			"insert_deduplication_token": token, "deduplicate_blocks_in_dependent_materialized_views": 1,
		}))
		if err := tryInsert(ctx, c, "once", []any{day, uint64(1)}, []any{day.AddDate(0, 0, 1), uint64(2)}); err != nil {
			t.Fatal(err)
		}
	}
	if n := one[uint64](t, c, "SELECT count() FROM once"); n != 4 {
		t.Errorf("table: %d rows, want 4", n)
	}
	if n := one[uint64](t, c, "SELECT sum(c) FROM once_sum"); n != 4 {
		t.Errorf("view: %d rows, want 4", n)
	}
}

func TestParameters(t *testing.T) {
	c := client(t)
	ctx := clickhouse.Context(context.Background(), clickhouse.WithParameters(clickhouse.Parameters{
		"s": `it's a \\ tab\t line\n ü`, "n": "7", "a": "['x','y\\'z']", "t": "numbers",
	}))
	var s string
	var n uint64
	var a []string
	if err := c.QueryRow(ctx, "SELECT {s:String}, {n:UInt64}, {a:Array(String)}").Scan(&s, &n, &a); err != nil {
		t.Fatal(err)
	}
	if s != "it's a \\ tab\t line\n ü" || n != 7 || !slices.Equal(a, []string{"x", "y'z"}) {
		t.Errorf("%q %d %q", s, n, a)
	}
	if n := one[uint64](t, c, "SELECT count() FROM numbers(5) WHERE number < ?", 3); n != 3 {
		t.Error(n)
	}
	if v := one[string](t, c, "SELECT {v:String}", clickhouse.Named("v", "'; DROP TABLE x --")); v != "'; DROP TABLE x --" {
		t.Error(v)
	}
	if v := one[string](t, c, "SELECT toString({t:DateTime64(3, 'UTC')})", clickhouse.DateNamed("t", time.UnixMilli(1772368215123).UTC(), clickhouse.MilliSeconds)); v != "2026-03-01 12:30:15.123" {
		t.Error(v)
	}
	if v := one[string](t, c, "SELECT {i:Identifier} FROM (SELECT 'named' AS col)", clickhouse.Named("i", "col")); v != "named" {
		t.Error(v)
	}
	refused(t, "missing parameter", c.QueryRow(context.Background(), "SELECT {none:String}").Err(), 456)
	empty, err := c.Query(ctx, "SELECT {s:String} AS a, 1 AS b WHERE 0")
	if err != nil || !slices.Equal(empty.Columns(), []string{"a", "b"}) {
		t.Errorf("empty result: %v", err)
	}
}

func TestResults(t *testing.T) {
	ctx := context.Background()
	c := client(t)
	run(t, c, "CREATE TABLE results (n UInt64, s LowCardinality(String)) ENGINE = MergeTree ORDER BY n")
	rows, err := c.Query(ctx, "SELECT n, s FROM results -- nothing there\n FORMAT Pretty;")
	if err != nil {
		t.Fatal(err)
	}
	if rows.Next() || !slices.Equal(rows.Columns(), []string{"n", "s"}) || rows.ColumnTypes()[1].DatabaseTypeName() != "LowCardinality(String)" {
		t.Error("empty result without its columns")
	}
	rows.Close()
	var n uint64
	if err := c.QueryRow(ctx, "SELECT n FROM results").Scan(&n); !errors.Is(err, sql.ErrNoRows) {
		t.Error(err)
	}
	for _, q := range []string{"SHOW TABLES", "DESCRIBE TABLE results", "EXPLAIN SELECT 1", "EXISTS TABLE results", "SHOW CREATE TABLE results",
		"SHOW TABLES LIKE 'absent%'", "CHECK TABLE results", "(SELECT 1)", "WITH 1 AS x SELECT x", "FROM numbers(3) SELECT number", "SELECT NULL, [], map('a',1)",
		"/* a comment; */ SELECT 1 -- with ; semicolons", "SELECT ';' AS `;`;"} {
		rows, err := c.Query(ctx, q)
		if err != nil {
			t.Errorf("%s: %v", q, err)
			continue
		}
		if len(rows.Columns()) == 0 {
			t.Errorf("%s: no columns", q)
		}
		for rows.Next() {
		}
		if err := rows.Err(); err != nil {
			t.Errorf("%s: %v", q, err)
		}
		rows.Close()
	}
	var read uint64
	pctx := clickhouse.Context(ctx, clickhouse.WithProgress(func(p *clickhouse.Progress) { read += p.Rows }))
	if err := c.QueryRow(pctx, "SELECT sum(number) FROM numbers(3000)").Scan(&n); err != nil || read != 3000 {
		t.Errorf("progress: %d rows, %v", read, err)
	}
	refused(t, "syntax", c.Exec(ctx, "SELEC 1"), 62)
	refused(t, "table", c.Exec(ctx, "SELECT * FROM nosuch"), 60)
	refused(t, "midstream", drain(c.Query(ctx, "SELECT throwIf(number = 900000) FROM numbers(1000000)")), 395)
	if v := one[uint8](t, c, "SELECT 1"); v != 1 {
		t.Error("connection not usable after an exception")
	}
}

func drain(rows driver.Rows, err error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return rows.Err()
}

// TestLimits: settings hold for their query and no longer, on one connection.
func TestLimits(t *testing.T) {
	o := options(shared.get(t))
	c := open(t, o)
	with := func(kv ...any) context.Context {
		s := clickhouse.Settings{}
		for i := 0; i < len(kv); i += 2 {
			s[kv[i].(string)] = kv[i+1]
		}
		return clickhouse.Context(context.Background(), clickhouse.WithSettings(s))
	}
	run(t, c, "CREATE TABLE limits (n UInt64) ENGINE = MergeTree ORDER BY n")
	begin := time.Now()
	refused(t, "time", drain(c.Query(with("max_execution_time", 1), "SELECT sleepEachRow(0.1) FROM numbers(100) SETTINGS max_block_size = 1")), 159)
	if d := time.Since(begin); d > 8*time.Second {
		t.Errorf("time limit took %v", d)
	}
	refused(t, "result rows", drain(c.Query(with("max_result_rows", 10, "result_overflow_mode", "throw"), "SELECT number FROM numbers(1000)")), 396)
	refused(t, "memory", drain(c.Query(with("max_memory_usage", 20_000_000), "SELECT groupArray(number) FROM numbers(20000000)")), 241)
	refused(t, "unknown setting", drain(c.Query(with("nosuch_setting", 1), "SELECT 1")), 115)
	refused(t, "setting name", drain(c.Query(with("a = 1, readonly", 1), "SELECT 1")), 115)
	for _, mode := range []int{1, 2} {
		for _, q := range []string{"CREATE TABLE nope (n UInt8) ENGINE = Memory", "DROP TABLE limits", "INSERT INTO limits SELECT 1", "SELECT * FROM file('/etc/passwd', 'LineAsString')"} {
			if err := c.Exec(with("readonly", mode), q); err == nil {
				t.Errorf("readonly=%d let through %s", mode, q)
			}
		}
		refused(t, "insert", tryInsert(with("readonly", mode), c, "limits", []any{uint64(1)}), 164)
	}
	refused(t, "lower readonly", c.Exec(with("readonly", 1), "SELECT 1 SETTINGS readonly = 0"), 164)
	refused(t, "change in readonly", c.Exec(with("readonly", 1), "SELECT 1 SETTINGS max_threads = 1"), 164)
	insert(t, c, "limits", []any{uint64(1)})
	if n := one[uint64](t, c, "SELECT count() FROM system.settings WHERE changed AND name IN ('readonly','max_result_rows','max_memory_usage','max_execution_time')"); n != 0 {
		t.Errorf("%d settings leaked", n)
	}
	if v := one[bool](t, c, "SELECT getSetting('async_insert')"); v {
		t.Error("async_insert is on")
	}
}

// TestSession: what SET and USE say holds for their connection, also for queries with settings of their own.
func TestSession(t *testing.T) {
	ctx := context.Background()
	db := clickhouse.OpenDB(options(shared.get(t)))
	t.Cleanup(func() { db.Close() })
	// The native pool may give another connection to each statement: only database/sql holds on to one.
	c, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, q := range []string{"SET max_block_size = 1234", "CREATE DATABASE IF NOT EXISTS other", "USE other"} {
		if _, err := c.ExecContext(ctx, q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	limited := clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"max_result_rows": 100}))
	for _, ctx := range []context.Context{ctx, limited} {
		var size uint64
		var base string
		if err := c.QueryRowContext(ctx, "SELECT toUInt64(getSetting('max_block_size')), currentDatabase()").Scan(&size, &base); err != nil || size != 1234 || base != "other" {
			t.Errorf("SET and USE did not hold: %d %q %v", size, base, err)
		}
	}
}

// TestRefusals: no data in the text, no second statement, no files of the server.
func TestRefusals(t *testing.T) {
	c := client(t)
	run(t, c, "CREATE TABLE victim (n UInt64, s String) ENGINE = MergeTree ORDER BY n")
	f := func(code int32, texts ...string) {
		t.Helper()
		for _, q := range texts {
			refused(t, q, c.Exec(context.Background(), q), code)
		}
	}
	f(48, "INSERT INTO victim VALUES (1, 'a')", "INSERT INTO victim FORMAT TSV\n1\ta\n\nDROP TABLE victim",
		"insert into victim format JSONEachRow {\"n\":1}", "INSERT INTO victim (n) VALUES (1)", "INSERT INTO victim FROM INFILE '/etc/passwd' FORMAT TSV",
		"INSERT INTO FUNCTION file('/tmp/x.tsv') VALUES", "SELECT 1 INTO OUTFILE '/tmp/out.tsv'", "CREATE TEMPORARY TABLE tt (n UInt8)")
	f(62, "SELECT 1; DROP TABLE victim", "SELECT 1;;", "SELECT 1 /* ; */; -- x\n DROP TABLE victim", "DROP TABLE nosuch; DROP TABLE victim",
		"SET max_threads = 1; DROP TABLE victim", "", " ; ", "SELECT 'open", "SELECT /* open")
	if v := one[uint8](t, c, "EXISTS TABLE victim"); v != 1 {
		t.Fatal("victim was dropped")
	}
}

// TestSandbox: the engine itself cannot leave its folder.
func TestSandbox(t *testing.T) {
	c := client(t)
	f := func(q, want string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		err := drain(c.Query(ctx, q))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", q, err, want)
		}
	}
	f("SELECT file('/etc/passwd')", "Permission denied")
	f("SELECT * FROM file('/etc/passwd', 'LineAsString')", "Permission denied")
	f("SELECT file('/proc/self/environ')", "Permission denied")
	f("INSERT INTO FUNCTION file('/tmp/watchpost-escape.tsv', 'TSV', 'n UInt8') SELECT 1", "Permission denied")
	if n := one[uint64](t, c, "SELECT count() FROM filesystem('/etc')"); n > 1 { // Landlock does not hide the entry itself
		t.Errorf("/etc listed: %d entries", n)
	}
	// Somebody listens, but the engine does not get there.
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	reached := make(chan struct{})
	go func() {
		if c, err := ln.Accept(); err == nil {
			c.Close()
			close(reached)
		}
	}()
	f("SELECT * FROM url('http://"+ln.Addr().String()+"/x', 'LineAsString')", "I/O error")
	f("SELECT * FROM remote('"+ln.Addr().String()+"', system.one)", "I/O error")
	select {
	case <-reached:
		t.Error("the engine reached the network")
	default:
	}
}

func TestChGo(t *testing.T) {
	e := shared.get(t)
	for _, comp := range []ch.Compression{ch.CompressionDisabled, ch.CompressionLZ4, ch.CompressionZSTD} {
		ctx := context.Background()
		conn, err := e.Dial(ctx, e.Addr())
		if err != nil {
			t.Fatal(err)
		}
		c, err := ch.Connect(ctx, conn, ch.Options{Compression: comp})
		if err != nil {
			t.Fatal(err)
		}
		table := fmt.Sprintf("chgo_%d", comp)
		do := func(q ch.Query) {
			t.Helper()
			if err := c.Do(ctx, q); err != nil {
				t.Fatalf("%s: %v", q.Body, err)
			}
		}
		do(ch.Query{Body: "CREATE TABLE " + table + " (n UInt64, s LowCardinality(String)) ENGINE = MergeTree ORDER BY n SETTINGS non_replicated_deduplication_window = 100"})
		var n proto.ColUInt64
		s := new(proto.ColStr).LowCardinality()
		for i := range 20_000 {
			n.Append(uint64(i))
			s.Append(fmt.Sprint("host", i%300))
		}
		for range 2 {
			blocks := 0
			do(ch.Query{
				Body:     "INSERT INTO " + table + " (n, s) VALUES",
				Input:    proto.Input{{Name: "n", Data: n}, {Name: "s", Data: s}},
				Settings: []ch.Setting{{Key: "insert_deduplication_token", Value: "one"}, ch.SettingInt("async_insert", 0)},
				OnInput: func(context.Context) error { // the same columns four times: blocks of one insert
					if blocks++; blocks > 2 {
						return io.EOF
					}
					return nil
				},
			})
		}
		var count proto.ColUInt64
		do(ch.Query{Body: "SELECT count() AS c FROM " + table, Result: proto.Results{{Name: "c", Data: &count}}})
		if count.Row(0) != 80_000 {
			t.Errorf("%v: %d rows, want 80000", comp, count.Row(0))
		}
		c.Close()
	}
}
