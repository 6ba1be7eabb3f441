package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"watchpost/internal/audit"
	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/rawsql"
	"watchpost/internal/rule"
)

// fakeDesk answers with what it holds; it breaks after the events if err is set.
type fakeDesk struct {
	lines   []string
	alerts  []json.RawMessage
	asked   AlertFilter
	query   *hunt.Query
	limit   int
	err     error
	entries []string // of the account
	acts    []string
	by      []string // the persons for whom looks at the past count
	shelf
	audited AuditFilter
	before  func(i int) // called before each event of an export
	lasting bool        // tails do not end by themselves
}

func (d *fakeDesk) Record(e audit.Entry, _ map[string]any) {
	d.entries = append(d.entries, e.User+" "+e.Action+" "+e.Outcome)
}

func (d *fakeDesk) Ready() error { return nil }

func (d *fakeDesk) Events(ctx context.Context, q *hunt.Query, each func(event.Event) error) error {
	d.query = q
	if tell := hunt.ProgressOf(ctx); tell != nil {
		tell(hunt.Progress{Rows: 8, Total: 9, Bytes: 99})
	}
	var b event.Batch
	for _, l := range d.lines {
		b.Begin([]byte(l), now().UnixNano())
		b.SetString(event.Message, l)
		b.End()
	}
	for e := range b.Events() {
		if err := each(e); err != nil {
			return err
		}
	}
	return d.err
}

func (d *fakeDesk) Histogram(_ context.Context, q *hunt.Query, buckets int) ([]Bucket, error) {
	d.query, d.limit = q, buckets
	return []Bucket{{now().Add(-time.Minute), 3}, {now(), 4}}, d.err
}

func (d *fakeDesk) Values(_ context.Context, q *hunt.Query, _ event.Field, limit int) ([]Value, error) {
	d.query, d.limit = q, limit
	return []Value{{"203.0.113.7", 7}}, d.err
}

func (d *fakeDesk) Table(_ context.Context, q *hunt.Query, limit int) (*Table, error) {
	d.query, d.limit = q, limit
	return &Table{Columns: q.Pipe.Columns(), Rows: [][]any{{"203.0.113.7", 7}, {nil, 1}}, Partial: true, Reason: "why", ReadRows: 8, Read: 99, Elapsed: 1}, d.err
}

func (d *fakeDesk) Explain(_ context.Context, q *hunt.Query, others bool) (*Explanation, error) {
	return &Explanation{Expr: q.Expr, SQL: "SELECT 1", Params: map[string]string{"p0": "default"}, Granules: Part{1, 2}, Parts: Part{1, 1},
		Indexes: []IndexUse{{Type: "PrimaryKey", Granules: Part{1, 2}, Parts: Part{1, 1}}}, Estimate: Estimate{8192, 9}}, d.err
}

func (d *fakeDesk) Tail(ctx context.Context, _ *hunt.Query, each func(Tailed) error) error {
	if d.lasting {
		<-ctx.Done()
		return ctx.Err()
	}
	return errors.Join(each(Tailed{Line: []byte("{\"message\":\"one\"}\n")}), each(Tailed{Dropped: 3}), each(Tailed{}))
}

func (d *fakeDesk) Compile(src string) (*rule.Predicate, error) { return rule.Compile(src) }

func (d *fakeDesk) SQL(_ context.Context, st rawsql.Statement, limit int) (*Table, error) {
	d.limit = limit
	return &Table{Columns: []hunt.Column{{Name: st.Columns[0], Type: "UInt64"}}, Rows: [][]any{{7}}}, d.err
}

func (d *fakeDesk) Count(context.Context, *hunt.Query) (uint64, error) { return 9, d.err }

func (d *fakeDesk) Alerts(_ context.Context, f AlertFilter) ([]json.RawMessage, error) {
	d.asked = f
	return d.alerts, d.err
}

func (d *fakeDesk) StartReparse(_ *hunt.Query, j Reparse) (Reparse, error) {
	j.ID, j.State, j.Begun, j.Changes = "r1", ReparseRunning, now(), []ReparseChange{}
	return j, d.err
}

func (d *fakeDesk) Reparses(tenants []string) []Reparse {

	ended := now()
	return []Reparse{{ID: "r1", State: ReparseDone, Query: "true", From: now(), To: now(), Tenants: []string{"default"}, By: "ann", Begun: now(), Ended: &ended, Total: 2, Read: 2, Changed: 1,
		Changes: []ReparseChange{{"unparsed", "syslog", 1}}}}
}

