package parse

import "watchpost/internal/event"

var pulseSecure = product{"pulse_secure.log", "pulse_secure", "Ivanti", "Connect Secure", "vpn", map[string]target{
	"id": {how: skip}, "time": {how: skip}, "pri": {field: event.EventSeverity}, "fw": {field: event.ObserverIP}, "vpn": {field: event.ObserverHostname}, "user": {field: event.UserName, how: accountName}, "realm": {fact: fName, how: keep}, "roles": {field: event.UserRoles}, "proto": {field: event.NetworkProtocol, how: lowered}, "src": {how: srcAddr}, "dst": {how: dstAddr}, "dstname": {field: event.DestinationDomain},
	"type": {how: skip}, "op": {how: skip}, "arg": {how: skip}, "result": {how: skip}, "sent": {field: event.SourceBytes}, "rcvd": {field: event.DestinationBytes}, "agent": {field: event.UserAgentOriginal}, "duration": {how: seconds}, "msg": {fact: fText, how: keep},
}, nil}

var pulseTexts = [...]shape{
	{"", login, failure, authn, "start", []string{"{x}uthentication failed for {x} from {ip}", "{x}uthentication failed for ", "Login failed{x}Reason: {reason}", "Login failed", "{x}ogin failed ", "{x}ogin denied"}},
	{"", login, success, authn, "start", []string{"{x}uthentication successful for {x} from {ip}", "{x}uthentication successful for ", "Login succeeded for ", "{x}gent login succeeded for "}},
	{"", "logout", success, "session", "end", []string{"Logout from {ip} ", "{x}Logout from {ip}", "{x}ogged out from {ip}", "Session timed out for "}},
	{"", "vpn-address", success, "session", "info", []string{"VPN Tunneling: User with IP {srcnat} connected", "VPN Tunneling: Session started for user with IPv4 address {srcnat},", "VPN Tunneling: Session started for user with IP {srcnat},", "Connected to TUN-VPN"}},
	{"", vpnDisconnected, "", "session", "end", []string{"VPN Tunneling: Session ended for user with IPv4 address {srcnat}", "VPN Tunneling: Session ended", "Closed connection to TUN-VPN"}},
	{"", "access_denied", failure, "web", "denied", []string{"{x}ccess denied", "{x}equest was denied"}},
}

// pulse reads what Pulse (now Ivanti) Connect Secure writes, as pairs or as "time - device - [address] user(realm)[roles] - text".
func pulse(p *Parser, b *event.Batch, h *header, m []byte) bool {
	r := p.read(b, h, &pulseSecure)
	switch {
	case hasPrefix(m, "id=firewall "):
		r.begin()
		r.words(m)
	default:
		head, text, ok := cut(m, " - ")
		device, rest, ok2 := cut(text, " - ")
		who, text, ok3 := cut(rest, " - ")
		addr, user, ok4 := cut(who, "] ")
		if !ok || !ok2 || !ok3 || !ok4 || len(head) > 40 || !hasPrefix(addr, "[") || !isIP(addr[1:]) {
			return false
		}
		r.begin()
		r.pair(bytesOf("vpn"), device)
		r.pair(bytesOf("src"), addr[1:])
		user, realm, _ := cut(user, "(")
		realm, roles, _ := cut(realm, ")[")
		r.pair(bytesOf("user"), user)
		r.pair(bytesOf("realm"), realm)
		if n := len(roles); n > 1 {
			r.pair(bytesOf("roles"), roles[:n-1])
		}
		r.fact[fText] = text
	}
	r.label(bytesOf("realm"), r.fact[fName])
	text := r.fact[fText]
	if code, said, ok := cut(text, ": "); ok && len(code) == 8 && digits(code[3:]) {
		b.Set(event.EventCode, code)
		text = said
	}
	b.Unset(event.Message)
	b.Set(event.Message, text)
	if !readFirst(b, pulseTexts[:], text) {
		r.say("", "host", "info")
	}
	r.end()
	return true
}

var cylance = product{"cylance.protect", "cylance", "BlackBerry", "CylancePROTECT", "", map[string]target{
	"Event Type": {field: event.EventProvider, fact: fType}, "Event Name": {field: event.EventCode, fact: fName}, "Device Name": {field: event.SourceDomain}, "IP Address": {fact: fClock, how: keep}, "File Name": {field: event.FileName}, "Path": {field: event.FileDirectory}, "SHA256": {how: anyHash}, "MD5": {how: anyHash}, "Status": {field: event.EventReason, fact: fStatus}, "Threat Classification": {field: event.RuleCategory},
	"User Name": {field: event.UserName, how: accountName}, "User": {fact: fUser, how: keep}, "Process Name": {field: event.ProcessExecutable}, "Process ID": {field: event.ProcessPID}, "Violation Type": {field: event.RuleName}, "Action": {field: event.EventReason}, "Source IP": {how: srcAddr}, "Message": {field: event.Message}, "Zone Names": {how: skip}, "Device Id": {how: skip},
	"File Path": {how: fileText}, "Instigating Process Name": {field: event.ProcessName}, "Instigating Process Owner": {fact: fOther, how: keep}, "Instigating Process ImageFileSha256": {field: event.ProcessHashSha256}, "Description": {field: event.RuleName}, "Severity": {field: event.LogLevel}, "Device Message": {field: event.Message}, "Policy Name": {field: event.RuleRuleset},
	"Cylance Score": {field: event.EventRiskScore}, "Found Date": {how: skip}, "Resolved Address": {how: skip}, "Resolved Port": {field: event.DestinationPort}, "Destination IP": {how: dstAddr}, "Interpreter": {field: event.ProcessName},
}, nil}

