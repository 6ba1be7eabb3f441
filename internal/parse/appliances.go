package parse

import "watchpost/internal/event"

// words reads key=value pairs with values bare, in double or in single quotes.
func (r *reading) words(m []byte) {
	for len(m) > 0 {
		m = skipBlanks(m)
		n := 0
		for n < len(m) && m[n] != '=' && m[n] != ' ' && m[n] != '<' {
			n++
		}
		if n == len(m) {
			return
		}
		if m[n] != '=' || n == 0 {
			m = m[n+1:]
			continue
		}
		key, v := m[:n], m[n+1:]
		end := byte(' ')
		if len(v) > 0 && (v[0] == '"' || v[0] == '\'') {
			end, v = v[0], v[1:]
		}
		n = 0
		for n < len(v) && v[n] != end {
			n++
		}
		r.pair(key, v[:n])
		m = v[min(n+1, len(v)):]
	}
}

var stormshieldSNS = product{"stormshield.sns", "stormshield", "Stormshield", "SNS", "firewall", map[string]target{
	"id": {how: skip}, "time": {fact: fStamp, how: keep}, "startime": {how: skip}, "tz": {fact: fZone, how: keep}, "fw": {field: event.ObserverName}, "pri": {field: event.EventSeverity}, "ruleid": {field: event.RuleID}, "rulename": {field: event.RuleName}, "srcif": {how: skip}, "dstif": {how: skip},
	"srcifname": {field: event.ObserverIngressInterfaceName}, "dstifname": {field: event.ObserverEgressInterfaceName}, "ipproto": {how: transport}, "proto": {field: event.NetworkProtocol}, "src": {how: srcAddr}, "dst": {how: dstAddr}, "srcport": {field: event.SourcePort}, "dstport": {field: event.DestinationPort},
	"srcmac": {field: event.SourceMAC, how: macText}, "dstmac": {field: event.DestinationMAC, how: macText}, "modsrc": {field: event.SourceNATIP, how: natAddr}, "modsrcport": {field: event.SourceNATPort}, "origdst": {field: event.DestinationNATIP, how: natAddr}, "origdstport": {field: event.DestinationNATPort},
	"srcname": {field: event.SourceDomain}, "dstname": {field: event.DestinationDomain}, "user": {field: event.UserName}, "domain": {field: event.UserDomain}, "sent": {field: event.SourceBytes}, "rcvd": {field: event.DestinationBytes}, "duration": {fact: fSeverity, how: keep}, "action": {fact: fAction, field: event.EventAction}, "logtype": {fact: fType, how: keep},
	"msg": {field: event.Message, fact: fText}, "class": {field: event.RuleCategory}, "alarmid": {field: event.EventCode}, "op": {fact: fOther, how: keep}, "arg": {fact: fName, how: keep}, "result": {fact: fReason, how: keep}, "error": {fact: fStatus, how: keep}, "address": {how: srcAddr}, "virus": {fact: fSub, how: keep}, "cat_site": {fact: fPart, how: keep}, "sessionid": {how: skip}, "filename": {field: event.FileName}, "serverappid": {field: event.NetworkApplication},
}, stormshieldSays}

func stormshield(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if !hasPrefix(m, "id=firewall ") || index(m, " logtype=") < 0 {
		return false
	}
	r := p.read(b, h, &stormshieldSNS)
	r.begin()
	r.words(m)
	if !h.stamp.hasZone && len(r.fact[fStamp]) == 19 && len(r.fact[fZone]) > 0 {
		h.stamp = civil{} // the line says the same whole, with zone
	}
	if !h.stamp.has && len(r.fact[fStamp]) == 19 {
		r.fact[fDate], r.fact[fClock] = r.fact[fStamp][:10], r.fact[fStamp][11:]
		f := forti{date: r.fact[fDate], clock: r.fact[fClock], tz: r.fact[fZone]}
		f.stamp(&h.stamp)
	}
	r.end()
	return true
}

