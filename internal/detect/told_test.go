package detect

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/event"
	"watchpost/internal/match"
	"watchpost/internal/window"
)

// toldOf waits until every partition of signals was told all of partition p of events.
func (m *model) toldOf(ctx context.Context, p int) {
	for n := 0; n < len(m.signals) && ctx.Err() == nil; wait(ctx, time.Millisecond) {
		last := m.events[p].recs[m.events[p].len()-1].Header.ID
		for n < len(m.signals) {
			found := false
			_ = m.Told(ctx, n, func(v []byte) error {
				r, err := decodeMark(v)
				found = found || err == nil && r.Partition == p && r.ID == last
				return err
			})
			if !found {
				break
			}
			n++
		}
	}
}

// shorten leaves keep of 100 blocks of partition 0 of events, once all were told.
func shorten(keep int) func(context.Context, *model) []event.BlockID {
	return func(ctx context.Context, m *model) (ids []event.BlockID) {
		m.toldOf(ctx, 0)
		for _, b := range m.events[0].cut(m.events[0].len() * keep / 100) {
			ids = append(ids, b.Header.ID)
		}
		return ids
	}
}

// Events that lose their end, or are made anew, change no alert that was due without that: what follows is told, and nothing twice,
// live and after crashes, and also where it happens again.
func TestEventsShortened(t *testing.T) {
	f := func(what string, crash time.Duration, strikes ...strike) {
		t.Helper()
		for seed := range uint64(2) {
			_, want, sent, _ := simulate(t, seed, 0, 0)
			strikes := slices.Clone(strikes)
			for i := range strikes { // of 100 blocks
				strikes[i].at = strikes[i].at * len(sent) / 100
			}
			slow := 40 * time.Millisecond
			if crash == 0 {
				slow = 0
			}
			m, got, _, _ := simulate(t, seed, slow, crash, strikes...)
			equal(t, fmt.Sprintf("%s, seed %d", what, seed), got, want)
			n := uint64(0)
			for _, s := range m.stats {
				n += s.Shortened
			}
			if n < uint64(len(strikes)) {
				t.Errorf("%s, seed %d: told %d times, want %d or more", what, seed, n, len(strikes))
			}
		}
	}
	f("its end is lost", 0, strike{40, shorten(50)})
	f("it is made anew", 0, strike{40, shorten(0)})
	f("its end is lost, with crashes", 25*time.Second, strike{40, shorten(50)})
	f("it is made anew twice, with crashes", 25*time.Second, strike{40, shorten(0)}, strike{70, shorten(0)})
}

// Signals that are made anew, whose offsets begin again, are taken.
func TestSignalsAnew(t *testing.T) {
	anew := func(ctx context.Context, m *model) []event.BlockID {
		for p := range m.events {
			m.toldOf(ctx, p)
		}
		wait(ctx, time.Second) // until they were taken
		for p := range m.signals {
			m.signals[p].cut(0)
		}
		return nil
	}
	for seed := range uint64(2) {
		_, want, sent, _ := simulate(t, seed, 0, 0)
		m, got, _, _ := simulate(t, seed, 0, 0, strike{len(sent) / 2, anew})
		equal(t, fmt.Sprint("seed ", seed), got, want)
		if n := m.stats[0].Shortened; n != 1 {
			t.Errorf("told %d times, want 1", n)
		}
	}
}

// A shard that was restored, and would read again what waited, takes the signals of a log that was made anew meanwhile.
func TestRestoreSignalsAnew(t *testing.T) {
	rules := mustRules(t, oneRule)
	x := match.New(rules.Set)
	const sec = int64(time.Second)
	record := func(n int64) []byte {
		at := (100 + n) * sec
		bl := block(int(n), []fact{{time: at, received: at, action: "fail", ip: "203.0.113.1"}})
		return recordsOf(t, rules, x, bl, mark{Offset: n, ID: bl.Header.ID, Received: at})[0]
	}
	apply := func(s *Shard, offset int64, rec []byte) []alert.Alert {
		t.Helper()
		alerts, err := s.Apply(offset, rec)
		if err != nil {
			t.Fatal(err)
		}
		return alerts
	}
	s := NewShard(rules, window.Defaults, 1)
	for n := range int64(4) {
		apply(s, 100+n, record(n))
	}
	var snap memSnaps
	snap.model, snap.log = newModel(1, 0, 1, 1), newLog[[2][]byte]()
	if err := s.Save(t.Context(), 0, snap); err != nil {
		t.Fatal(err)
	}
	s = NewShard(rules, window.Defaults, 1)
	if from, err := s.Restore(t.Context(), 0, snap); err != nil || from != 100 || s.again == nil {
		t.Fatalf("from %d, %v: nothing waits, the test shows nothing", from, err)
	}
	for n := range int64(4) {
		apply(s, n, record(3+n)) // the first was taken
	}
	alerts := apply(s, 4, heartbeat(mark{Offset: 6, Idle: true, Received: 200 * sec}, ""))
	if len(alerts) == 0 || alerts[0].Count != 3 || s.Stats().Repeated != 1 || s.Stats().Shortened != 1 {
		t.Errorf("%+v, %+v; want one of the three new events", alerts, s.Stats())
	}
}

