package parse

import (
	"bytes"
	"strconv"

	"watchpost/internal/event"
)

// windowsNames are the names of a Windows event that was rendered from its XML, where a field holds the same.
var windowsNames = map[string]event.Field{
	"Event.System.Channel":                   event.WinlogChannel,
	"Event.System.Computer":                  event.WinlogComputerName,
	"Event.System.EventRecordID":             event.WinlogRecordID,
	"Event.System.EventID":                   event.WinlogEventID,
	"Event.System.EventID.#text":             event.WinlogEventID,
	"Event.System.Provider.#attributes.Name": event.WinlogProviderName,
	"Event.System.Provider.@Name":            event.WinlogProviderName,
	"Event.System.Provider.Name":             event.WinlogProviderName,
	"System.Channel":                         event.WinlogChannel,
	"System.Computer":                        event.WinlogComputerName,
	"System.EventRecordID":                   event.WinlogRecordID,
	"System.EventID":                         event.WinlogEventID,
	"System.EventID.#text":                   event.WinlogEventID,
	"System.Provider.#attributes.Name":       event.WinlogProviderName,
	"System.Provider.@Name":                  event.WinlogProviderName,
	"System.Provider.Name":                   event.WinlogProviderName,

	// The names of W3C that Sigma has for proxies and web servers.
	"c-ip": event.SourceIP, "cs-username": event.UserName, "cs-host": event.URLDomain, "cs-method": event.HTTPRequestMethod,
	"c-uri": event.URLOriginal, "cs-uri": event.URLOriginal, "c-uri-query": event.URLQuery, "cs-uri-query": event.URLQuery,
	"c-uri-stem": event.URLPath, "cs-uri-stem": event.URLPath, "c-useragent": event.UserAgentOriginal, "cs-user-agent": event.UserAgentOriginal,
	"cs-referer": event.HTTPRequestReferrer, "cs-referrer": event.HTTPRequestReferrer, "cs-version": event.HTTPVersion,
	"sc-status": event.HTTPResponseStatusCode, "sc-bytes": event.HTTPResponseBodyBytes, "cs-bytes": event.HTTPRequestBodyBytes,
}

// winData is one named value of a Windows event.
type winData struct{ name, value []byte }

const (
	maxWinData = 256
	eventData  = "winlog.event_data."
)

// isWindows takes the values of event data: as labels, all of them, and for windows to read.
func (t *jsonSink) isWindows(path, v []byte) bool {
	if len(path) == 0 {
		return false
	}
	name, ok := path, false
	switch c := path[0]; {
	case c == 'w', c == 'e', c == 'E', c == 'u', c == 'U':
		t.refused = t.refused || hasSuffix(path, "eywords") && auditFailure(v)
		t.writtenBy(path, v)
		if string(path) == "Event.System.Level" {
			setLevel(t.b, v)
		}
		name, ok = dataName(path)
	case c == 'S', c == 'k':
		t.refused = t.refused || hasSuffix(path, "eywords") && auditFailure(v)
		t.writtenBy(path, v)
		if string(path) == "System.Level" {
			setLevel(t.b, v)
		}
	case c == 'd':
		t.wazuhData(path, v)
		return false
	case c == 'c', c == 'p', c == 's', c == 'l':
		if t.stated(path, v) {
			return true
		}
	}
	if !ok {
		return mayBeFlat(path[0]) && t.isFlat(path) && t.flatLeaf(path, v)
	}
	if len(name) == 0 || name[0] == '#' || name[0] == '@' {
		return false
	}
	if rest, ok := after(name, "Data."); ok { // one element alone: {"@Name": …, "#text": …}
		return t.single(rest, v)
	}
	t.addWindows(name, v)
	return true
}

// writtenBy notes the account that wrote the record.
func (t *jsonSink) writtenBy(path, v []byte) {
	switch {
	case string(path) == "winlog.user.name":
		t.writer[0] = v
	case string(path) == "winlog.user.domain":
		t.writer[1] = v
	case string(path) == "winlog.process.pid", hasSuffix(path, "System.Execution.#attributes.ProcessID"), hasSuffix(path, "System.Execution.@ProcessID"):
		t.process = v
	case string(path) == "winlog.user.identifier", hasSuffix(path, "UserID") && index(path, "System.Security.") >= 0:
		t.writer[2] = v
	}
}

