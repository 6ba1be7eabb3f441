package parse

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"watchpost/internal/event"
)

// bodyCase is a line of testdata/*.jsonl: a record and what must be read from it. A value "" must be missing.
type bodyCase struct {
	Line   string         `json:"line"`
	Expect map[string]any `json:"expect"`
}

func bodyCases(t testing.TB) []bodyCase {
	files, err := filepath.Glob("testdata/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("testdata: %v", err)
	}
	var all []bodyCase
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		s := bufio.NewScanner(f)
		s.Buffer(nil, 1<<20)
		for n := 1; s.Scan(); n++ {
			var c bodyCase
			if err := json.Unmarshal(s.Bytes(), &c); err != nil {
				t.Fatalf("%s:%d: %v", name, n, err)
			}
			if len(c.Expect) == 0 {
				t.Fatalf("%s:%d: expects nothing", name, n)
			}
			all = append(all, c)
		}
	}
	return all
}

func TestBodies(t *testing.T) {
	for _, c := range bodyCases(t) {
		e, _ := row(t, c.Line, Auto)
		for name, want := range c.Expect {
			if got := fieldText(e, name); !sameText(got, asText(want)) {
				t.Errorf("%s is %q, should be %q\n\t%s", name, got, asText(want), c.Line)
			}
		}
		if got := e.Str(event.EventOriginal); got != c.Line {
			t.Errorf("event.original is %q", got)
		}
	}
}

func TestTablesAreSorted(t *testing.T) {
	all := append(asaShapes[:len(asaShapes):len(asaShapes)], asaShapesMore[:]...)
	for i := 1; i < len(all); i++ {
		if all[i-1].id >= all[i].id {
			t.Errorf("ASA: %s stands before %s", all[i-1].id, all[i].id)
		}
	}
}

// TestAnchors holds the index of patterns to them: each is found by a text that it cannot do without.
func TestAnchors(t *testing.T) {
	x := newShapeIndex()
	for i, s := range x.shapes {
		if a := anchor(s.pattern); !strings.Contains(s.pattern, a) {
			t.Errorf("%q stands not in %s", a, s.pattern)
		}
		if category, _ := actionClass(s.action); category == "" {
			t.Errorf("%s: %s: action %q has no category", x.modules[i], s.pattern, s.action)
		}
	}
}

// TestPatterns refuses names that stand side by side: the first would take all, and nothing ever fit.
func TestPatterns(t *testing.T) {
	f := func(pattern string) {
		t.Helper()
		if strings.Contains(pattern, "}{") {
			t.Errorf("%q: two names with nothing between them", pattern)
		}
	}
	for _, s := range serverIndex() {
		for _, r := range s.shapes {
			f(r.pattern)
		}
	}
	for _, s := range newShapeIndex().shapes {
		f(s.pattern)
	}
	for _, table := range [...][]nameShape{bindShapes[:], dnsmasqShapes[:], unboundShapes[:], dhcpShapes[:], arpShapes[:]} {
		for _, s := range table {
			f(s.pattern)
		}
	}
	for _, table := range [...][]shape{asaShapes[:], asaShapesMore[:]} {
		for _, s := range table {
			for _, p := range s.patterns {
				f(p)
			}
		}
	}
}
