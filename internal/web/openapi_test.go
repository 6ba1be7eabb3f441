package web

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func document(t *testing.T) map[string]any {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(describe(new(Server).routes()), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestOpenAPIListsTheRoutes(t *testing.T) {
	var described []string
	for path, item := range document(t)["paths"].(map[string]any) {
		for method := range item.(map[string]any) {
			described = append(described, strings.ToUpper(method)+" "+path)
		}
	}
	var served []string
	for _, r := range append(new(Server).routes(), opsRoutes...) {
		if r.path != "/openapi.json" {
			served = append(served, r.method+" "+r.path)
		}
	}
	slices.Sort(described)
	slices.Sort(served)
	if !slices.Equal(described, served) {
		t.Errorf("described %q\nserved    %q", described, served)
	}
}

// What the server answers is what the document says, and so are the document's own examples and defaults.
func TestOpenAPIFitsTheAnswers(t *testing.T) {
	doc := document(t)
	s := schemas{t, doc["components"].(map[string]any)["schemas"].(map[string]any)}
	s.examples("document", doc)
	h := newHandler(&fakeDesk{lines: []string{"one", "two"}, alerts: []json.RawMessage{anAlert}})
	f := func(method, path, target, body string, status int) {
		t.Helper()
		op := at(t, doc, "paths", path, strings.ToLower(method))
		if body != "" && status < 300 {
			var in any
			if err := json.Unmarshal([]byte(body), &in); err != nil {
				t.Fatal(err)
			}
			s.check(method+" "+path+" body", at(t, op, "requestBody", "content", "application/json", "schema"), in)
		}
		w := call(h, method, target, body)
		if w.Code != status {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
		response := at(t, op, "responses", fmt.Sprint(status))
		if ref, ok := response["$ref"].(string); ok {
			response = at(t, doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
		}
		schema := at(t, response, "content", w.Header().Get("Content-Type"), "schema")
		d := json.NewDecoder(w.Body)
		for d.More() {
			var out any
			if err := d.Decode(&out); err != nil {
				t.Fatalf("%s: %v", target, err)
			}
			s.check(method+" "+path, schema, out)
		}
	}
	full := `"query":"source.ip == \"203.0.113.7\"","from":"-1h","to":"now","order":"asc"`
	f("POST", "/api/v1/search", "/api/v1/search", `{`+full+`,"limit":10,"fields":["message"]}`, 200)
	f("POST", "/api/v1/search", "/api/v1/search", `{}`, 200)
	f("POST", "/api/v1/search", "/api/v1/search", `{"query":"("}`, 400)
	f("POST", "/api/v1/search", "/api/v1/search", `{"query":"`+strings.Repeat("x", maxBody)+`"}`, 413)
	f("POST", "/api/v1/histogram", "/api/v1/histogram", `{`+full+`,"buckets":10}`, 200)
	f("POST", "/api/v1/values", "/api/v1/values", `{`+full+`,"field":"source.ip","limit":3}`, 200)
	f("POST", "/api/v1/table", "/api/v1/table", `{"query":"user.name:root | count by source.ip","from":"-1h","limit":3}`, 200)
	f("POST", "/api/v1/table", "/api/v1/table", `{"query":"user.name:root"}`, 400)
	f("POST", "/api/v1/search", "/api/v1/search", `{"query":"root","progress":true,"limit":2}`, 200)
	f("POST", "/api/v1/explain", "/api/v1/explain", `{"query":"root | count","from":"-1d"}`, 200)
	f("POST", "/api/v1/surrounding", "/api/v1/surrounding", `{"id":"00000000000000000000000000000000-0","by":"user.name","before":1,"after":1,"fields":["message"]}`, 422)
	f("POST", "/api/v1/surrounding", "/api/v1/surrounding", `{"id":"x","by":"y","before":-1}`, 400)
	f("POST", "/api/v1/tail", "/api/v1/tail", `{"query":"root","fields":["message"]}`, 200)
	f("POST", "/api/v1/sql", "/api/v1/sql", `{"sql":"SELECT count() FROM events","limit":3}`, 200)
	f("POST", "/api/v1/sql", "/api/v1/sql", `{"sql":"DROP TABLE events"}`, 400)
	f("POST", "/api/v1/query/parse", "/api/v1/query/parse", `{"query":"user.name:root -source.ip:10.0.0.0/8 (a or b) | count by source.ip"}`, 200)
	f("POST", "/api/v1/query/parse", "/api/v1/query/parse", `{"pills":[{"field":"user.name","op":"ieq","values":["root"],"not":true}]}`, 200)
	f("POST", "/api/v1/query/parse", "/api/v1/query/parse", `{"query":"usr.name:root"}`, 400)
	f("POST", "/api/v1/query/complete", "/api/v1/query/complete", `{"query":"user.name:ro","cursor":12,"from":"-1h"}`, 200)
	f("POST", "/api/v1/query/complete", "/api/v1/query/complete", `{"query":"user.name:root | co"}`, 200)
	f("GET", "/api/v1/alerts", "/api/v1/alerts?limit=3", "", 200)
	f("GET", "/api/v1/alerts", "/api/v1/alerts?limit=x", "", 400)
	f("GET", "/api/v1/alerts", "/api/v1/alerts?incident="+anIncident, "", 200)
	f("GET", "/api/v1/alerts", "/api/v1/alerts?incident=x", "", 404)
	f("GET", "/api/v1/alerts/{id}", "/api/v1/alerts/a1", "", 200)
	f("GET", "/api/v1/rules", "/api/v1/rules", "", 200)
	for _, d := range deskCalls {
		f(d.method, d.path, d.target, d.body, d.status)
	}
	f("GET", "/api/v1/quarantine", "/api/v1/quarantine?limit=3", "", 200)
	f("GET", "/api/v1/quarantine", "/api/v1/quarantine?limit=0", "", 400)
	f("POST", "/api/v1/quarantine/replay", "/api/v1/quarantine/replay", `{"ids":["00-1"]}`, 200)
	f("POST", "/api/v1/quarantine/replay", "/api/v1/quarantine/replay", `{"ids":["00-2"]}`, 404)
	f("POST", "/api/v1/reparse", "/api/v1/reparse", `{"query":"event.dataset == \"unparsed\"","from":"-1d","to":"now","dry_run":true}`, 202)
	f("POST", "/api/v1/reparse", "/api/v1/reparse", `{"query":"("}`, 400)
	f("GET", "/api/v1/reparse", "/api/v1/reparse", "", 200)
	f("GET", "/api/v1/reparse/{id}", "/api/v1/reparse/r1", "", 200)
	f("GET", "/api/v1/reparse/{id}", "/api/v1/reparse/r2", "", 404)
	f("DELETE", "/api/v1/reparse/{id}", "/api/v1/reparse/r1", "", 200)
	f("GET", "/api/v1/sources", "/api/v1/sources", "", 200)
	f("GET", "/api/v1/fields", "/api/v1/fields", "", 200)
	f("POST", "/api/v1/rules/backtest", "/api/v1/rules/backtest", `{"rule":"demo","from":"-1d","to":"now","samples":3}`, 200)
	f("GET", "/api/v1/packs", "/api/v1/packs", "", 200)
	f("POST", "/api/v1/packs/{name}/run", "/api/v1/packs/accounts/run", `{"from":"-1d","to":"now","hunts":["a"],"params":{"user":"x"}}`, 200)
	f("GET", "/api/v1/packs/runs", "/api/v1/packs/runs", "", 200)
	f("GET", "/api/v1/packs/{name}/runs", "/api/v1/packs/accounts/runs?limit=3&tenant=default", "", 200)
	f("GET", "/api/v1/packs/{name}/runs", "/api/v1/packs/accounts/runs?tenant=other", "", 400)
	f("POST", "/api/v1/packs/{name}/runs", "/api/v1/packs/accounts/runs", `{"range_seconds":3600}`, 201)
	f("POST", "/api/v1/packs/{name}/runs", "/api/v1/packs/none/runs", `{}`, 404)
	f("POST", "/api/v1/schedules", "/api/v1/schedules", `{"pack":"accounts","every_seconds":3600,"hunts":["logins-of-user"],"params":{"user":"ann"}}`, 201)
	f("POST", "/api/v1/schedules", "/api/v1/schedules", `{"pack":"accounts","every_seconds":3600}`, 409)
	f("POST", "/api/v1/schedules", "/api/v1/schedules", `{"pack":"none","every_seconds":1}`, 400)
	f("GET", "/api/v1/schedules", "/api/v1/schedules", "", 200)
	f("PUT", "/api/v1/schedules/{id}", "/api/v1/schedules/none", `{"pack":"accounts","every_seconds":3600}`, 404)
	f("DELETE", "/api/v1/schedules/{id}", "/api/v1/schedules/none", "", 404)
	f("GET", "/api/v1/iocs", "/api/v1/iocs", "", 200)
	f("GET", "/api/v1/iocs/{name}", "/api/v1/iocs/a.csv?contains=203&limit=3", "", 200)
	f("PUT", "/api/v1/iocs/{name}", "/api/v1/iocs/mine.txt", `{"text":"203.0.113.7","add":true}`, 200)
	f("PUT", "/api/v1/iocs/{name}", "/api/v1/iocs/mine.txt", `{"text":""}`, 400)
	f("POST", "/api/v1/rules/draft", "/api/v1/rules/draft", `{"query":"true","events":["a"],"name":"n"}`, 200)
	f("GET", "/api/v1/rules/{id}", "/api/v1/rules/demo", "", 200)
	f("GET", "/api/v1/rules/{id}", "/api/v1/rules/none", "", 404)
	f("GET", "/api/v1/rules/{id}/hunt", "/api/v1/rules/demo/hunt", "", 200)
	f("POST", "/api/v1/exceptions/preview", "/api/v1/exceptions/preview", `{"rule":"demo","match":"true","from":"-1d","to":"now","samples":3}`, 200)
	const except = `{"rule":"demo","match":"user.name == \"scanner\"","reason":"ticket 7","expires":"2027-01-31T00:00:00Z"`
	f("POST", "/api/v1/exceptions", "/api/v1/exceptions", except+`,"tenant":"default"}`, 201)
	f("POST", "/api/v1/exceptions", "/api/v1/exceptions", `{"rule":"none","match":"true","reason":"x","expires":"2027-01-31T00:00:00Z"}`, 400)
	f("GET", "/api/v1/exceptions", "/api/v1/exceptions?rule=demo", "", 200)
	f("GET", "/api/v1/exceptions", "/api/v1/exceptions?rules=demo", "", 400)
	f("PUT", "/api/v1/exceptions/{id}", "/api/v1/exceptions/none", except+`}`, 404)
	f("DELETE", "/api/v1/exceptions/{id}", "/api/v1/exceptions/none", "", 404)
	f("GET", "/api/v1/session", "/api/v1/session", "", 200)
	f("GET", "/api/v1/audit", "/api/v1/audit?from=-1h&limit=3", "", 200)
	f("GET", "/api/v1/audit", "/api/v1/audit?limit=x", "", 400)
	f("GET", "/api/v1/audit/verify", "/api/v1/audit/verify", "", 200)
	f("GET", "/api/v1/audit/verify", "/api/v1/audit/verify?noted=2026-11-29T10:00:00Z+00112233aabbccdd-7+"+strings.Repeat("0a", 32), "", 200)
	f("GET", "/api/v1/audit/verify", "/api/v1/audit/verify?noted=x", "", 400)
	f("GET", "/api/v1/audit/verify", "/api/v1/audit/verify?heads=x", "", 400)
	f("GET", "/api/v1/users", "/api/v1/users", "", 200)
	f("GET", "/api/v1/tokens", "/api/v1/tokens", "", 200)
	f("POST", "/api/v1/setup", "/api/v1/setup", `{"token":"x","user":"root","name":"","password":"x"}`, 401)
	f("POST", "/api/v1/session", "/api/v1/session", `{"user":"ann","password":"x"}`, 401)
	f("POST", "/api/v1/session/oidc", "/api/v1/session/oidc", `{"to":"#x"}`, 404)
	f("GET", "/api/v1/session/oidc", "/api/v1/session/oidc?state=x", "", 404)
	f("POST", "/api/v1/tokens", "/api/v1/tokens", `{"name":"grafana","scopes":["search"],"tenants":["default"]}`, 201)
	f("POST", "/api/v1/tokens", "/api/v1/tokens", `{}`, 400)
	f("POST", "/api/v1/users", "/api/v1/users", `{"user":"ann","name":"Ann","password":"three plain words","role":"analyst","tenants":["default"]}`, 409)
	f("PATCH", "/api/v1/users/{id}", "/api/v1/users/ann", `{"role":"viewer"}`, 404)
}

// at walks into nested objects.
func at(t *testing.T, v any, keys ...string) map[string]any {
	t.Helper()
	for _, k := range keys {
		v = v.(map[string]any)[k]
		if v == nil {
			t.Fatalf("the document lacks %q of %q", k, keys)
		}
	}
	return v.(map[string]any)
}

// schemas checks values against the part of JSON Schema that the document uses.
type schemas struct {
	t     *testing.T
	named map[string]any
}

func (s schemas) check(where string, schema map[string]any, v any) {
	s.t.Helper()
	if ref, ok := schema["$ref"].(string); ok {
		schema = at(s.t, s.named, strings.TrimPrefix(ref, "#/components/schemas/"))
	}
	if enum, ok := schema["enum"].([]any); ok && !slices.Contains(enum, v) {
		s.t.Errorf("%s: %v is not in %v", where, v, enum)
	}
	if kinds, ok := schema["type"].([]any); ok && !slices.ContainsFunc(kinds, func(k any) bool { return k == "null" && v == nil || isA(k.(string), v) }) {
		s.t.Errorf("%s: %v is none of %v", where, v, kinds)
		return
	}
	if kind, ok := schema["type"].(string); ok && !isA(kind, v) {
		s.t.Errorf("%s: %v is no %s", where, v, kind)
		return
	}
	if n, ok := v.(float64); ok {
		if low, ok := schema["minimum"].(float64); ok && n < low {
			s.t.Errorf("%s: %v is below %v", where, n, low)
		}
		if high, ok := schema["maximum"].(float64); ok && n > high {
			s.t.Errorf("%s: %v is above %v", where, n, high)
		}
	}
	if list, ok := v.([]any); ok && schema["items"] != nil {
		for i, e := range list {
			s.check(fmt.Sprintf("%s[%d]", where, i), schema["items"].(map[string]any), e)
		}
	}
	object, _ := v.(map[string]any)
	known, described := schema["properties"].(map[string]any)
	for k, e := range object {
		if p, ok := known[k]; ok {
			s.check(where+"."+k, p.(map[string]any), e)
		} else if more, ok := schema["additionalProperties"].(map[string]any); ok {
			s.check(where+"."+k, more, e)
		} else if described && schema["additionalProperties"] != true {
			s.t.Errorf("%s: %q is not described", where, k)
		}
	}
}

func isA(kind string, v any) bool {
	switch kind {
	case "object":
		_, ok := v.(map[string]any)
		return ok
	case "array":
		_, ok := v.([]any)
		return ok
	case "string":
		_, ok := v.(string)
		return ok
	case "boolean":
		_, ok := v.(bool)
		return ok
	case "integer":
		n, ok := v.(float64)
		return ok && n == float64(int64(n))
	}
	_, ok := v.(float64)
	return ok && kind == "number"
}

// examples checks every example and default below v against the schema that it stands in.
func (s schemas) examples(where string, v any) {
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			s.examples(fmt.Sprintf("%s[%d]", where, i), e)
		}
	case map[string]any:
		list, _ := v["examples"].([]any)
		if d, ok := v["default"]; ok && (v["type"] != nil || v["enum"] != nil) {
			list = append(list, d)
		}
		for _, e := range list {
			s.check(where, v, e)
		}
		for k, e := range v {
			s.examples(where+"."+k, e)
		}
	}
}
