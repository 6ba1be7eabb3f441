package parse

import "watchpost/internal/event"

var versaFlex = product{"versa.log", "versa", "Versa", "FlexVNF", "firewall", map[string]target{
	"applianceName": {field: event.ObserverHostname}, "tenantName": {fact: fOther, how: keep}, "flowId": {how: skip}, "flowCookie": {how: skip}, "flowStartMilliseconds": {how: skip}, "flowEndMilliseconds": {how: skip}, "tenantId": {how: skip}, "vsnId": {how: skip}, "applianceId": {how: skip},
	"sourceIPv4Address": {how: srcAddr}, "sourceIPv6Address": {how: srcAddr}, "destinationIPv4Address": {how: dstAddr}, "destinationIPv6Address": {how: dstAddr}, "sourceTransportPort": {field: event.SourcePort}, "sourcePort": {field: event.SourcePort}, "destinationTransportPort": {field: event.DestinationPort}, "destinationPort": {field: event.DestinationPort},
	"ingressInterfaceName": {field: event.ObserverIngressInterfaceName}, "egressInterfaceName": {field: event.ObserverEgressInterfaceName}, "ingIf": {field: event.ObserverIngressInterfaceName}, "egrIf": {field: event.ObserverEgressInterfaceName}, "fromZone": {field: event.ObserverIngressZone}, "toZone": {field: event.ObserverEgressZone}, "protocolIdentifier": {how: transport}, "fromUser": {field: event.UserName, how: known},
	"appId": {field: event.NetworkApplication, how: said}, "appIdStr": {field: event.NetworkApplication, how: said}, "rule": {field: event.RuleName}, "accessRule": {field: event.RuleName}, "urlf-profile": {field: event.RuleRuleset}, "action": {fact: fAction, how: keep}, "ipsAction": {fact: fAction, how: keep}, "urlfAction": {fact: fAction, how: keep}, "avAction": {fact: fAction, how: keep}, "eventType": {fact: fType, how: keep},
	"sentOctets": {field: event.SourceBytes}, "recvdOctets": {field: event.DestinationBytes}, "sentPackets": {field: event.SourcePackets}, "recvdPackets": {field: event.DestinationPackets}, "signatureId": {field: event.RuleID}, "signatureMsg": {field: event.RuleName}, "threatType": {field: event.RuleCategory}, "httpUrl": {how: urlText}, "urlCategory": {field: event.RuleCategory}, "hostname": {field: event.URLDomain},
	"fileName": {field: event.FileName}, "virusName": {field: event.RuleName}, "icmpTypeIPv4": {how: skip},
}, versaSays}

// versa reads "2026-11-23T18:14:15+0000 accessLog, applianceName=b1, sourceIPv4Address=192.0.2.7, …".
func versa(p *Parser, b *event.Batch, h *header, m []byte) bool {
	head := m[:min(len(m), 32)]
	if m[0] == '2' {
		if len(m) <= 40 || m[10] != 'T' {
			return false
		}
		head = m[19:min(len(m), 64)]
	}
	if index(head, "Log, ") <= 0 {
		return false
	}
	at := index(m, "applianceName=")
	if at < 4 || index(m, "tenantName=") < 0 {
		return false
	}
	kind := lastWord(trimBlanks(m[:at]))
	if n := len(kind); n > 1 && kind[n-1] == ',' {
		kind = kind[:n-1]
	}
	r := p.read(b, h, &versaFlex)
	r.begin()
	r.fact[fPart] = kind
	if !h.stamp.has {
		leadStamp(m, &h.stamp)
	}
	r.divided(m[at:], ", ", "=")
	r.end()
	return true
}

func versaSays(r *reading) {
	b := r.b
	b.Set(event.EventProvider, r.fact[fPart])
	switch string(r.fact[fPart]) {
	case "idpLog", "avLog", "ddosLog", "atpLog":
		r.say("ids_alert", "intrusion_detection", "info")
	case "urlfLog", "httpLog":
		r.say("url-access", "web", "access")
	case "flowIdLog", "flowMonLog", "flowMonHttpLog", "sdwanB2BSlamLog":
		r.say("flow", netw, "connection")
	case "accessLog", "cgnatLog":
		r.say(fw, netw, "connection")
	case "authEventLog":
		r.say(login, authn, "start")
	default:
		r.say("", "host", "info")
	}
	switch string(r.fact[fType]) {
	case "start":
		b.AddString(event.EventType, "start")
	case "end":
		b.AddString(event.EventType, "end")
	}
	r.judge(r.fact[fAction])
}

