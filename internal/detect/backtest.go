package detect

import (
	"math"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/event"
	"watchpost/internal/match"
	"watchpost/internal/rule"
	"watchpost/internal/window"
)

// Backtest judges events of the past that come in order of (time, event.id), by the signals and windows of the stream.
// It keeps what the windows need and no alerts. It belongs to one goroutine.
type Backtest struct {
	rules *Rules
	index *match.Index
	state *window.State
	c     collector
	take  func(window.Burst)
}

// NewBacktest makes a back-test of the rules of r, whose alerts go to emit in every revision as they come; o bounds its
// memory: what was evicted or forced stands in its Stats.
func NewBacktest(r *Rules, o window.Options, emit func(alert.Alert)) *Backtest {
	t := &Backtest{rules: r, index: match.New(r.Set), state: window.New(o)}
	rules := make([]window.Rule, len(r.windows))
	for i, w := range r.windows {
		w.Lateness = 0 // nothing is late in what comes in order
		rules[i] = w
	}
	t.state.SetRules(rules)
	t.take = func(b window.Burst) { emit(r.alert(&b)) }
	return t
}

// Take takes events; each follows those of the calls before, in order of (time, event.id). b is read before it returns.
func (t *Backtest) Take(b *event.Batch) {
	if b.Rows() == 0 {
		return
	}
	t.c.collect(t.rules, t.index, b)
	last := int64(math.MinInt64)
	for i := range t.c.signals {
		s := &t.c.signals[i]
		en := t.c.list[s.entry]
		last = max(last, s.time)
		t.state.Add(en.rule, en.key, t.c.window(s), t.take)
	}
	t.state.Advance(last, t.take)
}

// Pass says that all events before a time have been taken.
func (t *Backtest) Pass(at int64) { t.state.Advance(at, t.take) }

// End judges what is due before a time, and reports each burst that lasts as it is then. t is of no use afterwards.
func (t *Backtest) End(at int64) { t.state.Cut(at, t.take) }

// Matched counts the events that satisfied a rule; for a sequence, each of its steps by itself.
func (t *Backtest) Matched() (n uint64) {
	for _, m := range t.c.matches {
		n += m
	}
	return n
}

// Stats gives the windows' counts.
func (t *Backtest) Stats() window.Stats { return t.state.Stats() }

// Fields gives the fields by which r's events are judged and shown, each once.
func Fields(r *rule.Rule) []event.Field {
	seen := map[event.Field]bool{event.None: true}
	var out []event.Field
	add := func(fields ...event.Field) {
		for _, f := range fields {
			if !seen[f] {
				seen[f] = true
				out = append(out, f)
			}
		}
	}
	for _, s := range r.Steps {
		add(s.Match.Fields()...)
	}
	add(r.GroupBy...)
	add(shownOf(r)...)
	add(event.ObserverName) // see reports
	if r.Window != nil {
		add(r.Window.Field)
	}
	return out
}

// Warmup gives how long before a range r must see events so that within the range it says what it would have said
// had it run all along; learn is what of that its memory takes, 0 for a rule without one. A burst that began before the
// warm-up is recognised in it, for it then begins there.
func Warmup(r *rule.Rule) (all, learn time.Duration) {
	p := plan{Rule: r}
	all = time.Duration(min(p.reach(), maxReach))
	if w := r.Window; w != nil && (w.Kind == window.FirstSeen || w.Kind == window.Rate) {
		learn = w.Memory + w.Learn // whether a key was known for Learn may depend on an event Memory before that
	}
	return max(all, learn), learn
}
