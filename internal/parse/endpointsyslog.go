package parse

import (
	"math"
	"net/netip"

	"watchpost/internal/event"
)

var symantecSEP = product{"symantec_endpoint.log", "symantec_endpoint", "Broadcom", "Symantec Endpoint Protection", "", map[string]target{
	"IP Address": {how: srcAddr}, "Local Host IP": {fact: fDate, how: keep}, "Local Host": {fact: fDate, how: keep}, "Remote Host IP": {fact: fClock, how: keep}, "Remote Host": {fact: fClock, how: keep}, "Local Port": {fact: fType, how: keep}, "Remote Port": {fact: fSub, how: keep}, "Source Computer IP": {how: srcAddr}, "Source Computer Name": {field: event.SourceDomain},
	"Computer name": {fact: fName, how: keep}, "Computer": {fact: fName, how: keep}, "Risk name": {field: event.RuleName}, "Risk type": {field: event.RuleCategory}, "File path": {how: fileText}, "File Path": {how: fileText}, "Actual action": {fact: fAction, how: keep}, "Action Type": {fact: fOther, how: keep}, "User Name": {fact: fUser, how: keep}, "User": {fact: fUser, how: keep}, "Admin": {field: event.UserName}, "Administrator": {field: event.UserName},
	"Event Description": {field: event.Message, fact: fText}, "Application hash": {how: anyHash}, "Application name": {how: skip}, "Application": {field: event.ProcessName}, "Application path": {field: event.ProcessExecutable}, "SHA-256": {how: anyHash}, "MD-5": {how: anyHash}, "Rule": {field: event.RuleName}, "Rule Name": {field: event.RuleName}, "CIDS Signature ID": {field: event.RuleID}, "CIDS Signature string": {field: event.RuleName},
	"Intrusion URL": {how: urlText}, "Web domain": {how: urlHost}, "Domain Name": {how: skip}, "Domain": {how: skip}, "Server Name": {field: event.ObserverHostname}, "Server": {field: event.ObserverHostname}, "Site": {how: skip}, "Group Name": {how: skip}, "Occurrences": {how: skip}, "Begin": {how: skip}, "Begin Time": {how: skip}, "End Time": {how: skip}, "End": {how: skip}, "Event time": {fact: fStamp, how: keep}, "Event Insert Time": {how: skip}, "Last update time": {how: skip},
	"Local Host MAC": {how: skip}, "Remote Host MAC": {how: skip}, "Location": {how: skip}, "Remote Host Name": {fact: fZone, how: keep}, "Source": {how: skip}, "Category": {how: skip}, "Event Type": {how: skip}, "Local": {fact: fDate, how: keep}, "Remote": {fact: fClock, how: keep},
}, nil}

// symantec reads what the manager of Symantec Endpoint Protection sends: words and "key: value", between commas. The computer that it is about is the
// near end: the header names the manager.
func symantec(p *Parser, b *event.Batch, h *header, m []byte) bool {
	r := p.read(b, h, &symantecSEP)
	r.begin()
	b.Unset(event.Message)
	b.Set(event.Message, m)
	inbound, outbound, first := false, false, []byte(nil)
	for n, rest := 0, m; len(rest) > 0; n++ {
		var part []byte
		if rest[0] == '"' {
			part, rest, _ = cut(rest[1:], `"`)
			_, rest, _ = cut(rest, ",")
		} else {
			part, rest, _ = cut(rest, ",")
		}
		part = trimBlanks(part)
		key, v, ok := cut(part, ": ")
		if !ok && len(key) > 1 && key[len(key)-1] == ':' {
			continue // no value
		}
		switch {
		case ok && len(key) > 0 && key[0] != '[' && len(key) < 32:
			r.pair(key, trimBlanks(v))
		case n == 0:
			first = part
		case string(part) == "Inbound":
			inbound = true
		case string(part) == "Outbound":
			outbound = true
		case string(part) == "TCP", string(part) == "UDP", string(part) == "ICMP":
			setTransport(b, part)
		case len(r.fact[fText]) == 0 && len(part) > 12:
			r.fact[fText] = part
		}
	}
	r.symantecEnds(inbound, outbound)
	r.symantecSays(first)
	r.end()
	return true
}

// symantecEnds: the computer's own end is the source of what goes out.
func (r *reading) symantecEnds(inbound, outbound bool) {
	near, far := &src, &dst
	if inbound {
		near, far = far, near
		r.b.SetString(event.NetworkDirection, "inbound")
	} else if outbound {
		r.b.SetString(event.NetworkDirection, "outbound")
	}
	if v := r.fact[fClock]; isIP(v) && string(v) != "0.0.0.0" {
		setAddr(r.b, far, v)
		setAddr(r.b, near, r.fact[fDate])
		if n, ok := number(r.fact[fSub]); ok && n > 0 {
			setPort(r.b, far.port, r.fact[fSub])
		}
		if n, ok := number(r.fact[fType]); ok && n > 0 {
			setPort(r.b, near.port, r.fact[fType])
		}
		r.b.Set(far.domain, r.fact[fZone])
	} else if isIP(r.fact[fDate]) {
		setAddr(r.b, &src, r.fact[fDate])
	}
}

