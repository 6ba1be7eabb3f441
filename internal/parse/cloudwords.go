package parse

import "watchpost/internal/event"

// actionVerbs say of which type an action of a service is, by a word in it.
var actionVerbs = map[string]string{
	"create": "creation", "add": "creation", "insert": "creation", "new": "creation", "run": "creation", "register": "creation", "generate": "creation", "upload": "creation", "invite": "creation",
	"import": "creation", "issue": "creation", "provision": "creation",
	"delete": "deletion", "remove": "deletion", "terminate": "deletion", "destroy": "deletion", "purge": "deletion", "trash": "deletion", "unregister": "deletion", "deregister": "deletion", "recycle": "deletion", "untrash": "change",
	"update": "change", "put": "change", "set": "change", "modify": "change", "modified": "change", "patch": "change", "attach": "change", "detach": "change", "enable": "change", "disable": "change", "write": "change",
	"change": "change", "reset": "change", "grant": "change", "revoke": "change", "assign": "change", "unassign": "change", "authorize": "change", "edit": "change", "rename": "change", "move": "change", "rotate": "change",
	"suspend": "change", "unsuspend": "change", "activate": "change", "deactivate": "change", "lock": "change", "unlock": "change", "override": "change", "transfer": "change", "restore": "change", "publish": "change",
	"associate": "change", "disassociate": "change", "replace": "change", "reboot": "change", "toggle": "change", "approve": "change", "expire": "change", "convert": "change", "share": "change", "unshare": "change", "push": "change", "undelete": "change", "tag": "change", "untag": "change",
	"enroll": "change", "unenroll": "change", "archive": "change", "unarchive": "change", "upgrade": "change", "downgrade": "change",
	"get": "access", "list": "access", "describe": "access", "read": "access", "watch": "access", "download": "access", "view": "access", "preview": "access", "access": "access", "head": "access", "lookup": "access", "search": "access", "query": "access",
	"clone": "access", "fetch": "access", "export": "access", "copy": "access", "copied": "access", "batchget": "access",
	"login": "start", "logged": "start", "logon": "start", "signin": "start", "sign": "start", "start": "start", "assume": "start", "authenticate": "start",
	"logout": "end", "logoff": "end", "signout": "end", "end": "end", "stop": "end", "stopped": "end",
	"evaluate": "info", "test": "info", "check": "info",
}

// actionNouns say what an action on identities is about.
var actionNouns = map[string]string{
	"user": "user", "member": "user", "password": "user", "mfa": "user", "mfadevice": "user", "factor": "user", "credential": "user", "account": "user", "profile": "user", "key": "user",
	"group": "group", "team": "group", "membership": "group", "role": "group",
}

// actionWord cuts the next word off an action: CreateAccessKey, group.user_membership.add, "Add member to role." It is in lower case in buf.
func actionWord(s string, buf *[24]byte) (word []byte, rest string) {
	i := 0
	for i < len(s) && !alpha(s[i]) {
		i++
	}
	n := 0
	for ; i < len(s) && alpha(s[i]); i++ {
		c := s[i]
		if c-'A' < 26 {
			if n > 0 && i > 0 && s[i-1]-'a' < 26 {
				break
			}
			c += 0x20
		}
		if n < len(buf) {
			buf[n] = c
			n++
		}
	}
	return buf[:n], s[i:]
}

// meant looks a word up, without the endings of the past and of the plural.
func meant(table map[string]string, w []byte) string {
	if s, ok := table[string(w)]; ok {
		return s
	}
	for _, end := range [...]string{"d", "ed", "s"} {
		if hasSuffix(w, end) && len(w) > len(end)+2 {
			if s, ok := table[string(w[:len(w)-len(end)])]; ok {
				return s
			}
		}
	}
	return ""
}

// verbType is the type of a service's action by its verb, "info" where that tells nothing. What stands behind the last point, slash or colon is
// asked first.
func verbType(action string) string {
	at := action
	for i := len(action) - 2; i > 0; i-- {
		if c := action[i]; c == '.' || c == '/' || c == ':' {
			at = action[i+1:]
			break
		}
	}
	for _, s := range [...]string{at, action} {
		var buf [24]byte
		for len(s) > 0 {
			var w []byte
			if w, s = actionWord(s, &buf); len(w) == 0 {
				break
			}
			if t := meant(actionVerbs, w); t != "" {
				return t
			}
		}
	}
	return "info"
}

// pastType is verbType for an action that ends with what was done: SearchCreated, FileSyncUploadedFull.
func pastType(action string) string {
	typ := ""
	var buf [24]byte
	for s := action; len(s) > 0; {
		var w []byte
		if w, s = actionWord(s, &buf); len(w) == 0 {
			break
		}
		if t := meant(actionVerbs, w); t != "" && hasSuffix(w, "ed") {
			typ = t
		}
	}
	if typ == "" {
		return verbType(action)
	}
	return typ
}

// iamTypes sets the types of an action on identities: what it is about, and what is done. To add a user to a group changes the group.
func iamTypes(b *event.Batch, action string) {
	user, group := false, false
	var buf [24]byte
	for s := action; len(s) > 0; {
		var w []byte
		if w, s = actionWord(s, &buf); len(w) == 0 {
			break
		}
		switch meant(actionNouns, w) {
		case "user":
			user = true
		case "group":
			group = true
		}
	}
	typ := verbType(action)
	switch {
	case group && user && (typ == "creation" || typ == "deletion"):
		b.AddString(event.EventType, "group")
		typ = "change"
	case group:
		b.AddString(event.EventType, "group")
	case user:
		b.AddString(event.EventType, "user")
	}
	b.AddString(event.EventType, typ)
}

// isIAM says whether an action is on users or groups.
func isIAM(action string) bool {
	var buf [24]byte
	for s := action; len(s) > 0; {
		var w []byte
		if w, s = actionWord(s, &buf); len(w) == 0 {
			return false
		}
		if meant(actionNouns, w) != "" {
			return true
		}
	}
	return false
}

// changes says whether something of that type leaves a service other than it was.
func changes(typ string) bool { return typ == "creation" || typ == "deletion" || typ == "change" }

// nextObject cuts the first object out of an array of them.
func nextObject(s []byte) (object, rest []byte) {
	for i := range s {
		if s[i] != '{' {
			continue
		}
		r := jsonReader{s: s, i: i}
		if r.skip(); r.err != nil {
			return nil, nil
		}
		return s[i:r.i], s[r.i:]
	}
	return nil, nil
}

// objectWhere finds the first object in an array whose text key is value.
func objectWhere(raw []byte, key, value string) []byte {
	for range 256 {
		var o []byte
		if o, raw = nextObject(raw); o == nil {
			return nil
		}
		if string(firstIn(o, key)) == value {
			return o
		}
	}
	return nil
}
