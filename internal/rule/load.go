package rule

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"watchpost/internal/event"
)

// Bounds of what Load reads.
const (
	MaxFile     = 1 << 20 // bytes of one file; the YAML parser's time grows with the square of nesting
	MaxRules    = 20000
	MaxLateness = time.Hour
	MaxGroup    = 20        // fields of group_by
	MaxShown    = 200       // fields that an alert shows
	maxAll      = 8_000_000 // weight of all conditions, exceptions added to each rule that they concern; SigmaHQ's rules have 600,000
)

// Options are what rules refer to beside their own folder.
type Options struct {
	// Lists gives entries by name. One of these replaces the list of the same name in folder lists/.
	Lists map[string][]string
	// Exceptions, if not nil, has further files of exceptions, each as those in folder exceptions/ are.
	Exceptions fs.FS
}

// Load reads the rules of all files *.yaml and *.yml in fsys, sub-folders included; a file may hold several documents. The files of folder lists/ hold a
// list each, those of folder exceptions/ exceptions. The error joins every fault of every file, each as "file:line:col: key: what".
func Load(fsys fs.FS, options ...Options) (*Set, error) {
	l := &loader{fsys: fsys, lists: lists{}, set: &Set{}}
	if len(options) > 0 {
		l.o = options[0]
	}
	files := l.files(fsys)
	l.readLists(files)
	l.readRules(files)
	l.readExceptions(fsys, slices.DeleteFunc(files, func(name string) bool { return kindOf(name) != exceptionFile }))
	if l.o.Exceptions != nil {
		l.readExceptions(l.o.Exceptions, l.files(l.o.Exceptions))
	}
	if len(l.errs) == 0 {
		l.except()
	}
	if len(l.errs) > 0 {
		return nil, errors.Join(l.errs...)
	}
	l.finish()
	return l.set, nil
}

// loader reads a folder.
type loader struct {
	fsys  fs.FS
	o     Options
	lists lists
	set   *Set
	errs  []error

	weight int // of all conditions
}

// The kinds of files.
const (
	ruleFile = iota
	listFile
	exceptionFile
)

func kindOf(name string) int {
	switch dir, _, _ := strings.Cut(name, "/"); {
	case dir == name:
		return ruleFile
	case dir == "lists":
		return listFile
	case dir == "exceptions":
		return exceptionFile
	}
	return ruleFile
}

func (l *loader) fail(format string, args ...any) {
	l.errs = append(l.errs, fmt.Errorf(format, args...))
}

// files lists the YAML files of a folder.
func (l *loader) files(fsys fs.FS) []string {
	f := folder{fsys: fsys}
	f.walk(".")
	l.errs = append(l.errs, f.errs...)
	for _, name := range f.others {
		l.set.Unread = append(l.set.Unread, Unread{name, "it is not read: only *.yaml and *.yml are"})
	}
	return f.files
}

// docs gives the documents of a file, each ready to collect its faults.
func (l *loader) docs(fsys fs.FS, name string, most int) (docs []*doc) {
	src, err := readFile(fsys, name, int64(most))
	if err != nil {
		l.errs = append(l.errs, err)
		return nil
	}
	return l.docsOf(name, src)
}

// docsOf gives the documents of a file's content.
func (l *loader) docsOf(name string, src []byte) (docs []*doc) {
	nodes, err := parseFile(name, src)
	if err != nil {
		l.errs = append(l.errs, err)
		return nil
	}
	if len(nodes) == 0 {
		l.set.Unread = append(l.set.Unread, Unread{name, "holds nothing"})
	}
	if len(nodes) > MaxDocuments {
		l.fail("%s:%d:1: file: %d documents are too many, the most is %d", name, place(nodes[MaxDocuments]).Line, len(nodes), MaxDocuments)
		return nil
	}
	lines := strings.Split(strings.TrimPrefix(string(src), "\ufeff"), "\n")
	left := newBudget()
	for _, n := range nodes {
		docs = append(docs, &doc{file: name, lines: lines, lists: l.lists, node: n, left: left})
	}
	return docs
}

