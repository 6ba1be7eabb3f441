package topic

import (
	"time"

	"watchpost/internal/event"
)

// Range marks the rows [From, To) of a block.
type Range struct{ From, To uint32 }

// The memory of a partition is a function of its log, so that any reader, from whatever offset it starts, tells the same
// repeats: a name is a repeat if and only if a record at most horizon older, before it in the log, bore it too, and no more than
// most names came since.
type memory struct {
	horizon time.Duration
	most    int
	lo, hi  int64           // every record in [lo, hi) was seen; what is forgotten lies below lo
	last    map[name]uint64 // number of a name's last sighting
	seen    []sighting      // in the order of the log
	first   uint64          // number of seen[0]
	hurried uint64          // names that were forgotten within the horizon
	cut     int64           // time of the last of them
}

// maxNames bounds the memory of a partition to some 35 MB. In 15 minutes that is 291 blocks and requests a second.
const maxNames = 1 << 18

func newMemory(horizon time.Duration) *memory { return &memory{horizon: horizon, most: maxNames} }

// reset empties m: nothing was seen, the next record is that at offset.
func (m *memory) reset(offset int64) {
	*m = memory{horizon: m.horizon, most: m.most, lo: offset, hi: offset}
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
	time   int64 // of the record, or that of an earlier one of the name if the log's time went back
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
		m.last = make(map[name]uint64)
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
	at := now
	number, known := m.last[n]
	repeated := false
	if known {
		before := m.seen[number-m.first].time
		at, repeated = max(now, before), before >= now-int64(m.horizon)
	}
	m.last[n] = m.first + uint64(len(m.seen))
	m.seen = append(m.seen, sighting{n, offset, at})
	if len(m.seen) > m.most {
		if t := m.seen[0].time; t >= now-int64(m.horizon) {
			m.cut = max(m.cut, t)
			m.hurried++
		}
		m.drop()
	}
	return repeated
}

// drop forgets the oldest sighting.
func (m *memory) drop() {
	s := m.seen[0]
	m.lo = max(m.lo, s.offset+1)
	if m.last[s.name] == m.first {
		delete(m.last, s.name)
	}
	m.seen = m.seen[1:]
	m.first++
}

// late says that a block which came at now is so old that it may have come before without m remembering that. It goes by the time
// in the id, which is the clock of an ingest: half of the time that m remembers is left for the clock to be ahead.
func (m *memory) late(now int64, id event.BlockID) bool {
	from := max(now-int64(m.horizon), m.cut)
	return id.UnixNano() < from+(now-from)/2
}

// forget drops what is too old to matter at now.
func (m *memory) forget(now int64) {
	old := now - int64(m.horizon+forgetSlack)
	for len(m.seen) > 0 && m.seen[0].time < old {
		m.drop()
	}
	// Moving the rest down only when half is gone keeps the cost a constant per record.
	if cap(m.seen) > 1024 && len(m.seen) < cap(m.seen)/4 {
		m.seen = append([]sighting(nil), m.seen...)
	}
}

// rewindTo makes m as it was before the record at offset. Where it does not cover the log from from on, it is emptied and
// must be filled from there: from hi on, in any case.
func (m *memory) rewindTo(from, offset int64) {
	if from < m.lo || from > m.hi {
		m.reset(from)
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
	for i, s := range m.seen {
		m.last[s.name] = m.first + uint64(i)
	}
}
