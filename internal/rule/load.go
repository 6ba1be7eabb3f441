package rule

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"watchpost/internal/event"
	"watchpost/internal/window"
)

// Bounds of what Load reads.
const (
	MaxFile     = 128 << 10 // bytes of one file; the YAML parser's time grows with the square of nesting
	MaxRules    = 20000
	MaxLateness = time.Hour
)

// Load reads the rules of all files *.yaml and *.yml in fsys, sub-folders included; a file may hold several documents. The error joins
// every fault of every file, each as "file:line:col: key: what".
func Load(fsys fs.FS) (*Set, error) {
	set, seen := &Set{}, map[string]*Rule{}
	var errs []error
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ext := path.Ext(name); entry.IsDir() || ext != ".yaml" && ext != ".yml" {
			return nil
		}
		rules, ferrs := loadFile(fsys, name)
		errs = append(errs, ferrs...)
		for _, r := range rules {
			if o := seen[r.ID]; o != nil {
				errs = append(errs, fmt.Errorf("%s:%d:1: id: %q is the id of %s:%d too", r.File, r.Line, r.ID, o.File, o.Line))
				continue
			}
			seen[r.ID] = r
			set.Rules = append(set.Rules, r)
		}
		return nil
	})
	if err != nil {
		errs = append(errs, err)
	}
	if len(set.Rules) > MaxRules {
		errs = append(errs, fmt.Errorf("%d rules are too many, the most is %d", len(set.Rules), MaxRules))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	slices.SortFunc(set.Rules, func(a, b *Rule) int { return cmp.Compare(a.ID, b.ID) })
	h := sha256.New()
	for _, r := range set.Rules {
		if r.Enabled {
			fmt.Fprintf(h, "%s %x\n", r.ID, r.Hash)
		}
	}
	set.Hash = hex.EncodeToString(h.Sum(nil)[:16])
	return set, nil
}

func loadFile(fsys fs.FS, name string) ([]*Rule, []error) {
	src, err := fs.ReadFile(fsys, name)
	if err == nil && len(src) > MaxFile {
		err = fmt.Errorf("%s: %d bytes are too many, the most is %d", name, len(src), MaxFile)
	}
	if err != nil {
		return nil, []error{err}
	}
	docs, err := parseFile(name, src)
	if err != nil {
		return nil, []error{err}
	}
	var rules []*Rule
	var errs []error
	lines := strings.Split(string(src), "\n")
	for _, n := range docs {
		d := &doc{file: name, lines: lines}
		r := d.rule(n)
		if errs = append(errs, d.errs...); len(d.errs) == 0 {
			rules = append(rules, r)
		}
	}
	return rules, errs
}

var (
	validID   = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	technique = regexp.MustCompile(`^attack\.t[0-9]{4}(\.[0-9]{3})?$`)
	tactic    = regexp.MustCompile(`^attack\.[a-z]+([-_][a-z]+)*$`)
	otherTag  = regexp.MustCompile(`^[a-z0-9_-]+\.[A-Za-z0-9._-]+$`)
	statuses  = []string{"stable", "test", "experimental", "deprecated", "unsupported"}
)

