// Package native serves an embedded ClickHouse engine over ClickHouse's native protocol.
//
// It serves what clickhouse-go, ch-go and the product need: hello, ping, SELECT, INSERT by blocks, DDL, settings and
// parameters per query, cancel, compression. It does not serve external and temporary tables, query ids in
// system.processes, server logs and profile events.
package native

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"watchpost/internal/embedded/engine/chdb"
)

// Options of the front.
type Options struct {
	Password       string // of every user name; empty: none is asked for
	MaxConnections int    // clients beyond it are refused with TOO_MANY_SIMULTANEOUS_QUERIES
	MaxBlock       int    // bytes of one inserted block, raw
	HelloTimeout   time.Duration
	WriteTimeout   time.Duration // a client that does not take a reply for so long is dropped
}

// Server answers clients from one engine. Every connection and most statements have an engine session of their own.
type Server struct {
	o       Options
	log     *slog.Logger
	connect func() (*chdb.Conn, error)

	admin    sync.Mutex
	killer   *chdb.Conn
	marker   atomic.Uint64
	sessions atomic.Int64

	Panics    atomic.Uint64 // connections ended by a fault of the front
	Malformed atomic.Uint64 // connections ended by bytes that are not the protocol
	Refused   atomic.Uint64 // statements refused before the engine saw them, wrong passwords, too many connections
}

// NewServer returns a server of the engine that connect opens sessions of. It opens one now and keeps it, so that
// the engine lives as long as the server; Close closes it.
func NewServer(o Options, connect func() (*chdb.Conn, error), log *slog.Logger) (*Server, error) {
	k, err := connect()
	if err != nil {
		return nil, err
	}
	return &Server{o: o, log: log, connect: connect, killer: k}, nil
}

// Close ends the engine. No Serve may be running.
func (s *Server) Close() { s.killer.Close() }

// Serve accepts clients until ctx ends; then it kills the running statements and waits for the sessions.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	var open sync.WaitGroup
	defer open.Wait()
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	for {
		c, err := ln.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return err
			}
			s.log.Warn("accept failed", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond): // out of descriptors: let some close
			}
			continue
		}
		full := s.sessions.Add(1) > int64(s.o.MaxConnections)
		open.Go(func() { s.serveConn(ctx, c, full) })
	}
}

func (s *Server) serveConn(ctx context.Context, c net.Conn, full bool) {
	defer s.sessions.Add(-1)
	defer c.Close()
	defer func() {
		if p := recover(); p != nil {
			n := s.Panics.Add(1)
			s.log.Error("connection ended by a fault of the front", "panic", p, "count", n, "stack", string(debug.Stack()))
		}
	}()
	stop := context.AfterFunc(ctx, func() { c.SetReadDeadline(past) })
	defer stop()

	se := newSession(s, c)
	defer se.close()
	err := se.run(ctx, full)
	var ne net.Error
	switch {
	case err == nil || ctx.Err() != nil:
	case errors.Is(err, errWire):
		n := s.Malformed.Add(1)
		s.log.Warn("connection ended by malformed data", "error", err, "count", n)
	case errors.As(err, &ne) && ne.Timeout():
		s.log.Warn("connection ended: client too slow", "error", err)
	default:
		s.log.Debug("connection ended", "error", err)
	}
}

// authentic compares in constant time; every user name is the same user.
func (s *Server) authentic(password string) bool {
	if s.o.Password == "" {
		return true
	}
	got, want := sha256.Sum256([]byte(password)), sha256.Sum256([]byte(s.o.Password))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

// refused counts and logs what the engine did not get to see.
func (s *Server) refused(err error) error {
	s.log.Warn("refused", "error", err, "count", s.Refused.Add(1))
	return err
}

// mark returns a comment that stands in front of a statement, so that it can be found and killed.
func (s *Server) mark() string { return fmt.Sprintf("/*wp:%d*/", s.marker.Add(1)) }

// kill asks the engine once to end the statement with that mark.
func (s *Server) kill(mark string) {
	s.admin.Lock()
	defer s.admin.Unlock()
	if _, _, err := s.killer.Query("KILL QUERY WHERE startsWith(query, "+quote(mark)+") ASYNC", "Null", nil); err != nil {
		s.log.Warn("kill failed", "error", err)
	}
}

var past = time.Unix(1, 0)
