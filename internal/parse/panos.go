package parse

import "watchpost/internal/event"

// panosColumn says where the n-th column (from 0) of a PAN-OS list goes.
type panosColumn struct {
	n int
	target
}

// panosList is what the documentation says of one type of log. Columns have only ever been added at the end, so one list
// serves PAN-OS 8.1 to 11; older ones, and devices that leave the last columns out, are shorter.
type panosList struct {
	typ, action, category string
	columns               [][]panosColumn
	read                  func(r *reading)
}

func col(n int, f event.Field, h ...how) panosColumn {
	t := target{field: f}
	if len(h) > 0 {
		t.how = h[0]
	}
	return panosColumn{n, t}
}

// The columns that lists share, and those of their own.
var (
	panosEnds = []panosColumn{col(7, 0, srcAddr), col(8, 0, dstAddr), col(11, event.RuleName), col(16, event.ObserverIngressZone),
		col(17, event.ObserverEgressZone), col(18, event.ObserverIngressInterfaceName), col(19, event.ObserverEgressInterfaceName),
		col(24, event.SourcePort), col(25, event.DestinationPort), col(29, event.NetworkTransport, transport)}
	panosFlow = []panosColumn{col(9, event.SourceNATIP, natAddr), col(10, event.DestinationNATIP, natAddr), col(12, event.SourceUserName, accountName),
		col(13, event.DestinationUserName, accountName), col(14, event.NetworkApplication)}
	panosBytes = []panosColumn{col(31, event.NetworkBytes), col(32, event.SourceBytes), col(33, event.DestinationBytes), col(34, event.NetworkPackets),
		col(36, 0, seconds), col(37, event.RuleCategory), col(44, event.SourcePackets), col(45, event.DestinationPackets), col(46, event.EventReason),
		col(52, event.ObserverHostname), col(65, event.RuleUuid)}
	panosThreat = []panosColumn{col(33, event.RuleCategory), col(43, 0, anyHash), col(46, event.UserAgentOriginal), col(49, event.HTTPRequestReferrer),
		col(59, event.ObserverHostname), col(63, event.HTTPRequestMethod), col(76, event.RuleUuid)}
	panosTunnel = []panosColumn{col(41, event.ObserverHostname), col(47, event.NetworkBytes), col(48, event.SourceBytes), col(49, event.DestinationBytes),
		col(50, event.NetworkPackets), col(51, event.SourcePackets), col(52, event.DestinationPackets), col(59, event.EventReason), col(62, 0, seconds), col(66, event.RuleUuid)}
	panosDecryption = []panosColumn{col(36, event.RuleUuid), col(39, event.TLSVersion), col(41, event.TLSCipher), col(63, event.TLSClientServerName), col(64, event.EventReason)}
	panosSCTP       = []panosColumn{col(7, 0, srcAddr), col(8, 0, dstAddr), col(11, event.RuleName), col(16, event.ObserverIngressZone), col(17, event.ObserverEgressZone), col(18, event.ObserverIngressInterfaceName), col(19, event.ObserverEgressInterfaceName),
		col(24, event.SourcePort), col(25, event.DestinationPort), col(30, 0, transport), col(37, event.ObserverHostname), col(42, event.LogLevel), col(52, event.EventReason), col(60, event.NetworkPackets), col(61, event.SourcePackets), col(62, event.DestinationPackets)}
	panosSystem = []panosColumn{col(8, event.EventCode), col(14, event.Message), col(22, event.ObserverHostname)}
	panosConfig = []panosColumn{col(7, 0, srcAddr), col(9, event.ProcessCommandLine), col(10, event.UserName, accountName)}
	panosVPN    = []panosColumn{col(8, event.EventCode), col(12, event.UserName, accountName), col(12, event.SourceUserName, accountName), col(14, event.SourceDomain), col(15, event.SourceIP, natAddr),
		col(16, event.SourceIP, natAddr), col(17, event.SourceNATIP, natAddr), col(21, event.AgentVersion), col(22, event.HostOSName), col(23, event.HostOSVersion), col(25, event.EventReason), col(27, event.Message)}
	panosHIP = []panosColumn{col(7, event.UserName, accountName), col(7, event.SourceUserName, accountName), col(9, event.SourceDomain), col(10, event.HostOSName),
		col(11, event.SourceIP), col(12, event.RuleName), col(24, event.ObserverHostname), col(26, event.SourceIP, natAddr)}
	panosUserID = []panosColumn{col(8, event.SourceIP), col(9, event.UserName, accountName), col(9, event.SourceUserName, accountName), col(11, event.EventCode),
		col(25, event.ObserverHostname)}
	panosAuth = []panosColumn{col(8, event.SourceIP), col(9, event.UserName, accountName), col(9, event.SourceUserName, accountName), col(12, event.RuleName),
		col(17, event.ServiceName), col(18, event.Message), col(29, event.ObserverHostname), col(32, event.RuleUuid)}
	panosCorrelation = []panosColumn{col(7, event.SourceIP), col(8, event.UserName, accountName), col(8, event.SourceUserName, accountName), col(10, event.RuleCategory),
		col(17, event.ObserverHostname), col(19, event.RuleName), col(20, event.RuleID), col(21, event.Message)}
	panosTag = []panosColumn{col(8, event.SourceIP), col(10, event.EventCode)}
)

