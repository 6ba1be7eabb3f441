package parse

import "watchpost/internal/event"

// eveNames are what Suricata's EVE says of the flow and of the protocol in it, whatever the event's type.
var eveNames = []jsonName{{"src_ip", event.SourceIP}, {"src_port", event.SourcePort}, {"dest_ip", event.DestinationIP}, {"dest_port", event.DestinationPort},
	{"proto", event.NetworkTransport}, {"app_proto", event.NetworkProtocol}, {"community_id", event.NetworkCommunityID}, {"in_iface", event.ObserverIngressInterfaceName},
	{"vlan", event.NetworkVlanID}, {"ether.src_mac", event.SourceMAC}, {"ether.dest_mac", event.DestinationMAC},
	{"http.hostname", event.URLDomain}, {"http.url", event.URLOriginal}, {"http.http_user_agent", event.UserAgentOriginal}, {"http.http_method", event.HTTPRequestMethod},
	{"http.http_refer", event.HTTPRequestReferrer}, {"http.status", event.HTTPResponseStatusCode}, {"http.length", event.HTTPResponseBodyBytes},
	{"dns.queries[].rrname", event.DNSQuestionName}, {"dns.queries[].rrtype", event.DNSQuestionType}, {"dns.rrname", event.DNSQuestionName}, {"dns.rrtype", event.DNSQuestionType}, {"dns.rcode", event.DNSResponseCode}, {"dns.id", event.DNSID},
	{"dns.answers[].rdata", event.DNSAnswers}, {"dns.rdata", event.DNSAnswers},
	{"tls.sni", event.TLSClientServerName}, {"quic.sni", event.TLSClientServerName}, {"tls.version", event.TLSVersion}, {"tls.ja3.hash", event.TLSClientJa3}, {"tls.cipher_suite", event.TLSCipher},
	{"fileinfo.filename", event.FilePath}, {"fileinfo.size", event.FileSize}, {"fileinfo.md5", event.FileHashMd5}, {"fileinfo.sha1", event.FileHashSha1}, {"fileinfo.sha256", event.FileHashSha256},
	{"flow.bytes_toserver", event.SourceBytes}, {"flow.bytes_toclient", event.DestinationBytes}, {"flow.pkts_toserver", event.SourcePackets}, {"flow.pkts_toclient", event.DestinationPackets},
	{"flow.age", event.EventDuration}, {"flow.reason", event.EventReason}, {"netflow.bytes", event.NetworkBytes}, {"netflow.pkts", event.NetworkPackets}, {"netflow.bytes", event.SourceBytes}, {"netflow.pkts", event.SourcePackets}, {"netflow.start", event.EventStart}, {"netflow.end", event.EventEnd}, {"netflow.age", event.EventDuration}, {"firewall_name", 0},
	{"smb.filename", event.FilePath}, {"smb.ntlmssp.user", event.UserName}, {"smb.ntlmssp.domain", event.UserDomain},
	{"krb5.cname", event.UserName}, {"krb5.realm", event.UserDomain}, {"ftp.command", event.EventCode}, {"ldap.request.bind_request.name", event.UserName},
	{"flow.start", event.EventStart}, {"flow.end", event.EventEnd}, {"anomaly.event", event.EventReason}, {"anomaly.app_proto", event.NetworkProtocol}, {"http.protocol", 0}, {"direction", 0}, {"stats.uptime", 0},
	{"smtp.mail_from", event.EmailFromAddress}, {"smtp.rcpt_to", event.EmailToAddress}, {"email.subject", event.EmailSubject},
	{"dhcp.client_mac", event.SourceMAC}, {"dhcp.hostname", event.SourceDomain}, {"ssh.client.software_version", event.UserAgentOriginal}, {"rdp.cookie", event.UserName}}

// snortNames are what an alert of Snort 3 as JSON says.
var snortNames = []jsonName{{"src_addr", event.SourceIP}, {"src_port", event.SourcePort}, {"dst_addr", event.DestinationIP}, {"dst_port", event.DestinationPort}, {"proto", event.NetworkTransport}, {"service", event.NetworkProtocol},
	{"eth_src", event.SourceMAC}, {"eth_dst", event.DestinationMAC}, {"vlan", event.NetworkVlanID}, {"iface", event.ObserverIngressInterfaceName}, {"pkt_len", event.NetworkBytes}, {"rule", event.EventCode},
	{"msg", event.RuleName}, {"msg", event.RuleDescription}, {"sid", event.RuleID}, {"class", event.RuleCategory}, {"priority", event.EventSeverity}, {"action", 0}, {"timestamp", 0}}

