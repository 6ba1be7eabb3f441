package rule_test

import (
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/rule"
	"watchpost/internal/rule/ruletest"
)

// folder makes a file system of pairs of name and content.
func folder(files ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return fsys
}

const (
	officeRule = "id: office\ntitle: t\ntags: [attack.t1110]\nmatch: source.ip in list(\"office\") and user.name in ilist(\"admins\")\n"
	officeList = "name: office\ndescription: where we work\nentries: [203.0.113.0/28, 198.51.100.7]\n"
	adminList  = "name: admins\nentries: [ROOT, ann]\n"
)

// matching names the events of ruletest that the first step of the rule with that id matches.
func matching(t *testing.T, s *rule.Set, id string) string {
	t.Helper()
	for _, r := range s.Rules {
		if r.ID == id {
			var out []string
			b := ruletest.Events(nil)
			for i := range b.Rows() {
				tree, err1 := r.Steps[0].Match.Match(b.Event(i))
				machine, err2 := r.Steps[0].Match.Run(b.Event(i))
				if err1 != nil || err2 != nil || tree != machine {
					t.Fatalf("%s: tree %v (%v), machine %v (%v)", id, tree, err1, machine, err2)
				}
				if tree {
					out = append(out, ruletest.Names[i])
				}
			}
			return strings.Join(out, " ")
		}
	}
	t.Fatalf("no rule %s", id)
	return ""
}

