package parse

import (
	"bytes"

	"watchpost/internal/event"
)

var webFirewall = product{"barracuda.waf", "barracuda", "Barracuda", "WAF", "waf", nil, nil}

// webFirewallPairs is what it calls things in pairs: src=192.0.2.7 spt=51234 … actionTaken=DENY attackDescription=GEO_IP_BLOCK …
var webFirewallPairs = product{"barracuda.waf", "barracuda", "Barracuda", "WAF", "waf", map[string]target{
	"src": {how: srcAddr}, "spt": {field: event.SourcePort}, "dst": {how: dstAddr}, "dpt": {field: event.DestinationPort}, "actionTaken": {fact: fAction, how: keep}, "attackDescription": {field: event.RuleName}, "attackDetails": {field: event.EventReason}, "attackGroup": {field: event.RuleCategory}, "attackId": {field: event.RuleID}, "logType": {how: skip},
	"app": {fact: fSub, how: keep}, "request": {how: urlPathQuery}, "requestMethod": {field: event.HTTPRequestMethod}, "rt": {fact: fStamp, how: keep}, "userAgent": {field: event.UserAgentOriginal}, "referer": {field: event.HTTPRequestReferrer},
}, func(r *reading) {
	r.b.SetString(event.EventAction, "waf_alert")
	r.b.AddString(event.EventCategory, "web")
	r.b.AddString(event.EventCategory, "intrusion_detection")
	r.judge(r.fact[fAction])
	if v := r.fact[fSub]; hasPrefix(v, "TLSv") {
		r.b.Set(event.TLSVersion, tlsVersion(v))
	}
}}

// barracudaWAF reads the records of Barracuda's web firewall in its default form, "[time] unit KIND …": WF, what the firewall found; TR, requests;
// AUDIT, who changed what; NF, packets; SYS, the system.
func barracudaWAF(p *Parser, b *event.Batch, h *header, m []byte) bool {
	rest := skipBlanks(m)
	if t, ok := after(rest, "- "); ok {
		rest = t
	}
	if hasPrefix(rest, "src=") && index(rest, " actionTaken=") > 0 && index(rest, " attackId=") > 0 {
		r := p.read(b, h, &webFirewallPairs)
		r.begin()
		r.knownPairs(rest, ' ')
		r.time()
		r.epoch()
		r.end()
		return true
	}
	for n := 0; n < 6 && len(rest) > 0; n++ { // before a record may stand a time, an offset and a unit: five words at most
		switch rest[0] {
		case 'W', 'T', 'A', 'N', 'S':
			kind, said := word(rest)
			switch string(kind) {
			case "WF", "TR", "AUDIT", "NF", "SYS":
				if len(said) > 0 {
					return p.barracudaRecord(b, h, kind, said)
				}
			}
		}
		end := bytes.IndexByte(rest, ' ')
		if end < 0 {
			return false
		}
		rest = skipBlanks(rest[end:])
	}
	return false
}

func (p *Parser) barracudaRecord(b *event.Batch, h *header, kind, m []byte) bool {
	var w [40][]byte
	n := quotedWords(w[:], m)
	switch string(kind) {
	case "WF":
		return p.barracudaAttack(b, h, w[:n])
	case "TR":
		return p.barracudaRequest(b, h, w[:n])
	case "AUDIT":
		return p.barracudaAudit(b, h, w[:n])
	case "NF":
		return p.barracudaPacket(b, h, w[:n])
	}
	return p.barracudaSystem(b, h, w[:n], m)
}

// quotedWords splits m at blanks; a word in double quotes or brackets is one.
func quotedWords(to [][]byte, m []byte) int {
	n := 0
	for m = skipBlanks(m); n < len(to) && len(m) > 0; n++ {
		end := byte(0)
		switch m[0] {
		case '"':
			end = '"'
		case '[':
			end = ']'
		default:
			to[n], m = word(m)
			m = skipBlanks(m)
			continue
		}
		i := 1
		for i < len(m) && (m[i] != end || i+1 < len(m) && m[i+1] != ' ') {
			i++
		}
		to[n] = m[1:min(i, len(m))]
		m = skipBlanks(m[min(i+1, len(m)):])
	}
	return n
}

