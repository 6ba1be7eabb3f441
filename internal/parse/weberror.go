package parse

import "watchpost/internal/event"

// webError reads the error logs of nginx and Apache:
//
//	[error] 31#31: *1 open() "/srv/x" failed (2: No such file or directory), client: 192.0.2.7, server: www.example.com, request: "GET /x HTTP/1.1", host: "www.example.com"
//	[Mon Nov 23 18:14:15.123456 2026] [core:error] [pid 7005:tid 1406] [client 192.0.2.7:51234] AH00126: Invalid URI in request GET /x HTTP/1.1
//	[Mon Nov 23 18:14:15 2026] [error] [client 192.0.2.7] File does not exist: /srv/x
func webError(p *Parser, b *event.Batch, h *header, m []byte) bool {
	var c civil
	if i := index(m[:min(len(m), 96)], "nginx["); i >= 0 { // a line within a line
		if _, rest, ok := cut(m[i:], "]: "); ok {
			m = rest
		}
	}
	if len(m) > 24 && digit(m[0]) && m[4] == '/' { // nginx's own time behind a header
		if n := readISO(m, &c); n > 0 && m[n] == ' ' {
			m = m[n+1:]
			if !h.stamp.has {
				h.stamp = c
			}
		}
	}
	if len(m) < 8 || m[0] != '[' {
		return false
	}
	if n := readStamp(m[1:], &c); n > 0 {
		rest := m[1+n:]
		if year, ok := after(rest, " "); ok && len(year) > 4 && year[4] == ']' && !c.hasYear {
			if y, ok := two2(year[:4]); ok && y >= 1970 {
				c.year, c.hasYear = y, true
				rest = year[4:]
			}
		}
		rest, ok := after(rest, "] [")
		if !ok || !weekday(m[1:]) {
			return false
		}
		if level, _, ok := cut(rest, "]"); !ok || len(level) > 40 {
			return false
		}
		if !h.stamp.has {
			h.stamp = c
		}
		p.apacheError(b, rest)
		return true
	}
	level, rest, ok := cut(m[1:], "] ")
	if _, l, found := cut(level, ":"); ok && found && isWebLevel(l) && hasPrefix(rest, "[pid ") || isWebLevel(level) && hasPrefix(rest, "[client ") { // Apache's by syslog, which has the time
		p.apacheError(b, m[1:])
		return true
	}
	if !ok || !isWebLevel(level) {
		return false
	}
	pid, rest, ok := cut(rest, "#")
	if !ok || !digits(pid) {
		return false
	}
	_, rest, ok = cut(rest, ": ")
	if !ok {
		return false
	}
	p.nginxError(b, level, pid, rest)
	return true
}

func isWebLevel(s []byte) bool {
	switch string(s) {
	case "debug", "info", "notice", "warn", "error", "crit", "alert", "emerg":
		return true
	}
	return false
}

var webErrorClass = class{"web.error", "web", "web_error", "", "web", [3]string{"error"}}

// webLogin makes the open row a log-in to a web server that failed.
func webLogin(b *event.Batch, user, reason []byte) {
	(&class{"web.error", "web", "login", "failure", "authentication", [3]string{"start"}}).set(b)
	b.Set(event.UserName, user)
	b.Set(event.EventReason, reason)
}

