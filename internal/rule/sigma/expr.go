package sigma

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// node is a condition on its way to text: *logic, *not, *call or raw.
type node interface{}

type (
	// logic joins conditions by and or or.
	logic struct {
		and   bool
		nodes []node
	}
	not struct{ node node }
	// call is a condition on one field: by a function (ieq, icontains …) or an operator (==, in, contains …), with any
	// of several values; lit are the values as they stand in the text.
	call struct {
		ref string
		fn  string
		lit []string
	}
	// raw is a condition as it stands; it binds at least as close as a comparison.
	raw string
	// fixed is always the same.
	fixed bool
)

// join makes and or or of nodes, flat, without repeats, calls of one function on one field put together.
func join(and bool, nodes ...node) node {
	out := &logic{and: and}
	seen := map[string]bool{}
	for _, n := range nodes {
		if n == nil {
			continue
		}
		if f, ok := n.(fixed); ok {
			if bool(f) != and { // true in an or, false in an and
				return f
			}
			continue
		}
		if l, ok := n.(*logic); ok && l.and == and {
			out.nodes = append(out.nodes, l.nodes...)
			continue
		}
		out.nodes = append(out.nodes, n)
	}
	var kept []node
	calls := map[string]*call{}
	for _, n := range out.nodes {
		if c, ok := n.(*call); ok && !and && c.many() {
			key := c.ref + "\x00" + c.list()
			if first := calls[key]; first != nil {
				first.merge(c)
				continue
			}
			copied := &call{c.ref, c.fn, slices.Clone(c.lit)}
			calls[key] = copied
			n = copied
		}
		kept = append(kept, n)
	}
	out.nodes = kept[:0:0]
	for _, n := range kept {
		if s := write(n, false); !seen[s] {
			seen[s] = true
			out.nodes = append(out.nodes, n)
		}
	}
	switch len(out.nodes) {
	case 0:
		return fixed(and)
	case 1:
		return out.nodes[0]
	}
	return out
}

// negate makes the opposite.
func negate(n node) node {
	switch n := n.(type) {
	case *not:
		return n.node
	case fixed:
		return !n
	}
	return &not{n}
}

// many says that one call may hold several values, any of which may hit.
func (c *call) many() bool {
	switch c.fn {
	case "==", "in", "ieq", "icontains", "istartsWith", "iendsWith", "wildcard", "iwildcard", "cidr", "anywhere":
		return true
	}
	return false
}

// list names the function under which calls are put together.
func (c *call) list() string {
	if c.fn == "==" {
		return "in"
	}
	return c.fn
}

func (c *call) merge(o *call) {
	for _, v := range o.lit {
		if !slices.Contains(c.lit, v) {
			c.lit = append(c.lit, v)
		}
	}
	if c.fn == "==" && len(c.lit) > 1 {
		c.fn = "in"
	}
}

// text writes n over several lines where that helps a reader: each part of the outermost `and` on its own.
func text(n node) string {
	l, ok := n.(*logic)
	if !ok || len(write(n, false)) <= 120 {
		return write(n, false)
	}
	word := " or\n"
	if l.and {
		word = " and\n"
	}
	parts := make([]string, len(l.nodes))
	for i, k := range l.nodes {
		parts[i] = wrapped(k, 0)
	}
	return strings.Join(parts, word)
}

const lineWidth = 120

// wrapped writes a part of a condition, broken where it is long.
func wrapped(n node, indent int) string {
	s := write(n, true)
	if len(s)+indent <= lineWidth {
		return s
	}
	pad := strings.Repeat(" ", indent+2)
	switch n := n.(type) {
	case *logic:
		word := " or\n" + pad
		if n.and {
			word = " and\n" + pad
		}
		parts := make([]string, len(n.nodes))
		for i, k := range n.nodes {
			parts[i] = wrapped(k, indent+2)
		}
		return "(\n" + pad + strings.Join(parts, word) + ")"
	case *not:
		inner := wrapped(n.node, indent)
		if strings.HasPrefix(inner, "(") {
			return "not " + inner
		}
		return "not (" + inner + ")"
	case *call:
		if len(n.lit) > 1 {
			return n.broken(pad)
		}
	}
	return s
}

// broken writes a call with its values over several lines.
func (c *call) broken(pad string) string {
	head, tail := c.fn+"("+c.ref+", ", ")"
	switch c.fn {
	case "in":
		head, tail = c.ref+" in [", "]"
	case "anywhere":
		head = "anywhere("
	}
	var b strings.Builder
	b.WriteString(head)
	width := lineWidth // the first value begins a line
	for i, v := range c.lit {
		if width+len(v)+2 > lineWidth {
			b.WriteString("\n" + pad)
			width = len(pad)
		} else if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(v)
		if i < len(c.lit)-1 {
			b.WriteByte(',')
		}
		width += len(v) + 2
	}
	out := b.String() + tail
	return strings.ReplaceAll(out, ", \n", ",\n")
}

// write writes n in one line; inner says that it stands within another condition.
func write(n node, inner bool) string {
	switch n := n.(type) {
	case *logic:
		word := " or "
		if n.and {
			word = " and "
		}
		parts := make([]string, len(n.nodes))
		for i, k := range n.nodes {
			parts[i] = write(k, true)
		}
		s := strings.Join(parts, word)
		if inner {
			s = "(" + s + ")"
		}
		return s
	case *not:
		s := write(n.node, true)
		if !strings.HasPrefix(s, "(") {
			s = "(" + s + ")"
		}
		return "not " + s
	case *call:
		return n.String()
	case raw:
		return string(n)
	case fixed:
		return strconv.FormatBool(bool(n))
	}
	panic(fmt.Sprintf("BUG: sigma: node %T", n))
}

func (c *call) String() string {
	values := strings.Join(c.lit, ", ")
	switch c.fn {
	case "exists":
		return "exists(" + c.ref + ")"
	case "in":
		return c.ref + " in [" + values + "]"
	case "anywhere":
		return "anywhere(" + values + ")"
	case "ieq", "icontains", "istartsWith", "iendsWith", "wildcard", "iwildcard", "cidr":
		return c.fn + "(" + c.ref + ", " + values + ")"
	}
	if two, ok := strings.CutPrefix(c.fn, "two "); ok { // two fields
		if two == "==" {
			return c.ref + " == " + values
		}
		return two + "(" + c.ref + ", " + values + ")"
	}
	return c.ref + " " + c.fn + " " + values
}

// quote writes a text for expr: between backquotes, where a backslash is just that, if that is easier to read.
func quote(s string) string {
	if strings.ContainsAny(s, `\"`) && !strings.Contains(s, "`") && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "`" + s + "`"
	}
	return escaped(s)
}

// escaped writes a text between double quotes, as expr and YAML both read it.
func escaped(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
