package app

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"watchpost/internal/event"
	"watchpost/internal/rule"
)

// hit is a rule that matched, and where.
type hit struct {
	rule *rule.Rule
	row  int
	place
	values []value
}

// value is a field with its value as JSON.
type value struct {
	name string
	json []byte
}

// looked is what a rule looks at: its conditions, its key and its evidence.
type looked struct {
	fields []event.Field
	labels []string
}

func lookedAt(r *rule.Rule) looked {
	var l looked
	add := func(ref rule.Ref) {
		switch {
		case ref.Label != "":
			if !slices.Contains(l.labels, ref.Label) {
				l.labels = append(l.labels, ref.Label)
			}
		case ref.Field != event.Timestamp && ref.Field != event.Labels && !slices.Contains(l.fields, ref.Field):
			l.fields = append(l.fields, ref.Field)
		}
	}
	for _, s := range r.Steps {
		if s.Written == nil {
			continue
		}
		rule.Walk(s.Written.Node(), func(n rule.Node) {
			switch n := n.(type) {
			case rule.Leaf:
				add(n.On())
			case *rule.Residue:
				for _, f := range n.Fields {
					add(rule.Ref{Field: f})
				}
			}
		})
	}
	for _, f := range slices.Concat(r.GroupBy, r.Fields) {
		add(rule.Ref{Field: f})
	}
	slices.Sort(l.labels)
	return l
}

// values gives what e has of it. Labels are one value, an object, as events show them.
func (l looked) values(e event.Event) []value {
	var out []value
	for _, f := range l.fields {
		if f != event.EventID && (!e.Has(f) || !e.Present(f)) {
			continue
		}
		text := e.AppendJSON(nil, []event.Field{f})
		prefix := append(event.AppendJSONString([]byte{'{'}, f.String()), ':')
		if v, ok := bytes.CutPrefix(text, prefix); ok {
			if at := bytes.Index(v, []byte(`,"event.original_base64":`)); f == event.EventOriginal && at >= 0 {
				v = v[:at+1]
			}
			out = append(out, value{f.String(), v[:len(v)-1]})
		}
	}
	labels := []byte{'{'}
	for _, k := range l.labels {
		if v := e.Label(k); v != "" {
			if len(labels) > 1 {
				labels = append(labels, ',')
			}
			labels = append(event.AppendJSONString(labels, k), ':')
			labels = event.AppendJSONString(labels, v)
		}
	}
	if len(labels) > 1 {
		out = append(out, value{"labels", append(labels, '}')})
	}
	return out
}

// shape is a form of output.
type shape interface {
	head() []byte
	append(dst []byte, h hit) []byte
}

func newShape(name string) (shape, error) {
	switch name {
	case "table":
		return tableShape{}, nil
	case "ndjson":
		return ndjsonShape{}, nil
	case "csv":
		return csvShape{}, nil
	}
	return nil, usageError{fmt.Sprintf("-o: %q: want table, ndjson or csv", name)}
}

// scanID is the id that a match carries: of an imported rule that of its origin.
func scanID(r *rule.Rule) string {
	if r.Sigma != nil && r.Sigma.ID != "" {
		return r.Sigma.ID
	}
	return r.ID
}

func stampOf(t int64) string { return time.Unix(0, t).UTC().Format(time.RFC3339Nano) }

// ndjsonShape writes a flat object for each match.
type ndjsonShape struct{}

func (ndjsonShape) head() []byte { return nil }

func (ndjsonShape) append(dst []byte, h hit) []byte {
	text := func(name, v string) {
		dst = append(event.AppendJSONString(dst, name), ':')
		dst = append(event.AppendJSONString(dst, v), ',')
	}
	dst = append(dst, '{')
	text("rule.id", scanID(h.rule))
	text("rule.name", h.rule.Title)
	text("rule.level", h.rule.Level)
	text("file", h.file)
	if h.rule.Mode == rule.Shadow {
		text("rule.mode", rule.Shadow)
	}
	dst = fmt.Appendf(dst, `"line":%d,"@timestamp":%q`, h.line, stampOf(h.time))
	for _, v := range h.values {
		dst = append(dst, ',')
		dst = append(event.AppendJSONString(dst, v.name), ':')
		dst = append(dst, v.json...)
	}
	return append(dst, "}\n"...)
}

// tableShape writes a line for each match, for a person; a long value is cut.
type tableShape struct{}

func (tableShape) head() []byte { return nil }

const tableValue = 120 // characters

func (tableShape) append(dst []byte, h hit) []byte {
	parts := []string{fmt.Sprintf("%-13s %-24s %s  %s:%d", h.rule.Level, time.Unix(0, h.time).UTC().Format("2006-01-02T15:04:05.999Z"), scanID(h.rule), h.file, h.line)}
	for _, v := range h.values {
		s := v.text()
		if utf8.RuneCountInString(s) > tableValue {
			s = string([]rune(s)[:tableValue]) + "…"
		}
		if strings.ContainsAny(s, " \t") && s[0] != '{' {
			s = `"` + s + `"`
		}
		parts = append(parts, v.name+"="+s)
	}
	return append(append(dst, Visible(strings.Join(parts, " "))...), '\n')
}

// text gives the value as a person reads it.
func (v value) text() string {
	var any any
	d := json.NewDecoder(bytes.NewReader(v.json))
	d.UseNumber()
	if err := d.Decode(&any); err != nil {
		panic(fmt.Sprintf("BUG: app: value of %s: %v", v.name, err)) // we wrote it
	}
	return cell(any)
}

// csvShape writes the fields as one object in the last column.
type csvShape struct{}

func (s csvShape) head() []byte {
	return []byte("@timestamp,rule.level,rule.id,rule.name,file,line,fields\n")
}

func (csvShape) append(dst []byte, h hit) []byte {
	fields := []byte{'{'}
	for i, v := range h.values {
		if i > 0 {
			fields = append(fields, ',')
		}
		fields = append(event.AppendJSONString(fields, v.name), ':')
		fields = append(fields, v.json...)
	}
	row := []string{stampOf(h.time), h.rule.Level, scanID(h.rule), h.rule.Title, h.file, fmt.Sprint(h.line), string(append(fields, '}'))}
	for i := range row {
		row[i] = csvCell(row[i])
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(row) // to memory
	w.Flush()
	return append(dst, b.Bytes()...)
}
