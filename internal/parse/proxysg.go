package parse

import "watchpost/internal/event"

// proxySG is what Symantec's (Blue Coat's) ProxySG and Edge SWG call things: the names of W3C's extended log format, in the
// order of a format or each with its value.
var proxySG = product{"proxysg.log", "proxysg", "Broadcom", "ProxySG", "proxy", map[string]target{
	"time-taken": {how: milliseconds}, "c-ip": {how: srcAddr}, "c-port": {field: event.SourcePort}, "cs-username": {field: event.UserName, how: accountName}, "cs-userdn": {field: event.UserName, how: accountName}, "cs-auth-group": {field: event.GroupName}, "cs-auth-groups": {field: event.GroupName}, "x-exception-id": {field: event.EventReason},
	"sc-filter-result": {fact: fAction, how: keep}, "cs-categories": {field: event.RuleCategory, how: said}, "cs(Referer)": {field: event.HTTPRequestReferrer}, "cs-Referer": {field: event.HTTPRequestReferrer}, "sc-status": {fact: fStatus, how: keep}, "s-action": {fact: fSub, how: keep}, "cs-method": {field: event.HTTPRequestMethod, how: known}, "rs(Content-Type)": {how: skip}, "rs-Content-Type": {how: skip},
	"cs-uri-scheme": {field: event.URLScheme}, "cs-host": {field: event.URLDomain}, "cs-uri-port": {field: event.DestinationPort}, "cs-uri-path": {fact: fName, how: keep}, "cs-uri-query": {fact: fOther, how: keep}, "cs-uri-extension": {how: skip}, "cs-uri": {fact: fPart, how: keep}, "c-url": {fact: fPart, how: keep},
	"cs(User-Agent)": {field: event.UserAgentOriginal}, "cs-User-Agent": {field: event.UserAgentOriginal}, "s-ip": {field: event.ObserverIP}, "s-port": {how: skip}, "sc-bytes": {field: event.DestinationBytes}, "cs-bytes": {field: event.SourceBytes}, "x-virus-id": {field: event.RuleName, how: said}, "s-supplier-ip": {how: dstAddr}, "s-supplier-name": {field: event.DestinationDomain}, "r-ip": {how: dstAddr}, "cs-ip": {how: dstAddr},
	"r-port": {field: event.DestinationPort}, "s-supplier-country": {field: event.DestinationGeoCountryName, how: said}, "s-hierarchy": {how: skip}, "s-supplier-failures": {how: skip}, "x-bluecoat-application-name": {field: event.NetworkApplication, how: lowered}, "x-bluecoat-application-operation": {how: skip}, "x-bluecoat-appliance-name": {field: event.ObserverName}, "date": {fact: fDate, how: keep}, "time": {fact: fClock, how: keep},
	"x-bluecoat-request-tenant-id": {how: skip}, "srcport": {field: event.SourcePort}, "dstport": {field: event.DestinationPort},
}, proxySGSays}

// The formats that ProxySG comes with, from time-taken on: those of its own log, of Reporter in two generations, and of Reporter for TLS.
var (
	proxySGMain     = []string{"time-taken", "c-ip", "sc-status", "s-action", "sc-bytes", "cs-bytes", "cs-method", "cs-uri-scheme", "cs-host", "cs-uri-port", "cs-uri-path", "cs-uri-query", "cs-username", "cs-auth-group"}
	proxySGClient   = []string{"time-taken", "c-ip", "cs-username", "cs-auth-group", "s-supplier-name", "s-supplier-ip", "s-supplier-country", "s-supplier-failures"}
	proxySGVerdict  = []string{"x-exception-id", "sc-filter-result", "cs-categories"}
	proxySGReporter = []string{"cs(Referer)", "sc-status", "s-action", "cs-method", "rs(Content-Type)", "cs-uri-scheme", "cs-host", "cs-uri-port", "cs-uri-path", "cs-uri-query", "cs-uri-extension", "cs(User-Agent)", "s-ip", "sc-bytes", "cs-bytes"}
	proxySGTLS      = []string{"sc-status", "s-action", "cs-method", "rs(Content-Type)", "cs-uri-scheme", "cs-host", "cs-uri-port", "cs-uri-extension", "cs(User-Agent)", "s-ip", "sc-bytes", "cs-bytes"}
)

