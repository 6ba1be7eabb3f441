package parse

import (
	"slices"
	"strings"

	"watchpost/internal/event"
)

// What Wazuh's manager writes (alerts.json, archives.json, syslog_output, integrations) is an envelope around an event. The event says what it
// would have said had it come alone: by data.win where it is one of Windows, else by the line in full_log. Beside it stand the rule (rule.*,
// threat.*, its level as event.severity) and the kind alert. Where both say something, the envelope counts, but for users: Wazuh's decoders call who
// logs in srcuser in one line and dstuser in the next, so the line's own parser knows better.

// wazuhVerdict are the names of what Wazuh adds to an event.
var wazuhVerdict = []jsonName{{"rule.id", event.RuleID}, {"rule.description", event.RuleName}, {"rule.level", event.EventSeverity}, {"rule.mitre.id", event.ThreatTechniqueID}, {"rule.mitre.tactic", event.ThreatTacticName},
	{"rule.groups", event.RuleCategory}, {"manager.name", event.ObserverName}, {"agent.id", event.AgentID}, {"agent.name", event.AgentName}, {"agent.ip", 0}, {"predecoder.hostname", 0}, {"location", 0}, {"full_log", 0}}

// wazuhNames are the names of what its decoders found besides.
var wazuhNames = append([]jsonName{{"decoder.name", event.EventProvider},
	{"data.srcip", event.SourceIP}, {"data.srcport", event.SourcePort}, {"data.dstip", event.DestinationIP}, {"data.dstport", event.DestinationPort}, {"data.srcuser", event.UserName},
	{"data.dstuser", event.UserTargetName}, {"data.user", event.UserName}, {"data.uid", event.UserID}, {"data.id", event.EventCode}, {"data.url", event.URLOriginal}, {"data.protocol", event.NetworkTransport}, {"data.command", event.ProcessCommandLine},
	{"data.audit.exe", event.ProcessExecutable}, {"data.audit.cwd", event.ProcessWorkingDirectory}, {"data.audit.pid", event.ProcessPID}, {"data.audit.ppid", event.ProcessParentPID}, {"data.audit.uid", event.UserID}, {"data.audit.euid", event.UserEffectiveID},
	{"data.audit.file.name", event.FilePath}, {"data.audit.type", event.EventCode},
	{"syscheck.audit.user.name", event.UserName}, {"syscheck.audit.user.id", event.UserID}, {"syscheck.audit.effective_user.name", event.UserEffectiveName}, {"syscheck.audit.effective_user.id", event.UserEffectiveID},
	{"syscheck.audit.process.name", event.ProcessExecutable}, {"syscheck.audit.process.id", event.ProcessPID}, {"syscheck.audit.process.ppid", event.ProcessParentPID},
	{"syscheck.audit.process.parent_name", event.ProcessParentExecutable}, {"syscheck.audit.process.cwd", event.ProcessWorkingDirectory},
	{"syscheck.path", event.FilePath}, {"syscheck.event", event.EventAction}, {"syscheck.md5_after", event.FileHashMd5}, {"syscheck.sha1_after", event.FileHashSha1}, {"syscheck.sha256_after", event.FileHashSha256},
	{"syscheck.uname_after", event.FileOwner}, {"syscheck.size_after", event.FileSize}, {"syscheck.perm_after", 0}, {"syscheck.value_name", event.RegistryValue},
	{"predecoder.program_name", event.ProcessName}, {"full_log", event.Message}}, wazuhVerdict...)

// wazuhBeside are those that count beside what the line says, see above.
var wazuhBeside = []jsonName{{"data.srcip", event.SourceIP}, {"data.srcport", event.SourcePort}, {"data.dstip", event.DestinationIP}, {"data.dstport", event.DestinationPort}}

