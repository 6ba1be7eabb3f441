package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"

	"watchpost/internal/app"
	"watchpost/internal/config"
	"watchpost/internal/embedded/broker"
	"watchpost/internal/embedded/engine"
)

// run serves all roles, on embedded engines where the configuration names none.
func run(args []string) int {
	f, code, done := app.ParseFlags("watchpost run", args)
	if done {
		return code
	}
	c, err := config.Load(f.Config)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if f.Check {
		return app.Check(c)
	}
	if err := app.Free(c); err != nil {
		fmt.Fprintf(os.Stderr, "%v\nIs another Watchpost running? Other addresses: -config FILE, docs/configuration.md.\n", err)
		return 1
	}
	log := app.NewLog(c, os.Stderr)
	e, err := newEngines(&c, log)
	if err != nil {
		fmt.Fprintln(os.Stderr, "watchpost:", err)
		return 1
	}
	service := app.NewService(c, f.Config, []string{app.Ingest, app.Detect, app.Query}, log)
	service.Started = func(endpoints []app.Endpoint) { e.greet(c, endpoints, service.Setup()) }
	e.publish(service)
	return app.Await(log, service.Reload, func(ctx context.Context) error {
		return e.around(ctx, func(ctx context.Context) error {
			if e.broker != nil {
				service.Brokers(e.broker.Addr())
			}
			return service.Run(ctx)
		})
	})
}

// engines are the embedded parts; nil ones are external.
type engines struct {
	broker *broker.Broker
	engine *engine.Engine
}

// newEngines makes the engines that c does not name, and tells c how to reach them.
func newEngines(c *config.Config, log *slog.Logger) (*engines, error) {
	e := &engines{}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if len(c.Kafka.Brokers) == 0 {
		o := broker.Defaults
		o.Dir, o.Log = filepath.Join(c.Data, "kafka"), log
		o.Addr = c.Embedded.Kafka
		var err error
		if e.broker, err = broker.Open(o); err != nil {
			return nil, err
		}
		c.Kafka.RetentionTime, c.Kafka.RetentionBytes = -1, o.MaxBytes
		if c.Kafka.Partitions == 0 {
			c.Kafka.Partitions = 2
		}
		c.Kafka.ReplicationFactor = 1
		c.Kafka.SessionTimeout = 3 * time.Second // a member that was killed holds its partitions so long
	}
	if len(c.ClickHouse.Addr) == 0 {
		o := engine.Defaults
		o.Dir = filepath.Join(c.Data, "clickhouse")
		o.MaxServerMemory = engineMemory(c.Embedded.EngineMemory, memlimit.FromCgroup, memlimit.FromSystem)
		library, err := engine.FindLibrary()
		if err != nil {
			return nil, err
		}
		o.Library = library
		if err := o.Check(); err != nil {
			return nil, fmt.Errorf("embedded engine: %w", err)
		}
		e.engine = engine.New(o, log)
		c.ClickHouse.Addr = []string{e.engine.Addr()}
		c.ClickHouse.Dial = e.engine.Dial
	}
	return e, nil
}

// engineMemory is what ClickHouse may take: what is configured, or else a quarter of the least of limits. On a machine of 2 GB that is too
// little to catch up with a million rows, merge them and answer at once.
func engineMemory(configured int64, limits ...memlimit.Provider) int64 {
	if configured != 0 {
		return configured
	}
	machine := uint64(0)
	for _, limit := range limits {
		if n, err := limit(); err == nil && (machine == 0 || n < machine) {
			machine = n
		}
	}
	return max(engine.Defaults.MaxServerMemory, int64(machine/4))
}

// publish adds what the engines themselves have to say to the metrics and to what /readyz asks.
func (e *engines) publish(s *app.Service) {
	if e.broker != nil {
		s.Ready("embedded broker", e.broker.Fault)
		s.Counter("broker_disk_failures_total", "How often the embedded broker's disk failed to make durable what was written.", func() float64 { return float64(e.broker.DiskFailures()) })
	}
	if e.engine != nil {
		s.Counter("engine_restarts_total", "How often the embedded engine died and was started again.", func() float64 { return float64(e.engine.Restarts()) })
	}
}

// around runs the engines, serves while they run, and stops them last.
func (e *engines) around(ctx context.Context, serve func(context.Context) error) error {
	under, stop := context.WithCancel(context.WithoutCancel(ctx))
	failed := make(chan error, 2)
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	part := func(name string, run func(context.Context) error, ready <-chan struct{}) error {
		running.Go(func() {
			if err := run(under); err != nil && under.Err() == nil {
				failed <- fmt.Errorf("%s: %w", name, err)
			}
		})
		select {
		case <-ready:
			return nil
		case err := <-failed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if e.engine != nil {
		if err := part("embedded engine", e.engine.Run, e.engine.Ready()); err != nil {
			return err
		}
	}
	if e.broker != nil {
		if err := part("embedded broker", e.broker.Run, e.broker.Ready()); err != nil {
			return err
		}
	}
	serving, cancel := context.WithCancel(ctx)
	defer cancel()
	served := make(chan error, 1)
	go func() { served <- serve(serving) }()
	select {
	case err := <-served:
		return err
	case err := <-failed:
		cancel()
		return errors.Join(err, <-served)
	}
}

// greet says where things are, and gives a line to paste.
func (e *engines) greet(c config.Config, endpoints []app.Endpoint, setup string) {
	var b strings.Builder
	b.WriteString("\nWatchpost is up.\n\n")
	line := func(kind, addr string) { fmt.Fprintf(&b, "  %-28s %s\n", kind, addr) }
	page, udp := "", ""
	for _, ep := range endpoints {
		addr := ep.Addr
		switch ep.Kind {
		case "page and API":
			page = app.PageAddress(c, addr)
			addr = page
		case "syslog UDP":
			udp = cmp.Or(udp, addr) // the first
		}
		line(ep.Kind, addr)
	}
	if e.broker != nil {
		line("Kafka", e.broker.Addr())
	}
	if e.engine != nil {
		line("ClickHouse (native, socket)", e.engine.Addr())
	}
	if dir, err := filepath.Abs(c.Data); err == nil {
		line("data", dir)
	}
	if host, port, err := net.SplitHostPort(udp); err == nil {
		fmt.Fprintf(&b, "\nSend a first log from another shell:\n\n  logger --udp --server %s --port %s --rfc5424 -t demo 'hello watchpost'\n", host, port)
	}
	if page != "" {
		fmt.Fprintf(&b, "\nand look for it at %s\nCtrl-C stops; all data stays.\n", page)
	}
	if setup != "" {
		if c.Query.Loopback() {
			b.WriteString("\nUntil there is a user, everybody on this machine may do everything.")
		}
		fmt.Fprintf(&b, "\nThis link makes the first user, once, and ends with this run:\n\n  %s\n", setup)
	}
	fmt.Println(b.String())
}
