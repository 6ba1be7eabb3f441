package topic

import (
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
func slow(log []entry, at int, horizon time.Duration) (repeated bool, skip []Range) {
	e := log[at]
	near := func(o entry) bool { return o.time >= e.time-int64(horizon) }
	for _, o := range log[:at] {
		repeated = repeated || near(o) && o.head.ID == e.head.ID
	}
	for _, q := range e.head.Requests {
		for _, o := range log[:at] {
			same := func(p event.Request) bool { return p.ID == q.ID && p.Seq == q.Seq }
			if near(o) && slices.ContainsFunc(o.head.Requests, same) {
				skip = append(skip, Range{q.From, q.To})
				break
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
		m := memory{horizon: horizon}
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
				if r, s := slow(log, at, horizon); r != repeated || !slices.Equal(s, skip) {
					t.Fatalf("record %d, read from %d: repeated %v skip %v, want %v %v", at, start, repeated, skip, r, s)
				}
			}
		}
	})
}

// TestMemoryForgets: what is held follows the horizon, not the log.
func TestMemoryForgets(t *testing.T) {
	m := memory{horizon: time.Minute}
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
