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
	"Microsoft-Windows-Windows Defender/Operational":                         {"windows.windows_defender", "defender", defenderEvents[:]},
	"Microsoft-Windows-NTLM/Operational":                                     {forwarded, "ntlm", ntlmEvents[:]},
	"Microsoft-Windows-SMBServer/Security":                                   {forwarded, "smb", smbEvents[:]},
	"Microsoft-Windows-SMBServer/Audit":                                      {forwarded, "smb", smbEvents[:]},
	"Microsoft-Windows-SmbClient/Security":                                   {forwarded, "smb", smbEvents[:]},
	"Microsoft-Windows-SMBClient/Security":                                   {forwarded, "smb", smbEvents[:]},
	"DNS Server":                                                             {forwarded, "dns", dnsServerEvents[:]},
	"Microsoft-Windows-DNSServer/Audit":                                      {forwarded, "dns", dnsAuditEvents[:]},
	"Microsoft-Windows-DNSServer/Analytical":                                 {forwarded, "dns", dnsAnalyticEvents[:]},
	"Microsoft-Windows-DNS-Client/Operational":                               {forwarded, "dns", dnsClientEvents[:]},
	"Application": {"windows.application", "", nil},
}

// ntlmEvents are of the audit of NTLM: 8001 to 8004 tell what would be blocked, 4001 to 4024 what was.
var ntlmEvents = [...]windowsEvent{
	{"8001", class{action: "ntlm-outgoing-audited", category: "authentication", types: [3]string{"info"}}, false, false},
	{"8002", class{action: "ntlm-incoming-audited", category: "authentication", types: [3]string{"info"}}, false, false},
	{"8003", class{action: "ntlm-domain-audited", category: "authentication", types: [3]string{"info"}}, false, false},
	{"8004", class{action: "ntlm-domain-controller-audited", category: "authentication", types: [3]string{"info"}}, false, false},
	{"4001", class{action: "ntlm-outgoing-blocked", outcome: "failure", category: "authentication", types: [3]string{"denied"}}, false, false},
	{"4002", class{action: "ntlm-incoming-blocked", outcome: "failure", category: "authentication", types: [3]string{"denied"}}, false, false},
	{"4003", class{action: "ntlm-domain-blocked", outcome: "failure", category: "authentication", types: [3]string{"denied"}}, false, false},
	{"4004", class{action: "ntlm-domain-controller-blocked", outcome: "failure", category: "authentication", types: [3]string{"denied"}}, false, false},
}

// smbEvents are of the server of shares and its clients.
var smbEvents = [...]windowsEvent{
	{"551", class{action: "smb-session-authentication-failed", outcome: "failure", category: "authentication", types: [3]string{"start"}}, false, false},
	{"1006", class{action: "smb-share-access-denied", outcome: "failure", category: "network", types: [3]string{"denied"}}, false, false},
	{"1009", class{action: "smb-anonymous-access-denied", outcome: "failure", category: "network", types: [3]string{"denied"}}, false, false},
	{"3000", class{action: "smb1-access", outcome: "success", category: "network", types: [3]string{"access"}}, false, false},
	{"31001", class{action: "smb-session-authentication-failed", outcome: "failure", category: "authentication", types: [3]string{"start"}}, false, false},
	{"31010", class{action: "smb-share-connection-failed", outcome: "failure", category: "network", types: [3]string{"error"}}, false, false},
	{"31017", class{action: "smb-guest-logon-rejected", outcome: "failure", category: "authentication", types: [3]string{"start"}}, false, false},
}

// dnsServerEvents are of the DNS server's own log.
var dnsServerEvents = [...]windowsEvent{
	{"2", class{action: "dns-server-started", outcome: "success", category: "process", types: [3]string{"start"}}, false, false},
	{"3", class{action: "dns-server-stopped", outcome: "success", category: "process", types: [3]string{"end"}}, false, false},
	{"150", class{action: "dns-plugin-load-failed", outcome: "failure", category: "library", types: [3]string{"start"}}, false, false},
	{"770", class{action: "dns-plugin-loaded", outcome: "success", category: "library", types: [3]string{"start"}}, false, false},
	{"771", class{action: "dns-plugin-load-failed", outcome: "failure", category: "library", types: [3]string{"start"}}, false, false},
	{"6001", class{action: "dns-zone-transferred", outcome: "success", category: "network", types: [3]string{"info"}}, false, false},
	{"6004", class{action: "dns-zone-transfer-refused", outcome: "failure", category: "network", types: [3]string{"denied"}}, false, false},
}

// dnsAuditEvents are what is changed in zones.
var dnsAuditEvents = [...]windowsEvent{
	{"512", class{action: "dns-zone-created", outcome: "success", category: "configuration", types: [3]string{"creation"}}, false, false},
	{"513", class{action: "dns-zone-deleted", outcome: "success", category: "configuration", types: [3]string{"deletion"}}, false, false},
	{"514", class{action: "dns-zone-changed", outcome: "success", category: "configuration", types: [3]string{"change"}}, false, false},
	{"515", class{action: "dns-record-created", outcome: "success", category: "configuration", types: [3]string{"creation"}}, false, false},
	{"516", class{action: "dns-record-deleted", outcome: "success", category: "configuration", types: [3]string{"deletion"}}, false, false},
	{"519", class{action: "dns-record-created", outcome: "success", category: "configuration", types: [3]string{"creation"}}, false, false},
	{"520", class{action: "dns-record-deleted", outcome: "success", category: "configuration", types: [3]string{"deletion"}}, false, false},
	{"541", class{action: "dns-server-setting-changed", outcome: "success", category: "configuration", types: [3]string{"change"}}, false, false},
}

// dnsAnalyticEvents are the queries that a server is asked, and its answers.
var dnsAnalyticEvents = [...]windowsEvent{
	{"256", class{action: "dns_query", category: "network", types: [3]string{"protocol", "info"}}, false, false},
	{"257", class{action: "dns_answer", outcome: "success", category: "network", types: [3]string{"protocol", "info"}}, false, false},
	{"258", class{action: "dns_answer", outcome: "failure", category: "network", types: [3]string{"protocol", "error"}}, false, false},
	{"259", class{action: "dns_query", outcome: "failure", category: "network", types: [3]string{"protocol", "denied"}}, false, false},
	{"260", class{action: "dns_recursion", category: "network", types: [3]string{"protocol", "info"}}, false, false},
}

// dnsClientEvents are the queries that a host asks.
var dnsClientEvents = [...]windowsEvent{
	{"3006", class{action: "dns_query", category: "network", types: [3]string{"protocol", "start"}}, false, false},
	{"3008", class{action: "dns_answer", category: "network", types: [3]string{"protocol", "end"}}, false, false},
	{"3020", class{action: "dns_answer", category: "network", types: [3]string{"protocol", "info"}}, false, false},
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
