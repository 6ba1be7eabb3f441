package parse

import "watchpost/internal/event"

// saas is a class of a service whose records name what happened themselves; told says what its words mean.
func saas(dataset, module, category string) class {
	return class{dataset, module, "", "", category, [3]string{}}
}

// saasApps are services that an organisation rents: who logged in there, what was shared, what an administrator changed.
var saasApps = []jsonApp{
	{"date_create", [][2]string{{"action", "*"}, {"actor.type", "*"}}, saas("slack.audit", "slack", "configuration"), [2]string{}, "date_create",
		[]jsonName{{"action", event.EventAction}, {"actor.user.email", event.UserEmail}, {"actor.user.id", event.UserID}, {"actor.user.name", event.UserFullName}, {"context.ip_address", event.SourceIP}, {"context.ua", event.UserAgentOriginal},
			{"entity.file.name", event.FileName}, {"entity.user.email", event.UserTargetName}, {"entity.user.id", event.UserTargetID}}},
	{"event_ts", [][2]string{{"event", "*"}, {"payload.account_id", "*"}}, saas("zoom.webhook", "zoom", "configuration"), [2]string{}, "event_ts",
		[]jsonName{{"event", event.EventAction}, {"payload.operator", event.UserEmail}, {"payload.object.email", event.UserEmail}, {"payload.operator_id", event.UserID}, {"payload.object.participant.user_name", event.UserFullName}, {"payload.object.participant.email", event.UserEmail}, {"payload.object.participant.id", event.UserID}}},
	{"auditType.action", [][2]string{{"author.name", "*"}, {"auditType.category", "*"}}, class{"atlassian.audit", "atlassian", "", "", "configuration", [3]string{}}, [2]string{}, "timestamp.epochSecond", atlassianNames("auditType.")},
	{"type.action", [][2]string{{"author.name", "*"}, {"type.category", "*"}, {"author.type", "*"}}, class{"atlassian.audit", "atlassian", "", "", "configuration", [3]string{}}, [2]string{}, "", atlassianNames("type.")},
	{"attributes.action", [][2]string{{"attributes.time", "*"}, {"attributes.actor.id", "*"}}, saas("atlassian.audit", "atlassian", "configuration"), [2]string{}, "attributes.time",
		[]jsonName{{"attributes.action", event.EventAction}, {"attributes.actor.email", event.UserEmail}, {"attributes.actor.name", event.UserFullName}, {"attributes.actor.id", event.UserID}, {"attributes.location.ip", event.SourceIP}}},
	{"remoteAddress", [][2]string{{"summary", "*"}, {"category", "*"}, {"objectItem.typeName", "*"}}, saas("jira.audit", "jira", "configuration"), [2]string{}, "created",
		[]jsonName{{"summary", event.EventAction}, {"remoteAddress", event.SourceIP}, {"authorKey", event.UserName}, {"category", event.EventProvider}, {"objectItem.name", event.UserTargetName}}},
	{"created_by.login", [][2]string{{"event_type", "*"}, {"event_id", "*"}}, saas("box.events", "box", "configuration"), [2]string{}, "created_at",
		[]jsonName{{"event_type", event.EventAction}, {"created_by.login", event.UserEmail}, {"created_by.name", event.UserFullName}, {"created_by.id", event.UserID}, {"ip_address", event.SourceIP}, {"source.item_name", event.FileName}, {"source.login", event.UserTargetName}, {"source.group_name", event.GroupName}}},
	{"created_by.id", [][2]string{{"event_type", "*"}, {"event_id", "*"}}, saas("box.events", "box", "configuration"), [2]string{}, "created_at",
		[]jsonName{{"event_type", event.EventAction}, {"created_by.name", event.UserFullName}, {"created_by.id", event.UserID}, {"ip_address", event.SourceIP}, {"source.item_name", event.FileName}, {"additional_details.shield_alert.rule_name", event.RuleName}, {"additional_details.shield_alert.rule_id", event.RuleID}, {"additional_details.shield_alert.rule_category", event.RuleCategory},
			{"additional_details.shield_alert.risk_score", event.EventRiskScore}, {"additional_details.shield_alert.user.email", event.UserTargetName}, {"additional_details.shield_alert.user.id", event.UserTargetID}}},
	{"event_type..tag", [][2]string{{"event_category..tag", "*"}}, saas("dropbox.events", "dropbox", "configuration"), [2]string{}, "",
		[]jsonName{{"event_type..tag", event.EventAction}, {"actor.user.email", event.UserEmail}, {"actor.admin.email", event.UserEmail}, {"actor.user.display_name", event.UserFullName}, {"actor.user.account_id", event.UserID},
			{"origin.geo_location.ip_address", event.SourceIP}, {"origin.geo_location.city", event.SourceGeoCityName}, {"event_category..tag", event.EventProvider}}},
	{"LOGIN_STATUS", [][2]string{{"EVENT_TYPE", "*"}}, class{"salesforce.login", "salesforce", login, "", authn, [3]string{"start"}}, [2]string{"LOGIN_STATUS", "LOGIN_NO_ERROR"}, "TIMESTAMP_DERIVED",
		[]jsonName{{"SOURCE_IP", event.SourceIP}, {"CLIENT_IP", event.SourceIP}, {"USER_NAME", event.UserEmail}, {"USER_ID", event.UserID}, {"LOGIN_STATUS", event.EventReason}, {"BROWSER_TYPE", event.UserAgentOriginal}, {"URI", event.URLOriginal}, {"TLS_PROTOCOL", event.TLSVersion}, {"CIPHER_SUITE", event.TLSCipher}}},
	{"initiated_by.type", [][2]string{{"event_type", "*"}, {"service", "*"}, {"sso_token_success", "*"}}, saas("jumpcloud.events", "jumpcloud", "configuration"), [2]string{"sso_token_success", "true"}, "",
		[]jsonName{{"event_type", event.EventAction}, {"initiated_by.username", event.UserName}, {"initiated_by.email", event.UserEmail}, {"initiated_by.id", event.UserID}, {"username", event.UserName}, {"client_ip", event.SourceIP}, {"src_ip", event.SourceIP}, {"service", event.EventProvider},
			{"useragent.raw", event.UserAgentOriginal}, {"user_agent.original", event.UserAgentOriginal}, {"geoip.country_code", event.SourceGeoCountryIsoCode}, {"error_message", event.EventReason}, {"resource.username", event.UserTargetName}, {"system.hostname", event.HostName}}},
	{"initiated_by.type", [][2]string{{"event_type", "*"}, {"service", "*"}}, saas("jumpcloud.events", "jumpcloud", "configuration"), [2]string{"success", "true"}, "",
		[]jsonName{{"event_type", event.EventAction}, {"initiated_by.username", event.UserName}, {"initiated_by.email", event.UserEmail}, {"initiated_by.id", event.UserID}, {"username", event.UserName}, {"client_ip", event.SourceIP}, {"src_ip", event.SourceIP}, {"service", event.EventProvider},
			{"useragent.raw", event.UserAgentOriginal}, {"user_agent.original", event.UserAgentOriginal}, {"geoip.country_code", event.SourceGeoCountryIsoCode}, {"error_message", event.EventReason}, {"resource.username", event.UserTargetName}, {"system.hostname", event.HostName}}},
	{"actors.user.name", [][2]string{{"action.type", "*"}, {"result.status", "*"}}, saas("ping_one.audit", "ping_one", "iam"), [2]string{}, "recordedAt",
		[]jsonName{{"action.type", event.EventAction}, {"actors.user.name", event.UserName}, {"actors.user.id", event.UserID}, {"result.description", event.EventReason}, {"source.ipAddress", event.SourceIP}, {"source.userAgent", event.UserAgentOriginal}, {"result.status", 0}}},
	{"event_type_id", [][2]string{{"account_id", "*"}, {"ipaddr", "*"}}, saas("onelogin.events", "onelogin", "iam"), [2]string{}, "created_at",
		[]jsonName{{"event_type_id", event.EventCode}, {"user_name", event.UserName}, {"user_id", event.UserID}, {"ipaddr", event.SourceIP}, {"app_name", event.ServiceName}, {"error_description", event.EventReason}}},
	{"actingUserId", [][2]string{{"object", "event"}, {"type", "*"}}, saas("bitwarden.event", "bitwarden", "iam"), [2]string{}, "date",
		[]jsonName{{"type", event.EventCode}, {"actingUserId", event.UserID}, {"ipAddress", event.SourceIP}, {"memberId", event.UserTargetID}, {"groupId", event.GroupID}}},
	{"actor.loginName", [][2]string{{"action", "*"}, {"target.type", "*"}}, saas("tailscale.config", "tailscale", "configuration"), [2]string{}, "",
		[]jsonName{{"action", event.EventAction}, {"actor.loginName", event.UserEmail}, {"actor.displayName", event.UserFullName}, {"actor.id", event.UserID}, {"target.name", event.ServiceName}, {"target.type", event.EventProvider}, {"error", event.EventReason}}},
	{"access_method", [][2]string{{"app", "*"}, {"srcip", "*"}, {"user", "*"}}, class{"netskope.events", "netskope", "", "", "web", [3]string{"access"}}, [2]string{}, "",
		[]jsonName{{"activity", event.EventAction}, {"action", event.EventReason}, {"user", event.UserEmail}, {"srcip", event.SourceIP}, {"dstip", event.DestinationIP}, {"dstport", event.DestinationPort}, {"url", event.URLOriginal}, {"app", event.NetworkApplication}, {"policy", event.RuleName}, {"object", event.FileName},
			{"client_bytes", event.SourceBytes}, {"server_bytes", event.DestinationBytes}, {"numbytes", event.NetworkBytes}, {"conn_duration", event.EventDuration}, {"file_size", event.FileSize}, {"md5", event.FileHashMd5},
			{"useragent", event.UserAgentOriginal}, {"hostname", event.HostName}, {"dst_country", event.DestinationGeoCountryIsoCode}, {"src_country", event.SourceGeoCountryIsoCode}}},
	{"webhook.webhookEvent", [][2]string{{"webhook.eventTimestamp", "*"}}, saas("jamf_pro.events", "jamf_pro", "configuration"), [2]string{}, "webhook.eventTimestamp", jamfWebhook},
	{"webhook.webhook_event", [][2]string{{"webhook.event_timestamp", "*"}}, saas("jamf_pro.events", "jamf_pro", "configuration"), [2]string{}, "webhook.event_timestamp", jamfWebhook},

	{"AppDomain", [][2]string{{"Allowed", "*"}, {"IPAddress", "*"}}, class{"cloudflare.access_requests", "cloudflare", login, "", authn, [3]string{"start"}}, [2]string{"Allowed", "true"}, "CreatedAt",
		[]jsonName{{"Email", event.UserEmail}, {"IPAddress", event.SourceIP}, {"UserUID", event.UserID}, {"AppDomain", event.URLDomain}, {"Country", event.SourceGeoCountryIsoCode}, {"Connection", event.EventProvider}, {"PurposeJustificationResponse", event.EventReason}, {"Action", 0}}},
	{"ResolverDecision", [][2]string{{"QueryName", "*"}}, class{"cloudflare.gateway_dns", "cloudflare", "dns_query", "", netw, [3]string{"protocol"}}, [2]string{}, "Datetime",
		append(gatewayNames[:len(gatewayNames):len(gatewayNames)], jsonName{"QueryName", event.DNSQuestionName}, jsonName{"QueryTypeName", event.DNSQuestionType}, jsonName{"RCode", 0}, jsonName{"ResolverDecision", event.EventReason}, jsonName{"ResolvedIPs", event.DNSResolvedIP}, jsonName{"Protocol", 0})},
	{"HTTPStatusCode", [][2]string{{"HTTPHost", "*"}, {"Action", "*"}}, class{"cloudflare.gateway_http", "cloudflare", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "Datetime",
		append(gatewayNames[:len(gatewayNames):len(gatewayNames)], jsonName{"HTTPHost", event.URLDomain}, jsonName{"HTTPMethod", event.HTTPRequestMethod}, jsonName{"HTTPStatusCode", event.HTTPResponseStatusCode}, jsonName{"URL", event.URLOriginal}, jsonName{"UserAgent", event.UserAgentOriginal}, jsonName{"Referer", event.HTTPRequestReferrer},
			jsonName{"DestinationIP", event.DestinationIP}, jsonName{"DestinationPort", event.DestinationPort}, jsonName{"PolicyName", event.RuleName}, jsonName{"PolicyID", event.RuleID}, jsonName{"HTTPVersion", event.HTTPVersion}, jsonName{"BlockedFileName", event.FileName}, jsonName{"BlockedFileSize", event.FileSize}, jsonName{"BlockedFileReason", event.EventReason}, jsonName{"BlockedFileHash", 0}, jsonName{"Action", 0})},
	{"DetectedProtocol", [][2]string{{"Action", "*"}, {"SourceIP", "*"}}, class{"cloudflare.gateway_network", "cloudflare", "firewall-rule", "", netw, [3]string{"connection"}}, [2]string{}, "Datetime",
		gatewayNetwork},

	{"env_from", [][2]string{{"hdr_from", "*"}, {"src_ip", "*"}, {"account_id", "*"}}, class{"barracuda.email", "barracuda", "", "", "email", [3]string{}}, [2]string{}, "",
		[]jsonName{{"env_from", event.EmailFromAddress}, {"recipients[].email", event.EmailToAddress}, {"recipients[].reason", event.EventReason}, {"recipients", 0}, {"src_ip", event.SourceIP}, {"ptr_record", event.SourceDomain}, {"subject", event.EmailSubject}, {"message_id", event.EmailLocalID}}},
	{"ZEN", [][2]string{{"SessionStatus", "*"}, {"Username", "*"}}, class{"zscaler_zpa.user_status", "zscaler_zpa", login, "", authn, [3]string{"start"}}, [2]string{"SessionStatus", "ZPN_STATUS_AUTHENTICATED"}, "TimestampAuthentication",
		[]jsonName{{"Username", event.UserEmail}, {"PublicIP", event.SourceIP}, {"CountryCode", event.SourceGeoCountryIsoCode}, {"Hostname", event.SourceDomain}, {"SessionStatus", event.EventReason}}},
	{"ConnectionStatus", [][2]string{{"ClientPublicIP", "*"}, {"Username", "*"}}, class{"zscaler_zpa.user_activity", "zscaler_zpa", "", "", netw, [3]string{"connection"}}, [2]string{}, "TimestampConnectionStart",
		[]jsonName{{"ConnectionStatus", event.EventAction}, {"Username", event.UserEmail}, {"ClientPublicIP", event.SourceIP}, {"ServerIP", event.DestinationIP}, {"ServerPort", event.DestinationPort}, {"Host", event.DestinationDomain}, {"Application", event.NetworkApplication}, {"Policy", event.RuleName}, {"InternalReason", event.EventReason}, {"IPProtocol", event.NetworkTransport}}},
	{"triggeredComponents", [][2]string{{"model.then.name", "*"}, {"pbid", "*"}}, class{"darktrace.model_breach_alert", "darktrace", "ids_alert", "", "intrusion_detection", [3]string{"info"}}, [2]string{}, "time",
		[]jsonName{{"model.then.name", event.RuleName}, {"model.then.description", event.RuleDescription}, {"model.then.uuid", event.RuleUuid}, {"device.ip", event.SourceIP}, {"device.hostname", event.SourceDomain}, {"device.macaddress", event.SourceMAC}, {"score", event.EventRiskScore}}},
	{"pbid", [][2]string{{"model.name", "*"}, {"breachUrl", "*"}}, class{"darktrace.model_breach_alert", "darktrace", "ids_alert", "", "intrusion_detection", [3]string{"info"}}, [2]string{}, "time",
		[]jsonName{{"model.name", event.RuleName}, {"model.description", event.RuleDescription}, {"model.uuid", event.RuleUuid}, {"device.ip", event.SourceIP}, {"device.hostname", event.SourceDomain}, {"device.macaddress", event.SourceMAC}, {"score", event.EventRiskScore}}},
	{"summariser", [][2]string{{"title", "*"}, {"aiaScore", "*"}}, class{"darktrace.ai_analyst_alert", "darktrace", "incident", "", "intrusion_detection", [3]string{"info"}}, [2]string{}, "createdAt",
		[]jsonName{{"title", event.RuleName}, {"summary", event.RuleDescription}, {"id", event.RuleUuid}, {"aiaScore", event.EventRiskScore}, {"breachDevices[].ip", event.SourceIP}, {"breachDevices[].hostname", event.SourceDomain}}},
	{"attackData.clientIP", [][2]string{{"httpMessage.host", "*"}, {"httpMessage.method", "*"}}, class{"akamai.siem", "akamai", "waf_alert", "", "web", [3]string{"access"}}, [2]string{}, "httpMessage.start",
		[]jsonName{{"attackData.clientIP", event.SourceIP}, {"attackData.policyId", event.RuleRuleset}, {"httpMessage.host", event.URLDomain}, {"httpMessage.method", event.HTTPRequestMethod}, {"httpMessage.path", event.URLOriginal}, {"httpMessage.query", event.URLQuery}, {"httpMessage.status", event.HTTPResponseStatusCode}, {"httpMessage.bytes", event.HTTPResponseBodyBytes}, {"httpMessage.protocol", event.HTTPVersion}, {"httpMessage.port", event.DestinationPort},
			{"geo.country", event.SourceGeoCountryIsoCode}, {"geo.city", event.SourceGeoCityName}, {"attackData.rules[].ruleMessage", event.RuleName}, {"attackData.rules[].rule", event.RuleID}}},
	{"clickIP", [][2]string{{"clickTime", "*"}, {"url", "*"}}, class{"proofpoint_tap.click", "proofpoint", "url-access", "", "web", [3]string{"access"}}, [2]string{}, "clickTime",
		[]jsonName{{"sender", event.EmailFromAddress}, {"recipient", event.EmailToAddress}, {"clickIP", event.SourceIP}, {"url", event.URLOriginal}, {"userAgent", event.UserAgentOriginal}, {"classification", event.RuleCategory}, {"messageID", event.EmailMessageID}}},
	{"GUID", [][2]string{{"sender", "*"}, {"senderIP", "*"}, {"messageID", "*"}}, class{"proofpoint_tap.message", "proofpoint", "mail_received", "", "email", [3]string{"info"}}, [2]string{}, "messageTime",
		[]jsonName{{"sender", 0}, {"fromAddress", 0}, {"messageParts", 0}, {"recipient", event.EmailToAddress}, {"senderIP", event.SourceIP}, {"subject", event.EmailSubject}, {"messageID", event.EmailMessageID}, {"QID", event.EmailLocalID}, {"threatsInfoMap[].classification", event.RuleCategory}, {"threatsInfoMap[].threat", event.RuleName}, {"quarantineFolder", 0}}},
}

// gatewayNames are what Cloudflare's gateway says of the client.
var gatewayNames = []jsonName{{"SrcIP", event.SourceIP}, {"SourceIP", event.SourceIP}, {"SrcPort", event.SourcePort}, {"SourcePort", event.SourcePort}, {"DstIP", event.DestinationIP}, {"DstPort", event.DestinationPort}, {"Email", event.UserEmail}, {"UserID", event.UserID}, {"DeviceName", event.SourceDomain}, {"Policy", event.RuleName}}

// saasWords say what the services call these things, by module and word.
var saasWords = map[string]class{
	"slack user_login":        loginClass(success),
	"slack user_login_failed": loginClass(failure),
	"wiz Login":               loginClass(""), "tines Login": loginClass(success), "tines Logout": logoutClass,
	"lastpass Log in": loginClass(success), "lastpass Login": loginClass(success), "lastpass Failed Login Attempt": loginClass(failure), "lastpass Master Password Changed": {action: "password_changed", outcome: success, category: "iam", types: [3]string{"user", "change"}},
	"forgerock AM-LOGIN-COMPLETED": loginClass(""), "forgerock AM-LOGOUT": logoutClass, "forgerock AM-LOGIN-MODULE-COMPLETED": {category: authn, types: [3]string{"info"}},
	"qualys login": loginClass(success), "qualys logout": logoutClass,
	"box SHIELD_ALERT":      {action: "ids_alert", category: "threat", types: [3]string{"indicator"}},
	"slack user_logout":     logoutClass,
	"slack file_downloaded": {category: "file", types: [3]string{"access"}}, "slack file_uploaded": {category: "file", types: [3]string{"creation"}}, "slack file_shared": {category: "file", types: [3]string{"change"}},
	"slack user_created": {category: "iam", types: [3]string{"user", "creation"}}, "slack user_deactivated": {category: "iam", types: [3]string{"user", "change"}}, "slack role_change_to_admin": {category: "iam", types: [3]string{"user", "change"}},

	"zoom meeting.started": {category: "session", types: [3]string{"start"}}, "zoom meeting.ended": {category: "session", types: [3]string{"end"}}, "zoom meeting.participant_joined": {category: "session", types: [3]string{"start"}}, "zoom meeting.participant_left": {category: "session", types: [3]string{"end"}},
	"zoom user.signed_in": loginClass(success), "zoom user.signed_out": logoutClass,
	"zoom user.created": {category: "iam", types: [3]string{"user", "creation"}}, "zoom user.deleted": {category: "iam", types: [3]string{"user", "deletion"}}, "zoom user.updated": {category: "iam", types: [3]string{"user", "change"}},

	"atlassian user_login": loginClass(success), "atlassian user_logged_in": loginClass(success), "atlassian user_logged_out": logoutClass,

	"box LOGIN": loginClass(success), "box ADMIN_LOGIN": loginClass(success), "box FAILED_LOGIN": loginClass(failure),
	"box DOWNLOAD": {category: "file", types: [3]string{"access"}}, "box PREVIEW": {category: "file", types: [3]string{"access"}}, "box UPLOAD": {category: "file", types: [3]string{"creation"}}, "box DELETE": {category: "file", types: [3]string{"deletion"}},
	"box EDIT": {category: "file", types: [3]string{"change"}}, "box MOVE": {category: "file", types: [3]string{"change"}}, "box RENAME": {category: "file", types: [3]string{"change"}}, "box COPY": {category: "file", types: [3]string{"creation"}}, "box SHARE": {category: "file", types: [3]string{"change"}},
	"box NEW_USER": {category: "iam", types: [3]string{"user", "creation"}}, "box DELETE_USER": {category: "iam", types: [3]string{"user", "deletion"}}, "box EDIT_USER": {category: "iam", types: [3]string{"user", "change"}},

	"dropbox login_success": loginClass(success), "dropbox login_fail": loginClass(failure), "dropbox sso_error": loginClass(failure), "dropbox logout": logoutClass,
	"dropbox file_download": {category: "file", types: [3]string{"access"}}, "dropbox file_add": {category: "file", types: [3]string{"creation"}}, "dropbox file_delete": {category: "file", types: [3]string{"deletion"}}, "dropbox file_edit": {category: "file", types: [3]string{"change"}},

	"jumpcloud user_login_attempt": loginClass(""), "jumpcloud admin_login_attempt": loginClass(""), "jumpcloud login_attempt": loginClass(""), "jumpcloud sso_auth": loginClass(""), "jumpcloud radius_auth": loginClass(""), "jumpcloud radius_auth_attempt": loginClass(""), "jumpcloud ldap_bind": loginClass(""), "jumpcloud user_logout": logoutClass,

	"ping_one AUTHENTICATION.SUCCEEDED": loginClass(success), "ping_one AUTHENTICATION.FAILED": loginClass(failure), "ping_one PASSWORD.CHECK_SUCCEEDED": loginClass(success), "ping_one PASSWORD.CHECK_FAILED": loginClass(failure), "ping_one USER.ACCESS_ALLOWED": loginClass(success), "ping_one USER.ACCESS_DENIED": loginClass(failure),

	"onelogin 5": loginClass(success), "onelogin 6": loginClass(failure), "onelogin 7": logoutClass,
	"onelogin 8": {action: "app_login", outcome: success, category: authn, types: [3]string{"start"}}, "onelogin 78": {action: "app_login", outcome: success, category: authn, types: [3]string{"start"}}, "onelogin 77": {action: "app_login", outcome: failure, category: authn, types: [3]string{"start"}}, "onelogin 85": {action: "app_login", outcome: failure, category: authn, types: [3]string{"start"}},
	"onelogin 68": loginClass(success), "onelogin 122": loginClass(success), "onelogin 130": loginClass(success), "onelogin 140": loginClass(success), "onelogin 153": loginClass(success), "onelogin 69": loginClass(failure), "onelogin 86": loginClass(failure), "onelogin 123": loginClass(failure), "onelogin 129": loginClass(failure), "onelogin 141": loginClass(failure), "onelogin 154": loginClass(failure), // RADIUS, programs, LDAP, other identities, computers
	"onelogin 11": {action: "password_changed", outcome: success, category: "iam", types: [3]string{"user", "change"}}, "onelogin 12": {action: "user_unlocked", outcome: success, category: "iam", types: [3]string{"user", "change"}}, "onelogin 13": {action: "user_added", outcome: success, category: "iam", types: [3]string{"user", "creation"}}, "onelogin 14": {action: "user_changed", outcome: success, category: "iam", types: [3]string{"user", "change"}}, "onelogin 15": {action: "user_changed", outcome: success, category: "iam", types: [3]string{"user", "change"}}, "onelogin 16": {action: "user_changed", outcome: success, category: "iam", types: [3]string{"user", "change"}}, "onelogin 21": {action: "user_changed", outcome: success, category: "iam", types: [3]string{"user", "change"}}, "onelogin 32": {action: "user_changed", outcome: success, category: "iam", types: [3]string{"user", "change"}}, "onelogin 72": {action: "user_changed", outcome: success, category: "iam", types: [3]string{"user", "change"}}, "onelogin 73": {action: "user_changed", outcome: success, category: "iam", types: [3]string{"user", "change"}},
	"onelogin 17": {action: "user_deleted", outcome: success, category: "iam", types: [3]string{"user", "deletion"}}, "onelogin 19": {action: "user_locked", outcome: success, category: "iam", types: [3]string{"user", "change"}}, "onelogin 4": {action: "user_added_to_group", outcome: success, category: "iam", types: [3]string{"group", "change"}}, "onelogin 147": {action: "user_added_to_group", outcome: success, category: "iam", types: [3]string{"group", "change"}}, "onelogin 149": {action: "user_added_to_group", outcome: success, category: "iam", types: [3]string{"group", "change"}}, "onelogin 148": {action: "user_removed_from_group", outcome: success, category: "iam", types: [3]string{"group", "change"}}, "onelogin 150": {action: "user_removed_from_group", outcome: success, category: "iam", types: [3]string{"group", "change"}},

	"bitwarden 1000": loginClass(success), "bitwarden 1005": loginClass(failure), "bitwarden 1006": loginClass(failure), "bitwarden 1001": {action: "password_changed", outcome: success, category: "iam", types: [3]string{"user", "change"}},
	"bitwarden 1007": {action: "vault_exported", outcome: success, category: "file", types: [3]string{"access"}}, "bitwarden 1500": {action: "user_invited", outcome: success, category: "iam", types: [3]string{"user", "creation"}}, "bitwarden 1502": {action: "user_changed", outcome: success, category: "iam", types: [3]string{"user", "change"}}, "bitwarden 1503": {action: "user_removed", outcome: success, category: "iam", types: [3]string{"user", "deletion"}},

	"bitwarden 1002": {category: "iam", types: [3]string{"user", "change"}}, "bitwarden 1003": {category: "iam", types: [3]string{"user", "change"}}, "bitwarden 1004": {category: "iam", types: [3]string{"user", "change"}}, "bitwarden 1008": {category: "iam", types: [3]string{"user", "change"}}, "bitwarden 1009": {category: "iam", types: [3]string{"user", "change"}}, "bitwarden 1010": {category: "iam", types: [3]string{"user", "change"}},
	"bitwarden 1100": {category: "file", types: [3]string{"creation"}}, "bitwarden 1101": {category: "file", types: [3]string{"change"}}, "bitwarden 1103": {category: "file", types: [3]string{"change"}}, "bitwarden 1104": {category: "file", types: [3]string{"change"}}, "bitwarden 1105": {category: "file", types: [3]string{"change"}}, "bitwarden 1106": {category: "file", types: [3]string{"change"}}, "bitwarden 1116": {category: "file", types: [3]string{"change"}}, "bitwarden 1102": {category: "file", types: [3]string{"deletion"}}, "bitwarden 1115": {category: "file", types: [3]string{"deletion"}}, "bitwarden 1107": {category: "file", types: [3]string{"access"}}, "bitwarden 1108": {category: "file", types: [3]string{"access"}}, "bitwarden 1109": {category: "file", types: [3]string{"access"}}, "bitwarden 1110": {category: "file", types: [3]string{"access"}}, "bitwarden 1111": {category: "file", types: [3]string{"access"}}, "bitwarden 1112": {category: "file", types: [3]string{"access"}}, "bitwarden 1113": {category: "file", types: [3]string{"access"}}, "bitwarden 1114": {category: "file", types: [3]string{"access"}}, "bitwarden 1117": {category: "file", types: [3]string{"access"}},
	"bitwarden 1300": {category: "configuration", types: [3]string{"creation"}}, "bitwarden 1301": {category: "configuration", types: [3]string{"change"}}, "bitwarden 1302": {category: "configuration", types: [3]string{"deletion"}}, "bitwarden 1400": {category: "iam", types: [3]string{"group", "creation"}}, "bitwarden 1401": {category: "iam", types: [3]string{"group", "change"}}, "bitwarden 1402": {category: "iam", types: [3]string{"group", "deletion"}},
	"bitwarden 1501": {category: "iam", types: [3]string{"user", "change"}}, "bitwarden 1504": {category: "iam", types: [3]string{"user", "change"}}, "bitwarden 1505": {category: "iam", types: [3]string{"user", "change"}}, "bitwarden 1506": {category: "iam", types: [3]string{"user", "change"}}, "bitwarden 1507": {category: "iam", types: [3]string{"user", "change"}}, "bitwarden 1508": {category: "iam", types: [3]string{"user", "change"}}, "bitwarden 1509": {category: "iam", types: [3]string{"user", "change"}}, "bitwarden 1511": {category: "iam", types: [3]string{"user", "change"}}, "bitwarden 1512": {category: "iam", types: [3]string{"user", "change"}}, "bitwarden 1600": {category: "configuration", types: [3]string{"change"}}, "bitwarden 1603": {category: "configuration", types: [3]string{"change"}}, "bitwarden 1604": {category: "configuration", types: [3]string{"change"}}, "bitwarden 1605": {category: "configuration", types: [3]string{"change"}}, "bitwarden 1606": {category: "configuration", types: [3]string{"change"}}, "bitwarden 1607": {category: "configuration", types: [3]string{"change"}}, "bitwarden 1700": {category: "configuration", types: [3]string{"change"}}, "bitwarden 1601": {category: "file", types: [3]string{"deletion"}}, "bitwarden 1602": {category: "file", types: [3]string{"access"}},

	"teleport user.login": loginClass(""), "teleport auth": loginClass(""), "teleport session.start": {category: "session", outcome: success, types: [3]string{"start"}}, "teleport session.end": {category: "session", types: [3]string{"end"}}, "teleport session.command": {category: "process", types: [3]string{"start"}},
	"teleport session.network": {category: netw, types: [3]string{"connection"}}, "teleport exec": {category: "process", types: [3]string{"start"}}, "teleport db.session.query": {category: "database", types: [3]string{"access"}}, "teleport scp": {category: "file", types: [3]string{"access"}},
	"teleport user.create": {category: "iam", types: [3]string{"user", "creation"}}, "teleport user.update": {category: "iam", types: [3]string{"user", "change"}}, "teleport user.delete": {category: "iam", types: [3]string{"user", "deletion"}}, "teleport role.created": {category: "iam", types: [3]string{"group", "creation"}},
	"teleport lock.created": {category: "iam", types: [3]string{"user", "change"}}, "teleport access_request.create": {category: "iam", types: [3]string{"user", "change"}},

	"teleport app.session.start": {category: "session", types: [3]string{"start"}}, "teleport db.session.start": {category: "session", types: [3]string{"start"}}, "teleport windows.desktop.session.start": {category: "session", types: [3]string{"start"}}, "teleport session.join": {category: "session", types: [3]string{"start"}}, "teleport session.connect": {category: "session", types: [3]string{"start"}}, "teleport app.session.end": {category: "session", types: [3]string{"end"}}, "teleport db.session.end": {category: "session", types: [3]string{"end"}}, "teleport windows.desktop.session.end": {category: "session", types: [3]string{"end"}}, "teleport session.leave": {category: "session", types: [3]string{"end"}}, "teleport client.disconnect": {category: "session", types: [3]string{"end"}}, "teleport session.data": {category: "session", types: [3]string{"info"}}, "teleport session.upload": {category: "session", types: [3]string{"info"}}, "teleport session.recording.access": {category: "session", types: [3]string{"info"}}, "teleport session.process_exit": {category: "session", types: [3]string{"info"}}, "teleport app.session.chunk": {category: "session", types: [3]string{"info"}}, "teleport subsystem": {category: "session", types: [3]string{"info"}}, "teleport desktop.clipboard.receive": {category: "session", types: [3]string{"info"}}, "teleport desktop.clipboard.send": {category: "session", types: [3]string{"info"}}, "teleport desktop.recording": {category: "session", types: [3]string{"info"}}, "teleport session.reject": {category: "session", outcome: failure, types: [3]string{"denied"}}, "teleport session.disk": {category: "file", types: [3]string{"access"}}, "teleport sftp": {category: "file", types: [3]string{"access"}}, "teleport port": {category: netw, types: [3]string{"connection"}}, "teleport x11-forward": {category: netw, types: [3]string{"connection"}}, "teleport kube.request": {category: netw, types: [3]string{"protocol"}}, "teleport app.session.request": {category: netw, types: [3]string{"protocol"}}, "teleport db.session.query.failed": {category: "database", outcome: failure, types: [3]string{"error"}}, "teleport user.password_change": {category: "iam", types: [3]string{"user", "change"}}, "teleport mfa.add": {category: "iam", types: [3]string{"user", "change"}}, "teleport reset_password_token.create": {category: "iam", types: [3]string{"user", "change"}}, "teleport privilege_token.create": {category: "iam", types: [3]string{"user", "change"}}, "teleport db.session.user.create": {category: "iam", types: [3]string{"user", "creation"}}, "teleport mfa.delete": {category: "iam", types: [3]string{"user", "change"}}, "teleport role.updated": {category: "iam", types: [3]string{"group", "change"}}, "teleport role.deleted": {category: "iam", types: [3]string{"group", "deletion"}}, "teleport lock.deleted": {category: "iam", types: [3]string{"user", "change"}}, "teleport access_request.update": {category: "iam", types: [3]string{"user", "change"}}, "teleport access_request.review": {category: "iam", types: [3]string{"user", "change"}}, "teleport access_request.delete": {category: "iam", types: [3]string{"user", "change"}}, "teleport access_request.search": {category: "iam", types: [3]string{"user", "info"}}, "teleport github.created": {category: "configuration", types: [3]string{"creation"}}, "teleport github.updated": {category: "configuration", types: [3]string{"change"}}, "teleport github.deleted": {category: "configuration", types: [3]string{"deletion"}}, "teleport saml.created": {category: "configuration", types: [3]string{"creation"}}, "teleport saml.updated": {category: "configuration", types: [3]string{"change"}}, "teleport saml.deleted": {category: "configuration", types: [3]string{"deletion"}}, "teleport oidc.created": {category: "configuration", types: [3]string{"creation"}}, "teleport oidc.updated": {category: "configuration", types: [3]string{"change"}}, "teleport oidc.deleted": {category: "configuration", types: [3]string{"deletion"}}, "teleport app.create": {category: "configuration", types: [3]string{"creation"}}, "teleport app.update": {category: "configuration", types: [3]string{"change"}}, "teleport app.delete": {category: "configuration", types: [3]string{"deletion"}}, "teleport db.create": {category: "configuration", types: [3]string{"creation"}}, "teleport db.update": {category: "configuration", types: [3]string{"change"}}, "teleport db.delete": {category: "configuration", types: [3]string{"deletion"}}, "teleport kube.create": {category: "configuration", types: [3]string{"creation"}}, "teleport kube.update": {category: "configuration", types: [3]string{"change"}}, "teleport kube.delete": {category: "configuration", types: [3]string{"deletion"}}, "teleport bot.create": {category: "configuration", types: [3]string{"creation"}}, "teleport bot.update": {category: "configuration", types: [3]string{"change"}}, "teleport bot.delete": {category: "configuration", types: [3]string{"deletion"}}, "teleport device.create": {category: "configuration", types: [3]string{"creation"}}, "teleport device.update": {category: "configuration", types: [3]string{"change"}}, "teleport device.delete": {category: "configuration", types: [3]string{"deletion"}}, "teleport trusted_cluster.create": {category: "configuration", types: [3]string{"creation"}}, "teleport trusted_cluster.update": {category: "configuration", types: [3]string{"change"}}, "teleport trusted_cluster.delete": {category: "configuration", types: [3]string{"deletion"}}, "teleport login_rule.create": {category: "configuration", types: [3]string{"creation"}}, "teleport login_rule.update": {category: "configuration", types: [3]string{"change"}}, "teleport login_rule.delete": {category: "configuration", types: [3]string{"deletion"}}, "teleport trusted_cluster_token.create": {category: "configuration", types: [3]string{"creation"}}, "teleport join_token.create": {category: "configuration", types: [3]string{"creation"}}, "teleport bot.join": {category: authn, types: [3]string{"start"}}, "teleport instance.join": {category: authn, types: [3]string{"start"}}, "teleport device.enroll": {category: "iam", types: [3]string{"creation"}}, "teleport device.authenticate": {category: authn, types: [3]string{"info"}},

	"jamf_pro ComputerAdded": {category: "host", types: [3]string{"creation"}}, "jamf_pro ComputerCheckIn": {category: "host", types: [3]string{"info"}}, "jamf_pro DeviceAddedToDEP": {category: "host", types: [3]string{"creation"}},
	"jamf_pro ComputerInventoryCompleted": {category: "host", types: [3]string{"info"}}, "jamf_pro ComputerPolicyFinished": {category: "host", types: [3]string{"change"}}, "jamf_pro ComputerPatchPolicyCompleted": {category: "host", types: [3]string{"change"}}, "jamf_pro ComputerPushCapabilityChanged": {category: "host", types: [3]string{"change"}},
	"jamf_pro MobileDeviceCheckIn": {category: "host", types: [3]string{"info"}}, "jamf_pro MobileDeviceInventoryCompleted": {category: "host", types: [3]string{"info"}}, "jamf_pro MobileDeviceCommandCompleted": {category: "host", types: [3]string{"change"}}, "jamf_pro MobileDevicePushSent": {category: "host", types: [3]string{"info"}}, "jamf_pro PushSent": {category: "host", types: [3]string{"info"}},
	"jamf_pro MobileDeviceEnrolled": {category: "host", types: [3]string{"creation"}}, "jamf_pro MobileDeviceUnEnrolled": {category: "host", types: [3]string{"deletion"}}, "jamf_pro JSSStartup": {category: "process", types: [3]string{"start"}}, "jamf_pro JSSShutdown": {category: "process", types: [3]string{"end"}},
}

// jamfWebhook are the names in Jamf Pro's webhooks, as it writes them and with underscores, as some hand them on; of many events the computer or device is within the event.
var jamfWebhook = []jsonName{{"webhook.webhookEvent", event.EventAction}, {"event.deviceName", event.HostName}, {"event.computer.deviceName", event.HostName}, {"event.udid", event.HostID}, {"event.computer.udid", event.HostID}, {"event.ipAddress", event.HostIP}, {"event.computer.ipAddress", event.HostIP},
	{"event.username", event.UserName}, {"event.computer.username", event.UserName}, {"event.authorizedUsername", event.UserName}, {"event.osVersion", event.HostOSVersion}, {"event.computer.osVersion", event.HostOSVersion}, {"event.operationSuccessful", 0}, {"event.successful", 0}, {"event.restAPIOperationType", 0}, {"event.objectTypeName", event.EventProvider}, {"event.objectName", event.ServiceName},
	{"event.macAddress", event.HostMAC}, {"event.computer.macAddress", event.HostMAC}, {"event.emailAddress", event.UserEmail}, {"event.computer.emailAddress", event.UserEmail}, {"event.realName", event.UserFullName}, {"event.computer.realName", event.UserFullName},
	{"webhook.webhook_event", event.EventAction}, {"event.device_name", event.HostName}, {"event.computer.device_name", event.HostName}, {"event.ip_address", event.HostIP}, {"event.computer.ip_address", event.HostIP}, {"event.authorized_username", event.UserName}, {"event.os_version", event.HostOSVersion}, {"event.computer.os_version", event.HostOSVersion},
	{"event.mac_address", event.HostMAC}, {"event.computer.mac_address", event.HostMAC}, {"event.email_address", event.UserEmail}, {"event.computer.email_address", event.UserEmail}, {"event.real_name", event.UserFullName}, {"event.computer.real_name", event.UserFullName}, {"event.operation_successful", 0}, {"event.rest_api_operation_type", 0}, {"event.object_type_name", event.EventProvider}, {"event.object_name", event.ServiceName}}

// jamfPro tells whether what a webhook is about went well, and of a call of the interface what it did.
func (t *jsonSink) jamfPro() {
	b := t.b
	for _, name := range [...]string{"event.successful", "event.operationSuccessful", "event.operation_successful"} {
		switch string(t.noted(name)) {
		case "true":
			b.SetString(event.EventOutcome, success)
		case "false":
			b.SetString(event.EventOutcome, failure)
		}
	}
	t.told()
	for _, name := range [...]string{"event.restAPIOperationType", "event.rest_api_operation_type"} {
		typ := ""
		switch string(t.noted(name)) {
		case "GET":
			typ = "access"
		case "POST":
			typ = "creation"
		case "PUT", "PATCH":
			typ = "change"
		case "DELETE":
			typ = "deletion"
		default:
			continue
		}
		b.Unset(event.EventType)
		b.AddString(event.EventType, typ)
	}
}

func loginClass(outcome string) class {
	return class{action: login, outcome: outcome, category: authn, types: [3]string{"start"}}
}

var logoutClass = class{action: "logout", outcome: success, category: authn, types: [3]string{"end"}}

// told reads a service's own word for what happened: by saasWords, else by its verb.
func (t *jsonSink) told() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	module, action := e.Str(event.EventModule), e.Str(event.EventAction)
	if action == "" {
		action = e.Str(event.EventCode)
	}
	t.p.val = append(append(append(t.p.val[:0], module...), ' '), action...)
	c, ok := saasWords[string(t.p.val)]
	if ok {
		b.Unset(event.EventCategory)
		b.AddString(event.EventCategory, c.category)
		for _, typ := range c.types {
			b.AddString(event.EventType, typ)
		}
		if c.action != "" {
			b.Unset(event.EventAction)
			b.SetString(event.EventAction, c.action)
		}
		if !e.Present(event.EventOutcome) {
			b.SetString(event.EventOutcome, c.outcome)
		}
	} else if isIAM(action) && (module != "teleport" && module != "jamf_pro") {
		b.Unset(event.EventCategory)
		b.AddString(event.EventCategory, "iam")
		iamTypes(b, action)
	}
	if module == "teleport" && !e.Present(event.EventOutcome) {
		switch string(t.noted("success")) {
		case "true":
			b.SetString(event.EventOutcome, success)
		case "false":
			b.SetString(event.EventOutcome, failure)
		default:
			if c.action == login && e.Present(event.EventReason) {
				b.SetString(event.EventOutcome, failure)
			}
		}
	}
	switch string(t.noted("result.status")) {
	case "SUCCESS":
		b.SetString(event.EventOutcome, success)
	case "FAILED":
		b.SetString(event.EventOutcome, failure)
	}
	t.mailOnly()
	if mail := e.Str(event.UserEmail); mail != "" && e.Str(event.UserTargetName) == mail { // the user himself
		b.Unset(event.UserTargetName)
		b.Unset(event.UserTargetID)
	}
}

