package hunt_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/rule"
	"watchpost/internal/rule/ruletest"
)

func TestPills(t *testing.T) {
	f := func(text string, want ...hunt.Pill) {
		t.Helper()
		q, err := hunt.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		got := hunt.Pills(q.Predicate)
		same := slices.EqualFunc(got, want, func(a, b hunt.Pill) bool {
			return a.Field == b.Field && a.Op == b.Op && a.Not == b.Not && slices.Equal(a.Values, b.Values) && (b.Text == "" || a.Text == b.Text)
		})
		if !same {
			t.Errorf("%s:\ngot  %+v\nwant %+v", text, got, want)
		}
	}
	pill := func(not bool, field, op string, values ...string) hunt.Pill {
		return hunt.Pill{Field: field, Op: op, Values: values, Not: not}
	}
	f(``)
	f(`user.name:root`, pill(false, "user.name", "ieq", "root"))
	f(`user.name:root -source.ip:10.0.0.0/8 destination.port:>1024`, pill(false, "user.name", "ieq", "root"), pill(true, "source.ip", "cidr", "10.0.0.0/8"), pill(false, "destination.port", ">", "1024"))
	f(`user.name == "a" and source.port != 22 and source.ip in ["10.0.0.1", "10.0.0.2"]`, pill(false, "user.name", "==", "a"), pill(true, "source.port", "==", "22"), pill(false, "source.ip", "in", "10.0.0.1", "10.0.0.2"))
	f(`user.name:(a or b) and not host.name:*`, pill(false, "user.name", "ieq", "a", "b"), pill(true, "host.name", "exists"))
	f(`ieq(user.name, "a", "b")`, pill(false, "user.name", "ieq", "a", "b"))
	f(`icontains(message, "a", "b") and labels.zone:x`, pill(false, "message", "icontains", "a", "b"), pill(false, `labels["zone"]`, "ieq", "x"))
	f(`failed "C:\x" -"b c"`, pill(false, "", "word", "failed"), pill(false, "", "word", `C:\x`), pill(true, "", "word", "b c"))
	f(`word("a", "b")`, pill(false, "", "word", "a", "b"))
	f(`anywhere("a", "b")`, pill(false, "", "anywhere", "a", "b"))
	f(`@timestamp:>2026-03-01T00:00:00Z user.name:/x/`, pill(false, "@timestamp", ">", "2026-03-01T00:00:00Z"), pill(false, "user.name", "matches", "x"))
	f(`user.name == "a" or source.port == 1`, hunt.Pill{Op: "raw", Text: `user.name == "a" or source.port == 1`})
	f(`user.name == host.name and source.port == 1`, hunt.Pill{Op: "raw"}, pill(false, "source.port", "==", "1"))
	f(`process.command_line contains wide("é")`, hunt.Pill{Op: "raw", Text: `process.command_line contains wide("é")`})
}

func TestJoinPills(t *testing.T) {
	f := func(want string, pills ...hunt.Pill) {
		t.Helper()
		got, err := hunt.JoinPills(pills)
		if err != nil {
			got = "! " + err.Error()
		}
		if !strings.HasPrefix(got, want) {
			t.Errorf("%+v: %s, want %s", pills, got, want)
		}
	}
	f(`true`)
	f(`user.name == "a\"b\\c"`, hunt.Pill{Field: "user.name", Op: "==", Values: []string{`a"b\c`}})
	f(`source.port != 22 and (a`[:17], hunt.Pill{Field: "source.port", Op: "==", Values: []string{"22"}, Not: true})
	f(`(user.name == "a" or source.port == 1) and exists(user.name)`, hunt.Pill{Op: "raw", Text: `user.name == "a" or source.port == 1`}, hunt.Pill{Field: "user.name", Op: "exists"})
	f(`! pill 2: unknown field "usr.name"; did you mean`, hunt.Pill{Op: "raw", Text: "true"}, hunt.Pill{Field: "usr.name", Op: "exists"})
	f(`! pill 1: "x" does not suit`, hunt.Pill{Field: "source.port", Op: "==", Values: []string{"x"}})
	f(`! pill 1: unknown operator`, hunt.Pill{Field: "source.port", Op: "; drop", Values: []string{"x"}})
	f(`! pill 1: user.name == has 0 values`, hunt.Pill{Field: "user.name", Op: "=="})
	f(`! pill 1: 1:`, hunt.Pill{Op: "raw", Text: `true) or (true`})
	f(`! 201 pills`, make([]hunt.Pill, 201)...)
}

// TestPillsMeanTheSame holds pills to the predicate that they were made of.
func TestPillsMeanTheSame(t *testing.T) {
	raw, all := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		src := ruletest.Predicate(t, true)
		p, err := rule.Compile(src)
		if err != nil {
			t.Skip("speaks of lists")
		}
		pills := hunt.Pills(p)
		all++
		for _, p := range pills {
			if p.Op == "raw" {
				raw++
			}
		}
		text, err := hunt.JoinPills(pills)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		q, err := rule.Compile(text)
		if err != nil {
			t.Fatalf("%s became %s: %v", src, text, err)
		}
		b := ruletest.Rows(t, 8, nil)
		for i := range b.Rows() {
			agreeOn(t, b.Event(i), p, q)
		}
	})
	if all == 0 || raw == 0 {
		t.Errorf("%d predicates, %d raw pills: the test tested nothing", all, raw)
	}
}

func agreeOn(t *rapid.T, e event.Event, p, q *rule.Predicate) {
	one, err1 := p.Match(e)
	two, err2 := q.Match(e)
	if one != two || err1 != nil || err2 != nil {
		t.Fatalf("%s: %v (%v)\n%s: %v (%v)\nfor %s", p.Source(), one, err1, q.Source(), two, err2, e.AppendJSON(nil, nil))
	}
}
