package parse

import "watchpost/internal/event"

// postfix reads what Postfix says of clients; the rest of its lines carries no more than the program.
//
//	warning: unknown[192.0.2.7]: SASL LOGIN authentication failed: UGFzc3dvcmQ6
//	4XYZ: client=mail.example.com[192.0.2.7], sasl_method=PLAIN, sasl_username=alice@example.com
//	NOQUEUE: reject: RCPT from unknown[192.0.2.7]: 554 5.7.1 <x@example.com>: Relay access denied; from=<…> to=<…> proto=ESMTP helo=<…>
func postfix(b *event.Batch, _ *header, m []byte) bool {
	c := class{"postfix.log", "postfix", "", "", "email", [3]string{"info"}}
	if rest, ok := after(m, "warning: "); ok {
		m = rest
	}
	if id, rest, ok := cut(m, ": "); ok && isQueueID(id) {
		b.Set(event.EmailLocalID, id)
		m = rest
	} else if rest, ok := after(m, "NOQUEUE: "); ok {
		m = rest
	}
	m, _ = after(m, "warning: ")
	if head, rest, ok := cutLast(m, "; from=<"); ok { // what the client said of the mail
		from, rest, _ := cut(rest, ">")
		setMail(b, event.EmailFromAddress, from)
		rest, _ = after(rest, ",") // postscreen's
		if to, ok := after(rest, " to=<"); ok {
			to, _, _ = cut(to, ">")
			setMail(b, event.EmailToAddress, to)
		}
		m = head
	}
	var found captures
	for i := range postfixShapes {
		s := &postfixShapes[i]
		found.n = 0
		if !found.match(s.pattern, m) {
			continue
		}
		c.action, c.outcome = s.action, s.outcome
		switch s.action {
		case login:
			c.category, c.types[0] = authn, "start"
		case "reject":
			c.types[0] = "denied"
		}
		c.set(b)
		found.set(b)
		return true
	}
	c.set(b)
	return true
}

// isQueueID says whether s is the id of a mail in Postfix's queue, short or long.
func isQueueID(s []byte) bool {
	if len(s) < 4 || len(s) > 20 || string(s) == "NOQUEUE" || s[0]-'a' < 26 {
		return false
	}
	for _, c := range s {
		if !digit(c) && !alpha(c) {
			return false
		}
	}
	return true
}

