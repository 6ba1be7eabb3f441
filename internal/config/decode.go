package config

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"watchpost/internal/yamldoc"
)

// decoder reads a YAML document into a struct and gathers every fault with its place. Keys that the struct lacks, keys
// given twice, aliases and values of the wrong type are faults; keys that the document lacks keep the struct's values.
type decoder struct {
	file   string
	env    func(string) (string, bool)
	faults []error
	lines  map[string]int // line of each dotted key, to place what Check finds
}

// maxFile bounds a configuration file.
const maxFile = 1 << 20

func (d *decoder) fault(n ast.Node, key, format string, a ...any) {
	line := 1
	if n != nil && n.GetToken() != nil {
		line = n.GetToken().Position.Line
	}
	d.faults = append(d.faults, &fault{d.file, line, fmt.Sprintf("%s: %s", key, fmt.Sprintf(format, a...))})
}

// fault is something wrong with a line.
type fault struct {
	file string
	line int
	what string
}

func (f *fault) Error() string { return fmt.Sprintf("%s:%d: %s", f.file, f.line, f.what) }

// err joins all faults in the order of their lines.
func (d *decoder) err() error {
	slices.SortStableFunc(d.faults, func(a, b error) int {
		var fa, fb *fault
		if !errors.As(a, &fa) || !errors.As(b, &fb) {
			return 0 // the only one: the document is no YAML
		}
		return cmp.Compare(fa.line, fb.line)
	})
	return errors.Join(d.faults...)
}

func (d *decoder) decode(data []byte, into any) {
	if len(data) > maxFile {
		d.fault(nil, "file", "%d bytes are more than %d", len(data), maxFile)
		return
	}
	docs, err := yamldoc.Read(data)
	if err != nil {
		d.faults = []error{fmt.Errorf("%s:%w", d.file, err)}
		return
	}
	if len(docs) > 1 {
		d.fault(docs[1], "file", "more than one document")
	}
	if len(docs) > 0 {
		d.value(docs[0], "", reflect.ValueOf(into).Elem())
	}
}

func (d *decoder) value(n ast.Node, key string, v reflect.Value) {
	switch {
	case n.Type() == ast.NullType && v.Kind() == reflect.Struct: // all keys of the section are left out
	case n.Type() == ast.NullType && v.Kind() == reflect.Slice:
		d.fault(n, key, "has no value; a list of none is written []")
	case n.Type() == ast.NullType:
		d.fault(n, key, "has no value; leave the key out for the default")
	case v.Kind() == reflect.Struct && !v.CanInterface():
		panic("BUG: config: unexported struct at " + key)
	case v.Kind() == reflect.Struct:
		d.mapping(n, key, v)
	case v.Kind() == reflect.Slice && n.Type() == ast.SequenceType:
		d.sequence(n.(*ast.SequenceNode), key, v)
	case v.Kind() == reflect.Map:
		d.named(n, key, v)
	default:
		d.leaf(n, key, v)
	}
}

func (d *decoder) mapping(n ast.Node, key string, v reflect.Value) {
	fields := fieldsOf(v)
	d.pairs(n, key, func(k ast.Node, name, full string) (reflect.Value, bool) {
		f, ok := fields[name]
		if !ok {
			d.fault(k, full, "unknown key; known here: %s", strings.Join(sortedKeys(fields), ", "))
		}
		return f, ok
	})
}

// named reads a map, whose keys are names that the file chooses. It replaces the map that was there.
func (d *decoder) named(n ast.Node, key string, v reflect.Value) {
	made := map[string]reflect.Value{}
	d.pairs(n, key, func(_ ast.Node, name, _ string) (reflect.Value, bool) {
		made[name] = reflect.New(v.Type().Elem()).Elem()
		return made[name], true
	})
	v.Set(reflect.MakeMapWithSize(v.Type(), len(made)))
	for name, e := range made {
		v.SetMapIndex(reflect.ValueOf(name), e)
	}
}

