package detect

import (
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
	key   string
}

// NewStored makes signals of r under a group key, in the form that History gets it.
func NewStored(r *rule.Rule, key []string) (*Stored, error) {
	on := *r
	on.Enabled = true
	rules, err := Compile(&rule.Set{Rules: []*rule.Rule{&on}})
	if err != nil {
		return nil, err
	}
	s := &Stored{rules: rules, index: match.New(rules.Set)}
	var b []byte
	for _, part := range key {
		b = window.AppendKey(b, part)
	}
	s.key = string(b)
	return s, nil
}

// Signals gives what the events of b say. The signals are valid for ever.
func (s *Stored) Signals(b *event.Batch) []window.Signal {
	s.c.collect(s.rules, s.index, b)
	var out []window.Signal
	for i := range s.c.signals {
		if s.c.list[s.c.signals[i].entry].key == s.key {
			out = append(out, s.c.window(&s.c.signals[i]))
		}
	}
	return out
}

// KeyQuery gives a predicate that finds the events of r under a group key, and perhaps others.
func KeyQuery(r *rule.Rule, key []string) string {
	parts := []string{"(" + query(r, true) + ")"}
	for i, f := range r.GroupBy {
		if c := condition(f, key[i+1]); c != "" && utf8.ValidString(key[i+1]) {
			parts = append(parts, c)
		}
	}
	return strings.Join(parts, " and ")
}
