package parse

import "watchpost/internal/event"

var cloudGen = product{"barracuda.cloudgen", "barracuda", "Barracuda", "CloudGen Firewall", "firewall", map[string]target{
	"type": {how: skip}, "proto": {how: transport}, "srcIF": {field: event.ObserverIngressInterfaceName}, "dstIF": {field: event.ObserverEgressInterfaceName}, "srcIP": {how: srcAddr}, "dstIP": {how: dstAddr}, "srcPort": {field: event.SourcePort}, "dstPort": {field: event.DestinationPort}, "srcMAC": {field: event.SourceMAC, how: macText},
	"dstService": {field: event.NetworkProtocol}, "rule": {field: event.RuleName}, "info": {field: event.EventReason}, "srcNAT": {field: event.SourceNATIP, how: natAddr}, "dstNAT": {field: event.DestinationNATIP, how: natAddr}, "duration": {how: milliseconds}, "count": {how: skip}, "receivedBytes": {field: event.DestinationBytes}, "sentBytes": {field: event.SourceBytes},
	"receivedPackets": {field: event.DestinationPackets}, "sentPackets": {field: event.SourcePackets}, "user": {field: event.UserName, how: accountName}, "application": {field: event.NetworkApplication}, "urlcat": {field: event.RuleCategory}, "protocol": {field: event.NetworkApplication},
}, nil}

// barracuda reads CloudGen's activity, "Allow: type=FWD|proto=TCP|srcIF=eth1|…".
func barracuda(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if i := index(m[:min(len(m), 200)], "type="); i > 0 && index(m[i:], "|proto=") > 0 && index(m, "|srcIP=") > 0 {
		r := p.read(b, h, &cloudGen)
		r.begin()
		head := trimBlanks(m[:i])
		if len(head) > 0 && head[len(head)-1] == ':' {
			head = head[:len(head)-1]
		}
		verb := lastWord(head)
		r.divided(m[i:], "|", "=")
		untranslated(b)
		if _, name, ok := cutLast(h.app, "/"); ok { // bng1/box_Firewall_Activity
			b.Unset(event.ProcessName)
			b.Set(event.ProcessName, name)
		}
		r.p.val = lower(r.p.val[:0], verb)
		b.Set(event.EventAction, r.p.val)
		r.say("", netw, "connection")
		switch string(r.p.val) {
		case "remove", "localremove", "sessionend":
			b.AddString(event.EventType, "end")
		case "localallow":
			r.judge(bytesOf("allow"))
		case "localblock", "arp", "broadcast":
			r.judge(bytesOf("block"))
		case "detect", "scan":
			b.AddString(event.EventCategory, "intrusion_detection")
		default:
			r.judge(verb)
		}
		r.end()
		return true
	}
	return false
}

var citrixADC = product{"citrix.netscaler", "netscaler", "Citrix", "NetScaler", "", map[string]target{
	"Source": {how: srcAt}, "Destination": {how: dstAt}, "Vserver": {how: dstAt}, "NatIP": {fact: fName, how: keep}, "Nat_ip": {field: event.SourceNATIP, how: natAddr}, "Client_ip": {how: srcAddr}, "ClientIP": {how: srcAddr}, "ClientPort": {field: event.SourcePort}, "Remote_ip": {how: srcAddr}, "User": {field: event.UserName, how: accountName}, "Group(s)": {field: event.GroupName},
	"Total_bytes_send": {field: event.DestinationBytes}, "Total_bytes_recv": {field: event.SourceBytes}, "Failure_reason": {field: event.EventReason}, "Browser_type": {field: event.UserAgentOriginal}, "Browser": {field: event.UserAgentOriginal}, "Command": {field: event.ProcessCommandLine}, "Status": {fact: fStatus, how: keep}, "LogoutMethod": {field: event.EventReason}, "Start": {how: skip}, "End": {how: skip},
	"Context": {fact: fUser, how: keep}, "username:domainname": {fact: fZone, how: keep}, "SessionId": {fact: fOther, how: keep}, "SourceIP": {how: srcAddr}, "VserverServiceIP": {how: dstAddr}, "VserverServicePort": {field: event.DestinationPort}, "Cipher": {field: event.TLSCipher}, "CipherSuite": {field: event.TLSCipher}, "SSLVPN_client_type": {how: skip}, "Duration": {fact: fClock, how: keep},
	"ClientVersion": {fact: fType, how: keep}, "ADM_User": {how: skip}, "Delink": {how: skip}, "Session": {how: skip}, "SPCBId": {how: skip}, "Access": {fact: fAction, how: keep}, "Start_time": {how: skip}, "End_time": {how: skip}, "startTime": {how: skip}, "endTime": {how: skip},
}, nil}

