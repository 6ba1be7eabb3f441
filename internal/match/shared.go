package match

import (
	"watchpost/internal/event"
	"watchpost/internal/rule"
)

// What is known of a leaf.
const (
	unknown = iota
	no
	yes
)

// shared is a leaf with what was found out about it: for the row, and, where the field's column has a dictionary, for each of its entries.
type shared struct {
	leaf    rule.Leaf
	on      rule.Ref
	kind    event.Kind
	byEntry bool
	row     uint8
	entries []uint8 // by number of the dictionary's entry
}

func newShared(l rule.Leaf) *shared {
	s := &shared{leaf: l, on: l.On()}
	s.kind = s.on.Field.Info().Kind
	s.byEntry = (s.kind == event.Dict || s.kind == event.List) && s.on.Field != event.EventID
	return s
}

func (s *shared) begin(b *event.Batch) {
	if s.byEntry {
		n := b.Distinct(s.on.Field)
		s.entries = append(s.entries[:0], make([]uint8, n)...)
	}
}

func (s *shared) eval(e event.Event) (bool, error) {
	if s.row != unknown {
		return s.row == yes, nil
	}
	ok, err := s.find(e)
	if err != nil {
		return false, err
	}
	s.row = verdict(ok)
	return ok, nil
}

func (s *shared) find(e event.Event) (bool, error) {
	switch {
	case !s.byEntry:
		return s.leaf.Eval(e)
	case s.kind == event.Dict:
		k := e.Key(s.on.Field)
		return k != 0 && s.entry(e, k), nil
	}
	for _, k := range e.Keys(s.on.Field) {
		if s.entry(e, k) {
			return true, nil
		}
	}
	return false, nil
}

func (s *shared) entry(e event.Event, k uint32) bool {
	if s.entries[k] == unknown {
		s.entries[k] = verdict(s.leaf.Test(e.Entry(s.on.Field, k)))
	}
	return s.entries[k] == yes
}

func verdict(ok bool) uint8 {
	if ok {
		return yes
	}
	return no
}
