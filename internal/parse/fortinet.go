package parse

import "watchpost/internal/event"

// isFortinet says whether m is a FortiGate's list of pairs.
func isFortinet(m []byte) bool {
	if len(m) < 40 {
		return false
	}
	switch string(m[:4]) {
	case "date", "devn", "devi", "logv", "time", "logi", "type":
	default:
		return false
	}
	head := m[:min(len(m), 400)]
	return (index(head, " type=") >= 0 || index(head, ",type=") >= 0) && (index(head, "logid=") >= 0 || index(head, "log_id=") >= 0 || index(head, " devid=FCT") >= 0 || index(head, " devid=\"FCT") >= 0)
}

// forti is what has to be seen whole before it can be told.
type forti struct {
	date, clock, tz, eventtime   []byte
	devid, ui, verdict           []byte
	typ, subtype, action, status []byte
	eventtype, devname, user     []byte
	sent, rcvd, sentPkt, rcvdPkt int64
	dialled                      []byte // who dialled into IPsec
	ip, name, method, msg        []byte
	code, utm                    []byte // the status of a request; what was done with what was in a session
	bytes, packets, remote       bool
}

// fortinet reads FortiGate's traffic, event and UTM logs.
func (p *Parser) fortinet(b *event.Batch, h *header, m []byte) bool {
	b.SetString(event.EventKind, "event")
	b.SetString(event.EventModule, "fortinet")
	b.SetString(event.ObserverVendor, "Fortinet")
	var f forti
	r := pairs{s: m}
	if at := index(m[:min(len(m), 40)], ","); at > 0 && index(m[:at], " ") < 0 { // date=…,time=…, as FortiMail and FortiGate write it if told to
		r.single, r.csv = true, true
	}
	for {
		key, v, ok := r.next()
		if !ok {
			break
		}
		if len(v) > 0 && (string(v) != "N/A" || hasSuffix(key, "user")) {
			p.fortinetPair(b, &f, key, v)
		}
	}
	if h.host == nil && f.devname != nil {
		b.Set(event.HostName, f.devname)
		b.Set(event.HostHostname, f.devname)
	}
	if h.vague() {
		var c civil
		f.stamp(&c)
		f.since(&c)
		h.settle(&c)
	}
	f.device(b)
	if f.bytes {
		b.SetInt(event.NetworkBytes, f.sent+f.rcvd)
	}
	if f.packets {
		b.SetInt(event.NetworkPackets, f.sentPkt+f.rcvdPkt)
	}
	return true
}

