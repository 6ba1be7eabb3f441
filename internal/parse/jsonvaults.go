package parse

import "watchpost/internal/event"

// vaultApps are privileged access, second factors, managed endpoints and mail gateways that tell of themselves in JSON.
var vaultApps = []jsonApp{
	{"syslog.audit_record.MessageID", [][2]string{{"syslog.audit_record.Product", "*"}}, class{"cyberarkpas.audit", "cyberark", "", "", "", [3]string{}}, [2]string{}, "syslog.audit_record.IsoTimestamp",
		cyberArkNames("syslog.audit_record.")},
	{"activity_id", [][2]string{{"action.name", "*"}, {"actor.type", "*"}, {"outcome.result", "*"}}, class{"duo.activity", "duo", "", "", "configuration", [3]string{}}, [2]string{"outcome.result", "SUCCESS"}, "ts",
		[]jsonName{{"action.name", event.EventAction}, {"actor.name", event.UserName}, {"actor.key", event.UserID}, {"access_device.ip.address", event.SourceIP}, {"access_device.hostname", event.SourceDomain},
			{"access_device.location.city", event.SourceGeoCityName}, {"access_device.location.country", event.SourceGeoCountryName}, {"application.name", event.ServiceName}, {"target.name", event.UserTargetName}, {"target.type", 0}}},
	{"object", [][2]string{{"action", "*"}, {"username", "*"}, {"description", "{*"}}, class{"duo.admin", "duo", "", success, "configuration", [3]string{}}, [2]string{}, "isotimestamp",
		[]jsonName{{"action", event.EventAction}, {"username", event.UserName}, {"description", 0}, {"object", event.UserTargetName}}},
	{"attributes.threateventid", [][2]string{{"attributes.detectedutc", "*"}, {"attributes.analyzername", "*"}}, endpointAlert("trellix_epo_cloud.event", "trellix", "malware"), [2]string{}, "",
		[]jsonName{{"attributes.timestamp", 0}, {"attributes.detectedutc", 0}, {"attributes.threateventid", event.EventCode}, {"attributes.threatname", event.RuleName}, {"attributes.threatcategory", event.RuleCategory}, {"attributes.threattype", 0}, {"attributes.threatseverity", 0}, {"attributes.threatactiontaken", event.EventReason},
			{"attributes.threathandled", 0}, {"attributes.analyzername", event.ObserverProduct}, {"attributes.analyzerversion", event.ObserverVersion}, {"attributes.analyzerhostname", event.HostName}, {"attributes.agentguid", event.AgentID}, {"attributes.sourceipv4", 0}, {"attributes.sourceipv6", 0},
			{"attributes.targetipv4", 0}, {"attributes.targetipv6", 0}, {"attributes.sourcehostname", 0}, {"attributes.targethostname", 0}, {"attributes.targetport", 0}, {"attributes.sourceusername", 0}, {"attributes.targetusername", 0}, {"attributes.sourceprocessname", event.ProcessName},
			{"attributes.targetprocessname", 0}, {"attributes.targetfilename", 0}, {"attributes.sourceurl", 0}, {"attributes.targetprotocol", 0}}},
	{"loginName", [][2]string{{"clientIp", "*"}, {"orgName", "*"}, {"description", "*"}}, class{"carbon_black_cloud.audit", "carbon_black_cloud", "", "", "configuration", [3]string{}}, [2]string{}, "eventTime",
		[]jsonName{{"loginName", event.UserName}, {"clientIp", event.SourceIP}, {"description", event.EventReason}, {"requestUrl", event.URLOriginal}}},
	{"watchlists", [][2]string{{"type", "watchlist.hit"}, {"device_name", "*"}}, endpointAlert("carbon_black_cloud.watchlist_hit", "carbon_black_cloud", "intrusion_detection"), [2]string{}, "create_time", append(carbonNames[:len(carbonNames):len(carbonNames)], jsonName{"report_id", event.RuleID})},
	{"cluster_name", [][2]string{{"event", "cert.create"}, {"identity.user", "*"}}, class{"teleport.audit", "teleport", "cert.create", success, authn, [3]string{"info"}}, [2]string{}, "time",
		[]jsonName{{"code", event.EventCode}, {"identity.user", event.UserName}, {"identity.client_ip", event.SourceIP}, {"identity.roles", event.UserRoles}, {"cert_type", 0}}},
	{"ttpDefinition", [][2]string{{"scanResult", "*"}, {"url", "*"}}, class{"mimecast.ttp_url_logs", "mimecast", "mail_url", "", "email", [3]string{"info"}}, [2]string{}, "date",
		[]jsonName{{"userEmailAddress", event.EmailToAddress}, {"fromUserEmailAddress", event.EmailFromAddress}, {"url", event.URLOriginal}, {"subject", event.EmailSubject}, {"messageId", event.EmailMessageID}, {"ttpDefinition", event.RuleName}, {"category", event.RuleCategory}, {"scanResult", event.EventReason}, {"action", 0}, {"actions", 0}, {"sendingIp", 0}, {"route", 0}}},
	{"fileHash", [][2]string{{"actionTriggered", "*"}, {"senderAddress", "*"}, {"recipientAddress", "*"}}, class{"mimecast.ttp_ap_logs", "mimecast", "mail_attachment", "", "email", [3]string{"info"}}, [2]string{}, "date",
		[]jsonName{{"senderAddress", 0}, {"recipientAddress", event.EmailToAddress}, {"fileName", event.FileName}, {"fileHash", event.FileHashSha256}, {"result", event.EventReason}, {"actionTriggered", 0}, {"subject", event.EmailSubject}, {"messageId", event.EmailMessageID}, {"definition", event.RuleName}, {"route", 0}}},
	{"senderIpAddress", [][2]string{{"definition", "*"}, {"recipientAddress", "*"}, {"hits", "*"}}, class{"mimecast.ttp_ip_logs", "mimecast", "mail_impersonation", "", "email", [3]string{"info"}}, [2]string{}, "eventTime",
		[]jsonName{{"senderAddress", 0}, {"recipientAddress", event.EmailToAddress}, {"senderIpAddress", event.SourceIP}, {"subject", event.EmailSubject}, {"messageId", event.EmailMessageID}, {"definition", event.RuleName}, {"action", 0}}},
	{"policy", [][2]string{{"senderAddress", "*"}, {"recipientAddress", "*"}, {"route", "*"}, {"action", "*"}}, class{"mimecast.dlp_logs", "mimecast", "mail_content", "", "email", [3]string{"info"}}, [2]string{}, "eventTime",
		[]jsonName{{"senderAddress", 0}, {"recipientAddress", event.EmailToAddress}, {"subject", event.EmailSubject}, {"messageId", event.EmailMessageID}, {"policy", event.RuleName}, {"action", 0}, {"route", 0}}},
	{"auditType", [][2]string{{"eventInfo", "*"}, {"category", "*"}, {"user", "*"}}, class{"mimecast.audit_events", "mimecast", "", "", "configuration", [3]string{}}, [2]string{}, "eventTime",
		[]jsonName{{"auditType", event.EventAction}, {"category", event.EventProvider}, {"user", event.UserEmail}, {"eventInfo", event.Message}}},
	{"loggedUser", [][2]string{{"activity", "*"}, {"result", "*"}, {"accessType", "*"}}, class{"trend_micro_vision_one.audit", "trend_micro", "", "", "configuration", [3]string{"info"}}, [2]string{"result", "Successful"}, "loggedDateTime",
		[]jsonName{{"activity", event.EventAction}, {"category", event.EventProvider}, {"loggedUser", event.UserName}, {"loggedRole", event.UserRoles}}},
	{"searchDL", [][2]string{{"eventName", "*"}, {"endpointGUID", "*"}}, endpointAlert("trend_micro_vision_one.detection", "trend_micro", "intrusion_detection"), [2]string{}, "eventTimeDT", append(trendNames("GUID"), jsonName{"eventName", event.EventCode}, jsonName{"malName", event.RuleName}, jsonName{"threatName", event.RuleName},
		jsonName{"policyName", event.RuleRuleset}, jsonName{"malType", event.RuleCategory}, jsonName{"act", 0}, jsonName{"actResult", event.EventReason}, jsonName{"fileHash", event.FileHashSha1}, jsonName{"fullPath", event.FilePath}, jsonName{"filePathName", event.FilePath}, jsonName{"principalName", event.UserEmail}, jsonName{"suid", event.UserName},
		jsonName{"requestClientApplication", event.UserAgentOriginal}, jsonName{"httpReferer", event.HTTPRequestReferrer}, jsonName{"pname", event.ObserverProduct}, jsonName{"pver", event.ObserverVersion})},
	{"endpointGuid", [][2]string{{"eventSubId", "*"}, {"eventId", "*"}, {"endpointHostName", "*"}}, class{"trend_micro_vision_one.endpoint_activity", "trend_micro", "", "", "", [3]string{}}, [2]string{}, "eventTimeDT", append(trendNames("Guid"), jsonName{"eventId", event.EventCode}, jsonName{"eventSubId", 0}, jsonName{"objectHostName", event.DestinationDomain},
		jsonName{"objectRegistryKeyHandle", event.RegistryPath}, jsonName{"objectRegistryData", event.RegistryDataStrings}, jsonName{"objectRegistryValue", event.RegistryValue})},
}

