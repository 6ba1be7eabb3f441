// Package chdb calls the ClickHouse engine library, libchdb, without cgo.
package chdb

import (
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"strconv"
	"unsafe"

	"github.com/ebitengine/purego"
)

// Version is the release of the library that this binding was written and measured against.
const Version = "26.7.3-stable.1"

// Error is an error of the engine: its number and its text without the "Code: N." in front.
type Error struct {
	Code    int
	Message string
}

func (e *Error) Error() string { return fmt.Sprintf("code %d: %s", e.Code, e.Message) }

var codeText = regexp.MustCompile(`(?s)^\s*Code: (\d+)\. (.*)$`)

func engineError(text string) *Error {
	if m := codeText.FindStringSubmatch(text); m != nil {
		if code, err := strconv.Atoi(m[1]); err == nil {
			return &Error{Code: code, Message: m[2]}
		}
	}
	return &Error{Code: 1001, Message: text} // STD_EXCEPTION: what a server says of an error that is not its own
}

// Library is a loaded libchdb. It is never unloaded: the engine does not survive that.
type Library struct {
	setSignalHandlers func(int32)
	version           func() *byte
	connect           func(argc int32, argv **byte) unsafe.Pointer
	closeConn         func(unsafe.Pointer)

	query        func(conn unsafe.Pointer, q *byte, qn uint, f *byte, fn uint) unsafe.Pointer
	queryParams  func(conn unsafe.Pointer, q *byte, qn uint, f *byte, fn uint, names **byte, namens *uint, values **byte, valuens *uint, n uint) unsafe.Pointer
	stream       func(conn unsafe.Pointer, q *byte, qn uint, f *byte, fn uint) unsafe.Pointer
	streamParams func(conn unsafe.Pointer, q *byte, qn uint, f *byte, fn uint, names **byte, namens *uint, values **byte, valuens *uint, n uint) unsafe.Pointer
	streamFetch  func(conn, stream unsafe.Pointer) unsafe.Pointer
	streamCancel func(conn, stream unsafe.Pointer)
	destroy      func(result unsafe.Pointer)

	buffer      func(unsafe.Pointer) *byte
	length      func(unsafe.Pointer) uint
	errorText   func(unsafe.Pointer) *byte
	rowsRead    func(unsafe.Pointer) uint64
	bytesRead   func(unsafe.Pointer) uint64
	storageRows func(unsafe.Pointer) uint64
	storageByte func(unsafe.Pointer) uint64
	rowsWritten func(unsafe.Pointer) uint64
	byteWritten func(unsafe.Pointer) uint64

	insert        func(conn unsafe.Pointer, q *byte, qn uint, f *byte, fn uint) unsafe.Pointer
	insertAppend  func(st unsafe.Pointer, p *byte, n uint) int32
	insertDone    func(st unsafe.Pointer) unsafe.Pointer
	insertCancel  func(st unsafe.Pointer)
	insertError   func(st unsafe.Pointer) *byte
	insertDestroy func(st unsafe.Pointer)

	classify func(conn unsafe.Pointer, q *byte, qn uint, db *byte, dbn uint, out *analysis) int32
}

// Open loads the library at path (50 to 500 ms, 150 MB resident).
func Open(path string) (*Library, error) {
	// Why loading failed is kept by thread, and asked for in a second call: elsewhere it would be nothing.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	h, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_GLOBAL)
	if err != nil {
		return nil, fmt.Errorf("chdb: load %s: %w", path, err)
	}
	l := &Library{}
	for name, fn := range map[string]any{
		"chdb_set_signal_handlers_enabled": &l.setSignalHandlers,
		"chdb_version":                     &l.version,
		"chdb_connect":                     &l.connect,
		"chdb_close_conn":                  &l.closeConn,
		"chdb_query_n":                     &l.query,
		"chdb_query_with_params_n":         &l.queryParams,
		"chdb_stream_query_n":              &l.stream,
		"chdb_stream_query_with_params_n":  &l.streamParams,
		"chdb_stream_fetch_result":         &l.streamFetch,
		"chdb_stream_cancel_query":         &l.streamCancel,
		"chdb_destroy_query_result":        &l.destroy,
		"chdb_result_buffer":               &l.buffer,
		"chdb_result_length":               &l.length,
		"chdb_result_error":                &l.errorText,
		"chdb_result_rows_read":            &l.rowsRead,
		"chdb_result_bytes_read":           &l.bytesRead,
		"chdb_result_storage_rows_read":    &l.storageRows,
		"chdb_result_storage_bytes_read":   &l.storageByte,
		"chdb_result_rows_written":         &l.rowsWritten,
		"chdb_result_bytes_written":        &l.byteWritten,
		"chdb_stream_insert_n":             &l.insert,
		"chdb_stream_append":               &l.insertAppend,
		"chdb_stream_done":                 &l.insertDone,
		"chdb_stream_cancel_insert":        &l.insertCancel,
		"chdb_stream_insert_error":         &l.insertError,
		"chdb_destroy_insert_stream":       &l.insertDestroy,
		"chdb_classify_query_n":            &l.classify,
	} {
		sym, err := purego.Dlsym(h, name)
		if err != nil {
			return nil, fmt.Errorf("chdb: %s lacks %s: %s or later of the library is needed", path, name, Version)
		}
		purego.RegisterFunc(fn, sym)
	}
	l.setSignalHandlers(0) // Go's own handlers stay: a nil dereference must remain a panic
	return l, nil
}