func (d *fakeDesk) CancelReparse(tenants []string, id string) (Reparse, error) {
	if id != "r1" {
		return Reparse{}, ErrNotFound
	}
	return d.Reparses(tenants)[0], nil
}

func (d *fakeDesk) Replay(_ context.Context, tenants []string, ids []string) (*Replayed, error) {

	if len(ids) > 0 && ids[0] != "00-1" {
		return nil, ErrNotFound
	}
	return &Replayed{Stored: 1, Kept: []KeptAside{{"00-3", "still refused"}}}, d.err
}

func (d *fakeDesk) Quarantine(_ context.Context, tenants []string, limit int) ([]Quarantined, error) {
	d.limit = limit
	return []Quarantined{{ID: "00-1", Kind: "row", Tenant: "default", Stored: now(), Received: now(), Rows: 1, Reason: "refused"}}, d.err
}

func (d *fakeDesk) Sources(_ context.Context, tenants []string) ([]Source, error) {
	skew := 1.5
	return []Source{{Tenant: tenants[0], Listener: "syslog-udp", Source: "192.0.2.7", FirstSeen: now(), LastSeen: now(), Events: 9, Rate: 0.5, ExpectedRate: 0.4, SilentAfter: 600,
		UnparsedShare: 0.25, SkewSeconds: &skew, Zone: "Europe/Berlin", Received: 12, Stored: 9, Rejected: map[string]uint64{"empty datagram": 1}, Dropped: map[string]uint64{"queue full": 2}, State: "ok"}}, d.err
}

func (d *fakeDesk) Audit(_ context.Context, f AuditFilter) ([]audit.Entry, error) {
	d.audited = f
	return []audit.Entry{{Time: now(), ID: "p-1", Action: "search", Outcome: "ok", User: "ann", Kind: "user", Role: "analyst", Tenants: []string{"default"}, Address: "192.0.2.1", Count: 1,
		Fields: json.RawMessage(`{"query":"a\u001b[31m"}`)}}, d.err
}

func (d *fakeDesk) VerifyAudit(_ context.Context, noted []audit.Head) (audit.Report, error) {
	return audit.Report{Entries: 7, Chains: 1, From: now(), Found: 1, Faults: []audit.Fault{{ID: "p-3", What: "it was changed"}}, Heads: []audit.Head{{ID: "p-7", Time: now(), Hash: "00ff"}}}, d.err
}

func (d *fakeDesk) Rules(_ context.Context, tenants []string) ([]Rule, error) {
	at := now()
	return []Rule{{ID: "demo", Name: "Demo of " + tenants[0], Level: "low", Mode: "live", Enabled: true, Hash: "00ff", File: "demo.yaml", Window: "count",
		Exceptions: []Exception{{"user.name == \"ann\"", "soc", "her test", at, true}}, Alerts: 3, LastAlert: &at, Work: &RuleWork{Matches: 7, Evaluations: 9, Microseconds: 1.5, Off: "why"}},
		{ID: "other", Level: "high", Mode: "shadow", Exceptions: []Exception{}}}, d.err
}

func (d *fakeDesk) Rule(_ context.Context, tenants []string, id string) (*RuleInUse, error) {
	if id != "demo" {
		return nil, ErrNotFound
	}
	return &RuleInUse{ID: id, RuleText: RuleText{Name: "Demo of " + tenants[0], Steps: []RuleStep{{Match: "true", AtLeast: 1}}, Exceptions: []Exception{}}, GroupBy: []string{"source.ip"}, Fields: []string{}, Tests: []string{"one"}}, d.err
}

func now() time.Time { return time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC) }

var anAlert = json.RawMessage(`{"alert.id":"a1","rule.id":"demo","rule.name":"Demo","rule.level":"low","event.severity":30,"@timestamp":"2026-11-23T09:59:00Z",` +
	`"event.start":"2026-11-23T09:58:00Z","event.end":"2026-11-23T09:59:00Z","count":5,"group":{"source.ip":"203.0.113.7"},"event.ids":["x-0"],"revision":1,"rule.query":"true","source.ip":"203.0.113.7"}`)

var asset = strings.Repeat("console.log('a page');\n", 100)

