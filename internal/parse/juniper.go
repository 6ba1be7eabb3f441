package parse

import "watchpost/internal/event"

// junosProduct is what Junos calls the parameters of its structured messages.
var junosProduct = product{"juniper.srx", "junos", "Juniper", "SRX", "firewall", map[string]target{
	"source-address": {how: srcAddr}, "destination-address": {how: dstAddr}, "source-port": {field: event.SourcePort}, "destination-port": {field: event.DestinationPort},
	"nat-source-address": {field: event.SourceNATIP, how: natAddr}, "nat-source-port": {field: event.SourceNATPort}, "nat-destination-address": {field: event.DestinationNATIP, how: natAddr}, "nat-destination-port": {field: event.DestinationNATPort},
	"protocol-id": {how: transport}, "protocol-name": {how: transport}, "protocol": {how: lowered, field: event.NetworkProtocol}, "policy-name": {field: event.RuleName}, "rulebase-name": {field: event.RuleRuleset},
	"source-zone-name": {field: event.ObserverIngressZone}, "destination-zone-name": {field: event.ObserverEgressZone}, "source-zone": {field: event.ObserverIngressZone}, "destination-zone": {field: event.ObserverEgressZone},
	"packet-incoming-interface": {field: event.ObserverIngressInterfaceName}, "interface-name": {field: event.ObserverIngressInterfaceName}, "source-interface-name": {field: event.ObserverIngressInterfaceName},
	"destination-interface-name": {field: event.ObserverEgressInterfaceName}, "outbound-interface": {field: event.ObserverEgressInterfaceName}, "inbound-interface": {field: event.ObserverIngressInterfaceName},
	"username": {field: event.SourceUserName, how: accountName, fact: fUser}, "application": {field: event.NetworkApplication, how: known}, "reason": {field: event.EventReason},
	"packets-from-client": {field: event.SourcePackets}, "bytes-from-client": {field: event.SourceBytes}, "packets-from-server": {field: event.DestinationPackets}, "bytes-from-server": {field: event.DestinationBytes},
	"inbound-packets": {field: event.SourcePackets}, "inbound-bytes": {field: event.SourceBytes}, "outbound-packets": {field: event.DestinationPackets}, "outbound-bytes": {field: event.DestinationBytes},
	"elapsed-time": {how: seconds}, "url": {how: urlHost}, "obj": {how: urlPath}, "url-category": {field: event.RuleCategory}, "category": {field: event.RuleCategory}, "filename": {field: event.FileName}, "file-name": {field: event.FileName},
	"file-hash-lookup": {how: skip}, "sample-sha256": {how: anyHash}, "file-hash": {how: anyHash}, "attack-name": {fact: fText, field: event.RuleName}, "threat-severity": {field: event.LogLevel}, "severity": {field: event.LogLevel},
	"action": {fact: fAction, how: keep}, "name": {fact: fName, how: keep}, "sender-email-address": {how: skip}, "client-ip": {how: srcAddr}, "client-ip-str": {how: srcAddr}, "hostname": {field: event.URLDomain}, "http-host": {field: event.URLDomain},
	"dns-query-name": {field: event.DNSQuestionName}, "message": {field: event.Message}, "command": {field: event.ProcessCommandLine}, "source": {how: srcAddr}, "user-name": {field: event.UserName}, "local-address": {how: srcAddr}, "remote-address": {how: dstAddr}, "mac-address": {field: event.SourceMAC}, "class-name": {field: event.GroupName},
}, junosSays}

// junos reads Junos' messages, structured (with or without a header that has room for it) and as text.
func junos(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if hasPrefix(h.sd, "[junos@") {
		return p.junosPairs(b, h, h.msgid, h.sd)
	}
	if m = trimBlanks(m); junosPlain(p, b, h, m) {
		return true
	}
	if len(m) < 6 || m[0] != '[' && m[0] != '-' && (m[0] < 'A' || m[0] > 'Z' || m[2] >= 'a') && !isJunosTag(h.msgid) {
		return false
	}
	id := h.msgid
	if m[0]-'A' < 26 && (len(id) == 0 || string(id) == "-") {
		tag, rest, ok := cut(m, ": ")
		if ok && isJunosTag(tag) {
			id, m = tag, rest
		} else if tag, rest, ok = cut(m, " ["); ok && isJunosTag(tag) {
			id, m = tag, m[len(m)-len(rest)-1:]
		}
	}
	if rest, ok := after(m, "- "); ok { // no message id
		m = rest
	}
	if hasPrefix(m, "[junos@") {
		return p.junosPairs(b, h, id, m)
	}
	if isJunosTag(id) {
		return p.junosText(b, h, id, m)
	}
	return false
}

