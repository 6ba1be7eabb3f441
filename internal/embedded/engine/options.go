package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"watchpost/internal/embedded/engine/chdb"
)

// Options of the embedded engine. Sizes are bytes.
type Options struct {
	Dir             string        `yaml:"dir"`               // the engine's own folder; made if absent, 0700
	Library         string        `yaml:"library"`           // libchdb.so; empty: where deploy/engine/fetch puts it
	Password        string        `yaml:"password"`          // asked of every client of the socket; empty: none
	MaxServerMemory int64         `yaml:"max_server_memory"` // above it the engine refuses queries and inserts
	MarkCache       int64         `yaml:"mark_cache"`
	IndexMarkCache  int64         `yaml:"index_mark_cache"`
	GoMemory        int64         `yaml:"go_memory"` // soft limit of the protocol front's own heap
	MaxConnections  int           `yaml:"max_connections"`
	MaxBlock        int64         `yaml:"max_block"` // of one inserted block, raw
	Threads         int           `yaml:"threads"`   // of one query, and of merges
	Fsync           bool          `yaml:"fsync"`     // flush each part to the disk before the insert is acknowledged
	StopTimeout     time.Duration `yaml:"stop_timeout"`
}

// Defaults suit a machine of 2 GB; memory is a bound here, not what the engine takes: 0.4 to 0.7 GB, but more while it
// catches up with a million rows, merges them and answers at once.
var Defaults = Options{
	MaxServerMemory: 1_200_000_000,
	MarkCache:       32 << 20,
	IndexMarkCache:  8 << 20,
	GoMemory:        150 << 20,
	MaxConnections:  64,
	MaxBlock:        64 << 20,
	Threads:         max(1, min(4, runtime.NumCPU())),
	StopTimeout:     10 * time.Second,
}

// Check returns every fault, each with its key.
func (o Options) Check() error {
	var errs []error
	need := func(ok bool, key string, v any, want string) {
		if !ok {
			errs = append(errs, fmt.Errorf("%s: %v: want %s", key, v, want))
		}
	}
	need(o.Dir != "", "dir", `""`, "a folder")
	need(o.MaxServerMemory >= 300_000_000, "max_server_memory", o.MaxServerMemory, "at least 300000000: the engine alone takes 200 MB")
	need(o.MarkCache >= 1<<20, "mark_cache", o.MarkCache, "at least 1 MiB")
	need(o.IndexMarkCache >= 1<<20, "index_mark_cache", o.IndexMarkCache, "at least 1 MiB")
	need(o.GoMemory >= 32<<20, "go_memory", o.GoMemory, "at least 32 MiB")
	need(o.MaxConnections >= 4 && o.MaxConnections <= 1000, "max_connections", o.MaxConnections, "4 to 1000")
	need(o.MaxBlock >= 1<<20 && o.MaxBlock <= 512<<20, "max_block", o.MaxBlock, "1 MiB to 512 MiB")
	need(o.Threads >= 1 && o.Threads <= 64, "threads", o.Threads, "1 to 64")
	need(o.StopTimeout > 0, "stop_timeout", o.StopTimeout, "a time above 0")
	return errors.Join(errs...)
}

// LibraryEnv names the environment variable that overrides where the library is looked for.
const LibraryEnv = "WATCHPOST_CHDB"

// FindLibrary returns the path of libchdb.so: from the environment, else from the cache that deploy/engine/fetch fills.
func FindLibrary() (string, error) {
	if p := os.Getenv(LibraryEnv); p != "" {
		if _, err := os.Stat(p); err != nil {
			return "", fmt.Errorf("engine: %s: %w", LibraryEnv, err)
		}
		return filepath.Abs(p)
	}
	cache := os.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("engine: no cache folder for the library: %w", err)
		}
		cache = filepath.Join(home, ".cache")
	}
	p := filepath.Join(cache, "watchpost", "chdb-"+chdb.Version, "libchdb.so")
	if _, err := os.Stat(p); err != nil {
		return "", fmt.Errorf("engine: the library is not at %s: run deploy/engine/fetch, or set %s: %w", p, LibraryEnv, err)
	}
	return filepath.Abs(p)
}
