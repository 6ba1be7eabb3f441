package rule_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"watchpost/internal/rule"
	"watchpost/internal/rule/ruletest"
)

// TestTreeAgrees holds the tree to the machine.
func TestTreeAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := ruletest.Predicate(t, true)
		p, err := rule.Compile(src)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		b := ruletest.Rows(t, 8, nil)
		for i := range b.Rows() {
			got, err1 := p.Match(b.Event(i))
			want, err2 := p.Run(b.Event(i))
			if got != want || err1 != nil || err2 != nil {
				t.Fatalf("%s: tree %v (%v), machine %v (%v) for %s", src, got, err1, want, err2, b.Event(i).AppendJSON(nil, nil))
			}
		}
	})
}

// FuzzCompile holds compilation to its bounds, and tree and machine to the same answer where it succeeds.
func FuzzCompile(f *testing.F) {
	for _, row := range ruletest.Table {
		f.Add(row.Match)
	}
	f.Add(`all(user.roles, any(user.roles, # == "x"))`)
	f.Add(`len(repeat("x", 100000)) > 1`)
	f.Add(`let a = 1..1000000; len(a) > 1`)
	b := ruletest.Events(nil)
	f.Fuzz(func(t *testing.T, src string) {
		start := time.Now()
		p, err := rule.Compile(src)
		if d := time.Since(start); d > 2*time.Second {
			t.Fatalf("compiled in %s", d)
		}
		if err != nil {
			if p != nil {
				t.Fatal("a predicate beside an error")
			}
			return
		}
		for i := range b.Rows() {
			got, err1 := p.Match(b.Event(i))
			want, err2 := p.Run(b.Event(i))
			if got != want || err1 != nil || err2 != nil {
				t.Fatalf("row %d: tree %v (%v), machine %v (%v)", i, got, err1, want, err2)
			}
		}
	})
}
