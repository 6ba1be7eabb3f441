package parse

import (
	"strings"

	"watchpost/internal/event"
)

// detectApps are what network and cloud detection, and endpoint agents that the other tables leave out, say in JSON.
var detectApps = []jsonApp{
	{"d_type_vname", [][2]string{{"host_ip", "*"}, {"category", "*"}}, endpointAlert("vectra_detect.log", "vectra_detect", "intrusion_detection"), [2]string{}, "vectra_timestamp", vectraNames},
	{"d_type_vname", [][2]string{{"src_ip", "*"}, {"category", "*"}}, endpointAlert("vectra_detect.log", "vectra_detect", "intrusion_detection"), [2]string{}, "first_timestamp", vectraNames},
	{"detection_type", [][2]string{{"d_type_vname", "*"}, {"entity_uid", "*"}}, endpointAlert("vectra_rux.event", "vectra_rux", "intrusion_detection"), [2]string{}, "event_timestamp", vectraNames},
	{"vectra_timestamp", [][2]string{{"host_name", "*"}, {"threat", "*"}}, endpointAlert("vectra_detect.log", "vectra_detect", "intrusion_detection"), [2]string{}, "vectra_timestamp", vectraNames},
	{"vectra_timestamp", [][2]string{{"user", "*"}, {"role", "*"}, {"source_ip", "*"}}, class{"vectra_detect.log", "vectra_detect", "configuration", "", "configuration", [3]string{"change"}}, [2]string{"result", "true"}, "vectra_timestamp",
		[]jsonName{{"user", event.UserName}, {"source_ip", event.SourceIP}, {"msg", event.Message}, {"dvchost", event.ObserverHostname}}},
	{"participants", [][2]string{{"risk_score", "*"}, {"title", "*"}, {"type", "*"}}, endpointAlert("extrahop.detection", "extrahop", "intrusion_detection"), [2]string{}, "start_time",
		[]jsonName{{"title", event.RuleName}, {"description", event.RuleDescription}, {"type", event.EventCode}, {"id", event.RuleUuid}, {"risk_score", event.EventRiskScore}, {"mitre_techniques[].id", event.ThreatTechniqueID}, {"participants", 0}}},
	{"policy.policyId", [][2]string{{"resource.cloudType", "*"}, {"policy.severity", "*"}}, class{"prisma_cloud.alert", "prisma_cloud", "finding", "", "configuration", [3]string{"info"}}, [2]string{}, "alertTime", prismaNames},
	{"policy.policyId", [][2]string{{"resource.cloudType", "*"}, {"alertTime", "*"}}, class{"prisma_cloud.alert", "prisma_cloud", "finding", "", "configuration", [3]string{"info"}}, [2]string{}, "alertTime", prismaNames},
	{"resourceType", [][2]string{{"resourceName", "*"}, {"action", "*"}, {"ipAddress", "*"}, {"user", "*"}}, class{"prisma_cloud.audit", "prisma_cloud", "", "", "configuration", [3]string{}}, [2]string{"result", "Successful"}, "timestamp",
		[]jsonName{{"action", event.Message}, {"actionType", event.EventAction}, {"user", event.UserEmail}, {"ipAddress", event.SourceIP}, {"resourceType", event.EventProvider}}},
	{"malopDetectionType", [][2]string{{"malopId", "*"}}, endpointAlert("cybereason.malop", "cybereason", "malware"), [2]string{}, "lastUpdateTime", malopNames},
	{"rootCauseElementType", [][2]string{{"displayName", "*"}}, endpointAlert("cybereason.malop", "cybereason", "malware"), [2]string{}, "lastUpdateTime", malopNames},
	{"input.eventType", [][2]string{{"input.host.hostname", "*"}, {"caid", "*"}}, endpointAlert("jamf_protect.alerts", "jamf_protect", "malware"), [2]string{}, "input.match.event.timestamp",
		[]jsonName{{"input.eventType", event.EventProvider}, {"input.host.hostname", event.HostName}, {"input.host.serial", event.HostID}, {"input.host.ips", event.HostIP}, {"input.host.os", event.HostOSVersion}, {"input.match.severity", event.EventSeverity}, {"input.match.facts[].name", event.RuleName}, {"input.match.facts[].human", event.RuleDescription},
			{"input.match.uuid", event.RuleUuid}, {"input.match.event.pid", event.ProcessPID}, {"input.match.event.path", event.FilePath}, {"input.related.processes[].path", event.ProcessExecutable}, {"input.related.binaries[].sha1hex", event.ProcessHashSha1}, {"input.related.binaries[].sha256hex", event.ProcessHashSha256}, {"input.related.users[].name", event.UserName}, {"input.match.event.process.path", event.ProcessExecutable}, {"input.match.event.process.name", event.ProcessName}, {"input.match.event.process.args", event.ProcessArgs}}},
	{"event.exec.target.executable.path", [][2]string{{"event_type", "*"}, {"host.hostname", "*"}}, class{"jamf_protect.telemetry", "jamf_protect", "process_started", "", "process", [3]string{"start"}}, [2]string{}, "time",
		[]jsonName{{"event.exec.target.executable.path", event.ProcessExecutable}, {"event.exec.target.executable.sha256", event.ProcessHashSha256}, {"event.exec.args", event.ProcessArgs}, {"event.exec.target.audit_token.pid", event.ProcessPID}, {"event.exec.target.audit_token.euid", event.UserID},
			{"process.executable.path", event.ProcessParentExecutable}, {"process.audit_token.pid", event.ProcessParentPID}, {"host.serial", event.HostID}}},
	{"event.openssh_login.source_address", [][2]string{{"event_type", "*"}}, class{"jamf_protect.telemetry", "jamf_protect", login, "", authn, [3]string{"start"}}, [2]string{"event.openssh_login.success", "true"}, "time",
		[]jsonName{{"event.openssh_login.source_address", event.SourceIP}, {"event.openssh_login.username", event.UserName}, {"event.openssh_login.result_type", event.EventReason}}},
	{"connection.ip", [][2]string{{"envelope.from", "*"}, {"guid", "*"}}, class{"proofpoint_on_demand.message", "proofpoint", "mail_received", "", "email", [3]string{"info"}}, [2]string{}, "ts",
		[]jsonName{{"connection.ip", event.SourceIP}, {"connection.host", event.SourceDomain}, {"envelope.from", event.EmailFromAddress}, {"envelope.rcpts", event.EmailToAddress}, {"msg.normalizedHeader.subject", event.EmailSubject}, {"msg.header.subject", event.EmailSubject}, {"msg.normalizedHeader.message-id", event.EmailMessageID}, {"filter.qid", event.EmailLocalID}, {"filter.disposition", event.EventReason},
			{"msg.sizeBytes", event.NetworkBytes}, {"connection.tls.inbound.version", event.TLSVersion}, {"connection.tls.inbound.cipher", event.TLSCipher}, {"filter.actions[].rule", event.RuleName}}},
	{"acc", [][2]string{{"Act", "*"}}, mimecastClass, [2]string{}, "datetime", mimecastNames},
	{"acc", [][2]string{{"aCode", "*"}}, mimecastClass, [2]string{}, "datetime", mimecastNames},
	{"aggregateId", [][2]string{{"processingId", "*"}}, mimecastClass, [2]string{}, "timestamp",
		[]jsonName{{"senderEnvelope", event.EmailFromAddress}, {"senderHeader", 0}, {"recipients", event.EmailToAddress}, {"senderIp", event.SourceIP}, {"subject", event.EmailSubject}, {"messageId", event.EmailMessageID}, {"direction", 0}, {"action", 0}, {"processingId", event.EmailLocalID}, {"tlsVersion", event.TLSVersion}, {"tlsCipher", event.TLSCipher},
			{"rejectionInfo", event.EventReason}, {"holdReason", event.EventReason}, {"virusFound", event.RuleName}, {"url", event.URLOriginal}, {"fileName", event.FileName}, {"destinationIp", event.DestinationIP}, {"Hostname", event.DestinationDomain}, {"sourceIp", event.SourceIP}, {"senderDomain", 0}, {"type", 0}, {"eventType", 0}, {"delivered", 0}, {"route", 0}, {"rejectionType", event.RuleCategory}, {"urlCategory", event.RuleCategory}, {"blockReason", event.EventReason}, {"scanResults", event.EventReason}, {"sha256", event.FileHashSha256}, {"sha1", event.FileHashSha1}, {"md5", event.FileHashMd5}}},
}

