// Package engine runs the ClickHouse engine of this installation: libchdb in a sandboxed child process, which speaks
// the native protocol on a Unix socket.
//
// The child is this binary, executed anew: every main that embeds the engine begins with
//
//	if engine.IsChild(os.Args) {
//		os.Exit(engine.RunChild(context.Background(), os.Args))
//	}
//
// The socket's path may not exceed 107 bytes for the kernel; Dial and Run go through a descriptor of the folder, so
// Options.Dir may be as deep as it likes for clients that use Dial. Others (clickhouse-client …) need a short path.
package engine

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/ClickHouse/ch-go"
	"github.com/ClickHouse/ch-go/proto"
	"golang.org/x/sys/unix"
)

// Engine owns the data folder, the socket and the child process.
type Engine struct {
	o        Options
	log      *slog.Logger
	ready    chan struct{}
	isReady  sync.Once
	pid      atomic.Int64
	restarts atomic.Uint64
	hung     time.Duration // shorter in tests
}

// hung is how long a child may answer nothing before it is taken for one that never will.
const hung = 3 * time.Minute

// New returns an engine that Run starts. Options must have passed Check.
func New(o Options, log *slog.Logger) *Engine {
	if abs, err := filepath.Abs(o.Dir); err == nil {
		o.Dir = abs
	}
	return &Engine{o: o, log: log, ready: make(chan struct{}), hung: hung}
}

// Ready is closed once the engine has answered for the first time. After a crash, clients wait in the socket's queue.
func (e *Engine) Ready() <-chan struct{} { return e.ready }

// Addr is the path of the Unix socket.
func (e *Engine) Addr() string { return e.o.sock() }

// Pid is that of the current child, 0 if there is none.
func (e *Engine) Pid() int { return int(e.pid.Load()) }

// Restarts counts how often a child died and was replaced.
func (e *Engine) Restarts() uint64 { return e.restarts.Load() }

// Dial connects to the engine; addr is ignored, as there is one engine. It is DialContext of clickhouse-go's Options.
func (e *Engine) Dial(ctx context.Context, addr string) (net.Conn, error) {
	return DialSocket(ctx, e.o.sock())
}

// DialContext is Dial with the arguments of a net.Dialer, so that an Engine is the Dialer of ch-go's Options.
func (e *Engine) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	return DialSocket(ctx, e.o.sock())
}

// DialSocket connects to the engine that another process of this installation runs.
func DialSocket(ctx context.Context, path string) (net.Conn, error) {
	var c net.Conn
	err := shortPath(path, func(short string) (err error) {
		c, err = new(net.Dialer).DialContext(ctx, "unix", short)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("engine: %s: %w", path, err)
	}
	return c, nil
}

// shortPath calls do with a name of path that fits into a socket address, whatever its length.
func shortPath(path string, do func(string) error) error {
	if len(path) < 108 {
		return do(path)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return do(fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path)))
}

// Run takes the data folder, starts the child, starts it again whenever it dies or hangs, and ends it when ctx ends. An error
// means that the engine could not be started the first time; later deaths are logged and mended.
func (e *Engine) Run(ctx context.Context) error {
	o := e.o
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return fmt.Errorf("engine: the embedded engine exists for linux/amd64 only, not %s/%s: configure an external ClickHouse", runtime.GOOS, runtime.GOARCH)
	}
	if o.Library == "" {
		lib, err := FindLibrary()
		if err != nil {
			return err
		}
		o.Library = lib
	}
	if lib, err := filepath.Abs(o.Library); err == nil { // the child works elsewhere
		o.Library = lib
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	lock, err := lockDir(ctx, o.Dir, 2*time.Second)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := o.writeConfig(); err != nil {
		return err
	}
	sock, err := listen(o.sock())
	if err != nil {
		return err
	}
	defer os.Remove(o.sock())
	defer sock.Close()

	wait := minWait
	for {
		started := time.Now()
		err := e.child(ctx, o, lock, sock)
		if ctx.Err() != nil {
			return nil
		}
		select {
		case <-e.ready:
		default:
			return fmt.Errorf("engine: %w", err)
		}
		e.restarts.Add(1)
		if time.Since(started) > maxWait {
			wait = minWait
		}
		e.log.Error("engine died, starting it again", "error", err, "in", wait, "restarts", e.restarts.Load())
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		wait = min(2*wait, maxWait)
	}
}

const (
	minWait = 50 * time.Millisecond
	maxWait = 10 * time.Second
)

// listen makes the socket that all children in turn inherit: while there is none, clients wait in its queue.
func listen(path string) (*os.File, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("engine: %w", err)
	}
	var f *os.File
	err := shortPath(path, func(short string) error {
		ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: short, Net: "unix"})
		if err != nil {
			return err
		}
		ln.SetUnlinkOnClose(false)
		defer ln.Close()
		f, err = ln.File()
		return err
	})
	if err == nil {
		err = os.Chmod(path, 0o600) // until here the folder, 0700, kept others out
	}
	if err != nil {
		return nil, fmt.Errorf("engine: socket %s: %w", path, err)
	}
	return f, nil
}

