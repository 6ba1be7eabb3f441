package parse

import (
	"bytes"
	"strings"

	"watchpost/internal/event"
)

// checkPoint is what Check Point's log exporter calls things.
var checkPoint = product{"checkpoint.firewall", "checkpoint", "Check Point", "", "firewall", map[string]target{
	"action": {field: event.EventAction, fact: fAction}, "Action": {field: event.EventAction, fact: fAction}, "act": {field: event.EventAction, fact: fAction}, "flags": {how: skip}, "version": {how: skip}, "time": {fact: fStamp, how: keep}, "ifdir": {how: direction, fact: fOther},
	"ifname": {fact: fName, how: keep}, "origin": {field: event.ObserverName}, "sequencenum": {how: skip}, "product": {field: event.ObserverProduct, fact: fType}, "ProductName": {field: event.ObserverProduct, fact: fType},
	"src": {how: srcAddr}, "dst": {how: dstAddr}, "client_ip": {how: srcAddr}, "s_port": {field: event.SourcePort}, "service": {field: event.DestinationPort}, "d_port": {field: event.DestinationPort}, "svc": {field: event.DestinationPort}, "sport_svc": {field: event.SourcePort}, "xlatesport_svc": {field: event.SourceNATPort, how: natPort}, "xlatedport_svc": {field: event.DestinationNATPort, how: natPort}, "http_host": {field: event.URLDomain}, "client_inbound_interface": {field: event.ObserverIngressInterfaceName}, "server_outbound_interface": {field: event.ObserverEgressInterfaceName}, "service_id": {field: event.NetworkProtocol, fact: fZone}, "proto": {how: transport},
	"inzone": {field: event.ObserverIngressZone}, "outzone": {field: event.ObserverEgressZone}, "xlatesrc": {field: event.SourceNATIP, how: natAddr}, "xlatedst": {field: event.DestinationNATIP, how: natAddr},
	"rule_name": {field: event.RuleName}, "rule_uid": {field: event.RuleUuid}, "rule": {field: event.RuleID}, "layer_name": {field: event.RuleRuleset}, "policy_name": {field: event.RuleRuleset}, "user": {field: event.UserName, how: userParen, fact: fUser}, "src_user_name": {field: event.SourceUserName, how: userParen}, "dst_user_name": {field: event.DestinationUserName, how: userParen},
	"administrator": {field: event.UserName}, "src_machine_name": {field: event.SourceDomain, how: machine}, "dst_machine_name": {field: event.DestinationDomain, how: machine}, "src_domain": {field: event.SourceDomain}, "bytes": {field: event.NetworkBytes}, "packets": {field: event.NetworkPackets},
	"client_outbound_bytes": {field: event.SourceBytes}, "client_outbound_packets": {field: event.SourcePackets}, "server_outbound_bytes": {field: event.DestinationBytes}, "server_outbound_packets": {field: event.DestinationPackets},
	"sent_bytes": {field: event.SourceBytes}, "received_bytes": {field: event.DestinationBytes}, "elapsed": {fact: fClock, how: keep}, "resource": {how: urlText}, "method": {field: event.HTTPRequestMethod}, "user_agent": {field: event.UserAgentOriginal}, "web_client_type": {how: skip}, "referrer": {field: event.HTTPRequestReferrer}, "referer": {field: event.HTTPRequestReferrer},
	"appi_name": {field: event.NetworkApplication}, "app_category": {field: event.RuleCategory}, "matched_category": {field: event.RuleCategory}, "protection_name": {field: event.RuleName}, "protection_id": {field: event.RuleID}, "attack": {fact: fSub, how: keep}, "attack_info": {fact: fText, how: keep},
	"severity": {field: event.EventSeverity, fact: fSeverity}, "Severity": {fact: fSeverity, how: keep}, "file_name": {field: event.FileName}, "file_size": {field: event.FileSize}, "file_type": {field: event.FileExtension}, "file_md5": {how: anyHash}, "file_sha1": {how: anyHash}, "file_sha256": {how: anyHash},
	"reason": {field: event.EventReason}, "action_reason": {field: event.EventReason}, "domain_name": {field: event.DNSQuestionName}, "dns_query": {field: event.DNSQuestionName}, "dns_type": {field: event.DNSQuestionType}, "message": {field: event.Message}, "message_info": {field: event.Message},
	"audit_status": {fact: fDate, how: keep}, "xlatesport": {field: event.SourceNATPort, how: natPort}, "xlateport": {field: event.SourceNATPort, how: natPort}, "xlatedport": {field: event.DestinationNATPort, how: natPort}, "operation": {fact: fPart, how: keep}, "subject": {fact: fStatus, how: keep}, "auth_status": {fact: fReason, how: keep}, "hostname": {field: event.ObserverHostname}, "mac_source_address": {field: event.SourceMAC, how: macText}, "mac_destination_address": {field: event.DestinationMAC, how: macText}, "endpoint_ip": {how: srcAddr},
	"malware_action": {how: skip, fact: fText}, "login_option": {how: skip}, "tls_server_host_name": {field: event.TLSClientServerName}, "process_name": {field: event.ProcessName}, "ICMP": {how: skip}, "user_group": {field: event.GroupName}, "vlan_id": {field: event.NetworkVlanID},
}, checkPointSays}