func stormshieldSays(r *reading) {
	b := r.b
	b.Label(bytesOf("stormshield.logtype"), r.fact[fType])
	judged := r.judge(r.fact[fAction])
	untranslated(b)
	setSecondsPart(b, r.fact[fSeverity])
	if v := r.fact[fPart]; len(v) > 2 && v[0] == '{' { // {news}
		b.Set(event.RuleCategory, v[1:len(v)-1])
	} else {
		b.Set(event.RuleCategory, v)
	}
	if v := r.fact[fSub]; len(v) > 0 && string(v) != "clean" && string(v) != "unknown" {
		b.AddString(event.EventCategory, "malware")
		if string(v) != "infected" {
			b.Set(event.RuleName, v)
		}
	}
	switch string(r.fact[fType]) {
	case "alarm":
		if e := r.event(); !e.Present(event.RuleName) {
			b.Set(event.RuleName, r.fact[fText])
		}
		r.say("ids_alert", "intrusion_detection", "info")
	case "auth", "xvpn":
		if text := r.fact[fText]; r.is(fType, "xvpn") && index(text, "unnel ") >= 0 {
			if hasSuffix(text, "created") || hasSuffix(text, "opened") {
				r.say(vpnConnected, netw, "start")
			} else {
				r.say(vpnDisconnected, netw, "end")
			}
			r.stormshieldError()
		} else if !r.logins(r.fact[fText]) {
			r.say(login, authn, "start")
			r.stormshieldError()
		}
		if r.event().Str(event.EventOutcome) == failure {
			b.Set(event.EventReason, r.fact[fText])
		}
	case "server":
		if !r.logins(r.fact[fText]) {
			r.say("command", "configuration", "info")
			b.Set(event.ProcessCommandLine, r.fact[fText])
			r.stormshieldError()
		}
	case "smtp", "pop3":
		r.say("", "email", "info")
	case "plugin", "ftp", "ssl":
		if v := r.fact[fOther]; len(v) > 0 {
			r.label(bytesOf("op"), v)
		}
		r.say("", netw, "connection")
	case "pvm":
		r.say("", "vulnerability", "info")
	case "web":
		setNum(b, event.HTTPResponseStatusCode, r.fact[fReason])
		b.Set(event.HTTPRequestMethod, r.fact[fOther])
		if len(r.fact[fName]) > 0 {
			r.put(target{how: urlPathQuery}, r.fact[fName])
			b.Set(event.URLDomain, bytesOf(r.event().Str(event.DestinationDomain)))
		}
		r.say("", "web", "access")
	case "filter", "connection", "count":
		r.say("", netw, "connection")
	case "vpn":
		r.say("vpn", netw, "info")
		r.stormshieldError()
	default:
		if !judged {
			r.say("", "host", "info")
		}
	}
}

// stormshieldError sets the outcome from the number of the error, 0 for none.
func (r *reading) stormshieldError() {
	if r.is(fStatus, "0") {
		r.b.SetString(event.EventOutcome, success)
	} else if len(r.fact[fStatus]) > 0 {
		r.b.SetString(event.EventOutcome, failure)
	}
}

// untranslated takes back what is named as a translation and is none.
func untranslated(b *event.Batch) {
	e := event.Event{Batch: b, Row: b.Rows()}
	for _, s := range [...]*side{&src, &dst} {
		if nat := e.Str(s.natIP); nat != "" && nat == e.Str(s.ip) {
			from, ok := e.Int(s.port)
			if to, has := e.Int(s.natPort); !has || ok && from == to {
				b.Unset(s.natIP)
				b.Unset(s.natPort)
			}
		}
	}
}

var merakiMX = product{"cisco.meraki", "meraki", "Cisco", "Meraki", "", map[string]target{
	"src": {how: srcAt}, "dst": {how: dstAt}, "sport": {field: event.SourcePort}, "dport": {field: event.DestinationPort}, "mac": {field: event.SourceMAC, how: macText}, "client_mac": {field: event.SourceMAC, how: macText}, "protocol": {fact: fPart, how: keep}, "agent": {field: event.UserAgentOriginal},
	"signature": {field: event.RuleID}, "priority": {field: event.EventSeverity}, "dhost": {field: event.DestinationMAC, how: macText}, "direction": {how: direction}, "decision": {fact: fAction, how: keep}, "action": {fact: fAction, how: keep}, "timestamp": {how: skip}, "url": {how: urlText}, "sha256": {how: anyHash}, "name": {field: event.FileName},
	"translated_src_ip": {field: event.SourceNATIP, how: natAddr}, "translated_dst_ip": {field: event.DestinationNATIP, how: natAddr}, "translated_port": {fact: fText, how: keep}, "type": {fact: fSub, how: keep}, "identity": {field: event.UserName, how: accountName}, "user": {field: event.UserName, how: accountName}, "client_ip": {how: srcAddr}, "ip": {how: srcAddr}, "ip_src": {how: srcAddr}, "Client": {how: srcAddr}, "MAC": {field: event.SourceMAC, how: macText}, "server": {how: dstAt},
	"user_id": {field: event.UserName, how: accountName}, "remote_ip": {how: srcAddr}, "local_ip": {field: event.SourceNATIP, how: natAddr}, "peer_contact": {how: dstAt}, "connectivity": {fact: fStatus, how: keep}, "category0": {field: event.RuleCategory}, "disposition": {fact: fOther, how: keep}, "ssid": {field: event.NetworkName}, "connected_from": {how: srcAddr}, "peer_ip": {how: srcAddr},
}, nil}

