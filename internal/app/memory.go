package app

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// limitMemory has garbage collected more often once the process takes limit bytes, looking each while. What is in use has half of itself
// to grow in all the same: with less the process would do little else than collect. Where the environment says GOMEMLIMIT, that counts.
func limitMemory(ctx context.Context, limit int64, while time.Duration) {
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	for {
		debug.SetMemoryLimit(max(limit, needed()))
		select {
		case <-ctx.Done():
			return
		case <-time.After(while):
		}
	}
}

// needed is what the last collection found in use and half of it, with what is no heap or lies between the heap's objects: all that a limit
// of memory counts.
func needed() int64 {
	m := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/free:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(m)
	live, other := m[0].Value.Uint64(), m[1].Value.Uint64()
	for _, s := range m[2:] {
		other -= s.Value.Uint64()
	}
	return int64(live + live/2 + other)
}