func (l *loader) readRules(files []string) {
	seen := map[string]*Rule{}
	for _, name := range files {
		if kindOf(name) != ruleFile {
			continue
		}
		l.takeRules(l.docs(l.fsys, name, MaxFile), seen)
		if l.weight > maxAll || len(l.set.Rules) > MaxRules {
			break
		}
	}
	if l.weight > maxAll {
		l.fail("the conditions of all rules hold too many texts and patterns")
	}
	if len(l.set.Rules) > MaxRules {
		l.fail("more than %d rules are too many", MaxRules)
	}
	slices.SortFunc(l.set.Rules, func(a, b *Rule) int { return cmp.Compare(a.ID, b.ID) })
}

// takeRules adds the rules of a file to the set; seen are those that it has, by id.
func (l *loader) takeRules(docs []*doc, seen map[string]*Rule) {
	for _, d := range docs {
		r := d.rule(d.node)
		l.errs = append(l.errs, d.errs...)
		if d.enough() {
			break
		}
		switch o := seen[r.ID]; {
		case len(d.errs) > 0:
		case o != nil:
			l.fail("%s:%d:1: id: %q is the id of %s:%d too", r.File, r.Line, r.ID, o.File, o.Line)
		default:
			seen[r.ID] = r
			l.set.Rules = append(l.set.Rules, r)
			for _, s := range r.Steps {
				l.weight += s.Written.weight
			}
		}
	}
}

// finish gives rules and set their hashes.
func (l *loader) finish() {
	set := l.set
	set.lists = l.lists
	for _, name := range l.lists.names() {
		set.Lists = append(set.Lists, l.lists[name])
	}
	for _, r := range set.Rules {
		r.Version = r.version(l.lists)
	}
	set.sum()
}

// sum makes the set's hash of its rules' versions.
func (s *Set) sum() {
	h := sha256.New()
	for _, r := range s.Rules {
		if r.Enabled {
			fmt.Fprintf(h, "%s %x\n", r.ID, r.Version)
		}
	}
	s.Hash = hex.EncodeToString(h.Sum(nil)[:16])
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
	r := &Rule{File: d.file, Enabled: true, Mode: Live, Lateness: DefaultLateness, Level: "medium", Line: place(n).Line}
	var match *Predicate
	var matchNode, sequence, levels ast.Node
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
		"mode": func(n ast.Node, key string) {
			if r.Mode = d.line(n, key); r.Mode != Live && r.Mode != Shadow {
				d.bad(n, key, "%q: want live or shadow", r.Mode)
			}
		},
		"levels":  func(n ast.Node, key string) { levels = n },
		"license": func(n ast.Node, key string) { r.License = d.line(n, key) },
		"sigma":   func(n ast.Node, key string) { r.Sigma = d.sigma(n, key) },
		"exceptions": func(n ast.Node, key string) {
			for i, e := range d.list(n, key) {
				if x := d.exception(e, fmt.Sprintf("%s[%d]", key, i), true); x != nil {
					r.Exceptions = append(r.Exceptions, x)
				}
			}
		},
		"author":         func(n ast.Node, key string) { r.Author = d.line(n, key) },
		"references":     func(n ast.Node, key string) { r.References = d.texts(n, key) },
		"falsepositives": func(n ast.Node, key string) { r.FalsePositives = d.texts(n, key) },
		"playbook":       func(n ast.Node, key string) { r.Playbook = d.line(n, key) },
		"tags":           func(n ast.Node, key string) { d.tags(n, key, r) },
		"enabled":        func(n ast.Node, key string) { r.Enabled = d.boolean(n, key) },
		"match":          func(n ast.Node, key string) { matchNode, match = n, d.predicate(n, key) },
		"group_by":       func(n ast.Node, key string) { r.GroupBy = d.fields(n, key, false, MaxGroup) },
		"fields":         func(n ast.Node, key string) { r.Fields = d.fields(n, key, true, MaxShown) },
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
	if _, ok := n.(*ast.MappingNode); !ok {
		return r // that is said, and nothing of it can be known
	}
	if r.ID == "" {
		d.bad(n, "id", "is missing")
	}
	if r.Title == "" {
		d.bad(n, "title", "is missing")
	}
	switch {
	case sequence != nil && matchNode != nil:
		d.bad(matchNode, "match", "a sequence has its conditions in window.sequence.steps")
	case sequence == nil && matchNode == nil:
		d.bad(n, "match", "is missing")
	case sequence == nil:
		r.Steps = []Step{{Match: match, AtLeast: 1}}
	}
	for i := range r.Steps {
		r.Steps[i].Written = r.Steps[i].Match
	}
	if levels != nil {
		d.levels(levels, r)
	}
	if len(d.errs) == 0 {
		r.Hash = r.hash()
	}
	return r
}

