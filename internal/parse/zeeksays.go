package parse

import (
	"strconv"

	"watchpost/internal/event"
)

// zeekProtocols are protocol and transport of the logs of which each line is of one; "" where it may be any.
var zeekProtocols = map[string][2]string{
	"zeek.dns": {"dns", ""}, "zeek.http": {"http", "tcp"}, "zeek.ssl": {"tls", "tcp"}, "zeek.ssh": {"ssh", "tcp"}, "zeek.ftp": {"ftp", "tcp"}, "zeek.smtp": {"smtp", "tcp"},
	"zeek.rdp": {"rdp", "tcp"}, "zeek.smb_files": {"smb", "tcp"}, "zeek.smb_mapping": {"smb", "tcp"}, "zeek.ntlm": {"ntlm", "tcp"}, "zeek.kerberos": {"kerberos", ""},
	"zeek.dhcp": {"dhcp", "udp"}, "zeek.snmp": {"snmp", "udp"}, "zeek.radius": {"radius", "udp"}, "zeek.sip": {"sip", ""}, "zeek.socks": {"socks", "tcp"},
	"zeek.mysql": {"mysql", "tcp"}, "zeek.modbus": {"modbus", "tcp"}, "zeek.dce_rpc": {"dce_rpc", "tcp"}, "zeek.dnp3": {"dnp3", "tcp"}, "zeek.irc": {"irc", "tcp"},
}

// zeekForm gives the fields of a line of a log, from JSON or columns, the form that ECS has for them.
func (p *Parser) zeekForm(b *event.Batch, log string) {
	e := event.Event{Batch: b, Row: b.Rows()}
	if of, ok := zeekProtocols[log]; ok {
		b.SetString(event.NetworkProtocol, of[0])
		if of[1] != "" && !e.Present(event.NetworkTransport) && index(bytesOf(e.Str(event.TLSVersion)), "DTLS") < 0 {
			setTransport(b, unsafeBytes(of[1]))
		}
	}
	if e.Str(event.NetworkTransport) == "icmp" { // which has a type and a code where others have ports
		for _, f := range [...]struct {
			port event.Field
			name string
		}{{event.SourcePort, "icmp.type"}, {event.DestinationPort, "icmp.code"}} {
			if n, ok := e.Int(f.port); ok {
				p.val = strconv.AppendInt(p.val[:0], n, 10)
				b.Label(unsafeBytes(f.name), p.val)
				b.Unset(f.port)
			}
		}
	}
	switch log {
	case "zeek.intel":
		if v := bytesOf(e.Str(event.RuleName)); isIP(v) {
			b.Set(event.ThreatIndicatorIP, v)
		}
	case "zeek.dns":
		for i := range e.Len(event.DNSAnswers) {
			if v := e.At(event.DNSAnswers, i); isIP(bytesOf(v)) {
				b.AddString(event.DNSResolvedIP, v)
			}
		}
	case "zeek.kerberos": // name/REALM
		if name, realm, ok := cutLast(bytesOf(e.Str(event.UserName)), "/"); ok {
			b.Set(event.UserDomain, realm)
			b.Set(event.UserName, name)
		}
	case "zeek.files":
		if s := e.Str(event.NetworkProtocol); s != "" {
			p.val = lower(p.val[:0], bytesOf(s))
			b.Set(event.NetworkProtocol, p.val)
		}
	case "zeek.smb_files":
		p.zeekShareFile(b, e)
	}
}

// zeekShareFile puts a share and a name below it together.
func (p *Parser) zeekShareFile(b *event.Batch, e event.Event) {
	if typ := map[string]string{"SMB::FILE_DELETE": "deletion", "SMB::FILE_RENAME": "change", "SMB::FILE_WRITE": "change", "SMB::FILE_SET_ATTRIBUTE": "change"}[e.Str(event.EventAction)]; typ != "" {
		b.Unset(event.EventType)
		b.AddString(event.EventType, typ)
	}
	name := bytesOf(e.Str(event.FileName))
	if len(name) == 0 {
		return
	}
	path := p.val[:0]
	if dir := e.Str(event.FileDirectory); dir != "" {
		if path = append(path, dir...); path[len(path)-1] != '\\' {
			path = append(path, '\\')
		}
	}
	path = append(path, name...)
	p.val = path
	b.Set(event.FilePath, path)
	if dir, last, ok := cutLast(path, `\`); ok && len(last) > 0 {
		b.Set(event.FileName, last)
		b.Set(event.FileDirectory, dir)
	}
	splitFile(b, e, path)
}

// zeekState tells by the state of a connection how it began and ended.
func zeekState(b *event.Batch, state string) {
	switch state {
	case "REJ":
		b.AddString(event.EventType, "start")
		b.AddString(event.EventType, "denied")
	case "SF":
		b.AddString(event.EventType, "start")
		b.AddString(event.EventType, "end")
	case "S0", "S1":
		b.AddString(event.EventType, "start")
	case "":
	default:
		b.AddString(event.EventType, "info")
	}
}

// zeekFTP sets what a command names: an address, or a file by its path.
func (p *Parser) zeekFTP(b *event.Batch, arg []byte) {
	switch {
	case hasPrefix(arg, "ftp://"):
		p.setTarget(b, arg)
	case hasPrefix(arg, "/"):
		setFile(b, arg)
	}
}

// zeek reads what pairs of names cannot say of a log as JSON.
func (t *jsonSink) zeek(log string) {
	if log == "zeek.connection" {
		zeekState(t.b, string(t.noted("conn_state")))
		from, to := string(t.noted("local_orig")), string(t.noted("local_resp"))
		switch {
		case from == "" || to == "":
		case from == "true" && to == "true":
			t.b.SetString(event.NetworkDirection, "internal")
		case from == "true":
			t.b.SetString(event.NetworkDirection, "outbound")
		case to == "true":
			t.b.SetString(event.NetworkDirection, "inbound")
		default:
			t.b.SetString(event.NetworkDirection, "external")
		}
	}
	if log == "zeek.ftp" {
		t.p.zeekFTP(t.b, t.noted("arg"))
	}
	t.p.zeekForm(t.b, log)
}