var netscalerTexts = [...]shape{
	{"", "access_denied", failure, netw, "denied", []string{"Deny, User <{user}>, Srcip: {addr}, Dstip: {daddr}, denied_by_policy: {rule}\"", "Deny, User <{user}>, Srcip: {addr}, Dstip: {daddr}, "}},
	{"", "", success, netw, "allowed", []string{"Allow, User <{user}>, Srcip: {addr}, Dstip: {daddr}"}},
}

// netscaler reads "… : default SSLVPN LOGIN 123 0 : Key value - Key value".
func netscaler(p *Parser, b *event.Batch, h *header, m []byte) bool {
	i := index(m[:min(len(m), 200)], "-PPE-")
	if i < 0 {
		return false
	}
	head, rest, ok := cut(m, " : ")
	if !ok || len(head) < i {
		return false
	}
	if hasPrefix(skipBlanks(rest), "CEF:") {
		r := p.read(b, h, &citrixADC)
		r.netscalerTime(head)
		return cef(p, b, h, skipBlanks(rest))
	}
	rest, _ = after(rest, "default ")
	feature, rest := word(rest)
	what, rest := word(rest)
	id, rest := word(rest)
	_, text, ok := cut(rest, ": ")
	if !ok || !digits(id) {
		return false
	}
	r := p.read(b, h, &citrixADC)
	r.begin()
	r.netscalerTime(head)
	b.Set(event.EventProvider, feature)
	b.Set(event.EventCode, what)
	b.Unset(event.Message)
	b.Set(event.Message, trimBlanks(text))
	if string(feature) == "APPFW" {
		from, _ := word(text)
		if isIP(from) {
			setAddr(b, &src, from)
		}
		if at := index(text, "http"); at >= 0 {
			url, _ := word(text[at:])
			setURL(b, url)
		}
		r.say("waf_alert", "web", "info")
		b.AddString(event.EventCategory, "intrusion_detection")
		if hasSuffix(trimBlanks(text), "<blocked>") {
			r.judge(bytesOf("blocked"))
		} else if hasSuffix(trimBlanks(text), "<not blocked>") {
			r.judge(bytesOf("allowed"))
		}
		r.end()
		return true
	}
	if rest, ok := after(skipBlanks(text), `"SSLVPN Mux Authorize result is `); ok && readFirst(b, netscalerTexts[:], rest) {
		r.end()
		return true
	}
	if string(what) == "HTTPREQUEST" {
		r.netscalerRequest(text)
		r.end()
		return true
	}
	for len(text) > 0 {
		part := text
		if j := index(text, " - "); j >= 0 {
			part, text = text[:j], text[j+3:]
		} else {
			text = nil
		}
		part = skipBlanks(part)
		for len(part) > 0 && part[0] == '[' { // [TCP] [CGP][ICAUUID=…] Source …
			_, behind, ok := cut(part, "]")
			if !ok {
				break
			}
			part = skipBlanks(behind)
		}
		key, v := word(part)
		switch string(key) {
		case "Client": // Client IP 192.0.2.7, Client security check …
			if at, ok := after(skipBlanks(v), "IP "); ok {
				key, v = bytesOf("Client_ip"), at
			} else {
				key, v = bytesOf("Client_security_check"), trimBlanks(v)
				v, _ = after(v, "security check ")
			}
		case "Start", "End":
			continue
		}
		if n := len(key); n > 1 && key[n-1] == ':' {
			key = key[:n-1]
		}
		if v = unquote(trimBlanks(v)); len(key) > 0 && len(key) < 32 {
			r.pair(key, v)
		}
	}
	r.netscalerSays(feature, what)
	r.end()
	return true
}

