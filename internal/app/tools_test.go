package app

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"watchpost/internal/hunt"
)

// tool runs a tool as main does, with in on standard input, and gives what it printed and its exit code.
func tool(t *testing.T, in string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	dir := t.TempDir()
	file := func(name, content string) *os.File {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	i, o, e := os.Stdin, os.Stdout, os.Stderr
	defer func() { os.Stdin, os.Stdout, os.Stderr = i, o, e }()
	os.Stdin, os.Stdout, os.Stderr = file("in", in), file("out", ""), file("err", "")
	code, _ = Tool(args)
	read := func(f *os.File) string {
		b, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	return read(os.Stdout), read(os.Stderr), code
}

// folder writes files of a rule folder.
func folder(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		if err := os.WriteFile(filepath.Join(dir, files[i]), []byte(files[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const threeFailures = `id: three-failures
title: Three failures
level: high
match: event.action == "ssh_login" and event.outcome == "failure"
group_by: [source.ip]
window: {count: {at_least: 3, within: 1m}}
tests:
  - name: three
    lines: |
      Mar  2 07:00:01 gate1 sshd[7]: Failed password for root from 198.51.100.9 port 4001 ssh2
      Mar  2 07:00:02 gate1 sshd[7]: Failed password for root from 198.51.100.9 port 4002 ssh2
      Mar  2 07:00:03 gate1 sshd[7]: Failed password for root from 198.51.100.9 port 4003 ssh2
    alerts: [{source.ip: 198.51.100.9, count: 3}]
`

func failures(n int, addr string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "Mar  2 07:00:%02d gate1 sshd[7]: Failed password for root from %s port 4001 ssh2\n", i, addr)
	}
	return b.String()
}

func TestParseTool(t *testing.T) {
	out, _, code := tool(t, failures(3, "198.51.100.9"), "parse", "-received", "2026-03-02T08:00:00Z", "-tz", "Europe/Berlin")
	if code != 0 || strings.Count(out, "\n") != 3 || !strings.Contains(out, `"@timestamp":"2026-03-02T06:00:00Z"`) || !strings.Contains(out, `"source.ip":"198.51.100.9"`) {
		t.Errorf("%d %s", code, out)
	}
	f := func(want string, args ...string) {
		t.Helper()
		if out, told, code := tool(t, "x\n", args...); code != 2 || out != "" || !strings.Contains(told, want) {
			t.Errorf("%q: %d %q %q", args, code, out, told)
		}
	}
	f("should be auto, syslog or json", "parse", "-format", "xml")
	f("Mars", "parse", "-tz", "Mars/Olympus")
	f("no RFC 3339 time", "parse", "-received", "yesterday")
	f("standard input", "parse", "file.log")
	f("-nope", "parse", "-nope")
}

func TestReplayTool(t *testing.T) {
	rules := folder(t, "ssh.yaml", threeFailures)
	log := filepath.Join(folder(t, "auth.log", failures(4, "198.51.100.9")+failures(2, "198.51.100.8")), "auth.log")
	run := func() string {
		out, told, code := tool(t, "", "replay", log, "-rules", rules, "-received", "2026-03-02T08:00:00Z")
		if code != 0 || told != "" {
			t.Fatalf("%d %s", code, told)
		}
		return out
	}
	out := run()
	if again := run(); again != out {
		t.Errorf("not the same twice:\n%s\n%s", out, again)
	}
	var a map[string]any
	if err := json.Unmarshal([]byte(out), &a); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want := map[string]any{"rule.id": "three-failures", "rule.level": "high", "source.ip": "198.51.100.9", "count": 4.0, "@timestamp": "2026-03-02T07:00:02Z",
		"event.start": "2026-03-02T07:00:00Z", "event.end": "2026-03-02T07:00:03Z"}
	for k, v := range want {
		if a[k] != v {
			t.Errorf("%s is %v, should be %v", k, a[k], v)
		}
	}
	if out, _, code := tool(t, failures(3, "198.51.100.7"), "replay", "-rules", rules, "-"); code != 0 || strings.Count(out, "\n") != 1 {
		t.Errorf("standard input: %d %s", code, out)
	}
	f := func(code int, want string, args ...string) {
		t.Helper()
		if _, told, got := tool(t, "", append([]string{"replay"}, args...)...); got != code || !strings.Contains(told, want) {
			t.Errorf("%q: %d %q", args, got, told)
		}
	}
	f(2, "which files?")
	f(2, "Mars", "-tz", "Mars", log)
	f(1, "no such file", "-rules", rules, "/nonexistent.log")
	f(1, "folder of rules", "-rules", "/nonexistent", log)
	f(1, "is no folder", "-rules", log, log)
}

func TestRulesTool(t *testing.T) {
	good := folder(t, "ssh.yaml", threeFailures)
	if out, _, code := tool(t, "", "rules", "check", good); code != 0 || !strings.HasSuffix(out, "1 rules: 0 faults, 1 warnings\n") {
		t.Errorf("%d %q", code, out)
	}
	report := filepath.Join(t.TempDir(), "junit.xml")
	if out, _, code := tool(t, "", "rules", "test", good, "-junit", report); code != 0 || out != "1 rules, 1 tests, 0 failed\n" {
		t.Errorf("%d %q", code, out)
	}
	if xml, err := os.ReadFile(report); err != nil || !regexp.MustCompile(`<testcase classname="three-failures" name="three" file="[^"]*ssh.yaml" line="8" time="0\.0\d+"></testcase>`).Match(xml) {
		t.Errorf("%v %s", err, xml)
	}

	if out, _, code := tool(t, "", "rules", "test", "-v", good); code != 0 || !strings.HasPrefix(out, filepath.Join(good, "ssh.yaml")+":8: pass three-failures: three (") || !strings.Contains(out, ", 1 alerts)\n") {
		t.Errorf("%d %q", code, out)
	}

	// A line that a reader or an editor can jump to begins each fault.
	failing := folder(t, "ssh.yaml", strings.Replace(threeFailures, "count: 3}]", "count: 7}]", 1))
	if out, _, code := tool(t, "", "rules", "test", "-junit", report, failing); code != 1 || !strings.HasPrefix(out, filepath.Join(failing, "ssh.yaml")+":8: FAIL three-failures: three\n") {
		t.Errorf("%d %q", code, out)
	}
	if xml, err := os.ReadFile(report); err != nil || !bytes.Contains(xml, []byte(`failures="1"`)) {
		t.Errorf("%v %s", err, xml)
	}
	bad := folder(t, "a.yaml", strings.Replace(threeFailures, "event.action", "event.actoin", 1), "b.yaml", "id: b\ntitle: B\nlevel: loud\nmatch: true\n")
	for _, verb := range []string{"check", "test"} {
		_, told, code := tool(t, "", "rules", verb, bad)
		lines := strings.Split(told, "\n")
		if code != 1 || !strings.HasPrefix(lines[0], filepath.Join(bad, "a.yaml")+":4:8: match:") || len(lines) < 2 || !strings.HasPrefix(lines[1], filepath.Join(bad, "b.yaml")+":3:") {
			t.Errorf("%s: %d %q", verb, code, told)
		}
	}
	for _, args := range [][]string{{"rules"}, {"rules", "check"}, {"rules", "check", good, good}, {"rules", "fix", good}, {"rules", "check", "-junit", "x", good}} {
		if _, told, code := tool(t, "", args...); code != 2 || told == "" {
			t.Errorf("%q: %d %q", args, code, told)
		}
	}
}

func TestToolNames(t *testing.T) {
	f := func(code int, known bool, args ...string) {
		t.Helper()
		if c, k := Tool(args); c != code || k != known {
			t.Errorf("%q: %d %v", args, c, k)
		}
	}
	f(2, false)
	f(2, false, "nope")
	f(0, false, "help")
	f(0, false, "--help")
}

func TestQueryTool(t *testing.T) {
	answer, status, asked := "", http.StatusOK, hunt.Search{}
	var serving sync.Mutex // the three change hands with it
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serving.Lock()
		defer serving.Unlock()
		body, err := io.ReadAll(r.Body)
		asked = hunt.Search{}
		if err := errors.Join(err, json.Unmarshal(body, &asked)); err != nil || r.Header.Get("Content-Type") != "application/json" || bytes.Contains(body, []byte("null")) { // which the API refuses
			t.Errorf("%v %v %s", err, r.Header, body)
		}
		w.WriteHeader(status)
		io.WriteString(w, answer)
		if answer == "{" {
			panic(http.ErrAbortHandler)
		}
	}))
	defer srv.Close()
	run := func(args ...string) (string, string, int) {
		t.Helper()
		func() { serving.Lock(); defer serving.Unlock() }()
		out, told, code := tool(t, "", append([]string{"query", "-server", srv.URL}, args...)...)
		serving.Lock()
		defer serving.Unlock()
		return out, told, code
	}
	answer = `{"message":"=1+1","host.name":"a\u001b[31m","tags":["x","y"],"source.port":22}` + "\n" + `{"message":"plain","labels":{"k":"v"}}` + "\n"

	out, _, code := run(`message contains "x"`, "-from", "-2h", "-limit", "3", "-order", "asc", "-fields", "message,host.name,tags,labels,source.port", "-format", "csv")
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if code != 0 || err != nil || len(rows) != 3 || rows[1][0] != "'=1+1" || rows[1][2] != "x y" || rows[1][4] != "22" || rows[2][3] != `{"k":"v"}` {
		t.Errorf("%d %v %q", code, err, rows)
	}
	if asked.Query != `message contains "x"` || asked.From != "-2h" || asked.Limit != 3 || asked.Order != "asc" || len(asked.Fields) != 5 {
		t.Errorf("asked %+v", asked)
	}
	if out, _, code = run("-fields", "host.name,message"); code != 0 || out != "host.name      message\na<U+001B>[31m  =1+1\n               plain\n" {
		t.Errorf("%d %q", code, out)
	}
	if out, _, code = run("-format", "ndjson"); code != 0 || out != answer || asked.Fields != nil {
		t.Errorf("%d %q", code, out)
	}
	if _, told, code := run("-format", "xml"); code != 2 || !strings.Contains(told, "table, ndjson or csv") {
		t.Errorf("%d %q", code, told)
	}
	if _, told, code := run("a", "b"); code != 2 || !strings.Contains(told, "quotes") {
		t.Errorf("%d %q", code, told)
	}
	answer = "{"
	for _, format := range []string{"table", "csv", "ndjson"} {
		if _, told, code := run("-format", format); code != 1 || told == "" {
			t.Errorf("%s of an answer that broke off: %d %q", format, code, told)
		}
	}
	answer, status = `{"detail":"query: 1:3: nope"}`, http.StatusBadRequest
	if _, told, code := run("x"); code != 1 || !strings.Contains(told, "query: 1:3: nope") {
		t.Errorf("%d %q", code, told)
	}
	srv.Close()
	if _, told, code := run("x"); code != 1 || !strings.Contains(told, "is the product running") {
		t.Errorf("%d %q", code, told)
	}
}

func TestCellsOfASpreadsheet(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		q := CLIQuery{Search: hunt.Search{Fields: []string{"message"}}}
		line, _ := json.Marshal(map[string]string{"message": in})
		var out bytes.Buffer
		if err := q.csv(&out, bytes.NewReader(line)); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(rows) != 2 || rows[1][0] != want {
			t.Errorf("%q: %v %q", in, err, rows)
		}
	}
	f("plain", "plain")
	f("a=b", "a=b")
	for _, in := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\tx", "＝1", "＠x"} {
		f(in, "'"+in)
	}
}

func TestVisible(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := Visible(in); got != want {
			t.Errorf("%q gives %q, should be %q", in, got, want)
		}
	}
	f("Grüße, 世界", "Grüße, 世界")
	f("a\x1b[2Jb", "a<U+001B>[2Jb")
	f("a\nb\x00\x7f", "a<U+000A>b<U+0000><U+007F>")
	f("\u009b31m", "<U+009B>31m")
	f("safe\u202egpj.exe", "safe<U+202E>gpj.exe")
	f("a\u2066b\u200bc\ufeff", "a<U+2066>b<U+200B>c<U+FEFF>")
	if got := Visible("caf\xe9"); strings.ContainsRune(got, '\x1b') || !strings.HasPrefix(got, "caf") {
		t.Errorf("%q", got)
	}
}
