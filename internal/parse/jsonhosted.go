package parse

import "watchpost/internal/event"

// serviceApps are services that hand over what happened there as flat JSON.
var serviceApps = []jsonApp{
	{"realmId", [][2]string{{"type", "LOGIN"}, {"clientId", "*"}, {"ipAddress", "*"}}, class{"keycloak.events", "keycloak", login, success, authn, [3]string{"start"}}, [2]string{}, "", keycloakNames},
	{"realmId", [][2]string{{"type", "LOGIN_ERROR"}, {"clientId", "*"}, {"ipAddress", "*"}}, class{"keycloak.events", "keycloak", login, failure, authn, [3]string{"start"}}, [2]string{}, "", keycloakNames},
	{"realmId", [][2]string{{"type", "LOGOUT"}, {"ipAddress", "*"}}, class{"keycloak.events", "keycloak", "logout", success, authn, [3]string{"end"}}, [2]string{}, "", keycloakNames},

	{"Datetime", [][2]string{{"Action", "*"}, {"ClientIP", "*"}, {"ClientRequestHost", "*"}, {"RayID", "*"}}, class{"cloudflare.firewall_events", "cloudflare", "", "", "web", [3]string{"access"}}, [2]string{}, "Datetime", cloudflareFirewall},

	{"httpRequest.requestUrl", [][2]string{{"httpRequest.requestMethod", "*"}, {"resource.type", "*"}}, class{"gcp.loadbalancing", "gcp", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "",
		[]jsonName{{"httpRequest.requestUrl", event.URLOriginal}, {"httpRequest.requestMethod", event.HTTPRequestMethod}, {"httpRequest.status", event.HTTPResponseStatusCode}, {"httpRequest.userAgent", event.UserAgentOriginal}, {"httpRequest.referer", event.HTTPRequestReferrer}, {"httpRequest.remoteIp", event.SourceIP}, {"httpRequest.serverIp", event.DestinationIP}, {"httpRequest.requestSize", event.SourceBytes},
			{"httpRequest.responseSize", event.DestinationBytes}, {"httpRequest.protocol", event.HTTPVersion}, {"httpRequest.latency", 0}, {"jsonPayload.enforcedSecurityPolicy.name", event.RuleName}, {"jsonPayload.enforcedSecurityPolicy.outcome", 0}}},

	{"alert_type", [][2]string{{"alert_name", "*"}, {"access_method", "*"}, {"user", "*"}}, class{"netskope.alerts", "netskope", "", "", "intrusion_detection", [3]string{"info"}}, [2]string{}, "",
		[]jsonName{{"action", event.EventAction}, {"user", event.UserEmail}, {"srcip", event.SourceIP}, {"dstip", event.DestinationIP}, {"dstport", event.DestinationPort}, {"srcport", event.SourcePort}, {"url", event.URLOriginal}, {"app", event.NetworkApplication}, {"alert_name", event.RuleName}, {"alert_type", event.RuleCategory}, {"object", event.FileName}, {"file_size", event.FileSize}, {"md5", event.FileHashMd5}, {"local_sha256", event.FileHashSha256}, {"useragent", event.UserAgentOriginal}, {"severity", event.LogLevel}, {"dst_country", event.DestinationGeoCountryIsoCode}, {"src_country", event.SourceGeoCountryIsoCode}}},

	{"item_uuid", [][2]string{{"vault_uuid", "*"}, {"action", "*"}, {"user.uuid", "*"}}, class{"1password.item_usages", "1password", "", success, "file", [3]string{"access"}}, [2]string{}, "timestamp",
		[]jsonName{{"action", event.EventAction}, {"client.ip_address", event.SourceIP}, {"user.uuid", event.UserID}, {"user.email", event.UserEmail}, {"user.name", event.UserFullName}}},

	{"IS_SUCCESS", [][2]string{{"EVENT_TYPE", "LOGIN"}, {"USER_NAME", "*"}}, class{"snowflake.login_history", "snowflake", login, "", authn, [3]string{"start"}}, [2]string{"IS_SUCCESS", "YES"}, "EVENT_TIMESTAMP",
		[]jsonName{{"USER_NAME", event.UserName}, {"CLIENT_IP", event.SourceIP}, {"ERROR_CODE", event.ErrorCode}, {"ERROR_MESSAGE", event.EventReason}}},

	{"description", [][2]string{{"action", "admin_login"}, {"username", "*"}}, class{"duo.admin", "duo", login, success, authn, [3]string{"start"}}, [2]string{}, "isotimestamp", duoAdmin},
	{"description", [][2]string{{"action", "admin_login_error"}, {"username", "*"}}, class{"duo.admin", "duo", login, failure, authn, [3]string{"start"}}, [2]string{}, "isotimestamp", duoAdmin},
}

var keycloakNames = []jsonName{{"ipAddress", event.SourceIP}, {"userId", event.UserID}, {"details.username", event.UserName}, {"clientId", event.ServiceName}, {"error", event.EventReason}}

var cloudflareFirewall = []jsonName{{"Action", event.EventAction}, {"ClientIP", event.SourceIP}, {"ClientRequestHost", event.URLDomain}, {"ClientRequestPath", event.URLPath}, {"ClientRequestQuery", event.URLQuery},
	{"ClientRequestMethod", event.HTTPRequestMethod}, {"ClientRequestUserAgent", event.UserAgentOriginal}, {"EdgeResponseStatus", event.HTTPResponseStatusCode}, {"RuleID", event.RuleID}, {"Description", event.RuleName}, {"ClientCountry", event.SourceGeoCountryIsoCode}, {"ClientASN", event.SourceAsNumber}, {"ClientRequestScheme", event.URLScheme}, {"ClientRequestProtocol", event.HTTPVersion}, {"Source", event.RuleCategory}}

var duoAdmin = []jsonName{{"username", event.UserName}}
