package rule

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"watchpost/internal/event"
)

// Exceptions that come beside the files are read as those are, and one of a tenant excepts nothing of others, nor do others hear of it.
func TestExceptionsBeside(t *testing.T) {
	set, err := Load(fstest.MapFS{"r.yaml": {Data: []byte("id: one\ntitle: One\nmatch: event.action == \"x\"\n---\nid: two\ntitle: Two\nmatch: event.action == \"x\"\n")}})
	if err != nil {
		t.Fatal(err)
	}
	read := func(text string) []*Exception {
		t.Helper()
		list, err := set.ReadExceptions("file", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	mine := read(`[{ rule: "one", tenant: "a", match: "user.name == \"\u0061nn\" or user.name in [\"<b>\", \"c\"]", owner: "o", reason: "r", expires: "2099-01-01T00:00:00Z"}]`)
	gone := read(`[{ rule: "three", match: "true", owner: "o", reason: "r", expires: "2099-01-01T00:00:00Z"}]`)
	with, faults := set.With(append(mine, gone...))
	if len(faults) != 1 || !strings.Contains(faults[0].Error(), "no rule has the id or the tag three") || len(with.Exceptions) != 1 || with.Hash == set.Hash || len(set.Exceptions) != 0 {
		t.Errorf("%v %v", faults, with.Exceptions)
	}
	if with.Rules[0].Hash != set.Rules[0].Hash || with.Rules[0].Version == set.Rules[0].Version || with.Rules[1] != set.Rules[1] {
		t.Error("what windows hold must stay, and other rules")
	}
	if _, err := set.Except(set.Rules[0], "user.name = 1", time.Now()); err == nil || !strings.HasPrefix(err.Error(), "match: 1:") {
		t.Errorf("%v", err)
	}
	f := func(tenant, user string, want bool) {
		t.Helper()
		var b event.Batch
		b.Begin([]byte("x"), 1e18)
		b.SetString(event.Tenant, tenant)
		b.SetString(event.EventAction, "x")
		b.SetString(event.UserName, user)
		b.End()
		m := with.Rules[0].Steps[0].Match
		got, err := m.Match(b.Event(0))
		slow, slowErr := m.Run(b.Event(0))
		own, ownErr := with.Rules[0].For(tenant).Steps[0].Match.Match(b.Event(0))
		if err != nil || slowErr != nil || ownErr != nil || got != want || slow != want || own != want {
			t.Errorf("%s of %s: %v %v %v, want %v", user, tenant, got, slow, own, want)
		}
	}
	f("a", "ann", false)
	f("a", "<b>", false)
	f("b", "ann", true)
	f("a", "bob", true)
	if text := with.Rules[0].For("b").Steps[0].Match.Source(); strings.Contains(text, "<b>") || len(with.Rules[0].For("b").Exceptions) != 0 {
		t.Errorf("b hears: %s", text)
	}
	if with.Rules[0].For("a", "b") != with.Rules[0] {
		t.Error("who sees all sees the rule as it is")
	}
	for text, want := range map[string]string{
		`[{ rule: "one", match: "usr == 1", owner: "o", reason: "r", expires: "2099-01-01"}]`:                  "unknown field",
		`[{ rule: "one", match: "true", owner: "o", reason: "r"}]`:                                             "expires: is missing",
		`[{ rule: "one", tenant: "A b", match: "true", owner: "o", reason: "r", expires: "2099-01-01"}]`:       "name of a tenant",
		`[{ rule: "one", match: "true", owner: "o", reason: "r", expires: "2099-01-01", reasons: "x"}]`:        "reasons",
		`{ rule: "one", match: "true", owner: "o", reason: "r", expires: "2099-01-01"}`:                        "exceptions",
		`[{ rule: "one", match: "true and list(\"no\")", owner: "o", reason: "r", expires: "tomorrow it is"}]`: "want a day",
	} {
		if _, err := set.ReadExceptions("file", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// TestExceptionsOfOthers: what one tenant excepts neither makes a rule too dear for everybody nor takes the room of others.
func TestExceptionsOfOthers(t *testing.T) {
	set, err := Load(fstest.MapFS{"r.yaml": {Data: []byte("id: one\ntitle: One\nmatch: event.action == \"x\"\n")}})
	if err != nil {
		t.Fatal(err)
	}
	var all []*Exception
	add := func(tenant, file, match string) {
		t.Helper()
		list, err := set.ReadExceptions(file, fmt.Appendf(nil, `[{rule: one, tenant: %q, match: %q, owner: o, reason: r, expires: "2099-01-01"}]`, tenant, match))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, list...)
	}
	for i := range 40 {
		add("dear", "dear", fmt.Sprintf(`message matches "(x+y+)+[a-z]{50}%d"`, i))
	}
	for i := range MaxExceptions {
		add("many", "many", fmt.Sprintf(`user.name == "u%d"`, i))
	}
	add("b", "b", `user.name == "ann"`)
	with, faults := set.With(all)
	left := map[string]int{}
	for _, f := range faults {
		file, why, _ := strings.Cut(f.Error(), ": ")
		left[file]++
		if !strings.Contains(why, "regular expressions cost most") {
			t.Error(f)
		}
	}
	cost := 0
	for _, x := range with.Rules[0].Exceptions {
		if x.Tenant == "dear" {
			cost += x.Match.Cost()
		}
	}
	if left["dear"] == 0 || left["many"] != 0 || left["b"] != 0 || cost > MaxTenantCost || cost < MaxTenantCost/2 {
		t.Errorf("left out: %v; those of one tenant cost %d", left, cost)
	}
	if _, faults := with.With(all[len(all)-2 : len(all)-1]); len(faults) != 1 || !strings.Contains(faults[0].Error(), "the most is 1000") {
		t.Errorf("one more than a tenant may have: %v", faults)
	}
}