var postfixShapes = [...]struct{ pattern, action, outcome string }{
	{"{clienthost}[{addr}]:{sport}: SASL {x} authentication failed: {reason}, sasl_username={user}", login, failure},
	{"{clienthost}[{addr}]:{sport}: SASL {x} authentication failed: {reason}", login, failure},
	{"{clienthost}[{addr}]: SASL {x} authentication failed: {reason}, sasl_username={user}", login, failure},
	{"{clienthost}[{addr}]: SASL {x} authentication failed: {reason}", login, failure},
	{"{clienthost}[{addr}]:{sport}: SASL {x} authentication failed:", login, failure},
	{"{clienthost}[{addr}]: SASL {x} authentication failed:", login, failure},
	{"{clienthost}[{addr}]: SASL {x} authentication {reason}", login, failure},
	{"SASL authentication failure: {reason}", login, failure},
	{"fatal: {reason}", "server_error", failure},
	{"panic: {reason}", "server_error", failure},
	{"statistics: max {reason} for ({x}:{ip}) at ", "connection_statistics", ""},
	{"client={clienthost}[{addr}], sasl_method={x}, sasl_username={user}, sasl_sender=", login, success},
	{"client={clienthost}[{addr}], sasl_method={x}, sasl_username={user}", login, success},
	{"client={clienthost}[{addr}]:{sport}, sasl_method={x}, sasl_username={user}", login, success},
	{"client={clienthost}[{addr}]:{sport}", "connect", ""},
	{"client={clienthost}[{addr}]", "connect", ""},
	{"to=<{to}>, {x}relay={ddom}[{daddr}]:{dport}, {x}, status=sent ({>reason})", "mail_sent", success},
	{"to=<{to}>, {x}relay={ddom}[{daddr}]:{dport}, {x}, status=bounced ({>reason})", "mail_sent", failure},
	{"to=<{to}>, {x}relay={ddom}[{daddr}]:{dport}, {x}, status=deferred ({>reason})", "mail_deferred", failure},
	{"to=<{to}>, {x}, status=sent ({>reason})", "mail_sent", success},
	{"to=<{to}>, {x}, status=bounced ({>reason})", "mail_sent", failure},
	{"to=<{to}>, {x}, status=deferred ({>reason})", "mail_deferred", failure},
	{"to=<{to}>, {x}, status=expired ({>reason})", "mail_sent", failure},
	{"to=<{to}>, {x}, status=undeliverable ({>reason})", "mail_sent", failure},
	{"to=<{to}>, {x}, status=deliverable ({>reason})", "mail", success},
	{"from=<{from}>, size={bytes}, nrcpt=", "mail_queued", ""},
	{"from=<{from}>, status=expired, {reason}", "mail_sent", failure},
	{"uid={x} from=<{from}>", "mail_received", ""},
	{"removed", "mail_removed", ""},
	{"message-id={msgid}", "mail", ""},
	{"resent-message-id={msgid}", "mail", ""},
	{"header Subject: {>subject} from ", "mail", ""},
	{"info: header Subject: {>subject} from ", "mail", ""},
	{"replace: header Subject: {>subject} from ", "mail", ""},
	{"reject: header {reason} from {clienthost}[{addr}]", "reject", failure},
	{"reject: body {reason} from {clienthost}[{addr}]", "reject", failure},
	{"discard: {x} from {clienthost}[{addr}]: {reason}", "reject", failure},
	{"hold: {x} from {clienthost}[{addr}]: {reason}", "mail_held", ""},
	{"filter: {x} from {clienthost}[{addr}]: {reason}", "mail", ""},
	{"sender non-delivery notification: {x}", "mail_bounced", ""},
	{"sender delay notification: {x}", "mail_bounced", ""},
	{"postmaster non-delivery notification: {x}", "mail_bounced", ""},
	{"reject: {x} from {clienthost}[{addr}]: {x}>: {reason};", "reject", failure},
	{"reject: {x} from {clienthost}[{addr}]: {x}>: {reason}", "reject", failure},
	{"reject: {x} from {clienthost}[{addr}]: {reason}", "reject", failure},
	{"reject: {x} from {clienthost}[{addr}]:{sport}: {reason}", "reject", failure},
	{"reject_warning: {x} from {clienthost}[{addr}]: {reason}", "mail", ""},
	{"milter-reject: {x} from {clienthost}[{addr}]: {x}; {reason};", "reject", failure},
	{"milter-reject: {x} from {clienthost}[{addr}]: {reason}", "reject", failure},
	{"milter-discard: {x} from {clienthost}[{addr}]: {reason}", "reject", failure},
	{"milter-hold: {x} from {clienthost}[{addr}]: {reason}", "mail_held", ""},
	{"host {ddom}[{daddr}] said: {reason} (in reply to", "mail_deferred", failure},
	{"host {ddom}[{daddr}] refused to talk to me: {reason}", "mail_deferred", failure},
	{"lost connection with {ddom}[{daddr}] while {reason}", "mail_deferred", failure},
	{"connect to {ddom}[{daddr}]:{dport}: {reason}", "connect", failure},
	{"SSL_connect error to {ddom}[{daddr}]:{dport}: {reason}", "connect", failure},
	{"{x} TLS connection established to {ddom}[{daddr}]:{dport}: {x}", "connect", success},
	{"non-SMTP command from {clienthost}[{addr}]: {cmd}", "non_smtp_command", failure},
	{"PREGREET {x} from [{addr}]:{sport}: {x}", "pregreet", failure},
	{"COMMAND {reason} from [{addr}]:{sport} ", "reject", failure},
	{"NON-SMTP COMMAND from [{addr}]:{sport} after {x}: {cmd}", "non_smtp_command", failure},
	{"BARE NEWLINE from [{addr}]:{sport} ", "reject", failure},
	{"HANGUP after {x} from [{addr}]:{sport} in tests {reason} SMTP handshake", "disconnect", failure},
	{"HANGUP after {x} from [{addr}]:{sport} ", "disconnect", failure},
	{"DNSBL rank {x} for [{addr}]:{sport}", "reject", failure},
	{"addr {addr} listed by domain {reason}", "reject", failure},
	{"CONNECT from [{addr}]:{sport} to [{daddr}]:{dport}", "connect", ""},
	{"DISCONNECT [{addr}]:{sport}", "disconnect", ""},
	{"PASS {x} [{addr}]:{sport}", "connect", success},
	{"{x}LISTED [{addr}]:{sport}", "connect", ""},
	{"improper command pipelining after {reason} from {clienthost}[{addr}]", "reject", failure},
	{"Connection rate limit exceeded: {x} from {clienthost}[{addr}] for service", "reject", failure},
	{"Connection concurrency limit exceeded: {x} from {clienthost}[{addr}] for service", "reject", failure},
	{"Message delivery request rate limit exceeded: {x} from {clienthost}[{addr}] for service", "reject", failure},
	{"Recipient address rate limit exceeded: {x} from {clienthost}[{addr}] for service", "reject", failure},
	{"{reason} identity={x}; client-ip={addr}; helo={x}; envelope-from={from}; receiver=", "mail", ""},
	{"hostname {clienthost} does not resolve to address {ip}: {reason}", "connect", failure},
	{"hostname {clienthost} does not resolve to address {addr}", "connect", failure},
	{"Illegal address syntax from {clienthost}[{addr}] in", "reject", failure},
	{"SSL_accept error from {clienthost}[{addr}]: {reason}", "connect", failure},
	{"{x} TLS connection established from {clienthost}[{addr}]: {x}", "connect", success},
	{"timeout after {reason} from {clienthost}[{addr}]", "disconnect", failure},
	{"connect from {clienthost}[{addr}]:{sport}", "connect", ""},
	{"connect from {clienthost}[{addr}]", "connect", ""},
	{"disconnect from {clienthost}[{addr}]", "disconnect", ""},
	{"lost connection after {reason} from {clienthost}[{addr}]", "disconnect", ""},
	{"too many errors after {reason} from {clienthost}[{addr}]", "disconnect", failure},
}

