package topictest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/topic"
)

// wires dials through connections that it can cut or freeze, as a bad network does.
type wires struct {
	dial func(ctx context.Context, network, addr string) (net.Conn, error)

	mu     sync.Mutex
	open   map[*wire]bool
	frozen chan struct{} // closed when not frozen
	cuts   int
}

type wire struct {
	net.Conn
	w *wires
}

func newWires(o *topic.Options) *wires {
	w := &wires{dial: o.Dial, open: make(map[*wire]bool), frozen: make(chan struct{})}
	close(w.frozen)
	if w.dial == nil {
		w.dial = new(net.Dialer).DialContext
	}
	o.Dial = w.connect
	return w
}

func (w *wires) connect(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := w.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	k := &wire{c, w}
	w.open[k] = true
	return k, nil
}

func (w *wires) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for k := range w.open {
		k.Conn.Close()
		w.cuts++
	}
	clear(w.open)
}

func (w *wires) freeze(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if on {
		w.frozen = make(chan struct{})
	} else {
		close(w.frozen)
	}
}

// Read holds back what the broker says while the wires are frozen: it took the request, its answer is late.
func (k *wire) Read(b []byte) (int, error) {
	n, err := k.Conn.Read(b)
	k.w.mu.Lock()
	frozen := k.w.frozen
	k.w.mu.Unlock()
	<-frozen
	k.w.mu.Lock()
	defer k.w.mu.Unlock()
	if !k.w.open[k] {
		return 0, net.ErrClosed // what was held back is lost with the connection
	}
	return n, err
}

func (k *wire) Close() error {
	k.w.mu.Lock()
	delete(k.w.open, k)
	k.w.mu.Unlock()
	return k.Conn.Close()
}

// testCuts: every connection is cut again and again while blocks are written and read.
func testCuts(t *testing.T, s suite) {
	var w *wires
	ctx, c, o := s.open(t, func(o *topic.Options) { w = newWires(o) })
	const blocks = 300
	var l ledger
	var plans planned
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		send(ctx, t, c, o.Partitions, 0, blocks, 20000, 5)
	}()
	stop := make(chan struct{})
	cutting := make(chan struct{})
	go func() {
		defer close(cutting)
		for range 12 {
			w.cut()
			select {
			case <-time.After(120 * time.Millisecond):
			case <-stop:
				return
			}
		}
	}()
	if err := consume(ctx, c, "load", 20000, &plans, &l, blocks); err != nil {
		t.Error(err)
	}
	close(stop)
	<-sent
	<-cutting
	l.check(t, blocks)
	if w.cuts == 0 {
		t.Error("no connection was cut: the test shows nothing")
	}
}

