package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// memory is a table that knows tokens, and that can be away. Several logs may write to it at once.
type memory struct {
	mu      sync.Mutex
	away    atomic.Bool
	tokens  map[string]bool
	entries []Entry
}

func (m *memory) InsertAudit(_ context.Context, token string, entries []Entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away.Load() {
		return errors.New("away")
	}
	if !m.tokens[token] {
		m.entries = append(m.entries, entries...)
	}
	m.tokens[token] = true
	return nil
}

func (m *memory) Heads(context.Context) ([]Head, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away.Load() {
		return nil, errors.New("away")
	}
	last := map[string]Head{}
	for _, e := range m.entries {
		process, _ := place(e.ID)
		last[process] = Head{e.ID, e.Time, e.Hash}
	}
	return slices.Collect(maps.Values(last)), nil
}

func newLog(m *memory) (*Log, func()) {
	m.tokens = map[string]bool{}
	l := New(m, time.Now, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { l.Run(ctx); close(done) }()
	return l, func() { cancel(); <-done }
}

func TestEntriesAreWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memory
		l, stop := newLog(&m)
		defer stop()
		l.Record(Entry{Action: "search", Outcome: OK, User: "ann", Tenants: []string{"a"}}, map[string]any{"query": "true\r\n\x1b[31m"})
		for range 1000 {
			l.Record(Entry{Action: "denied", Outcome: Denied, Address: "192.0.2.1"}, nil)
		}
		time.Sleep(flushEvery)
		synctest.Wait()
		if len(m.entries) != 2 || m.entries[1].Count != 1000 || m.entries[0].Count != 1 || m.entries[0].ID == m.entries[1].ID {
			t.Fatalf("%+v", m.entries)
		}
		if got := string(m.entries[0].Fields); got != `{"query":"true\r\n\u001b[31m"}` {
			t.Errorf("fields %s", got)
		}
		l.Record(Entry{Action: "search", Outcome: OK}, map[string]any{"query": strings.Repeat("é", maxFields)})
		time.Sleep(flushEvery)
		synctest.Wait()
		if f := m.entries[2].Fields; !json.Valid(f) || len(f) > 2*maxFields || !strings.Contains(string(f), `"cut":true`) {
			t.Errorf("%d bytes of fields: %.100s", len(f), f)
		}
	})
}

// While the store is away entries wait; strangers' are dropped when there is no more room, and nobody else may do anything.
func TestWhileTheStoreIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memory
		m.away.Store(true)
		l, stop := newLog(&m)
		defer stop()
		l.Record(Entry{Action: "first", Outcome: OK}, nil)
		time.Sleep(time.Minute) // the first is being tried again and again
		for n := range maxWaiting {
			l.Record(Entry{Action: "search", Outcome: OK}, map[string]any{"n": n})
		}
		if l.Ready() == nil {
			t.Error("there is no room, but it is ready")
		}
		l.Record(Entry{Action: "denied", Outcome: Denied}, map[string]any{"path": "/x"})
		l.Record(Entry{Action: "logout", Outcome: OK}, nil)
		m.away.Store(false)
		time.Sleep(time.Minute)
		synctest.Wait()
		m.entries = slices.DeleteFunc(m.entries, func(e Entry) bool { return e.Action == ActionHeads })
		if l.Dropped.Load() != 1 || len(m.entries) != maxWaiting+2 || l.Ready() != nil {
			t.Errorf("%d entries, %d dropped, ready %v", len(m.entries), l.Dropped.Load(), l.Ready())
		}
	})
}

func TestTheLastEntriesAreWrittenAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memory
		l, stop := newLog(&m)
		for n := range 10 {
			l.Record(Entry{Action: fmt.Sprint("a", n)}, nil)
		}
		stop()
		if len(m.entries) != 10 {
			t.Errorf("%d entries", len(m.entries))
		}
	})
}
