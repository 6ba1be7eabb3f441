package web

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/rule"
)

// deskCalls are requests of the responder's desk whose answers the document must describe.
var deskCalls = []struct {
	method, path, target, body string
	status                     int
}{
	{"GET", "/api/v1/alerts/{id}/activity", "/api/v1/alerts/a1/activity", "", 200},
	{"GET", "/api/v1/alerts/{id}/activity", "/api/v1/alerts/a2/activity", "", 404},
	{"POST", "/api/v1/alerts/{id}/activity", "/api/v1/alerts/a1/activity", `{"action":"close","class":"benign","comment":"a test","version":1}`, 200},
	{"POST", "/api/v1/alerts/{id}/activity", "/api/v1/alerts/a1/activity", `{"action":"acknowledge"}`, 409},
	{"POST", "/api/v1/alerts/{id}/activity", "/api/v1/alerts/a1/activity", `{"action":"shout"}`, 400},
	{"GET", "/api/v1/alerts/{id}/events", "/api/v1/alerts/a1/events?all=true", "", 200},
	{"GET", "/api/v1/alerts/{id}/why", "/api/v1/alerts/a1/why", "", 200},
	{"GET", "/api/v1/incidents", "/api/v1/incidents?status=open&from=-2d&limit=2", "", 200},
	{"GET", "/api/v1/incidents", "/api/v1/incidents?status=shut", "", 400},
	{"GET", "/api/v1/incidents/{id}", "/api/v1/incidents/" + anIncident, "", 200},
	{"GET", "/api/v1/incidents/{id}", "/api/v1/incidents/x", "", 404},
	{"GET", "/api/v1/entities/{kind}/{value}", "/api/v1/entities/user/ann?from=-7d", "", 200},
	{"GET", "/api/v1/entities/{kind}/{value}", "/api/v1/entities/ip/ann", "", 400},
	{"GET", "/api/v1/entities/{kind}/{value}", "/api/v1/entities/user/ann?from=-91d", "", 400},
	{"GET", "/api/v1/entities/{kind}/{value}", "/api/v1/entities/pet/ann", "", 404},
	{"GET", "/api/v1/questions", "/api/v1/questions", "", 200},
	{"POST", "/api/v1/questions/{id}/query", "/api/v1/questions/logins-of-user/query", `{"params":{"user":"ann"},"time":"2026-11-23T09:00:00Z"}`, 200},
	{"POST", "/api/v1/questions/{id}/query", "/api/v1/questions/logins-of-user/query", `{"params":{"usr":"ann"}}`, 400},
	{"POST", "/api/v1/questions/{id}/query", "/api/v1/questions/nope/query", `{}`, 404},
	{"GET", "/api/v1/coverage", "/api/v1/coverage", "", 200},
	{"POST", "/api/v1/hunts", "/api/v1/hunts", `{"name":"Brute force","query":"user.name == ${user}","params":[{"name":"user","default":"root"}],"from":"-7d","attack":["T1110"],"shared":true}`, 200},
	{"POST", "/api/v1/hunts", "/api/v1/hunts", `{"name":"","query":"user.name == \"${user}\""}`, 400},
	{"GET", "/api/v1/hunts", "/api/v1/hunts", "", 200},
	{"GET", "/api/v1/hunts/{id}", "/api/v1/hunts/h1", "", 200},
	{"GET", "/api/v1/hunts/{id}", "/api/v1/hunts/none", "", 404},
	{"PUT", "/api/v1/hunts/{id}", "/api/v1/hunts/h1", `{"name":"B","query":"true"}`, 200},
	{"PUT", "/api/v1/hunts/{id}", "/api/v1/hunts/h1", `{"name":"B","query":"true","version":1}`, 409},
	{"PUT", "/api/v1/hunts/{id}", "/api/v1/hunts/h2", `{"name":"B","query":"true"}`, 403},
	{"POST", "/api/v1/hunts/{id}/query", "/api/v1/hunts/h2/query", `{"params":{"user":"ann"}}`, 200},
	{"GET", "/api/v1/history", "/api/v1/history", "", 200},
	{"POST", "/api/v1/investigations", "/api/v1/investigations", `{"name":"Case"}`, 200},
	{"GET", "/api/v1/investigations", "/api/v1/investigations", "", 200},
	{"POST", "/api/v1/investigations/{id}/items", "/api/v1/investigations/c1/items", `{"note":"first","tags":["a"],"order":2}`, 200},
	{"POST", "/api/v1/investigations/{id}/items", "/api/v1/investigations/c1/items", `{"alert":"a1","colour":"#ff0000","comment":"look"}`, 200},
	{"POST", "/api/v1/investigations/{id}/items", "/api/v1/investigations/c1/items", `{"alert":"a1","note":"x"}`, 400},
	{"GET", "/api/v1/investigations/{id}", "/api/v1/investigations/c1", "", 200},
	{"PATCH", "/api/v1/investigations/{id}", "/api/v1/investigations/c1", `{"name":"Case, renamed","description":"d","status":"open","version":1}`, 200},
	{"PATCH", "/api/v1/investigations/{id}", "/api/v1/investigations/c1", `{"name":"x","version":1}`, 409},
	{"PATCH", "/api/v1/investigations/{id}", "/api/v1/investigations/c1", `{"status":"shut"}`, 400},
	{"DELETE", "/api/v1/investigations/{id}", "/api/v1/investigations/none", "", 404},
	{"PATCH", "/api/v1/investigations/{id}/items/{item}", "/api/v1/investigations/c1/items/i1", `{"comment":"more","order":-1}`, 200},
	{"GET", "/api/v1/investigations/{id}/changes", "/api/v1/investigations/c1/changes", "", 200},
	{"GET", "/api/v1/investigations/{id}/export", "/api/v1/investigations/c1/export", "", 200},
}

