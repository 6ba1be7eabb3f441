package detect

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"watchpost/internal/match"
)

const statsRules = `
id: dear
title: Dear
match: event.action == "fail" and event.original contains "203.0.113"
group_by: [source.ip]
window: {count: {at_least: 3, within: 20s}}
---
id: cheap
title: Cheap
match: event.action == "login"
group_by: [source.ip]
`

// A rule over its budget is switched off and that can be seen; the others go on. What rules did is kept over a reload, and
// then the rule is on again.
func TestRuleStats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		m := newModel(1, 0, 1, 1)
		rules := mustRules(t, statsRules)
		o := MatchDefaults
		slow, now := true, time.Duration(0) // by this clock evaluations take a millisecond, until they do not
		o.Budget = match.Options{MaxEvaluation: 200 * time.Microsecond, Clock: func() time.Duration {
			if slow {
				now += time.Millisecond
			}
			return now
		}}
		st := NewMatch(o, rules, m, 1)
		ws := NewWindows(WindowDefaults, rules, 1, func(id int, from int64) SignalLog {
			return &memSignals{m.signals[id], int(max(from, 0))}
		}, func(id int) Snapshots { return memSnaps{m, m.snaps[id]} }, m, nil)
		var wg sync.WaitGroup
		wg.Go(func() { st.Run(ctx, 0, &memEvents{log: m.events[0], committed: &m.committed[0], d: m.d}) })
		wg.Go(func() { ws.Run(ctx, 0) })
		send := func(action string, n int) {
			var facts []fact
			for range n {
				facts = append(facts, fact{time: time.Now().UnixNano(), received: time.Now().UnixNano(), action: action, ip: "203.0.113.1"})
			}
			m.events[0].append(block(m.events[0].len(), facts))
			wait(ctx, time.Minute)
		}
		send("fail", 10)
		send("fail", 30)
		dear := st.Rules()["dear"]
		if dear.Off == "" || dear.Matches < 10 || dear.Matches >= 40 || dear.Each < time.Millisecond || dear.Evaluations != dear.Matches {
			t.Errorf("%+v", dear)
		}
		slow = false
		send("fail", 5)
		send("login", 20)
		if got := st.Rules()["dear"]; got.Matches != dear.Matches {
			t.Errorf("it was switched off, then matched: %+v", got)
		}
		if got := st.Rules()["cheap"]; got.Matches != 20 || got.Off != "" {
			t.Errorf("cheap: %+v", got)
		}
		ws.SetRules(mustRules(t, statsRules))
		st.SetRules(mustRules(t, statsRules))
		send("fail", 5)
		if got := st.Rules()["dear"]; got.Matches != dear.Matches+5 || got.Off != "" {
			t.Errorf("after a reload: %+v", got)
		}
		stop()
		wg.Wait()
		if got := st.Rules()["dear"]; got.Matches != dear.Matches+5 {
			t.Errorf("after its end: %+v", got)
		}
		by := ws.Rules()
		if by["cheap"].Alerts != 20 || by["dear"].Alerts != 3 || by["cheap"].Last == 0 {
			t.Errorf("alerts: %+v", by)
		}
	})
}
