package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ClickHouse/ch-go"
	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Params are values for {name:Type} in a statement: string, []string, int, int64, uint64, float64 or bool. Text that
// comes from outside goes in here, never into the statement.
type Params map[string]any

// Settings are the engine's settings for one statement, for example max_execution_time.
type Settings map[string]any

// Rows runs a statement with a small result and calls each for every row; scan fills pointers, one for each column.
// Ending ctx cancels the statement in the engine.
func (s *Store) Rows(ctx context.Context, sql string, params Params, settings Settings, each func(scan func(...any) error) error) error {
	rows, done, err := s.query(ctx, sql, params, settings)
	if err != nil {
		return err
	}
	defer done()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// query begins a statement; done ends it, wherever it is.
func (s *Store) query(ctx context.Context, sql string, params Params, settings Settings) (rows driver.Rows, done func(), err error) {
	text, err := params.texts()
	if err != nil {
		return nil, nil, err
	}
	sql = s.settled(ctx, sql)
	run, cancel := bounded(ctx)
	opts := []clickhouse.QueryOption{clickhouse.WithParameters(text)}
	if len(settings) > 0 {
		opts = append(opts, clickhouse.WithSettings(clickhouse.Settings(maps.Clone(settings))))
	}
	m, end := s.follow(ctx)
	if m != nil {
		sql = m.mark + sql
		var sum proto.Progress
		opts = append(opts, clickhouse.WithProgress(func(p *clickhouse.Progress) { m.tell(&sum, p.Rows, p.Bytes, p.TotalRows) }))
	}
	if rows, err = s.sql.Query(clickhouse.Context(run, opts...), sql); err != nil {
		cancel()
		end()
		return nil, nil, err
	}
	return rows, func() { cancel(); rows.Close(); end() }, nil // Close alone would read the rest
}

// texts gives the values in the engine's escaped text form.
func (p Params) texts() (map[string]string, error) {
	out := make(map[string]string, len(p))
	for name, v := range p {
		switch v := v.(type) {
		case string:
			out[name] = textEscape.Replace(v)
		case []string:
			items := make([]string, len(v))
			for i, s := range v {
				items[i] = "'" + strings.ReplaceAll(textEscape.Replace(s), "'", `\'`) + "'"
			}
			out[name] = "[" + strings.Join(items, ",") + "]"
		case int:
			out[name] = strconv.Itoa(v)
		case int64:
			out[name] = strconv.FormatInt(v, 10)
		case uint64:
			out[name] = strconv.FormatUint(v, 10)
		case float64:
			out[name] = strconv.FormatFloat(v, 'g', -1, 64)
		case bool:
			out[name] = strconv.FormatBool(v)
		default:
			return nil, fmt.Errorf("parameter %s: values of type %T are not taken", name, v)
		}
	}
	return out, nil
}

var (
	textEscape = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\x00", `\0`)
	dumpEscape = strings.NewReplacer(`\`, `\\`, `'`, `\'`)
)

// packets gives parameters and settings in ch-go's form.
func (p Params) packets() ([]proto.Parameter, error) {
	text, err := p.texts()
	if err != nil {
		return nil, err
	}
	out := make([]proto.Parameter, 0, len(text))
	for _, name := range slices.Sorted(maps.Keys(text)) {
		out = append(out, proto.Parameter{Key: name, Value: "'" + dumpEscape.Replace(text[name]) + "'"})
	}
	return out, nil
}

func (s Settings) packets() []ch.Setting {
	out := make([]ch.Setting, 0, len(s))
	for _, k := range slices.Sorted(maps.Keys(s)) {
		out = append(out, ch.Setting{Key: k, Value: fmt.Sprint(s[k]), Important: true})
	}
	return out
}