func (p *Parser) fortinetPair(b *event.Batch, f *forti, key, v []byte) {
	switch string(key) {
	case "date":
		f.date = v
	case "time":
		f.clock = v
	case "tz":
		f.tz = v
	case "timezone": // (GMT+1:00)Berlin
		if off, ok := after(v, "(GMT"); ok && f.tz == nil {
			f.tz, _, _ = cut(off, ")")
		}
	case "eventtime":
		f.eventtime = v
	case "type":
		f.typ = v
	case "subtype":
		f.subtype = v
	case "eventtype":
		f.eventtype = v
	case "action":
		f.action = v
	case "status":
		f.status = v
	case "devname":
		f.devname = v
		b.Set(event.ObserverName, v)
	case "devid", "device_id":
		f.devid = v
		b.Set(event.ObserverSerialNumber, v)
	case "logid", "log_id":
		b.Set(event.EventCode, v)
	case "level", "pri": // FortiMail and FortiManager say pri
		b.Set(event.LogLevel, v)
	case "srcip", "locip", "client_ip", "src":
		setAddr(b, &src, v)
	case "dstip", "dst_ip", "dst":
		setAddr(b, &dst, v)
	case "client_name":
		b.Set(event.SourceDomain, v)
	case "client_cc":
		if len(v) == 2 {
			b.Set(event.SourceGeoCountryIsoCode, v)
		}
	case "src_port":
		setPort(b, event.SourcePort, v)
	case "dst_port":
		setPort(b, event.DestinationPort, v)
	case "disposition":
		f.verdict = v
	case "classifier", "signature_name":
		b.Set(event.RuleName, v)
	case "signature_id":
		b.Set(event.RuleID, v)
	case "signature_subclass", "main_type":
		b.Set(event.RuleCategory, v)
	case "http_method":
		for i, c := range v { // in lower case there
			if c-'a' < 26 && i < 16 {
				p.val = upper(p.val[:0], v)
				v = p.val
				break
			}
		}
		b.Set(event.HTTPRequestMethod, v)
	case "http_url":
		p.setTarget(b, v)
	case "http_host":
		b.Set(event.URLDomain, v)
	case "http_agent":
		b.Set(event.UserAgentOriginal, v)
	case "policy":
		b.Set(event.RuleRuleset, v)
	case "user_name":
		if string(v) != "Unknown" {
			f.user = v
		}
	case "from":
		setMail(b, event.EmailFromAddress, v)
	case "to":
		setMail(b, event.EmailToAddress, v)
	case "subject":
		b.Set(event.EmailSubject, v)
	case "message_id":
		setMessageID(b, v)
	case "session_id", "hfrom", "domain", "polid", "server_pool_name", "severity_level":
		p.key = append(append(p.key[:0], "fortinet."...), key...)
		b.Label(p.key, v)
	case "ip":
		f.ip = v
	case "name":
		f.name = v
	case "method", "httpmethod":
		f.method = v
	case "statuscode":
		f.code = v
	case "referralurl":
		b.Set(event.HTTPRequestReferrer, v)
	case "filesize", "infectedfilesize":
		setNum(b, event.FileSize, v)
	case "login": // of a session of SSH that is looked into
		b.Set(event.DestinationUserName, v)
	case "xauthuser", "eapuser":
		if string(v) != "N/A" {
			f.dialled = v
		}
	case "remip":
		f.remote = true
		setAddr(b, &dst, v)
	case "srcport", "locport":
		setPort(b, event.SourcePort, v)
	case "dstport", "remport":
		setPort(b, event.DestinationPort, v)
	case "transip":
		setNATAddr(b, event.SourceNATIP, v)
	case "transport":
		setNATPort(b, event.SourceNATPort, v)
	case "tranip":
		setNATAddr(b, event.DestinationNATIP, v)
	case "tranport":
		setNATPort(b, event.DestinationNATPort, v)
	case "srcmac":
		b.Set(event.SourceMAC, v)
	case "dstmac":
		b.Set(event.DestinationMAC, v)
	case "srcintf":
		b.Set(event.ObserverIngressInterfaceName, v)
	case "dstintf":
		b.Set(event.ObserverEgressInterfaceName, v)
	case "proto":
		if digits(v) {
			setTransport(b, v)
		} else if string(v) == "tcp" || string(v) == "udp" {
			setTransport(b, v)
		}
	case "service":
		p.val = lower(p.val[:0], v)
		b.Set(event.NetworkProtocol, p.val)
	case "app":
		b.Set(event.NetworkApplication, v)
	case "direction", "dir":
		setDirection(b, v)
		switch string(v) { // FortiMail's, of a mail
		case "in":
			b.SetString(event.EmailDirection, "inbound")
		case "out":
			b.SetString(event.EmailDirection, "outbound")
		}
	case "policyid":
		b.Set(event.RuleID, v)
	case "policyname":
		b.Set(event.RuleName, v)
	case "applist", "profile", "policytype":
		b.Set(event.RuleRuleset, v)
	case "appcat", "catdesc":
		b.Set(event.RuleCategory, v)
	case "user", "unauthuser":
		if string(v) != "N/A" || f.user == nil {
			f.user = v
		}
	case "group":
		if string(v) != "N/A" {
			b.Set(event.GroupName, v)
		}
	case "duration":
		if n, ok := number(v); ok && n >= 0 && n < 1e9 {
			b.SetInt(event.EventDuration, n*1e9)
		}
	case "sentbyte":
		if n, ok := number(v); ok && n >= 0 && n < 1<<61 {
			f.sent, f.bytes = n, true
			b.SetInt(event.SourceBytes, n)
		}
	case "rcvdbyte":
		if n, ok := number(v); ok && n >= 0 && n < 1<<61 {
			f.rcvd, f.bytes = n, true
			b.SetInt(event.DestinationBytes, n)
		}
	case "sentpkt":
		if n, ok := number(v); ok && n >= 0 && n < 1<<61 {
			f.sentPkt, f.packets = n, true
			b.SetInt(event.SourcePackets, n)
		}
	case "rcvdpkt":
		if n, ok := number(v); ok && n >= 0 && n < 1<<61 {
			f.rcvdPkt, f.packets = n, true
			b.SetInt(event.DestinationPackets, n)
		}
	case "hostname":
		if hasPrefix(f.devid, "FCT") {
			f.devname = v
			b.Set(event.ObserverHostname, v)
			break
		}
		b.Set(event.URLDomain, v)
	case "deviceip":
		if isIP(v) {
			b.Add(event.HostIP, v)
		}
	case "remotename":
		b.Set(event.DestinationDomain, v)
	case "threat":
		b.Set(event.RuleName, v)
	case "url":
		if i := index(v, "://"); i > 0 && i < 12 {
			setURL(b, v)
		} else {
			b.Set(event.URLOriginal, v)
			setPath(b, v)
		}
	case "ipaddr":
		for len(v) > 0 {
			one, rest, _ := cut(v, ",")
			if one = trimBlanks(one); isIP(one) {
				b.Add(event.DNSResolvedIP, one)
			}
			v = rest
		}
	case "analyticscksum", "filehash", "checksum":
		setHash(b, v, event.FileHashMd5, event.FileHashSha1, event.FileHashSha256)
	case "sni":
		b.Set(event.TLSClientServerName, v)
	case "cipher":
		if !hasPrefix(v, "0x") {
			b.Set(event.TLSCipher, v)
		}
	case "tlsver":
		if rest, ok := after(v, "tls"); ok {
			v = rest
		}
		b.Set(event.TLSVersion, tlsVersion(v))
	case "saddr":
		setAddr(b, &src, v)
	case "daddr", "dst_host":
		setAddr(b, &dst, v)
	case "source_mac":
		b.Set(event.SourceMAC, v)
	case "error_num":
		b.Set(event.ErrorCode, v)
	case "utmaction":
		f.utm = v
	case "dstname":
		b.Set(event.DestinationDomain, v)
	case "srcname":
		if hasPrefix(f.devid, "FCT") { // the program
			b.Unset(event.ProcessName)
			b.Set(event.ProcessName, v)
			break
		}
		b.Set(event.SourceDomain, v)
	case "agent":
		b.Set(event.UserAgentOriginal, v)
	case "qname":
		b.Set(event.DNSQuestionName, v)
	case "qtype":
		b.Set(event.DNSQuestionType, v)
	case "xid":
		b.Set(event.DNSID, v)
	case "poluuid":
		b.Set(event.RuleUuid, v)
	case "msg":
		f.msg = v
		b.Set(event.Message, v)
	case "reason", "error":
		if string(v) != "none" && string(v) != "N/A" {
			b.Set(event.EventReason, v)
		}
	case "filename", "infectedfilename", "matchedfilename", "file":
		b.Set(event.FileName, v)
	case "filetype", "infectedfiletype", "matchedfiletype":
		b.Set(event.FileExtension, v)
	case "attack", "virus":
		b.Set(event.RuleName, v)
	case "srccountry":
		p.fortinetLabel(b, "fortinet.srccountry", v)
	case "dstcountry":
		p.fortinetLabel(b, "fortinet.dstcountry", v)
	case "logdesc":
		b.Set(event.RuleDescription, v)
	case "userip":
		setAddr(b, &src, v)
	case "nas":
		setAddr(b, &dst, v)
	case "userfrom":
		f.ui = v
	case "ui":
		f.ui = v
		p.fortinetLabel(b, "fortinet.ui", v)
	case "vd", "tunneltype", "vpntunnel", "tunnelip", "cfgpath", "cfgobj", "cfgattr", "crlevel", "threattype":
		if string(v) == "N/A" {
			break
		}
		p.key = append(append(p.key[:0], "fortinet."...), key...)
		b.Label(p.key, v)
	}
}

