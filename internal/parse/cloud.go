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

// serviceName is a name and where its value goes; with neither field nor label only finish asks for it.
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
			f("userIdentity.userName", event.UserName), f("userIdentity.sessionContext.sessionIssuer.userName", event.UserName), f("additionalEventData.UserName", event.UserName), {path: "userIdentity.arn"},
			f("userIdentity.principalId", event.UserID), f("userIdentity.onBehalfOf.userId", event.UserID), f("responseElements.user.userId", event.UserTargetID), f("responseElements.group.groupId", event.GroupID), f("errorMessage", event.EventReason),
			f("requestParameters.userName", event.UserTargetName), f("requestParameters.groupName", event.GroupName), f("requestParameters.newUserName", event.UserChangesName),
			f("tlsDetails.tlsVersion", event.TLSVersion), f("tlsDetails.cipherSuite", event.TLSCipher), f("tlsDetails.clientProvidedHostHeader", event.TLSClientServerName),
			l("recipientAccountId", "cloud.account.id"), l("userIdentity.accountId", "cloud.account.id"), l("awsRegion", "cloud.region"),
			{path: "responseElements.ConsoleLogin"}, {path: "serviceEventDetails.UserAuthentication"}, {path: "serviceEventDetails.CredentialVerification"}}},
		{need: []string{"insightDetails.eventName", "insightDetails.eventSource"}, dataset: "aws.cloudtrail", module: "aws", cloud: "aws", finish: cloudTrailInsight, names: []serviceName{
			f("insightDetails.eventName", event.EventAction), f("insightDetails.eventSource", event.EventProvider), f("insightDetails.insightType", event.EventReason), f("insightDetails.errorCode", event.ErrorCode),
			l("recipientAccountId", "cloud.account.id"), l("awsRegion", "cloud.region")}},
		{need: []string{"auditID", "verb", "user.username"}, dataset: "kubernetes.audit", module: "kubernetes", finish: kubernetes, names: []serviceName{
			f("verb", event.EventAction), f("user.username", event.UserName), f("user.uid", event.UserID), f("user.groups", event.UserRoles), f("sourceIPs", event.SourceIP),
			f("userAgent", event.UserAgentOriginal), f("responseStatus.code", event.HTTPResponseStatusCode), f("requestURI", event.URLOriginal),
			f("objectRef.name", event.ServiceName), f("impersonatedUser.username", event.UserEffectiveName), f("responseStatus.reason", event.EventReason), f("responseStatus.message", event.Message),
			{path: "annotations.authorization.k8s.io/decision"}}},
		{need: []string{"category", "properties.requestMethod", "properties.requestUri"}, dataset: "azure.graphactivitylogs", module: "azure", cloud: "azure", finish: azureGraph, names: []serviceName{
			f("operationName", event.EventAction), f("category", event.EventProvider), f("callerIpAddress", event.SourceIP), f("callerIpAddress", event.SourceAddress), f("properties.userId", event.UserID), f("properties.servicePrincipalId", event.UserID), f("properties.requestMethod", event.HTTPRequestMethod), {path: "properties.requestUri"},
			f("properties.responseStatusCode", event.HTTPResponseStatusCode), f("properties.responseSizeBytes", event.HTTPResponseBodyBytes), f("properties.userAgent", event.UserAgentOriginal), l("resourceId", "cloud.resource.id"), l("tenantId", "cloud.account.id")}},
		{need: []string{"category", "properties.userPrincipalName", "operationName"}, dataset: "azure.signinlogs", module: "azure", cloud: "azure", finish: azureSignIn, names: []serviceName{
			f("operationName", event.EventAction), f("properties.userPrincipalName", event.UserName), f("properties.userId", event.UserID), f("properties.userDisplayName", event.UserFullName),
			f("properties.ipAddress", event.SourceIP), f("callerIpAddress", event.SourceIP), f("properties.userAgent", event.UserAgentOriginal), f("resultType", event.ErrorCode),
			f("resultDescription", event.EventReason), f("properties.status.failureReason", event.EventReason), f("properties.appDisplayName", event.ServiceName), f("properties.location.countryOrRegion", event.SourceGeoCountryIsoCode),
			f("properties.location.city", event.SourceGeoCityName), f("category", event.EventProvider), l("tenantId", "cloud.account.id"),
			{path: "properties.riskEventType"}, {path: "properties.riskState"}, {path: "properties.riskLevel"}}},
		{need: []string{"category", "properties.servicePrincipalId", "operationName"}, dataset: "azure.signinlogs", module: "azure", cloud: "azure", finish: azureSignIn, names: []serviceName{
			f("operationName", event.EventAction), f("properties.servicePrincipalName", event.UserName), f("properties.servicePrincipalId", event.UserID), f("properties.ipAddress", event.SourceIP), f("callerIpAddress", event.SourceIP),
			f("resultType", event.ErrorCode), f("resultDescription", event.EventReason), f("properties.resourceDisplayName", event.ServiceName), f("properties.location.countryOrRegion", event.SourceGeoCountryIsoCode),
			f("properties.location.city", event.SourceGeoCityName), f("category", event.EventProvider), l("tenantId", "cloud.account.id"),
			{path: "properties.riskEventType"}, {path: "properties.riskState"}, {path: "properties.riskLevel"}}},
		{need: []string{"category", "operationName", "properties.flows"}, dataset: "azure.nsgflow", module: "azure", cloud: "azure", action: "flow", finish: azureFlow, names: []serviceName{
			f("category", event.EventProvider), l("resourceId", "cloud.resource.id"), f("macAddress", event.HostMAC)}},
		{need: []string{"category", "operationName", "flowRecords.flows"}, dataset: "azure.vnetflow", module: "azure", cloud: "azure", action: "flow", finish: azureFlow, names: []serviceName{
			f("category", event.EventProvider), l("targetResourceID", "cloud.resource.id"), f("macAddress", event.HostMAC)}},
		{need: []string{"category", "properties.activityDisplayName", "operationName"}, dataset: "azure.auditlogs", module: "azure", cloud: "azure", finish: azureAudit, names: []serviceName{
			f("operationName", event.EventAction), f("properties.initiatedBy.user.userPrincipalName", event.UserName), f("properties.initiatedBy.app.displayName", event.UserName),
			f("properties.initiatedBy.user.ipAddress", event.SourceIP), f("callerIpAddress", event.SourceIP), f("category", event.EventProvider), l("tenantId", "cloud.account.id"), l("properties.result", "azure.result"),
			f("properties.resultReason", event.EventReason), f("properties.initiatedBy.user.id", event.UserID), {path: "properties.targetResources"}, {path: "properties.category"}}},
		{need: []string{"category", "resourceId", "properties.msg"}, dataset: "azure.firewall", module: "azure", cloud: "azure", finish: azureFirewallText, names: []serviceName{
			f("category", event.EventProvider), f("properties.msg", event.Message), l("resourceId", "cloud.resource.id")}},
		{need: []string{"category", "properties.Action", "properties.SourceIp"}, dataset: "azure.firewall", module: "azure", cloud: "azure", finish: azureFirewall, names: []serviceName{
			f("category", event.EventProvider), f("properties.SourceIp", event.SourceIP), f("properties.SourceIp", event.SourceAddress), f("properties.SourcePort", event.SourcePort), f("properties.DestinationIp", event.DestinationIP), f("properties.DestinationIp", event.DestinationAddress),
			f("properties.DestinationPort", event.DestinationPort), f("properties.TranslatedIp", event.DestinationNATIP), f("properties.TranslatedPort", event.DestinationNATPort), f("properties.Fqdn", event.DestinationDomain), f("properties.TargetUrl", event.URLOriginal), f("properties.ThreatDescription", event.EventReason),
			f("properties.Rule", event.RuleName), f("properties.RuleCollection", event.RuleRuleset), f("properties.SignatureId", event.RuleID), f("properties.Description", event.RuleDescription), f("properties.ActionReason", event.EventReason),
			f("properties.WebCategory", event.RuleCategory), {path: "properties.Action"}, {path: "properties.Protocol"}, l("resourceId", "cloud.resource.id")}},
		{need: []string{"category", "properties.QueryName", "properties.QueryType"}, dataset: "azure.firewall", module: "azure", cloud: "azure", action: "dns_query", finish: azureDNS, names: []serviceName{
			f("category", event.EventProvider), f("properties.SourceIp", event.SourceIP), f("properties.SourceIp", event.SourceAddress), f("properties.SourcePort", event.SourcePort), {path: "properties.QueryName"}, f("properties.QueryType", event.DNSQuestionType), f("properties.QueryId", event.DNSID), f("properties.ResponseCode", event.DNSResponseCode), {path: "properties.Protocol"}, l("resourceId", "cloud.resource.id")}},
		{need: []string{"category", "properties.ruleSetType", "properties.action"}, dataset: "azure.application_gateway", module: "azure", cloud: "azure", action: "waf_alert", finish: azureWAF, names: []serviceName{
			f("category", event.EventProvider), f("properties.clientIp", event.SourceIP), f("properties.clientIp", event.SourceAddress), f("properties.clientPort", event.SourcePort), {path: "properties.requestUri"}, f("properties.ruleId", event.RuleID), f("properties.message", event.RuleName),
			f("properties.message", event.Message), f("properties.ruleGroup", event.RuleRuleset), f("properties.ruleSetType", event.RuleCategory), f("properties.details.message", event.RuleDescription), f("properties.hostname", event.URLDomain), {path: "properties.action"}, l("resourceId", "cloud.resource.id")}},
		{need: []string{"category", "properties.policyMode", "properties.action"}, dataset: "azure.frontdoor", module: "azure", cloud: "azure", action: "waf_alert", finish: azureWAF, names: []serviceName{
			f("category", event.EventProvider), f("properties.clientIP", event.SourceIP), f("properties.clientIP", event.SourceAddress), f("properties.clientPort", event.SourcePort), {path: "properties.requestUri"}, f("properties.ruleName", event.RuleName), f("properties.policy", event.RuleRuleset), f("properties.host", event.URLDomain),
			f("properties.details.msg", event.Message), {path: "properties.action"}, l("resourceId", "cloud.resource.id")}},
		{need: []string{"category", "properties.httpMethod", "properties.requestUri"}, dataset: "azure.access", module: "azure", cloud: "azure", action: "http_request", finish: azureAccess, names: []serviceName{
			f("category", event.EventProvider), f("properties.clientIP", event.SourceIP), f("properties.clientIP", event.SourceAddress), f("properties.clientIp", event.SourceIP), f("properties.clientIp", event.SourceAddress), f("properties.clientPort", event.SourcePort), f("properties.httpMethod", event.HTTPRequestMethod), {path: "properties.requestUri"},
			f("properties.requestQuery", event.URLQuery), f("properties.userAgent", event.UserAgentOriginal), f("properties.httpStatus", event.HTTPResponseStatusCode), f("properties.httpStatusCode", event.HTTPResponseStatusCode), f("properties.originalHost", event.URLDomain), f("properties.host", event.URLDomain), f("properties.hostName", event.URLDomain), f("properties.referer", event.HTTPRequestReferrer),
			f("properties.receivedBytes", event.SourceBytes), f("properties.requestBytes", event.SourceBytes), f("properties.sentBytes", event.DestinationBytes), f("properties.responseBytes", event.DestinationBytes), f("properties.sslProtocol", event.TLSVersion), f("properties.securityProtocol", event.TLSVersion), f("properties.sslCipher", event.TLSCipher), {path: "properties.httpVersion"}, {path: "properties.timeTaken"}, l("resourceId", "cloud.resource.id")}},
		{need: []string{"category", "properties.server_principal_name", "properties.action_name"}, dataset: "azure.sql", module: "azure", cloud: "azure", finish: azureSQL, names: []serviceName{
			f("category", event.EventProvider), f("properties.action_name", event.EventAction), f("properties.client_ip", event.SourceIP), f("properties.client_ip", event.SourceAddress), f("properties.server_principal_name", event.UserName), f("properties.statement", event.ProcessCommandLine), {path: "properties.succeeded"}, l("properties.database_name", "database"), l("resourceId", "cloud.resource.id")}},
		{need: []string{"category", "properties.requestUri", "operationName"}, dataset: "azure.keyvault", module: "azure", cloud: "azure", finish: azureKeyVault, names: []serviceName{
			f("operationName", event.EventAction), f("category", event.EventProvider), f("callerIpAddress", event.SourceIP), f("callerIpAddress", event.SourceAddress), f("identity.claim.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn", event.UserName), f("identity.claim.upn", event.UserName), f("identity.claim.appid", event.UserID), {path: "properties.requestUri"},
			f("properties.httpStatusCode", event.HTTPResponseStatusCode), f("properties.clientInfo", event.UserAgentOriginal), f("resultDescription", event.EventReason), l("resultType", "azure.result"), l("resultSignature", "azure.result"), l("resourceId", "cloud.resource.id")}},
		{need: []string{"category", "operationName", "uri"}, dataset: "azure.storage", module: "azure", cloud: "azure", finish: azureStorage, names: []serviceName{
			f("operationName", event.EventAction), f("category", event.EventProvider), {path: "callerIpAddress"}, {path: "uri"}, f("statusCode", event.HTTPResponseStatusCode), f("statusText", event.EventReason), f("properties.userAgentHeader", event.UserAgentOriginal), f("identity.requester.upn", event.UserName), f("identity.requester.objectId", event.UserID), f("properties.objectKey", event.FilePath), l("resourceId", "cloud.resource.id")}},
		{need: []string{"category", "resourceId", "EventName"}, dataset: "azure.platformlogs", module: "azure", cloud: "azure", finish: azurePlatform, names: []serviceName{
			f("EventName", event.EventAction), f("category", event.EventProvider), l("Region", "cloud.region"), l("SubscriptionId", "cloud.account.id"), l("resourceId", "cloud.resource.id"), {path: "Status"}}},
		{need: []string{"category", "resourceId", "operationName"}, dataset: "azure.activitylogs", module: "azure", cloud: "azure", finish: azureActivity, names: []serviceName{
			f("operationName", event.EventAction), f("callerIpAddress", event.SourceIP), f("identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn", event.UserName), f("identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", event.UserName),
			f("identity.claims.http://schemas.microsoft.com/identity/claims/objectidentifier", event.UserID), f("identity.claims.name", event.UserFullName), f("caller", event.UserName),
			f("properties.initiatedBy.Name", event.UserName), f("properties.sourceIdentity.details.UserPrincipalName", event.UserTargetName), f("properties.sourceIdentity.Name", event.UserTargetName), f("properties.sourceIdentity.Id", event.UserTargetID), f("properties.targetSystem.Name", event.ServiceName),
			f("properties.initiatedBy.name", event.UserName), f("properties.sourceIdentity.name", event.UserTargetName), f("properties.sourceIdentity.id", event.UserTargetID), f("properties.targetSystem.name", event.ServiceName),
			f("properties.provisioningStatusInfo.errorInformation.reason", event.EventReason), {path: "properties.provisioningAction"},
			f("category", event.EventProvider), l("location", "cloud.region"), f("level", event.LogLevel), l("subscriptionId", "cloud.account.id"), l("resourceId", "cloud.resource.id"), l("resultSignature", "azure.result"), l("resultType", "azure.result")}},
		{need: []string{"protoPayload.methodName", "protoPayload.serviceName"}, dataset: "gcp.audit", module: "gcp", cloud: "gcp", finish: gcpAudit, names: []serviceName{
			f("protoPayload.methodName", event.EventAction), f("protoPayload.serviceName", event.EventProvider), f("protoPayload.serviceName", event.ServiceName), f("logName", event.LogLogger), f("protoPayload.authenticationInfo.principalEmail", event.UserName), {path: "protoPayload.authorizationInfo"},
			f("protoPayload.requestMetadata.callerIp", event.SourceIP), f("protoPayload.requestMetadata.callerSuppliedUserAgent", event.UserAgentOriginal),
			f("protoPayload.status.message", event.EventReason), f("protoPayload.status.code", event.ErrorCode), l("resource.labels.project_id", "cloud.project.id"),
			l("resource.labels.project_id", "cloud.account.id"), l("resource.labels.location", "cloud.region"), l("protoPayload.resourceName", "cloud.resource.id"), f("severity", event.LogLevel)}},
		{need: []string{"eventType", "actor.alternateId", "outcome.result"}, dataset: "okta.system", module: "okta", finish: oktaSystem, names: []serviceName{
			f("eventType", event.EventAction), f("actor.alternateId", event.UserName), f("actor.displayName", event.UserFullName), f("actor.id", event.UserID),
			f("client.ipAddress", event.SourceIP), f("client.userAgent.rawUserAgent", event.UserAgentOriginal), f("outcome.reason", event.EventReason),
			f("displayMessage", event.Message), f("client.geographicalContext.city", event.SourceGeoCityName), f("client.geographicalContext.country", event.SourceGeoCountryName),
			f("severity", event.LogLevel), f("securityContext.asNumber", event.SourceAsNumber), f("securityContext.asOrg", event.SourceAsOrganizationName), f("securityContext.domain", event.SourceDomain),
			{path: "client.geographicalContext.geolocation.lat"}, {path: "client.geographicalContext.geolocation.lon"}, {path: "target"}}},
		{need: []string{"Workload", "Operation", "UserId"}, dataset: "o365.audit", module: "o365", cloud: "azure", finish: m365, names: append([]serviceName{
			f("Operation", event.EventAction), f("Workload", event.EventProvider), f("UserId", event.UserName), f("ClientIP", event.SourceIP), f("ClientIPAddress", event.SourceIP),
			f("ActorIpAddress", event.SourceIP), f("UserAgent", event.UserAgentOriginal), {path: "ObjectId"}, {path: "ExtendedProperties"},
			f("SourceFileName", event.FileName), f("SourceFileExtension", event.FileExtension), f("SourceRelativeUrl", event.FileDirectory),
			l("ResultStatus", "o365.result"), l("OrganizationId", "cloud.account.id")}, m365Names()...)},
		{need: []string{"action", "actor", "org"}, dataset: "github.audit", module: "github", finish: gitHub, names: append(gitHubNames(), l("org", "cloud.account.id"))},
		{need: []string{"action", "actor", "business"}, dataset: "github.audit", module: "github", finish: gitHub, names: append(gitHubNames(), l("business", "cloud.account.id"))},
		{need: []string{"action", "actor", "_document_id"}, dataset: "github.audit", module: "github", finish: gitHub, names: gitHubNames()},
		{need: []string{"Type", "Action", "Actor.ID"}, dataset: "docker.events", module: "docker", finish: dockerEvent, names: []serviceName{
			f("Action", event.EventAction), f("Type", event.EventProvider), f("Actor.Attributes.name", event.ServiceName), l("Actor.Attributes.image", "container.image.name"),
			l("Actor.ID", "container.id")}},
		{need: []string{"auditd.message_type"}, dataset: "auditd.log", module: "auditd", finish: auditbeat, names: []serviceName{
			{path: "auditd.message_type", label: "auditd.message_type"}, {path: "auditd.data.syscall", label: "auditd.syscall"}}},
	}
}

