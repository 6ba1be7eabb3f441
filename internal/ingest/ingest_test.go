package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/source"
)

// kafka takes blocks as a broker would; while down is not nil it hangs.
type kafka struct {
	mu     sync.Mutex
	down   chan struct{}
	limit  int // bytes; larger values are refused
	refuse int // so many blocks
	blocks []sent
}

type sent struct {
	partition int
	header    event.Header
	value     []byte
}

var errLarge = errors.New("too large")

func (k *kafka) Send(ctx context.Context, partition int, headers []event.KV, value []byte) error {
	k.mu.Lock()
	down := k.down
	k.mu.Unlock()
	if down != nil {
		select {
		case <-down:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if k.limit > 0 && len(value) > k.limit {
		return errLarge
	}
	h, err := event.ParseHeader(headers)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.refuse > 0 {
		k.refuse--
		return errors.New("invalid record")
	}
	k.blocks = append(k.blocks, sent{partition, h, value})
	return nil
}

// all gives what arrived so far.
func (k *kafka) all() []sent {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]sent(nil), k.blocks...)
}

// rows decodes everything that arrived, in order, as message texts, and checks the loss account against it.
func (k *kafka) rows(t *testing.T) []string {
	t.Helper()
	var out []string
	stored, received := map[string]uint64{}, map[string]uint64{}
	for _, s := range k.all() {
		var b event.Batch
		if err := b.Decode(s.header.ID, s.value); err != nil {
			t.Fatal(err)
		}
		if b.Rows() != int(s.header.Rows) {
			t.Fatalf("header says %d rows, block has %d", s.header.Rows, b.Rows())
		}
		for e := range b.Events() {
			out = append(out, e.Str(event.EventOriginal))
			stored[e.Str(event.LogSourceAddress)]++
		}
		for _, d := range s.header.Account {
			if d.Reason == "" {
				received[d.Source] += d.Count
			} else {
				stored[d.Source] += d.Count // a loss stands for a row
			}
		}
	}
	if fmt.Sprint(stored) != fmt.Sprint(received) {
		t.Errorf("the account does not balance: received %v, stored or lost %v", received, stored)
	}
	return out
}

func origin(addr, transport string) *source.Origin {
	return &source.Origin{Listener: "test", Tenant: "default", Transport: transport, Peer: netip.MustParseAddrPort(addr)}
}

func frames(n int, prefix string) []source.Frame {
	out := make([]source.Frame, n)
	for i := range out {
		out[i].Data = fmt.Appendf(nil, "<34>%s %d", prefix, i)
	}
	return out
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// pipeline starts a pipeline; stop ends it and waits.
func pipeline(t *testing.T, o Options, k *kafka) (p *Pipeline, stop func()) {
	t.Helper()
	o.Log, o.TooLarge = quiet(), func(err error) bool { return errors.Is(err, errLarge) }
	p, err := New(o, k)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); p.Run(ctx) }()
	return p, func() { cancel(); <-done }
}

func TestLinger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &kafka{}
		p, stop := pipeline(t, Defaults, k)
		defer stop()
		now := time.Now().UnixNano()
		if err := p.Frames(t.Context(), origin("192.0.2.1:1", "tcp"), now, frames(10, "a")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if len(k.all()) != 0 {
			t.Error("a block before the linger time")
		}
		time.Sleep(Defaults.Linger)
		synctest.Wait()
		if n := len(k.rows(t)); n != 10 {
			t.Errorf("%d rows after the linger time", n)
		}
		start := time.Now()
		if err := p.Request(t.Context(), origin("192.0.2.1:1", "http"), now, [16]byte{7}, frames(3, "b")); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d > Defaults.AckLinger {
			t.Errorf("acknowledged after %s", d)
		}
		last := k.all()[len(k.all())-1].header
		if len(last.Requests) != 1 || last.Requests[0] != (event.Request{ID: [16]byte{7}, From: 0, To: 3}) {
			t.Errorf("requests %+v", last.Requests)
		}
	})
}

func TestDropsAreAccountedForWithoutRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &kafka{}
		p, stop := pipeline(t, Defaults, k)
		p.Drop(origin("192.0.2.1:1", "udp"), source.QueueFull, 5)
		p.Reject(origin("192.0.2.2:1", "tcp"), source.BadCount, 1)
		time.Sleep(Defaults.Linger)
		stop()
		k.rows(t)
		reasons := map[string]uint64{}
		for _, s := range k.all() {
			for _, d := range s.header.Account {
				reasons[d.Reason] += d.Count
			}
		}
		if fmt.Sprint(reasons) != fmt.Sprint(map[string]uint64{"": 6, "dropped:queue full": 5, "rejected:" + source.BadCount: 1}) {
			t.Errorf("%v", reasons)
		}
	})
}

func TestRequestIsCutTheSameWayEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ranges := func(before int) string {
			k := &kafka{}
			p, stop := pipeline(t, Defaults, k)
			defer stop()
			o := origin("192.0.2.1:1", "http")
			if err := p.Frames(t.Context(), o, 1, frames(before, "noise")); err != nil {
				t.Fatal(err)
			}
			if err := p.Request(t.Context(), o, 1, [16]byte{1}, frames(3*requestRows+5, "r")); err != nil {
				t.Fatal(err)
			}
			out := ""
			for _, s := range k.all() {
				for _, q := range s.header.Requests {
					out += fmt.Sprintf("%d:%d ", q.Seq, q.To-q.From)
				}
			}
			return out
		}
		first := ranges(0)
		for _, before := range []int{1, 1000, event.MaxRows - 100} {
			if got := ranges(before); got != first {
				t.Errorf("after %d rows the request is cut into %s, before into %s", before, got, first)
			}
		}
	})
}

func TestBrokerAway(t *testing.T) {
	f := func(name string, spool bool, buffer, spoolBytes int64, restart bool) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := Defaults
				o.Partitions, o.Buffer, o.SpoolBytes = 1, buffer, spoolBytes
				if spool {
					o.Spool = t.TempDir()
				}
				k := &kafka{down: make(chan struct{})}
				p, stop := pipeline(t, o, k)
				var want []string
				var wg sync.WaitGroup
				wg.Go(func() {
					for i := range 20 { // each run makes a block of about 1.3 MB
						run := frames(16000, fmt.Sprintf("run %02d", i))
						for _, f := range run {
							want = append(want, string(f.Data))
						}
						if err := p.Frames(context.Background(), origin("192.0.2.1:1", "tcp"), int64(i), run); err != nil {
							t.Error(err)
						}
						time.Sleep(2 * o.Linger)
					}
				})
				time.Sleep(time.Minute)
				if held := p.Stats.Held.Load() > 0; held != strings.HasSuffix(name, "senders wait") {
					t.Errorf("senders are said to wait: %v", held)
				}
				if !restart {
					close(k.down)
				} else {
					wg.Wait()
					stop()
					if n := p.Stats.Lost.Load(); n != 0 {
						t.Errorf("%d rows lost at the end", n)
					}
					k.down = nil
					p, stop = pipeline(t, o, k)
				}
				wg.Wait()
				time.Sleep(time.Minute)
				stop()
				if got := k.rows(t); fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("%d rows in, %d out, or not in order", len(want), len(got))
				}
				if n := p.Stats.Held.Load() + p.Stats.SpoolBytes.Load() + p.Stats.SpoolBlocks.Load() + p.Stats.Waiting.Load(); n != 0 {
					t.Errorf("the backlog's counts end at %d", n)
				}
			})
		})
	}
	f("all in memory", false, 1<<30, 1<<30, false)
	f("memory, then senders wait", false, 2*event.MaxBytes, 1<<30, false)
	f("memory, then spool", true, 2*event.MaxBytes, 1<<30, false)
	f("memory, spool, then senders wait", true, 2*event.MaxBytes, 2*event.MaxBytes, false)
	f("memory, spool, restart", true, 2*event.MaxBytes, 1<<30, true)
}

func TestRequestFailsAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &kafka{down: make(chan struct{})}
		p, stop := pipeline(t, Defaults, k)
		got := make(chan error)
		go func() {
			got <- p.Request(context.Background(), origin("192.0.2.1:1", "http"), 1, [16]byte{1}, frames(3, "x"))
		}()
		synctest.Wait()
		go stop()
		if err := <-got; err == nil {
			t.Error("acknowledged though the broker never answered")
		}
		if err := p.Request(context.Background(), origin("192.0.2.1:1", "http"), 1, [16]byte{2}, frames(3, "x")); err == nil {
			t.Error("taken after the end")
		}
	})
}

func TestTooLargeIsSplit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ids := func() (string, *kafka) {
			o := Defaults
			o.Partitions = 1
			o.NewID = func(int64) event.BlockID { return event.BlockID{1, 2, 3} }
			k := &kafka{limit: 4000}
			p, stop := pipeline(t, o, k)
			run := frames(100, "x")
			run[50].Data = append(run[50].Data, make([]byte, 5000)...)
			if err := p.Request(t.Context(), origin("192.0.2.1:1", "http"), 1, [16]byte{1}, run); err != nil {
				t.Fatal(err)
			}
			stop()
			out := ""
			for _, s := range k.all() {
				out += fmt.Sprintln(s.header.ID, s.header.Rows, s.header.Requests)
			}
			return out, k
		}
		first, k := ids()
		if second, _ := ids(); first != second {
			t.Errorf("the second time the parts are\n%swere\n%s", second, first)
		}
		if n := len(k.rows(t)); n != 99 {
			t.Errorf("%d of 100 rows arrived; one is too large", n)
		}
		seen := map[string]bool{}
		for _, s := range k.all() {
			for _, q := range s.header.Requests {
				if key := fmt.Sprint(q.ID, q.Seq); seen[key] {
					t.Errorf("two ranges are called %s", key)
				} else {
					seen[key] = true
				}
			}
		}
	})
}

func TestSpoolFileDamagedAnywhere(t *testing.T) {
	var b event.Batch
	b.Begin([]byte("kept"), 1)
	b.SetString(event.LogSourceAddress, "192.0.2.1")
	b.End()
	h := event.Header{ID: event.BlockID{9}, Version: event.Version, Rows: 1, Account: []event.Delta{{Source: "192.0.2.1", Count: 1}}}
	whole := encodeSpooled(&block{header: h, value: b.AppendBlock(nil)})
	got, err := decodeSpooled(whole)
	if err != nil || fmt.Sprint(got.header) != fmt.Sprint(h) {
		t.Fatalf("%v %+v", err, got)
	}
	for n := range whole {
		if _, err := decodeSpooled(whole[:n]); err == nil {
			t.Errorf("cut after %d bytes: no error", n)
		}
		bad := append([]byte(nil), whole...)
		bad[n] ^= 0x40
		if _, err := decodeSpooled(bad); err == nil {
			t.Errorf("byte %d flipped: no error", n)
		}
	}
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "0"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"00000000000000000001.block": whole, "00000000000000000002.block": whole[:20], "00000000000000000003.block": whole,
		"00000000000000000004.block.tmp": whole[:9],
	} {
		if err := os.WriteFile(filepath.Join(dir, "0", name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		o := Defaults
		o.Spool, o.Partitions = dir, 1
		k := &kafka{}
		p, stop := pipeline(t, o, k)
		synctest.Wait()
		stop()
		if n := len(k.rows(t)); n != 2 || p.Stats.SpoolDamaged.Load() != 1 {
			t.Errorf("%d rows, %d damaged", n, p.Stats.SpoolDamaged.Load())
		}
	})
	if _, err := os.Stat(filepath.Join(dir, "0", "damaged", "00000000000000000002.block")); err != nil {
		t.Error(err)
	}
}

