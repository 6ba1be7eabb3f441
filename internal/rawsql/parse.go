package rawsql

import (
	"slices"
	"strings"
)

// parser reads a statement; it gives up by panicking with an *Error.
type parser struct {
	src   string
	i     int // behind tok
	tok   token
	nodes int
	depth int
}

// count bounds the tree.
func (p *parser) count() {
	if p.nodes++; p.nodes > maxNodes {
		p.fail(p.tok.at, "the statement has more than %d parts", maxNodes)
	}
}

// deeper bounds recursion; call what it returns when done.
func (p *parser) deeper() func() {
	if p.depth++; p.depth > maxDepth {
		p.fail(p.tok.at, "brackets and operators stand deeper than %d in one another", maxDepth)
	}
	return func() { p.depth-- }
}

// reserved words are no names unless they stand in quotes.
var reserved = []string{"select", "from", "where", "group", "by", "having", "order", "limit", "offset", "union", "all", "join", "on", "using", "inner", "left",
	"right", "full", "cross", "outer", "any", "asof", "semi", "anti", "array", "as", "and", "or", "not", "in", "is", "like", "ilike", "between", "case", "when", "then", "else",
	"end", "with", "distinct", "prewhere", "settings", "format", "into", "final", "sample", "global", "window", "qualify", "over", "interval", "except", "intersect", "null",
	"asc", "desc", "exists"}

func (t token) reserved() bool {
	return t.kind == word && slices.Contains(reserved, strings.ToLower(t.text))
}

// name reads an alias or the like.
func (p *parser) name(what string) string {
	if p.tok.kind != word && p.tok.kind != quoted || p.tok.reserved() {
		p.fail(p.tok.at, "%s should stand here, not %s", what, p.tok)
	}
	s := p.tok.text
	p.next()
	return s
}

func (p *parser) query() *query {
	defer p.deeper()()
	q := &query{}
	if p.take("with") {
		for {
			c := cte{at: p.tok.at, name: p.name("a name")}
			p.need("as")
			p.need("(")
			c.q = p.query()
			p.need(")")
			q.with = append(q.with, c)
			if !p.take(",") {
				break
			}
		}
	}
	for {
		q.selects = append(q.selects, p.selection())
		if !p.take("union") {
			return q
		}
		p.need("all")
	}
}

func (p *parser) selection() *selection {
	p.count()
	p.need("select")
	s := &selection{distinct: p.take("distinct")}
	for {
		s.items = append(s.items, p.item())
		if !p.take(",") {
			break
		}
	}
	if !p.take("from") {
		p.fail(p.tok.at, "FROM should stand here, not %s", p.tok)
	}
	s.from = p.source()
	p.joins(s)
	if p.take("where") {
		s.where = p.expr()
	}
	if p.take("group", "by") {
		s.groupBy = p.list()
	}
	if p.take("having") {
		s.having = p.expr()
	}
	if p.take("order", "by") {
		s.orderBy = p.orders()
	}
	p.limits(s)
	return s
}

func (p *parser) item() item {
	at := p.tok.at
	if p.take("*") {
		return item{all: true, at: at}
	}
	it := item{x: p.expr(), at: at}
	if n, ok := it.x.(*name); ok && p.tok.is("*") && n.parts[len(n.parts)-1] == "" {
		p.next()
		return item{all: true, table: strings.Join(n.parts[:len(n.parts)-1], "."), at: at}
	}
	it.text = strings.Join(strings.Fields(p.src[at:p.tok.at]), " ")
	if p.take("as") || (p.tok.kind == word || p.tok.kind == quoted) && !p.tok.reserved() {
		it.alias = p.alias()
	}
	return it
}

// alias may be dotted, as fields are.
func (p *parser) alias() string {
	s := p.name("a name")
	for p.take(".") {
		s += "." + p.name("a name")
	}
	return s
}

func (p *parser) source() *source {
	p.count()
	s := &source{at: p.tok.at}
	if p.take("(") {
		s.q = p.query()
		p.need(")")
	} else {
		s.table = p.name("a table")
		if p.tok.is("(") {
			p.fail(p.tok.at, "there are no table functions here")
		}
		if p.tok.is(".") {
			p.fail(p.tok.at, "tables have no database here: %s", tableNames())
		}
	}
	if p.take("as") || (p.tok.kind == word || p.tok.kind == quoted) && !p.tok.reserved() {
		s.alias = p.name("a name")
	}
	return s
}

var joinKinds = [][]string{{"inner", "join"}, {"left", "join"}, {"left", "outer", "join"}, {"right", "join"}, {"right", "outer", "join"}, {"full", "join"},
	{"full", "outer", "join"}, {"left", "any", "join"}, {"any", "left", "join"}, {"any", "inner", "join"}, {"left", "semi", "join"}, {"left", "anti", "join"},
	{"any", "join"}, {"cross", "join"}, {"join"}}

func (p *parser) joins(s *selection) {
	for {
		left := p.take("left", "array", "join")
		if left || p.take("array", "join") {
			if len(s.arrays) > 0 {
				p.fail(p.tok.at, "a second ARRAY JOIN")
			}
			s.leftArrays = left
			for {
				it := item{at: p.tok.at, x: p.expr()}
				if p.take("as") {
					it.alias = p.alias()
				}
				s.arrays = append(s.arrays, it)
				if !p.take(",") {
					break
				}
			}
			continue
		}
		found := false
		for _, kind := range joinKinds {
			if found = p.take(kind...); !found {
				continue
			}
			j := join{kind: strings.ToUpper(strings.Join(kind, " ")), src: p.source()}
			switch {
			case kind[0] == "cross":
			case p.take("on"):
				j.on = p.expr()
			case p.take("using"):
				bracket := p.take("(")
				for {
					j.using = append(j.using, p.path())
					if !p.take(",") {
						break
					}
				}
				if bracket {
					p.need(")")
				}
			default:
				p.fail(p.tok.at, "ON or USING should stand here, not %s", p.tok)
			}
			s.joins = append(s.joins, j)
			break
		}
		if !found {
			return
		}
	}
}

func (p *parser) orders() []order {
	var out []order
	for {
		o := order{x: p.expr()}
		if p.take("desc") {
			o.desc = true
		} else {
			p.take("asc")
		}
		switch {
		case p.take("nulls", "first"):
			o.nulls = " NULLS FIRST"
		case p.take("nulls", "last"):
			o.nulls = " NULLS LAST"
		}
		if out = append(out, o); !p.take(",") {
			return out
		}
	}
}

func (p *parser) whole() string {
	if p.tok.kind != number || strings.Trim(p.tok.text, "0123456789") != "" {
		p.fail(p.tok.at, "a whole number should stand here, not %s", p.tok)
	}
	s := p.tok.text
	p.next()
	return s
}

func (p *parser) limits(s *selection) {
	for p.take("limit") {
		n, skip := p.whole(), ""
		switch {
		case p.take(","):
			n, skip = p.whole(), n
		case p.take("offset"):
			skip = p.whole()
		}
		if p.take("by") && s.limitBy == nil && skip == "" {
			s.limitByCount, s.limitBy = n, p.list()
			continue
		}
		s.limit, s.offset = n, skip
		return
	}
	if p.take("offset") {
		s.offset = p.whole()
	}
}

func (p *parser) list() []node {
	var out []node
	for {
		out = append(out, p.expr())
		if !p.take(",") {
			return out
		}
	}
}