// junosPlain reads texts without a tag: how kmd negotiates, and what a filter of the packet forwarding engine logs.
func junosPlain(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if len(m) < 24 {
		return false
	}
	if m[0] == 'I' && (hasPrefix(m, "IKE negotiation ") || hasPrefix(m, "IPSec negotiation ")) {
		r := p.read(b, h, &junosProduct)
		r.begin()
		(&class{category: netw}).set(b)
		var found captures
		if found.match("{x} failed with error: {reason}. IKE Version: {x}Local: {src}, Remote: {dst}, ", m) {
			r.say("vpn", "", "connection")
			b.SetString(event.EventOutcome, failure)
			found.set(b)
		} else if found.n = 0; found.match("{x} successfully completed. IKE Version: {x}Local: {src}, Remote: {dst}, ", m) {
			r.say("vpn", "", "connection")
			b.SetString(event.EventOutcome, success)
			found.set(b)
		} else {
			r.say("vpn", "", "connection")
		}
		return true
	}
	if m[0] == 'F' && string(h.app) == "kernel" && hasPrefix(m, "FW: ") {
		return p.junosText(b, h, bytesOf("PFE_FW_SYSLOG_IP"), m)
	}
	const mark = "PFE_FW_SYSLOG_IP: FW: "                              // looked for without the blank before it, which most words have
	if i := index(m[:min(len(m), 80)], mark); i > 1 && m[i-1] == ' ' { // the node and its card before it
		return p.junosText(b, h, bytesOf("PFE_FW_SYSLOG_IP"), m[i+len("PFE_FW_SYSLOG_IP: "):])
	}
	return false
}

// isJunosTag says whether s is like RT_FLOW_SESSION_CREATE and of the daemons that we read.
func isJunosTag(s []byte) bool {
	if len(s) < 6 || len(s) > 64 {
		return false
	}
	for _, c := range s {
		if c != '_' && !digit(c) && (c < 'A' || c > 'Z') {
			return false
		}
	}
	for _, p := range [...]string{"RT_", "APPTRACK_", "UI_", "IDP_", "SSHD_", "LOGIN_", "WEBFILTER_", "AV_", "ANTISPAM_", "CONTENT_", "AAMW_", "SECINTEL_", "KMD_", "SNMPD_", "SNMP_", "BGP_", "RPD_", "PFE_FW_", "DOT1XD_"} {
		if hasPrefix(s, p) {
			return true
		}
	}
	return false
}

func (p *Parser) junosPairs(b *event.Batch, h *header, id, m []byte) bool {
	r := p.read(b, h, &junosProduct)
	r.begin()
	r.fact[fType] = id
	p.names = p.names[:0]
	m = m[1:]
	for len(m) > 0 && m[0] != ' ' && m[0] != ']' {
		m = m[1:]
	}
	for {
		m = skipBlanks(m)
		n := nameLen(m)
		if n == 0 || n+1 >= len(m) || m[n] != '=' {
			break
		}
		key, v := m[:n], m[n+1:]
		var end int
		if v[0] == '"' {
			v = v[1:]
			escaped := false
			for end < len(v) && v[end] != '"' {
				if v[end] == '\\' {
					escaped = true
					end++
				}
				end++
			}
			end = min(end, len(v))
			m = v[min(end+1, len(v)):]
			if escaped {
				from := len(p.names)
				p.names = unescapeParam(p.names, v[:end])
				r.pair(key, p.names[from:])
				continue
			}
		} else {
			for end < len(v) && v[end] != ' ' && v[end] != ']' {
				end++
			}
			m = v[end:]
		}
		r.pair(key, v[:end])
	}
	r.end()
	return true
}

// junosMeaning is what a message says happened; the longest prefix counts, so _LS and _MT endings do too.
type junosMeaning struct {
	id, action, category, verdict string
	types                         [2]string
}

