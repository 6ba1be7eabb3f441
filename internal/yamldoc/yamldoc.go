// Package yamldoc reads the documents of a YAML file within bounds, and loses none of them.
package yamldoc

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/scanner"
	"github.com/goccy/go-yaml/token"
)

// Error is a fault of a file.
type Error struct {
	Line, Column int
	What         string
}

func (e *Error) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.What) }

// Read gives what the documents of a file hold, with places counted from the begin of the file; those with nothing but comments are left out.
// The parser alone would leave out whatever stands behind an empty document. A byte order mark at the begin is no part of the file.
// The error is an *Error.
func Read(src []byte) ([]ast.Node, error) {
	text := strings.TrimPrefix(string(src), "\ufeff")
	if err := characters(text); err != nil {
		return nil, err
	}
	var nodes []ast.Node
	for _, p := range Split(text) {
		n, err := p.parse()
		if err != nil {
			return nil, err
		}
		if n != nil {
			nodes = append(nodes, n)
		}
	}
	return nodes, nil
}

// maxTabs bounds the tabs of lines times the bytes of the line: behind each one in quotes the scanner looks at the rest of its line.
const maxTabs = 1 << 28

// characters refuses what the parser would read as something else: bytes that are not UTF-8, and control characters.
func characters(text string) error {
	if strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") {
		return &Error{1, 1, "the file is UTF-16: save it as UTF-8"}
	}
	line, begin, tabs, work := 1, 0, 0, 0
	for i, r := range text {
		switch {
		case r == '\n':
			work += tabs * (i - begin)
			line, begin, tabs = line+1, i+1, 0
		case r == '\t':
			if tabs++; work+tabs*(i-begin) > maxTabs {
				return &Error{line, i - begin + 1, "too many tabs on long lines"}
			}
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD"):
			return &Error{line, i - begin + 1, fmt.Sprintf("byte %#x is not UTF-8: save the file as UTF-8", text[i])}
		case r < ' ' && r != '\r', r == 0x7f:
			return &Error{line, i - begin + 1, fmt.Sprintf("character %U cannot stand in YAML; in double quotes it is written \\x%02x", r, r)}
		}
	}
	return nil
}

// Part is the text of a document, the line that divides it from the one before left out where nothing else stands on it.
type Part struct {
	Text string
	Line int // of the file, at which the text begins, from 1
}

// Split cuts a file at the lines that begin with --- or ... , which in YAML divide documents wherever they stand.
func Split(text string) []Part {
	parts := []Part{{Line: 1}}
	line, from := 1, 0
	for at := 0; at < len(text); line++ {
		end := lineEnd(text, at)
		if this := strings.TrimRight(text[at:end], " \t\r\n"); marks(this) {
			parts[len(parts)-1].Text = text[from:at]
			if from = end; len(this) > len("---") {
				from = at // the document begins beside the mark, or a comment stands there
			}
			parts = append(parts, Part{Line: line + 1})
			if from == at {
				parts[len(parts)-1].Line = line
			}
		}
		at = end
	}
	parts[len(parts)-1].Text = text[from:]
	return parts
}

// lineEnd gives the place behind the line that begins at at.
func lineEnd(text string, at int) int {
	i := strings.IndexAny(text[at:], "\r\n")
	switch {
	case i < 0:
		return len(text)
	case strings.HasPrefix(text[at+i:], "\r\n"):
		i++
	}
	return at + i + 1
}

func marks(line string) bool {
	rest, ok := strings.CutPrefix(line, "---")
	if !ok {
		rest, ok = strings.CutPrefix(line, "...")
	}
	return ok && (rest == "" || rest[0] == ' ' || rest[0] == '\t')
}

