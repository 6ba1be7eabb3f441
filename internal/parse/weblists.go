package parse

import "watchpost/internal/event"

// webLists reads requests as load balancers, caches and Windows write them: columns divided by blanks or tabs.
func webLists(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if len(m) < 32 {
		return false
	}
	switch {
	case m[0] == '[':
		return requestTLS(p, b, h, m) || proxyManager(p, b, h, m)
	case digit(m[0]) && m[10] == '\t':
		return cloudFront(p, b, h, m)
	case digit(m[0]) || hasPrefix(m, "W3SVC"):
		return balancerConnection(b, h, m) || w3c(p, b, h, m) || digit(m[0]) && bluecoat(p, b, h, m)
	}
	return balancer(p, b, h, m)
}

// requestTLS reads Apache's ssl_request_log: when, from where, the version and cipher of TLS, the request and the bytes sent.
//
//	[23/Nov/2026:18:14:15 +0100] 192.0.2.44 TLSv1.3 TLS_AES_256_GCM_SHA384 "GET /shop?id=4 HTTP/1.1" 1375
func requestTLS(p *Parser, b *event.Batch, h *header, m []byte) bool {
	var c civil
	n := readCLF(m[1:], &c)
	if n == 0 {
		return false
	}
	rest, ok := after(m[1+n:], "] ")
	addr, rest := word(rest)
	version, rest := word(rest)
	cipher, rest := word(rest)
	if !ok || !isIP(addr) || !hasPrefix(version, "TLSv1") && !hasPrefix(version, "SSLv") && string(version) != "-" {
		return false
	}
	if rest, ok = after(skipBlanks(rest), `"`); !ok {
		return false
	}
	request, size := quoted(rest)
	webClass.set(b)
	if !h.stamp.has || h.pri < 0 {
		h.stamp = c
	}
	setAddr(b, &src, addr)
	if version[0] == 'T' {
		b.Set(event.TLSVersion, tlsVersion(version))
	}
	setDash(b, event.TLSCipher, cipher)
	p.setRequest(b, request)
	size, _ = word(size)
	setNum(b, event.HTTPResponseBodyBytes, size)
	return true
}

var webClass = class{"web.access", "web", "http_request", "", "web", [3]string{"access"}}

// balancer reads what AWS' load balancers log; the application's begins with the kind of the request, the classic one with the time:
//
//	https 2026-11-23T18:14:15.186641Z app/lb/50dc 192.0.2.7:2817 198.51.100.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/ HTTP/1.1" "curl/8.5.0" …
func balancer(p *Parser, b *event.Batch, h *header, m []byte) bool {
	kind, rest := word(m)
	switch string(kind) {
	case "http", "https", "h2", "grpcs", "ws", "wss":
	default:
		return h.stamp.hasZone && len(rest) > 1 && digit(rest[1]) && classicBalancer(p, b, kind, rest)
	}
	when, rest := word(rest)
	var c civil
	if n := readISO(when, &c); n == 0 || n != len(when) {
		return false
	}
	name, rest := word(rest)
	client, rest := word(rest)
	target, rest := word(rest)
	for range 3 {
		_, rest = word(rest)
	}
	status, rest := word(rest)
	_, rest = word(rest)
	received, rest := word(rest)
	sent, rest := word(rest)
	rest, ok := after(rest, ` "`)
	if !ok {
		return false
	}
	request, rest := quoted(rest)
	webClass.set(b)
	if !h.stamp.has {
		h.stamp = c
	}
	b.Set(event.ObserverName, name)
	b.SetString(event.ObserverVendor, "AWS")
	setHostPort(b, &src, client)
	setNum(b, event.HTTPRequestBodyBytes, received)
	setNum(b, event.HTTPResponseBodyBytes, sent)
	p.setRequest(b, request)
	p.relativeTarget(b)
	if string(target) != "-" { // not the balancer's own port, which the request may name
		b.Unset(event.DestinationPort)
		setHostPort(b, &dst, target)
	}
	setStatus(b, status)
	if rest, ok = after(skipBlanks(rest), `"`); ok {
		agent, more := quoted(rest)
		setDash(b, event.UserAgentOriginal, agent)
		cipher, more := word(more)
		version, more := word(more)
		if len(cipher) > 1 {
			b.Set(event.TLSCipher, cipher)
			b.Set(event.TLSVersion, tlsVersion(version))
		}
		var v [6][]byte // target group, trace, name asked for, certificate, rule, when the request came
		for i := range v {
			v[i], more = word(more)
		}
		if name := v[2]; len(name) > 3 && name[0] == '"' {
			b.Set(event.DestinationDomain, name[1:len(name)-1])
		}
		p.balanced(b, v[5], c)
	}
	return true
}

