package parse

import "watchpost/internal/event"

// umbrella reads the DNS log of Cisco Umbrella, columns in quotes:
//
//	"2026-11-23 18:14:15","laptop1","laptop1,Roaming","192.0.2.5","203.0.113.5","Blocked","1 (A)","NOERROR","bad.example.org.","Malware",…
func umbrella(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if len(m) < 40 || m[0] != '"' {
		return false
	}
	if m[21-1] != '"' {
		return umbrellaAudit(b, h, m)
	}
	r := columns{m}
	var v [32][]byte // time, identity, identities, inside, outside, action, type, code, name, categories, kind of identity, kinds of identities
	r.take(v[:])
	var c civil
	n := readISO(v[0], &c)
	if n > 0 && n == len(v[0]) && (umbrellaFlow(b, v[:]) || umbrellaIntrusion(b, v[:]) || p.umbrellaProxy(b, v[:]) || umbrellaAddress(b, v[:]) || umbrellaContent(b, v[:])) {
		if !h.stamp.has {
			h.stamp = c
			h.stamp.hasZone, h.stamp.offset = true, 0
		}
		b.SetString(event.ObserverVendor, "Cisco")
		b.SetString(event.ObserverProduct, "Umbrella")
		return true
	}
	code, kind, ok := cut(v[6], " (")
	if n == 0 || n != len(v[0]) || !ok || !digits(code) || !hasSuffix(kind, ")") || !isIP(v[4]) {
		return false
	}
	k := class{"cisco.umbrella", "cisco", "dns_query", success, netw, [3]string{"info", "allowed"}}
	if foldEqual(v[5], "BLOCKED") {
		k.action, k.outcome, k.types[1] = "dns_blocked", failure, "denied"
	}
	k.set(b)
	if !h.stamp.has {
		h.stamp = c
		h.stamp.hasZone, h.stamp.offset = true, 0 // always UTC
	}
	b.SetString(event.ObserverVendor, "Cisco")
	b.SetString(event.ObserverProduct, "Umbrella")
	b.SetString(event.ObserverType, "dns")
	b.SetString(event.NetworkProtocol, "dns")
	if isIP(v[3]) {
		setAddr(b, &src, v[3])
		b.Set(event.SourceNATIP, v[4])
	} else {
		setAddr(b, &src, v[4])
	}
	b.Label([]byte("umbrella.identity"), v[1])
	umbrellaIdentities(b, v[2], v[11])
	b.Set(event.DNSQuestionType, kind[:len(kind)-1])
	b.Set(event.DNSResponseCode, v[7])
	setName(b, v[8])
	b.Set(event.RuleCategory, v[9])
	return true
}

// umbrellaFlow reads a row of the cloud firewall's log: time, origin, identity, its type, direction, protocol, size, source, destination, data centre,
// rule, verdict.
func umbrellaFlow(b *event.Batch, v [][]byte) bool {
	if !digits(v[5]) || !isIP(v[7]) || !isIP(v[9]) {
		return false
	}
	(&class{"cisco.umbrella", "cisco", "firewall-rule", "", netw, [3]string{"connection"}}).set(b)
	b.SetString(event.ObserverType, "firewall")
	b.Label([]byte("umbrella.identity"), v[2])
	setFlowDirection(b, v[4])
	setTransport(b, v[5])
	setNum(b, event.NetworkBytes, v[6])
	setAddr(b, &src, v[7])
	setPort(b, event.SourcePort, v[8])
	setAddr(b, &dst, v[9])
	setPort(b, event.DestinationPort, v[10])
	b.Set(event.RuleID, v[12])
	umbrellaVerdict(b, v[13])
	return true
}