// ALER SQL_INJECTION_PARAM 203.0.113.7 40000 [192.0.2.80 443] rule-group GLOBAL DENY NONE [details] GET host/path HTTP session "agent" …
func (p *Parser) barracudaAttack(b *event.Batch, h *header, w [][]byte) bool {
	if len(w) < 8 || len(w[0]) > 5 || !isIP(w[2]) || !digits(w[3]) {
		return false
	}
	r := p.read(b, h, &webFirewall)
	r.begin()
	b.Set(event.LogLevel, w[0])
	b.Set(event.RuleName, w[1])
	setAddr(b, &src, w[2])
	setPort(b, event.SourcePort, w[3])
	w = w[4:]
	if isIP(w[0]) && digits(w[1]) {
		setAddr(b, &dst, w[0])
		setPort(b, event.DestinationPort, w[1])
		w = w[2:]
	}
	b.SetString(event.EventAction, "waf_alert")
	b.AddString(event.EventCategory, "web")
	b.AddString(event.EventCategory, "intrusion_detection")
	if len(w) < 4 {
		r.end()
		return true
	}
	b.Set(event.RuleRuleset, w[0])
	if action := w[2]; string(action) == "LOG" {
		r.judge(bytesOf("log"))
	} else {
		r.judge(action)
	}
	for n := 0; n < 4 && n+7 < len(w); n++ { // what follows may be told in several words
		if v := w[n+7]; hasPrefix(v, "HTTP") || hasPrefix(v, "TLSv") || hasPrefix(v, "SSLv") {
			w = w[n:]
			break
		}
	}
	if len(w) > 6 {
		b.Set(event.EventReason, w[4])
		setSaid(b, event.HTTPRequestMethod, w[5])
		if len(w[6]) > 0 {
			setURL(b, w[6])
		}
		agent, behind := 8, w
		switch {
		case len(w) > 12 && isIP(w[10]): // the session stands before the browser
			agent, behind = 9, w[12:]
		case len(w) > 11 && isIP(w[9]):
			behind = w[11:]
		default:
			behind = nil
		}
		if len(w) > agent {
			setSaid(b, event.UserAgentOriginal, w[agent])
		}
		if len(behind) > 0 && !isIP(behind[0]) {
			setSaid(b, event.UserName, behind[0])
		}
		if len(behind) > 1 && index(behind[1], "://") > 0 {
			b.Set(event.HTTPRequestReferrer, behind[1])
		}
		if len(w) > 7 && hasPrefix(w[7], "TLSv") {
			b.Set(event.TLSVersion, tlsVersion(w[7]))
		}
	}
	r.end()
	return true
}

// 192.0.2.80 443 203.0.113.7 40000 login user GET TLSv1.2 host HTTP/1.1 200 sent received … url query referrer agent …
func (p *Parser) barracudaRequest(b *event.Batch, h *header, w [][]byte) bool {
	if len(w) < 16 || !isIP(w[0]) || !digits(w[1]) || !isIP(w[2]) || !digits(w[3]) {
		return false
	}
	r := p.read(b, h, &webFirewall)
	r.begin()
	setAddr(b, &dst, w[0])
	setPort(b, event.DestinationPort, w[1])
	setAddr(b, &src, w[2])
	setPort(b, event.SourcePort, w[3])
	setSaid(b, event.UserName, w[5])
	setSaid(b, event.HTTPRequestMethod, w[6])
	if hasPrefix(w[7], "TLSv") {
		b.Set(event.TLSVersion, tlsVersion(w[7]))
	}
	setSaid(b, event.URLDomain, w[8])
	if v, ok := after(w[9], "HTTP/"); ok {
		b.Set(event.HTTPVersion, v)
	}
	setStatus(b, w[10])
	setNum(b, event.DestinationBytes, w[11])
	setNum(b, event.SourceBytes, w[12])
	for i := 16; i+3 < len(w); i++ {
		if len(w[i]) == 0 || w[i][0] != '/' {
			continue
		}
		b.Set(event.URLOriginal, w[i])
		setPath(b, w[i])
		setSaid(b, event.URLQuery, w[i+1])
		setSaid(b, event.HTTPRequestReferrer, w[i+2])
		agent := w[i+3]
		if i+5 < len(w) && isIP(w[i+5]) { // behind the cookie, before the proxy's address
			agent = w[i+4]
		}
		setSaid(b, event.UserAgentOriginal, agent)
		break
	}
	r.say("http_request", "web", "access")
	r.end()
	return true
}