// trendNames are those that Trend Micro's detections and activities have in common; guid is how they spell it.
func trendNames(guid string) []jsonName {
	return []jsonName{{"endpoint" + guid, event.AgentID}, {"endpointHostName", event.HostName}, {"endpointIp", 0}, {"src", 0}, {"dst", 0}, {"spt", event.SourcePort}, {"dpt", event.DestinationPort}, {"request", event.URLOriginal}, {"logonUser", 0}, {"osName", event.HostOSName}, {"os", event.HostOSName},
		{"processFilePath", event.ProcessExecutable}, {"processCmd", event.ProcessCommandLine}, {"processPid", event.ProcessPID}, {"processFileHashSha1", event.ProcessHashSha1}, {"processFileHashSha256", event.ProcessHashSha256}, {"processFileHashMd5", event.ProcessHashMd5}, {"parentFilePath", event.ProcessParentExecutable}, {"parentCmd", event.ProcessParentCommandLine},
		{"objectFilePath", event.FilePath}, {"objectFileHashSha1", event.FileHashSha1}, {"objectFileHashSha256", event.FileHashSha256}, {"objectFileHashMd5", event.FileHashMd5}}
}

// trendKinds are the numbers that Trend Micro gives to what it collects.
var trendKinds = map[string][3]string{"1": {"process_started", "process", "start"}, "2": {"file", "file", "change"}, "3": {"connect", netw, "connection"}, "4": {"dns_query", netw, "protocol"}, "5": {"registry", "registry", "change"},
	"6": {"account", "iam", "info"}, "7": {"http_request", netw, "protocol"}, "8": {"process_modified", "process", "change"}, "10": {"windows_event", "host", "info"}, "11": {"script", "process", "info"}, "12": {"wmi", "process", "info"}}