// umbrellaIntrusion reads a row of the intrusion log: time, identity, its type, generator, signature and its text, list, severity, class, CVE, protocol,
// session, source, destination, verdict.
func umbrellaIntrusion(b *event.Batch, v [][]byte) bool {
	if !digits(v[3]) || !digits(v[4]) || !isIP(v[12]) || !isIP(v[14]) {
		return false
	}
	(&class{"cisco.umbrella", "cisco", "ids_alert", "", "intrusion_detection", [3]string{"info"}}).set(b)
	b.SetString(event.ObserverType, "ids")
	b.Label([]byte("umbrella.identity"), v[1])
	b.Set(event.RuleID, v[4])
	b.Set(event.RuleName, v[5])
	b.Set(event.RuleCategory, v[8])
	b.Label([]byte("umbrella.cve"), v[9])
	setTransport(b, v[10])
	setAddr(b, &src, v[12])
	setPort(b, event.SourcePort, v[13])
	setAddr(b, &dst, v[14])
	setPort(b, event.DestinationPort, v[15])
	umbrellaVerdict(b, v[16])
	return true
}

// umbrellaAudit reads a row of the log of administrators: number, time, mail, name, kind of object, what was done, address, before, after.
func umbrellaAudit(b *event.Batch, h *header, m []byte) bool {
	id, _, _ := cut(m[1:], "\"")
	if !digits(id) {
		return false
	}
	r := columns{m}
	var v [9][]byte
	r.take(v[:])
	var c civil
	if n := readISO(v[1], &c); n == 0 || n != len(v[1]) || !isIP(v[6]) {
		return false
	}
	action := unquote(trimBlanks(v[5]))
	(&class{"cisco.umbrella", "cisco", "configuration", success, "configuration", [3]string{verbType(view(action))}}).set(b)
	b.Set(event.EventAction, action)
	b.SetString(event.ObserverVendor, "Cisco")
	b.SetString(event.ObserverProduct, "Umbrella")
	if string(v[2]) != "null" {
		setUPN(b, view(v[2]), false)
		b.Set(event.UserID, v[2])
		b.Set(event.UserName, v[3])
	}
	b.Label([]byte("umbrella.object"), unquote(trimBlanks(v[4])))
	setAddr(b, &src, v[6])
	if !h.stamp.has {
		h.stamp = c
		h.stamp.hasZone, h.stamp.offset = true, 0
	}
	return true
}

// umbrellaProxy reads a row of the web proxy's log: time, identity, inside, outside, server, type of content, verdict, URL, referrer, agent, status, sizes of
// request, answer and body, hash, categories.
func (p *Parser) umbrellaProxy(b *event.Batch, v [][]byte) bool {
	if len(v[6]) == 0 || index(v[7], "://") < 0 || !isIP(v[3]) {
		return false
	}
	(&class{"cisco.umbrella", "cisco", "http_request", "", "web", [3]string{"access"}}).set(b)
	b.SetString(event.ObserverType, "proxy")
	b.Label([]byte("umbrella.identity"), v[1])
	if isIP(v[2]) {
		setAddr(b, &src, v[2])
		b.Set(event.SourceNATIP, v[3])
	} else {
		setAddr(b, &src, v[3])
	}
	if isIP(v[4]) {
		setAddr(b, &dst, v[4])
	}
	setURL(b, v[7])
	b.Set(event.HTTPRequestReferrer, v[8])
	b.Set(event.UserAgentOriginal, v[9])
	setNum(b, event.HTTPResponseStatusCode, v[10])
	setNum(b, event.SourceBytes, v[11])
	setNum(b, event.DestinationBytes, v[12])
	if len(v[14]) == 64 {
		b.Set(event.FileHashSha256, v[14])
	}
	b.Set(event.RuleCategory, v[15])
	umbrellaIdentities(b, v[23], v[24])
	if isMethod(v[25]) {
		b.Set(event.HTTPRequestMethod, v[25])
	}
	b.Set(event.FileName, v[28])
	b.Set(event.RuleRuleset, v[29])
	b.Set(event.RuleID, v[30])
	umbrellaVerdict(b, v[6])
	return true
}

