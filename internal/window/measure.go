package window

import (
	"cmp"
	"math"
	"slices"
)

// sample is a number of the window of a Sum, Avg or Percentile; once there are maxSamples, each stands for a few
// neighbours.
type sample struct {
	from, to int64   // times of the first and the last of them
	v        float64 // their sum; Percentile: the last of them
	n        uint32
	above    uint32 // Percentile: how many reach the threshold
}

// measure takes a number. It gives the beginning of the stretch for which the condition holds: a sum holds while
// its latest numbers that suffice are within the window, the others are judged at each event.
func (k *keyState) measure(sig *Signal) int64 {
	r, m := k.rule, k.more
	v := sig.Sum.Float()
	if r.kind == Sum && v < 0 {
		v = 0 // else a later event could make an earlier sum true
	}
	s := sample{from: sig.Time, to: sig.Time, v: v, n: 1}
	if v >= r.spec.Threshold {
		s.above = 1
	}
	m.keep(s, add(sig.Time, -r.within), r.kind == Percentile)
	if r.kind == Sum {
		total := 0.0
		for i := len(m.samples) - 1; i >= 0; i-- {
			if total += m.samples[i].v; total >= r.spec.Threshold {
				return m.samples[i].to
			}
		}
		return noTime
	}
	n := m.total()
	holds := n >= uint64(r.spec.Events)
	if r.kind == Avg {
		holds = holds && m.sum()/float64(n) >= r.spec.Threshold
	} else {
		above := uint64(0)
		for i := range m.samples {
			above += uint64(m.samples[i].above)
		}
		holds = holds && above >= n-rank(r.spec.Percent, n)+1
	}
	if !holds {
		return noTime
	}
	return sig.Time
}

// keep appends s and forgets what lies before from.
func (m *more) keep(s sample, from int64, single bool) {
	drop := 0
	for drop < len(m.samples) && m.samples[drop].to < from {
		drop++
	}
	if drop > 0 {
		m.samples = append(m.samples[:0], m.samples[drop:]...)
	}
	if len(m.samples) == maxSamples {
		for i := range maxSamples / 2 {
			a, b := m.samples[2*i], m.samples[2*i+1]
			c := sample{a.from, b.to, a.v + b.v, a.n + b.n, a.above + b.above}
			if single {
				c.v = b.v
			}
			m.samples[i] = c
		}
		m.samples = m.samples[:maxSamples/2]
	}
	m.samples = append(m.samples, s)
}

// total is the number of events in the window.
func (m *more) total() (n uint64) {
	for i := range m.samples {
		n += uint64(m.samples[i].n)
	}
	return n
}

func (m *more) sum() (v float64) {
	for i := range m.samples {
		v += m.samples[i].v
	}
	return v
}

// rank is the place, from 1, of the percentile among n numbers in order: the nearest rank.
func rank(percent float64, n uint64) uint64 {
	return min(max(uint64(math.Ceil(percent/100*float64(n))), 1), n)
}

// reckon brings the burst's value up to date.
func (b *burst) reckon(k *keyState) {
	m := k.more
	v := m.sum()
	switch k.rule.kind {
	case Avg:
		v /= float64(m.total())
	case Percentile:
		v = m.percentile(k.rule.spec.Percent)
	}
	if b.Revision == 0 || v > b.Value {
		b.Value = v
	}
	for i := range m.samples {
		b.Approx = b.Approx || m.samples[i].n > 1
	}
}

// percentile gives the value itself, exact while each sample is one number.
func (m *more) percentile(percent float64) float64 {
	in := slices.Clone(m.samples)
	slices.SortFunc(in, func(a, b sample) int { return cmp.Compare(a.v, b.v) })
	left := rank(percent, m.total())
	for i := range in {
		if uint64(in[i].n) >= left {
			return in[i].v
		}
		left -= uint64(in[i].n)
	}
	return in[len(in)-1].v
}