// A group whose commits are gone begins with the oldest block. Where the log is what it was nothing is told twice; where it is
// another one, all of it is told.
func TestCommitsGone(t *testing.T) {
	f := func(keep int, shortened uint64) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			m := newModel(1, 0, 1, 1)
			rules := mustRules(t, oneRule)
			n := 0
			send := func(ip string) {
				now := time.Now().UnixNano()
				m.events[0].append(block(n, []fact{{time: now, received: now, action: "fail", ip: ip}}))
				n++
			}
			run := func() {
				ctx, stop := context.WithTimeout(t.Context(), time.Minute)
				defer stop()
				m.work(ctx, rules, 1, 0, nil)
			}
			for range 5 {
				send("203.0.113.1")
			}
			run()
			m.events[0].cut(keep)
			m.committed[0] = -1
			for range 4 {
				send("203.0.113.2")
			}
			run()
			counts := map[string]uint64{}
			for _, a := range m.alerts {
				counts[a.Group[0].Value] += a.Count
			}
			if want := map[string]uint64{"203.0.113.1": 5, "203.0.113.2": 4}; len(counts) != 2 || counts["203.0.113.1"] != 5 || counts["203.0.113.2"] != 4 {
				t.Errorf("keep %d: counted %v, want %v", keep, counts, want)
			}
			if got := m.stats[len(m.stats)-1].Shortened; got != shortened {
				t.Errorf("keep %d: shortened %d times, want %d", keep, got, shortened)
			}
		})
	}
	f(5, 0)
	f(3, 1)
	f(0, 1)
}

// Of a log of many blocks the place where it differs is found exactly, in a bounded memory.
func TestAgree(t *testing.T) {
	every := 1 // which offsets are told of: as where an older build told of what it found alone
	f := func(told, same, next int, want int64) {
		t.Helper()
		m := newModel(1, 0, 1, 1)
		id := func(n int, other byte) event.BlockID {
			return event.BlockID{5: 1, 8: other, 12: byte(n >> 24), 13: byte(n >> 16), 14: byte(n >> 8), 15: byte(n)}
		}
		for n := range told {
			if n%every == every-1 {
				m.signals[0].append(heartbeat(mark{Offset: int64(n), ID: id(n, 0)}, ""))
			}
			if n%1000 == 0 {
				m.signals[0].append(heartbeat(mark{Offset: int64(n), Idle: true}, ""))
				m.signals[0].append([]byte("poison"))
				m.signals[0].append(heartbeat(mark{Partition: 1, Offset: int64(n), ID: id(n, 9)}, ""))
				m.signals[0].append(heartbeat(mark{Offset: int64(n)}, "")) // of an older build
			}
		}
		for n := range next {
			b := Block{}
			if b.Header.ID = id(n, 0); n >= same {
				b.Header.ID = id(n, 1)
			}
			m.events[0].recs = append(m.events[0].recs, b)
		}
		r := &matchRun{Match: &Match{out: m}, in: &memEvents{log: m.events[0]}}
		from, newest, err := r.agree(t.Context(), 0, 0, int64(next))
		if err != nil || from != want || newest != int64(told)-1 {
			t.Errorf("told %d, same %d, next %d: from %d, newest %d, %v; want from %d", told, same, next, from, newest, err, want)
		}
	}
	f(0, 0, 0, 0)
	f(0, 0, 5, 0)
	f(10, 0, 5, 0)
	f(10, 5, 5, 5)
	f(10, 5, 8, 5)
	f(10, 10, 20, 10)
	f(100_000, 77_777, 90_000, 77_777)
	f(100_000, 0, 100_000, 0)
	f(100_000, 100_000, 120_000, 100_000)
	every = 2
	f(40_000, 40_000, 50_000, 40_000)
	f(40_000, 27_777, 30_000, 27_776) // of 27,776 nothing was told
}

