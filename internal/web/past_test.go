package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"watchpost/internal/hunt/pack"
)

func (d *fakeDesk) Backtest(_ context.Context, tenants []string, q Backtest, tell func(Progress)) (*BacktestResult, error) {
	if d.err != nil {
		return nil, d.err
	}
	d.by = append(d.by, q.By)
	tell(Progress{Done: 0.5, At: q.From, Events: 7, Alerts: 1})
	return &BacktestResult{Rule: "demo", From: q.From, To: q.To, Alerts: 1, PerDay: []DayCount{{"2026-11-23", 1}}, Keys: []KeyCount{{"source.ip=203.0.113.7", map[string]string{"source.ip": "203.0.113.7"}, 1}},
		Samples: []json.RawMessage{anAlert}, Live: LiveDifference{New: 1, Examples: []LiveExample{{"new", "a1", q.From, map[string]string{}}}}, Events: 9,
		Warmup: Warmup{From: q.From.Add(-time.Hour), Seconds: 3600}, Notes: []string{strings.Join(tenants, " ")}, Elapsed: 3}, nil
}

func (d *fakeDesk) Exception(_ context.Context, _ []string, q ExceptionPreview, _ func(Progress)) (*ExceptionResult, error) {
	d.by = append(d.by, q.By)
	return &ExceptionResult{Rule: "demo", From: q.From, To: q.To, Before: 3, After: 1, Hidden: 2, Events: 9, EventsHidden: 4, Samples: []json.RawMessage{anAlert},
		AddedSamples: []json.RawMessage{}, Tests: []TestOutcome{{"one", "why"}}, Notes: []string{"note"}}, d.err
}

func (d *fakeDesk) Draft(_ context.Context, _ []string, q DraftQuery) (*Draft, error) {
	return &Draft{ID: "draft", YAML: "id: draft\nmatch: " + q.Query, Tested: len(q.Events)}, d.err
}

func (d *fakeDesk) RuleHunt(_ []string, id string) (*RuleHunt, error) {
	if id != "demo" {
		return nil, &Fault{errors.New("rule: there is none with the id " + id)}
	}
	return &RuleHunt{"true", "-24h", "now", []string{"source.ip"}, []string{"@timestamp"}}, d.err
}

func (d *fakeDesk) CheckException(x RuleException, _ string) error {
	if x.Rule != "demo" {
		return &Fault{errors.New("no rule has the id or the tag " + x.Rule)}
	}
	return nil
}

func (d *fakeDesk) UseExceptions(context.Context) (map[string]bool, map[string]string) {
	return d.UsedExceptions()
}

func (d *fakeDesk) UsedExceptions() (map[string]bool, map[string]string) { return nil, nil }

func (d *fakeDesk) IOCs() IOCs {
	return IOCs{Kinds: map[string]int{"ip": 3}, Files: []IOCFile{{Name: "a.csv", Kinds: map[string]int{"ip": 3}, Sources: []string{"a"}, Example: "x", Fault: "y"}}}
}

func (d *fakeDesk) IOCList(_ context.Context, name, contains string, limit int) (*IOCList, error) {
	if name != "a.csv" {
		return nil, ErrNotFound
	}
	at := now()
	return &IOCList{name, 1, []Indicator{{"ip", "203.0.113.7", contains, &at, false, true}}}, d.err
}

func (d *fakeDesk) PutIOCs(name, text string, _ bool) (*IOCFile, error) {
	if text == "" {
		return nil, &Fault{errors.New("there is no indicator in it")}
	}
	return &IOCFile{Name: name, Kinds: map[string]int{"ip": 1}, Sources: []string{}}, d.err
}

func (d *fakeDesk) DeleteIOCs(name string) error {
	if name != "a.csv" {
		return ErrNotFound
	}
	return d.err
}

