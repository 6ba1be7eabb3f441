package app

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"watchpost/internal/store"
	"watchpost/internal/web"
)

// Sources implements web.Desk.
func (d *desk) Sources(ctx context.Context, tenants []string) ([]web.Source, error) {
	now := time.Now()
	list, err := d.store.Sources(ctx, tenants, now)
	out := make([]web.Source, len(list))
	for i := range list {
		out[i] = sender(&list[i], now)
	}
	return out, err
}

// Quarantine implements web.Desk.
func (d *desk) Quarantine(ctx context.Context, tenants []string, limit int) ([]web.Quarantined, error) {
	list, err := d.store.Quarantine(ctx, tenants, "", limit)
	out := make([]web.Quarantined, len(list))
	for i, q := range list {
		out[i] = web.Quarantined{ID: q.ID, Kind: q.Kind, Tenant: q.Tenant, Stored: q.Stored.UTC(), Received: q.Received.UTC(), Rows: q.Rows, Reason: q.Reason, Replayed: q.Replayed}
	}
	return out, err
}

func sender(r *store.Source, now time.Time) web.Source {
	s := web.Source{Tenant: r.Tenant, Listener: r.Listener, Source: r.Source, FirstSeen: time.Unix(0, r.First).UTC(), LastSeen: time.Unix(0, r.Last).UTC(),
		Events: r.Stored, Rate: r.Rate, ExpectedRate: r.Expected, SilentAfter: r.Silence().Seconds(), UnparsedShare: r.Unparsed, Zone: r.Zone,
		Received: r.Received, Stored: r.Stored, Quarantined: r.Quarantined, Rejected: r.Rejected, Dropped: r.Dropped, State: r.State(now)}
	if r.Skewed > 0 {
		skew := r.Skew.Seconds()
		s.SkewSeconds = &skew
	}
	return s
}

func sourcesTool(args []string) error {
	set := flag.NewFlagSet("watchpost sources", flag.ContinueOnError)
	server := set.String("server", "http://127.0.0.1:8080", "`address` of the API")
	format := set.String("format", "table", "table or json")
	rest, err := parseFlags(set, args)
	switch {
	case err != nil:
		return err
	case len(rest) > 0:
		return usageError{fmt.Sprintf("unexpected %q", rest[0])}
	case *format != "table" && *format != "json":
		return usageError{fmt.Sprintf("-format: %q: want table or json", *format)}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	body, err := askAPI(ctx, http.MethodGet, *server, "/api/v1/sources", nil)
	if err != nil {
		return err
	}
	defer body.Close()
	if *format == "json" {
		_, err := io.Copy(os.Stdout, body)
		return err
	}
	var answer struct {
		Sources []web.Source `json:"sources"`
	}
	if err := json.NewDecoder(body).Decode(&answer); err != nil {
		return fmt.Errorf("the answer broke off: %w", err)
	}
	return sourcesTable(os.Stdout, answer.Sources, time.Now())
}

// sourcesTable puts those that need care first.
func sourcesTable(out io.Writer, list []web.Source, now time.Time) error {
	slices.SortStableFunc(list, func(a, b web.Source) int {
		return strings.Compare(fmt.Sprint(a.State == store.SourceOK), fmt.Sprint(b.State == store.SourceOK))
	})
	b := bufio.NewWriter(out)
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "STATE\tTENANT\tLISTENER\tSOURCE\tLAST SEEN\tPER HOUR\tUSUAL\tUNPARSED\tCLOCK\tZONE\tRECEIVED\tSTORED\tTWICE\tBY RULE\tLOST")
	for _, s := range list {
		skew := ""
		if s.SkewSeconds != nil {
			skew = (time.Duration(*s.SkewSeconds) * time.Second).String()
		}
		lost, twice, byRule := sum(s.Rejected)+s.Quarantined, uint64(0), uint64(0)
		for why, n := range s.Dropped {
			switch {
			case why == "duplicate":
				twice += n
			case isContent(why):
				byRule += n
			default:
				lost += n
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s ago\t%.0f\t%.0f\t%.1f %%\t%s\t%s\t%d\t%d\t%d\t%d\t%d\n", s.State, s.Tenant, Visible(s.Listener), Visible(s.Source),
			now.Sub(s.LastSeen).Round(time.Second), s.Rate*3600, s.ExpectedRate*3600, 100*s.UnparsedShare, skew, Visible(s.Zone), s.Received, s.Stored, twice, byRule, lost)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, s := range list {
		for _, kind := range []struct {
			name string
			by   map[string]uint64
		}{{"rejected", s.Rejected}, {"dropped", s.Dropped}} {
			for _, why := range slices.Sorted(maps.Keys(kind.by)) {
				fmt.Fprintf(b, "%s: %s, from %s by %s: %d\n", kind.name, Visible(why), Visible(s.Source), Visible(s.Listener), kind.by[why])
			}
		}
	}
	return b.Flush()
}

func sum(by map[string]uint64) (n uint64) {
	for _, v := range by {
		n += v
	}
	return n
}
