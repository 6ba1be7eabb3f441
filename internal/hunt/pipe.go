package hunt

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/rule"
)

// Bounds of a pipe.
const (
	MaxStages  = 16
	MaxColumns = 32
	MaxRows    = 10000 // of a table
)

// Pipe makes a table of the events that a predicate finds:
//
//	pipe  = "|" first { "|" more }
//	first = numbers ["over" DURATION] ["by" fields] | "over" DURATION ["by" fields] | ("top" | "rare") [N] fields | "fields" fields
//	more  = "where" condition | "sort" ["-"] column { "," ["-"] column } | "limit" N | "fields" columns
//
// where numbers are count, distinct FIELD, sum FIELD and so on, with commas between them.
type Pipe struct {
	groups  []tableColumn // by these, or the fields of events if there are no numbers
	numbers []tableColumn
	over    time.Duration
	present bool // events that lack a field of groups are left out
	steps   []step
	shown   []int // columns, by their place in groups and then numbers
}

// tableColumn is one of a table.
type tableColumn struct {
	name string
	at   int // in the text
	ref  rule.Ref
	fn   string  // of a number
	q    float64 // of a percentile
	kind kind
}

// kind is what a column holds.
type kind string

const (
	text    kind = "text"
	integer kind = "integer"
	float   kind = "float"
	truth   kind = "boolean"
	moment  kind = "time"
)

// Column is a column of a table.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"` // text, integer, float, boolean or time
}

// Columns gives the columns of the table.
func (p *Pipe) Columns() []Column {
	out := make([]Column, len(p.shown))
	for i, n := range p.shown {
		c := p.column(n)
		out[i] = Column{c.name, string(c.kind)}
	}
	return out
}

func (p *Pipe) column(n int) *tableColumn {
	if n < len(p.groups) {
		return &p.groups[n]
	}
	return &p.numbers[n-len(p.groups)]
}

// step is a later stage: one of its members is set.
type step struct {
	where condition
	sort  []key
	limit int
}

type key struct {
	column int
	down   bool
}

// condition is a comparison of a column, or several conditions.
type condition interface{}

type (
	allOf  []condition
	someOf []condition
	noneOf struct{ condition }
	test   struct {
		column int
		op     string
		value  rule.Value
		float  bool // the value is Value.Float
	}
)

// stages are those of the language, for completion.
var stages = []struct{ name, usage string }{
	{"count", "| count by source.ip, user.name"}, {"top", "| top 10 user.name"}, {"rare", "| rare 20 process.name"}, {"distinct", "| distinct user.name by host.name"},
	{"over", "| over 1h by event.outcome"}, {"sum", "| sum source.bytes by source.ip"}, {"avg", "| avg event.duration by url.path"}, {"min", "| min @timestamp by source.ip"},
	{"max", "| max @timestamp by source.ip"}, {"p50", "| p50 event.duration over 5m"}, {"p95", "| p95 event.duration by url.path"}, {"p99", "| p99 event.duration by url.path"},
	{"where", "| where count > 5"}, {"sort", "| sort -count, user.name"}, {"limit", "| limit 20"}, {"fields", "| fields @timestamp, user.name, message"},
}

