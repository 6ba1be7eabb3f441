package rule

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

var tenantName = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

// MaxExceptions bounds the exceptions that concern one rule; of those that the API makes, the events of one tenant.
const MaxExceptions = 1000

// readExceptions reads files that hold a list of exceptions in each document.
func (l *loader) readExceptions(fsys fs.FS, files []string) {
	for _, name := range files {
		l.takeExceptions(l.docs(fsys, name, MaxFile))
	}
}

// takeExceptions adds those of a file to the set.
func (l *loader) takeExceptions(docs []*doc) {
	for _, d := range docs {
		for i, e := range d.list(d.node, "exceptions") {
			if x := d.exception(e, fmt.Sprintf("[%d]", i), false); x != nil {
				l.set.Exceptions = append(l.set.Exceptions, x)
			}
		}
		l.errs = append(l.errs, d.errs...)
		if d.enough() {
			break
		}
	}
}

// exception reads an exception, of the rule in which it stands if within is true. It is nil if it has faults.
func (d *doc) exception(n ast.Node, key string, within bool) *Exception {
	x := &Exception{File: d.file, Line: place(n).Line}
	before := len(d.errs)
	readers := map[string]func(ast.Node, string){
		"tenant": func(n ast.Node, key string) {
			if x.Tenant = d.line(n, key); !tenantName.MatchString(x.Tenant) {
				d.bad(n, key, "%q: want the name of a tenant: 1 to 32 of a-z, 0-9, -", x.Tenant)
			}
		},
		"match":   func(n ast.Node, key string) { x.Match = d.predicate(n, key) },
		"owner":   func(n ast.Node, key string) { x.Owner = d.line(n, key) },
		"reason":  func(n ast.Node, key string) { x.Reason = d.line(n, key) },
		"expires": func(n ast.Node, key string) { x.Expires = d.moment(n, key) },
	}
	if !within {
		readers["rule"] = func(n ast.Node, key string) {
			for _, s := range d.texts(n, key) {
				x.Rules = append(x.Rules, strings.ToLower(s))
			}
		}
	}
	d.mapping(n, key, readers)
	if len(d.errs) > before {
		return nil
	}
	for _, k := range []struct {
		name    string
		missing bool
	}{{"rule", !within && len(x.Rules) == 0}, {"match", x.Match == nil}, {"owner", x.Owner == ""}, {"reason", x.Reason == ""}, {"expires", x.Expires.IsZero()}} {
		if k.missing {
			d.bad(n, strings.TrimPrefix(key+"."+k.name, "."), "is missing")
		}
	}
	return x
}

// moment reads a day, which means its begin in UTC, or a time.
func (d *doc) moment(n ast.Node, key string) time.Time {
	s := d.line(n, key)
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t, err = time.Parse(time.RFC3339, s)
	}
	if err != nil || t.Year() < 1970 || t.Year() > 2261 {
		d.bad(n, key, `want a day such as 2026-01-31, or a time such as "2026-01-31T12:00:00Z"`)
		return time.Time{}
	}
	return t.UTC()
}

// except gives each rule the exceptions that concern it, and its steps the predicates that heed them.
func (l *loader) except() {
	named := l.set.Exceptions
	l.set.Exceptions = nil
	concerned := make([]bool, len(named))
	for _, r := range l.set.Rules {
		l.set.Exceptions = append(l.set.Exceptions, r.Exceptions...)
		for i, x := range named {
			if x.concerns(r) {
				r.Exceptions = append(r.Exceptions, x)
				concerned[i] = true
			}
		}
		for i := range r.Steps {
			if len(r.Exceptions) == 0 {
				break
			}
			l.weight += r.Steps[i].Written.weight
			if n := most(r.Exceptions); n > MaxExceptions {
				l.fail("%s:%d:1: exceptions: %d concern this rule, the most is %d: make a list of what they except", r.File, r.Line, n, MaxExceptions)
				return
			}
			for _, x := range r.Exceptions {
				l.weight += x.Match.weight
			}
			if l.weight > maxAll {
				l.fail("%s:%d:1: exceptions: those of all rules together hold too many texts and patterns; make lists of what they except", r.File, r.Line)
				return
			}
			p, err := r.Steps[i].Written.except(r.Exceptions, l.lists)
			if err != nil {
				l.fail("%s:%d:1: exceptions: %v", r.File, r.Line, err)
				continue
			}
			r.Steps[i].Match = p
		}
	}
	for i, x := range named {
		if !concerned[i] && !slices.Contains(x.Rules, "*") {
			l.fail("%s:%d:1: rule: no rule has the id or the tag %s", x.File, x.Line, strings.Join(x.Rules, " or "))
		}
	}
	l.set.Exceptions = append(l.set.Exceptions, named...)
}

func (x *Exception) concerns(r *Rule) bool {
	return slices.ContainsFunc(x.Rules, func(s string) bool { return s == "*" || s == r.ID || slices.Contains(r.Tags, s) })
}

// except gives p and not any of xs before it expires.
func (p *Predicate) except(xs []*Exception, lists lists) (*Predicate, error) {
	if len(xs) == 0 {
		return p, nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "(%s\n)", p.source)
	for _, x := range xs {
		whose := ""
		if x.Tenant != "" {
			whose = fmt.Sprintf("tenant == %q and ", x.Tenant)
		}
		fmt.Fprintf(&b, " and not (%s(%s\n) and timestamp < %q)", whose, x.Match.source, x.Expires.Format(time.RFC3339Nano))
	}
	return compileWithin(b.String(), lists, len(xs)+1)
}
