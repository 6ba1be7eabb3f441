package window

import (
	"strings"

	"watchpost/internal/event"
)

// keyState is what a rule remembers of one group key.
type keyState struct {
	rule  *ruleState
	key   string
	timer int64   // due time at which the heap of timers holds it
	last  int64   // time of the newest event
	times []int64 // of the last events: at_least of a count, Steps[0] of a sequence; a ring once it is full
	at    int32   // place of the ring's oldest
	place int32   // bucket
	ids   []event.ID
	more  *more
	burst *burst
	index int32 // in the heap of timers
	size  int
}

// more is what only some kinds need.
type more struct {
	chain  []int64   // Sequence: see (*keyState).sequence
	values []valueAt // Distinct: the at_least values seen last, oldest first
	recent []int64   // times of the events within the window, at most maxRecent
	n      uint64    // Absence: events since the key came (back)
	fields []string  // Absence: evidence from the last event
	quiet  int64     // Absence: until then further ones are suppressed
}

type valueAt struct {
	hash uint64
	last int64
	text string
}

// burst is an open burst.
type burst struct {
	Burst
	falls     int64 // until then, inclusive, the condition holds
	end       int64 // from then on an event belongs to another burst
	told      map[uint64]struct{}
	reported  uint64 // Count at the last report
	distinct  int    // Distinct at the last report
	reportedT int64  // time of the event that caused it
	silent    bool   // Absence: suppressed
}

// step feeds sig to the window and gives the time until which, inclusive, its condition holds; noTime if it does not.
func (k *keyState) step(sig *Signal) int64 {
	r := k.rule
	from := noTime
	switch r.kind {
	case Distinct:
		from = k.distinct(sig)
	case Sequence:
		from = k.sequence(sig)
	default:
		k.push(sig.Time, r.atLeast)
		from = k.oldest(r.atLeast)
	}
	if from == noTime {
		return noTime
	}
	return add(from, r.within)
}

// push puts t into the ring of the last n times.
func (k *keyState) push(t int64, n int) {
	if len(k.times) < n {
		k.times = append(k.times, t)
		return
	}
	k.times[k.at] = t
	if k.at++; int(k.at) == n {
		k.at = 0
	}
}

// oldest gives the time of the n-th last event, noTime if there were fewer.
func (k *keyState) oldest(n int) int64 {
	if len(k.times) < n {
		return noTime
	}
	return k.times[k.at]
}

// distinct keeps the at_least values that were seen last. Fewer would not do, more are not needed: the condition
// holds while the oldest of them is within the window.
func (k *keyState) distinct(sig *Signal) int64 {
	h, m := hash64(sig.Value), k.more
	n := k.rule.atLeast
	for i := range m.values {
		if m.values[i].hash == h {
			v := m.values[i]
			v.last = sig.Time
			copy(m.values[i:], m.values[i+1:])
			m.values[len(m.values)-1] = v
			return k.oldestValue(n)
		}
	}
	if len(m.values) == n {
		copy(m.values, m.values[1:])
		m.values = m.values[:n-1]
	}
	m.values = append(m.values, valueAt{h, sig.Time, strings.Clone(sample(sig.Value))})
	return k.oldestValue(n)
}

func (k *keyState) oldestValue(n int) int64 {
	if len(k.more.values) < n {
		return noTime
	}
	return k.more.values[0].last
}

// sequence keeps, for each step and each number of its events, the latest time at which a chain could begin that has
// come so far: no choice of events completes within the window if the latest beginning does not. The first step's
// chains are the ring of its last times; those of the others follow each other in more.chain.
func (k *keyState) sequence(sig *Signal) int64 {
	steps, m := k.rule.steps, k.more
	if m.chain == nil {
		n := 0
		for _, s := range steps[1:] {
			n += s
		}
		m.chain = make([]int64, n)
		for i := range m.chain {
			m.chain[i] = noTime
		}
	}
	last := len(m.chain) - 1
	switch {
	case sig.Step == 0:
		k.push(sig.Time, steps[0])
	case sig.Step < len(steps):
		off := 0
		for _, s := range steps[1:sig.Step] {
			off += s
		}
		begin := k.oldest(steps[0])
		if sig.Step > 1 {
			begin = m.chain[off-1]
		}
		for j := off + steps[sig.Step] - 1; j > off; j-- {
			m.chain[j] = max(m.chain[j], m.chain[j-1])
		}
		m.chain[off] = max(m.chain[off], begin)
	}
	return m.chain[last]
}

