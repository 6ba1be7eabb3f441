package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	alerts "watchpost/internal/alert"
	"watchpost/internal/detect"
	"watchpost/internal/event"
	"watchpost/internal/kafkatest"
	"watchpost/internal/rule"
	"watchpost/internal/topic"
	"watchpost/internal/window"
)

// TestKillDetectors lets two detectors work on a real Kafka and kills one or the other, or both, all the time. Blocks come
// twice, requests are repeated in other blocks, events are out of order, the clock jumps, and a source is a day ahead. The
// alerts must be those of a replay: the same ids, the same last revisions, byte for byte; and whatever is told of one
// revision must be told the same again. Each file of testdata/kinds is a rule of one kind of window.
func TestKillDetectors(t *testing.T) {
	t.Parallel()
	random := seed(t)
	kills := rounds(t, 3)
	p := install(t, setup{}) // its engine keeps the alerts; it works on an embedded Kafka of its own
	k := kafkatest.Start(t, 1)
	p.start()
	rules := rulesFrom(t, filepath.Join("testdata", "kinds"), worldLateness)
	w := newWorld(random, time.Now().Add(48*time.Hour), 1000+200*kills, 4, 0)
	want := w.replay(t, rules)
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
	for _, d := range detectors {
		d.start()
	}

	began := time.Now()
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
	if err := s.send(ctx, w.closing, 0); err != nil {
		t.Fatal(err)
	}
	s.matched(detectors[0])
	if err := s.send(ctx, w.after, 0); err != nil {
		t.Fatal(err)
	}
	s.matched(detectors[0])
	told, again := s.told(len(want))
	t.Logf("%v until all was told", time.Since(began).Round(time.Second))
	missing, extra, different := compareAlerts(t, want, told)
	t.Logf("| %d kills | %d events | %d blocks, %d of them sent twice, %d rows in repeated requests | %d alerts by rule %v | missing %d, extra %d, different %d | %d revisions written again |",
		struck, w.events, len(w.log), w.again, w.repeats, len(want), byRule(want), missing, extra, different, again)
	p.until(3*time.Minute, "the table holds the same", func() error {
		stored := map[string]string{}
		err := p.db.rows("SELECT body FROM alerts_now", func(scan func(...any) error) error {
			var body string
			if err := scan(&body); err != nil {
				return err
			}
			a, err := alerts.Parse([]byte(body))
			if err == nil {
				stored[a.ID] = body
			}
			return err
		})
		if err != nil {
			return err
		}
		return differ(told, stored)
	})
}

