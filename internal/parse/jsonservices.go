package parse

import (
	"strings"

	"watchpost/internal/event"
)

var gcpFlowNames = []jsonName{{"jsonPayload.connection.src_ip", event.SourceIP}, {"jsonPayload.connection.src_port", event.SourcePort}, {"jsonPayload.connection.dest_ip", event.DestinationIP},
	{"jsonPayload.connection.dest_port", event.DestinationPort}, {"jsonPayload.connection.protocol", event.NetworkTransport}, {"jsonPayload.vpc.vpc_name", event.NetworkName}, {"jsonPayload.vpc.subnetwork_name", 0}}

var gitlabClass = class{"gitlab.api", "gitlab", "http_request", "", "web", [3]string{"access"}}

var gitlabNames = []jsonName{{"method", event.HTTPRequestMethod}, {"path", event.URLOriginal}, {"status", event.HTTPResponseStatusCode}, {"remote_ip", event.SourceIP}, {"username", event.UserName}, {"user_id", event.UserID},
	{"ua", event.UserAgentOriginal}, {"duration_s", event.EventDuration}, {"host", event.URLDomain}}

var auth0Class = class{"auth0.logs", "auth0", "", "", authn, [3]string{}}

func auth0Names(at string) []jsonName {
	var names []jsonName
	for _, n := range [...]jsonName{{"type", event.EventCode}, {"description", event.Message}, {"ip", event.SourceIP}, {"user_agent", event.UserAgentOriginal}, {"user_id", event.UserID}, {"user_name", event.UserName},
		{"client_name", event.ServiceName}, {"hostname", 0}} {
		names = append(names, jsonName{at + n.name, n.f})
	}
	return names
}

// auth0Types are the codes of Auth0's log: those that tell of log-ins, log-outs and changed passwords.
var auth0Types = map[string]class{
	"s": {action: login, outcome: success, category: authn, types: [3]string{"start"}}, "f": {action: login, outcome: failure, category: authn, types: [3]string{"start"}},
	"fp": {action: login, outcome: failure, category: authn, types: [3]string{"start"}}, "fu": {action: login, outcome: failure, category: authn, types: [3]string{"start"}},
	"fcoa": {action: login, outcome: failure, category: authn, types: [3]string{"start"}}, "scoa": {action: login, outcome: success, category: authn, types: [3]string{"start"}},
	"fc": {action: login, outcome: failure, category: authn, types: [3]string{"start"}}, "fens": {action: login, outcome: failure, category: authn, types: [3]string{"start"}}, "sens": {action: login, outcome: success, category: authn, types: [3]string{"start"}},
	"gd_auth_succeed": {action: "second_factor", outcome: success, category: authn, types: [3]string{"info"}}, "gd_auth_failed": {action: "second_factor", outcome: failure, category: authn, types: [3]string{"info"}}, "gd_auth_rejected": {action: "second_factor", outcome: failure, category: authn, types: [3]string{"info"}},
	"gd_enrollment_complete": {action: "factor_added", outcome: success, category: "iam", types: [3]string{"user", "change"}}, "gd_unenroll": {action: "factor_removed", outcome: success, category: "iam", types: [3]string{"user", "change"}},
	"ssa": {action: login, outcome: success, category: authn, types: [3]string{"start"}}, "fsa": {action: login, outcome: failure, category: authn, types: [3]string{"start"}},
	"slo": {action: "logout", outcome: success, category: authn, types: [3]string{"end"}}, "flo": {action: "logout", outcome: failure, category: authn, types: [3]string{"end"}},
	"ss": {action: "user_added", outcome: success, category: "iam", types: [3]string{"user", "creation"}}, "fs": {action: "user_added", outcome: failure, category: "iam", types: [3]string{"user", "creation"}},
	"sdu": {action: "user_deleted", outcome: success, category: "iam", types: [3]string{"user", "deletion"}}, "fdu": {action: "user_deleted", outcome: failure, category: "iam", types: [3]string{"user", "deletion"}},
	"scp": {action: "password_changed", outcome: success, category: "iam", types: [3]string{"user", "change"}}, "fcp": {action: "password_changed", outcome: failure, category: "iam", types: [3]string{"user", "change"}},
	"limit_wc": {action: "user_locked", outcome: success, category: "iam", types: [3]string{"user", "change"}}, "limit_mu": {action: "address_blocked", category: authn, types: [3]string{"denied"}},
	"pwd_leak": {action: "leaked_password_blocked", outcome: failure, category: authn, types: [3]string{"denied"}},
}