// firstText finds the first text in a value that may be an array of them.
func firstText(v []byte) []byte {
	if len(v) > 0 && v[0] == '[' {
		_, v, _ = cut(v, `"`)
		v, _, _ = cut(v, `"`)
	}
	return v
}

func (t *jsonSink) visionOne() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	if a := firstText(t.noted("src")); isIP(a) {
		setAddr(b, &src, a)
	}
	if a := firstText(t.noted("dst")); isIP(a) {
		setAddr(b, &dst, a)
	}
	if a := firstText(t.noted("endpointIp")); isIP(a) {
		b.Add(event.HostIP, a)
	}
	if user := firstText(t.noted("logonUser")); len(user) > 0 {
		setFullUser(b, user)
		if index(user, "@") > 0 {
			setUPN(b, e.Str(event.UserName), false)
		}
	} else if mail := e.Str(event.UserEmail); mail != "" {
		setUPN(b, mail, false)
	}
	if e.Str(event.EventDataset) == "trend_micro_vision_one.endpoint_activity" {
		k, ok := trendKinds[e.Str(event.EventCode)]
		if !ok {
			k = [3]string{"", "host", "info"}
		}
		b.SetString(event.EventAction, k[0])
		b.AddString(event.EventCategory, k[1])
		b.AddString(event.EventType, k[2])
	} else if act := firstText(t.noted("act")); hasFold(act, "BLOCK") || hasFold(act, "DENY") {
		b.AddString(event.EventType, "denied")
	}
	if path := bytesOf(e.Str(event.ProcessExecutable)); len(path) > 0 && !e.Present(event.ProcessName) {
		b.Set(event.ProcessName, lastName(path))
	}
	t.ownFile()
}

