package hunt

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/rule"
	"watchpost/schema"
)

// Bounds and defaults of a search.
const (
	DefaultLimit = 100
	MaxLimit     = 10000
	MaxBuckets   = 1000 // of a histogram
	MaxValues    = 1000 // of a field's values
)

// maxAhead is how far an effective time may be ahead of the receive time, by whatever configuration of normalise: so a range of effective times
// bounds the receive days that must be read, from below. From above nothing does: an event may come late.
const maxAhead = 24 * time.Hour

// Search is a hunt as the API takes it.
type Search struct {
	Query  string   `json:"query"`            // Parse; "" is all
	From   string   `json:"from"`             // ParseTime; "" is one hour before now
	To     string   `json:"to"`               // ParseTime, exclusive; "" is now
	Limit  int      `json:"limit"`            // 0 is DefaultLimit
	Order  string   `json:"order"`            // desc (newest first, default) or asc
	Fields []string `json:"fields,omitempty"` // to show; none is all
	After  string   `json:"after"`            // Cursor of the last event of the page before

	Tenants []string `json:"tenants,omitempty"` // some of those that the caller may see; none is all of them

	Compiler Compiler `json:"-"` // nil: one that knows no lists
}

// Query is a search that was checked. Its methods give statements.
type Query struct {
	Predicate *rule.Predicate // rows that a statement finds must satisfy it, unless Exact
	Exact     bool
	Expr      string // of the predicate
	Pipe      *Pipe  // nil: it asks for events
	From, To  int64  // effective time, Unix nanoseconds, To exclusive
	Limit     int
	Desc      bool
	Show      []event.Field // as asked for; nil is all
	tenants   []string
	after     *cursor
}

// Statement is SQL with its parameters and, if it gives events, the fields of its columns.
type Statement struct {
	SQL     string
	Params  []Param
	Columns []event.Field // for Events: what an event has beside event.id; some stand in several columns
	Table   []Column      // for Table
	Sums    []bool        // for Table: the column is a sum that comes as text
	Counts  []bool        // for Table: the column is a count, UInt64
}

// Check reads s for a caller who may see some tenants, and reports every fault, each with its key.
func (s Search) Check(tenants []string, now time.Time) (*Query, error) {
	var errs []error
	fault := func(key string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", key, err))
		}
	}
	q := &Query{tenants: tenants, Limit: s.Limit, Desc: s.Order != "asc"}
	if len(s.Tenants) > 0 {
		q.tenants = s.Tenants
	}
	for _, t := range s.Tenants {
		if !slices.Contains(tenants, t) {
			fault("tenants", fmt.Errorf("there is no tenant %.40q", t)) // the same whether it exists or not
		}
	}
	compile := s.Compiler
	if compile == nil {
		compile = rule.Compile
	}
	text, err := ParseWith(compile, s.Query)
	if fault("query", err); err == nil {
		q.Predicate, q.Expr, q.Pipe = text.Predicate, text.Expr, text.Pipe
	}
	moment := func(key, value, otherwise string) int64 {
		if value == "" {
			value = otherwise
		}
		t, err := ParseTime(value, now)
		fault(key, err)
		return t.UnixNano()
	}
	q.From, q.To = moment("from", s.From, "now-1h"), moment("to", s.To, "now")
	if len(errs) == 0 && q.From > q.To {
		fault("from", errors.New("is later than to"))
	}
	if s.Order != "" && s.Order != "asc" && s.Order != "desc" {
		fault("order", fmt.Errorf("%.40q: want asc or desc", s.Order))
	}
	if q.Limit == 0 {
		q.Limit = DefaultLimit
	}
	if q.Limit < 0 || q.Limit > MaxLimit {
		fault("limit", fmt.Errorf("%d: want 1 to %d", q.Limit, MaxLimit))
	}
	for _, name := range s.Fields {
		f, ok := event.Lookup(name)
		if !ok {
			fault("fields", fmt.Errorf("unknown field %.100q", name))
		}
		q.Show = append(q.Show, f)
	}
	if s.After != "" {
		q.after, err = parseCursor(s.After)
		fault("after", err)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	_, _, q.Exact, err = Where(q.Predicate, q.tenants)
	return q, err
}

