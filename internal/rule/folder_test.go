package rule_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"watchpost/internal/rule"
)

// on writes files into a folder, does more with it, and loads it.
func on(t *testing.T, more func(dir string), files ...string) (ids string, set *rule.Set, err error) {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		name := filepath.Join(dir, files[i])
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	more(dir)
	set, err = rule.Load(os.DirFS(dir))
	if err != nil {
		return "", nil, err
	}
	for _, r := range set.Rules {
		ids += r.ID + " "
	}
	return strings.TrimSpace(ids), set, nil
}

func some(id string) string { return "id: " + id + "\ntitle: T\nmatch: exists(user.name)\n" }

func link(t *testing.T, to, from string) {
	t.Helper()
	if err := os.Symlink(to, from); err != nil {
		t.Fatal(err)
	}
}

func TestNothingInTheFolderIsLostSilently(t *testing.T) {
	f := func(want string, more func(dir string), files ...string) {
		t.Helper()
		if ids, _, err := on(t, more, files...); err != nil || ids != want {
			t.Errorf("rules %q, %v, want %q", ids, err, want)
		}
	}
	no := func(string) {}
	f("a b c", no, "a.yaml", some("a"), "b.yml", some("b"), "C.YAML", some("c"))
	f("a b c", no, "a.yaml", some("a")+"---\n---\n"+some("b")+"---\n# later\n---\n"+some("c"))
	f("a b", no, "a.yaml", "\ufeff"+strings.ReplaceAll(some("a")+"---\n---\n"+some("b"), "\n", "\r\n"))
	f("a", no, "a.yaml", some("a"), ".b.yaml", some("b"), ".git/c.yaml", some("c"))
	f("a b", func(dir string) { // what a link leads to is read, file or folder
		elsewhere := t.TempDir()
		if err := os.WriteFile(filepath.Join(elsewhere, "b.yaml"), []byte(some("b")), 0o644); err != nil {
			t.Fatal(err)
		}
		link(t, elsewhere, filepath.Join(dir, "more"))
	}, "a.yaml", some("a"))
	f("a", func(dir string) { // as Kubernetes mounts a ConfigMap
		link(t, "..2026_11_24", filepath.Join(dir, "..data"))
		link(t, "..data/a.yaml", filepath.Join(dir, "a.yaml"))
	}, "..2026_11_24/a.yaml", some("a"))
	f("a", func(dir string) { link(t, "gone", filepath.Join(dir, ".#a.yaml")) }, "a.yaml", some("a")) // an editor's lock
}

func TestWhatCannotBeReadIsAFault(t *testing.T) {
	f := func(want string, more func(dir string)) {
		t.Helper()
		begin := time.Now()
		_, _, err := on(t, more, "a.yaml", some("a"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
		if took := time.Since(begin); took > 30*time.Second {
			t.Errorf("%s took %s", want, took)
		}
	}
	f("gone.yaml", func(dir string) { link(t, "nowhere", filepath.Join(dir, "gone.yaml")) })
	f("the link leads back", func(dir string) { link(t, "..", filepath.Join(dir, "sub")); link(t, ".", filepath.Join(dir, "self")) })
	f("zero.yaml: no regular file", func(dir string) { link(t, "/dev/zero", filepath.Join(dir, "zero.yaml")) })
	f("pipe.yaml: no regular file", func(dir string) {
		if err := syscall.Mkfifo(filepath.Join(dir, "pipe.yaml"), 0o600); err != nil {
			t.Fatal(err)
		}
	})
	f("large.yaml: more than 1048576 bytes", func(dir string) {
		if err := os.WriteFile(filepath.Join(dir, "large.yaml"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(filepath.Join(dir, "large.yaml"), 1<<40); err != nil {
			t.Fatal(err)
		}
	})
	if os.Getuid() != 0 { // root reads all
		f("permission denied", func(dir string) {
			if err := os.WriteFile(filepath.Join(dir, "mine.yaml"), []byte(some("b")), 0); err != nil {
				t.Fatal(err)
			}
		})
		f("permission denied", func(dir string) {
			if err := os.Mkdir(filepath.Join(dir, "mine"), 0); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestFilesOfWhichNothingComesAreNamed(t *testing.T) {
	_, set, err := on(t, func(string) {}, "a.yaml", some("a"), "empty.yaml", "# later\n", "b.yaml.off", some("b"), "lists/office.txt", "10.0.0.0/8\n", "README.md", "x",
		"lists/README.md", "x", "rule.schema.json", "{}", ".x.yaml", "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range rule.Lint(set, time.Now()) {
		if f.Check == "unread" {
			got = append(got, f.File+": "+f.What)
		}
	}
	if s := strings.Join(got, "; "); s != "b.yaml.off: it is not read: only *.yaml and *.yml are; empty.yaml: holds nothing; lists/office.txt: it is not read: only *.yaml and *.yml are" {
		t.Error(s)
	}
}

func TestTextsThatYAMLReadsOtherwise(t *testing.T) {
	f := func(src, want string) {
		t.Helper()
		if _, err := load("a.yaml", src); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v\nwant %s", src, err, want)
		}
	}
	f("id: a\ntitle: T\nmatch: user.name == \"x\" or user.name == \"a #b\"\n", `a.yaml:3:43: match: literal not terminated; YAML takes " #" for the begin of a comment`)
	f("id: a\ntitle: T\nmatch: message contains \"a: b\"\n", `a.yaml:3:8: yaml: mapping value is not allowed in this context; a text that begins with a quote or holds ": "`)
	f("id: a\ntitle: T\nmatch: \"x\" == user.name\n", `or holds ": " stands in single quotes`)
	f("id: a\ntitle: &t T\nmatch: *t\n", "a.yaml:2:8: title: anchors (&), aliases (*) and tags (!) have no place in a rule")
	f("id: a\ntitle: T\nmatch: user.name == \"caf\xe9\"\n", "a.yaml:3:25: yaml: byte 0xe9 is not UTF-8")
	if _, err := load("a.yaml", "- id: a\n"); err == nil || err.Error() != "a.yaml:1:1: document: want keys and values" {
		t.Error(err)
	}
}
