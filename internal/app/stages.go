package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// stages are the running parts of a process. They stop in the reverse of the order in which they were started, each
// before the next is told to: listeners before what they feed, and that before the store. Those started beside one another
// stop together: what each may take to hand over must not add up. Those that go on from the log are told to stop before all.
type stages struct {
	log    *slog.Logger
	mu     sync.Mutex
	list   []*stage
	failed chan error
}

type stage struct {
	name   string
	when   turn
	cancel context.CancelFunc
	done   chan struct{}
}

// turn is when a stage is told to stop.
type turn int

const (
	endInTurn   turn = iota // once those behind it in the list have stopped
	endTogether             // with the one before it in the list
	endFirst                // before all others
)

func newStages(log *slog.Logger) *stages { return &stages{log: log, failed: make(chan error, 1)} }

// start runs a part in a goroutine of its own. If it ends by itself the process must end: failed tells.
func (s *stages) start(ctx context.Context, name string, run func(context.Context) error) {
	s.run(ctx, name, endInTurn, run)
}

// beside is start for a part that needs not stop before the one that was started last.
func (s *stages) beside(ctx context.Context, name string, run func(context.Context) error) {
	s.run(ctx, name, endTogether, run)
}

// resumed is start for a part that goes on, the next time, from where the log says it was. It has nothing to hand over, so
// it leaves the processors to those that have.
func (s *stages) resumed(ctx context.Context, name string, run func(context.Context) error) {
	s.run(ctx, name, endFirst, run)
}

func (s *stages) run(ctx context.Context, name string, when turn, run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	st := &stage{name, when, cancel, make(chan struct{})}
	s.mu.Lock()
	s.list = append(s.list, st)
	s.mu.Unlock()
	go func() {
		defer close(st.done)
		err := run(ctx)
		if ctx.Err() == nil {
			if err == nil {
				err = errors.New("ended by itself")
			}
			select {
			case s.failed <- fmt.Errorf("%s: %w", name, err):
			default:
			}
		} else if err != nil && !errors.Is(err, context.Canceled) {
			s.log.Warn("stopped with an error", "part", name, "error", err)
		}
	}()
}

// stop ends all parts: the last started first, but for those that go on from the log.
func (s *stages) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.list {
		if st.when == endFirst {
			st.cancel()
		}
	}
	for end := len(s.list); end > 0; {
		from := end - 1
		for from > 0 && s.list[from].when == endTogether {
			from--
		}
		for _, st := range s.list[from:end] {
			st.cancel()
		}
		began := time.Now()
		for _, st := range s.list[from:end] {
			s.await(st, began)
		}
		end = from
	}
	s.list = nil
}

// await waits for the end of a part that was told to at began, and says what takes long.
func (s *stages) await(st *stage, began time.Time) {
	wait := time.NewTicker(5 * time.Second)
	defer wait.Stop()
	for {
		select {
		case <-st.done:
			if took := time.Since(began); took > time.Second {
				s.log.Info("stopped slowly", "part", st.name, "took", took)
			}
			return
		case <-wait.C:
			s.log.Info("still stopping", "part", st.name)
		}
	}
}
