package detect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/window"
)

const oneRule = `
id: count
title: Count
match: event.action == "fail"
group_by: [source.ip]
fields: [user.name]
window: {count: {at_least: 3, within: 20s}}
`

// scripted is a partition of events under a test's control.
type scripted struct {
	memEvents
	end func() (int64, bool)
}

func (s *scripted) Idle() (int64, bool) { return s.end() }

// An idle partition moves every signals partition's watermark at least each 250 ms, by the time at which the broker
// said that it was read to its end, and not at all while nobody knows.
func TestIdleWatermarks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		m := newModel(1, 0, 1, 2)
		begin := time.Now()
		in := &scripted{memEvents: memEvents{log: m.events[0], committed: &m.committed[0], d: m.d}}
		var known atomic.Bool
		known.Store(true)
		in.end = func() (int64, bool) { return time.Now().UnixNano(), known.Load() }
		done := make(chan error)
		st := NewMatch(MatchDefaults, mustRules(t, oneRule), m, 2)
		go func() { done <- st.Run(ctx, 0, in) }()

		time.Sleep(2*time.Second + time.Millisecond)
		synctest.Wait()
		for p := range 2 {
			if n := m.signals[p].len(); n != 8 {
				t.Errorf("signals[%d]: %d watermarks in 2 s, want 8", p, n)
			}
			for i, v := range m.signals[p].recs {
				r, err := decodeRecord(v)
				want := begin.Add(time.Duration(i+1) * 250 * time.Millisecond).UnixNano()
				if err != nil || !r.Idle || r.Received != want || r.Offset != -1 {
					t.Errorf("signals[%d] %d: %+v %v", p, i, r, err)
				}
			}
		}
		known.Store(false)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n := m.signals[0].len(); n != 8 {
			t.Errorf("%d watermarks: the clock moves on while it is not known that there is nothing", n-8)
		}
		// A block's own time is the watermark, and those before it are not taken back.
		f := fact{time: begin.UnixNano(), received: begin.Add(time.Second).UnixNano(), action: "fail", ip: "198.51.100.9"}
		m.events[0].append(block(1, []fact{f}))
		synctest.Wait()
		r, err := decodeRecord(m.signals[0].recs[8])
		if err != nil || r.Idle || r.Offset != 0 || r.Received != begin.Add(2*time.Second).UnixNano() {
			t.Errorf("%+v %v", r, err)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if m.committed[0] != 1 {
			t.Errorf("committed %d", m.committed[0])
		}
		stop()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// A poison block, a row of a repeated request, and the next good block.
func TestMatchGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		m := newModel(1, 0, 1, 1)
		fail := func(n int) fact {
			return fact{time: int64(n), received: int64(n), action: "fail", ip: "198.51.100.9", user: fmt.Sprint("u", n)}
		}
		bad := block(1, []fact{fail(1)})
		bad.Value = bad.Value[:len(bad.Value)-3]
		m.events[0].append(bad)
		none := block(2, nil)
		none.Err = errors.New("no header")
		none.Header.Received = 1 << 60
		m.events[0].append(none)
		good := block(3, []fact{fail(2), fail(3), fail(4)})
		good.Skip = [][2]uint32{{1, 2}}
		m.events[0].append(good)
		st := NewMatch(MatchDefaults, mustRules(t, oneRule), m, 1)
		done := make(chan error)
		go func() { done <- st.Run(ctx, 0, &memEvents{log: m.events[0], committed: &m.committed[0], d: m.d}) }()
		synctest.Wait()
		stop()
		<-done
		if s := st.Stats(); s.Poison != 2 || s.Blocks != 3 || s.Signals != 2 || m.signals[0].len() != 3 {
			t.Errorf("%+v, %d records", s, m.signals[0].len())
		}
		r, err := decodeRecord(m.signals[0].recs[2])
		if err != nil || len(r.signals) != 2 || r.signals[1].Fields[0] != "u4" || r.Received != 4 {
			t.Errorf("%+v %v", r, err)
		}
	})
}

// The clock's word counts only where the shard was told all that it speaks of: one who lost the partition, or whose
// records are still on their way, moves no watermark.
func TestIdleOfOthers(t *testing.T) {
	s := NewShard(mustRules(t, oneRule), window.Defaults, 1)
	n := int64(0)
	f := func(m mark, want int64) {
		t.Helper()
		if _, err := s.Apply(n, heartbeat(m, "")); err != nil || s.state.Watermark() != want {
			t.Errorf("%+v: watermark %d, want %d, %v", m, s.state.Watermark(), want, err)
		}
		n++
	}
	f(mark{Offset: 6, Idle: true, Received: 10}, 10) // the first thing ever told
	f(mark{Offset: 7, Received: 20}, 20)
	f(mark{Offset: 6, Idle: true, Received: 30}, 20)
	f(mark{Offset: 8, Idle: true, Received: 30}, 20)
	f(mark{Offset: 7, Idle: true, Received: 30}, 30)
	f(mark{Offset: 8, Received: 25}, 30)
	f(mark{Offset: 8, Received: 99}, 30) // sent again
}

