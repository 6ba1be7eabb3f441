package parse

import (
	"strings"

	"watchpost/internal/event"
)

// sensorApps are agents on hosts that report what happens there.
var sensorApps = []jsonApp{
	{"output_fields.evt.time", [][2]string{{"rule", "*"}, {"output", "*"}}, falcoClass, [2]string{}, "", falcoNames},
	{"output", [][2]string{{"rule", "*"}, {"priority", "*"}, {"output", "*"}}, falcoClass, [2]string{}, "", falcoNames},
	{"sudo.accept.submituser", [][2]string{{"sudo.accept.command", "*"}}, class{authDataset, "system", "sudo", success, "process", [3]string{"start"}}, [2]string{}, "sudo.accept.server_time.seconds", sudoNames("sudo.accept.")},
	{"sudo.reject.submituser", [][2]string{{"sudo.reject.command", "*"}}, class{authDataset, "system", "sudo", failure, "process", [3]string{"start"}}, [2]string{}, "sudo.reject.server_time.seconds", sudoNames("sudo.reject.")},
	{"sudo.alert.submituser", [][2]string{{"sudo.alert.reason", "*"}}, class{authDataset, "system", "sudo", failure, "process", [3]string{"info"}}, [2]string{}, "sudo.alert.server_time.seconds", sudoNames("sudo.alert.")},
	{"columns.cmdline", [][2]string{{"hostIdentifier", "*"}, {"columns.cmdline", "*"}}, class{"osquery.result", "osquery", "", "", "process", [3]string{"info"}}, [2]string{}, "unixTime",
		append([]jsonName{{"columns.path", event.ProcessExecutable}, {"columns.cwd", event.ProcessWorkingDirectory}}, osqueryNames...)},
	{"columns.remote_address", [][2]string{{"hostIdentifier", "*"}, {"columns.remote_address", "*"}}, class{"osquery.result", "osquery", "", "", netw, [3]string{"info"}}, [2]string{}, "unixTime",
		append([]jsonName{{"columns.path", event.ProcessExecutable}, {"columns.local_address", event.SourceIP}, {"columns.local_port", event.SourcePort},
			{"columns.remote_address", event.DestinationIP}, {"columns.remote_port", event.DestinationPort}}, osqueryNames...)},
	{"columns.target_path", [][2]string{{"hostIdentifier", "*"}, {"columns.target_path", "*"}}, class{"osquery.result", "osquery", "", "", "file", [3]string{"info"}}, [2]string{}, "unixTime",
		append([]jsonName{{"columns.target_path", event.FilePath}, {"columns.action", event.EventReason}, {"columns.size", event.FileSize}}, osqueryNames...)},
	{"hostIdentifier", [][2]string{{"name", "*"}, {"unixTime", "*"}}, class{"osquery.result", "osquery", "", "", "host", [3]string{"info"}}, [2]string{}, "unixTime",
		append([]jsonName{{"columns.path", event.FilePath}}, osqueryNames...)},
	{"TNAUDIT.event", [][2]string{{"TNAUDIT.svc", "*"}}, class{"truenas.audit", "truenas", "", "", "", [3]string{}}, [2]string{"TNAUDIT.success", "true"}, "TNAUDIT.time",
		[]jsonName{{"TNAUDIT.addr", event.SourceIP}, {"TNAUDIT.user", event.UserName}, {"TNAUDIT.svc", event.ServiceName}, {"TNAUDIT.event", event.EventCode}, {"TNAUDIT.event_data", 0}}},
	{"eventid", [][2]string{{"eventid", "cowrie.login.success"}}, cowrieClass("honeypot_login", success), [2]string{}, "", cowrieNames},
	{"eventid", [][2]string{{"eventid", "cowrie.login.failed"}}, cowrieClass("honeypot_login", failure), [2]string{}, "", cowrieNames},
	{"eventid", [][2]string{{"eventid", "cowrie.session.connect"}}, cowrieClass("honeypot_connection", success), [2]string{}, "", cowrieNames},
	{"eventid", [][2]string{{"eventid", "cowrie.command.*"}}, cowrieClass("honeypot_command", ""), [2]string{}, "", append([]jsonName{{"input", event.ProcessCommandLine}}, cowrieNames...)},
	{"eventid", [][2]string{{"eventid", "cowrie.session.file_*"}}, cowrieClass("honeypot_file", ""), [2]string{}, "", append([]jsonName{{"shasum", event.FileHashSha256}, {"url", event.URLOriginal}, {"destfile", event.FilePath}}, cowrieNames...)},
	{"eventid", [][2]string{{"eventid", "cowrie.*"}}, cowrieClass("honeypot_event", ""), [2]string{}, "", []jsonName{{"session", event.EventCode}}},
	{"Authentication.status", [][2]string{{"type", "Authentication"}}, class{"samba.auth", "samba", login, "", authn, [3]string{"start"}}, [2]string{"Authentication.status", "NT_STATUS_OK"}, "",
		[]jsonName{{"Authentication.remoteAddress", event.SourceIP}, {"Authentication.localAddress", event.DestinationIP}, {"Authentication.clientAccount", event.UserName}, {"Authentication.clientDomain", event.UserDomain},
			{"Authentication.workstation", event.SourceDomain}, {"Authentication.status", event.EventReason}, {"Authentication.eventId", event.EventCode}, {"Authentication.serviceDescription", event.ServiceName},
			{"Authentication.authDescription", event.NetworkProtocol}}},
	{"Authorization.account", [][2]string{{"type", "Authorization"}}, class{"samba.auth", "samba", "session_start", success, "session", [3]string{"start"}}, [2]string{}, "",
		[]jsonName{{"Authorization.remoteAddress", event.SourceIP}, {"Authorization.localAddress", event.DestinationIP}, {"Authorization.account", event.UserName}, {"Authorization.domain", event.UserDomain},
			{"Authorization.serviceDescription", event.ServiceName}}},
	{"dsdbChange.operation", [][2]string{{"type", "dsdbChange"}}, class{"samba.dsdb", "samba", "directory_changed", "", "iam", [3]string{"change"}}, [2]string{"dsdbChange.status", "Success"}, "",
		[]jsonName{{"dsdbChange.remoteAddress", event.SourceIP}, {"dsdbChange.userSid", event.UserID}, {"dsdbChange.dn", event.UserTargetName}, {"dsdbChange.operation", event.EventReason}}},
	{"passwordChange.action", [][2]string{{"type", "passwordChange"}}, class{"samba.dsdb", "samba", "password_changed", "", "iam", [3]string{"user", "change"}}, [2]string{"passwordChange.status", "Success"}, "",
		[]jsonName{{"passwordChange.remoteAddress", event.SourceIP}, {"passwordChange.userSid", event.UserID}, {"passwordChange.dn", event.UserTargetName}, {"passwordChange.action", event.EventReason}}},
	{"groupChange.action", [][2]string{{"type", "groupChange"}}, class{"samba.dsdb", "samba", "group_changed", "", "iam", [3]string{"group", "change"}}, [2]string{"groupChange.status", "Success"}, "",
		[]jsonName{{"groupChange.remoteAddress", event.SourceIP}, {"groupChange.userSid", event.UserID}, {"groupChange.user", event.UserTargetName}, {"groupChange.group", event.GroupName}, {"groupChange.action", event.EventReason}}},
}