// rule reads a rule. It is whole only if d has no faults.
func (d *doc) rule(n ast.Node) *Rule {
	r := &Rule{File: d.file, Enabled: true, Lateness: DefaultLateness, Level: "medium", Line: place(n).Line}
	var match *Predicate
	var matchNode, sequence ast.Node
	d.mapping(n, "", map[string]func(ast.Node, string){
		"id": func(n ast.Node, key string) {
			if r.ID, r.Line = d.line(n, key), place(n).Line; !validID.MatchString(r.ID) || len(r.ID) > 100 {
				d.bad(n, key, "%q: want small letters, digits and hyphens, such as ssh-brute-force", r.ID)
			}
		},
		"title":       func(n ast.Node, key string) { r.Title = d.line(n, key) },
		"description": func(n ast.Node, key string) { r.Description = d.line(n, key) },
		"level": func(n ast.Node, key string) {
			if r.Level = d.line(n, key); Levels[r.Level] == 0 {
				d.bad(n, key, "%q: want informational, low, medium, high or critical", r.Level)
			}
		},
		"status": func(n ast.Node, key string) {
			if r.Status = d.line(n, key); !slices.Contains(statuses, r.Status) {
				d.bad(n, key, "%q: want %s", r.Status, strings.Join(statuses, ", "))
			}
		},
		"author":         func(n ast.Node, key string) { r.Author = d.line(n, key) },
		"references":     func(n ast.Node, key string) { r.References = d.texts(n, key) },
		"falsepositives": func(n ast.Node, key string) { r.FalsePositives = d.texts(n, key) },
		"playbook":       func(n ast.Node, key string) { r.Playbook = d.line(n, key) },
		"tags":           func(n ast.Node, key string) { d.tags(n, key, r) },
		"enabled":        func(n ast.Node, key string) { r.Enabled = d.boolean(n, key) },
		"match":          func(n ast.Node, key string) { matchNode, match = n, d.predicate(n, key) },
		"group_by":       func(n ast.Node, key string) { r.GroupBy = d.fields(n, key, false) },
		"fields":         func(n ast.Node, key string) { r.Fields = d.fields(n, key, true) },
		"suppress":       func(n ast.Node, key string) { r.Suppress = d.duration(n, key) },
		"lateness": func(n ast.Node, key string) {
			if r.Lateness = d.duration(n, key); r.Lateness > MaxLateness {
				d.bad(n, key, "%s: the most is %s", r.Lateness, MaxLateness)
			}
		},
		"window": func(n ast.Node, key string) { sequence = d.window(n, key, r) },
		"tests": func(n ast.Node, key string) {
			for i, t := range d.list(n, key) {
				r.Tests = append(r.Tests, d.test(t, fmt.Sprintf("%s[%d]", key, i)))
			}
		},
	})
	r.Severity = Levels[r.Level]
	for key, v := range map[string]string{"id": r.ID, "title": r.Title} {
		if v == "" {
			d.bad(n, key, "is missing")
		}
	}
	switch {
	case sequence != nil && matchNode != nil:
		d.bad(matchNode, "match", "a sequence has its conditions in window.sequence.steps")
	case sequence == nil && matchNode == nil:
		d.bad(n, "match", "is missing")
	case sequence == nil:
		r.Steps = []Step{{Match: match, AtLeast: 1}}
	}
	if len(d.errs) == 0 {
		r.Hash = r.hash()
	}
	return r
}

func (d *doc) tags(n ast.Node, key string, r *Rule) {
	for _, e := range d.list(n, key) {
		switch t := strings.ToLower(d.line(e, key)); {
		case technique.MatchString(t):
			r.Techniques = append(r.Techniques, strings.ToUpper(strings.TrimPrefix(t, "attack.")))
		case tactic.MatchString(t):
			r.Tactics = append(r.Tactics, strings.ReplaceAll(strings.TrimPrefix(t, "attack."), "_", "-"))
		case !otherTag.MatchString(t):
			d.bad(e, key, "%q: want a tag such as attack.t1110.001 or attack.credential-access", t)
		}
	}
}

// window reads the window into r. It gives the node of a sequence, if it is one.
func (d *doc) window(n ast.Node, key string, r *Rule) (sequence ast.Node) {
	kind := func(k window.Kind) func(ast.Node, string) {
		return func(n ast.Node, key string) {
			if r.Window != nil {
				d.bad(n, key, "a window is of one kind")
				return
			}
			s := &window.Spec{Kind: k}
			r.Window = s
			readers := map[string]func(ast.Node, string){
				"within": func(n ast.Node, key string) { s.Within = d.duration(n, key) },
			}
			switch k {
			case window.Distinct:
				readers["field"] = func(n ast.Node, key string) { s.Field = d.field(n, key, false) }
				fallthrough
			case window.Count:
				readers["at_least"] = func(n ast.Node, key string) { s.AtLeast = d.number(n, key) }
			case window.Sequence:
				sequence = n
				readers["steps"] = func(n ast.Node, key string) { d.steps(n, key, r) }
			}
			before := len(d.errs)
			d.mapping(n, key, readers)
			if len(d.errs) == before {
				d.check(n, key, s)
			}
		}
	}
	d.mapping(n, key, map[string]func(ast.Node, string){
		"count":    kind(window.Count),
		"distinct": kind(window.Distinct),
		"sequence": kind(window.Sequence),
		"absence":  kind(window.Absence),
	})
	return sequence
}

