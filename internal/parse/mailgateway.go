package parse

import "watchpost/internal/event"

var mimecastLog = product{"mimecast.siem_logs", "mimecast", "Mimecast", "Email Security", "email", map[string]target{
	"datetime": {fact: fStamp, how: keep}, "aCode": {field: event.EmailLocalID}, "acc": {how: skip}, "IP": {how: srcAddr}, "SourceIP": {how: srcAddr}, "Dir": {fact: fOther, how: keep}, "Direction": {fact: fOther, how: keep}, "Route": {fact: fOther, how: keep}, "Subject": {field: event.EmailSubject}, "MsgId": {fact: fName, how: keep}, "Sender": {fact: fUser, how: keep}, "Rcpt": {fact: fDate, how: keep}, "Recipient": {fact: fDate, how: keep}, "recipient": {fact: fDate, how: keep},
	"sender": {fact: fUser, how: keep}, "Act": {fact: fAction, how: keep}, "action": {fact: fAction, how: keep}, "RejInfo": {field: event.EventReason}, "RejType": {field: event.RuleCategory}, "RejCode": {field: event.ErrorCode}, "Virus": {field: event.RuleName}, "Error": {field: event.EventReason}, "Definition": {field: event.RuleName}, "TlsVer": {fact: fType, how: keep}, "Cphr": {field: event.TLSCipher}, "url": {how: urlText}, "URL": {how: urlText}, "fileName": {field: event.FileName},
	"sha256": {how: anyHash}, "sha1": {how: anyHash}, "md5": {how: anyHash}, "MsgSize": {how: skip}, "reason": {field: event.EventReason}, "urlCategory": {field: event.RuleCategory}, "UrlCategory": {field: event.RuleCategory}, "SpamScore": {field: event.EventRiskScore}, "senderDomain": {how: skip}, "Delivered": {fact: fSub, how: keep}, "Err": {field: event.EventReason}, "Snt": {how: skip}, "Hostname": {field: event.DestinationDomain},
}, nil}

// mimecast reads "datetime=2026-11-23T18:14:15+0000|aCode=…|acc=…|Sender=…|…".
func mimecast(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if !hasPrefix(m, "datetime=") || index(m, "|aCode=") < 0 && index(m, "|acc=") < 0 {
		return false
	}
	r := p.read(b, h, &mimecastLog)
	r.begin()
	r.divided(m, "|", "=")
	r.time()
	setMail(b, event.EmailFromAddress, r.fact[fUser])
	setMail(b, event.EmailToAddress, r.fact[fDate])
	setMessageID(b, r.fact[fName])
	b.Set(event.TLSVersion, tlsVersion(r.fact[fType]))
	mailDirection(b, r.fact[fOther])
	b.AddString(event.EventCategory, "email")
	mimecastVerdict(b, r.fact[fAction])
	if string(r.fact[fSub]) == "true" {
		b.SetString(event.EventAction, "mail_sent")
		b.SetString(event.EventOutcome, success)
		b.AddString(event.EventType, "info")
	} else if len(r.fact[fAction]) == 0 {
		b.SetString(event.EventAction, "mail")
		b.AddString(event.EventType, "info")
	}
	r.end()
	return true
}

func mimecastVerdict(b *event.Batch, v []byte) {
	switch {
	case len(v) == 0:
	case hasFold(v, "REJ"), hasFold(v, "BLOCK"), hasFold(v, "BNC"):
		b.SetString(event.EventAction, "reject")
		b.AddString(event.EventType, "denied")
		b.SetString(event.EventOutcome, failure)
	case hasFold(v, "HLD"), hasFold(v, "HOLD"):
		b.SetString(event.EventAction, "mail_held")
		b.AddString(event.EventType, "info")
	case hasFold(v, "ACC"), hasFold(v, "ALLOW"):
		b.SetString(event.EventAction, "mail_received")
		b.AddString(event.EventType, "allowed")
		b.SetString(event.EventOutcome, success)
	default:
		b.Set(event.EventAction, v)
		b.AddString(event.EventType, "info")
	}
}

