package parse

import "watchpost/internal/event"

// cefProduct is the dictionary of the Common Event Format: the short keys, and the full names that some write.
var cefProduct = product{"cef.log", "cef", "", "", "", map[string]target{
	"act": {fact: fAction, how: keep}, "deviceAction": {fact: fAction, how: keep}, "app": {field: event.NetworkProtocol, how: lowered}, "applicationProtocol": {field: event.NetworkProtocol, how: lowered}, "cat": {fact: fType, how: keep}, "deviceEventCategory": {fact: fType, how: keep},
	"susr": {field: event.SourceUserName, how: accountName}, "snpt": {field: event.SourceNATPort, how: natPort}, "dnpt": {field: event.DestinationNATPort, how: natPort}, "appName": {field: event.NetworkApplication}, "fw_action": {fact: fAction, how: keep}, // SonicWall's
	"FTNTFGTaction": {fact: fAction, how: keep}, "FTNTFGTeventtime": {fact: fStamp, how: keep}, "FTNTFGTtz": {fact: fZone, how: keep}, "FTNTFGTqname": {field: event.DNSQuestionName}, "FTNTFGTqtype": {field: event.DNSQuestionType}, "FTNTFGTlevel": {field: event.LogLevel}, "FTNTFGTgroup": {field: event.GroupName}, "FTNTFGTui": {fact: fPart, how: keep}, "FTNTFGTremip": {how: srcAddr}, "FTNTFGTprofile": {field: event.RuleRuleset}, "FTNTFGThttpmethod": {field: event.HTTPRequestMethod},
	"PanOSSourceUserName": {field: event.SourceUserName, how: accountName}, "PanOSAuthenticatedUserName": {field: event.SourceUserName, how: accountName}, "PanOSPublicIPv4": {field: event.SourceIP, how: natAddr}, "PanOSPrivateIPv4": {field: event.SourceNATIP, how: natAddr}, "PanOSEventStatus": {fact: fStatus, how: keep}, "PanOSConnectionError": {field: event.EventReason}, "PanOSEndpointDeviceName": {field: event.SourceDomain}, "PanOSEventIDValue": {fact: fOther, how: keep}, "PanOSDeviceName": {field: event.ObserverHostname}, "PanOSDeviceSN": {field: event.ObserverSerialNumber}, "PanOSSeverity": {field: event.LogLevel},
	"src": {how: srcAddr}, "sourceAddress": {how: srcAddr}, "dst": {how: dstAddr}, "destinationAddress": {how: dstAddr}, "spt": {field: event.SourcePort}, "sourcePort": {field: event.SourcePort}, "dpt": {field: event.DestinationPort}, "destinationPort": {field: event.DestinationPort},
	"UNIFIsignature": {field: event.RuleName}, "UNIFIsignatureId": {field: event.RuleID},
	"shost": {how: srcHost}, "sourceHostName": {field: event.SourceDomain}, "dhost": {how: dstHost}, "destinationHostName": {field: event.DestinationDomain}, "destinationDnsDomain": {field: event.DestinationDomain}, "smac": {field: event.SourceMAC}, "sourceMacAddress": {field: event.SourceMAC}, "dmac": {field: event.DestinationMAC}, "destinationMacAddress": {field: event.DestinationMAC},
	"suser": {field: event.SourceUserName, how: accountName}, "sourceUserName": {field: event.SourceUserName, how: accountName}, "duser": {field: event.DestinationUserName, how: accountName}, "destinationUserName": {field: event.DestinationUserName, how: accountName}, "suid": {field: event.UserID}, "sourceUserId": {field: event.UserID}, "duid": {field: event.UserTargetID}, "destinationUserId": {field: event.UserTargetID}, "sntdom": {field: event.UserDomain}, "dntdom": {field: event.UserTargetDomain},
	"sourceTranslatedAddress": {field: event.SourceNATIP, how: natAddr}, "sourceTranslatedPort": {field: event.SourceNATPort, how: natPort}, "destinationTranslatedAddress": {field: event.DestinationNATIP, how: natAddr}, "destinationTranslatedPort": {field: event.DestinationNATPort, how: natPort},
	"proto": {how: transport}, "transportProtocol": {how: transport}, "in": {field: event.SourceBytes}, "bytesIn": {field: event.SourceBytes}, "out": {field: event.DestinationBytes}, "bytesOut": {field: event.DestinationBytes}, "deviceDirection": {how: direction},
	"deviceInboundInterface": {field: event.ObserverIngressInterfaceName}, "deviceOutboundInterface": {field: event.ObserverEgressInterfaceName}, "dvc": {field: event.ObserverIP}, "deviceAddress": {field: event.ObserverIP}, "dvchost": {field: event.ObserverHostname}, "deviceHostName": {field: event.ObserverHostname}, "deviceExternalId": {field: event.ObserverSerialNumber}, "deviceFacility": {field: event.EventProvider},
	"msg": {field: event.Message, fact: fText}, "message": {field: event.Message, fact: fText}, "outcome": {fact: fStatus, how: keep}, "eventOutcome": {fact: fStatus, how: keep}, "reason": {field: event.EventReason}, "rt": {fact: fStamp, how: keep}, "deviceReceiptTime": {fact: fStamp, how: keep}, "dtz": {fact: fZone, how: keep},
	"request": {how: urlText}, "requestURL": {how: urlText}, "requestUrl": {how: urlText}, "requestMethod": {field: event.HTTPRequestMethod}, "requestClientApplication": {field: event.UserAgentOriginal}, "requestContext": {field: event.HTTPRequestReferrer},
	"fname": {field: event.FileName}, "fileName": {field: event.FileName}, "filePath": {field: event.FilePath}, "fsize": {field: event.FileSize}, "fileSize": {field: event.FileSize}, "fileHash": {how: anyHash}, "fileType": {field: event.FileExtension},
	"sproc": {field: event.ProcessName}, "sourceProcessName": {field: event.ProcessName}, "spid": {field: event.ProcessPID}, "sourceProcessId": {field: event.ProcessPID}, "dproc": {field: event.ProcessName, how: orLabel}, "destinationProcessName": {field: event.ProcessName, how: orLabel}, "start": {field: event.EventStart, how: moment}, "startTime": {field: event.EventStart, how: moment}, "end": {field: event.EventEnd, how: moment}, "endTime": {field: event.EventEnd, how: moment}, "cnt": {fact: fOther, how: keep}, "sourceServiceName": {field: event.ServiceName},
	"layer_name": {field: event.RuleRuleset}, "rule_uid": {field: event.RuleUuid}, "rule_name": {field: event.RuleName}, "ifname": {field: event.ObserverIngressInterfaceName}, "inzone": {field: event.ObserverIngressZone}, "outzone": {field: event.ObserverEgressZone}, "service_id": {field: event.NetworkApplication},
	"xlatesrc": {field: event.SourceNATIP, how: natAddr}, "xlatesport": {field: event.SourceNATPort}, "xlatedst": {field: event.DestinationNATIP, how: natAddr}, "xlatedport": {field: event.DestinationNATPort}, "origin": {field: event.ObserverIP}, "method": {field: event.HTTPRequestMethod},
	"TrendMicroDsFileMD5": {how: anyHash}, "TrendMicroDsFileSHA1": {how: anyHash}, "TrendMicroDsFileSHA256": {how: anyHash}, "TrendMicroDsPacketData": {how: skip}, "FTNTFGTpoluuid": {field: event.RuleUuid}, "FTNTFGTappcat": {field: event.RuleCategory}, "FTNTFGTapp": {field: event.NetworkApplication},
	"ad.policyid": {field: event.RuleID}, "FTNTFGTpolicyid": {field: event.RuleID}, "ad.policyname": {field: event.RuleName}, "FTNTFGTpolicyname": {field: event.RuleName}, "ad.duration": {how: seconds}, "FTNTFGTduration": {how: seconds}, "ad.sentpkt": {field: event.SourcePackets}, "FTNTFGTsentpkt": {field: event.SourcePackets},
	"ad.rcvdpkt": {field: event.DestinationPackets}, "FTNTFGTrcvdpkt": {field: event.DestinationPackets}, "ad.attack": {field: event.RuleName}, "FTNTFGTattack": {field: event.RuleName}, "ad.virus": {field: event.RuleName}, "FTNTFGTvirus": {field: event.RuleName}, "ad.catdesc": {field: event.RuleCategory}, "FTNTFGTcatdesc": {field: event.RuleCategory},
	"UNIFIclientIp": {how: srcAddr}, "UNIFIclientMac": {field: event.SourceMAC, how: macText}, "UNIFIclientHostname": {field: event.SourceDomain}, "UNIFIwifiName": {field: event.NetworkName}, "UNIFIadmin": {field: event.UserName}, "UNIFIhost": {field: event.ObserverHostname},
	"UNIFIipsSignature": {field: event.RuleName}, "UNIFIipsSignatureId": {field: event.RuleID}, "UNIFIpolicyName": {field: event.RuleName}, "UNIFIdeviceName": {field: event.ObserverName}, "UNIFInetworkVlan": {field: event.NetworkVlanID}, "UNIFIdirection": {how: direction}, "UNIFIutcTime": {fact: fDate, how: keep},
	"PanOSPacketsSent": {field: event.SourcePackets}, "PanOSPacketsReceived": {field: event.DestinationPackets}, "PanOSRuleUUID": {field: event.RuleUuid},
	"loginID": {field: event.UserName, how: accountName}, "requestmethod": {field: event.HTTPRequestMethod}, "ref": {field: event.HTTPRequestReferrer}, "qstr": {field: event.URLQuery}, "cpt": {fact: fPart, how: keep}, "sip": {how: dstAddr}, "ccode": {field: event.SourceGeoCountryIsoCode}, "cicode": {field: event.SourceGeoCityName}, "deviceExternalID": {field: event.ObserverSerialNumber}, "ver": {fact: fSub, how: keep}, "cs9": {field: event.RuleName}, "rulelabel": {field: event.RuleName}, "devicehostname": {field: event.SourceDomain, how: said}, "sourceIp": {how: srcAddr}, "sourceHost": {field: event.SourceDomain, how: said}, "loginName": {field: event.UserName, how: accountName},
}, cefSays}