func (p *Parser) fortinetLabel(b *event.Batch, key string, v []byte) {
	p.key = append(p.key[:0], key...)
	b.Label(p.key, v)
}

func setDirection(b *event.Batch, v []byte) {
	switch string(v) {
	case "outgoing", "outbound":
		b.SetString(event.NetworkDirection, "outbound")
	case "incoming", "inbound":
		b.SetString(event.NetworkDirection, "inbound")
	}
}

// stamp is date and time, in the zone that tz states; where a sender has taken the date off, the time since 1970 beside it.
func (f *forti) stamp(c *civil) {
	if at, ok := epoch(f.eventtime); ok && len(f.date) == 0 {
		*c = civilOf(at)
		return
	}
	if len(f.date) != 10 || len(f.clock) < 8 {
		return
	}
	y, ok := two2(f.date)
	mo, ok1 := two(f.date[5:])
	d, ok2 := two(f.date[8:])
	if !ok || !ok1 || !ok2 {
		return
	}
	t := civil{year: y, month: mo, day: d, hasYear: true}
	if readTime(f.clock, &t) == 0 || !t.valid() {
		return
	}
	if n := readOffset(f.tz, &t); n != len(f.tz) || n == 0 {
		t.hasZone, t.offset = false, 0
		if tz := f.tz; len(tz) == 5 && tz[2] == ':' && digit(tz[1]) && digits(tz[3:]) && (tz[0] == '+' || tz[0] == '-') { // +1:00
			t.hasZone, t.offset = true, int32(tz[1]-'0')*3600+int32(tz[3]-'0')*600+int32(tz[4]-'0')*60
			if tz[0] == '-' {
				t.offset = -t.offset
			}
		}
	}
	t.has = true
	*c = t
}