// cursor is the place of an event in the order of a search.
type cursor struct {
	time int64
	id   event.ID
}

// Cursor names the place of e, for Search.After.
func Cursor(e event.Event) string {
	return strconv.FormatInt(e.Time(), 10) + "." + e.ID().String()
}

func parseCursor(s string) (*cursor, error) {
	at, id, _ := strings.Cut(s, ".")
	t, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%.80q is no place in a search", s)
	}
	c := &cursor{time: t}
	c.id, err = event.ParseID(id)
	return c, err
}

// where begins a statement's condition: predicate, tenant and range.
func (q *Query) where() (*builder, string, error) {
	b := &builder{exact: true}
	sql := b.within(q.tenants) + " AND " + Counts +
		" AND `@timestamp` >= " + b.moment(q.From) + " AND `@timestamp` < " + b.moment(q.To) +
		" AND `event.ingested` >= " + b.moment(q.From-int64(maxAhead)) +
		" AND " + b.node(q.Predicate.Node(), true)
	return b, sql, b.err
}

// Events gives the events, one page, in order. If the query is not Exact, some are to be dropped, and a page may come short: the caller goes on behind the
// last row until it has enough.
func (q *Query) Events() (Statement, error) {
	if q.Pipe != nil {
		return Statement{}, ErrTable
	}
	b, where, err := q.Rest().where()
	if err != nil {
		return Statement{}, err
	}
	than, order := " > ", " ASC"
	if q.Desc {
		than, order = " < ", " DESC"
	}
	if c := q.after; c != nil {
		where += fmt.Sprintf(" AND (`@timestamp`, `event.block`, `event.row`)%s(%s, toFixedString(unhex(%s), 16), %s)", than,
			b.moment(c.time), b.param("String", c.id.Block.String()), b.param("UInt32", strconv.FormatUint(uint64(c.id.Row), 10)))
	}
	columns := q.columns()
	sql := "SELECT " + selected(columns) + " FROM events WHERE " + where +
		" ORDER BY `@timestamp`" + order + ", `event.block`" + order + ", `event.row`" + order + " LIMIT " + strconv.Itoa(q.Limit)
	if all, ok := q.Predicate.Node().(*rule.Const); !ok || !all.Value {
		sql += filtersFirst
	}
	return Statement{SQL: sql, Params: b.params, Columns: columns}, nil
}

// Rest is q over the times that the pages before have left, which indexes know; the cursor alone says nothing to them.
func (q *Query) Rest() *Query {
	switch {
	case q.after == nil:
		return q
	case q.Desc:
		return q.Part(q.From, q.after.time+1)
	}
	return q.Part(q.after.time, q.To)
}

// Finds judges an event that a statement of q gave: what SQL could not judge of the predicate, expr's machine does.
func (q *Query) Finds(e event.Event) (bool, error) {
	if q.Exact {
		return true, nil
	}
	return q.Predicate.Match(e)
}

// columns gives the fields to read: those to show, those that the predicate needs if rows must be filtered, and the two times.
func (q *Query) columns() []event.Field {
	want := map[event.Field]bool{event.Timestamp: true, event.EventIngested: true, event.Tenant: true}
	for _, f := range q.Show {
		want[f] = true
	}
	if !q.Exact {
		for _, f := range q.Predicate.Fields() {
			want[f] = true
		}
	}
	var out []event.Field
	for f := event.Field(1); f < event.NumFields; f++ {
		if f != event.EventID && (want[f] || q.Show == nil) {
			out = append(out, f)
		}
	}
	return out
}

// filtersFirst has the condition judged before other columns are read. By default the engine leaves out rows older than the newest n so far
// before that, which pays only where there is no condition.
const filtersFirst = " SETTINGS use_top_k_dynamic_filtering = 0"

