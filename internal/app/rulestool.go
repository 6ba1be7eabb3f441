package app

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"watchpost/internal/rule"
)

// rulesTools are the tools for rules: what `watchpost rules NAME` runs with the arguments behind the name.
var rulesTools = []struct {
	name, usage string
	run         func(args []string) error
}{
	{"check", "rules check [-strict] [-cost] [-o text|json] [-lists DIR] DIR", checkTool},
	{"test", "rules test [-v] [-junit FILE] [-lists DIR] DIR", testTool},
	{"explain", "rules explain (-event JSON | -line TEXT | -event - | -line -) [-o text|json] FILE[#id] | DIR[#id]", explainTool},
	{"fmt", "rules fmt [-w] [-d] FILE|DIR…", fmtTool},
	{"schema", "rules schema", schemaTool},
	{"stats", "rules stats [-server URL] [-o text|json] [-fields [-days N] [-rules DIR] [-lists DIR]]", statsTool},
	{"backtest", "rules backtest [-from -30d] [-to now] [-samples N] [-format text|ndjson] [-server URL] ID|FILE[#id]", backtestTool},
	{"exception", "rules exception [-from -30d] [-to now] [-owner …] [-reason …] [-expires DAY] [-format text|json] [-server URL] ID|FILE[#id] PREDICATE", exceptionTool},
	{"draft", "rules draft [-event ID]… [-name TITLE] [-server URL] PREDICATE", draftTool},
	{"import", "rules import sigma DIR -out DIR [-pipeline FILE]", importTool},
}

func rulesTool(args []string) error {
	usages := make([]string, len(rulesTools))
	for i, t := range rulesTools {
		if len(args) > 0 && args[0] == t.name {
			return t.run(args[1:])
		}
		usages[i] = t.usage
	}
	what := "want one of"
	if len(args) > 0 {
		what = fmt.Sprintf("rules %s: want one of", args[0])
	}
	return usageError{what + "\n  " + strings.Join(usages, "\n  ")}
}

// oneFolder reads flags and the folder of rules that must stand with them.
func oneFolder(set *flag.FlagSet, args []string) (string, error) {
	rest, err := parseFlags(set, args)
	if err != nil {
		return "", err
	}
	if len(rest) != 1 {
		return "", usageError{"want one folder of rules"}
	}
	return rest[0], nil
}

func checkTool(args []string) error {
	set := flag.NewFlagSet("watchpost rules check", flag.ContinueOnError)
	c := RuleCheck{Now: time.Now()}
	set.StringVar(&c.Format, "o", "text", "text or json")
	set.BoolVar(&c.Costs, "cost", false, "show what each rule costs, by estimate")
	strict := set.Bool("strict", false, "warnings are faults")
	listsFlag(set, &c.Lists)
	var err error
	if c.Dir, err = oneFolder(set, args); err != nil {
		return err
	}
	if c.Format != "text" && c.Format != "json" {
		return usageError{fmt.Sprintf("-o: %q: want text or json", c.Format)}
	}
	faults, warnings, err := c.Run(os.Stdout, os.Stderr)
	if err == nil && (faults > 0 || *strict && warnings > 0) {
		return errSaid
	}
	return err
}

func explainTool(args []string) error {
	set := flag.NewFlagSet("watchpost rules explain", flag.ContinueOnError)
	var x RuleExplain
	set.StringVar(&x.Event, "event", "", "an event as `JSON`, or - for events on standard input")
	set.StringVar(&x.Line, "line", "", "a `line` as a sender sends it, or - for lines on standard input")
	set.StringVar(&x.Format, "o", "text", "text or json")
	listsFlag(set, &x.Lists)
	options := lineFlags(set)
	rest, err := parseFlags(set, args)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return usageError{"want one file or folder of rules, with #id for one rule of several"}
	}
	x.Target = rest[0]
	if x.Lines, err = options(); err != nil {
		return err
	}
	if err := x.check(); err != nil {
		return err
	}
	return x.Run(os.Stdin, os.Stdout, os.Stderr)
}

func fmtTool(args []string) error {
	set := flag.NewFlagSet("watchpost rules fmt", flag.ContinueOnError)
	var f RuleFormat
	set.BoolVar(&f.Write, "w", false, "write files in place, and name those that changed")
	set.BoolVar(&f.Diff, "d", false, "show what would change; the exit code is 1 if anything would")
	var err error
	if f.Paths, err = parseFlags(set, args); err != nil {
		return err
	}
	if len(f.Paths) == 0 {
		return usageError{"which files or folders? - is standard input"}
	}
	clean, err := f.Run(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, err) // file:line:column must begin the line
	}
	if err != nil || f.Diff && !f.Write && !clean {
		return errSaid
	}
	return nil
}

func statsTool(args []string) error {
	set := flag.NewFlagSet("watchpost rules stats", flag.ContinueOnError)
	var s RuleStats
	set.StringVar(&s.Server, "server", "http://127.0.0.1:8080", "`address` of the API")
	set.StringVar(&s.Format, "o", "text", "text or json")
	set.BoolVar(&s.Fields, "fields", false, "find rules that need a field which no stored event has")
	set.IntVar(&s.Days, "days", 7, "how many `days` back -fields looks")
	set.StringVar(&s.Dir, "rules", "", "`folder` of rules for -fields; empty: those that come with the product")
	listsFlag(set, &s.Lists)
	rest, err := parseFlags(set, args)
	if err != nil {
		return err
	}
	switch {
	case len(rest) > 0:
		return usageError{fmt.Sprintf("unexpected %q", rest[0])}
	case s.Format != "text" && s.Format != "json":
		return usageError{fmt.Sprintf("-o: %q: want text or json", s.Format)}
	case s.Days < 1 || s.Days > 3650:
		return usageError{fmt.Sprintf("-days: %d: want 1 to 3650", s.Days)}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	return s.Run(ctx, os.Stdout)
}

// schemaTool prints the JSON Schema of rules, for editors.
func schemaTool(args []string) error {
	rest, err := parseFlags(flag.NewFlagSet("watchpost rules schema", flag.ContinueOnError), args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return usageError{fmt.Sprintf("unexpected %q", rest[0])}
	}
	_, err = os.Stdout.Write(rule.Schema())
	return err
}

// listsFlag is for tools that read rules.
func listsFlag(set *flag.FlagSet, dir *string) {
	set.StringVar(dir, "lists", "", "`folder` of lists that rules ask for, beside those of their own folder")
}

func testTool(args []string) error {
	set := flag.NewFlagSet("watchpost rules test", flag.ContinueOnError)
	var t RuleTest
	set.StringVar(&t.JUnit, "junit", "", "`file` for the results as JUnit XML")
	set.BoolVar(&t.Verbose, "v", false, "show the tests that pass, too")
	listsFlag(set, &t.Lists)
	var err error
	if t.Dir, err = oneFolder(set, args); err != nil {
		return err
	}
	passed, err := t.Run(os.Stdout, time.Now)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil || !passed {
		return errSaid
	}
	return nil
}