func (r *reading) symantecSays(first []byte) {
	b, text := r.b, r.fact[fText]
	host := r.fact[fName]
	if len(host) == 0 && isHost(first) && !hasFold(first, "FOUND") {
		host = first
	}
	if e := r.event(); e.Str(event.NetworkDirection) == "inbound" {
		b.Set(event.DestinationDomain, host)
	} else {
		b.Set(event.SourceDomain, host)
	}
	if v := r.fact[fUser]; string(v) != "none" && string(v) != "None" {
		setAccount(b, event.UserName, v)
	}
	e := r.event()
	action := r.fact[fAction]
	switch {
	case hasSuffix(first, "found"), e.Present(event.RuleName) && len(action) > 0:
		r.say("ids_alert", "malware", "info")
		b.Set(event.EventReason, action)
		switch {
		case hasPrefix(action, "Clean"), hasPrefix(action, "Quarantin"), hasPrefix(action, "Delet"), hasPrefix(action, "Block"):
			b.SetString(event.EventOutcome, success)
		case hasPrefix(action, "Left alone"), hasPrefix(action, "All actions failed"):
			b.SetString(event.EventOutcome, failure)
		}
	case hasPrefix(text, "[SID: "):
		r.say("ids_alert", "intrusion_detection", "info")
		b.Unset(event.Message)
		b.Set(event.Message, text)
		if hasFold(text, "BLOCKED") {
			r.judge(bytesOf("blocked"))
		}
	case index(text, "og on") > 0 || index(text, "ogged on") > 0 || index(text, "ogon") > 0:
		r.say(login, authn, "start")
		if hasFold(text, "FAIL") {
			b.SetString(event.EventOutcome, failure)
		} else if hasFold(text, "SUCCE") {
			b.SetString(event.EventOutcome, success)
		}
	case index(text, "og off") > 0 || index(text, "logged out") > 0:
		r.say("logout", "session", "end")
	case e.Present(event.DestinationIP) || e.Present(event.SourceIP):
		r.say("firewall-rule", netw, "connection")
		if v := r.fact[fOther]; len(v) > 0 {
			r.judge(v)
		} else if index(r.h.msg, ",Blocked,") > 0 || hasSuffix(r.h.msg, "Action: Blocked") {
			r.judge(bytesOf("blocked"))
		}
	default:
		r.say("", "host", "info")
	}
}

// kaspersky reads the structured data of Kaspersky Security Center: the computer that an event is about is its source, and what p1 to p9 are
// depends on the event.
func kaspersky(parser *Parser, b *event.Batch, h *header, _ []byte) bool {
	rest, ok := after(h.sd, "[event@23668 ")
	if !ok {
		return false
	}
	(&class{dataset: "kaspersky.ksc", module: "kaspersky"}).set(b)
	b.SetString(event.ObserverVendor, "Kaspersky")
	b.Set(event.ObserverName, h.host)
	product, version, _ := cut(h.app, "|")
	b.Set(event.ObserverProduct, product)
	b.Set(event.ObserverVersion, version)
	b.Unset(event.ProcessName)
	var kind []byte
	var p [10][]byte
	for len(rest) > 0 {
		var key, v []byte
		key, v, rest = cutParam(rest)
		switch string(key) {
		case "et":
			kind = v
		case "hdn":
			b.Set(event.SourceDomain, v)
		case "hip":
			if isIP(v) {
				setAddr(b, &src, v)
			}
		case "etdn":
			b.Set(event.RuleDescription, v)
		default:
			if len(key) == 2 && key[0] == 'p' && digit(key[1]) {
				p[key[1]-'0'] = v
			}
		}
	}
	b.Set(event.EventCode, kind)
	switch {
	case hasPrefix(kind, "GNRL_EV_VIRUS"), hasPrefix(kind, "GNRL_EV_OBJECT"), hasPrefix(kind, "GNRL_EV_SUSPICIOUS"), hasPrefix(kind, "GNRL_EV_PASSWD"):
		b.SetString(event.EventAction, "ids_alert")
		b.AddString(event.EventCategory, "malware")
		switch string(kind) {
		case "GNRL_EV_OBJECT_CURED", "GNRL_EV_OBJECT_DELETED", "GNRL_EV_OBJECT_QUARANTINED", "GNRL_EV_OBJECT_BLOCKED", "GNRL_EV_VIRUS_FOUND_AND_BLOCKED":
			b.SetString(event.EventOutcome, success)
		case "GNRL_EV_OBJECT_NOTCURED":
			b.SetString(event.EventOutcome, failure)
		}
		kasperskyObject(parser, b, &p)
	case hasPrefix(kind, "GNRL_EV_ATTACK"), hasPrefix(kind, "GNRL_EV_NETWORK_ATTACK"):
		b.SetString(event.EventAction, "ids_alert")
		b.AddString(event.EventCategory, "intrusion_detection")
		kasperskyAttack(parser, b, &p)
	case hasPrefix(kind, "KLAUD_EV"):
		b.SetString(event.EventAction, "configuration")
		b.AddString(event.EventCategory, "configuration")
	default:
		b.AddString(event.EventCategory, "host")
	}
	b.AddString(event.EventType, "info")
	return true
}