// rows makes a batch of n failures.
func rows(n int, user func(i int) string) *event.Batch {
	b := &event.Batch{}
	b.SetID(event.BlockID{1})
	for i := range n {
		fact{time: int64(i) * 1e6, received: int64(i) * 1e6, action: "fail", ip: fmt.Sprintf("203.0.113.%d", i%250), user: user(i), hn: "h"}.put(b)
	}
	return b
}

// collected gives the signals of a batch under rules.
func collected(r *Rules, m matcher, b *event.Batch) *collector {
	c := &collector{}
	c.collect(r, m, b)
	return c
}

// recordsOf gives the records by which the only partition of signals is told of bl, under m.
func recordsOf(t *testing.T, r *Rules, x matcher, bl Block, m mark) [][]byte {
	t.Helper()
	var b event.Batch
	if err := b.Decode(bl.Header.ID, bl.Value); err != nil {
		t.Fatal(err)
	}
	c := collected(r, x, &b)
	var enc encoder
	enc.split(c, 1)
	return enc.records(c, m, 0)
}

// What is split over partitions and parts is all there, in order, each key in one partition.
func TestRecords(t *testing.T) {
	r := mustRules(t, oneRule)
	long := strings.Repeat("x", 500)
	c := collected(r, everyRow{r}, rows(20_000, func(i int) string { return fmt.Sprint(i, long) }))
	var e encoder
	const partitions = 3
	e.split(c, partitions)
	got, where := 0, map[string]int{}
	for p := range partitions {
		recs := e.records(c, mark{Partition: 4, Offset: 77, ID: event.BlockID{9}, Received: 99}, p)
		if len(recs) < 2 {
			t.Errorf("partition %d: %d records: nothing was split", p, len(recs))
		}
		last := int64(-1)
		for i, data := range recs {
			if len(data) > maxRecord+1<<16 {
				t.Errorf("a record of %d bytes", len(data))
			}
			d, err := decodeRecord(data)
			if err != nil {
				t.Fatal(err)
			}
			if d.mark != (mark{Partition: 4, Offset: 77, Part: uint32(i), More: i < len(recs)-1, ID: event.BlockID{9}, Received: 99}) || d.Set != r.Set.Hash || d.rules[0].id != "count" {
				t.Errorf("%+v", d.mark)
			}
			for _, s := range d.signals {
				n := int(s.Time / 1e6)
				key := d.entries[s.entry].key
				if at, ok := where[key]; ok && at != p || s.Time <= last || int(s.ID.Row) != n || !strings.HasPrefix(s.Fields[0], fmt.Sprint(n, "x")) {
					t.Fatalf("signal %+v", s)
				}
				where[key], last = p, s.Time
				got++
			}
		}
	}
	if got != 20_000 || len(where) != 250 {
		t.Errorf("%d signals of %d keys", got, len(where))
	}
}

func TestRecordRefuses(t *testing.T) {
	r := mustRules(t, everyKind)
	c := collected(r, everyRow{r}, rows(30, func(i int) string { return fmt.Sprint(i) }))
	var e encoder
	e.split(c, 1)
	data := e.records(c, mark{Offset: 5}, 0)[0]
	for cut := range len(data) {
		if _, err := decodeRecord(data[:cut]); err == nil {
			t.Fatalf("cut at %d of %d is taken", cut, len(data))
		}
	}
	if _, err := decodeRecord(append(slices.Clone(data), 0)); err == nil {
		t.Error("a byte too many is taken")
	}
}

// everyRow lets every step of every rule match every row.
type everyRow struct{ r *Rules }

func (m everyRow) Each(b *event.Batch, fn matchFunc) {
	for row := range b.Rows() {
		for _, r := range m.r.Set.Rules {
			for step := range r.Steps {
				fn(row, r, step)
			}
		}
	}
}

