package engine

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

func TestMain(m *testing.M) {
	if IsChild(os.Args) {
		os.Exit(RunChild(context.Background(), os.Args))
	}
	if dir := os.Getenv(parentEnv); dir != "" {
		parent(dir)
	}
	code := m.Run()
	shared.stop()
	os.Exit(code)
}

// parentEnv makes the test binary a process that runs an engine on the folder until it is killed.
const parentEnv = "WATCHPOST_TEST_ENGINE_PARENT"

func parent(dir string) {
	lib, err := FindLibrary()
	if err != nil {
		panic(err)
	}
	o := Defaults
	o.Dir, o.Library = dir, lib
	e := New(o, slog.New(slog.DiscardHandler))
	go func() {
		<-e.Ready()
		fmt.Println(e.Pid())
	}()
	panic(e.Run(context.Background()))
}

// library skips the test when libchdb is not here; a build machine must have it.
func library(t testing.TB) string {
	t.Helper()
	path, err := FindLibrary()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("CI needs the engine: %v", err)
		}
		t.Skipf("skipped: %v", err)
	}
	return path
}

// start runs an engine on dir until stop is called.
func start(t testing.TB, dir string, change func(*Options)) (e *Engine, stop func()) {
	t.Helper()
	return startWith(t, dir, change, func(*Engine) {})
}

func startWith(t testing.TB, dir string, change func(*Options), with func(*Engine)) (e *Engine, stop func()) {
	t.Helper()
	o := Defaults
	o.Dir, o.Library = dir, library(t)
	if change != nil {
		change(&o)
	}
	if err := o.Check(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	log := slog.New(slog.DiscardHandler)
	if testing.Verbose() {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	e = New(o, log)
	with(e)
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	select {
	case <-e.Ready():
	case err := <-done:
		cancel()
		t.Fatalf("engine did not start: %v", err)
	case <-time.After(20 * time.Second):
		cancel()
		t.Fatal("engine not ready after 20 s")
	}
	return e, func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("engine: %v", err)
		}
	}
}

// shared is the engine of all tests that do not harm it.
var shared sharedEngine

type sharedEngine struct {
	once sync.Once
	e    *Engine
	dir  string
	end  func()
}

func (s *sharedEngine) get(t testing.TB) *Engine {
	t.Helper()
	library(t)
	s.once.Do(func() {
		dir, err := os.MkdirTemp("", "engine")
		if err != nil {
			t.Fatal(err)
		}
		s.dir = dir
		s.e, s.end = start(t, dir, nil)
	})
	if s.e == nil {
		t.Fatal("the shared engine did not start")
	}
	return s.e
}

func (s *sharedEngine) stop() {
	if s.end != nil {
		s.end()
	}
	if s.dir != "" {
		os.RemoveAll(s.dir)
	}
}

func options(e *Engine) *clickhouse.Options {
	return &clickhouse.Options{
		Addr:        []string{e.Addr()},
		DialContext: func(ctx context.Context, addr string) (net.Conn, error) { return e.Dial(ctx, addr) },
		DialTimeout: 10 * time.Second,
	}
}

func open(t testing.TB, o *clickhouse.Options) driver.Conn {
	t.Helper()
	c, err := clickhouse.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func client(t testing.TB) driver.Conn { return open(t, options(shared.get(t))) }

func run(t testing.TB, c driver.Conn, sql string, args ...any) {
	t.Helper()
	if err := c.Exec(context.Background(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// one returns the single value that sql yields.
func one[T any](t testing.TB, c driver.Conn, sql string, args ...any) (v T) {
	t.Helper()
	if err := c.QueryRow(context.Background(), sql, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func TestFirst(t *testing.T) {
	c := client(t)
	ctx := context.Background()
	if err := c.Ping(ctx); err != nil {
		t.Fatal(err)
	}
	run(t, c, "CREATE TABLE first (n UInt32, s String) ENGINE = MergeTree ORDER BY n")
	b, err := c.PrepareBatch(ctx, "INSERT INTO first")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		if err := b.Append(uint32(i), "line"); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Send(); err != nil {
		t.Fatal(err)
	}
	if n := one[uint64](t, c, "SELECT count() FROM first"); n != 1000 {
		t.Fatal(n)
	}
}
