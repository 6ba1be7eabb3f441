package content

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"watchpost/internal/event"
	"watchpost/internal/rule"
)

// writtenMask is a mask as it stands in a file.
type writtenMask struct {
	Find     []string `yaml:"find"`
	Matching []string `yaml:"matching"`
	Fields   []string `yaml:"fields"`
	With     string   `yaml:"with"`
}

// mask hides parts of records.
type mask struct {
	finders []finder
	fields  []rule.Ref
	with    string
	key     []byte // not nil: the parts' hashes stand for them
}

// finder finds what must be hidden.
type finder struct {
	re   *regexp.Regexp                           // hidden is the first of its groups that took part, without groups all of it
	may  func([]byte) bool                        // false: re, which is slow, finds nothing in the line; nil: nobody knows
	find func(line []byte, do func(from, to int)) // in place of re
}

// finders by the names under which masks ask for them. Only what stands for itself in any text is found by a name: digits that pass a card's check,
// an IBAN's, addresses of mail, and values behind the names that secrets have.
var finders = map[string]finder{
	"card":   {find: cards},
	"email":  {re: regexp.MustCompile(`(?i)[a-z0-9._%+'-]+(?:@|%40)[a-z0-9-]+(?:\.[a-z0-9-]+)+`), may: mayEmail},
	"iban":   {find: ibans},
	"secret": {find: secretsIn},
}

const (
	masked      = "[masked]"
	maxMatching = 32
	maxPattern  = 1000 // bytes of a regular expression
)

var withText = regexp.MustCompile(`^[A-Za-z0-9*#_.\[\]-]{1,32}$`)

func newMask(w writtenMask, key []byte) (*mask, error) {
	m := &mask{with: w.With}
	switch {
	case w.With == "":
		m.with = masked
	case w.With == "hash":
		if m.key = key; len(key) == 0 {
			return nil, errors.New("with: there is no key for hashes here")
		}
	case !withText.MatchString(w.With):
		return nil, errors.New("with: want hash, or 1 to 32 letters, digits and * # _ . [ ] -")
	}
	for _, name := range w.Find {
		f, ok := finders[name]
		if !ok {
			return nil, fmt.Errorf("find: %q is none of card, email, iban, secret", name)
		}
		m.finders = append(m.finders, f)
	}
	if len(w.Matching) > maxMatching {
		return nil, fmt.Errorf("matching: %d expressions, at most %d", len(w.Matching), maxMatching)
	}
	for _, src := range w.Matching {
		if len(src) > maxPattern {
			return nil, fmt.Errorf("matching: an expression of %d bytes, at most %d", len(src), maxPattern)
		}
		re, err := regexp.Compile(src)
		if err != nil {
			return nil, fmt.Errorf("matching: %w", err)
		}
		if re.Match(nil) {
			return nil, fmt.Errorf("matching: %s matches the empty text", src)
		}
		m.finders = append(m.finders, finder{re: re})
	}
	for _, name := range w.Fields {
		ref, err := field(name)
		if err != nil {
			return nil, fmt.Errorf("fields: %w", err)
		}
		m.fields = append(m.fields, ref)
	}
	if len(m.finders)+len(m.fields) == 0 {
		return nil, errors.New("find, matching, fields: none of them says what to hide")
	}
	return m, nil
}

// field reads the name of a field, or labels["…"].
func field(name string) (rule.Ref, error) {
	if s, ok := strings.CutPrefix(name, `labels["`); ok {
		if label, ok := strings.CutSuffix(s, `"]`); ok && label != "" {
			return rule.Ref{Field: event.Labels, Label: label}, nil
		}
	}
	f, ok := event.Lookup(name)
	if kind := f.Info().Kind; !ok || kind != event.Dict && kind != event.Text {
		return rule.Ref{}, fmt.Errorf("%q is no field that holds one text", name)
	}
	return rule.Ref{Field: f}, nil
}

func value(e event.Event, r rule.Ref) string {
	if r.Label != "" {
		return e.Label(r.Label)
	}
	return e.Str(r.Field)
}

// touches says whether m finds anything to hide in e.
func (m *mask) touches(e event.Event) bool {
	for _, f := range m.fields {
		if v := value(e, f); v != "" && !m.is(v) {
			return true
		}
	}
	line := []byte(e.Str(event.EventOriginal))
	return slices.ContainsFunc(m.finders, func(f finder) bool { return f.finds(line, m) })
}

