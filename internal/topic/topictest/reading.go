package topictest

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/topic"
)

func testEnsure(t *testing.T, s suite) {
	ctx, c, o := s.open(t)
	if err := c.Ensure(ctx); err != nil {
		t.Errorf("a second time: %v", err)
	}
	n, err := c.Partitions(ctx, topic.Events)
	if err != nil || n != o.Partitions {
		t.Errorf("events has %d partitions (%v), want %d", n, err, o.Partitions)
	}
	o.Partitions++
	if err := client(t, o).Ensure(ctx); err == nil || !strings.Contains(err.Error(), "fixed when the topic is made") {
		t.Errorf("with another number of partitions: %v", err)
	}
	o.Partitions = 0
	if err := client(t, o).Ensure(ctx); err != nil {
		t.Errorf("with partitions as they exist: %v", err)
	}
	o.MaxMessageBytes *= 2
	o.BatchBytes *= 2
	if err := client(t, o).Ensure(ctx); err == nil || !strings.Contains(err.Error(), "max.message.bytes") {
		t.Errorf("with larger messages than the topics take: %v", err)
	}
}

// testOnce: each fifth block stands twice in the log; each is yielded once.
func testOnce(t *testing.T, s suite) {
	ctx, c, o := s.open(t)
	const blocks = 400
	send(ctx, t, c, o.Partitions, 0, blocks, 2000, 5)
	var l ledger
	if err := consume(ctx, c, "load", 2000, new(planned), &l, blocks); err != nil {
		t.Fatal(err)
	}
	l.check(t, blocks)
	if l.repeats < blocks/5 {
		t.Errorf("%d repeats dropped, at least %d were sent", l.repeats, blocks/5)
	}
}

// testRestarts: readers crash between plan and count, and between count and commit; nothing is lost or counted twice.
func testRestarts(t *testing.T, s suite) {
	ctx, c, o := s.open(t)
	const blocks = 300
	send(ctx, t, c, o.Partitions, 0, blocks, 500, 5)
	var l ledger
	var plans planned
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	plans.crashes = func() bool { return r.IntN(5) == 0 }
	crashes := 0
	for range 8 {
		err := consume(ctx, client(t, o), "load", 500, &plans, &l, blocks)
		if err != nil && !errors.Is(err, errCrash) {
			t.Fatal(err)
		}
		if err != nil {
			crashes++
		}
	}
	plans.crashes = nil
	if err := consume(ctx, c, "load", 500, &plans, &l, blocks); err != nil {
		t.Fatal(err)
	}
	l.check(t, blocks)
	if t.Logf("%d crashes, %d plans done again", crashes, plans.again); crashes == 0 {
		t.Error("nothing crashed: the test shows nothing")
	}
}

// testRebalance: a second member comes and goes while blocks are read and written.
func testRebalance(t *testing.T, s suite) {
	ctx, c, o := s.open(t)
	const blocks = 300
	var l ledger
	var plans planned
	var wg sync.WaitGroup
	wg.Add(2)
	go func() {
		defer wg.Done()
		for n := 0; n < blocks; n += 30 {
			send(ctx, t, c, o.Partitions, n, n+30, 500, 5)
			select {
			case <-time.After(100 * time.Millisecond):
			case <-ctx.Done():
			}
		}
	}()
	go func() {
		defer wg.Done()
		for range 3 {
			some, cancel := context.WithTimeout(ctx, 600*time.Millisecond)
			err := consume(some, client(t, o), "load", 500, &plans, &l, blocks)
			cancel()
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("second member: %v", err)
			}
		}
	}()
	if err := consume(ctx, c, "load", 500, &plans, &l, blocks); err != nil {
		t.Error(err)
	}
	wg.Wait()
	l.check(t, blocks)
}

// testFencing: who lost a partition can neither read on nor commit.
func testFencing(t *testing.T, s suite) {
	ctx, c, o := s.open(t)
	send(ctx, t, c, o.Partitions, 0, 20, 100, 0)
	first := make(chan *topic.Partition, 64)
	go c.Reader("g", topic.Events).Run(ctx, func(ctx context.Context, p *topic.Partition) error {
		first <- p
		<-ctx.Done()
		return nil
	})
	old := <-first
	if _, err := old.Next(ctx); err != nil {
		t.Fatal(err)
	}
	// One that is about to commit does not notice the other member before the broker refuses it.
	joined := make(chan struct{})
	var once sync.Once
	go client(t, o).Reader("g", topic.Events).Run(ctx, func(ctx context.Context, p *topic.Partition) error {
		once.Do(func() { close(joined) })
		<-ctx.Done()
		return nil
	})
	<-joined
	if err := old.Commit(ctx, 3, "stale"); !errors.Is(err, topic.ErrRevoked) {
		t.Errorf("commit of a generation that is over: %v, want ErrRevoked", err)
	}
	if _, err := old.Next(ctx); !errors.Is(err, topic.ErrRevoked) {
		t.Errorf("next of a generation that is over: %v, want ErrRevoked", err)
	}
	offsets, err := c.Offsets(ctx, topic.Events, "g")
	if err != nil {
		t.Fatal(err)
	}
	if got := offsets[old.ID()].Committed["g"]; got != 0 {
		t.Errorf("committed is %d, want 0", got)
	}
}

