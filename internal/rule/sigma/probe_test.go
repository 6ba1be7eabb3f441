package sigma_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/match"
	"watchpost/internal/normalise"
	"watchpost/internal/parse"
	"watchpost/internal/rule"
	"watchpost/internal/rule/sigma"
)

// imported imports Sigma text through files and gives the rules as the product loads them.
func imported(t *testing.T, yaml, pipeline string) (*rule.Set, string) {
	t.Helper()
	m, err := sigma.ReadMapping([]byte(pipeline))
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	s, err := sigma.Import(fstest.MapFS{"a.yml": {Data: []byte(yaml)}}, out, sigma.Options{Mapping: m, License: "DRL-1.1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range s.Refused {
		t.Fatalf("refused: %v\n%s", r.Why, yaml)
	}
	set, err := rule.Load(os.DirFS(out))
	if err != nil {
		t.Fatalf("%v\n%s", err, yaml)
	}
	var text strings.Builder
	for _, r := range set.Rules {
		b, _ := os.ReadFile(out + "/" + r.File)
		text.Write(b)
	}
	return set, text.String()
}

var received = time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)

func batch(t *testing.T, lines ...string) *event.Batch {
	t.Helper()
	p, err := parse.New(parse.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := new(event.Batch)
	for _, l := range lines {
		stamp := p.Line(b, []byte(l), received.UnixNano(), parse.Auto)
		normalise.Defaults.Row(b, normalise.Stamp(stamp), received.UnixNano())
		b.End()
	}
	return b
}

// probe is a feature: the detection of a rule, events that it must match and events that it must not.
type probe struct {
	name      string
	source    string // logsource; "" is {category: test}, whose fields are labels
	detection string
	hits      []string
	misses    []string
	pipeline  string
}

func (p probe) rule() string {
	source := p.source
	if source == "" {
		source = "{category: test}"
	}
	return "title: '" + p.name + "'\nid: 11111111-2222-3333-4444-555555555555\nlogsource: " + source + "\ndetection:\n  " +
		strings.ReplaceAll(strings.TrimSpace(p.detection), "\n", "\n  ") + "\n"
}

// TestProbes imports each probe's rule and runs it over events as they come, by the index and by the tree.
func TestProbes(t *testing.T) {
	for _, p := range probes {
		t.Run(p.name, func(t *testing.T) {
			set, text := imported(t, p.rule(), p.pipeline)
			lines := append(append([]string(nil), p.hits...), p.misses...)
			if len(p.hits) == 0 || len(p.misses) == 0 {
				t.Fatal("a probe needs events that match and events that do not")
			}
			b := batch(t, lines...)
			index := map[int]bool{}
			match.New(set).Each(b, func(row int, _ *rule.Rule, _ int) { index[row] = true })
			for i, l := range lines {
				tree, err := set.Rules[0].Steps[0].Match.Match(b.Event(i))
				if err != nil {
					t.Fatal(err)
				}
				want := i < len(p.hits)
				if tree != want || index[i] != want {
					t.Errorf("match is %v by the tree and %v by the index, should be %v: %s\n%s", tree, index[i], want, l, text)
				}
			}
		})
	}
}

// convertOnly imports one file and gives the summary.
func convertOnly(t *testing.T, yaml string) *sigma.Summary {
	t.Helper()
	s, err := sigma.Import(fstest.MapFS{"a.yml": {Data: []byte(yaml)}}, t.TempDir(), sigma.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func contains(got, want string) bool {
	return want == "" && got == "" || want != "" && strings.Contains(got, want)
}