// newHandler is the API and page over d, guarded as in the product.
func newHandler(d *fakeDesk) http.Handler {
	page := fstest.MapFS{"index.html": {Data: []byte("<!doctype html>")}, "assets/app-1.js": {Data: []byte(asset)}}
	o := Defaults
	o.Hosts = []string{"siem.example"}
	s := New(o, d, newBook(&records{}), d, page, now, slog.New(slog.DiscardHandler))
	mux := http.NewServeMux()
	s.Routes(mux)
	return s.Guard(mux)
}

// call sends a request; header lists names and values in turn. POST has the right content type unless header says otherwise.
func call(h http.Handler, method, target, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host = "127.0.0.1:8080"
	if method != http.MethodGet && method != http.MethodHead {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		} else {
			r.Header.Set(header[i], header[i+1])
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// problemOf decodes an error and holds it to RFC 9457.
func problemOf(t *testing.T, w *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	var p map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Header().Get("Content-Type") != "application/problem+json" || p["status"] != float64(w.Code) || p["title"] == "" {
		t.Errorf("%d is no problem: %v %s", w.Code, w.Header(), w.Body)
	}
	return p
}

func TestGuard(t *testing.T) {
	h := newHandler(&fakeDesk{})
	f := func(want int, method string, header ...string) {
		t.Helper()
		target := map[string]string{http.MethodGet: "/api/v1/fields", http.MethodPost: "/api/v1/search"}[method]
		w := call(h, method, target, "{}", header...)
		if w.Code != want {
			t.Errorf("%s %q: %d, want %d: %s", method, header, w.Code, want, w.Body)
		}
		if want != http.StatusOK {
			problemOf(t, w)
		}
		if w.Header().Get("Content-Security-Policy") == "" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s %q: headers %v", method, header, w.Header())
		}
	}
	for _, host := range []string{"127.0.0.1:8080", "127.0.0.1", "localhost", "LOCALHOST:1", "[::1]:8080", "127.9.9.9", "siem.example", "Siem.Example:443"} {
		f(200, "GET", "Host", host)
	}
	for _, host := range []string{"", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "localhost.", "192.0.2.1:8080", "0.0.0.0", "[::]:8080", "2130706433", "127.1", "127.0.0.1:8080:1", "siem.example.evil"} {
		f(421, "GET", "Host", host)
	}
	f(200, "POST")
	f(200, "POST", "Origin", "http://127.0.0.1:8080", "Sec-Fetch-Site", "same-origin")
	f(200, "POST", "Sec-Fetch-Site", "none")
	for _, origin := range []string{"http://evil.example", "null", "https://127.0.0.1:8080", "http://127.0.0.1:9999", "http://127.0.0.1", "http://localhost:8080"} {
		f(403, "POST", "Origin", origin)
		f(403, "GET", "Origin", origin)
	}
	f(403, "POST", "Sec-Fetch-Site", "cross-site")
	f(403, "POST", "Sec-Fetch-Site", "same-site")
	f(200, "GET", "Sec-Fetch-Site", "cross-site") // a link to the page; what it answers no other site can read
	f(200, "POST", "Content-Type", "application/json; charset=utf-8")
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp", "text/plain; application/json"} {
		f(415, "POST", "Content-Type", kind)
	}
}

