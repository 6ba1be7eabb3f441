package rule_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"watchpost/internal/rule"
	"watchpost/internal/rule/ruletest"
)

var lintDay = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

// lintOf gives what is said of a condition that stands alone.
func lintOf(t interface{ Fatalf(string, ...any) }, match string) []string {
	p, err := ruletest.Compile(match)
	if err != nil {
		t.Fatalf("%s: %v", match, err)
	}
	var out []string
	for _, f := range rule.Lint(&rule.Set{Rules: []*rule.Rule{{ID: "a", Steps: []rule.Step{{Match: p, Written: p, AtLeast: 1}}}}}, lintDay) {
		if f.Check == "dead-condition" {
			out = append(out, fmt.Sprintf("%t %s", f.Fault, strings.TrimPrefix(f.What, "match")))
		}
	}
	return out
}

func TestDeadConditions(t *testing.T) {
	f := func(match string, want ...string) {
		t.Helper()
		if got := lintOf(t, match); strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s:\n got %q\nwant %q", match, got, want)
		}
	}
	// What can be true and false.
	f(`user.name == "a" or user.name == "b"`)
	f(`user.roles == "a" and user.roles == "b"`) // a list
	f(`user.name startsWith "a" and user.name startsWith "ab" and source.port > 5 and source.port < 7`,
		"false : `user.name startsWith \"a\"` adds nothing to `user.name startsWith \"ab\"`")
	f(`exists(user.name) and user.name != "a"`)
	f(`exists(user.name) and user.name == "a"`)
	f(`user.name != "a" and user.name != "b"`)
	f(`not (source.port > 5) and not (source.port < 7)`) // where there is none
	f(`source.ip == "192.0.2.1" or cidr(source.ip, "198.51.100.0/24")`)
	f(`hour(timestamp) >= 22 or hour(timestamp) < 6`)
	f(`icontains(message, "a") and message contains "A"`, "false : `icontains(message, \"a\")` adds nothing to `message contains \"A\"`")
	f(`source.bytes > 9007199254740993 and source.bytes < 9007199254740995`)

	f(`user.name == "a" and not (user.name == "a")`, "true  can never be true: `user.name == \"a\"` both holds and does not")
	f(`user.name == "a" and user.name == "b"`, "true  can never be true: `user.name == \"a\"` excludes `user.name == \"b\"`")
	f(`user.name in ["a", "b"] and user.name startsWith "c"`, "true  can never be true: `user.name in [\"a\", \"b\"]` excludes `user.name startsWith \"c\"`")
	f(`user.name == "abc" and not (user.name contains "b")`, "true  can never be true: `user.name == \"abc\"` excludes `not (user.name contains \"b\")`")
	f(`user.roles == "abc" and not icontains(user.roles, "B")`, "true  can never be true: `user.roles == \"abc\"` excludes `not (icontains(user.roles, \"B\"))`")
	f(`not exists(user.name) and user.name contains "a"`, "true  can never be true: user.name has no value, and `user.name contains \"a\"`")
	f(`user.name startsWith "a" and user.name startsWith "b"`, "true  can never be true: `user.name startsWith \"a\"` excludes `user.name startsWith \"b\"`")
	f(`source.port > 7 and source.port < 5`, "true  can never be true: `source.port > 7` excludes `source.port < 5`")
	f(`source.port == 1.5`, "true  can never be true: it is the same for every event")
	f(`hour(timestamp) > 22 and hour(timestamp) < 5`, "true  can never be true: `hour(timestamp) > 22` excludes `hour(timestamp) < 5`")
	f(`cidr(source.ip, "10.0.0.0/8") and cidr(source.ip, "192.168.0.0/16")`, "true  can never be true: `cidr(source.ip, \"10.0.0.0/8\")` excludes `cidr(source.ip, \"192.168.0.0/16\")`")
	f(`source.ip == "192.0.2.1" and cidr(source.ip, "10.0.0.0/8")`, "true  can never be true: `source.ip == \"192.0.2.1\"` excludes `cidr(source.ip, \"10.0.0.0/8\")`")
	f(`user.name == "c" and (user.name == "a" or user.name == "b")`, "true  can never be true: `user.name == \"c\"` excludes `user.name == \"b\"`")

	f(`true`, "false  is always true: it is the same for every event")
	f(`user.name != "a" or user.name != "b"`, "false  is always true: `user.name == \"a\"` excludes `user.name == \"b\"`")
	f(`exists(user.name) or not exists(user.name)`, "false  is always true: `exists(user.name)` both holds and does not")

	f(`event.action == "x" or user.name == "a" and user.name == "b"`, "false : `user.name == \"a\" and user.name == \"b\"` is never true: `user.name == \"a\"` excludes `user.name == \"b\"`")
	f(`event.action == "x" and (user.name != "a" or user.name != "b")`, "false : `user.name != \"a\" or user.name != \"b\"` is always true: `user.name == \"a\"` excludes `user.name == \"b\"`")
	f(`user.name contains "ab" or user.name contains "b" or user.name contains "b"`,
		"false : `user.name contains \"ab\"` adds nothing to `user.name contains \"b\"`", "false : `user.name contains \"b\"` adds nothing to `user.name contains \"b\"`")
	f(`event.action == "x" or event.action == "x" and user.name == "a"`, "false : `event.action == \"x\" and user.name == \"a\"` adds nothing to `event.action == \"x\"`")
}

