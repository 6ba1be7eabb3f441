package parse

// windowsEvent says what an event id of a channel means.
type windowsEvent struct {
	id     string
	class  class
	target bool // the target is the acting user: he logs on
	manage bool // the subject acts upon the target
}

var securityEvents = [...]windowsEvent{
	{"1102", class{action: "audit-log-cleared", outcome: "success", category: "iam", types: [3]string{"admin", "change"}}, false, false},
	{"4624", class{action: "logged-in", outcome: "success", category: "authentication", types: [3]string{"start"}}, true, false},
	{"4625", class{action: "logon-failed", outcome: "failure", category: "authentication", types: [3]string{"start"}}, true, false},
	{"4634", class{action: "logged-out", outcome: "success", category: "authentication", types: [3]string{"end"}}, true, false},
	{"4647", class{action: "logged-out", outcome: "success", category: "authentication", types: [3]string{"end"}}, true, false},
	{"4648", class{action: "logged-in-explicit", outcome: "success", category: "authentication", types: [3]string{"start"}}, false, true},
	{"4672", class{action: "logged-in-special", outcome: "success", category: "iam", types: [3]string{"admin"}}, false, false},
	{"4688", class{action: "created-process", outcome: "success", category: "process", types: [3]string{"start"}}, false, false},
	{"4689", class{action: "exited-process", outcome: "success", category: "process", types: [3]string{"end"}}, false, false},
	{"4697", class{action: "service-installed", outcome: "success", category: "iam", types: [3]string{"admin", "change"}}, false, false},
	{"4698", class{action: "scheduled-task-created", outcome: "success", category: "iam", types: [3]string{"creation", "admin"}}, false, false},
	{"4719", class{action: "changed-audit-config", outcome: "success", category: "iam", types: [3]string{"admin", "change"}}, false, false},
	{"4720", class{action: "added-user-account", outcome: "success", category: "iam", types: [3]string{"user", "creation"}}, false, true},
	{"4722", class{action: "enabled-user-account", outcome: "success", category: "iam", types: [3]string{"user", "change"}}, false, true},
	{"4723", class{action: "changed-password", outcome: "success", category: "iam", types: [3]string{"user", "change"}}, false, true},
	{"4724", class{action: "reset-password", outcome: "success", category: "iam", types: [3]string{"user", "change"}}, false, true},
	{"4725", class{action: "disabled-user-account", outcome: "success", category: "iam", types: [3]string{"user", "change"}}, false, true},
	{"4726", class{action: "deleted-user-account", outcome: "success", category: "iam", types: [3]string{"user", "deletion"}}, false, true},
	{"4728", class{action: "added-member-to-group", outcome: "success", category: "iam", types: [3]string{"group", "change"}}, false, false},
	{"4729", class{action: "removed-member-from-group", outcome: "success", category: "iam", types: [3]string{"group", "change"}}, false, false},
	{"4732", class{action: "added-member-to-group", outcome: "success", category: "iam", types: [3]string{"group", "change"}}, false, false},
	{"4733", class{action: "removed-member-from-group", outcome: "success", category: "iam", types: [3]string{"group", "change"}}, false, false},
	{"4738", class{action: "modified-user-account", outcome: "success", category: "iam", types: [3]string{"user", "change"}}, false, true},
	{"4740", class{action: "locked-out-user-account", outcome: "success", category: "iam", types: [3]string{"user", "change"}}, false, true},
	{"4756", class{action: "added-member-to-group", outcome: "success", category: "iam", types: [3]string{"group", "change"}}, false, false},
	{"4757", class{action: "removed-member-from-group", outcome: "success", category: "iam", types: [3]string{"group", "change"}}, false, false},
	{"4767", class{action: "unlocked-user-account", outcome: "success", category: "iam", types: [3]string{"user", "change"}}, false, true},
	{"4768", class{action: "kerberos-authentication-ticket-requested", category: "authentication", types: [3]string{"start"}}, true, false},
	{"4769", class{action: "kerberos-service-ticket-requested", category: "authentication", types: [3]string{"start"}}, true, false},
	{"4771", class{action: "kerberos-preauth-failed", outcome: "failure", category: "authentication", types: [3]string{"start"}}, true, false},
	{"4776", class{action: "credential-validated", category: "authentication", types: [3]string{"start"}}, true, false},
}

var sysmonEvents = [...]windowsEvent{
	{"1", class{action: "Process Create", category: "process", types: [3]string{"start"}}, false, false},
	{"2", class{action: "File creation time changed", category: "file", types: [3]string{"change"}}, false, false},
	{"3", class{action: "Network connection detected", category: "network", types: [3]string{"connection", "start"}}, false, false},
	{"5", class{action: "Process terminated", category: "process", types: [3]string{"end"}}, false, false},
	{"6", class{action: "Driver loaded", category: "driver", types: [3]string{"start"}}, false, false},
	{"7", class{action: "Image loaded", category: "process", types: [3]string{"change"}}, false, false},
	{"8", class{action: "CreateRemoteThread detected", category: "process", types: [3]string{"change"}}, false, false},
	{"10", class{action: "Process accessed", category: "process", types: [3]string{"access"}}, false, false},
	{"11", class{action: "File created", category: "file", types: [3]string{"creation"}}, false, false},
	{"12", class{action: "Registry object added or deleted", category: "registry", types: [3]string{"change"}}, false, false},
	{"13", class{action: "Registry value set", category: "registry", types: [3]string{"change"}}, false, false},
	{"14", class{action: "Registry object renamed", category: "registry", types: [3]string{"change"}}, false, false},
	{"22", class{action: "Dns query", category: "network", types: [3]string{"connection", "protocol", "info"}}, false, false},
	{"23", class{action: "File Delete archived", category: "file", types: [3]string{"deletion"}}, false, false},
	{"26", class{action: "File Delete logged", category: "file", types: [3]string{"deletion"}}, false, false},
}

