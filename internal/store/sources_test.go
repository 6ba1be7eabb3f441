package store

import (
	"fmt"
	"testing"
	"time"

	"watchpost/internal/event"
)

// TestSources fills the account by rows as a loader does, hour by hour, and asks what is told of the senders.
func TestSources(t *testing.T) {
	s := open(t, options(t))
	now := time.Date(2026, 3, 20, 10, 30, 0, 0, time.UTC)
	w := &work{s: s, l: s.Loader(), log: testLog()}
	defer w.close()
	n := 0
	put := func(a account) {
		t.Helper()
		n++
		if err := w.insert(t.Context(), "sources", fmt.Sprint("test", n), a.input()); err != nil {
			t.Fatal(err)
		}
	}
	add := func(source string, from, to time.Time, each time.Duration, unparsed bool, skew time.Duration) {
		t.Helper()
		var b event.Batch
		a := account{}
		for at := from; at.Before(to); at = at.Add(each) {
			b.Begin([]byte("x"), at.UnixNano())
			b.SetString(event.Tenant, "default")
			b.SetString(event.LogListener, "udp")
			b.SetString(event.LogSourceAddress, source)
			b.SetString(event.EventDataset, map[bool]string{true: "unparsed", false: "syslog"}[unparsed])
			b.SetInt(event.LogTimestamp, at.Add(skew).UnixNano())
			b.SetString(event.EventTimezone, "Europe/Berlin")
			b.SetTime(at.UnixNano())
			b.End()
			a.add(accountKey{tenant: "default", listener: "udp", source: source, reason: received}, 1, at.UnixNano())
		}
		a.rows(&b, 0, b.Rows(), Stored)
		put(a)
	}
	days := func(n int) time.Time { return now.Add(-time.Duration(n) * 24 * time.Hour) }
	hours := func(n int) time.Time { return now.Truncate(time.Hour).Add(-time.Duration(n) * time.Hour) }

	add("192.0.2.1", days(9), now, 5*time.Minute, false, 0)
	add("192.0.2.2", days(9), now.Add(-20*time.Minute), 5*time.Minute, false, 0)         // four pauses of five minutes
	add("192.0.2.3", days(9), now.Add(-12*time.Minute), 5*time.Minute, false, 0)         // not yet three of them
	add("192.0.2.4", days(9), hours(1), 5*time.Minute, false, 0)                         // understood,
	add("192.0.2.4", hours(1), now, 3*time.Minute, true, 0)                              // then not
	add("192.0.2.5", days(2), now, 5*time.Minute, false, -7*time.Hour-20*time.Second)    // another zone
	add("192.0.2.6", days(2), now, 5*time.Minute, false, -400*24*time.Hour)              // an archive says nothing of a clock
	add("192.0.2.7", days(40), days(30), time.Hour, false, 0)                            // gone, and not missed
	add("192.0.2.8", now.Add(-3*time.Hour), now.Add(-2*time.Hour), time.Minute, true, 0) // too young to be missed
	a := account{}
	a.add(accountKey{tenant: "default", listener: "udp", source: "192.0.2.1", reason: received}, 9, now.UnixNano())
	a.add(accountKey{tenant: "default", listener: "udp", source: "192.0.2.1", reason: "dropped:queue full"}, 7, now.UnixNano())
	a.add(accountKey{tenant: "default", listener: "udp", source: "192.0.2.1", reason: "rejected:empty datagram"}, 2, now.UnixNano())
	a.add(accountKey{tenant: "other", listener: "udp", source: "192.0.2.1", reason: received}, 5, now.UnixNano())
	put(a)

	list, err := s.Sources(t.Context(), []string{"default"}, now)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]Source{}
	for _, r := range list {
		got[r.Source] = r
	}
	if len(got) != 8 || len(list) != 8 {
		t.Fatalf("%d sources", len(list))
	}
	for source, want := range map[string]string{"192.0.2.1": SourceOK, "192.0.2.2": SourceSilent, "192.0.2.3": SourceOK, "192.0.2.4": SourceUnparsed,
		"192.0.2.5": SourceLate, "192.0.2.6": SourceOK, "192.0.2.7": SourceOK, "192.0.2.8": SourceOK} {
		if r := got[source]; r.State(now) != want {
			t.Errorf("%s is %s, want %s: %+v", source, r.State(now), want, r)
		}
	}
	r := got["192.0.2.1"]
	if r.Received != 9*24*12+9 || r.Stored != 9*24*12 || r.Dropped["queue full"] != 7 || r.Rejected["empty datagram"] != 2 || r.Zone != "Europe/Berlin" ||
		r.First != days(9).UnixNano() || r.Pause != 5*time.Minute || r.Expected != 1.0/300 || r.Skew != 0 || r.Skewed == 0 {
		t.Errorf("%+v", r)
	}
	if r := got["192.0.2.5"]; r.Skew != -7*time.Hour {
		t.Errorf("skew %v", r.Skew)
	}
	if r := got["192.0.2.4"]; r.Unparsed < 0.9 || r.UnparsedBefore != 0 {
		t.Errorf("unparsed %v, before %v", r.Unparsed, r.UnparsedBefore)
	}
	if none, err := s.Sources(t.Context(), []string{}, now); err != nil || len(none) != 0 {
		t.Errorf("%d sources of no tenant, %v", len(none), err)
	}
	if all, err := s.Sources(t.Context(), nil, now); err != nil || len(all) != 9 {
		t.Errorf("%d sources of all tenants, %v", len(all), err)
	}
}

// BenchmarkSources asks 9.6 million rows of account: 500 senders, 400 days.
func BenchmarkSources(b *testing.B) {
	s := open(b, options(b))
	now := time.Now()
	for day := range 400 {
		err := s.exec(b.Context(), fmt.Sprintf("INSERT INTO sources (`tenant`, `listener`, `source`, `reason`, `hour`, `count`, `first`, `last`, `minutes`, `skew`)"+
			" SELECT 'default', 'udp', concat('192.0.2.', toString(intDiv(number, 24) %% 500)), if(number < 12000, 'received', 'stored'), toDateTime(%d) + 3600 * (number %% 24) AS h, 1000, h, h, 0xfffffff, map(toInt32(number %% 5), toUInt64(10)) FROM numbers(24000)", now.Add(-time.Duration(day)*24*time.Hour).Truncate(24*time.Hour).Unix()))
		if err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		list, err := s.Sources(b.Context(), []string{"default"}, now)
		if err != nil || len(list) != 500 {
			b.Fatal(len(list), err)
		}
	}
}
