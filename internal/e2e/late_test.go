package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	alerts "watchpost/internal/alert"
	"watchpost/internal/kafkatest"
	"watchpost/internal/topic"
)

// TestKillLate is TestKillDetectors with events that come minutes after their windows were judged. A loader stores all events, and
// the detectors look at the windows again. In the end the alerts that stand, neither superseded nor withdrawn, must be those of a replay
// of all events: for each kind of window whose late events are looked at again (docs/windows.md).
func TestKillLate(t *testing.T) {
	if os.Getenv("FAULT_ROUNDS") == "" {
		t.Skip("takes six minutes, most of which is waiting until late events are settled: make test-faults runs it")
	}
	t.Parallel()
	random := seed(t)
	kills := min(rounds(t, 3), 4) // more late events take longer than they prove more
	p := install(t, setup{})
	k := kafkatest.Start(t, 1)
	p.start()
	rules := lookedAt(t, rulesFrom(t, filepath.Join("testdata", "kinds"), worldLateness))
	w := newWorld(random, time.Now().Add(48*time.Hour), 1000+200*kills, 4, 150)
	want := standing(t, w.replay(t, rules))
	o := topic.Defaults
	o.Brokers, o.Partitions = k.Brokers(), len(w.closing)
	c, err := topic.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if err := c.Ensure(within(t, time.Minute)); err != nil {
		t.Fatal(err)
	}
	detectors := []*product{p.beside("detect", k.Brokers(), rules), p.beside("detect", k.Brokers(), rules)}
	for _, d := range append(detectors, p.beside("ingest", k.Brokers(), rules)) {
		d.start()
	}

	s := &feeder{t: t, c: c, producer: c.Producer(), total: len(w.log)}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	sent := make(chan error, 1)
	go func() { sent <- s.send(ctx, w.log, time.Duration(8+4*kills)*time.Second/time.Duration(len(w.log))) }()
	struck := 0
	for i, at := range moments(random, kills) {
		s.reach(at, sent)
		struck += strike(random, i, detectors)
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	if err := s.send(ctx, append(w.closing, w.after...), 0); err != nil {
		t.Fatal(err)
	}
	began, ticks := time.Now(), 0
	var superseded, withdrawn int
	p.until(10*time.Minute, "the alerts are those of a replay", func() error {
		ticks++
		if err := s.send(ctx, w.tick(ticks), 0); err != nil {
			return err
		}
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
		told := standing(t, all)
		superseded, withdrawn = count(all)
		return differ(want, told)
	})
	if superseded < 10 || withdrawn == 0 {
		t.Errorf("%d alerts superseded, %d withdrawn: nothing is proven", superseded, withdrawn)
	}
	t.Logf("| %d kills | %d events, %d of them late | %d alerts by rule %v | %d superseded, %d withdrawn | equal after %v |",
		struck, w.events, w.tardies, len(want), byRule(want), superseded, withdrawn, time.Since(began).Round(time.Second))
}

// lookedAt removes the rules whose late events are not looked at again.
func lookedAt(t *testing.T, dir string) string {
	t.Helper()
	for _, name := range []string{"absence", "first-seen", "rate", "rate-field", "count-below", "count-session", "distinct-session", "sum-session"} {
		if err := os.Remove(filepath.Join(dir, name+".yaml")); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// standing gives the alerts that are neither superseded nor withdrawn, by id, without how often they were told.
func standing(t *testing.T, all map[string]string) map[string]string {
	t.Helper()
	gone := map[string]bool{}
	list := map[string]*alerts.Alert{}
	for id, text := range all {
		a, err := alerts.Parse([]byte(text))
		if err != nil {
			t.Fatal(errors.Join(err, fmt.Errorf("%.200s", text)))
		}
		list[id] = a
		gone[id] = gone[id] || a.Resolved != 0
		for _, old := range a.Supersedes {
			gone[old] = true
		}
	}
	out := map[string]string{}
	for id, a := range list {
		if !gone[id] {
			a.Revision, a.Supersedes = 1, nil
			out[id] = string(a.AppendJSON(nil))
		}
	}
	return out
}

// count tells how many alerts superseded others and how many were withdrawn.
func count(all map[string]string) (superseded, withdrawn int) {
	for _, text := range all {
		if strings.Contains(text, `"alert.resolved"`) {
			withdrawn++
		}
		superseded += strings.Count(text, `"supersedes"`)
	}
	return superseded, withdrawn
}