// netscalerRequest reads "Context user@address - SessionId: 7 - host User user : Group(s) a : Vserver address:port - … : GET /path - -".
func (r *reading) netscalerRequest(text []byte) {
	b := r.b
	if context, _, ok := cut(skipBlanks(text), " - "); ok {
		r.fact[fUser], _ = after(context, "Context ")
	}
	if i := index(text, "User "); i > 0 {
		user, _, _ := cut(text[i+len("User "):], " : ")
		setAccount(b, event.UserName, user)
		host := trimBlanks(text[:i])
		if j := lastIndex(host, " "); hostLike(host[j+1:]) && index(host[j+1:], ".") > 0 {
			b.Set(event.URLDomain, host[j+1:])
		}
	}
	if i := index(text, "Group(s) "); i >= 0 {
		if group, _, _ := cut(text[i+len("Group(s) "):], " : "); string(group) != "N/A" {
			b.Set(event.GroupName, group)
		}
	}
	if i := index(text, "Vserver "); i >= 0 {
		at, _ := word(text[i+len("Vserver "):])
		setAt(b, &dst, event.ObserverEgressInterfaceName, at)
	}
	if i := lastIndex(text, " : "); i >= 0 {
		method, rest := word(text[i+3:])
		b.Set(event.HTTPRequestMethod, method)
		target, _ := word(rest)
		if len(target) > 0 && target[0] == '/' {
			b.Set(event.URLOriginal, target)
			setPath(b, target)
		}
	}
	r.netscalerSays(nil, bytesOf("HTTPREQUEST"))
}

// netscalerTime reads "11/23/2026:18:14:15 GMT ns1 0-PPE-0", the month first as is the default or the year, where the header has no time.
func (r *reading) netscalerTime(s []byte) {
	s = skipBlanks(s)
	if r.h.stamp.hasZone || len(s) < 20 || s[10] != ':' {
		return
	}
	var month, day, year []byte
	switch {
	case s[2] == '/' && s[5] == '/':
		month, day, year = s, s[3:], s[6:]
	case s[4] == '/' && s[7] == '/' && len(s) > 20:
		year, month, day = s, s[5:], s[8:]
	default:
		return
	}
	mo, ok := two(month)
	d, ok1 := two(day)
	y, ok2 := two2(year)
	c := civil{year: y, month: mo, day: d, hasYear: true}
	n := readTime(s[11:], &c)
	if mo > 12 { // set to write the day first
		c.month, c.day = d, mo
	}
	if !ok || !ok1 || !ok2 || n == 0 || !c.valid() {
		return
	}
	zone, rest := word(skipBlanks(s[11+n:]))
	if off, ok := zoneByName(zone); ok {
		c.offset, c.hasZone = off, true
	} else {
		rest = skipBlanks(s[11+n:]) // without one the host comes next
	}
	if r.h.stamp.has && (!c.hasZone || c.month != r.h.stamp.month || c.day != r.h.stamp.day) { // some are set to write the day first
		return
	}
	c.has = true
	r.h.stamp = c
	if host, _ := word(rest); r.h.host == nil && isHost(host) && index(host, "-PPE-") < 0 {
		r.b.Set(event.HostName, host)
		r.b.Set(event.HostHostname, host)
		r.b.Set(event.ObserverName, host)
	}
}

