package app

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// limitMemory has garbage collected more often once the process takes limit bytes, looking each while. What is in use has a third of itself to grow
// in all the same, or collecting would never end. Where the environment says GOMEMLIMIT, that counts.
func limitMemory(ctx context.Context, limit int64, while time.Duration) {
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}} // as the last collection found it
	for {
		metrics.Read(live)
		debug.SetMemoryLimit(max(limit, int64(live[0].Value.Uint64()/3*4)))
		select {
		case <-ctx.Done():
			return
		case <-time.After(while):
		}
	}
}
