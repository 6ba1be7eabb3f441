package web

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestExceptions(t *testing.T) {
	d := &fakeDesk{}
	h := newHandler(d)
	f := func(method, path, body string, status int, want string) string {
		t.Helper()
		w := call(h, method, path, body)
		if w.Code != status || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s %s %s: %d %s", method, path, body, w.Code, w.Body)
		}
		return w.Body.String()
	}
	const path = "/api/v1/exceptions"
	with := func(expires, more string) string {
		return `{"rule":"demo","match":"true","reason":"r","expires":"` + expires + `"` + more + `}`
	}
	f("POST", path, with("2020-01-01T00:00:00Z", ""), 400, "over before it begins")
	f("POST", path, with("soon", ""), 400, `\"soon\" is no time such as`)
	f("POST", path, with("2027-01-01T00:00:00Z", `,"tenant":"other"`), 400, "there is no tenant")
	f("POST", path, strings.Replace(with("2027-01-01T00:00:00Z", ""), "true", strings.Repeat("x", maxExcepted+1), 1), 400, "at most 8192")
	var made struct{ ID string }
	if err := json.Unmarshal([]byte(f("POST", path, with("2027-01-01T00:00:00Z", ""), 201, `"owner":"local"`)), &made); err != nil {
		t.Fatal(err)
	}
	f("GET", path, "", 200, made.ID)
	if list := f("GET", path+"?rule=x", "", 200, ""); strings.Contains(list, made.ID) {
		t.Error(list)
	}
	f("PUT", path+"/"+made.ID, with("2028-01-01T00:00:00Z", `,"version":1`), 200, `"version":2`)
	f("PUT", path+"/"+made.ID, with("2029-01-01T00:00:00Z", `,"version":1`), 409, "it was changed by local")
	f("DELETE", path+"/"+made.ID, "", 204, "")
	f("DELETE", path+"/"+made.ID, "", 404, "")
	for _, want := range []string{"local exception.create ok", "local exception.change ok", "local exception.delete ok"} {
		if !slices.Contains(d.entries, want) {
			t.Errorf("account: %q lacks %s", d.entries, want)
		}
	}
}
