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

// loginShapes are tried in this order. A pattern without program must hold one of loginWords.
var loginShapes = [...]loginShape{
	{"", `{x}[Auth] Failed login attempt for username "{user}" from ip {addr} ({reason})`, "audiobookshelf", login, failure, ""},
	{"", `{x}Failed login attempt, 2FA invalid. {addr}`, "bitwarden", login, failure, "second factor is wrong"},
	{"", `{x}Failed login attempt. {addr}`, "bitwarden", login, failure, ""},
	{"", `{x}Username or password is incorrect. Try again. IP: {addr}. Username: {userdot}`, "vaultwarden", login, failure, ""},
	{"", `{x}Authentication request for {user} has been denied (IP: {addr})`, "jellyfin", login, failure, ""},
	{"", `{x}Authentication request for {user} has succeeded`, "jellyfin", login, success, ""},
	{"", `{x}Failed login for '{user}' from {addr} at `, "redmine", login, failure, ""},
	{"", `{x}POST /api/sessions: {addr}: Invalid username or password: {x}"email":"{user}"`, "joplin", login, failure, ""},
	{"", `{x}|AUTHENTICATION_FAILED|{user}|{addr}|`, "cas", login, failure, ""},
	{"", `{x}|AUTHENTICATION_SUCCESS|{user}|{addr}|`, "cas", login, success, ""},
	{"", `{x}type=LOGIN_ERROR, {x}ipAddress={addr}, error={reason}, {x}username={user}, `, "keycloak", login, failure, ""},
	{"", `{x}type="LOGIN_ERROR", {x}ipAddress="{addr}", error="{reason}", {x}username="{user}"`, "keycloak", login, failure, ""},
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
	{"", `{x}password authentication failed for user "{user}"`, "postgresql", login, failure, "wrong password"},
	{"", `{x}SecurityEvent="InvalidAccountID",{x}AccountID="{user}",{x}RemoteAddress="{x}/{x}/{addr}"`, "asterisk", login, failure, "invalid user"},
	{"", `{x}SecurityEvent="InvalidPassword",{x}AccountID="{user}",{x}RemoteAddress="{x}/{x}/{addr}"`, "asterisk", login, failure, "wrong password"},
	{"", `{x}SecurityEvent="ChallengeResponseFailed",{x}AccountID="{user}",{x}RemoteAddress="{x}/{x}/{addr}"`, "asterisk", login, failure, "wrong password"},
	{"", `{x}SecurityEvent="SuccessfulAuth",{x}AccountID="{user}",{x}RemoteAddress="{x}/{x}/{addr}"`, "asterisk", login, success, ""},
	{"", `{x}Registration from '{user}' failed for '{addr}' - {reason}`, "asterisk", login, failure, ""},
	{"", `{x}query from {x} {addr} attempted to login with account "{user}" and failed!`, "teamspeak", login, failure, ""},
	{"", `{x}] {addr} POST /api/v1/login took {x} and returned 401 `, "thehive", login, failure, ""},
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
	{"", `{x}authenticator failed for {x}[{addr}]{x}: 535 Incorrect authentication data (set_id={user})`, "exim", login, failure, ""},
	{"", `{x}Login incorrect ({reason}): [{user}/{x}] (from client {x} cli {mac})`, "freeradius", login, failure, ""},
	{"", `{x}Login incorrect ({reason}): [{user}/{x}] (from client `, "freeradius", login, failure, ""},
	{"", `{x}Login incorrect ({reason}): [{user}] (from client {x} cli {mac})`, "freeradius", login, failure, ""},
	{"", `{x}Login incorrect ({reason}): [{user}] (from client `, "freeradius", login, failure, ""},
	{"", `{x}Login incorrect: [{user}/{x}] (from client {x} cli {mac})`, "freeradius", login, failure, ""},
	{"", `{x}Login incorrect: [{user}/{x}] (from client `, "freeradius", login, failure, ""},
	{"", `{x}Login incorrect: [{user}] (from client {x} cli {mac})`, "freeradius", login, failure, ""},
	{"", `{x}Login incorrect: [{user}] (from client `, "freeradius", login, failure, ""},
	{"", `{x}Login OK: [{user}/{x}] (from client {x} cli {mac})`, "freeradius", login, success, ""},
	{"", `{x}Login OK: [{user}/{x}] (from client `, "freeradius", login, success, ""},
	{"", `{x}Login OK: [{user}] (from client {x} cli {mac})`, "freeradius", login, success, ""},
	{"", `{x}Login OK: [{user}] (from client `, "freeradius", login, success, ""},
	{"", `{x}] [{user}] FAIL LOGIN: Client "{addr}"`, "vsftpd", login, failure, ""},
	{"", `[{user}] FAIL LOGIN: Client "{addr}"`, "vsftpd", login, failure, ""},
	{"", `{x}] [{user}] OK LOGIN: Client "{addr}"`, "vsftpd", login, success, ""},
	{"", `[{user}] OK LOGIN: Client "{addr}"`, "vsftpd", login, success, ""},
	{"", `{x},{x},{x},{daddr},{addr},{user},{x}AuthFailed:{reason},`, "exchange", login, failure, ""},
	{"", `{x},{x},{x},{x},{daddr},{addr},>,535 {x} Authentication {reason},`, "exchange", login, failure, ""},
	{"", `{x}Login failed: '{user}' (Remote IP: '{addr}')`, "nextcloud", login, failure, ""},
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

// loginWords are what every pattern without program holds one of, so that other messages cost little.
var loginWords = [...]string{"ogin", "LOGIN", "logged in", "uth", "assword", "enied", "UTH", "Banning ", "LDAP", "egistration from", "Unknown action", "retrieve user", "SecurityEvent", "Added host/network", "[useragent: "}

// logins reads what programs that nobody else here knows say of log-ins. The time that some of them put into brackets or write in a
// manner of their own is read where the line has no other.
func logins(_ *Parser, b *event.Batch, h *header, m []byte) bool {
	var app []byte
	if len(h.app) > 0 {
		app = programName(h.app)
	}
	said := false
	for _, w := range loginWords {
		if index(m, w) >= 0 {
			said = true
			break
		}
	}
	if !said && app == nil {
		return false
	}
	var found captures
	for i := range loginShapes {
		s := &loginShapes[i]
		if s.app == "" && !said || s.app != "" && string(app) != s.app {
			continue
		}
		found.n = 0
		if !found.match(s.pattern, m) {
			continue
		}
		s.set(b, &found)
		if !h.stamp.has {
			leadStamp(m, &h.stamp)
		}
		return true
	}
	return false
}

func (s *loginShape) set(b *event.Batch, found *captures) {
	category := "authentication"
	switch s.action {
	case "ban", "honeypot_connection", "honeypot_login":
		category = "intrusion_detection"
	case "spam":
		category = "email"
	case "unknown_action", "http_request":
		category = "web"
	}
	(&class{"app.login", s.module, s.action, s.outcome, category, [3]string{"start"}}).set(b)
	b.SetString(event.EventReason, s.reason)
	found.set(b)
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
	if len(m) < 19 || readStamp(m, c) > 0 || readDayFirst(m, c) > 0 {
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
	if v = trimBlanks(v); len(v) > 1 && v[len(v)-1] == '.' {
		v = v[:len(v)-1]
	}
	if hasPrefix(v, "[AF_INET") {
		_, v, _ = cut(v, "]")
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
	if isHost(v) && len(v) < 128 {
		setAddr(b, to, v)
	}
}
