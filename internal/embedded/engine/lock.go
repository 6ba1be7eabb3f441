package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// lockDir takes the folder for this process and its child. The file goes to the child too: the lock holds as long as
// either lives, so that a new engine never meets an old child. A parent that was killed takes its child with it, so a
// held lock is asked for again for a while.
func lockDir(ctx context.Context, dir string, patience time.Duration) (*os.File, error) {
	path := filepath.Join(dir, "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	deadline := time.After(patience)
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			break
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			f.Close()
			return nil, fmt.Errorf("engine: lock %s: %w", path, err)
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, ctx.Err()
		case <-deadline:
			holder, _ := io.ReadAll(io.LimitReader(f, 32))
			f.Close()
			return nil, fmt.Errorf("engine: data folder %s is in use by process %s: stop it or use another folder", dir, strings.TrimSpace(string(holder)))
		case <-time.After(50 * time.Millisecond):
		}
	}
	if err := f.Truncate(0); err == nil {
		_, err = f.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
		if err == nil {
			return f, nil
		}
	}
	f.Close()
	return nil, fmt.Errorf("engine: %s cannot be written", path)
}
