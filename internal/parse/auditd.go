package parse

import (
	"time"

	"watchpost/internal/event"
)

// auditKind says what a type of audit record tells of.
type auditKind struct {
	typ, action, category string
	types                 [3]string
}

// auditKinds lists the types that say more than "something happened"; others are rows with their values as labels.
var auditKinds = [...]auditKind{
	{"SYSCALL", "", "process", [3]string{"info"}},
	{"EXECVE", "executed", "process", [3]string{"start"}},
	{"PROCTITLE", "process-title", "process", [3]string{"info"}},
	{"CWD", "working-directory", "process", [3]string{"info"}},
	{"PATH", "opened-path", "file", [3]string{"access"}},
	{"SOCKADDR", "socket-address", "network", [3]string{"connection"}},
	{"USER_AUTH", "authenticated", "authentication", [3]string{"start"}},
	{"USER_ACCT", "was-authorized", "authentication", [3]string{"info"}},
	{"USER_LOGIN", "logged-in", "authentication", [3]string{"start"}},
	{"USER_LOGOUT", "logged-out", "authentication", [3]string{"end"}},
	{"USER_START", "started-session", "session", [3]string{"start"}},
	{"USER_END", "ended-session", "session", [3]string{"end"}},
	{"USER_ERR", "authentication-error", "authentication", [3]string{"info"}},
	{"USER_CHAUTHTOK", "changed-password", "iam", [3]string{"user", "change"}},
	{"USER_CMD", "ran-command", "process", [3]string{"start"}},
	{"CRED_ACQ", "acquired-credentials", "authentication", [3]string{"info"}},
	{"CRED_DISP", "disposed-credentials", "authentication", [3]string{"info"}},
	{"CRED_REFR", "refreshed-credentials", "authentication", [3]string{"info"}},
	{"LOGIN", "changed-login-id", "authentication", [3]string{"start"}},
	{"ADD_USER", "added-user-account", "iam", [3]string{"user", "creation"}},
	{"DEL_USER", "deleted-user-account", "iam", [3]string{"user", "deletion"}},
	{"ADD_GROUP", "added-group-account", "iam", [3]string{"group", "creation"}},
	{"DEL_GROUP", "deleted-group-account", "iam", [3]string{"group", "deletion"}},
	{"USER_MGMT", "modified-user-account", "iam", [3]string{"user", "change"}},
	{"GRP_MGMT", "modified-group-account", "iam", [3]string{"group", "change"}},
	{"ACCT_LOCK", "locked-user-account", "iam", [3]string{"user", "change"}},
	{"ACCT_UNLOCK", "unlocked-user-account", "iam", [3]string{"user", "change"}},
	{"CONFIG_CHANGE", "changed-audit-configuration", "configuration", [3]string{"change"}},
	{"DAEMON_START", "started-audit", "configuration", [3]string{"start"}},
	{"DAEMON_END", "shutdown-audit", "configuration", [3]string{"end"}},
	{"DAEMON_ABORT", "aborted-audit", "configuration", [3]string{"end"}},
	{"DAEMON_CONFIG", "changed-audit-configuration", "configuration", [3]string{"change"}},
	{"SERVICE_START", "started-service", "process", [3]string{"start"}},
	{"SERVICE_STOP", "stopped-service", "process", [3]string{"end"}},
	{"SYSTEM_BOOT", "booted-system", "host", [3]string{"start"}},
	{"SYSTEM_SHUTDOWN", "shutdown-system", "host", [3]string{"end"}},
	{"KERN_MODULE", "loaded-kernel-module", "driver", [3]string{"start"}},
	{"AVC", "violated-policy", "process", [3]string{"denied"}},
	{"USER_AVC", "violated-policy", "process", [3]string{"denied"}},
	{"MAC_STATUS", "changed-mac-enforcement", "configuration", [3]string{"change"}},
	{"SECCOMP", "violated-seccomp-policy", "process", [3]string{"denied"}},
	{"ANOM_ABEND", "crashed-program", "process", [3]string{"end"}},
	{"ANOM_PROMISCUOUS", "changed-promiscuous-mode", "network", [3]string{"change"}},
	{"ANOM_LOGIN_FAILURES", "failed-log-in-too-many-times", "authentication", [3]string{"info"}},
	{"CHGRP_ID", "changed-group-id", "iam", [3]string{"group", "change"}},
	{"CHUSER_ID", "changed-user-id", "iam", [3]string{"user", "change"}},
	{"GRP_AUTH", "authenticated-to-group", "authentication", [3]string{"start"}},
	{"ROLE_REMOVE", "removed-user-role", "iam", [3]string{"user", "change"}},
	{"CRYPTO_KEY_USER", "negotiated-crypto-key", "process", [3]string{"info"}},
	{"CRYPTO_SESSION", "started-crypto-session", "process", [3]string{"info"}},
	{"BPF", "bpf-program", "process", [3]string{"info"}},
	{"MAC_POLICY_LOAD", "loaded-selinux-policy", "configuration", [3]string{"change"}},
	{"MAC_CONFIG_CHANGE", "changed-selinux-boolean", "configuration", [3]string{"change"}},
	{"SELINUX_ERR", "violated-policy", "process", [3]string{"denied"}},
	{"ANOM_LOGIN_SESSIONS", "max-concurrent-sessions-reached", "authentication", [3]string{"info"}},
	{"ANOM_LOGIN_TIME", "attempted-log-in-during-unusual-hour", "authentication", [3]string{"info"}},
	{"ANOM_LOGIN_LOCATION", "attempted-log-in-from-unusual-place", "authentication", [3]string{"info"}},
	{"ANOM_LOGIN_ACCT", "logged-in-from-watched-account", "authentication", [3]string{"info"}},
	{"ANOM_ROOT_TRANS", "used-suspicious-link", "process", [3]string{"info"}},
	{"ANOM_LINK", "used-suspicious-link", "file", [3]string{"access"}},
	{"VIRT_CONTROL", "controlled-virtual-machine", "host", [3]string{"change"}},
	{"VIRT_MACHINE_ID", "identified-virtual-machine", "host", [3]string{"info"}},
	{"VIRT_RESOURCE", "allocated-virtual-machine-resource", "host", [3]string{"change"}},
	{"SOFTWARE_UPDATE", "installed-software", "package", [3]string{"installation"}},
	{"TIME_ADJNTPVAL", "adjusted-clock", "host", [3]string{"change"}},
	{"TIME_INJOFFSET", "adjusted-clock", "host", [3]string{"change"}},
	{"SYSTEM_RUNLEVEL", "changed-to-runlevel", "host", [3]string{"change"}},
	{"DAEMON_ROTATE", "rotated-audit-logs", "configuration", [3]string{"change"}},
	{"DAEMON_RESUME", "resumed-audit", "configuration", [3]string{"change"}},
	{"INTEGRITY_RULE", "verified-integrity", "file", [3]string{"info"}},
	{"INTEGRITY_DATA", "verified-integrity", "file", [3]string{"info"}},
	{"FANOTIFY", "access-decided", "file", [3]string{"access"}},
	{"OBJ_PID", "targeted-process", "process", [3]string{"info"}},
	{"MMAP", "mapped-memory", "process", [3]string{"info"}},
	{"CAPSET", "set-capabilities", "process", [3]string{"change"}},
	{"ROLE_ASSIGN", "assigned-user-role", "iam", [3]string{"user", "change"}},
	{"USER_SELINUX_ERR", "violated-policy", "process", [3]string{"denied"}},
	{"NETFILTER_CFG", "changed-firewall", "configuration", [3]string{"change"}},
	{"USER_ROLE_CHANGE", "changed-role-to", "iam", [3]string{"user", "change"}},
	{"ROLE_MODIFY", "modified-role", "iam", [3]string{"change"}},
	{"GRP_CHAUTHTOK", "changed-group-password", "iam", [3]string{"group", "change"}},
	{"USYS_CONFIG", "changed-configuration", "configuration", [3]string{"change"}},
	{"USER_DEVICE", "changed-device", "host", [3]string{"change"}},
	{"DAC_CHECK", "checked-access", "file", [3]string{"access"}},
	{"TRUSTED_APP", "trusted-application", "process", [3]string{"info"}},
	{"DAEMON_RECONFIG", "changed-audit-configuration", "configuration", [3]string{"change"}},
	{"DAEMON_ACCEPT", "accepted-remote-audit", "configuration", [3]string{"info"}},
	{"DAEMON_CLOSE", "closed-remote-audit", "configuration", [3]string{"info"}},
	{"DAEMON_ERR", "audit-error", "configuration", [3]string{"error"}},
	{"FEATURE_CHANGE", "changed-audit-feature", "configuration", [3]string{"change"}},
	{"CONTAINER_OP", "changed-container-id", "host", [3]string{"change"}},
	{"BPRM_FCAPS", "loaded-file-capabilities", "process", [3]string{"info"}},
	{"FD_PAIR", "file-descriptors", "process", [3]string{"info"}},
	{"URINGOP", "io-uring-operation", "process", [3]string{"info"}},
	{"OPENAT2", "opened-file", "file", [3]string{"access"}},
	{"DM_CTRL", "changed-device-mapper", "host", [3]string{"change"}},
	{"DM_EVENT", "device-mapper-event", "host", [3]string{"info"}},
	{"EVENT_LISTENER", "listened-to-audit", "configuration", [3]string{"info"}},
	{"LANDLOCK_ACCESS", "violated-landlock-policy", "process", [3]string{"denied"}},
	{"LANDLOCK_DOMAIN", "changed-landlock-domain", "process", [3]string{"info"}},
	{"NETFILTER_PKT", "packet", "network", [3]string{"connection"}},
	{"MAC_CHECK", "checked-mac", "process", [3]string{"info"}},
	{"MAC_IPSEC_EVENT", "changed-ipsec", "configuration", [3]string{"change"}},
	{"MAC_IPSEC_ADDSA", "changed-ipsec", "configuration", [3]string{"change"}},
	{"MAC_IPSEC_DELSA", "changed-ipsec", "configuration", [3]string{"change"}},
	{"MAC_IPSEC_ADDSPD", "changed-ipsec", "configuration", [3]string{"change"}},
	{"MAC_IPSEC_DELSPD", "changed-ipsec", "configuration", [3]string{"change"}},
	{"MAC_UNLBL_ALLOW", "changed-network-labels", "configuration", [3]string{"change"}},
	{"MAC_UNLBL_STCADD", "changed-network-labels", "configuration", [3]string{"change"}},
	{"MAC_UNLBL_STCDEL", "changed-network-labels", "configuration", [3]string{"change"}},
	{"MAC_CIPSOV4_ADD", "changed-network-labels", "configuration", [3]string{"change"}},
	{"MAC_CIPSOV4_DEL", "changed-network-labels", "configuration", [3]string{"change"}},
	{"MAC_CALIPSO_ADD", "changed-network-labels", "configuration", [3]string{"change"}},
	{"MAC_CALIPSO_DEL", "changed-network-labels", "configuration", [3]string{"change"}},
	{"MAC_MAP_ADD", "changed-network-labels", "configuration", [3]string{"change"}},
	{"MAC_MAP_DEL", "changed-network-labels", "configuration", [3]string{"change"}},
	{"USER_MAC_POLICY_LOAD", "loaded-mac-policy", "configuration", [3]string{"change"}},
	{"USER_MAC_CONFIG_CHANGE", "changed-mac-configuration", "configuration", [3]string{"change"}},
	{"USER_MAC_STATUS", "changed-mac-enforcement", "configuration", [3]string{"change"}},
	{"FS_RELABEL", "relabeled-filesystem", "configuration", [3]string{"change"}},
	{"LABEL_OVERRIDE", "overrode-label", "file", [3]string{"change"}},
	{"LABEL_LEVEL_CHANGE", "changed-label-level", "file", [3]string{"change"}},
	{"USER_LABELED_EXPORT", "exported-file", "file", [3]string{"access"}},
	{"USER_UNLABELED_EXPORT", "exported-file", "file", [3]string{"access"}},
	{"DEV_ALLOC", "allocated-device", "host", [3]string{"change"}},
	{"DEV_DEALLOC", "deallocated-device", "host", [3]string{"change"}},
	{"INTEGRITY_METADATA", "verified-integrity", "file", [3]string{"info"}},
	{"INTEGRITY_STATUS", "verified-integrity", "file", [3]string{"info"}},
	{"INTEGRITY_HASH", "verified-integrity", "file", [3]string{"info"}},
	{"INTEGRITY_PCR", "verified-integrity", "file", [3]string{"info"}},
	{"INTEGRITY_EVM_XATTR", "verified-integrity", "file", [3]string{"info"}},
	{"INTEGRITY_POLICY_RULE", "loaded-integrity-rule", "configuration", [3]string{"change"}},
	{"CRYPTO_LOGIN", "crypto-officer-logged-in", "authentication", [3]string{"start"}},
	{"CRYPTO_LOGOUT", "crypto-officer-logged-out", "authentication", [3]string{"end"}},
	{"CRYPTO_TEST_USER", "tested-crypto", "process", [3]string{"info"}},
	{"CRYPTO_PARAM_CHANGE_USER", "changed-crypto-parameter", "configuration", [3]string{"change"}},
	{"CRYPTO_FAILURE_USER", "failed-crypto", "process", [3]string{"error"}},
	{"CRYPTO_REPLAY_USER", "detected-replay", "network", [3]string{"info"}},
	{"CRYPTO_IKE_SA", "negotiated-ike-sa", "network", [3]string{"info"}},
	{"CRYPTO_IPSEC_SA", "negotiated-ipsec-sa", "network", [3]string{"info"}},
	{"ANOM_LOGIN_SERVICE", "logged-in-to-watched-service", "authentication", [3]string{"info"}},
	{"ANOM_ADD_ACCT", "added-account-unusually", "iam", [3]string{"user", "creation"}},
	{"ANOM_DEL_ACCT", "deleted-account-unusually", "iam", [3]string{"user", "deletion"}},
	{"ANOM_MOD_ACCT", "changed-account-unusually", "iam", [3]string{"user", "change"}},
	{"ANOM_EXEC", "attempted-execution-of-watched-program", "process", [3]string{"start"}},
	{"ANOM_MK_EXEC", "made-executable", "file", [3]string{"change"}},
	{"ANOM_CREAT", "created-suspiciously", "file", [3]string{"creation"}},
	{"ANOM_ACCESS_FS", "accessed-watched-file", "file", [3]string{"access"}},
	{"ANOM_MAX_DAC", "max-dac-failures-reached", "process", [3]string{"info"}},
	{"ANOM_MAX_MAC", "max-mac-failures-reached", "process", [3]string{"info"}},
	{"ANOM_AMTU_FAIL", "failed-self-test", "host", [3]string{"error"}},
	{"ANOM_CRYPTO_FAIL", "failed-crypto-self-test", "host", [3]string{"error"}},
	{"ANOM_RBAC_FAIL", "failed-rbac-self-test", "host", [3]string{"error"}},
	{"ANOM_RBAC_INTEGRITY_FAIL", "failed-rbac-integrity-test", "host", [3]string{"error"}},
	{"RESP_ACCT_LOCK", "locked-account-in-response", "iam", [3]string{"user", "change"}},
	{"RESP_ACCT_LOCK_TIMED", "locked-account-in-response", "iam", [3]string{"user", "change"}},
	{"RESP_ACCT_UNLOCK_TIMED", "unlocked-account-in-response", "iam", [3]string{"user", "change"}},
	{"RESP_ACCT_REMOTE", "locked-remote-account-in-response", "iam", [3]string{"user", "change"}},
	{"RESP_ORIGIN_BLOCK", "blocked-origin-in-response", "network", [3]string{"denied"}},
	{"RESP_ORIGIN_BLOCK_TIMED", "blocked-origin-in-response", "network", [3]string{"denied"}},
	{"RESP_ORIGIN_UNBLOCK_TIMED", "unblocked-origin-in-response", "network", [3]string{"change"}},
	{"RESP_KILL_PROC", "killed-process-in-response", "process", [3]string{"end"}},
	{"RESP_TERM_ACCESS", "ended-session-in-response", "session", [3]string{"end"}},
	{"RESP_TERM_LOCK", "locked-terminal-in-response", "session", [3]string{"change"}},
	{"RESP_EXEC", "ran-script-in-response", "process", [3]string{"start"}},
	{"RESP_HALT", "halted-in-response", "host", [3]string{"end"}},
	{"RESP_SINGLE", "single-user-in-response", "host", [3]string{"change"}},
	{"RESP_SEBOOL", "set-boolean-in-response", "configuration", [3]string{"change"}},
	{"RESP_ALERT", "alerted", "host", [3]string{"info"}},
	{"RESP_ANOMALY", "ignored-anomaly", "host", [3]string{"info"}},
	{"VIRT_INTEGRITY_CHECK", "checked-virtual-machine", "host", [3]string{"info"}},
	{"VIRT_MIGRATE_IN", "migrated-virtual-machine", "host", [3]string{"change"}},
	{"VIRT_MIGRATE_OUT", "migrated-virtual-machine", "host", [3]string{"change"}},
	{"VIRT_CREATE", "controlled-virtual-machine", "host", [3]string{"change"}},
	{"VIRT_DESTROY", "controlled-virtual-machine", "host", [3]string{"change"}},
	{"TTY", "typed", "process", [3]string{"info"}},
	{"USER_TTY", "typed", "process", [3]string{"info"}},
}