// isMeraki says whether s is one of Meraki's kinds of log.
func isMeraki(s []byte) bool {
	switch string(s) {
	case "flows", "urls", "events", "ids-alerts", "security_event", "airmarshal_events", "firewall", "ip_flow_start", "ip_flow_end":
		return true
	}
	return hasSuffix(s, "vpn_firewall") || string(s) == "cellular_firewall" // bridge_anyconnect_client_vpn_firewall
}

// meraki reads "1 1700000000.123456789 MX84 flows src=… dst=… pattern: allow all", with or without a header before it.
func meraki(p *Parser, b *event.Batch, h *header, m []byte) bool {
	var stamp []byte
	device := h.host
	kind, rest := word(m)
	line, own := after(m, "1 ")
	if !own && h.app == nil && len(m) > 20 && digit(m[0]) && m[10] == '.' { // a relay's header leaves the version out
		_, s := word(m)
		_, s = word(s)
		s, _ = word(s)
		own = isMeraki(s)
	}
	if own && len(line) > 20 && line[10] == '.' && digits(line[:10]) {
		stamp, line = word(line)
		device, line = word(line)
		kind, rest = word(line)
	} else if !isMeraki(kind) || h.app != nil { // the header has taken time and device
		return false
	}
	rest = skipBlanks(rest)
	if !isHost(device) || len(kind) == 0 {
		return false
	}
	r := p.read(b, h, &merakiMX)
	r.begin()
	if h.host == nil {
		b.Set(event.HostName, device)
		b.Set(event.HostHostname, device)
	}
	b.Unset(event.ObserverName)
	b.Set(event.ObserverName, device)
	b.Unset(event.Message)
	b.Set(event.Message, rest)
	if len(stamp) > 10 {
		r.fact[fStamp] = stamp
		r.epoch()
	}
	b.Label(bytesOf("meraki.kind"), kind)
	flow := kind
	if hasSuffix(kind, "_firewall") && isMeraki(kind) {
		flow = bytesOf("firewall")
	}
	switch string(flow) {
	case "flows", "firewall", "ip_flow_start", "ip_flow_end":
		pairs, pattern, _ := cut(rest, "pattern: ")
		r.words(pairs)
		word, why := word(pattern)
		if len(word) == 0 {
			word, _, _ = cut(rest, " ") // older: flows allow src=…
		}
		switch string(word) {
		case "1":
			word = bytesOf("allow")
		case "0":
			word = bytesOf("deny")
		}
		r.say("", netw, "connection")
		if port := r.fact[fText]; r.event().Present(event.DestinationNATIP) && !r.event().Present(event.SourceNATIP) {
			setPort(b, event.DestinationNATPort, port)
		} else {
			setPort(b, event.SourceNATPort, port)
		}
		switch string(kind) {
		case "ip_flow_start":
			b.AddString(event.EventType, "start")
		case "ip_flow_end":
			b.AddString(event.EventType, "end")
		}
		pattern = trimBlanks(pattern)
		switch {
		case r.judge(word):
			b.Set(event.EventAction, word)
			b.Set(event.RuleName, trimBlanks(why))
		case r.judge(lastWord(pattern)): // Group Policy Allow
			r.p.val = lower(r.p.val[:0], lastWord(pattern))
			b.Set(event.EventAction, r.p.val)
			b.Set(event.RuleName, pattern)
		default:
			b.SetString(event.EventAction, "flow")
			b.Set(event.RuleName, pattern)
		}
	case "urls":
		pairs, request, _ := cut(rest, "request: ")
		r.words(pairs)
		method, url := word(request)
		b.Set(event.HTTPRequestMethod, method)
		if url = trimBlanks(url); len(url) > 0 {
			setURL(b, url)
		}
		r.say("http_request", "web", "access")
	case "ids-alerts", "security_event":
		pairs, text, _ := cut(rest, "message: ")
		r.words(pairs)
		r.judge(r.fact[fAction])
		if hasPrefix(rest, "security_filtering_file") || hasPrefix(rest, "security_filtering_disposition") {
			r.say("file-scanned", "malware", "info")
		} else {
			r.say("ids_alert", "intrusion_detection", "info")
			b.Set(event.RuleName, text)
		}
		r.label(bytesOf("disposition"), r.fact[fOther])
	default: // events, airmarshal_events
		if sub, more := word(rest); string(sub) == "type=" { // type= rogue_ssid_detected
			sub, more = word(skipBlanks(more))
			r.fact[fSub], rest = sub, more
		}
		pairs, text, ok := cut(rest, "msg= '")
		if !ok {
			pairs, text = rest, rest
		}
		r.words(pairs)
		r.merakiEvent(text)
		if e := r.event(); e.Str(event.SourceIP) == "0.0.0.0" { // not known yet
			b.Unset(event.SourceIP)
			b.Unset(event.SourceAddress)
		}
	}
	if proto, _, _ := cut(r.fact[fPart], "/"); len(proto) > 0 {
		setTransport(b, proto)
	}
	r.end()
	return true
}

