package hunt

import (
	"strings"
	"unicode/utf8"

	"watchpost/internal/event"
	"watchpost/internal/rule"
)

// A column of text may have a text index over its words in small letters. ClickHouse uses it by itself for =, LIKE and startsWith, but not for a search that
// ignores case, nor through the alias `message`. indexHint names a condition that serves to skip granules only: it is true of
// every row, so a part without the index is read whole, never wrongly left out.

// prefilter gives a hint for a search within a column of text, with AND behind it, or nothing.
func (b *builder) prefilter(n rule.Leaf) string {
	t, ok := n.(*rule.Text)
	if !ok || n.On().Field.Info().Kind != event.Text || !utf8.ValidString(t.Value) || t.Fold && !ascii(t.Value) {
		return ""
	}
	words := words(strings.ToLower(t.Value), t.Op)
	if len(words) == 0 {
		return ""
	}
	for i, w := range words {
		words[i] = b.param("String", w)
	}
	has := func(col string) string { return "hasAllTokens(`" + col + "`, [" + strings.Join(words, ", ") + "])" }
	if f := n.On().Field; f != event.Message {
		return "indexHint(" + has(f.String()) + ") AND "
	}
	return "indexHint(" + has(event.ColMessageText) + " OR " + has(event.EventOriginal.String()) + ") AND "
}

// maxWords bounds a hint: more words select no better.
const maxWords = 8

// words gives the words, as the index's tokenizer splitByNonAlpha has them, that are whole wherever s is found: one at the edge of s may
// be part of a longer one.
func words(s string, op rule.TextOp) []string {
	var out []string
	for i := 0; i < len(s) && len(out) < maxWords; {
		from := i
		for i < len(s) && wordByte(s[i]) {
			i++
		}
		left := from > 0 || op == rule.StartsWith || op == rule.Whole
		right := i < len(s) || op == rule.EndsWith || op == rule.Whole
		if i > from && left && right {
			out = append(out, s[from:i])
		}
		i++
	}
	return out
}

func wordByte(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}