func TestRequestsThatCannotBeAnswered(t *testing.T) {
	h := newHandler(&fakeDesk{})
	f := func(path, body string, status int, want ...string) map[string]any {
		t.Helper()
		w := call(h, http.MethodPost, path, body)
		p := problemOf(t, w)
		for _, s := range want {
			if detail, _ := p["detail"].(string); !strings.Contains(detail, s) {
				t.Errorf("%.60s: %q lacks %q", body, detail, s)
			}
		}
		if w.Code != status {
			t.Errorf("%.60s: %d, want %d", body, w.Code, status)
		}
		return p
	}
	const search, histogram, values = "/api/v1/search", "/api/v1/histogram", "/api/v1/values"
	for _, path := range []string{search, histogram, values} {
		f(path, "", 400, "it is empty")
		f(path, "{}{}", 400, "more than one")
		f(path, "[]", 400, "it cannot be a JSON array")
		f(path, "null", 400, "null stands for nothing")
		f(path, `{"fields":[null]}`, 400, "null stands for nothing")
		f(path, `{"limit":"5"}`, 400, "limit cannot be a JSON string")
		f(path, `{"quer":"x"}`, 400, `unknown field "quer"`)
		f(path, `{"query":"`+strings.Repeat("x", maxBody)+`"}`, 413)
		f(path, `{"query":"`+strings.Repeat("x", 9000)+`"}`, 400, "query")
		f(path, `{"from":"yesterday","to":"soon","order":"up","fields":["nope"]}`, 400, "from:", "to:", "order:", "fields:")
		f(path, `{"from":"now","to":"-1h"}`, 400)
	}
	f(search, `{"limit":10001}`, 400, "limit: 10001")
	f(search, `{"limit":-1}`, 400, "limit: -1")
	f(search, `{"after":"zzz"}`, 400, "after")
	f(histogram, `{"buckets":0}`, 400, "buckets: 0")
	f(histogram, `{"buckets":100000}`, 400, "buckets")
	f(values, `{"field":"nope"}`, 400, "field:")
	f(values, `{"field":"source.ip","limit":1001}`, 400, "limit: 1001")

	at := func(query string, offset, line, column float64) {
		t.Helper()
		body, _ := json.Marshal(map[string]string{"query": query})
		p := f(search, string(body), 400)
		got, _ := p["position"].(map[string]any)
		if got["offset"] != offset || got["line"] != line || got["column"] != column {
			t.Errorf("%q: position %v, want %v %v:%v", query, got, offset, line, column)
		}
	}
	at(`source.ip == `, 13, 1, 14)
	at(`sourc.ip == "1"`, 0, 1, 1)
	at("true and\n  nope == 1", 11, 2, 3)
	at(`message == "é" and nope == 1`, 20, 1, 20)
}

func TestMethodsAndUnknownPaths(t *testing.T) {
	h := newHandler(&fakeDesk{})
	f := func(method, path string, status int, allow string) {
		t.Helper()
		w := call(h, method, path, "{}")
		problemOf(t, w)
		if w.Code != status || w.Header().Get("Allow") != allow {
			t.Errorf("%s %s: %d, Allow %q", method, path, w.Code, w.Header().Get("Allow"))
		}
	}
	f("GET", "/api/v1/search", 405, "POST")
	f("DELETE", "/api/v1/alerts", 405, "GET")
	f("PUT", "/api/v1/session", 405, "DELETE, GET, POST")
	f("PUT", "/api/v1/alerts/x", 405, "GET")
	f("POST", "/", 405, "GET, HEAD")
	f("GET", "/api/v2/search", 404, "")
	f("GET", "/assets/", 404, "")
	f("GET", "/etc/passwd%00", 404, "")
	f("GET", "/nope", 404, "")
}

