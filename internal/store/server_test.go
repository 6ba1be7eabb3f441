package store

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"watchpost/internal/embedded/engine"
	"watchpost/internal/event"
)

func TestMain(m *testing.M) {
	if engine.IsChild(os.Args) {
		os.Exit(engine.RunChild(context.Background(), os.Args))
	}
	code := m.Run()
	shared.stop()
	os.Exit(code)
}

// serverEnv names a ClickHouse server, host:port, on which the tests run instead of the embedded engine. Each makes a
// database of its own there, and drops it.
const serverEnv = "WATCHPOST_TEST_CLICKHOUSE"

// running is an embedded engine.
type running struct {
	*engine.Engine
	stop func()
}

func startEngine(dir string, log *slog.Logger) (*running, error) {
	o := engine.Defaults
	o.Dir = dir
	var err error
	if o.Library, err = engine.FindLibrary(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	e := engine.New(o, log)
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	stop := func() { cancel(); <-done }
	select {
	case <-e.Ready():
		return &running{e, stop}, nil
	case err := <-done:
		cancel()
		return nil, fmt.Errorf("engine did not start: %w", err)
	case <-time.After(30 * time.Second):
		stop()
		return nil, fmt.Errorf("engine not ready after 30 s")
	}
}

func testLog() *slog.Logger {
	if testing.Verbose() {
		return slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	return slog.New(slog.DiscardHandler)
}

// library skips the test where libchdb is not; a build machine must have it.
func library(t testing.TB) {
	t.Helper()
	if _, err := engine.FindLibrary(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("CI needs the engine: %v", err)
		}
		t.Skipf("skipped: %v", err)
	}
}

// shared is the engine of all tests that do not harm it.
var shared sharedEngine

type sharedEngine struct {
	once sync.Once
	e    *running
	dir  string
	err  error
}

func (s *sharedEngine) get(t testing.TB) *running {
	t.Helper()
	library(t)
	s.once.Do(func() {
		if s.dir, s.err = os.MkdirTemp("", "watchpost-store-"); s.err == nil {
			s.e, s.err = startEngine(s.dir, testLog())
		}
	})
	if s.err != nil {
		t.Fatal(s.err)
	}
	return s.e
}

func (s *sharedEngine) stop() {
	if s.e != nil {
		s.e.stop()
		os.RemoveAll(s.dir)
	}
}

var databases atomic.Int64

// options gives a database of the test's own, on a server or the shared engine.
func options(t testing.TB) Options {
	t.Helper()
	o := Defaults
	o.Log = testLog()
	o.Retention.Days = maxDays // made-up rows are of fixed days
	o.Database = fmt.Sprintf("test_%d_%d", os.Getpid(), databases.Add(1))
	o.Load.Wait = 50 * time.Millisecond
	if addr := os.Getenv(serverEnv); addr != "" {
		o.Addr = strings.Split(addr, ",")
		o.User, o.Password = "default", os.Getenv(serverEnv+"_PASSWORD")
	} else {
		e := shared.get(t)
		o.Addr, o.Dial = []string{e.Addr()}, e.Dial
	}
	return o
}

// open gives a migrated store in a database that goes when the test does.
func open(t testing.TB, o Options) *Store {
	t.Helper()
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.exec(context.Background(), "DROP DATABASE IF EXISTS "+s.target.DB()); err != nil {
			t.Errorf("drop: %v", err)
		}
		s.Close()
	})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// one gives the single value of a query.
func one[T any](t testing.TB, s *Store, sql string, params Params) T {
	t.Helper()
	var out T
	n := 0
	err := s.Rows(context.Background(), sql, params, nil, func(scan func(...any) error) error {
		n++
		return scan(&out)
	})
	if err != nil || n != 1 {
		t.Fatalf("%s: %d rows, %v", sql, n, err)
	}
	return out
}

// topicLog is a partition of a log, with the commits of one group. It outlives the loaders that crash on it.
type topicLog struct {
	mu         sync.Mutex
	id         int
	blocks     []Block // ascending offsets
	offset     int64
	metadata   string
	commits    int
	longest    int // metadata
	generation int
	grown      chan struct{}
}

func newLog(id int, blocks ...Block) *topicLog {
	return &topicLog{id: id, blocks: blocks, grown: make(chan struct{})}
}

func (l *topicLog) append(b Block) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.blocks = append(l.blocks, b)
	close(l.grown)
	l.grown = make(chan struct{})
}

