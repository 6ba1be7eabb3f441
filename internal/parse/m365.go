package parse

import "watchpost/internal/event"

// m365Kinds are the names of the kinds of records in Microsoft 365's audit by their numbers (AuditLogRecordType).
var m365Kinds = map[string]string{
	"1": "ExchangeAdmin", "2": "ExchangeItem", "3": "ExchangeItemGroup", "4": "SharePoint", "6": "SharePointFileOperation", "7": "OneDrive", "8": "AzureActiveDirectory", "9": "AzureActiveDirectoryAccountLogon", "10": "DataCenterSecurityCmdlet",
	"11": "ComplianceDLPSharePoint", "12": "Sway", "13": "ComplianceDLPExchange", "14": "SharePointSharingOperation", "15": "AzureActiveDirectoryStsLogon", "16": "SkypeForBusinessPSTNUsage", "17": "SkypeForBusinessUsersBlocked", "18": "SecurityComplianceCenterEOPCmdlet",
	"19": "ExchangeAggregatedOperation", "20": "PowerBIAudit", "21": "CRM", "22": "Yammer", "23": "SkypeForBusinessCmdlets", "24": "Discovery", "25": "MicrosoftTeams", "28": "ThreatIntelligence", "29": "MailSubmission", "30": "MicrosoftFlow", "31": "AeD", "32": "MicrosoftStream",
	"33": "ComplianceDLPSharePointClassification", "34": "ThreatFinder", "35": "Project", "36": "SharePointListOperation", "37": "SharePointCommentOperation", "38": "DataGovernance", "39": "Kaizala", "40": "SecurityComplianceAlerts", "41": "ThreatIntelligenceUrl",
	"42": "SecurityComplianceInsights", "43": "MIPLabel", "44": "WorkplaceAnalytics", "45": "PowerAppsApp", "46": "PowerAppsPlan", "47": "ThreatIntelligenceAtpContent", "48": "LabelContentExplorer", "49": "TeamsHealthcare", "50": "ExchangeItemAggregated", "51": "HygieneEvent",
	"52": "DataInsightsRestApiAudit", "53": "InformationBarrierPolicyApplication", "54": "SharePointListItemOperation", "55": "SharePointContentTypeOperation", "56": "SharePointFieldOperation", "57": "MicrosoftTeamsAdmin", "58": "HRSignal", "59": "MicrosoftTeamsDevice",
	"60": "MicrosoftTeamsAnalytics", "61": "InformationWorkerProtection", "62": "Campaign", "63": "DLPEndpoint", "64": "AirInvestigation", "65": "Quarantine", "66": "MicrosoftForms", "67": "ApplicationAudit", "68": "ComplianceSupervisionExchange", "69": "CustomerKeyServiceEncryption",
	"70": "OfficeNative", "71": "MipAutoLabelSharePointItem", "72": "MipAutoLabelSharePointPolicyLocation", "73": "MicrosoftTeamsShifts", "75": "MipAutoLabelExchangeItem", "76": "CortanaBriefing", "78": "WDATPAlerts", "82": "SensitivityLabelPolicyMatch", "83": "SensitivityLabelAction",
	"84": "SensitivityLabeledFileAction", "85": "AttackSim", "86": "AirManualInvestigation", "87": "SecurityComplianceRBAC", "88": "UserTraining", "89": "AirAdminActionInvestigation", "90": "MSTIC", "91": "PhysicalBadgingSignal", "93": "AipDiscover", "94": "AipSensitivityLabelAction",
	"95": "AipProtectionAction", "96": "AipFileDeleted", "97": "AipHeartBeat", "98": "MCASAlerts", "99": "OnPremisesFileShareScannerDlp", "100": "OnPremisesSharePointScannerDlp", "101": "ExchangeSearch", "102": "SharePointSearch", "103": "PrivacyInsights", "105": "MyAnalyticsSettings",
	"106": "SecurityComplianceUserChange", "107": "ComplianceDLPExchangeClassification", "109": "MipExactDataMatch", "113": "MS365DCustomDetection", "147": "CoreReportingSettings", "148": "ComplianceConnector",
}

