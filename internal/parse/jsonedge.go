package parse

import "watchpost/internal/event"

// edgeApps are what firewalls and balancers send as JSON: F5's Telemetry Streaming, Barracuda's CloudGen.
var edgeApps = []jsonApp{
	{"telemetryEventCategory", [][2]string{{"telemetryEventCategory", "ASM"}}, class{"f5.bigip", "f5", "waf_alert", "", "web", [3]string{"access"}}, [2]string{}, "date_time", f5Names},
	{"telemetryEventCategory", [][2]string{{"telemetryEventCategory", "AFM"}}, class{"f5.bigip", "f5", "firewall-rule", "", netw, [3]string{"connection"}}, [2]string{}, "date_time", f5Names},
	{"telemetryEventCategory", [][2]string{{"telemetryEventCategory", "LTM"}, {"http_method", "*"}}, class{"f5.bigip", "f5", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "event_timestamp", f5Names},
	{"telemetryEventCategory", [][2]string{{"telemetryEventCategory", "APM"}}, class{"f5.bigip", "f5", "access-policy", "", "session", [3]string{"info"}}, [2]string{}, "", f5Names},
	{"telemetryEventCategory", [][2]string{{"telemetryEventCategory", "*"}}, class{"f5.bigip", "f5", "", "", "host", [3]string{"info"}}, [2]string{}, "", f5Names},
	{"fw_rule", [][2]string{{"src_ip", "*"}, {"dst_ip", "*"}, {"ip_proto", "*"}}, class{"barracuda.cloudgen", "barracuda", "", "", netw, [3]string{"connection"}}, [2]string{}, "timestamp",
		[]jsonName{{"src_ip", event.SourceIP}, {"src_port", event.SourcePort}, {"src_mac", event.SourceMAC}, {"src_iface", event.ObserverIngressInterfaceName}, {"src_ip_nat", event.SourceNATIP}, {"dst_ip", event.DestinationIP}, {"dst_port", event.DestinationPort}, {"dst_mac", event.DestinationMAC},
			{"dst_iface", event.ObserverEgressInterfaceName}, {"dst_ip_nat", event.DestinationNATIP}, {"fwd_bytes", event.SourceBytes}, {"rev_bytes", event.DestinationBytes}, {"fwd_packets", event.SourcePackets}, {"rev_packets", event.DestinationPackets}, {"ip_proto", event.NetworkTransport},
			{"fw_rule", event.RuleName}, {"user", event.UserName}, {"traffic_type", 0}, {"action", 0}, {"apps[]", event.NetworkApplication}}},
	{"class", [][2]string{{"class", "class com.untangle.uvm.event.AdminLoginEvent"}}, class{"arista.ngfw", "arista", login, "", authn, [3]string{"start"}}, [2]string{"succeeded", "true"}, "timeStamp",
		[]jsonName{{"clientAddress", event.SourceIP}, {"login", event.UserName}, {"reason", event.EventReason}}},
	{"class", [][2]string{{"class", "class com.untangle.app.firewall.FirewallEvent"}}, class{"arista.ngfw", "arista", "firewall-rule", "", netw, [3]string{"connection"}}, [2]string{}, "timeStamp", untangleNames},
	{"class", [][2]string{{"class", "class com.untangle.app.web_filter.WebFilterEvent"}}, class{"arista.ngfw", "arista", "web_filter", "", "web", [3]string{"access"}}, [2]string{}, "timeStamp", untangleNames},
	{"class", [][2]string{{"class", "class com.untangle.app.http.HttpRequestEvent"}}, class{"arista.ngfw", "arista", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "timeStamp", untangleNames},
	{"class", [][2]string{{"class", "class com.untangle.uvm.app.SessionEvent"}}, class{"arista.ngfw", "arista", "flow", "", netw, [3]string{"connection", "start"}}, [2]string{}, "timeStamp", untangleNames},
	{"class", [][2]string{{"class", "class com.untangle*"}}, class{"arista.ngfw", "arista", "", "", "host", [3]string{"info"}}, [2]string{}, "timeStamp", untangleNames},
}

// untangleNames are those of a session, of an event about one, and of requests.
var untangleNames = []jsonName{{"CClientAddr", event.SourceIP}, {"CClientPort", event.SourcePort}, {"SClientAddr", event.SourceNATIP}, {"SClientPort", event.SourceNATPort}, {"SServerAddr", event.DestinationIP}, {"SServerPort", event.DestinationPort}, {"protocol", event.NetworkTransport},
	{"username", event.UserName}, {"hostname", event.SourceDomain}, {"sessionEvent.CClientAddr", event.SourceIP}, {"sessionEvent.CClientPort", event.SourcePort}, {"sessionEvent.SClientAddr", event.SourceNATIP}, {"sessionEvent.SClientPort", event.SourceNATPort}, {"sessionEvent.SServerAddr", event.DestinationIP},
	{"sessionEvent.SServerPort", event.DestinationPort}, {"sessionEvent.protocol", event.NetworkTransport}, {"sessionEvent.username", event.UserName}, {"sessionEvent.hostname", event.SourceDomain}, {"ruleId", event.RuleID}, {"category", event.RuleCategory}, {"reason", event.EventReason},
	{"method", event.HTTPRequestMethod}, {"host", event.URLDomain}, {"requestUri", event.URLOriginal}, {"referer", event.HTTPRequestReferrer}, {"requestLine", 0}, {"blocked", 0}}

var f5Names = []jsonName{{"hostname", event.HostName}, {"ip_client", event.SourceIP}, {"Client_IP", event.SourceIP}, {"client_ip", event.SourceIP}, {"source_ip", event.SourceIP}, {"src_port", event.SourcePort}, {"source_port", event.SourcePort}, {"dest_ip", event.DestinationIP}, {"server_ip", event.DestinationIP},
	{"dest_port", event.DestinationPort}, {"method", event.HTTPRequestMethod}, {"http_method", event.HTTPRequestMethod}, {"uri", event.URLPath}, {"http_uri", event.URLOriginal}, {"query_string", event.URLQuery}, {"query_str", event.URLQuery}, {"http_host", event.URLDomain}, {"response_code", event.HTTPResponseStatusCode},
	{"resp_code", event.HTTPResponseStatusCode}, {"policy_name", event.RuleRuleset}, {"acl_policy_name", event.RuleRuleset}, {"acl_rule_name", event.RuleName}, {"violations", event.RuleName}, {"sig_names", event.RuleDescription}, {"sig_ids", event.RuleID}, {"attack_type", event.RuleCategory},
	{"username", event.UserName}, {"management_ip_address", event.ObserverIP}, {"ip_protocol", event.NetworkTransport}, {"vlan", event.ObserverIngressInterfaceName}, {"drop_reason", event.EventReason}, {"errdefs_msgno", event.EventCode}, {"severity", event.LogLevel},
	{"request_status", 0}, {"req_status", 0}, {"action", 0}}

// f5Telemetry reads the verdict of BIG-IP's firewalls, and the time that they write with a blank.
func (t *jsonSink) f5Telemetry() {
	b := t.b
	for _, name := range [...]string{"request_status", "req_status", "action"} {
		if v := t.noted(name); len(v) > 0 {
			t.p.judge(b, v)
			break
		}
	}
	e := event.Event{Batch: b, Row: b.Rows()}
	if e.Str(event.EventAction) == "waf_alert" {
		b.AddString(event.EventCategory, "intrusion_detection")
	}
	if code, _ := e.Int(event.HTTPResponseStatusCode); code == 0 { // blocked before there was an answer
		b.Unset(event.HTTPResponseStatusCode)
	}
}

// cloudGenFlow reads what CloudGen did with a flow.
func (t *jsonSink) cloudGenFlow() {
	b, action := t.b, t.noted("action")
	t.p.val = lower(t.p.val[:0], action)
	b.Set(event.EventAction, t.p.val)
	switch string(action) {
	case "End", "Remove", "Session End":
		b.AddString(event.EventType, "end")
	default:
		t.p.judge(b, action)
	}
}

// untangle reads whether a rule blocked, and the request.
func (t *jsonSink) untangle() {
	if method, url, ok := cut(t.noted("requestLine"), " "); ok {
		t.b.Set(event.HTTPRequestMethod, method)
		setURL(t.b, url)
	}
	switch b := t.b; string(t.noted("blocked")) {
	case "true":
		b.AddString(event.EventType, "denied")
		b.SetString(event.EventOutcome, failure)
	case "false":
		b.AddString(event.EventType, "allowed")
		b.SetString(event.EventOutcome, success)
	}
}
