package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// The lists that the tool shows are those of the API, and their columns stand in its entries.
func TestAPIListsAreDescribed(t *testing.T) {
	type schema struct {
		Ref        string `json:"$ref"`
		Properties map[string]*schema
		Items      *schema
	}
	type document struct {
		Paths map[string]map[string]struct {
			Responses map[string]struct {
				Content map[string]struct{ Schema *schema }
			}
		}
		Components struct{ Schemas map[string]*schema }
	}
	var doc document
	parts, err := filepath.Glob("../web/openapi/*.json")
	if err != nil || len(parts) == 0 {
		t.Fatal(parts, err)
	}
	for _, name := range append(parts, "../web/openapi.json") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &doc); err != nil { // adds to what is there
			t.Fatal(name, err)
		}
	}
	follow := func(s *schema) *schema {
		for s != nil && s.Ref != "" {
			s = doc.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
		}
		return s
	}
	for _, l := range apiLists {
		whole := follow(doc.Paths[l.path]["get"].Responses["200"].Content["application/json"].Schema)
		if whole == nil {
			t.Errorf("%s: GET %s has no answer", l.name, l.path)
			continue
		}
		if l.key == "" {
			continue
		}
		list := follow(whole.Properties[l.key])
		if list == nil || follow(list.Items) == nil {
			t.Errorf("%s: GET %s has no list %s, but %v", l.name, l.path, l.key, slices.Sorted(maps.Keys(whole.Properties)))
			continue
		}
		for _, c := range l.columns {
			if known := follow(list.Items).Properties; known[c] == nil {
				t.Errorf("%s: %s is none of %v", l.name, c, slices.Sorted(maps.Keys(known)))
			}
		}
	}
}

func TestAPITool(t *testing.T) {
	var asked string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = fmt.Sprintf("%s %s %s", r.Method, r.URL.RequestURI(), body)
		if r.URL.Path == "/api/v1/users" {
			fmt.Fprint(w, `{"users":[{"user":"ann","name":"A\u001b[31mnn","tenants":["a","b"],"disabled":false}]}`)
			return
		}
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"x":1}`)
	}))
	defer server.Close()
	t.Setenv("WATCHPOST_TOKEN", "wpt_test")
	f := func(want, said string, run func(io.Writer) error) {
		t.Helper()
		var out bytes.Buffer
		if err := run(&out); err != nil || out.String() != said || asked != want {
			t.Errorf("asked %q, got %q: %v", asked, out.String(), err)
		}
	}
	users := apiLists[slices.IndexFunc(apiLists, func(l apiList) bool { return l.name == "users" })]
	f("GET /api/v1/users?limit=3 ", "user  name             role  tenants  all_tenants  disabled  totp\nann   A<U+001B>[31mnn        a b                   false     \n",
		func(w io.Writer) error { return users.show(t.Context(), w, server.URL, []string{"limit=3"}, false) })
	f("GET /api/v1/users ", `{"user":"ann","name":"A\u001b[31mnn","tenants":["a","b"],"disabled":false}`+"\n",
		func(w io.Writer) error { return users.show(t.Context(), w, server.URL, nil, true) })
	call := func(method, path string, args ...string) func(io.Writer) error {
		return func(w io.Writer) error {
			return callPath(t.Context(), w, strings.NewReader(`{"in":1}`), server.URL, method, path, args, "")
		}
	}
	f(`POST /x {"days":90,"name":"grafana","scopes":["search"]}`, `{"x":1}`, call("POST", "/x", "name=grafana", `scopes=["search"]`, "days=90"))
	f(`PUT /x {"in":1}`, `{"x":1}`, call("PUT", "/x", "-"))
	f(`PATCH /x {"a":2}`, `{"x":1}`, call("PATCH", "/x", `{"a":2}`))
	f(`DELETE /x?a=%26 `, `{"x":1}`, call("DELETE", "/x", "a=&"))
	for _, args := range [][]string{{"a"}, {"{"}, {"{}", "a=b"}} {
		if err := call("POST", "/x", args...)(io.Discard); err == nil || !strings.Contains(fmt.Sprintf("%T", err), "usageError") {
			t.Errorf("%q: %v", args, err)
		}
	}
}

// A POST whose answer is lost says how to give the command again without doing it twice; each command has a key of its own.
func TestAPIToolRepeats(t *testing.T) {
	var mu sync.Mutex
	var all []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		all = append(all, r.Header.Get("Idempotency-Key"))
		mu.Unlock()
		switch r.URL.Path {
		case "/lost":
			panic(http.ErrAbortHandler)
		case "/cut":
			w.Header().Set("Content-Length", "10")
			fmt.Fprint(w, "{")
		case "/refused":
			w.WriteHeader(http.StatusConflict)
		}
	}))
	defer server.Close()
	keys := func() []string {
		mu.Lock()
		defer mu.Unlock()
		return all
	}
	t.Setenv("WATCHPOST_TOKEN", "wpt_test")
	f := func(method, path, key string) error {
		return callPath(t.Context(), io.Discard, nil, server.URL, method, path, nil, key)
	}
	for _, path := range []string{"/lost", "/cut"} {
		err := f("POST", path, "")
		if last := keys()[len(keys())-1]; err == nil || len(last) < 20 || !strings.Contains(err.Error(), "-key "+last+" ") {
			t.Errorf("%s: %v, key %q", path, err, last)
		}
	}
	if keys()[0] == keys()[1] {
		t.Error("two commands have one key")
	}
	if err := f("POST", "/done", keys()[0]); err != nil || keys()[2] != keys()[0] {
		t.Errorf("again: %v, key %q", err, keys()[2])
	}
	if err := f("POST", "/refused", ""); err == nil || strings.Contains(err.Error(), "-key") {
		t.Errorf("refused: %v", err)
	}
	if err := f("PUT", "/lost", ""); err == nil || strings.Contains(err.Error(), "-key") || keys()[4] != "" {
		t.Errorf("PUT: %v, key %q", err, keys()[4])
	}
	if err := f("GET", "/done", "k"); err == nil {
		t.Error("a key for GET is taken")
	}
}

// Lists within an entry stand in a cell by the names of what they hold, and long ones by their beginning.
func TestBrief(t *testing.T) {
	f := func(value, want string) {
		t.Helper()
		var v any
		if err := json.Unmarshal([]byte(value), &v); err != nil {
			t.Fatal(err)
		}
		if got := brief(v); got != want {
			t.Errorf("%s: %q, want %q", value, got, want)
		}
	}
	f(`null`, "")
	f(`{"ip":1}`, `{"ip":1}`)
	f(`["a","b"]`, "a b")
	f(`[1,2,3,4,5,6,7,8,9,10]`, "1 2 3 4 5 6 7 8 and 2 more")
	f(`[{"kind":"user","value":"root"},{"id":"r1","name":"Rule"},{"x":1}]`, `root r1 {"x":1}`)
}

// A folder that is not there, or holds no pack, is not a good one.
func TestHuntsCheckFindsNothing(t *testing.T) {
	dir := t.TempDir()
	for where, want := range map[string]string{dir: "no pack is there", filepath.Join(dir, "gone"): "gone"} {
		if err := huntsTool([]string{"check", where}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", where, err, want)
		}
	}
}
