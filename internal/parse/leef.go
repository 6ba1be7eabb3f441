package parse

import "watchpost/internal/event"

// leefProduct is the dictionary of the Log Event Extended Format.
var leefProduct = product{"leef.log", "leef", "", "", "", map[string]target{
	"cat": {fact: fType, how: keep}, "devTime": {fact: fStamp, how: keep}, "devTimeFormat": {fact: fSub, how: keep}, "proto": {how: transport}, "sev": {field: event.EventSeverity}, "src": {how: srcAddr}, "dst": {how: dstAddr},
	"srcPort": {field: event.SourcePort}, "dstPort": {field: event.DestinationPort}, "srcPostNAT": {field: event.SourceNATIP, how: natAddr}, "dstPostNAT": {field: event.DestinationNATIP, how: natAddr}, "srcPostNATPort": {field: event.SourceNATPort}, "dstPostNATPort": {field: event.DestinationNATPort},
	"disp": {fact: fClock, how: keep}, "src_user": {field: event.SourceUserName, how: accountName}, "dst_user": {field: event.DestinationUserName, how: accountName}, "srcPostNATPORT": {field: event.SourceNATPort, how: natPort}, "dstPostNATPORT": {field: event.DestinationNATPort, how: natPort}, "in_if": {field: event.ObserverIngressInterfaceName}, "out_if": {field: event.ObserverEgressInterfaceName}, "sent_bytes": {field: event.SourceBytes}, "rcvd_bytes": {field: event.DestinationBytes}, "duration": {how: seconds}, "op": {field: event.HTTPRequestMethod}, "dstname": {field: event.URLDomain}, "arg": {how: urlPath}, "serial": {field: event.ObserverSerialNumber}, "host_name": {field: event.ObserverHostname}, "sys_name": {field: event.ObserverHostname}, "app_name": {field: event.NetworkApplication}, "app": {field: event.NetworkApplication}, "app_cat_name": {field: event.RuleCategory}, "cats": {field: event.RuleCategory}, "question": {field: event.DNSQuestionName}, "query_type": {field: event.DNSQuestionType}, "proxy_act": {field: event.RuleRuleset}, "virus": {field: event.RuleDescription}, "signature_name": {field: event.RuleDescription}, "signature_id": {field: event.RuleID},
	"usrName": {field: event.UserName, how: accountName}, "accountName": {field: event.UserName, how: accountName}, "srcMAC": {field: event.SourceMAC}, "dstMAC": {field: event.DestinationMAC}, "identSrc": {field: event.SourceIP}, "identHostName": {field: event.SourceDomain}, "identGrpName": {field: event.GroupName}, "identMAC": {field: event.SourceMAC}, "groupID": {field: event.GroupID},
	"srcBytes": {field: event.SourceBytes}, "dstBytes": {field: event.DestinationBytes}, "srcPackets": {field: event.SourcePackets}, "dstPackets": {field: event.DestinationPackets}, "totalPackets": {field: event.NetworkPackets}, "totalBytes": {field: event.NetworkBytes}, "policy": {field: event.RuleName}, "resource": {field: event.FilePath}, "url": {how: urlText}, "domain": {field: event.UserDomain},
	"action": {fact: fAction, how: keep}, "act": {fact: fAction, how: keep}, "Immediate Action": {fact: fAction, how: keep}, "Alert type": {field: event.RuleCategory}, "Alert Description": {field: event.RuleName}, "Policy": {field: event.RuleName}, "Severity": {field: event.LogLevel}, "httpMethod": {field: event.HTTPRequestMethod, how: said}, "msg": {field: event.Message, fact: fText}, "reason": {field: event.EventReason}, "outcome": {fact: fStatus, how: keep}, "isLoginEvent": {fact: fOther, how: keep}, "isLogoutEvent": {fact: fPart, how: keep}, "srcHostName": {field: event.SourceDomain}, "dstHostName": {field: event.DestinationDomain},
	"userAgent": {field: event.UserAgentOriginal}, "method": {field: event.HTTPRequestMethod}, "fileName": {field: event.FileName}, "fileHash": {how: anyHash}, "role": {field: event.UserRoles}, "rule_name": {field: event.RuleName}, "layer_name": {field: event.RuleRuleset}, "ifname": {field: event.ObserverIngressInterfaceName}, "inzone": {field: event.ObserverIngressZone}, "outzone": {field: event.ObserverEgressZone}, "service_id": {field: event.NetworkApplication}, "origin": {field: event.ObserverIP}, "ruleName": {field: event.RuleName}, "RuleName": {field: event.RuleName}, "SourceZone": {field: event.ObserverIngressZone}, "DestinationZone": {field: event.ObserverEgressZone}, "IngressInterface": {field: event.ObserverIngressInterfaceName}, "EgressInterface": {field: event.ObserverEgressInterfaceName}, "Application": {field: event.NetworkApplication}, "URLCategory": {field: event.RuleCategory}, "SourceUser": {field: event.SourceUserName, how: accountName}, "DestinationUser": {field: event.DestinationUserName, how: accountName}, "SerialNumber": {field: event.ObserverSerialNumber}, "ReceiveTime": {fact: fStamp, how: keep}, "URL": {how: urlText}, "FileHash": {how: anyHash}, "FileName": {field: event.FileName}, "UserAgent": {field: event.UserAgentOriginal}, "Sender": {field: event.EmailFromAddress}, "Recipient": {field: event.EmailToAddress}, "Subject": {field: event.EmailSubject}, "HTTPMethod": {field: event.HTTPRequestMethod}, "application": {field: event.NetworkApplication}, "devname": {field: event.ObserverHostname}, "deviceName": {field: event.ObserverHostname}, "DeviceName": {field: event.ObserverHostname}, "ElapsedTime": {how: seconds}, "SessionEndReason": {field: event.EventReason}, "StartTime": {field: event.EventStart, how: moment},
	"useragent": {field: event.UserAgentOriginal, how: said}, "appproto": {field: event.NetworkProtocol, how: lowered}, "reqmethod": {field: event.HTTPRequestMethod, how: said}, "respcode": {field: event.HTTPResponseStatusCode}, "referer": {field: event.HTTPRequestReferrer, how: said}, "urlcategory": {field: event.RuleCategory, how: said}, "threatname": {field: event.RuleName, how: said},
	"srcport": {field: event.SourcePort}, "dstport": {field: event.DestinationPort}, "s-action": {fact: fAction, how: keep}, "sc-status": {field: event.HTTPResponseStatusCode}, "cs-method": {field: event.HTTPRequestMethod}, "time-taken": {how: milliseconds}, "sc-bytes": {field: event.DestinationBytes}, "cs-bytes": {field: event.SourceBytes}, "cs-uri": {how: urlText}, "cs-uri-scheme": {field: event.URLScheme},
	"cs-host": {field: event.URLDomain}, "cs-uri-path": {field: event.URLPath}, "cs(User-Agent)": {field: event.UserAgentOriginal}, "cs(Referer)": {field: event.HTTPRequestReferrer}, "sc-filter-result": {fact: fAction, how: keep}, "filter-category": {field: event.RuleCategory},
}, leefSays}

