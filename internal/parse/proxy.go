package parse

import (
	"time"

	"watchpost/internal/event"
)

// haproxy reads HAProxy's HTTP and TCP formats:
//
//	192.0.2.7:51234 [23/Nov/2026:18:14:15.123] www~ app/app1 0/0/1/20/21 200 612 - - ---- 1/1/0/0/0 0/0 "GET /a HTTP/1.1"
//	192.0.2.7:51234 [23/Nov/2026:18:14:15.123] www app/app1 0/0/5007 212 -- 0/0/0/0/3 0/0
func haproxy(p *Parser, b *event.Batch, h *header, m []byte) bool {
	client, rest, ok := cut(m, " [")
	if !ok || len(client) > 64 {
		return false
	}
	var c civil
	n := readCLF(rest, &c)
	if n == 0 {
		return false
	}
	rest, ok = after(rest[n:], "] ")
	if !ok {
		return false
	}
	(&class{"haproxy.http", "haproxy", "http_request", "", "web", [3]string{"access"}}).set(b)
	if !h.stamp.has {
		h.stamp = c
	}
	if addr, port, ok := cutLast(client, ":"); ok && isIP(addr) && digits(port) { // IPv6 without brackets too
		setAddr(b, &src, addr)
		setPort(b, event.SourcePort, port)
	} else {
		setHostPort(b, &src, client)
	}
	front, rest := word(rest)
	if n := len(front); n > 1 && front[n-1] == ':' { // fe/1: SSL handshake failure
		front, _, _ = cut(front, "/")
		b.Label([]byte("haproxy.frontend"), front)
		b.Unset(event.EventAction)
		b.Unset(event.EventType)
		b.Unset(event.EventCategory)
		(&class{action: "connect", outcome: failure, category: netw, types: [3]string{"start"}}).set(b)
		b.Set(event.EventReason, skipBlanks(rest))
		return true
	}
	b.Label([]byte("haproxy.frontend"), front)
	back, rest := word(rest)
	b.Label([]byte("haproxy.backend"), back)
	if rest, ok := after(skipBlanks(rest), "<"); ok && len(rest) > 0 {
		return true // <BADREQ> and the like
	}
	timers, rest := word(rest)
	if _, total, ok := cutLast(timers, "/"); ok {
		total, _ = after(total, "+")
		setLasted(b, total, 1e6)
	}
	status, rest := word(rest)
	size, rest := word(rest)
	_, request, ok := cut(rest, ` "`)
	if !ok { // TCP: bytes and a termination state, no status
		b.Unset(event.EventAction)
		b.SetString(event.EventAction, "tcp_connection")
		setNum(b, event.DestinationBytes, status)
		return true
	}
	setStatus(b, status)
	setNum(b, event.HTTPResponseBodyBytes, size)
	request, _ = quoted(request)
	p.setRequest(b, request)
	return true
}

// squid reads Squid's own format: time, milliseconds, client, result/status, bytes, method, URL, user, hierarchy/peer, type.
//
//	1795457655.123    456 198.51.100.20 TCP_MISS/200 1234 GET http://www.example.com/a alice HIER_DIRECT/203.0.113.9 text/html
func squid(p *Parser, b *event.Batch, h *header, m []byte) bool {
	m = skipBlanks(m)
	m, _ = after(m, "Info: ") // Cisco's web appliance
	if len(m) < 20 || !digit(m[0]) {
		return false
	}
	if m[10] != '.' {
		return p.webColumns(b, h, m)
	}
	when, rest := word(m)
	took, rest := word(rest)
	client, rest := word(rest)
	result, rest := word(rest)
	size, rest := word(rest)
	method, rest := word(rest)
	target, rest := word(rest)
	user, rest := word(rest)
	peer, rest := word(rest)
	kind, tail := word(rest)
	verdict, status, ok := cut(result, "/")
	ms, sane := number(took)
	if !ok || !sane || !isIP(client) || !isMethod(method) || len(peer) == 0 {
		return p.webColumns(b, h, m)
	}
	(&class{"squid.access", "squid", "http_request", "", "web", [3]string{"access"}}).set(b)
	if string(h.app) == "Info" {
		b.Unset(event.ProcessName)
	}
	b.SetString(event.ObserverType, "proxy")
	if ns, ok := epoch(when); ok && !h.stamp.has {
		h.stamp = civilOf(ns)
	}
	if ms >= 0 && ms < 1e9 {
		b.SetInt(event.EventDuration, ms*1e6)
	}
	setAddr(b, &src, client)
	setStatus(b, status)
	setNum(b, event.DestinationBytes, size)
	setNum(b, event.HTTPResponseBodyBytes, size)
	b.Set(event.HTTPRequestMethod, method)
	p.setTarget(b, target)
	if len(user) > 1 && user[0] == '"' { // Cisco's web appliance: "CORP\alice@Realm"
		user, _, _ = cut(unquote(user), "@")
		setAccount(b, event.UserName, user)
	} else if string(user) != "-" {
		b.Set(event.UserName, user)
	}
	b.Label([]byte("squid.result"), verdict)
	if p.webAppliance(b, tail) || index(verdict, "DENIED") >= 0 {
		b.AddString(event.EventType, "denied")
	}
	if _, addr, ok := cut(peer, "/"); ok && isIP(addr) {
		setAddr(b, &dst, addr)
	} else if ok && len(tail) > 0 && isHost(addr) { // Cisco's
		b.Set(event.DestinationDomain, addr)
	}
	if string(kind) != "-" {
		b.Label([]byte("http.response.mime_type"), kind)
	}
	return true
}

