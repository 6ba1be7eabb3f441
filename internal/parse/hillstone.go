package parse

import "watchpost/internal/event"

var hillstoneFW = product{"hillstone.stoneos", "hillstone", "Hillstone", "StoneOS", "firewall", map[string]target{
	"application": {field: event.NetworkApplication, how: known}, "App/Protocol": {field: event.NetworkApplication, how: known}, "interface": {field: event.ObserverIngressInterfaceName}, "vr": {how: skip}, "policy": {field: event.RuleID}, "rule": {field: event.RuleID}, "user": {fact: fUser, how: keep}, "host": {field: event.SourceDomain, how: known},
	"mac": {fact: fPart, how: keep}, "policy name": {field: event.RuleName}, "snat to": {fact: fName, how: keep}, "dnat to": {fact: fOther, how: keep}, "send packets": {field: event.SourcePackets}, "send bytes": {field: event.SourceBytes}, "receive packets": {field: event.DestinationPackets}, "receive bytes": {field: event.DestinationBytes},
	"start time": {how: skip}, "close time": {how: skip}, "threat name": {field: event.RuleName}, "threat type": {field: event.RuleCategory}, "threat subtype": {how: skip}, "action": {fact: fAction, how: keep}, "defender": {field: event.EventProvider}, "signature ID": {field: event.RuleID}, "severity": {field: event.LogLevel},
	"url": {how: urlText}, "URL": {how: urlText}, "category": {field: event.RuleCategory}, "method": {field: event.HTTPRequestMethod}, "Protocol": {how: transport},
}, nil}

// hillstoneKeys are those whose names have two words, or are shorter than another that begins alike.
var hillstoneKeys = [...]string{"policy name ", "send packets ", "send bytes ", "receive packets ", "receive bytes ", "start time ", "close time ", "snat to ", "dnat to "}

// hillstoneTexts are what StoneOS says of its administrators.
var hillstoneTexts = [...]shape{
	{"", login, failure, authn, "start", []string{`Admin user "{user}" attempted to login through {service} failed, and the IP is {ip}`, `Admin user "{user}" failed to login through {service}, and the IP is {ip}`, `The IP {addr} has failed {x} times to login through {service} and will be locked`, `Admin user "{user}" attempted to login {x}failed`}},
	{"", login, success, authn, "start", []string{`Admin user "{user}" logined through {service}, from {addr} to {daddr}(`, `Admin user "{user}" logged in through {service}, from {addr} to {daddr}(`, `Admin user "{user}" logined through {service}, and the IP is {ip}`, `Admin user "{user}" logged in through {service}, and the IP is {ip}`, `Admin user "{user}" logined through {service}, the IP is {ip}`, `Admin user "{user}" logged in through {x} from `, `Admin user "{user}" logined through {x} from `}},
	{"", "logout", success, authn, "end", []string{`Admin user "{user}" logout through {service}, the IP is {addr}, `, `Admin user "{user}" logged out through {service}, the IP is {addr}, `, `Admin user "{user}" logout `, `Admin user "{user}" logged out `}},
	{"", "configuration", failure, "configuration", "change", []string{`Admin user "{user}" failed to {reason}`}},
	{"", "configuration", success, "configuration", "change", []string{`Admin user "{user}" {x} configur`, `Admin user "{user}" configur`, `User "{user}" {x} configur`}},
	{"", "configuration", "", "configuration", "change", []string{`Admin user "{user}" `}},
}

