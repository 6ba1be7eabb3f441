package detect

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/rule"
	"watchpost/internal/window"
)

// History is what the store knows, for events that came behind the watermark.
type History interface {
	// Loaded gives, for each partition of events, the offset of the first block that the store may not have yet.
	Loaded(ctx context.Context) ([]int64, error)
	// Signals gives, for each ask, what matched, in any order.
	Signals(ctx context.Context, asks []Ask) ([][]window.Signal, error)
	// Alerts gives, for each ask, the alerts whose events lie in its time in part at least: in their last revisions and without
	// superseded ones.
	Alerts(ctx context.Context, asks []Ask) ([][]alert.Alert, error)
}

// Ask is what a look at the past wants to know about.
type Ask struct {
	Rule     *rule.Rule
	Key      []string // the tenant, then a value for each of Rule.GroupBy, "" where it is missing
	From, To int64    // both included
}

// Has says whether a is of the ask's rule and key, and of its time in part at least.
func (q *Ask) Has(a *alert.Alert) bool {
	if a.Rule != q.Rule.ID || a.Tenant != q.Key[0] || a.Start > q.To || a.End < q.From || len(a.Group) != len(q.Rule.GroupBy) {
		return false
	}
	for i, f := range q.Rule.GroupBy {
		if !slices.Contains(a.Group, alert.Pair{Name: f.String(), Value: q.Key[i+1]}) {
			return false
		}
	}
	return true
}

const (
	maxLates    = 1 << 20 // bytes of late events that wait; they stand in the manifest of a snapshot
	maxExtended = 16      // times that a look at the past is extended to whole alerts, by twice as much each time
	maxReach    = int64(400 * 24 * time.Hour)
	maxLooks    = 64                 // keys that one Recheck looks at: windows wait for it
	quiet       = int64(time.Second) // late events of a key come in bursts: it is looked at again when so long none came,
	patience    = 3 * quiet          // or when its oldest has waited so long
	maxBarriers = 16
)

// barrier is a watermark, and how far each partition of events had been told by then: a store that has as much has all that came before.
type barrier struct {
	water   int64
	offsets []int64
}

// late notes an event that came behind the watermark.
func (s *Shard) late(l late, n int) {
	if !s.rules.plans[n].rechecked() {
		return
	}
	if s.lateBytes += l.bytes(); s.lateBytes > maxLates {
		s.lateBytes -= l.bytes()
		s.stats.Unchecked++
		if parts, err := window.SplitKey(l.key); err == nil && len(parts) > 0 {
			s.raise(loss{unchecked, l.rule.id, parts[0]})
		}
		return
	}
	s.lates = append(s.lates, l)
}

// rechecked says whether late events of a rule are looked at again. An absence and a first seen make use of them
// directly; a rate's baseline is made of weeks, and where a session begins depends on all that came before.
func (p *plan) rechecked() bool {
	switch sp := p.Window; {
	case sp == nil:
		return true
	case sp.Kind == window.Absence, sp.Kind == window.FirstSeen, sp.Kind == window.Rate, sp.Below > 0, sp.Mode == window.Session:
		return false
	}
	return true
}

// reach is how far from an event its rule's windows may depend on it. What is missing before it may make a condition
// true that is not: what begins within a window of the range's beginning is passed over.
func (p *plan) reach() int64 {
	n := int64(p.Suppress)
	switch sp := p.Window; {
	case sp == nil:
	case sp.Kind == window.Travel:
		n += 2*int64(sp.Within) + int64(sp.Retain())
	case (sp.Kind == window.Count || sp.Kind == window.Distinct || sp.Kind == window.Sum) && sp.Mode != window.Tumbling:
		n += 2 * int64(sp.Within)
	default:
		n += 3 * int64(sp.Within)
	}
	return n
}

// fickle says whether a further event may end what without it was true: an average falls, a step came that must not.
func (p *plan) fickle() bool {
	switch sp := p.Window; {
	case sp == nil:
		return false
	case sp.Kind == window.Sequence:
		return slices.Contains(sp.Not, true)
	case sp.Kind == window.Count, sp.Kind == window.Distinct, sp.Kind == window.Sum:
		return false
	}
	return true
}

