package app

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"watchpost/internal/parse"
)

func TestParse(t *testing.T) {
	received := time.Date(2026, 1, 1, 0, 30, 0, 0, time.UTC)
	run := func(o ParseOptions, in string) []map[string]any {
		t.Helper()
		o.Received = received
		var out bytes.Buffer
		if err := Parse(strings.NewReader(in), &out, o); err != nil {
			t.Fatal(err)
		}
		var rows []map[string]any
		for line := range strings.Lines(out.String()) {
			var m map[string]any
			if err := json.Unmarshal([]byte(line), &m); err != nil {
				t.Fatalf("%v: %.200s", err, line)
			}
			rows = append(rows, m)
		}
		return rows
	}
	f := func(row map[string]any, name string, want any) {
		t.Helper()
		if row[name] != want {
			t.Errorf("%s is %#v, should be %#v", name, row[name], want)
		}
	}
	big := strings.Repeat("x", 10<<20)
	rows := run(ParseOptions{}, "<34>Dec 31 23:59:00 web1 app: old year\n"+
		"<34>1 2001-02-03T04:05:06Z web1 app - - - long ago\n"+
		"\n"+"caf\xe9\n"+big+"\n"+`{"user":{"name":"alice"}}`+"\r\n"+"no end")
	if len(rows) != 7 {
		t.Fatalf("%d rows", len(rows))
	}
	f(rows[0], "@timestamp", "2025-12-31T23:59:00Z")
	f(rows[1], "@timestamp", "2001-02-03T04:05:06Z")
	f(rows[2], "@timestamp", "2026-01-01T00:30:00Z")
	f(rows[2], "host.name", nil)
	f(rows[3], "event.original", "caf\uFFFD")
	f(rows[3], "event.original_base64", base64.StdEncoding.EncodeToString([]byte("caf\xe9")))
	f(rows[4], "event.original", big[:parse.MaxLine])
	f(rows[5], "event.original", `{"user":{"name":"alice"}}`+"\r")
	f(rows[5], "user.name", "alice")
	f(rows[6], "event.original", "no end")
	if tags, _ := rows[4]["tags"].([]any); len(tags) != 2 || tags[0] != "truncated" {
		t.Errorf("tags of the long line: %v", tags)
	}
	f(run(ParseOptions{Zone: "Europe/Berlin"}, "<34>Dec 31 12:00:00 web1 app: m")[0], "@timestamp", "2025-12-31T11:00:00Z")
	f(run(ParseOptions{Format: "syslog"}, `{"user":{"name":"alice"}}`)[0], "event.dataset", "json")
	f(run(ParseOptions{Format: "json"}, `hello`)[0], "event.kind", "pipeline_error")
	for _, o := range []ParseOptions{{Format: "xml"}, {Zone: "Mars/Olympus"}} {
		if err := Parse(strings.NewReader(""), new(bytes.Buffer), o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
	if n := len(run(ParseOptions{}, "")); n != 0 {
		t.Errorf("%d rows of nothing", n)
	}
}
