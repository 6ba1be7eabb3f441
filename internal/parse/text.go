package parse

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"net/netip"
	"unicode/utf8"
	"unsafe"

	"watchpost/internal/event"
)

// view lends b as a string; it must not be kept.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bytesOf lends s as bytes; they must not be written to.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

func validUTF8(b []byte) bool { return utf8.Valid(b) }

// hasPrefix looks at the first character before all: most texts differ in it.
func hasPrefix(s []byte, p string) bool {
	return len(s) >= len(p) && (len(p) == 0 || s[0] == p[0] && string(s[:len(p)]) == p)
}

func hasSuffix(s []byte, p string) bool { return len(s) >= len(p) && string(s[len(s)-len(p):]) == p }

// after cuts the prefix p off s.
func after(s []byte, p string) ([]byte, bool) {
	if hasPrefix(s, p) {
		return s[len(p):], true
	}
	return s, false
}

func index(s []byte, p string) int {
	return bytes.Index(s, unsafe.Slice(unsafe.StringData(p), len(p)))
}

func lastIndex(s []byte, p string) int {
	return bytes.LastIndex(s, unsafe.Slice(unsafe.StringData(p), len(p)))
}

// bytesThatAre marks the first byte of w that is c, by its highest bit, and maybe some behind it.
func bytesThatAre(w uint64, c byte) uint64 {
	const each = 0x0101010101010101
	w ^= each * uint64(c)
	return (w - each) &^ w & (each << 7)
}

// indexByte is bytes.IndexByte, quicker where c is among the first bytes.
func indexByte(s []byte, c byte) int {
	if len(s) >= 16 {
		if at := bytesThatAre(binary.LittleEndian.Uint64(s), c); at != 0 {
			return bits.TrailingZeros64(at) >> 3
		}
		if at := bytesThatAre(binary.LittleEndian.Uint64(s[8:]), c); at != 0 {
			return 8 + bits.TrailingZeros64(at)>>3
		}
	}
	return bytes.IndexByte(s, c)
}

// untilEither is where the first a or b stands in s, len(s) where there is none.
func untilEither(s []byte, a, b byte) int {
	n := 0
	for ; n+8 <= len(s); n += 8 {
		w := binary.LittleEndian.Uint64(s[n:])
		if at := bytesThatAre(w, a) | bytesThatAre(w, b); at != 0 {
			return n + bits.TrailingZeros64(at)>>3
		}
	}
	for n < len(s) && s[n] != a && s[n] != b {
		n++
	}
	return n
}

// cut splits s at the first p; without p, all of s comes before.
func cut(s []byte, p string) (before, rest []byte, ok bool) {
	i := 0
	if len(p) == 1 {
		i = indexByte(s, p[0])
	} else {
		i = index(s, p)
	}
	if i < 0 {
		return s, nil, false
	}
	return s[:i], s[i+len(p):], true
}

// cutParam takes the first parameter off structured data, key="value" with a backslash before a quote that is part of it: its name, its value as it is written, and what
// follows, which is empty where there is none.
func cutParam(s []byte) (key, v, rest []byte) {
	key, v, ok := cut(s, `="`)
	if !ok {
		return nil, nil, nil
	}
	end := 0
	for end < len(v) && v[end] != '"' {
		if v[end] == '\\' {
			end++
		}
		end++
	}
	end = min(end, len(v))
	return skipBlanks(key), v[:end], v[min(end+1, len(v)):]
}

// cutLast splits s at the last p; without p, ok is false.
func cutLast(s []byte, p string) (before, rest []byte, ok bool) {
	if i := lastIndex(s, p); i >= 0 {
		return s[:i], s[i+len(p):], true
	}
	return s, nil, false
}

// word splits s after leading blanks at the next blank.
func word(s []byte) (w, rest []byte) {
	s = skipBlanks(s)
	if n := untilEither(s, ' ', '\t'); n < len(s) {
		return s[:n], s[n:]
	}
	return s, nil
}

func skipBlanks(s []byte) []byte {
	for len(s) > 0 && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	return s
}