var vectraNames = []jsonName{{"d_type_vname", event.RuleName}, {"d_type", event.RuleID}, {"detection_type", event.RuleID}, {"category", event.RuleCategory}, {"threat", event.EventRiskScore}, {"severity", event.EventSeverity}, {"host_name", event.SourceDomain}, {"src_host.name", event.SourceDomain}, {"host_ip", event.SourceIP}, {"src_ip", event.SourceIP}, {"dst_ip", event.DestinationIP},
	{"dst_port", event.DestinationPort}, {"dst_dns", event.DestinationDomain}, {"proto", event.NetworkTransport}, {"bytes_sent", event.SourceBytes}, {"bytes_rcvd", event.DestinationBytes}, {"dvchost", event.ObserverHostname}, {"headend_addr", event.ObserverIP}}

var prismaNames = []jsonName{{"policy.name", event.RuleName}, {"policy.policyId", event.RuleUuid}, {"policy.description", event.RuleDescription}, {"policy.severity", event.LogLevel}, {"policy.policyType", event.RuleCategory}, {"reason", event.EventReason}}

var malopNames = []jsonName{{"displayName", event.RuleName}, {"malopDetectionType", event.RuleCategory}, {"decisionFeature", event.RuleCategory}, {"malopId", event.RuleUuid}, {"guid", event.RuleUuid}, {"machine.name", event.HostName}, {"machines[].displayName", event.HostName}, {"users[].displayName", event.UserName}, {"status", event.EventReason}}

