package parse

import "watchpost/internal/event"

// Columns of a line of Snare: MSWinEventLog, then these with tabs between.
const (
	_ = iota // criticality
	snareLog
	_ // counter of the agent
	snareTime
	snareID
	snareProvider
	snareUser
	_ // type of the user's SID
	snareType
	snareComputer
	_ // category
	_ // data
	snareMessage
	snareColumns
)

// snare reads an event of Windows as Snare and its like send it: a line of columns whose last holds the message for people, with all
// line ends made blanks. What the event's data were called is told from the message's labels.
func (p *Parser) snare(b *event.Batch, h *header, m []byte) bool {
	var col [snareColumns][]byte
	rest := skipBlanks(m)
	n := 0
	for ; n < snareColumns; n++ {
		v, after, more := cut(rest, "\t")
		col[n], rest = trimBlanks(v), after
		if !more {
			n++
			break
		}
	}
	if n <= snareProvider || !digits(col[snareID]) || len(col[snareLog]) == 0 {
		return false
	}
	to := p.windowsSink(b, h, m)
	b.Set(event.WinlogChannel, col[snareLog])
	b.Set(event.WinlogEventID, col[snareID])
	b.Set(event.WinlogProviderName, col[snareProvider])
	b.Set(event.WinlogComputerName, col[snareComputer])
	to.refused = auditFailure(col[snareType])
	renderedData(to, col[snareMessage])
	if user := col[snareUser]; len(to.data) == 0 && len(user) > 0 && string(user) != "N/A" && string(user) != "Unknown User" {
		to.addWindows([]byte("User"), user)
	}
	windows(b, to)
	if text := col[snareMessage]; len(text) > 0 {
		b.Unset(event.Message)
		b.Set(event.Message, text)
	}
	return true
}

// winEvtLog reads an event of Windows as agents of OSSEC send it, behind the tag WinEvtLog: channel, type and number, provider, user, domain, computer
// and the message, with colons between.
func (p *Parser) winEvtLog(b *event.Batch, h *header, m []byte) bool {
	var col [6][]byte
	rest := skipBlanks(m)
	for i := range col {
		var ok bool
		if col[i], rest, ok = cut(rest, ": "); !ok {
			return false
		}
	}
	kind, id, ok := cut(col[1], "(")
	if !ok || !hasSuffix(id, ")") || !digits(id[:len(id)-1]) {
		return false
	}
	id = id[:len(id)-1]
	to := p.windowsSink(b, h, m)
	b.Set(event.WinlogChannel, col[0])
	b.Set(event.WinlogEventID, id)
	b.Set(event.WinlogProviderName, col[2])
	b.Set(event.WinlogComputerName, col[5])
	to.refused = string(kind) == "AUDIT_FAILURE"
	renderedData(to, rest)
	if user := col[3]; len(to.data) == 0 && string(user) != "(no user)" {
		to.addWindows([]byte("User"), user)
	}
	windows(b, to)
	b.Unset(event.Message)
	b.Set(event.Message, rest)
	return true
}

// controlEscaped says whether rsyslog has escaped the tabs or line ends of s, as it does unless told otherwise.
func controlEscaped(s []byte) bool {
	i := index(s, "#01")
	if i < 0 || i+4 >= len(s) {
		return false
	}
	rest := s[i+3:]
	return rest[0] == '1' && index(rest, "#011") >= 0 || rest[0] == '5' && hasPrefix(rest[1:], "#012")
}

// unescapeControl makes #011, #012 and #015, as rsyslog writes tabs and line ends, what they were.
func unescapeControl(to, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '#' && i+3 < len(s) && s[i+1] == '0' && s[i+2] == '1' && (s[i+3] == '1' || s[i+3] == '2' || s[i+3] == '5') {
			c = '\t' + s[i+3] - '1'
			i += 3
		}
		to = append(to, c)
	}
	return to
}

