package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"watchpost/internal/embedded/engine/chdb"
	"watchpost/internal/embedded/engine/native"
)

// childArg is the hidden first argument that makes the binary the engine's child.
const childArg = "engine-child"

// Stages of the child: first it confines itself and executes itself anew, then it serves.
const (
	stageConfine = "confine"
	stageServe   = "serve"
)

// Descriptors that the child inherits.
const (
	fdOptions = 3 + iota // JSON of Options, a memory file
	fdStatus             // pipe: "ready", or why not
	fdSocket             // the listening socket
	fdLock               // held, not used
)

// IsChild reports whether args (os.Args) are those of the engine's child process.
func IsChild(args []string) bool { return len(args) == 3 && args[1] == childArg }

// RunChild is main of the child process and returns its exit code. It ends at SIGTERM, or with ctx.
func RunChild(ctx context.Context, args []string) int {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{} // the parent's log has it
		}
		return a
	}}))
	status := os.NewFile(fdStatus, "status")
	options := os.NewFile(fdOptions, "options")
	o, err := readOptions(options)
	if err == nil && args[2] == stageConfine {
		err = confine(o, []string{childArg, stageServe}) // returns only if it could not
		if errors.Is(err, errNoLandlock) {
			log.Warn("the engine runs without a sandbox", "reason", err)
			err = nil
		}
	}
	options.Close() // SQL could read it through /proc/self/fd
	if err == nil {
		err = serveChild(ctx, o, status, log)
	}
	if err != nil {
		fmt.Fprintf(status, "%v\n", err)
		log.Error("engine failed", "error", err)
		return 1
	}
	return 0
}

func readOptions(f *os.File) (o Options, err error) {
	b, err := io.ReadAll(io.NewSectionReader(f, 0, 1<<20))
	if err == nil {
		err = json.Unmarshal(b, &o)
	}
	if err != nil {
		return o, fmt.Errorf("engine child: options: %w", err)
	}
	return o, nil
}

func serveChild(ctx context.Context, o Options, status io.WriteCloser, log *slog.Logger) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	signal.Ignore(syscall.SIGINT, syscall.SIGHUP) // of the terminal: the parent decides
	for _, fd := range []int{fdStatus, fdSocket, fdLock} {
		syscall.CloseOnExec(fd)
	}
	debug.SetMemoryLimit(o.GoMemory)
	debug.SetGCPercent(50)
	if err := os.Chdir(o.work()); err != nil {
		return err
	}
	ln, err := net.FileListener(os.NewFile(fdSocket, "socket"))
	if err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	lib, err := chdb.Open(o.Library)
	if err != nil {
		return err
	}
	handlers := signalHandlers()
	srv, err := native.NewServer(native.Options{
		Password:       o.Password,
		MaxConnections: o.MaxConnections,
		MaxBlock:       int(o.MaxBlock),
		HelloTimeout:   10 * time.Second,
		WriteTimeout:   5 * time.Minute,
	}, func() (*chdb.Conn, error) { return lib.Connect(o.arguments()...) }, log)
	if err != nil {
		return err
	}
	if restored := handlers.restore(); len(restored) > 0 {
		log.Warn("the library took signal handlers, they were given back", "signals", restored)
	}
	fmt.Fprintf(status, "ready\n")
	status.Close()
	err = srv.Serve(ctx, ln)
	srv.Close()
	return err
}
