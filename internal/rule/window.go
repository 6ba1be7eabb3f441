package rule

import (
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"watchpost/internal/window"
)

// window reads the window into r. It gives the node of a sequence, if it is one.
func (d *doc) window(n ast.Node, key string, r *Rule) (sequence ast.Node) {
	kind := func(k window.Kind) func(ast.Node, string) {
		return func(n ast.Node, key string) {
			if r.Window != nil {
				d.bad(n, key, "a window is of one kind")
				return
			}
			s := &window.Spec{Kind: k}
			r.Window = s
			readers := map[string]func(ast.Node, string){
				"within": func(n ast.Node, key string) { s.Within = d.duration(n, key) },
			}
			switch k {
			case window.Distinct:
				readers["field"] = func(n ast.Node, key string) { s.Field = d.field(n, key, false) }
				fallthrough
			case window.Count:
				readers["at_least"] = func(n ast.Node, key string) { s.AtLeast = d.number(n, key) }
			case window.Sequence:
				sequence = n
				readers["steps"] = func(n ast.Node, key string) { d.steps(n, key, r) }
			}
			before := len(d.errs)
			d.mapping(n, key, readers)
			if len(d.errs) == before {
				d.check(n, key, s)
			}
		}
	}
	d.mapping(n, key, map[string]func(ast.Node, string){
		"count":    kind(window.Count),
		"distinct": kind(window.Distinct),
		"sequence": kind(window.Sequence),
		"absence":  kind(window.Absence),
	})
	return sequence
}

// check reports what package window finds wrong.
func (d *doc) check(n ast.Node, key string, s *window.Spec) {
	err := s.Check()
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			what, rest, _ := strings.Cut(e.Error(), ": ")
			d.bad(n, key+"."+what, "%s", rest)
		}
	} else if err != nil {
		d.bad(n, key, "%v", err)
	}
}

func (d *doc) steps(n ast.Node, key string, r *Rule) {
	for i, e := range d.list(n, key) {
		s := Step{AtLeast: 1}
		at := fmt.Sprintf("%s[%d]", key, i)
		d.mapping(e, at, map[string]func(ast.Node, string){
			"name":     func(n ast.Node, key string) { s.Name = d.line(n, key) },
			"match":    func(n ast.Node, key string) { s.Match = d.predicate(n, key) },
			"at_least": func(n ast.Node, key string) { s.AtLeast = d.number(n, key) },
		})
		if s.Match == nil {
			d.bad(e, at+".match", "is missing or wrong")
		}
		r.Steps = append(r.Steps, s)
		r.Window.Steps = append(r.Window.Steps, s.AtLeast)
	}
}

// hashWindow writes all that decides what a window finds; the steps' conditions are written by hash.
func hashWindow(h io.Writer, w *window.Spec) {
	if w != nil {
		fmt.Fprintf(h, " window %s %d %d %q", w.Kind, w.Within, w.AtLeast, w.Field.String())
	}
}
