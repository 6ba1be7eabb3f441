package rawsql

import (
	"slices"
	"strconv"
	"strings"
)

// Operators bind, from weak to strong: OR, AND, NOT, comparisons, || and + -, * / %, sign.

func (p *parser) expr() node {
	defer p.deeper()()
	x := p.and()
	for p.take("or") {
		p.count()
		x = &binary{"OR", x, p.and()}
	}
	return x
}

func (p *parser) and() node {
	x := p.not()
	for p.take("and") {
		p.count()
		x = &binary{"AND", x, p.not()}
	}
	return x
}

func (p *parser) not() node {
	if p.take("not") {
		defer p.deeper()()
		p.count()
		return &unary{"NOT", p.not()}
	}
	return p.comparison()
}

var comparisons = map[string]string{"=": "=", "==": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}

func (p *parser) comparison() node {
	x := p.sum()
	for {
		p.count()
		if op, ok := comparisons[p.tok.text]; ok && p.tok.kind == symbol {
			p.next()
			x = &binary{op, x, p.sum()}
			continue
		}
		switch {
		case p.take("is", "not", "null"):
			x = &isNull{x, true}
			continue
		case p.take("is", "null"):
			x = &isNull{x, false}
			continue
		}
		save, tok := p.i, p.tok
		not := p.take("not")
		switch {
		case p.take("like"):
			x = negated(not, &like{"LIKE", p.tok.at, x, p.sum()})
		case p.take("ilike"):
			x = negated(not, &like{"ILIKE", p.tok.at, x, p.sum()})
		case p.take("between"):
			low := p.sum()
			p.need("and")
			x = &between{x, low, p.sum(), not}
		case p.take("in"):
			x = p.in(x, not)
		default:
			p.i, p.tok = save, tok
			return x
		}
	}
}

func negated(not bool, x node) node {
	if not {
		return &unary{"NOT", x}
	}
	return x
}

func (p *parser) in(x node, not bool) node {
	p.need("(")
	n := &in{x: x, not: not}
	if p.tok.is("select") || p.tok.is("with") {
		n.q = p.query()
	} else {
		n.list = p.list()
	}
	p.need(")")
	return n
}

func (p *parser) sum() node {
	x := p.product()
	for {
		op := p.tok.text
		if p.tok.kind != symbol || op != "+" && op != "-" && op != "||" {
			return x
		}
		p.next()
		p.count()
		x = &binary{op, x, p.product()}
	}
}

func (p *parser) product() node {
	x := p.sign()
	for {
		op := p.tok.text
		if p.tok.kind != symbol || op != "*" && op != "/" && op != "%" {
			return x
		}
		if n, ok := x.(*name); ok && n.parts[len(n.parts)-1] == "" {
			return x // table.*
		}
		p.next()
		p.count()
		x = &binary{op, x, p.sign()}
	}
}

func (p *parser) sign() node {
	if p.take("-") {
		defer p.deeper()()
		p.count()
		return &unary{"-", p.sign()}
	}
	return p.postfix()
}

func (p *parser) postfix() node {
	x := p.atom()
	for {
		p.count()
		switch {
		case p.take("["):
			x = &index{x, p.expr()}
			p.need("]")
		case p.take("::"):
			x = &cast{x, p.typeName()}
		case p.tok.is(".") && p.i < len(p.src) && digit(p.src[p.i]):
			p.next()
			x = &part{x, p.whole()}
		default:
			return x
		}
	}
}

func (p *parser) atom() node {
	defer p.deeper()()
	p.count()
	t := p.tok
	switch {
	case t.kind == number:
		p.next()
		return &literal{t.text}
	case t.kind == text:
		p.next()
		return &value{t.text}
	case p.take("null"):
		return &literal{"NULL"}
	case p.take("case"):
		return p.cases()
	case p.take("interval"):
		x := p.sum()
		unit := strings.ToUpper(p.name("a unit of time"))
		if unit = strings.TrimSuffix(unit, "S"); !slices.Contains([]string{"SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"}, unit) {
			p.fail(t.at, "there is no unit of time %.20q", unit)
		}
		return &interval{x, unit}
	case p.take("exists"):
		p.need("(")
		q := p.query()
		p.need(")")
		return &exists{q}
	case p.take("["):
		a := &array{}
		if !p.take("]") {
			a.items = p.list()
			p.need("]")
		}
		return a
	case p.take("("):
		return p.brackets()
	case t.kind == quoted, t.kind == word && !t.reserved(), t.is("left") || t.is("right") || t.is("any"):
		return p.nameOrCall()
	}
	p.fail(t.at, "a value should stand here, not %s", t)
	return nil
}

// brackets reads what stands in round ones: a subquery, a tuple, the names of a lambda's parameters, or an expression.
func (p *parser) brackets() node {
	if p.tok.is("select") || p.tok.is("with") {
		q := p.query()
		p.need(")")
		return &sub{q}
	}
	items := p.list()
	p.need(")")
	if p.tok.is("->") {
		params := make([]string, len(items))
		for i, x := range items {
			params[i] = p.parameter(x)
		}
		return p.lambda(params)
	}
	if len(items) == 1 {
		return items[0]
	}
	return &tuple{items}
}

func (p *parser) parameter(x node) string {
	n, ok := x.(*name)
	if !ok || len(n.parts) != 1 {
		p.fail(p.tok.at, "only names may stand before ->")
	}
	return n.parts[0]
}

