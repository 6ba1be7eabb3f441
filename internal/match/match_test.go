package match_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"watchpost/internal/event"
	"watchpost/internal/match"
	"watchpost/internal/rule"
	"watchpost/internal/rule/ruletest"
)

func ruleOf(t interface{ Fatalf(string, ...any) }, id string, sources ...string) *rule.Rule {
	r := &rule.Rule{ID: id, Enabled: true}
	for _, src := range sources {
		p, err := ruletest.Compile(src)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		r.Steps = append(r.Steps, rule.Step{Match: p, AtLeast: 1})
	}
	return r
}

// TestIndexAgrees holds the index, over batches in turn, to expr's machine.
func TestIndexAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := &rule.Set{}
		for i := range rapid.IntRange(1, 6).Draw(t, "rules") {
			set.Rules = append(set.Rules, ruleOf(t, fmt.Sprint("r", i), ruletest.Predicate(t, true), ruletest.Predicate(t, true)))
		}
		x := match.New(set)
		for range 3 {
			b := ruletest.Rows(t, 8, nil)
			var got, want []string
			x.Each(b, func(row int, r *rule.Rule, step int) { got = append(got, fmt.Sprint(row, r.ID, step)) })
			for row := range b.Rows() {
				for _, r := range set.Rules {
					for i, s := range r.Steps {
						if ok, _ := s.Match.Run(b.Event(row)); ok {
							want = append(want, fmt.Sprint(row, r.ID, i))
						}
					}
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("index %v, machine %v", got, want)
			}
		}
		if len(x.Errors()) > 0 {
			t.Fatalf("errors %v", x.Errors())
		}
	})
}

func TestDisabled(t *testing.T) {
	r := ruleOf(t, "off", "true")
	r.Enabled = false
	match.New(&rule.Set{Rules: []*rule.Rule{r}}).Each(ruletest.Events(nil), func(int, *rule.Rule, int) { t.Error("a disabled rule matched") })
}

func TestEachAllocatesNothing(t *testing.T) {
	x := match.New(&rule.Set{Rules: []*rule.Rule{
		ruleOf(t, "a", `event.outcome == "failure" and source.ip == "203.0.113.7"`, `icontains(message, "PASSWORD")`),
		ruleOf(t, "b", `user.roles == "admin" or labels["zone"] == "dmz"`),
	}})
	b := new(event.Batch)
	b.Append(ruletest.Events(nil), 0, 5)
	n := 0
	f := func(int, *rule.Rule, int) { n++ }
	x.Each(b, f)
	if n != 4 {
		t.Errorf("%d matches, want 4", n)
	}
	if a := testing.AllocsPerRun(50, func() { x.Each(b, f) }); a > 0 {
		t.Errorf("%v allocations", a)
	}
}
