package store

import (
	"context"
	"fmt"
	"time"
)

// AlertKey is when an alert of a rule crossed, and for which group key.
type AlertKey struct {
	ID    string
	Time  int64 // Unix nanoseconds
	Group map[string]string
}

// AlertKeys gives each the alerts of a rule and tenant in [from, to), superseded ones left out, in no order, limit of them at most.
func (s *Store) AlertKeys(ctx context.Context, tenant, rule string, from, to int64, limit int, each func(AlertKey)) error {
	sql := "SELECT DISTINCT `alert.id`, `@timestamp`, `group` FROM alerts WHERE `tenant` = {tenant:String} AND `rule.id` = {rule:String}" +
		" AND `@timestamp` >= fromUnixTimestamp64Nano({from:Int64}) AND `@timestamp` < fromUnixTimestamp64Nano({to:Int64})" +
		" AND `alert.id` NOT IN (SELECT arrayJoin(`supersedes`) FROM alerts WHERE `tenant` = {tenant:String} AND `rule.id` = {rule:String}) LIMIT {limit:UInt64}"
	err := s.Rows(ctx, sql, Params{"tenant": tenant, "rule": rule, "from": from, "to": to, "limit": limit}, nil, func(scan func(...any) error) error {
		var k AlertKey
		var at time.Time
		if err := scan(&k.ID, &at, &k.Group); err != nil {
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
