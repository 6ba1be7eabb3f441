package parse

import "watchpost/internal/event"

// auditApps are services that hand out what people did there, each action a record with a name, a doer and a result.
var auditApps = []jsonApp{
	{"IP_Address", [][2]string{{"Action", "*"}, {"Username", "*"}, {"Time", "*"}}, saas("lastpass.event_report", "lastpass", "configuration"), [2]string{}, "Time",
		[]jsonName{{"Action", event.EventAction}, {"Username", event.UserEmail}, {"IP_Address", event.SourceIP}, {"Data", event.EventReason}}},
	{"org_id", [][2]string{{"event", "*"}, {"created", "*"}}, saas("snyk.audit_logs", "snyk", "configuration"), [2]string{}, "created", snykNames},
	{"group_id", [][2]string{{"event", "*"}, {"created", "*"}}, saas("snyk.audit_logs", "snyk", "configuration"), [2]string{}, "created", snykNames},
	{"orgId", [][2]string{{"event", "*"}, {"created", "*"}, {"userId", "*"}}, saas("snyk.audit_logs", "snyk", "configuration"), [2]string{}, "created", snykNames},
	{"groupId", [][2]string{{"event", "*"}, {"created", "*"}, {"userId", "*"}}, saas("snyk.audit_logs", "snyk", "configuration"), [2]string{}, "created", snykNames},
	{"serviceAccount.id", [][2]string{{"action", "*"}, {"requestId", "*"}, {"status", "*"}}, saas("wiz.audit", "wiz", "configuration"), [2]string{}, "", []jsonName{{"action", event.EventAction}, {"serviceAccount.name", event.UserName}, {"serviceAccount.id", event.UserID}, {"sourceIP", event.SourceIP}, {"userAgent", event.UserAgentOriginal}, {"status", 0}}},
	{"requestId", [][2]string{{"action", "*"}, {"user.id", "*"}, {"status", "*"}, {"id", "*"}}, saas("wiz.audit", "wiz", "configuration"), [2]string{}, "", []jsonName{{"action", event.EventAction}, {"sourceIP", event.SourceIP}, {"userAgent", event.UserAgentOriginal}, {"status", 0}}},
	{"sourceRule.name", [][2]string{{"entitySnapshot.id", "*"}, {"status", "*"}}, class{"wiz.issue", "wiz", "finding", "", "configuration", [3]string{"info"}}, [2]string{}, "statusChangedAt",
		[]jsonName{{"sourceRule.name", event.RuleName}, {"sourceRule.id", event.RuleID}, {"sourceRule.controlDescription", event.RuleDescription}, {"sourceRule.cloudEventRuleDescription", event.RuleDescription}, {"severity", event.LogLevel}, {"id", event.RuleUuid}, {"status", event.EventReason}, {"entitySnapshot.cloudProviderURL", event.URLOriginal}, {"entitySnapshot.name", event.ServiceName}}},
	{"operation_name", [][2]string{{"request_ip", "*"}, {"user_email", "*"}, {"tenant_id", "*"}}, saas("tines.audit_logs", "tines", "configuration"), [2]string{}, "created_at",
		[]jsonName{{"operation_name", event.EventAction}, {"request_ip", event.SourceIP}, {"request_user_agent", event.UserAgentOriginal}, {"user_id", event.UserID}, {"user_name", event.UserFullName}, {"user_email", event.UserEmail}}},
	{"technicalName", [][2]string{{"operation", "*"}, {"status", "*"}, {"actor.name", "*"}}, saas("sailpoint_identity_sc.events", "sailpoint", "iam"), [2]string{}, "created",
		[]jsonName{{"technicalName", event.EventAction}, {"actor.name", event.UserName}, {"target.name", event.UserTargetName}, {"ipAddress", event.SourceIP}, {"type", event.EventProvider}, {"name", event.Message}, {"status", 0}}},

	{"payload.eventName", [][2]string{{"payload.transactionId", "*"}, {"payload.topic", "authentication"}}, forgeRock("am_authentication", authn), [2]string{}, "payload.timestamp", forgeRockNames("payload.")},
	{"payload.eventName", [][2]string{{"payload.transactionId", "*"}, {"payload.topic", "access"}}, forgeRock("am_access", "web"), [2]string{}, "payload.timestamp", forgeRockNames("payload.")},
	{"payload.eventName", [][2]string{{"payload.transactionId", "*"}, {"payload.topic", "config"}}, forgeRock("am_config", "configuration"), [2]string{}, "payload.timestamp", forgeRockNames("payload.")},
	{"payload.eventName", [][2]string{{"payload.transactionId", "*"}, {"source", "*"}}, forgeRock("am_activity", "iam"), [2]string{}, "payload.timestamp", forgeRockNames("payload.")},
	{"eventName", [][2]string{{"transactionId", "*"}, {"topic", "authentication"}, {"level", "*"}}, forgeRock("am_authentication", authn), [2]string{}, "", forgeRockNames("")},
	{"eventName", [][2]string{{"transactionId", "*"}, {"topic", "access"}, {"level", "*"}}, forgeRock("am_access", "web"), [2]string{}, "", forgeRockNames("")},

	{"remote_ip", [][2]string{{"env", "*"}, {"request_method", "*"}, {"path", "*"}}, class{"gitlab.auth", "gitlab", "", "", "web", [3]string{"info"}}, [2]string{}, "",
		[]jsonName{{"env", event.EventAction}, {"remote_ip", event.SourceIP}, {"request_method", event.HTTPRequestMethod}, {"path", event.URLOriginal}, {"matched", event.RuleName}, {"user_id", event.UserID}, {"username", event.UserName}}},

	{"most_recent_instance.state", [][2]string{{"tool.name", "*"}, {"rule.id", "*"}}, gitHubFinding("code_scanning"), [2]string{}, "created_at",
		[]jsonName{{"most_recent_instance.message.text", event.Message}, {"rule.id", event.RuleID}, {"rule.name", event.RuleName}, {"rule.description", event.RuleDescription}, {"rule.security_severity_level", event.LogLevel}, {"rule.severity", event.EventReason}, {"most_recent_instance.location.path", event.FilePath}, {"html_url", event.URLOriginal}, {"repository.full_name", event.ServiceName}}},
	{"secret_type", [][2]string{{"number", "*"}, {"state", "*"}, {"html_url", "*"}}, gitHubFinding("secret_scanning"), [2]string{}, "created_at",
		[]jsonName{{"secret_type", event.RuleID}, {"secret_type_display_name", event.RuleName}, {"html_url", event.URLOriginal}, {"push_protection_bypassed_by.login", event.UserName}, {"state", event.EventReason}, {"repository.full_name", event.ServiceName}}},
	{"securityAdvisory.ghsaId", [][2]string{{"number", "*"}, {"state", "*"}}, gitHubFinding("dependabot"), [2]string{}, "createdAt",
		[]jsonName{{"securityAdvisory.ghsaId", event.RuleID}, {"securityAdvisory.summary", event.RuleName}, {"securityAdvisory.description", event.RuleDescription}, {"securityAdvisory.severity", event.LogLevel}, {"repository.name", event.ServiceName}, {"vulnerableManifestPath", event.FilePath}, {"state", event.EventReason}}},
	{"security_advisory.ghsa_id", [][2]string{{"number", "*"}, {"state", "*"}}, gitHubFinding("dependabot"), [2]string{}, "created_at",
		[]jsonName{{"security_advisory.ghsa_id", event.RuleID}, {"security_advisory.summary", event.RuleName}, {"security_advisory.description", event.RuleDescription}, {"security_advisory.severity", event.LogLevel}, {"repository.full_name", event.ServiceName}, {"dependency.manifest_path", event.FilePath}, {"html_url", event.URLOriginal}, {"state", event.EventReason}}},

	{"phone", [][2]string{{"context", "*"}, {"type", "*"}, {"credits", "*"}}, class{"duo.telephony", "duo", "telephony", "", authn, [3]string{"info"}}, [2]string{}, "ts", duoTelephony},
	{"sekey", [][2]string{{"surfaced_timestamp", "*"}, {"state", "*"}, {"type", "*"}}, class{"duo.trust_monitor", "duo", "ids_alert", "", "threat", [3]string{"indicator"}}, [2]string{}, "surfaced_timestamp",
		[]jsonName{{"surfaced_auth.user.name", event.UserName}, {"surfaced_auth.user.key", event.UserID}, {"surfaced_auth.access_device.ip", event.SourceIP}, {"surfaced_auth.access_device.location.city", event.SourceGeoCityName}, {"surfaced_auth.access_device.location.country", event.SourceGeoCountryName},
			{"surfaced_auth.application.name", event.ServiceName}, {"surfaced_auth.reason", event.EventReason}, {"explanations[].summary", event.Message}, {"explanations[].type", event.RuleName}, {"triage_event_uri", event.URLOriginal}, {"sekey", event.RuleUuid}}},
	{"isotimestamp", [][2]string{{"action", "*"}, {"username", "*"}}, class{"duo.admin", "duo", "", success, "configuration", [3]string{}}, [2]string{}, "isotimestamp",
		[]jsonName{{"action", event.EventAction}, {"username", event.UserName}, {"description", 0}, {"object", event.UserTargetName}}},

	{"incidentWebUrl", [][2]string{{"displayName", "*"}, {"severity", "*"}, {"status", "*"}}, class{"m365_defender.incident", "m365_defender", "incident", "", "intrusion_detection", [3]string{"info"}}, [2]string{}, "lastUpdateDateTime",
		[]jsonName{{"displayName", event.RuleName}, {"displayName", event.Message}, {"severity", event.LogLevel}, {"id", event.RuleUuid}, {"determination", event.EventReason}, {"incidentWebUrl", event.URLOriginal}, {"alerts.serviceSource", event.EventProvider}, {"alerts[].serviceSource", event.EventProvider}, {"alerts.mitreTechniques", event.ThreatTechniqueID},
			{"alerts.category", event.ThreatTacticName}, {"alerts[].category", event.ThreatTacticName}, {"alerts.evidence", 0}, {"alerts", 0}}},
	{"incidentName", [][2]string{{"incidentId", "*"}, {"severity", "*"}, {"createdTime", "*"}}, class{"m365_defender.incident", "m365_defender", "incident", "", "intrusion_detection", [3]string{"info"}}, [2]string{}, "lastUpdateTime",
		[]jsonName{{"incidentName", event.RuleName}, {"incidentName", event.Message}, {"severity", event.LogLevel}, {"incidentId", event.RuleUuid}, {"determination", event.EventReason}, {"alerts[].serviceSource", event.EventProvider}, {"alerts[].category", event.ThreatTacticName}, {"alerts[].deviceDnsName", event.HostName}, {"alerts.serviceSource", event.EventProvider}, {"alerts.category", event.ThreatTacticName}}},

	{"performed_by.username", [][2]string{{"event_type", "*"}, {"session.lseq", "*"}}, saas("beyondtrust_pra.access_session", "beyondtrust", "session"), [2]string{}, "",
		[]jsonName{{"event_type", event.EventAction}, {"body", event.Message}, {"performed_by.username", event.UserName}, {"performed_by.id", event.UserID}, {"performed_by.display_name", event.UserFullName}, {"performed_by.public_ip", event.SourceIP}, {"performed_by.private_ip", event.SourceNATIP}, {"performed_by.hostname", event.SourceDomain}, {"destination.public_ip", event.DestinationIP},
			{"destination.private_ip", event.DestinationNATIP}, {"destination.hostname", event.DestinationDomain}, {"destination.username", event.DestinationUserName}, {"filename", event.FileName}}},
	{"fileQualifier", [][2]string{{"computerName", "*"}, {"eventType", "*"}, {"userName", "*"}}, class{"cyberark_epm.raw_event", "cyberark", "", "", "process", [3]string{"info"}}, [2]string{}, "lastEventDate",
		[]jsonName{{"eventType", event.EventAction}, {"computerName", event.HostName}, {"agentId", event.AgentID}, {"userName", event.UserName}, {"fileName", event.FileName}, {"filePath", event.FilePath}, {"fileSize", event.FileSize}, {"hash", event.FileHashSha1}, {"owner", event.FileOwner}, {"processCommandLine", event.ProcessCommandLine}, {"workingDirectory", event.ProcessWorkingDirectory},
			{"originalFileName", event.ProcessPEOriginalFileName}, {"policyName", event.RuleName}, {"justification", event.EventReason}, {"firstEventDate", event.EventStart}, {"lastEventDate", event.EventEnd}, {"sourceWSIp", event.SourceIP}}},
	{"LoggedFrom", [][2]string{{"Administrator", "*"}, {"Description", "*"}, {"Feature", "*"}}, class{"cyberark_epm.admin_audit", "cyberark", "", "", "iam", [3]string{"admin"}}, [2]string{}, "EventTime",
		[]jsonName{{"Feature", event.EventProvider}, {"Description", event.Message}, {"Administrator", event.UserEmail}, {"Role", event.UserRoles}, {"LoggedFrom", event.SourceIP}}},
	{"User IP", [][2]string{{"User Name", "*"}, {"Action", "*"}, {"Module", "*"}}, class{"qualys_vmdr.user_activity", "qualys", "", "", "api", [3]string{}}, [2]string{}, "Date",
		[]jsonName{{"Action", event.EventAction}, {"Module", event.EventProvider}, {"Details", event.Message}, {"User Name", event.UserName}, {"User Role", event.UserRoles}, {"User IP", event.SourceIP}}},
	{"cb_version", [][2]string{{"feed_name", "*"}, {"hostname", "*"}}, endpointAlert("carbonblack_edr.log", "carbonblack_edr", "intrusion_detection"), [2]string{}, "event_timestamp", carbonEDRNames},
	{"cb_version", [][2]string{{"watchlist_name", "*"}, {"type", "*"}}, endpointAlert("carbonblack_edr.log", "carbonblack_edr", "intrusion_detection"), [2]string{}, "timestamp", carbonEDRNames},

	{"operationType", [][2]string{{"resourceType", "*"}, {"authDetails.userId", "*"}}, saas("keycloak.admin", "keycloak", "iam"), [2]string{}, "",
		[]jsonName{{"operationType", event.EventAction}, {"resourceType", event.EventProvider}, {"authDetails.userId", event.UserID}, {"authDetails.ipAddress", event.SourceIP}, {"authDetails.clientId", event.ServiceName}, {"error", event.EventReason}}},
	{"ActorEmail", [][2]string{{"ActionType", "*"}, {"ActorIP", "*"}, {"ResourceType", "*"}}, saas("cloudflare.audit", "cloudflare", "configuration"), [2]string{"ActionResult", "true"}, "When",
		[]jsonName{{"ActionType", event.EventAction}, {"ActorEmail", event.UserEmail}, {"ActorID", event.UserID}, {"ActorIP", event.SourceIP}, {"ResourceType", event.EventProvider}}},

	{"CreatedById", [][2]string{{"Action", "*"}, {"Section", "*"}, {"CreatedDate", "*"}}, saas("salesforce.setupaudittrail", "salesforce", "configuration"), [2]string{}, "CreatedDate",
		[]jsonName{{"Action", event.EventAction}, {"CreatedById", event.UserID}, {"CreatedBy.Username", event.UserName}, {"Display", event.Message}, {"Section", event.EventProvider}}},
}

