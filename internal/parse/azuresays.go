package parse

import "watchpost/internal/event"

// azureTexts are the words of Azure's firewall before its logs had columns.
var azureTexts = [...]shape{
	{"", "dns_query", "", netw, "protocol", []string{"DNS Request: {addr} - {x} {type} IN {name} {proto} {x} {x} {x} {code} "}},
	{"", "firewall-rule", "", netw, "connection", []string{
		"{proto} Type={x} request from {addr} to {daddr}. Action: ",
		"{proto} request from {addr} to {daddr} was DNAT'ed to {translated}. {x}",
		"{proto} request from {addr} to {daddr} was DNAT'ed to {translated}",
		"HTTPS request from {addr} to {ddom}:{dport}. {x}",
		"HTTP request from {addr} to {ddom}:{dport}. {x}",
		"{proto} request from {addr} to {daddr}. Action: ",
		"{proto} request from {addr} to {daddr}",
		"HTTPS request from {addr}. Action: {x}",
		"HTTP request from {addr}. Action: {x}"}},
}

// azureFirewallText reads the words of Azure's firewall: "TCP request from 10.0.0.4:51234 to 192.0.2.7:443. Action: Deny. Rule: r1".
func azureFirewallText(b *event.Batch, t *jsonSink) {
	m := bytesOf(t.said("properties.msg"))
	readFirst(b, azureTexts[:], m)
	for _, part := range [...]struct {
		key string
		f   event.Field
	}{{"Rule: ", event.RuleName}, {"Rule Collection: ", event.RuleRuleset}, {"Reason: ", event.EventReason}, {"ThreatIntel: ", event.EventReason}, {"Signature: ", event.RuleID}, {"IDS: ", event.RuleName}, {"Classification: ", event.RuleCategory}, {"Url: ", event.URLOriginal}} {
		if _, v, ok := cut(m, ". "+part.key); ok {
			v, _, _ = cut(v, ". ")
			b.Set(part.f, v)
		}
	}
	if hasPrefix(m, "DNS Request") {
		b.SetString(event.NetworkProtocol, "dns")
	} else if hasPrefix(m, "HTTP request") {
		b.SetString(event.NetworkProtocol, "http")
	} else if hasPrefix(m, "HTTPS request") {
		b.SetString(event.NetworkProtocol, "https")
	}
	if index(m, ". IDS: ") > 0 || index(m, ". ThreatIntel: ") > 0 {
		b.SetString(event.EventAction, "ids_alert")
		b.AddString(event.EventCategory, "intrusion_detection")
	}
	_, verdict, _ := cut(m, "Action: ")
	verdict, reason, _ := cut(verdict, ".")
	if reason = trimBlanks(reason); hasPrefix(reason, "No rule matched") {
		b.Set(event.EventReason, reason)
	}
	azureObserver(b, t)
	azureVerdict(b, trimBlanks(verdict))
}

func azureVerdict(b *event.Batch, v []byte) {
	switch string(v) {
	case "Deny", "deny", "Block", "Blocked", "block", "Drop", "drop":
		b.AddString(event.EventType, "denied")
		b.SetString(event.EventOutcome, failure)
	case "Allow", "allow", "Alert", "alert", "Detected", "Matched", "log", "Log":
		b.AddString(event.EventType, "allowed")
		b.SetString(event.EventOutcome, success)
	}
}

// azureObserver names the firewall by the end of its resource's id.
func azureObserver(b *event.Batch, t *jsonSink) {
	if _, name, ok := cutLast(bytesOf(t.said("resourceId")), "/"); ok {
		b.Set(event.ObserverName, name)
	}
	b.SetString(event.ObserverType, "firewall")
	b.SetString(event.ObserverVendor, "Azure")
}

func azureFirewall(b *event.Batch, t *jsonSink) {
	azureObserver(b, t)
	b.SetString(event.EventAction, "firewall-rule")
	b.AddString(event.EventCategory, netw)
	b.AddString(event.EventType, "connection")
	if t.said("category") == "AZFWIdpsSignature" || t.said("category") == "AZFWThreatIntel" {
		b.Unset(event.EventAction)
		b.SetString(event.EventAction, "ids_alert")
		b.AddString(event.EventCategory, "intrusion_detection")
	}
	if v := t.said("properties.TargetUrl"); v != "" {
		setURL(b, bytesOf(v))
	}
	azureTransport(b, t)
	azureVerdict(b, bytesOf(t.said("properties.Action")))
}

