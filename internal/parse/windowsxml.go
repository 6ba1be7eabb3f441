package parse

import (
	"errors"
	"strconv"
	"unicode/utf8"

	"watchpost/internal/event"
)

// Bounds of what is read from one event in XML; event.original keeps the rest.
const (
	xmlDepth  = 16
	xmlLeaves = 512
)

// isWindowsXML says whether m is an event as Windows renders it: <Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>….
func isWindowsXML(m []byte) bool {
	if hasPrefix(m, "<?xml ") {
		_, m, _ = cut(m[:min(len(m), 1024)], "?>")
		for len(m) > 0 && m[0] <= ' ' {
			m = m[1:]
		}
	}
	return hasPrefix(m, "<Event") && len(m) > 64 && (m[6] == ' ' || m[6] == '>') && index(m[:min(len(m), 1024)], "<System>") > 0
}

// windowsXML reads an event in XML by handing each value, named by its path, to the reader of the same event in JSON.
func (p *Parser) windowsXML(b *event.Batch, h *header, m []byte) bool {
	to := p.windowsSink(b, h, m)
	x := xmlReader{s: m, to: to}
	x.read()
	windows(b, to)
	if x.err != nil {
		fault(b, x.err)
	}
	if len(x.message) > 0 {
		b.Unset(event.Message)
		b.Set(event.Message, x.message)
	}
	if to.stamp.has { // of the event; the header has that of the agent
		h.stamp = to.stamp
	}
	return true
}

// xmlReader walks one event.
type xmlReader struct {
	s       []byte
	i       int
	to      *jsonSink
	path    []byte
	ends    [xmlDepth]int // lengths of path before each open element
	depth   int
	name    []byte // of the open Data
	unnamed int
	all     []byte // values without names, one a line
	message []byte
	leaves  int
	err     error
}

func (x *xmlReader) read() {
	for x.i < len(x.s) && x.err == nil {
		open := index(x.s[x.i:], "<")
		if open < 0 {
			break
		}
		x.text(x.s[x.i : x.i+open])
		x.i += open
		switch rest := x.s[x.i:]; {
		case hasPrefix(rest, "<![CDATA["):
			x.cdata(rest)
		case hasPrefix(rest, "</"):
			x.close(rest)
		case hasPrefix(rest, "<?"), hasPrefix(rest, "<!"):
			x.past(rest, ">")
		default:
			x.open(rest)
		}
	}
	if x.err == nil && x.depth > 0 {
		x.err = errors.New("XML: the event does not end")
	}
	if len(x.all) > 0 {
		x.to.addWindows([]byte("Data"), x.all[:len(x.all)-1])
	}
}

// past moves behind what ends a piece of markup and gives what stands before.
func (x *xmlReader) past(rest []byte, end string) []byte {
	n := index(rest, end)
	if n < 0 {
		x.err = errors.New("XML: a tag does not end")
		return nil
	}
	x.i += n + len(end)
	return rest[:n]
}

func (x *xmlReader) cdata(rest []byte) {
	if v := x.past(rest, "]]>"); v != nil {
		x.value(v[len("<![CDATA["):])
	}
}

func (x *xmlReader) close(rest []byte) {
	x.past(rest, ">")
	if x.depth--; x.depth < 0 {
		x.err = errors.New("XML: a closing tag too many")
		return
	}
	x.path = x.path[:x.ends[x.depth]]
	x.name = nil
}

// open reads a tag and its attributes.
func (x *xmlReader) open(rest []byte) {
	tag := x.past(rest, ">")
	if x.err != nil {
		return
	}
	tag = tag[1:]
	alone := len(tag) > 0 && tag[len(tag)-1] == '/'
	if alone {
		tag = tag[:len(tag)-1]
	}
	name, attrs := word(tag)
	if len(name) == 0 || x.depth == xmlDepth || len(x.path)+len(name) > jsonPath {
		x.err = errors.New("XML: no tag that an event has")
		return
	}
	x.ends[x.depth] = len(x.path)
	x.depth++
	if len(x.path) > 0 {
		x.path = append(x.path, '.')
	}
	x.path = append(x.path, name...)
	x.attributes(attrs)
	if alone {
		x.depth--
		x.path = x.path[:x.ends[x.depth]]
		x.name = nil
	}
}

