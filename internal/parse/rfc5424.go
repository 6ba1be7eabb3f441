package parse

import "watchpost/internal/event"

// scan5424 reads s, which begins with a version of length v, as RFC 5424. Where it is none it gives false.
func scan5424(s []byte, v int, h *header) bool {
	version, rest := s[:v], s[v+1:]
	var c civil
	if rest[0] == '-' {
		rest = rest[1:]
	} else {
		n := readISO(rest, &c)
		if n == 0 {
			n = unreadable(rest, &c)
		}
		rest = rest[n:]
		if len(rest) > 1 && rest[0] == '-' { // Check Point: 2026-11-23T18:14:15--5:00
			rest = rest[1+readHours(rest[1:], &c):]
		}
	}
	var tok [4][]byte // host, app, procid, msgid
	for i := range tok {
		if len(rest) == 0 || rest[0] != ' ' {
			return false
		}
		rest = rest[1:]
		n := 0
		for n < len(rest) && rest[n] > ' ' {
			n++
		}
		if n == 0 || n > 255 {
			return false
		}
		tok[i], rest = rest[:n], rest[n:]
	}
	if tok[1][0] == '%' || string(tok[1]) == ":" { // a firewall that calls its BSD lines version 1
		return false
	}
	sd, msg, ok := splitStructured(rest)
	if !ok {
		// Structured data is missing or of another grammar: the four names stand, the rest is the message.
		if len(rest) > 1 && rest[1] != '[' && string(tok[2]) != "-" && !digits(tok[2]) {
			return false
		}
		msg = rest
		if len(msg) > 0 {
			msg = msg[1:]
		}
	}
	msg, _ = after(msg, bom)
	h.version, h.stamp, h.sd, h.msg = version, c, sd, msg
	h.host, h.app, h.procid, h.msgid = notNil(tok[0]), notNil(tok[1]), notNil(tok[2]), notNil(tok[3])
	return true
}

// unreadable skips a stamp that is none; the row then has no time of its own.
func unreadable(s []byte, c *civil) int {
	*c = civil{}
	n := 0
	for n < len(s) && s[n] != ' ' {
		n++
	}
	return n
}

func notNil(t []byte) []byte {
	if len(t) == 1 && t[0] == '-' {
		return nil
	}
	return t
}

// splitStructured splits " SD[ MSG]". sd is nil for the nil value.
func splitStructured(s []byte) (sd, msg []byte, ok bool) {
	if len(s) < 2 || s[0] != ' ' {
		return nil, nil, false
	}
	s = s[1:]
	end := 0
	if s[0] == '-' {
		end = 1
	} else {
		for end < len(s) && s[end] == '[' {
			n := elementLen(s[end:])
			if n == 0 {
				return nil, nil, false
			}
			end += n
		}
		if end == 0 {
			return nil, nil, false
		}
		sd = s[:end]
	}
	switch {
	case end == len(s):
		return sd, nil, true
	case s[end] == ' ':
		return sd, s[end+1:], true
	}
	return nil, nil, false
}

// elementLen is the length of [id name="value" …]; blanks before the bracket are tolerated.
func elementLen(s []byte) int {
	i := nameLen(s[1:])
	if i == 0 {
		return 0
	}
	i++
	for i < len(s) {
		if s[i] == ']' {
			return i + 1
		}
		if s[i] != ' ' {
			return 0
		}
		i++
		if i < len(s) && (s[i] == ']' || s[i] == ' ') {
			continue
		}
		n := nameLen(s[i:])
		i += n
		if n == 0 || len(s) < i+2 || s[i] != '=' || s[i+1] != '"' {
			return 0
		}
		for i += 2; i < len(s) && s[i] != '"'; i++ {
			if s[i] == '\\' {
				i++
			}
		}
		i++
	}
	return 0
}

func nameLen(s []byte) int {
	for i, c := range s {
		if c <= ' ' || c == '=' || c == ']' || c == '"' || c >= 0x7f {
			return i
		}
	}
	return 0
}

// setStructured makes a label <id>.<name> of each parameter of sd, which splitStructured has checked.
func (p *Parser) setStructured(b *event.Batch, sd []byte) {
	for len(sd) > 0 {
		n := nameLen(sd[1:])
		id := sd[1 : n+1]
		sd = sd[n+1:]
		for sd[0] != ']' {
			if sd[0] == ' ' {
				sd = sd[1:]
				continue
			}
			n := nameLen(sd)
			name, value := sd[:n], sd[n+2:]
			end, escaped := 0, false
			for value[end] != '"' {
				if value[end] == '\\' {
					escaped = true
					end++
				}
				end++
			}
			sd, value = value[end+1:], value[:end]
			if escaped {
				p.val = unescapeParam(p.val[:0], value)
				value = p.val
			}
			p.key = append(append(append(p.key[:0], id...), '.'), name...)
			if !b.LabelAlso(p.key, value) {
				b.AddString(event.Tags, TagFewFields)
			}
		}
		sd = sd[1:]
	}
}

// unescapeParam takes the backslash off what RFC 5424 lets one escape.
func unescapeParam(to, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\' || s[i+1] == ']') {
			i++
		}
		to = append(to, s[i])
	}
	return to
}
