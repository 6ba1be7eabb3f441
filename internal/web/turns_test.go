package web

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ts := newTurns(2, 1, time.Minute)
		take := func(user string) func() {
			t.Helper()
			release, err := ts.take(t.Context(), user)
			if err != nil {
				t.Fatal(err)
			}
			return release
		}
		one, two := take("ann"), take("ann")
		take("bob")()
		waited := make(chan error)
		go func() {
			release, err := ts.take(t.Context(), "ann")
			waited <- err
			release()
		}()
		synctest.Wait()
		if _, err := ts.take(t.Context(), "ann"); !errors.Is(err, errBusy) {
			t.Errorf("a fourth: %v", err)
		}
		one()
		if err := <-waited; err != nil {
			t.Errorf("the third, when the first is over: %v", err)
		}
		synctest.Wait()
		three := take("ann")
		begun := time.Now()
		if _, err := ts.take(t.Context(), "ann"); !errors.Is(err, errBusy) || time.Since(begun) != time.Minute {
			t.Errorf("one that waited too long: %v after %s", err, time.Since(begun))
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := ts.take(gone, "ann"); !errors.Is(err, context.Canceled) {
			t.Errorf("one that went away: %v", err)
		}
		two()
		three()
		if len(ts.users) != 0 {
			t.Errorf("%d users are remembered", len(ts.users))
		}
	})
}

// TestWhatWaitsItsTurn: whatever asks the engine about events counts among the hunts of its user.
func TestWhatWaitsItsTurn(t *testing.T) {
	s := newSite(t)
	ts := s.server.hunts
	ts.wait = time.Hour // what waits keeps its place
	for range ts.most + ts.queue {
		go ts.take(t.Context(), "user analyst")
	}
	for asked := 0; asked < ts.most+ts.queue; runtime.Gosched() {
		ts.mu.Lock()
		if u := ts.users["user analyst"]; u != nil {
			asked = u.asked
		}
		ts.mu.Unlock()
	}
	for _, c := range [][3]string{
		{"POST", "/api/v1/search", "{}"}, {"POST", "/api/v1/histogram", "{}"}, {"POST", "/api/v1/values", "{}"}, {"POST", "/api/v1/table", "{}"}, {"POST", "/api/v1/explain", "{}"},
		{"POST", "/api/v1/surrounding", "{}"}, {"POST", "/api/v1/query/complete", "{}"}, {"POST", "/api/v1/export", "{}"}, {"GET", "/api/v1/entities/user/ann", ""},
		{"GET", "/api/v1/alerts/a1/events", ""}, {"GET", "/api/v1/alerts/a1/why", ""}, {"POST", "/api/v1/packs/accounts/run", "{}"}, {"POST", "/api/v1/rules/draft", "{}"},
	} {
		s.want(t, 429, "are running", "analyst", c[0], c[1], c[2])
	}
	s.want(t, 200, "", "viewer", "POST", "/api/v1/search", "{}")
}
