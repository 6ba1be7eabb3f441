package store

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Sighting is what the stored past has of a value.
type Sighting struct {
	Tenant, Value string
	First, Last   int64 // Unix nanoseconds
	Count         uint64
	ID            string // of the first event
}

// Searched gives those of values, indicators of a kind, for which the past has been searched.
func (s *Store) Searched(ctx context.Context, kind string, values []string) (map[string]bool, error) {
	out := map[string]bool{}
	err := s.Rows(ctx, "SELECT DISTINCT `value` FROM indicators WHERE `kind` = {kind:String} AND `value` IN {values:Array(String)}",
		Params{"kind": kind, "values": values}, nil, func(scan func(...any) error) error {
			var v string
			err := scan(&v)
			out[v] = true
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("indicators: %w", err)
	}
	return out, nil
}

// MarkSearched notes that the past has been searched for values of a kind; sources stand beside them.
func (s *Store) MarkSearched(ctx context.Context, kind string, values, sources []string) error {
	err := s.insert(ctx, "", "INSERT INTO indicators (`kind`, `value`, `source`)", func(b driver.Batch) error {
		for i, v := range values {
			if err := b.Append(kind, v, sources[i]); err != nil {
				return fmt.Errorf("%.100q: %w", v, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("indicators: %w", err)
	}
	return nil
}

// Sought says what values are looked for in.
type Sought struct {
	Column string // of table events
	Names  string // SQL of an array: what a row of the column is found by; empty: the column itself
	Where  string // SQL, which rows count
	Since  int64  // that they were received, Unix nanoseconds
}

// Sightings finds, of all tenants, the events that are found by one of values. An event that is found by several counts for each.
func (s *Store) Sightings(ctx context.Context, in Sought, values []string, settings Settings) (out []Sighting, err error) {
	value, where := "`"+in.Column+"`", "`"+in.Column+"` IN {values:Array(String)}" // as it is, so that an index helps
	if in.Names != "" {
		value, where = "arrayJoin(arrayFilter(name -> name IN {values:Array(String)}, "+in.Names+"))", "`"+in.Column+"` != ''"
	}
	sql := "SELECT `tenant`, " + value + " AS v, min(`@timestamp`), max(`@timestamp`), count(), argMin(`event.id`, `@timestamp`) FROM events" +
		" WHERE `event.ingested` >= fromUnixTimestamp64Nano({since:Int64}) AND " + where + " AND (" + in.Where + ") GROUP BY `tenant`, v"
	err = s.Rows(ctx, sql, Params{"since": in.Since, "values": values}, settings, func(scan func(...any) error) error {
		var g Sighting
		var first, last time.Time
		if err := scan(&g.Tenant, &g.Value, &first, &last, &g.Count, &g.ID); err != nil {
			return err
		}
		g.First, g.Last = first.UnixNano(), last.UnixNano()
		out = append(out, g)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("sightings in %s: %w", in.Column, err)
	}
	return out, nil
}
