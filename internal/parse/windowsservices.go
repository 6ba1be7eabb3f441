package parse

import "watchpost/internal/event"

// ofService puts a value whose name means something only in the log of one service. It reports whether it did.
func (w *winEvent) ofService(id string, name, v []byte) bool {
	b := w.b
	switch w.service {
	case "Service Control Manager":
		switch string(name) {
		case "param1":
			b.Set(event.ServiceName, v)
		case "param2":
			if id != "7036" {
				return false
			}
			b.Set(event.ServiceState, v)
		default:
			return false
		}
	case "system":
		switch {
		case id == "1074" && string(name) == "param1":
			path, _, _ := cut(v, " (") // and the computer's name
			b.Set(event.ProcessExecutable, path)
		case id == "1074" && string(name) == "param7":
			w.user = v
		default:
			return false
		}
	case "powershell":
		switch string(name) {
		case "Path":
			if w.missing(event.FilePath) {
				b.Set(event.FilePath, v)
			}
		case "ContextInfo", "Data", "param2", "param3":
			w.context(v)
		default:
			return false
		}
	case "remote desktop":
		switch string(name) {
		case "Address", "Param3":
			if isIP(v) {
				setAddr(b, &src, v)
			}
		case "Param1":
			b.Set(event.UserName, v)
		case "Param2":
			b.Set(event.UserDomain, v)
		default:
			return false
		}
	case "bits":
		switch string(name) {
		case "url", "RemoteName":
			if len(v) == 0 || !w.missing(event.URLOriginal) {
				return false
			}
			setURL(b, v)
		case "LocalName":
			setFile(b, v)
		case "jobOwner":
			if w.user == nil {
				w.user = v
			}
		case "User":
			w.user = v
		case "processPath":
			b.Set(event.ProcessExecutable, v)
		case "processId":
			setPID(b, event.ProcessPID, v)
		default:
			return false
		}
	case "crash":
		switch string(name) {
		case "AppName":
			b.Set(event.ProcessName, v)
		case "AppPath":
			b.Set(event.ProcessExecutable, v)
		default:
			return false
		}
	case "firewall":
		switch string(name) {
		case "RuleId":
			b.Set(event.RuleID, v)
		case "RuleName":
			b.Set(event.RuleName, v)
		case "ModifyingApplication":
			b.Set(event.ProcessExecutable, v)
		case "ModifyingUser":
			b.Set(event.UserID, v)
		case "Protocol", "Direction": // of what the rule lets through, not of a flow
		default:
			return false
		}
	case "applocker":
		switch string(name) {
		case "FullFilePath":
			b.Set(event.FilePath, v)
		case "FilePath":
			if w.missing(event.FilePath) {
				b.Set(event.FilePath, v)
			}
		case "TargetUser":
			b.Set(event.UserID, v)
		case "TargetProcessId":
			setPID(b, event.ProcessPID, v)
		case "FileHash":
			if len(v) == 64 {
				b.Set(event.FileHashSha256, v)
			}
		case "RuleName":
			b.Set(event.RuleName, v)
		default:
			return false
		}
	case "tasks":
		switch string(name) {
		case "UserName":
			w.user = v
		case "ActionName", "Path":
			if index(v, `\`) >= 0 {
				b.Set(event.ProcessExecutable, v)
			}
		case "ResultCode": // of what a task ran
			if string(v) == "0" || string(v) == "0x0" {
				b.SetString(event.EventOutcome, success)
			} else {
				b.SetString(event.EventOutcome, failure)
			}
			return false // the number itself is kept as others are
		default:
			return false
		}
	case "ntlm":
		switch string(name) {
		case "UserName", "ClientUserName":
			w.user = v
		case "DomainName", "ClientDomainName":
			w.accountDomain = v
		case "SChannelName":
			b.Set(event.DestinationDomain, v)
		case "TargetName": // of a service, as "cifs/fs1.example.com"
			if _, host, ok := cut(v, "/"); ok {
				v, _, _ = cut(host, "/")
				v, _, _ = cut(v, ":")
			}
			b.Set(event.DestinationDomain, v)
		case "CallerPID":
			setPID(b, event.ProcessPID, v)
		default:
			return false
		}
	case "smb":
		switch string(name) {
		case "UserName":
			w.user = v
		case "ClientName", "ClientAddress":
			if v = trimLeft(v, '\\'); isIP(v) {
				setAddr(b, &src, v)
			} else if string(name) == "ClientName" {
				b.Set(event.SourceDomain, v)
			}
		case "ServerName":
			b.Set(event.DestinationDomain, trimLeft(v, '\\'))
		default:
			return false
		}
	case "dns":
		switch string(name) {
		case "QNAME":
			for len(v) > 1 && v[len(v)-1] == '.' {
				v = v[:len(v)-1]
			}
			b.Set(event.DNSQuestionName, v)
			b.SetString(event.NetworkProtocol, "dns")
		case "Source":
			if isIP(v) {
				setAddr(b, &src, v)
			}
		case "Destination":
			if isIP(v) {
				setAddr(b, &dst, v)
			}
		case "TCP":
			b.SetString(event.NetworkTransport, map[bool]string{true: "tcp", false: "udp"}[string(v) == "1"])
		case "XID":
			b.Set(event.DNSID, v)
		case "QTYPE", "QueryType":
			if typ := dnsTypes[string(v)]; typ != "" {
				b.SetString(event.DNSQuestionType, typ)
			} else {
				b.Set(event.DNSQuestionType, v)
			}
			return false // the number stays a label
		case "RCODE":
			if n, ok := number(v); ok && n >= 0 && n < int64(len(responseCodes)) {
				b.SetString(event.DNSResponseCode, responseCodes[n])
			}
			return false
		case "QueryStatus": // 9001 to 9010 are the codes of answers
			if n, ok := number(v); ok && n > 9000 && n < 9000+int64(len(responseCodes)) {
				b.SetString(event.DNSResponseCode, responseCodes[n-9000])
			}
			return false
		case "InterfaceIP": // the server's own address
			switch {
			case !isIP(v):
			case id == "256" || id == "259" || id == "261":
				setAddr(b, &dst, v)
			default:
				setAddr(b, &src, v)
			}
		case "Port": // the client's
			switch id {
			case "256", "259":
				setPort(b, event.SourcePort, v)
			case "257", "258":
				setPort(b, event.DestinationPort, v)
			default:
				return false
			}
		case "param1":
			if id != "150" && id != "770" && id != "771" {
				return false
			}
			b.Set(event.DLLPath, v)
		default:
			return false
		}
	case "defender", "windefend":
		return w.defender(id, name, v)
	case "adfs":
		if string(name) != "param2" && string(name) != "Data" || !w.missing(event.UserName) {
			return false
		}
		w.federation(v)
		return false
	case "mssql": // user, reason, [CLIENT: address]
		if id[:2] != "18" || len(name) < 6 || !hasPrefix(name, "param") {
			return false
		}
		if _, addr, ok := cut(v, "[CLIENT: "); ok {
			addr, _, _ = cut(addr, "]")
			setHostPort(b, &src, addr)
		} else if string(name) == "param1" {
			w.user = v
		} else if why, ok := after(skipBlanks(v), "Reason: "); ok {
			b.Set(event.EventReason, why)
		} else {
			return false
		}
	case "directory":
		switch {
		case string(name) == "param1" && id == "2889", string(name) == "param5" && id == "1644":
			setHostPort(b, &src, v)
		case string(name) == "param2" && id == "2889":
			w.user = v
		default:
			return false
		}
	case "rdp":
		switch string(name) {
		case "ClientIP", "IPString":
			setHostPort(b, &src, v)
		case "Value":
			if id != "1024" && id != "1102" {
				return false
			}
			if isIP(v) {
				setAddr(b, &dst, v)
			} else {
				b.Set(event.DestinationDomain, v)
			}
		default:
			return false
		}
	case "openssh":
		if string(name) != "payload" {
			return false
		}
		b.Unset(event.EventDataset)
		b.Unset(event.EventModule)
		w.t.p.within = header{pri: -1}
		sshd(b, &w.t.p.within, v)
	case "shell":
		if string(name) != "Command" {
			return false
		}
		b.Set(event.ProcessCommandLine, v)
	case "winrm":
		if string(name) != "username" && string(name) != "userName" {
			return false
		}
		w.user = v
	case "print":
		switch {
		case id != "307":
			return false
		case string(name) == "Param2":
			b.Set(event.FileName, v)
		case string(name) == "Param3":
			w.user = v
		case string(name) == "Param4":
			b.Set(event.SourceDomain, trimLeft(v, '\\'))
		default:
			return false
		}
	case "codeintegrity":
		switch string(name) {
		case "File Name", "FileNameBuffer":
			setFile(b, v)
		case "Process Name", "ProcessNameBuffer":
			b.Set(event.ProcessExecutable, v)
		default:
			return false
		}
	case "wmi":
		switch string(name) {
		case "ProviderPath":
			b.Set(event.DLLPath, v)
		case "HostProcess":
			b.Set(event.ProcessName, v)
		case "ClientMachine":
			b.Set(event.SourceDomain, v)
		case "ClientProcessId":
			setPID(b, event.ProcessPID, v)
		default:
			return false
		}
	default:
		return false
	}
	return true
}

// context reads what PowerShell says of where it runs: a line each, "Host Application = x" or "HostApplication=x". Wazuh's agent makes a line end and
// what a line begins with blanks.
func (w *winEvent) context(v []byte) {
	end := "\n"
	if index(v, end) < 0 {
		end = "   "
	}
	for n := 0; len(v) > 0 && n < 256; n++ {
		var one []byte
		one, v, _ = cut(v, end)
		name, value, ok := cut(one, "=")
		if !ok {
			continue
		}
		name, value = trimRendered(name), trimRendered(value)
		if len(value) == 0 {
			continue
		}
		switch string(name) {
		case "Host Application", "HostApplication":
			if w.missing(event.ProcessCommandLine) {
				w.b.Set(event.ProcessCommandLine, value)
			}
		case "Host ID", "HostId":
			if w.missing(event.ProcessEntityID) {
				w.b.Set(event.ProcessEntityID, value)
			}
		case "Host Name", "HostName":
			if w.missing(event.ProcessTitle) {
				w.b.Set(event.ProcessTitle, value)
			}
		case "User", "UserId":
			w.user = value
		case "Connected User", "ConnectedUser":
			w.connected = value
		case "Script Name", "ScriptName":
			if w.missing(event.FilePath) {
				w.b.Set(event.FilePath, value)
			}
		}
	}
}

// trimLeft takes off every c that v begins with.
func trimLeft(v []byte, c byte) []byte {
	for len(v) > 0 && v[0] == c {
		v = v[1:]
	}
	return v
}

// defender puts a value of an event of Microsoft Defender.
func (w *winEvent) defender(id string, name, v []byte) bool {
	b := w.b
	switch string(name) {
	case "Path", "FileName", "Filename": // file:_C:\path; file:_C:\other, or a path alone
		path, ok := after(v, "file:_")
		if !ok {
			_, path, ok = cutLast(v, "file:_")
		}
		if !ok && len(v) > 3 && v[1] == ':' && v[2] == '\\' {
			path, ok = v, true
		}
		if path, _, _ = cut(path, "; "); ok && w.missing(event.FilePath) {
			setFile(b, path)
		}
	case "Sha256":
		b.Set(event.FileHashSha256, v)
	case "Target Commandline":
		b.Set(event.ProcessCommandLine, v)
	case "Parent Commandline":
		b.Set(event.ProcessParentCommandLine, v)
	case "Domain":
		w.accountDomain = v
	case "SID":
		b.Set(event.UserID, v)
	case "Destination": // that a program was kept from
		if index(v, "/") >= 0 {
			setURL(b, v)
		} else {
			b.Set(event.DestinationDomain, v)
		}
	case "Error Code":
		if string(v) != "0x00000000" && string(v) != "0x0" && string(v) != "0" {
			b.Set(event.ErrorCode, v)
		}
	default:
		return false
	}
	return true
}

// federation reads the XML of an audit of AD FS: who signed in, from where, and how it went.
func (w *winEvent) federation(v []byte) {
	b := w.b
	in := func(tag string) []byte {
		_, rest, ok := cut(v, "<"+tag+">")
		if !ok {
			return nil
		}
		text, _, ok := cut(rest, "</"+tag+">")
		if text = trimBlanks(text); !ok || string(text) == "N/A" {
			return nil
		}
		return text
	}
	if domain, name, ok := cutLast(in("UserId"), `\`); ok {
		b.Set(event.UserName, name)
		b.Set(event.UserDomain, domain)
	} else if name, domain, ok := cutLast(in("UserId"), "@"); ok {
		b.Set(event.UserName, name)
		b.Set(event.UserDomain, domain)
	} else {
		b.Set(event.UserName, in("UserId"))
	}
	for _, tag := range [...]string{"ForwardedIpAddress", "IpAddress"} { // the client's, where a proxy stands before the service
		if addr, _, _ := cut(in(tag), ","); isIP(addr) && w.missing(event.SourceIP) {
			setAddr(b, &src, addr)
		}
	}
	b.Set(event.UserAgentOriginal, in("UserAgentString"))
	b.Set(event.EventReason, in("FailureType"))
	b.Set(event.ErrorCode, in("ErrorCode"))
	b.Set(event.ServiceName, in("RelyingParty"))
	switch string(in("AuditResult")) {
	case "Success":
		b.SetString(event.EventOutcome, success)
	case "Failure":
		b.SetString(event.EventOutcome, failure)
	}
}