// check reports what package window finds wrong.
func (d *doc) check(n ast.Node, key string, s *window.Spec) {
	err := s.Check()
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			what, rest, _ := strings.Cut(e.Error(), ": ")
			d.bad(n, key+"."+what, "%s", rest)
		}
	} else if err != nil {
		d.bad(n, key, "%v", err)
	}
}

func (d *doc) steps(n ast.Node, key string, r *Rule) {
	for i, e := range d.list(n, key) {
		s := Step{AtLeast: 1}
		at := fmt.Sprintf("%s[%d]", key, i)
		d.mapping(e, at, map[string]func(ast.Node, string){
			"name":     func(n ast.Node, key string) { s.Name = d.line(n, key) },
			"match":    func(n ast.Node, key string) { s.Match = d.predicate(n, key) },
			"at_least": func(n ast.Node, key string) { s.AtLeast = d.number(n, key) },
		})
		if s.Match == nil {
			d.bad(e, at+".match", "is missing or wrong")
		}
		r.Steps = append(r.Steps, s)
		r.Window.Steps = append(r.Window.Steps, s.AtLeast)
	}
}

func (d *doc) test(n ast.Node, key string) Test {
	t := Test{Format: "auto", Line: place(n).Line}
	wants := false
	d.mapping(n, key, map[string]func(ast.Node, string){
		"name":   func(n ast.Node, key string) { t.Name = d.line(n, key) },
		"format": func(n ast.Node, key string) { t.Format = d.line(n, key) },
		"received": func(n ast.Node, key string) {
			var err error
			if t.Received, err = time.Parse(time.RFC3339Nano, d.line(n, key)); err != nil {
				d.bad(n, key, `want a time such as "2026-01-31T12:00:00Z"`)
			}
		},
		"lines": func(n ast.Node, key string) {
			for l := range strings.Lines(d.text(n, key)) {
				if l = strings.TrimRight(l, "\r\n"); l != "" {
					t.Lines = append(t.Lines, l)
				}
			}
		},
		"alerts": func(n ast.Node, key string) {
			wants = true
			if s, ok := n.(ast.ScalarNode); ok && (s.GetToken().Value == "0" || s.GetToken().Value == "none") {
				return
			}
			for i, e := range d.list(n, key) {
				t.Alerts = append(t.Alerts, d.want(e, fmt.Sprintf("%s[%d]", key, i)))
			}
		},
	})
	if len(t.Lines) == 0 {
		d.bad(n, key+".lines", "is missing")
	}
	if !wants {
		d.bad(n, key+".alerts", "is missing: list the alerts, or write none")
	}
	return t
}

func (d *doc) want(n ast.Node, key string) Want {
	w := Want{Fields: map[string]string{}}
	m, ok := n.(*ast.MappingNode)
	if !ok {
		d.bad(n, key, "want keys and values")
		return w
	}
	for _, v := range m.Values {
		name := strings.Trim(v.Key.String(), `"'`)
		full := key + "." + name
		_, known := event.Lookup(name)
		switch {
		case name == "count":
			w.Count = d.number(v.Value, full)
		case known || slices.Contains([]string{"alert.id", "rule.level", "revision", "supersedes"}, name):
			w.Fields[name] = d.line(v.Value, full)
		default:
			d.bad(v.Key, full, "no field of an alert%s", nearest(name, event.FieldNames("")))
		}
	}
	return w
}

// hash covers all that decides which alerts a rule raises and what they show of events.
func (r *Rule) hash() [16]byte {
	h := sha256.New()
	fmt.Fprintf(h, "%q", r.ID)
	for _, s := range r.Steps {
		fmt.Fprintf(h, " step %q %d", s.Match.canon, s.AtLeast)
	}
	if w := r.Window; w != nil {
		fmt.Fprintf(h, " window %s %d %d %q", w.Kind, w.Within, w.AtLeast, w.Field.String())
	}
	for _, fields := range [][]event.Field{r.GroupBy, r.Fields} {
		h.Write([]byte(" fields"))
		for _, f := range fields {
			fmt.Fprintf(h, " %q", f.String())
		}
	}
	fmt.Fprintf(h, " times %d %d", r.Lateness, r.Suppress)
	return [16]byte(h.Sum(nil)[:16])
}