func (r *reading) netscalerSays(feature, what []byte) {
	b := r.b
	setDuration(b, trimBlanks(r.fact[fClock]))
	b.Set(event.TLSVersion, tlsVersion(r.fact[fType]))
	sonicNAT(b, &src, r.fact[fName])
	untranslated(b)
	if user, domain, ok := cut(r.fact[fZone], ":"); ok {
		b.Set(event.UserName, user)
		b.Set(event.UserDomain, domain)
	}
	if user, at, ok := cutLast(r.fact[fUser], "@"); ok { // Context alice@203.0.113.7
		if !r.event().Present(event.UserName) {
			setAccount(b, event.UserName, user)
		}
		if isIP(at) && !r.event().Present(event.SourceIP) {
			setAddr(b, &src, at)
		}
	}
	switch string(what) {
	case "LOGIN":
		r.say(login, authn, "start")
		b.SetString(event.EventOutcome, success)
	case "LOGIN_FAILED":
		r.say(login, authn, "start")
		b.SetString(event.EventOutcome, failure)
	case "NONHTTP_RESOURCEACCESS_DENIED", "HTTP_RESOURCEACCESS_DENIED":
		r.say("access_denied", netw, "denied")
		b.SetString(event.EventOutcome, failure)
	case "ICASTART":
		r.say("session_start", "session", "start")
	case "SSL_HANDSHAKE_SUCCESS":
		r.say("tls-handshake", netw, "connection")
		b.SetString(event.EventOutcome, success)
	case "SSL_HANDSHAKE_FAILURE":
		r.say("tls-handshake", netw, "connection")
		b.SetString(event.EventOutcome, failure)
	case "LOGOUT", "ICAEND_CONNSTAT":
		r.say("logout", "session", "end")
	case "CMD_EXECUTED":
		if hasPrefix(bytesOf(r.event().Str(event.ProcessCommandLine)), "login ") {
			b.Unset(event.ProcessCommandLine)
			r.say(login, authn, "start")
		} else {
			r.say("command", "configuration", "change")
		}
		switch string(r.fact[fStatus]) {
		case "Success":
			b.SetString(event.EventOutcome, success)
		case "":
		default:
			b.SetString(event.EventOutcome, failure)
		}
	case "CONN_TERMINATE", "CONN_DELINK", "OTHERCONN_DELINK", "NAT_CONN_DELINK":
		r.say("connection-closed", netw, "connection", "end")
	case "HTTPREQUEST":
		r.say("http_request", "web", "access")
	default:
		r.judge(r.fact[fAction])
		if string(feature) == "TCP" || string(feature) == "SSLLOG" || string(feature) == "SSLVPN" {
			r.say("", netw, "connection")
		} else {
			r.say("", "host", "info")
		}
	}
}

var bigIP = product{"f5.bigip", "f5", "F5", "BIG-IP", "", map[string]target{
	"unit_hostname": {field: event.ObserverHostname}, "hostname": {field: event.ObserverHostname}, "management_ip_address": {field: event.ObserverIP}, "bigip_mgmt_ip": {field: event.ObserverIP}, "policy_name": {field: event.RuleRuleset}, "http_class_name": {how: skip}, "violations": {field: event.RuleName}, "request_status": {fact: fAction, how: keep}, "response_code": {fact: fStatus, how: keep},
	"ip_client": {how: srcAddr}, "method": {field: event.HTTPRequestMethod}, "protocol": {field: event.NetworkProtocol, how: lowered}, "query_string": {field: event.URLQuery}, "sig_ids": {field: event.RuleID}, "sig_names": {field: event.RuleDescription}, "severity": {field: event.LogLevel}, "attack_type": {field: event.RuleCategory}, "username": {field: event.UserName}, "src_port": {field: event.SourcePort},
	"dest_port": {field: event.DestinationPort}, "dest_ip": {how: dstAddr}, "uri": {fact: fName, how: keep}, "request": {how: skip}, "date_time": {how: skip}, "source_ip": {how: srcAddr}, "source_port": {field: event.SourcePort}, "action": {fact: fAction, how: keep}, "acl_rule_name": {field: event.RuleName}, "acl_policy_name": {field: event.RuleRuleset}, "ip_protocol": {how: transport}, "drop_reason": {field: event.EventReason},
	"translated_source_ip": {field: event.SourceNATIP, how: natAddr}, "translated_source_port": {field: event.SourceNATPort}, "vlan": {field: event.ObserverIngressInterfaceName}, "source_user": {field: event.UserName}, "bad_msg_reason": {field: event.EventReason},
}, nil}

