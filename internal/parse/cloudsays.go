package parse

import "watchpost/internal/event"

func outcome(b *event.Batch, t *jsonSink, ok bool) {
	if (event.Event{Batch: t.b, Row: t.b.Rows()}).Present(event.EventOutcome) {
		return
	}
	if b.SetString(event.EventOutcome, "success"); !ok {
		b.SetString(event.EventOutcome, "failure")
	}
}

// first gives the first of these that the record says.
func (t *jsonSink) first(paths ...string) string {
	for _, p := range paths {
		if slot, ok := t.p.services.slot[p]; ok {
			if leaf, ok := t.leafOf(slot); ok {
				return view(leaf.v)
			}
		}
	}
	return ""
}

// setUPN sets what a user's mail address says of him. Where short is true his name is what stands before the sign, as Elastic has it for this service.
func setUPN(b *event.Batch, v string, short bool) {
	name, domain, ok := cutLast(bytesOf(v), "@")
	if !ok || len(name) == 0 || len(domain) == 0 || index(name, " ") >= 0 {
		return
	}
	b.SetString(event.UserEmail, v)
	b.Set(event.UserDomain, domain)
	if short {
		b.Set(event.UserName, name)
	}
}

// setTargetMail is setUPN for who is acted upon.
func setTargetMail(b *event.Batch, v []byte) {
	if name, domain, ok := cutLast(v, "@"); ok && len(name) > 0 {
		b.Set(event.UserTargetDomain, domain)
		v = name
	}
	b.Set(event.UserTargetName, v)
}

// tlsVersion is the number in TLSv1.3, TLSv12, TLS 1.2; what is no version of TLS stays as it is.
func tlsVersion(v []byte) []byte {
	rest, ok := after(v, "TLS")
	if !ok {
		return v
	}
	rest = trimLeft(trimLeft(rest, '_'), ' ')
	if r, ok := after(rest, "v"); ok {
		rest = r
	}
	switch string(rest) {
	case "10", "1":
		return bytesOf("1.0")
	case "11":
		return bytesOf("1.1")
	case "12":
		return bytesOf("1.2")
	case "13":
		return bytesOf("1.3")
	}
	if len(rest) == 3 && rest[1] == '.' {
		return rest
	}
	return v
}

func cloudTrailInsight(b *event.Batch, _ *jsonSink) {
	b.AddString(event.EventCategory, "api")
	b.AddString(event.EventType, "info")
}

func cloudTrail(b *event.Batch, t *jsonSink) {
	if arn := bytesOf(t.said("userIdentity.arn")); len(arn) > 0 && !(event.Event{Batch: b, Row: b.Rows()}).Present(event.UserName) { // arn:aws:iam::123456789012:root, …:assumed-role/admin/alice
		_, name, _ := cutLast(arn, ":")
		b.Set(event.UserName, lastName(name))
	}
	action := t.said("eventName")
	outcome(b, t, t.first("errorCode", "errorMessage") == "" && t.said("responseElements.ConsoleLogin") != "Failure" && t.said("serviceEventDetails.UserAuthentication") != "Failure" &&
		t.said("serviceEventDetails.CredentialVerification") != "Failure")
	if t.said("userIdentity.userName") == "HIDDEN_DUE_TO_SECURITY_REASONS" { // of log-ins with names that are not known
		b.Unset(event.UserName)
	}
	switch action {
	case "ConsoleLogin", "AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "GetSessionToken", "GetFederationToken", "SwitchRole", "ExitRole", "CheckMfa", "UserAuthentication", "CredentialVerification", "CredentialChallenge":
		b.AddString(event.EventCategory, "authentication")
	}
	switch t.said("eventSource") {
	case "iam.amazonaws.com", "sso.amazonaws.com", "sso-directory.amazonaws.com", "identitystore.amazonaws.com", "organizations.amazonaws.com":
		b.AddString(event.EventCategory, "iam")
	case "signin.amazonaws.com", "sts.amazonaws.com":
	default:
		b.AddString(event.EventCategory, "api")
		if changes(verbType(action)) {
			b.AddString(event.EventCategory, "configuration")
		}
	}
}