// techniques adds the techniques of ATT&CK in a list of texts: T1555.
func (t *jsonSink) techniques(list []byte) {
	for s := list; len(s) > 0; {
		var tag []byte
		_, s, _ = cut(s, `"`)
		if tag, s, _ = cut(s, `"`); isTechnique(tag) {
			t.b.Add(event.ThreatTechniqueID, tag)
		}
	}
}

// trendAlert reads the techniques of the rules that an alert met, and the first computer and account that it is about.
func (t *jsonSink) trendAlert() {
	for s, n := t.noted("matchedRules"), 0; n < 64; n++ {
		var ids []byte
		if _, ids, _ = cut(s, `"mitreTechniqueIds"`); len(ids) == 0 {
			break
		}
		ids, s, _ = cut(ids, "]")
		t.techniques(ids)
	}
	entities := t.noted("impactScope.entities")
	if o := objectWhere(entities, "entityType", "host"); o != nil {
		if name := firstIn(o, "name"); hostLike(name) {
			t.b.Set(event.HostName, name)
			t.b.Set(event.HostHostname, name)
		}
	}
	if o := objectWhere(entities, "entityType", "account"); o != nil {
		setFullUser(t.b, firstIn(o, "entityValue"))
	}
}

// trendAudit reads what somebody did in Trend Micro's console.
func (t *jsonSink) trendAudit() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	if e.Str(event.EventProvider) != "Logon and Logoff" {
		return
	}
	action, typ := login, "start"
	if hasFold(bytesOf(e.Str(event.EventAction)), "OFF") || hasFold(bytesOf(e.Str(event.EventAction)), "OUT") {
		action, typ = "logout", "end"
	}
	b.SetString(event.EventAction, action)
	b.Unset(event.EventCategory)
	b.AddString(event.EventCategory, authn)
	b.Unset(event.EventType)
	b.AddString(event.EventType, typ)
}

// mimecastTTP reads what Mimecast found in a mail or behind a link.
func (t *jsonSink) mimecastTTP() {
	b := t.b
	mailDirection(b, t.noted("route"))
	if from := t.noted("senderAddress"); len(from) > 0 && string(from) != "<>" {
		setMail(b, event.EmailFromAddress, from)
	}
	if ip := t.noted("sendingIp"); isIP(ip) {
		setAddr(b, &src, ip)
	}
	verdict := t.noted("actions")
	if verdict == nil || string(verdict) == "None" {
		verdict = t.noted("action")
	}
	switch {
	case hasFold(verdict, "BLOCK"), hasFold(verdict, "HOLD"), hasFold(verdict, "REJECT"), hasFold(verdict, "BOUNCE"), hasFold(verdict, "DELETE"):
		b.AddString(event.EventType, "denied")
		b.SetString(event.EventOutcome, failure)
	case hasFold(verdict, "ALLOW"):
		b.AddString(event.EventType, "allowed")
		b.SetString(event.EventOutcome, success)
	}
	if url := (event.Event{Batch: b, Row: b.Rows()}).Str(event.URLOriginal); url != "" {
		setURL(b, bytesOf(url))
	}
	if string(t.noted("scanResult")) == "malicious" {
		b.Unset(event.EventKind)
		b.SetString(event.EventKind, "alert")
	}
}

