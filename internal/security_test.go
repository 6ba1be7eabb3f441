package internal_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// docs/security.md names tests; they exist, in the package that it says.
func TestSecurityNamesTests(t *testing.T) {
	doc, err := os.ReadFile("../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	where := map[string][]string{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err = filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range declared.FindAllSubmatch(text, -1) {
			where[string(m[1])] = append(where[string(m[1])], filepath.Base(filepath.Dir(filepath.Join("internal", path))))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named, pkg := 0, ""
	for _, m := range regexp.MustCompile("`(?:([a-z0-9]+): )?((?:Test|Fuzz)[A-Z]\\w+)`").FindAllSubmatch(bytes.ReplaceAll(doc, []byte("\n"), []byte(" ")), -1) {
		if len(m[1]) > 0 {
			pkg = string(m[1])
		}
		named++
		if !strings.Contains(" "+strings.Join(where[string(m[2])], " ")+" ", " "+pkg+" ") {
			t.Errorf("%s: no test %s there; it is in %q", pkg, m[2], where[string(m[2])])
		}
	}
	if named < 40 {
		t.Errorf("%d tests are named", named)
	}
}
