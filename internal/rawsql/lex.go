package rawsql

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// kind is what a token is.
type kind uint8

const (
	end    kind = iota
	word        // a name without quotes, or a keyword
	quoted      // a name in backticks or double quotes
	text        // a text in single quotes; its value is in token.text
	number
	symbol
)

type token struct {
	kind kind
	text string
	at   int // byte of the source
}

func (t token) String() string {
	switch t.kind {
	case end:
		return "the end"
	case text:
		return "a text"
	}
	return fmt.Sprintf("%.40q", t.text)
}

// fail gives up.
func (p *parser) fail(at int, format string, args ...any) {
	panic(&Error{at, fmt.Sprintf(format, args...)})
}

// next reads the next token.
func (p *parser) next() {
	p.blanks()
	at := p.i
	if at >= len(p.src) {
		p.tok = token{end, "", at}
		return
	}
	switch c := p.src[at]; {
	case c == '\'':
		p.tok = token{text, p.quotes('\''), at}
	case c == '`' || c == '"':
		name := p.quotes(c)
		if name == "" || len(name) > 128 || strings.ContainsAny(name, "`\\\x00") || !utf8.ValidString(name) {
			p.fail(at, "%.40q cannot be a name", name)
		}
		p.tok = token{quoted, name, at}
	case letter(c) || c == '@':
		for p.i++; p.i < len(p.src) && (letter(p.src[p.i]) || digit(p.src[p.i])); p.i++ {
		}
		p.tok = token{word, p.src[at:p.i], at}
	case digit(c):
		p.number()
	default:
		p.symbol()
	}
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }
func digit(c byte) bool  { return c >= '0' && c <= '9' }

// blanks steps over blanks and comments.
func (p *parser) blanks() {
	for p.i < len(p.src) {
		rest := p.src[p.i:]
		switch {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			p.i++
		case strings.HasPrefix(rest, "--"):
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			p.i += n
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				p.fail(p.i, "the comment does not end")
			}
			p.i += n + 4
		default:
			return
		}
	}
}

var escapes = map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', '0': 0, '\\': '\\', '\'': '\'', '"': '"', '`': '`', 'b': '\b', 'f': '\f', '%': '%', '_': '_'}

// quotes reads what stands in quotes: with a backslash before what is escaped, or the quote doubled, as ClickHouse has it.
func (p *parser) quotes(q byte) string {
	at := p.i
	var out strings.Builder
	for p.i++; p.i < len(p.src); p.i++ {
		c := p.src[p.i]
		switch {
		case c == q && p.i+1 < len(p.src) && p.src[p.i+1] == q:
			p.i++
		case c == q:
			p.i++
			return out.String()
		case c == '\\':
			if p.i++; p.i >= len(p.src) {
				p.fail(at, "the quotes do not end")
			}
			e, ok := escapes[p.src[p.i]]
			if !ok {
				p.fail(p.i-1, "\\%c is no escape", p.src[p.i])
			}
			if e == '%' || e == '_' { // they belong to LIKE
				out.WriteByte('\\')
			}
			out.WriteByte(e)
			continue
		}
		out.WriteByte(c)
	}
	p.fail(at, "the quotes do not end")
	return ""
}

func (p *parser) number() {
	at := p.i
	digits := func() {
		for p.i < len(p.src) && digit(p.src[p.i]) {
			p.i++
		}
	}
	digits()
	if p.i+1 < len(p.src) && p.src[p.i] == '.' && digit(p.src[p.i+1]) {
		p.i++
		digits()
	}
	if rest := p.src[p.i:]; len(rest) > 1 && rest[0]|0x20 == 'e' && (digit(rest[1]) || len(rest) > 2 && (rest[1] == '-' || rest[1] == '+') && digit(rest[2])) {
		p.i += 2
		digits()
	}
	if p.i < len(p.src) && letter(p.src[p.i]) || p.i-at > 40 {
		p.fail(at, "this is no number")
	}
	p.tok = token{number, p.src[at:p.i], at}
}

func (p *parser) symbol() {
	rest := p.src[p.i:]
	for _, s := range [...]string{"<=", ">=", "!=", "<>", "==", "||", "->", "::"} {
		if strings.HasPrefix(rest, s) {
			p.tok = token{symbol, s, p.i}
			p.i += 2
			return
		}
	}
	if strings.IndexByte("()[],.*+-/%=<>;", rest[0]) < 0 {
		r, _ := utf8.DecodeRuneInString(rest)
		p.fail(p.i, "%q has no meaning here", r)
	}
	p.tok = token{symbol, rest[:1], p.i}
	p.i++
}

// is reports whether the token is a symbol or, without quotes, a keyword.
func (t token) is(s string) bool {
	return t.kind == symbol && t.text == s || t.kind == word && strings.EqualFold(t.text, s)
}

// take steps over s if it is there.
func (p *parser) take(words ...string) bool {
	save, tok := p.i, p.tok
	for _, s := range words {
		if !p.tok.is(s) {
			p.i, p.tok = save, tok
			return false
		}
		p.next()
	}
	return true
}

// need steps over s, which must be there.
func (p *parser) need(s string) {
	if !p.take(s) {
		p.fail(p.tok.at, "%s should stand here, not %s", s, p.tok)
	}
}
