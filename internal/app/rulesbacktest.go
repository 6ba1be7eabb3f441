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
	"os"
	"os/signal"
	"regexp"
	"strings"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/web"
)

// RuleBacktest asks a running instance what a rule would have raised over what it stores.
type RuleBacktest struct {
	Target   string // id of a rule in use, or FILE[#id]
	From, To string
	Samples  int
	Format   string // text or ndjson
	Server   string
	Progress io.Writer // nil: nowhere
}

func backtestTool(args []string) error {
	set := flag.NewFlagSet("watchpost rules backtest", flag.ContinueOnError)
	var b RuleBacktest
	set.StringVar(&b.From, "from", "-30d", "begin: RFC 3339, or relative such as -90d")
	set.StringVar(&b.To, "to", "now", "end, exclusive")
	set.IntVar(&b.Samples, "samples", 5, "most `alerts` to show, up to 1000")
	set.StringVar(&b.Format, "format", "text", "text or ndjson: the alerts shown, then the result")
	set.StringVar(&b.Server, "server", "http://127.0.0.1:8080", "`address` of the API")
	rest, err := parseFlags(set, args)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return usageError{"want one rule: the id of one in use, or FILE, or FILE#id"}
	}
	if b.Format != "text" && b.Format != "ndjson" {
		return usageError{fmt.Sprintf("-format: %q: want text or ndjson", b.Format)}
	}
	b.Target = rest[0]
	if terminal(os.Stderr) {
		b.Progress = os.Stderr
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	return b.Run(ctx, os.Stdout)
}

// ruleText gives what the API takes for a rule: an id as it is, or what the file holds.
func ruleText(target string) (text, id string, err error) {
	if ruleID.MatchString(target) {
		if _, err := os.Stat(target); err != nil {
			return target, "", nil
		}
	}
	name, id, _ := strings.Cut(target, "#")
	data, err := readBounded(name, maxRuleFile)
	return string(data), id, err
}

// ruleFault is where the API says a fault of a rule's text is.
var ruleFault = regexp.MustCompile(`\brule:(\d+)\b`)

// inFile names the file in faults that the API found in its text.
func inFile(err error, target string) error {
	if ruleID.MatchString(target) {
		return err
	}
	name, _, _ := strings.Cut(target, "#")
	return errors.New(ruleFault.ReplaceAllString(err.Error(), strings.ReplaceAll(name, "$", "$$")+":$1"))
}

// maxRuleFile is what the API takes.
const maxRuleFile = 1 << 20

// Run writes the result.
func (b RuleBacktest) Run(ctx context.Context, out io.Writer) error {
	text, id, err := ruleText(b.Target)
	if err != nil {
		return err
	}
	body, err := askAPI(ctx, http.MethodPost, b.Server, "/api/v1/rules/backtest", map[string]any{
		"rule": text, "id": id, "from": b.From, "to": b.To, "samples": b.Samples, "progress": true})
	if err != nil {
		return inFile(err, b.Target)
	}
	defer body.Close()
	var res web.BacktestResult
	if err := lastOf(body, &res, b.Progress); err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	if b.Format == "ndjson" {
		for _, a := range res.Samples {
			fmt.Fprintf(w, "%s\n", a)
		}
		res.Samples = nil
		line, err := json.Marshal(res)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\n", line)
		return w.Flush()
	}
	if err := backtestText(w, &res); err != nil {
		return err
	}
	return w.Flush()
}

// lastOf reads a stream of progress and decodes the answer at its end into out.
func lastOf(r io.Reader, out any, show io.Writer) error {
	lines := bufio.NewReaderSize(r, 1<<16)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) == 0 && errors.Is(err, io.EOF) {
			return errors.New("the answer broke off")
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("the answer broke off: %w", err)
		}
		var p struct {
			Progress *web.Progress `json:"_progress"`
		}
		if err := json.Unmarshal(line, &p); err != nil {
			return fmt.Errorf("the answer broke off: %w", err)
		}
		if p.Progress == nil {
			if show != nil {
				fmt.Fprint(show, "\r\x1b[K")
			}
			return json.Unmarshal(line, out)
		}
		if show != nil {
			fmt.Fprintf(show, "\r\x1b[K%3.0f%%  %s  %d events  %d alerts", 100*p.Progress.Done, p.Progress.At.Format(time.DateTime), p.Progress.Events, p.Progress.Alerts)
		}
	}
}

// chart is a line of n of most.
func chart(n, most uint64) string {
	const width = 40
	if n == 0 {
		return ""
	}
	return strings.Repeat("▇", max(int(n*width/max(most, 1)), 1))
}

func backtestText(w io.Writer, r *web.BacktestResult) error {
	fmt.Fprintf(w, "rule %s, %s to %s: %d alerts of %d events in %s\n", r.Rule, r.From.Format(time.RFC3339), r.To.Format(time.RFC3339), r.Alerts, r.Events,
		(time.Duration(r.Elapsed) * time.Millisecond).String())
	if r.Partial {
		fmt.Fprintf(w, "PARTIAL: %s\n", r.Reason)
	}
	fmt.Fprintf(w, "beside what the rule in use raised: %d new, %d lost, %d the same\n", r.Live.New, r.Live.Lost, r.Live.Same)
	if r.Warmup.Seconds > 0 {
		fmt.Fprintf(w, "warmed up from %s\n", r.Warmup.From.Format(time.RFC3339))
	}
	for _, n := range r.Notes {
		fmt.Fprintf(w, "note: %s\n", Visible(n))
	}
	most := uint64(0)
	for _, d := range r.PerDay {
		most = max(most, d.Count)
	}
	if most > 0 {
		fmt.Fprintln(w, "\nalerts per day")
		for _, d := range r.PerDay {
			fmt.Fprintf(w, "  %s %7d  %s\n", d.Day, d.Count, chart(d.Count, most))
		}
		fmt.Fprintln(w, "\ntop keys")
		for _, k := range r.Keys {
			fmt.Fprintf(w, "  %7d  %s\n", k.Count, Visible(cmp.Or(k.Key, "(all)")))
		}
	}
	for i, raw := range r.Samples {
		if i == 0 {
			fmt.Fprintln(w, "\nalerts")
		}
		a, err := alert.Parse(raw)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "  %s  %s  count=%d  %s\n", time.Unix(0, a.Time).UTC().Format(time.RFC3339), a.Level, a.Count, Visible(shownKey(append(a.Group, a.Fields...))))
	}
	for i, x := range r.Live.Examples {
		if i == 0 {
			fmt.Fprintln(w, "\nnew and lost")
		}
		group := make([]alert.Pair, 0, len(x.Group))
		for n, v := range x.Group {
			group = append(group, alert.Pair{Name: n, Value: v})
		}
		alert.Sort(group)
		fmt.Fprintf(w, "  %-4s  %s  %s\n", x.Kind, x.Time.Format(time.RFC3339), Visible(shownKey(group)))
	}
	return nil
}
