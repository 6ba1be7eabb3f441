package app

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/store"
	"watchpost/internal/web"
)

// only gives tenants that are all to be asked for: for the store, nil is any.
func only(tenants []string) []string { return append([]string{}, tenants...) }

func alertFilter(f web.AlertFilter) store.AlertFilter {
	sf := store.AlertFilter{Tenants: only(f.Tenants), ID: f.ID, IDs: f.IDs, Rule: f.Rule, Level: f.Level, Mode: f.Mode, Limit: f.Limit, Status: f.Status, Owner: f.Owner, Entity: f.Entity, Worst: f.Worst, State: true,
		Superseded: f.ID != ""} // a link to an alert works though another has superseded it
	if !f.From.IsZero() {
		sf.From = f.From.UnixNano()
	}
	if !f.To.IsZero() {
		sf.To = f.To.UnixNano()
	}
	return sf
}

// Alerts implements web.Desk: each alert with what people did with it, and what the lists know about what it names.
func (d *desk) Alerts(ctx context.Context, f web.AlertFilter) ([]json.RawMessage, error) {
	rows, err := d.store.Alerts(ctx, alertFilter(f))
	if err != nil {
		return nil, err
	}
	out, lists := make([]json.RawMessage, len(rows)), d.rules.knows()
	for i, r := range rows {
		more := map[string]any{}
		lists.about(r.Entities, more)
		if f.ID != "" {
			heirs, err := d.store.Heirs(ctx, r.Tenant, r.ID)
			if err != nil {
				return nil, err
			}
			if len(heirs) > 0 {
				more["superseded_by"] = heirs
			}
		}
		body := r.Body
		if f.ID == "" && !f.Query {
			body = alert.WithoutQuery(body)
		}
		if out[i], err = web.WithState(body, alertState(r.State), more); err != nil {
			return nil, fmt.Errorf("alert %s: %w", r.ID, err)
		}
	}
	return out, nil
}

func alertState(s store.AlertState) alert.State {
	out := alert.State{Status: s.Status, Owner: s.Owner, Class: s.Class, Comments: s.Comments, Version: s.Activities}
	if s.Activities > 0 {
		out.Changed, out.ChangedBy = s.Changed.UTC(), s.ChangedBy
	}
	return out
}

// CountAlerts implements web.Queue.
func (d *desk) CountAlerts(ctx context.Context, f web.AlertFilter) ([]web.AlertCount, error) {
	rows, err := d.store.CountAlerts(ctx, alertFilter(f))
	out := make([]web.AlertCount, len(rows))
	for i, r := range rows {
		out[i] = web.AlertCount(r)
	}
	return out, err
}

// oneAlert gives the newest revision of an alert.
func (d *desk) oneAlert(ctx context.Context, tenants []string, id string) (store.AlertRow, error) {
	rows, err := d.store.Alerts(ctx, store.AlertFilter{Tenants: only(tenants), ID: id, Superseded: true, Limit: 1})
	if err == nil && len(rows) == 0 {
		err = fmt.Errorf("alert %.64q: %w", id, web.ErrNotFound)
	}
	if err != nil {
		return store.AlertRow{}, err
	}
	return rows[0], nil
}

// Activity implements web.Queue.
func (d *desk) Activity(ctx context.Context, tenants []string, id string) ([]alert.Activity, error) {
	row, err := d.oneAlert(ctx, tenants, id)
	if err != nil {
		return nil, err
	}
	list, _, err := d.activity(ctx, row)
	return list, err
}

// activity gives what was done with an alert, and the version of the last that was done with itself.
func (d *desk) activity(ctx context.Context, row store.AlertRow) (list []alert.Activity, last uint32, err error) {
	rows, err := d.store.Activity(ctx, row.Tenant, row.ID)
	for _, r := range rows {
		list = append(list, alert.Activity{ID: r.ID, Of: r.Of, Time: time.Unix(0, r.Time).UTC(), User: r.User, Action: r.Action, Owner: r.Owner, Comment: r.Comment, Class: r.Class})
		if r.Of == row.ID {
			last = max(last, r.Version)
		}
	}
	return list, last, err
}

// maxActivities bounds what can be done with one alert.
const maxActivities = 10_000

// Act implements web.Queue. Two that act at the same time see the same versions, of which the store gives each once: who
// loses reads again, and judges by what the other did.
func (d *desk) Act(ctx context.Context, tenants []string, id string, a alert.Activity, seen *uint64) (alert.State, error) {
	row, err := d.oneAlert(ctx, tenants, id)
	if err != nil {
		return alert.State{}, err
	}
	for {
		list, last, err := d.activity(ctx, row)
		if err != nil {
			return alert.State{}, err
		}
		state := alert.StateOf(list)
		err = state.Allows(a.Action)
		if err == nil && seen != nil && *seen != state.Version && a.Action != alert.Comment {
			err = fmt.Errorf("%w: %s did something at %s", alert.ErrConflict, state.ChangedBy, state.Changed.Format(time.RFC3339))
		}
		if err == nil && len(list) >= maxActivities {
			err = fmt.Errorf("%w: %d activities are the most that an alert takes", alert.ErrConflict, maxActivities)
		}
		if err != nil {
			return state, err
		}
		a.Of, a.Time = row.ID, time.Now().UTC()
		if !a.Time.After(state.Changed) { // clocks differ; order does not
			a.Time = state.Changed.Add(1)
		}
		var won bool
		a.ID, won, err = d.store.AddActivity(ctx, store.ActivityRow{Tenant: row.Tenant, Of: row.ID, Version: last + 1, Time: a.Time.UnixNano(), User: a.User,
			Action: a.Action, Owner: a.Owner, Comment: a.Comment, Class: a.Class})
		if err != nil || won {
			return alert.StateOf(append(list, a)), err
		}
	}
}

