package parse

import "watchpost/internal/event"

// textLists reads lines that are columns between blanks or commas, of which each begins in a manner of its own.
func textLists(p *Parser, b *event.Batch, h *header, m []byte) bool {
	switch {
	case len(m) < 32:
		return false
	case m[0] == '[':
		return directoryAccess(p, b, h, m)
	case hasPrefix(m, "1.0 "), hasPrefix(m, "1.1 "):
		return routeQuery(b, h, m)
	}
	return s3Access(p, b, h, m)
}

// s3Access reads a record of a bucket's server access log:
//
//	owner bucket [23/Nov/2026:18:14:15 +0000] 192.0.2.7 requester id REST.GET.OBJECT key "GET /key HTTP/1.1" 403 AccessDenied 243 - 7 - "-" "agent" - …
func s3Access(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if len(m) < 128 || m[64] != ' ' {
		return false
	}
	owner, rest := word(m)
	bucket, rest := word(rest)
	rest = skipBlanks(rest)
	if len(owner) != 64 || len(rest) < 30 || rest[0] != '[' {
		return false
	}
	stamp, rest, ok := cut(rest[1:], "] ")
	var c civil
	if !ok || readCLF(stamp, &c) == 0 {
		return false
	}
	var v [4][]byte // address, requester, id, operation
	for i := range v {
		v[i], rest = word(rest)
	}
	key, rest := word(rest)
	if index(v[3], ".") < 0 {
		return false
	}
	(&class{"aws.s3access", "aws", "", "", "web", [3]string{"access"}}).set(b)
	b.Label([]byte("cloud.provider"), []byte("aws"))
	b.Label([]byte("aws.s3.bucket.name"), bucket)
	b.Set(event.EventAction, v[3])
	if isIP(v[0]) {
		setAddr(b, &src, v[0])
	}
	if !nothing(v[1]) {
		b.Set(event.UserID, v[1])
		if _, name, ok := cut(v[1], ":user/"); ok {
			b.Set(event.UserName, name)
		} else if _, name, ok := cut(v[1], ":assumed-role/"); ok {
			b.Set(event.UserName, name)
		}
	}
	if !nothing(key) {
		b.Set(event.FilePath, key)
		b.Set(event.FileName, baseName(key))
	}
	rest = skipBlanks(rest)
	if request, more, ok := cut(rest, `" `); ok && len(request) > 1 && request[0] == '"' {
		if request = request[1:]; !nothing(request) {
			p.setRequest(b, request)
		}
		rest = more
	} else {
		_, rest = word(rest)
	}
	status, rest := word(rest)
	setStatus(b, status)
	failed, rest := word(rest)
	if !nothing(failed) {
		b.Set(event.ErrorCode, failed)
		b.Set(event.EventCode, failed)
	} else if nothing(status) { // nobody's request
		b.SetString(event.EventOutcome, success)
	}
	sent, rest := word(rest)
	setNum(b, event.HTTPResponseBodyBytes, sent)
	_, rest = word(rest) // the object's size
	lasted, rest := word(rest)
	setLasted(b, lasted, 1e6)
	_, rest = word(rest)
	if _, more, ok := cut(rest, `"`); ok {
		referrer, more, _ := cut(more, `"`)
		if !nothing(referrer) {
			b.Set(event.HTTPRequestReferrer, referrer)
		}
		_, more, _ = cut(more, `"`)
		agent, more, _ := cut(more, `"`)
		if !nothing(agent) {
			b.Set(event.UserAgentOriginal, agent)
		}
		var tail [7][]byte // version, host id, signature, cipher, authentication, endpoint, TLS
		for i := range tail {
			tail[i], more = word(more)
		}
		if !nothing(tail[3]) {
			b.Set(event.TLSCipher, tail[3])
		}
		if !nothing(tail[5]) {
			b.Set(event.URLDomain, tail[5])
		}
		if !nothing(tail[6]) {
			b.Set(event.TLSVersion, tlsVersion(tail[6]))
		}
	}
	if !h.stamp.has {
		h.stamp = c
	}
	return true
}