var junosMeanings = [...]junosMeaning{
	{"RT_FLOW_SESSION_CREATE", "flow_started", netw, "allow", [2]string{"connection", "start"}},
	{"RT_FLOW_SESSION_CLOSE", "flow_close", netw, "allow", [2]string{"connection", "end"}},
	{"RT_FLOW_SESSION_DENY", "flow_deny", netw, "deny", [2]string{"connection"}},
	{"APPTRACK_SESSION_CLOSE", "flow_close", netw, "allow", [2]string{"connection", "end"}},
	{"APPTRACK_SESSION", "flow_started", netw, "allow", [2]string{"connection", "start"}},
	{"RT_SCREEN", "screen", "intrusion_detection", "", [2]string{"info"}},
	{"IDP_ATTACK_LOG", "ids_alert", "intrusion_detection", "", [2]string{"info"}},
	{"IDP_APPDDOS", "ids_alert", "intrusion_detection", "", [2]string{"info"}},
	{"WEBFILTER_URL_BLOCKED", "web_filter", "web", "deny", [2]string{"access"}},
	{"WEBFILTER_URL", "web_filter", "web", "allow", [2]string{"access"}},
	{"AV_VIRUS_DETECTED", "virus_detected", "malware", "deny", [2]string{"info"}},
	{"AV_", "antivirus", "malware", "", [2]string{"info"}},
	{"ANTISPAM_", "antispam_filter", "email", "", [2]string{"info"}},
	{"CONTENT_FILTERING", "content_filter", "web", "", [2]string{"info"}},
	{"AAMW_MALWARE_EVENT", "malware_detected", "malware", "", [2]string{"info"}},
	{"AAMW_ACTION", "malware_detected", "malware", "", [2]string{"info"}},
	{"SECINTEL_", "threat_intelligence", "intrusion_detection", "", [2]string{"info"}},
	{"UI_LOGIN_EVENT", login, authn, "allow", [2]string{"start"}},
	{"UI_LOGOUT_EVENT", "logout", "session", "", [2]string{"end"}},
	{"UI_CMDLINE_READ_LINE", "command", "process", "", [2]string{"info"}},
	{"UI_COMMIT", "configuration", "configuration", "", [2]string{"change"}},
	{"UI_CFG_AUDIT", "configuration", "configuration", "", [2]string{"change"}},
	{"UI_DBASE_LOGIN_EVENT", "configuration", "configuration", "", [2]string{"access"}},
	{"SSHD_LOGIN_FAILED", login, authn, "deny", [2]string{"start"}},
	{"LOGIN_FAILED", login, authn, "deny", [2]string{"start"}},
	{"LOGIN_INFORMATION", login, authn, "allow", [2]string{"start"}},
	{"UI_AUTH_EVENT", login, authn, "allow", [2]string{"start"}},
	{"UI_AUTH_FAILURE", login, authn, "deny", [2]string{"start"}},
	{"SNMP_TRAP_LINK_DOWN", "interface", netw, "", [2]string{"change"}},
	{"SNMP_TRAP_LINK_UP", "interface", netw, "", [2]string{"change"}},
	{"PFE_FW_SYSLOG_IP", "firewall-rule", netw, "", [2]string{"connection"}},
	{"RPD_BGP_NEIGHBOR_STATE_CHANGED", "neighbor", netw, "", [2]string{"change"}},
	{"BGP_", "neighbor", netw, "", [2]string{"info"}},
	{"DOT1XD_USR_AUTHENTICATED", "network_authentication", authn, "allow", [2]string{"start"}},
	{"DOT1XD_AUTH_SESSION_DELETED", "network_authentication", "session", "", [2]string{"end"}},
	{"KMD_PM_SA_ESTABLISHED", vpnConnected, netw, "", [2]string{"start"}},
	{"KMD_VPN_UP", vpnConnected, netw, "", [2]string{"start"}},
	{"KMD_VPN_DOWN", vpnDisconnected, netw, "", [2]string{"end"}},
	{"SNMPD_AUTH_FAILURE", "snmp_authentication", authn, "deny", [2]string{"start"}},
}

