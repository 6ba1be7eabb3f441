package parse

import "watchpost/internal/event"

var santa = product{"santa.log", "santa", "Google", "Santa", "", map[string]target{
	"action": {fact: fAction, how: keep}, "decision": {fact: fStatus, how: keep}, "reason": {field: event.EventReason}, "sha256": {fact: fText, how: keep}, "path": {fact: fName, how: keep}, "args": {field: event.ProcessCommandLine}, "pid": {field: event.ProcessPID}, "ppid": {field: event.ProcessParentPID}, "uid": {field: event.UserID}, "user": {field: event.UserName},
	"gid": {field: event.GroupID}, "group": {field: event.GroupName}, "newpath": {field: event.FileTargetPath}, "event_user": {field: event.UserName}, "event_uid": {field: event.UserID}, "process": {field: event.ProcessName}, "processpath": {field: event.ProcessExecutable},
}, santaSays}

// santad reads what Santa decides: action=EXEC|decision=DENY|reason=BINARY|sha256=…|path=…|args=….
func santad(p *Parser, b *event.Batch, h *header, m []byte) bool {
	i := index(m[:min(len(m), 80)], "action=")
	if i < 0 || index(m[i:], "|") < 0 || index(m[:i], "|") >= 0 || i > 0 && index(m[:i], "santad") < 0 && m[0] != '[' || index(m, "|path=") < 0 && !hasSuffix(m[:i], "santad: ") {
		return false
	}
	r := p.read(b, h, &santa)
	r.begin()
	if !h.stamp.has {
		leadStamp(m, &h.stamp)
	}
	for m = m[i:]; len(m) > 0; {
		var one []byte
		one, m, _ = cut(m, "|")
		if key, v, ok := cut(one, "="); ok {
			r.pair(key, v)
		}
	}
	b.SetString(event.HostOSType, "macos")
	r.end()
	return true
}

func santaSays(r *reading) {
	b := r.b
	r.p.val = lower(r.p.val[:0], r.fact[fAction])
	b.Set(event.EventAction, r.p.val)
	switch string(r.fact[fAction]) {
	case "EXEC":
		r.say("", "process", "start")
		b.Set(event.ProcessExecutable, r.fact[fName])
		if _, name, ok := cutLast(r.fact[fName], "/"); ok {
			b.Set(event.ProcessName, name)
		}
		b.Set(event.ProcessHashSha256, r.fact[fText])
	case "WRITE", "RENAME", "LINK":
		r.say("", "file", "change")
		b.Set(event.FilePath, r.fact[fName])
	case "DELETE":
		r.say("", "file", "deletion")
		b.Set(event.FilePath, r.fact[fName])
	case "FORK":
		r.say("", "process", "start")
	case "EXIT":
		r.say("", "process", "end")
	case "LOGIN_WINDOW_SESSION_LOGIN", "LOGIN_WINDOW_SESSION_UNLOCK", "SCREEN_SHARING_ATTACH", "OPENSSH_LOGIN", "LOGIN":
		r.say("", "session", "start")
	case "LOGIN_WINDOW_SESSION_LOGOUT", "LOGIN_WINDOW_SESSION_LOCK", "SCREEN_SHARING_DETACH", "OPENSSH_LOGOUT", "LOGOUT":
		r.say("", "session", "end")
	default:
		r.say("", "host", "info")
		b.Set(event.FilePath, r.fact[fName])
	}
	switch string(r.fact[fStatus]) {
	case "ALLOW":
		r.judge(bytesOf("allow"))
	case "DENY":
		r.judge(bytesOf("deny"))
	}
}