// dovecot reads log-ins by IMAP, POP3, ManageSieve and submission, and what its password back ends say.
//
//	imap-login: Login: user=<alice>, method=PLAIN, rip=192.0.2.7, lip=198.51.100.5, mpid=7, TLS
//	imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): user=<alice>, method=PLAIN, rip=192.0.2.7, …
//	auth: passwd-file(alice,192.0.2.7,<x>): unknown user
func dovecot(b *event.Batch, _ *header, m []byte) bool {
	c := class{"dovecot.log", "dovecot", "", "", "email", [3]string{"info"}}
	who, rest, ok := cut(m, ": ")
	switch {
	case !ok:
	case hasSuffix(who, "-login"):
		return dovecotLogin(b, who, rest)
	case string(who) == "auth" || string(who) == "auth-worker" || hasPrefix(who, "auth-worker(") || hasPrefix(who, "auth("):
		if dovecotAuth(b, rest) {
			return true
		}
	}
	if user, more, in := cut(who, "("); ok && in && index(rest, "Logged out") >= 0 { // imap(alice)<7><session>
		c.action, c.category, c.types[0] = "logout", "session", "end"
		c.set(b)
		b.Set(event.NetworkProtocol, user)
		user, _, _ = cut(more, ")")
		user, _, _ = cut(user, ",")
		b.Set(event.UserName, user)
		return true
	}
	if hasPrefix(rest, "Connection closed") || hasPrefix(rest, "Disconnected") {
		c.action, c.types[0] = "disconnect", "end"
	}
	if service, more, in := cut(who, "("); ok && in && (string(service) == "lmtp" || string(service) == "lda" || string(service) == "imap" || string(service) == "deliver") {
		if user, _, ok := cut(more, ")"); ok && !digits(user) {
			if pid, who, ok := cut(user, ", "); ok && digits(pid) { // lmtp(7, alice@example.com)
				user = who
			}
			user, _, _ = cut(user, ",")
			if string(service) != "imap" { // who is written to does nothing
				setMail(b, event.EmailToAddress, user)
			} else {
				b.Set(event.UserName, user)
			}
		}
		if at := index(rest, "msgid="); at >= 0 {
			id, why, _ := cut(rest[at+len("msgid="):], ": ")
			id, _ = word(id)
			if n := len(id); n > 0 && id[n-1] == ',' {
				id = id[:n-1]
			}
			setMessageID(b, id)
			if to, ok := after(why, "forwarded to <"); ok { // by a rule of the user's
				c.action, c.outcome = "mail_forwarded", success
				to, _, _ = cut(to, ">")
				setMail(b, event.EmailToAddress, to)
			} else if hasPrefix(why, "saved mail to ") || hasPrefix(why, "stored mail into mailbox ") {
				c.action, c.outcome = "mail_received", success
			} else if hasPrefix(why, "save failed to ") {
				c.action, c.outcome = "mail_received", failure
			}
		}
	}
	c.set(b)
	return true
}