var falcoClass = class{"falco.alerts", "falco", "ids_alert", "", "intrusion_detection", [3]string{"info"}}

var falcoNames = []jsonName{{"rule", event.RuleName}, {"output", event.Message}, {"priority", event.LogLevel}, {"source", event.EventProvider},
	{"output_fields.proc.cmdline", event.ProcessCommandLine}, {"output_fields.proc.exepath", event.ProcessExecutable}, {"output_fields.proc.name", event.ProcessName}, {"output_fields.proc.pid", event.ProcessPID},
	{"output_fields.proc.pname", event.ProcessParentName}, {"output_fields.proc.pcmdline", event.ProcessParentCommandLine}, {"output_fields.proc.ppid", event.ProcessParentPID}, {"output_fields.proc.cwd", event.ProcessWorkingDirectory},
	{"tags", event.Tags}, {"output_fields.fd.name", event.FilePath}, {"output_fields.user.name", event.UserName}, {"output_fields.user.uid", event.UserID}, {"output_fields.fs.path.name", event.FilePath},
	{"output_fields.fd.cip", event.SourceIP}, {"output_fields.fd.cport", event.SourcePort}, {"output_fields.fd.sip", event.DestinationIP}, {"output_fields.fd.sport", event.DestinationPort}, {"output_fields.fd.l4proto", event.NetworkTransport},
	{"output_fields.ka.user.name", event.UserName}, {"output_fields.ka.verb", event.EventCode}, {"output_fields.k8s.pod.name", event.ServiceName}}

var osqueryNames = []jsonName{{"action", event.EventAction}, {"name", event.RuleName}, {"hostIdentifier", event.HostName}, {"decorations.host_uuid", event.HostID}, {"columns.cmdline", event.ProcessCommandLine}, {"columns.pid", event.ProcessPID},
	{"columns.parent", event.ProcessParentPID}, {"columns.username", event.UserName}, {"columns.user", event.UserName}, {"columns.uid", event.UserID}, {"columns.md5", event.FileHashMd5}, {"columns.sha1", event.FileHashSha1}, {"columns.sha256", event.FileHashSha256},
	{"columns.process", event.ProcessName}, {"columns.command", event.ProcessCommandLine}, {"columns.host", 0}, {"columns.name", 0}, {"columns.filename", 0}, {"columns.directory", 0}, {"columns.mode", 0}, {"columns.size", 0}, {"decorations.username", 0}}

func cowrieClass(action, outcome string) class {
	return class{"app.login", "cowrie", action, outcome, "intrusion_detection", [3]string{"info"}}
}

var cowrieNames = []jsonName{{"src_ip", event.SourceIP}, {"src_port", event.SourcePort}, {"dst_ip", event.DestinationIP}, {"dst_port", event.DestinationPort}, {"username", event.UserName}, {"protocol", event.NetworkProtocol}}