func (p *Parser) nginxError(b *event.Batch, level, pid, m []byte) {
	if rest, ok := after(m, "*"); ok { // the connection's number
		if n, rest, ok := cut(rest, " "); ok && digits(n) {
			b.Label([]byte("nginx.connection"), n)
			m = rest
		}
	}
	text, tail, ok := cut(m, ", client: ")
	if user, rest, found := cut(text, "\": password mismatch"); found && len(rest) == 0 && hasPrefix(user, "user \"") {
		webLogin(b, user[len("user \""):], []byte("password mismatch"))
	} else if user, _, found := cut(text, "\" was not found in \""); found && hasPrefix(user, "user \"") {
		webLogin(b, user[len("user \""):], []byte("invalid user"))
	} else if _, user, found := cut(text, "PHP message: Failed login for "); found {
		user, _, _ = cut(user, "\"")
		webLogin(b, user, nil)
	} else if user, why, found := cut(text, "' - not authenticated: "); found && hasPrefix(user, "PAM: user '") {
		webLogin(b, user[len("PAM: user '"):], why)
	} else if _, rule, found := cut(text, "] ModSecurity: "); found && hasPrefix(text, "[client ") {
		modSecurity(b, rule)
	} else {
		webErrorClass.set(b)
		b.Set(event.EventReason, text)
		nginxReason(b, text)
	}
	b.Set(event.LogLevel, level)
	setNum(b, event.ProcessPID, pid)
	if !ok {
		ofServer(b, level)
		return
	}
	addr, tail, _ := cut(tail, ", ")
	setAddr(b, &src, addr)
	if _, r, ok := cut(tail, "request: \""); ok {
		r, _ = quoted(r)
		p.setRequest(b, r)
	}
	if _, r, ok := cut(tail, "host: \""); ok {
		r, _ = quoted(r)
		setVirtualHost(b, r)
	}
	if _, r, ok := cut(tail, "referrer: \""); ok {
		r, _ = quoted(r)
		b.Set(event.HTTPRequestReferrer, r)
	}
	if _, r, ok := cut(tail, ", upstream: \""); ok {
		r, _ = quoted(r)
		b.Label([]byte("nginx.upstream"), r)
	}
}

// nginxReason reads what nginx says of a request that it did not serve: what was not let in is denied, and of a file the path is said.
func nginxReason(b *event.Batch, text []byte) {
	served := hasPrefix(text, "limiting requests, dry run") || hasPrefix(text, "limiting connections, dry run")
	if !served && (hasPrefix(text, "access forbidden by rule") || hasPrefix(text, "limiting requests") || hasPrefix(text, "limiting connections") || hasPrefix(text, "directory index of ")) {
		b.AddString(event.EventType, "denied")
		b.SetString(event.EventOutcome, failure)
	}
	for _, call := range [...]string{"open() \"", "stat() \"", "directory index of \"", "realpath() \""} {
		if path, ok := after(text, call); ok {
			path, _ = quoted(path)
			b.Set(event.FilePath, path)
			return
		}
	}
}

func (p *Parser) apacheError(b *event.Batch, m []byte) {
	level, rest, _ := cut(m, "]")
	if module, l, ok := cut(level, ":"); ok {
		b.Set(event.LogLogger, module)
		level = l
	}
	rest = skipBlanks(rest)
	var client []byte
	for {
		part, ok := after(rest, "[")
		if !ok {
			break
		}
		part, more, ok := cut(part, "]")
		if !ok {
			break
		}
		if end := index(more, "] "); end >= 0 && index(part, " [") > 0 && len(more) > 0 && more[0] == ':' { // an IPv6 client's own brackets
			part, more = part[:len(part)+1+end], more[end+1:]
		}
		if pid, ok := after(part, "pid "); ok {
			pid, _, _ = cut(pid, ":")
			setNum(b, event.ProcessPID, pid)
		} else if c, ok := after(part, "client "); ok {
			client = c
		} else if c, ok := after(part, "remote "); ok {
			client = c
		}
		rest = skipBlanks(more)
	}
	if failed, more, ok := cut(rest, ": [client "); ok && client == nil && rest[0] == '(' { // (36)File name too long: [client 192.0.2.7:51234] AH00036: …
		if c, text, ok := cut(more, "] "); ok {
			client, rest = c, text
			b.Set(event.EventReason, failed)
		}
	}
	if failed, text, ok := cut(rest, ": AH"); ok && rest[0] == '(' && len(text) > 5 && digits(text[:5]) { // (111)Connection refused: AH00957: …
		b.Set(event.EventReason, failed)
		rest = rest[len(failed)+2:]
	}
	if code, text, ok := cut(rest, ": "); ok && hasPrefix(code, "AH") && digits(code[2:]) {
		b.Set(event.EventCode, code)
		rest = text
	}
	p.apacheText(b, rest)
	b.Set(event.LogLevel, level)
	if len(client) > 0 {
		setHostPort(b, &src, client)
	} else {
		ofServer(b, level)
	}
}

