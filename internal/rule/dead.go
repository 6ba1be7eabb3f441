package rule

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"watchpost/internal/event"
)

// dead finds what is never or always true in a condition, and parts that add nothing. It finds what stands in plain sight: two
// conditions on one field that exclude or imply each other; it proves nothing.
type dead struct {
	never  string // why the whole can never be true; "" if nothing says so
	always string // why the whole is always true
	parts  []string
}

func findDead(n Node) dead {
	var d dead
	if d.never = never(n, false); d.never != "" {
		return d
	}
	if d.always = never(n, true); d.always != "" {
		return d
	}
	d.below(n)
	return d
}

// below looks at the parts of n, which itself is sometimes true.
func (d *dead) below(n Node) {
	say := func(format string, args ...any) { d.parts = append(d.parts, fmt.Sprintf(format, args...)) }
	switch n := n.(type) {
	case *Not:
		d.below(n.Node)
	case *Or:
		for i, k := range n.Nodes {
			if why := never(k, false); why != "" {
				say("%s is never true: %s", brief(k), why)
				continue
			}
			if by := implied(n.Nodes, i, func(other Node) bool { return implies(k, other) }); by != nil {
				say("%s adds nothing to %s", brief(k), brief(by))
				continue
			}
			d.below(k)
		}
	case *And:
		for i, k := range n.Nodes {
			if why := never(k, true); why != "" {
				say("%s is always true: %s", brief(k), why)
				continue
			}
			if _, present := k.(*Present); !present { // which says what is meant, and costs nothing
				if by := implied(n.Nodes, i, func(other Node) bool { return implies(other, k) }); by != nil {
					say("%s adds nothing to %s", brief(k), brief(by))
					continue
				}
			}
			d.below(k)
		}
	}
}

// maxPairs bounds what is compared pair by pair.
const maxPairs = 200

// implied gives a node other than nodes[i] of which holds says so; of nodes that mean the same, the first is kept.
func implied(nodes []Node, i int, holds func(Node) bool) Node {
	if l, ok := nodes[i].(Leaf); len(nodes) > maxPairs || ok && l.On().Field == event.EventOriginal { // anywhere(…) looks there in several forms
		return nil
	}
	for j, o := range nodes {
		if j != i && holds(o) && (j < i || !(implies(nodes[i], o) && implies(o, nodes[i]))) {
			return o
		}
	}
	return nil
}

func brief(n Node) string {
	s := show(n, 3)
	if utf8.RuneCountInString(s) > 100 {
		s = string([]rune(s)[:100]) + "…"
	}
	return "`" + s + "`"
}

// implies says, where it is plain, that b is true wherever a is.
func implies(a, b Node) bool {
	if Show(a) == Show(b) {
		return true
	}
	if or, ok := b.(*Or); ok {
		if _, also := a.(*Or); !also {
			return slices.ContainsFunc(or.Nodes, func(n Node) bool { return implies(a, n) })
		}
	}
	switch a := a.(type) {
	case *And:
		if and, ok := b.(*And); ok {
			return !slices.ContainsFunc(and.Nodes, func(n Node) bool { return !implies(a, n) })
		}
		return slices.ContainsFunc(a.Nodes, func(n Node) bool { return implies(n, b) })
	case Leaf:
		if l, ok := b.(Leaf); ok && a.On() == l.On() {
			return leafImplies(a, l)
		}
	}
	return false
}

func leafImplies(a, b Leaf) bool {
	if _, ok := b.(*Present); ok {
		return true
	}
	if values, exact := wholeTexts(a); exact && a.On().Textual() {
		return len(values) > 0 && !slices.ContainsFunc(values, func(v string) bool { return !b.Test(v) })
	}
	x, ok1 := a.(*Text)
	y, ok2 := b.(*Text)
	if !ok1 || !ok2 || x.Fold && !y.Fold || y.Op == Whole {
		return false
	}
	within := x.Value == y.Value || y.Test(x.Value) // y's text stands in x's in the way that y wants
	return within && (y.Op == Contains || x.Op == y.Op || x.Op == Whole)
}

// wholeTexts gives the texts that a leaf asks for, if it asks for whole ones as they are.
func wholeTexts(l Leaf) (values []string, exact bool) {
	switch l := l.(type) {
	case *Compare:
		if l.Op == Equal {
			return []string{plain(l.Value)}, true
		}
	case *In:
		for _, v := range l.Values {
			values = append(values, plain(v))
		}
		return values, true
	}
	return nil, false
}

