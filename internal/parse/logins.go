package parse

import "watchpost/internal/event"

// loginShape says that a message that fits pattern tells of a log-in (or, where action is another word, of something else that
// somebody without an account can do). The names in pattern are those of shape, and {addr}, {daddr}: an address with or without
// port, in whatever brackets.
type loginShape struct {
	app     string // the program that wrote it, "" where the text tells enough
	pattern string
	module  string
	action  string
	outcome string
	reason  string
}

const (
	login = "login"
)

// loginShapes are tried in this order; those without program are found by shapeIndex.
var loginShapes = [...]loginShape{
	{"", `{x}[Auth] Failed login attempt for username "{user}" from ip {addr} ({reason})`, "audiobookshelf", login, failure, ""},
	{"", `{x}Failed login attempt, 2FA invalid. {addr}`, "bitwarden", login, failure, "second factor is wrong"},
	{"", `{x}Failed login attempt. {addr}`, "bitwarden", login, failure, ""},
	{"", `{x}Username or password is incorrect. Try again. IP: {addr}. Username: {userdot}`, "vaultwarden", login, failure, ""},
	{"", `{x}Authentication request for {user} has been denied (IP: {client})`, "jellyfin", login, failure, ""},
	{"", `{x}Authentication request for {user} has succeeded`, "jellyfin", login, success, ""},
	{"", `{x}Failed login for '{user}' from {addr} at `, "redmine", login, failure, ""},
	{"", `{x}POST /api/sessions: {addr}: Invalid username or password: {x}"email":"{user}"`, "joplin", login, failure, ""},
	{"", `{x}|AUTHENTICATION_FAILED|{user}|{addr}|`, "cas", login, failure, ""},
	{"", `{x}|AUTHENTICATION_SUCCESS|{user}|{addr}|`, "cas", login, success, ""},
	{"", `{x}type=LOGIN_ERROR, {x}ipAddress={addr}, error={reason}, {x}username={user}, `, "keycloak", login, failure, ""},
	{"", `{x}type="LOGIN_ERROR", {x}ipAddress="{addr}", error="{reason}", {x}username="{user}"`, "keycloak", login, failure, ""},
	{"", `{x}type=LOGIN_ERROR, {x}ipAddress={addr}, error={reason}, {x}username={user}`, "keycloak", login, failure, ""},
	{"", `{x}type=LOGIN_ERROR, {x}ipAddress={addr}, error={reason},`, "keycloak", login, failure, ""},
	{"", `{x}type=LOGIN, {x}ipAddress={addr}, {x}username={user}, `, "keycloak", login, success, ""},
	{"", `{x}type="LOGIN", {x}ipAddress="{addr}", {x}username="{user}"`, "keycloak", login, success, ""},
	{"", `{x}] Bad password for {user} ({addr})`, "lemonldap", login, failure, "wrong password"},
	{"", `{x}: Bad password for {user} ({addr})`, "lemonldap", login, failure, "wrong password"},
	{"", `{x}] {user} was not found in LDAP directory ({addr})`, "lemonldap", login, failure, "invalid user"},
	{"", `{x} : {user} was not found in LDAP directory ({addr})`, "lemonldap", login, failure, "invalid user"},
	{"", `{x}Banning {addr} for `, "mailcow", "ban", "", ""},
	{"", `{x}Added host/network {addr} to denylist`, "mailcow", "ban", "", ""},
	{"", `{x}Authentication attempt from {addr} has been rate-limited`, "mailu", login, failure, "rate-limited"},
	{"", `{x}Access denied for user '{user}'@'{addr}' (using password: `, "mysql", login, failure, ""},
	{"", `{x}@{x} {addr}({sport}) FATAL:  password authentication failed for user "{user}"`, "postgresql", login, failure, "wrong password"},
	{"", `{x}no pg_hba.conf entry for host "{addr}", user "{user}", database`, "postgresql", login, failure, "refused by pg_hba.conf"},
	{"", `{x}password authentication failed for user "{user}"`, "postgresql", login, failure, "wrong password"},
	{"", `{x}query from {x} {addr} attempted to login with account "{user}" and failed!`, "teamspeak", login, failure, ""},
	{"", `{>x}] {addr} POST /api/v1/login took {x} and returned 401 `, "thehive", login, failure, ""},
	{"", `{x}ERR [{addr}] [Could not retrieve user {user} details]`, "zoneminder", login, failure, "invalid user"},
	{"", `{x}ERR [{addr}] [Login denied for user "{user}"]`, "zoneminder", login, failure, "wrong password"},
	{"", `{x}INF [{addr}] [Login successful for user "{user}"]`, "zoneminder", login, success, ""},
	{"", `{x}Auth-Failure ip {addr} username '{user}'`, "servarr", login, failure, ""},
	{"", `{x}Auth-Success ip {addr} username '{user}'`, "servarr", login, success, ""},
	{"", `authentication failure; rhost={addr} user={user} msg={reason}`, "proxmox", login, failure, ""},
	{"", `<{x}> successful auth for user '{user}'`, "proxmox", login, success, ""},
	{"", `login failure for user {user} from {addr} via {service}`, "routeros", login, failure, ""},
	{"", `{x} login failure for user {user} from {addr} via {service}`, "routeros", login, failure, ""},
	{"", `user {user} logged in from {addr} via {service}`, "routeros", login, success, ""},
	{"", `{x} user {user} logged in from {addr} via {service}`, "routeros", login, success, ""},
	{"", `{x}Login incorrect ({reason}): [{raduser}] (from client {x} cli {mac})`, "freeradius", login, failure, ""},
	{"", `{x}Login incorrect ({reason}): [{raduser}] (from client `, "freeradius", login, failure, ""},
	{"", `{x}Login incorrect: [{raduser}] (from client {x} cli {mac})`, "freeradius", login, failure, ""},
	{"", `{x}Login incorrect: [{raduser}] (from client `, "freeradius", login, failure, ""},
	{"", `{x}Login OK: [{raduser}] (from client {x} cli {mac})`, "freeradius", login, success, ""},
	{"", `{x}Login OK: [{raduser}] (from client `, "freeradius", login, success, ""},
	{"", `{x}] [{user}] FAIL LOGIN: Client "{addr}"`, "vsftpd", login, failure, ""},
	{"", `[{user}] FAIL LOGIN: Client "{addr}"`, "vsftpd", login, failure, ""},
	{"", `{x}] [{user}] OK LOGIN: Client "{addr}"`, "vsftpd", login, success, ""},
	{"", `[{user}] OK LOGIN: Client "{addr}"`, "vsftpd", login, success, ""},
	{"", `{x}Login failed: '{user}' (Remote IP: '{addr}')`, "nextcloud", login, failure, ""},
	{"", `{x}Login failed: {user} (Remote IP: {addr})`, "nextcloud", login, failure, ""},
	{"", `{x}Trusted domain error. "{addr}" tried to access using`, "nextcloud", "access_denied", failure, "no trusted domain"},
	{"", `{x}Failed authentication attempt for {user} from {addr}`, "gitea", login, failure, ""},
	{"", `{x}[client: {addr}] [useragent: {agent}] {method} {url} {status}`, "zoraxy", "http_request", "", ""},
	{"", `{x}[client {addr}] [user {user}] Unknown action {url}`, "sympa", "unknown_action", failure, ""},
	{"lfd", `({service}) Failed {x} login from {addr} (`, "lfd", login, failure, ""},
	{"lfd", `({service}) {reason} from {addr} (`, "lfd", "ban", "", ""},
	{"proftpd", `{x}[{addr}]){x}USER {user} (Login failed){reason}`, "proftpd", login, failure, ""},
	{"proftpd", `{x}[{addr}]){x}USER {user}: no such user found from `, "proftpd", login, failure, "invalid user"},
	{"proftpd", `{x}[{addr}]){x}USER {user}: Login successful`, "proftpd", login, success, ""},
	{"cowrie", `{x}New connection: {addr} ({daddr}) [session: `, "cowrie", "honeypot_connection", success, ""},
	{"cowrie", `{x},{x},{addr}] login attempt [b'{user}'/{x}] failed`, "cowrie", "honeypot_login", failure, ""},
	{"cowrie", `{x},{x},{addr}] login attempt [b'{user}'/{x}] succeeded`, "cowrie", "honeypot_login", success, ""},
	{"endlessh", `ACCEPT host={addr} port={sport} fd=`, "endlessh", "honeypot_connection", success, ""},
	{"MailScanner", `Message {x} from {addr} ({x}) to {x} is spam ({reason})`, "mailscanner", "spam", "", ""},
}