// fields2620 is how the exporter's structured data begin, of itself or as the message.
const fields2620 = "[Fields@1.3.6.1.4.1.2620 "

// checkpoint reads the exporter's syslog form, [action:"Drop"; flags:"…"; …], the same as structured data, and the form of
// name=value pairs between bars.
func checkpoint(p *Parser, b *event.Batch, h *header, m []byte) bool {
	fields, ok := after(h.sd, fields2620)
	if !ok {
		fields, ok = after(m, fields2620)
	}
	switch {
	case ok:
		r := p.read(b, h, &checkPoint)
		r.begin()
		r.colons(fields, '=')
		r.end()
	case len(m) > 20 && (m[0] == '[' || hasPrefix(m, "- [")) && index(m, `:"`) > 0 && (index(m, `"; `) > 0 || index(m, `";`) > 0) && (index(m, "loguid:\"") > 0 || index(m, "product:\"") > 0 || index(m, "sequencenum:\"") > 0):
		r := p.read(b, h, &checkPoint)
		r.begin()
		_, rest, _ := cut(m, "[")
		r.colons(rest, ':')
		r.end()
	case index(m[:min(len(m), 400)], "|product=") > 0 && (index(m, "loguid=") > 0 || index(m, "|sequencenum=") > 0 || index(m, "|originsicname=") > 0):
		r := p.read(b, h, &checkPoint)
		r.begin()
		for len(m) > 0 {
			var part []byte
			part, m, _ = cut(m, "|")
			if key, v, ok := cut(part, "="); ok {
				r.pair(key, v)
			}
		}
		r.end()
	case hasPrefix(m, `action:"`) && index(m, `"; `) > 0 && (index(m, `loguid:"`) > 0 || index(m, `product:"`) > 0):
		r := p.read(b, h, &checkPoint)
		r.begin()
		r.colons(m, ':')
		r.end()
	default:
		return false
	}
	return true
}

// checkpointText reads what fw log prints, and what was sent before there was an exporter: "23Nov2026 18:14:15 accept fw1 >eth0 rule: 3; src: 192.0.2.7; …".
func checkpointText(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if bytes.IndexByte(m, ';') < 0 || index(m, " product: ") < 0 || index(m, "src: ") < 0 {
		return false
	}
	head, _, ok := cut(m, ": ")
	if !ok || len(head) > 160 {
		return false
	}
	at := len(head)
	for at > 0 && head[at-1] != ' ' {
		at--
	}
	head, pairs := head[:at], m[at:]
	first, rest := word(head)
	var c civil
	if len(first) == 9 && digits(first[:2]) && digits(first[5:]) {
		d, _ := two(first)
		y, _ := two2(first[5:])
		c = civil{year: y, month: month(first[2:5]), day: d, hasYear: true}
		first, rest = word(rest)
	}
	n := readTime(first, &c)
	timed := n > 0 && n == len(first)
	if timed {
		first, rest = word(rest)
	}
	origin, rest := word(rest)
	iface, _ := word(rest)
	p.val = lower(p.val[:0], first)
	if _, verdict := judged[string(p.val)]; !verdict && (len(iface) < 2 || iface[0] != '>' && iface[0] != '<') { // words that any text may hold
		return false
	}
	if c.hasYear && c.month > 0 && timed && c.valid() && !h.stamp.has {
		c.has = true
		h.stamp = c
	}
	r := p.read(b, h, &checkPoint)
	r.begin()
	r.pair(bytesOf("action"), first)
	b.Unset(event.ObserverName)
	r.pair(bytesOf("origin"), origin)
	if len(iface) > 1 && iface[0] == '>' {
		r.pair(bytesOf("ifdir"), bytesOf("inbound"))
		r.pair(bytesOf("ifname"), iface[1:])
	} else if len(iface) > 1 && iface[0] == '<' {
		r.pair(bytesOf("ifdir"), bytesOf("outbound"))
		r.pair(bytesOf("ifname"), iface[1:])
	}
	for len(pairs) > 0 {
		var part []byte
		part, pairs, _ = cut(pairs, ";")
		if key, v, ok := cut(trimBlanks(part), ": "); ok {
			r.pair(key, trimBlanks(v))
		}
	}
	r.end()
	return true
}