func plain(v Value) string {
	if v.Addr.IsValid() {
		return v.Addr.String()
	}
	return v.Text
}

// fact is a node that must be true, or, if neg, false.
type fact struct {
	node Node
	neg  bool
}

func (f fact) String() string {
	if f.neg {
		return brief(&Not{f.node})
	}
	return brief(f.node)
}

// facts takes apart what must all hold for n to be true (false if neg).
func facts(n Node, neg bool, out []fact) []fact {
	switch t := n.(type) {
	case *Not:
		return facts(t.Node, !neg, out)
	case *And:
		if !neg {
			for _, k := range t.Nodes {
				out = facts(k, false, out)
			}
			return out
		}
	case *Or:
		if neg {
			for _, k := range t.Nodes {
				out = facts(k, true, out)
			}
			return out
		}
	}
	return append(out, fact{n, neg})
}

// never says why n can never be true (false if neg), "" where nothing says so.
func never(n Node, neg bool) string {
	all := facts(n, neg, nil)
	var plain, either []fact
	for _, f := range all {
		switch t := f.node.(type) {
		case *Const:
			if t.Value == f.neg {
				return "it is the same for every event"
			}
		case *And, *Or:
			either = append(either, f)
		default:
			plain = append(plain, f)
		}
	}
	if why := exclude(plain); why != "" {
		return why
	}
	for _, f := range either {
		if why := noBranch(plain, f); why != "" {
			return why
		}
	}
	return ""
}

// noBranch says why none of the alternatives of f can be true beside the facts.
func noBranch(beside []fact, f fact) string {
	var nodes []Node
	switch t := f.node.(type) {
	case *And:
		nodes = t.Nodes
	case *Or:
		nodes = t.Nodes
	}
	why := ""
	for _, k := range nodes {
		branch := facts(k, f.neg, slices.Clone(beside))
		impossible := slices.ContainsFunc(branch, func(f fact) bool { c, ok := f.node.(*Const); return ok && c.Value == f.neg })
		why = exclude(branch)
		if why == "" && !impossible {
			return ""
		}
	}
	if why == "" {
		why = fmt.Sprintf("no part of %s can be true", f)
	}
	return why
}

// exclude says why the facts cannot all hold.
func exclude(all []fact) string {
	var refs []Ref
	by := map[Ref][]fact{}
	seen := map[string]bool{}
	for _, f := range all {
		s := Show(f.node)
		if was, ok := seen[s]; ok && was != f.neg {
			return fmt.Sprintf("%s both holds and does not", brief(f.node))
		}
		seen[s] = f.neg
		if l, ok := f.node.(Leaf); ok {
			if by[l.On()] == nil {
				refs = append(refs, l.On())
			}
			by[l.On()] = append(by[l.On()], f)
		}
	}
	for _, r := range refs {
		of := by[r]
		for _, check := range []func([]fact) string{r.excludeMissing, r.excludeTexts, r.excludeEnds, r.excludeNetworks, r.excludeNumbers} {
			if why := check(of); why != "" {
				return why
			}
		}
	}
	return ""
}

// excludeMissing finds a field that must be missing and have a value.
func (r Ref) excludeMissing(of []fact) string {
	missing, there := -1, -1
	for i, f := range of {
		if _, present := f.node.(*Present); present && f.neg {
			missing = i
		} else if !f.neg {
			there = i
		}
	}
	if missing >= 0 && there >= 0 {
		return fmt.Sprintf("%s has no value, and %s", r, of[there])
	}
	return ""
}

func (r Ref) single() bool { return r.Label != "" || r.Field.Info().Kind != event.List }

// excludeTexts takes the whole texts that one fact asks for and looks whether another lets any through.
func (r Ref) excludeTexts(of []fact) string {
	if !r.Textual() {
		return ""
	}
	for i, f := range of {
		values, exact := wholeTexts(f.node.(Leaf))
		if !exact || f.neg {
			continue
		}
		for _, o := range of {
			if o == of[i] || !r.single() && !o.neg {
				continue
			}
			if values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return o.node.(Leaf).Test(v) == o.neg }); len(values) == 0 {
				return fmt.Sprintf("%s excludes %s", f, o)
			}
		}
	}
	return ""
}

