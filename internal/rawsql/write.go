package rawsql

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// writer writes a tree. Nothing of the user's text goes into the SQL but names that were checked, numbers, and names of columns
// that the statement itself makes, in backticks.
type writer struct {
	tenants []string
	counts  string
	params  []Param
	reads   int
	sources int

	compares int // calls of compared functions
	texts    int // bytes of constants in lambdas
	fixed    map[*query][]bool
	dear     bool
	work     int // that is left to make automata of patterns
}

// scope is what names mean within one SELECT.
type scope struct {
	sources []*bound
	aliases []string // of the SELECT's own columns and of ARRAY JOIN
	locals  []string // parameters of lambdas
	named   []cteName
	lambda  int              // where the innermost stands
	fixed   map[string]*item // of aliases that are not known not to be constant: what they stand for
}

type cteName struct {
	name, as string
	columns  []string
	fixed    []bool // which columns are constant
	reads    int    // tables
}

// bound is a source in a scope.
type bound struct {
	alias   string // as the user calls it; empty: nothing
	as      string // as it is written
	columns []string
	used    map[string]bool
	table   *table
	text    string // of a subquery
	fixed   []bool // which columns are constant
}

func (w *writer) fail(at int, format string, args ...any) {
	panic(&Error{at, fmt.Sprintf(format, args...)})
}

func (w *writer) param(s string) string {
	n := "p" + strconv.Itoa(len(w.params))
	w.params = append(w.params, Param{n, s})
	return "{" + n + ":String}"
}

func quote(s string) string { return "`" + s + "`" } // the lexer lets neither ` nor \ into a name

// query writes q and gives the names of its columns.
func (w *writer) query(q *query, named []cteName) (sql string, columns []string) {
	named = slices.Clip(named)
	var with []string
	for _, c := range q.with {
		if _, ok := tables[c.name]; ok {
			w.fail(c.at, "%.40q is a table", c.name)
		}
		reads := w.reads
		text, cols := w.query(c.q, named)
		as := "w" + strconv.Itoa(w.sources)
		w.sources++
		with = append(with, quote(as)+" AS ("+text+")")
		named = append(named, cteName{c.name, as, cols, w.fixed[c.q], w.reads - reads})
		w.reads = reads // it is read where it is named
	}
	parts := make([]string, len(q.selects))
	for i, s := range q.selects {
		text, cols, fixed := w.selection(s, named)
		if i == 0 {
			columns = cols
		} else if len(cols) != len(columns) {
			w.fail(s.from.at, "UNION ALL of %d and %d columns", len(columns), len(cols))
		}
		if len(q.selects) == 1 { // a column that several give is not constant
			w.fixed[q] = fixed
		} else {
			text = "(" + text + ")"
		}
		parts[i] = text
	}
	sql = strings.Join(parts, " UNION ALL ")
	if len(with) > 0 {
		sql = "WITH " + strings.Join(with, ", ") + " " + sql
	}
	return sql, columns
}

// bind makes a source known in sc.
func (w *writer) bind(sc *scope, s *source) *bound {
	b := &bound{alias: s.alias, as: "t" + strconv.Itoa(w.sources), used: map[string]bool{}}
	w.sources++
	switch {
	case s.q != nil:
		text, cols := w.query(s.q, sc.named)
		b.text, b.columns, b.fixed = "("+text+")", cols, w.fixed[s.q]
	default:
		if b.alias == "" {
			b.alias = s.table
		}
		if i := slices.IndexFunc(sc.named, func(c cteName) bool { return c.name == s.table }); i >= 0 {
			c := sc.named[i]
			b.text, b.columns, b.fixed = quote(c.as), c.columns, c.fixed
			w.readMore(s.at, c.reads)
			break
		}
		t, ok := tables[s.table]
		if !ok {
			w.fail(s.at, "there is no table %.40q: %s", s.table, tableNames())
		}
		w.readMore(s.at, 1)
		b.table, b.columns = &t, t.columns
	}
	for _, o := range sc.sources {
		if o.alias == b.alias && b.alias != "" {
			w.fail(s.at, "two sources are called %.40q", b.alias)
		}
	}
	sc.sources = append(sc.sources, b)
	return b
}

func (w *writer) readMore(at, tables int) {
	if w.reads += tables; w.reads > maxTables {
		w.fail(at, "the statement reads more than %d tables", maxTables)
	}
}