var merakiTexts = [...]shape{
	{"", "vpn-connected", success, "session", "start", []string{"{x}_vpn_connect user id '{user}' local ip {srcnat} {x}connected from {addr}"}},
	{"", "vpn-disconnected", success, "session", "end", []string{"{x}_vpn_disconnect user id '{user}' local ip {srcnat} {x}connected from {addr}"}},
	{"", "dhcp_lease", success, netw, "info", []string{"dhcp lease of ip {addr} from server mac {x} for client mac {mac} with hostname {host} from", "dhcp lease of ip {addr} from {x} mac {x} for client mac {mac} "}},
	{"", "arp-denied", failure, netw, "denied", []string{"Blocked ARP Packet from {mac} with IP {addr} on VLAN"}},
	{"", vpnConnected, success, netw, "start", []string{"Site-to-Site VPN: <{x}> IKE_SA {x} established between {addr}[{x}]...{daddr}["}},
	{"", "vpn", "", netw, "info", []string{"Site-to-Site VPN: <{x}> {reason}", "Site-to-Site VPN: {reason}"}},
	{"", vpnDisconnected, success, "session", "end", []string{"Sess-ID[{x}] Peer IP={addr} User[{user}]: Session disconnected. Session Type: {x}, Bytes xmt: {dbytes}, Bytes rcv: {sbytes}, Reason: {reason} '", "Sess-ID[{x}] Peer IP={addr} User[{user}]: Session disconnected. {reason}"}},
	{"", "vpn", "", "session", "info", []string{"Sess-ID[{x}] Peer IP={addr} User[{user}]: {reason} '", "Peer IP={addr} User[{user}] Sess-ID[{x}]: {reason} '"}},
	{"", login, success, authn, "start", []string{"RADIUS[{x}] Server IP={daddr} Server port={dport} Peer IP={ip} Peer port={sport} User={user}: Authentication request accepted"}},
	{"", login, failure, authn, "start", []string{"RADIUS[{x}] Server IP={daddr} Server port={dport} Peer IP={ip} Peer port={sport} User={user}: {reason} '"}},
	{"", login, failure, authn, "start", []string{"Peer IP={addr} Peer port={sport} {x}: {reason} failed", "{x}type=anyconnect_vpn_auth_failure msg= 'Peer IP={addr} Peer port={sport} {x}: {reason}'"}},
	{"", "interface", "", netw, "change", []string{"carrier_change device {iif} {reason}"}},
	{"", "login", failure, authn, "start", []string{"Auth failure for 8021x port {iif} identity {user}"}},
	{"", "login", success, authn, "start", []string{"Auth success for 8021x port {iif} identity {user}"}},
	{"", "interface", "", netw, "change", []string{"port {iif} status changed from {reason}", "Port {iif} changed STP role from {reason}", "port {iif} changed STP role from {reason}"}},
	{"", "failover", "", netw, "change", []string{"failover to {iif}"}},
	{"", "vpn", "", netw, "info", []string{"Site-to-site VPN: {x}: {addr}[{x}]<=>{daddr}[{x}]", "Non-Meraki / Client VPN negotiation: {x}: {addr}[{x}]<=>{daddr}["}},
	{"", "dhcp_no_offer", failure, netw, "info", []string{"dhcp no offers for mac {mac}"}},
	{"", "interface", "", netw, "info", []string{"Port {iif} is configured with {reason}"}},
	{"", "url-blocked", failure, "web", "denied", []string{"content_filtering_block url='"}},
	{"", "login", failure, authn, "start", []string{"anyconnect_vpn_auth_failure"}},
	{"", "login", success, authn, "start", []string{"anyconnect_vpn_auth_success"}},
}

