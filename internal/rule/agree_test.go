package rule_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"watchpost/internal/match"
	"watchpost/internal/rule"
	"watchpost/internal/rule/ruletest"
)

// agree holds tree, expr's machine and the index of all rules to the same answer, for random rules on random events.
func agree(t *rapid.T) {
	set := &rule.Set{}
	for i := range rapid.IntRange(1, 8).Draw(t, "rules") {
		src := ruletest.Predicate(t, true)
		p, err := ruletest.Compile(src)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		set.Rules = append(set.Rules, &rule.Rule{ID: fmt.Sprint("r", i), Enabled: true, Steps: []rule.Step{{Match: p, Written: p, AtLeast: 1}}})
	}
	x := match.New(set)
	for range 2 { // what the index remembers of a batch must not show in the next
		b := ruletest.Rows(t, 8, nil)
		var found, want []string
		x.Each(b, func(row int, r *rule.Rule, _ int) { found = append(found, fmt.Sprint(row, r.ID)) })
		for row := range b.Rows() {
			for _, r := range set.Rules {
				p := r.Steps[0].Match
				tree, err1 := p.Match(b.Event(row))
				machine, err2 := p.Run(b.Event(row))
				if tree != machine || err1 != nil || err2 != nil {
					t.Fatalf("%s: tree %v (%v), machine %v (%v) for %s", p.Source(), tree, err1, machine, err2, b.Event(row).AppendJSON(nil, nil))
				}
				name := fmt.Sprint(row, r.ID)
				if machine {
					want = append(want, name)
				}
				if slices.Contains(found, name) != machine {
					t.Fatalf("%s: index %v, machine %v for %s", p.Source(), !machine, machine, b.Event(row).AppendJSON(nil, nil))
				}
			}
		}
		if !slices.Equal(found, want) {
			t.Fatalf("the index finds %v, want %v", found, want)
		}
	}
}

func TestAgree(t *testing.T) { rapid.Check(t, agree) }

// FuzzAgree lets the fuzzer look for paths that chance does not find. Its corpus holds what once was wrong.
func FuzzAgree(f *testing.F) { f.Fuzz(rapid.MakeFuzz(agree)) }
