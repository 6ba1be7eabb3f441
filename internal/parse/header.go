package parse

import "watchpost/internal/event"

// header is what a syslog header says; the slices are parts of the line.
type header struct {
	pri     int // -1 where there is none or it is no valid one
	version []byte
	stamp   civil
	zone    []byte // of stamp, by a name that a body states
	host    []byte
	app     []byte
	procid  []byte
	msgid   []byte
	sd      []byte // structured data as it stands
	token   []byte // a second device name, as some access points send
	msg     []byte
	text    []byte // what stands behind the time, where a host may have been taken out of it
}

// settle takes the time that the line itself states, where it says more than the header's.
func (h *header) settle(c *civil) {
	if c.has && (!h.stamp.has || h.vague() && c.hasYear) {
		h.stamp = *c
	}
}

// vague says whether the header leaves the time open: it has none, or one whose year and zone are to be guessed. What the line itself states counts then.
func (h *header) vague() bool { return !h.stamp.has || !h.stamp.hasYear && !h.stamp.hasZone }

const bom = "\xef\xbb\xbf"

// scan reads a syslog header of any known shape; whatever it cannot read becomes the message.
func scan(line []byte, h *header) {
	s := line
	for len(s) > 0 && (s[len(s)-1] == 0 || s[len(s)-1] == '\n' || s[len(s)-1] == '\r') {
		s = s[:len(s)-1]
	}
	s, _ = after(s, bom)
	for len(s) > 0 && s[0] == 0 { // padding of the datagram before
		s = s[1:]
	}
	s = unframed(s)
	lead := skipBlanks(s)
	if rest, ok := h.readPri(lead); ok {
		s = rest
		if len(s) > 5 && s[0] == '<' && digit(s[1]) { // a relay's before the sender's own
			in := *h
			if t, ok := in.readPri(s); ok && in.pri >= 0 && (versionLen(t) > 0 || beginsStamp(t)) {
				h.pri, s = in.pri, t
			}
		}
		if t := skipBlanks(s); len(t) > 0 && len(t) < len(s) && (versionLen(t) > 0 || beginsStamp(t)) {
			s = t
		}
	} else if len(lead) != len(s) && len(lead) > 0 && (digit(lead[0]) || alpha(lead[0])) {
		s = lead
	}
	if v := versionLen(s); v > 0 {
		if scan5424(s, v, h) {
			return
		}
		h.version = nil
		s = s[v+1:]
	} else if rest, ok := after(s, "1 "); ok && h.pri >= 0 && len(rest) > 16 && alpha(rest[0]) && !beginsStamp(s) && beginsStamp(rest) { // a version before a stamp of RFC 3164
		s = rest
	}
	scanLoose(s, h)
}

// readPri reads <N>. A number that no facility has is dropped, what follows it is read.
func (h *header) readPri(s []byte) ([]byte, bool) {
	if len(s) < 3 || s[0] != '<' {
		return s, false
	}
	n, i := 0, 1
	for ; i < len(s) && i < 6 && digit(s[i]); i++ {
		n = n*10 + int(s[i]-'0')
	}
	if i == 1 || i == len(s) || s[i] != '>' {
		return s, false
	}
	if n <= 191 {
		h.pri = n
	}
	return s[i+1:], true
}

// beginsStamp says whether s may begin with a time.
func beginsStamp(s []byte) bool {
	var c civil
	return readStamp(s, &c) > 0
}

// versionLen is the length of an RFC 5424 version with a stamp or nil behind it, 0 if there is none.
func versionLen(s []byte) int {
	i := 0
	for i < len(s) && i < 3 && digit(s[i]) {
		i++
	}
	if i == 0 || len(s) < i+3 || s[i] != ' ' {
		return 0
	}
	if s[i+1] == '-' && s[i+2] == ' ' || len(s) > i+11 && digit(s[i+1]) && s[i+5] == '-' && s[i+8] == '-' {
		return i
	}
	return 0
}

var facilityNames = [24]string{"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
	"ntp", "security", "console", "solaris-cron", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"}

var severityNames = [8]string{"emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"}

// setHeader puts the header into the open row.
func (p *Parser) setHeader(b *event.Batch, h *header) {
	if h.pri >= 0 {
		b.SetInt(event.LogSyslogPriority, int64(h.pri))
		b.SetInt(event.LogSyslogFacilityCode, int64(h.pri>>3))
		b.SetInt(event.LogSyslogSeverityCode, int64(h.pri&7))
	}
	p.heads.set(b, h)
	if h.procid != nil {
		b.Set(event.LogSyslogProcid, h.procid)
		setNum(b, event.ProcessPID, h.procid)
	}
	b.Set(event.LogSyslogMsgid, h.msgid)
	if h.token != nil {
		p.key = append(p.key[:0], "syslog.device"...)
		b.Label(p.key, h.token)
	}
	if h.sd != nil && !hasPrefix(h.sd, "[junos@") { // its parameters go to fields
		p.setStructured(b, h.sd)
	}
	b.Set(event.Message, h.msg)
}

// programName is the name of the program in an APP-NAME: without folder, without the module in brackets, and without what ends a tag, where the
// whole of it stands there: sshd[7]:
func programName(app []byte) []byte {
	if n := len(app); n > 1 && app[n-1] == ':' {
		app = app[:n-1]
	}
	if name, pid, ok := cut(app, "["); ok && len(name) > 0 && hasSuffix(pid, "]") && digits(pid[:len(pid)-1]) {
		app = name
	}
	if n := len(app); n > 2 && app[0] == '(' && app[n-1] == ')' { // (systemd)
		return app[1 : n-1]
	}
	for i := len(app) - 1; i > 0; i-- {
		if app[i] == '(' && app[len(app)-1] == ')' {
			app = app[:i]
			break
		}
	}
	if len(app) > 0 && app[0] == '/' {
		for i := len(app) - 1; i >= 0; i-- {
			if app[i] == '/' && i+1 < len(app) {
				return app[i+1:]
			}
		}
	}
	return app
}

// unframed takes off the count of octets that a sender's framing left before a line: "105 <38>1 …", where it is that of what follows.
func unframed(line []byte) []byte {
	if len(line) == 0 || line[0]-'1' > 8 {
		return line
	}
	n, i := 0, 0
	for i < len(line) && i < 7 && digit(line[i]) {
		n = n*10 + int(line[i]-'0')
		i++
	}
	if i+1 >= len(line) || line[i] != ' ' || line[i+1] != '<' || n < len(line)-i-1 || n > len(line)-i+1 { // line ends may be counted and gone
		return line
	}
	return line[i+1:]
}