// Indicators are written and taken away under plain names only, and the account says so.
func TestIOCs(t *testing.T) {
	d := &fakeDesk{}
	h := newHandler(d)
	f := func(method, path, body string, status int, detail string) {
		t.Helper()
		if w := call(h, method, path, body); w.Code != status || !strings.Contains(w.Body.String(), detail) {
			t.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
	}
	f("PUT", "/api/v1/iocs/mine.txt", `{"text":"203.0.113.7"}`, 200, `"kinds":{"ip":1}`)
	f("PUT", "/api/v1/iocs/mine.txt", `{"text":""}`, 400, "no indicator")
	for _, name := range []string{"..%2Fx.txt", "x.yaml", ".x.txt", "X.txt", "a..txt", "x"} {
		f("PUT", "/api/v1/iocs/"+name, `{"text":"203.0.113.7"}`, 400, "name: ")
	}
	f("PUT", "/api/v1/iocs/mine.csv", `{"text":"x","add":true}`, 400, "add: ")
	f("GET", "/api/v1/iocs/a.csv?contains=203", "", 200, `"searched":true`)
	f("GET", "/api/v1/iocs/a.csv?limit=0", "", 400, "limit")
	f("GET", "/api/v1/iocs/b.csv", "", 404, "")
	f("DELETE", "/api/v1/iocs/b.csv", "", 404, "")
	f("DELETE", "/api/v1/iocs/a.csv", "", 204, "")
	for _, want := range []string{"local iocs.write ok", "local iocs.delete ok"} {
		if !slices.Contains(d.entries, want) {
			t.Errorf("account: %q lacks %s", d.entries, want)
		}
	}
}

func (d *fakeDesk) Packs() ([]pack.Pack, error) { return pack.Shipped() }

func (d *fakeDesk) PackRuns(context.Context, []string) ([]ScheduledRun, error) {
	at, n := now(), int64(-1)
	return []ScheduledRun{{Pack: "accounts", Tenant: "default", Every: 3600, Next: &at, From: &at, To: &at, Started: &at, Finished: &at, Hunts: []ScheduledHunt{{ID: "a", Name: "A", Count: 3, Change: &n, Top: []Value{{"x", 3}}}}}}, d.err
}

func (d *fakeDesk) RunsOf(ctx context.Context, tenants []string, _ string, _ int) ([]ScheduledRun, error) {
	return d.PackRuns(ctx, tenants)
}

func (d *fakeDesk) RunNow(_ context.Context, p ScheduledPack, user, person string) (*ScheduledRun, error) {
	d.by = append(d.by, person)
	if p.Pack != "accounts" {
		return nil, ErrNoPack
	}
	at := now()
	from := at.Add(-cmp.Or(p.Range, p.Every))
	return &ScheduledRun{Pack: p.Pack, Tenant: p.Tenants[0], By: user, From: &from, To: &at, Started: &at, Finished: &at, Hunts: []ScheduledHunt{}}, d.err
}

func (d *fakeDesk) RunPack(_ context.Context, _ []string, q PackRun) (*PackResult, error) {
	if q.Pack != "accounts" {
		return nil, ErrNoPack
	}
	d.by = append(d.by, q.By)
	return &PackResult{q.Pack, q.From, q.To, []HuntResult{{ID: "a", Name: "A", Query: "true", GroupBy: "user.name", Count: 3, Before: 4, Change: -1, Top: []Value{{"x", 3}}, Error: "why"}}}, d.err
}

// Looks at the past count for the person behind them, whatever the token.
func TestLooksCountForPeople(t *testing.T) {
	s := newSite(t)
	for _, name := range []string{"one", "two"} {
		var made struct{ Secret string }
		if err := json.Unmarshal([]byte(s.want(t, 201, "wpt_", "root", "POST", "/api/v1/tokens", `{"name":"`+name+`","scopes":["rules.test","search","hunts.write"],"tenants":["a"]}`)), &made); err != nil {
			t.Fatal(err)
		}
		s.header[name] = [2]string{"Authorization", "Bearer " + made.Secret}
		s.want(t, 200, "", name, "POST", "/api/v1/rules/backtest", `{"rule":"demo"}`)
		s.want(t, 200, "", name, "POST", "/api/v1/exceptions/preview", `{"rule":"demo","match":"true"}`)
		s.want(t, 200, "", name, "POST", "/api/v1/packs/accounts/run", `{}`)
		s.want(t, 201, "", name, "POST", "/api/v1/packs/accounts/runs", `{"tenant":"a"}`)
	}
	if got, want := strings.Join(s.desk.by, " "), strings.TrimSpace(strings.Repeat("root ", 8)); got != want {
		t.Errorf("they count for %s, want %s", got, want)
	}
}

func TestDraft(t *testing.T) {
	h := newHandler(&fakeDesk{})
	f := func(method, path, body string, status int, detail string) {
		t.Helper()
		if w := call(h, method, path, body); w.Code != status || !strings.Contains(w.Body.String(), detail) {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	f("POST", "/api/v1/rules/draft", `{"query":""}`, 400, "query: is missing")
	f("POST", "/api/v1/rules/draft", `{"query":"true","events":["`+strings.Repeat(`x","`, maxDrafted)+`x"]}`, 400, "51 are too many")
	f("GET", "/api/v1/rules/nothing/hunt", "", 404, "there is none")
	f("POST", "/api/v1/packs/none/run", `{}`, 404, "no pack")
	f("POST", "/api/v1/packs/accounts/run", `{"from":"x"}`, 400, "from")
	f("POST", "/api/v1/exceptions/preview", `{"rule":"demo","match":"true","from":"-1d","samples":-1}`, 400, "samples")
}

func TestBacktest(t *testing.T) {
	d := &fakeDesk{}
	h := newHandler(d)
	w := call(h, "POST", "/api/v1/rules/backtest", `{"rule":"demo","from":"-1d","progress":true}`)
	lines := strings.Split(strings.TrimSpace(w.Body.String()), "\n")
	if w.Code != 200 || len(lines) != 2 || !strings.HasPrefix(lines[0], `{"_progress":{"done":0.5,`) || !strings.Contains(lines[1], `"alerts":1`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	f := func(body string, err error, status int, detail string) {
		t.Helper()
		d.err = err
		w := call(h, "POST", "/api/v1/rules/backtest", body)
		if p := problemOf(t, w); w.Code != status || !strings.Contains(p["detail"].(string), detail) {
			t.Errorf("%s: %d %v", body, w.Code, p)
		}
	}
	f(`{"rule":"demo","from":"tomorrow","samples":1001}`, nil, 400, "samples")
	f(`{"rule":"demo","from":"-1d","to":"-2d"}`, nil, 400, "later")
	f(`{"rule":"demo","from":"-4000d"}`, nil, 400, "3660 days")
	f(`{"rules":"demo"}`, nil, 400, "unknown field")
	f(`{"rule":"id: x"}`, &Fault{errors.New("rule:1:1: title: is missing")}, 400, "title")
	f(`{"rule":"demo"}`, fmt.Errorf("%w: try again", ErrBusy), 503, "running: try again")
	f(`{"rule":"demo"}`, ErrOverBudget, 422, "budget")
}
