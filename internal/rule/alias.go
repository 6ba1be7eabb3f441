package rule

import "fmt"

// elsewhere are the names that other schemas give to fields of ours. They are proposed in messages and never taken: what a query means must be seen in it.
var elsewhere = map[string]struct{ field, schema string }{
	"src_endpoint.ip": {"source.ip", "OCSF"}, "dst_endpoint.ip": {"destination.ip", "OCSF"}, "src_endpoint.port": {"source.port", "OCSF"},
	"dst_endpoint.port": {"destination.port", "OCSF"}, "actor.user.name": {"user.name", "OCSF"}, "device.hostname": {"host.name", "OCSF"},
	"activity_name": {"event.action", "OCSF"}, "status": {"event.outcome", "OCSF"}, "severity_id": {"event.severity", "OCSF"},
	"process.file.path": {"process.executable", "OCSF"}, "process.cmd_line": {"process.command_line", "OCSF"},
	"actor.process.file.path": {"process.parent.executable", "OCSF"}, "reg_key.path": {"registry.path", "OCSF"}, "query.hostname": {"dns.question.name", "OCSF"},
	"http_request.url": {"url.full", "OCSF"}, "http_request.user_agent": {"user_agent.original", "OCSF"}, "class_uid": {"event.category", "OCSF"},

	"src_ip": {"source.ip", "Splunk CIM"}, "src": {"source.ip", "Splunk CIM"}, "dest_ip": {"destination.ip", "Splunk CIM"}, "dest": {"destination.ip", "Splunk CIM"},
	"src_port": {"source.port", "Splunk CIM"}, "dest_port": {"destination.port", "Splunk CIM"}, "user": {"user.name", "Splunk CIM"}, "src_user": {"user.name", "Splunk CIM"},
	"dvc": {"host.name", "Splunk CIM"}, "host": {"host.name", "Splunk CIM"}, "action": {"event.action", "Splunk CIM"}, "severity": {"event.severity", "Splunk CIM"},
	"process_path": {"process.executable", "Splunk CIM"}, "process": {"process.command_line", "Splunk CIM"}, "parent_process_path": {"process.parent.executable", "Splunk CIM"},
	"file_path": {"file.path", "Splunk CIM"}, "registry_path": {"registry.path", "Splunk CIM"}, "http_user_agent": {"user_agent.original", "Splunk CIM"},
	"sourcetype": {"event.dataset", "Splunk CIM"}, "_time": {"@timestamp", "Splunk CIM"}, "_raw": {"event.original", "Splunk CIM"},

	"sourceip": {"source.ip", "Sigma"}, "destinationip": {"destination.ip", "Sigma"}, "sourceport": {"source.port", "Sigma"}, "destinationport": {"destination.port", "Sigma"},
	"subjectusername": {"user.name", "Sigma"}, "targetusername": {"user.target.name", "Sigma"}, "computer": {"host.name", "Sigma"}, "eventid": {"event.code", "Sigma"},
	"image": {"process.executable", "Sigma"}, "commandline": {"process.command_line", "Sigma"}, "parentimage": {"process.parent.executable", "Sigma"},
	"parentcommandline": {"process.parent.command_line", "Sigma"}, "originalfilename": {"process.pe.original_file_name", "Sigma"}, "targetfilename": {"file.path", "Sigma"},
	"targetobject": {"registry.path", "Sigma"}, "queryname": {"dns.question.name", "Sigma"}, "c-uri": {"url.original", "Sigma"}, "c-useragent": {"user_agent.original", "Sigma"},
	"channel": {"winlog.channel", "Sigma"}, "level": {"log.level", "Graylog"},
}

// NearestField proposes up to three fields of names that name may have meant, as the end of a message; a name of another schema comes first.
func NearestField(name string, names []string) string {
	if a, ok := elsewhere[lower(name)]; ok {
		for _, n := range names {
			if n == a.field {
				return fmt.Sprintf("; did you mean %s, as it is called in ECS (%s is of %s)?", a.field, name, a.schema)
			}
		}
	}
	return nearest(name, names)
}

// Nearest proposes up to three of names that name may have meant, as the end of a message.
func Nearest(name string, names []string) string { return nearest(name, names) }
