package sigma

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"watchpost/internal/event"
)

// correlations makes window rules of the correlations, those first that others refer to.
func (c *collection) correlations() {
	waiting := c.correlated
	for range len(c.correlated) + 1 {
		var next []*document
		for _, d := range waiting {
			if c.waits(d, waiting) {
				next = append(next, d)
				continue
			}
			r, err := c.correlation(d)
			if err != nil {
				c.refuse(d, err)
				continue
			}
			c.add(r)
		}
		if waiting = next; len(waiting) == 0 {
			return
		}
	}
	for _, d := range waiting {
		c.refuse(d, errors.New("correlations refer to each other in a circle"))
	}
	for _, r := range c.rules {
		switch said := strings.Join(r.feeds, ", "); {
		case said == "":
		case r.asked:
			r.notes = append(r.notes, "it is on although it feeds "+said+": another correlation asks for its alerts (generate)")
		default:
			r.notes = append(r.notes, "switched off: it feeds "+said+", which asks for none of its alerts (generate)")
		}
	}
}

// silent says whether r feeds correlations of which none asks for its alerts.
func (r *Rule) silent() bool { return len(r.feeds) > 0 && !r.asked }

// waits says that d refers to a correlation that is yet to be made.
func (c *collection) waits(d *document, waiting []*document) bool {
	for _, name := range d.tree.get("correlation").get("rules").strs() {
		for _, w := range waiting {
			if w != d && (w.name == name || w.tree.get("id").str() == name) {
				return true
			}
		}
	}
	return false
}

// bounds are the condition of a correlation.
type bounds struct {
	atLeast, below string // numbers, "" for none
	field          string
	percentile     string
	note           string
}

// correlator makes one rule.
type correlator struct {
	c     *collection
	t     *tree // under `correlation`
	rules []*Rule
	names []string // as the correlation calls them
	within,
	kind string
}

func (c *collection) correlation(d *document) (*Rule, error) {
	if d.tree.get("title").str() == "" {
		return nil, errors.New("title is missing")
	}
	k := &correlator{c: c, t: d.tree.get("correlation")}
	if !k.t.isMap() {
		return nil, errors.New("correlation is no mapping")
	}
	k.kind = k.t.get("type").str()
	for _, name := range k.t.get("rules").strs() {
		r := c.byName[name]
		if r == nil {
			return nil, fmt.Errorf("correlation.rules: there is no rule %q, or it was refused", name)
		}
		k.rules, k.names = append(k.rules, r), append(k.names, name)
	}
	if len(k.rules) == 0 {
		return nil, errors.New("correlation.rules is missing")
	}
	var err error
	if k.within, err = timespan(k.t.get("timespan").str()); err != nil {
		return nil, err
	}
	out := &Rule{doc: d, source: k.rules[0].source, l: k.rules[0].l}
	if err := k.window(out); err != nil {
		return nil, err
	}
	if out.groupBy, err = k.groupBy(); err != nil {
		return nil, err
	}
	for _, r := range k.rules {
		out.fields = shown(out.fields, r.fields, out.groupBy)
	}
	title, asks := clean(d.tree.get("title").str()), k.t.get("generate").str() == "true"
	for _, r := range k.rules {
		if asks {
			r.asked = true
		} else if !slices.Contains(r.feeds, title) {
			r.feeds = append(r.feeds, title)
		}
	}
	return out, nil
}

var spanForm = regexp.MustCompile(`^([0-9]+)([smhdwMy])$`)

