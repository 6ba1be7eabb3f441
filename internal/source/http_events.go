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

// events takes NDJSON, one object a line, several on a line where nothing stands between them, or one array of objects. Lines that are none are reported and counted; the others are stored. It answers
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
	var over error
	take := func(one []byte) {
		if over != nil {
			return
		}
		if bad := h.badRecord(one); bad != "" {
			ans.Rejected++
			reasons[bad]++
			if len(ans.Errors) < maxLineErrors {
				ans.Errors = append(ans.Errors, lineError{line, bad})
			}
			return
		}
		frames = append(frames, Frame{Data: one})
		over = b.hold(len(frames), recordCost)
	}
	if data := bytes.Trim(b.data, " \t\r\n"); len(data) > 0 && data[0] == '[' && isJSON(data) {
		elements(data, func(one []byte) { line++; take(one) }) // a line is an element here
	} else {
		for one := range bytes.Lines(b.data) {
			line++
			for one = bytes.Trim(one, " \t\r\n"); len(one) > 0 && over == nil; {
				first, rest := firstObject(one)
				if rest = bytes.TrimLeft(rest, " \t\r"); first == nil || len(rest) > 0 && rest[0] != '{' {
					first, rest = one, nil // as a whole it is none
				}
				take(first)
				one = rest
			}
		}
	}
	if over != nil {
		h.bodyError(w, r, problem, over)
		return
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
