package sigma

import (
	"math/rand/v2"
	"net/netip"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
)

// maker makes records that a rule should match, from the rule's own text.
type maker struct {
	*truth
	rand *rand.Rand
	want map[string]*wish
	all  []string // fields that the rule asks for
	word []string // keywords
}

// wish collects what one field should hold.
type wish struct {
	whole, start, end, number string
	parts                     []string
}

// make gives a record that the rule matches, nil if it finds none.
func (m *maker) make() record {
	for try := range 60 {
		m.want, m.word = map[string]*wish{}, nil
		for _, c := range m.detection.get("condition").strs()[:1] {
			m.wishOr(strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(c)), true)
		}
		r := record{}
		for f, w := range m.want {
			if r[f] = w.text(); try > 20 && w.whole == "" && w.start == "" {
				r[f] = "zz" + r[f]
			}
		}
		if len(m.word) > 0 {
			r[""] = strings.Join(m.word, " ")
		}
		if try > 5 {
			for _, f := range m.all {
				if _, ok := r[f]; !ok && m.rand.IntN(2) == 0 {
					r[f] = "zz" + strconv.Itoa(m.rand.IntN(10))
				}
			}
		}
		if m.holds(r) {
			return r
		}
	}
	return nil
}

// wishOr, wishAnd, wishOne walk the condition and wish for what makes it true; what stands behind not is left alone.
func (m *maker) wishOr(w []string, want bool) []string {
	branches := [][]string{w}
	rest := m.skipAnd(w)
	for len(rest) > 0 && strings.EqualFold(rest[0], "or") {
		branches = append(branches, rest[1:])
		rest = m.skipAnd(rest[1:])
	}
	if want {
		m.wishAnd(branches[m.rand.IntN(len(branches))], true)
	}
	return rest
}

func (m *maker) skipAnd(w []string) []string { return m.wishAnd(w, false) }

func (m *maker) wishAnd(w []string, want bool) []string {
	w = m.wishOne(w, want)
	for len(w) > 0 && strings.EqualFold(w[0], "and") {
		w = m.wishOne(w[1:], want)
	}
	return w
}

func (m *maker) wishOne(w []string, want bool) []string {
	switch {
	case strings.EqualFold(w[0], "not"):
		return m.wishOne(w[1:], false)
	case w[0] == "(":
		return m.wishOr(w[1:], want)[1:]
	case len(w) > 2 && strings.EqualFold(w[1], "of"):
		names := m.of(w[2])
		if !strings.EqualFold(w[0], "all") {
			names = names[m.rand.IntN(len(names)):][:1]
		}
		for _, n := range names {
			if want {
				m.selection(m.detection.get(n))
			}
		}
		return w[3:]
	}
	if want {
		m.selection(m.detection.get(w[0]))
	}
	return w[1:]
}

func (m *maker) selection(s *tree) {
	switch s.form {
	case isMap:
		for _, p := range s.pairs {
			m.item(p.key, p.value)
		}
	case isList:
		m.selection(s.list[m.rand.IntN(len(s.list))])
	default:
		m.item("", s)
	}
}

func (m *maker) item(key string, v *tree) {
	words := strings.Split(key, "|")
	values := []*tree{v}
	if v.form == isList {
		values = v.list
	}
	if !has(words, "all") {
		values = values[m.rand.IntN(len(values)):][:1]
	}
	for _, e := range values {
		m.value(words[0], words[1:], e)
	}
}

func (m *maker) value(field string, mods []string, v *tree) {
	if v.form == isNull || has(mods, "exists") && v.text == "false" || v.text == "" {
		return
	}
	s := ""
	switch {
	case has(mods, "re"):
		re, err := syntax.Parse(v.text, syntax.Perl)
		if err != nil {
			return
		}
		var b strings.Builder
		m.regex(&b, re.Simplify())
		s = b.String()
	case has(mods, "cidr"):
		p, err := netip.ParsePrefix(v.text)
		if err != nil {
			return
		}
		s = p.Masked().Addr().String()
	default:
		all := encodings(mods, plainText(v.text))
		s = all[m.rand.IntN(len(all))]
	}
	if field == "" {
		m.word = append(m.word, s)
		return
	}
	w := m.want[field]
	if w == nil {
		w = &wish{}
		m.want[field] = w
	}
	switch {
	case has(mods, "fieldref"):
		w.whole = "same"
		m.want[v.text] = &wish{whole: "same"}
	case has(mods, "exists"):
		w.parts = append(w.parts, "x")
	case has(mods, "lt"), has(mods, "gt"), has(mods, "lte"), has(mods, "gte"):
		n, _ := strconv.Atoi(v.text)
		w.number = strconv.Itoa(n + map[bool]int{true: 1, false: -1}[has(mods, "gt") || has(mods, "gte")])
	case has(mods, "contains"), has(mods, "re") && !strings.HasPrefix(v.text, "^"):
		w.parts = append(w.parts, s)
	case has(mods, "startswith"):
		w.start = s
	case has(mods, "endswith"):
		w.end = s
	default:
		w.whole = s
	}
}

func (w *wish) text() string {
	switch {
	case w.whole != "":
		return w.whole
	case w.number != "":
		return w.number
	case w.start == "" && w.end != "" && w.parts == nil:
		return "C:\\zz" + w.end
	}
	s := w.start
	for _, p := range w.parts {
		if s != "" && !strings.Contains(s, p) {
			s += " "
		}
		if !strings.Contains(s, p) {
			s += p
		}
	}
	if w.end == "" || strings.HasSuffix(s, w.end) {
		return s
	}
	return s + w.end
}

// plainText resolves escapes and puts something in for wildcards.
func plainText(s string) string {
	var b strings.Builder
	for _, r := range readPattern(s) {
		switch r {
		case anyRun:
			b.WriteString("yy")
		case anyChar:
			b.WriteByte('q')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// regex writes a text that re matches.
func (m *maker) regex(b *strings.Builder, re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		r := re.Rune[0]
		for i := 0; i+1 < len(re.Rune); i += 2 { // what can be read, if the class has it
			for _, c := range "k7.-_/ " {
				if c >= re.Rune[i] && c <= re.Rune[i+1] {
					r = c
				}
			}
		}
		b.WriteRune(r)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('k')
	case syntax.OpCapture, syntax.OpPlus:
		m.regex(b, re.Sub[0])
	case syntax.OpRepeat:
		for range max(re.Min, 1) {
			m.regex(b, re.Sub[0])
		}
	case syntax.OpConcat:
		for _, s := range re.Sub {
			m.regex(b, s)
		}
	case syntax.OpAlternate:
		m.regex(b, re.Sub[m.rand.IntN(len(re.Sub))])
	}
}

// near gives records that differ from r in one field, those that keywords see among them.
func (m *maker) near(r record) []record {
	var out []record
	fields := make([]string, 0, len(r))
	for f := range r {
		fields = append(fields, f)
	}
	slices.Sort(fields)
	for _, f := range fields {
		v := r[f]
		cut := len(v) / 2
		for cut > 0 && cut < len(v) && v[cut]&0xC0 == 0x80 {
			cut--
		}
		for _, with := range []string{"", "other", v[:cut] + "~" + v[cut:], strings.ToUpper(v), v + "q"} {
			o := record{}
			for k, x := range r {
				o[k] = x
			}
			if o[f] = with; with == "" {
				delete(o, f)
			}
			out = append(out, o)
		}
	}
	return out
}
