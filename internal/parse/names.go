package parse

import "watchpost/internal/event"

// nameShape is what a line of a name or address server means, where pattern fits.
type nameShape struct{ pattern, action, outcome string }

// bindShapes are queries and refusals of BIND, of named itself and of those who copy it.
var bindShapes = [...]nameShape{
	{"client @{x} {addr} ({x}): query: {name} IN {type} {>x}({daddr})", "dns_query", ""},
	{"client {addr} ({x}): query: {name} IN {type} {>x}({daddr})", "dns_query", ""},
	{"queries: info: client @{x} {addr} ({x}): query: {name} IN {type} {x}", "dns_query", ""},
	{"client @{x} {addr} ({x}): view {x}: query: {name} IN {type} {>x}({daddr})", "dns_query", ""},
	{"client {addr} ({x}): view {x}: query: {name} IN {type} {>x}({daddr})", "dns_query", ""},
	{"client @{x} {addr} ({x}): view {x}: {x} '{name}/{type}/IN' denied", "dns_query", failure},
	{"client @{x} {addr} ({x}): {x} '{name}/{type}/IN' denied", "dns_query", failure},
	{"client {addr} ({x}): {x} '{name}/{type}/IN' denied", "dns_query", failure},
	{"client @{x} {addr}: {x} '{name}/{type}/IN' denied", "dns_query", failure},
	{"query-errors: info: client @{x} {addr} ({x}): query failed ({code}) for {name}/IN/{type} at ", "dns_query", failure},
	{"client {addr}: {x} '{name}/{type}/IN' denied", "dns_query", failure},
	{"client @{x} {addr}: update '{name}/IN' denied", "dns_update", failure},
	{"client @{x} {addr} ({x}): update '{name}/IN' denied", "dns_update", failure},
	{"client {addr}: update '{name}/IN' denied", "dns_update", failure},
	{"client @{x} {addr}: request has invalid signature: {reason}", "dns_query", failure},
	{"client @{x} {addr} ({x}): request has invalid signature: {reason}", "dns_query", failure},
	{"client @{x} {addr}: received notify for zone '{name}': {reason}", "dns_notify", ""},
	{"client @{x} {addr}: received notify for zone '{name}'", "dns_notify", ""},
	{"client @{x} {addr} ({name}): no more recursive clients {reason}", "dns_query", failure},
	{"client @{x} {addr}: bad zone transfer request: '{name}/IN': {reason}", "dns_transfer", failure},
	{"client @{x} {addr} ({x}): bad zone transfer request: '{name}/IN': {reason}", "dns_transfer", failure},
	{"client {addr}: bad zone transfer request: '{name}/IN': {reason}", "dns_transfer", failure},
	{"client {addr} ({x}): bad zone transfer request: '{name}/IN': {reason}", "dns_transfer", failure},
	{"client @{x} {addr} ({x}): rate limit {x} response to {x} for {name} IN {type} {x}", "dns_rate_limit", failure},
	{"client @{x} {addr} ({x}): rate limit {x} response to {x} for {name} IN {type}", "dns_rate_limit", failure},
	{"client @{x} {addr} ({x}): transfer of '{name}/IN': {type} started", "dns_transfer", ""},
	{"client @{x} {addr} ({x}): transfer of '{name}/IN': {type} ended", "dns_transfer", success},
	{"client @{x} {addr}: transfer of '{name}/IN': {type} started", "dns_transfer", ""},
	{"client {addr}: view {x}: {proto}: query: {name} IN {type} response: {code} {answers}", "dns_answer", ""},
	{"client {addr}: {proto}: query: {name} IN {type} response: {code} {answers}", "dns_answer", ""}, // Infoblox
	{"client {addr} {proto}: query: {name} IN {type} response: {code} {answers}", "dns_answer", ""},
	{"client @{x} {addr}/key {x}: updating zone '{name}/IN': {reason}", "dns_update", ""},
	{"client @{x} {addr}: view {x}: updating zone '{name}/IN': {reason}", "dns_update", ""},
	{"client @{x} {addr}: updating zone '{name}/IN': update {x}: {reason}", "dns_update", failure},
	{"client @{x} {addr}: updating zone '{name}/IN': {reason}", "dns_update", ""},
	{"client @{x} {addr}: signer {x} approved", "dns_update", success},
	{"client {addr}/key {x}: updating zone '{name}/IN': {reason}", "dns_update", ""},
	{"client {addr}: updating zone '{name}/IN': {reason}", "dns_update", ""},
	{"client @{x} {addr} ({x}): view {x}: rpz {reason} rewrite {name}/{type}/IN via ", "dns_blocked", ""},
	{"client @{x} {addr} ({x}): rpz {reason} rewrite {name}/{type}/IN via ", "dns_blocked", ""},
	{"client {addr} ({x}): rpz {reason} rewrite {name}/{type}/IN via ", "dns_blocked", ""},
	{"client @{x} {addr} ({x}): rpz {reason} rewrite {name} via ", "dns_blocked", ""},
	{"client {addr} ({x}): rpz {reason} rewrite {name} via ", "dns_blocked", ""},
	{"{code} unexpected RCODE resolving '{name}/{type}/IN': {daddr}", "dns_answer", failure},
	{"{reason} resolving '{name}/{type}/IN': {daddr}", "dns_answer", failure},
	{"transfer of '{name}/IN' from {daddr}: Transfer status: success", "dns_transfer", success},
	{"transfer of '{name}/IN' from {daddr}: Transfer status: {reason}", "dns_transfer", failure},
	{"transfer of '{name}/IN' from {daddr}: failed {reason}", "dns_transfer", failure},
	{"transfer of '{name}/IN' from {daddr}: Transfer completed: {reason}", "dns_transfer", success},
	{"zone {name}/IN: transferred serial {x}", "dns_transfer", success},
	{"zone {name}/IN: notify from {addr}: {reason}", "dns_notify", ""},
	{"zone {name}/IN: refresh: {reason}", "dns_transfer", failure},
	{"zone {name}/IN: {reason}", "dns_zone", ""},
	{"lame server resolving '{name}' (in '{x}'?): {daddr}", "dns_answer", failure},
	{"validating @{x}: {name} {type}: {reason}", "dns_answer", failure},
	{"validating {name}/{type}: {reason}", "dns_answer", failure},
	{"DNS format error from {daddr} resolving {name}/{type} for client {addr}: {reason}", "dns_answer", failure},
	{"DNS format error from {daddr} resolving {name}/{type} for {addr}: {reason}", "dns_answer", failure},
	{"DNS format error from {daddr} resolving {name}/{type}: {reason}", "dns_answer", failure},
	{"error ({reason}) resolving '{name}/{type}/IN': {daddr}", "dns_answer", failure},
	{"client @{x} {addr} ({x}): query failed ({code}) for {name}/IN/{type} at ", "dns_query", failure},
	{"client @{x} {addr} ({name}): {reason}", "dns_note", ""}, // what else it says of one
	{"client @{x} {addr}: {reason}", "dns_note", ""},
}

