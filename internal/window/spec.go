// Package window counts events per key over event time.
package window

import "time"

// Kind is what a window judges.
type Kind uint8

// The kinds of windows.
const (
	Count    Kind = iota + 1 // at least AtLeast events
	Distinct                 // at least AtLeast different values of Field
	Sequence                 // the steps in order, each as often as Steps says
	Absence                  // no event for Within after one was seen
)

// Spec says when a key's events make an alert.
type Spec struct {
	Kind    Kind
	Within  time.Duration // length of the window
	AtLeast int           // Count, Distinct
	Field   string        // Distinct: name of the field whose values are counted
	Steps   []int         // Sequence: events that each step needs
}

var kinds = [...]string{Count: "count", Distinct: "distinct", Sequence: "sequence", Absence: "absence"}

// String gives the kind as rules write it.
func (k Kind) String() string { return kinds[k] }
