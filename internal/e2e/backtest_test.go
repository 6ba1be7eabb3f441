package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	alerts "watchpost/internal/alert"
	"watchpost/internal/rule"
	"watchpost/internal/topic"
	"watchpost/internal/web"
)

// TestBacktest holds the stream and the store to the same alerts, for every kind and mode of window: a world passes through the
// product, and a back-test of each rule over what was stored gives the alerts that the stream raised, byte for byte. So it does when
// it begins in the middle of the time, for windows and memories warm up before.
func TestBacktest(t *testing.T) {
	t.Parallel()
	random := seed(t)
	rules := rulesFrom(t, filepath.Join("testdata", "kinds"), worldLateness)
	p := install(t, setup{rules: rules, extra: "kafka: {partitions: 4}\n"})
	p.start()
	begin := time.Now().Add(48 * time.Hour)
	w := newWorld(random, begin, 1000, 4, 0)
	want := w.replay(t, rules)
	o := topic.Defaults
	o.Brokers, o.Partitions = []string{p.kafka}, len(w.closing)
	c, err := topic.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	s := &feeder{t: t, c: c, producer: c.Producer(), total: len(w.log)}
	for _, log := range [][]parcel{append(w.log, w.closing...), w.after} {
		sent := make(chan error, len(w.shards))
		for n := range w.shards {
			own := slices.DeleteFunc(slices.Clone(log), func(l parcel) bool { return l.partition != n })
			go func() { sent <- s.send(t.Context(), own, 0) }()
		}
		for range w.shards {
			if err := <-sent; err != nil {
				t.Fatal(err)
			}
		}
		s.matched(p)
	}
	p.until(2*time.Minute, "the alerts are those of a replay", func() error {
		all := map[string]string{}
		err := p.db.rows("SELECT `alert.id`, body FROM alerts_now", func(scan func(...any) error) error {
			var id, body string
			err := scan(&id, &body)
			all[id] = body
			return err
		})
		if err != nil {
			return err
		}
		return differ(want, all)
	})
	p.until(time.Minute, "every event is stored", func() error {
		n, err := p.db.count("SELECT count() FROM events")
		if err == nil && n != uint64(w.events) {
			err = fmt.Errorf("%d of %d", n, w.events)
		}
		return err
	})

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
