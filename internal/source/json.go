package source

import "unicode/utf8"

// maxDepth is how deep JSON may nest: no log needs it, and whoever parses on may recurse.
const maxDepth = 64

// isObject says whether b is one JSON object (RFC 8259) of bounded depth, with blanks around it at most. Beyond
// json.Valid it wants an object and valid UTF-8 is not asked for: bytes are kept as they came.
func isObject(b []byte) bool {
	c := checker{b: b}
	c.blanks()
	if c.i >= len(b) || b[c.i] != '{' || !c.value(maxDepth) {
		return false
	}
	c.blanks()
	return c.i == len(b)
}

type checker struct {
	b []byte
	i int
}

func (c *checker) blanks() {
	for c.i < len(c.b) && (c.b[c.i] == ' ' || c.b[c.i] == '\n' || c.b[c.i] == '\t' || c.b[c.i] == '\r') {
		c.i++
	}
}

// next takes the byte if it is the next one.
func (c *checker) next(want byte) bool {
	if c.i < len(c.b) && c.b[c.i] == want {
		c.i++
		return true
	}
	return false
}

func (c *checker) value(depth int) bool {
	if c.i >= len(c.b) || depth == 0 {
		return false
	}
	switch c.b[c.i] {
	case '{':
		return c.members('}', depth)
	case '[':
		return c.members(']', depth)
	case '"':
		return c.str()
	case 't':
		return c.word("true")
	case 'f':
		return c.word("false")
	case 'n':
		return c.word("null")
	}
	return c.number()
}

// members reads an object or array from its opening to its closing bracket.
func (c *checker) members(end byte, depth int) bool {
	c.i++
	c.blanks()
	if c.next(end) {
		return true
	}
	for {
		if end == '}' {
			if !c.str() {
				return false
			}
			c.blanks()
			if !c.next(':') {
				return false
			}
			c.blanks()
		}
		if !c.value(depth - 1) {
			return false
		}
		c.blanks()
		if c.next(end) {
			return true
		}
		if !c.next(',') {
			return false
		}
		c.blanks()
	}
}

func (c *checker) str() bool {
	if !c.next('"') {
		return false
	}
	for c.i < len(c.b) {
		ch := c.b[c.i]
		c.i++
		switch {
		case ch == '"':
			return true
		case ch < ' ':
			return false
		case ch == '\\' && !c.escape():
			return false
		}
	}
	return false
}

func (c *checker) escape() bool {
	if c.i >= len(c.b) {
		return false
	}
	ch := c.b[c.i]
	c.i++
	switch ch {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		for range 4 {
			if c.i >= len(c.b) || !isHex(c.b[c.i]) {
				return false
			}
			c.i++
		}
		return true
	}
	return false
}

func isHex(c byte) bool {
	return c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'f' && c < utf8.RuneSelf
}

func (c *checker) word(w string) bool {
	if len(c.b)-c.i < len(w) || string(c.b[c.i:c.i+len(w)]) != w {
		return false
	}
	c.i += len(w)
	return true
}

func (c *checker) digits() bool {
	from := c.i
	for c.i < len(c.b) && c.b[c.i]-'0' <= 9 {
		c.i++
	}
	return c.i > from
}

func (c *checker) number() bool {
	c.next('-')
	if !c.next('0') && !c.digits() {
		return false
	}
	if c.next('.') && !c.digits() {
		return false
	}
	if c.next('e') || c.next('E') {
		if !c.next('+') {
			c.next('-')
		}
		return c.digits()
	}
	return true
}
