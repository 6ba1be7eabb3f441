package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ClickHouse/ch-go"
	"github.com/ClickHouse/ch-go/proto"

	"watchpost/internal/event"
)

// counts holds what a store has to what the log has.
func counts(t testing.TB, s *Store, rows, repeated, quarantined uint64) {
	t.Helper()
	if n := one[uint64](t, s, "SELECT count() FROM events", nil); n != rows {
		t.Errorf("%d rows stored, want %d", n, rows)
	}
	if n := one[uint64](t, s, "SELECT uniqExact(`event.block`, `event.row`) FROM events", nil); n != rows {
		t.Errorf("%d different rows stored, want %d", n, rows)
	}
	reason := func(r string, want uint64) {
		t.Helper()
		if n := one[uint64](t, s, "SELECT sum(`count`) FROM sources WHERE reason = {r:String}", Params{"r": r}); n != want {
			t.Errorf("account: %d %s, want %d", n, r, want)
		}
	}
	reason(received, rows+repeated+quarantined)
	reason(Stored, rows)
	reason(Repeated, repeated)
	reason(Quarantined, quarantined)
	if n := one[uint64](t, s, "SELECT sum(records) FROM source_account WHERE reason = 'stored' AND listener = 'udp'", nil); n != rows {
		t.Errorf("account by source: %d stored, want %d", n, rows)
	}
	if n := one[uint64](t, s, "SELECT toUInt64(sum(`rows`)) FROM quarantine", nil); n != quarantined {
		t.Errorf("%d rows in quarantine, want %d", n, quarantined)
	}
}

// hurry loads l through crashes: every loader is followed by the next until all is settled. It returns how many crashed.
func hurry(t testing.TB, s *Store, l *topicLog, limit time.Duration) (crashes int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	for {
		run, stop := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() { done <- s.Loader().Run(run, l.assign()) }()
		for ended := false; !ended; {
			if l.settled() {
				stop()
				<-done
				return crashes
			}
			select {
			case err := <-done:
				if ctx.Err() != nil {
					t.Fatalf("not done after %v and %d crashes: %v", limit, crashes, err)
				}
				if !errors.Is(err, errCrash) {
					t.Fatalf("loader ended: %v", err)
				}
				crashes++
				ended = true
			case <-time.After(2 * time.Millisecond):
			}
		}
		stop()
	}
}

var errCrash = errors.New("crash")

// stages are the points between any two effects of a loader.
var stages = []string{"before_plan", "after_plan", "after_events", "after_sources", "after_range", "before_settle", "after_settle", "after_part", "after_quarantine"}

// flaky connections break in the middle of what they carry.
type flaky struct {
	net.Conn
	left *atomic.Int64
}

func (f flaky) Write(p []byte) (int, error) {
	if f.left.Add(-int64(len(p))) < 0 {
		f.Conn.Write(p[:len(p)/2])
		f.Close()
		return 0, errors.New("connection torn")
	}
	return f.Conn.Write(p)
}

