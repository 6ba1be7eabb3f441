package parse

import "watchpost/internal/event"

// awsApps are AWS' services that write JSON of their own, besides those of cloudApps.
var awsApps = []jsonApp{
	{"ProductArn", [][2]string{{"AwsAccountId", "*"}, {"Title", "*"}}, class{"aws.securityhub_findings", "aws", "finding", "", "", [3]string{"info"}}, [2]string{}, "UpdatedAt",
		[]jsonName{{"Title", event.Message}, {"Title", event.RuleName}, {"GeneratorId", event.RuleID}, {"Description", event.RuleDescription}, {"Types", 0}, {"Severity.Label", event.LogLevel}, {"Severity.Normalized", event.EventRiskScore}, {"Severity.Normalized", event.EventSeverity}, {"FirstObservedAt", event.EventStart}, {"LastObservedAt", event.EventEnd}, {"CreatedAt", event.EventCreated}, {"ProductName", event.EventProvider}, {"Compliance.Status", 0},
			{"Network.SourceIpV4", event.SourceIP}, {"Network.SourcePort", event.SourcePort}, {"Network.DestinationIpV4", event.DestinationIP}, {"Network.DestinationPort", event.DestinationPort}, {"Network.Protocol", event.NetworkTransport}, {"Network.SourceDomain", event.SourceDomain}}},
	{"query_timestamp", [][2]string{{"query_name", "*"}, {"vpc_id", "*"}}, class{"aws.route53_resolver_logs", "aws", "dns_query", "", netw, [3]string{"protocol"}}, [2]string{}, "query_timestamp",
		[]jsonName{{"query_name", event.DNSQuestionName}, {"query_type", event.DNSQuestionType}, {"rcode", event.DNSResponseCode}, {"srcaddr", event.SourceIP}, {"srcport", event.SourcePort}, {"transport", event.NetworkTransport}, {"srcids.instance", event.HostID}, {"answers", 0}, {"firewall_rule_action", 0}, {"firewall_rule_group_id", event.RuleRuleset}}},
	{"interface_id", [][2]string{{"srcaddr", "*"}, {"dstaddr", "*"}}, class{"aws.vpcflow", "aws", "flow", "", netw, [3]string{"connection"}}, [2]string{"action", "ACCEPT"}, "end", vpcNames("interface_id")},
	{"interface-id", [][2]string{{"srcaddr", "*"}, {"dstaddr", "*"}}, class{"aws.vpcflow", "aws", "flow", "", netw, [3]string{"connection"}}, [2]string{"action", "ACCEPT"}, "end", vpcNames("interface-id")},
	{"interfaceId", [][2]string{{"srcAddr", "*"}, {"dstAddr", "*"}}, class{"aws.vpcflow", "aws", "flow", "", netw, [3]string{"connection"}}, [2]string{"action", "ACCEPT"}, "end",
		append(vpcNames("interfaceId"), jsonName{"srcAddr", event.SourceIP}, jsonName{"srcPort", event.SourcePort}, jsonName{"dstAddr", event.DestinationIP}, jsonName{"dstPort", event.DestinationPort})},
	{"configurationItem.resourceType", [][2]string{{"messageType", "*"}}, class{"aws.config", "aws", "", "", "configuration", [3]string{"change"}}, [2]string{}, "configurationItem.configurationItemCaptureTime",
		[]jsonName{{"messageType", event.EventAction}, {"configurationItem.resourceType", event.EventProvider}, {"configurationItem.resourceName", event.ServiceName}, {"configurationItem.configurationItemStatus", event.EventReason}}},
	{"findingArn", [][2]string{{"awsAccountId", "*"}, {"type", "*"}, {"resources", "*"}}, class{"aws.inspector", "aws", "finding", "", "vulnerability", [3]string{"info"}}, [2]string{}, "updatedAt",
		[]jsonName{{"title", event.RuleName}, {"description", event.Message}, {"severity", event.LogLevel}, {"inspectorScore", event.EventRiskScore}, {"packageVulnerabilityDetails.vulnerabilityId", event.RuleID}, {"networkReachabilityDetails.protocol", event.NetworkTransport}, {"firstObservedAt", event.EventStart}, {"lastObservedAt", event.EventEnd}, {"resources", 0}}},
	{"analyzedAt", [][2]string{{"resourceType", "*"}, {"resource", "*"}, {"status", "*"}}, class{"aws.access_analyzer", "aws", "finding", "", "configuration", [3]string{"info"}}, [2]string{}, "updatedAt",
		[]jsonName{{"resource", event.ServiceName}, {"createdAt", event.EventCreated}}},
	{"digestS3Object", [][2]string{{"awsAccountId", "*"}, {"digestEndTime", "*"}}, class{"aws.cloudtrail", "aws", "digest", "", "file", [3]string{"info"}}, [2]string{}, "digestEndTime",
		[]jsonName{{"digestS3Object", event.FilePath}, {"digestStartTime", event.EventStart}, {"digestEndTime", event.EventEnd}}},
	{"resourcePath", [][2]string{{"httpMethod", "*"}, {"status", "*"}, {"ip", "*"}}, apiGatewayClass, [2]string{}, "requestTime", apiGatewayNames},
	{"routeKey", [][2]string{{"httpMethod", "*"}, {"status", "*"}, {"ip", "*"}}, apiGatewayClass, [2]string{}, "requestTime", apiGatewayNames},
}

