package store

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// AuditRow is an entry of the audit log.
type AuditRow struct {
	Time                                  time.Time
	ID, Action, Outcome, User, Kind, Role string
	Tenants                               []string
	Address                               string
	Count                                 uint32
	Fields                                string // JSON
	Hash, Before                          string
	BeforeTime                            time.Time
}

// auditColumns are those of an AuditRow, in its order.
const auditColumns = "`time`, `id`, `action`, `outcome`, `user`, `kind`, `role`, `tenants`, `address`, `count`, `fields`, `hash`, `before`, `before_time`"

func (r *AuditRow) scan(scan func(...any) error) error {
	return scan(&r.Time, &r.ID, &r.Action, &r.Outcome, &r.User, &r.Kind, &r.Role, &r.Tenants, &r.Address, &r.Count, &r.Fields, &r.Hash, &r.Before, &r.BeforeTime)
}

// InsertAudit adds entries, once for each token: the same token must always name the same rows.
func (s *Store) InsertAudit(ctx context.Context, token string, rows []AuditRow) error {
	err := s.insert(ctx, token, "INSERT INTO audit ("+auditColumns+")", func(b driver.Batch) error {
		for _, r := range rows {
			if r.Tenants == nil {
				r.Tenants = []string{}
			}
			if err := b.Append(r.Time, r.ID, r.Action, r.Outcome, r.User, r.Kind, r.Role, r.Tenants, r.Address, r.Count, r.Fields, r.Hash, r.Before, r.BeforeTime); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("insert audit: %w", err)
	}
	return nil
}

// AuditHeads gives id, time and hash of the last entry of each process that wrote with hashes in the last 90 days, those written last first.
func (s *Store) AuditHeads(ctx context.Context, limit int) (out []AuditRow, err error) {
	err = s.Rows(ctx, "WITH toUInt64OrZero(splitByChar('-', `id`)[2]) AS n SELECT argMax(`id`, n), argMax(`time`, n) AS last, argMax(`hash`, n) FROM audit"+
		" WHERE `time` > now() - INTERVAL 90 DAY AND `hash` != '' GROUP BY splitByChar('-', `id`)[1] ORDER BY last DESC LIMIT {limit:UInt64}",
		Params{"limit": limit}, nil, func(scan func(...any) error) error {
			var r AuditRow
			err := scan(&r.ID, &r.Time, &r.Hash)
			out = append(out, r)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return out, nil
}

// auditSettings are for statements that sort the whole log.
var auditSettings = Settings{"max_bytes_before_external_sort": 256 << 20, "max_threads": 2}

// AuditBegins gives the time of the oldest entry and of the oldest that has a hash; zero where there is none.
func (s *Store) AuditBegins(ctx context.Context) (first, chained time.Time, err error) {
	err = s.Rows(ctx, "SELECT min(`time`), minIf(`time`, `hash` != '') FROM audit", nil, nil, func(scan func(...any) error) error { return scan(&first, &chained) })
	if err != nil {
		return first, chained, fmt.Errorf("audit: %w", err)
	}
	if chained.Unix() == 0 {
		chained = time.Time{}
	}
	return first, chained, nil
}

// AuditChains hands all entries of an action, "" for any, to each: those of a process one after the other, by their number.
func (s *Store) AuditChains(ctx context.Context, action string, each func(AuditRow) error) error {
	err := s.Rows(ctx, "SELECT "+auditColumns+" FROM audit WHERE {action:String} IN ('', `action`) ORDER BY splitByChar('-', `id`)[1], toUInt64OrZero(splitByChar('-', `id`)[2]), `stored`",
		Params{"action": action}, auditSettings, func(scan func(...any) error) error {
			var r AuditRow
			if err := r.scan(scan); err != nil {
				return err
			}
			return each(r)
		})
	if err != nil {
		return fmt.Errorf("audit: %w", err)
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
