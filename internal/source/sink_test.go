package source

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

// memory is a sink that keeps all it is given.
type memory struct {
	mu       sync.Mutex
	change   chan struct{} // closed and renewed whenever something comes
	frames   []string
	flags    []Flags
	origins  []*Origin
	ids      [][16]byte
	dropped  map[string]int
	rejected map[string]int
	block    chan struct{} // while not nil, Frames waits for it to be closed
	fail     error         // what Request returns
}

func newMemory() *memory {
	return &memory{change: make(chan struct{}), dropped: map[string]int{}, rejected: map[string]int{}}
}

func (m *memory) locked(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
	close(m.change)
	m.change = make(chan struct{})
}

func (m *memory) keep(o *Origin, frames []Frame) {
	for _, f := range frames {
		m.frames = append(m.frames, string(f.Data))
		m.flags = append(m.flags, f.Flags)
		m.origins = append(m.origins, o)
	}
}

func (m *memory) Frames(ctx context.Context, o *Origin, _ int64, frames []Frame) error {
	m.mu.Lock()
	block := m.block
	m.mu.Unlock()
	if block != nil {
		select {
		case <-block:
		case <-ctx.Done():
			m.Drop(o, ShuttingDown, len(frames))
			return ctx.Err()
		}
	}
	m.locked(func() { m.keep(o, frames) })
	return nil
}

func (m *memory) Request(ctx context.Context, o *Origin, _ int64, id [16]byte, frames []Frame) error {
	m.mu.Lock()
	block := m.block
	m.mu.Unlock()
	if block != nil {
		select {
		case <-block:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	var err error
	m.locked(func() {
		if err = m.fail; err == nil {
			m.keep(o, frames)
			m.ids = append(m.ids, id)
		}
	})
	return err
}

func (m *memory) Drop(_ *Origin, reason string, n int) { m.locked(func() { m.dropped[reason] += n }) }
func (m *memory) Reject(_ *Origin, reason string, n int) {
	m.locked(func() { m.rejected[reason] += n })
}

// await waits until done, which is called with the lock held, says so.
func (m *memory) await(t *testing.T, what string, done func() bool) {
	t.Helper()
	limit := time.After(10 * time.Second)
	for {
		m.mu.Lock()
		ok, change := done(), m.change
		m.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-change:
		case <-limit:
			m.mu.Lock()
			defer m.mu.Unlock()
			t.Fatalf("%s did not happen: %d frames, dropped %v, rejected %v", what, len(m.frames), m.dropped, m.rejected)
		}
	}
}

func (m *memory) awaitFrames(t *testing.T, n int) []string {
	t.Helper()
	m.await(t, "frames", func() bool { return len(m.frames) >= n })
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.frames
}

// logText collects log lines.
type logText struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func testLog() (*slog.Logger, *logText) {
	text := new(logText)
	return slog.New(slog.NewTextHandler(text, nil)), text
}

// until polls what no channel tells.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(10 * time.Second)
	for !done() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%s did not happen", what)
		}
	}
}

type listener interface {
	Listen() error
	Run(context.Context) error
}

// run starts a listener; the returned function ends it and waits for its end.
func run(t *testing.T, l listener) (stop func()) {
	t.Helper()
	if err := l.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			select {
			case err := <-done:
				if err != nil {
					t.Errorf("Run: %v", err)
				}
			case <-time.After(10 * time.Second):
				t.Error("Run does not end")
			}
		})
	}
	t.Cleanup(stop)
	return stop
}
