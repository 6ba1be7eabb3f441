package sigma

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
)

// truth judges Sigma's own text over flat records, slowly and without any of the translation: what the translated rules are held to.
type truth struct {
	detection *tree
	names     []string
}

// record is an event under Sigma's names; the name "" holds what only keywords see.
type record map[string]string

func newTruth(d *document) *truth {
	t := &truth{detection: d.tree.get("detection")}
	for _, p := range t.detection.pairs {
		if p.key != "condition" {
			t.names = append(t.names, p.key)
		}
	}
	return t
}

func (t *truth) holds(r record) bool {
	for _, c := range t.detection.get("condition").strs() {
		words := strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(c))
		if v, rest := t.or(words, r); len(rest) > 0 {
			panic("BUG: condition " + c)
		} else if v {
			return true
		}
	}
	return false
}

func (t *truth) or(w []string, r record) (bool, []string) {
	v, w := t.and(w, r)
	for len(w) > 0 && strings.EqualFold(w[0], "or") {
		var o bool
		o, w = t.and(w[1:], r)
		v = v || o
	}
	return v, w
}

func (t *truth) and(w []string, r record) (bool, []string) {
	v, w := t.one(w, r)
	for len(w) > 0 && strings.EqualFold(w[0], "and") {
		var o bool
		o, w = t.one(w[1:], r)
		v = v && o
	}
	return v, w
}

func (t *truth) one(w []string, r record) (bool, []string) {
	switch {
	case strings.EqualFold(w[0], "not"):
		v, rest := t.one(w[1:], r)
		return !v, rest
	case w[0] == "(":
		v, rest := t.or(w[1:], r)
		return v, rest[1:]
	case len(w) > 2 && strings.EqualFold(w[1], "of"):
		all := strings.EqualFold(w[0], "all")
		v := all
		for _, n := range t.of(w[2]) {
			if s := selected(t.detection.get(n), r); s != all {
				v = !all
			}
		}
		return v, w[3:]
	}
	return selected(t.detection.get(w[0]), r), w[1:]
}

// of gives the selections that `of` names.
func (t *truth) of(pattern string) []string {
	var out []string
	for _, n := range t.names {
		if ok, _ := path.Match(pattern, n); ok || pattern == "them" && n[0] != '_' {
			out = append(out, n)
		}
	}
	return out
}

func selected(s *tree, r record) bool {
	switch s.form {
	case isMap:
		for _, p := range s.pairs {
			if !asked(p.key, p.value, r) {
				return false
			}
		}
		return true
	case isList:
		for _, e := range s.list {
			if selected(e, r) {
				return true
			}
		}
		return false
	}
	return asked("", s, r)
}

func asked(key string, v *tree, r record) bool {
	words := strings.Split(key, "|")
	values := []*tree{v}
	if v.form == isList {
		values = v.list
	}
	all := has(words, "all")
	for _, e := range values {
		if holdsValue(words[0], words[1:], e, r) != all {
			return !all != has(words, "neq")
		}
	}
	return all != has(words, "neq")
}

func has(words []string, w string) bool {
	for _, x := range words {
		if x == w {
			return true
		}
	}
	return false
}

func holdsValue(field string, mods []string, v *tree, r record) bool {
	if field == "" {
		for _, got := range r {
			if compares(got, append([]string{"contains"}, mods...), v.text) {
				return true
			}
		}
		return false
	}
	got, ok := r[field]
	ok = ok && got != ""
	switch {
	case has(mods, "exists"):
		return ok == (strings.TrimSpace(v.text) == "true")
	case v.form == isNull || v.text == "" && len(mods) == 0:
		return !ok
	case !ok:
		return false
	case has(mods, "fieldref"):
		o, ok := r[v.text]
		return ok && compares(got, mods, strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`).Replace(o))
	}
	return compares(got, mods, v.text)
}

func compares(got string, mods []string, want string) bool {
	switch {
	case has(mods, "re"):
		for _, f := range [...]string{"i", "m", "s"} {
			if has(mods, f) {
				want = "(?" + f + ")" + want
			}
		}
		return regexp.MustCompile(want).MatchString(got)
	case has(mods, "cidr"):
		p, err := netip.ParsePrefix(want)
		a, err2 := netip.ParseAddr(got)
		return err == nil && err2 == nil && p.Contains(a)
	}
	for _, o := range [...]string{"lt", "lte", "gt", "gte"} {
		if has(mods, o) {
			a, err := strconv.ParseFloat(got, 64)
			b, _ := strconv.ParseFloat(want, 64)
			return err == nil && map[string]bool{"lt": a < b, "lte": a <= b, "gt": a > b, "gte": a >= b}[o]
		}
	}
	for _, w := range encodings(mods, want) {
		if globbed(got, mods, w) {
			return true
		}
	}
	return false
}

// globbed compares by wildcards.
func globbed(got string, mods []string, want string) bool {
	key := strings.Join(mods, "|") + "\x00" + want
	if re := globs[key]; re != nil {
		return re.MatchString(got)
	}
	var b strings.Builder
	b.WriteString("(?s")
	if !has(mods, "cased") {
		b.WriteString("i")
	}
	b.WriteString(")")
	if !has(mods, "contains") && !has(mods, "endswith") {
		b.WriteString("^")
	}
	for i := 0; i < len(want); i++ {
		switch c := want[i]; {
		case c == '\\' && i+1 < len(want) && strings.IndexByte(`\*?`, want[i+1]) >= 0:
			i++
			b.WriteString(regexp.QuoteMeta(want[i : i+1]))
		case c == '*':
			b.WriteString(".*")
		case c == '?':
			b.WriteString(".")
		case c < 0x80:
			b.WriteString(regexp.QuoteMeta(want[i : i+1]))
		default:
			b.WriteByte(c)
		}
	}
	if !has(mods, "contains") && !has(mods, "startswith") {
		b.WriteString("$")
	}
	if len(globs) > 10_000 {
		clear(globs)
	}
	globs[key] = regexp.MustCompile(b.String())
	return globs[key].MatchString(got)
}

var globs = map[string]*regexp.Regexp{}

// encodings gives the texts that modifiers make of a value.
func encodings(mods []string, v string) []string {
	out := []string{v}
	for _, m := range mods {
		var next []string
		for _, s := range out {
			switch m {
			case "windash":
				for _, d := range []string{"-", "/", "–", "—", "―"} {
					next = append(next, dashed.ReplaceAllString(s, "${1}"+d+"${2}"))
				}
				next = append(next, s)
			case "wide", "utf16le":
				next = append(next, string(wideBytes(s)))
			case "base64":
				next = append(next, base64.StdEncoding.EncodeToString([]byte(s)))
			case "base64offset":
				for i := range 3 {
					e := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", i) + s))
					next = append(next, e[[]int{0, 2, 3}[i]:len(e)-[]int{0, 3, 2}[(len(s)+i)%3]])
				}
			default:
				next = append(next, s)
			}
		}
		out = next
	}
	return out
}

var dashed = regexp.MustCompile(`(^|[^\w])[-/](\w)`)

func wideBytes(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

func (r record) String() string { return fmt.Sprintf("%q", map[string]string(r)) }
