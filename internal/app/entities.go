package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/rule"
	"watchpost/internal/web"
)

// entityQuery finds the events of an entity.
func entityQuery(e alert.Entity) string {
	v := strconv.Quote(e.Value)
	switch e.Kind {
	case "user":
		return "iequals(user.name, " + v + ") or iequals(user.target.name, " + v + ")"
	case "host":
		return "iequals(host.name, " + v + ")"
	}
	return "source.ip == " + v + " or destination.ip == " + v + " or host.ip == " + v
}

// The bounds of an entity's page.
const (
	maxRows    = 100 // of each list
	atATime    = 4   // statements
	maxNew     = 100
	maxOfAlert = 100
)

// loginsBy says by what log-ins are told apart.
var loginsBy = map[string][]event.Field{
	"user": {event.SourceIP, event.SourceGeoCountryIsoCode, event.HostName, event.EventOutcome},
	"host": {event.UserName, event.SourceIP, event.SourceGeoCountryIsoCode, event.EventOutcome},
	"ip":   {event.UserName, event.HostName, event.EventOutcome},
}

// newFields are those whose values are worth knowing when they are new for an entity.
var newFields = []event.Field{event.SourceIP, event.SourceGeoCountryIsoCode, event.HostName, event.UserName, event.ProcessName, event.DestinationIP, event.EventAction}

// Entity implements web.Entities by small statements, some at a time, all of them within the time of one hunt.
func (d *desk) Entity(ctx context.Context, tenants []string, e alert.Entity, from, to time.Time) (*web.EntityPage, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, d.budget.Time, web.ErrOverBudget)
	defer cancel()
	base := entityQuery(e)
	page := &web.EntityPage{Kind: e.Kind, Value: e.Value, Query: base, From: from, To: to, Counts: map[string]uint64{}, Partial: []web.EntityPart{}, Alerts: []json.RawMessage{},
		Logins: []web.EntityRow{}, Sources: []web.EntityRow{}, Countries: []web.EntityRow{}, Processes: []web.EntityRow{}, Connections: []web.EntityRow{}, New: []web.EntityNew{}}
	query := func(also string, from time.Time) (*hunt.Query, error) {
		text := "(" + base + ")"
		if also != "" {
			text += " and " + also
		}
		return hunt.Search{Query: text, From: from.Format(time.RFC3339Nano), To: to.Format(time.RFC3339Nano)}.Check(tenants, to)
	}
	var mu sync.Mutex
	groups := func(into *[]web.EntityRow, also string, by, sums []event.Field) func() error {
		return func() error {
			q, err := query(also, from.Add(-web.Before))
			if err != nil {
				return err
			}
			rows, err := d.groups(ctx, q, by, sums, from)
			mu.Lock()
			defer mu.Unlock()
			*into = append(*into, rows...)
			return err
		}
	}
	var outcomes []web.EntityRow
	const login = `event.category == "authentication"`
	bytes := []event.Field{event.SourceBytes, event.DestinationBytes}
	connections := []event.Field{event.DestinationIP, event.DestinationPort, event.NetworkTransport}
	if e.Kind == "ip" {
		connections = []event.Field{event.SourceIP, event.DestinationIP, event.DestinationPort}
	}
	parts := []struct {
		name string
		do   func() error
	}{
		{"seen", func() error { return d.seen(ctx, query, page, &mu, from) }},
		{"logins", groups(&page.Logins, login, loginsBy[e.Kind], nil)},
		{"counts", groups(&outcomes, login, []event.Field{event.EventOutcome}, nil)},
		{"sources", groups(&page.Sources, "", []event.Field{event.SourceIP, event.SourceGeoCountryIsoCode, event.SourceAsOrganizationName}, nil)},
		{"countries", groups(&page.Countries, "", []event.Field{event.SourceGeoCountryIsoCode}, nil)},
		{"processes", groups(&page.Processes, "", []event.Field{event.ProcessName, event.ProcessExecutable, event.ProcessParentName}, nil)},
		{"connections", groups(&page.Connections, "exists(destination.ip)", connections, bytes)},
		{"new", func() error { return d.newFor(ctx, query, page, from) }},
		{"alerts", func() (err error) {
			page.Alerts, err = d.Alerts(ctx, web.AlertFilter{Tenants: tenants, Entity: e.Kind + ":" + strings.ToLower(e.Value), From: from, To: to, Limit: maxOfAlert})
			return err
		}},
	}
	slots, failed := make(chan struct{}, atATime), error(nil)
	var all sync.WaitGroup
	for _, p := range parts {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			err := p.do()
			if err == nil {
				return
			}
			if cause := context.Cause(ctx); errors.Is(cause, web.ErrOverBudget) {
				err = cause
			}
			mu.Lock()
			defer mu.Unlock()
			failed = errors.Join(failed, err)
			err = web.TroubleOf(d.log, "a part of an entity's page failed", err)
			page.Partial = append(page.Partial, web.EntityPart{Part: p.name, Reason: err.Error()})
		})
	}
	all.Wait()
	for _, row := range outcomes {
		page.Counts["logins_"+row.Values["event.outcome"]] = row.Count
	}
	page.Counts["alerts"] = uint64(len(page.Alerts))
	slices.SortFunc(page.Partial, func(a, b web.EntityPart) int { return strings.Compare(a.Part, b.Part) })
	if len(page.Partial) == len(parts) { // nothing works: that is no page
		return nil, failed
	}
	return page, ctx.Err()
}

