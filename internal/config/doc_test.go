package config

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestDocumentation holds docs/configuration.md to the types: every key with its type, its default and the comment of its
// field. UPDATE_DOCS=1 go test ./internal/config writes the table anew.
func TestDocumentation(t *testing.T) {
	const path, begin, end = "../../docs/configuration.md", "<!-- keys -->\n", "<!-- end of keys -->\n"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), begin)
	table, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s lacks its marks", path)
	}
	w := writer{t: t, packages: map[string]map[string]*ast.TypeSpec{}}
	c := Default()
	c.finish()
	w.section("", reflect.ValueOf(c))
	want := w.out.String()
	if table == want {
		return
	}
	if os.Getenv("UPDATE_DOCS") == "" {
		t.Fatalf("%s is not what the types say: UPDATE_DOCS=1 go test ./internal/config", path)
	}
	if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// writer makes the table. Its comments come from the sources of the packages that declare the types.
type writer struct {
	t        *testing.T
	out      strings.Builder
	packages map[string]map[string]*ast.TypeSpec
}

// section writes the keys of a struct: those with values first, then what lies deeper, each section with a table.
func (w *writer) section(prefix string, v reflect.Value) {
	type deeper struct {
		key     string
		value   reflect.Value
		comment string
	}
	var later []deeper
	rows := 0
	var walk func(reflect.Value)
	walk = func(v reflect.Value) {
		comments := w.comments(v.Type())
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name, opts, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			key := strings.TrimPrefix(prefix+"."+name, ".")
			switch {
			case opts == "inline":
				walk(v.Field(i))
				continue
			case name == "" || name == "-":
				continue
			case f.Type.Kind() == reflect.Struct:
				later = append(later, deeper{key, v.Field(i), comments[f.Name]})
				continue
			case f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct:
				e := reflect.New(f.Type.Elem())
				if d, ok := e.Interface().(interface{ SetDefaults() }); ok {
					d.SetDefaults()
				}
				later = append(later, deeper{key + "[]", e.Elem(), comments[f.Name]})
				continue
			case f.Type.Kind() == reflect.Map && f.Type.Elem().Kind() == reflect.Struct:
				later = append(later, deeper{key + ".NAME", reflect.New(f.Type.Elem()).Elem(), comments[f.Name]})
				continue
			}
			if comments[f.Name] == "" && !strings.Contains(key, "tls.") && !strings.Contains(key, "sasl.") {
				w.t.Errorf("%s: the field %s.%s has no comment", key, v.Type(), f.Name)
			}
			if rows == 0 {
				fmt.Fprint(&w.out, "| key | type | default | meaning |\n|---|---|---|---|\n")
			}
			rows++
			fmt.Fprintf(&w.out, "| `%s` | %s | %s | %s |\n", key, kindOf(f.Type), shown(v.Field(i)), strings.ReplaceAll(comments[f.Name], "|", "\\|"))
		}
	}
	walk(v)
	if rows > 0 {
		w.out.WriteByte('\n')
	}
	for _, d := range later {
		fmt.Fprintf(&w.out, "%s `%s`\n\n", strings.Repeat("#", min(3+strings.Count(d.key, "."), 5)), d.key)
		if d.comment != "" {
			fmt.Fprintf(&w.out, "%s%s.\n\n", strings.ToUpper(d.comment[:1]), d.comment[1:])
		}
		w.section(d.key, d.value)
	}
}

func kindOf(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "duration"
	case t.Kind() == reflect.Slice:
		return "list of " + kindOf(t.Elem())
	case t.Kind() == reflect.Map:
		return "map of " + kindOf(t.Elem())
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.String:
		return "text"
	case t.Kind() == reflect.Int, t.Kind() == reflect.Int64:
		return "number"
	}
	return t.Kind().String()
}

func shown(v reflect.Value) string {
	switch {
	case v.Kind() == reflect.Bool, v.Type() == reflect.TypeFor[time.Duration]():
		return fmt.Sprintf("`%v`", v.Interface())
	case (v.Kind() == reflect.Slice || v.Kind() == reflect.Map) && v.Len() == 0, v.Kind() == reflect.String && v.Len() == 0:
		return ""
	}
	return fmt.Sprintf("`%v`", v.Interface())
}

// comments gives the line comment of each field of t.
func (w *writer) comments(t reflect.Type) map[string]string {
	spec := w.spec(t.PkgPath(), t.Name())
	if named, ok := spec.Type.(*ast.SelectorExpr); ok { // type UDP source.UDPOptions
		spec = w.spec("watchpost/internal/"+named.X.(*ast.Ident).Name, named.Sel.Name)
	}
	out := map[string]string{}
	for _, f := range spec.Type.(*ast.StructType).Fields.List {
		for _, name := range f.Names {
			out[name.Name] = strings.TrimSpace(f.Comment.Text())
		}
	}
	return out
}

func (w *writer) spec(pkg, name string) *ast.TypeSpec {
	types := w.packages[pkg]
	if types == nil {
		types = map[string]*ast.TypeSpec{}
		w.packages[pkg] = types
		files, err := filepath.Glob(filepath.Join("../..", strings.TrimPrefix(pkg, "watchpost/"), "*.go"))
		if err != nil || len(files) == 0 {
			w.t.Fatalf("%s: %v", pkg, err)
		}
		for _, file := range files {
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
			if err != nil {
				w.t.Fatal(err)
			}
			ast.Inspect(parsed, func(n ast.Node) bool {
				if s, ok := n.(*ast.TypeSpec); ok {
					types[s.Name.Name] = s
				}
				return true
			})
		}
	}
	if types[name] == nil {
		w.t.Fatalf("%s declares no %s", pkg, name)
	}
	return types[name]
}