// carbonEDRNames are those of alerts of Carbon Black EDR.
var carbonEDRNames = []jsonName{{"hostname", event.HostName}, {"sensor_id", event.AgentID}, {"server_name", event.ObserverName}, {"cb_version", event.ObserverVersion}, {"feed_name", event.RuleRuleset}, {"report_id", event.RuleID}, {"watchlist_name", event.RuleName}, {"watchlist_id", event.RuleID}, {"md5", event.FileHashMd5}, {"type", event.EventCode}, {"process_name", event.ProcessName}, {"process_path", event.ProcessExecutable}, {"process_md5", event.ProcessHashMd5},
	{"username", event.UserName}, {"alert_severity", event.EventRiskScore}, {"interface_ip", event.HostIP}}

var snykNames = []jsonName{{"event", event.EventAction}, {"user_id", event.UserID}, {"userId", event.UserID}, {"content.email", event.UserTargetName}}

var duoTelephony = []jsonName{{"context", event.EventReason}, {"type", event.EventCode}}

func forgeRock(dataset, category string) class {
	return saas("forgerock."+dataset, "forgerock", category)
}

// forgeRockNames are those of ForgeRock's audit, which its cloud hands out within payload.
func forgeRockNames(at string) []jsonName {
	return []jsonName{{at + "eventName", event.EventAction}, {at + "userId", event.UserID}, {at + "component", event.ServiceName}, {at + "client.ip", event.SourceIP}, {at + "client.port", event.SourcePort}, {at + "http.request.method", event.HTTPRequestMethod}, {at + "http.request.path", event.URLOriginal}, {at + "response.statusCode", event.HTTPResponseStatusCode},
		{at + "entries[].ipAddress", event.SourceIP}, {at + "principal", 0}, {at + "result", 0}, {at + "response.status", 0}}
}