var quantiles = map[string]float64{"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}

// pipeReader reads a pipe.
type pipeReader struct {
	src string
	at  int
	p   *Pipe
}

func (r *pipeReader) fail(at int, format string, args ...any) error {
	return faultAt(r.src, at, format, args...)
}

// parsePipe reads the pipe that begins at a place of text.
func parsePipe(src string, at int) (*Pipe, error) {
	r := &pipeReader{src: src, at: at, p: &Pipe{}}
	for n := 0; ; n++ {
		r.space()
		if r.at == len(src) {
			if n == 0 {
				return nil, r.fail(at, "a stage is missing behind |")
			}
			return r.p, nil
		}
		if !r.sign("|") {
			return nil, r.fail(r.at, "a | is missing in front of this")
		}
		if n == MaxStages {
			return nil, r.fail(r.at, "more than %d stages", MaxStages)
		}
		var err error
		if n == 0 {
			err = r.first()
		} else {
			err = r.more()
		}
		if err != nil {
			return nil, err
		}
	}
}

func (r *pipeReader) space() {
	for r.at < len(r.src) && blank(r.src[r.at]) {
		r.at++
	}
}

func (r *pipeReader) sign(s string) bool {
	r.space()
	if strings.HasPrefix(r.src[r.at:], s) {
		r.at += len(s)
		return true
	}
	return false
}

// peek gives the next word and its place; it is "" where something else stands.
func (r *pipeReader) peek() (string, int) {
	r.space()
	if m := labelName.FindString(r.src[r.at:]); m != "" {
		return m, r.at
	}
	to := r.at
	for to < len(r.src) && (event.WordByte(r.src[to]) || strings.IndexByte("_.@:", r.src[to]) >= 0 || r.src[to] == '-' && to > r.at && to+1 < len(r.src) && event.WordByte(r.src[to+1])) {
		to++
	}
	return r.src[r.at:to], r.at
}

func (r *pipeReader) word(want string) bool {
	w, _ := r.peek()
	if !strings.EqualFold(w, want) {
		return false
	}
	r.at += len(w)
	return true
}

// first reads the stage that makes a table of events.
func (r *pipeReader) first() error {
	w, at := r.peek()
	switch name := strings.ToLower(w); name {
	case "top", "rare":
		return r.ranked(name)
	case "fields":
		r.at += len(w)
		if err := r.by(); err != nil {
			return err
		}
		r.showAll()
		return nil
	case "where", "sort", "limit":
		return r.fail(at, "%s is for a table: begin with a stage that makes one, such as | count by user.name; conditions on events stand in front of the first |", name)
	case "over":
		r.p.numbers = []tableColumn{{name: "count", at: at, fn: "count", kind: integer}}
	default:
		if err := r.aggregates(); err != nil {
			return err
		}
	}
	if r.word("over") {
		if err := r.every(); err != nil {
			return err
		}
	}
	if r.word("by") {
		if err := r.by(); err != nil {
			return err
		}
	}
	r.showAll()
	return nil
}

func (r *pipeReader) showAll() {
	for i := range len(r.p.groups) + len(r.p.numbers) {
		r.p.shown = append(r.p.shown, i)
	}
}

// ranked reads `top N fields` and `rare N fields`.
func (r *pipeReader) ranked(name string) error {
	r.word(name)
	n := 10
	if w, at := r.peek(); w != "" && strings.Trim(w, "0123456789") == "" {
		r.at += len(w)
		var err error
		if n, err = r.rows(w, at); err != nil {
			return err
		}
	}
	if err := r.by(); err != nil {
		return err
	}
	r.p.present = true
	r.p.numbers = []tableColumn{{name: "count", fn: "count", kind: integer}}
	r.p.steps = []step{{sort: []key{{len(r.p.groups), name == "top"}}}, {limit: n}}
	r.showAll()
	return nil
}

func (r *pipeReader) rows(w string, at int) (int, error) {
	n, err := strconv.Atoi(w)
	if err != nil || n < 1 || n > MaxRows {
		return 0, r.fail(at, "want a number of rows from 1 to %d", MaxRows)
	}
	return n, nil
}

// aggregates reads numbers with commas between them.
func (r *pipeReader) aggregates() error {
	for {
		w, at := r.peek()
		c := tableColumn{name: strings.ToLower(w), at: at, fn: strings.ToLower(w), kind: integer}
		c.q = quantiles[c.fn]
		switch c.fn {
		case "count":
			r.at += len(w)
		case "distinct", "sum", "avg", "min", "max", "p50", "p90", "p95", "p99":
			r.at += len(w)
			if err := r.argument(&c); err != nil {
				return err
			}
		case "":
			return r.fail(at, "want a stage: count, top, rare, distinct, sum, avg, min, max, p50, p90, p95, p99, over or fields")
		default:
			names := make([]string, len(stages))
			for i, s := range stages {
				names[i] = s.name
			}
			return r.fail(at, "unknown stage %q%s", clip(w), rule.Nearest(c.fn, names))
		}
		if err := r.add(&r.p.numbers, c); err != nil {
			return err
		}
		if !r.sign(",") {
			return nil
		}
	}
}

func (r *pipeReader) add(to *[]tableColumn, c tableColumn) error {
	for _, list := range [][]tableColumn{r.p.groups, r.p.numbers} {
		for _, o := range list {
			if o.name == c.name {
				return r.fail(c.at, "%s stands twice", c.name)
			}
		}
	}
	if len(r.p.groups)+len(r.p.numbers) == MaxColumns {
		return r.fail(c.at, "more than %d columns", MaxColumns)
	}
	*to = append(*to, c)
	return nil
}

// argument reads the field of an aggregate: `sum FIELD`, `sum of FIELD` or `sum(FIELD)`.
func (r *pipeReader) argument(c *tableColumn) error {
	closed := r.sign("(")
	if !closed {
		r.word("of")
	}
	f, err := r.field()
	if err != nil {
		return err
	}
	if closed && !r.sign(")") {
		return r.fail(r.at, "a closing bracket is missing here")
	}
	c.ref, c.name = f.ref, c.fn+"("+f.name+")"
	numeric := f.kind == integer || f.kind == float
	switch {
	case c.fn == "distinct":
	case (c.fn == "min" || c.fn == "max") && (numeric || f.kind == moment):
		c.kind = f.kind
	case !numeric:
		return r.fail(f.at, "%s holds %s, of which there is no %s", f.name, holds(f.ref), c.fn)
	case c.fn == "sum":
		c.kind = f.kind
	default:
		c.kind = float
	}
	return nil
}

// every reads the width of time buckets.
func (r *pipeReader) every() error {
	w, at := r.peek()
	n := len(w) - 1
	if n < 1 || units[w[n]] == 0 {
		return r.fail(at, "want a width such as 30s, 5m, 1h or 1d")
	}
	count, err := strconv.Atoi(w[:n])
	if err != nil || count < 1 || time.Duration(count) > 366*24*time.Hour/units[w[n]] {
		return r.fail(at, "want a width from 1s to 366d")
	}
	r.at += len(w)
	r.p.over = time.Duration(count) * units[w[n]]
	return r.add(&r.p.groups, tableColumn{name: "time", at: at, kind: moment})
}

// by reads fields with commas between them.
func (r *pipeReader) by() error {
	for {
		c, err := r.field()
		if err != nil {
			return err
		}
		if err := r.add(&r.p.groups, c); err != nil {
			return err
		}
		if !r.sign(",") {
			return nil
		}
	}
}

// field reads the name of a field.
func (r *pipeReader) field() (tableColumn, error) {
	w, at := r.peek()
	name := w
	if m := labelName.FindStringSubmatch(w); m != nil {
		name = "labels." + unescape(m[1][1:len(m[1])-1])
	}
	f, known := ref(name)
	switch {
	case w == "":
		return tableColumn{}, r.fail(at, "want a field here")
	case !known:
		return tableColumn{}, r.fail(at, "unknown field %q%s", clip(name), rule.NearestField(clip(name), event.FieldNames("")))
	case f.Field == event.Labels && f.Label == "":
		return tableColumn{}, r.fail(at, "labels hold pairs: write labels.key")
	}
	r.at += len(w)
	c := tableColumn{name: pillField(f), at: at, ref: f, kind: text}
	if f.Label == "" {
		switch f.Field.Info().Kind {
		case event.Int:
			c.kind = integer
		case event.Float:
			c.kind = float
		case event.Bool:
			c.kind = truth
		case event.Time:
			c.kind = moment
		}
	}
	return c, nil
}

// more reads a stage behind the first.
func (r *pipeReader) more() error {
	w, at := r.peek()
	r.at += len(w)
	switch strings.ToLower(w) {
	case "where":
		c, err := r.someOf(0)
		r.p.steps = append(r.p.steps, step{where: c})
		return err
	case "sort":
		return r.sort()
	case "limit", "head":
		n, nat := r.peek()
		r.at += len(n)
		rows, err := r.rows(n, nat)
		r.p.steps = append(r.p.steps, step{limit: rows})
		return err
	case "fields":
		return r.project()
	}
	return r.fail(at, "want where, sort, limit or fields here%s", rule.Nearest(strings.ToLower(clip(w)), []string{"where", "sort", "limit", "fields"}))
}

func (r *pipeReader) sort() error {
	var keys []key
	for {
		k := key{down: r.sign("-")}
		if !k.down {
			r.sign("+")
		}
		var err error
		if k.column, err = r.ofTable(); err != nil {
			return err
		}
		if r.word("desc") {
			k.down = true
		} else {
			r.word("asc")
		}
		if slices.ContainsFunc(keys, func(o key) bool { return o.column == k.column }) || len(keys) == MaxColumns {
			return r.fail(r.at, "%s stands twice", r.p.column(k.column).name)
		}
		if keys = append(keys, k); !r.sign(",") {
			r.p.steps = append(r.p.steps, step{sort: keys})
			return nil
		}
	}
}

func (r *pipeReader) project() error {
	var shown []int
	for {
		at := r.at
		n, err := r.ofTable()
		if err != nil {
			return err
		}
		if slices.Contains(shown, n) {
			return r.fail(at, "%s stands twice", r.p.column(n).name)
		}
		if shown = append(shown, n); !r.sign(",") {
			r.p.shown = shown
			return nil
		}
	}
}

// ofTable reads the name of a column that is shown: in full, or of a number only the function, if there is one of it.
func (r *pipeReader) ofTable() (int, error) {
	w, at := r.peek()
	to := at + len(w)
	if rest := r.src[to:]; strings.HasPrefix(rest, "(") {
		if n := strings.IndexByte(rest, ')'); n > 0 {
			to += n + 1
		}
	}
	name := r.src[at:to]
	if f, ok := ref(name); ok {
		name = pillField(f)
	}
	short := []int{}
	names := make([]string, len(r.p.shown))
	for i, n := range r.p.shown {
		c := r.p.column(n)
		if names[i] = c.name; c.name == name {
			r.at = to
			return n, nil
		}
		if c.fn == strings.ToLower(name) {
			short = append(short, n)
		}
	}
	switch {
	case len(short) == 1:
		r.at = to
		return short[0], nil
	case name == "":
		return 0, r.fail(at, "want a column: %s", strings.Join(names, ", "))
	case len(short) > 1:
		return 0, r.fail(at, "%s may be several columns: write it in full, as %s", name, r.p.column(short[0]).name)
	}
	return 0, r.fail(at, "the table has no column %q: it has %s", clip(name), strings.Join(names, ", "))
}

func (r *pipeReader) someOf(depth int) (condition, error) {
	var out someOf
	for {
		var and allOf
		for {
			c, err := r.test(depth)
			if err != nil {
				return nil, err
			}
			if and = append(and, c); !r.word("and") && !r.sign("&&") {
				break
			}
		}
		if out = append(out, and); !r.word("or") && !r.sign("||") {
			return out, nil
		}
	}
}

func (r *pipeReader) test(depth int) (condition, error) {
	if depth > 20 {
		return nil, r.fail(r.at, "too many brackets in each other")
	}
	if r.word("not") {
		c, err := r.test(depth + 1)
		return noneOf{c}, err
	}
	from := r.at
	if r.sign("(") {
		c, err := r.someOf(depth + 1)
		if err == nil && !r.sign(")") {
			err = r.fail(from, "the bracket is not closed")
		}
		return c, err
	}
	n, err := r.ofTable()
	if err != nil {
		return nil, err
	}
	r.space()
	op := compares.FindString(r.src[r.at:])
	if w, _ := r.peek(); w == "contains" {
		op = w
	}
	if op == "" {
		return nil, r.fail(r.at, "want == != < <= > >= or contains here")
	}
	r.at += len(op)
	if op == "=" {
		op = "=="
	}
	return r.operand(test{column: n, op: op})
}

// operand reads the constant of a comparison.
func (r *pipeReader) operand(t test) (condition, error) {
	r.space()
	c, at := r.p.column(t.column), r.at
	var v string
	if at < len(r.src) && opens(r.src, at) && r.src[at] != '/' {
		n := quoteEnd(r.src[at:])
		if n < 0 {
			return nil, r.fail(at, "the quote is not closed")
		}
		v = r.src[at+1 : at+n-1]
		if r.src[at] != '`' {
			v = unescape(v)
		}
		r.at += n
	} else {
		for r.at < len(r.src) && !blank(r.src[r.at]) && strings.IndexByte("|)", r.src[r.at]) < 0 {
			r.at++
		}
		v = r.src[at:r.at]
	}
	if v == "" && at == r.at {
		return nil, r.fail(at, "a value is missing here")
	}
	equality := t.op == "==" || t.op == "!="
	switch {
	case c.kind == text:
		t.value.Text = v
		return t, nil
	case t.op == "contains":
		return nil, r.fail(at, "%s holds %s: contains is for text", c.name, c.kind)
	case c.kind == truth:
		if t.value.Bool = v == "true"; !equality || v != "true" && v != "false" {
			return nil, r.fail(at, "%s is true or false", c.name)
		}
		return t, nil
	case c.kind == moment:
		quoted, _, err := (&bar{src: r.src}).moment(rule.Ref{Field: event.Timestamp}, literal{at: at, plain: v})
		if err != nil {
			return nil, err
		}
		t.value.Int = mustTime(quoted).UnixNano()
		return t, nil
	}
	var err error
	if t.value.Int, err = strconv.ParseInt(v, 10, 64); err != nil {
		t.float = true
		if t.value.Float, err = strconv.ParseFloat(v, 64); err != nil || t.value.Float-t.value.Float != 0 {
			return nil, r.fail(at, "%q is no number, and %s is one", clip(v), c.name)
		}
	}
	return t, nil
}

// String gives the columns, for messages and tests.
func (p *Pipe) String() string { return fmt.Sprint(p.Columns()) }
