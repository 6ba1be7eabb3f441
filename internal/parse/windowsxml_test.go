package parse

import (
	"strings"
	"testing"
	"time"
)

// TestWindowsXMLTime: the event's own time counts, not that of the agent's header; hostile XML ends.
func TestWindowsXMLTime(t *testing.T) {
	f := func(line, want string) {
		t.Helper()
		_, s := row(t, line, Auto)
		got := ""
		if s.Has {
			got = time.Unix(0, s.Time).UTC().Format(time.RFC3339Nano)
		}
		if got != want {
			t.Errorf("the time is %q, should be %q: %.200s", got, want, line)
		}
	}
	x := "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><EventID>1</EventID><Channel>System</Channel><TimeCreated SystemTime='2026-11-23T10:00:34.250Z'/></System></Event>"
	f(x, "2026-11-23T10:00:34.25Z")
	f("<13>Nov 23 10:00:40 collector1 winevt: "+x, "2026-11-23T10:00:34.25Z")
	head := "<Event ><System><EventID>1</EventID><Channel>System</Channel></System>          "
	f(head+strings.Repeat("<a>", 100), "")
	f(head+"</a></b></Event></Event></Event>", "")
	f(head+strings.Repeat("<a b='c'/>", 2000)+"</Event>", "")
	f(head+"<EventData><Data Name='x'>&#x110000;&#0;&nothing;&;&</Data></EventData></Event>", "")
	f(head+"<![CDATA[", "")
}
