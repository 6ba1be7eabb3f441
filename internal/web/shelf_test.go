package web

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"watchpost/internal/alert"
	"watchpost/internal/event"
	"watchpost/internal/hunt"
)

// shelf keeps objects in memory. It begins with hunts h1 of local and h2 of ann, shared, h3 of ann, not shared, an investigation c1 with item i1, and c2 of
// another tenant.
type shelf struct {
	list         []Object
	bodies, most int // how often bodies were asked for, and how many at most
}

func (s *shelf) fill() {
	if s.list != nil {
		return
	}
	o := func(tenant, kind, parent, id, owner string, shared bool, body string) {
		s.list = append(s.list, Object{Tenant: tenant, Kind: kind, Parent: parent, ID: id, Version: 1, Time: now(), User: owner, Owner: owner, Shared: shared, Body: json.RawMessage(body)})
	}
	o("default", kindHunt, "", "h1", "local", false, `{"name":"A","query":"true","fields":[],"columns":[],"attack":[],"params":[]}`)
	o("default", kindHunt, "", "h2", "ann", true, `{"name":"B","query":"user.name == ${user}","params":[{"name":"user","default":""}],"fields":[],"columns":[],"attack":[]}`)
	o("default", kindHunt, "", "h3", "ann", false, `{"name":"C","query":"true"}`)
	o("default", kindCase, "", "c1", "ann", false, `{"name":"Case"}`)
	o("default", kindItem, "c1", "i1", "ann", false, `{"kind":"note","at":"2026-11-23T09:00:00Z","note":"a <script>alert(1)</script> [x](javascript:y)\\n# head","tags":["t"]}`)
	o("other", kindCase, "", "c2", "eve", false, `{"name":"Theirs"}`)
}

func (s *shelf) Objects(_ context.Context, tenants []string, kind, parent, id string, all bool) ([]Object, error) {
	s.fill()
	newest := map[string]Object{}
	var out []Object
	for _, o := range s.list {
		if o.Kind == kind && o.Parent == parent && (id == "" || o.ID == id) && slices.Contains(tenants, o.Tenant) {
			if all {
				out = append(out, o)
			}
			newest[o.ID] = o
		}
	}
	for _, o := range newest {
		if !all && !o.Deleted {
			out = append(out, o)
		}
	}
	slices.SortStableFunc(out, func(a, b Object) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}

func (s *shelf) Outline(ctx context.Context, tenant, kind, parent string, all bool, keys ...string) ([]Object, error) {
	list, err := s.Objects(ctx, []string{tenant}, kind, parent, "", all)
	for i, o := range list {
		body, some := map[string]json.RawMessage{}, map[string]json.RawMessage{}
		err = errors.Join(err, json.Unmarshal(o.Body, &body))
		for _, k := range keys {
			some[k] = body[k]
		}
		list[i].Size = uint64(len(o.Body))
		list[i].Body, _ = json.Marshal(some) // what was just read
	}
	return list, err
}

func (s *shelf) Bodies(ctx context.Context, tenant, kind, parent string, ids []string) (out []Object, err error) {
	s.bodies++
	list, err := s.Objects(ctx, []string{tenant}, kind, parent, "", false)
	for _, o := range list {
		if slices.Contains(ids, o.ID) {
			out = append(out, o)
			s.most = max(s.most, len(ids))
		}
	}
	return out, err
}

func (s *shelf) Put(ctx context.Context, o Object) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.fill()
	for _, have := range s.list {
		if have.Kind == o.Kind && have.Parent == o.Parent && have.ID == o.ID && have.Version >= o.Version {
			return alert.ErrConflict
		}
	}
	s.list = append(s.list, o)
	return nil
}

func (s *shelf) History(context.Context, string, int) ([]Searched, error) {
	return []Searched{{"true", "-1h", "now", now(), 2}}, nil
}

func (d *fakeDesk) Export(ctx context.Context, q *hunt.Query, each func(event.Event) error) error {
	i := 0
	return d.Events(ctx, q, func(e event.Event) error {
		if d.before != nil {
			d.before(i)
		}
		i++
		if err := ctx.Err(); err != nil {
			return err
		}
		return each(e)
	})
}

