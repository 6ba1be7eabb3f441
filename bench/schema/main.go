// Command schema measures candidates for the table of events: bytes an event on disk, what an insert costs, how long hunts take.
//
//	go run ./bench/schema -rows 5000000 -library /path/libchdb.so
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"watchpost/internal/embedded/engine"
	"watchpost/internal/event"
	"watchpost/internal/store"
	"watchpost/schema"
)

func main() {
	if engine.IsChild(os.Args) {
		os.Exit(engine.RunChild(context.Background(), os.Args))
	}
	rows := flag.Int("rows", 5_000_000, "events in each candidate")
	library := flag.String("library", "", "libchdb.so; empty: where deploy/engine/fetch puts it")
	dir := flag.String("dir", "", "folder for the engine's data; empty: a temporary one, removed at the end")
	insert := flag.Int("insert", store.Defaults.Load.Rows, "rows of an insert")
	memory := flag.Int64("memory", 6_000_000_000, "what the engine may take, in bytes: much, so that a greedy candidate is measured, not refused")
	only := flag.String("only", "", "candidates to measure, by name, comma between; empty: all")
	flag.Parse()
	if err := run(*rows, *insert, *memory, *library, *dir, *only); err != nil {
		log.Fatal(err)
	}
}

func run(rows, insert int, memory int64, library, dir, only string) error {
	if dir == "" {
		d, err := os.MkdirTemp("", "watchpost-bench-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(d)
		dir = d
	}
	o := engine.Defaults
	o.Dir, o.Library, o.MaxServerMemory = dir, library, memory
	if o.Library == "" {
		var err error
		if o.Library, err = engine.FindLibrary(); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	e := engine.New(o, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	select {
	case <-e.Ready():
	case err := <-ended:
		ended <- nil
		return err
	}
	b := &bench{e: e, rows: rows, insert: insert}
	return b.all(ctx, only)
}

type bench struct {
	e      *engine.Engine
	rows   int
	insert int
}

// candidate changes the definition of table events.
type candidate struct {
	name   string
	change func(sql string) string
}

func swap(pairs ...string) func(string) string { return strings.NewReplacer(pairs...).Replace }

const order = "ORDER BY (`tenant`, `event.dataset`, `@timestamp`)"

const indexCodec = "default_compression_codec = 'ZSTD(1)', text_index_posting_list_codec = 'bitpacking'"

const wide = "min_rows_for_wide_part = 1000000"

// candidates are compared with the first, the definition as it stands: each changes one thing.
var candidates = []candidate{
	{"as defined", func(s string) string { return s }},
	{"order: tenant; time", swap(order, "ORDER BY (`tenant`, `@timestamp`)")},
	{"order: tenant; hour; dataset; time", swap(order, "ORDER BY (`tenant`, toStartOfHour(`@timestamp`), `event.dataset`, `@timestamp`)")},
	{"order: tenant; dataset; sender; time", swap(order, "ORDER BY (`tenant`, `event.dataset`, `log.source.address`, `@timestamp`)")},
	{"no text index", withoutLines("TYPE text(")},
	{"no index but time", withoutLines("TYPE text(", "TYPE bloom_filter")},
	{"text: ngrams(4)", swap("tokenizer = 'splitByNonAlpha'", "tokenizer = ngrams(4)")},
	{"indexes by LZ4; their lists not packed", swap(indexCodec, "default_compression_codec = 'LZ4', text_index_posting_list_codec = 'none'")},
	{"codec: LZ4", swap("ZSTD(1)", "LZ4")},
	{"codec: ZSTD(3)", swap("ZSTD(1)", "ZSTD(3)")},
	{"wide parts from 10 MB", swap(wide, "min_rows_for_wide_part = 0")},
	{"wide parts from 131072 rows", swap(wide, "min_rows_for_wide_part = 131072")},
	{"no wide parts", swap(wide, "min_rows_for_wide_part = 1000000000")},
	{"no statistics", swap("ttl_only_drop_parts = 1", "ttl_only_drop_parts = 1, auto_statistics_types = ''")},
	{"merges of 10 parts or more", swap("ttl_only_drop_parts = 1", "ttl_only_drop_parts = 1, min_parts_to_merge_at_once = 10")},
	{"no statistics and merges of 10 parts or more", swap("ttl_only_drop_parts = 1", "ttl_only_drop_parts = 1, auto_statistics_types = '', min_parts_to_merge_at_once = 10")},
	{"lists by dictionary", swap("Array(String)", "Array(LowCardinality(String))")},
	{"labels without dictionary", swap("Map(LowCardinality(String), String)", "Map(String, String)")},
}

// withoutLines drops the definitions that contain any of the texts.
func withoutLines(texts ...string) func(string) string {
	return func(sql string) string {
		return strings.Join(slices.DeleteFunc(strings.Split(sql, "\n"), func(l string) bool {
			return slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(l, t) })
		}), "\n")
	}
}

// hunts are typical questions; %s is the column list of a result table.
var hunts = []struct{ name, sql string }{
	{"newest 100 of the last hour", "SELECT %s FROM events WHERE `tenant` = 'default' AND `@timestamp` >= fromUnixTimestamp64Nano({end:Int64}) - INTERVAL 1 HOUR ORDER BY `@timestamp` DESC LIMIT 100"},
	{"newest 100 of a rare address", "SELECT %s FROM events WHERE `tenant` = 'default' AND `source.ip` = '203.0.113.77' ORDER BY `@timestamp` DESC LIMIT 100"},
	{"a rare word in the record (token)", "SELECT %s FROM events WHERE `tenant` = 'default' AND hasAllTokens(`event.original`, ['needle77']) ORDER BY `@timestamp` DESC LIMIT 100"},
	{"a rare part of a word (LIKE)", "SELECT %s FROM events WHERE `tenant` = 'default' AND `event.original` LIKE '%%eedle7%%' ORDER BY `@timestamp` DESC LIMIT 100"},
	{"failed logins by user", "SELECT `user.name` FROM (SELECT `user.name`, count() AS n FROM events WHERE `tenant` = 'default' AND `event.dataset` = 'system.auth' AND `event.outcome` = 'failure' GROUP BY `user.name` ORDER BY n DESC LIMIT 10)"},
	{"histogram, 10 min by dataset", "SELECT `event.dataset` FROM (SELECT `event.dataset`, toStartOfTenMinutes(`@timestamp`) AS t, count() FROM events WHERE `tenant` = 'default' GROUP BY ALL)"},
	{"one event by id", "SELECT %s FROM events WHERE `event.ingested` >= fromUnixTimestamp64Nano({end:Int64}) - INTERVAL 3 HOUR AND `event.ingested` < fromUnixTimestamp64Nano({end:Int64}) - INTERVAL 2 HOUR AND `event.block` = (SELECT max(`event.block`) FROM events WHERE `event.ingested` < fromUnixTimestamp64Nano({end:Int64}) - INTERVAL 2 HOUR) AND `event.row` = 77"},
}

const listed = "`@timestamp`, `event.id`, `event.dataset`, `host.name`, `user.name`, `source.ip`, `destination.ip`, `event.action`, `event.outcome`, `message`"

func (b *bench) all(ctx context.Context, only string) error {
	head := []string{"candidate", "bytes/event", "CPU s/M", "peak MB"}
	for _, h := range hunts {
		head = append(head, h.name)
	}
	fmt.Println("| " + strings.Join(head, " | ") + " |\n|" + strings.Repeat("---|", len(head)))
	names := strings.Split(only, ",")
	for i, c := range candidates {
		if only != "" && i > 0 && !slices.Contains(names, c.name) {
			continue
		}
		if err := b.measure(ctx, i, c); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

// measure fills a database of its own for c, and asks it.
func (b *bench) measure(ctx context.Context, i int, c candidate) error {
	o := store.Defaults
	o.Addr, o.Dial, o.Database, o.Retention.Days = []string{b.e.Addr()}, b.e.Dial, fmt.Sprintf("c%d", i), 18250
	o.Load.Rows, o.Load.Wait = b.insert, 50*time.Millisecond
	s, err := store.Open(o)
	if err != nil {
		return err
	}
	defer s.Close()
	sql, err := b.tables(ctx, o.Database, c)
	if err != nil {
		return err
	}
	defer sql.Close()
	peak := b.peak(ctx, sql)
	insert, err := b.load(ctx, s, b.rows)
	memory := peak()
	if err != nil {
		return err
	}
	if err := sql.Exec(ctx, "OPTIMIZE TABLE events FINAL"); err != nil {
		return err
	}
	var bytes uint64
	if err := sql.QueryRow(ctx, "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase() AND table = 'events'").Scan(&bytes); err != nil {
		return err
	}
	row := []string{c.name, fmt.Sprintf("%.1f", float64(bytes)/float64(b.rows)), fmt.Sprintf("%.1f", insert*1e6/float64(b.rows)), fmt.Sprint(memory >> 20)}
	for _, h := range hunts {
		t, n, err := ask(ctx, s, h.sql)
		if err != nil {
			return fmt.Errorf("%s: %w", h.name, err)
		}
		row = append(row, fmt.Sprintf("%.1f ms (%d)", t.Seconds()*1000, n))
	}
	fmt.Println("| " + strings.Join(row, " | ") + " |")
	return sql.Exec(ctx, "DROP DATABASE "+o.Database+" SYNC")
}

// tables makes the tables of the candidate.
func (b *bench) tables(ctx context.Context, database string, c candidate) (driver.Conn, error) {
	open := func(db string) (driver.Conn, error) {
		return clickhouse.Open(&clickhouse.Options{Addr: []string{b.e.Addr()}, DialContext: b.e.Dial, ReadTimeout: time.Hour, Auth: clickhouse.Auth{Database: db}})
	}
	first, err := open("default")
	if err != nil {
		return nil, err
	}
	defer first.Close()
	if err := first.Exec(ctx, "CREATE DATABASE "+database); err != nil {
		return nil, err
	}
	steps, err := schema.Migrations()
	if err != nil {
		return nil, err
	}
	sql, err := open(database)
	if err != nil {
		return nil, err
	}
	for _, m := range steps {
		stmts, err := m.Statements(schema.Target{Database: database, EventTTL: "toDateTime(`event.ingested`) + toIntervalDay(18250)"})
		if err != nil {
			return nil, err
		}
		for _, q := range stmts {
			if err := sql.Exec(ctx, c.change(q)); err != nil {
				return nil, fmt.Errorf("%s: %w", m.Name, err)
			}
		}
	}
	return sql, nil
}

// load takes rows in by the loader, in inserts of its usual size, and gives the engine's CPU time in seconds, merges
// included.
func (b *bench) load(ctx context.Context, s *store.Store, rows int) (float64, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g := &generator{rows: rows, done: cancel}
	before := b.cpu()
	loader := s.Loader()
	if err := loader.Run(ctx, g); g.settled {
		b.quiet()
		fmt.Fprintf(os.Stderr, "%d retries\n", loader.Stats().Retries)
		return b.cpu() - before, nil
	} else {
		return 0, err
	}
}

// quiet waits until the engine has merged what it wants to.
func (b *bench) quiet() {
	for was, same := b.cpu(), 0; same < 10; {
		time.Sleep(100 * time.Millisecond)
		now := b.cpu()
		if now-was < 0.02 {
			same++
		} else {
			same = 0
		}
		was = now
	}
}

// ask gives the median time of five runs after a first, and the number of rows found.
func ask(ctx context.Context, s *store.Store, sql string) (time.Duration, int, error) {
	if strings.Contains(sql, "%s") {
		sql = fmt.Sprintf(sql, listed)
	}
	var times []time.Duration
	n := 0
	for i := range 6 {
		n = 0
		start := time.Now()
		// Without its memory of granules where a condition found nothing: people ask each question once.
		err := s.Select(ctx, sql, store.Params{"end": end}, store.Settings{"use_query_condition_cache": 0}, func(b *event.Batch) error { n += b.Rows(); return nil })
		if err != nil {
			return 0, 0, err
		}
		if i > 0 {
			times = append(times, time.Since(start))
		}
	}
	slices.Sort(times)
	return times[len(times)/2], n, nil
}

// peak watches the memory that the engine accounts for, which is what its limit is held against, until it is called.
func (b *bench) peak(ctx context.Context, sql driver.Conn) func() int64 {
	stop, done := make(chan struct{}), make(chan int64)
	go func() {
		most := int64(0)
		for {
			var v int64
			if sql.QueryRow(ctx, "SELECT value FROM system.metrics WHERE metric = 'MemoryTracking'").Scan(&v) == nil {
				most = max(most, v)
			}
			select {
			case <-stop:
				done <- most
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	return func() int64 { close(stop); return <-done }
}

// cpu is the engine's CPU time so far, in seconds.
func (b *bench) cpu() float64 {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", b.e.Pid()))
	if err != nil {
		log.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	f := strings.Fields(rest)
	user, _ := strconv.ParseFloat(f[11], 64)
	system, _ := strconv.ParseFloat(f[12], 64)
	return (user + system) / 100 // clock ticks: 100 a second on Linux
}
