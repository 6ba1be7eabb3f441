// Command tokafka runs the product's path from the network to Kafka alone, for measuring it: listener, parsers, blocks, producer,
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
	"sync/atomic"
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
	var l listener
	flag.StringVar(&l.network, "network", "tcp", "tcp, tls or udp")
	flag.StringVar(&l.addr, "addr", "127.0.0.1:45514", "where to listen")
	flag.StringVar(&l.certs, "certs", "", "tls: `folder` of the local certificate; made if absent")
	flag.IntVar(&l.sockets, "sockets", source.UDPDefaults.Sockets, "udp: sockets that share the port")
	flag.IntVar(&l.buffer, "recv-buffer", source.UDPDefaults.RecvBuffer, "udp: bytes asked of the kernel for each socket")
	flag.IntVar(&l.queue, "queue", source.UDPDefaults.Queue, "udp: bytes that may wait for the parsers")
	brokers := flag.String("broker", "", "host:port of a Kafka broker")
	embedded := flag.String("embedded", "", "`folder` of an embedded broker, in this process, instead")
	discard := flag.Bool("discard", false, "no broker: finished blocks are thrown away")
	prefix := flag.String("prefix", "bench", "of the topics' names")
	partitions := flag.Int("partitions", 2, "of the topics")
	compression := flag.String("compression", topic.Defaults.Compression, "lz4, zstd, snappy or none")
	profile := flag.String("profile", "", "`file` for a CPU profile")
	total := flag.Uint64("total", 0, "say so once Kafka has acknowledged this many events")
	flag.Parse()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))

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
	if *discard {
		return pipe(ctx, discarding{}, l, *partitions, *total, log)
	}
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
	return pipe(ctx, producer{client.Producer()}, l, *partitions, *total, log)
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

// discarding is a broker that has every block at once.
type discarding struct{}

func (discarding) Send(context.Context, int, []event.KV, []byte) error { return nil }

type sender interface {
	Send(ctx context.Context, partition int, headers []event.KV, value []byte) error
}

// listener says what takes the lines.
type listener struct {
	network, addr, certs   string
	sockets, buffer, queue int
}

// running is a listener of either kind.
type running interface {
	Listen() error
	Run(context.Context) error
	Stats() source.Stats
}

func (l listener) open(sink source.Sink, log *slog.Logger) (running, error) {
	if l.network == "udp" {
		o := source.UDPDefaults
		o.Addr, o.Sockets, o.RecvBuffer, o.Queue = l.addr, l.sockets, l.buffer, l.queue
		return source.NewUDP(o, sink, log), o.Check()
	}
	o := source.TCPDefaults
	o.Addr = l.addr
	switch l.network {
	case "tcp":
	case "tls":
		var err error
		if o.TLS, _, err = source.LocalCertificate(l.certs, time.Now()); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("network %q is none of tcp, tls, udp", l.network)
	}
	o.MaxConns = 20_000
	return source.NewTCP(o, sink, log), o.Check()
}

// counting notes what was dropped, by reason.
type counting struct {
	*ingest.Pipeline
	kernel, queue, other atomic.Int64
}

func (c *counting) Drop(o *source.Origin, reason string, n int) {
	at := &c.other
	switch reason {
	case source.KernelBufferFull:
		at = &c.kernel
	case source.QueueFull:
		at = &c.queue
	}
	at.Add(int64(n))
	c.Pipeline.Drop(o, reason, n)
}

// pipe takes lines until ctx ends.
func pipe(ctx context.Context, to sender, l listener, partitions int, total uint64, log *slog.Logger) error {
	o := ingest.Defaults
	o.Partitions, o.Log = partitions, log
	o.TooLarge = func(err error) bool { return errors.Is(err, topic.ErrTooLarge) }
	pl, err := ingest.New(o, to)
	if err != nil {
		return err
	}
	sink := &counting{Pipeline: pl}
	in, err := l.open(sink, log)
	if err != nil {
		return err
	}
	if err := in.Listen(); err != nil {
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
	err = in.Run(ctx)
	stop()
	running.Wait()
	fmt.Println("ended", pl.Stats.Rows.Load(), "kernel", sink.kernel.Load(), "queue", sink.queue.Load(), "other", sink.other.Load(), "granted", in.Stats().RecvBuffer)
	return err
}