func (r *reading) merakiEvent(rest []byte) {
	b := r.b
	if readFirst(b, merakiTexts[:], rest) {
		return
	}
	kind := r.fact[fSub]
	if first, _ := word(rest); len(kind) == 0 && index(first, "_") > 0 && index(first, "=") < 0 {
		kind = first
	}
	b.Set(event.EventAction, kind)
	switch string(kind) {
	case "client_vpn_connect", "anyconnect_vpn_connect":
		b.Unset(event.EventAction)
		r.say(vpnConnected, "session", "start")
		b.SetString(event.EventOutcome, success)
	case "client_vpn_disconnect", "anyconnect_vpn_disconnect":
		b.Unset(event.EventAction)
		r.say(vpnDisconnected, "session", "end")
		b.SetString(event.EventOutcome, success)
	case "vpn_connectivity_change":
		b.Unset(event.EventAction)
		if r.is(fStatus, "false") {
			r.say(vpnDisconnected, netw, "end")
		} else {
			r.say(vpnConnected, netw, "start")
		}
	case "association":
		r.say("", netw, "start")
	case "disassociation", "wpa_deauth", "8021x_deauth", "8021x_client_deauth":
		r.say("", netw, "end")
	case "rogue_ssid_detected", "ssid_spoofing_detected", "device_packet_flood":
		r.say("", "intrusion_detection", "info")
	case "8021x_eap_success", "wpa_auth", "splash_auth", "8021x_auth":
		r.say("", authn, "start")
		b.SetString(event.EventOutcome, success)
	case "8021x_eap_failure", "8021x_auth_fail":
		r.say("", authn, "start")
		b.SetString(event.EventOutcome, failure)
	default:
		r.say("", netw, "info")
	}
}

var iseProduct = product{"cisco.ise", "ise", "Cisco", "ISE", "", map[string]target{
	"UserName": {field: event.UserName, how: accountName}, "User-Name": {fact: fUser, how: keep}, "User": {fact: fUser, how: keep}, "AdminName": {field: event.UserName}, "AdminIPAddress": {how: srcAddr}, "Calling-Station-ID": {fact: fName, how: keep}, "Framed-IP-Address": {how: srcAddr}, "Remote-Address": {how: srcAddr},
	"Device IP Address": {field: event.DestinationIP}, "NAS-IP-Address": {how: skip, fact: fOther}, "NetworkDeviceName": {field: event.DestinationDomain}, "FailureReason": {field: event.EventReason}, "Protocol": {field: event.NetworkProtocol, how: lowered}, "SelectedAuthorizationProfiles": {field: event.RuleName}, "AuthorizationPolicyMatchedRule": {field: event.RuleName},
	"EndPointMACAddress": {field: event.SourceMAC}, "Calling Station Id": {fact: fName, how: keep}, "Network device IP": {field: event.DestinationIP}, "NAS IP Address": {field: event.DestinationIP}, "NAD Address": {field: event.DestinationIP}, "Network Device Name": {field: event.DestinationDomain}, "Failure Reason": {field: event.EventReason}, "Error Message": {field: event.EventReason}, "Cause": {field: event.EventReason},
	"AD-Error-Details": {field: event.EventReason}, "CmdSet": {field: event.ProcessCommandLine}, "OperationMessageText": {field: event.EventReason}, "UserIdentityGroup": {field: event.GroupName}, "IpAddress": {how: srcAddr}, "AcsSessionID": {how: asIs, field: event.ProcessEntityID}, "ConfigVersionId": {how: skip}, "Step": {how: skip}, "ObjectName": {field: event.UserTargetName}, "DestinationIPAddress": {how: skip}, "DestinationPort": {how: skip},
	"Acct-Input-Octets": {field: event.SourceBytes}, "Acct-Output-Octets": {field: event.DestinationBytes}, "Acct-Session-Time": {how: seconds}, "Acct-Status-Type": {fact: fSub, how: keep}, "NAS-Port-Id": {field: event.ObserverIngressInterfaceName},
}, nil}