// Recheck looks at the windows of late events again. Where the crossing moved, or first shows, it gives a new alert which names
// those that it supersedes; where an alert only grew, its next revision. A crash between this and the next snapshot makes it look
// again, to the same result.
//
// It looks once the surroundings are settled: the watermark has passed all that could follow, and the store has them. Since that may
// take hours, it looks a first time as soon as the store has what came until then, and takes the past for all there is. An alert that
// is missing is missed no longer then; what that look gets wrong the last one puts right. Where a further event may end what is
// true without it, there is no first look.
func (s *Shard) Recheck(ctx context.Context, h History) ([]alert.Alert, error) {
	loaded, err := h.Loaded(ctx)
	if err != nil {
		return nil, fmt.Errorf("late events: %w", err)
	}
	s.pass(loaded)
	groups, order := make(map[lateKey][]late), []lateKey(nil)
	for _, l := range s.lates {
		if n, known := s.rules.byRef[l.rule]; !known || !s.rules.fits(n, l.key) { // of a manifest
			continue
		}
		k := lateKey{l.rule, l.key}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], l)
	}
	var looks []*look
	for _, k := range order {
		group, n := groups[k], s.rules.byRef[k.rule]
		if last := s.settled(n, group); len(looks) < maxLooks && !s.state.Open(n, k.key) && (last || s.due(n, group)) {
			l, err := s.look(n, group, last)
			if err != nil {
				return nil, err
			}
			looks = append(looks, l)
		}
	}
	err = s.lookAll(ctx, h, looks)
	var out []alert.Alert
	var again []late // behind the others: whatever cannot be answered shall not hold them up
	for _, l := range looks {
		k := lateKey{l.group[0].rule, l.group[0].key}
		last := l.last && l.until < s.complete
		switch {
		case !l.done:
			again = append(again, l.group...)
			delete(groups, k)
		case last:
			delete(groups, k)
		default:
			for i := range l.group {
				l.group[i].until = l.until
				l.group[i].looked = l.group[i].looked || l.group[i].came < s.complete
			}
		}
		if last || !s.rules.plans[l.n].fickle() {
			out = append(out, l.found...)
		}
	}
	var keep []late
	for _, k := range order {
		keep = append(keep, groups[k]...)
	}
	s.keepLates(append(keep, again...))
	return out, err
}

// pass finds out up to which watermark the store has all that came, and sets a further barrier.
func (s *Shard) pass(loaded []int64) {
	for len(s.barriers) > 0 && s.barriers[0].passed(loaded) {
		s.complete, s.barriers = s.barriers[0].water, s.barriers[1:]
	}
	if len(s.barriers) == maxBarriers { // the store is far behind: one less of those in between
		s.barriers = slices.Delete(s.barriers, maxBarriers-1, maxBarriers)
	}
	b := barrier{water: s.state.Watermark(), offsets: make([]int64, len(s.marks))}
	for i, m := range s.marks {
		if b.offsets[i] = m.offset; !m.known {
			b.offsets[i] = -1
		}
	}
	if b.passed(loaded) {
		s.complete, s.barriers = b.water, nil
		return
	}
	s.barriers = append(s.barriers, b)
}

func (b *barrier) passed(loaded []int64) bool {
	for i, o := range b.offsets {
		if i >= len(loaded) || loaded[i] <= o {
			return false
		}
	}
	return true
}

func (s *Shard) keepLates(list []late) {
	s.lates, s.lateBytes = list, 0
	for i := range list {
		s.lateBytes += list[i].bytes()
	}
}

// bytes is at least what l takes in a manifest.
func (l *late) bytes() int { return 100 + len(l.rule.id) + len(l.key) }

type lateKey struct {
	rule ref
	key  string
}

// settled says whether the store has all that the late events of rule n reach, as far as it did not come late itself.
func (s *Shard) settled(n int, group []late) bool {
	p := &s.rules.plans[n]
	for _, l := range group {
		if max(l.came, l.until, satAdd(l.time, p.reach()+int64(p.Lateness))) >= s.complete {
			return false
		}
	}
	return true
}

