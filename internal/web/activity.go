package web

import (
	"errors"
	"net/http"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/event"
)

// activityJSON is an activity as the API gives it.
type activityJSON struct {
	ID      string    `json:"id"`
	Time    time.Time `json:"time"`
	User    string    `json:"user"`
	Action  string    `json:"action"`
	Owner   string    `json:"owner,omitempty"`
	Comment string    `json:"comment,omitempty"`
	Class   string    `json:"class,omitempty"`
	Of      string    `json:"of,omitempty"` // another alert, which this one supersedes
}

// stateJSON is the state of an alert, as it stands in the alert and beside its activity.
type stateJSON struct {
	Status    string     `json:"status"`
	Owner     string     `json:"owner"`
	Class     string     `json:"class"`
	Comments  uint64     `json:"comments"`
	Version   uint64     `json:"version"`
	Changed   *time.Time `json:"changed,omitempty"`
	ChangedBy string     `json:"changed_by,omitempty"`
}

func showState(s alert.State) stateJSON {
	out := stateJSON{Status: s.Status, Owner: s.Owner, Class: s.Class, Comments: s.Comments, Version: s.Version, ChangedBy: s.ChangedBy}
	if s.Version > 0 {
		out.Changed = &s.Changed
	}
	return out
}

func (s *Server) activity(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	list, err := s.desk.Activity(r.Context(), principalOf(r).Tenants, id)
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	out := make([]activityJSON, len(list))
	for i, a := range list {
		out[i] = activityJSON{a.ID, a.Time, a.User, a.Action, a.Owner, a.Comment, a.Class, ""}
		if a.Of != id {
			out[i].Of = a.Of
		}
	}
	answer(w, map[string]any{"activity": out, "state": showState(alert.StateOf(list))})
}

// act does something to an alert. Of two who do so at the same time the second is told who was first.
func (s *Server) act(w http.ResponseWriter, r *http.Request) {
	who := principalOf(r)
	var in struct {
		Action  string  `json:"action"`
		Owner   *string `json:"owner"`
		Comment string  `json:"comment"`
		Class   string  `json:"class"`
		Version *uint64 `json:"version"`
	}
	if !read(w, r, &in) {
		return
	}
	a := alert.Activity{User: who.User, Action: in.Action, Comment: in.Comment, Class: in.Class}
	if in.Owner != nil {
		a.Owner = *in.Owner
	} else if in.Action == alert.Acknowledge || in.Action == alert.Assign {
		a.Owner = who.User
	}
	if err := a.Check(); err != nil {
		problem(w, http.StatusBadRequest, err.Error(), nil)
		return
	}
	state, err := s.desk.Act(r.Context(), principalOf(r).Tenants, r.PathValue("id"), a, in.Version)
	switch {
	case errors.Is(err, alert.ErrConflict):
		problem(w, http.StatusConflict, err.Error(), map[string]any{"state": showState(state)})
	case err != nil:
		s.wrong(w, r, err)
	default:
		s.audit(r, "alert."+a.Action, map[string]any{"alert": r.PathValue("id"), "owner": a.Owner, "class": a.Class})
		answer(w, map[string]any{"state": showState(state)})
	}
}

// evidence streams the events of an alert as NDJSON, as search does.
func (s *Server) evidence(w http.ResponseWriter, r *http.Request) {
	all := r.URL.Query().Get("all")
	if all != "" && all != "true" && all != "false" {
		problem(w, http.StatusBadRequest, "all: want true or false", nil)
		return
	}
	out := newLines(s, w, r)
	out.end(s.desk.Evidence(r.Context(), principalOf(r).Tenants, r.PathValue("id"), all == "true", func(e event.Event) error {
		return out.line(e.AppendJSON(out.buf[:0], nil))
	}))
}

func (s *Server) why(w http.ResponseWriter, r *http.Request) {
	why, err := s.desk.Why(r.Context(), principalOf(r).Tenants, r.PathValue("id"))
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	answer(w, why)
}

// counts gives the alerts that f asks for, by status, and by level within that.
func (s *Server) counts(r *http.Request, f AlertFilter) (map[string]uint64, map[string]map[string]uint64, error) {
	list, err := s.desk.CountAlerts(r.Context(), f)
	totals, levels := map[string]uint64{}, map[string]map[string]uint64{}
	for _, status := range alert.Statuses {
		totals[status], levels[status] = 0, map[string]uint64{}
	}
	for _, c := range list {
		totals[c.Status] += c.Count
		if levels[c.Status] != nil {
			levels[c.Status][c.Level] += c.Count
		}
	}
	return totals, levels, err
}

// lines is an answer of NDJSON that begins with its first line, so that what fails before can be said properly. If it
// breaks off, so does the connection: a client never takes a part for the whole.
type lines struct {
	s       *Server
	w       http.ResponseWriter
	r       *http.Request
	buf     []byte
	begun   bool
	flushed time.Time
}

func newLines(s *Server, w http.ResponseWriter, r *http.Request) *lines {
	return &lines{s: s, w: w, r: r, flushed: s.now()}
}

func (l *lines) begin() {
	if !l.begun {
		l.begun = true
		l.w.Header().Set("Content-Type", "application/x-ndjson")
		l.w.Header().Set("Cache-Control", "no-store")
		l.w.WriteHeader(http.StatusOK)
	}
}

// line writes a line, which becomes the buffer for the next.
func (l *lines) line(b []byte) error {
	l.begin()
	l.buf = append(b, '\n')
	if _, err := l.w.Write(l.buf); err != nil {
		return err
	}
	if now := l.s.now(); now.Sub(l.flushed) > flushEvery {
		l.flushed = now
		return http.NewResponseController(l.w).Flush()
	}
	return nil
}

// end ends the answer, after err if that is not nil.
func (l *lines) end(err error) {
	switch {
	case err == nil:
		l.begin()
	case !l.begun:
		l.s.wrong(l.w, l.r, err)
	default:
		l.s.log.Warn("an answer broke off", "path", l.r.URL.Path, "error", err)
		panic(http.ErrAbortHandler)
	}
}