// from writes a source: of a table, the columns that are used, of the rows that may be seen.
func (w *writer) from(b *bound) string {
	if b.table == nil {
		return b.text + " AS " + quote(b.as)
	}
	cols := []string{}
	for _, c := range b.columns {
		if b.used[c] {
			cols = append(cols, quote(c))
		}
	}
	if len(cols) == 0 {
		cols = []string{quote("tenant")}
	}
	return "(" + b.table.read(strings.Join(cols, ", "), w.fence(), w.counts) + ") AS " + quote(b.as)
}

// fence is the condition of tenancy.
func (w *writer) fence() string {
	list := make([]string, len(w.tenants))
	for i, t := range w.tenants {
		list[i] = w.param(t)
	}
	if len(list) == 0 {
		return "0"
	}
	return "`tenant` IN (" + strings.Join(list, ", ") + ")"
}

func (w *writer) selection(s *selection, named []cteName) (sql string, columns []string, fixed []bool) {
	sc := &scope{named: named, fixed: map[string]*item{}}
	all := []*bound{w.bind(sc, s.from)}
	for _, j := range s.joins {
		all = append(all, w.bind(sc, j.src))
	}
	var arrays []string
	for _, it := range s.arrays {
		text := w.expr(sc, it.x)
		if it.alias == "" {
			w.fail(it.at, "ARRAY JOIN needs AS and a name")
		}
		w.alias(sc, it)
		arrays = append(arrays, text+" AS "+quote(it.alias))
	}
	for _, it := range s.items {
		if it.alias != "" {
			w.alias(sc, it)
			sc.fixed[it.alias] = &it
		}
	}
	items, columns, fixed := w.items(sc, s.items)
	joins := make([]string, len(s.joins))
	for i, j := range s.joins {
		joins[i] = w.on(sc, j, all[i+1])
	}
	var tail strings.Builder
	if len(arrays) > 0 {
		if s.leftArrays {
			tail.WriteString(" LEFT")
		}
		tail.WriteString(" ARRAY JOIN " + strings.Join(arrays, ", "))
	}
	clause := func(name string, x node) {
		if x != nil {
			tail.WriteString(" " + name + " " + w.expr(sc, x))
		}
	}
	clause("WHERE", s.where)
	if len(s.groupBy) > 0 {
		tail.WriteString(" GROUP BY " + w.list(sc, s.groupBy))
	}
	clause("HAVING", s.having)
	if len(s.orderBy) > 0 {
		tail.WriteString(" ORDER BY " + w.orders(sc, s.orderBy))
	}
	if s.limitBy != nil {
		tail.WriteString(" LIMIT " + s.limitByCount + " BY " + w.list(sc, s.limitBy))
	}
	if s.limit != "" {
		tail.WriteString(" LIMIT " + s.limit)
	}
	if s.offset != "" {
		tail.WriteString(" OFFSET " + s.offset)
	}
	sql = "SELECT "
	if s.distinct {
		sql += "DISTINCT "
	}
	sql += strings.Join(items, ", ") + " FROM " + w.from(all[0])
	for i, j := range s.joins {
		sql += " " + j.kind + " " + w.from(all[i+1]) + joins[i]
	}
	return sql + tail.String(), columns, fixed
}

// alias makes a name of the statement's own known. It may not be that of a column: which of both were meant?
func (w *writer) alias(sc *scope, it item) {
	if slices.Contains(sc.aliases, it.alias) {
		w.fail(it.at, "two columns are called %.40q", it.alias)
	}
	if n, ok := it.x.(*name); ok && strings.Join(n.parts, ".") == it.alias {
		return
	}
	for _, b := range sc.sources {
		if slices.Contains(b.columns, it.alias) {
			w.fail(it.at, "%.40q is a column already: call it something else", it.alias)
		}
	}
	sc.aliases = append(sc.aliases, it.alias)
}

func (w *writer) items(sc *scope, in []item) (items, columns []string, fixed []bool) {
	add := func(text, as string, same bool) {
		for i, base := 2, as; slices.Contains(columns, as); i++ {
			as = base + "_" + strconv.Itoa(i)
		}
		items, columns, fixed = append(items, text+" AS "+quote(as)), append(columns, as), append(fixed, same)
	}
	for _, it := range in {
		if !it.all {
			as := it.alias
			if n, ok := it.x.(*name); ok && as == "" {
				as = w.plain(sc, n)
			}
			if as == "" {
				as = strings.Map(func(r rune) rune {
					if r < ' ' || r == '`' || r == '\\' || r == 0x7f || r == 0xFFFD {
						return '?'
					}
					return r
				}, it.text)
				if r := []rune(as); len(r) > 60 {
					as = string(r[:60])
				}
			}
			add(w.expr(sc, it.x), as, sc.constant(it.x))
			continue
		}
		found := false
		for _, b := range sc.sources {
			if it.table != "" && b.alias != it.table {
				continue
			}
			found = true
			for _, c := range b.columns {
				add(b.column(c), c, b.constant(c))
			}
		}
		if !found {
			w.fail(it.at, "there is no source %.40q", it.table)
		}
	}
	return items, columns, fixed
}