// setLevel names the level of an event.
func setLevel(b *event.Batch, v []byte) {
	if n, ok := number(v); ok && n >= 0 && n < int64(len(windowsLevels)) && !(event.Event{Batch: b, Row: b.Rows()}).Present(event.LogLevel) {
		b.SetString(event.LogLevel, windowsLevels[n])
	}
}

var windowsLevels = [...]string{"information", "critical", "error", "warning", "information", "verbose"}

// dataName gives the name of a value of event data.
func dataName(path []byte) ([]byte, bool) {
	for _, prefix := range [...]string{eventData, "Event.EventData.", "EventData.", "event_data."} {
		if name, ok := after(path, prefix); ok {
			return name, true
		}
	}
	for _, prefix := range [...]string{"winlog.user_data.", "Event.UserData.", "UserData.", "user_data."} {
		if name, ok := after(path, prefix); ok {
			if _, inner, nested := cut(name, "."); nested { // the element around them has a name of its own
				return inner, true
			}
			return name, true
		}
	}
	return nil, false
}

// single takes the two halves of a lone element of event data: the name, then the value.
func (t *jsonSink) single(part, v []byte) bool {
	n := len(t.data)
	switch {
	case hasSuffix(part, "Name"):
		t.data = append(t.data, winData{name: v})
	case n > 0 && t.data[n-1].value == nil:
		name := t.data[n-1].name
		t.data = t.data[:n-1]
		t.addWindows(name, v)
	default:
		t.addWindows([]byte("Data"), v)
	}
	return true
}

func (t *jsonSink) addWindows(name, v []byte) {
	t.p.key = append(append(t.p.key[:0], eventData...), name...)
	t.label(t.p.key, v)
	if len(t.data) < maxWinData && !(len(v) == 1 && v[0] == '-') {
		t.p.names = append(t.p.names, name...)
		t.data = append(t.data, winData{t.p.names[len(t.p.names)-len(name):], v})
	}
}

// windowsData reads "Data": [{"#attributes": {"Name": "TargetUserName"}, "#text": "alice"}, …].
func (t *jsonSink) windowsData(path, raw []byte) bool {
	switch string(path) {
	case "Event.EventData.Data", "EventData.Data", "Event.EventData.Data.#text", "EventData.Data.#text":
	default:
		return false
	}
	if flat(raw) {
		return t.unnamed(raw)
	}
	r := jsonReader{s: raw, i: 1}
	for r.err == nil {
		r.blanks()
		if r.i >= len(raw) || raw[r.i] != '{' {
			break
		}
		var one winPair
		r.object(jsonDepth-4, &one)
		if len(one.name) > 0 && len(one.value) > 0 {
			t.addWindows(one.name, one.value)
		}
		r.blanks()
		if r.i < len(raw) && raw[r.i] == ',' {
			r.i++
		}
	}
	return true
}

// unnamed takes the values of an event that have no names: as param1, param2 … and, one a line, as Data.
func (t *jsonSink) unnamed(raw []byte) bool {
	r := jsonReader{s: raw, i: 1}
	all := []byte(nil)
	for n := 1; r.err == nil && n <= maxWinData; n++ {
		r.blanks()
		if r.i >= len(raw) || raw[r.i] == ']' {
			break
		}
		var one jsonOne
		if r.value(1, &one); len(one.v) > 0 {
			t.addWindows(strconv.AppendInt([]byte("param"), int64(n), 10), one.v)
			all = append(append(all, one.v...), '\n')
		}
		r.blanks()
		if r.i < len(raw) && raw[r.i] == ',' {
			r.i++
		}
	}
	if len(all) > 0 {
		t.addWindows([]byte("Data"), all[:len(all)-1])
	}
	return true
}

// winPair reads one such element.
type winPair winData

func (o *winPair) leaf(path []byte, _ jsonKind, v []byte) {
	switch {
	case hasSuffix(path, "Name"):
		o.name = v
	case hasSuffix(path, "text"), hasSuffix(path, "Value"), hasSuffix(path, "content"):
		o.value = v
	}
}

func (o *winPair) array(_, _ []byte) {}