// dovecotLogin reads what the process who says of a log-in, or of a client that went without one.
func dovecotLogin(b *event.Batch, who, rest []byte) bool {
	c := class{"dovecot.log", "dovecot", "", "", "email", [3]string{"info"}}
	service := who[:len(who)-len("-login")]
	switch {
	case hasPrefix(rest, "Login: "), hasPrefix(rest, "Logged in: "):
		c.action, c.outcome = login, success
	case index(rest, "auth failed") >= 0:
		c.action, c.outcome = login, failure
	default:
		c.action = "disconnect"
	}
	if c.action == login {
		c.category, c.types[0] = authn, "start"
	}
	c.set(b)
	b.Set(event.NetworkProtocol, service)
	dovecotPairs(b, rest)
	if c.outcome == failure {
		b.SetString(event.EventReason, "auth failed")
	}
	return true
}

// dovecotAuth reads what Dovecot's password back ends say: "sql(alice,192.0.2.7,<session>): Password mismatch".
func dovecotAuth(b *event.Batch, rest []byte) bool {
	c := class{"dovecot.log", "dovecot", "auth_backend", "", authn, [3]string{"info"}}
	for _, level := range [...]string{"Error: ", "Warning: ", "Info: ", "Debug: "} {
		rest, _ = after(rest, level)
	}
	if hasPrefix(rest, "conn unix:") { // 2.3.10 and later: conn unix:auth-worker (pid=1,uid=2): auth-worker<3>: sql(…): …
		if _, in, ok := cut(rest, ">: "); ok {
			rest = in
		}
	}
	driver, more, ok := cut(rest, "(")
	who, why, ok2 := cut(more, "): ")
	if !ok || !ok2 || len(driver) > 24 || index(driver, " ") >= 0 {
		return false
	}
	if index(why, "nknown user") >= 0 || index(why, "assword mismatch") >= 0 || index(why, "failed") >= 0 || hasPrefix(why, "invalid credentials") || hasSuffix(why, " refused") || index(why, " disallowed ") >= 0 {
		c.outcome = failure
	}
	c.set(b)
	user, addr, _ := cut(who, ",")
	addr, _, _ = cut(addr, ",")
	if string(user) != "?" { // one that it will not show
		b.Set(event.UserName, user)
	}
	if isIP(addr) {
		setAddr(b, &src, addr)
	}
	b.Set(event.EventReason, why)
	return true
}

// dovecotFile reads the lines of Dovecot's own file, whose processes are tags and whose level stands before the text.
func dovecotFile(b *event.Batch, h *header, m []byte) bool {
	for _, level := range [...]string{"Info: ", "Warning: ", "Error: ", "Fatal: "} {
		m, _ = after(m, level)
	}
	if pam(b, h, m) {
		return true
	}
	name := programName(h.app)
	if !hasSuffix(name, "-login") {
		return dovecotAuth(b, m)
	}
	return dovecotLogin(b, name, m)
}

// dovecotPairs reads "user=<alice>, method=PLAIN, rip=192.0.2.7, lip=198.51.100.5".
func dovecotPairs(b *event.Batch, m []byte) {
	for r := (pairs{s: m}); ; {
		key, v, ok := r.next()
		if !ok {
			return
		}
		switch string(key) {
		case "user":
			if len(v) > 2 && v[0] == '<' && v[len(v)-1] == '>' {
				b.Set(event.UserName, v[1:len(v)-1])
			}
		case "rip":
			setAddr(b, &src, v)
		case "lip":
			setAddr(b, &dst, v)
		case "rport":
			setPort(b, event.SourcePort, v)
		case "lport":
			setPort(b, event.DestinationPort, v)
		}
	}
}

// setMail adds the addresses in v, which may stand in angle brackets and be several, parted by commas. The empty sender <> is none.
func setMail(b *event.Batch, f event.Field, v []byte) {
	for range maxRecipients {
		one, rest, more := cut(v, ",")
		one = trimBlanks(one)
		if _, in, ok := cut(one, "<"); ok { // a name before it
			one, _, _ = cut(in, ">")
		}
		for len(one) > 0 && (one[len(one)-1] == '>' || one[len(one)-1] == ';') {
			one = one[:len(one)-1]
		}
		if len(one) > 0 && !nothing(one) {
			b.Add(f, one)
		}
		if v = rest; !more {
			return
		}
	}
}

// maxRecipients bounds the addresses that are kept of one record.
const maxRecipients = 64

func setMessageID(b *event.Batch, v []byte) {
	v = trimBlanks(v)
	if n := len(v); n > 2 && v[0] == '<' && v[n-1] == '>' {
		v = v[1 : n-1]
	}
	if !nothing(v) {
		b.Set(event.EmailMessageID, v)
	}
}
