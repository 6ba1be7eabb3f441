package parse

import "watchpost/internal/event"

// sophosXG is Sophos Firewall (SFOS); both sets of names, that of the first versions and the central one since 18.
var sophosXG = product{"sophos.xg", "sophos", "Sophos", "XG", "firewall", map[string]target{
	"date": {fact: fDate, how: keep}, "time": {fact: fClock, how: keep}, "timezone": {fact: fZone, how: keep}, "timestamp": {fact: fStamp, how: keep},
	"device": {how: skip}, "device_name": {how: skip}, "device_model": {how: skip}, "timestamp_iso": {how: skip},
	"device_id": {field: event.ObserverSerialNumber}, "device_serial_id": {field: event.ObserverSerialNumber}, "log_id": {field: event.EventCode}, "messageid": {fact: fOther, how: keep},
	"log_type": {fact: fType, how: keep}, "log_component": {fact: fPart, how: keep}, "log_subtype": {fact: fSub, how: keep}, "status": {fact: fStatus, how: keep},
	"priority": {field: event.LogLevel}, "severity": {field: event.LogLevel}, "duration": {how: seconds}, "con_duration": {how: seconds},
	"fw_rule_id": {fact: fAction, how: keep}, "fw_rule_name": {field: event.RuleName}, "policy_type": {field: event.RuleRuleset}, "fw_rule_type": {field: event.RuleRuleset},
	"fw_rule_section": {field: event.RuleRuleset},
	"user_name":       {field: event.SourceUserName, fact: fUser}, "user": {field: event.SourceUserName, fact: fUser}, "user_gp": {field: event.GroupName}, "user_group": {field: event.GroupName},
	"application": {field: event.NetworkApplication}, "app_name": {field: event.NetworkApplication}, "application_name": {field: event.NetworkApplication},
	"in_interface": {field: event.ObserverIngressInterfaceName}, "out_interface": {field: event.ObserverEgressInterfaceName},
	"src_mac": {field: event.SourceMAC, how: macText}, "dst_mac": {field: event.DestinationMAC, how: macText}, "mac": {field: event.SourceMAC, how: macText},
	"src_ip": {how: srcAddr}, "dst_ip": {how: dstAddr}, "sourceip": {how: srcAddr}, "source_ip": {how: srcAddr}, "destinationip": {how: dstAddr}, "localip": {how: dstAddr}, "local_ip": {how: dstAddr},
	"src_port": {field: event.SourcePort}, "dst_port": {field: event.DestinationPort}, "protocol": {how: transport},
	"sent_pkts": {field: event.SourcePackets}, "recv_pkts": {field: event.DestinationPackets}, "packets_sent": {field: event.SourcePackets}, "packets_received": {field: event.DestinationPackets},
	"sent_bytes": {field: event.SourceBytes}, "recv_bytes": {field: event.DestinationBytes}, "bytes_sent": {field: event.SourceBytes}, "bytes_received": {field: event.DestinationBytes},
	"bytesrcv": {field: event.SourceBytes}, "bytessent": {field: event.DestinationBytes}, "bytes_rcv": {field: event.SourceBytes},
	"tran_src_ip": {field: event.SourceNATIP, how: natAddr}, "tran_src_port": {field: event.SourceNATPort}, "tran_dst_ip": {field: event.DestinationNATIP, how: natAddr}, "tran_dst_port": {field: event.DestinationNATPort},
	"src_trans_ip": {field: event.SourceNATIP, how: natAddr}, "src_trans_port": {field: event.SourceNATPort}, "dst_trans_ip": {field: event.DestinationNATIP, how: natAddr}, "dst_trans_port": {field: event.DestinationNATPort},
	"srczone": {field: event.ObserverIngressZone}, "dstzone": {field: event.ObserverEgressZone}, "src_zone": {field: event.ObserverIngressZone}, "dst_zone": {field: event.ObserverEgressZone},
	"message": {field: event.Message, fact: fText}, "reason": {field: event.EventReason, fact: fReason}, "con_event": {fact: fOther, how: keep}, "connevent": {fact: fOther, how: keep},
	"signature_id": {field: event.RuleID}, "signature_msg": {field: event.RuleName}, "signatureid": {field: event.RuleID}, "classification": {field: event.RuleCategory},
	"category": {field: event.RuleCategory}, "url_category": {field: event.RuleCategory}, "web_policy_name": {field: event.RuleRuleset}, "exp": {how: skip},
	"url": {how: urlText}, "querystring": {how: keep}, "query_string": {how: keep}, "domain": {field: event.URLDomain}, "domainname": {field: event.URLDomain}, "server": {field: event.DestinationDomain},
	"method": {field: event.HTTPRequestMethod}, "http_method": {field: event.HTTPRequestMethod}, "httpstatus": {field: event.HTTPResponseStatusCode}, "http_status": {field: event.HTTPResponseStatusCode}, "status_code": {field: event.HTTPResponseStatusCode}, "httpresponsecode": {field: event.HTTPResponseStatusCode},
	"ws_protocol": {field: event.HTTPVersion}, "useragent": {field: event.UserAgentOriginal}, "http_user_agent": {field: event.UserAgentOriginal}, "http_category": {field: event.RuleCategory}, "spam_action": {fact: fName, how: keep}, "user_agent": {field: event.UserAgentOriginal}, "referer": {field: event.HTTPRequestReferrer},
	"virus": {field: event.RuleName}, "threatname": {field: event.RuleName}, "threat": {field: event.RuleName}, "malware": {field: event.RuleName}, "filename": {field: event.FileName}, "file_name": {field: event.FileName}, "file_path": {field: event.FilePath}, "filesize": {field: event.FileSize}, "file_size": {field: event.FileSize},
	"sha1sum": {how: anyHash}, "sha256sum": {how: anyHash}, "sha256": {how: anyHash}, "action": {fact: fReason, how: keep}, "eventtype": {how: skip}, "process_user": {field: event.ProcessUserName}, "executable": {field: event.ProcessExecutable}, "host": {field: event.SourceDomain},
	"ipaddress": {how: srcAddr}, "client_physical_address": {field: event.SourceMAC, how: macText}, "client_host_name": {field: event.SourceDomain},
	"reported_ip": {how: srcAddr}, "reported_host": {field: event.SourceDomain}, "ssid": {field: event.NetworkName}, "spamaction": {fact: fName, how: keep}, "dns_query": {field: event.DNSQuestionName}, "auth_client": {how: skip}, "iap": {how: skip},
}, sophosSays}