func TestLists(t *testing.T) {
	fsys := folder("net/office.yaml", officeRule, "lists/office.yaml", officeList, "lists/admins.yaml", adminList)
	s, err := rule.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if got := matching(t, s, "office"); got != "ssh odd" {
		t.Errorf("matches %q", got)
	}
	if len(s.Lists) != 2 || s.Lists[1].Name != "office" || len(s.Lists[1].Entries) != 2 || s.Lists[1].File != "lists/office.yaml" {
		t.Errorf("lists %+v", s.Lists)
	}
	o, err := rule.Load(fsys, rule.Options{Lists: map[string][]string{"office": {"192.0.2.0/24", "192.0.2.0/24", " "}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := matching(t, o, "office"); got != "" {
		t.Errorf("with another list it matches %q", got)
	}
	if o.Rules[0].Hash != s.Rules[0].Hash || o.Rules[0].Version == s.Rules[0].Version || o.Hash == s.Hash {
		t.Error("a list changes the version and the set's hash, not the rule's")
	}
	if p, err := s.Compile(`source.ip in list("office")`); err != nil || len(p.Lists()) != 1 {
		t.Errorf("set's predicate: %v", err)
	}
}

func TestExceptions(t *testing.T) {
	const root = "id: root\ntitle: t\ntags: [ops.x]\nmatch: exists(user.name) // all\n" +
		"exceptions:\n  - {match: 'user.name == \"root\" or user.name == \"x\"', owner: o, reason: r, expires: %s}\n"
	load := func(expires string, more ...string) (*rule.Set, error) {
		return rule.Load(folder(append([]string{"a.yaml", strings.ReplaceAll(root, "%s", expires)}, more...)...))
	}
	f := func(want, expires string, more ...string) *rule.Set {
		t.Helper()
		s, err := load(expires, more...)
		if err != nil {
			t.Fatal(err)
		}
		if got := matching(t, s, "root"); got != want {
			t.Errorf("expires %s: matches %q, want %q", expires, got, want)
		}
		return s
	}
	past := f("ssh odd list", "2026-03-01") // the events are of noon of that day
	f("ssh odd list", `"2026-03-01T12:00:00Z"`)
	now := f("odd list", `"2026-03-01T12:00:01Z"`)
	f("odd list", "2026-03-02")
	if now.Hash == past.Hash || now.Rules[0].Hash != past.Rules[0].Hash {
		t.Error("an exception changes the set's hash, not the rule's")
	}
	const file = "- {rule: %s, match: user.name == \"ann\", owner: o, reason: r, expires: 2026-04-01}\n"
	for _, who := range []string{"root", "[other, root]", "ops.x", `"*"`} {
		s := f("odd", "2026-03-02", "exceptions/e.yaml", strings.ReplaceAll(file, "%s", who))
		if len(s.Exceptions) != 2 || len(s.Rules[0].Exceptions) != 2 || s.Exceptions[1].File != "exceptions/e.yaml" || s.Exceptions[1].Reason != "r" {
			t.Errorf("exceptions %+v", s.Exceptions)
		}
	}
	s, err := rule.Load(folder("a.yaml", officeRule, "lists/office.yaml", officeList, "lists/admins.yaml", adminList),
		rule.Options{Exceptions: folder("mine.yaml", strings.ReplaceAll(file, "%s", "attack.t1110"))})
	if err != nil || len(s.Rules[0].Exceptions) != 1 {
		t.Errorf("further exceptions: %v", err)
	}
	if e := s.Rules[0].Exceptions[0]; !e.Expires.Equal(time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)) || e.Match.Fields()[0] != event.UserName {
		t.Errorf("exception %+v", e)
	}
	if _, err := load("2026-03-01", "exceptions/e.yaml", strings.ReplaceAll(file, "%s", "nosuch")); err == nil || !strings.Contains(err.Error(), "exceptions/e.yaml:1:1: rule: no rule has the id or the tag nosuch") {
		t.Errorf("error %v", err)
	}
}

func TestKeys(t *testing.T) {
	s, err := rule.Load(folder("a.yaml", "id: a\ntitle: t\nlevel: low\nmode: shadow\nlicense: DRL-1.1\nmatch: 'true'\nwindow: {count: {at_least: 5, within: 1m}}\n"+
		"levels: {critical: 500, high: 50}\nsigma: {id: x, source: y, hash: z, license: l}\n"))
	if err != nil {
		t.Fatal(err)
	}
	r := s.Rules[0]
	if r.Mode != rule.Shadow || r.License != "DRL-1.1" || !reflect.DeepEqual(*r.Sigma, rule.Sigma{ID: "x", Source: "y", Hash: "z", License: "l"}) {
		t.Errorf("rule %+v", r)
	}
	for count, want := range map[int]string{5: "low", 49: "low", 50: "high", 499: "high", 500: "critical"} {
		if got, severity := r.LevelFor(count); got != want || severity != rule.Levels[want] {
			t.Errorf("level at %d: %s, want %s", count, got, want)
		}
	}
}

func TestContextFaults(t *testing.T) {
	_, err := rule.Load(folder(
		"a.yaml", "id: a\ntitle: t\nmode: loud\nmatch: source.ip in list(\"ofice\")\nlevels: {high: 5}\nexceptions: [{match: 'user.nme == \"x\"'}, {match: 'true', owner: x}]\n",
		"b.yaml", "id: b\ntitle: t\nlevel: high\nmatch: source.ip in list(\"names\")\nwindow: {count: {at_least: 5, within: 1m}}\nlevels: {medium: 50, critical: 0}\n",
		"c.yaml", "id: c\ntitle: t\nmatch: source.port in list(\"names\")\n",
		"d.yaml", "id: d\ntitle: t\nmatch: source.ip in ilist(\"office\")\n",
		"lists/office.yaml", officeList, "lists/names.yaml", "name: names\nentries: [root]\n", "lists/x.yaml", "name: Bad Name\nentries: [a]\nentires: []\n", "lists/y.yaml", officeList,
		"lists/z.yaml", "name: z z\n",
		"exceptions/e.yaml", "- {rule: a, match: 'true', owner: o, reason: r, expires: soon}\n",
	), rule.Options{Lists: map[string][]string{"long": {strings.Repeat("x", 2000)}}})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`a.yaml:3:7: mode: "loud": want live or shadow`,
		`a.yaml:4:26: match: unknown list "ofice"; did you mean office?`,
		`a.yaml:5:10: levels: a rule without a window counts nothing`,
		`a.yaml:6:23: exceptions[0].match: unknown field "user.nme"`,
		`a.yaml:6:43: exceptions[1].expires: is missing`,
		`a.yaml:6:43: exceptions[1].reason: is missing`,
		`b.yaml:4:21: match: list "names": "root" is no address`,
		`b.yaml:6:18: levels.medium: must lie above`,
		`b.yaml:6:32: levels.critical: want a count of 1 or more`,
		`c.yaml:3:23: match: list "names": "root" beside source.port, which holds a number`,
		`d.yaml:3:21: match: source.ip holds an address, which has no case`,
		`lists/x.yaml:3:1: entires: unknown key; did you mean entries?`,
		`lists/y.yaml:1:1: name: "office" is the name of the list in lists/office.yaml too`,
		`lists/z.yaml:1:1: list: name: "z z": want small letters`,
		`list "long": entries[0]: 2000 bytes are too many`,
		`exceptions/e.yaml:1:58: [0].expires: want a day`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("missing %q", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
}
