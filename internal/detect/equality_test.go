package detect

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/event"
	"watchpost/internal/window"
)

const everyKind = `
id: count
title: Count
match: event.action == "fail"
group_by: [source.ip]
fields: [user.name]
window: {count: {at_least: 4, within: 20s}}
---
id: distinct
title: Distinct
match: event.action == "fail"
group_by: [source.ip]
window: {distinct: {field: user.name, at_least: 4, within: 30s}}
lateness: 8s
---
id: sequence
title: Sequence
group_by: [source.ip, user.name]
window:
  sequence:
    within: 30s
    steps:
      - {match: 'event.action == "fail"', at_least: 2}
      - {match: 'event.action == "login" or event.action == "sudo"'}
---
id: absence
title: Absence
match: event.action == "beat"
group_by: [host.name]
window: {absence: {within: 30s}}
---
id: single
title: Single
match: event.action == "sudo"
group_by: [host.name]
---
id: suppressed
title: Suppressed
match: event.action == "sudo"
group_by: [host.name]
suppress: 45s
---
id: tumbling
title: Tumbling
match: event.action == "fail"
group_by: [source.ip]
window: {count: {at_least: 3, within: 20s, mode: tumbling}}
---
id: session
title: Session
match: event.action == "fail"
group_by: [source.ip]
window: {distinct: {field: user.name, at_least: 3, within: 60s, mode: session, gap: 8s}}
---
id: below
title: Below
match: event.action == "beat"
group_by: [host.name]
window: {count: {below: 3, within: 30s, mode: tumbling}}
---
id: sum
title: Sum
match: event.action != "tick"
group_by: [source.ip]
levels: {high: 4000, critical: 8000}
window: {sum: {field: source.bytes, at_least: 3000, within: 20s}}
---
id: avg
title: Average
match: event.action != "tick"
group_by: [source.ip]
window: {avg: {field: source.bytes, at_least: 600, within: 20s, events: 4}}
---
id: percentile
title: Percentile
match: event.action != "tick"
group_by: [source.ip]
window: {percentile: {field: source.bytes, percentile: 80, at_least: 850, within: 20s, events: 4}}
---
id: any-order
title: Any order
group_by: [source.ip]
window:
  sequence:
    within: 20s
    order: any
    steps:
      - {match: 'event.action == "fail"', at_least: 2}
      - {match: 'event.action == "beat"', not: true}
      - {match: 'event.action == "sudo" or event.action == "login"'}
---
id: not-between
title: Not in between
group_by: [source.ip]
window:
  sequence:
    within: 30s
    steps:
      - {match: 'event.action == "beat"'}
      - {match: 'event.action == "fail"', not: true}
      - {match: 'event.action == "login" or event.action == "sudo"'}
---
id: not-after
title: Not afterwards
group_by: [source.ip]
window:
  sequence:
    within: 20s
    steps:
      - {match: 'event.action == "sudo"'}
      - {match: 'event.action == "login" or event.action == "fail"', not: true}
---
id: first-seen
title: First seen
match: event.action != "tick"
group_by: [source.ip]
window: {first_seen: {field: user.name, learn: 60s, memory: 2h}}
---
id: rate
title: Rate
match: event.action != "tick"
group_by: [source.ip]
window: {rate: {within: 1m, times: 2, at_least: 4}}
---
id: rate-field
title: Rate of a field
match: event.action != "tick"
group_by: [source.ip]
window: {rate: {within: 1m, times: 1.3, at_least: 400, field: source.bytes}}
---
id: travel
title: Travel
match: event.action in ["login", "fail"]
group_by: [user.name]
window: {travel: {faster_than: 900, at_least: 500, within: 10s}}
---
id: beacon
title: Beacon
match: event.action == "tick"
group_by: [source.ip]
window: {beacon: {at_least: 4, within: 1m, jitter: 0.2, every: {from: 5s, to: 20s}}}
---
id: off
title: Off
enabled: false
match: 'true'
`

