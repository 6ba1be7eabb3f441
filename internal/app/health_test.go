package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"watchpost/internal/source"
	"watchpost/internal/store"
	"watchpost/internal/topic"
)

// TestHealth walks a sender, the store and the broker through what can go wrong, minute by minute.
func TestHealth(t *testing.T) {
	begin := time.Date(2026, 3, 20, 10, 0, 0, 0, time.UTC)
	now := begin
	usual := store.Source{Tenant: "default", Listener: "udp", Source: "192.0.2.7", First: begin.Add(-240 * time.Hour).UnixNano(), Pause: 5 * time.Minute,
		Recent: 100, Before: 1000, Skewed: 100, Rejected: map[string]uint64{}, Dropped: map[string]uint64{"queue full": 3}}
	is := usual
	var stored, taken time.Time
	var told []string
	ids := map[[16]byte]bool{}
	var refuse error
	h := &health{log: slog.New(slog.DiscardHandler), begun: begin,
		sources: func(context.Context) ([]store.Source, error) { return []store.Source{is}, nil },
		behind:  func(context.Context) (time.Time, time.Time, error) { return stored, taken, nil },
		tell: func(_ context.Context, tenant string, id [16]byte, record []byte) error {
			if refuse != nil {
				return refuse
			}
			var e struct {
				Event  struct{ Dataset, Action, Provider string }
				Source struct{ IP string }
			}
			if err := json.Unmarshal(record, &e); err != nil || e.Event.Dataset != healthDataset || ids[id] {
				t.Errorf("%s: %v, the same id before: %v", record, err, ids[id])
			}
			ids[id] = true
			told = append(told, fmt.Sprintf("%s %s %s", tenant, e.Event.Action, e.Source.IP))
			return nil
		}}
	f := func(what string, want ...string) {
		t.Helper()
		now = now.Add(time.Minute)
		h.check(t.Context(), now)
		if !slices.Equal(told, want) {
			t.Errorf("%s: told %q, want %q", what, told, want)
		}
		told = nil
	}
	at := func(ago time.Duration) { is.Last = now.Add(time.Minute - ago).UnixNano() }

	at(0)
	f("all is well, and what was lost before is old")
	now = now.Add(30 * time.Minute)
	at(14 * time.Minute)
	f("a pause")
	at(16 * time.Minute)
	refuse = errors.New("Kafka is away")
	f("silence that cannot be told of")
	refuse = nil
	f("silence, told at the next look", "default source_silent 192.0.2.7")
	f("once")
	at(0)
	f("it speaks", "default source_back 192.0.2.7")
	is.Dropped = map[string]uint64{"queue full": 5, "duplicate": 9, "content noise": 8}
	f("loss, but not what was meant to be dropped", "default records_lost 192.0.2.7")
	f("once")
	is.Quarantined = 1
	f("quarantine", "default records_lost 192.0.2.7")
	is.Unparsed = 0.9
	f("not understood", "default parse_share_collapsed 192.0.2.7")
	is.Unparsed, is.Skew = 0, -time.Hour
	f("understood, but late", "default parse_share_back 192.0.2.7", "default clock_skewed 192.0.2.7")
	is.Skew = 0
	f("good", "default clock_back 192.0.2.7")
	at(time.Hour)
	stored = now.Add(-2 * time.Minute)
	f("the store is behind: nobody is called silent", "default store_behind ")
	stored = time.Time{}
	at(0)
	f("it is back", "default store_back ")
	taken = now
	f("the broker hesitates")
	f("the broker is away", "default broker_behind ")
	taken = time.Time{}
	f("and back", "default broker_back ")
	h.begun = now
	at(time.Hour)
	f("nobody listened for an hour, so nobody is called silent")
}

func TestStoreWatch(t *testing.T) {
	var w storeWatch
	begin := time.Unix(1000, 0)
	f := func(minute int, committed, next int64, want int) {
		t.Helper()
		w.look([]topic.Offsets{{Partition: 0, Next: 5, Committed: map[string]int64{loadGroup: 5}}, {Partition: 1, Next: next, Committed: map[string]int64{loadGroup: committed}}}, begin.Add(time.Duration(minute)*time.Minute))
		if got := w.since; want < 0 && !got.IsZero() || want >= 0 && !got.Equal(begin.Add(time.Duration(want)*time.Minute)) {
			t.Errorf("minute %d: since %v, want minute %d", minute, got, want)
		}
	}
	f(0, 10, 20, -1)
	f(1, 20, 40, -1) // always some wait, but not for long
	f(2, 40, 60, -1)
	f(3, 59, 80, 2)
	f(4, 59, 90, 2)
	f(5, 60, 99, -1)
	f(6, 99, 99, -1)
}

// TestHealthCertificates: what handshakes rest on is told of before it ends, once, and again when it was renewed.
func TestHealthCertificates(t *testing.T) {
	from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	until := map[string]time.Time{"year": from.AddDate(1, 0, 0), "list": from.AddDate(0, 0, 8)}
	var told []string
	h := &health{log: slog.New(slog.DiscardHandler), endings: []ending{{"tls", func() []source.Ending {
		return []source.Ending{{What: "tls.cert year", From: from, Until: until["year"]}, {What: "tls.crl list", From: from, Until: until["list"]}}
	}}},
		behind: func(context.Context) (time.Time, time.Time, error) {
			return time.Time{}, time.Time{}, errors.New("away")
		},
		tell: func(_ context.Context, tenant string, _ [16]byte, record []byte) error {
			var e struct {
				Message string
				Event   struct{ Action, Provider string }
			}
			if err := json.Unmarshal(record, &e); err != nil {
				t.Error(err)
			}
			told = append(told, fmt.Sprintf("%s %s %s %s", tenant, e.Event.Provider, e.Event.Action, e.Message))
			return nil
		}}
	for _, c := range []struct {
		after time.Duration
		want  []string
	}{
		{5 * 24 * time.Hour, nil},
		{6*24*time.Hour + time.Minute, []string{"default tls certificate_ends tls.crl list: its time ends on 2026-03-09 00:00:00"}},
		{7 * 24 * time.Hour, nil},
		{(365 - 13) * 24 * time.Hour, []string{"default tls certificate_ends tls.cert year: its time ends on 2027-03-01 00:00:00", "default tls certificate_renewed tls.crl list: good again, after 8304h0m0s"}},
		{366 * 24 * time.Hour, nil},
	} {
		if c.after > 300*24*time.Hour {
			until["list"] = from.AddDate(3, 0, 0)
		}
		told = nil
		h.check(t.Context(), from.Add(c.after))
		if !slices.Equal(told, c.want) {
			t.Errorf("after %v: told %q, want %q", c.after, told, c.want)
		}
	}
}
