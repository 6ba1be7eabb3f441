package parse

import "watchpost/internal/event"

// service is a format of JSON that a service writes. A record that has all of the names in need is of it; each of its names is
// then put into a field (or a label, where there is none) that the record has not set itself. All of them are labels as well, by dotted path.
type service struct {
	need                   []string
	dataset, module, cloud string
	action                 string // of events that do not name one
	names                  []serviceName
	finish                 func(b *event.Batch, t *jsonSink)
}

type serviceName struct {
	path  string
	field event.Field
	label string
}

// services lists the formats; of those that fit the first counts. A name that a service writes in several ways stands once for each.
func services() []service {
	f := func(path string, field event.Field) serviceName { return serviceName{path: path, field: field} }
	l := func(path, label string) serviceName { return serviceName{path: path, label: label} }
	return []service{
		{need: []string{"eventSource", "eventName", "awsRegion"}, dataset: "aws.cloudtrail", module: "aws", cloud: "aws", finish: cloudTrail, names: []serviceName{
			f("eventName", event.EventAction), f("eventSource", event.EventProvider), f("errorCode", event.ErrorCode), f("errorMessage", event.ErrorMessage),
			f("sourceIPAddress", event.SourceIP), f("sourceIPAddress", event.SourceAddress), f("userAgent", event.UserAgentOriginal),
			f("userIdentity.userName", event.UserName), f("userIdentity.sessionContext.sessionIssuer.userName", event.UserName), f("userIdentity.arn", event.UserName),
			f("userIdentity.invokedBy", event.UserName), f("userIdentity.principalId", event.UserID), f("userIdentity.type", event.UserRoles),
			f("requestParameters.userName", event.UserTargetName), f("requestParameters.groupName", event.GroupName),
			l("recipientAccountId", "cloud.account.id"), l("userIdentity.accountId", "cloud.account.id"), l("awsRegion", "cloud.region"),
			f("responseElements.ConsoleLogin", event.EventReason)}},
		{need: []string{"detail-type", "detail.type", "detail.severity"}, dataset: "aws.guardduty", module: "aws", cloud: "aws", action: "finding", names: []serviceName{
			f("detail.type", event.RuleName), f("detail.title", event.Message), f("detail.description", event.RuleDescription), f("source", event.EventProvider),
			l("account", "cloud.account.id"), l("region", "cloud.region"), f("detail.severity", event.EventRiskScore),
			f("detail.resource.instanceDetails.instanceId", event.HostID), f("detail.resource.accessKeyDetails.userName", event.UserName),
			f("detail.service.action.networkConnectionAction.remoteIpDetails.ipAddressV4", event.SourceIP), f("detail.service.action.awsApiCallAction.remoteIpDetails.ipAddressV4", event.SourceIP)}},
		{need: []string{"category", "properties.userPrincipalName", "operationName"}, dataset: "azure.signinlogs", module: "azure", cloud: "azure", finish: azureSignIn, names: []serviceName{
			f("operationName", event.EventAction), f("properties.userPrincipalName", event.UserName), f("properties.userId", event.UserID), f("properties.userDisplayName", event.UserFullName),
			f("properties.ipAddress", event.SourceIP), f("callerIpAddress", event.SourceIP), f("properties.userAgent", event.UserAgentOriginal), f("resultType", event.ErrorCode),
			f("resultDescription", event.EventReason), f("properties.appDisplayName", event.ServiceName), f("properties.location.countryOrRegion", event.SourceGeoCountryIsoCode),
			f("properties.location.city", event.SourceGeoCityName), f("category", event.EventProvider), l("tenantId", "cloud.account.id")}},
		{need: []string{"category", "properties.activityDisplayName", "operationName"}, dataset: "azure.auditlogs", module: "azure", cloud: "azure", finish: azureResult, names: []serviceName{
			f("operationName", event.EventAction), f("properties.initiatedBy.user.userPrincipalName", event.UserName), f("properties.initiatedBy.app.displayName", event.UserName),
			f("properties.initiatedBy.user.ipAddress", event.SourceIP), f("callerIpAddress", event.SourceIP), f("category", event.EventProvider), l("tenantId", "cloud.account.id"), l("properties.result", "azure.result")}},
		{need: []string{"category", "resourceId", "operationName"}, dataset: "azure.activitylogs", module: "azure", cloud: "azure", finish: azureResult, names: []serviceName{
			f("operationName", event.EventAction), f("callerIpAddress", event.SourceIP), f("identity.claims.name", event.UserName), f("caller", event.UserName),
			f("category", event.EventProvider), f("location", event.ObserverName), l("subscriptionId", "cloud.account.id"), l("resourceId", "cloud.resource.id"), l("resultSignature", "azure.result"), l("resultType", "azure.result")}},
		{need: []string{"protoPayload.methodName", "protoPayload.serviceName"}, dataset: "gcp.audit", module: "gcp", cloud: "gcp", finish: gcpAudit, names: []serviceName{
			f("protoPayload.methodName", event.EventAction), f("protoPayload.serviceName", event.EventProvider), f("protoPayload.authenticationInfo.principalEmail", event.UserName),
			f("protoPayload.requestMetadata.callerIp", event.SourceIP), f("protoPayload.requestMetadata.callerSuppliedUserAgent", event.UserAgentOriginal),
			f("protoPayload.status.message", event.EventReason), f("protoPayload.status.code", event.ErrorCode), l("resource.labels.project_id", "cloud.project.id"),
			l("resource.labels.project_id", "cloud.account.id"), l("resource.labels.location", "cloud.region"), l("protoPayload.resourceName", "cloud.resource.id"), f("severity", event.LogLevel)}},
		{need: []string{"eventType", "actor.alternateId", "outcome.result"}, dataset: "okta.system", module: "okta", finish: oktaSystem, names: []serviceName{
			f("eventType", event.EventAction), f("actor.alternateId", event.UserName), f("actor.displayName", event.UserFullName), f("actor.id", event.UserID),
			f("client.ipAddress", event.SourceIP), f("client.userAgent.rawUserAgent", event.UserAgentOriginal), f("outcome.reason", event.EventReason),
			f("displayMessage", event.Message), f("client.geographicalContext.city", event.SourceGeoCityName), f("client.geographicalContext.country", event.SourceGeoCountryName),
			f("severity", event.LogLevel)}},
		{need: []string{"Workload", "Operation", "UserId"}, dataset: "o365.audit", module: "o365", cloud: "azure", finish: m365, names: []serviceName{
			f("Operation", event.EventAction), f("Workload", event.EventProvider), f("UserId", event.UserName), f("ClientIP", event.SourceIP), f("ClientIPAddress", event.SourceIP),
			f("ActorIpAddress", event.SourceIP), f("UserAgent", event.UserAgentOriginal), f("ObjectId", event.FilePath), f("SourceFileName", event.FileName),
			f("LogonError", event.EventReason), l("ResultStatus", "o365.result"), l("OrganizationId", "cloud.account.id")}},
		{need: []string{"action", "actor", "org"}, dataset: "github.audit", module: "github", names: []serviceName{
			f("action", event.EventAction), f("actor", event.UserName), f("actor_ip", event.SourceIP), f("user", event.UserTargetName), f("user_agent", event.UserAgentOriginal),
			f("repo", event.ServiceName), l("org", "cloud.account.id"), f("team", event.GroupName)}},
		{need: []string{"auditID", "verb", "user.username"}, dataset: "kubernetes.audit", module: "kubernetes", finish: kubernetes, names: []serviceName{
			f("verb", event.EventAction), f("user.username", event.UserName), f("user.uid", event.UserID), f("user.groups", event.UserRoles), f("sourceIPs", event.SourceIP),
			f("userAgent", event.UserAgentOriginal), f("responseStatus.code", event.HTTPResponseStatusCode), f("requestURI", event.URLOriginal),
			f("objectRef.name", event.ServiceName)}},
		{need: []string{"Type", "Action", "Actor.ID"}, dataset: "docker.events", module: "docker", names: []serviceName{
			f("Action", event.EventAction), f("Type", event.EventProvider), f("Actor.Attributes.name", event.ServiceName), l("Actor.Attributes.image", "container.image.name"),
			l("Actor.ID", "container.id")}},
		{need: []string{"auditd.message_type"}, dataset: "auditd.log", module: "auditd", finish: auditbeat, names: []serviceName{
			{path: "auditd.message_type", label: "auditd.message_type"}, {path: "auditd.data.syscall", label: "auditd.syscall"}}},
	}
}

