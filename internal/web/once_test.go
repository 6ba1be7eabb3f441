package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"watchpost/internal/rights"
)

func TestIdempotencyKey(t *testing.T) {
	d := &fakeDesk{}
	h := newHandler(d)
	f := func(path, key, body string, status int, want string) string {
		t.Helper()
		w := call(h, "POST", path, body, "Idempotency-Key", key)
		if w.Code != status || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s %s %s: %d %s", key, path, body, w.Code, w.Body)
		}
		return w.Body.String()
	}
	const path = "/api/v1/investigations"
	first := f(path, "k1", `{"name":"A"}`, 200, `"name":"A"`)
	if again := f(path, "k1", `{"name":"A"}`, 200, ""); again != first {
		t.Errorf("first %s, then %s", first, again)
	}
	if w := call(h, "POST", path, `{"name":"A"}`, "Idempotency-Key", "k1"); w.Header().Get("Idempotent-Replayed") != "true" || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%v", w.Header())
	}
	if other := f(path, "k2", `{"name":"A"}`, 200, ""); other == first {
		t.Error("another key is another request")
	}
	f(path, "k1", `{"name":"B"}`, 422, "another request")
	f("/api/v1/hunts", "k1", `{"name":"A"}`, 422, "another request")
	f(path, strings.Repeat("k", maxOnceKey+1), `{"name":"A"}`, 400, "Idempotency-Key")
	f(path, "k3", `{"name":""}`, 400, "name")
	f(path, "k3", `{"name":""}`, 400, "name") // what was refused can be tried again
	f(path, "k4", `{"name":"`+strings.Repeat("x", maxBody)+`"}`, 413, "")
	const token = `{"name":"robot","scopes":["search"],"tenants":["default"]}`
	secret := f("/api/v1/tokens", "k5", token, 201, "wpt_")
	if again := f("/api/v1/tokens", "k5", token, 201, "wpt_"); again != secret {
		t.Errorf("first %s, then %s", secret, again)
	}
	made := 0
	for _, o := range d.list {
		if o.Kind == kindCase && o.Owner == "local" {
			made++
		}
		if strings.Contains(string(o.Body), "wpt_") || o.Kind == kindRequest && o.Tenant != "" {
			t.Errorf("kept: %+v", o)
		}
	}
	if made != 2 {
		t.Errorf("%d investigations were made", made)
	}
	// Each operation that creates says so in the document.
	paths := document(t)["paths"].(map[string]any)
	for rt := range creates {
		method, path, _ := strings.Cut(rt, " ")
		op := at(t, paths, path, strings.ToLower(method))
		list, _ := op["parameters"].([]any)
		found := false
		for _, p := range list {
			found = found || p.(map[string]any)["name"] == "Idempotency-Key"
		}
		if !found || at(t, op, "responses")["409"] == nil || at(t, op, "responses")["422"] == nil {
			t.Errorf("%s does not say what an Idempotency-Key does", rt)
		}
	}
}

// While a request is under way its repetition is refused; if it breaks off it can be tried again; another user's key is another.
func TestIdempotencyKeyMeanwhile(t *testing.T) {
	d := &fakeDesk{}
	s := New(Defaults, d, newBook(&records{}), d, nil, now, discard)
	begun, end := make(chan struct{}), make(chan struct{})
	ask := func(serve http.HandlerFunc) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "/x", strings.NewReader("{}")).WithContext(t.Context())
		p, err := s.who(r, s.book.Session)
		if err != nil {
			t.Fatal(err)
		}
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, &request{principal: p}))
		r.Header.Set("Idempotency-Key", "k")
		w := httptest.NewRecorder()
		s.once(serve)(w, r)
		return w
	}
	broken := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	func() {
		defer func() { recover() }()
		ask(broken)
	}()
	done := make(chan int)
	go func() {
		done <- ask(func(w http.ResponseWriter, _ *http.Request) { close(begun); <-end; created(w, "made") }).Code
	}()
	<-begun
	if w := ask(broken); w.Code != 409 || w.Header().Get("Retry-After") == "" || problemOf(t, w)["detail"] != "a request with this Idempotency-Key is under way" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	close(end)
	if code := <-done; code != 201 {
		t.Error(code)
	}
	if w := ask(broken); w.Code != 201 || w.Body.String() != "\"made\"\n" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	s.now = func() time.Time { return now().Add(onceFor + time.Minute) }
	if w := ask(func(w http.ResponseWriter, _ *http.Request) { created(w, "anew") }); w.Body.String() != "\"anew\"\n" {
		t.Errorf("a day later: %d %s", w.Code, w.Body)
	}
}

// What a client that went away had asked for is noted, whichever way it went; and an answer is given again only to who still sees what it may tell of.
func TestIdempotencyKeyAfterwards(t *testing.T) {
	d := &fakeDesk{}
	s := New(Defaults, d, newBook(&records{}), d, nil, now, discard)
	ask := func(key string, tenants []string, serve func(http.ResponseWriter, context.CancelFunc)) *httptest.ResponseRecorder {
		ctx, gone := context.WithCancel(context.WithValue(t.Context(), requestKey{}, &request{principal: rights.Principal{User: "ann", Kind: rights.User, Role: rights.Analyst, Tenants: tenants}}))
		defer gone()
		r := httptest.NewRequest("POST", "/x", strings.NewReader("{}")).WithContext(ctx)
		r.Header.Set("Idempotency-Key", key)
		w := httptest.NewRecorder()
		s.once(func(w http.ResponseWriter, _ *http.Request) { serve(w, gone) })(w, r)
		return w
	}
	both := []string{"bank", "shop"}
	never := func(http.ResponseWriter, context.CancelFunc) { t.Error("it is done again") }
	ask("done", both, func(w http.ResponseWriter, gone context.CancelFunc) { gone(); created(w, "made") })
	if w := ask("done", both, never); w.Code != 201 || w.Body.String() != "\"made\"\n" {
		t.Errorf("done, but nobody heard it: %d %s", w.Code, w.Body)
	}
	ask("failed", both, func(_ http.ResponseWriter, gone context.CancelFunc) { gone() })
	if w := ask("failed", both, func(w http.ResponseWriter, _ context.CancelFunc) { created(w, "anew") }); w.Code != 201 || w.Body.String() != "\"anew\"\n" {
		t.Errorf("it came to nothing: %d %s", w.Code, w.Body)
	}
	if w := ask("done", []string{"bank"}, never); w.Code != 409 || strings.Contains(w.Body.String(), "made") {
		t.Errorf("to who does not see the shop any more: %d %s", w.Code, w.Body)
	}
	if w := ask("done", []string{"bank", "law", "shop"}, never); w.Code != 201 {
		t.Errorf("to who sees more: %d %s", w.Code, w.Body)
	}
}

// Who sees all tenants exports nothing, and nothing breaks, before there is one.
func TestExportBeforeThereAreTenants(t *testing.T) {
	d := &fakeDesk{}
	s := New(Defaults, d, newBook(&records{}), d, nil, now, discard)
	r := httptest.NewRequest("POST", "/api/v1/export", strings.NewReader(`{}`))
	r.Header.Set("Content-Type", "application/json")
	r = r.WithContext(context.WithValue(t.Context(), requestKey{}, &request{principal: rights.Principal{User: "ann", Kind: rights.User, Role: rights.Admin, AllTenants: true}}))
	w := httptest.NewRecorder()
	s.export(w, r)
	if w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
