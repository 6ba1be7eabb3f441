package topictest

import (
	"bytes"
	"context"
	"sync/atomic"
	"testing"
	"time"

	"watchpost/internal/topic"
)

// testPressed: intake must stop before retention by size takes what a group has not read.
func testPressed(t *testing.T, s suite) {
	ctx, c, _ := s.open(t, func(o *topic.Options) { o.Partitions, o.RetentionBytes, o.Compression = 1, 64<<20, "none" })
	f := pressed(ctx, t, c)
	f(false, "one")
	block := bytes.Repeat([]byte("x"), 4<<20)
	p := c.Producer()
	for n := range 14 {
		if n == 12 { // 48 MiB of 64
			f(false, "one")
		}
		if err := p.Send(ctx, topic.Events, 0, nil, header(n).Headers(), block); err != nil {
			t.Fatal(err)
		}
	}
	f(true, "one")
	commit(ctx, t, c, 13)
	f(false, "one")
	f(true, "one", "other")
}

// RunRetentionTime checks the same for retention by time, on a broker that knows it: the embedded one does not.
func RunRetentionTime(t *testing.T, o topic.Options) {
	var ahead atomic.Int64
	o.RetentionTime, o.Partitions = 10*time.Hour, 1
	o.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	s := suite{options: func(*testing.T) topic.Options { return o }}
	ctx, c, _ := s.open(t)
	f := pressed(ctx, t, c)
	send(ctx, t, c, 1, 0, 3, 100, 0)
	f(false, "one")
	ahead.Store(int64(9 * time.Hour))
	f(true, "one")
	commit(ctx, t, c, 3)
	f(false, "one")
	f(true, "other")
}

// pressed gives a function that waits for an answer: a size may be a moment old.
func pressed(ctx context.Context, t *testing.T, c *topic.Client) func(want bool, groups ...string) {
	return func(want bool, groups ...string) {
		t.Helper()
		began := time.Now()
		for {
			got, err := c.Pressed(ctx, topic.Events, groups...)
			if err == nil && got == want {
				return
			}
			if time.Since(began) > 10*time.Second {
				t.Fatalf("pressed %v (%v), want %v", got, err, want)
			}
			select {
			case <-ctx.Done():
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
}

func commit(ctx context.Context, t *testing.T, c *topic.Client, offset int64) {
	t.Helper()
	if err := with(ctx, c, func(ctx context.Context, p *topic.Partition) error { return p.Commit(ctx, offset, "") }); err != nil {
		t.Fatal(err)
	}
}