// windowsFields are the values that mean the same in every event that has them.
var windowsFields = map[string]event.Field{
	"Image": event.ProcessExecutable, "NewProcessName": event.ProcessExecutable, "ProcessName": event.ProcessExecutable, "SourceImage": event.ProcessExecutable,
	"CommandLine": event.ProcessCommandLine, "ProcessCommandLine": event.ProcessCommandLine, "CurrentDirectory": event.ProcessWorkingDirectory,
	"OriginalFileName": event.ProcessPEOriginalFileName, "Description": event.ProcessPEDescription, "Product": event.ProcessPEProduct, "Company": event.ProcessPECompany,
	"Threat Name": event.RuleName, "Threat ID": event.RuleID, "Category Name": event.RuleCategory, "Process Name": event.ProcessExecutable, "Action Name": event.EventReason, "Engine Version": event.ObserverVersion,
	"ProcessGuid": event.ProcessEntityID, "SourceProcessGUID": event.ProcessEntityID,
	"ParentImage": event.ProcessParentExecutable, "ParentProcessName": event.ProcessParentExecutable,
	"ParentCommandLine": event.ProcessParentCommandLine, "ParentProcessGuid": event.ProcessParentEntityID,
	"TargetFilename": event.FilePath, "TargetObject": event.RegistryPath, "ImageLoaded": event.DLLPath, "QueryName": event.DNSQuestionName,
	"DestinationHostname": event.DestinationDomain, "SourceHostname": event.SourceDomain, "WorkstationName": event.SourceDomain, "Workstation": event.SourceDomain,
	"ScriptBlockText": event.PowershellFileScriptBlockText, "ServiceName": event.ServiceName, "PipeName": event.FileName,
	"SourceProcessGuid": event.ProcessEntityID, "CallerProcessName": event.ProcessExecutable, "Application": event.ProcessExecutable, "ClientName": event.SourceDomain,
	"HostApplication": event.ProcessCommandLine,
}

// windows gives an event of the Windows event log, in Winlogbeat's shape or rendered from its XML, its fields. What the
// agent has set itself stands.
func windows(b *event.Batch, t *jsonSink) {
	e := event.Event{Batch: b, Row: b.Rows()}
	defer func() { t.p.names = t.p.names[:0] }()
	channel, id := e.Str(event.WinlogChannel), e.Str(event.WinlogEventID)
	w := winEvent{b: b, e: e, t: t}
	if id == "" {
		id = e.Str(event.EventCode)
	}
	if t.flat == flatYes {
		channel = w.placeFlat(channel, id)
	} else if channel == "" && e.Str(event.WinlogEventID) == "" || id == "" {
		return
	}
	if !e.Present(event.EventCode) {
		b.SetString(event.EventCode, id)
	}
	if !e.Present(event.EventProvider) {
		b.SetString(event.EventProvider, e.Str(event.WinlogProviderName))
	}
	system := "windows"
	switch {
	case channel == "Linux-Sysmon/Operational":
		system = "linux"
	case t.flat == flatYes && channel == "":
		if system = "windows"; t.unix {
			system = ""
		}
	}
	if system == "windows" {
		b.SetString(event.EventModule, "windows")
	} else if channel == "Linux-Sysmon/Operational" {
		b.SetString(event.EventModule, "sysmon_linux")
	}
	if w.missing(event.HostOSType) {
		b.SetString(event.HostOSType, system)
	}
	var ev *windowsEvent
	switch c, known := windowsChannels[channel]; {
	case channel == "":
		ev = w.inferred(id)
	case channel == "System":
		b.SetString(event.EventDataset, "windows.system")
		switch provider := e.Str(event.WinlogProviderName); {
		case provider == "Service Control Manager":
			w.service = provider
			ev = findEvent(serviceEvents[:], id)
		case id == "41" && provider != "Microsoft-Windows-Kernel-Power", id == "104" && provider != "Microsoft-Windows-Eventlog": // numbers that others have, too
		default:
			w.service = "system"
			ev = findEvent(systemEvents[:], id)
		}
	case known:
		b.SetString(event.EventDataset, c.dataset)
		w.service = c.service
		ev = findEvent(c.events, id)
	default:
		b.SetString(event.EventDataset, forwarded)
	}
	w.read(ev, channel, id)
}