// kasperskyObject: p1 is the object's SHA-256, p2 its name, p5 what was found, p7 the user; where p2 is empty, p1 is the name.
func kasperskyObject(parser *Parser, b *event.Batch, p *[10][]byte) {
	name := p[2]
	if len(p[1]) == 64 && isHex(p[1]) {
		b.Set(event.FileHashSha256, p[1])
	} else if len(name) == 0 {
		name = p[1]
	}
	if parser.val = unescapeCEF(parser.val[:0], name); len(parser.val) > 0 {
		setFile(b, parser.val)
	}
	b.Set(event.RuleName, p[5])
	if len(p[7]) > 0 {
		setAccount(b, event.UserName, p[7])
	}
}

// kasperskyAttack: p1 is the attack, p2 the protocol, p3 the attacker as one number, or as an address, p4 the attacked port. The computer is the
// far end: who attacked is the source.
func kasperskyAttack(parser *Parser, b *event.Batch, p *[10][]byte) {
	b.Set(event.RuleName, p[1])
	setTransport(b, p[2])
	from, ok := netip.Addr{}, false
	if n, numeric := number(p[3]); numeric && n > 0 && n <= math.MaxUint32 {
		from, ok = netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}), true
	} else if a, err := netip.ParseAddr(view(p[3])); err == nil {
		from, ok = a, true
	}
	if !ok {
		return
	}
	swapEnds(b)
	parser.val = from.AppendTo(parser.val[:0])
	setAddr(b, &src, parser.val)
	setPort(b, event.DestinationPort, p[4])
}

var fortiEDRNames = product{"fortinet.fortiedr", "fortinet", "Fortinet", "FortiEDR", "", map[string]target{
	"Message Type": {fact: fType, how: keep}, "Organization": {how: skip}, "Organization ID": {how: skip}, "Event ID": {field: event.EventCode}, "Raw Data ID": {how: skip}, "Device Name": {fact: fName, how: keep}, "Device State": {how: skip}, "Operating System": {how: skip}, "Process Name": {field: event.ProcessName},
	"Process Path": {field: event.ProcessExecutable}, "Process Type": {how: skip}, "Severity": {field: event.LogLevel}, "Classification": {field: event.RuleCategory}, "Destination": {fact: fClock, how: keep}, "First Seen": {how: skip}, "Last Seen": {fact: fStamp, how: keep}, "Action": {fact: fAction, how: keep}, "Count": {how: skip}, "Certificate": {how: skip},
	"Rules List": {field: event.RuleName}, "Rule list": {field: event.RuleName}, "Users": {field: event.UserName, how: accountName}, "User Name": {field: event.UserName, how: accountName}, "MAC Address": {fact: fOther, how: keep}, "Script Path": {how: fileText}, "Script": {how: skip}, "Country": {field: event.DestinationGeoCountryName}, "Process Hash": {fact: fZone, how: keep}, "Source IP": {how: srcAddr},
	"Date": {fact: fStamp, how: keep}, "Component": {field: event.EventProvider}, "Component Name": {how: asIs}, "Sub-System": {field: event.EventProvider, fact: fSub}, "Sub-system": {field: event.EventProvider, fact: fSub}, "Description": {field: event.Message, fact: fText},
}, nil}

// fortiEDR reads what FortiEDR's manager sends, "Device Name: pc1;Process Name: a.exe;…": what was found on a computer, which is the source, what
// administrators did, and what its components say of themselves.
func fortiEDR(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if !hasPrefix(m, "Organization: ") && !hasPrefix(m, "Message Type: ") {
		return false
	}
	r := p.read(b, h, &fortiEDRNames)
	r.begin()
	r.divided(m, ";", ": ")
	r.time()
	setHash(b, r.fact[fZone], event.ProcessHashMd5, event.ProcessHashSha1, event.ProcessHashSha256)
	b.Set(event.SourceDomain, r.fact[fName])
	if mac, _, _ := cut(r.fact[fOther], ","); len(mac) == 17 {
		b.Set(event.SourceMAC, mac)
	}
	switch {
	case len(r.fact[fName]) > 0:
		if v := r.fact[fClock]; isIP(v) {
			setAddr(b, &dst, v)
		}
		r.say("ids_alert", "malware", "info")
		b.Set(event.EventReason, r.fact[fAction])
		r.judge(r.fact[fAction])
	case len(r.fact[fSub]) > 0:
		r.say("configuration", "configuration", "change")
	default:
		r.say("", "host", "info")
	}
	r.end()
	return true
}
