package detect

import (
	"cmp"
	"encoding/binary"
	"iter"
	"math"
	"slices"

	"watchpost/internal/alert"
	"watchpost/internal/event"
	"watchpost/internal/match"
	"watchpost/internal/window"
)

// Replay gives emit the alerts, in their last revision and in order of time, that the rules raise over the events of
// batches. It is a pure function of the events, whatever their order: it takes each event as received at its own time
// and judges when it has seen all. An absence is judged up to the newest event: the end of the input is no silence.
// Batches without ids get some that follow their order. o bounds the memory; what is forced or evicted stands in the
// statistics. A batch is read before the next one is asked for.
func Replay(r *Rules, o window.Options, batches iter.Seq2[*event.Batch, error], emit func(alert.Alert)) (window.Stats, error) {
	s, m := window.New(o), match.New(r.Set)
	rules := slices.Clone(r.windows)
	for i := range rules {
		rules[i].Lateness = 0 // nothing is judged before all was seen
	}
	s.SetRules(rules)
	last := make(map[string]alert.Alert)
	take := func(b window.Burst) {
		a := r.alert(&b)
		last[a.ID] = a
	}
	var c collector
	newest, n := int64(math.MinInt64), uint64(0)
	for b, err := range batches {
		if err != nil {
			return s.Stats(), err
		}
		n++
		if b.Rows() > 0 && b.Event(0).ID() == (event.ID{}) {
			var id event.BlockID
			binary.BigEndian.PutUint64(id[8:], n)
			b.SetID(id)
		}
		for e := range b.Events() {
			newest = max(newest, e.Time())
		}
		c.collect(r, m, b)
		for i := range c.signals {
			en := c.list[c.signals[i].entry]
			s.Add(en.rule, en.key, c.window(&c.signals[i]), take)
		}
	}
	s.Finish(newest, take)
	out := make([]alert.Alert, 0, len(last))
	for _, a := range last {
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b alert.Alert) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.ID, b.ID))
	})
	for _, a := range out {
		emit(a)
	}
	return s.Stats(), nil
}