// m365Says are the kinds of records that say more than who did what where.
var m365Says = map[string]func(*event.Batch, *jsonSink){
	"SecurityComplianceAlerts": m365Alert,
	"ComplianceDLPSharePoint":  m365Policy, "ComplianceDLPSharePointClassification": m365Policy, "ComplianceDLPExchange": m365Policy, "ComplianceDLPExchangeClassification": m365Policy,
	"ThreatIntelligence": m365Mail, "ThreatIntelligenceUrl": m365Click, "ThreatIntelligenceAtpContent": m365Content,
	"MicrosoftTeams": m365Team,
}

// m365Names are those of its records besides who, what and where.
func m365Names() []serviceName {
	f := func(path string, field event.Field) serviceName { return serviceName{path: path, field: field} }
	names := []serviceName{
		f("Item.Subject", event.EmailSubject), f("Subject", event.EmailSubject), f("ExchangeMetaData.Subject", event.EmailSubject), f("NetworkMessageId", event.EmailLocalID), f("LogonUserDisplayName", event.UserFullName), f("ClientProcessName", event.ProcessName),
		f("SharePointMetaData.FileName", event.FileName), f("SharePointMetaData.FileOwner", event.FileOwner), f("FileName", event.FileName), f("FileData.FileName", event.FileName), f("FileData.SHA256", event.FileHashSha256), f("Sha256", event.FileHashSha256),
		f("TeamName", event.GroupName), f("TeamGuid", event.GroupID), f("GroupName", event.GroupName), f("DetectionMethod", event.EventReason), f("LogonError", event.EventReason),
	}
	for _, path := range [...]string{"RecordType", "Name", "PolicyId", "Category", "Severity", "EntityType", "AlertEntityId", "PolicyDetails", "SharePointMetaData.FilePathUrl", "ExchangeMetaData.From", "ExchangeMetaData.To", "ExchangeMetaData.CC", "ExchangeMetaData.MessageID", "Members", "MailboxOwnerUPN",
		"Item.InternetMessageId", "ModifiedProperties", "TargetUserOrGroupName", "TargetUserOrGroupType", "P1Sender", "P2Sender", "Recipients", "InternetMessageId", "Directionality", "SenderIp", "Verdict", "Policy", "AttachmentData", "Url", "UserIp", "DeliveryAction", "FileData.MalwareFamily"} {
		names = append(names, serviceName{path: path})
	}
	return names
}

