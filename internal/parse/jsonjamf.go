package parse

import "watchpost/internal/event"

// jamfProtectApps are what Jamf Protect tells of a Mac besides its alerts: log-ins, accounts and what stays over a restart, in the words of macOS' Endpoint
// Security (eslogger's, too), and what its network protection saw or kept off.
var jamfProtectApps = []jsonApp{
	{"event.sudo.command", [][2]string{{"event_type", "*"}}, jamfTelemetry("sudo", "process", "start"), [2]string{"event.sudo.success", "true"}, "time",
		jamfNames(jsonName{"event.sudo.command", event.ProcessCommandLine}, jsonName{"event.sudo.from_username", event.UserName}, jsonName{"event.sudo.from_uid", event.UserID}, jsonName{"event.sudo.to_username", event.UserEffectiveName}, jsonName{"event.sudo.to_uid", event.UserEffectiveID}, jsonName{"event.sudo.reject_info.failure_message", event.EventReason})},
	{"event.su.to_username", [][2]string{{"event_type", "*"}}, jamfTelemetry("su", authn, "start"), [2]string{"event.su.success", "true"}, "time",
		jamfNames(jsonName{"event.su.from_username", event.UserName}, jsonName{"event.su.from_uid", event.UserID}, jsonName{"event.su.to_username", event.UserEffectiveName}, jsonName{"event.su.to_uid", event.UserEffectiveID}, jsonName{"event.su.failure_message", event.EventReason})},
	{"event.login_login.username", [][2]string{{"event_type", "*"}}, jamfTelemetry(login, authn, "start"), [2]string{"event.login_login.success", "true"}, "time",
		jamfNames(jsonName{"event.login_login.username", event.UserName}, jsonName{"event.login_login.uid", event.UserID}, jsonName{"event.login_login.failure_message", event.EventReason})},
	{"event.lw_session_login.username", [][2]string{{"event_type", "*"}}, jamfSession(login, authn, "start"), [2]string{}, "time", jamfNames(jsonName{"event.lw_session_login.username", event.UserName})},
	{"event.lw_session_logout.username", [][2]string{{"event_type", "*"}}, jamfSession("logout", authn, "end"), [2]string{}, "time", jamfNames(jsonName{"event.lw_session_logout.username", event.UserName})},
	{"event.login_logout.username", [][2]string{{"event_type", "*"}}, jamfSession("logout", authn, "end"), [2]string{}, "time", jamfNames(jsonName{"event.login_logout.username", event.UserName}, jsonName{"event.login_logout.uid", event.UserID})},
	{"event.openssh_logout.username", [][2]string{{"event_type", "*"}}, jamfSession("logout", authn, "end"), [2]string{}, "time", jamfNames(jsonName{"event.openssh_logout.username", event.UserName}, jsonName{"event.openssh_logout.source_address", event.SourceIP})},
	{"event.lw_session_lock.username", [][2]string{{"event_type", "*"}}, jamfSession("session_locked", "session", "info"), [2]string{}, "time", jamfNames(jsonName{"event.lw_session_lock.username", event.UserName})},
	{"event.lw_session_unlock.username", [][2]string{{"event_type", "*"}}, jamfSession("session_unlocked", "session", "info"), [2]string{}, "time", jamfNames(jsonName{"event.lw_session_unlock.username", event.UserName})},
	{"event.screensharing_attach.success", [][2]string{{"event_type", "*"}}, jamfTelemetry("session_start", "session", "start"), [2]string{"event.screensharing_attach.success", "true"}, "time",
		jamfNames(jsonName{"event.screensharing_attach.source_address", event.SourceIP}, jsonName{"event.screensharing_attach.authentication_username", event.UserName}, jsonName{"event.screensharing_attach.session_username", event.UserTargetName}, jsonName{"event.screensharing_attach.viewer_appleid", event.UserEmail})},
	{"event.screensharing_detach.source_address", [][2]string{{"event_type", "*"}}, jamfSession("session_end", "session", "end"), [2]string{}, "time", jamfNames(jsonName{"event.screensharing_detach.source_address", event.SourceIP}, jsonName{"event.screensharing_detach.viewer_appleid", event.UserEmail})},
	{"event.authentication.success", [][2]string{{"event_type", "*"}}, jamfTelemetry("authentication", authn, "info"), [2]string{"event.authentication.success", "true"}, "time",
		jamfNames(jsonName{"event.authentication.data.od.record_name", event.UserName}, jsonName{"event.authentication.data.touchid.uid", event.UserID}, jsonName{"event.authentication.data.auto_unlock.username", event.UserName})},

	{"event.od_create_user.user_name", [][2]string{{"event_type", "*"}}, jamfAccount("user_added", "user", "creation"), [2]string{"event.od_create_user.error_code", "0"}, "time", jamfNames(jsonName{"event.od_create_user.user_name", event.UserTargetName})},
	{"event.od_delete_user.user_name", [][2]string{{"event_type", "*"}}, jamfAccount("user_deleted", "user", "deletion"), [2]string{"event.od_delete_user.error_code", "0"}, "time", jamfNames(jsonName{"event.od_delete_user.user_name", event.UserTargetName})},
	{"event.od_enable_user.user_name", [][2]string{{"event_type", "*"}}, jamfAccount("user_unlocked", "user", "change"), [2]string{"event.od_enable_user.error_code", "0"}, "time", jamfNames(jsonName{"event.od_enable_user.user_name", event.UserTargetName})},
	{"event.od_disable_user.user_name", [][2]string{{"event_type", "*"}}, jamfAccount("user_locked", "user", "change"), [2]string{"event.od_disable_user.error_code", "0"}, "time", jamfNames(jsonName{"event.od_disable_user.user_name", event.UserTargetName})},
	{"event.od_modify_password.account_name", [][2]string{{"event_type", "*"}}, jamfAccount("password_changed", "user", "change"), [2]string{"event.od_modify_password.error_code", "0"}, "time", jamfNames(jsonName{"event.od_modify_password.account_name", event.UserTargetName})},
	{"event.od_create_group.group_name", [][2]string{{"event_type", "*"}}, jamfAccount("group_added", "group", "creation"), [2]string{"event.od_create_group.error_code", "0"}, "time", jamfNames(jsonName{"event.od_create_group.group_name", event.GroupName})},
	{"event.od_delete_group.group_name", [][2]string{{"event_type", "*"}}, jamfAccount("group_deleted", "group", "deletion"), [2]string{"event.od_delete_group.error_code", "0"}, "time", jamfNames(jsonName{"event.od_delete_group.group_name", event.GroupName})},
	{"event.od_group_add.group_name", [][2]string{{"event_type", "*"}}, jamfAccount("user_added_to_group", "group", "change"), [2]string{"event.od_group_add.error_code", "0"}, "time", jamfNames(jsonName{"event.od_group_add.group_name", event.GroupName}, jsonName{"event.od_group_add.member.member_value", event.UserTargetName})},
	{"event.od_group_remove.group_name", [][2]string{{"event_type", "*"}}, jamfAccount("user_removed_from_group", "group", "change"), [2]string{"event.od_group_remove.error_code", "0"}, "time", jamfNames(jsonName{"event.od_group_remove.group_name", event.GroupName}, jsonName{"event.od_group_remove.member.member_value", event.UserTargetName})},
	{"event.od_group_set.group_name", [][2]string{{"event_type", "*"}}, jamfAccount("group_members_set", "group", "change"), [2]string{"event.od_group_set.error_code", "0"}, "time", jamfNames(jsonName{"event.od_group_set.group_name", event.GroupName})},

	{"event.btm_launch_item_add.executable_path", [][2]string{{"event_type", "*"}}, jamfTelemetry("launch_item_added", "configuration", "creation"), [2]string{}, "time", jamfNames(jsonName{"event.btm_launch_item_add.executable_path", event.FilePath}, jsonName{"event.btm_launch_item_add.item.item_url", event.URLOriginal})},
	{"event.btm_launch_item_add.item.item_url", [][2]string{{"event_type", "*"}}, jamfTelemetry("launch_item_added", "configuration", "creation"), [2]string{}, "time", jamfNames(jsonName{"event.btm_launch_item_add.item.item_url", event.URLOriginal})},
	{"event.profile_add.profile.identifier", [][2]string{{"event_type", "*"}}, jamfTelemetry("profile_added", "configuration", "creation"), [2]string{}, "time", jamfNames(jsonName{"event.profile_add.profile.identifier", event.ServiceName})},
	{"event.profile_remove.profile.identifier", [][2]string{{"event_type", "*"}}, jamfTelemetry("profile_removed", "configuration", "deletion"), [2]string{}, "time", jamfNames(jsonName{"event.profile_remove.profile.identifier", event.ServiceName})},
	{"event.xp_malware_detected.malware_identifier", [][2]string{{"event_type", "*"}}, jamfTelemetry("malware_detected", "malware", "info"), [2]string{}, "time", jamfNames(jsonName{"event.xp_malware_detected.malware_identifier", event.RuleName}, jsonName{"event.xp_malware_detected.detected_path", event.FilePath})},
	{"event.xp_malware_remediated.malware_identifier", [][2]string{{"event_type", "*"}}, jamfTelemetry("malware_detected", "malware", "info"), [2]string{"event.xp_malware_remediated.success", "true"}, "time", jamfNames(jsonName{"event.xp_malware_remediated.malware_identifier", event.RuleName}, jsonName{"event.xp_malware_remediated.remediated_path", event.FilePath}, jsonName{"event.xp_malware_remediated.action_type", event.EventReason})},

	{"event.alertId", [][2]string{{"event.eventType.name", "*"}, {"event.action", "*"}}, endpointAlert("jamf_protect.web_threat_events", "jamf_protect", "threat"), [2]string{}, "event.timestamp",
		[]jsonName{{"event.eventType.description", event.RuleName}, {"event.eventType.id", event.RuleID}, {"event.eventType.name", event.RuleCategory}, {"event.alertId", event.RuleUuid}, {"event.device.userDeviceName", event.HostName}, {"event.device.deviceId", event.HostID}, {"event.device.os", event.HostOSName}, {"event.user.email", event.UserEmail}, {"event.user.name", event.UserFullName},
			{"event.source.ip", event.SourceIP}, {"event.source.port", event.SourcePort}, {"event.destination.ip", event.DestinationIP}, {"event.destination.port", event.DestinationPort}, {"event.destination.name", event.DestinationDomain}, {"event.location", event.SourceGeoCountryIsoCode}, {"event.app.id", event.ServiceName}, {"event.app.name", event.FileName}, {"event.app.sha256", event.FileHashSha256}, {"event.action", 0}}},
	{"event.signatureId.name", [][2]string{{"event.blocked", "*"}, {"event.signatureId.name", "DNS Lookup"}}, class{"jamf_protect.web_traffic_events", "jamf_protect", "dns_query", "", netw, [3]string{"protocol"}}, [2]string{}, "event.timestamp", jamfTraffic},
	{"event.signatureId.name", [][2]string{{"event.blocked", "*"}}, class{"jamf_protect.web_traffic_events", "jamf_protect", "url-access", "", "web", [3]string{"access"}}, [2]string{}, "event.timestamp", jamfTraffic},
}

