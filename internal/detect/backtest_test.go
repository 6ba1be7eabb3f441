package detect

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/event"
	"watchpost/internal/window"
)

// A back-test of events in order of time, however they are cut into batches, says what a replay of them says: of each kind of
// window, byte for byte.
func TestBacktestIsReplay(t *testing.T) {
	rules := everyRule(t)
	kinds := make(map[string]int)
	for seed := range uint64(6) {
		var sent []sending
		var newest int64
		synctest.Test(t, func(*testing.T) { sent, newest = traffic(seed, time.Now().UnixNano()) })
		want := replayOf(t, rules, sent)
		type at struct {
			b   *event.Batch
			row int
		}
		var rows []at
		seen := make(map[event.BlockID]bool)
		for _, s := range sent {
			if seen[s.block.Header.ID] {
				continue
			}
			seen[s.block.Header.ID] = true
			b := new(event.Batch)
			if err := b.Decode(s.block.Header.ID, s.block.Value); err != nil {
				t.Fatal(err)
			}
			for i := range b.Rows() {
				rows = append(rows, at{b, i})
			}
		}
		slices.SortFunc(rows, func(a, b at) int {
			x, y := a.b.Event(a.row), b.b.Event(b.row)
			if c := cmp.Compare(x.Time(), y.Time()); c != 0 {
				return c
			}
			if x.ID().Less(y.ID()) {
				return -1
			}
			return 1
		})
		got := make(map[string]alert.Alert)
		bt := NewBacktest(rules, window.Defaults, func(a alert.Alert) { got[a.ID] = a })
		rng := rand.New(rand.NewPCG(seed, 1))
		var b event.Batch
		for len(rows) > 0 {
			b.Reset()
			n := min(1+rng.IntN(40), len(rows))
			for _, r := range rows[:n] {
				b.Append(r.b, r.row, r.row+1)
			}
			rows = rows[n:]
			bt.Take(&b)
		}
		bt.End(newest + int64(time.Hour))
		for _, list := range []map[string]alert.Alert{got, want} {
			maps.DeleteFunc(list, func(_ string, a alert.Alert) bool { return a.Time > newest })
		}
		equal(t, fmt.Sprint("seed ", seed), got, want)
		for _, a := range want {
			kinds[a.Rule]++
		}
	}
	for _, r := range rules.Set.Rules {
		if r.Enabled && kinds[r.ID] == 0 {
			t.Errorf("rule %s raised nothing: the test shows nothing", r.ID)
		}
	}
}
