package native

import "strings"

type tokenKind uint8

const (
	tEnd    tokenKind = iota
	tWord             // an unquoted name or keyword, a number
	tName             // a name in backticks or double quotes
	tString           // a literal
	tPunct            // any other byte
)

type token struct {
	kind       tokenKind
	text       string
	start, end int
}

func (t token) is(punct string) bool { return t.kind == tPunct && t.text == punct }

// upper is the word in capitals, for comparison with keywords; "" for quoted things.
func (t token) upper() string {
	if t.kind == tWord || t.kind == tPunct {
		if len(t.text) > 32 {
			return ""
		}
		return strings.ToUpper(t.text)
	}
	return ""
}

// name is the identifier that the token spells.
func (t token) name() string {
	if t.kind != tName {
		return t.text
	}
	q := t.text[:1]
	s := t.text[1 : len(t.text)-1]
	if !strings.ContainsAny(s, q+`\`) {
		return s
	}
	return unquote("'" + strings.ReplaceAll(s, q+q, q) + "'")
}

// lexer cuts SQL into tokens by the engine's rules; comments and blanks vanish.
type lexer struct {
	s string
	i int
}

func (l *lexer) next() (token, error) {
	if err := l.blank(); err != nil {
		return token{}, err
	}
	if l.i >= len(l.s) {
		return token{kind: tEnd, start: len(l.s), end: len(l.s)}, nil
	}
	start, rest := l.i, l.s[l.i:]
	end, kind := start+1, tPunct
	switch c := rest[0]; {
	case c == 0:
		return token{}, refuse(codeSyntax, "Syntax error: NUL byte in the query")
	case c == '\'', c == '`', c == '"':
		e := endQuote(l.s, start)
		if e < 0 {
			return token{}, refuse(codeSyntax, "Syntax error: quoted text without end")
		}
		end, kind = e+1, tName
		if c == '\'' {
			kind = tString
		}
	case strings.HasPrefix(rest, "‘"), strings.HasPrefix(rest, "“"):
		closing := "’"
		if strings.HasPrefix(rest, "“") {
			closing = "”"
		}
		e := strings.Index(rest, closing)
		if e < 0 {
			return token{}, refuse(codeSyntax, "Syntax error: quoted text without end")
		}
		end, kind = start+e+len(closing), tString
	case c == '$':
		if n := heredoc(rest); n > 0 {
			end, kind = start+n, tString
		}
	case wordByte(c):
		for end < len(l.s) && wordByte(l.s[end]) {
			end++
		}
		kind = tWord
	}
	l.i = end
	return token{kind, l.s[start:end], start, end}, nil
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// blank skips white space and comments.
func (l *lexer) blank() error {
	for l.i < len(l.s) {
		rest := l.s[l.i:]
		switch {
		case rest[0] > 0 && rest[0] <= ' ':
			l.i++
		case strings.HasPrefix(rest, "/*"):
			e := strings.Index(rest[2:], "*/")
			if e < 0 {
				return refuse(codeSyntax, "Syntax error: comment without end")
			}
			l.i += e + 4
		case strings.HasPrefix(rest, "--"), strings.HasPrefix(rest, "//"), strings.HasPrefix(rest, "# "), strings.HasPrefix(rest, "#!"):
			e := strings.IndexByte(rest, '\n')
			if e < 0 {
				l.i = len(l.s)
				return nil
			}
			l.i += e + 1
		default:
			return nil
		}
	}
	return nil
}

// heredoc returns the length of $tag$ … $tag$ at the start of s, 0 if there is none.
func heredoc(s string) int {
	n := 1
	for n < len(s) && wordByte(s[n]) {
		n++
	}
	if n >= len(s) || s[n] != '$' {
		return 0
	}
	tag := s[:n+1]
	e := strings.Index(s[len(tag):], tag)
	if e < 0 {
		return 0
	}
	return len(tag) + e + len(tag)
}
