package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"regexp"
	"time"

	"watchpost/internal/clienttls"
)

// Options say where ClickHouse is and how it is used.
type Options struct {
	Addr        []string          `yaml:"addr"`     // servers, host:port or the path of a Unix socket: replicas of each other
	Shards      [][]string        `yaml:"shards"`   // with cluster: the replicas of each shard; a partition of the log goes to one shard for ever
	Database    string            `yaml:"database"` // made if absent
	User        string            `yaml:"user"`     // known to the servers
	Password    string            `yaml:"password"` // of this user
	TLS         clienttls.Options `yaml:"tls"`
	Cluster     string            `yaml:"cluster"`     // name in the servers' configuration; empty: a single server
	Compression bool              `yaml:"compression"` // LZ4 between us and the server
	Retention   Retention         `yaml:"retention"`
	Load        Load              `yaml:"load"`

	// Dial connects to an address; nil: TCP.
	Dial func(ctx context.Context, addr string) (net.Conn, error) `yaml:"-"`
	Log  *slog.Logger                                             `yaml:"-"`
	Now  func() time.Time                                         `yaml:"-"`
	// Failpoint, in tests, is called by a loader between any two of its effects. Its error ends the loader.
	Failpoint func(stage string) error `yaml:"-"`
}

// Retention says how long events are kept, counted from their receipt. Each tenant has a class; events keep the class
// that they were stored with, while the days of a class can be changed for all that is stored.
type Retention struct {
	Days    int               `yaml:"days"`    // of class `default`
	Classes map[string]int    `yaml:"classes"` // days of further classes
	Tenants map[string]string `yaml:"tenants"` // class by tenant; others have `default`
}

// Load says how much is inserted at a time.
type Load struct {
	Rows     int           `yaml:"rows"`     // an insert has at least so many rows,
	Bytes    int           `yaml:"bytes"`    // or at least so many bytes of blocks,
	Wait     time.Duration `yaml:"wait"`     // or its first block waited so long
	Parallel int           `yaml:"parallel"` // inserts at a time, over all partitions: bounds memory
	Timeout  time.Duration `yaml:"timeout"`  // of one attempt
}

// Defaults fit one embedded or near server.
var Defaults = Options{
	Database:  "default",
	User:      "default",
	Retention: Retention{Days: 90},
	Load:      Load{Rows: 40000, Bytes: 24 << 20, Wait: time.Second, Parallel: 2, Timeout: 5 * time.Minute},
}

var (
	identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}$`)
	className  = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)
)

// maxDays keeps receipt plus retention before 2106, where the engine's DateTime wraps around and all would be deleted.
const maxDays = 50 * 365

// maxClasses bounds how many partitions one day can have: the engine refuses an insert into more than 100.
const maxClasses = 32

// Check returns every fault, each with its key.
func (o Options) Check() error {
	var errs []error
	bad := func(is bool, format string, a ...any) {
		if is {
			errs = append(errs, fmt.Errorf(format, a...))
		}
	}
	bad(len(o.Addr) == 0, "addr: no server is named")
	bad(!identifier.MatchString(o.Database), "database: %q is no plain identifier", o.Database)
	bad(o.Cluster != "" && !identifier.MatchString(o.Cluster), "cluster: %q is no plain identifier", o.Cluster)
	bad(len(o.Shards) > 0 && o.Cluster == "", "shards: need cluster")
	for i, s := range o.Shards {
		bad(len(s) == 0, "shards: number %d names no server", i+1)
	}
	if err := o.TLS.Check(); err != nil {
		errs = append(errs, err)
	}
	bad(o.Retention.Days < 1 || o.Retention.Days > maxDays, "retention.days: %d is not within 1 and %d", o.Retention.Days, maxDays)
	bad(len(o.Retention.Classes) > maxClasses, "retention.classes: %d, at most %d", len(o.Retention.Classes), maxClasses)
	for c, d := range o.Retention.Classes {
		bad(!className.MatchString(c) || c == "default", "retention.classes: %q is no name for a class", c)
		bad(d < 1 || d > maxDays, "retention.classes.%s: %d is not within 1 and %d", c, d, maxDays)
	}
	for t, c := range o.Retention.Tenants {
		_, ok := o.Retention.Classes[c]
		bad(!ok && c != "default", "retention.tenants.%s: there is no class %q", t, c)
	}
	bad(o.Load.Rows < 1 || o.Load.Rows > 1_000_000, "load.rows: %d is not within 1 and 1000000", o.Load.Rows)
	bad(o.Load.Bytes < 1<<10 || o.Load.Bytes > 256<<20, "load.bytes: %d is not within 1 KiB and 256 MiB", o.Load.Bytes)
	bad(o.Load.Wait < time.Millisecond || o.Load.Wait > time.Minute, "load.wait: %v is not within 1ms and 1m", o.Load.Wait)
	bad(o.Load.Parallel < 1 || o.Load.Parallel > 64, "load.parallel: %d is not within 1 and 64", o.Load.Parallel)
	bad(o.Load.Timeout < time.Second, "load.timeout: %v is less than 1s", o.Load.Timeout)
	return errors.Join(errs...)
}