// wazuhApps are told by the rule, and by what all that the manager writes has.
var wazuhApps = []jsonApp{
	{"rule.level", [][2]string{{"rule.id", "*"}, {"agent.id", "*"}, {"manager.name", "*"}}, class{"wazuh.alerts", "wazuh", "ids_alert", "", "intrusion_detection", [3]string{"info"}}, [2]string{}, "", wazuhNames},
	{"crit", [][2]string{{"id", "*"}, {"component", "*"}, {"description", "*"}}, class{"ossec.alerts", "wazuh", "", "", "", [3]string{}}, [2]string{}, "", []jsonName{{"classification", 0}, {"src_ip", 0}, {"src_port", 0}, {"dst_ip", 0}, {"dst_port", 0}, {"file", 0}, {"acct", 0},
		{"md5_new", 0}, {"sha1_new", 0}, {"sha256_new", 0}}},
	{"manager.name", [][2]string{{"agent.id", "*"}, {"agent.name", "*"}, {"location", "*"}}, class{"wazuh.archives", "wazuh", "", "", "", [3]string{}}, [2]string{}, "", wazuhNames},
}

// wazuhGroups say what the groups of a rule of Wazuh tell of the event that it is about.
var wazuhGroups = map[string]class{
	"authentication_success":    {category: authn, outcome: success, types: [3]string{"start"}},
	"authentication_failed":     {category: authn, outcome: failure, types: [3]string{"start"}},
	"authentication_failures":   {category: authn, outcome: failure, types: [3]string{"start"}},
	"invalid_login":             {category: authn, outcome: failure, types: [3]string{"start"}},
	"win_authentication_failed": {category: authn, outcome: failure, types: [3]string{"start"}},
	"syscheck":                  {category: "file"},
	"syscheck_entry_added":      {types: [3]string{"creation"}},
	"syscheck_entry_modified":   {types: [3]string{"change"}},
	"syscheck_entry_deleted":    {types: [3]string{"deletion"}},
	"adduser":                   {category: "iam", types: [3]string{"user", "creation"}},
	"account_changed":           {category: "iam", types: [3]string{"user", "change"}},
	"firewall_drop":             {category: netw, types: [3]string{"denied"}},
	"rootcheck":                 {category: "malware"},
	"vulnerability-detector":    {category: "vulnerability"},
}

// wazuhLeaf takes a leaf of the event of Windows that Wazuh hands on in data.win. It reports whether it did: what no field of an event of Windows
// holds keeps Wazuh's name.
func (t *jsonSink) wazuhLeaf(path, v []byte) bool {
	rest, ok := after(path, "data.win.")
	if !ok {
		return false
	}
	group, name, ok := cut(rest, ".")
	if !ok || len(name) == 0 {
		return false
	}
	switch string(group) {
	case "system":
		return t.wazuhSystem(name, v)
	case "eventdata":
		switch string(name) {
		case "auditPolicyChangesId": // what Windows has in AuditPolicyChanges, where Wazuh puts what it means
			name = unsafeBytes("AuditPolicyChanges")
		case "auditPolicyChanges", "category", "subcategory":
			if !hasPrefix(v, "%%") {
				return false
			}
		}
	}
	if len(t.data) == maxWinData {
		return false
	}
	name = t.keepName(name)
	if string(group) != "eventdata" { // of UserData: the element around them has a name of its own, and they begin with a capital
		capital(name)
	}
	t.data = append(t.data, winData{name, t.wazuhPlain(v)})
	t.byWazuh = true
	return true
}

// wazuhSystem takes what says which event it is.
func (t *jsonSink) wazuhSystem(name, v []byte) bool {
	b := t.b
	switch string(name) {
	case "eventID":
		b.Set(event.WinlogEventID, v)
	case "channel":
		b.Set(event.WinlogChannel, t.wazuhPlain(v))
	case "providerName":
		b.Set(event.WinlogProviderName, t.wazuhPlain(v))
	case "computer":
		b.Set(event.WinlogComputerName, v)
	case "eventRecordID":
		b.Set(event.WinlogRecordID, v)
	case "message": // in quotes
		if n := len(v); n > 1 && v[0] == '"' && v[n-1] == '"' {
			v = v[1 : n-1]
		}
		b.Set(event.Message, v)
	case "processID":
		t.process = v
		return false
	case "level":
		setLevel(b, v)
		return false
	case "keywords", "severityValue":
		t.refused = t.refused || auditFailure(v) || string(v) == "AUDIT_FAILURE"
		return false
	default:
		return false
	}
	return true
}

