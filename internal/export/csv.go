package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
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
		return harmless(v)
	case []any:
		parts := make([]string, len(v))
		for i, p := range v {
			parts[i] = fmt.Sprint(p)
		}
		return harmless(strings.Join(parts, " "))
	case map[string]any:
		b, _ := json.Marshal(v) // of decoded JSON: cannot fail
		return string(b)
	}
	return fmt.Sprint(v)
}

// harmless puts an apostrophe before what a spreadsheet would take for a formula: = + - @, tab, CR, LF, the full-width forms of the signs, and the same behind spaces.
func harmless(s string) string {
	c, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " \u00a0\u3000\ufeff"))
	if strings.ContainsRune("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20", c) && s != "" && c != utf8.RuneError {
		return "'" + s
	}
	return s
}
