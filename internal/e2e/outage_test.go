package e2e

import (
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"watchpost/internal/faulttest"
	"watchpost/internal/kafkatest"
)

// outage is a way in which Kafka cannot be reached, or not well.
type outage struct {
	name  string
	nodes int
	begin func(o *outageRun)
	end   func(o *outageRun)
	slow  bool // it goes on, slowly
	held  bool // until streams are held, too
}

type outageRun struct {
	k    *kafkatest.Cluster
	net  *faulttest.Proxy // in front of a cluster of one
	dead [2]int
}

var outages = []outage{
	{name: "killed", nodes: 1, held: true, begin: func(o *outageRun) { o.k.Kill(1) }, end: func(o *outageRun) { o.k.Restart(1) }},
	{name: "two of three killed", nodes: 3,
		begin: func(o *outageRun) { o.k.Kill(o.dead[0]); o.k.Kill(o.dead[1]) },
		end:   func(o *outageRun) { o.k.Restart(o.dead[0]); o.k.Restart(o.dead[1]) }},
	{name: "frozen", nodes: 1, begin: func(o *outageRun) { o.k.Freeze(1) }, end: func(o *outageRun) { o.k.Thaw(1) }},
	{name: "cut off", nodes: 1,
		begin: func(o *outageRun) { o.net.Set(faulttest.Link{NoWay: true, NoBack: true}) }, end: func(o *outageRun) { o.net.Set(faulttest.Link{}) }},
	{name: "unheard", nodes: 1, // what is sent arrives, and no answer comes back: all of it is sent again
		begin: func(o *outageRun) { o.net.Set(faulttest.Link{NoBack: true}) }, end: func(o *outageRun) { o.net.Set(faulttest.Link{}) }},
	{name: "slow", nodes: 1, slow: true, // 1 Mbit/s, 200 to 300 ms there and back
		begin: func(o *outageRun) {
			o.net.Set(faulttest.Link{Latency: 100 * time.Millisecond, Jitter: 50 * time.Millisecond, Rate: 125_000, Slice: 1400})
		},
		end: func(o *outageRun) { o.net.Set(faulttest.Link{}) }},
}

// TestFaultKafka takes Kafka away under load, over HTTP, TCP and TLS. Meanwhile nothing is acknowledged, but refused with 503 and a
// time to come again, or held; in the end what was acknowledged is stored, once, and of what streams sent nothing is unaccounted for.
func TestFaultKafka(t *testing.T) {
	if os.Getenv("FAULT_ROUNDS") == "" {
		t.Skip("takes a minute each: make test-faults runs it")
	}
	for _, o := range outages {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			binary(t)
			random := seed(t)
			r := &outageRun{dead: [2]int{1 + random.IntN(3)}}
			r.dead[1] = 1 + r.dead[0]%3
			if o.nodes == 1 {
				r.k = kafkatest.StartBehind(t, func(addr string) string {
					r.net = faulttest.NewProxy(t, addr)
					return r.net.Addr()
				})
			} else {
				r.k = kafkatest.Start(t, o.nodes)
			}
			agents, rate := "request_timeout: 2s", 200
			switch {
			case o.held:
				rate = 2500
			case o.slow:
				agents, rate = "request_timeout: 1m", 100
			}
			p := install(t, setup{rules: rulesFor(t, 45*time.Second), brokers: r.k.Brokers(), agents: agents,
				extra: "ingest: {buffer: 8388608, spool_bytes: 8388608}\n"})
			p.start()
			l := newLoad(p, 40_000)
			streams := l.streams(10, rate)
			l.begin()
			l.reach(0.3)
			before := l.acked.Load()
			o.begin(r)
			switch {
			case o.slow:
				stored, err := p.metric("watchpost_load_rows_total", "")
				if err != nil {
					t.Fatal(err)
				}
				p.until(4*time.Minute, "it goes on, slowly", func() error {
					n, err := p.metric("watchpost_load_rows_total", "")
					if err == nil && (n < stored+5000 || l.acked.Load() < before+2000) {
						err = fmt.Errorf("%v rows stored, %d acknowledged", n-stored, l.acked.Load()-before)
					}
					return err
				})
			default:
				refused := func(n int) {
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
				if o.held {
					p.until(2*time.Minute, "streams are held", func() error { return p.above("watchpost_ingest_held_partitions", 1) })
					if n, err := p.metric("watchpost_ingest_spool_bytes", ""); err != nil || n == 0 || n > 3*8388608 {
						t.Errorf("the spool holds %v bytes (%v)", n, err)
					}
				}
				if n := l.acked.Load() - at; n > 0 {
					t.Errorf("%d lines were acknowledged while Kafka was away", n)
				}
			}
			if n := p.peak(t); n > 1<<30 {
				t.Errorf("the process took %d MiB", n>>20)
			}
			o.end(r)
			l.reach(0.9)
			streams.ended(p)
			p.start()
			l.finish()
			l.verify()
		})
	}
}