// cylanceLine reads "Event Type: Threat, Event Name: threat_found, Device Name: pc1, …"; the computer that it is about is its source.
func cylanceLine(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if index(m[:min(len(m), 64)], "Event Type: ") < 0 {
		return false
	}
	r := p.read(b, h, &cylance)
	r.begin()
	if rest, ok := after(m, "["); ok { // the organisation
		if _, rest, ok = cut(rest, "] "); ok {
			m = rest
		}
	}
	r.divided(m, ", ", ": ")
	if v := r.fact[fClock]; len(v) > 2 && v[0] == '(' { // of several the first
		first, _, _ := cut(v[1:], ",")
		first, _, _ = cut(first, ")")
		if isIP(first) {
			setAddr(b, &src, first)
		}
	}
	if u := r.fact[fUser]; len(u) > 0 && !r.event().Present(event.UserName) { // First Last (alice@example.com)
		if _, in, ok := cutLast(u, "("); ok && hasSuffix(in, ")") {
			u = in[:len(in)-1]
		}
		b.Set(event.UserName, u)
	}
	switch name := r.fact[fName]; {
	case hasPrefix(r.fact[fType], "OpticsCae"):
		r.say("ids_alert", "intrusion_detection", "info")
		if domain, user, ok := cut(r.fact[fOther], "//"); ok { // DOMAIN//user
			b.Set(event.UserDomain, domain)
			b.Set(event.UserName, user)
		}
	case string(r.fact[fType]) == "Threat", string(r.fact[fType]) == "ExploitAttempt", string(r.fact[fType]) == "ScriptControl", string(r.fact[fType]) == "AppControl":
		r.say("ids_alert", "malware", "info")
		r.judge(name)
		switch string(r.fact[fStatus]) {
		case "Quarantined", "Cleared":
			b.SetString(event.EventOutcome, success)
		}
	case string(name) == "LoginSuccess":
		r.say(login, authn, "start")
		b.SetString(event.EventOutcome, success)
	case string(name) == "LoginFailure":
		r.say(login, authn, "start")
		b.SetString(event.EventOutcome, failure)
	case string(r.fact[fType]) == "AuditLog":
		r.say("configuration", "configuration", "change")
	default:
		r.say("", "host", "info")
	}
	r.end()
	return true
}

var adAudit = product{"adauditplus.log", "adauditplus", "ManageEngine", "ADAudit Plus", "", map[string]target{
	"USERNAME": {field: event.UserName, how: accountName}, "CALLER_USER_NAME": {field: event.UserName, how: accountName}, "ACCOUNT_NAME": {field: event.UserTargetName}, "TARGET_USER": {field: event.UserTargetName}, "OBJECT_NAME": {field: event.UserTargetName}, "DOMAIN": {field: event.UserDomain}, "CLIENT_IP_ADDRESS": {how: srcAddr}, "CLIENT_HOST_NAME": {field: event.SourceDomain}, "EVENT_NUMBER": {field: event.EventCode},
	"EVENT_TYPE_TEXT": {fact: fStatus, how: keep}, "REPORT_NAME": {fact: fName, how: keep}, "REPORT_PROFILE": {fact: fName, how: keep}, "Category": {field: event.EventProvider, fact: fType}, "REMARKS": {field: event.EventReason}, "MESSAGE": {field: event.Message}, "FILE_NAME": {how: fileText}, "GROUP_NAME": {field: event.GroupName}, "SOURCE": {field: event.DestinationDomain}, "TIME_GENERATED": {fact: fStamp, how: keep}, "FORMAT_MESSAGE": {field: event.Message},
}, nil}

