package hunt_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/normalise"
	"watchpost/internal/rule/ruletest"
)

// The fields that random pipes speak of.
var (
	byFields  = []string{"user.name", "host.name", "user.roles", "tags", "source.ip", "source.port", "process.code_signature.trusted", "labels.zone", "event.start", "event.risk_score", "message"}
	sumFields = []string{"source.port", "source.bytes", "event.risk_score"}
)

// pipeCase is a random pipe: what it is made of, so that it can be worked out without reading it.
type pipeCase struct {
	fn, field string
	by        []string
	over      time.Duration
	ranked    int // top or rare: its number
	where     string
	whereOp   string
	whereN    int64
	sortDown  bool
	sort      bool
	limit     int
}

func pickOf(t *rapid.T, from []string) string { return rapid.SampledFrom(from).Draw(t, "") }

func randomPipe(t *rapid.T) pipeCase {
	var p pipeCase
	p.fn = pickOf(t, []string{"count", "count", "distinct", "sum", "avg", "min", "max", "p50", "p95", "top", "rare"})
	switch p.fn {
	case "count":
	case "top", "rare":
		p.ranked = rapid.IntRange(1, 5).Draw(t, "")
	case "distinct":
		p.field = pickOf(t, byFields)
	default:
		p.field = pickOf(t, sumFields)
	}
	for range rapid.IntRange(0, 2).Draw(t, "by") {
		if f := pickOf(t, byFields); !slices.Contains(p.by, f) {
			p.by = append(p.by, f)
		}
	}
	if p.ranked > 0 {
		if len(p.by) == 0 {
			p.by = []string{"user.name"}
		}
		return p
	}
	if rapid.Bool().Draw(t, "over") {
		p.over = rapid.SampledFrom([]time.Duration{time.Hour, 24 * time.Hour, 7 * time.Second}).Draw(t, "")
	}
	if rapid.Bool().Draw(t, "where") {
		p.where, p.whereOp, p.whereN = p.fn, pickOf(t, []string{"==", "!=", "<", "<=", ">", ">="}), rapid.Int64Range(-1, 4).Draw(t, "")
		if p.where == "min" || p.where == "max" {
			p.whereN *= 100
		}
	}
	p.sort, p.sortDown = rapid.Bool().Draw(t, "sort"), rapid.Bool().Draw(t, "")
	if rapid.Bool().Draw(t, "limit") {
		p.limit = rapid.IntRange(1, 4).Draw(t, "")
	}
	return p
}

func (p pipeCase) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s", p.fn)
	if p.ranked > 0 {
		fmt.Fprintf(&b, " %d %s", p.ranked, strings.Join(p.by, ", "))
		return b.String()
	}
	if p.field != "" {
		b.WriteString(" " + p.field)
	}
	if p.over > 0 {
		fmt.Fprintf(&b, " over %ds", p.over/time.Second)
	}
	if len(p.by) > 0 {
		b.WriteString(" by " + strings.Join(p.by, ", "))
	}
	if p.where != "" {
		fmt.Fprintf(&b, " | where %s %s %d", p.where, p.whereOp, p.whereN)
	}
	if p.sort {
		b.WriteString(" | sort " + map[bool]string{true: "-", false: ""}[p.sortDown] + p.fn)
	}
	if p.limit > 0 {
		fmt.Fprintf(&b, " | limit %d", p.limit)
	}
	return b.String()
}

// valuesOf gives the values of a field, as texts or numbers; nothing where it is missing.
func valuesOf(e event.Event, name string) []any {
	if key, ok := strings.CutPrefix(name, "labels."); ok {
		if v := e.Label(key); v != "" {
			return []any{v}
		}
		return nil
	}
	f, _ := event.Lookup(name)
	switch f.Info().Kind {
	case event.List:
		var out []any
		for i := range e.Len(f) {
			if v := string(e.At(f, i)); !slices.Contains(out, any(v)) {
				out = append(out, v)
			}
		}
		return out
	case event.Int:
		if v, ok := e.Int(f); ok {
			return []any{v}
		}
	case event.Float:
		if v, ok := e.Float(f); ok {
			return []any{v}
		}
	case event.Bool:
		if v, ok := e.Bool(f); ok {
			return []any{v}
		}
	case event.Time:
		if v, ok := e.When(f); ok {
			return []any{v.UTC()}
		}
	default:
		if v := e.Str(f); v != "" {
			return []any{v}
		}
	}
	return nil
}

type bucket struct {
	key    []any
	values []any
	count  int64
}