func gitHubFinding(dataset string) class {
	return class{"github." + dataset, "github", "finding", "", "vulnerability", [3]string{"info"}}
}

// audit reads an action's result and what its name means.
func (t *jsonSink) audit() {
	b := t.b
	for _, name := range [...]string{"status", "payload.result", "result", "payload.response.status", "response.status"} {
		v := t.noted(name)
		switch {
		case hasFold(v, "SUCC"), foldEqual(v, "PASSED"), foldEqual(v, "COMPLETED"):
			b.SetString(event.EventOutcome, success)
		case hasFold(v, "FAIL"), hasFold(v, "DENIED"), foldEqual(v, "ERROR"):
			b.SetString(event.EventOutcome, failure)
		default:
			continue
		}
		break
	}
	t.told()
}

// forgeRock names who logs in, who stands in a list.
func (t *jsonSink) forgeRock() {
	for _, name := range [...]string{"payload.principal", "principal"} {
		t.b.Set(event.UserName, firstText(t.noted(name)))
	}
	t.audit()
}

// gitHubAlert: what GitHub found in code is an alert.
func (t *jsonSink) gitHubAlert() {
	t.b.Unset(event.EventKind)
	t.b.SetString(event.EventKind, "alert")
}

// rackAttack: what GitLab refuses is denied; what it merely counts is not.
func (t *jsonSink) rackAttack() {
	switch string(t.noted("env")) {
	case "blocklist", "throttle":
		t.b.AddString(event.EventType, "denied")
	case "safelist":
		t.b.AddString(event.EventType, "allowed")
	}
}

