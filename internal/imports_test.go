// Package internal_test holds the import table of docs/design.md: packages import only downwards.
package internal_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// table says what each package may import of the project. A package below another's folder counts as that other,
// schema and the built page may be imported by those who name them here.
var table = map[string]string{
	"event":      "",
	"source":     "",
	"parse":      "event",
	"normalise":  "event",
	"content":    "event rule match yamldoc",
	"rawsql":     "event",
	"ingest":     "event source parse normalise content",
	"clienttls":  "",
	"topic":      "event clienttls",
	"store":      "event schema clienttls",
	"window":     "event",
	"yamldoc":    "",
	"rule":       "event window yamldoc",
	"match":      "event rule",
	"attack":     "",
	"alert":      "event attack",
	"detect":     "event window rule match alert",
	"hunt":       "event rule window alert schema",
	"respond":    "alert",
	"rights":     "",
	"oidc":       "rights",
	"export":     "event",
	"ioc":        "",
	"audit":      "",
	"web":        "event source rule alert attack hunt respond web rights oidc export audit rawsql",
	"embedded":   "",
	"config":     "event source parse normalise ingest topic store window rule match alert detect hunt respond web rights yamldoc",
	"app":        "event source parse normalise content ingest topic store window rule match alert attack detect hunt respond web rights oidc export audit config schema rules rawsql ioc",
	"kafkatest":  "clienttls topic embedded", // tests only
	"enginetest": "embedded",                 // tests only
	"faulttest":  "",                         // tests only
	"e2e":        "",                         // holds tests only, which may import what they need
}

type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func list(t *testing.T, patterns ...string) []pkg {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Deps"}, patterns...)...).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var pkgs []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p pkg
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
	return pkgs
}

// owner gives the row of the table that a package of the project belongs to; "" for a package from elsewhere.
func owner(path string) string {
	rest, ok := strings.CutPrefix(path, "watchpost/")
	if !ok {
		return ""
	}
	rest = strings.TrimPrefix(rest, "internal/")
	name, _, _ := strings.Cut(rest, "/")
	return name
}

func TestImportsGoDownwards(t *testing.T) {
	for _, p := range list(t, "watchpost/internal/...") {
		from := owner(p.ImportPath)
		if p.ImportPath == "watchpost/internal" {
			continue // this test
		}
		may, known := table[from]
		if !known {
			t.Errorf("%s: no row in the import table", p.ImportPath)
			continue
		}
		for _, imp := range p.Imports {
			if to := owner(imp); to != "" && to != from && !slices.Contains(strings.Fields(may), to) {
				t.Errorf("%s imports %s: not in the import table", p.ImportPath, imp)
			}
		}
	}
}

func TestOnlyTheAllInOneKnowsEmbedding(t *testing.T) {
	for _, p := range list(t, "watchpost/cmd/ingest", "watchpost/cmd/detect", "watchpost/cmd/query") {
		for _, d := range p.Deps {
			if owner(d) == "embedded" || strings.Contains(d, "purego") || strings.Contains(d, "kfake") {
				t.Errorf("%s depends on %s", p.ImportPath, d)
			}
		}
	}
}