// findingFlow gives protocol and direction of a finding the words of ECS.
func findingFlow(b *event.Batch) {
	e := event.Event{Batch: b, Row: b.Rows()}
	if s := e.Str(event.NetworkTransport); s != "" {
		b.Unset(event.NetworkTransport)
		setTransport(b, bytesOf(s))
	}
	if s := e.Str(event.NetworkDirection); s != "" {
		b.Unset(event.NetworkDirection)
		setFlowDirection(b, bytesOf(s))
	}
}

// azureRisk reads what Entra's Identity Protection found out of a user; the categories are those of its logs.
func azureRisk(b *event.Batch, t *jsonSink) {
	b.SetString(event.EventDataset, "azure.identity_protection")
	b.AddString(event.EventCategory, "iam")
	b.AddString(event.EventType, "info")
	if kind := t.said("properties.riskEventType"); kind != "" {
		b.SetString(event.EventKind, "alert")
		b.SetString(event.RuleName, kind)
	}
	b.SetString(event.EventReason, t.said("properties.riskState"))
	b.SetString(event.LogLevel, t.said("properties.riskLevel"))
	b.Unset(event.ErrorCode)
}

// azureGraph reads a request to Microsoft's Graph.
func azureGraph(b *event.Batch, t *jsonSink) {
	b.AddString(event.EventCategory, "web")
	b.AddString(event.EventCategory, "api")
	b.AddString(event.EventType, "access")
	t.p.setTarget(b, bytesOf(t.said("properties.requestUri")))
	if n, ok := (event.Event{Batch: b, Row: b.Rows()}).Int(event.HTTPResponseStatusCode); ok {
		outcome(b, t, n < 400)
	}
}

// azureRecord reads what all of Azure's records say under one name.
func azureRecord(b *event.Batch, t *jsonSink) {
	e := event.Event{Batch: b, Row: b.Rows()}
	if ms := bytesOf(t.said("durationMs")); len(ms) > 0 && !e.Present(event.EventDuration) {
		setLasted(b, ms, 1e6)
	}
	if !e.Present(event.LogLevel) {
		b.SetString(event.LogLevel, t.said("Level"))
	}
	if !e.Present(event.SourceIP) {
		setHostPort(b, &src, bytesOf(t.said("callerIpAddress")))
	}
	t.location("properties.location.geoCoordinates.latitude", "properties.location.geoCoordinates.longitude")
	id := bytesOf(t.said("resourceId"))
	if t.first("tenantId", "subscriptionId", "SubscriptionId") == "" && len(id) > 15 && foldEqual(id[:15], "/SUBSCRIPTIONS/") {
		account, _, _ := cut(id[15:], "/")
		b.Label([]byte("cloud.account.id"), account)
	}
}

// location sets where an end is from latitude and longitude.
func (t *jsonSink) location(lat, lon string) {
	if lat, lon = t.said(lat), t.said(lon); lat != "" && lon != "" {
		t.p.val = append(append(append(t.p.val[:0], lat...), ','), lon...)
		t.b.Set(event.SourceGeoLocation, t.p.val)
	}
}

func azurePlatform(b *event.Batch, t *jsonSink) {
	b.AddString(event.EventCategory, "configuration")
	switch t.said("Status") {
	case "Succeeded", "Success":
		outcome(b, t, true)
	case "Failed", "Failure":
		outcome(b, t, false)
	}
}

func azureSignIn(b *event.Batch, t *jsonSink) {
	upn := t.said("properties.userPrincipalName")
	switch t.said("category") {
	case "UserRiskEvents", "RiskyUsers", "RiskyServicePrincipals", "ServicePrincipalRiskEvents":
		setUPN(b, upn, false)
		azureRisk(b, t)
		return
	}
	setUPN(b, upn, true)
	b.AddString(event.EventCategory, "authentication")
	code := t.said("resultType")
	if outcome(b, t, code == "0" || code == ""); code == "0" { // no error
		b.Unset(event.ErrorCode)
	}
}

