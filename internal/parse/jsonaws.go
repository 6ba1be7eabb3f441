package parse

import "watchpost/internal/event"

// awsApps are AWS' services that write JSON of their own, besides those of cloudApps.
var awsApps = []jsonApp{
	{"ProductArn", [][2]string{{"AwsAccountId", "*"}, {"Title", "*"}}, class{"aws.securityhub_findings", "aws", "finding", "", "", [3]string{"info"}}, [2]string{}, "UpdatedAt",
		[]jsonName{{"Title", event.Message}, {"Title", event.RuleName}, {"GeneratorId", event.RuleID}, {"Description", event.RuleDescription}, {"Types", 0}, {"Severity.Label", event.LogLevel}, {"Severity.Normalized", event.EventRiskScore}, {"ProductName", event.EventProvider}, {"Compliance.Status", event.EventReason},
			{"Network.SourceIpV4", event.SourceIP}, {"Network.SourcePort", event.SourcePort}, {"Network.DestinationIpV4", event.DestinationIP}, {"Network.DestinationPort", event.DestinationPort}, {"Network.Protocol", event.NetworkTransport}, {"Network.SourceDomain", event.SourceDomain}}},
	{"query_timestamp", [][2]string{{"query_name", "*"}, {"vpc_id", "*"}}, class{"aws.route53_resolver_logs", "aws", "dns_query", "", netw, [3]string{"protocol"}}, [2]string{}, "query_timestamp",
		[]jsonName{{"query_name", event.DNSQuestionName}, {"query_type", event.DNSQuestionType}, {"rcode", event.DNSResponseCode}, {"srcaddr", event.SourceIP}, {"srcport", event.SourcePort}, {"transport", event.NetworkTransport}, {"srcids.instance", event.HostID}, {"answers", 0}, {"firewall_rule_action", 0}, {"firewall_rule_group_id", event.RuleRuleset}}},
	{"interface_id", [][2]string{{"srcaddr", "*"}, {"dstaddr", "*"}}, class{"aws.vpcflow", "aws", "flow", "", netw, [3]string{"connection"}}, [2]string{"action", "ACCEPT"}, "end", vpcNames("interface_id")},
	{"interfaceId", [][2]string{{"srcAddr", "*"}, {"dstAddr", "*"}}, class{"aws.vpcflow", "aws", "flow", "", netw, [3]string{"connection"}}, [2]string{"action", "ACCEPT"}, "end",
		append(vpcNames("interfaceId"), jsonName{"srcAddr", event.SourceIP}, jsonName{"srcPort", event.SourcePort}, jsonName{"dstAddr", event.DestinationIP}, jsonName{"dstPort", event.DestinationPort})},
	{"configurationItem.resourceType", [][2]string{{"messageType", "*"}}, class{"aws.config", "aws", "", "", "configuration", [3]string{"change"}}, [2]string{}, "configurationItem.configurationItemCaptureTime",
		[]jsonName{{"messageType", event.EventAction}, {"configurationItem.resourceType", event.EventProvider}, {"configurationItem.resourceName", event.ServiceName}, {"configurationItem.configurationItemStatus", event.EventReason}}},
}

func vpcNames(iface string) []jsonName {
	return []jsonName{{"srcaddr", event.SourceIP}, {"srcport", event.SourcePort}, {"dstaddr", event.DestinationIP}, {"dstport", event.DestinationPort}, {"protocol", event.NetworkTransport}, {"bytes", event.NetworkBytes}, {"bytes", event.SourceBytes}, {"packets", event.NetworkPackets}, {"packets", event.SourcePackets},
		{iface, event.ObserverIngressInterfaceName}, {"start", event.EventStart}, {"end", event.EventEnd}, {"action", 0}}
}

// vpcVerdict is what the network did with a flow.
func (t *jsonSink) vpcVerdict() {
	switch string(t.noted("action")) {
	case "ACCEPT":
		t.b.AddString(event.EventType, "allowed")
	case "REJECT":
		t.b.AddString(event.EventType, "denied")
	}
}

// resolver reads what AWS' resolver answered.
func (t *jsonSink) resolver() {
	b := t.b
	b.SetString(event.NetworkProtocol, "dns")
	for raw := t.noted("answers"); len(raw) > 0; {
		var o []byte
		if o, raw = nextObject(raw); o == nil {
			break
		}
		v := firstIn(o, "Rdata")
		if b.Add(event.DNSAnswers, v); isIP(v) {
			b.Add(event.DNSResolvedIP, v)
		}
	}
	switch string(t.noted("firewall_rule_action")) {
	case "BLOCK":
		b.AddString(event.EventType, "denied")
		b.SetString(event.EventOutcome, failure)
	case "ALLOW", "ALERT":
		b.AddString(event.EventType, "allowed")
		b.SetString(event.EventOutcome, success)
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
	if string(t.noted("action")) == "BLOCK" {
		b.AddString(event.EventType, "denied")
	} else {
		b.AddString(event.EventType, "allowed")
	}
}