// auditNumbers are the types that the kernel's own log states as numbers.
// They are those of linux/audit.h and of libaudit.h.
var auditNumbers = [...]struct{ number, typ string }{
	{"1006", "LOGIN"}, {"1100", "USER_AUTH"}, {"1101", "USER_ACCT"}, {"1102", "USER_MGMT"}, {"1103", "CRED_ACQ"}, {"1104", "CRED_DISP"}, {"1105", "USER_START"}, {"1106", "USER_END"},
	{"1107", "USER_AVC"}, {"1108", "USER_CHAUTHTOK"}, {"1109", "USER_ERR"}, {"1110", "CRED_REFR"}, {"1111", "USYS_CONFIG"}, {"1112", "USER_LOGIN"}, {"1113", "USER_LOGOUT"},
	{"1114", "ADD_USER"}, {"1115", "DEL_USER"}, {"1116", "ADD_GROUP"}, {"1117", "DEL_GROUP"}, {"1118", "DAC_CHECK"}, {"1119", "CHGRP_ID"}, {"1120", "TEST"}, {"1121", "TRUSTED_APP"},
	{"1122", "USER_SELINUX_ERR"}, {"1123", "USER_CMD"}, {"1124", "USER_TTY"}, {"1125", "CHUSER_ID"}, {"1126", "GRP_AUTH"}, {"1127", "SYSTEM_BOOT"}, {"1128", "SYSTEM_SHUTDOWN"},
	{"1129", "SYSTEM_RUNLEVEL"}, {"1130", "SERVICE_START"}, {"1131", "SERVICE_STOP"}, {"1132", "GRP_MGMT"}, {"1133", "GRP_CHAUTHTOK"}, {"1134", "MAC_CHECK"}, {"1135", "ACCT_LOCK"},
	{"1136", "ACCT_UNLOCK"}, {"1137", "USER_DEVICE"}, {"1138", "SOFTWARE_UPDATE"}, {"1200", "DAEMON_START"}, {"1201", "DAEMON_END"}, {"1202", "DAEMON_ABORT"}, {"1203", "DAEMON_CONFIG"},
	{"1204", "DAEMON_RECONFIG"}, {"1205", "DAEMON_ROTATE"}, {"1206", "DAEMON_RESUME"}, {"1207", "DAEMON_ACCEPT"}, {"1208", "DAEMON_CLOSE"}, {"1209", "DAEMON_ERR"},
	{"1300", "SYSCALL"}, {"1302", "PATH"}, {"1303", "IPC"}, {"1304", "SOCKETCALL"}, {"1305", "CONFIG_CHANGE"}, {"1306", "SOCKADDR"}, {"1307", "CWD"}, {"1309", "EXECVE"},
	{"1311", "IPC_SET_PERM"}, {"1317", "FD_PAIR"}, {"1318", "OBJ_PID"}, {"1319", "TTY"}, {"1320", "EOE"}, {"1321", "BPRM_FCAPS"}, {"1322", "CAPSET"}, {"1323", "MMAP"},
	{"1324", "NETFILTER_PKT"}, {"1325", "NETFILTER_CFG"}, {"1326", "SECCOMP"}, {"1327", "PROCTITLE"}, {"1328", "FEATURE_CHANGE"}, {"1329", "REPLACE"}, {"1330", "KERN_MODULE"},
	{"1331", "FANOTIFY"}, {"1332", "TIME_INJOFFSET"}, {"1333", "TIME_ADJNTPVAL"}, {"1334", "BPF"}, {"1335", "EVENT_LISTENER"}, {"1336", "URINGOP"}, {"1337", "OPENAT2"},
	{"1338", "DM_CTRL"}, {"1339", "DM_EVENT"}, {"1400", "AVC"}, {"1401", "SELINUX_ERR"}, {"1402", "AVC_PATH"}, {"1403", "MAC_POLICY_LOAD"}, {"1404", "MAC_STATUS"},
	{"1405", "MAC_CONFIG_CHANGE"}, {"1406", "MAC_UNLBL_ALLOW"}, {"1407", "MAC_CIPSOV4_ADD"}, {"1408", "MAC_CIPSOV4_DEL"}, {"1409", "MAC_MAP_ADD"}, {"1410", "MAC_MAP_DEL"},
	{"1411", "MAC_IPSEC_ADDSA"}, {"1412", "MAC_IPSEC_DELSA"}, {"1413", "MAC_IPSEC_ADDSPD"}, {"1414", "MAC_IPSEC_DELSPD"}, {"1415", "MAC_IPSEC_EVENT"}, {"1416", "MAC_UNLBL_STCADD"},
	{"1417", "MAC_UNLBL_STCDEL"}, {"1418", "MAC_CALIPSO_ADD"}, {"1419", "MAC_CALIPSO_DEL"}, {"1423", "LANDLOCK_ACCESS"}, {"1424", "LANDLOCK_DOMAIN"},
	{"1700", "ANOM_PROMISCUOUS"}, {"1701", "ANOM_ABEND"}, {"1702", "ANOM_LINK"}, {"1703", "ANOM_CREAT"}, {"1800", "INTEGRITY_DATA"}, {"1801", "INTEGRITY_METADATA"},
	{"1802", "INTEGRITY_STATUS"}, {"1803", "INTEGRITY_HASH"}, {"1804", "INTEGRITY_PCR"}, {"1805", "INTEGRITY_RULE"}, {"1806", "INTEGRITY_EVM_XATTR"}, {"1807", "INTEGRITY_POLICY_RULE"},
	{"2100", "ANOM_LOGIN_FAILURES"}, {"2101", "ANOM_LOGIN_TIME"}, {"2102", "ANOM_LOGIN_SESSIONS"}, {"2103", "ANOM_LOGIN_ACCT"}, {"2104", "ANOM_LOGIN_LOCATION"},
	{"2300", "USER_ROLE_CHANGE"}, {"2301", "ROLE_ASSIGN"}, {"2302", "ROLE_REMOVE"}, {"2404", "CRYPTO_KEY_USER"}, {"2407", "CRYPTO_SESSION"}, {"2408", "CRYPTO_IKE_SA"},
	{"2409", "CRYPTO_IPSEC_SA"}, {"2500", "VIRT_CONTROL"}, {"2501", "VIRT_RESOURCE"}, {"2502", "VIRT_MACHINE_ID"},
}