// due says whether late events of rule n are looked at before they are settled.
func (s *Shard) due(n int, group []late) bool {
	if s.rules.plans[n].fickle() || s.complete == math.MinInt64 {
		return false
	}
	oldest, newest := int64(math.MaxInt64), int64(math.MinInt64)
	for _, l := range group {
		if !l.looked && l.came < s.complete {
			oldest, newest = min(oldest, l.came), max(newest, l.came)
		}
	}
	water := s.state.Watermark()
	return oldest < math.MaxInt64 && (satAdd(newest, quiet) <= water || satAdd(oldest, patience) <= water)
}

// look is a look at the past of a rule's key.
type look struct {
	Ask
	n     int // place of the rule
	group []late
	last  bool          // all is settled, as far as is known before
	more  int64         // by how much the time is extended next
	tries int           // how often it was
	done  bool          // found is what is to be told
	found []alert.Alert // revisions
	until int64         // the store must be complete so far for this to be the last word
}

func (s *Shard) look(n int, group []late, last bool) (*look, error) {
	p := &s.rules.plans[n]
	key, err := window.SplitKey(group[0].key)
	if err != nil {
		return nil, fmt.Errorf("rule %s: late events: %w", p.ID, err)
	}
	l := &look{Ask: Ask{p.Rule, key, math.MaxInt64, math.MinInt64}, n: n, group: group, last: last, more: p.reach()}
	for _, e := range group {
		l.From, l.To = min(l.From, e.time-p.reach()), max(l.To, satAdd(e.time, p.reach()))
	}
	return l, nil
}

// lookAll answers looks until all are done or one of them cannot be answered.
func (s *Shard) lookAll(ctx context.Context, h History, looks []*look) error {
	for open := looks; len(open) > 0; {
		for _, part := range batches(open) {
			if err := s.answer(ctx, h, part); err != nil {
				return fmt.Errorf("late events of %d rules and keys, the first rule %s: %w", len(part), part[0].Rule.ID, err)
			}
		}
		open = slices.DeleteFunc(slices.Clone(open), func(l *look) bool { return l.done })
	}
	return nil
}

// batches puts looks together whose times are alike, so that one question to the store, about all of that time, does for them.
func batches(looks []*look) (out [][]*look) {
	list := slices.Clone(looks)
	slices.SortStableFunc(list, func(a, b *look) int {
		return cmp.Or(cmp.Compare(a.To-a.From, b.To-b.From), cmp.Compare(a.From, b.From))
	})
	for len(list) > 0 {
		first, n := list[0], 1
		from, to := first.From, first.To
		for n < len(list) {
			l := list[n]
			f, t := min(from, l.From), max(to, l.To)
			if span := l.To - l.From; span > 4*(first.To-first.From) || t-f > 2*span {
				break
			}
			from, to = f, t
			n++
		}
		out = append(out, list[:n])
		list = list[n:]
	}
	return out
}

// answer asks the store about looks at once.
func (s *Shard) answer(ctx context.Context, h History, looks []*look) error {
	asks := make([]Ask, len(looks))
	for i, l := range looks {
		asks[i] = l.Ask
	}
	old, err := h.Alerts(ctx, asks)
	if err != nil {
		return err
	}
	for i, l := range looks {
		asks[i].To = min(l.To, s.limit(l.n))
	}
	sigs, err := h.Signals(ctx, asks)
	if err != nil {
		return err
	}
	for i, l := range looks {
		s.judge(l, old[i], sigs[i])
	}
	return nil
}

// limit is up to when the store has the events of rule n that were not late.
func (s *Shard) limit(n int) int64 { return s.complete - int64(s.rules.plans[n].Lateness) }

