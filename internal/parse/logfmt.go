package parse

import "watchpost/internal/event"

// common is what a name means that loggers of many programs use, in logfmt and in JSON.
type common uint8

const (
	commonNone common = iota
	commonTime
	commonLevel
	commonMessage
	commonUser
	commonSource
	commonMethod
	commonPath
	commonStatus
	commonAgent
	commonLogger
	commonReason
	commonBytes
	commonHost
)

func commonName(name []byte) common {
	switch string(name) {
	case "time", "t", "ts", "timestamp", "date", "datetime", "@timestamp":
		return commonTime
	case "level", "lvl", "severity", "loglevel":
		return commonLevel
	case "msg", "message":
		return commonMessage
	case "user", "username", "uname", "user_name", "userName", "user.name", "login", "account":
		return commonUser
	case "remote_addr", "remote_ip", "remoteAddr", "remoteAddress", "remote_address", "remoteIp", "remoteIP", "client_ip", "clientIp", "clientIP", "client", "client_addr", "ip", "ip_addr", "ip_address",
		"ipAddress", "src_ip", "source_ip", "sourceIp", "addr", "peer", "remote", "client-ip", "remote-addr", "request.remote_ip", "http_client_ip":
		return commonSource
	case "method", "request_method", "http_method", "httpMethod", "verb", "http.method":
		return commonMethod
	case "path", "uri", "url", "request_uri", "requestURI", "request", "http_path", "endpoint":
		return commonPath
	case "status", "status_code", "statusCode", "http_status", "code":
		return commonStatus
	case "user_agent", "userAgent", "ua", "http_user_agent", "user-agent", "useragent":
		return commonAgent
	case "logger", "component", "module":
		return commonLogger
	case "error", "err", "reason":
		return commonReason
	case "size", "bytes", "bytes_sent", "body_bytes_sent", "response_size", "bytes_written":
		return commonBytes
	case "host", "http_host", "vhost":
		return commonHost
	}
	return commonNone
}

// commonValues are those of a record.
type commonValues [commonHost + 1][]byte

// logfmt reads pairs as Go programs log them: time=2026-11-23T18:14:15Z level=error msg="…" remote_ip=192.0.2.7.
func logfmt(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if !isLogfmt(m) {
		return false
	}
	b.SetString(event.EventKind, "event")
	b.SetString(event.EventDataset, "logfmt")
	var v commonValues
	p.names = p.names[:0]
	for r := (pairs{s: m, single: true}); ; {
		key, val, ok := r.next()
		if !ok {
			break
		}
		if index(val, `\"`) >= 0 {
			from := len(p.names)
			p.names = unescapeParam(p.names, val)
			val = p.names[from:]
		}
		what := commonName(key)
		if string(key) == "client" && addressIn(val) == nil { // a name of whatever
			what = commonNone
		}
		if what != commonNone && v[what] == nil && len(val) > 0 && string(val) != "-" {
			v[what] = val
		}
		switch what {
		case commonTime, commonLevel, commonMessage:
		default:
			if len(key) < 256 {
				b.Label(key, val)
			}
		}
	}
	if !h.stamp.has {
		if n := readStamp(v[commonTime], &h.stamp); n == 0 || n != len(v[commonTime]) {
			h.stamp = civil{}
		}
	}
	b.Set(event.Message, v[commonMessage])
	b.Set(event.LogLevel, v[commonLevel])
	b.Set(event.LogLogger, v[commonLogger])
	p.setCommon(b, &v)
	if s := p.servers[string(programName(h.app))]; s != nil && len(h.app) > 0 && (event.Event{Batch: b, Row: b.Rows()}).Str(event.EventAction) == "" {
		b.Unset(event.EventDataset)
		if !s.read(p, b, v[commonMessage]) {
			b.SetString(event.EventDataset, "logfmt")
		}
		b.Set(event.EventReason, v[commonReason])
	}
	return true
}

// isLogfmt says whether m begins with a pair and has a level and a message among its pairs.
func isLogfmt(m []byte) bool {
	n := 0
	for n < len(m) && n < 24 && (alpha(m[n]) || m[n] == '_' || m[n] == '.' || m[n] == '@') {
		n++
	}
	if n == 0 || n+3 > len(m) || m[n] != '=' || isFortinet(m) {
		return false
	}
	return index(m, "msg=") >= 0 && (index(m, "level=") >= 0 || index(m, "lvl=") >= 0)
}

// setCommon sets what the values mean: the message of a log-in says whose and how it ended, the pairs from where; a method with its path is
// a request. Other lines get their source and no more.
func (p *Parser) setCommon(b *event.Batch, v *commonValues) {
	e := event.Event{Batch: b, Row: b.Rows()}
	if len(v[commonMessage]) > 3 && len(v[commonMessage]) < 4096 {
		p.said = header{pri: -1}
		p.said.stamp.has = true
		if !logins(p, b, &p.said, v[commonMessage]) {
			wholeLogin(b, v[commonMessage])
		}
	}
	if !e.Present(event.SourceIP) && len(v[commonSource]) > 0 && len(v[commonSource]) < 128 {
		setClient(b, v[commonSource])
	}
	if !e.Present(event.UserName) {
		b.Set(event.UserName, v[commonUser])
	}
	if e.Present(event.EventAction) && !e.Present(event.EventReason) {
		b.Set(event.EventReason, v[commonReason])
	}
	b.Set(event.UserAgentOriginal, v[commonAgent])
	if !isMethod(v[commonMethod]) || len(v[commonPath]) == 0 {
		return
	}
	if !e.Present(event.EventAction) && e.Present(event.SourceIP) {
		(&class{"web.access", "web", "http_request", "", "web", [3]string{"access"}}).set(b)
		setNum(b, event.HTTPResponseBodyBytes, v[commonBytes])
	}
	b.Set(event.HTTPRequestMethod, v[commonMethod])
	p.setTarget(b, v[commonPath])
	if e.Str(event.EventAction) == "http_request" {
		setStatus(b, v[commonStatus])
		setVirtualHost(b, v[commonHost])
	}
}

// wholeLogin reads the messages of loggers that put user and address beside them: such words, and no more, tell of a log-in.
func wholeLogin(b *event.Batch, m []byte) bool {
	c := class{"app.login", "", login, failure, authn, [3]string{"start"}}
	switch string(m) {
	case "Failed login attempt", "failed login attempt", "Failed login", "failed login", "Login failed", "login failed", "Login failure", "login failure",
		"Authentication failed", "authentication failed", "Authentication failure", "authentication failure", "Invalid login attempt", "invalid login attempt",
		"Unsuccessful login", "unsuccessful login", "Failed to authenticate request", "Invalid login", "invalid login", "Invalid credentials", "invalid credentials", "Invalid password", "invalid password":
	case "User logged in", "user logged in", "Login successful", "login successful", "Successful login", "successful login", "Login succeeded", "login succeeded",
		"Authentication successful", "authentication successful":
		c.outcome = success
	default:
		return false
	}
	c.set(b)
	return true
}
