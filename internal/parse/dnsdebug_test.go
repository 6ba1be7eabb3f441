package parse

import (
	"testing"
	"time"

	"watchpost/internal/event"
)

// TestMonthOrDayFirst: where a date can be read both ways, the receipt tells which way it is.
func TestMonthOrDayFirst(t *testing.T) {
	p, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	const behind = " 0E3C PACKET  000001DE1A2B3C40 UDP Rcv 192.0.2.44      2a1b   Q [0001   D   NOERROR] A      (3)www(7)example(3)net(0)"
	for _, c := range []struct{ date, received, want string }{
		{"5/11/2026 6:14:15 PM", "2026-11-05T18:14:16Z", "2026-11-05T18:14:15Z"}, // Australia
		{"11/5/2026 6:14:15 PM", "2026-11-05T18:14:16Z", "2026-11-05T18:14:15Z"}, // United States
		{"05/11/2026 18:14:15", "2026-11-05T18:14:16Z", "2026-11-05T18:14:15Z"},
		{"11/05/2026 18:14:15", "2026-11-05T18:14:16Z", "2026-11-05T18:14:15Z"},
		{"5/11/2026 6:14:15 PM", "2027-03-01T00:00:00Z", "2026-05-11T18:14:15Z"}, // neither is near: by the clock's twelve hours
		{"05/11/2026 18:14:15", "2027-03-01T00:00:00Z", "2026-11-05T18:14:15Z"},
	} {
		received, err := time.Parse(time.RFC3339, c.received)
		if err != nil {
			t.Fatal(err)
		}
		var b event.Batch
		s := p.Line(&b, []byte(c.date+behind), received.UnixNano(), Auto)
		b.End()
		if got := time.Unix(0, s.Time).UTC().Format(time.RFC3339); !s.Has || got != c.want {
			t.Errorf("%s received at %s: %s, want %s", c.date, c.received, got, c.want)
		}
	}
}
