package window

import (
	"math/rand/v2"
	"slices"
	"testing"

	"watchpost/internal/event"
)

// signals are those of two partitions whose blocks come in turn: each in order, both of the same time.
func signals(n int, each int64) []item {
	rule := &ruleState{}
	var all []item
	for i := range n {
		id := event.ID{Block: event.BlockID{byte(i / 500 % 2), byte(i / 1000)}, Row: uint32(i % 500)}
		all = append(all, item{due: int64(i/1000*500+i%500) * 2 * each, rule: rule, sig: Signal{ID: id}})
	}
	return all
}

// TestQueueOrder: however the watermark moves and whatever comes in between, items are given in order, each once.
func TestQueueOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		all := signals(r.IntN(2000), 1<<r.IntN(22))
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		want := slices.Clone(all)
		slices.SortFunc(want, func(a, b item) int { return a.compare(&b) })
		var q queue
		var got []item
		water := int64(0)
		for len(got) < len(all) {
			for n := r.IntN(300); n > 0 && len(all) > len(got)+q.n; n-- {
				it := all[len(got)+q.n]
				it.due = max(it.due, water) // what is late is not queued
				q.push(it)
			}
			water += int64(r.IntN(1 << 28))
			if len(all) == len(got)+q.n && r.IntN(10) == 0 {
				water = foreverTime
			}
			for items := q.take(water); len(items) > 0; items = q.take(water) {
				got = append(got, items...)
			}
			if q.n > 0 && q.first().least < water {
				t.Fatalf("what is due at %d waits at %d", q.first().least, water)
			}
		}
		if !slices.IsSortedFunc(got, func(a, b item) int { return a.compare(&b) }) {
			t.Fatal("not in order")
		}
		ids := func(s []item) map[event.ID]bool {
			m := map[event.ID]bool{}
			for i := range s {
				m[s[i].sig.ID] = true
			}
			return m
		}
		if len(ids(got)) != len(ids(want)) || len(got) != len(want) {
			t.Fatalf("%d items of %d, %d ids of %d", len(got), len(want), len(ids(got)), len(ids(want)))
		}
	}
}

// BenchmarkQueue pushes and takes 25,000 items a second, the watermark following each 100 ms.
func BenchmarkQueue(b *testing.B) {
	all := signals(100_000, 40_000)
	b.ReportAllocs()
	for n := 0; n < b.N; {
		var q queue
		for i := 0; i < len(all) && n < b.N; i, n = i+1, n+1 {
			q.push(all[i])
			if i%100 == 0 { // a record of signals
				for w := all[i].due - 500e6; len(q.take(w)) > 0; {
				}
			}
		}
	}
}