// cefHeader are the seven texts of a CEF header.
type cefHeader [7][]byte

// cef reads "CEF:0|vendor|product|version|class|name|severity|key=value …", with or without words of a header before it.
func cef(p *Parser, b *event.Batch, h *header, m []byte) bool {
	from, rest, ok := marked(h, m, "CEF:")
	if !ok {
		return false
	}
	var head cefHeader
	for n := range head {
		end := 0
		for end < len(rest) && rest[end] != '|' {
			if rest[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(rest) {
			if n < 6 {
				return false
			}
			end = len(rest)
		}
		head[n] = rest[:end]
		rest = rest[min(end+1, len(rest)):]
	}
	timed := !h.vague()
	r := p.read(b, h, &cefProduct)
	r.begin()
	if string(h.app) == "CEF" { // a blank behind the mark makes it look like a program
		b.Unset(event.ProcessName)
	}
	r.sender(from)
	r.device(head[1], head[2], head[3])
	r.text(event.EventCode, head[4])
	setNum(b, event.EventSeverity, head[6])
	b.Label(bytesOf("cef.severity"), head[6])
	r.p.val = unescapeCEF(r.p.val[:0], head[5])
	b.Label(bytesOf("cef.name"), r.p.val)
	r.fact[fName] = head[5]
	r.extension(rest, ' ')
	r.time()
	r.end()
	if !h.stamp.has {
		h.stamp = r.span
	}
	if zone := r.fact[fZone]; h.zone == nil && !timed {
		h.zone = zone
	}
	if e := r.event(); !e.Present(event.HostName) { // what the device calls itself
		b.SetString(event.HostName, e.Str(event.ObserverHostname))
	}
	return true
}

// marked cuts off what stands before mark and the mark, behind which a version begins. A header may have taken the mark for its tag.
func marked(h *header, m []byte, mark string) (before, rest []byte, ok bool) {
	if string(h.app) == mark[:len(mark)-1] && len(m) > 2 && digit(m[0]) && (m[1] == '|' || m[1] == '.') {
		return nil, m, true
	}
	i := index(m[:min(len(m), 512)], mark)
	if i < 0 {
		return nil, nil, false
	}
	rest = skipBlanks(m[i+len(mark):])
	return m[:i], rest, len(rest) > 2 && digit(rest[0]) && (rest[1] == '|' || rest[1] == '.')
}

// sender takes a host that stands alone before the body, where the header could not tell it from a word.
func (r *reading) sender(before []byte) {
	if w, rest := word(before); r.h.host == nil && isHost(w) && len(trimBlanks(rest)) == 0 && r.h.stamp.has {
		r.b.Set(event.HostName, w)
		r.b.Set(event.HostHostname, w)
		r.b.Set(event.ObserverName, w)
	}
}

// device sets who made the line, in its own words.
func (r *reading) device(vendor, product, version []byte) {
	r.text(event.ObserverVendor, vendor)
	r.text(event.ObserverProduct, product)
	r.text(event.ObserverVersion, version)
}

// text sets an escaped text.
func (r *reading) text(f event.Field, v []byte) {
	if index(v, `\`) >= 0 {
		r.p.val = unescapeCEF(r.p.val[:0], v)
		v = r.p.val
	}
	r.b.Set(f, v)
}

// unescapeCEF takes the backslash off \| \= \\ and makes \n and \r what they mean.
func unescapeCEF(to, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\\' && i+1 < len(s) {
			switch s[i+1] {
			case '|', '=', '\\', '"':
				i++
				c = s[i]
			case 'n':
				i++
				c = '\n'
			case 'r':
				i++
				c = '\r'
			}
		}
		to = append(to, c)
	}
	return to
}

// custom are the values whose names stand in a key of their own (cs1 and cs1Label).
type custom struct{ key, label, value []byte }

const customKeys = 32

// customKey numbers cs1 to cs6, cn1 to cn3, cfp1 to cfp4, c6a1 to c6a4, flexString1 and 2, flexNumber1 and 2, deviceCustomDate1 and 2,
// flexDate1 and the long names; the base is without "Label".
func customKey(key []byte) (n int, label, ok bool) {
	if hasSuffix(key, "Label") {
		key, label = key[:len(key)-5], true
	}
	if len(key) < 3 || !digit(key[len(key)-1]) {
		return 0, false, false
	}
	d := int(key[len(key)-1] - '0')
	base := 0
	switch string(key[:len(key)-1]) {
	case "cs", "deviceCustomString":
		base = 0
	case "cn", "deviceCustomNumber":
		base = 7
	case "cfp", "deviceCustomFloatingPoint":
		base = 11
	case "c6a", "deviceCustomIPv6Address":
		base = 16
	case "flexString":
		base = 21
	case "flexNumber":
		base = 24
	case "deviceCustomDate":
		base = 27
	default:
		return 0, false, false
	}
	if n = base + d - 1; d == 0 || d > 6 || n >= customKeys {
		return 0, false, false
	}
	return n, label, true
}

// extension reads key=value pairs whose values may hold blanks: a value ends where the next key begins. sep is what stands
// between them.
func (r *reading) extension(s []byte, sep byte) {
	var own [customKeys]custom
	s = skipBlanks(s)
	eq := equals(s, 0)
	for eq > 0 {
		key := s[:eq]
		next := equals(s, eq+1)
		end, from := len(s), len(s)
		for next >= 0 { // back to the beginning of the next key
			k := next
			for k > eq+1 && s[k-1] != sep && keyByte(s[k-1]) {
				k--
			}
			if k < next && k > eq+1 && s[k-1] == sep {
				end, from = k-1, k
				break
			}
			next = equals(s, next+1)
		}
		r.escaped(key, trimBlanks(s[eq+1:end]), &own)
		s = s[from:]
		if next < 0 {
			break
		}
		eq = next - from
	}
	r.customs(&own)
}

// customs makes labels of the values that came with names of their own, or without.
func (r *reading) customs(own *[customKeys]custom) {
	for i := range own {
		c := &own[i]
		if nothing(c.value) {
			r.bareLabel(i, c.label)
			continue
		}
		if hasPrefix(c.key, "c6a") && hasPrefix(c.value, "::ffff:0") { // of a flow of IPv4
			continue
		}
		if len(c.label) == 0 {
			c.label = c.key
		}
		if t, ok := customNames[string(c.label)]; ok {
			r.put(t, c.value)
		}
		r.label(c.label, c.value)
	}
}

// bareLabel takes what SonicWall writes as the name of a value that it does not give: translated addresses and zones.
func (r *reading) bareLabel(i int, v []byte) {
	if len(v) == 0 || r.event().Str(event.ObserverVendor) != "SonicWall" {
		return
	}
	switch i {
	case 0: // cs1Label
		setNATAddr(r.b, event.SourceNATIP, v)
	case 1:
		setNATAddr(r.b, event.DestinationNATIP, v)
	case 2:
		r.b.Set(event.ObserverIngressZone, v)
	case 3:
		r.b.Set(event.ObserverEgressZone, v)
	}
}

// customNames are names of custom values that vendors agree on, and the fields that hold the same. Only what Elastic's and the vendors' own
// dictionaries take for the same is here: all others are labels under their names.
var customNames = map[string]target{
	"Rule Name": {field: event.RuleName}, "Rule": {field: event.RuleName}, "Source Zone": {field: event.ObserverIngressZone}, "Destination Zone": {field: event.ObserverEgressZone},
	"Location": {fact: fOther, how: keep}, "Source IPv6 Address": {how: srcAddr}, "Destination IPv6 Address": {how: dstAddr}, "Device IPv6 Address": {field: event.ObserverIP}, "SrcIPv6": {how: srcAddr}, "DstIPv6": {how: dstAddr},
	"RuleName": {field: event.RuleName}, "RuleID": {field: event.RuleID}, "VLAN ID": {field: event.NetworkVlanID}, "Elapsed time in seconds": {how: seconds}, "Virus": {field: event.RuleName}, "Virus Name": {field: event.RuleName}, "Threat Name": {field: event.RuleName}, "Signature Name": {field: event.RuleName}, "Application Name": {field: event.NetworkApplication}, "VLAN": {field: event.NetworkVlanID}, "Vlan": {field: event.NetworkVlanID},
	"Protection Name": {field: event.RuleName}, "User Agent": {field: event.UserAgentOriginal}, "URL Category": {field: event.RuleCategory}, "Policy": {field: event.RuleName}, "urlcat": {field: event.RuleCategory}, "threatname": {field: event.RuleName, how: said}, "nwService": {field: event.NetworkProtocol, how: lowered}, "nwApp": {field: event.NetworkApplication, how: said}, "durationms": {how: milliseconds}, "cn1": {fact: fUser, how: keep}, // Imperva's cloud gives it no name: the status
}

// equals finds the next = that no backslash escapes, -1 if there is none.
func equals(s []byte, from int) int {
	for i := from; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '=':
			return i
		}
	}
	return -1
}

func keyByte(c byte) bool {
	return alpha(c) || digit(c) || c == '_' || c == '.' || c == '-' || c == '[' || c == ']'
}

func (r *reading) escaped(key, v []byte, own *[customKeys]custom) {
	if n := len(v); n > 1 && v[0] == '"' && v[n-1] == '"' && index(v[1:n-1], `"`) < 0 { // CyberArk quotes its values
		v = v[1 : n-1]
	}
	if string(key) == "app" && digits(v) { // a number is no name
		r.label(key, v)
		return
	}
	if nothing(v) || hasPrefix(v, "${") && v[len(v)-1] == '}' { // a variable that nothing was put into
		return
	}
	if n, label, ok := customKey(key); ok {
		if label {
			own[n].label = v
		} else {
			own[n].key, own[n].value = key, v
		}
		return
	}
	if index(v, `\`) < 0 {
		r.pair(key, v)
		return
	}
	t, ok := r.of.keys[string(key)]
	raw := v
	r.p.val = unescapeCEF(r.p.val[:0], v)
	if !ok {
		r.label(key, r.p.val)
		return
	}
	if t.how == accountName || t.how == keep || t.fact != noFact && t.field == 0 {
		r.put(t, raw) // a domain stands before a single backslash
		return
	}
	if len(v) > 3 && alpha(v[0]) && v[1] == ':' && v[2] == '\\' && v[3] != '\\' { // C:\new: a path whose backslashes were left as they are
		r.putOrLabel(t, key, raw)
		return
	}
	f := t.fact
	t.fact = noFact
	r.putOrLabel(t, key, r.p.val)
	if f != noFact {
		r.fact[f] = raw
	}
}

// cefSays tells what can be told of any vendor's event.
func cefSays(r *reading) {
	b := r.b
	e := r.event()
	vendor := e.Str(event.ObserverVendor)
	if r.of.module == "cef" { // LEEF says the same by keys of its own
		if r.cefVendor(vendor) {
			return
		}
	}
	r.epoch()
	if e.Str(event.EventCode) == "ESA_CONSOLIDATED_LOG_EVENT" {
		r.cefMail()
		return
	}
	r.user(event.SourceUserName, event.DestinationUserName)
	b.Label(bytesOf(r.of.module+".cat"), r.fact[fType])
	name := r.fact[fName]
	action := r.fact[fAction]
	if len(action) > 0 && string(unquote(action)) != "NA" {
		b.Set(event.EventAction, action)
	}
	if v := e.Str(event.NetworkProtocol); (v == "udp" || v == "tcp" || v == "icmp") && !e.Present(event.NetworkTransport) {
		setTransport(b, bytesOf(v))
		b.Unset(event.NetworkProtocol)
	}
	if vendor == "Fortinet" && string(r.fact[fType]) != "" {
		action = fortinetVerdict(r.fact[fType], action)
		exchange(b, event.SourceBytes, event.DestinationBytes) // out is what the source sent
	}
	judged := r.judge(action)
	switch string(r.fact[fStatus]) {
	case "success", "Success", "SUCCESS", "Succeeded", "success.", "ACCEPT":
		b.Unset(event.EventOutcome)
		b.SetString(event.EventOutcome, success)
	case "failure", "Failure", "FAILURE", "Failed", "failed", "FAILED", "REJECT", "TIMEOUT":
		b.Unset(event.EventOutcome)
		b.SetString(event.EventOutcome, failure)
	}
	if len(r.fact[fText]) == 0 && len(name) > 0 {
		b.Unset(event.Message)
		r.text(event.Message, name)
	}
	outcome := e.Str(event.EventOutcome)
	if r.logins(name) || r.logins(r.fact[fText]) {
		if outcome != "" && len(r.fact[fStatus]) > 0 {
			b.Unset(event.EventOutcome)
			b.SetString(event.EventOutcome, outcome)
		}
		if e.Str(event.EventAction) != login {
			return
		}
		b.Unset(event.EventAction)
		b.SetString(event.EventAction, login)
		return
	}
	for i := range cefNames {
		if s := &cefNames[i]; hasPrefix(name, s.begin) {
			b.SetString(event.EventAction, s.action)
			b.SetString(event.EventOutcome, s.outcome)
			r.say("", s.category, s.typ)
			return
		}
	}
	if hasSuffix(name, " Failed") || hasSuffix(name, " failed") {
		b.SetString(event.EventOutcome, failure)
	}
	switch {
	case e.Present(event.URLOriginal):
		r.say("", "web", "access")
	case e.Present(event.SourceIP) && e.Present(event.DestinationIP):
		r.say("", netw, "connection")
	case !judged:
		b.AddString(event.EventType, "info")
	}
}

// cefMail reads what Cisco's mail gateway says of a whole mail: users are addresses, the message is the subject.
func (r *reading) cefMail() {
	b, e := r.b, r.event()
	setMail(b, event.EmailFromAddress, bytesOf(e.Str(event.SourceUserName)))
	setMail(b, event.EmailToAddress, bytesOf(e.Str(event.DestinationUserName)))
	b.Unset(event.SourceUserName)
	b.Unset(event.DestinationUserName)
	b.Set(event.EmailSubject, unquote(r.fact[fText]))
	action := r.fact[fAction]
	b.Set(event.EventAction, action)
	r.say("", "email", "info")
	switch string(action) {
	case "DELIVERED":
		r.judge(bytesOf("accept"))
	case "DROPPED", "BOUNCED", "QUARANTINED", "DQ", "ABORTED":
		r.judge(bytesOf("reject"))
	}
}

// fortinetVerdict: the end of a session that FortiGate let through is the action of traffic, too.
func fortinetVerdict(category, action []byte) []byte {
	if hasPrefix(category, "traffic") {
		switch string(action) {
		case "close", "client-rst", "server-rst", "timeout", "ip-conn", "dns", "start":
			return bytesOf("accept")
		}
	}
	return action
}

// cefNames are names of events that say what happened: of UniFi (Network 9.3 and later) and CyberArk.
var cefNames = [...]struct{ begin, action, outcome, category, typ string }{
	{"RADIUS Authentications", login, "", authn, "start"},
	{"TACACS Authentication", login, "", authn, "start"},
	{"Admin Accessed ", login, success, authn, "start"},
	{"Admin Made Config Changes", "configuration", success, "configuration", "change"},
	{"Threat Detected", "ids_alert", "", "intrusion_detection", "info"},
	{"Blocked by ", "drop", failure, netw, "denied"},
	{"WiFi Client Connected", "connect", success, netw, "start"},
	{"WiFi Client Disconnected", "disconnect", "", netw, "end"},
	{"WiFi Client Roamed", "roamed", "", netw, "change"},
	{"Wired Client Connected", "connect", success, netw, "start"},
	{"Wired Client Disconnected", "disconnect", "", netw, "end"},
	{"VPN Client Connected", vpnConnected, success, netw, "start"},
	{"VPN Client Disconnected", vpnDisconnected, "", netw, "end"},
	{"Device Offline", "device_offline", failure, "host", "error"},
	{"Device Reconnected", "device_online", success, "host", "info"},
	{"Device Restarted", "restart", "", "host", "change"},
	{"Retrieve password", "password_retrieved", "", "iam", "access"},
	{"Retrieve File", "file_read", "", "file", "access"},
	{"Add User", "user_added", success, "iam", "creation"},
	{"Delete User", "user_deleted", success, "iam", "deletion"},
	{"Update User", "user_changed", success, "iam", "change"},
	{"CPM Change Password", "password_changed", success, "iam", "change"},
	{"CPM Verify Password Failed", "", failure, "iam", "info"},
	{"CPM Reconcile Password Failed", "", failure, "iam", "change"},
	{"CPM ", "", "", "iam", "info"},
	{"PSM Connect", "session_start", success, "session", "start"},
	{"PSM Disconnect", "session_end", "", "session", "end"},
}

// epoch takes rt as a number of seconds, milliseconds and so on since 1970.
func (r *reading) epoch() {
	v := r.fact[fStamp]
	if !r.h.vague() || len(v) < 10 || !digit(v[0]) {
		return
	}
	if ns, ok := epoch(v); ok {
		c := civilOf(ns)
		r.h.settle(&c)
	}
}
