package rule

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"watchpost/internal/event"
)

// doc reads one YAML document and collects its faults.
type doc struct {
	file  string
	lines []string // of the file
	lists lists    // that conditions may ask for
	node  ast.Node
	errs  []error
	note  func(key string, readers map[string]func(ast.Node, string)) // of each mapping which keys it may have; nil: nobody asks
}

// parseFile gives the documents of a file.
func parseFile(name string, src []byte) (docs []ast.Node, err error) {
	tokens := lexer.Tokenize(string(src))
	if t := tooNested(tokens); t != nil {
		return nil, fmt.Errorf("%s:%d:%d: yaml: too many brackets, dashes, anchors, tags or quotes upon each other", name, t.Position.Line, t.Position.Column)
	}
	f, err := parser.Parse(tokens, 0)
	if err != nil {
		var at interface{ GetToken() *token.Token }
		line, col := 1, 1
		if errors.As(err, &at) && at.GetToken() != nil {
			line, col = at.GetToken().Position.Line, at.GetToken().Position.Column
		}
		msg, _, _ := strings.Cut(err.Error(), "\n")
		return nil, fmt.Errorf("%s:%d:%d: yaml: %s", name, line, col, msg)
	}
	for _, d := range f.Docs {
		if d.Body != nil {
			docs = append(docs, d.Body)
		}
	}
	return docs, nil
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
			odd++ // of which no rule has any
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

func (d *doc) fault(line, col int, key, format string, args ...any) {
	d.errs = append(d.errs, fmt.Errorf("%s:%d:%d: %s: %s", d.file, line, col, key, fmt.Sprintf(format, args...)))
}

func (d *doc) bad(n ast.Node, key, format string, args ...any) {
	p := place(n)
	d.fault(p.Line, p.Column, key, format, args...)
}

func place(n ast.Node) token.Position {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 { // its own token is a colon
		return place(m.Values[0].Key)
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return *t.Position
	}
	return token.Position{Line: 1, Column: 1}
}

// mapping calls the reader of each key that stands in n; other keys, and repeated ones, are faults.
func (d *doc) mapping(n ast.Node, key string, readers map[string]func(n ast.Node, key string)) {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		d.bad(n, orDocument(key), "want keys and values")
		return
	}
	if d.note != nil {
		d.note(key, readers)
	}
	seen := map[string]bool{}
	for _, v := range m.Values {
		k := v.Key.String()
		full := strings.TrimPrefix(key+"."+k, ".")
		read, known := readers[k]
		switch {
		case !known:
			names := make([]string, 0, len(readers))
			for name := range readers {
				names = append(names, name)
			}
			d.bad(v.Key, full, "unknown key%s", nearest(k, names))
		case seen[k]:
			d.bad(v.Key, full, "stands here twice")
		default:
			read(v.Value, full)
		}
		seen[k] = true
	}
}

func orDocument(key string) string {
	if key == "" {
		return "document"
	}
	return key
}

// text gives a scalar as it is written.
func (d *doc) text(n ast.Node, key string) string {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value
	}
	d.bad(n, key, "want a text")
	return ""
}

func (d *doc) line(n ast.Node, key string) string { return strings.TrimSpace(d.text(n, key)) }

// list gives the elements; a single one may stand alone.
func (d *doc) list(n ast.Node, key string) []ast.Node {
	switch n := n.(type) {
	case *ast.SequenceNode:
		return n.Values
	case *ast.MappingNode:
		d.bad(n, key, "want a list")
		return nil
	case *ast.NullNode:
		return nil
	}
	return []ast.Node{n}
}

func (d *doc) texts(n ast.Node, key string) []string {
	var out []string
	for _, e := range d.list(n, key) {
		if s := d.line(e, key); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func (d *doc) number(n ast.Node, key string) int {
	v, err := strconv.Atoi(d.text(n, key))
	if err != nil {
		d.bad(n, key, "want a whole number")
	}
	return v
}

func (d *doc) boolean(n ast.Node, key string) bool {
	b, ok := n.(*ast.BoolNode)
	if !ok {
		d.bad(n, key, "want true or false")
		return false
	}
	return b.Value
}

// duration reads 90s, 5m, 1h30m, 7d.
func (d *doc) duration(n ast.Node, key string) time.Duration {
	s := d.line(n, key)
	v, err := time.ParseDuration(s)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		var f int
		f, err = strconv.Atoi(days)
		if f > 36500 {
			err = strconv.ErrRange
		}
		v = time.Duration(f) * 24 * time.Hour
	}
	if err != nil || v < 0 {
		d.bad(n, key, "%q is no duration: write 90s, 5m, 1h30m or 7d", s)
		return 0
	}
	return v
}

// field reads the name of a field that holds one value.
func (d *doc) field(n ast.Node, key string, list bool) event.Field {
	name := d.line(n, key)
	if name == "" {
		return event.None
	}
	if name == "timestamp" {
		name = "@timestamp"
	}
	f, ok := event.Lookup(name)
	switch kind := f.Info().Kind; {
	case !ok:
		d.bad(n, key, "unknown field %q%s", name, nearest(name, event.FieldNames("")))
		return event.None
	case kind == event.Map, kind == event.List && !list:
		d.bad(n, key, "%s holds several values", name)
		return event.None
	}
	return f
}

func (d *doc) fields(n ast.Node, key string, list bool) []event.Field {
	var out []event.Field
	for _, e := range d.list(n, key) {
		if f := d.field(e, key, list); f != event.None {
			out = append(out, f)
		}
	}
	return out
}

// predicate compiles a condition and, where the YAML keeps its lines, says where in the file a fault is.
func (d *doc) predicate(n ast.Node, key string) *Predicate {
	src := d.text(n, key)
	if src == "" {
		d.bad(n, key, "the condition is empty")
		return nil
	}
	p, err := compile(strings.TrimRight(src, "\n"), d.lists)
	if err == nil {
		return p
	}
	at := place(n)
	var e *Error
	if !errors.As(err, &e) {
		d.bad(n, key, "%v", err)
		return nil
	}
	switch s, literal := n.(*ast.LiteralNode); {
	case literal && strings.HasPrefix(s.GetToken().Value, "|"):
		line := at.Line + e.Line
		indent := 0
		if line <= len(d.lines) {
			indent = len(d.lines[line-1]) - len(strings.TrimLeft(d.lines[line-1], " "))
			if src := strings.Split(src, "\n"); e.Line <= len(src) {
				indent -= len(src[e.Line-1]) - len(strings.TrimLeft(src[e.Line-1], " "))
			}
		}
		d.fault(line, indent+e.Column, key, "%s", e.What)
	case !literal && e.Line == 1 && at.Line <= len(d.lines) && strings.Contains(d.lines[at.Line-1], src):
		d.fault(at.Line, strings.Index(d.lines[at.Line-1], src)+e.Column, key, "%s", e.What)
	default:
		d.bad(n, key, "at %v", e)
	}
	return nil
}