// wazuhPlain takes off what Wazuh leaves on a value: it cuts values out of the event's XML as JSON has escaped it, so backslashes and quotes have a
// backslash before them, and entities stand as they are. A quote without one shows that somebody has done so before.
func (t *jsonSink) wazuhPlain(v []byte) []byte {
	escaped := false
	for i := 0; i < len(v); i++ {
		if v[i] == '\\' && i+1 < len(v) && (v[i+1] == '\\' || v[i+1] == '"') {
			escaped = true
			i++
		} else if v[i] == '"' {
			escaped = false
			break
		}
	}
	if !escaped && index(v, "&") < 0 {
		return v
	}
	from := len(t.p.names)
	to := t.p.names
	for i := 0; i < len(v); i++ {
		c := v[i]
		if c == '&' {
			if name, _, ok := cut(v[i+1:min(len(v), i+12)], ";"); ok {
				to = appendEntity(to, name)
				i += len(name) + 1
				continue
			}
		}
		if c == '\\' && escaped && i+1 < len(v) && (v[i+1] == '\\' || v[i+1] == '"') {
			i++
			c = v[i]
		}
		to = append(to, c)
	}
	t.p.names = to
	return to[from:len(to):len(to)]
}

// wazuhSmall are the names of event data that begin small in Windows, by the provider; all others begin with a capital, and so does all else.
var wazuhSmall = map[string][]string{
	"Microsoft-Windows-Bits-Client": {"jobTitle", "jobId", "jobOwner", "processPath", "processId", "transferId", "name", "url", "peer", "hr", "proxy", "fileCount", "fileTime", "fileLength", "bytesTotal", "bytesTransferred",
		"bytesTransferredFromPeer", "bandwidthLimit", "ignoreBandwidthLimitsOnLan"},
	"OpenSSH":                               {"process", "payload"},
	"Microsoft-Windows-WindowsUpdateClient": {"updateTitle", "updateGuid", "updateRevisionNumber", "serviceGuid", "updateCount", "updatelist", "errorCode"},
	"Microsoft-Windows-AppxPackagingOM":     {"subjectName", "packageFullName"},
}

// wazuhNamed gives the data of an event by Wazuh the names that Windows has, now that the provider is known, and puts them into labels.
func (t *jsonSink) wazuhNamed() {
	e := event.Event{Batch: t.b, Row: t.b.Rows()}
	provider := e.Str(event.WinlogProviderName)
	if c := providerChannels[provider]; c != "" && !e.Present(event.WinlogChannel) {
		t.b.SetString(event.WinlogChannel, c)
	}
	small := wazuhSmall[provider]
	data := t.data
	for i := range data {
		d := &data[i]
		if string(d.name) == "data" { // several values without names
			t.wazuhUnnamed(d.value)
		}
		if rest, ok := after(d.name, "param"); (!ok || !digits(rest)) && !slices.Contains(small, view(d.name)) {
			capital(d.name)
		}
		t.p.key = append(append(t.p.key[:0], eventData...), d.name...)
		t.label(t.p.key, d.value)
	}
}

// wazuhUnnamed takes the values that Wazuh has joined by commas one by one, as param1, param2 ….
func (t *jsonSink) wazuhUnnamed(v []byte) {
	const names = "param1param2param3param4param5param6param7param8param9"
	for n := 0; len(v) > 0 && n < 9; n++ {
		var one []byte
		if one, v, _ = cut(v, ", "); len(one) > 0 {
			t.addWindows(bytesOf(names[6*n:6*n+6]), one)
		}
	}
}

// capital makes the first letter of a name of ASCII a capital.
func capital(name []byte) {
	if len(name) > 0 && name[0]-'a' < 26 {
		name[0] -= 0x20
	}
}

// wazuhWindows adds the verdict to an event of Windows that came by Wazuh.
func (t *jsonSink) wazuhWindows() {
	if t.noted("manager.name") == nil || t.noted("agent.id") == nil {
		return
	}
	e := event.Event{Batch: t.b, Row: t.b.Rows()}
	t.setNames(&wazuhApps[0], wazuhVerdict)
	t.wazuhHost(e.Str(event.WinlogComputerName))
	t.wazuhAlert()
	if !e.Present(event.EventCategory) {
		wazuhSorted(t.b, t.noted("rule.groups"))
	}
}

