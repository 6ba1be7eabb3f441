package parse

import "watchpost/internal/event"

// ftdProduct is what Firepower Threat Defense calls things in the events of connections, intrusions, files and malware
// (430001 to 430005).
var ftdProduct = product{"cisco.ftd", "ftd", "Cisco", "ftd", "firewall", map[string]target{
	"SrcIP": {how: srcAddr}, "DstIP": {how: dstAddr}, "SrcPort": {field: event.SourcePort}, "DstPort": {field: event.DestinationPort}, "ICMPType": {how: skip}, "ICMPCode": {how: skip}, "Protocol": {how: transport},
	"NAT_InitiatorIP": {field: event.SourceNATIP, how: natAddr}, "NAT_ResponderIP": {field: event.DestinationNATIP, how: natAddr}, "NAT_InitiatorPort": {field: event.SourceNATPort}, "NAT_ResponderPort": {field: event.DestinationNATPort},
	"IngressInterface": {field: event.ObserverIngressInterfaceName}, "EgressInterface": {field: event.ObserverEgressInterfaceName}, "IngressZone": {field: event.ObserverIngressZone}, "EgressZone": {field: event.ObserverEgressZone},
	"AccessControlRuleAction": {fact: fAction, how: keep}, "AccessControlRuleReason": {field: event.EventReason}, "AccessControlRuleName": {field: event.RuleName, fact: fName}, "ACPolicy": {field: event.RuleRuleset},
	"User": {field: event.UserName, how: ftdUser}, "UserAgent": {field: event.UserAgentOriginal}, "Client": {field: event.NetworkApplication, how: lowered}, "ApplicationProtocol": {field: event.NetworkProtocol, how: lowered},
	"ConnectionDuration": {how: seconds}, "InitiatorPackets": {field: event.SourcePackets}, "ResponderPackets": {field: event.DestinationPackets}, "InitiatorBytes": {field: event.SourceBytes}, "ResponderBytes": {field: event.DestinationBytes},
	"DNSQuery": {field: event.DNSQuestionName}, "DNSRecordType": {field: event.DNSQuestionType, how: dnsKind}, "DNSResponseType": {field: event.DNSResponseCode, how: dnsKind},
	"HTTPReferer": {field: event.HTTPRequestReferrer}, "HTTPResponse": {field: event.HTTPResponseStatusCode}, "URL": {how: urlText}, "URI": {how: urlText}, "URLCategory": {field: event.RuleCategory}, "ReferencedHost": {fact: fOther, how: keep},
	"VLAN_ID": {field: event.NetworkVlanID}, "SSLServerName": {field: event.TLSClientServerName}, "SSLVersion": {field: event.TLSVersion, how: known}, "SSLCipherSuite": {field: event.TLSCipher, how: known}, "SSLActualAction": {fact: fPart, how: keep},
	"GID": {fact: fType, how: keep}, "SID": {field: event.RuleID}, "Message": {field: event.Message, fact: fText}, "Classification": {fact: fReason, how: keep}, "InlineResult": {fact: fStatus, how: keep}, "Priority": {fact: fSeverity, how: keep}, "EventPriority": {fact: fSeverity, how: keep}, "IntrusionPolicy": {field: event.RuleRuleset},
	"FileName": {field: event.FileName}, "FileSHA256": {how: anyHash}, "FileSize": {field: event.FileSize}, "FileType": {fact: fClock, how: keep}, "FileAction": {fact: fStatus, how: keep}, "FileDirection": {fact: fZone, how: keep}, "FilePolicy": {field: event.RuleRuleset}, "ThreatName": {fact: fDate, how: keep},
	"DeviceUUID": {field: event.ObserverSerialNumber}, "OriginalClientSrcIP": {fact: fUser, how: keep}, "WebApplication": {fact: fSub, how: keep}, "DNS_TTL": {how: skip},
}, ftdSays}

// ftd reads "Key: value, Key: value"; a value may hold commas, so the next key is known by its looks.
func ftd(p *Parser, b *event.Batch, h *header, m []byte) {
	r := p.read(b, h, &ftdProduct)
	for len(m) > 0 {
		i := index(m, ": ")
		if i <= 0 {
			if hasSuffix(m, ":") {
				return
			}
			break
		}
		key, rest := m[:i], m[i+2:]
		end, next := len(rest), len(rest)
		for at := 0; ; {
			j := index(rest[at:], ", ")
			if j < 0 {
				break
			}
			if ftdKey(rest[at+j+2:]) {
				end, next = at+j, at+j+2
				break
			}
			at += j + 2
		}
		r.pair(key, trimBlanks(rest[:end]))
		m = rest[next:]
	}
	r.end()
}

