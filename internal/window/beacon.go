package window

import (
	"math"
	"slices"
)

// beat takes an event of a Beacon and says whether the last at_least ones are regular. An event that follows another by
// less than a tenth of the shortest interval is no beat of its own: connections come in clusters.
func (k *keyState) beat(sig *Signal) bool {
	r := k.rule
	if k.last != noTime && sig.Time-k.last < int64(r.spec.From)/10 {
		return false
	}
	k.push(sig, r.atLeast)
	from := k.oldest(r.atLeast)
	if from == noTime || from < add(sig.Time, -r.within) {
		return false
	}
	median, jitter, _ := k.intervals()
	return median >= int64(r.spec.From) && median <= int64(r.spec.To) && jitter <= r.spec.Jitter
}

// intervals gives the median of those between the beats in the ring, how far they are from it, and them in order of time.
func (k *keyState) intervals() (median int64, jitter float64, all []int64) {
	n := len(k.ring)
	all = make([]int64, 0, n-1)
	for i := 1; i < n; i++ {
		all = append(all, k.past(i).time-k.past(i-1).time)
	}
	sorted := slices.Sorted(slices.Values(all))
	median = sorted[len(sorted)/2]
	if len(sorted)%2 == 0 {
		median = (median + sorted[len(sorted)/2-1]) / 2
	}
	if median <= 0 {
		return median, math.MaxFloat64, all
	}
	off := max(median-sorted[0], sorted[len(sorted)-1]-median)
	return median, float64(off) / float64(median), all
}

// rhythm shows the intervals in a burst that begins.
func (k *keyState) rhythm(b *burst) {
	median, jitter, all := k.intervals()
	b.Interval, b.Jitter = float64(median)/1e9, math.Round(jitter*1e4)/1e4
	for _, d := range all[max(0, len(all)-MaxSample):] {
		b.Intervals = append(b.Intervals, float64(d)/1e9)
	}
}
