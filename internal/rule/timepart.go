package rule

import (
	"strconv"
	"time"

	"github.com/expr-lang/expr/ast"

	"watchpost/internal/event"
)

// Part names a part of a time.
type Part string

// The parts, by the names of their functions.
const (
	Minute  Part = "minute"  // 0 to 59
	Hour    Part = "hour"    // 0 to 23
	Day     Part = "day"     // of the month, 1 to 31
	Weekday Part = "weekday" // 0, Sunday, to 6
	Week    Part = "week"    // of ISO 8601, 1 to 53
	Month   Part = "month"   // 1 to 12
	Year    Part = "year"
)

// timeParts gives the least and the greatest value of each part.
var timeParts = map[string][2]int64{"minute": {0, 59}, "hour": {0, 23}, "day": {1, 31}, "weekday": {0, 6}, "week": {1, 53}, "month": {1, 12}, "year": {1900, 2262}}

// Of gives the part of a time in Unix nanoseconds, where the clocks of zone are kept.
func (p Part) Of(ns int64, zone *time.Location) int64 {
	t := time.Unix(0, ns).In(zone)
	switch p {
	case Minute:
		return int64(t.Minute())
	case Hour:
		return int64(t.Hour())
	case Day:
		return int64(t.Day())
	case Weekday:
		return int64(t.Weekday())
	case Week:
		_, w := t.ISOWeek()
		return int64(w)
	case Month:
		return int64(t.Month())
	}
	return int64(t.Year())
}

// TimePart compares a part of a time with a number.
type TimePart struct {
	Ref
	Part  Part
	Zone  *time.Location
	Op    Op
	Value int64
}

// Eval says whether the comparison holds of the event's time.
func (n *TimePart) Eval(e event.Event) (bool, error) {
	v, ok := e.Int(n.Field)
	if !ok {
		return false, nil
	}
	have, want := n.Part.Of(v, n.Zone), n.Value
	switch n.Op {
	case Equal:
		return have == want, nil
	case Less:
		return have < want, nil
	case LessEqual:
		return have <= want, nil
	case Greater:
		return have > want, nil
	}
	return have >= want, nil
}

// Test is never asked: a time is no text.
func (n *TimePart) Test(string) bool { return false }

func isTimePart(n ast.Node) bool {
	name, _, ok := called(n)
	_, known := timeParts[name]
	return ok && known
}

// partOf reads a call such as hour(timestamp, "Europe/Berlin").
func (c *reader) partOf(t *ast.CallNode) (*TimePart, error) {
	name, args, _ := called(t)
	if len(args) != 1 && len(args) != 2 {
		return nil, c.errorf(t, `write %s(timestamp) or %[1]s(timestamp, "Europe/Berlin")`, name)
	}
	r, err := c.field(args[0])
	if err != nil {
		return nil, err
	}
	if r.Field.Info().Kind != event.Time {
		return nil, c.errorf(args[0], "%s holds %s, not a time", r, kindName(r))
	}
	n := &TimePart{Ref: r, Part: Part(name), Zone: time.UTC}
	if len(args) == 2 {
		v, _ := literal(args[1])
		zone, ok := v.(string)
		if !ok || zone == "" || zone == "Local" {
			return nil, c.errorf(args[1], `want the name of a time zone such as "Europe/Berlin"`)
		}
		if n.Zone, err = time.LoadLocation(zone); err != nil {
			return nil, c.errorf(args[1], `unknown time zone %q: want a name such as "Europe/Berlin"`, zone)
		}
	}
	return n, nil
}

// timePart reads the comparison of a part with a constant.
func (c *reader) timePart(at *ast.Node, t *ast.CallNode, op string, constant ast.Node) (Node, error) {
	n, err := c.partOf(t)
	if err != nil {
		return nil, err
	}
	return c.timePartLeaf(at, n, op, constant)
}

func (c *reader) timePartLeaf(at *ast.Node, n *TimePart, op string, constant ast.Node) (Node, error) {
	v, _ := literal(constant)
	i, ok := v.(int64)
	if span := timeParts[string(n.Part)]; !ok || i < span[0] || i > span[1] {
		return nil, c.errorf(constant, "%s is a whole number from %d to %d", n.Part, span[0], span[1])
	}
	leaf := *n
	leaf.Op, leaf.Value = ops[op], i
	if c.machine {
		ast.Patch(at, c.callOf(fnCompare, &ast.ConstantNode{Value: op}, c.partCall(n), &ast.ConstantNode{Value: i}))
	}
	return &leaf, nil
}

func (c *reader) partCall(n *TimePart) ast.Node {
	return c.callOf(fnPart, &ast.ConstantNode{Value: n.Part}, &ast.ConstantNode{Value: n.Zone},
		c.callOf(fnValue, &ast.IdentifierNode{Value: "$env"}, &ast.ConstantNode{Value: n.Ref}))
}

// timePartIn reads `hour(timestamp) in [1, 2]` and `hour(timestamp) in 1..5`.
func (c *reader) timePartIn(at *ast.Node, t *ast.BinaryNode) (Node, error) {
	n, err := c.partOf(t.Left.(*ast.CallNode))
	if err != nil {
		return nil, err
	}
	join := func(op string, nodes []ast.Node) {
		joined := ast.Node(&ast.BoolNode{Value: op == "and"})
		for i, k := range nodes {
			if joined = k; i > 0 {
				joined = &ast.BinaryNode{Operator: op, Left: nodes[i-1], Right: k}
				nodes[i] = joined
			}
		}
		ast.Patch(at, joined)
	}
	switch right := t.Right.(type) {
	case *ast.ArrayNode:
		var nodes []Node
		places := make([]ast.Node, len(right.Nodes))
		for i, v := range right.Nodes {
			places[i] = &ast.NilNode{}
			leaf, err := c.timePartLeaf(&places[i], n, "==", v)
			if err != nil {
				return nil, err
			}
			nodes = append(nodes, leaf)
		}
		join("or", places)
		if len(nodes) == 0 {
			return &Const{false}, nil
		}
		return anyOf(nodes...), nil
	case *ast.BinaryNode:
		if right.Operator == ".." {
			places := []ast.Node{&ast.NilNode{}, &ast.NilNode{}}
			lo, err := c.timePartLeaf(&places[0], n, ">=", right.Left)
			if err != nil {
				return nil, err
			}
			hi, err := c.timePartLeaf(&places[1], n, "<=", right.Right)
			if err != nil {
				return nil, err
			}
			join("and", places)
			return all(lo, hi), nil
		}
	}
	return nil, c.errorf(t.Right, "want a list such as [0, 6], or a range such as 1..5")
}

// machinePart is the machine's way to read a part.
func machinePart(p Part, zone *time.Location, v any) any {
	ns, ok := v.(int64)
	if !ok {
		return nil
	}
	t := time.Unix(ns/1e9, ns%1e9).In(zone)
	format, known := map[Part]string{Minute: "4", Hour: "15", Day: "2", Month: "1", Year: "2006"}[p]
	if known {
		i, err := strconv.ParseInt(t.Format(format), 10, 64)
		if err != nil {
			panic("BUG: rule: time: " + err.Error())
		}
		return i
	}
	if p == Weekday {
		return (int64(t.Weekday()) + 7) % 7
	}
	_, w := t.ISOWeek()
	return int64(w)
}
