package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// canary stands in every text that tenant b has, and in nothing that tenant a asks.
const canary = "kanarie7f3a"

// caller calls the API with a credential and keeps all that it is answered.
type caller struct {
	t      *testing.T
	p      *product
	token  string
	cookie string
	heard  bytes.Buffer
}

// call gives status and body. A search that breaks off is no fault here.
func (c *caller) call(method, path, body string) (int, string) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, "http://"+c.p.page+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.cookie != "" {
		req.Header.Set("Cookie", c.cookie)
	}
	hc := http.Client{Timeout: 4 * time.Second} // streams that do not end are cut
	res, err := hc.Do(req)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	for k, v := range res.Header {
		fmt.Fprintln(&c.heard, method, path, k, v)
	}
	fmt.Fprintf(&c.heard, "%s %s: %d %s\n", method, path, res.StatusCode, text)
	for _, set := range res.Cookies() {
		c.cookie = set.Name + "=" + set.Value
	}
	return res.StatusCode, string(text)
}

// must calls, wants a status, and reads the answer.
func (c *caller) must(status int, method, path, body string, into any) {
	c.t.Helper()
	got, text := c.call(method, path, body)
	if got != status {
		c.t.Fatalf("%s %s %s: %d %s", method, path, body, got, text)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			c.t.Fatalf("%s %s: %v in %s", method, path, err, text)
		}
	}
}