// table works the pipe out, as simply as can be.
func (p pipeCase) table(events []event.Event) [][]any {
	buckets := map[string]*bucket{}
	var order []string
	for _, e := range events {
		keys := [][]any{{}}
		if p.over > 0 {
			at := e.Time()
			at -= ((at % int64(p.over)) + int64(p.over)) % int64(p.over)
			keys = [][]any{{time.Unix(0, at).UTC()}}
		}
		for _, f := range p.by {
			vs := valuesOf(e, f)
			if len(vs) == 0 {
				vs = []any{nil}
			}
			var next [][]any
			for _, k := range keys {
				for _, v := range vs {
					next = append(next, append(slices.Clone(k), v))
				}
			}
			keys = next
		}
		for _, k := range keys {
			if p.ranked > 0 && slices.Contains(k, nil) {
				continue
			}
			id := fmt.Sprintf("%#v", k)
			b := buckets[id]
			if b == nil {
				b = &bucket{key: k}
				buckets[id] = b
				order = append(order, id)
			}
			b.count++
			if p.field != "" {
				b.values = append(b.values, valuesOf(e, p.field)...)
			}
		}
	}
	if len(order) == 0 && p.over == 0 && len(p.by) == 0 {
		buckets[""] = &bucket{}
		order = []string{""}
	}
	var rows [][]any
	for _, id := range order {
		b := buckets[id]
		rows = append(rows, append(slices.Clone(b.key), p.number(b)))
	}
	n := len(p.by) + min(int(p.over), 1)
	if p.where != "" {
		rows = slices.DeleteFunc(rows, func(r []any) bool { return !holdsOf(r[n], p.whereOp, p.whereN) })
	}
	first, down := n, true
	if p.over > 0 {
		first, down = 0, false
	}
	if p.fn == "rare" {
		down = false
	}
	if p.sort {
		first, down = n, p.sortDown
	}
	slices.SortFunc(rows, func(a, b []any) int {
		if c := compareOf(a[first], b[first], down); c != 0 {
			return c
		}
		for i := range a {
			if c := compareOf(a[i], b[i], false); c != 0 && i != first {
				return c
			}
		}
		return 0
	})
	if most := cmp.Or(p.limit, p.ranked); most > 0 {
		rows = rows[:min(len(rows), most)]
	}
	return rows
}

func asFloat(v any) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	case *big.Int:
		f, _ := new(big.Float).SetInt(v).Float64()
		return f
	}
	panic(fmt.Sprintf("%T", v))
}

func (p pipeCase) number(b *bucket) any {
	if p.fn == "count" || p.ranked > 0 {
		return b.count
	}
	if p.fn == "distinct" {
		seen := map[any]bool{}
		for _, v := range b.values {
			seen[v] = true
		}
		return int64(len(seen))
	}
	if len(b.values) == 0 {
		return nil
	}
	sorted := slices.Clone(b.values)
	slices.SortFunc(sorted, func(a, b any) int { return compareOf(a, b, false) })
	switch p.fn {
	case "min":
		return sorted[0]
	case "max":
		return sorted[len(sorted)-1]
	case "p50", "p95":
		q, _ := strconv.ParseFloat(p.fn[1:], 64)
		at := q / 100 * float64(len(sorted)-1)
		lo := int(at)
		v := asFloat(sorted[lo])
		if lo+1 < len(sorted) {
			v += (at - float64(lo)) * (asFloat(sorted[lo+1]) - v)
		}
		return v
	}
	sum, whole := 0.0, new(big.Int)
	for _, v := range b.values {
		sum += asFloat(v)
		if i, ok := v.(int64); ok {
			whole.Add(whole, big.NewInt(i))
		}
	}
	if p.fn == "avg" {
		return sum / float64(len(b.values))
	}
	if _, ok := b.values[0].(int64); ok {
		return whole
	}
	return sum
}

// rounds says that an average goes by the order in which it is summed up: what lies beyond 2^48 takes the last digits of all else away.
func (p pipeCase) rounds(events []event.Event) bool {
	return p.fn == "avg" && slices.ContainsFunc(events, func(e event.Event) bool {
		return slices.ContainsFunc(valuesOf(e, p.field), func(v any) bool { return math.Abs(asFloat(v)) > 1<<48 })
	})
}

func holdsOf(v any, op string, n int64) bool {
	if v == nil {
		return op == "!="
	}
	c := compareOf(v, n, false)
	switch op {
	case "==":
		return c == 0
	case "!=":
		return c != 0
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	}
	return c >= 0
}