var panosLists = [...]panosList{
	{"TRAFFIC", "", netw, [][]panosColumn{panosEnds, panosFlow, panosBytes}, panosSession},
	{"THREAT", "", "", [][]panosColumn{panosEnds, panosFlow, panosThreat}, panosAlert},
	{"URL", "", "", [][]panosColumn{panosEnds, panosFlow, panosThreat}, panosAlert},
	{"DATA", "", "", [][]panosColumn{panosEnds, panosFlow, panosThreat}, panosAlert},
	{"WILDFIRE", "", "", [][]panosColumn{panosEnds, panosFlow, panosThreat}, panosAlert},
	{"TUNNEL", "", netw, [][]panosColumn{panosEnds, panosFlow, panosTunnel}, panosSession},
	{"START", "", netw, [][]panosColumn{panosEnds, panosFlow, panosTunnel}, panosSession},
	{"END", "", netw, [][]panosColumn{panosEnds, panosFlow, panosTunnel}, panosSession},
	{"DECRYPTION", "decryption", netw, [][]panosColumn{panosEnds, panosFlow, panosDecryption}, panosTLS},
	{"SCTP", "", netw, [][]panosColumn{panosSCTP}, panosAssociation},
	{"GTP", "", netw, [][]panosColumn{panosEnds}, panosSession},
	{"SYSTEM", "", "", [][]panosColumn{panosSystem}, panosDevice},
	{"CONFIG", "configuration", "configuration", [][]panosColumn{panosConfig}, panosChange},
	{"GLOBALPROTECT", "", "", [][]panosColumn{panosVPN}, panosGlobalProtect},
	{"HIP-MATCH", "hip-match", "host", [][]panosColumn{panosHIP}, panosInfo},
	{"HIPMATCH", "hip-match", "host", [][]panosColumn{panosHIP}, panosInfo},
	{"USERID", "", "", [][]panosColumn{panosUserID}, panosMapping},
	{"AUTHENTICATION", "", "", [][]panosColumn{panosAuth}, panosAuthenticate},
	{"AUTH", "", "", [][]panosColumn{panosAuth}, panosAuthenticate},
	{"CORRELATION", "correlation", "intrusion_detection", [][]panosColumn{panosCorrelation}, panosInfo},
	{"IPTAG", "ip-tag", netw, [][]panosColumn{panosTag}, panosInfo},
}

var panosProduct = product{dataset: "panw.panos", module: "panos", vendor: "Palo Alto Networks", name: "PAN-OS", kind: "firewall"}

// panosKind says whether the columns from the serial number on are of a list that has a longer number in front: the audit of
// administrators, and what the cloud's logging service hands on.
func panosKind(m []byte) bool {
	serial, rest, _ := cut(m[:min(len(m), 128)], ",")
	kind, _, _ := cut(rest, ",")
	for i := range panosLists {
		if string(kind) == panosLists[i].typ {
			return true
		}
	}
	return string(serial) == "audit"
}