// logins reads what programs that nobody else here knows say of log-ins. The time that some of them put into brackets or write in a
// manner of their own is read where the line has no other.
func logins(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if !appLogins(p, b, h, m) && !p.shapes.read(p, b, m) {
		return false
	}
	if !h.stamp.has {
		leadStamp(m, &h.stamp)
	}
	return true
}

// appLogins tries the patterns that count for one program only.
func appLogins(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if len(h.app) == 0 {
		return false
	}
	var found captures
	for _, i := range p.shapes.apps[string(programName(h.app))] {
		s := &loginShapes[i]
		found.n = 0
		if found.match(s.pattern, m) {
			(&serverShape{s.pattern, s.action, s.outcome, s.reason}).set(p, b, s.module, &found)
			return true
		}
	}
	return false
}

// leadStamp reads a time at the beginning of m as programs write it that go by no custom:
//
//	[Dec 21 12:56:57] …    [2026-11-23 18:14:15,112] …    W, [2026-11-23T18:14:15.245316 #1] …
//	2026-11-23 18:14:15.009756|INFO …    23-Nov-2026 18:14:15.425 …    11/23/26 18:14:15.393003 …
func leadStamp(m []byte, c *civil) {
	if len(m) > 4 && m[1] == ',' && m[2] == ' ' && m[3] == '[' {
		m = m[3:]
	}
	if len(m) > 0 && m[0] == '[' {
		m = m[1:]
	}
	if len(m) > 20 && m[10] == ' ' && m[11] == ' ' { // MySQL's hour has a blank for a nought
		mysqlStamp(m, c)
		return
	}
	if len(m) < 19 || readStamp(m, c) > 0 || readDayFirst(m, c) > 0 || readMore(m, c) {
		return
	}
	d, ok := two(m[3:5])
	mo, ok2 := two(m[0:2])
	y, ok3 := two(m[6:8])
	if !ok || !ok2 || !ok3 || m[2] != '/' || m[5] != '/' || m[8] != ' ' {
		return
	}
	*c = civil{year: 2000 + int32(y), month: mo, day: d, hasYear: true}
	c.has = readTime(m[9:], c) > 0 && c.valid()
}

