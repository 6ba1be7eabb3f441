// Package detect finds alerts in blocks of events: rules match, matches become signals, signals feed windows.
package detect

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/event"
	"watchpost/internal/rule"
	"watchpost/internal/window"
)

// Rules is a set of rules made ready. It does not change and may be shared.
type Rules struct {
	Set     *rule.Set
	plans   []plan
	windows []window.Rule
	byRef   map[ref]int        // index into plans
	byRule  map[*rule.Rule]int // the same
}

// ref names a rule as it is now: signals of another form of it are not for this one.
type ref struct {
	id   string
	hash [16]byte
}

// plan is what is needed of a rule for each of its matches.
type plan struct {
	*rule.Rule
	kind   window.Kind       // "" of a rule without window
	value  event.Field       // None, or an event without it says nothing
	number bool              // value is a number to reckon with
	shown  []event.Field     // evidence that signals carry: see shownOf
	bucket int64             // not 0: events of one bucket of time may stand for each other
	query  string            // finds the events that count, whatever tenants alone except
	own    map[string]string // the same of each tenant that excepts events of its own
	all    string            // finds those too that must not happen
}

// Bounds of a signal.
const (
	maxText   = 512 // bytes of an evidence or counted value
	maxFields = 32  // fields that a rule names as evidence that are looked at
)

// Compile makes the rules of set ready. Disabled ones are checked and left out: windows that hear no event any more would take it for silence.
func Compile(set *rule.Set) (*Rules, error) {
	p := &Rules{Set: set, byRef: make(map[ref]int), byRule: make(map[*rule.Rule]int)}
	var errs []error
	seen := make(map[string]bool)
	for _, r := range set.Rules {
		i := len(p.plans)
		w := window.Rule{ID: r.ID, Hash: r.Hash, Spec: r.Window, Lateness: r.Lateness, Suppress: r.Suppress}
		for _, l := range r.Levels {
			w.Levels = append(w.Levels, float64(l.AtLeast))
		}
		pl := plan{Rule: r, query: query(r.For(), false), all: query(r, true), own: map[string]string{}, shown: shownOf(r)}
		for _, x := range r.Exceptions {
			if x.Tenant != "" && pl.own[x.Tenant] == "" {
				pl.own[x.Tenant] = query(r.For(x.Tenant), false)
			}
		}
		if sp := r.Window; sp != nil {
			if err := sp.Check(); err != nil {
				errs = append(errs, fmt.Errorf("rule %s: window: %w", r.ID, err))
			}
			pl.window(sp)
		}
		if seen[r.ID] {
			errs = append(errs, fmt.Errorf("rule %s stands in the set twice", r.ID))
		}
		seen[r.ID] = true
		if !r.Enabled {
			continue
		}
		p.byRef[ref{r.ID, r.Hash}], p.byRule[r] = i, i
		p.plans = append(p.plans, pl)
		p.windows = append(p.windows, w)
	}
	return p, errors.Join(errs...)
}

// about are the fields that say whom an alert is about, which every alert shows: its incident depends on them.
var about = []event.Field{event.HostName, event.UserName, event.UserTargetName, event.SourceIP}

// shownOf gives the evidence of r: the first fields that it names, then those of about that it does not. A field that
// becomes evidence in a later version stands behind the others, so that signals and snapshots of an earlier one hold.
func shownOf(r *rule.Rule) []event.Field {
	out := slices.Clone(r.Fields[:min(len(r.Fields), maxFields)])
	for _, f := range about {
		if !slices.Contains(out, f) && !slices.Contains(r.GroupBy, f) {
			out = append(out, f)
		}
	}
	return out
}

// queryOf finds the events that count for a tenant, and says nothing of others.
func (p *plan) queryOf(tenant string) string { return cmp.Or(p.own[tenant], p.query) }

// hour is the bucket in which first_seen notes when a value was there.
const hour = int64(time.Hour)

// window fills in what is needed of a window.
func (p *plan) window(sp *window.Spec) {
	p.kind, p.value, p.number = sp.Kind, sp.Field, sp.Numeric()
	switch {
	case sp.Kind == window.Absence, sp.Kind == window.Rate, sp.Below > 0:
		p.bucket = int64(sp.Within)
	case sp.Kind == window.FirstSeen:
		p.bucket = hour
	}
}