// panos reads the columns of a list; vendorTime has seen that m is one, and when it was received.
func panos(p *Parser, b *event.Batch, h *header, m []byte, received *civil) {
	c := columns{m}
	r := p.read(b, h, &panosProduct)
	v := &r.col
	c.take(v[:])
	r.panosTime(received)
	b.Set(event.ObserverName, h.host)
	if string(v[2]) == "audit" {
		r.panosAudit()
		return
	}
	b.SetString(event.ObserverProduct, panosProduct.name)
	b.SetString(event.ObserverType, panosProduct.kind)
	b.Set(event.ObserverSerialNumber, v[2])
	b.Label([]byte("panos.type"), v[3])
	b.Label([]byte("panos.subtype"), v[4])
	for i := range panosLists {
		l := &panosLists[i]
		if string(v[3]) != l.typ {
			continue
		}
		l.fill(r)
		return
	}
}

// fill sets what the columns say.
func (l *panosList) fill(r *reading) {
	r.say(l.action, l.category)
	for _, columns := range l.columns {
		for _, c := range columns {
			if x := trimBlanks(r.col[c.n]); len(x) > 0 {
				r.put(c.target, x)
			}
		}
	}
	l.read(r)
	r.end()
}

// panosTime takes when the event was generated, else when it was received. Newer lists state the same with milliseconds and zone near their end.
func (r *reading) panosTime(received *civil) {
	if !r.h.vague() {
		return
	}
	v := &r.col
	var c civil
	if n := readISO(v[6], &c); n == 0 || n != len(v[6]) {
		c = *received
	}
	for i := len(v) - 1; i > 12 && !c.hasZone; i-- {
		if s := v[i]; len(s) > 22 && s[10] == 'T' && digit(s[0]) {
			var fine civil
			if n := readISO(s, &fine); n == len(s) && fine.hasZone && fine.year == c.year && fine.month == c.month && fine.day == c.day && fine.hour == c.hour && fine.min == c.min && fine.sec == c.sec {
				c = fine
			}
			break
		}
	}
	r.h.settle(&c)
}

// panosAudit reads what administrators did: serial,time,audit,version,gui-op,user,command,result.
func (r *reading) panosAudit() {
	v := &r.col
	b := r.b
	b.SetString(event.ObserverProduct, panosProduct.name)
	b.SetString(event.ObserverType, panosProduct.kind)
	b.Set(event.ObserverSerialNumber, v[0])
	b.SetString(event.EventAction, "command")
	r.say("", "configuration", "info")
	b.Set(event.EventProvider, v[4])
	setAccount(b, event.UserName, v[5])
	b.Set(event.ProcessCommandLine, v[6])
	switch string(v[7]) {
	case success:
		b.SetString(event.EventOutcome, success)
	case failure, "failed":
		b.SetString(event.EventOutcome, failure)
	}
	r.end()
}

func (r *reading) named(key string, v []byte) { r.b.Label(bytesOf(key), v) }

// panosPorts sets translated ports, where there is one.
func (r *reading) panosPorts() {
	v := &r.col
	if n, ok := number(v[26]); ok && n > 0 {
		setPort(r.b, event.SourceNATPort, v[26])
	}
	if n, ok := number(v[27]); ok && n > 0 {
		setPort(r.b, event.DestinationNATPort, v[27])
	}
	r.user(event.SourceUserName)
}

func panosInfo(r *reading) { r.b.AddString(event.EventType, "info") }

// panosSession reads sessions: start, end, drop, deny.
func panosSession(r *reading) {
	v := &r.col
	r.b.Set(event.EventAction, v[30])
	r.b.AddString(event.EventType, "connection")
	switch string(v[4]) {
	case "start", "end":
		r.b.Add(event.EventType, v[4])
	}
	r.judge(v[30])
	r.panosPorts()
}

// panosAssociation reads SCTP, whose protocol and action stand a column later.
func panosAssociation(r *reading) {
	r.b.Set(event.EventAction, r.col[31])
	r.b.AddString(event.EventType, "connection")
	r.judge(r.col[31])
}

func panosTLS(r *reading) {
	v := &r.col
	r.b.AddString(event.EventType, "connection")
	r.panosPorts()
	r.named("panos.policy", v[43])
	r.named("panos.certificate.subject", v[60])
	r.named("panos.certificate.issuer", v[61])
	r.named("panos.certificate.fingerprint", v[50])
	r.named("panos.error_index", v[45])
}

