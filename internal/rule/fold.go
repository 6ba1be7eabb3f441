package rule

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"watchpost/internal/event"
)

// folded looks for a text whatever the case. Letters of ASCII fold among themselves; any other letter of the text that is looked for folds by
// Unicode's simple folding. So stream and store agree without agreeing on a version of Unicode.
type folded struct {
	lower string         // the text, its letters of ASCII in small, if bytewise
	re    *regexp.Regexp // else
}

func newFolded(s string, op TextOp) folded {
	if bytewise(s) {
		return folded{lower: lower(s)}
	}
	return folded{re: regexp.MustCompile(FoldPattern(s, op))}
}

// bytewise says that to look for s whatever the case is to compare bytes, of which letters of ASCII fold: nothing beyond ASCII in s has another case,
// or s is not UTF-8. It holds for texts that are not UTF-8 too, for no character begins within another.
func bytewise(s string) bool {
	if !utf8.ValidString(s) {
		return true
	}
	for _, r := range s {
		if r >= utf8.RuneSelf && (r == utf8.RuneError || unicode.SimpleFold(r) != r) {
			return false
		}
	}
	return true
}

// Bytewise says that n compares bytes, of which no more than the letters of ASCII fold, if any do. Else it folds as FoldPattern says.
func (n *Text) Bytewise() bool { return !n.Fold || n.fold.re == nil }

func (f folded) test(v string, op TextOp) bool {
	if f.re != nil {
		return f.re.MatchString(valid(v))
	}
	n := len(f.lower)
	if len(v) < n {
		return false
	}
	switch op {
	case Whole:
		return len(v) == n && equalFold(v, f.lower)
	case StartsWith:
		return equalFold(v[:n], f.lower)
	case EndsWith:
		return equalFold(v[len(v)-n:], f.lower)
	}
	return containsFold(v, f.lower)
}

// containsFold looks for low, lower-case, in v.
func containsFold(v, low string) bool {
	n := len(low)
	if n == 0 {
		return true
	}
	first, other := low[0], upperByte(low[0])
	for i := 0; i+n <= len(v); i++ {
		if c := v[i]; (c == first || c == other) && equalFold(v[i:i+n], low) {
			return true
		}
	}
	return false
}

// equalFold compares v with low, lower-case, of the same length.
func equalFold(v, low string) bool {
	for i := range len(low) {
		c := v[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != low[i] {
			return false
		}
	}
	return true
}

// FoldPattern gives the regular expression that finds s in the way of op, whatever the case.
func FoldPattern(s string, op TextOp) string {
	var b strings.Builder
	if op == Whole || op == StartsWith {
		b.WriteString(`\A`)
	}
	for _, r := range s {
		foldRune(&b, r)
	}
	if op == Whole || op == EndsWith {
		b.WriteString(`\z`)
	}
	return b.String()
}

// wordPattern gives the regular expression that finds s whatever the case, but not as a part of a longer word (event.WordByte). Where s begins or ends
// with what belongs to no word, anything may stand before or behind it.
func wordPattern(s string) string {
	const other = `[^0-9A-Za-z\x{80}-\x{10ffff}]`
	p := FoldPattern(s, Contains)
	if s != "" && event.WordByte(s[0]) {
		p = `(?:\A|` + other + `)` + p
	}
	if s != "" && event.WordByte(s[len(s)-1]) {
		p += `(?:` + other + `|\z)`
	}
	return p
}

// foldRune writes r with its other cases as a class.
func foldRune(b *strings.Builder, r rune) {
	others := ""
	if r < utf8.RuneSelf {
		if c := upperByte(byte(r)); rune(c) != r {
			others = string(rune(c))
		} else if l := lower(string(r)); l != string(r) {
			others = l
		}
	} else {
		for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
			others += string(o)
		}
	}
	if others == "" {
		b.WriteString(regexp.QuoteMeta(string(r)))
		return
	}
	b.WriteString("[" + string(r) + others + "]")
}

// lower folds the ASCII letters of s.
func lower(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'A' <= b[i] && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

func upperByte(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c - ('a' - 'A')
	}
	return c
}

// wildcardPattern gives the regular expression that says the same of a whole text, and, where the pattern is but a text
// with * before, behind or on both sides, the plain way to look for that text.
func wildcardPattern(s string, fold bool) (re string, op TextOp, plain string) {
	var b, lit strings.Builder
	b.WriteString(`(?s)\A`)
	stars, inner, first, last := 0, false, false, false
	runes := []rune(s)
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case r == '*':
			b.WriteString(`.*`)
			stars++
			first, last = first || i == 0, i == len(runes)-1
			inner = inner || i > 0 && i < len(runes)-1
		case r == '?':
			b.WriteByte('.')
			inner = true
		default:
			if r == '\\' && i+1 < len(runes) && strings.ContainsRune(`*?\`, runes[i+1]) {
				i++
				r = runes[i]
			}
			lit.WriteRune(r)
			if fold {
				foldRune(&b, r)
			} else {
				b.WriteString(regexp.QuoteMeta(string(r)))
			}
		}
	}
	b.WriteString(`\z`)
	plain = lit.String()
	switch {
	case inner || strings.ContainsRune(plain, utf8.RuneError):
		plain = ""
	case first && (last || plain == ""):
		op = Contains
	case first:
		op = EndsWith
	case last:
		op = StartsWith
	default:
		op = Whole
	}
	return b.String(), op, plain
}
