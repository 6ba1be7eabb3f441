package parse

import "watchpost/internal/event"

// airShapes are what Cisco's wireless controllers of AireOS say, by mnemonic; an id may stand in several rows, the first whose text fits counts.
var airShapes = [...]shape{
	{"AAA_AUTH_ADMIN_USER", login, success, authn, "start", []string{"Authentication succeeded for admin user '{user}' on {ip}", "Authentication succeeded for admin user '{user}'"}},
	{"AAA_AUTH_ADMIN_USER", login, failure, authn, "start", []string{"Authentication {x} for admin user '{user}' on {ip}", "Authentication {x} for admin user '{user}'"}},
	{"AAA_AUTH_NETWORK_USER", "network_authentication", success, authn, "start", []string{"Authentication succeeded for network user '{user}'"}},
	{"AAA_AUTH_NETWORK_USER", "network_authentication", failure, authn, "start", []string{"Authentication {x} for network user '{user}'"}},
	{"LOGIN_FAILED", login, failure, authn, "start", []string{"Login failed for the user:{userdot} ", "Login failed. User:{user}, Service-type:{x}", "Login failed. User:{user}"}},
	{"AUTHENTICATION_TRAP", "network_authentication", failure, authn, "start", []string{"User {user} failed authentication"}},
	{"ABORT_AUTH", "network_authentication", failure, authn, "start", []string{"{x}Reason: {reason}", "{reason}"}},
	{"CLNT_AUTH_FAILED", "network_authentication", failure, authn, "start", nil},
	{"MAX_EAP_RETRIES", "network_authentication", failure, authn, "start", []string{"{reason} for client", "{reason}"}},
	{"MAX_EAPOL_KEY_RETRANS_REACHED", "network_authentication", failure, authn, "start", []string{"{reason} for client", "{reason}"}},
	{"PSK_CONFIG_ERR", "network_authentication", failure, authn, "start", nil},
	{"INVALID_WPA_KEY_MSG_STATE", "network_authentication", failure, authn, "start", []string{"{reason} - invalid", "{reason}; KeyLen"}},
	{"ASSOCREQ_PROC_FAILED", "connect", failure, netw, "start", []string{"{x}, SSID:{ssid}. {reason}", "Failed to process an association request from {x}. {reason}"}},
	{"ROGUE_AP_DETECTED", "rogue_ap", "", "intrusion_detection", "info", nil},
	{"ROGUE_DETECTED", "rogue_ap", "", "intrusion_detection", "info", nil},
	{"SIG_ALARM_ON", "ids_alert", "", "intrusion_detection", "info", []string{"AP {x} : Alarm ON, {rule} detected"}},
	{"SIG_INFO_ALARM_ON", "ids_alert", "", "intrusion_detection", "info", nil},
	{"SIG_INFO1", "ids_alert", "", "intrusion_detection", "info", []string{"{x}alarm ON, {rule}, track {x}most offending MAC {mac}", "{x}alarm ON, {rule}, track "}},
	{"USER_NAME_CREATED", "connect", success, netw, "start", []string{"Username entry ({user}) with length {x} created for mobile {mac}", "Username entry ({user}) is created for mobile {mac}"}},
	{"USER_NAME_DELETED", "disconnect", "", netw, "end", []string{"Username entry ({user}) is deleted for mobile {mac}"}},
	{"ARP_ORPHANPKT_DETECTED", "arp-denied", failure, netw, "denied", []string{"STA(Target MAC Address) [{mac}, {x}] ARP (op {x}) received with invalid SPA(Source IP Address) {addr}/TPA(Destination IP Address) {daddr}"}},
	{"Q_IND", "arp-denied", failure, netw, "denied", []string{"STA(Target MAC Address) [{mac}, {x}] ARP (op {x}) received with invalid SPA(Source IP Address) {addr}/TPA(Destination IP Address) {daddr}"}},
	{"Q_IND", "connect", success, netw, "start", []string{"Username entry ({user}) with length {x} created for mobile {mac}"}},
	{"CONFIG_CHANGED", "configuration", success, "configuration", "change", nil},
}

