package detect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/event"
	"watchpost/internal/rule"
)

// The model of a Kafka in memory, for tests within a synctest bubble: logs that keep everything, calls that take a
// random time and may end before or after they took effect.

func mustRules(t testing.TB, yaml string) *Rules {
	t.Helper()
	return compiled(t, fstest.MapFS{"rules.yaml": {Data: []byte(yaml)}})
}

func compiled(t testing.TB, files fs.FS) *Rules {
	t.Helper()
	set, err := rule.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Compile(set)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// delays draws how long calls take.
type delays struct {
	mu  sync.Mutex
	rng *rand.Rand
	max time.Duration // 0: no time at all
}

func (d *delays) draw() (time.Duration, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.max == 0 {
		return 0, false
	}
	return time.Duration(d.rng.Int64N(int64(d.max))), d.rng.IntN(10) == 0
}

// wait lets a random time pass; twice says that the producer sends its record again.
func (d *delays) wait(ctx context.Context) (twice bool, err error) {
	t, twice := d.draw()
	if t == 0 {
		return twice, ctx.Err()
	}
	select {
	case <-ctx.Done():
		return twice, ctx.Err()
	case <-time.After(t):
		return twice, nil
	}
}

// memLog is a partition of a topic.
type memLog[T any] struct {
	mu   sync.Mutex
	recs []T
	more chan struct{} // closed when a record is appended
}

func newLog[T any]() *memLog[T] { return &memLog[T]{more: make(chan struct{})} }

func (l *memLog[T]) append(r T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.recs = append(l.recs, r)
	close(l.more)
	l.more = make(chan struct{})
}

func (l *memLog[T]) len() int { l.mu.Lock(); defer l.mu.Unlock(); return len(l.recs) }

// cut takes away all but the first n records, as a broker does that lost the end of its log, and gives them.
func (l *memLog[T]) cut(n int) []T {
	l.mu.Lock()
	defer l.mu.Unlock()
	gone := l.recs[n:]
	l.recs = slices.Clone(l.recs[:n])
	close(l.more)
	l.more = make(chan struct{})
	return gone
}

// errGone says that the log ends before the record.
var errGone = errors.New("the log is shorter")

// at waits for record i.
func (l *memLog[T]) at(ctx context.Context, i int) (T, error) {
	for {
		l.mu.Lock()
		if i < len(l.recs) {
			r := l.recs[i]
			l.mu.Unlock()
			return r, nil
		}
		more, gone := l.more, i > len(l.recs)
		l.mu.Unlock()
		if gone {
			var zero T
			return zero, errGone
		}
		select {
		case <-ctx.Done():
			var zero T
			return zero, context.Cause(ctx)
		case <-more:
		}
	}
}

// memEvents is a partition of events that was assigned.
type memEvents struct {
	log       *memLog[Block]
	next      int
	committed *int64
	d         *delays
	anew      bool // the group committed nothing
}

func (e *memEvents) Start() (int64, bool) {
	anew := e.anew || e.next > e.log.len()
	if anew {
		e.next = 0
	}
	return int64(e.next), anew
}

func (e *memEvents) Bounds(context.Context) (int64, int64, error) { return 0, int64(e.log.len()), nil }

func (e *memEvents) BlockID(_ context.Context, offset int64) (event.BlockID, bool, error) {
	e.log.mu.Lock()
	defer e.log.mu.Unlock()
	if offset >= int64(len(e.log.recs)) {
		return event.BlockID{}, false, nil
	}
	return e.log.recs[offset].Header.ID, true, nil
}

func (e *memEvents) Next(ctx context.Context) (Block, error) {
	for {
		b, err := e.log.at(ctx, e.next)
		if err == errGone {
			e.next = 0
			continue
		}
		if err != nil {
			return b, err
		}
		again := false
		e.log.mu.Lock()
		for _, o := range e.log.recs[:e.next] {
			again = again || o.Header.ID == b.Header.ID
		}
		e.log.mu.Unlock()
		b.Offset = int64(e.next)
		e.next++
		if !again {
			return b, nil
		}
	}
}

func (e *memEvents) Idle() (int64, bool) { return time.Now().UnixNano(), e.next == e.log.len() }

func (e *memEvents) Commit(ctx context.Context, offset int64) error {
	if _, err := e.d.wait(ctx); err != nil {
		return err
	}
	*e.committed = offset
	return nil
}

// model is one installation.
type model struct {
	events    []*memLog[Block]
	committed []int64
	signals   []*memLog[[]byte]
	snaps     []*memLog[[2][]byte]
	d         *delays

	mu       sync.Mutex
	alerts   map[string]alert.Alert // last revisions
	restored int                    // shards that began with a snapshot
	stats    []ShardStats
}

func newModel(seed uint64, slow time.Duration, events, signals int) *model {
	m := &model{d: &delays{rng: rand.New(rand.NewPCG(seed, 7)), max: slow}, alerts: make(map[string]alert.Alert), committed: make([]int64, events)}
	for range events {
		m.events = append(m.events, newLog[Block]())
	}
	for range signals {
		m.signals = append(m.signals, newLog[[]byte]())
		m.snaps = append(m.snaps, newLog[[2][]byte]())
	}
	return m
}

// Send appends a record of signals.
func (m *model) Send(ctx context.Context, partition int, value []byte) error {
	twice, err := m.d.wait(ctx)
	if err != nil {
		return err
	}
	m.signals[partition].append(slices.Clone(value))
	if _, err := m.d.wait(ctx); err != nil {
		return err // it is in the log all the same
	}
	if twice {
		m.signals[partition].append(slices.Clone(value))
	}
	return nil
}

// Told reads back what Send wrote.
func (m *model) Told(ctx context.Context, partition int, fn func(value []byte) error) error {
	l := m.signals[partition]
	l.mu.Lock()
	recs := slices.Clone(l.recs)
	l.mu.Unlock()
	for _, r := range recs {
		if err := fn(r); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Put takes alerts.
func (m *model) Put(ctx context.Context, alerts []alert.Alert) error {
	if _, err := m.d.wait(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	for _, a := range alerts {
		if o, ok := m.alerts[a.ID]; !ok || o.Revision < a.Revision {
			m.alerts[a.ID] = a
		} else if o.Revision == a.Revision && string(o.AppendJSON(nil)) != string(a.AppendJSON(nil)) {
			panic(fmt.Sprintf("one revision in two forms:\n%s\n%s", o.AppendJSON(nil), a.AppendJSON(nil)))
		}
	}
	m.mu.Unlock()
	_, err := m.d.wait(ctx)
	return err
}

type memSignals struct {
	log  *memLog[[]byte]
	next int
}

func (s *memSignals) Next(ctx context.Context) (int64, []byte, error) {
	v, err := s.log.at(ctx, s.next)
	if err == errGone {
		s.next = 0
		v, err = s.log.at(ctx, s.next)
	}
	s.next++
	return int64(s.next - 1), v, err
}

// memSnaps is a partition of snapshots.
type memSnaps struct {
	*model
	log *memLog[[2][]byte]
}

func (s memSnaps) Put(ctx context.Context, key, value []byte) error {
	if _, err := s.d.wait(ctx); err != nil {
		return err
	}
	s.log.append([2][]byte{slices.Clone(key), slices.Clone(value)})
	_, err := s.d.wait(ctx)
	return err
}

// All gives the log as a compaction leaves it.
func (s memSnaps) All(ctx context.Context, fn func(key, value []byte) error) error {
	s.log.mu.Lock()
	recs := slices.Clone(s.log.recs)
	s.log.mu.Unlock()
	last := make(map[string]int)
	for i, r := range recs {
		last[string(r[0])] = i
	}
	for i, r := range recs {
		if last[string(r[0])] == i {
			if err := fn(r[0], r[1]); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// work runs both stages until ctx ends; each part is stopped at random times, at least least apart, and started again,
// where crash is not 0.
func (m *model) work(ctx context.Context, rules *Rules, seed uint64, crash time.Duration, history History) {
	var wg sync.WaitGroup
	part := func(n uint64, run func(ctx context.Context)) {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(seed, n))
			for ctx.Err() == nil {
				life, stop := context.WithCancel(ctx)
				if crash > 0 {
					life, stop = context.WithTimeout(ctx, crash/4+time.Duration(rng.Int64N(int64(crash))))
				}
				run(life)
				stop()
				if crash > 0 {
					wait(ctx, time.Duration(rng.Int64N(int64(crash/8))))
				}
			}
		})
	}
	for p := range m.events {
		part(uint64(p), func(ctx context.Context) {
			st := NewMatch(MatchDefaults, rules, m, len(m.signals))
			from := m.committed[p]
			_ = st.Run(ctx, p, &memEvents{log: m.events[p], next: int(max(from, 0)), committed: &m.committed[p], d: m.d, anew: from < 0})
		})
	}
	for p := range m.signals {
		part(uint64(100+p), func(ctx context.Context) {
			st := NewWindows(WindowDefaults, rules, len(m.events), func(id int, from int64) SignalLog {
				if from >= 0 {
					m.mu.Lock()
					m.restored++
					m.mu.Unlock()
				}
				return &memSignals{m.signals[id], int(max(from, 0))}
			}, func(id int) Snapshots { return memSnaps{m, m.snaps[id]} }, m, history)
			_ = st.Run(ctx, p)
			m.mu.Lock()
			for _, s := range st.Stats() {
				m.stats = append(m.stats, s)
			}
			m.mu.Unlock()
		})
	}
	wg.Wait()
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// fact is an event of a test.
type fact struct {
	time, received       int64
	action, ip, user, hn string
	bytes                int64
	place                string
}

func (f fact) put(b *event.Batch) {
	b.Begin([]byte(f.action+" "+f.ip+" "+f.user), f.received)
	b.SetTime(f.time)
	b.SetString(event.Tenant, "default")
	b.SetString(event.EventAction, f.action)
	b.SetString(event.SourceIP, f.ip)
	b.SetString(event.UserName, f.user)
	b.SetString(event.HostName, f.hn)
	b.SetInt(event.SourceBytes, f.bytes)
	if f.place != "" {
		b.SetString(event.SourceGeoLocation, f.place)
	}
	b.End()
}

// block makes a block of facts.
func block(n int, facts []fact) Block {
	var b event.Batch
	h := event.Header{ID: event.BlockID{5: 1, 14: byte(n >> 8), 15: byte(n)}, Version: event.Version, Rows: uint32(len(facts))}
	for _, f := range facts {
		f.put(&b)
		h.Received = max(h.Received, f.received)
	}
	return Block{Header: h, Value: b.AppendBlock(nil)}
}
