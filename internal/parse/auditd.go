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
	{"TTY", "typed", "process", [3]string{"info"}},
	{"USER_TTY", "typed", "process", [3]string{"info"}},
}

// auditNumbers are the types that the kernel's own log states as numbers.
var auditNumbers = [...]struct{ number, typ string }{
	{"1100", "USER_AUTH"}, {"1101", "USER_ACCT"}, {"1105", "USER_START"}, {"1106", "USER_END"}, {"1112", "USER_LOGIN"}, {"1123", "USER_CMD"},
	{"1130", "SERVICE_START"}, {"1131", "SERVICE_STOP"}, {"1300", "SYSCALL"}, {"1302", "PATH"}, {"1305", "CONFIG_CHANGE"}, {"1306", "SOCKADDR"},
	{"1307", "CWD"}, {"1309", "EXECVE"}, {"1325", "NETFILTER_CFG"}, {"1326", "SECCOMP"}, {"1327", "PROCTITLE"}, {"1330", "KERN_MODULE"},
	{"1400", "AVC"}, {"1404", "MAC_STATUS"}, {"1700", "ANOM_PROMISCUOUS"}, {"1701", "ANOM_ABEND"},
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
	if clock, _, ok := cut(id, ":"); ok {
		auditStamp(clock, &h.stamp)
	}
	return p.auditRecord(b, h, typ, id, skipBlanks(rest))
}

func auditStamp(s []byte, c *civil) {
	whole, part, _ := cut(s, ".")
	sec, ok := number(whole)
	ms, _ := number(part)
	if !ok || sec < 0 || sec > 9e9 || ms < 0 || ms > 999 {
		return
	}
	t := time.Unix(sec, ms*1e6).UTC()
	*c = civil{has: true, hasYear: true, hasZone: true, year: int32(t.Year()), month: int8(t.Month()), day: int8(t.Day()),
		hour: int8(t.Hour()), min: int8(t.Minute()), sec: int8(t.Second()), nsec: int32(t.Nanosecond())}
}

func (p *Parser) auditRecord(b *event.Batch, h *header, typ, id, m []byte) bool {
	for i := range auditNumbers {
		if string(typ) == auditNumbers[i].number {
			typ = unsafeBytes(auditNumbers[i].typ)
			break
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
	a.read(m)
	a.read(enriched)
	a.finish()
	return true
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
		b.Set(event.UserID, v)
	case "euid":
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
	case "src":
		if !setPort(b, event.SourcePort, v) {
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
		a.denied = string(v) == "DENIED"
		a.label(key, v)
	case "key":
		a.label(key, a.text(v))
	default:
		a.label(key, v)
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
		b.Set(event.ProcessName, baseName(exe))
	} else if len(a.comm) > 0 {
		b.Set(event.ProcessName, a.text(a.comm))
	}
	user := a.uid
	if a.acct != nil {
		user = a.text(a.acct)
	}
	switch string(a.typ) {
	case "ADD_USER", "DEL_USER", "USER_MGMT", "USER_CHAUTHTOK", "ACCT_LOCK", "ACCT_UNLOCK", "ROLE_ASSIGN":
		b.Set(event.UserTargetName, user)
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