// hillstone reads what StoneOS sends: serial number and virtual system, the id of the message, its kind and module. A relay may have taken the first for a host.
//
//	2800000000000042(root) 44243630 Traffic@FLOW: SESSION: 192.0.2.7:51234->198.51.100.9:443(TCP), application HTTPS, interface ethernet0/1, vr trust-vr, policy 7, user alice@ad, host -, session start
//	421c0402 Event@MGMT: Admin user "ops" attempted to login through SSH failed, and the IP is 192.0.2.7.
func hillstone(p *Parser, b *event.Batch, h *header, m []byte) bool {
	code, _ := word(m[:min(len(m), 64)])
	var serial, system []byte
	if n := index(code, "("); n > 4 && code[len(code)-1] == ')' {
		serial, system = code[:n], code[n+1:len(code)-1]
		rest := skipBlanks(m[len(code):])
		if hasPrefix(rest, "[h:") { // the host's name and the severity, where the device is told to say them
			_, rest, _ = cut(rest, "] ")
		}
		if hasPrefix(rest, "[p:") {
			_, rest, _ = cut(rest, "] ")
		}
		code, _ = word(rest)
		m = rest
	}
	if !hex8(code) {
		return false
	}
	rest, _ := after(skipBlanks(m[len(code):]), "HillstoneNetworks#")
	kind, _, ok := cut(rest[:min(len(rest), 40)], ": ")
	if !ok {
		return false
	}
	text := rest[len(kind)+len(": "):]
	kind, module, ok := cut(kind, "@")
	if !ok || len(kind) == 0 || len(module) == 0 || kind[0]-'A' >= 26 || module[0]-'A' >= 26 || module[len(module)-1] >= 'a' { // Traffic@FLOW
		return false
	}
	r := p.read(b, h, &hillstoneFW)
	r.begin()
	b.Set(event.ObserverSerialNumber, serial)
	if len(system) > 0 && string(system) != "root" {
		r.label(bytesOf("vsys"), system)
	}
	b.Set(event.EventCode, code)
	b.Set(event.EventProvider, module)
	b.Unset(event.Message)
	b.Set(event.Message, text)
	switch {
	case string(module) == "FLOW" || string(kind) == "Traffic" || string(kind) == "NAT":
		r.hillstoneFlow(text)
	case string(kind) == "Threat":
		r.hillstoneThreat(text)
	default:
		r.hillstoneEvent(kind, text)
	}
	r.end()
	return true
}

