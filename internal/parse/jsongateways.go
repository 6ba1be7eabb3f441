package parse

import "watchpost/internal/event"

// gatewayApps are further logs of gateways in the cloud: Cloudflare's of zones and of its network, Netskope's of its administrators, of
// networks and of each request, Proofpoint's audit and its mail servers.
var gatewayApps = []jsonApp{
	{"EDNSSubnet", [][2]string{{"QueryName", "*"}, {"SourceIP", "*"}}, class{"cloudflare.dns_records", "cloudflare", "dns_query", "", netw, [3]string{"protocol"}}, [2]string{}, "Timestamp",
		[]jsonName{{"QueryName", event.DNSQuestionName}, {"QueryType", 0}, {"ResponseCode", 0}, {"SourceIP", event.SourceIP}, {"ColoCode", 0}}},
	{"ConnectTimestamp", [][2]string{{"ClientIP", "*"}, {"OriginIP", "*"}, {"Event", "*"}}, class{"cloudflare.spectrum_events", "cloudflare", "", "", netw, [3]string{"connection"}}, [2]string{}, "Timestamp",
		[]jsonName{{"Event", event.EventAction}, {"ClientIP", event.SourceIP}, {"ClientPort", event.SourcePort}, {"ClientBytes", event.SourceBytes}, {"ClientProto", event.NetworkTransport}, {"ClientCountry", event.SourceGeoCountryIsoCode}, {"ClientAsn", event.SourceAsNumber}, {"OriginIP", event.DestinationIP}, {"OriginPort", event.DestinationPort}, {"OriginBytes", event.DestinationBytes},
			{"Application", event.NetworkApplication}, {"IpFirewall", 0}}},
	{"MitigationSystem", [][2]string{{"IPSourceAddress", "*"}, {"IPDestinationAddress", "*"}}, class{"cloudflare.network_analytics_logs", "cloudflare", "", "", netw, [3]string{"connection"}}, [2]string{}, "Datetime",
		[]jsonName{{"Outcome", event.EventAction}, {"IPSourceAddress", event.SourceIP}, {"SourcePort", event.SourcePort}, {"IPDestinationAddress", event.DestinationIP}, {"DestinationPort", event.DestinationPort}, {"IPProtocol", 0}, {"IPProtocolName", event.NetworkTransport}, {"IPTotalLength", event.NetworkBytes}, {"RuleID", event.RuleID}, {"RuleName", event.RuleName},
			{"AttackVector", event.EventReason}, {"Direction", 0}}},
	{"ConnectionCloseReason", [][2]string{{"SourceIP", "*"}, {"DestinationIP", "*"}, {"SessionID", "*"}}, class{"cloudflare.zero_trust_network_sessions", "cloudflare", "flow", "", netw, [3]string{"connection", "end"}}, [2]string{}, "SessionEndTime",
		[]jsonName{{"SourceIP", event.SourceIP}, {"SourcePort", event.SourcePort}, {"EgressIP", event.SourceNATIP}, {"DestinationIP", event.DestinationIP}, {"DestinationPort", event.DestinationPort}, {"BytesSent", event.SourceBytes}, {"BytesReceived", event.DestinationBytes}, {"Protocol", event.NetworkTransport}, {"Email", event.UserEmail}, {"UserID", event.UserID},
			{"DeviceName", event.SourceDomain}, {"ConnectionCloseReason", event.EventReason}, {"SessionStartTime", event.EventStart}, {"SessionEndTime", event.EventEnd}}},

	{"audit_log_event", [][2]string{{"type", "*"}, {"user", "*"}}, class{"netskope.audit", "netskope", "", success, "configuration", [3]string{}}, [2]string{}, "timestamp",
		[]jsonName{{"audit_log_event", event.EventAction}, {"user", event.UserEmail}, {"severity_level", event.EventSeverity}, {"supporting_data.data_values", 0}}},
	{"network_session_id", [][2]string{{"srcip", "*"}, {"dstip", "*"}}, class{"netskope.network", "netskope", "flow", "", netw, [3]string{"connection"}}, [2]string{}, "timestamp", netskopeFlow},
	{"publisher_name", [][2]string{{"srcip", "*"}, {"dstip", "*"}, {"user", "*"}}, class{"netskope.network", "netskope", "flow", "", netw, [3]string{"connection"}}, [2]string{}, "timestamp", netskopeFlow},
	{"x-transaction-id", [][2]string{{"cs-username", "*"}, {"x-cs-timestamp", "*"}}, class{"netskope.transaction", "netskope", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "x-cs-timestamp",
		[]jsonName{{"x-cs-src-ip", event.SourceIP}, {"c-ip", event.SourceIP}, {"x-cs-src-port", event.SourcePort}, {"s-ip", event.DestinationIP}, {"x-cs-dst-ip", event.DestinationIP}, {"cs-uri-port", event.DestinationPort}, {"cs-bytes", event.SourceBytes}, {"sc-bytes", event.DestinationBytes}, {"cs-method", event.HTTPRequestMethod}, {"cs-referer", event.HTTPRequestReferrer},
			{"x-cs-url", event.URLOriginal}, {"cs-host", event.URLDomain}, {"cs-uri-scheme", event.URLScheme}, {"x-cs-uri-path", event.URLPath}, {"cs-uri-query", event.URLQuery}, {"cs-user-agent", event.UserAgentOriginal}, {"cs-username", event.UserEmail}, {"sc-status", event.HTTPResponseStatusCode}, {"x-cs-app", event.NetworkApplication}, {"x-cs-app-activity", event.EventReason},
			{"x-category", event.RuleCategory}, {"x-policy-name", event.RuleName}, {"x-policy-action", 0}, {"x-cs-sni", event.TLSClientServerName}, {"x-cs-ssl-version", event.TLSVersion}, {"x-cs-ssl-cipher", event.TLSCipher}, {"x-rs-file-md5", event.FileHashMd5}, {"x-rs-file-sha256", event.FileHashSha256}, {"x-c-country", event.SourceGeoCountryIsoCode},
			{"x-s-country", event.DestinationGeoCountryIsoCode}}},

	{"audit.action", [][2]string{{"audit.resourceType", "*"}, {"guid", "*"}}, class{"proofpoint_on_demand.audit", "proofpoint", "", success, "configuration", [3]string{}}, [2]string{}, "ts",
		[]jsonName{{"audit.action", event.EventAction}, {"audit.resourceType", event.EventProvider}, {"audit.level", event.LogLevel}, {"audit.user.id", event.UserID}, {"audit.user.email", event.UserEmail}, {"audit.user.ipAddress", event.SourceIP}}},
	{"sm.qid", [][2]string{{"pps.agent", "*"}}, class{"proofpoint_on_demand.mail", "proofpoint", "mail", "", "email", [3]string{"info"}}, [2]string{}, "ts",
		[]jsonName{{"sm.qid", event.EmailLocalID}, {"sm.from", event.EmailFromAddress}, {"sm.to", event.EmailToAddress}, {"sm.msgid", event.EmailMessageID}, {"sm.stat", event.EventReason}, {"sm.dsn", event.EventCode}, {"sm.relay", 0}, {"pps.agent", event.ObserverName}, {"sm.tls.verify", 0}}},
}

var netskopeFlow = []jsonName{{"action", event.EventReason}, {"user", event.UserEmail}, {"srcip", event.SourceIP}, {"srcport", event.SourcePort}, {"dstip", event.DestinationIP}, {"dstport", event.DestinationPort}, {"client_bytes", event.SourceBytes}, {"server_bytes", event.DestinationBytes}, {"client_packets", event.SourcePackets}, {"server_packets", event.DestinationPackets}, {"numbytes", event.NetworkBytes}, {"total_packets", event.NetworkPackets},
	{"ip_protocol", event.NetworkTransport}, {"protocol", 0}, {"app", event.NetworkApplication}, {"policy", event.RuleName}, {"session_duration", event.EventDuration}, {"hostname", event.HostName}, {"dsthost", event.DestinationDomain}, {"dst_country", event.DestinationGeoCountryIsoCode}, {"src_country", event.SourceGeoCountryIsoCode}}

// cloudflare reads what Cloudflare's logs of zones and networks say by numbers, and the verdict.
func (t *jsonSink) cloudflare() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	t.upperCountry()
	if q, ok := after(bytesOf(e.Str(event.URLQuery)), "?"); ok {
		t.p.val = append(t.p.val[:0], q...)
		b.Unset(event.URLQuery)
		b.Set(event.URLQuery, t.p.val)
	}
	if e.Present(event.DNSQuestionName) {
		b.SetString(event.NetworkProtocol, "dns")
		b.SetString(event.DNSQuestionType, dnsTypes[string(t.noted("QueryType"))])
		if n, ok := number(t.either("ResponseCode", "ClientResponseCode")); ok && n >= 0 && n < int64(len(responseCodes)) {
			b.SetString(event.DNSResponseCode, responseCodes[n])
		}
	}
	setTransport(b, t.noted("IPProtocol"))
	setFlowDirection(b, t.noted("Direction"))
	action := bytesOf(e.Str(event.EventAction))
	if v := t.noted("SecurityAction"); len(v) > 0 {
		action = v
	} else if v := t.noted("WAFAction"); v != nil {
		action = v
	}
	switch string(action) {
	case "connect":
		b.AddString(event.EventType, "start")
		return
	case "disconnect":
		b.AddString(event.EventType, "end")
		return
	case "clientFiltered":
		action = bytesOf("drop")
	case "log", "simulate", "skip", "pass":
		action = bytesOf("allow")
	case "http_request", "managedChallenge", "challenge", "jschallenge", "managed_challenge", "js_challenge", "":
		return
	}
	if _, known := judged[string(action)]; known {
		b.Unset(event.EventOutcome)
		t.p.judge(b, action)
	}
	if e.Str(event.EventDataset) == "cloudflare.network_analytics_logs" && e.Present(event.EventReason) {
		b.AddString(event.EventCategory, "intrusion_detection")
	}
}