// colons reads key:"value"; pairs, sep between key and value; a backslash escapes.
func (r *reading) colons(m []byte, sep byte) {
	for {
		for len(m) > 0 && (m[0] == ' ' || m[0] == ';') {
			m = m[1:]
		}
		n := 0
		for n < len(m) && m[n] != sep && m[n] != ' ' && m[n] != ']' {
			n++
		}
		if n == 0 || n+1 >= len(m) || m[n] != sep || m[n+1] != '"' {
			return
		}
		key, v := m[:n], m[n+2:]
		end := 0
		for end < len(v) && v[end] != '"' {
			if v[end] == '\\' {
				end++
			}
			end++
		}
		end = min(end, len(v))
		m = v[min(end+1, len(v)):]
		r.pair(key, v[:end])
	}
}

func checkPointSays(r *reading) {
	b := r.b
	r.epoch()
	e := r.event()
	if r.fact[fOther] != nil && foldEqual(r.fact[fOther], "OUTBOUND") {
		b.Set(event.ObserverEgressInterfaceName, r.fact[fName])
	} else {
		b.Set(event.ObserverIngressInterfaceName, r.fact[fName])
	}
	setLasted(b, r.fact[fClock], 1e9)
	if !e.Present(event.NetworkApplication) {
		b.Set(event.NetworkApplication, r.fact[fZone])
	}
	r.user(event.SourceUserName)
	action := r.fact[fAction]
	judged := r.judge(action)
	for _, x := range [...]struct {
		f   fact
		key string
	}{{fSub, "attack"}, {fText, "attack_info"}, {fPart, "operation"}, {fStatus, "subject"}, {fReason, "auth_status"}, {fDate, "audit_status"}} {
		if v := r.fact[x.f]; len(v) > 0 {
			r.label(bytesOf(x.key), v)
		}
	}
	if strings.IndexByte(e.Str(event.DNSQuestionName), ' ') >= 0 { // a management domain
		b.Unset(event.DNSQuestionName)
	}
	kind, operation := r.fact[fType], r.fact[fPart]
	switch {
	case string(action) == "Log In" || string(action) == "Failed Log In" || len(r.fact[fReason]) > 0 && string(action) != "Log Out":
		b.Unset(event.EventAction)
		r.say(login, authn, "start")
		b.Unset(event.EventOutcome)
		if string(action) == "Failed Log In" || hasPrefix(r.fact[fReason], "Fail") || hasPrefix(r.fact[fDate], "Fail") {
			b.SetString(event.EventOutcome, failure)
		} else {
			b.SetString(event.EventOutcome, success)
		}
	case string(action) == "Log Out" || string(operation) == "Log Out":
		b.Unset(event.EventAction)
		r.say("logout", "session", "end")
	case string(operation) == "Log In":
		b.Unset(event.EventAction)
		r.say(login, authn, "start")
		if !e.Present(event.EventOutcome) {
			b.SetString(event.EventOutcome, success)
		}
		r.audited()
	case len(operation) > 0 && len(action) == 0: // of Gaia's own page
		r.say("configuration", "configuration", "change")
		r.audited()
	case hasPrefix(kind, "Smart") && !hasPrefix(kind, "SmartDefense") || string(kind) == "SmartConsole" || hasPrefix(kind, "System Monitor") || hasPrefix(kind, "Security Management"):
		if len(operation) > 0 {
			r.say("configuration", "configuration", "change")
			r.audited()
		} else {
			r.say("", "host", "info")
		}
	case hasPrefix(kind, "SmartDefense"), string(kind) == "IPS", hasPrefix(kind, "Anti"), hasPrefix(kind, "Threat"), hasPrefix(kind, "New Anti"):
		r.say("", "intrusion_detection", "info")
		if hasPrefix(kind, "Anti-Mal") || hasPrefix(kind, "Anti Mal") || hasPrefix(kind, "Anti-V") || hasPrefix(kind, "Anti-B") || hasPrefix(kind, "New Anti") {
			b.AddString(event.EventCategory, "malware")
		}
	case hasPrefix(kind, "URL Filtering"), hasPrefix(kind, "Application Control"):
		r.say("", netw, "access")
		if e.Present(event.URLOriginal) {
			b.AddString(event.EventCategory, "web")
		}
	default:
		r.say("", netw, "connection")
	}
	if !judged {
		switch string(action) {
		case "Key Install", "Encrypt", "Decrypt", "VPN Routing":
			b.AddString(event.EventType, "info")
		}
	}
}

// audited sets the outcome of what an administrator did.
func (r *reading) audited() {
	switch v := r.fact[fDate]; {
	case hasPrefix(v, "Success"):
		r.b.SetString(event.EventOutcome, success)
	case hasPrefix(v, "Fail"):
		r.b.SetString(event.EventOutcome, failure)
	}
}
