package parse

import "watchpost/internal/event"

// vaultApps are privileged access, second factors and managed endpoints that tell of themselves in JSON.
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
