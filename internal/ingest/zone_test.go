package ingest

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/source"
)

// zoned reads lines as a shard does.
type zoned struct {
	t *testing.T
	r *rows
	b event.Batch
}

func newZoned(t *testing.T, list ...Zone) *zoned {
	t.Helper()
	o := Defaults
	o.Zones = list
	r, err := newRows(o)
	if err != nil {
		t.Fatal(err)
	}
	return &zoned{t: t, r: r}
}

func sender(listener, addr string) *source.Origin {
	return &source.Origin{Tenant: "default", Listener: listener, Transport: "tcp", Peer: netip.AddrPortFrom(netip.MustParseAddr(addr), 1)}
}

// line reads one and gives its stated and effective time, its zone and where that is from.
func (z *zoned) line(o *source.Origin, line string, received time.Time) (stated, effective time.Time, zone, from string) {
	z.t.Helper()
	z.b.Reset()
	z.b.SetID(event.BlockID{1})
	z.r.add(&z.b, o, []byte(line), received.UnixNano(), false)
	e := z.b.Event(0)
	s, _ := e.Int(event.LogTimestamp)
	return time.Unix(0, s).UTC(), time.Unix(0, e.Time()).UTC(), e.Str(event.EventTimezone), e.Label(labelZoneFrom)
}

func bsd(t time.Time, host string) string {
	return fmt.Sprintf("<13>%s %s app[1]: hello", t.Format(time.Stamp), host)
}

