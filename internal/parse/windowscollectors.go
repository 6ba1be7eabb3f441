package parse

import (
	"bytes"

	"watchpost/internal/event"
)

// collected are the names of OpenTelemetry's receiver for what says which event of Windows a record is. They are common words, so they
// count only where all of them are there.
type collected struct{ id, channel, provider, computer, record []byte }

// collect notes a leaf that may be one of them.
func (c *collected) collect(path, v []byte) {
	switch string(path) {
	case "event_id.id":
		c.id = v
	case "channel":
		c.channel = v
	case "provider.name":
		c.provider = v
	case "computer":
		c.computer = v
	case "record_id":
		c.record = v
	}
}

// set names the event, if the record is one.
func (c *collected) set(b *event.Batch) {
	if c.id == nil || c.channel == nil || c.provider == nil {
		return
	}
	b.Set(event.WinlogEventID, c.id)
	b.Set(event.WinlogChannel, c.channel)
	b.Set(event.WinlogProviderName, c.provider)
	b.Set(event.WinlogComputerName, c.computer)
	b.Set(event.WinlogRecordID, c.record)
}

// namedData takes an element {"TargetUserName": "alice"} of a list of event data.
type namedData struct{ t *jsonSink }

func (d namedData) leaf(path []byte, _ jsonKind, v []byte) { d.t.addWindows(path, v) }
func (namedData) array(_, _ []byte)                        {}

// payload reads the data of a record of EvtxECmd, which are an object in a text.
func (t *jsonSink) payload(v []byte) bool {
	if !hasPrefix(v, `{"EventData"`) && !hasPrefix(v, `{"UserData"`) {
		return false
	}
	r := &t.p.object
	r.reset(v)
	r.object(jsonDepth-4, t)
	t.paid = r.err == nil
	return t.paid
}

// toldByMessage reads the data out of the message of a record that has no others: Fluent Bit's have no names.
func (t *jsonSink) toldByMessage() {
	for _, d := range t.data {
		if _, ok := flatNames[string(d.name)]; ok || windowsFields[string(d.name)] != 0 {
			return
		}
	}
	if m := (event.Event{Batch: t.b, Row: t.b.Rows()}).Str(event.Message); index(bytesOf(m), "\n") > 0 {
		renderedData(t, bytesOf(m))
	}
}

// splunkEvent reads an event as Splunk's forwarder writes it, its time and then a line for each name, the message last:
//
//	11/23/2026 06:14:15 PM
//	LogName=Security
//	EventCode=4624
//	Message=An account was successfully logged on.
func (p *Parser) splunkEvent(b *event.Batch, h *header, m []byte) bool {
	at := index(m[:min(len(m), 48)], "LogName=")
	if at < 0 || at > 0 && m[at-1] != '\n' {
		return false
	}
	to := p.windowsSink(b, h, m)
	for rest := m[at:]; len(rest) > 0; {
		line, next, _ := cut(rest, "\n")
		name, v, ok := cut(line, "=")
		if v = trimRendered(v); !ok {
			break
		}
		switch string(name) {
		case "Message":
			v = trimRendered(rest[len("Message="):])
			b.Unset(event.Message)
			b.Set(event.Message, v)
			renderedData(to, v)
			next = nil
		case "Keywords":
			to.refused = auditFailure(v)
		case "Type":
			b.Set(event.LogLevel, v)
		case "SourceName":
			if string(v) == "Microsoft Windows security auditing." {
				v = []byte(auditProvider)
			}
			b.Set(event.WinlogProviderName, v)
		default:
			if f := flatFields[string(name)]; f != 0 {
				b.Set(f, v)
			}
		}
		rest = next
	}
	windows(b, to)
	var c civil
	if !h.stamp.has && at > 20 && readMore(m, &c) {
		if twelve := m[:at]; bytes.Contains(twelve, []byte("PM")) && c.hour < 12 {
			c.hour += 12
		} else if bytes.Contains(twelve, []byte("AM")) && c.hour == 12 {
			c.hour = 0
		}
		h.stamp = c
	}
	return true
}

const auditProvider = "Microsoft-Windows-Security-Auditing"
