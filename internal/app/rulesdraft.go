package app

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/event"
	"watchpost/internal/web"
)

// exceptionTool shows what an exception would have hidden, and how it is written.
func exceptionTool(args []string) error {
	set := flag.NewFlagSet("watchpost rules exception", flag.ContinueOnError)
	from := set.String("from", "-30d", "begin: RFC 3339, or relative such as -90d")
	to := set.String("to", "now", "end, exclusive")
	samples := set.Int("samples", 5, "most hidden `alerts` to show, up to 1000")
	format := set.String("format", "text", "text or json")
	owner := set.String("owner", "", "who wants the exception")
	reason := set.String("reason", "", "why")
	expires := set.String("expires", time.Now().UTC().Add(90*day).Format(time.DateOnly), "until when it holds")
	server := set.String("server", "http://127.0.0.1:8080", "`address` of the API")
	rest, err := parseFlags(set, args)
	if err != nil {
		return err
	}
	if len(rest) != 2 {
		return usageError{"want a rule (the id of one in use, or FILE[#id]), and a predicate in quotes"}
	}
	if *format != "text" && *format != "json" {
		return usageError{fmt.Sprintf("-format: %q: want text or json", *format)}
	}
	if _, err := time.Parse(time.DateOnly, *expires); err != nil {
		return usageError{fmt.Sprintf("-expires: %q: want a day such as 2027-01-31", *expires)}
	}
	text, id, err := ruleText(rest[0])
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	body, err := askAPI(ctx, http.MethodPost, *server, "/api/v1/exceptions/preview", map[string]any{
		"rule": text, "id": id, "match": rest[1], "from": *from, "to": *to, "samples": *samples, "progress": true})
	if err != nil {
		return inFile(err, rest[0])
	}
	defer body.Close()
	var res web.ExceptionResult
	var show io.Writer
	if terminal(os.Stderr) {
		show = os.Stderr
	}
	if err := lastOf(body, &res, show); err != nil {
		return err
	}
	if *format == "json" {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(res)
	}
	if err := exceptionText(os.Stdout, &res); err != nil {
		return err
	}
	quote := func(s string) string { return string(event.AppendJSONString(nil, s)) }
	fmt.Printf("\nin folder exceptions/:\n\n- rule: %s\n  match: %s\n  owner: %s\n  reason: %s\n  expires: %s\n", res.Rule, quote(rest[1]), quote(*owner), quote(*reason), *expires)
	if *owner == "" || *reason == "" {
		fmt.Println("\nowner and reason are to be filled in: without them it is refused")
	}
	if !res.TestsPass {
		return errSaid
	}
	return nil
}

func exceptionText(w io.Writer, r *web.ExceptionResult) error {
	fmt.Fprintf(w, "rule %s, %s to %s: it would have hidden %d of %d alerts, and %d of %d matches\n", r.Rule, r.From.Format(time.RFC3339), r.To.Format(time.RFC3339), r.Hidden, r.Before, r.EventsHidden, r.Events)
	if r.Partial {
		fmt.Fprintln(w, "PARTIAL: the budget was used up")
	}
	if r.Added > 0 {
		fmt.Fprintf(w, "%d alerts would have come that did not\n", r.Added)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(w, "note: %s\n", Visible(n))
	}
	for i, raw := range r.Samples {
		if i == 0 {
			fmt.Fprintln(w, "\nhidden")
		}
		a, err := alert.Parse(raw)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "  %s  count=%d  %s\n", time.Unix(0, a.Time).UTC().Format(time.RFC3339), a.Count, Visible(shownKey(append(a.Group, a.Fields...))))
	}
	failed := 0
	for _, t := range r.Tests {
		if t.Failure != "" {
			failed++
			fmt.Fprintf(w, "\nFAIL: with it the rule's own test %q no longer alerts:\n", t.Name)
			for line := range strings.Lines(t.Failure) {
				fmt.Fprintf(w, "  %s\n", Visible(strings.TrimSuffix(line, "\n")))
			}
		}
	}
	fmt.Fprintf(w, "\n%d of the rule's own tests alert, %d of them no longer with the exception\n", len(r.Tests), failed)
	return nil
}

// draftTool makes a rule of a hunt.
func draftTool(args []string) error {
	set := flag.NewFlagSet("watchpost rules draft", flag.ContinueOnError)
	var events []string
	set.Func("event", "`id` of an event that makes the test; may be given again, up to 50 times", func(s string) error {
		events = append(events, strings.Split(s, ",")...)
		return nil
	})
	name := set.String("name", "", "`title` of the rule")
	server := set.String("server", "http://127.0.0.1:8080", "`address` of the API")
	rest, err := parseFlags(set, args)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return usageError{"want one predicate, in quotes"}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	body, err := askAPI(ctx, http.MethodPost, *server, "/api/v1/rules/draft", map[string]any{"query": rest[0], "events": append([]string{}, events...), "name": *name})
	if err != nil {
		return err
	}
	defer body.Close()
	var d web.Draft
	if err := json.NewDecoder(io.LimitReader(body, maxStats)).Decode(&d); err != nil {
		return fmt.Errorf("the answer broke off: %w", err)
	}
	for _, l := range d.LeftOut {
		fmt.Fprintf(os.Stderr, "not in the test: %s\n", Visible(l))
	}
	_, err = os.Stdout.WriteString(d.YAML)
	return err
}
