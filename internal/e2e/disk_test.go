package e2e

import (
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"watchpost/internal/faulttest"
)

// TestKillDiskFull fills the disk of an embedded engine under load, kills the product, starts it again while there is still no room, then
// gives it some. What was acknowledged is stored, once, and what was not was answered with 503.
func TestKillDiskFull(t *testing.T) {
	f := func(folder, retries string, refused bool) {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			p := install(t, setup{rules: rulesFor(t, 20*time.Second), agents: "request_timeout: 2s"})
			disk := faulttest.NewDisk(t, filepath.Join(p.dir, "data", folder), "256m")
			p.start()
			l := newLoad(p, 20_000*min(rounds(t, 1), 10))
			l.gate = make(chan struct{}) // or all is sent before the disk is full
			l.begin()
			full := func() {
				t.Helper()
				p.until(2*time.Minute, "writes fail for want of room", func() error {
					disk.Fill() // what was given back meanwhile, too
					l.mu.Lock()
					defer l.mu.Unlock()
					if refused && l.status[http.StatusServiceUnavailable] == 0 {
						return errors.New("no request was refused")
					}
					return p.above(retries, 3)
				})
			}
			l.reach(0.3)
			disk.Fill()
			close(l.gate)
			full()
			p.kill()
			p.launch()
			full()
			if log := read(t, p.logFile()); !strings.Contains(log, "no space left on device") && !strings.Contains(log, "NOT_ENOUGH_SPACE") {
				t.Error("the log does not say that the disk is full")
			}
			disk.Free()
			l.finish()
			l.verify()
		})
	}
	f("kafka", "watchpost_produce_retries_total", true)
	f("clickhouse", "watchpost_load_retries_total", false)
}
