package parse

import "watchpost/internal/event"

// tetragonNames are what Tetragon says of a process and its parent, below of.
func tetragonNames(of string) []jsonName {
	return []jsonName{{"node_name", event.HostName}, {of + "process.binary", event.ProcessExecutable}, {of + "process.exec_id", event.ProcessEntityID}, {of + "process.pid", event.ProcessPID}, {of + "process.uid", event.UserID}, {of + "process.cwd", event.ProcessWorkingDirectory},
		{of + "process.arguments", 0}, {of + "parent.binary", event.ProcessParentExecutable}, {of + "parent.exec_id", event.ProcessParentEntityID}, {of + "parent.pid", event.ProcessParentPID}, {of + "parent.arguments", 0},
		{of + "status", event.ProcessExitCode}, {of + "policy_name", event.RuleName}, {of + "function_name", event.EventCode}, {of + "message", event.RuleDescription}, {of + "action", event.EventReason}}
}

// tetragonApp is a kind of Tetragon's events.
func tetragonApp(kind, action, typ string) jsonApp {
	return jsonApp{kind + ".process.exec_id", [][2]string{{kind + ".process.exec_id", "*"}}, class{"cilium_tetragon.log", "cilium_tetragon", action, "", "process", [3]string{typ}}, [2]string{}, "time", tetragonNames(kind + ".")}
}

var traceeNames = []jsonName{{"eventName", event.EventAction}, {"eventId", event.EventCode}, {"hostName", event.HostName}, {"processName", event.ProcessName}, {"executable.path", event.ProcessExecutable}, {"hostProcessId", event.ProcessPID}, {"hostParentProcessId", event.ProcessParentPID},
	{"userId", event.UserID}, {"metadata.Properties.signatureName", event.RuleName}, {"metadata.Properties.signatureID", event.RuleID}, {"metadata.Description", event.RuleDescription}, {"metadata.Properties.Severity", event.EventSeverity}}

// runtimeApps are programs that watch what processes do: Tetragon, Tracee, and the unified log of macOS.
var runtimeApps = []jsonApp{
	tetragonApp("process_exec", "process_started", "start"), tetragonApp("process_exit", "process_ended", "end"), tetragonApp("process_kprobe", "process_kprobe", "info"), tetragonApp("process_tracepoint", "process_tracepoint", "info"), tetragonApp("process_lsm", "process_lsm", "info"), tetragonApp("process_loader", "library_loaded", "change"),
	{"eventName", [][2]string{{"processName", "*"}, {"hostName", "*"}, {"metadata.Properties.signatureID", "*"}}, class{"tracee.events", "tracee", "ids_alert", "", "intrusion_detection", [3]string{"info"}}, [2]string{}, "", traceeNames[1:]},
	{"eventName", [][2]string{{"processName", "*"}, {"hostName", "*"}, {"hostProcessId", "*"}, {"eventId", "*"}}, class{"tracee.events", "tracee", "", "", "process", [3]string{"info"}}, [2]string{}, "", traceeNames},
	{"eventMessage", [][2]string{{"processImagePath", "*"}, {"messageType", "*"}}, class{"unifiedlogs.log", "unifiedlogs", "", "", "host", [3]string{"info"}}, [2]string{}, "",
		[]jsonName{{"eventMessage", event.Message}, {"processImagePath", event.ProcessExecutable}, {"processID", event.ProcessPID}, {"userID", event.UserID}, {"subsystem", event.LogLogger}, {"messageType", event.LogLevel}}},
}

// tetragon puts the command line together, of the program and of its parent.
func (t *jsonSink) tetragon() {
	b := t.b
	e := event.Event{Batch: b, Row: b.Rows()}
	b.SetString(event.HostOSType, "linux")
	for _, kind := range [...]string{"process_exec.", "process_exit.", "process_kprobe.", "process_tracepoint.", "process_lsm.", "process_loader."} {
		if t.noted(kind+"process.exec_id") == nil {
			continue
		}
		for _, f := range [...]struct {
			program, line, args event.Field
			name                string
		}{{event.ProcessExecutable, event.ProcessCommandLine, event.ProcessArgs, "process.arguments"}, {event.ProcessParentExecutable, event.ProcessParentCommandLine, event.ProcessParentArgs, "parent.arguments"}} {
			program := e.Str(f.program)
			if program == "" {
				continue
			}
			line := append(t.p.val[:0], program...)
			if args := t.noted(kind + f.name); len(args) > 0 {
				line = append(append(line, ' '), args...)
			}
			b.Set(f.line, line)
			t.p.val = line
			t.args(f.args, line)
		}
	}
}

// unifiedLog takes a record of macOS' unified log for the line that its program wrote.
func (t *jsonSink) unifiedLog() {
	path := t.noted("processImagePath")
	if message := t.noted("eventMessage"); t.on && message != nil && path != nil {
		t.text, t.program = message, baseName(path)
		t.b.SetString(event.HostOSType, "macos")
	}
}
