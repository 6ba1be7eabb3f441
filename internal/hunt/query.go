package hunt

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"watchpost/internal/event"
	"watchpost/internal/rule"
)

// MaxQuery bounds the text of a query, pipe included, in bytes.
const MaxQuery = 48 << 10

// Text is the text of a query, read: a predicate and perhaps a pipe. A predicate that is valid expr is expr; all else is read as what fingers know
// of other search bars, and becomes expr, which alone says what it means.
type Text struct {
	Source    string          // as it was written
	Expr      string          // the predicate in expr; "true" finds all
	Bar       bool            // it was not written in expr
	Predicate *rule.Predicate // of Expr
	Pipe      *Pipe           // nil: the query asks for events
}

// Compiler reads a predicate: rule.Compile, or a rule.Set's own, which knows lists by their names. Its error is a *rule.Error.
type Compiler func(src string) (*rule.Predicate, error)

// Parse reads a query without lists. The error is a *rule.Error whose place is in text.
func Parse(text string) (*Text, error) { return ParseWith(rule.Compile, text) }

// ParseWith is Parse with a compiler of one's own.
func ParseWith(compile Compiler, text string) (*Text, error) {
	switch {
	case len(text) > MaxQuery:
		return nil, faultAt(text, 0, "%d bytes are too many, the most is %d", len(text), MaxQuery)
	case !utf8.ValidString(text):
		return nil, faultAt(text, 0, "not valid UTF-8")
	}
	head, pipe, err := cut(text)
	if err != nil {
		return nil, err
	}
	t := &Text{Source: text}
	if err := t.predicate(compile, head); err != nil {
		return nil, err
	}
	if pipe >= 0 {
		if t.Pipe, err = parsePipe(text, pipe); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *Text) predicate(compile Compiler, src string) error {
	if strings.TrimSpace(src) == "" {
		src = "true"
	}
	p, inExpr := compile(src)
	if inExpr == nil {
		t.Expr, t.Predicate = src, p
		return nil
	}
	b := &bar{src: src}
	inBar := b.read()
	if inBar == nil {
		t.Expr, t.Bar = b.out.String(), true
		if t.Predicate, inBar = compile(t.Expr); inBar != nil {
			inBar = b.place(inBar)
		}
	}
	if inBar != nil && !b.named && exprSigns.MatchString(unquoted(src)) && !strings.Contains(inExpr.Error(), "unexpected token") {
		return inExpr // the reason of what reads on is the better one
	}
	return inBar
}

// exprSigns are in what was probably meant as expr.
var exprSigns = regexp.MustCompile(`[=!<>]=|[<>]|&&|\|\||\w\(|\b(?:contains|startsWith|endsWith|matches|in)\b`)

// faultAt says what is wrong at a place of src, in bytes.
func faultAt(src string, offset int, format string, args ...any) *rule.Error {
	offset = min(max(offset, 0), len(src))
	before := strings.ToValidUTF8(src[:offset], "?")
	line := strings.LastIndexByte(before, '\n')
	return &rule.Error{Offset: offset, Line: strings.Count(before, "\n") + 1, Column: utf8.RuneCountInString(before[line+1:]) + 1, What: fmt.Sprintf(format, args...)}
}

// cut finds the first | of a pipe, -1 if there is none: the one outside of quotes and regular expressions that is not half of ||.
func cut(text string) (head string, pipe int, err error) {
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case opens(text, i) && c == '/':
			i += regexEnd(text[i:])
		case opens(text, i):
			n := quoteEnd(text[i:])
			if n < 0 {
				return "", 0, faultAt(text, i, "the quote is not closed")
			}
			i += n
		case c == '\\':
			i += 2
		case c == '|' && strings.HasPrefix(text[i+1:], "|"):
			i += 2
		case c == '|':
			return text[:i], i, nil
		default:
			i++
		}
	}
	return text, -1, nil
}

// opens says whether a quote or a regular expression begins at i: not within a word, as in it's or in /a/b.
func opens(text string, i int) bool {
	before := byte(' ')
	if i > 0 {
		before = text[i-1]
	}
	switch text[i] {
	case '"', '`':
		return true
	case '\'':
		return before != '\\' && !event.WordByte(before) && before != '_'
	case '/':
		return (blank(before) || before == ':' || before == '(') && regexEnd(text[i:]) > 0
	}
	return false
}

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// quoteEnd gives how long the quoted text is that begins s, -1 if it does not end. Within ` there are no escapes.
func quoteEnd(s string) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == s[0]:
			return i + 1
		case s[i] == '\\' && s[0] != '`':
			i++
		}
	}
	return -1
}

// regexEnd gives how long the regular expression /…/ is that begins s, 0 if it is none: its second slash ends a word, so that a path is no regular expression.
func regexEnd(s string) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == '\n':
			return 0
		case s[i] == '/':
			if i > 1 && (i+1 == len(s) || blank(s[i+1]) || s[i+1] == ')') && !blank(s[1]) {
				return i + 1
			}
			return 0
		}
	}
	return 0
}

// unquoted gives s without what stands in quotes.
func unquoted(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		n := 0
		if opens(s, i) && s[i] != '/' {
			n = quoteEnd(s[i:])
		}
		if n > 0 {
			b.WriteString(`""`)
			i += n
			continue
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}
