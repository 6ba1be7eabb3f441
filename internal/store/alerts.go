package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// AlertRow is a revision of an alert. Times are Unix nanoseconds.
type AlertRow struct {
	Tenant, ID string
	Revision   uint32
	Time       int64 // of the crossing event; the same in all revisions
	Start, End int64
	Rule, Name string
	Level      string
	Mode       string // of the rule: live or shadow
	Severity   int64
	Count      uint64
	Group      map[string]string
	Supersedes []string   // ids of alerts that this one replaces
	Body       []byte     // the whole alert, JSON
	Entities   []string   // kind:value, as alert.Entity says it; with State only
	State      AlertState // only where AlertFilter.State asks for it
}

// InsertAlerts stores revisions, once for each token: the same token must always name the same rows.
func (s *Store) InsertAlerts(ctx context.Context, token string, rows []AlertRow) error {
	if len(rows) == 0 {
		return nil
	}
	if token == "" {
		return errors.New("insert alerts: no token")
	}
	err := s.insert(ctx, token, "INSERT INTO alerts (`tenant`, `alert.id`, `revision`, `@timestamp`, `event.start`, `event.end`, `rule.id`, `rule.name`, `rule.level`, `rule.mode`, `event.severity`, `count`, `group`, `supersedes`, `body`)", func(b driver.Batch) error {
		for _, r := range rows {
			group, supersedes := r.Group, r.Supersedes
			if group == nil {
				group = map[string]string{}
			}
			if supersedes == nil {
				supersedes = []string{}
			}
			if err := b.Append(r.Tenant, r.ID, r.Revision, nano(r.Time), nano(r.Start), nano(r.End), r.Rule, r.Name, r.Level, r.Mode, r.Severity, r.Count, group, supersedes, string(r.Body)); err != nil {
				return fmt.Errorf("%s: %w", r.ID, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("insert alerts: %w", err)
	}
	return nil
}

func nano(t int64) time.Time { return time.Unix(0, t).UTC() }

// AlertFilter says which alerts are asked for; zero values ask for all. Times are Unix nanoseconds.
type AlertFilter struct {
	Tenants    []string // nil: any; empty: none
	ID         string
	IDs        []string // nil: any
	From, To   int64    // [From, To) by Time; To 0: no end
	Rule       string
	Rules      []string // nil: any
	EndFrom    int64    // 0: any; else those whose last event is not before it
	StartTo    int64    // 0: any; else those whose first event is not after it
	Level      string
	Mode       string // of the rule; "": any
	Superseded bool   // those, too, that others have superseded
	State      bool   // with what people did with them; Status and Owner ask for it too
	Status     string // new, acknowledged, closed, or open: not closed
	Owner      string // "none": nobody's
	Entity     string // kind:value in small letters, as alert.Entity says it; without a kind, of any kind
	Worst      bool   // the most severe first, those of one severity the newest first
	Limit      int    // at most; 0: 1000
}

// conditions gives what rows must satisfy, what the newest revision of an alert must, and whether that asks for states.
func (f AlertFilter) conditions() (where, newest []string, params Params, state bool) {
	where, newest, params = []string{"1"}, []string{"1"}, Params{}
	eq := func(to *[]string, column, name, value string) {
		if value != "" {
			*to = append(*to, fmt.Sprintf("`%s` = {%s:String}", column, name))
			params[name] = value
		}
	}
	eq(&where, "alert.id", "id", f.ID)
	eq(&where, "rule.id", "rule", f.Rule)
	eq(&newest, "rule.level", "level", f.Level)
	eq(&newest, "rule.mode", "mode", f.Mode)
	if f.Tenants != nil {
		where = append(where, f.tenants("`tenant`"))
		params["tenants"] = f.Tenants
	}
	if f.IDs != nil {
		where = append(where, "`alert.id` IN {ids:Array(String)}")
		params["ids"] = f.IDs
	}
	if len(f.Rules) > 0 {
		where = append(where, "`rule.id` IN {rules:Array(String)}")
		params["rules"] = f.Rules
	}
	if f.EndFrom != 0 {
		newest = append(newest, "`event.end` >= fromUnixTimestamp64Nano({endfrom:Int64})")
		params["endfrom"] = f.EndFrom
	}
	if f.StartTo != 0 {
		newest = append(newest, "`event.start` <= fromUnixTimestamp64Nano({startto:Int64})")
		params["startto"] = f.StartTo
	}
	if f.From != 0 {
		where = append(where, "`@timestamp` >= fromUnixTimestamp64Nano({from:Int64})")
		params["from"] = f.From
	}
	if f.To != 0 {
		where = append(where, "`@timestamp` < fromUnixTimestamp64Nano({to:Int64})")
		params["to"] = f.To
	}
	if !f.Superseded {
		where = append(where, "(`tenant`, `alert.id`) NOT IN (SELECT `tenant`, arrayJoin(`supersedes`) FROM alerts)")
	}
	if f.Entity != "" {
		params["entities"] = entityNames(f.Entity)
		newest = append(newest, "hasAny(`entities`, {entities:Array(String)})")
	}
	state = f.State || f.Status != "" || f.Owner != ""
	if state {
		newest = append(newest, f.stateWhere(params)...)
	}
	return where, newest, params, state
}

// tenants is a condition on a column.
func (f AlertFilter) tenants(column string) string {
	if f.Tenants == nil {
		return "1"
	}
	return column + " IN {tenants:Array(String)}"
}

// found is the newest revision of what the condition where finds, each with its state if state says so. What is the same in every revision
// is filtered by in where; level and mode may change from one to the next.
func (f AlertFilter) found(where []string, state bool) string {
	sql := "(SELECT * FROM alerts WHERE " + strings.Join(where, " AND ") + " ORDER BY `revision` DESC, `stored` DESC LIMIT 1 BY `tenant`, `alert.id`) AS a"
	if state {
		sql += " LEFT JOIN (SELECT * FROM alert_state WHERE " + f.tenants("`tenant`") + ") AS s ON s.`tenant` = a.`tenant` AND s.`alert.id` = a.`alert.id`"
	}
	return sql
}

// Alerts gives the newest revision of each alert that f asks for, newest Time first unless f says Worst.
func (s *Store) Alerts(ctx context.Context, f AlertFilter) ([]AlertRow, error) {
	if f.Limit <= 0 {
		f.Limit = 1000
	}
	where, newest, params, state := f.conditions()
	params["limit"] = f.Limit
	columns := "a.`tenant`, a.`alert.id`, `revision`, `@timestamp`, `event.start`, `event.end`, `rule.id`, `rule.name`, `rule.level`, `rule.mode`, `event.severity`, `count`, `group`, `supersedes`, `body`"
	if state {
		columns += ", `entities`" + stateColumns
	}
	order := "`@timestamp` DESC, a.`alert.id`"
	if f.Worst {
		order = "`event.severity` DESC, " + order
	}
	sql := "SELECT " + columns + " FROM " + f.found(where, state) + " WHERE " + strings.Join(newest, " AND ") + " ORDER BY " + order + " LIMIT {limit:UInt64}"
	var out []AlertRow
	err := s.Rows(ctx, sql, params, nil, func(scan func(...any) error) error {
		var r AlertRow
		var at, start, end time.Time
		var body string
		into := []any{&r.Tenant, &r.ID, &r.Revision, &at, &start, &end, &r.Rule, &r.Name, &r.Level, &r.Mode, &r.Severity, &r.Count, &r.Group, &r.Supersedes, &body}
		if state {
			into = append(append(into, &r.Entities), r.State.scan()...)
		}
		if err := scan(into...); err != nil {
			return err
		}
		r.Time, r.Start, r.End, r.Body = at.UnixNano(), start.UnixNano(), end.UnixNano(), []byte(body)
		out = append(out, r)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("alerts: %w", err)
	}
	return out, nil
}

// RuleAlerts is what a rule has raised.
type RuleAlerts struct {
	Alerts uint64
	Last   int64 // Time of the newest, Unix nanoseconds
}

// AlertsByRule counts the alerts of some tenants since a time, by rule id.
func (s *Store) AlertsByRule(ctx context.Context, tenants []string, since int64) (map[string]RuleAlerts, error) {
	out := map[string]RuleAlerts{}
	sql := "SELECT `rule.id`, uniq(`alert.id`), max(`@timestamp`) FROM alerts WHERE `tenant` IN {tenants:Array(String)} AND `@timestamp` >= fromUnixTimestamp64Nano({since:Int64}) GROUP BY `rule.id`"
	err := s.Rows(ctx, sql, Params{"tenants": tenants, "since": since}, nil, func(scan func(...any) error) error {
		var id string
		var r RuleAlerts
		var last time.Time
		if err := scan(&id, &r.Alerts, &last); err != nil {
			return err
		}
		r.Last = last.UnixNano()
		out[id] = r
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("alerts by rule: %w", err)
	}
	return out, nil
}
