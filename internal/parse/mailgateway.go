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
	if v := t.noted("action"); v != nil {
		mimecastVerdict(t.b, v)
	}
	if v := firstIn(t.noted("recipients"), "action"); v != nil {
		mimecastVerdict(t.b, v)
	}
}
