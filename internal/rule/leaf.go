package rule

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"

	"watchpost/internal/event"
)

// function is a condition on a field in the form of a call.
type function struct {
	op     string // of the leaf
	values bool   // further arguments: texts, any of which may hold
	two    bool   // or one further argument, a field
	usage  string
}

var functions = map[string]function{
	"exists":      {"exists", false, false, `exists(user.name)`},
	"cidr":        {"cidr", true, false, `cidr(source.ip, "10.0.0.0/8", …)`},
	"wildcard":    {"wildcard", true, false, `wildcard(file.path, "/etc/*.conf", …)`},
	"iwildcard":   {"iwildcard", true, false, `iwildcard(file.path, "C:/Users/*.exe", …)`},
	"icontains":   {"icontains", true, true, `icontains(process.command_line, "mimikatz", …)`},
	"istartsWith": {"istartsWith", true, true, `istartsWith(process.name, "powershell", …)`},
	"iendsWith":   {"iendsWith", true, true, `iendsWith(process.executable, "\\cmd.exe", …)`},
	"iequals":     {"iequals", true, true, `iequals(user.name, "administrator", …)`},
	"ieq":         {"iequals", true, true, `ieq(user.name, "administrator", …)`},
	"domain":      {"domain", true, false, `domain(dns.question.name, "evil.example", …)`},
}

// Functions names the functions of the language.
func Functions() []string {
	names := []string{"len", "lower", "number", "anywhere", "word", "list", "ilist", "dlist"}
	names = slices.AppendSeq(names, maps.Keys(functions))
	names = slices.AppendSeq(names, maps.Keys(timeParts))
	names = slices.AppendSeq(names, maps.Keys(texters))
	slices.Sort(names)
	return names
}

// String gives the name as a predicate writes it.
func (r Ref) String() string {
	switch {
	case r.Label != "":
		return fmt.Sprintf("labels[%q]", r.Label)
	case r.Field == event.Timestamp:
		return "timestamp"
	}
	return r.Field.String()
}

func (r Ref) ip() bool { return r.Label == "" && r.Field.Info().Type == "ip" }

// kindName says what a field holds, for messages.
func kindName(r Ref) string {
	if r.Label != "" {
		return "text"
	}
	switch in := r.Field.Info(); in.Kind {
	case event.Int, event.Float:
		return "a number"
	case event.Bool:
		return "true or false"
	case event.Time:
		return "a time"
	case event.Map:
		return `pairs; write labels["key"]`
	case event.List:
		if in.Type == "ip" {
			return "addresses"
		}
		return "texts"
	default:
		if in.Type == "ip" {
			return "an address"
		}
		return "text"
	}
}

// leafAt is leaf for the constants that n stands for. Several, of a function, are alternatives.
func (c *reader) leafAt(at *ast.Node, r Ref, op string, values []any, n ast.Node) (Node, error) {
	for _, v := range values {
		if err := c.checkValue(r, op, v, n); err != nil {
			return nil, err
		}
	}
	switch {
	case len(values) == 1:
	case op == "==":
		op = "in"
	case flipped[op] != "" || op == "matches":
		return nil, c.errorf(n, "%s wants one constant, not %d", op, len(values))
	}
	return c.leaf(at, r, op, values)
}

// checkValue says whether the constant v, which stands at n, can be beside r in op.
func (c *reader) checkValue(r Ref, op string, v any, n ast.Node) error {
	s, isText := v.(string)
	kind := r.Field.Info().Kind
	ordered := op != "==" && flipped[op] != ""
	switch {
	case r.Textual() && !isText:
		return c.errorf(n, "%s holds %s: write %q", r, kindName(r), fmt.Sprint(v))
	case r.Textual():
		return c.checkText(r, op, s, ordered, n)
	case op != "==" && !ordered:
		return c.errorf(n, "%s holds %s: %s is for text", r, kindName(r), op)
	case kind == event.Map:
		return c.errorf(n, "labels hold %s", kindName(r))
	case kind == event.Time:
		if !isText {
			return c.errorf(n, `%s holds a time: write it as "2026-01-31T12:00:00Z"`, r)
		}
		if t, err := time.Parse(time.RFC3339Nano, s); err != nil || t.Year() < 1900 || t.Year() > 2261 {
			return c.errorf(n, `%q is no time that %s can hold: write "2026-01-31T12:00:00Z"`, s, r)
		}
	case kind == event.Bool:
		if _, ok := v.(bool); !ok || ordered {
			return c.errorf(n, "%s holds true or false", r)
		}
	default:
		if _, ok := v.(bool); ok || isText {
			return c.errorf(n, "%s holds a number, not %s", r, map[bool]string{true: "text", false: "true or false"}[isText])
		}
	}
	return nil
}

