package parse

import "watchpost/internal/event"

// Hayabusa's timeline is a list of events of Windows that rules of Sigma have found, flat and in short words: the channel has an abbreviation, and what
// Details holds is named by Hayabusa. AllFieldInfo and ExtraFieldInfo have Windows' own names. The event is read as any other of Windows; the rule
// stands beside, with the kind alert.

// hayabusaChannels are its abbreviations of the channels that the parser of Windows' events knows and that have one of their own.
var hayabusaChannels = map[string]string{
	"Sec": "Security", "Sys": "System", "App": "Application", "Sysmon": "Microsoft-Windows-Sysmon/Operational", "PwSh": "Microsoft-Windows-PowerShell/Operational", "PwShClassic": "Windows PowerShell", "PwShCore": "PowerShellCore/Operational",
	"Defender": "Microsoft-Windows-Windows Defender/Operational", "TaskSch": "Microsoft-Windows-TaskScheduler/Operational", "BitsCli": "Microsoft-Windows-Bits-Client/Operational", "WMI": "Microsoft-Windows-WMI-Activity/Operational",
	"Firewall": "Microsoft-Windows-Windows Firewall With Advanced Security/Firewall", "NTLM": "Microsoft-Windows-NTLM/Operational", "WinRM": "Microsoft-Windows-WinRM/Operational", "SmbCliSec": "Microsoft-Windows-SmbClient/Security", "DNS-Svr": "DNS Server",
	"RDS-LSM": "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational", "RDS-RCM": "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational", "OpenSSH": "OpenSSH/Operational", "Exchange": "MSExchange Management",
	"CodeInteg": "Microsoft-Windows-CodeIntegrity/Operational", "PrintAdm": "Microsoft-Windows-PrintService/Admin", "PrintOp": "Microsoft-Windows-PrintService/Operational",
}

// hayabusaDetails are the names in Details that mean one thing in all events, and Windows' own for the same; all others are Windows'.
var hayabusaDetails = map[string]string{
	"TgtUser": "TargetUserName", "TgtSID": "TargetSid", "SrcIP": "IpAddress", "SrcPort": "SourcePort", "SrcHost": "SourceHostname", "SrcComp": "WorkstationName", "TgtIP": "DestinationIp", "TgtPort": "DestinationPort", "TgtHost": "DestinationHostname",
	"Cmd": "CommandLine", "Cmdline": "CommandLine", "CmdLine": "CommandLine", "ParentCmd": "ParentCommandLine", "ParentCmdline": "ParentCommandLine", "ParentPID": "ParentProcessId", "ParentPGUID": "ParentProcessGuid", "Proc": "Image", "PID": "ProcessId",
	"PGUID": "ProcessGuid", "SrcProc": "SourceImage", "TgtProc": "TargetImage", "Access": "GrantedAccess", "ScriptBlock": "ScriptBlockText", "Svc": "ServiceName", "Pipe": "PipeName", "Query": "QueryName", "Hash": "Hashes", "TgtObj": "TargetObject",
	"LID": "LogonId", "Proto": "Protocol", "AuthPkg": "AuthenticationPackageName", "User": "User",
}

var hayabusaNames = []jsonName{{"RuleTitle", event.RuleName}, {"RuleID", event.RuleID}, {"MitreTags", event.ThreatTechniqueID}, {"MitreTactics", event.ThreatTacticName}, {"Timestamp", 0}}

var hayabusaApps = []jsonApp{{"RuleTitle", [][2]string{{"Computer", "*"}, {"Level", "*"}, {"Timestamp", "*"}}, class{"hayabusa.timeline", "hayabusa", "ids_alert", "", "intrusion_detection", [3]string{"info"}}, [2]string{}, "Timestamp", hayabusaNames}}

// hayabusaLeaf takes a value of the event, and reports whether it did.
func (t *jsonSink) hayabusaLeaf(path, v []byte) bool {
	name, short := after(path, "Details.")
	if !short {
		var ok bool
		if name, ok = after(path, "ExtraFieldInfo."); !ok {
			if name, ok = after(path, "AllFieldInfo."); !ok {
				return false
			}
		}
		t.addWindows(name, v)
		return true
	}
	if string(name) == "Type" {
		if kind, _, ok := cut(v, " - "); ok && digits(kind) {
			t.addWindows(bytesOf("LogonType"), kind)
			return true
		}
	}
	if own := hayabusaDetails[string(name)]; own != "" {
		name = bytesOf(own)
	}
	t.addWindows(name, v)
	return true
}

// hayabusa adds the rule to an event of Windows that a timeline names.
func (t *jsonSink) hayabusa() {
	if t.flat != flatYes || t.noted("RuleTitle") == nil {
		return
	}
	t.setNames(&hayabusaApps[0], hayabusaNames)
	t.b.SetString(event.ObserverProduct, "Hayabusa")
	t.b.Unset(event.EventKind)
	t.b.SetString(event.EventKind, "alert")
	var c civil
	if v := t.noted("Timestamp"); t.rank == 0 && len(v) > 0 {
		if ns, ok := readTimeText(v, &c); ok {
			t.stamp, t.epoch, t.rank = c, ns, 1
		}
	}
}