// auditCalls names the system calls that rules ask for, by their numbers on x86-64 and arm64.
var auditCalls = [...]struct{ x86, arm, name string }{
	{"59", "221", "execve"}, {"322", "281", "execveat"}, {"101", "117", "ptrace"}, {"175", "105", "init_module"}, {"313", "273", "finit_module"},
	{"176", "106", "delete_module"}, {"90", "", "chmod"}, {"91", "52", "fchmod"}, {"268", "53", "fchmodat"}, {"92", "", "chown"}, {"260", "54", "fchownat"},
	{"2", "", "open"}, {"257", "56", "openat"}, {"87", "", "unlink"}, {"263", "35", "unlinkat"}, {"82", "", "rename"}, {"264", "38", "renameat"},
	{"316", "276", "renameat2"}, {"42", "203", "connect"}, {"49", "200", "bind"}, {"165", "40", "mount"}, {"272", "97", "unshare"}, {"308", "268", "setns"},
	{"105", "146", "setuid"}, {"117", "147", "setresuid"}, {"235", "", "utimes"}, {"280", "88", "utimensat"}, {"310", "270", "process_vm_readv"},
	{"311", "271", "process_vm_writev"}, {"321", "280", "bpf"}, {"319", "279", "memfd_create"}, {"62", "129", "kill"}, {"164", "170", "settimeofday"},
	{"227", "112", "clock_settime"}, {"159", "171", "adjtimex"}, {"170", "161", "sethostname"},
	{"41", "198", "socket"}, {"43", "202", "accept"}, {"44", "206", "sendto"}, {"45", "207", "recvfrom"}, {"46", "211", "sendmsg"}, {"47", "212", "recvmsg"}, {"50", "201", "listen"}, {"288", "242", "accept4"}, {"56", "220", "clone"}, {"57", "", "fork"}, {"58", "", "vfork"}, {"435", "435", "clone3"},
	{"85", "", "creat"}, {"76", "45", "truncate"}, {"77", "46", "ftruncate"}, {"86", "", "link"}, {"88", "", "symlink"}, {"265", "37", "linkat"}, {"266", "36", "symlinkat"}, {"83", "", "mkdir"}, {"258", "34", "mkdirat"}, {"84", "", "rmdir"},
	{"93", "55", "fchown"}, {"94", "", "lchown"}, {"188", "5", "setxattr"}, {"189", "6", "lsetxattr"}, {"190", "7", "fsetxattr"}, {"197", "14", "removexattr"}, {"106", "144", "setgid"}, {"113", "145", "setreuid"}, {"166", "39", "umount2"},
	{"161", "51", "chroot"}, {"169", "142", "reboot"}, {"246", "104", "kexec_load"}, {"320", "294", "kexec_file_load"}, {"171", "162", "setdomainname"}, {"200", "130", "tkill"}, {"234", "131", "tgkill"}, {"437", "437", "openat2"}, {"9", "222", "mmap"}, {"10", "226", "mprotect"},
	{"135", "92", "personality"}, {"99", "179", "sysinfo"}, {"103", "116", "syslog"}, {"133", "", "mknod"}, {"259", "33", "mknodat"},
}