// aireOS reads "*taskName: Nov 23 18:14:15.123: %FACILITY-3-MNEMONIC: file.c:1234 text"; the tag before it is the controller. Newer ones write # for %.
func aireOS(p *Parser, b *event.Batch, h *header, m []byte) bool {
	task, rest, ok := cut(m[1:], ": ")
	if !ok || len(task) > 40 || len(task) == 0 {
		return false
	}
	var c civil
	n := readStamp(rest, &c)
	if n == 0 || n >= len(rest) {
		return false
	}
	rest = rest[n:]
	if rest, ok = after(rest, ": "); !ok || len(rest) < 8 || rest[0] != '%' && rest[0] != '#' {
		return false
	}
	code, text, ok := cut(rest[1:], ": ")
	facility, more, ok2 := cut(code, "-")
	if !ok || !ok2 || len(more) < 3 || more[1] != '-' || more[0]-'0' > 7 {
		return false
	}
	if file, said := word(text); index(file, ".c:") > 0 {
		text = skipBlanks(said)
	}
	if h.host == nil && h.app != nil && h.procid == nil {
		b.Set(event.HostName, h.app)
		b.Set(event.HostHostname, h.app)
		b.Set(event.ObserverHostname, h.app)
	} else {
		b.Set(event.ObserverHostname, h.host)
	}
	b.Unset(event.ProcessName)
	b.Set(event.ProcessName, task)
	if !h.stamp.has {
		h.stamp = c
	}
	(&class{dataset: "cisco.wlc", module: "cisco"}).set(b)
	b.SetString(event.ObserverVendor, "Cisco")
	b.SetString(event.ObserverProduct, "wlc")
	b.Set(event.EventProvider, facility)
	b.Set(event.EventCode, more[2:])
	b.SetInt(event.EventSeverity, int64(more[0]-'0'))
	b.SetString(event.LogLevel, ciscoLevels[more[0]-'0'])
	b.Unset(event.Message)
	b.Set(event.Message, text)
	for i := range airShapes {
		if s := &airShapes[i]; s.id == view(more[2:]) && s.fits(text) {
			s.read(b, text)
			break
		}
	}
	if e := (event.Event{Batch: b, Row: b.Rows()}); !e.Present(event.EventType) {
		b.AddString(event.EventCategory, netw)
		b.AddString(event.EventType, "info")
	}
	for _, word := range [...]string{"client ", "mobile ", "station ", "Rogue AP ", "Rogue AP: ", "from "} {
		if _, at, ok := cut(text, word); ok && beginsMAC(at) {
			b.Set(event.SourceMAC, at[:17])
			break
		}
	}
	return true
}

// beginsMAC says whether s begins with an address of a frame in six pairs.
func beginsMAC(s []byte) bool {
	if len(s) < 17 {
		return false
	}
	for i, c := range s[:17] {
		if i%3 == 2 {
			if c != ':' && c != '-' {
				return false
			}
		} else if !hexByte(c) {
			return false
		}
	}
	return true
}

// ruckusShapes are what ZoneDirector says of clients and administrators.
var ruckusShapes = []serverShape{
	{`{x}:User[{user}@{mac}] joins WLAN[{ssid}] from AP[{#ruckus.ap}]`, "connect", success, ""},
	{`{x}:User[{mac}] joins WLAN[{ssid}] from AP[{#ruckus.ap}]`, "connect", success, ""},
	{`{x}:User[{user}@{mac}] leaves WLAN[{ssid}] at AP[{#ruckus.ap}]`, "disconnect", "", ""},
	{`{x}:User[{mac}] leaves WLAN[{ssid}] at AP[{#ruckus.ap}]`, "disconnect", "", ""},
	{`{x}:User[{user}@{mac}] disconnects from WLAN[{ssid}] at AP[{#ruckus.ap}]`, "disconnect", "", ""},
	{`{x}:User[{mac}] disconnects from WLAN[{ssid}] at AP[{#ruckus.ap}]`, "disconnect", "", ""},
	{`{x}:User[{user}@{mac}] fails authentication {reason} when joining WLAN[{ssid}] at AP[{#ruckus.ap}]`, login, failure, ""},
	{`{x}:User[{mac}] fails authentication {reason} when joining WLAN[{ssid}] at AP[{#ruckus.ap}]`, login, failure, ""},
	{`{x}:User[{user}@{mac}] fails to join WLAN[{ssid}] from AP[{#ruckus.ap}]`, "connect", failure, ""},
	{`{x}:User[{mac}] fails to join WLAN[{ssid}] from AP[{#ruckus.ap}]`, "connect", failure, ""},
	{`{x}:Admin[{user}] login from [{ip}]`, login, success, ""},
	{`{x}:Admin[{user}] logs in from [{ip}]`, login, success, ""},
	{`{x}:Admin[{user}] logged in from [{ip}]`, login, success, ""},
	{`{x}:Admin[{user}] fails to login from [{ip}]`, login, failure, ""},
	{`{x}:Admin[{user}] failed to login from [{ip}]`, login, failure, ""},
	{`{x}:A new Rogue[{mac}] with SSID[{ssid}] is detected`, "ids_alert", "", "rogue access point"},
}

