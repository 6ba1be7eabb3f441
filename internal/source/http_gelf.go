package source

import (
	"bytes"
	"net/http"
)

// gelf adds Graylog's input over HTTP. Like Graylog's it answers 202.
func (h *HTTP) gelf(mux *http.ServeMux) {
	mux.HandleFunc("POST /gelf", h.admit(h.gelfMessages, problem))
}

// gelfMessages takes JSON objects one behind the other. What is none is counted and answered with 400; the others are stored.
func (h *HTTP) gelfMessages(w http.ResponseWriter, r *http.Request, who sender) {
	b, ok := h.read(w, r, problem)
	if !ok {
		return
	}
	defer b.free()
	set := h.records(b)
	for rest := bytes.TrimLeft(b.data, " \t\r\n\x00"); len(rest) > 0 && set.over == nil; {
		var one []byte
		if one, rest = firstObject(rest); one != nil {
			set.add(func(dst []byte) []byte { return append(append(append(dst, `{"gelf":`...), one...), '}') })
		} else {
			set.reject(BadJSON)
			_, rest, _ = bytes.Cut(rest, []byte("\n"))
		}
		rest = bytes.TrimLeft(rest, " \t\r\n\x00")
	}
	if !h.deliver(w, r, who, b.data, set, problem) {
		return
	}
	switch {
	case set.first != "":
		problem(w, http.StatusBadRequest, set.first)
	case len(set.ends) == 0:
		problem(w, http.StatusBadRequest, "the body is empty")
	default:
		w.WriteHeader(http.StatusAccepted)
	}
}