// auth0Kind tells by its letters what a code is of: se… and fe… exchange a token, s… of an account's data went well and f… did not.
func auth0Kind(code string) class {
	c := class{action: code, types: [3]string{"info"}}
	switch code {
	case "fapi":
		c.outcome, c.category, c.types[0] = failure, "api", "access"
	case "sapi", "mgmt_api_read":
		c.outcome, c.category, c.types[0] = success, "api", "access"
	case "sce", "scpn", "scu", "scpr", "sui", "sv", "svr", "srrt":
		c.outcome, c.category, c.types = success, "iam", [3]string{"user", "change"}
	case "fce", "fcpn", "fcu", "fcpr", "fui", "fv", "fvr":
		c.outcome, c.category, c.types = failure, "iam", [3]string{"user", "change"}
	default:
		switch {
		case hasPrefix(bytesOf(code), "se"):
			c.outcome = success
		case hasPrefix(bytesOf(code), "fe"):
			c.outcome = failure
		}
	}
	return c
}

func (t *jsonSink) auth0() {
	b := t.b
	code := event.Event{Batch: b, Row: b.Rows()}.Str(event.EventCode)
	c, ok := auth0Types[code]
	if !ok {
		c = auth0Kind(code)
	}
	if c.category != "" {
		b.Unset(event.EventCategory)
	}
	b.SetString(event.EventAction, c.action)
	b.SetString(event.EventOutcome, c.outcome)
	b.AddString(event.EventCategory, c.category)
	if (c.action == login || c.action == "logout") && c.outcome == success {
		b.AddString(event.EventCategory, "session")
	}
	for _, typ := range c.types {
		b.AddString(event.EventType, typ)
	}
	setUPN(b, event.Event{Batch: b, Row: b.Rows()}.Str(event.UserName), false)
}

// duoAdmin takes the address out of the text of JSON that says how an administrator logged in.
func (t *jsonSink) duoAdmin() {
	if ip := firstIn(t.noted("description"), "ip_address"); isIP(ip) {
		setAddr(t.b, &src, ip)
	}
	e := event.Event{Batch: t.b, Row: t.b.Rows()}
	if says := t.noted("description"); len(says) > 0 && says[0] != '{' { // in words
		t.b.Set(event.EventReason, says)
		t.b.Set(event.Message, says)
	}
	if e.Str(event.EventAction) == login {
		return
	}
	if hasSuffix(bytesOf(e.Str(event.EventAction)), "_error") {
		t.b.SetString(event.EventOutcome, failure)
	}
	t.duoActivity()
}

// mailOnly names a user by the address that is all that is said of him.
func (t *jsonSink) mailOnly() {
	e := event.Event{Batch: t.b, Row: t.b.Rows()}
	if mail := e.Str(event.UserEmail); mail != "" {
		if !e.Present(event.UserName) {
			t.b.SetString(event.UserName, mail)
		}
		setUPN(t.b, mail, false)
	}
	if action := e.Str(event.EventAction); (action == login || action == "logout") && e.At(event.EventCategory, 0) != authn {
		t.b.Unset(event.EventCategory)
		t.b.AddString(event.EventCategory, authn)
	}
	if !e.Present(event.EventType) {
		t.b.AddString(event.EventType, verbType(e.Str(event.EventAction)))
	}
}

// gcpFirewall tells by the rule's side which end the instance is.
func (t *jsonSink) gcpFirewall() {
	b := t.b
	if string(t.noted("jsonPayload.disposition")) == "ALLOWED" {
		b.AddString(event.EventType, "allowed")
	} else {
		b.AddString(event.EventType, "denied")
	}
	here, there := event.DestinationDomain, event.SourceDomain
	switch string(t.noted("jsonPayload.rule_details.direction")) {
	case "INGRESS":
		b.SetString(event.NetworkDirection, "inbound")
	case "EGRESS":
		b.SetString(event.NetworkDirection, "outbound")
		here, there = there, here
	default:
		return
	}
	country, city := event.SourceGeoCountryName, event.SourceGeoCityName
	if there == event.DestinationDomain {
		country, city = event.DestinationGeoCountryName, event.DestinationGeoCityName
	}
	b.Set(country, t.noted("jsonPayload.remote_location.country"))
	b.Set(city, t.noted("jsonPayload.remote_location.city"))
	b.Set(here, t.noted("jsonPayload.instance.vm_name"))
	b.Set(there, t.noted("jsonPayload.remote_instance.vm_name"))
}