// leef reads "LEEF:1.0|vendor|product|version|event|key=value<tab>…" and LEEF 2.0, which names its delimiter.
func leef(p *Parser, b *event.Batch, h *header, m []byte) bool {
	from, rest, ok := marked(h, m, "LEEF:")
	if !ok {
		return false
	}
	version, rest, _ := cut(rest, "|")
	var head [4][]byte
	for n := range head {
		var ok bool
		if head[n], rest, ok = cut(rest, "|"); !ok && n < 3 {
			return false
		}
	}
	r := p.read(b, h, &leefProduct)
	r.begin()
	r.sender(from)
	r.device(head[0], head[1], head[2])
	b.Set(event.EventCode, head[3])
	sep := byte('\t')
	if hasPrefix(version, "2") {
		if d, attrs, ok := cut(rest, "|"); ok && len(d) <= 5 && index(d, "=") != 1 {
			if c, ok := leefDelimiter(d); ok {
				sep, rest = c, attrs
			}
		}
	}
	if sep == '\t' && index(rest, "\t") < 0 && index(rest, "|") > 0 && index(rest, " |") < 0 { // some write bars
		sep = '|'
	}
	if sep == '\t' && index(rest, "\t") < 0 { // a relay made blanks of the tabs
		r.extension(rest, ' ')
	} else {
		var own [customKeys]custom
		for len(rest) > 0 {
			n := 0
			for n < len(rest) && rest[n] != sep {
				n++
			}
			if key, v, ok := cut(rest[:n], "="); ok {
				r.escaped(trimBlanks(key), trimBlanks(v), &own)
			}
			rest = rest[min(n+1, len(rest)):]
		}
		r.customs(&own)
	}
	if v := r.fact[fStamp]; !h.stamp.has && len(v) > 0 && !readPattern(r.fact[fSub], v, &h.stamp) {
		h.stamp = civil{}
	}
	r.time()
	r.end()
	return true
}

