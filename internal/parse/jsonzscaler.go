package parse

import (
	"encoding/base64"
	"slices"

	"watchpost/internal/event"
)

// zscalerApps are the feeds of Zscaler's NSS, whose records may stand in event. What a template calls a thing is the
// administrator's choice: the names of the published templates stand beside each other.
func zscalerApps() []jsonApp {
	fire := class{"zscaler_zia.firewall", "zscaler_zia", fw, "", netw, [3]string{"connection"}}
	dns := class{"zscaler_zia.dns", "zscaler_zia", "dns_query", "", netw, [3]string{"protocol"}}
	web := class{"zscaler_zia.web", "zscaler_zia", "", "", "web", [3]string{"access"}}
	var out []jsonApp
	row := func(key string, when []string, c class, names []jsonName) {
		a := jsonApp{key: key, class: c, fields: slices.Concat(names, zscalerCommon)}
		for _, name := range when {
			a.when = append(a.when, [2]string{name, "*"})
		}
		out = append(out, a)
	}
	row("cdip", []string{"csip", "nwsvc"}, fire, zscalerFirewall)
	row("reqaction", []string{"req", "reqtype"}, dns, zscalerDNS)
	row("reqaction", []string{"dns_req"}, dns, zscalerDNS)
	row("urlcategory", []string{"ClientIP", "url"}, web, zscalerWeb)
	row("eurl", []string{"reqmethod"}, web, zscalerWeb)
	row("b64url", []string{"reqmethod"}, web, zscalerWeb)
	row("Recordtype", []string{"sourceip", "destinationip"}, class{"zscaler_zia.tunnel", "zscaler_zia", "vpn", "", netw, [3]string{}}, zscalerTunnel)
	row("auditlogtype", []string{"adminid", "action"}, class{"zscaler_zia.audit", "zscaler_zia", "", "", "configuration", [3]string{}}, zscalerAudit)
	return out
}

var (
	zscalerCommon = []jsonName{{"login", event.UserName}, {"user", event.UserName}, {"devicehostname", event.SourceDomain}, {"rulelabel", event.RuleName}, {"deviceowner", 0}, {"action", 0}, {"datetime", 0}, {"time", 0}, {"tz", 0}, {"durationms", 0}, {"duration", 0},
		{"threatname", 0}}
	zscalerFirewall = []jsonName{{"csip", event.SourceIP}, {"csport", event.SourcePort}, {"ssip", event.SourceNATIP}, {"ssport", event.SourceNATPort}, {"cdip", event.DestinationIP}, {"cdport", event.DestinationPort}, {"proto", event.NetworkTransport}, {"nwsvc", event.NetworkProtocol}, {"nwapp", event.NetworkApplication},
		{"outbytes", event.SourceBytes}, {"inbytes", event.DestinationBytes}, {"cltdomain", event.DestinationDomain}}
	zscalerDNS = []jsonName{{"clt_sip", event.SourceIP}, {"srv_dip", event.DestinationIP}, {"srv_dport", event.DestinationPort}, {"req", event.DNSQuestionName}, {"dns_req", event.DNSQuestionName}, {"reqrulelabel", event.RuleName}, {"category", event.RuleCategory}, {"protocol", event.NetworkTransport},
		{"reqaction", 0}, {"resaction", 0}, {"reqtype", 0}, {"dns_reqtype", 0}, {"res", 0}, {"dns_resp", 0}, {"error", 0}}
	zscalerWeb = []jsonName{{"action", event.EventAction}, {"cip", event.SourceIP}, {"cltip", event.SourceIP}, {"cltintip", event.SourceIP}, {"ClientIP", event.SourceIP}, {"cltsourceport", event.SourcePort}, {"clientpublicIP", event.SourceNATIP}, {"cpubip", event.SourceNATIP}, {"cltpubip", event.SourceNATIP}, {"serverip", event.DestinationIP}, {"sip", event.DestinationIP},
		{"url", event.URLOriginal}, {"eurl", event.URLOriginal}, {"b64url", 0}, {"host", event.URLDomain}, {"hostname", event.URLDomain}, {"proto", 0}, {"protocol", 0}, {"requestmethod", event.HTTPRequestMethod}, {"reqmethod", event.HTTPRequestMethod}, {"status", event.HTTPResponseStatusCode}, {"respcode", event.HTTPResponseStatusCode},
		{"useragent", event.UserAgentOriginal}, {"ua", event.UserAgentOriginal}, {"refererURL", event.HTTPRequestReferrer}, {"ereferer", event.HTTPRequestReferrer}, {"b64referer", 0}, {"requestsize", event.SourceBytes}, {"reqsize", event.SourceBytes}, {"responsesize", event.DestinationBytes}, {"respsize", event.DestinationBytes},
		{"urlcategory", event.RuleCategory}, {"urlcat", event.RuleCategory}, {"urlsubcat", event.RuleCategory}, {"reason", event.EventReason}, {"appname", event.NetworkApplication}, {"filename", event.FileName}, {"bamd5", event.FileHashMd5}, {"sha256", event.FileHashSha256}}
	zscalerTunnel = []jsonName{{"sourceip", event.SourceIP}, {"sourceport", event.SourcePort}, {"destinationip", event.DestinationIP}, {"destinationport", event.DestinationPort}, {"txbytes", event.SourceBytes}, {"rxbytes", event.DestinationBytes}, {"Recordtype", event.EventProvider}, {"event", event.Message}, {"eventreason", event.EventReason}}
	zscalerAudit  = []jsonName{{"adminid", event.UserName}, {"clientip", event.SourceIP}, {"errorcode", event.EventReason}, {"result", 0}, {"resource", 0}, {"subcategory", 0}, {"category", event.EventProvider}}
)

