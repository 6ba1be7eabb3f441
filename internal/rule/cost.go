package rule

import (
	"crypto/sha256"
	"fmt"
	"io"
	"math/bits"
	"regexp/syntax"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser/lexer"

	"watchpost/internal/event"
)

// MaxPattern bounds a regular expression: steps of the program that it becomes.
const MaxPattern = 5000

// costs of what a predicate does, in units of Predicate.Cost, as measured (BenchmarkCost).
const (
	costField   = 1  // to get a value and compare it
	costSet     = 4  // to look it up
	costAddr    = 6  // to read an address
	costSearch  = 2  // to find a text in 200 bytes
	costFold    = 20 // the same, whatever the case
	costTime    = 8  // to take a time apart
	costPattern = 20 // each step of a regular expression, on 200 bytes
	costMachine = 30 // to start expr's machine
	costStep    = 10 // each step of that
	costLabels  = 3  // times, for a name and those above it
	costLong    = 3  // times, for the fields whose texts are long
)

func cost(n Node) int {
	one := costAlone(n)
	if l, ok := n.(Leaf); ok && one > costField && (l.On().Field == event.Message || l.On().Field == event.EventOriginal) {
		one *= costLong
	}
	return one
}

func costAlone(n Node) int {
	switch n := n.(type) {
	case *And:
		return costs(n.Nodes)
	case *Or:
		return costs(n.Nodes)
	case *Not:
		return cost(n.Node)
	case *Const:
		return 0
	case *Residue:
		return costMachine + costStep*n.steps
	case *In:
		if n.ip() {
			return costField + costAddr + costSet
		}
		return costField + costSet
	case *FoldIn:
		return costField + costSet
	case *Domain:
		return costField + costSet*costLabels
	case *CIDR:
		return costField + costAddr + bits.Len(uint(len(n.Prefixes)))
	case *TimePart:
		return costField + costTime
	case *Wildcard:
		return costField + costPattern*patternSize(n.Pattern)
	case *Regex:
		return costField + costPattern*patternSize(n.Pattern)
	case *Text:
		switch {
		case n.fold.re != nil:
			return costField + costPattern*(len(n.Value)+1)
		case n.Op == Contains && n.Fold:
			return costField + costFold
		case n.Op == Contains:
			return costField + costSearch
		}
	}
	return costField
}

func costs(nodes []Node) int {
	sum := 0
	for _, n := range nodes {
		sum += cost(n)
	}
	return sum
}

// weight estimates the memory that a condition takes, and the index made of it, in units of about 40 bytes. What lists hold is held once.
func weight(n Node) int {
	sum := 20
	Walk(n, func(n Node) {
		switch n := n.(type) {
		case *In:
			if n.List == "" {
				sum += 4 * len(n.Values)
			}
		case *FoldIn:
			if n.List == "" {
				sum += 4 * len(n.Values)
			}
		case *Domain:
			if n.List == "" {
				sum += 4 * len(n.Values)
			}
		case *CIDR:
			if n.List == "" {
				sum += 4 * len(n.Prefixes)
			}
		case *Text:
			sum += 4 + len(n.Value)/40
			if n.fold.re != nil {
				sum += 10 * len(n.Value)
			}
		case *Wildcard:
			sum += 4 + patternSize(n.Pattern)
		case *Regex:
			sum += 4 + patternSize(n.Pattern)
		case *Residue:
			sum += 10 + n.steps
		default:
			sum += 4
		}
	})
	return sum
}

// patternSize counts about the steps of the program that a regular expression becomes.
func patternSize(pattern string) int {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0 // it is refused elsewhere
	}
	return stepsOf(re)
}

func stepsOf(re *syntax.Regexp) int {
	sum := 1
	if re.Op == syntax.OpLiteral {
		sum = len(re.Rune)
	}
	for _, sub := range re.Sub {
		sum = min(sum+stepsOf(sub), 1<<40)
	}
	if re.Op == syntax.OpRepeat {
		sum *= max(re.Max, re.Min+1, 1)
	}
	return sum
}

// tooDeep finds what would lead expr's parser, which calls itself, too deep.
func tooDeep(src string) (at file.Location, what string) {
	if len(src) < 1<<12 {
		return at, ""
	}
	l := lexer.New()
	l.Reset(file.NewSource(src))
	depth, row, turns := 0, 0, 0
	for {
		t, err := l.Next()
		if err != nil {
			return at, "" // the end, or a fault that the parser will find
		}
		unary := false
		switch {
		case t.Kind == lexer.Bracket && (t.Value == "(" || t.Value == "[" || t.Value == "{"):
			depth++
		case t.Kind == lexer.Bracket:
			depth--
		case t.Kind == lexer.Operator:
			switch t.Value {
			case "not", "!", "-", "+":
				unary = true
			case "?", "?:", "??", "let", "if", "else", ";", "**", "^", "|", ":":
				turns++
			}
		}
		if row++; !unary {
			row = 0
		}
		if depth > MaxDepth || row > MaxDepth || turns > MaxDepth {
			return t.Location, fmt.Sprintf("too many brackets or operators in each other, the most is %d", MaxDepth)
		}
	}
}

// canon gives a hash of the tree, before it is patched, that is the same where only spaces and brackets differ.
func canon(n ast.Node) [16]byte {
	h := sha256.New()
	writeTree(h, n)
	return [16]byte(h.Sum(nil)[:16])
}

func writeTree(w io.Writer, n ast.Node) {
	nodes := func(name string, kids ...ast.Node) {
		fmt.Fprintf(w, "(%s %d", name, len(kids))
		for _, k := range kids {
			writeTree(w, k)
		}
		io.WriteString(w, ")")
	}
	switch t := n.(type) {
	case *ast.BinaryNode:
		nodes(t.Operator, t.Left, t.Right)
	case *ast.UnaryNode:
		nodes(t.Operator, t.Node)
	case *ast.CallNode:
		nodes("call", append([]ast.Node{t.Callee}, t.Arguments...)...)
	case *ast.ArrayNode:
		nodes("list", t.Nodes...)
	case *ast.MemberNode:
		nodes(".", t.Node, t.Property)
	case *ast.IdentifierNode:
		fmt.Fprintf(w, " %s", t.Value)
	case *ast.StringNode:
		fmt.Fprintf(w, " %q", t.Value)
	default:
		fmt.Fprintf(w, " %s", n)
	}
}
