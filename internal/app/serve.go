package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"watchpost/internal/config"
	"watchpost/internal/normalise"
	"watchpost/internal/source"
	"watchpost/internal/store"
	"watchpost/internal/topic"
)

// The roles of a process. Ingest takes frames and also loads blocks into the store.
const (
	Ingest = "ingest"
	Detect = "detect"
	Query  = "query"
)

// Groups are the consumer groups of topic events; Kafka must keep what any of them has not done.
const (
	loadGroup   = "load"
	matchGroup  = "match"
	windowGroup = "windows"
)

// Endpoint is an address that the process serves.
type Endpoint struct{ Name, Kind, Addr string }

// Service is a process of the product: some roles, on whatever engines the configuration names.
type Service struct {
	// Started, if set, is called once everything serves.
	Started func([]Endpoint)

	c     config.Config
	path  string
	roles []string
	log   *slog.Logger

	ops       *ops
	stages    *stages
	kafka     *topic.Client
	store     *store.Store
	listeners []named
	endpoints []Endpoint
	reloads   []reload
	endings   []ending // of the certificates in use
	serving   atomic.Bool
	rules     rulesInUse
	excepted  *excepted
	setup     string // token of the link by which the first user is made

	mu    sync.Mutex    // one Reload at a time
	now   config.Config // what a Reload took up last; guarded by mu
	early []string      // parts that were to be built anew before all parts were there; guarded by mu

	untaken sync.Map // why what changed of a part is not in use, by part
}

// reload is a part that can be built anew: build prepares, and what it returns swaps it in.
type reload struct {
	name  string
	build func(config.Config) (swap func(), err error)
}

// NewService makes a process of c, which was read from path.
func NewService(c config.Config, path string, roles []string, log *slog.Logger) *Service {
	return &Service{c: c, now: c, path: path, roles: roles, log: log, ops: newOps(), stages: newStages(log)}
}

// Brokers says where Kafka is, for a broker whose port is not known before it runs. Call it before Run.
func (s *Service) Brokers(addrs ...string) { s.c.Kafka.Brokers = addrs }

// Counter publishes a number of the process that the service does not know of.
func (s *Service) Counter(name, help string, read func() float64) {
	s.ops.counter(name, help, nil, read)
}

// Ready adds a condition of the process' readiness that the service does not know of.
func (s *Service) Ready(name string, ok func() error) {
	s.ops.ready(name, func(context.Context) error { return ok() })
}

func (s *Service) has(role string) bool { return slices.Contains(s.roles, role) }

// Run serves until ctx ends, then stops: what goes on from the log first, then listeners, then what they feed, so that
// nothing taken is lost. It returns early if a part fails.
func (s *Service) Run(ctx context.Context) error {
	go limitMemory(ctx, s.c.Memory, time.Second)
	// The page answers before the listeners are bound: until then the process is not ready.
	s.ops.ready("running", func(context.Context) error {
		if !s.serving.Load() {
			return errors.New("starting or stopping")
		}
		return nil
	})
	if err := s.connect(ctx); err != nil {
		return err
	}
	defer s.kafka.Close()
	defer s.store.Close()
	defer s.stages.stop() // before the engines' clients go, which the stages use to the last
	defer s.serving.Store(false)
	if s.has(Query) || s.has(Detect) {
		if err := s.startExceptions(ctx); err != nil {
			return err
		}
	}
	for _, role := range []struct {
		name  string
		start func(context.Context) error
	}{{Query, s.startQuery}, {Detect, s.startDetect}, {Ingest, s.startIngest}} {
		if !s.has(role.name) {
			continue
		}
		if err := role.start(ctx); err != nil {
			return err
		}
	}
	if err := s.startAdmin(ctx); err != nil {
		return err
	}
	s.stages.start(ctx, "watch", s.watch)
	if s.excepted != nil {
		s.stages.start(ctx, "exceptions", s.excepted.Run)
	}
	s.begin()
	if s.Started != nil {
		s.Started(s.endpoints)
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.stages.failed:
		return err
	}
}