func TestExport(t *testing.T) {
	d := &fakeDesk{lines: []string{"=1+1", "a,b\n\"c\"", "\uff1dx", " @x", "plain"}}
	h := newHandler(d)
	w := call(h, "POST", "/api/v1/export", `{"format":"csv","fields":["message"]}`)
	want := "message\n'=1+1\n\"a,b\n\"\"c\"\"\"\n'\uff1dx\n' @x\nplain\n"
	res := w.Result()
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(want)))
	if got := res.Header.Get("Content-Disposition"); got != `attachment; filename="watchpost-`+res.Header.Get(exportID)+`.csv"` {
		t.Errorf("%s", got)
	}
	if w.Body.String() != want || res.Trailer.Get(exportSum) != sum || res.Trailer.Get(exportRows) != "5" {
		t.Errorf("%q %v", w.Body, res.Trailer)
	}
	var m manifest
	got := call(h, "GET", "/api/v1/exports/"+res.Header.Get(exportID), "")
	if err := json.Unmarshal(got.Body.Bytes(), &m); err != nil || !m.Complete || m.Rows != 5 || m.SHA256 != sum || !slices.Contains(d.entries, "local export ok") {
		t.Errorf("%s %v", got.Body, err)
	}
	kept := len(d.list)
	for _, body := range []string{`{"format":"xls"}`, `{"query":"true | count by user.name"}`} {
		if w := call(h, "POST", "/api/v1/export", body); w.Code != 400 || len(d.list) != kept {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	d.err = errors.New("gone")
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a broken export looks whole")
			}
		}()
		call(h, "POST", "/api/v1/export", `{}`)
	}()
	half := sha256.Sum256([]byte(`{"message":"x"}` + "\n"))
	if last := d.list[len(d.list)-1]; last.Kind != kindExport || !strings.Contains(string(last.Body), `"complete":false,"reason":"this could not be done: `) || strings.Contains(string(last.Body), "gone") || last.Version != 2 {
		t.Errorf("%s", last.Body)
	}
	if last := d.entries[len(d.entries)-1]; last != "local export.end failed" {
		t.Errorf("%s", last)
	}

	// A client that goes away in the middle: the account and the manifest say so, though the request is over.
	d.err, d.lines = nil, []string{"x", "y"}
	ctx, cancel := context.WithCancel(t.Context())
	d.before = func(i int) {
		if i == 1 {
			cancel()
		}
	}
	r := httptest.NewRequest("POST", "/api/v1/export", strings.NewReader(`{"fields":["message"]}`)).WithContext(ctx)
	r.Host = "127.0.0.1:8080"
	r.Header.Set("Content-Type", "application/json")
	func() {
		defer func() { recover() }()
		h.ServeHTTP(httptest.NewRecorder(), r)
		t.Error("a broken export looks whole")
	}()
	if last := d.list[len(d.list)-1]; json.Unmarshal(last.Body, &m) != nil || m.Complete || m.Rows != 1 || m.Reason != "the client went away" || m.SHA256 != fmt.Sprintf("%x", half) || m.Bytes != 16 || m.Finished == nil {
		t.Errorf("%s", last.Body)
	}

	d.before = nil
	w = call(h, "POST", "/api/v1/export", `{"format":"parquet","fields":["message"]}`)
	if w.Code != 200 || !strings.HasPrefix(w.Body.String(), "PAR1") || !strings.HasSuffix(w.Body.String(), "PAR1") || w.Header().Get("Content-Type") != "application/vnd.apache.parquet" || w.Result().Trailer.Get(exportRows) != "2" {
		t.Errorf("%d %v %v", w.Code, w.Header(), w.Result().Trailer)
	}
}

// What moves text about on a screen is seen in Markdown.
func TestVisible(t *testing.T) {
	for _, c := range "\x00\x1b\x7f\u0085\u061c\u200e\u200f\u2028\u202a\u202e\u2066\u2069" {
		if got := visible("a" + string(c) + "\n"); got != "a\ufffd\n" {
			t.Errorf("%U: %q", c, got)
		}
	}
}

