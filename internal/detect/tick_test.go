package detect

import (
	"context"
	"errors"
	"testing"
	"time"
)

// lateEnd is a log from which no block comes, and which is taken away just after a wait for one has ended.
type lateEnd struct {
	Events
	take func()
}

func (l lateEnd) Next(ctx context.Context) (Block, error) {
	<-ctx.Done()
	err := context.Cause(ctx)
	l.take()
	return Block{}, err
}

func TestTakenAwayAtHeartbeat(t *testing.T) {
	revoked := errors.New("revoked")
	ctx, cancel := context.WithCancelCause(t.Context())
	m := &Match{}
	m.o.Now, m.o.Heartbeat = time.Now, time.Millisecond
	r := &matchRun{Match: m, in: lateEnd{take: func() { cancel(revoked) }}, told: time.Now()}
	if _, err := r.next(ctx); !errors.Is(err, revoked) {
		t.Errorf("taken away after the wait: %v; any other error would end the process", err)
	}
	r.in = lateEnd{take: func() {}}
	if _, err := r.next(t.Context()); !errors.Is(err, errTick) {
		t.Errorf("the wait ended: %v", err)
	}
}