// bluecoat reads a line of a format that ProxySG comes with. Which it is stands in a line of its own, so it is told by where the
// verdict of the filter and the action stand.
//
//	2026-11-23 18:14:15 117 192.0.2.7 alice - - OBSERVED "Technology/Internet" - 200 TCP_NC_MISS GET text/html https www.example.com 443 /x ?y=1 - "Mozilla/5.0" 198.51.100.2 4567 600 -
//	2026-11-23 18:14:15 117 192.0.2.7 200 TCP_NC_MISS 4567 600 GET https www.example.com 443 /x ?y=1 alice - www.example.com text/html - "Mozilla/5.0" OBSERVED "Technology/Internet" - 198.51.100.2
func bluecoat(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if first, _ := word(m[:min(len(m), 16)]); !digits(first) && (len(first) != 10 || first[4] != '-') { // most lines that begin with a number are others'
		return false
	}
	if index(m, " TCP_") < 0 && index(m, " TUNNELED ") < 0 && index(m, " OBSERVED ") < 0 && index(m, " DENIED ") < 0 && index(m, " PROXIED ") < 0 {
		return false
	}
	r := p.read(b, h, &proxySG)
	v := r.col[:]
	n := quotedWords(v, m)
	if n < 14 {
		return false
	}
	v = v[:n]
	c, own := h.stamp, false
	for i := 0; i < 2 && len(v) > 14 && !own; i++ { // of the cloud's a number of the tenant comes first
		if own = len(v[i]) == 10 && v[i][4] == '-' && len(v[i+1]) == 8 && v[i+1][2] == ':'; own {
			f := forti{date: v[i], clock: v[i+1]}
			c = civil{}
			f.stamp(&c)
			v = v[i+2:]
		}
	}
	if !c.has {
		return false
	}
	var name []byte // of the appliance, which the cloud's lines have
	if !digits(v[0]) && digits(v[1]) {
		name, v = v[0], v[1:]
	}
	if !digits(v[0]) || !isIP(v[1]) {
		return false
	}
	verdict := 0
	for i := 2; i < len(v)-1 && verdict == 0; i++ {
		switch string(v[i]) {
		case "OBSERVED", "PROXIED", "DENIED":
			verdict = i
		}
	}
	take := func(v [][]byte, names []string) {
		for i, name := range names {
			if i < len(v) {
				r.pair(bytesOf(name), v[i])
			}
		}
	}
	switch {
	case proxySGAction(v[3]) && digits(v[2]) && digits(v[4]):
		r.begin()
		take(v, proxySGMain)
		if verdict > len(proxySGMain) {
			r.pair(bytesOf("cs(User-Agent)"), v[verdict-1])
			take(v[verdict:], proxySGVerdict[1:])
			if verdict+3 < len(v) {
				take(v[verdict+2:], []string{"x-virus-id", "s-ip"})
			}
			if verdict+4 < len(v) && isIP(v[verdict+4]) {
				r.pair(bytesOf("r-ip"), v[verdict+4])
			}
		}
	case verdict > 3 && verdict+4 < len(v) && (proxySGAction(v[verdict+4]) || proxySGAction(v[verdict+3])):
		r.begin()
		r.pair(bytesOf("x-bluecoat-appliance-name"), name)
		take(v[:verdict-1], proxySGClient)
		take(v[verdict-1:], proxySGVerdict)
		if proxySGAction(v[verdict+4]) {
			take(v[verdict+2:], proxySGReporter)
		} else {
			take(v[verdict+2:], proxySGTLS)
		}
	default:
		return false
	}
	if own && (!h.stamp.has || !h.stamp.hasZone) {
		c.hasZone = true // ProxySG writes UTC
		h.stamp = c
	}
	r.end()
	return true
}

// proxySGAction says whether v is what ProxySG did with a request: TCP_NC_MISS, TUNNELED, ISOLATION_INITIATED …
func proxySGAction(v []byte) bool {
	if len(v) < 5 || string(v) == "OBSERVED" || string(v) == "PROXIED" {
		return false
	}
	for _, c := range v {
		if c-'A' >= 26 && c != '_' {
			return false
		}
	}
	return true
}