// mimecastAudit reads an audit of Mimecast, whose sentence ends with address and application.
func (t *jsonSink) mimecastAudit() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	says, kind := bytesOf(e.Str(event.Message)), bytesOf(e.Str(event.EventAction))
	for _, at := range [...]string{" IP: ", "remote IP : ", "Remote IP is "} {
		if _, v, ok := cut(says, at); ok {
			n := 0
			for n < len(v) && v[n] != ',' && v[n] != ' ' {
				n++
			}
			if isIP(v[:n]) {
				setAddr(b, &src, v[:n])
			}
			break
		}
	}
	if _, v, ok := cut(says, "Application: "); ok {
		v, _, _ = cut(v, ",")
		b.Set(event.ServiceName, v)
	}
	if _, v, ok := cut(says, ", Reason: "); ok {
		v, _, _ = cut(v, ",")
		b.Set(event.EventReason, v)
	}
	c := class{category: "configuration", types: [3]string{"change"}}
	switch {
	case hasPrefix(kind, "User Logged On"), hasSuffix(kind, "Support Login"):
		c = loginClass(success)
	case hasPrefix(kind, "Logon Authentication Failed"):
		c = loginClass(failure)
	case hasPrefix(kind, "User Logged Off"), hasPrefix(kind, "User Logged Out"):
		c = logoutClass
	case hasPrefix(kind, "Logon Requires Challenge"):
		c = class{category: authn, types: [3]string{"info"}}
	case hasFold(kind, "PASSWORD CHANGED"):
		c = class{action: "password_changed", outcome: success, category: "iam", types: [3]string{"user", "change"}}
	case hasPrefix(bytesOf(e.Str(event.EventProvider)), "user_account"), hasPrefix(bytesOf(e.Str(event.EventProvider)), "profile_group"):
		c = class{category: "iam", types: [3]string{"user", verbType(string(kind))}}
	case hasFold(kind, "CREATED"), hasFold(kind, "ADDED"), hasFold(kind, "NEW "):
		c.types[0] = "creation"
	case hasFold(kind, "DELETED"), hasFold(kind, "REMOVED"):
		c.types[0] = "deletion"
	case hasFold(kind, "DOWNLOAD"), hasFold(kind, "SEARCH"), hasFold(kind, "EXPORT"), hasFold(kind, "VIEW"), hasFold(kind, "MESSAGE ACTION"), hasFold(kind, "CASE ACTION"), hasFold(kind, "REVIEW"):
		c.types[0] = "access"
	}
	b.Unset(event.EventCategory)
	if c.action != "" {
		b.SetString(event.EventAction, c.action)
	}
	b.SetString(event.EventOutcome, c.outcome)
	b.AddString(event.EventCategory, c.category)
	for _, typ := range c.types {
		b.AddString(event.EventType, typ)
	}
	t.mailOnly()
}

// zoom tells who did something from whom it was done to: an operator acts upon the object.
func (t *jsonSink) zoom() {
	b := t.b
	if who := t.noted("payload.operator"); len(who) > 0 {
		b.Set(event.UserEmail, who)
		if mail := t.noted("payload.object.email"); len(mail) > 0 && string(mail) != string(who) {
			setTargetMail(b, mail)
		}
	}
	t.told()
}

// onePassword reads an audit of 1Password: whom it is about, and whether it is about people and groups.
func (t *jsonSink) onePassword() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	switch e.Str(event.EventProvider) { // its kinds of objects
	case "user", "gm", "group", "uva", "gva", "invite", "mfa", "ec", "dlgdsess", "sso", "ssotkn", "satoken":
		b.Unset(event.EventCategory)
		b.AddString(event.EventCategory, "iam")
	}
	if kind := e.Str(event.EventProvider); kind == "user" || kind == "invite" { // whom it is about
		setTargetMail(b, t.noted("object_details.email"))
		b.Set(event.UserTargetID, t.noted("object_uuid"))
	}
	setTargetMail(b, t.noted("aux_details.email"))
	b.Set(event.UserTargetID, t.noted("aux_details.uuid"))
	t.mailOnly()
}