// hex8 says whether s is a number of eight hexadecimal digits.
func hex8(s []byte) bool {
	if len(s) != 8 {
		return false
	}
	for _, c := range s {
		if !digit(c) && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// hillstonePairs takes ", name value" and ", name: value" apart, for the rest of the line.
func (r *reading) hillstonePairs(text []byte) {
	for len(text) > 0 {
		var one []byte
		one, text, _ = cut(text, ",")
		one = trimBlanks(one)
		if key, v, ok := cut(one, ": "); ok && len(key) < 24 {
			r.pair(key, trimBlanks(v))
			continue
		}
		n := 0
		for _, key := range hillstoneKeys {
			if hasPrefix(one, key) {
				n = len(key) - 1
				break
			}
		}
		if n == 0 {
			n = max(index(one, " "), 0)
		}
		if n == 0 {
			r.hillstoneWord(one)
			continue
		}
		if _, known := r.of.keys[view(one[:n])]; known && string(one[:n]) != "session" {
			if v := trimBlanks(one[n:]); string(one) == "policy deny" || string(one) == "policy default-deny" {
				r.fact[fStatus] = v
			} else {
				r.pair(one[:n], v)
			}
			continue
		}
		r.hillstoneWord(one)
	}
}

// hillstoneWord takes what stands without a name: what became of the session, and why it ended.
func (r *reading) hillstoneWord(one []byte) {
	switch string(one) {
	case "":
	case "session start", "session end", "policy permit", "Block", "block":
		r.fact[fStatus] = one
	default:
		if len(r.fact[fStatus]) > 0 && !r.event().Present(event.EventReason) {
			r.b.Set(event.EventReason, one)
		}
	}
}

// hillstoneEnds reads "192.0.2.7:51234(ethernet0/1)->198.51.100.9:443(ethernet0/0)(TCP)"; between is what parts the ends.
func (r *reading) hillstoneEnds(text []byte, between string) bool {
	from, to, ok := cut(text, between)
	if !ok {
		return false
	}
	for i, v := range [...][]byte{from, to} {
		addr, in, _ := cut(v, "(")
		for len(in) > 0 {
			var one []byte
			one, in, _ = cut(in, ")")
			in, _ = after(in, "(")
			switch string(one) {
			case "TCP", "UDP", "ICMP":
				setTransport(r.b, one)
			default:
				if i == 0 {
					r.b.Set(event.ObserverIngressInterfaceName, one)
				} else {
					r.b.Set(event.ObserverEgressInterfaceName, one)
				}
			}
		}
		if i == 0 {
			setHostPort(r.b, &src, trimBlanks(addr))
		} else {
			setHostPort(r.b, &dst, trimBlanks(addr))
		}
	}
	return true
}

// hillstoneFlow reads a session or a translation.
func (r *reading) hillstoneFlow(text []byte) {
	b := r.b
	what, _, ok := cut(text[:min(len(text), 16)], ": ")
	if ok {
		text = text[len(what)+2:]
	}
	ends, pairs, _ := cut(text, ", ")
	r.hillstoneEnds(ends, "->")
	r.hillstonePairs(pairs)
	if user, domain, ok := cut(r.fact[fUser], "@"); ok || len(user) > 0 {
		if string(user) != "-" {
			b.Set(event.UserName, user)
		}
		if string(domain) != "-" && string(domain) != "UNKNOWN" {
			b.Set(event.UserDomain, domain)
		}
	}
	if v := r.fact[fPart]; len(v) > 0 && string(v) != "0000.0000.0000" {
		b.Set(event.SourceMAC, v)
	}
	for f, to := range [...]*side{fName: &src, fOther: &dst} {
		if to == nil {
			continue
		}
		if addr, port, ok := cutLast(r.fact[f], ":"); ok && isIP(addr) {
			b.Set(to.natIP, addr)
			setPort(b, to.natPort, port)
		}
	}
	switch status := r.fact[fStatus]; {
	case string(what) == "NAT":
		r.say("nat", netw, "connection", "info")
	case hasSuffix(status, "deny"), foldEqual(status, "BLOCK"):
		r.say("firewall-rule", netw, "connection", "denied")
		b.SetString(event.EventOutcome, failure)
	case string(status) == "session start":
		r.say("flow-creation", netw, "connection", "start", "allowed")
		b.SetString(event.EventOutcome, success)
	case string(status) == "session end":
		r.say("flow-expiration", netw, "connection", "end", "allowed")
		b.SetString(event.EventOutcome, success)
	default:
		r.say("flow", netw, "connection")
	}
}

// hillstoneThreat reads "From 192.0.2.7:51234(ethernet0/1) to 198.51.100.9:80(ethernet0/2), threat name: …, action: drop, …".
func (r *reading) hillstoneThreat(text []byte) {
	b := r.b
	if level, _, ok := cut(text[:min(len(text), 16)], ": "); ok {
		b.Set(event.LogLevel, level)
		text = text[len(level)+len(": "):]
	}
	if rest, ok := after(text, "From "); ok {
		ends, pairs, _ := cut(rest, ", ")
		r.hillstoneEnds(ends, " to ")
		text = pairs
	}
	r.hillstonePairs(text)
	r.say("ids_alert", "intrusion_detection", "info")
	switch v := r.fact[fAction]; {
	case hasPrefix(v, "log"):
		b.AddString(event.EventType, "allowed")
	default:
		r.judge(v)
	}
	if v := r.event().Str(event.RuleCategory); v == "Malware" {
		b.AddString(event.EventCategory, "malware")
	}
}

// hillstoneEvent reads what StoneOS tells in words.
func (r *reading) hillstoneEvent(kind, text []byte) {
	if readFirst(r.b, hillstoneTexts[:], text) {
		return
	}
	switch string(kind) {
	case "Configuration":
		r.say("configuration", "configuration", "change")
	case "Network":
		r.say("", netw, "info")
	default:
		if !r.logins(text) {
			r.say("", "host", "info")
		}
	}
}
