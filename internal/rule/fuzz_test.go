package rule_test

import (
	"strings"
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
		p, err := ruletest.Compile(src)
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
		p, err := ruletest.Compile(src)
		if d := time.Since(start); d > 20*time.Second {
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

// FuzzLoad holds that no file makes Load panic, and that what it loads is whole.
func FuzzLoad(f *testing.F) {
	f.Add(good)
	f.Add("id: a\ntitle: t\nmatch: |\n\n  usr == 1\n")
	f.Add("id: a\nwindow: {sequence: {steps: [{match: {a: b}}, null, x]}}\ntests: [1, {alerts: [{? a : b}]}]\n")
	f.Add("a: &x [*x, *y]\n<<: *x\n? [1]\n: 2\n")
	f.Add("id: !!binary aGk=\ntitle: >-\n  x\nmatch: >\n  usr.x\n  == 1\n")
	f.Fuzz(func(t *testing.T, src string) {
		s, err := load("f.yaml", src)
		if err != nil {
			return
		}
		for _, r := range s.Rules {
			if r.ID == "" || r.Title == "" || len(r.Steps) == 0 || r.Severity == 0 {
				t.Fatalf("half a rule: %+v", r)
			}
			for _, st := range r.Steps {
				if st.Match == nil {
					t.Fatalf("a step without condition: %+v", r)
				}
			}
		}
	})
}

// TestDeepFiles holds that nesting, and what else leads the YAML parser astray, ends in an error soon.
func TestDeepFiles(t *testing.T) {
	for _, open := range []string{"[", "{a: ", "- ", "a: [", "[a, ", "&a ", "*a ", "!a ", "? ", "%", "\"", "'"} {
		start := time.Now()
		if _, err := load("deep.yaml", "id: a\ntitle: t\nmatch: "+strings.Repeat(open, (rule.MaxFile-100)/len(open))); err == nil {
			t.Errorf("%q: no error", open)
		}
		if d := time.Since(start); d > 30*time.Second {
			t.Errorf("%q: took %s", open, d)
		}
	}
}