// balancerConnection reads AWS' application load balancers' log of connections: client, its port, the listener's, TLS, and the client's certificate.
//
//	2026-11-23T18:14:15.186641Z 192.0.2.7 2817 443 TLSv1.3 TLS_AES_128_GCM_SHA256 0.036 "CN=alice" NotBefore=…;NotAfter=… 5D1B Success TID_1
func balancerConnection(b *event.Batch, h *header, m []byte) bool {
	var v [6][]byte
	s := m
	for i := range v {
		v[i], s = word(s)
	}
	s, ok := after(skipBlanks(s), `"`)
	if !ok || !h.stamp.hasZone || h.host != nil || !isIP(v[0]) || !digits(v[1]) || !digits(v[2]) || !hasPrefix(v[3], "TLSv") {
		return false
	}
	(&class{"aws.elb_logs", "aws", "connect", "", netw, [3]string{"connection"}}).set(b)
	b.SetString(event.ObserverVendor, "AWS")
	b.Label([]byte("cloud.provider"), []byte("aws"))
	b.SetString(event.NetworkTransport, "tcp")
	setAddr(b, &src, v[0])
	setPort(b, event.SourcePort, v[1])
	setPort(b, event.DestinationPort, v[2])
	b.Set(event.TLSVersion, tlsVersion(v[3]))
	setDash(b, event.TLSCipher, v[4])
	setSeconds(b, v[5])
	_, s = quoted(s)
	_, s = word(s)
	_, s = word(s)
	switch status, _ := word(s); {
	case string(status) == "Success":
		b.SetString(event.EventOutcome, success)
	case hasPrefix(status, "Failed"):
		b.SetString(event.EventOutcome, failure)
		b.Set(event.EventReason, status)
	}
	return true
}

// balanced sets from when to when a balancer had a request: it logs it at the end.
func (p *Parser) balanced(b *event.Batch, came []byte, end civil) {
	b.Label([]byte("cloud.provider"), []byte("aws"))
	var c civil
	if n := readISO(came, &c); n > 0 && n == len(came) {
		if s, err := p.clock.read(&c, 0); err == nil {
			b.SetInt(event.EventStart, s.Time)
		}
	}
	if s, err := p.clock.read(&end, 0); err == nil {
		b.SetInt(event.EventEnd, s.Time)
	}
}

// relativeTarget makes url.original what the client asked for, where the balancer has put scheme and host before it: that is url.full.
func (p *Parser) relativeTarget(b *event.Batch) {
	e := event.Event{Batch: b, Row: b.Rows()}
	full := bytesOf(e.Str(event.URLOriginal))
	_, rest, ok := cut(full, "://")
	if !ok {
		return
	}
	if i := index(rest, "/"); i >= 0 {
		b.Set(event.URLFull, full)
		b.Set(event.URLOriginal, rest[i:])
	}
}

// cloudFront reads the columns of a standard log.
func cloudFront(p *Parser, b *event.Batch, h *header, m []byte) bool {
	var v [31][]byte
	n := 0
	for s := m; n < len(v) && len(s) > 0; n++ {
		v[n], s, _ = cut(s, "\t")
	}
	var stamp [20]byte
	if n < 19 || len(v[0]) != 10 || len(v[1]) != 8 || !isIP(v[4]) || !isMethod(v[5]) {
		return false
	}
	copy(stamp[:], v[0])
	stamp[10] = 'T'
	copy(stamp[11:], v[1])
	stamp[19] = 'Z'
	webClass.set(b)
	if !h.stamp.has {
		readISO(stamp[:], &h.stamp)
	}
	b.SetString(event.ObserverVendor, "AWS")
	setAddr(b, &src, v[4])
	b.Label([]byte("cloud.provider"), []byte("aws"))
	setNum(b, event.DestinationBytes, v[3])
	setNum(b, event.SourceBytes, v[17])
	setSeconds(b, v[18])
	setPort(b, event.SourcePort, v[26])
	setNum(b, event.HTTPResponseBodyBytes, v[30])
	b.Set(event.HTTPRequestMethod, v[5])
	p.setTarget(b, v[7])
	b.Set(event.URLDomain, v[6])
	setDash(b, event.URLDomain, v[15])
	setDash(b, event.URLScheme, v[16])
	setDash(b, event.URLQuery, v[11])
	setDash(b, event.HTTPRequestReferrer, v[9])
	setStatus(b, v[8])
	if n > 23 {
		if version, ok := after(v[23], "HTTP/"); ok {
			b.Set(event.HTTPVersion, version)
		}
		setDash(b, event.TLSVersion, tlsVersion(v[20]))
		setDash(b, event.TLSCipher, v[21])
	}
	p.setAgent(b, v[10], false)
	return true
}