// levels reads the levels that an alert rises to; r.Level must be known.
func (d *doc) levels(n ast.Node, r *Rule) {
	at := map[string]ast.Node{}
	readers := map[string]func(ast.Node, string){}
	for level := range Levels {
		readers[level] = func(n ast.Node, key string) {
			at[level] = n
			l := LevelAt{level, Levels[level], d.number(n, key)}
			if l.AtLeast < 1 {
				d.bad(n, key, "want a count of 1 or more")
			}
			r.Levels = append(r.Levels, l)
		}
	}
	d.mapping(n, "levels", readers)
	if r.Window == nil && len(r.Levels) > 0 {
		d.bad(n, "levels", "a rule without a window counts nothing")
	}
	slices.SortFunc(r.Levels, func(a, b LevelAt) int { return a.Severity - b.Severity })
	was := LevelAt{r.Level, Levels[r.Level], 0}
	for _, l := range r.Levels {
		if l.Severity <= was.Severity || l.AtLeast <= was.AtLeast {
			d.bad(at[l.Level], "levels."+l.Level, "must lie above %s and count more", was.Level)
		}
		was = l
	}
}

func (d *doc) sigma(n ast.Node, key string) *Sigma {
	s := &Sigma{}
	d.mapping(n, key, map[string]func(ast.Node, string){
		"id":       func(n ast.Node, key string) { s.ID = d.line(n, key) },
		"source":   func(n ast.Node, key string) { s.Source = d.line(n, key) },
		"hash":     func(n ast.Node, key string) { s.Hash = d.line(n, key) },
		"license":  func(n ast.Node, key string) { s.License = d.line(n, key) },
		"date":     func(n ast.Node, key string) { s.Date = d.line(n, key) },
		"modified": func(n ast.Node, key string) { s.Modified = d.line(n, key) },
		"related":  func(n ast.Node, key string) { s.Related = d.texts(n, key) },
	})
	return s
}

func (d *doc) tags(n ast.Node, key string, r *Rule) {
	for _, e := range d.list(n, key) {
		t := strings.ToLower(d.line(e, key))
		r.Tags = append(r.Tags, t)
		switch {
		case technique.MatchString(t):
			r.Techniques = append(r.Techniques, strings.ToUpper(strings.TrimPrefix(t, "attack.")))
		case tactic.MatchString(t):
			r.Tactics = append(r.Tactics, strings.ReplaceAll(strings.TrimPrefix(t, "attack."), "_", "-"))
		case !otherTag.MatchString(t):
			d.bad(e, key, "%q: want a tag such as attack.t1110.001 or attack.credential-access", t)
		}
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
			wants = n.Type() != ast.NullType
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
			if w.Count = d.number(v.Value, full); w.Count < 1 {
				d.bad(v.Value, full, "want 1 or more")
			}
		case known || slices.Contains(alertNames, name):
			w.Fields[name] = d.line(v.Value, full)
		default:
			d.bad(v.Key, full, "no field of an alert%s", nearest(name, event.FieldNames("")))
		}
	}
	return w
}

// hash covers what Rule.Hash says.
func (r *Rule) hash() [16]byte {
	h := sha256.New()
	fmt.Fprintf(h, "%q", r.ID)
	for _, s := range r.Steps {
		fmt.Fprintf(h, " step %x %d", s.Written.canon, s.AtLeast)
	}
	hashWindow(h, r.Window)
	for _, fields := range [][]event.Field{r.GroupBy, r.Fields} {
		h.Write([]byte(" fields"))
		for _, f := range fields {
			fmt.Fprintf(h, " %q", f.String())
		}
	}
	fmt.Fprintf(h, " times %d %d", r.Lateness, r.Suppress)
	return [16]byte(h.Sum(nil)[:16])
}

// version covers what Rule.Version says.
func (r *Rule) version(all lists) [16]byte {
	h := sha256.New()
	fmt.Fprintf(h, "%x %s %s %v", r.Hash, r.Mode, r.Level, r.Levels)
	for _, s := range r.Steps {
		fmt.Fprintf(h, " %x", s.Match.canon)
		for _, name := range s.Match.used {
			fmt.Fprintf(h, " list %q %x", name, all[name].Hash)
		}
	}
	return [16]byte(h.Sum(nil)[:16])
}