// edrApps are what endpoint products report to those who subscribe.
var edrApps = []jsonApp{
	{"metadata.eventType", [][2]string{{"metadata.eventType", "DetectionSummaryEvent"}}, crowdClass("ids_alert", "malware", "info"), [2]string{}, "metadata.eventCreationTime", crowdNames},
	{"metadata.eventType", [][2]string{{"metadata.eventType", "EppDetectionSummaryEvent"}}, crowdClass("ids_alert", "malware", "info"), [2]string{}, "metadata.eventCreationTime", crowdNames},
	{"metadata.eventType", [][2]string{{"metadata.eventType", "EPPDetectionSummaryEvent"}}, crowdClass("ids_alert", "malware", "info"), [2]string{}, "metadata.eventCreationTime", crowdNames},
	{"metadata.eventType", [][2]string{{"metadata.eventType", "CustomerIOCEvent"}}, crowdClass("ids_alert", "threat", "indicator"), [2]string{}, "metadata.eventCreationTime", crowdNames},
	{"metadata.eventType", [][2]string{{"metadata.eventType", "IdpDetectionSummaryEvent"}}, crowdClass("ids_alert", "threat", "info"), [2]string{}, "metadata.eventCreationTime", crowdNames},
	{"metadata.eventType", [][2]string{{"metadata.eventType", "IdentityProtectionEvent"}}, crowdClass("ids_alert", "threat", "info"), [2]string{}, "metadata.eventCreationTime", crowdNames},
	{"metadata.eventType", [][2]string{{"metadata.eventType", "IncidentSummaryEvent"}}, crowdClass("incident", "intrusion_detection", "info"), [2]string{}, "metadata.eventCreationTime", crowdNames},
	{"metadata.eventType", [][2]string{{"metadata.eventType", "FirewallMatchEvent"}}, crowdClass("firewall-rule", netw, "connection"), [2]string{}, "metadata.eventCreationTime", crowdNames},
	{"metadata.eventType", [][2]string{{"metadata.eventType", "AuthActivityAuditEvent"}, {"event.OperationName", "userAuthenticate"}}, crowdClass(login, authn, "start"), [2]string{"event.Success", "true"}, "metadata.eventCreationTime", crowdNames},
	{"metadata.eventType", [][2]string{{"metadata.eventType", "AuthActivityAuditEvent"}}, crowdClass("", authn, "info"), [2]string{"event.Success", "true"}, "metadata.eventCreationTime", append(crowdNames[:len(crowdNames):len(crowdNames)], jsonName{"event.OperationName", event.EventAction})},
	{"metadata.eventType", [][2]string{{"metadata.eventType", "UserActivityAuditEvent"}}, crowdClass("", "configuration", "change"), [2]string{}, "metadata.eventCreationTime", append(crowdNames[:len(crowdNames):len(crowdNames)], jsonName{"event.OperationName", event.EventAction})},
	{"metadata.eventType", [][2]string{{"metadata.eventType", "RemoteResponseSessionStart*"}}, crowdClass("remote_response", "session", "start"), [2]string{}, "metadata.eventCreationTime", crowdNames},
	{"metadata.eventType", [][2]string{{"metadata.eventType", "RemoteResponseSessionEnd*"}}, crowdClass("remote_response", "session", "end"), [2]string{}, "metadata.eventCreationTime", crowdNames},
	{"metadata.eventType", [][2]string{{"metadata.eventType", "RemoteResponseSession*"}}, crowdClass("remote_response", "session", "info"), [2]string{}, "metadata.eventCreationTime", crowdNames},
	{"metadata.eventType", [][2]string{{"metadata.eventType", "*"}, {"metadata.customerIDString", "*"}}, crowdClass("", "host", "info"), [2]string{}, "metadata.eventCreationTime", append(crowdNames[:len(crowdNames):len(crowdNames)], jsonName{"metadata.eventType", event.EventAction})},
	{"event_simpleName", [][2]string{{"event_simpleName", "ProcessRollup2"}}, class{"crowdstrike.fdr", "crowdstrike", "process_started", "", "process", [3]string{"start"}}, [2]string{}, "timestamp", fdrNames},
	{"event_simpleName", [][2]string{{"event_simpleName", "SyntheticProcessRollup2"}}, class{"crowdstrike.fdr", "crowdstrike", "process_started", "", "process", [3]string{"info"}}, [2]string{}, "timestamp", fdrNames},
	{"event_simpleName", [][2]string{{"event_simpleName", "EndOfProcess"}}, class{"crowdstrike.fdr", "crowdstrike", "process_ended", "", "process", [3]string{"end"}}, [2]string{}, "timestamp", fdrNames},
	{"event_simpleName", [][2]string{{"event_simpleName", "DnsRequest"}}, class{"crowdstrike.fdr", "crowdstrike", "dns_query", "", netw, [3]string{"info"}}, [2]string{}, "timestamp", fdrNames},
	{"event_simpleName", [][2]string{{"event_simpleName", "NetworkConnect*"}}, class{"crowdstrike.fdr", "crowdstrike", "connect", "", netw, [3]string{"start"}}, [2]string{}, "timestamp", fdrNames},
	{"event_simpleName", [][2]string{{"event_simpleName", "NetworkReceiveAccept*"}}, class{"crowdstrike.fdr", "crowdstrike", "connect", "", netw, [3]string{"start"}}, [2]string{}, "timestamp", fdrNames},
	{"event_simpleName", [][2]string{{"event_simpleName", "UserLogonFailed*"}}, class{"crowdstrike.fdr", "crowdstrike", login, failure, authn, [3]string{"start"}}, [2]string{}, "timestamp", fdrNames},
	{"event_simpleName", [][2]string{{"event_simpleName", "UserLogon"}}, class{"crowdstrike.fdr", "crowdstrike", login, success, authn, [3]string{"start"}}, [2]string{}, "timestamp", fdrNames},
	{"event_simpleName", [][2]string{{"event_simpleName", "UserLogoff"}}, class{"crowdstrike.fdr", "crowdstrike", "logout", success, authn, [3]string{"end"}}, [2]string{}, "timestamp", fdrNames},
	{"event_simpleName", [][2]string{{"event_simpleName", "*"}, {"aid", "*"}}, class{"crowdstrike.fdr", "crowdstrike", "", "", "host", [3]string{"info"}}, [2]string{}, "timestamp", append(fdrNames[:len(fdrNames):len(fdrNames)], jsonName{"event_simpleName", event.EventAction})},
	{"ExternalApiType", [][2]string{{"ExternalApiType", "Event_*"}, {"cid", "*"}}, class{"crowdstrike.fdr", "crowdstrike", "", "", "", [3]string{}}, [2]string{}, "UTCTimestamp", append(flatCrowdNames(), jsonName{"ExternalApiType", event.EventCode})},
	{"threatInfo.threatName", [][2]string{{"threatInfo.threatName", "*"}}, class{"sentinelone.threats", "sentinelone", "ids_alert", "", "malware", [3]string{"info"}}, [2]string{}, "threatInfo.createdAt",
		[]jsonName{{"threatInfo.threatName", event.RuleName}, {"threatInfo.threatId", event.RuleUuid}, {"threatInfo.classification", event.RuleCategory}, {"threatInfo.filePath", event.FilePath}, {"threatInfo.fileSize", event.FileSize},
			{"threatInfo.md5", event.FileHashMd5}, {"threatInfo.sha1", event.FileHashSha1}, {"threatInfo.sha256", event.FileHashSha256}, {"threatInfo.processUser", event.UserName},
			{"threatInfo.maliciousProcessArguments", event.ProcessCommandLine}, {"threatInfo.originatorProcess", event.ProcessName}, {"threatInfo.mitigationStatus", event.EventReason},
			{"agentRealtimeInfo.agentComputerName", event.HostName}, {"agentRealtimeInfo.agentUuid", event.HostID}, {"agentRealtimeInfo.networkInterfaces[].physical", event.HostMAC}, {"agentRealtimeInfo.agentOsName", event.HostOSName}, {"agentDetectionInfo.agentOsName", event.HostOSName}, {"agentRealtimeInfo.agentOsType", event.HostOSType}, {"agentDetectionInfo.agentVersion", event.AgentVersion},
			{"agentDetectionInfo.agentDomain", event.HostDomain}, {"agentDetectionInfo.agentIpV4", event.HostIP}, {"agentDetectionInfo.agentIpV6", event.HostIP}}},
	{"alertInfo.alertId", [][2]string{{"ruleInfo.name", "*"}}, class{"sentinelone.alerts", "sentinelone", "ids_alert", "", "intrusion_detection", [3]string{"info"}}, [2]string{}, "alertInfo.createdAt",
		[]jsonName{{"ruleInfo.name", event.RuleName}, {"ruleInfo.id", event.RuleID}, {"ruleInfo.description", event.RuleDescription}, {"alertInfo.srcIp", event.SourceIP}, {"alertInfo.srcPort", event.SourcePort}, {"alertInfo.dstIp", event.DestinationIP},
			{"alertInfo.dstPort", event.DestinationPort}, {"alertInfo.loginsUserName", event.UserName}, {"alertInfo.dnsRequest", event.DNSQuestionName}, {"alertInfo.registryKeyPath", event.RegistryPath},
			{"sourceProcessInfo.commandline", event.ProcessCommandLine}, {"sourceProcessInfo.filePath", event.ProcessExecutable}, {"sourceProcessInfo.name", event.ProcessName}, {"sourceProcessInfo.pid", event.ProcessPID},
			{"sourceProcessInfo.user", event.UserName}, {"sourceProcessInfo.fileHashSha256", event.ProcessHashSha256}, {"sourceParentProcessInfo.commandline", event.ProcessParentCommandLine},
			{"sourceParentProcessInfo.filePath", event.ProcessParentExecutable}, {"agentDetectionInfo.name", event.HostName}, {"agentDetectionInfo.uuid", event.HostID}}},
	{"activityType", [][2]string{{"activityType", "*"}, {"primaryDescription", "*"}}, class{"sentinelone.activities", "sentinelone", "activity", "", "configuration", [3]string{"info"}}, [2]string{}, "createdAt",
		[]jsonName{{"activityType", event.EventCode}, {"primaryDescription", event.Message}, {"data.username", event.UserName}, {"data.byUser", 0}, {"userId", event.UserID}, {"agentId", event.AgentID}, {"data.role", event.UserRoles}, {"data.recoveryEmail", event.UserEmail}, {"data.externalIp", event.HostIP}, {"data.fileDisplayName", event.FileName}, {"data.osFamily", event.HostOSType}, {"data.newStatus", event.EventReason}, {"data.ipAddress", event.SourceIP}, {"data.computerName", event.HostName}, {"data.fileContentHash", event.FileHashSha1}, {"data.filePath", event.FilePath}, {"data.threatClassification", event.RuleCategory}}},
	{"machineId", [][2]string{{"alertCreationTime", "*"}, {"title", "*"}}, defenderClass("ids_alert", "intrusion_detection", "info"), [2]string{}, "alertCreationTime",
		[]jsonName{{"title", event.RuleName}, {"id", event.RuleUuid}, {"category", event.RuleCategory}, {"severity", event.LogLevel}, {"computerDnsName", event.HostName}, {"machineId", event.HostID}, {"threatName", event.RuleDescription},
			{"relatedUser.userName", event.UserName}, {"relatedUser.domainName", event.UserDomain}, {"mitreTechniques", event.ThreatTechniqueID}, {"detectionSource", event.EventProvider}, {"status", event.EventReason},
			{"description", event.RuleDescription}, {"firstEventTime", event.EventStart}, {"lastEventTime", event.EventEnd}, {"evidence", 0}}},
	{"properties.AlertId", [][2]string{{"category", "AdvancedHunting-Alert*"}}, defenderClass("ids_alert", "intrusion_detection", "info"), [2]string{}, "", defenderNames},
	{"properties.ProcessCommandLine", [][2]string{{"category", "AdvancedHunting-DeviceProcessEvents"}}, defenderClass("process_started", "process", "start"), [2]string{}, "", append(defenderNames[:len(defenderNames):len(defenderNames)],
		jsonName{"properties.FolderPath", event.ProcessExecutable}, jsonName{"properties.FileName", event.ProcessName}, jsonName{"properties.ProcessId", event.ProcessPID}, jsonName{"properties.ProcessCommandLine", event.ProcessCommandLine},
		jsonName{"properties.SHA256", event.ProcessHashSha256}, jsonName{"properties.MD5", event.ProcessHashMd5}, jsonName{"properties.SHA1", event.ProcessHashSha1}, jsonName{"properties.AccountName", event.UserName}, jsonName{"properties.AccountDomain", event.UserDomain}, jsonName{"properties.AccountSid", event.UserID},
		jsonName{"properties.InitiatingProcessFolderPath", event.ProcessParentExecutable}, jsonName{"properties.InitiatingProcessCommandLine", event.ProcessParentCommandLine}, jsonName{"properties.InitiatingProcessId", event.ProcessParentPID})},
	{"category", [][2]string{{"category", "AdvancedHunting-DeviceNetworkEvents"}}, defenderClass("connect", netw, "connection"), [2]string{}, "", append(initiating[:len(initiating):len(initiating)], defenderNames...)},
	{"category", [][2]string{{"category", "AdvancedHunting-DeviceLogonEvents"}}, defenderClass(login, authn, "start"), [2]string{"properties.ActionType", "LogonSuccess"}, "",
		logonNames},
	{"category", [][2]string{{"category", "AdvancedHunting-DeviceFileEvents"}}, defenderClass("file", "file", "change"), [2]string{}, "", append(append(initiating[:len(initiating):len(initiating)], defenderNames...),
		jsonName{"properties.FolderPath", event.FilePath}, jsonName{"properties.FileName", event.FileName}, jsonName{"properties.SHA256", event.FileHashSha256}, jsonName{"properties.SHA1", event.FileHashSha1}, jsonName{"properties.MD5", event.FileHashMd5}, jsonName{"properties.FileSize", event.FileSize})},
	{"category", [][2]string{{"category", "AdvancedHunting-DeviceRegistryEvents"}}, defenderClass("registry", "registry", "change"), [2]string{}, "", append(append(initiating[:len(initiating):len(initiating)], defenderNames...),
		jsonName{"properties.RegistryKey", event.RegistryPath}, jsonName{"properties.RegistryValueName", event.RegistryValue}, jsonName{"properties.RegistryValueData", event.RegistryDataStrings})},
	{"category", [][2]string{{"category", "AdvancedHunting-DeviceImageLoadEvents"}}, defenderClass("library_loaded", "library", "start"), [2]string{}, "", append(append(initiating[:len(initiating):len(initiating)], defenderNames...),
		jsonName{"properties.FolderPath", event.DLLPath}, jsonName{"properties.FileName", event.DLLName}, jsonName{"properties.SHA256", event.DLLHashSha256})},
	{"category", [][2]string{{"category", "AdvancedHunting-EmailEvents"}}, defenderClass("mail", "email", "info"), [2]string{}, "", append(defenderNames[:len(defenderNames):len(defenderNames)],
		jsonName{"properties.EmailDirection", 0}, jsonName{"properties.InternetMessageId", event.EmailMessageID}, jsonName{"properties.NetworkMessageId", event.EmailLocalID}, jsonName{"properties.SenderIPv4", event.SourceIP}, jsonName{"properties.SenderFromAddress", event.SourceUserName}, jsonName{"properties.SenderFromAddress", event.EmailFromAddress}, jsonName{"properties.RecipientEmailAddress", event.EmailToAddress}, jsonName{"properties.Subject", event.EmailSubject}, jsonName{"properties.RecipientEmailAddress", event.UserTargetName}, jsonName{"properties.DeliveryAction", event.EventReason})},
	{"category", [][2]string{{"category", "AdvancedHunting-IdentityLogonEvents"}}, defenderClass(login, authn, "start"), [2]string{"properties.ActionType", "LogonSuccess"}, "", identityNames},
	{"category", [][2]string{{"category", "AdvancedHunting-IdentityQueryEvents"}}, defenderClass("", "iam", "info"), [2]string{}, "", append(identityNames[:len(identityNames):len(identityNames)], jsonName{"properties.ActionType", event.EventAction})},
	{"category", [][2]string{{"category", "AdvancedHunting-IdentityDirectoryEvents"}}, defenderClass("", "iam", ""), [2]string{}, "", append(identityNames[:len(identityNames):len(identityNames)], jsonName{"properties.ActionType", event.EventAction})},
	{"category", [][2]string{{"category", "AdvancedHunting-CloudAppEvents"}}, defenderClass("", "api", ""), [2]string{}, "", append(identityNames[:len(identityNames):len(identityNames)], jsonName{"properties.ActionType", event.EventAction}, jsonName{"properties.AccountId", event.UserID}, jsonName{"properties.AccountDisplayName", event.UserName},
		jsonName{"properties.CountryCode", event.SourceGeoCountryIsoCode}, jsonName{"properties.City", event.SourceGeoCityName}, jsonName{"properties.UserAgent", event.UserAgentOriginal}, jsonName{"properties.OSPlatform", event.HostOSName})},
	{"category", [][2]string{{"category", "AdvancedHunting-UrlClickEvents"}}, defenderClass("", "web", "access"), [2]string{}, "", append(identityNames[:len(identityNames):len(identityNames)], jsonName{"properties.ActionType", event.EventAction}, jsonName{"properties.Url", event.URLOriginal}, jsonName{"properties.ThreatTypes", event.RuleCategory})},
	{"category", [][2]string{{"category", "AdvancedHunting-EmailUrlInfo"}}, defenderClass("mail_url", "email", "info"), [2]string{}, "", []jsonName{{"properties.Url", event.URLOriginal}, {"properties.UrlDomain", event.URLDomain}}},
	{"category", [][2]string{{"category", "AdvancedHunting-EmailAttachmentInfo"}}, defenderClass("mail_attachment", "email", "info"), [2]string{}, "", []jsonName{{"properties.FileName", event.FileName}, {"properties.FileSize", event.FileSize}, {"properties.SHA256", event.FileHashSha256},
		{"properties.SenderFromAddress", event.EmailFromAddress}, {"properties.RecipientEmailAddress", event.EmailToAddress}, {"properties.ThreatNames", event.RuleName}}},
	{"category", [][2]string{{"category", "AdvancedHunting-EmailPostDeliveryEvents"}}, defenderClass("", "email", "change"), [2]string{}, "", []jsonName{{"properties.ActionType", event.EventAction}, {"properties.RecipientEmailAddress", event.EmailToAddress}, {"properties.InternetMessageId", event.EmailMessageID}, {"properties.ActionResult", event.EventReason}}},
	{"category", [][2]string{{"category", "AdvancedHunting-DeviceInfo"}}, defenderClass("device_info", "host", "info"), [2]string{}, "", append(defenderNames[:len(defenderNames):len(defenderNames)], jsonName{"properties.OSPlatform", event.HostOSName}, jsonName{"properties.OSVersion", event.HostOSVersion}, jsonName{"properties.ClientVersion", event.AgentVersion})},
	{"category", [][2]string{{"category", "AdvancedHunting-DeviceFileCertificateInfo"}}, defenderClass("file_certificate", "file", "info"), [2]string{}, "", append(defenderNames[:len(defenderNames):len(defenderNames)], jsonName{"properties.SHA1", event.FileHashSha1})},
	{"category", [][2]string{{"category", "AdvancedHunting-DeviceEvents"}}, defenderClass("", "host", "info"), [2]string{}, "", append(append(initiating[:len(initiating):len(initiating)], defenderNames...), jsonName{"properties.ActionType", event.EventAction},
		jsonName{"properties.FileName", event.FileName}, jsonName{"properties.FolderPath", event.FilePath}, jsonName{"properties.SHA256", event.FileHashSha256}, jsonName{"properties.SHA1", event.FileHashSha1}, jsonName{"properties.MD5", event.FileHashMd5},
		jsonName{"properties.AccountName", 0}, jsonName{"properties.AccountDomain", 0}, jsonName{"properties.AccountSid", 0})},
	{"category", [][2]string{{"category", "AdvancedHunting-*"}}, defenderClass("", "host", "info"), [2]string{}, "", append(append(initiating[:len(initiating):len(initiating)], defenderNames...), jsonName{"properties.ActionType", event.EventAction})},
}

