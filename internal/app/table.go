package app

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"watchpost/internal/hunt"
	"watchpost/internal/store"
	"watchpost/internal/web"
)

// Table implements web.Desk.
func (d *desk) Table(ctx context.Context, q *hunt.Query, limit int) (*web.Table, error) {
	st, err := q.Table(limit)
	if err != nil {
		return nil, err
	}
	out := &web.Table{Columns: st.Table, Rows: [][]any{}}
	begun := time.Now()
	ctx = store.WithProgress(ctx, func(p store.Progress) { out.ReadRows, out.Read = p.Rows, p.Bytes })
	err = d.store.Rows(ctx, st.SQL, params(st.Params), d.partial(), func(scan func(...any) error) error {
		row, err := tableRow(st, scan)
		out.Rows = append(out.Rows, row)
		return err
	})
	elapsed := time.Since(begun)
	out.Elapsed = elapsed.Milliseconds()
	switch {
	case err != nil:
		return nil, told(err)
	case elapsed >= d.budget.Time:
		out.Partial, out.Reason = true, fmt.Sprintf("the time of one hunt was up after %s: what was read until then is counted", d.budget.Time)
	case out.Read >= uint64(d.budget.Read):
		out.Partial, out.Reason = true, fmt.Sprintf("one hunt may read %d bytes: what was read until then is counted", d.budget.Read)
	case d.budget.Rows > 0 && out.ReadRows >= uint64(d.budget.Rows):
		out.Partial, out.Reason = true, fmt.Sprintf("one hunt may read %d events: what was read until then is counted", d.budget.Rows)
	}
	if len(out.Rows) > limit {
		out.Rows, out.Partial = out.Rows[:limit], true
		if out.Reason == "" {
			out.Reason = fmt.Sprintf("the table has more than %d rows", limit)
		}
	}
	return out, nil
}

// partial are the settings under which a statement gives what it has when its time or its reading is up.
func (d *desk) partial() store.Settings {
	s := d.settings()
	s["timeout_overflow_mode"], s["read_overflow_mode"] = "break", "break"
	return s
}

// tableRow reads a row as JSON shows it; what is missing is null.
func tableRow(st hunt.Statement, scan func(...any) error) ([]any, error) {
	dest := make([]any, len(st.Table))
	for i, c := range st.Table {
		switch {
		case c.Type == "text" || st.Sums[i]:
			dest[i] = new(*string)
		case c.Type == "integer" && st.Counts[i]:
			dest[i] = new(*uint64)
		case c.Type == "integer":
			dest[i] = new(*int64)
		case c.Type == "float":
			dest[i] = new(*float64)
		case c.Type == "boolean":
			dest[i] = new(*bool)
		default:
			dest[i] = new(*time.Time)
		}
	}
	if err := scan(dest...); err != nil {
		return nil, err
	}
	row := make([]any, len(dest))
	for i, d := range dest {
		switch v := d.(type) {
		case **string:
			if *v != nil && st.Sums[i] {
				row[i] = json.Number(**v)
			} else if *v != nil {
				row[i] = **v
			}
		case **uint64:
			if *v != nil {
				row[i] = **v
			}
		case **int64:
			if *v != nil {
				row[i] = **v
			}
		case **float64:
			if *v != nil && !math.IsNaN(**v) && !math.IsInf(**v, 0) {
				row[i] = **v
			}
		case **bool:
			if *v != nil {
				row[i] = **v
			}
		case **time.Time:
			if *v != nil {
				row[i] = (*v).UTC()
			}
		}
	}
	return row, nil
}
