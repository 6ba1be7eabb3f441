package native

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/ClickHouse/ch-go/compress"

	"watchpost/internal/embedded/engine/chdb"
)

// session is one client. Its goroutine owns all of it, but for the time in which watch reads ahead.
type session struct {
	s     *Server
	c     net.Conn
	in    *reader
	rev   int
	bare  bool       // the client takes a result without rows without a header
	base  *chdb.Conn // for statements without settings of their own, and what SET and USE change
	state []string   // SET and USE statements that every other engine session of this client repeats

	out    []byte // reply not yet written
	walk   walker
	frames *frames
	data   *reader // over frames
	lz4    *compress.Writer
}

const (
	readBuffer = 128 << 10
	keepBuffer = 8 << 20 // larger buffers are given back after a statement
	frameSize  = 1 << 20
	maxState   = 64
)

func newSession(s *Server, c net.Conn) *session {
	return &session{s: s, c: c, in: newReader(c, readBuffer)}
}

func (se *session) close() {
	if se.base != nil {
		se.base.Close()
	}
	if se.frames != nil {
		se.frames.close()
	}
}

func (se *session) run(ctx context.Context, full bool) error {
	se.c.SetReadDeadline(time.Now().Add(se.s.o.HelloTimeout))
	if err := se.hello(full); err != nil {
		return err
	}
	se.c.SetReadDeadline(time.Time{})
	for ctx.Err() == nil {
		code, err := se.in.byte()
		if err != nil {
			if err == io.EOF {
				return nil
			}
			return err
		}
		switch code {
		case clientPing:
			se.out = append(se.out, serverPong)
		case clientCancel: // came after the statement had ended
		case clientQuery:
			err = se.query(ctx)
		default:
			err = wireErr("packet %d", code)
		}
		if err != nil {
			if errors.Is(err, errWire) {
				se.exception(refuse(101, err.Error()))
				se.flush()
			}
			return err
		}
		if err := se.flush(); err != nil {
			return err
		}
		se.trim()
	}
	return nil
}

// rowsOnly ends the name of a client that does not want to know the columns of a result without rows. The engine does not say them then, and to ask for
// them costs a statement more.
const rowsOnly = "(rows only)"

// hello answers the first packet: who are you, what do you speak.
func (se *session) hello(full bool) error {
	h, err := decodeHello(se.in)
	if err != nil {
		if err == io.EOF {
			return nil
		}
		return err
	}
	fail := func(code int, msg string) error {
		err := se.s.refused(refuse(code, msg))
		se.exception(err)
		se.flush()
		return err
	}
	switch {
	case full:
		return fail(202, "Too many connections to the embedded engine")
	case h.revision < minRevision:
		return fail(1001, "Client is too old for the embedded engine")
	case !se.s.authentic(h.password):
		return fail(516, h.user+": Authentication failed: password is incorrect, or there is no user with such name.")
	}
	se.rev, se.bare = min(h.revision, revision), strings.HasSuffix(h.client, rowsOnly)
	if se.base, err = se.s.connect(); err != nil {
		return fail(1000, err.Error())
	}
	if h.database != "" && h.database != "default" {
		use := "USE " + quoteName(h.database)
		if _, _, err := se.base.Query(use, "Null", nil); err != nil {
			se.exception(err)
			se.flush()
			return err
		}
		se.state = append(se.state, use)
	}
	se.out = append(se.out, serverHello)
	se.out = putStr(se.out, "ClickHouse")
	se.out = putUvarint(append(se.out, 26, 7), revision)
	se.out = putStr(putStr(se.out, "UTC"), "watchpost")
	se.out = append(se.out, 3)
	if err := se.flush(); err != nil {
		return err
	}
	if se.rev >= revAddendum {
		_, err = se.in.str(maxName, "quota key")
	}
	return err
}

// query runs one query packet. An error that it returns ends the connection; all others become exceptions.
func (se *session) query(ctx context.Context) error {
	q, err := decodeQuery(se.in, se.rev)
	fault := err
	if err != nil && !isEngine(err) {
		return err
	}
	if external, err := se.skipData(q.compress); err != nil {
		return err
	} else if external && fault == nil {
		fault = refuse(codeNotImplemented, "external tables are not served by the embedded engine")
	}
	if fault == nil {
		fault = se.execute(ctx, q)
	}
	if fault == nil {
		se.out = append(se.out, serverEndOfStream)
		return nil
	}
	if !isEngine(fault) {
		return fault
	}
	se.exception(fault)
	return nil
}

