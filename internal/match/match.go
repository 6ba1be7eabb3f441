// Package match says which rules a batch of events satisfies.
package match

import (
	"fmt"

	"watchpost/internal/event"
	"watchpost/internal/rule"
)

// Index evaluates the enabled rules of a set. It is owned by one goroutine.
type Index struct {
	steps  []step
	leaves []*shared
	errs   map[string]uint64
}

// step is one condition of one rule.
type step struct {
	rule *rule.Rule
	at   int // index into the rule's Steps
	node node
}

// New makes an index of the enabled rules of set.
func New(set *rule.Set) *Index {
	x := &Index{errs: map[string]uint64{}}
	seen := map[string]*shared{}
	for _, r := range set.Rules {
		if !r.Enabled {
			continue
		}
		for i, s := range r.Steps {
			x.steps = append(x.steps, step{r, i, x.build(s.Match.Node(), seen)})
		}
	}
	return x
}

// Each calls f for each row of b and each step of a rule that the row satisfies, rows in order.
func (x *Index) Each(b *event.Batch, f func(row int, r *rule.Rule, step int)) {
	for _, l := range x.leaves {
		l.begin(b)
	}
	for row := range b.Rows() {
		e := b.Event(row)
		for _, l := range x.leaves {
			l.row = unknown
		}
		for i := range x.steps {
			s := &x.steps[i]
			ok, err := s.node.eval(e)
			if err != nil {
				x.errs[s.rule.ID]++
				continue
			}
			if ok {
				f(row, s.rule, s.at)
			}
		}
	}
}

// Errors counts, by rule id, how often a rule could not be evaluated on an event and so did not match.
func (x *Index) Errors() map[string]uint64 { return x.errs }

// node is a rule.Node whose leaves are shared by all rules.
type node interface {
	eval(e event.Event) (bool, error)
}

type (
	and     []node
	or      []node
	not     struct{ node }
	foreign struct{ rule.Node } // constants and residues
)

func (n and) eval(e event.Event) (bool, error) {
	for _, k := range n {
		if ok, err := k.eval(e); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (n or) eval(e event.Event) (bool, error) {
	for _, k := range n {
		if ok, err := k.eval(e); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

func (n not) eval(e event.Event) (bool, error) {
	ok, err := n.node.eval(e)
	return !ok && err == nil, err
}

func (n foreign) eval(e event.Event) (bool, error) { return n.Eval(e) }

func (x *Index) build(n rule.Node, seen map[string]*shared) node {
	switch n := n.(type) {
	case *rule.And:
		out := make(and, len(n.Nodes))
		for i, k := range n.Nodes {
			out[i] = x.build(k, seen)
		}
		return out
	case *rule.Or:
		out := make(or, len(n.Nodes))
		for i, k := range n.Nodes {
			out[i] = x.build(k, seen)
		}
		return out
	case *rule.Not:
		return not{x.build(n.Node, seen)}
	case rule.Leaf:
		key := leafKey(n)
		if seen[key] == nil {
			seen[key] = newShared(n)
			x.leaves = append(x.leaves, seen[key])
		}
		return seen[key]
	default:
		return foreign{n}
	}
}

// leafKey is equal for leaves that mean the same.
func leafKey(l rule.Leaf) string {
	on := l.On()
	key := fmt.Sprintf("%T %d %q ", l, on.Field, on.Label)
	switch l := l.(type) {
	case *rule.Compare:
		return key + fmt.Sprintf("%d %+v", l.Op, l.Value)
	case *rule.In:
		return key + fmt.Sprintf("%+v", l.Values)
	case *rule.FoldIn:
		return key + fmt.Sprintf("%q", l.Values)
	case *rule.TimePart:
		return key + fmt.Sprintf("%s %s %d %d", l.Part, l.Zone, l.Op, l.Value)
	case *rule.Text:
		return key + fmt.Sprintf("%d %t %q", l.Op, l.Fold, l.Value)
	case *rule.Wildcard:
		return key + l.Pattern
	case *rule.Regex:
		return key + l.Pattern
	case *rule.CIDR:
		return key + fmt.Sprint(l.Prefixes)
	}
	return key
}