// timespan reads 30s, 5m, 1h, 7d, 2w, 1M, 1y.
func timespan(s string) (string, error) {
	m := spanForm.FindStringSubmatch(s)
	if m == nil {
		return "", fmt.Errorf("correlation.timespan: %q: want a number and s, m, h, d, w, M or y", s)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil || n == 0 || n > 100_000_000 {
		return "", fmt.Errorf("correlation.timespan: %q is no length", s)
	}
	days := map[string]int{"d": 1, "w": 7, "M": 30, "y": 365}
	if f := days[m[2]]; f > 0 {
		return fmt.Sprintf("%dd", n*f), nil
	}
	return s, nil
}

// window writes the window of the rule and, where it looks at one kind of event, its condition.
func (k *correlator) window(out *Rule) error {
	if k.kind == "temporal" || k.kind == "temporal_ordered" {
		return k.sequence(out)
	}
	for i, r := range k.rules {
		if r.window != "" {
			return fmt.Errorf("correlation.rules: %s is a correlation itself, which only temporal ones can refer to", k.names[i])
		}
	}
	b, err := readBounds(k.t.get("condition"))
	if err != nil {
		return fmt.Errorf("correlation.condition: %w", err)
	}
	w, err := k.spec(b)
	if err != nil {
		return err
	}
	if b.note != "" {
		out.notes = append(out.notes, b.note)
	}
	nodes := make([]node, len(k.rules))
	for i, r := range k.rules {
		nodes[i] = r.filtered()
	}
	out.node = join(false, nodes...)
	if out.match, err = check(out.node); err != nil {
		return fmt.Errorf("the condition made of it: %w", err)
	}
	out.window = "window:\n  " + w + "\n"
	return nil
}

// spec writes a window that reckons with one value.
func (k *correlator) spec(b bounds) (string, error) {
	field := ""
	if k.kind != "event_count" {
		if b.field == "" {
			return "", fmt.Errorf("correlation.condition.field is missing")
		}
		f, err := k.common(b.field, nil, k.kind != "value_count")
		if err != nil {
			return "", fmt.Errorf("correlation.condition.field: %w", err)
		}
		field = "field: " + f + ", "
	}
	limit, mode := "at_least: "+b.atLeast, ""
	if b.atLeast == "" {
		if k.kind != "event_count" {
			return "", fmt.Errorf("correlation.condition: our windows judge `less than` of counts alone, not of %s", k.kind)
		}
		limit, mode = "below: "+b.below, ", mode: tumbling"
	}
	switch k.kind {
	case "event_count":
		return fmt.Sprintf("count: {%s, within: %s%s}", limit, k.within, mode), nil
	case "value_count":
		return fmt.Sprintf("distinct: {%s%s, within: %s}", field, limit, k.within), nil
	case "value_sum":
		return fmt.Sprintf("sum: {%s%s, within: %s}", field, limit, k.within), nil
	case "value_avg":
		return fmt.Sprintf("avg: {%s%s, within: %s, events: 1}", field, limit, k.within), nil
	case "value_median":
		return fmt.Sprintf("percentile: {%spercentile: 50, %s, within: %s, events: 1}", field, limit, k.within), nil
	case "value_percentile":
		p := b.percentile
		if p == "" {
			return "", fmt.Errorf("correlation.condition.percentile is missing")
		}
		return fmt.Sprintf("percentile: {%spercentile: %s, %s, within: %s, events: 1}", field, p, limit, k.within), nil
	}
	return "", fmt.Errorf("correlation.type: %q: want event_count, value_count, temporal, temporal_ordered, value_sum, value_avg, value_percentile or value_median", k.kind)
}

// readBounds reads gt, gte, lt, lte, eq, neq. A window is judged as it grows, event by event; so "equal to 5" is reached
// with the fifth, as is "at least 5", and "not 5" is true with the first.
func readBounds(t *tree) (bounds, error) {
	b := bounds{}
	if !t.isMap() {
		return b, errors.New("is missing")
	}
	for _, p := range t.pairs {
		whole := false
		switch p.key {
		case "field":
			fields := p.value.strs()
			if len(fields) != 1 {
				return b, errors.New("field: want one field")
			}
			b.field = fields[0]
			continue
		case "percentile":
			b.percentile = p.value.str()
			if f, err := strconv.ParseFloat(b.percentile, 64); err != nil || f <= 0 || f >= 100 {
				return b, fmt.Errorf("percentile: %q: want a number between 0 and 100", b.percentile)
			}
			continue
		}
		f, err := strconv.ParseFloat(p.value.str(), 64)
		if err != nil {
			return b, fmt.Errorf("%s: want a number", p.key)
		}
		whole = f == float64(int64(f))
		switch p.key {
		case "gte":
			b.atLeast = p.value.str()
		case "gt":
			if b.atLeast = p.value.str(); whole {
				b.atLeast = strconv.FormatInt(int64(f)+1, 10)
			} else {
				b.note = "more than " + p.value.str() + " has become at least"
			}
		case "eq":
			b.atLeast = p.value.str()
			b.note = "equal to " + p.value.str() + " is reached when at least " + p.value.str() + " is, and the burst that goes on is the same alert"
		case "neq":
			b.atLeast = "1"
			if f == 1 {
				b.atLeast = "2"
			}
			b.note = "not " + p.value.str() + " is true as soon as there are " + b.atLeast
		case "lt":
			b.below = p.value.str()
		case "lte":
			if b.below = p.value.str(); whole {
				b.below = strconv.FormatInt(int64(f)+1, 10)
			}
		default:
			return b, fmt.Errorf("%q: want gt, gte, lt, lte, eq or neq", p.key)
		}
	}
	switch {
	case b.atLeast == "" && b.below == "":
		return b, errors.New("states no bound")
	case b.atLeast != "" && b.below != "":
		b.note, b.below = "the upper bound is left out: what has reached the lower one is an alert already", ""
	}
	return b, nil
}

// sequence writes the steps of a temporal correlation.
func (k *correlator) sequence(out *Rule) error {
	steps, err := k.steps()
	if err != nil {
		return err
	}
	order := "any"
	if k.kind == "temporal_ordered" {
		order = "ordered"
	}
	w := &yamlWriter{}
	fmt.Fprintf(w, "window:\n  sequence:\n    within: %s\n    order: %s\n    steps:\n", k.within, order)
	for _, s := range steps {
		fmt.Fprintf(w, "      - name: %s\n", scalar(s.name))
		if s.not {
			w.WriteString("        not: true\n")
		}
		if s.atLeast != "" {
			fmt.Fprintf(w, "        at_least: %s\n", s.atLeast)
		}
		text, err := check(s.node)
		if err != nil {
			return fmt.Errorf("the condition made of %s: %w", s.name, err)
		}
		w.block("        match", text, "          ")
	}
	out.window = w.String()
	return nil
}

type step struct {
	name, atLeast string
	node          node
	not           bool
}

// steps are the rules referred to, or, where the condition is written out, what it joins by `and`.
func (k *correlator) steps() ([]step, error) {
	cond := k.t.get("condition")
	if cond != nil && cond.form == isText {
		return k.extended(cond.str())
	}
	if cond != nil {
		b, err := readBounds(cond)
		if err != nil {
			return nil, fmt.Errorf("correlation.condition: %w", err)
		}
		if b.atLeast != strconv.Itoa(len(k.rules)) {
			return nil, fmt.Errorf("correlation.condition: our sequences want all of the %d rules, not some of them", len(k.rules))
		}
	}
	var out []step
	for i := range k.rules {
		s, err := k.step(i)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func (k *correlator) step(i int) (step, error) {
	r := k.rules[i]
	s := step{name: clean(k.names[i]), node: r.filtered()}
	if t := r.doc.tree.get("title").str(); t != "" {
		s.name = oneLine(t)
	}
	if r.window != "" {
		m := countWindow.FindStringSubmatch(r.window)
		if m == nil {
			return s, fmt.Errorf("correlation.rules: %s is a correlation of a kind that cannot be a step", k.names[i])
		}
		s.atLeast = m[1]
	}
	return s, nil
}

var countWindow = regexp.MustCompile(`^window:\n  count: \{at_least: ([0-9]+), within: `)

// extended reads a condition such as `a and b and not c`; alternatives become one step.
func (k *correlator) extended(src string) ([]step, error) {
	n, err := condition(src, k.names, func(name string) (node, error) {
		i := slices.Index(k.names, name)
		if i < 0 {
			return nil, fmt.Errorf("there is no rule %q in correlation.rules", name)
		}
		return raw(strconv.Itoa(i)), nil
	})
	if err != nil {
		return nil, fmt.Errorf("correlation.%w", err)
	}
	parts := []node{n}
	if l, ok := n.(*logic); ok && l.and {
		parts = l.nodes
	}
	var out []step
	for _, p := range parts {
		inner, isNot := p.(*not)
		if isNot {
			p = inner.node
		}
		alternatives := []node{p}
		if l, ok := p.(*logic); ok && !l.and {
			alternatives = l.nodes
		}
		var nodes []node
		s := step{not: isNot}
		for _, a := range alternatives {
			ref, ok := a.(raw)
			if !ok {
				return nil, fmt.Errorf("correlation.condition: %q: our sequences join steps by `and`, of which some are `not`", src)
			}
			i, _ := strconv.Atoi(string(ref))
			one, err := k.step(i)
			if err != nil {
				return nil, err
			}
			if s.atLeast != "" && one.atLeast != s.atLeast {
				return nil, fmt.Errorf("correlation.condition: %q: alternatives with different counts", src)
			}
			s.name, s.atLeast = strings.TrimPrefix(s.name+" or "+one.name, " or "), one.atLeast
			nodes = append(nodes, one.node)
		}
		s.node = join(false, nodes...)
		out = append(out, s)
	}
	return out, nil
}

// groupBy gives the fields of ours that the correlation groups by.
func (k *correlator) groupBy() ([]string, error) {
	aliases := k.t.get("aliases")
	var out []string
	for _, field := range k.t.get("group-by").strs() {
		f, err := k.common(field, aliases.get(field), false)
		if err != nil {
			return nil, fmt.Errorf("correlation.group-by: %w", err)
		}
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out, nil
}

// common gives the field of ours that is called so in the events of all rules; alias says what each rule calls it.
func (k *correlator) common(field string, alias *tree, number bool) (string, error) {
	var candidates []string
	calls := map[string]bool{}
	for i, r := range k.rules {
		name := field
		if alias.isMap() {
			if a := alias.get(k.names[i]); a != nil {
				name = a.str()
			} else if a := alias.get(r.doc.name); a != nil {
				name = a.str()
			} else {
				return "", fmt.Errorf("aliases.%s says nothing of the rule %s", field, k.names[i])
			}
		}
		var mine []string
		for _, f := range k.c.o.Mapping.grouping(r, name) {
			calls[f.text] = true
			if f.label || number && f.kind() != event.Int && f.kind() != event.Float {
				continue
			}
			mine = append(mine, f.text)
		}
		if i == 0 {
			candidates = mine
			continue
		}
		candidates = slices.DeleteFunc(candidates, func(s string) bool { return !slices.Contains(mine, s) })
	}
	if len(candidates) == 0 {
		names := make([]string, 0, len(calls))
		for n := range calls {
			names = append(names, n)
		}
		slices.Sort(names)
		what := "a field that all its rules have"
		if number {
			what += ", and that holds numbers"
		}
		return "", fmt.Errorf("%s is here %s: windows need %s; name one for it as `group` with -pipeline", field, strings.Join(names, " or "), what)
	}
	return candidates[0], nil
}

// grouping gives what a field of Sigma may be called where a window groups by it.
func (m *Mapping) grouping(r *Rule, field string) []ref {
	var out []ref
	if r.l == nil {
		return nil
	}
	for _, f := range m.refs(r.l, field) {
		if !f.label && f.kind() != event.List {
			out = append(out, f)
		}
	}
	out = append(out, makeRefs(m.Group[field])...)
	if len(out) == 0 {
		out = m.refs(r.l, field)
	}
	return out
}