// selected writes the columns of event.id and of fields as package store reads them: those that the table has rather than aliases of them, each of which costs the engine a
// millisecond or two of planning.
func selected(fields []event.Field) string {
	names := []string{"`" + event.ColBlock + "`", "`" + event.ColRow + "`"}
	for _, f := range fields {
		switch {
		case f == event.Message:
			names = append(names, "`"+event.ColMessageText+"`", "`"+event.ColMessageOffset+"`", "`"+event.ColMessageLength+"`")
			if !slices.Contains(fields, event.EventOriginal) {
				names = append(names, column(event.EventOriginal)+" AS `"+event.ColMessageRecord+"`")
			}
		case f.Info().Kind == event.List && f.Same() == nil:
			names = append(names, "`"+schema.ListColumn(f.String())+"`")
		default:
			names = append(names, column(f))
		}
	}
	return strings.Join(names, ", ")
}

// ErrInexact says that a statement that counts cannot be made of a predicate that only expr's machine can judge.
var ErrInexact = errors.New("query: a comparison of two fields, or of a computed value, cannot be counted by the store; search events instead")

// Condition gives the condition on rows of table events; if the query is not Exact, it finds more. The statement has no more than that.
func (q *Query) Condition() (Statement, error) {
	b, where, err := q.where()
	return Statement{SQL: where, Params: b.params}, err
}

// Histogram gives rows (start DateTime64(9), count UInt64): events by time, ascending, empty buckets left out, at most about buckets of them.
func (q *Query) Histogram(buckets int) (Statement, error) {
	b, where, err := q.counting()
	if err != nil {
		return Statement{}, err
	}
	step := Step(q.From, q.To, buckets)
	width := b.param("Int64", strconv.FormatInt(step, 10))
	start := "fromUnixTimestamp64Nano(toUnixTimestamp64Nano(`@timestamp`) - positiveModulo(toUnixTimestamp64Nano(`@timestamp`), " + width + "), 'UTC')"
	return Statement{SQL: "SELECT " + start + " AS start, count() AS count FROM events WHERE " + where + " GROUP BY start ORDER BY start", Params: b.params}, nil
}

var steps = []time.Duration{time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	time.Hour, 3 * time.Hour, 12 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour, 365 * 24 * time.Hour}

// Step gives the width, in nanoseconds, of a histogram's buckets: the least round one that makes no more than buckets of them.
func Step(from, to int64, buckets int) int64 {
	buckets = min(max(buckets, 1), MaxBuckets)
	for _, s := range steps {
		if (to-from)/int64(s) <= int64(buckets) {
			return int64(s)
		}
	}
	return max((to-from)/int64(buckets), int64(steps[len(steps)-1]))
}

// Values gives rows (value String, count UInt64): the most frequent values of f, each element of a list by itself.
func (q *Query) Values(f event.Field, limit int) (Statement, error) {
	b, where, err := q.counting()
	if err != nil {
		return Statement{}, err
	}
	value := column(f)
	switch f.Info().Kind {
	case event.Map:
		return Statement{}, fmt.Errorf("values: %s holds pairs", f)
	case event.List:
		value = "arrayJoin(" + value + ")"
	case event.Dict, event.Text:
		where += " AND " + value + " != ''"
	default:
		where += " AND isNotNull(" + value + ")"
	}
	limit = min(max(limit, 1), MaxValues)
	return Statement{SQL: "SELECT ifNull(toString(" + value + "), '') AS value, count() AS count FROM events WHERE " + where +
		" GROUP BY value ORDER BY count DESC, value LIMIT " + strconv.Itoa(limit), Params: b.params}, nil
}

// Count gives one row (count UInt64).
func (q *Query) Count() (Statement, error) {
	b, where, err := q.counting()
	if err != nil {
		return Statement{}, err
	}
	return Statement{SQL: "SELECT count() AS count FROM events WHERE " + where, Params: b.params}, nil
}

func (q *Query) counting() (*builder, string, error) {
	if !q.Exact {
		return nil, "", ErrInexact
	}
	return q.where()
}
