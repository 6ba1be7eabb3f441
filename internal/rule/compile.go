package rule

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"watchpost/internal/event"
)

// Compile reads and checks a predicate that uses no lists. The error is an *Error.
func Compile(src string) (*Predicate, error) { return compile(src, nil) }

func compile(src string, lists lists) (*Predicate, error) { return compileWithin(src, lists, 1) }

// compileWithin compiles a source that may be parts times as large as others.
func compileWithin(src string, lists lists, parts int) (*Predicate, error) {
	c := &reader{src: src, conf: newConf(), lists: lists}
	c.conf.MaxNodes *= uint(parts)
	most := MaxSource * parts
	fail := func(at file.Location, what string) (*Predicate, error) { return nil, c.errorAt(at, what) }
	switch {
	case len(src) > most:
		return fail(file.Location{}, fmt.Sprintf("%d bytes are too many, the most is %d", len(src), most))
	case strings.TrimSpace(src) == "":
		return fail(file.Location{}, "the condition is empty")
	case !utf8.ValidString(src):
		return fail(file.Location{}, "not valid UTF-8")
	}
	if at, what := tooDeep(src); what != "" {
		return fail(at, what)
	}
	tree, err := parser.ParseWithConfig(src, c.conf)
	if err != nil {
		var fe *file.Error
		if errors.As(err, &fe) {
			return fail(fe.Location, c.plain(fe.Message))
		}
		return fail(file.Location{}, c.plain(err.Error()))
	}
	p := &Predicate{source: src, canon: canon(tree.Node), lists: lists}
	if p.node, err = c.condition(&tree.Node); err != nil {
		return nil, err
	}
	p.used, p.cost, p.weight = c.used, cost(p.node), weight(p.node)
	if most := MaxCost * parts; p.cost > most {
		return fail(file.Location{}, fmt.Sprintf("the condition would cost %d units an event, the most is %d: regular expressions cost most, then texts to look for whatever the case", p.cost, most))
	}
	return p, nil
}

// plain says more where the words of expr's parser help nobody. "unexpected token" stays: package hunt goes by it.
func (c *reader) plain(what string) string {
	switch {
	case what == `unexpected token Operator("=")`:
		return "unexpected token =: to compare write =="
	case what == "unexpected token EOF":
		return what + ": something is missing at the end"
	case strings.HasSuffix(what, "exceeds maximum allowed nodes"):
		return fmt.Sprintf("more than %d parts: values that one field is compared with belong into a list", c.conf.MaxNodes)
	}
	return what
}

// program compiles src, which Compile took, for expr's machine.
func program(src string, lists lists) (*vm.Program, error) {
	c := &reader{src: src, conf: newConf(), lists: lists, machine: true}
	c.conf.MaxNodes = 0 // Compile took it
	tree, err := parser.ParseWithConfig(src, c.conf)
	if err != nil {
		return nil, err
	}
	if _, err := c.condition(&tree.Node); err != nil {
		return nil, err
	}
	return c.compile(tree.Node)
}

// newConf allows nothing of expr's own functions. The maps are shared, for to make them took most of the time of a compilation; nothing writes them.
func newConf() *conf.Config {
	c := *sharedConf()
	return &c
}

var sharedConf = sync.OnceValue(func() *conf.Config {
	c := conf.CreateNew()
	c.MaxNodes = MaxNodes
	for _, f := range builtin.Builtins {
		c.Disabled[f.Name] = true
	}
	clear(c.Builtins)
	for name, f := range machineFunctions {
		c.Functions[name] = &builtin.Function{Name: name, Func: f}
	}
	return c
})

// reader reads expr's tree into nodes, checks types, and in the same pass rewrites the tree for expr's machine: residues always, leaves only if
// machine is set.
type reader struct {
	src     string
	conf    *conf.Config
	lists   lists
	machine bool
	used    []string // lists, by name
	texts   int      // constants that functions gave
}

func (c *reader) compile(n ast.Node) (*vm.Program, error) {
	return compiler.Compile(&parser.Tree{Node: n, Source: file.NewSource(c.src)}, c.conf)
}

