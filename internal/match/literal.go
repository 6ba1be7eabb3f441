package match

import (
	"bytes"
	"cmp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"watchpost/internal/rule"
)

const maxAlternatives, maxRequired = 64, 8

// need is what a value must hold, in small letters, for a pattern to match it: text; or what all say; or, else, what one of any says.
type need struct {
	text     []byte
	all, any []*need
}

// in says whether low, a value in small letters, holds what n needs; nil needs nothing.
func (n *need) in(low []byte) bool {
	switch {
	case n == nil:
		return true
	case n.text != nil:
		return bytes.Contains(low, n.text)
	case n.all != nil:
		for _, k := range n.all {
			if !k.in(low) {
				return false
			}
		}
		return true
	}
	for _, k := range n.any {
		if k.in(low) {
			return true
		}
	}
	return false
}

// sets gives sets of texts: of each set every value that holds what n needs holds at least one. It is less than n says.
func (n *need) sets() (sets [][]string) {
	switch {
	case n == nil:
	case n.text != nil:
		return [][]string{{string(n.text)}}
	case n.all != nil:
		for _, k := range n.all {
			sets = append(sets, k.sets()...)
		}
	default:
		var all []string
		for _, k := range n.any {
			rarest := slices.MinFunc(k.sets(), func(a, b []string) int { return cmp.Compare(shareOf(a), shareOf(b)) })
			if all = append(all, rarest...); len(all) > maxAlternatives {
				return nil
			}
		}
		return [][]string{all}
	}
	return sets
}

// share guesses in which share of values the rarest is of what n needs.
func (n *need) share() float64 {
	least := 1.0
	for _, s := range n.sets() {
		least = min(least, shareOf(s))
	}
	return least
}

// needOf gives what a pattern (RE2) needs, or nil. Only ASCII counts: patterns see bytes that are not UTF-8 as U+FFFD.
func needOf(re *syntax.Regexp) *need {
	switch re.Op {
	case syntax.OpLiteral:
		return needText(longestRun(re))
	case syntax.OpCapture, syntax.OpPlus:
		return needOf(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needOf(re.Sub[0])
		}
	case syntax.OpConcat:
		all := &need{}
		for _, s := range re.Sub {
			if n := needOf(s); n != nil {
				all.all = append(all.all, n)
			}
		}
		if len(all.all) > 0 {
			slices.SortStableFunc(all.all, func(a, b *need) int { return cmp.Compare(a.share(), b.share()) }) // the first that is missing ends the search
			return all
		}
	case syntax.OpAlternate:
		any := &need{}
		for _, s := range re.Sub {
			n := needOf(s)
			if n.sets() == nil || len(any.any) == maxAlternatives {
				return nil
			}
			any.any = append(any.any, n)
		}
		return any
	}
	return nil
}

func needText(s string) *need {
	if s == "" {
		return nil
	}
	return &need{text: []byte(s)}
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

// needIn gives what l needs, if it is a pattern.
func needIn(l rule.Leaf) *need {
	switch l := l.(type) {
	case *rule.Wildcard:
		return needText(ofWildcard(l.Source))
	case *rule.Regex:
		if re, err := syntax.Parse(l.Pattern, syntax.Perl); err == nil {
			return needOf(re.Simplify())
		}
	}
	return nil
}

// requiredIn gives the sets of texts that l requires, if it is a pattern. The rarest comes first; there may be none.
func requiredIn(l rule.Leaf) [][]string {
	sets := needIn(l).sets()
	slices.SortStableFunc(sets, func(a, b []string) int { return cmp.Compare(shareOf(a), shareOf(b)) })
	sets = slices.CompactFunc(sets, slices.Equal)
	return sets[:min(len(sets), maxRequired)]
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
