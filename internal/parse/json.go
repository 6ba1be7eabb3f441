package parse

import (
	"errors"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// Bounds of what is read from one JSON record; event.original keeps the rest.
const (
	jsonDepth = 64
	jsonNames = 512
	jsonPath  = 512 // bytes in a dotted name
)

var (
	errDepth = errors.New("nests too deep: what lies below is kept in event.original only")
	errNames = errors.New("holds too many names: the rest is kept in event.original only")
)

// jsonKind is what a leaf is.
type jsonKind uint8

const (
	jsonString jsonKind = iota
	jsonNumber
	jsonBool
	jsonRaw // an array or an object as it stands
)

// jsonReader walks one object in a single pass and hands each leaf with its dotted name to emit. Objects are
// descended into by recursion to jsonDepth; what lies deeper, and arrays, are stepped over without recursion.
type jsonReader struct {
	s      []byte
	i      int
	path   []byte
	buf    []byte // unescaped texts of this record, never overwritten within it
	leaves int
	err    error // the first fault; what was read before it stands
	soft   error // the first bound that was met
}

// sink takes the leaves. Path and value are valid until the reader's next record.
type sink interface {
	leaf(path []byte, k jsonKind, v []byte)
	array(path []byte, raw []byte)
}

func (r *jsonReader) reset(s []byte) {
	*r = jsonReader{s: s, path: r.path[:0], buf: r.buf[:0]}
}

func (r *jsonReader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("JSON: byte %d: %s", r.i, what)
	}
}

func (r *jsonReader) blanks() {
	for r.i < len(r.s) {
		switch r.s[r.i] {
		case ' ', '\t', '\n', '\r':
			r.i++
		default:
			return
		}
	}
}

// object reads an object; r.i stands at its brace.
func (r *jsonReader) object(depth int, to sink) {
	if depth > jsonDepth {
		if r.soft == nil {
			r.soft = errDepth
		}
		r.skip()
		return
	}
	r.i++
	r.blanks()
	if r.i < len(r.s) && r.s[r.i] == '}' {
		r.i++
		return
	}
	base := len(r.path)
	for r.err == nil {
		r.blanks()
		if r.i >= len(r.s) || r.s[r.i] != '"' {
			r.fail("a name in quotes should stand here")
			return
		}
		name := r.text()
		if r.err != nil {
			return
		}
		if base > 0 {
			r.path = append(r.path, '.')
		}
		r.path = append(r.path, name...)
		r.blanks()
		if r.i >= len(r.s) || r.s[r.i] != ':' {
			r.fail("a colon should stand here")
			return
		}
		r.i++
		r.blanks()
		r.value(depth, to)
		r.path = r.path[:base]
		r.blanks()
		if r.err != nil {
			return
		}
		if r.i >= len(r.s) {
			break
		}
		switch r.s[r.i] {
		case ',':
			r.i++
		case '}':
			r.i++
			return
		default:
			r.fail("a comma or a closing brace should stand here")
			return
		}
	}
	r.fail("the object does not end")
}

// value reads the value that the path names.
func (r *jsonReader) value(depth int, to sink) {
	if r.i >= len(r.s) {
		r.fail("a value is missing")
		return
	}
	start := r.i
	var kind jsonKind
	var v []byte
	switch c := r.s[r.i]; {
	case c == '{':
		r.object(depth+1, to)
		return
	case c == '[':
		r.skip()
		if r.err == nil && r.room() {
			to.array(r.path, r.s[start:r.i])
		}
		return
	case c == '"':
		kind, v = jsonString, r.text()
	case c == '-' || digit(c):
		kind = jsonNumber
		v = r.number()
	default:
		word := r.literal()
		if len(word) == 4 && word[0] == 'n' {
			return // null is "missing"
		}
		kind, v = jsonBool, word
	}
	if r.err == nil && len(v) > 0 && r.room() {
		to.leaf(r.path, kind, v)
	}
}

