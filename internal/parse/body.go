package parse

import "watchpost/internal/event"

// body reads the message behind a header. It reports whether a parser knows what the line is.
func (p *Parser) body(b *event.Batch, h *header) bool {
	m := h.msg
	if t := trimJSON(m); len(t) > 0 {
		switch t[0] {
		case '{':
			return p.jsonBody(b, h, t)
		}
	}
	if f := programs(programName2(h.app)); f != nil {
		if f(b, h, m) {
			return true
		}
	}
	return false
}

func programName2(app []byte) []byte {
	if len(app) == 0 {
		return nil
	}
	return programName(app)
}

// program reads the message of one program. It reports false for what it does not know at all.
type program func(b *event.Batch, h *header, m []byte) bool

func programs(app []byte) program {
	switch string(app) {
	case "sshd", "sshd-session", "sshd-auth", "in.sshd":
		return sshd
	}
	return nil
}
