package sigma

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"watchpost/internal/yamldoc"
)

// form is what a value of YAML is.
type form uint8

const (
	isNull form = iota
	isText
	isNumber
	isBool
	isList
	isMap
)

// tree is a value of YAML with its order kept. A nil tree is a missing one.
type tree struct {
	form  form
	text  string // of a text, a number or a truth value, as it is written
	list  []*tree
	pairs []pair
	line  int
}

type pair struct {
	key   string
	value *tree
}

// get gives the value of key, nil if there is none.
func (t *tree) get(key string) *tree {
	if t == nil || t.form != isMap {
		return nil
	}
	for _, p := range t.pairs {
		if p.key == key {
			return p.value
		}
	}
	return nil
}

// str gives the text of a scalar, trimmed.
func (t *tree) str() string {
	if t == nil {
		return ""
	}
	return strings.TrimSpace(t.text)
}

// strs gives the texts of a list; a single one may stand alone.
func (t *tree) strs() []string {
	switch {
	case t == nil || t.form == isNull || t.form == isMap:
		return nil
	case t.form != isList:
		return []string{t.str()}
	}
	var out []string
	for _, e := range t.list {
		if s := e.str(); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// maxNodes bounds one file: an alias repeats what it names.
const maxNodes = 200_000

// readTrees gives the documents of a file.
func readTrees(src []byte) ([]*tree, error) {
	docs, err := yamldoc.Read(src)
	if e := (*yamldoc.Error)(nil); errors.As(err, &e) {
		return nil, fmt.Errorf("yaml: line %d: %s", e.Line, e.What)
	}
	var out []*tree
	for _, d := range docs {
		r := treeReader{anchors: map[string]*tree{}}
		t := r.read(d)
		if r.err != nil {
			return nil, r.err
		}
		out = append(out, t)
	}
	return out, nil
}

type treeReader struct {
	anchors map[string]*tree
	nodes   int
	err     error
}

func (r *treeReader) read(n ast.Node) *tree {
	t := &tree{line: lineOf(n)}
	if r.nodes++; r.nodes > maxNodes && r.err == nil {
		r.err = fmt.Errorf("yaml: line %d: more than %d values", t.line, maxNodes)
	}
	if r.err != nil {
		return t
	}
	switch n := n.(type) {
	case nil, *ast.NullNode:
	case *ast.StringNode:
		t.form, t.text = isText, n.Value
	case *ast.LiteralNode:
		t.form, t.text = isText, n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		t.form, t.text = isNumber, n.GetToken().Value
	case *ast.BoolNode:
		t.form, t.text = isBool, n.GetToken().Value
	case *ast.SequenceNode:
		t.form = isList
		for _, e := range n.Values {
			t.list = append(t.list, r.read(e))
		}
	case *ast.MappingNode:
		t.form = isMap
		for _, v := range n.Values {
			r.pair(t, v)
		}
	case *ast.MappingValueNode:
		t.form = isMap
		r.pair(t, n)
	case *ast.AnchorNode:
		t = r.read(n.Value)
		r.anchors[n.Name.String()] = t
	case *ast.AliasNode:
		known, ok := r.anchors[n.Value.String()]
		if !ok {
			r.err = fmt.Errorf("yaml: line %d: no anchor %s stands before its use", t.line, n.Value)
			return t
		}
		r.nodes += known.size()
		return known
	case *ast.TagNode:
		return r.read(n.Value)
	default:
		r.err = fmt.Errorf("yaml: line %d: %s cannot stand here", t.line, n.Type())
	}
	return t
}

func (r *treeReader) pair(t *tree, v *ast.MappingValueNode) {
	key := ""
	switch k := v.Key.(type) {
	case *ast.StringNode:
		key = k.Value
	case *ast.MergeKeyNode:
		r.err = fmt.Errorf("yaml: line %d: a merge key has no place in a rule", lineOf(v))
		return
	default:
		key = strings.Trim(v.Key.String(), `"'`)
	}
	t.pairs = append(t.pairs, pair{key, r.read(v.Value)})
}

func (t *tree) size() int {
	n := 1
	for _, e := range t.list {
		n += e.size()
	}
	for _, p := range t.pairs {
		n += p.value.size()
	}
	return n
}

func lineOf(n ast.Node) int {
	if n == nil {
		return 0
	}
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		return lineOf(m.Values[0].Key)
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}
