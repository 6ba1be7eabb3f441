package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"
	"unicode/utf8"

	"watchpost/internal/export"
	"watchpost/internal/hunt"
)

// CLIQuery is a hunt from the command line, by the API.
type CLIQuery struct {
	Search hunt.Search
	Format string // table, ndjson or csv
	Server string
}

// tableFields are shown where none are asked for.
var tableFields = []string{"@timestamp", "host.name", "event.dataset", "event.action", "event.outcome", "user.name", "source.ip", "message"}

// Run asks and writes the answer to out.
func (q CLIQuery) Run(ctx context.Context, out io.Writer) error {
	query, err := hunt.Parse(q.Search.Query)
	if err == nil && query.Pipe != nil {
		return q.runTable(ctx, out)
	} // a fault is the server's to name: it may know more than this program
	var show func(io.Reader) error
	w := bufio.NewWriter(out)
	defer w.Flush()
	switch q.Format {
	case "ndjson":
		show = func(r io.Reader) error { _, err := io.Copy(w, r); return err }
	case "table", "csv":
		if len(q.Search.Fields) == 0 {
			q.Search.Fields = tableFields
		}
		show = func(r io.Reader) error { return q.table(w, r) }
		if q.Format == "csv" {
			show = func(r io.Reader) error { return q.csv(w, r) }
		}
	default:
		return usageError{fmt.Sprintf("-format: %q: want table, ndjson or csv", q.Format)}
	}
	body, err := askAPI(ctx, http.MethodPost, q.Server, "/api/v1/search", q.Search)
	if err != nil {
		return err
	}
	defer body.Close()
	return errors.Join(show(body), w.Flush())
}

// askAPI sends question, if it is not nil, as JSON and gives the body of a good answer.
func askAPI(ctx context.Context, method, server, path string, question any) (io.ReadCloser, error) {
	res, err := callAPI(ctx, method, server, path, question)
	if err != nil {
		return nil, err
	}
	return res.Body, nil
}

// callAPI is askAPI for who needs more of the answer than its body, which must be closed.
func callAPI(ctx context.Context, method, server, path string, question any) (*http.Response, error) {
	return callOnce(ctx, method, server, path, question, "")
}

// errUnheard says that nobody knows whether a request was heard.
var errUnheard = errors.New("no answer came")

// callOnce is callAPI for a request that may be repeated with the same key, if that is not "". The error is errUnheard where the request may have been done.
func callOnce(ctx context.Context, method, server, path string, question any, key string) (*http.Response, error) {
	var body io.Reader
	if question != nil {
		text, err := json.Marshal(question)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(server, "/")+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	token, err := credential(server, os.Getenv)
	if err != nil {
		return nil, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := http.DefaultClient.Do(req)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return nil, fmt.Errorf("%w (is the product running? make run)", err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errUnheard, err)
	}
	if res.StatusCode/100 == 2 {
		return res, nil
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusUnauthorized && token != "" {
		return nil, errors.New("the server does not know the token that was sent, or it has ended: look at WATCHPOST_TOKEN, WATCHPOST_TOKEN_FILE and WATCHPOST_DATA")
	}
	if res.StatusCode == http.StatusUnauthorized {
		return nil, errors.New("a token is needed: WATCHPOST_TOKEN, WATCHPOST_TOKEN_FILE, or WATCHPOST_DATA with the data folder of a server on this machine")
	}
	var p struct{ Detail string }
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&p); err != nil || p.Detail == "" {
		return nil, errors.New(res.Status)
	}
	return nil, errors.New(p.Detail)
}

// rows calls each with the fields that were asked for, as texts.
func (q CLIQuery) rows(r io.Reader, each func([]string) error) error {
	d := json.NewDecoder(r)
	d.UseNumber()
	cells := make([]string, len(q.Search.Fields))
	for {
		var e map[string]any
		if err := d.Decode(&e); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("the answer broke off: %w", err)
		}
		for i, f := range q.Search.Fields {
			cells[i] = cell(e[f])
		}
		if err := each(cells); err != nil {
			return err
		}
	}
}

func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []any:
		parts := make([]string, len(v))
		for i, p := range v {
			parts[i] = cell(p)
		}
		return strings.Join(parts, " ")
	case map[string]any:
		b, _ := json.Marshal(v) // of decoded JSON: cannot fail
		return string(b)
	}
	return fmt.Sprint(v)
}

// table writes columns as wide as their contents; it gathers all rows, of which there are at most hunt.MaxLimit.
func (q CLIQuery) table(w io.Writer, r io.Reader) error {
	rows := [][]string{append([]string(nil), q.Search.Fields...)}
	err := q.rows(r, func(cells []string) error {
		row := make([]string, len(cells))
		for i, c := range cells {
			row[i] = Visible(c)
		}
		rows = append(rows, row)
		return nil
	})
	width := make([]int, len(q.Search.Fields))
	for _, row := range rows {
		for i, c := range row {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	for _, row := range rows {
		line := ""
		for i, c := range row {
			line += c + strings.Repeat(" ", width[i]-utf8.RuneCountInString(c)+2)
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	return err
}

// csvCell makes a cell harmless: what a spreadsheet would take for a formula gets an apostrophe in front.
func csvCell(v string) string {
	return visible(export.Harmless(v), func(r rune) bool { return hidden(r) && r != '\n' && r != '\t' }) // which have a place in a quoted cell
}

// csv writes the rows with a header.
func (q CLIQuery) csv(w io.Writer, r io.Reader) error {
	c := csv.NewWriter(w)
	if err := c.Write(q.Search.Fields); err != nil {
		return err
	}
	err := q.rows(r, func(cells []string) error {
		row := make([]string, len(cells))
		for i, v := range cells {
			row[i] = csvCell(v)
		}
		return c.Write(row)
	})
	c.Flush()
	return errors.Join(err, c.Error())
}

// Visible replaces control characters, C1 included, and bidirectional overrides by tokens: log text must not steer an
// analyst's terminal.
func Visible(s string) string { return visible(s, hidden) }

func visible(s string, hidden func(rune) bool) string {
	if !strings.ContainsFunc(s, hidden) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if hidden(r) {
			fmt.Fprintf(&b, "<U+%04X>", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func hidden(r rune) bool {
	return r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x61c || r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff
}