// azureTransport: of rules for applications the protocol is that of the request.
func azureTransport(b *event.Batch, t *jsonSink) {
	switch v := bytesOf(t.said("properties.Protocol")); {
	case hasPrefix(v, "HTTP"), hasPrefix(v, "http"), hasPrefix(v, "MSSQL"):
		proto, _, _ := cut(v, ":")
		b.Set(event.NetworkProtocol, bytesOf(map[string]string{"HTTP": "http", "HTTPS": "https", "http": "http", "https": "https"}[string(proto)]))
	case len(v) > 0:
		setTransport(b, v)
	}
}

func azureDNS(b *event.Batch, t *jsonSink) {
	b.AddString(event.EventCategory, netw)
	b.AddString(event.EventType, "protocol")
	b.SetString(event.NetworkProtocol, "dns")
	azureObserver(b, t)
	setName(b, bytesOf(t.said("properties.QueryName")))
	azureTransport(b, t)
}

func azureWAF(b *event.Batch, t *jsonSink) {
	b.AddString(event.EventCategory, "web")
	b.AddString(event.EventCategory, "intrusion_detection")
	b.AddString(event.EventType, "info")
	b.Unset(event.EventKind)
	b.SetString(event.EventKind, "alert")
	t.p.setTarget(b, bytesOf(t.said("properties.requestUri")))
	azureVerdict(b, bytesOf(t.said("properties.action")))
}

func azureAccess(b *event.Batch, t *jsonSink) {
	b.AddString(event.EventCategory, "web")
	b.AddString(event.EventType, "access")
	e := event.Event{Batch: b, Row: b.Rows()}
	query := e.Str(event.URLQuery)
	b.SetString(event.NetworkProtocol, "http")
	if v, ok := after(bytesOf(t.said("properties.httpVersion")), "HTTP/"); ok || len(v) > 0 {
		if len(v) > 3 && v[1] == '.' { // 2.0.0.0
			v = v[:3]
		}
		b.Set(event.HTTPVersion, v)
	}
	setSeconds(b, bytesOf(t.said("properties.timeTaken")))
	t.p.setTarget(b, bytesOf(t.said("properties.requestUri")))
	if e.Str(event.URLQuery) == "" {
		b.SetString(event.URLQuery, query)
	}
	if in, ok := e.Int(event.SourceBytes); ok {
		if out, ok := e.Int(event.DestinationBytes); ok && in >= 0 && out >= 0 && in < 1<<61 && out < 1<<61 {
			b.SetInt(event.NetworkBytes, in+out)
		}
	}
	if n, ok := e.Int(event.HTTPResponseStatusCode); ok {
		outcome(b, t, n < 400)
	}
}

func azureSQL(b *event.Batch, t *jsonSink) {
	b.AddString(event.EventCategory, "database")
	ok := t.said("properties.succeeded") == "true"
	switch action := t.said("properties.action_name"); {
	case hasSuffix(bytesOf(action), "AUTHENTICATION SUCCEEDED"), hasSuffix(bytesOf(action), "AUTHENTICATION FAILED"):
		b.Unset(event.EventAction)
		b.Unset(event.EventCategory)
		b.SetString(event.EventAction, login)
		b.AddString(event.EventCategory, authn)
		b.AddString(event.EventType, "start")
		ok = hasSuffix(bytesOf(action), "SUCCEEDED")
	default:
		b.AddString(event.EventType, "access")
	}
	outcome(b, t, ok)
}

func azureKeyVault(b *event.Batch, t *jsonSink) {
	b.AddString(event.EventCategory, "api")
	setUPN(b, event.Event{Batch: b, Row: b.Rows()}.Str(event.UserName), false)
	t.p.setTarget(b, bytesOf(t.said("properties.requestUri")))
	if n, ok := (event.Event{Batch: b, Row: b.Rows()}).Int(event.HTTPResponseStatusCode); ok {
		outcome(b, t, n < 400)
	}
	azureResult(b, t)
	b.Unset(event.EventCategory)
	b.AddString(event.EventCategory, "api")
}

func azureStorage(b *event.Batch, t *jsonSink) {
	b.AddString(event.EventCategory, "file")
	setHostPort(b, &src, bytesOf(t.said("callerIpAddress")))
	setUPN(b, t.said("identity.requester.upn"), false)
	t.p.setTarget(b, bytesOf(t.said("uri")))
	if n, ok := (event.Event{Batch: b, Row: b.Rows()}).Int(event.HTTPResponseStatusCode); ok {
		outcome(b, t, n < 400)
	}
}
