package sigma

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// modifiers are what stands behind a field's name, in the order in which it stands.
type modifiers struct {
	op      op     // of contains, startswith, endswith
	special string // re, cidr, exists, fieldref, lt, lte, gt, gte: how the value is compared if not as text
	part    string // minute, hour, day, week, month, year: of a time
	steps   []string
	flags   string // of re
	all     bool
	cased   bool
	neq     bool
}

func readModifiers(words []string) (m modifiers, err error) {
	special := func(w string) error {
		if m.special != "" {
			return fmt.Errorf("modifiers %s and %s exclude each other", m.special, w)
		}
		m.special = w
		return nil
	}
	ops := map[string]op{"contains": contains, "startswith": startsWith, "endswith": endsWith}
	for _, w := range words {
		switch w {
		case "contains", "startswith", "endswith":
			if m.op != whole && m.op != ops[w] {
				return m, fmt.Errorf("modifier %s: another stands before it", w)
			}
			m.op = ops[w]
		case "all":
			m.all = true
		case "cased":
			m.cased = true
		case "neq":
			m.neq = true
		case "i", "ignorecase":
			m.flags += "i"
		case "m", "multiline":
			m.flags += "m"
		case "s", "dotall":
			m.flags += "s"
		case "wide", "utf16le", "utf16be", "utf16", "base64", "base64offset", "windash", "expand":
			m.steps = append(m.steps, w)
		case "re", "cidr", "exists", "fieldref", "lt", "lte", "gt", "gte":
			err = special(w)
		case "minute", "hour", "day", "week", "month", "year":
			m.part = w
		default:
			return m, fmt.Errorf("modifier %q is unknown", w)
		}
		if err != nil {
			return m, err
		}
	}
	switch {
	case m.flags != "" && m.special != "re":
		return m, fmt.Errorf("modifiers i, m and s belong to re")
	case m.special != "" && m.special != "fieldref" && m.op != whole && !(m.special == "re" && m.op == contains):
		return m, fmt.Errorf("modifiers contains, startswith and endswith do not go with %s", m.special)
	case m.special != "" && m.special != "re" && m.special != "cidr" && slices.ContainsFunc(m.steps, func(s string) bool { return s != "expand" }),
		(m.special == "re" || m.special == "cidr") && slices.ContainsFunc(m.steps, func(s string) bool { return s != "expand" }):
		return m, fmt.Errorf("modifier %s does not go with %s", m.steps[0], m.special)
	}
	return m, nil
}

// value is one value of a selection: a pattern, or, where modifiers encode it, a constant of our language as it is written.
type value struct {
	pattern pattern
	written string // for example base64offset(wide("x")); "" if the pattern says it all
}

// encode applies the modifiers that change a value. It may become several, any of which is meant.
func (m modifiers) encode(p pattern) ([]value, error) {
	if len(m.steps) == 0 || len(m.steps) == 1 && m.steps[0] == "expand" {
		return []value{{pattern: p}}, nil
	}
	if slices.Contains(m.steps, "windash") {
		p = shortDashes(p)
	}
	if !p.plain() {
		if len(m.steps) == 1 && m.steps[0] == "windash" {
			var out []value
			for _, d := range dashes(p) {
				out = append(out, value{pattern: d})
			}
			return out, nil
		}
		return nil, fmt.Errorf("modifier %s: a value with wildcards cannot be encoded", m.steps[0])
	}
	written := quote(p.String())
	for _, step := range m.steps {
		switch step {
		case "expand":
			continue
		case "utf16le":
			step = "wide"
		}
		written = step + "(" + written + ")"
	}
	return []value{{p, written}}, nil
}

// dashForms are what Windows programs take for a dash before an option.
var dashForms = []rune{'-', '/', '–', '—', '―'}

// shortDashes writes each of the long dashes as the short one, which stands for all of them.
func shortDashes(p pattern) pattern {
	p = slices.Clone(p)
	for i, r := range p {
		if r >= 0x80 && slices.Contains(dashForms, r) {
			p[i] = '-'
		}
	}
	return p
}

// dashes gives v with each dash before a word in each of its forms, v itself first.
func dashes(v pattern) []pattern {
	at := []int(nil)
	word := func(i int) bool {
		if i < 0 || i >= len(v) {
			return false
		}
		r := v[i]
		return r == '_' || r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z' || r >= 0x80 && v[i] != '–' && v[i] != '—' && v[i] != '―'
	}
	for i, r := range v {
		if (r == '-' || r == '/') && !word(i-1) && word(i+1) {
			at = append(at, i)
		}
	}
	out := []pattern{v}
	if len(at) > 3 {
		at = at[:3] // 125 forms are enough
	}
	for _, i := range at {
		var next []pattern
		for _, p := range out {
			next = append(next, p)
			for _, d := range dashForms {
				if d != p[i] {
					q := slices.Clone(p)
					q[i] = d
					next = append(next, q)
				}
			}
		}
		out = next
	}
	return out
}

// regex checks an expression of Sigma's for the engine that we have, RE2.
func (m modifiers) regex(s string) (string, error) {
	if m.flags != "" {
		s = "(?" + m.flags + ")" + s
	}
	if _, err := regexp.Compile(s); err != nil {
		what := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		return "", fmt.Errorf("modifier re: the engine is RE2, without look-around and back-references: %s", what)
	}
	return s, nil
}