// TestTenantsApart gives two tenants events, alerts, users and tokens, and lets an administrator and a token of the one call every
// operation of the API, with ids of the other's wherever an operation takes one: nothing of the other may be in any byte of the answers. Those who see both
// see both.
func TestTenantsApart(t *testing.T) {
	t.Parallel()
	const password = "three plain words and more"
	rules := t.TempDir()
	err := os.WriteFile(filepath.Join(rules, "r.yaml"), []byte("id: seen\ntitle: Seen\nlevel: low\nmatch: |\n  event.action == \"seen\"\ngroup_by: [user.name, host.name]\n"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	p := install(t, setup{rules: rules})
	second := freeAddr(t)
	conf, err := os.ReadFile(p.config())
	if err != nil {
		t.Fatal(err)
	}
	one := fmt.Sprintf(`agents: [{addr: "%s", }]`, p.agents)
	if !bytes.Contains(conf, []byte(one)) {
		t.Fatalf("no %s in the configuration", one)
	}
	conf = bytes.Replace(conf, []byte(one), fmt.Appendf(nil, `agents: [{addr: "%s", tenant: a}, {name: other, addr: "%s", tenant: b}]`, p.agents, second), 1)
	if err := os.WriteFile(p.config(), conf, 0o600); err != nil {
		t.Fatal(err)
	}
	p.start()

	root := &caller{t: t, p: p}
	setup, err := os.ReadFile(filepath.Join(p.dir, "data", "query", "setup.token"))
	if err != nil {
		t.Fatal(err)
	}
	root.must(200, "POST", "/api/v1/setup", fmt.Sprintf(`{"token":%q,"user":"root","name":"Ruth","password":%q}`, strings.TrimSpace(string(setup)), password), nil)
	if _, err := os.Stat(filepath.Join(p.dir, "data", "query", "setup.token")); err == nil {
		t.Error("the token of the link is still there")
	}
	if code, _ := (&caller{t: t, p: p}).call("POST", "/api/v1/search", "{}"); code != 401 {
		t.Errorf("without a credential: %d", code)
	}
	local, err := os.ReadFile(filepath.Join(p.dir, "data", "query", "local.token"))
	if err != nil {
		t.Fatal(err)
	}
	(&caller{t: t, p: p, token: strings.TrimSpace(string(local))}).must(200, "GET", "/api/v1/users", "", nil)

	login := func(user, tenant string) *caller {
		root.must(201, "POST", "/api/v1/users", fmt.Sprintf(`{"user":%q,"password":%q,"role":"admin","tenants":[%q]}`, user, password, tenant), nil)
		c := &caller{t: t, p: p}
		c.must(200, "POST", "/api/v1/session", fmt.Sprintf(`{"user":%q,"password":%q}`, user, password), nil)
		return c
	}
	ada, bob := login("ada", "a"), login(canary+"-bob", "b")
	var token struct{ ID, Secret string }
	bob.must(201, "POST", "/api/v1/tokens", `{"name":"`+canary+`","scopes":["search"],"tenants":["b"]}`, &token)
	foreign := map[string]string{"tokens": token.ID, "users": canary + "-bob"}
	var made struct{ ID string }
	bob.must(201, "POST", "/api/v1/schedules", `{"pack":"accounts","every_seconds":86400,"hunts":["logins-of-user"],"params":{"user":"`+canary+`"}}`, &made)
	foreign["schedules"] = made.ID
	bob.must(201, "POST", "/api/v1/exceptions", `{"rule":"seen","match":"user.name == \"`+canary+`-nobody\"","reason":"`+canary+`","expires":"2099-01-01T00:00:00Z"}`, &made)
	foreign["exceptions"] = made.ID
	ada.must(201, "POST", "/api/v1/tokens", `{"name":"robot","scopes":["search","alerts.read","rules.read","sources.read","hunts.read","investigations.read","alerts.write","hunts.write","investigations.write","export","rules.test"],"tenants":["a"]}`, &token)
	robot := &caller{t: t, p: p, token: token.Secret}

	send := func(addr, mark string) {
		body := fmt.Sprintf(`{"message":"%[1]s said something","event.action":"seen","user.name":"%[1]s-user","host.name":"%[1]s-host","process.name":"%[1]s-process","source.ip":"203.0.113.77"}`+"\n", mark)
		res, err := client.Post("http://"+addr+"/api/v1/events", "application/x-ndjson", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if text, err := whole(res); err != nil {
			t.Fatal(err, string(text))
		}
	}
	send(p.agents, "adas")
	send(second, canary)
	type found struct {
		ID   string `json:"event.id"`
		User string `json:"user.name"`
	}
	var event found
	p.until(time.Minute, "the event of b", func() error {
		_, text := bob.call("POST", "/api/v1/search", `{"from":"-1h","to":"now+1h"}`)
		if err := json.Unmarshal([]byte(text), &event); err != nil || event.User != canary+"-user" {
			return fmt.Errorf("%v %s", err, text)
		}
		return nil
	})
	var list struct {
		Alerts []map[string]any
	}
	p.until(time.Minute, "the alerts", func() error {
		root.must(200, "GET", "/api/v1/alerts", "", &list)
		if len(list.Alerts) < 2 {
			return fmt.Errorf("%d", len(list.Alerts))
		}
		return nil
	})
	bob.must(200, "GET", "/api/v1/alerts", "", &list)
	if len(list.Alerts) != 1 || !strings.Contains(fmt.Sprint(list.Alerts[0]), canary) {
		t.Fatalf("bob's alerts: %v", list.Alerts)
	}
	foreign["alerts"], _ = list.Alerts[0]["alert.id"].(string)
	var folded struct{ Incidents []struct{ ID string } }
	bob.must(200, "GET", "/api/v1/incidents", "", &folded)
	if len(folded.Incidents) != 1 {
		t.Fatalf("bob's incidents: %v", folded.Incidents)
	}
	foreign["incidents"] = folded.Incidents[0].ID
	bob.must(200, "GET", "/api/v1/alerts?incident="+foreign["incidents"], "", &list)
	if len(list.Alerts) != 1 || list.Alerts[0]["alert.id"] != foreign["alerts"] {
		t.Errorf("alerts of bob's incident: %v", list.Alerts)
	}
	if code, text := ada.call("GET", "/api/v1/alerts?incident="+foreign["incidents"], ""); code != 404 || strings.Contains(text, canary) {
		t.Errorf("alerts of another tenant's incident: %d %s", code, text)
	}
	if code, text := root.call("POST", "/api/v1/search", `{"from":"-1h","to":"now+1h"}`); code != 200 || !strings.Contains(text, canary) || !strings.Contains(text, "adas-user") {
		t.Errorf("who sees both: %d %s", code, text)
	}
	if code, text := root.call("POST", "/api/v1/search", `{"from":"-1h","to":"now+1h","tenants":["a"]}`); code != 200 || strings.Contains(text, canary) || !strings.Contains(text, "adas-user") {
		t.Errorf("narrowed: %d %s", code, text)
	}
	root.heard.Reset()

	var doc struct {
		Paths map[string]map[string]struct {
			RequestBody struct {
				Content map[string]struct{ Schema map[string]any }
			}
		}
	}
	ada.must(200, "GET", "/openapi.json", "", &doc)
	calls := 0
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		if path == "/-/reload" || path == "/api/v1/session" || path == "/api/v1/setup" {
			continue // these name nothing that a tenant has, or end the session
		}
		for method, op := range doc.Paths[path] {
			method = strings.ToUpper(method)
			kind := strings.Split(path+"///", "/")[3]
			id := foreign[kind]
			if id == "" {
				id = event.ID
			}
			target := strings.NewReplacer("{id}", id, "{kind}", "ip", "{value}", "203.0.113.77", "{name}", "endpoints", "{item}", "1").Replace(path)
			if strings.Contains(target, "{") {
				t.Fatalf("%s: what to put in?", target)
			}
			body := "{}"
			for _, content := range op.RequestBody.Content {
				text, err := json.Marshal(fill(content.Schema, event.ID, foreign["alerts"]))
				if err != nil {
					t.Fatal(err)
				}
				body = string(text)
			}
			for _, c := range []*caller{ada, robot} {
				code, text := c.call(method, target, body)
				calls++
				if foreign[kind] != "" && strings.Contains(path, "{id}") && code != 404 && !(c == robot && code == 403) {
					t.Errorf("%s %s of another tenant: %d %s, want 404", method, path, code, text)
				}
				if code >= 500 {
					t.Errorf("%s %s %s: %d %s", method, target, body, code, text)
				}
			}
		}
	}
	t.Logf("%d calls", calls)
	if ada.call("GET", "/api/v1/audit?limit=1000", ""); !strings.Contains(ada.heard.String(), `"action":"search"`) {
		t.Error("ada's searches are not in the account")
	}
	for name, c := range map[string]*caller{"ada": ada, "robot": robot} {
		if !strings.Contains(c.heard.String(), "adas-user") {
			t.Errorf("%s did not even find its own", name)
		}
		for l := range strings.Lines(c.heard.String()) {
			if i := strings.Index(l, canary); i >= 0 && !strings.Contains(l[:i], "/users/") { // there it was asked for
				t.Errorf("%s heard of the other tenant: ...%s", name, l[max(0, i-400):min(len(l), i+100)])
			}
		}
	}
	// The account has what bob did, and for all that was secret neither it nor the log nor the tables have it.
	if _, text := root.call("GET", "/api/v1/audit?user="+canary+"-bob&limit=1000", ""); !strings.Contains(text, `"action":"login"`) || !strings.Contains(text, `"action":"token.add"`) || !strings.Contains(text, `"action":"search"`) {
		t.Errorf("bob's account: %s", text)
	}
	log, err := os.ReadFile(p.logFile())
	if err != nil {
		t.Fatal(err)
	}
	rows := ""
	for _, q := range []string{"SELECT concat(body, secret, id) FROM rights", "SELECT fields FROM audit"} {
		if err := p.db.rows(q, func(scan func(...any) error) error {
			var text string
			err := scan(&text)
			rows += text + "\n"
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	_, session, _ := strings.Cut(ada.cookie, "=")
	for _, secret := range []string{password, token.Secret, session, strings.TrimSpace(string(setup)), strings.TrimSpace(string(local))} {
		if secret == "" || strings.Contains(string(log)+rows, secret) {
			t.Errorf("%q is written down", secret)
		}
	}
}

// fill makes a value that a schema allows, and that asks for as much as it can: of all time and all events, or of the ids.
func fill(schema map[string]any, event, alert string) any {
	properties, _ := schema["properties"].(map[string]any)
	out := map[string]any{}
	for name, p := range properties {
		p, _ := p.(map[string]any)
		known, ok := map[string]any{
			"query": "true", "from": "-2h", "to": "now+1h", "field": "user.name", "fields": []string{}, "event": event, "events": []string{event}, "id": event, "alert": alert,
			"rule": "seen", "match": "true", "by": "source.ip", "buckets": 5, "limit": 100, "before": 5, "after": 5, "cursor": 0, "format": "ndjson", "name": "n",
			"action": "comment", "comment": "c", "order": "desc", "pack": "endpoints", "reason": "r", "expires": "2099-01-01T00:00:00Z", "every_seconds": 3600, "hunts": []string{"encoded-powershell"},
		}[name]
		if name == "after" && p["type"] == "string" || name == "tenants" {
			continue
		}
		if ok {
			out[name] = known
		}
	}
	return out
}