// eveApps are the types of EVE's events.
func eveApps() []jsonApp {
	alert := append([]jsonName{{"alert.signature", event.RuleName}, {"alert.signature_id", event.RuleID}, {"alert.category", event.RuleCategory}, {"alert.severity", event.EventSeverity}, {"alert.metadata.mitre_technique_id", event.ThreatTechniqueID}, {"alert.metadata.mitre_tactic_name", event.ThreatTacticName}, {"alert.action", event.EventReason}}, eveNames...)
	row := func(typ, also, action, category, kind string) jsonApp {
		names := eveNames
		if typ == "alert" {
			names = alert
		}
		when := [][2]string{{"event_type", typ}}
		if also != "" {
			when = append(when, [2]string{also, "*"})
		}
		return jsonApp{"event_type", when, class{"suricata.eve", "suricata", action, "", category, [3]string{kind}}, [2]string{}, "", names}
	}
	answer := func(typ string) jsonApp {
		a := row("dns", "", "dns_answer", netw, "info")
		a.when = append(a.when, [2]string{"dns.type", typ})
		return a
	}
	rows := []jsonApp{
		row("alert", "alert.signature", "ids_alert", "intrusion_detection", "info"),
		answer("answer"), answer("response"),
		row("dns", "dns.rrname", "dns_query", netw, "info"),
		row("dns", "dns.queries", "dns_query", netw, "info"),
		row("http", "http.url", "http_request", "web", "access"),
		row("flow", "src_ip", "flow", netw, "connection"),
		row("netflow", "src_ip", "flow", netw, "connection"),
		row("fileinfo", "src_ip", "file", "file", "info"),
		row("drop", "src_ip", "drop", netw, "denied"),
		row("anomaly", "src_ip", "anomaly", netw, "info"),
		row("stats", "stats.uptime", "stats", "", ""),
		row("dhcp", "src_ip", "dhcp_lease", netw, "info"),
		row("krb5", "src_ip", "kerberos", authn, "info"),
	}
	for _, t := range [...]string{"dns", "http", "http2", "tls", "ssh", "smb", "smtp", "ftp", "ftp_data", "tftp", "nfs", "rdp", "rfb", "sip", "ike", "snmp", "mqtt", "quic", "dcerpc", "dnp3", "modbus", "enip",
		"pgsql", "ldap", "websocket", "pop3", "mdns", "doh2", "arp", "bittorrent_dht", "telnet", "template"} {
		rows = append(rows, row(t, "src_ip", t, netw, "protocol"))
	}
	return append(rows, jsonApp{"sid", [][2]string{{"sid", "*"}, {"gid", "*"}, {"rev", "*"}, {"msg", "*"}}, snortClass, [2]string{}, "", snortNames},
		jsonApp{"sid", [][2]string{{"sid", "*"}, {"gid", "*"}, {"src_addr", "*"}}, snortClass, [2]string{}, "", snortNames})
}

// zeekFlow are the names that most of Zeek's logs begin with.
var zeekFlow = []jsonName{{"id.orig_h", event.SourceIP}, {"id.orig_p", event.SourcePort}, {"id.resp_h", event.DestinationIP}, {"id.resp_p", event.DestinationPort},
	{"proto", event.NetworkTransport}, {"service", event.NetworkProtocol}, {"community_id", event.NetworkCommunityID}}

// zeekLog is a log of Zeek. A record is of it if it has all of the names in has: that is how one is told without _path.
type zeekLog struct {
	path, action, category, kind string
	has                          []string
	outcome                      [2]string
	fields                       []jsonName
}