func isEngine(err error) bool {
	var e *chdb.Error
	return errors.As(err, &e)
}

// execute runs one statement on the right engine session.
func (se *session) execute(ctx context.Context, q query) error {
	st, err := parseStatement(q.body)
	if err != nil {
		return se.s.refused(err)
	}
	if st.word == "SET" || st.word == "USE" {
		return se.change(ctx, st)
	}
	conn := se.base
	if len(q.settings) > 0 {
		// A session of its own: nothing of these settings can leak, readonly among them cannot be undone.
		if conn, err = se.fresh(q.settings); err != nil {
			return err
		}
		defer conn.Close()
	}
	if st.insert != nil {
		return se.insert(ctx, conn, st.insert, q.compress)
	}
	class, n, err := conn.Classify(st.text)
	if err != nil {
		return refuse(1002, err.Error())
	}
	if n > 1 {
		return se.s.refused(refuse(codeSyntax, "Syntax error: Multi-statements are not allowed"))
	}
	return se.answer(ctx, conn, st, q, class, n)
}

// change runs SET or USE, which hold for the rest of the client's connection.
func (se *session) change(ctx context.Context, st statement) error {
	if len(se.state) == maxState {
		return refuse(codeNotImplemented, "too many SET and USE statements on one connection")
	}
	if _, n, err := se.base.Classify(st.text); err != nil || n != 1 {
		return se.s.refused(refuse(codeSyntax, "Syntax error: one SET or USE statement expected"))
	}
	if _, _, err := se.base.Query(st.text, "Null", nil); err != nil {
		return asEngine(err)
	}
	se.state = append(se.state, st.text)
	return nil
}

// fresh opens an engine session with the client's state and these settings; readonly goes last, as it forbids the rest.
func (se *session) fresh(settings []setting) (*chdb.Conn, error) {
	conn, err := se.s.connect()
	if err != nil {
		return nil, asEngine(err)
	}
	do := func(sql string) bool {
		if _, _, err1 := conn.Query(sql, "Null", nil); err1 != nil {
			err = asEngine(err1)
		}
		return err == nil
	}
	var first, last []string
	for _, s := range settings {
		if kv := s.name + " = " + quote(s.value); s.name == "readonly" || s.name == "allow_ddl" {
			last = append(last, kv)
		} else {
			first = append(first, kv)
		}
	}
	for _, sql := range se.state {
		if !do(sql) {
			break
		}
	}
	for _, list := range [][]string{first, last} {
		if err == nil && len(list) > 0 {
			do("SET " + strings.Join(list, ", "))
		}
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

func asEngine(err error) error {
	if err == nil || isEngine(err) {
		return err
	}
	return &chdb.Error{Code: 1002, Message: err.Error()}
}

// exception appends an error packet.
func (se *session) exception(err error) {
	e := &chdb.Error{Code: 1002, Message: err.Error()}
	errors.As(err, &e)
	se.out = append(se.out, serverException)
	se.out = binary.LittleEndian.AppendUint32(se.out, uint32(e.Code))
	se.out = putStr(putStr(putStr(se.out, "DB::Exception"), e.Message), "")
	se.out = append(se.out, 0)
}

// flush writes what is due to the client.
func (se *session) flush() error {
	if len(se.out) == 0 {
		return nil
	}
	se.c.SetWriteDeadline(time.Now().Add(se.s.o.WriteTimeout))
	_, err := se.c.Write(se.out)
	se.out = se.out[:0]
	return err
}

// trim gives large buffers back, so that an idle client holds little.
func (se *session) trim() {
	if cap(se.out) > keepBuffer {
		se.out = nil
	}
	if cap(se.walk.out) > keepBuffer {
		se.walk.out = nil
	}
	if f := se.frames; f != nil && cap(f.data)+cap(f.raw) > keepBuffer {
		f.raw, f.data, f.pos = nil, nil, 0
	}
	if se.lz4 != nil && cap(se.lz4.Data) > keepBuffer {
		se.lz4 = nil
	}
}
