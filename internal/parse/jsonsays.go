package parse

import (
	"strings"

	"watchpost/internal/event"
)

// isTechnique says whether s is T1234 or T1234.001.
func isTechnique(s []byte) bool {
	return len(s) >= 5 && s[0] == 'T' && digits(s[1:5]) && (len(s) == 5 || len(s) == 9 && s[5] == '.' && digits(s[6:]))
}

// falco takes the techniques among an alert's tags; fd.name is a file only where it is a path.
func (t *jsonSink) falco() {
	e := event.Event{Batch: t.b, Row: t.b.Rows()}
	for i := range e.Len(event.Tags) {
		if tag := bytesOf(e.At(event.Tags, i)); isTechnique(tag) {
			t.b.Add(event.ThreatTechniqueID, tag)
		}
	}
	path := e.Str(event.FilePath)
	if path == "" || path[0] == '/' {
		return
	}
	t.b.Unset(event.FilePath)
	if from, to, ok := cut(t.noted("output_fields.fd.name"), "->"); ok { // the client, as Falco writes it
		if !e.Present(event.SourceIP) {
			setHostPort(t.b, &src, from)
		}
		if !e.Present(event.DestinationIP) {
			setHostPort(t.b, &dst, to)
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

// snort tells whether what an alert is about went through, and reads the alert's time.
func (t *jsonSink) snort() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	b.SetString(event.EventKind, "alert")
	switch string(t.noted("action")) {
	case "allow", "pass":
		b.AddString(event.EventType, "allowed")
	case "block", "drop", "reject", "reset":
		b.AddString(event.EventType, "denied")
		b.SetString(event.EventOutcome, failure)
	}
	if e.Str(event.NetworkProtocol) == "unknown" {
		b.Unset(event.NetworkProtocol)
	}
	if e.Str(event.NetworkVlanID) == "0" {
		b.Unset(event.NetworkVlanID)
	}
	if n := snortStamp(t.noted("timestamp"), &t.stamp); n > 0 && t.rank == 0 {
		t.rank = 1
	}
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
	if name := t.noted("firewall_name"); name != nil { // AWS'
		t.cloudLabels("aws")
		t.b.Set(event.ObserverName, name)
		t.b.SetString(event.ObserverVendor, "AWS")
		t.b.SetString(event.ObserverProduct, "Network Firewall")
		t.b.SetString(event.ObserverType, "firewall")
	}
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
	case "flow", "netflow":
		if from, ok := e.Int(event.EventStart); ok {
			if to, ok := e.Int(event.EventEnd); ok && to >= from {
				t.b.SetInt(event.EventDuration, to-from)
			}
		}
	}
	if s := e.Str(event.NetworkProtocol); s == "unknown" || s == "failed" { // none was recognised
		t.b.Unset(event.NetworkProtocol)
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
	t.dropZeroHashes()
	if kind := t.noted("metadata.eventType"); hasSuffix(kind, "DetectionSummaryEvent") {
		if e := (event.Event{Batch: b, Row: b.Rows()}); e.Str(event.EventAction) != "ids_alert" { // of kinds that came later
			b.SetString(event.EventAction, "ids_alert")
			b.Unset(event.EventCategory)
			b.AddString(event.EventCategory, "threat")
		}
	}
	t.imagePath(t.noted("event.FileName"), t.noted("event.FilePath"))
}

// imagePath sets the path of the program that a detection is about.
func (t *jsonSink) imagePath(name, path []byte) {
	b := t.b
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

// fdrKinds say what an event of CrowdStrike's sensor is about: the first whose word is in its name.
var fdrKinds = [...]struct{ word, category, typ string }{
	{"RegKeyDelete", "registry", "deletion"}, {"RegValueDelete", "registry", "deletion"}, {"RegKeyCreate", "registry", "creation"}, {"RegKey", "registry", "change"}, {"RegValue", "registry", "change"}, {"RegGeneric", "registry", "change"}, {"RegSystem", "registry", "change"}, {"Registry", "registry", "change"}, {"Asep", "registry", "change"},
	{"FileDelete", "file", "deletion"}, {"ExecutableDeleted", "file", "deletion"}, {"FileRename", "file", "change"}, {"FileOpen", "file", "access"}, {"FileAccessed", "file", "access"}, {"RansomwareOpenFile", "file", "access"},
	{"FileWritten", "file", "creation"}, {"ScriptWritten", "file", "creation"}, {"ExecutableWritten", "file", "creation"}, {"DirectoryCreate", "file", "creation"}, {"DirectoryDelete", "file", "deletion"}, {"FileCreate", "file", "creation"}, {"SuspiciousFile", "file", "info"}, {"FileAccessPattern", "file", "change"},
	{"DriverLoad", "driver", "start"}, {"ModuleLoad", "library", "start"}, {"ImageHash", "library", "info"}, {"DllInjection", "process", "change"}, {"InjectedThread", "process", "change"},
	{"UserAccountCreated", "iam", "creation"}, {"UserAccountDeleted", "iam", "deletion"}, {"UserAccountAddedToGroup", "iam", "change"}, {"UserAccount", "iam", "change"}, {"UserIdentity", "session", "info"}, {"DCSync", "iam", "access"},
	{"ScheduledTaskRegistered", "configuration", "creation"}, {"ScheduledTaskDeleted", "configuration", "deletion"}, {"ScheduledTask", "configuration", "change"}, {"CreateService", "configuration", "creation"}, {"ModifyService", "configuration", "change"}, {"ServiceStarted", "process", "start"}, {"ServiceStopped", "process", "end"}, {"Firewall", "configuration", "change"},
	{"NetworkListen", netw, "info"}, {"NetworkClose", netw, "end"}, {"Network", netw, "connection"}, {"RawBind", netw, "info"}, {"BindIP", netw, "info"}, {"Smb", netw, "connection"}, {"Http", netw, "connection"}, {"Dns", netw, "protocol"},
	{"TerminateProcess", "process", "end"}, {"CommandHistory", "process", "info"}, {"ScriptControl", "process", "info"}, {"WmiCreateProcess", "process", "start"}, {"Process", "process", "info"}, {"EnvironmentVariableChanged", "configuration", "change"}, {"VolumeSnapshotCreated", "file", "creation"}, {"VolumeSnapshotDeleted", "file", "deletion"},
}

// dnsTypes are the numbers under which sensors give the types of DNS that are asked for most.
var dnsTypes = map[string]string{"1": "A", "2": "NS", "5": "CNAME", "6": "SOA", "12": "PTR", "13": "HINFO", "15": "MX", "16": "TXT", "24": "SIG", "28": "AAAA", "33": "SRV", "35": "NAPTR", "41": "OPT", "43": "DS", "48": "DNSKEY", "64": "SVCB", "65": "HTTPS", "252": "AXFR", "255": "ANY", "257": "CAA"}

// falconData tells the system that the sensor runs on, and what its event is about.
func (t *jsonSink) falconData() {
	b := t.b
	t.dropZeroHashes()
	if t.noted("event_simpleName") == nil {
		t.externalEvent()
		return
	}
	e := event.Event{Batch: b, Row: b.Rows()}
	kind := t.noted("event_simpleName")
	if e.Str(event.EventAction) == view(kind) {
		t.sensorKind(kind)
	}
	switch category := e.At(event.EventCategory, 0); {
	case hasPrefix(kind, "Network"):
		t.sensorDirection(t.noted("ConnectionDirection"), hasPrefix(kind, "NetworkReceiveAccept"))
	case category == authn, category == "session", category == "iam": // from where somebody came
		if e.Present(event.DestinationIP) {
			swapEnds(b)
		}
		if v := t.noted("ClientComputerName"); len(v) > 1 {
			b.Set(event.SourceDomain, v)
		}
	}
	t.resolved(t.noted("IP4Records"))
	t.resolved(t.noted("IP6Records"))
	if name := t.noted("CNAMERecords"); name != nil {
		b.Add(event.DNSAnswers, bytesOf(strings.TrimSuffix(view(name), ";")))
	}
	if typ := t.noted("RequestType"); typ != nil && e.Present(event.DNSQuestionName) {
		if name := dnsTypes[string(typ)]; name != "" {
			b.SetString(event.DNSQuestionType, name)
		} else {
			b.Set(event.DNSQuestionType, typ)
		}
	}
	setUPN(b, e.Str(event.UserEmail), false)
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

// resolved takes the addresses of an answer: "192.0.2.7;192.0.2.8;".
func (t *jsonSink) resolved(list []byte) {
	for n := 0; len(list) > 0 && n < 64; n++ {
		var v []byte
		if v, list, _ = cut(list, ";"); isIP(v) {
			t.b.Add(event.DNSResolvedIP, v)
		}
	}
}

// sensorKind sets category and type by the name of a sensor's event, and tells whose hash and path it gives.
func (t *jsonSink) sensorKind(kind []byte) {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	for i := range fdrKinds {
		k := &fdrKinds[i]
		if index(kind, k.word) < 0 {
			continue
		}
		b.Unset(event.EventCategory)
		b.Unset(event.EventType)
		b.AddString(event.EventCategory, k.category)
		if k.category == "iam" {
			b.AddString(event.EventType, "user")
		}
		b.AddString(event.EventType, k.typ)
		sum := event.FileHashSha256
		switch k.category {
		case "file":
			splitFile(b, e, bytesOf(e.Str(event.FilePath)))
		case "library", "driver":
			sum = event.DLLHashSha256
			path := e.Str(event.ProcessExecutable)
			b.Unset(event.ProcessExecutable)
			b.Unset(event.ProcessName)
			b.SetString(event.DLLPath, path)
			b.Set(event.DLLName, lastName(bytesOf(path)))
			if v := t.noted("TargetImageFileName"); v != nil {
				b.Set(event.ProcessExecutable, v)
				setBase(b, event.ProcessExecutable, v)
			}
		default:
			return
		}
		if v := e.Str(event.ProcessHashSha256); v != "" && t.noted("ImageFileName") == nil || k.category != "file" {
			b.Unset(event.ProcessHashSha256)
			b.Unset(event.ProcessHashMd5)
			b.SetString(sum, v)
		}
		return
	}
}

// dropZeroHashes takes back hashes that the sensor did not reckon.
func (t *jsonSink) dropZeroHashes() {
	e := event.Event{Batch: t.b, Row: t.b.Rows()}
	for _, f := range [...]event.Field{event.ProcessHashMd5, event.ProcessHashSha1, event.ProcessHashSha256} {
		if v := e.Str(f); v != "" && strings.Trim(v, "0") == "" {
			t.b.Unset(f)
		}
	}
}

// externalEvent tells by its type what an event of Falcon's interface is that FDR hands on.
func (t *jsonSink) externalEvent() {
	b := t.b
	kind := t.noted("ExternalApiType")
	kind, _ = after(kind, "Event_")
	switch {
	case hasSuffix(kind, "DetectionSummaryEvent"):
		(&class{action: "ids_alert", category: "malware", types: [3]string{"info"}}).set(b)
	case string(kind) == "IncidentSummaryEvent":
		(&class{action: "incident", category: "intrusion_detection", types: [3]string{"info"}}).set(b)
	default:
		b.Set(event.EventAction, kind)
		b.AddString(event.EventCategory, "host")
		b.AddString(event.EventType, "info")
	}
	b.SetString(event.EventDataset, "crowdstrike.fdr")
	b.SetString(event.EventModule, "crowdstrike")
	t.imagePath(t.noted("FileName"), t.noted("FilePath"))
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

// guardDuty: what the API answered is no outcome of the finding. Its type is Purpose:Resource/Family.
func (t *jsonSink) guardDuty() {
	b, e := t.b, event.Event{Batch: t.b, Row: t.b.Rows()}
	b.Unset(event.EventOutcome)
	b.Unset(event.EventKind)
	b.SetString(event.EventKind, "alert")
	findingFlow(b)
	if e.Str(event.NetworkDirection) == "outbound" {
		swapEnds(b)
		swapPlaces(b)
	}
	kind := bytesOf(e.Str(event.RuleName))
	if purpose, _, ok := cut(kind, ":"); ok {
		b.Set(event.RuleCategory, purpose)
		set, _, _ := cut(kind, "/")
		b.Set(event.RuleRuleset, set)
	}
}
