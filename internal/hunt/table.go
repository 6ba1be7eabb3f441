package hunt

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"watchpost/internal/event"
	"watchpost/internal/rule"
)

// DefaultRows is how many rows of a table are given if nothing is said.
const DefaultRows = 1000

// ErrNoTable says that a query has no pipe.
var ErrNoTable = errors.New("query: it asks for events, not for a table: put a pipe behind it, such as | count by user.name")

// ErrTable says that a query with a pipe was put to what gives events.
var ErrTable = errors.New("query: it has a pipe, and asks for a table, not for events")

// Table gives the rows of the table that the query's pipe makes, at most limit and one more, which says that there are more. Each column is Nullable in the
// engine but for numbers that are always there; one of kind integer that is a sum comes as text.
func (q *Query) Table(limit int) (Statement, error) {
	p := q.Pipe
	if p == nil {
		return Statement{}, ErrNoTable
	}
	if !q.Exact {
		return Statement{}, ErrInexact
	}
	if buckets := int64(0); p.over > 0 {
		if buckets = (q.To - q.From) / int64(p.over); buckets > MaxRows {
			return Statement{}, fmt.Errorf("query: over %s makes %d buckets of the time range, the most is %d", p.over, buckets, MaxRows)
		}
	}
	all := *q
	all.Pipe = nil
	b, where, err := all.where()
	if err != nil {
		return Statement{}, err
	}
	sql := b.base(p, where)
	order := p.order()
	for _, s := range p.steps {
		switch {
		case s.where != nil:
			sql = "SELECT * FROM (" + sql + ") WHERE " + b.condition(p, s.where)
		case s.sort != nil:
			order = p.complete(s.sort)
		default:
			sql = "SELECT * FROM (" + sql + ") ORDER BY " + orderBy(order) + " LIMIT " + strconv.Itoa(s.limit)
		}
	}
	shown := make([]string, len(p.shown))
	for i, n := range p.shown {
		shown[i] = "c" + strconv.Itoa(n)
		if p.big(n) {
			shown[i] = "toString(" + shown[i] + ")"
		}
	}
	return Statement{SQL: "SELECT " + strings.Join(shown, ", ") + " FROM (SELECT * FROM (" + sql + ") ORDER BY " + orderBy(order) + " LIMIT " + strconv.Itoa(limit+1) + ")",
		Params: b.params, Table: p.Columns(), Sums: p.marked(p.big), Counts: p.marked(p.counts)}, nil
}

// big says that a column is a sum of whole numbers, which may be longer than 64 bits.
func (p *Pipe) big(n int) bool { c := p.column(n); return c.fn == "sum" && c.kind == integer }

// counts says that a column counts.
func (p *Pipe) counts(n int) bool { c := p.column(n); return c.fn == "count" || c.fn == "distinct" }

// marked says of which columns f is true.
func (p *Pipe) marked(f func(n int) bool) []bool {
	out := make([]bool, len(p.shown))
	for i, n := range p.shown {
		out[i] = f(n)
	}
	return out
}

// base writes the statement that makes the columns c0, c1 … of events.
func (b *builder) base(p *Pipe, where string) string {
	var inner, outer, groups, having []string
	for i := range p.groups {
		c := &p.groups[i]
		g := "g" + strconv.Itoa(i)
		value := b.group(p, c)
		inner = append(inner, value+" AS "+g)
		groups = append(groups, g)
		if c.kind == text {
			outer = append(outer, "nullIf(toString("+g+"), '') AS c"+strconv.Itoa(i))
			having = append(having, g+" != ''")
		} else {
			outer = append(outer, g+" AS c"+strconv.Itoa(i))
			having = append(having, "isNotNull("+g+")")
		}
	}
	for i := range p.numbers {
		n := strconv.Itoa(len(p.groups) + i)
		inner = append(inner, b.aggregate(&p.numbers[i])+" AS n"+n)
		outer = append(outer, "n"+n+" AS c"+n)
	}
	sql := "SELECT " + strings.Join(inner, ", ") + " FROM events WHERE " + where
	if len(groups) > 0 && len(p.numbers) > 0 {
		sql += " GROUP BY " + strings.Join(groups, ", ")
	}
	if p.present {
		sql += " HAVING " + strings.Join(having, " AND ")
	}
	return "SELECT " + strings.Join(outer, ", ") + " FROM (" + sql + ")"
}

