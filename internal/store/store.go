// Package store keeps events, alerts and the loss account in ClickHouse.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/ClickHouse/ch-go"
	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"watchpost/internal/clienttls"
	"watchpost/schema"
)

// Store is a ClickHouse database. It is safe for concurrent use.
type Store struct {
	o      Options
	log    *slog.Logger
	now    func() time.Time
	tls    *clienttls.Client
	target schema.Target
	sql    driver.Conn // for everything but blocks of events

	quiet    quiet
	quietFor time.Duration // shorter in tests
}

const (
	dialTimeout = 10 * time.Second
	// readTimeout is for a whole statement (clickhouse-go does not extend it by progress); contexts end them earlier.
	readTimeout = 24 * time.Hour
)

// Open makes a Store. It connects to nothing yet, so it can be opened before the server is up. Close it.
func Open(o Options) (*Store, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	encrypt, err := o.TLS.Client()
	if err != nil {
		return nil, err
	}
	s := &Store{o: o, log: o.Log, now: o.Now, tls: encrypt, quietFor: quietFor}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.target = schema.Target{Database: o.Database, Cluster: o.Cluster, EventTTL: o.Retention.ttl()}
	if s.sql, err = s.pool(o.Database); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Store) pool(database string) (driver.Conn, error) {
	co := &clickhouse.Options{
		Addr: s.o.Addr,
		Auth: clickhouse.Auth{Database: database, Username: s.o.User, Password: s.o.Password},
		// The server's default for async_insert is 1 since 26.x: rows would be acknowledged before they are stored,
		// and tokens would not hold.
		// A profile may switch insert_deduplicate off, too.
		Settings:        clickhouse.Settings{"async_insert": 0, "insert_deduplicate": 1},
		DialTimeout:     dialTimeout,
		ReadTimeout:     readTimeout,
		MaxOpenConns:    16,
		MaxIdleConns:    4,
		ConnMaxLifetime: 10 * time.Minute,
		DialContext:     s.dial,
	}
	if s.o.Compression {
		co.Compression = &clickhouse.Compression{Method: clickhouse.CompressionLZ4}
	}
	return clickhouse.Open(co)
}

// Close gives up all connections. Loaders and queries have ended before.
func (s *Store) Close() error { return s.sql.Close() }

// Ping asks the server for an answer.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	if err := s.sql.Ping(ctx); err != nil {
		return fmt.Errorf("clickhouse %v: %w", s.o.Addr, err)
	}
	return nil
}

func (s *Store) dial(ctx context.Context, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if s.o.Dial != nil {
		return s.o.Dial(ctx, addr)
	}
	network := "tcp"
	if strings.HasPrefix(addr, "/") { // the socket of an engine on this machine
		network = "unix"
	}
	conn, err := (&net.Dialer{KeepAlive: 15 * time.Second}).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return s.tls.Secure(ctx, conn, addr)
}

// client is a connection that carries blocks of columns. It belongs to one goroutine.
type client struct {
	*ch.Client
	conn net.Conn
}

// connect tries each address in turn.
func (s *Store) connect(ctx context.Context, addrs []string) (*client, error) {
	var errs []error
	for _, addr := range addrs {
		conn, err := s.dial(ctx, addr)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		o := ch.Options{
			Address: addr, Database: s.o.Database, User: s.o.User, Password: s.o.Password, ClientName: clientName,
			ReadTimeout: ch.NoTimeout, HandshakeTimeout: dialTimeout,
			Settings: []ch.Setting{{Key: "async_insert", Value: "0", Important: true}, {Key: "insert_deduplicate", Value: "1", Important: true}},
		}
		if s.o.Compression {
			o.Compression = ch.CompressionLZ4
		}
		c, err := ch.Connect(ctx, conn, o)
		if err != nil {
			conn.Close()
			errs = append(errs, fmt.Errorf("%s: %w", addr, err))
			continue
		}
		return &client{c, conn}, nil
	}
	return nil, errors.Join(errs...)
}

// clientName ends in what the front of the embedded engine takes for: a result without rows needs no header. ch-go does not need one.
const clientName = "watchpost (rows only)"

// do runs q until it is done or ctx ends. ch-go looks at ctx only between packets, and what it sends to cancel is
// malformed (a zero byte in front). Closing the connection wakes it, and ends the statement in the engine.
func (c *client) do(ctx context.Context, q ch.Query) error {
	defer context.AfterFunc(ctx, func() { c.conn.Close() })()
	if each := q.OnResult; each != nil {
		q.OnResult = func(ctx context.Context, b proto.Block) error {
			err := each(ctx, b)
			if err != nil {
				c.conn.Close()
			}
			return err
		}
	}
	err := c.Do(withoutDeadline{ctx}, q)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return cause
	}
	return err
}

// withoutDeadline hides the deadline of a context, not its end: clickhouse-go turns a deadline into max_execution_time,
// over the caller's own setting.
type withoutDeadline struct{ context.Context }

func (withoutDeadline) Deadline() (time.Time, bool) { return time.Time{}, false }

// bounded gives ctx without its deadline, yet ending with it.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	return withoutDeadline{ctx}, cancel
}

// fail calls the test's hook.
func (s *Store) fail(stage string) error {
	if s.o.Failpoint == nil {
		return nil
	}
	return s.o.Failpoint(stage)
}
