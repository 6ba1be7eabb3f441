package rule

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"watchpost/internal/event"
	"watchpost/internal/yamldoc"
)

// doc reads one YAML document and collects its faults.
type doc struct {
	file  string
	lines []string // of the file
	lists lists    // that conditions may ask for
	node  ast.Node
	errs  []error
	left  *budget                                                     // of the file
	note  func(key string, readers map[string]func(ast.Node, string)) // of each mapping which keys it may have; nil: nobody asks
}

// budget is what the documents of a file may still cost.
type budget struct{ weight, faults int }

// Bounds of what one file costs, in time and memory.
const (
	MaxDocuments = 5000
	MaxWeight    = 400_000 // of the conditions of a file, see weight; the heaviest of SigmaHQ's rules has 18,000
	maxFaults    = 100     // of a file that are told
)

func newBudget() *budget { return &budget{MaxWeight, maxFaults} }

// enough says that no more faults are told.
func (d *doc) enough() bool { return d.left.faults < 0 }

// parseFile gives the documents of a file.
func parseFile(name string, src []byte) ([]ast.Node, error) {
	docs, err := yamldoc.Read(src)
	if e := (*yamldoc.Error)(nil); errors.As(err, &e) {
		return nil, fmt.Errorf("%s:%d:%d: yaml: %s", name, e.Line, e.Column, e.What)
	}
	return docs, err
}

func (d *doc) fault(line, col int, key, format string, args ...any) {
	what := ""
	switch d.left.faults--; {
	case d.left.faults < -1:
		return
	case d.left.faults < 0:
		key, what = "file", "there are more faults"
	default:
		what = fmt.Sprintf(format, args...)
	}
	if most := 1000; len(key)+len(what) > most {
		key, what = key[:min(len(key), most)], what[:min(len(what), most)]+" …"
	}
	d.errs = append(d.errs, fmt.Errorf("%s:%d:%d: %s: %s", d.file, line, col, key, what))
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
		case !known && d.enough():
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
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		d.bad(n, key, "anchors (&), aliases (*) and tags (!) have no place in a rule: put a text that begins so in quotes")
		return ""
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
	if name == "" || d.enough() {
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

func (d *doc) fields(n ast.Node, key string, list bool, most int) []event.Field {
	var out []event.Field
	all := d.list(n, key)
	if len(all) > most {
		d.bad(all[most], key, "%d fields are too many, the most is %d", len(all), most)
		return nil
	}
	for _, e := range all {
		if f := d.field(e, key, list); f != event.None {
			out = append(out, f)
		}
	}
	return out
}

// predicate compiles a condition and, where the YAML keeps its lines, says where in the file a fault is.
func (d *doc) predicate(n ast.Node, key string) *Predicate {
	before := len(d.errs)
	src := d.text(n, key)
	switch {
	case len(d.errs) > before:
		return nil
	case strings.TrimSpace(src) == "":
		d.bad(n, key, "the condition is empty")
		return nil
	}
	if d.enough() {
		return nil
	}
	p, err := compile(strings.TrimRight(src, "\n"), d.lists)
	if err == nil {
		if d.left.weight -= p.weight; d.left.weight < 0 {
			d.bad(n, key, "with this the conditions of the file hold too many texts and patterns: divide the file")
			d.left.faults = -1 // it is read no further
		}
		return p
	}
	at := place(n)
	var e *Error
	if !errors.As(err, &e) {
		d.bad(n, key, "%v", err)
		return nil
	}
	if plain, ok := n.(*ast.StringNode); ok && plain.GetToken().Type == token.StringType && e.What == "literal not terminated" {
		e.What += `; YAML takes " #" for the begin of a comment: write the condition behind "|" on lines of its own, or in single quotes`
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