func (c *reader) checkText(r Ref, op, s string, ordered bool, n ast.Node) error {
	switch {
	case r.ip() && ordered:
		return c.errorf(n, `%s holds %s, which have no order: write cidr(%[1]s, "10.0.0.0/8")`, r, kindName(r))
	case r.ip() && op == "==":
		if _, ok := ParseAddr(s); !ok {
			return c.errorf(n, "%q is no address; for a network write cidr(%s, …)", s, r)
		}
	case (op == "wildcard" || op == "iwildcard" || op == "matches" || op == "word") && !utf8.ValidString(s):
		return c.errorf(n, "gives bytes that are not UTF-8, which have no pattern: look for them with contains or icontains")
	case op == "domain":
		if name := domainName(s); name == "" || len(name) > MaxDomain {
			return c.errorf(n, "%.80q is no domain name: it has 1 to %d bytes", s, MaxDomain)
		}
	case op == "cidr":
		if _, err := prefix(s); err != nil {
			return c.errorf(n, "%q is no network: %v", s, err)
		}
	case op == "matches":
		re, err := syntax.Parse(s, syntax.Perl)
		if err != nil {
			what := err.Error()
			if se, ok := err.(*syntax.Error); ok {
				what = se.Code.String() + ": " + se.Expr
			}
			return c.errorf(n, "regular expression: %s", what)
		}
		if size := stepsOf(re); size > MaxPattern {
			return c.errorf(n, "regular expression: it takes %d steps, the most is %d", size, MaxPattern)
		}
	}
	return nil
}

// prefix reads a network; an address stands for itself.
func prefix(s string) (netip.Prefix, error) {
	if !strings.Contains(s, "/") {
		a, ok := ParseAddr(s)
		if !ok {
			return netip.Prefix{}, fmt.Errorf(`write it as "10.0.0.0/8"`)
		}
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, fmt.Errorf(`write it as "10.0.0.0/8"`)
	}
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}

// leaf makes the node of r op values, which are checked.
func (c *reader) leaf(at *ast.Node, r Ref, op string, values []any) (Node, error) {
	if f := r.Field.Info(); f.Kind == event.Map && r.Label == "" && op != "exists" {
		return nil, c.errorf(*at, "labels hold %s", kindName(r))
	}
	if fn, ok := functions[op]; ok && fn.values && !r.Textual() {
		return nil, c.errorf(*at, "%s holds %s: %s is for text", r, kindName(r), op)
	}
	n := makeLeaf(r, op, values)
	if c.machine {
		c.patch(at, r, op, values)
	}
	return n, nil
}

// patch puts the machine's call in place of at.
func (c *reader) patch(at *ast.Node, r Ref, op string, values []any) {
	ast.Patch(at, c.callOf(fnLeaf, &ast.IdentifierNode{Value: "$env"}, &ast.ConstantNode{Value: newMachineLeaf(r, op, values)}))
}

func (c *reader) callOf(name string, args ...ast.Node) ast.Node {
	return &ast.CallNode{Callee: &ast.IdentifierNode{Value: name}, Arguments: args}
}

func makeLeaf(r Ref, op string, values []any) Node {
	if len(values) == 0 && op != "exists" { // of an empty list
		return &Const{false}
	}
	each := func(f func(s string) Node) Node {
		nodes := make([]Node, len(values))
		for i, v := range values {
			nodes[i] = f(v.(string))
		}
		return anyOf(nodes...)
	}
	text := func(t TextOp, fold bool) Node {
		return each(func(s string) Node { return newText(r, t, fold, s) })
	}
	switch op {
	case "exists":
		return &Present{r}
	case "in":
		return newIn(r, values)
	case "contains":
		return text(Contains, false)
	case "startsWith":
		return text(StartsWith, false)
	case "endsWith":
		return text(EndsWith, false)
	case "icontains":
		return text(Contains, true)
	case "istartsWith":
		return text(StartsWith, true)
	case "iendsWith":
		return text(EndsWith, true)
	case "iequals":
		return newFoldIn(r, values)
	case "domain":
		return newDomain(r, values)
	case "wildcard", "iwildcard":
		return each(func(s string) Node { return newWildcard(r, s, op == "iwildcard") })
	case "word":
		return each(func(s string) Node {
			p := wordPattern(s)
			return &Regex{Ref: r, Pattern: p, Word: s, re: regexp.MustCompile(p)}
		})
	case "matches":
		return each(func(s string) Node { return &Regex{Ref: r, Pattern: s, re: regexp.MustCompile(s)} })
	case "cidr":
		n := &CIDR{Ref: r}
		for _, v := range values {
			p, _ := prefix(v.(string))
			n.Prefixes = append(n.Prefixes, p)
		}
		n.Prefixes = apart(n.Prefixes)
		return n
	}
	return newCompare(r, ops[op], values[0])
}

