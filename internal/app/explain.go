package app

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"watchpost/internal/hunt"
	"watchpost/internal/store"
	"watchpost/internal/web"
)

// planNode is what is read here of a node of EXPLAIN indexes = 1, json = 1.
type planNode struct {
	Indexes []struct {
		Type, Name       string
		InitialParts     uint64 `json:"Initial Parts"`
		SelectedParts    uint64 `json:"Selected Parts"`
		InitialGranules  uint64 `json:"Initial Granules"`
		SelectedGranules uint64 `json:"Selected Granules"`
	}
	Plans []planNode
}

// Explain implements web.Desk.
func (d *desk) Explain(ctx context.Context, q *hunt.Query, others bool) (*web.Explanation, error) {
	settings := d.settings()
	if !others {
		settings["use_skip_indexes"] = 0
	}
	st, err := q.Events()
	if q.Pipe != nil {
		st, err = q.Table(hunt.DefaultRows)
	}
	if err != nil {
		return nil, err
	}
	out := &web.Explanation{Expr: q.Expr, SQL: st.SQL, Params: map[string]string{}, Indexes: []web.IndexUse{}}
	for _, p := range st.Params {
		out.Params[p.Name] = p.Value
	}
	var text strings.Builder
	err = d.store.Rows(ctx, "EXPLAIN json = 1, indexes = 1 "+st.SQL, params(st.Params), settings, func(scan func(...any) error) error {
		var line string
		err := scan(&line)
		text.WriteString(line + "\n")
		return err
	})
	if err != nil {
		return nil, told(err)
	}
	var plans []struct{ Plan planNode }
	if err := json.Unmarshal([]byte(text.String()), &plans); err != nil {
		return nil, fmt.Errorf("the engine's plan cannot be read: %w", err)
	}
	for _, p := range plans {
		useOf(p.Plan, out)
	}
	if n := len(out.Indexes); n > 0 {
		out.Granules = web.Part{Read: out.Indexes[n-1].Granules.Read, Total: out.Indexes[0].Granules.Total}
		out.Parts = web.Part{Read: out.Indexes[n-1].Parts.Read, Total: out.Indexes[0].Parts.Total}
	}
	return out, told(d.estimate(ctx, st, settings, out))
}

// useOf adds the indexes of a plan.
func useOf(n planNode, out *web.Explanation) {
	for _, i := range n.Indexes {
		out.Indexes = append(out.Indexes, web.IndexUse{Type: i.Type, Name: i.Name,
			Granules: web.Part{Read: i.SelectedGranules, Total: i.InitialGranules}, Parts: web.Part{Read: i.SelectedParts, Total: i.InitialParts}})
	}
	for _, k := range n.Plans {
		useOf(k, out)
	}
}

// estimate asks how many rows are left to read, and takes them for as long as rows are at the mean, all columns together.
func (d *desk) estimate(ctx context.Context, st hunt.Statement, settings store.Settings, out *web.Explanation) error {
	err := d.store.Rows(ctx, "EXPLAIN ESTIMATE "+st.SQL, params(st.Params), settings, func(scan func(...any) error) error {
		var database, table string
		var parts, rows, marks uint64
		err := scan(&database, &table, &parts, &rows, &marks)
		out.Estimate.Rows += rows
		return err
	})
	if err != nil || out.Estimate.Rows == 0 {
		return err
	}
	return d.store.Rows(ctx, "SELECT toUInt64(ifNotFinite(sum(data_uncompressed_bytes) / sum(rows), 0)) FROM system.parts WHERE active AND database = currentDatabase() AND startsWith(table, 'events')",
		nil, d.settings(), func(scan func(...any) error) error {
			var each uint64
			err := scan(&each)
			out.Estimate.Bytes = each * out.Estimate.Rows
			return err
		})
}