func mailDirection(b *event.Batch, v []byte) {
	switch {
	case foldEqual(v, "INBOUND"), foldEqual(v, "IN"):
		b.SetString(event.EmailDirection, "inbound")
	case foldEqual(v, "OUTBOUND"), foldEqual(v, "OUT"):
		b.SetString(event.EmailDirection, "outbound")
	case foldEqual(v, "INTERNAL"), foldEqual(v, "INTRA-ORG"), foldEqual(v, "INTRAORG"):
		b.SetString(event.EmailDirection, "internal")
	}
}

// mailGateway reads the direction and verdict that gateways give in JSON.
func (t *jsonSink) mailGateway() {
	mailDirection(t.b, t.noted("direction"))
	mailDirection(t.b, t.noted("properties.EmailDirection"))
	mailDirection(t.b, t.noted("Dir"))
	if v := t.noted("Act"); v != nil {
		mimecastVerdict(t.b, v)
	}
	if v := t.noted("action"); v != nil {
		mimecastVerdict(t.b, v)
	}
	if v := firstIn(t.noted("recipients"), "action"); v != nil {
		mimecastVerdict(t.b, v)
	}
	if t.noted("aggregateId") != nil {
		t.mimecastKind()
	}
}

// mimecastKind tells by the kind of a record what became of the mail, where it says no more.
func (t *jsonSink) mimecastKind() {
	b := t.b
	kind := t.either("type", "eventType")
	mailDirection(b, t.noted("route"))
	b.Set(event.EventProvider, kind)
	if (event.Event{Batch: b, Row: b.Rows()}).Present(event.EventAction) {
		return
	}
	k := class{action: "mail", types: [3]string{"info"}}
	switch string(kind) {
	case "delivery":
		switch string(t.noted("delivered")) {
		case "true":
			k.action, k.outcome = "mail_sent", success
		case "false":
			k.action, k.outcome = "mail_bounced", failure
		}
	case "av":
		k.action, k.category = "virus_detected", "malware"
	case "spam":
		k.action = "spam"
	}
	b.SetString(event.EventAction, k.action)
	b.SetString(event.EventOutcome, k.outcome)
	k.setKinds(b)
}

// proofpointFilter reads what the filter of Proofpoint's mail gateway reports: a word, then key=value.
//
//	rprt s=4abc m=1 x=4abc-1 mod=session cmd=connect ip=192.0.2.7 host=mail.example.org
//	rprt s=4abc m=1 x=4abc-1 cmd=send profile=mail qid=2ATA rcpts=bob@example.com subject="hi" action=discard rule=spam
func proofpointFilter(b *event.Batch, _ *header, m []byte) bool {
	level, m := word(m)
	c := class{"proofpoint.filter", "proofpoint", "", "", "email", [3]string{"info"}}
	var cmd, verdict []byte
	for r := (pairs{s: m}); ; {
		key, v, ok := r.next()
		if !ok {
			break
		}
		if len(v) == 0 {
			continue
		}
		switch string(key) {
		case "s":
			b.Label([]byte("proofpoint.session"), v)
		case "mod":
			b.Set(event.EventProvider, v)
		case "cmd":
			cmd = v
		case "ip":
			if isIP(v) {
				setAddr(b, &src, v)
			}
		case "host":
			if !isIP(v) && hostLike(v) {
				b.Set(event.SourceDomain, v)
			}
		case "from":
			setMail(b, event.EmailFromAddress, v)
		case "rcpt", "rcpts", "to":
			setMail(b, event.EmailToAddress, v)
		case "subject":
			b.Set(event.EmailSubject, v)
		case "hdr_mid":
			setMessageID(b, v)
		case "qid":
			b.Set(event.EmailLocalID, v)
		case "rule":
			b.Set(event.RuleName, v)
		case "action":
			verdict = v
		case "size":
			setNum(b, event.NetworkBytes, v)
		case "file":
			b.Set(event.FileName, v)
		case "virus":
			b.Label([]byte("proofpoint.virus"), v)
		}
	}
	if cmd == nil && string(level) != "rprt" && string(level) != "info" {
		return false
	}
	switch string(verdict) {
	case "discard", "reject", "quarantine", "tempfail", "retry":
		c.action, c.outcome, c.types[0] = "reject", failure, "denied"
		b.Set(event.EventReason, verdict)
	case "continue", "accept", "":
		switch string(cmd) {
		case "connect":
			c.action = "connect"
		case "disconnect":
			c.action = "disconnect"
		case "send":
			c.action = "mail_received"
		default:
			c.action = "mail"
		}
	default:
		c.action = "mail"
		b.Set(event.EventReason, verdict)
	}
	c.set(b)
	return true
}

