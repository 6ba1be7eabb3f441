package app

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"watchpost/internal/hunt"
)

func TestRulesStats(t *testing.T) {
	answer, status := `{"rules":[
{"id":"quiet","level":"low","mode":"shadow","enabled":true,"alerts":0,"exceptions":[{"match":"true","owner":"ada","expires":"2020-01-01T00:00:00Z","expired":true}],"work":{"matches":0,"errors":0,"evaluations":9,"microseconds":1.5}},
{"id":"busy","level":"low","mode":"live","enabled":true,"alerts":12,"last_alert":"2026-03-02T08:00:00Z","exceptions":[],"work":{"matches":40,"errors":0,"evaluations":100,"microseconds":0.25}},
{"id":"elsewhere","level":"low","mode":"live","enabled":false,"alerts":0,"exceptions":[]},
{"id":"dear","level":"low","mode":"live","enabled":true,"alerts":0,"exceptions":[],"work":{"matches":1,"errors":0,"evaluations":2,"microseconds":900,"off":"too \u001bdear"}}]}`, http.StatusOK
	asked := map[string]int{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/search" {
			var q hunt.Search
			if err := json.NewDecoder(r.Body).Decode(&q); err != nil || q.Limit != 1 || q.From != "-3d" {
				t.Errorf("%v %+v", err, q)
			}
			asked[q.Query]++ // one after the other
			if q.Query == "exists(event.action)" {
				io.WriteString(w, "{}\n")
			}
			return
		}
		w.WriteHeader(status)
		io.WriteString(w, answer)
	}))
	defer srv.Close()
	run := func(want int, args ...string) (string, string) {
		t.Helper()
		out, told, code := tool(t, "", append([]string{"rules", "stats", "-server", srv.URL}, args...)...)
		if code != want {
			t.Errorf("%q: %d %s%s", args, code, out, told)
		}
		return out, told
	}
	want := `rule       state     last alert            alerts  matches  errors  evaluated  mean   note
dear       off       never                 0       1        0       2          900µs  too <U+001B>dear
busy       live      2026-03-02T08:00:00Z  12      40       0       100        250ns
elsewhere  disabled  never                 0       -        -       -          -
quiet      shadow    never                 0       0        0       9          1.5µs  the exception of ada is over
`
	if out, _ := run(0); out != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
	rules := folder(t, "a.yaml", `id: a
title: A
match: event.action == "x" and (user.name == "a" or user.name == "b" and source.port == 1) and not (dns.question.name == "x") and labels["k"] == "v"
---
id: b
title: B
match: event.action == "x" or source.port == 2
---
id: c
title: C
match: event.action == "x" and user.name == "c"
window: {distinct: {field: host.name, at_least: 2, within: 1m}}
---
id: d
title: D
enabled: false
match: url.full == "x"
`)
	out, _ := run(0, "-fields", "-days", "3", "-rules", rules)
	if tail := strings.TrimPrefix(out, want); tail != `rule a cannot match: in 3 days no event had user.name, labels["k"]
rule c cannot match: in 3 days no event had user.name, host.name
2 rules need a field that did not occur
` {
		t.Error(out)
	}
	if len(asked) != 4 || asked["exists(user.name)"] != 1 {
		t.Errorf("asked %v", asked)
	}
	var got struct {
		Rules []map[string]any
		Unfed []unfed
	}
	if out, _ = run(0, "-o", "json", "-fields", "-days", "3", "-rules", rules); json.Unmarshal([]byte(out), &got) != nil || len(got.Rules) != 4 || len(got.Unfed) != 2 || got.Unfed[0].Fields[1] != `labels["k"]` {
		t.Error(out)
	}
	answer = `{"rules":[`
	if _, told := run(1); !strings.Contains(told, "broke off") {
		t.Error(told)
	}
	answer, status = `{"detail":"no store"}`, http.StatusBadGateway
	if _, told := run(1); !strings.Contains(told, "no store") {
		t.Error(told)
	}
	run(2, "x")
	run(2, "-o", "xml")
	run(2, "-days", "0")
	srv.Close()
	if _, told := run(1); !strings.Contains(told, "is the product running") {
		t.Error(told)
	}
}
