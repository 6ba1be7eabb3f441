package window

import (
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	"slices"
	"time"
)

// Options bound a State.
type Options struct {
	MaxKeys    int   `yaml:"max_keys"`    // group keys of all rules together
	MaxBytes   int64 `yaml:"max_bytes"`   // memory of the keys, as estimated
	MaxPending int   `yaml:"max_pending"` // signals that wait for the watermark; one of more than 1 KiB counts as several
}

// Defaults suit one signals partition of an installation on one machine.
var Defaults = Options{MaxKeys: 1_000_000, MaxBytes: 256 << 20, MaxPending: 2_000_000}

// Check reports every fault of o, each with its key.
func (o Options) Check() error {
	var errs []error
	bad := func(key string, v, least int64) {
		if v < least {
			errs = append(errs, fmt.Errorf("%s: %d: want %d or more", key, v, least))
		}
	}
	bad("max_keys", int64(o.MaxKeys), 1)
	bad("max_bytes", o.MaxBytes, 1<<20)
	bad("max_pending", int64(o.MaxPending), 1)
	return errors.Join(errs...)
}

// Rule is what a State needs to know of a rule.
type Rule struct {
	ID       string
	Hash     [16]byte // state under another hash is not this rule's
	Spec     *Spec    // nil: each event alone is a burst
	Lateness time.Duration
	Suppress time.Duration // a burst lasts at least so long after its crossing
	Levels   []float64     // sizes of a burst (Burst.Size) at which it deserves another report, ascending
}

// Stats counts what a State did since it was made.
type Stats struct {
	Signals uint64 // taken, late ones included
	Late    uint64 // behind the watermark
	Twice   uint64 // left out because the same one waited, too
	Forced  uint64 // judged before the watermark because too many waited
	Evicted uint64 // keys forgotten before their time
	Bursts  uint64 // begun
	Keys    int    // now
	Bytes   int64  // now, as estimated
	Pending int    // now
}

// Buckets is the number of parts of a State that are saved independently.
const Buckets = 256

// State is the windows of all rules over one stream of signals: a function of the sequence of calls, so that the same
// calls after a crash lead to the same bursts. It belongs to one goroutine.
type State struct {
	o       Options
	rules   []*ruleState
	byID    map[string]*ruleState
	buckets [Buckets]bucket
	queue   queue
	timers  timers
	blocks  *blocks
	seed    maphash.Seed
	water   int64 // everything due before it has been judged
	forcing bool
	losses  map[Loss]bool
	stats   Stats
	text    []byte // of a new key, used again
}

type bucket struct {
	keys  map[uint64]*keyState // by slot, see (*State).slot
	n     int
	dirty bool
}

type ruleState struct {
	Rule
	index    int // into the rules of SetRules; -1: removed
	kind     Kind
	mode     Mode
	spec     *Spec
	blocks   *blocks // of the State
	unused   *body   // a key without events, see fresh
	home     uint64  // its part in the bucket of a key, and in its slot
	salt     uint64
	within   int64
	gap      int64
	retain   int64 // a key is forgotten so long after its last event
	lateness int64
	suppress int64
	atLeast  int
	below    int
	gates    []gate // Sequence: by step
	stages   []int  // Sequence: at_least of the steps that must happen
	chains   int    // Sequence: length of more.chain
	trailing bool   // Sequence: the last step must not happen
	alone    bool   // no state: each signal is a burst
}

// New makes an empty State.
func New(o Options) *State {
	return &State{o: o, water: noTime, blocks: newBlocks(), seed: maphash.MakeSeed(), losses: make(map[Loss]bool)}
}

// SetRules replaces the rules. A rule of the same id and hash keeps its windows; those of others are dropped.
// Rules must have different ids.
func (s *State) SetRules(rules []Rule) {
	old := s.byID
	s.rules, s.byID = make([]*ruleState, 0, len(rules)), make(map[string]*ruleState, len(rules))
	for i, r := range rules {
		st := old[r.ID]
		if st == nil || st.Hash != r.Hash {
			st = newRuleState(r)
			st.blocks, st.home, st.salt = s.blocks, Place(r.ID, "")^hash64(""), maphash.String(s.seed, r.ID)*3
		} else {
			delete(old, r.ID)
		}
		st.index, st.Levels = i, r.Levels // levels are no part of the hash
		s.rules = append(s.rules, st)
		s.byID[r.ID] = st
	}
	for _, st := range old {
		st.index = -1
	}
	for i := range s.buckets {
		if len(old) == 0 {
			break
		}
		for _, k := range gone(s.buckets[i].keys) {
			s.drop(k)
		}
	}
	s.timers.sort() // ties go by the rule's index
}

