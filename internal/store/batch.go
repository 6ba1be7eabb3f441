package store

import (
	"context"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// insert runs sql, an INSERT, with the rows that fill appends. Where token is not empty it names them: rows under a name that the table knows are not stored again.
func (s *Store) insert(ctx context.Context, token, sql string, fill func(b driver.Batch) error) error {
	// When the context of an insert ends the driver closes its connection, which may serve another statement by the time that it notices. So the
	// end of ctx counts only while the insert runs, and of one that is through the context never ends.
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, cancel)
	if token != "" {
		run = clickhouse.Context(run, clickhouse.WithSettings(clickhouse.Settings{"insert_deduplication_token": token, "async_insert": 0}))
	}
	b, err := s.sql.PrepareBatch(run, sql)
	if err == nil {
		if err = fill(b); err == nil {
			err = b.Send()
		}
		b.Close()
	}
	stop()
	if err != nil {
		cancel()
	}
	return err
}
