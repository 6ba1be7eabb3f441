package match

import (
	"cmp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"watchpost/internal/rule"
)

const maxAlternatives, maxRequired = 64, 8

// required gives sets of texts, in small letters: of each set every value that pattern (RE2) matches holds at least one text. The rarest set
// comes first; there may be none. Only ASCII counts: patterns see bytes that are not UTF-8 as U+FFFD.
func required(pattern string) [][]string {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	sets := requiredOf(re.Simplify())
	slices.SortStableFunc(sets, func(a, b []string) int { return cmp.Compare(shareOf(a), shareOf(b)) })
	sets = slices.CompactFunc(sets, slices.Equal)
	return sets[:min(len(sets), maxRequired)]
}

func requiredOf(re *syntax.Regexp) [][]string {
	switch re.Op {
	case syntax.OpLiteral:
		return one(longestRun(re))
	case syntax.OpCapture, syntax.OpPlus:
		return requiredOf(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return requiredOf(re.Sub[0])
		}
	case syntax.OpConcat:
		var all [][]string
		for _, s := range re.Sub {
			all = append(all, requiredOf(s)...)
		}
		return all
	case syntax.OpAlternate:
		var all []string
		for _, s := range re.Sub {
			sets := requiredOf(s)
			if len(sets) == 0 {
				return nil
			}
			rarest := slices.MinFunc(sets, func(a, b []string) int { return cmp.Compare(shareOf(a), shareOf(b)) })
			if all = append(all, rarest...); len(all) > maxAlternatives {
				return nil
			}
		}
		return [][]string{all}
	}
	return nil
}

func shareOf(texts []string) float64 {
	p := 0.0
	for _, s := range texts {
		p += often(s, anywhere)
	}
	return p
}

// longestRun gives the longest part of a literal that stands in a value byte by byte but for the case of ASCII. RE2 without case
// takes U+212A for k and U+017F for s, so these letters end a part.
func longestRun(re *syntax.Regexp) string {
	best, run := "", []byte(nil)
	for _, r := range re.Rune {
		c := smallByte(byte(r))
		if r >= utf8.RuneSelf || re.Flags&syntax.FoldCase != 0 && (c == 'k' || c == 's') {
			run = run[:0]
			continue
		}
		if run = append(run, c); len(run) > len(best) {
			best = string(run)
		}
	}
	return best
}

func one(s string) [][]string {
	if s == "" {
		return nil
	}
	return [][]string{{s}}
}

// asciiRun gives the longest part of s that is ASCII, in small letters.
func asciiRun(s string) string {
	best := ""
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) {
		if len(part) > len(best) {
			best = part
		}
	}
	return string(smallLetters(nil, best))
}

// beyondASCII says that a value in which s is found, whatever the case, has a byte beyond ASCII.
func beyondASCII(s string) bool {
	for _, r := range s {
		if r < utf8.RuneSelf {
			continue
		}
		wide := true
		for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
			wide = wide && o >= utf8.RuneSelf
		}
		if wide {
			return true
		}
	}
	return false
}

// requiredIn gives the sets of texts that l requires, if it is a pattern.
func requiredIn(l rule.Leaf) [][]string {
	switch l := l.(type) {
	case *rule.Wildcard:
		return one(ofWildcard(l.Source))
	case *rule.Regex:
		return required(l.Pattern)
	}
	return nil
}

// ofWildcard gives such a text for a pattern of rule.Wildcard.
func ofWildcard(source string) string {
	best, run := "", strings.Builder{}
	end := func() {
		if s := asciiRun(run.String()); len(s) > len(best) {
			best = s
		}
		run.Reset()
	}
	runes := []rune(source)
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case r == '*' || r == '?':
			end()
		case r == '\\' && i+1 < len(runes) && strings.ContainsRune(`*?\`, runes[i+1]):
			i++
			run.WriteRune(runes[i])
		default:
			run.WriteRune(r)
		}
	}
	end()
	return best
}
