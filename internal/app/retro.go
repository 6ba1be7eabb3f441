package app

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/detect"
	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/ioc"
	"watchpost/internal/rule"
	"watchpost/internal/store"
	"watchpost/internal/window"
)

// retro looks for new indicators in the stored past, once for each, a few at a time in the background.
type retro struct {
	store  *store.Store
	budget hunt.Budget
	rules  *rulesInUse
	alerts detect.Alerts
	log    *slog.Logger
}

const (
	retroEvery = 15 * time.Second // how often new ones are looked for
	retroPart  = 2000             // indicators of one statement
	retroBack  = 90 * day         // how far back by receipt
	retroRule  = "ioc-seen-in-past"
)

// Run looks until ctx ends.
func (r *retro) Run(ctx context.Context) error {
	tick := time.NewTicker(retroEvery)
	defer tick.Stop()
	var done *indicators
	for {
		if in := r.rules.iocs.Load(); in != nil && in != done {
			if err := r.look(ctx, in); err == nil {
				done = in
			} else if ctx.Err() == nil {
				r.log.Warn("the past was not searched for new indicators; trying again", "error", err, "in", retroEvery)
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// look searches for those of in that have not been searched for.
func (r *retro) look(ctx context.Context, in *indicators) error {
	source := map[ioc.Kind]map[string]string{}
	for _, i := range in.all {
		if source[i.Kind] == nil {
			source[i.Kind] = map[string]string{}
		}
		source[i.Kind][i.Value] = i.Source
	}
	now := time.Now()
	for kind, values := range ioc.Lists(in.all, now) {
		for len(values) > 0 {
			part := values[:min(len(values), retroPart)]
			values = values[len(part):]
			known, err := r.store.Searched(ctx, string(kind), part)
			if err != nil {
				return err
			}
			var fresh []string
			for _, v := range part {
				if !known[v] {
					fresh = append(fresh, v)
				}
			}
			if len(fresh) == 0 {
				continue
			}
			if err := r.search(ctx, kind, fresh, source[kind], now); err != nil {
				return err
			}
		}
	}
	return nil
}

// sighted is what the past has of an indicator for a tenant.
type sighted struct {
	store.Sighting
	fields []string
}

// search looks for values, tells of those that were seen, and notes that they were looked for. A crash in between repeats it, to the same alerts.
func (r *retro) search(ctx context.Context, kind ioc.Kind, values []string, source map[string]string, now time.Time) error {
	b := r.budget
	b.Threads = 1 // it is in no hurry
	found := map[string]*sighted{}
	var order []string
	for _, field := range iocFields[kind] {
		list, err := r.store.Sightings(ctx, sought(kind, field, now), values, store.Settings(b.Settings()))
		if err != nil {
			return err
		}
		for _, s := range list {
			key := s.Tenant + "\x00" + s.Value
			f := found[key]
			if f == nil {
				f = &sighted{Sighting: s}
				f.Count = 0
				found[key] = f
				order = append(order, key)
			}
			f.Count += s.Count
			f.fields = append(f.fields, field)
			if s.First < f.First {
				f.First, f.ID = s.First, s.ID
			}
			f.Last = max(f.Last, s.Last)
		}
	}
	var alerts []alert.Alert
	for _, key := range order {
		a, err := retroAlert(kind, found[key], source[found[key].Value], now)
		if err != nil {
			return err
		}
		alerts = append(alerts, a)
	}
	if len(alerts) > 0 {
		if err := r.alerts.Put(ctx, alerts); err != nil {
			return err
		}
	}
	sources := make([]string, len(values))
	for i, v := range values {
		sources[i] = source[v]
	}
	r.log.Info("the past was searched for new indicators", "kind", kind, "indicators", len(values), "seen", len(alerts))
	return r.store.MarkSearched(ctx, string(kind), values, sources)
}

// sought says how indicators of a kind are found in a field, as the rules for lists of indicators find them on the stream.
func sought(kind ioc.Kind, field string, now time.Time) store.Sought {
	in := store.Sought{Column: field, Where: hunt.Counts, Since: now.Add(-retroBack).UnixNano()}
	switch kind {
	case ioc.Domain:
		in.Names = hunt.DomainsAbove("`" + field + "`")
	case ioc.Hash:
		in.Names = "[lower(`" + field + "`)]"
	}
	return in
}

func retroAlert(kind ioc.Kind, s *sighted, source string, now time.Time) (alert.Alert, error) {
	id, err := event.ParseID(s.ID)
	if err != nil {
		return alert.Alert{}, fmt.Errorf("sighting of %.100q: %w", s.Value, err)
	}
	key := window.AppendKey(window.AppendKey(nil, s.Tenant), s.Value)
	conditions := make([]string, len(s.fields))
	for i, f := range s.fields {
		value := string(event.AppendJSONString(nil, s.Value))
		switch kind {
		case ioc.Domain:
			conditions[i] = "domain(" + f + ", " + value + ")"
		case ioc.Hash:
			conditions[i] = "ieq(" + f + ", " + value + ")"
		default:
			conditions[i] = f + " == " + value
		}
	}
	a := alert.Alert{ID: alert.ID(s.Tenant, retroRule, string(key), event.ID{}), Tenant: s.Tenant, Rule: retroRule, Title: "Indicator seen in the past", Level: "high", Severity: rule.Levels["high"],
		Time: now.UnixNano(), Start: s.First, End: s.Last, Count: s.Count, Events: []event.ID{id}, Revision: 1, Query: strings.Join(conditions, " or "),
		Tactics: []string{"command-and-control"},
		Group:   []alert.Pair{{Name: "threat.indicator.name", Value: s.Value}},
		Fields:  []alert.Pair{{Name: "threat.indicator.provider", Value: source}, {Name: "threat.indicator.type", Value: string(kind)}}}
	return a, nil
}
