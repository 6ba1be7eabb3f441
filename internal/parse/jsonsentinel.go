package parse

import (
	"strings"

	"watchpost/internal/event"
)

// sentinelApps are the tables of Microsoft Sentinel (Log Analytics): a row is a flat object that names its table in Type. Those of Defender have the
// columns that advanced hunting has under properties.
func sentinelApps() []jsonApp {
	var apps []jsonApp
	for _, a := range edrApps {
		if table, ok := strings.CutPrefix(a.when[0][1], "AdvancedHunting-"); ok {
			apps = append(apps, flatTable(a, table))
		}
	}
	return append(append(apps, sentinelTables...), huntingRows(apps)...)
}

// flatTable is a table of advanced hunting whose columns stand at the top.
func flatTable(a jsonApp, table string) jsonApp {
	const within = "properties."
	if table == "*" {
		table = "Device*"
	}
	fields := make([]jsonName, len(a.fields))
	for i, f := range a.fields {
		fields[i] = jsonName{strings.TrimPrefix(f.name, within), f.f}
	}
	return jsonApp{"Type", [][2]string{{"Type", table}}, a.class, [2]string{strings.TrimPrefix(a.outcome[0], within), a.outcome[1]}, "", fields}
}

var signInClass = class{"azure.signinlogs", "azure", "", "", authn, [3]string{"start"}}

var signInNames = []jsonName{{"OperationName", event.EventAction}, {"UserPrincipalName", event.UserEmail}, {"UserDisplayName", event.UserFullName}, {"UserId", event.UserID}, {"ServicePrincipalName", event.UserName}, {"ServicePrincipalId", event.UserID}, {"IPAddress", event.SourceIP}, {"ResultType", event.ErrorCode},
	{"ResultDescription", event.EventReason}, {"AppDisplayName", event.ServiceName}, {"Location", event.SourceGeoCountryIsoCode}, {"UserAgent", event.UserAgentOriginal}}

var sentinelTables = []jsonApp{
	{"Type", [][2]string{{"Type", "SigninLogs"}, {"ResultType", "*"}}, signInClass, [2]string{"ResultType", "0"}, "TimeGenerated", signInNames},
	{"Type", [][2]string{{"Type", "AADNonInteractiveUserSignInLogs"}, {"ResultType", "*"}}, signInClass, [2]string{"ResultType", "0"}, "TimeGenerated", signInNames},
	{"Type", [][2]string{{"Type", "AADServicePrincipalSignInLogs"}, {"ResultType", "*"}}, signInClass, [2]string{"ResultType", "0"}, "TimeGenerated", signInNames},
	{"Type", [][2]string{{"Type", "AuditLogs"}, {"OperationName", "*"}}, class{"azure.auditlogs", "azure", "", "", "", [3]string{}}, [2]string{"Result", "success"}, "TimeGenerated",
		[]jsonName{{"OperationName", event.EventAction}, {"LoggedByService", event.EventProvider}, {"ResultReason", event.EventReason}, {"InitiatedBy.user.userPrincipalName", event.UserEmail}, {"InitiatedBy.user.id", event.UserID}, {"InitiatedBy.user.ipAddress", event.SourceIP}, {"InitiatedBy.app.displayName", event.UserName},
			{"InitiatedBy", 0}, {"TargetResources", 0}, {"Category", 0}}},
	{"Type", [][2]string{{"Type", "CommonSecurityLog"}, {"DeviceVendor", "*"}}, class{"cef.log", "cef", "", "", "", [3]string{}}, [2]string{}, "TimeGenerated",
		[]jsonName{{"DeviceVendor", event.ObserverVendor}, {"DeviceProduct", event.ObserverProduct}, {"DeviceVersion", event.ObserverVersion}, {"DeviceName", event.ObserverHostname}, {"DeviceExternalID", event.ObserverSerialNumber}, {"Computer", event.HostName}, {"DeviceEventClassID", event.EventCode}, {"LogSeverity", event.EventSeverity}, {"DeviceAction", event.EventAction},
			{"Message", event.Message}, {"Activity", event.Message}, {"SourceIP", event.SourceIP}, {"SourcePort", event.SourcePort}, {"SourceHostName", event.SourceDomain}, {"SourceUserName", event.SourceUserName}, {"SourceMACAddress", event.SourceMAC}, {"DestinationIP", event.DestinationIP}, {"DestinationPort", event.DestinationPort}, {"DestinationHostName", event.DestinationDomain},
			{"DestinationUserName", event.DestinationUserName}, {"SourceTranslatedAddress", event.SourceNATIP}, {"SourceTranslatedPort", event.SourceNATPort}, {"DestinationTranslatedAddress", event.DestinationNATIP}, {"DestinationTranslatedPort", event.DestinationNATPort}, {"Protocol", event.NetworkTransport}, {"ApplicationProtocol", event.NetworkProtocol},
			{"ReceivedBytes", event.SourceBytes}, {"SentBytes", event.DestinationBytes}, {"DeviceInboundInterface", event.ObserverIngressInterfaceName}, {"DeviceOutboundInterface", event.ObserverEgressInterfaceName}, {"RequestURL", event.URLOriginal}, {"RequestMethod", event.HTTPRequestMethod}, {"RequestClientApplication", event.UserAgentOriginal},
			{"FileName", event.FileName}, {"FilePath", event.FilePath}, {"FileSize", event.FileSize}, {"Reason", event.EventReason}, {"EventOutcome", 0}}},
}

