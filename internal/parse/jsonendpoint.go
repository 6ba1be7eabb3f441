package parse

import (
	"slices"

	"watchpost/internal/event"
)

func endpointAlert(dataset, module, category string) class {
	return class{dataset, module, "ids_alert", "", category, [3]string{"info"}}
}

func endpointEvent(action, category, typ string) class {
	return class{"carbon_black_cloud.endpoint_event", "carbon_black_cloud", action, "", category, [3]string{typ}}
}

// endpointApps are the reports of endpoint products besides CrowdStrike, SentinelOne and Defender.
var endpointApps = []jsonApp{
	{"endpoint_id", [][2]string{{"type", "Event::*"}, {"customer_id", "*"}}, saas("sophos_central.events", "sophos_central", "host"), [2]string{}, "when",
		[]jsonName{{"type", event.EventCode}, {"group", event.EventAction}, {"name", event.Message}, {"threat", event.RuleName}, {"location", event.HostName}, {"source", event.UserName}, {"source_info.ip", event.HostIP}, {"severity", event.LogLevel}, {"endpoint_id", event.AgentID}, {"user_id", event.UserID},
			{"appSha256", event.FileHashSha256}, {"core_remedy_items.items[].descriptor", event.FilePath}, {"filePath", event.FilePath}, {"origin", 0}, {"ips_threat_data.remoteIp", 0}, {"ips_threat_data.remotePort", 0}, {"ips_threat_data.localPort", 0}, {"ips_threat_data.executablePath", event.ProcessExecutable}, {"ips_threat_data.executablePid", event.ProcessPID}}},
	{"customer_id", [][2]string{{"type", "Event::*"}, {"description", "*"}, {"location", "*"}}, endpointAlert("sophos_central.alerts", "sophos_central", "malware"), [2]string{}, "when",
		[]jsonName{{"type", event.EventCode}, {"description", event.Message}, {"threat", event.RuleName}, {"location", event.HostName}, {"source", event.UserName}, {"severity", event.LogLevel}, {"id", event.RuleUuid}, {"data.endpoint_id", event.AgentID}, {"data.source_info.ip", event.HostIP}, {"data.endpoint_platform", event.HostOSType},
			{"data.core_remedy_items.items[].descriptor", event.FilePath}, {"data.core_remedy_items.items[].processPath", event.ProcessExecutable}, {"data.ips_threat.remote_ip", 0}, {"data.ips_threat.remote_port", 0}, {"data.ips_threat.local_port", 0}, {"data.ips_threat.executable_path", event.ProcessExecutable}, {"data.ips_threat.executable_pid", event.ProcessPID},
			{"data.hmpa_exploit.process_path", event.ProcessExecutable}, {"data.hmpa_exploit.process_pid", event.ProcessPID}}},
	{"legacy_alert_id", [][2]string{{"device_name", "*"}, {"severity", "*"}}, endpointAlert("carbon_black_cloud.alert", "carbon_black_cloud", "intrusion_detection"), [2]string{}, "create_time", carbonNames},
	{"alert_url", [][2]string{{"device_name", "*"}, {"detection_timestamp", "*"}}, endpointAlert("carbon_black_cloud.alert", "carbon_black_cloud", "intrusion_detection"), [2]string{}, "detection_timestamp", carbonNames},
	{"process_guid", [][2]string{{"type", "endpoint.event.procstart"}}, endpointEvent("process_started", "process", "start"), [2]string{}, "device_timestamp", carbonNames},
	{"process_guid", [][2]string{{"type", "endpoint.event.procend"}}, endpointEvent("process_ended", "process", "end"), [2]string{}, "device_timestamp", carbonNames},
	{"process_guid", [][2]string{{"type", "endpoint.event.netconn*"}}, endpointEvent("connect", netw, "start"), [2]string{}, "device_timestamp", carbonNames},
	{"process_guid", [][2]string{{"type", "endpoint.event.filemod"}}, endpointEvent("file", "file", "change"), [2]string{}, "device_timestamp", carbonNames},
	{"process_guid", [][2]string{{"type", "endpoint.event.regmod"}}, endpointEvent("registry", "registry", "change"), [2]string{}, "device_timestamp", carbonNames},
	{"process_guid", [][2]string{{"type", "endpoint.event.moduleload"}}, endpointEvent("library_loaded", "library", "start"), [2]string{}, "device_timestamp", carbonNames},
	{"process_guid", [][2]string{{"type", "endpoint.event.*"}}, endpointEvent("", "process", "info"), [2]string{}, "device_timestamp", append(carbonNames[:len(carbonNames):len(carbonNames)], jsonName{"type", event.EventAction})},

	{"detection_timestamp", [][2]string{{"alert_id", "*"}, {"endpoint_id", "*"}}, endpointAlert("panw_cortex_xdr.alerts", "panw_cortex_xdr", "intrusion_detection"), [2]string{}, "detection_timestamp", cortexNames},
	{"actor_process_image_name", [][2]string{{"alert_id", "*"}}, endpointAlert("panw_cortex_xdr.alerts", "panw_cortex_xdr", "intrusion_detection"), [2]string{}, "event_timestamp", cortexNames},
	{"incident_id", [][2]string{{"incident_name", "*"}, {"severity", "*"}}, class{"panw_cortex_xdr.incidents", "panw_cortex_xdr", "incident", "", "intrusion_detection", [3]string{"info"}}, [2]string{}, "creation_time",
		[]jsonName{{"description", event.Message}, {"severity", event.LogLevel}, {"incident_name", event.RuleName}}},

	{"composite_id", [][2]string{{"device.device_id", "*"}, {"severity", "*"}}, endpointAlert("crowdstrike.alert", "crowdstrike", "malware"), [2]string{}, "created_timestamp",
		[]jsonName{{"display_name", event.RuleName}, {"description", event.RuleDescription}, {"composite_id", event.RuleUuid}, {"severity", event.EventSeverity}, {"severity_name", event.LogLevel}, {"product", event.EventProvider}, {"device.hostname", event.HostName}, {"device.device_id", event.AgentID}, {"device.local_ip", event.HostIP}, {"user_name", event.UserName}, {"user_id", event.UserID}, {"logon_domain", event.UserDomain}, {"device.machine_domain", event.HostDomain}, {"device.mac_address", event.HostMAC}, {"device.os_version", event.HostOSName}, {"filepath", event.ProcessExecutable}, {"filename", event.ProcessName}, {"local_process_id", event.ProcessPID}, {"process_id", event.ProcessEntityID}, {"sha1", event.ProcessHashSha1},
			{"cmdline", event.ProcessCommandLine}, {"sha256", event.ProcessHashSha256}, {"md5", event.ProcessHashMd5}, {"parent_details.cmdline", event.ProcessParentCommandLine}, {"parent_details.filepath", event.ProcessParentExecutable}, {"parent_details.filename", event.ProcessParentName}, {"parent_details.local_process_id", event.ProcessParentPID}, {"parent_details.process_id", event.ProcessParentEntityID}, {"tactic", event.ThreatTacticName}, {"technique_id", 0}, {"pattern_disposition_description", event.EventReason}}},
	{"dataSource.name", [][2]string{{"dataSource.name", "SentinelOne"}, {"event.type", "Process Creation"}}, class{"sentinelone_cloud_funnel.event", "sentinelone", "process_started", "", "process", [3]string{"start"}}, [2]string{}, "event.time", append(funnelNames[:len(funnelNames):len(funnelNames)],
		jsonName{"tgt.process.image.path", event.ProcessExecutable}, jsonName{"tgt.process.name", event.ProcessName}, jsonName{"tgt.process.cmdline", event.ProcessCommandLine}, jsonName{"tgt.process.pid", event.ProcessPID}, jsonName{"tgt.process.user", event.UserName}, jsonName{"tgt.process.image.sha256", event.ProcessHashSha256}, jsonName{"tgt.process.uid", event.ProcessEntityID},
		jsonName{"src.process.image.path", event.ProcessParentExecutable}, jsonName{"src.process.name", event.ProcessParentName}, jsonName{"src.process.cmdline", event.ProcessParentCommandLine}, jsonName{"src.process.pid", event.ProcessParentPID}, jsonName{"src.process.user", 0}, jsonName{"src.process.uid", event.ProcessParentEntityID}, jsonName{"tgt.process.image.md5", event.ProcessHashMd5}, jsonName{"tgt.process.image.sha1", event.ProcessHashSha1})},
	{"dataSource.name", [][2]string{{"dataSource.name", "SentinelOne"}, {"event.category", "logins"}}, class{"sentinelone_cloud_funnel.event", "sentinelone", "", "", authn, [3]string{"start"}}, [2]string{"event.login.loginIsSuccessful", "true"}, "event.time", append(funnelNames[:len(funnelNames):len(funnelNames)],
		jsonName{"event.type", event.EventAction}, jsonName{"event.login.userName", event.UserName}, jsonName{"event.login.accountDomain", event.UserDomain}, jsonName{"event.login.accountSid", event.UserID}, jsonName{"src.endpoint.ip.address", event.SourceIP}, jsonName{"event.login.failureReason", event.EventReason},
		jsonName{"src.process.image.path", event.ProcessExecutable}, jsonName{"src.process.name", event.ProcessName}, jsonName{"src.process.pid", event.ProcessPID}, jsonName{"src.process.uid", event.ProcessEntityID})},
	{"dataSource.name", [][2]string{{"dataSource.name", "SentinelOne"}, {"event.type", "*"}}, class{"sentinelone_cloud_funnel.event", "sentinelone", "", "", "host", [3]string{"info"}}, [2]string{}, "event.time", append(funnelNames[:len(funnelNames):len(funnelNames)],
		jsonName{"event.type", event.EventAction}, jsonName{"src.process.image.path", event.ProcessExecutable}, jsonName{"src.process.name", event.ProcessName}, jsonName{"src.process.cmdline", event.ProcessCommandLine}, jsonName{"src.process.pid", event.ProcessPID}, jsonName{"src.process.user", event.UserName}, jsonName{"src.process.image.sha256", event.ProcessHashSha256},
		jsonName{"src.process.uid", event.ProcessEntityID}, jsonName{"src.process.image.md5", event.ProcessHashMd5}, jsonName{"src.process.image.sha1", event.ProcessHashSha1}, jsonName{"src.process.parent.image.path", event.ProcessParentExecutable}, jsonName{"src.process.parent.name", event.ProcessParentName}, jsonName{"src.process.parent.cmdline", event.ProcessParentCommandLine},
		jsonName{"src.process.parent.pid", event.ProcessParentPID}, jsonName{"src.process.parent.uid", event.ProcessParentEntityID}, jsonName{"event.dns.response", event.DNSAnswers}, jsonName{"registry.value", event.RegistryDataStrings}, jsonName{"module.path", event.DLLPath}, jsonName{"indicator.name", event.RuleName}, jsonName{"indicator.description", event.RuleDescription}, jsonName{"cmdScript.content", 0})},

	{"workbenchLink", [][2]string{{"model", "*"}, {"severity", "*"}}, endpointAlert("trend_micro_vision_one.alert", "trend_micro", "intrusion_detection"), [2]string{}, "createdDateTime",
		[]jsonName{{"model", event.RuleName}, {"description", event.RuleDescription}, {"severity", event.LogLevel}, {"score", event.EventRiskScore}, {"id", event.RuleUuid}, {"workbenchLink", 0}, {"matchedRules", 0}, {"impactScope.entities", 0}}},

	{"source_uuid", [][2]string{{"event_type", "Threat_Event"}}, endpointAlert("eset.threat", "eset", "malware"), [2]string{}, "occured", esetNames},
	{"source_uuid", [][2]string{{"event_type", "FirewallAggregated_Event"}}, class{"eset.firewall", "eset", "firewall-rule", "", netw, [3]string{"connection"}}, [2]string{}, "occured", esetNames},
	{"source_uuid", [][2]string{{"event_type", "HipsAggregated_Event"}}, endpointAlert("eset.hips", "eset", "intrusion_detection"), [2]string{}, "occured", esetAlert(
		jsonName{"application", event.ProcessExecutable}, jsonName{"target", event.FilePath}, jsonName{"operation", event.Message}, jsonName{"rule_id", event.RuleName}, jsonName{"handled", 0})},
	{"source_uuid", [][2]string{{"event_type", "FilteredWebsites_Event"}}, class{"eset.filtered_websites", "eset", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "occured", append(esetNames[:len(esetNames):len(esetNames)], jsonName{"rule_id", event.RuleName})},
	{"source_uuid", [][2]string{{"event_type", "EnterpriseInspectorAlert_Event"}}, endpointAlert("eset.inspect", "eset", "intrusion_detection"), [2]string{}, "occured", esetInspect},
	{"source_uuid", [][2]string{{"event_type", "ESETInspect*"}}, endpointAlert("eset.inspect", "eset", "intrusion_detection"), [2]string{}, "occured", esetInspect},
	{"source_uuid", [][2]string{{"event_type", "BlockedFiles_Event"}}, endpointAlert("eset.blocked_files", "eset", "malware"), [2]string{}, "occured", esetAlert(jsonName{"cause", event.Message}, jsonName{"handled", 0})},
	{"source_uuid", [][2]string{{"event_type", "Audit_Event"}}, class{"eset.audit", "eset", "", "", "configuration", [3]string{"change"}}, [2]string{"result", "Success"}, "occured", append(esetNames[:len(esetNames):len(esetNames)], jsonName{"target", 0})},
	{"source_uuid", [][2]string{{"event_type", "*"}, {"occured", "*"}}, class{"eset.event", "eset", "", "", "host", [3]string{"info"}}, [2]string{}, "occured", esetNames},

	{"providerAlertId", [][2]string{{"title", "*"}, {"serviceSource", "*"}}, endpointAlert("m365_defender.alert", "m365_defender", "intrusion_detection"), [2]string{}, "createdDateTime",
		[]jsonName{{"title", event.RuleName}, {"title", event.Message}, {"description", event.RuleDescription}, {"severity", event.LogLevel}, {"category", event.RuleCategory}, {"serviceSource", event.EventProvider}, {"mitreTechniques", event.ThreatTechniqueID}, {"id", event.RuleUuid}, {"evidence[].deviceDnsName", event.HostName}, {"evidence[].accountName", event.UserName}}},
}

var carbonNames = []jsonName{{"device_name", event.HostName}, {"device_id", event.HostID}, {"device_external_ip", event.ObserverIP}, {"device_internal_ip", event.HostIP}, {"device_os", event.HostOSName}, {"device_os_version", event.HostOSVersion}, {"device_username", event.UserName}, {"process_username", event.UserName},
	{"reason", event.Message}, {"severity", event.EventSeverity}, {"policy_name", event.RuleRuleset}, {"report_name", event.RuleName}, {"threat_id", event.RuleID}, {"process_guid", event.ProcessEntityID}, {"process_pid", event.ProcessPID}, {"process_path", event.ProcessExecutable}, {"process_name", event.ProcessExecutable}, {"process_cmdline", event.ProcessCommandLine},
	{"process_hash", 0}, {"process_sha256", event.ProcessHashSha256}, {"process_md5", event.ProcessHashMd5}, {"threat_cause_actor_sha256", event.ProcessHashSha256}, {"sensor_action", 0}, {"parent_path", event.ProcessParentExecutable}, {"parent_name", event.ProcessParentExecutable}, {"parent_pid", event.ProcessParentPID}, {"parent_guid", event.ProcessParentEntityID}, {"parent_cmdline", event.ProcessParentCommandLine},
	{"local_ip", event.SourceIP}, {"local_port", event.SourcePort}, {"remote_ip", event.DestinationIP}, {"remote_port", event.DestinationPort}, {"netconn_domain", event.DestinationDomain}, {"netconn_protocol", 0}, {"netconn_inbound", 0}, {"filemod_name", event.FilePath}, {"regmod_name", event.RegistryPath}, {"modload_name", event.DLLPath}, {"event_origin", 0}}

var cortexNames = []jsonName{{"name", event.RuleName}, {"alert_name", event.RuleName}, {"description", event.Message}, {"alert_description", event.Message}, {"severity", event.LogLevel}, {"category", event.RuleCategory}, {"action", event.EventReason}, {"source", event.EventProvider}, {"host_name", event.HostName}, {"host_ip", event.HostIP}, {"endpoint_id", event.AgentID}, {"user_name", event.UserName},
	{"actor_process_image_path", event.ProcessExecutable}, {"actor_process_image_name", event.ProcessName}, {"actor_process_command_line", event.ProcessCommandLine}, {"actor_process_image_sha256", event.ProcessHashSha256}, {"actor_process_image_md5", event.ProcessHashMd5}, {"actor_process_os_pid", event.ProcessPID},
	{"causality_actor_process_image_name", event.ProcessParentName}, {"action_file_path", event.FilePath}, {"action_file_name", event.FileName}, {"action_file_sha256", event.FileHashSha256}, {"action_local_ip", event.SourceIP}, {"action_local_port", event.SourcePort}, {"action_remote_ip", event.DestinationIP}, {"action_remote_port", event.DestinationPort},
	{"action_registry_full_key", event.RegistryPath}, {"dns_query_name", event.DNSQuestionName}, {"alert_id", event.RuleUuid}}

var esetNames = []jsonName{{"event_type", event.EventCode}, {"hostname", event.HostName}, {"ipv4", event.HostIP}, {"ipv6", event.HostIP}, {"severity", event.LogLevel}, {"threat_name", event.RuleName}, {"threat_type", event.RuleCategory}, {"object_uri", event.FilePath}, {"hash", event.FileHashSha1}, {"username", event.UserName}, {"user", event.UserName}, {"account", event.UserName}, {"os_name", event.HostOSName}, {"group_description", event.GroupName}, {"processname", event.ProcessExecutable}, {"process_name", event.ProcessExecutable},
	{"action_taken", event.EventReason}, {"source_address", event.SourceIP}, {"source_port", event.SourcePort}, {"target_address", event.DestinationIP}, {"target_port", event.DestinationPort}, {"protocol", event.NetworkTransport}, {"inbound", 0}, {"event", event.Message}, {"detail", event.Message}, {"action", event.EventAction}, {"rule_name", event.RuleName}, {"domain", event.EventProvider}, {"threat_handled", 0}}

// esetAlert are the names in an alert, whose action says what became of it.
func esetAlert(more ...jsonName) []jsonName {
	names := slices.Clone(esetNames)
	for i := range names {
		if names[i].name == "action" {
			names[i].f = event.EventReason
		}
	}
	return append(names, more...)
}

var esetInspect = append(esetNames[:len(esetNames):len(esetNames)], jsonName{"rulename", event.RuleName}, jsonName{"command_line", event.ProcessCommandLine}, jsonName{"eialarmid", event.RuleUuid}, jsonName{"eiconsolelink", event.URLOriginal}, jsonName{"username", event.UserName}, jsonName{"severity_score", event.EventSeverity})

var funnelNames = []jsonName{{"endpoint.name", event.HostName}, {"agent.uuid", event.AgentID}, {"agent.version", event.AgentVersion}, {"os.name", event.HostOSName}, {"event.network.direction", 0}, {"event.network.protocolName", event.NetworkProtocol}, {"tgt.file.size", event.FileSize}, {"tgt.file.md5", event.FileHashMd5}, {"tgt.file.sha1", event.FileHashSha1}, {"endpoint.os", event.HostOSType}, {"src.ip.address", event.SourceIP}, {"src.port.number", event.SourcePort}, {"dst.ip.address", event.DestinationIP}, {"dst.port.number", event.DestinationPort}, {"event.dns.request", event.DNSQuestionName}, {"tgt.file.path", event.FilePath}, {"tgt.file.sha256", event.FileHashSha256}, {"registry.keyPath", event.RegistryPath}, {"event.category", 0}, {"url.address", event.URLOriginal}}

// funnelCategories are what SentinelOne's Deep Visibility calls the kinds of its events.
var funnelCategories = map[string][2]string{"process": {"process", "info"}, "ip": {netw, "connection"}, "dns": {netw, "protocol"}, "file": {"file", "change"}, "registry": {"registry", "change"}, "logins": {authn, "start"}, "url": {"web", "access"}, "module": {"library", "start"}, "scheduled_task": {"configuration", "change"}}

// funnel takes back event.type and event.category, which Deep Visibility writes for words of its own.
func (t *jsonSink) funnel() {
	b := t.b
	b.Unset(event.EventType)
	b.Unset(event.EventCategory)
	category, kind := string(t.noted("event.category")), string(t.noted("event.type"))
	c, ok := funnelCategories[category]
	if !ok {
		c = [2]string{"host", "info"}
	}
	e := event.Event{Batch: b, Row: b.Rows()}
	switch category {
	case "file", "registry", "scheduled_task":
		switch _, what, _ := cutLast(bytesOf(kind), " "); string(what) {
		case "Creation", "Create", "Register":
			c[1] = "creation"
		case "Deletion", "Delete":
			c[1] = "deletion"
		case "Scan", "Start", "Trigger":
			c[1] = "info"
		}
		splitFile(b, e, bytesOf(e.Str(event.FilePath)))
	case "logins":
		action := "login"
		if hasPrefix(bytesOf(kind), "Logout") {
			action, c[1] = "logout", "end"
		}
		b.SetString(event.EventAction, action)
	case "ip":
		switch string(t.noted("event.network.direction")) {
		case "OUTGOING":
			b.SetString(event.NetworkDirection, "egress")
		case "INCOMING":
			b.SetString(event.NetworkDirection, "ingress")
		}
	}
	switch kind {
	case "Process Creation":
		c = [2]string{"process", "start"}
		if v := t.noted("src.process.user"); v != nil && !e.Present(event.UserName) {
			setFullUser(b, v)
		}
	case "Process Exit", "Process Termination":
		c = [2]string{"process", "end"}
	}
	b.AddString(event.EventCategory, c[0])
	b.AddString(event.EventType, c[1])
}

// carbonBlack reads hashes, protocol and direction as Carbon Black writes them.
func (t *jsonSink) carbonBlack() {
	b := t.b
	if domain, name, ok := cut(bytesOf((event.Event{Batch: b, Row: b.Rows()}).Str(event.HostName)), `\`); ok && len(name) > 0 {
		b.Set(event.HostDomain, domain)
		b.Set(event.HostName, name)
		b.Set(event.HostHostname, name)
	}
	if string(t.noted("sensor_action")) == "DENY" {
		b.AddString(event.EventType, "denied")
	}
	for s := t.noted("process_hash"); len(s) > 0; {
		var v []byte
		_, s, _ = cut(s, `"`)
		switch v, s, _ = cut(s, `"`); len(v) {
		case 32:
			b.Set(event.ProcessHashMd5, v)
		case 64:
			b.Set(event.ProcessHashSha256, v)
		}
	}
	if v, ok := after(t.noted("netconn_protocol"), "PROTO_"); ok {
		setTransport(b, v)
	}
	switch string(t.noted("netconn_inbound")) {
	case "true":
		swapEnds(b)
		b.SetString(event.NetworkDirection, "ingress")
	case "false":
		b.SetString(event.NetworkDirection, "egress")
	}
	t.ownFile()
}

// sophosEnds sets who talked to whom where Sophos' intrusion prevention saw it: the type says which end began.
func (t *jsonSink) sophosEnds(at string, names [3]string) {
	b := t.b
	remote, remotePort, localPort := t.noted(at+names[0]), t.noted(at+names[1]), t.noted(at+names[2])
	if !isIP(remote) {
		return
	}
	from, to, fromPort, toPort := &src, &dst, event.SourcePort, event.DestinationPort
	b.SetString(event.NetworkDirection, "ingress")
	if index(bytesOf((event.Event{Batch: b, Row: b.Rows()}).Str(event.EventCode)), "Outbound") > 0 {
		from, to, fromPort, toPort = to, from, toPort, fromPort
		b.SetString(event.NetworkDirection, "egress")
	}
	local := t.either("source_info.ip", "data.source_info.ip")
	setAddr(b, from, remote)
	setPort(b, fromPort, remotePort)
	if isIP(local) {
		setAddr(b, to, local)
	}
	setPort(b, toPort, localPort)
}

// sophosAlert: not every alert is of malware; many tell of a computer that is out of date or not protected.
func (t *jsonSink) sophosAlert() {
	b := t.b
	code := bytesOf((event.Event{Batch: b, Row: b.Rows()}).Str(event.EventCode))
	threat := false
	for _, word := range [...]string{"Threat", "Core", "Hmpa", "Pua", "Malware", "Savvy", "Ransom", "Exploit", "Detection"} {
		threat = threat || index(code, word) >= 0
	}
	if !threat {
		b.Unset(event.EventCategory)
		b.AddString(event.EventCategory, "host")
	}
	t.sophosEnds("data.ips_threat.", [3]string{"remote_ip", "remote_port", "local_port"})
	t.ownFile()
}

// falconAlert: what CrowdStrike calls a technique is ATT&CK's where its id is.
func (t *jsonSink) falconAlert() {
	if v := t.noted("technique_id"); isTechnique(v) {
		t.b.Add(event.ThreatTechniqueID, v)
	}
	t.dropZeroHashes()
}

// sophosCentral tells by the group of an event what it is about.
func (t *jsonSink) sophosCentral() {
	b := t.b
	t.sophosEnds("ips_threat_data.", [3]string{"remoteIp", "remotePort", "localPort"})
	switch group := string(t.noted("group")); group {
	case "MALWARE", "PUA", "RUNTIME_DETECTIONS", "CLEANUP":
		b.Unset(event.EventCategory)
		b.AddString(event.EventCategory, "malware")
		b.AddString(event.EventType, "info")
		b.Unset(event.EventKind)
		b.SetString(event.EventKind, "alert")
	case "WEB", "APPLICATION_CONTROL", "PERIPHERALS":
		if code := bytesOf(event.Event{Batch: b, Row: b.Rows()}.Str(event.EventCode)); index(code, "Block") > 0 || index(code, "Violation") > 0 {
			b.AddString(event.EventType, "denied")
			b.SetString(event.EventOutcome, failure)
		}
	}
}

// eset: a threat that was handled, and who began a connection.
func (t *jsonSink) eset() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	for _, name := range [...]string{"threat_handled", "handled"} {
		switch string(t.noted(name)) {
		case "true":
			b.SetString(event.EventOutcome, success)
		case "false":
			b.SetString(event.EventOutcome, failure)
		}
	}
	switch e.Str(event.EventDataset) {
	case "eset.audit": // who logs in is the target; the user is who was logged in before
		action := bytesOf(e.Str(event.EventAction))
		if says := hasPrefix(action, "Login"); says || hasPrefix(action, "Logout") {
			name, typ := login, "start"
			if !says {
				name, typ = "logout", "end"
			}
			b.Unset(event.EventCategory)
			b.AddString(event.EventCategory, authn)
			b.Unset(event.EventType)
			b.AddString(event.EventType, typ)
			b.SetString(event.EventAction, name)
			if who := t.noted("target"); len(who) > 0 && !e.Present(event.UserName) {
				setFullUser(b, who)
			}
		}
		return
	case "eset.filtered_websites": // the object is a page
		url := bytesOf(e.Str(event.FilePath))
		b.Unset(event.FilePath)
		b.Unset(event.FileHashSha1)
		if index(url, "://") > 0 {
			setURL(b, url)
		} else {
			b.Set(event.URLOriginal, url)
		}
		if hasFold(bytesOf(e.Str(event.EventReason)), "BLOCKED") {
			b.AddString(event.EventType, "denied")
			b.SetString(event.EventOutcome, failure)
		}
	}
	switch string(t.noted("inbound")) {
	case "true":
		b.SetString(event.NetworkDirection, "inbound")
	case "false":
		b.SetString(event.NetworkDirection, "outbound")
	}
	if path, ok := after(bytesOf(e.Str(event.FilePath)), "file:///"); ok {
		b.Unset(event.FilePath)
		b.Set(event.FilePath, path)
	}
	t.ownFile()
}

// ownFile names a file by its path.
func (t *jsonSink) ownFile() {
	e := event.Event{Batch: t.b, Row: t.b.Rows()}
	if path := bytesOf(e.Str(event.FilePath)); len(path) > 0 {
		splitFile(t.b, e, path)
		if !e.Present(event.FileName) {
			t.b.Set(event.FileName, lastName(path))
		}
	}
}

// lastName is what stands behind the last slash or backslash.
func lastName(path []byte) []byte {
	name := baseName(path)
	if _, last, ok := cutLast(name, `\`); ok {
		return last
	}
	return name
}