const anIncident = "0193532a0d80" + "0011223344556677"

func (d *fakeDesk) CountAlerts(_ context.Context, f AlertFilter) ([]AlertCount, error) {
	return []AlertCount{{"new", "low", 2}, {"closed", "high", 1}}, d.err
}

// has knows alert a1, of which ann takes care.
func (d *fakeDesk) has(tenants []string, id string) error {
	if id != "a1" || !slices.Contains(tenants, "default") {
		return ErrNotFound
	}
	return d.err
}

var taken = []alert.Activity{{ID: "1", Of: "a0", Time: now(), User: "ann", Action: alert.Acknowledge, Owner: "ann", Comment: "mine"}}

func (d *fakeDesk) Activity(_ context.Context, tenants []string, id string) ([]alert.Activity, error) {
	return taken, d.has(tenants, id)
}

func (d *fakeDesk) Act(_ context.Context, tenants []string, id string, a alert.Activity, seen *uint64) (alert.State, error) {
	if err := d.has(tenants, id); err != nil {
		return alert.State{}, err
	}
	state := alert.StateOf(taken)
	if err := state.Allows(a.Action); err != nil {
		return state, err
	}
	d.acts = append(d.acts, fmt.Sprint(a.User, " ", a.Action, " ", a.Owner, " ", a.Class, " ", seen != nil))
	return alert.StateOf(append(slices.Clone(taken), a)), nil
}

func (d *fakeDesk) Evidence(ctx context.Context, tenants []string, id string, _ bool, each func(event.Event) error) error {
	if err := d.has(tenants, id); err != nil {
		return err
	}
	return d.Events(ctx, nil, each)
}

func (d *fakeDesk) Why(_ context.Context, tenants []string, id string) (*Why, error) {
	return &Why{Alert: id, Rule: "demo", Known: true, RuleText: RuleText{Name: "Demo", File: "demo.yaml", Line: 3, Window: "count", Steps: []RuleStep{{"", "true", 1}}, Exceptions: []Exception{}},
		Events: []WhyEvent{{"x-0", now(), []rule.Verdict{{Kind: "all", Holds: true, Parts: []rule.Verdict{{Kind: "condition", Text: "x", Holds: true, Seen: []rule.Seen{{Name: "user.name", Values: []string{"ann"}}}}}}}}}}, d.has(tenants, id)
}

func (d *fakeDesk) Incidents(_ context.Context, tenants []string, id string, from, to time.Time) ([]alert.Incident, bool, error) {
	in := func(id, status string, last time.Time, entity alert.Entity) alert.Incident {
		return alert.Incident{ID: id, Tenant: tenants[0], Status: status, Level: "high", Severity: 70, First: from, Last: last, Alerts: []string{"a1"}, Count: 5, Entities: []alert.IncidentEntity{{Entity: entity, Alerts: 1, Links: true}},
			Rules: []alert.IncidentRule{{ID: "demo", Title: "Demo", Level: "high", Alerts: 1}}, Owners: []string{"ann"}}
	}
	return []alert.Incident{in(anIncident, "closed", from.Add(1), alert.Entity{Kind: "user", Value: "ann"}), in("2", "new", from.Add(2), alert.Entity{Kind: "ip", Value: "192.0.2.1"}), in("3", "acknowledged", from.Add(3), alert.Entity{Kind: "ip", Value: "192.0.2.1"})}, false, d.err
}

func (d *fakeDesk) Entity(_ context.Context, tenants []string, e alert.Entity, from, to time.Time) (*EntityPage, error) {
	at := now()
	row := []EntityRow{{Values: map[string]string{"source.ip": "192.0.2.1"}, Count: 3, Bytes: 4, First: at, Last: at, New: true}}
	return &EntityPage{Kind: e.Kind, Value: e.Value, Query: "true", From: from, To: to, FirstSeen: &at, Counts: map[string]uint64{"events": 3}, Logins: row, Sources: row, Countries: row, Processes: row, Connections: row,
		Alerts: []json.RawMessage{anAlert}, New: []EntityNew{{"source.ip", "192.0.2.1", 3, at}}, Partial: []EntityPart{{"seen", "over budget"}}}, d.err
}

func (d *fakeDesk) Coverage(context.Context) ([]Technique, error) {
	return []Technique{{"T1110", []string{"A", "B"}}, {"T1110.001", []string{"A"}}}, d.err
}

