package parse

import (
	"strconv"

	"watchpost/internal/event"
)

// value puts one value where it belongs.
func (w *winEvent) value(id string, name, v []byte) {
	b := w.b
	if f, ok := windowsFields[string(name)]; ok {
		if w.missing(f) && (w.program || !ofResource(f)) {
			b.Set(f, v)
		}
		return
	}
	switch string(name) {
	case "Detection User", "Domain User":
		w.user = v
	case "ServiceType":
		if id == "4697" {
			b.SetString(event.ServiceType, serviceTypes[string(v)])
		}
	case "ID":
		if w.sysmon && id == "255" {
			b.Set(event.ErrorCode, v)
		}
	case "Device":
		if w.sysmon && w.missing(event.FilePath) {
			b.Set(event.FilePath, v)
		}
	case "Requester": // of a certificate
		w.user = v
	case "RuleName", "RuleId", "RuleID": // of Sysmon, and of the host's firewall
		if w.sysmon || len(id) == 4 && hasPrefix(bytesOf(id), "49") {
			if string(name) == "RuleName" {
				b.Set(event.RuleName, v)
			} else {
				b.Set(event.RuleID, v)
			}
		}
	case "IpAddress", "SourceIp", "ClientAddress", "SourceAddress":
		if w.missing(event.SourceIP) && isIP(v) {
			setAddr(b, &src, v)
		}
	case "IpPort", "SourcePort":
		if n, ok := number(v); ok && n > 0 && w.missing(event.SourcePort) {
			setPort(b, event.SourcePort, v)
		}
	case "DestinationIp", "DestAddress":
		if w.missing(event.DestinationIP) && isIP(v) {
			setAddr(b, &dst, v)
		}
	case "DestinationPort", "DestPort":
		if w.missing(event.DestinationPort) {
			setPort(b, event.DestinationPort, v)
		}
	case "Protocol":
		setTransport(b, v)
	case "Direction": // of the filtering platform
		switch string(v) {
		case "%%14592", "Inbound":
			b.SetString(event.NetworkDirection, "ingress")
		case "%%14593", "Outbound":
			b.SetString(event.NetworkDirection, "egress")
		}
	case "Initiated":
		switch string(v) {
		case "true":
			b.SetString(event.NetworkDirection, "egress")
		case "false":
			b.SetString(event.NetworkDirection, "ingress")
		}
	case "DestinationPortName":
		if len(v) > 1 && w.missing(event.NetworkProtocol) {
			b.Set(event.NetworkProtocol, v)
		}
	case "ProcessId", "SourceProcessId", "ProcessID", "CallerProcessId":
		if w.t.flat == flatYes && string(name) == "ProcessID" && w.service != "tasks" && id != "5156" && id != "5157" { // of who wrote the record
			return
		}
		if id == "4688" {
			setPID(b, event.ProcessParentPID, v)
		} else if w.missing(event.ProcessPID) {
			setPID(b, event.ProcessPID, v)
		}
	case "NewProcessId":
		setPID(b, event.ProcessPID, v)
	case "ParentProcessId":
		setPID(b, event.ProcessParentPID, v)
	case "Hashes", "Hash":
		w.hashes(id, v)
	case "MandatoryLabel":
		if l := integrity(v); l != "" && id == "4688" {
			w.mark(eventData+"IntegrityLevel", l)
		}
	case "Details":
		b.Add(event.RegistryDataStrings, v)
	case "LogonType":
		b.SetString(event.WinlogLogonType, logonType(v))
	case "TargetLogonId", "LogonID":
		w.logon = v
	case "SubjectLogonId":
		w.subjectLogon = v
	case "ObjectType":
		w.objectType = v
	case "ObjectName", "ObjectDN":
		w.objectName = v
	case "ObjectClass":
		w.objectClass = v
	case "ObjectValueName":
		b.Set(event.RegistryValue, v)
	case "NewValue":
		if id == "4657" {
			b.Add(event.RegistryDataStrings, v)
		}
	case "ShareLocalPath":
		w.share = v
	case "ShareName":
		w.shareName = v
	case "RelativeTargetName":
		w.relative = v
	case "EventType":
		w.eventType = v
		w.t.refused = w.t.refused || string(v) == "AUDIT_FAILURE"
	case "Keywords":
		w.t.refused = w.t.refused || auditFailure(v)
	case "AccountName":
		w.account = v
	case "AccountDomain":
		w.accountDomain = v
	case "OldTargetUserName":
		w.target = v
	case "NewTargetUserName":
		w.newName = v
	case "SubjectUserName":
		w.subject = v
	case "SubjectDomainName":
		w.subjectDomain = v
	case "SubjectUserSid":
		w.subjectSid = v
	case "MemberName":
		w.member = firstCN(v)
	case "MemberSid":
		w.memberSid = v
	case "QueryResults": // type:  5 name;::ffff:192.0.2.7;
		for s := v; len(s) > 0; {
			var one []byte
			one, s, _ = cut(s, ";")
			name := trimBlanks(one)
			if _, rest, ok := cut(name, "type:"); ok {
				_, name = word(skipBlanks(rest))
				name = skipBlanks(name)
			}
			if mapped, ok := after(name, "::ffff:"); ok && isIP(mapped) {
				name = mapped
			}
			if len(name) > 1 {
				b.Add(event.DNSAnswers, name)
				if isIP(name) {
					b.Add(event.DNSResolvedIP, name)
				}
			}
		}
	case "TargetUserName":
		w.target = v
	case "TargetDomainName":
		w.targetDomain = v
	case "TargetUserSid":
		w.targetSid = v
	case "TargetSid": // of whom accounts and groups are managed
		if w.groupSid = v; w.targetSid == nil {
			w.targetSid = v
		}
	case "SourceIsIpv6":
		switch string(v) {
		case "true":
			b.SetString(event.NetworkType, "ipv6")
		case "false":
			b.SetString(event.NetworkType, "ipv4")
		}
	case "User", "SourceUser", "UserContext":
		w.user = v
	case "Status":
		w.status = v
	case "SubStatus":
		w.substate = v
	}
}

