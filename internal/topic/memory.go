package topic

import (
	"time"

	"watchpost/internal/event"
)

// Range marks the rows [From, To) of a block.
type Range struct{ From, To uint32 }

// The memory of a partition is a function of its log, so that any reader, from whatever offset it starts, tells the same
// repeats: a name is a repeat if and only if a record at most horizon older, before it in the log, bore it too.
type memory struct {
	horizon time.Duration
	lo, hi  int64 // every record in [lo, hi) was seen; what is forgotten lies below lo
	last    map[name]int64
	seen    []sighting // in the order of the log
}

// name is that of a block, or of a part of an HTTP request.
type name struct {
	id      [16]byte
	seq     uint32
	request bool
}

type sighting struct {
	name   name
	offset int64
	time   int64
}

// Clocks of producers differ: a reader rewinds by slack more than the horizon, and forgets later than that, so that a
// reader which loses a partition and gets it back has what it needs.
const (
	rewindSlack = time.Minute
	forgetSlack = 5 * time.Minute
)

// see enters the record at offset; repeated says that its block is a repeat, skip lists the rows whose request is.
func (m *memory) see(offset, now int64, h event.Header) (repeated bool, skip []Range) {
	m.forget(now)
	if m.last == nil {
		m.last = make(map[name]int64)
	}
	repeated = m.sight(name{id: h.ID}, offset, now)
	for _, q := range h.Requests {
		if m.sight(name{id: q.ID, seq: q.Seq, request: true}, offset, now) {
			skip = append(skip, Range{q.From, q.To})
		}
	}
	m.hi = offset + 1
	return repeated, skip
}

func (m *memory) sight(n name, offset, now int64) bool {
	before, ok := m.last[n]
	m.last[n] = max(now, before)
	m.seen = append(m.seen, sighting{n, offset, now})
	return ok && before >= now-int64(m.horizon)
}

// forget drops what is too old to matter at now.
func (m *memory) forget(now int64) {
	old := now - int64(m.horizon+forgetSlack)
	n := 0
	for n < len(m.seen) && m.seen[n].time < old {
		s := m.seen[n]
		m.lo = max(m.lo, s.offset+1)
		if m.last[s.name] <= s.time {
			delete(m.last, s.name)
		}
		n++
	}
	// Moving the rest down only when half is gone keeps the cost a constant per record.
	if m.seen = m.seen[n:]; cap(m.seen) > 1024 && len(m.seen) < cap(m.seen)/4 {
		m.seen = append([]sighting(nil), m.seen...)
	}
}

// rewindTo makes m as it was before the record at offset. Where it does not cover the log from from on, it is emptied and
// must be filled from there: from hi on, in any case.
func (m *memory) rewindTo(from, offset int64) {
	if from < m.lo || from > m.hi {
		*m = memory{horizon: m.horizon, lo: from, hi: from}
		return
	}
	n := len(m.seen)
	for n > 0 && m.seen[n-1].offset >= offset {
		n--
	}
	if n == len(m.seen) && m.hi <= offset {
		return
	}
	m.seen = m.seen[:n]
	m.hi = min(m.hi, offset)
	clear(m.last)
	for _, s := range m.seen {
		m.last[s.name] = max(m.last[s.name], s.time)
	}
}
