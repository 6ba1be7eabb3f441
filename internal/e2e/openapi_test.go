package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// schemathesis is the program from PyPI that derives requests, good and bad, from an OpenAPI document, and holds the answers to it.
const schemathesis = "schemathesis==4.32.5"

// leftOut are the operations that it does not call, with why.
var leftOut = map[string]string{
	"POST /api/v1/tail": "it does not end",
}

// ndjson are the operations that answer in NDJSON, but for those left out: each line must be as its schema says.
var ndjson = []string{"POST /api/v1/search", "POST /api/v1/surrounding", "POST /api/v1/export", "POST /api/v1/rules/backtest", "POST /api/v1/exceptions/preview", "GET /api/v1/alerts/{id}/events",
	"GET /api/v1/investigations/{id}/export"}

// TestSchemathesis lets schemathesis call all operations of the real product by its own description, with ids and values that are good among those that it makes up: no
// answer may be an error of the server, of a status or a type that the description does not have, or not as its schema says; and what the schemas
// do not allow must be refused.
func TestSchemathesis(t *testing.T) {
	t.Parallel()
	binary(t)
	exe := pypi(t, schemathesis, "schemathesis")
	rules := t.TempDir()
	err := os.WriteFile(filepath.Join(rules, "r.yaml"), []byte("id: seen\ntitle: Seen\nlevel: low\nmatch: |\n  event.action == \"seen\"\ngroup_by: [user.name, host.name]\n"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	p := install(t, setup{rules: rules})
	p.start()
	secret := func(name string) string {
		text, err := os.ReadFile(filepath.Join(p.dir, "data", "query", name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(text))
	}
	root := &caller{t: t, p: p}
	root.must(200, "POST", "/api/v1/setup", fmt.Sprintf(`{"token":%q,"user":"root","name":"Ruth","password":"three plain words and more"}`, secret("setup.token")), nil)
	root.cookie, root.token = "", secret("local.token") // which may everything, and cannot be revoked on the way

	res, err := client.Post("http://"+p.agents+"/api/v1/events", "application/x-ndjson", strings.NewReader(
		`{"message":"something was said","event.action":"seen","user.name":"ann","host.name":"web1","process.name":"sh","source.ip":"203.0.113.77"}`+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := whole(res); err != nil {
		t.Fatal(err, string(text))
	}
	var seen struct {
		Alerts []struct {
			ID     string   `json:"alert.id"`
			Events []string `json:"event.ids"`
		}
		Incidents []struct{ ID string }
	}
	p.until(time.Minute, "the alert and its incident", func() error {
		root.must(200, "GET", "/api/v1/alerts", "", &seen)
		root.must(200, "GET", "/api/v1/incidents", "", &seen)
		if len(seen.Alerts) == 0 || len(seen.Incidents) == 0 {
			return fmt.Errorf("%+v", seen)
		}
		return nil
	})
	make := func(path, body string) string {
		var made struct{ ID string }
		code, text := root.call("POST", path, body)
		if err := json.Unmarshal([]byte(text), &made); err != nil || code != 200 && code != 201 {
			t.Fatalf("POST %s: %d %s", path, code, text)
		}
		return made.ID
	}
	ids := map[string]string{
		"alerts":         seen.Alerts[0].ID,
		"incidents":      seen.Incidents[0].ID,
		"rules":          "seen",
		"questions":      "logins-of-user",
		"hunts":          make("/api/v1/hunts", `{"name":"n","query":"user.name == \"ann\""}`),
		"investigations": make("/api/v1/investigations", `{"name":"n"}`),
		"schedules":      make("/api/v1/schedules", `{"pack":"accounts","every_seconds":86400,"hunts":["logins-of-user"],"params":{"user":"ann"}}`),
		"exceptions":     make("/api/v1/exceptions", `{"rule":"seen","match":"user.name == \"nobody\"","reason":"r","expires":"2099-01-01T00:00:00Z"}`),
		"tokens":         make("/api/v1/tokens", `{"name":"n","scopes":["search"],"all_tenants":true}`),
		"users":          "ann",
	}
	make("/api/v1/users", `{"user":"ann","password":"other plain words and more","role":"viewer","all_tenants":true}`)
	root.must(200, "PUT", "/api/v1/iocs/mine.txt", `{"text":"203.0.113.99"}`, nil)
	item := make("/api/v1/investigations/"+ids["investigations"]+"/items", `{"note":"n"}`)

	var conf strings.Builder
	dictionary := func(name string, values ...string) {
		fmt.Fprintf(&conf, "[dictionaries.%s]\nvalues = [", name)
		for _, v := range values {
			fmt.Fprintf(&conf, "%q, ", v)
		}
		conf.WriteString("]\n")
	}
	dictionary("query", "true", `user.name == "ann"`, "user.name:ann source.ip:203.0.113.0/24", "ann | count by user.name | sort -count", `match(message, "s[o0]me")`)
	dictionary("event", seen.Alerts[0].Events...)
	dictionary("sql", "SELECT count() FROM events", "SELECT `user.name`, count() AS n FROM events GROUP BY `user.name` ORDER BY n DESC")
	dictionary("pack", "accounts", "network")
	dictionary("file", "mine.txt")
	dictionary("item", item)
	dictionary("rule", "seen")
	dictionary("value", "ann", "web1", "203.0.113.77")
	for kind, id := range ids {
		dictionary("of_"+kind, id)
	}
	conf.WriteString("[parameters]\n")
	for key, name := range map[string]string{"body.query": "query", "body.match": "query", "body.sql": "sql", "body.pack": "pack", "body.rule": "rule", "body.alert": "of_alerts", "body.event": "event"} {
		fmt.Fprintf(&conf, "%q = {dictionary = %q, probability = 0.8}\n", key, name)
	}
	operation := func(path, parameter, name string) {
		fmt.Fprintf(&conf, "[[operations]]\ninclude-path-regex = %q\nparameters = {%q = {dictionary = %q, probability = 0.8}}\n", "^"+path, parameter, name)
	}
	for kind := range ids {
		operation("/api/v1/"+kind+"/", "path.id", "of_"+kind)
	}
	operation("/api/v1/investigations/[^/]+/items/", "path.item", "item")
	operation("/api/v1/packs/", "path.name", "pack")
	operation("/api/v1/iocs/", "path.name", "file")
	operation("/api/v1/entities/", "path.value", "value")
	operation("/api/v1/surrounding", "body.id", "event")
	conf.WriteString("[checks.negative_data_rejection]\nexpected-statuses = [400, 401, 403, 404, 409, 413, 415, 422, 429]\n")

	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "schemathesis.toml"), []byte(conf.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"run", "http://" + p.page + "/openapi.json", "--header", "Authorization: Bearer " + root.token, "--phases", "examples,fuzzing", "--max-examples", "5",
		"--generation-deterministic", "--generation-with-security-parameters", "false", "--request-timeout", "20", "--continue-on-failure", "--no-color",
		"--checks", "not_a_server_error,response_schema_conformance,content_type_conformance,response_headers_conformance,status_code_conformance,negative_data_rejection,unsupported_method,missing_required_header,ndjson_lines"}
	for op := range leftOut {
		args = append(args, "--exclude-name", op)
	}
	cmd := exec.CommandContext(within(t, 5*time.Minute), exe, args...)
	cmd.Dir = dir
	// Answers in NDJSON are held to their schemas by a check of our own, which notes what it saw.
	hooks, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	code, description := root.call("GET", "/openapi.json", "")
	if err := os.WriteFile(filepath.Join(dir, "openapi.json"), []byte(description), 0o600); err != nil || code != 200 {
		t.Fatal(code, err)
	}
	lines := filepath.Join(dir, "lines")
	cmd.Env = append(os.Environ(), "PYTHONPATH="+hooks, "PYTHONDONTWRITEBYTECODE=1", "SCHEMATHESIS_HOOKS=ndjson", "NDJSON_LINES="+lines)
	out, err := cmd.CombinedOutput()
	_, findings, _ := strings.Cut(string(out), "== FAILURES ==")
	if err != nil {
		t.Fatalf("schemathesis: %v\n%s%s", err, findings[:min(len(findings), 20000)], out[max(0, len(out)-2000):])
	}
	total := 0
	if _, line, ok := strings.Cut(string(out), "Selected: "); !ok {
		t.Fatalf("what did it do?\n%s", out)
	} else if _, err := fmt.Sscanf(line, "%d/", &total); err != nil || !strings.Contains(string(out), fmt.Sprintf("Selected: %d/%d\n", total, total+len(leftOut))) || !strings.Contains(string(out), fmt.Sprintf("Tested: %d\n", total)) {
		t.Errorf("operations were not called: %s", line[:200])
	}
	// What it seldom makes a good request of.
	for path, body := range map[string]string{"/api/v1/rules/backtest": `{"rule":"seen","from":"-1h"}`, "/api/v1/exceptions/preview": `{"rule":"seen","match":"user.name == \"ann\"","from":"-1h"}`} {
		code, text := root.call("POST", path, body)
		look := exec.CommandContext(within(t, time.Minute), filepath.Join(filepath.Dir(exe), "python"), filepath.Join(hooks, "ndjson.py"), "POST", path)
		look.Dir, look.Env, look.Stdin = dir, cmd.Env, strings.NewReader(text)
		if out, err := look.CombinedOutput(); code != 200 || err != nil {
			t.Errorf("POST %s: %d: %v\n%s%.2000s", path, code, err, out, text)
		}
	}
	seenLines, err := os.ReadFile(lines)
	if err != nil {
		t.Errorf("no answer in NDJSON was looked at: %v", err)
	}
	for _, op := range ndjson {
		if !strings.Contains(string(seenLines), op+" ") || strings.Count(string(seenLines), op+" ") == strings.Count(string(seenLines), op+" 0\n") {
			t.Errorf("%s: no line of NDJSON was looked at:\n%s", op, seenLines)
		}
	}
	if code, text := root.call(http.MethodGet, "/api/v1/users", ""); code != 200 {
		t.Errorf("it locked itself out on the way: %d %s", code, text)
	}
}

// pypi gives a program of a package from PyPI, in an environment of its own that stays for the next time.
func pypi(t *testing.T, pkg, program string) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "watchpost", "python", pkg)
	exe := filepath.Join(dir, "bin", program)
	if exec.Command(exe, "--version").Run() == nil {
		return exe
	}
	if out, err := exec.Command("python3", "-m", "venv", dir).CombinedOutput(); err != nil {
		unavailable(t, "python3 -m venv: %v: %s", err, out)
	}
	if out, err := exec.Command(filepath.Join(dir, "bin", "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", pkg).CombinedOutput(); err != nil {
		unavailable(t, "pip install %s: %v: %s", pkg, err, out)
	}
	return exe
}
