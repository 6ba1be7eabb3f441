package broker_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
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

// TestGrown: the log lost its end, or all, and grew past what was committed.
func TestGrown(t *testing.T) {
	for _, keep := range []int{0, 1, 4} {
		t.Run(fmt.Sprint(keep), func(t *testing.T) {
			dir := t.TempDir()
			b, stop := start(t, dir)
			o := options(b)
			o.Partitions = 1
			topictest.RunGrown(t, o, keep, func() {
				stop()
				cut(t, filepath.Join(dir, "log", "partitions", "events-0"), keep)
				b, stop = startAt(t, dir, b.Addr())
			})
		})
	}
}

// cut leaves the first n batches in the folder of a partition.
func cut(t *testing.T, dir string, n int) {
	found, err := filepath.Glob(filepath.Join(dir, "*.dat"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	b, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	end := 0
	for range n { // each begins with its offset and its length
		end += 12 + int(binary.BigEndian.Uint32(b[end+8:]))
	}
	if err := os.WriteFile(found[0], b[:end], 0o600); err != nil {
		t.Fatal(err)
	}
	os.Remove(strings.TrimSuffix(found[0], ".dat") + ".idx")
	os.Remove(filepath.Join(dir, "snapshot.json"))
}