// Each row once, though the loader crashes at every stage, and its connections break.
func TestEachOnce(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if v := os.Getenv("FAULT_SEED"); v != "" {
		fmt.Sscan(v, &seed)
	}
	t.Logf("FAULT_SEED=%d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))

	const blocks, rowsEach = 220, 1000
	l := newLog(3)
	var rows, repeated, bad, refusedRows, again uint64
	for n := range blocks {
		b := makeBlock(n, rowsEach)
		b.Late = n%6 == 5 // and new all the same
		switch {
		case n%10 == 4: // parts of it came before
			b.Skip = [][2]uint32{{0, 10}, {500, 600}, {990, 1000}}
			rows, repeated = rows+880, repeated+120
		case n == 77: // no one can read it
			b.Value = b.Value[:len(b.Value)/2]
			bad += rowsEach
		case n == 130: // the engine will not take two of its rows
			b = withCode(n, rowsEach, "refused", 17, 640)
			rows, refusedRows = rows+rowsEach-2, refusedRows+2
		case n%5 == 3 && n > 10: // sent again, an hour later; of parts and refused rows nobody knows any more
			was := n - 9
			switch n % 4 {
			case 1:
				was = n - 1 // in the same range, most often
			case 2:
				was = n - 15 // which came again itself
			}
			if n == 138 {
				was = 130
			}
			b = l.blocks[was]
			b.Offset, b.Time, b.Skip, b.Late = int64(n), b.Time+int64(time.Hour), nil, true
			again++
		case n%50 == 9: // a heartbeat
			b = blockOf(n, blockID(n), new(event.Batch))
			b.Value = nil
		default:
			rows += rowsEach
		}
		l.append(b)
	}
	o := options(t)
	o.Load.Rows = 8000
	hit := map[string]int{}
	var calm atomic.Bool
	calm.Store(true)
	o.Failpoint = func(stage string) error {
		if calm.Load() || rng.IntN(10) > 0 && hit[stage] > 0 {
			return nil
		}
		hit[stage]++
		if _, metadata := l.committed(); strings.Contains(metadata, "left") && stage != "before_plan" {
			hit["with blocks left out"]++
		}
		return errCrash
	}
	dial, left := o.Dial, new(atomic.Int64)
	if dial == nil {
		dial = func(ctx context.Context, addr string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", addr)
		}
	}
	left.Store(1 << 60)
	o.Dial = func(ctx context.Context, addr string) (net.Conn, error) {
		c, err := dial(ctx, addr)
		if err != nil || calm.Load() {
			return c, err
		}
		left.Store(rng.Int64N(4 << 20))
		return flaky{c, left}, nil
	}
	s := open(t, o)
	if err := s.exec(t.Context(), "ALTER TABLE events ADD CONSTRAINT no_refused CHECK `event.code` != 'refused'"); err != nil {
		t.Fatal(err)
	}
	calm.Store(false)
	crashes := hurry(t, s, l, 5*time.Minute)
	calm.Store(true)
	left.Store(1 << 60)
	counts(t, s, rows, repeated, bad+refusedRows)
	if n := one[uint64](t, s, "SELECT count() FROM quarantine", nil); n != 3 {
		t.Errorf("%d entries in quarantine, want 3", n)
	}
	t.Logf("%d rows, %d crashes: %v", rows, crashes, hit)
	for _, stage := range append(stages, "with blocks left out") {
		if hit[stage] == 0 {
			t.Errorf("no crash %s", stage)
		}
	}
	if again < 30 {
		t.Errorf("%d blocks came again", again)
	}
}

// withCode is makeBlock with an event.code in some rows.
func withCode(n, rows int, code string, at ...uint32) Block {
	plain := makeBlock(n, rows)
	var in, b event.Batch
	if err := in.Decode(plain.Header.ID, plain.Value); err != nil {
		panic(err)
	}
	has := map[uint32]bool{}
	for _, r := range at {
		has[r] = true
	}
	for e := range in.Events() {
		b.Begin([]byte(e.Str(event.EventOriginal)), e.Ingested())
		for _, f := range []event.Field{event.Tenant, event.LogListener, event.LogSourceAddress} {
			b.SetString(f, e.Str(f))
		}
		if has[uint32(e.Row)] {
			b.SetString(event.EventCode, code)
		}
		b.End()
	}
	return blockOf(n, plain.Header.ID, &b)
}

// Each row once, though the engine is killed while it inserts.
func TestEngineKilled(t *testing.T) {
	if os.Getenv(serverEnv) != "" {
		t.Skip("skipped: the server is not ours to kill")
	}
	library(t)
	e, err := startEngine(t.TempDir(), testLog())
	if err != nil {
		t.Fatal(err)
	}
	defer e.stop()
	o := Defaults
	o.Log, o.Retention.Days, o.Load.Wait, o.Load.Rows = testLog(), maxDays, 50*time.Millisecond, 5000
	o.Addr, o.Dial = []string{e.Addr()}, e.Dial
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	const blocks, rowsEach = 210, 1000
	logs := []*topicLog{newLog(0), newLog(1)}
	for n := range blocks {
		logs[n%2].append(makeBlock(n, rowsEach))
	}
	loader := s.Loader()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 2)
	for _, l := range logs {
		go func() { done <- loader.Run(ctx, l.assign()) }()
	}
	kills := 0
	rng := rand.New(rand.NewPCG(1, 2))
	for end := time.Now().Add(5 * time.Minute); !logs[0].settled() || !logs[1].settled(); {
		if time.Now().After(end) {
			t.Fatal("not loaded within five minutes")
		}
		<-time.After(time.Duration(150+rng.IntN(250)) * time.Millisecond)
		if pid := e.Pid(); pid > 0 && kills < 8 {
			if syscall.Kill(pid, syscall.SIGKILL) == nil {
				kills++
			}
		}
	}
	cancel()
	for range logs {
		<-done
	}
	st := loader.Stats()
	t.Logf("%d kills, %d retries, %d inserts, %.2f s in inserts", kills, st.Retries, st.Inserts, st.Seconds)
	counts(t, s, blocks*rowsEach, 0, 0)
	if kills < 3 || st.Retries == 0 {
		t.Errorf("%d kills, %d retries: too calm to prove anything", kills, st.Retries)
	}
}