var ops = map[string]Op{"==": Equal, "<": Less, "<=": LessEqual, ">": Greater, ">=": GreaterEqual}

// newCompare gives a constant where a whole number is compared with a fraction that no number equals.
func newCompare(r Ref, op Op, v any) Node {
	f, isFloat := v.(float64)
	if r.Field.Info().Kind != event.Int || !isFloat {
		return &Compare{r, op, valueOf(r, v)}
	}
	below, above := &Const{false}, &Present{r} // what holds of no number, and of each
	switch {
	case op == Equal && f != math.Trunc(f):
		return below
	case op == Less || op == GreaterEqual:
		f = math.Ceil(f)
	case op == LessEqual || op == Greater:
		f = math.Floor(f)
	}
	switch {
	case f >= 1<<63:
		if op == Less || op == LessEqual {
			return above
		}
		return below
	case f < -1<<63:
		if op == Greater || op == GreaterEqual {
			return above
		}
		return below
	}
	return &Compare{r, op, Value{Int: int64(f)}}
}

func newIn(r Ref, values []any) Node {
	n := &In{Ref: r}
	for _, v := range values {
		f, isFloat := v.(float64)
		if r.Field.Info().Kind == event.Int && isFloat && (f != math.Trunc(f) || f >= 1<<63 || f < -1<<63) {
			continue
		}
		if r.Field.Info().Kind == event.Bool { // rare, and only two values
			nodes := make([]Node, len(values))
			for i, v := range values {
				nodes[i] = newCompare(r, Equal, v)
			}
			return anyOf(nodes...)
		}
		n.Values = append(n.Values, valueOf(r, v))
	}
	if len(n.Values) == 0 {
		return &Const{false}
	}
	n.texts, n.ints = map[string]bool{}, map[int64]bool{}
	for _, v := range n.Values {
		switch {
		case r.ip():
			if n.addrs == nil {
				n.addrs = map[netip.Addr]bool{}
			}
			n.addrs[v.Addr] = true
		case r.Textual():
			n.texts[v.Text] = true
		default:
			n.ints[v.Int] = true
		}
	}
	return n
}

// valueOf gives the constant v, which is checked, in the form that suits r.
func valueOf(r Ref, v any) Value {
	switch kind := r.Field.Info().Kind; v := v.(type) {
	case string:
		if kind == event.Time {
			t, _ := time.Parse(time.RFC3339Nano, v)
			return Value{Int: t.UnixNano()}
		}
		if r.ip() {
			a, _ := ParseAddr(v)
			return Value{Text: v, Addr: a}
		}
		return Value{Text: v}
	case int64:
		if kind == event.Float {
			return Value{Float: float64(v)}
		}
		return Value{Int: v}
	case float64:
		if kind == event.Int {
			return Value{Int: int64(v)}
		}
		return Value{Float: v}
	case bool:
		return Value{Bool: v}
	}
	panic(fmt.Sprintf("BUG: rule: constant of type %T", v))
}

// apart sorts networks and leaves out those within another.
func apart(ps []netip.Prefix) []netip.Prefix {
	slices.SortFunc(ps, func(a, b netip.Prefix) int {
		return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
	})
	out := ps[:0]
	for _, p := range ps {
		if len(out) == 0 || !out[len(out)-1].Contains(p.Addr()) {
			out = append(out, p)
		}
	}
	return out
}

// newFoldIn gives a FoldIn for the bytewise constants, if there are several, and a Text for each other.
func newFoldIn(r Ref, values []any) Node {
	n := &FoldIn{Ref: r}
	var rest []Node
	for _, v := range values {
		if s := v.(string); len(values) > 1 && bytewise(s) {
			n.Values = append(n.Values, lower(s))
		} else {
			rest = append(rest, newText(r, Whole, true, s))
		}
	}
	if len(n.Values) == 0 {
		return anyOf(rest...)
	}
	slices.Sort(n.Values)
	n.Values = slices.Compact(n.Values)
	n.texts = make(map[string]bool, len(n.Values))
	for _, s := range n.Values {
		n.texts[s] = true
	}
	return anyOf(append([]Node{n}, rest...)...)
}

func newText(r Ref, op TextOp, fold bool, s string) Node {
	n := &Text{Ref: r, Op: op, Fold: fold, Value: s}
	switch {
	case fold:
		n.fold = newFolded(s, op)
	case op == Whole:
		return &Compare{r, Equal, Value{Text: s}}
	}
	return n
}

func newWildcard(r Ref, s string, fold bool) Node {
	re, op, plain := wildcardPattern(s, fold)
	if op != 0 {
		return newText(r, op, fold, plain)
	}
	return &Wildcard{Ref: r, Fold: fold, Source: s, Pattern: re, re: regexp.MustCompile(re)}
}
