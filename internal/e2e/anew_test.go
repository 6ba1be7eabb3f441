package e2e

import (
	"context"
	bits "encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"watchpost/internal/embedded/broker"
	"watchpost/internal/event"
	"watchpost/internal/kafkatest"
	"watchpost/internal/topic"
)

const anewRules = `
id: single
title: Single
match: event.action == "sudo"
group_by: [host.name]
---
id: three
title: Three
match: event.action == "fail"
group_by: [source.ip]
window: {count: {at_least: 3, within: 1h}}
`

// TestEventsAnew: the topic events loses its end, or is made anew, while it is worked on or while nothing runs. What comes then stands
// at offsets that were matched before. Each event that came before and after raises its alerts, counts once, and the operator is told.
func TestEventsAnew(t *testing.T) {
	t.Parallel()
	t.Run("embedded shortened", func(t *testing.T) {
		testEventsAnew(t, nil, 12, func(p *product, _ *topic.Client, _ func(int, string)) {
			p.stop()
			cutKafka(p, 7)
			p.start()
		})
	})
	t.Run("embedded shortened and grown", func(t *testing.T) {
		testEventsAnew(t, nil, 12, func(p *product, _ *topic.Client, send func(int, string)) {
			p.stop()
			cutKafka(p, 7)
			growKafka(p, func() {
				for n := range 20 {
					send(200+n, "sudo")
				}
			})
			p.start()
		})
	})
	t.Run("embedded anew", func(t *testing.T) {
		testEventsAnew(t, nil, 12, func(p *product, _ *topic.Client, _ func(int, string)) {
			p.kill()
			cutKafka(p, 0)
			p.start()
		})
	})
	anew := func(p *product, c *topic.Client, _ func(int, string)) {
		k := kafka.Client{Addr: kafka.TCP(brokersOf(p)...), Timeout: time.Minute}
		res, err := k.DeleteTopics(within(p.t, time.Minute), &kafka.DeleteTopicsRequest{Topics: []string{topic.Events}})
		if err == nil {
			err = res.Errors[topic.Events]
		}
		if err != nil {
			p.t.Fatal(err)
		}
		gone := within(p.t, time.Minute)
		for err == nil { // as far as c knows
			_, err = c.Partitions(gone, topic.Events)
		}
		if !errors.Is(err, kafka.UnknownTopicOrPartition) {
			p.t.Fatal(err)
		}
		if err := c.Ensure(within(p.t, time.Minute)); err != nil {
			p.t.Fatal(err)
		}
	}
	t.Run("Kafka anew", func(t *testing.T) {
		testEventsAnew(t, kafkatest.Start(t, 1).Brokers(), 12, anew)
	})
	t.Run("Kafka anew meanwhile", func(t *testing.T) {
		testEventsAnew(t, kafkatest.Start(t, 1).Brokers(), 12, func(p *product, c *topic.Client, _ func(int, string)) {
			p.stop()
			anew(p, c, nil)
			p.start()
		})
	})
}

func brokersOf(p *product) []string {
	b, err := os.ReadFile(p.config())
	if err != nil {
		p.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), `brokers: ["`)
	list, _, found := strings.Cut(rest, `"]`)
	if !found {
		p.t.Fatal("no brokers in the configuration")
	}
	return strings.Split(list, `", "`)
}

