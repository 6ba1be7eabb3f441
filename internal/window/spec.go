// Package window keeps event-time windows over signals.
package window

import (
	"time"

	"watchpost/internal/event"
)

// Kind says what a window looks for.
type Kind string

// The kinds.
const (
	Count      Kind = "count"      // at_least events within the window, or fewer than below
	Distinct   Kind = "distinct"   // at_least different values of a field within the window
	Sum        Kind = "sum"        // the values of a field within the window add up to at_least
	Avg        Kind = "avg"        // their average is at_least
	Percentile Kind = "percentile" // so many percent of them lie below a value that is at_least
	Sequence   Kind = "sequence"   // the steps, each at_least times, within the window
	Absence    Kind = "absence"    // no event for longer than the window after the last one of a key
	FirstSeen  Kind = "first_seen" // a value of a field that is new for a key known for long
	Rate       Kind = "rate"       // more events, or a greater average, than the key has at that hour of the week
	Travel     Kind = "travel"     // two places, one after the other, too far apart
	Beacon     Kind = "beacon"     // events at regular intervals
)

// Kinds lists them all.
var Kinds = []Kind{Count, Distinct, Sum, Avg, Percentile, Sequence, Absence, FirstSeen, Rate, Travel, Beacon}

// Mode says where the windows of a kind lie.
type Mode string

// The modes; "" is Sliding.
const (
	Sliding  Mode = "sliding"  // a window ends at each event
	Tumbling Mode = "tumbling" // one after the other, at whole multiples of within
	Session  Mode = "session"  // from an event that follows a gap to the last before the next gap
)

// Spec is a rule's window as its author wrote it.
type Spec struct {
	Kind      Kind
	Mode      Mode
	Within    time.Duration // greatest distance between the first and the last event of what is looked for, inclusive
	Gap       time.Duration // Session: the longest time between two events of one
	AtLeast   int           // Count, Distinct, Beacon: events or values
	Below     int           // Count, tumbling: in place of AtLeast, a window of fewer events than that
	Field     event.Field   // that is counted, measured or watched; None where the kind needs none
	Threshold float64       // at_least of Sum, Avg, Percentile, Rate (events, or the average) and Travel (km)
	Percent   float64       // Percentile: above 0, below 100
	Events    int           // Avg, Percentile: fewer say nothing
	Steps     []int         // Sequence: at_least of each step
	Not       []bool        // Sequence: which of the steps must not happen; nil: none
	AnyOrder  bool          // Sequence: the steps come in any order
	Learn     time.Duration // FirstSeen, Rate: nothing is reported of a key before it was known for so long
	Memory    time.Duration // FirstSeen, Rate: what was not seen for so long is forgotten
	Times     float64       // Rate: how many times the baseline
	Faster    float64       // Travel: km/h
	Jitter    float64       // Beacon: how far an interval may be from the median, as a part of it
	From, To  time.Duration // Beacon: bounds of the median interval
}

// Numeric says whether the kind reckons with numbers of Field.
func (s *Spec) Numeric() bool {
	switch s.Kind {
	case Sum, Avg, Percentile:
		return true
	}
	return s.Kind == Rate && s.Field != event.None
}

// Negated says whether step i must not happen.
func (s *Spec) Negated(i int) bool { return i < len(s.Not) && s.Not[i] }

// Retain is how long a key is remembered after its last event.
func (s *Spec) Retain() time.Duration {
	switch s.Kind {
	case FirstSeen, Rate:
		return s.Memory
	case Travel: // who has not moved for so long can be anywhere
		return max(s.Within, time.Duration(min(farthest/s.Faster, 24*365)*float64(time.Hour)))
	}
	return s.Within
}
