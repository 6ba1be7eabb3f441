package e2e

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"watchpost/internal/kafkatest"
)

// events is the size of the loads.
const events = 200_000

// TestKillProduct kills the whole product, the embedded engines with it, while it takes in events.
func TestKillProduct(t *testing.T) {
	t.Run("embedded", func(t *testing.T) { t.Parallel(); testKillProduct(t, nil) })
	t.Run("kafka", func(t *testing.T) {
		t.Parallel()
		binary(t)
		testKillProduct(t, kafkatest.Start(t, 1).Brokers())
	})
}

func testKillProduct(t *testing.T, brokers []string) {
	random := seed(t)
	p := install(t, setup{rules: rulesFor(t, 15*time.Second), brokers: brokers})
	p.start()
	l := newLoad(p, events)
	l.begin()
	kills := rounds(t, 4)
	for _, at := range moments(random, kills) {
		l.reach(at)
		p.kill()
		p.start()
	}
	l.finish()
	t.Logf("killed %d times", kills)
	if l.retries.Load() == 0 {
		t.Error("no request had to be repeated: nothing is proven")
	}
	l.verify()
	p.kill()
	p.start()
	l.verify()
	t.Log("the same after another kill and start")
}

// TestKillEngine kills the engine's process while the product loads events into it, then again and again for a while.
func TestKillEngine(t *testing.T) {
	t.Parallel()
	random := seed(t)
	p := install(t, setup{rules: rulesFor(t, 15*time.Second)})
	p.start()
	l := newLoad(p, events)
	l.begin()
	kills, last := rounds(t, 4), 0
	next := func() {
		p.until(2*time.Minute, "another engine", func() error {
			pid, err := p.engine()
			if err == nil && pid == last {
				err = errors.New("still the one that was killed")
			}
			last = pid
			return err
		})
		p.killEngine(last)
	}
	for _, at := range moments(random, kills) {
		l.reach(at)
		next()
	}
	down := time.Now()
	for ; time.Since(down) < time.Duration(rounds(t, 5))*time.Second; kills++ {
		next()
	}
	outage := time.Since(down)
	l.finish()
	down = time.Now()
	p.settled(time.Minute)
	t.Logf("out of order for %v, caught up in %v", outage.Round(time.Millisecond), time.Since(down).Round(time.Millisecond))
	p.ready()
	restarts, err := p.metric("watchpost_engine_restarts_total", "")
	if err != nil || restarts < float64(kills) {
		t.Errorf("killed %d times, yet %v restarts (%v)", kills, restarts, err)
	}
	retries, err := p.metric("watchpost_load_retries_total", "")
	if err != nil || retries == 0 {
		t.Errorf("%v inserts were repeated (%v): nothing is proven", retries, err)
	}
	t.Logf("killed %d times, %v inserts repeated", kills, retries)
	l.verify()
}

// TestKillBroker kills one of three brokers under load and starts it again, on a real Kafka.
func TestKillBroker(t *testing.T) {
	t.Parallel()
	binary(t)
	random := seed(t)
	k := kafkatest.Start(t, 3)
	p := install(t, setup{rules: rulesFor(t, 15*time.Second), brokers: k.Brokers()})
	p.start()
	kills, proven := rounds(t, 1), 0
	l := newLoad(p, events*kills)
	l.begin()
	for i := range kills {
		node := 1 + random.IntN(3)
		l.reach((float64(i) + 0.1 + 0.4*random.Float64()) / float64(kills))
		k.Kill(node)
		before := l.acked.Load()
		behind := float64(before)/float64(l.total()) + 0.1/float64(kills) // while the last node started, the load went on, perhaps to its end
		l.reach(min(1, max((float64(i)+0.9)/float64(kills), behind)))
		k.Restart(node)
		t.Logf("node %d killed; %d lines acknowledged until it was back", node, l.acked.Load()-before)
		if l.acked.Load() > before {
			proven++
		}
	}
	if 2*proven < kills {
		t.Errorf("acknowledged in %d of %d rounds: nothing is proven", proven, kills)
	}
	l.finish()
	retries, err := p.metric("watchpost_produce_retries_total", "")
	if err != nil || retries == 0 {
		t.Errorf("%v blocks were sent again (%v): nothing is proven", retries, err)
	}
	t.Logf("killed %d times, %v attempts to send repeated", kills, retries)
	l.verify()
}

// TestRebalance starts and ends a second loader all the time, so that the partitions change hands under load.
func TestRebalance(t *testing.T) {
	t.Parallel()
	binary(t)
	random := seed(t)
	k := kafkatest.Start(t, 1)
	p := install(t, setup{rules: rulesFor(t, 15*time.Second), brokers: k.Brokers()})
	p.start()
	other := p.second()
	turns, took := rounds(t, 4), 0.0
	l := newLoad(p, events*max(1, turns/4))
	l.begin()
	for i, at := range moments(random, turns) {
		other.launch()
		other.until(2*time.Minute, "the second loader has a part", func() error {
			n, err := other.metric("watchpost_load_rows_total", "")
			if err == nil && n == 0 && l.acked.Load() < l.total() {
				err = fmt.Errorf("no row loaded yet")
			}
			took += n
			return err
		})
		l.reach(at)
		if i%2 == 0 {
			other.stop()
		} else {
			other.kill()
		}
	}
	l.finish()
	if took == 0 {
		t.Error("the second loader never loaded a row: nothing is proven")
	}
	t.Logf("the second loader came and went %d times", turns)
	l.verify()
}