// excludeEnds finds two beginnings, or two ends, of one text that differ.
func (r Ref) excludeEnds(of []fact) string {
	if !r.single() {
		return ""
	}
	for i, f := range of {
		a, ok := f.node.(*Text)
		if !ok || f.neg || a.Op == Contains {
			continue
		}
		for _, o := range of[i+1:] {
			b, ok := o.node.(*Text)
			if !ok || o.neg || b.Op == Contains || a.Op != b.Op && a.Op != Whole && b.Op != Whole {
				continue
			}
			x, y, op := a.Value, b.Value, a.Op
			if a.Fold || b.Fold {
				x, y = lower(x), lower(y)
			}
			if op == Whole {
				op = b.Op
			}
			fits := x == y
			switch {
			case a.Op == Whole && b.Op == Whole:
			case op == StartsWith:
				fits = strings.HasPrefix(x, y) && b.Op != Whole || strings.HasPrefix(y, x) && a.Op != Whole
			case op == EndsWith:
				fits = strings.HasSuffix(x, y) && b.Op != Whole || strings.HasSuffix(y, x) && a.Op != Whole
			}
			if !fits {
				return fmt.Sprintf("%s excludes %s", f, o)
			}
		}
	}
	return ""
}

// excludeNetworks finds two sets of networks without a common address.
func (r Ref) excludeNetworks(of []fact) string {
	if !r.single() {
		return ""
	}
	for i, f := range of {
		a, ok := f.node.(*CIDR)
		for _, o := range of[i+1:] {
			b, ok2 := o.node.(*CIDR)
			if !ok || !ok2 || f.neg || o.neg {
				continue
			}
			if !slices.ContainsFunc(a.Prefixes, func(p netip.Prefix) bool { return slices.ContainsFunc(b.Prefixes, p.Overlaps) }) {
				return fmt.Sprintf("%s excludes %s", f, o)
			}
		}
	}
	return ""
}

// excludeNumbers follows the bounds of numbers, of times and of their parts.
func (r Ref) excludeNumbers(of []fact) string {
	type bounds struct {
		low, high float64
		by        fact
	}
	all := map[string]*bounds{}
	for _, f := range of {
		name, op, v, low, high, ok := numeric(f)
		if !ok {
			continue
		}
		b := all[name]
		if b == nil {
			b = &bounds{low: low, high: high, by: f}
			all[name] = b
		}
		switch op {
		case Equal:
			b.low, b.high = max(b.low, v), min(b.high, v)
		case Less:
			b.high = min(b.high, beside(v, -1))
		case LessEqual:
			b.high = min(b.high, v)
		case Greater:
			b.low = max(b.low, beside(v, 1))
		case GreaterEqual:
			b.low = max(b.low, v)
		}
		if b.low > b.high {
			if b.by == f {
				return fmt.Sprintf("%s has no such value", name)
			}
			return fmt.Sprintf("%s excludes %s", b.by, f)
		}
	}
	return ""
}

// beside gives the next number in the direction, or v itself where the whole numbers are not told apart.
func beside(v float64, direction int) float64 {
	if math.Abs(v) >= 1<<53 {
		return v
	}
	return math.Nextafter(v, math.Inf(direction))
}

// numeric gives a comparison of a number, with the bounds that the number has anyhow. A negated comparison of a field is none: it holds
// where the field is missing; that of a time's part counts, since every event has its time.
func numeric(f fact) (name string, op Op, v, low, high float64, ok bool) {
	low, high = math.Inf(-1), math.Inf(1)
	switch n := f.node.(type) {
	case *Compare:
		kind := n.Field.Info().Kind
		switch {
		case f.neg || n.Label != "":
			return
		case kind == event.Int, kind == event.Time:
			return n.Ref.String(), n.Op, float64(n.Value.Int), low, high, true
		case kind == event.Float:
			return n.Ref.String(), n.Op, n.Value.Float, low, high, true
		case kind == event.Bool && n.Value.Bool:
			return n.Ref.String(), Equal, 1, low, high, true
		case kind == event.Bool:
			return n.Ref.String(), Equal, 0, low, high, true
		}
	case *TimePart:
		if f.neg {
			return
		}
		least := timeParts[string(n.Part)]
		return fmt.Sprintf("%s(%s, %s)", n.Part, n.Ref, n.Zone), n.Op, float64(n.Value), float64(least[0]), float64(least[1]), true
	}
	return
}
