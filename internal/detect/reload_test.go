package detect

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"watchpost/internal/alert"
)

// reloadRules are two versions of a set: in the second a rule, a list and an exception are others. The rule "same" is as it was,
// "listed" and "excepted" are as they were but for what they use.
func reloadRules(t *testing.T, second bool) *Rules {
	t.Helper()
	pick := func(a, b string) string {
		if second {
			return b
		}
		return a
	}
	files := fstest.MapFS{
		"lists/staff.yaml": {Data: fmt.Appendf(nil, "name: staff\nentries: [%s]\n", pick("ann", "ann, bob"))},
		"exceptions/all.yaml": {Data: fmt.Appendf(nil, `- {rule: excepted, match: user.name == "%s", owner: soc, reason: test, expires: 2099-01-01}`,
			pick("eve", "mal"))},
	}
	for id, match := range map[string]string{
		"same":     `event.action == "fail"`,
		"changed":  pick(`event.action == "fail"`, `event.action == "fail" and user.name != "root"`),
		"listed":   `event.action == "fail" and not (user.name in list("staff"))`,
		"excepted": `event.action == "fail"`,
	} {
		files[id+".yaml"] = &fstest.MapFile{Data: fmt.Appendf(nil, "id: %[1]s\ntitle: %[1]s\nmatch: %s\ngroup_by: [source.ip]\nwindow: {count: {at_least: 4, within: 60s}}\n", id, match)}
	}
	return compiled(t, files)
}

// A window that is half full when other rules, lists and exceptions are loaded goes on; that of a changed rule begins anew.
// So it is after a crash, too.
func TestReloadKeepsWindows(t *testing.T) {
	f := func(restart bool, first, second []string, want map[string]string) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			m := newModel(1, 0, 1, 1)
			old, now := reloadRules(t, false), reloadRules(t, true)
			match, windows := reloadStages(m, old)
			run := func() (stop func()) {
				ctx, cancel := context.WithCancel(t.Context())
				var wg sync.WaitGroup
				wg.Go(func() {
					match.Run(ctx, 0, &memEvents{log: m.events[0], next: int(m.committed[0]), committed: &m.committed[0], d: m.d})
				})
				wg.Go(func() { windows.Run(ctx, 0) })
				return func() { cancel(); wg.Wait() }
			}
			stop := run()
			send := func(users []string) {
				var facts []fact
				for _, u := range users {
					facts = append(facts, fact{time: time.Now().UnixNano(), received: time.Now().UnixNano(), action: "fail", ip: "203.0.113.1", user: u})
				}
				m.events[0].append(block(m.events[0].len(), facts))
				wait(t.Context(), 15*time.Second) // a snapshot, too
			}
			send(first)
			windows.SetRules(now)
			match.SetRules(now)
			if restart {
				stop()
				match, windows = reloadStages(m, now)
				stop = run()
			}
			send(second)
			wait(t.Context(), 3*time.Minute)
			stop()
			got := map[string]string{}
			for _, a := range m.alerts {
				got[a.Rule] = fmt.Sprintf("%d events, version %s", a.Count, version(a, old, now))
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("restart %v, %v then %v:\n got %v\nwant %v", restart, first, second, got, want)
			}
		})
	}
	for _, restart := range []bool{false, true} {
		f(restart, []string{"x", "y"}, []string{"x", "y"}, map[string]string{
			"same": "4 events, version both", "listed": "4 events, version second", "excepted": "4 events, version second"})
		f(restart, []string{"x", "eve", "bob"}, []string{"mal", "bob", "eve"}, map[string]string{
			"same": "6 events, version both", "listed": "5 events, version second", "excepted": "4 events, version second"})
		f(restart, []string{"x", "x"}, []string{"y", "y", "y", "y"}, map[string]string{
			"same": "6 events, version both", "changed": "4 events, version second", "listed": "6 events, version second", "excepted": "6 events, version second"})
	}
}

// A rule that is switched off while its windows wait for what does not come says nothing, for it does not hear what does come.
func TestDisabledRulesRaiseNothing(t *testing.T) {
	load := func(enabled bool) *Rules {
		files := fstest.MapFS{}
		for id, window := range map[string]string{
			"absent":   `{absence: {within: 60s}}`,
			"few":      `{count: {below: 5, within: 60s, mode: tumbling}}`,
			"followed": `{sequence: {within: 60s, steps: [{match: event.action == "fail"}, {match: event.action == "ok", not: true}]}}`,
		} {
			match := "match: event.action == \"fail\"\n"
			if id == "followed" {
				match = ""
			}
			files[id+".yaml"] = &fstest.MapFile{Data: fmt.Appendf(nil, "id: %[1]s\ntitle: %[1]s\nenabled: %t\ngroup_by: [source.ip]\nwindow: %s\n%s", id, enabled, window, match)}
		}
		return compiled(t, files)
	}
	for _, enabled := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			m := newModel(1, 0, 1, 1)
			match, windows := reloadStages(m, load(true))
			ctx, cancel := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			wg.Go(func() {
				match.Run(ctx, 0, &memEvents{log: m.events[0], committed: &m.committed[0], d: m.d})
			})
			wg.Go(func() { windows.Run(ctx, 0) })
			now := time.Now().UnixNano()
			m.events[0].append(block(0, []fact{{time: now, received: now, action: "fail", ip: "203.0.113.1"}}))
			wait(t.Context(), 10*time.Second)
			then := load(enabled)
			windows.SetRules(then)
			match.SetRules(then)
			wait(t.Context(), 5*time.Minute)
			cancel()
			wg.Wait()
			got := map[string]bool{}
			for _, a := range m.alerts {
				got[a.Rule] = true
			}
			if want := map[bool]int{true: 3, false: 0}[enabled]; len(got) != want {
				t.Errorf("enabled %v: alerts of %v", enabled, got)
			}
		})
	}
}

func reloadStages(m *model, rules *Rules) (*Match, *Windows) {
	return NewMatch(MatchDefaults, rules, m, 1), NewWindows(WindowDefaults, rules, 1, func(id int, from int64) SignalLog {
		return &memSignals{m.signals[id], int(max(from, 0))}
	}, func(id int) Snapshots { return memSnaps{m, m.snaps[id]} }, m, nil)
}

// version says in which of two sets a's rule is as it was when it fired.
func version(a alert.Alert, sets ...*Rules) string {
	var in []string
	for i, name := range []string{"first", "second"} {
		for _, p := range sets[i].plans {
			if p.ID == a.Rule && fmt.Sprintf("%x", p.Version) == a.RuleHash {
				in = append(in, name)
			}
		}
	}
	if len(in) == 2 {
		return "both"
	}
	return strings.Join(in, "")
}