// setAgent sets a user agent that is written with percent signs, or plus signs for blanks.
func (p *Parser) setAgent(b *event.Batch, v []byte, plus bool) {
	if index(v, "%") < 0 && !plus {
		b.Set(event.UserAgentOriginal, v)
		return
	}
	p.val = unescape(p.val[:0], v, plus)
	b.Set(event.UserAgentOriginal, p.val)
}

// setDash sets f unless v is the sign for nothing.
func setDash(b *event.Batch, f event.Field, v []byte) {
	if string(v) != "-" {
		b.Set(f, v)
	}
}

// httpSys reads the columns of what Windows' HTTP.sys refused or gave up before IIS saw it (HTTPERR), behind the time; of HTTP/2 the stream's number is one
// more before the status:
//
//	192.0.2.7 51234 198.51.100.1 443 HTTP/1.1 GET /a%00b 400 - URL -
func (p *Parser) httpSys(b *event.Batch, v [][]byte) bool {
	n := len(v)
	if n < 11 || n > 12 || !isIP(v[0]) || !digits(v[1]) || !isIP(v[2]) || !digits(v[3]) || !nothing(v[4]) && !hasPrefix(v[4], "HTTP/") {
		return false
	}
	(&class{"web.error", "web", "web_error", "", "web", [3]string{"error"}}).set(b)
	b.SetString(event.ObserverProduct, "IIS")
	setAddr(b, &src, v[0])
	setPort(b, event.SourcePort, v[1])
	setAddr(b, &dst, v[2])
	setPort(b, event.DestinationPort, v[3])
	if version, ok := after(v[4], "HTTP/"); ok {
		b.Set(event.HTTPVersion, version)
	}
	if isMethod(v[5]) {
		b.Set(event.HTTPRequestMethod, v[5])
		p.setTarget(b, v[6])
	}
	setStatus(b, v[n-4])
	b.Set(event.EventReason, v[n-2])
	return true
}

// w3c reads a line of IIS. Which columns there are stands in a line of its own, so the columns are told by what they hold: a server's
// address before the method, path, query, port, user and client's address behind it, three numbers for the status.
//
//	2026-11-23 18:14:15 198.51.100.1 GET /a.aspx id=1 443 DOMAIN\alice 192.0.2.7 Mozilla/5.0+(X11) https://www.example.com/ 200 0 0 15
func w3c(p *Parser, b *event.Batch, h *header, m []byte) bool {
	var v [40][]byte
	n := 0
	for s := m; n < len(v); n++ {
		if v[n], s = word(s); len(v[n]) == 0 {
			break
		}
	}
	c, from := h.stamp, 0 // its own time may have been read with the header
	if readISO(m, &c) > 0 {
		from = 2
	} else if c = h.stamp; !c.has {
		return false
	}
	if n < 8+from {
		return false
	}
	if p.httpSys(b, v[from:n]) {
		if !h.stamp.has || h.pri < 0 {
			c.hasZone = true
			h.stamp = c
		}
		return true
	}
	method := from
	for method < from+4 && !isMethod(v[method]) {
		method++
	}
	if method == from+4 || len(v[method+1]) == 0 || v[method+1][0] != '/' && v[method+1][0] != '*' {
		return false
	}
	at := method + 3 // behind path and query
	port, user := v[at], v[at+1]
	if !digits(port) {
		return false
	}
	at += 2
	if !isIP(v[at]) {
		return false
	}
	status := at + 1
	for status+2 < n && !(len(v[status]) == 3 && digits(v[status]) && digits(v[status+1]) && digits(v[status+2])) {
		status++
	}
	if status+2 >= n {
		return false
	}
	webClass.set(b)
	b.SetString(event.ObserverProduct, "IIS")
	if !h.stamp.has || h.pri < 0 {
		c.hasZone = true // IIS writes UTC
		h.stamp = c
	}
	setAddr(b, &src, v[at])
	for _, s := range v[from:method] {
		if isIP(s) {
			setAddr(b, &dst, s)
		}
	}
	setPort(b, event.DestinationPort, port)
	if string(user) != "-" {
		setFullUser(b, user)
	}
	b.Set(event.HTTPRequestMethod, v[method])
	p.setTarget(b, v[method+1])
	if string(v[method+2]) != "-" {
		b.Set(event.URLQuery, v[method+2])
		p.setDecoded(b, v[method+2])
	}
	agent := false
	for _, s := range v[at+1 : status] {
		switch {
		case string(s) == "-":
		case hasPrefix(s, "HTTP/"):
			b.Set(event.HTTPVersion, s[5:])
		case hasPrefix(s, "http://") || hasPrefix(s, "https://"):
			b.Set(event.HTTPRequestReferrer, s)
		case !agent:
			agent = true
			p.setAgent(b, s, true)
		case isHost(s):
			setVirtualHost(b, s)
		}
	}
	setStatus(b, v[status])
	if string(v[status+1]) != "0" {
		b.Label([]byte("iis.substatus"), v[status+1])
	}
	if last := v[n-1]; n > status+3 && digits(last) && len(last) < 10 {
		ms, _ := number(last)
		b.SetInt(event.EventDuration, ms*1e6)
	}
	if n == status+6 { // sc-bytes and cs-bytes before the time taken
		setNum(b, event.DestinationBytes, v[status+3])
		setNum(b, event.SourceBytes, v[status+4])
	}
	return true
}

