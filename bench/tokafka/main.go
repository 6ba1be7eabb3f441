// Command tokafka runs the product's path from TCP to Kafka alone, for measuring it: listener, parsers, blocks, producer,
// wired as the role ingest wires them, without the loader.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"sync"
	"syscall"
	"time"

	"watchpost/internal/embedded/broker"
	"watchpost/internal/event"
	"watchpost/internal/ingest"
	"watchpost/internal/source"
	"watchpost/internal/topic"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "tokafka:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	addr := flag.String("addr", "127.0.0.1:45514", "where to listen")
	brokers := flag.String("broker", "", "host:port of a Kafka broker")
	embedded := flag.String("embedded", "", "`folder` of an embedded broker, in this process, instead")
	prefix := flag.String("prefix", "bench", "of the topics' names")
	partitions := flag.Int("partitions", 2, "of the topics")
	compression := flag.String("compression", topic.Defaults.Compression, "lz4, zstd, snappy or none")
	profile := flag.String("profile", "", "`file` for a CPU profile")
	total := flag.Uint64("total", 0, "say so once Kafka has acknowledged this many events")
	flag.Parse()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))

	o := topic.Defaults
	o.Prefix, o.Partitions, o.Compression, o.Log, o.Brokers = *prefix, *partitions, *compression, log, []string{*brokers}
	var running sync.WaitGroup
	defer running.Wait()
	under, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	if *embedded != "" {
		b, err := serve(under, &running, *embedded, log)
		if err != nil {
			return err
		}
		o.Brokers = []string{b.Addr()}
		o.RetentionTime, o.RetentionBytes, o.ReplicationFactor = -1, broker.Defaults.MaxBytes, 1
	}
	client, err := topic.Open(o)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := client.Ensure(ctx); err != nil {
		return err
	}
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer f.Close()
		defer pprof.StopCPUProfile()
	}
	return pipe(ctx, client, *addr, *partitions, *total, log)
}

// serve runs an embedded broker until ctx ends.
func serve(ctx context.Context, running *sync.WaitGroup, dir string, log *slog.Logger) (*broker.Broker, error) {
	o := broker.Defaults
	o.Dir, o.Addr, o.Log = filepath.Clean(dir), "127.0.0.1:0", log
	b, err := broker.Open(o)
	if err != nil {
		return nil, err
	}
	failed := make(chan error, 1)
	running.Go(func() { failed <- b.Run(ctx) })
	select {
	case <-b.Ready():
		return b, nil
	case err := <-failed:
		return nil, err
	}
}

type producer struct{ p *topic.Producer }

func (p producer) Send(ctx context.Context, partition int, headers []event.KV, value []byte) error {
	return p.p.Send(ctx, topic.Events, partition, nil, headers, value)
}

// pipe takes lines until ctx ends.
func pipe(ctx context.Context, client *topic.Client, addr string, partitions int, total uint64, log *slog.Logger) error {
	o := ingest.Defaults
	o.Partitions, o.Log = partitions, log
	o.TooLarge = func(err error) bool { return errors.Is(err, topic.ErrTooLarge) }
	pl, err := ingest.New(o, producer{client.Producer()})
	if err != nil {
		return err
	}
	t := source.TCPDefaults
	t.Addr = addr
	tcp := source.NewTCP(t, pl, log)
	if err := tcp.Listen(); err != nil {
		return err
	}
	fmt.Println("ready")
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var running sync.WaitGroup
	running.Go(func() { pl.Run(work) })
	running.Go(func() { // by polling: the counters are the product's own
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for pl.Stats.Rows.Load() < total {
			select {
			case <-tick.C:
			case <-work.Done():
				return
			}
		}
		fmt.Println("done", pl.Stats.Rows.Load(), "rows", pl.Stats.Blocks.Load(), "blocks", pl.Stats.Bytes.Load(), "bytes", pl.Stats.Unparsed.Load(), "unparsed")
	})
	err = tcp.Run(ctx)
	stop()
	running.Wait()
	return err
}
