package parse

import "watchpost/internal/event"

// zeekLogs tell which log of Zeek a record is of that does not say so itself: by names that only this log has.
var zeekLogs = [...]struct{ name, log string }{
	{"conn_state", "connection"}, {"qtype_name", "dns"}, {"rcode_name", "dns"}, {"trans_depth", "http"}, {"resp_mime_types", "http"},
	{"security_protocol", "rdp"}, {"certificate.serial", "x509"}, {"endpoint", "dce_rpc"}, {"request_type", "kerberos"},
	{"auth_attempts", "ssh"}, {"ja3", "ssl"}, {"ntlm_version", "ntlm"}, {"ntlm_domain", "ntlm"}, {"share_type", "smb_mapping"}, {"times.modified", "smb_files"},
	{"keyboard_layout", "rdp"}, {"cookie", "rdp"},
}

// zeekServices are the records of Zeek's logs as JSON: with _path, as Corelight and the package json-streaming-logs write it, and without.
func zeekServices() []service {
	f := func(path string, field event.Field) serviceName { return serviceName{path: path, field: field} }
	names := []serviceName{
		f("id.orig_h", event.SourceIP), f("id.orig_p", event.SourcePort), f("id.resp_h", event.DestinationIP), f("id.resp_p", event.DestinationPort),
		f("proto", event.NetworkTransport), f("service", event.NetworkProtocol), f("community_id", event.NetworkCommunityID),
		f("orig_bytes", event.SourceBytes), f("resp_bytes", event.DestinationBytes), f("query", event.DNSQuestionName), f("qtype_name", event.DNSQuestionType),
		f("rcode_name", event.DNSResponseCode), f("answers", event.DNSAnswers), f("method", event.HTTPRequestMethod), f("uri", event.URLOriginal), f("user_agent", event.UserAgentOriginal),
		f("referrer", event.HTTPRequestReferrer), f("status_code", event.HTTPResponseStatusCode), f("server_name", event.TLSClientServerName),
	}
	for _, l := range zeekLogs {
		names = append(names, serviceName{path: l.name, label: l.name})
	}
	return []service{
		{need: []string{"_path"}, dataset: "zeek.log", module: "zeek", finish: zeek, names: append(names, serviceName{path: "_path", label: "_path"})},
		{need: []string{"uid", "id.orig_h", "id.resp_h"}, dataset: "zeek.log", module: "zeek", finish: zeek, names: names},
		{need: []string{"fingerprint", "certificate.serial"}, dataset: "zeek.log", module: "zeek", finish: zeek, names: names},
	}
}

// zeek names the log, and puts the host that was asked for where it belongs: the reader of JSON takes any `host` for the sender.
func zeek(b *event.Batch, t *jsonSink) {
	e := event.Event{Batch: t.b, Row: t.b.Rows()}
	log := t.label1("_path")
	switch log {
	case "conn":
		log = "connection"
	case "":
		for _, l := range zeekLogs {
			if t.label1(l.name) != "" {
				log = l.log
				break
			}
		}
	}
	if log != "" && e.Str(event.EventDataset) == "zeek.log" {
		b.SetString(event.EventDataset, "zeek."+log)
	}
	b.AddString(event.EventCategory, netw)
	if log == "http" {
		b.AddString(event.EventCategory, "web")
		if host := e.Str(event.HostName); host != "" && !e.Present(event.URLDomain) && !t.header {
			b.SetString(event.URLDomain, host)
			b.Unset(event.HostName)
		}
	}
}
