package detect

import (
	"encoding/xml"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/event"
	"watchpost/internal/rule"
	"watchpost/internal/window"
)

// TestResult is the outcome of one inline test of a rule.
type TestResult struct {
	Rule, Name string
	File       string
	Line       int
	Alerts     []alert.Alert // what was raised
	Failure    string        // what is wrong, several lines; "" where the test passed
	Took       time.Duration
}

// RunTests runs the inline tests of every rule of set, disabled ones included, each rule on its own. parse makes
// events of a test's lines; now is the clock by which tests are timed.
func RunTests(set *rule.Set, parse func(*rule.Test) (*event.Batch, error), now func() time.Time) ([]TestResult, error) {
	var out []TestResult
	for _, r := range set.Rules {
		on := *r
		on.Enabled = true
		alone, err := Compile(&rule.Set{Rules: []*rule.Rule{&on}, Hash: set.Hash})
		if err != nil {
			return nil, err
		}
		for i := range r.Tests {
			t, start := &r.Tests[i], now()
			res := TestResult{Rule: r.ID, Name: t.Name, File: r.File, Line: t.Line}
			b, err := parse(t)
			if err != nil {
				res.Failure = err.Error()
			} else {
				res.Alerts, res.Failure = runTest(alone, t, b)
			}
			res.Took = now().Sub(start)
			out = append(out, res)
		}
	}
	return out, nil
}

func runTest(r *Rules, t *rule.Test, b *event.Batch) (got []alert.Alert, failure string) {
	_, err := Replay(r, window.Defaults, once(b), func(a alert.Alert) { got = append(got, a) })
	if err != nil {
		return got, err.Error()
	}
	return got, difference(t.Alerts, got)
}

func once(b *event.Batch) iter.Seq2[*event.Batch, error] {
	return func(yield func(*event.Batch, error) bool) { yield(b, nil) }
}

// difference says how the alerts differ from those wanted, "" where they do not: "-" wanted, "+" raised.
func difference(want []rule.Want, got []alert.Alert) string {
	var b strings.Builder
	differ := len(want) != len(got)
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(got):
			fmt.Fprintf(&b, "- %s\n", wanted(want[i]))
		case i >= len(want):
			fmt.Fprintf(&b, "+ %s\n", raised(&got[i], nil))
		case satisfies(want[i], &got[i]):
			fmt.Fprintf(&b, "  %s\n", raised(&got[i], &want[i]))
		default:
			differ = true
			fmt.Fprintf(&b, "- %s\n+ %s\n", wanted(want[i]), raised(&got[i], &want[i]))
		}
	}
	if !differ {
		return ""
	}
	return fmt.Sprintf("%d alerts wanted, %d raised (- wanted, + raised)\n%s", len(want), len(got), b.String())
}

func satisfies(w rule.Want, a *alert.Alert) bool {
	if w.Count > 0 && a.Count != uint64(w.Count) {
		return false
	}
	for name, v := range w.Fields {
		if have, ok := a.Get(name); !ok || have != v {
			return false
		}
	}
	return true
}

func wanted(w rule.Want) string {
	var parts []string
	for _, n := range slices.Sorted(maps.Keys(w.Fields)) {
		parts = append(parts, n+"="+strconv.Quote(w.Fields[n]))
	}
	if w.Count > 0 {
		parts = append(parts, fmt.Sprintf("count=%d", w.Count))
	}
	return strings.Join(parts, " ")
}

// raised shows an alert by the fields that w asks for, or else by its group.
func raised(a *alert.Alert, w *rule.Want) string {
	start, _ := a.Get("event.start")
	end, _ := a.Get("event.end")
	var parts []string
	if w != nil && len(w.Fields) > 0 {
		for _, n := range slices.Sorted(maps.Keys(w.Fields)) {
			v, ok := a.Get(n)
			if !ok {
				parts = append(parts, n+" is no field of the alert")
				continue
			}
			parts = append(parts, n+"="+strconv.Quote(v))
		}
	} else {
		for _, p := range a.Group {
			parts = append(parts, p.Name+"="+strconv.Quote(p.Value))
		}
	}
	return strings.Join(append(parts, fmt.Sprintf("count=%d (%s to %s)", a.Count, start, end)), " ")
}

type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Time     seconds      `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Time     seconds     `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		File    string        `xml:"file,attr"`
		Line    int           `xml:"line,attr"`
		Time    seconds       `xml:"time,attr"`
		Failure *junitFailure `xml:"failure"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// seconds is a duration as JUnit writes it.
type seconds time.Duration

// MarshalText gives seconds with microseconds.
func (s seconds) MarshalText() ([]byte, error) {
	return strconv.AppendFloat(nil, time.Duration(s).Seconds(), 'f', 6, 64), nil
}

// UnmarshalText reads seconds.
func (s *seconds) UnmarshalText(text []byte) error {
	v, err := strconv.ParseFloat(string(text), 64)
	*s = seconds(v * float64(time.Second))
	return err
}

// WriteJUnit writes results in the XML form that CI systems read: a suite for each rule.
func WriteJUnit(w io.Writer, results []TestResult) error {
	var doc junitSuites
	for _, r := range results {
		n := len(doc.Suites)
		if n == 0 || doc.Suites[n-1].Name != r.Rule {
			doc.Suites = append(doc.Suites, junitSuite{Name: r.Rule})
			n++
		}
		s := &doc.Suites[n-1]
		c := junitCase{Class: r.Rule, Name: r.Name, File: r.File, Line: r.Line, Time: seconds(r.Took)}
		s.Tests++
		doc.Tests++
		s.Time += c.Time
		doc.Time += c.Time
		if r.Failure != "" {
			first, _, _ := strings.Cut(r.Failure, "\n")
			c.Failure = &junitFailure{fmt.Sprintf("%s:%d: %s", r.File, r.Line, first), r.Failure}
			s.Failures++
			doc.Failures++
		}
		s.Cases = append(s.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(doc); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