// read gives the event what its data say; ev is what it means, if that is known.
func (w *winEvent) read(ev *windowsEvent, channel, id string) {
	b, e, t := w.b, w.e, w.t
	w.program = id == "1" && hasSuffix([]byte(channel), "Sysmon/Operational") || channel == "" && w.category == "process_creation"
	for _, d := range t.data {
		if w.service == "" || !w.ofService(id, d.name, d.value) {
			w.value(id, d.name, d.value)
		}
	}
	if id == "22" && w.has("QueryName") {
		b.SetString(event.NetworkProtocol, "dns")
	}
	if w.service == "powershell" && !e.Present(event.ProcessPID) {
		setPID(b, event.ProcessPID, t.process)
	}
	w.object(id)
	w.users(ev, channel)
	if ev != nil {
		w.class(ev)
	}
	w.names()
}

func findEvent(all []windowsEvent, id string) *windowsEvent {
	for i := range all {
		if all[i].id == id {
			return &all[i]
		}
	}
	return nil
}

// inferred gives the meaning of a flat record without channel: of the Security log if its number is one of it, else of Sysmon by the
// category that its names tell.
func (w *winEvent) inferred(id string) *windowsEvent {
	if w.service == "security" {
		return findEvent(securityEvents[:], id)
	}
	category := w.category
	switch category {
	case "file":
		return findEvent(sysmonEvents[:], "11")
	case "registry":
		return findEvent(sysmonEvents[:], "13")
	}
	for i := range sysmonEvents {
		if sysmonCategories[sysmonEvents[i].id] == category && category != "" {
			return &sysmonEvents[i]
		}
	}
	return nil
}

// winEvent is an event being read.
type winEvent struct {
	category, service                             string // in Sigma's words, of a flat record without channel
	program                                       bool   // tells of a program that starts: its version resource is the program's
	b                                             *event.Batch
	e                                             event.Event
	t                                             *jsonSink
	subject, subjectDomain, target, targetDomain  []byte
	targetSid, subjectSid, user, status, substate []byte
	groupSid                                      []byte
	member, memberSid                             []byte
	account, accountDomain                        []byte // of a session that is taken up again
	newName                                       []byte
	logon, subjectLogon                           []byte
	objectType, objectName, share, relative       []byte
	eventType                                     []byte
}

