package hunt

import (
	"fmt"
	"slices"
	"strings"

	"watchpost/internal/event"
	"watchpost/internal/rule"
)

// Pill is one condition of a conjunction, in parts that a page can show and change.
type Pill struct {
	Field  string   `json:"field,omitempty"` // ECS name, or labels["key"]; none for anywhere and raw
	Op     string   `json:"op"`              // == < <= > >= in contains startsWith endsWith icontains istartsWith iendsWith ieq wildcard iwildcard matches cidr exists anywhere word raw
	Values []string `json:"values,omitempty"`
	Not    bool     `json:"not"`
	Text   string   `json:"text"` // the whole in expr, which raw pills alone have
}

// maxPills bounds what JoinPills takes.
const maxPills = 200

// Pills takes a predicate apart: pills that all hold say the same as the predicate. What has no parts is a raw pill.
func Pills(p *rule.Predicate) []Pill {
	parts := []rule.Node{p.Node()}
	if a, ok := p.Node().(*rule.And); ok {
		parts = a.Nodes
	}
	out := make([]Pill, 0, len(parts))
	for _, n := range parts {
		if c, ok := n.(*rule.Const); ok && c.Value {
			continue
		}
		pill, ok := pillOf(n)
		if !ok { // a constant that is not UTF-8, and what else has no text of its own
			return []Pill{{Op: "raw", Text: p.Source()}}
		}
		out = append(out, pill)
	}
	return out
}

// pillOf gives the pill of n, unless no text says the same.
func pillOf(n rule.Node) (Pill, bool) {
	inner, not := n, false
	if no, ok := n.(*rule.Not); ok {
		inner, not = no.Node, true
	}
	p := parts(inner)
	p.Not = not
	if text, err := p.expr(); err == nil && p.Op != "raw" {
		p.Text = text
		if says(text, n) || p.Op == "ieq" && says(alternately(p), n) {
			return p, true
		}
	}
	p = Pill{Op: "raw", Text: rule.Show(n)}
	return p, says(p.Text, n)
}

// says says whether text means n.
func says(text string, n rule.Node) bool {
	p, err := rule.Compile(text)
	return err == nil && rule.Show(p.Node()) == rule.Show(n)
}

// alternately writes ieq of several values as several ieq, which mean the same.
func alternately(p Pill) string {
	texts := make([]string, len(p.Values))
	for i, v := range p.Values {
		one := Pill{Field: p.Field, Op: p.Op, Values: []string{v}}
		texts[i], _ = one.expr() // of a pill that has one already
	}
	return negated(p.Not, strings.Join(texts, " or "))
}

// parts gives the field, operator and values of a node that has them.
func parts(n rule.Node) Pill {
	switch n := n.(type) {
	case *rule.Or:
		return alternatives(n)
	case *rule.Compare:
		return leafPill(n, n.Op.String(), constant(n.Ref, n.Value))
	case *rule.In:
		values := make([]string, len(n.Values))
		for i, v := range n.Values {
			values[i] = constant(n.Ref, v)
		}
		return leafPill(n, "in", values...)
	case *rule.FoldIn:
		return leafPill(n, "ieq", n.Values...)
	case *rule.Text:
		return leafPill(n, textOps[n.Fold][n.Op], n.Value)
	case *rule.Wildcard:
		return leafPill(n, map[bool]string{false: "wildcard", true: "iwildcard"}[n.Fold], n.Source)
	case *rule.Regex:
		return leafPill(n, "matches", n.Pattern)
	case *rule.CIDR:
		values := make([]string, len(n.Prefixes))
		for i, p := range n.Prefixes {
			values[i] = p.String()
		}
		return leafPill(n, "cidr", values...)
	case *rule.Present:
		return leafPill(n, "exists")
	}
	return Pill{Op: "raw"}
}

var textOps = map[bool]map[rule.TextOp]string{
	false: {rule.Contains: "contains", rule.StartsWith: "startsWith", rule.EndsWith: "endsWith"},
	true:  {rule.Whole: "ieq", rule.Contains: "icontains", rule.StartsWith: "istartsWith", rule.EndsWith: "iendsWith"},
}

func leafPill(n rule.Leaf, op string, values ...string) Pill {
	return Pill{Field: pillField(n.On()), Op: op, Values: values}
}

func pillField(r rule.Ref) string {
	if r.Label == "" {
		return r.Field.String() // not as expr writes @timestamp
	}
	return r.String()
}

// alternatives gives the parts of a disjunction that is one condition with several values, or a search anywhere.
func alternatives(n *rule.Or) Pill {
	var all Pill
	for i, k := range n.Nodes {
		switch k.(type) {
		case *rule.Text, *rule.Wildcard, *rule.FoldIn:
		default:
			return anywhere(n)
		}
		p := parts(k)
		if i == 0 {
			all = p
		} else if p.Field != all.Field || p.Op != all.Op {
			return anywhere(n)
		} else {
			all.Values = append(slices.Clip(all.Values), p.Values...)
		}
	}
	if all.Op == "contains" || all.Op == "startsWith" || all.Op == "endsWith" { // these take one
		return Pill{Op: "raw"}
	}
	return all
}

