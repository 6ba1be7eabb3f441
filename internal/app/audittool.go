package app

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"time"

	"watchpost/internal/audit"
)

// auditTool checks the audit log of a running instance.
func auditTool(args []string) error {
	set := flag.NewFlagSet("watchpost audit", flag.ContinueOnError)
	server := set.String("server", "http://127.0.0.1:8080", "`address` of the API")
	heads := set.Bool("heads", false, "show the last entry and its hash of each process, to be kept elsewhere")
	noted := set.String("noted", "", "`file` of what -heads, or the log of Watchpost, said earlier: the audit log is held to it")
	set.Usage = func() {
		fmt.Fprintln(set.Output(), "watchpost audit verify     whether the audit log is as it was written; names what is not (docs/rights.md)")
		set.PrintDefaults()
	}
	rest, err := parseFlags(set, args)
	if err != nil {
		return err
	}
	if len(rest) != 1 || rest[0] != "verify" {
		set.Usage()
		return usageError{}
	}
	path := "/api/v1/audit/verify"
	if *noted != "" {
		text, err := os.ReadFile(*noted)
		if err != nil {
			return err
		}
		ends, err := audit.ReadHeads(string(text))
		if err != nil {
			return fmt.Errorf("%s: %w", *noted, err)
		}
		if len(ends) == 0 {
			return fmt.Errorf("%s: there is no end of a chain in it, such as -heads shows", *noted)
		}
		var all strings.Builder
		for _, h := range ends {
			fmt.Fprintln(&all, h)
		}
		path += "?noted=" + url.QueryEscape(all.String())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	body, err := askAPI(ctx, http.MethodGet, *server, path, nil)
	if err != nil {
		return err
	}
	defer body.Close()
	var r audit.Report
	if err := json.NewDecoder(io.LimitReader(body, maxAPIAnswer)).Decode(&r); err != nil {
		return fmt.Errorf("the answer broke off: %w", err)
	}
	return showAudit(os.Stdout, r, *heads)
}

// showAudit writes a report. The error is errSaid where it has faults.
func showAudit(out io.Writer, r audit.Report, heads bool) error {
	for _, f := range r.Faults {
		fmt.Fprintf(out, "%s: %s\n", Visible(f.ID), Visible(f.What))
	}
	if heads {
		for _, h := range r.Heads {
			fmt.Fprintln(out, Visible(h.String()))
		}
	}
	fmt.Fprintf(out, "%d entries of %d processes since %s, %d of them without a hash", r.Entries, r.Chains, r.From.Format(time.RFC3339), r.Unchained)
	if r.Noted > 0 {
		fmt.Fprintf(out, ", held to %d ends noted elsewhere", r.Noted)
	}
	fmt.Fprint(out, ": ")
	if r.Found > 0 {
		fmt.Fprintf(out, "%d faults\n", r.Found)
		return errSaid
	}
	fmt.Fprintln(out, "as it was written")
	return nil
}