// room counts a leaf and says whether it may be kept.
func (r *jsonReader) room() bool {
	r.leaves++
	if r.leaves > jsonNames || len(r.path) > jsonPath {
		if r.soft == nil {
			r.soft = errNames
		}
		return false
	}
	return true
}

func (r *jsonReader) literal() []byte {
	for _, w := range [...]string{"true", "false", "null"} {
		if hasPrefix(r.s[r.i:], w) {
			r.i += len(w)
			return r.s[r.i-len(w) : r.i]
		}
	}
	r.fail("a value should stand here")
	return nil
}

func (r *jsonReader) number() []byte {
	start := r.i
	for r.i < len(r.s) {
		switch c := r.s[r.i]; {
		case digit(c), c == '-', c == '+', c == '.', c|0x20 == 'e':
			r.i++
			continue
		}
		break
	}
	v := r.s[start:r.i]
	if !digit(v[len(v)-1]) {
		r.fail("the number does not end")
	}
	return v
}

// text reads a string; r.i stands at its quote. Without escapes the text is a part of the record.
func (r *jsonReader) text() []byte {
	start := r.i + 1
	for i := start; i < len(r.s); i++ {
		switch r.s[i] {
		case '"':
			r.i = i + 1
			return r.s[start:i]
		case '\\':
			return r.escaped(start, i)
		}
	}
	r.fail("the text does not end")
	return nil
}

func (r *jsonReader) escaped(start, i int) []byte {
	from := len(r.buf)
	r.buf = append(r.buf, r.s[start:i]...)
	for i < len(r.s) {
		c := r.s[i]
		i++
		if c == '"' {
			r.i = i
			return r.buf[from:len(r.buf):len(r.buf)]
		}
		if c != '\\' {
			r.buf = append(r.buf, c)
			continue
		}
		if i == len(r.s) {
			break
		}
		e := r.s[i]
		i++
		switch e {
		case 'n':
			r.buf = append(r.buf, '\n')
		case 't':
			r.buf = append(r.buf, '\t')
		case 'r':
			r.buf = append(r.buf, '\r')
		case 'b':
			r.buf = append(r.buf, '\b')
		case 'f':
			r.buf = append(r.buf, '\f')
		case 'u':
			u, ok := hex4(r.s[i:])
			if !ok {
				r.i = i
				r.fail("four hex digits should stand here")
				return nil
			}
			i += 4
			if utf16.IsSurrogate(u) {
				low := rune(0)
				if hasPrefix(r.s[i:], `\u`) {
					low, _ = hex4(r.s[i+2:])
				}
				if u = utf16.DecodeRune(u, low); u != utf8.RuneError {
					i += 6
				}
			}
			r.buf = utf8.AppendRune(r.buf, u)
		default: // of \" \\ \/ the character itself; of what JSON does not know as well
			r.buf = append(r.buf, e)
		}
	}
	r.i = len(r.s)
	r.fail("the text does not end")
	return nil
}

func hex4(s []byte) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	n := rune(0)
	for _, c := range s[:4] {
		switch {
		case digit(c):
			n = n<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			n = n<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return n, true
}

// skip steps over an array or object of any depth; r.i stands at its bracket.
func (r *jsonReader) skip() {
	depth := 0
	for i := r.i; i < len(r.s); i++ {
		switch r.s[i] {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
			if depth == 0 {
				r.i = i + 1
				return
			}
		case '"':
			for i++; i < len(r.s) && r.s[i] != '"'; i++ {
				if r.s[i] == '\\' {
					i++
				}
			}
		}
	}
	r.i = len(r.s)
	r.fail("an array or object does not end")
}

// trimJSON takes off what may stand before an object: a byte order mark, blanks, the cookie of CEE.
func trimJSON(s []byte) []byte {
	s, _ = after(s, bom)
	s = skipBlanks(s)
	if rest, ok := after(s, "@cee:"); ok {
		s = skipBlanks(rest)
	}
	return s
}
