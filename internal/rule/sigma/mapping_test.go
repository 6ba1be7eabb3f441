package sigma_test

import (
	"slices"
	"testing"

	"watchpost/internal/rule"
	"watchpost/internal/rule/sigma"
)

// lines are events of many makes. The log sources behind each are all those whose route may take it; it is nobody else's.
var routed = []struct {
	line string
	by   []string
}{
	{`{"winlog":{"channel":"Security","event_id":4624,"event_data":{"TargetUserName":"alice"}}}`, []string{"product windows", "product windows, service security"}},
	{`{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Image":"C:\\a.exe","CommandLine":"a"}`, []string{"product windows", "product windows, category process_creation", "product windows, service sysmon"}},
	{`{"winlog":{"channel":"Microsoft-Windows-Sysmon/Operational","event_id":22,"event_data":{"QueryName":"example.org","Image":"C:\\a.exe"}}}`,
		[]string{"product windows", "product windows, category dns_query", "product windows, service sysmon", "category dns"}},
	{`{"event":{"module":"endpoint","category":["process"],"type":["start"]},"host":{"os":{"type":"windows"}},"process":{"executable":"C:\\a.exe"}}`, []string{"product windows", "product windows, category process_creation"}},
	{`{"event":{"module":"endpoint","category":["network"],"type":["start"]},"host":{"os":{"type":"windows"}},"dns":{"question":{"name":"example.org"}}}`, []string{"product windows", "product windows, category dns_query", "category dns"}},
	{`{"Image":"/usr/bin/curl","CommandLine":"curl"}`, []string{"product linux, category process_creation", "product macos, category process_creation"}},
	{`{"product":"macos","category":"process_creation","Image":"/usr/bin/curl","CommandLine":"curl"}`, []string{"product macos", "product macos, category process_creation"}},
	{`{"product":"linux","category":"process_creation","Image":"/usr/bin/curl","CommandLine":"curl"}`, []string{"product linux", "product linux, category process_creation"}},
	{"<38>Nov 23 10:00:00 gate1 sshd[88]: Connection closed", []string{"product linux", "product linux, service sshd"}},
	{"<13>Nov 23 10:00:00 web1 myapp: something odd", []string{"product linux"}},
	{"<189>45: Nov 23 10:00:00.123: %SYS-5-CONFIG_I: Configured from console by vty0", []string{"product cisco"}},
	{"<30>Nov 23 10:00:00 hw1 %%01BGP/3/NOTIFY: bgp x", []string{"product huawei"}},
	{"<28>Nov 23 10:00:00 jun1 rpd[100]: bgp_pp_recv: NOTIFICATION", []string{"product juniper", "product linux"}},
	{`type=EXECVE msg=audit(1763920000.123:456): argc=1 a0="id"`, []string{"product linux", "product linux, service auditd", "product linux, category process_creation"}},
	{`{"ts":1763920000.1,"uid":"C1","id.orig_h":"203.0.113.9","id.orig_p":51000,"id.resp_h":"198.51.100.7","id.resp_p":3389,"cookie":"admin","security_protocol":"HYBRID"}`, []string{"product zeek", "product zeek, service rdp", "category firewall"}},
	{`{"_path":"dns","ts":1763920000.1,"uid":"C1","id.orig_h":"203.0.113.9","id.resp_h":"198.51.100.7","id.resp_p":53,"query":"example.org"}`, []string{"product zeek", "product zeek, service dns", "category firewall", "category dns"}},
	{`{"eventVersion":"1.08","eventTime":"2026-11-23T10:00:00Z","eventSource":"iam.amazonaws.com","eventName":"ListUsers","awsRegion":"eu-central-1","userAgent":"aws-cli/2"}`, []string{"product aws, service cloudtrail"}},
	{`{"actor":{"alternateId":"eve@example.com"},"eventType":"user.session.start","outcome":{"result":"SUCCESS"},"published":"2026-11-23T10:00:00Z"}`, []string{"product okta"}},
	{`{"Operation":"MailItemsAccessed","UserId":"eve@example.com","Workload":"Exchange","UserAgent":"x"}`, []string{"product m365"}},
	{`{"action":"repo.destroy","actor":"eve","actor_ip":"203.0.113.4","org":"example"}`, []string{"product github"}},
	{`{"time":"2026-11-23T10:00:00Z","resourceId":"/x","operationName":"A","category":"Administrative","resultType":"Success"}`, []string{"product azure", "product azure, service activitylogs"}},
	{`192.0.2.9 - - [23/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 512 "-" "curl/8"`, []string{"category webserver", "service apache", "service nginx"}},
	{"1795428023.123    45 192.0.2.30 TCP_MISS/200 512 GET http://example.org/x - HIER_DIRECT/203.0.113.8 text/plain", []string{"category proxy", "category webserver"}},
	{`{"level":"info","msg":"started","component":"x"}`, nil},
	{`{"@timestamp":"2026-11-23T10:00:00Z","message":"hello","host":{"name":"h"}}`, nil},
	{`{}`, nil}, {`{"a":1}`, nil}, {"no header at all", nil},
}

// TestRoutes holds each log source to its own events: none takes an event for what it lacks.
func TestRoutes(t *testing.T) {
	m, err := sigma.ReadMapping(nil)
	if err != nil {
		t.Fatal(err)
	}
	got := make([][]string, len(routed))
	lines := make([]string, len(routed))
	for i := range routed {
		lines[i] = routed[i].line
	}
	b := batch(t, lines...)
	for _, l := range m.LogSources {
		if l.Where == "" {
			if l.For.String() != "any" {
				t.Errorf("%s: has no route", l.For)
			}
			continue
		}
		where, err := rule.Compile(l.Where)
		if err != nil {
			t.Fatal(err)
		}
		for i := range lines {
			ok, err := where.Match(b.Event(i))
			if err != nil {
				t.Fatal(err)
			}
			if ok {
				got[i] = append(got[i], l.For.String())
			}
		}
	}
	for i, r := range routed {
		want := slices.Sorted(slices.Values(r.by))
		if slices.Sort(got[i]); !slices.Equal(got[i], want) {
			t.Errorf("%s\n\tgoes to %q\n\tshould go to %q", r.line, got[i], want)
		}
	}
}

// TestNegativeRefused: a rule of an unknown log source that every event satisfies is refused, and one of a known is routed.
func TestNegativeRefused(t *testing.T) {
	f := func(source, detection, want string) {
		t.Helper()
		s := convertOnly(t, "title: x\nid: 11111111-2222-3333-4444-555555555555\nlogsource: "+source+"\ndetection:\n  "+detection)
		got := ""
		for _, r := range s.Refused {
			got = r.Why.Error()
		}
		if !contains(got, want) {
			t.Errorf("%s: refused with %q, should be %q", source, got, want)
		}
	}
	f("{product: acme}", "a: {f: x}\n  condition: not a", "it asks only what is not")
	f("{product: acme}", "a: {f: x}\n  b: {g: y}\n  condition: a and not b", "")
	f("{product: zeek, service: rdp}", "a: {id.orig_h|cidr: 10.0.0.0/8}\n  condition: not a", "")
}