// child runs one child to its end. The goroutine stays on one thread, as the kernel kills the child when the thread
// that made it ends.
func (e *Engine) child(ctx context.Context, o Options, lock, sock *os.File) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	n, err := o.mendTokens()
	if err != nil {
		return err
	}
	if n.lost > 0 {
		e.log.Warn("the engine was killed within inserts: their tokens are taken back, so that the retries are stored", "tokens", n.lost)
	}
	if n.torn > 0 {
		e.log.Warn("logs of tokens of inserts had torn records, which are taken out", "records", n.torn)
	}
	options, err := o.file()
	if err != nil {
		return err
	}
	defer options.Close()
	status, childStatus, err := os.Pipe()
	if err != nil {
		return err
	}
	defer status.Close()
	self, err := os.Executable()
	if err != nil {
		childStatus.Close()
		return err
	}
	cmd := exec.Command(self, childArg, stageConfine)
	cmd.Env = []string{} // the engine can read its environment: there must be nothing in it
	cmd.Dir = o.work()
	cmd.ExtraFiles = []*os.File{options, childStatus, sock, lock}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.WaitDelay = time.Second
	lines := &logLines{log: e.log}
	cmd.Stderr = lines
	err = cmd.Start()
	childStatus.Close()
	if err != nil {
		return err
	}
	e.pid.Store(int64(cmd.Process.Pid))

	done := make(chan error, 1)
	go func() {
		err := cmd.Wait()
		e.pid.Store(0)
		done <- err
	}()
	over, end := context.WithCancel(ctx)
	defer end()
	said := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(io.LimitReader(status, 4096)).ReadString('\n')
		said <- strings.TrimSpace(line)
	}()
	reason := ""
	for {
		select {
		case line := <-said:
			if line == "ready" {
				e.log.Info("engine ready", "pid", cmd.Process.Pid, "socket", e.Addr())
				e.isReady.Do(func() { close(e.ready) })
				go e.watch(over, cmd.Process)
			} else {
				reason = line
			}
			said = nil
		case err := <-done:
			if said != nil {
				if line := <-said; line != "ready" {
					reason = line
				}
			}
			lines.flush()
			if reason == "" {
				reason = lines.last
			}
			return fmt.Errorf("engine process: %w: %s", errors.Join(err, exitZero(err)), reason)
		case <-ctx.Done():
			return e.end(cmd.Process, done)
		}
	}
}

func exitZero(err error) error {
	if err == nil {
		return errors.New("ended by itself")
	}
	return nil
}

// watch asks the child for an answer, again and again until ctx ends, and kills it when it has given none for too long: clients would wait for
// ever. An error of the engine is an answer, too.
func (e *Engine) watch(ctx context.Context, p *os.Process) {
	answered, failed := time.Now(), 0
	for {
		err := e.ask(ctx)
		if ctx.Err() != nil {
			return
		}
		failed++
		if err == nil || errors.As(err, new(*ch.Exception)) {
			answered, failed = time.Now(), 0
		}
		if silent := time.Since(answered); silent > e.hung && failed >= 3 { // once is nothing: this process may have been stopped for long
			e.log.Error("the engine hangs, killing it", "pid", p.Pid, "silent", silent, "error", err)
			p.Kill()
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(e.hung / 12):
		}
	}
}

// ask runs a statement that needs nothing.
func (e *Engine) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, e.hung/3)
	defer cancel()
	conn, err := e.Dial(ctx, "")
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	c, err := ch.Connect(ctx, conn, ch.Options{Password: e.o.Password, ReadTimeout: ch.NoTimeout, HandshakeTimeout: e.hung / 3})
	if err != nil {
		return err
	}
	defer c.Close()
	return c.Do(ctx, ch.Query{Body: "SELECT 1", Result: proto.Results{{Name: "1", Data: new(proto.ColUInt8)}}})
}

// end asks the child to end and makes it.
func (e *Engine) end(p *os.Process, done <-chan error) error {
	p.Signal(syscall.SIGTERM)
	select {
	case err := <-done:
		return err
	case <-time.After(e.o.StopTimeout):
		e.log.Warn("engine did not end, killing it", "after", e.o.StopTimeout)
		p.Kill()
		return <-done
	}
}

// file writes the options into a memory file for the child, as arguments and environment of a process are open to others.
func (o Options) file() (*os.File, error) {
	b, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	fd, err := unix.MemfdCreate("options", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("memory file: %w", err)
	}
	f := os.NewFile(uintptr(fd), "options")
	if _, err := f.Write(b); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// logLines logs what the child writes to stderr, line by line; lines are cut at 4 KiB.
type logLines struct {
	log  *slog.Logger
	buf  []byte
	last string
}

func (l *logLines) Write(p []byte) (int, error) {
	for _, b := range p {
		if b == '\n' {
			l.flush()
		} else if len(l.buf) < 4096 {
			l.buf = append(l.buf, b)
		}
	}
	return len(p), nil
}

func (l *logLines) flush() {
	if line := strings.TrimSpace(string(l.buf)); line != "" {
		l.last = line
		l.log.Warn("engine says", "line", line)
	}
	l.buf = l.buf[:0]
}