func newRuleState(r Rule) *ruleState {
	st := &ruleState{Rule: r, kind: Count, mode: Sliding, spec: r.Spec, atLeast: 1, lateness: int64(r.Lateness), suppress: int64(r.Suppress)}
	st.alone = r.Spec == nil && r.Suppress == 0
	sp := r.Spec
	if sp == nil {
		st.spec = &Spec{Kind: Count}
		return st
	}
	st.kind, st.within, st.gap, st.atLeast, st.below = sp.Kind, int64(sp.Within), int64(sp.Gap), max(sp.AtLeast, 1), sp.Below
	if sp.Mode != "" {
		st.mode = sp.Mode
	}
	st.retain = int64(sp.Retain())
	if sp.Kind == Sequence {
		st.sequenceOf(sp)
	}
	return st
}

// framed says whether windows lie one after the other.
func (r *ruleState) framed() bool { return r.mode == Tumbling || r.mode == Session }

// plain says whether a key needs no more than its last times.
func (r *ruleState) plain() bool {
	return (r.kind == Count || r.kind == Beacon) && !r.framed()
}

// Stats gives the counts.
func (s *State) Stats() Stats {
	st := s.stats
	st.Pending = s.queue.n
	st.Bytes += s.blocks.bytes()
	return st
}

// Watermark is the greatest that Advance was given: what was due before it has been judged.
func (s *State) Watermark() int64 { return s.water }

// Lateness gives how long rule i waits for its events: a signal is due at its time plus that.
func (s *State) Lateness(i int) time.Duration { return s.rules[i].Lateness }

// Add takes a signal of rule i under key. It is judged when the watermark has passed it; a burst of a rule without
// any window or suppression is reported at once. Add reports false where the signal is late, which only an absence
// and a first seen make use of; of a rule that judges whole windows a signal is late when its window was judged. key and sig's texts are copied where they are kept beyond the judgement; they must not change before.
func (s *State) Add(i int, key string, sig Signal, emit func(Burst)) bool {
	r := s.rules[i]
	s.stats.Signals++
	if r.alone {
		s.stats.Bursts++
		emit(Burst{Rule: i, Key: key, Time: sig.Time, ID: sig.ID, First: sig.Time, Last: sig.Time, Count: 1,
			IDs: oneID(sig), Fields: sig.Fields, Revision: 1})
		return true
	}
	it := item{due: add(sig.Time, r.lateness), rule: r, key: key, sig: sig}
	if r.paned() {
		it.due = r.paneDue(sig.Time)
	}
	switch late := it.due < s.water; {
	case late:
		s.stats.Late++
		switch r.kind {
		case Absence:
			if add(it.due, r.within) >= s.water || s.lookup(r, key) != nil { // else nothing is left to wait for: so old are archives
				s.absent(&it, emit)
			}
		case FirstSeen:
			s.judge(&it, emit)
		}
		return false
	case r.paned():
		s.merge(&it, emit)
		return true
	}
	s.queue.push(it)
	if s.queue.load > s.o.MaxPending {
		s.force(emit)
	}
	return true
}

// Again takes a signal that was added before the state was saved: it waits again if it then waited, which Again reports.
func (s *State) Again(i int, key string, sig Signal) bool {
	r := s.rules[i]
	due := add(sig.Time, r.lateness)
	if r.alone || r.paned() || due < s.water {
		return false
	}
	s.queue.push(item{due: due, rule: r, key: key, sig: sig})
	return true
}

// force judges the first half of the waiting signals before their time: memory is bounded, come what may.
func (s *State) force(emit func(Burst)) {
	before := s.queue.n
	s.forcing = true
	for s.queue.load > s.o.MaxPending/2 {
		s.Advance(add(s.queue.lastDue(), 1), emit)
	}
	s.forcing = false
	s.stats.Forced += uint64(before - s.queue.n)
}

