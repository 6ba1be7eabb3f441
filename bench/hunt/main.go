// Command hunt measures hunts over Watchpost's table beside the OpenTelemetry log table of ClickStack in the same engine, ripgrep and VictoriaLogs over the same lines.
// It prints a table in Markdown.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"watchpost/internal/embedded/engine"
	"watchpost/internal/store"
)

func main() {
	if engine.IsChild(os.Args) {
		os.Exit(engine.RunChild(context.Background(), os.Args))
	}
	b := &bench{}
	flag.IntVar(&b.events, "events", 5_000_000, "events in each table, at least 100000")
	flag.IntVar(&b.days, "days", 3, "over which they are spread")
	flag.StringVar(&b.dir, "dir", "bench/out/hunt", "folder for the engine's data and the lines; emptied first")
	flag.StringVar(&b.rg, "rg", "rg", "ripgrep, or its path")
	flag.StringVar(&b.vlogs, "vlogs", "victoria-logs", "VictoriaLogs, or its path")
	flag.BoolVar(&b.keep, "keep", false, "keep the folder's content at the end")
	flag.BoolVar(&b.again, "again", false, "ask what a run with -keep and the same events left")
	flag.Parse()
	if b.events < 100_000 || b.days < 2 {
		log.Fatal("hunt: want at least 100000 events and 2 days")
	}
	if err := b.run(); err != nil {
		log.Fatal("hunt: ", err)
	}
}

type bench struct {
	events, days int
	dir, rg      string
	vlogs        string
	keep, again  bool

	corpus *corpus
	engine *engine.Engine
	store  *store.Store
	sql    driver.Conn
}

func (b *bench) run() error {
	dir, err := filepath.Abs(b.dir)
	if err != nil {
		return err
	}
	b.dir, b.corpus = dir, newCorpus(b.events, b.days)
	if !b.again {
		if err := os.RemoveAll(b.dir); err != nil {
			return err
		}
	}
	if !b.keep {
		defer os.RemoveAll(b.dir)
	}
	if err := os.MkdirAll(filepath.Join(b.dir, "engine"), 0o700); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	if err := b.open(ctx, ended); err != nil {
		cancel()
		return err
	}
	defer func() { cancel(); <-ended }()
	defer b.store.Close()
	defer b.sql.Close()
	r := &report{}
	if err := b.fill(ctx, r); err != nil {
		return err
	}
	// Merges would take part in what is read and spent.
	if err := b.sql.Exec(ctx, "SYSTEM STOP MERGES"); err != nil {
		return err
	}
	if err := b.ask(ctx, r); err != nil {
		return err
	}
	if err := b.ripgrep(ctx, r); err != nil {
		return err
	}
	if err := b.rivals(ctx, r); err != nil {
		return err
	}
	fmt.Print(r.markdown(b))
	return nil
}

// open starts the engine, as the product does but with more memory for inserts, and connects to it.
func (b *bench) open(ctx context.Context, ended chan error) error {
	o := engine.Defaults
	o.Dir, o.MaxServerMemory = filepath.Join(b.dir, "engine"), 3_000_000_000
	var err error
	if o.Library, err = engine.FindLibrary(); err != nil {
		return err
	}
	b.engine = engine.New(o, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	go func() { ended <- b.engine.Run(ctx) }()
	select {
	case <-b.engine.Ready():
	case err := <-ended:
		return fmt.Errorf("engine: %w", err)
	}
	so := store.Defaults
	so.Addr, so.Dial, so.Database = []string{b.engine.Addr()}, b.engine.Dial, "hunt"
	so.Retention.Days, so.Load.Wait = 18250, 50*time.Millisecond
	if b.store, err = store.Open(so); err != nil {
		return err
	}
	if err := b.store.Migrate(ctx); err != nil {
		return err
	}
	b.sql, err = clickhouse.Open(&clickhouse.Options{Addr: []string{b.engine.Addr()}, DialContext: b.engine.Dial, ReadTimeout: time.Hour, Auth: clickhouse.Auth{Database: "hunt"}})
	return err
}

// fill makes both tables.
func (b *bench) fill(ctx context.Context, r *report) error {
	million := float64(b.events) / 1e6
	if !b.again {
		say("loading %d events", b.events)
		before := b.cpu()
		if err := load(ctx, b.store, b.corpus); err != nil {
			return fmt.Errorf("load: %w", err)
		}
		if err := b.sql.Exec(ctx, "OPTIMIZE TABLE events FINAL"); err != nil {
			return err
		}
		r.loadCPU = (b.cpu() - before) / million
	}
	var whole uint64
	if err := b.sql.QueryRow(ctx, "SELECT count() FROM system.tables WHERE database = 'hunt' AND name = 'otel_logs' AND total_rows = {n:UInt64}", clickhouse.Named("n", fmt.Sprint(b.events))).Scan(&whole); err != nil {
		return err
	}
	if whole == 0 { // a run before may have been broken off
		if err := b.sql.Exec(ctx, "DROP TABLE IF EXISTS otel_logs SYNC"); err != nil {
			return err
		}
		say("filling otel_logs")
		before := b.cpu()
		if err := b.fillBaseline(ctx); err != nil {
			return fmt.Errorf("otel_logs: %w", err)
		}
		r.baselineCPU = (b.cpu() - before) / million
	}
	for i, table := range []string{"events", "otel_logs"} {
		s := &r.disk[i]
		var rows uint64
		if err := b.sql.QueryRow(ctx, "SELECT sum(rows), sum(bytes_on_disk), sum(secondary_indices_compressed_bytes), count() FROM system.parts WHERE active AND database = 'hunt' AND table = {t:String}",
			clickhouse.Named("t", table)).Scan(&rows, &s.bytes, &s.indexes, &s.parts); err != nil {
			return err
		}
		if rows != uint64(b.events) {
			return fmt.Errorf("table %s has %d of %d events", table, rows, b.events)
		}
		if err := b.sql.QueryRow(ctx, "SELECT sum(column_data_compressed_bytes) FROM system.parts_columns WHERE active AND database = 'hunt' AND table = {t:String} AND column IN ('event.original', 'Body')",
			clickhouse.Named("t", table)).Scan(&s.record); err != nil {
			return err
		}
	}
	return nil
}

func say(format string, a ...any) {
	fmt.Fprintf(os.Stderr, "   %s "+format+"\n", append([]any{time.Now().UTC().Format("15:04:05")}, a...)...)
}
