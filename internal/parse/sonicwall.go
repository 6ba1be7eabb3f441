package parse

import "watchpost/internal/event"

// sonicOS is what SonicWall calls things in its enhanced syslog.
var sonicOS = product{"sonicwall.firewall", "sonicwall", "SonicWall", "SonicOS", "firewall", map[string]target{
	"id": {how: skip}, "sn": {field: event.ObserverSerialNumber}, "time": {fact: fStamp, how: keep}, "fw": {field: event.ObserverIP}, "pri": {field: event.EventSeverity}, "c": {fact: fType, how: keep},
	"m": {field: event.EventCode, fact: fSub}, "msg": {field: event.Message, fact: fText}, "n": {how: skip}, "src": {how: srcAt}, "dst": {how: dstAt}, "srcMac": {field: event.SourceMAC, how: macText},
	"dstMac": {field: event.DestinationMAC, how: macText}, "srcV6": {how: srcAddr}, "dstV6": {how: dstAddr}, "proto": {fact: fPart, how: keep}, "sent": {field: event.SourceBytes}, "rcvd": {field: event.DestinationBytes},
	"spkt": {field: event.SourcePackets}, "rpkt": {field: event.DestinationPackets}, "cdur": {how: milliseconds}, "rule": {field: event.RuleName}, "rule_uuid": {field: event.RuleUuid}, "op": {fact: fOther, how: keep},
	"dstname": {fact: fName, how: keep}, "arg": {how: urlPath}, "result": {field: event.HTTPResponseStatusCode}, "usr": {field: event.UserName, how: accountName}, "user": {field: event.UserName, how: accountName},
	"natSrc": {fact: fReason, how: keep}, "natDst": {fact: fZone, how: keep}, "srcZone": {field: event.ObserverIngressZone}, "dstZone": {field: event.ObserverEgressZone}, "fw_action": {fact: fAction, how: keep},
	"appName": {field: event.NetworkApplication}, "appcat": {field: event.RuleCategory}, "Category": {field: event.RuleCategory}, "ipscat": {field: event.RuleCategory}, "spycat": {field: event.RuleCategory},
	"sid": {field: event.RuleID}, "note": {field: event.EventReason}, "referer": {field: event.HTTPRequestReferrer}, "agent": {field: event.UserAgentOriginal},
	"vpnpolicy": {field: event.RuleName}, "fileid": {how: anyHash}, "filename": {field: event.FileName}, "srcHost": {field: event.SourceDomain}, "dstHost": {field: event.DestinationDomain}, "srcPort": {field: event.SourcePort}, "dstPort": {field: event.DestinationPort},
	"interface": {field: event.ObserverIngressInterfaceName},
}, sonicSays}

func sonicwall(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if !hasPrefix(m, "id=") || index(m[:min(len(m), 200)], " sn=") < 0 {
		return false
	}
	r := p.read(b, h, &sonicOS)
	r.begin()
	r.pairs(m)
	r.time()
	r.end()
	return true
}

// The methods that op numbers.
var sonicMethods = [...]string{"", "GET", "POST", "HEAD"}

func sonicSays(r *reading) {
	b := r.b
	if kind, service, ok := cut(r.fact[fPart], "/"); ok {
		setTransport(b, kind)
		if !digits(service) {
			b.Set(event.NetworkProtocol, service)
		}
	} else if len(r.fact[fPart]) > 0 {
		setTransport(b, r.fact[fPart])
	}
	b.Set(event.URLDomain, r.fact[fName])
	if n, ok := number(r.fact[fOther]); ok && n > 0 && int(n) < len(sonicMethods) {
		b.SetString(event.HTTPRequestMethod, sonicMethods[n])
	} else if isMethod(r.fact[fOther]) {
		b.Set(event.HTTPRequestMethod, r.fact[fOther])
	}
	sonicNAT(b, &src, r.fact[fReason])
	sonicNAT(b, &dst, r.fact[fZone])
	if n, ok := r.event().Int(event.EventSeverity); ok && n >= 0 && n < 8 {
		b.SetString(event.LogLevel, ciscoLevels[n])
	}
	text := r.fact[fText]
	action := r.fact[fAction]
	b.Set(event.EventAction, unquote(action))
	passed := r.judge(unquote(action))
	id, _ := number(r.fact[fSub])
	switch {
	case r.logins(text):
	case id == 526:
		r.say("management-access", netw, "connection", "allowed")
	case id == 1382 || hasPrefix(text, "Configuration "):
		b.Unset(event.EventAction)
		r.say("configuration", "configuration", "change")
		if hasPrefix(text, "Configuration succeeded") {
			b.SetString(event.EventOutcome, success)
		} else if hasPrefix(text, "Configuration failed") {
			b.SetString(event.EventOutcome, failure)
		}
	case id == 97:
		r.say("http_request", "web", "access")
	case id == 98:
		r.say("connection-opened", netw, "connection", "start")
	case id == 537 || id == 1153:
		r.say("connection-closed", netw, "connection", "end")
	case hasPrefix(text, "IPS "), index(text, "Intrusion") >= 0, index(text, "ttack") >= 0, index(text, "scan ") >= 0, index(text, "flood") >= 0, hasPrefix(text, "Anti-Spyware"):
		r.say("ids_alert", "intrusion_detection", "info")
	case index(text, "Virus") >= 0, index(text, "Gateway Anti") >= 0:
		r.say("virus", "malware", "info")
	case r.event().Present(event.SourceIP) && r.event().Present(event.DestinationIP):
		r.say("", netw, "connection")
	default:
		r.say("", "host", "info")
	}
	if !passed {
		switch {
		case hasPrefix(text, "Web site access denied"), index(text, "dropped") >= 0, index(text, "denied") >= 0, index(text, "blocked") >= 0, index(text, "Prevention Alert") >= 0:
			r.judge(bytesOf("denied"))
		case index(text, "access allowed") >= 0:
			r.judge(bytesOf("allowed"))
		}
	}
}

// sonicNAT reads "address[:port[:interface]]" of a translation.
func sonicNAT(b *event.Batch, to *side, v []byte) {
	if len(v) == 0 {
		return
	}
	addr, port, _ := cut(v, ":")
	if index(addr, ".") < 0 && isIP(v) {
		addr, port = v, nil
	}
	port, _, _ = cut(port, ":")
	if isIP(addr) && string(addr) != "0.0.0.0" {
		b.Set(to.natIP, addr)
		setPort(b, to.natPort, port)
	}
}