// is says whether v is what m puts in the place of things.
func (m *mask) is(v string) bool {
	if m.key != nil {
		return strings.HasPrefix(v, hashMark)
	}
	return v == m.with
}

func (f finder) finds(line []byte, m *mask) bool {
	found := false
	f.each(line, func(from, to int) { found = found || !m.is(string(line[from:to])) })
	return found
}

// each calls do for each place of line that must be hidden.
func (f finder) each(line []byte, do func(from, to int)) {
	switch {
	case f.find != nil:
		f.find(line, do)
		return
	case f.may != nil && !f.may(line):
		return
	}
	for _, at := range f.re.FindAllSubmatchIndex(line, -1) {
		for len(at) > 2 {
			if at = at[2:]; at[0] >= 0 {
				break
			}
		}
		if from, to := at[0], at[1]; from >= 0 && from < to {
			do(from, to)
		}
	}
}

// Mask gives the record of e, which v is about, with what must be hidden replaced. Whether the values of fields are gone shows only
// when it is read again: see Shows.
func (v *Verdict) Mask(e event.Event) []byte {
	line := []byte(e.Str(event.EventOriginal))
	for _, m := range v.masks {
		for _, f := range m.fields {
			if v := value(e, f); v != "" && !m.is(v) {
				line = m.hideValue(line, v)
			}
		}
		for _, f := range m.finders {
			line = m.hide(line, f)
		}
	}
	return line
}

// Withheld stands for a record that Shows says must not be kept.
const Withheld = "record withheld: a field that a content rule masks could not be masked in it"

// Shows says whether the record as it was read again still shows the value of a field that had to be hidden: it stood in it in a form that Mask
// does not know. Such a record must not be kept.
func (v *Verdict) Shows(before, after event.Event) bool {
	for _, m := range v.masks {
		for _, f := range m.fields {
			if was := value(before, f); was != "" && !m.is(was) && value(after, f) == was {
				return true
			}
		}
	}
	return false
}

func (m *mask) hide(line []byte, f finder) []byte {
	var out []byte
	last := 0
	f.each(line, func(from, to int) {
		if from < last || m.is(string(line[from:to])) {
			return
		}
		out = append(append(out, line[last:from]...), m.instead(line[from:to])...)
		last = to
	})
	if last == 0 {
		return line
	}
	return append(out, line[last:]...)
}

// hideValue replaces v wherever it stands as a word of its own, plain or as JSON writes it.
func (m *mask) hideValue(line []byte, v string) []byte {
	forms := [][]byte{[]byte(v)}
	if quoted, err := json.Marshal(v); err == nil {
		plain := bytes.NewBuffer(nil)
		enc := json.NewEncoder(plain)
		enc.SetEscapeHTML(false)
		if enc.Encode(v) == nil {
			forms = append(forms, bytes.Trim(plain.Bytes(), "\"\n"))
		}
		forms = append(forms, bytes.Trim(quoted, `"`), bytes.ReplaceAll(bytes.Trim(quoted, `"`), []byte("/"), []byte(`\/`)))
	}
	instead := m.instead([]byte(v))
	for _, f := range forms {
		var out []byte
		rest := line
		for {
			i := bytes.Index(rest, f)
			if i < 0 || len(f) == 0 {
				break
			}
			end := i + len(f)
			if i > 0 && word(rest[i-1]) && word(f[0]) || end < len(rest) && word(rest[end]) && word(f[len(f)-1]) {
				out = append(out, rest[:i+1]...)
				rest = rest[i+1:]
				continue
			}
			out = append(append(out, rest[:i]...), instead...)
			rest = rest[end:]
		}
		line = append(out, rest...)
	}
	return line
}

func word(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

const hashMark = "hmac-"

// instead gives what stands in the place of v: of equal values the same hash, so that hunts can still join them.
func (m *mask) instead(v []byte) []byte {
	if m.key == nil {
		return []byte(m.with)
	}
	h := hmac.New(sha256.New, m.key)
	h.Write(v)
	return append([]byte(hashMark), hex.EncodeToString(h.Sum(nil)[:12])...)
}