// settled says that all is stored and nothing planned.
func (l *topicLog) settled() bool {
	at, metadata := l.committed()
	p, err := parsePlan(metadata)
	return at == l.end() && (metadata == "" || err == nil && p.Token == "")
}

func (l *topicLog) committed() (int64, string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.offset, l.metadata
}

// end is the offset after the last block.
func (l *topicLog) end() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.blocks[len(l.blocks)-1].Offset + 1
}

// assign takes the partition away from whoever has it.
func (l *topicLog) assign() *assigned {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.generation++
	return &assigned{l: l, generation: l.generation, offset: l.offset, metadata: l.metadata, next: l.offset}
}

type assigned struct {
	l          *topicLog
	generation int
	offset     int64
	metadata   string
	next       int64
}

func (a *assigned) ID() int                { return a.l.id }
func (a *assigned) Start() (int64, string) { return a.offset, a.metadata }

func (a *assigned) Next(ctx context.Context) (Block, error) {
	for {
		a.l.mu.Lock()
		for _, b := range a.l.blocks {
			if b.Offset >= a.next {
				a.next = b.Offset + 1
				a.l.mu.Unlock()
				return b, nil
			}
		}
		grown := a.l.grown
		a.l.mu.Unlock()
		select {
		case <-grown:
		case <-ctx.Done():
			return Block{}, context.Cause(ctx)
		}
	}
}

func (a *assigned) Commit(ctx context.Context, offset int64, metadata string) error {
	a.l.mu.Lock()
	defer a.l.mu.Unlock()
	if a.generation != a.l.generation {
		return fmt.Errorf("partition %d was given to another", a.l.id)
	}
	a.l.offset, a.l.metadata = offset, metadata
	a.l.commits++
	a.l.longest = max(a.l.longest, len(metadata))
	return nil
}

// day0 is the receive time of the first made-up row.
var day0 = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixNano()

// makeBlock makes block n of a log: rows are functions of n and their number.
func makeBlock(n, rows int) Block {
	var b event.Batch
	id := blockID(n)
	for r := range rows {
		at := day0 + int64(n)*int64(time.Second) + int64(r)
		line := b.Begin(fmt.Appendf(nil, "<38>Mar  1 12:00:00 gw%d sshd[%d]: Failed password for user%d from 192.0.2.%d port %d ssh2", n%7, 1000+r, r%50, r%250, 1024+r), at)
		b.Set(event.Message, line[25:])
		b.SetString(event.Tenant, "default")
		b.SetString(event.LogListener, "udp")
		b.SetString(event.LogSourceAddress, fmt.Sprintf("198.51.100.%d", n%7))
		b.SetString(event.SourceIP, fmt.Sprintf("192.0.2.%d", r%250))
		b.SetString(event.EventDataset, "system.auth")
		b.AddString(event.RelatedIP, fmt.Sprintf("192.0.2.%d", r%250))
		b.AddString(event.RelatedUser, fmt.Sprintf("user%d", r%50))
		b.AddString(event.RelatedUser, "root")
		b.End()
	}
	return blockOf(n, id, &b)
}

func blockID(n int) event.BlockID {
	id := event.NewBlockID(day0 + int64(n)*int64(time.Millisecond))
	copy(id[6:], fmt.Sprintf("%010d", n))
	return id
}

func blockOf(n int, id event.BlockID, b *event.Batch) Block {
	at := day0 + int64(n)*int64(time.Second)
	h := event.Header{ID: id, Version: event.Version, Rows: uint32(b.Rows()), First: at, Last: at, Received: at,
		Account: []event.Delta{{Tenant: "default", Listener: "udp", Source: fmt.Sprintf("198.51.100.%d", n%7), Count: uint64(b.Rows()), Last: at}}}
	return Block{Offset: int64(n), Time: at, Header: h, Headers: h.Headers(), Value: b.AppendBlock(nil)}
}

// load runs a loader on l until the whole log is stored and settled.
func load(t testing.TB, s *Store, l *topicLog) *Loader {
	t.Helper()
	loader := s.Loader()
	loadWith(t, loader, l)
	return loader
}

func loadWith(t testing.TB, loader *Loader, l *topicLog) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- loader.Run(ctx, l.assign()) }()
	for {
		if l.settled() {
			break
		}
		select {
		case err := <-done:
			t.Fatalf("loader ended: %v", err)
		case <-time.After(5 * time.Millisecond):
		}
	}
	cancel()
	<-done
}
