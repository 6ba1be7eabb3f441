package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"watchpost/internal/event"
)

type table struct {
	c     *csv.Writer
	show  []event.Field
	head  []string
	cells []string
	text  []byte
	n     uint64
}

func newCSV(w io.Writer, show []event.Field) (*table, error) {
	t := &table{c: csv.NewWriter(w), show: show, head: make([]string, len(show)), cells: make([]string, len(show))}
	for i, f := range show {
		t.head[i] = f.String()
	}
	return t, t.line(t.head)
}

func (t *table) Write(e event.Event) error {
	t.text = e.AppendJSON(t.text[:0], t.show)
	var values map[string]any
	d := json.NewDecoder(bytes.NewReader(t.text))
	d.UseNumber()
	if err := d.Decode(&values); err != nil {
		return err
	}
	for i := range t.cells {
		t.cells[i] = cell(values[t.head[i]])
	}
	if err := t.line(t.cells); err != nil {
		return err
	}
	t.n++
	return nil
}

// line writes a line through: rows that are counted are written.
func (t *table) line(cells []string) error {
	t.c.Write(cells) // the error is kept
	t.c.Flush()
	return t.c.Error()
}

func (t *table) Rows() uint64 { return t.n }
func (t *table) Close() error { return nil }

// cell gives a value as text that no spreadsheet takes for a formula.
func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case json.Number:
		return v.String() // a number, -1 too, is no formula
	case string:
		return Harmless(v)
	case []any:
		parts := make([]string, len(v))
		for i, p := range v {
			parts[i] = fmt.Sprint(p)
		}
		return Harmless(strings.Join(parts, " "))
	case map[string]any:
		b, _ := json.Marshal(v) // of decoded JSON: cannot fail
		return Harmless(string(b))
	}
	return fmt.Sprint(v)
}

// signs begin a formula; the last four are full-width forms.
const signs = "=+-@\uff1d\uff0b\uff0d\uff20"

// Harmless puts an apostrophe before what a spreadsheet would take for a formula: a text that begins with a sign, tab, CR or LF, or with what is not seen and a sign. The same for what stands
// behind semicolons, tabs and ends of lines: where a comma stands in numbers, a spreadsheet parts cells by these, whatever the quotes say.
func Harmless(s string) string {
	if !strings.ContainsAny(s, signs+"\t\r\n") {
		return s
	}
	var out []byte
	from, cell := 0, 0 // what was copied; where a cell begins of which nothing was seen yet, or -1
	put := func(at int) { out, from = append(append(out, s[from:at]...), '\''), at }
	if strings.ContainsRune("\t\r\n", rune(s[0])) {
		put(0)
	}
	for i, c := range s {
		switch {
		case strings.ContainsRune(";\t\r\n", c):
			cell = i + 1
		case cell < 0 || c == '"' || unicode.IsSpace(c) || !unicode.IsPrint(c):
		case !strings.ContainsRune(signs, c):
			cell = -1
		default:
			// A sign alone is none behind a separator: many a record has "-" for nothing.
			if rest := strings.TrimLeft(s[i+utf8.RuneLen(c):], " "); cell == 0 || rest != "" && !strings.ContainsRune(";\t\r\n", rune(rest[0])) {
				put(cell)
			}
			cell = -1
		}
	}
	return string(append(out, s[from:]...))
}
