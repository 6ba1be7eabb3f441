package parse

import "watchpost/internal/event"

// ossecAlert is an alert as managers of OSSEC and Wazuh send it by syslog, or write it to alerts.log. Like that of alerts.json it is an envelope
// around a line, see jsonwazuh.go.
type ossecAlert struct {
	level, rule, name, from, groups, srcIP, srcPort, dstIP, dstPort, user, file, md5, sha1, sha256, text []byte
}

// set takes what one of the four forms has under name.
func (a *ossecAlert) set(name, v []byte) bool {
	switch string(name) {
	case "Alert Level", "crit":
		a.level = v
	case "id":
		a.rule = v
	case "Rule":
		a.rule, a.name, _ = cut(v, " - ")
	case "description":
		a.name = v
	case "Location", "component":
		a.from = v
	case "classification":
		a.groups = v
	case "srcip", "src_ip", "Src IP":
		a.srcIP = v
	case "src_port", "Src Port":
		a.srcPort = v
	case "dstip", "dst_ip", "Dst IP":
		a.dstIP = v
	case "dst_port", "Dst Port":
		a.dstPort = v
	case "user", "acct", "User":
		if string(v) != "(none)" {
			a.user = v
		}
	case "file":
		a.file = v
	case "Current MD5", "md5_new":
		a.md5 = v
	case "Current SHA1", "sha1_new":
		a.sha1 = v
	case "Current SHA256", "sha256_new":
		a.sha256 = v
	case "message":
		a.text = v
	case "Previous MD5", "Previous SHA1", "Previous SHA256", "Size changed", "User ownership", "Group ownership", "Permissions changed", "srccity", "dstcity",
		"md5_old", "sha1_old", "sha256_old", "src_city", "dst_city":
	default:
		return false
	}
	return true
}

// ossec reads what a manager sends behind its tag: "Alert Level: 5; Rule: 5716 - …; Location: …; srcip: …; LINE", crit=5 id=5716 description="…", or an
// object. What comes from alerts.json is no such object.
func ossec(p *Parser, b *event.Batch, h *header, m []byte) bool {
	var a ossecAlert
	switch {
	case hasPrefix(m, "Alert Level: "):
		for len(m) > 0 { // the line begins where no name of the alert stands
			name, rest, ok := cut(m[:min(len(m), 1024)], ": ")
			if !ok || len(name) > 20 {
				break
			}
			end := ";"
			if string(name) == "Rule" { // whose text may hold one
				end = "; Location: "
			}
			v, _, ok := cut(rest, end)
			if !ok || !a.set(name, v) {
				break
			}
			m = skipBlanks(m[len(name)+len(": ")+len(v)+1:])
		}
		a.text = m
	case hasPrefix(m, "crit="):
		m, text, _ := cut(m, ` message="`)
		for r := (pairs{s: m, csv: true}); ; {
			name, v, ok := r.next()
			if !ok {
				break
			}
			a.set(name, v)
		}
		if n := len(text); n > 0 && text[n-1] == '"' {
			text = text[:n-1]
		}
		a.text = text
	case hasPrefix(m, "** Alert "):
		a.record(m)
	default:
		return false
	}
	return a.read(p, b, h.host, string(h.app) == wazuhTag)
}

// ossec reads what OSSEC sends as an object.
func (t *jsonSink) ossec() {
	var a ossecAlert
	for _, name := range [...]string{"crit", "id", "description", "component", "classification", "src_ip", "src_port", "dst_ip", "dst_port", "file", "acct", "md5_new", "sha1_new", "sha256_new"} {
		a.set(bytesOf(name), t.noted(name))
	}
	a.text = t.noted("message")
	var sender []byte
	if t.header {
		sender = bytesOf(event.Event{Batch: t.b, Row: t.b.Rows()}.Str(event.HostName))
	}
	a.read(t.p, t.b, sender, string(t.app) == wazuhTag)
}

// record reads an alert of alerts.log, where a sender has put its lines together:
//
//	** Alert 1795457655.812: mail  - syslog,sshd,authentication_failed,
//	2026 Nov 23 18:14:15 (web2) 192.0.2.9->/var/log/auth.log
//	Rule: 5716 (level 5) -> 'SSHD authentication failed.'
//	Src IP: 192.0.2.91
//	Nov 23 18:14:14 web2 sshd[7]: Failed password for mara from 192.0.2.91 port 4111 ssh2
func (a *ossecAlert) record(m []byte) {
	line, m, _ := cut(m, "\n")
	_, a.groups, _ = cut(line, "- ")
	if line, m, _ = cut(m, "\n"); len(line) > 21 {
		a.from = trimLine(line[21:])
	}
	line, m, _ = cut(m, "\n")
	rule, _ := after(trimLine(line), "Rule: ")
	a.ruleLine(rule)
	for len(m) > 0 {
		line, rest, _ := cut(m, "\n")
		name, v, ok := cut(line, ": ")
		if !ok || !a.set(name, trimLine(v)) {
			break
		}
		m = rest
	}
	a.text = m
}

// ruleLine takes "5716 (level 5) -> 'SSHD authentication failed.'".
func (a *ossecAlert) ruleLine(m []byte) {
	rule, name, _ := cut(m, " -> ")
	a.name = name
	if n := len(name); n > 1 && name[0] == '\'' && name[n-1] == '\'' {
		a.name = name[1 : n-1]
	}
	a.rule, rule, _ = cut(rule, " (level ")
	a.level, _, _ = cut(rule, ")")
}

