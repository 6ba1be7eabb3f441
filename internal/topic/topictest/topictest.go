// Package topictest is the suite that every broker must pass to carry blocks.
package topictest

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/topic"
)

// Run runs the suite. options gives those of a cluster on which nothing of their Prefix exists yet.
func Run(t *testing.T, options func(t *testing.T) topic.Options) {
	s := suite{options: options}
	tests := []struct {
		name string
		run  func(*testing.T, suite)
	}{
		{"ensure", testEnsure},
		{"once", testOnce},
		{"restarts", testRestarts},
		{"rebalance", testRebalance},
		{"fencing", testFencing},
		{"metadata", testMetadata},
		{"cuts", testCuts},
		{"frozen", testFrozen},
		{"refused", testRefused},
		{"large", testLarge},
		{"poison", testPoison},
		{"requests", testRequests},
		{"trimmed", testTrimmed},
		{"past-end", testPastEnd},
		{"tail", testTail},
		{"compacted", testCompacted},
		{"offsets", testOffsets},
		{"pressed", testPressed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(t, s) })
	}
}

type suite struct {
	options func(t *testing.T) topic.Options
}

// patience bounds every test: a broker of three nodes on a busy machine elects leaders for seconds.
const patience = 4 * time.Minute

// open makes topics and a client of them; change alters the options first.
func (s suite) open(t *testing.T, change ...func(*topic.Options)) (context.Context, *topic.Client, topic.Options) {
	t.Helper()
	o := s.options(t)
	for _, f := range change {
		f(&o)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	c := client(t, o)
	if err := c.Ensure(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx, c, o
}

func client(t *testing.T, o topic.Options) *topic.Client {
	t.Helper()
	c, err := topic.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// payload is a function of the number, so that a reader knows a damaged one.
func payload(n, size int) []byte {
	b := make([]byte, 8, max(8, size))
	r := rand.New(rand.NewPCG(uint64(n), 7))
	for len(b) < size {
		b = append(b, byte('a'+r.IntN(6)))
	}
	copy(b, fmt.Sprintf("%08d", n))
	return b
}

func intact(b []byte, size int) (int, error) {
	if len(b) < 8 {
		return 0, fmt.Errorf("%d bytes", len(b))
	}
	n, err := strconv.Atoi(string(b[:8]))
	if err != nil {
		return 0, err
	}
	if want := payload(n, size); crc32.ChecksumIEEE(want) != crc32.ChecksumIEEE(b) {
		return n, fmt.Errorf("block %d: bytes differ", n)
	}
	return n, nil
}

// header names block n, the same at every call.
func header(n int) event.Header {
	h := event.Header{Version: event.Version, Rows: 10, First: 1, Last: 2, Received: 3}
	copy(h.ID[:], fmt.Sprintf("%016d", n))
	return h
}

// send sends the numbers [from, to) round the partitions; every nth goes a second time, as a producer's retry would.
func send(ctx context.Context, t *testing.T, c *topic.Client, partitions, from, to, size, again int) {
	t.Helper()
	p := c.Producer()
	var wg sync.WaitGroup
	for part := range partitions {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for n := from; n < to; n++ {
				if n%partitions != part {
					continue
				}
				times := 1
				if again > 0 && n/partitions%again == 0 {
					times = 2
				}
				for range times {
					if err := p.Send(ctx, topic.Events, part, nil, header(n).Headers(), payload(n, size)); err != nil {
						t.Errorf("send %d: %v", n, err)
						return
					}
				}
			}
		}()
	}
	wg.Wait()
}

// ledger counts what consumers did, as the store would: a number counts once its commit was taken.
type ledger struct {
	mu      sync.Mutex
	done    map[int]int
	repeats uint64 // blocks that readers dropped
}

func (l *ledger) add(ns ...int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.done == nil {
		l.done = make(map[int]int)
	}
	for _, n := range ns {
		l.done[n]++
	}
}

func (l *ledger) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.done)
}

func (l *ledger) check(t *testing.T, want int) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	missing, double := 0, 0
	for n := range want {
		switch l.done[n] {
		case 0:
			missing++
		case 1:
		default:
			double++
		}
	}
	if missing+double > 0 || len(l.done) != want {
		t.Errorf("of %d blocks %d are missing, %d double; %d distinct ones seen", want, missing, double, len(l.done))
	}
}

// consume reads until the ledger holds want blocks or ctx ends. It plans before it counts and counts before it is done,
// as the loader does: the plan's end stands in the metadata, and a plan found at the start is counted in one piece.
// Numbers of a plan that was taken over from a dead reader count once: the store's deduplication token sees to that.
func consume(ctx context.Context, c *topic.Client, group string, size int, plans *planned, l *ledger, want int) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	reader := c.Reader(group, topic.Events)
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.repeats += reader.Stats().Repeats
	}()
	err := reader.Run(ctx, func(ctx context.Context, p *topic.Partition) error {
		redo := int64(-1)
		if m := p.Start().Metadata; m != "" {
			redo, _ = strconv.ParseInt(m, 10, 64)
		}
		for {
			begin, end := int64(-1), redo
			var ns []int
			for {
				wait, cancel := context.WithTimeout(ctx, 30*time.Millisecond)
				if redo >= 0 {
					cancel()
					wait, cancel = context.WithCancel(ctx)
				}
				b, err := p.Next(wait)
				cancel()
				if err != nil {
					if ctx.Err() != nil {
						return context.Cause(ctx) // the wait may have ended before
					}
					if len(ns) == 0 && l.len() >= want {
						stop()
					}
					break
				}
				if b.Err != nil {
					return fmt.Errorf("partition %d, offset %d, %d headers, key %q, value of %d bytes that begins %.64q: %w", b.Partition, b.Offset, len(b.Headers), b.Key, len(b.Value), b.Value, b.Err)
				}
				n, err := intact(b.Value, size)
				if err != nil {
					return err
				}
				if begin < 0 {
					begin = b.Offset
				}
				ns = append(ns, n)
				if redo >= 0 && b.Offset+1 >= redo || redo < 0 && len(ns) == 7 {
					end = b.Offset + 1
					break
				}
				end = b.Offset + 1
			}
			if len(ns) == 0 {
				continue
			}
			if redo < 0 {
				if err := p.Commit(ctx, begin, strconv.FormatInt(end, 10)); err != nil {
					return err
				}
			}
			redo = -1
			if plans.crash() {
				return errCrash
			}
			plans.count(l, ns)
			if plans.crash() {
				return errCrash
			}
			if err := p.Commit(ctx, end, ""); err != nil {
				return err
			}
		}
	})
	if errors.Is(err, context.Canceled) && l.len() >= want {
		return nil
	}
	return err
}

// planned plays the store: it takes each set of numbers once.
type planned struct {
	mu      sync.Mutex
	seen    map[string]bool
	again   int         // sets that came a second time
	crashes func() bool // asked between plan and count, and between count and commit; nil: never
}

var errCrash = errors.New("crash")

func (p *planned) crash() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.crashes != nil && p.crashes()
}

func (p *planned) count(l *ledger, ns []int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen == nil {
		p.seen = make(map[string]bool)
	}
	token := fmt.Sprint(ns)
	if p.seen[token] {
		p.again++
		return
	}
	p.seen[token] = true
	l.add(ns...)
}

// Prefix gives a name for the topics of one test that nothing else on the cluster has.
func Prefix(t *testing.T) string {
	return fmt.Sprintf("t%d-%d-%d.", os.Getpid(), time.Now().UnixNano()%1e9, rand.IntN(1e6))
}