// jamfTraffic are the names of what Jamf's network protection saw.
var jamfTraffic = []jsonName{{"event.hostName", event.DestinationDomain}, {"event.source.ip", event.SourceIP}, {"event.device.deviceId", event.HostID}, {"event.device.osType", event.HostOSName}, {"event.user.email", event.UserEmail}, {"event.dns.recordType", event.DNSQuestionType}, {"event.dns.responseStatus", event.DNSResponseCode}, {"event.dns.category", event.RuleCategory},
	{"event.threat.result", event.EventReason}, {"event.destination.ips", event.DNSResolvedIP}, {"event.blocked", 0}}

func jamfTelemetry(action, category, typ string) class {
	return class{"jamf_protect.telemetry", "jamf_protect", action, "", category, [3]string{typ}}
}

// jamfSession is what the system only tells of once it has come about.
func jamfSession(action, category, typ string) class {
	return class{"jamf_protect.telemetry", "jamf_protect", action, success, category, [3]string{typ}}
}

func jamfAccount(action, subject, typ string) class {
	return class{"jamf_protect.telemetry", "jamf_protect", action, "", "iam", [3]string{subject, typ}}
}

// jamfNames are those of a kind of event, and who acts and on which computer, which all have.
func jamfNames(own ...jsonName) []jsonName {
	return append(own, jsonName{"process.executable.path", event.ProcessExecutable}, jsonName{"process.audit_token.pid", event.ProcessPID}, jsonName{"host.serial", event.HostID}, jsonName{"host.hostname", event.HostName})
}

// jamfWeb tells what became of a connection that was looked at.
func (t *jsonSink) jamfWeb() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	if v := t.noted("event.action"); v != nil {
		t.p.judge(b, v)
	}
	switch string(t.noted("event.blocked")) {
	case "true":
		t.p.judge(b, bytesOf("blocked"))
	case "false":
		t.p.judge(b, bytesOf("allowed"))
	}
	if e.Str(event.EventAction) == "dns_query" {
		b.SetString(event.DNSQuestionName, e.Str(event.DestinationDomain))
		b.Unset(event.DestinationDomain)
		b.SetString(event.NetworkProtocol, "dns")
	}
	t.upperCountry()
	t.mailOnly()
}
