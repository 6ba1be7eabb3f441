package parse

import "watchpost/internal/event"

var zyxelUSG = product{"zyxel.usg", "zyxel", "Zyxel", "USG", "firewall", map[string]target{
	"src": {fact: fType, how: keep}, "dst": {fact: fSub, how: keep}, "msg": {field: event.Message, fact: fText}, "note": {fact: fReason, how: keep}, "user": {field: event.UserName, how: known}, "devID": {field: event.ObserverSerialNumber}, "devid": {field: event.ObserverSerialNumber}, "ser": {field: event.ObserverSerialNumber},
	"cat": {field: event.EventProvider, fact: fPart}, "dir": {fact: fOther, how: keep}, "protoID": {how: transport}, "proto": {field: event.NetworkProtocol, how: lowered}, "mac": {field: event.SourceMAC, how: macText}, "duration": {how: seconds}, "sent": {field: event.SourceBytes}, "rcvd": {field: event.DestinationBytes},
	"action": {fact: fAction, how: keep}, "class": {how: skip}, "ob": {how: skip}, "ob_mac": {how: skip},
}, zyxelSays}

// zyxel reads src="192.0.2.7:51234" dst="…" msg="…" note="…" user="…" devID="…" cat="Firewall".
func zyxel(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if !hasPrefix(m, `src="`) || index(m, ` msg="`) < 0 || index(m, ` cat="`) < 0 {
		return false
	}
	r := p.read(b, h, &zyxelUSG)
	r.begin()
	b.Unset(event.Message)
	r.words(m)
	for f, to := range [...]*side{fType: &src, fSub: &dst} {
		if to == nil {
			continue
		}
		addr := r.fact[f]
		if at, ok := after(addr, "0.0.0.0"); ok && (len(at) == 0 || string(at) == ":0") { // neither end
			continue
		}
		if cutOff, port, ok := cutLast(addr, ":"); ok && string(port) == "0" {
			addr = cutOff
		}
		setHostPort(b, to, addr)
	}
	r.end()
	return true
}

var zyxelTexts = [...]shape{
	{"", login, failure, authn, "start", []string{"Failed login attempt to Device from {service} ({reason})", "Failed login attempt to Device from {service}", "Failed {x} login attempt ({reason})", "Failed login attempt"}},
	{"", login, success, authn, "start", []string{"{x}(MAC={x}) from {service} has logged in Device", "{x} from {service} has logged in Device"}},
	{"", "logout", "", "session", "end", []string{"{x}(MAC={x}) from {service} has logged out Device", "{x} from {service} has logged out Device", "{x}(MAC={x}) from {service} has been logged out Device ({reason})", "{x} from {service} has been logged out Device"}},
	{"", "user_locked", success, "iam", "change", []string{"{x} is put into lockout", "{x} has been locked out"}},
}

func zyxelSays(r *reading) {
	b := r.b
	if from, to, ok := cut(r.fact[fOther], ":"); ok {
		b.Set(event.ObserverIngressZone, from)
		b.Set(event.ObserverEgressZone, to)
	}
	text := r.fact[fText]
	if readFirst(b, zyxelTexts[:], text) {
		if who, ok := after(r.fact[fReason], "Account: "); ok {
			b.Set(event.UserName, who)
		}
		return
	}
	verdict := r.fact[fAction]
	if _, last, ok := cutLast(text, ", "); ok && len(verdict) == 0 {
		verdict = last
	} else if len(verdict) == 0 {
		verdict = lastWord(text)
	}
	switch {
	case hasPrefix(r.fact[fReason], "ACCESS BLOCK"), string(r.fact[fReason]) == "WEB BLOCK":
		verdict = bytesOf("block")
	case hasPrefix(r.fact[fReason], "ACCESS FORWARD"), string(r.fact[fReason]) == "WEB FORWARD":
		verdict = bytesOf("forward")
	}
	cat := r.fact[fPart]
	switch {
	case string(cat) == "IKE", string(cat) == "IPSec", hasPrefix(cat, "IPSec VPN"), hasPrefix(cat, "SSL VPN"):
		r.say("vpn", netw, "info")
		return
	case string(cat) == "IDP", string(cat) == "IPS", string(cat) == "ADP", hasPrefix(cat, "IP Reputation"), hasPrefix(cat, "URL Threat"), hasPrefix(cat, "DNS "):
		r.say("ids_alert", "intrusion_detection", "info")
		if _, rule, ok := cut(text, "[type="); ok {
			rule, _, _ = cut(rule, "]")
			b.Set(event.RuleName, rule)
		}
		if _, v, ok := cut(text, "Action: "); ok {
			v, _, _ = cut(v, ",")
			v, _ = word(v)
			verdict = v
		}
	case hasPrefix(cat, "Anti-"), hasPrefix(cat, "Sandbox"):
		r.say("virus_detected", "malware", "info")
	case hasPrefix(cat, "Content"), hasPrefix(cat, "Web "), hasPrefix(cat, "Web Content"), string(cat) == "Blocked web sites", string(cat) == "Forward web sites", string(cat) == "Warning web sites":
		r.say("url-access", "web", "access")
		if name, _, ok := cut(text, ":"); ok && isHost(name) {
			b.Set(event.URLDomain, name)
		}
	case string(cat) == "Traffic Log":
		r.say("flow", netw, "connection", "end")
		return
	case string(cat) == "Firewall", hasPrefix(cat, "Security Policy"), string(cat) == "Sessions Limit", string(cat) == "Policy Route", hasPrefix(cat, "Secure Policy"):
		r.say("firewall-rule", netw, "connection")
		if v, ok := after(text, "priority:"); ok {
			v, _, _ = cut(v, ",")
			b.Set(event.RuleID, v)
		}
		if _, zones, ok := cut(text, ", from "); ok && !r.event().Present(event.ObserverIngressZone) {
			from, to, _ := cut(zones, " to ")
			to, _, _ = cut(to, ",")
			b.Set(event.ObserverIngressZone, from)
			b.Set(event.ObserverEgressZone, to)
		}
	case string(cat) == "DHCP":
		r.say("dhcp", netw, "info")
		return
	default:
		r.say("", "host", "info")
		return
	}
	r.judge(verdict)
}
