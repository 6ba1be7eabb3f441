package rule

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"watchpost/internal/event"
	"watchpost/internal/window"
)

// alertNames are what a test may ask of an alert beside fields of events and count.
var alertNames = []string{"alert.id", "rule.level", "revision", "supersedes", "alert.resolved", "distinct", "value", "baseline",
	"distance_km", "speed_kmh", "interval", "jitter"}

// readers reads the keys of a mapping.
type readers = map[string]func(ast.Node, string)

// window reads the window into r. It gives the node of a sequence, if it is one.
func (d *doc) window(n ast.Node, key string, r *Rule) (sequence ast.Node) {
	kinds := readers{}
	for _, k := range window.Kinds {
		kinds[string(k)] = func(n ast.Node, key string) {
			if r.Window != nil {
				d.bad(n, key, "a window is of one kind")
				return
			}
			if k == window.Sequence {
				sequence = n
			}
			r.Window = &window.Spec{Kind: k}
			before := len(d.errs)
			d.mapping(n, key, d.windowKeys(r))
			if len(d.errs) == before {
				d.check(n, key, r.Window)
			}
		}
	}
	d.mapping(n, key, kinds)
	return sequence
}

// windowKeys gives the readers of the keys that a window of r's kind has.
func (d *doc) windowKeys(r *Rule) readers {
	s := r.Window
	all := readers{
		"mode":   func(n ast.Node, key string) { s.Mode = window.Mode(d.line(n, key)) },
		"gap":    func(n ast.Node, key string) { s.Gap = d.duration(n, key) },
		"below":  func(n ast.Node, key string) { s.Below = d.number(n, key) },
		"within": func(n ast.Node, key string) { s.Within = d.duration(n, key) },
		"field":  func(n ast.Node, key string) { s.Field = d.field(n, key, false) },
		"at_least": func(n ast.Node, key string) {
			switch s.Kind {
			case window.Count, window.Distinct, window.Beacon:
				s.AtLeast = d.number(n, key)
			default:
				s.Threshold = d.float(n, key)
			}
		},
		"percentile":  func(n ast.Node, key string) { s.Percent = d.float(n, key) },
		"events":      func(n ast.Node, key string) { s.Events = d.number(n, key) },
		"steps":       func(n ast.Node, key string) { d.steps(n, key, r) },
		"order":       func(n ast.Node, key string) { s.AnyOrder = d.anyOrder(n, key) },
		"learn":       func(n ast.Node, key string) { s.Learn = d.duration(n, key) },
		"memory":      func(n ast.Node, key string) { s.Memory = d.duration(n, key) },
		"times":       func(n ast.Node, key string) { s.Times = d.float(n, key) },
		"faster_than": func(n ast.Node, key string) { s.Faster = d.float(n, key) },
		"jitter":      func(n ast.Node, key string) { s.Jitter = d.float(n, key) },
		"every": func(n ast.Node, key string) {
			d.mapping(n, key, readers{
				"from": func(n ast.Node, key string) { s.From = d.duration(n, key) },
				"to":   func(n ast.Node, key string) { s.To = d.duration(n, key) },
			})
		},
	}
	var keys string
	switch s.Kind {
	case window.Count:
		keys = "at_least below within mode gap"
	case window.Distinct, window.Sum:
		keys = "field at_least within mode gap"
	case window.Avg, window.Percentile:
		s.Events = 1
		if keys = "field at_least within events mode gap"; s.Kind == window.Percentile {
			keys += " percentile"
		}
	case window.Sequence:
		keys = "within order steps"
	case window.Absence:
		keys = "within"
	case window.FirstSeen:
		s.Memory = defaultMemory
		keys = "field learn memory"
	case window.Rate:
		s.Learn, s.Memory = 7*24*time.Hour, 28*24*time.Hour
		keys = "within times at_least learn memory field"
	case window.Travel:
		s.Field, s.Within = event.SourceGeoLocation, time.Hour
		keys = "faster_than at_least field within"
	case window.Beacon:
		s.Jitter, s.From, s.To = 0.1, 10*time.Second, time.Hour
		keys = "at_least within jitter every"
	}
	out := readers{}
	for k := range strings.FieldsSeq(keys) {
		out[k] = all[k]
	}
	return out
}

// defaultMemory is for how long a value is remembered if the rule does not say.
const defaultMemory = 60 * 24 * time.Hour

func (d *doc) anyOrder(n ast.Node, key string) bool {
	switch d.line(n, key) {
	case "any":
		return true
	case "ordered":
	default:
		d.bad(n, key, "want ordered or any")
	}
	return false
}

func (d *doc) float(n ast.Node, key string) float64 {
	v, err := strconv.ParseFloat(strings.ReplaceAll(d.line(n, key), "_", ""), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		d.bad(n, key, "want a number")
		return 0
	}
	return v
}

// check reports what package window finds wrong.
func (d *doc) check(n ast.Node, key string, s *window.Spec) {
	err := s.Check()
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			what, rest, _ := strings.Cut(e.Error(), ": ")
			d.bad(n, key+"."+what, "%s", rest)
		}
	} else if err != nil {
		d.bad(n, key, "%v", err)
	}
}

func (d *doc) steps(n ast.Node, key string, r *Rule) {
	all := d.list(n, key)
	if len(all) > window.MaxSteps {
		d.bad(n, key, "%d steps are too many, the most is %d", len(all), window.MaxSteps)
		return
	}
	for i, e := range all {
		s, not := Step{AtLeast: 1}, false
		at := fmt.Sprintf("%s[%d]", key, i)
		d.mapping(e, at, readers{
			"name":     func(n ast.Node, key string) { s.Name = d.line(n, key) },
			"match":    func(n ast.Node, key string) { s.Match = d.predicate(n, key) },
			"at_least": func(n ast.Node, key string) { s.AtLeast = d.number(n, key) },
			"not":      func(n ast.Node, key string) { not = d.boolean(n, key) },
		})
		if s.Match == nil {
			d.bad(e, at+".match", "is missing or wrong")
		}
		r.Steps = append(r.Steps, s)
		r.Window.Steps = append(r.Window.Steps, s.AtLeast)
		r.Window.Not = append(r.Window.Not, not)
	}
}

// hashWindow writes all that decides what a window finds but for the steps' at_least, which stand with their conditions.
func hashWindow(h io.Writer, w *window.Spec) {
	if w == nil {
		return
	}
	fmt.Fprintf(h, " window %s %d %d %q", w.Kind, w.Within, w.AtLeast, w.Field.String())
	fmt.Fprintf(h, " mode %q %d %d steps %v %t", w.Mode, w.Gap, w.Below, w.Not, w.AnyOrder)
	fmt.Fprintf(h, " measure %g %g %d", w.Threshold, w.Percent, w.Events)
	fmt.Fprintf(h, " memory %d %d %g travel %g beacon %g %d %d", w.Learn, w.Memory, w.Times, w.Faster, w.Jitter, w.From, w.To)
}