// errorAt makes an Error; expr counts characters.
func (c *reader) errorAt(at file.Location, what string) *Error {
	e := &Error{Line: 1, Column: 1, What: what}
	n := 0
	for i, r := range c.src {
		if n == at.From {
			e.Offset = i
			return e
		}
		n++
		e.Column++
		if r == '\n' {
			e.Line++
			e.Column = 1
		}
	}
	e.Offset = len(c.src)
	return e
}

func (c *reader) errorf(n ast.Node, format string, args ...any) error {
	return c.errorAt(first(n).Location(), fmt.Sprintf(format, args...))
}

// first gives the leftmost node: expr puts binary nodes and members where their operator is.
func first(n ast.Node) ast.Node {
	for {
		switch t := n.(type) {
		case *ast.BinaryNode:
			n = t.Left
		case *ast.MemberNode:
			n = t.Node
		case *ast.ChainNode:
			n = t.Node
		default:
			return n
		}
	}
}

// condition reads what is true or false.
func (c *reader) condition(at *ast.Node) (Node, error) {
	switch t := (*at).(type) {
	case *ast.BoolNode:
		return &Const{t.Value}, nil
	case *ast.UnaryNode:
		if t.Operator != "not" && t.Operator != "!" {
			return nil, c.errorf(t, "%q does not make a condition", t.Operator)
		}
		n, err := c.condition(&t.Node)
		if err != nil {
			return nil, err
		}
		return &Not{n}, nil
	case *ast.BinaryNode:
		return c.binary(at, t)
	case *ast.CallNode:
		return c.call(at, t)
	case *ast.IdentifierNode, *ast.MemberNode:
		r, err := c.field(t)
		if err != nil {
			return nil, err
		}
		if k := r.Field.Info().Kind; k != event.Bool {
			return nil, c.errorf(t, "%s is no condition: it holds %s; to ask whether it is there, write exists(%[1]s)", r, kindName(r))
		}
		return c.leaf(at, r, "==", []any{true})
	}
	return nil, c.foreign(*at)
}

func (c *reader) binary(at *ast.Node, t *ast.BinaryNode) (Node, error) {
	switch t.Operator {
	case "and", "&&", "or", "||":
		l, err := c.condition(&t.Left)
		if err != nil {
			return nil, err
		}
		r, err := c.condition(&t.Right)
		if err != nil {
			return nil, err
		}
		if t.Operator == "and" || t.Operator == "&&" {
			return all(l, r), nil
		}
		return anyOf(l, r), nil
	}
	// expr binds `not` closer than comparisons: `not a == b` is `(not a) == b`, which is never meant.
	if u, ok := t.Left.(*ast.UnaryNode); ok && (u.Operator == "not" || u.Operator == "!") {
		return nil, c.errorf(u, "put brackets behind %s: %s (…)", u.Operator, u.Operator)
	}
	switch t.Operator {
	case "!=":
		inner := ast.Node(&ast.BinaryNode{Operator: "==", Left: t.Left, Right: t.Right})
		inner.SetLocation(t.Location())
		n, err := c.comparison(&inner, inner.(*ast.BinaryNode))
		if err != nil {
			return nil, err
		}
		ast.Patch(at, &ast.UnaryNode{Operator: "not", Node: inner})
		return &Not{n}, nil
	case "==", "<", "<=", ">", ">=":
		return c.comparison(at, t)
	case "in":
		return c.in(at, t)
	case "contains", "startsWith", "endsWith", "matches":
		if isField(t.Right) && t.Operator != "matches" {
			return c.twoTexts(at, t.Operator, &t.Left, &t.Right)
		}
		r, err := c.field(t.Left)
		if err != nil {
			return nil, err
		}
		if _, plain := literal(t.Right); !plain && (t.Operator == "matches" || !isConstant(t.Right)) {
			return nil, c.errorf(t.Right, "want a text in quotes behind %s", t.Operator)
		}
		values, err := c.constants(t.Right)
		if err != nil {
			return nil, err
		}
		return c.leafAt(at, r, t.Operator, values, t.Right)
	case "..", "+", "-", "*", "/", "%", "**", "^":
		return nil, c.errorf(t, "a number is no condition: compare it")
	}
	return nil, c.foreign(t)
}