// pairs reads each value of n into what place gives for its key, unless place says that there is no such key.
func (d *decoder) pairs(n ast.Node, key string, place func(k ast.Node, name, full string) (reflect.Value, bool)) {
	var pairs []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		d.fault(n, key, "want keys and values")
		return
	}
	seen := map[string]bool{}
	for _, p := range pairs {
		name := p.Key.GetToken().Value
		full := strings.TrimPrefix(key+"."+name, ".")
		if seen[name] {
			d.fault(p.Key, full, "given twice")
		} else if v, ok := place(p.Key, name, full); ok {
			d.lines[full] = p.Key.GetToken().Position.Line
			d.value(p.Value, full, v)
		}
		seen[name] = true
	}
}

func (d *decoder) sequence(n *ast.SequenceNode, key string, v reflect.Value) {
	out := reflect.MakeSlice(v.Type(), len(n.Values), len(n.Values))
	for i, e := range n.Values {
		el := out.Index(i)
		if def, ok := el.Addr().Interface().(interface{ SetDefaults() }); ok {
			def.SetDefaults()
		}
		d.lines[fmt.Sprintf("%s[%d]", key, i)] = e.GetToken().Position.Line
		d.value(e, fmt.Sprintf("%s[%d]", key, i), el)
	}
	v.Set(out)
}

var envRef = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

func (d *decoder) leaf(n ast.Node, key string, v reflect.Value) {
	if n.Type() == ast.AliasType || n.Type() == ast.AnchorType || n.Type() == ast.TagType {
		d.fault(n, key, "anchors, aliases and tags are not supported")
		return
	}
	text := n.GetToken().Value
	if s, ok := n.(*ast.LiteralNode); ok {
		text = s.Value.Value
	}
	if envRef.MatchString(text) {
		before := len(d.faults)
		text = envRef.ReplaceAllStringFunc(text, func(ref string) string {
			name := envRef.FindStringSubmatch(ref)[1]
			val, ok := d.env(name)
			if !ok {
				d.fault(n, key, "environment variable %s is not set", name)
			}
			return val
		})
		if v.Kind() == reflect.String {
			v.SetString(text)
			return
		}
		docs, err := yamldoc.Read([]byte(text))
		switch {
		case len(d.faults) > before:
			return
		case err != nil || len(docs) != 1:
			d.fault(n, key, "the environment's value %q is no %s", text, typeName(v))
			return
		}
		n = docs[0]
	}
	f, isFloat := n.(*ast.FloatNode)
	fraction := isFloat && (v.CanInt() || v.CanUint()) && f.Value != math.Trunc(f.Value) // which would be cut off
	if err := yaml.NodeToValue(n, v.Addr().Interface()); err != nil || fraction {
		d.fault(n, key, "%q is no %s", text, typeName(v))
	}
}

func typeName(v reflect.Value) string {
	switch {
	case v.Type().String() == "time.Duration":
		return "duration (such as 250ms, 5s, 15m, 1h)"
	case v.Kind() == reflect.Slice:
		return "list"
	}
	return v.Kind().String()
}

// fieldsOf maps yaml names to the fields of a struct, those of inlined structs included.
func fieldsOf(v reflect.Value) map[string]reflect.Value {
	out := map[string]reflect.Value{}
	for i := range v.NumField() {
		tag, opts, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		switch {
		case opts == "inline":
			for k, f := range fieldsOf(v.Field(i)) {
				out[k] = f
			}
		case tag != "" && tag != "-":
			out[tag] = v.Field(i)
		}
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// checked places the faults that an Options.Check found; each begins with its key.
func (d *decoder) checked(section string, err error) {
	for _, e := range flatten(err) {
		key, _, _ := strings.Cut(e.Error(), ":")
		full := strings.TrimPrefix(section+"."+key, ".")
		line, ok := d.lines[full]
		if !ok {
			line = max(d.lines[section], 1)
		}
		d.faults = append(d.faults, &fault{d.file, line, fmt.Sprintf("%s.%v", section, e)})
	}
}

// flatten takes joined errors apart.
func flatten(err error) []error {
	if err == nil {
		return nil
	}
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		var out []error
		for _, e := range j.Unwrap() {
			out = append(out, flatten(e)...)
		}
		return out
	}
	return []error{err}
}

func readFile(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("configuration: %s does not exist", path)
	}
	return data, err
}