func crowdClass(action, category, typ string) class {
	return class{"crowdstrike.falcon", "crowdstrike", action, "", category, [3]string{typ}}
}

var crowdNames = []jsonName{{"event.DetectName", event.RuleName}, {"event.Name", event.RuleName}, {"event.DetectDescription", event.RuleDescription}, {"event.Description", event.RuleDescription}, {"event.DetectId", event.RuleUuid},
	{"event.CompositeId", event.RuleUuid}, {"event.Severity", event.EventSeverity}, {"event.Tactic", event.ThreatTacticName}, {"event.Technique", event.RuleCategory}, {"event.PatternDispositionDescription", event.EventReason},
	{"event.ComputerName", event.HostName}, {"event.Hostname", event.HostName}, {"event.SensorId", event.AgentID}, {"event.AgentId", event.AgentID}, {"event.LocalIP", event.HostIP}, {"event.UserName", event.UserName},
	{"event.UserId", event.UserName}, {"event.MachineDomain", event.UserDomain}, {"event.LogonDomain", event.UserDomain}, {"event.UserIp", event.SourceIP}, {"event.FileName", event.ProcessName}, {"event.FilePath", event.FileDirectory}, {"event.LocalIPv6", event.HostIP}, {"event.MACAddress", event.HostMAC}, {"event.TechniqueIds", event.ThreatTechniqueID}, {"event.CommandLine", event.ProcessCommandLine},
	{"event.ProcessId", event.ProcessEntityID}, {"event.ParentProcessId", event.ProcessParentEntityID}, {"event.ParentImageFileName", event.ProcessParentName}, {"event.ParentImageFilePath", event.ProcessParentExecutable},
	{"event.ParentCommandLine", event.ProcessParentCommandLine}, {"event.MD5String", event.ProcessHashMd5}, {"event.SHA1String", event.ProcessHashSha1}, {"event.SHA256String", event.ProcessHashSha256},
	{"event.HostName", event.HostName}, {"event.ConnectionDirection", 0}, {"event.Protocol", event.NetworkTransport}, {"event.ImageFileName", event.ProcessExecutable}, {"event.RuleDescription", event.RuleDescription},
	{"event.RuleId", event.RuleID}, {"event.RuleGroupName", event.RuleRuleset},
	{"event.LocalAddress", event.SourceIP}, {"event.LocalPort", event.SourcePort}, {"event.RemoteAddress", event.DestinationIP}, {"event.RemotePort", event.DestinationPort}, {"event.RuleName", event.RuleName},
	{"event.MitreAttack[].TechniqueID", event.ThreatTechniqueID}, {"event.MitreAttack[].Tactic", event.ThreatTacticName},
	{"event.HostnameField", event.HostName}, {"event.AgentIdString", event.AgentID}, {"event.ServiceName", event.ServiceName}, {"event.SourceAccountName", event.UserName}, {"event.SourceEndpointIpAddress", event.SourceIP}}

