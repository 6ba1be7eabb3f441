package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// turns lets each user have only so many hunts at a time; further ones wait for their turn, and only so many of them.
type turns struct {
	most, queue int
	wait        time.Duration
	mu          sync.Mutex
	users       map[string]*turn
}

// turn is a user's share.
type turn struct {
	slots chan struct{}
	asked int // that run or wait
}

var errBusy = errors.New("busy")

func newTurns(most, queue int, wait time.Duration) *turns {
	return &turns{most: most, queue: queue, wait: wait, users: map[string]*turn{}}
}

// take waits for a turn of user. Whoever got it calls the func when it is over.
func (t *turns) take(ctx context.Context, user string) (release func(), err error) {
	t.mu.Lock()
	u := t.users[user]
	if u == nil {
		u = &turn{slots: make(chan struct{}, t.most)}
		t.users[user] = u
	}
	if u.asked >= t.most+t.queue {
		t.mu.Unlock()
		return nil, errBusy
	}
	u.asked++
	t.mu.Unlock()
	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if u.asked--; u.asked == 0 {
			delete(t.users, user)
		}
	}
	late := time.NewTimer(t.wait)
	defer late.Stop()
	select {
	case u.slots <- struct{}{}:
		return func() { <-u.slots; leave() }, nil
	case <-late.C:
		leave()
		return nil, errBusy
	case <-ctx.Done():
		leave()
		return nil, context.Cause(ctx)
	}
}

// inTurn serves a hunt when it is its user's turn.
func (s *Server) inTurn(t *turns, serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p := principalOf(r)
		release, err := t.take(r.Context(), string(p.Kind)+" "+p.User)
		switch {
		case errors.Is(err, errBusy):
			w.Header().Set("Retry-After", "5")
			problem(w, http.StatusTooManyRequests, fmt.Sprintf("%d hunts of yours are running and as many as may wait are waiting: cancel some, or come again", t.most), nil)
			return
		case err != nil:
			return // the client is gone
		}
		defer release()
		serve(w, r)
	}
}