func m365(b *event.Batch, t *jsonSink) {
	e := event.Event{Batch: b, Row: b.Rows()}
	m365User(b, t)
	m365Client(b, t)
	kind := t.said("RecordType")
	if name, ok := m365Kinds[kind]; ok {
		kind = name
	}
	b.SetString(event.EventCode, kind)
	action, object, workload := bytesOf(t.said("Operation")), bytesOf(t.said("ObjectId")), t.said("Workload")
	result := bytesOf(t.said("ResultStatus"))
	outcome(b, t, string(action) != "UserLoginFailed" && !hasFold(result, "FAIL") && !foldEqual(result, "FALSE"))
	if !e.Present(event.UserAgentOriginal) {
		if o := objectWhere(bytesOf(t.said("ExtendedProperties")), "Name", "UserAgent"); o != nil {
			b.Set(event.UserAgentOriginal, firstIn(o, "Value"))
		}
	}
	if says := m365Says[kind]; says != nil {
		says(b, t)
		return
	}
	switch {
	case string(action) == "UserLoggedIn", string(action) == "UserLoginFailed":
		b.AddString(event.EventCategory, authn)
	case workload == "AzureActiveDirectory":
		b.AddString(event.EventCategory, "iam")
		if index(object, "@") > 0 {
			b.Set(event.UserTargetID, object)
			setTargetMail(b, object)
		}
		m365Group(b, bytesOf(t.said("ModifiedProperties")))
	case workload == "Exchange" && index(action, "-") < 0:
		b.AddString(event.EventCategory, "email")
		setMessageID(b, bytesOf(t.said("Item.InternetMessageId")))
		if owner := t.said("MailboxOwnerUPN"); owner != t.said("UserId") { // whose mailbox it is
			setTargetMail(b, bytesOf(owner))
		}
	case index(action, "-") > 0 && index(action, " ") < 0: // a cmdlet
		b.AddString(event.EventCategory, "configuration")
	case hasPrefix(action, "File") || hasPrefix(action, "Folder"):
		b.AddString(event.EventCategory, "file")
		if index(object, "/") >= 0 || index(object, `\`) >= 0 {
			b.Set(event.FilePath, object)
		}
	default:
		b.AddString(event.EventCategory, "web")
	}
	if cat := e.At(event.EventCategory, 0); cat == "web" || cat == "file" {
		b.AddString(event.EventType, pastType(view(action)))
	}
	if index(object, "://") > 0 && (workload == "SharePoint" || workload == "OneDrive") {
		b.Set(event.URLOriginal, object)
	}
	switch name := bytesOf(t.said("TargetUserOrGroupName")); t.said("TargetUserOrGroupType") {
	case "Member", "Guest":
		setTargetMail(b, name)
	case "SecurityGroup", "SharePointGroup":
		b.Set(event.GroupName, name)
	}
}

// m365User: UserId is a mail address, the name of a service or a mere id, which is no name.
func m365User(b *event.Batch, t *jsonSink) {
	e := event.Event{Batch: b, Row: b.Rows()}
	v := t.said("UserId")
	if e.Present(event.UserEmail) || e.Str(event.UserName) != v {
		return
	}
	b.SetString(event.UserID, v)
	setUPN(b, v, true)
	if s := bytesOf(v); v == "Not Available" || hasPrefix(s, "S-1-") || hasPrefix(s, "ServicePrincipal_") || len(v) == 36 && v[8] == '-' && v[13] == '-' && v[18] == '-' && v[23] == '-' {
		b.Unset(event.UserName)
	}
}

// m365Client reads from where: 192.0.2.7:51234, [2001:db8::7]:51234.
func m365Client(b *event.Batch, t *jsonSink) {
	ip := unsafeBytes(t.first("ClientIP", "ClientIPAddress"))
	if isIP(ip) {
		return
	}
	port := []byte(nil)
	if rest, ok := after(ip, "["); ok {
		ip, rest, _ = cut(rest, "]")
		port, _ = after(rest, ":")
	} else {
		ip, port, _ = cut(ip, ":")
	}
	if isIP(ip) {
		setAddr(b, &src, ip)
		setPort(b, event.SourcePort, port)
	}
}

// m365Group names the group that a change in the directory is about: its name is among the properties changed.
func m365Group(b *event.Batch, changed []byte) {
	o := objectWhere(changed, "Name", "Group.DisplayName")
	if o == nil {
		return
	}
	for _, name := range [...]string{"NewValue", "OldValue"} {
		if v := unquote(firstIn(o, name)); len(v) > 0 {
			b.Set(event.GroupName, v)
			return
		}
	}
}

// m365Alert reads an alert of the compliance centre, and whom it is about.
func m365Alert(b *event.Batch, t *jsonSink) {
	m365Kind(b, "web", "info")
	name := t.said("Name")
	b.SetString(event.RuleName, name)
	b.SetString(event.Message, name)
	b.SetString(event.RuleID, t.said("PolicyId"))
	b.SetString(event.RuleCategory, t.said("Category"))
	b.SetString(event.LogLevel, t.said("Severity"))
	switch t.said("EntityType") {
	case "User", "Recipients", "Sender":
		if who := bytesOf(t.said("AlertEntityId")); index(who, "@") > 0 {
			setTargetMail(b, who)
		}
	}
}

func m365Kind(b *event.Batch, category, typ string) {
	b.Unset(event.EventKind)
	b.SetString(event.EventKind, "alert")
	b.AddString(event.EventCategory, category)
	b.AddString(event.EventType, typ)
}

// m365Policy reads which rule of data loss prevention a file or mail met, and whether it was held back.
func m365Policy(b *event.Batch, t *jsonSink) {
	if t.said("Workload") == "Exchange" {
		m365Kind(b, "email", "info")
	} else {
		m365Kind(b, "file", "access")
	}
	rules := bytesOf(t.said("PolicyDetails"))
	b.Set(event.RuleName, firstIn(rules, "RuleName"))
	b.Set(event.RuleID, firstIn(rules, "RuleId"))
	b.Set(event.RuleRuleset, firstIn(rules, "PolicyName"))
	b.Set(event.LogLevel, firstIn(rules, "Severity"))
	if index(rules, `"BlockAccess"`) >= 0 && hasFold(bytesOf(t.said("Operation")), "RULEMATCH") {
		b.AddString(event.EventType, "denied")
		b.Unset(event.EventOutcome)
		b.SetString(event.EventOutcome, failure)
	}
	if url := bytesOf(t.said("SharePointMetaData.FilePathUrl")); len(url) > 0 {
		b.Set(event.URLOriginal, url)
	}
	mails(b, event.EmailFromAddress, bytesOf(t.said("ExchangeMetaData.From")))
	mails(b, event.EmailToAddress, bytesOf(t.said("ExchangeMetaData.To")))
	mails(b, event.EmailToAddress, bytesOf(t.said("ExchangeMetaData.CC")))
	setMessageID(b, bytesOf(t.said("ExchangeMetaData.MessageID")))
}

// mails adds the addresses in a text, or in a list of texts.
func mails(b *event.Batch, f event.Field, v []byte) {
	if len(v) == 0 || v[0] != '[' {
		setMail(b, f, v)
		return
	}
	for n := 0; len(v) > 0 && n < maxRecipients; n++ {
		var one []byte
		_, v, _ = cut(v, `"`)
		one, v, _ = cut(v, `"`)
		setMail(b, f, one)
	}
}

// m365Mail reads a mail in which Defender for Office found something.
func m365Mail(b *event.Batch, t *jsonSink) {
	m365Kind(b, "email", "info")
	mails(b, event.EmailFromAddress, bytesOf(t.first("P2Sender", "P1Sender")))
	mails(b, event.EmailToAddress, bytesOf(t.said("Recipients")))
	setMessageID(b, bytesOf(t.said("InternetMessageId")))
	mailDirection(b, bytesOf(t.said("Directionality")))
	if ip := bytesOf(t.said("SenderIp")); isIP(ip) {
		setAddr(b, &src, ip)
	}
	b.SetString(event.RuleName, t.said("Policy"))
	b.SetString(event.RuleCategory, t.said("Verdict"))
	files := bytesOf(t.said("AttachmentData"))
	b.Set(event.FileName, firstIn(files, "FileName"))
	b.Set(event.FileHashSha256, firstIn(files, "SHA256"))
	if t.said("DeliveryAction") == "Blocked" {
		b.AddString(event.EventType, "denied")
	}
}

// m365Click reads that somebody followed a link that Defender for Office knows.
func m365Click(b *event.Batch, t *jsonSink) {
	m365Kind(b, "web", "access")
	if url := bytesOf(t.said("Url")); len(url) > 0 {
		setURL(b, url)
	}
	if ip := bytesOf(t.said("UserIp")); isIP(ip) {
		setAddr(b, &src, ip)
	}
}

// m365Content reads what Defender for Office found in a file.
func m365Content(b *event.Batch, t *jsonSink) {
	m365Kind(b, "malware", "info")
	b.SetString(event.RuleName, t.said("FileData.MalwareFamily"))
	if object := bytesOf(t.said("ObjectId")); index(object, "://") > 0 {
		b.Set(event.URLOriginal, object)
	}
}

// m365Team reads what became of a team and its members.
func m365Team(b *event.Batch, t *jsonSink) {
	typ := ""
	switch t.said("Operation") {
	case "TeamCreated":
		typ = "creation"
	case "TeamDeleted":
		typ = "deletion"
	case "MemberAdded", "MemberRemoved", "MemberRoleChanged":
		typ = "change"
		setTargetMail(b, firstIn(bytesOf(t.said("Members")), "UPN"))
	default:
		b.AddString(event.EventCategory, "web")
		return
	}
	b.AddString(event.EventCategory, "iam")
	b.AddString(event.EventType, "group")
	b.AddString(event.EventType, typ)
}
