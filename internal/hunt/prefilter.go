package hunt

import (
	"slices"
	"strings"
	"unicode/utf8"

	"watchpost/internal/event"
	"watchpost/internal/rule"
)

// A column of text may have a text index over its words in small letters. ClickHouse uses it by itself for =, LIKE and startsWith, but not for a search that
// ignores case, nor through the alias `message`. indexHint names a condition that serves to skip granules only: it is true of
// every row, so a part without the index is read whole, never wrongly left out. A whole word is looked up in the index alone, row by row;
// in a part without the index hasAllTokens splits the text as the index would.

// inText writes a condition on a column that holds text.
func (b *builder) inText(n rule.Leaf, more bool) string {
	f := n.On().Field
	if f == event.Message {
		// All words of a message that is a part of the record are words of the record (event.WordByte).
		return b.inColumn(n, column(f), []string{event.ColMessageText, event.EventOriginal.String()}, more)
	}
	return b.inColumn(n, column(f), []string{f.String()}, more)
}

// either writes a disjunction. Where one condition is asked of the message and of the record, as anywhere and word do, messages that are a part of
// the record are left to the latter: so neither offset nor length is read.
func (b *builder) either(nodes []rule.Node, more bool) string {
	parts := make([]string, len(nodes))
	for i, n := range nodes {
		if asked(nodes, n) {
			parts[i] = b.inColumn(n.(rule.Leaf), "`"+event.ColMessageText+"`", []string{event.ColMessageText}, more)
		} else {
			parts[i] = b.node(n, more)
		}
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// asked says that n looks for something in the message which is true of the record too where it is true of a part of it, and that another of
// nodes looks for it there.
func asked(nodes []rule.Node, n rule.Node) bool {
	l, ok := n.(rule.Leaf)
	if !ok || l.On().Field != event.Message {
		return false
	}
	return slices.ContainsFunc(nodes, func(o rule.Node) bool {
		switch o := o.(type) {
		case *rule.Text:
			t, ok := l.(*rule.Text)
			return ok && o.On().Field == event.EventOriginal && t.Op == rule.Contains && o.Op == t.Op && o.Fold == t.Fold && o.Value == t.Value && t.Bytewise()
		case *rule.Regex:
			r, ok := l.(*rule.Regex)
			return ok && o.On().Field == event.EventOriginal && r.Word != "" && o.Word == r.Word
		}
		return false
	})
}

// inColumn writes a condition on the text x, whose words are in the indexes of some columns.
func (b *builder) inColumn(n rule.Leaf, x string, indexed []string, more bool) string {
	if r, ok := n.(*rule.Regex); ok && r.Word != "" {
		return b.word(r, x, indexed)
	}
	if !more {
		return b.text(n, x)
	}
	t, ok := n.(*rule.Text)
	if !ok || n.On().Field.Info().Kind != event.Text || !utf8.ValidString(t.Value) || t.Fold && !ascii(t.Value) {
		return b.text(n, x)
	}
	if w := words(strings.ToLower(t.Value), t.Op); len(w) > 0 {
		return "(indexHint(" + b.hasAll(indexed, w) + ") AND " + b.text(n, x) + ")"
	}
	return b.text(n, x)
}

// word writes that a word, or several side by side, stands in x.
func (b *builder) word(n *rule.Regex, x string, indexed []string) string {
	all := words(lower(n.Word), rule.Whole)
	// The index folds letters of ASCII only.
	whole := slices.DeleteFunc(slices.Clone(all), func(w string) bool { return !ascii(w) })
	match := b.text(n, x)
	switch {
	case len(whole) == 0:
		return match
	case len(indexed) == 1 && whole[0] == lower(n.Word):
		return b.hasAll(indexed, whole)
	case ascii(n.Word): // much cheaper than the pattern, and seldom true
		match = "positionCaseInsensitive(" + x + ", " + b.param("String", n.Word) + ") > 0 AND " + match
	}
	return "(" + b.hasAll(indexed, whole) + " AND " + match + ")"
}

// hasAll says that one of some columns has all words.
func (b *builder) hasAll(columns, words []string) string {
	params := make([]string, len(words))
	for i, w := range words {
		params[i] = b.param("String", w)
	}
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = "hasAllTokens(`" + c + "`, [" + strings.Join(params, ", ") + "])"
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// maxWords bounds a hint: more words select no better.
const maxWords = 8

// words gives the words, as the index's tokenizer splitByNonAlpha has them, that are whole wherever s is found: one at the edge of s may
// be part of a longer one.
func words(s string, op rule.TextOp) []string {
	var out []string
	for i := 0; i < len(s) && len(out) < maxWords; {
		from := i
		for i < len(s) && event.WordByte(s[i]) {
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
