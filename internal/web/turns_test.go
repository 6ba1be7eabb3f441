package web

import (
	"context"
	"errors"
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
