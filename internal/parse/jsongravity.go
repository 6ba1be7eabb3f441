package parse

import "watchpost/internal/event"

// gravityApps are what Bitdefender's GravityZone pushes, whose kinds name their times differently, and Tanium's alerts and actions.
var gravityApps = []jsonApp{
	gravity("last_blocked", "companyId"), gravity("detection_time", "companyId"), gravity("created", "companyId"), gravity("date", "companyId"), gravity("timestamp", "companyId"), gravity("", "companyId"),
	gravity("last_blocked", "product_installed"), gravity("detection_time", "product_installed"), gravity("timestamp", "product_installed"), gravity("", "product_installed"),
	{"Intel Id", [][2]string{{"Alert Id", "*"}, {"Computer Name", "*"}}, endpointAlert("tanium.threat_response", "tanium", "intrusion_detection"), [2]string{}, "Timestamp",
		[]jsonName{{"Alert Id", event.RuleUuid}, {"Computer Name", event.HostName}, {"Computer IP", event.HostIP}, {"Intel Id", event.RuleID}, {"Intel Name", event.RuleName}, {"Intel Type", event.RuleCategory}, {"Link", 0}, {"Match Details.match.properties.fullpath", event.FilePath}, {"Match Details.match.properties.md5", event.FileHashMd5},
			{"Match Details.match.properties.sha1", event.FileHashSha1}, {"Match Details.match.properties.sha256", event.FileHashSha256}, {"Match Details.match.properties.size", event.FileSize}, {"Match Details.match.properties.args", event.ProcessCommandLine}, {"Match Details.match.properties.pid", event.ProcessPID}}},
	{"ActionId", [][2]string{{"Issuer", "*"}, {"ActionName", "*"}, {"Command", "*"}, {"PackageName", "*"}}, class{"tanium.action_history", "tanium", "command", "", "configuration", [3]string{"change"}}, [2]string{}, "StartTime",
		[]jsonName{{"Issuer", event.UserName}, {"Command", event.ProcessCommandLine}, {"Status", event.EventReason}, {"ActionName", event.RuleName}}},
}

func gravity(time, of string) jsonApp {
	when := [][2]string{{"module", "*"}, {of, "*"}}
	if time != "" && time != "timestamp" {
		when = append(when, [2]string{time, "*"})
	}
	return jsonApp{"computer_id", when, class{"bitdefender.push_notifications", "bitdefender", "", "", "", [3]string{}}, [2]string{}, time, gravityNames}
}

var gravityNames = []jsonName{{"module", event.EventCode}, {"computer_id", event.HostID}, {"computer_name", event.HostName}, {"computer_ip", event.HostIP}, {"product_installed", 0}, {"malware_name", event.RuleName}, {"malware_type", event.RuleCategory}, {"file_path", event.FilePath}, {"hash", event.FileHashSha256},
	{"file_hash_md5", event.ProcessHashMd5}, {"file_hash_sha256", event.ProcessHashSha256}, {"final_status", event.EventReason}, {"status", 0}, {"url", event.URLOriginal}, {"exploit_type", event.RuleName}, {"exploit_path", event.ProcessExecutable}, {"detection_name", event.RuleName}, {"detection_threatName", event.RuleName},
	{"detection_path", event.ProcessExecutable}, {"detection_pid", event.ProcessPID}, {"detection_parentPath", event.ProcessParentExecutable}, {"detection_parentPid", event.ProcessParentPID}, {"detection_username", event.UserName}, {"detection_action", event.EventReason}, {"process_path", event.ProcessExecutable}, {"process_pid", event.ProcessPID},
	{"process_command_line", event.ProcessCommandLine}, {"parent_process_path", event.ProcessParentExecutable}, {"parent_process_pid", event.ProcessParentPID}, {"username", event.UserName}, {"user_sid", event.UserID}, {"user.sid", event.UserID}, {"user.userName", event.UserName}, {"user.userSid", event.UserID}, {"source_ip", event.SourceIP}, {"attack_source", 0},
	{"victim_ip", event.DestinationIP}, {"local_port", event.DestinationPort}, {"protocol_id", 0}, {"severity", event.LogLevel}, {"severityScore", event.EventSeverity}, {"main_action", event.EventReason}, {"actionTaken", event.EventReason}, {"att_ck_id", event.ThreatTechniqueID}, {"blocking_rule_name", event.RuleName}, {"application_path", event.ProcessExecutable},
	{"sender", event.EmailFromAddress}, {"recipients", event.EmailToAddress}, {"subject", event.EmailSubject}, {"malware", 0}, {"taskName", event.RuleName}, {"userId", event.UserID}, {"isSuccessful", 0}}

// gravityZone tells by the module that speaks what a notification is about.
func (t *jsonSink) gravityZone() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	module, status := e.Str(event.EventCode), t.noted("status")
	alert := false
	c := class{action: module, category: "host", types: [3]string{"info"}}
	switch module {
	case "av", "hd", "exchange-malware", "network-sandboxing", "ransomware-mitigation", "storage-antimalware":
		alert, c.category = true, "malware"
	case "antiexploit", "avc", "new-incident", "new-extended-incident", "network-monitor":
		alert, c.category = true, "intrusion_detection"
	case "aph", "uc", "dp":
		c.action, c.category, c.types = "http_request", "web", [3]string{"access"}
	case "fw":
		c.action, c.category, c.types = "firewall-rule", netw, [3]string{"connection"}
		if hasPrefix(status, "portscan") {
			c.action = "port_scan"
		}
	case "install", "uninstall", "endpoint-moved-in", "endpoint-moved-out", "registration", "hwid-change":
		c.types[0] = "change"
	}
	if hasFold(status, "BLOCKED") {
		c.outcome = failure
		for i := range c.types {
			if c.types[i] == "" {
				c.types[i] = "denied"
				break
			}
		}
	}
	if alert {
		c.action = "ids_alert"
		b.Unset(event.EventKind)
		b.SetString(event.EventKind, "alert")
	}
	b.SetString(event.EventAction, c.action)
	b.SetString(event.EventOutcome, c.outcome)
	b.AddString(event.EventCategory, c.category)
	for _, typ := range c.types {
		b.AddString(event.EventType, typ)
	}
	if !alert || !e.Present(event.EventReason) {
		b.Set(event.EventReason, status)
	}
	if ip := t.noted("attack_source"); isIP(ip) {
		setAddr(b, &src, ip)
	}
	if v := t.noted("protocol_id"); v != nil {
		setTransport(b, v)
	}
	if user := e.Str(event.UserName); index(bytesOf(user), "@") > 0 {
		setUPN(b, user, false)
	}
	b.Set(event.RuleName, firstIn(t.noted("malware"), "malwareName"))
	if path := bytesOf(e.Str(event.ProcessExecutable)); len(path) > 0 && !e.Present(event.ProcessName) {
		b.Set(event.ProcessName, lastName(path))
	}
	t.ownFile()
}