// What a shard was told of a log that is shorter now is forgotten; no more than that, and once; also in a snapshot, and where
// its records are read again.
func TestShardShortened(t *testing.T) {
	rules := mustRules(t, oneRule)
	s := NewShard(rules, window.Defaults, 2)
	n := int64(0)
	apply := func(m mark, repeated, shortened uint64) {
		t.Helper()
		if _, err := s.Apply(n, heartbeat(m, "")); err != nil {
			t.Fatal(err)
		}
		n++
		if st := s.Stats(); st.Repeated != repeated || st.Shortened != shortened {
			t.Errorf("%+v: %d repeated, %d shortened; want %d, %d", m, st.Repeated, st.Shortened, repeated, shortened)
		}
	}
	short := func(p int, offset int64) mark {
		return mark{Partition: p, Offset: offset, Idle: true, Short: true, Received: math.MinInt64}
	}
	apply(short(0, -1), 0, 0) // the first thing ever told
	apply(mark{Offset: 7, Received: 1}, 0, 0)
	apply(mark{Partition: 1, Offset: 7, Received: 1}, 0, 0)
	apply(short(0, 7), 0, 0)
	apply(short(0, 9), 0, 0)
	apply(mark{Offset: 7, Received: 1}, 1, 0)
	apply(short(0, 4), 1, 1)
	apply(short(0, 4), 1, 1)
	apply(mark{Offset: 4, Part: 3, Received: 1}, 2, 1)
	apply(mark{Partition: 1, Offset: 7, Received: 1}, 3, 1)
	apply(mark{Offset: 5, Received: 1}, 3, 1)
	apply(mark{Offset: 5, Received: 1}, 4, 1)
	apply(mark{Offset: 5, Idle: true, Received: 9}, 4, 1)
	apply(mark{Partition: 1, Offset: 7, Idle: true, Received: 9}, 4, 1)
	if s.state.Watermark() != 9 {
		t.Errorf("watermark %d, want 9", s.state.Watermark())
	}
	apply(short(0, -1), 4, 2)
	var snap memSnaps
	snap.model, snap.log = newModel(1, 0, 1, 1), newLog[[2][]byte]()
	if err := s.Save(t.Context(), 0, snap); err != nil {
		t.Fatal(err)
	}
	s = NewShard(rules, window.Defaults, 2)
	from, err := s.Restore(t.Context(), 0, snap)
	if err != nil || from != n {
		t.Fatalf("from %d, want %d, %v", from, n, err)
	}
	apply(mark{Offset: 0, Received: 10}, 0, 0)
	if want := []progress{{true, 0, 0, 10}, {true, 7, 0, 9}}; !slices.Equal(s.marks, want) {
		t.Errorf("marks %+v, want %+v", s.marks, want)
	}
}

// While one partition of events tells nothing, time stands still and signals that are too many are judged before theirs: what a shard
// remembers of their records is bounded all the same, and its counts are there to be seen.
func TestStandstill(t *testing.T) {
	const sec = int64(time.Second)
	rules := mustRules(t, strings.Replace(oneRule, "match:", "lateness: 1m\nmatch:", 1))
	x := match.New(rules.Set)
	record := func(n int) []byte {
		at := int64(n) * sec
		bl := block(n, []fact{{time: at, received: at, action: "fail", ip: "203.0.113.1"}})
		return recordsOf(t, rules, x, bl, mark{Offset: int64(n), ID: bl.Header.ID, Received: at})[0]
	}
	o := window.Defaults
	o.MaxPending = 10
	s := NewShard(rules, o, 2)
	for n := range 1000 {
		if _, err := s.Apply(int64(n), record(n)); err != nil {
			t.Fatal(err)
		}
		if st := s.Stats(); st.Pending > 10 || len(s.open) > 20 {
			t.Fatalf("%d signals wait, %d records are remembered", st.Pending, len(s.open))
		}
	}
	if st := s.Stats(); st.Forced < 900 {
		t.Errorf("%+v: nothing was forced, the test shows nothing", st)
	}
	synctest.Test(t, func(t *testing.T) {
		m := newModel(1, 0, 2, 1)
		for n := range 5 {
			m.signals[0].append(record(n))
		}
		w := NewWindows(WindowDefaults, rules, 2, func(id int, from int64) SignalLog { return &memSignals{m.signals[id], int(max(from, 0))} },
			func(id int) Snapshots { return memSnaps{m, m.snaps[id]} }, m, nil)
		ctx, stop := context.WithTimeout(t.Context(), 2*lookEvery)
		defer stop()
		done := make(chan error)
		go func() { done <- w.Run(ctx, 0) }()
		synctest.Wait()
		time.Sleep(lookEvery)
		m.signals[0].append(record(5))
		<-done
		if st := w.Stats()[0]; st.Records != 6 || st.Pending != 6 {
			t.Errorf("%+v", st)
		}
	})
}
