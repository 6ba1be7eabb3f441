package parse

import (
	"encoding/base64"
	"fmt"

	"watchpost/internal/event"
)

// carried is the line that an agent read from a file or a journal and sent within its JSON.
type carried struct {
	on       bool   // the record may carry one: it has no syslog header of its own
	original []byte // event.original, or AuditData
	list     []byte // Records: those that a service hands out in one object
	text     []byte // message, MESSAGE, or log
	words    []byte // what an event of Windows in original says in words
	program  []byte // who wrote text, where the agent says so
	again    bool   // the record is walked a second time, for its own fields to win
	taken    bool   // text was a line or an object: message is what stood in it
	dated    bool   // the line stated its time with year and zone
	pushed
}

// pushed is what Google's Pub/Sub pushes to a subscriber: the message in base64 (in message.data), and beside it from which subscription.
type pushed struct {
	data, subscription, at []byte
}

// note remembers what may be a line. It reports whether the leaf has been dealt with.
func (c *carried) note(path, v []byte) bool {
	switch string(path) {
	case "event.original", "AuditData", "properties.RawXml": // of a search in M365's audit; of Azure's events of Windows
		c.original = v
	case "message", "MESSAGE", "log", "properties.log": // the last of Azure's Kubernetes
		if c.again {
			return c.taken && len(path) > len("log") // the label log stays
		}
		c.text = v
	case "message.data":
		c.pushed.data = v
		return true
	case "message.publishTime":
		c.pushed.at = v
	case "subscription":
		c.pushed.subscription = v
	case "properties.Description":
		c.words = v
	case "textPayload", "jsonPayload.message", "jsonPayload.MESSAGE": // of Google Cloud's logs, which name them so
		if !c.again && c.text == nil {
			c.text = v
		}
	case "log.syslog.appname", "syslog.identifier", "SYSLOG_IDENTIFIER", "process.name", "jsonPayload.SYSLOG_IDENTIFIER":
		c.program = v
	}
	return false
}

// readCarried reads the line that the record carries, if it does, into the open row, and then the record again: where both say
// something, the record's own field stands. The time of a line with year and zone is better than the agent's, which is
// when it read the line.
func (p *Parser) readCarried(b *event.Batch, to *jsonSink) {
	c := &to.carried
	if to.windowsEvent() {
		return
	}
	if c.pushed.data != nil && !c.again {
		p.readPushed(b, to)
	}
	if !p.carriedFirst(to) {
		if !c.on || !p.carriedLine(b, to, c.original) && !p.carriedLine(b, to, c.text) && !p.carriedBody(b, c) {
			return
		}
		if taken := c.taken; p.carriedFirst(to) { // the text held such a list
			c.taken = taken
		}
	}
	c.again = true
	r := &p.json
	r.reset(r.s)
	r.object(1, to)
}

// readPushed takes the message out of what Pub/Sub pushes, as the text that is carried; what only looks so keeps its data as they stand.
func (p *Parser) readPushed(b *event.Batch, to *jsonSink) {
	c := &to.carried
	if !hasPrefix(c.pushed.subscription, "projects/") || len(c.text) > 0 {
		to.label(bytesOf("message.data"), c.pushed.data)
		return
	}
	var err error
	if p.decoded, err = base64.StdEncoding.AppendDecode(p.decoded[:0], c.pushed.data); err != nil || len(p.decoded) == 0 {
		to.label(bytesOf("message.data"), c.pushed.data)
		if err != nil {
			fault(b, fmt.Errorf("Pub/Sub: message.data: %w", err))
		}
		return
	}
	if c.text = p.decoded; to.rank == 0 {
		to.isTime(bytesOf("@timestamp"), jsonString, c.pushed.at)
	}
}

// carriedFirst reads the first of the records that a service hands out in one object, {"Records": [{…}, …]}; all stay in the label.
func (p *Parser) carriedFirst(to *jsonSink) bool {
	first, _ := nextObject(to.list)
	return first != nil && p.carriedJSON(to, first, false)
}