// gateway reads Cloudflare's verdict on what a client asked for.
func (t *jsonSink) gateway() {
	b := t.b
	setHash(b, t.noted("BlockedFileHash"), event.FileHashMd5, event.FileHashSha1, event.FileHashSha256)
	verdict := t.either("ResolverDecision", "Action")
	switch {
	case hasPrefix(verdict, "block"), hasPrefix(verdict, "deny"):
		b.AddString(event.EventType, "denied")
		b.Unset(event.EventOutcome)
		b.SetString(event.EventOutcome, failure)
	case hasPrefix(verdict, "allow"), hasPrefix(verdict, "override"), hasPrefix(verdict, "pass"):
		b.AddString(event.EventType, "allowed")
		b.SetString(event.EventOutcome, success)
	}
	if v := t.noted("Protocol"); v != nil && (string(v) == "udp" || string(v) == "tcp") {
		setTransport(b, v)
	}
	if v := t.noted("RCode"); v != nil {
		if n, ok := number(v); ok && n >= 0 && n < int64(len(responseCodes)) {
			b.SetString(event.DNSResponseCode, responseCodes[n])
		}
	}
	t.mailOnly()
}

// responseCodes are the words for DNS' numbers.
var responseCodes = [...]string{"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE"}

// netskopeEvent: what the policy did is the reason, and whether the request went through.
func (t *jsonSink) netskopeEvent() {
	switch b := t.b; string(t.noted("action")) {
	case "block", "blocked":
		b.AddString(event.EventType, "denied")
		b.SetString(event.EventOutcome, failure)
	case "allow", "allowed", "alert", "useralert":
		b.AddString(event.EventType, "allowed")
		b.SetString(event.EventOutcome, success)
	}
	t.mailOnly()
}