// netskopeAudit reads what an administrator did, and from where he logged in.
func (t *jsonSink) netskopeAudit() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	action := bytesOf(e.Str(event.EventAction))
	switch {
	case hasPrefix(action, "Login Successful"), hasPrefix(action, "Login Failed"), hasPrefix(action, "Login failed"):
		out := success
		if !hasPrefix(action, "Login S") {
			out = failure
		}
		b.Unset(event.EventOutcome)
		b.SetString(event.EventOutcome, out)
		b.Unset(event.EventAction)
		b.SetString(event.EventAction, login)
		b.AddString(event.EventType, "start")
		for v := t.noted("supporting_data.data_values"); len(v) > 0; {
			var one []byte
			_, v, _ = cut(v, `"`)
			one, v, _ = cut(v, `"`)
			if isIP(one) && !e.Present(event.SourceIP) {
				setAddr(b, &src, one)
			}
		}
	case hasPrefix(action, "Logout"):
		b.Unset(event.EventAction)
		b.SetString(event.EventAction, "logout")
		b.AddString(event.EventType, "end")
	}
	t.mailOnly()
}

// netskopeTransaction reads one request: what the policy did.
func (t *jsonSink) netskopeTransaction() {
	b := t.b
	if e := (event.Event{Batch: b, Row: b.Rows()}); e.Str(event.HTTPRequestReferrer) == "-" {
		b.Unset(event.HTTPRequestReferrer)
	}
	if v := t.noted("x-policy-action"); len(v) > 0 {
		if _, known := judged[string(v)]; known {
			b.Unset(event.EventOutcome)
			t.p.judge(b, v)
		}
	}
	t.mailOnly()
}