// dnsmasqShapes are queries, answers and leases of dnsmasq, of Pi-hole too.
var dnsmasqShapes = [...]nameShape{
	{"query[{type}] {name} from {addr}", "dns_query", ""},
	{"{x} {addr}/{sport} query[{type}] {name} from {x}", "dns_query", ""},
	{"reply {name} is NXDOMAIN", "dns_answer", failure},
	{"{x} {addr}/{sport} reply {name} is NXDOMAIN", "dns_answer", failure},
	{"{x} {addr}/{sport} reply {name} is {answer}", "dns_answer", success},
	{"reply {name} is {answer}", "dns_answer", success},
	{"cached {name} is NXDOMAIN", "dns_answer", failure},
	{"cached {name} is {answer}", "dns_answer", success},
	{"gravity blocked {name} is {answer}", "dns_blocked", failure},
	{"regex blacklisted {name} is {answer}", "dns_blocked", failure},
	{"exactly blacklisted {name} is {answer}", "dns_blocked", failure},
	{"regex denied {name} is {answer}", "dns_blocked", failure},
	{"exactly denied {name} is {answer}", "dns_blocked", failure},
	{"config {name} is {answer}", "dns_answer", success},
	{"forwarded {name} to {daddr}", "dns_forwarded", ""},
	{"possible DNS-rebind attack detected: {name}", "dns_rebind", failure},
	{"{x} {addr}/{sport} cached {name} is NXDOMAIN", "dns_answer", failure},
	{"{x} {addr}/{sport} cached {name} is {answer}", "dns_answer", success},
	{"{x} {addr}/{sport} gravity blocked {name} is {answer}", "dns_blocked", failure},
	{"{x} {addr}/{sport} forwarded {name} to {daddr}", "dns_forwarded", ""},
	{"{x} {addr}/{sport} config {name} is {answer}", "dns_answer", success},
	{"cached-stale {name} is {answer}", "dns_answer", success},
	{"/etc/hosts {name} is {answer}", "dns_answer", success},
	{"validation result is {reason}", "dns_answer", ""},
	{"DHCPOFFER({iif}) {addr} {mac}", "dhcp_offer", ""},
	{"DHCPRELEASE({iif}) {addr} {mac}", "dhcp_release", ""},
	{"DHCPNAK({iif}) {addr} {mac} {reason}", "dhcp_nak", failure},
	{"DHCPDECLINE({iif}) {addr} {mac}", "dhcp_decline", failure},
	{"DHCPINFORM({iif}) {addr} {mac}", "dhcp_inform", ""},
	{"DHCPACK({iif}) {addr} {mac} {host}", "dhcp_lease", success},
	{"DHCPACK({iif}) {addr} {mac}", "dhcp_lease", success},
	{"DHCPDISCOVER({iif}) {mac}", "dhcp_discover", ""},
	{"DHCPDISCOVER({iif}) {addr} {mac}", "dhcp_discover", ""},
	{"DHCPREQUEST({iif}) {addr} {mac}", "dhcp_request", ""},
	{"DHCPREPLY({iif}) {ip} {x} {host}", "dhcp_lease", success},
	{"DHCPREPLY({iif}) {ip} {x}", "dhcp_lease", success},
	{"DHCPSOLICIT({iif}) {x}", "dhcp_discover", ""},
	{"DHCPADVERTISE({iif}) {ip} {x}", "dhcp_offer", ""},
	{"DHCPRENEW({iif}) {ip} {x}", "dhcp_request", ""},
	{"DHCPCONFIRM({iif}) {x}", "dhcp_request", ""},
	{"DHCPINFORMATION-REQUEST({iif}) {x}", "dhcp_inform", ""},
	{"no address range available for DHCP request via {iif}", "dhcp_request", failure},
	{"no address available for DHCP{x} via {iif}", "dhcp_request", failure},
	{"nameserver {daddr} refused to do a recursive query", "dns_answer", failure},
	{"Maximum number of concurrent DNS queries reached{reason}", "dns_query", failure},
}

