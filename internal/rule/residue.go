package rule

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"

	"watchpost/internal/event"
)

// sort is what a value expression yields.
type sort uint8

const (
	sortText sort = iota + 1
	sortAddr
	sortNumber
	sortBool
	sortTime
)

var sortNames = [...]string{sortText: "text", sortAddr: "an address", sortNumber: "a number", sortBool: "true or false", sortTime: "a time"}

// residue reads a comparison of two values of which neither, or not only one, is a constant.
func (c *reader) residue(at *ast.Node, t *ast.BinaryNode) (Node, error) {
	n, start := &Residue{Source: t.String()}, first(t).Location()
	l, err := c.value(&t.Left, n)
	if err != nil {
		return nil, err
	}
	r, err := c.value(&t.Right, n)
	if err != nil {
		return nil, err
	}
	switch {
	case l != r && !(l == sortText && r == sortAddr) && !(l == sortAddr && r == sortText):
		return nil, c.errorAt(start, fmt.Sprintf("compares %s with %s", sortNames[l], sortNames[r]))
	case t.Operator != "==" && (l == sortBool || l == sortAddr || r == sortAddr):
		return nil, c.errorAt(start, sortNames[max(l, r)]+" has no order")
	}
	op := t.Operator
	if l == sortAddr || r == sortAddr {
		op = "addr"
	}
	ast.Patch(at, c.callOf(fnCompare, &ast.ConstantNode{Value: op}, t.Left, t.Right))
	if n.program, err = c.compile(*at); err != nil {
		return nil, c.errorAt(start, err.Error())
	}
	n.steps = len(n.program.Bytecode)
	return n, nil
}

// twoTexts reads a search for the text of one field in that of another.
func (c *reader) twoTexts(at *ast.Node, op string, left, right *ast.Node) (Node, error) {
	n, start := &Residue{Source: (*at).String()}, first(*left).Location()
	for _, side := range []*ast.Node{left, right} {
		r, err := c.field(*side)
		if err != nil {
			return nil, err
		}
		if !r.Textual() {
			return nil, c.errorf(*side, "%s holds %s: %s is for text", r, kindName(r), op)
		}
		if _, err := c.fieldValue(side, r, n); err != nil {
			return nil, err
		}
	}
	ast.Patch(at, c.callOf(fnTexts, &ast.ConstantNode{Value: op}, *left, *right))
	var err error
	if n.program, err = c.compile(*at); err != nil {
		return nil, c.errorAt(start, err.Error())
	}
	n.steps = len(n.program.Bytecode)
	return n, nil
}

// machineTexts says whether any text of b is found in any of a as op says.
func machineTexts(op string, a, b any) bool {
	for _, s := range texts(a) {
		for _, what := range texts(b) {
			if textOps[op] != 0 && op[0] != 'i' && machineFind(textOps[op], s, what) || op[0] == 'i' && foldedFind(textOps[op], s, what) {
				return true
			}
		}
	}
	return false
}

func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []string:
		return v
	}
	return nil
}

// foldedFind looks for what in s, whatever the case: letters of ASCII fold among themselves, others as Unicode's simple folding has them. It takes time
// in proportion to both, for both are anyone's.
func foldedFind(op TextOp, s, what string) bool {
	return machineFind(op, strings.Map(foldRuneTo, valid(s)), strings.Map(foldRuneTo, valid(what)))
}

// foldRuneTo gives one character for all that fold to each other.
func foldRuneTo(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	least := r
	for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
		if o >= utf8.RuneSelf {
			least = min(least, o)
		}
	}
	return least
}

// anywhere reads a search for texts, whatever the case, in the message and in the original line, in the way of op: icontains or word. There, in JSON, \ and "
// stand escaped.
func (c *reader) anywhere(at *ast.Node, t *ast.CallNode, op string) (Node, error) {
	if name := t.Callee.(*ast.IdentifierNode).Value; len(t.Arguments) == 0 {
		return nil, c.errorf(t, "%s needs a text: %s", name, usages[name])
	}
	var values, escaped []any
	for _, a := range t.Arguments {
		vs, err := c.textConstants(a)
		if err != nil {
			return nil, err
		}
		values = append(values, vs...)
		for _, v := range vs {
			if err := c.checkValue(Ref{Field: event.Message}, op, v, a); err != nil {
				return nil, err
			}
			if e := jsonEscaper.Replace(v.(string)); e != v {
				escaped = append(escaped, e)
			}
		}
	}
	left, right := ast.Node(&ast.NilNode{}), ast.Node(&ast.NilNode{})
	a, err := c.leaf(&left, Ref{Field: event.Message}, op, values)
	if err != nil {
		return nil, err
	}
	b, err := c.leaf(&right, Ref{Field: event.EventOriginal}, op, append(values[:len(values):len(values)], escaped...))
	if err != nil {
		return nil, err
	}
	ast.Patch(at, &ast.BinaryNode{Operator: "or", Left: left, Right: right})
	return anyOf(a, b), nil
}

var jsonEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// value reads an expression that yields a value, notes in n the fields that it reads, and rewrites it for the machine.
func (c *reader) value(at *ast.Node, n *Residue) (sort, error) {
	if v, ok := literal(*at); ok {
		return c.constant(at, v)
	}
	switch t := (*at).(type) {
	case *ast.IdentifierNode, *ast.MemberNode:
		r, err := c.field(t)
		if err != nil {
			return 0, err
		}
		return c.fieldValue(at, r, n)
	case *ast.CallNode:
		return c.valueCall(at, t, n)
	case *ast.UnaryNode:
		if t.Operator == "-" {
			if err := c.number(&t.Node, n); err != nil {
				return 0, err
			}
			ast.Patch(at, c.callOf(fnMath, &ast.ConstantNode{Value: "-"}, &ast.ConstantNode{Value: int64(0)}, t.Node))
			return sortNumber, nil
		}
	case *ast.BinaryNode:
		if slices.Contains([]string{"+", "-", "*", "/", "%"}, t.Operator) {
			if err := c.number(&t.Left, n); err != nil {
				return 0, err
			}
			if err := c.number(&t.Right, n); err != nil {
				return 0, err
			}
			ast.Patch(at, c.callOf(fnMath, &ast.ConstantNode{Value: t.Operator}, t.Left, t.Right))
			return sortNumber, nil
		}
	}
	return 0, c.foreign(*at)
}

func (c *reader) constant(at *ast.Node, v any) (sort, error) {
	s := sortNumber
	switch v := v.(type) {
	case bool:
		s = sortBool
	case string:
		s = sortText
		if !utf8.ValidString(v) || len(v) > MaxText {
			return 0, c.errorf(*at, "not valid UTF-8, or more than %d bytes", MaxText)
		}
	}
	ast.Patch(at, &ast.ConstantNode{Value: v})
	return s, nil
}

func (c *reader) fieldValue(at *ast.Node, r Ref, n *Residue) (sort, error) {
	s := sortText
	switch r.Field.Info().Kind {
	case event.Int, event.Float:
		s = sortNumber
	case event.Bool:
		s = sortBool
	case event.Time:
		s = sortTime
	case event.Map:
		if r.Label == "" {
			return 0, c.errorf(*at, "labels hold %s", kindName(r))
		}
	default:
		if r.ip() {
			s = sortAddr
		}
	}
	if !slices.Contains(n.Fields, r.Field) {
		n.Fields = append(n.Fields, r.Field)
	}
	ast.Patch(at, c.callOf(fnValue, &ast.IdentifierNode{Value: "$env"}, &ast.ConstantNode{Value: r}))
	return s, nil
}

// valueCall reads len(…), lower(…) and number(…).
func (c *reader) valueCall(at *ast.Node, t *ast.CallNode, n *Residue) (sort, error) {
	id, ok := t.Callee.(*ast.IdentifierNode)
	fn := map[string]string{"len": fnLen, "lower": fnLower, "number": fnNumber}
	switch {
	case !ok:
		return 0, c.errorf(t, "fields have no methods")
	case isTimePart(t):
		p, err := c.partOf(t)
		if err != nil {
			return 0, err
		}
		if !slices.Contains(n.Fields, p.Field) {
			n.Fields = append(n.Fields, p.Field)
		}
		ast.Patch(at, c.partCall(p))
		return sortNumber, nil
	case fn[id.Value] == "" && functions[id.Value].op != "":
		return 0, c.errorf(t, "%s is a condition, not a value", id.Value)
	case fn[id.Value] == "":
		return 0, c.errorf(t, "unknown function %q%s", id.Value, nearest(id.Value, Functions()))
	case len(t.Arguments) != 1:
		return 0, c.errorf(t, "%s has one argument", id.Value)
	}
	start := first(t.Arguments[0]).Location()
	s, err := c.value(&t.Arguments[0], n)
	if err != nil {
		return 0, err
	}
	if s != sortText && s != sortAddr {
		return 0, c.errorAt(start, fmt.Sprintf("%s is for text, not %s", id.Value, sortNames[s]))
	}
	s = sortText
	if id.Value == "len" || id.Value == "number" {
		s = sortNumber
	}
	ast.Patch(at, c.callOf(fn[id.Value], t.Arguments[0]))
	return s, nil
}

func (c *reader) number(at *ast.Node, n *Residue) error {
	start := first(*at).Location()
	s, err := c.value(at, n)
	if err == nil && s != sortNumber {
		err = c.errorAt(start, fmt.Sprintf("want a number, not %s", sortNames[s]))
	}
	return err
}

// machineMath reckons in floating point; what cannot be reckoned is missing.
func machineMath(op string, a, b any) any {
	x, ok1 := number(a)
	y, ok2 := number(b)
	if !ok1 || !ok2 {
		return nil
	}
	var v float64
	switch op {
	case "+":
		v = x + y
	case "-":
		v = x - y
	case "*":
		v = x * y
	case "/":
		v = x / y
	case "%":
		v = math.Mod(x, y)
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return v
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// machineLen counts the characters of a text, or the texts of a list.
func machineLen(v any) any {
	switch v := v.(type) {
	case string:
		return int64(utf8.RuneCountInString(v))
	case []string:
		return int64(len(v))
	}
	return nil
}

// machineNumber reads a text as a number, whole ones in hexadecimal (0x1f) too; any other text is missing.
func machineNumber(v any) any {
	s, ok := v.(string)
	if !ok {
		return nil
	}
	if i, err := strconv.ParseInt(s, 0, 64); err == nil {
		return i
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
		return f
	}
	return nil
}

func machineLower(v any) any {
	switch v := v.(type) {
	case string:
		return lower(v)
	case []string:
		out := make([]string, len(v))
		for i, s := range v {
			out[i] = lower(s)
		}
		return out
	}
	return nil
}
