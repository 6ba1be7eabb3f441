package parse

import "watchpost/internal/event"

// routerosNAT reads the translation behind a flow: "NAT (192.0.2.7:1->203.0.113.9:1)->198.51.100.5:53" or "NAT 192.0.2.7:1->(…)".
func routerosNAT(b *event.Batch, flow []byte) {
	_, nat, ok := cut(flow, "NAT ")
	if !ok {
		return
	}
	inner, after, ok := cut(nat, ")")
	head, pair, ok2 := cut(inner, "(")
	if !ok || !ok2 {
		return
	}
	_, translated, ok := cut(pair, "->")
	if !ok {
		return
	}
	if len(head) == 0 && hasPrefix(after, "->") {
		setColonNAT(b, &src, translated)
	} else {
		setColonNAT(b, &dst, translated)
	}
}

func setColonNAT(b *event.Batch, to *side, v []byte) {
	addr, port, _ := cut(v, ":")
	if isIP(addr) {
		b.Set(to.natIP, addr)
		setPort(b, to.natPort, port)
	}
}

// routerosTexts are what RouterOS tells behind its topics, other than of log-ins and packets.
var routerosTexts = [...]shape{
	{"", "logout", success, "session", "end", []string{"user {user} logged out from {addr} via {service}", "user {user} logged out via {service}"}},
	{"", "dhcp_lease", success, netw, "info", []string{"{x} assigned {addr} for {mac} {host}", "{x} assigned {addr} to {mac} ({host})", "{x} assigned {addr} to {mac}"}},
	{"", "dhcp_release", success, netw, "info", []string{"{x} deassigned {addr} for {mac} {host}", "{x} deassigned {addr} from {mac}"}},
	{"", "vpn-connected", success, "session", "start", []string{"{user} logged in, {srcnat} from {addr}", "{user} logged in, {srcnat}"}},
	{"", "vpn-disconnected", success, "session", "end", []string{"{user} logged out, {x} {x} {x} {x} {x} from {addr}", "{user} logged out, {x} {x} {x} {x} {x}"}},
	{"", login, failure, authn, "start", []string{"user {user} authentication failed", "{x}user <{user}> authentication failed", "{x}: user {user} authentication failed"}},
	{"", "configuration", success, "configuration", "change", []string{"{reason} by {x}:{x}:{user}@{addr} (", "{reason} changed by {user}", "{reason} added by {user}", "{reason} removed by {user}", "{reason} moved by {user}"}},
	{"", "interface", "", netw, "change", []string{"{iif} link down", "{iif} link up"}},
	{"", "network_authentication", success, netw, "info", []string{"{mac}@{iif}: connected"}},
	{"", "network_authentication", failure, netw, "info", []string{"{mac}@{iif}: disconnected, {reason}"}},
	{"", "restart", "", "host", "start", []string{"router rebooted{reason}", "router was rebooted{reason}"}},
}

// routerosTopics are the first topics of lines that we read.
var routerosTopics = [...]string{"system,", "dhcp,", "l2tp,", "pptp,", "ovpn,", "sstp,", "ppp,", "interface,", "wireless,", "caps,", "hotspot,", "ipsec,", "script,"}

// routerosEvent reads "system,info filter rule changed by admin".
func routerosEvent(b *event.Batch, h *header, m []byte) bool {
	topics, text := word(m)
	known := false
	for _, t := range routerosTopics {
		known = known || hasPrefix(topics, t)
	}
	if text = skipBlanks(text); !known || len(text) == 0 {
		return false
	}
	for i := range routerosTexts {
		s := &routerosTexts[i]
		if !s.fits(text) {
			continue
		}
		(&class{dataset: "routeros.log", module: "routeros"}).set(b)
		b.Set(event.ObserverName, h.host)
		b.SetString(event.ObserverVendor, "MikroTik")
		b.SetString(event.ObserverProduct, "RouterOS")
		b.Set(event.EventProvider, topics)
		s.read(b, text)
		return true
	}
	return false
}
