package parse

import "watchpost/internal/event"

// webAccess reads a request as Apache, nginx and those who write like them log it: NCSA common and combined, with or without a
// virtual host before the address, and what a server adds behind:
//
//	192.0.2.7 - alice [23/Nov/2026:18:14:15 +0000] "GET /a?b=c HTTP/1.1" 200 612 "https://www.example.com/" "curl/8.5.0"
//	www.example.com:443 192.0.2.7 - - [23/Nov/2026:18:14:15 +0000] "GET / HTTP/2.0" 404 153 "-" "-"
func webAccess(p *Parser, b *event.Batch, h *header, m []byte) bool {
	at := index(m, " [")
	if at < 1 || at > 512 || len(m) < at+25 || m[at+4] != '/' {
		return false
	}
	var c civil
	n := readCLF(m[at+2:], &c)
	if n == 0 {
		return false
	}
	rest, ok := after(m[at+2+n:], "] \"")
	if !ok {
		var site []byte
		if rest, ok = after(skipBlanks(m[at+2+n:]), "] "); !ok {
			return false
		}
		if site, rest, ok = cut(rest, " \""); !ok { // the virtual host before the request
			return false
		} else if !isHost(site) {
			return false
		}
		b.Set(event.URLDomain, site)
	}
	who := m[:at]
	first, others := word(who)
	host := []byte(nil)
	if next, _ := word(others); !isIP(trimComma(first)) && isIP(trimComma(next)) {
		if first[0] != '[' { // InfluxDB: [httpd]
			host = first
		}
		first, others = word(others)
	} else if !isIP(trimComma(first)) {
		for w, rest := word(others); len(w) > 0; w, rest = word(rest) { // a header of its own before the address
			if isIP(trimComma(w)) {
				first, others = w, rest
				break
			}
		}
	}
	first = trimComma(first)
	if len(first) == 0 {
		return false
	}
	(&class{"web.access", "web", "http_request", "", "web", [3]string{"access"}}).set(b)
	if !h.stamp.has || h.pri < 0 {
		h.stamp = c
	}
	setAddr(b, &src, first)
	setVirtualHost(b, host)
	if user := lastWord(others); len(user) > 0 && string(user) != "-" {
		b.Set(event.UserName, user)
	}
	request, rest := quoted(rest)
	p.setRequest(b, request)
	status, rest := word(rest)
	setStatus(b, status)
	size, rest := word(rest)
	setNum(b, event.HTTPResponseBodyBytes, size)
	rest = skipBlanks(rest)
	if rest, ok = after(rest, `"`); !ok {
		return true
	}
	referrer, rest := quoted(rest)
	if string(referrer) != "-" {
		b.Set(event.HTTPRequestReferrer, referrer)
	}
	if rest, ok = after(skipBlanks(rest), `"`); ok {
		agent, _ := quoted(rest)
		b.Set(event.UserAgentOriginal, agent)
	}
	return true
}

// setVirtualHost reads "name[:port]".
func setVirtualHost(b *event.Batch, v []byte) {
	if len(v) == 0 || string(v) == "-" || string(v) == "_" {
		return
	}
	name, port, ok := cutLast(v, ":")
	if !ok || !digits(port) {
		name = v
	} else {
		setPort(b, event.DestinationPort, port)
	}
	b.Set(event.URLDomain, name)
}

// setStatus sets the status of an answer, and from it the outcome.
func setStatus(b *event.Batch, v []byte) {
	n, ok := number(v)
	if !ok || n < 100 || n > 999 {
		return
	}
	b.SetInt(event.HTTPResponseStatusCode, n)
	if n < 400 {
		b.SetString(event.EventOutcome, "success")
	} else {
		b.SetString(event.EventOutcome, "failure")
	}
}

// gin reads a request as programs with Go's web framework of this name log it: 2026/11/23 - 18:14:15 | 401 |     505.3µs |       192.0.2.7 | POST     "/client".
func gin(b *event.Batch, h *header, m []byte) bool {
	var c civil
	if len(m) < 24 || m[4] != '/' || m[7] != '/' || string(m[10:13]) != " - " {
		return false
	}
	year, ok := two2(m)
	parts := [...]struct {
		at int
		to *int8
	}{{5, &c.month}, {8, &c.day}, {13, &c.hour}, {16, &c.min}, {19, &c.sec}}
	for _, p := range parts {
		n, is := two(m[p.at:])
		*p.to, ok = int8(n), ok && is
	}
	var found captures
	if !ok || !found.match("{x} | {status} | {x} | {addr} | {method} {x}\"{path}\"", m) || addressIn(trimBlanks(found.value("addr"))) == nil {
		return false
	}
	(&class{"web.access", "web", "http_request", "", "web", [3]string{"access"}}).set(b)
	setStatus(b, found.value("status"))
	setHostPort(b, &src, trimBlanks(found.value("addr")))
	b.Set(event.HTTPRequestMethod, found.value("method"))
	b.Set(event.URLOriginal, found.value("path"))
	path, query, _ := cut(found.value("path"), "?")
	b.Set(event.URLPath, path)
	b.Set(event.URLQuery, query)
	if c.year, c.has, c.hasYear = year, true, true; !h.stamp.has {
		h.stamp = c
	}
	return true
}