// isAudit says whether m is a record as auditd writes it.
func isAudit(m []byte) bool {
	switch {
	case len(m) < 24:
		return false
	case m[0] == 't' && hasPrefix(m, "type="), m[0] == 'n' && hasPrefix(m, "node="), m[0] == 'a' && hasPrefix(m, "audit: type="):
		return index(m[:min(len(m), 320)], "audit(") > 0
	}
	return false
}

// audit reads "[node=N] type=T msg=audit(seconds.millis:serial): key=value …". Every record is a row of its own; those of
// one event have the same auditd.id.
func (p *Parser) audit(b *event.Batch, h *header, m []byte) bool {
	m, _ = after(m, "audit: ")
	if node, ok := after(m, "node="); ok {
		node, m = word(node)
		if m = skipBlanks(m); h.host == nil {
			b.Set(event.HostName, node)
			b.Set(event.HostHostname, node)
		}
	}
	typ, rest := word(m[min(len(m), len("type=")):])
	_, rest, _ = cut(rest, "audit(")
	id, rest, ok := cut(rest, ")")
	if !ok {
		return false
	}
	rest, _ = after(rest, ":")
	if clock, _, ok := cutLast(id, ":"); ok {
		auditStamp(clock, &h.stamp)
	}
	return p.auditRecord(b, h, typ, id, skipBlanks(rest))
}

