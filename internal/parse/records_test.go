package parse

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"watchpost/internal/event"
)

func TestSplit(t *testing.T) {
	f := func(line string, want ...string) {
		t.Helper()
		r, several := Split([]byte(line))
		if several != (len(want) > 0) {
			t.Fatalf("%s: several %v", line, several)
		}
		size := 0
		for i := 0; several; i++ {
			got, ok := r.Append(nil)
			if !ok {
				if i != len(want) {
					t.Errorf("%s: %d records, want %d", line, i, len(want))
				}
				break
			}
			if size += len(got); i >= len(want) || string(got) != want[i] {
				t.Errorf("%s: record %d is %s, want %q", line, i, got, want)
			}
			if !json.Valid(got) {
				t.Errorf("no JSON: %s", got)
			}
		}
		if size > SplitBytes(len(line)) {
			t.Errorf("%d bytes of %d", size, len(line))
		}
	}
	f(`{"Records":[{"a":1},{"b":"}]"}]}`, `{"a":1}`, `{"b":"}]"}`)
	f(` {"records" : [ {"a":[{}]} , {"b":2} ] } `+"\r", `{"a":[{}]}`, `{"b":2}`)
	f(`{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logEvents":[{"id":"1"},{"id":"2"}]}`,
		`{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logEvents":[{"id":"1"}]}`, `{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logEvents":[{"id":"2"}]}`)
	f(`{"snapshot":[{"pid":"7"},{"pid":"8"}],"action":"snapshot","name":"p","hostIdentifier":"web1"}`,
		`{"columns":{"pid":"7"},"action":"snapshot","name":"p","hostIdentifier":"web1"}`, `{"columns":{"pid":"8"},"action":"snapshot","name":"p","hostIdentifier":"web1"}`)

	f(`{"eventType":"com.okta.event_hook","eventId":"e","data":{"events":[{"a":1},{"b":2}]},"source":"s"}`, `{"a":1}`, `{"b":2}`)
	f(`{"data":{"events":[{"a":1}]},"eventType" : "com.okta.event_hook"}`, `{"a":1}`) // of one, too

	f(`[{"a":1},{"b":[2]}]`, `{"a":1}`, `{"b":[2]}`)
	f(` [ {"a":1} ] `+"\r", `{"a":1}`)
	f(`[{"Records":[{},{}]}]`, `{"Records":[{},{}]}`)
	f(`{"hec":{"time":1,"event":[{"a":1},{"b":2}],"host":"h"}}`, `{"hec":{"time":1,"event":{"a":1},"host":"h"}}`, `{"hec":{"time":1,"event":{"b":2},"host":"h"}}`)
	f(`{"hec":{"event":{"Records":[{"a":1},{"b":2}]},"fields":{"x":"y"}}}`, `{"hec":{"event":{"a":1},"fields":{"x":"y"}}}`, `{"hec":{"event":{"b":2},"fields":{"x":"y"}}}`)
	f(`{"loki":{"ts":1,"line":"{\"records\":[{\"a\":\"x\\ny\"},{\"b\":\"\\\"\"}]}"}}`, `{"loki":{"ts":1,"line":"{\"a\":\"x\\ny\"}"}}`, `{"loki":{"ts":1,"line":"{\"b\":\"\\\"\"}"}}`)
	f(`{"otlp":{"time":1,"body":"[{\"a\":1},{\"b\":2}]","severity":9}}`, `{"otlp":{"time":1,"body":"{\"a\":1}","severity":9}}`, `{"otlp":{"time":1,"body":"{\"b\":2}","severity":9}}`)
	f(`{"gelf":{"version":"1.1","short_message":"[{\"a\":1},{\"b\":2}]"}}`, `{"gelf":{"version":"1.1","short_message":"{\"a\":1}"}}`, `{"gelf":{"version":"1.1","short_message":"{\"b\":2}"}}`)

	f(`{"Records":[{"a":1}]}`) // one record
	f(`[{"a":1},2]`)
	f(`[]`)
	f(`[{"a":1}] and more`)
	f(`{"hec":{"event":[{"a":1}]}}`)
	f(`{"hec":{"event":"text [{","fields":{"l":[{},{}]}}}`)
	f(`{"hec":{"event":[{"a":1},2]}}`)
	f(`{"x":"Records","records":[{"a":1},{}],"source":"k\"s"}`) // an application's own
	f(`{"Records":[]}`)
	f(`{"snapshot":[{"pid":"7"},{"pid":"8"}]}`) // nobody's that is known
	f(`{"logEvents":[{"id":"1"},{"id":"2"}]}`)
	f(`{"Records":[{"a":1},2]}`)
	f(`{"Records":[{"a":1},{"b":2}]`)
	f(`{"Records":[{"a":1},{"b":2}],"Records":[{},{}]}`)
	f(`{"Records":[{"a":1},{"b":2}]} and more`)
	f(`{"Records":[{"a":1},{"b":2},]}`)
	f(`{"Records":[{"a":1} {"b":2}]}`)
	f(`{"a":{"Records":[{"a":1},{"b":2}]}}`) // not its own
	f(`{"Records":"[{},{}]"}`)
	f(`{"jsonrpc":"2.0","params":{"events":[{"a":1},2]}}`)
	f(`{"jsonrpc":"2.0","params":{"events":[{"a":1},{}]}} and more`)
	f(`{"jsonrpc":"2.0","params":{"other":[{"a":1},{}]}}`)
	f(`{"params":{"events":[{"a":1},{}]}}`) // nobody's call
	f(`{"eventType":"other","data":{"events":[{"a":1},{}]}}`)
	f(`{"eventType":"com.okta.event_hook","data":{"events":[{"a":1},{}]},"x":{]}`)
	f(`{"eventType":"com.okta.event_hook","data":{"events":[{"a":1},2]}}`)
	f(`<134>1 - - - - - - {"Records":[{"a":1},{"b":2}]}`)
	f(`{"Records":[{}` + strings.Repeat(",{}", MaxRecords) + `]}`)
	f(`{"Records":[{},{},{},{},{},{},{},{},{},{},{},{}],"much":"` + strings.Repeat("x", 1000) + `"}`) // would be 12 times as much
}

