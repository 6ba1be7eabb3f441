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
	var found captures
	for i := range postfixShapes {
		s := &postfixShapes[i]
		found.n = 0
		if !found.match(s.pattern, m) {
			continue
		}
		c.action, c.outcome = s.action, s.outcome
		if s.action == login {
			c.category, c.types[0] = authn, "start"
		}
		c.set(b)
		found.set(b)
		for i := range found.n {
			switch found.name[i] {
			case "to":
				b.Label([]byte("mail.to"), found.val[i])
			case "from":
				b.Label([]byte("mail.from"), found.val[i])
			case "msgid":
				b.Label([]byte("mail.message_id"), found.val[i])
			}
		}
		return true
	}
	c.set(b)
	return true
}

var postfixShapes = [...]struct{ pattern, action, outcome string }{
	{"{x}[{addr}]:{sport}: SASL {x} authentication failed: {reason}, sasl_username={user}", login, failure},
	{"{x}[{addr}]:{sport}: SASL {x} authentication failed: {reason}", login, failure},
	{"{x}[{addr}]: SASL {x} authentication failed: {reason}, sasl_username={user}", login, failure},
	{"{x}[{addr}]: SASL {x} authentication failed: {reason}", login, failure},
	{"{x}: client={x}[{addr}], sasl_method={x}, sasl_username={user}", login, success},
	{"{x}: to=<{to}>, relay={ddom}[{daddr}]:{dport}, {x}, status=sent ({>reason})", "mail_sent", success},
	{"{x}: to=<{to}>, relay={ddom}[{daddr}]:{dport}, {x}, status=bounced ({>reason})", "mail_sent", failure},
	{"{x}: to=<{to}>, relay={ddom}[{daddr}]:{dport}, {x}, status=deferred ({>reason})", "mail_deferred", failure},
	{"{x}: to=<{to}>, {x}, status=sent ({>reason})", "mail_sent", success},
	{"{x}: to=<{to}>, {x}, status=bounced ({>reason})", "mail_sent", failure},
	{"{x}: to=<{to}>, {x}, status=deferred ({>reason})", "mail_deferred", failure},
	{"{x}: from=<{from}>, size={bytes}, nrcpt=", "mail_queued", ""},
	{"{x}: message-id={msgid}", "mail", ""},
	{"NOQUEUE: reject: {x} from {x}[{addr}]: {x}>: {reason}; from=<{from}> to=<{to}>", "reject", failure},
	{"NOQUEUE: reject: {x} from {x}[{addr}]: {x}>: {reason};", "reject", failure},
	{"NOQUEUE: reject: {x} from {x}[{addr}]: {>reason}; from=<{from}> to=<{to}>", "reject", failure},
	{"NOQUEUE: reject: {x} from {x}[{addr}]: {reason}", "reject", failure},
	{"{x}: reject: {x} from {x}[{addr}]: {reason}", "reject", failure},
	{"non-SMTP command from {x}[{addr}]: {cmd}", "non_smtp_command", failure},
	{"PREGREET {x} from [{addr}]:{sport}: {x}", "pregreet", failure},
	{"COMMAND {reason} from [{addr}]:{sport} ", "reject", failure},
	{"NON-SMTP COMMAND from [{addr}]:{sport} after {x}: {cmd}", "non_smtp_command", failure},
	{"BARE NEWLINE from [{addr}]:{sport} ", "reject", failure},
	{"HANGUP after {x} from [{addr}]:{sport} in tests {reason} SMTP handshake", "disconnect", failure},
	{"HANGUP after {x} from [{addr}]:{sport} ", "disconnect", failure},
	{"DNSBL rank {x} for [{addr}]:{sport}", "reject", failure},
	{"CONNECT from [{addr}]:{sport} to [{daddr}]:{dport}", "connect", ""},
	{"DISCONNECT [{addr}]:{sport}", "disconnect", ""},
	{"PASS {x} [{addr}]:{sport}", "connect", success},
	{"{x}LISTED [{addr}]:{sport}", "connect", ""},
	{"improper command pipelining after {reason} from {x}[{addr}]", "reject", failure},
	{"Connection rate limit exceeded: {x} from {x}[{addr}] for service", "reject", failure},
	{"Connection concurrency limit exceeded: {x} from {x}[{addr}] for service", "reject", failure},
	{"Message delivery request rate limit exceeded: {x} from {x}[{addr}] for service", "reject", failure},
	{"Recipient address rate limit exceeded: {x} from {x}[{addr}] for service", "reject", failure},
	{"hostname {x} does not resolve to address {addr}", "connect", failure},
	{"Illegal address syntax from {x}[{addr}] in", "reject", failure},
	{"SSL_accept error from {x}[{addr}]: {reason}", "connect", failure},
	{"{x} TLS connection established from {x}[{addr}]: {x}", "connect", success},
	{"timeout after {reason} from {x}[{addr}]", "disconnect", failure},
	{"{x}: milter-reject: {x} from {x}[{addr}]: {x}; {reason};", "reject", failure},
	{"{x}: client={x}[{addr}]:{sport}, sasl_method={x}, sasl_username={user}", login, success},
	{"{x}: client={x}[{addr}]", "connect", ""},
	{"NOQUEUE: client={x}[{addr}]", "connect", ""},
	{"warning: {x}[{addr}]: SASL {x} authentication failed: {reason}", login, failure},
	{"connect from {x}[{addr}]:{sport}", "connect", ""},
	{"connect from {x}[{addr}]", "connect", ""},
	{"disconnect from {x}[{addr}]", "disconnect", ""},
	{"lost connection after {reason} from {x}[{addr}]", "disconnect", ""},
	{"too many errors after {reason} from {x}[{addr}]", "disconnect", failure},
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
		service := who[:len(who)-len("-login")]
		switch {
		case hasPrefix(rest, "Login: "):
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
	case string(who) == "auth" || string(who) == "auth-worker" || hasPrefix(who, "auth-worker("):
		for _, level := range [...]string{"Error: ", "Warning: ", "Info: ", "Debug: "} {
			rest, _ = after(rest, level)
		}
		driver, more, ok := cut(rest, "(")
		who, why, ok2 := cut(more, "): ")
		if !ok || !ok2 || len(driver) > 24 || index(driver, " ") >= 0 {
			break
		}
		c.action, c.category, c.types[0] = "auth_backend", authn, "info"
		if index(why, "nknown user") >= 0 || index(why, "assword mismatch") >= 0 || index(why, "failed") >= 0 {
			c.outcome = failure
		}
		c.set(b)
		user, addr, _ := cut(who, ",")
		addr, _, _ = cut(addr, ",")
		b.Set(event.UserName, user)
		if isIP(addr) {
			setAddr(b, &src, addr)
		}
		b.Set(event.EventReason, why)
		return true
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
	c.set(b)
	return true
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
		}
	}
}