// setRequest reads "METHOD target HTTP/version". What is no request of HTTP is kept as url.original with a reason.
func (p *Parser) setRequest(b *event.Batch, r []byte) {
	if len(r) == 0 || string(r) == "-" {
		return
	}
	method, rest := word(r)
	if !isMethod(method) || len(rest) < 2 {
		b.Set(event.URLOriginal, r)
		b.SetString(event.EventReason, "malformed request")
		return
	}
	target := rest[1:]
	if head, version, ok := cutLast(target, " HTTP/"); ok && len(version) < 8 {
		target = head
		b.Set(event.HTTPVersion, version)
	}
	b.Set(event.HTTPRequestMethod, method)
	p.setTarget(b, target)
}

// isMethod says whether s can be the method of a request: letters in capitals, and in WebDAV's also a hyphen or underline.
func isMethod(s []byte) bool {
	for _, c := range s {
		if (c < 'A' || c > 'Z') && c != '-' && c != '_' {
			return false
		}
	}
	return len(s) > 1 && len(s) <= 24
}

// setTarget sets the parts of what was asked for: "/path?query", "http://host/path?query" or "host:port".
func (p *Parser) setTarget(b *event.Batch, target []byte) {
	b.Set(event.URLOriginal, target)
	path := target
	if scheme, rest, ok := cut(target, "://"); ok && len(scheme) < 8 && index(scheme, "/") < 0 {
		host := rest
		path = nil
		if i := index(rest, "/"); i >= 0 {
			host, path = rest[:i], rest[i:]
		}
		b.Set(event.URLScheme, scheme)
		setVirtualHost(b, host)
	} else if len(target) > 0 && target[0] != '/' && target[0] != '?' && target[0] != '*' {
		if name, port, ok := cutLast(target, ":"); ok && digits(port) { // CONNECT
			b.Set(event.URLDomain, name)
			setPort(b, event.DestinationPort, port)
			return
		}
	}
	file, query, ok := cut(path, "?")
	b.Set(event.URLPath, file)
	if ok {
		b.Set(event.URLQuery, query)
	}
	p.setDecoded(b, path)
}

// setDecoded keeps what a target means once its percent signs (twice, as those who hide something write) and its plus signs
// are taken away, where that is another text: so that a rule needs to look for an attack in one form only.
func (p *Parser) setDecoded(b *event.Batch, s []byte) {
	if len(s) > 8192 || index(s, "%") < 0 && index(s, "+") < 0 {
		return
	}
	p.val = unescape(p.val[:0], s, true)
	if index(p.val, "%") >= 0 {
		n := len(p.val)
		p.val = unescape(p.val, p.val[:n], false)
		p.val = p.val[n:]
	}
	b.Label([]byte("url.decoded"), p.val)
}

// unescape appends s to to with %XX as bytes; NUL becomes a blank, so that texts stay texts.
func unescape(to, s []byte, plus bool) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' && i+2 < len(s) {
			if hi, lo := hexDigit(s[i+1]), hexDigit(s[i+2]); hi >= 0 && lo >= 0 {
				c = byte(hi<<4 | lo)
				i += 2
			}
		} else if c == '+' && plus {
			c = ' '
		}
		if c == 0 {
			c = ' '
		}
		to = append(to, c)
	}
	return to
}

func hexDigit(c byte) int {
	switch {
	case digit(c):
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// quoted splits s, which stands behind a quote, at the quote that ends it; a backslash escapes.
func quoted(s []byte) (text, rest []byte) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return s[:i], s[i+1:]
		}
	}
	return s, nil
}

func trimComma(s []byte) []byte {
	for len(s) > 0 && s[len(s)-1] == ',' {
		s = s[:len(s)-1]
	}
	return s
}

func lastWord(s []byte) []byte {
	s = trimBlanks(s)
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == ' ' {
			return s[i+1:]
		}
	}
	return s
}

// readCLF reads 23/Nov/2026:18:14:15 +0000 and gives its length, 0 if there is none.
func readCLF(s []byte, c *civil) int {
	if len(s) < 20 || s[2] != '/' {
		return 0
	}
	to := 5 // the month, which some write longer: sept.
	for to < 10 && s[to] != '/' {
		to++
	}
	if s[to] != '/' || len(s) < to+14 || s[to+5] != ':' {
		return 0
	}
	d, ok := two(s[0:2])
	y, ok2 := two2(s[to+1 : to+5])
	mo := int8(0)
	if to > 5 {
		mo = month(s[3:6])
	} else if n, ok := two(s[3:5]); ok { // Proxmox writes the month's number
		mo = n
	}
	if !ok || !ok2 || mo == 0 {
		return 0
	}
	*c = civil{year: y, month: mo, day: d, hasYear: true}
	n := readTime(s[to+6:], c)
	if n == 0 || !c.valid() {
		return 0
	}
	n += to + 6
	if n < len(s) && s[n] == ' ' {
		if z := readOffset(s[n+1:], c); z > 0 {
			n += 1 + z
		} else if name, _, ok := cut(s[n+1:min(len(s), n+8)], "]"); ok {
			if off, ok := zoneByName(name); ok {
				c.offset, c.hasZone = off, true
				n += 1 + len(name)
			}
		}
	}
	c.has = true
	return n
}
