package parse

import "watchpost/internal/event"

// tag takes "program[7]" from the message where the header has none.
func (p *Parser) tag(b *event.Batch, h *header, tag []byte) {
	if len(h.app) > 0 {
		return
	}
	tag = skipBlanks(tag)
	name, pid, ok := cutLast(tag, "[")
	if ok && hasSuffix(pid, "]") {
		setNum(b, event.ProcessPID, pid[:len(pid)-1])
	} else {
		name = tag
	}
	b.Set(event.ProcessName, name)
	h.app = name
}

// f5Other reads what a program of BIG-IP writes that is no message with a number: by the program where others know it.
func f5Other(p *Parser, b *event.Batch, h *header, level, m []byte) bool {
	b.Unset(event.Message)
	b.Set(event.Message, m)
	b.Set(event.LogLevel, level)
	h.msg = m
	if f := programs(programName(h.app)); f != nil && f(b, h, m) {
		return true
	}
	return hasPrefix(m, "pam_") && pam(b, h, m)
}

// tmuiLogin reads who came through the pages: "User=admin tty=(unknown) host=192.0.2.5 failed to login after 1 attempts (start=…".
func tmuiLogin(p *Parser, b *event.Batch, h *header, m []byte) bool {
	s := shape{"", login, failure, authn, "start", tmuiFailed[:]}
	if !s.fits(m) {
		return false
	}
	r := p.read(b, h, &bigIP)
	r.begin()
	s.read(b, m)
	r.end()
	return true
}

var tmuiFailed = [...]string{"User={user} tty={x} host={addr} failed to login after "}