// remember keeps what an alert will want to show of the events before its crossing.
func (k *keyState) remember(sig *Signal) {
	if len(k.ids) == maxBefore {
		copy(k.ids, k.ids[1:])
		k.ids = k.ids[:maxBefore-1]
	}
	k.ids = append(k.ids, sig.ID)
	if k.rule.kind != Distinct && k.rule.kind != Sequence {
		return
	}
	m := k.more
	from := add(sig.Time, -k.rule.within)
	drop := 0
	for drop < len(m.recent) && m.recent[drop] < from {
		drop++
	}
	if drop == 0 && len(m.recent) == maxRecent {
		drop = 1
	}
	m.recent = append(m.recent[:0], m.recent[drop:]...)
	m.recent = append(m.recent, sig.Time)
}

// open begins a burst with the crossing event sig.
func (k *keyState) open(sig *Signal, falls int64) *burst {
	r := k.rule
	b := &burst{falls: falls}
	b.Burst = Burst{Rule: r.index, Key: k.key, Time: sig.Time, ID: sig.ID, Last: sig.Time, Fields: cloneAll(sig.Fields)}
	switch r.kind {
	case Distinct, Sequence:
		b.First, b.Count = k.more.recent[0], uint64(len(k.more.recent))
	default:
		b.First, b.Count = k.oldest(r.atLeast), uint64(r.atLeast)
	}
	n := min(len(k.ids), int(b.Count))
	b.IDs = append(b.IDs, k.ids[len(k.ids)-n:]...)
	if r.kind == Distinct {
		b.told = make(map[uint64]struct{})
		for _, v := range k.more.values {
			b.tell(v.hash, v.text)
		}
	}
	b.extend(r)
	k.burst = b
	return b
}

// grow adds a further event to an open burst.
func (b *burst) grow(r *ruleState, sig *Signal, falls int64) {
	b.Count++
	b.Last = max(b.Last, sig.Time)
	if len(b.IDs) < MaxSample {
		b.IDs = append(b.IDs, sig.ID)
	}
	if r.kind == Distinct {
		b.tell(hash64(sig.Value), sig.Value)
	}
	if falls >= sig.Time && falls > b.falls { // else the condition did not hold any more when sig came
		b.falls = falls
		b.extend(r)
	}
}

// extend sets the burst's end: it lasts until its condition was false for one window, and as long as further alerts
// are suppressed.
func (b *burst) extend(r *ruleState) {
	b.end = max(add(b.falls, r.within), add(b.Time, r.suppress))
}

func (b *burst) tell(h uint64, v string) {
	if _, ok := b.told[h]; ok {
		return
	}
	if len(b.told) == maxTold {
		b.More = true
		return
	}
	b.told[h] = struct{}{}
	b.Distinct = len(b.told)
	if len(b.Values) < MaxSample {
		b.Values = append(b.Values, strings.Clone(sample(v)))
	}
}

// grown says whether the burst deserves another report while it lasts: it doubled, or a window went by.
func (b *burst) grown(r *ruleState, t int64) bool {
	return b.Count >= 2*b.reported || r.within > 0 && t > add(b.reportedT, r.within)
}

// report gives the burst's next revision.
func (b *burst) report(r *ruleState, t int64) Burst {
	b.Rule = r.index // a new set may have moved it
	b.Revision++
	b.reported, b.distinct, b.reportedT = b.Count, b.Distinct, t
	out := b.Burst
	out.IDs = append([]event.ID(nil), b.IDs...)
	out.Values = append([]string(nil), b.Values...)
	return out
}

// changed says whether the last report is out of date.
func (b *burst) changed() bool { return b.Count != b.reported || b.Distinct != b.distinct }

// bytes estimates what the key takes in memory.
func (k *keyState) bytes() int {
	n := 240 + len(k.key) + 8*cap(k.times) + 20*cap(k.ids)
	if m := k.more; m != nil {
		n += 104 + 8*cap(m.chain) + 8*cap(m.recent) + 40*cap(m.values)
		for i := range m.values {
			n += len(m.values[i].text)
		}
	}
	if b := k.burst; b != nil {
		n += 280 + 20*cap(b.IDs) + 40*len(b.told)
		for _, v := range b.Values {
			n += 16 + len(v)
		}
		for _, v := range b.Fields {
			n += 16 + len(v)
		}
	}
	return n
}

func sample(v string) string { return v[:min(len(v), maxSampled)] }

func cloneAll(in []string) []string {
	if in == nil {
		return nil
	}
	out := make([]string, len(in))
	for i, v := range in {
		out[i] = strings.Clone(v)
	}
	return out
}
