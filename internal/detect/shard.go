package detect

import (
	"fmt"
	"math"

	"watchpost/internal/alert"
	"watchpost/internal/event"
	"watchpost/internal/window"
)

// Shard is the window stage at one partition of the topic `signals`: a pure function of its records, and of its rules.
// It belongs to one goroutine.
type Shard struct {
	rules     *Rules
	state     *window.State
	marks     []progress // by partition of events
	offset    int64      // of the next record
	begun     bool       // that is known
	open      []recent
	lates     []late
	lateBytes int
	barriers  []barrier      // the store has not passed yet
	complete  int64          // the store has all that came until the watermark was so
	alarms    map[loss]int64 // the hour of the last one
	stats     ShardStats
	out       []alert.Alert
	save      saved
	bucket    []byte    // of a snapshot as it is written, used again
	again     *snapshot // while the records are read again that the snapshot has taken
}

// progress is how far a partition of events has been told.
type progress struct {
	known    bool
	offset   int64
	part     uint32
	received int64 // watermark
}

// recent is a record whose signals may still wait for the watermark: a restored shard reads it again.
type recent struct {
	offset    int64
	due       int64 // of its last signal
	partition int
	before    progress // of the partition
}

// late is an event that came behind the watermark.
type late struct {
	rule      ref
	key       string
	time      int64
	id        event.ID
	partition int // of events, and the offset of the block that brought it
	offset    int64

	// What only this process knows:
	came   int64 // the watermark at that time
	looked bool  // since it came
	until  int64 // what the store must have for the last look, if that is more than reach says
}

// ShardStats counts what a Shard did since it was made.
type ShardStats struct {
	window.Stats
	Records   uint64 // taken
	Repeated  uint64 // dropped: sent again by the match stage
	Poison    uint64 // dropped: unreadable
	Stale     uint64 // signals of rules that this shard does not have, or not in that form
	Missing   uint64 // records that the log trimmed before they were taken
	Shortened uint64 // times that events lacked what had been told of them, or signals what had been taken
	Unchecked uint64 // late events that were forgotten because too many waited to be looked at again
	Lag       int64  // nanoseconds from the watermark of the slowest partition of events to that of the fastest
}

// NewShard makes the window stage for signals of so many partitions of events.
func NewShard(rules *Rules, o window.Options, partitions int) *Shard {
	s := &Shard{rules: rules, state: window.New(o), marks: make([]progress, partitions), alarms: make(map[loss]int64), complete: math.MinInt64}
	for i := range s.marks {
		s.marks[i].received = math.MinInt64
	}
	s.state.SetRules(rules.windows)
	return s
}

// SetRules changes the rules. Those that stay as they are keep their windows.
func (s *Shard) SetRules(rules *Rules) {
	s.rules = rules
	s.state.SetRules(rules.windows)
}

// Stats gives the counts.
func (s *Shard) Stats() ShardStats {
	st := s.stats
	st.Stats = s.state.Stats()
	lo, hi := int64(math.MaxInt64), int64(math.MinInt64)
	for _, m := range s.marks {
		lo, hi = min(lo, m.received), max(hi, m.received)
	}
	if lo != math.MinInt64 {
		st.Lag = hi - lo
	}
	return st
}

// Apply takes the record at offset and gives the alerts that follow from it, later revisions of earlier ones among
// them. They are valid until the next call.
func (s *Shard) Apply(offset int64, value []byte) ([]alert.Alert, error) {
	s.out = s.out[:0]
	switch {
	case s.begun && offset > s.offset:
		s.stats.Missing += uint64(offset - s.offset)
	case s.begun && offset < s.offset:
		s.back()
	}
	s.offset, s.begun = offset+1, true
	s.stats.Records++
	r, err := s.read(value)
	if err != nil {
		s.stats.Poison++
		return nil, err
	}
	if s.again != nil {
		if offset < s.again.end {
			s.reread(offset, r)
			return nil, nil
		}
		s.marks, s.again = s.again.marks[1], nil
	}
	m := &s.marks[r.Partition]
	switch {
	case r.Short:
		s.shorten(r)
		return nil, nil
	case r.Idle:
		// Whoever says this saw the end behind r.Offset. If more was told meanwhile, or less, it says nothing here.
		if m.known && m.offset != r.Offset {
			return nil, nil
		}
	case m.has(r.Offset, r.Part):
		s.stats.Repeated++
		return nil, nil
	default:
		before := *m
		due := s.add(r)
		m.known, m.offset, m.part = true, r.Offset, r.Part
		if due >= s.state.Watermark() && due != math.MinInt64 {
			s.open = append(s.open, recent{offset, due, r.Partition, before})
		}
	}
	if !r.More {
		m.received = max(m.received, r.Received)
	}
	s.advance()
	s.alarm()
	return s.out, nil
}