// syslogColumns are those of the table Syslog, and what Azure's diagnostics of a Linux machine call the same: the message, program, process id, host, the
// host again, facility and severity; then what says that it is such a row.
var syslogColumns = [2][9]string{
	{"SyslogMessage", "ProcessName", "ProcessID", "HostName", "Computer", "Facility", "SeverityLevel", "Type", "Syslog"},
	{"properties.Msg", "properties.ident", "properties.pid", "properties.hostname", "properties.hostname", "properties.Facility", "properties.Severity", "operationName", "LinuxSyslogEvent"},
}

// syslogRow takes a row of a table of syslog's lines for the line that it was: what the parser of its program knows is read by it.
func (t *jsonSink) syslogRow() {
	for i := range syslogColumns {
		at := &syslogColumns[i]
		message := t.noted(at[0])
		if message == nil || !t.on || string(t.noted(at[7])) != at[8] {
			continue
		}
		b := t.b
		t.row = true
		t.text, t.program = message, t.noted(at[1])
		b.Set(event.Message, message)
		b.Set(event.ProcessName, t.program)
		setNum(b, event.ProcessPID, t.noted(at[2]))
		b.Set(event.LogSyslogFacilityName, t.noted(at[5]))
		b.Set(event.LogSyslogSeverityName, t.noted(at[6]))
		host := t.noted(at[3])
		if len(host) == 0 {
			host = t.noted(at[4])
		}
		b.Set(event.HostName, host)
		b.Set(event.HostHostname, host)
	}
}

// flatSignIn: 0 is no error.
func (t *jsonSink) flatSignIn() {
	if string(t.noted("ResultType")) == "0" {
		t.b.Unset(event.ErrorCode)
	}
	t.mailOnly()
	setUPN(t.b, event.Event{Batch: t.b, Row: t.b.Rows()}.Str(event.UserEmail), true)
}

// flatAudit reads a row of AuditLogs, whose columns InitiatedBy and TargetResources are objects, or their text.
func (t *jsonSink) flatAudit() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	if by := t.noted("InitiatedBy"); by != nil {
		b.Set(event.UserEmail, firstIn(by, "userPrincipalName"))
		if ip := firstIn(by, "ipAddress"); isIP(ip) {
			setAddr(b, &src, ip)
		}
	}
	directoryTargets(b, t.noted("TargetResources"), "userPrincipalName", "Group")
	switch string(t.noted("Category")) {
	case "UserManagement", "GroupManagement", "RoleManagement", "AdministrativeUnit", "Authentication":
		b.AddString(event.EventCategory, "iam")
		iamTypes(b, e.Str(event.EventAction))
	default:
		b.AddString(event.EventCategory, "configuration")
	}
	t.mailOnly()
}

// commonSecurity judges by the device's word, as of the CEF that the row was.
func (t *jsonSink) commonSecurity() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	if !t.p.judge(b, t.noted("DeviceAction")) {
		t.p.judge(b, t.noted("EventOutcome"))
	}
	if e.Str(event.ObserverVendor) == "Fortinet" {
		exchange(b, event.SourceBytes, event.DestinationBytes)
	}
	if e.Present(event.SourceIP) && e.Present(event.DestinationIP) {
		b.AddString(event.EventCategory, netw)
		b.AddString(event.EventType, "connection")
	} else {
		b.AddString(event.EventCategory, "host")
		b.AddString(event.EventType, "info")
	}
}