var forcepointWeb = product{"forcepoint_web.logs", "forcepoint_web", "Forcepoint", "Web Security", "proxy", map[string]target{
	"vendor": {how: skip}, "product": {how: skip}, "product_version": {field: event.ObserverVersion}, "action": {fact: fAction, how: keep}, "severity": {field: event.EventSeverity}, "category": {field: event.RuleCategory}, "user": {fact: fUser, how: keep}, "loginID": {fact: fName, how: keep}, "src_host": {how: srcAddr}, "src_port": {field: event.SourcePort}, "dst_host": {field: event.URLDomain, how: said}, "dst_ip": {how: dstAddr},
	"dst_port": {field: event.DestinationPort}, "bytes_out": {field: event.SourceBytes}, "bytes_in": {field: event.DestinationBytes}, "http_response": {fact: fStatus, how: keep}, "http_method": {field: event.HTTPRequestMethod, how: uppered}, "http_content_type": {how: skip}, "http_user_agent": {fact: fText, how: keep}, "http_proxy_status_code": {fact: fStatus, how: keep}, "reason": {field: event.EventReason, how: said},
	"policy": {field: event.RuleName}, "role": {how: skip}, "duration": {how: milliseconds}, "url": {how: urlText}, "workstation": {field: event.SourceDomain}, "threat": {field: event.RuleDescription}, "logRecordSource": {how: skip}, "disposition": {field: event.EventCode},
}, forcepointSays}

// forcepoint reads vendor=Forcepoint product=Security … key=value, as the web gateway sends it to a SIEM.
func forcepoint(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if !hasPrefix(m, "vendor=Forcepoint ") && !hasPrefix(m, "vendor=Websense ") {
		return false
	}
	r := p.read(b, h, &forcepointWeb)
	r.begin()
	r.knownPairs(m, ' ')
	r.end()
	return true
}

// knownPairs reads key=value where a value may hold what stands between the pairs: it ends before the next key that the product has.
func (r *reading) knownPairs(m []byte, sep byte) {
	key, v, ok := cut(skipBlanks(m), "=")
	for ok {
		end, next := len(v), []byte(nil)
		for i := 0; i < len(v) && next == nil; i++ {
			if v[i] != sep {
				continue
			}
			n := i + 1
			for n < len(v) && n < i+32 && keyByte(v[n]) {
				n++
			}
			if n < len(v) && v[n] == '=' && n > i+1 {
				if _, known := r.of.keys[view(v[i+1:n])]; known {
					end, next = i, v[i+1:]
				}
			}
		}
		r.pair(key, unquote(trimBlanks(v[:end])))
		key, v, ok = cut(next, "=")
	}
}

// forcepointColumns reads the cloud's list: "23/11/2026","18:14:15","user","workstation","category","Allowed","risk","policy","url","client","server",
// "source","threat type","threat","agent","status","method".
func forcepointColumns(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if len(m) < 80 || m[0] != '"' || m[3] != '/' || m[6] != '/' || m[11] != '"' || !hasPrefix(m[12:], ",\"") {
		return false
	}
	r := p.read(b, h, &forcepointWeb)
	c := columns{m}
	v := r.col[:17]
	c.take(v)
	if !isIP(v[9]) && !isIP(v[10]) || !digits(v[15]) {
		return false
	}
	r.begin()
	var at civil
	d, ok := two(v[0])
	mo, ok2 := two(v[0][3:])
	y, ok3 := two2(v[0][6:])
	at = civil{year: y, month: mo, day: d, hasYear: true}
	if ok && ok2 && ok3 && readTime(v[1], &at) > 0 && at.valid() {
		at.has = true
		h.settle(&at)
	}
	for i, key := range [...]string{"", "", "user", "workstation", "category", "action", "risk_class", "policy", "url", "src_host", "dst_ip", "", "threat_type", "threat", "http_user_agent", "http_response", "http_method"} {
		if string(v[i]) != "Not available" && string(v[i]) != "None" && key != "" {
			r.pair(bytesOf(key), v[i])
		}
	}
	if string(r.fact[fUser]) == "anonymous" {
		r.fact[fUser] = nil
	}
	r.end()
	return true
}