var zeekLogs = []zeekLog{
	{"connection", "flow", netw, "connection", []string{"conn_state"}, [2]string{}, []jsonName{{"duration", event.EventDuration}, {"orig_bytes", event.SourceBytes}, {"resp_bytes", event.DestinationBytes},
		{"orig_ip_bytes", event.SourceBytes}, {"resp_ip_bytes", event.DestinationBytes}, {"local_orig", 0}, {"local_resp", 0},
		{"orig_pkts", event.SourcePackets}, {"resp_pkts", event.DestinationPackets}, {"orig_l2_addr", event.SourceMAC}, {"resp_l2_addr", event.DestinationMAC}, {"vlan", event.NetworkVlanID}}},
	{"dns", "dns_query", netw, "protocol", []string{"query", "qtype_name"}, [2]string{}, []jsonName{{"rtt", event.EventDuration}, {"query", event.DNSQuestionName}, {"qtype_name", event.DNSQuestionType}, {"rcode_name", event.DNSResponseCode},
		{"answers", event.DNSAnswers}, {"trans_id", event.DNSID}}},
	{"dns", "dns_query", netw, "protocol", []string{"trans_id", "rejected"}, [2]string{}, []jsonName{{"query", event.DNSQuestionName}, {"rcode_name", event.DNSResponseCode}, {"trans_id", event.DNSID}}},
	{"ldap", "ldap_result", netw, "protocol", []string{"message_id", "opcode"}, [2]string{"result", "success"}, []jsonName{{"opcode", event.EventCode}, {"diagnostic_message", event.EventReason}}},
	{"sip", "sip", netw, "protocol", []string{"call_id"}, [2]string{}, []jsonName{{"method", event.EventCode}, {"uri", 0}, {"user_agent", event.UserAgentOriginal}, {"status_msg", event.EventReason}}},
	{"http", "http_request", "web", "access", []string{"trans_depth", "method"}, [2]string{}, []jsonName{{"method", event.HTTPRequestMethod}, {"uri", event.URLOriginal}, {"host", event.URLDomain}, {"referrer", event.HTTPRequestReferrer},
		{"version", event.HTTPVersion}, {"user_agent", event.UserAgentOriginal}, {"request_body_len", event.HTTPRequestBodyBytes}, {"response_body_len", event.HTTPResponseBodyBytes},
		{"status_code", event.HTTPResponseStatusCode}, {"username", event.UserName}}},
	{"ssl", "tls", netw, "protocol", []string{"established", "cipher"}, [2]string{"established", "true"}, []jsonName{{"server_name", event.TLSClientServerName}, {"version", event.TLSVersion}, {"cipher", event.TLSCipher}, {"ja3", event.TLSClientJa3}}},
	{"ssl", "tls", netw, "protocol", []string{"established", "resumed"}, [2]string{"established", "true"}, []jsonName{{"server_name", event.TLSClientServerName}, {"version", event.TLSVersion}, {"ja3", event.TLSClientJa3}}},
	{"ssh", login, authn, "start", []string{"auth_success", "server"}, [2]string{"auth_success", "true"}, []jsonName{{"client", event.UserAgentOriginal}, {"direction", event.NetworkDirection}}},
	{"ssh", "ssh", netw, "protocol", []string{"auth_attempts", "server"}, [2]string{}, []jsonName{{"client", event.UserAgentOriginal}, {"direction", event.NetworkDirection}}},
	{"files", "file", "file", "info", []string{"fuid", "seen_bytes"}, [2]string{}, []jsonName{{"filename", event.FileName}, {"total_bytes", event.FileSize}, {"md5", event.FileHashMd5}, {"sha1", event.FileHashSha1},
		{"sha256", event.FileHashSha256}, {"source", event.NetworkProtocol}, {"tx_hosts", event.SourceIP}, {"rx_hosts", event.DestinationIP}}},
	{"notice", "ids_alert", "intrusion_detection", "info", []string{"note", "actions"}, [2]string{}, []jsonName{{"note", event.RuleName}, {"msg", event.RuleDescription}, {"sub", event.EventReason}, {"src", event.SourceIP}, {"dst", event.DestinationIP}, {"p", event.DestinationPort}}},
	{"intel", "threat_match", "threat", "indicator", []string{"seen.indicator"}, [2]string{}, []jsonName{{"seen.indicator", event.RuleName}, {"seen.indicator_type", event.RuleCategory}}},
	{"rdp", "rdp", netw, "protocol", []string{"security_protocol"}, [2]string{}, []jsonName{{"cookie", event.UserName}, {"client_name", event.SourceDomain}, {"result", event.EventReason}}},
	{"rdp", "rdp", netw, "protocol", []string{"cookie", "result"}, [2]string{}, []jsonName{{"cookie", event.UserName}, {"client_name", event.SourceDomain}, {"result", event.EventReason}}},
	{"smb_mapping", "smb_mapping", netw, "protocol", []string{"share_type"}, [2]string{}, []jsonName{{"path", event.FilePath}}},
	{"ntlm", login, authn, "start", []string{"username", "domainname", "success"}, [2]string{"success", "true"}, []jsonName{{"username", event.UserName}, {"domainname", event.UserDomain}, {"hostname", event.SourceDomain}}},
	{"kerberos", login, authn, "start", []string{"request_type", "client"}, [2]string{"success", "true"}, []jsonName{{"client", event.UserName}, {"service", event.ServiceName}, {"error_msg", event.EventReason}}},
	{"ftp", "ftp", netw, "protocol", []string{"command", "reply_code"}, [2]string{}, []jsonName{{"user", event.UserName}, {"command", event.EventCode}, {"arg", 0}, {"reply_msg", event.EventReason}, {"file_size", event.FileSize}}},
	{"smtp", "smtp", "email", "info", []string{"helo", "mailfrom"}, [2]string{}, []jsonName{{"helo", event.SourceDomain}, {"user_agent", event.UserAgentOriginal}, {"mailfrom", event.EmailFromAddress}, {"rcptto", event.EmailToAddress}, {"subject", event.EmailSubject}}},
	{"dhcp", "dhcp_lease", netw, "info", []string{"mac", "msg_types"}, [2]string{}, []jsonName{{"assigned_addr", event.SourceIP}, {"client_addr", event.SourceIP}, {"server_addr", event.DestinationIP}, {"client_port", event.SourcePort}, {"server_port", event.DestinationPort}, {"domain", event.NetworkName}, {"mac", event.SourceMAC}, {"host_name", event.SourceDomain}}},
	{"radius", login, authn, "start", []string{"username", "result", "mac"}, [2]string{"result", "success"}, []jsonName{{"username", event.UserName}, {"mac", event.SourceMAC}, {"framed_addr", event.SourceIP}}},
	{"radius", login, authn, "start", []string{"username", "connect_info"}, [2]string{"result", "success"}, []jsonName{{"username", event.UserName}, {"mac", event.SourceMAC}}},
	{"x509", "certificate", netw, "info", []string{"certificate.serial"}, [2]string{}, []jsonName{{"fingerprint", event.FileHashSha256}}},
	{"weird", "anomaly", netw, "info", []string{"name", "notice", "peer"}, [2]string{}, []jsonName{{"name", event.RuleName}}},
	{"dce_rpc", "dce_rpc", netw, "protocol", []string{"endpoint", "operation"}, [2]string{}, nil},
	{"snmp", "snmp", netw, "protocol", []string{"community", "get_requests"}, [2]string{}, nil},
	{"socks", "socks", netw, "protocol", []string{"request_p"}, [2]string{}, []jsonName{{"user", event.UserName}, {"status", event.EventReason}}},
	{"tunnel", "tunnel", netw, "connection", []string{"tunnel_type"}, [2]string{}, []jsonName{{"action", event.EventReason}}},
	{"software", "software", "host", "info", []string{"software_type"}, [2]string{}, []jsonName{{"host", event.SourceIP}, {"name", event.ServiceName}}},
	{"mysql", "mysql", "database", "access", []string{"cmd", "arg"}, [2]string{"success", "true"}, []jsonName{{"cmd", event.EventCode}}},
	{"modbus", "modbus", netw, "protocol", []string{"func"}, [2]string{}, []jsonName{{"func", event.EventCode}, {"exception", event.EventReason}}},
}