// routeQuery reads a query to a public zone of Route 53: "1.0 2026-11-23T18:14:15Z Z123 www.example.com A NOERROR UDP FRA6 192.0.2.53 203.0.113.0/24".
func routeQuery(b *event.Batch, h *header, m []byte) bool {
	var v [10][]byte
	s := m
	for i := range v {
		v[i], s = word(s)
	}
	var c civil
	if n := readISO(v[1], &c); n == 0 || n != len(v[1]) || !isIP(v[8]) {
		return false
	}
	(&class{"aws.route53_public_logs", "aws", "dns_query", "", netw, [3]string{"protocol"}}).set(b)
	b.SetString(event.NetworkProtocol, "dns")
	b.Label([]byte("cloud.provider"), []byte("aws"))
	setName(b, v[3])
	b.Set(event.DNSQuestionType, v[4])
	b.Set(event.DNSResponseCode, v[5])
	setTransport(b, v[6])
	setAddr(b, &src, v[8])
	if !h.stamp.has {
		h.stamp = c
	}
	return true
}

// directoryShapes are what 389 Directory Server writes into its access log; those of a connection's operations are OpenLDAP's, too.
var directoryShapes = server{nil, "389ds", []serverShape{
	{`conn={#ldap.conn} fd={x} slot={x} {x}connection from {addr} to {daddr}`, "connect", "", ""},
	{`conn={#ldap.conn} op={x} fd={x} {x}closed{x}- {reason}`, "disconnect", "", ""},
	{`conn={#ldap.conn} op={x} fd={x} closed`, "disconnect", "", ""},
	{`conn={#ldap.conn} op={x} BIND dn="{dn}" method=`, "bind", "", ""},
	{`conn={#ldap.conn} op={x} UNBIND`, "disconnect", "", ""},
	{`conn={#ldap.conn} op={x} RESULT err=0 tag=97 {x} dn="{dn}"`, login, success, ""},
	{`conn={#ldap.conn} op={x} RESULT err=0 tag=97 `, login, success, ""},
	{`conn={#ldap.conn} op={x} RESULT err=49 tag=97 {x} - {reason}`, login, failure, ""},
	{`conn={#ldap.conn} op={x} RESULT err=49 tag=97 `, login, failure, "invalid credentials"},
	{`conn={#ldap.conn} op={x} RESULT err={ecode} tag=97 {x} - {reason}`, login, failure, ""},
	{`conn={#ldap.conn} op={x} RESULT err={ecode} tag=`, "ldap_result", "", ""},
	{`conn={#ldap.conn} op={x} SRCH base="{#ldap.base}" `, "ldap_search", "", ""},
	{`conn={#ldap.conn} op={x} MOD dn="{#ldap.dn}"`, "configuration", "", ""},
	{`conn={#ldap.conn} op={x} DEL dn="{#ldap.dn}"`, "configuration", "", ""},
	{`conn={#ldap.conn} op={x} ADD dn="{#ldap.dn}"`, "configuration", "", ""},
	{`conn={#ldap.conn} op={x} MODRDN dn="{#ldap.dn}"`, "configuration", "", ""},
	{`conn={#ldap.conn} {x}`, "ldap_result", "", ""},
}}

// directoryAccess reads "[23/Nov/2026:18:14:15.123456789 +0000] conn=12 op=0 BIND dn="…" method=128 version=3".
func directoryAccess(p *Parser, b *event.Batch, h *header, m []byte) bool {
	stamp, rest, ok := cut(m[1:], "] ")
	if !ok || !hasPrefix(rest, "conn=") || len(stamp) < 26 {
		return false
	}
	var c civil
	clock, zone := stamp, []byte(nil)
	if at, off, ok := cutLast(stamp, " "); ok {
		clock, zone = at, off
	}
	whole, part, fraction := cut(clock, ".")
	p.val = append(append(append(p.val[:0], whole...), ' '), zone...)
	if readCLF(p.val, &c) == 0 {
		return false
	}
	if fraction && digits(part) && len(part) <= 9 {
		n, _ := number(part)
		for i := len(part); i < 9; i++ {
			n *= 10
		}
		c.nsec = int32(n)
	}
	if !directoryShapes.read(p, b, rest) {
		return false
	}
	if !h.stamp.has {
		h.stamp = c
	}
	return true
}
