package parse

import (
	"slices"
	"strings"

	"watchpost/internal/event"
)

// jsonApp says what an object means that holds the name key: which of its names stand for which field. It is of the kind if each
// pair of when holds; "*" stands for any value.
type jsonApp struct {
	key     string
	when    [][2]string
	class   class
	outcome [2]string // name, and the value that says success; any other is failure
	time    string    // name of the time, where it is none that loggers agree on
	fields  []jsonName
}

// jsonName is a name in an object, and the field that holds the same; an address may have a port. "a[].b" is the text b of the first object in
// the array a that has one.
type jsonName struct {
	name string
	f    event.Field
}

// jsonTables are all formats in the order in which they are tried; the first that fits counts.
func jsonTables() []jsonApp {
	return slices.Concat(eveApps(), zeekApps(), ocsfApps(), cloudflareApps, edrApps, endpointApps, sensorApps, wazuhApps, hayabusaApps, runtimeApps, edgeApps, zscalerApps(), gatewayApps, cloudApps, awsApps, serviceApps, vaultApps, gravityApps, auditApps, saasApps, detectApps, panosApps, jamfProtectApps, vulnerabilityApps, dataApps, sentinelApps(), bridgeApps, jsonApps)
}

// jsonSays reads, by the data set, what pairs of names and fields cannot say.
var jsonSays = map[string]func(*jsonSink){
	"panw.panos":             (*jsonSink).panosJSON,
	"snort.alert":            (*jsonSink).snort,
	"cilium_tetragon.log":    (*jsonSink).tetragon,
	"google_workspace.login": (*jsonSink).workspace,
	"f5.bigip":               (*jsonSink).f5Telemetry,
	"barracuda.cloudgen":     (*jsonSink).cloudGenFlow,
	"arista.ngfw":            (*jsonSink).untangle,
	"zscaler_zia.firewall":   (*jsonSink).zscalerVerdict,
	"zscaler_zia.dns":        (*jsonSink).zscalerVerdict,
	"zscaler_zia.web":        (*jsonSink).zscalerWeb,
	"zscaler_zia.tunnel":     (*jsonSink).zscalerTunnel,
	"zscaler_zia.audit":      (*jsonSink).zscalerAudit,
	"cloudflare.dns_records": (*jsonSink).cloudflare, "cloudflare.spectrum_events": (*jsonSink).cloudflare, "cloudflare.network_analytics_logs": (*jsonSink).cloudflare, "cloudflare.firewall_events": (*jsonSink).cloudflare,
	"cloudflare.dns_firewall_logs": (*jsonSink).cloudflare, "cloudflare.magic_ids_detections": (*jsonSink).gateway, "cloudflare.page_shield_events": (*jsonSink).gateway, "cloudflare.email_security_alerts": (*jsonSink).cloudflareMail, "cloudflare.casb_findings": (*jsonSink).gitHubAlert,
	"cloudflare.device_posture_results": (*jsonSink).mailOnly, "cloudflare.warp_toggle_changes": (*jsonSink).mailOnly, "cloudflare.warp_config_changes": (*jsonSink).mailOnly, "cloudflare.ssh_logs": (*jsonSink).mailOnly,
	"cloudflare.zero_trust_network_sessions": (*jsonSink).mailOnly, "netskope.audit": (*jsonSink).netskopeAudit, "netskope.network": (*jsonSink).netskopeEvent, "netskope.transaction": (*jsonSink).netskopeTransaction,
	"proofpoint_on_demand.audit": (*jsonSink).mailOnly, "proofpoint_on_demand.mail": (*jsonSink).proofpointMail,
	"web.access": func(t *jsonSink) {
		if t.noted("EdgeStartTimestamp") != nil || t.noted("ClientRequestURI") != nil {
			t.cloudflare()
		}
	},
	"google_workspace.activity": (*jsonSink).workspace,
	"google_workspace.alert":    (*jsonSink).workspaceAlert,
	"falco.alerts":              (*jsonSink).falco,
	"suricata.eve":              (*jsonSink).suricata,
	"crowdstrike.falcon":        (*jsonSink).falcon,
	"crowdstrike.fdr":           (*jsonSink).falconData,
	"truenas.audit":             (*jsonSink).trueNAS,
	"hashicorp_vault.audit":     (*jsonSink).vault,
	"aws.guardduty":             (*jsonSink).guardDuty,
	"osquery.result":            (*jsonSink).osquery,
	"auth0.logs":                (*jsonSink).auth0,
	"1password.signin_attempts": (*jsonSink).mailOnly,
	"1password.audit_events":    (*jsonSink).onePassword,
	"cloudflare.audit":          (*jsonSink).mailOnly,
	"aws.waf":                   (*jsonSink).awsWAF,
	"gcp.firewall":              (*jsonSink).gcpFirewall,
	"gcp.vpcflow":               (*jsonSink).gcpFlow,
	"gcp.dns":                   (*jsonSink).gcpDNS,
	"google_scc.finding":        (*jsonSink).commandCenter,
	"aws.inspector":             (*jsonSink).inspector,
	"gitlab.audit":              (*jsonSink).gitlabAudit,
	"sentinelone.activities":    (*jsonSink).console,
	"microsoft.defender":        (*jsonSink).hunting,

	"slack.audit": (*jsonSink).told, "zoom.webhook": (*jsonSink).zoom, "atlassian.audit": (*jsonSink).atlassian, "jira.audit": (*jsonSink).told, "box.events": (*jsonSink).told, "dropbox.events": (*jsonSink).told, "jumpcloud.events": (*jsonSink).told,
	"ping_one.audit": (*jsonSink).told, "onelogin.events": (*jsonSink).told, "bitwarden.event": (*jsonSink).told, "tailscale.config": (*jsonSink).told, "teleport.audit": (*jsonSink).told, "jamf_pro.events": (*jsonSink).jamfPro,
	"cyberarkpas.audit": (*jsonSink).cyberArk, "duo.activity": (*jsonSink).duoActivity, "trellix_epo_cloud.event": (*jsonSink).trellix, "carbon_black_cloud.audit": (*jsonSink).carbonAudit, "carbon_black_cloud.watchlist_hit": (*jsonSink).carbonBlack,
	"mimecast.ttp_url_logs": (*jsonSink).mimecastTTP, "mimecast.ttp_ap_logs": (*jsonSink).mimecastTTP, "mimecast.ttp_ip_logs": (*jsonSink).mimecastTTP, "mimecast.dlp_logs": (*jsonSink).mimecastTTP, "mimecast.audit_events": (*jsonSink).mimecastAudit,
	"trend_micro_vision_one.detection": (*jsonSink).visionOne, "trend_micro_vision_one.endpoint_activity": (*jsonSink).visionOne, "trend_micro_vision_one.audit": (*jsonSink).trendAudit,
	"bitdefender.push_notifications": (*jsonSink).gravityZone, "tanium.threat_response": (*jsonSink).ownFile,
	"duo.admin": (*jsonSink).duoAdmin, "salesforce.login": (*jsonSink).mailOnly, "azure.signinlogs": (*jsonSink).flatSignIn, "azure.auditlogs": (*jsonSink).flatAudit, "cef.log": (*jsonSink).commonSecurity, "cloudflare.access_requests": (*jsonSink).cloudflareAccess, "cloudflare.gateway_dns": (*jsonSink).gateway, "cloudflare.gateway_http": (*jsonSink).gateway, "cloudflare.gateway_network": (*jsonSink).gateway,
	"lastpass.event_report": (*jsonSink).told, "snyk.audit_logs": (*jsonSink).told, "tines.audit_logs": (*jsonSink).told, "salesforce.setupaudittrail": (*jsonSink).told, "wiz.audit": (*jsonSink).audit, "sailpoint_identity_sc.events": (*jsonSink).sailPoint,
	"forgerock.am_authentication": (*jsonSink).forgeRock, "forgerock.am_access": (*jsonSink).forgeRock, "forgerock.am_config": (*jsonSink).forgeRock, "forgerock.am_activity": (*jsonSink).forgeRock, "gitlab.auth": (*jsonSink).rackAttack,
	"github.code_scanning": (*jsonSink).gitHubAlert, "github.secret_scanning": (*jsonSink).gitHubAlert, "github.dependabot": (*jsonSink).gitHubAlert, "m365_defender.alert": (*jsonSink).defenderEvidence, "m365_defender.incident": (*jsonSink).defenderEvidence, "crowdstrike.alert": (*jsonSink).falconAlert,
	"qualys_vmdr.user_activity": (*jsonSink).told, "cyberark_epm.raw_event": (*jsonSink).ownFile, "cyberark_epm.admin_audit": (*jsonSink).mailOnly, "trend_micro_vision_one.alert": (*jsonSink).trendAlert,
	"jamf_protect.alerts": (*jsonSink).jamfAlert, "jamf_protect.web_threat_events": (*jsonSink).jamfWeb, "jamf_protect.web_traffic_events": (*jsonSink).jamfWeb, "keycloak.events": (*jsonSink).keycloak, "keycloak.admin": (*jsonSink).told,
	"1password.item_usages": (*jsonSink).mailOnly, "sentinelone.threats": (*jsonSink).ownFile,
	"prisma_cloud.audit": (*jsonSink).mailOnly, "proofpoint_tap.message": (*jsonSink).proofpoint, "proofpoint_tap.click": (*jsonSink).proofpoint, "mimecast.siem_logs": (*jsonSink).mailGateway, "barracuda.email": (*jsonSink).mailGateway,
	"zscaler_zpa.user_status": (*jsonSink).mailOnly, "zscaler_zpa.user_activity": (*jsonSink).mailOnly, "netskope.events": (*jsonSink).netskopeEvent, "netskope.alerts": (*jsonSink).netskopeEvent,
	"aws.vpcflow": (*jsonSink).vpcVerdict, "aws.route53_resolver_logs": (*jsonSink).resolver, "aws.securityhub_findings": (*jsonSink).finding,
	"carbon_black_cloud.endpoint_event": (*jsonSink).carbonBlack, "carbon_black_cloud.alert": (*jsonSink).carbonBlack, "sophos_central.events": (*jsonSink).sophosCentral, "sophos_central.alerts": (*jsonSink).sophosAlert,
	"ocsf.event": (*jsonSink).ocsf, "gcp.loadbalancing": (*jsonSink).gcpBalancer,
	"sentinelone_cloud_funnel.event": (*jsonSink).funnel,
	"cato.events":                    (*jsonSink).cato,
	"app.log": func(t *jsonSink) {
		if t.noted("error_severity") != nil {
			t.postgresJSON()
		}
	},
	"mongodb.audit":     (*jsonSink).mongoAudit,
	"salesforce.logout": (*jsonSink).mailOnly, "salesforce.eventlog": (*jsonSink).mailOnly,
	"extrahop.detection": (*jsonSink).extraHop,
	"eset.threat":        (*jsonSink).eset, "eset.firewall": (*jsonSink).eset, "eset.hips": (*jsonSink).eset, "eset.audit": (*jsonSink).eset,
	"eset.filtered_websites": (*jsonSink).eset, "eset.inspect": (*jsonSink).eset, "eset.blocked_files": (*jsonSink).eset,
}