func auditStamp(s []byte, c *civil) {
	whole, part, _ := cut(s, ".")
	sec, ok := number(whole)
	ms, _ := number(part)
	if !ok && len(s) > 19 && readMore(s, c) { // ausearch -i: 11/23/2026 18:14:15.123
		return
	}
	if !ok || sec < 0 || sec > 9e9 || ms < 0 || ms > 999 {
		return
	}
	t := time.Unix(sec, ms*1e6).UTC()
	*c = civil{has: true, hasYear: true, hasZone: true, year: int32(t.Year()), month: int8(t.Month()), day: int8(t.Day()),
		hour: int8(t.Hour()), min: int8(t.Minute()), sec: int8(t.Second()), nsec: int32(t.Nanosecond())}
}

func (p *Parser) auditRecord(b *event.Batch, h *header, typ, id, m []byte) bool {
	if len(typ) == 4 && digit(typ[0]) {
		for i := range auditNumbers {
			if string(typ) == auditNumbers[i].number {
				typ = unsafeBytes(auditNumbers[i].typ)
				break
			}
		}
	}
	c := class{dataset: "auditd.log", module: "auditd"}
	for i := range auditKinds {
		if k := &auditKinds[i]; string(typ) == k.typ {
			c.action, c.category, c.types = k.action, k.category, k.types
			break
		}
	}
	c.set(b)
	b.SetString(event.HostOSType, "linux")
	b.Set(event.EventCode, typ)
	b.Label([]byte("auditd.id"), id)
	if string(typ) == "EXECVE" {
		p.auditArgs(b, m)
		return true
	}
	m, enriched, _ := cut(m, "\x1d") // numbers, and behind them what they are called
	a := auditLine{p: p, b: b, typ: typ, id: id, far: &dst, farPort: event.DestinationPort}
	if len(id) > 0 && string(id) == string(p.accepted) { // the address that accept gave is that of who called
		a.far, a.farPort = &src, event.SourcePort
	}
	if string(typ) == "AVC" || string(typ) == "USER_AVC" {
		a.access(m)
	}
	if string(typ) == "SYSCALL" && index(m, " msg=audit(") >= 0 {
		a.joined(m)
	} else {
		a.read(m)
		a.read(enriched)
	}
	a.finish()
	return true
}

