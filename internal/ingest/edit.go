package ingest

import (
	"slices"

	"watchpost/internal/content"
	"watchpost/internal/event"
	"watchpost/internal/parse"
	"watchpost/internal/source"
)

// edit does to the open block what the content rules say. Where rows go or change, the block is made anew out of what stays, so that
// nothing of the others is left in it, in no dictionary either.
func (s *shard) edit() {
	rules := s.p.content.Load()
	if rules.Empty() || s.batch.Rows() == 0 {
		return
	}
	if s.rules != rules {
		s.rules, s.judge = rules, rules.NewJudge()
	}
	verdicts := s.judge.Batch(s.batch)
	anew := false
	for i := range verdicts {
		anew = anew || verdicts[i].Dropped != "" || verdicts[i].Masked()
	}
	if anew {
		verdicts = s.remake(verdicts)
	}
	for _, v := range verdicts {
		if v.Retention != "" {
			s.batch.SetAt(v.Row, event.EventRetention, v.Retention)
		}
	}
}

// remake makes the block anew without the rows that are dropped, and with those that are masked read again. It gives the verdicts
// on what stays, by the new numbers of their rows.
func (s *shard) remake(verdicts []content.Verdict) []content.Verdict {
	old, b := s.batch, s.spare
	senders := s.senders
	origin, last := s.rows.origin, s.rows.last // of the row that comes next
	gone := make([]uint32, 0, len(verdicts))   // rows dropped, ascending
	unparsed := s.rows.unparsed
	next := 0
	kept := verdicts[:0]
	for _, v := range verdicts {
		e := old.Event(v.Row)
		for len(senders) > 1 && senders[1].from <= v.Row {
			senders = senders[1:]
		}
		switch {
		case v.Dropped != "":
			b.Append(old, next, v.Row)
			gone = append(gone, uint32(v.Row))
			from := accountKey{e.Str(event.Tenant), e.Str(event.LogListener), e.Str(event.LogSourceAddress), "dropped:content " + v.Dropped}
			s.p.account.count(from, 1, s.received) // it counts as received already
		case v.Masked():
			b.Append(old, next, v.Row)
			s.reread(b, senders[0].origin, e, &v)
		default:
			b.Append(old, next, v.Row+1)
		}
		if next = v.Row + 1; v.Dropped == "" {
			v.Row = b.Rows() - 1
			kept = append(kept, v)
		}
	}
	b.Append(old, next, old.Rows())
	s.rows.unparsed = unparsed
	s.rows.turn(origin)
	s.rows.last = last
	for _, row := range gone {
		if old.Event(int(row)).Str(event.EventDataset) == parse.TagUnparsed {
			s.rows.unparsed--
		}
	}
	s.requests = without(s.requests, gone)
	old.Reset()
	s.batch, s.spare = b, old
	return kept
}

// reread adds e to b as it is with v's masks. A value that stands in the record in a form that cannot be found takes the whole
// record with it: a note is kept in its place.
func (s *shard) reread(b *event.Batch, o *source.Origin, e event.Event, v *content.Verdict) {
	cut := false
	for i := range e.Len(event.Tags) {
		cut = cut || e.At(event.Tags, i) == parse.TagTruncated
	}
	s.rows.turn(o)
	s.rows.last = e.Time() // a line without time of its own has that of the line before
	var trial event.Batch  // what is wrong with it must leave nothing in b
	s.rows.add(&trial, o, v.Mask(e), e.Ingested(), cut)
	if v.Shows(e, trial.Event(0)) {
		trial.Reset()
		s.rows.add(&trial, o, []byte(content.Withheld), e.Ingested(), false)
		s.p.Stats.Unmasked.Add(1)
	}
	s.p.Stats.Masked.Add(1)
	b.Append(&trial, 0, 1)
}

// without gives the ranges of requests in a block that lacks some rows, which are given in ascending order.
func without(all []event.Request, gone []uint32) []event.Request {
	out := all[:0]
	before := func(row uint32) uint32 {
		n, _ := slices.BinarySearch(gone, row)
		return uint32(n)
	}
	for _, q := range all {
		q.From, q.To = q.From-before(q.From), q.To-before(q.To)
		if q.From < q.To {
			out = append(out, q)
		}
	}
	return out
}
