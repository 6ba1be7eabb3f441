package window

import (
	"strings"

	"github.com/axiomhq/hyperloglog"

	"watchpost/internal/event"
)

// keyState is what a rule remembers of one group key.
type keyState struct {
	rule  *ruleState
	text  string // the key, and behind it what its only event had, see fold
	last  int64  // time of the newest event
	*body        // folded: the key had one event, which is
	block uint32 // by its number
	row   uint32
	index int32 // in the heap of timers; -1: not yet
	size  int32
	cut   uint32 // length of the key in text
	place uint8  // bucket
	stage uint8  // of the only event
}

func (k *keyState) key() string { return k.text[:k.cut] }

// body is the state of a key that had more than one event.
type body struct {
	ring  []past // the last events: at_least of a count or beacon, the first step of a sequence
	more  *more
	burst *burst
	at    int32 // place of the ring's oldest, once it is full
}

// more is what only some kinds need.
type more struct {
	ids      []event.ID // the last maxBefore events, but of a count or beacon
	start    int64      // Tumbling, Session: where the present one begins
	values   []valueAt  // Distinct: the at_least values seen last, oldest first
	recent   []int64    // Distinct, Sequence: times of the events within the window, at most maxRecent
	samples  []sample   // Sum, Avg, Percentile: of the window, oldest first
	seen     *seen      // FirstSeen
	trip     *trip      // Travel
	*course             // Sequence
	*silence            // Absence
	*frames             // Rate, and a count with below
}

// course is how far a sequence has come.
type course struct {
	chain  []int64  // see (*keyState).sequence
	done   int64    // latest beginning of a chain whose first step is complete
	banned int64    // the last event that must not come before, or in any order
	wait   *waiting // complete, if its last step does not happen
}

// silence is what an absence goes by.
type silence struct {
	n      uint64   // events since the key came (back)
	fields []string // evidence from the last event
	quiet  int64    // until then further ones are suppressed
}

// frames are windows that are judged whole.
type frames struct {
	panes []pane    // not judged yet, oldest first
	base  *baseline // Rate
}

// newBody makes the state of a key without events, in few objects: there may be a million to collect.
func newBody(r *ruleState) *body {
	if r.plain() {
		return new(body)
	}
	one := new(struct {
		body
		m more
	})
	m := &one.m
	if r.paned() {
		m.frames = &frames{}
	}
	switch r.kind {
	case FirstSeen:
		m.seen = new(seen)
	case Rate:
		m.base = &baseline{since: noTime}
	case Travel:
		m.trip = new(trip)
	case Absence:
		m.silence = &silence{quiet: noTime}
	case Sequence:
		m.course = &course{chain: make([]int64, r.chains)}
	}
	m.reset()
	one.more = m
	return &one.body
}

// reset makes m that of a key without events; what never folds is as it was made.
func (m *more) reset() {
	m.start = noTime
	m.clear()
	if m.seen != nil {
		*m.seen = seen{noTime, m.seen.hashes[:0], m.seen.hours[:0]}
	}
	if m.trip != nil {
		*m.trip = trip{at: noTime}
	}
	if c := m.course; c != nil {
		c.done, c.banned, c.wait = noTime, noTime, nil
		for i := range c.chain {
			c.chain[i] = noTime
		}
	}
}

// clear forgets the events of a tumbling window or session.
func (m *more) clear() {
	m.ids, m.values, m.recent, m.samples = m.ids[:0], m.values[:0], m.recent[:0], m.samples[:0]
}

// unjudged gives the windows that are not judged yet, oldest first.
func (k *keyState) unjudged() []pane {
	if k.more == nil || k.more.frames == nil {
		return nil
	}
	return k.more.panes
}

// waits gives the sequence that is complete if its last step does not happen; nil: there is none.
func (k *keyState) waits() *waiting {
	if k.more == nil || k.more.course == nil {
		return nil
	}
	return k.more.wait
}

// forget is for a key that comes back after its memory.
func (m *more) forget() {
	if m.seen != nil {
		m.seen.since = noTime
	}
	if m.trip != nil {
		m.trip.at = noTime
	}
}

// burst is an open burst.
type burst struct {
	Burst
	falls     int64 // until then, inclusive, the condition holds
	end       int64 // from then on an event belongs to another burst
	told      map[uint64]struct{}
	sketch    *hyperloglog.Sketch // of all values once told is full
	reported  uint64              // Count at the last report
	distinct  int                 // Distinct at the last report
	level     int                 // levels reached at the last report
	reportedT int64               // time of the event that caused it
	silent    bool                // Absence: suppressed
}