func (b *bound) column(c string) string {
	b.used[c] = true
	return quote(b.as) + "." + quote(c)
}

func (w *writer) on(sc *scope, j join, right *bound) string {
	switch {
	case j.on != nil:
		return " ON " + w.expr(sc, j.on)
	case len(j.using) > 0: // written as ON, for both sides' columns have names of their own
		var parts []string
		for _, u := range j.using {
			n := u.(*name)
			c := strings.Join(n.parts, ".")
			if !slices.Contains(right.columns, c) || !slices.Contains(sc.sources[0].columns, c) {
				w.fail(n.at, "%.60q is not a column of both sides", c)
			}
			parts = append(parts, sc.sources[0].column(c)+" = "+right.column(c))
		}
		return " ON " + strings.Join(parts, " AND ")
	}
	return ""
}

// find gives what a name means: a column of a source, or an alias of the statement or of a lambda (then b is nil).
func (w *writer) find(sc *scope, n *name) (b *bound, column string) {
	whole := strings.Join(n.parts, ".")
	if sc.local(n) {
		return nil, whole
	}
	if len(n.parts) > 1 {
		rest := strings.Join(n.parts[1:], ".")
		for _, s := range sc.sources {
			if s.alias == n.parts[0] && slices.Contains(s.columns, rest) {
				return s, rest
			}
		}
	}
	for _, s := range sc.sources {
		if slices.Contains(s.columns, whole) {
			if b != nil {
				w.fail(n.at, "%.60q is a column of %s and of %s: name the one that is meant, as in %s.%s", whole, b.alias, s.alias, s.alias, whole)
			}
			b, column = s, whole
		}
	}
	if b != nil {
		return b, column
	}
	if slices.Contains(sc.aliases, whole) {
		return nil, whole
	}
	w.fail(n.at, "there is no column %.60q here%s", whole, near(sc, whole))
	return nil, ""
}

// plain gives the name of a column that an item is without a name of its own.
func (w *writer) plain(sc *scope, n *name) string {
	_, c := w.find(sc, n)
	return c
}

// near suggests a column.
func near(sc *scope, whole string) string {
	for _, s := range sc.sources {
		for _, c := range s.columns {
			if strings.EqualFold(c, whole) || strings.ReplaceAll(c, ".", "_") == whole || "@"+whole == c {
				return "; is it " + c + "?"
			}
		}
	}
	return ""
}

func (w *writer) list(sc *scope, in []node) string {
	out := make([]string, len(in))
	for i, x := range in {
		out[i] = w.expr(sc, x)
	}
	return strings.Join(out, ", ")
}

func (w *writer) orders(sc *scope, in []order) string {
	out := make([]string, len(in))
	for i, o := range in {
		out[i] = w.expr(sc, o.x)
		if o.desc {
			out[i] += " DESC"
		}
		out[i] += o.nulls
	}
	return strings.Join(out, ", ")
}

