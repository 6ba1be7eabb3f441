package internal_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The unit of deploy/systemd is one that systemd takes without a word, and docs/operate.md puts its files where it looks for them.
func TestSystemdUnit(t *testing.T) {
	unit, err := os.ReadFile("../deploy/systemd/watchpost.service")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	binary := "/usr/local/bin/watchpost"
	for _, path := range []string{binary, "/usr/local/lib/watchpost/libchdb.so", "/etc/watchpost/watchpost.yaml", "/etc/watchpost/environment", "/var/lib/watchpost"} {
		said := strings.Contains(string(doc), path) || path == binary && strings.Contains(string(doc), "bin/watchpost /usr/local/bin/")
		if !strings.Contains(string(unit), path) || !said {
			t.Errorf("%s: in the unit %v, in docs/operate.md %v", path, strings.Contains(string(unit), path), said)
		}
	}
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("no systemd-analyze here")
	}
	verify := func(text string) string {
		t.Helper()
		file := filepath.Join(t.TempDir(), "watchpost.service")
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, binary, "/bin/true")), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), "systemd-analyze", "verify", "--man=no", file).CombinedOutput()
		if err != nil {
			return string(out) + err.Error()
		}
		return strings.Join(regexp.MustCompile(`(?m)^.*watchpost\.service.*$`).FindAllString(string(out), -1), "\n") // not of the machine's own units
	}
	if said := verify(string(unit)); said != "" {
		t.Error(said)
	}
	if verify(strings.Replace(string(unit), "KillMode=", "KilMode=", 1)) == "" {
		t.Error("an unknown key is not told")
	}
}