func (w *winEvent) missing(f event.Field) bool { return !w.e.Present(f) }

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
	case "Path": // Defender: file:_C:\path
		if path, ok := after(v, "file:_"); ok && w.missing(event.FilePath) {
			path, _, _ = cut(path, "; ")
			setFile(b, path)
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
	case "ObjectName":
		w.objectName = v
	case "ObjectValueName":
		b.Set(event.RegistryValue, v)
	case "NewValue":
		if id == "4657" {
			b.Add(event.RegistryDataStrings, v)
		}
	case "ShareLocalPath":
		w.share = v
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
	case "MemberName": // a distinguished name
		w.member = v
		if cn, ok := after(v, "CN="); ok {
			w.member, _, _ = cut(cn, ",")
		} else if cn, ok := after(v, "cn="); ok {
			w.member, _, _ = cut(cn, ",")
		}
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
		if id == "4657" && w.missing(event.RegistryPath) {
			b.Set(event.RegistryPath, w.objectName)
		}
	}
	if local, ok := after(w.share, `\??\`); ok && len(w.relative) > 1 && w.missing(event.FilePath) {
		p := append(w.t.p.val[:0], local...)
		if p[len(p)-1] != '\\' {
			p = append(p, '\\')
		}
		w.t.p.val = append(p, w.relative...)
		b.Set(event.FilePath, w.t.p.val)
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
	return index(v, "Failure") >= 0 || string(v) == "0x8010000000000000" || string(v) == "-9218868437227405312"
}

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
	case id == "6" || id == "7":
		return [4]event.Field{0: event.DLLHashSha256}
	case id == "11" || id == "15" || id == "23" || id == "26" || id == "27" || id == "29":
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
			w.b.Set(f, h)
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
		if !digit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
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

// users tells who acted and upon whom.
func (w *winEvent) users(ev *windowsEvent, channel string) {
	b := w.b
	if !w.missing(event.UserName) {
		return
	}
	switch {
	case w.account != nil && (ev != nil && (ev.id == "4778" || ev.id == "4779")):
		b.Set(event.UserName, w.account)
		b.Set(event.UserDomain, w.accountDomain)
		return
	case ev != nil && ev.target:
		if name, realm, ok := cutLast(w.target, "@"); ok && len(name) > 0 && bytes.EqualFold(realm, w.targetDomain) { // of Kerberos
			w.target = name
		}
		b.Set(event.UserName, w.target)
		b.Set(event.UserDomain, w.targetDomain)
		b.Set(event.UserID, w.targetSid)
		return
	case ev != nil && ev.manage:
		b.Set(event.UserTargetName, w.target)
		b.Set(event.UserChangesName, w.newName)
		if ev.id == "4740" { // where it was tried
			b.Set(event.SourceDomain, w.targetDomain)
			w.targetDomain = nil
		}
		b.Set(event.UserTargetDomain, w.targetDomain)
		b.Set(event.UserTargetID, w.targetSid)
	case channel == "Security" && w.target != nil && ev != nil && ev.class.types[0] == "group":
		b.Set(event.UserTargetName, w.member)
		b.Set(event.UserTargetID, w.memberSid)
		b.Set(event.GroupName, w.target)
		b.Set(event.GroupDomain, w.targetDomain)
		b.Set(event.GroupID, w.groupSid)
	case channel == "Security" && ev != nil && (ev.id == "4648" || ev.id == "4688") && len(w.target) > 0: // whose rights are used
		if b.Set(event.UserEffectiveName, w.target); string(w.targetSid) != "S-1-0-0" { // nobody
			b.Set(event.UserEffectiveID, w.targetSid)
		}
	}
	if w.user != nil {
		domain, name, ok := cutLast(w.user, `\`)
		if !ok {
			domain, name = w.accountDomain, w.user
		}
		b.Set(event.UserName, name)
		b.Set(event.UserDomain, domain)
		return
	}
	if w.subject == nil && w.service != "" {
		b.Set(event.UserName, w.t.writer[0])
		b.Set(event.UserDomain, w.t.writer[1])
		b.Set(event.UserID, w.t.writer[2])
	}
	b.Set(event.UserName, w.subject)
	b.Set(event.UserDomain, w.subjectDomain)
	b.Set(event.UserID, w.subjectSid)
}

func (w *winEvent) class(ev *windowsEvent) {
	b, c := w.b, &ev.class
	if w.missing(event.EventAction) || w.e.Str(event.WinlogChannel) == "Security" { // Winlogbeat's own is but the name of the task
		b.SetString(event.EventAction, c.action)
	}
	category := c.category
	if category == "file" {
		switch string(w.objectType) {
		case "Key":
			category = "registry"
		case "Process", "Thread", "Token":
			category = "process"
		}
	}
	b.AddString(event.EventCategory, category)
	for _, t := range c.types {
		b.AddString(event.EventType, t)
	}
	outcome := c.outcome
	switch {
	case outcome != "":
	case w.t.refused:
		outcome = failure
	case w.status != nil:
		if outcome = "failure"; string(w.status) == "0x0" {
			outcome = "success"
		}
	case w.e.Str(event.EventDataset) == "windows.security": // a record of the audit says so where it is none
		outcome = success
	}
	if w.missing(event.EventOutcome) {
		b.SetString(event.EventOutcome, outcome)
	}
	if outcome == "failure" {
		if b.Set(event.ErrorCode, w.status); len(w.substate) > 0 && string(w.substate) != "0x0" {
			b.Set(event.ErrorCode, w.substate)
		}
	}
}

// names gives programs and files the name at the end of their path.
func (w *winEvent) names() {
	for _, f := range [...][2]event.Field{{event.ProcessExecutable, event.ProcessName}, {event.ProcessParentExecutable, event.ProcessParentName},
		{event.FilePath, event.FileName}, {event.DLLPath, event.DLLName}} {
		if v := w.e.Str(f[0]); v != "" && w.missing(f[1]) {
			i := len(v)
			for i > 0 && v[i-1] != '\\' && v[i-1] != '/' {
				i--
			}
			w.b.SetString(f[1], v[i:])
		}
	}
	if path := w.e.Str(event.FilePath); path != "" {
		splitFile(w.b, w.e, bytesOf(path))
	}
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
