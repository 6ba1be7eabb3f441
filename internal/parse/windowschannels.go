package parse

// windowsChannel says what the events of a channel are: their dataset, who of ofService reads their data ("" nobody), and what they mean.
type windowsChannel struct {
	dataset, service string
	events           []windowsEvent
}

// forwarded is the dataset of channels that have none of their own.
const forwarded = "windows.forwarded"

// windowsChannels has all that are known but System, whose events are told apart by their provider.
var windowsChannels = map[string]windowsChannel{
	"Security":                                    {"windows.security", "", securityEvents[:]},
	"Linux-Sysmon/Operational":                    {"linux.sysmon_operational", "", sysmonEvents[:]},
	"Microsoft-Windows-Sysmon/Operational":        {"windows.sysmon_operational", "", sysmonEvents[:]},
	"Microsoft-Windows-TaskScheduler/Operational": {forwarded, "tasks", taskEvents[:]},
	"Microsoft-Windows-TerminalServices-LocalSessionManager/Operational":     {forwarded, "remote desktop", desktopEvents[:]},
	"Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational": {forwarded, "remote desktop", desktopEvents[:]},
	"Microsoft-Windows-Bits-Client/Operational":                              {forwarded, "bits", bitsEvents[:]},
	"Microsoft-Windows-Windows Firewall With Advanced Security/Firewall":     {forwarded, "firewall", firewallEvents[:]},
	"Microsoft-Windows-AppLocker/EXE and DLL":                                {forwarded, "applocker", applockerEvents[:]},
	"Microsoft-Windows-AppLocker/MSI and Script":                             {forwarded, "applocker", applockerEvents[:]},
	"Microsoft-Windows-AppLocker/Packaged app-Execution":                     {forwarded, "applocker", applockerEvents[:]},
	"Microsoft-Windows-WMI-Activity/Operational":                             {forwarded, "wmi", wmiEvents[:]},
	"Microsoft-Windows-PowerShell/Operational":                               {"windows.powershell_operational", "powershell", powershellEvents[:]},
	"PowerShellCore/Operational":                                             {"windows.powershell_operational", "powershell", powershellEvents[:]},
	"Windows PowerShell":                                                     {"windows.powershell", "powershell", powershellEvents[:]},
	"Microsoft-Windows-Windows Defender/Operational":                         {"windows.windows_defender", "", defenderEvents[:]},
	"Application": {"windows.application", "", nil},
}

// desktopEvents are of remote desktops, by the manager of sessions and that of connections.
var desktopEvents = [...]windowsEvent{
	{"21", class{action: "session-logon", outcome: "success", category: "authentication", types: [3]string{"start"}}, false, false},
	{"22", class{action: "session-shell-started", outcome: "success", category: "session", types: [3]string{"start"}}, false, false},
	{"23", class{action: "session-logoff", outcome: "success", category: "authentication", types: [3]string{"end"}}, false, false},
	{"24", class{action: "session-disconnected", outcome: "success", category: "session", types: [3]string{"end"}}, false, false},
	{"25", class{action: "session-reconnected", outcome: "success", category: "session", types: [3]string{"start"}}, false, false},
	{"39", class{action: "session-disconnected-by-other", outcome: "success", category: "session", types: [3]string{"end"}}, false, false},
	{"40", class{action: "session-disconnected", category: "session", types: [3]string{"end"}}, false, false},
	{"41", class{action: "session-arbitration-started", category: "session", types: [3]string{"info"}}, false, false},
	{"1149", class{action: "remote-connection-authenticated", outcome: "success", category: "authentication", types: [3]string{"start"}}, false, false},
}