// ossecRule reads the line of an alert of alerts.log that names the rule, where a sender takes each for a record: "Rule: 5716 (level 5) -> 'SSHD …'", of
// which the header has taken the first word. The line that the alert is about is read as any other.
func ossecRule(_ *Parser, b *event.Batch, h *header, m []byte) bool {
	var a ossecAlert
	if a.ruleLine(m); h.pri >= 0 || h.host != nil || !digits(a.rule) || !digits(a.level) {
		return false
	}
	b.Unset(event.ProcessName)
	wazuhApps[0].class.set(b)
	b.Unset(event.EventKind)
	b.SetString(event.EventKind, "alert")
	setNum(b, event.EventSeverity, a.level)
	b.Set(event.RuleID, a.rule)
	b.Set(event.RuleName, a.name)
	b.SetString(event.ObserverProduct, "Wazuh")
	return true
}

// ossecPart reads the lines of such an alert that say its time and groups, and addresses.
func ossecPart(_ *Parser, b *event.Batch, h *header, m []byte) bool {
	name, v, _ := cut(m, ": ")
	to := &src
	switch {
	case hasPrefix(m, "** Alert "):
		at, ok := epoch(m[len("** Alert "):min(len(m), len("** Alert 1795457655"))]) // behind it the place in the file
		if !ok {
			return false
		}
		if !h.stamp.has {
			h.stamp = civilOf(at)
		}
		_, groups, _ := cut(m, "- ")
		group, _, _ := cut(groups, ",")
		b.Set(event.RuleCategory, group)
	case !isIP(v):
		return false
	case string(name) == "Dst IP":
		to = &dst
		fallthrough
	case string(name) == "Src IP":
		setAddr(b, to, v)
	default:
		return false
	}
	alertPart.set(b)
	b.SetString(event.ObserverProduct, "Wazuh")
	return true
}

// alertPart is a line of an alert that says neither the rule nor what happened.
var alertPart = class{dataset: "wazuh.alerts", module: "wazuh", action: "alert_part", types: [3]string{"info"}}

// ossecPlace reads the line of an alert that says when and where: "2026 Nov 23 18:14:15 (web2) 192.0.2.9->/var/log/auth.log".
func ossecPlace(_ *Parser, b *event.Batch, h *header, m []byte) bool {
	if h.text != nil {
		m = h.text
	}
	from := m
	if hasPrefix(m, "(") {
		_, from, _ = cut(m, ") ")
	}
	if from, _, _ = cut(from, "->"); h.pri >= 0 || !h.stamp.hasYear || h.host != nil || h.app != nil || len(from) == 0 || len(from) == len(m) || index(from, " ") >= 0 {
		return false
	}
	alertPart.set(b)
	host := wazuhPlace(b, m)
	b.Set(event.HostName, host)
	b.Set(event.HostHostname, host)
	b.SetString(event.ObserverProduct, "Wazuh")
	return true
}

// read sets what the alert says; sender is the host in the header, and tagged says that the header is the manager's own.
func (a *ossecAlert) read(p *Parser, b *event.Batch, sender []byte, tagged bool) bool {
	if !digits(a.level) || !digits(a.rule) {
		return false
	}
	b.Unset(event.ProcessName) // the tag is no program
	b.Unset(event.ProcessPID)
	known := p.heldLine(b, a.text, false)
	if !known {
		for _, f := range [...]event.Field{event.EventKind, event.EventDataset, event.EventAction, event.EventCategory, event.EventType} {
			b.Unset(f)
		}
		wazuhApps[0].class.set(b)
		if len(a.text) > 0 {
			b.Unset(event.Message)
			b.Set(event.Message, a.text)
		}
		b.Set(event.UserName, a.user)
		a.watched(b)
		wazuhSorted(b, a.groups)
	}
	b.Unset(event.EventKind)
	b.SetString(event.EventKind, "alert")
	b.SetString(event.ObserverProduct, "Wazuh")
	b.Set(event.ObserverName, sender)
	setNum(b, event.EventSeverity, a.level)
	b.Set(event.RuleID, a.rule)
	b.Set(event.RuleName, a.name)
	group, _, _ := cut(skipBlanks(a.groups), ",")
	b.Set(event.RuleCategory, group)
	if isIP(a.srcIP) {
		setAddr(b, &src, a.srcIP)
		a.port(b, event.SourcePort, a.srcPort)
	}
	if isIP(a.dstIP) {
		setAddr(b, &dst, a.dstIP)
		a.port(b, event.DestinationPort, a.dstPort)
	}
	host := wazuhPlace(b, a.from)
	if known && p.inner.host != nil {
		host = p.inner.host
	}
	if len(host) > 0 && (sender == nil || tagged) {
		b.Set(event.HostName, host)
		b.Set(event.HostHostname, host)
	}
	return true
}

// watched reads what the watch over files has seen.
func (a *ossecAlert) watched(b *event.Batch) {
	typ := ""
	switch string(a.rule) {
	case "550", "551", "552":
		typ = "change"
	case "553":
		typ = "deletion"
	case "554":
		typ = "creation"
	default:
		return
	}
	if a.file == nil { // File '/etc/passwd' …, Integrity checksum changed for: '/etc/passwd'
		_, a.file, _ = cut(a.text, "'")
		a.file, _, _ = cut(a.file, "'")
	}
	b.Unset(event.EventCategory)
	b.Unset(event.EventType)
	b.AddString(event.EventCategory, "file")
	b.AddString(event.EventType, typ)
	b.Set(event.FilePath, a.file)
	b.Set(event.FileHashMd5, a.md5)
	b.Set(event.FileHashSha1, a.sha1)
	b.Set(event.FileHashSha256, a.sha256)
}

// port sets a port; 0 stands for none.
func (a *ossecAlert) port(b *event.Batch, f event.Field, v []byte) {
	if string(v) != "0" {
		setPort(b, f, v)
	}
}