// ofServer makes a line without a client, of a low level, a notice: it tells of the server, not of a request.
func ofServer(b *event.Batch, level []byte) {
	switch string(level) {
	case "notice", "info", "debug":
		if e := (event.Event{Batch: b, Row: b.Rows()}); e.Str(event.EventAction) == "web_error" {
			b.Unset(event.EventAction)
			b.SetString(event.EventAction, "web_notice")
			b.Unset(event.EventType)
			b.AddString(event.EventType, "info")
		}
	}
}

// apacheText reads what Apache and ModSecurity say of a request.
func (p *Parser) apacheText(b *event.Batch, m []byte) {
	m, _ = after(m, "Got error 'PHP message: ")
	if user, ok := after(m, "Failed login for "); ok { // BookStack's, by PHP
		user, _, _ = cut(user, ", referer: ")
		webLogin(b, user, nil)
		return
	}
	if user, ok := after(m, "user "); ok {
		if name, _, ok := cut(user, " authentication failure for Baikal"); ok { // by PHP
			webLogin(b, name, nil)
			return
		}
		if name, _, ok := cut(user, ": authentication failure for "); ok {
			webLogin(b, name, []byte("password mismatch"))
			return
		}
		if name, _, ok := cut(user, " not found: "); ok {
			if in, _, realm := cut(name, "' in realm `"); realm && in[0] == '`' { // digest
				name = in[1:]
			}
			webLogin(b, name, []byte("invalid user"))
			return
		}
		if name, _, ok := cut(user, ": password mismatch: "); ok { // digest
			webLogin(b, name, []byte("password mismatch"))
			return
		}
		if name, _, ok := cut(user, ": authorization failure for "); ok {
			webErrorClass.set(b)
			b.SetString(event.EventOutcome, failure)
			b.Set(event.UserName, name)
			b.Set(event.EventReason, m)
			return
		}
	}
	if _, user, ok := cut(m, "auth_ldap authenticate: user "); ok {
		if name, why, ok := cut(user, " authentication failed; "); ok {
			_, why, _ = cut(why, "[")
			why, _, _ = cut(why, "]")
			webLogin(b, name, why)
			return
		}
	}
	if _, user, ok := cut(m[:min(len(m), 160)], " [Login denied for user \""); ok { // ZoneMinder's, by PHP
		user, _, _ = cut(user, "\"]")
		webLogin(b, user, nil)
		return
	}
	if _, user, ok := cut(m[:min(len(m), 160)], " [Could not retrieve user "); ok {
		user, _, _ = cut(user, " details]")
		webLogin(b, user, []byte("invalid user"))
		return
	}
	if text, ok := after(m, "ModSecurity: "); ok {
		modSecurity(b, text)
		return
	}
	webErrorClass.set(b)
	if hasPrefix(m, "client denied by server configuration") {
		b.AddString(event.EventType, "denied")
		b.SetString(event.EventOutcome, failure)
	}
	if req, ok := after(m, "Invalid URI in request "); ok {
		p.setRequest(b, trimBlanks(req))
	} else if req, from, ok := cut(m, ", referer: "); ok {
		b.Set(event.EventReason, req)
		b.Set(event.HTTPRequestReferrer, trimBlanks(from))
	} else {
		b.Set(event.EventReason, m)
	}
}

// modSecurity reads "Warning. … [id "942100"] [msg "SQL Injection"] [severity "CRITICAL"] [uri "/a"]".
func modSecurity(b *event.Batch, m []byte) {
	(&class{"web.waf", "modsecurity", "waf_alert", "", "intrusion_detection", [3]string{"info"}}).set(b)
	b.AddString(event.EventCategory, "web")
	if hasPrefix(m, "Access denied") {
		b.AddString(event.EventType, "denied")
	}
	for i := range modSecurityFields {
		f := &modSecurityFields[i]
		if _, v, ok := cut(m, f.name); ok {
			v, _ = quoted(v)
			b.Set(f.to, v)
		}
	}
	if _, v, ok := cut(m, `[severity "`); ok {
		v, _ = quoted(v)
		b.Label([]byte("modsecurity.severity"), v)
	}
}

var modSecurityFields = [...]struct {
	name string
	to   event.Field
}{{`[id "`, event.RuleID}, {`[msg "`, event.RuleName}, {`[uri "`, event.URLPath}, {`[hostname "`, event.URLDomain}}