// gcpFlow tells by the ends that are instances of one's own which way a flow went.
func (t *jsonSink) gcpFlow() {
	e := event.Event{Batch: t.b, Row: t.b.Rows()}
	switch from, to := e.Present(event.SourceDomain), e.Present(event.DestinationDomain); {
	case from && to:
		t.b.SetString(event.NetworkDirection, "internal")
	case from:
		t.b.SetString(event.NetworkDirection, "outbound")
	case to:
		t.b.SetString(event.NetworkDirection, "inbound")
	}
	if from, ok := e.Int(event.EventStart); ok {
		if to, ok := e.Int(event.EventEnd); ok && to >= from {
			t.b.SetInt(event.EventDuration, to-from)
		}
	}
}

// gitlabAudit: target_details is a user's name only where the target is one.
func (t *jsonSink) gitlabAudit() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	if t.noted("failed_login") != nil { // the author is nobody
		b.Unset(event.EventOutcome)
		b.Unset(event.EventCategory)
		b.Unset(event.EventType)
		b.Unset(event.EventAction)
		b.Unset(event.UserName)
		b.Unset(event.UserID)
		b.Unset(event.UserTargetName)
		(&class{action: login, outcome: failure, category: authn, types: [3]string{"start"}}).set(b)
		b.Set(event.UserName, t.noted("target_details"))
		return
	}
	if string(t.noted("target_type")) == "User" || string(t.noted("details.target_type")) == "User" {
		b.Unset(event.EventCategory)
		b.AddString(event.EventCategory, "iam")
		b.AddString(event.EventType, "user")
	} else {
		b.Unset(event.UserTargetName)
	}
	if !e.Present(event.EventAction) && e.Present(event.EventReason) {
		b.SetString(event.EventAction, "change")
	}
}

// swapEnds makes the far side of a flow that came in its source.
func swapEnds(b *event.Batch) {
	swapTexts(b, [2]event.Field{event.SourceIP, event.DestinationIP}, [2]event.Field{event.SourceAddress, event.DestinationAddress}, [2]event.Field{event.SourceDomain, event.DestinationDomain})
	exchange(b, event.SourcePort, event.DestinationPort)
}

// swapPlaces does the same with what is known of where they are.
func swapPlaces(b *event.Batch) {
	swapTexts(b, [2]event.Field{event.SourceGeoCountryName, event.DestinationGeoCountryName}, [2]event.Field{event.SourceGeoCityName, event.DestinationGeoCityName},
		[2]event.Field{event.SourceAsOrganizationName, event.DestinationAsOrganizationName})
	exchange(b, event.SourceAsNumber, event.DestinationAsNumber)
}

// swapTexts puts the text of each field of a pair into the other.
func swapTexts(b *event.Batch, pairs ...[2]event.Field) {
	e := event.Event{Batch: b, Row: b.Rows()}
	for _, f := range pairs {
		a, z := e.Str(f[0]), e.Str(f[1])
		b.Unset(f[0])
		b.Unset(f[1])
		b.SetString(f[0], z)
		b.SetString(f[1], a)
	}
}

// exchange puts the number of each field into the other, or takes it away where the other has none.
func exchange(b *event.Batch, x, y event.Field) {
	e := event.Event{Batch: b, Row: b.Rows()}
	ofX, hasX := e.Int(x)
	ofY, hasY := e.Int(y)
	b.Unset(x)
	b.Unset(y)
	if hasY {
		b.SetInt(x, ofY)
	}
	if hasX {
		b.SetInt(y, ofX)
	}
}

// sensorDirection reads CrowdStrike's word for who began: 0 out, 1 in. The local end comes first.
func (t *jsonSink) sensorDirection(v []byte, inbound bool) {
	switch {
	case inbound || string(v) == "1":
		swapEnds(t.b)
		t.b.SetString(event.NetworkDirection, "ingress")
	case string(v) == "0":
		t.b.SetString(event.NetworkDirection, "egress")
	}
}

