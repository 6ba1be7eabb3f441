package e2e

import (
	"fmt"
	"testing"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/topic"
)

// TestBlockLate: a block that comes again after kafka.dedup_horizon is stored and counted once.
func TestBlockLate(t *testing.T) {
	p := install(t, setup{extra: "kafka: {dedup_horizon: 1s}\n"})
	p.start()
	o := topic.Defaults
	o.Brokers = []string{p.kafka}
	c, err := topic.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	producer := c.Producer()
	const rows = 500
	send := func(id event.BlockID, source string) {
		t.Helper()
		now := id.UnixNano()
		var b event.Batch
		for i := range rows {
			b.Begin(fmt.Appendf(nil, "line %d of %s", i, source), now)
			b.SetTime(now)
			b.SetString(event.Tenant, "default")
			b.SetString(event.LogListener, "test")
			b.SetString(event.LogSourceAddress, source)
			b.End()
		}
		h := event.Header{ID: id, Version: event.Version, Rows: rows, First: now, Last: now, Received: now,
			Account: []event.Delta{{Tenant: "default", Listener: "test", Source: source, Count: rows, Last: now}}}
		if err := producer.Send(within(t, time.Minute), topic.Events, 0, nil, h.Headers(), b.AppendBlock(nil)); err != nil {
			t.Fatal(err)
		}
	}
	stored := func(source string) {
		t.Helper()
		p.until(time.Minute, "stored", func() error {
			n, err := p.db.count("SELECT count() FROM events WHERE `log.source.address` = ?", source)
			if err == nil && n < rows {
				err = fmt.Errorf("%d rows", n)
			}
			return err
		})
	}
	id := event.NewBlockID(time.Now().UnixNano())
	send(id, "192.0.2.1")
	stored("192.0.2.1")
	p.until(time.Minute, "past the horizon", func() error {
		if age := time.Since(time.Unix(0, id.UnixNano())); age < 10*time.Second {
			return fmt.Errorf("%v", age)
		}
		return nil
	})
	send(id, "192.0.2.1")
	send(event.NewBlockID(time.Now().Add(-time.Hour).UnixNano()), "192.0.2.2") // late, too, and new
	stored("192.0.2.2")
	p.settled(time.Minute)
	all, err := p.db.accounts()
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{"192.0.2.1", "192.0.2.2"} {
		if a := all[[3]string{"default", "test", source}]; a.received != rows || a.rows != rows || !a.balanced() {
			t.Errorf("%s: %+v", source, a)
		}
	}
	for name, want := range map[string]float64{"watchpost_load_repeated_blocks_total": 1, "watchpost_reader_repeated_blocks_total": 0} {
		if n, err := p.metric(name, ""); err != nil || n != want {
			t.Errorf("%s is %v, want %v, %v", name, n, want, err)
		}
	}
}