func azureResult(b *event.Batch, t *jsonSink) {
	b.AddString(event.EventCategory, "configuration")
	for _, name := range [...]string{"resultType", "properties.result", "resultSignature"} {
		switch t.said(name) {
		case "Success", "success", "Succeeded", "Succeeded.":
			outcome(b, t, true)
		case "Failure", "failure", "Failed", "Failed.", "clientError", "timeout":
			outcome(b, t, false)
		case "Start", "Started", "Started.", "Accept", "Accepted", "Accepted.": // not done yet
			return
		}
	}
}

// azureActivity: provisioning is of accounts, all else of resources.
func azureActivity(b *event.Batch, t *jsonSink) {
	azureResult(b, t)
	e := event.Event{Batch: b, Row: b.Rows()}
	setUPN(b, e.Str(event.UserName), true)
	if !e.Present(event.UserName) { // of some the display name is the address
		setUPN(b, e.Str(event.UserFullName), true)
	}
	if t.said("category") == "ProvisioningLogs" {
		b.Unset(event.EventCategory)
		b.AddString(event.EventCategory, "iam")
		b.AddString(event.EventType, "user")
		if typ := verbType(t.said("properties.provisioningAction")); changes(typ) {
			b.AddString(event.EventType, typ)
		}
	}
}

// azureAudit reads what was done in the directory, and to whom.
func azureAudit(b *event.Batch, t *jsonSink) {
	switch t.said("properties.category") {
	case "UserManagement", "GroupManagement", "RoleManagement", "AdministrativeUnit", "Authentication":
		b.AddString(event.EventCategory, "iam")
	}
	setUPN(b, t.said("properties.initiatedBy.user.userPrincipalName"), false)
	azureResult(b, t)
	directoryTargets(b, bytesOf(t.said("properties.targetResources")), "userPrincipalName", "Group")
}

// directoryTargets reads to whom something was done out of a list of objects with a type: the first user, by its member name, and the first group.
func directoryTargets(b *event.Batch, list []byte, name, group string) {
	if o := objectWhere(list, "type", "User"); o != nil {
		if v := firstIn(o, name); name == "alternateId" { // Okta's
			setTargetMail(b, v)
		} else {
			b.Set(event.UserTargetName, v)
		}
		b.Set(event.UserTargetID, firstIn(o, "id"))
	}
	if o := objectWhere(list, "type", group); o != nil {
		b.Set(event.GroupName, firstIn(o, "displayName"))
		b.Set(event.GroupID, firstIn(o, "id"))
	}
}

// azureFlow reads the first tuple of a network's flow log; a record holds many, which stay in the label:
//
//	1795700400,198.51.100.5,10.5.16.4,58864,3389,T,I,D,B,,,,          a security group's: seconds, ends, ports, protocol, direction, verdict, state, counts
//	1795700400123,10.0.0.6,192.0.2.180,23956,443,6,O,B,NX,0,0,0,0     a virtual network's: milliseconds …, direction, state, encryption, counts
func azureFlow(b *event.Batch, t *jsonSink) {
	b.AddString(event.EventCategory, netw)
	b.AddString(event.EventType, "connection")
	raw := bytesOf(t.first("properties.flows", "flowRecords.flows"))
	b.Set(event.RuleName, firstIn(raw, "rule"))
	_, rest, ok := cut(raw, `"flowTuples"`)
	if !ok {
		return
	}
	_, rest, _ = cut(rest, `"`)
	tuple, _ := quoted(rest)
	var v [13][]byte
	n := 0
	for s, more := tuple, true; n < len(v) && more; n++ {
		v[n], s, more = cut(s, ",")
	}
	if n < 8 || !isIP(v[1]) || !isIP(v[2]) {
		return
	}
	if at, ok := epoch(v[0]); ok {
		b.SetInt(event.EventStart, at)
	}
	setAddr(b, &src, v[1])
	setAddr(b, &dst, v[2])
	setPort(b, event.SourcePort, v[3])
	setPort(b, event.DestinationPort, v[4])
	switch string(v[5]) {
	case "T":
		setTransport(b, bytesOf("tcp"))
	case "U":
		setTransport(b, bytesOf("udp"))
	default:
		setTransport(b, v[5])
	}
	switch string(v[6]) {
	case "I":
		b.SetString(event.NetworkDirection, "inbound")
	case "O":
		b.SetString(event.NetworkDirection, "outbound")
	}
	verdict, state := v[7], v[8]
	if len(verdict) == 1 && (verdict[0] != 'A' && verdict[0] != 'D' || len(v[8]) > 1) { // a virtual network's
		state = verdict
	}
	switch {
	case string(verdict) == "D":
		b.AddString(event.EventType, "denied")
		b.SetString(event.EventOutcome, failure)
	default:
		b.AddString(event.EventType, "allowed")
		b.SetString(event.EventOutcome, success)
	}
	switch string(state) {
	case "B":
		b.AddString(event.EventType, "start")
	case "E":
		b.AddString(event.EventType, "end")
	}
	setNum(b, event.SourcePackets, v[9])
	setNum(b, event.SourceBytes, v[10])
	setNum(b, event.DestinationPackets, v[11])
	setNum(b, event.DestinationBytes, v[12])
}

