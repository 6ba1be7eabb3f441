package detect

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/event"
	"watchpost/internal/match"
	"watchpost/internal/rule"
	"watchpost/internal/window"
)

// found is a signal, and the offset of its block.
type found struct {
	window.Signal
	offset int64
}

// memStore is a store in memory: the blocks that were loaded and the alerts.
type memStore struct {
	rules  *Rules
	blocks []Block
	loaded int64                             // offset of the newest block
	found  map[*rule.Rule]map[string][]found // by key
	alerts map[string]alert.Alert
}

func (h *memStore) Loaded(context.Context) ([]int64, error) { return []int64{h.loaded + 1}, nil }

func (h *memStore) Signals(_ context.Context, asks []Ask) ([][]window.Signal, error) {
	out := make([][]window.Signal, len(asks))
	for i, a := range asks {
		var err error
		if out[i], err = h.signals(a.Rule, a.Key, a.From, a.To); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (h *memStore) signals(r *rule.Rule, key []string, from, to int64) ([]window.Signal, error) {
	if h.found[r] == nil {
		if err := h.find(r); err != nil {
			return nil, err
		}
	}
	var want []byte
	for _, part := range key {
		want = window.AppendKey(want, part)
	}
	var out []window.Signal
	for _, s := range h.found[r][string(want)] {
		if s.Time >= from && s.Time <= to && s.offset <= h.loaded {
			out = append(out, s.Signal)
		}
	}
	return out, nil
}

// find collects all signals of a rule.
func (h *memStore) find(r *rule.Rule) error {
	if h.found == nil {
		h.found = make(map[*rule.Rule]map[string][]found)
	}
	h.found[r] = make(map[string][]found)
	x := match.New(&rule.Set{Rules: []*rule.Rule{r}})
	for offset, bl := range h.blocks {
		var b event.Batch
		if err := b.Decode(bl.Header.ID, bl.Value); err != nil {
			return err
		}
		c := collected(h.rules, x, &b)
		for i := range c.signals {
			k := c.list[c.signals[i].entry].key
			h.found[r][k] = append(h.found[r][k], found{c.window(&c.signals[i]), int64(offset)})
		}
	}
	return nil
}

func (h *memStore) Alerts(_ context.Context, asks []Ask) ([][]alert.Alert, error) {
	out := make([][]alert.Alert, len(asks))
	for i, a := range asks {
		out[i] = h.alertsOf(a.Rule, a.Key, a.From, a.To)
	}
	return out, nil
}

func (h *memStore) alertsOf(r *rule.Rule, key []string, from, to int64) []alert.Alert {
	var out []alert.Alert
	for _, a := range h.current() {
		if a.Rule == r.ID && a.Tenant == key[0] && a.Start <= to && a.End >= from && slices.EqualFunc(r.GroupBy, key[1:], func(f event.Field, v string) bool {
			have, _ := a.Get(f.String())
			return have == v
		}) {
			out = append(out, a)
		}
	}
	return out
}

func (h *memStore) put(alerts []alert.Alert) {
	for _, a := range alerts {
		if o, ok := h.alerts[a.ID]; !ok || o.Revision < a.Revision {
			h.alerts[a.ID] = a
		}
	}
}

// current gives the alerts that no other one supersedes.
func (h *memStore) current() map[string]alert.Alert {
	out := maps.Clone(h.alerts)
	for _, a := range h.alerts {
		for _, id := range a.Supersedes {
			delete(out, id)
		}
	}
	return out
}

// never is how far a store is behind that loads when all is over.
const never = 1 << 30

// runLate runs blocks through one shard; the events of any block may be late. The store is so many blocks behind.
func runLate(t *testing.T, rules *Rules, blocks []Block, behind int, save bool) (*memStore, ShardStats) {
	t.Helper()
	h := &memStore{rules: rules, blocks: blocks, loaded: -1, alerts: make(map[string]alert.Alert)}
	s := NewShard(rules, window.Defaults, 1)
	x := match.New(rules.Set)
	var enc encoder
	apply := func(n int, rec []byte) {
		alerts, err := s.Apply(int64(n), rec)
		if err != nil {
			t.Fatal(err)
		}
		h.put(alerts)
	}
	recheck := func() {
		alerts, err := s.Recheck(t.Context(), h)
		if err != nil {
			t.Fatal(err)
		}
		h.put(alerts)
	}
	for i, bl := range blocks {
		var b event.Batch
		if err := b.Decode(bl.Header.ID, bl.Value); err != nil {
			t.Fatal(err)
		}
		enc.split(collected(rules, x, &b), 1)
		apply(i, enc.records(collected(rules, x, &b), mark{Offset: int64(i), Received: bl.Header.Received}, 0)[0])
		h.loaded = int64(max(i-behind, -1))
		recheck()
	}
	h.loaded = int64(len(blocks))
	apply(len(blocks), heartbeat(mark{Offset: int64(len(blocks)) - 1, Idle: true, Received: 1 << 62}, ""))
	if save {
		snaps := memSnaps{&model{d: &delays{}}, newLog[[2][]byte]()}
		if err := s.Save(t.Context(), 0, snaps); err != nil {
			t.Fatal(err)
		}
		stats := s.Stats()
		s = NewShard(rules, window.Defaults, 1)
		if _, err := s.Restore(t.Context(), 0, snaps); err != nil {
			t.Fatal(err)
		}
		recheck()
		recheck()
		return h, stats
	}
	recheck() // finds out that the store has all
	recheck()
	recheck() // there is nothing left
	if len(s.lates) > 0 {
		t.Errorf("%d late events wait for ever", len(s.lates))
	}
	return h, s.Stats()
}

func TestLateEvents(t *testing.T) {
	sec := int64(time.Second)
	f := func(in string, want ...string) {
		t.Helper()
		var blocks []Block
		for i, w := range strings.Fields(in) { // time@received
			var at, got int64
			if n, _ := fmt.Sscanf(w, "%d@%d", &at, &got); n == 1 {
				got = at
			}
			blocks = append(blocks, block(i, []fact{{time: at * sec, received: got * sec, action: "fail", ip: "203.0.113.1", user: "u"}}))
		}
		h, _ := runLate(t, mustRules(t, oneRule), blocks, never, false)
		var got []string
		for _, a := range h.current() {
			s := fmt.Sprintf("%d: %d-%d n=%d", a.Time/sec, a.Start/sec, a.End/sec, a.Count)
			for _, id := range a.Supersedes {
				s += fmt.Sprintf(" not %d", h.alerts[id].Time/sec)
			}
			got = append(got, s)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
	f("10 20 60 15@61", "20: 10-20 n=3")                                               // it was missed
	f("10 14 16 60 12@61", "14: 10-16 n=4 not 16")                                     // the crossing moved
	f("10 12 14 60 13@61", "13: 10-14 n=4 not 14")                                     // the same count, another event
	f("10 12 14 60 16@61", "14: 10-16 n=4")                                            // the alert grew
	f("10 14 18 50 51 52 90 22@91", "18: 10-52 n=7 not 52")                            // two bursts were one
	f("10 12 14 200 100@201", "14: 10-14 n=3")                                         // nothing changes
	f("10 12 14 200 202 204 300 201@301", "14: 10-14 n=3", "202: 200-204 n=4 not 204") // the first is let be
}

// With late events looked at again, what is not superseded equals a replay of all events, for every kind.
func TestLateEventsAgainstReplay(t *testing.T) {
	rules := everyRule(t)
	sec := int64(time.Second)
	kinds := make(map[string]int)
	var superseded, lates int
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 11))
		var blocks []Block
		var sent []sending
		now, newest := 1000*sec, int64(0)
		for i := range 120 {
			now += rng.Int64N(8) * sec
			if rng.IntN(12) == 0 {
				now += 100 * sec
			}
			f := fact{time: now, received: now, ip: "203.0.113.1", user: fmt.Sprint("u", rng.IntN(5)), hn: "h",
				action: []string{"fail", "fail", "fail", "login", "sudo", "beat"}[rng.IntN(6)],
				bytes:  rng.Int64N(1000), place: []string{"", "52.52,13.4", "40.71,-74.01"}[rng.IntN(3)]}
			if rng.IntN(8) == 0 {
				f.time = max(0, f.time-(10+rng.Int64N(60))*sec)
			}
			newest = max(newest, f.time)
			blocks = append(blocks, block(i, []fact{f}))
			sent = append(sent, sending{block: blocks[i]})
		}
		h, st := runLate(t, rules, blocks, []int{never, 0, 3}[seed%3], seed%2 == 0)
		lates += int(st.Late)
		superseded += len(h.alerts) - len(h.current())
		got, want := h.current(), replayOf(t, rules, sent)
		for _, set := range []map[string]alert.Alert{got, want} {
			maps.DeleteFunc(set, func(_ string, a alert.Alert) bool { return !rules.plans[rules.byRef[refOf(rules, a.Rule)]].rechecked() })
			maps.DeleteFunc(set, func(_ string, a alert.Alert) bool { return a.Resolved != 0 || a.Time > newest }) // withdrawn
			for id, a := range set {                                                                               // how often it was told is another matter
				a.Revision, a.Supersedes = 1, nil
				set[id] = a
			}
		}
		equal(t, fmt.Sprint("seed ", seed), got, want)
		for _, a := range want {
			kinds[a.Rule]++
		}
	}
	if lates < 500 || superseded < 50 {
		t.Errorf("%d late events, %d alerts superseded: the test shows nothing", lates, superseded)
	}
	t.Logf("%d late events, %d alerts superseded, of rules %v", lates, superseded, kinds)
}

// A late event under a key that its rule cannot have, out of a manifest, does not hold up the others.
func TestLateOfForeignKey(t *testing.T) {
	rules := mustRules(t, oneRule)
	s := NewShard(rules, window.Defaults, 1)
	good := string(window.AppendKey(window.AppendKey(nil, "default"), "203.0.113.1"))
	for _, key := range []string{"", "\x09short", string(window.AppendKey(nil, "default")), good} {
		s.lates = append(s.lates, late{rule: refOf(rules, rules.plans[0].ID), key: key})
	}
	s.state.Advance(int64(24*time.Hour), s.take)
	if _, err := s.Recheck(t.Context(), &memStore{rules: rules}); err != nil {
		t.Fatal(err)
	}
	if len(s.lates) != 0 {
		t.Errorf("not looked at: %+v", s.lates)
	}
}

func refOf(r *Rules, id string) ref {
	for rf := range r.byRef {
		if rf.id == id {
			return rf
		}
	}
	return ref{}
}
