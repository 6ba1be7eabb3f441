package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/hunt"
)

// stream writes NDJSON. Its methods may be called from several goroutines.
type stream struct {
	mu      sync.Mutex
	w       http.ResponseWriter
	now     func() time.Time
	begun   bool
	flushed time.Time
	line    []byte
}

func newStream(w http.ResponseWriter, now func() time.Time) *stream {
	return &stream{w: w, now: now, flushed: now()}
}

func (st *stream) begin() {
	if !st.begun {
		st.begun = true
		st.w.Header().Set("Content-Type", "application/x-ndjson")
		st.w.Header().Set("Cache-Control", "no-store")
		st.w.WriteHeader(http.StatusOK)
	}
}

// open begins the answer, if nothing has.
func (st *stream) open() {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.begin()
}

func (st *stream) started() bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.begun
}

// event writes an event with some fields; nil is all.
func (st *stream) event(e event.Event, show []event.Field) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.line = append(e.AppendJSON(st.line[:0], show), '\n')
	return st.write(st.line, flushEvery)
}

// tell writes a line that is no event, at once.
func (st *stream) tell(name string, v any) error {
	line, err := json.Marshal(map[string]any{name: v})
	if err != nil {
		return err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.write(append(line, '\n'), 0)
}

// raw writes a line that is made already; nil only flushes.
func (st *stream) raw(line []byte) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.write(line, 0)
}

func (st *stream) write(line []byte, every time.Duration) error {
	st.begin()
	if _, err := st.w.Write(line); err != nil {
		return err
	}
	if now := st.now(); now.Sub(st.flushed) >= every {
		st.flushed = now
		return http.NewResponseController(st.w).Flush()
	}
	return nil
}

// end is the last line of a stream that tells its progress.
type end struct {
	Complete bool   `json:"complete"`
	Reason   string `json:"reason,omitempty"` // why it is not
	Cursor   string `json:"cursor,omitempty"` // for Search.After, if there may be more
}

// search streams the events of a hunt as NDJSON. If it breaks off, so does the connection, unless progress is asked for, whose last line then says so: a
// client never takes a part for the whole.
func (s *Server) search(w http.ResponseWriter, r *http.Request) {
	var in struct {
		hunt.Search
		unlisted
		Progress bool `json:"progress"`
	}
	if !read(w, r, &in) {
		return
	}
	q, err := s.checked(in.Search, r)
	if err == nil && q.Pipe != nil {
		err = hunt.ErrTable
	}
	if err != nil {
		refuse(w, err)
		return
	}
	s.audit(r, "search", in.told(asked(in.Search)))
	out := newStream(w, s.now)
	ctx := r.Context()
	if in.Progress && mine(principalOf(r)) == nil { // how much is read tells of others' rows: see Table
		ctx = hunt.WithProgress(ctx, func(p hunt.Progress) { out.tell("_progress", p) }) // that the client is gone shows elsewhere
	}
	found, last := 0, ""
	err = s.desk.Events(ctx, q, func(e event.Event) error {
		if found++; in.Progress && found == q.Limit {
			last = hunt.Cursor(e)
		}
		return out.event(e, q.Show)
	})
	switch {
	case err == nil && in.Progress:
		out.tell("_end", end{Complete: true, Cursor: last})
	case err == nil:
		out.open()
	case !out.started():
		s.failed(w, r, err)
	case in.Progress && r.Context().Err() == nil:
		reason := "the store did not finish it"
		if errors.Is(err, ErrOverBudget) {
			reason = ErrOverBudget.Error()
		}
		s.log.Warn("hunt broke off", "error", err)
		out.tell("_end", end{Reason: reason})
	default:
		s.log.Warn("hunt broke off", "error", err)
		panic(http.ErrAbortHandler)
	}
}
