package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// idle waits until the engine runs no statement but the asking one.
func idle(t *testing.T, within time.Duration) {
	t.Helper()
	c := client(t)
	deadline := time.Now().Add(within)
	for {
		n := one[uint64](t, c, "SELECT count() FROM system.processes WHERE query NOT LIKE '%system.processes%'")
		if n == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d statements still run %v after their clients left", n, within)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestCancel(t *testing.T) {
	setup := client(t)
	run(t, setup, "CREATE TABLE cancelled (n UInt64) ENGINE = MergeTree ORDER BY n")
	f := func(name string, do func(context.Context) error) {
		t.Helper()
		ctx, cancel := context.WithCancel(context.Background())
		timer := time.AfterFunc(150*time.Millisecond, cancel)
		defer timer.Stop()
		begin := time.Now()
		err := do(ctx)
		if d := time.Since(begin); err == nil || d > 20*time.Second {
			t.Errorf("%s: back after %v with %v", name, d, err)
		}
		idle(t, 30*time.Second)
	}
	c := client(t)
	f("before the first block", func(ctx context.Context) error {
		return drain(c.Query(ctx, "SELECT sum(cityHash64(number, 1)) FROM numbers(100000000000)"))
	})
	f("in the stream", func(ctx context.Context) error {
		return drain(c.Query(ctx, "SELECT number, toString(number) FROM numbers(100000000000)"))
	})
	f("asleep", func(ctx context.Context) error {
		return drain(c.Query(ctx, "SELECT sleepEachRow(0.2) FROM numbers(50) SETTINGS max_block_size = 1"))
	})
	f("insert select", func(ctx context.Context) error {
		return c.Exec(ctx, "INSERT INTO cancelled SELECT cityHash64(number) FROM numbers(100000000000)")
	})
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if err := drain(c.Query(ctx, "SELECT count() FROM numbers(1000000000000) WHERE cityHash64(number) = 1")); err == nil {
		t.Error("deadline: no error")
	}
	idle(t, 30*time.Second)
	run(t, c, "SELECT 1")
}

func TestMany(t *testing.T) {
	c := client(t)
	run(t, c, "CREATE TABLE many (n UInt64, s String) ENGINE = MergeTree ORDER BY n")
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	var queries, rows atomic.Int64
	var wg sync.WaitGroup
	for w := range 10 {
		c := client(t)
		wg.Go(func() {
			for ctx.Err() == nil {
				var err error
				if w < 2 {
					var list [][]any
					for i := range 500 {
						list = append(list, []any{uint64(i), "line"})
					}
					if err = tryInsert(context.Background(), c, "many", list...); err == nil {
						rows.Add(500)
					}
				} else {
					var n uint64
					err = c.QueryRow(context.Background(), "SELECT count() FROM many WHERE n > 3").Scan(&n)
					queries.Add(1)
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if n := one[uint64](t, c, "SELECT count() FROM many"); n != uint64(rows.Load()) || n == 0 {
		t.Errorf("%d rows, %d acknowledged", n, rows.Load())
	}
	t.Logf("%d queries, %d rows", queries.Load(), rows.Load())
}

// TestKill: the child dies again and again while clients insert; by their tokens each batch is stored once.
func TestKill(t *testing.T) {
	e, stop := start(t, t.TempDir(), nil)
	defer stop()
	c := open(t, options(e))
	run(t, c, "CREATE TABLE kept (day Date, batch UInt32, n UInt32) ENGINE = MergeTree PARTITION BY day ORDER BY n SETTINGS non_replicated_deduplication_window = 10000")
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var batches, retries atomic.Int64
	var wg sync.WaitGroup
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	const size = 500
	for range 3 {
		wg.Go(func() {
			for ctx.Err() == nil {
				id := batches.Add(1)
				var rows [][]any
				for i := range size {
					rows = append(rows, []any{day.AddDate(0, 0, i%3), uint32(id), uint32(i)})
				}
				with := clickhouse.WithSettings(clickhouse.Settings{"insert_deduplication_token": fmt.Sprint("b", id)})
				deadline := time.Now().Add(15 * time.Second)
				for {
					try, end := context.WithTimeout(clickhouse.Context(context.Background(), with), 10*time.Second)
					err := tryInsert(try, c, "kept", rows...)
					end()
					if err == nil {
						break
					}
					retries.Add(1)
					var ex *clickhouse.Exception
					if errors.As(err, &ex) || time.Now().After(deadline) {
						t.Errorf("batch %d: %v", id, err)
						return
					}
				}
			}
		})
	}
	kills := 0
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-time.After(400 * time.Millisecond):
			if pid := e.Pid(); pid != 0 {
				syscall.Kill(pid, syscall.SIGKILL)
				kills++
			}
		}
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	if n := one[uint64](t, c, "SELECT count() FROM kept"); n != uint64(batches.Load())*size {
		t.Errorf("%d rows of %d batches of %d", n, batches.Load(), size)
	}
	if n := one[uint64](t, c, "SELECT count() FROM (SELECT batch, n FROM kept GROUP BY batch, n HAVING count() != 1)"); n != 0 {
		t.Errorf("%d rows not exactly once", n)
	}
	if e.Restarts() == 0 || kills < 3 {
		t.Errorf("%d kills, %d restarts: the test tested nothing", kills, e.Restarts())
	}
	t.Logf("%d kills, %d batches, %d retries", kills, batches.Load(), retries.Load())
}

// sendThree inserts a row into table kept under each of three tokens.
func sendThree(t *testing.T, c driver.Conn) {
	t.Helper()
	for n := range 3 {
		with := clickhouse.WithSettings(clickhouse.Settings{"insert_deduplication_token": fmt.Sprint("token", n)})
		if err := tryInsert(clickhouse.Context(t.Context(), with), c, "kept", []any{uint32(n)}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTokenWithoutRows: the engine was killed after it noted an insert's token and before it kept the rows. The retry stores
// them, and only them.
func TestTokenWithoutRows(t *testing.T) {
	dir := t.TempDir()
	e, stop := start(t, dir, nil)
	c := open(t, options(e))
	run(t, c, "CREATE TABLE kept (n UInt32) ENGINE = MergeTree ORDER BY n SETTINGS non_replicated_deduplication_window = 1000")
	sendThree(t, c)
	stop()
	parts, err := filepath.Glob(filepath.Join(dir, "data", "store", "*", "*", "all_3_3_0"))
	if err != nil || len(parts) != 1 {
		t.Fatalf("parts %v, %v", parts, err)
	}
	if err := os.RemoveAll(parts[0]); err != nil {
		t.Fatal(err)
	}
	e, stop = start(t, dir, nil)
	defer stop()
	c = open(t, options(e))
	if n := one[uint64](t, c, "SELECT count() FROM kept"); n != 2 {
		t.Fatalf("%d rows before the retry", n)
	}
	sendThree(t, c)
	if n := one[uint64](t, c, "SELECT count() FROM kept"); n != 3 {
		t.Errorf("%d rows after it", n)
	}
}

// TestTornToken: a log of tokens that a full disk or a power cut tore, and that was written on behind the tear, does not keep the table from
// being loaded, and the tokens on both sides of it hold.
func TestTornToken(t *testing.T) {
	dir := t.TempDir()
	e, stop := start(t, dir, nil)
	c := open(t, options(e))
	run(t, c, "CREATE TABLE kept (n UInt32) ENGINE = MergeTree ORDER BY n SETTINGS non_replicated_deduplication_window = 1000")
	sendThree(t, c)
	stop()
	logs, err := filepath.Glob(filepath.Join(dir, "data", "store", "*", "*", "deduplication_logs", "*.txt"))
	if err != nil || len(logs) != 1 {
		t.Fatal(logs, err)
	}
	text, err := os.ReadFile(logs[0])
	if err != nil {
		t.Fatal(err)
	}
	for at := 1; at < 30; at += 7 {
		torn := append(append([]byte(nil), text[:at]...), text...)
		if err := os.WriteFile(logs[0], append(torn, text[:at]...), 0o600); err != nil {
			t.Fatal(err)
		}
		e, stop = start(t, dir, nil)
		c = open(t, options(e))
		sendThree(t, c)
		if n := one[uint64](t, c, "SELECT count() FROM kept"); n != 3 {
			t.Errorf("torn at %d: %d rows, want 3", at, n)
		}
		stop()
	}
}

// TestParentKilled: the child ends with its parent, however that ends, and the folder can be taken at once.
func TestParentKilled(t *testing.T) {
	library(t)
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), parentEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscan(out, &pid); err != nil {
		t.Fatal(err)
	}
	o := *options(New(Options{Dir: dir}, nil))
	c := open(t, &o)
	run(t, c, "CREATE TABLE stays (n UInt64) ENGINE = MergeTree ORDER BY n")
	insert(t, c, "stays", []any{uint64(7)})
	cmd.Process.Kill()
	cmd.Wait()
	e, stop := start(t, dir, nil)
	defer stop()
	if line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); err == nil && len(line) > 0 { // empty: dead, not yet reaped
		t.Errorf("the child outlived its parent: %q", line)
	}
	if n := one[uint64](t, open(t, options(e)), "SELECT n FROM stays"); n != 7 {
		t.Error(n)
	}
}

// TestRestart: data outlives a clean end; the folder's modes are tight; a deep folder works.
func TestRestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("deep-folder-name/", 8), "engine")
	e, stop := start(t, dir, nil)
	if len(e.Addr()) < 108 {
		t.Fatal("the folder is not deep enough to test anything")
	}
	c := open(t, options(e))
	run(t, c, "CREATE TABLE stays (n UInt64) ENGINE = MergeTree ORDER BY n")
	insert(t, c, "stays", []any{uint64(7)})
	for path, want := range map[string]os.FileMode{dir: 0o700 | os.ModeDir, e.Addr(): 0o600 | os.ModeSocket} {
		if fi, err := os.Stat(path); err != nil || fi.Mode() != want {
			t.Errorf("%s: %v %v, want %v", path, fi.Mode(), err, want)
		}
	}

	run(t, c, "BACKUP TABLE stays TO File('b1')")
	run(t, c, "RESTORE TABLE stays AS again FROM File('b1')")
	if n := one[uint64](t, c, "SELECT n FROM again"); n != 7 {
		t.Error(n)
	}
	if err := c.Exec(context.Background(), "BACKUP TABLE stays TO File('/tmp/watchpost-escape')"); err == nil {
		t.Error("backup outside the folder")
	}

	o := e.o
	err := New(o, slog.New(slog.DiscardHandler)).Run(context.Background())
	if want := fmt.Sprintf("%s is in use by process %d", dir, os.Getpid()); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("second start: got %v, want …%s…", err, want)
	}
	env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", e.Pid()))
	if err != nil || len(env) != 0 {
		t.Errorf("child's environment: %q %v", env, err)
	}

	begin := time.Now()
	stop()
	if d := time.Since(begin); d > 9*time.Second {
		t.Errorf("stop took %v", d)
	}
	e, stop = start(t, dir, nil)
	defer stop()
	if n := one[uint64](t, open(t, options(e)), "SELECT n FROM stays"); n != 7 {
		t.Error(n)
	}
}

// TestHung: a child that does not answer any more is replaced, and one that works is not.
func TestHung(t *testing.T) {
	secret := fmt.Sprint("battery staple ", time.Now().UnixNano())
	e, stop := startWith(t, t.TempDir(), func(o *Options) { o.Password = secret }, func(e *Engine) { e.hung = 3 * time.Second })
	defer stop()
	o := options(e)
	o.Auth.Password = secret
	c := open(t, o)
	for began := time.Now(); time.Since(began) < 4*time.Second; {
		run(t, c, "SELECT sleep(1)")
	}
	if n := e.Restarts(); n != 0 {
		t.Fatalf("it was replaced %d times although it answers", n)
	}
	was := e.Pid()
	if err := syscall.Kill(was, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for limit := time.Now().Add(30 * time.Second); e.Restarts() == 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(limit) {
			syscall.Kill(was, syscall.SIGCONT)
			t.Fatal("it hangs still")
		}
	}
	if n := one[uint8](t, open(t, o), "SELECT 1"); n != 1 || e.Pid() == was {
		t.Errorf("%d from process %d, which hung", n, was)
	}
}

func TestPassword(t *testing.T) {
	secret := fmt.Sprint("correct horse ", time.Now().UnixNano()) // not in the binary, which the engine may read
	e, stop := start(t, t.TempDir(), func(o *Options) { o.Password = secret })
	defer stop()
	f := func(password string, code int32) {
		t.Helper()
		o := options(e)
		o.Auth = clickhouse.Auth{Username: "hunter", Password: password}
		err := open(t, o).Ping(context.Background())
		if code == 0 && err != nil {
			t.Error(err)
		}
		if code != 0 {
			refused(t, password, err, code)
		}
	}
	f(secret, 0)
	f("", 516)
	f("correct", 516)
	o := options(e)
	o.Auth.Password = secret
	c := open(t, o)
	for fd := range 32 {
		if to, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", e.Pid(), fd)); strings.HasPrefix(to, "pipe:") {
			continue // reading it would wait for ever
		}
		var s string
		ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		err := c.QueryRow(ctx, fmt.Sprintf("SELECT file('/proc/self/fd/%d')", fd)).Scan(&s)
		cancel()
		if err == nil && strings.Contains(s, secret) {
			t.Fatalf("descriptor %d gives the password away", fd)
		}
	}
}

func TestStartFails(t *testing.T) {
	library(t)
	f := func(change func(*Options), want string) {
		t.Helper()
		o := Defaults
		o.Dir, o.Library = t.TempDir(), library(t)
		change(&o)
		err := New(o, slog.New(slog.DiscardHandler)).Run(context.Background())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want …%s…", err, want)
		}
	}
	f(func(o *Options) { o.Library = "/nowhere/libchdb.so" }, "/nowhere/libchdb.so")
	f(func(o *Options) { o.Library = os.Args[0] }, "cannot dynamically load")
	f(func(o *Options) { o.Dir = filepath.Join(os.Args[0], "x") }, "not a directory")
}

func TestCheck(t *testing.T) {
	err := Options{MaxBlock: 1}.Check()
	for _, key := range []string{"dir", "max_server_memory", "mark_cache", "max_connections", "max_block", "threads", "stop_timeout"} {
		if err == nil || !strings.Contains(err.Error(), key+":") {
			t.Errorf("%s not named in %v", key, err)
		}
	}
	o := Defaults
	o.Dir = "x"
	if err := o.Check(); err != nil {
		t.Error(err)
	}
}