// judge compares what the rule and key of l should have raised with what it did, as far as the store is complete; or extends l: both
// ends must lie where nothing happens, since bursts hang together, by suppression over any time.
func (s *Shard) judge(l *look, old []alert.Alert, sigs []window.Signal) {
	p := &s.rules.plans[l.n]
	limit := s.limit(l.n)
	to := min(l.To, limit)
	now := s.rules.once(l.n, l.group[0].key, sigs, to)
	f, t := l.From, l.To
	for _, a := range slices.Concat(old, now) {
		if a.Start-p.reach() < l.From {
			f = min(f, a.Start-l.more)
		}
		if a.End+p.reach() > l.To {
			t = max(t, satAdd(a.End, l.more))
		}
	}
	l.tries++
	if (f < l.From || min(t, limit) > to) && l.tries < maxExtended {
		l.From, l.To = f, t
		l.more = min(2*l.more, maxReach)
		return
	}
	l.done, l.until = true, satAdd(max(t, l.To), int64(p.Lateness))
	if p.Window != nil { // what begins where a window's events are missing is not true; if it were, it would be among old
		now = slices.DeleteFunc(now, func(a alert.Alert) bool { return a.Start < satAdd(l.From, int64(p.Window.Within)) })
	}
	old = slices.DeleteFunc(old, func(a alert.Alert) bool { return a.Time > to }) // this look cannot tell
	l.found = compare(now, old, p.fickle())
	if p.fickle() {
		l.found = append(l.found, p.withdrawn(now, old, l.found, l.group)...)
	}
}

// once gives the alerts that rule n raises over the signals of one key up to a time, in their last revision.
func (p *Rules) once(n int, key string, sigs []window.Signal, to int64) []alert.Alert {
	var out []alert.Alert
	w := p.windows[n]
	w.Lateness = 0
	st := window.New(window.Defaults)
	st.SetRules([]window.Rule{w})
	take := func(b window.Burst) {
		b.Rule = n
		a := p.alert(&b)
		if i := slices.IndexFunc(out, func(o alert.Alert) bool { return o.ID == a.ID }); i >= 0 {
			out[i] = a
		} else {
			out = append(out, a)
		}
	}
	for _, sig := range sigs {
		st.Add(0, key, sig, take)
	}
	st.Finish(to, take)
	return out
}

// compare gives what of now is not in old, or not as it is there. Where any says so any difference matters, else
// only that an alert grew.
func compare(now, old []alert.Alert, any bool) []alert.Alert {
	var out []alert.Alert
	for _, a := range now {
		for i := range old {
			if o := &old[i]; o.Start <= a.End && o.End >= a.Start && find(now, o.ID) == nil {
				a.Supersedes = append(a.Supersedes, o.ID)
			}
		}
		a.Revision = 1
		if o := find(old, a.ID); o != nil {
			if len(a.Supersedes) == 0 && o.Resolved == 0 && (any && same(o, a) || !any && o.Count >= a.Count) {
				continue
			}
			a.Revision = o.Revision + 1
			a.Supersedes = append(slices.Clip(o.Supersedes), a.Supersedes...)
		}
		out = append(out, a)
	}
	return out
}

// withdrawn gives the alerts of old that are no more, as resolved at the time of a late event: nothing replaces them.
func (p *plan) withdrawn(now, old, out []alert.Alert, group []late) []alert.Alert {
	var gone []alert.Alert
	for _, o := range old {
		at := o.Time
		for _, l := range group {
			if l.time >= o.Start-int64(p.Window.Within) && (l.time < at || at == o.Time) {
				at = l.time
			}
		}
		replaced := slices.ContainsFunc(out, func(a alert.Alert) bool { return slices.Contains(a.Supersedes, o.ID) })
		if o.Resolved == 0 && !replaced && find(now, o.ID) == nil {
			o.Revision++
			o.Resolved = at
			gone = append(gone, o)
		}
	}
	return gone
}

func find(list []alert.Alert, id string) *alert.Alert {
	if i := slices.IndexFunc(list, func(a alert.Alert) bool { return a.ID == id }); i >= 0 {
		return &list[i]
	}
	return nil
}

// same says whether two alerts of one id differ in how often and when they were told only.
func same(o *alert.Alert, a alert.Alert) bool {
	a.Revision, a.Supersedes, a.Resolved = o.Revision, o.Supersedes, o.Resolved
	return string(a.AppendJSON(nil)) == string(o.AppendJSON(nil))
}
