package e2e

import (
	"errors"
	"testing"
	"time"
)

// events is the size of the loads.
const events = 200_000

// TestKillProduct kills the whole product, the embedded engines with it, while it takes in events.
func TestKillProduct(t *testing.T) {
	random := seed(t)
	p := install(t, setup{rules: rulesDir(t)})
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
}

// TestKillEngine kills the engine's process while the product loads events into it.
func TestKillEngine(t *testing.T) {
	random := seed(t)
	p := install(t, setup{rules: rulesDir(t)})
	p.start()
	l := newLoad(p, events)
	l.begin()
	kills := rounds(t, 6)
	last := 0
	for _, at := range moments(random, kills) {
		l.reach(at)
		p.until(30*time.Second, "another engine", func() error {
			pid, err := p.engine()
			if err == nil && pid == last {
				err = errors.New("still the one that was killed")
			}
			last = pid
			return err
		})
		p.killEngine(last)
	}
	l.finish()
	p.until(time.Minute, "the store answers", func() error { _, err := p.get("/readyz"); return err })
	restarts, err := p.metric("watchpost_engine_restarts_total", "")
	if err != nil || restarts < float64(kills) {
		t.Errorf("killed %d times, yet %v restarts (%v)", kills, restarts, err)
	}
	t.Logf("killed %d times", kills)
	l.verify()
}