// compareOf orders values; what is missing comes last, whatever the direction.
func compareOf(a, b any, down bool) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	c := 0
	switch x := a.(type) {
	case string:
		c = cmp.Compare(x, b.(string))
	case bool:
		c = cmp.Compare(fmt.Sprint(x), fmt.Sprint(b))
	case time.Time:
		c = x.Compare(b.(time.Time))
	case int64:
		if y, ok := b.(int64); ok {
			c = cmp.Compare(x, y)
		} else {
			c = cmp.Compare(float64(x), asFloat(b))
		}
	case *big.Int:
		if y, ok := b.(*big.Int); ok {
			c = x.Cmp(y)
		} else {
			c = x.Cmp(big.NewInt(b.(int64)))
		}
	default:
		c = cmp.Compare(asFloat(a), asFloat(b))
	}
	if down {
		return -c
	}
	return c
}

// shown writes a value so that what is the same is written the same.
func shown(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1e15 {
			return strconv.FormatInt(int64(v), 10)
		}
		return strconv.FormatFloat(v, 'e', 9, 64)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v)
}

// ask runs the statement of a table.
func ask(st hunt.Statement) ([][]any, error) {
	rows, err := db.conn.Query(context.Background(), st.SQL, named(st.Params)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out [][]any
	for rows.Next() {
		dest := make([]any, len(st.Table))
		for i, c := range st.Table {
			switch {
			case c.Type == "text" || st.Sums[i]:
				dest[i] = new(*string)
			case c.Type == "integer" && st.Counts[i]:
				dest[i] = new(*uint64)
			case c.Type == "integer":
				dest[i] = new(*int64)
			case c.Type == "float":
				dest[i] = new(*float64)
			case c.Type == "boolean":
				dest[i] = new(*bool)
			default:
				dest[i] = new(*time.Time)
			}
		}
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		row := make([]any, len(dest))
		for i, d := range dest {
			switch v := d.(type) {
			case **string:
				row[i] = deref(*v)
			case **uint64:
				row[i] = deref(*v)
			case **int64:
				row[i] = deref(*v)
			case **float64:
				row[i] = deref(*v)
			case **bool:
				row[i] = deref(*v)
			case **time.Time:
				row[i] = deref(*v)
			}
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

func deref[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// TestTablesAgree holds the SQL of pipes to what they are when worked out by hand, over random events.
func TestTablesAgree(t *testing.T) {
	db.open(t)
	done := 0
	rapid.Check(t, func(t *rapid.T) {
		if done++; done > 40 && flag.Lookup("rapid.checks").Value.String() == "100" {
			return // enough, unless more is asked for than rapid does by itself: a statement over 250 columns takes its time
		}
		b := ruletest.Rows(t, 12, normalise.Form)
		if err := db.fill(b); err != nil {
			t.Fatal(err)
		}
		var events []event.Event
		for e := range b.Events() {
			events = append(events, e)
		}
		for range 4 {
			p := randomPipe(t)
			q, err := hunt.Search{Query: p.String(), From: "1960-01-01", To: "2040-01-01"}.Check([]string{""}, time.Now())
			if err != nil {
				t.Fatalf("%s: %v", p, err)
			}
			if p.over > 0 && p.over < time.Hour { // too many buckets of a long range
				q.From, q.To = ruletest.At.Add(-time.Hour).UnixNano(), ruletest.At.Add(time.Hour).UnixNano()
			} else if p.over > 0 {
				q.From = ruletest.At.Add(-300 * 24 * time.Hour).UnixNano()
				q.To = ruletest.At.Add(100 * 24 * time.Hour).UnixNano()
			}
			within := slices.DeleteFunc(slices.Clone(events), func(e event.Event) bool { return e.Time() < q.From || e.Time() >= q.To })
			st, err := q.Table(1000)
			if err != nil {
				t.Fatalf("%s: %v", p, err)
			}
			got, err := ask(st)
			if err != nil {
				t.Fatalf("%s: %s %q: %v", p, st.SQL, st.Params, err)
			}
			want := p.table(within)
			if p.rounds(within) {
				continue
			}
			if !slices.EqualFunc(got, want, func(a, b []any) bool {
				return slices.EqualFunc(a, b, func(x, y any) bool { return shown(x) == shown(y) })
			}) {
				t.Fatalf("%s\ngot  %q\nwant %q\n%s %q", p, got, want, st.SQL, st.Params)
			}
		}
	})
}
