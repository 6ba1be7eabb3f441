package store

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// RightsRow is a revision of a user, a token or a session.
type RightsRow struct {
	Kind, ID     string
	Revision     uint64
	Time         time.Time
	By, Nonce    string
	Body, Secret string // JSON, and what is hashed or sealed
	Stored       time.Time
}

// InsertRights adds a revision.
func (s *Store) InsertRights(ctx context.Context, r RightsRow) error {
	err := s.insert(ctx, r.Nonce, "INSERT INTO rights (`kind`, `id`, `revision`, `time`, `by`, `nonce`, `body`, `secret`)", func(b driver.Batch) error {
		return b.Append(r.Kind, r.ID, r.Revision, r.Time, r.By, r.Nonce, r.Body, r.Secret)
	})
	if err != nil {
		return fmt.Errorf("insert rights: %w", err)
	}
	return nil
}

// Rights gives the newest revision of each kind and id among those stored since a time; of two with one number the one that was stored first.
func (s *Store) Rights(ctx context.Context, since time.Time) ([]RightsRow, error) {
	from := int64(0)
	if !since.IsZero() {
		from = since.UnixMilli()
	}
	var out []RightsRow
	err := s.Rows(ctx, "SELECT `kind`, `id`, `revision`, `time`, `by`, `nonce`, `body`, `secret`, `stored` FROM rights WHERE `stored` >= fromUnixTimestamp64Milli({since:Int64})"+
		" ORDER BY `revision` DESC, `stored`, `nonce` LIMIT 1 BY `kind`, `id`", Params{"since": from}, nil, func(scan func(...any) error) error {
		var r RightsRow
		err := scan(&r.Kind, &r.ID, &r.Revision, &r.Time, &r.By, &r.Nonce, &r.Body, &r.Secret, &r.Stored)
		out = append(out, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("rights: %w", err)
	}
	return out, nil
}

// AuditFilter says which entries of the audit log are asked for; zero values ask for all.
type AuditFilter struct {
	From, To     time.Time // To exclusive
	User, Action string
	Outcome      string
	Tenants      []string // nil: any; else entries that could see none but these, and at least one
	Limit        int
}

// Audit gives entries of the audit log, the newest first.
func (s *Store) Audit(ctx context.Context, f AuditFilter) ([]AuditRow, error) {
	where, params := "1", Params{"limit": f.Limit}
	add := func(sql, name string, value any) {
		where += " AND " + sql
		params[name] = value
	}
	if !f.From.IsZero() {
		add("`time` >= fromUnixTimestamp64Milli({from:Int64})", "from", f.From.UnixMilli())
	}
	if !f.To.IsZero() {
		add("`time` < fromUnixTimestamp64Milli({to:Int64})", "to", f.To.UnixMilli())
	}
	if f.User != "" {
		add("`user` = {user:String}", "user", f.User)
	}
	if f.Action != "" {
		add("`action` = {action:String}", "action", f.Action)
	}
	if f.Outcome != "" {
		add("`outcome` = {outcome:String}", "outcome", f.Outcome)
	}
	if f.Tenants != nil {
		add("notEmpty(`tenants`) AND hasAll({tenants:Array(String)}, `tenants`)", "tenants", f.Tenants)
	}
	var out []AuditRow
	err := s.Rows(ctx, "SELECT "+auditColumns+" FROM audit WHERE "+where+
		" ORDER BY `time` DESC, `id` DESC LIMIT {limit:UInt64}", params, nil, func(scan func(...any) error) error {
		var r AuditRow
		err := r.scan(scan)
		out = append(out, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return out, nil
}
