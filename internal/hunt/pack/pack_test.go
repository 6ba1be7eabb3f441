package pack

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/normalise"
	"watchpost/internal/parse"
)

// Each shipped hunt compiles, can be counted by the store, and finds its example and not an empty event.
func TestShipped(t *testing.T) {
	packs, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	parser, err := parse.New(parse.Options{Zone: "UTC"})
	if err != nil {
		t.Fatal(err)
	}
	event1 := func(line string) event.Event {
		b := new(event.Batch)
		now := time.Date(2026, 3, 2, 8, 0, 1, 0, time.UTC).UnixNano()
		s := parser.Line(b, []byte(line), now, parse.Auto)
		b.SetString(event.Tenant, "default")
		normalise.Defaults.Row(b, normalise.Stamp(s), now)
		b.End()
		return b.Event(0)
	}
	hunts, questions, ids := 0, map[int]bool{}, map[string]bool{}
	for _, p := range packs {
		for _, h := range p.Hunts {
			hunts++
			questions[h.Question] = true
			if ids[h.ID] {
				t.Errorf("%s stands in two packs", h.ID)
			}
			ids[h.ID] = true
			if h.Description == "" || len(h.Attack) == 0 || h.GroupBy == "" || h.Example == "" {
				t.Errorf("%s: description, attack, group_by or example is missing", h.ID)
			}
			text, err := h.With(nil)
			if err != nil {
				t.Fatal(err)
			}
			q, err := hunt.Search{Query: text, From: "-1h"}.Check([]string{"default"}, time.Now())
			if err != nil || !q.Exact {
				t.Errorf("%s: %v, exact %v", h.ID, err, q != nil && q.Exact)
				continue
			}
			for line, want := range map[string]bool{h.Example: true, `{"@timestamp":"2026-03-02T08:00:00Z","service.name":"x"}`: false} {
				if got, err := q.Predicate.Match(event1(line)); err != nil || got != want {
					t.Errorf("%s: of %s: %v, %v", h.ID, line, got, err)
				}
			}
		}
	}
	for n := 1; n <= 10; n++ {
		if !questions[n] {
			t.Errorf("no hunt is about question %d", n)
		}
	}
	if hunts < 40 {
		t.Errorf("%d hunts", hunts)
	}
}

func TestWith(t *testing.T) {
	h := Hunt{Query: `user.name == $user and message contains "$user" and host.name == $host`, Params: []Param{{"user", "root"}, {"host", "a"}}}
	f := func(values map[string]string, want string) {
		t.Helper()
		if got, err := h.With(values); err != nil && !strings.Contains(err.Error(), want) || err == nil && got != want {
			t.Errorf("%v: %s, %v", values, got, err)
		}
	}
	f(nil, `user.name == "root" and message contains "$user" and host.name == "a"`)
	f(map[string]string{"user": `x" or true or "`}, `user.name == "x\" or true or \"" and message contains "$user" and host.name == "a"`)
	f(map[string]string{"other": ""}, "no parameter")
}

func TestLoad(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		_, err := Load(fstest.MapFS{"a.yaml": {Data: []byte(text)}})
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%q: %v, want %q", text, err, w)
			}
		}
		if len(want) == 0 && err != nil {
			t.Error(err)
		}
	}
	f("name: mine\nhunts:\n  - {id: a, name: A, query: 'user.name == \"x\"', group_by: host.name}\n")
	f("name: mine\nhunts: []\n", "a.yaml: hunts: 0")
	f("name: Mine\nhunts:\n  - {id: a, name: A, query: 'user == 1', group_by: nothing, attack: [x], question: 11}\n", "name: ", "hunt a: query: ", "group_by", "attack", "question")
	f("name: mine\nextra: 1\nhunts: []\n", "a.yaml", "extra")
}
