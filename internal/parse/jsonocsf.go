package parse

import "watchpost/internal/event"

// ocsfClasses are the classes of the Open Cybersecurity Schema Framework, as Amazon Security Lake and others hand events out.
var ocsfClasses = []struct{ uid, action, category, typ string }{
	{"1001", "file", "file", "info"}, {"1002", "kernel", "driver", "info"}, {"1003", "kernel", "driver", "info"}, {"1005", "library_loaded", "library", "start"}, {"1006", "scheduled_task", "configuration", "change"}, {"1007", "process", "process", "info"},
	{"2001", "finding", "intrusion_detection", "info"}, {"2002", "finding", "vulnerability", "info"}, {"2003", "finding", "configuration", "info"}, {"2004", "ids_alert", "intrusion_detection", "info"}, {"2005", "incident", "intrusion_detection", "info"},
	{"3001", "user_changed", "iam", "user"}, {"3002", login, authn, "start"}, {"3003", "session_start", "session", "start"}, {"3005", "user_changed", "iam", "user"}, {"3006", "group_changed", "iam", "group"},
	{"4001", "flow", netw, "connection"}, {"4002", "http_request", "web", "access"}, {"4003", "dns_query", netw, "protocol"}, {"4004", "dhcp_lease", netw, "info"}, {"4005", "rdp", netw, "protocol"}, {"4006", "smb", netw, "protocol"}, {"4007", "ssh", netw, "protocol"}, {"4009", "mail", "email", "info"}, {"6003", "", "api", ""},
}

var ocsfNames = []jsonName{{"class_name", event.EventProvider}, {"activity_name", 0}, {"message", event.Message}, {"status_detail", event.EventReason}, {"api.response.error", event.ErrorCode}, {"status_code", event.ErrorCode}, {"api.service.name", event.ServiceName}, {"start_time", event.EventStart}, {"end_time", event.EventEnd}, {"answers", 0}, {"severity", event.LogLevel}, {"severity_id", event.EventSeverity}, {"metadata.product.name", event.ObserverProduct}, {"metadata.product.vendor_name", event.ObserverVendor},
	{"user.email_addr", event.UserEmail}, {"user.uid", event.UserID}, {"actor.user.name", event.UserName}, {"actor.user.uid", event.UserID}, {"actor.process.file.path", event.ProcessParentExecutable}, {"actor.process.name", event.ProcessParentName}, {"actor.process.cmd_line", event.ProcessParentCommandLine}, {"actor.process.pid", event.ProcessParentPID},
	{"src_endpoint.ip", event.SourceIP}, {"src_endpoint.port", event.SourcePort}, {"src_endpoint.hostname", event.SourceDomain}, {"src_endpoint.location.country", event.SourceGeoCountryIsoCode}, {"dst_endpoint.ip", event.DestinationIP}, {"dst_endpoint.port", event.DestinationPort}, {"dst_endpoint.hostname", event.DestinationDomain},
	{"connection_info.protocol_num", event.NetworkTransport}, {"connection_info.protocol_name", event.NetworkTransport}, {"connection_info.direction", 0}, {"traffic.bytes", event.NetworkBytes}, {"traffic.packets", event.NetworkPackets}, {"traffic.bytes_out", event.SourceBytes}, {"traffic.bytes_in", event.DestinationBytes}, {"device.hostname", event.HostName}, {"device.ip", event.HostIP}, {"device.uid", event.HostID}, {"device.os.name", event.HostOSName},
	{"process.file.path", event.ProcessExecutable}, {"process.cmd_line", event.ProcessCommandLine}, {"process.user.name", event.UserName}, {"file.hashes[].value", 0}, {"query.hostname", event.DNSQuestionName}, {"query.type", event.DNSQuestionType}, {"rcode", event.DNSResponseCode}, {"http_request.http_method", event.HTTPRequestMethod}, {"http_request.url.url_string", event.URLOriginal},
	{"http_request.url.hostname", event.URLDomain}, {"http_request.url.path", event.URLPath}, {"http_request.user_agent", event.UserAgentOriginal}, {"http_response.code", event.HTTPResponseStatusCode}, {"finding_info.title", event.RuleName}, {"finding_info.desc", event.RuleDescription}, {"finding.title", event.RuleName}, {"finding.desc", event.RuleDescription}, {"api.operation", event.EventAction},
	{"status", 0}, {"disposition", 0}, {"action", 0}}

