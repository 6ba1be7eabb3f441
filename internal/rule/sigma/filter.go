package sigma

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// never is the day on which an exception made of a filter expires: Sigma's filters do not.
const never = "2199-12-31"

// filters makes exceptions of the filters.
func (c *collection) filters() []output {
	var out []output
	for _, d := range c.filterings {
		text, err := c.filter(d)
		if err != nil {
			c.refuse(d, err)
			continue
		}
		out = append(out, output{"exceptions/" + strings.ReplaceAll(d.output(), "/", "_"), text})
	}
	return out
}

// filter writes one as exceptions. A filter is a condition that rules must meet besides their own; so where it is not met, they
// do not match. Rules of different log sources have different names for a field, so there is one exception for each of these.
func (c *collection) filter(d *document) (string, error) {
	f := d.tree.get("filter")
	if !f.isMap() {
		return "", errors.New("filter is no mapping")
	}
	rules, err := c.filtered(d, f.get("rules"))
	if err != nil {
		return "", err
	}
	type group struct {
		match string
		ids   []string
	}
	var groups []*group
	for _, r := range rules {
		n, err := newTranslator(c.o.Mapping, r.l, f.without("rules")).condition()
		if err != nil {
			return "", fmt.Errorf("filter: %w", err)
		}
		r.filters = append(r.filters, n)
		match, err := check(negate(n))
		if err != nil {
			return "", fmt.Errorf("the exception made of it: %w", err)
		}
		i := slices.IndexFunc(groups, func(g *group) bool { return g.match == match })
		if i < 0 {
			i, groups = len(groups), append(groups, &group{match: match})
		}
		groups[i].ids = append(groups[i].ids, r.doc.id)
	}
	w := &yamlWriter{}
	reason := oneLine(d.tree.get("title").str())
	if s := oneLine(d.tree.get("description").str()); s != "" {
		reason += ": " + s
	}
	owner := oneLine(strings.Join(d.tree.get("author").strs(), ", "))
	if owner == "" {
		owner = "Sigma filter " + d.id
	}
	for _, g := range groups {
		w.WriteString("- rule:\n")
		for _, id := range g.ids {
			fmt.Fprintf(w, "    - %s\n", scalar(id))
		}
		w.block("  match", g.match, "    ")
		fmt.Fprintf(w, "  owner: %s\n  reason: %s\n  expires: %s\n", scalar(owner), scalar(reason), never)
	}
	return sealComment(fmt.Sprintf("# Imported from the Sigma filter %s of %s.\n", d.id, clean(d.file)) + w.String()), nil
}

// filtered gives the rules that a filter applies to: those that it names, or all, of its log source.
func (c *collection) filtered(d *document, names *tree) ([]*Rule, error) {
	wanted := names.strs()
	all := len(wanted) == 0 || len(wanted) == 1 && wanted[0] == "any"
	s := d.logSource()
	var out []*Rule
	for _, r := range c.rules {
		named := slices.Contains(wanted, r.doc.tree.get("id").str()) || r.doc.name != "" && slices.Contains(wanted, r.doc.name)
		if !all && !named {
			continue
		}
		if d.tree.get("logsource") != nil && !s.covers(r.source) {
			continue
		}
		out = append(out, r)
	}
	if !all {
		for _, n := range wanted {
			if c.byName[n] == nil {
				return nil, fmt.Errorf("filter.rules: there is no rule %q, or it was refused", n)
			}
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("filter: no rule of the log source %s is among those that it applies to", s)
	}
	return out, nil
}

// covers says that o states all that s states.
func (s logSource) covers(o logSource) bool {
	return (s.product == "" || s.product == o.product) && (s.category == "" || s.category == o.category) && (s.service == "" || s.service == o.service)
}
