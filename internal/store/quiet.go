package store

import (
	"context"
	"strings"
	"sync"
	"time"

	"watchpost/schema"
)

// quietFor is how long a Store takes it that no events are being replaced, after it has asked. Reparse waits as long between saying that it will
// and its first row.
const quietFor = 5 * time.Second

// quiet is what a Store knows of the replacing of events: until when it need not ask.
type quiet struct {
	mu    sync.Mutex
	until time.Time
}

// settled gives sql without schema.Counts while no events are being replaced: every row counts then.
func (s *Store) settled(ctx context.Context, sql string) string {
	if !strings.Contains(sql, schema.Counts) || !s.isQuiet(ctx) {
		return sql
	}
	return strings.ReplaceAll(sql, schema.Counts, "1")
}

// isQuiet says that no events are being replaced. If it cannot know, it says no: the condition asks for itself.
func (s *Store) isQuiet(ctx context.Context) bool {
	s.quiet.mu.Lock()
	until := s.quiet.until
	s.quiet.mu.Unlock()
	now := time.Now() // not Options.Now: how long an answer holds goes by a clock that nobody sets
	if now.Before(until) {
		return true
	}
	none := false
	err := s.Rows(ctx, "SELECT staged = 0 AND shown = 0 FROM reparsing", nil, nil, func(scan func(...any) error) error {
		var n uint8
		err := scan(&n)
		none = n == 1
		return err
	})
	if err != nil || !none {
		return false
	}
	s.quiet.mu.Lock()
	defer s.quiet.mu.Unlock()
	s.quiet.until = now.Add(s.quietFor) // from before it asked
	return true
}

// forget makes the Store ask again.
func (q *quiet) forget() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.until = time.Time{}
}
