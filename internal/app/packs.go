package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/hunt/pack"
	"watchpost/internal/web"
)

// readPacks reads the packs that come with the product and those of a folder, which take the place of shipped ones of the same name.
func readPacks(folder string) ([]pack.Pack, error) {
	all, err := pack.Shipped()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(folder); folder == "" || errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	own, err := pack.Load(os.DirFS(folder))
	if err != nil {
		return nil, placed(folder, err)
	}
	all = slices.DeleteFunc(all, func(p pack.Pack) bool {
		return slices.ContainsFunc(own, func(o pack.Pack) bool { return o.Name == p.Name })
	})
	all = append(all, own...)
	slices.SortFunc(all, func(a, b pack.Pack) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// Packs implements web.Past.
func (d *desk) Packs() ([]pack.Pack, error) { return readPacks(d.packs) }

// topOfHunt is how many values of group_by a hunt shows.
const topOfHunt = 5

// RunPack implements web.Past. A hunt that fails, be it over its budget, says so and holds up no other.
func (d *desk) RunPack(ctx context.Context, tenants []string, q web.PackRun) (*web.PackResult, error) {
	leave, err := d.enter(q.By, tenants)
	if err != nil {
		return nil, err
	}
	defer leave()
	return d.runPack(ctx, tenants, q)
}

// runPack is RunPack for who has a slot.
func (d *desk) runPack(ctx context.Context, tenants []string, q web.PackRun) (*web.PackResult, error) {
	all, err := d.Packs()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(p pack.Pack) bool { return p.Name == q.Pack })
	if i < 0 {
		return nil, web.ErrNoPack
	}
	hunts := all[i].Hunts
	if len(q.Hunts) > 0 {
		for _, id := range q.Hunts {
			if !slices.ContainsFunc(hunts, func(h pack.Hunt) bool { return h.ID == id }) {
				return nil, &web.Fault{Err: fmt.Errorf("hunts: pack %s has none with the id %.100q", q.Pack, id)}
			}
		}
		hunts = slices.DeleteFunc(slices.Clone(hunts), func(h pack.Hunt) bool { return !slices.Contains(q.Hunts, h.ID) })
	}
	for name := range q.Params {
		if !slices.ContainsFunc(hunts, func(h pack.Hunt) bool { return has(h, name) }) {
			return nil, &web.Fault{Err: fmt.Errorf("params: no hunt has a parameter %.40q", name)}
		}
	}
	out := &web.PackResult{Pack: q.Pack, From: q.From.UTC(), To: q.To.UTC(), Hunts: []web.HuntResult{}}
	for _, h := range hunts {
		res := d.runHunt(ctx, tenants, h, q)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		out.Hunts = append(out.Hunts, res)
	}
	return out, nil
}

func has(h pack.Hunt, param string) bool {
	return slices.ContainsFunc(h.Params, func(p pack.Param) bool { return p.Name == param })
}

func (d *desk) runHunt(ctx context.Context, tenants []string, h pack.Hunt, q web.PackRun) web.HuntResult {
	out := web.HuntResult{ID: h.ID, Name: h.Name, GroupBy: h.GroupBy, Top: []web.Value{}}
	values := map[string]string{}
	for name, v := range q.Params {
		if has(h, name) {
			values[name] = v
		}
	}
	text, err := h.With(values)
	out.Query = text
	looked := false
	count := func(from, to time.Time) (n uint64, query *hunt.Query) {
		if err != nil {
			return 0, nil
		}
		s := hunt.Search{Query: text, Compiler: d.Compile, From: from.UTC().Format(time.RFC3339Nano), To: to.UTC().Format(time.RFC3339Nano)}
		if query, err = s.Check(tenants, to); err == nil {
			looked = true
			n, err = d.Count(ctx, query)
		}
		return n, query
	}
	var now *hunt.Query
	out.Before, _ = count(q.From.Add(-q.To.Sub(q.From)), q.From)
	out.Count, now = count(q.From, q.To)
	out.Change = int64(out.Count) - int64(out.Before)
	if f, ok := event.Lookup(h.GroupBy); ok && err == nil && out.Count > 0 {
		out.Top, err = d.Values(ctx, now, f, topOfHunt)
		out.Top = append([]web.Value{}, out.Top...)
	}
	if err != nil && looked && ctx.Err() == nil {
		err = web.TroubleOf(d.log, "a hunt of a pack failed", err)
	}
	if err != nil {
		out.Error = err.Error()
	}
	return out
}
