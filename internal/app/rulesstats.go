package app

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/rule"
	"watchpost/internal/web"
)

// RuleStats asks a running instance what its rules did.
type RuleStats struct {
	Server string
	Format string // text or json
	Fields bool   // find the rules that need a field of which no stored event has a value, too
	Dir    string // Fields: folder of the rules; "" for those that come with the product
	Lists  string // Fields: folder of further lists
	Days   int    // Fields: how far back to look
}

// maxStats bounds the answer that is read.
const maxStats = 64 << 20

// unfed is a rule that cannot match: no stored event has a value of the fields.
type unfed struct {
	Rule   string   `json:"rule"`
	Fields []string `json:"fields"`
}

// Run writes the rules, those that need care first.
func (s RuleStats) Run(ctx context.Context, out io.Writer) error {
	body, err := askAPI(ctx, http.MethodGet, s.Server, "/api/v1/rules", nil)
	if err != nil {
		return err
	}
	defer body.Close()
	var answer struct {
		Rules []web.Rule `json:"rules"`
		Unfed []unfed    `json:"unfed,omitempty"`
		Days  int        `json:"unfed_days,omitempty"`
	}
	if err := json.NewDecoder(io.LimitReader(body, maxStats)).Decode(&answer); err != nil {
		return fmt.Errorf("the answer broke off: %w", err)
	}
	if s.Fields {
		answer.Days = s.Days
		if answer.Unfed, err = s.unfed(ctx); err != nil {
			return err
		}
	}
	slices.SortStableFunc(answer.Rules, byCare)
	w := bufio.NewWriter(out)
	if s.Format == "json" {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(answer); err != nil {
			return err
		}
		return w.Flush()
	}
	if err := statsTable(w, answer.Rules); err != nil {
		return err
	}
	for _, u := range answer.Unfed {
		fmt.Fprintf(w, "rule %s cannot match: in %d days no event had %s\n", u.Rule, s.Days, Visible(strings.Join(u.Fields, ", ")))
	}
	if s.Fields {
		fmt.Fprintf(w, "%d rules need a field that did not occur\n", len(answer.Unfed))
	}
	return w.Flush()
}

// byCare puts first what was switched off, then what had errors, then what alerted most.
func byCare(a, b web.Rule) int {
	x, y := workOf(a), workOf(b)
	off := func(w web.RuleWork) int { return min(len(w.Off), 1) }
	return cmp.Or(-cmp.Compare(off(x), off(y)), -cmp.Compare(x.Errors, y.Errors), -cmp.Compare(a.Alerts, b.Alerts), -cmp.Compare(x.Matches, y.Matches), cmp.Compare(a.ID, b.ID))
}

func workOf(r web.Rule) web.RuleWork {
	if r.Work == nil {
		return web.RuleWork{}
	}
	return *r.Work
}

func statsTable(w io.Writer, rules []web.Rule) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "rule\tstate\tlast alert\talerts\tmatches\terrors\tevaluated\tmean\tnote")
	for _, r := range rules {
		last, did, note := "never", [4]string{"-", "-", "-", "-"}, workOf(r).Off
		if r.LastAlert != nil {
			last = r.LastAlert.UTC().Format("2006-01-02T15:04:05Z")
		}
		if k := r.Work; k != nil {
			did = [4]string{fmt.Sprint(k.Matches), fmt.Sprint(k.Errors), fmt.Sprint(k.Evaluations), time.Duration(k.Microseconds * 1e3).String()}
		}
		for _, x := range r.Exceptions {
			if x.Expired {
				note = strings.TrimPrefix(note+"; the exception of "+x.Owner+" is over", "; ")
			}
		}
		cells := []string{r.ID, stateOf(r), last, fmt.Sprint(r.Alerts), did[0], did[1], did[2], did[3], note}
		for i := range cells {
			cells[i] = Visible(cells[i])
		}
		fmt.Fprintln(t, strings.TrimRight(strings.Join(cells, "\t"), "\t"))
	}
	return t.Flush()
}

func stateOf(r web.Rule) string {
	switch {
	case !r.Enabled:
		return "disabled"
	case workOf(r).Off != "":
		return "off"
	}
	return r.Mode
}

// unfed asks the store for each field that a rule needs whether any event of the last days has it.
func (s RuleStats) unfed(ctx context.Context) ([]unfed, error) {
	set, err := toolRules(s.Dir, s.Lists)
	if err != nil {
		return nil, err
	}
	occurs := map[rule.Ref]bool{}
	var out []unfed
	for _, r := range set.Rules {
		if !r.Enabled {
			continue
		}
		u := unfed{Rule: r.ID}
		for _, f := range neededBy(r) {
			yes, known := occurs[f]
			if !known {
				if yes, err = s.occurs(ctx, f); err != nil {
					return nil, fmt.Errorf("%s: %w", f, err)
				}
				occurs[f] = yes
			}
			if !yes {
				u.Fields = append(u.Fields, f.String())
			}
		}
		if len(u.Fields) > 0 {
			out = append(out, u)
		}
	}
	return out, nil
}

// neededBy gives what must have a value for r to match, but for what every event has.
func neededBy(r *rule.Rule) (out []rule.Ref) {
	for i, s := range r.Steps {
		if r.Window != nil && i < len(r.Window.Not) && r.Window.Not[i] {
			continue
		}
		for _, f := range s.Written.Needs() {
			if f.Field != event.Timestamp && f.Field != event.EventID && !slices.Contains(out, f) {
				out = append(out, f)
			}
		}
	}
	if w := r.Window; w != nil && w.Field != event.None && !slices.Contains(out, rule.Ref{Field: w.Field}) {
		out = append(out, rule.Ref{Field: w.Field})
	}
	return out
}

func (s RuleStats) occurs(ctx context.Context, f rule.Ref) (bool, error) {
	q := hunt.Search{Query: fmt.Sprintf("exists(%s)", f), From: fmt.Sprintf("-%dd", s.Days), To: "now", Limit: 1, Fields: []string{"@timestamp"}}
	body, err := askAPI(ctx, http.MethodPost, s.Server, "/api/v1/search", q)
	if err != nil {
		return false, err
	}
	defer body.Close()
	n, err := io.CopyN(io.Discard, body, 1)
	if err == io.EOF {
		err = nil
	}
	return n > 0, err
}