// sophos reads the pairs; new versions send "device_name=" first, old ones "device=".
func sophos(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if !hasPrefix(m, "device=\"") && !hasPrefix(m, "device_name=\"") && index(m[:min(len(m), 120)], " device_name=\"") < 0 && index(m[:min(len(m), 120)], " device_serial_id=") < 0 || index(m, "log_type=") < 0 && index(m, "log_id=") < 0 {
		return false
	}
	r := p.read(b, h, &sophosXG)
	r.begin()
	for l := (pairs{s: m}); ; {
		key, v, ok := l.next()
		if !ok {
			break
		}
		if string(key) == "querystring" || string(key) == "query_string" {
			q, _ := after(v, "?")
			b.Set(event.URLQuery, q)
			continue
		}
		switch string(key) {
		case "from_email_address", "sender":
			setMail(b, event.EmailFromAddress, trimBlanks(v))
			continue
		case "to_email_address", "recipient":
			setMail(b, event.EmailToAddress, trimBlanks(v))
			continue
		case "email_subject", "subject":
			b.Set(event.EmailSubject, v)
			continue
		case "mailid", "mail_id", "message_id":
			setMessageID(b, v)
			continue
		}
		r.pair(key, v)
	}
	r.time()
	r.end()
	return true
}

func sophosSays(r *reading) {
	b := r.b
	e := r.event()
	r.user(event.SourceUserName)
	b.Set(event.URLFull, bytesOf(e.Str(event.URLOriginal)))
	rule, sub := r.fact[fAction], r.fact[fSub]
	if !e.Present(event.RuleID) && !r.is(fType, "WAF") {
		b.Set(event.RuleID, rule)
	}
	word := sub
	if len(word) == 0 {
		word = r.fact[fStatus]
	}
	r.p.val = lower(r.p.val[:0], word)
	b.Set(event.EventAction, r.p.val)
	b.Label(bytesOf("sophos.log_type"), r.fact[fType])
	b.Label(bytesOf("sophos.log_component"), r.fact[fPart])
	b.Label(bytesOf("sophos.log_subtype"), sub)
	b.Label(bytesOf("sophos.status"), r.fact[fStatus])
	b.Label(bytesOf("sophos.connevent"), r.fact[fOther])
	if !r.judge(sub) {
		r.judge(r.fact[fStatus])
	}
	switch string(r.fact[fType]) {
	case "Firewall", "SSL", "SD-WAN", "NAT":
		r.say("", netw, "connection")
		switch string(r.fact[fOther]) {
		case "Start":
			b.AddString(event.EventType, "start")
		case "Stop":
			b.AddString(event.EventType, "end")
		}
		if r.is(fPart, "DoS Attack") {
			b.AddString(event.EventCategory, "intrusion_detection")
		}
	case "IDP", "ATP", "IPS":
		r.say("", "intrusion_detection")
		b.AddString(event.EventCategory, netw)
	case "WAF":
		r.say("", "web", "access")
		if status, ok := e.Int(event.HTTPResponseStatusCode); ok && status == 403 {
			b.AddString(event.EventType, "denied")
			b.SetString(event.EventOutcome, failure)
		}
	case "Content Filtering", "Web":
		r.say("", "web", "access")
	case "Anti-Virus", "Sandbox", "Sandstorm":
		r.say("", "malware", "info")
	case "Anti-Spam", "Email":
		r.say("", "email", "info")
		r.label(bytesOf("spamaction"), r.fact[fName])
		if e := r.event(); !e.Present(event.EventOutcome) {
			switch v := r.fact[fName]; {
			case foldEqual(v, "ACCEPT"), foldEqual(v, "QUEUED"):
				r.judge(bytesOf("accept"))
			case foldEqual(v, "REJECT"), foldEqual(v, "DROP"), foldEqual(v, "TMPREJECT"), foldEqual(v, "QUARANTINE"):
				r.judge(bytesOf("reject"))
			}
		}
	case "Event":
		r.sophosEvent()
	case "Wireless Protection":
		r.say("", netw, "info")
	default:
		b.AddString(event.EventType, "info")
	}
}