// bigIPRule is what the published iRule for HTTP logs.
var bigIPRule = product{"f5.bigip", "f5", "F5", "BIG-IP", "", map[string]target{
	"f5_irule": {field: event.RuleName}, "src_ip": {how: srcAddr}, "vip": {how: dstAddr}, "http_method": {field: event.HTTPRequestMethod}, "http_host": {fact: fName, how: keep}, "http_uri": {how: urlPathQuery}, "http_url": {how: skip}, "http_version": {field: event.HTTPVersion}, "http_user_agent": {field: event.UserAgentOriginal}, "http_referrer": {field: event.HTTPRequestReferrer}, "req_start_time": {how: skip}, "res_start_time": {how: skip},
	"cookie": {how: skip}, "http_content_type": {how: skip}, "virtual_server": {how: skip}, "node": {how: skip}, "node_port": {how: skip}, "user": {field: event.UserName}, "http_status": {fact: fStatus, how: keep}, "req_elapsed_time": {how: milliseconds}, "bytes_in": {field: event.SourceBytes}, "bytes_out": {field: event.DestinationBytes},
}, func(r *reading) {
	host, _, _ := cut(r.fact[fName], ":")
	r.b.Set(event.URLDomain, host)
}}

// f5Texts are what daemons of BIG-IP say behind "01490010:5: ".
var f5Texts = [...]shape{
	{"", "session_opened", "", "session", "start", []string{"{x}: New session from client IP {addr} ({x}) at VIP {daddr} Listener {rule} (", "{x}: New session from client IP {addr} ({x}) at VIP {daddr} Listener {rule}", "{x}: New session from client IP {addr} "}},
	{"", login, failure, authn, "start", []string{"{x}authenticate with '{user}' failed", "{x}authentication with '{user}' failed"}},
	{"", login, success, authn, "start", []string{"{x}authenticate with '{user}' successful"}},
	{"", "session_user", "", "session", "info", []string{"{x}: Username '{user}'"}},
	{"", "session_closed", "", "session", "end", []string{"{x}: Session deleted due to {reason}"}},
	{"", "vpn-address", "", "session", "info", []string{"{x}: Assigned PPP Dynamic IPv4: {srcnat} {x} Client IP: {addr} - {x}", "{x}: Assigned PPP Dynamic IPv4: {srcnat} {x} Client IP: {addr}", "{x}: Assigned PPP Dynamic IPv4: {srcnat} "}},
	{"", "session_statistics", "", "session", "info", []string{"{x}: Session statistics - bytes in: {sbytes}, bytes out: {dbytes}", "{x}: Session statistics - bytes in:{sbytes}, bytes out: {dbytes}"}},
	{"", "tls-handshake", failure, netw, "connection", []string{"SSL Handshake failed for {proto} {addr} -> {daddr}", "SSL Handshake failed for {proto} from {addr} to {daddr}"}},
	{"", "reset", "", netw, "connection", []string{"RST sent from {addr} to {daddr}, [{x}] {reason}"}},
	{"", login, failure, authn, "start", []string{"{x}: Authentication failed for user {user}, {reason}", "User {user} from ssh failed {reason}", "AUDIT - user {user} - RAW: {x} user={x} host={addr} failed to login after"}},
	{"", "access-policy", "", "session", "info", []string{"{x}: Following rule '{rule}' from item"}},
	{"", "session_client", "", "session", "info", []string{"{x}: Received client info - {reason}", "{x}: Received User-Agent header: {agent}"}},
	{"", "access-policy", "", "session", "info", []string{"{x}: Access policy result: {reason}"}},
	{"", "pool-member", failure, netw, "info", []string{"Pool {x} member {rule} monitor status down. {reason}", "Pool {x} member {rule} monitor status down"}},
	{"", "pool-member", success, netw, "info", []string{"Pool {x} member {rule} monitor status up"}},
	{"", "command", success, "configuration", "change", []string{"AUDIT - client {x}, user {user} - transaction {x} - object {x} - {cmd} [Status=Command OK]", "AUDIT - client {x}, user {user} - transaction {x} - {cmd} [Status=Command OK]", "AUDIT - user {user} - transaction {x} - {cmd} [Status=Command OK]"}},
	{"", "command", failure, "configuration", "change", []string{"AUDIT - client {x}, user {user} - transaction {x} - {cmd} [Status={reason}]", "AUDIT - user {user} - transaction {x} - {cmd} [Status={reason}]"}},
	{"", "command", "", "configuration", "change", []string{"AUDIT - pid={x} user={user} folder={x} module={x} status=[{reason}] cmd_data={cmd}"}},
	{"", login, success, authn, "start", []string{"AUDIT - user {user} - RAW: {x} host={addr} attempts={x} start=\"", "AUDIT - user {user} - RAW: {x} host={addr} attempts="}},
	{"", login, failure, authn, "start", []string{"AUDIT - user {user} - RAW: {x} user={x} partition={x} fail to login: from {addr} "}},
}