var apiGatewayClass = class{"aws.apigateway_logs", "aws", "http_request", "", "web", [3]string{"access"}}

var apiGatewayNames = []jsonName{{"ip", event.SourceIP}, {"httpMethod", event.HTTPRequestMethod}, {"resourcePath", event.URLPath}, {"status", event.HTTPResponseStatusCode}, {"protocol", event.HTTPVersion}, {"responseLength", event.HTTPResponseBodyBytes}, {"user", event.UserName}, {"userAgent", event.UserAgentOriginal}}

// bridgeApps are the events of EventBridge whose detail nothing else knows.
var bridgeApps = []jsonApp{
	{"detail-type", [][2]string{{"detail-type", "GuardDuty Finding"}}, guardDutyClass, [2]string{}, "updatedAt", guardDutyNames},
	{"detail-type", [][2]string{{"source", "*"}, {"account", "*"}, {"region", "*"}}, class{"aws.eventbridge", "aws", "", "", "configuration", [3]string{"info"}}, [2]string{}, "", []jsonName{{"detail-type", event.EventAction}, {"source", event.EventProvider}}},
}

// cloudLabels are the names under which records of a cloud's services say whose they are, by module; the first that a record has counts.
var cloudLabels = [...]struct {
	module, label string
	names         []string
}{
	{"aws", "cloud.account.id", []string{"accountId", "AwsAccountId", "awsAccountId", "account_id", "account-id", "account"}},
	{"aws", "cloud.region", []string{"region", "Region", "awsRegion"}},
	{"aws", "cloud.availability_zone", []string{"availability_zone"}},
	{"aws", "cloud.instance.id", []string{"srcids.instance", "instance_id", "resource.instanceDetails.instanceId"}},
	{"gcp", "cloud.project.id", []string{"resource.labels.project_id"}},
	{"gcp", "cloud.region", []string{"jsonPayload.instance.region", "jsonPayload.src_instance.region", "jsonPayload.dest_instance.region", "resource.labels.location"}},
	{"gcp", "cloud.availability_zone", []string{"jsonPayload.instance.zone", "jsonPayload.src_instance.zone", "jsonPayload.dest_instance.zone"}},
	{"ocsf", "cloud.account.id", []string{"cloud.account.uid"}},
}

// cloudLabels says of which cloud a record is, and whose.
func (t *jsonSink) cloudLabels(module string) {
	switch module {
	case "aws", "gcp":
		t.b.Label([]byte("cloud.provider"), bytesOf(module))
	case "google_scc":
		t.b.Label([]byte("cloud.provider"), []byte("gcp"))
	case "ocsf":
	default:
		return
	}
	if v := t.noted("logName"); module == "gcp" && v != nil {
		t.b.Set(event.LogLogger, v)
	}
	for i := range cloudLabels {
		l := &cloudLabels[i]
		if l.module != module {
			continue
		}
		for _, name := range l.names {
			if v := t.noted(name); len(v) > 0 {
				t.b.Label(unsafeBytes(l.label), v)
				break
			}
		}
	}
}

// inspector names the machine that a finding is about.
func (t *jsonSink) inspector() {
	if o, _ := nextObject(t.noted("resources")); string(firstIn(o, "type")) == "AWS_EC2_INSTANCE" {
		if _, v, ok := cut(o, `"id"`); ok {
			_, v, _ = cut(v, `"`)
			v, _, _ = cut(v, `"`)
			t.b.Set(event.HostID, v)
		}
		t.b.Label([]byte("cloud.region"), firstIn(o, "region"))
	}
}

