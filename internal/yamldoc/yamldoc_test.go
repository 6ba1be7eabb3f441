package yamldoc_test

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goccy/go-yaml/ast"

	"watchpost/internal/yamldoc"
)

// shown gives each document as LINE TEXT.
func shown(nodes []ast.Node) string {
	var out []string
	for _, n := range nodes {
		line := n.GetToken().Position.Line
		if m, ok := n.(*ast.MappingNode); ok {
			line = m.Values[0].Key.GetToken().Position.Line
		}
		out = append(out, fmt.Sprintf("%d %s", line, strings.ReplaceAll(n.String(), "\n", "; ")))
	}
	return strings.Join(out, " | ")
}

func TestEveryDocumentIsRead(t *testing.T) {
	f := func(src, want string) {
		t.Helper()
		nodes, err := yamldoc.Read([]byte(src))
		if got := shown(nodes); err != nil || got != want {
			t.Errorf("%q: %s, %v\nwant %s", src, got, err, want)
		}
	}
	f("", "")
	f("# only a comment\n", "")
	f("a: 1", "1 a: 1")
	f("a: 1\n---\nb: 2\n", "1 a: 1 | 3 b: 2")
	f("a: 1\n---\n---\nb: 2\n---\nc: 3\n", "1 a: 1 | 4 b: 2 | 6 c: 3") // the parser alone gives a
	f("---\n---\nb: 2\n", "3 b: 2")
	f("a: 1\n---\n# nothing here\n---\nb: 2\n", "1 a: 1 | 5 b: 2")
	f("---\n# nothing here\n\n---\nb: 2\n", "5 b: 2")
	f("a: 1\n---\n   \n\t\n---\nb: 2\n", "1 a: 1 | 6 b: 2")
	f("a: 1\n...\nb: 2\n", "1 a: 1 | 3 b: 2")
	f("a: 1\n...\n---\nb: 2\n...\n", "1 a: 1 | 4 b: 2")
	f("a: 1\n--- # why\nb: 2\n", "1 a: 1 | 3 b: 2")
	f("a: 1\n--- \nb: 2\n---\t\nc: 3\n", "1 a: 1 | 3 b: 2 | 5 c: 3")
	f("a: 1\n--- {b: 2}\n---\nc: 3\n", "1 a: 1 | 2 {b: 2} | 4 c: 3")
	f("a: 1\r\n---\r\n---\r\nb: 2\r\n", "1 a: 1 | 4 b: 2")
	f("a: 1\r---\r---\rb: 2\r", "1 a: 1 | 4 b: 2")
	f("\ufeffa: 1\n", "1 a: 1")
	f("a: |\n  x\n  --- y\n---\n---\nb: 2\n", "1 a: |;   x;   --- y | 6 b: 2")
	f("a: ---x\nb: ---\n", "1 a: ---x; b: ---")
	f("a: 1\n---\n~\n", "1 a: 1 | 3 null")
	if _, err := yamldoc.Read([]byte(strings.Repeat("- a: 1\n  b:\n   c: 2\n   d: {x: 1, y: 2}\n", 6000))); err != nil {
		t.Error(err)
	}
	// Of keys and dashes with something behind them there may be many.
	if _, err := yamldoc.Read([]byte(strings.Repeat("- # x\n  a:\n  - b\n  c:\n    d:\n      e\n- f:\n    - # g\n      h\n", 600))); err != nil {
		t.Error(err)
	}
}

