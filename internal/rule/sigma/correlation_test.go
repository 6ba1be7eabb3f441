package sigma_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"watchpost/internal/app"
	"watchpost/internal/rule/sigma"
)

const (
	failed  = "title: failed\nname: failed\nid: 11111111-0000-0000-0000-000000000001\nlogsource: {product: windows, service: security}\ndetection: {a: {EventID: 4625}, condition: a}\nlevel: low\n"
	success = "---\ntitle: success\nname: success\nid: 11111111-0000-0000-0000-000000000002\nlogsource: {product: windows, service: security}\ndetection: {a: {EventID: 4624}, condition: a}\nlevel: low\n"
	upload  = "title: upload\nname: upload\nid: 11111111-0000-0000-0000-000000000003\nlogsource: {category: proxy}\ndetection: {a: {cs-method: POST}, condition: a}\n"
	joined  = "---\ntitle: joined\nid: 22222222-0000-0000-0000-000000000001\nlevel: high\ncorrelation:\n"
	theID   = "22222222-0000-0000-0000-000000000001"
)

// logon writes an event of the Security log, n seconds after noon.
func logon(id, n int, user, ip string) string {
	return fmt.Sprintf(`{"@timestamp":"2026-11-23T12:%02d:%02dZ","winlog":{"channel":"Security","event_id":%d,"computer_name":"dc1","event_data":{"TargetUserName":%q,"IpAddress":%q}}}`, n/60, n%60, id, user, ip)
}

func post(n, size int, ip string) string {
	return fmt.Sprintf(`{"@timestamp":"2026-11-23T12:%02d:%02dZ","cs-method":"POST","c-uri":"http://example.org/up","c-ip":%q,"cs-bytes":%d}`, n/60, n%60, ip, size)
}

