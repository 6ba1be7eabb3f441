package parse

import "watchpost/internal/event"

// cefVendor reads what one vendor means by CEF's keys otherwise than others do. It reports whether that was all.
func (r *reading) cefVendor(vendor string) (done bool) {
	b := r.b
	e := r.event()
	switch vendor {
	case "Forcepoint", "Websense":
		exchange(b, event.SourceBytes, event.DestinationBytes) // out is what the client sent
	case "Zscaler": // in is the answer's size; the outcome is the answer's status
		exchange(b, event.SourceBytes, event.DestinationBytes)
		if n, ok := number(r.fact[fStatus]); ok && n >= 100 {
			b.SetInt(event.HTTPResponseStatusCode, n)
		}
		for _, f := range [...]event.Field{event.HTTPRequestReferrer, event.FileExtension, event.RuleName, event.RuleCategory, event.HTTPRequestMethod, event.UserAgentOriginal} {
			if zscalerNone(bytesOf(e.Str(f))) {
				b.Unset(f)
			}
		}
		if e.Str(event.ObserverProduct) == "NSSFWlog" {
			b.SetString(event.RuleName, e.Str(event.EventReason))
		}
	case "Imperva Inc.":
		if r.is(fType, "Alert") {
			r.alert()
			b.AddString(event.EventCategory, "web")
		} else if _, addr, ok := cut(r.fact[fName], " logged in from "); ok && !e.Present(event.SourceIP) {
			setHostPort(b, &src, addressIn(addr))
		}
	case "McAfee", "Trellix", "Musarubra US LLC": // ePolicy Orchestrator's categories: av.detect, hip.file, fw.detect
		switch kind := r.fact[fType]; {
		case hasPrefix(kind, "av."):
			r.alert()
			b.AddString(event.EventCategory, "malware")
		case hasPrefix(kind, "hip"), hasPrefix(kind, "ids."):
			r.alert()
		}
	case "Incapsula": // Imperva's cloud: spt is the server's port, cpt the client's
		if port := r.fact[fPart]; len(port) > 0 {
			exchange(b, event.SourcePort, event.DestinationPort)
			b.Unset(event.SourcePort)
			setPort(b, event.SourcePort, port)
		}
		if n, ok := number(r.fact[fUser]); ok && n >= 100 { // what the rule did is the outcome
			b.SetInt(event.HTTPResponseStatusCode, n)
		}
		if version, cipher := word(r.fact[fSub]); len(version) > 0 {
			b.Set(event.TLSVersion, tlsVersion(version))
			b.Set(event.TLSCipher, trimBlanks(cipher))
		}
		if v := e.Str(event.RuleName); len(v) > 1 && v[len(v)-1] == ',' {
			b.Unset(event.RuleName)
			b.SetString(event.RuleName, v[:len(v)-1])
		}
		if name := r.fact[fName]; !foldEqual(name, "NORMAL") {
			r.alert()
		}
	case "Trend Micro Inc.", "Wazuh Inc.", "Wazuh": // OSSEC's and Wazuh's managers
		if product := e.Str(event.ObserverProduct); product == "OSSEC HIDS" || product == "Wazuh" {
			return r.ossec()
		}
	case "NETSCOUT", "Arbor Networks", "Arbor":
		if r.alert(); hasPrefix(r.fact[fName], "Blocked ") {
			r.judge(bytesOf("blocked"))
		}
	case "Trend Micro":
		r.deepSecurity()
	case "TippingPoint", "Darktrace", "Dragos":
		r.namedAlert()
	case "Citrix": // its web firewall
		if e.Str(event.EventCode) == "APPFW" {
			r.namedAlert()
			b.AddString(event.EventCategory, "web")
		}
	case "Fortinet":
		r.fortiGate()
	case "Cybereason": // request is the file that was found
		r.namedAlert()
		b.Unset(event.HTTPRequestReferrer)
		if file := e.Str(event.URLOriginal); file != "" {
			setFile(b, bytesOf(file))
			for _, f := range [...]event.Field{event.URLOriginal, event.URLDomain, event.URLPath, event.URLScheme, event.URLQuery} {
				b.Unset(f)
			}
		}
	case "Palo Alto Networks": // what its cloud hands on
		r.panosCloud()
	case "Nozomi Networks": // SIGN:…, VI:…, INCIDENT:…; what it tells of itself has no colon
		if index(bytesOf(e.Str(event.EventCode)), ":") > 0 {
			r.namedAlert()
		}
	case "Claroty":
		if e.Str(event.EventCode) == "Alert" {
			r.namedAlert()
		}
	case "Vectra Networks":
		switch e.Str(event.EventCode) {
		case "hsc", "asc", "audit", "health":
		default:
			r.namedAlert()
		}
	case "Netskope":
		if app := e.Str(event.NetworkProtocol); app != "" { // an application of the cloud
			b.Unset(event.NetworkProtocol)
			b.SetString(event.NetworkApplication, app)
		}
	case "Ubiquiti":
		var c civil
		if v := r.fact[fDate]; len(v) > 0 && !r.h.stamp.hasZone && readISO(v, &c) == len(v) && c.hasZone {
			r.h.stamp = c
		}
	}
	return false
}

