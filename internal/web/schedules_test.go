package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func TestSchedules(t *testing.T) {
	d := &fakeDesk{}
	o := Defaults
	o.Packs = []ScheduledPack{{Pack: "network", Every: time.Hour, Tenants: []string{"other"}}, {Pack: "endpoints", Every: time.Hour, Tenants: []string{"default", "other"}}}
	s := New(o, d, newBook(&records{}), d, fstest.MapFS{"index.html": {}}, now, discard)
	mux := http.NewServeMux()
	s.Routes(mux)
	f := func(method, path, body string, status int, want string) string {
		t.Helper()
		w := call(mux, method, path, body)
		if w.Code != status || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s %s %s: %d %s", method, path, body, w.Code, w.Body)
		}
		return w.Body.String()
	}
	const path = "/api/v1/schedules"
	f("POST", path, `{"pack":"endpoints","every_seconds":3600}`, 409, "schedule of the configuration")
	f("POST", path, `{"pack":"accounts","every_seconds":60}`, 400, "every")
	f("POST", path, `{"pack":"accounts","every_seconds":9223372036854775807}`, 400, "every_seconds")
	f("POST", path, `{"pack":"accounts","every_seconds":3600,"tenant":"other"}`, 400, "there is no tenant")
	f("POST", path, `{"pack":"accounts","every_seconds":3600,"hunts":["x"],"params":{"y":"z"}}`, 400, "none with the id")
	var made struct {
		ID      string
		Version int
	}
	if err := json.Unmarshal([]byte(f("POST", path, `{"pack":"accounts","every_seconds":3600}`, 201, `"configured":false`)), &made); err != nil {
		t.Fatal(err)
	}
	f("POST", path, `{"pack":"accounts","every_seconds":7200}`, 409, made.ID)
	list := f("GET", path, "", 200, made.ID)
	if !strings.Contains(list, `{"id":"configuration-1","tenants":["default"],"configured":true`) || strings.Contains(list, "other") || strings.Contains(list, "network") {
		t.Errorf("list: %s", list)
	}
	f("PUT", path+"/configuration-1", `{"pack":"endpoints","every_seconds":7200}`, 409, "configuration")
	f("DELETE", path+"/configuration-0", "", 404, "")
	f("PUT", path+"/"+made.ID, `{"pack":"accounts","every_seconds":7200,"version":1}`, 200, `"every_seconds":7200`)
	f("PUT", path+"/"+made.ID, `{"pack":"accounts","every_seconds":900,"version":1}`, 409, "it was changed by local")
	f("POST", "/api/v1/packs/accounts/runs", `{}`, 201, `"from":"2026-11-23T08:00:00Z"`) // as the schedule says
	f("POST", "/api/v1/packs/accounts/runs", `{"range_seconds":60}`, 201, `"from":"2026-11-23T09:59:00Z"`)
	f("DELETE", path+"/"+made.ID, "", 204, "")
	f("POST", "/api/v1/packs/accounts/runs", `{}`, 201, `"from":"2026-11-22T10:00:00Z"`)
	for _, want := range []string{"local schedule.create ok", "local schedule.change ok", "local schedule.delete ok", "local hunts.run ok"} {
		if !slices.Contains(d.entries, want) {
			t.Errorf("account: %q lacks %s", d.entries, want)
		}
	}
}
