package window

import "slices"

// seen is the memory of FirstSeen for a key: which values it had, and in which hour last.
type seen struct {
	since  int64 // time of the key's first event
	hashes []uint64
	hours  []int32 // of the hashes, which are in order
}

const hour = int64(3600e9)

// add takes a value, by its hash, and says whether it is new for a key that has been known for long enough.
func (m *seen) add(r *ruleState, t int64, value uint64) bool {
	if m.since == noTime || t < m.since && add(t, r.retain) >= m.since { // what came longer before had been forgotten
		m.since = t
	}
	now := int32(floor(t, hour) / hour)
	i, found := slices.BinarySearch(m.hashes, value)
	if found {
		fresh := r.forgotten(m.hours[i], t)
		m.hours[i] = max(m.hours[i], now)
		return fresh && t >= add(m.since, int64(r.spec.Learn))
	}
	m.hashes = slices.Insert(m.hashes, i, value)
	m.hours = slices.Insert(m.hours, i, now)
	return t >= add(m.since, int64(r.spec.Learn))
}

// forgotten says whether a value that was last seen in an hour is out of memory at t.
func (r *ruleState) forgotten(h int32, t int64) bool {
	return add(int64(h)*hour+hour, int64(r.spec.Memory)) <= t
}

// trim forgets the value that was seen longest ago where there are too many; it says whether that was before its time.
func (m *seen) trim(r *ruleState, t int64) bool {
	if len(m.hashes) <= maxSeen {
		return false
	}
	i := 0
	for j, h := range m.hours {
		if h < m.hours[i] {
			i = j
		}
	}
	early := !r.forgotten(m.hours[i], t)
	m.hashes, m.hours = slices.Delete(m.hashes, i, i+1), slices.Delete(m.hours, i, i+1)
	return early
}

// known counts the values that are remembered at t, without the one that came just now.
func (m *seen) known(r *ruleState, t int64) int {
	n := 0
	for _, h := range m.hours {
		if !r.forgotten(h, t) {
			n++
		}
	}
	return n - 1
}
