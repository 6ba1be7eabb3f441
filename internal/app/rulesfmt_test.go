package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRulesFmt(t *testing.T) {
	const crooked, straight = "title: A  # t\nid: \"a\"\n\nmatch: 'x == 1'\ntags: []", "id: a\ntitle: A  # t\ntags: []\nmatch: x == 1\n"
	dir := folder(t, "a.yaml", crooked, "b.yml", straight, "c.txt", "not: \"ours\"\n")
	file := filepath.Join(dir, "a.yaml")
	f := func(in string, code int, want string, args ...string) {
		t.Helper()
		if out, told, got := tool(t, in, append([]string{"rules", "fmt"}, args...)...); got != code || out != want || told != "" {
			t.Errorf("%q: %d\n%s%swant %d\n%s", args, got, out, told, code, want)
		}
	}
	f("", 0, straight, file)
	f(crooked, 0, straight, "-")
	f("", 1, "--- "+file+"\n+++ "+file+`
@@ -1,5 +1,4 @@
+id: a
 title: A  # t
-id: "a"
-
-match: 'x == 1'
-tags: []
\ No newline at end of file
+tags: []
+match: x == 1
`, "-d", dir)
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	f("", 0, file+"\n", "-w", dir)
	if got, err := os.ReadFile(file); err != nil || string(got) != straight {
		t.Errorf("%q %v", got, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	f("", 0, "", "-w", dir)
	f("", 0, "", "-d", dir)

	bad := folder(t, "a.yaml", "id: [\n", "b.yaml", crooked)
	out, told, code := tool(t, "", "rules", "fmt", "-w", bad, "/nonexistent")
	if code != 1 || out != filepath.Join(bad, "b.yaml")+"\n" || !strings.Contains(told, filepath.Join(bad, "a.yaml")+":1:") || !strings.Contains(told, "/nonexistent") {
		t.Errorf("%d %s%s", code, out, told)
	}
	if got, err := os.ReadFile(filepath.Join(bad, "a.yaml")); err != nil || string(got) != "id: [\n" {
		t.Errorf("%q %v", got, err)
	}
	if _, told, code := tool(t, "", "rules", "fmt"); code != 2 || !strings.Contains(told, "which files") {
		t.Errorf("%d %s", code, told)
	}
}

func TestRulesSchema(t *testing.T) {
	if out, _, code := tool(t, "", "rules", "schema"); code != 0 || !strings.Contains(out, `"$schema": "https://json-schema.org/draft/2020-12/schema"`) {
		t.Errorf("%d %.100s", code, out)
	}
	if _, told, code := tool(t, "", "rules", "schema", "x"); code != 2 || !strings.Contains(told, "unexpected") {
		t.Errorf("%d %s", code, told)
	}
}