// Every question is a search that compiles, whatever the values are.
func TestQuestions(t *testing.T) {
	for _, q := range questions {
		values := map[string]string{}
		for _, p := range q.Params {
			values[p.Name] = `x" or true or "\`
			if p.Name == "ip" {
				values[p.Name] = "192.0.2.1"
			}
		}
		if err := hunt.CheckTemplate(q.Query, q.Params); err != nil && q.Kind == "events" {
			t.Errorf("%s: %v", q.ID, err)
		}
		body, _ := json.Marshal(map[string]any{"params": values})
		w := call(newHandler(&fakeDesk{}), "POST", "/api/v1/questions/"+q.ID+"/query", string(body))
		var got struct{ Query, Pipe, From, To string }
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 {
			t.Fatalf("%s: %d %s", q.ID, w.Code, w.Body)
		}
		if q, err := (hunt.Search{Query: got.Query, From: got.From, To: got.To}).Check([]string{"default"}, now()); err != nil || !q.Exact {
			t.Errorf("%+v: %v", got, err)
		}
		if (got.Pipe == "") == (q.Pipe != "") {
			t.Errorf("%s: pipe %q", q.ID, got.Pipe)
		}
		if got.Pipe != "" {
			if p, err := (hunt.Search{Query: got.Query + " " + got.Pipe, From: got.From, To: got.To}).Check([]string{"default"}, now()); err != nil || p.Pipe == nil || !p.Exact {
				t.Errorf("%s: %s: %v", q.ID, got.Pipe, err)
			}
		}
	}
}

func TestCoverageIsALayer(t *testing.T) {
	var got struct {
		Versions   struct{ Layer string }
		Layout     struct{ ExpandedSubtechniques string }
		Techniques []struct {
			ID      string `json:"techniqueID"`
			Score   int
			Comment string
		}
	}
	w := call(newHandler(&fakeDesk{}), "GET", "/api/v1/coverage", "")
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.Versions.Layer != "4.5" || got.Layout.ExpandedSubtechniques != "annotated" || len(got.Techniques) != 2 || got.Techniques[0].Score != 2 || got.Techniques[0].Comment != "A\nB" {
		t.Errorf("%s %v", w.Body, err)
	}
}

func TestActingOnAlerts(t *testing.T) {
	d := &fakeDesk{}
	h := newHandler(d)
	f := func(body string, status int, want string) {
		t.Helper()
		w := call(h, "POST", "/api/v1/alerts/a1/activity", body)
		if w.Code != status || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s, want %d %s", body, w.Code, w.Body, status, want)
		}
	}
	f(`{"action":"assign","owner":"bob"}`, 200, `"owner":"bob"`)
	f(`{"action":"assign"}`, 200, `"owner":"local"`)
	f(`{"action":"assign","owner":""}`, 200, `"owner":""`)
	f(`{"action":"close","class":"benign","version":3}`, 200, `"status":"closed"`)
	f(`{"action":"acknowledge"}`, 409, "acknowledged; its owner is ann, by ann at 2026-11-23T10:00:00Z")
	f(`{"action":"acknowledge"}`, 409, `"state":{"status":"acknowledged","owner":"ann"`)
	f(`{"action":"close"}`, 400, "class")
	f(`{"action":"comment"}`, 400, "comment: is empty")
	f(`{"action":"comment","class":"benign","comment":"x","owner":"bob"}`, 400, "class: goes with close only")
	f(`{"action":"comment","comment":"`+strings.Repeat("x", alert.MaxComment+1)+`"}`, 400, "comment: ")
	f(`{"action":"comment","comment":"x","user":"eve"}`, 400, "unknown field")
	if want := []string{"local assign bob  false", "local assign local  false", "local assign   false", "local close  benign true"}; !slices.Equal(d.acts, want) {
		t.Errorf("%q", d.acts)
	}
	if !slices.Contains(d.entries, "local alert.close ok") {
		t.Errorf("account: %q", d.entries)
	}
	d.entries = nil
	if w := call(h, "POST", "/api/v1/alerts/a2/activity", `{"action":"reopen"}`); w.Code != 404 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if want := []string{"local alerts.write failed"}; !slices.Equal(d.entries, want) { // what was not done is not accounted for as done
		t.Errorf("account of what was refused: %q", d.entries)
	}
}

func TestIncidentFilters(t *testing.T) {
	h := newHandler(&fakeDesk{})
	f := func(query string, want ...string) {
		t.Helper()
		var got struct {
			Incidents []struct{ ID string }
			Counts    map[string]int
		}
		w := call(h, "GET", "/api/v1/incidents?"+query, "")
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 {
			t.Fatalf("%s: %d %s", query, w.Code, w.Body)
		}
		var ids []string
		for _, in := range got.Incidents {
			ids = append(ids, in.ID)
		}
		if !slices.Equal(ids, want) {
			t.Errorf("%s: %q, want %q", query, ids, want)
		}
	}
	f("", "3", "2", anIncident)
	f("status=open", "3", "2")
	f("status=closed", anIncident)
	f("entity=IP:192.0.2.1", "3", "2")
	f("entity=ANN", anIncident)
	f("owner=bob")
	f("level=low")
	f("limit=1", "3")
}