func cyberArkNames(at string) []jsonName {
	var names []jsonName
	for _, n := range [...]jsonName{{"MessageID", event.EventCode}, {"Issuer", event.UserName}, {"Action", event.EventAction}, {"Desc", 0}, {"Severity", event.LogLevel}, {"TargetUser", event.UserTargetName}, {"SourceUser", 0}, {"Safe", 0}, {"File", event.FilePath},
		{"Station", 0}, {"Reason", event.EventReason}, {"ExtraDetails", 0}, {"Vendor", event.ObserverVendor}, {"Product", event.ObserverProduct}, {"Version", event.ObserverVersion}, {"Hostname", event.ObserverHostname}, {"GatewayStation", 0}, {"Message", event.Message}} {
		names = append(names, jsonName{at + n.name, n.f})
	}
	return names
}

// cyberArkActions are what the Vault calls what it did, by how the name begins.
var cyberArkActions = [...]struct {
	begin string
	class class
}{
	{"Logon", class{action: login, category: authn, types: [3]string{"start"}}},
	{"Authentication failure", class{action: login, outcome: failure, category: authn, types: [3]string{"start"}}},
	{"Undefined User Logon", class{action: login, outcome: failure, category: authn, types: [3]string{"start"}}},
	{"User Authentication", class{action: login, category: authn, types: [3]string{"start"}}},
	{"Failure: Authentication", class{action: login, outcome: failure, category: authn, types: [3]string{"start"}}},
	{"Logoff", class{action: "logout", category: authn, types: [3]string{"end"}}},
	{"Full Gateway Connection", class{action: "gateway_connection", category: authn, types: [3]string{"info"}}},
	{"Partial Gateway Connection", class{action: "gateway_connection", category: authn, types: [3]string{"info"}}},
	{"PSM Connect", class{action: "session_start", category: "session", types: [3]string{"start"}}},
	{"PSM Disconnect", class{action: "session_end", category: "session", types: [3]string{"end"}}},
	{"PSM Secure Connect Session Start", class{action: "session_start", category: "session", types: [3]string{"start"}}},
	{"PSM Secure Connect Session End", class{action: "session_end", category: "session", types: [3]string{"end"}}},
	{"Keystroke", class{action: "session_command", category: "session", types: [3]string{"info"}}},
	{"SQL Command", class{action: "session_command", category: "session", types: [3]string{"info"}}},
	{"Window Title", class{action: "session_window", category: "session", types: [3]string{"info"}}},
	{"Retrieve ", class{action: "secret_read", category: "iam", types: [3]string{"user", "info"}}},
	{"Use Password", class{action: "secret_read", category: "iam", types: [3]string{"user", "info"}}},
	{"Show ", class{action: "secret_read", category: "iam", types: [3]string{"user", "info"}}},
	{"CPM Change", class{action: "password_changed", category: "iam", types: [3]string{"user", "change"}}},
	{"CPM Reconcile", class{action: "password_changed", category: "iam", types: [3]string{"user", "change"}}},
	{"CPM Verify", class{action: "password_verified", category: "iam", types: [3]string{"user", "info"}}},
	{"CPM Disable", class{action: "password_disabled", category: "iam", types: [3]string{"user", "change"}}},
	{"Set Password", class{action: "password_changed", category: "iam", types: [3]string{"user", "change"}}},
	{"Add User", class{action: "user_added", category: "iam", types: [3]string{"user", "creation"}}},
	{"Update User", class{action: "user_changed", category: "iam", types: [3]string{"user", "change"}}},
	{"Delete User", class{action: "user_deleted", category: "iam", types: [3]string{"user", "deletion"}}},
	{"Add Group Member", class{action: "user_added_to_group", category: "iam", types: [3]string{"group", "change"}}},
	{"Remove Group Member", class{action: "user_removed_from_group", category: "iam", types: [3]string{"group", "change"}}},
	{"Add Group", class{action: "group_added", category: "iam", types: [3]string{"group", "creation"}}},
	{"Update Group", class{action: "group_changed", category: "iam", types: [3]string{"group", "change"}}},
	{"Delete Group", class{action: "group_deleted", category: "iam", types: [3]string{"group", "deletion"}}},
	{"Add Owner", class{action: "permission_added", category: "iam", types: [3]string{"user", "change"}}},
	{"Update Owner", class{action: "permission_changed", category: "iam", types: [3]string{"user", "change"}}},
	{"Delete Owner", class{action: "permission_removed", category: "iam", types: [3]string{"user", "change"}}},
	{"Remove Owner", class{action: "permission_removed", category: "iam", types: [3]string{"user", "change"}}},
	{"Delete File", class{action: "secret_deleted", category: "configuration", types: [3]string{"deletion"}}},
	{"Store ", class{action: "secret_written", category: "configuration", types: [3]string{"change"}}},
	{"Add ", class{action: "configuration", category: "configuration", types: [3]string{"creation"}}},
	{"Create ", class{action: "configuration", category: "configuration", types: [3]string{"creation"}}},
	{"Update ", class{action: "configuration", category: "configuration", types: [3]string{"change"}}},
	{"Rename ", class{action: "configuration", category: "configuration", types: [3]string{"change"}}},
	{"Delete ", class{action: "configuration", category: "configuration", types: [3]string{"deletion"}}},
}