// sailPoint tells log-ins from the rest by the kind of the event.
func (t *jsonSink) sailPoint() {
	t.audit()
	if e := (event.Event{Batch: t.b, Row: t.b.Rows()}); e.Str(event.EventProvider) == "AUTH" {
		t.b.Unset(event.EventCategory)
		t.b.AddString(event.EventCategory, authn)
	}
}

// defenderEvidence reads the pieces of evidence of an alert of Defender XDR, each of which says of what kind it is.
func (t *jsonSink) defenderEvidence() {
	b := t.b
	var list []byte
	for _, name := range [...]string{"evidence", "alerts.evidence", "alerts"} {
		if v := t.noted(name); v != nil {
			list = v
			break
		}
	}
	if _, within, ok := cut(list, `"evidence"`); ok { // of a list of alerts the first
		list = within
	}
	piece := func(kind string) []byte { return objectWhere(list, "@odata.type", "#microsoft.graph.security."+kind) }
	if o := piece("deviceEvidence"); o != nil {
		b.Set(event.HostName, firstIn(o, "deviceDnsName"))
		b.Set(event.HostID, firstIn(o, "mdeDeviceId"))
		b.Set(event.HostOSName, firstIn(o, "osPlatform"))
		if _, ips, ok := cut(o, `"ipInterfaces"`); ok {
			ips, _, _ = cut(ips, "]")
			for n := 0; len(ips) > 0 && n < 32; n++ {
				var ip []byte
				_, ips, _ = cut(ips, `"`)
				if ip, ips, _ = cut(ips, `"`); isIP(ip) {
					b.Add(event.HostIP, ip)
				}
			}
		}
	}
	if o := piece("processEvidence"); o != nil {
		b.Set(event.ProcessCommandLine, firstIn(o, "processCommandLine"))
		setNum(b, event.ProcessPID, firstNumber(o, "processId"))
		setNum(b, event.ProcessParentPID, firstNumber(o, "parentProcessId"))
		if _, image, ok := cut(o, `"imageFile"`); ok {
			image, _ = nextObject(image)
			t.imageOf(image, event.ProcessName, event.ProcessExecutable)
			b.Set(event.ProcessHashSha1, firstIn(image, "sha1"))
			b.Set(event.ProcessHashSha256, firstIn(image, "sha256"))
			b.Set(event.ProcessHashMd5, firstIn(image, "md5"))
		}
		if _, image, ok := cut(o, `"parentProcessImageFile"`); ok {
			image, _ = nextObject(image)
			t.imageOf(image, event.ProcessParentName, event.ProcessParentExecutable)
		}
	}
	if o := piece("fileEvidence"); o != nil {
		t.imageOf(o, event.FileName, event.FilePath)
		b.Set(event.FileDirectory, firstIn(o, "filePath"))
		b.Set(event.FileHashSha1, firstIn(o, "sha1"))
		b.Set(event.FileHashSha256, firstIn(o, "sha256"))
		b.Set(event.FileHashMd5, firstIn(o, "md5"))
		setNum(b, event.FileSize, firstNumber(o, "fileSize"))
	}
	account := piece("userEvidence")
	if account == nil {
		account = piece("mailboxEvidence")
	}
	if account == nil {
		account = piece("processEvidence")
	}
	if account != nil {
		b.Set(event.UserName, firstIn(account, "accountName"))
		b.Set(event.UserDomain, firstIn(account, "domainName"))
		b.Set(event.UserID, firstIn(account, "userSid"))
		b.Set(event.UserEmail, firstIn(account, "userPrincipalName"))
	}
	if o := piece("urlEvidence"); o != nil {
		if url := firstIn(o, "url"); len(url) > 0 {
			setURL(b, url)
		}
	}
	if o := piece("analyzedMessageEvidence"); o != nil {
		if ip := firstIn(o, "senderIp"); isIP(ip) {
			setAddr(b, &src, ip)
		}
		b.Set(event.EmailSubject, firstIn(o, "subject"))
		b.Set(event.EmailLocalID, firstIn(o, "networkMessageId"))
		setMessageID(b, firstIn(o, "internetMessageId"))
		mails(b, event.EmailFromAddress, firstIn(o, "emailAddress"))
		mails(b, event.EmailToAddress, firstIn(o, "recipientEmailAddress"))
	}
}