// joined reads a system call behind which its other records stand in the same line, as Wazuh's agent puts them together.
func (a *auditLine) joined(m []byte) {
	b := a.b
	found := false // a file that was made, taken away, or the first that was used
	for typ := a.typ; ; {
		own, next, rest := m, []byte(nil), []byte(nil)
		for at := 0; ; { // a value may hold " type=", too
			i := index(m[at:], " type=")
			if i < 0 {
				break
			}
			at += i + len(" type=")
			t, behind := word(m[at:min(len(m), at+96)])
			if id, ok := after(skipBlanks(behind), "msg=audit("); ok {
				if id, _, ok = cut(id, "): "); ok {
					own, next, rest = m[:at-len(" type=")], t, m[at+len(t)+len(" msg=audit(")+len(id)+len("): "):]
					break
				}
			}
		}
		switch string(typ) {
		case "EXECVE":
			a.p.auditArgs(b, own)
		case "PATH":
			made := index(own, "nametype=CREATE") >= 0
			if gone := index(own, "nametype=DELETE") >= 0; made || gone {
				b.AddString(event.EventCategory, "file")
				b.AddString(event.EventType, map[bool]string{true: "creation", false: "deletion"}[made])
				found = false
			}
			if !found && index(own, "nametype=PARENT") < 0 {
				found = true
				a.read(own)
			}
		case "PROCTITLE":
			if !(event.Event{Batch: b, Row: b.Rows()}).Present(event.ProcessCommandLine) { // the arguments say more
				a.read(own)
			}
		default:
			a.read(own)
		}
		if next == nil {
			return
		}
		typ, m = next, rest
	}
}

