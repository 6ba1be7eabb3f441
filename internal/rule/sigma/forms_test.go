package sigma

import (
	"os"
	"slices"
	"strings"
	"testing"

	"watchpost/internal/event"
	"watchpost/internal/match"
	"watchpost/internal/normalise"
	"watchpost/internal/parse"
	"watchpost/internal/rule"
)

// TestForms runs all public rules over records as agents and devices send them: testdata/forms.tsv, the ids of the rules that must
// match, - for none, and the record.
func TestForms(t *testing.T) {
	if _, err := os.Stat(sigmaHQ); err != nil {
		t.Skip("the public rules are not there: ", err)
	}
	text, err := os.ReadFile("testdata/forms.tsv")
	if err != nil {
		t.Fatal(err)
	}
	_, set := importAll(t)
	p, err := parse.New(parse.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := new(event.Batch)
	var lines, want []string
	for row := range strings.Lines(string(text)) {
		ids, line, ok := strings.Cut(strings.TrimSuffix(row, "\n"), "\t")
		if !ok {
			t.Fatalf("no tab in %q", row)
		}
		lines, want = append(lines, line), append(want, ids)
		stamp := p.Line(b, []byte(line), 1e18, parse.Auto)
		normalise.Defaults.Row(b, normalise.Stamp(stamp), 1e18)
		b.End()
	}
	got := make([][]string, len(lines))
	match.New(set).Each(b, func(row int, r *rule.Rule, _ int) { got[row] = append(got[row], r.ID) })
	for i, line := range lines {
		slices.Sort(got[i])
		ids := strings.Join(got[i], " ")
		if ids == "" {
			ids = "-"
		}
		if ids != want[i] {
			t.Errorf("matches %s, should match %s: %s", ids, want[i], line)
		}
	}
}