var teleportNames = []jsonName{{"event", event.EventAction}, {"code", event.EventCode}, {"user", event.UserName}, {"login", event.UserEffectiveName}, {"addr.remote", event.SourceIP}, {"addr.local", event.DestinationIP}, {"server_hostname", event.HostName}, {"server_id", event.HostID}, {"user_agent", event.UserAgentOriginal},
	{"error", event.EventReason}, {"program", event.ProcessName}, {"path", event.ProcessExecutable}, {"argv", event.ProcessArgs}, {"pid", event.ProcessPID}, {"ppid", event.ProcessParentPID}, {"dst_addr", event.DestinationIP}, {"dst_port", event.DestinationPort}, {"db_query", event.ProcessCommandLine}, {"success", 0}, {"name", event.UserTargetName}, {"proto", event.NetworkProtocol}}

// jsonApps are programs that people log in to, and web servers.
var jsonApps = []jsonApp{
	{"cluster_name", [][2]string{{"event", "*"}, {"code", "*"}, {"uid", "*"}}, saas("teleport.audit", "teleport", "session"), [2]string{}, "", teleportNames},
	{"ei", [][2]string{{"event", "*"}, {"code", "T*"}, {"uid", "*"}}, saas("teleport.audit", "teleport", "session"), [2]string{}, "", teleportNames},
	{"client_ip", [][2]string{{"event", "invalid_login"}}, class{"authentik.log", "authentik", login, failure, authn, [3]string{"start"}}, [2]string{}, "",
		[]jsonName{{"client_ip", event.SourceIP}, {"identifier", event.UserName}}},
	{"client_ip", [][2]string{{"action", "login_failed"}}, class{"authentik.log", "authentik", login, failure, authn, [3]string{"start"}}, [2]string{}, "",
		[]jsonName{{"client_ip", event.SourceIP}, {"context.username", event.UserName}}},
	{"client_ip", [][2]string{{"action", "login"}}, class{"authentik.log", "authentik", login, success, authn, [3]string{"start"}}, [2]string{}, "",
		[]jsonName{{"client_ip", event.SourceIP}, {"user.username", event.UserName}}},
	{"attr.remote", [][2]string{{"c", "ACCESS"}, {"message", "Authentication failed"}}, class{"mongodb.log", "mongodb", login, failure, authn, [3]string{"start"}}, [2]string{}, "t.$date",
		[]jsonName{{"attr.remote", event.SourceIP}, {"attr.principalName", event.UserName}, {"attr.authenticationDatabase", event.UserDomain}}},
	{"attr.remote", [][2]string{{"c", "ACCESS"}, {"message", "Authentication succeeded"}}, class{"mongodb.log", "mongodb", login, success, authn, [3]string{"start"}}, [2]string{}, "t.$date",
		[]jsonName{{"attr.remote", event.SourceIP}, {"attr.principalName", event.UserName}, {"attr.authenticationDatabase", event.UserDomain}}},
	{"t.$date", [][2]string{{"c", "*"}, {"s", "*"}, {"ctx", "*"}}, class{"mongodb.log", "mongodb", "", "", "database", [3]string{"info"}}, [2]string{}, "t.$date",
		[]jsonName{{"attr.remote", event.SourceIP}, {"attr.client", event.SourceIP}, {"attr.principalName", event.UserName}, {"c", event.LogLogger}, {"attr.durationMillis", 0}}},
	{"visitor_ip", [][2]string{{"http_status", "401"}}, class{"ntfy.log", "ntfy", login, failure, authn, [3]string{"start"}}, [2]string{}, "",
		[]jsonName{{"visitor_ip", event.SourceIP}, {"http_path", event.URLPath}, {"http_method", event.HTTPRequestMethod}, {"http_status", event.HTTPResponseStatusCode}}},
	{"visitor_ip", [][2]string{{"http_status", "403"}}, class{"ntfy.log", "ntfy", login, failure, authn, [3]string{"start"}}, [2]string{}, "",
		[]jsonName{{"visitor_ip", event.SourceIP}, {"http_path", event.URLPath}, {"http_method", event.HTTPRequestMethod}, {"http_status", event.HTTPResponseStatusCode}}},
	{"addr.remote", [][2]string{{"event", "user.login"}}, class{"teleport.audit", "teleport", login, "", authn, [3]string{"start"}}, [2]string{"success", "true"}, "",
		[]jsonName{{"addr.remote", event.SourceIP}, {"user", event.UserName}, {"user_agent", event.UserAgentOriginal}}},
	{"req.remoteAddress", [][2]string{{"req.url", "/auth/login*"}, {"statusCode", "401"}}, class{"opensearch.dashboards", "opensearch", login, failure, authn, [3]string{"start"}}, [2]string{}, "",
		[]jsonName{{"req.remoteAddress", event.SourceIP}, {"req.url", event.URLOriginal}, {"statusCode", event.HTTPResponseStatusCode}, {"req.headers.user-agent", event.UserAgentOriginal}}},
	{"req.remoteAddress", [][2]string{{"req.url", "*"}}, class{"opensearch.dashboards", "opensearch", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "",
		[]jsonName{{"req.remoteAddress", event.SourceIP}, {"req.url", event.URLOriginal}, {"statusCode", event.HTTPResponseStatusCode}, {"req.headers.user-agent", event.UserAgentOriginal}}},
	{"downstream_remote_address", [][2]string{{"response_code", "*"}}, class{"web.access", "envoy", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "start_time",
		[]jsonName{{"downstream_remote_address", event.SourceIP}, {"x-envoy-origin-path", event.URLOriginal}, {"path", event.URLOriginal}, {"method", event.HTTPRequestMethod},
			{"response_code", event.HTTPResponseStatusCode}, {"user-agent", event.UserAgentOriginal}, {"user_agent", event.UserAgentOriginal}, {":authority", event.URLDomain}, {"authority", event.URLDomain},
			{"bytes_sent", event.HTTPResponseBodyBytes}}},
	{"remote_addr", [][2]string{{"request_uri", "*"}, {"status", "*"}}, class{"web.access", "nginx", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "time_local", nginxNames},
	{"remote_addr", [][2]string{{"request", "*"}, {"status", "*"}}, class{"web.access", "nginx", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "time_local", nginxNames},
	{"remote_addr", [][2]string{{"uri", "*"}, {"status", "*"}}, class{"web.access", "nginx", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "time_local", nginxNames},
	{"remoteIP", [][2]string{{"request", "*"}, {"status", "*"}}, class{"web.access", "apache", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "", nginxNames},
	{"client_ip", [][2]string{{"uri", "*"}, {"method", "*"}, {"status", "*"}}, class{"web.access", "web", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "", nginxNames},
	{"client", [][2]string{{"uri", "*"}, {"method", "*"}, {"status", "*"}}, class{"web.access", "web", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "", nginxNames},
	{"clientip", [][2]string{{"request", "*"}, {"response", "*"}}, class{"web.access", "web", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "", nginxNames},
	{"remote_ip", [][2]string{{"request", "*"}, {"response", "*"}}, class{"web.access", "web", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "", nginxNames},
	{"remote_ip", [][2]string{{"uri", "*"}, {"method", "*"}, {"status", "*"}}, class{"web.access", "web", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "", nginxNames},
	{"request.path", [][2]string{{"request.operation", "*"}, {"type", "*"}, {"request.id", "*"}}, class{"hashicorp_vault.audit", "hashicorp_vault", "", "", "", [3]string{}}, [2]string{}, "",
		[]jsonName{{"request.remote_address", event.SourceIP}, {"request.remote_port", event.SourcePort}, {"auth.display_name", event.UserName}, {"auth.entity_id", event.UserID}, {"request.path", event.URLPath}, {"request.operation", event.EventAction}, {"error", event.EventReason}}},
	{"request.remote_address", [][2]string{{"request.path", "*"}, {"request.operation", "*"}, {"type", "*"}}, class{"hashicorp_vault.audit", "hashicorp_vault", "", "", "", [3]string{}}, [2]string{}, "",
		[]jsonName{{"request.remote_address", event.SourceIP}, {"request.remote_port", event.SourcePort}, {"auth.display_name", event.UserName}, {"auth.entity_id", event.UserID}, {"request.path", event.URLPath}, {"request.operation", event.EventAction}, {"error", event.EventReason}}},
	{"controller", [][2]string{{"method", "*"}, {"path", "*"}, {"status", "*"}, {"remote_ip", "*"}}, class{"gitlab.production", "gitlab", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "",
		[]jsonName{{"remote_ip", event.SourceIP}, {"path", event.URLOriginal}, {"method", event.HTTPRequestMethod}, {"status", event.HTTPResponseStatusCode}, {"ua", event.UserAgentOriginal}, {"username", event.UserName}, {"user_id", event.UserID}}},
	{"request.remote_ip", [][2]string{{"request.uri", "*"}}, class{"web.access", "caddy", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "",
		[]jsonName{{"request.client_ip", event.SourceIP}, {"request.remote_ip", event.SourceIP}, {"request.remote_port", event.SourcePort}, {"request.proto", event.HTTPVersion}, {"request.headers.User-Agent", event.UserAgentOriginal}, {"request.headers.Referer", event.HTTPRequestReferrer}, {"request.tls.server_name", event.TLSClientServerName}, {"bytes_read", event.HTTPRequestBodyBytes}, {"duration", event.EventDuration}, {"request.uri", event.URLOriginal}, {"request.method", event.HTTPRequestMethod}, {"request.host", event.URLDomain},
			{"status", event.HTTPResponseStatusCode}, {"size", event.HTTPResponseBodyBytes}, {"user_id", event.UserName}}},
	{"ClientHost", [][2]string{{"RequestPath", "*"}}, class{"web.access", "traefik", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "StartUTC",
		[]jsonName{{"ClientHost", event.SourceIP}, {"ClientPort", event.SourcePort}, {"ClientUsername", event.UserName}, {"RequestProtocol", event.HTTPVersion}, {"RequestScheme", event.URLScheme}, {"RequestContentSize", event.HTTPRequestBodyBytes}, {"request_Referer", event.HTTPRequestReferrer}, {"RequestPath", event.URLOriginal}, {"RequestMethod", event.HTTPRequestMethod}, {"RequestHost", event.URLDomain},
			{"DownstreamStatus", event.HTTPResponseStatusCode}, {"DownstreamContentSize", event.HTTPResponseBodyBytes}, {"request_User-Agent", event.UserAgentOriginal}}},
}

// nginxNames are nginx' variables, under which those who log JSON give them, and what Apache's are called as often.
var nginxNames = []jsonName{{"remote_addr", event.SourceIP}, {"remoteIP", event.SourceIP}, {"client_ip", event.SourceIP}, {"clientip", event.SourceIP}, {"client", event.SourceIP}, {"remote_ip", event.SourceIP}, {"remote_port", event.SourcePort}, {"remote_user", event.UserName}, {"request_uri", event.URLOriginal}, {"uri", event.URLOriginal},
	{"request", event.URLOriginal}, {"request_method", event.HTTPRequestMethod}, {"method", event.HTTPRequestMethod}, {"status", event.HTTPResponseStatusCode}, {"response", event.HTTPResponseStatusCode}, {"agent", event.UserAgentOriginal}, {"ua", event.UserAgentOriginal}, {"user_agent", event.UserAgentOriginal}, {"bytes", event.HTTPResponseBodyBytes}, {"body_bytes_sent", event.HTTPResponseBodyBytes}, {"bytes_sent", event.DestinationBytes},
	{"http_user_agent", event.UserAgentOriginal}, {"userAgent", event.UserAgentOriginal}, {"http_referrer", event.HTTPRequestReferrer}, {"http_referer", event.HTTPRequestReferrer}, {"referer", event.HTTPRequestReferrer},
	{"http_host", event.URLDomain}, {"host", event.URLDomain}, {"server_name", event.URLDomain}, {"server_protocol", event.HTTPVersion}, {"scheme", event.URLScheme}, {"request_length", event.SourceBytes}}

// loginSources and loginUsers are the names under which programs put address and user beside a message that tells of a log-in.
var (
	loginSources = [...]string{"remote_ip", "remote_addr", "remoteAddr", "client_ip", "clientIp", "clientIP", "ip", "ip_addr", "ip_address", "ipAddress", "src_ip", "source_ip", "remote"}
	loginUsers   = [...]string{"username", "user", "uname", "userName", "login", "email"}
)

// appNotes are the values of an object whose names jsonApps knows.
type appNotes struct {
	all []appNote                // up to maxNotes
	has [maxAppNames / 64]uint64 // the numbers in all
	// within is the member in which the object hands on the record of another: event of AWS' network firewall, detail of EventBridge
	within string
	// feed: what it holds in event is a record of Zscaler's, none of whose names is ECS'
	feed bool
}

const maxNotes = 64

// appNote is a value that some format may ask for, by the number of its name.
type appNote struct {
	name uint16
	list bool // it is an array
	v    []byte
}

func (t *jsonSink) noteApp(path, v []byte, list bool) {
	if n := len(v) - 2; n > 0 && v[n] == '.' && v[n+1] == '0' && digits(v[:n]) { // 443.0, as writers without whole numbers have it
		v = v[:n]
	}
	id, ok := t.p.apps.find(path)
	if t.notes.within != "" {
		if rest, within := after(path, t.notes.within); within {
			if own, known := t.p.apps.find(rest); known {
				if id, ok = own, true; t.renote(id, v, list) {
					return
				}
			}
		}
	}
	switch string(path) {
	case "firewall_name":
		t.notes.within = "event."
	case "detail-type":
		t.notes.within = "detail."
	case "sourcetype":
		t.notes.feed = hasPrefix(v, "zscalernss-")
	}
	if !ok || len(t.notes.all) == maxNotes {
		return
	}
	t.notes.all = append(t.notes.all, appNote{id, list, v})
	t.notes.has[id>>6] |= 1 << (id & 63)
}

// renote lets what a record says stand where who hands it on has said something under the same name.
func (t *jsonSink) renote(id uint16, v []byte, list bool) bool {
	n := &t.notes
	if n.has[id>>6]&(1<<(id&63)) == 0 {
		return false
	}
	for i := range n.all {
		if n.all[i].name == id {
			n.all[i] = appNote{id, list, v}
			return true
		}
	}
	return false
}

// noted gives the value of a name, nil if the object has none.
func (t *jsonSink) noted(name string) []byte {
	if name == "message" {
		s := event.Event{Batch: t.b, Row: t.b.Rows()}.Str(event.Message)
		return bytesOf(s)
	}
	v, _ := t.notedList(name)
	return v
}

// notedList is noted, and says whether the value is an array.
func (t *jsonSink) notedList(name string) (v []byte, list bool) {
	id, ok := t.p.apps.id[name]
	if !ok || t.notes.has[id>>6]&(1<<(id&63)) == 0 {
		return nil, false
	}
	for i := range t.notes.all {
		if n := &t.notes.all[i]; n.name == id {
			return n.v, n.list
		}
	}
	return nil, false
}

// readApps reads an object of a program that jsonApps knows, or whose message tells of a log-in. What the object says in ECS stands.
func (p *Parser) readApps(b *event.Batch, t *jsonSink) {
	e := event.Event{Batch: b, Row: b.Rows()}
	if e.Present(event.WinlogChannel) {
		t.wazuhWindows()
		t.hayabusa()
		return
	}
	if e.Str(event.EventAction) != "" && t.noted("event_simpleName") == nil && t.noted("event.alertId") == nil { // CrowdStrike's names are those of Windows' events too, one of Jamf's is ECS'
		return
	}
	if i := t.format(); i >= 0 {
		if a := &p.apps.apps[i]; a.class.module == "wazuh" {
			t.wazuh(a)
			return
		}
		t.setApp(&p.apps.apps[i])
		if i >= p.apps.programs && !e.Present(event.ProcessName) {
			b.SetString(event.ProcessName, p.apps.apps[i].class.module)
		}
		return
	}
	m := bytesOf(e.Str(event.Message))
	if t.on && len(t.text) > 15 && e.Str(event.EventDataset) == "json" { // a container's own line
		m = t.text
	}
	if len(m) < 10 || len(m) > 4096 || e.Present(event.EventCategory) || !t.on && mayBeLine(m) { // behind a header no other line is read
		return
	}
	if rest, ok := after(m, `[client "`); ok && index(m, `[id "`) > 0 { // Coraza and ModSecurity through a program's own log
		client, rest, _ := cut(rest, `"] `)
		modSecurity(b, rest)
		setClient(b, client)
		return
	}
	p.within = header{pri: -1}
	p.within.stamp.has = true // the object states the time
	if !shapes(p, b, &p.within, trimLine(m)) && !wholeLogin(b, m) {
		return
	}
	if t.on { // CEF and the like state it; the object has the time at which its agent read the line
		t.takeTime(&p.within)
	}
	for _, name := range loginSources {
		if v := t.noted(name); v != nil && len(v) < 128 && !e.Present(event.SourceIP) {
			setClient(b, v)
		}
	}
	for _, name := range loginUsers {
		if v := t.noted(name); v != nil && !e.Present(event.UserName) {
			b.Set(event.UserName, v)
		}
	}
}

// firstIn finds the first text called name in an array of objects.
func firstIn(raw []byte, name string) []byte {
	return firstOf(raw, name, func(value []byte) (v []byte, ok bool) {
		if len(value) == 0 || value[0] != '"' {
			return nil, false
		}
		r := jsonReader{s: value}
		if v = r.text(); r.err != nil {
			v = nil
		}
		return v, true
	})
}

// firstOf gives what read makes of the first value called name that it takes; it gets what stands behind the colon.
func firstOf(raw []byte, name string, read func(value []byte) ([]byte, bool)) []byte {
	for s := raw; ; {
		i := index(s, name)
		if i < 1 || i+len(name) >= len(s) {
			return nil
		}
		rest := s[i+len(name):]
		if s[i-1] != '"' || rest[0] != '"' {
			s = rest
			continue
		}
		rest = skipBlanks(rest[1:])
		if s = rest; len(rest) == 0 || rest[0] != ':' {
			continue
		}
		if v, ok := read(skipBlanks(rest[1:])); ok {
			return v
		}
	}
}

// trimLine takes the end of the line off a text that a container wrote.
func trimLine(s []byte) []byte {
	for len(s) > 0 && (s[len(s)-1] == '\n' || s[len(s)-1] == '\r') {
		s = s[:len(s)-1]
	}
	return s
}

// format gives the first format that fits the object, -1 if there is none. Only those whose key the object has are looked at, however many there are.
func (t *jsonSink) format() int {
	x, best := t.p.apps, -1
	for k := range t.notes.all {
		id := t.notes.all[k].name
		for _, i := range x.by[id] {
			if best >= 0 && int(i) >= best {
				break
			}
			if t.fits(&x.apps[i]) {
				best = int(i)
				break
			}
		}
	}
	return best
}

func (t *jsonSink) fits(a *jsonApp) bool {
	for _, w := range a.when {
		v := t.noted(w[0])
		if v == nil {
			return false
		}
		if want := w[1]; want != "*" && string(v) != want && (want[len(want)-1] != '*' || !hasPrefix(v, want[:len(want)-1])) {
			return false
		}
	}
	return true
}

func (t *jsonSink) setApp(a *jsonApp) {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	b.Unset(event.EventKind)
	b.Unset(event.EventDataset)
	a.class.set(b)
	if a.outcome[0] != "" {
		if v := t.noted(a.outcome[0]); string(v) == a.outcome[1] {
			b.SetString(event.EventOutcome, success)
		} else if v != nil {
			b.SetString(event.EventOutcome, failure)
		}
	}
	if a.class.module == "zeek" && !t.header { // what these logs call host is no name of the sender
		for _, name := range [...]string{"host", "hostname"} {
			if v := t.noted(name); v != nil && e.Str(event.HostName) == view(v) {
				b.Unset(event.HostName)
			}
		}
	}
	t.setNames(a, a.fields)
	t.cloudLabels(a.class.module)
	if f := jsonSays[a.class.dataset]; f != nil {
		f(t)
	} else if a.class.module == "zeek" {
		t.zeek(a.class.dataset)
	}
	if action := e.Str(event.EventAction); action != "" && !e.Present(event.EventType) {
		b.AddString(event.EventType, verbType(action))
	}
	var c civil
	if v := t.noted(a.time); a.time != "" && t.rank == 0 && len(v) > 0 {
		if n := readStamp(v, &c); n > 0 && (n == len(v) || string(v[n:]) == " UTC") {
			t.stamp, t.rank = c, 1
		} else if ns, ok := epoch(v); ok {
			t.epoch, t.rank = ns, 1
		} else if n := readCLF(v, &c); n > 0 && n == len(v) {
			t.stamp, t.rank = c, 1
		}
	}
}

// setNames sets the fields that the object says under names.
func (t *jsonSink) setNames(a *jsonApp, names []jsonName) {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	for _, f := range names {
		name, within, ok := strings.Cut(f.name, "[].")
		v, list := t.notedList(name)
		if v == nil || ok && !list || f.f == 0 { // 0: jsonSays asks for it
			continue
		}
		if ok {
			if v = firstIn(v, within); v != nil && !e.Present(f.f) {
				t.setName(a, f.f, v)
			}
			continue
		}
		if list && (f.f == event.EmailFromAddress || f.f == event.EmailToAddress) {
			for s := v; len(s) > 0; {
				_, s, _ = cut(s, `"`)
				v, s, _ = cut(s, `"`)
				setMail(b, f.f, v)
			}
			continue
		}
		if list {
			if in := f.f.Info(); in.Kind == event.List || !e.Present(f.f) {
				t.array(unsafeBytes(in.Name), v)
			}
			continue
		}
		t.setName(a, f.f, v)
	}
}

// setName sets a field from a value as JSON writes it.
func (t *jsonSink) setName(a *jsonApp, f event.Field, v []byte) {
	b := t.b
	if string(v) == "-" {
		return
	}
	switch in := f.Info(); {
	case f == event.SourceIP:
		if _, last, ok := cutLast(v, ","); ok { // what the nearest proxy saw
			v = trimBlanks(last)
		}
		setHostPort(b, &src, v)
	case f == event.DestinationIP:
		setHostPort(b, &dst, v)
	case f == event.URLOriginal && (a.class.module == "zscaler_zia" || a.class.module == "netskope") && len(v) > 0: // host and path
		setURL(b, v)
	case f == event.URLOriginal:
		if method, rest, ok := cut(v, " "); ok && isMethod(method) && index(rest, " HTTP/") > 0 { // a request's first line
			t.p.setRequest(b, v)
			return
		}
		t.p.setTarget(b, v)
	case f == event.HTTPVersion:
		if v, _ = after(v, "HTTP/"); len(v) > 0 && digit(v[0]) {
			b.Set(f, v)
		}
	case f == event.HTTPResponseStatusCode && a.class.outcome == "":
		setStatus(b, v)
	case f == event.NetworkTransport:
		setTransport(b, v)
	case f == event.NetworkDirection && a.class.module == "zeek":
		setFlowDirection(b, v)
	case f == event.TLSVersion:
		b.Set(f, tlsVersion(v))
	case f == event.DNSQuestionName && len(v) > 1 && v[len(v)-1] == '.':
		b.Set(f, v[:len(v)-1])
	case f == event.EmailFromAddress || f == event.EmailToAddress:
		setMail(b, f, v)
	case f == event.EventDuration: // in seconds
		setSeconds(b, v)
	case f == event.HostName:
		b.Set(event.HostName, v)
		b.Set(event.HostHostname, v)
	case f == event.EmailMessageID:
		setMessageID(b, v)
	case f == event.ProcessExecutable || f == event.ProcessParentExecutable:
		if index(v, "/") < 0 && index(v, `\`) < 0 { // a name alone
			setBase(b, f, v)
			return
		}
		b.Set(f, v)
		setBase(b, f, v)
	case f == event.UserName:
		setFullUser(b, v)
	case in.Kind == event.Int:
		setNum(b, f, v)
	case in.Type == "ip":
		if isIP(v) {
			t.set(f, jsonString, v)
		}
	case in.Kind == event.Dict || in.Kind == event.Text:
		b.Set(f, v)
	default:
		t.set(f, jsonString, v)
	}
}

// setBase names a program by the last part of its path, in Windows' manner too.
func setBase(b *event.Batch, f event.Field, path []byte) {
	name := baseName(path)
	if _, last, ok := cutLast(name, `\`); ok {
		name = last
	}
	to := event.ProcessName
	if f == event.ProcessParentExecutable {
		to = event.ProcessParentName
	}
	if !(event.Event{Batch: b, Row: b.Rows()}).Present(to) {
		b.Set(to, name)
	}
}