// webColumns reads a W3C log of Cisco's web gateway, whose columns somebody chose and a line of its own names. They are told by what they hold: the
// result (TCP_MISS, perhaps with /200), the tag of the decision, the method with the address behind it; of addresses the first is the client's, one behind the URL the server's.
//
//	1795457655.150 97 192.0.2.7 TCP_MISS/200 8187 GET http://www.example.com/ "EX\alice@AD" DIRECT/www.example.com text/html DEFAULT_CASE_11-Policy-Identity-…
func (p *Parser) webColumns(b *event.Batch, h *header, m []byte) bool {
	if index(m, "TCP_") < 0 || index(m, "://") < 0 {
		return false
	}
	v := p.reading.col[:64]
	v = v[:quotedWords(v, m)]
	client, server, method, result, tag := -1, -1, -1, -1, -1
	for i, s := range v {
		switch {
		case len(s) == 0:
		case method < 0 && isMethod(s):
			method = i
		case result < 0 && hasPrefix(s, "TCP_"):
			result = i
		case isIP(s) && client < 0:
			client = i
		case isIP(s) && server < 0 && method >= 0:
			server = i
		case tag < 0 && isDecision(s):
			tag = i
		}
	}
	if client < 0 || method < 0 || result < 0 || tag < 0 {
		return false
	}
	(&class{"squid.access", "squid", "http_request", "", "web", [3]string{"access"}}).set(b)
	b.SetString(event.ObserverType, "proxy")
	if at, ok := epoch(v[0]); ok && !h.stamp.has {
		h.stamp = civilOf(at)
	}
	setAddr(b, &src, v[client])
	if server >= 0 {
		setAddr(b, &dst, v[server])
	}
	b.Set(event.HTTPRequestMethod, v[method])
	verdict, status, ok := cut(v[result], "/")
	b.Label([]byte("squid.result"), verdict)
	if ok {
		setStatus(b, status)
	}
	for i, s := range v {
		switch {
		case i == method || i == tag || i == result:
		case index(s, "://") > 0 && index(s[:min(len(s), 12)], "://") > 0:
			p.setTarget(b, s)
		case index(s, `\`) > 0 && index(s, "@") > 0: // DOMAIN\alice@Realm
			user, _, _ := cut(s, "@")
			setAccount(b, event.UserName, user)
		case hasPrefix(s, "Mozilla/"):
			b.Set(event.UserAgentOriginal, s)
		case !ok && len(s) == 3 && digits(s) && i > result && s[0] < '6': // sc-http-status
			setStatus(b, s)
			ok = true
		case hasPrefix(s, "DIRECT/"), hasPrefix(s, "DEFAULT_PARENT/"):
			if _, peer, _ := cut(s, "/"); isIP(peer) {
				setAddr(b, &dst, peer)
			} else if isHost(peer) {
				b.Set(event.DestinationDomain, peer)
			}
		}
	}
	if p.webAppliance(b, v[tag]) || index(verdict, "DENIED") >= 0 {
		b.AddString(event.EventType, "denied")
	}
	return true
}

// isDecision says whether s is the tag of a decision of Cisco's web gateway.
func isDecision(s []byte) bool {
	decision, policies, ok := cut(s, "-")
	name, n, numbered := cutLast(decision, "_")
	return ok && numbered && digits(n) && len(name) > 0 && index(policies, "-") > 0 && name[0]-'A' < 26
}

// webAppliance reads what Cisco's web gateway appends to Squid's columns, its W3C log likewise: the tag of the decision, which names the policies
// (DECISION_number-access policy-identity-…), and in angle brackets what its scanners found, the category first. It reports whether the request was blocked.
func (p *Parser) webAppliance(b *event.Batch, m []byte) (blocked bool) {
	tag, rest := word(skipBlanks(m))
	decision, policies, ok := cut(tag, "-")
	if name, n, numbered := cutLast(decision, "_"); !ok || !numbered || !digits(n) || len(name) == 0 {
		return false
	}
	b.Label([]byte("wsa.decision"), decision)
	policy, rest2, _ := cut(policies, "-")
	if string(policy) != "NONE" {
		b.Set(event.RuleName, policy)
	}
	if identity, _, _ := cut(rest2, "-"); string(identity) != "NONE" {
		b.Set(event.RuleRuleset, identity)
	}
	if found, ok := after(skipBlanks(rest), "<"); ok {
		category, _, _ := cut(found, ",")
		if category = unquote(category); len(category) > 1 && string(category) != "nc" && string(category) != "ns" {
			b.Set(event.RuleCategory, category)
		}
	}
	return hasPrefix(decision, "BLOCK_")
}

// civilOf takes an instant apart.
func civilOf(ns int64) civil {
	t := time.Unix(0, ns).UTC()
	return civil{has: true, hasYear: true, hasZone: true, year: int32(t.Year()), month: int8(t.Month()), day: int8(t.Day()),
		hour: int8(t.Hour()), min: int8(t.Minute()), sec: int8(t.Second()), nsec: int32(t.Nanosecond())}
}
