package main

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/ingest"
	"watchpost/internal/source"
	"watchpost/internal/store"
)

// partition is a partition of a log whose blocks the pipeline of ingest makes while the loader takes them.
type partition struct {
	blocks chan store.Block
	next   int64 // offset of the next block, of Send alone
	done   func()

	mu       sync.Mutex
	all      int64 // the offset behind the last block, once it is known
	stored   int64 // what was committed
	complete bool  // all is stored
}

func (p *partition) ID() int                { return 0 }
func (p *partition) Start() (int64, string) { return 0, "" }

func (p *partition) Next(ctx context.Context) (store.Block, error) {
	select {
	case b := <-p.blocks:
		return b, nil
	case <-ctx.Done():
		return store.Block{}, context.Cause(ctx)
	}
}

// Commit implements store.Partition.
func (p *partition) Commit(_ context.Context, offset int64, metadata string) error {
	if metadata == "" {
		p.reached(offset, 0)
	}
	return nil
}

// reached notes what is stored, or where the log ends, and ends the loading once all is stored.
func (p *partition) reached(stored, all int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stored, p.all = max(p.stored, stored), max(p.all, all)
	if p.all > 0 && p.stored >= p.all {
		p.complete = true
		p.done()
	}
}

// Send implements ingest's producer.
func (p *partition) Send(ctx context.Context, _ int, headers []event.KV, value []byte) error {
	h, err := event.ParseHeader(headers)
	if err != nil || h.Rows == 0 {
		return err
	}
	b := store.Block{Offset: p.next, Time: h.Received, Header: h, Headers: headers, Value: append([]byte(nil), value...)}
	select {
	case p.blocks <- b:
		p.next++
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// frames is how many lines are handed over at once.
const frames = 1000

// load makes lines events as the product does: parsed, normalised, in blocks, by the loader.
func load(ctx context.Context, s *store.Store, c *corpus) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p := &partition{blocks: make(chan store.Block, 4), done: cancel}
	o := ingest.Defaults
	o.Partitions, o.Log = 1, slog.New(slog.DiscardHandler)
	o.DrainWithin = time.Hour // the loader is the slower one
	pl, err := ingest.New(o, p)
	if err != nil {
		return err
	}
	var running sync.WaitGroup
	defer running.Wait()
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var feeding error
	running.Go(func() {
		var piped sync.WaitGroup
		piped.Go(func() { pl.Run(work) })
		feeding = feed(ctx, pl, c)
		stop()
		piped.Wait()
		p.reached(0, p.next)
		if feeding != nil {
			cancel()
		}
	})
	err = s.Loader().Run(ctx, p)
	cancel()
	running.Wait()
	if p.complete {
		return nil
	}
	return errors.Join(err, feeding)
}

// feed hands over all lines.
func feed(ctx context.Context, pl *ingest.Pipeline, c *corpus) error {
	o := &source.Origin{Listener: "tcp", Tenant: "default", Transport: "tcp", Peer: netip.MustParseAddrPort("192.0.2.1:514")}
	buf := make([]byte, 0, frames*400)
	for n := 0; n < c.events; {
		buf = buf[:0]
		var batch []source.Frame
		for range min(frames, c.events-n) {
			start := len(buf)
			if buf = c.append(buf, n); cap(buf) > frames*400 {
				return errors.New("BUG: lines moved in memory")
			}
			batch = append(batch, source.Frame{Data: buf[start:len(buf):len(buf)]})
			n++
		}
		if err := pl.Frames(ctx, o, c.at(n-1).UnixNano(), batch); err != nil {
			return err
		}
	}
	return nil
}
