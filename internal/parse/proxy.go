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
	if len(m) < 20 || !digit(m[0]) || m[10] != '.' {
		return false
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
		return false
	}
	(&class{"squid.access", "squid", "http_request", "", "web", [3]string{"access"}}).set(b)
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
