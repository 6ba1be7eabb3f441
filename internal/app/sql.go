package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"

	"watchpost/internal/hunt"
	"watchpost/internal/rawsql"
	"watchpost/internal/store"
	"watchpost/internal/web"
)

// errRows ends a statement that has more rows than are wanted.
var errRows = errors.New("enough rows")

// sqlBlock is how many rows of a statement the engine works on at a time, dearBlock of one of which a row may take long.
const (
	sqlBlock  = 4096
	dearBlock = 256
)

// SQL implements web.Statements.
func (d *desk) SQL(ctx context.Context, st rawsql.Statement, limit int) (*web.Table, error) {
	out := &web.Table{Columns: []hunt.Column{}, Rows: [][]any{}}
	begun := time.Now()
	ctx = store.WithProgress(ctx, func(p store.Progress) { out.ReadRows, out.Read = p.Rows, p.Bytes })
	values := store.Params{}
	for _, p := range st.Params {
		values[p.Name] = p.Value
	}
	settings := d.settings()
	// The engine looks whether a statement's time is up, or who asked has gone, between blocks only; and users' functions may be slow.
	block := sqlBlock
	if st.Dear {
		block = dearBlock
	}
	settings["max_block_size"], settings["max_joined_block_size_rows"] = block, block
	err := d.store.Table(ctx, st.SQL, values, settings, func(columns []store.Column) error {
		for _, c := range columns {
			out.Columns = append(out.Columns, hunt.Column{Name: c.Name, Type: c.Type})
		}
		return nil
	}, func(row []any) error {
		if len(out.Rows) == limit {
			out.Partial, out.Reason = true, fmt.Sprintf("the table has more than %d rows", limit)
			return errRows
		}
		out.Rows = append(out.Rows, row)
		return nil
	})
	out.Elapsed = time.Since(begun).Milliseconds()
	switch {
	case err == nil, errors.Is(err, errRows):
		return out, nil
	case store.OverBudget(err):
		return nil, told(err)
	case ctx.Err() == nil && store.Refused(err) != "":
		what, _, _ := strings.Cut(store.Refused(err), ": In scope ") // behind it stands the statement as it was written again
		return nil, fmt.Errorf("%w: %s", web.ErrStatement, what)
	}
	return nil, err
}

// sqlTool asks the API for the table of a SELECT.
func sqlTool(args []string) error {
	set := flag.NewFlagSet("watchpost sql", flag.ContinueOnError)
	limit := set.Int("limit", 1000, "most `rows` to show, up to 10000")
	format := set.String("format", "table", "table, ndjson or csv")
	server := set.String("server", "http://127.0.0.1:8080", "`address` of the API")
	rest, err := parseFlags(set, args)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return usageError{"want one SELECT, in quotes"}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	body, err := askAPI(ctx, http.MethodPost, *server, "/api/v1/sql", map[string]any{"sql": rest[0], "limit": *limit})
	if err != nil {
		return err
	}
	defer body.Close()
	return writeTable(os.Stdout, body, *format)
}