func forcepointSays(r *reading) {
	b := r.b
	r.say("http_request", "web", "access")
	setStatus(b, r.fact[fStatus])
	if e := r.event(); e.Present(event.EventOutcome) && len(r.fact[fAction]) > 0 { // what the gateway did counts, not the status of its own page
		b.Unset(event.EventOutcome)
	}
	r.judge(r.fact[fAction])
	if v := r.fact[fText]; len(v) > 1 {
		b.Set(event.UserAgentOriginal, v)
	}
	if v := r.fact[fName]; len(v) > 0 && string(v) != "-" {
		setAccount(b, event.UserName, v)
	} else if v := r.fact[fUser]; len(v) > 0 && string(v) != "-" { // LDAP://192.0.2.20/OU=…/CN=Alice
		if _, name, ok := cutLast(v, "/"); ok && hasPrefix(v, "LDAP://") {
			v = name
			if i := index(v, "CN="); i >= 0 {
				v, _, _ = cut(v[i+3:], ",")
			}
			r.p.val = r.p.val[:0]
			for i, c := range v { // Doe\, Jane
				if c != '\\' || i+1 == len(v) || v[i+1] != ',' {
					r.p.val = append(r.p.val, c)
				}
			}
			v = r.p.val
		}
		setAccount(b, event.UserName, v)
	}
}

// radware reads DefensePro's attacks:
//
//	DefensePro: 23-11-2026 18:14:15 WARNING 12 Anomalies "TCP SYN Flood" TCP 192.0.2.7 51234 198.51.100.1 80 1 Regular "policy" start 1 100 drop medium FFFF-1
func radware(b *event.Batch, h *header, m []byte) bool {
	m = skipBlanks(m)
	if len(m) < 24 || !digit(m[0]) || m[2] != '-' {
		return false
	}
	level, rest := word(m[19:])
	code, rest := word(rest)
	head, rest, ok := cut(rest, ` "`)
	name, rest, ok2 := cut(rest, `" `)
	if !ok || !ok2 || !digits(code) {
		return false
	}
	var v [4][]byte
	proto, rest := word(rest)
	for i := range v {
		v[i], rest = word(rest)
	}
	if !isIP(v[0]) || !isIP(v[2]) {
		return false
	}
	(&class{"radware.defensepro", "radware", "ids_alert", "", "intrusion_detection", [3]string{"info"}}).set(b)
	if d, ok := two(m); ok && !h.stamp.has && m[5] == '-' { // the day first, as DefensePro writes it
		c := civil{day: d, hasYear: true, has: true}
		c.month, _ = two(m[3:])
		c.year, _ = two2(m[6:])
		if readTime(m[11:], &c) > 0 && c.valid() {
			h.stamp = c
		}
	}
	b.AddString(event.EventCategory, netw)
	b.SetString(event.ObserverVendor, "Radware")
	b.SetString(event.ObserverProduct, "DefensePro")
	b.Set(event.LogLevel, level)
	b.Set(event.RuleID, code)
	b.Set(event.RuleCategory, trimBlanks(head))
	b.Set(event.RuleName, name)
	setTransport(b, proto)
	for i, to := range [...]*side{&src, &dst} {
		if string(v[2*i]) != "0.0.0.0" {
			setAddr(b, to, v[2*i])
		}
		if string(v[2*i+1]) != "0" {
			setPort(b, to.port, v[2*i+1])
		}
	}
	if _, rest, ok = cut(rest, `"`); ok {
		policy, rest, _ := cut(rest, `"`)
		b.Set(event.RuleRuleset, policy)
		for range 8 { // how long and how often, in more columns or fewer
			var action []byte
			if action, rest = word(rest); string(action) == "drop" {
				b.AddString(event.EventType, "denied")
				b.SetString(event.EventOutcome, failure)
				b.Set(event.EventReason, action)
				break
			}
		}
	}
	return true
}

