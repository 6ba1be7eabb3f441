package parse

import "watchpost/internal/event"

// techniques adds the techniques of ATT&CK in a list of tags: T1555, mitre_credential_access.
func (t *jsonSink) techniques(tags []byte) {
	for s := tags; len(s) > 0; {
		var tag []byte
		_, s, _ = cut(s, `"`)
		if tag, s, _ = cut(s, `"`); isTechnique(tag) {
			t.b.Add(event.ThreatTechniqueID, tag)
		}
	}
}

// isTechnique says whether s is T1234 or T1234.001.
func isTechnique(s []byte) bool {
	return len(s) >= 5 && s[0] == 'T' && digits(s[1:5]) && (len(s) == 5 || len(s) == 9 && s[5] == '.' && digits(s[6:]))
}

// falco takes the techniques among an alert's tags; fd.name is a file only where it is a path.
func (t *jsonSink) falco() {
	t.techniques(t.noted("tags"))
	e := event.Event{Batch: t.b, Row: t.b.Rows()}
	if path := e.Str(event.FilePath); path != "" && path[0] != '/' {
		t.b.Unset(event.FilePath)
	}
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

func (t *jsonSink) wazuh() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	if id := view(t.noted("data.win.system.eventID")); id != "" {
		t.wazuhWindows(e, view(t.noted("data.win.system.channel")), id)
	}
	if v := t.noted("data.dstuser"); v != nil && !e.Present(event.UserName) && index(t.noted("rule.groups"), "authentication") >= 0 { // who logs in
		b.Unset(event.UserTargetName)
		b.Set(event.UserName, v)
	}
	if name := e.Str(event.UserTargetName); name != "" && e.Present(event.UserName) && index(t.noted("rule.groups"), `"sudo"`) >= 0 { // whose rights are used
		b.Unset(event.UserTargetName)
		b.SetString(event.UserEffectiveName, name)
	}
	for s := t.noted("rule.groups"); len(s) > 0; {
		var group []byte
		_, s, _ = cut(s, `"`)
		group, s, _ = cut(s, `"`)
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

// addOnce adds v to a list that does not have it.
func addOnce(b *event.Batch, f event.Field, v string) {
	e := event.Event{Batch: b, Row: b.Rows()}
	for i := range e.Len(f) {
		if e.At(f, i) == v {
			return
		}
	}
	b.AddString(f, v)
}

// suricata tells whether what an alert is about went through.
func (t *jsonSink) suricata() {
	switch string(t.noted("alert.action")) {
	case "allowed":
		t.b.AddString(event.EventType, "allowed")
	case "blocked":
		t.b.AddString(event.EventType, "denied")
		t.b.Unset(event.EventOutcome) // of the answer in the packet
		t.b.SetString(event.EventOutcome, failure)
	}
	e := event.Event{Batch: t.b, Row: t.b.Rows()}
	switch kind := string(t.noted("event_type")); kind {
	case "alert":
		t.b.AddString(event.EventCategory, netw)
		fallthrough
	case "http":
		if host := t.noted("http.hostname"); host != nil && string(t.noted("direction")) != "to_client" {
			t.b.Set(event.DestinationDomain, host)
		}
	case "stats":
		t.b.Unset(event.EventKind)
		t.b.SetString(event.EventKind, "metric")
	case "flow":
		if from, ok := e.Int(event.EventStart); ok {
			if to, ok := e.Int(event.EventEnd); ok && to >= from {
				t.b.SetInt(event.EventDuration, to-from)
			}
		}
	}
	if v, ok := after(t.noted("http.protocol"), "HTTP/"); ok {
		t.b.Set(event.HTTPVersion, v)
	}
	if v := t.noted("dns.rdata"); v != nil && isIP(v) {
		t.b.Add(event.DNSResolvedIP, v)
	}
	if raw, list := t.notedList("dns.answers"); list {
		for n := 0; n < 64; n++ { // the first is set
			i := index(raw, `"rdata"`)
			if i < 1 {
				break
			}
			if v := firstIn(raw[i-1:], "rdata"); len(v) > 0 {
				if n > 0 {
					t.b.Add(event.DNSAnswers, v)
				}
				if isIP(v) {
					t.b.Add(event.DNSResolvedIP, v)
				}
			}
			raw = raw[i+len(`"rdata"`):]
		}
	}
	switch kind := t.noted("event_type"); string(kind) {
	case "dns", "http", "tls", "ssh", "smb", "smtp", "ftp", "tftp", "nfs", "rdp", "sip", "ike", "snmp", "mqtt", "quic", "dcerpc", "dhcp", "krb5", "modbus", "dnp3", "pgsql", "ldap", "pop3", "telnet":
		if !e.Present(event.NetworkProtocol) {
			t.b.Set(event.NetworkProtocol, kind)
		}
	}
}

// falcon tells a program's path from its folder: newer detections end the path with the name.
func (t *jsonSink) falcon() {
	b := t.b
	if string(t.noted("metadata.eventType")) == "FirewallMatchEvent" {
		t.sensorDirection(t.noted("event.ConnectionDirection"), false)
	}
	setUPN(b, string(t.noted("event.UserId")), false)
	name, path := t.noted("event.FileName"), t.noted("event.FilePath")
	if len(name) == 0 || len(path) == 0 {
		return
	}
	b.Unset(event.FileDirectory)
	if hasSuffix(path, view(name)) {
		b.Set(event.ProcessExecutable, path)
		return
	}
	b.Set(event.FileDirectory, path)
	t.p.val = append(append(append(t.p.val[:0], path...), '\\'), name...)
	b.Set(event.ProcessExecutable, t.p.val)
}

// falconData tells the system that the sensor runs on.
func (t *jsonSink) falconData() {
	if kind := t.noted("event_simpleName"); hasPrefix(kind, "Network") {
		t.sensorDirection(t.noted("ConnectionDirection"), hasPrefix(kind, "NetworkReceiveAccept"))
	}
	system := ""
	switch string(t.noted("event_platform")) {
	case "Win":
		system = "windows"
	case "Lin":
		system = "linux"
	case "Mac":
		system = "macos"
	default:
		return
	}
	t.b.Unset(event.HostOSType)
	t.b.SetString(event.HostOSType, system)
}

// trueNAS tells by the kind of an audited event.
func (t *jsonSink) trueNAS() {
	b := t.b
	switch kind := string(t.noted("TNAUDIT.event")); kind {
	case "AUTHENTICATION", "LOGIN", "CREDENTIAL":
		(&class{action: login, category: authn, types: [3]string{"start"}}).set(b)
	case "LOGOUT":
		(&class{action: "logout", category: authn, types: [3]string{"end"}}).set(b)
	case "METHOD_CALL":
		method := firstIn(t.noted("TNAUDIT.event_data"), "method")
		b.Set(event.EventAction, method)
		if isIAM(view(method)) {
			b.AddString(event.EventCategory, "iam")
			iamTypes(b, view(method))
			return
		}
		b.AddString(event.EventCategory, "configuration")
		b.AddString(event.EventType, verbType(view(method)))
	case "CONNECT", "DISCONNECT":
		b.SetString(event.EventAction, map[bool]string{true: "connect", false: "disconnect"}[kind == "CONNECT"])
		b.AddString(event.EventCategory, netw)
		b.AddString(event.EventType, map[bool]string{true: "start", false: "end"}[kind == "CONNECT"])
	case "CREATE", "UNLINK", "RENAME", "READ", "WRITE", "OFFLOAD_READ", "OFFLOAD_WRITE", "SET_ACL", "SET_ATTR", "CLOSE":
		b.Set(event.EventAction, t.noted("TNAUDIT.event"))
		b.AddString(event.EventCategory, "file")
		switch kind {
		case "CREATE":
			b.AddString(event.EventType, "creation")
		case "UNLINK":
			b.AddString(event.EventType, "deletion")
		case "READ", "OFFLOAD_READ", "CLOSE":
			b.AddString(event.EventType, "access")
		default:
			b.AddString(event.EventType, "change")
		}
		data := t.noted("TNAUDIT.event_data")
		_, file, _ := cut(data, `"file"`)
		b.Set(event.FilePath, firstIn(file, "path"))
	default:
		b.Set(event.EventAction, t.noted("TNAUDIT.event"))
		b.AddString(event.EventCategory, "host")
		b.AddString(event.EventType, "info")
	}
}

// falcoText reads "18:14:15.123456789: Notice A shell was spawned (user=root shell=bash cmdline=bash -i k8s.pod=web-0)".
func falcoText(b *event.Batch, _ *header, m []byte) bool {
	clock, rest, ok := cut(m, ": ")
	if !ok || len(clock) < 8 || clock[2] != ':' {
		return false
	}
	level, text := word(rest)
	switch string(level) {
	case "Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug":
	default:
		return false
	}
	falcoClass.set(b)
	b.Set(event.LogLevel, level)
	text = skipBlanks(text)
	b.Unset(event.Message)
	b.Set(event.Message, text)
	what, facts, ok := cut(text, "(")
	b.Set(event.RuleDescription, trimBlanks(what))
	if !ok {
		return true
	}
	if i := lastIndex(facts, ")"); i >= 0 {
		facts = facts[:i]
	}
	for len(facts) > 0 { // a value ends where the next key begins
		key, v, ok := cut(facts, "=")
		if !ok {
			break
		}
		end, next := len(v), len(v)
		for i := 0; i < len(v); i++ {
			if v[i] != ' ' {
				continue
			}
			j := i + 1
			for j < len(v) && (alpha(v[j]) || v[j] == '_' || v[j] == '.') {
				j++
			}
			if j > i+1 && j < len(v) && v[j] == '=' {
				end, next = i, i+1
				break
			}
		}
		v, facts = v[:end], v[next:]
		if nothing(v) || string(v) == "<NA>" {
			continue
		}
		switch string(key) {
		case "user":
			b.Set(event.UserName, v)
		case "user_uid":
			b.Set(event.UserID, v)
		case "command", "cmdline", "proc.cmdline":
			b.Set(event.ProcessCommandLine, v)
		case "process", "proc_name", "shell": // not falco itself
			b.Unset(event.ProcessName)
			b.Unset(event.ProcessPID)
			b.Set(event.ProcessName, v)
		case "proc_exepath", "exe":
			b.Set(event.ProcessExecutable, v)
		case "parent", "proc_pname":
			b.Set(event.ProcessParentName, v)
		case "file":
			b.Set(event.FilePath, v)
		case "container_id", "container":
			b.Label([]byte("container.id"), v)
		case "k8s.pod", "k8s_pod_name":
			b.Label([]byte("kubernetes.pod.name"), v)
		case "k8s.ns", "k8s_ns_name":
			b.Label([]byte("kubernetes.namespace"), v)
		case "image", "container_image":
			b.Label([]byte("container.image.name"), v)
		}
	}
	return true
}

// wazuhData takes the data of an event of Windows as Wazuh writes them: names begin small, and backslashes are doubled once more.
func (t *jsonSink) wazuhData(path, v []byte) {
	name, ok := after(path, "data.win.eventdata.")
	if !ok || len(name) == 0 || len(t.data) == maxWinData || len(v) == 1 && v[0] == '-' {
		return
	}
	from := len(t.p.names)
	t.p.names = append(t.p.names, name...)
	name = t.p.names[from:]
	if name[0]-'a' < 26 {
		name[0] -= 0x20
	}
	if index(v, `\\`) >= 0 {
		from = len(t.p.names)
		t.p.names = halved(t.p.names, v)
		v = t.p.names[from:]
	}
	t.data = append(t.data, winData{name, v})
}

// wazuhWindows gives an alert the fields of the event of Windows that it is about.
func (t *jsonSink) wazuhWindows(e event.Event, channel, id string) {
	w := winEvent{b: t.b, e: e, t: t}
	t.refused = t.refused || string(t.noted("data.win.system.severityValue")) == "AUDIT_FAILURE" || auditFailure(t.noted("data.win.system.keywords"))
	c := windowsChannels[channel]
	ev := findEvent(c.events, id)
	switch {
	case channel == "System" && string(t.noted("data.win.system.providerName")) == "Service Control Manager":
		w.service, ev = "Service Control Manager", findEvent(serviceEvents[:], id)
	case channel == "System":
		w.service, ev = "system", findEvent(systemEvents[:], id)
	default:
		w.service = c.service
	}
	if ev != nil { // the alert keeps its own word
		other := *ev
		other.class.action = ""
		ev = &other
	}
	w.read(ev, channel, id)
}

// vault reads whether a request to HashiCorp's Vault was refused, and whether somebody logs in by it.
func (t *jsonSink) vault() {
	b := t.b
	if len(t.noted("error")) > 0 {
		b.SetString(event.EventOutcome, failure)
	} else if string(t.noted("type")) == "response" {
		b.SetString(event.EventOutcome, success)
	}
	if path := t.noted("request.path"); hasPrefix(path, "auth/") && index(path, "/login") > 0 {
		b.Unset(event.EventAction)
		(&class{action: login, category: authn, types: [3]string{"start"}}).set(b)
		return
	}
	b.AddString(event.EventCategory, "api")
	switch string(t.noted("request.operation")) {
	case "create":
		b.AddString(event.EventType, "creation")
	case "update", "patch":
		b.AddString(event.EventType, "change")
	case "delete":
		b.AddString(event.EventType, "deletion")
	default:
		b.AddString(event.EventType, "access")
	}
}

// halved appends v to dst with one backslash for two.
func halved(dst, v []byte) []byte {
	for i := 0; i < len(v); i++ {
		if dst = append(dst, v[i]); v[i] == '\\' && i+1 < len(v) && v[i+1] == '\\' {
			i++
		}
	}
	return dst
}