func (x *xmlReader) attributes(s []byte) {
	for {
		key, rest, ok := cut(skipBlanks(s), "=")
		if !ok || len(rest) < 2 || rest[0] != '\'' && rest[0] != '"' {
			return
		}
		v, after, ok := cut(rest[1:], string(rest[:1]))
		if !ok {
			return
		}
		s = after
		key = trimBlanks(key)
		if string(x.path) == "Event.EventData.Data" {
			if string(key) == "Name" {
				x.name = x.plain(v)
			}
			continue
		}
		if string(key) == "xmlns" || x.leaves == xmlLeaves {
			continue
		}
		from := len(x.path)
		x.path = append(append(x.path, ".@"...), key...)
		x.leaf(x.plain(v))
		x.path = x.path[:from]
	}
}

func (x *xmlReader) text(v []byte) {
	if v = trimBlanks(v); len(v) > 0 {
		x.value(x.plain(v))
	}
}

// value takes the text of the open element.
func (x *xmlReader) value(v []byte) {
	if len(v) == 0 || x.depth == 0 || x.leaves == xmlLeaves {
		return
	}
	switch {
	case string(x.path) != "Event.EventData.Data":
		x.leaf(v)
	case x.name != nil:
		x.leaves++
		x.to.addWindows(x.name, v)
	default:
		x.leaves++
		x.unnamed++
		x.to.addWindows(strconv.AppendInt([]byte("param"), int64(x.unnamed), 10), v)
		x.all = append(append(x.all, v...), '\n')
	}
}

func (x *xmlReader) leaf(v []byte) {
	x.leaves++
	switch string(x.path) {
	case "Event.RenderingInfo.Message":
		x.message = v
		return
	case "Event.RenderingInfo.Level":
		x.to.b.Set(event.LogLevel, v)
		return
	case "Event.System.Execution.@ProcessID":
		x.to.process = v
		return
	case "Event.System.Level":
		setLevel(x.to.b, v)
		return
	case "Event.System.Execution.@ThreadID", "Event.System.Version", "Event.System.Opcode":
		return
	}
	x.to.leaf(x.path, jsonString, v)
}

// plain resolves entities; without any the text is a part of the record.
func (x *xmlReader) plain(v []byte) []byte {
	if index(v, "&") < 0 {
		return v
	}
	r := &x.to.p.json
	from := len(r.buf)
	for len(v) > 0 {
		before, rest, ok := cut(v, "&")
		r.buf = append(r.buf, before...)
		if !ok {
			break
		}
		name, _, ok := cut(rest[:min(len(rest), 12)], ";")
		if !ok {
			r.buf = append(r.buf, '&')
			v = rest
			continue
		}
		v = rest[len(name)+1:]
		r.buf = appendEntity(r.buf, name)
	}
	return r.buf[from:len(r.buf):len(r.buf)]
}

func appendEntity(dst, name []byte) []byte {
	switch string(name) {
	case "lt":
		return append(dst, '<')
	case "gt":
		return append(dst, '>')
	case "amp":
		return append(dst, '&')
	case "quot":
		return append(dst, '"')
	case "apos":
		return append(dst, '\'')
	}
	base, digits := 10, name
	if rest, ok := after(digits, "#x"); ok {
		base, digits = 16, rest
	} else if rest, ok := after(digits, "#"); ok {
		digits = rest
	}
	if len(digits) < len(name) { // ParseUint makes an error of what is no number
		if n, err := strconv.ParseUint(view(digits), base, 32); err == nil && n > 0 && n <= utf8.MaxRune {
			return utf8.AppendRune(dst, rune(n))
		}
	}
	return append(append(append(dst, '&'), name...), ';')
}
