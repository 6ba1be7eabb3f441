package window

import "watchpost/internal/event"

// An absence watches that a key which was seen is seen again, each time after at most within. It begins when the
// watermark shows that nothing came; the next event resolves it.

// absent takes an event of a key that is watched.
func (s *State) absent(it *item, emit func(Burst)) {
	k, _ := s.find(it)
	m, t := k.more, it.sig.Time
	if k.last != noTime && t > add(k.last, k.rule.within) && k.burst == nil {
		s.begin(k, emit)
	}
	if b := k.burst; b != nil && t > b.Last {
		b.Resolved = t
		if !b.silent {
			emit(b.report(k.rule, t))
		}
		k.burst = nil
		m.n = 0
	}
	m.n += uint64(max(it.sig.N, 1))
	if t >= k.last {
		k.last = t
		m.ids = append(m.ids[:0], it.sig.ID)
		m.fields = cloneAll(it.sig.Fields)
	}
	s.touch(k, emit)
}

// missing is called when the watermark has passed what k waited for: the next event, or the end of its memory.
func (s *State) missing(k *keyState, emit func(Burst)) {
	if k.burst != nil {
		s.drop(k)
		return
	}
	s.begin(k, emit)
	s.timers.set(k, k.due())
	s.touch(k, emit)
}

// begin reports that k is absent. If it never comes back it is forgotten after the longest window that there may be.
func (s *State) begin(k *keyState, emit func(Burst)) {
	r := k.rule
	at := add(k.last, r.within)
	b := &burst{end: add(at, max(int64(MaxWithin), r.suppress))}
	b.Burst = Burst{Rule: r.index, Key: k.key(), Time: at, ID: k.more.ids[0], First: k.last, Last: k.last, Count: k.more.n,
		IDs: []event.ID{k.more.ids[0]}, Fields: k.more.fields}
	k.burst = b
	if b.silent = at < k.more.quiet; b.silent {
		return
	}
	k.more.quiet = add(at, r.suppress)
	s.stats.Bursts++
	emit(b.report(k.rule, at))
}

func oneID(sig Signal) []event.ID { return []event.ID{sig.ID} }