// ise reads "CISE_Failed_Attempts 0000000012 3 0 2026-11-23 18:14:15.123 +01:00 0000001234 5400 NOTICE Failed-Attempt: text, key=value, …".
func ise(p *Parser, b *event.Batch, h *header, m []byte) bool {
	category, rest := m, m
	if hasPrefix(m, "CISE_") {
		category, rest = word(m)
	} else if category = h.app; !hasPrefix(category, "CISE_") {
		return false
	}
	for rest = trimBlanks(rest); len(rest) > 0 && rest[len(rest)-1] == ','; {
		rest = rest[:len(rest)-1] // behind the last pair, too
	}
	r := p.read(b, h, &iseProduct)
	r.begin()
	b.Set(event.EventProvider, category)
	if number, s := word(rest); digits(number) { // the second and later parts of a long message
		total, s := word(s)
		if part, s := word(s); digits(total) && digits(part) && string(part) != "0" {
			r.divided(skipBlanks(s), ", ", "=")
			r.label(bytesOf("part"), part)
			r.say("", "host", "info")
			r.end()
			return true
		}
	}
	head, rest, ok := cut(rest, ": ")
	if string(category) == "CISE_Alarm" { // WARN: what is wrong : key=value; key=value
		b.Set(event.LogLevel, head)
		name, pairs, _ := cut(rest, ": ")
		b.Unset(event.Message)
		b.Set(event.Message, rest)
		b.Set(event.RuleName, trimBlanks(name))
		r.divided(pairs, "; ", "=")
		if v := r.fact[fName]; beginsMAC(v) {
			b.Set(event.SourceMAC, v[:17])
		}
		r.say("alarm", "host", "info")
		r.end()
		return true
	}
	if !ok {
		return false
	}
	var w [7][]byte
	for i := range w {
		w[i], head = word(head)
	}
	r.iseTime(w[3], w[4], w[5])
	code, head := word(head)
	if digits(code) {
		b.Set(event.EventCode, code)
	}
	level, _ := word(head)
	b.Set(event.LogLevel, level)
	text, rest, _ := cut(rest, ", ")
	b.Unset(event.Message)
	b.Set(event.Message, text)
	r.divided(rest, ", ", "=")
	if !r.event().Present(event.UserName) && len(r.fact[fUser]) > 0 {
		setAccount(b, event.UserName, r.fact[fUser])
	}
	if v := r.fact[fName]; isIP(v) {
		setAddr(b, &src, v)
	} else if len(v) == 17 {
		b.Set(event.SourceMAC, v)
	}
	switch {
	case hasPrefix(category, "CISE_Passed_Auth"):
		r.say(login, authn, "start")
		b.SetString(event.EventOutcome, success)
	case hasPrefix(category, "CISE_Failed_"):
		r.say(login, authn, "start")
		b.SetString(event.EventOutcome, failure)
	case hasPrefix(category, "CISE_RADIUS_Acc"):
		r.say("accounting", "session", "info")
	case hasPrefix(category, "CISE_TACACS_Acc"):
		r.say("command", "configuration", "info")
	case hasPrefix(category, "CISE_Administrative"):
		if !r.logins(text) {
			r.say("configuration", "configuration", "change")
		}
	default:
		r.say("", "host", "info")
	}
	r.end()
	return true
}

var fireware = product{"watchguard.firebox", "watchguard", "WatchGuard", "Firebox", "firewall", map[string]target{
	"msg_id": {field: event.EventCode}, "msg": {field: event.EventReason}, "proxy_act": {field: event.RuleRuleset}, "op": {field: event.HTTPRequestMethod}, "dstname": {field: event.URLDomain}, "arg": {how: urlPath}, "sent_bytes": {field: event.SourceBytes}, "rcvd_bytes": {field: event.DestinationBytes}, "elapsed_time": {fact: fClock, how: keep},
	"host": {field: event.URLDomain}, "path": {how: urlPath}, "proxy_action": {field: event.RuleRuleset}, "severity": {field: event.EventSeverity}, "src_user": {field: event.UserName, how: accountName}, "user": {field: event.UserName, how: accountName}, "method": {field: event.HTTPRequestMethod}, "app_name": {field: event.NetworkApplication}, "cats": {field: event.RuleCategory}, "signature_id": {field: event.RuleID}, "signature_name": {field: event.RuleDescription}, "signature_cat": {field: event.RuleCategory}, "virus": {field: event.RuleDescription}, "md5": {how: anyHash}, "file": {field: event.FileName}, "duration": {how: seconds}, "sni": {field: event.TLSClientServerName},
}, nil}