// atlassianNames are those in the audit of Bitbucket, Confluence and Jira as people run them themselves.
func atlassianNames(at string) []jsonName {
	return []jsonName{{at + "action", event.EventAction}, {at + "actionI18nKey", event.EventCode}, {at + "category", event.EventProvider}, {"author.name", event.UserName}, {"author.id", event.UserID}, {"author.type", 0}, {"source", 0}, {"affectedObjects", 0}}
}

// atlassian reads what somebody did in Bitbucket, Confluence or Jira: whom or what it was done to, and by its sentence whether he logged in.
func (t *jsonSink) atlassian() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	objects := t.noted("affectedObjects")
	if objects == nil {
		t.told()
		return
	}
	action := bytesOf(e.Str(event.EventAction))
	setClient(b, t.noted("source"))
	if user := objectWhere(objects, "type", "USER"); user != nil {
		b.Set(event.UserTargetName, firstIn(user, "name"))
		b.Set(event.UserTargetID, firstIn(user, "id"))
	}
	if group := objectWhere(objects, "type", "GROUP"); group != nil {
		b.Set(event.GroupName, firstIn(group, "name"))
	}
	c := class{category: "configuration", types: [3]string{verbType(string(action))}}
	switch {
	case hasFold(action, "LOGIN") && hasFold(action, "FAIL"), hasFold(action, "AUTHENTICATION FAIL"):
		c = loginClass(failure)
	case hasFold(action, "LOGIN SUCC"), hasFold(action, "LOGGED IN"), hasFold(action, "AUTHENTICATION SUCC"):
		c = loginClass(success)
	case hasFold(action, "LOGOUT"), hasFold(action, "LOGGED OUT"):
		c = logoutClass
	default:
		switch {
		case hasFold(action, "DELETED"), hasFold(action, "REMOVED"):
			c.types[0] = "deletion"
		case hasFold(action, "CREATED"), hasFold(action, "ADDED"):
			c.types[0] = "creation"
		case hasFold(action, "SEARCH"), hasFold(action, "VIEW"), hasFold(action, "EXPORT"):
			c.types[0] = "access"
		default:
			c.types[0] = "change"
		}
		if area := bytesOf(e.Str(event.EventProvider)); hasFold(area, "USER") || hasFold(area, "GROUP") || hasFold(area, "PERMISSION") {
			c.category = "iam"
			subject := "user"
			if hasFold(action, "GROUP") {
				subject = "group"
				if hasFold(action, "USER") { // whose member he became, or no longer is
					c.types[0] = "change"
				}
			}
			if c.types[0] == "access" {
				c.types[0] = "info"
			}
			c.types = [3]string{subject, c.types[0]}
		}
		c.action = string(action)
	}
	b.Unset(event.EventCategory)
	b.Unset(event.EventType)
	if c.action == login || c.action == "logout" {
		b.SetString(event.EventAction, c.action)
		b.SetString(event.EventOutcome, c.outcome)
	}
	b.AddString(event.EventCategory, c.category)
	for _, typ := range c.types {
		b.AddString(event.EventType, typ)
	}
}