var taskEvents = [...]windowsEvent{
	{"106", class{action: "scheduled-task-created", outcome: "success", category: "configuration", types: [3]string{"creation"}}, false, false},
	{"140", class{action: "scheduled-task-updated", outcome: "success", category: "configuration", types: [3]string{"change"}}, false, false},
	{"141", class{action: "scheduled-task-deleted", outcome: "success", category: "configuration", types: [3]string{"deletion"}}, false, false},
	{"200", class{action: "scheduled-task-started", category: "process", types: [3]string{"start"}}, false, false},
	{"201", class{action: "scheduled-task-completed", category: "process", types: [3]string{"end"}}, false, false},
}

// serviceEvents are what the Service Control Manager writes to the System log.
var serviceEvents = [...]windowsEvent{
	{"7030", class{action: "service-misconfigured", outcome: "failure", category: "configuration", types: [3]string{"error"}}, false, false},
	{"7031", class{action: "service-terminated-unexpectedly", outcome: "failure", category: "process", types: [3]string{"end", "error"}}, false, false},
	{"7034", class{action: "service-terminated-unexpectedly", outcome: "failure", category: "process", types: [3]string{"end", "error"}}, false, false},
	{"7036", class{action: "service-state-changed", category: "process", types: [3]string{"change"}}, false, false},
	{"7040", class{action: "service-start-type-changed", outcome: "success", category: "configuration", types: [3]string{"change"}}, false, false},
	{"7045", class{action: "service-installed", outcome: "success", category: "configuration", types: [3]string{"creation"}}, false, false},
}

// defenderEvents are those of Microsoft Defender Antivirus.
var defenderEvents = [...]windowsEvent{
	{"1006", class{action: "malware-detected", category: "malware", types: [3]string{"info"}}, false, false},
	{"1007", class{action: "malware-action-taken", outcome: "success", category: "malware", types: [3]string{"info"}}, false, false},
	{"1008", class{action: "malware-action-failed", outcome: "failure", category: "malware", types: [3]string{"error"}}, false, false},
	{"1013", class{action: "malware-history-deleted", outcome: "success", category: "malware", types: [3]string{"deletion"}}, false, false},
	{"1015", class{action: "suspicious-behaviour-detected", category: "malware", types: [3]string{"info"}}, false, false},
	{"1116", class{action: "malware-detected", category: "malware", types: [3]string{"info"}}, false, false},
	{"1117", class{action: "malware-action-taken", outcome: "success", category: "malware", types: [3]string{"info"}}, false, false},
	{"1118", class{action: "malware-action-failed", outcome: "failure", category: "malware", types: [3]string{"error"}}, false, false},
	{"1119", class{action: "malware-action-failed", outcome: "failure", category: "malware", types: [3]string{"error"}}, false, false},
	{"1121", class{action: "attack-surface-reduction-blocked", category: "intrusion_detection", types: [3]string{"denied"}}, false, false},
	{"1122", class{action: "attack-surface-reduction-audited", category: "intrusion_detection", types: [3]string{"info"}}, false, false},
	{"1123", class{action: "controlled-folder-access-blocked", category: "intrusion_detection", types: [3]string{"denied"}}, false, false},
	{"5001", class{action: "real-time-protection-disabled", outcome: "success", category: "configuration", types: [3]string{"change"}}, false, false},
	{"5004", class{action: "real-time-protection-changed", outcome: "success", category: "configuration", types: [3]string{"change"}}, false, false},
	{"5007", class{action: "configuration-changed", outcome: "success", category: "configuration", types: [3]string{"change"}}, false, false},
	{"5010", class{action: "malware-scanning-disabled", outcome: "success", category: "configuration", types: [3]string{"change"}}, false, false},
	{"5012", class{action: "malware-scanning-disabled", outcome: "success", category: "configuration", types: [3]string{"change"}}, false, false},
	{"5013", class{action: "tamper-protection-blocked", outcome: "success", category: "configuration", types: [3]string{"denied"}}, false, false},
}

var wmiEvents = [...]windowsEvent{
	{"5857", class{action: "wmi-provider-started", category: "process", types: [3]string{"start"}}, false, false},
	{"5858", class{action: "wmi-query-failed", outcome: "failure", category: "host", types: [3]string{"error"}}, false, false},
	{"5859", class{action: "wmi-event-filter", category: "configuration", types: [3]string{"creation"}}, false, false},
	{"5860", class{action: "wmi-temporary-subscription", category: "configuration", types: [3]string{"creation"}}, false, false},
	{"5861", class{action: "wmi-permanent-subscription", category: "configuration", types: [3]string{"creation"}}, false, false},
}
