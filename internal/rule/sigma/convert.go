package sigma

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"watchpost/internal/event"
	"watchpost/internal/rule"
)

// Rule is an imported rule on its way to our YAML.
type Rule struct {
	doc     *document
	source  logSource
	l       *LogSource
	match   string // the whole condition
	node    node   // the same, before it is written
	filters []node // what filters ask for besides, where the rule feeds a correlation
	window  string // YAML, "" for none
	groupBy []string
	fields  []string
	feeds   []string // titles of correlations that do not ask for its alerts
	asked   bool     // one does
	notes   []string // for the people who read it
}

// convertRule translates a document that holds a detection.
func convertRule(m *Mapping, d *document) (*Rule, error) {
	if d.tree.get("title").str() == "" {
		return nil, errors.New("title is missing")
	}
	if !d.tree.get("logsource").isMap() {
		return nil, errors.New("logsource is missing")
	}
	r := &Rule{doc: d, source: d.logSource()}
	if r.l = m.find(r.source); r.l == nil {
		return nil, fmt.Errorf("no mapping for the log source %s", r.source)
	}
	t := newTranslator(m, r.l, d.tree.get("detection"))
	if !d.tree.get("detection").isMap() {
		return nil, errors.New("detection is no mapping")
	}
	n, err := t.condition()
	if err != nil {
		return nil, err
	}
	if r.l.Where != "" {
		n = join(true, raw(bracketed(r.l.Where)), n)
	}
	r.node = n
	if r.match, err = check(n); err != nil {
		return nil, fmt.Errorf("the condition made of it: %w", err)
	}
	switch of, err := ofNothing(r.match); {
	case err != nil:
		return nil, fmt.Errorf("the condition made of it: %w", err)
	case of:
		return nil, fmt.Errorf("it asks only what is not, and nothing says where events of the log source %s are, so it would match every event: "+
			"give the log source a `where` with -pipeline", r.source)
	case r.l.Where == "":
		r.notes = append(r.notes, "the log source is unknown here, so the rule looks at every event")
	}
	r.groupBy = r.l.GroupBy
	r.fields = shown(r.l.Show, t.fields, r.groupBy)
	return r, nil
}

// ofNothing says that a condition holds where nothing is known at all.
func ofNothing(match string) (bool, error) {
	m, err := rule.Compile(match)
	if err != nil {
		return false, err
	}
	b := new(event.Batch)
	b.Begin(nil, 0)
	b.End()
	return m.Match(b.Event(0))
}

// filtered gives the condition of a rule that feeds a correlation: there is no exception for it there.
func (r *Rule) filtered() node { return join(true, append([]node{r.node}, r.filters...)...) }

func (t *tree) isMap() bool { return t != nil && t.form == isMap }

// bracketed puts brackets around a condition that needs them beside `and`.
func bracketed(s string) string {
	if strings.Contains(s, " or ") {
		return "(" + s + ")"
	}
	return s
}

// maxShown bounds the fields that an alert shows.
const maxShown = 10

// shown gives the fields that an alert shows: the log source's, then those that the rule looked at.
func shown(first, looked, grouped []string) []string {
	var out []string
	for _, f := range append(slices.Clone(first), looked...) {
		if !slices.Contains(out, f) && !slices.Contains(grouped, f) && len(out) < maxShown && f != "message" && f != "event.original" {
			out = append(out, f)
		}
	}
	return out
}

var tagForm = regexp.MustCompile(`^[a-z0-9_-]+\.[A-Za-z0-9._-]+$`)

// tags gives the tags that our rules take, and notes the others.
func (r *Rule) tags() []string {
	var out []string
	for _, t := range r.doc.tree.get("tags").strs() {
		t = strings.ToLower(t)
		if !tagForm.MatchString(t) {
			r.notes = append(r.notes, fmt.Sprintf("the tag %q is left out: it is of no name space", t))
			continue
		}
		if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

func (r *Rule) level() string {
	l := strings.ToLower(r.doc.tree.get("level").str())
	if rule.Levels[l] == 0 {
		if l != "" {
			r.notes = append(r.notes, fmt.Sprintf("the level %q is unknown and has become medium", l))
		}
		return "medium"
	}
	return l
}

func (r *Rule) status() string {
	s := strings.ToLower(r.doc.tree.get("status").str())
	if slices.Contains([]string{"stable", "test", "experimental", "deprecated", "unsupported"}, s) {
		return s
	}
	return ""
}