var fdrNames = []jsonName{{"ContextProcessId", event.ProcessEntityID}, {"ContextImageFileName", event.ProcessExecutable}, {"ContextBaseFileName", event.ProcessName}, {"TargetImageFileName", 0}, {"UID", event.UserID}, {"UserPrincipal", event.UserEmail}, {"ClientComputerName", 0},
	{"ExitCode", event.ProcessExitCode}, {"SHA1HashData", event.ProcessHashSha1}, {"OriginalFilename", 0}, {"Size", event.FileSize}, {"TargetDirectoryName", event.FilePath}, {"RegObjectName", event.RegistryPath}, {"RegValueName", event.RegistryValue}, {"RegStringValue", event.RegistryDataStrings}, {"RequestType", 0},
	{"IP4Records", 0}, {"IP6Records", 0}, {"CNAMERecords", 0}, {"ServiceDisplayName", event.ServiceName}, {"CommandHistory", event.ProcessCommandLine}, {"TaskName", 0}, {"event_platform", 0}, {"ConnectionDirection", 0}, {"Protocol", event.NetworkTransport}, {"ComputerName", event.HostName}, {"aid", event.AgentID}, {"aid", event.HostID}, {"aip", event.ObserverIP}, {"UserName", event.UserName}, {"UserSid", event.UserID}, {"ImageFileName", event.ProcessExecutable}, {"CommandLine", event.ProcessCommandLine},
	{"RawProcessId", event.ProcessPID}, {"TargetProcessId", event.ProcessEntityID}, {"ParentProcessId", event.ProcessParentEntityID}, {"ParentBaseFileName", event.ProcessParentName}, {"SHA256HashData", event.ProcessHashSha256},
	{"MD5HashData", event.ProcessHashMd5}, {"DomainName", event.DNSQuestionName}, {"LocalAddressIP4", event.SourceIP}, {"LocalAddressIP6", event.SourceIP}, {"LocalPort", event.SourcePort}, {"RemoteAddressIP4", event.DestinationIP},
	{"RemoteAddressIP6", event.DestinationIP}, {"RemotePort", event.DestinationPort}, {"LogonDomain", event.UserDomain}, {"RemoteIP", event.SourceIP}, {"TargetFileName", event.FilePath}}

// flatCrowdNames are crowdNames of the feed that has no envelope (FDR's Event_ExternalApiEvent).
func flatCrowdNames() []jsonName {
	names := make([]jsonName, len(crowdNames))
	for i, n := range crowdNames {
		names[i] = jsonName{strings.TrimPrefix(n.name, "event."), n.f}
	}
	return names
}