// beside is a process of one role beside p, with p's engine, on another Kafka.
func (p *product) beside(role string, brokers []string, rules string) *product {
	p.t.Helper()
	q := &product{t: p.t, dir: p.t.TempDir(), exe: role, page: freeAddr(p.t)}
	text := fmt.Sprintf(`data: %s
clickhouse: {addr: ["%s"]}
listen: {udp: [], tcp: [], agents: []}
kafka: {brokers: ["%s"], session_timeout: 3s}
admin: {%s: "%s"}
detect: {ahead: 0s} # the world lies in the future
rules: %s
`, filepath.Join(q.dir, "data"), p.socket(), strings.Join(brokers, `", "`), role, q.page, rules)
	if err := os.WriteFile(q.config(), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	q.cleanup()
	return q
}

// strike kills one detector or both, now and then ends one in order, and starts them again after a while. It gives the
// number of kills.
func strike(random *rand.Rand, round int, detectors []*product) int {
	victims := []*product{detectors[random.IntN(2)]}
	if round%3 == 1 {
		victims = detectors
	}
	kills := 0
	for _, d := range victims {
		if round%4 == 3 {
			d.until(time.Minute, "it hears signals", func() error { _, err := d.get("/metrics"); return err }) // it may have been started just now
			d.stop()
			continue
		}
		d.kill()
		kills++
	}
	down := time.NewTimer(time.Duration(random.Int64N(int64(1500 * time.Millisecond))))
	<-down.C
	for _, d := range victims {
		d.launch()
	}
	return kills
}

// feeder puts blocks into Kafka.
type feeder struct {
	t        testing.TB
	c        *topic.Client
	producer *topic.Producer
	total    int
	done     atomic.Int64
}

// send sends log, a block each pause.
func (s *feeder) send(ctx context.Context, log []parcel, pause time.Duration) error {
	tick := time.NewTicker(max(pause, time.Microsecond))
	defer tick.Stop()
	for _, p := range log {
		<-tick.C
		if err := s.producer.Send(ctx, topic.Events, p.partition, nil, p.header.Headers(), p.value); err != nil {
			return err
		}
		s.done.Add(1)
	}
	return nil
}

// reach waits until a part of the log, between 0 and 1, is sent.
func (s *feeder) reach(part float64, sent chan error) {
	s.t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for float64(s.done.Load()) < part*float64(s.total) {
		select {
		case err := <-sent:
			s.t.Fatalf("sending ended: %v", err)
		case <-tick.C:
		}
	}
}

// matched waits until the match stage has done all that was sent.
func (s *feeder) matched(d *product) {
	s.t.Helper()
	d.until(5*time.Minute, "all is matched", func() error {
		list, err := s.c.Offsets(s.t.Context(), topic.Events, "match")
		for _, o := range list {
			if o.Lag("match") > 0 {
				err = fmt.Errorf("events[%d]: %d records behind", o.Partition, o.Lag("match"))
			}
		}
		return err
	})
}

// told waits until the topic of alerts holds so many and gives their last revisions, and how many were written again.
func (s *feeder) told(n int) (last map[string]string, again int) {
	s.t.Helper()
	deadline := time.Now().Add(6 * time.Minute)
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	quiet := 0
	for records := 0; ; <-tick.C {
		all := map[string]string{} // by id and revision
		newest := map[string]uint32{}
		last, again = map[string]string{}, 0
		seen := 0
		parts, err := s.c.Partitions(s.t.Context(), topic.Alerts)
		if err != nil {
			s.t.Fatal(err)
		}
		for p := range parts {
			err := s.c.ReadAll(s.t.Context(), topic.Alerts, p, func(r topic.Record) error {
				seen++
				a, err := alerts.Parse(r.Value)
				if err != nil {
					return err
				}
				key := fmt.Sprint(a.ID, " ", a.Revision)
				if old, ok := all[key]; ok {
					again++
					if old != string(r.Value) {
						s.t.Errorf("one revision, told in two ways:\n%s\n%s", old, r.Value)
					}
				}
				all[key] = string(r.Value)
				if a.Revision >= newest[a.ID] {
					newest[a.ID], last[a.ID] = a.Revision, string(r.Value)
				}
				return nil
			})
			if err != nil {
				s.t.Fatal(err)
			}
		}
		if quiet++; seen > records {
			quiet = 0
		}
		records = seen
		if len(last) >= n && quiet >= 6 || time.Now().After(deadline) {
			return last, again
		}
	}
}

// compareAlerts reports how told, by id, is not what was wanted.
func compareAlerts(t *testing.T, want, told map[string]string) (missing, extra, different int) {
	for id, a := range want {
		switch got, ok := told[id]; {
		case !ok:
			missing++
		case got != a:
			different++
		}
	}
	for id := range told {
		if _, ok := want[id]; !ok {
			extra++
		}
	}
	if err := differ(want, told); err != nil {
		t.Error(err)
	}
	return missing, extra, different
}

// differ says where two sets of alerts differ.
func differ(want, got map[string]string) error {
	var out []string
	at := func(sign, text string) {
		var a struct {
			Time string `json:"@timestamp"`
		}
		if err := json.Unmarshal([]byte(text), &a); err != nil {
			out = append(out, err.Error())
		}
		out = append(out, a.Time+" "+sign+" "+text)
	}
	for id, a := range want {
		if got[id] != a {
			at("-", a)
		}
	}
	for id, a := range got {
		if want[id] != a {
			at("+", a)
		}
	}
	if len(out) == 0 {
		return nil
	}
	slices.Sort(out)
	return fmt.Errorf("%d alerts, want %d; they differ:\n%s", len(got), len(want), strings.Join(out[:min(len(out), 12)], "\n"))
}

func byRule(list map[string]string) map[string]int {
	out := map[string]int{}
	for _, text := range list {
		if a, err := alerts.Parse([]byte(text)); err == nil {
			out[strings.TrimPrefix(a.Rule, "kind-")]++
		}
	}
	return out
}

// replay gives the alerts, by id, that an undisturbed detector raises over the world. Each rule must raise some.
func (w *world) replay(t *testing.T, dir string) map[string]string {
	t.Helper()
	set, err := rule.Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	rules, err := detect.Compile(set)
	if err != nil {
		t.Fatal(err)
	}
	batches := func(yield func(*event.Batch, error) bool) {
		for _, b := range w.batches {
			if !yield(b, nil) {
				return
			}
		}
	}
	out := map[string]string{}
	stats, err := detect.Replay(rules, window.Defaults, batches, func(a alerts.Alert) { out[a.ID] = string(a.AppendJSON(nil)) })
	if err != nil || stats.Evicted+stats.Forced > 0 {
		t.Fatalf("replay: %+v, %v", stats, err)
	}
	for _, r := range set.Rules {
		n := 0
		for _, a := range out {
			if bytes.Contains([]byte(a), []byte(`"rule.id":"`+r.ID+`"`)) {
				n++
			}
		}
		if n < 2 {
			t.Errorf("rule %s raises %d alerts: nothing is proven", r.ID, n)
		}
	}
	return out
}