// readMore reads 23/Nov/2026 18:14:15, 20261123-18:14:15, 23-11-2026 18:14:15 +0100, 2026:11:23-18:14:15, 2026.11.23 18:14:15, 11/23/2026 18:14:15 and
// Nov-23-26 18:14:15.
func readMore(m []byte, c *civil) bool {
	var y int32
	var mo, d int8
	var ok1, ok2, ok3 bool
	at := 0
	switch {
	case m[2] == '/' && m[6] == '/' && (m[11] == ' ' || m[11] == ':'):
		d, ok1 = two(m)
		mo = month(m[3:6])
		y, ok3 = two2(m[7:11])
		ok2, at = mo > 0, 12
	case m[8] == '-' && digits(m[:8]):
		y, ok1 = two2(m[:4])
		mo, ok2 = two(m[4:])
		d, ok3 = two(m[6:])
		at = 9
	case m[2] == '-' && m[5] == '-' && m[10] == ' ':
		d, ok1 = two(m)
		mo, ok2 = two(m[3:])
		y, ok3 = two2(m[6:10])
		at = 11
	case m[2] == '/' && m[5] == '/' && (m[10] == ' ' || m[10] == '-'):
		mo, ok1 = two(m)
		d, ok2 = two(m[3:])
		y, ok3 = two2(m[6:10])
		at = 11
	case m[4] == ':' && m[7] == ':' && m[10] == '-':
		y, ok1 = two2(m[:4])
		mo, ok2 = two(m[5:])
		d, ok3 = two(m[8:])
		at = 11
	case m[4] == '.' && m[7] == '.' && m[10] == ' ':
		y, ok1 = two2(m[:4])
		mo, ok2 = two(m[5:])
		d, ok3 = two(m[8:])
		at = 11
	case m[3] == '-' && m[6] == '-' && m[9] == ' ':
		mo = month(m)
		d, ok2 = two(m[4:])
		short, ok := two(m[7:])
		y, ok1, ok3, at = 2000+int32(short), mo > 0, ok, 10
	}
	if !ok1 || !ok2 || !ok3 {
		return false
	}
	*c = civil{year: y, month: mo, day: d, hasYear: true}
	n := readTime(m[at:], c)
	if n == 0 || !c.valid() {
		*c = civil{}
		return false
	}
	if n += at; n+1 < len(m) && m[n] == ' ' {
		readOffset(m[n+1:], c)
	}
	c.has = true
	return true
}