// barracudaMail reads what Barracuda's mail gateway says of a message: when it came in, when it was scanned, when it was handed on.
//
//	mail.example.net[192.0.2.7] 1795457655-0b0a-1 1795457655 1795457656 RECV alice@example.net bob@example.com 2 8 -
//	mail.example.net[192.0.2.7] 1795457655-0b0a-1 1795457655 1795457656 SCAN - alice@example.net bob@example.com 7.5 2 61 - SZ:1234 SUBJ:Hello
//	198.51.100.25 1795457655-0b0a-1 0 0 SEND - 1 8B2052296C 250 2.6.0 queued
func barracudaMail(b *event.Batch, _ *header, m []byte) bool {
	from, rest := word(m)
	id, rest := word(rest)
	if index(id, "-") < 0 { // a line of SEND may have no address
		id, from = from, nil
		_, rest = word(m)
	}
	_, rest = word(rest)
	_, rest = word(rest)
	service, rest := word(rest)
	c := class{"barracuda.email", "barracuda", "", "", "email", [3]string{"info"}}
	var sender, rcpt, action, reason, extra []byte
	switch string(service) {
	case "RECV":
		sender, rest = word(rest)
		rcpt, rest = word(rest)
	case "SCAN":
		_, rest = word(rest)
		sender, rest = word(rest)
		rcpt, rest = word(rest)
		var score []byte
		score, rest = word(rest)
		if !digits(score) || index(rest, "SZ:") > 6 { // the score is left out where there is none
			setAny(b, event.EventRiskScore, score)
		}
	case "SEND":
		_, rest = word(rest)
	default:
		return false
	}
	action, rest = word(rest)
	if !digits(action) {
		return false
	}
	reason, after1 := word(rest)
	if service[1] == 'E' && service[0] == 'S' { // SEND: the receiver's queue and answer
		switch string(action) {
		case "1":
			c.action, c.outcome = "mail_sent", success
		case "2":
			c.action, c.outcome = "mail_bounced", failure
		case "3":
			c.action = "mail_deferred"
		default:
			c.action = "mail"
		}
		c.set(b)
		setSaid(b, event.EventReason, trimBlanks(after1))
	} else {
		switch string(action) {
		case "0", "4", "7", "8", "9", "10": // allowed, tagged, on the list, encrypted, redirected, attachments taken off
			c.action, c.outcome, c.types[0] = "mail_received", success, "allowed"
		case "1", "2":
			c.action, c.outcome, c.types[0] = "reject", failure, "denied"
		case "3", "6":
			c.action = "mail_held"
		case "5":
			c.action = "mail_deferred"
		default:
			c.action = "mail"
		}
		c.set(b)
		b.Set(event.EventCode, reason)
		extra, rest = word(after1)
		setSaid(b, event.EventReason, extra)
		if _, subject, ok := cut(rest, "SUBJ:"); ok {
			setSaid(b, event.EmailSubject, trimBlanks(subject))
		}
		if _, size, ok := cut(rest, "SZ:"); ok {
			size, _ = word(size)
			setNum(b, event.NetworkBytes, size)
		}
	}
	b.SetString(event.ObserverVendor, "Barracuda")
	b.SetString(event.ObserverProduct, "Email Security Gateway")
	b.Set(event.EmailLocalID, id)
	setMail(b, event.EmailFromAddress, sender)
	setMail(b, event.EmailToAddress, rcpt)
	to := &src
	if service[0] == 'S' && service[1] == 'E' {
		to = &dst
	}
	if name, addr, ok := cut(from, "["); ok {
		addr, _, _ = cut(addr, "]")
		if isIP(addr) {
			setAddr(b, to, addr)
		}
		if string(name) != "unknown" && hostLike(name) && !isIP(name) {
			b.Set(to.domain, name)
		}
	} else if isIP(from) {
		setAddr(b, to, from)
	}
	return true
}