func TestWhoSeesWhatIsKept(t *testing.T) {
	d := &fakeDesk{}
	h := newHandler(d)
	f := func(method, path, body string, status int, want ...string) {
		t.Helper()
		w := call(h, method, path, body)
		if w.Code != status {
			t.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
		for _, s := range want {
			if text, not := strings.CutPrefix(s, "!"); strings.Contains(w.Body.String(), text) == not {
				t.Errorf("%s %s: %s: %q", method, path, w.Body, s)
			}
		}
	}
	f("GET", "/api/v1/hunts", "", 200, `"id":"h1"`, `"id":"h2"`, `!"id":"h3"`)
	f("GET", "/api/v1/hunts/h3", "", 404)
	f("POST", "/api/v1/hunts/h3/query", "{}", 404)
	f("DELETE", "/api/v1/hunts/h3", "", 404)
	f("DELETE", "/api/v1/hunts/h2", "", 403)
	f("PUT", "/api/v1/hunts/h3", `{"name":"x","query":"true"}`, 404)
	f("POST", "/api/v1/hunts/h2/query", `{"params":{"user":"a\" or true or \""}}`, 200, `"query":"user.name == \"a\\\" or true or \\\"\""`)
	f("POST", "/api/v1/hunts/h2/query", `{}`, 400, "user: a value is needed")
	f("DELETE", "/api/v1/hunts/h1", "", 204)
	f("GET", "/api/v1/hunts/h1", "", 404)
	f("POST", "/api/v1/hunts", `{"name":"x","query":"true","tenant":"other"}`, 400, "there is no tenant")
	f("POST", "/api/v1/hunts", `{"name":"x","query":"true","owner":"eve"}`, 400, "unknown field")
	f("GET", "/api/v1/investigations", "", 200, `"id":"c1"`, `!"id":"c2"`)
	for _, path := range []string{"", "/changes", "/export"} {
		f("GET", "/api/v1/investigations/c2"+path, "", 404)
	}
	f("POST", "/api/v1/investigations/c2/items", `{"note":"x"}`, 404)
	f("PATCH", "/api/v1/investigations/c2/items/i1", `{"comment":"x"}`, 404)
	f("PATCH", "/api/v1/investigations/c1/items/i1", `{"note":""}`, 400, "note")
	f("PATCH", "/api/v1/investigations/c1/items/i1", `{"comment":"x","version":7}`, 409, "changed by ann")
	f("POST", "/api/v1/investigations/c1/items", `{"event":"nope"}`, 404)
	f("GET", "/api/v1/investigations/c1/export?format=md", "", 200, `!<script>`, `\<script\>alert\(1\)`, `!](javascript`, "!\n# head")
	f("PATCH", "/api/v1/investigations/c2", `{"name":"x"}`, 404)
	f("DELETE", "/api/v1/investigations/c2", "", 404)
	f("PATCH", "/api/v1/investigations/c1", `{"name":""}`, 400, "name")
	f("PATCH", "/api/v1/investigations/c1", `{"owner":"eve"}`, 400, "unknown field")
	f("PATCH", "/api/v1/investigations/c1", `{"status":"closed"}`, 200, `"status":"closed"`, `"name":"Case"`)
	f("PATCH", "/api/v1/investigations/c1", `{"name":"x","version":1}`, 409, "changed by local")
	f("POST", "/api/v1/investigations/c1/items", `{"note":"x"}`, 409, "the investigation is closed")
	f("DELETE", "/api/v1/investigations/c1/items/i1", "", 409)
	f("PATCH", "/api/v1/investigations/c1", `{"status":"open","name":"Case 1"}`, 200, `"status":"open"`, `"name":"Case 1"`)
	f("DELETE", "/api/v1/investigations/c1/items/i1", "", 204)
	f("GET", "/api/v1/investigations/c1", "", 200, `!"id":"i1"`)
	f("GET", "/api/v1/investigations/c1/changes", "", 200, `"id":"i1","version":2,"deleted":true`)
	f("DELETE", "/api/v1/investigations/c1", "", 204)
	f("GET", "/api/v1/investigations/c1", "", 404)
	f("GET", "/api/v1/investigations", "", 200, `!"id":"c1"`)
	for _, want := range []string{"local investigation.close ok", "local investigation.reopen ok", "local investigation.delete ok", "local hunt.delete ok", "local export ok", "local investigation.unpin ok"} {
		if !slices.Contains(d.entries, want) {
			t.Errorf("account: %q lacks %s", d.entries, want)
		}
	}
}

// A large investigation is read and written in parts, in the order of its items, and takes no more than it may.
func TestLargeInvestigation(t *testing.T) {
	d := &fakeDesk{}
	d.fill()
	const n, each = 21, 3 << 20
	for i := range n {
		d.list = append(d.list, Object{Tenant: "default", Kind: kindItem, Parent: "c1", ID: fmt.Sprintf("big%02d", (i*8)%n), Version: 1, Time: now(), Owner: "ann",
			Body: fmt.Appendf(nil, `{"kind":"event","at":"2026-11-23T10:00:%02dZ","order":%d,"copy":{"message":"%02d%s"}}`, n-i, i/10, i, strings.Repeat("x", each))})
	}
	h := newHandler(d)
	var want []string // by order, then by time
	for _, tens := range []int{0, 10, 20} {
		for i := min(tens+9, n-1); i >= tens; i-- {
			want = append(want, fmt.Sprintf("%02dxxx", i))
		}
	}
	for path, split := range map[string]string{"/api/v1/investigations/c1/export": `{"message":"`, "/api/v1/investigations/c1": `{"message":"`, "/api/v1/investigations/c1/export?format=md": `**`} {
		d.bodies, d.most = 0, 0
		w := call(h, "GET", path, "")
		var got []string
		for _, part := range strings.Split(w.Body.String(), split)[1:] {
			if len(part) > 5 && part[2] == 'x' {
				got = append(got, part[:5])
			}
		}
		if w.Code != 200 || !slices.Equal(got, want) || d.bodies < n/3 || d.most > 3 {
			t.Errorf("%s: %d, %q, want %q; bodies asked for %d times, at most %d", path, w.Code, got, want, d.bodies, d.most)
		}
		if path == "/api/v1/investigations/c1" {
			var c struct {
				Name  string
				Items []itemJSON
			}
			if err := json.Unmarshal(w.Body.Bytes(), &c); err != nil || c.Name != "Case" || len(c.Items) != n+1 || c.Items[0].ID != "i1" {
				t.Errorf("%s, %d items, %v", c.Name, len(c.Items), err)
			}
		}
	}
	d.list = append(d.list, Object{Tenant: "default", Kind: kindItem, Parent: "c1", ID: "last", Version: 1, Body: fmt.Appendf(nil, `{"note":%q}`, strings.Repeat("x", maxCase-n*each-4096))})
	w := call(h, "POST", "/api/v1/investigations/c1/items", fmt.Sprintf(`{"note":%q}`, strings.Repeat("x", 4096)))
	if w.Code != 422 || !strings.Contains(w.Body.String(), "an investigation takes 5000 items and 64 MiB, and with this one it would have 24 and 64.0: begin another one") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A note's lines stay lines and its paragraphs paragraphs, and nothing in them becomes markup.
func TestParagraphs(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := paragraphs(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	f("", "")
	f(" \n\n", "")
	f("one", "one\n\n")
	f("one\r\ntwo\n", "one\\\ntwo\n\n")
	f("one\n\n \n\ntwo\nthree", "one\n\ntwo\\\nthree\n\n")
	f("ends with \\\n# no head", "ends with \\\\\\\n\\# no head\n\n")
}

// What a copy is of stands above it: an alert by level, rule and key, an event by its message.
func TestAbout(t *testing.T) {
	f := func(kind, copy, want string) {
		t.Helper()
		i := itemJSON{itemBody: itemBody{Kind: kind}}
		if copy != "" {
			i.Copy = json.RawMessage(copy)
		}
		if got := i.about(); got != want {
			t.Errorf("%s %s: %q, want %q", kind, copy, got, want)
		}
	}
	f("note", "", "")
	f("event", `{"message":"Accepted password"}`, "Accepted password")
	f("event", `{"message":7}`, "")
	f("alert", `{"rule.name":"Guessing","rule.level":"high","group":{"user.name":"ann","source.ip":"203.0.113.7"}}`, "high: Guessing, source.ip 203.0.113.7, user.name ann")
}
