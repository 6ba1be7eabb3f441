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
// before the next is told to: listeners before what they feed, and that before the store.
type stages struct {
	log    *slog.Logger
	mu     sync.Mutex
	list   []*stage
	failed chan error
}

type stage struct {
	name   string
	cancel context.CancelFunc
	done   chan struct{}
}

func newStages(log *slog.Logger) *stages { return &stages{log: log, failed: make(chan error, 1)} }

// start runs a part in a goroutine of its own. If it ends by itself the process must end: failed tells.
func (s *stages) start(ctx context.Context, name string, run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	st := &stage{name, cancel, make(chan struct{})}
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

// stop ends all parts, the last started first.
func (s *stages) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.list) - 1; i >= 0; i-- {
		st := s.list[i]
		st.cancel()
		wait := time.NewTicker(5 * time.Second)
		for done := false; !done; {
			select {
			case <-st.done:
				done = true
			case <-wait.C:
				s.log.Info("still stopping", "part", st.name)
			}
		}
		wait.Stop()
	}
	s.list = nil
}