// panosAlert reads what was found in a session; the rule is the policy's, the finding a label.
func panosAlert(r *reading) {
	v := &r.col
	b := r.b
	b.Set(event.EventAction, v[30])
	b.Set(event.LogLevel, v[34])
	r.judge(v[30])
	r.panosPorts()
	if name, id, ok := cutLast(v[32], "("); ok && hasSuffix(id, ")") {
		r.named("panos.threat.id", id[:len(id)-1])
		r.named("panos.threat.name", name)
	} else {
		r.named("panos.threat.name", v[32])
	}
	r.named("threat.severity", v[34])
	r.named("panos.threat.category", v[69])
	setDirectionOf(b, v[35])
	what := v[31]
	switch string(v[4]) {
	case "url":
		b.AddString(event.EventCategory, "web")
		if len(what) > 0 {
			setURL(b, what)
		}
	case "file", "data", "dlp":
		b.AddString(event.EventCategory, "file")
		b.Set(event.FileName, what)
	case "virus", "wildfire", "wildfire-virus", "ml-virus":
		b.AddString(event.EventCategory, "malware")
		b.Set(event.FileName, what)
	default:
		b.AddString(event.EventCategory, "intrusion_detection")
		b.Set(event.FileName, what)
	}
	b.Set(event.FileExtension, v[47])
	setMail(r.b, event.EmailFromAddress, v[50])
	r.b.Set(event.EmailSubject, v[51])
	setMail(r.b, event.EmailToAddress, v[52])
	r.named("panos.xff", v[48])
}

func setDirectionOf(b *event.Batch, v []byte) {
	switch string(v) {
	case "client-to-server", "server-to-client":
		b.Label(bytesOf("panos.direction"), v)
	}
}

// panosDevice reads what the device says of itself; its log-ins stand in the text.
func panosDevice(r *reading) {
	v := &r.col
	b := r.b
	b.Unset(event.Message)
	b.Set(event.Message, v[14])
	b.Set(event.LogLevel, v[13])
	r.named("panos.object", v[9])
	r.named("panos.module", v[12])
	if !panosLogin(b, v[8], v[14]) {
		b.AddString(event.EventCategory, "host")
		b.AddString(event.EventType, "info")
		b.Set(event.EventAction, v[8])
	}
}

// panosChange reads a change of the configuration. Where the two columns of change detail are logged, they stand behind the path.
func panosChange(r *reading) {
	v := &r.col
	b := r.b
	b.AddString(event.EventType, "change")
	r.named("panos.client", v[11])
	r.named("panos.path", trimBlanks(v[13]))
	switch string(v[12]) {
	case "Succeeded", "Submitted":
		b.SetString(event.EventOutcome, success)
	case "Failed", "Unauthorized":
		b.SetString(event.EventOutcome, failure)
	}
	if digits(v[14]) {
		b.Set(event.ObserverHostname, v[21])
	} else {
		b.Set(event.ObserverHostname, v[23])
	}
}

// panosGlobalProtect reads portal and gateway: authentication, connection, the rest.
func panosGlobalProtect(r *reading) {
	v := &r.col
	b := r.b
	if len(v[27]) > 0 {
		b.Unset(event.Message)
		b.Set(event.Message, v[27])
	}
	switch string(v[8]) {
	case "gateway-auth", "portal-auth", "clientlessvpn-login":
		r.say(login, authn, "start")
	case "gateway-connected", "gateway-tunnel-latency":
		r.say("vpn-connected", "session", "start")
	case "gateway-logout", "gateway-inactivity-timeout", "clientlessvpn-logout":
		r.say("vpn-disconnected", "session", "end")
	default:
		r.say("vpn", "session", "info")
	}
	switch string(v[28]) {
	case success:
		b.SetString(event.EventOutcome, success)
	case failure:
		b.SetString(event.EventOutcome, failure)
	}
	if len(v[25]) == 0 {
		b.Set(event.EventReason, v[26])
	}
	r.named("panos.stage", v[9])
	r.named("panos.auth_method", v[10])
	r.named("panos.source_region", v[13])
	r.named("panos.portal", v[33])
	r.named("panos.gateway", v[41])
}

// panosMapping reads which user is at which address.
func panosMapping(r *reading) {
	v := &r.col
	b := r.b
	switch string(v[4]) {
	case login:
		r.say("user-mapped", authn, "info")
	case "logout":
		r.say("user-unmapped", "session", "end")
	default:
		r.say("user-mapping", "session", "info")
	}
	r.named("panos.data_source", v[10])
	r.named("panos.data_source_type", v[17])
	b.AddString(event.EventCategory, "session")
}