// auditLine is a record being read.
type auditLine struct {
	p                   *Parser
	b                   *event.Batch
	typ, id             []byte
	far                 *side // which a socket's address is
	farPort             event.Field
	arch, call          []byte
	exe, comm           []byte
	acct, uid, terminal []byte
	account             []byte // the name of the account that a number of its own says
	denied              bool
	permissive          bool
}

func (a *auditLine) read(m []byte) {
	for r := (pairs{s: m}); ; {
		key, v, ok := r.next()
		if !ok {
			return
		}
		if rest, ok := after(key, "msg='"); ok { // msg='op=login …'
			key = rest
		} else if string(key) == "msg" && len(v) > 1 && v[0] == '\'' {
			var found bool
			if key, v, found = cut(v[1:], "="); !found {
				continue
			}
			v = unquote(v)
		}
		if n := len(v); n > 4 && (v[n-1] == '"' || v[n-1] == '{') {
			v = a.enriched(v)
		}
		for len(v) > 0 && v[len(v)-1] == '\'' {
			v = v[:len(v)-1]
		}
		switch string(v) {
		case "", "?", "(null)", "(none)", "unset", "4294967295":
			continue
		}
		a.pair(key, v)
	}
}

// enriched takes off what auditd adds to a record, where the sign between them (GS) was lost: failed'UID="root", 1AUID="alice".
func (a *auditLine) enriched(v []byte) []byte {
	if raw, _, ok := cut(v, "SADDR={"); ok {
		return raw
	}
	at := index(v, `="`)
	from := at
	for from > 0 && (v[from-1]-'A' < 26 || v[from-1] == '-') {
		from--
	}
	if at < 0 || from == at {
		return v
	}
	a.pair(v[from:at], v[at+2:len(v)-1])
	return v[:from]
}

func (a *auditLine) pair(key, v []byte) {
	b := a.b
	switch string(key) {
	case "pid":
		setNum(b, event.ProcessPID, v)
	case "ppid":
		setNum(b, event.ProcessParentPID, v)
	case "uid":
		if !digits(v) { // ausearch -i writes names
			a.uid = v
			break
		}
		b.Set(event.UserID, v)
	case "euid":
		if !digits(v) {
			b.Set(event.UserEffectiveName, v)
			break
		}
		b.Set(event.UserEffectiveID, v)
	case "UID":
		a.uid = v
	case "EUID":
		b.Set(event.UserEffectiveName, v)
	case "AUID":
		b.Label([]byte("auditd.auid_name"), v)
	case "exe":
		a.exe = v
	case "comm":
		a.comm = v
	case "acct":
		a.acct = v
	case "arch":
		a.arch = v
	case "syscall", "SYSCALL":
		a.call = v
	case "name":
		if name := a.text(v); string(a.typ) == "AVC" && index(name, "/") < 0 { // SELinux' is the last part of a path
			b.Set(event.FileName, name)
		} else {
			b.Set(event.FilePath, name)
		}
	case "path":
		b.Set(event.FilePath, a.text(v))
	case "mode":
		b.Set(event.FileMode, v)
	case "cwd":
		b.Set(event.ProcessWorkingDirectory, a.text(v))
	case "proctitle", "cmd", "data":
		b.Set(event.ProcessCommandLine, a.text(v))
	case "unit":
		b.Set(event.ServiceName, v)
	case "addr":
		if isIP(v) {
			setAddr(b, &src, v)
		}
	case "id":
		a.accountID(v)
	case "ID":
		a.account = v
	case "OUID":
		b.Set(event.FileOwner, v)
	case "user": // VIRT_CONTROL's
		if a.acct == nil {
			a.acct = v
		}
	case "rport":
		setPort(b, event.SourcePort, v)
	case "laddr", "daddr":
		if isIP(v) {
			setAddr(b, a.far, v)
		}
	case "lport", "dest":
		if !setPort(b, a.farPort, v) {
			a.label(key, v)
		}
	case "src": // of a packet the port, of a rule the address
		if isIP(v) {
			setAddr(b, &src, v)
		} else if !setPort(b, event.SourcePort, v) {
			a.label(key, v)
		}
	case "dst":
		if isIP(v) {
			setAddr(b, &dst, v)
		} else {
			a.label(key, v)
		}
	case "saddr":
		if isIP(v) { // of a packet
			setAddr(b, &src, v)
			break
		}
		a.socket(v)
		a.label(key, v)
	case "hostname":
		if !isIP(v) {
			b.Set(event.SourceDomain, v)
		}
	case "terminal":
		a.terminal = v
	case "exit":
		b.Label([]byte("auditd.exit"), v)
	case "success", "res":
		switch string(v) {
		case "yes", "success", "1":
			b.SetString(event.EventOutcome, "success")
		case "no", "failed", "0":
			b.SetString(event.EventOutcome, "failure")
		}
	case "grp":
		b.Set(event.GroupName, a.text(v))
	case "permissive":
		a.permissive = string(v) == "1"
		a.label(key, v)
	case "apparmor":
		if a.denied = string(v) == "DENIED"; !a.denied { // STATUS, ALLOWED, AUDIT
			b.Unset(event.EventAction)
			b.SetString(event.EventAction, "apparmor-note")
			b.Unset(event.EventType)
			b.AddString(event.EventType, "info")
		}
		a.label(key, v)
	case "key":
		a.label(key, a.text(v))
	default:
		a.label(key, v)
	}
}

