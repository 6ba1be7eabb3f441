package source

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"time"
)

// Lines says how the records of a request are to be read that hands over lines of files.
type Lines struct {
	Format string         // auto, syslog or json
	Zone   *time.Location // of times that state none; nil: as for any other sender
	Own    bool           // each record's own time counts, however old
	Year   int64          // Unix nanoseconds: a time without year is the newest that is not behind it by more than a day; 0: the receipt
	File   string         // for log.file.path
}

// lines takes text, a record a line: POST /api/v1/lines?format=auto&tz=Europe/Berlin&time=own&year=2024-02-01T00:00:00Z&file=NAME. Empty
// lines are none. It answers as events does.
func (h *HTTP) lines(w http.ResponseWriter, r *http.Request, who sender) {
	l, err := linesOf(r)
	if err != nil {
		h.refuseSaying(w, r, problem, http.StatusBadRequest, "how to read the lines is not clear", err.Error())
		return
	}
	b, ok := h.read(w, r, problem)
	if !ok {
		return
	}
	defer b.free()
	var frames []Frame
	var ans eventsAnswer
	reasons := map[string]int{}
	n := 0
	for one := range bytes.Lines(b.data) {
		n++
		one = bytes.TrimRight(one, "\r\n")
		switch {
		case len(bytes.TrimSpace(one)) == 0:
		case len(one) > h.opt.MaxRecord:
			ans.Rejected++
			reasons[TooLarge]++
			if len(ans.Errors) < maxLineErrors {
				ans.Errors = append(ans.Errors, lineError{n, TooLarge})
			}
		default:
			frames = append(frames, Frame{Data: one})
			if err := b.hold(len(frames), recordCost); err != nil {
				h.bodyError(w, r, problem, err)
				return
			}
		}
	}
	o := *h.origin(r, who)
	o.Lines = l
	id := requestID(r, who, append([]byte(r.URL.RawQuery+"\x00"), b.data...))
	if len(frames) > 0 {
		ctx, cancel := context.WithTimeout(r.Context(), h.opt.RequestTimeout)
		defer cancel()
		if err := h.sink.Request(ctx, &o, time.Now().UnixNano(), id, frames); err != nil {
			h.counts.warn("request not acknowledged", "error", err, "peer", r.RemoteAddr)
			h.later(w, r, problem, "the events are not durable yet")
			return
		}
	}
	h.counts.took(frames)
	ans.Accepted = len(frames)
	h.rejected(r, who, reasons)
	text, err := json.Marshal(ans)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	answer(w, http.StatusOK, text)
}

func linesOf(r *http.Request) (*Lines, error) {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "text/plain" {
		return nil, fmt.Errorf("Content-Type should be text/plain")
	}
	l := &Lines{Format: "auto"}
	for key, values := range r.URL.Query() {
		v := values[0]
		switch key {
		case "format":
			if v != "auto" && v != "syslog" && v != "json" {
				return nil, fmt.Errorf("format: %.20q should be auto, syslog or json", v)
			}
			l.Format = v
		case "tz":
			loc, err := time.LoadLocation(v)
			if err != nil || v == "Local" {
				return nil, fmt.Errorf("tz: %.80q is no name of a zone", v)
			}
			l.Zone = loc
		case "time":
			if v != "own" && v != "receipt" {
				return nil, fmt.Errorf("time: %.20q should be own or receipt", v)
			}
			l.Own = v == "own"
		case "year":
			t, err := time.Parse(time.RFC3339Nano, v)
			if err != nil || t.Year() < 1970 || t.Year() > 2261 {
				return nil, fmt.Errorf("year: %.40q should be an RFC 3339 time", v)
			}
			l.Year = t.UnixNano()
		case "file":
			if len(v) > 4096 {
				return nil, fmt.Errorf("file: longer than 4096 bytes")
			}
			l.File = v
		default:
			return nil, fmt.Errorf("%.40q is no parameter; known: format, tz, time, year, file", key)
		}
	}
	return l, nil
}
