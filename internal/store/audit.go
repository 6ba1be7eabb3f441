package store

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// AuditRow is an entry of the audit log.
type AuditRow struct {
	Time                                  time.Time
	ID, Action, Outcome, User, Kind, Role string
	Tenants                               []string
	Address                               string
	Count                                 uint32
	Fields                                string // JSON
}

// InsertAudit adds entries, once for each token: the same token must always name the same rows.
func (s *Store) InsertAudit(ctx context.Context, token string, rows []AuditRow) error {
	run, cancel := bounded(ctx)
	defer cancel()
	run = clickhouse.Context(run, clickhouse.WithSettings(clickhouse.Settings{"insert_deduplication_token": token, "async_insert": 0}))
	b, err := s.sql.PrepareBatch(run, "INSERT INTO audit (`time`, `id`, `action`, `outcome`, `user`, `kind`, `role`, `tenants`, `address`, `count`, `fields`)")
	if err != nil {
		return fmt.Errorf("insert audit: %w", err)
	}
	defer b.Close()
	for _, r := range rows {
		if r.Tenants == nil {
			r.Tenants = []string{}
		}
		if err := b.Append(r.Time, r.ID, r.Action, r.Outcome, r.User, r.Kind, r.Role, r.Tenants, r.Address, r.Count, r.Fields); err != nil {
			return fmt.Errorf("insert audit: %w", err)
		}
	}
	if err := b.Send(); err != nil {
		return fmt.Errorf("insert audit: %w", err)
	}
	return nil
}

// Tenants lists those that ever sent something.
func (s *Store) Tenants(ctx context.Context) ([]string, error) {
	var out []string
	err := s.Rows(ctx, "SELECT DISTINCT `tenant` FROM sources ORDER BY `tenant`", nil, nil, func(scan func(...any) error) error {
		var t string
		err := scan(&t)
		out = append(out, t)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("tenants: %w", err)
	}
	return out, nil
}