// group writes what a column of groups holds. Each value of a list is a row of its own; of a table of events a list is one text.
func (b *builder) group(p *Pipe, c *tableColumn) string {
	col := b.ref(c.ref)
	switch {
	case c.ref.Field == 0: // time
		width := b.param("Int64", strconv.FormatInt(int64(p.over), 10))
		return "fromUnixTimestamp64Nano(toUnixTimestamp64Nano(`@timestamp`) - positiveModulo(toUnixTimestamp64Nano(`@timestamp`), " + width + "), 'UTC')"
	case c.ref.Field.Info().Kind == event.List && len(p.numbers) > 0:
		return "arrayJoin(emptyArrayToSingle(arrayDistinct(" + col + ")))"
	case c.ref.Field.Info().Kind == event.List:
		return "arrayStringConcat(" + col + ", ' ')"
	}
	return col
}

func (b *builder) ref(r rule.Ref) string {
	if r.Label != "" {
		return "`labels`[" + b.param("String", r.Label) + "]"
	}
	return column(r.Field)
}

// aggregate writes an aggregate.
func (b *builder) aggregate(c *tableColumn) string {
	if c.fn == "count" {
		return "count()"
	}
	col := b.ref(c.ref)
	list := c.ref.Label == "" && c.ref.Field.Info().Kind == event.List
	switch {
	case c.fn == "distinct" && list:
		return "uniqExactArray(arrayFilter(x -> x != '', " + col + "))"
	case c.fn == "distinct" && c.ref.Textual():
		return "uniqExactIf(" + col + ", " + col + " != '')"
	case c.fn == "distinct":
		return "uniqExact(" + col + ")"
	case c.fn == "sum" && c.kind == integer:
		return "sum(toInt128(" + col + "))"
	case c.fn == "avg":
		return "avg(toFloat64(" + col + "))"
	case c.q > 0:
		return "quantileExactInclusive(" + strconv.FormatFloat(c.q, 'f', -1, 64) + ")(toFloat64(" + col + "))"
	}
	return c.fn + "(" + col + ")"
}

// order is the one in which a table comes if nothing else is said: by time, or else the greatest number first.
func (p *Pipe) order() []key {
	switch {
	case p.over > 0:
		return p.complete([]key{{0, false}})
	case len(p.numbers) > 0:
		return p.complete([]key{{len(p.groups), true}})
	}
	if i := slices.IndexFunc(p.groups, func(c tableColumn) bool { return c.ref.Field == event.Timestamp }); i >= 0 {
		return p.complete([]key{{i, true}})
	}
	return p.complete(nil)
}

// complete adds the columns that are not among keys, so that an order leaves nothing open.
func (p *Pipe) complete(keys []key) []key {
	out := slices.Clone(keys)
	for i := range len(p.groups) + len(p.numbers) {
		if !slices.ContainsFunc(keys, func(k key) bool { return k.column == i }) {
			out = append(out, key{column: i})
		}
	}
	return out
}

func orderBy(keys []key) string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = "c" + strconv.Itoa(k.column)
		if k.down {
			out[i] += " DESC"
		}
	}
	return strings.Join(out, ", ")
}

// condition writes what `where` says.
func (b *builder) condition(p *Pipe, c condition) string {
	switch c := c.(type) {
	case allOf:
		return b.conditions(p, c, " AND ")
	case someOf:
		return b.conditions(p, c, " OR ")
	case noneOf:
		return "NOT " + b.condition(p, c.condition)
	case test:
		return b.test(p, c)
	}
	b.err = fmt.Errorf("where: no SQL for %T", c)
	return "0"
}

func (b *builder) conditions(p *Pipe, list []condition, op string) string {
	out := make([]string, len(list))
	for i, c := range list {
		out[i] = b.condition(p, c)
	}
	return "(" + strings.Join(out, op) + ")"
}

func (b *builder) test(p *Pipe, t test) string {
	col := "c" + strconv.Itoa(t.column)
	var value string
	switch k := p.column(t.column).kind; {
	case k == text:
		value = b.param("String", t.value.Text)
	case k == truth:
		value = digit(t.value.Bool)
	case k == moment:
		value = b.moment(t.value.Int)
	case t.float:
		value = b.param("Float64", strconv.FormatFloat(t.value.Float, 'g', -1, 64))
	default:
		value = b.param("Int64", strconv.FormatInt(t.value.Int, 10))
	}
	switch t.op {
	case "contains":
		return "ifNull(position(" + col + ", " + value + ") > 0, 0)"
	case "!=":
		return "NOT ifNull(" + col + " = " + value + ", 0)"
	case "==":
		return "ifNull(" + col + " = " + value + ", 0)"
	}
	return "ifNull(" + col + " " + t.op + " " + value + ", 0)"
}
