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
}

// RunTests runs the inline tests of every rule of set, disabled ones included, each rule on its own. parse makes
// events of a test's lines.
func RunTests(set *rule.Set, parse func(*rule.Test) (*event.Batch, error)) ([]TestResult, error) {
	var out []TestResult
	for _, r := range set.Rules {
		on := *r
		on.Enabled = true
		alone, err := Compile(&rule.Set{Rules: []*rule.Rule{&on}, Hash: set.Hash})
		if err != nil {
			return nil, err
		}
		for i := range r.Tests {
			t := &r.Tests[i]
			res := TestResult{Rule: r.ID, Name: t.Name, File: r.File, Line: t.Line}
			b, err := parse(t)
			if err != nil {
				res.Failure = err.Error()
			} else {
				res.Alerts, res.Failure = runTest(alone, t, b)
			}
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
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		File    string        `xml:"file,attr"`
		Line    int           `xml:"line,attr"`
		Failure *junitFailure `xml:"failure"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

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
		c := junitCase{Class: r.Rule, Name: r.Name, File: r.File, Line: r.Line}
		s.Tests++
		doc.Tests++
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