// serviceIndex finds what services() lists by name.
type serviceIndex struct {
	all  []service
	slot map[string]int // of a name that some service writes
	need []uint64       // by service: the slots of what it needs
	use  [][]int        // by service: the slots of its names
}

const maxServiceNeed = 64

func newServiceIndex() *serviceIndex {
	x := &serviceIndex{all: services(), slot: map[string]int{}}
	at := func(name string) int {
		n, ok := x.slot[name]
		if !ok {
			n = len(x.slot)
			x.slot[name] = n
		}
		return n
	}
	for i := range x.all { // what decides comes first: it must fit into a mask
		mask := uint64(0)
		for _, name := range x.all[i].need {
			n := at(name)
			if n >= maxServiceNeed {
				panic("BUG: parse: services need more than 64 names")
			}
			mask |= 1 << n
		}
		x.need = append(x.need, mask)
	}
	for i := range x.all {
		var use []int
		for _, n := range x.all[i].names {
			use = append(use, at(n.path))
		}
		x.use = append(x.use, use)
	}
	return x
}

// serviceLeaf is a leaf that a service may have written.
type serviceLeaf struct {
	slot int
	k    jsonKind
	v    []byte
}

const maxServiceLeaves = 64

// isService remembers a leaf that a service may have written.
func (t *jsonSink) isService(path []byte, k jsonKind, v []byte) {
	n, ok := t.p.services.slot[string(path)]
	if !ok || len(t.leaves) == maxServiceLeaves {
		return
	}
	if n < maxServiceNeed {
		t.seen |= 1 << n
	}
	t.leaves = append(t.leaves, serviceLeaf{n, k, v})
}