// umbrellaAddress reads a row of the log of addresses: time, identity, source, destination, categories.
func umbrellaAddress(b *event.Batch, v [][]byte) bool {
	if !isIP(v[2]) || !isIP(v[4]) || !digits(v[3]) || !digits(v[5]) || len(v[7]) > 0 {
		return false
	}
	(&class{"cisco.umbrella", "cisco", "flow", "", netw, [3]string{"connection"}}).set(b)
	b.SetString(event.ObserverType, "firewall")
	b.Label([]byte("umbrella.identity"), v[1])
	setAddr(b, &src, v[2])
	setPort(b, event.SourcePort, v[3])
	setAddr(b, &dst, v[4])
	setPort(b, event.DestinationPort, v[5])
	b.Set(event.RuleCategory, v[6])
	return true
}

// umbrellaContent reads a row of the log of data loss prevention: time, kind, number, severity, identity, owner, file, application, URL, verdict, rule,
// classification, identifier, type, size, hash, label.
func umbrellaContent(b *event.Batch, v [][]byte) bool {
	if !foldEqual(v[1], "REAL TIME") && !foldEqual(v[1], "SAAS API") || len(v[9]) == 0 {
		return false
	}
	(&class{"cisco.umbrella", "cisco", "", "", "file", [3]string{"access"}}).set(b)
	b.SetString(event.ObserverType, "dlp")
	b.Set(event.EventAction, v[9])
	b.Set(event.EventProvider, v[1])
	b.Set(event.LogLevel, v[3])
	b.Label([]byte("umbrella.identity"), v[4])
	b.Set(event.FileOwner, v[5])
	b.Set(event.FileName, v[6])
	b.Set(event.NetworkApplication, v[7])
	if len(v[8]) > 0 {
		setURL(b, v[8])
	}
	b.Set(event.RuleName, v[10])
	b.Set(event.RuleCategory, v[11])
	setNum(b, event.FileSize, v[14])
	if len(v[15]) == 64 {
		b.Set(event.FileHashSha256, v[15])
	}
	umbrellaVerdict(b, v[9])
	return true
}

// umbrellaIdentities tells by their kinds which of the identities is a user, a computer, a network:
//
//	anna,laptop1        AD Users, Roaming Computers
func umbrellaIdentities(b *event.Batch, names, kinds []byte) {
	for n := 0; n < 16 && len(names) > 0 && len(kinds) > 0; n++ {
		var name, kind []byte
		name, names, _ = cut(names, ",")
		kind, kinds, _ = cut(kinds, ",")
		name, kind = trimBlanks(name), trimBlanks(kind)
		switch {
		case len(name) == 0:
		case hasSuffix(kind, "Users"): // Anna Berg (anna@example.com)
			full, mail, _ := cut(name, " (")
			if mail, _, _ = cut(mail, ")"); index(mail, "@") < 1 {
				setFullUser(b, name)
				continue
			}
			b.Set(event.UserFullName, full)
			b.Set(event.UserID, mail)
			setUPN(b, view(mail), true)
		case hasSuffix(kind, "Computers"), hasSuffix(kind, "Roaming Client"), hasSuffix(kind, "Devices"):
			b.Set(event.HostName, name)
			b.Set(event.HostHostname, name)
		case hasSuffix(kind, "Networks"), hasSuffix(kind, "Tunnels"):
			if !(event.Event{Batch: b, Row: b.Rows()}).Present(event.NetworkName) {
				b.Set(event.NetworkName, name)
			}
		}
	}
}

func umbrellaVerdict(b *event.Batch, v []byte) {
	if foldEqual(v, "BLOCK") || foldEqual(v, "BLOCKED") {
		b.AddString(event.EventType, "denied")
		b.SetString(event.EventOutcome, failure)
	} else if foldEqual(v, "ALLOW") || foldEqual(v, "ALLOWED") {
		b.AddString(event.EventType, "allowed")
		b.SetString(event.EventOutcome, success)
	}
}
