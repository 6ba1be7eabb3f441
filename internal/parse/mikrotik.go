package parse

import (
	"bytes"

	"watchpost/internal/event"
)

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
	{"", "vpn-connected", success, "session", "start", []string{"<{x}>: {user} logged in, {srcnat} from {addr}", "<{x}>: {user} logged in, {srcnat}", "{user} logged in, {srcnat} from {addr}", "{user} logged in, {srcnat}"}},
	{"", "vpn-disconnected", success, "session", "end", []string{"<{x}>: {user} logged out, {x} {x} {x} {x} {x} from {addr}", "<{x}>: {user} logged out, {x} {x} {x} {x} {x}", "{user} logged out, {x} {x} {x} {x} {x} from {addr}", "{user} logged out, {x} {x} {x} {x} {x}"}},
	{"", login, failure, authn, "start", []string{"user {user} authentication failed", "{x}user <{user}> authentication failed", "{x}: user {user} authentication failed"}},
	{"", login, success, authn, "start", []string{"{user} ({addr}): logged in"}},
	{"", login, failure, authn, "start", []string{"{user} ({addr}): login failed: {reason}"}},
	{"", "logout", success, "session", "end", []string{"{user} ({addr}): logged out: {reason}", "{user} ({addr}): logged out"}},
	{"", "vpn", "", netw, "start", []string{"TCP connection established from {addr}", "first L2TP UDP packet received from {addr}", "new ike2 SA ({x}): {x} {daddr}-{addr} spi", "new ike2 SA (R): {x} {daddr}-{addr} spi"}},
	{"", "vpn-connected", success, "session", "start", []string{"peer authorized: {x} {daddr}-{addr} spi", "peer authorized: {daddr}[{x}]-{addr}[{x}] spi", "ISAKMP-SA established {daddr}[{x}]-{addr}[{x}] spi"}},
	{"", "vpn-disconnected", "", "session", "end", []string{"killing ike2 SA: {x} {daddr}-{addr} spi", "ISAKMP-SA deleted {daddr}[{x}]-{addr}[{x}] spi"}},
	{"", "vpn", failure, netw, "error", []string{"{ip} failed to {reason}", "phase1 negotiation failed due to {reason} {daddr}[{x}]<=>{addr}["}},
	{"", "http_request", "", "web", "access", []string{"{ip} {method} {url} action={verdict} cache={x}"}},
	{"", "dns_query", "", netw, "info", []string{"query from {addr}: #{x} {name}. {type}", "question: {name}:{type}:IN"}},
	{"", "configuration", success, "configuration", "change", []string{"{reason} changed by {x}:{user}@{addr} (", "{reason} added by {x}:{user}@{addr} (", "{reason} removed by {x}:{user}@{addr} (", "{reason} moved by {x}:{user}@{addr} (", "{reason} by {x}:{x}:{user}@{addr} (", "{reason} changed by {user}", "{reason} added by {user}", "{reason} removed by {user}", "{reason} moved by {user}"}},
	{"", "interface", "", netw, "change", []string{"{iif} link down", "{iif} link up"}},
	{"", "network_authentication", success, netw, "info", []string{"{mac}@{iif}: connected"}},
	{"", "network_authentication", failure, netw, "info", []string{"{mac}@{iif}: disconnected, {reason}"}},
	{"", "restart", "", "host", "start", []string{"router rebooted{reason}", "router was rebooted{reason}"}},
}

// routerosTopics are the first topics of lines that we read.
var routerosTopics = [...]string{"system,", "dhcp,", "l2tp,", "pptp,", "ovpn,", "sstp,", "ppp,", "interface,", "wireless,", "caps,", "hotspot,", "ipsec,", "script,", "web-proxy,", "dns,", "account,",
	"certificate,", "backup,", "store,", "ntp,", "snmp,", "radius,", "bgp,", "ospf,", "route,", "upnp,", "watchdog,", "container,", "wireguard,"}

// routerosEvent reads "system,info filter rule changed by admin".
func routerosEvent(p *Parser, b *event.Batch, h *header, m []byte) bool {
	topics, text := word(m)
	if bytes.IndexByte(topics, ',') < 0 {
		return false
	}
	known := false
	for _, t := range routerosTopics {
		known = known || hasPrefix(topics, t)
	}
	if text = skipBlanks(text); !known || len(text) == 0 || !routerosLevel(topics) {
		return false
	}
	for i := range routerosTexts {
		s := &routerosTexts[i]
		if !s.fits(text) {
			continue
		}
		routerosBegin(b, h, topics)
		s.read(b, text)
		return true
	}
	if logins(p, b, h, m) {
		return true
	}
	routerosBegin(b, h, topics)
	b.AddString(event.EventCategory, "host")
	b.AddString(event.EventType, "info")
	return true
}

func routerosBegin(b *event.Batch, h *header, topics []byte) {
	(&class{dataset: "routeros.log", module: "routeros"}).set(b)
	b.Set(event.ObserverName, h.host)
	b.SetString(event.ObserverVendor, "MikroTik")
	b.SetString(event.ObserverProduct, "RouterOS")
	b.Set(event.EventProvider, topics)
}

// routerosLevel says whether topics are RouterOS' own: names with commas between, a level or a kind of detail among them.
func routerosLevel(topics []byte) bool {
	for n := 0; len(topics) > 0 && n < 8; n++ {
		var one []byte
		one, topics, _ = cut(topics, ",")
		switch string(one) {
		case "info", "error", "warning", "critical", "debug", "packet", "account", "event", "raw":
			return true
		}
	}
	return false
}