// everyRule is everyKind, with rates that learn in a minute: a test does not last for weeks.
func everyRule(t testing.TB) *Rules {
	r := mustRules(t, everyKind)
	for i := range r.plans {
		if sp := r.plans[i].Window; sp != nil && sp.Kind == window.Rate {
			sp.Within, sp.Learn = 15*time.Second, time.Minute
			r.plans[i].bucket = int64(sp.Within)
		}
	}
	return r
}

// sending is a block on its way into a partition of events.
type sending struct {
	at        int64
	partition int
	block     Block
}

// traffic makes five minutes of events from six sources on two partitions. Each is up to 2 s late, one source's clock
// is nearly a minute ahead, the second partition falls silent after two minutes.
func traffic(seed uint64, begin int64) (out []sending, newest int64) {
	rng := rand.New(rand.NewPCG(seed, 3))
	sec := int64(time.Second)
	var open [2][]fact
	n := 0
	for t := int64(0); t < 300; t++ {
		for range rng.IntN(6) {
			src := rng.IntN(6)
			if rng.IntN(40) == 0 {
				src = 0
			}
			f := fact{ip: fmt.Sprintf("203.0.113.%d", src), user: fmt.Sprintf("u%d", rng.IntN(7)), hn: fmt.Sprintf("h%d", src),
				bytes: rng.Int64N(1000), place: []string{"", "52.52,13.4", "52.4,13.1", "40.71,-74.01"}[rng.IntN(4)]}
			switch v := (t/40 + int64(src)) % 4; {
			case rng.IntN(30) == 0:
				f.action = "sudo"
			case v == 0 && rng.IntN(4) > 0:
				f.action = "fail"
			case v == 1 && rng.IntN(3) == 0:
				f.action = "login"
			case v != 2:
				f.action = "beat"
			default:
				f.action = "other"
			}
			f.received = begin + t*sec + rng.Int64N(sec)
			f.time = f.received - rng.Int64N(2*sec)
			if rng.IntN(3) == 0 {
				f.time -= f.time % sec // ties
			}
			if src == 5 {
				f.time += 50 * sec
			}
			p := src % 2
			if p == 1 && t > 120 {
				continue
			}
			newest = max(newest, f.time)
			open[p] = append(open[p], f)
		}
		if t%10 == 3 && t/100 != 1 { // one that calls home
			at := begin + t*sec + rng.Int64N(sec)
			open[0] = append(open[0], fact{action: "tick", ip: "203.0.113.2", user: "u", hn: "h2", time: at, received: at})
		}
		for p := range open {
			if len(open[p]) == 0 || rng.IntN(3) == 0 && t%2 == 0 {
				continue
			}
			s := sending{begin + (t+1)*sec + rng.Int64N(sec), p, block(n, open[p])}
			n++
			open[p] = nil
			out = append(out, s)
			if rng.IntN(5) == 0 { // the producer repeats itself
				s.at += rng.Int64N(5 * sec)
				out = append(out, s)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b sending) int { return cmp.Compare(a.at, b.at) })
	return out, newest
}

// strike is done to an installation before the block numbered at is sent; blocks whose ids it gives are not sent again.
type strike struct {
	at int
	do func(ctx context.Context, m *model) []event.BlockID
}

// simulate lets an installation live through the traffic and gives the alerts.
func simulate(t *testing.T, seed uint64, slow, crash time.Duration, strikes ...strike) (*model, map[string]alert.Alert, []sending, int64) {
	t.Helper()
	rules := everyRule(t)
	var m *model
	var sent []sending
	var newest int64
	synctest.Test(t, func(t *testing.T) {
		m = newModel(seed, slow, 2, 3)
		ctx, stop := context.WithCancel(t.Context())
		sent, newest = traffic(seed, time.Now().UnixNano())
		var wg sync.WaitGroup
		wg.Go(func() {
			gone := make(map[event.BlockID]bool)
			for i, s := range sent {
				for _, st := range strikes {
					if st.at == i {
						for _, id := range st.do(ctx, m) {
							gone[id] = true
						}
					}
				}
				if gone[s.block.Header.ID] {
					continue
				}
				wait(ctx, time.Duration(s.at-time.Now().UnixNano()))
				m.events[s.partition].append(s.block)
			}
			wait(ctx, 4*time.Minute) // until all has been judged
			stop()
		})
		m.work(ctx, rules, seed, crash, nil)
		wg.Wait()
	})
	maps.DeleteFunc(m.alerts, func(_ string, a alert.Alert) bool { return a.Time > newest })
	return m, m.alerts, sent, newest
}

func replayOf(t *testing.T, rules *Rules, sent []sending) map[string]alert.Alert {
	t.Helper()
	batches := func(yield func(*event.Batch, error) bool) {
		var b event.Batch
		seen := make(map[event.BlockID]bool)
		for _, s := range sent {
			if seen[s.block.Header.ID] {
				continue
			}
			seen[s.block.Header.ID] = true
			if !yield(&b, b.Decode(s.block.Header.ID, s.block.Value)) {
				return
			}
		}
	}
	out := make(map[string]alert.Alert)
	if _, err := Replay(rules, window.Defaults, iter.Seq2[*event.Batch, error](batches), func(a alert.Alert) { out[a.ID] = a }); err != nil {
		t.Fatal(err)
	}
	return out
}

// The alerts after any crash, with repeats anywhere, equal those of an undisturbed run and those of a replay of the
// same events: the same ids, the same last revisions, byte for byte.
func TestAlertsAreEqual(t *testing.T) {
	kinds := make(map[string]int)
	var restored int
	var repeated uint64
	seeds := uint64(12)
	if testing.Short() {
		seeds = 3
	}
	for seed := range seeds {
		calm, want, sent, newest := simulate(t, seed, 0, 0)
		for _, s := range calm.stats {
			if s.Late+s.Forced+s.Evicted+s.Stale+s.Poison > 0 {
				t.Fatalf("seed %d: the undisturbed run is not undisturbed: %+v", seed, s)
			}
		}
		for _, a := range want {
			kinds[a.Rule]++
		}
		replayed := replayOf(t, everyRule(t), sent)
		maps.DeleteFunc(replayed, func(_ string, a alert.Alert) bool { return a.Time > newest })
		equal(t, fmt.Sprintf("seed %d: replay", seed), replayed, want)

		m, got, _, _ := simulate(t, seed, 40*time.Millisecond, 25*time.Second)
		equal(t, fmt.Sprintf("seed %d: with crashes", seed), got, want)
		restored += m.restored
		for _, s := range m.stats {
			repeated += s.Repeated
		}
	}
	for _, r := range everyRule(t).Set.Rules {
		if r.Enabled && kinds[r.ID] < int(seeds) {
			t.Errorf("rule %s raised %d alerts: the test shows nothing", r.ID, kinds[r.ID])
		}
	}
	if kinds["off"] > 0 || restored < 5*int(seeds) || repeated < 5*uint64(seeds) {
		t.Errorf("%d snapshots restored, %d records repeated: the test shows nothing", restored, repeated)
	}
	t.Logf("alerts %v, snapshots restored %d, repeats dropped %d", kinds, restored, repeated)
}

func equal(t *testing.T, what string, got, want map[string]alert.Alert) {
	t.Helper()
	var diff []string
	add := func(sign string, a alert.Alert) {
		diff = append(diff, fmt.Sprintf("%d %s %s", a.Time, sign, a.AppendJSON(nil)))
	}
	for id, a := range want {
		if g, ok := got[id]; !ok || string(g.AppendJSON(nil)) != string(a.AppendJSON(nil)) {
			add("-", a)
			if ok {
				add("+", g)
			}
		}
	}
	for id, a := range got {
		if _, ok := want[id]; !ok {
			add("+", a)
		}
	}
	if len(diff) > 0 {
		slices.Sort(diff)
		t.Fatalf("%s: %d alerts, want %d; they differ:\n%s", what, len(got), len(want), strings.Join(diff[:min(len(diff), 12)], "\n"))
	}
}
