package ingest

import (
	"testing"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/source"
)

// Lines out of files keep their own time, with years of the file's, and are the same when they are read again.
func TestLines(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	year := time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC).UnixNano()
	again, err := NewReparser(Defaults, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := func(l *source.Lines, line, want string) {
		t.Helper()
		z := newZoned(t)
		o := sender("agents", "127.0.0.1")
		o.Transport, o.Lines = "http", l
		_, effective, _, _ := z.line(o, line, now)
		if got := effective.Format(time.RFC3339); got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
		e := z.b.Event(0)
		if e.Ingested() != now.UnixNano() || e.Str(event.LogFilePath) != l.File {
			t.Errorf("%s: received %d, file %q", line, e.Ingested(), e.Str(event.LogFilePath))
		}
		var b event.Batch
		if again.Event(&b, e) {
			t.Errorf("%s: read again it is\n%s, was\n%s", line, b.Event(0).AppendJSON(nil, nil), e.AppendJSON(nil, nil))
		}
	}
	own := &source.Lines{Format: "auto", Zone: berlin, Own: true, Year: year, File: "/var/log/auth.log.3.gz"}
	f(own, "Dec 31 23:30:00 web1 sshd[7]: Invalid user bob from 192.0.2.7 port 4711", "2023-12-31T22:30:00Z")
	f(own, "Jul  1 12:00:00 web1 app: x", "2023-07-01T10:00:00Z")
	f(own, `{"@timestamp": "2020-05-05T10:00:00Z", "message": "x"}`, "2020-05-05T10:00:00Z")
	f(own, "no time at all", "2026-11-28T12:00:00Z")
	f(own, "<13>1 2039-01-01T00:00:00Z web1 app 1 - - from the future", "2026-11-28T12:00:00Z")
	f(&source.Lines{Format: "syslog"}, "Jul  1 12:00:00 web1 app: x", "2026-11-28T12:00:00Z") // as if it came today
	f(&source.Lines{Format: "syslog"}, `{"a": 1}`, "2026-11-28T12:00:00Z")

	z := newZoned(t)
	o := sender("agents", "127.0.0.1")
	o.Lines = own
	z.line(o, "Jul  1 12:00:00 web1 app: panic", now)
	if _, effective, _, _ := z.line(o, "  at main.go:7", now); effective.Format(time.RFC3339) != "2023-07-01T10:00:00Z" {
		t.Errorf("a line that goes on has %v", effective)
	}
	if stated, _, _, _ := z.line(sender("udp", "192.0.2.9"), "<13>Jul  1 12:00:00 web1 app: x", now); stated.Year() != 2026 {
		t.Errorf("the next sender is read in the file's year: %v", stated)
	}
}