// wazuh reads any other event that came by Wazuh.
func (t *jsonSink) wazuh(a *jsonApp) {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	if len(t.app) > 0 && e.Str(event.ProcessName) == view(t.app) { // of who sends it
		b.Unset(event.ProcessName)
		b.Unset(event.ProcessPID)
	}
	if a.key == "crit" {
		t.ossec()
		return
	}
	if t.wazuhLine() {
		t.setNames(a, wazuhBeside)
		t.setNames(a, wazuhVerdict)
		t.wazuhAlert()
		return
	}
	b.Unset(event.EventKind)
	b.Unset(event.EventDataset)
	a.class.set(b)
	t.setNames(a, a.fields)
	t.wazuhUsers()
	t.wazuhHost(view(t.noted("predecoder.hostname")))
	t.wazuhAlert()
	if !t.wazuhFile() {
		wazuhSorted(t.b, t.noted("rule.groups"))
	}
}

// wazuhUsers tells who acts, by the groups of the rule: dstuser is who logs in, or whose rights are used.
func (t *jsonSink) wazuhUsers() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	groups := t.noted("rule.groups")
	if v := t.noted("data.dstuser"); v != nil && !e.Present(event.UserName) && index(groups, "authentication") >= 0 {
		b.Unset(event.UserTargetName)
		b.Set(event.UserName, v)
	}
	if name := e.Str(event.UserTargetName); name != "" && e.Present(event.UserName) && index(groups, `"sudo"`) >= 0 {
		b.Unset(event.UserTargetName)
		b.SetString(event.UserEffectiveName, name)
	}
}

// wazuhSorted sets category and type by the groups of the rule, with anything between them.
func wazuhSorted(b *event.Batch, groups []byte) {
	for s := groups; len(s) > 0; {
		n := 0
		for n < len(s) && (alpha(s[n]) || digit(s[n]) || s[n] == '_' || s[n] == '-') {
			n++
		}
		group := s[:n]
		s = s[min(n+1, len(s)):]
		c, ok := wazuhGroups[string(group)]
		if !ok {
			continue
		}
		addOnce(b, event.EventCategory, c.category)
		for _, typ := range c.types {
			addOnce(b, event.EventType, typ)
		}
		if e := (event.Event{Batch: b, Row: b.Rows()}); !e.Present(event.EventOutcome) {
			b.SetString(event.EventOutcome, c.outcome)
		}
	}
}

// wazuhFile reads what the watch over files and the registry has seen.
func (t *jsonSink) wazuhFile() bool {
	path := t.noted("syscheck.path")
	if path == nil {
		return false
	}
	b := t.b
	b.Unset(event.EventCategory)
	b.Unset(event.EventType)
	if hasPrefix(path, "HKEY_") {
		b.Unset(event.FilePath)
		b.Set(event.RegistryPath, path)
		b.AddString(event.EventCategory, "registry")
	} else {
		b.AddString(event.EventCategory, "file")
		splitFile(b, event.Event{Batch: b, Row: b.Rows()}, path)
	}
	if hasPrefix(path, "HKEY_") || len(path) > 2 && path[1] == ':' {
		b.SetString(event.HostOSType, "windows")
	}
	switch string(t.noted("syscheck.event")) {
	case "added", "readded":
		b.AddString(event.EventType, "creation")
	case "deleted":
		b.AddString(event.EventType, "deletion")
	default:
		b.AddString(event.EventType, "change")
	}
	if perm := t.noted("syscheck.perm_after"); len(perm) == 9 {
		mode := [4]byte{'0', '0', '0', '0'}
		for i, c := range perm {
			if c != '-' {
				mode[1+i/3] += 4 >> (i % 3)
			}
		}
		b.Set(event.FileMode, mode[:])
	}
	return true
}

// wazuhAlert says that a rule of Wazuh has found the event worth an alert.
func (t *jsonSink) wazuhAlert() {
	b := t.b
	b.SetString(event.ObserverProduct, "Wazuh")
	wazuhPlace(b, t.noted("location"))
	if t.noted("rule.level") != nil {
		b.Unset(event.EventKind)
		b.SetString(event.EventKind, "alert")
	}
}