// renderedSections are the headings within a message below which labels of an account stand: what the names of the event's data begin with.
var renderedSections = map[string]string{
	"Subject": "Subject", "Creator Subject": "Subject",
	"New Logon": "Target", "Account For Which Logon Failed": "Target", "Account Whose Credentials Were Used": "Target", "Account That Was Locked Out": "Target",
	"Target Account": "Target", "New Account": "Target", "Target Subject": "Target", "Account Information": "Target", "User": "Target",
	"Group": "Group", "New Group": "Group", "Deleted Group": "Group", "Created Group": "Group", "Member": "Member",
}

// renderedAccount are labels whose data are named with their section before.
var renderedAccount = map[string]string{
	"Security ID": "Sid", "Account Name": "UserName", "Account Domain": "DomainName", "Logon ID": "LogonId", "Logon GUID": "LogonGuid",
	"Group Name": "UserName", "Group Domain": "DomainName", "Supplied Realm Name": "DomainName", "User ID": "Sid",
}

// renderedLabels are labels whose data have one name wherever they stand.
var renderedLabels = map[string]string{
	"Logon Type": "LogonType", "Failure Reason": "FailureReason", "Status": "Status", "Sub Status": "SubStatus", "Result Code": "Status", "Failure Code": "Status",
	"Error Code": "Status", "Workstation Name": "WorkstationName", "Source Workstation": "Workstation", "Source Network Address": "IpAddress", "Network Address": "IpAddress",
	"Client Address": "IpAddress", "Source Port": "IpPort", "Client Port": "IpPort", "Port": "IpPort", "Logon Process": "LogonProcessName",
	"Authentication Package": "AuthenticationPackageName", "Package Name (NTLM only)": "LmPackageName", "Key Length": "KeyLength", "Transited Services": "TransmittedServices",
	"Caller Process ID": "ProcessId", "Caller Process Name": "ProcessName", "Process ID": "ProcessId", "Process Name": "ProcessName",
	"New Process ID": "NewProcessId", "New Process Name": "NewProcessName", "Creator Process ID": "ProcessId", "Creator Process Name": "ParentProcessName",
	"Process Command Line": "CommandLine", "Token Elevation Type": "TokenElevationType", "Mandatory Label": "MandatoryLabel", "Logon Account": "TargetUserName",
	"Service Name": "ServiceName", "Service File Name": "ServiceFileName", "Service Type": "ServiceType", "Service Start Type": "StartType", "Service Account": "ServiceAccount",
	"Service ID": "ServiceSid", "Task Name": "TaskName", "Task Content": "TaskContent", "Ticket Options": "TicketOptions", "Ticket Encryption Type": "TicketEncryptionType",
	"Pre-Authentication Type": "PreAuthType", "Object Name": "ObjectName", "Object Type": "ObjectType", "Object Server": "ObjectServer", "Handle ID": "HandleId",
	"Accesses": "AccessList", "Access Mask": "AccessMask", "Privileges": "PrivilegeList", "Target Server Name": "TargetServerName", "Additional Information": "TargetInfo",
	"Caller Computer Name": "TargetDomainName", "SAM Account Name": "SamAccountName", "Display Name": "DisplayName", "User Principal Name": "UserPrincipalName",
	"Share Name": "ShareName", "Share Path": "ShareLocalPath", "Relative Target Name": "RelativeTargetName", "Restricted Admin Mode": "RestrictedAdminMode",
	"Virtual Account": "VirtualAccount", "Elevated Token": "ElevatedToken", "Impersonation Level": "ImpersonationLevel", "Linked Logon ID": "TargetLinkedLogonId",
}

// renderedAside are headings and labels that hold no data of their own, but end the value before them.
var renderedAside = map[string]bool{
	"Logon Information": true, "Failure Information": true, "Process Information": true, "Network Information": true, "Detailed Authentication Information": true,
	"Service Information": true, "Additional Information": true, "Attributes": true, "Changed Attributes": true, "Task Information": true, "Object": true, "Share Information": true,
	"Access Request Information": true, "Certificate Information": true, "Network Account Name": true, "Network Account Domain": true, "Target Server": true,
}