// service gives a record of a service its fields.
func (t *jsonSink) service() {
	x := t.p.services
	for i := range x.all {
		if t.seen&x.need[i] == x.need[i] {
			t.fill(&x.all[i], x.use[i])
			return
		}
	}
}

func (t *jsonSink) fill(s *service, use []int) {
	b, e := t.b, event.Event{Batch: t.b, Row: t.b.Rows()}
	if e.Str(event.EventDataset) == "json" {
		b.SetString(event.EventDataset, s.dataset)
	}
	if !e.Present(event.EventModule) {
		b.SetString(event.EventModule, s.module)
	}
	if s.cloud != "" {
		b.Label([]byte("cloud.provider"), unsafeBytes(s.cloud))
	}
	for i := range s.names {
		n := &s.names[i]
		leaf, ok := t.leafOf(use[i])
		if !ok {
			continue
		}
		if n.label != "" {
			b.Label(unsafeBytes(n.label), leaf.v)
			continue
		}
		if e.Present(n.field) && n.field.Info().Kind != event.List {
			continue
		}
		if leaf.k == jsonRaw {
			t.array(unsafeBytes(n.field.String()), leaf.v)
			continue
		}
		t.set(n.field, jsonString, leaf.v)
	}
	if s.action != "" && !e.Present(event.EventAction) {
		b.SetString(event.EventAction, s.action)
	}
	if s.finish != nil {
		s.finish(b, t)
	}
	if !e.Present(event.EventType) {
		b.AddString(event.EventType, verbType(e.Str(event.EventAction)))
	}
}

// verbs say of which type an action is that begins with them, in whatever case, or has them behind a point or slash.
var verbs = [...]struct{ verb, typ string }{{"CREATE", "creation"}, {"ADD", "creation"}, {"INSERT", "creation"}, {"NEW-", "creation"}, {"RUN", "creation"}, {"DELETE", "deletion"}, {"REMOVE", "deletion"},
	{"TERMINATE", "deletion"}, {"DESTROY", "deletion"}, {"PURGE", "deletion"}, {"UPDATE", "change"}, {"PUT", "change"}, {"SET", "change"}, {"MODIFY", "change"}, {"PATCH", "change"}, {"ATTACH", "change"}, {"DETACH", "change"},
	{"ENABLE", "change"}, {"DISABLE", "change"}, {"WRITE", "change"}, {"CHANGE", "change"}, {"GET", "access"}, {"LIST", "access"}, {"DESCRIBE", "access"}, {"READ", "access"}, {"WATCH", "access"}, {"DOWNLOAD", "access"},
	{"VIEW", "access"}, {"FILEACCESSED", "access"}, {"USERLOG", "start"}, {"CONSOLELOGIN", "start"}, {"SIGN-IN", "start"}, {"ASSUMEROLE", "start"}}

// verbType is the type of a service's action by its verb, "info" where that tells nothing.
func verbType(action string) string {
	at := action
	for i := len(action) - 2; i > 0; i-- {
		if action[i] == '.' || action[i] == '/' {
			at = action[i+1:]
			break
		}
	}
	for _, s := range [...]string{action, at} {
		for i := range verbs {
			v := &verbs[i]
			if len(s) >= len(v.verb) && foldEqual(unsafeBytes(s[:len(v.verb)]), v.verb) {
				return v.typ
			}
		}
	}
	return "info"
}

