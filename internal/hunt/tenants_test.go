package hunt_test

import (
	"strings"
	"testing"
	"time"

	"watchpost/internal/hunt"
)

// A search sees the caller's tenants, or those of them that it names. Of others it says nothing, not even that they exist.
func TestTenantsOfASearch(t *testing.T) {
	f := func(may, asked []string, want, fault string) {
		t.Helper()
		q, err := hunt.Search{Tenants: asked}.Check(may, time.Now())
		if fault != "" {
			if err == nil || err.Error() != fault {
				t.Errorf("%v of %v: %v, want %s", asked, may, err, fault)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, get := range []func() (hunt.Statement, error){q.Events, q.Count, func() (hunt.Statement, error) { return q.Histogram(9) }} {
			st, err := get()
			if err != nil || !strings.Contains(st.SQL, " WHERE "+want+" AND ") {
				t.Errorf("%v of %v: %v, %s lacks %s", asked, may, err, st.SQL, want)
			}
		}
	}
	f([]string{"a"}, nil, "`tenant` = {p0:String}", "")
	f([]string{"a", "b"}, nil, "`tenant` IN ({p0:String}, {p1:String})", "")
	f([]string{"a", "b"}, []string{"b"}, "`tenant` = {p0:String}", "")
	f(nil, nil, "0", "")
	f([]string{"a"}, []string{"b"}, "", `tenants: there is no tenant "b"`)
	f([]string{"a"}, []string{"a", "A"}, "", `tenants: there is no tenant "A"`)
	f(nil, []string{""}, "", `tenants: there is no tenant ""`)
}
