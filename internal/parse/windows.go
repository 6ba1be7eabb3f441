package parse

import (
	"strings"

	"watchpost/internal/event"
)

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
	if !e.Present(event.WinlogChannel) {
		t.collected.set(b)
	}
	if t.byWazuh {
		t.wazuhNamed()
	}
	if t.flat == flatYes {
		if long := hayabusaChannels[e.Str(event.WinlogChannel)]; long != "" {
			b.SetString(event.WinlogChannel, long)
		}
	}
	channel, id := e.Str(event.WinlogChannel), e.Str(event.WinlogEventID)
	w := winEvent{b: b, e: e, t: t}
	if id == "" {
		id = e.Str(event.EventCode)
	}
	if t.flat == flatYes {
		if t.inserts {
			t.toldByMessage()
		}
		channel = w.placeFlat(channel, id)
	} else if channel == "" && e.Str(event.WinlogEventID) == "" || id == "" {
		return
	}
	if len(t.app) > 0 && e.Str(event.ProcessName) == view(t.app) { // the collector's word for the provider
		b.Unset(event.ProcessName)
		b.Unset(event.ProcessPID)
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
	if provider := e.Str(event.WinlogProviderName); channel == "Security" && provider == "AD FS Auditing" || ev == nil && channel != "Security" && channel != "" {
		ev = w.ofProvider(provider, id)
	}
	w.read(ev, channel, id)
}

// read gives the event what its data say; ev is what it means, if that is known.
func (w *winEvent) read(ev *windowsEvent, channel, id string) {
	b, e, t := w.b, w.e, w.t
	w.sysmon = hasSuffix(bytesOf(channel), "Sysmon/Operational") || w.service == "sysmon"
	w.program = id == "1" && w.sysmon || channel == "" && w.category == "process_creation"
	for _, d := range t.data {
		if hasSuffix(bytesOf(channel), "Defender/Operational") {
			for i, c := range d.name {
				if c == '_' { // Winlogbeat's for a blank
					d.name[i] = ' '
				}
			}
		}
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
	w.commandLines()
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
	sysmon                                        bool
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
	objectType, objectName, objectClass           []byte
	share, shareName, relative                    []byte
	connected                                     []byte // who runs a command from afar
	eventType                                     []byte
}

func (w *winEvent) missing(f event.Field) bool { return !w.e.Present(f) }

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
		if name, realm, ok := cutLast(w.target, "@"); ok && len(name) > 0 { // of Kerberos
			if w.target = name; w.targetDomain == nil {
				w.targetDomain = realm
			}
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
		if name, _, ok := cutLast(w.target, "@"); ok && len(name) > 0 {
			w.target = name
		}
		if b.Set(event.UserEffectiveName, w.target); string(w.targetSid) != "S-1-0-0" { // nobody
			b.Set(event.UserEffectiveID, w.targetSid)
		}
	}
	if _, name, ok := cutLast(w.connected, `\`); ok {
		b.Set(event.SourceUserName, name)
		if _, name, ok := cutLast(w.user, `\`); ok {
			b.Set(event.DestinationUserName, name)
		}
		w.user = w.connected
	}
	if w.user != nil {
		domain, name, ok := cutLast(w.user, `\`)
		if !ok {
			domain, name = w.accountDomain, w.user
		}
		b.Set(event.UserName, name)
		b.Set(event.UserDomain, domain)
		if w.service == "powershell" { // which writes its events itself
			b.Set(event.UserID, w.t.writer[2])
		}
		return
	}
	other := w.service == "" || w.service == "defender" || w.service == "adfs" || w.service == "crash" // whose events are about others
	if id := w.e.Str(event.UserID); w.subject == nil && !other && (id == "" || id == string(w.t.writer[2])) {
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
	b.SetString(event.EventAction, c.action) // Winlogbeat's own is but the name of the task
	category, also, _ := strings.Cut(c.category, " ")
	if category == "file" {
		switch string(w.objectType) {
		case "Key":
			category = "registry"
		case "Process", "Thread", "Token":
			category = "process"
		}
	}
	b.AddString(event.EventCategory, category)
	b.AddString(event.EventCategory, also)
	for _, t := range c.types {
		b.AddString(event.EventType, t)
	}
	outcome := c.outcome
	switch {
	case w.t.refused: // an attempt to change a password is of one id, however it ends
		outcome = failure
	case outcome != "":
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