// zeekFiles is a log that is told by the value of its action.
var zeekFiles = zeekLog{"smb_files", "file", "file", "access", nil, [2]string{}, []jsonName{{"action", event.EventAction}, {"path", event.FileDirectory}, {"name", event.FileName}, {"size", event.FileSize}}}

// zeekApps are Zeek's logs as JSON: by _path, where a sender says it, else by their names.
func zeekApps() []jsonApp {
	var rows []jsonApp
	row := func(l *zeekLog, key string, when [][2]string) {
		rows = append(rows, jsonApp{key, when, class{"zeek." + l.path, "zeek", l.action, "", l.category, [3]string{l.kind}}, l.outcome, "", append(append([]jsonName(nil), zeekFlow...), l.fields...)})
	}
	seen := map[string]bool{}
	for i := range zeekLogs {
		l := &zeekLogs[i]
		if !seen[l.path] {
			name := l.path
			if name == "connection" {
				name = "conn"
			}
			row(l, "_path", [][2]string{{"_path", name}})
		}
		seen[l.path] = true
		var when [][2]string
		for _, name := range l.has {
			when = append(when, [2]string{name, "*"})
		}
		row(l, l.has[0], when)
	}
	row(&zeekFiles, "_path", [][2]string{{"_path", "smb_files"}})
	row(&zeekFiles, "action", [][2]string{{"action", "SMB::*"}})
	other := zeekLog{path: "log", category: netw, kind: "info"}
	row(&other, "id.orig_h", [][2]string{{"uid", "*"}, {"id.resp_h", "*"}})
	return rows
}