// unboundShapes are queries and answers of Unbound with log-queries and log-replies.
var unboundShapes = [...]nameShape{
	{"info: validation failure <{name} {type} IN>: {reason}", "dns_answer", failure},
	{"info: rpz: applied [{rule}] {x} {x} {addr}@{sport} {name} {type} IN", "dns_blocked", ""},
	{"error: {code} <{name} {type} IN>: {reason}", "dns_answer", failure},
	{"info: {x} {x} {addr}@{sport} {name} {type} IN", "dns_blocked", ""},
	{"reply: {ip} {name} {type} IN {code} {x} {x} {x}", "dns_answer", ""},
	{"query: {ip} {name} {type} IN", "dns_query", ""},
	{"info: {ip} {name} {type} IN {code} {x} {x} {x}", "dns_answer", ""},
	{"info: {ip} {name} {type} IN", "dns_query", ""},
	{"notice: ssl handshake failed {addr} port {sport}", "dns_query", failure},
}

// dhcpShapes are leases of ISC's dhcpd and of Kea.
var dhcpShapes = [...]nameShape{
	{"DHCPACK to {addr} ({mac}) via {iif}", "dhcp_lease", success},
	{"DHCPACK on {addr} to {mac} ({host}) via {iif}", "dhcp_lease", success},
	{"DHCPACK on {addr} to {mac} via {iif}", "dhcp_lease", success},
	{"DHCPDISCOVER from {mac} ({host}) via {iif}: {reason}", "dhcp_discover", failure},
	{"DHCPDISCOVER from {mac} ({host}) via {iif}", "dhcp_discover", ""},
	{"DHCPDISCOVER from {mac} via {iif}: {reason}", "dhcp_discover", failure},
	{"DHCPDISCOVER from {mac} via {iif}", "dhcp_discover", ""},
	{"DHCPOFFER on {addr} to {mac} ({host}) via {iif}", "dhcp_offer", ""},
	{"DHCPOFFER on {addr} to {mac} via {iif}", "dhcp_offer", ""},
	{"DHCPREQUEST for {addr} ({daddr}) from {mac} ({host}) via {iif}: {reason}", "dhcp_request", failure},
	{"DHCPREQUEST for {addr} ({daddr}) from {mac} ({host}) via {iif}", "dhcp_request", ""},
	{"DHCPREQUEST for {addr} ({daddr}) from {mac} via {iif}: {reason}", "dhcp_request", failure},
	{"DHCPREQUEST for {addr} ({daddr}) from {mac} via {iif}", "dhcp_request", ""},
	{"DHCPREQUEST for {addr} from {mac} ({host}) via {iif}: {reason}", "dhcp_request", failure},
	{"DHCPREQUEST for {addr} from {mac} ({host}) via {iif}", "dhcp_request", ""},
	{"DHCPREQUEST for {addr} from {mac} via {iif}: {reason}", "dhcp_request", failure},
	{"DHCPREQUEST for {addr} from {mac} via {iif}", "dhcp_request", ""},
	{"DHCPRELEASE of {addr} from {mac} via {iif} ", "dhcp_release", ""},
	{"DHCPINFORM from {addr} via {iif}: {reason}", "dhcp_inform", ""},
	{"DHCPINFORM from {addr} via {iif}", "dhcp_inform", ""},
	{"DHCPNAK on {addr} to {mac} via {iif}", "dhcp_nak", failure},
	{"DHCPDECLINE of {addr} from {mac} {x}via {iif}: {reason}", "dhcp_decline", failure},
	{"DHCPDECLINE of {addr} from {mac} {x}via {iif}", "dhcp_decline", failure},
	{"Solicit message from {ip} port {sport},", "dhcp_discover", ""},
	{"Request message from {ip} port {sport},", "dhcp_request", ""},
	{"Renew message from {ip} port {sport},", "dhcp_request", ""},
	{"Release message from {ip} port {sport},", "dhcp_release", ""},
	{"Information-request message from {ip} port {sport},", "dhcp_inform", ""},
	{"Confirm message from {ip} port {sport},", "dhcp_request", ""},
	{"Advertise NA: address {addr} to client with {x}", "dhcp_offer", ""},
	{"Reply NA: address {addr} to client with {x}", "dhcp_lease", success},
	{"Sending Advertise to {ip} port {sport}", "dhcp_offer", ""},
	{"Sending Reply to {ip} port {sport}", "dhcp_lease", ""},
	{"Picked pool address {addr}", "dhcp_lease", ""},
	{"DHCPEXPIRE on {addr} to {mac}", "dhcp_release", ""},
	{"reuse_lease: lease age {x} under {x} threshold, reply with unaltered, existing lease for {addr}", "dhcp_lease", success},
	{"BOOTREQUEST from {mac} via {iif}", "dhcp_request", ""},
	{"BOOTREPLY for {addr} to {x} ({mac}) via {iif}", "dhcp_lease", success},
	{"Abandoning IP address {addr}: {reason}", "dhcp_decline", failure},
	{"uid lease {addr} for client {mac} is {reason}", "dhcp_note", ""},
	{"DHCPLEASEQUERY from {addr} for IP {x}: {reason}", "dhcp_note", ""},
	{"failover peer {x}: {reason}", "dhcp_note", ""},
	{"Added new forward map from {name} to {answer}", "dns_update", success},
	{"Removed forward map from {name} to {answer}", "dns_update", success},
	{"Added reverse map from {name} to {answer}", "dns_update", success},
	{"Removed reverse map on {name}", "dns_update", success},
	{"Unable to add forward map from {name} to {answer}: {reason}", "dns_update", failure},
	{"Unable to add reverse map from {name} to {answer}: {reason}", "dns_update", failure},
	{"{x}DHCP4_LEASE_ALLOC {x}hwtype=1 {mac}], {x}: lease {addr} has been allocated", "dhcp_lease", success},
}