func gcpAudit(b *event.Batch, t *jsonSink) {
	code := t.said("protoPayload.status.code")
	granted := index(bytesOf(t.said("protoPayload.authorizationInfo")), `"granted":false`) < 0
	refused := hasSuffix(bytesOf(t.said("protoPayload.methodName")), "loginFailure")
	outcome(b, t, (code == "0" || code == "" && granted) && !refused)
	setUPN(b, t.said("protoPayload.authenticationInfo.principalEmail"), false)
	action := bytesOf(t.said("protoPayload.methodName"))
	switch {
	case index(action, "IamPolicy") > 0 || index(action, "IamPermissions") > 0 || t.said("protoPayload.serviceName") == "iam.googleapis.com":
		b.AddString(event.EventCategory, "api")
		b.AddString(event.EventCategory, "iam")
	case t.said("protoPayload.serviceName") == "login.googleapis.com":
		b.AddString(event.EventCategory, "authentication")
	default:
		b.AddString(event.EventCategory, "api")
		if changes(verbType(view(action))) {
			b.AddString(event.EventCategory, "configuration")
		}
	}
}

func oktaSystem(b *event.Batch, t *jsonSink) {
	switch t.said("outcome.result") {
	case "SUCCESS", "ALLOW":
		outcome(b, t, true)
	case "FAILURE", "DENY":
		outcome(b, t, false)
	case "UNKNOWN", "CHALLENGE", "SKIPPED":
		b.SetString(event.EventOutcome, "unknown")
	}
	e := event.Event{Batch: b, Row: b.Rows()}
	setUPN(b, t.said("actor.alternateId"), true)
	for _, f := range [...]event.Field{event.UserName, event.UserFullName} {
		if e.Str(f) == "unknown" { // nobody
			b.Unset(f)
		}
	}
	b.SetString(event.SourceUserName, e.Str(event.UserName))
	t.location("client.geographicalContext.geolocation.lat", "client.geographicalContext.geolocation.lon")
	action := bytesOf(t.said("eventType"))
	switch {
	case hasPrefix(action, "user.session") || hasPrefix(action, "user.auth") || hasPrefix(action, "app.generic.unauth") || string(action) == "policy.evaluate_sign_on":
		b.AddString(event.EventCategory, "authentication")
		if hasPrefix(action, "user.session") {
			b.AddString(event.EventCategory, "session")
		}
	case hasPrefix(action, "security.request.blocked"):
		b.AddString(event.EventCategory, netw)
		b.AddString(event.EventType, "denied")
	case hasPrefix(action, "system.org.rate_limit") || hasPrefix(action, "core.concurrency"):
		b.AddString(event.EventCategory, netw)
		b.AddString(event.EventType, "info")
	case hasPrefix(action, "policy.") || hasPrefix(action, "zone.") || hasPrefix(action, "application.lifecycle") || hasPrefix(action, "app.oauth2"):
		b.AddString(event.EventCategory, "configuration")
	case hasPrefix(action, "security.threat") || hasPrefix(action, "security.attack"):
		b.AddString(event.EventCategory, "threat")
		b.AddString(event.EventType, "indicator")
	default:
		b.AddString(event.EventCategory, "iam")
	}
	target := bytesOf(t.said("target"))
	directoryTargets(b, target, "alternateId", "UserGroup")
	if o := objectWhere(target, "type", "AppInstance"); o != nil {
		b.Set(event.ServiceName, firstIn(o, "displayName"))
	}
}

