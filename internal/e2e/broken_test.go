package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"watchpost/internal/faulttest"
)

// TestFaultFsync lets every fsync of the product fail under load, for the embedded log and for the spool, and works again later. Meanwhile
// nothing is acknowledged and /readyz says why; in the end all that was acknowledged is stored, once.
func TestFaultFsync(t *testing.T) {
	if os.Getenv("FAULT_ROUNDS") == "" {
		t.Skip("takes a minute: make test-faults runs it")
	}
	t.Parallel()
	p := install(t, setup{rules: rulesFor(t, 30*time.Second), agents: "request_timeout: 2s"})
	p.start()
	l := newLoad(p, 20_000)
	l.begin()
	l.reach(0.3)
	detach := faulttest.Attach(t, "fsync:error=EIO:when=1+", p.cmd.Process.Pid)
	refused := func(n int) {
		t.Helper()
		p.until(2*time.Minute, "requests are refused", func() error {
			l.mu.Lock()
			defer l.mu.Unlock()
			if got := l.status[http.StatusServiceUnavailable]; got < n {
				return fmt.Errorf("%d were", got)
			}
			return nil
		})
	}
	refused(2 * l.sources) // by then none is on its way any more
	at := l.acked.Load()
	refused(4 * l.sources)
	if n := l.acked.Load() - at; n > 0 {
		t.Errorf("%d lines were acknowledged while nothing could be made durable", n)
	}
	p.until(time.Minute, "/readyz says so", func() error {
		_, err := p.get("/readyz?verbose")
		if err == nil || !strings.Contains(err.Error(), "[-] embedded broker: what was written is not durable") {
			return fmt.Errorf("it says: %v", err)
		}
		return p.above("watchpost_broker_disk_failures_total", 1)
	})
	detach()
	p.until(time.Minute, "all is well", func() error {
		if l.acked.Load() == at {
			return errors.New("nothing is acknowledged")
		}
		_, err := p.get("/readyz?verbose")
		return err
	})
	if log := read(t, p.logFile()); !strings.Contains(log, "broker: the disk failed") {
		t.Error("the log does not say that the disk failed")
	}
	l.finish()
	l.verify()
}
