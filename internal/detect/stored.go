package detect

import (
	"slices"
	"strings"
	"unicode/utf8"

	"watchpost/internal/event"
	"watchpost/internal/match"
	"watchpost/internal/rule"
	"watchpost/internal/window"
)

// Stored makes signals of events that the store gave back, for History. It belongs to one goroutine.
type Stored struct {
	c     collector
	rules *Rules
	index *match.Index
	asks  []Ask
	wants map[askedFor][]int // asks
}

type askedFor struct{ rule, key string }

// NewStored makes signals for asks of one tenant.
func NewStored(asks []Ask) (*Stored, error) {
	s := &Stored{asks: asks, wants: make(map[askedFor][]int)}
	var set rule.Set
	for i, a := range asks {
		if !slices.ContainsFunc(set.Rules, func(r *rule.Rule) bool { return r.ID == a.Rule.ID }) {
			on := *a.Rule
			on.Enabled = true
			set.Rules = append(set.Rules, &on)
		}
		var key []byte
		for _, part := range a.Key {
			key = window.AppendKey(key, part)
		}
		w := askedFor{a.Rule.ID, string(key)}
		s.wants[w] = append(s.wants[w], i)
	}
	rules, err := Compile(&set)
	if err != nil {
		return nil, err
	}
	s.rules, s.index = rules, match.New(&set)
	return s, nil
}

// Signals adds what the events of b say to the answers of the asks. The signals are valid for ever.
func (s *Stored) Signals(b *event.Batch, answers [][]window.Signal) {
	s.c.collect(s.rules, s.index, b)
	for i := range s.c.signals {
		en := s.c.list[s.c.signals[i].entry]
		for _, n := range s.wants[askedFor{s.rules.plans[en.rule].ID, en.key}] {
			if sig := s.c.window(&s.c.signals[i]); sig.Time >= s.asks[n].From && sig.Time <= s.asks[n].To {
				answers[n] = append(answers[n], sig)
			}
		}
	}
}

// AskQuery gives a predicate that finds the events of asks of one tenant, and perhaps others.
func AskQuery(asks []Ask) string {
	var rules []*rule.Rule
	keys := make(map[*rule.Rule][]string)
	for _, a := range asks {
		if keys[a.Rule] == nil {
			rules = append(rules, a.Rule)
		}
		keys[a.Rule] = append(keys[a.Rule], keyQuery(a.Rule, a.Key))
	}
	var parts []string
	for _, r := range rules {
		part := "(" + query(r, true) + ")"
		if !slices.Contains(keys[r], "") {
			part = "(" + strings.Join(keys[r], " or ") + ") and " + part
		}
		parts = append(parts, "("+part+")")
	}
	return strings.Join(parts, " or ")
}

// keyQuery gives a predicate that finds the events of a group key, and perhaps others; "" where that would be all.
func keyQuery(r *rule.Rule, key []string) string {
	var parts []string
	for i, f := range r.GroupBy {
		if c := condition(f, key[i+1]); c != "" && utf8.ValidString(key[i+1]) {
			parts = append(parts, c)
		}
	}
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return "(" + strings.Join(parts, " and ") + ")"
}