// panosAuthenticate reads the authentication policy's log, whose events say in words how it went.
func panosAuthenticate(r *reading) {
	v := &r.col
	b := r.b
	r.say(login, authn, "start")
	r.p.val = lower(r.p.val[:0], v[20])
	text := r.p.val
	switch {
	case index(text, "fail") >= 0, index(text, "denied") >= 0, index(text, "invalid") >= 0, index(text, "lock") >= 0, index(text, "reject") >= 0:
		b.SetString(event.EventOutcome, failure)
	case index(text, "success") >= 0, index(text, "allow") >= 0:
		b.SetString(event.EventOutcome, success)
	}
	r.named("panos.event_type", v[20])
	r.named("panos.auth_protocol", v[31])
	r.named("panos.vendor", v[15])
}

// panosLogin reads what the device says of log-ins to itself: "failed authentication for user 'bob'. … From: 192.0.2.7."
func panosLogin(b *event.Batch, id, text []byte) bool {
	s := shape{action: login, category: authn, typ: "start"}
	switch string(id) {
	case "auth-success":
		s.outcome, s.patterns = success, panosGood
	case "auth-fail":
		s.outcome, s.patterns = failure, panosBad
	case "general":
		switch {
		case hasPrefix(text, "User ") && index(text, " logged in via ") > 0:
			s.outcome, s.patterns = success, panosCLI
		case hasPrefix(text, "User ") && index(text, " logged out via ") > 0:
			s.action, s.category, s.typ, s.patterns = "logout", "session", "end", panosOut
		default:
			return false
		}
	default:
		switch {
		case hasPrefix(id, "globalprotect") && hasSuffix(id, "-auth-succ"), hasPrefix(id, "globalprotect") && hasSuffix(id, "-login-succ"):
			s.outcome, s.patterns = success, panosPortal
		case hasPrefix(id, "globalprotect") && hasSuffix(id, "-fail"):
			s.outcome, s.patterns = failure, panosPortal
		case hasPrefix(id, "globalprotect") && hasSuffix(id, "-logout-succ"):
			s.action, s.category, s.typ, s.outcome, s.patterns = vpnDisconnected, "session", "end", success, panosPortal
		case hasPrefix(id, "globalprotect") && hasSuffix(id, "-regist-succ"):
			s.action, s.category, s.outcome, s.patterns = vpnConnected, "session", success, panosPortal
		case string(id) == "lease-start":
			s.action, s.category, s.typ, s.outcome, s.patterns = "dhcp_lease", netw, "info", success, panosLease
		case hasPrefix(id, "ike-") && index(id, "fail") > 0:
			s.action, s.category, s.typ, s.outcome, s.patterns = "vpn", netw, "error", failure, panosIKE
		case hasPrefix(id, "ike-"):
			s.action, s.category, s.typ, s.patterns = "vpn", netw, "info", panosIKE
		default:
			return false
		}
	}
	s.read(b, text)
	return true
}

var (
	panosGood = []string{"authenticated for user '{user}'.{x}rom: {addr}", "authenticated for user '{user}'"}
	panosBad  = []string{"failed authentication for user '{user}'.{x}Reason: {reason}. {x}rom: {addr}", "failed authentication for user '{user}'.{x}rom: {addr}",
		"failed authentication for user '{user}'"}
	panosPortal = []string{"{x}ogin from: {addr}, Source region: {x}, User name: {user}, {x}eason: {reason}.", "{x}ogin from: {addr}, Source region: {x}, User name: {user}, ", "{x}ogin from: {addr}, Source region: {x}, User name: {userdot}",
		"{x}ogin from: {addr}, User name: {user}, {x}eason: {reason}.", "{x}ogin from: {addr}, User name: {user}, ", "{x}ogin from: {addr}, User name: {userdot}", "{x}User name: {user}, Private IP: {srcnat}, ", "{x}User name: {user}, "}
	panosLease = []string{"{x} ip {addr} --> mac {mac} - hostname {host}, interface {iif}", "{x} ip {addr} --> mac {mac} "}
	panosIKE   = []string{"{x}as responder{x} SA: {daddr}[{dport}]-{addr}[{sport}]", "{x} SA: {addr}[{sport}]-{daddr}[{dport}]"}
	panosCLI   = []string{"User {user} logged in via {x} from {addr} using {x}", "User {user} logged in via {x} from {addr}"}
	panosOut   = []string{"User {user} logged out via {x} from {addr}"}
)
