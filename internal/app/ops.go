package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Version is set by the linker.
var Version = "unknown"

// scrapeTimeout bounds what one look at the metrics may take.
const scrapeTimeout = 3 * time.Second

// ops is what operators look at: metrics and health.
type ops struct {
	registry *prometheus.Registry

	mu       sync.Mutex
	checks   []check
	warnings []warning
}

// check is one condition of readiness; nil is good.
type check struct {
	name string
	ok   func(context.Context) error
}

// warning is what does not keep a process from its work, but should be seen; "" is good.
type warning struct {
	name string
	text func() string
}

func newOps() *ops {
	o := &ops{registry: prometheus.NewRegistry()}
	info := prometheus.NewGauge(prometheus.GaugeOpts{Name: "watchpost_build_info", Help: "1, with the version as a label.",
		ConstLabels: prometheus.Labels{"version": Version, "goversion": runtime.Version()}})
	info.Set(1)
	o.registry.MustRegister(info, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return o
}

// ready adds a condition of readiness.
func (o *ops) ready(name string, ok func(context.Context) error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.checks = append(o.checks, check{name, ok})
}

// warn adds something that /readyz?verbose says, whatever the answer.
func (o *ops) warn(name string, text func() string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.warnings = append(o.warnings, warning{name, text})
}

// counter and gauge publish a number that is read when somebody asks.
func (o *ops) counter(name, help string, labels prometheus.Labels, read func() float64) {
	o.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "watchpost_" + name, Help: help, ConstLabels: labels}, read))
}

func (o *ops) gauge(name, help string, labels prometheus.Labels, read func() float64) {
	o.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "watchpost_" + name, Help: help, ConstLabels: labels}, read))
}

// routes adds /metrics, /livez and /readyz.
func (o *ops) routes(add func(method, path string, serve http.HandlerFunc)) {
	add(http.MethodGet, "/metrics", promhttp.HandlerFor(o.registry, promhttp.HandlerOpts{}).ServeHTTP)
	add(http.MethodGet, "/livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	add(http.MethodGet, "/readyz", o.readyz)
}

// plain adds routes to mux that anybody may use who can reach it.
func plain(mux *http.ServeMux) func(method, path string, serve http.HandlerFunc) {
	return func(method, path string, serve http.HandlerFunc) { mux.HandleFunc(method+" "+path, serve) }
}

func (o *ops) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	o.mu.Lock()
	checks, warnings := slices.Clone(o.checks), slices.Clone(o.warnings)
	o.mu.Unlock()
	status, text := http.StatusOK, ""
	for _, c := range checks {
		if err := c.ok(ctx); err != nil {
			status = http.StatusServiceUnavailable
			text += fmt.Sprintf("[-] %s: %v\n", c.name, err)
		} else {
			text += fmt.Sprintf("[+] %s\n", c.name)
		}
	}
	for _, w := range warnings {
		if s := w.text(); s != "" {
			text += fmt.Sprintf("[!] %s: %s\n", w.name, s)
		}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	if status != http.StatusOK || r.URL.Query().Has("verbose") {
		fmt.Fprint(w, text)
	}
	fmt.Fprintln(w, map[bool]string{true: "ready", false: "not ready"}[status == http.StatusOK])
}

// stalledAfter is how long a client may take none of what is sent to it: each hunt that it lets wait holds memory of the
// engine's.
const stalledAfter = 30 * time.Second

// impatient gives up clients that take nothing for so long.
type impatient struct {
	http.Handler
	after time.Duration
}

func (i impatient) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.Handler.ServeHTTP(&impatientWriter{w, http.NewResponseController(w), i.after}, r)
}

type impatientWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	after   time.Duration
}

// atOnce is how much a client must take within the time: an event may have several MiB, and a group of rows of Parquet more.
const atOnce = 64 << 10

func (w *impatientWriter) Write(p []byte) (n int, err error) {
	for err == nil && n < len(p) {
		part := p[n:min(n+atOnce, len(p))]
		err = w.within(func() error {
			m, err := w.ResponseWriter.Write(part)
			n += m
			return err
		})
	}
	return n, err
}

// FlushError is what http.ResponseController calls to flush.
func (w *impatientWriter) FlushError() error { return w.within(w.control.Flush) }

// within bounds one call only: between two the handler may take its time.
func (w *impatientWriter) within(call func() error) error {
	if err := w.control.SetWriteDeadline(time.Now().Add(w.after)); err != nil {
		return err
	}
	if err := call(); err != nil {
		return err
	}
	return w.control.SetWriteDeadline(time.Time{})
}

// Unwrap lets http.ResponseController find what lies below.
func (w *impatientWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// serveHTTP serves handler on l until ctx ends.
func serveHTTP(ctx context.Context, l net.Listener, handler http.Handler) error {
	srv := &http.Server{Handler: impatient{handler, stalledAfter}, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		<-ctx.Done()
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		if srv.Shutdown(late) != nil {
			srv.Close()
		}
	}()
	err := srv.Serve(l)
	if errors.Is(err, http.ErrServerClosed) {
		<-stopped
		return ctx.Err()
	}
	return err
}