// cyberArk reads a record of CyberArk's Vault: what was done, whence, and to which machine as whom.
func (t *jsonSink) cyberArk() {
	b := t.b
	const at = "syslog.audit_record."
	action := t.noted(at + "Action")
	if len(action) == 0 {
		action = t.noted(at + "Desc")
	}
	c := class{category: "host", types: [3]string{"info"}}
	for i := range cyberArkActions {
		if hasPrefix(action, cyberArkActions[i].begin) {
			c = cyberArkActions[i].class
			break
		}
	}
	if c.action != "" {
		b.Unset(event.EventAction)
		b.SetString(event.EventAction, c.action)
	}
	b.AddString(event.EventCategory, c.category)
	for _, typ := range c.types {
		b.AddString(event.EventType, typ)
	}
	switch {
	case c.outcome != "":
		b.SetString(event.EventOutcome, c.outcome)
	case index(action, "Fail") >= 0 || string(t.noted(at+"Severity")) == "Error" || index(t.noted(at+"Desc"), "Fail") >= 0:
		b.SetString(event.EventOutcome, failure)
	case c.action != "":
		b.SetString(event.EventOutcome, success)
	}
	if user := t.noted(at + "Issuer"); index(user, `\`) > 0 {
		setFullUser(b, user)
	}
	from := t.noted(at + "Station")
	for s := t.noted(at + "ExtraDetails"); len(s) > 0; {
		var pair []byte
		pair, s, _ = cut(s, ";")
		name, v, ok := cut(pair, "=")
		if !ok || len(v) == 0 {
			continue
		}
		switch string(name) {
		case "SrcHost":
			from = v
		case "DstHost":
			setNameOr(b, &dst, v)
		case "User":
			b.Set(event.DestinationUserName, v)
		case "Protocol":
			var low [16]byte
			if len(v) <= len(low) {
				b.Set(event.NetworkProtocol, lower(low[:0], v))
			}
		case "Command":
			b.Set(event.ProcessCommandLine, v)
		}
	}
	if len(from) > 0 {
		setNameOr(b, &src, from)
	}
}

// duoActivity tells by an action's name, noun_verb, what kind of change it was.
func (t *jsonSink) duoActivity() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	action := e.Str(event.EventAction)
	if kind := t.noted("target.type"); kind != nil && string(kind) != "user" && string(kind) != "admin" || kind == nil && !hasPrefix(bytesOf(action), "user_") && !hasPrefix(bytesOf(action), "admin_") {
		b.Unset(event.UserTargetName) // a device or an application
	}
	b.AddString(event.EventType, duoType(action))
	for _, word := range [...]string{"user", "admin", "group", "bypass", "phone", "hardtoken", "webauthn", "u2f", "role"} {
		if hasPrefix(bytesOf(action), word) {
			b.Unset(event.EventCategory)
			b.AddString(event.EventCategory, "iam")
			break
		}
	}
	if user := e.Str(event.UserName); user != "" {
		setUPN(b, user, false)
	}
}

func duoType(action string) string {
	switch a := bytesOf(action); {
	case hasSuffix(a, "_create"), hasSuffix(a, "_add"), hasSuffix(a, "_enroll"), hasSuffix(a, "_import"):
		return "creation"
	case hasSuffix(a, "_delete"), hasSuffix(a, "_remove"), hasSuffix(a, "_trash"):
		return "deletion"
	}
	return "change"
}

// trellix reads what ePO says of a threat: "None" and empty brackets say nothing, and addresses may stand behind a slash.
func (t *jsonSink) trellix() {
	b := t.b
	const at = "attributes."
	said := func(name string) []byte {
		v := t.noted(at + name)
		switch string(v) {
		case "None", "null", "_", "N/A", "-":
			return nil
		}
		v, _ = after(v, "/")
		return v
	}
	for _, end := range [...]struct {
		to         *side
		v4, v6, at string
	}{{&src, "sourceipv4", "sourceipv6", "sourcehostname"}, {&dst, "targetipv4", "targetipv6", "targethostname"}} {
		addr := said(end.v4)
		if !isIP(addr) || string(addr) == "0.0.0.0" {
			addr = said(end.v6)
		}
		if isIP(addr) {
			setAddr(b, end.to, addr)
		}
		if name := said(end.at); hostLike(name) {
			setNameOr(b, end.to, name)
		}
	}
	if port := said("targetport"); string(port) != "0" {
		setPort(b, event.DestinationPort, port)
	}
	if v := said("targetprotocol"); v != nil {
		setTransport(b, v)
	}
	if user := said("targetusername"); user != nil {
		setFullUser(b, user)
	} else if user := said("sourceusername"); user != nil {
		setFullUser(b, user)
	}
	if path := said("targetfilename"); path != nil {
		b.Set(event.FilePath, path)
		t.ownFile()
	}
	if n, ok := number(said("threatseverity")); ok {
		b.SetInt(event.EventSeverity, n)
	}
	switch string(said("threathandled")) {
	case "true", "True", "1":
		b.SetString(event.EventOutcome, success)
	case "false", "False", "0":
		b.SetString(event.EventOutcome, failure)
	}
	e := event.Event{Batch: b, Row: b.Rows()}
	for _, f := range [...]event.Field{event.RuleName, event.RuleCategory, event.EventReason, event.ProcessName} {
		if v := e.Str(f); v == "None" || v == "_" || v == "none" {
			b.Unset(f)
		}
	}
}

// carbonAudit reads an audit of Carbon Black Cloud, whose sentence says whether somebody logged in.
func (t *jsonSink) carbonAudit() {
	b := t.b
	says := t.noted("description")
	c := class{action: "configuration", category: "configuration", types: [3]string{"change"}}
	switch {
	case hasPrefix(says, "Logged in successfully"), hasPrefix(says, "Login successful"):
		c = class{action: login, outcome: success, category: authn, types: [3]string{"start"}}
	case hasFold(says, "LOGIN FAILED"), hasFold(says, "FAILED LOGIN"), hasFold(says, "FAILED TO LOG IN"):
		c = class{action: login, outcome: failure, category: authn, types: [3]string{"start"}}
	case hasPrefix(says, "Logged out"):
		c = class{action: "logout", category: authn, types: [3]string{"end"}}
	case hasFold(says, "CREATED"), hasFold(says, "ADDED"):
		c.types[0] = "creation"
	case hasFold(says, "DELETED"), hasFold(says, "REMOVED"):
		c.types[0] = "deletion"
	}
	b.Unset(event.EventCategory)
	b.SetString(event.EventAction, c.action)
	b.SetString(event.EventOutcome, c.outcome)
	b.AddString(event.EventCategory, c.category)
	b.AddString(event.EventType, c.types[0])
	setUPN(b, event.Event{Batch: b, Row: b.Rows()}.Str(event.UserName), false)
}
