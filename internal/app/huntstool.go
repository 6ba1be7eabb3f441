package app

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"text/tabwriter"
	"time"

	"watchpost/internal/hunt/pack"
	"watchpost/internal/web"
)

// huntsTool lists and runs packs of hunts.
func huntsTool(args []string) error {
	const usage = "want one of\n  hunts list [-server URL]\n  hunts runs [-format text|json] [-server URL]\n  hunts check DIR\n  hunts run [-from -24h] [-to now] [-param NAME=VALUE]… [-format text|json] [-server URL] PACK[/HUNT]…"
	if len(args) == 0 {
		return usageError{usage}
	}
	set := flag.NewFlagSet("watchpost hunts "+args[0], flag.ContinueOnError)
	server := set.String("server", "http://127.0.0.1:8080", "`address` of the API")
	from := set.String("from", "-24h", "begin: RFC 3339, or relative such as -24h")
	to := set.String("to", "now", "end, exclusive")
	format := set.String("format", "text", "text or json")
	params := map[string]string{}
	set.Func("param", "`NAME=VALUE` of a hunt's parameter", func(s string) error {
		name, v, ok := strings.Cut(s, "=")
		if !ok {
			return errors.New("want NAME=VALUE")
		}
		params[name] = v
		return nil
	})
	rest, err := parseFlags(set, args[1:])
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	switch {
	case *format != "text" && *format != "json":
		return usageError{fmt.Sprintf("-format: %q: want text or json", *format)}
	case args[0] == "check" && len(rest) == 1:
		packs, err := pack.Load(os.DirFS(rest[0]))
		if err == nil && len(packs) == 0 {
			_, err = os.ReadDir(rest[0])
			err = cmp.Or(err, fmt.Errorf("%s: no pack is there, no file *.yaml", rest[0]))
		}
		for _, p := range packs {
			fmt.Printf("%s: %d hunts\n", p.Name, len(p.Hunts))
		}
		return err
	case args[0] == "list" && len(rest) == 0:
		return listPacks(ctx, os.Stdout, *server)
	case args[0] == "runs" && len(rest) == 0:
		return scheduledRuns(ctx, os.Stdout, *server, *format)
	case args[0] == "run" && len(rest) > 0:
		return runPacks(ctx, os.Stdout, *server, rest, *format, map[string]any{"from": *from, "to": *to, "params": params})
	}
	return usageError{usage}
}

func listPacks(ctx context.Context, out io.Writer, server string) error {
	body, err := askAPI(ctx, http.MethodGet, server, "/api/v1/packs", nil)
	if err != nil {
		return err
	}
	defer body.Close()
	var answer struct{ Packs []pack.Pack }
	if err := json.NewDecoder(io.LimitReader(body, maxStats)).Decode(&answer); err != nil {
		return fmt.Errorf("the answer broke off: %w", err)
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, p := range answer.Packs {
		for _, h := range p.Hunts {
			fmt.Fprintf(t, "%s/%s\t%s\t%s\n", p.Name, h.ID, strings.Join(h.Attack, ","), Visible(h.Name))
		}
	}
	return t.Flush()
}

// scheduledRuns shows what the packs on a schedule found last.
func scheduledRuns(ctx context.Context, out io.Writer, server, format string) error {
	body, err := askAPI(ctx, http.MethodGet, server, "/api/v1/packs/runs", nil)
	if err != nil {
		return err
	}
	defer body.Close()
	var answer struct{ Runs []web.ScheduledRun }
	if err := json.NewDecoder(io.LimitReader(body, maxStats)).Decode(&answer); err != nil {
		return fmt.Errorf("the answer broke off: %w", err)
	}
	if format == "json" {
		return json.NewEncoder(out).Encode(answer.Runs)
	}
	if len(answer.Runs) == 0 {
		fmt.Fprintln(out, "no pack is on a schedule: query.packs")
		return nil
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "tenant\thunt\tup to\tcount\tchange\tin 24h\ttop")
	failed := false
	for _, r := range answer.Runs {
		upTo := "-"
		if r.To != nil {
			upTo = r.To.Format(time.RFC3339)
		}
		state := ""
		switch {
		case r.Error != "":
			state = "FAILED: " + Visible(r.Error)
		case r.To == nil:
			state = "not run yet; due " + r.Next.Format(time.RFC3339)
		case r.Finished == nil:
			state = "under way since " + r.Started.Format(time.RFC3339) + ", or its process ended"
		}
		if state != "" {
			fmt.Fprintf(t, "%s\t%s\t%s\t-\t-\t-\t%s\n", r.Tenant, r.Pack, upTo, state)
			failed = failed || r.Error != ""
		}
		for _, h := range r.Hunts {
			found := topText(h.Top, h.Error)
			failed = failed || h.Error != ""
			fmt.Fprintf(t, "%s\t%s/%s\t%s\t%d\t%s\t%s\t%s\n", r.Tenant, r.Pack, h.ID, upTo, h.Count, signed(h.Change), signed(h.ChangeDay), found)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if failed {
		return errSaid
	}
	return nil
}

// signed shows a change; - if there is nothing to compare with.
func signed(n *int64) string {
	if n == nil {
		return "-"
	}
	return fmt.Sprintf("%+d", *n)
}

// topText shows the most frequent values of a hunt, or why there are none.
func topText(values []web.Value, fault string) string {
	if fault != "" {
		return Visible("FAILED: " + fault)
	}
	top := make([]string, len(values))
	for i, v := range values {
		top[i] = fmt.Sprintf("%s (%d)", v.Value, v.Count)
	}
	return Visible(strings.Join(top, ", "))
}

func runPacks(ctx context.Context, out io.Writer, server string, names []string, format string, question map[string]any) error {
	w := bufio.NewWriter(out)
	defer w.Flush()
	failed := false
	for _, name := range names {
		name, one, _ := strings.Cut(name, "/")
		q := map[string]any{}
		for k, v := range question {
			q[k] = v
		}
		if one != "" {
			q["hunts"] = []string{one}
		}
		body, err := askAPI(ctx, http.MethodPost, server, "/api/v1/packs/"+url.PathEscape(name)+"/run", q)
		if err != nil {
			return err
		}
		var res web.PackResult
		err = json.NewDecoder(io.LimitReader(body, maxStats)).Decode(&res)
		body.Close()
		if err != nil {
			return fmt.Errorf("the answer broke off: %w", err)
		}
		if format == "json" {
			if err := json.NewEncoder(w).Encode(res); err != nil {
				return err
			}
			continue
		}
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "hunt\tcount\tbefore\tchange\ttop")
		for _, h := range res.Hunts {
			failed = failed || h.Error != ""
			fmt.Fprintf(t, "%s/%s\t%d\t%d\t%+d\t%s\n", res.Pack, h.ID, h.Count, h.Before, h.Change, topText(h.Top, h.Error))
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	if failed {
		return errSaid
	}
	return nil
}
