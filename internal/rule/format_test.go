package rule_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"watchpost/internal/rule"
)

func TestFormat(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		got, err := rule.Format("a.yaml", []byte(in))
		if err != nil || string(got) != want {
			t.Errorf("%q\n got %q\nwant %q, error %v", in, got, want, err)
		}
		if again, err := rule.Format("a.yaml", got); err != nil || string(again) != string(got) {
			t.Errorf("%q becomes %q the second time, error %v", got, again, err)
		}
	}
	f("", "")
	f("# nothing\n\n", "# nothing\n")
	f("title: T\nid: a\n", "id: a\ntitle: T\n")
	f("# head\n\n\n# of title\n# too\ntitle: T  \n\n# of id\nid: a # beside\n\n# foot\n", "# head\n\n# of id\nid: a # beside\n# of title\n# too\ntitle: T\n\n# foot\n")
	f("tests:\n- lines: |\n    b: 1\n\n    # no comment\n  alerts: none\nmatch: >\n  a ==\n   \"b\"\nid: \"a\"\n---\n---\nid: 'b'\r\ntitle: x",
		"id: a\nmatch: >\n  a ==\n   \"b\"\ntests:\n- lines: |\n    b: 1\n\n    # no comment\n  alerts: none\n---\nid: b\ntitle: x\n")
	f("entries: [\"a\"]\nname: b\ndescription: c\n", "name: b\ndescription: c\nentries: [a]\n")
	f("- {rule: \"x\", match: \"a == 'b'\"}\n", "- {rule: x, match: a == 'b'}\n")
	f("unknown: 1\nid: a\n", "id: a\nunknown: 1\n")

	// Quotes, only where they are needed.
	for in, want := range map[string]string{
		`"plain text"`: `plain text`, `'it'`: `it`, `'7'`: `"7"`, `"true"`: `"true"`, `'2026-01-01'`: `"2026-01-01"`, `"null"`: `"null"`, `''`: `""`, `" a"`: `" a"`,
		`'a: b'`: `"a: b"`, `"a #b"`: `"a #b"`, `"a, b"`: `"a, b"`, `"[a]"`: `"[a]"`, `"*a"`: `"*a"`, `"&a"`: `"&a"`, `"a\\b"`: `a\b`, `"it's"`: `it's`, `"'a' #"`: `"'a' #"`,
		`"a\tb"`: `"a\tb"`, `"a\nb"`: `"a\nb"`, `'{a'`: `"{a"`, `"a == \"b\""`: `a == "b"`, `"a == \"b\" #"`: `'a == "b" #'`, `"a: \\"`: `'a: \'`, `'''x'`: `"'x"`, `"yes"`: `"yes"`,
		`'@timestamp'`: `"@timestamp"`, `"ü"`: `ü`,
	} {
		f("id: "+in+" # c\n", "id: "+want+" # c\n")
		f("tags: [ä, "+in+", x]\n", "tags: [ä, "+want+", x]\n")
	}
	fails := func(in, want string) {
		t.Helper()
		if got, err := rule.Format("a.yaml", []byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, error %v", in, got, err)
		}
	}
	fails("id: a\n---\ntitle: [\n", "a.yaml:3:")
	fails("title: &x a\nid: *x\n", "without a change of what it says")
}

// said is all that a set of rules says, but for the lines where it says so.
func said(t interface{ Fatalf(string, ...any) }, files fstest.MapFS) string {
	set, err := rule.Load(files)
	if err != nil {
		t.Fatalf("%v", err)
	}
	var b strings.Builder
	for _, r := range set.Rules {
		c := *r
		c.Line, c.Steps, c.Window = 0, nil, nil
		c.Tests = nil
		for _, x := range r.Tests {
			x.Line = 0
			c.Tests = append(c.Tests, x)
		}
		c.Exceptions = nil
		for _, x := range r.Exceptions {
			fmt.Fprintf(&b, "%s %s %s %s\n", x.Match.Source(), x.Owner, x.Reason, x.Expires)
		}
		fmt.Fprintf(&b, "%+v\n", c)
	}
	return b.String() + set.Hash
}

// TestFormatMeaning shuffles and decorates a rule: what it says does not change, and its canonical form is one.
func TestFormatMeaning(t *testing.T) {
	parts := []string{
		"id: {q}one{q}\n", "title: {q}A title{q}\n", "description: >\n  Some\n  words: here\n\n  # more\n", "level: {q}high{q}\n", "tags: [{q}attack.t1059{q}, attack.execution]\n",
		"match: |\n  event.action == \"x\"  and\n    user.name in list(\"staff\")\n", "group_by:\n  - {q}source.ip{q}\n  # within\n  - user.name\n", "window: {count: {at_least: 3, within: {q}2m{q}}}\n",
		"playbook: |\n  1. a\n\n  2. b # c\n", "falsepositives:\n- {q}none{q}\n", "exceptions:\n  - match: 'user.name == \"o''hara\"'\n    owner: ada\n    reason: {q}as: agreed{q}\n    expires: 2030-01-01\n",
		"tests:\n  - name: {q}one{q}\n    lines: |\n      {\"a\": 1}\n      # b\n    alerts: none\n  - {lines: x, alerts: [{source.ip: {q}192.0.2.1{q}, count: 3}]}\n",
	}
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for _, p := range rapid.Permutation(parts).Draw(t, "order") {
			b.WriteString(rapid.SampledFrom([]string{"", "", "\n", "# a comment\n", "# a: 1\n# b\n", "\n\n# c\n\n"}).Draw(t, "above"))
			for strings.Contains(p, "{q}") {
				q := rapid.SampledFrom([]string{"'", `"`}).Draw(t, "quote")
				p = strings.Replace(strings.Replace(p, "{q}", q, 1), "{q}", q, 1)
			}
			b.WriteString(p)
		}
		src := b.String()
		got, err := rule.Format("a.yaml", []byte(src))
		if err != nil {
			t.Fatalf("%s\n%v", src, err)
		}
		again, err := rule.Format("a.yaml", got)
		if err != nil || string(again) != string(got) {
			t.Fatalf("%s\nbecomes\n%s\nbecomes\n%s\n%v", src, got, again, err)
		}
		if n, m := strings.Count(src, "#"), strings.Count(string(got), "#"); n != m {
			t.Fatalf("%d and %d comments:\n%s\n%s", n, m, src, got)
		}
		list := &fstest.MapFile{Data: []byte("name: staff\nentries: [ada]\n")}
		before, after := said(t, fstest.MapFS{"a.yaml": {Data: []byte(src)}, "lists/a.yaml": list}), said(t, fstest.MapFS{"a.yaml": {Data: got}, "lists/a.yaml": list})
		if before != after {
			t.Fatalf("%s\nbecomes\n%s\n%s\n%s", src, got, before, after)
		}
	})
}

// TestFormatShipped holds the form of the rules that come with the product to their meaning.
func TestFormatShipped(t *testing.T) {
	const dir = "../../rules"
	before, after := fstest.MapFS{}, fstest.MapFS{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".yaml" {
			return err
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, name)
		before[rel] = &fstest.MapFile{Data: src}
		out, err := rule.Format(rel, src)
		after[rel] = &fstest.MapFile{Data: out}
		return err
	})
	if err != nil || len(before) < 10 {
		t.Fatalf("%d files: %v", len(before), err)
	}
	if one, other := said(t, before), said(t, after); one != other {
		t.Errorf("%s\n%s", one, other)
	}
}
