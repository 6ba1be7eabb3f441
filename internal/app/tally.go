package app

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/rule"
	"watchpost/internal/store"
	"watchpost/internal/web"
	"watchpost/internal/window"
)

// Bounds of what a back-test remembers of its alerts.
const (
	maxKeys      = 100_000   // group keys that are counted one by one
	maxCompared  = 1_000_000 // alerts that are compared with those in use
	topKeys      = 20
	maxDiffering = 10 // examples of each kind
)

// tally counts the alerts of a back-test; it holds few of them.
type tally struct {
	q        web.Backtest
	out      *web.BacktestResult
	days     map[string]uint64
	keys     map[string]*web.KeyCount
	other    uint64                 // alerts of keys that are not counted one by one
	samples  map[string]alert.Alert // by id
	order    []string               // of samples
	raised   map[string]raisedAlert // by tenant, key and time
	examples []web.LiveExample      // of lost ones
	found    map[string]bool        // of raised, that the rule in use has raised
}

type raisedAlert struct {
	id    string
	time  int64
	group []alert.Pair
}

func newTally(r *rule.Rule, q web.Backtest) *tally {
	return &tally{q: q, out: &web.BacktestResult{Rule: r.ID}, days: map[string]uint64{}, keys: map[string]*web.KeyCount{},
		samples: map[string]alert.Alert{}, raised: map[string]raisedAlert{}, found: map[string]bool{}}
}

// take counts an alert at its first revision; of those shown it keeps the last.
func (t *tally) take(a alert.Alert) {
	if a.Time < t.q.From.UnixNano() || a.Time >= t.q.To.UnixNano() {
		return
	}
	if _, shown := t.samples[a.ID]; shown {
		t.samples[a.ID] = a
	}
	if a.Revision > 1 {
		return
	}
	t.out.Alerts++
	t.days[time.Unix(0, a.Time).UTC().Format(time.DateOnly)]++
	if len(t.order) < t.q.Samples {
		t.order = append(t.order, a.ID)
		t.samples[a.ID] = a
	}
	name := keyName(a.Tenant, a.Group)
	switch k := t.keys[name]; {
	case k != nil:
		k.Count++
	case len(t.keys) < maxKeys:
		t.keys[name] = &web.KeyCount{Key: shownKey(a.Group), Group: groupOf(a.Group), Count: 1}
	default:
		t.other++
	}
	if len(t.raised) < maxCompared {
		t.raised[fmt.Sprint(name, a.Time)] = raisedAlert{a.ID, a.Time, a.Group}
	}
}

// keyName tells group keys apart; the pairs of an alert are in order.
func keyName(tenant string, group []alert.Pair) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q", tenant)
	for _, p := range group {
		fmt.Fprintf(&b, " %q=%q", p.Name, p.Value)
	}
	return b.String()
}

func shownKey(group []alert.Pair) string {
	parts := make([]string, len(group))
	for i, p := range group {
		parts[i] = p.Name + "=" + p.Value
	}
	return strings.Join(parts, " ")
}

func groupOf(group []alert.Pair) map[string]string {
	out := make(map[string]string, len(group))
	for _, p := range group {
		out[p.Name] = p.Value
	}
	return out
}

func (t *tally) note(format string, args ...any) {
	t.out.Notes = append(t.out.Notes, fmt.Sprintf(format, args...))
}

// done makes the result of what was counted.
func (t *tally) done(j course) *web.BacktestResult {
	o := t.out
	o.From, o.To, o.Events, o.Notes = t.q.From.UTC(), time.Unix(0, j.to).UTC(), j.events, []string{}
	warm := time.Unix(0, j.warm).UTC()
	o.Warmup = web.Warmup{From: warm, Seconds: o.From.Sub(warm).Seconds(), Learn: j.learn.Seconds()}
	if need := j.learn; need > 0 && o.From.Sub(warm) < need {
		t.note("the rule's memory takes %s to fill and the store has %s before the range: until it was full, less was known than a rule would know that had run longer",
			days(need), days(o.From.Sub(warm)))
	}
	if j.partial {
		o.Partial, o.Reason = true, "the budget was used up: what comes after `to` was not judged"
	}
	t.lost(j.stats)
	for d := o.From.Truncate(day); d.Before(o.To); d = d.Add(day) {
		s := d.Format(time.DateOnly)
		o.PerDay = append(o.PerDay, web.DayCount{Day: s, Count: t.days[s]})
	}
	if o.PerDay == nil {
		o.PerDay = []web.DayCount{}
	}
	o.Keys = []web.KeyCount{}
	for _, k := range slices.SortedFunc(maps.Values(t.keys), func(a, b *web.KeyCount) int {
		return cmp.Or(-cmp.Compare(a.Count, b.Count), cmp.Compare(a.Key, b.Key))
	}) {
		if len(o.Keys) == topKeys {
			break
		}
		o.Keys = append(o.Keys, *k)
	}
	if t.other > 0 {
		t.note("%d alerts are of group keys beyond the first %d, which are not counted one by one", t.other, maxKeys)
	}
	o.Samples = []json.RawMessage{}
	for _, id := range t.order {
		a := t.samples[id]
		o.Samples = append(o.Samples, a.AppendJSON(nil))
	}
	return o
}

func days(d time.Duration) string {
	if d < 2*day {
		return d.Round(time.Minute).String()
	}
	return fmt.Sprintf("%d days", int(d/day))
}

// lost says what the windows forgot.
func (t *tally) lost(s window.Stats) {
	if s.Evicted > 0 {
		t.note("%d group keys were forgotten because there were too many: alerts may be missing", s.Evicted)
	}
	if s.Forced > 0 {
		t.note("%d events were judged early because too many came at once", s.Forced)
	}
}

// live takes an alert that the rule in use has raised.
func (t *tally) live(k store.AlertKey) {
	group := make([]alert.Pair, 0, len(k.Group))
	for name, v := range k.Group {
		group = append(group, alert.Pair{Name: name, Value: v})
	}
	alert.Sort(group)
	name := fmt.Sprint(keyName(k.Tenant, group), k.Time)
	if _, ok := t.raised[name]; ok && !t.found[name] {
		t.found[name] = true
		t.out.Live.Same++
		return
	}
	t.out.Live.Lost++
	if len(t.examples) < maxDiffering {
		t.examples = append(t.examples, web.LiveExample{Kind: "lost", ID: k.ID, Time: time.Unix(0, k.Time).UTC(), Group: k.Group})
	}
}

// differ finds what the rule in use has not raised.
func (t *tally) differ() {
	l := &t.out.Live
	l.New = t.out.Alerts - l.Same
	if t.out.Alerts > uint64(len(t.raised)) {
		t.note("only the first %d alerts are compared with those that were raised", len(t.raised))
		l.New = uint64(len(t.raised)) - l.Same
	}
	l.Examples = []web.LiveExample{}
	for name, a := range t.raised {
		if !t.found[name] {
			l.Examples = append(l.Examples, web.LiveExample{Kind: "new", ID: a.id, Time: time.Unix(0, a.time).UTC(), Group: groupOf(a.group)})
		}
	}
	slices.SortFunc(l.Examples, func(a, b web.LiveExample) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID)) })
	slices.SortFunc(t.examples, func(a, b web.LiveExample) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID)) })
	l.Examples = append(l.Examples[:min(len(l.Examples), maxDiffering)], t.examples...)
}