// mysqlStamp reads 2026-11-23  5:13:11.
func mysqlStamp(m []byte, c *civil) {
	var t [19]byte
	copy(t[:], m)
	t[11] = '0'
	copy(t[12:], m[12:19])
	readISO(t[:], c)
}

// readDayFirst reads 23-Nov-2026 18:14:15.425 and gives its length, 0 if there is none.
func readDayFirst(s []byte, c *civil) int {
	if len(s) < 20 || s[2] != '-' || s[6] != '-' || s[11] != ' ' {
		return 0
	}
	d, ok := two(s[0:2])
	y, ok2 := two2(s[7:11])
	mo := month(s[3:6])
	if !ok || !ok2 || mo == 0 {
		return 0
	}
	*c = civil{year: y, month: mo, day: d, hasYear: true}
	n := readTime(s[12:], c)
	if n == 0 || !c.valid() {
		return 0
	}
	c.has = true
	return n + 12
}

// setHostPort reads an address with or without port or prefix length, in brackets where it is IPv6: 192.0.2.7:51234, [2001:db8::7]:1,
// 192.0.2.7/32, [AF_INET]192.0.2.7:1194.
func setHostPort(b *event.Batch, to *side, v []byte) {
	if i := index(v, "\x1b"); i > 0 { // the end of a colour
		v = v[:i]
	} else if i = index(v, `\x1b`); i > 0 {
		v = v[:i]
	}
	v = trimBlanks(v)
	more := false // text behind the address
	if i := index(v, " "); i > 0 {
		v, more = v[:i], true
	}
	for len(v) > 1 && (v[len(v)-1] == '.' || v[len(v)-1] == ',' || v[len(v)-1] == ';' || v[len(v)-1] == ':' && !isIP(v)) {
		v = v[:len(v)-1]
	}
	if hasPrefix(v, "[AF_INET") {
		_, v, _ = cut(v, "]")
	} else if hasPrefix(v, "ipv4:") || hasPrefix(v, "ipv6:") { // Samba
		v = v[5:]
	}
	if addr, port, ok := cut(v, ":"); ok && index(port, ":") < 0 { // looked at first: what is no address costs more to refuse
		if isIP(addr) && digits(port) {
			setAddr(b, to, addr)
			setPort(b, to.port, port)
		}
		return
	}
	if isIP(v) {
		setAddr(b, to, v)
		return
	}
	if rest, ok := after(v, "["); ok {
		addr, port, ok := cut(rest, "]")
		if !ok || !isIP(addr) {
			return
		}
		setAddr(b, to, addr)
		if port, ok := after(port, ":"); ok {
			setPort(b, to.port, port)
		}
		return
	}
	for _, by := range [...]string{"/", "#"} {
		if addr, port, ok := cutLast(v, by); ok && isIP(addr) && digits(port) {
			setAddr(b, to, addr)
			if by != "/" || len(port) > 3 {
				setPort(b, to.port, port)
			}
			return
		}
	}
	if addr, port, ok := cutLast(v, ":"); ok && digits(port) && isIP(addr) { // ::ffff:192.0.2.7:51234
		setAddr(b, to, addr)
		setPort(b, to.port, port)
		return
	}
	if addr, port, ok := cutLast(v, "."); ok && digits(port) && len(port) > 1 && isIP(addr) { // BSD: 192.0.2.7.51234
		setAddr(b, to, addr)
		setPort(b, to.port, port)
		return
	}
	if !more && isHost(v) && len(v) < 128 {
		setAddr(b, to, v)
	}
}
