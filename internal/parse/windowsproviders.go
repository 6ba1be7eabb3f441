package parse

// windowsProvider says who of ofService reads the data of a provider's events ("" nobody), and what they mean.
type windowsProvider struct {
	service string
	events  []windowsEvent
}

// meaning makes an event of Windows out of its words.
func meaning(id, action, outcome, category string, types ...string) windowsEvent {
	e := windowsEvent{id: id, class: class{action: action, outcome: outcome, category: category}}
	copy(e.class.types[:], types)
	return e
}

// windowsProviders are those whose numbers mean nothing without their name: of the System and the Application log, and of channels of their own.
var windowsProviders = map[string]windowsProvider{
	"MsiInstaller": {"", []windowsEvent{
		meaning("1033", "product-installed", "", "package", "installation"), meaning("1034", "product-removed", "", "package", "deletion"),
		meaning("1022", "product-updated", success, "package", "installation"), meaning("11707", "product-installed", success, "package", "installation"),
		meaning("11708", "product-installed", failure, "package", "installation"), meaning("11724", "product-removed", success, "package", "deletion"),
		meaning("11725", "product-removed", failure, "package", "deletion"), meaning("1040", "installer-started", "", "package", "start"),
		meaning("1042", "installer-ended", "", "package", "end")}},
	"MSSQLSERVER": {"mssql", []windowsEvent{
		meaning("18453", "logged-in", success, authn, "start"), meaning("18454", "logged-in", success, authn, "start"), meaning("18455", "logged-in", success, authn, "start"),
		meaning("18456", "logon-failed", failure, authn, "start"), meaning("17806", "logon-failed", failure, authn, "start"), meaning("15457", "setting-changed", success, "configuration", "change")}},
	"AD FS Auditing": {"adfs", []windowsEvent{
		meaning("1200", "sign-in", "", authn, "start"), meaning("1201", "sign-in", "", authn, "start"), meaning("1202", "sign-in", "", authn, "start"), meaning("1203", "sign-in", "", authn, "start"),
		meaning("1204", "change-password", "", "iam", "change"), meaning("1205", "change-password", "", "iam", "change"), meaning("1206", "sign-out", "", authn, "end"), meaning("1207", "sign-out", "", authn, "end"),
		meaning("411", "token-validation-failed", failure, authn, "start"), meaning("", "", "", authn, "info")}},
	"Application Error":       {"crash", []windowsEvent{meaning("1000", "program-crashed", failure, "process", "error")}},
	"Application Hang":        {"", []windowsEvent{meaning("1002", "program-hung", failure, "process", "error")}},
	"Windows Error Reporting": {"", []windowsEvent{meaning("1001", "error-reported", "", "process", "info")}},
	".NET Runtime":            {"", []windowsEvent{meaning("1026", "program-crashed", failure, "process", "error")}},
	"ESENT": {"", []windowsEvent{
		meaning("216", "database-location-changed", "", "database", "change"), meaning("325", "database-created", success, "database", "creation"),
		meaning("326", "database-attached", success, "database", "access"), meaning("327", "database-detached", success, "database", "change")}},
	"Microsoft-Windows-CertificationAuthority": {"", []windowsEvent{
		meaning("53", "certificate-request-denied", failure, "iam", "denied"), meaning("26", "certificate-services-started", success, "process", "start"),
		meaning("38", "certificate-services-stopped", "", "process", "end")}},
	"Microsoft-Windows-WindowsUpdateClient": {"", []windowsEvent{
		meaning("19", "update-installed", success, "package", "installation"), meaning("20", "update-installed", failure, "package", "installation"),
		meaning("43", "update-started", "", "package", "start"), meaning("44", "update-download-started", "", "package", "info")}},
	"Microsoft-Windows-Kernel-General": {"", []windowsEvent{
		meaning("1", "system-time-changed", success, "configuration", "change"), meaning("12", "system-started", success, "host", "start"),
		meaning("13", "system-shut-down", success, "host", "end")}},
	"Microsoft-Windows-Kernel-Power": {"", []windowsEvent{meaning("42", "system-sleep", "", "host", "change"), meaning("109", "system-shut-down", "", "host", "end")}},
	"Microsoft-Windows-GroupPolicy": {"", []windowsEvent{
		meaning("1500", "group-policy-processed", success, "configuration", "info"), meaning("1501", "group-policy-processed", success, "configuration", "info"),
		meaning("1502", "group-policy-processed", success, "configuration", "change"), meaning("1503", "group-policy-processed", success, "configuration", "change"),
		meaning("1129", "group-policy-processed", failure, "configuration", "error"), meaning("1085", "group-policy-processed", failure, "configuration", "error")}},
	"NETLOGON": {"", []windowsEvent{
		meaning("5719", "domain-controller-unreachable", failure, "authentication", "error"), meaning("5805", "machine-authentication-failed", failure, "authentication", "start"),
		meaning("5827", "vulnerable-channel-denied", failure, "authentication", "denied"), meaning("5828", "vulnerable-channel-denied", failure, "authentication", "denied"),
		meaning("5829", "vulnerable-channel-allowed", success, "authentication", "allowed"), meaning("5830", "vulnerable-channel-allowed", success, "authentication", "allowed"),
		meaning("5831", "vulnerable-channel-allowed", success, "authentication", "allowed")}},
	"Schannel": {"", []windowsEvent{
		meaning("36870", "tls-key-unreadable", failure, netw, "error"), meaning("36871", "tls-credential-failed", failure, netw, "error"), meaning("36874", "tls-handshake-failed", failure, netw, "error"),
		meaning("36887", "tls-alert-received", failure, netw, "error"), meaning("36888", "tls-alert-sent", failure, netw, "error")}},
	"Ntfs": {"", []windowsEvent{meaning("55", "filesystem_error", failure, "host", "error"), meaning("57", "filesystem_error", failure, "host", "error"), meaning("137", "filesystem_error", failure, "host", "error")}},
	"Microsoft-Windows-Backup": {"", []windowsEvent{
		meaning("1", "backup_started", "", "process", "start"), meaning("4", "backup_finished", success, "process", "end"), meaning("14", "backup_finished", "", "process", "end"),
		meaning("5", "backup_finished", failure, "process", "error"), meaning("8", "backup_finished", failure, "process", "error"), meaning("9", "backup_finished", failure, "process", "error"),
		meaning("17", "backup_finished", failure, "process", "error"), meaning("49", "backup_finished", failure, "process", "error"), meaning("50", "backup_finished", failure, "process", "error"),
		meaning("517", "backup_finished", failure, "process", "error"), meaning("518", "backup_finished", failure, "process", "error"), meaning("521", "backup_finished", failure, "process", "error"),
		meaning("527", "backup_finished", failure, "process", "error"), meaning("528", "backup_finished", failure, "process", "error"), meaning("544", "backup_finished", failure, "process", "error"),
		meaning("545", "backup_finished", failure, "process", "error"), meaning("546", "backup_finished", failure, "process", "error"), meaning("561", "backup_finished", failure, "process", "error"),
		meaning("564", "backup_finished", failure, "process", "error")}},
	"VSS": {"", []windowsEvent{
		meaning("8193", "shadow-copy-failed", failure, "host", "error"), meaning("8194", "shadow-copy-failed", failure, "host", "error"), meaning("12289", "shadow-copy-failed", failure, "host", "error"),
		meaning("12292", "shadow-copy-failed", failure, "host", "error"), meaning("12293", "shadow-copy-failed", failure, "host", "error"), meaning("12298", "shadow-copy-failed", failure, "host", "error")}},
	"volsnap": {"", []windowsEvent{ // 25, 36: the copies of a volume are gone
		meaning("25", "shadow-copies-deleted", failure, "host", "deletion"), meaning("35", "shadow-copies-deleted", failure, "host", "deletion"), meaning("36", "shadow-copies-deleted", failure, "host", "deletion")}},
	"storahci": {"", []windowsEvent{meaning("129", "disk_error", failure, "host", "error")}},
	"stornvme": {"", []windowsEvent{meaning("11", "disk_error", failure, "host", "error"), meaning("129", "disk_error", failure, "host", "error")}},
	"DFSR": {"", []windowsEvent{
		meaning("2213", "replication-stopped", failure, "host", "error"), meaning("4012", "replication-stopped", failure, "host", "error"), meaning("5002", "replication-failed", failure, "host", "error"),
		meaning("5008", "replication-failed", failure, "host", "error"), meaning("5014", "replication-failed", failure, "host", "error")}},
	"Microsoft-Windows-DHCP-Server": {"", []windowsEvent{
		meaning("1020", "address-range-filling", "", netw, "info"), meaning("1046", "server-not-authorized", failure, netw, "denied"), meaning("1063", "address-range-full", failure, netw, "error")}},
	"Microsoft-Windows-FailoverClustering": {"", []windowsEvent{
		meaning("1069", "cluster_changed", failure, "host", "error"), meaning("1135", "cluster_changed", failure, "host", "error"), meaning("1177", "cluster_changed", failure, "host", "error"),
		meaning("1205", "cluster_changed", failure, "host", "error")}},
	"Microsoft-Windows-Hyper-V-Worker": {"", []windowsEvent{
		meaning("18500", "vm_started", success, "host", "change"), meaning("18502", "vm_stopped", success, "host", "change"), meaning("18504", "vm_stopped", success, "host", "change"),
		meaning("18508", "vm_stopped", success, "host", "change"), meaning("18590", "vm_stopped", failure, "host", "error")}},
	"disk": {"", []windowsEvent{meaning("7", "disk_error", failure, "host", "error"), meaning("11", "disk_error", failure, "host", "error"), meaning("51", "disk_error", failure, "host", "error"), meaning("52", "disk_failing", failure, "host", "error"), meaning("154", "disk_error", failure, "host", "error"),
		meaning("157", "disk_missing", "", "host", "change")}},
	"Microsoft-Windows-BitLocker-API":                      {"", []windowsEvent{meaning("768", "volume-encryption-started", "", "configuration", "change"), meaning("775", "key-protector-created", success, "configuration", "creation"), meaning("776", "key-protector-removed", success, "configuration", "deletion"), meaning("", "", "", "configuration", "info")}},
	"Microsoft-Windows-BitLocker-Driver":                   {"", []windowsEvent{meaning("", "", "", "configuration", "info")}},
	"Microsoft-Windows-DistributedCOM":                     {"", []windowsEvent{meaning("10016", "dcom-permission-denied", failure, "process", "denied"), meaning("10036", "dcom-authentication-level-denied", failure, "authentication", "denied")}},
	"Microsoft-Windows-UserPnp":                            {"", []windowsEvent{meaning("20001", "driver-installed", "", "driver", "installation"), meaning("20003", "driver-service-added", "", "driver", "installation")}},
	"Microsoft-Windows-Kernel-PnP":                         {"", []windowsEvent{meaning("400", "device-configured", success, "host", "change"), meaning("410", "device-started", success, "host", "change"), meaning("430", "device-needs-installation", "", "host", "info")}},
	"Microsoft-Windows-CodeIntegrity":                      {"codeintegrity", []windowsEvent{meaning("3033", "image-load-blocked", failure, "library", "denied"), meaning("3063", "image-load-audited", "", "library", "info"), meaning("3004", "image-hash-unknown", failure, "library", "error"), meaning("3076", "image-load-audited", "", "library", "info"), meaning("3077", "image-load-blocked", failure, "library", "denied")}},
	"Microsoft-Windows-PrintService":                       {"print", []windowsEvent{meaning("307", "document-printed", success, "file", "access"), meaning("316", "printer-driver-added", success, "driver", "installation"), meaning("808", "print-plugin-load-failed", failure, "library", "error")}},
	"Microsoft-Windows-WinRM":                              {"winrm", []windowsEvent{meaning("6", "session-created", "", "session", "start"), meaning("8", "session-closed", "", "session", "end"), meaning("91", "shell-created", success, "process", "start"), meaning("142", "operation-failed", failure, "process", "error"), meaning("161", "logon-failed", failure, authn, "start"), meaning("162", "logon-failed", failure, authn, "start"), meaning("169", "logged-in", success, authn, "start")}},
	"Microsoft-Windows-Shell-Core":                         {"shell", []windowsEvent{meaning("9707", "run-key-command-started", "", "process", "start"), meaning("9708", "run-key-command-ended", "", "process", "end")}},
	"Microsoft-Windows-DriverFrameworks-UserMode":          {"", []windowsEvent{meaning("2003", "device-connected", "", "host", "info"), meaning("2100", "device-operation", "", "host", "info"), meaning("2101", "device-operation", "", "host", "info"), meaning("2102", "device-disconnected", "", "host", "info")}},
	"Microsoft-Windows-TerminalServices-ClientActiveXCore": {"rdp", []windowsEvent{meaning("1024", "remote-desktop-connecting", "", netw, "start"), meaning("1102", "remote-desktop-connecting", "", netw, "start"), meaning("1027", "remote-desktop-connected", success, "session", "start"), meaning("1026", "remote-desktop-disconnected", "", "session", "end")}},
	"Microsoft-Windows-RemoteDesktopServices-RdpCoreTS":    {"rdp", []windowsEvent{meaning("131", "remote-desktop-connection-accepted", "", netw, "start"), meaning("98", "remote-desktop-connected", success, netw, "start"), meaning("140", "logon-failed", failure, authn, "start"), meaning("102", "remote-desktop-disconnected", "", netw, "end")}},
	"Microsoft-Windows-ActiveDirectory_DomainService":      {"directory", []windowsEvent{meaning("2889", "ldap-bind-unsigned", "", authn, "info"), meaning("1644", "ldap-search", "", "database", "access"), meaning("2887", "ldap-bind-unsigned", "", authn, "info")}},
	"NTDS LDAP": {"directory", []windowsEvent{meaning("2889", "ldap-bind-unsigned", "", authn, "info"), meaning("1644", "ldap-search", "", "database", "access")}},
	"Microsoft-Windows-Directory-Services-SAM":           {"", []windowsEvent{meaning("16962", "sam-remote-call-restricted", "", "iam", "info"), meaning("16965", "sam-remote-call-denied", failure, "iam", "denied")}},
	"Microsoft-Windows-Kerberos-Key-Distribution-Center": {"", []windowsEvent{meaning("27", "kerberos-encryption-unsupported", failure, authn, "error"), meaning("16", "kerberos-encryption-unsupported", failure, authn, "error")}},
	"OpenSSH":                                    {"openssh", nil},
	"Microsoft-Windows-Security-Mitigations":     {"", []windowsEvent{meaning("", "", "", "process", "info")}},
	"Microsoft-Windows-WER-SystemErrorReporting": {"", []windowsEvent{meaning("1001", "system-crashed", failure, "host", "error")}},
	"User32":                         {"", []windowsEvent{meaning("1076", "shutdown-reason", "", "host", "info")}},
	"Microsoft-Windows-Time-Service": {"", []windowsEvent{meaning("35", "clock_synchronised", success, "host", "info"), meaning("37", "clock_synchronised", success, "host", "info"), meaning("134", "clock_unsynchronised", failure, "host", "error"), meaning("47", "clock_unsynchronised", failure, "host", "error")}},
	"Microsoft-Windows-Hyper-V-VMMS": {"", []windowsEvent{meaning("", "", "", "host", "info")}},
}

// ofProvider gives what the event id of a provider means; "" stands for the others of it.
func (w *winEvent) ofProvider(provider, id string) *windowsEvent {
	if hasPrefix(unsafeBytes(provider), "MSSQL$") { // an instance with a name of its own
		provider = "MSSQLSERVER"
	}
	p, ok := windowsProviders[provider]
	if !ok {
		return nil
	}
	if p.service != "" {
		w.service = p.service
	}
	if ev := findEvent(p.events, id); ev != nil {
		return ev
	}
	return findEvent(p.events, "")
}