func anywhere(n *rule.Or) Pill {
	var p Pill
	for _, k := range n.Nodes {
		op, value := "", ""
		switch k := k.(type) {
		case *rule.Text:
			if k.Fold && k.Op == rule.Contains {
				op, value = "anywhere", k.Value
			}
		case *rule.Regex:
			if k.Word != "" {
				op, value = "word", k.Word
			}
		}
		if op == "" || p.Op != "" && p.Op != op {
			return Pill{Op: "raw"}
		}
		p.Op = op
		if on := k.(rule.Leaf).On(); on.Field == event.Message && on.Label == "" && !slices.Contains(p.Values, value) {
			p.Values = append(p.Values, value)
		}
	}
	// A text with a quote or a backslash stands among them in the form that JSON gives it, too.
	for i := 0; i < len(p.Values); i++ {
		text, err := p.expr()
		if err != nil {
			break
		}
		if q, err := rule.Compile(text); err == nil && rule.Show(q.Node()) == rule.Show(n) {
			return p
		}
		if i+1 < len(p.Values) {
			p.Values = slices.Delete(p.Values, i+1, i+2)
		}
	}
	return Pill{Op: "raw"}
}

// constant gives a value as a pill holds it.
func constant(r rule.Ref, v rule.Value) string {
	s, _ := r.Spell(v)
	return s
}

// JoinPills gives the expr of pills that all hold. Faults name the pill, from 1.
func JoinPills(pills []Pill) (string, error) {
	if len(pills) > maxPills {
		return "", fmt.Errorf("%d pills are too many, the most is %d", len(pills), maxPills)
	}
	if len(pills) == 0 {
		return "true", nil
	}
	texts := make([]string, len(pills))
	for i, p := range pills {
		text, err := p.expr()
		if err != nil {
			return "", fmt.Errorf("pill %d: %w", i+1, err)
		}
		if p.Op == "raw" && len(pills) > 1 {
			text = "(" + text + ")"
		}
		texts[i] = text
	}
	return strings.Join(texts, " and "), nil
}

// expr writes the pill.
func (p Pill) expr() (string, error) {
	if p.Op == "raw" {
		c, err := rule.Compile(p.Text)
		if err != nil {
			return "", err
		}
		if p.Not {
			return "not (" + c.Source() + ")", nil
		}
		return p.Text, nil
	}
	if (p.Op == "anywhere" || p.Op == "word") && p.Field == "" && len(p.Values) > 0 {
		return negated(p.Not, p.Op+"("+quoted(p.Values)+")"), nil
	}
	b := &bar{src: p.Field}
	name, n := b.name()
	r, known := ref(name)
	if !known || n != len(p.Field) {
		return "", fmt.Errorf("unknown field %q%s", clip(p.Field), rule.NearestField(clip(p.Field), event.FieldNames("")))
	}
	return p.condition(r)
}

func (p Pill) condition(r rule.Ref) (string, error) {
	want := 1
	var expr string
	switch p.Op {
	case "exists":
		want, expr = 0, "exists("+r.String()+")"
	case "icontains", "istartsWith", "iendsWith", "ieq", "wildcard", "iwildcard", "cidr":
		want, expr = -1, p.Op+"("+r.String()+", "+quoted(p.Values)+")"
	case "in", "==", "<", "<=", ">", ">=":
		list := make([]string, len(p.Values))
		for i, v := range p.Values {
			var err error
			if list[i], err = typed(r, v); err != nil {
				return "", err
			}
		}
		expr = r.String() + " " + p.Op + " " + strings.Join(list, ", ")
		if p.Op == "in" {
			want, expr = -1, r.String()+" in ["+strings.Join(list, ", ")+"]"
		}
		if p.Op == "==" && p.Not && len(list) == 1 {
			return r.String() + " != " + list[0], nil
		}
	case "contains", "startsWith", "endsWith", "matches":
		expr = r.String() + " " + p.Op + " " + quoted(p.Values)
	default:
		return "", fmt.Errorf("unknown operator %q", clip(p.Op))
	}
	if want >= 0 && len(p.Values) != want || want < 0 && len(p.Values) == 0 {
		return "", fmt.Errorf("%s %s has %d values", p.Field, p.Op, len(p.Values))
	}
	return negated(p.Not, expr), nil
}

func negated(not bool, expr string) string {
	if not {
		return "not (" + expr + ")"
	}
	return expr
}

func quoted(values []string) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = quote(v)
	}
	return strings.Join(out, ", ")
}

// typed writes a value as a constant that suits r.
func typed(r rule.Ref, v string) (string, error) {
	if r.Textual() || r.Field.Info().Kind == event.Time {
		return quote(v), nil
	}
	if r.Field.Info().Kind == event.Bool && (v == "true" || v == "false") {
		return v, nil
	}
	n, err := (&bar{src: v}).number(r, literal{plain: v})
	if err != nil || r.Field.Info().Kind == event.Bool {
		return "", fmt.Errorf("%q does not suit %s, which holds %s", clip(v), r, holds(r))
	}
	return n, nil
}
