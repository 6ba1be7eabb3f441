package parse

import "watchpost/internal/event"

// vulnerabilityApps are what scanners found on hosts, a weakness of a host to a record; host.* is the host that has it.
var vulnerabilityApps = []jsonApp{
	{"DETECTION_LIST.QID", [][2]string{{"ID", "*"}, {"DETECTION_LIST.STATUS", "*"}}, class{"qualys_vmdr.asset_host_detection", "qualys", "finding", "", "vulnerability", [3]string{"info"}}, [2]string{}, "DETECTION_LIST.LAST_UPDATE_DATETIME",
		[]jsonName{{"DETECTION_LIST.QID", event.RuleID}, {"KNOWLEDGE_BASE.TITLE", event.RuleName}, {"KNOWLEDGE_BASE.CATEGORY", event.RuleCategory}, {"KNOWLEDGE_BASE.DIAGNOSIS", event.RuleDescription}, {"DETECTION_LIST.SEVERITY", event.EventSeverity}, {"DETECTION_LIST.STATUS", event.EventReason}, {"DETECTION_LIST.UNIQUE_VULN_ID", event.RuleUuid},
			{"DETECTION_LIST.PORT", event.DestinationPort}, {"DETECTION_LIST.PROTOCOL", event.NetworkTransport}, {"DETECTION_LIST.FIRST_FOUND_DATETIME", event.EventStart}, {"IP", event.HostIP}, {"ID", event.HostID}, {"OS", event.HostOSName}, {"DNS", event.HostName}, {"DNS_DATA.HOSTNAME", event.HostName}, {"DNS_DATA.DOMAIN", event.HostDomain}}},
	{"vulnerability.vulnerability_id", [][2]string{{"id", "*"}, {"vulnerability.status", "*"}}, class{"rapid7_insightvm.asset_vulnerability", "rapid7", "finding", "", "vulnerability", [3]string{"info"}}, [2]string{}, "vulnerability.last_found",
		[]jsonName{{"vulnerability.vulnerability_id", event.RuleID}, {"vulnerability.title", event.RuleName}, {"vulnerability.description", event.RuleDescription}, {"vulnerability.categories", event.RuleCategory}, {"vulnerability.severity", event.LogLevel}, {"vulnerability.risk_score", event.EventRiskScore}, {"vulnerability.status", event.EventReason},
			{"vulnerability.port", event.DestinationPort}, {"vulnerability.protocol", event.NetworkTransport}, {"vulnerability.first_found", event.EventStart}, {"host_name", event.HostName}, {"ip", event.HostIP}, {"id", event.HostID}, {"mac", event.HostMAC}, {"os_system_name", event.HostOSName}, {"os_version", event.HostOSVersion}}},
	{"assessed_for_vulnerabilities", [][2]string{{"id", "*"}, {"last_scan_end", "*"}}, class{"rapid7_insightvm.asset", "rapid7", "asset_scanned", "", "host", [3]string{"info"}}, [2]string{}, "last_scan_end",
		[]jsonName{{"host_name", event.HostName}, {"ip", event.HostIP}, {"id", event.HostID}, {"mac", event.HostMAC}, {"os_system_name", event.HostOSName}, {"os_version", event.HostOSVersion}, {"risk_score", event.EventRiskScore}}},
}
