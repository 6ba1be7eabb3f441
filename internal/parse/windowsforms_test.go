package parse

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"watchpost/internal/event"
)

// formEvent is an event of Windows as its provider wrote it, and its message for people.
type formEvent struct {
	channel, provider, id, keywords string
	data                            [][2]string
	message                         string
	want                            map[event.Field]string
}

var formEvents = []formEvent{
	{"Security", "Microsoft-Windows-Security-Auditing", "4625", "0x8010000000000000",
		[][2]string{{"SubjectUserSid", "S-1-0-0"}, {"SubjectUserName", "-"}, {"SubjectDomainName", "-"}, {"SubjectLogonId", "0x0"}, {"TargetUserSid", "S-1-0-0"}, {"TargetUserName", "carol"}, {"TargetDomainName", "EXAMPLE"},
			{"Status", "0xc000006d"}, {"FailureReason", "%%2313"}, {"SubStatus", "0xc000006a"}, {"LogonType", "3"}, {"LogonProcessName", "NtLmSsp "}, {"AuthenticationPackageName", "NTLM"}, {"WorkstationName", "LAPTOP4"},
			{"TransmittedServices", "-"}, {"LmPackageName", "-"}, {"KeyLength", "0"}, {"ProcessId", "0x1f4"}, {"ProcessName", `C:\Windows\System32\svchost.exe`}, {"IpAddress", "203.0.113.20"}, {"IpPort", "50111"}},
		"An account failed to log on.\n\nSubject:\n\tSecurity ID:\t\tS-1-0-0\n\tAccount Name:\t\t-\n\tAccount Domain:\t\t-\n\tLogon ID:\t\t0x0\n\nLogon Type:\t\t\t3\n\nAccount For Which Logon Failed:\n\tSecurity ID:\t\tS-1-0-0\n\tAccount Name:\t\tcarol\n\tAccount Domain:\t\tEXAMPLE\n\n" +
			"Failure Information:\n\tFailure Reason:\t\tUnknown user name or bad password.\n\tStatus:\t\t\t0xc000006d\n\tSub Status:\t\t0xc000006a\n\nProcess Information:\n\tCaller Process ID:\t0x1f4\n\tCaller Process Name:\tC:\\Windows\\System32\\svchost.exe\n\n" +
			"Network Information:\n\tWorkstation Name:\tLAPTOP4\n\tSource Network Address:\t203.0.113.20\n\tSource Port:\t\t50111\n\nDetailed Authentication Information:\n\tLogon Process:\t\tNtLmSsp \n\tAuthentication Package:\tNTLM\n\tTransited Services:\t-\n\tPackage Name (NTLM only):\t-\n\tKey Length:\t\t0",
		map[event.Field]string{event.EventAction: "logon-failed", event.EventOutcome: "failure", event.UserName: "carol", event.UserDomain: "EXAMPLE", event.SourceIP: "203.0.113.20", event.SourcePort: "50111", event.SourceDomain: "LAPTOP4",
			event.ProcessPID: "500", event.ProcessName: "svchost.exe", event.WinlogLogonType: "Network", event.ErrorCode: "0xc000006a"}},
	{"Security", "Microsoft-Windows-Security-Auditing", "4732", "0x8020000000000000",
		[][2]string{{"MemberName", `CN=Doe\, Jane,OU=Staff,DC=example,DC=com`}, {"MemberSid", "S-1-5-21-7-7-7-1002"}, {"TargetUserName", "Administrators"}, {"TargetDomainName", "Builtin"}, {"TargetSid", "S-1-5-32-544"},
			{"SubjectUserSid", "S-1-5-21-7-7-7-1001"}, {"SubjectUserName", "carol"}, {"SubjectDomainName", "EXAMPLE"}, {"SubjectLogonId", "0x7a1"}, {"PrivilegeList", "-"}},
		"A member was added to a security-enabled local group.\n\nSubject:\n\tSecurity ID:\t\tS-1-5-21-7-7-7-1001\n\tAccount Name:\t\tcarol\n\tAccount Domain:\t\tEXAMPLE\n\tLogon ID:\t\t0x7a1\n\nMember:\n\tSecurity ID:\t\tS-1-5-21-7-7-7-1002\n\tAccount Name:\t\tCN=Doe\\, Jane,OU=Staff,DC=example,DC=com\n\n" +
			"Group:\n\tSecurity ID:\t\tS-1-5-32-544\n\tGroup Name:\t\tAdministrators\n\tGroup Domain:\t\tBuiltin\n\nAdditional Information:\n\tPrivileges:\t\t-",
		map[event.Field]string{event.EventAction: "added-member-to-group", event.EventOutcome: "success", event.UserName: "carol", event.UserID: "S-1-5-21-7-7-7-1001", event.UserTargetName: `Doe\, Jane`, event.UserTargetID: "S-1-5-21-7-7-7-1002",
			event.GroupName: "Administrators", event.GroupDomain: "Builtin", event.GroupID: "S-1-5-32-544", event.WinlogLogonID: "0x7a1"}},
	{"Security", "Microsoft-Windows-Security-Auditing", "4688", "0x8020000000000000",
		[][2]string{{"SubjectUserSid", "S-1-5-21-7-7-7-1001"}, {"SubjectUserName", "carol"}, {"SubjectDomainName", "EXAMPLE"}, {"SubjectLogonId", "0x7a1"}, {"NewProcessId", "0x1a2c"}, {"NewProcessName", `C:\Windows\System32\cmd.exe`},
			{"TokenElevationType", "%%1938"}, {"ProcessId", "0x10"}, {"CommandLine", `cmd.exe /c "whoami /all"`}, {"TargetUserSid", "S-1-0-0"}, {"TargetUserName", "-"}, {"TargetDomainName", "-"}, {"TargetLogonId", "0x0"},
			{"ParentProcessName", `C:\Windows\explorer.exe`}, {"MandatoryLabel", "S-1-16-8192"}},
		"A new process has been created.\n\nCreator Subject:\n\tSecurity ID:\t\tS-1-5-21-7-7-7-1001\n\tAccount Name:\t\tcarol\n\tAccount Domain:\t\tEXAMPLE\n\tLogon ID:\t\t0x7a1\n\nTarget Subject:\n\tSecurity ID:\t\tS-1-0-0\n\tAccount Name:\t\t-\n\tAccount Domain:\t\t-\n\tLogon ID:\t\t0x0\n\n" +
			"Process Information:\n\tNew Process ID:\t\t0x1a2c\n\tNew Process Name:\tC:\\Windows\\System32\\cmd.exe\n\tToken Elevation Type:\t%%1938\n\tMandatory Label:\t\tS-1-16-8192\n\tCreator Process ID:\t0x10\n\tCreator Process Name:\tC:\\Windows\\explorer.exe\n\tProcess Command Line:\tcmd.exe /c \"whoami /all\"",
		map[event.Field]string{event.EventAction: "created-process", event.EventOutcome: "success", event.UserName: "carol", event.UserID: "S-1-5-21-7-7-7-1001", event.ProcessPID: "6700", event.ProcessExecutable: `C:\Windows\System32\cmd.exe`,
			event.ProcessCommandLine: `cmd.exe /c "whoami /all"`, event.ProcessArgs: "cmd.exe,/c,whoami /all", event.ProcessArgsCount: "3", event.ProcessParentPID: "16", event.ProcessParentName: "explorer.exe"}},
	{"Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", "1", "0x8000000000000000",
		[][2]string{{"RuleName", "technique_id=T1059"}, {"UtcTime", "2026-11-23 18:14:15.123"}, {"ProcessGuid", "{7c0a1b2c-0001}"}, {"ProcessId", "77"}, {"Image", `C:\Temp\x.exe`}, {"FileVersion", "1.2"}, {"Description", "An example"},
			{"Product", "Example"}, {"Company", "Example Ltd"}, {"OriginalFileName", "orig.exe"}, {"CommandLine", `"C:\Temp\x.exe" -a`}, {"CurrentDirectory", `C:\Temp\`}, {"User", `EXAMPLE\carol`}, {"LogonId", "0x7a1"},
			{"IntegrityLevel", "High"}, {"Hashes", "MD5=0123456789ABCDEF0123456789ABCDEF,IMPHASH=FEDCBA9876543210FEDCBA9876543210"}, {"ParentProcessGuid", "{7c0a1b2c-0002}"}, {"ParentProcessId", "88"},
			{"ParentImage", `C:\Windows\explorer.exe`}, {"ParentCommandLine", `C:\Windows\explorer.exe /n`}},
		"Process Create:\nRuleName: technique_id=T1059\nUtcTime: 2026-11-23 18:14:15.123\nProcessGuid: {7c0a1b2c-0001}\nProcessId: 77\nImage: C:\\Temp\\x.exe\nFileVersion: 1.2\nDescription: An example\nProduct: Example\nCompany: Example Ltd\nOriginalFileName: orig.exe\nCommandLine: \"C:\\Temp\\x.exe\" -a\nCurrentDirectory: C:\\Temp\\\nUser: EXAMPLE\\carol\nLogonId: 0x7a1\n" +
			"IntegrityLevel: High\nHashes: MD5=0123456789ABCDEF0123456789ABCDEF,IMPHASH=FEDCBA9876543210FEDCBA9876543210\nParentProcessGuid: {7c0a1b2c-0002}\nParentProcessId: 88\nParentImage: C:\\Windows\\explorer.exe\nParentCommandLine: C:\\Windows\\explorer.exe /n",
		map[event.Field]string{event.EventAction: "Process Create", event.RuleName: "technique_id=T1059", event.ProcessEntityID: "{7c0a1b2c-0001}", event.ProcessPID: "77", event.ProcessExecutable: `C:\Temp\x.exe`, event.ProcessName: "x.exe",
			event.ProcessPEOriginalFileName: "orig.exe", event.ProcessPECompany: "Example Ltd", event.ProcessArgs: `C:\Temp\x.exe,-a`, event.ProcessWorkingDirectory: `C:\Temp\`, event.UserName: "carol", event.UserDomain: "EXAMPLE",
			event.ProcessHashMd5: "0123456789abcdef0123456789abcdef", event.ProcessPEImphash: "fedcba9876543210fedcba9876543210", event.ProcessParentPID: "88", event.ProcessParentName: "explorer.exe", event.ProcessParentArgs: `C:\Windows\explorer.exe,/n`}},
}

const formTime, formHost = "2026-11-23T18:14:15.123Z", "ws7.example.com"

// object makes data an object.
func object(data [][2]string) map[string]any {
	m := map[string]any{}
	for _, d := range data {
		m[d[0]] = d[1]
	}
	return m
}

func asJSON(v any) string {
	s, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(s)
}

// with adds to an object.
func with(m map[string]any, more map[string]any) map[string]any {
	for k, v := range more {
		m[k] = v
	}
	return m
}

var escapeXML = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

func (e *formEvent) xml() string {
	s := fmt.Sprintf("<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='%s'/><EventID>%s</EventID><Level>0</Level><Keywords>%s</Keywords><TimeCreated SystemTime='%s'/><EventRecordID>77</EventRecordID><Execution ProcessID='4' ThreadID='5'/><Channel>%s</Channel><Computer>%s</Computer></System><EventData>",
		e.provider, e.id, e.keywords, formTime, e.channel, formHost)
	for _, d := range e.data {
		s += fmt.Sprintf("<Data Name='%s'>%s</Data>", d[0], escapeXML.Replace(d[1]))
	}
	return s + "</EventData></Event>"
}

// wazuh cuts values out of the event's XML as JSON has escaped it, and leaves out those that are empty.
func (e *formEvent) wazuh() string {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "&", "&amp;", "<", "&lt;", ">", "&gt;")
	data := map[string]any{}
	for _, d := range e.data {
		if d[1] != "-" {
			data[strings.ToLower(d[0][:1])+d[0][1:]] = escape.Replace(strings.TrimRight(d[1], " "))
		}
	}
	return asJSON(map[string]any{"timestamp": "2026-11-23T18:14:17.456+0000", "rule": map[string]any{"level": 3, "mail": false, "description": "A rule", "id": "60001", "groups": []string{"windows"}}, "agent": map[string]any{"id": "001", "name": "ws7", "ip": "198.51.100.7"}, "manager": map[string]any{"name": "manager1"}, "id": "1.2",
		"decoder": map[string]any{"name": "windows_eventchannel"}, "location": "EventChannel",
		"data": map[string]any{"win": map[string]any{"system": map[string]any{"providerName": e.provider, "eventID": e.id, "channel": e.channel, "computer": formHost, "keywords": e.keywords, "eventRecordID": "77", "level": "0", "systemTime": formTime, "processID": "4",
			"severityValue": strings.ToUpper(strings.ReplaceAll(e.audit(), " ", "_")), "message": `"` + strings.ReplaceAll(e.message, "\n", "\r\n") + `"`}, "eventdata": data}}})
}

func (e *formEvent) audit() string {
	if e.keywords == "0x8010000000000000" {
		return "Audit Failure"
	}
	return "Audit Success"
}

// pairs gives the data as a list of objects.
func (e *formEvent) pairs(name, text string, around func(any) any) []any {
	var out []any
	for _, d := range e.data {
		out = append(out, map[string]any{name: around(d[0]), text: d[1]})
	}
	return out
}

// forms are the ways in which collectors hand an event over.
var forms = map[string]func(e *formEvent) string{
	"winlogbeat": func(e *formEvent) string {
		return asJSON(map[string]any{"@timestamp": formTime, "message": e.message, "event": map[string]any{"kind": "event", "code": e.id, "provider": e.provider, "action": "Some task"}, "log": map[string]any{"level": "information"},
			"winlog": map[string]any{"channel": e.channel, "event_id": e.id, "provider_name": e.provider, "computer_name": formHost, "record_id": 77, "keywords": []string{e.audit()}, "event_data": object(e.data), "process": map[string]any{"pid": 4}}})
	},
	"evtx_dump": func(e *formEvent) string {
		return asJSON(map[string]any{"Event": map[string]any{"System": map[string]any{"Provider": map[string]any{"#attributes": map[string]any{"Name": e.provider}}, "EventID": json.Number(e.id), "Keywords": e.keywords, "Channel": e.channel, "Computer": formHost, "EventRecordID": 77,
			"Execution": map[string]any{"#attributes": map[string]any{"ProcessID": 4}}, "TimeCreated": map[string]any{"#attributes": map[string]any{"SystemTime": formTime}}}, "EventData": object(e.data)}})
	},
	"a list of data": func(e *formEvent) string {
		return asJSON(map[string]any{"Event": map[string]any{"System": map[string]any{"Provider": map[string]any{"@Name": e.provider}, "EventID": e.id, "Keywords": e.keywords, "Channel": e.channel, "Computer": formHost, "EventRecordID": "77", "TimeCreated": map[string]any{"@SystemTime": formTime}},
			"EventData": map[string]any{"Data": e.pairs("@Name", "#text", func(v any) any { return v })}}})
	},
	"XML":           (*formEvent).xml,
	"XML by syslog": func(e *formEvent) string { return "<13>1 2026-11-23T18:14:16Z collector1 wef - - - " + e.xml() },
	"XML in JSON":   func(e *formEvent) string { return asJSON(map[string]any{"@timestamp": formTime, "message": e.xml()}) },
	"XML in event.original": func(e *formEvent) string {
		return asJSON(map[string]any{"@timestamp": formTime, "event": map[string]any{"original": e.xml()}})
	},
	"NXLog": func(e *formEvent) string {
		return asJSON(with(object(e.data), map[string]any{"EventTime": formTime, "Hostname": formHost, "Keywords": e.keywords, "EventType": strings.ToUpper(strings.ReplaceAll(e.audit(), " ", "_")), "SeverityValue": 2, "Severity": "INFO", "EventID": json.Number(e.id), "SourceName": e.provider, "RecordNumber": 77,
			"ProcessID": 4, "ThreadID": 5, "Channel": e.channel, "Message": e.message, "EventReceivedTime": formTime, "SourceModuleName": "in", "SourceModuleType": "im_msvistalog"}))
	},
	"NXLog by syslog": func(e *formEvent) string {
		return "<14>Nov 23 18:14:15 ws7 " + e.provider + "[4]: " + asJSON(with(object(e.data), map[string]any{"EventTime": formTime, "Hostname": formHost, "Keywords": e.keywords, "EventID": json.Number(e.id), "SourceName": e.provider, "RecordNumber": 77, "ProcessID": 4, "Channel": e.channel}))
	},
	"Wazuh":           (*formEvent).wazuh,
	"Wazuh by syslog": func(e *formEvent) string { return "<132>Nov 23 18:14:15 manager1 ossec: " + e.wazuh() },
	"Wazuh by Filebeat": func(e *formEvent) string {
		return asJSON(map[string]any{"@timestamp": "2026-11-23T18:14:20.000Z", "agent": map[string]any{"name": "manager1", "id": "f1", "type": "filebeat"}, "host": map[string]any{"name": "manager1"}, "log": map[string]any{"file": map[string]any{"path": "/var/ossec/logs/alerts/alerts.json"}}, "message": e.wazuh()})
	},
	"Wazuh's archives": func(e *formEvent) string {
		return strings.Replace(e.wazuh(), `"level":3,"mail":false`, `"mail":false`, 1)
	},
	"Sentinel": func(e *formEvent) string {
		return asJSON(with(object(e.data), map[string]any{"Type": "SecurityEvent", "TimeGenerated": formTime, "Computer": formHost, "EventID": json.Number(e.id), "Channel": e.channel, "EventSourceName": e.provider, "Task": 1, "Level": "0", "Activity": e.id + " - something"}))
	},
	"OpenTelemetry": func(e *formEvent) string {
		return asJSON(map[string]any{"channel": e.channel, "computer": formHost, "event_id": map[string]any{"id": json.Number(e.id), "qualifiers": 0}, "event_data": object(e.data), "keywords": []string{e.audit()}, "level": "Information", "message": "A message", "opcode": "Info",
			"provider": map[string]any{"guid": "{1}", "name": e.provider}, "record_id": 77, "system_time": formTime, "task": "Some task"})
	},
	"OpenTelemetry's list": func(e *formEvent) string {
		var list []any
		for _, d := range e.data {
			list = append(list, map[string]any{d[0]: d[1]})
		}
		return asJSON(map[string]any{"channel": e.channel, "computer": formHost, "event_id": map[string]any{"id": json.Number(e.id), "qualifiers": 0}, "event_data": map[string]any{"data": list}, "keywords": []string{e.audit()}, "level": "Information", "provider": map[string]any{"name": e.provider}, "record_id": 77, "system_time": formTime})
	},
	"EvtxECmd": func(e *formEvent) string {
		return asJSON(map[string]any{"PayloadData1": "Target: x", "MapDescription": "Something", "Computer": formHost, "Channel": e.channel, "Provider": e.provider, "EventId": json.Number(e.id), "EventRecordId": "77", "ProcessId": 4, "ThreadId": 5, "Level": "LogAlways", "Keywords": e.audit(), "SourceFile": `C:\evtx\Security.evtx`, "TimeCreated": formTime,
			"Payload": asJSON(map[string]any{"EventData": map[string]any{"Data": e.pairs("@Name", "#text", func(v any) any { return v })}})})
	},
	"Fluent Bit": func(e *formEvent) string {
		var inserts []string
		for _, d := range e.data {
			inserts = append(inserts, d[1])
		}
		return asJSON(map[string]any{"ProviderName": e.provider, "EventID": json.Number(e.id), "Version": 2, "Level": 0, "Task": 1, "Opcode": 0, "Keywords": e.keywords, "TimeCreated": "2026-11-23 18:14:15 +0000", "EventRecordID": 77, "ProcessID": 4, "ThreadID": 5, "Channel": e.channel, "Computer": formHost, "UserID": "", "Message": e.message, "StringInserts": inserts})
	},
	"Splunk": func(e *formEvent) string {
		return "11/23/2026 06:14:15.123 PM\nLogName=" + e.channel + "\nSourceName=" + e.provider + "\nEventCode=" + e.id + "\nEventType=0\nType=Information\nComputerName=" + formHost + "\nTaskCategory=Some task\nOpCode=Info\nRecordNumber=77\nKeywords=" + e.audit() + "\nMessage=" + e.message
	},
	"Snare": func(e *formEvent) string {
		return "<13>Nov 23 18:14:15 ws7 MSWinEventLog\t1\t" + e.channel + "\t4521\tMon Nov 23 18:14:15 2026\t" + e.id + "\t" + e.provider + "\tN/A\tN/A\t" + strings.Replace(e.audit(), "Audit ", "", 1) + " Audit\t" + formHost + "\tSome task\t\t" +
			strings.NewReplacer("\n", "  ", "\t", "  ").Replace(e.message) + "\t77"
	},
}

// TestWindowsForms: an event says the same by whatever way it comes.
func TestWindowsForms(t *testing.T) {
	for i := range formEvents {
		e := &formEvents[i]
		for name, form := range forms {
			line := form(e)
			got, at := row(t, line, Auto)
			want := map[event.Field]string{event.EventCode: e.id, event.EventProvider: e.provider, event.WinlogChannel: e.channel, event.WinlogComputerName: formHost}
			for f, v := range e.want {
				want[f] = v
			}
			for f, v := range want {
				if strings.HasPrefix(name, "Wazuh") && f == event.RuleName { // its own
					v = "A rule"
				}
				if s := fieldText(got, f.String()); !strings.EqualFold(s, v) && !sameText(s, v) {
					t.Errorf("%s of %s by %s is %q, should be %q\n\t%s", f, e.id, name, s, v, line)
				}
			}
			if strings.HasPrefix(name, "Wazuh") {
				if s := time.Unix(0, at.Time).UTC().Format(time.RFC3339Nano); s != formTime {
					t.Errorf("time of %s by %s is %s, should be %s", e.id, name, s, formTime)
				}
			}
			if name == "Splunk" || name == "Snare" || name == "Fluent Bit" { // whose data are told by the message
				continue
			}
			for _, d := range e.data {
				if s := got.Label("winlog.event_data." + d[0]); s != strings.TrimRight(d[1], " ") && s != d[1] && !(d[1] == "-" && s == "") {
					t.Errorf("%s of %s by %s is %q, should be %q\n\t%s", d[0], e.id, name, s, d[1], line)
				}
			}
		}
	}
}
