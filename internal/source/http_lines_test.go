package source

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestHTTPLines(t *testing.T) {
	m := newMemory()
	h, _, _ := httpOn(t, m, nil)
	f := func(query, body string, status int, want string, lines *Lines, frames ...string) {
		t.Helper()
		m.mu.Lock()
		m.frames, m.origins = nil, nil
		m.mu.Unlock()
		got, _, text := ask(t, h, "POST", "/api/v1/lines"+query, strings.NewReader(body), "Content-Type", "text/plain; charset=utf-8")
		m.mu.Lock()
		defer m.mu.Unlock()
		if got != status || text != want || !slices.Equal(m.frames, frames) {
			t.Errorf("%s: got %d %s and %q, want %d %s and %q", query, got, text, m.frames, status, want, frames)
		}
		for _, o := range m.origins {
			if l := *o.Lines; l.Format != lines.Format || l.Own != lines.Own || l.Year != lines.Year || l.File != lines.File || fmt.Sprint(l.Zone) != fmt.Sprint(lines.Zone) {
				t.Errorf("%s: lines are read as %+v, want %+v", query, l, *lines)
			}
		}
	}
	f("", "one\n\n  \ntwo\r\n{\"a\":1}", 200, `{"accepted":3,"rejected":0}`, &Lines{Format: "auto"}, "one", "two", `{"a":1}`)
	f("", "a\n"+strings.Repeat("x", 1<<20+1)+"\nb", 200, `{"accepted":2,"rejected":1,"errors":[{"line":2,"error":"record too large"}]}`, &Lines{Format: "auto"}, "a", "b")
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	f("?format=syslog&tz=Europe/Berlin&time=own&year=2024-02-01T00:00:00Z&file=/var/log/x", "one", 200, `{"accepted":1,"rejected":0}`,
		&Lines{Format: "syslog", Zone: berlin, Own: true, Year: time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC).UnixNano(), File: "/var/log/x"}, "one")
	for query, detail := range map[string]string{
		"?format=xml": `format: "xml" should be auto, syslog or json`, "?tz=Mars": `tz: "Mars" is no name of a zone`, "?time=now": `time: "now" should be own or receipt`,
		"?year=24": `year: "24" should be an RFC 3339 time`, "?year=9999-01-01T00:00:00Z": `year: "9999-01-01T00:00:00Z" should be an RFC 3339 time`,
		"?x=1": `"x" is no parameter; known: format, tz, time, year, file`,
	} {
		f(query, "one", 400, fmt.Sprintf(`{"detail":%q,"status":400,"title":"Bad Request"}`, detail), nil)
	}
	if status, _, _ := ask(t, h, "POST", "/api/v1/lines", strings.NewReader("one")); status != http.StatusBadRequest {
		t.Errorf("without a content type: %d", status)
	}

	// The same lines read otherwise are another request.
	m.mu.Lock()
	m.ids = nil
	m.mu.Unlock()
	for _, query := range []string{"", "", "?format=json", "?time=own"} {
		ask(t, h, "POST", "/api/v1/lines"+query, strings.NewReader("one"), "Content-Type", "text/plain")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.ids) != 4 || m.ids[0] != m.ids[1] || m.ids[0] == m.ids[2] || m.ids[2] == m.ids[3] || m.ids[0] == m.ids[3] {
		t.Errorf("ids %x", m.ids)
	}
}