// accountID sets what the number id of a record means; auditd.id is that of the event.
func (a *auditLine) accountID(v []byte) {
	switch string(a.typ) {
	case "ADD_USER", "DEL_USER", "USER_MGMT", "USER_CHAUTHTOK", "ACCT_LOCK", "ACCT_UNLOCK", "ROLE_ASSIGN", "ROLE_REMOVE", "USER_ROLE_CHANGE", "CHUSER_ID":
		a.b.Set(event.UserTargetID, v)
	case "ADD_GROUP", "DEL_GROUP", "GRP_MGMT", "CHGRP_ID", "GRP_CHAUTHTOK":
		a.b.Set(event.GroupID, v)
	default:
		a.label([]byte("account_id"), v)
	}
}

func (a *auditLine) label(key, v []byte) {
	a.p.key = append(append(a.p.key[:0], "auditd."...), key...)
	a.b.Label(a.p.key, v)
}

// finish sets what more than one value is needed for.
func (a *auditLine) finish() {
	b := a.b
	a.syscall()
	if len(a.comm) > 0 {
		a.label([]byte("comm"), a.text(a.comm))
	}
	if exe := a.text(a.exe); len(exe) > 0 {
		b.Set(event.ProcessExecutable, exe)
		if hasSuffix(exe, " (deleted)") {
			exe = exe[:len(exe)-len(" (deleted)")]
		}
		b.Set(event.ProcessName, baseName(exe))
	} else if len(a.comm) > 0 {
		b.Set(event.ProcessName, a.text(a.comm))
	}
	user := a.uid
	if a.acct != nil {
		user = a.text(a.acct)
		switch string(user) {
		case "(unknown user)", "(invalid user)", "(unknown)": // what stands for a name
			user = nil
		}
	}
	switch string(a.typ) {
	case "ADD_USER", "DEL_USER", "USER_MGMT", "USER_CHAUTHTOK", "ACCT_LOCK", "ACCT_UNLOCK", "ROLE_ASSIGN":
		if a.acct == nil && a.account != nil {
			user = a.text(a.account)
		}
		b.Set(event.UserTargetName, user)
		b.Set(event.UserName, a.uid)
	case "USER_LOGIN", "USER_LOGOUT":
		if a.acct == nil && a.account != nil { // UID is sshd's
			user = a.text(a.account)
		}
		b.Set(event.UserName, user)
	case "ADD_GROUP", "DEL_GROUP", "GRP_MGMT", "GRP_CHAUTHTOK":
		if g := a.text(a.acct); len(g) > 0 && !(event.Event{Batch: b, Row: b.Rows()}).Present(event.GroupName) {
			b.Set(event.GroupName, g)
		} else if len(g) > 0 { // grp= names the group: who is put into it
			b.Set(event.UserTargetName, g)
		}
		b.Set(event.UserName, a.uid)
	default:
		b.Set(event.UserName, user)
	}
	if a.terminal != nil {
		a.label([]byte("terminal"), a.terminal)
	}
	if a.denied && !a.permissive {
		b.SetString(event.EventOutcome, "failure")
	} else if a.denied { // what would have been denied
		b.SetString(event.EventOutcome, "success")
	}
}

func (a *auditLine) syscall() {
	if a.call == nil {
		return
	}
	name := a.call
	for i := range auditCalls {
		c := &auditCalls[i]
		if string(a.arch) == "c000003e" && string(a.call) == c.x86 || string(a.arch) == "c00000b7" && string(a.call) == c.arm {
			name = unsafeBytes(c.name)
			break
		}
	}
	switch string(name) {
	case "accept", "accept4", "recvfrom", "recvmsg":
		a.p.accepted = append(a.p.accepted[:0], a.id...)
	}
	a.label([]byte("syscall"), name)
	a.b.Set(event.EventAction, name)
	if string(name) == "execve" || string(name) == "execveat" {
		a.b.AddString(event.EventType, "start")
	}
}