// proxyManager reads the lines of Nginx Proxy Manager and of NPMplus:
//
//	[23/Nov/2026:18:14:15 +0000] - 200 200 - GET https www.example.com "/a" [Client 192.0.2.7] [Length 612] [Gzip -] [Sent-to 198.51.100.1] "curl/8.5.0" "-"
//	[23/Nov/2026:18:14:15 +0000] www.example.com 192.0.2.7 0.002 "GET / HTTP/1.1" 401 77 935 - curl/8.5.0
func proxyManager(p *Parser, b *event.Batch, h *header, m []byte) bool {
	var c civil
	n := readCLF(m[1:], &c)
	if n == 0 {
		return false
	}
	rest, ok := after(m[1+n:], "] ")
	if !ok {
		return false
	}
	first, more := word(rest)
	if addr, tail := word(more); isIP(addr) {
		if _, tail, ok = cut(tail, ` "`); !ok {
			return false
		}
		request, tail := quoted(tail)
		status, tail := word(tail)
		size, tail := word(tail)
		_, tail = word(tail)
		referrer, agent := word(tail)
		webClass.set(b)
		p.setRequest(b, request)
		setVirtualHost(b, first)
		setAddr(b, &src, addr)
		setStatus(b, status)
		setNum(b, event.HTTPResponseBodyBytes, size)
		setDash(b, event.HTTPRequestReferrer, referrer)
		b.Set(event.UserAgentOriginal, trimBlanks(agent))
	} else {
		head, tail, ok := cut(rest, ` "`)
		if !ok || len(head) > 512 {
			return false
		}
		target, tail := quoted(tail)
		_, client, ok := cut(tail, "[Client ")
		if !ok {
			return false
		}
		client, tail, _ = cut(client, "]")
		var w [6][]byte // … status - method scheme host
		k := 0
		for s := head; k < len(w); k++ {
			if w[k], s = word(s); len(w[k]) == 0 {
				break
			}
		}
		webClass.set(b)
		setAddr(b, &src, client)
		p.setTarget(b, target)
		for i, s := range w[:k] {
			switch {
			case len(s) == 3 && digits(s):
				setStatus(b, s)
			case isMethod(s) && i > 1:
				b.Set(event.HTTPRequestMethod, s)
				if i+1 < k {
					b.Set(event.URLScheme, w[i+1])
				}
			}
		}
		if host := lastWord(head); isHost(host) {
			setVirtualHost(b, host)
		}
		if _, size, ok := cut(tail, "[Length "); ok {
			size, _, _ = cut(size, "]")
			setNum(b, event.HTTPResponseBodyBytes, size)
		}
		if _, agent, ok := cut(tail, `] "`); ok {
			agent, more := quoted(agent)
			b.Set(event.UserAgentOriginal, agent)
			if more, ok = after(more, ` "`); ok {
				referrer, _ := quoted(more)
				setDash(b, event.HTTPRequestReferrer, referrer)
			}
		}
	}
	if !h.stamp.has {
		h.stamp = c
	}
	return true
}