// TestSplitRead reads what lines are cut into.
func TestSplitRead(t *testing.T) {
	f := func(line string, n int, want map[event.Field]string) {
		t.Helper()
		r, several := Split([]byte(line))
		if !several {
			t.Fatalf("one record: %s", line)
		}
		var one []byte
		for range n {
			one, _ = r.Append(one[:0])
		}
		e, _ := row(t, string(one), Auto)
		for field, v := range want {
			if got := e.Str(field); got != v {
				t.Errorf("%s: %s is %q, want %q", one, field, got, v)
			}
		}
	}
	f(`{"snapshot":[{"pid":"7","cmdline":"nc -l 1","path":"/bin/nc"},{"pid":"8","cmdline":"id","path":"/bin/id"}],"action":"snapshot","name":"processes","hostIdentifier":"web1","unixTime":1795161662}`, 2,
		map[event.Field]string{event.EventDataset: "osquery.result", event.EventAction: "snapshot", event.ProcessCommandLine: "id", event.ProcessExecutable: "/bin/id", event.HostName: "web1"})
	f(`{"jsonrpc":"2.0","method":"addEvents","params":{"events":[{"module":"av","companyId":"c1","computer_id":"5","computer_name":"pc1","malware_name":"a"},{"module":"av","companyId":"c1","computer_id":"6","computer_name":"pc2","malware_name":"b"}]},"id":"1"}`, 2,
		map[event.Field]string{event.EventDataset: "bitdefender.push_notifications", event.HostName: "pc2", event.RuleName: "b"})
	f(`{"jsonrpc":"2.0","method":"addEvents","params":{"events":[{"module":"av","companyId":"c1","computer_id":"5","computer_name":"pc1","malware_name":"a"}]}}`, 1,
		map[event.Field]string{event.EventDataset: "bitdefender.push_notifications", event.HostName: "pc1"})
	f(`{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"/var/log/secure","logStream":"i-1","subscriptionFilters":["all"],"logEvents":[{"id":"1","timestamp":1795457655000,"message":"Nov 23 18:14:15 web1 sshd[7]: Invalid user bob from 192.0.2.7 port 4711"},`+
		`{"id":"2","timestamp":1795457655000,"message":"2 123456789012 eni-0a1b 192.0.2.7 198.51.100.9 51234 22 6 20 4249 1795457655 1795457715 REJECT OK"}]}`, 2,
		map[event.Field]string{event.EventDataset: "aws.vpcflow", event.SourceIP: "192.0.2.7", event.EventOutcome: "failure"})
	f(`{"records":[{"time":"2026-11-20T08:01:02Z","category":"SignInLogs","operationName":"Sign-in activity","properties":{"userPrincipalName":"a@example.com","ipAddress":"192.0.2.1"}},`+
		`{"time":"2026-11-20T08:01:03Z","category":"SignInLogs","operationName":"Sign-in activity","resultType":"50126","properties":{"userPrincipalName":"b@example.com","ipAddress":"192.0.2.2"}}]}`, 2,
		map[event.Field]string{event.EventDataset: "azure.signinlogs", event.UserName: "b", event.SourceIP: "192.0.2.2", event.EventOutcome: "failure"})
	f(`{"Findings":[{"ProductArn":"p","AwsAccountId":"123456789012","Title":"one"},{"ProductArn":"p","AwsAccountId":"123456789012","Title":"two","Compliance":{"Status":"FAILED"}}]}`, 2,
		map[event.Field]string{event.EventDataset: "aws.securityhub_findings", event.RuleName: "two", event.EventOutcome: "failure"})
	f(`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[{"auditID":"1","verb":"get","user":{"username":"a"},"sourceIPs":["192.0.2.1"]}]}`, 1,
		map[event.Field]string{event.EventDataset: "kubernetes.audit", event.UserName: "a", event.EventAction: "get"})
}