// Advance moves the watermark to w: all signals due before w (time plus lateness) are judged in order, and what their
// absence means is concluded. A w that is not above the watermark does nothing.
func (s *State) Advance(w int64, emit func(Burst)) {
	if w <= s.water {
		return
	}
	s.drain(w, emit)
	s.expire(w, emit)
	s.water = w
}

// drain judges the signals due before w, and before each of them lets happen what is due before it.
func (s *State) drain(w int64, emit func(Burst)) {
	for items := s.queue.take(w); len(items) > 0; items = s.queue.take(w) {
		for i := range items {
			it := &items[i]
			if it.rule.index < 0 {
				continue
			}
			if i > 0 && it.compare(&items[i-1]) == 0 { // its block came again, later than readers of the log remember
				s.stats.Twice++
				continue
			}
			if s.forcing {
				s.lose(it.rule, it.key, true)
			}
			s.expire(it.due, emit)
			s.water = max(s.water, it.due)
			if it.rule.kind == Absence {
				s.absent(it, emit)
			} else {
				s.judge(it, emit)
			}
		}
	}
}

// expire lets everything happen that is due before w.
func (s *State) expire(w int64, emit func(Burst)) {
	for len(s.timers) > 0 && s.timers[0].due < w {
		k := s.timers[0].key
		due := k.due()
		switch {
		case due > s.timers[0].due:
			s.timers.set(k, due)
		case k.rule.kind == Absence:
			s.missing(k, emit)
		case k.paneIsDue(due):
			s.conclude(k, emit)
			s.touch(k, emit)
		case k.waitIsDue(due):
			s.fire(k, emit)
			s.touch(k, emit)
		case k.burst != nil && due < add(k.burst.end, k.rule.lateness): // it grew, and a window went by
			emit(k.burst.report(k.rule, add(k.burst.reportedT, k.rule.within)))
			s.touch(k, emit)
		default:
			s.close(k, emit)
			s.settle(k, due, emit)
		}
	}
}

// due is when something must happen to k, in terms of the watermark.
func (k *keyState) due() int64 {
	at := k.forgotten()
	if b := k.burst; b != nil {
		at = b.end
		if k.rule.kind != Absence && k.rule.within > 0 && b.changed() {
			at = min(at, add(b.reportedT, k.rule.within))
		}
	}
	if p := k.unjudged(); len(p) > 0 {
		at = min(at, add(p[0].start, k.rule.within-1))
	}
	if w := k.waits(); w != nil {
		at = min(at, w.deadline)
	}
	return add(at, k.rule.lateness)
}

func (k *keyState) paneIsDue(due int64) bool {
	p := k.unjudged()
	return len(p) > 0 && k.rule.paneDue(p[0].start) <= due
}

func (k *keyState) waitIsDue(due int64) bool {
	w := k.waits()
	return w != nil && add(w.deadline, k.rule.lateness) <= due
}

// judge feeds a signal to its window. All signals of the rule that come before it were fed, but for late ones.
func (s *State) judge(it *item, emit func(Burst)) {
	k, fresh := s.find(it)
	t := it.sig.Time
	if k.burst != nil && t >= k.burst.end {
		s.close(k, emit)
	}
	falls, counts := k.feed(&it.sig)
	if m := k.more; m != nil {
		if w := k.waits(); w != nil && w.count == 0 {
			w.count, w.ids = uint64(len(m.recent)), slices.Clone(m.ids[max(0, len(m.ids)-len(m.recent)):])
		}
		if m.seen != nil && m.seen.trim(k.rule, t) {
			s.stats.Evicted++
			s.lose(k.rule, k.key(), false)
		}
	}
	switch b := k.burst; {
	case !counts:
	case b != nil:
		k.grow(&it.sig, falls)
		if b.grown(k.rule, t) {
			if k.rule.kind == Percentile {
				b.reckon(k)
			}
			emit(b.report(k.rule, t))
		}
	case falls >= t:
		s.stats.Bursts++
		emit(k.open(&it.sig, falls).report(k.rule, t))
	}
	if fresh && k.burst == nil && k.waits() == nil && k.rule.folds(&it.sig) {
		k.fold(&it.sig)
	}
	s.touch(k, emit)
}

