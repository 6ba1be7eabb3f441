package parse

import "watchpost/internal/event"

// dataApps are what databases, scanners and gateways in front of services say in JSON.
var dataApps = []jsonApp{
	{"atype", [][2]string{{"remote.ip", "*"}, {"result", "*"}}, class{"mongodb.audit", "mongodb", "", "", "database", [3]string{}}, [2]string{"result", "0"}, "ts.$date",
		[]jsonName{{"atype", event.EventAction}, {"remote.ip", event.SourceIP}, {"remote.port", event.SourcePort}, {"local.ip", event.DestinationIP}, {"local.port", event.DestinationPort}, {"users[].user", event.UserName}, {"param.user", event.UserTargetName}, {"param.db", 0}, {"param.ns", event.ServiceName}, {"result", event.EventCode}}},
	{"error_severity", [][2]string{{"session_id", "*"}, {"line_num", "*"}, {"vxid", "*"}}, class{"app.log", "postgresql", "", "", "", [3]string{}}, [2]string{}, "timestamp",
		[]jsonName{{"user", 0}, {"dbname", 0}, {"pid", event.ProcessPID}, {"remote_host", event.SourceIP}, {"remote_port", event.SourcePort}, {"state_code", 0}, {"error_severity", 0}}},
	{"attr.client", [][2]string{{"c", "ACCESS"}, {"id", "5286306"}}, class{"mongodb.log", "mongodb", login, success, authn, [3]string{"start"}}, [2]string{}, "t.$date", mongoLogin},
	{"attr.client", [][2]string{{"c", "ACCESS"}, {"id", "5286307"}}, class{"mongodb.log", "mongodb", login, failure, authn, [3]string{"start"}}, [2]string{}, "t.$date", mongoLogin},
	{"attr.remote", [][2]string{{"c", "NETWORK"}, {"id", "22943"}}, class{"mongodb.log", "mongodb", "connect", "", netw, [3]string{"start"}}, [2]string{}, "t.$date", []jsonName{{"attr.remote", event.SourceIP}}},
	{"attr.remote", [][2]string{{"c", "NETWORK"}, {"id", "22944"}}, class{"mongodb.log", "mongodb", "disconnect", "", netw, [3]string{"end"}}, [2]string{}, "t.$date", []jsonName{{"attr.remote", event.SourceIP}}},
	{"CloudConnexaLogVersion", [][2]string{{"eventName", "client-connected"}}, class{"openvpn.cloud_connexa", "openvpn", vpnConnected, success, "session", [3]string{"start"}}, [2]string{}, "timestamp", connexaNames},
	{"CloudConnexaLogVersion", [][2]string{{"eventName", "client-disconnected"}}, class{"openvpn.cloud_connexa", "openvpn", vpnDisconnected, "", "session", [3]string{"end"}}, [2]string{}, "timestamp", connexaNames},
	{"CloudConnexaLogVersion", [][2]string{{"eventName", "domain-blocked"}}, class{"openvpn.cloud_connexa", "openvpn", "dns_blocked", failure, netw, [3]string{"denied"}}, [2]string{}, "timestamp", connexaNames},
	{"CloudConnexaLogVersion", [][2]string{{"eventName", "traffic-blocked"}}, class{"openvpn.cloud_connexa", "openvpn", "ids_alert", failure, "intrusion_detection", [3]string{"denied"}}, [2]string{}, "timestamp", connexaNames},
	{"CloudConnexaLogVersion", [][2]string{{"eventName", "*"}}, class{"openvpn.cloud_connexa", "openvpn", "", "", "configuration", [3]string{"info"}}, [2]string{}, "timestamp", append([]jsonName{{"eventName", event.EventAction}}, connexaNames...)},
	{"gl_project_path", [][2]string{{"command", "*"}, {"username", "*"}}, class{"gitlab.shell", "gitlab", "command", "", "configuration", [3]string{"access"}}, [2]string{}, "time",
		[]jsonName{{"command", event.ProcessCommandLine}, {"username", event.UserName}, {"user_id", event.UserID}, {"remote_ip", event.SourceIP}, {"gl_project_path", event.ServiceName}}},
	{"account.user", [][2]string{{"class", "connection"}, {"event", "connect"}}, class{"mysql_enterprise.audit", "mysql", login, "", authn, [3]string{"start"}}, [2]string{"connection_data.status", "0"}, "", mysqlAudit},
	{"account.user", [][2]string{{"class", "connection"}, {"event", "disconnect"}}, class{"mysql_enterprise.audit", "mysql", "logout", "", authn, [3]string{"end"}}, [2]string{}, "", mysqlAudit},
	{"account.user", [][2]string{{"class", "*"}, {"event", "*"}, {"connection_id", "*"}}, class{"mysql_enterprise.audit", "mysql", "sql", "", "database", [3]string{"access"}}, [2]string{}, "", mysqlAudit},
	{"audit_record.name", [][2]string{{"audit_record.name", "Connect"}}, class{"mysql.audit", "mysql", login, "", authn, [3]string{"start"}}, [2]string{"audit_record.status", "0"}, "audit_record.timestamp", perconaAudit},
	{"audit_record.name", [][2]string{{"audit_record.name", "Quit"}}, class{"mysql.audit", "mysql", "logout", "", authn, [3]string{"end"}}, [2]string{}, "audit_record.timestamp", perconaAudit},
	{"audit_record.name", [][2]string{{"audit_record.record", "*"}}, class{"mysql.audit", "mysql", "sql", "", "database", [3]string{"access"}}, [2]string{"audit_record.status", "0"}, "audit_record.timestamp", perconaAudit},
	{"QUERY_TEXT", [][2]string{{"QUERY_ID", "*"}, {"USER_NAME", "*"}}, class{"snowflake.query_history", "snowflake", "sql", "", "database", [3]string{"access"}}, [2]string{"EXECUTION_STATUS", "SUCCESS"}, "START_TIME",
		[]jsonName{{"USER_NAME", event.UserName}, {"QUERY_TEXT", event.ProcessCommandLine}, {"QUERY_TYPE", event.EventCode}, {"DATABASE_NAME", event.ServiceName}, {"ERROR_MESSAGE", event.EventReason}, {"ERROR_CODE", event.ErrorCode}}},
	{"payload.request.remote_addr", [][2]string{{"event_type", "audit"}, {"payload.request.operation", "*"}}, class{"hashicorp_consul.audit", "consul", "", "", "configuration", [3]string{}}, [2]string{}, "payload.timestamp",
		[]jsonName{{"payload.request.operation", event.HTTPRequestMethod}, {"payload.type", event.EventAction}, {"payload.request.endpoint", event.URLOriginal}, {"payload.request.remote_addr", event.SourceIP}, {"payload.request.user_agent", event.UserAgentOriginal}, {"payload.auth.accessor_id", event.UserID}, {"payload.auth.description", event.UserName}, {"payload.response.status", event.HTTPResponseStatusCode}, {"payload.response.error", event.EventReason}}},
	{"latencies.request", [][2]string{{"request.method", "*"}, {"request.uri", "*"}, {"client_ip", "*"}}, class{"web.access", "kong", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "started_at",
		[]jsonName{{"client_ip", event.SourceIP}, {"request.method", event.HTTPRequestMethod}, {"request.uri", event.URLOriginal}, {"request.size", event.HTTPRequestBodyBytes}, {"response.status", event.HTTPResponseStatusCode}, {"response.size", event.HTTPResponseBodyBytes}, {"request.headers.user-agent", event.UserAgentOriginal}, {"request.headers.host", event.URLDomain}, {"request.headers.referer", event.HTTPRequestReferrer},
			{"consumer.username", event.UserName}, {"upstream_uri", 0}}},
	{"virtualTraffic", [][2]string{{"nodeId", "*"}, {"virtualTraffic", "*"}}, class{"tailscale.network", "tailscale", "flow", "", netw, [3]string{"connection"}}, [2]string{}, "logged",
		[]jsonName{{"virtualTraffic[].src", event.SourceIP}, {"virtualTraffic[].dst", event.DestinationIP}, {"start", event.EventStart}, {"end", event.EventEnd}, {"nodeId", event.HostID}}},
	{"event_sub_type", [][2]string{{"event_type", "Security"}, {"src_ip", "*"}}, class{"cato.events", "cato", "", "", netw, [3]string{"connection"}}, [2]string{}, "time", catoNames},
	{"event_sub_type", [][2]string{{"event_type", "*"}, {"account_id", "*"}}, class{"cato.events", "cato", "", "", "host", [3]string{"info"}}, [2]string{}, "time", catoNames},
	{"client_ip", [][2]string{{"url", "*"}, {"request_method", "*"}, {"response_status", "*"}}, class{"web.access", "fastly", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "timestamp",
		[]jsonName{{"client_ip", event.SourceIP}, {"url", event.URLOriginal}, {"request_method", event.HTTPRequestMethod}, {"request_protocol", event.HTTPVersion}, {"response_status", event.HTTPResponseStatusCode}, {"request_user_agent", event.UserAgentOriginal}, {"request_referer", event.HTTPRequestReferrer}, {"response_body_size", event.HTTPResponseBodyBytes}, {"host", event.URLDomain}, {"fastly_server", event.ObserverName}}},
	{"plugin.id", [][2]string{{"plugin.name", "*"}, {"asset.uuid", "*"}}, class{"tenable_io.vulnerability", "tenable", "finding", "", "vulnerability", [3]string{"info"}}, [2]string{}, "last_found", tenableNames},
	{"plugin.id", [][2]string{{"plugin.name", "*"}, {"asset.hostname", "*"}}, class{"tenable_io.vulnerability", "tenable", "finding", "", "vulnerability", [3]string{"info"}}, [2]string{}, "last_found", tenableNames},
	{"rrn", [][2]string{{"title", "*"}, {"priority", "*"}, {"created_time", "*"}}, class{"rapid7_insightidr.investigation", "rapid7", "incident", "", "intrusion_detection", [3]string{"info"}}, [2]string{}, "created_time",
		[]jsonName{{"title", event.RuleName}, {"priority", event.LogLevel}, {"rrn", event.RuleUuid}, {"source", event.EventProvider}, {"status", event.EventReason}}},
	{"LoginTime", [][2]string{{"Status", "*"}, {"SourceIp", "*"}}, class{"salesforce.login", "salesforce", login, "", authn, [3]string{"start"}}, [2]string{"Status", "Success"}, "LoginTime",
		[]jsonName{{"SourceIp", event.SourceIP}, {"Username", event.UserEmail}, {"UserName", event.UserEmail}, {"UserId", event.UserID}, {"Status", event.EventReason}, {"Browser", event.UserAgentOriginal}, {"LoginUrl", event.URLDomain}, {"TlsProtocol", event.TLSVersion}, {"CipherSuite", event.TLSCipher}, {"CountryIso", event.SourceGeoCountryIsoCode}}},
	{"TIMESTAMP_DERIVED", [][2]string{{"EVENT_TYPE", "Logout"}}, class{"salesforce.logout", "salesforce", "logout", success, authn, [3]string{"end"}}, [2]string{}, "TIMESTAMP_DERIVED", salesforceNames},
	{"TIMESTAMP_DERIVED", [][2]string{{"EVENT_TYPE", "*"}, {"USER_ID", "*"}}, class{"salesforce.eventlog", "salesforce", "", "", "configuration", [3]string{"access"}}, [2]string{}, "TIMESTAMP_DERIVED", append(salesforceNames[:len(salesforceNames):len(salesforceNames)], jsonName{"EVENT_TYPE", event.EventAction})},
}

var catoNames = []jsonName{{"event_sub_type", event.EventProvider}, {"action", event.EventAction}, {"src_ip", event.SourceIP}, {"client_ip", event.SourceIP}, {"src_port", event.SourcePort}, {"dest_ip", event.DestinationIP}, {"dest_port", event.DestinationPort}, {"ip_protocol", event.NetworkTransport}, {"rule_name", event.RuleName}, {"rule", event.RuleName}, {"signature_id", event.RuleID}, {"threat_name", event.RuleDescription},
	{"user_name", event.UserName}, {"vpn_user_email", event.UserEmail}, {"url", event.URLOriginal}, {"domain_name", event.DestinationDomain}, {"application", event.NetworkApplication}, {"src_site", event.ObserverIngressZone}, {"file_name", event.FileName}, {"file_hash", event.FileHashSha256}, {"host_mac", event.SourceMAC}}

// cato: its own word for what it did, and what kind of event that is.
func (t *jsonSink) cato() {
	b := t.b
	switch string(t.noted("event_sub_type")) {
	case "IPS", "Anti Malware", "NG Anti Malware", "DNS Protection", "SAM", "Suspicious Activity":
		b.AddString(event.EventCategory, "intrusion_detection")
	}
	t.p.judge(b, t.noted("action"))
}

var mysqlAudit = []jsonName{{"account.user", event.UserName}, {"login.user", event.UserName}, {"login.ip", event.SourceIP}, {"connection_data.db", event.ServiceName}, {"connection_data.status", event.EventCode}, {"general_data.query", event.ProcessCommandLine}, {"general_data.command", event.EventCode}, {"table_access_data.query", event.ProcessCommandLine}}

var perconaAudit = []jsonName{{"audit_record.user", event.UserName}, {"audit_record.ip", event.SourceIP}, {"audit_record.db", event.ServiceName}, {"audit_record.status", event.EventCode}, {"audit_record.sqltext", event.ProcessCommandLine}}

var tenableNames = []jsonName{{"plugin.name", event.RuleName}, {"plugin.id", event.RuleID}, {"plugin.family", event.RuleCategory}, {"severity", event.LogLevel}, {"asset.hostname", event.HostName}, {"asset.fqdn", event.HostName}, {"asset.ipv4", event.HostIP}, {"asset.uuid", event.HostID}, {"state", event.EventReason}, {"output", event.Message}}

var salesforceNames = []jsonName{{"USER_NAME", event.UserEmail}, {"USER_ID", event.UserID}, {"CLIENT_IP", event.SourceIP}, {"SOURCE_IP", event.SourceIP}, {"URI", event.URLOriginal}, {"METHOD_NAME", event.EventCode}, {"BROWSER_TYPE", event.UserAgentOriginal}, {"REQUEST_STATUS", event.EventReason}}

// mongoAudit tells log-ins and changes of users in MongoDB's audit from access to data.
func (t *jsonSink) mongoAudit() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	switch string(t.noted("atype")) {
	case "authenticate", "logout":
		b.Unset(event.EventCategory)
		b.AddString(event.EventCategory, authn)
		if e.Str(event.EventAction) == "authenticate" {
			b.Unset(event.EventAction)
			b.SetString(event.EventAction, login)
			b.AddString(event.EventType, "start")
			if user := t.noted("param.user"); user != nil {
				b.Unset(event.UserName)
				b.Set(event.UserName, user)
			}
			b.Unset(event.UserTargetName)
			b.Set(event.UserDomain, t.noted("param.db"))
		} else {
			b.AddString(event.EventType, "end")
		}
	case "createUser", "dropUser", "updateUser", "grantRolesToUser", "revokeRolesFromUser", "dropAllUsersFromDatabase":
		b.Unset(event.EventCategory)
		b.AddString(event.EventCategory, "iam")
		iamTypes(b, e.Str(event.EventAction))
	default:
		b.Unset(event.UserTargetName)
		b.AddString(event.EventType, "access")
	}
}

// mongoLogin are the names in a log-in as MongoDB 6 and later tell of it.
var mongoLogin = []jsonName{{"attr.client", event.SourceIP}, {"attr.user", event.UserName}, {"attr.db", event.UserDomain}, {"attr.error", event.EventReason}}

// connexaNames are those of OpenVPN's CloudConnexa; who began something is named by a number only.
var connexaNames = []jsonName{{"publicIp", event.SourceIP}, {"initiator", event.UserID}, {"category", event.EventProvider}, {"log.tunnelIpV4", event.SourceNATIP}, {"log.protocol", event.NetworkTransport}, {"log.sourceIp", event.SourceIP}, {"log.sourcePort", event.SourcePort}, {"log.destinationIp", event.DestinationIP}, {"log.destinationPort", event.DestinationPort},
	{"log.domain", event.DNSQuestionName}, {"log.queryType", event.DNSQuestionType}, {"log.signatureId", event.RuleID}, {"log.eventName", event.RuleName}, {"log.classification", event.RuleCategory}, {"log.disconnectReason", event.EventReason}, {"log.bytesIn", event.SourceBytes}, {"log.bytesOut", event.DestinationBytes}}
