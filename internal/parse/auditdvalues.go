package parse

import (
	"bytes"
	"encoding/hex"
	"net/netip"

	"watchpost/internal/event"
)

// access reads SELinux' verdict, "avc:  denied  { read write } for  pid=7 …", which stands before the pairs.
func (a *auditLine) access(m []byte) {
	verdict, rest, ok := cut(m, "{")
	what, _, ok2 := cut(rest, "}")
	if !ok || !ok2 {
		return
	}
	switch string(lastWord(trimBlanks(verdict))) {
	case "denied":
		a.denied = true
	case "granted":
		a.b.Unset(event.EventType)
		a.b.AddString(event.EventType, "allowed")
		a.b.SetString(event.EventOutcome, success)
	default:
		return
	}
	a.label(bytesOf("seperms"), trimBlanks(what))
}

// socket reads the far end out of a call's address in hex: the family with its low byte first, then the port and address of AF_INET and AF_INET6, or the path of AF_UNIX.
func (a *auditLine) socket(v []byte) {
	raw, err := hex.AppendDecode(a.p.val[:0], v)
	if err != nil || len(raw) < 4 {
		return
	}
	a.p.val = raw
	n := len(raw)
	switch {
	case string(v[:4]) == "0200" && n >= 8:
		a.p.val = netip.AddrFrom4([4]byte(raw[4:8])).AppendTo(a.p.val)
	case string(v[:4]) == "0A00" && n >= 24:
		a.p.val = netip.AddrFrom16([16]byte(raw[8:24])).AppendTo(a.p.val)
	case string(v[:4]) == "0100":
		path := raw[2:]
		for i, c := range path {
			if c == 0 {
				path = path[:i]
				break
			}
		}
		a.b.Set(event.FilePath, path)
		return
	default:
		return
	}
	setAddr(a.b, a.far, a.p.val[n:])
	a.b.SetInt(a.farPort, int64(raw[2])<<8|int64(raw[3]))
}

// text decodes a value that stands in hex because it holds blanks, quotes or control characters; NUL divides arguments.
func (a *auditLine) text(v []byte) []byte {
	a.p.val = auditText(a.p.val[:0], v)
	return a.p.val
}

// auditText appends the text of v to dst.
func auditText(dst, v []byte) []byte {
	if len(v) < 2 || len(v)%2 == 1 || !isUpperHex(v) {
		return append(dst, v...)
	}
	from := len(dst)
	dst, err := hex.AppendDecode(dst, v)
	if err != nil {
		return append(dst[:from], v...)
	}
	for i, c := range dst[from:] {
		if c == 0 {
			dst[from+i] = ' '
		}
	}
	return dst
}

func isUpperHex(v []byte) bool {
	for _, c := range v {
		if !digit(c) && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}

// auditArgs reads the arguments of EXECVE: argc=3 a0="ls" a1=2D6C a2_len=… a2[0]=….
func (p *Parser) auditArgs(b *event.Batch, m []byte) {
	line := p.val[:0]
	name := true
	for r := (pairs{s: m}); ; {
		start := r.s
		key, v, ok := r.next()
		if !ok {
			break
		}
		if string(key) == "argc" {
			setNum(b, event.ProcessArgsCount, v)
			continue
		}
		if len(key) < 2 || key[0] != 'a' || !digit(key[1]) || hasSuffix(key, "_len") {
			continue
		}
		more := hasSuffix(key, "]") && !hasSuffix(key, "[0]") // a further piece of a long argument
		if len(line) > 0 && !more {
			line = append(line, ' ')
		}
		from := len(line)
		if used := start[:len(start)-len(r.s)]; len(used) > 0 && used[len(used)-1] == '"' {
			line = append(line, v...)
		} else {
			line = auditText(line, v)
		}
		if !more {
			b.Add(event.ProcessArgs, line[from:])
			if len(key) == 2 && key[1] <= '7' { // rules ask for the first ones by place
				p.key = append(append(p.key[:0], "auditd."...), key...)
				b.Label(p.key, line[from:])
			}
		}
		if name {
			b.Set(event.ProcessName, baseName(line[from:]))
			name = false
		}
	}
	b.Set(event.ProcessCommandLine, line)
	p.val = line
}

// auditbeat reads an event as Auditbeat writes it, several records in one, for rules that ask for the records: the arguments by place,
// and that there were EXECVE and PATH.
func auditbeat(b *event.Batch, t *jsonSink) {
	e := event.Event{Batch: t.b, Row: t.b.Rows()}
	call := t.said("auditd.data.syscall")
	if n := e.Len(event.ProcessArgs); n > 0 && (call == "execve" || call == "execveat" || e.Str(event.EventAction) == "executed") {
		b.Label([]byte("auditd.records.execve"), []byte("EXECVE"))
		for i := range min(n, 8) {
			b.Label([]byte{'a', 'u', 'd', 'i', 't', 'd', '.', 'a', '0' + byte(i)}, []byte(e.At(event.ProcessArgs, i)))
		}
	}
	if e.Present(event.FilePath) {
		b.Label([]byte("auditd.records.path"), []byte("PATH"))
	}
	kind := bytes.Clone(unsafeBytes(t.said("auditd.message_type")))
	for i, c := range kind {
		if c >= 'a' && c <= 'z' {
			kind[i] = c - 'a' + 'A'
		}
	}
	if !e.Present(event.EventCode) {
		b.Set(event.EventCode, kind)
	}
	if !e.Present(event.HostOSType) {
		b.SetString(event.HostOSType, "linux")
	}
}
