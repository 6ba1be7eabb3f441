package app

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file appears only if all of it came, as it was sent.
func TestExportTool(t *testing.T) {
	t.Setenv("WATCHPOST_TOKEN", "x")
	const content = "{\"a\":1}\n"
	good := fmt.Sprintf("%x", sha256.Sum256([]byte(content)))
	// trailers are dropped by many a proxy: the manifest decides.
	f := func(want string, manifest string, broken bool) {
		t.Helper()
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				if manifest == "" {
					http.Error(w, "away", http.StatusBadGateway)
				}
				fmt.Fprint(w, manifest)
				return
			}
			w.Header().Set("Watchpost-Export-Id", "e1")
			fmt.Fprint(w, content)
			w.(http.Flusher).Flush()
			if broken {
				panic(http.ErrAbortHandler)
			}
		}))
		defer s.Close()
		dir := t.TempDir()
		var said bytes.Buffer
		x := CLIExport{Server: s.URL, File: filepath.Join(dir, "x.ndjson"), Ask: exportAsk{Format: "ndjson"}, Progress: &said}
		err := x.Run(t.Context(), nil, &said)
		files, _ := filepath.Glob(filepath.Join(dir, "*"))
		hidden, _ := filepath.Glob(filepath.Join(dir, ".*.part*"))
		if want == "" {
			text, _ := os.ReadFile(x.File)
			manifest, _ := os.ReadFile(x.File + ".manifest.json")
			if err != nil || string(text) != content || !strings.Contains(string(manifest), `"complete": true`) || !strings.Contains(said.String(), "1 events, 8 bytes, SHA-256 "+good) || len(hidden) > 0 {
				t.Errorf("%v %q %s %s %v", err, text, manifest, &said, hidden)
			}
			return
		}
		if err == nil || !strings.Contains(err.Error(), want) || len(files)+len(hidden) > 0 {
			t.Errorf("%v, want %s; there is %v %v", err, want, files, hidden)
		}
	}
	whole := `{"id":"e1","complete":true,"rows":1,"sha256":"` + good + `"}`
	f("", whole, false)
	f("not what was sent", strings.Replace(whole, good, good[:63]+"x", 1), false)
	f("broke off after 8 bytes: over its budget", `{"id":"e1","complete":false,"reason":"over its budget","sha256":"`+good+`"}`, false)
	f("broke off", `{"id":"e1"}`, false)
	f("nothing says that they are all", "", false)
	f("broke off", whole, true)
	if code, _ := Tool([]string{"export", "x"}); code != 2 {
		t.Errorf("without a file: %d", code)
	}
	if code, _ := Tool([]string{"export", "-o", "x.xls"}); code != 2 {
		t.Errorf("of no format: %d", code)
	}
}