// testFrozen: an answer that comes too late makes the producer send again; the reader sees one block.
func testFrozen(t *testing.T, s suite) {
	var w *wires
	ctx, c, o := s.open(t, func(o *topic.Options) { o.Partitions = 1; w = newWires(o) })
	send(ctx, t, c, 1, 0, 1, 100, 0)
	p := c.Producer()
	w.freeze(true)
	done := make(chan error, 1)
	go func() { done <- p.Send(ctx, topic.Events, 0, nil, header(1).Headers(), payload(1, 100)) }()
	// The record is in the log as soon as another client sees it; then the answer is lost with the connection.
	other := o
	other.Dial = w.dial
	if _, err := client(t, other).Tail(topic.Events, 0, 1).Next(ctx); err != nil {
		t.Fatal(err)
	}
	w.cut()
	w.freeze(false)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if p.Stats().Retries == 0 {
		t.Error("nothing was sent again: the test shows nothing")
	}
	send(ctx, t, c, 1, 2, 3, 100, 0)
	err := with(ctx, c, func(ctx context.Context, p *topic.Partition) error {
		for want := range 3 {
			b, err := p.Next(ctx)
			if err != nil {
				return err
			}
			if n, err := intact(b.Value, 100); n != want || err != nil {
				t.Errorf("block %d (%v), want %d", n, err, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// testLarge: blocks of the agreed size pass, larger ones are refused at once and leave nothing behind.
func testLarge(t *testing.T, s suite) {
	ctx, c, o := s.open(t, func(o *topic.Options) { o.Partitions = 1; o.Compression = "none" })
	p := c.Producer()
	over := bytes.Repeat([]byte("x"), o.MaxMessageBytes+1)
	if err := p.Send(ctx, topic.Events, 0, nil, header(0).Headers(), over); !errors.Is(err, topic.ErrTooLarge) {
		t.Errorf("over max_message_bytes: %v, want ErrTooLarge", err)
	}
	huge := bytes.Repeat([]byte("x"), o.BatchBytes+1)
	if err := p.Send(ctx, topic.Events, 0, nil, header(0).Headers(), huge); !errors.Is(err, topic.ErrTooLarge) {
		t.Errorf("over batch_bytes: %v, want ErrTooLarge", err)
	}
	sizes := []int{4 << 20, 0, 8<<20 - 4096, 100}
	for i, size := range sizes {
		if err := p.Send(ctx, topic.Events, 0, nil, header(i).Headers(), payload(i, size)); err != nil {
			t.Fatal(err)
		}
	}
	for _, compression := range []string{"lz4", "zstd", "snappy"} {
		o.Compression = compression
		if err := client(t, o).Producer().Send(ctx, topic.Events, 0, nil, header(len(sizes)).Headers(), payload(len(sizes), 4<<20)); err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, 4<<20)
	}
	err := with(ctx, c, func(ctx context.Context, p *topic.Partition) error {
		for i, size := range sizes {
			b, err := p.Next(ctx)
			if err != nil {
				return err
			}
			if n, err := intact(b.Value, size); n != i || err != nil {
				t.Errorf("block %d, want %d: %v", n, i, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// testTrimmed: the broker threw away what the group had not read; it reads on and says how much was lost.
func testTrimmed(t *testing.T, s suite) {
	ctx, c, o := s.open(t, func(o *topic.Options) { o.Partitions = 1 })
	send(ctx, t, c, 1, 0, 20, 100, 0)
	err := with(ctx, c, func(ctx context.Context, p *topic.Partition) error { return p.Commit(ctx, 5, "plan") })
	if err != nil {
		t.Fatal(err)
	}
	if err := trim(ctx, o, topic.Events, 12); err != nil {
		t.Fatal(err)
	}
	err = with(ctx, c, func(ctx context.Context, p *topic.Partition) error {
		if got := p.Start(); got != (topic.Start{Offset: 12, Metadata: "plan", Lost: 7}) {
			t.Errorf("start %+v, want offset 12, 7 lost", got)
		}
		b, err := p.Next(ctx)
		if n, _ := intact(b.Value, 100); n != 12 {
			t.Errorf("first block %d, want 12", n)
		}
		// And again while it reads: what is fetched ahead may still come, then the new first one.
		if err := trim(ctx, o, topic.Events, 20); err != nil {
			return err
		}
		send(ctx, t, c, 1, 20, 21, 100, 0)
		for err == nil && b.Offset < 20 {
			b, err = p.Next(ctx)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	moved := (*topic.RangeError)(nil)
	if _, err := c.Tail(topic.Events, 0, 3).Next(ctx); !errors.As(err, &moved) || moved.First != 20 || moved.Next != 21 {
		t.Errorf("tail from a trimmed offset: %v", err)
	}
}

// testPastEnd: the group committed in a log that is gone; it reads the new one from its first record, and is told what it
// may know already: the log may have lost no more than its end.
func testPastEnd(t *testing.T, s suite) {
	ctx, c, _ := s.open(t, func(o *topic.Options) { o.Partitions = 1 })
	send(ctx, t, c, 1, 0, 3, 100, 0)
	err := with(ctx, c, func(ctx context.Context, p *topic.Partition) error { return p.Commit(ctx, 900, "900 to 950") })
	if err != nil {
		t.Fatal(err)
	}
	err = with(ctx, c, func(ctx context.Context, p *topic.Partition) error {
		if got := p.Start(); got != (topic.Start{Anew: true}) {
			t.Errorf("start %+v, want offset 0, of a log that is new", got)
		}
		send(ctx, t, c, 1, 3, 5, 100, 0)
		for want := range 5 {
			b, err := p.Next(ctx)
			if err != nil {
				return err
			}
			if n, _ := intact(b.Value, 100); n != want || (b.Again == 3) != (want < 3) {
				t.Errorf("block %d, all below %d may be done; want %d", n, b.Again, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// testTail: reading without a group, from any offset, also what comes later.
func testTail(t *testing.T, s suite) {
	ctx, c, _ := s.open(t, func(o *topic.Options) { o.Partitions = 1 })
	send(ctx, t, c, 1, 0, 6, 100, 0)
	l := c.Tail(topic.Events, 0, 4)
	for want := 4; want < 8; want++ {
		if want == 6 {
			short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
			if _, err := l.Next(short); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("at the end: %v", err)
			}
			cancel()
			send(ctx, t, c, 1, 6, 8, 100, 0)
		}
		r, err := l.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := intact(r.Value, 100); n != want || r.Offset != int64(want) || err != nil {
			t.Errorf("record %d at %d (%v), want %d", n, r.Offset, err, want)
		}
	}
	if end, ok := l.End(); !ok || end != 8 {
		t.Errorf("end %d, want 8", end)
	}
}

// testCompacted: ReadAll gives all up to the end as of the call, and of each key at least the last.
func testCompacted(t *testing.T, s suite) {
	ctx, c, _ := s.open(t, func(o *topic.Options) { o.Partitions = 1 })
	p := c.Producer()
	none := 0
	if err := c.ReadAll(ctx, topic.Snapshots, 0, func(topic.Record) error { none++; return nil }); err != nil || none != 0 {
		t.Fatalf("empty topic: %d records, %v", none, err)
	}
	for n := range 50 {
		if err := p.Send(ctx, topic.Snapshots, 0, fmt.Append(nil, "key ", n%5), []event.KV{{Key: "n", Value: []byte{byte(n)}}}, payload(n, 1000)); err != nil {
			t.Fatal(err)
		}
	}
	last := make(map[string]int)
	err := c.ReadAll(ctx, topic.Snapshots, 0, func(r topic.Record) error {
		n, err := intact(r.Value, 1000)
		last[string(r.Key)] = n
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for k := range 5 {
		if got := last[fmt.Sprint("key ", k)]; got != 45+k {
			t.Errorf("key %d: last is %d, want %d", k, got, 45+k)
		}
	}
	stop := errors.New("enough")
	if err := c.ReadAll(ctx, topic.Snapshots, 0, func(topic.Record) error { return stop }); err != stop {
		t.Errorf("error of fn: %v", err)
	}
}

// testOffsets: lag and headroom follow the slowest group.
func testOffsets(t *testing.T, s suite) {
	ctx, c, o := s.open(t, func(o *topic.Options) { o.Partitions = 1 })
	send(ctx, t, c, 1, 0, 20, 100, 0)
	if err := with(ctx, c, func(ctx context.Context, p *topic.Partition) error { return p.Commit(ctx, 15, "") }); err != nil {
		t.Fatal(err)
	}
	if err := trim(ctx, o, topic.Events, 10); err != nil {
		t.Fatal(err)
	}
	got, err := c.Offsets(ctx, topic.Events, "one", "other")
	if err != nil {
		t.Fatal(err)
	}
	p := got[0]
	if p.First != 10 || p.Next != 20 || p.Lag("one") != 5 || p.Lag("other") != 10 || p.Headroom() != 0 || p.Backlog() != 1 {
		t.Errorf("two groups: %+v, headroom %d, backlog %v", p, p.Headroom(), p.Backlog())
	}
	got, err = c.Offsets(ctx, topic.Events, "one")
	if err != nil || got[0].Headroom() != 5 || got[0].Backlog() != 0.5 {
		t.Errorf("one group: %+v, %v", got, err)
	}
}