func defenderClass(action, category, typ string) class {
	return class{"microsoft.defender", "defender", action, "", category, [3]string{typ}}
}

var defenderNames = []jsonName{{"properties.DeviceName", event.HostName}, {"properties.DeviceId", event.HostID}, {"properties.Title", event.RuleName}, {"properties.AlertId", event.RuleUuid}, {"properties.Category", event.RuleCategory}, {"properties.Severity", event.LogLevel},
	{"properties.LocalIP", event.SourceIP}, {"properties.LocalPort", event.SourcePort}, {"properties.RemoteIP", event.DestinationIP}, {"properties.RemotePort", event.DestinationPort}, {"properties.RemoteUrl", event.DestinationDomain}, {"properties.Protocol", event.NetworkTransport}, {"properties.ActionType", 0}}

// logonNames are the columns of log-ins to a device: the far end is where they come from, the protocol is that of the authentication.
var logonNames = []jsonName{{"properties.DeviceName", event.HostName}, {"properties.DeviceId", event.HostID}, {"properties.ActionType", 0}, {"properties.Protocol", event.NetworkProtocol},
	{"properties.RemoteIP", event.SourceIP}, {"properties.RemotePort", event.SourcePort}, {"properties.RemoteDeviceName", event.SourceDomain}, {"properties.AccountName", event.UserName}, {"properties.AccountDomain", event.UserDomain},
	{"properties.AccountSid", event.UserID}, {"properties.FailureReason", event.EventReason}, {"properties.InitiatingProcessFolderPath", event.ProcessExecutable}, {"properties.InitiatingProcessFileName", event.ProcessName},
	{"properties.InitiatingProcessCommandLine", event.ProcessCommandLine}, {"properties.InitiatingProcessId", event.ProcessPID}}

// identityNames are the columns of what Defender for Identity and for Cloud Apps tell of.
var identityNames = []jsonName{{"properties.DeviceName", event.HostName}, {"properties.AccountName", event.UserName}, {"properties.AccountDomain", event.UserDomain}, {"properties.AccountSid", event.UserID}, {"properties.AccountUpn", event.UserEmail}, {"properties.AccountDisplayName", event.UserFullName},
	{"properties.IPAddress", event.SourceIP}, {"properties.Port", event.SourcePort}, {"properties.DestinationIPAddress", event.DestinationIP}, {"properties.DestinationPort", event.DestinationPort}, {"properties.DestinationDeviceName", event.DestinationDomain}, {"properties.Protocol", event.NetworkProtocol},
	{"properties.TargetAccountUpn", event.UserTargetName}, {"properties.TargetAccountDisplayName", event.UserTargetName}, {"properties.Application", event.ServiceName}, {"properties.FailureReason", event.EventReason}, {"properties.OSPlatform", event.HostOSName}, {"properties.QueryTarget", 0}}

var initiating = []jsonName{{"properties.InitiatingProcessFolderPath", event.ProcessExecutable}, {"properties.InitiatingProcessFileName", event.ProcessName}, {"properties.InitiatingProcessCommandLine", event.ProcessCommandLine},
	{"properties.InitiatingProcessId", event.ProcessPID}, {"properties.InitiatingProcessAccountName", event.UserName}, {"properties.InitiatingProcessAccountDomain", event.UserDomain}, {"properties.InitiatingProcessAccountSid", event.UserID},
	{"properties.InitiatingProcessMD5", event.ProcessHashMd5}, {"properties.InitiatingProcessSHA1", event.ProcessHashSha1}, {"properties.InitiatingProcessParentId", event.ProcessParentPID},
	{"properties.InitiatingProcessSHA256", event.ProcessHashSha256}, {"properties.InitiatingProcessParentFileName", event.ProcessParentName}}

