package broker_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"watchpost/internal/embedded/broker"
	"watchpost/internal/event"
	"watchpost/internal/faulttest"
	"watchpost/internal/topic"
)

func TestCheck(t *testing.T) {
	f := func(change func(*broker.Options), want string) {
		t.Helper()
		o := broker.Defaults
		o.Dir = "x"
		change(&o)
		err := o.Check()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	f(func(*broker.Options) {}, "")
	f(func(o *broker.Options) { o.Dir = "" }, "dir: ")
	f(func(o *broker.Options) { o.Addr = "0.0.0.0:9092" }, "loopback only")
	f(func(o *broker.Options) { o.Addr = "127.0.0.1" }, "addr: ")
	f(func(o *broker.Options) { o.Addr = "127.0.0.1:70000" }, "port")
	f(func(o *broker.Options) { o.MaxBytes = 1 }, "max_bytes: ")
	f(func(o *broker.Options) { o.MaxMessageBytes = 1 }, "max_message_bytes: ")
	f(func(o *broker.Options) { o.Clean = 0 }, "clean: ")
}

// TestLock: a second broker in the same folder says who has it.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	_, stop := start(t, dir)
	o := broker.Defaults
	o.Dir, o.Addr, o.Log = dir, "127.0.0.1:0", quiet
	other, err := broker.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Run(t.Context()); err == nil || !strings.Contains(err.Error(), fmt.Sprint("in use by process ", os.Getpid())) {
		t.Errorf("a second broker: %v", err)
	}
	stop()
	start(t, dir)
}

// TestPort: a port that is taken is named.
func TestPort(t *testing.T) {
	b, _ := start(t, t.TempDir())
	o := broker.Defaults
	o.Dir, o.Addr, o.Log = t.TempDir(), b.Addr(), quiet
	other, err := broker.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Run(t.Context()); err == nil || !strings.Contains(err.Error(), b.Addr()) {
		t.Errorf("on a taken port: %v", err)
	}
}

// TestRetention: partitions stay within their limit, also where the creator asks for more or for another kind, and a
// compacted topic has none.
func TestRetention(t *testing.T) {
	o := broker.Defaults
	o.Dir, o.Addr, o.Log, o.MaxBytes, o.Clean = t.TempDir(), "127.0.0.1:0", quiet, 64<<20, 100*time.Millisecond
	b, err := broker.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if s := b.Sizes(topic.Events); s != nil {
			t.Errorf("sizes of a broker that ended: %v", s)
		}
	}()
	<-b.Ready()
	to := options(b)
	to.RetentionTime, to.RetentionBytes, to.Compression = time.Hour, 1<<40, "none"
	c, err := topic.Open(to)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Ensure(ctx); err != nil {
		t.Fatal(err)
	}
	p := c.Producer()
	block := make([]byte, 4<<20)
	rand.Read(block)
	for n := range 24 {
		if err := p.Send(ctx, topic.Events, 0, nil, event.Header{ID: event.BlockID{1, byte(n)}}.Headers(), block); err != nil {
			t.Fatal(err)
		}
	}
	for {
		size := b.Sizes(topic.Events)[0]
		offsets, err := c.Offsets(ctx, topic.Events)
		if err != nil {
			t.Fatal(err)
		}
		if size.Limit == 64<<20 && size.Bytes <= size.Limit && offsets[0].First > 0 && offsets[0].Next == 24 {
			break
		}
		select {
		case <-ctx.Done():
			t.Fatalf("size %+v, offsets %+v", size, offsets[0])
		case <-time.After(20 * time.Millisecond):
		}
	}
	for range 12 {
		if err := p.Send(ctx, topic.Snapshots, 0, []byte("same key"), nil, block); err != nil {
			t.Fatal(err)
		}
	}
	for b.Sizes(topic.Snapshots)[0].Bytes > 32<<20 {
		select {
		case <-ctx.Done():
			t.Fatalf("not compacted: %+v", b.Sizes(topic.Snapshots)[0])
		case <-time.After(20 * time.Millisecond):
		}
	}
	if size := b.Sizes(topic.Snapshots)[0]; size.Limit != -1 {
		t.Errorf("a compacted topic has the limit %d", size.Limit)
	}
}

// TestBadDisk: a record whose bytes changed on the disk is yielded as poison; the partition goes on behind it.
func TestBadDisk(t *testing.T) {
	dir := t.TempDir()
	b, _ := start(t, dir)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	o := options(b)
	o.Partitions, o.Compression = 1, "none"
	c, err := topic.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Ensure(ctx); err != nil {
		t.Fatal(err)
	}
	p := c.Producer()
	for n := range 5 {
		h := event.Header{ID: event.BlockID{1, byte(n)}, Version: 1}
		if err := p.Send(ctx, topic.Events, 0, nil, h.Headers(), fmt.Appendf(nil, "block number %d", n)); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "log", "partitions", "events-0", "*.dat"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	raw, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(raw), "block number 2")
	f, err := os.OpenFile(files[0], os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("B"), int64(at)); err != nil {
		t.Fatal(err)
	}
	f.Close()
	enough := errors.New("enough")
	err = c.Reader("g", topic.Events).Run(ctx, func(ctx context.Context, p *topic.Partition) error {
		for n := range 5 {
			b, err := p.Next(ctx)
			if err != nil {
				return err
			}
			if (b.Err != nil) != (n == 2) || b.Offset != int64(n) {
				t.Errorf("block at %d: %v", b.Offset, b.Err)
			}
		}
		return enough
	})
	if err != enough {
		t.Fatal(err)
	}
}

