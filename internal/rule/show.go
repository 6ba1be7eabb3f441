package rule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"watchpost/internal/event"
)

// Show gives n in the language of conditions. What means the same in the same way is shown the same; lists by name and texts made of texts
// are shown as what they are made of.
func Show(n Node) string { return show(n, 0) }

// show leaves out constants beyond the first most of a leaf or a group of leaves; 0 shows all.
func show(n Node, most int) string {
	switch n := n.(type) {
	case *And:
		if len(n.Nodes) == 0 {
			return "true"
		}
		return showParts(group(n.Nodes, false), " and ", most)
	case *Or:
		return showParts(group(n.Nodes, true), " or ", most)
	case *Not:
		if c, ok := n.Node.(*Compare); ok && c.Op == Equal {
			return fmt.Sprintf("%s != %s", c.Ref, c.constant(c.Value))
		}
		return "not (" + show(n.Node, most) + ")"
	case *Const:
		return strconv.FormatBool(n.Value)
	case *Residue:
		return n.Source
	}
	return showLeaf(n, most)
}

func showParts(groups [][]Node, between string, most int) string {
	parts := make([]string, len(groups))
	for i, g := range groups {
		if len(g) > 1 {
			parts[i] = showGroup(g, most)
			continue
		}
		parts[i] = show(g[0], most)
		if _, or := g[0].(*Or); or && between == " and " {
			parts[i] = "(" + parts[i] + ")"
		}
	}
	return strings.Join(parts, between)
}

// group puts the leaves of a disjunction that look for texts of the same field in the same way together.
func group(nodes []Node, or bool) [][]Node {
	var out [][]Node
	for _, n := range nodes {
		if last := len(out) - 1; or && last >= 0 && grouped(out[last][0], n) {
			out[last] = append(out[last], n)
			continue
		}
		out = append(out, []Node{n})
	}
	return out
}

func grouped(a, b Node) bool {
	switch a := a.(type) {
	case *Text:
		b, ok := b.(*Text)
		return ok && a.Ref == b.Ref && a.Op == b.Op && a.Fold && b.Fold
	case *Wildcard:
		b, ok := b.(*Wildcard)
		return ok && a.Ref == b.Ref && a.Fold == b.Fold
	}
	return false
}

func showGroup(g []Node, most int) string {
	var values []string
	for _, n := range g {
		switch n := n.(type) {
		case *Text:
			values = append(values, n.Value)
		case *Wildcard:
			values = append(values, n.Source)
		}
	}
	return call(verb(g[0]), g[0].(Leaf).On(), values, most)
}

// verb names the function or operator of a leaf that looks for texts.
func verb(n Node) string {
	switch n := n.(type) {
	case *Text:
		name := [...]string{Whole: "eq", Contains: "contains", StartsWith: "startsWith", EndsWith: "endsWith"}[n.Op]
		if n.Fold {
			return "i" + name
		}
		return name
	case *Wildcard:
		if n.Fold {
			return "iwildcard"
		}
	}
	return "wildcard"
}

func call(name string, r Ref, values []string, most int) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = strconv.Quote(v)
	}
	return fmt.Sprintf("%s(%s, %s)", name, r, listed(quoted, most))
}

func listed(values []string, most int) string {
	if most > 0 && len(values) > most {
		values = append(slices.Clone(values[:most]), fmt.Sprintf("… %d in all", len(values)))
	}
	return strings.Join(values, ", ")
}

func showLeaf(n Node, most int) string {
	switch n := n.(type) {
	case *Compare:
		return fmt.Sprintf("%s %s %s", n.Ref, n.Op, n.constant(n.Value))
	case *In:
		values := make([]string, len(n.Values))
		for i, v := range n.Values {
			values[i] = n.constant(v)
		}
		return fmt.Sprintf("%s in [%s]", n.Ref, listed(values, most))
	case *FoldIn:
		return call("ieq", n.Ref, n.Values, most)
	case *Domain:
		return call("domain", n.Ref, n.Values, most)
	case *Text:
		if n.Fold {
			return call(verb(n), n.Ref, []string{n.Value}, most)
		}
		return fmt.Sprintf("%s %s %q", n.Ref, verb(n), n.Value)
	case *Wildcard:
		return call(verb(n), n.Ref, []string{n.Source}, most)
	case *Regex:
		return fmt.Sprintf("%s matches %q", n.Ref, n.Pattern)
	case *CIDR:
		values := make([]string, len(n.Prefixes))
		for i, p := range n.Prefixes {
			values[i] = p.String()
		}
		return call("cidr", n.Ref, values, most)
	case *Present:
		return fmt.Sprintf("exists(%s)", n.Ref)
	case *TimePart:
		if n.Zone == time.UTC {
			return fmt.Sprintf("%s(%s) %s %d", n.Part, n.Ref, n.Op, n.Value)
		}
		return fmt.Sprintf("%s(%s, %q) %s %d", n.Part, n.Ref, n.Zone, n.Op, n.Value)
	}
	panic(fmt.Sprintf("BUG: rule: no way to show a %T", n))
}

// String gives the operator as a condition writes it.
func (o Op) String() string {
	return [...]string{Equal: "==", Less: "<", LessEqual: "<=", Greater: ">", GreaterEqual: ">="}[o]
}

// constant shows v, beside which r stands.
func (r Ref) constant(v Value) string {
	s, quoted := r.Spell(v)
	if quoted {
		return strconv.Quote(s)
	}
	return s
}

// Spell writes v, beside which r stands, without the quotes that it may need.
func (r Ref) Spell(v Value) (s string, quoted bool) {
	if v.Addr.IsValid() {
		return v.Addr.String(), true
	}
	if r.Label == "" {
		switch r.Field.Info().Kind {
		case event.Int:
			return strconv.FormatInt(v.Int, 10), false
		case event.Float:
			return strconv.FormatFloat(v.Float, 'g', -1, 64), false
		case event.Bool:
			return strconv.FormatBool(v.Bool), false
		case event.Time:
			return time.Unix(0, v.Int).UTC().Format(time.RFC3339Nano), true
		}
	}
	return v.Text, true
}