// object reads what was touched, and in which session.
func (w *winEvent) object(id string) {
	b := w.b
	if len(w.logon) == 0 || string(w.logon) == "0x0" {
		w.logon = w.subjectLogon
	}
	if w.missing(event.WinlogLogonID) && string(w.logon) != "0x0" {
		b.Set(event.WinlogLogonID, w.logon)
	}
	switch string(w.objectType) {
	case "File":
		if len(w.objectName) > 0 && w.missing(event.FilePath) {
			b.Set(event.FilePath, w.objectName)
		}
	case "Key":
		if w.missing(event.RegistryPath) {
			b.Set(event.RegistryPath, w.objectName)
		}
	default:
		if (id == "4657" || len(id) == 4 && hasPrefix(w.objectName, `\REGISTRY\`)) && w.missing(event.RegistryPath) {
			b.Set(event.RegistryPath, w.objectName)
		}
	}
	switch {
	case len(id) != 4 || !hasPrefix(bytesOf(id), "513") && id != "5141":
	case string(w.objectClass) == "user":
		b.Set(event.UserTargetName, firstCN(w.objectName))
	case string(w.objectClass) == "group":
		b.Set(event.GroupName, firstCN(w.objectName))
	}
	if local, ok := after(w.share, `\??\`); ok && len(w.relative) > 1 && w.missing(event.FilePath) {
		p := append(w.t.p.val[:0], local...)
		if p[len(p)-1] != '\\' {
			p = append(p, '\\')
		}
		w.t.p.val = append(p, w.relative...)
		b.Set(event.FilePath, w.t.p.val)
	}
	if len(w.relative) > 1 && len(w.shareName) > 0 { // as it is called from afar
		w.t.p.val = append(append(append(w.t.p.val[:0], w.shareName...), '\\'), w.relative...)
		b.Set(event.FileTargetPath, w.t.p.val)
		if w.missing(event.FilePath) {
			b.Set(event.FileName, lastName(w.relative))
		}
	}
	if dll := w.e.Str(event.DLLPath); w.sysmon && w.missing(event.FilePath) {
		b.SetString(event.FilePath, dll)
	}
	if (id == "12" || id == "13" || id == "14") && w.missing(event.RegistryKey) {
		w.registry(id)
	}
}

// registry splits the path of a key or value as Sysmon writes it.
func (w *winEvent) registry(id string) {
	path := bytesOf(w.e.Str(event.RegistryPath))
	hive, key, ok := cut(path, `\`)
	if !ok || len(hive) > 4 || !hasPrefix(hive, "HK") {
		return
	}
	w.b.Set(event.RegistryHive, hive)
	if id == "13" || index(w.eventType, "Value") >= 0 {
		if k, value, ok := cutLast(key, `\`); ok {
			w.b.Set(event.RegistryValue, value)
			key = k
		}
	}
	w.b.Set(event.RegistryKey, key)
}

// auditFailure reads the keywords of a record: names, or a number of which one bit says it.
func auditFailure(v []byte) bool {
	const bit = 1 << 52
	switch {
	case len(v) == 0:
		return false
	case v[0] == '-':
		n, err := strconv.ParseInt(view(v), 10, 64)
		return err == nil && n&bit != 0
	case digit(v[0]):
		n, err := strconv.ParseUint(view(v), 0, 64)
		return err == nil && n&bit != 0
	}
	return index(v, "Failure") >= 0
}

// firstCN gives the first name of a distinguished name: CN=Doe\, Jane,OU=….
func firstCN(dn []byte) []byte {
	if len(dn) < 3 || dn[0]|0x20 != 'c' || dn[1]|0x20 != 'n' || dn[2] != '=' {
		return dn
	}
	dn = dn[3:]
	for i := range dn {
		if dn[i] == ',' && (i == 0 || dn[i-1] != '\\') {
			return dn[:i]
		}
	}
	return dn
}

// serviceTypes are the kinds of services of 4697.
var serviceTypes = map[string]string{"0x1": "Kernel Driver", "0x2": "File System Driver", "0x8": "Recognizer Driver", "0x10": "Win32 Own Process",
	"0x20": "Win32 Share Process", "0x110": "Interactive Own Process", "0x120": "Interactive Share Process"}

// ofResource says that f is of the version resource of a program.
func ofResource(f event.Field) bool {
	switch f {
	case event.ProcessPEOriginalFileName, event.ProcessPEDescription, event.ProcessPEProduct, event.ProcessPECompany:
		return true
	}
	return false
}

// integrity gives Sysmon's word for the label of 4688.
func integrity(sid []byte) string {
	switch string(sid) {
	case "S-1-16-0":
		return "Untrusted"
	case "S-1-16-4096":
		return "Low"
	case "S-1-16-8192", "S-1-16-8448":
		return "Medium"
	case "S-1-16-12288":
		return "High"
	case "S-1-16-16384":
		return "System"
	}
	return ""
}

// setPID reads a process id, decimal or as 0x….
func setPID(b *event.Batch, f event.Field, v []byte) {
	if n, err := strconv.ParseUint(view(v), 0, 32); err == nil {
		b.SetInt(f, int64(n))
	}
}

// hashFields are where the hashes of an event belong: to the program that starts, the library or driver that is loaded, or
// the file.
func hashFields(id string, program bool) [4]event.Field {
	switch {
	case program:
		return [4]event.Field{event.ProcessHashSha256, event.ProcessHashMd5, event.ProcessHashSha1, event.ProcessPEImphash}
	case id == "6" || id == "7" || id == "11" || id == "15" || id == "23" || id == "26" || id == "27" || id == "29":
		return [4]event.Field{0: event.FileHashSha256, 1: event.FileHashMd5, 2: event.FileHashSha1}
	}
	return [4]event.Field{}
}

// hashes reads Sysmon's "MD5=…,SHA256=…,IMPHASH=…".
func (w *winEvent) hashes(id string, v []byte) {
	fields := hashFields(id, w.program)
	for len(v) > 0 {
		part, rest, _ := cut(v, ",")
		v = rest
		kind, h, _ := cut(part, "=")
		f := event.None
		switch string(kind) {
		case "SHA256":
			f = fields[0]
		case "MD5":
			f = fields[1]
		case "SHA1":
			f = fields[2]
		case "IMPHASH":
			f = fields[3]
		}
		switch {
		case f != event.None && w.missing(f):
			if w.b.Set(f, h); f == event.FileHashSha256 && (id == "6" || id == "7") {
				w.b.Set(event.DLLHashSha256, h)
			}
		case f == event.None && isHex(h): // no field of its own
			n := len(w.t.p.val)
			w.t.p.val = lower(w.t.p.val, h)
			w.b.Add(event.RelatedHash, w.t.p.val[n:])
			w.t.p.val = w.t.p.val[:n]
		}
	}
}

// isHex says whether s may be a hash; nothing but noughts is none.
func isHex(s []byte) bool {
	some := false
	for _, c := range s {
		if !hexByte(c) {
			return false
		}
		some = some || c != '0'
	}
	return len(s) >= 32 && some
}

var logonTypes = [...]string{2: "Interactive", 3: "Network", 4: "Batch", 5: "Service", 7: "Unlock", 8: "NetworkCleartext",
	9: "NewCredentials", 10: "RemoteInteractive", 11: "CachedInteractive", 12: "CachedRemoteInteractive", 13: "CachedUnlock"}

func logonType(v []byte) string {
	n, ok := number(v)
	if !ok || n < 0 || n >= int64(len(logonTypes)) {
		return ""
	}
	return logonTypes[n]
}

// splitFile sets folder and extension of a path of Windows.
func splitFile(b *event.Batch, e event.Event, path []byte) {
	dir, name, ok := cutLast(path, `\`)
	if !ok {
		if dir, name, ok = cutLast(path, "/"); !ok {
			return
		}
	}
	if !e.Present(event.FileDirectory) {
		b.Set(event.FileDirectory, dir)
	}
	if _, ext, ok := cutLast(name, "."); ok && len(ext) < 16 && !e.Present(event.FileExtension) {
		b.Set(event.FileExtension, ext)
	}
}
