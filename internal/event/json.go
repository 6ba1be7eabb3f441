package event

import (
	"encoding/base64"
	"strconv"
	"time"
	"unicode/utf8"
)

// AppendJSON appends the event as one flat JSON object of dotted names, without a line end: @timestamp first, then
// the other fields that it has in dictionary order, labels as an object. If only is not nil, just those fields.
// Text that is not valid UTF-8 shows U+FFFD; for event.original the bytes follow in event.original_base64.
func (e Event) AppendJSON(dst []byte, only []Field) []byte {
	dst = append(dst, '{')
	start := len(dst)
	add := func(f Field) {
		if !e.Has(f) && f != EventID || !e.Present(f) {
			return
		}
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = append(AppendJSONString(dst, infos[f].Name), ':')
		dst = e.appendValue(dst, f)
		if f == EventOriginal && !utf8.ValidString(e.Str(f)) {
			dst = append(dst, `,"event.original_base64":"`...)
			dst = base64.StdEncoding.AppendEncode(dst, []byte(e.Str(f)))
			dst = append(dst, '"')
		}
	}
	if only != nil {
		for _, f := range only {
			add(f)
		}
		return append(dst, '}')
	}
	add(Timestamp)
	for f := Field(1); f < NumFields; f++ {
		if f != Timestamp {
			add(f)
		}
	}
	return append(dst, '}')
}

// appendValue appends the JSON value of f, which the event has.
func (e Event) appendValue(dst []byte, f Field) []byte {
	in := &infos[f]
	switch in.Kind {
	case Dict, Text:
		return AppendJSONString(dst, e.Str(f))
	case List:
		dst = append(dst, '[')
		for i := range e.Len(f) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendJSONString(dst, e.At(f, i))
		}
		return append(dst, ']')
	case Int:
		v, _ := e.Int(f)
		return strconv.AppendInt(dst, v, 10)
	case Time:
		t, _ := e.When(f)
		dst = append(dst, '"')
		dst = t.AppendFormat(dst, time.RFC3339Nano)
		return append(dst, '"')
	case Float:
		v, _ := e.Float(f)
		return strconv.AppendFloat(dst, v, 'g', -1, 64)
	case Bool:
		v, _ := e.Bool(f)
		return strconv.AppendBool(dst, v)
	default:
		dst = append(dst, '{')
		first := true
		for k, v := range e.Labels() {
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst = append(AppendJSONString(dst, k), ':')
			dst = AppendJSONString(dst, v)
		}
		return append(dst, '}')
	}
}

// steers tells C1 control characters and bidirectional overrides and isolates.
func steers(r rune) bool {
	return r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

const hexDigits = "0123456789abcdef"

// AppendJSONString appends s as a JSON string; bytes that are not valid UTF-8 become U+FFFD. Characters that steer a
// terminal (control characters, C1 and DEL included, and overrides of the direction of writing) are escaped, so that the
// output may be looked at.
func AppendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < 0x7f {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if steers(r) {
				dst = append(dst, s[from:i]...)
				dst = append(dst, '\\', 'u', hexDigits[r>>12], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
				i += n
				from = i
				continue
			}
			if r != utf8.RuneError || n > 1 {
				i += n
				continue
			}
		}
		dst = append(dst, s[from:i]...)
		switch {
		case c >= utf8.RuneSelf:
			dst = append(dst, "\uFFFD"...)
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		from = i
	}
	return append(append(dst, s[from:]...), '"')
}