// narrow connections break when more than a share of an insert went through.
type narrow struct {
	net.Conn
	left int
}

func (n *narrow) Write(p []byte) (int, error) {
	if n.left -= len(p); n.left < 0 {
		n.Close()
		return 0, errors.New("too much for the server")
	}
	return n.Conn.Write(p)
}

// An insert that breaks the connection each time is made in parts.
func TestTooMuchAtOnce(t *testing.T) {
	o := options(t)
	dial := o.Dial
	if dial == nil {
		t.Skip("skipped: needs the embedded engine's dialler")
	}
	var limit atomic.Int64
	limit.Store(1 << 60)
	o.Dial = func(ctx context.Context, addr string) (net.Conn, error) {
		c, err := dial(ctx, addr)
		return &narrow{c, int(limit.Load())}, err
	}
	s := open(t, o)
	limit.Store(700 << 10)
	l := newLog(0, makeBlock(0, 3000), makeBlock(1, 3000))
	if st := load(t, s, l).Stats(); st.Inserts < 2 || st.Quarantined != 0 {
		t.Errorf("%+v", st)
	}
	limit.Store(1 << 60)
	counts(t, s, 6000, 0, 0)
}

// A planned range is looked up: before it is inserted where it comes back changed, afterwards where it does not.
func TestChangedPlan(t *testing.T) {
	o := options(t)
	o.Load.Rows = 3000
	var crash atomic.Bool
	crash.Store(true)
	o.Failpoint = func(stage string) error {
		if stage == "after_events" && crash.Load() {
			return errCrash
		}
		return nil
	}
	f := func(name string, mismatches, rows uint64, change func(*Store, *Options, *topicLog)) {
		t.Helper()
		o := o
		o.Database = fmt.Sprintf("%s_%d", o.Database, databases.Add(1))
		s := open(t, o)
		l := newLog(0)
		for n := range 10 {
			l.append(makeBlock(n, 1000))
		}
		crash.Store(true)
		if err := s.Loader().Run(t.Context(), l.assign()); !errors.Is(err, errCrash) {
			t.Fatalf("%s: %v", name, err)
		}
		if n := one[uint64](t, s, "SELECT count() FROM events", nil); n != 3000 {
			t.Fatalf("%s: %d rows before", name, n)
		}
		crash.Store(false)
		change(s, &o, l)
		s2, err := Open(o)
		if err != nil {
			t.Fatal(err)
		}
		defer s2.Close()
		loader := load(t, s2, l)
		if n := one[uint64](t, s2, "SELECT count() FROM events", nil); n != rows {
			t.Errorf("%s: %d rows, want %d", name, n, rows)
		}
		if n := one[uint64](t, s2, "SELECT uniqExact(`event.block`, `event.row`) FROM events", nil); n != rows {
			t.Errorf("%s: %d different rows, want %d", name, n, rows)
		}
		if n := loader.Stats().Mismatches; n != mismatches {
			t.Errorf("%s: %d mismatches", name, n)
		}
	}
	f("the last block of the range went", 1, 10000, func(_ *Store, _ *Options, l *topicLog) { l.blocks = append(l.blocks[:2:2], l.blocks[3:]...) })
	f("the first block was trimmed", 1, 10000, func(_ *Store, _ *Options, l *topicLog) { l.blocks = l.blocks[1:] })
	f("all of the range was trimmed", 1, 10000, func(_ *Store, _ *Options, l *topicLog) { l.blocks = l.blocks[3:] })
	f("rows count as repeated", 1, 10000, func(_ *Store, _ *Options, l *topicLog) { l.blocks[1].Skip = [][2]uint32{{5, 50}} })
	f("other retention", 1, 10000, func(_ *Store, o *Options, _ *topicLog) {
		o.Retention.Classes, o.Retention.Tenants = map[string]int{"long": maxDays}, map[string]string{"default": "long"}
	})
	f("the engine died and lost rows, but not their token", 0, 10000, func(s *Store, _ *Options, _ *topicLog) {
		if err := s.exec(t.Context(), "ALTER TABLE events DELETE WHERE `event.row` % 3 = 0 SETTINGS mutations_sync = 1"); err != nil {
			t.Fatal(err)
		}
	})
	f("not a plan", 0, 10000, func(_ *Store, _ *Options, l *topicLog) { l.metadata = "someone else's" })
}