func (p *parser) lambda(params []string) node {
	at := p.tok.at
	p.need("->")
	return &lambda{at, params, p.expr()}
}

func (p *parser) cases() node {
	c := &cases{}
	if !p.tok.is("when") {
		c.x = p.expr()
	}
	for p.take("when") {
		x := p.expr()
		p.need("then")
		c.whens = append(c.whens, [2]node{x, p.expr()})
	}
	if len(c.whens) == 0 {
		p.fail(p.tok.at, "WHEN should stand here, not %s", p.tok)
	}
	if p.take("else") {
		c.other = p.expr()
	}
	p.need("end")
	return c
}

// path reads a dotted name; its last part is empty where a star follows the dot.
func (p *parser) path() *name {
	n := &name{at: p.tok.at}
	for {
		if len(n.parts) > 0 && p.tok.is("*") {
			n.parts = append(n.parts, "")
			return n
		}
		if p.tok.kind != word && p.tok.kind != quoted || len(n.parts) == 0 && p.tok.reserved() && !p.tok.is("left") && !p.tok.is("right") && !p.tok.is("any") {
			p.fail(p.tok.at, "a name should stand here, not %s", p.tok)
		}
		n.parts = append(n.parts, p.tok.text)
		p.next()
		if !p.tok.is(".") || p.i < len(p.src) && digit(p.src[p.i]) {
			return n
		}
		p.next()
	}
}

func (p *parser) nameOrCall() node {
	t := p.tok
	n := p.path()
	switch {
	case p.tok.is("->") && len(n.parts) == 1:
		return p.lambda(n.parts)
	case !p.tok.is("("):
		return n
	case t.kind == quoted || len(n.parts) != 1:
		p.fail(t.at, "%s is no function", strings.Join(n.parts, "."))
	case strings.EqualFold(t.text, "cast"):
		p.next()
		x := p.expr()
		p.need("as")
		c := &cast{x, p.typeName()}
		p.need(")")
		return c
	}
	return p.call(t)
}

func (p *parser) call(t token) node {
	fn, ok := functions[strings.ToLower(t.text)]
	if !ok {
		p.fail(t.at, "there is no function %.40q here", t.text)
	}
	c := &call{fn: fn, at: t.at}
	first := p.arguments(c)
	if p.tok.is("(") { // the first were parameters of an aggregate
		if c.distinct || c.star {
			p.fail(p.tok.at, "parameters of %s are numbers", fn)
		}
		for _, x := range first {
			if _, ok := x.(*literal); !ok {
				p.fail(t.at, "parameters of %s are numbers", fn)
			}
		}
		c.params = first
		first = p.arguments(c)
	}
	c.args = first
	if p.take("over") {
		c.over = p.window()
	}
	return c
}

func (p *parser) arguments(c *call) []node {
	p.need("(")
	if p.take(")") {
		return nil
	}
	if p.tok.is("*") && c.fn == "count" {
		p.next()
		c.star = true
		p.need(")")
		return nil
	}
	c.distinct = p.take("distinct")
	args := p.list()
	p.need(")")
	return args
}

func (p *parser) window() *window {
	p.need("(")
	w := &window{}
	if p.take("partition", "by") {
		w.partition = p.list()
	}
	if p.take("order", "by") {
		w.order = p.orders()
	}
	if p.take("rows", "between") {
		at := p.tok.at
		from, before := p.frame()
		p.need("and")
		to, behind := p.frame()
		if from != "UNBOUNDED PRECEDING" && (before > maxFrame || behind > maxFrame) { // each row's frame is gone through anew
			p.fail(at, "a frame that does not begin with UNBOUNDED PRECEDING may have at most %d rows on either side", maxFrame)
		}
		w.frame = " ROWS BETWEEN " + from + " AND " + to
	}
	p.need(")")
	return w
}

// maxFrame bounds the rows of a frame on either side.
const maxFrame = 1000

// frame reads an end of a frame, and says how many rows lie between it and the row itself.
func (p *parser) frame() (text string, rows int) {
	if p.take("current", "row") {
		return "CURRENT ROW", 0
	}
	n, rows := "UNBOUNDED", maxFrame+1
	if !p.take("unbounded") {
		n = p.whole()
		if i, err := strconv.Atoi(n); err == nil {
			rows = i
		}
	}
	switch {
	case p.take("preceding"):
		return n + " PRECEDING", rows
	case p.take("following"):
		return n + " FOLLOWING", rows
	}
	p.fail(p.tok.at, "PRECEDING or FOLLOWING should stand here, not %s", p.tok)
	return "", 0
}

var types = []string{"String", "UInt8", "UInt16", "UInt32", "UInt64", "Int8", "Int16", "Int32", "Int64", "Float32", "Float64", "Date", "Date32", "DateTime", "UUID", "IPv4", "IPv6", "Bool"}

func (p *parser) typeName() string {
	defer p.deeper()()
	t := p.tok
	name := p.name("a type")
	switch name {
	case "Nullable", "Array":
		p.need("(")
		inner := p.typeName()
		p.need(")")
		return name + "(" + inner + ")"
	case "DateTime64":
		p.need("(")
		n := p.whole()
		p.need(")")
		if len(n) != 1 {
			p.fail(t.at, "DateTime64 has 0 to 9 digits")
		}
		return "DateTime64(" + n + ")"
	}
	if !slices.Contains(types, name) {
		p.fail(t.at, "there is no type %.40q here", name)
	}
	return name
}