// endpointEvidence reads the evidence of an alert of Defender for Endpoint, each of which names its kind.
func (t *jsonSink) endpointEvidence(list []byte) {
	b := t.b
	if o := objectWhere(list, "entityType", "Process"); o != nil {
		b.Set(event.ProcessCommandLine, firstIn(o, "processCommandLine"))
		setNum(b, event.ProcessPID, firstNumber(o, "processId"))
		setNum(b, event.ProcessParentPID, firstNumber(o, "parentProcessId"))
		t.imageOf(o, event.ProcessName, event.ProcessExecutable)
		b.Set(event.ProcessHashSha1, firstIn(o, "sha1"))
		b.Set(event.ProcessHashSha256, firstIn(o, "sha256"))
		b.Set(event.ProcessParentName, firstIn(o, "parentProcessFileName"))
	}
	if o := objectWhere(list, "entityType", "File"); o != nil {
		t.imageOf(o, event.FileName, event.FilePath)
		b.Set(event.FileDirectory, firstIn(o, "filePath"))
		b.Set(event.FileHashSha1, firstIn(o, "sha1"))
		b.Set(event.FileHashSha256, firstIn(o, "sha256"))
	}
	if o := objectWhere(list, "entityType", "User"); o != nil {
		e := event.Event{Batch: b, Row: b.Rows()}
		name := firstIn(o, "accountName")
		if user := e.Str(event.UserName); user != "" && user != view(name) { // another than whom the alert names
			return
		}
		b.Set(event.UserName, name)
		b.Set(event.UserDomain, firstIn(o, "domainName"))
		b.Set(event.UserID, firstIn(o, "userSid"))
		b.Set(event.UserEmail, firstIn(o, "userPrincipalName"))
	}
}

// keycloak: who is not known has no id.
func (t *jsonSink) keycloak() {
	if (event.Event{Batch: t.b, Row: t.b.Rows()}).Str(event.UserID) == "null" {
		t.b.Unset(event.UserID)
	}
}

// imageOf sets name and path of a program that is given by its folder and its name.
func (t *jsonSink) imageOf(image []byte, name, path event.Field) {
	file, folder := firstIn(image, "fileName"), firstIn(image, "filePath")
	t.b.Set(name, file)
	if len(file) == 0 || len(folder) == 0 {
		return
	}
	between := "/"
	if index(folder, `\`) >= 0 {
		between = `\`
	}
	t.p.val = append(append(append(t.p.val[:0], folder...), between...), file...)
	t.b.Set(path, t.p.val)
}

// firstNumber is firstIn for a number.
func firstNumber(raw []byte, name string) []byte {
	return firstOf(raw, name, func(value []byte) ([]byte, bool) {
		n := 0
		for n < len(value) && digit(value[n]) {
			n++
		}
		return value[:n], true
	})
}
