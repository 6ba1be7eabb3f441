package e2e

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	alerts "watchpost/internal/alert"
	"watchpost/internal/embedded/engine"
	"watchpost/internal/event"
	"watchpost/internal/rule"
	"watchpost/internal/store"
	"watchpost/internal/web"
	"watchpost/internal/window"
)

// TestBacktest holds the stream and the store to the same alerts, for every kind and mode of window: a back-test of each rule over a world
// that is stored gives the alerts of a replay, byte for byte, which are those of the stream (TestKillDetectors). So it does when it begins in
// the middle of the time, for windows and memories warm up before.
func TestBacktest(t *testing.T) {
	t.Parallel()
	random := seed(t)
	rules := rulesFrom(t, filepath.Join("testdata", "kinds"), worldLateness)
	p := install(t, setup{rules: rules})
	p.start()
	begin := time.Now().Add(48 * time.Hour)
	w := newWorld(random, begin, 1600, 4, 0)
	want := w.replay(t, rules)
	db, err := store.Open(store.Options{Addr: []string{p.socket()}, Database: store.Defaults.Database, Retention: store.Defaults.Retention, Load: store.Defaults.Load,
		Dial: func(ctx context.Context, addr string) (net.Conn, error) { return engine.DialSocket(ctx, addr) }, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	stored := &storing{blocks: slices.Concat(w.log, w.closing, w.after), told: stop, seen: map[event.BlockID]bool{}, requests: map[[16]byte]bool{}}
	if err := db.Loader().Run(ctx, stored); err != nil && ctx.Err() == nil {
		t.Fatal(err)
	}
	if n, err := p.db.count("SELECT count() FROM events"); err != nil || n != uint64(w.events) {
		t.Fatalf("%d of %d events are stored: %v", n, w.events, err)
	}
	var rows []store.AlertRow
	for id, body := range want {
		a, err := alerts.Parse([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		group := map[string]string{}
		for _, p := range a.Group {
			group[p.Name] = p.Value
		}
		rows = append(rows, store.AlertRow{Tenant: a.Tenant, ID: id, Revision: a.Revision, Time: a.Time, Start: a.Start, End: a.End, Rule: a.Rule, Level: a.Level, Mode: "live",
			Count: a.Count, Group: group, Body: []byte(body)})
	}
	if err := db.InsertAlerts(t.Context(), "world", rows); err != nil {
		t.Fatal(err)
	}

	set, err := rule.Load(os.DirFS(rules))
	if err != nil {
		t.Fatal(err)
	}
	end := time.Unix(0, w.end+1).UTC()
	middle := begin.Add(worldDays*24*time.Hour + 500*time.Second).UTC()
	for _, r := range set.Rules {
		of := func(from time.Time) map[string]string {
			out := map[string]string{}
			for id, body := range want {
				if a, err := alerts.Parse([]byte(body)); err != nil || a.Rule == r.ID && a.Time >= from.UnixNano() {
					out[id] = body
				}
			}
			return out
		}
		text, err := os.ReadFile(filepath.Join(rules, r.File))
		if err != nil {
			t.Fatal(err)
		}
		for named, from := range map[string]time.Time{r.ID: begin.Add(-time.Hour).UTC(), string(text): middle} { // the rule in use, and the same as a draft
			if from == middle && r.Suppress > 0 {
				continue // which alert is the first of those suppressed together hangs on all before it, without end: docs/backtest.md
			}
			body, err := json.Marshal(map[string]any{"rule": named, "from": from, "to": end, "samples": 1000})
			if err != nil {
				t.Fatal(err)
			}
			answer, err := p.post("/api/v1/rules/backtest", body)
			if err != nil {
				t.Fatalf("%s: %v", r.ID, err)
			}
			var res web.BacktestResult
			if err := json.Unmarshal(answer, &res); err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for _, raw := range res.Samples {
				a, err := alerts.Parse(raw)
				if err != nil {
					t.Fatal(err)
				}
				got[a.ID] = string(raw)
			}
			expect := of(from)
			if from == middle && r.Window != nil && r.Window.Kind == window.Absence {
				// It counts the events since the key was last absent, however long ago: those before the warm-up are not seen.
				uncounted(t, expect)
				uncounted(t, got)
			}
			if err := differ(expect, got); err != nil {
				t.Errorf("%s from %s: %v", r.ID, from, err)
			}
			if n := uint64(len(expect)); res.Live.New != 0 || res.Live.Lost != 0 || res.Live.Same != n || res.Alerts != n || res.Partial {
				t.Errorf("%s from %s: %d alerts want %d, live %+v, partial %v", r.ID, from, res.Alerts, n, res.Live, res.Reason)
			}
			if notes := strings.Join(res.Notes, " "); strings.Contains(notes, "forgotten") {
				t.Errorf("%s: %s", r.ID, notes)
			}
		}
	}
	t.Logf("| %d events | %d alerts by rule %v | %d rules, each from the begin and from the middle |", w.events, len(want), byRule(want), len(set.Rules))
}

// uncounted makes nothing of the counts of alerts.
func uncounted(t *testing.T, all map[string]string) {
	t.Helper()
	for id, body := range all {
		a, err := alerts.Parse([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		a.Count = 0
		all[id] = string(a.AppendJSON(nil))
	}
}

// storing gives the blocks of a world to a loader, as package topic would: each once, without the rows of requests that came before.
type storing struct {
	blocks   []parcel
	next     int
	told     func() // once all is stored
	seen     map[event.BlockID]bool
	requests map[[16]byte]bool
}

func (s *storing) ID() int                { return 0 }
func (s *storing) Start() (int64, string) { return 0, "" }

func (s *storing) Next(ctx context.Context) (store.Block, error) {
	for s.next < len(s.blocks) {
		p := s.blocks[s.next]
		s.next++
		if s.seen[p.header.ID] {
			continue
		}
		s.seen[p.header.ID] = true
		b := store.Block{Offset: int64(s.next - 1), Time: p.header.Received, Header: p.header, Value: p.value}
		for _, r := range p.header.Requests {
			if s.requests[r.ID] {
				b.Skip = append(b.Skip, [2]uint32{r.From, r.To})
			}
			s.requests[r.ID] = true
		}
		return b, nil
	}
	<-ctx.Done()
	return store.Block{}, context.Cause(ctx)
}

func (s *storing) Commit(_ context.Context, offset int64, metadata string) error {
	if metadata == "" && offset >= int64(len(s.blocks)) {
		s.told()
	}
	return nil
}
