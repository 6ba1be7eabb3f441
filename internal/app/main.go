// Package app wires the parts of the product into roles: start, reload, stop.
package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"watchpost/internal/config"
	"watchpost/internal/detect"
	"watchpost/internal/normalise"
	"watchpost/internal/source"
)

// Flags of every command that serves.
type Flags struct {
	Config string // file; empty: the defaults
	Check  bool   // only read the configuration and report its faults
}

// ParseFlags reads the flags of a command that serves. done means that there is nothing left to do.
func ParseFlags(name string, args []string) (f Flags, code int, done bool) {
	set := flag.NewFlagSet(name, flag.ContinueOnError)
	set.StringVar(&f.Config, "config", "", "configuration `file` (docs/configuration.md)")
	set.BoolVar(&f.Check, "check", false, "read the configuration, report every fault, and end")
	version := set.Bool("version", false, "print the version and end")
	switch err := set.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return f, 0, true
	case err != nil:
		return f, 2, true
	case set.NArg() > 0:
		fmt.Fprintf(os.Stderr, "%s: unexpected %q\n", name, set.Arg(0))
		return f, 2, true
	case *version:
		fmt.Println(Version)
		return f, 0, true
	}
	return f, 0, false
}

// Main runs one role on the external engines that the configuration names, and returns the exit code.
func Main(role string, args []string) int {
	f, code, done := ParseFlags(role, args)
	if done {
		return code
	}
	c, err := config.Load(f.Config)
	if err == nil {
		err = engineless(c)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if f.Check {
		return Check(c)
	}
	log := NewLog(c, os.Stderr)
	service := NewService(c, f.Config, []string{role}, log)
	service.Started = func(endpoints []Endpoint) {
		for _, e := range endpoints {
			log.Info("serving", "name", e.Name, "kind", e.Kind, "addr", e.Addr)
		}
		if service.Setup() != "" { // the link itself is a secret, and logs are not
			log.Info("there is no user yet: the token for <page>/#/setup?token=TOKEN, which makes the first, is in a file", "file", filepath.Join(c.Data, "query", setupFile))
		}
	}
	return Await(log, service.Reload, service.Run)
}

// engineless says which engines a single role lacks.
func engineless(c config.Config) error {
	var faults []error
	if len(c.Kafka.Brokers) == 0 {
		faults = append(faults, errors.New("kafka.brokers: a single role needs a Kafka of its own; `watchpost run` embeds one"))
	}
	if len(c.ClickHouse.Addr) == 0 {
		faults = append(faults, errors.New("clickhouse.addr: a single role needs a ClickHouse of its own; `watchpost run` embeds one"))
	}
	return errors.Join(faults...)
}

// Check looks at what c names beyond itself, says all that it found, and returns the exit code.
func Check(c config.Config) int {
	set, err := configuredRules(c)
	if err == nil {
		_, err = detect.Compile(set)
	}
	if _, missing := os.Stat(c.Content); err == nil && !errors.Is(missing, fs.ErrNotExist) {
		if _, err = loadContent(c, set, []byte("a check makes no hashes")); err != nil {
			err = fmt.Errorf("content: %w", err)
		}
	}
	if err = errors.Join(err, checkFiles(c)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Printf("the configuration is good, and so are %d rules\n", len(set.Rules))
	return 0
}

// checkFiles reads, beside rules, what would refuse the start: certificates of listeners, page and engines, places of addresses, packs.
func checkFiles(c config.Config) error {
	var faults []error
	see := func(name string, err error) {
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", name, err))
		}
	}
	served := func(name string, o source.TLSOptions) {
		if o.Enabled() && o.Cert != config.LocalCertificate { // a local one is made at the start
			_, err := source.LoadCertificates(o)
			see(name, err)
		}
	}
	l := c.Listen
	for _, o := range l.TCP {
		served(o.Name, o.TLS)
	}
	for _, o := range l.Agents {
		served(o.Name, o.TLS)
	}
	for _, o := range l.RELP {
		served(o.Name, o.TLS)
	}
	for _, o := range l.Lumberjack {
		served(o.Name, o.TLS)
	}
	for _, o := range l.GELF {
		served(o.Name, o.TLS)
	}
	for _, o := range l.Fluent {
		served(o.Name, o.TLS)
	}
	served("query", c.Query.TLS)
	_, err := c.Kafka.TLS.Client()
	see("kafka", err)
	_, err = c.ClickHouse.TLS.Client()
	see("clickhouse", err)
	_, err = normalise.OpenGeo(c.Geo)
	see("geo", err)
	_, err = readPacks(c.Packs)
	see("packs", err)
	return errors.Join(faults...)
}

// NewLog makes the product's own log.
func NewLog(c config.Config, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Log.Level)); err != nil {
		level = slog.LevelInfo // Load has checked it
	}
	o := &slog.HandlerOptions{Level: level}
	if c.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// Await runs until SIGINT or SIGTERM, which let run stop in order; a second one ends the process at once. SIGHUP
// reloads. It returns the exit code.
func Await(log *slog.Logger, reload func() error, run func(context.Context) error) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	told := ctx.Done()
	for {
		select {
		case err := <-done:
			if err != nil && ctx.Err() == nil {
				log.Error("ended", "error", err)
				return 1
			}
			log.Info("stopped")
			return 0
		case <-told:
			log.Info("stopping: what was taken is handed over; once more ends at once")
			stop() // the next signal has its default effect
			told = nil
		case <-hup:
			if err := reload(); err != nil {
				log.Error("not reloaded; everything stays as it was", "error", err)
			}
		}
	}
}
