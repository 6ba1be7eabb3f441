package rule

import (
	"fmt"
	"math"
	"slices"
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
	return n, nil
}

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
		if !utf8.ValidString(v) {
			return 0, c.errorf(*at, "not valid UTF-8")
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

// valueCall reads len(…) and lower(…).
func (c *reader) valueCall(at *ast.Node, t *ast.CallNode, n *Residue) (sort, error) {
	id, ok := t.Callee.(*ast.IdentifierNode)
	fn := map[string]string{"len": fnLen, "lower": fnLower}
	switch {
	case !ok:
		return 0, c.errorf(t, "fields have no methods")
	case fn[id.Value] == "" && functions[id.Value].op != "":
		return 0, c.errorf(t, "%s is a condition, not a value", id.Value)
	case fn[id.Value] == "":
		return 0, c.errorf(t, "unknown function %q%s", id.Value, nearest(id.Value, functionNames()))
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
	if id.Value == "len" {
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
