package rule

import (
	"slices"
	"strconv"
	"time"

	"watchpost/internal/event"
)

// Verdict is a part of a condition with what it makes of one event.
type Verdict struct {
	Kind    string    `json:"kind"` // all, any, not, or condition
	Text    string    `json:"text"` // of the condition, in the language of rules
	Holds   bool      `json:"holds"`
	Decides bool      `json:"decides,omitempty"` // the first part because of which the whole does not hold
	Seen    []Seen    `json:"seen,omitempty"`    // what the condition looked at
	Hit     string    `json:"hit,omitempty"`     // which of several constants it was
	Error   string    `json:"error,omitempty"`
	Parts   []Verdict `json:"parts,omitempty"`
}

// Seen is a field with the values that an event has of it; none where it is missing.
type Seen struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// Explain says what each part of p makes of e, those too that the whole does not depend on.
func (p *Predicate) Explain(e event.Event) Verdict {
	out := explain(p.node, e)
	if !out.Holds {
		out.decide()
	}
	return out
}

// maxShown is how many constants of a condition an explanation names.
const maxShown = 8

func explain(n Node, e event.Event) Verdict {
	switch n := n.(type) {
	case *And:
		p := Verdict{Kind: "all", Holds: true}
		for _, k := range n.Nodes {
			p.Parts = append(p.Parts, explain(k, e))
		}
		p.Holds = !slices.ContainsFunc(p.Parts, func(k Verdict) bool { return !k.Holds })
		return p
	case *Or:
		p := Verdict{Kind: "any"}
		for _, g := range group(n.Nodes, true) {
			if len(g) > 1 {
				p.Parts = append(p.Parts, explainGroup(g, e))
			} else {
				p.Parts = append(p.Parts, explain(g[0], e))
			}
		}
		if len(p.Parts) == 1 {
			return p.Parts[0]
		}
		p.Holds = slices.ContainsFunc(p.Parts, func(k Verdict) bool { return k.Holds })
		return p
	case *Not:
		k := explain(n.Node, e)
		if k.Kind == "condition" {
			k.Text, k.Holds = show(n, maxShown), !k.Holds && k.Error == ""
			return k
		}
		return Verdict{Kind: "not", Holds: !k.Holds && k.Error == "", Parts: []Verdict{k}}
	}
	p := Verdict{Kind: "condition", Text: show(n, maxShown)}
	p.judge(n, e)
	switch n := n.(type) {
	case Leaf:
		p.Seen = []Seen{n.On().seen(e)}
	case *Residue:
		for _, f := range n.Fields {
			p.Seen = append(p.Seen, Ref{Field: f}.seen(e))
		}
	}
	return p
}

func (p *Verdict) judge(n Node, e event.Event) {
	ok, err := n.Eval(e)
	if p.Holds = ok && err == nil; err != nil {
		p.Error = err.Error()
	}
}

// explainGroup takes leaves that look for different texts in one field as one condition.
func explainGroup(g []Node, e event.Event) Verdict {
	p := Verdict{Kind: "condition", Text: showGroup(g, maxShown), Seen: []Seen{g[0].(Leaf).On().seen(e)}}
	for _, n := range g {
		if p.judge(n, e); p.Holds {
			switch n := n.(type) {
			case *Text:
				p.Hit = n.Value
			case *Wildcard:
				p.Hit = n.Source
			}
			break
		}
	}
	return p
}

// decide marks the first part that keeps p from holding.
func (p *Verdict) decide() {
	if p.Kind == "all" {
		for i := range p.Parts {
			if !p.Parts[i].Holds {
				p.Parts[i].decide()
				return
			}
		}
	}
	p.Decides = true
}

// seen gives what e has of r.
func (r Ref) seen(e event.Event) Seen {
	s := Seen{Name: r.String(), Values: []string{}}
	add := func(v string) {
		if v != "" {
			s.Values = append(s.Values, v)
		}
	}
	if r.Label != "" {
		add(e.Label(r.Label))
		return s
	}
	if !e.Has(r.Field) && r.Field != event.EventID {
		return s
	}
	switch r.Field.Info().Kind {
	case event.Dict, event.Text:
		add(e.Str(r.Field))
	case event.List:
		for i := range e.Len(r.Field) {
			add(e.At(r.Field, i))
		}
	case event.Int:
		if v, ok := e.Int(r.Field); ok {
			add(strconv.FormatInt(v, 10))
		}
	case event.Float:
		if v, ok := e.Float(r.Field); ok {
			add(strconv.FormatFloat(v, 'g', -1, 64))
		}
	case event.Bool:
		if v, ok := e.Bool(r.Field); ok {
			add(strconv.FormatBool(v))
		}
	case event.Time:
		if v, ok := e.When(r.Field); ok {
			add(v.Format(time.RFC3339Nano))
		}
	case event.Map:
		for k, v := range e.Labels() {
			add(k + "=" + v)
		}
	}
	return s
}

// Value gives what e has of f, as texts; none where it is missing.
func Values(e event.Event, f event.Field) []string { return Ref{Field: f}.seen(e).Values }