// bitsEvents are of the background transfers.
var bitsEvents = [...]windowsEvent{
	{"3", class{action: "transfer-job-created", outcome: "success", category: "network", types: [3]string{"info"}}, false, false},
	{"4", class{action: "transfer-job-completed", outcome: "success", category: "network", types: [3]string{"end"}}, false, false},
	{"5", class{action: "transfer-job-cancelled", category: "network", types: [3]string{"end"}}, false, false},
	{"59", class{action: "transfer-started", category: "network", types: [3]string{"start"}}, false, false},
	{"60", class{action: "transfer-stopped", category: "network", types: [3]string{"end"}}, false, false},
	{"61", class{action: "transfer-failed", outcome: "failure", category: "network", types: [3]string{"error"}}, false, false},
	{"16403", class{action: "transfer-job-created", outcome: "success", category: "network", types: [3]string{"info"}}, false, false},
}

// firewallEvents are of the host's firewall.
var firewallEvents = [...]windowsEvent{
	{"2002", class{action: "windows-firewall-setting-changed", outcome: "success", category: "configuration", types: [3]string{"change"}}, false, false},
	{"2003", class{action: "windows-firewall-setting-changed", outcome: "success", category: "configuration", types: [3]string{"change"}}, false, false},
	{"2004", class{action: "windows-firewall-rule-added", outcome: "success", category: "configuration", types: [3]string{"creation"}}, false, false},
	{"2005", class{action: "windows-firewall-rule-changed", outcome: "success", category: "configuration", types: [3]string{"change"}}, false, false},
	{"2006", class{action: "windows-firewall-rule-deleted", outcome: "success", category: "configuration", types: [3]string{"deletion"}}, false, false},
	{"2032", class{action: "windows-firewall-reset", outcome: "success", category: "configuration", types: [3]string{"change"}}, false, false},
	{"2033", class{action: "windows-firewall-rules-deleted", outcome: "success", category: "configuration", types: [3]string{"deletion"}}, false, false},
	{"2052", class{action: "windows-firewall-rule-deleted", outcome: "success", category: "configuration", types: [3]string{"deletion"}}, false, false},
	{"2059", class{action: "windows-firewall-rules-deleted", outcome: "success", category: "configuration", types: [3]string{"deletion"}}, false, false},
	{"2060", class{action: "windows-firewall-reset", outcome: "success", category: "configuration", types: [3]string{"change"}}, false, false},
	{"2071", class{action: "windows-firewall-rule-added", outcome: "success", category: "configuration", types: [3]string{"creation"}}, false, false},
	{"2073", class{action: "windows-firewall-rule-changed", outcome: "success", category: "configuration", types: [3]string{"change"}}, false, false},
	{"2082", class{action: "windows-firewall-setting-changed", outcome: "success", category: "configuration", types: [3]string{"change"}}, false, false},
	{"2097", class{action: "windows-firewall-rule-added", outcome: "success", category: "configuration", types: [3]string{"creation"}}, false, false},
	{"2099", class{action: "windows-firewall-rule-changed", outcome: "success", category: "configuration", types: [3]string{"change"}}, false, false},
	{"2011", class{action: "windows-firewall-inbound-blocked", outcome: "failure", category: "network", types: [3]string{"denied"}}, false, false},
}

// applockerEvents are of AppLocker.
var applockerEvents = [...]windowsEvent{
	{"8002", class{action: "program-allowed", outcome: "success", category: "process", types: [3]string{"allowed"}}, false, false},
	{"8003", class{action: "program-audited", outcome: "success", category: "process", types: [3]string{"info"}}, false, false},
	{"8004", class{action: "program-blocked", outcome: "failure", category: "process", types: [3]string{"denied"}}, false, false},
	{"8005", class{action: "script-allowed", outcome: "success", category: "process", types: [3]string{"allowed"}}, false, false},
	{"8006", class{action: "script-audited", outcome: "success", category: "process", types: [3]string{"info"}}, false, false},
	{"8007", class{action: "script-blocked", outcome: "failure", category: "process", types: [3]string{"denied"}}, false, false},
	{"8020", class{action: "app-allowed", outcome: "success", category: "process", types: [3]string{"allowed"}}, false, false},
	{"8021", class{action: "app-audited", outcome: "success", category: "process", types: [3]string{"info"}}, false, false},
	{"8022", class{action: "app-blocked", outcome: "failure", category: "process", types: [3]string{"denied"}}, false, false},
}
