package parse

import "watchpost/internal/event"

// rsaManager reads what RSA's Authentication Manager writes of log-ins (audit.runtime), of its administrators (audit.admin) and of itself (system): time,
// host, logger, level, two ids, client, instance, action, code, result, reason, session, three ids, … The user of a log-in stands a column before that of
// an administrator, and is followed by the agent; an administrator by what was changed.
//
//	2026-11-23 18:14:15,239, am1.example.com, audit.runtime.com.rsa.ims.authn.impl.AuthenticationBrokerImpl, INFO, 4a,1b,192.0.2.5,198.51.100.4,AUTHN_LOGIN_EVENT,13002,SUCCESS,…
func rsaManager(_ *Parser, b *event.Batch, h *header, m []byte) bool {
	at := index(m[:min(len(m), 200)], "com.rsa.")
	if at < 0 {
		return false
	}
	c := columns{m}
	var host, logger []byte
	for i := 0; i < 5; i++ {
		if v := trimBlanks(c.next()); index(v, "com.rsa.") >= 0 {
			logger = v
			break
		} else {
			host = v
		}
	}
	var v [24][]byte
	c.take(v[:])
	v[0] = trimBlanks(v[0])
	if logger == nil || len(v[5]) == 0 || !digits(v[6]) || !alpha(v[5][0]) {
		return false
	}
	k := class{"rsa_securid.log", "rsa_securid", "", "", "configuration", [3]string{"info"}}
	user, object, name := v[13], v[17], v[21]
	switch {
	case hasPrefix(logger, "audit.runtime."):
		k.category = authn
		switch string(v[5]) {
		case "AUTHN_LOGIN_EVENT":
			k.action, k.types[0] = login, "start"
		case "AUTHN_LOGOUT_EVENT":
			k.action, k.category, k.types[0] = "logout", "session", "end"
		}
		object, name = nil, nil
		if ip := v[18]; isIP(ip) {
			b.Add(event.ObserverIP, ip)
		}
		b.Label(bytesOf("rsa.agent"), v[19])
	case hasPrefix(logger, "audit.admin."):
		user, k.category = v[14], "iam"
		k.types[0] = verbType(view(v[5]))
		if string(object) == "PRINCIPAL" {
			b.Set(event.UserTargetName, name)
		}
	}
	switch string(v[7]) {
	case "SUCCESS":
		k.outcome = success
	case "FAIL", "FAILURE":
		k.outcome = failure
	}
	b.Set(event.EventAction, v[5]) // where it has no name of ours
	k.set(b)
	b.Set(event.EventCode, v[6])
	b.Set(event.EventReason, v[8])
	b.Set(event.LogLevel, v[0])
	b.Set(event.LogLogger, logger)
	if isIP(v[3]) {
		setAddr(b, &src, v[3])
	}
	b.Set(event.UserName, user)
	b.SetString(event.ObserverVendor, "RSA")
	b.SetString(event.ObserverProduct, "Authentication Manager")
	if h.host == nil && isHost(host) && !digits(host) {
		b.Set(event.HostName, host)
		b.Set(event.HostHostname, host)
	}
	return true
}
