package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2"
)

// Progress is how far a statement is.
type Progress struct {
	Rows, Bytes uint64 // read so far
	Total       uint64 // rows to read as far as the engine knows, 0 if it does not
}

type progressKey struct{}

// WithProgress lets statements that run under ctx tell how far they are, now and then and once at their end. f is called by one goroutine at a time.
func WithProgress(ctx context.Context, f func(Progress)) context.Context {
	return context.WithValue(ctx, progressKey{}, f)
}

// progressEvery is how often a statement is looked at.
const progressEvery = 300 * time.Millisecond

// meter follows a statement. A server tells by itself; an engine that tells at the end only is asked.
type meter struct {
	f    func(Progress)
	told chan proto.Progress
	over chan struct{} // closed at the end; the driver may still tell something then
	mark string
}

// follow begins to follow the statement that ctx is for; nil if nobody wants to know. The text of the statement gets mark in front. Call end when it is over.
func (s *Store) follow(ctx context.Context) (m *meter, end func()) {
	f, _ := ctx.Value(progressKey{}).(func(Progress))
	if f == nil {
		return nil, func() {}
	}
	var id [8]byte
	rand.Read(id[:])
	m = &meter{f, make(chan proto.Progress, 64), make(chan struct{}), "/*watched:" + hex.EncodeToString(id[:]) + "*/"}
	asking, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.watch(asking, m)
	}()
	return m, func() {
		cancel()
		close(m.over)
		<-done
	}
}

// watch hands on what the server tells, and asks beside it, until m.over is closed.
func (s *Store) watch(ctx context.Context, m *meter) {
	var p Progress
	more := func(t proto.Progress) {
		p = Progress{max(p.Rows, t.Rows), max(p.Bytes, t.Bytes), max(p.Total, t.TotalRows)}
	}
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		select {
		case t := <-m.told:
			more(t)
		case <-m.over:
			for {
				select {
				case t := <-m.told:
					more(t)
					continue
				default:
				}
				break
			}
			m.f(p)
			return
		case <-tick.C:
			if now, ok := s.running(ctx, m.mark); ok {
				p = Progress{max(p.Rows, now.Rows), max(p.Bytes, now.Bytes), max(p.Total, now.Total)}
			}
			m.f(p)
		}
	}
}

// running asks the engine how far the statement with that mark is.
func (s *Store) running(ctx context.Context, mark string) (p Progress, found bool) {
	rows, err := s.sql.Query(ctx, "SELECT read_rows, read_bytes, total_rows_approx FROM system.processes WHERE position(query, {mark:String}) > 0 AND position(query, 'system.processes') = 0",
		clickhouse.Named("mark", mark))
	if err != nil {
		return p, false
	}
	defer rows.Close()
	for rows.Next() {
		if rows.Scan(&p.Rows, &p.Bytes, &p.Total) != nil {
			return p, false
		}
		found = true
	}
	return p, found
}

// tell adds what the server says, which counts from packet to packet; sum is kept by the caller.
func (m *meter) tell(sum *proto.Progress, rows, bytes, total uint64) {
	sum.Rows += rows
	sum.Bytes += bytes
	sum.TotalRows += total
	select {
	case m.told <- *sum:
	case <-m.over:
	}
}