var flipped = map[string]string{"==": "==", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

// comparison reads a comparison of a field with a constant, or else a residue.
func (c *reader) comparison(at *ast.Node, t *ast.BinaryNode) (Node, error) {
	lc, rc := isConstant(t.Left), isConstant(t.Right)
	left, right, op := t.Left, t.Right, t.Operator
	switch {
	case lc && rc:
		return nil, c.errorf(t, "compares two constants")
	case lc:
		left, right, op = right, left, flipped[op]
	}
	switch {
	case (lc || rc) && isField(left):
		r, err := c.field(left)
		if err != nil {
			return nil, err
		}
		values, err := c.constants(right)
		if err != nil {
			return nil, err
		}
		return c.leafAt(at, r, op, values, right)
	case (lc || rc) && isTimePart(left):
		return c.timePart(at, left.(*ast.CallNode), op, right)
	}
	return c.residue(at, t)
}

// in reads `field in [constants]`, `field in 1..9`, `field in list("name")` and `constant in list field`.
func (c *reader) in(at *ast.Node, t *ast.BinaryNode) (Node, error) {
	if isConstant(t.Left) && isField(t.Right) {
		r, err := c.field(t.Right)
		if err != nil {
			return nil, err
		}
		if r.Field.Info().Kind != event.List {
			return nil, c.errorf(t.Right, "%s is no list: write %[1]s == …", r)
		}
		values, err := c.constants(t.Left)
		if err != nil {
			return nil, err
		}
		return c.leafAt(at, r, "==", values, t.Left)
	}
	if isTimePart(t.Left) {
		return c.timePartIn(at, t)
	}
	r, err := c.field(t.Left)
	if err != nil {
		return nil, err
	}
	switch right := t.Right.(type) {
	case *ast.ArrayNode:
		var values []any
		for _, n := range right.Nodes {
			vs, err := c.constants(n)
			if err != nil {
				return nil, err
			}
			for _, v := range vs {
				if err := c.checkValue(r, "==", v, n); err != nil {
					return nil, err
				}
			}
			values = append(values, vs...)
		}
		return c.leaf(at, r, "in", values)
	case *ast.CallNode:
		return c.inList(at, r, right)
	case *ast.BinaryNode:
		lo, hi, ok := bounds(right)
		if !ok || r.Field.Info().Kind != event.Int {
			return nil, c.errorf(right, "want a list such as [1, 2], or, for a number, a range such as 1..1023")
		}
		low, high := ast.Node(&ast.NilNode{}), ast.Node(&ast.NilNode{})
		a, err := c.leaf(&low, r, ">=", []any{lo})
		if err != nil {
			return nil, err
		}
		b, err := c.leaf(&high, r, "<=", []any{hi})
		if err != nil {
			return nil, err
		}
		ast.Patch(at, &ast.BinaryNode{Operator: "and", Left: low, Right: high})
		return all(a, b), nil
	}
	return nil, c.errorf(t.Right, `want a list such as [1, 2] or list("name")`)
}

// bounds gives the ends of a range such as 1..9.
func bounds(n *ast.BinaryNode) (lo, hi int64, ok bool) {
	l, _ := literal(n.Left)
	h, _ := literal(n.Right)
	lo, ok1 := l.(int64)
	hi, ok2 := h.(int64)
	return lo, hi, n.Operator == ".." && ok1 && ok2
}

// call reads a call of one of our functions.
func (c *reader) call(at *ast.Node, t *ast.CallNode) (Node, error) {
	id, ok := t.Callee.(*ast.IdentifierNode)
	if !ok {
		return nil, c.errorf(t, "fields have no methods")
	}
	f, ok := functions[id.Value]
	_, isPart := timeParts[id.Value]
	switch {
	case id.Value == "anywhere":
		return c.anywhere(at, t, "icontains")
	case id.Value == "word":
		return c.anywhere(at, t, "word")
	case isPart || id.Value == "len" || id.Value == "lower" || id.Value == "number":
		return nil, c.errorf(t, "%s gives a value: compare it", id.Value)
	case isConstant(t):
		return nil, c.errorf(t, "%s gives texts to look for: write, for example, icontains(message, %[1]s(…))", id.Value)
	case !ok:
		return nil, c.errorf(t, "unknown function %q%s", id.Value, nearest(id.Value, Functions()))
	case len(t.Arguments) == 0:
		return nil, c.errorf(t, "%s needs a field: %s", id.Value, f.usage)
	}
	if len(t.Arguments) == 2 && isField(t.Arguments[1]) && f.two {
		return c.twoTexts(at, f.op, &t.Arguments[0], &t.Arguments[1])
	}
	r, err := c.field(t.Arguments[0])
	if err != nil {
		return nil, err
	}
	if n := len(t.Arguments) - 1; f.values != (n > 0) {
		return nil, c.errorf(t, "%s has %d arguments: write %s", id.Value, n+1, f.usage)
	}
	values := make([]any, 0, len(t.Arguments)-1)
	for _, a := range t.Arguments[1:] {
		vs, err := c.textConstants(a)
		if err != nil {
			return nil, err
		}
		for _, v := range vs {
			if err := c.checkValue(r, f.op, v, a); err != nil {
				return nil, err
			}
		}
		values = append(values, vs...)
	}
	return c.leaf(at, r, f.op, values)
}

func isField(n ast.Node) bool {
	switch n.(type) {
	case *ast.IdentifierNode, *ast.MemberNode:
		return true
	}
	return false
}

// literal gives a constant as string, int64, float64 or bool.
func literal(n ast.Node) (any, bool) {
	switch t := n.(type) {
	case *ast.StringNode:
		return t.Value, true
	case *ast.IntegerNode:
		return int64(t.Value), true
	case *ast.FloatNode:
		return t.Value, true
	case *ast.BoolNode:
		return t.Value, true
	case *ast.UnaryNode:
		v, ok := literal(t.Node)
		switch v := v.(type) {
		case int64:
			if t.Operator == "-" {
				return -v, ok
			}
			return v, ok && t.Operator == "+"
		case float64:
			if t.Operator == "-" {
				return -v, ok
			}
			return v, ok && t.Operator == "+"
		}
	}
	return nil, false
}

// field reads a dotted name, timestamp, or labels["key"].
func (c *reader) field(n ast.Node) (Ref, error) {
	path, ok := dotted(n)
	if !ok {
		switch n.(type) {
		case *ast.IdentifierNode, *ast.MemberNode:
			return Ref{}, c.errorf(n, `no name of a field; labels are written labels["key"]`)
		}
		if _, ok := literal(n); ok {
			return Ref{}, c.errorf(n, "want a field here, not a constant")
		}
		return Ref{}, c.foreign(n)
	}
	if path[0] == "labels" && len(path) > 1 {
		return Ref{event.Labels, strings.Join(path[1:], ".")}, nil
	}
	name := strings.Join(path, ".")
	if name == "timestamp" {
		return Ref{Field: event.Timestamp}, nil
	}
	f, ok := event.Lookup(name)
	if !ok {
		return Ref{}, c.errorf(n, "unknown field %q%s", name, NearestField(name, event.FieldNames("")))
	}
	return Ref{Field: f}, nil
}

// dotted gives the parts of a.b.c and a["b"].
func dotted(n ast.Node) ([]string, bool) {
	switch t := n.(type) {
	case *ast.IdentifierNode:
		return []string{t.Value}, t.Value != "$env"
	case *ast.MemberNode:
		s, ok := t.Property.(*ast.StringNode)
		path, ok2 := dotted(t.Node)
		if !ok || !ok2 || t.Optional || t.Method || s.Value == "" {
			return nil, false
		}
		return append(path, s.Value), true
	}
	return nil, false
}

// foreign says that the language has no such thing, though expr has.
func (c *reader) foreign(n ast.Node) error {
	what := "this"
	switch t := n.(type) {
	case *ast.NilNode:
		return c.errorf(n, "nil is not in the language: to ask whether a field is there, write exists(field)")
	case *ast.BuiltinNode:
		what = t.Name + "(…)"
	case *ast.PredicateNode, *ast.PointerNode:
		what = "a closure"
	case *ast.ConditionalNode:
		what = "if or ?:"
	case *ast.VariableDeclaratorNode, *ast.SequenceNode:
		what = "let or ;"
	case *ast.MapNode, *ast.PairNode:
		what = "a map"
	case *ast.ArrayNode:
		what = "a list here"
	case *ast.SliceNode:
		what = "a slice"
	case *ast.ChainNode:
		what = "?."
	case *ast.BinaryNode:
		what = t.Operator
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BytesNode:
		return c.errorf(n, "a constant is no condition")
	}
	return c.errorf(n, "%s is not in the language", what)
}
