package alert

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"watchpost/internal/event"
)

func example() *Alert {
	ev := event.ID{Block: event.BlockID{1, 2, 3}, Row: 7}
	return &Alert{
		ID: ID("default", "ssh-brute-force", "k", ev), Tenant: "default", Rule: "ssh-brute-force", RuleHash: "00ff", Shadow: true, Title: `Brute "force"`,
		Level: "high", Severity: 70, Time: 1_700_000_000_123456789, Start: 1_700_000_000_000000000, End: 1_700_000_009_000000000,
		Count: 12, Distinct: 3, Values: []string{"ada", "bob"},
		Measures: []Measure{{Value, 0}, {Baseline, 0.125}, {Jitter, 3}}, Intervals: []float64{60, 59.5}, Approx: true,
		Group:  []Pair{{"host.name", "web1"}, {"source.ip", "203.0.113.7"}, {"user.domain", ""}},
		Fields: []Pair{{"source.ip", "203.0.113.7"}, {"user.name", "ada"}}, Events: []event.ID{ev, {Row: 9}},
		Revision: 2, Supersedes: []string{"0123"}, Tactics: []string{"credential-access"}, Techniques: []string{"T1110.001"},
		Query: `event.action == "ssh_login"`, Resolved: 1_700_000_010_000000000,
	}
}

func TestJSON(t *testing.T) {
	a := example()
	b := a.AppendJSON(nil)
	got, err := Parse(b)
	if err != nil || !reflect.DeepEqual(got, a) {
		t.Errorf("%s: %v\n got %+v\nwant %+v", b, err, got, a)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{"source.ip": "203.0.113.7", "host.name": "web1", "user.name": "ada", "count": 12.0,
		"@timestamp": "2023-11-14T22:13:20.123456789Z", "rule.name": `Brute "force"`} {
		if m[name] != want {
			t.Errorf("%s is %v, want %v", name, m[name], want)
		}
	}
	if _, ok := m["user.domain"]; ok || strings.Count(string(b), `"source.ip":`) != 3 {
		t.Errorf("a missing value or a name twice: %s", b)
	}
}

// Every member of the wire form is reserved: a field of that name would stand in the object twice.
func TestReserved(t *testing.T) {
	w := reflect.TypeFor[wire]()
	for i := range w.NumField() {
		name, _, _ := strings.Cut(w.Field(i).Tag.Get("json"), ",")
		a := example()
		a.Fields = append(a.Fields, Pair{name, "x"})
		if n := strings.Count(string(a.AppendJSON(nil)), `"`+name+`":`); n > 2 { // itself, and within "fields"
			t.Errorf("%s stands %d times", name, n)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	good := string(example().AppendJSON(nil))
	f := func(old, new, want string) {
		t.Helper()
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in it", old)
		}
		if _, err := Parse([]byte(strings.Replace(good, old, new, 1))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", new, err, want)
		}
	}
	f(`"revision":2`, `"revision":0`, "revision")
	f(`"revision":2`, `"revision":"2"`, "revision")
	f(`"@timestamp":"2023`, `"@timestamp":"x`, "@timestamp")
	f(`"event.ids":["`, `"event.ids":["x`, "event.ids")
	f(`"alert.id":"`, `"alert.id":"z`, "alert.id")
	f(`{`, `[`, "alert")
	if _, err := Parse(make([]byte, MaxJSON+1)); err == nil {
		t.Error("too long an alert is read")
	}
}

func TestIDsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for _, id := range []string{ID("a", "b", "c", event.ID{}), ID("ab", "", "c", event.ID{}), ID("a", "bc", "", event.ID{}), ID("a", "b", "c", event.ID{Row: 1})} {
		if seen[id] {
			t.Errorf("%s twice", id)
		}
		seen[id] = true
	}
	a, b := example(), example()
	b.Time++
	b.ID = ID("x", "y", "z", event.ID{})
	if a.Fingerprint() != b.Fingerprint() {
		t.Error("the fingerprint follows the time")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(example().AppendJSON(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := Parse(b)
		if err != nil {
			return
		}
		again, err := Parse(a.AppendJSON(nil))
		if err != nil {
			t.Fatalf("own form is refused: %v", err)
		}
		if string(again.AppendJSON(nil)) != string(a.AppendJSON(nil)) {
			t.Fatal("the form changes")
		}
	})
}

func TestWithoutQuery(t *testing.T) {
	for _, query := range []string{"", `a == "b"`, `\`, `x == ",\"group\":{" or y == "\\"`, `,"rule.query":"`} {
		a := Alert{ID: strings.Repeat("0", 32), Rule: "r", Revision: 1, Title: `,"rule.query":"no"`, Query: query, Fields: []Pair{{"rule.query", "kept"}, {"user.name", `"`}}}
		with := a.AppendJSON(nil)
		before := string(with)
		a.Query = ""
		if got, want := string(WithoutQuery(with)), string(a.AppendJSON(nil)); got != want || string(with) != before {
			t.Errorf("%q: %s, want %s", query, got, want)
		}
	}
}
