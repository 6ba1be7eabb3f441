package app

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What the API finds wrong with the text of a file is told with the file's name.
func TestFaultsOfRuleFiles(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"detail":"rule:3:23: match: source.port holds a number, not text\nrule:5:1: id: \"a\" is the id of rule:1 too"}`)
	}))
	defer srv.Close()
	file := filepath.Join(t.TempDir(), "a$1.yaml")
	if err := os.WriteFile(file, []byte("id: a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := file + ":3:23: match: source.port holds a number, not text\n" + file + ":5:1: id: \"a\" is the id of " + file + ":1 too"
	if err := backtestTool([]string{file + "#a", "-server", srv.URL}); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if err := exceptionTool([]string{file, "true", "-server", srv.URL}); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if err := exceptionTool([]string{"a", "true", "-server", srv.URL}); err == nil || !strings.HasPrefix(err.Error(), "rule:3:23: ") {
		t.Errorf("of a rule in use: %v", err)
	}
	if err := exceptionTool([]string{file, "true", "-expires", "soon", "-server", srv.URL}); err == nil || !strings.Contains(err.Error(), `-expires: "soon"`) {
		t.Errorf("%v", err)
	}
}