// worth gives the value of a name; nil where it says that there is none.
func (t *jsonSink) worth(name string) []byte {
	if v := t.noted(name); !zscalerNone(v) {
		return v
	}
	return nil
}

func zscalerNone(v []byte) bool {
	switch string(v) {
	case "None", "NA", "N/A", "Unknown", "NotAvailable", "OutOfRange", "invalid":
		return true
	}
	return nothing(v)
}

// zscalerRest takes away what says that there is nothing, percent signs, and reads how long and when.
func (t *jsonSink) zscalerRest() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	for _, f := range [...]event.Field{event.UserName, event.SourceDomain, event.RuleName, event.RuleCategory, event.NetworkProtocol, event.NetworkApplication, event.EventReason, event.HTTPRequestMethod, event.HTTPRequestReferrer, event.FileName, event.FileHashMd5, event.FileHashSha256, event.UserAgentOriginal, event.Message} {
		switch v := bytesOf(e.Str(f)); {
		case len(v) == 0:
		case zscalerNone(v):
			b.Unset(f)
		case f == event.NetworkProtocol:
			t.p.val = lower(t.p.val[:0], v)
			b.Unset(f)
			b.Set(f, t.p.val)
		case (f == event.UserName || f == event.RuleName || f == event.SourceDomain) && index(v, "%") >= 0:
			t.p.val = unescape(t.p.val[:0], v, false)
			b.Unset(f)
			b.Set(f, t.p.val)
		}
	}
	if e.Str(event.SourceNATIP) == "0.0.0.0" || e.Str(event.SourceNATIP) == e.Str(event.SourceIP) {
		b.Unset(event.SourceNATIP)
	}
	for _, f := range [...]event.Field{event.SourcePort, event.DestinationPort, event.SourceNATPort} {
		if n, ok := e.Int(f); ok && n == 0 {
			b.Unset(f)
		}
	}
	if !e.Present(event.UserName) {
		setFullUser(b, t.worth("deviceowner"))
	}
	if n, ok := number(t.worth("durationms")); ok {
		b.SetInt(event.EventDuration, n*1e6)
	} else if n, ok := number(t.worth("duration")); ok && n < 1e9 {
		b.SetInt(event.EventDuration, n*1e9)
	}
	for _, name := range [...]string{"datetime", "time"} {
		var c civil
		if v := t.worth(name); t.rank == 0 && v != nil {
			if n := readStamp(v, &c); n > 0 && n == len(v) {
				if off, ok := zoneByName(t.worth("tz")); ok && !c.hasZone {
					c.offset, c.hasZone = off, true
				}
				t.stamp, t.rank = c, 1
			}
		}
	}
}