// A shard takes any record without harm, and what it took can be saved and restored.
func FuzzShard(f *testing.F) {
	r := mustRules(f, everyKind)
	c := collected(r, everyRow{r}, rows(10, func(i int) string { return fmt.Sprint(i) }))
	var e encoder
	e.split(c, 1)
	f.Add(e.records(c, mark{Offset: 5, Received: 1e18}, 0)[0])
	f.Add(heartbeat(mark{Idle: true, Received: 1e18}, r.Set.Hash))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := NewShard(r, window.Options{MaxKeys: 50, MaxBytes: 1 << 20, MaxPending: 100}, 1)
		_, _ = s.Apply(0, data)
		_, _ = s.Apply(1, e.records(c, mark{Offset: 6, Received: 2e18}, 0)[0])
		snaps := memSnaps{&model{d: &delays{}}, newLog[[2][]byte]()}
		if err := s.Save(context.Background(), 0, snaps); err != nil {
			t.Fatal(err)
		}
		n := NewShard(r, window.Defaults, 1)
		if _, err := n.Restore(context.Background(), 0, snaps); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzManifest(f *testing.F) {
	r := mustRules(f, oneRule)
	s := NewShard(r, window.Defaults, 2)
	s.lates = append(s.lates, late{rule: ref{id: "count"}, key: "k", time: 5})
	f.Add(s.manifest(&saved{}))
	f.Fuzz(func(t *testing.T, data []byte) {
		// With a right checksum, so that the rest is looked at.
		if len(data) > 4 {
			data = sealed(data[:len(data)-4])
		}
		m, err := decodeManifest(data)
		if err == nil && len(m.marks[0]) != len(m.marks[1]) {
			t.Fatal("marks of different length")
		}
	})
}

// Match, encode: what a block of failed log-ins costs the match stage.
func BenchmarkMatch(b *testing.B) {
	r := mustRules(b, oneRule)
	const n = 10_000
	batch := rows(n, func(i int) string { return fmt.Sprint("user", i%500) })
	value := batch.AppendBlock(nil)
	out := sink{}
	st := NewMatch(MatchDefaults, r, out, 2)
	run := matchRun{Match: st, in: nil}
	b.ReportAllocs()
	i := int64(0)
	for b.Loop() {
		blk := Block{Offset: i, Header: event.Header{ID: event.BlockID{1}, Received: i}, Value: value}
		i++
		if err := run.block(b.Context(), &blk); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/event")
}

type sink struct{}

func (sink) Told(context.Context, int, func([]byte) error) error { return nil }

func (sink) Send(context.Context, int, []byte) error { return nil }

// Decode, windows, alerts: what a signal costs the window stage.
func BenchmarkShard(b *testing.B) {
	r := mustRules(b, oneRule)
	const n = 10_000
	s := NewShard(r, window.Defaults, 1)
	b.ReportAllocs()
	i := int64(0)
	var c collector
	var e encoder
	for b.Loop() {
		b.StopTimer()
		batch := &event.Batch{}
		batch.SetID(event.BlockID{byte(i >> 8), byte(i)})
		base := i * n * 1e6
		for k := range int64(n) {
			fact{time: base + k*1e6, received: base + k*1e6, action: "fail", ip: fmt.Sprintf("203.0.113.%d", k%250), user: "u", hn: "h"}.put(batch)
		}
		c.collect(r, everyRow{r}, batch)
		e.split(&c, 1)
		rec := e.records(&c, mark{Offset: i, Received: base + n*1e6}, 0)[0]
		b.StartTimer()
		if _, err := s.Apply(i, rec); err != nil {
			b.Fatal(err)
		}
		i++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/signal")
}

// An ingest whose clock is an hour ahead makes nothing late that comes to another one, and is told of.
func TestIngestAhead(t *testing.T) {
	f := func(ahead, bound time.Duration, counted, late uint64, alertAfter time.Duration) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			m := newModel(1, 0, 1, 1)
			rules := mustRules(t, oneRule)
			var log bytes.Buffer
			o := MatchDefaults
			o.Ahead, o.Log = bound, slog.New(slog.NewTextHandler(&log, nil))
			st := NewMatch(o, rules, m, 1)
			done := make(chan error)
			go func() { done <- st.Run(ctx, 0, &memEvents{log: m.events[0], committed: &m.committed[0], d: m.d}) }()

			begin, n := time.Now(), 0
			send := func(clock time.Duration, ip string) {
				now := time.Now().Add(clock).UnixNano()
				m.events[0].append(block(n, []fact{{time: now, received: now, action: "fail", ip: ip}}))
				n++
			}
			for range 3 {
				send(ahead, "198.51.100.8")
				time.Sleep(time.Second)
				send(0, "198.51.100.9")
			}
			time.Sleep(10 * time.Second)
			synctest.Wait()
			stop()
			<-done
			s := NewShard(rules, window.Defaults, 1)
			var alerts []string
			for i, rec := range m.signals[0].recs {
				got, err := s.Apply(int64(i), rec)
				if err != nil {
					t.Fatal(err)
				}
				for _, a := range got {
					if a.Group[0].Value == "198.51.100.9" {
						alerts = append(alerts, fmt.Sprint(time.Duration(s.state.Watermark()-begin.UnixNano()).Truncate(time.Second)))
					}
				}
			}
			var want []string
			if alertAfter > 0 {
				want = []string{alertAfter.String()}
			}
			if stats := s.Stats(); stats.Late != late || st.Stats().Ahead != counted || !slices.Equal(alerts, want) {
				t.Errorf("ahead %v, bound %v: late %d, want %d; blocks ahead %d, want %d; alerts %v, want %v", ahead, bound, stats.Late, late, st.Stats().Ahead, counted, alerts, want)
			}
			if lines := strings.Count(log.String(), "the clock of an ingest is ahead"); lines != int(min(counted, 1)) {
				t.Errorf("ahead %v, bound %v: %d lines:\n%s", ahead, bound, lines, log.String())
			}
		})
	}
	f(0, 2*time.Second, 0, 0, 8*time.Second)
	f(2*time.Second, 2*time.Second, 0, 0, 8*time.Second)
	f(time.Hour, 2*time.Second, 3, 0, 8*time.Second)
	f(time.Hour, 0, 0, 3, 0)                          // worlds that are made up
	f(-time.Hour, 2*time.Second, 0, 2, 8*time.Second) // is late itself, but for the first, and nobody else
	f(200*365*24*time.Hour, 2*time.Second, 3, 0, 8*time.Second)
}