// TestLogLostItsEnd: what the log has still is read again, and stored already; what comes behind it, at offsets that others had, is new.
func TestLogLostItsEnd(t *testing.T) {
	o := options(t)
	o.Load.Rows = 3000
	var crash atomic.Bool
	o.Failpoint = func(stage string) error {
		if stage == "after_range" && crash.Load() {
			return errCrash
		}
		return nil
	}
	s := open(t, o)
	l := newLog(0)
	for n := range 10 {
		l.append(makeBlock(n, 1000))
	}
	load(t, s, l)
	is := func(what string, rows uint64) {
		t.Helper()
		if n := one[uint64](t, s, "SELECT count() FROM events", nil); n != rows {
			t.Errorf("%s: %d rows, want %d", what, n, rows)
		}
		if n := one[uint64](t, s, "SELECT uniqExact(`event.block`, `event.row`) FROM events", nil); n != rows {
			t.Errorf("%s: %d different rows, want %d", what, n, rows)
		}
	}
	is("before", 10_000)

	at := func(offset int64, n int) Block {
		b := makeBlock(n, 1000)
		b.Offset = offset
		return b
	}
	// Found at the start, as package topic tells it. The first block is trimmed, so ranges are others than they were.
	shorter := func(from, to int) {
		l.blocks = l.blocks[from:to:to]
		for i := range l.blocks {
			l.blocks[i].Again = l.blocks[len(l.blocks)-1].Offset + 1
		}
	}
	shorter(1, 6)
	l.append(at(6, 100))
	l.offset, l.metadata = 1, ""
	crash.Store(true)
	if err := s.Loader().Run(t.Context(), l.assign()); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	crash.Store(false)
	for i := range l.blocks { // there is a commit within the log again
		l.blocks[i].Again = 0
	}
	load(t, s, l)
	is("found at the start", 11_000)

	// Found while it is read.
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	a := l.assign()
	done := make(chan error, 1)
	go func() { done <- s.Loader().Run(ctx, a) }()
	l.append(at(7, 101))
	for !l.settled() {
		time.Sleep(5 * time.Millisecond)
	}
	l.mu.Lock()
	shorter(1, 3)
	a.next = 0
	l.mu.Unlock()
	l.append(at(4, 102))
	for !l.settled() {
		if ctx.Err() != nil {
			t.Fatal("not all is stored")
		}
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	<-done
	is("found while it is read", 13_000)
}

func TestRetentionClasses(t *testing.T) {
	o := options(t)
	o.Retention.Classes = map[string]int{"long": maxDays, "short": maxDays - 1}
	o.Retention.Tenants = map[string]string{"shop": "long", "lab": "short"}
	s := open(t, o)
	var b event.Batch
	for i, r := range []struct{ tenant, class string }{{"default", ""}, {"shop", ""}, {"lab", ""}, {"shop", "short"}, {"other", "long"}, {"lab", "gone"}} {
		b.Begin([]byte("x"), day0+int64(i))
		b.SetString(event.Tenant, r.tenant)
		if r.class != "" {
			b.SetString(event.EventRetention, r.class)
		}
		b.End()
	}
	load(t, s, newLog(0, blockOf(0, blockID(0), &b)))
	got := one[string](t, s, "SELECT toString(groupArray(partition)) FROM (SELECT partition FROM system.parts WHERE active AND database = {db:String} AND table = 'events' ORDER BY partition)", Params{"db": o.Database})
	if want := `['(\'default\',\'2026-03-01\')','(\'long\',\'2026-03-01\')','(\'short\',\'2026-03-01\')']`; got != want {
		t.Errorf("partitions %s, want %s", got, want)
	}
	got = one[string](t, s, "SELECT toString(groupArray(retention)) FROM (SELECT retention FROM events ORDER BY `event.ingested`)", nil)
	if want := "['default','long','short','short','long','short']"; got != want {
		t.Errorf("classes %s, want %s", got, want)
	}
}

// A block of a newer build stops the loader: it must not touch what it does not know.
func TestNewerBlock(t *testing.T) {
	s := open(t, options(t))
	b := makeBlock(1, 10)
	b.Err = fmt.Errorf("%w: 7", event.ErrNewer)
	l := newLog(0, makeBlock(0, 10), b)
	err := s.Loader().Run(t.Context(), l.assign())
	if !errors.Is(err, event.ErrNewer) {
		t.Errorf("%v", err)
	}
	if at, _ := l.committed(); at > 1 {
		t.Errorf("committed %d", at)
	}
}

func exceptionOf(code int, text string) error {
	return fmt.Errorf("handle packet: %w", &ch.Exception{Code: proto.Error(code), Message: text})
}

func TestJudge(t *testing.T) {
	f := func(err error, attempts int, want verdict) {
		t.Helper()
		if got := judge(err, attempts); got != want {
			t.Errorf("%v after %d: %v, want %v", err, attempts, got, want)
		}
	}
	f(errors.New("EOF"), 5, again)
	f(errors.New("EOF"), 6, smaller)
	f(context.DeadlineExceeded, 1, again)
	f(exceptionOf(469, "VIOLATED_CONSTRAINT"), 1, refused)
	f(exceptionOf(252, "Too many parts (3000). Merges are processing significantly slower than inserts"), 9, again)
	f(exceptionOf(252, "Too many partitions for single INSERT block (more than 100)"), 1, smaller)
	f(exceptionOf(241, "Memory limit"), 1, again)
	f(exceptionOf(241, "Memory limit"), 5, smaller)
	f(exceptionOf(243, "NOT_ENOUGH_SPACE"), 50, again)
	f(exceptionOf(164, "READONLY"), 50, again)
	f(exceptionOf(16, "NO_SUCH_COLUMN_IN_TABLE"), 50, again)
}
