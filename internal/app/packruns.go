package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/audit"
	"watchpost/internal/hunt/pack"
	"watchpost/internal/store"
	"watchpost/internal/web"
)

// kindPackRun is the kind of objects that runs of packs are: of a tenant, below the pack's name, by the end of what they looked at.
const kindPackRun = "packrun"

// packRun is such an object. Its first version claims the run: of several processes one does it.
type packRun struct {
	From     time.Time        `json:"from"`
	To       time.Time        `json:"to"`
	Started  time.Time        `json:"started"`
	Finished *time.Time       `json:"finished,omitempty"`
	Error    string           `json:"error,omitempty"`
	By       string           `json:"by,omitempty"` // who asked for it; "": the schedule
	Hunts    []web.HuntResult `json:"hunts"`
}

const (
	// settled is how long after the end of its range a run begins: what was sent by then is stored by then.
	settled = time.Minute
	// packTick is how often the schedule is looked at.
	packTick = 5 * time.Second
	// runsRead bounds how many runs are looked at for what changed: more than a day of the shortest pause.
	runsRead = 120
	runID    = "20060102T150405Z"
	nowID    = "20060102T150405.000000000Z" // of a run that somebody asked for
)

// schedule runs packs of hunts every so often, one after the other.
type schedule struct {
	desk    *desk
	tenants func(context.Context) ([]string, error)
	ledger  interface {
		Record(e audit.Entry, fields map[string]any)
		Ready() error
	}
	now  func() time.Time
	log  *slog.Logger
	done map[[2]string]time.Time // by tenant and pack, the last run that was done or is somebody else's
}