// Release is what the library says its version is.
func (l *Library) Release() string { return text(l.version()) }

// Conn is a session of the engine. One statement at a time; several Conns run in parallel.
type Conn struct {
	l    *Library
	p    unsafe.Pointer // what chdb_connect gave, for closing
	conn unsafe.Pointer // *p, for everything else
}

// Connect opens a session. The first one starts the engine: args are "--path=…", "--config-file=…" and
// "--setting=value". Every Conn of a process must name the same path. The engine writes why it refuses to stderr only.
func (l *Library) Connect(args ...string) (*Conn, error) {
	argv := make([]*byte, 0, len(args)+1)
	for _, a := range append([]string{"clickhouse"}, args...) {
		argv = append(argv, &append([]byte(a), 0)[0])
	}
	p := l.connect(int32(len(argv)), &argv[0])
	runtime.KeepAlive(argv)
	if p == nil {
		return nil, errors.New("chdb: the engine did not open its data (its reason is on stderr)")
	}
	return &Conn{l: l, p: p, conn: *(*unsafe.Pointer)(p)}, nil
}

// Close ends the session; closing the last one shuts the engine down.
func (c *Conn) Close() {
	if c.p != nil {
		c.l.closeConn(c.p)
		c.p, c.conn = nil, nil
	}
}

// Stats counts what a statement read and wrote.
type Stats struct {
	RowsRead, BytesRead, RowsWritten, BytesWritten uint64
}

func (s *Stats) add(l *Library, r unsafe.Pointer) {
	s.RowsRead += max(l.rowsRead(r), l.storageRows(r))
	s.BytesRead += max(l.bytesRead(r), l.storageByte(r))
	s.RowsWritten += l.rowsWritten(r)
	s.BytesWritten += l.byteWritten(r)
}

// Param is a query parameter: {name:Type} in the text. Value is in the engine's escaped text form.
type Param struct{ Name, Value string }

// Query runs one statement and returns its whole result in the named format.
// The text must hold one statement and no data (see Classify): the engine runs every statement it finds.
func (c *Conn) Query(sql, format string, params []Param) ([]byte, Stats, error) {
	q, f := []byte(sql), []byte(format)
	var r unsafe.Pointer
	if len(params) == 0 {
		r = c.l.query(c.conn, first(q), uint(len(q)), first(f), uint(len(f)))
	} else {
		a := newParams(params)
		r = c.l.queryParams(c.conn, first(q), uint(len(q)), first(f), uint(len(f)),
			&a.names[0], &a.nameLens[0], &a.values[0], &a.valueLens[0], uint(len(params)))
		runtime.KeepAlive(a)
	}
	var st Stats
	if r == nil {
		return nil, st, errors.New("chdb: no result")
	}
	defer c.l.destroy(r)
	if e := text(c.l.errorText(r)); e != "" {
		return nil, st, engineError(e)
	}
	st.add(c.l, r)
	return append([]byte(nil), c.l.bytes(r)...), st, nil
}

// Stream is a running SELECT. Close it before the next statement on its Conn.
type Stream struct {
	c     *Conn
	s     unsafe.Pointer
	chunk unsafe.Pointer
	ended bool
	Stats Stats
}

// Stream starts a SELECT whose result is pulled chunk by chunk. Other statements give Code 36, see IsNotStreamable.
func (c *Conn) Stream(sql, format string, params []Param) (*Stream, error) {
	q, f := []byte(sql), []byte(format)
	var s unsafe.Pointer
	if len(params) == 0 {
		s = c.l.stream(c.conn, first(q), uint(len(q)), first(f), uint(len(f)))
	} else {
		a := newParams(params)
		s = c.l.streamParams(c.conn, first(q), uint(len(q)), first(f), uint(len(f)),
			&a.names[0], &a.nameLens[0], &a.values[0], &a.valueLens[0], uint(len(params)))
		runtime.KeepAlive(a)
	}
	if s == nil {
		return nil, errors.New("chdb: no stream")
	}
	if e := text(c.l.errorText(s)); e != "" {
		c.l.destroy(s)
		return nil, engineError(e)
	}
	return &Stream{c: c, s: s}, nil
}