// close ends k's burst, with a last report if it grew since the one before.
func (s *State) close(k *keyState, emit func(Burst)) {
	if b := k.burst; b != nil {
		if b.changed() && !b.silent {
			emit(b.report(k.rule, b.Last))
		}
		k.burst = nil
	}
}

// settle forgets k unless an event within its window still counts at due.
func (s *State) settle(k *keyState, due int64, emit func(Burst)) {
	if add(k.forgotten(), k.rule.lateness) > due {
		s.touch(k, emit)
		return
	}
	s.drop(k)
}

// find gives the state of it's key, made if there is none.
func (s *State) find(it *item) (k *keyState, fresh bool) {
	if k := s.lookup(it.rule, it.key); k != nil {
		if k.body == folded {
			k.unfold()
		}
		return k, false
	}
	k = &keyState{rule: it.rule, text: s.join(it.rule, it.key, &it.sig), cut: uint32(len(it.key)), last: noTime, index: -1, body: it.rule.fresh()}
	k.place = it.rule.bucket(it.key)
	s.insert(k)
	return k, true
}

// touch accounts for a change of k, and forgets the keys that would be forgotten next where the bounds are exceeded.
func (s *State) touch(k *keyState, emit func(Burst)) {
	s.buckets[k.place].dirty = true
	size := int32(min(k.bytes(), math.MaxInt32))
	s.stats.Bytes += int64(size - k.size)
	k.size = size
	switch due := k.due(); {
	case k.index < 0:
		s.timers.push(k, due)
	case due < s.timers[k.index].due: // a later one is found out when the timer comes up
		s.timers.set(k, due)
	}
	for s.stats.Keys > s.o.MaxKeys || s.stats.Bytes+s.blocks.bytes() > s.o.MaxBytes && s.stats.Keys > 1 {
		top := s.timers[0].key
		if due := top.due(); due > s.timers[0].due {
			s.timers.set(top, due)
			continue
		}
		s.stats.Evicted++
		s.lose(top.rule, top.key(), false)
		s.close(top, emit)
		s.drop(top)
	}
}

// drop forgets k.
func (s *State) drop(k *keyState) {
	k.clearRing()
	s.blocks.release(k.block)
	s.remove(k)
	s.stats.Keys--
	s.stats.Bytes -= int64(k.size)
	s.timers.remove(k)
}

// Finish judges all that waits and closes every burst, as at the end of a file whose newest event was at newest:
// that something did not happen is concluded up to that time only, since the end of a file is no silence.
func (s *State) Finish(newest int64, emit func(Burst)) {
	for s.queue.n > 0 {
		s.drain(add(s.queue.lastDue(), 1), emit)
	}
	for len(s.timers) > 0 {
		k := s.timers[0].key
		switch due := k.due(); {
		case len(k.unjudged()) > 0:
			s.conclude(k, emit)
		case k.waits() != nil && k.waits().deadline < newest:
			s.fire(k, emit)
		case k.rule.kind != Absence:
			s.close(k, emit)
			s.drop(k)
		case k.burst == nil && add(k.last, k.rule.within) < newest:
			s.missing(k, emit)
		case due > s.timers[0].due && k.burst == nil:
			s.timers.set(k, due)
		default:
			s.drop(k)
		}
	}
}

// Cut judges what is due before t and reports every burst that lasts as it then is: as at the end of a range behind
// which time goes on. What would be concluded at t or later is not told. The State is empty afterwards.
func (s *State) Cut(t int64, emit func(Burst)) {
	s.Advance(t, emit)
	for items := s.queue.take(foreverTime); len(items) > 0; items = s.queue.take(foreverTime) {
		continue // due at t or later
	}
	for len(s.timers) > 0 {
		k := s.timers[0].key
		if k.rule.kind != Absence {
			s.close(k, emit)
		}
		s.drop(k)
	}
}

// Open says whether a burst of rule i under key lasts.
func (s *State) Open(i int, key string) bool {
	r := s.rules[i]
	k := s.lookup(r, key)
	return k != nil && k.burst != nil
}