func TestZoneStated(t *testing.T) {
	z := newZoned(t, Zone{Zone: "America/New_York", Addresses: []string{"192.0.2.0/24", "2001:db8::1"}},
		Zone{Zone: "Europe/Berlin", Listeners: []string{"branch"}}, Zone{Zone: "Asia/Kolkata", Listeners: []string{"x"}, Addresses: []string{"198.51.100.7"}})
	f := func(listener, addr, line, received, stated, zone string) {
		t.Helper()
		at, err := time.Parse(time.RFC3339, received)
		if err != nil {
			t.Fatal(err)
		}
		got, effective, tz, from := z.line(sender(listener, addr), line, at)
		if got.Format(time.RFC3339) != stated || tz != zone || (from == zoneStated) != (zone != "") || !effective.Equal(got) {
			t.Errorf("%s: %v, effective %v, zone %q from %q; want %s %q", line, got, effective, tz, from, stated, zone)
		}
	}
	f("udp", "192.0.2.9", "<13>Jul  1 08:00:00 a app: x", "2026-07-01T12:00:01Z", "2026-07-01T12:00:00Z", "America/New_York")
	f("udp", "192.0.2.9", "<13>Jan  1 08:00:00 a app: x", "2026-01-01T13:00:01Z", "2026-01-01T13:00:00Z", "America/New_York")
	f("udp", "2001:db8::1", "<13>Jan  1 08:00:00 a app: x", "2026-01-01T13:00:01Z", "2026-01-01T13:00:00Z", "America/New_York")
	f("branch", "203.0.113.1", "<13>Mar 29 01:59:59 a app: x", "2026-03-29T01:00:00Z", "2026-03-29T00:59:59Z", "Europe/Berlin")
	f("branch", "203.0.113.1", "<13>Mar 29 03:00:00 a app: x", "2026-03-29T01:00:01Z", "2026-03-29T01:00:00Z", "Europe/Berlin")
	f("branch", "203.0.113.1", "<13>Jan  1 00:30:00 a app: x", "2025-12-31T23:30:00Z", "2025-12-31T23:30:00Z", "Europe/Berlin") // its year begins before ours
	f("udp", "192.0.2.9", "<13>Dec 31 23:00:00 a app: x", "2026-01-01T04:00:00Z", "2026-01-01T04:00:00Z", "America/New_York")
	f("udp", "198.51.100.7", "<13>Jan  1 08:00:00 a app: x", "2026-01-01T08:00:01Z", "2026-01-01T08:00:00Z", "") // both must fit
	f("x", "198.51.100.7", "<13>Jan  1 13:30:00 a app: x", "2026-01-01T08:00:01Z", "2026-01-01T08:00:00Z", "Asia/Kolkata")
	f("udp", "192.0.2.9", "<13>1 2026-07-01T12:00:00Z a app 1 - - x", "2026-07-01T12:00:01Z", "2026-07-01T12:00:00Z", "") // states its own

	for _, bad := range []Zone{{Zone: "Mars/Base"}, {}, {Zone: "UTC", Addresses: []string{"192.0.2.0/33"}}} {
		o := Defaults
		o.Zones = []Zone{bad}
		if err := o.Check(); err == nil || !strings.Contains(err.Error(), "zones[0].") {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func TestZoneLearned(t *testing.T) {
	z := newZoned(t)
	begin := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	o := sender("udp", "192.0.2.9")
	// each sends n lines, one each ten seconds, and gives what the last was read as.
	each := func(o *source.Origin, host string, from time.Time, n int, offset, delay time.Duration) (off time.Duration, effective time.Duration, zone string) {
		t.Helper()
		for i := range n {
			at := from.Add(time.Duration(i) * 10 * time.Second)
			stated, eff, tz, why := z.line(o, bsd(at.Add(offset-delay), host), at)
			off, effective, zone = stated.Sub(at), eff.Sub(at), tz
			if (why == zoneLearned) != (tz != "") {
				t.Errorf("zone %q from %q", tz, why)
			}
		}
		return off, effective, zone
	}
	f := func(what string, o *source.Origin, host string, from time.Time, n int, offset, delay, wantOff, wantEffective time.Duration, want string) {
		t.Helper()
		if off, eff, zone := each(o, host, from, n, offset, delay); off != wantOff || eff != wantEffective || zone != want {
			t.Errorf("%s: stated %v from receipt, effective %v, zone %q; want %v, %v, %q", what, off, eff, zone, wantOff, wantEffective, want)
		}
	}
	h := time.Hour
	f("the first nine", o, "berlin", begin, 9, 2*h, time.Second, 2*h-time.Second, 0, "")
	f("the tenth", o, "berlin", begin.Add(90*time.Second), 1, 2*h, time.Second, -time.Second, -time.Second, "+02:00")
	f("another host behind the same relay", o, "here", begin.Add(100*time.Second), 20, 0, time.Second, -time.Second, -time.Second, "")
	f("the first goes on", o, "berlin", begin.Add(300*time.Second), 1, 2*h, 3*time.Second, -3*time.Second, -3*time.Second, "+02:00")
	f("winter comes", o, "berlin", begin.Add(400*time.Second), 9, h, time.Second, -h-time.Second, 0, "+02:00")
	f("and is learned", o, "berlin", begin.Add(490*time.Second), 1, h, time.Second, -time.Second, -time.Second, "+01:00")
	f("west, half an hour", sender("udp", "192.0.2.10"), "nl", begin, 12, -2*h-30*time.Minute, time.Second, -time.Second, -time.Second, "-02:30")
	f("a clock that is seven minutes off is no zone", sender("udp", "192.0.2.11"), "off", begin, 50, 7*time.Minute, 0, 7*time.Minute, 0, "")

	// A backlog of two hours, handed over in two minutes: its times run faster than the clock.
	for i := range 120 {
		at := begin.Add(time.Duration(i) * time.Second)
		if _, _, tz, _ := z.line(sender("udp", "192.0.2.12"), bsd(begin.Add(-2*h+time.Duration(i)*time.Minute), "late"), at); tz != "" {
			t.Fatalf("line %d of a backlog: zone %q", i, tz)
		}
	}
}

// TestZonesKept: what was learned of a host is known after a restart, from whichever shard's file, as long as the zone of all is the same.
func TestZonesKept(t *testing.T) {
	root := t.TempDir()
	own := filepath.Join(root, "0")
	if err := os.Mkdir(own, 0o700); err != nil {
		t.Fatal(err)
	}
	o := sender("udp", "192.0.2.9")
	z := newZoned(t)
	at := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for i := range 12 {
		now := at.Add(time.Duration(i) * 10 * time.Second)
		z.line(o, bsd(now.Add(2*time.Hour), "gw1"), now)
	}
	if err := z.r.zones.keep(own, ""); err != nil {
		t.Fatal(err)
	}
	first := func(dir, zone string) string {
		t.Helper()
		z := newZoned(t)
		if err := z.r.zones.recall(root, dir, zone); err != nil {
			t.Fatal(err)
		}
		now := at.Add(time.Hour)
		stated, _, name, from := z.line(o, bsd(now.Add(2*time.Hour), "gw1"), now)
		if name != "" && (!stated.Equal(now) || from != zoneLearned) {
			t.Errorf("stated %v, zone from %q", stated, from)
		}
		return name
	}
	if got := first(own, ""); got != "+02:00" {
		t.Errorf("after a restart: zone %q", got)
	}
	if got := first(filepath.Join(root, "1"), ""); got != "+02:00" {
		t.Errorf("on another shard: zone %q", got)
	}
	if got := first(own, "Europe/Berlin"); got != "" {
		t.Errorf("with another zone of all: %q", got)
	}
	for _, bad := range []string{"{", `{"zone":"","hosts":[{"offset":1},{"offset":900000},{"offset":0}]}`} {
		if err := os.WriteFile(filepath.Join(own, zoneFile), []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		z := newZoned(t)
		if err := z.r.zones.recall(root, own, ""); (err != nil) != (bad == "{") || len(z.r.zones.learned) != 0 {
			t.Errorf("%s: %v, %d learned", bad, err, len(z.r.zones.learned))
		}
	}
}