// maxEvidence bounds the events of an alert that are given.
const maxEvidence = 1000

// Evidence implements web.Queue.
func (d *desk) Evidence(ctx context.Context, tenants []string, id string, all bool, each func(event.Event) error) error {
	row, err := d.oneAlert(ctx, tenants, id)
	if err != nil {
		return err
	}
	a, err := alert.Parse(row.Body)
	if err != nil {
		return err
	}
	return d.evidence(ctx, a, all, each)
}

func (d *desk) evidence(ctx context.Context, a *alert.Alert, all bool, each func(event.Event) error) error {
	query := a.Query
	if !all {
		query = eventIn(a.Events)
	}
	if query == "" {
		return nil
	}
	q, err := hunt.Search{Query: query, From: stamp(a.Start), To: stamp(a.End + 1), Limit: maxEvidence, Order: "asc", Compiler: d.Compile}.Check([]string{a.Tenant}, time.Time{})
	if err != nil {
		return fmt.Errorf("the alert's query: %w", err)
	}
	return d.Events(ctx, q, each)
}

// eventIn is a predicate for events by id; "" for none.
func eventIn(ids []event.ID) string {
	if len(ids) == 0 {
		return ""
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = strconv.Quote(id.String())
	}
	return "event.id in [" + strings.Join(names, ", ") + "]"
}

// maxWhy bounds the events that are explained.
const maxWhy = 20

// Why implements web.Queue.
func (d *desk) Why(ctx context.Context, tenants []string, id string) (*web.Why, error) {
	row, err := d.oneAlert(ctx, tenants, id)
	if err != nil {
		return nil, err
	}
	a, err := alert.Parse(row.Body)
	if err != nil {
		return nil, err
	}
	set, err := d.rules.loaded()
	if err != nil {
		return nil, err
	}
	out := &web.Why{Alert: a.ID, Rule: a.Rule, RuleText: web.RuleText{Steps: []web.RuleStep{}, Exceptions: []web.Exception{}}, Events: []web.WhyEvent{}}
	r := ruleOf(set, a.Rule)
	if r == nil {
		return out, nil
	}
	r = r.For(tenants...)
	out.Known, out.Changed, out.RuleText = true, a.RuleHash != hex.EncodeToString(r.Version[:]), textOf(r)
	shown := *a
	shown.Events = a.Events[:min(len(a.Events), maxWhy)]
	err = d.evidence(ctx, &shown, false, func(e event.Event) error {
		x := web.WhyEvent{ID: e.ID().String(), Time: time.Unix(0, e.Time()).UTC()}
		for _, s := range r.Steps {
			x.Verdicts = append(x.Verdicts, s.Match.Explain(e))
		}
		out.Events = append(out.Events, x)
		return nil
	})
	out.Missing = len(shown.Events) - len(out.Events)
	return out, err
}

// maxFolded bounds the alerts that are folded at a time: the newest.
const maxFolded = 100_000

// Incidents implements web.Queue.
func (d *desk) Incidents(ctx context.Context, tenants []string, id string, from, to time.Time) ([]alert.Incident, bool, error) {
	var origins map[string]store.Origin
	var failed error
	var asking sync.WaitGroup
	asking.Go(func() { origins, failed = d.store.Origins(ctx, tenants) })
	rows, err := d.store.Summaries(ctx, store.AlertFilter{Tenants: only(tenants), Mode: alert.Live, From: from.Add(-alert.FoldReach).UnixNano(), To: to.UnixNano(), Limit: maxFolded})
	asking.Wait()
	if err = cmp.Or(err, failed); err != nil {
		return nil, false, err
	}
	all := make([]alert.Summary, len(rows))
	for i, r := range rows {
		all[i] = summary(r, origins)
	}
	found := alert.Fold(all, d.common)
	return slices.DeleteFunc(found, func(in alert.Incident) bool {
		return in.Last.Before(from) || !in.First.Before(to) || id != "" && in.ID != id
	}), len(rows) == maxFolded, nil
}

func summary(r store.AlertSummary, origins map[string]store.Origin) alert.Summary {
	s := alert.Summary{Tenant: r.Tenant, ID: r.ID, Origin: r.ID, Arrived: time.Unix(0, r.Arrived), Start: time.Unix(0, r.Start), End: time.Unix(0, r.End), Rule: r.Rule, Title: r.Name,
		Level: r.Level, Severity: r.Severity, Count: r.Count, About: alert.EntitiesOf(r.Group), Tactics: r.Tactics, Techniques: r.Techniques, State: alertState(r.State)}
	if o, ok := origins[r.ID]; ok {
		s.Origin, s.Arrived = o.ID, time.Unix(0, o.Arrived)
	}
	for _, text := range r.Entities {
		if e, ok := alert.ParseEntity(text); ok {
			s.Entities = append(s.Entities, e)
		}
	}
	return s
}