// Run looks for what is due until ctx ends.
func (s *schedule) Run(ctx context.Context) error {
	tick := time.NewTicker(packTick)
	defer tick.Stop()
	for {
		if err := s.due(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("hunts of the schedule wait: trying again", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// due runs all that is due now.
func (s *schedule) due(ctx context.Context) error {
	packs, err := s.desk.schedules(ctx, nil)
	if err != nil {
		return err
	}
	for _, p := range packs {
		tenants := p.Tenants
		if len(tenants) == 0 {
			if tenants, err = s.tenants(ctx); err != nil {
				return err
			}
		}
		for _, tenant := range tenants {
			if err := s.ledger.Ready(); err != nil {
				return err
			}
			if err := s.one(ctx, p, tenant); err != nil {
				return err
			}
		}
	}
	return nil
}

// last is when the newest range ended that can be looked at.
func last(p web.ScheduledPack, now time.Time) time.Time {
	return now.Add(-settled).UTC().Truncate(p.Every)
}

// one runs p for a tenant, unless its last run was done already. Runs that were missed, because no process was there, stay missed.
func (s *schedule) one(ctx context.Context, p web.ScheduledPack, tenant string) error {
	key, to := [2]string{tenant, p.Pack}, last(p, s.now())
	if !to.After(s.done[key]) {
		return nil
	}
	run := packRun{From: to.Add(-cmp.Or(p.Range, p.Every)), To: to, Started: s.now().UTC(), Hunts: []web.HuntResult{}}
	o := web.Object{Tenant: tenant, Kind: kindPackRun, Parent: p.Pack, ID: to.Format(runID), Owner: "schedule"}
	leave, err := s.desk.enter(bySchedule, []string{tenant}) // before the claim: a run that is claimed is not put off
	if errors.Is(err, web.ErrBusy) {
		return nil // people's back-tests go first; the next look is soon
	} else if err != nil {
		return err
	}
	defer leave()
	if o, err = s.put(ctx, o, run); errors.Is(err, alert.ErrConflict) {
		s.done[key] = to // another process has it, or had it before this one began
		return nil
	} else if err != nil {
		return err
	}
	res, err := s.run(ctx, p, tenant, run)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	failed := 0
	if err != nil {
		run.Error = web.TroubleOf(s.log.With("pack", p.Pack), "hunts of the schedule failed", err).Error()
	} else {
		run.Hunts = res.Hunts
		for _, h := range res.Hunts {
			if h.Error != "" {
				failed++
			}
		}
	}
	done := s.now().UTC()
	run.Finished = &done
	outcome := audit.OK
	if err != nil || failed > 0 {
		outcome = audit.Failed
	}
	s.ledger.Record(audit.Entry{Action: "hunts.scheduled", Outcome: outcome, User: "schedule", Kind: "local", Tenants: []string{tenant}},
		map[string]any{"pack": p.Pack, "from": run.From, "to": run.To, "hunts": len(run.Hunts), "failed": failed, "error": run.Error})
	s.done[key] = to
	_, err = s.put(ctx, o, run)
	return err
}

// run gives what the hunts find. The whole has the time of a back-test, each statement the budget of a hunt.
func (s *schedule) run(ctx context.Context, p web.ScheduledPack, tenant string, run packRun) (*web.PackResult, error) {
	ctx, cancel := context.WithTimeout(ctx, s.desk.past.budget.Time)
	defer cancel()
	return s.desk.runPack(ctx, []string{tenant}, web.PackRun{Pack: p.Pack, Hunts: p.Hunts, Params: p.Params, From: run.From, To: run.To})
}

func (s *schedule) put(ctx context.Context, o web.Object, run packRun) (web.Object, error) {
	text, err := json.Marshal(run)
	if err != nil {
		return o, err
	}
	o.Version++
	o.Time, o.User, o.Body = s.now().UTC(), "schedule", text
	return o, s.desk.Put(ctx, o)
}

// schedules gives those of the configuration and those that the API made for some tenants; nil: any.
func (d *desk) schedules(ctx context.Context, tenants []string) ([]web.ScheduledPack, error) {
	out := slices.Clone(d.scheduled)
	rows, err := d.objects(ctx, store.ObjectFilter{Tenants: tenants, Kind: web.KindSchedule, Limit: maxObjects})
	for _, o := range rows {
		var b web.Schedule
		if err := json.Unmarshal(o.Body, &b); err != nil {
			return nil, err
		}
		out = append(out, b.Of(o.Tenant))
	}
	return out, err
}

// PackRuns implements web.PackRuns.
func (d *desk) PackRuns(ctx context.Context, tenants []string) ([]web.ScheduledRun, error) {
	var out []web.ScheduledRun
	now := time.Now()
	scheduled, err := d.schedules(ctx, only(tenants))
	if err != nil {
		return nil, err
	}
	for _, p := range scheduled {
		for _, tenant := range tenants {
			if len(p.Tenants) > 0 && !slices.Contains(p.Tenants, tenant) {
				continue
			}
			runs, err := d.runsOf(ctx, p.Pack, tenant)
			if err != nil {
				return nil, err
			}
			r := tellRun(p.Pack, tenant, runs)
			r.Every = int64(p.Every / time.Second)
			next := last(p, now).Add(p.Every + settled)
			if !slices.ContainsFunc(runs, func(r packRun) bool { return r.By == "" && !r.To.Before(last(p, now)) }) {
				next = last(p, now).Add(settled) // it is due
			}
			r.Next = &next
			out = append(out, r)
		}
	}
	return out, nil
}

// RunsOf implements web.PackRuns.
func (d *desk) RunsOf(ctx context.Context, tenants []string, name string, limit int) ([]web.ScheduledRun, error) {
	var out []web.ScheduledRun
	for _, tenant := range tenants {
		runs, err := d.runsOf(ctx, name, tenant)
		if err != nil {
			return nil, err
		}
		for i := range min(limit, len(runs)) {
			out = append(out, tellRun(name, tenant, runs[i:]))
		}
	}
	slices.SortStableFunc(out, func(a, b web.ScheduledRun) int { return b.To.Compare(*a.To) })
	return out[:min(limit, len(out))], nil
}

// bySchedule is for whom scheduled runs count: nobody is called so.
const bySchedule = ""

// RunNow implements web.PackRuns.
func (d *desk) RunNow(ctx context.Context, p web.ScheduledPack, user, person string) (*web.ScheduledRun, error) {
	leave, err := d.enter(person, p.Tenants)
	if err != nil {
		return nil, err
	}
	defer leave()
	now, tenant := time.Now().UTC(), p.Tenants[0]
	run := packRun{From: now.Add(-cmp.Or(p.Range, p.Every)), To: now, Started: now, By: user}
	ctx, cancel := context.WithTimeout(ctx, d.past.budget.Time)
	defer cancel()
	res, err := d.runPack(ctx, p.Tenants, web.PackRun{Pack: p.Pack, Hunts: p.Hunts, Params: p.Params, From: run.From, To: run.To})
	if err != nil {
		return nil, err
	}
	done := time.Now().UTC()
	run.Finished, run.Hunts = &done, res.Hunts
	text, err := json.Marshal(run)
	if err != nil {
		return nil, err
	}
	// Runs of the schedule end at whole seconds, so that no such id is one of theirs.
	err = d.Put(ctx, web.Object{Tenant: tenant, Kind: kindPackRun, Parent: p.Pack, ID: now.Format(nowID), Version: 1, Time: done, User: user, Owner: user, Body: text})
	if err != nil {
		return nil, err
	}
	runs, err := d.runsOf(ctx, p.Pack, tenant)
	if err != nil {
		return nil, err
	}
	// Another may have ended since.
	runs = slices.DeleteFunc(runs, func(r packRun) bool { return r.To.After(run.To) })
	out := tellRun(p.Pack, tenant, runs)
	return &out, nil
}

// runsOf gives the newest runs of a pack, the last first.
func (d *desk) runsOf(ctx context.Context, name, tenant string) ([]packRun, error) {
	rows, err := d.objects(ctx, store.ObjectFilter{Tenants: []string{tenant}, Kind: kindPackRun, Parent: name, Limit: runsRead})
	if err != nil {
		return nil, err
	}
	out := make([]packRun, len(rows))
	for i, o := range rows {
		if err := json.Unmarshal(o.Body, &out[i]); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out, func(a, b packRun) int { return b.To.Compare(a.To) })
	return out, nil
}

// tellRun tells of the first of runs, if there is one, beside those behind it.
func tellRun(name, tenant string, runs []packRun) web.ScheduledRun {
	out := web.ScheduledRun{Pack: name, Tenant: tenant, Hunts: []web.ScheduledHunt{}}
	if len(runs) == 0 {
		return out
	}
	r := runs[0]
	out.By, out.From, out.To, out.Started, out.Finished, out.Error = r.By, &r.From, &r.To, &r.Started, r.Finished, r.Error
	// change is the difference to the newest run behind r that ended by then and has a count of the hunt over as long a range.
	change := func(h web.HuntResult, by time.Time) *int64 {
		for _, before := range runs[1:] {
			i := slices.IndexFunc(before.Hunts, func(o web.HuntResult) bool { return o.ID == h.ID && o.Error == "" && o.Query == h.Query })
			if before.To.After(by) || i < 0 || before.To.Sub(before.From) != r.To.Sub(r.From) {
				continue
			}
			n := int64(h.Count) - int64(before.Hunts[i].Count)
			return &n
		}
		return nil
	}
	for _, h := range r.Hunts {
		row := web.ScheduledHunt{ID: h.ID, Name: h.Name, Count: h.Count, Top: append([]web.Value{}, h.Top...), Error: h.Error}
		if h.Error == "" {
			row.Change, row.ChangeDay = change(h, r.To), change(h, r.To.Add(-24*time.Hour))
		}
		out.Hunts = append(out.Hunts, row)
	}
	return out
}

// unknownPacks gives the names on a schedule that no pack has.
func unknownPacks(scheduled []web.ScheduledPack, packs []pack.Pack) (names []string) {
	for _, p := range scheduled {
		if !slices.ContainsFunc(packs, func(o pack.Pack) bool { return o.Name == p.Pack }) {
			names = append(names, p.Pack)
		}
	}
	return names
}
