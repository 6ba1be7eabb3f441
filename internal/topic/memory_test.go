package topic

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"watchpost/internal/event"
)

// entry is a record of a log as the memory sees it.
type entry struct {
	time int64
	head event.Header
}

// slow is what the memory promises, looked up in the whole log each time.
func slow(log []entry, at int, horizon time.Duration, most int) (repeated bool, skip []Range) {
	type said struct {
		name name
		time int64
	}
	var all []said
	see := func(n name, now int64) (again bool) {
		for _, s := range all[max(0, len(all)-most):] {
			again = again || s.name == n && s.time >= now-int64(horizon)
		}
		all = append(all, said{n, now})
		return again
	}
	for _, e := range log[:at+1] {
		repeated, skip = see(name{id: e.head.ID}, e.time), nil
		for _, q := range e.head.Requests {
			if see(name{id: q.ID, seq: q.Seq, request: true}, e.time) {
				skip = append(skip, Range{q.From, q.To})
			}
		}
	}
	return repeated, skip
}

// TestMemory: wherever a reader starts, and however often it loses the partition and gets it back, it judges each record
// as one who knows the whole log does.
func TestMemory(t *testing.T) {
	const horizon = 15 * time.Minute
	rapid.Check(t, func(t *rapid.T) {
		var log []entry
		now := int64(0)
		for range rapid.IntRange(1, 60).Draw(t, "records") {
			now += int64(rapid.IntRange(0, 300).Draw(t, "gap")) * int64(time.Second)
			e := entry{time: now}
			e.head.ID[0] = byte(rapid.IntRange(1, 12).Draw(t, "block"))
			end := uint32(0)
			for range rapid.IntRange(0, 2).Draw(t, "requests") {
				q := event.Request{Seq: uint32(rapid.IntRange(0, 1).Draw(t, "seq")), From: end, To: end + 3}
				q.ID[0] = byte(rapid.IntRange(1, 4).Draw(t, "request"))
				if slices.ContainsFunc(e.head.Requests, func(p event.Request) bool { return p.ID == q.ID && p.Seq == q.Seq }) {
					continue
				}
				e.head.Requests = append(e.head.Requests, q)
				end += 3
			}
			log = append(log, e)
		}
		m := newMemory(horizon)
		m.most = rapid.SampledFrom([]int{3, 6, 20, 1000}).Draw(t, "most")
		for range rapid.IntRange(1, 5).Draw(t, "assignments") {
			start := rapid.IntRange(0, len(log)).Draw(t, "start")
			stop := rapid.IntRange(start, len(log)).Draw(t, "stop")
			from := start
			if start > 0 { // as Partition.rewindOffset
				from = slices.IndexFunc(log, func(e entry) bool { return e.time >= log[start-1].time-int64(horizon+rewindSlack) })
			}
			m.rewindTo(int64(from), int64(start))
			for at := int(m.hi); at < stop; at++ {
				repeated, skip := m.see(int64(at), log[at].time, log[at].head)
				if at < start {
					continue
				}
				if r, s := slow(log, at, horizon, m.most); r != repeated || !slices.Equal(s, skip) {
					t.Fatalf("record %d, read from %d: repeated %v skip %v, want %v %v", at, start, repeated, skip, r, s)
				}
			}
		}
	})
}

// TestMemoryForgets: what is held follows the horizon, not the log.
func TestMemoryForgets(t *testing.T) {
	m := newMemory(time.Minute)
	for i := range int64(50_000) {
		h := event.Header{ID: event.NewBlockID(i)}
		m.see(i, i*int64(time.Second), h)
	}
	want := int((time.Minute + forgetSlack) / time.Second)
	if len(m.last) > want+1 || len(m.seen) > want+1 || cap(m.seen) > 8*want {
		t.Errorf("%d names, %d sightings in room for %d, want about %d", len(m.last), len(m.seen), cap(m.seen), want)
	}
	if m.lo < 50_000-int64(want)-1 {
		t.Errorf("covers the log from %d on, though it forgot", m.lo)
	}
}

// TestMemoryIsBounded: however many names come, so many are held, and what is forgotten for it is counted; a block that may be
// among that is late.
func TestMemoryIsBounded(t *testing.T) {
	const most, each = 1000, int64(time.Second) / 100
	m := newMemory(time.Minute)
	m.most = most
	id := func(i int64) event.BlockID { return event.NewBlockID(i * each) }
	for i := range int64(20_000) {
		h := event.Header{ID: id(i), Requests: []event.Request{{ID: [16]byte(id(i)), From: 0, To: 1}}}
		if repeated, skip := m.see(i, i*each, h); repeated || skip != nil {
			t.Fatalf("block %d is new", i)
		}
	}
	if len(m.last) != most || len(m.seen) != most || cap(m.seen) > 4*most {
		t.Errorf("%d names, %d sightings in room for %d, want %d", len(m.last), len(m.seen), cap(m.seen), most)
	}
	if want := uint64(2*20_000 - most); m.hurried != want {
		t.Errorf("%d forgotten before their time, want %d", m.hurried, want)
	}
	now := 20_000 * each // the last 5 s are known
	if m.late(now, id(20_000-200)) || !m.late(now, id(20_000-300)) {
		t.Errorf("late is not what is older than half of the time known: %v", time.Duration(now-m.cut))
	}
	// What few names are forgotten for their age alone is no loss, and the whole horizon counts again.
	for i := int64(30_000); i < 40_000; i += 100 {
		m.see(i, i*each, event.Header{ID: id(i)})
	}
	if now = 40_000 * each; m.hurried != 2*20_000-most || m.late(now, id(40_000-2900)) || !m.late(now, id(40_000-3100)) {
		t.Errorf("after the flood: %d forgotten before their time", m.hurried)
	}
}

// TestLate: a block is late if it is older than half of what the memory reaches back; names that had to go are counted.
func TestLate(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	r := &Reader{c: &Client{log: slog.New(slog.DiscardHandler), now: func() time.Time { return now }}}
	p := &Partition{r: r, memory: newMemory(10 * time.Minute)}
	p.memory.most = 6
	f := func(age time.Duration, headers func([]event.KV) []event.KV, want bool) {
		t.Helper()
		h := event.Header{ID: event.NewBlockID(now.Add(-age).UnixNano()), Version: event.Version}
		b, repeated := p.judge(Record{Time: now.UnixNano(), Headers: headers(h.Headers())})
		if b.Late != want || repeated {
			t.Errorf("%v old: late %v, want %v; repeated %v", age, b.Late, want, repeated)
		}
	}
	good := func(kvs []event.KV) []event.KV { return kvs }
	f(0, good, false)
	f(-time.Hour, good, false) // the clock of its ingest is ahead
	f(299*time.Second, good, false)
	f(301*time.Second, good, true)
	f(time.Hour, func(kvs []event.KV) []event.KV { return kvs[:0] }, false)                                                    // without an id
	f(time.Hour, func(kvs []event.KV) []event.KV { return append(kvs, event.KV{Key: "wp.account", Value: []byte{1}}) }, false) // poison
	now = now.Add(time.Minute)
	f(0, good, false)
	if n := r.hurried.Load(); n != 0 {
		t.Errorf("%d names forgotten before their time", n)
	}
	f(31*time.Second, good, true) // what came a minute ago begins to go
	if n := r.hurried.Load(); n != 1 {
		t.Errorf("%d names forgotten before their time", n)
	}
}