func trimBlanks(s []byte) []byte {
	s = skipBlanks(s)
	for len(s) > 0 && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

func unquote(s []byte) []byte {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}

func digit(c byte) bool { return c-'0' < 10 }

func alpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func hexByte(c byte) bool { return digit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

func digits(s []byte) bool {
	for _, c := range s {
		if !digit(c) {
			return false
		}
	}
	return len(s) > 0
}

// number reads s, all decimal digits with an optional sign, into an int64.
func number(s []byte) (int64, bool) {
	neg := len(s) > 1 && s[0] == '-'
	if neg {
		s = s[1:]
	}
	if len(s) == 0 || len(s) > 19 {
		return 0, false
	}
	var n uint64
	for _, c := range s {
		if !digit(c) {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	if n > 1<<63-1 {
		return 0, false
	}
	if neg {
		return -int64(n), true
	}
	return int64(n), true
}

func setNum(b *event.Batch, f event.Field, s []byte) bool {
	n, ok := number(s)
	if ok {
		b.SetInt(f, n)
	}
	return ok
}

func setPort(b *event.Batch, f event.Field, s []byte) bool {
	n, ok := number(s)
	if ok && n >= 0 && n <= 65535 {
		b.SetInt(f, n)
		return true
	}
	return false
}

// isIP says whether s is a literal address; an IPv6 zone is allowed.
func isIP(s []byte) bool {
	if len(s) < 2 || len(s) > 64 || !hexByte(s[0]) && s[0] != ':' {
		return false
	}
	if v4, sure := isIPv4(s); sure {
		return v4
	}
	if i := bytes.IndexByte(s, '%'); i > 0 {
		s = s[:i]
	}
	if bytes.IndexByte(s, ':') < 0 { // a number, or a word of such letters; ParseAddr's error is an allocation
		return false
	}
	for _, c := range s {
		if !hexByte(c) && c != ':' && c != '.' {
			return false
		}
	}
	_, err := netip.ParseAddr(view(s))
	return err == nil
}

// isIPv4 is sure unless s holds a colon.
func isIPv4(s []byte) (is, sure bool) {
	n, dots, run := 0, 0, 0
	for i, c := range s {
		switch {
		case digit(c):
			if run > 0 && n == 0 {
				return false, true // a leading zero
			}
			n = n*10 + int(c-'0')
			run++
			if n > 255 {
				return false, i >= 4
			}
		case c == '.':
			if run == 0 {
				return false, true
			}
			dots++
			n, run = 0, 0
		default:
			return false, false
		}
	}
	return dots == 3 && run > 0, true
}

// side names the fields of one side of a flow.
type side struct{ ip, addr, domain, port, user, natIP, natPort event.Field }

var (
	src = side{event.SourceIP, event.SourceAddress, event.SourceDomain, event.SourcePort, event.SourceUserName, event.SourceNATIP, event.SourceNATPort}
	dst = side{event.DestinationIP, event.DestinationAddress, event.DestinationDomain, event.DestinationPort, event.DestinationUserName, event.DestinationNATIP, event.DestinationNATPort}
)

// setAddr sets the address of one side, by number or by name.
func setAddr(b *event.Batch, to *side, v []byte) {
	if len(v) == 0 {
		return
	}
	if isIP(v) {
		b.Set(to.ip, v)
	} else {
		b.Set(to.domain, v)
	}
	b.Set(to.addr, v)
}

// class is what kind of event a line tells of.
type class struct {
	dataset, module, action, outcome, category string
	types                                      [3]string
}

func (c *class) set(b *event.Batch) {
	b.SetString(event.EventKind, "event")
	b.SetString(event.EventDataset, c.dataset)
	b.SetString(event.EventModule, c.module)
	b.SetString(event.EventAction, c.action)
	b.SetString(event.EventOutcome, c.outcome)
	c.setKinds(b)
}

// setKinds sets category and types alone.
func (c *class) setKinds(b *event.Batch) {
	b.AddString(event.EventCategory, c.category)
	for _, t := range c.types {
		b.AddString(event.EventType, t)
	}
}

// unsafeBytes lends s as bytes, which must not be written.
func unsafeBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// baseName is what stands behind the last slash of a path.
func baseName(path []byte) []byte {
	if i := bytes.LastIndexByte(path, '/'); i >= 0 && i+1 < len(path) {
		return path[i+1:]
	}
	return path
}