// renderedData finds the event's data in its message for people: labels with a colon behind, which stand after a line end, a tab or two blanks.
func renderedData(t *jsonSink, m []byte) {
	section := ""
	single := index(m, "  ") < 0 && index(m, "\t") < 0 && index(m, "\n") < 0 // the agent has put one blank for each of them
	var open string                                                          // name of the data whose value begins at from
	from := 0
	take := func(to int) {
		if v := trimRendered(m[from:max(from, to)]); open != "" && len(v) > 0 {
			t.addWindows(bytesOf(open), v)
		}
		open = ""
	}
	for i := 0; i < len(m); i++ {
		if !atLabel(m, i, single) {
			continue
		}
		n := labelLen(m[i:])
		if n == 0 {
			continue
		}
		label := view(m[i : i+n])
		if s, ok := renderedSections[label]; ok && !(label == "User" && section == "") {
			take(i)
			section = s
		} else if name, ok := renderedAccount[label]; ok {
			take(i)
			open, from = accountData(section, name), i+n+1
		} else if name, ok := renderedLabels[label]; ok {
			take(i)
			open, from = name, i+n+1
		} else if renderedAside[label] {
			take(i)
			section = ""
		} else if !single && oneName(m[i:i+n]) { // of Sysmon and its like, whose messages have the names of the data
			take(i)
			t.p.json.buf = append(t.p.json.buf, label...)
			open, from = view(t.p.json.buf[len(t.p.json.buf)-n:]), i+n+1
		} else {
			continue
		}
		i += n
	}
	take(len(m))
}

// accountData names a value of an account below a heading as the event's data do.
func accountData(section, name string) string {
	switch {
	case section == "Member" && name == "UserName":
		return "MemberName"
	case section == "Group":
		return "Target" + name
	case section == "":
		section = "Target"
	}
	if name == "Sid" && section != "Member" {
		return section + "UserSid"
	}
	return section + name
}

// atLabel says whether a label may begin at i.
func atLabel(m []byte, i int, single bool) bool {
	if m[i]-'A' >= 26 {
		return false
	}
	if i == 0 {
		return true
	}
	switch m[i-1] {
	case '\n', '\t', '\r':
		return true
	case ' ':
		return single || i == 1 || m[i-2] == ' ' || m[i-2] == '\t' || m[i-2] == '\n'
	}
	return false
}

// labelLen gives the length of what stands before a colon, if that may be a label.
func labelLen(m []byte) int {
	for n := range min(len(m), 40) {
		switch c := m[n]; {
		case c == ':' && n+1 < len(m) && (m[n+1] == ' ' || m[n+1] == '\t' || m[n+1] == '\r' || m[n+1] == '\n'), c == ':' && n+1 == len(m):
			return n
		case c == '\t' || c == '\n' || c == ':' || c == ' ' && n > 0 && m[n-1] == ' ':
			return 0
		}
	}
	return 0
}

// oneName says whether s is a name as data have it: ParentImage, UtcTime.
func oneName(s []byte) bool {
	for _, c := range s {
		if !alpha(c) && !digit(c) {
			return false
		}
	}
	return true
}

// trimRendered takes blanks and line ends off; a dash is nothing.
func trimRendered(v []byte) []byte {
	for len(v) > 0 && (v[0] <= ' ') {
		v = v[1:]
	}
	for len(v) > 0 && v[len(v)-1] <= ' ' {
		v = v[:len(v)-1]
	}
	if len(v) == 1 && v[0] == '-' {
		return nil
	}
	return v
}

// windowsSink takes an event of Windows that the text m holds. The program in the header is who sends it, or the mark of the format.
func (p *Parser) windowsSink(b *event.Batch, h *header, m []byte) *jsonSink {
	b.SetString(event.EventKind, "event")
	b.Unset(event.ProcessName)
	b.Unset(event.ProcessPID)
	to := p.newSink(b)
	to.header = h.host != nil
	p.json.reset(m)
	return to
}
