package parse

import "watchpost/internal/event"

// brocadeTexts are what Fabric OS says of log-ins and accounts.
var brocadeTexts = [...]shape{
	{"", login, success, authn, "start", []string{"Event: login, Status: success, Info: Successful login attempt via {x}, IP Addr: {ip}"}},
	{"", login, failure, authn, "start", []string{"Event: login, Status: failed, Info: Failed login attempt via {x}, IP Addr: {ip}", "Security violation: Login failure attempt via {x}. IP Addr: {ip}", "Event: login, Status: failed, Info: {reason}"}},
	{"", login, "", authn, "start", []string{"Event: Login, Info: {x} login attempt via  IP: {addr}, ", "Event: Login, Info: {x} login attempt via IP: {addr}, "}},
	{"", "logout", success, authn, "end", []string{"Event: logout, Status: success, Info: Successful logout by user [{user}]", "Event: logout, Status: success, "}},
	{"", "user_added", success, "iam", "creation", []string{"Event: userconfig, Status: success, Info: User account [{target}] added"}},
	{"", "user_deleted", success, "iam", "deletion", []string{"Event: userconfig, Status: success, Info: User account [{target}] deleted"}},
	{"", "user_changed", success, "iam", "change", []string{"Event: userconfig, Status: success, Info: User account [{target}]"}},
	{"", "password_changed", success, "iam", "change", []string{"Event: passwd, Status: success, Info: {x} [{target}]"}},
	{"", "password_changed", failure, "iam", "change", []string{"Event: passwd, Status: failed, Info: {reason}"}},
}

// brocade reads the logs of Fabric OS, its audit and its RASlog:
//
//	AUDIT, 2026/11/23-18:14:15 (UTC), [SEC-3020], INFO, SECURITY, admin/admin/192.0.2.7/ssh/CLI, ad_0/san1/FID 128, 9.2.0c, , , , , , , Event: login, Status: success, Info: Successful login attempt via SSH, IP Addr: 192.0.2.7
//	2026/11/23-18:14:15, [FW-1424], 8820, FID 128, WARNING, san1, Switch status changed from HEALTHY to MARGINAL.
func brocade(_ *Parser, b *event.Batch, h *header, m []byte) bool {
	m = skipBlanks(m)
	m, _ = after(m, "0 ")
	m, audit := after(m, "AUDIT, ")
	when, _, ok := cut(m[:min(len(m), 64)], ", [")
	if !ok || len(when) < 19 || !digits(when[:4]) || when[4] != '/' || when[10] != '-' {
		return false
	}
	code, rest, ok := cut(m[len(when)+3:], "], ")
	if !ok || len(code) > 16 {
		return false
	}
	(&class{dataset: "brocade.fos", module: "brocade"}).set(b)
	b.SetString(event.ObserverVendor, "Broadcom")
	b.SetString(event.ObserverProduct, "Fabric OS")
	b.SetString(event.ObserverType, "switch")
	b.Set(event.EventCode, code)
	if !h.stamp.has || h.vague() {
		brocadeTime(h, when)
	}
	var who, kind, level []byte
	if audit {
		level, rest, _ = cut(rest, ", ")
		kind, rest, _ = cut(rest, ", ")
		who, rest, _ = cut(rest, ", ")
		_, rest, _ = cut(rest, ", ") // the admin domain and the switch
		if i := index(rest, "Event: "); i >= 0 {
			rest = rest[i:]
		} else if _, text, ok := cutLast(rest, ", , "); ok {
			rest = text
		}
	} else {
		_, rest, _ = cut(rest, ", ") // the number
		if hasPrefix(rest, "FID ") || hasPrefix(rest, "CHASSIS") || hasPrefix(rest, "SLOT ") {
			_, rest, _ = cut(rest, ", ")
		}
		if hasPrefix(rest, "FID ") || hasPrefix(rest, "CHASSIS") {
			_, rest, _ = cut(rest, ", ")
		}
		level, rest, _ = cut(rest, ", ")
		name, text, ok := cut(rest, ", ")
		if ok {
			b.Set(event.ObserverName, name)
			rest = text
		}
	}
	rest = skipBlanks(rest)
	b.Set(event.LogLevel, level)
	b.Set(event.EventProvider, kind)
	b.Unset(event.Message)
	b.Set(event.Message, rest)
	if !readFirst(b, brocadeTexts[:], rest) {
		brocadeEvent(b, rest)
	}
	setBrocadeUser(b, who)
	return true
}

// brocadeEvent reads "Event: cfgEnable, Status: success, Info: …" by its parts; what has none is a note of the switch.
func brocadeEvent(b *event.Batch, text []byte) {
	what, ok := after(text, "Event: ")
	if !ok {
		b.AddString(event.EventCategory, "host")
		b.AddString(event.EventType, "info")
		return
	}
	what, rest, _ := cut(what, ", ")
	b.Set(event.EventAction, trimBlanks(what))
	b.AddString(event.EventCategory, "configuration")
	b.AddString(event.EventType, "change")
	if status, ok := after(rest, "Status: "); ok {
		status, info, _ := cut(status, ", ")
		switch {
		case hasFold(status, "SUCC"):
			b.SetString(event.EventOutcome, success)
		case hasFold(status, "FAIL"):
			b.SetString(event.EventOutcome, failure)
			info, _ = after(info, "Info: ")
			b.Set(event.EventReason, info)
		}
	}
}

// setBrocadeUser reads user/role/address/interface/application.
func setBrocadeUser(b *event.Batch, who []byte) {
	user, rest, ok := cut(who, "/")
	if !ok {
		return
	}
	role, rest, _ := cut(rest, "/")
	addr, _, _ := cut(rest, "/")
	e := event.Event{Batch: b, Row: b.Rows()}
	if string(user) != "NONE" && !e.Present(event.UserName) {
		b.Set(event.UserName, user)
	}
	if string(role) != "NONE" && string(role) != "None" && len(role) > 0 {
		b.Add(event.UserRoles, role)
	}
	if isIP(addr) && !e.Present(event.SourceIP) {
		setAddr(b, &src, addr)
	}
}

// brocadeTime reads 2026/11/23-18:14:15 and a zone in parentheses.
func brocadeTime(h *header, when []byte) {
	clock, zone, _ := cut(when, " (")
	if len(clock) < 19 {
		return
	}
	c := civil{}
	f := forti{date: clock[:10], clock: clock[11:19]}
	f.stamp(&c)
	zone, _, _ = cut(zone, ")")
	if off, ok := zoneByName(zone); ok && c.has {
		c.offset, c.hasZone = off, true
	}
	h.settle(&c)
}