func TestSearchStreamsLines(t *testing.T) {
	d := &fakeDesk{lines: []string{"one", "two"}}
	h := newHandler(d)
	w := call(h, "POST", "/api/v1/search", `{"query":"message contains \"o\"","from":"-2h","limit":5,"fields":["message"]}`)
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/x-ndjson" || w.Body.String() != "{\"message\":\"one\"}\n{\"message\":\"two\"}\n" {
		t.Errorf("%d %v %q", w.Code, w.Header(), w.Body)
	}
	if q := d.query; q.Limit != 5 || q.From != now().Add(-2*time.Hour).UnixNano() || q.To != now().UnixNano() || !q.Desc {
		t.Errorf("asked %+v", q)
	}
	d.lines = nil
	if w := call(h, "POST", "/api/v1/search", "{}"); w.Code != 200 || w.Body.Len() != 0 || w.Header().Get("Content-Type") != "application/x-ndjson" {
		t.Errorf("nothing found: %d %q", w.Code, w.Body)
	}
}

// A client must be able to tell a part from the whole.
func TestSearchThatBreaksOffIsNoAnswer(t *testing.T) {
	d := &fakeDesk{lines: []string{"one"}, err: errors.New("store went away")}
	srv := httptest.NewUnstartedServer(newHandler(d))
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	srv.Start()
	defer srv.Close()
	res, err := srv.Client().Post(srv.URL+"/api/v1/search", "application/json", strings.NewReader("{}"))
	if err == nil {
		defer res.Body.Close()
		var body []byte
		if body, err = io.ReadAll(res.Body); err == nil {
			t.Errorf("%d %q looks complete", res.StatusCode, body)
		}
	}
	if w := call(newHandler(&fakeDesk{err: errors.New("store went away")}), "POST", "/api/v1/search", "{}"); w.Code != http.StatusBadGateway {
		t.Errorf("nothing sent yet: %d %s", w.Code, w.Body)
	}
	for err, want := range map[error]int{ErrOverBudget: 422, hunt.ErrInexact: 422, errors.New("x"): 502} {
		if w := call(newHandler(&fakeDesk{err: err}), "POST", "/api/v1/histogram", "{}"); w.Code != want {
			t.Errorf("%v: %d", err, w.Code)
		}
	}
}

func TestAlerts(t *testing.T) {
	d := &fakeDesk{alerts: []json.RawMessage{anAlert}}
	h := newHandler(d)
	w := call(h, "GET", "/api/v1/alerts?from=-1h&to=2026-11-23T10:00:00Z&rule=demo&level=low&limit=7", "")
	want := AlertFilter{Tenants: []string{"default"}, Rule: "demo", Level: "low", Mode: "live", From: now().Add(-time.Hour), To: now(), Limit: 7}
	if w.Code != 200 || !reflect.DeepEqual(d.asked, want) {
		t.Errorf("%d, asked %+v", w.Code, d.asked)
	}
	for query, fault := range map[string]string{"limit=0": "limit", "limit=x": "limit", "limit=10001": "limit", "level=huge": "level", "mode=dark": "mode", "order=oldest": "order", "from=foo": "from", "nope=1": "nope"} {
		w := call(h, "GET", "/api/v1/alerts?"+query, "")
		if detail, _ := problemOf(t, w)["detail"].(string); w.Code != 400 || !strings.Contains(detail, fault) {
			t.Errorf("%s: %d %s", query, w.Code, w.Body)
		}
	}
	if w := call(h, "GET", "/api/v1/alerts/a1", ""); w.Code != 200 || d.asked.ID != "a1" || !bytes.Equal(bytes.TrimSpace(w.Body.Bytes()), anAlert) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if d.asked.Mode != "" {
		t.Errorf("one alert is asked for by mode %q", d.asked.Mode)
	}
	if w := call(h, "GET", "/api/v1/alerts?query=true&incident="+anIncident, ""); w.Code != 200 || !d.asked.Query || !reflect.DeepEqual(d.asked.IDs, []string{"a1"}) || !reflect.DeepEqual(d.asked.Tenants, []string{"default"}) {
		t.Errorf("of an incident: %d, asked %+v", w.Code, d.asked)
	} else if !strings.Contains(w.Body.String(), `"incident":{"id":"`+anIncident) {
		t.Errorf("the incident itself is not in %s", w.Body)
	}
	if w := call(h, "GET", "/api/v1/alerts?order=worst", ""); w.Code != 200 || !d.asked.Worst {
		t.Errorf("order: %d, asked %+v", w.Code, d.asked)
	}
	// Who asks again and again gets what changed.
	again := func(tag string) (int, string, int) {
		r := httptest.NewRequest("GET", "http://127.0.0.1:8080/api/v1/alerts", nil)
		r.Header.Set("If-None-Match", tag)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code, w.Header().Get("ETag"), w.Body.Len()
	}
	code, tag, size := again("")
	if code != 200 || tag == "" || size == 0 {
		t.Errorf("first: %d, ETag %q, %d bytes", code, tag, size)
	}
	if code, same, size := again(tag); code != 304 || same != tag || size != 0 {
		t.Errorf("unchanged: %d, ETag %q, %d bytes", code, same, size)
	}
	d.alerts = append(d.alerts, anAlert)
	if code, other, size := again(tag); code != 200 || other == tag || size == 0 {
		t.Errorf("changed: %d, ETag %q, %d bytes", code, other, size)
	}
	for mode, want := range map[string]string{"live": "live", "shadow": "shadow", "all": ""} {
		if w := call(h, "GET", "/api/v1/alerts?mode="+mode, ""); w.Code != 200 || d.asked.Mode != want {
			t.Errorf("mode %s: %d, asked %+v", mode, w.Code, d.asked)
		}
	}
	d.alerts = nil
	if w := call(h, "GET", "/api/v1/alerts/a2", ""); w.Code != 404 {
		t.Errorf("%d", w.Code)
	}
	if w := call(h, "GET", "/api/v1/alerts", ""); !strings.HasPrefix(w.Body.String(), `{"alerts":[],`) {
		t.Errorf("no alerts: %s", w.Body)
	}
}

func TestPage(t *testing.T) {
	h := newHandler(&fakeDesk{})
	index := call(h, "GET", "/", "")
	if index.Code != 200 || index.Header().Get("Cache-Control") != "no-store" || !strings.HasPrefix(index.Header().Get("Content-Type"), "text/html") {
		t.Errorf("%d %v", index.Code, index.Header())
	}
	csp := index.Header().Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "base-uri 'none'", "require-trusted-types-for 'script'"} {
		if !strings.Contains(csp, part) {
			t.Errorf("policy lacks %s", part)
		}
	}
	if strings.Contains(csp, "unsafe") {
		t.Errorf("policy %s", csp)
	}
	plain := call(h, "GET", "/assets/app-1.js", "")
	if plain.Body.String() != asset || !strings.Contains(plain.Header().Get("Cache-Control"), "immutable") || !strings.HasPrefix(plain.Header().Get("Content-Type"), "text/javascript") {
		t.Errorf("%v", plain.Header())
	}
	packed := call(h, "GET", "/assets/app-1.js", "", "Accept-Encoding", "gzip, br")
	if packed.Header().Get("Content-Encoding") != "gzip" || packed.Header().Get("Vary") != "Accept-Encoding" || packed.Body.Len() >= len(asset) {
		t.Fatalf("%v", packed.Header())
	}
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(z); err != nil || string(got) != asset {
		t.Errorf("unpacked %d bytes: %v", len(got), err)
	}
}