var mimecastClass = class{"mimecast.siem_logs", "mimecast", "", "", "email", [3]string{}}

var mimecastNames = []jsonName{{"Sender", event.EmailFromAddress}, {"SenderEnvelope", event.EmailFromAddress}, {"Rcpt", event.EmailToAddress}, {"Recipient", event.EmailToAddress}, {"IP", event.SourceIP}, {"SenderIp", event.SourceIP}, {"Subject", event.EmailSubject}, {"MsgId", event.EmailMessageID}, {"MessageId", event.EmailMessageID},
	{"Dir", 0}, {"Act", 0}, {"RejInfo", event.EventReason}, {"RejType", event.RuleCategory}, {"RejCode", event.ErrorCode}, {"Virus", event.RuleName}, {"aCode", event.EmailLocalID}, {"TlsVer", event.TLSVersion}, {"Cphr", event.TLSCipher}, {"fileName", event.FileName}, {"sha256", event.FileHashSha256}, {"SpamScore", event.EventRiskScore}}

// extraHop reads who offended and who was the victim.
func (t *jsonSink) extraHop() {
	for s := t.noted("participants"); len(s) > 0; {
		var one []byte
		one, s, _ = cut(s, "}")
		to := &src
		if string(firstIn(one, "role")) == "victim" {
			to = &dst
		}
		e := event.Event{Batch: t.b, Row: t.b.Rows()}
		if addr := firstIn(one, "object_value"); isIP(addr) && !e.Present(to.ip) {
			setAddr(t.b, to, addr)
		}
		if name := firstIn(one, "hostname"); len(name) > 0 && !e.Present(to.domain) {
			t.b.Set(to.domain, name)
		}
	}
}

// huntingTables are the tables of advanced hunting by what a row's ActionType begins with, for rows that do not name theirs.
var huntingTables = [...]struct{ action, table string }{
	{"ProcessCreated", "DeviceProcessEvents"}, {"Connection", "DeviceNetworkEvents"}, {"InboundConnection", "DeviceNetworkEvents"}, {"ListeningConnection", "DeviceNetworkEvents"}, {"Logon", "DeviceLogonEvents"},
	{"File", "DeviceFileEvents"}, {"Registry", "DeviceRegistryEvents"}, {"ImageLoaded", "DeviceImageLoadEvents"},
}

func huntingTable(action string) string {
	for _, h := range huntingTables {
		if strings.HasPrefix(action, h.action) {
			return h.table
		}
	}
	return ""
}

