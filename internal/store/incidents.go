package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// AlertSummary is the newest revision of an alert as far as folding into incidents needs it. Times are Unix nanoseconds.
type AlertSummary struct {
	Tenant, ID string
	Arrived    int64 // when its first revision was stored
	Start, End int64
	Rule, Name string
	Level      string
	Severity   int64
	Count      uint64
	Group      map[string]string
	Entities   []string
	Tactics    []string
	Techniques []string
	State      AlertState
}

// Summaries gives the alerts that f asks for, in no order.
func (s *Store) Summaries(ctx context.Context, f AlertFilter) ([]AlertSummary, error) {
	f.State = true
	where, newest, params, _ := f.conditions()
	params["limit"] = f.Limit
	sql := "SELECT a.`tenant`, a.`alert.id`, f.`arrived`, `event.start`, `event.end`, `rule.id`, `rule.name`, `rule.level`, `event.severity`, `count`, `group`, `entities`," +
		" JSONExtract(`body`, 'threat.tactic.name', 'Array(String)'), JSONExtract(`body`, 'threat.technique.id', 'Array(String)')" + stateColumns +
		" FROM " + f.found(where, true) +
		" LEFT JOIN (SELECT `alert.id`, min(`stored`) AS `arrived` FROM alerts WHERE " + f.tenants("`tenant`") + " GROUP BY `alert.id`) AS f ON f.`alert.id` = a.`alert.id`" +
		" WHERE " + strings.Join(newest, " AND ") + " ORDER BY `@timestamp` DESC, a.`alert.id` LIMIT {limit:UInt64}"
	var out []AlertSummary
	err := s.Rows(ctx, sql, params, nil, func(scan func(...any) error) error {
		var a AlertSummary
		var arrived, start, end time.Time
		if err := scan(append([]any{&a.Tenant, &a.ID, &arrived, &start, &end, &a.Rule, &a.Name, &a.Level, &a.Severity, &a.Count, &a.Group, &a.Entities, &a.Tactics, &a.Techniques}, a.State.scan()...)...); err != nil {
			return err
		}
		a.Arrived, a.Start, a.End = arrived.UnixNano(), start.UnixNano(), end.UnixNano()
		out = append(out, a)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("alerts to fold: %w", err)
	}
	return out, nil
}

// Origin is the first of the alerts that one supersedes, one after the other.
type Origin struct {
	ID      string
	Arrived int64 // Unix nanoseconds
}

// Origins gives the origin of each alert of some tenants that supersedes others.
func (s *Store) Origins(ctx context.Context, tenants []string) (map[string]Origin, error) {
	const sql = "SELECT h.`heir`, argMin(h.`was`, (f.`arrived`, h.`was`)), min(f.`arrived`) FROM alert_heirs AS h" +
		" INNER JOIN (SELECT `alert.id`, min(`stored`) AS `arrived` FROM alerts WHERE `tenant` IN {tenants:Array(String)} GROUP BY `alert.id`) AS f ON f.`alert.id` = h.`was`" +
		" WHERE h.`tenant` IN {tenants:Array(String)} GROUP BY h.`heir`"
	out := map[string]Origin{}
	err := s.Rows(ctx, sql, Params{"tenants": tenants}, nil, func(scan func(...any) error) error {
		var id string
		var o Origin
		var at time.Time
		if err := scan(&id, &o.ID, &at); err != nil {
			return err
		}
		o.Arrived = at.UnixNano()
		out[id] = o
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("superseded alerts: %w", err)
	}
	return out, nil
}

// Heirs gives the alerts that supersede alert id, at first hand or after others.
func (s *Store) Heirs(ctx context.Context, tenant, id string) ([]string, error) {
	var out []string
	err := s.Rows(ctx, "SELECT `heir` FROM alert_heirs WHERE `tenant` = {tenant:String} AND `was` = {id:String} ORDER BY `heir`", Params{"tenant": tenant, "id": id}, nil, func(scan func(...any) error) error {
		var heir string
		err := scan(&heir)
		out = append(out, heir)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("what supersedes alert %s: %w", id, err)
	}
	return out, nil
}