// Next returns the next chunk, nil at the end. The bytes are the engine's and valid until the next call.
func (s *Stream) Next() ([]byte, error) {
	l := s.c.l
	s.free()
	if s.ended {
		return nil, nil
	}
	r := l.streamFetch(s.c.conn, s.s)
	if r == nil {
		s.ended = true
		return nil, nil
	}
	s.chunk = r
	if e := text(l.errorText(r)); e != "" {
		s.ended = true
		return nil, engineError(e)
	}
	s.Stats.add(l, r)
	b := l.bytes(r)
	if len(b) == 0 {
		s.ended = true
		return nil, nil
	}
	return b, nil
}

// Close ends the statement, finished or not, and frees what it held.
func (s *Stream) Close() {
	s.free()
	if !s.ended {
		s.c.l.streamCancel(s.c.conn, s.s)
	}
	s.c.l.destroy(s.s)
	s.s = nil
}

func (s *Stream) free() {
	if s.chunk != nil {
		s.c.l.destroy(s.chunk)
		s.chunk = nil
	}
}

// Insert is a running INSERT whose rows come as bytes, apart from the statement's text.
type Insert struct {
	c *Conn
	s unsafe.Pointer
}

// Insert starts an INSERT; sql is "INSERT INTO t (columns) SETTINGS …" without FORMAT and data.
func (c *Conn) Insert(sql, format string) (*Insert, error) {
	q, f := []byte(sql), []byte(format)
	s := c.l.insert(c.conn, first(q), uint(len(q)), first(f), uint(len(f)))
	if s == nil {
		return nil, errors.New("chdb: no insert stream")
	}
	in := &Insert{c: c, s: s}
	if e := text(c.l.insertError(s)); e != "" {
		in.Cancel()
		return nil, engineError(e)
	}
	return in, nil
}

// Append hands over data, which the engine copies. After an error only Cancel may follow.
func (in *Insert) Append(p []byte) error {
	if len(p) == 0 {
		return nil
	}
	rc := in.c.l.insertAppend(in.s, &p[0], uint(len(p)))
	runtime.KeepAlive(p)
	if rc == 0 {
		return nil
	}
	if e := text(in.c.l.insertError(in.s)); e != "" {
		return engineError(e)
	}
	return fmt.Errorf("chdb: insert stream: status %d", rc)
}

// Done finishes the insert: without an error the rows are stored. The Insert is spent.
func (in *Insert) Done() (Stats, error) {
	var st Stats
	defer in.destroy()
	r := in.c.l.insertDone(in.s)
	if r == nil {
		if e := text(in.c.l.insertError(in.s)); e != "" {
			return st, engineError(e)
		}
		return st, errors.New("chdb: no result of the insert")
	}
	defer in.c.l.destroy(r)
	if e := text(in.c.l.errorText(r)); e != "" {
		return st, engineError(e)
	}
	st.add(in.c.l, r)
	return st, nil
}

// Cancel drops the insert: what was not yet written as a part is gone. The Insert is spent.
func (in *Insert) Cancel() {
	in.c.l.insertCancel(in.s)
	in.destroy()
}

func (in *Insert) destroy() {
	in.c.l.insertDestroy(in.s)
	in.s = nil
}

// Class says what a statement does.
type Class uint32

// The engine's own classes of statements.
const (
	ReadOnly Class = iota
	Mutating
	MutatingGlobal
	Control
	Unknown // did not parse
)

type analysis struct{ size, statements, _, class uint32 }

// Classify asks the engine's own parser how many statements the text holds and what the most powerful one does.
func (c *Conn) Classify(sql string) (class Class, statements int, err error) {
	q := []byte(sql)
	a := &analysis{size: uint32(unsafe.Sizeof(analysis{}))}
	if rc := c.l.classify(c.conn, first(q), uint(len(q)), nil, 0, a); rc != 0 {
		return Unknown, 0, fmt.Errorf("chdb: classify: status %d", rc)
	}
	return Class(a.class), int(a.statements), nil
}

func (l *Library) bytes(r unsafe.Pointer) []byte {
	p, n := l.buffer(r), l.length(r)
	if p == nil || n == 0 {
		return nil
	}
	return unsafe.Slice(p, n)
}

type paramArrays struct {
	names, values       []*byte
	nameLens, valueLens []uint
}

func newParams(ps []Param) *paramArrays {
	a := &paramArrays{}
	for _, p := range ps {
		a.names = append(a.names, &append([]byte(p.Name), 0)[0])
		a.nameLens = append(a.nameLens, uint(len(p.Name)))
		a.values = append(a.values, &append([]byte(p.Value), 0)[0])
		a.valueLens = append(a.valueLens, uint(len(p.Value)))
	}
	return a
}

func first(b []byte) *byte {
	if len(b) == 0 {
		return new(byte)
	}
	return &b[0]
}

func text(p *byte) string {
	if p == nil {
		return ""
	}
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(p), n)) != 0 {
		n++
	}
	return string(unsafe.Slice(p, n))
}
