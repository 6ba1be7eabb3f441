package store

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"watchpost/internal/event"
	"watchpost/internal/rawsql"
)

// canary stands in everything that belongs to the other tenant.
const canary = "canary7f3a"

// TestRawSQL runs statements of users, and what a mutator makes of them, for one tenant of two: nothing of the other may come back,
// by no statement that is accepted. RAWSQL_ROUNDS says how many mutations are tried.
func TestRawSQL(t *testing.T) {
	s := open(t, options(t))
	ctx := t.Context()
	var b event.Batch
	for row := range 60 {
		tenant, word := "mine", fmt.Sprint("word", row%5)
		if row%2 == 1 {
			tenant, word = canary, canary
		}
		line := b.Begin(fmt.Appendf(nil, "line %d %s", row, word), day0+int64(row))
		b.Set(event.Message, line[5:])
		for _, f := range []event.Field{event.SourceIP, event.UserName, event.EventDataset, event.LogListener} {
			b.SetString(f, word)
		}
		b.AddString(event.RelatedIP, word)
		b.AddString(event.RelatedUser, word)
		b.Label([]byte("x"), []byte(word))
		b.SetString(event.EventOutcome, "failure")
		b.SetInt(event.DestinationPort, int64(row))
		b.SetString(event.Tenant, tenant)
		b.End()
	}
	block := blockOf(0, blockID(0), &b)
	load(t, s, newLog(0, block))
	for _, tenant := range []string{"mine", canary} {
		rule := map[string]string{"mine": "a rule", canary: canary}[tenant]
		if err := s.exec(ctx, "INSERT INTO alerts (tenant, `alert.id`, revision, `@timestamp`, `rule.id`, `rule.name`, body) SELECT '"+tenant+"', 'id', 1, now64(9), '"+rule+"', '"+rule+"', '{\"rule.id\":\""+rule+"\"}'"); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.exec(ctx, "INSERT INTO sources (tenant, listener, source, reason, hour, count) SELECT '"+canary+"', '"+canary+"', '"+canary+"', 'rejected:x', now(), 7"); err != nil {
		t.Fatal(err)
	}
	limits := Settings{"max_execution_time": 5, "max_memory_usage": 200_000_000, "readonly": 2, "max_result_rows": 1000, "result_overflow_mode": "break"}
	run := func(src string) (rows int, err error) {
		st, err := rawsql.Rewrite(src, []string{"mine"}, "1")
		if err != nil {
			return 0, err
		}
		params := Params{}
		for _, p := range st.Params {
			params[p.Name] = p.Value
		}
		err = s.Table(ctx, st.SQL, params, limits, func(c []Column) error {
			if len(c) != len(st.Columns) {
				return fmt.Errorf("%d columns, %d foretold", len(c), len(st.Columns))
			}
			for i := range c {
				if c[i].Name != st.Columns[i] {
					return fmt.Errorf("column %q, %q foretold", c[i].Name, st.Columns[i])
				}
			}
			return nil
		}, func(row []any) error {
			rows++
			text, err := json.Marshal(row)
			if err != nil {
				return err
			}
			if strings.Contains(string(text), canary) {
				t.Fatalf("%s\n%s\ngives %s", src, st.SQL, text)
			}
			return nil
		})
		if err != nil && strings.Contains(err.Error(), canary) {
			t.Fatalf("%s\n%s\n%v", src, st.SQL, err)
		}
		return rows, err
	}
	text, err := os.ReadFile("../rawsql/testdata/samples.txt")
	if err != nil {
		t.Fatal(err)
	}
	samples := strings.Split(strings.TrimSpace(string(text)), "\n")
	for _, src := range samples {
		if n, err := run(src); err != nil || n == 0 && !strings.Contains(src, "FROM sources") && !strings.Contains(src, "busy") {
			t.Errorf("%s: %d rows, %v", src, n, err)
		}
	}
	if n := one[uint64](t, s, "SELECT count() FROM events WHERE tenant = {t:String}", Params{"t": canary}); n != 30 {
		t.Fatalf("%d rows of the other tenant: nothing is proven", n)
	}

	rounds := 600
	if n, err := strconv.Atoi(os.Getenv("RAWSQL_ROUNDS")); err == nil {
		rounds = n
	}
	random := rand.New(rand.NewPCG(uint64(rounds), 1))
	accepted, answered := 0, 0
	for range rounds {
		src := mutated(random, samples)
		if _, err := rawsql.Rewrite(src, []string{"mine"}, "1"); err != nil {
			continue
		}
		accepted++
		if _, err := run(src); err == nil {
			answered++
		}
	}
	t.Logf("%d mutations, %d accepted, %d answered", rounds, accepted, answered)
	if answered < rounds/50 {
		t.Error("hardly any is answered: nothing is proven")
	}
}

var sqlToken = regexp.MustCompile(`'[^']*'|[A-Za-z_@][A-Za-z0-9_.@]*|[0-9]+|\S`)

// poison is what the mutator likes to put in.
var poison = []string{"tenant", "tenant != 'mine'", "OR", "1", "=", "UNION ALL", "SELECT", "(", ")", "*", "alerts", "events", "sources", "t0", "`t0`", "system.tables", "file", "merge", "IN",
	"SETTINGS", ";", "--", "/*", "*/", "`", "\\", "''", "t0.tenant", "e", "AS", "alerts_now", "w0", "x ->", "body", "tenant != 'mine' OR", "p0", "{p0:String}"}

// sort tells names, numbers, texts and symbols apart.
func sort(token string) int {
	switch c := token[0]; {
	case c == '\'':
		return 0
	case c >= '0' && c <= '9':
		return 1
	case c|0x20 >= 'a' && c|0x20 <= 'z' || c == '@':
		return 2
	}
	return 3
}

// mutated makes a statement of one or two others.
func mutated(r *rand.Rand, samples []string) string {
	a := sqlToken.FindAllString(samples[r.IntN(len(samples))], -1)
	b := sqlToken.FindAllString(samples[r.IntN(len(samples))], -1)
	for n := 1 + r.IntN(4)/3; n > 0; n-- {
		at := r.IntN(len(a))
		switch r.IntN(9) {
		case 0:
			a[at] = poison[r.IntN(len(poison))]
		case 1:
			a = append(a[:at:at], append([]string{poison[r.IntN(len(poison))]}, a[at:]...)...)
		case 2, 5, 6, 7: // of the same sort
			for range 20 {
				if with := b[r.IntN(len(b))]; sort(with) == sort(a[at]) {
					a[at] = with
					break
				}
			}
		case 3:
			a = append(a[:at:at], a[min(at+1, len(a)):]...)
		default:
			from := r.IntN(len(b))
			a = append(a[:at:at], append(append([]string{}, b[from:min(from+1+r.IntN(6), len(b))]...), a[at:]...)...)
		}
		if len(a) == 0 {
			a = []string{"SELECT"}
		}
	}
	return strings.Join(a, " ")
}

// TestRightsAreSQL asks the engine's parser for each statement of deploy/clickhouse/rights.sql.
func TestRightsAreSQL(t *testing.T) {
	s := open(t, options(t))
	text, err := os.ReadFile("../../deploy/clickhouse/rights.sql")
	if err != nil {
		t.Fatal(err)
	}
	plain := regexp.MustCompile(`(?m)^--.*$`).ReplaceAllString(string(text), "")
	n := 0
	for _, q := range strings.Split(plain, ";") {
		if q = strings.TrimSpace(q); q == "" {
			continue
		}
		n++
		if got := one[string](t, s, "SELECT formatQuerySingleLine({q:String})", Params{"q": q}); got == "" {
			t.Errorf("%s: nothing", q)
		}
	}
	if n < 20 {
		t.Errorf("%d statements", n)
	}
}
