package source

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/klauspost/compress/s2"
	"google.golang.org/protobuf/encoding/protowire"
)

// loki adds the push of Grafana Loki, and what its agents ask before.
func (h *HTTP) loki(mux *http.ServeMux) {
	for _, path := range []string{"/loki/api/v1/push", "/api/prom/push"} {
		mux.HandleFunc("POST "+path, h.admit(h.lokiPush, lokiError))
	}
	mux.HandleFunc("GET /ready", func(w http.ResponseWriter, r *http.Request) {
		if h.draining.Load() {
			lokiError(w, http.StatusServiceUnavailable, stopping)
			return
		}
		w.Write([]byte("ready\n"))
	})
}

// lokiError is a line of text, as Loki has it.
func lokiError(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	w.Write([]byte(detail + "\n"))
}

// lokiPush takes streams of lines, as JSON or as snappy-compressed protobuf. What cannot be read is counted and answered
// with 400; the other lines are stored.
func (h *HTTP) lokiPush(w http.ResponseWriter, r *http.Request, who sender) {
	isJSONBody := strings.HasPrefix(r.Header.Get("Content-Type"), "application/json")
	if !isJSONBody && strings.EqualFold(r.Header.Get("Content-Encoding"), "snappy") {
		r.Header.Del("Content-Encoding") // the type says so too
	}
	b, ok := h.read(w, r, lokiError)
	if !ok {
		return
	}
	defer b.free()
	set := h.records(b)
	var err error
	if isJSONBody {
		err = lokiJSON(b.data, set)
	} else {
		var raw []byte
		if raw, err = h.unsnap(b); err == nil {
			err = lokiProto(raw, set)
		}
	}
	var large tooLarge
	switch {
	case errors.As(err, &large):
		h.refuse(w, r, lokiError, http.StatusRequestEntityTooLarge, err.Error())
		return
	case errors.Is(err, errBusy):
		h.later(w, r, lokiError, err.Error())
		return
	case err != nil: // what was read of it is good
		set.reject(BadEvent)
	}
	if !h.deliver(w, r, who, b.data, set, lokiError) {
		return
	}
	if set.first != "" {
		lokiError(w, http.StatusBadRequest, strconv.Itoa(set.rejected())+" entries rejected: "+set.first)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// unsnap decompresses a body that is one block of snappy, which states its size first.
func (h *HTTP) unsnap(b *body) ([]byte, error) {
	n, err := s2.DecodedLen(b.data)
	switch {
	case err != nil:
		return nil, errors.New("the body is not snappy")
	case n > h.opt.MaxDecoded:
		return nil, tooLarge("the decoded body is too large")
	case n > 1<<20 && n/h.opt.MaxRatio > len(b.data):
		return nil, tooLarge("the body is compressed beyond the allowed ratio")
	}
	b.extra += n
	if h.buffered.Add(int64(n)) > int64(h.opt.MaxBuffered) {
		return nil, errBusy
	}
	out, err := s2.Decode(nil, b.data)
	if err != nil {
		return nil, errors.New("the body is not snappy")
	}
	return out, nil
}

var errBroken = errors.New("the body cannot be read to its end")

// lokiJSON reads {"streams":[{"stream":{…},"values":[["ns","line",{…}],…]},…]}.
func lokiJSON(data []byte, set *records) error {
	if !isObject(data) {
		return errBroken
	}
	members(data, func(name, v []byte) {
		if string(name) != "streams" {
			return
		}
		elements(v, func(stream []byte) {
			labels, values := []byte("{}"), []byte(nil)
			members(stream, func(name, v []byte) {
				switch string(name) {
				case "stream":
					labels = v
				case "values":
					values = v
				}
			})
			elements(values, func(entry []byte) {
				var part [3][]byte
				n := 0
				elements(entry, func(v []byte) {
					if n < len(part) {
						part[n] = v
					}
					n++
				})
				if labels[0] != '{' || n < 2 || !isText(part[0]) || !isText(part[1]) || n > 2 && part[2][0] != '{' {
					set.reject(BadEvent)
					return
				}
				set.add(func(dst []byte) []byte { return lokiRecord(dst, part[0], part[1], labels, part[2]) })
			})
		})
	})
	return nil
}

// lokiRecord writes a line with what belongs to it; all are JSON already.
func lokiRecord(dst, ts, line, labels, metadata []byte) []byte {
	dst = append(append(append(dst, `{"loki":{"ts":`...), ts...), `,"line":`...)
	dst = append(append(append(dst, line...), `,"labels":`...), labels...)
	if len(metadata) > 2 {
		dst = append(append(dst, `,"metadata":`...), metadata...)
	}
	return append(dst, "}}"...)
}

// lokiProto reads logproto.PushRequest.
func lokiProto(data []byte, set *records) error {
	return protoFields(data, func(num protowire.Number, v []byte, _ uint64) error {
		if num != 1 || v == nil { // streams
			return nil
		}
		return lokiStream(v, set)
	})
}

func lokiStream(data []byte, set *records) error {
	labels, good := []byte("{}"), true
	var buf, ts, line, meta []byte
	return protoFields(data, func(num protowire.Number, v []byte, _ uint64) error {
		switch {
		case num == 1 && v != nil:
			labels, good = promLabels(v)
		case num == 2 && v != nil:
			if !good {
				set.reject(BadLabels)
				return nil
			}
			var at [2]uint64 // seconds, nanoseconds
			var text []byte
			meta = append(meta[:0], '{')
			err := protoFields(v, func(num protowire.Number, v []byte, _ uint64) error {
				switch {
				case num == 1 && v != nil:
					return protoFields(v, func(num protowire.Number, _ []byte, n uint64) error {
						if num == 1 || num == 2 {
							at[num-1] = n
						}
						return nil
					})
				case num == 2 && v != nil:
					text = v
				case num == 3 && v != nil:
					var err error
					meta, err = lokiPair(meta, v)
					return err
				}
				return nil
			})
			if err != nil || at[0] > 1<<33 || at[1] > 999_999_999 {
				set.reject(BadEvent)
				return nil
			}
			meta = append(meta, '}')
			buf = strconv.AppendUint(buf[:0], at[0]*1_000_000_000+at[1], 10)
			ts, line = appendText(ts[:0], buf), appendText(line[:0], text)
			set.add(func(dst []byte) []byte { return lokiRecord(dst, ts, line, labels, meta) })
		}
		return set.over
	})
}

func lokiPair(meta, data []byte) ([]byte, error) {
	var name, value []byte
	err := protoFields(data, func(num protowire.Number, v []byte, _ uint64) error {
		switch num {
		case 1:
			name = v
		case 2:
			value = v
		}
		return nil
	})
	if len(meta) > 1 {
		meta = append(meta, ',')
	}
	return appendText(append(appendText(meta, name), ':'), value), err
}

// promLabels makes JSON of labels as Prometheus writes them: {name="value", other="…"}.
func promLabels(s []byte) ([]byte, bool) {
	s = bytes.TrimSpace(s)
	if len(s) < 2 || s[0] != '{' || s[len(s)-1] != '}' {
		return nil, false
	}
	s = bytes.TrimSpace(s[1 : len(s)-1])
	out := []byte{'{'}
	for len(s) > 0 {
		name, rest, ok := bytes.Cut(s, []byte{'='})
		if !ok {
			return nil, false
		}
		quoted, err := strconv.QuotedPrefix(string(bytes.TrimSpace(rest)))
		if err != nil {
			return nil, false
		}
		value, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, false
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = appendText(append(appendText(out, bytes.TrimSpace(name)), ':'), value)
		s = bytes.TrimSpace(bytes.TrimSpace(rest)[len(quoted):])
		if len(s) > 0 {
			if s[0] != ',' {
				return nil, false
			}
			s = bytes.TrimSpace(s[1:])
		}
	}
	return append(out, '}'), true
}

// protoFields calls f with each field of a protobuf message: its bytes where it has a length, else its number.
func protoFields(data []byte, f func(num protowire.Number, v []byte, n uint64) error) error {
	for len(data) > 0 {
		num, typ, n := protowire.ConsumeTag(data)
		if n < 0 {
			return errBroken
		}
		data = data[n:]
		var v []byte
		var x uint64
		switch typ {
		case protowire.VarintType:
			x, n = protowire.ConsumeVarint(data)
		case protowire.Fixed64Type:
			x, n = protowire.ConsumeFixed64(data)
		case protowire.Fixed32Type:
			var y uint32
			y, n = protowire.ConsumeFixed32(data)
			x = uint64(y)
		case protowire.BytesType:
			v, n = protowire.ConsumeBytes(data)
			if v == nil {
				v = []byte{}
			}
		default: // groups, which none of these messages has
			return errBroken
		}
		if n < 0 {
			return errBroken
		}
		data = data[n:]
		if err := f(num, v, x); err != nil {
			return err
		}
	}
	return nil
}