// query gives the predicate of the events of a rule: any of its steps, with those that must not happen if all is true.
func query(r *rule.Rule, all bool) string {
	var parts []string
	for i, s := range r.Steps {
		if s.Match != nil && (all || r.Window == nil || !r.Window.Negated(i)) {
			parts = append(parts, "("+strings.TrimSpace(s.Match.Source())+")")
		}
	}
	return strings.Join(parts, " or ")
}

// alert gives the alert of a burst.
func (p *Rules) alert(b *window.Burst) alert.Alert {
	r := &p.plans[b.Rule]
	a := alert.Alert{Rule: r.ID, RuleHash: hex.EncodeToString(r.Version[:]), Shadow: r.Mode == rule.Shadow, Title: r.Title,
		Time: b.Time, Start: b.First, End: b.Last, Count: b.Count, Distinct: b.Distinct, Approx: b.Approx, Values: b.Values,
		Events: b.IDs, Revision: b.Revision, Tactics: r.Tactics, Techniques: r.Techniques, Resolved: b.Resolved}
	a.Level, a.Severity = r.LevelFor(int(min(b.Size(r.kind), 1<<53)))
	a.Measures, a.Intervals = measures(r.kind, b), b.Intervals
	parts, err := window.SplitKey(b.Key)
	if err != nil || len(parts) != len(r.GroupBy)+1 {
		panic(fmt.Sprintf("BUG: detect: rule %s: group key %q", r.ID, b.Key)) // decoding checks it
	}
	a.Tenant = parts[0]
	events := r.queryOf(a.Tenant)
	a.Query = events
	a.ID = alert.ID(a.Tenant, r.ID, b.Key, b.ID)
	for i, f := range r.GroupBy {
		v := parts[i+1]
		a.Group = append(a.Group, alert.Pair{Name: f.String(), Value: v})
		if c := condition(f, v); c != "" {
			a.Query += " and " + c
		}
	}
	for i, v := range b.Fields {
		if i < len(r.shown) && v != "" {
			a.Fields = append(a.Fields, alert.Pair{Name: r.shown[i].String(), Value: v})
		}
	}
	alert.Sort(a.Group)
	alert.Sort(a.Fields)
	if len(r.Steps) > 1 && a.Query != events {
		a.Query = "(" + events + ")" + strings.TrimPrefix(a.Query, events)
	}
	return a
}

// measures names what a window of kind k reckoned.
func measures(k window.Kind, b *window.Burst) []alert.Measure {
	switch k {
	case window.Sum, window.Avg, window.Percentile:
		return []alert.Measure{{Name: alert.Value, Value: b.Value}}
	case window.Rate:
		return []alert.Measure{{Name: alert.Value, Value: b.Value}, {Name: alert.Baseline, Value: math.Round(b.Baseline*1e3) / 1e3}}
	case window.FirstSeen:
		return []alert.Measure{{Name: alert.Baseline, Value: b.Baseline}}
	case window.Travel:
		return []alert.Measure{{Name: alert.Distance, Value: b.Distance}, {Name: alert.Speed, Value: b.Speed}}
	case window.Beacon:
		return []alert.Measure{{Name: alert.Interval, Value: b.Interval}, {Name: alert.Jitter, Value: b.Jitter}}
	}
	return nil
}

// condition gives "field == value" in the language of rules, "" where a value cannot be told from its text.
func condition(f event.Field, v string) string {
	name := f.String()
	if f == event.Timestamp || v == "" {
		return ""
	}
	switch f.Info().Kind {
	case event.Dict, event.Text:
		if len(v) >= window.MaxValue {
			return ""
		}
		return name + " == " + string(event.AppendJSONString(nil, v))
	case event.Int, event.Float, event.Bool:
		return name + " == " + v
	}
	return ""
}

// appendValue appends the value of f as text, nothing where it is missing. The texts of a list are joined by commas.
func appendValue(dst []byte, e event.Event, f event.Field) []byte {
	switch f.Info().Kind {
	case event.Dict, event.Text:
		return append(dst, e.Str(f)...)
	case event.List:
		for i := range e.Len(f) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, e.At(f, i)...)
		}
	case event.Int:
		if v, ok := e.Int(f); ok {
			return strconv.AppendInt(dst, v, 10)
		}
	case event.Float:
		if v, ok := e.Float(f); ok {
			return strconv.AppendFloat(dst, v, 'g', -1, 64)
		}
	case event.Bool:
		if v, ok := e.Bool(f); ok {
			return strconv.AppendBool(dst, v)
		}
	case event.Time:
		if v, ok := e.When(f); ok {
			return v.AppendFormat(dst, time.RFC3339Nano)
		}
	}
	return dst
}