// console tells a log-in to SentinelOne's console by its words.
func (t *jsonSink) console() {
	b := t.b
	if by := t.noted("data.byUser"); len(by) > 0 { // who acts upon whom
		b.Set(event.UserTargetName, t.noted("data.username"))
		b.Set(event.UserName, by)
	}
	m := bytesOf(event.Event{Batch: b, Row: b.Rows()}.Str(event.Message))
	for i := range consoleWords {
		if c := &consoleWords[i]; index(m, c.words) >= 0 {
			b.Unset(event.EventCategory)
			b.Unset(event.EventType)
			b.Unset(event.EventAction)
			c.class.set(b)
			return
		}
	}
}

// consoleWords are what the words of SentinelOne's activities mean beyond that something was done.
var consoleWords = [...]struct {
	words string
	class class
}{
	{"failed to log", class{action: login, outcome: failure, category: authn, types: [3]string{"start"}}},
	{" logged in to the management console", class{action: login, outcome: success, category: authn, types: [3]string{"start"}}},
	{" logged out of the management console", class{action: "logout", outcome: success, category: authn, types: [3]string{"end"}}},
	{" added user ", class{action: "user_added", category: "iam", types: [3]string{"user", "creation"}}},
	{" deleted user ", class{action: "user_deleted", category: "iam", types: [3]string{"user", "deletion"}}},
	{"hreat with confidence level ", class{action: "malware-detected", category: "malware", types: [3]string{"info"}}},
	{" successfully killed the threat", class{action: "malware-action-taken", outcome: success, category: "malware", types: [3]string{"info"}}},
	{" successfully quarantined the threat", class{action: "malware-action-taken", outcome: success, category: "malware", types: [3]string{"info"}}},
	{" successfully remediated the threat", class{action: "malware-action-taken", outcome: success, category: "malware", types: [3]string{"info"}}},
}