// since takes the zone of a stamp without one from eventtime, which counts since 1970, where the two are the same moment in some zone.
func (f *forti) since(c *civil) {
	if !c.has || c.hasZone {
		return
	}
	ns, ok := epoch(f.eventtime)
	if !ok {
		return
	}
	const quarter = 15 * 60
	away := days(c.year, c.month, c.day)*daySec + int64(c.hour)*3600 + int64(c.min)*60 + int64(c.sec) - ns/1e9
	off := (away+14*daySec+quarter/2)/quarter*quarter - 14*daySec
	if d := away - off; off >= -12*3600 && off <= 14*3600 && d > -60 && d < 60 {
		c.offset, c.hasZone = int32(off), true
	}
}

// device tells by the serial number which of Fortinet's products it is, and what its line says.
func (f *forti) device(b *event.Batch) {
	product, dataset, kind := "Fortigate", "fortinet.firewall", "firewall"
	switch {
	case hasPrefix(f.devid, "FCT"):
		product, dataset, kind = "FortiClient", "fortinet.forticlient", ""
		if f.action == nil {
			f.action = f.utm
		}
	case hasPrefix(f.devid, "FE"):
		product, dataset, kind = "FortiMail", "fortinet.fortimail", "email"
	case hasPrefix(f.devid, "FV"):
		product, dataset, kind = "FortiWeb", "fortinet.fortiweb", "waf"
	case hasPrefix(f.devid, "FPX"):
		product, dataset, kind = "FortiProxy", "fortinet.fortiproxy", "proxy"
	case hasPrefix(f.devid, "FAC"):
		product, dataset, kind = "FortiAuthenticator", "fortinet.fortiauthenticator", ""
	case hasPrefix(f.devid, "FMG"):
		product, dataset, kind = "FortiManager", "fortinet.fortimanager", ""
	case hasPrefix(f.devid, "FAZ"), hasPrefix(f.devid, "FL-"):
		product, dataset, kind = "FortiAnalyzer", "fortinet.fortianalyzer", ""
	}
	b.SetString(event.EventDataset, dataset)
	b.SetString(event.ObserverProduct, product)
	b.SetString(event.ObserverType, kind)
	if e := (event.Event{Batch: b, Row: b.Rows()}); len(f.ui) > 0 && !e.Present(event.SourceIP) { // GUI(192.0.2.7)
		if _, at, ok := cut(f.ui, "("); ok {
			if at, _, _ = cut(at, ")"); isIP(at) {
				setAddr(b, &src, at)
			}
		}
	}
	switch string(f.typ) {
	case "statistics", "spam", "virus", "encrypt":
		f.mail(b)
		return
	case "attack":
		if f.action == nil {
			break
		}
		b.AddString(event.EventCategory, "web")
		b.AddString(event.EventCategory, "intrusion_detection")
		b.SetString(event.EventAction, "waf_alert")
		b.Label([]byte("fortinet.action"), f.action)
		if hasFold(f.action, "DENY") || hasFold(f.action, "BLOCK") || hasFold(f.action, "ERASE") {
			b.AddString(event.EventType, "denied")
			b.SetString(event.EventOutcome, failure)
		} else {
			b.AddString(event.EventType, "allowed")
			b.SetString(event.EventOutcome, success)
		}
		if f.user != nil {
			b.Set(event.UserName, f.user)
		}
		return
	}
	f.class(b)
}

