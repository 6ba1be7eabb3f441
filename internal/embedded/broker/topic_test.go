package broker_test

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"watchpost/internal/embedded/broker"
	"watchpost/internal/topic"
	"watchpost/internal/topic/topictest"
)

// start runs a broker until the test ends, or until stop is called.
func start(t testing.TB, dir string) (b *broker.Broker, stop func()) {
	t.Helper()
	return startAt(t, dir, "127.0.0.1:0")
}

func startAt(t testing.TB, dir, addr string) (b *broker.Broker, stop func()) {
	t.Helper()
	o := broker.Defaults
	o.Dir, o.Addr, o.Log = dir, addr, quiet
	b, err := broker.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	select {
	case <-b.Ready():
	case err := <-done:
		t.Fatal(err)
	}
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	t.Cleanup(stop)
	return b, stop
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func options(b *broker.Broker) topic.Options {
	o := topic.Defaults
	o.Brokers, o.Partitions, o.RetentionTime, o.RetentionBytes = []string{b.Addr()}, 2, -1, 256<<20
	o.SessionTimeout, o.Log = 2*time.Second, quiet
	return o
}

func TestTopic(t *testing.T) {
	b, _ := start(t, t.TempDir())
	topictest.Run(t, func(t *testing.T) topic.Options {
		o := options(b)
		o.Prefix = topictest.Prefix(t)
		return o
	})
}

// TestRestart: writers and readers live through a broker that goes and comes back.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	b, stop := start(t, dir)
	again := func() {
		stop()
		b, stop = startAt(t, dir, b.Addr())
	}
	topictest.RunOutage(t, options(b), topictest.Step{Name: "restarted", Do: again}, topictest.Step{Name: "and again", Do: again})
}
