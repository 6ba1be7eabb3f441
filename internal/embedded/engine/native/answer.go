package native

import (
	"context"
	"errors"
	"strings"
	"time"

	"watchpost/internal/embedded/engine/chdb"
)

// answer runs a statement that brings no rows and sends its result. parsed is how many statements the engine's
// parser found: at 0 the text goes the way that refuses more than one, which then names the syntax error.
func (se *session) answer(ctx context.Context, conn *chdb.Conn, st statement, q query, class chdb.Class, parsed int) error {
	mark := se.s.mark()
	done := se.watch(ctx, mark)
	defer done()
	var err error
	streams := st.word == "SELECT" || st.word == "WITH" || st.word == "FROM" || st.word == "("
	if streams || parsed == 0 {
		err = se.stream(conn, mark, st, q, class)
		if parsed == 0 || !notStreamable(err) {
			return err
		}
	}
	b, stats, err := conn.Query(mark+st.text, "Native", q.params)
	if err != nil {
		return asEngine(err)
	}
	if len(b) > 0 {
		_, err = se.sendBlocks(b, q.compress, true)
	} else if class == chdb.ReadOnly {
		err = se.emptyResult(conn, st, q)
	}
	if err == nil {
		se.progress(stats)
	}
	return err
}

func notStreamable(err error) bool {
	var e *chdb.Error
	return errors.As(err, &e) && e.Code == 36 && strings.Contains(e.Message, "Streaming query is not supported")
}

// stream sends the result of a SELECT as the engine yields it.
func (se *session) stream(conn *chdb.Conn, mark string, st statement, q query, class chdb.Class) error {
	rows, stats, err := se.pump(conn, mark+st.text, q)
	if err != nil {
		return err
	}
	if rows == 0 && class == chdb.ReadOnly && !se.bare {
		if err := se.emptyResult(conn, st, q); err != nil {
			return err
		}
	}
	se.out = append(se.out, serverProfile)
	for _, v := range []uint64{rows, 1, stats.BytesRead} {
		se.out = putUvarint(se.out, v)
	}
	se.out = append(se.out, 0, 0, 0)
	se.progress(stats)
	return nil
}

// pump sends chunk after chunk and returns the number of rows.
func (se *session) pump(conn *chdb.Conn, text string, q query) (rows uint64, _ chdb.Stats, err error) {
	s, err := conn.Stream(text, "Native", q.params)
	if err != nil {
		return 0, chdb.Stats{}, asEngine(err)
	}
	defer s.Close()
	for first := true; ; first = false {
		chunk, err := s.Next()
		if err != nil || chunk == nil {
			return rows, s.Stats, asEngine(err)
		}
		n, err := se.sendBlocks(chunk, q.compress, first)
		rows += n
		if err != nil {
			return rows, s.Stats, err
		}
	}
}

// emptyResult sends the header of a result without rows, which the engine's Native output leaves out.
func (se *session) emptyResult(conn *chdb.Conn, st statement, q query) error {
	columns, err := describe(conn, "("+st.text+"\n)", q.params)
	if err == nil {
		var names, types []string
		for _, c := range columns {
			names, types = append(names, c.name), append(types, c.typ)
		}
		return se.sendHeader(names, types, q.compress)
	}
	// SHOW and the like cannot be described: run them again in a format that has a header.
	b, _, err := conn.Query(st.text, "TSVWithNamesAndTypes", q.params)
	if err != nil {
		return asEngine(err)
	}
	head, rest, _ := strings.Cut(string(b), "\n")
	kinds, _, _ := strings.Cut(rest, "\n")
	if head == "" {
		return nil
	}
	names, types := strings.Split(head, "\t"), strings.Split(kinds, "\t")
	if len(names) != len(types) {
		return nil
	}
	return se.sendHeader(names, types, q.compress)
}

// progress tells what was read and written; rows and bytes of the whole statement at once.
func (se *session) progress(st chdb.Stats) {
	se.out = append(se.out, serverProgress)
	for _, v := range []uint64{st.RowsRead, st.BytesRead, 0, st.RowsWritten, st.BytesWritten} {
		se.out = putUvarint(se.out, v)
	}
	if se.rev >= revElapsed {
		se.out = putUvarint(se.out, 0)
	}
}

// watch looks at the client while a statement runs: when it cancels or leaves, or ctx ends, the statement is killed,
// again and again until it has ended (it may not have begun). The returned func ends the watch; until it has
// returned, nobody else may read from the client.
func (se *session) watch(ctx context.Context, mark string) (done func()) {
	over, stopped, gone := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		err := se.in.need(1)
		select {
		case <-over:
			return
		default:
		}
		if err == nil {
			if se.in.buffered()[0] != clientCancel {
				return // a client that does not wait for its answer: nothing to watch any more
			}
			se.in.r++
		}
		close(gone)
	}()
	killed := make(chan struct{})
	go func() {
		defer close(killed)
		select {
		case <-over:
			return
		case <-gone:
		case <-ctx.Done():
		}
		t := time.NewTicker(20 * time.Millisecond)
		defer t.Stop()
		for {
			se.s.kill(mark)
			select {
			case <-over:
				return
			case <-t.C:
			}
		}
	}()
	return func() {
		close(over)
		se.c.SetReadDeadline(past)
		<-stopped
		<-killed
		if ctx.Err() == nil {
			se.c.SetReadDeadline(time.Time{})
		}
	}
}
