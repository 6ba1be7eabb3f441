package parse

import "watchpost/internal/event"

// exchangeServer reads the lists that Microsoft Exchange writes into files: where mails went, the protocols of SMTP, of IMAP and POP, and what its front end
// handed on. A header may have taken the time.
func exchangeServer(p *Parser, b *event.Batch, h *header, m []byte) bool {
	var stamp civil
	if digit(m[0]) {
		m = m[readISO(m, &stamp):]
	}
	if len(m) < 32 || m[0] != ',' {
		return false
	}
	c := columns{m[1:]}
	v := p.reading.col[:48]
	c.take(v)
	switch {
	case messageTracking(b, v), exchangeSMTP(b, v), exchangeMailbox(b, v):
	case exchangeProxy(p, b, v):
		if h.host == nil {
			b.Set(event.HostName, v[17])
			b.Set(event.HostHostname, v[17])
		}
	default:
		return false
	}
	b.SetString(event.ObserverVendor, "Microsoft")
	b.SetString(event.ObserverProduct, "Exchange Server")
	if !h.stamp.has {
		h.stamp = stamp
	}
	return true
}

// track is what an event of message tracking says of the mail.
func track(action, outcome, typ string) class {
	return class{"microsoft_exchange_server.messagetracking", "microsoft_exchange_server", action, outcome, "email", [3]string{typ}}
}

// trackingEvents are the events of Exchange's message tracking.
var trackingEvents = func() map[string]class {
	events := map[string]class{
		"RECEIVE": track("mail_received", success, "info"), "SEND": track("mail_sent", success, "info"), "SENDEXTERNAL": track("mail_sent", success, "info"), "DELIVER": track("mail_sent", success, "info"),
		"FAIL": track("mail_bounced", failure, "info"), "DELIVERFAIL": track("mail_bounced", failure, "info"), "SUBMITFAIL": track("mail_bounced", failure, "info"), "RESUBMITFAIL": track("mail_bounced", failure, "info"), "DSN": track("mail_bounced", "", "info"),
		"DEFER": track("mail_deferred", "", "info"), "SUBMITDEFER": track("mail_deferred", "", "info"), "RESUBMITDEFER": track("mail_deferred", "", "info"),
		"SUBMIT": track("mail_queued", success, "info"), "CLIENTSUBMISSION": track("mail_queued", success, "info"), "TRANSFER": track("mail_queued", "", "info"),
		"DROP": track("reject", failure, "denied"), "BADMAIL": track("reject", failure, "denied"), "POISONMESSAGE": track("reject", failure, "denied"), "MODERATORREJECT": track("reject", failure, "denied"),
	}
	for _, name := range [...]string{"AGENTINFO", "RESOLVE", "EXPAND", "REDIRECT", "PROCESS", "LOAD", "RESUBMIT", "HADISCARD", "HARECEIVE", "HAREDIRECT", "HAREDIRECTFAIL", "NOTIFYMAPI", "NOTIFYSHADOW", "DUPLICATEDELIVER", "DUPLICATEEXPAND",
		"DUPLICATEREDIRECT", "INITMESSAGECREATED", "MODERATIONEXPIRE", "MODERATORAPPROVE", "MODERATORSALLNDR", "PROCESSMEETINGMESSAGE", "SUPPRESSED", "THROTTLE"} {
		events[name] = track("mail", "", "info")
	}
	return events
}()

// messageTracking reads what became of a mail: client, its name, server, its name, context, connector, source, event, id, message-id, network id,
// recipients, status, bytes, count, related, reference, subject, sender, return path, info, directionality, …
func messageTracking(b *event.Batch, v [][]byte) bool {
	k, ok := trackingEvents[string(v[7])]
	if !ok || len(v[6]) == 0 || len(v[6]) > 20 || len(v[9]) > 0 && index(v[9], "@") < 0 {
		return false
	}
	k.set(b)
	b.Set(event.EventCode, v[7])
	b.Set(event.EventProvider, v[6])
	if isIP(v[0]) {
		setAddr(b, &src, v[0])
	}
	b.Set(event.SourceDomain, v[1])
	if isIP(v[2]) {
		setAddr(b, &dst, v[2])
	}
	b.Set(event.DestinationDomain, v[3])
	b.Set(event.EmailLocalID, v[8])
	setMessageID(b, v[9])
	for s := v[11]; len(s) > 0; {
		var one []byte
		one, s, _ = cut(s, ";")
		setMail(b, event.EmailToAddress, one)
	}
	b.Set(event.EventReason, v[12])
	setNum(b, event.SourceBytes, v[13])
	b.Set(event.EmailSubject, v[17])
	setMail(b, event.EmailFromAddress, v[18])
	switch string(v[21]) {
	case "Incoming":
		b.SetString(event.EmailDirection, "inbound")
	case "Originating":
		b.SetString(event.EmailDirection, "outbound")
	}
	return true
}