// forgotten is the time at which k is forgotten if no burst holds it.
func (k *keyState) forgotten() int64 {
	last := k.last
	if k.rule.kind == FirstSeen && last != noTime { // of a value's events within an hour not all are told
		last = add(floor(last, hour), hour-1)
	}
	return add(last, k.rule.retain)
}

// feed takes sig, as step does, and keeps what is needed of it later.
func (k *keyState) feed(sig *Signal) (falls int64, counts bool) {
	k.frame(sig.Time)
	if falls, counts = k.step(sig); counts {
		k.remember(sig)
	}
	k.last = max(k.last, sig.Time)
	return falls, counts
}

// step feeds sig to the window. falls is the time until which, inclusive, its condition holds; noTime if it does not.
// counts says whether sig belongs to what is looked for.
func (k *keyState) step(sig *Signal) (falls int64, counts bool) {
	r := k.rule
	from := noTime
	if k.more != nil && k.last != noTime && sig.Time > k.forgotten() { // a burst that lasts kept k beyond its memory
		k.more.forget()
	}
	switch r.kind {
	case Distinct:
		from = k.distinct(sig)
	case Sequence:
		if from, counts = k.sequence(sig); !counts {
			return noTime, false
		}
	case Sum, Avg, Percentile:
		from = k.measure(sig)
	case FirstSeen:
		fresh := k.more.seen.add(r, sig.Time, hash64(sig.Value))
		return instant(sig, fresh), fresh
	case Travel:
		hop := k.more.trip.move(r, sig)
		return instant(sig, hop), hop
	case Beacon:
		return instant(sig, k.beat(sig)), true
	default:
		k.push(sig, r.atLeast)
		from = k.oldest(r.atLeast)
	}
	switch {
	case from == noTime:
		return noTime, true
	case r.framed() || r.kind == Avg || r.kind == Percentile:
		return instant(sig, true), true
	}
	return add(from, r.within), true
}

// instant is for conditions that are true of an event, not for a time.
func instant(sig *Signal, holds bool) int64 {
	if !holds {
		return noTime
	}
	return sig.Time
}

// frame begins a new tumbling window or session where t is beyond the present one.
func (k *keyState) frame(t int64) {
	r, m := k.rule, k.more
	begin := noTime
	switch r.mode {
	case Tumbling:
		if begin = floor(t, r.within); begin == m.start {
			return
		}
	case Session:
		if k.last != noTime && t <= add(k.last, r.gap) && t <= add(m.start, r.within) {
			return
		}
		begin = t
	default:
		return
	}
	m.start = begin
	k.clearRing()
	m.clear()
}

// remember keeps what an alert will want to show of the events before its crossing.
func (k *keyState) remember(sig *Signal) {
	m := k.more
	switch k.rule.kind {
	case Count, Beacon, FirstSeen, Travel:
		return // the ring has what is needed, or nothing is
	}
	if len(m.ids) == maxBefore {
		copy(m.ids, m.ids[1:])
		m.ids = m.ids[:maxBefore-1]
	}
	m.ids = append(m.ids, sig.ID)
	if k.rule.kind != Distinct && k.rule.kind != Sequence {
		return
	}
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
	b.Burst = Burst{Rule: r.index, Key: k.key(), Time: sig.Time, ID: sig.ID, Last: sig.Time, Fields: cloneAll(sig.Fields)}
	switch r.kind {
	case Distinct, Sequence:
		b.First, b.Count = k.more.recent[0], uint64(len(k.more.recent))
	case Sum, Avg, Percentile:
		b.First, b.Count = k.more.samples[0].from, k.more.total()
		b.reckon(k)
	case FirstSeen:
		b.First, b.Count = sig.Time, 1
		b.Values, b.Baseline = []string{strings.Clone(shown(sig.Value))}, float64(k.more.seen.known(r, sig.Time))
	case Travel:
		k.more.trip.show(b)
	default:
		b.First, b.Count = k.oldest(r.atLeast), uint64(r.atLeast)
	}
	if ids := k.before(); len(b.IDs) == 0 {
		b.IDs = append(b.IDs, ids[max(0, len(ids)-int(min(b.Count, maxBefore))):]...)
	}
	switch r.kind {
	case FirstSeen:
		b.IDs = oneID(*sig)
	case Beacon:
		k.rhythm(b)
	case Distinct:
		b.told = make(map[uint64]struct{})
		for _, v := range k.more.values {
			b.tell(v.hash, v.text)
		}
	}
	b.extend(k, sig.Time)
	k.burst = b
	return b
}