// mail reads what FortiMail says of a mail.
func (f *forti) mail(b *event.Batch) {
	b.AddString(event.EventCategory, "email")
	switch string(f.typ) {
	case "spam":
		if e := (event.Event{Batch: b, Row: b.Rows()}); !e.Present(event.EmailFromAddress) && !e.Present(event.SourceIP) && !e.Present(event.SourceDomain) {
			break // what the filter says of itself
		}
		b.SetString(event.EventAction, "spam")
	case "virus":
		b.SetString(event.EventAction, "virus_detected")
		b.AddString(event.EventCategory, "malware")
	default:
		b.Set(event.EventAction, f.verdict)
	}
	switch {
	case hasFold(f.verdict, "ACCEPT"), hasFold(f.verdict, "DELIVER"), hasFold(f.verdict, "RELAY"):
		b.AddString(event.EventType, "allowed")
		b.SetString(event.EventOutcome, success)
	case hasFold(f.verdict, "REJECT"), hasFold(f.verdict, "DISCARD"), hasFold(f.verdict, "QUARANTINE"), hasFold(f.verdict, "DEFER"):
		b.AddString(event.EventType, "denied")
		b.SetString(event.EventOutcome, failure)
	default:
		b.AddString(event.EventType, "info")
	}
}

// class tells what happened from type, subtype and action.
func (f *forti) class(b *event.Batch) {
	e := event.Event{Batch: b, Row: b.Rows()}
	action := f.action
	switch string(f.typ) {
	case "traffic":
		if string(f.subtype) == "http-transaction" { // FortiProxy's, of one request, in milliseconds
			b.SetString(event.EventAction, "http_request")
			b.AddString(event.EventCategory, "web")
			b.AddString(event.EventType, "access")
			b.Set(event.HTTPRequestMethod, f.method)
			setStatus(b, f.code)
			if n, ok := e.Int(event.EventDuration); ok {
				b.SetInt(event.EventDuration, n/1000)
			}
			if string(f.utm) == "block" || string(f.utm) == "blocked" {
				b.AddString(event.EventType, "denied")
				b.Unset(event.EventOutcome)
				b.SetString(event.EventOutcome, failure)
			}
			f.who(b)
			return
		}
		b.AddString(event.EventCategory, "network")
		b.AddString(event.EventType, "connection")
		switch string(action) {
		case "deny", "block", "blocked", "dropped":
			b.AddString(event.EventType, "denied")
			b.SetString(event.EventOutcome, "failure")
		case "":
		default:
			if string(f.utm) == "block" || string(f.utm) == "blocked" {
				b.AddString(event.EventType, "denied")
				b.SetString(event.EventOutcome, "failure")
				break
			}
			b.AddString(event.EventType, "allowed")
			b.SetString(event.EventOutcome, "success")
		}
		if len(action) > 0 && string(action) != "start" {
			b.AddString(event.EventType, "end")
		} else if len(action) > 0 {
			b.AddString(event.EventType, "start")
		}
	case "utm":
		b.AddString(event.EventCategory, "network")
		if string(f.subtype) == "dlp" {
			b.Set(event.HTTPRequestMethod, f.method)
		}
		switch string(action) {
		case "pass", "passthrough", "detected", "monitored", "accept", "allowed", "allow", "exempt", "log", "log-only", "logged", "monitor", "filtered-allowed", "permit", "bypass":
			b.AddString(event.EventType, "allowed")
			b.SetString(event.EventOutcome, success)
		case "", "analytics", "submit", "info": // a question, a file sent to be looked at: nothing was decided
			b.AddString(event.EventType, "info")
		default:
			b.AddString(event.EventType, "denied")
			b.SetString(event.EventOutcome, failure)
		}
		switch string(f.subtype) {
		case "ips", "anomaly":
			b.AddString(event.EventCategory, "intrusion_detection")
		case "virus":
			b.AddString(event.EventCategory, "malware")
		}
	case "event", "kevent": // FortiMail's
		if hasPrefix(f.msg, "WebMail: ") && readFirst(b, webmailTexts[:], f.msg) {
			return
		}
		action = f.eventClass(b, action)
		if foldEqual(action, "NONE") || foldEqual(action, "UNKNOWN") {
			action = nil
		}
	}
	b.Set(event.EventAction, action)
	if len(f.dialled) > 0 && f.remote { // a client, not another gateway: the far end began
		if f.user == nil || string(f.user) == "N/A" {
			f.user = f.dialled
		}
		if e.Present(event.SourceIP) && e.Present(event.DestinationIP) {
			swapEnds(b)
		}
	}
	f.who(b)
}