// fortiGate reads the kind of event (utm:virus) and who administers from where (sproc=https(192.0.2.7)).
func (r *reading) fortiGate() {
	b, e := r.b, r.event()
	if from := bytesOf(e.Str(event.ProcessName)); len(from) > 0 && hasPrefix(r.fact[fType], "event:") {
		b.Unset(event.ProcessName)
		b.Label(bytesOf("cef.sproc"), from)
		if !e.Present(event.SourceIP) {
			if ip := addressIn(from); ip != nil {
				setHostPort(b, &src, ip)
			} else if _, in, ok := cut(from, "("); ok {
				in, _, _ = cut(in, ")")
				setHostPort(b, &src, in)
			}
		}
	}
	kind, _ := after(r.fact[fType], "utm:")
	switch string(kind) {
	case "virus":
		b.SetString(event.EventKind, "alert")
		b.AddString(event.EventCategory, "malware")
	case "ips", "waf", "anomaly":
		r.alert()
	}
	if string(r.fact[fType]) == "anomaly:anomaly" {
		r.alert()
	}
}

// panosCloud reads log-ins in what Palo Alto's cloud hands on: LogType is the event's class, its name the kind.
func (r *reading) panosCloud() {
	b, e := r.b, r.event()
	switch e.Str(event.EventCode) {
	case "GLOBALPROTECT":
		switch string(r.fact[fOther]) {
		case "gateway-auth", "portal-auth", "clientlessvpn-login":
			r.say(login, authn, "start")
		case "gateway-connected":
			r.say(vpnConnected, "session", "start")
		case "gateway-logout":
			r.say(vpnDisconnected, "session", "end")
		default:
			r.say("vpn", "session", "info")
		}
	case "AUTH":
		r.say("", authn, "info")
	case "THREAT":
		switch string(r.fact[fName]) {
		case "vulnerability", "spyware", "scan", "flood":
			b.AddString(event.EventCategory, "intrusion_detection")
		case "virus", "wildfire", "ml-virus", "wildfire-virus":
			b.AddString(event.EventCategory, "malware")
		}
	}
}

// ossecLevels are the levels of OSSEC's rules.
var ossecLevels = [...]string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16"}

// ossec reads an alert of OSSEC's or Wazuh's manager, and the line in msg that it is about. It reports whether it is one.
func (r *reading) ossec() bool {
	b, e := r.b, r.event()
	level, ok := e.Int(event.EventSeverity)
	if !ok || level < 0 || level >= int64(len(ossecLevels)) {
		return false
	}
	a := ossecAlert{level: bytesOf(ossecLevels[level]), rule: bytesOf(e.Str(event.EventCode)), name: r.fact[fName], groups: r.fact[fType], from: r.fact[fOther], text: r.fact[fText], user: bytesOf(e.Str(event.SourceUserName))}
	if !digits(a.rule) {
		return false
	}
	for _, f := range [...]event.Field{event.EventCode, event.EventKind, event.EventDataset, event.EventModule, event.ObserverProduct} {
		b.Unset(f)
	}
	own := *r // the line may be one of a product, too
	a.read(r.p, b, r.h.host, false)
	*r = own
	return true
}

// namedAlert is an alert whose name is that of the rule.
func (r *reading) namedAlert() {
	r.alert()
	r.text(event.RuleName, r.fact[fName])
}

// deepSecurity tells by the number of the event what Trend Micro's agent found: up to 1999999 the number is that of a rule of its
// intrusion prevention, from 4000000 on malware.
func (r *reading) deepSecurity() {
	b, e := r.b, r.event()
	if e.Str(event.ObserverProduct) != "Deep Security Agent" {
		return
	}
	n, ok := number(bytesOf(e.Str(event.EventCode)))
	switch {
	case !ok:
	case n >= 1000000 && n < 2000000:
		r.namedAlert()
		b.SetString(event.RuleID, e.Str(event.EventCode))
	case n >= 4000000 && n < 4000020:
		b.SetString(event.EventKind, "alert")
		b.AddString(event.EventCategory, "malware")
		r.text(event.RuleName, r.fact[fName])
	}
}

// alert says that a detection engine found something.
func (r *reading) alert() {
	r.b.SetString(event.EventKind, "alert")
	r.b.AddString(event.EventCategory, "intrusion_detection")
}