// arpShapes are arpwatch's.
var arpShapes = [...]nameShape{
	{"changed ethernet address {addr} {mac} ({x})", "arp_changed", ""},
	{"flip flop {addr} {mac} ({x})", "arp_flip_flop", ""},
	{"reused old ethernet address {addr} {mac} ({x})", "arp_changed", ""},
	{"ethernet mismatch {addr} {mac} ({x})", "arp_mismatch", ""},
	{"new station {addr} {mac}", "arp_new", ""},
	{"bogon {addr} {mac}", "arp_bogon", ""},
}

// named reads what BIND says, with or without category and level before it.
func named(b *event.Batch, _ *header, m []byte) bool {
	if names(b, bindShapes[:], "bind", m) {
		return true
	}
	var c civil
	if rest, ok := after(m, "infoblox-responses: "); ok {
		m = rest
	}
	if n := readDayFirst(m, &c); n > 0 { // a time of its own behind the header's
		if rest := skipBlanks(m[n:]); hasPrefix(rest, "client ") {
			return names(b, bindShapes[:], "bind", rest)
		}
	}
	i := index(m[:min(len(m), 48)], ": client ")
	return i > 0 && names(b, bindShapes[:], "bind", m[i+2:])
}
func dnsmasq(b *event.Batch, _ *header, m []byte) bool {
	if id, rest := word(m); digits(id) && hasPrefix(skipBlanks(rest), "DHCP") { // log-dhcp: the number of the exchange
		m = skipBlanks(rest)
	}
	return names(b, dnsmasqShapes[:], "dnsmasq", m)
}
func unbound(b *event.Batch, _ *header, m []byte) bool {
	if _, rest, ok := cut(m, "] "); ok && m[0] == '[' {
		m = rest
	}
	return names(b, unboundShapes[:], "unbound", m)
}
func dhcpd(b *event.Batch, _ *header, m []byte) bool    { return names(b, dhcpShapes[:], "dhcp", m) }
func arpwatch(b *event.Batch, _ *header, m []byte) bool { return names(b, arpShapes[:], "arpwatch", m) }

// bindFile reads a line of BIND's own log file, which begins with the day.
func bindFile(b *event.Batch, h *header, m []byte) bool {
	var c civil
	n := readDayFirst(m, &c)
	if n == 0 || !named(b, h, skipBlanks(m[n:])) {
		return false
	}
	if !h.stamp.has {
		h.stamp = c
	}
	return true
}

func names(b *event.Batch, shapes []nameShape, module string, m []byte) bool {
	var found captures
	for i := range shapes {
		s := &shapes[i]
		found.n = 0
		if !found.match(s.pattern, m) {
			continue
		}
		dataset := "dns.log"
		switch s.action[0:3] {
		case "dhc":
			dataset = "dhcp.log"
		case "arp":
			dataset = "arp.log"
		}
		(&class{dataset, module, s.action, s.outcome, netw, [3]string{"info"}}).set(b)
		if dataset == "dns.log" {
			b.SetString(event.NetworkProtocol, "dns")
		}
		found.set(b)
		return true
	}
	return false
}
