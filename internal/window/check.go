package window

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"watchpost/internal/event"
)

// Bounds of a Spec: what one key may keep in memory follows from them.
const (
	MaxWithin   = 31 * 24 * time.Hour
	MaxAtLeast  = 100_000 // of a count
	MaxDistinct = 10_000  // of a distinct count
	MaxSteps    = 16
	MaxStep     = 10_000 // at_least of one step
	MaxEvents   = 10_000 // events of an average or percentile
	MaxBeacon   = 1_000  // at_least of a beacon
	MaxMemory   = 400 * 24 * time.Hour
	week        = 7 * 24 * time.Hour
)

// Check reports every fault of s, each with its key.
func (s Spec) Check() error {
	c := checker{Spec: s}
	c.mode()
	switch s.Kind {
	case Count:
		c.count()
	case Distinct:
		c.within(s.AtLeast, MaxDistinct)
		c.field("the field to count the values of is missing")
	case Sum, Avg, Percentile:
		c.measure()
	case Sequence:
		c.sequence()
	case Absence:
		c.span("within", s.Within, 0, MaxWithin)
	case FirstSeen:
		c.field("the field whose values are watched is missing")
		c.memory()
	case Rate:
		c.rate()
	case Travel:
		c.field("the field of the place is missing")
		c.span("within", s.Within, 0, MaxWithin)
		c.number("faster_than", s.Faster, 1, 1e9)
		c.number("at_least", s.Threshold, 0, 20_100)
	case Beacon:
		c.within(s.AtLeast, MaxBeacon)
		if s.AtLeast < 4 {
			c.bad("at_least", "%d: fewer than 4 events are no rhythm", s.AtLeast)
		}
		c.number("jitter", s.Jitter, 0, 0.5)
		c.span("every.from", s.From, 0, MaxWithin)
		c.span("every.to", s.To, s.From-1, MaxWithin)
		if s.From > 0 && s.AtLeast > 1 && s.From > s.Within/time.Duration(s.AtLeast-1) {
			c.bad("within", "%s: too short for %d events, %s apart", s.Within, s.AtLeast, s.From)
		}
	default:
		c.bad("kind", "%q: want one of %q", string(s.Kind), Kinds)
	}
	return errors.Join(c.errs...)
}

type checker struct {
	Spec
	errs []error
}

func (c *checker) bad(key, format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("%s: %s", key, fmt.Sprintf(format, args...)))
}

// span checks a duration that must be above low.
func (c *checker) span(key string, d, low, most time.Duration) {
	if d <= low || d > most {
		c.bad(key, "%s: want more than %s and at most %s", d, max(low, 0), most)
	}
}

func (c *checker) number(key string, v, least, most float64) {
	if math.IsNaN(v) || v < least || v > most {
		c.bad(key, "%g: want %g to %g", v, least, most)
	}
}

func (c *checker) field(missing string) {
	if c.Field == event.None || c.Field >= event.NumFields {
		c.bad("field", "%s", missing)
	}
}

func (c *checker) within(atLeast, most int) {
	c.span("within", c.Within, 0, MaxWithin)
	if atLeast < 1 || atLeast > most {
		c.bad("at_least", "%d: want 1 to %d", atLeast, most)
	}
}

func (c *checker) mode() {
	moded := slices.Contains([]Kind{Count, Distinct, Sum, Avg, Percentile}, c.Kind)
	switch c.Mode {
	case "", Sliding, Tumbling:
		if c.Gap != 0 {
			c.bad("gap", "only a session has one")
		}
	case Session:
		if c.Gap <= 0 || c.Gap > c.Within {
			c.bad("gap", "%s: want more than 0 and at most within (%s), which bounds a session's length", c.Gap, c.Within)
		}
	default:
		c.bad("mode", "%q: want sliding, tumbling or session", string(c.Mode))
	}
	if c.Mode != "" && c.Mode != Sliding && !moded {
		c.bad("mode", "%s has none", c.Kind)
	}
}

func (c *checker) count() {
	if c.Below == 0 {
		c.within(c.AtLeast, MaxAtLeast)
		return
	}
	c.span("within", c.Within, 0, MaxWithin)
	switch {
	case c.AtLeast != 0:
		c.bad("below", "stands in place of at_least, not beside it")
	case c.Below < 2 || c.Below > MaxAtLeast:
		c.bad("below", "%d: want 2 to %d; that nothing comes is an absence", c.Below, MaxAtLeast)
	case c.Mode != Tumbling:
		c.bad("below", "needs mode: tumbling")
	}
}

func (c *checker) measure() {
	c.span("within", c.Within, 0, MaxWithin)
	c.field("the field whose values are reckoned with is missing")
	if math.IsNaN(c.Threshold) || math.IsInf(c.Threshold, 0) || c.Kind == Sum && c.Threshold <= 0 {
		c.bad("at_least", "%g: want a number, more than 0 for a sum", c.Threshold)
	}
	if c.Kind == Percentile && !(c.Percent > 0 && c.Percent < 100) {
		c.bad("percentile", "%g: want more than 0 and less than 100", c.Percent)
	}
	if c.Kind != Sum && (c.Events < 1 || c.Events > MaxEvents) {
		c.bad("events", "%d: want 1 to %d", c.Events, MaxEvents)
	}
	c.numeric()
}

func (c *checker) numeric() {
	if c.Field == event.None || c.Field >= event.NumFields {
		return
	}
	if k := c.Field.Info().Kind; k != event.Int && k != event.Float {
		c.bad("field", "%s holds no number", c.Field)
	}
}

func (c *checker) sequence() {
	c.span("within", c.Within, 0, MaxWithin)
	if len(c.Steps) < 2 || len(c.Steps) > MaxSteps {
		c.bad("steps", "%d: want 2 to %d", len(c.Steps), MaxSteps)
	}
	wanted := 0
	for i, n := range c.Steps {
		switch {
		case n < 1 || n > MaxStep:
			c.bad("steps", "step %d: at_least %d: want 1 to %d", i+1, n, MaxStep)
		case !c.Negated(i):
			wanted++
		case n != 1:
			c.bad("steps", "step %d: at_least says nothing with not", i+1)
		case i > 0 && c.Negated(i-1) && !c.AnyOrder:
			c.bad("steps", "step %d: two steps with not in a row: write one, with or", i+1)
		}
	}
	if wanted == 0 {
		c.bad("steps", "all of them must not happen: that is an absence")
	}
}

func (c *checker) memory() {
	c.span("learn", c.Learn, 0, MaxMemory)
	c.span("memory", c.Memory, c.Learn-1, MaxMemory)
}

func (c *checker) rate() {
	c.memory()
	if c.Learn < week || c.Memory < week {
		c.bad("learn", "%s: the baseline has a value for each hour of the week, so want 7d or more", c.Learn)
	}
	if c.Within <= 0 || c.Within > week || time.Hour%c.Within != 0 && (c.Within%time.Hour != 0 || week%c.Within != 0) || c.Within < time.Minute {
		c.bad("within", "%s: want a part of an hour, from a minute on, or whole hours that make up a week", c.Within)
	}
	c.number("times", c.Times, 1, 1e6)
	if math.IsNaN(c.Threshold) || math.IsInf(c.Threshold, 0) || c.Field == event.None && c.Threshold < 1 {
		c.bad("at_least", "%g: want 1 or more events", c.Threshold)
	}
	c.numeric()
}
