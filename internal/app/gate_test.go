package app

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

// TestGate: a Kafka that does not tell how much room it has is asked once a second all the same; one that is short holds blocks until it is not.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, short, fault := 0, false, errors.New("no such request")
		g := gate(func(context.Context) (bool, error) { asked++; return short, fault }, slog.New(slog.DiscardHandler))
		pass := func(want int) {
			t.Helper()
			if err := g(t.Context()); err != nil || asked != want {
				t.Errorf("%v, asked %d times, want %d", err, asked, want)
			}
		}
		for range 100 {
			pass(1)
		}
		time.Sleep(1100 * time.Millisecond)
		for range 100 {
			pass(2)
		}
		time.Sleep(1100 * time.Millisecond)
		fault, short = nil, true
		began := time.Now()
		time.AfterFunc(4500*time.Millisecond, func() { short = false })
		pass(8)
		if d := time.Since(began); d != 5*time.Second {
			t.Errorf("held for %v, want 5 s", d)
		}
	})
}