func TestOptions(t *testing.T) {
	f := func(change func(*Options), want string) {
		t.Helper()
		o := Defaults
		change(&o)
		err := o.Check()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", o, err, want)
		}
	}
	f(func(*Options) {}, "")
	f(func(o *Options) { o.Addr = "localhost:0" }, "")
	f(func(o *Options) { o.Addr = "[::1]:80" }, "")
	f(func(o *Options) { o.Addr = "0.0.0.0:8080" }, "addr: 0.0.0.0:8080 is not loopback")
	f(func(o *Options) { o.Addr, o.Insecure = "0.0.0.0:8080", true }, "")
	f(func(o *Options) { o.Addr, o.TLS.Cert, o.TLS.Key = "0.0.0.0:8080", "c", "k" }, "")
	f(func(o *Options) { o.TLS.Cert = "c" }, "tls.key")
	f(func(o *Options) { o.Session.Idle = time.Second }, "session:")
	f(func(o *Options) { o.Session.Absolute = time.Hour }, "session:")
	f(func(o *Options) { o.Key = "00ff" }, "key: want 32 bytes")
	f(func(o *Options) { o.Addr = ":8080" }, "addr:")
	f(func(o *Options) { o.Addr = "siem.example:8080" }, "addr:")
	f(func(o *Options) { o.Addr = "8080" }, "addr:")
	f(func(o *Options) { o.Budget.Time = -1 }, "budget")
	f(func(o *Options) { o.Common = []string{"user:svc", "IP:10.0.0.300", "svc"} }, `common: "IP:10.0.0.300": want user:NAME`)
}

func TestFieldsAreTheDictionary(t *testing.T) {
	var got struct{ Fields []struct{ Name string } }
	if err := json.Unmarshal(call(newHandler(&fakeDesk{}), "GET", "/api/v1/fields", "").Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, f := range got.Fields {
		names[f.Name] = true
	}
	if len(names) != int(event.NumFields)-1 || !names["@timestamp"] || !names["source.ip"] {
		t.Errorf("%d fields: %v", len(names), slices.Sorted(maps.Keys(names))[:5])
	}
}

func TestSearchesAreAccountedFor(t *testing.T) {
	f := func(want string, method, target, body string) {
		t.Helper()
		d := &fakeDesk{}
		call(newHandler(d), method, target, body)
		if got := strings.Join(d.entries, ", "); got != want {
			t.Errorf("%s %s %s: %q, want %q", method, target, body, got, want)
		}
	}
	f("local search ok", "POST", "/api/v1/search", "{}")
	f("local histogram ok", "POST", "/api/v1/histogram", "{}")
	f("local values ok", "POST", "/api/v1/values", `{"field":"source.ip"}`)
	f("local search failed", "POST", "/api/v1/search", `{"query":"("}`)
	f("", "GET", "/api/v1/alerts", "")
}
