package parse

import (
	"strings"

	"watchpost/internal/event"
)

// thorKeys are the names in a line of THOR whose values fields hold.
var thorKeys = [...]struct {
	name string
	f    event.Field
}{{"MODULE", event.EventProvider}, {"MESSAGE", event.RuleDescription}, {"FILE", event.FilePath}, {"IMAGE", event.ProcessExecutable}, {"COMMAND", event.ProcessCommandLine}, {"PID", event.ProcessPID}, {"OWNER", event.FileOwner}, {"SIZE", event.FileSize},
	{"MD5", event.FileHashMd5}, {"SHA1", event.FileHashSha1}, {"SHA256", event.FileHashSha256}, {"SCORE", event.EventSeverity}, {"RULENAME_1", event.RuleName}, {"RULE_1", event.RuleName}, {"SIGNATURE", event.RuleName}}

// thor reads "Alert: MODULE: Filescan MESSAGE: Malware file found FILE: C:\Temp\a.exe …": names in capitals, each with a colon behind.
func thor(b *event.Batch, _ *header, m []byte) bool {
	level, _, ok := cut(m, ": MODULE: ")
	if !ok || len(level) > 10 {
		return false
	}
	rest := m[len(level)+1:]
	k := class{"thor.log", "thor", "thor_note", "", "host", [3]string{"info"}}
	if l := string(level); l == "Alert" || l == "Warning" {
		k.action, k.category = "malware_found", "malware"
	}
	k.set(b)
	b.Set(event.LogLevel, level)
	b.Set(event.Message, m)
	for len(rest) > 0 {
		name, after, ok := cut(rest[1:], ": ")
		if !ok {
			break
		}
		end := nextKey(after)
		v := trimBlanks(after[:end])
		rest = after[end:]
		for _, key := range thorKeys {
			if string(name) != key.name {
				continue
			}
			switch {
			case key.f == event.FilePath:
				setFile(b, v)
			case key.f.Info().Kind == event.Int:
				setNum(b, key.f, v)
			default:
				b.Set(key.f, v)
			}
		}
	}
	e := event.Event{Batch: b, Row: b.Rows()}
	if path := e.Str(event.FilePath); path != "" {
		splitFile(b, e, bytesOf(path))
	} else if image := e.Str(event.ProcessExecutable); image != "" { // of whose file they are
		b.SetString(event.ProcessName, image[strings.LastIndexAny(image, `/\`)+1:])
		for _, f := range [...][2]event.Field{{event.FileHashMd5, event.ProcessHashMd5}, {event.FileHashSha1, event.ProcessHashSha1}, {event.FileHashSha256, event.ProcessHashSha256}} {
			if hash := e.Str(f[0]); hash != "" {
				b.SetString(f[1], hash)
				b.Unset(f[0])
			}
		}
	}
	return true
}

// nextKey gives where the blank before the next name in capitals is, or the end.
func nextKey(s []byte) int {
	for i := 0; i < len(s); i++ {
		if s[i] != ' ' {
			continue
		}
		j := i + 1
		for j < len(s) && (s[j] >= 'A' && s[j] <= 'Z' || digit(s[j]) || s[j] == '_') {
			j++
		}
		if j > i+2 && j+1 < len(s) && s[j] == ':' && s[j+1] == ' ' {
			return i
		}
	}
	return len(s)
}