// proxySGEvents are what ProxySG tells of itself behind a number: "250017 Authentication failed from 192.0.2.7: user 'bob' (realm ad)(0) NORMAL_EVENT authutility.cpp 113".
var proxySGEvents = [...]shape{
	{"", login, failure, authn, "start", []string{"Authentication failed from {addr}: user '{user}' (realm {x})({x}) ", "Authentication failed from {addr}: user {user} (realm {x})({x}) ", "Authentication failed from {addr}: {reason} (realm {x})({x}) ", "Authentication failed from {addr}: {reason}({x}) "}},
	{"", login, failure, authn, "start", []string{"Administrator login failed, user '{user}', from {addr}({x}) ", "Failed administrator login, user '{user}', from {addr}({x}) "}},
	{"", login, success, authn, "start", []string{"Administrator login, user '{user}', from {addr}({x}) "}},
	{"", "logout", success, "session", "end", []string{"Administrator logout, user '{user}', from {addr}({x}) "}},
}

// proxySGEvent reads the event log.
func proxySGEvent(p *Parser, b *event.Batch, h *header, m []byte) bool {
	code, text := word(m)
	if len(code) < 5 || len(code) > 6 || index(text, "_EVENT ") < 0 && index(text, "SEVERE_ERROR ") < 0 && index(text, "CONFIGURATION_") < 0 {
		return false
	}
	for _, c := range code {
		if !digit(c) && c-'A' >= 6 {
			return false
		}
	}
	text = skipBlanks(text)
	r := p.read(b, h, &proxySG)
	(&class{dataset: r.of.dataset, module: r.of.module}).set(b)
	b.SetString(event.ObserverVendor, r.of.vendor)
	b.SetString(event.ObserverProduct, r.of.name)
	b.SetString(event.ObserverType, r.of.kind)
	b.Set(event.ObserverName, h.host)
	b.Set(event.EventCode, code)
	b.Unset(event.Message)
	b.Set(event.Message, text)
	if readFirst(b, proxySGEvents[:], text) {
		return true
	}
	b.AddString(event.EventCategory, "host")
	b.AddString(event.EventType, "info")
	return true
}

// bluecoatPairs reads the same as name=value.
func bluecoatPairs(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if proxySGEvent(p, b, h, m) {
		return true
	}
	if index(m, "c-ip=") < 0 || index(m, "s-action=") < 0 || index(m, "cs-host=") < 0 {
		return false
	}
	r := p.read(b, h, &proxySG)
	r.begin()
	r.words(m)
	if date, clock := r.fact[fDate], r.fact[fClock]; len(date) == 10 && len(clock) == 8 && (!h.stamp.has || !h.stamp.hasZone) {
		f := forti{date: date, clock: clock}
		f.stamp(&h.stamp)
		h.stamp.hasZone = h.stamp.has
	}
	r.end()
	return true
}

func proxySGSays(r *reading) {
	b := r.b
	e := r.event()
	r.say("http_request", "web", "access")
	b.Label(bytesOf("proxysg.action"), r.fact[fSub])
	if v := r.fact[fName]; len(v) > 0 {
		r.p.setTarget(b, v)
		b.Unset(event.URLQuery)
	} else if v := r.fact[fPart]; len(v) > 0 {
		setURL(b, v)
	}
	if v, ok := after(r.fact[fOther], "?"); ok || len(v) > 0 {
		b.Set(event.URLQuery, v)
		r.p.setDecoded(b, v)
	}
	if e.Str(event.NetworkApplication) == "none" {
		b.Unset(event.NetworkApplication)
	}
	setStatus(b, r.fact[fStatus])
	if v := r.fact[fAction]; string(v) == "DENIED" || string(v) == "policy_denied" || hasPrefix(r.fact[fSub], "TCP_DENIED") {
		b.Unset(event.EventOutcome)
		r.judge(bytesOf("denied"))
	} else if string(v) == "OBSERVED" || string(v) == "PROXIED" {
		b.AddString(event.EventType, "allowed")
	}
	if v := e.Str(event.RuleName); v != "" { // a virus
		b.AddString(event.EventCategory, "malware")
	}
}