func vpcNames(iface string) []jsonName {
	return []jsonName{{"srcaddr", event.SourceIP}, {"srcport", event.SourcePort}, {"dstaddr", event.DestinationIP}, {"dstport", event.DestinationPort}, {"protocol", event.NetworkTransport}, {"bytes", event.NetworkBytes}, {"bytes", event.SourceBytes}, {"packets", event.NetworkPackets}, {"packets", event.SourcePackets},
		{iface, event.ObserverIngressInterfaceName}, {"start", event.EventStart}, {"end", event.EventEnd}, {"action", 0}, {"flow_direction", 0}, {"flow-direction", 0}, {"flowDirection", 0}, {"instance_id", event.HostID}}
}

// vpcVerdict is what the network did with a flow.
func (t *jsonSink) vpcVerdict() {
	switch string(t.noted("action")) {
	case "ACCEPT":
		t.b.AddString(event.EventType, "allowed")
	case "REJECT":
		t.b.AddString(event.EventType, "denied")
	}
	for _, name := range [...]string{"flow_direction", "flow-direction", "flowDirection"} {
		if v := t.noted(name); string(v) == "ingress" || string(v) == "egress" {
			t.b.Set(event.NetworkDirection, v)
		}
	}
}

// resolver reads what AWS' resolver answered.
func (t *jsonSink) resolver() {
	b := t.b
	b.SetString(event.NetworkProtocol, "dns")
	t.answers("answers", "Rdata")
	switch string(t.noted("firewall_rule_action")) {
	case "BLOCK":
		b.AddString(event.EventType, "denied")
		b.SetString(event.EventOutcome, failure)
	case "ALLOW", "ALERT":
		b.AddString(event.EventType, "allowed")
		b.SetString(event.EventOutcome, success)
	}
}

// answers takes the data of DNS' answers out of a list of objects.
func (t *jsonSink) answers(list, data string) {
	for n, raw := 0, t.noted(list); len(raw) > 0 && n < 64; n++ {
		var o []byte
		if o, raw = nextObject(raw); o == nil {
			break
		}
		v := firstIn(o, data)
		if t.b.Add(event.DNSAnswers, v); isIP(v) {
			t.b.Add(event.DNSResolvedIP, v)
		}
	}
}

// finding tells by its types what a finding of Security Hub is about.
func (t *jsonSink) finding() {
	kind, types := "vulnerability", t.noted("Types")
	switch {
	case index(types, "TTPs/") >= 0, index(types, "Unusual Behaviors/") >= 0, index(types, "Effects/") >= 0:
		kind = "threat"
	case index(types, "Sensitive Data") >= 0, index(types, "Industry and Regulatory") >= 0, index(types, "AWS Security Best Practices") >= 0, len(types) == 0:
		kind = "configuration"
	}
	t.b.AddString(event.EventCategory, kind)
	switch string(t.noted("Compliance.Status")) {
	case "PASSED":
		t.b.SetString(event.EventOutcome, success)
	case "FAILED":
		t.b.SetString(event.EventOutcome, failure)
	}
	t.b.Unset(event.EventKind)
	t.b.SetString(event.EventKind, "alert")
}

// awsWAF takes name and agent out of the request's head.
func (t *jsonSink) awsWAF() {
	b, head := t.b, t.noted("httpRequest.headers")
	for _, h := range [...]struct {
		name string
		f    event.Field
	}{{"Host", event.URLDomain}, {"host", event.URLDomain}, {"User-Agent", event.UserAgentOriginal}, {"user-agent", event.UserAgentOriginal}, {"Referer", event.HTTPRequestReferrer}, {"referer", event.HTTPRequestReferrer}} {
		if o := objectWhere(head, "name", h.name); o != nil {
			b.Set(h.f, firstIn(o, "value"))
		}
	}
	switch string(t.noted("action")) {
	case "BLOCK":
		b.AddString(event.EventType, "denied")
	case "ALLOW":
		b.AddString(event.EventType, "allowed")
	}
	if string(t.noted("action")) != "ALLOW" {
		b.Unset(event.EventKind)
		b.SetString(event.EventKind, "alert")
	}
	if hasPrefix(t.noted("httpRequest.httpVersion"), "HTTP/") {
		b.SetString(event.NetworkProtocol, "http")
	}
	var arn [6][]byte // arn:aws:wafv2:eu-central-1:123456789012:…
	for i, s := 0, t.noted("webaclId"); i < len(arn); i++ {
		arn[i], s, _ = cut(s, ":")
	}
	b.Label([]byte("cloud.region"), arn[3])
	b.Label([]byte("cloud.account.id"), arn[4])
}
