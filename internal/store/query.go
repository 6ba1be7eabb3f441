package store

import (
	"context"
	"fmt"

	"github.com/ClickHouse/ch-go"
	"github.com/ClickHouse/ch-go/proto"

	"watchpost/internal/event"
)

// Select runs a SELECT whose columns are fields, under their own names, and hands each block of its rows to each as a
// batch, as they come: a slow each slows the engine down. The batch is valid until each returns. Columns of table events
// that are no fields are left out; an event.id names the row. Ending ctx cancels the statement in the engine.
func (s *Store) Select(ctx context.Context, sql string, params Params, settings Settings, each func(*event.Batch) error) error {
	packets, err := params.packets()
	if err != nil {
		return err
	}
	sql = s.settled(ctx, sql)
	c, err := s.connect(ctx, s.o.Addr)
	if err != nil {
		return fmt.Errorf("clickhouse: %w", err)
	}
	defer c.Close() // a connection costs about a millisecond; one that was cancelled is of no use any more
	res := &result{}
	m, end := s.follow(ctx)
	defer end()
	if m != nil {
		sql = m.mark + sql
	}
	q := query(sql, packets, res, func() error { return each(&res.batch) })
	q.Settings = settings.packets()
	if m != nil {
		var sum proto.Progress
		q.OnProgress = func(_ context.Context, p proto.Progress) error {
			m.tell(&sum, p.Rows, p.Bytes, p.TotalRows)
			return nil
		}
	}
	return c.do(ctx, q)
}

// query makes a SELECT that calls each for every block of rows that came into result.
func query(sql string, params []proto.Parameter, result proto.Result, each func() error) ch.Query {
	return ch.Query{Body: sql, Parameters: params, Result: result, OnResult: func(_ context.Context, b proto.Block) error {
		if b.Rows == 0 {
			return nil // the header
		}
		return each()
	}}
}
