package store

import (
	"context"
	"fmt"
	"time"
)

// AlertKey is when an alert of a rule crossed, and for which group key of which tenant.
type AlertKey struct {
	Tenant, ID string
	Time       int64 // Unix nanoseconds
	Group      map[string]string
}

// AlertKeys gives each the alerts of a rule and some tenants in [from, to), superseded ones left out, in no order, limit of them at most.
func (s *Store) AlertKeys(ctx context.Context, tenants []string, rule string, from, to int64, limit int, each func(AlertKey)) error {
	sql := "SELECT DISTINCT `tenant`, `alert.id`, `@timestamp`, `group` FROM alerts WHERE `tenant` IN {tenants:Array(String)} AND `rule.id` = {rule:String}" +
		" AND `@timestamp` >= fromUnixTimestamp64Nano({from:Int64}) AND `@timestamp` < fromUnixTimestamp64Nano({to:Int64})" +
		" AND (`tenant`, `alert.id`) NOT IN (SELECT `tenant`, arrayJoin(`supersedes`) FROM alerts WHERE `tenant` IN {tenants:Array(String)} AND `rule.id` = {rule:String}) LIMIT {limit:UInt64}"
	err := s.Rows(ctx, sql, Params{"tenants": tenants, "rule": rule, "from": from, "to": to, "limit": limit}, nil, func(scan func(...any) error) error {
		var k AlertKey
		var at time.Time
		if err := scan(&k.Tenant, &k.ID, &at, &k.Group); err != nil {
			return err
		}
		k.Time = at.UnixNano()
		each(k)
		return nil
	})
	if err != nil {
		return fmt.Errorf("alerts of rule %s: %w", rule, err)
	}
	return nil
}