// f5Attack reads the pairs of BIG-IP's application firewall.
func f5Attack(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if index(m, "support_id=\"") < 0 || index(m, "request_status=\"") < 0 {
		return false
	}
	rest, _ := after(m, "ASM:")
	r := p.f5Pairs(b, h, rest)
	if n, ok := number(r.fact[fStatus]); ok && n >= 100 { // 0 is the answer to what was blocked
		b.SetInt(event.HTTPResponseStatusCode, n)
	}
	b.SetString(event.EventAction, "waf_alert")
	b.AddString(event.EventCategory, "web")
	b.AddString(event.EventCategory, "intrusion_detection")
	r.judge(r.fact[fAction])
	r.end()
	return true
}

// f5Flow reads those of its network firewall, in structured data.
func f5Flow(p *Parser, b *event.Batch, h *header, _ []byte) bool {
	_, rest, _ := cut(h.sd, " ")
	r := p.f5Pairs(b, h, rest)
	r.p.val = lower(r.p.val[:0], r.fact[fAction])
	b.Set(event.EventAction, r.p.val)
	r.say("", netw, "connection")
	r.judge(r.fact[fAction])
	r.end()
	return true
}

func (p *Parser) f5Pairs(b *event.Batch, h *header, pairs []byte) *reading {
	r := p.read(b, h, &bigIP)
	r.begin()
	r.pairs(pairs)
	if path := r.fact[fName]; len(path) > 0 {
		r.put(target{how: urlPathQuery}, path)
	}
	return r
}

// f5Rule reads what a rule of BIG-IP logs: 192.0.2.5,f5_irule=…,src_ip=….
func f5Rule(p *Parser, b *event.Batch, h *header, m []byte) bool {
	host, rest, ok := cut(m[:min(len(m), 300)], ",")
	if !ok || !hasPrefix(rest, "f5_irule=") {
		return false
	}
	r := p.read(b, h, &bigIPRule)
	r.begin()
	if h.host == nil && isHost(host) {
		b.Set(event.HostName, host)
		b.Set(event.HostHostname, host)
		b.Set(event.ObserverName, host)
	}
	r.knownPairs(m[len(host)+1:], ',')
	r.say("http_request", "web", "access")
	setStatus(b, r.fact[fStatus])
	r.end()
	return true
}

// f5Daemon reads the numbered messages of BIG-IP's daemons, with the level before them or without.
func f5Daemon(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if level, rest := word(m); isSeverity(level) { // "notice apmd[7]: 01490500:5: …"
		if tag, text, ok := cut(rest, ": "); ok && len(tag) < 40 {
			p.tag(b, h, tag)
			if m = text; tmuiLogin(p, b, h, m) {
				return true
			}
			if len(m) < 14 || m[0] != '0' || m[8] != ':' || m[10] != ':' { // of a program that others have, too
				return f5Other(p, b, h, level, m)
			}
		}
	}
	if len(m) < 14 || m[0] != '0' || m[8] != ':' || m[10] != ':' || !digit(m[9]) {
		return false
	}
	for _, c := range m[:8] {
		if !digit(c) && (c < 'a' || c > 'f') {
			return false
		}
	}
	rest := skipBlanks(m[11:])
	r := p.read(b, h, &bigIP)
	r.begin()
	b.Set(event.EventCode, m[:8])
	if !readFirst(b, f5Texts[:], rest) {
		r.say("", "host", "info")
	}
	r.end()
	return true
}
