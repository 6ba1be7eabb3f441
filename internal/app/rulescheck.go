package app

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"watchpost/internal/detect"
	"watchpost/internal/match"
	"watchpost/internal/rule"
)

// RuleCheck reads the rules of a folder and reports what is wrong or doubtful with them.
type RuleCheck struct {
	Dir, Lists string
	Format     string // text or json
	Costs      bool   // show what each rule costs
	Now        time.Time
}

// report is what a check found.
type report struct {
	Rules    int           `json:"rules"`
	Faults   int           `json:"faults"`
	Warnings int           `json:"warnings"`
	Findings []ruleFinding `json:"findings"`
	Costs    []ruleCost    `json:"costs,omitempty"`
}

type ruleFinding struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Rule   string `json:"rule,omitempty"`
	Check  string `json:"check"`
	Level  string `json:"level"` // fault or warning
	What   string `json:"what"`
}

// ruleCost is the estimate of what it takes to judge one event by all of the rule's conditions, in units of about 10 ns (rule.Predicate.Cost);
// Indexed says that few events need it.
type ruleCost struct {
	Rule    string `json:"rule"`
	Cost    int    `json:"cost"`
	Indexed bool   `json:"indexed"`
}

const costUnit = 10 * time.Nanosecond

// Run writes the report to to, in text the faults, each as file:line:column: key: what, to faults. It counts them.
func (c RuleCheck) Run(to, faults io.Writer) (nfaults, nwarnings int, err error) {
	r := c.report()
	out := bufio.NewWriter(to)
	defer func() { err = errors.Join(err, out.Flush()) }()
	if c.Format == "json" {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return r.Faults, r.Warnings, e.Encode(r)
	}
	for _, f := range r.Findings {
		whose := ""
		if f.Rule != "" {
			whose = "rule " + f.Rule + ": "
		}
		switch {
		case f.Check == "load":
			fmt.Fprintln(faults, f.What)
		case f.Level == "fault":
			fmt.Fprintf(faults, "%s:%d: %s%s\n", f.File, f.Line, whose, f.What)
		default:
			fmt.Fprintf(out, "%s:%d: warning: %s%s\n", f.File, f.Line, whose, f.What)
		}
	}
	for _, cost := range r.Costs {
		how := "behind the index"
		if !cost.Indexed {
			how = "on every event"
		}
		fmt.Fprintf(out, "%10s  %-16s  %s\n", time.Duration(cost.Cost)*costUnit, how, cost.Rule)
	}
	if r.Rules > 0 || r.Faults == 0 {
		fmt.Fprintf(out, "%d rules: %d faults, %d warnings\n", r.Rules, r.Faults, r.Warnings)
	}
	return r.Faults, r.Warnings, nil
}

func (c RuleCheck) report() report {
	r := report{Findings: []ruleFinding{}}
	set, err := toolRules(c.Dir, c.Lists)
	if err == nil {
		_, err = detect.Compile(set)
	}
	if err != nil {
		for _, e := range faultsOf(err) {
			r.Findings = append(r.Findings, loadFault(e.Error()))
		}
		r.Faults = len(r.Findings)
		return r
	}
	r.Rules = len(set.Rules)
	found := rule.Lint(set, c.Now)
	found = append(found, c.costs(set, &r)...)
	slices.SortStableFunc(found, func(a, b rule.Finding) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	for _, f := range found {
		g := ruleFinding{File: f.File, Line: f.Line, Rule: f.Rule, Check: f.Check, Level: "warning", What: f.What}
		if f.Fault {
			g.Level = "fault"
			r.Faults++
		} else {
			r.Warnings++
		}
		r.Findings = append(r.Findings, g)
	}
	return r
}

// costs finds rules that no index helps, and notes what rules cost.
func (c RuleCheck) costs(set *rule.Set, r *report) (found []rule.Finding) {
	unindexed := map[string]bool{}
	for _, id := range match.New(set).Unindexed() {
		unindexed[id] = true
	}
	for _, ru := range set.Rules {
		cost := 0
		for _, s := range ru.Steps {
			cost += s.Match.Cost()
		}
		if c.Costs {
			r.Costs = append(r.Costs, ruleCost{ru.ID, cost, !unindexed[ru.ID]})
		}
		if unindexed[ru.ID] {
			found = append(found, rule.Finding{File: ru.File, Line: ru.Line, Rule: ru.ID, Check: "cost",
				What: fmt.Sprintf("nothing that the condition requires is rare: it is judged on every event, which takes up to about %s", time.Duration(cost)*costUnit)})
		}
	}
	slices.SortStableFunc(r.Costs, func(a, b ruleCost) int {
		if a.Indexed != b.Indexed {
			if b.Indexed {
				return -1
			}
			return 1
		}
		return b.Cost - a.Cost
	})
	return found
}

func faultsOf(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// loadFault takes apart file:line:column: what. What says it all.
func loadFault(s string) ruleFinding {
	f := ruleFinding{Check: "load", Level: "fault", What: s}
	head, _, _ := strings.Cut(s, ": ")
	parts := strings.Split(head, ":")
	if n := len(parts); n >= 3 {
		line, err1 := strconv.Atoi(parts[n-2])
		column, err2 := strconv.Atoi(parts[n-1])
		if err1 == nil && err2 == nil {
			f.File, f.Line, f.Column = strings.Join(parts[:n-2], ":"), line, column
		}
	}
	return f
}