// cloudApps are programs and services that write JSON of their own.
var cloudApps = []jsonApp{
	{"sender", [][2]string{{"sender", "connection_failed"}, {"client_ip", "*"}}, class{"app.login", "sftpgo", login, failure, authn, [3]string{"start"}}, [2]string{}, "",
		[]jsonName{{"client_ip", event.SourceIP}, {"username", event.UserName}, {"protocol", event.NetworkProtocol}, {"error", event.EventReason}}},
	{"httpRequest.clientIp", [][2]string{{"webaclId", "*"}, {"action", "*"}}, class{"aws.waf", "aws", "", "", "web", [3]string{"access"}}, [2]string{"action", "ALLOW"}, "",
		[]jsonName{{"httpRequest.clientIp", event.SourceIP}, {"httpRequest.uri", event.URLOriginal}, {"httpRequest.args", event.URLQuery}, {"httpRequest.httpMethod", event.HTTPRequestMethod}, {"httpRequest.country", event.SourceGeoCountryIsoCode},
			{"terminatingRuleId", event.RuleID}, {"terminatingRuleType", event.RuleRuleset}, {"action", event.EventAction}, {"httpRequest.httpVersion", event.HTTPVersion}, {"httpRequest.scheme", event.URLScheme}, {"httpRequest.host", event.URLDomain}, {"ja3Fingerprint", event.TLSClientJa3}, {"clientAsn", event.SourceAsNumber}, {"httpRequest.headers", 0}, {"webaclId", 0}}},
	{"EdgeStartTimestamp", [][2]string{{"ClientIP", "*"}, {"ClientRequestHost", "*"}}, cloudflareClass, [2]string{}, "EdgeStartTimestamp", cloudflareRequest},
	{"ClientRequestURI", [][2]string{{"ClientIP", "*"}, {"ClientRequestMethod", "*"}, {"EdgeResponseStatus", "*"}}, cloudflareClass, [2]string{}, "EdgeEndTimestamp", cloudflareRequest},
	{"jsonPayload.connection.src_ip", [][2]string{{"jsonPayload.rule_details.reference", "*"}}, class{"gcp.firewall", "gcp", "firewall-rule", "", netw, [3]string{"connection"}}, [2]string{"jsonPayload.disposition", "ALLOWED"}, "", append([]jsonName{
		{"jsonPayload.rule_details.reference", event.RuleName}, {"jsonPayload.rule_details.direction", 0}, {"jsonPayload.remote_location.country", 0}, {"jsonPayload.remote_location.city", 0}, {"jsonPayload.instance.vm_name", 0}, {"jsonPayload.remote_instance.vm_name", 0}}, gcpFlowNames...)},
	{"jsonPayload.connection.src_ip", [][2]string{{"jsonPayload.connection.dest_ip", "*"}}, class{"gcp.vpcflow", "gcp", "flow", "", netw, [3]string{"connection"}}, [2]string{}, "", append([]jsonName{
		{"jsonPayload.bytes_sent", event.SourceBytes}, {"jsonPayload.packets_sent", event.SourcePackets}, {"jsonPayload.bytes_sent", event.NetworkBytes}, {"jsonPayload.packets_sent", event.NetworkPackets}, {"jsonPayload.start_time", event.EventStart}, {"jsonPayload.end_time", event.EventEnd},
		{"jsonPayload.src_instance.vm_name", event.SourceDomain}, {"jsonPayload.dest_instance.vm_name", event.DestinationDomain}, {"jsonPayload.src_location.asn", event.SourceAsNumber}, {"jsonPayload.dest_location.asn", event.DestinationAsNumber},
		{"jsonPayload.src_location.country", event.SourceGeoCountryName}, {"jsonPayload.dest_location.country", event.DestinationGeoCountryName}, {"jsonPayload.src_location.city", event.SourceGeoCityName}, {"jsonPayload.dest_location.city", event.DestinationGeoCityName}}, gcpFlowNames...)},
	{"jsonPayload.queryName", [][2]string{{"jsonPayload.queryType", "*"}}, class{"gcp.dns", "gcp", "dns_query", "", netw, [3]string{"protocol"}}, [2]string{}, "", []jsonName{{"jsonPayload.queryName", event.DNSQuestionName}, {"jsonPayload.queryType", event.DNSQuestionType},
		{"jsonPayload.responseCode", event.DNSResponseCode}, {"jsonPayload.sourceIP", event.SourceIP}, {"jsonPayload.destinationIP", event.DestinationIP}, {"jsonPayload.protocol", event.NetworkTransport}, {"jsonPayload.rdata", 0}}},
	{"finding.category", [][2]string{{"finding.resourceName", "*"}, {"finding.state", "*"}}, class{"google_scc.finding", "google_scc", "finding", "", "", [3]string{"info"}}, [2]string{}, "finding.eventTime",
		[]jsonName{{"finding.category", event.RuleName}, {"finding.description", event.RuleDescription}, {"finding.severity", event.LogLevel}, {"finding.createTime", event.EventCreated}, {"finding.findingClass", event.RuleCategory}, {"finding.access.principalEmail", event.UserEmail}, {"finding.access.callerIp", event.SourceIP}, {"finding.access.serviceName", event.ServiceName}, {"finding.access.userAgent", event.UserAgentOriginal}}},
	{"action.type", [][2]string{{"actor.email", "*"}, {"action.result", "*"}, {"resource.type", "*"}}, class{"cloudflare.audit", "cloudflare", "", "", "configuration", [3]string{}}, [2]string{"action.result", "true"}, "when",
		[]jsonName{{"action.type", event.EventAction}, {"actor.email", event.UserEmail}, {"actor.id", event.UserID}, {"actor.ip", event.SourceIP}, {"resource.type", event.EventProvider}}},
	{"session_uuid", [][2]string{{"target_user.uuid", "*"}, {"category", "*"}}, class{"1password.signin_attempts", "1password", login, "", authn, [3]string{"start"}}, [2]string{"category", "success"}, "timestamp",
		[]jsonName{{"type", event.EventReason}, {"target_user.uuid", event.UserID}, {"target_user.name", event.UserFullName}, {"target_user.email", event.UserEmail}, {"client.ip_address", event.SourceIP}, {"client.os_name", event.HostOSName}, {"client.os_version", event.HostOSVersion}, {"country", event.SourceGeoCountryIsoCode}}},
	{"actor_uuid", [][2]string{{"object_uuid", "*"}, {"action", "*"}}, class{"1password.audit_events", "1password", "", success, "configuration", [3]string{}}, [2]string{}, "timestamp",
		[]jsonName{{"action", event.EventAction}, {"actor_uuid", event.UserID}, {"actor_details.email", event.UserEmail}, {"actor_details.name", event.UserFullName}, {"session.ip", event.SourceIP}, {"object_type", event.EventProvider}, {"object_details.email", 0}, {"aux_details.email", 0}, {"aux_details.uuid", 0}}},
	{"data.type", [][2]string{{"log_id", "*"}}, auth0Class, [2]string{}, "data.date", auth0Names("data.")},
	{"client_id", [][2]string{{"log_id", "*"}, {"date", "*"}, {"type", "*"}}, auth0Class, [2]string{}, "date", auth0Names("")},
	{"author_name", [][2]string{{"entity_type", "*"}, {"author_id", "*"}}, class{"gitlab.audit", "gitlab", "", success, "configuration", [3]string{"change"}}, [2]string{}, "created_at",
		[]jsonName{{"author_name", event.UserName}, {"author_id", event.UserID}, {"ip_address", event.SourceIP}, {"details.ip_address", event.SourceIP}, {"details.target_details", event.UserTargetName}, {"details.target_type", 0}, {"event_type", event.EventAction}, {"target_details", event.UserTargetName}, {"change", event.EventReason}, {"event_name", event.EventAction}, {"target_type", 0}, {"failed_login", 0}}},
	{"correlation_id", [][2]string{{"controller", "*"}, {"remote_ip", "*"}, {"path", "*"}}, gitlabClass, [2]string{}, "", gitlabNames},
	{"correlation_id", [][2]string{{"route", "*"}, {"remote_ip", "*"}, {"path", "*"}}, gitlabClass, [2]string{}, "", gitlabNames},
	{"txid", [][2]string{{"factor", "*"}, {"result", "*"}}, class{"duo.auth", "duo", login, "", authn, [3]string{"start"}}, [2]string{"result", "success"}, "isotimestamp",
		[]jsonName{{"user.name", event.UserName}, {"user.key", event.UserID}, {"email", event.UserEmail}, {"access_device.ip", event.SourceIP}, {"access_device.location.city", event.SourceGeoCityName}, {"access_device.location.country", event.SourceGeoCountryName},
			{"access_device.hostname", event.SourceDomain}, {"application.name", event.ServiceName}, {"reason", event.EventReason}, {"factor", event.EventCode}}},
	{"id.applicationName", [][2]string{{"id.applicationName", "login"}}, class{"google_workspace.login", "google_workspace", "", "", "", [3]string{}}, [2]string{}, "id.time", workspaceNames},
	{"id.applicationName", [][2]string{{"id.applicationName", "*"}}, class{"google_workspace.activity", "google_workspace", "", "", "", [3]string{}}, [2]string{}, "id.time", workspaceNames},
	{"data.@type", [][2]string{{"data.@type", "type.googleapis.com/google.apps.alertcenter.*"}, {"alertId", "*"}}, class{"google_workspace.alert", "google_workspace", "ids_alert", "", "threat", [3]string{"indicator"}}, [2]string{}, "createTime",
		[]jsonName{{"type", event.RuleName}, {"source", event.EventProvider}, {"alertId", event.RuleUuid}, {"metadata.severity", event.LogLevel}, {"metadata.status", event.EventReason}, {"data.email", event.UserEmail}, {"data.actorEmail", event.UserEmail}, {"data.ruleViolationInfo.triggeringUserEmail", event.UserEmail},
			{"data.ruleViolationInfo.ruleInfo.displayName", event.RuleDescription}, {"data.description", event.RuleDescription}, {"data.title", event.Message}, {"data.loginDetails.ipAddress", event.SourceIP}, {"data.sourceIp", event.SourceIP}, {"data.maliciousEntity.fromHeader", event.EmailFromAddress},
			{"data.messages[].subjectText", event.EmailSubject}, {"data.messages[].recipient", event.EmailToAddress}, {"data.messages[].messageId", event.EmailMessageID}, {"startTime", event.EventStart}, {"endTime", event.EventEnd}}},
	{"service.additionalInfo.type", [][2]string{{"schemaVersion", "*"}, {"resource.resourceType", "*"}}, guardDutyClass, [2]string{}, "updatedAt", guardDutyNames},
	{"resource.resourceType", [][2]string{{"schemaVersion", "*"}, {"service.serviceName", "guardduty"}}, guardDutyClass, [2]string{}, "updatedAt", guardDutyNames},
}