// grow adds a further event to an open burst.
func (k *keyState) grow(sig *Signal, falls int64) {
	b, r := k.burst, k.rule
	b.Count++
	b.Last = max(b.Last, sig.Time)
	b.show(sig.ID)
	switch r.kind {
	case Distinct:
		b.tell(hash64(sig.Value), sig.Value)
	case FirstSeen, Travel:
		if len(b.Values) < MaxSample {
			b.Values = append(b.Values, strings.Clone(shown(sig.Value)))
		}
	case Sum, Avg:
		b.reckon(k)
	}
	if falls >= sig.Time && falls > b.falls { // else the condition did not hold any more when sig came
		b.falls = falls
		b.extend(k, sig.Time)
	}
}

// show adds to the sample of events, whose last place is the newest one's.
func (b *burst) show(id event.ID) {
	if len(b.IDs) == MaxSample {
		b.IDs = b.IDs[:MaxSample-1]
	}
	b.IDs = append(b.IDs, id)
}

// extend sets the burst's end: it lasts until its condition was false for one window, or its tumbling window or
// session is over, and as long as further alerts are suppressed.
func (b *burst) extend(k *keyState, t int64) {
	r := k.rule
	end := add(b.falls, r.within)
	switch r.mode {
	case Tumbling:
		end = add(k.more.start, r.within)
	case Session:
		end = add(min(add(t, r.gap), add(k.more.start, r.within)), 1)
	}
	if r.kind == FirstSeen {
		end = b.falls
	}
	b.end = max(end, add(b.Time, r.suppress))
}

// grown says whether the burst deserves another report while it lasts: it doubled, a window went by, or its level rose.
func (b *burst) grown(r *ruleState, t int64) bool {
	return b.Count >= 2*b.reported || r.within > 0 && t > add(b.reportedT, r.within) || b.levels(r) > b.level
}

// levels counts the thresholds of the rule's levels that the burst has reached.
func (b *burst) levels(r *ruleState) int {
	if len(r.Levels) == 0 {
		return 0
	}
	b.estimate()
	v := b.Size(r.kind)
	n := 0
	for n < len(r.Levels) && v >= r.Levels[n] {
		n++
	}
	return n
}

// Size is what the levels of a rule of kind k go by: how many values, what they come to, or how many events.
func (b *Burst) Size(k Kind) float64 {
	switch k {
	case Distinct:
		return float64(b.Distinct)
	case Sum, Avg, Percentile, Rate:
		return b.Value
	}
	return float64(b.Count)
}

// report gives the burst's next revision.
func (b *burst) report(r *ruleState, t int64) Burst {
	b.Rule = r.index // a new set may have moved it
	b.Revision++
	b.estimate()
	b.reported, b.distinct, b.reportedT, b.level = b.Count, b.Distinct, t, b.levels(r)
	out := b.Burst
	out.IDs = append([]event.ID(nil), b.IDs...)
	out.Values = append([]string(nil), b.Values...)
	return out
}

// changed says whether the last report is out of date.
func (b *burst) changed() bool { return b.Count != b.reported || b.Distinct != b.distinct }

// bytes estimates what the key takes in memory.
func (k *keyState) bytes() int {
	n := 130 + len(k.text) // with its places in the map and in the heap of timers
	if k.body == folded {
		return n
	}
	n += 50 + 16*cap(k.ring)
	if k.more != nil {
		n += k.more.bytes()
	}
	if b := k.burst; b != nil {
		n += 400 + 20*cap(b.IDs) + 40*len(b.told) + textBytes(b.Values) + textBytes(b.Fields)
		if b.sketch != nil {
			n += 1 << sketchBits
		}
	}
	return n
}

func (m *more) bytes() int {
	n := 150 + 20*cap(m.ids) + 8*cap(m.recent) + 40*cap(m.values) + 40*cap(m.samples)
	for i := range m.values {
		n += len(m.values[i].text)
	}
	if f := m.frames; f != nil {
		n += 40 + 160*cap(f.panes)
		for i := range f.panes {
			n += textBytes(f.panes[i].fields)
		}
		if f.base != nil {
			n += 40 + 16*cap(f.base.hours)
		}
	}
	if c := m.course; c != nil {
		n += 56 + 8*cap(c.chain)
		if w := c.wait; w != nil {
			n += 120 + 20*cap(w.ids) + textBytes(w.fields)
		}
	}
	if m.silence != nil {
		n += 48 + textBytes(m.fields)
	}
	if m.seen != nil {
		n += 60 + 12*cap(m.seen.hashes)
	}
	if m.trip != nil {
		n += 120 + len(m.trip.text)
	}
	return n
}

// textBytes estimates what texts take in memory.
func textBytes(list []string) (n int) {
	for _, v := range list {
		n += 16 + len(v)
	}
	return n
}

// shown is the part of a value that samples show.
func shown(v string) string { return v[:min(len(v), maxSampled)] }

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

// floor is the greatest multiple of width that is not above t.
func floor(t, width int64) int64 {
	n := t / width
	if t%width < 0 {
		n--
	}
	return n * width
}
