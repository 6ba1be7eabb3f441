package event

// Same says that table events does not store a field where it is what other fields are: then it has bit Bit in column ColSame, and nothing in
// column Own. A list is the same as the texts of Of that are there, in their order, each once; any other field has one other.
type Same struct {
	Field Field
	Bit   uint8
	Of    []Field
	Own   string
}

// ColSame is the column of table events that has the bits, UInt16.
const ColSame = "same"

// Sames lists them. They are nobody's to change.
func Sames() []Same { return sames }

var sameOf = func() (of [NumFields]*Same) {
	for i := range sames {
		of[sames[i].Field] = &sames[i]
	}
	return of
}()

// Same gives what f may be the same as, nil if it is always stored.
func (f Field) Same() *Same { return sameOf[f] }

// In says that e has the field, and that it is what the others are.
func (s *Same) In(e Event) bool {
	switch s.Field.Info().Kind {
	case Time:
		v, ok := e.Int(s.Field)
		of, there := e.Int(s.Of[0])
		return ok && there && v == of
	case List:
		return e.Len(s.Field) > 0 && s.inList(e)
	}
	v := e.Str(s.Field)
	return v != "" && v == e.Str(s.Of[0])
}

func (s *Same) inList(e Event) bool {
	n := 0
	for i, f := range s.Of {
		v := e.Str(f)
		if v == "" || s.before(e, i, v) {
			continue
		}
		if n >= e.Len(s.Field) || e.At(s.Field, n) != v {
			return false
		}
		n++
	}
	return n == e.Len(s.Field)
}

// before says that one of the first n of the others is v.
func (s *Same) before(e Event, n int, v string) bool {
	for _, f := range s.Of[:n] {
		if e.Str(f) == v {
			return true
		}
	}
	return false
}