// gitHub tells by the operation, which newer records state, and else by the words of the action.
func gitHub(b *event.Batch, t *jsonSink) {
	action := t.said("action")
	operation := t.said("operation_type")
	if ns, ok := epoch(bytesOf(t.said("created_at"))); ok && t.rank == 0 {
		t.epoch, t.rank = ns, 1
	}
	switch {
	case action == "user.login", action == "user.failed_login", action == "org.sso_response", action == "business.sso_response":
		b.AddString(event.EventCategory, "authentication")
		b.AddString(event.EventType, "start")
		outcome(b, t, action != "user.failed_login")
	case action == "user.logout":
		b.AddString(event.EventCategory, "authentication")
		b.AddString(event.EventType, "end")
	case action == "repo.access": // who may see the repository is another
		b.AddString(event.EventCategory, "configuration")
		b.AddString(event.EventType, "change")
	case action == "api.request":
		b.AddString(event.EventCategory, "api")
		b.AddString(event.EventType, "access")
		if n, ok := number(bytesOf(t.said("status_code"))); ok {
			outcome(b, t, n < 400)
		}
	case operation == "authentication":
		b.AddString(event.EventCategory, "authentication")
	case isIAM(action):
		b.AddString(event.EventCategory, "iam")
		iamTypes(b, action)
		if a := bytesOf(action); hasPrefix(a, "org.") && index(a, "member") > 0 { // whose members the organisation's are
			b.SetString(event.GroupName, t.said("org"))
		}
	default:
		b.AddString(event.EventCategory, "configuration")
	}
	b.AddString(event.EventCategory, "web")
	if e := (event.Event{Batch: b, Row: b.Rows()}); operation != "" && !e.Present(event.EventType) {
		switch operation {
		case "create":
			b.AddString(event.EventType, "creation")
		case "modify", "transfer", "restore":
			b.AddString(event.EventType, "change")
		case "remove":
			b.AddString(event.EventType, "deletion")
		case "access":
			b.AddString(event.EventType, "access")
		case "authentication":
			b.AddString(event.EventType, "start")
		}
	}
}

func kubernetes(b *event.Batch, t *jsonSink) {
	e := event.Event{Batch: b, Row: b.Rows()}
	if e.Str(event.LogLevel) != "" { // how much is recorded, no level of severity
		b.Unset(event.LogLevel)
	}
	if uri := bytesOf(t.said("requestURI")); len(uri) > 0 && uri[0] == '/' {
		setPath(b, uri)
	}
	code, ok := number(unsafeBytes(t.said("responseStatus.code")))
	switch {
	case ok:
		outcome(b, t, code < 400)
	case t.said("annotations.authorization.k8s.io/decision") == "forbid":
		outcome(b, t, false)
	}
	b.AddString(event.EventCategory, "api")
}

// workspaceAlert names the user of an alert as those of other records of Workspace.
func (t *jsonSink) workspaceAlert() {
	setUPN(t.b, event.Event{Batch: t.b, Row: t.b.Rows()}.Str(event.UserEmail), true)
}

// workspaceUsers and workspaceGroups are the parameters under which Google Workspace names whom something was done to.
var (
	workspaceUsers  = [...]string{"USER_EMAIL", "affected_email_address", "target_user", "user_email", "member_email"}
	workspaceGroups = [...]string{"GROUP_EMAIL", "group_email"}
)

