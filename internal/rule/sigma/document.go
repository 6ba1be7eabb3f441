package sigma

import (
	"fmt"
	"regexp"
	"strings"
)

// document is one Sigma document: a rule, a correlation or a filter.
type document struct {
	file string // path within the folder, with slashes
	nth  int    // of the file, from 0
	tree *tree
	kind string // rule, correlation, filter
	id   string // of the rule that is made
	name string // what correlations and filters may call it
}

// logSource is where a rule's events come from.
type logSource struct{ product, category, service string }

func (d *document) logSource() logSource {
	t := d.tree.get("logsource")
	return logSource{strings.ToLower(t.get("product").str()), strings.ToLower(t.get("category").str()), strings.ToLower(t.get("service").str())}
}

// String writes a log source for people.
func (s logSource) String() string {
	var parts []string
	for _, p := range [...][2]string{{"product", s.product}, {"category", s.category}, {"service", s.service}} {
		if p[1] != "" {
			parts = append(parts, p[0]+" "+p[1])
		}
	}
	if len(parts) == 0 {
		return "any"
	}
	return strings.Join(parts, ", ")
}

// readDocuments gives the documents of a file, `action: global`, repeat and reset worked in.
func readDocuments(file string, src []byte) ([]*document, error) {
	trees, err := readTrees(src)
	if err != nil {
		return nil, err
	}
	var out []*document
	var global, last *tree
	for _, t := range trees {
		if t.form == isNull {
			continue
		}
		if t.form != isMap {
			return nil, fmt.Errorf("line %d: a document is keys and values", t.line)
		}
		switch action := t.get("action").str(); action {
		case "global":
			global = merge(global, t.without("action"))
			continue
		case "reset":
			global = nil
			if t = t.without("action"); len(t.pairs) == 0 {
				continue
			}
		case "repeat":
			if last == nil {
				return nil, fmt.Errorf("line %d: action repeat: nothing stands before it", t.line)
			}
			t = merge(last, t.without("action"))
		case "":
			t = merge(global, t)
		default:
			return nil, fmt.Errorf("line %d: action %q: want global, repeat or reset", t.line, action)
		}
		last = t
		d := &document{file: file, nth: len(out), tree: t, name: t.get("name").str()}
		switch {
		case t.get("correlation") != nil:
			d.kind = "correlation"
		case t.get("filter") != nil:
			d.kind = "filter"
		case t.get("detection") != nil:
			d.kind = "rule"
		default:
			return nil, fmt.Errorf("line %d: holds no detection, correlation or filter", t.line)
		}
		d.id = ruleID(t)
		out = append(out, d)
	}
	return out, nil
}

func (t *tree) without(key string) *tree {
	out := &tree{form: isMap, line: t.line}
	for _, p := range t.pairs {
		if p.key != key {
			out.pairs = append(out.pairs, p)
		}
	}
	return out
}

// merge puts over on top of base: mappings key by key, anything else as a whole.
func merge(base, over *tree) *tree {
	if base == nil || base.form != isMap || over.form != isMap {
		return over
	}
	out := &tree{form: isMap, line: over.line}
	for _, p := range base.pairs {
		if o := over.get(p.key); o != nil {
			p.value = merge(p.value, o)
		}
		out.pairs = append(out.pairs, p)
	}
	for _, p := range over.pairs {
		if base.get(p.key) == nil {
			out.pairs = append(out.pairs, p)
		}
	}
	return out
}

var notID = regexp.MustCompile(`[^a-z0-9]+`)

// ruleID gives Sigma's id, or, where there is none, one made of the name or the title.
func ruleID(t *tree) string {
	for _, key := range [...]string{"id", "name", "title"} {
		s := strings.Trim(notID.ReplaceAllString(strings.ToLower(t.get(key).str()), "-"), "-")
		if len(s) > 100 {
			s = strings.Trim(s[:100], "-")
		}
		if s != "" {
			return s
		}
	}
	return ""
}
