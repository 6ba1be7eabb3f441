package app

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/rule"
	"watchpost/internal/web"
)

// What the API keeps of exceptions reaches another process, and what does not fit holds up nothing.
func TestStoredExceptions(t *testing.T) {
	s := realStore(t)
	d := deskOf(t, s, fstest.MapFS{"r.yaml": {Data: []byte("id: one\ntitle: One\nmatch: event.action == \"x\"\n")}})
	files, used, built := d.rules.set.Load(), (*rule.Set)(nil), 0
	here, there := &excepted{store: s}, &excepted{store: s}
	here.takeUp = func() { built++; used = here.on(files) }
	d.past = newPast(s, web.Defaults.Past, d.rules, nil)
	d.past.excepted = here
	put := func(id string, version uint32, deleted bool, body string) {
		t.Helper()
		if err := d.Put(t.Context(), web.Object{Tenant: "default", Kind: web.KindException, ID: id, Version: version, Time: time.Now(), User: "ann", Owner: "ann", Deleted: deleted, Body: []byte(body)}); err != nil {
			t.Fatal(err)
		}
	}
	holds := func(set *rule.Set, tenant string) bool {
		t.Helper()
		var b event.Batch
		b.Begin([]byte("x"), time.Now().UnixNano())
		b.SetString(event.Tenant, tenant)
		b.SetString(event.EventAction, "x")
		b.SetString(event.UserName, "a \"b\"\n\u2028<")
		b.End()
		ok, err := set.Rules[0].Steps[0].Match.Match(b.Event(0))
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	const good = `{"rule":"one","match":"user.name == \"a \\\"b\\\"\\n\\u2028<\"","owner":"ann","reason":"ticket: 7 # x","expires":"2099-01-01T00:00:00Z"}`
	put("x1", 1, false, good)
	put("x2", 1, false, `{"rule":"gone","match":"true","owner":"ann","reason":"r","expires":"2099-01-01T00:00:00Z"}`)
	put("x3", 1, false, `{"rule":"one","match":"no.such == 1","owner":"ann","reason":"r","expires":"2099-01-01T00:00:00Z"}`)
	in, faults := d.UseExceptions(t.Context())
	if !in["x1"] || in["x2"] || in["x3"] || !strings.Contains(faults["x2"], "no rule") || !strings.Contains(faults["x3"], "unknown field") || !strings.Contains(here.warning(), "2 of those") {
		t.Errorf("%v %v %s", in, faults, here.warning())
	}
	if holds(used, "default") || !holds(used, "other") || !holds(files, "default") {
		t.Error("it excepts something else than its tenant's events")
	}
	if d.UseExceptions(t.Context()); built != 1 {
		t.Errorf("built %d times", built)
	}
	if changed, err := there.read(t.Context()); err != nil || !changed || holds(there.on(files), "default") {
		t.Errorf("another process: %v %v", changed, err)
	}
	put("x1", 2, true, good)
	if changed, err := there.read(t.Context()); err != nil || !changed || !holds(there.on(files), "default") {
		t.Errorf("after it was taken away: %v %v", changed, err)
	}
	for body, want := range map[string]string{"no.such == 1": "unknown field", "user.name ==": "unexpected"} {
		err := d.CheckException(web.RuleException{Rule: "one", Match: body, Owner: "o", Reason: "r", Expires: time.Now().Add(time.Hour)}, "default")
		at := (*rule.Error)(nil)
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, &at) {
			t.Errorf("%s: %v", body, err)
		}
	}
	if err := d.CheckException(web.RuleException{Rule: "two", Match: "true", Owner: "o", Reason: "r", Expires: time.Now().Add(time.Hour)}, "default"); err == nil {
		t.Error("a rule that is not")
	}
}