func (d *desk) groups(ctx context.Context, q *hunt.Query, by, sums []event.Field, since time.Time) ([]web.EntityRow, error) {
	st, err := q.Groups(by, sums, since.UnixNano(), maxRows)
	if err != nil {
		return nil, err
	}
	var out []web.EntityRow
	err = d.store.Rows(ctx, st.SQL, params(st.Params), d.settings(), func(scan func(...any) error) error {
		values := make([]string, len(by))
		row := web.EntityRow{Values: map[string]string{}}
		var into []any
		for i := range values {
			into = append(into, &values[i])
		}
		if err := scan(append(into, &row.Count, &row.Bytes, &row.First, &row.Last)...); err != nil {
			return err
		}
		for i, v := range values {
			if v != "" {
				row.Values[by[i].String()] = v
			}
		}
		row.First, row.Last = row.First.UTC(), row.Last.UTC()
		row.New = !row.First.Before(since)
		out = append(out, row)
		return nil
	})
	return out, told(err)
}

// seen looks through all that is stored for the first and the last event, and counts those of the range.
func (d *desk) seen(ctx context.Context, query func(string, time.Time) (*hunt.Query, error), page *web.EntityPage, mu *sync.Mutex, from time.Time) error {
	ask := func(from time.Time) (n uint64, first, last time.Time, err error) {
		q, err := query("", from)
		if err != nil {
			return 0, first, last, err
		}
		st, err := q.Seen()
		if err != nil {
			return 0, first, last, err
		}
		err = d.store.Rows(ctx, st.SQL, params(st.Params), d.settings(), func(scan func(...any) error) error { return scan(&n, &first, &last) })
		return n, first.UTC(), last.UTC(), told(err)
	}
	n, _, _, err := ask(from)
	if err != nil {
		return err
	}
	mu.Lock()
	page.Counts["events"] = n
	mu.Unlock()
	n, first, last, err := ask(time.Unix(0, 0).UTC())
	if err == nil && n > 0 {
		page.FirstSeen, page.LastSeen = &first, &last
	}
	return err
}

func (d *desk) newFor(ctx context.Context, query func(string, time.Time) (*hunt.Query, error), page *web.EntityPage, from time.Time) error {
	q, err := query("", from.Add(-web.Before))
	if err != nil {
		return err
	}
	st, err := q.New(newFields, from.UnixNano(), maxNew)
	if err != nil {
		return err
	}
	return told(d.store.Rows(ctx, st.SQL, params(st.Params), d.settings(), func(scan func(...any) error) error {
		var n web.EntityNew
		err := scan(&n.Field, &n.Value, &n.Count, &n.First)
		n.First = n.First.UTC()
		page.New = append(page.New, n)
		return err
	}))
}

// Coverage implements web.Entities.
func (d *desk) Coverage(context.Context) ([]web.Technique, error) {
	set, err := d.rules.loaded()
	if err != nil {
		return nil, err
	}
	by := map[string][]string{}
	for _, r := range set.Rules {
		if r.Enabled && r.Mode != rule.Shadow {
			for _, t := range r.Techniques {
				by[t] = append(by[t], r.Title)
			}
		}
	}
	var out []web.Technique
	for id, rules := range by {
		slices.Sort(rules)
		out = append(out, web.Technique{ID: id, Rules: slices.Compact(rules)})
	}
	slices.SortFunc(out, func(a, b web.Technique) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}
