package rule

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
)

// MaxTexts bounds the texts that functions and lists put into one condition, beside those of `in`.
const MaxTexts = 5000

// texters are the functions that make texts of a text when a condition is compiled. Where several come out, each is an alternative.
var texters = map[string]func(s string) []string{
	"windash":      windash,
	"base64":       func(s string) []string { return []string{base64.StdEncoding.EncodeToString([]byte(s))} },
	"base64offset": base64offset,
	"wide":         func(s string) []string { return []string{wide(s, binary.LittleEndian)} },
	"utf16be":      func(s string) []string { return []string{wide(s, binary.BigEndian)} },
	"utf16":        func(s string) []string { return []string{"\xff\xfe" + wide(s, binary.LittleEndian)} },
}

// dashes are the characters that Windows takes for the one before an option.
var dashes = []string{"-", "/", "–", "—", "―"}

// windash gives s with every dash or slash that begins a word in each of its forms.
func windash(s string) []string {
	out := []string{""}
	runes := []rune(s)
	word := func(i int) bool {
		return i >= 0 && i < len(runes) && (runes[i] == '_' || unicode.IsLetter(runes[i]) || unicode.IsDigit(runes[i]))
	}
	for i, r := range runes {
		forms := []string{string(r)}
		if (r == '-' || r == '/') && !word(i-1) && word(i+1) && len(out) <= MaxTexts {
			forms = dashes
		}
		next := make([]string, 0, len(out)*len(forms))
		for _, o := range out {
			for _, f := range forms {
				next = append(next, o+f)
			}
		}
		out = next
	}
	return out
}

// base64offset gives what is the same in all base64 texts that hold s at a place divisible by three, one behind, two behind.
func base64offset(s string) []string {
	var out []string
	for i, skip := range []int{0, 2, 3} {
		enc := base64.StdEncoding.EncodeToString([]byte("  "[:i] + s))
		enc = enc[skip : len(enc)-[]int{0, 3, 2}[(len(s)+i)%3]]
		if enc != "" {
			out = append(out, enc)
		}
	}
	return out
}

func wide(s string, order binary.AppendByteOrder) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

// isConstant says that n is a literal, or a call that yields texts.
func isConstant(n ast.Node) bool {
	if _, ok := literal(n); ok {
		return true
	}
	name, _, ok := called(n)
	return ok && (texters[name] != nil || name == "list")
}

// called gives the name and the arguments of a call.
func called(n ast.Node) (name string, args []ast.Node, ok bool) {
	t, ok := n.(*ast.CallNode)
	if !ok {
		return "", nil, false
	}
	id, ok := t.Callee.(*ast.IdentifierNode)
	if !ok {
		return "", nil, false
	}
	return id.Value, t.Arguments, true
}

// constants gives what n stands for: a literal, or the texts of a function.
func (c *reader) constants(n ast.Node) ([]any, error) {
	if v, ok := literal(n); ok {
		if s, isText := v.(string); isText && !utf8.ValidString(s) {
			return nil, c.errorf(n, "not valid UTF-8")
		}
		return []any{v}, nil
	}
	name, args, ok := called(n)
	switch {
	case ok && texters[name] != nil:
		return c.texter(n, name, args)
	case ok && name == "list":
		l, err := c.list(n, name, args)
		if err != nil {
			return nil, err
		}
		values := make([]any, len(l.Entries))
		for i, e := range l.Entries {
			values[i] = e
		}
		return values, c.tooMany(n, len(values))
	case ok && name == "ilist":
		return nil, c.errorf(n, `write it behind in: user.name in ilist("name")`)
	}
	return nil, c.errorf(n, "want a constant")
}

// textConstants is constants where only text will do.
func (c *reader) textConstants(n ast.Node) ([]any, error) {
	if v, ok := literal(n); ok {
		if _, isText := v.(string); !isText {
			return nil, c.errorf(n, "want a text in quotes")
		}
	} else if !isConstant(n) {
		return nil, c.errorf(n, "want a text in quotes")
	}
	return c.constants(n)
}

