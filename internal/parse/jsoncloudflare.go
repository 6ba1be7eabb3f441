package parse

import "watchpost/internal/event"

// cloudflareApps are further logs of Cloudflare's Logpush, by Cloudflare's names of them. Which fields a job sends is up to who set it up, so each is told
// by those that it is not worth having without.
var cloudflareApps = []jsonApp{
	{"ActionTimestamp", [][2]string{{"ActionType", "*"}, {"ActionResult", "*"}}, saas("cloudflare.audit", "cloudflare", "configuration"), [2]string{"ActionResult", "success"}, "ActionTimestamp",
		[]jsonName{{"ActionType", event.EventAction}, {"ActionDescription", event.EventReason}, {"ActorEmail", event.UserEmail}, {"ActorID", event.UserID}, {"ActorIPAddress", event.SourceIP}, {"ResourceType", event.EventProvider}, {"ZoneName", event.URLDomain}}},
	{"SignatureMessage", [][2]string{{"SignatureID", "*"}, {"SourceIP", "*"}, {"DestinationIP", "*"}}, endpointAlert("cloudflare.magic_ids_detections", "cloudflare", "intrusion_detection"), [2]string{}, "Timestamp",
		append(gatewayNames[:len(gatewayNames):len(gatewayNames)], jsonName{"DestinationIP", event.DestinationIP}, jsonName{"DestinationPort", event.DestinationPort}, jsonName{"Protocol", event.NetworkTransport}, jsonName{"SignatureID", event.RuleID}, jsonName{"SignatureMessage", event.RuleName}, jsonName{"Action", 0})},
	{"ClientResponseCode", [][2]string{{"QueryName", "*"}, {"SourceIP", "*"}}, class{"cloudflare.dns_firewall_logs", "cloudflare", "dns_query", "", netw, [3]string{"protocol"}}, [2]string{}, "Timestamp",
		[]jsonName{{"QueryName", event.DNSQuestionName}, {"QueryType", 0}, {"ClientResponseCode", 0}, {"SourceIP", event.SourceIP}, {"UpstreamIP", event.DestinationIP}}},
	{"Transport", [][2]string{{"Action", "*"}, {"SourceIP", "*"}, {"DestinationIP", "*"}, {"Datetime", "*"}}, class{"cloudflare.gateway_network", "cloudflare", "firewall-rule", "", netw, [3]string{"connection"}}, [2]string{}, "Datetime", gatewayNetwork},
	{"SinkholeID", [][2]string{{"SrcAddr", "*"}, {"Timestamp", "*"}}, endpointAlert("cloudflare.sinkhole_http_logs", "cloudflare", "malware"), [2]string{}, "Timestamp",
		[]jsonName{{"SrcAddr", event.SourceIP}, {"DestAddr", event.DestinationIP}, {"Method", event.HTTPRequestMethod}, {"URL", event.URLOriginal}, {"Host", event.URLDomain}, {"Referrer", event.HTTPRequestReferrer}, {"UserAgent", event.UserAgentOriginal}, {"Username", event.UserName}}},
	{"FinalDisposition", [][2]string{{"AlertID", "*"}, {"Timestamp", "*"}}, class{"cloudflare.email_security_alerts", "cloudflare", "mail", "", "email", [3]string{"info"}}, [2]string{}, "Timestamp",
		[]jsonName{{"FinalDisposition", event.EventReason}, {"From", event.EmailFromAddress}, {"To", event.EmailToAddress}, {"Subject", event.EmailSubject}, {"MessageID", event.EmailMessageID}, {"SMTPHeloServerIP", event.SourceIP}, {"SMTPHeloServerName", event.SourceDomain}, {"SMTPHeloServerIPAsNumber", event.SourceAsNumber},
			{"SMTPHeloServerIPAsName", event.SourceAsOrganizationName}, {"Attachments[].Name", event.FileName}, {"Attachments[].Md5", event.FileHashMd5}, {"Attachments[].Sha1", event.FileHashSha1}, {"Attachments[].Sha256", event.FileHashSha256}, {"ThreatCategories", 0}, {"AlertReasons", 0}, {"Links", 0}}},
	{"FindingTypeID", [][2]string{{"FindingTypeDisplayName", "*"}, {"IntegrationID", "*"}}, class{"cloudflare.casb_findings", "cloudflare", "finding", "", "configuration", [3]string{"info"}}, [2]string{}, "DetectedTimestamp",
		[]jsonName{{"FindingTypeDisplayName", event.RuleName}, {"FindingTypeID", event.RuleID}, {"FindingTypeSeverity", event.LogLevel}, {"IntegrationPolicyVendor", event.EventProvider}, {"AssetDisplayName", event.ServiceName}, {"AssetLink", event.URLOriginal}, {"InstanceID", event.RuleUuid}}},
	{"PostureCheckName", [][2]string{{"PostureCheckType", "*"}, {"PostureEvaluatedResult", "*"}}, class{"cloudflare.device_posture_results", "cloudflare", "device_posture", "", "host", [3]string{"info"}}, [2]string{"PostureEvaluatedResult", "true"}, "Timestamp",
		[]jsonName{{"PostureCheckName", event.RuleName}, {"PostureCheckType", event.RuleCategory}, {"PolicyID", event.RuleID}, {"DeviceName", event.HostName}, {"DeviceID", event.HostID}, {"DeviceType", event.HostOSType}, {"OSVersion", event.HostOSVersion}, {"ClientVersion", event.AgentVersion}, {"Email", event.UserEmail}, {"UserUID", event.UserID}}},
	{"Toggled", [][2]string{{"DeviceID", "*"}, {"Toggled", "true"}, {"Timestamp", "*"}}, warpToggle(vpnConnected, "start"), [2]string{}, "Timestamp", warpNames},
	{"Toggled", [][2]string{{"DeviceID", "*"}, {"Toggled", "false"}, {"Timestamp", "*"}}, warpToggle(vpnDisconnected, "end"), [2]string{}, "Timestamp", warpNames},
	{"ConfigNameTo", [][2]string{{"DeviceID", "*"}, {"ConfigNameFrom", "*"}}, class{"cloudflare.warp_config_changes", "cloudflare", "configuration", success, "configuration", [3]string{"change"}}, [2]string{}, "Timestamp", warpNames},
	{"CSPDirective", [][2]string{{"PageURL", "*"}, {"URL", "*"}}, class{"cloudflare.page_shield_events", "cloudflare", "web_filter", "", "web", [3]string{"info"}}, [2]string{}, "Timestamp",
		[]jsonName{{"URL", event.URLOriginal}, {"URLHost", event.URLDomain}, {"PageURL", event.HTTPRequestReferrer}, {"PolicyID", event.RuleID}, {"CSPDirective", event.RuleCategory}, {"Action", 0}}},
	{"ProgramType", [][2]string{{"ClientAddress", "*"}, {"ServerAddress", "*"}, {"SessionID", "*"}}, class{"cloudflare.ssh_logs", "cloudflare", "session_command", "", "session", [3]string{"info"}}, [2]string{}, "Datetime",
		[]jsonName{{"ClientAddress", event.SourceIP}, {"ServerAddress", event.DestinationIP}, {"UserEmail", event.UserEmail}, {"UserID", event.UserID}, {"Username", event.UserEffectiveName}, {"ProgramType", event.ProcessName}, {"Error", event.EventReason}, {"Payload", event.ProcessCommandLine}, {"SessionStartDatetime", event.EventStart}, {"SessionFinishDatetime", event.EventEnd}}},
}

