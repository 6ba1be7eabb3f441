package app

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"unicode/utf8"
)

// apiTable is a table as the API gives it.
type apiTable struct {
	Columns []struct{ Name, Type string }
	Rows    [][]any
	Partial bool
	Reason  string
}

// runTable asks for the table of a query with a pipe.
func (q CLIQuery) runTable(ctx context.Context, out io.Writer) error {
	ask := map[string]any{"query": q.Search.Query, "from": q.Search.From, "to": q.Search.To, "limit": q.Search.Limit}
	body, err := askAPI(ctx, http.MethodPost, q.Server, "/api/v1/table", ask)
	if err != nil {
		return err
	}
	defer body.Close()
	return writeTable(out, body, q.Format)
}

// writeTable writes a table that the API gives.
func writeTable(out io.Writer, body io.Reader, format string) error {
	var t apiTable
	d := json.NewDecoder(body)
	d.UseNumber()
	if err := d.Decode(&t); err != nil {
		return fmt.Errorf("the answer broke off: %w", err)
	}
	w := bufio.NewWriter(out)
	var err error
	switch format {
	case "ndjson":
		err = t.ndjson(w)
	case "csv":
		err = t.csv(w)
	case "table":
		err = t.text(w)
	default:
		return usageError{fmt.Sprintf("-format: %q: want table, ndjson or csv", format)}
	}
	if t.Partial {
		fmt.Fprintln(os.Stderr, "watchpost: the table is not whole:", Visible(t.Reason))
	}
	return errors.Join(err, w.Flush())
}

// ndjson writes a row a line, with the names of the columns in their order.
func (t apiTable) ndjson(w io.Writer) error {
	for _, row := range t.Rows {
		line := []byte{'{'}
		for i, c := range t.Columns {
			name, err := json.Marshal(c.Name)
			if err != nil {
				return err
			}
			value, err := json.Marshal(row[i])
			if err != nil {
				return err
			}
			if i > 0 {
				line = append(line, ',')
			}
			line = append(append(append(line, name...), ':'), value...)
		}
		if _, err := w.Write(append(line, '}', '\n')); err != nil {
			return err
		}
	}
	return nil
}

func (t apiTable) csv(w io.Writer) error {
	c := csv.NewWriter(w)
	row := make([]string, len(t.Columns))
	for i, col := range t.Columns {
		row[i] = csvCell(col.Name)
	}
	err := c.Write(row)
	for _, r := range t.Rows {
		for i, v := range r {
			row[i] = cell(v)
			if _, number := v.(json.Number); !number { // which no spreadsheet takes for a formula
				row[i] = csvCell(row[i])
			}
		}
		err = errors.Join(err, c.Write(row))
	}
	c.Flush()
	return errors.Join(err, c.Error())
}

// text writes columns as wide as their contents, numbers to the right.
func (t apiTable) text(w io.Writer) error {
	rows := make([][]string, 1, len(t.Rows)+1)
	width := make([]int, len(t.Columns))
	for _, c := range t.Columns {
		rows[0] = append(rows[0], Visible(c.Name))
	}
	for _, r := range t.Rows {
		row := make([]string, len(r))
		for i, v := range r {
			row[i] = Visible(cell(v))
		}
		rows = append(rows, row)
	}
	for _, row := range rows {
		for i, c := range row {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	for _, row := range rows {
		line := ""
		for i, c := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(c))
			if k := t.Columns[i].Type; k == "integer" || k == "float" {
				line += pad + c + "  "
			} else {
				line += c + pad + "  "
			}
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	return nil
}