func (c *reader) texter(n ast.Node, name string, args []ast.Node) ([]any, error) {
	if len(args) == 0 {
		return nil, c.errorf(n, `%s needs a text: %[1]s("…")`, name)
	}
	var out []any
	for _, a := range args {
		values, err := c.textConstants(a)
		if err != nil {
			return nil, err
		}
		for _, v := range values {
			s := v.(string)
			if !utf8.ValidString(s) && name != "base64" && name != "base64offset" {
				return nil, c.errorf(a, "%s of bytes that are not UTF-8", name)
			}
			made := texters[name](s)
			for _, m := range made {
				out = append(out, m)
			}
			if err := c.tooMany(n, len(made)); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func (c *reader) tooMany(n ast.Node, texts int) error {
	if c.texts += texts; c.texts > MaxTexts {
		return c.errorf(n, "lists and functions make more than %d texts of this condition; in takes more", MaxTexts)
	}
	return nil
}

// list gives the list that a call of list or ilist names.
func (c *reader) list(n ast.Node, fn string, args []ast.Node) (*List, error) {
	if len(args) != 1 {
		return nil, c.errorf(n, `%s has one argument: %[1]s("name")`, fn)
	}
	v, _ := literal(args[0])
	name, ok := v.(string)
	if !ok {
		return nil, c.errorf(args[0], "want the name of a list in quotes")
	}
	l := c.lists[name]
	if l == nil {
		return nil, c.errorf(args[0], "unknown list %q%s", name, nearest(name, c.lists.names()))
	}
	c.use(name)
	return l, nil
}

// inList reads `field in list("name")` and `field in ilist("name")`.
func (c *reader) inList(at *ast.Node, r Ref, n *ast.CallNode) (Node, error) {
	name, args, _ := called(n)
	if name != "list" && name != "ilist" {
		return nil, c.errorf(n, `want a list such as [1, 2] or list("name")`)
	}
	l, err := c.list(n, name, args)
	if err != nil {
		return nil, err
	}
	if name == "ilist" && (!r.Textual() || r.ip()) {
		return nil, c.errorf(n, "%s holds %s, which has no case: write list(…)", r, kindName(r))
	}
	var values, networks []any
	for _, e := range l.Entries {
		v, isNetwork, err := entryFor(r, e)
		if err == nil && !isNetwork {
			err = c.checkValue(r, "==", v, n)
		}
		switch e, ok := err.(*Error); {
		case ok:
			return nil, c.errorf(n, "list %q: %s", l.Name, e.What)
		case err != nil:
			return nil, c.errorf(n, "list %q: %v", l.Name, err)
		case isNetwork:
			networks = append(networks, v)
		default:
			values = append(values, v)
		}
	}
	op := "in"
	if name == "ilist" {
		op = "iequals"
	}
	if len(networks) == 0 {
		return c.leaf(at, r, op, values)
	}
	low, high := ast.Node(&ast.NilNode{}), ast.Node(&ast.NilNode{})
	a, err := c.leaf(&low, r, op, values)
	if err != nil {
		return nil, err
	}
	b, err := c.leaf(&high, r, "cidr", networks)
	if err != nil {
		return nil, err
	}
	ast.Patch(at, &ast.BinaryNode{Operator: "or", Left: low, Right: high})
	if len(values) == 0 {
		return b, nil
	}
	return anyOf(a, b), nil
}

// entryFor reads an entry of a list as a constant beside r.
func entryFor(r Ref, entry string) (v any, network bool, err error) {
	switch {
	case r.ip() && strings.Contains(entry, "/"):
		_, err = prefix(entry)
		return entry, true, err
	case r.Textual():
		return entry, false, nil
	}
	v, ok := constantOf(r, entry)
	if !ok {
		return nil, false, fmt.Errorf("%q beside %s, which holds %s", entry, r, kindName(r))
	}
	return v, false, nil
}
