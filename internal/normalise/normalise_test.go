package normalise

import (
	"testing"
	"time"

	"watchpost/internal/event"
)

func TestTime(t *testing.T) {
	now := time.Date(2026, 11, 23, 20, 0, 0, 0, time.UTC)
	f := func(name string, off time.Duration, s Stamp, own bool) {
		t.Helper()
		s.Has = true
		s.Time = now.Add(off).UnixNano()
		want := now.UnixNano()
		if own {
			want = s.Time
		}
		if got := Defaults.Time(s, now.UnixNano()); got != want {
			t.Errorf("%s: %s", name, time.Unix(0, got).UTC())
		}
	}
	whole := Stamp{Year: true, Zone: true}
	f("now", 0, Stamp{}, true)
	f("ahead, at tolerance", 5*time.Minute, Stamp{}, true)
	f("ahead", 5*time.Minute+1, whole, false)
	f("far ahead", 20*365*24*time.Hour, whole, false)
	f("behind, at tolerance", -15*time.Minute, Stamp{}, true)
	f("behind without zone", -15*time.Minute-1, Stamp{Year: true}, false)
	f("behind without year", -15*time.Minute-1, Stamp{Zone: true}, false)
	f("behind", -48*time.Hour, whole, true)
	if got := Defaults.Time(Stamp{}, now.UnixNano()); got != now.UnixNano() {
		t.Errorf("no stamp: %d", got)
	}
}

func TestOptions(t *testing.T) {
	if err := Defaults.Check(); err != nil {
		t.Error(err)
	}
	if err := (Options{Ahead: -1, Behind: 25 * time.Hour}).Check(); err == nil || err.Error() != "ahead: should be from 0s to 24h\nbehind: should be from 0s to 24h" {
		t.Errorf("%v", err)
	}
}

func TestRow(t *testing.T) {
	var b event.Batch
	row := func(s Stamp, set func()) event.Event {
		b.Begin([]byte("x"), 1e18)
		set()
		Defaults.Row(&b, s, 1e18)
		b.End()
		return b.Event(b.Rows() - 1)
	}
	f := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s is %q, should be %q", what, got, want)
		}
	}
	list := func(e event.Event, f event.Field) (out string) {
		for i := range e.Len(f) {
			out += e.At(f, i) + " "
		}
		return out
	}
	e := row(Stamp{Has: true, Time: 1e18 - 5}, func() {
		b.SetString(event.SourceIP, "2001:0DB8:0:0::7")
		b.SetString(event.DestinationIP, "::ffff:192.0.2.1")
		b.SetString(event.SourceNATIP, "no address")
		b.AddString(event.HostIP, "fe80::1%eth0")
		b.AddString(event.HostIP, "192.0.2.1")
		b.SetString(event.ProcessHashSha256, "AbC")
		b.SetString(event.NetworkTransport, "TCP")
		b.SetString(event.UserName, "Alice")
		b.SetString(event.UserTargetName, "bob")
		b.SetString(event.ObserverName, "fw1")
		b.SetString(event.SourceDomain, "host.example.net")
	})
	f("source.ip", e.Str(event.SourceIP), "2001:db8::7")
	f("destination.ip", e.Str(event.DestinationIP), "192.0.2.1")
	f("source.nat.ip", e.Str(event.SourceNATIP), "")
	f("its label", e.Label("source.nat.ip"), "no address")
	f("host.ip", list(e, event.HostIP), "fe80::1 192.0.2.1 ")
	f("hash", e.Str(event.ProcessHashSha256), "abc")
	f("transport", e.Str(event.NetworkTransport), "tcp")
	f("user.name", e.Str(event.UserName), "Alice")
	f("host.name", e.Str(event.HostName), "fw1")
	f("related.ip", list(e, event.RelatedIP), "2001:db8::7 192.0.2.1 fe80::1 ")
	f("related.user", list(e, event.RelatedUser), "Alice bob ")
	f("related.hosts", list(e, event.RelatedHosts), "fw1 host.example.net ")
	f("related.hash", list(e, event.RelatedHash), "abc ")
	if at, ok := e.Int(event.LogTimestamp); !ok || at != 1e18-5 || e.Time() != 1e18-5 {
		t.Errorf("log.timestamp %d, @timestamp %d", at, e.Time())
	}
	e = row(Stamp{}, func() {})
	if e.Present(event.LogTimestamp) || e.Present(event.RelatedIP) || e.Present(event.HostName) || e.Time() != 1e18 {
		t.Errorf("an empty row has gained something: %s", e.AppendJSON(nil, nil))
	}
}

func TestNoAllocations(t *testing.T) {
	var b event.Batch
	fill := func() {
		b.Reset()
		for range 64 {
			b.Begin([]byte("x"), 1e18)
			b.SetString(event.SourceIP, "192.0.2.1")
			b.SetString(event.DestinationIP, "2001:db8::1")
			b.SetString(event.UserName, "alice")
			b.SetString(event.HostName, "web1")
			Defaults.Row(&b, Stamp{Has: true, Time: 1e18}, 1e18)
			b.End()
		}
	}
	fill()
	if n := testing.AllocsPerRun(50, fill) / 64; n != 0 {
		t.Errorf("%v allocations a row", n)
	}
}

func BenchmarkRow(b *testing.B) {
	var batch event.Batch
	line := []byte("x")
	b.ReportAllocs()
	for b.Loop() {
		if batch.Full() {
			batch.Reset()
		}
		batch.Begin(line, 1e18)
		batch.SetString(event.SourceIP, "192.0.2.1")
		batch.SetString(event.UserName, "alice")
		batch.SetString(event.HostName, "web1")
		Defaults.Row(&batch, Stamp{Has: true, Time: 1e18}, 1e18)
		batch.End()
	}
}