var firewareTexts = [...]shape{
	{"", "ids_alert", failure, "intrusion_detection", "denied", []string{"Blocked site: Traffic detected from {addr} to {daddr}. (", "Blocked port: Traffic detected from {addr} to {daddr} on port {dport}. (", "IP spoofing: Traffic detected from {addr} to {daddr}. ("}},
	{"", "ids_alert", "", "intrusion_detection", "info", []string{"{rule} against {daddr} from {addr} detected. {reason} (", "{rule} against {daddr} from {addr} detected. (", "{rule} attack from {addr} detected. (", "{rule} from client {addr} detected. (", "{rule} against server {daddr} detected. ("}},
	{"", "", "", netw, "info", []string{"Policy Name: {rule} Source IP Address: {addr} Source Port: {sport} Destination IP Address: {daddr} Destination Port: {dport} ("}},
	{"", vpnDisconnected, "", netw, "end", []string{"BOVPN tunnel '{rule}' local {x} remote {x} under gateway '{x}' is down"}},
	{"", vpnConnected, success, netw, "start", []string{"BOVPN tunnel '{rule}' local {x} remote {x} under gateway '{x}' is up"}},
	{"", login, failure, authn, "start", []string{"Authentication of {x} user [{user}] from {addr} rejected, {reason}", "Authentication of {x} user [{user}] from {addr} rejected", "Authentication of {x} user [{user}] from {addr} was rejected, {reason}", "Management user {user} from {addr} log in attempt was rejected - {reason}", "{x} User {user} from {addr} log in attempt was rejected - {reason}"}},
	{"", login, failure, authn, "start", []string{"Authentication error. {reason} for user {user}, from {addr}", "{x} user {user} from {addr} log in attempt was rejected, {reason}"}},
	{"", "ban", success, "intrusion_detection", "info", []string{"Temporarily blocking host {addr} ", "Temporarily blocking host {addr}"}},
	{"", "vpn", failure, netw, "error", []string{"({x})IKE phase-{x} negotiation from {addr} to {daddr} failed. {x}Reason='{reason}'", "({x})IKE phase-{x} negotiation from {addr} to {daddr} failed"}},
	{"", "vpn", success, netw, "info", []string{"({x})IKE phase-{x} negotiation from {addr} to {daddr} succeeded", "'{x}' {x} tunnel is up"}},
	{"", "vpn", failure, netw, "info", []string{"({x})Drop negotiation to peer {daddr} due to {reason}", "({x}){x}peer {daddr} {reason}"}},
	{"", "arp_spoofing", failure, "intrusion_detection", "denied", []string{"ARP spoofing attack detected, ip={addr}, mac={mac}, interface={iif}"}},
	{"", "dhcp_discover", "", netw, "info", []string{"DHCPDISCOVER from {mac} via {iif}"}},
	{"", "dhcp_offer", "", netw, "info", []string{"DHCPOFFER on {addr} to {mac} ({host}) via {iif}", "DHCPOFFER on {addr} to {mac} via {iif}"}},
	{"", "dhcp_request", "", netw, "info", []string{"DHCPREQUEST for {addr} from {mac} ({host}) via {iif}", "DHCPREQUEST for {addr} from {mac} via {iif}"}},
	{"", "interface", "", netw, "change", []string{"[{iif} ({x})] {reason}"}},
	{"", "failover", "", "host", "change", []string{"[Cluster] {reason}", "Member {x} is now {reason}", "Member {x} took over as {reason}", "Member {x} changed role to {reason}", "Master {x} failed over to {reason}", "Master {x} initiated {reason}"}},
	{"", "ids_alert", "", "malware", "info", []string{"APT threat {x} Details='Policy Name: {rule} Reason: {reason} Task_UUID: {x} Source IP: {addr} Source Port: {sport} Destination IP: {daddr} Destination Port: {dport} "}},
	{"", "dhcp_lease", success, netw, "info", []string{"Allocated {addr} to {mac} via {iif}", "DHCPACK on {addr} to {mac} ({host}) via {iif}", "DHCPACK on {addr} to {mac} via {iif}"}},
	{"", login, success, authn, "start", []string{"SSL VPN user {user} from {addr} logged in assigned virtual IP is {srcnat}", "{x} user {user} from {addr} logged in", "Mobile VPN with {service} user {user} logged in. Virtual IP address is {x}. Real IP address is {>addr}.", "Mobile VPN with {service} user {user} logged in", "Authentication of {x} user [{user}] from {addr} accepted", "Authentication of {x} user [{user}] from {addr} was accepted", "Management user {user} from {addr} logged in", "User {user} from {addr} logged in"}},
	{"", "logout", success, "session", "end", []string{"SSL VPN user {user} from {addr} logged out assigned virtual IP is {srcnat}", "{x} user {user} from {addr} logged out", "Mobile VPN with {service} user {user} logged out", "Management user {user} from {addr} logged out", "User {user} from {addr} logged out"}},
}

