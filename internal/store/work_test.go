package store

import (
	"context"
	"errors"
	"testing"
)

// TestUnlessQuiet: where a partition is taken away just after a wait for its next block ended, the taking away is what is told: any other error
// would end the process.
func TestUnlessQuiet(t *testing.T) {
	revoked := errors.New("revoked")
	gone, cancel := context.WithCancelCause(t.Context())
	cancel(revoked)
	if err := unlessQuiet(gone, errQuiet); !errors.Is(err, revoked) {
		t.Errorf("taken away after the wait: %v", err)
	}
	if err := unlessQuiet(t.Context(), errQuiet); err != nil {
		t.Errorf("the wait ended: %v", err)
	}
	if err := unlessQuiet(t.Context(), revoked); !errors.Is(err, revoked) {
		t.Errorf("another error: %v", err)
	}
}