// A block that a waiting sender shares with one that never asks is kept for the next run.
func TestSharedBlockIsKeptAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := Defaults
		o.Partitions, o.Spool = 1, t.TempDir()
		k := &kafka{down: make(chan struct{})}
		p, stop := pipeline(t, o, k)
		if err := p.Frames(t.Context(), origin("192.0.2.1:1", "tcp"), 1, frames(10, "silent")); err != nil {
			t.Fatal(err)
		}
		got := make(chan error)
		go func() {
			got <- p.Request(context.Background(), origin("192.0.2.2:1", "http"), 1, [16]byte{1}, frames(3, "asks"))
		}()
		time.Sleep(o.Linger)
		go stop()
		if err := <-got; err == nil {
			t.Error("acknowledged though the broker never answered")
		}
		synctest.Wait()
		k.down = nil
		_, stop = pipeline(t, o, k)
		time.Sleep(o.Linger)
		stop()
		if n := len(k.rows(t)); n != 13 {
			t.Errorf("%d rows arrived by the next run", n)
		}
	})
}

func TestFramesCountsWhatItDoesNotTake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := Defaults
		o.Partitions = 8
		o.Log = quiet()
		p, err := New(o, &kafka{})
		if err != nil {
			t.Fatal(err)
		}
		var all []source.Frame
		for i := range 200 { // of hosts that spread over the partitions
			all = append(all, source.Frame{Data: fmt.Appendf(nil, "<34>1 2026-11-23T10:00:00Z host%d app - - - x", i)})
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 50 { // nobody takes: the shards' inputs fill up
			p.Frames(ctx, origin("192.0.2.1:1", "tcp"), 1, all)
		}
		dropped, taken := uint64(0), 0
		for _, d := range p.account.take() {
			if d.Reason != "" {
				dropped += d.Count
			}
		}
		for _, s := range p.shards {
			for len(s.in) > 0 {
				taken += len((<-s.in).ends)
			}
		}
		if dropped+uint64(taken) != 50*200 {
			t.Errorf("%d taken, %d dropped of %d", taken, dropped, 50*200)
		}
	})
}

func TestRefusedBlockWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := Defaults
		o.Partitions = 1
		k := &kafka{refuse: 3}
		p, stop := pipeline(t, o, k)
		for i := range 5 {
			if err := p.Frames(t.Context(), origin("192.0.2.1:1", "tcp"), 1, frames(10, fmt.Sprint(i))); err != nil {
				t.Fatal(err)
			}
			time.Sleep(o.Linger)
		}
		time.Sleep(30 * time.Second)
		stop()
		if n := len(k.rows(t)); n != 50 || p.Stats.Lost.Load() != 0 {
			t.Errorf("%d rows arrived, %d lost", n, p.Stats.Lost.Load())
		}
	})
}

func TestPartsOfPartsHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[uint32]string{}
	var cut func(q []event.Request, from, to uint32)
	cut = func(q []event.Request, from, to uint32) {
		if len(q) != 1 {
			t.Fatalf("%d ranges of one", len(q))
		}
		place := fmt.Sprint(from, "-", to)
		if was, ok := seen[q[0].Seq]; ok && was != place {
			t.Errorf("rows %s and %s are both called %d", was, place, q[0].Seq)
		}
		seen[q[0].Seq] = place
		if mid := (to - from) / 2; mid > 0 {
			cut(cutRequests(q, 0, mid), from, from+mid)
			cut(cutRequests(q, mid, to-from), from+mid, to)
		}
	}
	cut([]event.Request{{ID: [16]byte{1}, From: 0, To: 1024}}, 0, 1024)
}

func TestSpoolBelongsToOne(t *testing.T) {
	o := Defaults
	o.Spool, o.Log = t.TempDir(), quiet()
	first, err := New(o, &kafka{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(o, &kafka{}); err == nil {
		t.Error("two have the same spool")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := first.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := New(o, &kafka{}); err != nil {
		t.Errorf("after the first has ended: %v", err)
	}
}