// gitHubNames are those of GitHub's audit, whether it is an organisation's, an enterprise's or a user's.
func gitHubNames() []serviceName {
	f := func(path string, field event.Field) serviceName { return serviceName{path: path, field: field} }
	return []serviceName{
		f("action", event.EventAction), f("actor", event.UserName), f("actor_ip", event.SourceIP), f("user", event.UserTargetName), f("user_agent", event.UserAgentOriginal),
		f("repo", event.ServiceName), f("repository", event.ServiceName), f("request_method", event.HTTPRequestMethod), f("status_code", event.HTTPResponseStatusCode), f("route", event.URLPath), f("team", event.GroupName), f("actor_location.country_code", event.SourceGeoCountryIsoCode),
		f("actor_id", event.UserID), f("user_id", event.UserTargetID), f("external_identity_nameid", event.UserEmail), {path: "operation_type"}, {path: "org"}, {path: "created_at"}}
}

// serviceIndex finds what services() lists by name.
type serviceIndex struct {
	all  []service
	slot map[string]int // of a name that some service writes
	need []uint64       // by service: the slots of what it needs
	use  [][]int        // by service: the slots of its names
}

const maxServiceNeed = 64

// azureShared are names that a record of Azure has, whatever it is of.
var azureShared = []string{"durationMs", "Level", "callerIpAddress", "resourceId", "properties.location.geoCoordinates.latitude", "properties.location.geoCoordinates.longitude"}

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
	for _, name := range azureShared {
		at(name)
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

// serviceWrappers are the members in which others hand a record on: EventBridge, Elastic's agent on Kubernetes.
var serviceWrappers = [...]string{"detail.", "kubernetes.audit."}

// isService remembers a leaf that a service may have written.
func (t *jsonSink) isService(path []byte, k jsonKind, v []byte) {
	n, ok := t.p.services.slot[string(path)]
	for i := 0; i < len(serviceWrappers) && !ok; i++ {
		if rest, within := after(path, serviceWrappers[i]); within {
			n, ok = t.p.services.slot[string(rest)]
		}
	}
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
		if !t.row && t.seen&x.need[i] == x.need[i] {
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
		if n.label == "" && n.field == 0 { // for finish
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
		if n.field == event.TLSVersion {
			leaf.v = tlsVersion(leaf.v)
		}
		if t.set(n.field, jsonString, leaf.v) && n.field == event.SourceIP && !e.Present(event.SourceAddress) {
			b.Set(event.SourceAddress, leaf.v)
		}
	}
	if s.action != "" && !e.Present(event.EventAction) {
		b.SetString(event.EventAction, s.action)
	}
	if s.module == "azure" {
		azureRecord(b, t)
	}
	if s.finish != nil {
		s.finish(b, t)
	}
	if !e.Present(event.EventType) {
		if action := e.Str(event.EventAction); e.Len(event.EventCategory) > 0 && e.At(event.EventCategory, 0) == "iam" {
			iamTypes(b, action)
		} else {
			b.AddString(event.EventType, verbType(action))
		}
	}
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
