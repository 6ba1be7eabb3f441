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

	"watchpost/internal/event"
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

// windash gives s with every dash or slash that begins a word in each of its forms; nothing, if they would be more than MaxTexts.
func windash(s string) []string {
	out := []string{""}
	runes := []rune(s)
	word := func(i int) bool {
		return i >= 0 && i < len(runes) && (runes[i] == '_' || unicode.IsLetter(runes[i]) || unicode.IsDigit(runes[i]))
	}
	from := 0
	add := func(to int, forms []string) {
		next := make([]string, 0, len(out)*len(forms))
		for _, o := range out {
			for _, f := range forms {
				next = append(next, o+string(runes[from:to])+f)
			}
		}
		out = next
	}
	for i, r := range runes {
		if (r == '-' || r == '/') && !word(i-1) && word(i+1) {
			if len(out)*len(dashes) > MaxTexts {
				return nil
			}
			add(i, dashes)
			from = i + 1
		}
	}
	add(len(runes), []string{""})
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
		switch s, _ := v.(string); {
		case !utf8.ValidString(s):
			return nil, c.errorf(n, "not valid UTF-8")
		case len(s) > MaxText:
			return nil, c.errorf(n, "%d bytes are too many for a text, the most is %d", len(s), MaxText)
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
	case ok && name == "dlist":
		return nil, c.errorf(n, `write it behind in: dns.question.name in dlist("name")`)
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
			if len(s) > MaxEntry {
				return nil, c.errorf(a, "%s of %d bytes: the most is %d", name, len(s), MaxEntry)
			}
			if !utf8.ValidString(s) && name != "base64" && name != "base64offset" {
				return nil, c.errorf(a, "%s of bytes that are not UTF-8", name)
			}
			if s == "" && name == "base64offset" {
				return nil, c.errorf(a, "base64offset of an empty text: every text holds it")
			}
			made := texters[name](s)
			if len(made) == 0 && s != "" {
				return nil, c.tooMany(n, MaxTexts+1)
			}
			if err := c.tooMany(n, len(made)); err != nil {
				return nil, err
			}
			for _, m := range made {
				out = append(out, m)
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

// list gives the list that a call of list, ilist or dlist names.
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

// inList reads `field in list("name")`, `field in ilist("name")` and `field in dlist("name")`.
func (c *reader) inList(at *ast.Node, r Ref, n *ast.CallNode) (Node, error) {
	name, args, _ := called(n)
	op := map[string]string{"list": "in", "ilist": "iequals", "dlist": "domain"}[name]
	if op == "" {
		return nil, c.errorf(n, `want a list such as [1, 2] or list("name")`)
	}
	l, err := c.list(n, name, args)
	if err != nil {
		return nil, err
	}
	if name != "list" && (!r.Textual() || r.ip()) {
		return nil, c.errorf(n, "%s holds %s, which has no %s: write list(…)", r, kindName(r), map[string]string{"ilist": "case", "dlist": "labels"}[name])
	}
	node, err := l.node(c, r, op, n)
	if err == nil && c.machine {
		err = c.patchList(at, r, op, l)
	}
	return node, err
}

// node gives the node that asks whether r is in l. Its parts are shared by all that ask so of fields of one kind.
func (l *List) node(c *reader, r Ref, op string, at ast.Node) (Node, error) {
	kind := listKind{r.Field.Info().Kind, r.ip(), op}
	if r.Textual() {
		kind.kind = event.Text
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if made, ok := l.made[kind]; ok {
		return withRef(made, r), nil
	}
	values, networks, err := l.valuesFor(c, r, at)
	if err != nil {
		return nil, err
	}
	var nodes []Node
	if len(values) > 0 || len(networks) == 0 {
		nodes = append(nodes, makeLeaf(r, op, values))
	}
	if len(networks) > 0 {
		nodes = append(nodes, makeLeaf(r, "cidr", networks))
	}
	made := anyOf(nodes...)
	Walk(made, func(n Node) {
		switch n := n.(type) {
		case *In:
			n.List = l.Name
		case *FoldIn:
			n.List = l.Name
		case *Domain:
			n.List = l.Name
		case *CIDR:
			n.List = l.Name
		}
	})
	if l.made == nil {
		l.made = map[listKind]Node{}
	}
	l.made[kind] = made
	return made, nil
}

// withRef gives a node of a list for another field of the same kind.
func withRef(n Node, r Ref) Node {
	switch n := n.(type) {
	case *Or:
		out := &Or{Nodes: make([]Node, len(n.Nodes))}
		for i, k := range n.Nodes {
			out.Nodes[i] = withRef(k, r)
		}
		return out
	case *Compare:
		c := *n
		c.Ref = r
		return &c
	case *In:
		c := *n
		c.Ref = r
		return &c
	case *FoldIn:
		c := *n
		c.Ref = r
		return &c
	case *Domain:
		c := *n
		c.Ref = r
		return &c
	case *Text:
		c := *n
		c.Ref = r
		return &c
	case *CIDR:
		c := *n
		c.Ref = r
		return &c
	}
	return n // a constant
}

func (l *List) valuesFor(c *reader, r Ref, at ast.Node) (values, networks []any, err error) {
	for _, e := range l.Entries {
		v, isNetwork, err := entryFor(r, e)
		if err == nil && !isNetwork {
			err = c.checkValue(r, "==", v, at)
		}
		switch e, ok := err.(*Error); {
		case ok:
			return nil, nil, c.errorf(at, "list %q: %s", l.Name, e.What)
		case err != nil:
			return nil, nil, c.errorf(at, "list %q: %v", l.Name, err)
		case isNetwork:
			networks = append(networks, v)
		default:
			values = append(values, v)
		}
	}
	return values, networks, nil
}

func (c *reader) patchList(at *ast.Node, r Ref, op string, l *List) error {
	values, networks, err := l.valuesFor(c, r, *at)
	if err != nil {
		return err
	}
	low, high := ast.Node(&ast.NilNode{}), ast.Node(&ast.NilNode{})
	c.patch(&low, r, op, values)
	c.patch(&high, r, "cidr", networks)
	ast.Patch(at, &ast.BinaryNode{Operator: "or", Left: low, Right: high})
	return nil
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
