package store

import (
	"errors"
	"testing"
	"time"

	"watchpost/internal/event"
)

// TestReplay takes out of quarantine what can be stored now, dies at each stage, and stores each row once.
func TestReplay(t *testing.T) {
	o := options(t)
	dieAt := ""
	o.Failpoint = func(stage string) error {
		if stage == dieAt {
			return errCrash
		}
		return nil
	}
	s := open(t, o)
	if err := s.exec(t.Context(), "ALTER TABLE events ADD CONSTRAINT no_refused CHECK `event.code` != 'refused'"); err != nil {
		t.Fatal(err)
	}
	bad := makeBlock(1, 100)
	bad.Header.Account = []event.Delta{{Tenant: "default", Listener: "udp", Source: "198.51.100.1", Count: 60, Last: bad.Time}, {Tenant: "shop", Listener: "udp", Source: "198.51.100.77", Count: 40, Last: bad.Time}}
	bad.Headers = bad.Header.Headers()
	whole := bad.Value
	bad.Value = whole[:len(whole)/2] // which this build cannot read
	load(t, s, newLog(0, makeBlock(0, 100), bad, withCode(2, 100, "refused", 17), makeBlock(3, 50)))
	counts(t, s, 249, 0, 101)
	list, err := s.Quarantine(t.Context(), nil, "", 10)
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	aside := map[string]uint64{}
	before, err := s.Sources(t.Context(), nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range before {
		aside[r.Tenant+" "+r.Source] = r.Quarantined
	}
	if aside["default 198.51.100.1"] != 60 || aside["shop 198.51.100.77"] != 40 {
		t.Errorf("of the two senders of a block that cannot be read: %v", aside)
	}
	get := func(kind string) Aside {
		t.Helper()
		for _, q := range list {
			if q.Kind == kind {
				one, err := s.Quarantine(t.Context(), nil, q.ID, 1)
				if err != nil || len(one) != 1 || len(one[0].Value) == 0 {
					t.Fatalf("%+v, %v", one, err)
				}
				return one[0]
			}
		}
		t.Fatalf("none of kind %s", kind)
		return Aside{}
	}
	remake := func(b *event.Batch, row []byte) error {
		var all event.Batch
		mended := withCode(2, 100, "mended", 17)
		if err := all.Decode(mended.Header.ID, mended.Value); err != nil {
			return err
		}
		b.Append(&all, 17, 18)
		return nil
	}
	if n, err := s.Replay(t.Context(), get("block"), remake); err == nil {
		t.Errorf("%d rows stored of a block that cannot be read", n)
	}
	for kind, rows := range map[string]int{"row": 1, "block": 100} {
		q := get(kind)
		if kind == "block" {
			q.Value = whole // as if this build could read it
		}
		for _, dieAt = range []string{"replay_stored", "replay_counted"} {
			if _, err := s.Replay(t.Context(), q, remake); !errors.Is(err, errCrash) {
				t.Errorf("%s, %s: %v", kind, dieAt, err)
			}
		}
		dieAt = ""
		if n, err := s.Replay(t.Context(), q, remake); err != nil || n != rows {
			t.Errorf("%s: %d rows, %v", kind, n, err)
		}
		if again := get(kind); !again.Replayed {
			t.Errorf("%s: not marked", kind)
		} else if n, err := s.Replay(t.Context(), again, remake); err != nil || n != 0 {
			t.Errorf("%s again: %d rows, %v", kind, n, err)
		}
	}
	if n := one[uint64](t, s, "SELECT count() FROM events", nil); n != 350 {
		t.Errorf("%d rows", n)
	}
	if n := one[uint64](t, s, "SELECT uniqExact(`event.block`, `event.row`) FROM events", nil); n != 350 {
		t.Errorf("%d different rows", n)
	}
	for reason, want := range map[string]uint64{Stored: 350, Replayed: 101, Quarantined: 101} {
		if n := one[uint64](t, s, "SELECT sum(`count`) FROM sources WHERE reason = {r:String}", Params{"r": reason}); n != want {
			t.Errorf("account: %d %s, want %d", n, reason, want)
		}
	}
	senders, err := s.Sources(t.Context(), nil, time.Now())
	if err != nil || len(senders) == 0 {
		t.Fatalf("%+v, %v", senders, err)
	}
	for _, r := range senders {
		if r.Quarantined != 0 {
			t.Errorf("%s %s %s: %d still count as quarantined", r.Tenant, r.Listener, r.Source, r.Quarantined)
		}
	}
	if list, err := s.Quarantine(t.Context(), []string{"nobody"}, "", 10); err != nil || len(list) != 0 {
		t.Errorf("another tenant sees %+v, %v", list, err)
	}
}