// zscalerVerdict reads the verdict on a connection or a query, and the kind of a query.
func (t *jsonSink) zscalerVerdict() {
	b := t.b
	t.zscalerRest()
	if (event.Event{Batch: b, Row: b.Rows()}).Present(event.DNSQuestionName) {
		b.SetString(event.NetworkProtocol, "dns")
	}
	switch v := t.worth("action"); {
	case hasPrefix(v, "Allow"):
		t.p.judge(b, bytesOf("allow"))
	case hasPrefix(v, "Drop"), hasPrefix(v, "Block"), hasPrefix(v, "Reset"):
		t.p.judge(b, bytesOf("drop"))
	}
	asked, answered := t.worth("reqaction"), t.worth("resaction")
	switch {
	case hasPrefix(asked, "REQ_BLOCK"), hasPrefix(asked, "Block"), hasPrefix(answered, "RES_BLOCK"), hasPrefix(answered, "Block"):
		t.p.judge(b, bytesOf("block"))
	case hasPrefix(asked, "REQ_ALLOW"), hasPrefix(asked, "Allow"):
		t.p.judge(b, bytesOf("allow"))
	}
	for _, name := range [...]string{"reqtype", "dns_reqtype"} {
		kind, _ := word(t.worth(name))
		b.Set(event.DNSQuestionType, kind)
	}
	for _, name := range [...]string{"res", "dns_resp"} {
		if v := t.worth(name); isIP(v) {
			b.Add(event.DNSAnswers, v)
			b.Add(event.DNSResolvedIP, v)
		}
	}
	switch v := t.worth("error"); string(v) {
	case "NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED", "FORMERR", "NOTIMP":
		b.Set(event.DNSResponseCode, v)
	}
}

// zscalerWeb reads the verdict on a request; a name of malware that was found in it is the rule's.
func (t *jsonSink) zscalerWeb() {
	b := t.b
	t.zscalerRest()
	for _, name := range [...]string{"b64url", "b64referer"} {
		v := t.worth(name)
		if len(v) == 0 || len(v) > 8192 {
			continue
		}
		n := base64.StdEncoding.DecodedLen(len(v))
		t.p.val = append(t.p.val[:0], v...)
		t.p.val = append(t.p.val, v...) // room for what it says
		n, err := base64.StdEncoding.Decode(t.p.val[len(v):len(v)+n], t.p.val[:len(v)])
		if err != nil || n == 0 {
			continue
		}
		if text := t.p.val[len(v) : len(v)+n]; name == "b64url" {
			setURL(b, text)
		} else {
			b.Set(event.HTTPRequestReferrer, text)
		}
	}
	for _, name := range [...]string{"proto", "protocol"} {
		t.p.val = lower(t.p.val[:0], t.worth(name))
		b.Set(event.NetworkProtocol, t.p.val)
	}
	t.p.val = lower(t.p.val[:0], t.worth("action"))
	b.Unset(event.EventAction)
	b.Set(event.EventAction, t.p.val)
	t.p.judge(b, t.worth("action"))
	if v := t.worth("threatname"); v != nil {
		b.AddString(event.EventCategory, "malware")
		b.Unset(event.RuleName)
		b.Set(event.RuleName, v)
	}
}

// zscalerTunnel reads whether a tunnel came up or went down.
func (t *jsonSink) zscalerTunnel() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	t.zscalerRest()
	if isIP(bytesOf(e.Str(event.UserName))) { // the gateway, which has no other name
		b.Unset(event.UserName)
	}
	switch text := bytesOf(e.Str(event.Message)); {
	case hasSuffix(text, " is up"), hasSuffix(text, " up"):
		b.Unset(event.EventAction)
		b.SetString(event.EventAction, vpnConnected)
		b.SetString(event.EventOutcome, success)
		b.AddString(event.EventType, "start")
	case hasSuffix(text, " is down"), hasSuffix(text, " down"):
		b.Unset(event.EventAction)
		b.SetString(event.EventAction, vpnDisconnected)
		b.AddString(event.EventType, "end")
	default:
		b.AddString(event.EventType, "info")
	}
}

// zscalerAudit reads what an administrator did.
func (t *jsonSink) zscalerAudit() {
	b := t.b
	t.zscalerRest()
	switch action := t.worth("action"); string(action) {
	case "SIGN_IN", "Sign In":
		b.SetString(event.EventAction, login)
		b.Unset(event.EventCategory)
		b.AddString(event.EventCategory, authn)
		b.AddString(event.EventType, "start")
	case "SIGN_OUT", "Sign Out":
		b.SetString(event.EventAction, "logout")
		b.Unset(event.EventCategory)
		b.AddString(event.EventCategory, authn)
		b.AddString(event.EventType, "end")
	default:
		t.p.val = lower(t.p.val[:0], action)
		b.Set(event.EventAction, t.p.val)
		switch {
		case hasPrefix(t.p.val, "create"), hasPrefix(t.p.val, "import"):
			b.AddString(event.EventType, "creation")
		case hasPrefix(t.p.val, "delete"):
			b.AddString(event.EventType, "deletion")
		default:
			b.AddString(event.EventType, "change")
		}
	}
	switch string(t.worth("result")) {
	case "SUCCESS":
		b.SetString(event.EventOutcome, success)
	case "FAILURE":
		b.SetString(event.EventOutcome, failure)
	}
}