var smartZone = product{"ruckus.smartzone", "ruckus", "Ruckus", "SmartZone", "", map[string]target{
	"clientMac": {field: event.SourceMAC, how: macText}, "clientIP": {how: srcAddr}, "ssid": {field: event.NetworkName}, "userName": {field: event.UserName}, "userId": {field: event.UserID}, "adminId": {field: event.UserName}, "ip": {how: srcAddr}, "reason": {field: event.EventReason}, "apMac": {fact: fName, how: keep}, "apName": {fact: fPart, how: keep},
	"srcIp": {how: srcAddr}, "hostname": {field: event.SourceDomain}, "osType": {how: skip}, "rxBytes": {field: event.SourceBytes}, "txBytes": {field: event.DestinationBytes}, "vlanId": {field: event.NetworkVlanID}, "disconnectReason": {how: skip}, "proto": {how: transport}, "rogueMac": {field: event.SourceMAC, how: macText}, "user": {field: event.UserName},
}, nil}

// smartZoneEvents are the types of SmartZone's events that say more than that something happened.
var smartZoneEvents = map[string]class{
	"clientAuthorization": {outcome: success, category: authn, types: [3]string{"start"}}, "clientAuthorizationFailure": {outcome: failure, category: authn, types: [3]string{"start"}}, "clientJoin": {action: "connect", outcome: success, category: netw, types: [3]string{"start"}},
	"clientJoinFailure": {action: "connect", outcome: failure, category: netw, types: [3]string{"start"}}, "clientDisconnect": {action: "disconnect", category: netw, types: [3]string{"end"}}, "clientInactivityTimeout": {action: "disconnect", category: netw, types: [3]string{"end"}},
	"adminLogin": loginClass(success), "adminLoginFailed": loginClass(failure), "admAuthFailed": loginClass(failure), "adminLogout": logoutClass, "maliciousRogueAPDetected": {action: "ids_alert", category: "intrusion_detection", types: [3]string{"info"}}, "ssid-spoofing": {action: "ids_alert", category: "intrusion_detection", types: [3]string{"info"}},
	"genericRogueAPDetected": {action: "rogue_ap", category: "intrusion_detection", types: [3]string{"info"}},
}

// ruckusZone reads @@202,clientJoin,"apMac"="aa:bb:cc:dd:ee:f0","clientMac"="…",….
func ruckusZone(p *Parser, b *event.Batch, h *header, m []byte) bool {
	code, rest, ok := cut(m[2:], ",")
	kind, rest, ok2 := cut(rest, ",")
	if !ok || !ok2 || !digits(code) || len(kind) > 64 {
		return false
	}
	r := p.read(b, h, &smartZone)
	r.begin()
	b.Set(event.EventCode, code)
	for len(rest) > 0 {
		var key, v []byte
		_, rest, _ = cut(rest, `"`)
		if key, rest, ok = cut(rest, `"="`); !ok {
			break
		}
		v, rest, _ = cut(rest, `"`)
		r.pair(key, v)
	}
	r.label(bytesOf("apMac"), r.fact[fName])
	r.label(bytesOf("apName"), r.fact[fPart])
	if c, ok := smartZoneEvents[string(kind)]; ok {
		b.SetString(event.EventAction, c.action)
		b.SetString(event.EventOutcome, c.outcome)
		r.say("", c.category, c.types[0])
	} else {
		r.say("", netw, "info")
	}
	if !r.event().Present(event.EventAction) {
		b.Set(event.EventAction, kind)
	}
	r.end()
	return true
}