// sophosEvent reads what the device tells of log-ins and of itself.
func (r *reading) sophosEvent() {
	b := r.b
	outcome := ""
	switch string(r.fact[fStatus]) {
	case "Successful", "Success", "Established":
		outcome = success
	case "Failed", "Failure":
		outcome = failure
	}
	part := r.fact[fPart]
	switch {
	case string(r.fact[fSub]) == "Authentication", string(r.fact[fSub]) == "Admin" && (index(r.fact[fText], "logged") >= 0 || index(r.fact[fText], "login") >= 0):
		b.Unset(event.EventAction)
		if index(r.fact[fText], "logged out") >= 0 || index(r.fact[fText], "logged off") >= 0 {
			r.say("logout", "session", "end")
		} else {
			r.say(login, authn, "start")
		}
	case string(r.fact[fSub]) == "Admin":
		b.Unset(event.EventAction)
		r.say("configuration", "configuration", "change")
	case index(part, "VPN") >= 0 || string(part) == "IPSec" || string(part) == "L2TP" || string(part) == "PPTP":
		b.Unset(event.EventAction)
		switch string(r.fact[fStatus]) {
		case "Established", "Connected":
			r.say("vpn-connected", "session", "start")
		case "Terminated", "Expire", "Disconnected":
			r.say("vpn-disconnected", "session", "end")
		default:
			r.say("vpn", "session", "info")
		}
	default:
		r.say("", "host", "info")
	}
	if outcome != "" {
		b.Unset(event.EventOutcome)
		b.SetString(event.EventOutcome, outcome)
	}
}