// readPattern reads a time by the letters of Java's SimpleDateFormat, as devTimeFormat states them: yyyy-MM-dd'T'HH:mm:ss.SSSZ.
func readPattern(pattern, v []byte, c *civil) bool {
	*c = civil{}
	afternoon, half := false, false
	for len(pattern) > 0 {
		letter := pattern[0]
		n := 1
		for n < len(pattern) && pattern[n] == letter {
			n++
		}
		if letter == '\'' && n == 1 {
			text, rest, ok := cut(pattern[1:], "'")
			if ok {
				v, ok = after(v, view(text))
			}
			if !ok {
				return false
			}
			pattern = rest
			continue
		}
		pattern = pattern[n:]
		if !alpha(letter) {
			if letter == ' ' {
				v = skipBlanks(v)
				continue
			}
			for ; n > 0; n-- {
				if len(v) == 0 || v[0] != letter {
					return false
				}
				v = v[1:]
			}
			continue
		}
		if letter == 'M' && n > 2 || letter == 'E' || letter == 'a' || letter == 'z' && len(v) > 0 && alpha(v[0]) {
			w := 0
			for w < len(v) && alpha(v[w]) {
				w++
			}
			name := v[:w]
			v = v[w:]
			switch letter {
			case 'M':
				if w < 3 {
					return false
				}
				c.month = month(name)
			case 'a':
				half, afternoon = true, foldEqual(name, "PM")
			case 'z':
				off, known := zoneByName(name)
				c.offset, c.hasZone = off, known
				if m := readOffset(v, c); m > 0 && known && off == 0 { // GMT+01:00
					v = v[m:]
				}
			}
			continue
		}
		if letter == 'z' || letter == 'Z' || letter == 'X' {
			m := readOffset(v, c)
			if m == 0 {
				return false
			}
			v = v[m:]
			continue
		}
		most := 2
		if letter == 'y' && n > 2 {
			most = 4
		} else if letter == 'S' {
			most = 9
		}
		if len(pattern) > 0 && alpha(pattern[0]) { // no sign parts it from the next
			most = n
		}
		w, x := 0, int32(0)
		for w < len(v) && w < most && w < 9 && digit(v[w]) {
			x = x*10 + int32(v[w]-'0')
			w++
		}
		if w == 0 {
			return false
		}
		v = v[w:]
		switch letter {
		case 'y', 'u':
			if c.year = x; most == 2 {
				c.year += 2000
			}
			c.hasYear = true
		case 'M', 'L':
			c.month = int8(x)
		case 'd':
			c.day = int8(x)
		case 'H', 'h', 'k', 'K':
			if c.hour = int8(x); letter == 'k' && x == 24 {
				c.hour = 0
			}
		case 'm':
			c.min = int8(x)
		case 's':
			c.sec = int8(x)
		case 'S':
			for ; w < 9; w++ {
				x *= 10
			}
			c.nsec = x
		default:
			return false
		}
	}
	if half && c.hour <= 12 {
		if c.hour %= 12; afternoon {
			c.hour += 12
		}
	}
	c.has = c.valid()
	return c.has && len(v) == 0
}

// leefDelimiter reads a character, or its code as x5E, 0x5E.
func leefDelimiter(d []byte) (byte, bool) {
	switch len(d) {
	case 0:
		return '\t', true
	case 1:
		return d[0], true
	case 2:
		if d[0] == '\\' && d[1] == 't' {
			return '\t', true
		}
	}
	code, ok := after(d, "0x")
	if !ok {
		if code, ok = after(d, "x"); !ok {
			return 0, false
		}
	}
	n := 0
	for _, c := range code {
		switch {
		case digit(c):
			n = n<<4 | int(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			n = n<<4 | int(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return byte(n), len(code) > 0 && n > 0 && n < 128
}

func leefSays(r *reading) {
	if len(r.fact[fAction]) == 0 { // PAN-OS names its events by what it did
		code := r.event().Str(event.EventCode)
		r.p.val = lower(r.p.val[:0], bytesOf(code))
		if _, ok := judged[string(r.p.val)]; ok {
			r.fact[fAction] = bytesOf(code)
		}
	}
	yes := func(f fact) bool { return len(r.fact[f]) > 0 && foldEqual(r.fact[f], "TRUE") }
	switch {
	case yes(fOther):
		r.b.SetString(event.EventAction, login)
		r.b.AddString(event.EventCategory, authn)
		r.b.AddString(event.EventType, "start")
		r.fact[fText], r.fact[fName], r.fact[fAction] = nil, nil, nil
	case yes(fPart):
		r.say("logout", "session", "end")
		r.fact[fText], r.fact[fName], r.fact[fAction] = nil, nil, nil
	}
	if e := r.event(); e.Str(event.ObserverVendor) == "Imperva" && e.Present(event.RuleName) { // an alert has a description, what SecureSphere says of itself a message
		r.alert()
		r.b.AddString(event.EventCategory, "web")
	}
	if r.event().Str(event.ObserverVendor) == "WatchGuard" {
		r.fact[fAction] = r.fact[fClock] // action is that of the proxy
		if readFirst(r.b, firewareTexts[:], r.fact[fText]) {
			return
		}
	}
	cefSays(r)
}
