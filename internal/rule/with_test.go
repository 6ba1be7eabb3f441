package rule

import (
	"strings"
	"testing"
	"testing/fstest"

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