var workspaceNames = []jsonName{{"actor.email", event.UserName}, {"actor.profileId", event.UserID}, {"ipAddress", event.SourceIP}, {"id.applicationName", event.EventProvider}, {"events[].name", event.EventAction}, {"events[].type", event.EventCode}, {"events.name", event.EventAction}, {"events.type", event.EventCode}, {"events.parameters", 0}}

var guardDutyClass = class{"aws.guardduty", "aws", "finding", "", "threat", [3]string{"indicator"}}

var guardDutyNames = []jsonName{{"type", event.RuleName}, {"title", event.Message}, {"description", event.RuleDescription}, {"severity", event.EventRiskScore}, {"severity", event.EventSeverity}, {"resource.instanceDetails.instanceId", event.HostID}, {"resource.accessKeyDetails.userName", event.UserName}, {"resource.accessKeyDetails.principalId", event.UserID}, {"resource.kubernetesDetails.kubernetesUserDetails.uid", event.UserID},
	{"createdAt", event.EventCreated}, {"service.eventFirstSeen", event.EventStart}, {"service.eventLastSeen", event.EventEnd},
	{"service.action.networkConnectionAction.remoteIpDetails.ipAddressV4", event.SourceIP}, {"service.action.networkConnectionAction.remotePortDetails.port", event.SourcePort},
	{"service.action.networkConnectionAction.localIpDetails.ipAddressV4", event.DestinationIP}, {"service.action.networkConnectionAction.localPortDetails.port", event.DestinationPort},
	{"service.action.networkConnectionAction.remoteIpDetails.country.countryName", event.SourceGeoCountryName}, {"service.action.networkConnectionAction.remoteIpDetails.city.cityName", event.SourceGeoCityName},
	{"service.action.networkConnectionAction.remoteIpDetails.organization.asn", event.SourceAsNumber}, {"service.action.networkConnectionAction.remoteIpDetails.organization.asnOrg", event.SourceAsOrganizationName},
	{"service.action.networkConnectionAction.protocol", event.NetworkTransport}, {"service.action.networkConnectionAction.connectionDirection", event.NetworkDirection},
	{"service.action.portProbeAction.portProbeDetails[].ipAddressV4", event.SourceIP}, {"service.action.dnsRequestAction.domain", event.DNSQuestionName}, {"service.action.awsApiCallAction.remoteIpDetails.ipAddressV4", event.SourceIP}, {"service.action.dnsRequestAction.protocol", event.NetworkTransport},
	{"service.action.awsApiCallAction.remoteIpDetails.country.countryName", event.SourceGeoCountryName}, {"service.action.awsApiCallAction.remoteIpDetails.city.cityName", event.SourceGeoCityName}, {"service.action.awsApiCallAction.remoteIpDetails.organization.asn", event.SourceAsNumber}, {"service.action.awsApiCallAction.remoteIpDetails.organization.asnOrg", event.SourceAsOrganizationName},
	{"service.action.kubernetesApiCallAction.remoteIpDetails.country.countryName", event.SourceGeoCountryName}, {"service.action.kubernetesApiCallAction.remoteIpDetails.city.cityName", event.SourceGeoCityName}, {"service.action.kubernetesApiCallAction.remoteIpDetails.organization.asn", event.SourceAsNumber}, {"service.action.kubernetesApiCallAction.remoteIpDetails.organization.asnOrg", event.SourceAsOrganizationName}, {"service.action.awsApiCallAction.userAgent", event.UserAgentOriginal},
	{"service.action.kubernetesApiCallAction.remoteIpDetails.ipAddressV4", event.SourceIP}, {"service.action.kubernetesApiCallAction.requestUri", event.URLOriginal}, {"service.action.kubernetesApiCallAction.verb", event.HTTPRequestMethod}, {"service.action.kubernetesApiCallAction.userAgent", event.UserAgentOriginal}, {"service.action.kubernetesApiCallAction.statusCode", event.HTTPResponseStatusCode},
	{"service.action.rdsLoginAttemptAction.remoteIpDetails.ipAddressV4", event.SourceIP}, {"resource.kubernetesDetails.kubernetesUserDetails.username", event.UserName}, {"resource.rdsDbUserDetails.user", event.UserName},
	{"service.runtimeDetails.process.name", event.ProcessName}, {"service.runtimeDetails.process.executablePath", event.ProcessExecutable}, {"service.runtimeDetails.process.executableSha256", event.ProcessHashSha256}, {"service.runtimeDetails.process.pid", event.ProcessPID}, {"service.runtimeDetails.process.pwd", event.ProcessWorkingDirectory},
	{"service.runtimeDetails.process.user", event.UserName}, {"service.runtimeDetails.process.userId", event.UserID}, {"service.runtimeDetails.context.commandLineExample", event.ProcessCommandLine}, {"service.malwareScanDetails.threats[].name", event.EventReason}}

// sudoNames are those of sudo's own JSON (log_format=json).
func sudoNames(of string) []jsonName {
	return []jsonName{{of + "submituser", event.UserName}, {of + "runuser", event.UserEffectiveName}, {of + "runuid", event.UserEffectiveID}, {of + "rungroup", event.GroupName}, {of + "command", event.ProcessExecutable}, {of + "submitcwd", event.ProcessWorkingDirectory},
		{of + "submithost", event.HostName}, {of + "reason", event.EventReason}, {of + "runargv", event.ProcessArgs}}
}

var cloudflareClass = class{"web.access", "cloudflare", "http_request", "", "web", [3]string{"access"}}

// cloudflareRequest are the names in Cloudflare's log of requests, of which a job sends those that it was told to.
var cloudflareRequest = []jsonName{{"ClientIP", event.SourceIP}, {"ClientSrcPort", event.SourcePort}, {"ClientRequestHost", event.URLDomain}, {"ClientRequestURI", event.URLOriginal}, {"ClientRequestMethod", event.HTTPRequestMethod}, {"EdgeResponseStatus", event.HTTPResponseStatusCode},
	{"ClientRequestUserAgent", event.UserAgentOriginal}, {"ClientRequestReferer", event.HTTPRequestReferrer}, {"EdgeResponseBytes", event.HTTPResponseBodyBytes}, {"ClientRequestBytes", event.HTTPRequestBodyBytes},
	{"ClientASN", event.SourceAsNumber}, {"ClientSSLProtocol", event.TLSVersion}, {"ClientSSLCipher", event.TLSCipher}, {"OriginIP", event.DestinationIP}, {"ServerIP", event.DestinationIP}, {"ClientRequestScheme", event.URLScheme}, {"WAFRuleID", event.RuleID}, {"WAFRuleMessage", event.RuleName}, {"SecurityRuleID", event.RuleID}, {"SecurityRuleDescription", event.RuleName}, {"ClientRequestProtocol", event.HTTPVersion}, {"ClientCountry", event.SourceGeoCountryIsoCode}, {"SecurityAction", 0}, {"WAFAction", 0}}