var addsNothing = regexp.MustCompile(`adds nothing`)

// TestDeadIsTrue holds what is said to random events.
func TestDeadIsTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := ruletest.Predicate(t, false), ruletest.Predicate(t, false)
		src := rapid.SampledFrom([]string{"(%s) and (%s)", "(%s) or (%s)", "(%s) and not (%s)", "not ((%s) and (%s))"}).Draw(t, "form")
		src = fmt.Sprintf(src, a, b)
		p, err := ruletest.Compile(src)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		for _, said := range lintOf(t, src) {
			if addsNothing.MatchString(said) || strings.Contains(said, ": `") && !strings.Contains(said, "can never") && !strings.Contains(said, "  is always") {
				continue // of a part
			}
			rows := ruletest.Rows(t, 8, nil)
			for i := range rows.Rows() {
				if ok, _ := p.Match(rows.Event(i)); ok == strings.Contains(said, "can never be true") {
					t.Fatalf("%s: %q, but not for %s", src, said, rows.Event(i).AppendJSON(nil, nil))
				}
			}
		}
	})
}

// TestShow holds what is shown to what it shows.
func TestShow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := ruletest.Predicate(t, true)
		p, err := ruletest.Compile(src)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		shown := rule.Show(p.Node())
		if strings.Contains(shown, `\x`) {
			return // bytes that are no text: a condition writes them by functions
		}
		again, err := ruletest.Compile(shown)
		if err != nil {
			t.Fatalf("%s is shown as %s: %v", src, shown, err)
		}
		rows := ruletest.Rows(t, 4, nil)
		for i := range rows.Rows() {
			one, _ := p.Match(rows.Event(i))
			other, _ := again.Match(rows.Event(i))
			if one != other {
				t.Fatalf("%s is shown as %s: %v and %v for %s", src, shown, one, other, rows.Event(i).AppendJSON(nil, nil))
			}
		}
	})
}

func TestLint(t *testing.T) {
	file := `id: one
title: One
tags: [attack.t1059, attack.t10, attack.exfiltratoin, attack.g0016, attack.defense_evasion, attack.t1059, ops.backup]
match: event.action == "x" and user.name == "a"
group_by: [source.ip]
window: {count: {at_least: 3, within: 1m}}
tests:
  - {name: a, lines: x, alerts: none}
exceptions:
  - {match: 'user.name == "b"', owner: ada, reason: a test, expires: 2026-05-31}
---
id: two
title: Two
match: user.name == "a" and event.action == "x" and user.name == "a"
group_by: [source.ip]
window: {count: {at_least: 3, within: 1m}}
---
id: three
title: Three
match: user.name in list("nobody")
group_by: [user.name]
window: {distinct: {field: user.name, at_least: 3, within: 1m}}
---
id: four
title: Four
match: event.action == "y"
exceptions:
  - {match: true, owner: bob, reason: none, expires: 2099-01-01}
tests:
  - {name: a, lines: x, alerts: none}
  - {name: b, lines: x, alerts: [{}]}
`
	set, err := rule.Load(fstest.MapFS{"a.yaml": {Data: []byte(file)}, "lists/nobody.yaml": {Data: []byte("name: nobody\nentries: []\n")}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range rule.Lint(set, lintDay) {
		got = append(got, fmt.Sprintf("%d %s %t %s", f.Line, f.Check, f.Fault, f.What))
	}
	want := []string{
		"1 attack true tag attack.t10: a technique is written attack.t1110 or attack.t1110.001",
		"1 attack false tag attack.exfiltratoin: no tactic of ATT&CK; did you mean exfiltration?",
		"1 repeated false tag attack.t1059 stands twice",
		"1 no-tests false has no test in which it alerts",
		"10 expired false the exception of ada (a test) is over since 2026-05-31T00:00:00Z: it excepts nothing any more",
		"12 dead-condition false match: `user.name == \"a\"` adds nothing to `user.name == \"a\"`",
		"12 no-tests false has no tests",
		"12 same-meaning false alerts exactly when rule one does (a.yaml:1)",
		"18 empty-list false match: list \"nobody\" has no entries",
		"18 dead-window true window counts values of user.name, of which group_by leaves one",
		"18 no-tests false has no tests",
		"28 dead-condition false the exception of bob is always true: it silences the rule",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