// admin GUI 192.0.2.5 0 LOGIN 0 … or, of earlier versions, admin GUI LOGIN 192.0.2.5 …
func (p *Parser) barracudaAudit(b *event.Batch, h *header, w [][]byte) bool {
	if len(w) < 5 {
		return false
	}
	switch string(w[1]) {
	case "GUI", "CLI", "API", "REST", "SNMP", "CLOUD", "CLUSTER", "BACKGROUND":
	default:
		return false
	}
	r := p.read(b, h, &webFirewall)
	r.begin()
	setSaid(b, event.UserName, w[0])
	kind := []byte(nil)
	for i := 1; i < len(w) && i < 8; i++ {
		switch {
		case isIP(w[i]) && !r.event().Present(event.SourceIP):
			setAddr(b, &src, w[i])
		case string(w[i]) == "LOGIN" && kind == nil, string(w[i]) == "LOGOUT", string(w[i]) == "CONFIG", string(w[i]) == "COMMAND", string(w[i]) == "ROLLBACK", string(w[i]) == "RESTORE", string(w[i]) == "REBOOT", string(w[i]) == "SHUTDOWN",
			string(w[i]) == "UNSUCCESSFUL_LOGIN", string(w[i]) == "SUCCESSFUL_LOGIN":
			kind = w[i]
		}
	}
	switch string(kind) {
	case "LOGIN", "SUCCESSFUL_LOGIN":
		r.say(login, authn, "start")
		b.SetString(event.EventOutcome, success)
	case "UNSUCCESSFUL_LOGIN":
		r.say(login, authn, "start")
		b.SetString(event.EventOutcome, failure)
	case "LOGOUT":
		r.say("logout", authn, "end")
	case "COMMAND":
		r.say("command", "configuration", "change")
	default:
		r.say("configuration", "configuration", "change")
	}
	r.end()
	return true
}

// INFO TCP 203.0.113.7 40000 192.0.2.80 443 DENY acl details
func (p *Parser) barracudaPacket(b *event.Batch, h *header, w [][]byte) bool {
	if len(w) < 8 || !isIP(w[2]) || !isIP(w[4]) {
		return false
	}
	r := p.read(b, h, &webFirewall)
	r.begin()
	b.Set(event.LogLevel, w[0])
	setTransport(b, w[1])
	setAddr(b, &src, w[2])
	setPort(b, event.SourcePort, w[3])
	setAddr(b, &dst, w[4])
	setPort(b, event.DestinationPort, w[5])
	b.Set(event.RuleName, w[7])
	r.p.val = lower(r.p.val[:0], w[6])
	b.Set(event.EventAction, r.p.val)
	r.say("", netw, "connection")
	r.judge(w[6])
	r.end()
	return true
}

// ADMIN_M ALER 51001 text
func (p *Parser) barracudaSystem(b *event.Batch, h *header, w [][]byte, m []byte) bool {
	if len(w) < 4 || len(w[1]) > 5 || !digits(w[2]) {
		return false
	}
	r := p.read(b, h, &webFirewall)
	r.begin()
	b.Set(event.EventProvider, w[0])
	b.Set(event.LogLevel, w[1])
	b.Set(event.EventCode, w[2])
	if _, text, ok := cut(m, view(w[2])+" "); ok {
		b.Unset(event.Message)
		b.Set(event.Message, text)
	}
	r.say("", "host", "info")
	r.end()
	return true
}

// setSaid sets f to v unless v is one of the words for none.
func setSaid(b *event.Batch, f event.Field, v []byte) {
	if !nothing(v) {
		b.Set(f, v)
	}
}