// TestCarriedTime: the time of a line that a record carries counts where the record states none, whoever reads its message.
func TestCarriedTime(t *testing.T) {
	for _, message := range []string{`Invalid user bob from 192.0.2.7 port 4711`, `level=info msg=\"Invalid username or password\" remote_addr=192.0.2.7`} {
		_, s := row(t, `{"message":"Nov 23 18:14:14 web2 grafana[7]: `+message+`"}`, Auto)
		if got := time.Unix(0, s.Time).UTC().Format(time.RFC3339); !s.Has || got != "2026-11-23T18:14:14Z" {
			t.Errorf("%s: %s", message, got)
		}
	}
}

// TestPushedTime: of what Pub/Sub pushes the message's own time counts, else that of its publication.
func TestPushedTime(t *testing.T) {
	f := func(message, want string) {
		t.Helper()
		data := base64.StdEncoding.EncodeToString([]byte(message))
		_, s := row(t, `{"message":{"data":"`+data+`","messageId":"7","publishTime":"2026-11-23T18:14:17Z"},"subscription":"projects/p1/subscriptions/siem"}`, Auto)
		if got := time.Unix(0, s.Time).UTC().Format(time.RFC3339); !s.Has || got != want {
			t.Errorf("%s: %s, should be %s", message, got, want)
		}
	}
	f("the job is done", "2026-11-23T18:14:17Z")
	f(`{"logName":"l","timestamp":"2026-11-23T18:14:15Z"}`, "2026-11-23T18:14:15Z")
	f(`{"logName":"l"}`, "2026-11-23T18:14:17Z")
	f("<38>1 2026-11-23T18:14:16Z web1 sshd 7 - - Invalid user bob from 192.0.2.7 port 4711", "2026-11-23T18:14:16Z")
}

// FuzzSplit holds Split to what encoding/json reads: the same records, in order, with the same neighbours.
func FuzzSplit(f *testing.F) {
	f.Add([]byte(`{"x":1,"Records":[{"a":1},{"b":[2]}],"y":{}}`))
	f.Add([]byte(`{"otlp":{"body":"[{\"a\":\"\\u0001\"},{\"b\":[2]}]"}}`))
	f.Add([]byte(`{"snapshot":[{"pid":"7"},{"pid":"8"}],"hostIdentifier":"web1"}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		r, several := Split(line)
		if !several || !json.Valid(bytes.TrimRight(line, "\x00")) {
			return
		}
		n, size := 0, 0
		for {
			one, ok := r.Append(nil)
			if !ok {
				break
			}
			if n, size = n+1, size+len(one); !json.Valid(bytes.TrimRight(one, "\x00")) {
				t.Fatalf("%q out of %q", one, line)
			}
		}
		if n < 1 || n > MaxRecords || size > SplitBytes(len(line)) {
			t.Fatalf("%d records with %d bytes of %q", n, size, line)
		}
	})
}

// BenchmarkSplitNone is what a line of JSON costs that holds no records.
func BenchmarkSplitNone(b *testing.B) {
	line := []byte(`{"@timestamp":"2026-11-20T08:01:02Z","tags":["a","b"],"related":{"ip":["192.0.2.1"]},"message":"` + strings.Repeat("words ", 100) + `"}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, several := Split(line); several {
			b.Fatal("several")
		}
	}
}
