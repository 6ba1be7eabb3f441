package sigma

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"watchpost/internal/event"
	"watchpost/internal/rule"
)

// translator turns the detection of one document into a condition.
type translator struct {
	m         *Mapping
	l         *LogSource
	detection *tree
	cache     map[string]node
	fields    []string // of ours that selections look at, in order of appearance
	used      map[string]bool
}

func newTranslator(m *Mapping, l *LogSource, detection *tree) *translator {
	return &translator{m: m, l: l, detection: detection, cache: map[string]node{}, used: map[string]bool{}}
}

// condition gives the whole condition of the detection; several conditions are alternatives.
func (t *translator) condition() (node, error) {
	c := t.detection.get("condition")
	if c == nil {
		return nil, fmt.Errorf("detection.condition is missing")
	}
	if t.detection.get("timeframe") != nil {
		return nil, fmt.Errorf("detection.timeframe left the specification with version 2: write a correlation")
	}
	var names []string
	for _, p := range t.detection.pairs {
		if p.key != "condition" {
			names = append(names, p.key)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("detection holds no selection")
	}
	var nodes []node
	for _, src := range c.strs() {
		n, err := condition(src, names, t.selection)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
	if len(nodes) == 0 {
		return nil, fmt.Errorf("detection.condition is empty")
	}
	return join(false, nodes...), nil
}

func (t *translator) selection(name string) (node, error) {
	if n, ok := t.cache[name]; ok {
		return n, nil
	}
	s := t.detection.get(name)
	if s == nil || name == "condition" {
		return nil, fmt.Errorf("there is no selection %q", name)
	}
	n, err := t.part(s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	t.cache[name] = n
	return n, nil
}

// part reads a selection or an element of one: a mapping is `and`, a list is `or`, a value alone is a keyword.
func (t *translator) part(s *tree) (node, error) {
	switch s.form {
	case isMap:
		var nodes []node
		for _, p := range s.pairs {
			n, err := t.item(p.key, p.value)
			if err != nil {
				return nil, err
			}
			nodes = append(nodes, n)
		}
		if len(nodes) == 0 {
			return nil, fmt.Errorf("is empty")
		}
		return join(true, nodes...), nil
	case isList:
		var nodes []node
		for _, e := range s.list {
			n, err := t.part(e)
			if err != nil {
				return nil, err
			}
			nodes = append(nodes, n)
		}
		if len(nodes) == 0 {
			return nil, fmt.Errorf("is an empty list")
		}
		return join(false, nodes...), nil
	case isNull:
		return nil, fmt.Errorf("is empty")
	}
	return t.keyword(s, modifiers{})
}

// item reads `field|modifiers: values`.
func (t *translator) item(key string, v *tree) (node, error) {
	words := strings.Split(key, "|")
	field := words[0]
	m, err := readModifiers(words[1:])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	if v.form == isMap {
		return nil, fmt.Errorf("%s: holds a mapping; a field within a field is written with a dot", key)
	}
	values := []*tree{v}
	if v.form == isList {
		values = v.list
	}
	if slices.Contains(m.steps, "expand") {
		if values, err = t.expand(values); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	if len(values) == 0 {
		return nil, fmt.Errorf("%s: the list is empty", key)
	}
	var nodes []node
	for _, e := range values {
		var n node
		switch {
		case e.form == isList || e.form == isMap:
			err = fmt.Errorf("a list within a list")
		case field == "":
			n, err = t.keyword(e, m)
		default:
			n, err = t.value(field, m, e)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		nodes = append(nodes, n)
	}
	n := join(m.all, nodes...)
	if m.neq {
		n = negate(n)
	}
	return n, nil
}

// expand puts in the values of placeholders: %name% in a value, anywhere.
func (t *translator) expand(values []*tree) ([]*tree, error) {
	var out []*tree
	for _, v := range values {
		before, rest, found := strings.Cut(v.text, "%")
		name, behind, closed := strings.Cut(rest, "%")
		if !found || !closed || name == "" {
			out = append(out, v)
			continue
		}
		with, ok := t.m.Placeholders[name]
		if !ok {
			return nil, fmt.Errorf("placeholder %%%s%% has no values: give them as `placeholders` with -pipeline", name)
		}
		var next []*tree
		for _, w := range with {
			next = append(next, &tree{form: isText, text: before + w + behind, line: v.line})
		}
		if strings.Contains(behind, "%") { // a value may itself hold a per cent sign: only what stood behind goes on
			for _, n := range next {
				n.text = strings.TrimSuffix(n.text, behind)
			}
			tail, err := t.expand([]*tree{{form: isText, text: behind, line: v.line}})
			if err != nil {
				return nil, err
			}
			var product []*tree
			for _, n := range next {
				for _, e := range tail {
					product = append(product, &tree{form: isText, text: n.text + e.text, line: v.line})
				}
			}
			next = product
		}
		if out = append(out, next...); len(out) > 10_000 {
			return nil, fmt.Errorf("placeholders make more than 10000 values")
		}
	}
	return out, nil
}

// value makes the condition that field, in any of the forms it has here, is v.
func (t *translator) value(field string, m modifiers, v *tree) (node, error) {
	var nodes []node
	for _, r := range t.m.refs(t.l, field) {
		n, err := t.leaf(field, r, m, v)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
		t.note(r)
	}
	if v.form == isNull || m.special == "exists" && v.str() == "false" || m.special == "" && m.op == whole && v.text == "" {
		if when := t.l.Empty[field]; when != "" {
			nodes = append(nodes, raw("("+when+")"))
		}
		return join(true, nodes...), nil // missing in all its forms
	}
	return join(false, nodes...), nil
}

func (t *translator) note(r ref) {
	if !r.label && !t.used[r.text] && r.field != event.Timestamp {
		t.used[r.text] = true
		t.fields = append(t.fields, r.text)
	}
}

var orders = map[string]string{"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}

func (t *translator) leaf(field string, r ref, m modifiers, v *tree) (node, error) {
	exists := &call{ref: r.text, fn: "exists"}
	switch {
	case m.part != "":
		return t.timePart(r, m, v)
	case v.form == isNull:
		return negate(exists), nil
	case m.special == "exists":
		switch v.str() {
		case "true":
			return exists, nil
		case "false":
			return negate(exists), nil
		}
		return nil, fmt.Errorf("exists: want true or false")
	case m.special == "fieldref":
		return t.fieldref(r, m, v)
	case orders[m.special] != "":
		return t.order(field, r, orders[m.special], v)
	case m.special == "cidr":
		if _, err := netip.ParsePrefix(v.str()); err != nil {
			if _, err := netip.ParseAddr(v.str()); err != nil {
				return nil, fmt.Errorf("cidr: %q is no network", v.str())
			}
		}
		return &call{r.text, "cidr", []string{quote(v.str())}}, nil
	case m.special == "re":
		if !r.textual() {
			r = t.m.rest(t.l, field)
		}
		if !r.textual() {
			return nil, fmt.Errorf("re: %s holds no text", r.text)
		}
		s, err := m.regex(v.text)
		if err != nil {
			return nil, err
		}
		return &call{r.text, "matches", []string{quote(s)}}, nil
	}
	values, err := m.encode(readPattern(v.text))
	if err != nil {
		return nil, err
	}
	var nodes []node
	for _, x := range values {
		n, err := t.match(field, r, m, x)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
	return join(false, nodes...), nil
}

// match makes the comparison of text, or of a number or an address where the field holds one.
func (t *translator) match(field string, r ref, m modifiers, v value) (node, error) {
	o, p := v.pattern.wrap(m.op).reduce()
	if len(p) == 0 && v.written == "" {
		n := node(&call{ref: r.text, fn: "exists"})
		if o == whole { // the empty text is missing
			n = negate(n)
		}
		return n, nil
	}
	if o == whole && v.written == "" {
		if n, ok := typed(r, p.String()); ok {
			return n, nil
		}
	}
	if !r.textual() || r.ip() && o == whole { // the parser keeps the text beside the number
		if r = t.m.rest(t.l, field); !r.textual() || r.ip() && o == whole {
			return nil, fmt.Errorf("%s holds %s: %q cannot be compared with it so", r.text, r.field.Info().Type, v.pattern.source())
		}
	}
	lit := v.written
	if lit == "" {
		lit = quote(p.String())
	}
	fold := !m.cased && (v.written != "" || !caseless(p.String()))
	fn := map[bool][5]string{
		false: {"==", "contains", "startsWith", "endsWith", "wildcard"},
		true:  {"ieq", "icontains", "istartsWith", "iendsWith", "iwildcard"},
	}[fold || !m.cased && o != whole][o]
	if o == wild {
		lit = quote(p.source())
	}
	if v.written != "" && m.cased && o == whole {
		return &call{r.text, "==", []string{lit}}, nil
	}
	return &call{r.text, fn, []string{lit}}, nil
}

// typed compares a number, an address or a truth value.
func typed(r ref, s string) (node, bool) {
	switch {
	case r.label:
		return nil, false
	case r.ip():
		if _, err := netip.ParseAddr(s); err == nil {
			return &call{r.text, "==", []string{quote(s)}}, true
		}
	case r.kind() == event.Int:
		if n, err := strconv.ParseInt(s, 0, 64); err == nil {
			return &call{r.text, "==", []string{strconv.FormatInt(n, 10)}}, true
		}
	case r.kind() == event.Float:
		if _, err := strconv.ParseFloat(s, 64); err == nil {
			return &call{r.text, "==", []string{s}}, true
		}
	case r.kind() == event.Bool:
		if s == "true" || s == "false" {
			return &call{r.text, "==", []string{s}}, true
		}
	}
	return nil, false
}

// order compares a number.
func (t *translator) order(field string, r ref, word string, v *tree) (node, error) {
	if _, err := strconv.ParseFloat(v.str(), 64); err != nil {
		return nil, fmt.Errorf("%q is no number", v.str())
	}
	switch r.kind() {
	case event.Int, event.Float:
		return &call{r.text, word, []string{v.str()}}, nil
	case event.Time, event.Bool:
		return nil, fmt.Errorf("%s holds no number", r.text)
	}
	if r.ip() {
		return nil, fmt.Errorf("%s holds an address, which has no order", r.text)
	}
	return &call{"number(" + r.text + ")", word, []string{v.str()}}, nil
}

func (t *translator) fieldref(r ref, m modifiers, v *tree) (node, error) {
	var nodes []node
	for _, o := range t.m.refs(t.l, v.str()) {
		n := node(nil)
		switch {
		case r.textual() && o.textual() && !m.cased:
			fn := [...]string{"ieq", "icontains", "istartsWith", "iendsWith"}[m.op]
			n = &call{r.text, "two " + fn, []string{o.text}}
		case m.op == whole:
			n = &call{r.text, "two ==", []string{o.text}}
		case r.textual() && o.textual():
			n = &call{r.text, [...]string{"", "contains", "startsWith", "endsWith"}[m.op], []string{o.text}}
		default:
			return nil, fmt.Errorf("fieldref: %s and %s do not both hold text", r.text, o.text)
		}
		nodes = append(nodes, n)
		t.note(o)
	}
	return join(false, nodes...), nil
}

// timePart asks for a part of a time.
func (t *translator) timePart(r ref, m modifiers, v *tree) (node, error) {
	if r.kind() != event.Time {
		if !slices.Contains(timeFields, r.text) && !r.label {
			return nil, fmt.Errorf("%s: %s holds no time", m.part, r.text)
		}
		return nil, fmt.Errorf("%s: %s holds a text; map it to timestamp with -pipeline if it is the time of the event", m.part, r.text)
	}
	if _, err := strconv.Atoi(v.str()); err != nil {
		return nil, fmt.Errorf("%s: %q is no whole number", m.part, v.str())
	}
	word := "=="
	if o := orders[m.special]; o != "" {
		word = o
	}
	of := r.text
	if t.m.Zone != "" {
		of += ", " + quote(t.m.Zone)
	}
	return &call{m.part + "(" + of + ")", word, []string{v.str()}}, nil
}

var timeFields = []string{"timestamp", "event.start", "event.end", "event.created"}

// inJSON writes a text as it stands in a record that is JSON.
var inJSON = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// keyword looks for a text anywhere in the event.
func (t *translator) keyword(v *tree, m modifiers) (node, error) {
	t.used["message"] = true
	switch {
	case v.form == isNull || v.text == "":
		return nil, fmt.Errorf("a keyword is empty")
	case m.special == "re":
		s, err := m.regex(v.text)
		if err != nil {
			return nil, err
		}
		return join(false, &call{"message", "matches", []string{quote(s)}}, &call{"event.original", "matches", []string{quote(s)}}), nil
	case m.special != "" || m.part != "":
		return nil, fmt.Errorf("modifier %s needs a field", m.special+m.part)
	case m.op == startsWith || m.op == endsWith: // Sigma says what they mean at the ends of a field's value, and a keyword has none
		return nil, fmt.Errorf("modifiers startswith and endswith need a field: a keyword is looked for anywhere in the event")
	}
	values, err := m.encode(readPattern(v.text))
	if err != nil {
		return nil, err
	}
	var nodes []node
	for _, x := range values {
		o, p := x.pattern.wrap(contains).reduce()
		wildcard := map[bool]string{false: "iwildcard", true: "wildcard"}[m.cased]
		switch {
		case x.written != "" && m.cased:
			nodes = append(nodes, &call{"message", "contains", []string{x.written}}, &call{"event.original", "contains", []string{x.written}})
		case x.written != "":
			nodes = append(nodes, &call{"", "anywhere", []string{x.written}})
		case len(p) == 0:
			return nil, fmt.Errorf("a keyword is nothing but wildcards")
		case o == wild:
			s := quote(p.source())
			nodes = append(nodes, &call{"message", wildcard, []string{s}}, &call{"event.original", wildcard, []string{s}})
		case m.cased:
			s := p.String()
			nodes = append(nodes, &call{"message", "contains", []string{quote(s)}}, &call{"event.original", "contains", []string{quote(s)}})
			if e := inJSON.Replace(s); e != s {
				nodes = append(nodes, &call{"event.original", "contains", []string{quote(e)}})
			}
		default:
			nodes = append(nodes, &call{"", "anywhere", []string{quote(p.String())}})
		}
	}
	return join(false, nodes...), nil
}

// check compiles a condition.
func check(n node) (string, error) {
	s := text(n)
	if _, err := rule.Compile(s); err != nil {
		return s, err
	}
	return s, nil
}
