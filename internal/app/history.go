package app

import (
	"context"
	"time"

	"watchpost/internal/detect"
	"watchpost/internal/store"
	"watchpost/internal/topic"
)

// newHistory is what the detector asks of the store about late events.
func newHistory(*store.Store, *topic.Client) detect.History { return nil }

// untilDone repeats do until it succeeds or ctx ends.
func untilDone(ctx context.Context, do func(context.Context) error) error {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := do(ctx)
		if err == nil || ctx.Err() != nil {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return err
		}
	}
}