// who sets the user.
func (f *forti) who(b *event.Batch) {
	e := event.Event{Batch: b, Row: b.Rows()}
	if f.user == nil || string(f.user) == "N/A" && index(f.action, "login") < 0 { // of a tunnel between offices
		return
	}
	user := f.user
	b.Set(event.UserName, user)
	if string(user) != "N/A" && (e.Present(event.SourceIP) || f.remote) {
		b.Set(event.SourceUserName, user)
	}
}

// eventClass reads the device's own events: its administrators' logins, VPN sessions, changes of configuration.
func (f *forti) eventClass(b *event.Batch, action []byte) []byte {
	if len(action) == 0 { // FortiManager and FortiAnalyzer say it in words
		switch {
		case index(f.msg, " login accepted from ") > 0:
			action, f.status = bytesOf(login), bytesOf(success)
		case index(f.msg, " login failed from ") > 0:
			action, f.status = bytesOf(login), bytesOf(failure)
		case index(f.msg, " logged out from ") > 0, index(f.msg, " logout from ") > 0:
			action = bytesOf("logout")
		}
	}
	switch string(action) {
	case "Authentication", "Login":
		action = bytesOf(login)
	case "Logout":
		action = bytesOf("logout")
	}
	switch string(action) {
	case "login", "auth-logon", "authentication":
		b.AddString(event.EventCategory, "authentication")
		b.AddString(event.EventType, "start")
	case "ssl-login-fail", "auth-failure":
		b.AddString(event.EventCategory, "authentication")
		b.AddString(event.EventType, "start")
		b.SetString(event.EventOutcome, "failure")
	case "logout", "auth-logout", "tunnel-down":
		b.AddString(event.EventCategory, "session")
		b.AddString(event.EventType, "end")
	case "tunnel-up":
		b.AddString(event.EventCategory, "session")
		b.AddString(event.EventType, "start")
		b.SetString(event.EventOutcome, "success")
	case "FSSO-logon":
		b.AddString(event.EventCategory, "authentication")
		b.AddString(event.EventType, "start")
		b.SetString(event.EventOutcome, "success")
	case "FSSO-logoff":
		b.AddString(event.EventCategory, "session")
		b.AddString(event.EventType, "end")
	case "Add", "Edit", "Delete", "add", "edit", "delete":
		if string(f.subtype) == "endpoint" { // a FortiClient
			b.AddString(event.EventCategory, "session")
			b.AddString(event.EventType, "start")
			break
		}
		b.AddString(event.EventCategory, "configuration")
		b.AddString(event.EventType, "change")
	default:
		f.subject(b)
	}
	if string(f.subtype) == "endpoint" && isIP(f.ip) {
		setAddr(b, &src, f.ip)
		if hostLike(f.name) {
			b.Set(event.SourceDomain, f.name)
		}
	}
	switch string(f.status) {
	case "success", "Success":
		b.SetString(event.EventOutcome, "success")
	case "failed", "failure", "Failed", "negotiate_error":
		b.SetString(event.EventOutcome, "failure")
	}
	// A client that logs in to a VPN is the source; between gateways this side is.
	e := event.Event{Batch: b, Row: b.Rows()}
	if f.remote && !e.Present(event.SourceIP) && len(action) > 4 && (hasPrefix(action, "ssl-") || hasPrefix(action, "tunnel")) {
		ip, addr := e.Str(event.DestinationIP), e.Str(event.DestinationAddress)
		if hasPrefix(action, "ssl-") {
			b.Unset(event.DestinationIP)
			b.Unset(event.DestinationAddress)
		}
		b.SetString(event.SourceIP, ip)
		b.SetString(event.SourceAddress, addr)
	}
	return action
}

