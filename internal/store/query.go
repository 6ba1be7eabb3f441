package store

import (
	"context"

	"github.com/ClickHouse/ch-go"
	"github.com/ClickHouse/ch-go/proto"
)

// query makes a SELECT that calls each for every block of rows that came into result.
func query(sql string, params []proto.Parameter, result proto.Result, each func() error) ch.Query {
	return ch.Query{Body: sql, Parameters: params, Result: result, OnResult: func(_ context.Context, b proto.Block) error {
		if b.Rows == 0 {
			return nil // the header
		}
		return each()
	}}
}
