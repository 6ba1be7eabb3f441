package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// inserts is a driver that notes the context of an insert, and does send for it.
type inserts struct {
	driver.Conn
	driver.Batch
	ctx  context.Context
	send func(context.Context) error
}

func (d *inserts) PrepareBatch(ctx context.Context, _ string, _ ...driver.PrepareBatchOption) (driver.Batch, error) {
	d.ctx = ctx
	return d, nil
}

func (d *inserts) Send() error  { return d.send(d.ctx) }
func (d *inserts) Close() error { return nil }

// TestInsertContext: an insert ends with the caller's context, and the driver does not see that end once the insert is through.
func TestInsertContext(t *testing.T) {
	none := func(driver.Batch) error { return nil }
	d := &inserts{send: func(context.Context) error { return nil }}
	s := &Store{sql: d}
	ctx, cancel := context.WithCancel(t.Context())
	if err := s.insert(ctx, "token", "", none); err != nil {
		t.Fatal(err)
	}
	cancel()
	select {
	case <-d.ctx.Done():
		t.Error("the context of an insert that is through has ended with its caller's")
	case <-time.After(20 * time.Millisecond):
	}
	ctx, cancel = context.WithCancel(t.Context())
	d.send = func(run context.Context) error {
		cancel()
		<-run.Done()
		return run.Err()
	}
	if err := s.insert(ctx, "", "", none); !errors.Is(err, context.Canceled) {
		t.Errorf("an insert whose caller has gone: %v", err)
	}
}
