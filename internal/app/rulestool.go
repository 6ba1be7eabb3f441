package app

import (
	"flag"
	"fmt"
	"os"
	"strings"
)

// rulesTools are the tools for rules: what `watchpost rules NAME` runs with the arguments behind the name.
var rulesTools = []struct {
	name, usage string
	run         func(args []string) error
}{
	{"check", "rules check DIR", checkTool},
	{"test", "rules test [-junit FILE] DIR", testTool},
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
	dir, err := oneFolder(flag.NewFlagSet("watchpost rules check", flag.ContinueOnError), args)
	if err != nil {
		return err
	}
	if err := CheckRules(os.Stdout, dir); err != nil {
		fmt.Fprintln(os.Stderr, err) // file:line:column must begin the line
		return errSaid
	}
	return nil
}

func testTool(args []string) error {
	set := flag.NewFlagSet("watchpost rules test", flag.ContinueOnError)
	junit := set.String("junit", "", "`file` for the results as JUnit XML")
	dir, err := oneFolder(set, args)
	if err != nil {
		return err
	}
	passed, err := TestRules(os.Stdout, dir, *junit)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil || !passed {
		return errSaid
	}
	return nil
}