// wazuhPlace takes where an alert's event was read: "(web2) 192.0.2.9->/var/log/auth.log", the file alone, or the name of what read it. It gives what
// stands before the arrow: agent, or manager.
func wazuhPlace(b *event.Batch, from []byte) (agent []byte) {
	if agent, path, ok := cut(from, "->"); ok {
		from = path
		if name, ip, ok := cut(agent, ") "); ok && hasPrefix(name, "(") {
			b.Set(event.AgentName, name[1:])
			if isIP(ip) {
				b.Add(event.HostIP, ip)
			}
			agent = name[1:]
		}
		if index(from, "/") >= 0 || index(from, `\`) >= 0 {
			b.Set(event.LogFilePath, from)
		}
		return agent
	}
	if index(from, "/") >= 0 || index(from, `\`) >= 0 {
		b.Set(event.LogFilePath, from)
	}
	return nil
}

// wazuhHost names the host on which the event happened: the one that the event names, since an agent reads files of others, too, and 000 is the
// manager. The agent's address is the host's where both have one name.
func (t *jsonSink) wazuhHost(name string) {
	b, agent := t.b, view(t.noted("agent.name"))
	if short, _, _ := strings.Cut(name, "."); name == "" || strings.EqualFold(short, agent) || strings.EqualFold(name, agent) {
		if ip := t.noted("agent.ip"); isIP(ip) {
			b.Add(event.HostIP, ip)
		}
	}
	if name == "" {
		name = agent
	}
	if !t.header || string(t.app) == wazuhTag { // any other header's host stands, as it does for all
		b.SetString(event.HostName, name)
		b.SetString(event.HostHostname, name)
	}
}

// wazuhTag is the tag of what a manager sends by syslog. The host in its header is the manager, see Host.
const wazuhTag = "ossec"

// wazuhLine reads the line or object that an alert is about into the row, and reports whether a parser knows it.
func (t *jsonSink) wazuhLine() bool {
	p, b := t.p, t.b
	if t.noted("syscheck.path") != nil || !p.heldLine(b, t.noted("full_log"), !t.header) {
		return false
	}
	h, host := &p.inner, view(p.inner.host)
	if host == "" && !t.header { // an object may name it
		host = b.Event(b.Rows()).Str(event.HostName)
	}
	t.wazuhHost(host)
	if h.stamp.has && h.stamp.hasYear && h.stamp.hasZone {
		t.stamp, t.rank = h.stamp, 1
	}
	return true
}

// heldLine reads a line or object that an alert holds into the row: with its header, where the alert has none of its own. It reports whether a parser
// knows it, and leaves the header in p.inner.
func (p *Parser) heldLine(b *event.Batch, line []byte, bare bool) (known bool) {
	line = trimLine(line)
	if len(line) < 16 || p.inside || index(line, "\n") >= 0 {
		return false
	}
	e := event.Event{Batch: b, Row: b.Rows()}
	sender := e.Str(event.HostName)
	for _, f := range [...]event.Field{event.EventKind, event.EventDataset, event.EventModule, event.EventAction, event.EventCategory, event.EventType, event.EventOutcome, event.Message, event.HostName, event.HostHostname} {
		b.Unset(f)
	}
	h := &p.inner
	*h = header{pri: -1}
	if body := trimJSON(line); len(body) > 0 && body[0] == '{' {
		known = p.aside(func() bool { return p.wholeObject(body) && p.jsonBody(b, h, body) }) && e.Str(event.EventDataset) != "json"
	} else {
		if scan(line, h); !isLine(line, h) {
			*h = header{pri: -1, msg: line}
		}
		if bare {
			p.setHeader(b, h)
		} else {
			b.Set(event.Message, h.msg)
			b.Set(event.ProcessName, programName(h.app))
			setNum(b, event.ProcessPID, h.procid)
		}
		known = p.aside(func() bool { return p.body(b, h) })
	}
	if !bare {
		b.Unset(event.HostName)
		b.Unset(event.HostHostname)
		b.SetString(event.HostName, sender)
		b.SetString(event.HostHostname, sender)
	}
	return known
}
