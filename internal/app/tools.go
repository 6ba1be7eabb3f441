package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"watchpost/internal/parse"
	"watchpost/internal/rule"
)

// Tool runs one of the tools and returns its exit code: 0 good, 1 failed, 2 called wrongly. It reports whether args name
// a tool at all.
func Tool(args []string) (code int, known bool) {
	if len(args) == 0 {
		return 2, false
	}
	var err error
	switch args[0] {
	case "parse":
		err = parseTool(args[1:])
	case "replay":
		err = replayTool(args[1:])
	case "scan":
		err = scanTool(args[1:])
	case "rules":
		err = rulesTool(args[1:])
	case "ingest":
		err = ingestTool(args[1:])
	case "quarantine":
		err = quarantineTool(args[1:])
	case "reparse":
		err = reparseTool(args[1:])
	case "sources":
		err = sourcesTool(args[1:])
	case "hunts":
		err = huntsTool(args[1:])
	case "query":
		err = queryTool(args[1:])
	case "export":
		err = exportTool(args[1:])
	case "api":
		err = apiTool(args[1:])
	case "audit":
		err = auditTool(args[1:])
	case "token":
		err = tokenTool(args[1:])
	case "sql":
		err = sqlTool(args[1:])
	case "version":
		fmt.Println(Version)
	case "help", "-h", "-help", "--help":
		return 0, false
	default:
		return 2, false
	}
	switch wrong := (usageError{}); {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0, true
	case errors.Is(err, errSaid):
		return 1, true
	case errors.As(err, &wrong):
		if wrong.text != "" {
			fmt.Fprintf(os.Stderr, "watchpost %s: %s\n", args[0], wrong.text)
		}
		return 2, true
	default:
		fmt.Fprintf(os.Stderr, "watchpost %s: %v\n", args[0], err)
		return 1, true
	}
}

// errSaid says that a tool failed and has told why, in a form that other programs read.
var errSaid = errors.New("said")

// usageError says that a tool was called wrongly; an empty text was printed already.
type usageError struct{ text string }

func (u usageError) Error() string { return u.text }

// parseFlags reads flags that may stand before, between and behind the other arguments, which it returns.
func parseFlags(set *flag.FlagSet, args []string) ([]string, error) {
	var rest []string
	for {
		if err := set.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, usageError{}
		}
		args = set.Args()
		if len(args) == 0 {
			return rest, nil
		}
		rest = append(rest, args[0])
		args = args[1:]
	}
}

// lineFlags are those of tools that read lines.
func lineFlags(set *flag.FlagSet) func() (ParseOptions, error) {
	o := ParseOptions{}
	set.StringVar(&o.Format, "format", "auto", "of the lines: auto, syslog or json")
	set.StringVar(&o.Zone, "tz", "UTC", "`zone` of times that state none, an IANA name")
	received := set.String("received", "", "time of receipt, `RFC 3339`: infers years, and stands where a line states no time (default now)")
	return func() (ParseOptions, error) {
		if _, err := parse.ParseFormat(o.Format); err != nil {
			return o, usageError{fmt.Sprintf("-%v", err)}
		}
		if _, err := parse.New(parse.Options{Zone: o.Zone}); err != nil {
			return o, usageError{fmt.Sprintf("-tz: %v", err)}
		}
		o.Received = time.Now()
		if *received == "" {
			return o, nil
		}
		var err error
		if o.Received, err = time.Parse(time.RFC3339Nano, *received); err != nil {
			return o, usageError{fmt.Sprintf("-received: %q is no RFC 3339 time, such as 2026-11-23T10:00:00Z", *received)}
		}
		return o, nil
	}
}

func parseTool(args []string) error {
	set := flag.NewFlagSet("watchpost parse", flag.ContinueOnError)
	dir := set.String("content", "", "`folder` of content rules (docs/content.md) to try: what they drop is left out")
	lists := set.String("lists", "", "`folder` of lists that content rules ask for")
	options := lineFlags(set)
	rest, err := parseFlags(set, args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return usageError{fmt.Sprintf("unexpected %q: lines come on standard input", rest[0])}
	}
	o, err := options()
	if err != nil {
		return err
	}
	o.Content, o.Lists = *dir, *lists
	return Parse(os.Stdin, os.Stdout, o)
}

func replayTool(args []string) error {
	set := flag.NewFlagSet("watchpost replay", flag.ContinueOnError)
	dir := set.String("rules", "", "`folder` of rules; empty: those that come with the product")
	options := lineFlags(set)
	files, err := parseFlags(set, args)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return usageError{"which files? - is standard input"}
	}
	o, err := options()
	if err != nil {
		return err
	}
	return Replay(os.Stdout, os.Stderr, *dir, files, o)
}

func scanTool(args []string) error {
	set := flag.NewFlagSet("watchpost scan", flag.ContinueOnError)
	var s Scan
	set.StringVar(&s.Rules, "rules", "", "`folder` of rules; empty: those that come with the product")
	set.StringVar(&s.Format, "o", "table", "table, ndjson or csv")
	listsFlag(set, &s.Lists)
	set.StringVar(&s.Level, "level", "informational", "the least `level` of rules that are used")
	options := lineFlags(set)
	var err error
	if s.Files, err = parseFlags(set, args); err != nil {
		return err
	}
	if len(s.Files) == 0 {
		return usageError{"which files or folders? - is standard input"}
	}
	if rule.Levels[s.Level] == 0 {
		return usageError{fmt.Sprintf("-level: %q: want informational, low, medium, high or critical", s.Level)}
	}
	if s.Lines, err = options(); err != nil {
		return err
	}
	if terminal(os.Stderr) {
		s.Progress = os.Stderr
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	whole, err := s.Run(ctx, os.Stdout, os.Stderr)
	if err == nil && !whole {
		return errSaid
	}
	return err
}

func queryTool(args []string) error {
	set := flag.NewFlagSet("watchpost query", flag.ContinueOnError)
	var q CLIQuery
	set.StringVar(&q.Search.From, "from", "-1h", "begin: RFC 3339, or relative such as -1h")
	set.StringVar(&q.Search.To, "to", "now", "end, exclusive")
	set.IntVar(&q.Search.Limit, "limit", 100, "most `events` to show, up to 10000")
	set.StringVar(&q.Search.Order, "order", "desc", "desc (newest first) or asc")
	fields := set.String("fields", "", "`names` to show, with commas between them")
	set.StringVar(&q.Format, "format", "table", "table, ndjson or csv")
	set.StringVar(&q.Server, "server", "http://127.0.0.1:8080", "`address` of the API")
	rest, err := parseFlags(set, args)
	if err != nil {
		return err
	}
	if len(rest) > 1 {
		return usageError{fmt.Sprintf("unexpected %q: put the query into quotes", rest[1])}
	}
	q.Search.Query = strings.Join(rest, "")
	if *fields != "" {
		q.Search.Fields = strings.Split(*fields, ",")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt) // so that what has come is shown
	defer stop()
	return q.Run(ctx, os.Stdout)
}