// adAuditPlus reads "[ Category = LogonReports ] [ REPORT_NAME = LogonFailure ] [ USERNAME = bob ] …".
func adAuditPlus(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if !hasPrefix(m, "[ ") {
		return false
	}
	r := p.read(b, h, &adAudit)
	r.begin()
	for rest := m; ; {
		_, more, ok := cut(rest, "[ ")
		if !ok {
			break
		}
		part, after, ok := cut(more, " ]")
		if rest = after; !ok {
			break
		}
		if key, v, ok := cut(part, " = "); ok {
			r.pair(trimBlanks(key), trimBlanks(v))
		}
	}
	name, status := r.fact[fName], r.fact[fStatus]
	switch {
	case hasFold(name, "LOGOFF"):
		r.say("logout", authn, "end")
	case hasFold(name, "LOGON"):
		r.say(login, authn, "start")
		if hasFold(name, "FAIL") {
			b.SetString(event.EventOutcome, failure)
		}
	default:
		b.Set(event.EventAction, name)
		category := "iam"
		if hasFold(r.fact[fType], "FILE") {
			category = "file"
		}
		r.say("", category, verbType(view(name)))
	}
	switch {
	case foldEqual(status, "SUCCESS"):
		b.SetString(event.EventOutcome, success)
	case foldEqual(status, "FAILURE"):
		b.SetString(event.EventOutcome, failure)
	}
	r.end()
	return true
}

var trellixEPO = product{"trellix_epo.events", "trellix_epo", "Trellix", "ePolicy Orchestrator", "", map[string]target{
	"MachineName": {field: event.SourceDomain}, "IPAddress": {how: srcAddr}, "UserName": {field: event.UserName, how: accountName}, "OSName": {how: skip}, "EventID": {field: event.EventCode}, "Severity": {field: event.EventSeverity}, "GMTTime": {fact: fStamp, how: keep}, "AnalyzerName": {field: event.EventProvider}, "AnalyzerHostName": {how: skip}, "ThreatName": {field: event.RuleName, how: said}, "ThreatType": {field: event.RuleCategory},
	"ThreatCategory": {fact: fType, how: keep}, "ThreatActionTaken": {field: event.EventReason, fact: fAction}, "ThreatHandled": {fact: fStatus, how: keep}, "ThreatSeverity": {field: event.LogLevel}, "SourceProcessName": {field: event.ProcessExecutable}, "SourceHostName": {how: skip}, "TargetFileName": {how: fileText}, "TargetName": {field: event.FileName}, "TargetPath": {field: event.FileDirectory}, "TargetHash": {how: anyHash}, "TargetUserName": {field: event.UserName, how: accountName},
	"SourceURL": {how: urlText}, "TargetPort": {field: event.DestinationPort}, "TargetProtocol": {how: transport}, "NaturalLangDescription": {field: event.Message}, "SourceIPV4": {fact: fOther, how: keep}, "TargetIPV4": {how: dstAddr}, "RawMACAddress": {how: skip}, "AgentGUID": {how: skip}, "ThreatEventID": {how: skip}, "DetectionMessage": {field: event.RuleDescription}, "Description": {field: event.Message}, "ProductID": {field: event.ServiceName}, "Error": {fact: fPart, how: keep},
}, nil}

// epo reads the XML that ePolicy Orchestrator sends: what stands between <Name> and </Name>, at whatever depth.
func epo(p *Parser, b *event.Batch, h *header, m []byte) bool {
	_, rest, ok := cut(m, "<EPOevent>")
	if !ok {
		if _, rest, ok = cut(m, "<EPOEvent>"); !ok {
			if _, rest, ok = cut(m, "<UpdateEvents>"); !ok {
				return false
			}
		}
	}
	r := p.read(b, h, &trellixEPO)
	r.begin()
	for {
		_, more, ok := cut(rest, "<")
		if !ok {
			break
		}
		tag, after, ok := cut(more, ">")
		if rest = after; !ok || len(tag) == 0 || tag[0] == '/' || tag[len(tag)-1] == '/' {
			if !ok {
				break
			}
			continue
		}
		name, _, _ := cut(tag, " ")
		if v, _, ok := cut(after, "<"); ok && len(trimBlanks(v)) > 0 && hasPrefix(after[len(v):], "</") {
			if _, known := trellixEPO.keys[string(name)]; known {
				r.pair(name, v)
			}
		}
	}
	r.time()
	e := r.event()
	switch {
	case e.Present(event.RuleName), hasPrefix(r.fact[fType], "av."), hasPrefix(r.fact[fType], "hip"):
		r.say("ids_alert", "malware", "info")
	case len(r.fact[fPart]) > 0: // of an update
		r.say("update", "host", "info")
		b.SetString(event.EventOutcome, success)
		if !r.is(fPart, "0") {
			b.SetString(event.EventOutcome, failure)
			b.Set(event.ErrorCode, r.fact[fPart])
		}
	default:
		r.say("", "host", "info")
	}
	switch {
	case string(r.fact[fStatus]) == "1", foldEqual(r.fact[fStatus], "TRUE"):
		b.SetString(event.EventOutcome, success)
	case string(r.fact[fStatus]) == "0", foldEqual(r.fact[fStatus], "FALSE"):
		b.SetString(event.EventOutcome, failure)
	}
	r.end()
	return true
}