// sophosUTM is Sophos UTM (SG, formerly Astaro): packet filter, proxy, reverse proxy, intrusion protection, authentication.
var sophosUTM = product{"sophos.utm", "sophos", "Sophos", "UTM", "firewall", map[string]target{
	"id": {field: event.EventCode}, "severity": {field: event.LogLevel}, "sys": {fact: fType, how: keep}, "sub": {fact: fSub, how: keep}, "name": {field: event.Message, fact: fText},
	"action": {fact: fAction, how: keep}, "fwrule": {field: event.RuleID}, "initf": {field: event.ObserverIngressInterfaceName}, "outitf": {field: event.ObserverEgressInterfaceName},
	"srcmac": {field: event.SourceMAC, how: macText}, "dstmac": {field: event.DestinationMAC, how: macText}, "srcip": {how: srcAddr}, "dstip": {how: dstAddr}, "localip": {how: dstAddr},
	"proto": {how: transport}, "srcport": {field: event.SourcePort}, "dstport": {field: event.DestinationPort}, "length": {field: event.NetworkBytes},
	"method": {field: event.HTTPRequestMethod}, "user": {field: event.UserName, how: accountName}, "username": {field: event.UserName, how: accountName}, "ad_domain": {field: event.UserDomain}, "group": {fact: fOther, how: keep}, "statuscode": {field: event.HTTPResponseStatusCode},
	"size": {field: event.HTTPResponseBodyBytes}, "url": {how: urlText}, "referer": {field: event.HTTPRequestReferrer}, "error": {field: event.EventReason}, "ua": {field: event.UserAgentOriginal},
	"categoryname": {field: event.RuleCategory}, "profile": {field: event.RuleRuleset}, "filename": {field: event.FileName}, "virus": {field: event.RuleName}, "application": {fact: fOther, how: keep}, "app-id": {how: skip},
	"reason": {field: event.EventReason, fact: fReason}, "sid": {field: event.RuleID}, "class": {field: event.RuleCategory}, "caller": {field: event.ServiceName}, "engine": {how: skip}, "host": {fact: fName, how: keep},
	"server": {field: event.DestinationDomain}, "port": {field: event.DestinationPort}, "query": {field: event.URLQuery}, "tcpflags": {how: skip}, "content-type": {how: skip}, "client": {field: event.ServiceName},
	"from": {how: skip}, "to": {how: skip}, "cookie": {how: skip}, "set-cookie": {how: skip}, "virtual_ip": {field: event.SourceNATIP, how: natAddr}, "objname": {field: event.RuleDescription}, "country": {how: skip},
}, utmSays}

// utm reads pairs with id= first and sys= among them.
func utm(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if !hasPrefix(m, "id=\"") || index(m[:min(len(m), 120)], " sys=\"") < 0 && !hasPrefix(m, "id=\"0299\" srcip=") { // the web firewall's requests
		return false
	}
	r := p.read(b, h, &sophosUTM)
	r.begin()
	r.pairs(m)
	r.end()
	if e := r.event(); !e.Present(event.EventCategory) && e.Present(event.URLPath) {
		r.say("http_request", "web", "access")
	}
	return true
}

// readColons reads 2026:11:23-18:14:15.
func readColons(s []byte, c *civil) int {
	if len(s) < 19 || s[7] != ':' || s[10] != '-' {
		return 0
	}
	y, ok := two2(s[:4])
	mo, ok1 := two(s[5:])
	d, ok2 := two(s[8:])
	*c = civil{year: y, month: mo, day: d, hasYear: true}
	n := readTime(s[11:], c)
	if !ok || !ok1 || !ok2 || n == 0 || !c.valid() {
		*c = civil{}
		return 0
	}
	c.has = true
	return 11 + n
}

// pairs takes all of key=value.
func (r *reading) pairs(m []byte) {
	for l := (pairs{s: m, single: true}); ; {
		key, v, ok := l.next()
		if !ok {
			return
		}
		r.pair(key, v)
	}
}

func utmSays(r *reading) {
	b := r.b
	b.Set(event.EventAction, r.fact[fAction])
	b.Label(bytesOf("sophos.sub"), r.fact[fSub])
	r.judge(r.fact[fAction])
	switch string(r.fact[fSub]) {
	case "packetfilter":
		r.say("", netw, "connection")
	case "http", "ftp", "reverseproxy":
		r.say("", "web", "access")
		if len(r.fact[fName]) > 0 && isIP(r.fact[fName]) {
			setAddr(b, &src, r.fact[fName])
		}
	case "ips":
		r.say("", "intrusion_detection", "info")
		if !r.event().Present(event.RuleName) {
			b.Set(event.RuleName, r.fact[fReason])
		}
	case "auth":
		if !hasPrefix(r.fact[fText], "Authentication ") { // of the daemon itself
			r.say("", "host", "info")
			break
		}
		b.Unset(event.EventAction)
		r.say(login, authn, "start")
		switch {
		case hasPrefix(r.fact[fText], "Authentication successful"):
			b.SetString(event.EventOutcome, success)
		case hasPrefix(r.fact[fText], "Authentication failed"):
			b.SetString(event.EventOutcome, failure)
		}
		b.Set(event.SourceUserName, bytesOf(r.event().Str(event.UserName)))
	case "vpn":
		b.Unset(event.EventAction)
		switch {
		case hasPrefix(r.fact[fText], "Connection started"):
			r.say("vpn-connected", "session", "start")
		case hasPrefix(r.fact[fText], "Connection terminated"):
			r.say("vpn-disconnected", "session", "end")
		default:
			r.say("vpn", "session", "info")
		}
	default:
		b.AddString(event.EventType, "info")
	}
}
