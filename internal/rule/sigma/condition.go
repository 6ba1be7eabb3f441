package sigma

import (
	"fmt"
	"path"
	"strings"
)

// condReader reads Sigma's conditions: selections joined by and, or, not, brackets, and `1 of`, `any of`, `all of`.
type condReader struct {
	tokens []string
	i      int
	depth  int
	names  []string // of all selections, in order
	sel    func(name string) (node, error)
}

// maxBrackets bounds recursion.
const maxBrackets = 100

// condition turns the text of a condition into a node.
func condition(src string, names []string, sel func(string) (node, error)) (node, error) {
	tokens, err := condTokens(src)
	if err != nil {
		return nil, err
	}
	c := &condReader{tokens: tokens, names: names, sel: sel}
	n, err := c.or()
	switch {
	case err != nil:
		return nil, fmt.Errorf("condition %q: %w", src, err)
	case c.i < len(c.tokens):
		return nil, fmt.Errorf("condition %q: %q is one word too many", src, c.tokens[c.i])
	}
	return n, nil
}

func condTokens(src string) ([]string, error) {
	var out []string
	word := func(r byte) bool {
		return r == '_' || r == '-' || r == '.' || r == '*' || r == '?' || r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z' || r >= 0x80
	}
	for i := 0; i < len(src); {
		switch c := src[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '(' || c == ')':
			out = append(out, src[i:i+1])
			i++
		case c == '|':
			return nil, fmt.Errorf("condition %q: aggregations behind | left the specification with version 2: write a correlation", src)
		case word(c):
			start := i
			for i < len(src) && word(src[i]) {
				i++
			}
			out = append(out, src[start:i])
		default:
			return nil, fmt.Errorf("condition %q: %q cannot stand here", src, c)
		}
	}
	return out, nil
}

// peek gives the next word, lower-cased; "" at the end.
func (c *condReader) peek() string {
	if c.i >= len(c.tokens) {
		return ""
	}
	return strings.ToLower(c.tokens[c.i])
}

func (c *condReader) or() (node, error) {
	nodes, err := c.chain("or", c.and)
	if err != nil {
		return nil, err
	}
	return join(false, nodes...), nil
}

func (c *condReader) and() (node, error) {
	nodes, err := c.chain("and", c.not)
	if err != nil {
		return nil, err
	}
	return join(true, nodes...), nil
}

func (c *condReader) chain(word string, part func() (node, error)) ([]node, error) {
	var nodes []node
	for {
		n, err := part()
		if err != nil {
			return nil, err
		}
		if nodes = append(nodes, n); c.peek() != word {
			return nodes, nil
		}
		c.i++
	}
}

func (c *condReader) not() (node, error) {
	switch w := c.peek(); w {
	case "not", "(":
		c.i++
		if c.depth++; c.depth > maxBrackets {
			return nil, fmt.Errorf("nests deeper than %d", maxBrackets)
		}
		defer func() { c.depth-- }()
		if w == "not" {
			n, err := c.not()
			if err != nil {
				return nil, err
			}
			return negate(n), nil
		}
		n, err := c.or()
		if err != nil {
			return nil, err
		}
		if c.peek() != ")" {
			return nil, fmt.Errorf("a closing bracket is missing")
		}
		c.i++
		return n, nil
	case "", ")", "and", "or", "of":
		return nil, fmt.Errorf("a selection is missing before %q", w)
	}
	if c.i+1 < len(c.tokens) && strings.EqualFold(c.tokens[c.i+1], "of") {
		return c.of()
	}
	name := c.tokens[c.i]
	c.i++
	return c.sel(name)
}

// of reads `1 of pattern`; `them` are all selections whose names do not begin with an underscore.
func (c *condReader) of() (node, error) {
	how := c.peek()
	c.i += 2
	if how != "1" && how != "any" && how != "all" {
		return nil, fmt.Errorf("%q of: want 1, any or all", how)
	}
	if c.i >= len(c.tokens) {
		return nil, fmt.Errorf("%s of: of what?", how)
	}
	what := c.tokens[c.i]
	c.i++
	if _, err := path.Match(what, ""); err != nil {
		return nil, fmt.Errorf("%s of %s: %w", how, what, err)
	}
	var nodes []node
	for _, name := range c.names {
		if ok, _ := path.Match(what, name); !ok && (what != "them" || strings.HasPrefix(name, "_")) {
			continue
		}
		n, err := c.sel(name)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
	if len(nodes) == 0 {
		return nil, fmt.Errorf("%s of %s: no selection has such a name", how, what)
	}
	return join(how == "all", nodes...), nil
}