// workspace reads what the first event of a record of Google Workspace means; the record's events are an array, or one of them where an agent made a record of each.
func (t *jsonSink) workspace() {
	b := t.b
	first, _ := nextObject(t.noted("events"))
	action, kind := firstIn(first, "name"), string(firstIn(first, "type"))
	_, list, _ := cut(first, `"parameters"`)
	if first == nil {
		action, kind, list = t.noted("events.name"), string(t.noted("events.type")), t.noted("events.parameters")
	}
	parameter := func(name string) []byte {
		if list == nil {
			return nil
		}
		return firstIn(objectWhere(list, "name", name), "value")
	}
	app := string(t.noted("id.applicationName"))
	setUPN(b, string(t.noted("actor.email")), true)
	for _, name := range workspaceUsers {
		setTargetMail(b, parameter(name))
	}
	for _, name := range workspaceGroups {
		if v := parameter(name); v != nil {
			group, domain, _ := cutLast(v, "@")
			b.Set(event.GroupName, group)
			b.Set(event.GroupDomain, domain)
		}
	}
	b.Set(event.EventReason, parameter("login_failure_type"))
	b.Set(event.EventReason, parameter("failure_type"))
	switch {
	case app == "login" || app == "saml":
		switch string(action) {
		case "login_success":
			b.SetString(event.EventOutcome, success)
			b.AddString(event.EventType, "start")
		case "login_failure":
			b.SetString(event.EventOutcome, failure)
			b.AddString(event.EventType, "start")
		case "logout":
			b.AddString(event.EventType, "end")
		case "login_challenge", "login_verification":
			workspaceStatus(b, parameter("login_challenge_status"))
			b.AddString(event.EventType, "info")
		default:
			b.AddString(event.EventType, "info")
		}
		b.Set(event.ServiceName, parameter("application_name"))
		b.AddString(event.EventCategory, authn)
		if index(action, "account_disabled") == 0 || index(action, "2sv_") == 0 || index(action, "_edit") > 0 {
			b.AddString(event.EventCategory, "iam")
		}
	case app == "drive":
		b.AddString(event.EventCategory, "file")
		b.AddString(event.EventType, verbType(view(action)))
		name := parameter("doc_title")
		b.Set(event.FileName, name)
		if _, ext, ok := cutLast(name, "."); ok && len(ext) < 16 && index(ext, " ") < 0 {
			b.Set(event.FileExtension, ext)
		}
		owner, _, _ := cutLast(parameter("owner"), "@")
		b.Set(event.FileOwner, owner)
	case app == "groups" || app == "groups_enterprise":
		b.AddString(event.EventCategory, "iam")
		b.AddString(event.EventType, "group")
		if typ := verbType(view(action)); index(action, "_group") > 0 && (typ == "creation" || typ == "deletion") {
			b.AddString(event.EventType, typ)
		} else {
			b.AddString(event.EventType, "change")
		}
		workspaceStatus(b, parameter("status"))
	case app == "admin" && kind != "USER_SETTINGS" && kind != "GROUP_SETTINGS" && kind != "DELEGATED_ADMIN_SETTINGS":
		b.AddString(event.EventCategory, "configuration")
		b.AddString(event.EventType, verbType(view(action)))
	default:
		b.AddString(event.EventCategory, "iam")
		if app == "user_accounts" {
			b.AddString(event.EventType, "user")
			b.AddString(event.EventType, verbType(view(action)))
			break
		}
		b.Set(event.ServiceName, parameter("app_name"))
		iamTypes(b, view(action))
	}
}

// workspaceStatus reads whether something went well: Challenge Passed., succeeded, failed.
func workspaceStatus(b *event.Batch, status []byte) {
	switch {
	case hasFold(status, "PASSED"), hasFold(status, "SUCCE"):
		b.SetString(event.EventOutcome, success)
	case hasFold(status, "FAIL"):
		b.SetString(event.EventOutcome, failure)
	}
}

// dockerEvent tells what Docker's daemon did with a container, an image, a network or a volume.
func dockerEvent(b *event.Batch, t *jsonSink) {
	b.AddString(event.EventCategory, "host")
	if _, cmd, ok := cut(unsafeBytes(t.said("Action")), ": "); ok { // exec_create: sh -c id
		b.Set(event.ProcessCommandLine, cmd)
	}
}
