package detect

import (
	"math"

	"watchpost/internal/alert"
	"watchpost/internal/event"
	"watchpost/internal/rule"
	"watchpost/internal/window"
)

// alarm is an alert of the detector about itself: bounds were reached, and windows of a rule know less than they should.
// For each rule, tenant and hour there is one, which says no more than that: so it is the same in every partition, and again
// after a crash.
type alarm struct{ rule, title, level string }

var (
	forgotten = alarm{"watchpost-keys-forgotten", "Windows are full: group keys were forgotten before their time (detect.max_keys, max_bytes)", "high"}
	hurried   = alarm{"watchpost-events-hurried", "Too many events wait: some were judged before their time (detect.max_pending)", "high"}
	unchecked = alarm{"watchpost-late-unchecked", "Too many late events wait: windows of some will not be looked at again", "medium"}
)

func isAlarm(rule string) bool {
	return rule == forgotten.rule || rule == hurried.rule || rule == unchecked.rule
}

// AlarmOf is the name under which an alarm's group holds the id of the rule that it is about. No field is called so.
const AlarmOf = "windows-of-rule"

// loss is an alarm that need not be raised again.
type loss struct {
	alarm
	of, tenant string
}

// alarm raises what is to be said about the losses since the last call.
func (s *Shard) alarm() {
	for _, l := range s.state.Losses() {
		what := forgotten
		if l.Forced {
			what = hurried
		}
		s.raise(loss{what, l.Rule, l.Tenant})
	}
}

func (s *Shard) raise(what loss) {
	at := s.state.Watermark()
	if at == math.MinInt64 {
		return // time has not begun
	}
	at -= (at%hour + hour) % hour
	if was, ok := s.alarms[what]; ok && was >= at {
		return
	}
	s.alarms[what] = at
	a := alert.Alert{Tenant: what.tenant, Rule: what.rule, Title: what.title, Level: what.level, Severity: rule.Levels[what.level],
		Time: at, Start: at, End: at, Count: 1, Revision: 1, Group: []alert.Pair{{Name: AlarmOf, Value: what.of}}}
	for i := range s.rules.plans {
		if p := &s.rules.plans[i]; p.ID == what.of {
			a.Query = p.queryOf(what.tenant)
		}
	}
	key := string(window.AppendKey(window.AppendKey(nil, what.tenant), what.of))
	a.ID = alert.ID(a.Tenant, a.Rule, key, event.ID{Row: uint32(at / hour)})
	s.out = append(s.out, a)
}
