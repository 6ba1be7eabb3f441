package app

import (
	"context"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// TestLimitMemory: the limit holds while less is in use, and gives way to what is.
func TestLimitMemory(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "")
	was := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(was) })
	used := make([]byte, 60<<20)
	reaches := func(limit int64, ok func(now int64) bool) {
		t.Helper()
		runtime.GC()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { limitMemory(ctx, limit, time.Millisecond); close(ended) }()
		for end := time.Now().Add(10 * time.Second); !ok(debug.SetMemoryLimit(-1)) && time.Now().Before(end); time.Sleep(time.Millisecond) {
		}
		if now := debug.SetMemoryLimit(-1); !ok(now) {
			t.Errorf("of %d bytes that were asked for the limit is %d", limit, now)
		}
		cancel()
		<-ended
	}
	reaches(1<<34, func(now int64) bool { return now == 1<<34 })
	reaches(10<<20, func(now int64) bool { return now >= int64(len(used))/2*3 && now < 1<<34 })
	runtime.KeepAlive(used)
}