func (t *jsonSink) leafOf(slot int) (serviceLeaf, bool) {
	for i := range t.leaves {
		if t.leaves[i].slot == slot {
			return t.leaves[i], true
		}
	}
	return serviceLeaf{}, false
}

// said gives what a record says under a name of services().
func (t *jsonSink) said(path string) string {
	leaf, _ := t.leafOf(t.p.services.slot[path])
	return view(leaf.v)
}

func outcome(b *event.Batch, t *jsonSink, ok bool) {
	if (event.Event{Batch: t.b, Row: t.b.Rows()}).Present(event.EventOutcome) {
		return
	}
	if b.SetString(event.EventOutcome, "success"); !ok {
		b.SetString(event.EventOutcome, "failure")
	}
}

func cloudTrail(b *event.Batch, t *jsonSink) {
	_, failed := t.leafOf(t.p.services.slot["errorCode"])
	outcome(b, t, !failed && t.said("responseElements.ConsoleLogin") != "Failure")
	switch t.said("eventName") {
	case "ConsoleLogin", "AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "GetSessionToken":
		b.AddString(event.EventCategory, "authentication")
	}
	switch t.said("eventSource") {
	case "iam.amazonaws.com":
		b.AddString(event.EventCategory, "iam")
	case "signin.amazonaws.com", "sts.amazonaws.com":
	default:
		b.AddString(event.EventCategory, "api")
	}
}

func azureSignIn(b *event.Batch, t *jsonSink) {
	b.AddString(event.EventCategory, "authentication")
	code := t.said("resultType")
	outcome(b, t, code == "0" || code == "")
}

func azureResult(b *event.Batch, t *jsonSink) {
	b.AddString(event.EventCategory, "configuration")
	e := event.Event{Batch: t.b, Row: t.b.Rows()}
	switch result := e.Str(event.EventOutcome); result {
	case "":
		switch t.label1("resultType", "properties.result", "resultSignature") {
		case "Success", "success", "Succeeded", "Succeeded.", "Start", "Accept", "Accepted":
			b.SetString(event.EventOutcome, "success")
		case "Failure", "failure", "Failed", "Failed.":
			b.SetString(event.EventOutcome, "failure")
		}
	}
}

// label1 gives the first of these that the record says.
func (t *jsonSink) label1(paths ...string) string {
	for _, p := range paths {
		if slot, ok := t.p.services.slot[p]; ok {
			if leaf, ok := t.leafOf(slot); ok {
				return view(leaf.v)
			}
		}
	}
	return ""
}

func gcpAudit(b *event.Batch, t *jsonSink) {
	code := t.said("protoPayload.status.code")
	outcome(b, t, code == "" || code == "0")
	b.AddString(event.EventCategory, "api")
}

func oktaSystem(b *event.Batch, t *jsonSink) {
	switch t.said("outcome.result") {
	case "SUCCESS", "ALLOW":
		outcome(b, t, true)
	case "FAILURE", "DENY":
		outcome(b, t, false)
	}
	if a := t.said("eventType"); len(a) > 12 && (a[:12] == "user.session" || a[:9] == "user.auth") {
		b.AddString(event.EventCategory, "authentication")
	} else {
		b.AddString(event.EventCategory, "iam")
	}
}

func m365(b *event.Batch, t *jsonSink) {
	switch t.said("Operation") {
	case "UserLoggedIn":
		outcome(b, t, true)
		b.AddString(event.EventCategory, "authentication")
	case "UserLoginFailed":
		outcome(b, t, false)
		b.AddString(event.EventCategory, "authentication")
	default:
		switch t.label1("ResultStatus") {
		case "", "Success", "Succeeded", "True", "PartiallySucceeded":
			outcome(b, t, true)
		default:
			outcome(b, t, false)
		}
		b.AddString(event.EventCategory, "web")
	}
	ip := unsafeBytes(t.label1("ClientIP", "ClientIPAddress")) // 192.0.2.7:51234, [2001:db8::7]:51234
	if !isIP(ip) {
		if rest, ok := after(ip, "["); ok {
			ip, _, _ = cut(rest, "]")
		} else {
			ip, _, _ = cut(ip, ":")
		}
		if isIP(ip) {
			setAddr(b, &src, ip)
		}
	}
}

func kubernetes(b *event.Batch, t *jsonSink) {
	code, ok := number(unsafeBytes(t.said("responseStatus.code")))
	if ok {
		outcome(b, t, code < 400)
	}
	b.AddString(event.EventCategory, "api")
}