func junosSays(r *reading) {
	b := r.b
	id := r.fact[fType]
	b.Set(event.EventCode, id)
	r.user(event.SourceUserName)
	judged := r.judge(r.fact[fAction])
	for i := range junosMeanings {
		x := &junosMeanings[i]
		if !hasPrefix(id, x.id) {
			continue
		}
		r.say(x.action, x.category, x.types[:]...)
		if !judged {
			r.judge(bytesOf(x.verdict))
		}
		break
	}
	if x := r.fact[fName]; len(x) > 0 {
		if hasPrefix(id, "AV_") {
			b.Set(event.RuleName, x)
		} else {
			r.label(bytesOf("name"), x)
		}
	}
	b.Label(bytesOf("junos.action"), r.fact[fAction])
	if hasPrefix(id, "RT_SCREEN") && len(r.fact[fAction]) == 0 {
		b.AddString(event.EventType, "denied")
	}
}

// The texts of what is no flow, by tag.
var junosTexts = [...]shape{
	{"RT_SCREEN", "", "", "", "", []string{"{rule} source: {addr}, destination: {daddr}, zone name: {izone}, interface name: {iif}, action: {act}",
		"{rule} source: {addr}, destination: {daddr}, protocol-id: {proto}, zone name: {izone}, interface name: {iif}, action: {act}",
		"{rule} destination: {daddr}, zone name: {izone}, interface name: {iif}, action: {act}", "{rule} source: {addr}, zone name: {izone}, interface name: {iif}, action: {act}"}},
	{"UI_LOGIN_EVENT", "", "", "", "", []string{"User '{user}' login, class '{group}' [{x}], ssh-connection '{src} {sport} {dst} {dport}', client-mode", "User '{user}' login, class '{group}' "}},
	{"UI_LOGOUT_EVENT", "", "", "", "", []string{"User '{user}' logout"}},
	{"UI_CMDLINE_READ_LINE", "", "", "", "", []string{"User '{user}', command '{>cmd}'"}},
	{"UI_COMMIT", "", "", "", "", []string{"User '{user}' requested"}},
	{"UI_CFG_AUDIT", "", "", "", "", []string{"User '{user}' "}},
	{"UI_DBASE_LOGIN_EVENT", "", "", "", "", []string{"User '{user}' "}},
	{"SSHD_LOGIN_FAILED", "", "", "", "", []string{"Login failed for user '{user}' from host '{addr}'"}},
	{"LOGIN_FAILED", "", "", "", "", []string{"Login failed for user '{user}' from host '{ip}'", "Login failed for user {user} from host {addr}"}},
	{"UI_AUTH_EVENT", "", "", "", "", []string{"Authenticated user '{user}' assigned to class '{x}'", "Authenticated user '{user}' "}},
	{"SNMP_TRAP_LINK", "", "", "", "", []string{"{x}, ifAdminStatus {x}, ifOperStatus {reason}, ifName {iif}"}},
	{"PFE_FW_SYSLOG_IP", "", "", "", "", []string{"FW: {iif} {pfe} {proto} {addr} {daddr} {sport} {dport} ({packets}", "FW: {iif} {pfe} {proto} {addr} {daddr} {sport} {dport}"}},
	{"BGP_", "", "", "", "", []string{"{x}BGP peer {addr} ({x}): {reason}", "{x} {addr} ({x}): {reason}"}},
	{"RPD_BGP_NEIGHBOR_STATE_CHANGED", "", "", "", "", []string{"BGP peer {addr} ({x}) {reason}"}},
	{"IDP_ATTACK_LOG_EVENT", "", "", "", "", []string{"IDP: at {x}, {x} Attack log <{srcdst}> for {proto} protocol and service {x} application {x} by rule {ruleid} of rulebase {x} in policy {ruleset}. attack: id={x}, repeat={x}, action={act}, threat-severity={x}, name={rule}, NAT <"}},
	{"LOGIN_INFORMATION", "", "", "", "", []string{"User {user} logged in from host {addr} on device"}},
	{"SNMPD_AUTH_FAILURE", "", "", "", "", []string{"{x}unauthorized SNMP community from {addr} to"}},
	{"WEBFILTER_URL", "", "", "", "", []string{"WebFilter: ACTION=\"{x}\" {addr}({sport})->{daddr}({dport}) CATEGORY=\"{x}\" REASON=\"{reason}\" PROFILE=\"{ruleset}\" URL={urlhost} OBJ={path} username {knownuser} roles"}},
}