var clearPass = product{"aruba.clearpass", "clearpass", "Aruba", "ClearPass", "", map[string]target{
	"Common.Username": {field: event.UserName, how: accountName}, "RADIUS.Acct-Username": {field: event.UserName, how: accountName}, "TACACS.Username": {field: event.UserName, how: accountName}, "User": {field: event.UserName, how: accountName}, "Common.Login-Status": {fact: fStatus, how: keep}, "Common.NAS-IP-Address": {field: event.DestinationIP},
	"Common.Host-MAC-Address": {fact: fName, how: keep}, "RADIUS.Acct-Calling-Station-Id": {fact: fName, how: keep}, "RADIUS.Acct-Framed-IP-Address": {how: srcAddr}, "TACACS.Remote-Address": {how: srcAddr}, "Common.Alerts": {field: event.EventReason}, "Common.Service": {field: event.RuleName}, "RADIUS.Auth-Method": {field: event.NetworkProtocol, how: lowered},
	"Common.Roles": {field: event.UserRoles}, "Action": {fact: fAction, how: keep}, "Category": {field: event.EventProvider}, "EntityName": {field: event.UserTargetName}, "Common.Error-Code": {fact: fOther, how: keep}, "id": {how: skip}, "Timestamp": {fact: fStamp, how: keep}, "Component": {field: event.EventProvider}, "Description": {field: event.EventReason}, "Level": {field: event.LogLevel},
}, nil}

// cppm reads "CPPM_RADIUS_Session 12 1 0 Common.Username=bob,Common.Login-Status=REJECT,…": a comma is part of a value where no name follows it.
func cppm(p *Parser, b *event.Batch, h *header, m []byte) bool {
	kind, rest := word(m)
	var count []byte
	for range 3 {
		if count, rest = word(rest); !digits(count) {
			return false
		}
	}
	r := p.read(b, h, &clearPass)
	r.begin()
	b.Set(event.EventCode, kind)
	for rest = skipBlanks(rest); len(rest) > 0; {
		key, v, ok := cut(rest, "=")
		if !ok {
			break
		}
		end := len(v)
		for i := range v { // a comma that begins the next name
			if v[i] != ',' {
				continue
			}
			j := i + 1
			for j < len(v) && keyByte(v[j]) {
				j++
			}
			if j > i+1 && j < len(v) && v[j] == '=' {
				end = i
				break
			}
		}
		r.pair(key, trimBlanks(v[:end]))
		rest = v[min(end+1, len(v)):]
	}
	if mac := r.fact[fName]; len(mac) == 12 {
		r.p.val = r.p.val[:0]
		for i := 0; i < 12; i += 2 {
			if i > 0 {
				r.p.val = append(r.p.val, ':')
			}
			r.p.val = append(r.p.val, mac[i], mac[i+1])
		}
		b.Set(event.SourceMAC, r.p.val)
	} else if beginsMAC(mac) {
		b.Set(event.SourceMAC, mac[:17])
	}
	r.label(bytesOf("Common.Error-Code"), r.fact[fOther])
	switch status := string(r.fact[fStatus]); {
	case status == "ACCEPT":
		r.say(login, authn, "start")
		b.SetString(event.EventOutcome, success)
	case status == "REJECT", status == "TIMEOUT":
		r.say(login, authn, "start")
		b.SetString(event.EventOutcome, failure)
	case len(r.fact[fAction]) > 0:
		r.say("configuration", "configuration", verbType(view(r.fact[fAction])))
	case index(kind, "Acct") > 0, index(kind, "Accounting") > 0:
		r.say("accounting", "session", "info")
	default:
		r.say("", authn, "info")
	}
	r.end()
	return true
}