// expr writes x, in brackets wherever they might matter.
func (w *writer) expr(sc *scope, x node) string {
	switch x := x.(type) {
	case *name:
		b, c := w.find(sc, x)
		if len(sc.locals) > 0 && !sc.local(x) && sc.constant(x) {
			w.fail(x.at, "%.60q is a constant: write it out in the lambda", c)
		}
		if b == nil {
			return quote(c)
		}
		return b.column(c)
	case *literal:
		w.inLambda(sc, 8)
		return x.num
	case *value:
		w.inLambda(sc, len(x.s))
		return w.param(x.s)
	case *like:
		w.pattern(x.r, x.at, x.op, false)
		return "(" + w.expr(sc, x.l) + " " + x.op + " " + w.expr(sc, x.r) + ")"
	case *unary:
		return "(" + x.op + " " + w.expr(sc, x.x) + ")"
	case *binary:
		return "(" + w.expr(sc, x.l) + " " + x.op + " " + w.expr(sc, x.r) + ")"
	case *between:
		s := "(" + w.expr(sc, x.x) + " BETWEEN " + w.expr(sc, x.low) + " AND " + w.expr(sc, x.high) + ")"
		return not(x.not, s)
	case *isNull:
		s := "isNull(" + w.expr(sc, x.x) + ")"
		return not(x.not, s)
	case *in:
		var set string
		if x.q != nil {
			set, _ = w.query(x.q, sc.named)
		} else {
			of := *sc
			if !slices.ContainsFunc(x.list, func(x node) bool { return !literally(x) }) {
				of.locals = nil // a set is looked up, not gone through
			}
			set = w.list(&of, x.list)
		}
		return not(x.not, "("+w.expr(sc, x.x)+" IN ("+set+"))")
	case *index:
		return w.expr(sc, x.x) + "[" + w.expr(sc, x.at) + "]"
	case *part:
		return "tupleElement(" + w.expr(sc, x.x) + ", " + x.n + ")"
	case *array:
		return "[" + w.list(sc, x.items) + "]"
	case *tuple:
		return "tuple(" + w.list(sc, x.items) + ")"
	case *cast:
		return "CAST(" + w.expr(sc, x.x) + " AS " + x.typ + ")"
	case *interval:
		return "INTERVAL " + w.expr(sc, x.x) + " " + x.unit
	case *sub:
		if len(sc.locals) > 0 {
			w.fail(sc.lambda, "a subquery may not stand in a lambda, but behind IN")
		}
		text, _ := w.query(x.q, sc.named)
		return "(" + text + ")"
	case *exists:
		text, _ := w.query(x.q, sc.named)
		return "EXISTS (" + text + ")"
	case *lambda:
		inner := *sc
		inner.locals, inner.lambda = append(slices.Clip(sc.locals), x.params...), x.at
		params := make([]string, len(x.params))
		for i, p := range x.params {
			params[i] = quote(p)
		}
		return "(" + strings.Join(params, ", ") + ") -> " + w.expr(&inner, x.body)
	case *cases:
		return w.cases(sc, x)
	case *call:
		return w.call(sc, x)
	}
	panic(fmt.Sprintf("BUG: rawsql: no SQL for %T", x))
}

func not(not bool, s string) string {
	if not {
		return "(NOT " + s + ")"
	}
	return s
}

func (w *writer) cases(sc *scope, c *cases) string {
	s := "CASE"
	if c.x != nil {
		s += " " + w.expr(sc, c.x)
	}
	for _, one := range c.whens {
		s += " WHEN " + w.expr(sc, one[0]) + " THEN " + w.expr(sc, one[1])
	}
	if c.other != nil {
		s += " ELSE " + w.expr(sc, c.other)
	}
	return s + " END"
}

// compared are functions that take time by the product of the lengths of their arguments, and that the engine cannot break off within a block of rows: of
// each argument they see the first maxCompared bytes.
var compared = []string{"levenshteinDistance", "damerauLevenshteinDistance", "jaroWinklerSimilarity"}

const (
	maxCompared = 256
	maxNormal   = 1024 // characters
	maxCompares = 8    // calls of them, and of what looks far behind many places, in a statement, none for each element of an array
)

func (w *writer) call(sc *scope, c *call) string {
	slow := w.patterns(c) || slices.Contains(compared, c.fn)
	if slow {
		if w.compares++; w.compares > maxCompares {
			w.fail(c.at, "the statement calls functions that take long for each row, as %s, more than %d times: nothing could break it off", c.fn, maxCompares)
		}
	}
	if len(sc.locals) > 0 && (slow || c.fn == "ngramDistance" || c.fn == "translate") {
		w.fail(c.at, "%s may not stand in a lambda, for nothing could break it off: ARRAY JOIN makes rows of the elements", c.fn)
	}
	w.dear = w.dear || slices.Contains(findAll, c.fn)
	s := c.fn
	args := make([]string, len(c.args))
	for i, x := range c.args {
		switch args[i] = w.expr(sc, x); {
		case c.fn == "normalizeUTF8NFC": // it moves a mark past all that belong before it
			args[i] = "substringUTF8(" + args[i] + ", 1, " + strconv.Itoa(maxNormal) + ")"
		case cut(c, i):
			args[i] = "substring(" + args[i] + ", 1, " + strconv.Itoa(maxCompared) + ")"
		}
	}
	list := strings.Join(args, ", ")
	if c.params != nil {
		s += "(" + w.list(sc, c.params) + ")"
	}
	switch {
	case c.star:
		s += "(*)"
	case c.distinct:
		s += "(DISTINCT " + list + ")"
	default:
		s += "(" + list + ")"
	}
	if o := c.over; o != nil {
		s += " OVER ("
		if len(o.partition) > 0 {
			s += "PARTITION BY " + w.list(sc, o.partition)
		}
		if len(o.order) > 0 {
			s += " ORDER BY " + w.orders(sc, o.order)
		}
		s += o.frame + ")"
	}
	return s
}
