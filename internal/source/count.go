package source

import (
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// counters are a listener's Stats while it runs.
type counters struct {
	frames, bytes, truncated, skipped atomic.Uint64
	dropped, rejected, accepted       atomic.Uint64
	open                              atomic.Int64

	log *slog.Logger

	mu     sync.Mutex
	errors map[string]uint64
	quiet  map[string]quiet
}

// quiet keeps a reason from filling the log.
type quiet struct {
	since      time.Time
	suppressed int
}

// logEvery is how often a listener logs one reason.
const logEvery = 10 * time.Second

func newCounters(log *slog.Logger) *counters {
	return &counters{log: log, errors: make(map[string]uint64), quiet: make(map[string]quiet)}
}

// took counts frames, before the sink has them: counting must not follow the data that it counts. It says whether one is
// truncated.
func (c *counters) took(frames []Frame) bool {
	var bytes, truncated uint64
	for i := range frames {
		bytes += uint64(len(frames[i].Data))
		truncated += uint64(frames[i].Flags & Truncated)
	}
	c.frames.Add(uint64(len(frames)))
	c.bytes.Add(bytes)
	if truncated > 0 {
		c.truncated.Add(truncated)
	}
	return truncated > 0
}

// fault counts a refused or broken connection or request.
func (c *counters) fault(reason string) {
	c.mu.Lock()
	c.errors[reason]++
	c.mu.Unlock()
}

// warn logs, each reason at most once per logEvery: a flood of bad input must not become a flood of log lines.
func (c *counters) warn(reason string, args ...any) {
	now := time.Now()
	c.mu.Lock()
	q, seen := c.quiet[reason]
	if seen && now.Sub(q.since) < logEvery {
		q.suppressed++
		c.quiet[reason] = q
		c.mu.Unlock()
		return
	}
	c.quiet[reason] = quiet{since: now}
	c.mu.Unlock()
	if q.suppressed > 0 {
		args = append(args, "suppressed", q.suppressed)
	}
	c.log.Warn(reason, args...)
}

func (c *counters) stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Stats{
		Frames: c.frames.Load(), Bytes: c.bytes.Load(), Truncated: c.truncated.Load(), SkippedBytes: c.skipped.Load(),
		Dropped: c.dropped.Load(), Rejected: c.rejected.Load(), Accepted: c.accepted.Load(), Open: c.open.Load(),
		Errors: maps.Clone(c.errors),
	}
}