// ocsfApps are told by class_uid.
func ocsfApps() []jsonApp {
	var rows []jsonApp
	row := func(uid string, c class) {
		rows = append(rows, jsonApp{"class_uid", [][2]string{{"class_uid", uid}, {"metadata.version", "*"}}, c, [2]string{}, "time", ocsfNames})
	}
	for i := range ocsfClasses {
		c := &ocsfClasses[i]
		row(c.uid, class{"ocsf.event", "ocsf", c.action, "", c.category, [3]string{c.typ}})
	}
	row("*", class{"ocsf.event", "ocsf", "", "", "host", [3]string{"info"}})
	return rows
}

// ocsf reads what came of it, and what was done within the class.
func (t *jsonSink) ocsf() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	activity := string(t.noted("activity_name"))
	switch {
	case e.Str(event.EventAction) == login && (activity == "Logoff" || activity == "Service Ticket Request" || activity == "Authentication Ticket"):
		b.Unset(event.EventAction)
		b.Unset(event.EventType)
		if activity == "Logoff" {
			b.SetString(event.EventAction, "logout")
			b.AddString(event.EventType, "end")
		} else {
			b.SetString(event.EventAction, "ticket")
			b.AddString(event.EventType, "info")
		}
	case activity == "Launch":
		b.Unset(event.EventAction)
		b.Unset(event.EventType)
		b.SetString(event.EventAction, "process_started")
		b.AddString(event.EventType, "start")
	case activity == "Terminate":
		b.Unset(event.EventAction)
		b.Unset(event.EventType)
		b.SetString(event.EventAction, "process_ended")
		b.AddString(event.EventType, "end")
	case e.Str(event.EventAction) == "file":
		b.Unset(event.EventType)
		b.AddString(event.EventType, verbType(activity))
	case !e.Present(event.EventAction):
		b.SetString(event.EventAction, activity)
	}
	switch string(t.noted("status")) {
	case "Success":
		b.SetString(event.EventOutcome, success)
	case "Failure":
		b.SetString(event.EventOutcome, failure)
	}
	for _, name := range [...]string{"action", "disposition"} {
		switch string(t.noted(name)) {
		case "Denied", "Blocked", "Dropped", "Rejected":
			addOnce(b, event.EventType, "denied")
			if !e.Present(event.EventOutcome) {
				b.SetString(event.EventOutcome, failure)
			}
		case "Allowed":
			addOnce(b, event.EventType, "allowed")
			if !e.Present(event.EventOutcome) {
				b.SetString(event.EventOutcome, success)
			}
		}
	}
	switch e.Str(event.ErrorCode) {
	case "OK", "NODATA", "SKIPDATA", "0": // no errors
		b.Unset(event.ErrorCode)
	}
	if e.Str(event.EventAction) == "dns_query" {
		b.SetString(event.NetworkProtocol, "dns")
		t.answers("answers", "rdata")
	}
	setFlowDirection(b, t.noted("connection_info.direction"))
	t.mailOnly()
}

// gcpBalancer tells what the policy of a load balancer decided.
func (t *jsonSink) gcpBalancer() {
	if v := t.noted("httpRequest.latency"); hasSuffix(v, "s") { // 0.123s
		setSeconds(t.b, v[:len(v)-1])
	}
	if string(t.noted("jsonPayload.enforcedSecurityPolicy.outcome")) == "DENY" {
		t.b.AddString(event.EventType, "denied")
	}
}