// back is called where signals lost their end, or were made anew: none are read again that were taken, and what waits cannot be.
func (s *Shard) back() {
	s.stats.Shortened++
	if s.again != nil {
		s.marks, s.again = s.again.marks[1], nil
	}
	s.open = nil
}

// shorten forgets what was told of a partition of events behind the end of what is still so.
func (s *Shard) shorten(r *record) {
	if !s.marks[r.Partition].shorten(r.Offset) {
		return
	}
	s.stats.Shortened++
	for i := range s.barriers {
		o := s.barriers[i].offsets
		o[r.Partition] = min(o[r.Partition], r.Offset)
	}
}

// shorten makes offset the last that was told, where more was.
func (t *progress) shorten(offset int64) bool {
	if !t.known || t.offset <= offset {
		return false
	}
	t.offset, t.part = offset, math.MaxUint32-1
	return true
}

// has says whether part of the block at offset was told.
func (t *progress) has(offset int64, part uint32) bool {
	return t.known && (offset < t.offset || offset == t.offset && part <= t.part)
}

// read decodes a record and checks it against what this shard knows.
func (s *Shard) read(value []byte) (*record, error) {
	r, err := decodeRecord(value)
	if err != nil {
		return nil, err
	}
	if r.Partition >= len(s.marks) {
		return nil, fmt.Errorf("signals: of partition %d of %d", r.Partition, len(s.marks))
	}
	return r, nil
}

// resolve gives, for each entry of r, the rule's place, or -1 where this shard lacks it or its key does not fit.
func (s *Shard) resolve(r *record) []int {
	rules := make([]int, len(r.rules))
	for i, ref := range r.rules {
		n, ok := s.rules.byRef[ref]
		if !ok {
			n = -1
		}
		rules[i] = n
	}
	out := make([]int, len(r.entries))
	for i, en := range r.entries {
		n := rules[en.rule]
		if n >= 0 && !s.rules.fits(n, en.key) {
			n = -1
		}
		out[i] = n
	}
	return out
}

// fits says whether key has as many parts as those of rule n.
func (p *Rules) fits(n int, key string) bool { return window.Parts(key) == len(p.plans[n].GroupBy)+1 }

// add hands the signals of r to the windows; it gives the due time of the last one, math.MinInt64 where none waits.
func (s *Shard) add(r *record) int64 {
	last := int64(math.MinInt64)
	rules := s.resolve(r)
	for i := range r.signals {
		sig := &r.signals[i]
		n := rules[sig.entry]
		if n < 0 {
			s.stats.Stale++
			continue
		}
		en := &r.entries[sig.entry]
		if !s.state.Add(n, en.key, sig.Signal, s.take) {
			s.late(late{rule: r.rules[en.rule], key: en.key, time: sig.Time, id: sig.ID, partition: r.Partition, offset: r.Offset, came: s.state.Watermark()}, n)
			continue
		}
		last = max(last, satAdd(sig.Time, int64(s.state.Lateness(n))))
	}
	return last
}

func (s *Shard) take(b window.Burst) { s.out = append(s.out, s.rules.alert(&b)) }

// advance moves the watermark to that of the slowest partition of events.
func (s *Shard) advance() {
	w := int64(math.MaxInt64)
	for i := range s.marks {
		w = min(w, s.marks[i].received)
	}
	if w != math.MinInt64 {
		s.state.Advance(w, s.take)
	}
	n := 0 // where too many wait, the windows are ahead of w
	for n < len(s.open) && s.open[n].due < s.state.Watermark() {
		n++
	}
	s.open = s.open[n:]
}

func satAdd(a, b int64) int64 {
	if c := a + b; c >= a {
		return c
	}
	return math.MaxInt64
}