func warpToggle(action, typ string) class {
	return class{"cloudflare.warp_toggle_changes", "cloudflare", action, success, netw, [3]string{typ}}
}

var warpNames = []jsonName{{"Hostname", event.HostName}, {"DeviceID", event.HostID}, {"UserEmail", event.UserEmail}, {"ConfigNameTo", event.EventReason}}

var gatewayNetwork = append(gatewayNames[:len(gatewayNames):len(gatewayNames)], jsonName{"DestinationIP", event.DestinationIP}, jsonName{"DestinationPort", event.DestinationPort}, jsonName{"OverrideIP", event.DestinationNATIP}, jsonName{"OverridePort", event.DestinationNATPort}, jsonName{"SNI", event.TLSClientServerName},
	jsonName{"Transport", event.NetworkTransport}, jsonName{"PolicyName", event.RuleName}, jsonName{"PolicyID", event.RuleID}, jsonName{"DetectedProtocol", event.NetworkProtocol}, jsonName{"Action", 0})

// cloudflareMail: what Cloudflare's mail gateway makes an alert of; what it let through after all has the disposition of that.
func (t *jsonSink) cloudflareMail() {
	b := t.b
	b.Set(event.RuleCategory, firstText(t.noted("AlertReasons")))
	b.Set(event.RuleCategory, firstText(t.noted("ThreatCategories")))
	if v := firstText(t.noted("Links")); len(v) > 0 {
		setURL(b, v)
	}
	b.Unset(event.EventKind)
	b.SetString(event.EventKind, "alert")
	switch string(t.noted("FinalDisposition")) {
	case "MALICIOUS", "malicious", "MALICIOUS-BEC", "malicious-bec":
		b.AddString(event.EventCategory, "malware")
	case "SPAM", "spam", "BULK", "bulk", "SPOOF", "spoof", "SUSPICIOUS", "suspicious":
		b.AddString(event.EventCategory, "threat")
	}
}

// cloudflareAccess: the application that one logs in to is a host, perhaps with a path.
func (t *jsonSink) cloudflareAccess() {
	b := t.b
	if host, _, ok := cut(t.noted("AppDomain"), "/"); ok {
		b.Unset(event.URLDomain)
		setURL(b, t.noted("AppDomain"))
		b.Set(event.URLDomain, host)
	}
	t.upperCountry()
	if string(t.noted("Action")) == "logout" {
		b.Unset(event.EventAction)
		b.SetString(event.EventAction, "logout")
		b.Unset(event.EventType)
		b.AddString(event.EventType, "end")
	}
	t.mailOnly()
}

// upperCountry writes the country of the source as ISO does.
func (t *jsonSink) upperCountry() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	if v := e.Str(event.SourceGeoCountryIsoCode); len(v) == 2 && v[0] >= 'a' {
		t.p.val = upper(t.p.val[:0], bytesOf(v))
		b.Unset(event.SourceGeoCountryIsoCode)
		b.Set(event.SourceGeoCountryIsoCode, t.p.val)
	}
}