// TestSyncFails: while fsync says EIO nothing is acknowledged, and what was written meanwhile is gone from the log; once it works again all
// goes on, and what was acknowledged is there, once.
func TestSyncFails(t *testing.T) {
	dir := t.TempDir()
	child, addr := process(t, "TestKilled", dir)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	o := topic.Defaults
	o.Brokers, o.Partitions, o.RetentionTime, o.RetentionBytes, o.Compression = []string{addr}, 1, -1, 64<<20, "none"
	o.SessionTimeout, o.Log = time.Second, quiet
	c, err := topic.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Ensure(ctx); err != nil {
		t.Fatal(err)
	}
	p := c.Producer()
	acked := 0
	send := func(ctx context.Context) error {
		h := event.Header{ID: event.BlockID{1, byte(acked)}, Version: 1}
		err := p.Send(ctx, topic.Events, 0, nil, h.Headers(), strconv.AppendInt(nil, int64(acked), 10))
		if err == nil {
			acked++
		}
		return err
	}
	must := func(n int) {
		t.Helper()
		for range n {
			if err := send(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	must(20)
	detach := faulttest.Attach(t, "fsync:error=EIO:when=1+", child.Process.Pid)
	short, end := context.WithTimeout(ctx, 4*time.Second)
	defer end()
	if err := send(short); err == nil {
		t.Error("a block was acknowledged although it is not durable")
	}
	detach()
	must(11)
	child.Process.Kill()
	child.Wait()
	c.Close()

	b, _ := start(t, dir)
	o.Brokers = []string{b.Addr()}
	if c, err = topic.Open(o); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	offsets, err := c.Offsets(ctx, topic.Events)
	if err != nil || offsets[0].First != 0 || offsets[0].Next != int64(acked) {
		t.Errorf("%d were acknowledged, and the log is %+v (%v)", acked, offsets, err)
	}
	enough := errors.New("enough")
	err = c.Reader("g", topic.Events).Run(ctx, func(ctx context.Context, p *topic.Partition) error {
		for n := range acked {
			b, err := p.Next(ctx)
			if err != nil {
				return err
			}
			if string(b.Value) != strconv.Itoa(n) {
				t.Errorf("block %.20q, want %d", b.Value, n)
			}
		}
		return enough
	})
	if err != enough {
		t.Fatal(err)
	}
}

// process runs a broker in dir in a process of its own, as the test that is named does when it is told so.
func process(t *testing.T, test, dir string) (cmd *exec.Cmd, addr string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(exe, "-test.run=^"+test+"$", "-test.v")
	cmd.Env = append(os.Environ(), "BROKER_TEST_CHILD="+dir, "TMPDIR="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); addr == "" && lines.Scan(); {
		_, addr, _ = strings.Cut(lines.Text(), "ADDR ")
	}
	if addr == "" {
		cmd.Wait()
		t.Fatal("the child did not start")
	}
	return cmd, addr
}

// TestKilled: what was acknowledged survives kill -9, offsets and commits stay, and the next process goes on.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	if d := os.Getenv("BROKER_TEST_CHILD"); d != "" {
		b, _ := start(t, d)
		fmt.Println("ADDR", b.Addr())
		<-make(chan struct{})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	acked, read, offset := 0, 0, int64(0)
	for round := range 4 {
		cmd, addr := process(t, "TestKilled", dir)
		o := topic.Defaults
		o.Brokers, o.Partitions, o.RetentionTime, o.RetentionBytes = []string{addr}, 1, -1, 64<<20
		o.SessionTimeout, o.Log = time.Second, quiet
		c, err := topic.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Ensure(ctx); err != nil {
			t.Fatal(err)
		}
		// Read what is there from where the last round's commit was, then write until the kill.
		offsets, err := c.Offsets(ctx, topic.Events, "g")
		if err != nil {
			t.Fatal(err)
		}
		if o := offsets[0]; o.Next < int64(acked) || o.First != 0 || o.Committed["g"] != offset {
			t.Errorf("round %d: %+v, acknowledged were %d, committed %d", round, o, acked, offset)
		}
		all, stop := context.WithCancel(ctx)
		err = c.Reader("g", topic.Events).Run(all, func(ctx context.Context, p *topic.Partition) error {
			defer stop()
			if p.Start().Offset != offset {
				t.Errorf("round %d: starts at %d, want %d", round, p.Start().Offset, offset)
			}
			for next := read; next < acked; next++ {
				b, err := p.Next(ctx)
				if err != nil {
					return err
				}
				if string(b.Value) != strconv.Itoa(next) {
					t.Errorf("round %d: block %.20q, want %d", round, b.Value, next)
				}
				offset = b.Offset + 1
			}
			read = acked
			return p.Commit(ctx, offset, "m")
		})
		if ctx.Err() != nil {
			t.Fatal(err)
		}
		some := make(chan struct{})
		go func() {
			select {
			case <-some:
			case <-ctx.Done():
			}
			<-time.After(50 * time.Millisecond)
			cmd.Process.Kill()
		}()
		sending, halt := context.WithCancel(ctx)
		go func() { cmd.Wait(); halt() }()
		p := c.Producer()
		for from := acked; ; {
			h := event.Header{ID: event.BlockID{1, byte(acked >> 16), byte(acked >> 8), byte(acked)}, Version: 1}
			if err := p.Send(sending, topic.Events, 0, nil, h.Headers(), strconv.AppendInt(nil, int64(acked), 10)); err != nil {
				break
			}
			if acked++; acked == from+6 {
				close(some)
			}
		}
		<-sending.Done()
		c.Close()
		// The one that was on its way may be in the log: it is sent again, and the reader must drop one.
		t.Logf("round %d: %d acknowledged", round, acked)
	}
	if acked < 20 {
		t.Errorf("only %d blocks were acknowledged: the test shows nothing", acked)
	}
}