// hunting reads what the action of a table of advanced hunting says beyond the table.
func (t *jsonSink) hunting() {
	b := t.b
	if list := t.noted("evidence"); list != nil {
		t.endpointEvidence(list)
		return
	}
	action, table := string(t.noted("properties.ActionType")), t.noted("category")
	if rest, ok := after(table, "AdvancedHunting-"); ok {
		mailDirection(b, t.noted("properties.EmailDirection"))
		table = rest
	} else { // a table of Sentinel
		mailDirection(b, t.noted("EmailDirection"))
		action, table = string(t.noted("ActionType")), t.noted("Type")
		if table == nil {
			table = bytesOf(huntingTable(action))
		}
	}
	if action == "" {
		return
	}
	e := event.Event{Batch: b, Row: b.Rows()}
	switch string(table) {
	case "IdentityLogonEvents", "IdentityQueryEvents", "CloudAppEvents", "UrlClickEvents", "IdentityDirectoryEvents":
		if !e.Present(event.UserName) {
			t.mailOnly()
		}
		lowerProtocol(b, e)
		if string(table) == "IdentityDirectoryEvents" {
			b.Unset(event.EventType)
			iamTypes(b, action)
		}
	case "DeviceEvents":
		t.deviceEvent(action)
	case "DeviceLogonEvents":
		lowerProtocol(b, e)
		if action == "LogonAttempted" { // neither went well nor failed yet
			b.Unset(event.EventOutcome)
		}
	case "DeviceFileEvents", "DeviceRegistryEvents":
		if typ := verbType(action); changes(typ) {
			b.Unset(event.EventType)
			b.AddString(event.EventType, typ)
		}
		if string(table) == "DeviceFileEvents" {
			splitFile(b, e, bytesOf(e.Str(event.FilePath)))
			return
		}
		hive, key, ok := cut(bytesOf(e.Str(event.RegistryPath)), `\`)
		if short := hives[string(hive)]; ok && short != "" {
			b.SetString(event.RegistryHive, short)
			b.Set(event.RegistryKey, key)
		}
	case "DeviceNetworkEvents":
		switch action {
		case "InboundConnectionAccepted", "InboundConnectionAttempt":
			swapEnds(b)
			b.SetString(event.NetworkDirection, "ingress")
		case "ConnectionFailed":
			b.SetString(event.EventOutcome, failure)
		case "ConnectionSuccess":
			b.SetString(event.EventOutcome, success)
		}
	}
}

// deviceEvents are what Defender saw on a computer besides processes, files and the like, by its word for it; what ends with Blocked or Audited
// has a rule of its own.
var deviceEvents = map[string]class{
	"UserAccountCreated": {category: "iam", types: [3]string{"user", "creation"}}, "UserAccountDeleted": {category: "iam", types: [3]string{"user", "deletion"}},
	"UserAccountModified": {category: "iam", types: [3]string{"user", "change"}}, "PasswordChangeAttempt": {category: "iam", types: [3]string{"user", "change"}},
	"UserAccountAddedToLocalGroup": {category: "iam", types: [3]string{"group", "change"}}, "UserAccountRemovedFromLocalGroup": {category: "iam", types: [3]string{"group", "change"}},
	"SecurityGroupCreated": {category: "iam", types: [3]string{"group", "creation"}}, "SecurityGroupDeleted": {category: "iam", types: [3]string{"group", "deletion"}},
	"AntivirusDetection": {category: "malware", types: [3]string{"info"}}, "AntivirusReport": {category: "malware", types: [3]string{"info"}}, "AntivirusMalwareBlocked": {category: "malware", types: [3]string{"denied"}},
	"AntivirusMalwareActionFailed": {outcome: failure, category: "malware", types: [3]string{"error"}}, "AntivirusScanCompleted": {outcome: success, category: "malware", types: [3]string{"info"}},
	"AntivirusScanFailed": {outcome: failure, category: "malware", types: [3]string{"error"}}, "AntivirusScanCancelled": {outcome: failure, category: "malware", types: [3]string{"info"}},
	"AntivirusDefinitionsUpdateFailed": {outcome: failure, category: "configuration", types: [3]string{"error"}}, "AntivirusDefinitionsUpdated": {outcome: success, category: "configuration", types: [3]string{"change"}},
	"AuditPolicyModification": {category: "configuration", types: [3]string{"change"}}, "SecurityLogCleared": {category: "configuration", types: [3]string{"deletion"}}, "TamperingAttempt": {category: "configuration", types: [3]string{"change"}},
	"FirewallServiceStopped": {category: "configuration", types: [3]string{"change"}}, "ServiceInstalled": {category: "configuration", types: [3]string{"creation"}},
	"ScheduledTaskCreated": {category: "configuration", types: [3]string{"creation"}}, "ScheduledTaskDeleted": {category: "configuration", types: [3]string{"deletion"}}, "ScheduledTaskUpdated": {category: "configuration", types: [3]string{"change"}},
	"ScheduledTaskEnabled": {category: "configuration", types: [3]string{"change"}}, "ScheduledTaskDisabled": {category: "configuration", types: [3]string{"change"}},
	"PowerShellCommand": {category: "process", types: [3]string{"info"}}, "ScriptContent": {category: "process", types: [3]string{"info"}}, "CreateRemoteThreadApiCall": {category: "process", types: [3]string{"access"}},
	"OpenProcessApiCall": {category: "process", types: [3]string{"access"}}, "ReadProcessMemoryApiCall": {category: "process", types: [3]string{"access"}}, "ProcessPrimaryTokenModified": {category: "process", types: [3]string{"change"}},
	"WmiBindEventFilterToConsumer": {category: "configuration", types: [3]string{"creation"}}, "RemoteWmiOperation": {category: "process", types: [3]string{"info"}},
	"FirewallInboundConnectionBlocked": {outcome: failure, category: netw, types: [3]string{"denied"}}, "FirewallOutboundConnectionBlocked": {outcome: failure, category: netw, types: [3]string{"denied"}},
	"SmartScreenUrlWarning": {category: "web", types: [3]string{"info"}}, "SmartScreenUserOverride": {category: "web", types: [3]string{"allowed"}},
}

// deviceEvent says of what kind an event of the table DeviceEvents is, and whom it is about: an account that is changed, else who did it.
func (t *jsonSink) deviceEvent(action string) {
	b := t.b
	c, ok := deviceEvents[action]
	if !ok && (strings.HasPrefix(action, "Asr") || strings.HasPrefix(action, "ExploitGuard")) {
		c, ok = class{category: "intrusion_detection", types: [3]string{"info"}}, true
		if strings.HasSuffix(action, "Blocked") {
			c.outcome, c.types[0] = failure, "denied"
		}
	}
	if ok {
		b.Unset(event.EventCategory)
		b.Unset(event.EventType)
		c.setKinds(b)
		b.SetString(event.EventOutcome, c.outcome)
	}
	e := event.Event{Batch: b, Row: b.Rows()}
	if name := t.either("properties.AccountName", "AccountName"); name != nil && c.category == "iam" {
		b.Set(event.UserTargetName, name)
		b.Set(event.UserTargetDomain, t.either("properties.AccountDomain", "AccountDomain"))
		b.Set(event.UserTargetID, t.either("properties.AccountSid", "AccountSid"))
	} else if name != nil && !e.Present(event.UserName) {
		b.Set(event.UserName, name)
		b.Set(event.UserDomain, t.either("properties.AccountDomain", "AccountDomain"))
	}
	splitFile(b, e, bytesOf(e.Str(event.FilePath)))
}

// either gives what is noted of a name, else of the other.
func (t *jsonSink) either(name, other string) []byte {
	if v := t.noted(name); v != nil {
		return v
	}
	return t.noted(other)
}

func lowerProtocol(b *event.Batch, e event.Event) {
	var lowercase [32]byte
	if v := e.Str(event.NetworkProtocol); v != "" && len(v) <= len(lowercase) {
		b.Set(event.NetworkProtocol, lower(lowercase[:0], bytesOf(v)))
	}
}

var hives = map[string]string{"HKEY_LOCAL_MACHINE": "HKLM", "HKEY_CURRENT_USER": "HKCU", "HKEY_USERS": "HKU", "HKEY_CLASSES_ROOT": "HKCR", "HKEY_CURRENT_CONFIG": "HKCC"}

// osquery tells what became of a file that osquery watches. The user of a row about a file is the file's owner, nobody who did something;
// the one of the decorations counts where the row has none.
func (t *jsonSink) osquery() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	if name := t.noted("columns.filename"); name != nil {
		b.Unset(event.EventCategory)
		b.AddString(event.EventCategory, "file")
		b.Set(event.FileName, name)
		b.Set(event.FileDirectory, t.noted("columns.directory"))
		b.Set(event.FileMode, t.noted("columns.mode"))
		setNum(b, event.FileSize, t.noted("columns.size"))
		splitFile(b, e, bytesOf(e.Str(event.FilePath)))
	}
	if e.Len(event.EventCategory) > 0 && e.At(event.EventCategory, 0) == "file" {
		b.Unset(event.UserID)
	}
	if !e.Present(event.UserName) && !e.Present(event.UserID) {
		b.Set(event.UserName, t.noted("decorations.username"))
	}
	if host := t.noted("columns.host"); isIP(host) { // whence somebody is logged in
		setAddr(b, &src, host)
	}
	if e.Present(event.ProcessPID) && !e.Present(event.ProcessName) {
		b.Set(event.ProcessName, t.noted("columns.name"))
	}
	if t.noted("columns.target_path") == nil {
		return
	}
	if typ := verbType(string(t.noted("columns.action"))); typ != "info" {
		t.b.Unset(event.EventType)
		t.b.AddString(event.EventType, typ)
	}
}

// gcpDNS reads what Google's resolver answered: lines of name, life, class, type and data between tabs.
func (t *jsonSink) gcpDNS() {
	b := t.b
	b.SetString(event.NetworkProtocol, "dns")
	if code := (event.Event{Batch: b, Row: b.Rows()}).Str(event.DNSResponseCode); code == "NOERROR" {
		b.SetString(event.EventOutcome, success)
	} else if code != "" {
		b.SetString(event.EventOutcome, failure)
	}
	for rest := t.noted("jsonPayload.rdata"); len(rest) > 0; {
		var line []byte
		line, rest, _ = cut(rest, "\n")
		if _, v, ok := cutLast(line, "\t"); ok {
			if b.Add(event.DNSAnswers, v); isIP(v) {
				b.Add(event.DNSResolvedIP, v)
			}
		}
	}
}

// commandCenter tells by its class what a finding of Google's Security Command Center is about.
func (t *jsonSink) commandCenter() {
	kind := "configuration"
	switch string(t.noted("finding.findingClass")) {
	case "THREAT", "TOXIC_COMBINATION":
		kind = "threat"
	case "VULNERABILITY":
		kind = "vulnerability"
	}
	t.b.AddString(event.EventCategory, kind)
	t.b.Unset(event.EventKind)
	t.b.SetString(event.EventKind, "alert")
	t.mailOnly()
}