// webmailTexts are what FortiMail's webmail says.
var webmailTexts = [...]shape{
	{"", login, failure, authn, "start", []string{"WebMail: Login for '{user}' from {ip} failed"}},
	{"", login, success, authn, "start", []string{"WebMail: User {user} from {ip} logged in"}},
	{"", "logout", "", "session", "end", []string{"WebMail: User {user} from {ip} logged out"}},
}

// subject sets what an event of the device itself is about, where its action says nothing of that.
func (f *forti) subject(b *event.Batch) {
	category, typ := "", "info"
	switch string(f.subtype) {
	case "vpn":
		category, typ = "network", "connection"
	case "system", "ha", "security-rating", "fortiextender", "switch-controller", "connector", "cifs-auth-fail", "admin", "update":
		category = "host"
	case "router", "sdwan", "wireless", "wad", "ppp", "dhcp", "dns":
		category = "network"
	case "user":
		category = "authentication"
	case "config":
		category, typ = "configuration", "change"
	case "imap", "smtp", "pop3", "webmail":
		category = "email"
	case "endpoint":
		category = "session"
		if string(f.action) == "close" {
			typ = "end"
		}
	case "rest-api":
		category, typ = "api", "access"
		b.Set(event.HTTPRequestMethod, f.method)
		setStatus(b, f.status)
	default:
		return
	}
	b.AddString(event.EventCategory, category)
	b.AddString(event.EventType, typ)
}