// testMetadata: what a commit carries comes back, byte for byte, to the next reader.
func testMetadata(t *testing.T, s suite) {
	ctx, c, o := s.open(t, func(o *topic.Options) { o.Partitions = 1 })
	send(ctx, t, c, 1, 0, 5, 100, 0)
	for i, want := range []string{"", "plan 1-4 é", strings.Repeat("x", topic.MaxMetadata)} {
		err := with(ctx, client(t, o), func(ctx context.Context, p *topic.Partition) error {
			return p.Commit(ctx, int64(i), want)
		})
		if err != nil {
			t.Fatal(err)
		}
		err = with(ctx, client(t, o), func(ctx context.Context, p *topic.Partition) error {
			if got := p.Start(); got != (topic.Start{Offset: int64(i), Metadata: want}) {
				t.Errorf("start %.80v, want offset %d, metadata %.80q", got, i, want)
			}
			b, err := p.Next(ctx)
			if err == nil && b.Offset != int64(i) {
				t.Errorf("first block at %d, want %d", b.Offset, i)
			}
			if err := p.Commit(ctx, 0, strings.Repeat("x", topic.MaxMetadata+1)); err == nil {
				t.Error("more metadata than Kafka takes was committed")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// with runs fn on the first partition that is assigned, once.
func with(ctx context.Context, c *topic.Client, fn func(context.Context, *topic.Partition) error) error {
	done := errors.New("done")
	err := c.Reader("one", topic.Events).Run(ctx, func(ctx context.Context, p *topic.Partition) error {
		if err := fn(ctx, p); err != nil {
			return err
		}
		return done
	})
	if errors.Is(err, done) {
		return nil
	}
	return err
}

// testPoison: records whose headers say nothing are yielded, marked, in their place.
func testPoison(t *testing.T, s suite) {
	ctx, c, _ := s.open(t, func(o *topic.Options) { o.Partitions = 1 })
	p := c.Producer()
	newer := header(7)
	newer.Version = event.Version + 1
	records := [][]event.KV{
		header(0).Headers(), nil, {{Key: "wp.block", Value: []byte("short")}}, header(1).Headers(), nil, newer.Headers(),
		append(header(8).Headers(), event.KV{Key: "wp.requests", Value: []byte{1}}), header(2).Headers(),
	}
	for _, h := range records {
		if err := p.Send(ctx, topic.Events, 0, []byte("key"), h, []byte("same value")); err != nil {
			t.Fatal(err)
		}
	}
	read := func() (ids []event.BlockID) {
		err := with(ctx, c, func(ctx context.Context, p *topic.Partition) error {
			for i := range records {
				b, err := p.Next(ctx)
				if err != nil {
					return err
				}
				good := i == 0 || i == 3 || i == 7
				if (b.Err == nil) != good || errors.Is(b.Err, event.ErrNewer) != (i == 5) || b.Header.ID == (event.BlockID{}) {
					t.Errorf("record %d: id %v, error %v", i, b.Header.ID, b.Err)
				}
				if string(b.Value) != "same value" || string(b.Key) != "key" || len(b.Headers) != len(records[i]) {
					t.Errorf("record %d came back otherwise: %+v", i, b.Record)
				}
				ids = append(ids, b.Header.ID)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return ids
	}
	one, two := read(), read()
	seen := make(map[event.BlockID]bool)
	for i := range one {
		if one[i] != two[i] || seen[one[i]] {
			t.Errorf("record %d: ids %v and %v, want one of its own that lasts", i, one[i], two[i])
		}
		seen[one[i]] = true
	}
}

// testRequests: rows whose HTTP request stands in an earlier block are marked, across restarts too.
func testRequests(t *testing.T, s suite) {
	ctx, c, _ := s.open(t, func(o *topic.Options) { o.Partitions = 1 })
	p := c.Producer()
	block := func(n int, requests ...event.Request) {
		h := header(n)
		h.Requests = requests
		if err := p.Send(ctx, topic.Events, 0, nil, h.Headers(), payload(n, 100)); err != nil {
			t.Fatal(err)
		}
	}
	a, b := [16]byte{1}, [16]byte{2}
	block(0, event.Request{ID: a, Seq: 0, From: 0, To: 4}, event.Request{ID: b, Seq: 0, From: 4, To: 9})
	block(1, event.Request{ID: a, Seq: 1, From: 0, To: 2}, event.Request{ID: a, Seq: 0, From: 3, To: 7})
	block(0, event.Request{ID: a, Seq: 0, From: 0, To: 4}, event.Request{ID: b, Seq: 0, From: 4, To: 9})
	block(2, event.Request{ID: b, Seq: 0, From: 5, To: 10})
	want := [][]topic.Range{nil, {{From: 3, To: 7}}, {{From: 5, To: 10}}}
	for from := range want {
		err := with(ctx, c, func(ctx context.Context, p *topic.Partition) error {
			for i := from; i < len(want); i++ {
				b, err := p.Next(ctx)
				if err != nil {
					return err
				}
				if n, _ := intact(b.Value, 100); n != i || len(b.Skip) != len(want[i]) || len(b.Skip) > 0 && b.Skip[0] != want[i][0] {
					t.Errorf("from %d: block %d skips %v, want block %d, %v", from, n, b.Skip, i, want[i])
				}
				if i == from {
					if err := p.Commit(ctx, b.Offset+1, ""); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
