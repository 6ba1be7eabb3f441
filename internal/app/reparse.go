package app

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"

	"watchpost/internal/config"
	"watchpost/internal/hunt"
	"watchpost/internal/ingest"
	"watchpost/internal/normalise"
	"watchpost/internal/store"
	"watchpost/internal/web"
)

// reparse reads stored events again with the parsers of this build.
type reparse struct {
	search   hunt.Search
	dry      bool
	progress io.Writer // a terminal; nil: none
}

func reparseTool(args []string) error {
	set := flag.NewFlagSet("watchpost reparse", flag.ContinueOnError)
	var r reparse
	path := set.String("config", "", "configuration `file` of the installation")
	set.StringVar(&r.search.Query, "query", `event.dataset == "unparsed"`, "`predicate`: which events")
	set.StringVar(&r.search.From, "from", "-90d", "begin of their time: RFC 3339, or relative such as -7d")
	set.StringVar(&r.search.To, "to", "now", "end, exclusive")
	tenant := set.String("tenant", "", "only this `tenant`'s; empty: all")
	set.BoolVar(&r.dry, "dry-run", false, "only count what would change")
	rest, err := parseFlags(set, args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return usageError{fmt.Sprintf("unexpected %q", rest[0])}
	}
	if *tenant != "" {
		r.search.Tenants = []string{*tenant}
	}
	if terminal(os.Stderr) {
		r.progress = os.Stderr
	}
	c, err := config.Load(*path)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return r.run(ctx, c, os.Stdout)
}

// openStore reaches the store of a running installation: the servers that c names, or the socket of the embedded engine.
func openStore(c config.Config) (*store.Store, error) {
	if len(c.ClickHouse.Addr) == 0 {
		socket := filepath.Join(c.Data, "clickhouse", "native.sock")
		if _, err := os.Stat(socket); err != nil {
			return nil, fmt.Errorf("%w (is the product running? its engine serves there)", err)
		}
		c.ClickHouse.Addr = []string{socket}
	}
	c.ClickHouse.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	return store.Open(c.ClickHouse)
}

// lockTool keeps a second run of a tool that changes what is stored away from the installation.
func lockTool(c config.Config, name string) (func(), error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(c.Data, name+".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, &web.Fault{Err: fmt.Errorf("another watchpost %s is at work", name)}
	}
	return func() { f.Close() }, nil
}

// reparser makes events as the ingest of c would today; close it.
func reparser(c config.Config) (*ingest.Reparser, error) {
	geo, err := normalise.OpenGeo(c.Geo)
	if err != nil {
		return nil, fmt.Errorf("geo: %w", err)
	}
	o := c.Ingest
	o.Geo = geo
	var agents []string
	for _, l := range c.Listen.Agents {
		agents = append(agents, l.Name)
	}
	return ingest.NewReparser(o, agents)
}

func (r reparse) run(ctx context.Context, c config.Config, out io.Writer) error {
	again, err := reparser(c)
	if err != nil {
		return err
	}
	unlock, err := lockTool(c, "reparse")
	if err != nil {
		return err
	}
	defer unlock()
	s, err := openStore(c)
	if err != nil {
		return err
	}
	defer s.Close()
	tenants, err := s.Tenants(ctx)
	if err != nil {
		return err
	}
	q, err := r.search.Check(tenants, time.Now())
	if err != nil {
		return err
	}
	var changes reparseChanges
	begun, drawn := time.Now(), time.Time{}
	stats, err := reparseEvents(ctx, s, again, q, r.dry, &changes,
		func(st store.ReparseStats) {
			if r.progress == nil || time.Since(drawn) < 100*time.Millisecond {
				return
			}
			drawn = time.Now()
			fmt.Fprintf(r.progress, "\r\x1b[K%s  %d of %d read, %d changed", progress(float64(st.Read), float64(st.Total), time.Since(begun)), st.Read, st.Total, st.Changed)
		})
	if r.progress != nil {
		fmt.Fprint(r.progress, "\r\x1b[K")
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	list := changes.list()
	if len(list) > 0 {
		fmt.Fprintln(w, "WAS\tIS\tEVENTS")
	}
	for _, c := range list {
		fmt.Fprintf(w, "%s\t%s\t%d\n", Visible(c.From), Visible(c.To), c.Count)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err != nil {
		return fmt.Errorf("%w; events that were not read yet are as they were, the next run goes on", err)
	}
	did := "changed"
	if r.dry {
		did = "would change"
	}
	fmt.Fprintf(out, "%d events read, %d %s, in %v\n", stats.Read, stats.Changed, did, time.Since(begun).Round(10*time.Millisecond))
	return nil
}

// progress draws a bar with the time that is left.
func progress(done, total float64, spent time.Duration) string {
	share := 0.0
	if total > 0 {
		share = min(done/total, 1)
	}
	left := ""
	if share > 0 && spent > time.Second {
		left = fmt.Sprintf("  %v left", time.Duration(float64(spent)*(1-share)/share).Round(time.Second))
	}
	return fmt.Sprintf("[%-30s] %3.0f %%%s", "=============================="[:int(share*30)], share*100, left)
}