// huntingRows are rows as a query gives them: told by their columns.
func huntingRows(tables []jsonApp) []jsonApp {
	apps := []jsonApp{{"ActionType", [][2]string{{"ActionType", "Logon*"}, {"AccountUpn", "*"}, {"Application", "*"}}, defenderClass(login, authn, "start"), [2]string{"ActionType", "LogonSuccess"}, "Timestamp",
		[]jsonName{{"IPAddress", event.SourceIP}, {"AccountUpn", event.UserEmail}, {"AccountName", event.UserName}, {"AccountDomain", event.UserDomain}, {"FailureReason", event.EventReason}, {"DeviceName", event.SourceDomain}, {"DestinationDeviceName", event.HostName}, {"Application", event.ServiceName}, {"Protocol", event.NetworkProtocol}}}}
	for _, h := range huntingTables {
		for _, a := range tables {
			if a.when[0][1] == h.table {
				apps = append(apps, jsonApp{"ActionType", [][2]string{{"ActionType", h.action + "*"}, {"DeviceName", "*"}, {"Timestamp", "*"}}, a.class, a.outcome, "Timestamp", a.fields})
			}
		}
	}
	for _, a := range tables {
		switch a.when[0][1] {
		case "EmailEvents":
			apps = append(apps, jsonApp{"NetworkMessageId", [][2]string{{"SenderFromAddress", "*"}, {"RecipientEmailAddress", "*"}}, a.class, a.outcome, "Timestamp", a.fields})
		case "Device*":
			apps = append(apps, jsonApp{"ActionType", [][2]string{{"ActionType", "*"}, {"DeviceName", "*"}, {"DeviceId", "*"}}, a.class, a.outcome, "Timestamp", a.fields})
		}
	}
	return apps
}

// proofpoint: whether a mail or a click got through is the kind of the list that it came in.
func (t *jsonSink) proofpoint() {
	b := t.b
	if mail := t.noted("fromAddress"); mail != nil { // what the mail says; else the envelope
		mails(b, event.EmailFromAddress, mail)
	} else if t.noted("clickIP") == nil {
		mails(b, event.EmailFromAddress, t.noted("sender"))
	}
	if o := objectWhere(t.noted("messageParts"), "disposition", "attached"); o != nil {
		b.Set(event.FileName, firstIn(o, "filename"))
		b.Set(event.FileHashMd5, firstIn(o, "md5"))
		b.Set(event.FileHashSha256, firstIn(o, "sha256"))
	}
	kind := t.noted("eventType")
	if v := t.noted("quarantineFolder"); kind == nil && len(v) > 0 && string(v) != "null" { // said of blocked mails alone
		kind = bytesOf("messagesBlocked")
	}
	switch string(kind) {
	case "messagesBlocked":
		b.Unset(event.EventAction)
		b.SetString(event.EventAction, "reject")
		b.Unset(event.EventType)
		b.AddString(event.EventType, "denied")
		b.SetString(event.EventOutcome, failure)
	case "messagesDelivered":
		b.AddString(event.EventType, "allowed")
		b.SetString(event.EventOutcome, success)
	case "clicksBlocked":
		b.AddString(event.EventType, "denied")
		b.SetString(event.EventOutcome, failure)
	case "clicksPermitted":
		b.AddString(event.EventType, "allowed")
		b.SetString(event.EventOutcome, success)
	}
}

// jamfKinds are the kinds of what Jamf Protect watches.
var jamfKinds = map[string]string{"GPFSEvent": "file", "GPDownloadEvent": "file", "GPScreenshotEvent": "file", "GPProcessEvent": "process", "GPKeylogRegisterEvent": "process", "GPClickEvent": "process", "GPUSBEvent": "host", "GPUnifiedLogEvent": "host"}

// jamfAlert tells by what it watched of what kind an alert is: few are of malware.
func (t *jsonSink) jamfAlert() {
	rule := bytesOf((event.Event{Batch: t.b, Row: t.b.Rows()}).Str(event.RuleName))
	if category := jamfKinds[string(t.noted("input.eventType"))]; category != "" && !hasFold(rule, "THREAT") && !hasFold(rule, "MALWARE") {
		t.b.Unset(event.EventCategory)
		t.b.AddString(event.EventCategory, category)
	}
	t.ownFile()
}