func TestFaultsHaveTheirPlace(t *testing.T) {
	f := func(src, want string) {
		t.Helper()
		nodes, err := yamldoc.Read([]byte(src))
		var e *yamldoc.Error
		if nodes != nil || !errors.As(err, &e) || !strings.HasPrefix(e.Error(), want) {
			t.Errorf("%q: %v, %v\nwant %s", src, nodes, err, want)
		}
	}
	f("a: caf\xe9\n", "1:7: byte 0xe9 is not UTF-8")
	f("a: 1\n---\n---\nb: [1\n", "4:4: ")
	f("a: 1\n---\n---\nb: 1\nb: 2\n", "5:1: mapping key \"b\" already defined at [4:1]")
	f("\xff\xfea\x00", "1:1: the file is UTF-16")
	f("\xfe\xff\x00a", "1:1: the file is UTF-16")
	f("a: 1\nb: x\x00y\n", "2:5: character U+0000")
	f("a: 1\nb: \x1b[31m\n", "2:4: character U+001B")
	f("%YAML 1.2\n---\na: 1\n", "1:1: ")
	f("a: \"x\n---\nb: y\"\n", "1:4: ")
	f("match: a == \"x: y\"\n", "1:8: mapping value is not allowed in this context; a text that")
	f("a: 1\n\tb: 2\n", "2:1: found character '\t' that cannot start any token")
	f("a: 1\n- b\n", "2:1: ")
	f("[1]\n[2]\n", "2:1: ")
	f("a: 1\nrest\n", "2:1: ")
	var keys strings.Builder
	for i := range 5001 {
		fmt.Fprintf(&keys, "k%d: 1\n", i)
	}
	f(keys.String(), "5001:6: more than 5000 keys side by side")
	f(strings.Repeat("-\n", 501), "501:1: more than 500 keys and dashes with nothing behind them")
	f("a: \""+strings.Repeat("\t", 1<<15), "1:16387: too many tabs on long lines")
}

// cpu is what the process has had of the processors: what others do beside it counts little.
func cpu(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestNoFileTakesLong(t *testing.T) {
	f := func(name, part string, after ...string) {
		t.Helper()
		src := strings.Repeat(part, 1<<20/len(part)) + strings.Join(after, "")
		begin := cpu(t)
		_, err := yamldoc.Read([]byte(src))
		if took := cpu(t) - begin; took > 8*time.Second { // a tenth of that where nothing else runs
			t.Errorf("1 MiB of %s took %s: %v", name, took, err)
		} else {
			t.Logf("%-20s %8s  %.60v", name, took.Round(time.Millisecond), err)
		}
	}
	f("empty documents", "---\n")
	f("documents", "---\na: 1\n")
	f("comments", "# a\n")
	f("brackets", "[")
	f("braces", "{a: ")
	f("dashes", "- ")
	f("keys of keys", "? ")
	f("nested keys", "a:\n ")
	f("anchors", "- &a\n")
	f("tags", "!!str ")
	f("quotes", "'' ")
	f("quote", "'\n")
	f("one long text", "a")
	f("words", "a b ")
	f("lines of a text", "aaaaaaaa\n")
	f("blank lines", "\n")
	f("list", "- a\n")
	f("flow list", "a, ", "]")
	f("backslashes", "\"\\x41\" ")
	f("colons", ": ")
	f("ends", "]")
	f("flow mappings", "{b: }")

	f("tabs in quotes", "\"\t\\")
	f("tabs in long quotes", "- \""+strings.Repeat("\t", 16<<10)+"a\"\n")
	f("tabs before quotes", "\t\t\t\"")
	f("comments in a list", "- #|\n")
	f("nothings", "-\n")
	f("comments between", "- a # b\n")
	f("comments above", "# b\n- a\n")
	var deep, stairs strings.Builder
	for i := range 1400 {
		fmt.Fprintf(&deep, "%*sa:\n", i, "")
	}
	for i := range 1000 {
		fmt.Fprintf(&stairs, "%*s- # x\n", i, "")
	}
	f("deep keys", deep.String())
	f("deep dashes", stairs.String())
	var keys, flow, comments, wide strings.Builder
	for i := range 60000 {
		fmt.Fprintf(&keys, "key%d:\n", i)
		fmt.Fprintf(&flow, "key%d, ", i)
		fmt.Fprintf(&comments, "key%d: # a\n", i)
		fmt.Fprintf(&wide, "key%d: a\n", i)
	}
	f("keys of nothing", keys.String())
	f("keys in braces", "{"+flow.String(), "}")
	f("keys", wide.String())
	f("mappings in a list", "- a: 1\n  b: 2\n")
	f("keys with comments", comments.String())
	f("carriage returns", "\r")
	f("tabs", "\t")
	f("literals", "- |\n x\n")
	f("literal", " xxxxxxxxxxxx\n")
}