// exchangeSession says whether s is the id of a session in the logs of protocols.
func exchangeSession(s []byte) bool {
	for _, c := range s {
		if !digit(c) && c-'A' >= 6 {
			return false
		}
	}
	return len(s) >= 4 && len(s) <= 32
}

// exchangeSMTP reads a line of the protocol of SMTP: connector, session, number, local and remote end, what it is (+ - > < *), the line, context.
//
//	2026-11-23T18:14:15.026Z,EX1\Default Frontend EX1,08DC1DB8591B229A,1,198.51.100.13:25,192.0.2.14:53228,<,EHLO mail.example.net,
func exchangeSMTP(b *event.Batch, v [][]byte) bool {
	if !exchangeSession(v[1]) || !digits(v[2]) || len(v[5]) != 1 || index(v[4], ":") < 0 {
		return false
	}
	text, context := v[6], v[7]
	k := class{"microsoft_exchange_server.smtp", "microsoft_exchange_server", "mail", "", "email", [3]string{"info"}}
	receives := index(v[0], `\`) > 0 // connectors that receive have the server's name before their own
	from, to := &src, &dst
	if !receives {
		from, to = to, from
	}
	var reason []byte
	said := byte('>') // who answers commands
	if !receives {
		said = '<'
	}
	switch c := v[5][0]; {
	case c == '+':
		k.action, k.types[0] = "connect", "start"
	case c == '-':
		k.action, k.types[0] = "disconnect", "end"
	case c == '*' && string(context) == "authenticated":
		k.action, k.outcome, k.category, k.types[0] = login, success, authn, "start"
		setFullUser(b, text)
	case c == '*' && hasPrefix(context, "attempting to connect"):
		k.action = "connect"
	case c == '*' && hasPrefix(context, "Failed to connect"):
		k.action, k.outcome, reason = "connect", failure, context
	case c == '*' && hasPrefix(context, "Inbound ") && index(context, " failed because of ") > 0: // the answer follows
		k.action, k.outcome, k.category, reason = "auth_backend", failure, authn, context
	case c == '*':
		if user, ok := after(context, "User Name: "); ok {
			setFullUser(b, user)
		}
	case c != '>' && c != '<':
		return false
	case c == said && hasPrefix(text, "535 "):
		k.action, k.outcome, k.category, k.types[0], reason = login, failure, authn, "start", text
	case c == said && len(text) > 3 && (text[0] == '4' || text[0] == '5') && digits(text[:3]):
		reason, k.outcome = text, failure
		switch {
		case receives:
			k.action, k.types[0] = "reject", "denied"
		case text[0] == '4':
			k.action = "mail_deferred"
		default:
			k.action = "mail_bounced"
		}
	case c == said:
	case hasPrefix(text, "MAIL FROM:"):
		setBracketed(b, event.EmailFromAddress, text)
	case hasPrefix(text, "RCPT TO:"):
		setBracketed(b, event.EmailToAddress, text)
	case hasPrefix(text, "EHLO "), hasPrefix(text, "HELO "):
		if name := text[5:]; receives && isHost(name) && !isIP(name) {
			b.Set(event.SourceDomain, name)
		}
	}
	k.set(b)
	b.SetString(event.NetworkProtocol, "smtp")
	b.Set(event.EventReason, reason)
	b.Label(bytesOf("exchange.connector"), v[0])
	b.Label(bytesOf("exchange.session"), v[1])
	setHostPort(b, to, v[3])
	setHostPort(b, from, v[4])
	return true
}

// setBracketed sets the address in angle brackets behind a command.
func setBracketed(b *event.Batch, f event.Field, v []byte) {
	if _, v, ok := cut(v, "<"); ok {
		v, _, _ = cut(v, ">")
		setMail(b, f, v)
	}
}

// exchangePorts are those of IMAP and POP, and of the back ends behind them.
var exchangePorts = map[string]string{"143": "imap", "993": "imap", "1143": "imap", "1993": "imap", "9933": "imap", "110": "pop3", "995": "pop3", "1110": "pop3", "1995": "pop3", "9955": "pop3"}

// exchangeMailbox reads a line of the protocol of IMAP or POP: session, number, server, client, user, milliseconds, bytes of the command and of the answer,
// command, its parameters, context.
//
//	2026-11-23T18:14:15.231Z,00000000000ABC12,2,198.51.100.4:110,192.0.2.13:12345,alice,163,10,34,pass,*****,"R=OK;Msg=…",
func exchangeMailbox(b *event.Batch, v [][]byte) bool {
	if !exchangeSession(v[0]) || !digits(v[1]) || index(v[3], ":") < 0 || !digits(v[5]) || !digits(v[6]) || !digits(v[7]) || len(v[8]) == 0 || len(v[8]) > 32 {
		return false
	}
	k := class{"microsoft_exchange_server.imap4_pop3", "microsoft_exchange_server", "", "", "email", [3]string{"access"}}
	context := v[10]
	switch string(v[8]) {
	case "OpenSession":
		k.action, k.types[0] = "connect", "start"
	case "CloseSession":
		k.action, k.types[0] = "disconnect", "end"
	case "login", "authenticate", "pass", "auth", "apop":
		k.action, k.category, k.types[0] = login, authn, "start"
		switch {
		case hasPrefix(context, "R=OK"):
			k.outcome = success
		case index(context, "AuthFailed") >= 0, index(context, "-ERR") >= 0, index(context, " NO ") >= 0, hasPrefix(context, "R=NO"):
			k.outcome = failure
		}
		if _, why, ok := cut(context, "AuthFailed:"); ok {
			n := 0
			for n < len(why) && (alpha(why[n]) || digit(why[n])) {
				n++
			}
			b.Set(event.EventReason, why[:n])
		}
	case "logout", "quit":
		k.action, k.outcome, k.category, k.types[0] = "logout", success, "session", "end"
	default:
		b.Set(event.EventAction, v[8])
	}
	k.set(b)
	if _, port, ok := cutLast(v[2], ":"); ok {
		b.SetString(event.NetworkProtocol, exchangePorts[string(port)])
	}
	setHostPort(b, &dst, v[2])
	setHostPort(b, &src, v[3])
	setFullUser(b, v[4])
	setLasted(b, v[5], 1e6)
	setNum(b, event.SourceBytes, v[6])
	setNum(b, event.DestinationBytes, v[7])
	b.Label(bytesOf("exchange.session"), v[0])
	return true
}

// exchangeProxy reads what Exchange's front end handed on: request, four numbers of the version, the client's own id, protocol, host, path, action, kind of
// authentication, whether it went well, user, organisation, mailbox, agent, client, server, status, the back end's status, error, method, …
func exchangeProxy(p *Parser, b *event.Batch, v [][]byte) bool {
	if len(v[0]) != 36 || !digits(v[1]) || !digits(v[2]) || !hasPrefix(v[8], "/") || !isIP(v[16]) {
		return false
	}
	k := class{"microsoft_exchange_server.httpproxy", "microsoft_exchange_server", "http_request", "", "web", [3]string{"access"}}
	k.set(b)
	b.Label(bytesOf("exchange.protocol"), v[6])
	b.Label(bytesOf("exchange.anchor_mailbox"), v[14])
	b.Label(bytesOf("exchange.authentication"), v[10])
	p.setTarget(b, v[8])
	b.Set(event.URLDomain, v[7])
	setFullUser(b, v[12])
	b.Set(event.UserAgentOriginal, v[15])
	setAddr(b, &src, v[16])
	setStatus(b, v[18])
	b.Set(event.EventReason, v[20])
	b.Set(event.HTTPRequestMethod, v[21])
	b.Set(event.DestinationDomain, v[23])
	for _, s := range v[24:] {
		if query, ok := after(s, "?"); ok {
			b.Set(event.URLQuery, query)
			p.setDecoded(b, query)
			break
		}
	}
	return true
}
