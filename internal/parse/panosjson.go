package parse

import "watchpost/internal/event"

// panosApps is told by what every record has that Palo Alto's cloud (Strata, formerly Cortex Data Lake) hands on as JSON.
var panosApps = []jsonApp{
	{"LogType", [][2]string{{"DeviceSN", "*"}, {"Subtype", "*"}}, class{"panw.panos", "panw", "", "", "", [3]string{}}, [2]string{}, "", panosJSONNames()},
}

// panosKey is a name, and the number of the column that says the same.
type panosKey struct {
	name string
	at   uint8
}

// panosKeys are the names of columns that many lists have, and panosOwn those of one list, with the number of the column.
var (
	panosKeys = []panosKey{
		{"SourceAddress", 7}, {"DestinationAddress", 8}, {"NATSource", 9}, {"NATDestination", 10}, {"Rule", 11}, {"SourceUser", 12}, {"DestinationUser", 13}, {"Application", 14}, {"FromZone", 16}, {"ToZone", 17}, {"InboundInterface", 18}, {"OutboundInterface", 19},
		{"SourcePort", 24}, {"DestinationPort", 25}, {"NATSourcePort", 26}, {"NATDestinationPort", 27}, {"Protocol", 29}, {"Action", 30},
	}
	panosFound = []panosKey{{"URL", 31}, {"FileName", 31}, {"ThreatID", 32}, {"URLCategory", 33}, {"VendorSeverity", 34}, {"FileHash", 43}, {"UserAgent", 46}, {"FileType", 47}, {"X-Forwarded-For", 48}, {"Referer", 49}, {"EmailSubject", 51}, {"DeviceName", 59}, {"HTTPMethod", 63}, {"ThreatCategory", 69}, {"RuleUUID", 76}}
	panosOwn   = map[string][]panosKey{
		"TRAFFIC": {{"Bytes", 31}, {"BytesSent", 32}, {"BytesReceived", 33}, {"PacketsTotal", 34}, {"SessionDuration", 36}, {"TotalTimeElapsed", 36}, {"URLCategory", 37}, {"PacketsSent", 44}, {"PacketsReceived", 45}, {"SessionEndReason", 46}, {"DeviceName", 52}, {"RuleUUID", 65}},
		"THREAT":  panosFound, "WILDFIRE": panosFound, "DATA": panosFound,
		"SYSTEM":         {{"EventName", 8}, {"EventComponent", 9}, {"VendorSeverity", 13}, {"EventDescription", 14}, {"DeviceName", 22}},
		"GLOBALPROTECT":  {{"EventIDValue", 8}, {"Stage", 9}, {"AuthMethod", 10}, {"SourceUserName", 12}, {"SourceUser", 12}, {"SourceRegion", 13}, {"EndpointDeviceName", 14}, {"PublicIPv4", 15}, {"PublicIPv6", 16}, {"PrivateIPv4", 17}, {"GlobalProtectClientVersion", 21}, {"EndpointOSType", 22}, {"EndpointOSVersion", 23}, {"ConnectionError", 26}, {"Description", 27}, {"EventStatus", 28}, {"Portal", 33}, {"Gateway", 41}},
		"USERID":         {{"SourceAddress", 8}, {"SourceUser", 9}, {"SourceUserName", 9}, {"User", 9}, {"MappingDataSource", 10}, {"DeviceName", 25}},
		"AUTHENTICATION": {{"SourceAddress", 8}, {"SourceUser", 9}, {"User", 9}, {"AuthenticatedUserName", 9}, {"AuthenticationDescription", 18}, {"EventName", 20}, {"DeviceName", 29}},
		"CONFIG":         {{"ManagementIP", 7}, {"ManagedHost", 7}, {"AdminUserName", 10}, {"Administrator", 10}, {"EventCommand", 9}, {"Command", 9}, {"EventResult", 12}, {"Result", 12}},
	}
)

// panosKinds are types of logs that the cloud calls otherwise than the firewall.
var panosKinds = map[string]string{"AUTH": "AUTHENTICATION", "URL": "THREAT", "FILE": "THREAT"}

// panosJSONNames are all names, for panosJSON to ask for.
func panosJSONNames() []jsonName {
	names := []jsonName{{"LogType", 0}, {"Subtype", 0}, {"DeviceSN", event.ObserverSerialNumber}, {"DeviceName", event.ObserverName}, {"DeviceName", event.ObserverHostname}, {"DNSResolverIP", 0}, {"RecordType", 0}, {"ThreatName", 0}}
	add := func(keys []panosKey) {
		for _, k := range keys {
			names = append(names, jsonName{k.name, 0})
		}
	}
	add(panosKeys)
	for _, keys := range panosOwn {
		add(keys)
	}
	return names
}

// panosJSON puts what a record says into the columns of the firewall's own list, and has them read as these are.
func (t *jsonSink) panosJSON() {
	b := t.b
	b.SetString(event.ObserverVendor, panosProduct.vendor)
	b.SetString(event.ObserverProduct, panosProduct.name)
	b.SetString(event.ObserverType, panosProduct.kind)
	kind := view(t.noted("LogType"))
	if other, ok := panosKinds[kind]; ok {
		kind = other
	}
	if kind == "DNS" {
		t.panosDNS()
		return
	}
	t.p.said = header{}
	r := t.p.read(b, &t.p.said, &panosProduct)
	v := r.col[:]
	clear(v)
	own := panosOwn[kind]
	if kind != "SYSTEM" && kind != "CONFIG" {
		t.panosColumns(v, panosKeys)
	}
	t.panosColumns(v, own)
	v[3], v[4] = bytesOf(kind), t.noted("Subtype")
	if url := t.noted("URL"); len(url) > 0 && kind == "THREAT" {
		if setURL(b, url); string(v[4]) != "url" {
			v[31] = t.noted("FileName")
		}
	}
	for i := range panosLists {
		if l := &panosLists[i]; l.typ == kind {
			l.fill(r)
			return
		}
	}
	b.AddString(event.EventCategory, netw)
	b.AddString(event.EventType, "info")
}

func (t *jsonSink) panosColumns(v [][]byte, keys []panosKey) {
	for _, k := range keys {
		if len(v[k.at]) == 0 {
			v[k.at] = t.noted(k.name)
		}
	}
}

// panosDNS reads a question that the cloud's DNS security has seen.
func (t *jsonSink) panosDNS() {
	b := t.b
	(&class{action: "dns_query", category: netw, types: [3]string{"protocol"}}).set(b)
	b.SetString(event.NetworkProtocol, "dns")
	if ip := t.noted("SourceAddress"); isIP(ip) {
		setAddr(b, &src, ip)
	}
	if ip := t.noted("DNSResolverIP"); isIP(ip) {
		setAddr(b, &dst, ip)
	}
	b.Set(event.DNSQuestionType, t.noted("RecordType"))
	b.Set(event.ObserverIngressZone, t.noted("FromZone"))
	b.Set(event.RuleName, t.noted("ThreatName"))
	t.p.judge(b, t.noted("Action"))
}
