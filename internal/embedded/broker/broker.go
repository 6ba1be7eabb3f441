// Package broker is the Kafka broker of this installation: a bounded buffer on disk, reached over loopback.
package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"golang.org/x/sys/unix"
)

// Options say where the broker listens and how much it keeps.
type Options struct {
	Dir             string        `yaml:"dir"`               // belongs to one broker alone
	Addr            string        `yaml:"addr"`              // host:port on loopback; port 0: any that is free
	MaxBytes        int64         `yaml:"max_bytes"`         // of each partition that is not compacted: beyond, the oldest blocks go
	MaxMessageBytes int           `yaml:"max_message_bytes"` // largest record batch taken
	Clean           time.Duration `yaml:"clean"`             // how often the size of partitions is looked at
	Log             *slog.Logger  `yaml:"-"`                 // nil: slog.Default()
}

// Defaults go with two partitions: the log, which a restart loads into memory, stays about a quarter of 4 GB.
var Defaults = Options{
	Addr: "127.0.0.1:9092", MaxBytes: 256 << 20, MaxMessageBytes: 8 << 20, Clean: 2 * time.Second,
}

// Check names every fault of o by its key.
func (o Options) Check() error {
	var errs []error
	if o.Dir == "" {
		errs = append(errs, errors.New("dir: is empty"))
	}
	if host, port, err := net.SplitHostPort(o.Addr); err != nil {
		errs = append(errs, fmt.Errorf("addr: %w", err))
	} else {
		if host != "127.0.0.1" {
			errs = append(errs, fmt.Errorf("addr: host %q is not 127.0.0.1: the embedded broker knows no rights, so it serves loopback only", host))
		}
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			errs = append(errs, fmt.Errorf("addr: port %q", port))
		}
	}
	if o.MaxMessageBytes < 64<<10 || o.MaxMessageBytes > 64<<20 {
		errs = append(errs, fmt.Errorf("max_message_bytes: %d is not within 64 KiB and 64 MiB", o.MaxMessageBytes))
	}
	if o.MaxBytes < 64<<20 {
		errs = append(errs, fmt.Errorf("max_bytes: %d is less than 64 MiB", o.MaxBytes))
	}
	if o.Clean < 100*time.Millisecond || o.Clean > time.Minute {
		errs = append(errs, fmt.Errorf("clean: %v is not within 100ms and 1m", o.Clean))
	}
	return errors.Join(errs...)
}

// Broker is a broker. Open makes it, Run serves.
type Broker struct {
	o     Options
	log   *slog.Logger
	ready chan struct{}
	addr  string // set before ready is closed

	mu      sync.Mutex
	cluster *kfake.Cluster // nil while there is none to ask: a closed one would never answer

	fault    atomic.Pointer[error]
	failures atomic.Uint64
}

// Open makes a Broker that does not serve yet.
func Open(o Options) (*Broker, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	b := &Broker{o: o, log: o.Log, ready: make(chan struct{})}
	if b.log == nil {
		b.log = slog.Default()
	}
	return b, nil
}

// Ready is closed once the broker takes connections.
func (b *Broker) Ready() <-chan struct{} { return b.ready }

// Addr is host:port where the broker listens. It waits for Ready.
func (b *Broker) Addr() string {
	<-b.ready
	return b.addr
}

// Fault is why the disk was found to lose what is written to it, until it has proven otherwise; nil is good. While there is one nothing is
// acknowledged.
func (b *Broker) Fault() error {
	if err := b.fault.Load(); err != nil {
		return *err
	}
	return nil
}

// DiskFailures is how often the disk failed to make durable what was written.
func (b *Broker) DiskFailures() uint64 { return b.failures.Load() }

