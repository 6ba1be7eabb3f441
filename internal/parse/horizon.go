package parse

import "watchpost/internal/event"

var horizonView = product{"vmware.horizon", "horizon", "VMware", "Horizon", "", map[string]target{
	"EventType": {field: event.EventCode, fact: fType}, "UserDisplayName": {field: event.UserName, how: accountName}, "UserSID": {field: event.UserID}, "ClientIpAddress": {how: srcAddr}, "ForwardedClientIpAddress": {how: srcAddr}, "Severity": {field: event.LogLevel, fact: fSeverity}, "Module": {field: event.EventProvider}, "Source": {how: skip}, "Acknowledged": {how: skip},
	"MachineName": {field: event.DestinationDomain}, "DesktopDisplayName": {field: event.ServiceName}, "DesktopId": {how: skip}, "BrokerSessionId": {how: skip}, "SessionType": {how: skip}, "Node": {field: event.ObserverHostname}, "UserCount": {how: skip},
}, nil}

// horizon reads the events of Horizon's brokers, whose structured data say all.
func horizon(p *Parser, b *event.Batch, h *header, _ []byte) bool {
	fields, ok := after(h.sd, "[View@6876 ")
	if !ok {
		return false
	}
	r := p.read(b, h, &horizonView)
	r.begin()
	r.colons(fields, '=')
	switch kind := r.fact[fType]; {
	case index(kind, "AUTHFAIL") > 0, index(kind, "LOGIN_FAIL") > 0, index(kind, "UNAUTHENTICATED_ACCESS_FAILED") > 0, index(kind, "_USERLOGIN_") > 0: // HELPDESK_USERLOGIN_BASIC_FAILED
		r.say(login, authn, "start")
		b.SetString(event.EventOutcome, failure)
		b.Set(event.EventReason, h.msg)
	case index(kind, "LOGGEDIN") > 0, hasSuffix(kind, "_AUTH_LOGIN_SUCCESS"):
		r.say(login, authn, "start")
		b.SetString(event.EventOutcome, success)
	case index(kind, "LOGGEDOUT") > 0, index(kind, "LOGGEDOFF") > 0, index(kind, "USERLOGOFF") > 0, hasSuffix(kind, "_AUTH_LOGOUT_SUCCESS"):
		r.say("logout", "session", "end")
	case hasSuffix(kind, "AGENT_CONNECTED"), hasSuffix(kind, "AGENT_RECONNECTED"):
		r.say("session_start", "session", "start")
	case hasSuffix(kind, "AGENT_DISCONNECTED"), hasSuffix(kind, "AGENT_ENDED"):
		r.say("session_end", "session", "end")
	default:
		r.say("", "host", "info")
	}
	switch {
	case hasSuffix(r.fact[fSeverity], "FAIL"):
		b.SetString(event.EventOutcome, failure)
	case hasSuffix(r.fact[fSeverity], "SUCCESS"):
		b.SetString(event.EventOutcome, success)
	}
	r.end()
	return true
}
