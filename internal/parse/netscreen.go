package parse

import "watchpost/internal/event"

var screenOS = product{"juniper.netscreen", "netscreen", "Juniper", "NetScreen", "firewall", nil, nil}

// screenKeys are the keys of a session's record, some of two words; a value ends at the next blank.
var screenKeys = [...]struct {
	key string
	to  target
}{
	{" duration=", target{how: seconds}}, {" policy_id=", target{field: event.RuleID}}, {" service=", target{field: event.NetworkProtocol}}, {" proto=", target{how: transport}}, {" src zone=", target{field: event.ObserverIngressZone}}, {" dst zone=", target{field: event.ObserverEgressZone}},
	{" action=", target{fact: fAction, how: keep}}, {" sent=", target{field: event.SourceBytes}}, {" rcvd=", target{field: event.DestinationBytes}}, {" src=", target{how: srcAddr}}, {" dst=", target{how: dstAddr}}, {" src_port=", target{field: event.SourcePort}}, {" dst_port=", target{field: event.DestinationPort}},
	{" src-xlated ip=", target{field: event.SourceNATIP, how: natAddr}}, {" dst-xlated ip=", target{field: event.DestinationNATIP, how: natAddr}}, {" session_id=", target{how: skip}},
}

var screenTexts = [...]shape{
	{"", login, failure, authn, "start", []string{`Login attempt to system by admin "{user}" via {service} from {addr} has failed`, `Login attempt to system by admin {user} via {service} from {addr} has failed`, "SSH: Password authentication failed for admin user '{user}' at host {ip}", "ADM: Local admin authentication failed for login name '{user}': {reason} (", "ADM: Local admin authentication failed for login name {user}"}},
	{"", login, success, authn, "start", []string{`Admin user "{user}" logged in for {service} management {x} from {addr} (`, `Admin user "{user}" logged in for {service}(port {x}) from {addr}`, `Admin user {user} has logged on via {service} from {addr}`, "SSH: Password authentication successful for admin user '{user}' at host {ip}", "ADM: Local admin authentication successful for login name {user} ("}},
	{"", "logout", "", "session", "end", []string{`Admin user "{user}" logged out for {service} management {x} from {addr} (`, `Admin user {user} has logged out via {service} from {addr}`}},
	{"", "ids_alert", "", "intrusion_detection", "info", []string{"{rule}! From {addr} to {daddr}, proto {proto} (zone {izone}, int {iif}). ", "{rule}! From {addr} to {daddr}, proto {proto} (zone "}},
	{"", vpnConnected, success, netw, "start", []string{"VPN {x} is up"}},
	{"", vpnDisconnected, "", netw, "end", []string{"VPN {x} is down"}},
	{"", "vpn", "", netw, "info", []string{"IKE<{addr}> {reason} (", "IKE {ip} {reason} (", "IKE<{addr}> "}},
	{"", login, failure, authn, "start", []string{"User {user} at {ip} is rejected by"}},
	{"", login, success, authn, "start", []string{"User {user} at {ip} is accepted by"}},
}

// netscreen reads ScreenOS: "ns1: NetScreen device_id=ns1  [Root]system-notification-00257(traffic): start_time="…" duration=5 …". The tag is the device.
func netscreen(p *Parser, b *event.Batch, h *header, m []byte) bool {
	rest, ok := after(m, "NetScreen device_id=")
	if !ok {
		return false
	}
	device, rest := word(rest)
	kind, text, ok := cut(skipBlanks(rest), ": ")
	if !ok || len(kind) > 120 {
		return false
	}
	r := p.read(b, h, &screenOS)
	r.begin()
	if h.host == nil {
		b.Set(event.HostName, device)
		b.Set(event.HostHostname, device)
	}
	b.Unset(event.ProcessName)
	b.Set(event.ObserverName, device)
	if _, name, ok := cut(kind, "]"); ok {
		kind = name
	}
	name, _, _ := cut(kind, "(")
	if head, code, ok := cutLast(name, "-"); ok && digits(code) {
		b.Set(event.EventCode, code)
		if _, level, ok := cutLast(head, "-"); ok {
			b.Set(event.LogLevel, level)
		}
	}
	b.Unset(event.Message)
	b.Set(event.Message, text)
	if hasSuffix(kind, "(traffic)") {
		for i := range screenKeys {
			k := &screenKeys[i]
			if _, v, ok := cut(text, k.key); ok {
				v, _ = word(v)
				if len(v) > 0 {
					r.put(k.to, v)
				}
			}
		}
		for _, nat := range [...]struct {
			key string
			to  event.Field
		}{{" src-xlated ip=", event.SourceNATPort}, {" dst-xlated ip=", event.DestinationNATPort}} {
			if _, v, ok := cut(text, nat.key); ok {
				_, v = word(v)
				if v, ok = after(v, " port="); ok {
					v, _ = word(v)
					r.put(target{field: nat.to, how: natPort}, v)
				}
			}
		}
		untranslated(b)
		if _, v, ok := cut(text, " reason="); ok {
			b.Set(event.EventReason, trimBlanks(v))
		}
		if v, ok := after(text, `start_time="`); ok && len(v) > 19 {
			var c civil
			if readStamp(v[:19], &c) > 0 && !h.stamp.has {
				h.stamp = c
			}
		}
		r.say("", netw, "connection")
		r.p.val = lower(r.p.val[:0], r.fact[fAction])
		b.Set(event.EventAction, r.p.val)
		r.judge(r.fact[fAction])
		r.end()
		return true
	}
	readFirst(b, screenTexts[:], text)
	if i := lastIndex(text, "("); i > 0 && !h.stamp.has && len(text) >= i+20 {
		var c civil
		if readStamp(text[i+1:i+20], &c) > 0 {
			h.stamp = c
		}
	}
	if !r.event().Present(event.EventType) {
		r.say("", "host", "info")
	}
	r.end()
	return true
}
