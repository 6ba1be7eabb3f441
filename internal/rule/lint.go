package rule

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/window"
)

// Finding is what Lint has to say of a rule that can be loaded.
type Finding struct {
	File  string
	Line  int
	Rule  string // id; "" for an exception of several rules
	Check string // the kind of finding, such as dead-condition
	Fault bool   // the rule cannot do what it says; else a warning
	What  string
}

// Lint looks for what is wrong or doubtful with rules that can be loaded. now tells which exceptions are over.
func Lint(set *Set, now time.Time) []Finding {
	l := &linter{set: set}
	meaning := map[string]*Rule{}
	for _, r := range set.Rules {
		l.rule = r
		for i, s := range r.Steps {
			l.condition(r, i, s)
		}
		l.window(r)
		l.tags(r)
		l.tests(r)
		if m := r.meaning(); meaning[m] == nil {
			meaning[m] = r
		} else {
			l.say("same-meaning", false, "alerts exactly when rule %s does (%s:%d)", meaning[m].ID, meaning[m].File, meaning[m].Line)
		}
	}
	for _, x := range set.Exceptions {
		l.exception(x, now)
	}
	for _, u := range set.Unread {
		l.found = append(l.found, Finding{File: u.File, Line: 1, Check: "unread", What: u.Why})
	}
	slices.SortStableFunc(l.found, func(a, b Finding) int {
		if a.File != b.File {
			return strings.Compare(a.File, b.File)
		}
		return a.Line - b.Line
	})
	return l.found
}

type linter struct {
	set   *Set
	rule  *Rule
	found []Finding
}

func (l *linter) say(check string, fault bool, format string, args ...any) {
	l.found = append(l.found, Finding{l.rule.File, l.rule.Line, l.rule.ID, check, fault, fmt.Sprintf(format, args...)})
}

func (l *linter) condition(r *Rule, i int, s Step) {
	where := "match"
	if len(r.Steps) > 1 {
		if where = fmt.Sprintf("step %d", i+1); s.Name != "" {
			where = "step " + s.Name
		}
	}
	d := findDead(s.Written.Node())
	if empty := l.empty(s.Written); empty != "" {
		l.say("empty-list", false, "%s: list %q has no entries", where, empty)
		return // the rest follows from it
	}
	switch {
	case d.never != "":
		l.say("dead-condition", true, "%s can never be true: %s", where, d.never)
	case d.always != "":
		l.say("dead-condition", false, "%s is always true: %s", where, d.always)
	}
	for _, p := range d.parts {
		l.say("dead-condition", false, "%s: %s", where, p)
	}
}

// empty names a list without entries that p asks for.
func (l *linter) empty(p *Predicate) string {
	for _, name := range p.Lists() {
		if list := l.set.lists[name]; list != nil && len(list.Entries) == 0 {
			return name
		}
	}
	return ""
}

func (l *linter) window(r *Rule) {
	if r.Window == nil {
		return
	}
	if f := r.Window.Field; r.Window.Kind == window.Distinct && f != event.None && slices.Contains(r.GroupBy, f) {
		l.say("dead-window", true, "window counts values of %s, of which group_by leaves one", f)
	}
	for i, f := range r.GroupBy {
		if slices.Contains(r.GroupBy[:i], f) {
			l.say("repeated", false, "group_by names %s twice", f)
		}
	}
}

// tactics of ATT&CK: of enterprises, then of industrial systems and mobiles.
var tactics = []string{"reconnaissance", "resource-development", "initial-access", "execution", "persistence", "privilege-escalation", "defense-evasion",
	"defense-impairment", "stealth", "credential-access", "discovery", "lateral-movement", "collection", "command-and-control", "exfiltration", "impact",
	"evasion", "inhibit-response-function", "impair-process-control", "network-effects", "remote-service-effects"}

func (l *linter) tags(r *Rule) {
	for i, t := range r.Tags {
		name, attack := strings.CutPrefix(t, "attack.")
		dashed := strings.ReplaceAll(name, "_", "-")
		switch {
		case slices.Contains(r.Tags[:i], t):
			l.say("repeated", false, "tag %s stands twice", t)
		case !attack || technique.MatchString(t) || slices.Contains(tactics, dashed):
		case len(name) > 1 && strings.Contains("tsgmc", name[:1]) && strings.Trim(name[1:], "0123456789.") == "":
			if !objectID(name) {
				l.say("attack", true, "tag %s: a technique is written attack.t1110 or attack.t1110.001", t)
			}
		default:
			l.say("attack", false, "tag %s: no tactic of ATT&CK%s", t, nearest(dashed, tactics))
		}
	}
}

// objectID says whether name is a group, a piece of software, a mitigation or a campaign.
func objectID(name string) bool {
	return name[0] != 't' && len(name) == 5 && !strings.Contains(name, ".")
}

func (l *linter) tests(r *Rule) {
	hits, quiet := 0, 0
	for _, t := range r.Tests {
		if len(t.Alerts) > 0 {
			hits++
		} else {
			quiet++
		}
	}
	switch {
	case hits+quiet == 0:
		l.say("no-tests", false, "has no tests")
	case hits == 0:
		l.say("no-tests", false, "has no test in which it alerts")
	case quiet == 0:
		l.say("no-tests", false, "has no test in which it stays quiet")
	}
}

func (l *linter) exception(x *Exception, now time.Time) {
	say := func(check string, format string, args ...any) {
		l.found = append(l.found, Finding{x.File, x.Line, strings.Join(x.Rules, " "), check, false, fmt.Sprintf(format, args...)})
	}
	if !x.Expires.After(now) {
		say("expired", "the exception of %s (%s) is over since %s: it excepts nothing any more", x.Owner, x.Reason, x.Expires.Format(time.RFC3339))
	}
	switch d := findDead(x.Match.Node()); {
	case d.never != "":
		say("dead-condition", "the exception of %s can never be true: %s", x.Owner, d.never)
	case d.always != "":
		say("dead-condition", "the exception of %s is always true: it silences the rule", x.Owner)
	}
}

// meaning is equal for rules that alert alike, whatever they are called.
func (r *Rule) meaning() string {
	var b strings.Builder
	for _, s := range r.Steps {
		fmt.Fprintf(&b, "%d %s\n", s.AtLeast, sorted(s.Written.Node()))
	}
	hashWindow(&b, r.Window)
	fmt.Fprint(&b, r.GroupBy)
	return b.String()
}

// sorted shows n with the parts of each combination in one order, each once.
func sorted(n Node) string {
	join := func(nodes []Node, between string) string {
		parts := map[string]bool{}
		for _, k := range nodes {
			parts[sorted(k)] = true
		}
		return "(" + strings.Join(slices.Sorted(maps.Keys(parts)), between) + ")"
	}
	switch n := n.(type) {
	case *And:
		return join(n.Nodes, " and ")
	case *Or:
		return join(n.Nodes, " or ")
	case *Not:
		return "not " + sorted(n.Node)
	}
	return Show(n)
}
