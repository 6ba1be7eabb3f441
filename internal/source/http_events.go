package source

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// maxLineErrors bounds the list of errors in a response; the counts are exact.
const maxLineErrors = 100

type lineError struct {
	Line  int    `json:"line"` // from 1
	Error string `json:"error"`
}

type eventsAnswer struct {
	Accepted int         `json:"accepted"`
	Rejected int         `json:"rejected"`
	Errors   []lineError `json:"errors,omitempty"`
}

// events takes NDJSON, one object a line. Lines that are none are reported and counted; the others are stored. It answers
// 200 once they are durable, 400 if no line was good, 503 if the same body must be sent again.
func (h *HTTP) events(w http.ResponseWriter, r *http.Request, who sender) {
	b, ok := h.read(w, r, problem)
	if !ok {
		return
	}
	defer b.free()
	var frames []Frame
	var ans eventsAnswer
	reasons := make(map[string]int)
	line := 0
	for one := range bytes.Lines(b.data) {
		line++
		one = bytes.Trim(one, " \t\r\n")
		if len(one) == 0 {
			continue
		}
		if bad := h.badRecord(one); bad != "" {
			ans.Rejected++
			reasons[bad]++
			if len(ans.Errors) < maxLineErrors {
				ans.Errors = append(ans.Errors, lineError{line, bad})
			}
			continue
		}
		frames = append(frames, Frame{Data: one})
	}
	if !h.hand(w, r, who, requestID(r, who, b.data), frames, problem) {
		return
	}
	ans.Accepted = len(frames)
	h.rejected(r, who, reasons)
	status := http.StatusOK
	if ans.Accepted == 0 && ans.Rejected > 0 {
		status = http.StatusBadRequest
	}
	text, err := json.Marshal(ans)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	answer(w, status, text)
}

// badRecord returns the reason to reject a record, or nothing.
func (h *HTTP) badRecord(b []byte) string {
	switch {
	case len(b) > h.opt.MaxRecord:
		return TooLarge
	case !isObject(b):
		return BadJSON
	}
	return ""
}
