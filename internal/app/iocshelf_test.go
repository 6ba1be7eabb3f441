package app

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"watchpost/internal/ioc"
	"watchpost/internal/web"
)

// What the API writes into the folder of indicators is whole, is in use when it is answered, and is nowhere else.
func TestIOCShelf(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "iocs")
	p := &past{rules: &rulesInUse{}}
	p.shelf = &iocShelf{folder: folder, takeUp: func() {
		in, err := readIOCs(folder, time.Now())
		if err != nil {
			t.Error(err)
		}
		p.rules.iocs.Store(in)
	}}
	put := func(name, text string, add bool, want string) {
		t.Helper()
		f, err := p.PutIOCs(name, text, add)
		if fault := (*web.Fault)(nil); err != nil && (!errors.As(err, &fault) || want == "" || !strings.Contains(err.Error(), want)) || err == nil && (want != "" || f.Name != name) {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
	values := func(k ioc.Kind) []string {
		out := ioc.Lists(p.rules.iocs.Load().all, time.Now())[k]
		slices.Sort(out)
		return out
	}
	put("mine.txt", "203.0.113.7", false, "")
	put("mine.txt", "203.0.113.8 # the other\n", true, "")
	put("mine.txt", "127.0.0.1", false, "there is no indicator in it: 1 entries are none")
	put("mine.txt", "192.168.0.0/16\n::/0", false, `2 entries are none, such as "192.168.0.0/16": the network has addresses of 192.168.0.0/16, which everybody has`)
	put("mine.txt", "", false, "it is empty")
	put("feed.csv", "domain,valid_until\nevil[.]example,2999-01-01\n", false, "")
	put("stix.json", `{"type":"bundle"`, false, "stix.json")
	if got := values(ioc.IP); !slices.Equal(got, []string{"203.0.113.7", "203.0.113.8"}) {
		t.Errorf("%q", got)
	}
	if got := values(ioc.Domain); !slices.Equal(got, []string{"evil.example"}) {
		t.Errorf("%q", got)
	}
	outside := filepath.Join(dir, "x.txt")
	if err := os.WriteFile(outside, []byte("203.0.113.9"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../x.txt", "..", "", ".", "/etc/passwd", "none.txt"} {
		if err := p.DeleteIOCs(name); !errors.Is(err, web.ErrNotFound) {
			t.Errorf("%q: %v", name, err)
		}
		if _, err := p.IOCList(t.Context(), name, "", 10); !errors.Is(err, web.ErrNotFound) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if list, err := p.IOCList(t.Context(), "mine.txt", "198.51", 10); err != nil || list.Total != 0 {
		t.Errorf("%+v %v", list, err)
	}
	if err := p.DeleteIOCs("mine.txt"); err != nil || len(values(ioc.IP)) != 0 {
		t.Errorf("%v %q", err, values(ioc.IP))
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 1 || left[0].Name() != "feed.csv" {
		t.Errorf("%v %v", left, err)
	}
}