// cutKafka leaves the first n batches of partition 0 of events to the embedded Kafka, which must not run.
func cutKafka(p *product, n int) {
	p.t.Helper()
	found, err := filepath.Glob(filepath.Join(p.dir, "data", "kafka", "log", "partitions", topic.Events+"-0", "*.dat"))
	if err != nil || len(found) != 1 {
		p.t.Fatalf("files %q, %v", found, err)
	}
	b, err := os.ReadFile(found[0])
	if err != nil {
		p.t.Fatal(err)
	}
	end := 0
	for range n { // each begins with its offset and its length
		end += 12 + int(bits.BigEndian.Uint32(b[end+8:]))
	}
	if end >= len(b) {
		p.t.Fatal("nothing is cut")
	}
	err = os.WriteFile(found[0], b[:end], 0o600)
	for _, name := range []string{strings.TrimSuffix(found[0], ".dat") + ".idx", filepath.Join(filepath.Dir(found[0]), "snapshot.json")} {
		if e := os.Remove(name); !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// growKafka runs the embedded Kafka of p alone meanwhile.
func growKafka(p *product, meanwhile func()) {
	p.t.Helper()
	o := broker.Defaults
	o.Dir, o.Addr = filepath.Join(p.dir, "data", "kafka"), p.kafka
	b, err := broker.Open(o)
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(p.t.Context())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	defer func() {
		stop()
		if err := <-done; err != nil {
			p.t.Error(err)
		}
	}()
	select {
	case <-b.Ready():
		meanwhile()
	case err := <-done:
		done <- nil
		p.t.Fatal(err)
	}
}

// testEventsAnew sends blocks 0 to first, strikes, and sends five more.
func testEventsAnew(t *testing.T, brokers []string, first int, strike func(p *product, c *topic.Client, send func(n int, action string))) {
	rules := t.TempDir()
	if err := os.WriteFile(filepath.Join(rules, "rules.yaml"), []byte(anewRules), 0o600); err != nil {
		t.Fatal(err)
	}
	p := install(t, setup{rules: rules, brokers: brokers})
	p.start()
	o := topic.Defaults
	if o.Brokers, o.Partitions = brokers, 4; len(brokers) == 0 {
		o.Brokers = []string{p.kafka}
	}
	c, err := topic.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	producer := c.Producer()
	var want []string
	sent := 0
	send := func(n int, action string) {
		t.Helper()
		now := time.Now().UnixNano()
		var b event.Batch
		b.Begin(fmt.Appendf(nil, "%s %d", action, n), now)
		b.SetTime(now)
		b.SetString(event.Tenant, "default")
		b.SetString(event.EventAction, action)
		b.SetString(event.HostName, fmt.Sprint("h", n))
		b.SetString(event.SourceIP, "203.0.113.9")
		b.SetString(event.LogListener, "test")
		b.SetString(event.LogSourceAddress, "192.0.2.1")
		b.End()
		id := event.NewBlockID(now)
		h := event.Header{ID: id, Version: event.Version, Rows: 1, First: now, Last: now, Received: now}
		if err := producer.Send(within(t, time.Minute), topic.Events, 0, nil, h.Headers(), b.AppendBlock(nil)); err != nil {
			t.Fatal(err)
		}
		sent++
		if action == "sudo" {
			want = append(want, fmt.Sprintf("single h%d 1", n))
		}
	}
	alerts := func() (got []string, err error) {
		err = p.db.rows("SELECT `rule.id`, `group`, count FROM alerts_now WHERE `rule.id` IN ('single', 'three')", func(scan func(...any) error) error {
			var rule string
			var group map[string]string
			var count uint64
			err := scan(&rule, &group, &count)
			got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s%s %d", rule, group["host.name"], group["source.ip"], count)))
			return err
		})
		slices.Sort(got)
		return got, err
	}
	raised := func(more ...string) {
		t.Helper()
		all := append(slices.Clone(want), more...)
		slices.Sort(all)
		p.until(2*time.Minute, fmt.Sprintf("alerts %q", all), func() error {
			got, err := alerts()
			if err == nil && !slices.Equal(got, all) {
				err = fmt.Errorf("%q", got)
			}
			return err
		})
	}
	for n := range first {
		send(n, "sudo")
	}
	send(first, "fail")
	send(first+1, "fail")
	raised()
	p.settled(time.Minute)
	p.until(time.Minute, "a snapshot", func() error { return p.above("watchpost_window_signals_total", float64(first+2)) })
	strike(p, c, send)
	for n := range 4 {
		send(100+n, "sudo")
	}
	send(110, "fail")
	raised("three 203.0.113.9 3")
	p.until(time.Minute, fmt.Sprint(sent, " events stored, each once"), func() error {
		rows, err := p.db.count("SELECT count() FROM events WHERE `log.listener` = 'test'")
		if err != nil {
			return err
		}
		all, err := p.db.count("SELECT uniqExact(`event.original`) FROM events WHERE `log.listener` = 'test'")
		if err == nil && (rows != uint64(sent) || all != rows) {
			err = fmt.Errorf("%d rows, %d different", rows, all)
		}
		return err
	})
	p.until(time.Minute, "it is counted", func() error { return p.above("watchpost_window_shortened_total", 1) })
	if body, err := p.get("/readyz?verbose"); err != nil || !strings.Contains(string(body), "had lost their end or were made anew") {
		t.Errorf("/readyz: %s %v", body, err)
	}
	if b, err := os.ReadFile(p.logFile()); err != nil || !strings.Contains(string(b), "events lost their end or were made anew since they were matched") {
		t.Errorf("the log does not say it, %v", err)
	}
}