// networkBalancer reads what AWS' network load balancers log of TLS:
//
//	tls 2.0 2026-11-23T18:14:15 net/lb/1 listener 192.0.2.7:51234 198.51.100.1:443 5 2 10 20 - arn - ECDHE-RSA-AES128-GCM-SHA256 tlsv12 - www.example.com - - -
func networkBalancer(b *event.Batch, h *header, m []byte) bool {
	var v [18][]byte
	for i, s := 0, m; i < len(v); i++ {
		v[i], s = word(s)
	}
	var c civil
	if n := readISO(v[2], &c); n == 0 || n != len(v[2]) || !hasPrefix(v[3], "net/") {
		return false
	}
	(&class{"aws.elb_logs", "aws", "connect", "", netw, [3]string{"connection"}}).set(b)
	if !h.stamp.has {
		h.stamp = c
	}
	b.Set(event.ObserverName, v[3])
	b.SetString(event.ObserverVendor, "AWS")
	b.SetString(event.NetworkTransport, "tcp")
	setHostPort(b, &src, v[5])
	setHostPort(b, &dst, v[6])
	setLasted(b, v[7], 1e6)
	setNum(b, event.SourceBytes, v[9])
	setNum(b, event.DestinationBytes, v[10])
	if string(v[14]) != "-" {
		b.Set(event.TLSCipher, v[14])
		if version, ok := after(v[15], "tlsv1"); ok && len(version) == 1 { // tlsv12
			b.SetString(event.TLSVersion, [...]string{"1.0", "1.1", "1.2", "1.3"}[version[0]&3])
		}
	}
	if string(v[17]) != "-" {
		b.Set(event.TLSClientServerName, v[17])
		b.Set(event.DestinationDomain, v[17])
	}
	b.Label([]byte("cloud.provider"), []byte("aws"))
	return true
}

// classicBalancer reads AWS' first kind of load balancer, whose name stands where lines have their host:
//
//	2026-11-23T18:14:15.186641Z lb1 192.0.2.7:2817 198.51.100.1:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.38.0" - -
func classicBalancer(p *Parser, b *event.Batch, name, m []byte) bool {
	var v [9][]byte
	s := m
	for i := range v {
		v[i], s = word(s)
	}
	s, ok := after(s, ` "`)
	if !ok || !digits(v[5]) && string(v[5]) != "-" || !digits(v[7]) || index(v[0], ":") < 0 || index(v[2], ".") < 0 {
		return false
	}
	request, s := quoted(s)
	webClass.set(b)
	b.SetString(event.ObserverVendor, "AWS")
	b.Set(event.ObserverName, name)
	b.Label([]byte("cloud.provider"), []byte("aws"))
	setHostPort(b, &src, v[0])
	setHostPort(b, &dst, v[1])
	if hasPrefix(request, "- - -") { // a listener of TCP: bytes alone
		b.Unset(event.EventAction)
		b.Unset(event.EventCategory)
		b.Unset(event.EventType)
		b.SetString(event.EventAction, "tcp_connection")
		b.AddString(event.EventCategory, netw)
		b.AddString(event.EventType, "connection")
		b.SetString(event.NetworkTransport, "tcp")
		setNum(b, event.SourceBytes, v[7])
		setNum(b, event.DestinationBytes, v[8])
		if s, ok = after(skipBlanks(s), `"-" `); ok {
			cipher, rest := word(s)
			version, _ := word(rest)
			setDash(b, event.TLSCipher, cipher)
			if string(version) != "-" {
				b.Set(event.TLSVersion, tlsVersion(version))
			}
		}
		return true
	}
	setNum(b, event.HTTPRequestBodyBytes, v[7])
	setNum(b, event.HTTPResponseBodyBytes, v[8])
	p.setRequest(b, request)
	p.relativeTarget(b)
	if string(v[1]) != "-" {
		b.Unset(event.DestinationPort)
		setHostPort(b, &dst, v[1])
	}
	setStatus(b, v[5])
	if s, ok = after(skipBlanks(s), `"`); ok {
		agent, more := quoted(s)
		setDash(b, event.UserAgentOriginal, agent)
		cipher, more := word(more)
		if version, _ := word(more); len(cipher) > 1 {
			b.Set(event.TLSCipher, cipher)
			b.Set(event.TLSVersion, tlsVersion(version))
		}
	}
	return true
}