// junosText reads unstructured messages.
func (p *Parser) junosText(b *event.Batch, h *header, id, m []byte) bool {
	r := p.read(b, h, &junosProduct)
	r.begin()
	r.fact[fType] = id
	for _, verb := range [...]string{"session created ", "session closed ", "session denied ", "AppTrack session created ", "AppTrack session closed ", "AppTrack volume update: "} {
		if rest, ok := after(m, verb); ok {
			if reason, flow, ok := cut(rest, ": "); ok && index(reason, "->") < 0 {
				b.Set(event.EventReason, reason)
				rest = flow
			}
			r.junosFlow(rest, hasPrefix(m, "session denied"), index(m, "created") > 0)
			break
		}
	}
	for i := range junosTexts {
		s := &junosTexts[i]
		if hasPrefix(id, s.id) {
			var found captures
			for _, pattern := range s.patterns {
				if found.n = 0; found.match(pattern, m) {
					found.set(b)
					r.fact[fAction] = found.value("act")
					break
				}
			}
			break
		}
	}
	r.end()
	return true
}

// junosFlow reads the words of a flow: ends, service, translated ends, rules, protocol, policy, zones, session and what follows.
// Releases that know connection tags (0x0) name the kind of each NAT rule too.
func (r *reading) junosFlow(m []byte, denied, created bool) {
	b := r.b
	w, m := word(m)
	from, to, ok := cut(w, "->")
	if !ok {
		return
	}
	setSlashed(b, &src, from)
	setSlashed(b, &dst, to)
	next := func() []byte {
		w, m = word(m)
		return w
	}
	rules := 2
	if hasPrefix(skipBlanks(m), "0x") {
		next()
		rules = 4
	}
	r.label(bytesOf("service-name"), next())
	if denied {
		proto, _, _ := cut(next(), "(")
		setTransport(b, proto)
		r.junosPolicy(next(), next(), next())
		r.put(target{field: event.NetworkApplication, how: known}, next())
		next()
		r.junosUser(next())
		b.Set(event.ObserverIngressInterfaceName, next())
		return
	}
	w = next()
	if hasPrefix(w, "UNKNOWN") || index(w, "->") < 0 { // AppTrack names two applications first
		r.put(target{field: event.NetworkApplication, how: known}, w)
		next()
		w = next()
	}
	if from, to, ok := cut(w, "->"); ok {
		natSlashed(b, &src, from)
		natSlashed(b, &dst, to)
	}
	if hasPrefix(skipBlanks(m), "0x") {
		next()
	}
	for i := range rules {
		if w = next(); rules == 4 && i%2 == 0 && hasPrefix(skipBlanks(m), "rule ") { // source rule, destination rule
			next()
		}
	}
	if w = next(); digits(w) {
		setTransport(b, w)
	}
	r.junosPolicy(next(), next(), next())
	r.label(bytesOf("session-id-32"), next())
	if created {
		r.junosUser(next())
		b.Set(event.ObserverIngressInterfaceName, next())
		return
	}
	junosCount(b, event.SourcePackets, event.SourceBytes, next())
	junosCount(b, event.DestinationPackets, event.DestinationBytes, next())
	setLasted(b, next(), 1e9)
}

func (r *reading) junosPolicy(policy, from, to []byte) {
	r.b.Set(event.RuleName, policy)
	r.b.Set(event.ObserverIngressZone, from)
	r.b.Set(event.ObserverEgressZone, to)
}

// junosUser reads "user(roles)".
func (r *reading) junosUser(w []byte) {
	if user, _, ok := cut(w, "("); ok && !nothing(user) && string(user) != "UNKNOWN" {
		setAccount(r.b, event.SourceUserName, user)
	}
}

// junosCount reads "packets(bytes)".
func junosCount(b *event.Batch, packets, bytes event.Field, w []byte) {
	n, rest, ok := cut(w, "(")
	if ok && hasSuffix(rest, ")") {
		setNum(b, packets, n)
		setNum(b, bytes, rest[:len(rest)-1])
	}
}

func setSlashed(b *event.Batch, to *side, v []byte) {
	addr, port, _ := cutLast(v, "/")
	setAddr(b, to, addr)
	setPort(b, to.port, port)
}

func natSlashed(b *event.Batch, to *side, v []byte) {
	if addr, port, ok := cutLast(v, "/"); ok && isIP(addr) {
		b.Set(to.natIP, addr)
		setPort(b, to.natPort, port)
	}
}
