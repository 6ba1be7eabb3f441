package window

import (
	"slices"

	"watchpost/internal/event"
)

// pane is a window of a Rate, or of a count with below, that is not judged yet. Signals are merged into it as they
// come: nothing in it depends on their order.
type pane struct {
	start       int64
	n           uint64
	sum         Fixed
	first, last int64
	firstID, id event.ID
	fields      []string // evidence from the last event
}

// paned says whether whole windows are judged, at their end.
func (r *ruleState) paned() bool { return r.kind == Rate || r.below > 0 }

// paneDue is when the window that holds t is judged, in terms of the watermark.
func (r *ruleState) paneDue(t int64) int64 {
	return add(add(floor(t, r.within), r.within-1), r.lateness)
}

// merge takes a signal of a window that is not judged yet.
func (s *State) merge(it *item, emit func(Burst)) {
	k, _ := s.find(it)
	m, sig := k.more, &it.sig
	k.last = max(k.last, sig.Time)
	start := floor(sig.Time, k.rule.within)
	i, found := slices.BinarySearchFunc(m.panes, start, func(a pane, t int64) int {
		switch {
		case a.start < t:
			return -1
		case a.start > t:
			return 1
		}
		return 0
	})
	if !found {
		m.panes = slices.Insert(m.panes, i, pane{start: start, first: foreverTime, last: noTime})
	}
	m.panes[i].add(sig)
	if len(m.panes) > maxPanes { // a sender scatters its times: memory is bounded all the same
		s.stats.Forced++
		s.lose(k.rule, k.key(), true)
		s.conclude(k, emit)
	}
	s.touch(k, emit)
}

func (sl *pane) add(sig *Signal) {
	sl.n += uint64(max(sig.N, 1))
	sl.sum = sl.sum.Plus(sig.Sum)
	if sig.Time < sl.first || sig.Time == sl.first && sig.ID.Less(sl.firstID) {
		sl.first, sl.firstID = sig.Time, sig.ID
	}
	if sl.last == noTime || sl.last < sig.Time || sl.last == sig.Time && sl.id.Less(sig.ID) {
		sl.last, sl.id, sl.fields = sig.Time, sig.ID, cloneAll(sig.Fields)
	}
}

// conclude judges the first window of k that waits.
func (s *State) conclude(k *keyState, emit func(Burst)) {
	r, m := k.rule, k.more
	sl := m.panes[0]
	m.panes = append(m.panes[:0], m.panes[1:]...)
	if b := k.burst; b != nil && sl.start >= b.end {
		s.close(k, emit)
	}
	v, base, holds := float64(sl.n), 0.0, false
	if r.below > 0 {
		holds = sl.n < uint64(r.below)
	} else {
		if r.spec.Numeric() {
			v = sl.sum.Float() / float64(sl.n)
		}
		base, holds = m.base.judge(r, sl.start, v)
	}
	if !holds {
		return
	}
	end := add(sl.start, r.within)
	b := k.burst
	if b == nil {
		b = &burst{}
		b.Burst = Burst{Rule: r.index, Key: k.key(), Time: sl.last, ID: sl.id, First: sl.first, Fields: sl.fields}
		k.burst = b
		s.stats.Bursts++
	}
	b.Count += sl.n
	b.Last = sl.last
	if sl.firstID != sl.id {
		b.show(sl.firstID)
	}
	b.show(sl.id)
	if v > b.Value || b.Revision == 0 {
		b.Value, b.Baseline = v, base
	}
	b.falls = end
	b.end = max(add(end, r.within), add(b.Time, r.suppress))
	if b.Revision == 0 || b.grown(r, sl.last) {
		emit(b.report(r, sl.last))
	}
}

// baseline is what a key of a Rate had in each hour of the week.
type baseline struct {
	since int64 // the first window
	hours []hourly
}

// hourly is the mean of the windows that began in one hour of the week.
type hourly struct {
	mean float32
	last uint32 // number of the last window that counts into it, see ordinal
	n    uint16 // windows that count, at most those of the memory
	hour uint8
}

const weekNs = int64(week)

// judge compares v, what the window from start on came to, with the baseline, and lets the baseline learn it.
func (m *baseline) judge(r *ruleState, start int64, v float64) (base float64, holds bool) {
	if m.since == noTime {
		m.since = start
	}
	zeros := !r.spec.Numeric() // a window without events is one of 0; an average it has none
	h := uint8((floor(start, hour) - floor(start, weekNs)) / hour)
	now := m.ordinal(r, start)
	most := uint16(min(max(int64(r.spec.Memory)/weekNs, 1)*r.perHour(), 1<<15))
	i := slices.IndexFunc(m.hours, func(o hourly) bool { return o.hour == h })
	if i < 0 {
		i = len(m.hours)
		o := hourly{hour: h}
		if zeros {
			o.n = uint16(min(max(int64(now)-m.skipped(r, start), 0), int64(most)))
		}
		m.hours = append(m.hours, o)
	} else if zeros {
		m.hours[i].rest(now, most)
	}
	o := &m.hours[i]
	base = float64(o.mean)
	known := add(m.since, int64(r.spec.Learn)) <= start
	holds = known && v >= r.spec.Threshold && v >= r.spec.Times*base && (zeros || o.n > 0)
	o.n = min(o.n+1, most)
	o.mean += (float32(v) - o.mean) / float32(o.n)
	o.last = now
	return base, holds
}

// rest lets the windows count in which nothing came.
func (o *hourly) rest(now uint32, most uint16) {
	missing := int64(now) - int64(o.last) - 1
	if missing > 20*int64(most) {
		o.mean, o.n = 0, most
		return
	}
	for range missing {
		o.n = min(o.n+1, most)
		o.mean -= o.mean / float32(o.n)
	}
}

// perHour is how many windows begin in an hour.
func (r *ruleState) perHour() int64 { return max(hour/r.within, 1) }

// ordinal numbers the windows of one hour of the week, from the week of the first on.
func (m *baseline) ordinal(r *ruleState, start int64) uint32 {
	weeks := (floor(start, weekNs) - floor(m.since, weekNs)) / weekNs
	return uint32(max(weeks, 0)*r.perHour() + (start-floor(start, hour))/r.within)
}

// skipped is how many windows of the hour of the week that start lies in came before the key was known.
func (m *baseline) skipped(r *ruleState, start int64) int64 {
	first := add(floor(m.since, weekNs), floor(start, hour)-floor(start, weekNs))
	if m.since <= first {
		return 0
	}
	return min((m.since-first+r.within-1)/r.within, r.perHour())
}