// ftdKey says whether s begins with a key: one we know, or one capitalised word, before a colon.
func ftdKey(s []byte) bool {
	i := index(s[:min(len(s), 48)], ":")
	if i <= 0 || i+1 < len(s) && s[i+1] != ' ' {
		return false
	}
	if _, ok := ftdProduct.keys[string(s[:i])]; ok || string(s[:i]) == "Prefilter Policy" || string(s[:i]) == "Endpoint Profile" {
		return true
	}
	if s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	for _, c := range s[:i] {
		if !alpha(c) && !digit(c) && c != '_' {
			return false
		}
	}
	return true
}

// dnsWords are what FTD calls the types and codes of DNS.
var dnsWords = map[string]string{"a host address": "A", "IP6 Address": "AAAA", "the canonical name for an alias": "CNAME", "an authoritative name server": "NS",
	"mail exchange": "MX", "a domain name pointer": "PTR", "text strings": "TXT", "marks the start of a zone of authority": "SOA", "Server Selection": "SRV", "Naming Authority Pointer": "NAPTR",
	"No Error": "NOERROR", "Non-Existent Domain": "NXDOMAIN", "Server Failure": "SERVFAIL", "Query Refused": "REFUSED", "Format Error": "FORMERR", "Not Implemented": "NOTIMP",
	"Name Exists when it should not": "YXDOMAIN", "Not Authorized": "NOTAUTH"}

func ftdSays(r *reading) {
	b := r.b
	for _, x := range [...]struct {
		f   fact
		key string
	}{{fSub, "web-application"}, {fStatus, "file-action"}, {fOther, "referenced-host"}, {fUser, "original-client"}, {fDate, "threat-name"}, {fReason, "classification"}, {fSeverity, "priority"}, {fType, "gid"}, {fClock, "file-type"}, {fPart, "ssl-action"}, {fZone, "file-direction"}} {
		if v := r.fact[x.f]; len(v) > 0 {
			r.label(bytesOf(x.key), v)
		}
	}
	e := r.event()
	if !e.Present(event.URLDomain) && hostLike(r.fact[fOther]) {
		b.Set(event.URLDomain, r.fact[fOther])
	}
	switch e.Str(event.EventCode) {
	case "430001":
		r.say("intrusion-detected", "intrusion_detection", "info")
		b.AddString(event.EventCategory, netw)
		b.SetString(event.EventKind, "alert")
		b.Unset(event.RuleName)
		b.Set(event.RuleName, unquote(r.fact[fText]))
		b.Set(event.RuleCategory, r.fact[fReason])
		if !r.judge(r.fact[fStatus]) {
			r.judge(r.fact[fAction])
		}
	case "430002":
		r.say("connection-started", netw, "connection", "start")
		r.judge(r.fact[fAction])
	case "430003":
		r.say("connection-finished", netw, "connection", "end")
		r.judge(r.fact[fAction])
	case "430004":
		r.say("file-detected", "file", "info")
		r.judge(r.fact[fStatus])
	case "430005":
		r.say("malware-detected", "malware", "info")
		b.SetString(event.EventKind, "alert")
		b.Set(event.RuleName, r.fact[fDate])
		r.judge(r.fact[fStatus])
	}
}

// sfims reads what a management center sends for its sensors: connections as FTD writes them, and alerts as Snort does:
// [1:31978:5] "text" [Impact: …] From "ftd1" at … [Classification: …] [Priority: 1] {tcp} 203.0.113.7:40000->192.0.2.80:80
func sfims(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if string(h.app) != "SFIMS" {
		return false
	}
	(&class{dataset: "cisco.ftd", module: "cisco"}).set(b)
	b.SetString(event.ObserverVendor, "Cisco")
	b.SetString(event.ObserverProduct, "ftd")
	b.SetString(event.ObserverType, "firewall")
	if hasPrefix(m, "Protocol: ") || index(m, "SrcIP: ") >= 0 {
		ftd(p, b, h, m)
		b.SetString(event.EventAction, "connection-finished")
		b.AddString(event.EventCategory, netw)
		b.AddString(event.EventType, "connection")
		r := &p.reading
		r.judge(r.fact[fAction])
		return true
	}
	b.SetString(event.EventAction, "intrusion-detected")
	b.AddString(event.EventCategory, "intrusion_detection")
	b.AddString(event.EventType, "info")
	var found captures
	if found.match("[{x}:{ruleid}:{x}] {rule} [", m) {
		found.set(b)
	}
	if _, rest, ok := cut(m, "[Classification: "); ok {
		kind, _, _ := cut(rest, "]")
		b.Set(event.RuleCategory, kind)
	}
	if _, rest, ok := cut(m, "] {"); ok {
		proto, ends, _ := cut(rest, "} ")
		setTransport(b, proto)
		from, to, _ := cut(ends, "->")
		setHostPort(b, &src, from)
		to, _ = word(to)
		setHostPort(b, &dst, to)
	}
	return true
}
