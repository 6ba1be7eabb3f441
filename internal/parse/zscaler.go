package parse

import "watchpost/internal/event"

var zscalerNSS = product{"zscaler.nss", "zscaler", "Zscaler", "NSS", "proxy", map[string]target{
	"reason": {field: event.EventReason}, "event_id": {how: skip}, "protocol": {field: event.NetworkProtocol, how: lowered}, "action": {fact: fAction, how: keep}, "responsesize": {field: event.DestinationBytes}, "requestsize": {field: event.SourceBytes}, "transactionsize": {how: skip},
	"serverip": {how: dstAddr}, "ClientIP": {how: srcAddr}, "clientip": {how: srcAddr}, "clientpublicIP": {field: event.SourceNATIP, how: natAddr}, "requestmethod": {field: event.HTTPRequestMethod, how: said}, "refererURL": {field: event.HTTPRequestReferrer, how: said}, "useragent": {field: event.UserAgentOriginal, how: said}, "status": {fact: fStatus, how: keep},
	"user": {field: event.UserName}, "login": {field: event.UserName}, "url": {how: urlText}, "hostname": {field: event.URLDomain, how: said}, "urlcategory": {field: event.RuleCategory, how: said}, "threatname": {field: event.RuleName, how: said}, "threatcategory": {fact: fSub, how: keep}, "appname": {field: event.NetworkApplication}, "department": {how: skip},
	"filename": {field: event.FileName, how: said}, "bamd5": {how: anyHash}, "sha256": {how: anyHash}, "vendor": {how: skip}, "product": {how: skip}, "rulelabel": {field: event.RuleName, how: said}, "devicehostname": {field: event.SourceDomain, how: said}, "deviceowner": {how: skip}, "contenttype": {how: skip}, "clienttranstime": {how: skip}, "servertranstime": {how: skip},
}, zscalerSays}

// zscaler reads the feed of Zscaler's web gateway in its default form: reason=…, event_id=…, each pair behind a tab.
func zscaler(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if index(m[:min(len(m), 64)], "reason=") < 0 || index(m, "\tvendor=Zscaler") < 0 && index(m, "vendor=Zscaler\t") < 0 {
		return false
	}
	r := p.read(b, h, &zscalerNSS)
	r.begin()
	if !h.stamp.has {
		leadStamp(m, &h.stamp)
	}
	for len(m) > 0 {
		var one []byte
		one, m, _ = cut(m, "\t")
		if key, v, ok := cut(trimBlanks(one), "="); ok {
			r.pair(lastWord(key), v)
		}
	}
	r.end()
	return true
}

func zscalerSays(r *reading) {
	b := r.b
	r.p.val = lower(r.p.val[:0], r.fact[fAction])
	b.Set(event.EventAction, r.p.val)
	r.say("", "web", "access")
	if v := r.fact[fSub]; len(v) > 0 && string(v) != "None" {
		b.AddString(event.EventCategory, "malware")
		r.label(bytesOf("threatcategory"), v)
	}
	r.judge(r.fact[fAction])
	if n, ok := number(r.fact[fStatus]); ok && n >= 100 {
		b.SetInt(event.HTTPResponseStatusCode, n)
	}
}