// begin says that all parts are there, and builds those anew that were asked for while they came: the page answers before.
func (s *Service) begin() {
	s.mu.Lock()
	s.serving.Store(true)
	early := s.early
	s.early = nil
	s.mu.Unlock()
	for _, part := range early {
		s.takeUp(part, "what changed during the start")
	}
}

// connect reaches both engines and brings topics and tables into being. It waits for engines that are not up yet.
func (s *Service) connect(ctx context.Context) error {
	s.c.Kafka.Log, s.c.ClickHouse.Log = s.log, s.log
	var err error
	if s.kafka, err = topic.Open(s.c.Kafka); err != nil {
		return fmt.Errorf("kafka: %w", err)
	}
	if err := s.kafka.Ensure(ctx); err != nil {
		return fmt.Errorf("kafka: %w", err)
	}
	if s.store, err = store.Open(s.c.ClickHouse); err != nil {
		return fmt.Errorf("clickhouse: %w", err)
	}
	for wait := 250 * time.Millisecond; ; wait = min(2*wait, 15*time.Second) {
		err := s.store.Migrate(ctx)
		if err == nil {
			break
		}
		if !store.Unreachable(err) {
			return fmt.Errorf("clickhouse: %w", err)
		}
		s.log.Warn("clickhouse is not ready; trying again", "error", err, "in", wait)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	s.ops.ready("store", s.store.Ping)
	s.ops.ready("kafka", func(ctx context.Context) error { _, err := s.kafka.Partitions(ctx, topic.Events); return err })
	return nil
}

func (s *Service) startIngest(ctx context.Context) error {
	s.c.Ingest.Gate = s.gate()
	geo, err := normalise.OpenGeo(s.c.Geo)
	if err != nil {
		return fmt.Errorf("geo: %w", err)
	}
	s.reloads = append(s.reloads, reload{"geo", func(config.Config) (func(), error) { return geo.Reload() }})
	pipeline, producer, err := newPipeline(s.c, geo, s.kafka, s.log)
	if err != nil {
		return fmt.Errorf("ingest: %w", err)
	}
	part := reload{"content", func(c config.Config) (func(), error) {
		rules, err := configuredContent(c)
		return func() { pipeline.SetContent(rules) }, err
	}}
	swap, err := part.build(s.c)
	if err != nil {
		return fmt.Errorf("content: %w", err)
	}
	swap()
	s.reloads = append(s.reloads, part)
	if err := s.startLoad(ctx); err != nil {
		return err
	}
	var left map[string]error
	if s.listeners, left, err = newListeners(s.c, pipeline, s.log); err != nil {
		return err
	}
	for name, err := range left {
		s.ops.warn("listener "+name, func() string { return "left out, and the configuration does not ask for it: " + err.Error() })
	}
	for _, l := range s.listeners {
		if c, ok := l.listener.(interface{ Endings() []source.Ending }); ok {
			s.endings = append(s.endings, ending{l.name, c.Endings})
		}
	}
	s.stages.start(ctx, "ingest", pipeline.Run)
	s.startHealth(ctx, pipeline)
	for i, l := range s.listeners {
		start := s.stages.beside
		if i == 0 { // what they feed must outlive them
			start = s.stages.start
		}
		start(ctx, l.name, l.Run)
		s.endpoints = append(s.endpoints, Endpoint{l.name, l.kind, l.Addr().String()})
		if l.reload != nil {
			s.reloads = append(s.reloads, reload{l.name, func(config.Config) (func(), error) { return l.reload() }})
		}
	}
	s.ops.ready("ingest", func(context.Context) error {
		if n := pipeline.Stats.Held.Load(); n > 0 {
			return fmt.Errorf("senders wait: %d partitions have room neither in memory nor in the spool until Kafka takes blocks", n)
		}
		return nil
	})
	measureIngest(s.ops, pipeline, producer, s.listeners)
	return nil
}

// gate holds blocks back while Kafka would soon trim what is not loaded or matched yet.
func (s *Service) gate() func(context.Context) error {
	return gate(func(ctx context.Context) (bool, error) {
		return s.kafka.Pressed(ctx, topic.Events, loadGroup, matchGroup)
	}, s.log)
}

// gate waits while pressed says so. It asks once a second, whether it gets an answer or not: to ask takes many requests.
func gate(pressed func(context.Context) (bool, error), log *slog.Logger) func(context.Context) error {
	var mu sync.Mutex
	var short bool
	var asked, told time.Time
	return func(ctx context.Context) error {
		mu.Lock()
		defer mu.Unlock()
		for short || time.Since(asked) > time.Second {
			now, err := pressed(ctx)
			asked = time.Now()
			if err != nil && ctx.Err() == nil {
				if asked.Sub(told) > 30*time.Second {
					log.Warn("kafka: room before the retention limit is not known", "error", err)
					told = asked
				}
				short = false
				return nil // Send waits for the broker anyway
			}
			if now != short {
				log.Warn("kafka: room before the retention limit", "short", now)
			}
			if short = now; !short {
				return ctx.Err()
			}
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	}
}

// startAdmin serves metrics and health where no page does.
func (s *Service) startAdmin(ctx context.Context) error {
	addr := ""
	switch {
	case s.has(Query):
		return nil // the page's server has the routes
	case s.has(Ingest):
		addr = s.c.Admin.Ingest
	default:
		addr = s.c.Admin.Detect
	}
	mux := http.NewServeMux()
	s.ops.routes(plain(mux))
	mux.HandleFunc("POST /-/reload", s.reloadRequest)
	return s.serve(ctx, "admin", "metrics, health", addr, mux)
}

// serve binds addr and serves handler there.
func (s *Service) serve(ctx context.Context, name, kind, addr string, handler http.Handler) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	s.serveOn(ctx, l, name, kind, handler)
	return nil
}

// serveOn serves handler on l.
func (s *Service) serveOn(ctx context.Context, l net.Listener, name, kind string, handler http.Handler) {
	s.endpoints = append(s.endpoints, Endpoint{name, kind, l.Addr().String()})
	s.stages.start(ctx, name, func(ctx context.Context) error { return serveHTTP(ctx, l, handler) })
}

// Setup gives the link by which the first user is made; "" if there is one, or no page here. It is a secret.
func (s *Service) Setup() string {
	for _, e := range s.endpoints {
		if e.Name == "page" && s.setup != "" {
			return PageAddress(s.c, e.Addr) + "/#/setup?token=" + s.setup
		}
	}
	return ""
}

// Reload reads the configuration again and builds all that can change while it runs (rules, certificates); only if
// all of it is good does it swap. A bad file leaves everything as it is.
func (s *Service) Reload() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.serving.Load() { // the list of parts is not complete before
		return errors.New("starting or stopping")
	}
	c, err := config.Load(s.path)
	if err != nil {
		return err
	}
	if err := s.rebuild(c, s.reloads); err != nil {
		return err
	}
	s.now = c
	return nil
}

// rebuild builds parts anew from c and, only if all of them are good, swaps them in.
func (s *Service) rebuild(c config.Config, parts []reload) error {
	var swaps []func()
	var faults []error
	for _, r := range parts {
		swap, err := r.build(c)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", r.name, err))
			continue
		}
		swaps = append(swaps, swap)
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	for _, swap := range swaps {
		swap()
	}
	for _, r := range parts {
		s.untaken.Delete(r.name)
	}
	s.log.Info("reloaded", "parts", len(swaps))
	return nil
}

// reloadRequest answers POST /-/reload. Like all that changes something it wants a content type that no form can send.
func (s *Service) reloadRequest(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Content-Type") != "application/json" {
		http.Error(w, "Content-Type must be application/json", http.StatusUnsupportedMediaType)
		return
	}
	if err := s.Reload(); err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