// watchguard reads Fireware's packet filter and proxies, msg_id="3000-0148" Deny in out length proto … src dst ports …, and its log-ins.
func watchguard(p *Parser, b *event.Batch, h *header, m []byte) bool {
	i := index(m[:min(len(m), 200)], "msg_id=\"")
	if i < 0 {
		return false
	}
	id, rest, ok := cut(m[i+8:], "\"")
	if !ok || len(id) != 9 || id[4] != '-' {
		return false
	}
	r := p.read(b, h, &fireware)
	r.begin()
	b.Set(event.EventCode, id)
	if serial, _ := word(m[:i]); len(serial) == 13 && isSerial(serial) {
		b.Set(event.ObserverSerialNumber, serial)
	}
	r.firewareTime(m[:i])
	rest = skipBlanks(rest)
	verdict, flow := word(rest)
	if hasPrefix(rest, "Blocked ") || !r.judge(verdict) {
		if readFirst(b, firewareTexts[:], rest) {
			r.end()
			return true
		}
		if !r.logins(rest) {
			r.say("", "host", "info")
		}
		r.end()
		return true
	}
	r.p.val = lower(r.p.val[:0], verdict)
	b.Set(event.EventAction, r.p.val)
	r.say("", netw, "connection")
	var w []byte
	in, flow := word(flow)
	out, flow := word(flow)
	b.Set(event.ObserverIngressInterfaceName, in)
	b.Set(event.ObserverEgressInterfaceName, out)
	for n := 0; n < 8; n++ {
		if w, flow = word(flow); isIP(w) {
			break
		}
		if !digits(w) && n < 2 {
			proto, _, _ := cut(w, "/")
			setTransport(b, proto)
		}
	}
	setAddr(b, &src, w)
	w, flow = word(flow)
	setAddr(b, &dst, w)
	if from, rest := word(flow); digits(from) {
		if to, rest2 := word(rest); digits(to) {
			if t := r.event().Str(event.NetworkTransport); t != "icmp" && t != "ipv6-icmp" { // whose numbers are type and code
				setPort(b, event.SourcePort, from)
				setPort(b, event.DestinationPort, to)
			}
			flow = rest2
		}
	}
	if at := lastIndex(flow, "("); at >= 0 {
		if name, _, ok := cut(flow[at+1:], ")"); ok {
			b.Set(event.RuleName, name)
		}
	}
	r.words(flow)
	if v, _, ok := cut(r.fact[fClock], " sec"); ok {
		setSecondsPart(b, v)
	}
	if index(flow, " virus=\"") >= 0 {
		b.AddString(event.EventCategory, "malware")
	}
	if index(m[:i], "ips") >= 0 || hasPrefix(id, "3000-0150") {
		b.AddString(event.EventCategory, "intrusion_detection")
	}
	r.end()
	return true
}

// firewareTime reads what stands before the id: [serial] (2026-11-23T18:14:15), in UTC.
func (r *reading) firewareTime(before []byte) {
	var c civil
	if _, at, ok := cut(before, "("); ok && readISO(at, &c) > 0 {
		c.hasZone = true
		r.h.settle(&c)
	}
}

// isSerial says whether s is of digits and capitals.
func isSerial(s []byte) bool {
	for _, c := range s {
		if !digit(c) && c-'A' >= 26 {
			return false
		}
	}
	return len(s) > 0
}

// iseTime takes the day, clock and offset of the line itself, which the header's lacks.
func (r *reading) iseTime(day, clock, offset []byte) {
	if r.h.stamp.hasZone || len(day) != 10 || len(clock) < 8 {
		return
	}
	y, ok := two2(day)
	mo, ok1 := two(day[5:])
	d, ok2 := two(day[8:])
	c := civil{year: y, month: mo, day: d, hasYear: true}
	if !ok || !ok1 || !ok2 || readTime(clock, &c) == 0 || !c.valid() {
		return
	}
	if n := readOffset(offset, &c); n == 0 || n != len(offset) {
		return
	}
	c.has = true
	r.h.stamp = c
}
