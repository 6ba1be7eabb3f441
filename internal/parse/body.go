package parse

import "watchpost/internal/event"

// program reads the message m behind the header h. It reports false where the line is not of its kind.
type program func(b *event.Batch, h *header, m []byte) bool

// body reads the message behind a header: by its shape where that tells, else by the program that wrote it. It reports
// whether a parser knows what the line is.
func (p *Parser) body(b *event.Batch, h *header) bool {
	if controlEscaped(h.msg) {
		p.plain = unescapeControl(p.plain[:0], h.msg)
		h.msg = p.plain
	}
	m := h.msg
	if rest, ok := cri(m); ok {
		b.Unset(event.Message)
		b.Set(event.Message, rest)
		m = rest
	}
	if hasPrefix(m, "[ID ") { // Solaris numbers its messages: [ID 800047 auth.info]
		if _, rest, ok := cut(m[:min(len(m), 64)], "] "); ok {
			m = m[len(m[:min(len(m), 64)])-len(rest):]
		}
	}
	if a := uptime(m); isAudit(a) {
		return p.audit(b, h, a)
	} else if string(h.app) == "audit" && len(a) > 1 && a[0]-'A' < 26 && a[1]-'A' < 26 { // journald's: the type and what stands behind the stamp
		typ, rest := word(a)
		return p.auditRecord(b, h, typ, nil, skipBlanks(rest))
	}
	if rest, ok := after(m, "vectra_json"); ok { // "vectra_json -: {", whose tag ends late
		if i := index(rest[:min(len(rest), 8)], "{"); i >= 0 {
			m = rest[i:]
		}
	}
	if len(m) > 0 && (m[0] == 'L' || digit(m[0])) && p.splunkEvent(b, h, m) {
		return true
	}
	if t := trimJSON(m); len(t) > 0 {
		switch t[0] {
		case '{':
			if len(h.app) == 0 || len(t) < 2 || !alpha(t[1]) { // Nextcloud: {core} Login failed: …
				return p.jsonBody(b, h, t)
			}
		case '%':
			if cisco(p, b, h, t) {
				return true
			}
		case '<':
			if isWindowsXML(t) {
				return p.windowsXML(b, h, t)
			}
		case '*':
			if aireOS(p, b, h, t) || hasPrefix(t, "** Alert ") && (ossec(p, b, h, t) || ossecPart(p, b, h, t)) {
				return true
			}
		case '@':
			if hasPrefix(t, "@@") && ruckusZone(p, b, h, t) {
				return true
			}
		}
	}
	if string(h.app) == "MSWinEventLog" {
		return p.snare(b, h, m)
	}
	if string(h.app) == "WinEvtLog" && p.winEvtLog(b, h, m) {
		return true
	}
	if rest, ok := after(m, "MSWinEventLog\t"); ok { // whose tabs were escaped when the header was read
		return p.snare(b, h, rest)
	}
	if devices(p, b, h, m) {
		return true
	}
	if len(h.app) > 0 {
		name := programName(h.app)
		if f := managers(name); f != nil && f(p, b, h, m) {
			return true
		}
		if f := programs(name); f != nil && f(b, h, m) {
			return true
		}
		if s := p.servers[string(name)]; s != nil && s.read(p, b, skipBlanks(m)) {
			return true
		}
	}
	return shapes(p, b, h, m)
}

// managers are the programs of products that tell of other computers, and gateways: they have dictionaries, which need a Parser.
func managers(name []byte) func(*Parser, *event.Batch, *header, []byte) bool {
	switch string(name) {
	case "SymantecServer":
		return symantec
	case "Microsoft-Windows-Security-Auditing", "Microsoft-Windows-Eventlog", "Security-Auditing":
		return auditMessage
	case "PulseSecure", "Juniper", "Ivanti":
		return pulse
	case "bluecoat", "ProxySG", "proxysg":
		return bluecoatPairs
	case "CylancePROTECT":
		return cylanceLine
	case wazuhTag:
		return ossec
	case "Rule": // a line of alerts.log
		return ossecRule
	case "enSilo", "FortiEDR":
		return fortiEDR
	case "ADAuditPlus":
		return adAuditPlus
	case "EPOEvents", "EPOevents":
		return epo
	case "fwlog":
		return sangfor
	case "raslogd":
		return brocade
	case "ESA", "WSA", "IronPort", "ironport":
		return ironPort
	case "vpxd", "vpxd-main", "Hostd", "hostd", "shell", "applmgmt-audit", "vobd":
		return vmwareHost
	}
	return nil
}

// programs lists the parsers by program.
func programs(name []byte) program {
	if f := hostPrograms(name); f != nil {
		return f
	}
	if f := netPrograms(name); f != nil {
		return f
	}
	switch string(name) {
	case "sshd", "sshd-session", "sshd-auth":
		return sshd
	case "unix_chkpwd":
		return checkPassword
	case "sudo", "sudo-rs":
		return sudo
	case "snort", "snort3", "suricata", "barnyard2", "barnyard":
		return snort
	case "THOR":
		return thor
	case "su":
		return su
	case "useradd", "usermod", "userdel", "groupadd", "groupmod", "groupdel", "gpasswd", "passwd", "chage", "chpasswd", "chsh", "chfn", "vipw", "adduser", "deluser", "newusers", "newgrp", "sg", "groupmems":
		return account
	}
	return nil
}

// shapes tries what can be told from the message alone, whoever wrote it.
func shapes(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if len(m) == 0 {
		return len(h.sd) > 0 && p.byWords.read(p, b, h, m)
	}
	if hasPrefix(m, "pam_") || hasPrefix(m, "(pam_") || h.app != nil && h.app[len(h.app)-1] == ')' {
		if pam(b, h, m) {
			return true
		}
	}
	if isFortinet(m) {
		return p.fortinet(b, h, m)
	}
	if p.byForm.read(p, b, h, m) {
		return true
	}
	if i := index(m, "SRC="); i >= 0 && index(m[i:], " DST=") > 0 {
		return iptables(b, h, m)
	}
	if rest, ok := after(uptime(m), "wireguard: "); ok && vpn(b, wireguardShapes[:], "wireguard", rest) {
		return true
	}
	return p.byWords.read(p, b, h, m)
}
