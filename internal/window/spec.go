// Package window keeps event-time windows over signals.
package window

import (
	"errors"
	"fmt"
	"time"

	"watchpost/internal/event"
)

// Kind says what a window looks for.
type Kind string

// The kinds.
const (
	Count    Kind = "count"    // at_least events within the window
	Distinct Kind = "distinct" // at_least different values of a field within the window
	Sequence Kind = "sequence" // the steps, each at_least times, in order, within the window
	Absence  Kind = "absence"  // no event for longer than the window after the last one of a key
)

// Bounds of a Spec: what one key may keep in memory follows from them.
const (
	MaxWithin   = 31 * 24 * time.Hour
	MaxAtLeast  = 100_000 // of a count
	MaxDistinct = 10_000  // of a distinct count
	MaxSteps    = 16
	MaxStep     = 10_000 // at_least of one step
)

// Spec is a rule's window as its author wrote it.
type Spec struct {
	Kind    Kind
	Within  time.Duration // greatest distance between the first and the last event of what is looked for, inclusive
	AtLeast int           // Count, Distinct
	Field   event.Field   // Distinct: the field whose values are counted
	Steps   []int         // Sequence: at_least of each step
}

// Check reports every fault of s, each with its key.
func (s Spec) Check() error {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", key, fmt.Sprintf(format, args...)))
	}
	if s.Within <= 0 || s.Within > MaxWithin {
		bad("within", "%s: want more than 0 and at most %s", s.Within, MaxWithin)
	}
	most := 0
	switch s.Kind {
	case Count:
		most = MaxAtLeast
	case Distinct:
		most = MaxDistinct
		if s.Field == event.None || s.Field >= event.NumFields {
			bad("field", "the field to count the values of is missing")
		}
	case Sequence:
		if len(s.Steps) < 2 || len(s.Steps) > MaxSteps {
			bad("steps", "%d: want 2 to %d", len(s.Steps), MaxSteps)
		}
		for i, n := range s.Steps {
			if n < 1 || n > MaxStep {
				bad("steps", "step %d: at_least %d: want 1 to %d", i+1, n, MaxStep)
			}
		}
	case Absence:
	default:
		bad("kind", "%q: want count, distinct, sequence or absence", string(s.Kind))
	}
	if most > 0 && (s.AtLeast < 1 || s.AtLeast > most) {
		bad("at_least", "%d: want 1 to %d", s.AtLeast, most)
	}
	return errors.Join(errs...)
}