// carriedLine reads s if it is an object or a line with a header that can be nothing else.
func (p *Parser) carriedLine(b *event.Batch, to *jsonSink, s []byte) bool {
	c := &to.carried
	if !mayBeLine(s) {
		return false
	}
	if t := trimLine(trimJSON(s)); len(t) > 0 && t[0] == '{' {
		notes := to.notes
		to.notes = appNotes{all: p.spare.sink.notes.all[:0]} // what the object says goes before what is said of who hands it on
		if p.carriedJSON(to, t, view(s) == view(c.text)) {
			p.spare.sink.notes.all = notes.all
			return true
		}
		to.notes, p.spare.sink.notes.all = notes, to.notes.all
		return false
	}
	if t := skipBlanks(s); isWindowsXML(t) {
		stamp, epoch, rank := to.stamp, to.epoch, to.rank
		to.rank = 0
		x := xmlReader{s: t, to: to}
		x.read()
		if x.err != nil {
			fault(b, x.err)
		}
		c.taken = view(s) == view(c.text) && len(x.message) > 0
		if c.dated = to.rank > 0; !c.dated {
			to.stamp, to.epoch, to.rank = stamp, epoch, rank
		}
		if c.taken {
			b.Unset(event.Message)
			b.Set(event.Message, x.message)
		}
		return true
	}
	h := &p.inner
	*h = header{pri: -1}
	scan(s, h)
	if !isLine(s, h) {
		return false
	}
	c.taken = view(s) == view(c.text)
	p.setHeader(b, h)
	if !p.aside(func() bool { return p.body(b, h) }) { // it may be one of Windows, read by the reader of this record
		b.SetString(event.EventDataset, "syslog")
	}
	if !to.takeTime(h) && h.stamp.has && (to.rank == 0 || h.stamp.hasYear && h.stamp.hasZone) {
		to.stamp, to.rank, c.dated = h.stamp, 1, true
	}
	return true
}

// takeTime takes the time of a line within the record if the line states it whole, be it that the body names the zone.
func (t *jsonSink) takeTime(h *header) bool {
	if !h.stamp.hasYear {
		return false
	}
	s, err := t.p.stated(&h.stamp, h.zone, t.p.yearFrom((event.Event{Batch: t.b, Row: t.b.Rows()}).Ingested()))
	if err != nil || !s.Has || !s.Zone {
		return false
	}
	t.stamp, t.epoch, t.rank, t.dated = civil{}, s.Time, 1, true
	return true
}

// carriedJSON reads an object in a text, its time instead of the agent's.
func (p *Parser) carriedJSON(to *jsonSink, s []byte, text bool) bool {
	if !p.wholeObject(s) {
		return false
	}
	r, c := &p.object, &to.carried
	on, stamp, epoch, rank, object := c.on, to.stamp, to.epoch, to.rank, to.object
	c.on, to.rank = false, 0
	if to.flat == flatNo { // of what carries it
		to.flat = flatUnasked
	}
	to.object = trimBlanks(s)
	r.reset(s)
	r.object(1, to)
	to.object = object
	if c.on, c.taken, c.dated = on, text, to.rank > 0; !c.dated {
		to.stamp, to.epoch, to.rank = stamp, epoch, rank
	}
	return true
}

// wholeObject says whether s is an object and nothing else: what was cut off on its way stays a text.
func (p *Parser) wholeObject(s []byte) bool {
	r := &p.object
	r.reset(s)
	r.object(1, &p.nowhere)
	return r.err == nil && r.i == len(trimBlanks(s))
}

// carriedBody reads the text as a message of the program that the agent names.
func (p *Parser) carriedBody(b *event.Batch, c *carried) bool {
	if len(c.program) == 0 || len(c.text) == 0 {
		return false
	}
	f := programs(programName(c.program))
	if f == nil {
		return false
	}
	p.inner = header{pri: -1, app: c.program, msg: c.text}
	return f(b, &p.inner, c.text)
}

// mayBeLine is quick to say that a text is none.
func mayBeLine(s []byte) bool {
	if len(s) < 16 {
		return false
	}
	switch c := s[0]; {
	case c == '<', c == '{', c == '%', digit(c):
		return true
	case c >= 'A' && c <= 'Z':
		return s[3] == ' '
	}
	return isAudit(s) || isFortinet(s)
}

// isLine says whether the header read from s is one, and not the beginning of a sentence with a date.
func isLine(s []byte, h *header) bool {
	if m := trimJSON(h.msg); len(m) == 0 || m[0] == '{' {
		return false
	}
	switch {
	case h.pri >= 0:
		return h.stamp.has || h.app != nil
	case string(h.app) == "WinEvtLog":
		return h.stamp.has
	case h.stamp.has && h.host != nil && h.app != nil:
		return alpha(s[0]) || programs(programName(h.app)) != nil
	}
	return isMnemonic(h.msg) || isAudit(h.msg) || isFortinet(h.msg)
}

// nowhere drops what it is given.
type nowhere struct{}

func (nowhere) leaf([]byte, jsonKind, []byte) {}
func (nowhere) array(_, _ []byte)             {}

// windowsEvent says whether the record is an event of Windows' log, whose message is prose.
func (t *jsonSink) windowsEvent() bool {
	return event.Event{Batch: t.b, Row: t.b.Rows()}.Present(event.WinlogChannel)
}