// proofpointMail reads what the mail servers of Proofpoint on demand say of a message.
func (t *jsonSink) proofpointMail() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	to := &dst
	if !e.Present(event.EventReason) { // a line about who hands it over
		to = &src
	}
	if name, addr, ok := cut(t.noted("sm.relay"), "["); ok {
		addr, _, _ = cut(addr, "]")
		if isIP(addr) {
			setAddr(b, to, addr)
		}
		if name = trimBlanks(name); len(name) > 0 && name[len(name)-1] == '.' {
			name = name[:len(name)-1]
		}
		if len(name) > 0 && hostLike(name) {
			b.Set(to.domain, name)
		}
	}
	action, out := "", ""
	switch v := bytesOf(e.Str(event.EventReason)); {
	case hasPrefix(v, "Sent"):
		action, out = "mail_sent", success
	case hasPrefix(v, "Deferred"):
		action = "mail_deferred"
	case hasPrefix(v, "queued"):
		action = "mail_queued"
	case len(v) == 0 && e.Present(event.EmailFromAddress):
		action = "mail_received"
	case len(v) > 0:
		action, out = "mail_bounced", failure
	}
	if action != "" {
		b.Unset(event.EventAction)
		b.SetString(event.EventAction, action)
		b.SetString(event.EventOutcome, out)
	}
}

// proofpointTAP reads what TAP's connector sends of a mail or a click, as the parameters of RFC 5424 with the kind for its MSGID:
//
//	<38>1 2026-11-23T18:14:15Z - ProofpointTAP - MSGBLK [tapmsg@21139 messageID="m1@example.net" recipient="bob@example.com" …]
func proofpointTAP(b *event.Batch, h *header, _ []byte) bool {
	c := class{"proofpoint_tap.message", "proofpoint", "mail_received", success, "email", [3]string{"info", "allowed"}}
	rest, ok := after(h.sd, "[tapmsg@21139 ")
	click := false
	if !ok {
		if rest, ok = after(h.sd, "[tapclick@21139 "); !ok {
			return false
		}
		click = true
		c = class{"proofpoint_tap.click", "proofpoint", "url-access", success, "web", [3]string{"access", "allowed"}}
	}
	switch string(h.msgid) {
	case "MSGBLK":
		c.action, c.outcome, c.types = "reject", failure, [3]string{"denied"}
	case "CLKBLK":
		c.outcome, c.types[1] = failure, "denied"
	case "MSGDLV", "CLKPER":
	default:
		c.outcome, c.types[1] = "", ""
	}
	c.set(b)
	b.SetString(event.ObserverVendor, "Proofpoint")
	b.SetString(event.ObserverProduct, "TAP")
	for len(rest) > 0 {
		var key, v []byte
		if key, v, rest = cutParam(rest); len(v) == 0 {
			continue
		}
		switch string(key) {
		case "messageID":
			setMessageID(b, v)
		case "QID":
			b.Set(event.EmailLocalID, v)
		case "subject":
			b.Set(event.EmailSubject, v)
		case "sender":
			setMail(b, event.EmailFromAddress, v)
		case "recipient":
			setMail(b, event.EmailToAddress, v)
		case "spamScore":
			setAny(b, event.EventRiskScore, v)
		case "classification":
			b.Set(event.RuleCategory, v)
		case "userAgent":
			b.Set(event.UserAgentOriginal, v)
		case "url":
			setURL(b, v)
		case "clickIP":
			setAddr(b, &src, v)
		case "senderIP":
			if click {
				setAddr(b, &dst, v)
			} else {
				setAddr(b, &src, v)
			}
		}
	}
	return true
}