// parse gives nil for an empty document.
func (p Part) parse() (ast.Node, error) {
	if strings.TrimSpace(p.Text) == "" {
		return nil, nil
	}
	tokens, err := p.tokens()
	if err != nil {
		return nil, err
	}
	if t := tooNested(tokens); t != nil {
		return nil, fault(t, "too many brackets, dashes, anchors, tags or quotes upon each other")
	}
	if t := tooVoid(tokens); t != nil {
		return nil, fault(t, fmt.Sprintf("more than %d keys and dashes with nothing behind them", maxVoid))
	}
	if t := tooWide(tokens); t != nil {
		return nil, fault(t, fmt.Sprintf("more than %d keys side by side", maxKeys))
	}
	f, err := parser.Parse(tokens, 0)
	if err != nil {
		// Error would print the lines around, in a time that grows with the square of the file.
		var at interface {
			GetToken() *token.Token
			GetMessage() string
		}
		if errors.As(err, &at) && at.GetToken() != nil {
			return nil, fault(at.GetToken(), hinted(at.GetMessage()))
		}
		what, _, _ := strings.Cut(err.Error(), "\n")
		return nil, &Error{p.Line, 1, what}
	}
	var body ast.Node
	for _, d := range f.Docs {
		switch n := d.Body.(type) {
		case nil, *ast.CommentGroupNode:
		case *ast.DirectiveNode:
			return nil, fault(n.GetToken(), "a directive has no place here: take the line out")
		default:
			if body != nil {
				return nil, fault(n.GetToken(), "the document has ended before this")
			}
			body = n
		}
	}
	return body, nil
}

// tokens ends at the first fault; behind it the scanner would begin anew at each character.
func (p Part) tokens() (token.Tokens, error) {
	var s scanner.Scanner
	s.Init(p.Text)
	var tokens token.Tokens
	for {
		some, err := s.Scan()
		for _, t := range some {
			t.Position.Line += p.Line - 1
		}
		tokens.Add(some...)
		var invalid *scanner.InvalidTokenError
		switch {
		case errors.Is(err, io.EOF):
			return tokens, nil
		case errors.As(err, &invalid):
			return nil, fault(invalid.Token, hinted(invalid.Token.Error))
		case err != nil:
			return nil, &Error{p.Line, 1, err.Error()}
		}
	}
}

// hinted adds to what the parser says of texts that need quotes.
func hinted(what string) string {
	if strings.Contains(what, "is not allowed in this context") {
		what += `; a text that begins with a quote or holds ": " stands in single quotes, or behind "|" on lines of its own`
	}
	return what
}

func fault(at *token.Token, what string) *Error {
	return &Error{at.Position.Line, at.Position.Column, what}
}

// tooNested gives the token at which the parser, whose time grows with the square of nesting, would be led too deep.
func tooNested(tokens token.Tokens) *token.Token {
	const most = 50
	depth, dashes, line, odd, row := 0, 0, 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, dashes = t.Position.Line, 0
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.SequenceEntryType:
			dashes++
		case token.AnchorType, token.AliasType, token.TagType, token.DirectiveType, token.MappingKeyType, token.MergeKeyType:
			odd++ // of which few files have any
		}
		if row++; t.Type != token.SingleQuoteType && t.Type != token.DoubleQuoteType {
			row = 0
		}
		if depth > most || dashes > most || odd > most || row > most {
			return t
		}
	}
	return nil
}

// maxVoid bounds the keys and dashes of a document with nothing behind them: for each the parser moves all tokens that follow.
const maxVoid = 500

// tooVoid gives the token at which they are too many.
func tooVoid(tokens token.Tokens) *token.Token {
	n := 0
	for i, t := range tokens {
		owner := t // at whose column, or left of it, what comes next is no value of it
		switch {
		case t.Type == token.MappingValueType && i > 0:
			owner = tokens[i-1]
		case t.Type != token.SequenceEntryType:
			continue
		}
		next := i + 1
		for next < len(tokens) && tokens[next].Type == token.CommentType {
			next++
		}
		if next < len(tokens) {
			at := tokens[next].Position
			beside := at.Column == owner.Position.Column && t.Type == token.MappingValueType && tokens[next].Type == token.SequenceEntryType
			if at.Line == t.Position.Line || at.Column > owner.Position.Column || beside {
				continue
			}
		}
		if n++; n > maxVoid {
			return t
		}
	}
	return nil
}

// maxKeys bounds the keys of one mapping: with each the parser copies those before it.
const maxKeys = 5000

// tooWide gives the token at which they are too many. Within braces the parser does otherwise.
func tooWide(tokens token.Tokens) *token.Token {
	keys := map[int]int{} // by column
	line, flow := 0, 0
	for i, t := range tokens {
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		}
		at := t.Position
		if at.Line != line && flow <= 0 && t.Type != token.CommentType {
			line = at.Line
			for column := range keys {
				if column > at.Column { // that mapping is over
					delete(keys, column)
				}
			}
		}
		if t.Type != token.MappingValueType || flow > 0 || i == 0 {
			continue
		}
		column := tokens[i-1].Position.Column
		if keys[column]++; keys[column] > maxKeys {
			return t
		}
	}
	return nil
}
