package hunt_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"watchpost/internal/event"
	"watchpost/internal/hunt"
)

func TestParseTime(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 34, 56, 0, time.UTC)
	f := func(s, want string) {
		t.Helper()
		got, err := hunt.ParseTime(s, now)
		if want == "" {
			if err == nil {
				t.Errorf("%q: %s, want an error", s, got)
			}
			return
		}
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%q: %s, %v; want %s", s, got.Format(time.RFC3339), err, want)
		}
	}
	f("now", "2026-03-01T12:34:56Z")
	f("-1h", "2026-03-01T11:34:56Z")
	f("+1h", "2026-03-01T13:34:56Z")
	f("now-15m", "2026-03-01T12:19:56Z")
	f("now-1d/d", "2026-02-28T00:00:00Z")
	f("now-1d+1h-2s", "2026-02-28T13:34:54Z")
	f("2026-02-01", "2026-02-01T00:00:00Z")
	f("2026-02-01T10:00:00+02:00", "2026-02-01T08:00:00Z")
	for _, s := range []string{"", "1h", "yesterday", "-1", "-h", "now-", "now-1y", "-99999999999999h", "-1000000w", "now/", "/1d", "1066-01-01", "9999-01-01"} {
		f(s, "")
	}
}

func TestSearchCheck(t *testing.T) {
	_, err := hunt.Search{Query: `usr.name == "x"`, From: "soon", To: "1066-01-01", Limit: -1, Order: "up", Fields: []string{"nosuch"}, After: "x"}.Check([]string{"default"}, time.Now())
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"query: 1:1: unknown field", "from: time", "to: time", "limit: -1", "order: ", `fields: unknown field "nosuch"`, "after: "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("missing %q in\n%v", want, err)
		}
	}
	if _, err := (hunt.Search{From: "now", To: "-1h"}).Check([]string{"default"}, time.Now()); err == nil {
		t.Error("a range from later to earlier passes")
	}
}

// TestNoTextInSQL holds that nothing of a query stands in the statement.
func TestNoTextInSQL(t *testing.T) {
	mark := "Zq8x'`\\"
	src := fmt.Sprintf(`user.name == %[1]q or message contains %[1]q or icontains(message, "a b", %[1]q) or user.roles in [%[1]q] or labels[%[1]q] == %[1]q or wildcard(host.name, %[1]q) or message matches "Zq8x" or event.id == %[1]q`, mark)
	q, err := hunt.Search{Query: src, From: "-1h"}.Check([]string{mark}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	events, err := q.Events()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(events.SQL, "Zq8x") {
		t.Error(events.SQL)
	}
}

// TestSearch pages through events, counts them and leaves out those of another tenant.
func TestSearch(t *testing.T) {
	conn := db.open(t)
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	b := new(event.Batch)
	for i := range 50 {
		b.Begin(fmt.Appendf(nil, "line %d", i), now.UnixNano())
		b.SetTime(now.Add(-time.Duration(i/3) * time.Minute).UnixNano())
		b.SetString(event.Tenant, []string{"a", "a", "a", "b"}[i%4])
		b.SetString(event.UserName, []string{"ann", "bob"}[i%2])
		b.AddString(event.RelatedUser, "ann")
		b.SetInt(event.SourcePort, int64(i))
		b.End()
	}
	b.SetID(event.NewBlockID(now.UnixNano()))
	if err := db.fill(b); err != nil {
		t.Fatal(err)
	}
	ctx := clickhouse.Context(context.Background(), clickhouse.WithSettings(hunt.DefaultBudget.Settings()))
	query := func(s hunt.Statement, err error, dest func() []any, each func()) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		args := []any{}
		for _, p := range s.Params {
			args = append(args, clickhouse.Named(p.Name, p.Value))
		}
		rows, err := conn.Query(ctx, s.SQL, args...)
		if err != nil {
			t.Fatalf("%s: %v", s.SQL, err)
		}
		defer rows.Close()
		for rows.Next() {
			if err := rows.Scan(dest()...); err != nil {
				t.Fatal(err)
			}
			each()
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	check := func(s hunt.Search) *hunt.Query {
		t.Helper()
		q, err := s.Check([]string{"a"}, now.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	for _, order := range []string{"asc", "desc"} {
		var got, want []int
		s := hunt.Search{Query: `source.port >= 10`, From: "-1h", Limit: 7, Order: order, Fields: []string{"source.port"}}
		for {
			n := 0
			var block, tenant string
			var row uint32
			var at, in time.Time
			var port *int64
			page, err := check(s).Events()
			query(page, err, func() []any { return []any{&block, &row, &tenant, &at, &in, &port} }, func() {
				n++
				got = append(got, int(*port))
				s.After = hunt.Cursor(b.Event(int(row)))
			})
			if n < 7 {
				break
			}
		}
		for i := 10; i < 50; i++ {
			if i%4 != 3 {
				want = append(want, i)
			}
		}
		slices.SortFunc(want, func(x, y int) int {
			ex, ey := b.Event(x), b.Event(y)
			c := int(ex.Time()-ey.Time()) + x - y
			if order == "desc" {
				return -c
			}
			return c
		})
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", order, got, want)
		}
	}
	var n, sum uint64
	var start time.Time
	var buckets int
	h, err := check(hunt.Search{From: "-1h"}).Histogram(10)
	query(h, err, func() []any { return []any{&start, &n} }, func() { buckets++; sum += n })
	if sum != 38 || buckets != 3 {
		t.Errorf("histogram: %d events in %d buckets, want 38 in 3", sum, buckets)
	}
	for f, want := range map[event.Field]string{event.UserName: "ann 25 bob 13", event.RelatedUser: "ann 38", event.EventOriginal: "line 0 1"} {
		var got []string
		var value string
		v, err := check(hunt.Search{From: "-1h"}).Values(f, 2)
		query(v, err, func() []any { return []any{&value, &n} }, func() { got = append(got, value, fmt.Sprint(n)) })
		if !strings.HasPrefix(strings.Join(got, " "), want) {
			t.Errorf("%s: %v, want %s", f, got, want)
		}
	}
	all, err := check(hunt.Search{From: "-1h"}).Events()
	if err != nil || len(all.Columns) < 100 {
		t.Errorf("%d columns, %v", len(all.Columns), err)
	}
	if err := conn.Exec(ctx, "EXPLAIN "+all.SQL, named(all.Params)...); err != nil {
		t.Error(err)
	}
	if _, err := check(hunt.Search{Query: "user.name == host.name"}).Count(); err != hunt.ErrInexact {
		t.Errorf("count of an inexact query: %v", err)
	}
}

func named(params []hunt.Param) []any {
	args := make([]any, len(params))
	for i, p := range params {
		args[i] = clickhouse.Named(p.Name, p.Value)
	}
	return args
}