// alerts imports Sigma text, scans lines and counts alerts by rule.
func alerts(t *testing.T, yaml string, lines []string) map[string]int {
	t.Helper()
	dir := t.TempDir()
	rules, file := filepath.Join(dir, "rules"), filepath.Join(dir, "events.ndjson")
	s, err := sigma.Import(fstest.MapFS{"a.yml": {Data: []byte(yaml)}}, rules, sigma.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range s.Refused {
		t.Fatalf("refused: %v\n%s", r.Why, yaml)
	}
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	scan := app.Scan{Rules: rules, Format: "ndjson", Files: []string{file}, Lines: app.ParseOptions{Format: "auto", Received: received}}
	var out, notes bytes.Buffer
	if ok, err := scan.Run(t.Context(), &out, &notes); err != nil || !ok {
		t.Fatalf("%v %s", err, &notes)
	}
	got := map[string]int{}
	for line := range strings.Lines(out.String()) {
		var a struct {
			ID string `json:"rule.id"`
		}
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		got[a.ID]++
	}
	return got
}

// TestCorrelations runs each kind of correlation over events that reach its condition and events that do not.
func TestCorrelations(t *testing.T) {
	f := func(name, rules, correlation string, hit, miss []string) {
		t.Helper()
		yaml := rules + joined + "  " + strings.ReplaceAll(strings.TrimSpace(correlation), "\n", "\n  ") + "\n"
		if got := alerts(t, yaml, hit); got[theID] == 0 {
			t.Errorf("%s: no alert, but %v", name, got)
		}
		if got := alerts(t, yaml, miss); got[theID] != 0 {
			t.Errorf("%s: %d alerts where there should be none", name, got[theID])
		}
	}
	many := func(n, step int, user, ip func(int) string) (out []string) {
		for i := range n {
			out = append(out, logon(4625, i*step, user(i), ip(i)))
		}
		return out
	}
	same := func(s string) func(int) string { return func(int) string { return s } }
	each := func(s string) func(int) string { return func(i int) string { return fmt.Sprint(s, i) } }
	f("event_count", failed, "type: event_count\nrules: [failed]\ngroup-by: [TargetUserName]\ntimespan: 5m\ncondition: {gte: 5}",
		many(5, 10, same("alice"), same("192.0.2.1")), many(4, 10, same("alice"), same("192.0.2.1")))
	f("event_count by rule id, gt", failed, "type: event_count\nrules: [11111111-0000-0000-0000-000000000001]\ngroup-by: [TargetUserName]\ntimespan: 5m\ncondition: {gt: 4}",
		many(5, 10, same("alice"), same("192.0.2.1")), many(5, 10, each("user"), same("192.0.2.1")))
	f("event_count, two fields", failed, "type: event_count\nrules: [failed]\ngroup-by: [TargetUserName, IpAddress]\ntimespan: 5m\ncondition: {gte: 3}",
		many(3, 10, same("alice"), same("192.0.2.1")), many(3, 10, same("alice"), each("192.0.2.")))
	f("event_count, timespan", failed, "type: event_count\nrules: [failed]\ngroup-by: [TargetUserName]\ntimespan: 1m\ncondition: {gte: 3}",
		many(3, 20, same("alice"), same("192.0.2.1")), many(3, 61, same("alice"), same("192.0.2.1")))
	f("event_count of two rules", failed+success, "type: event_count\nrules: [failed, success]\ngroup-by: [TargetUserName]\ntimespan: 5m\ncondition: {gte: 3}",
		[]string{logon(4625, 1, "alice", "192.0.2.1"), logon(4624, 2, "alice", "192.0.2.1"), logon(4625, 3, "alice", "192.0.2.1")}, []string{logon(4625, 1, "alice", "192.0.2.1"), logon(4624, 2, "alice", "192.0.2.1")})
	f("event_count, eq", failed, "type: event_count\nrules: [failed]\ngroup-by: [TargetUserName]\ntimespan: 5m\ncondition: {eq: 3}",
		many(3, 1, same("alice"), same("192.0.2.1")), many(2, 1, same("alice"), same("192.0.2.1")))
	f("value_count", failed, "type: value_count\nrules: [failed]\ngroup-by: [IpAddress]\ntimespan: 5m\ncondition: {field: TargetUserName, gte: 4}",
		many(4, 10, each("user"), same("192.0.2.1")), many(9, 10, same("alice"), same("192.0.2.1")))
	f("temporal", failed+success, "type: temporal\nrules: [failed, success]\ngroup-by: [TargetUserName]\ntimespan: 5m",
		[]string{logon(4624, 1, "alice", "192.0.2.1"), logon(4625, 20, "alice", "192.0.2.1")}, []string{logon(4624, 1, "alice", "192.0.2.1"), logon(4625, 20, "bob", "192.0.2.1")})
	f("temporal_ordered", failed+success, "type: temporal_ordered\nrules: [failed, success]\ngroup-by: [TargetUserName]\ntimespan: 5m",
		[]string{logon(4625, 1, "alice", "192.0.2.1"), logon(4624, 20, "alice", "192.0.2.1")}, []string{logon(4624, 1, "alice", "192.0.2.1"), logon(4625, 20, "alice", "192.0.2.1")})
	f("temporal_ordered of a correlation", failed+success+"---\ntitle: many\nname: many\nid: 33333333-0000-0000-0000-000000000001\ncorrelation: {type: event_count, rules: [failed], group-by: [TargetUserName], timespan: 5m, condition: {gte: 3}}\n",
		"type: temporal_ordered\nrules: [many, success]\ngroup-by: [TargetUserName]\ntimespan: 10m",
		append(many(3, 10, same("alice"), same("192.0.2.1")), logon(4624, 60, "alice", "192.0.2.1")), append(many(2, 10, same("alice"), same("192.0.2.1")), logon(4624, 60, "alice", "192.0.2.1")))
	f("aliases", failed+"---\n"+upload, "type: temporal\nrules: [failed, upload]\ngroup-by: [peer]\naliases: {peer: {failed: IpAddress, upload: c-ip}}\ntimespan: 5m",
		[]string{logon(4625, 1, "alice", "192.0.2.9"), post(5, 10, "192.0.2.9")}, []string{logon(4625, 1, "alice", "192.0.2.9"), post(5, 10, "192.0.2.8")})
	f("value_sum", upload, "type: value_sum\nrules: [upload]\ngroup-by: [c-ip]\ntimespan: 5m\ncondition: {field: cs-bytes, gte: 1000}",
		[]string{post(1, 600, "192.0.2.9"), post(2, 600, "192.0.2.9")}, []string{post(1, 600, "192.0.2.9"), post(2, 600, "192.0.2.8")})
	f("value_avg", upload, "type: value_avg\nrules: [upload]\ngroup-by: [c-ip]\ntimespan: 5m\ncondition: {field: cs-bytes, gte: 500}",
		[]string{post(1, 400, "192.0.2.9"), post(2, 900, "192.0.2.9")}, []string{post(1, 400, "192.0.2.9"), post(2, 500, "192.0.2.9")})
	f("value_median", upload, "type: value_median\nrules: [upload]\ngroup-by: [c-ip]\ntimespan: 5m\ncondition: {field: cs-bytes, gte: 500}",
		[]string{post(1, 1, "192.0.2.9"), post(2, 900, "192.0.2.9"), post(3, 900, "192.0.2.9")}, []string{post(1, 1, "192.0.2.9"), post(2, 2, "192.0.2.9"), post(3, 3000, "192.0.2.9")})
	f("value_percentile", upload, "type: value_percentile\nrules: [upload]\ngroup-by: [c-ip]\ntimespan: 5m\ncondition: {field: cs-bytes, percentile: 90, gte: 500}",
		[]string{post(1, 600, "192.0.2.9"), post(2, 900, "192.0.2.9")}, []string{post(1, 10, "192.0.2.9"), post(2, 20, "192.0.2.9")})
}

// TestGenerate: rules behind a correlation stay silent unless it asks for their alerts.
func TestGenerate(t *testing.T) {
	lines := []string{logon(4625, 1, "alice", "192.0.2.1"), logon(4625, 2, "alice", "192.0.2.1")}
	c := joined + "  type: event_count\n  rules: [failed]\n  group-by: [TargetUserName]\n  timespan: 5m\n  condition: {gte: 2}\n"
	if got := alerts(t, failed+c, lines); len(got) != 1 || got[theID] != 1 {
		t.Errorf("without generate: %v", got)
	}
	if got := alerts(t, failed+c+"  generate: true\n", lines); got["11111111-0000-0000-0000-000000000001"] != 2 || got[theID] != 1 {
		t.Errorf("with generate: %v", got)
	}
	// Of several over one rule it is enough that one asks, whichever stands first; a correlation behind another is as silent as a rule.
	d := "---\ntitle: other\nid: 22222222-0000-0000-0000-000000000002\ncorrelation:\n  type: event_count\n  rules: [failed]\n  group-by: [IpAddress]\n  timespan: 5m\n  condition: {gte: 2}\n"
	for _, both := range []string{c + "  generate: true\n" + d, c + d + "  generate: true\n"} {
		if got := alerts(t, failed+both, lines); fmt.Sprint(got) != "map[11111111-0000-0000-0000-000000000001:2 22222222-0000-0000-0000-000000000001:1 22222222-0000-0000-0000-000000000002:1]" {
			t.Errorf("two over one rule, one asks: %v", got)
		}
	}
	if got := alerts(t, failed+c+d, lines); len(got) != 2 {
		t.Errorf("two over one rule, none asks: %v", got)
	}
	many := strings.Replace(c, "title: joined\n", "title: many\nname: many\n", 1)
	then := success + "---\ntitle: then\nid: 22222222-0000-0000-0000-000000000003\ncorrelation:\n  type: temporal_ordered\n  rules: [many, success]\n  group-by: [TargetUserName]\n  timespan: 5m\n"
	if got := alerts(t, failed+many+then, append(lines, logon(4624, 3, "alice", "192.0.2.1"))); fmt.Sprint(got) != "map[22222222-0000-0000-0000-000000000003:1]" {
		t.Errorf("a correlation behind another: %v", got)
	}
}

// TestFilters: a filter takes away, from the rules that it names or from all of its log source, those behind correlations too.
func TestFilters(t *testing.T) {
	f := func(name, yaml string, want map[string]int) {
		t.Helper()
		got := alerts(t, yaml, []string{logon(4625, 1, "alice", "192.0.2.1"), logon(4625, 2, "svc_scan", "192.0.2.1"), logon(4624, 3, "svc_scan", "192.0.2.1")})
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, should be %v", name, got, want)
		}
	}
	one, two := "11111111-0000-0000-0000-000000000001", "11111111-0000-0000-0000-000000000002"
	filter := "---\ntitle: scanners\nlogsource: {product: windows, service: security}\nfilter:\n  rules: %s\n  ours: {TargetUserName|startswith: svc_}\n  condition: not ours\n"
	f("none", failed+success, map[string]int{one: 2, two: 1})
	f("of one rule", failed+success+fmt.Sprintf(filter, "["+one+"]"), map[string]int{one: 1, two: 1})
	f("by name", failed+success+fmt.Sprintf(filter, "[success]"), map[string]int{one: 2})
	f("any", failed+success+fmt.Sprintf(filter, "any"), map[string]int{one: 1})
	f("behind a correlation", failed+fmt.Sprintf(filter, "any")+joined+"  type: event_count\n  rules: [failed]\n  group-by: [IpAddress]\n  timespan: 5m\n  condition: {gte: 2}\n", map[string]int{})
	f("of another log source", failed+success+upload1()+strings.ReplaceAll(fmt.Sprintf(filter, "any"), "{product: windows, service: security}", "{category: proxy}"), map[string]int{one: 2, two: 1})
}

func upload1() string { return "---\n" + upload }
