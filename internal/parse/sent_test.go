package parse

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"watchpost/internal/event"
)

// plain gives all fields of e but those that tell how it came.
func plain(t testing.TB, e event.Event) map[string]any {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(e.AppendJSON(nil, nil), &all); err != nil {
		t.Fatal(err)
	}
	for _, f := range []event.Field{event.EventOriginal, event.EventID, event.EventIngested, event.Timestamp} {
		delete(all, f.String())
	}
	return all
}

// TestSentLines holds a line in any envelope to what the same line is by syslog.
func TestSentLines(t *testing.T) {
	tried, differ := 0, 0
	for _, c := range bodyCases(t) {
		want, stamp := row(t, c.Line, Syslog)
		if body := trimJSON([]byte(c.Line)); len(body) == 0 || body[0] == '{' || want.Str(event.EventDataset) == TagUnparsed || strings.Contains(c.Line, "\ufffd") {
			continue
		}
		quoted, err := json.Marshal(c.Line)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range []string{`{"hec":{"event":%s,"time":1700000000}}`, `{"otlp":{"time":"1700000000000000000","body":%s}}`,
			`{"loki":{"ts":"1700000000000000000","line":%s,"labels":{}}}`, `{"gelf":{"version":"1.1","timestamp":1700000000,"short_message":%s}}`} {
			tried++
			got, at := row(t, fmt.Sprintf(form, quoted), JSON)
			a, b := plain(t, want), plain(t, got)
			if !maps.EqualFunc(a, b, func(x, y any) bool { return fmt.Sprint(x) == fmt.Sprint(y) }) {
				differ++
				t.Errorf("%s\n\tby syslog %v\n\tin %.12s %v", c.Line, a, form, b)
			}
			if stamp.Has && stamp.Year && stamp.Zone && at != stamp {
				t.Errorf("%s: time %v, by syslog %v", c.Line, at, stamp)
			}
			if !at.Has || !at.Year || !at.Zone {
				t.Errorf("%s: no time: %+v", c.Line, at)
			}
		}
	}
	t.Logf("%d tried, %d differ", tried, differ)
	if tried < 1000 {
		t.Errorf("only %d tried", tried)
	}
}

// TestSentTime: the event's own time where it states all of it, else the envelope's.
func TestSentTime(t *testing.T) {
	f := func(line string, want int64) {
		t.Helper()
		if _, s := row(t, line, JSON); !s.Has || !s.Year || !s.Zone || s.Time != want {
			t.Errorf("%s: %+v, want %d", line, s, want)
		}
	}
	f(`{"hec":{"time":1700000000.123456789,"event":"x"}}`, 1700000000123456789)
	f(`{"hec":{"time":"1700000000.5","event":"x"}}`, 1700000000500000000)
	f(`{"hec":{"time":1700000000123,"event":"x"}}`, 1700000000123000000)
	f(`{"hec":{"time":1700000000,"event":"<34>Nov 23 18:14:15 web1 app: no year"}}`, 1700000000000000000)
	f(`{"hec":{"time":1700000000,"event":"<34>1 2023-11-14T22:13:21Z web1 app - - - x"}}`, 1700000001000000000)
	f(`{"hec":{"time":1700000000,"event":{"@timestamp":"2023-11-14T22:13:21Z"}}}`, 1700000001000000000)
	f(`{"hec":{"time":1700000000,"event":"CEF:0|Acme|Wall|1|7|deny|5|src=192.0.2.7 rt=Nov 14 2023 23:13:21 dtz=Europe/Berlin"}}`, 1700000001000000000)
	f(`{"hec":{"time":1700000000,"event":"CEF:0|Acme|Wall|1|7|deny|5|src=192.0.2.7 rt=Nov 14 2023 22:13:21 dtz=UTC"}}`, 1700000001000000000)
	f(`{"hec":{"time":1700000000,"event":"CEF:0|Acme|Wall|1|7|deny|5|src=192.0.2.7 rt=Nov 14 2023 22:13:21"}}`, 1700000000000000000)
	f(`{"@timestamp":"2023-11-14T22:13:20Z","message":"CEF:0|Acme|Wall|1|7|deny|5|src=192.0.2.7 rt=Nov 14 2023 23:13:21 dtz=Europe/Berlin"}`, 1700000001000000000)
	f(`{"@timestamp":"2023-11-14T22:13:20Z","message":"<134>Nov 14 22:13:00 wall1 CEF:0|Acme|Wall|1|7|deny|5|src=192.0.2.7 rt=Nov 14 2023 23:13:21 dtz=Europe/Berlin"}`, 1700000001000000000)
	f(`{"@timestamp":"2023-11-14T22:13:20Z","message":"CEF:0|Acme|Wall|1|7|deny|5|src=192.0.2.7 rt=1700000001000"}`, 1700000001000000000)
	f(`{"@timestamp":"2023-11-14T22:13:20Z","message":"CEF:0|Acme|Wall|1|7|deny|5|src=192.0.2.7 rt=Nov 14 2023 22:13:21"}`, 1700000000000000000)
	f(`{"otlp":{"time":"1700000000000000001","observed":"1700000009000000000","body":"x"}}`, 1700000000000000001)
	f(`{"otlp":{"observed":"1700000000000000001","body":"x"}}`, 1700000000000000001)
	f(`{"loki":{"ts":"1700000000000000001","line":"x","labels":{}}}`, 1700000000000000001)
	f(`{"fluent":{"tag":"a.b","time":1700000000.123456789,"record":{"log":"x"}}}`, 1700000000123456789)
	f(`{"fluent":{"tag":"a.b","time":1700000000,"record":{"log":"x"}}}`, 1700000000000000000)
	f(`{"fluent":{"tag":"a.b","time":1700000000.5,"record":{"time":"2023-11-14T22:13:21Z"}}}`, 1700000001000000000)
	f(`{"gelf":{"timestamp":1700000000.001,"short_message":"x"}}`, 1700000000001000000)
	if _, s := row(t, `{"hec":{"time":"soon","event":"x"}}`, JSON); s.Has {
		t.Errorf("%+v", s)
	}
}

// FuzzSent: no envelope may break a row or lose what it carries.
func FuzzSent(f *testing.F) {
	for _, c := range bodyCases(f) {
		if isSent([]byte(c.Line)) >= 0 {
			f.Add(c.Line)
		}
	}
	f.Fuzz(func(t *testing.T, line string) {
		if len(line) > MaxLine {
			return
		}
		e, _ := row(t, line, JSON)
		if strings.HasPrefix(e.Str(event.ErrorMessage), "BUG") || e.Str(event.EventOriginal) != line {
			t.Errorf("%q: %s", line, e.Str(event.ErrorMessage))
		}
	})
}