// Run serves until ctx ends, then closes the log cleanly. Where the disk fails it loads what is durable and serves again, as often as that
// takes. It may be called once.
func (b *Broker) Run(ctx context.Context) error {
	unlock, err := lock(b.o.Dir)
	if err != nil {
		return err
	}
	defer unlock()
	const least, most = 500 * time.Millisecond, 30 * time.Second
	for wait := least; ; wait = min(2*wait, most) {
		began := time.Now()
		err := b.serve(ctx)
		if err == nil || ctx.Err() != nil || b.addr == "" {
			return err
		}
		b.failures.Add(1)
		b.fault.Store(&err)
		if time.Since(began) > time.Minute {
			wait = least
		}
		b.log.Error("broker: the disk failed; nothing is acknowledged until it does what it should", "error", err, "again", wait)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// serve serves until ctx ends, or until the disk fails.
func (b *Broker) serve(ctx context.Context) error {
	addr := b.o.Addr
	if b.addr != "" { // clients know it
		addr = b.addr
	}
	_, port, _ := net.SplitHostPort(addr)
	n, _ := strconv.Atoi(port)
	began := time.Now()
	g := newGhosts()
	d := newDisk(b.log, func() { b.fault.Store(nil) })
	if err := d.mendEntries(filepath.Join(b.o.Dir, "log")); err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	cluster, err := kfake.NewCluster(
		kfake.ListenFn(func(network, addr string) (net.Listener, error) {
			ln, err := g.listen(network, addr)
			return mute{requests{ln, b.log}, d}, err
		}),
		kfake.NumBrokers(1), kfake.Ports(n), kfake.ClusterID("watchpost"),
		kfake.DataDir(filepath.Join(b.o.Dir, "log")), kfake.SyncWrites(), withFiles(d),
		kfake.DefaultNumPartitions(2), kfake.GroupMinSessionTimeout(time.Second),
		kfake.WithLogger(logger{b.log}),
		kfake.BrokerConfigs(map[string]string{
			"message.max.bytes":      strconv.Itoa(b.o.MaxMessageBytes),
			"log.retention.ms":       "-1",
			"log.segment.bytes":      strconv.Itoa(32 << 20),
			"log.cleaner.backoff.ms": strconv.Itoa(int((24 * time.Hour).Milliseconds())), // clean looks after it itself
		}),
	)
	if err != nil {
		return fmt.Errorf("broker at %s in %s: %w", addr, b.o.Dir, err)
	}
	defer func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.cluster = nil
		cluster.Close()
		d.shut()
	}()
	first := b.addr == ""
	b.mu.Lock()
	b.cluster = cluster
	if first {
		b.addr = cluster.ListenAddrs()[0]
	}
	b.mu.Unlock()
	debug.FreeOSMemory() // loading the log leaves garbage of its size behind
	cluster.ControlKey(int16(kmsg.CreateTopics), b.bound)
	g.watch(cluster)
	under, cancel := context.WithCancel(ctx)
	var beside sync.WaitGroup
	defer beside.Wait()
	defer cancel()
	beside.Go(func() { b.haunt(under, g) })
	beside.Go(func() {
		select {
		case <-d.failed:
			cancel()
		case <-under.Done():
		}
	})
	b.log.Info("broker: ready", "addr", b.addr, "dir", b.o.Dir, "load", time.Since(began).Round(time.Millisecond))
	if first {
		close(b.ready)
	}
	b.clean(under)
	return d.fault() // before d is shut
}

// lock takes the folder, or says who has it.
func lock(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("broker: %w", err)
	}
	path := filepath.Join(dir, "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("broker: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		pid, _ := os.ReadFile(path)
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("broker: folder %s is in use by process %s", dir, strings.TrimSpace(string(pid)))
		}
		return nil, fmt.Errorf("broker: lock %s: %w", path, err)
	}
	pid := []byte(strconv.Itoa(os.Getpid()) + "\n")
	if _, err = f.WriteAt(pid, 0); err == nil {
		err = f.Truncate(int64(len(pid)))
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("broker: lock %s: %w", path, err)
	}
	return func() { f.Close() }, nil
}

// logger gives kfake's complaints to slog.
type logger struct{ to *slog.Logger }

func (l logger) Logf(level kfake.LogLevel, format string, args ...any) {
	at := slog.LevelDebug
	switch level {
	case kfake.LogLevelError:
		at = slog.LevelError
	case kfake.LogLevelWarn:
		at = slog.LevelWarn
	}
	if l.to.Enabled(context.Background(), at) {
		l.to.Log(context.Background(), at, "broker: "+strings.TrimSpace(fmt.Sprintf(format, args...)))
	}
}
