package parse

import "strconv"

// scanLoose reads what vendors send in the manner of RFC 3164: each part may be missing, and a host is only taken
// from where one must stand.
func scanLoose(s []byte, h *header) {
	n := readStamp(s, &h.stamp)
	if n > 0 && n < len(s) && s[n] != ' ' && s[n] != ':' && s[n] != '\t' {
		n, h.stamp = 0, civil{} // the stamp is the beginning of something else
	}
	if n > 0 && h.pri < 0 && s[2] == '-' { // 23-Nov-2026 begins a program's own file
		h.stamp = civil{}
		h.setTag(s)
		return
	}
	if n == 0 {
		n = h.readEpoch(s)
	}
	if n == 0 {
		if n = readTAI(s, &h.stamp); n > 0 { // daemontools name no host
			h.setTag(skipBlanks(s[n:]))
			return
		}
	}
	if n == 0 {
		if !h.forwarded(s) {
			scanCisco(s, h)
		}
		return
	}
	s = s[n:]
	if h.pri < 0 && len(s) > 0 && s[0] == '\t' && isMySQL(s[1:]) {
		h.msg = skipBlanks(s[1:])
		return
	}
	if len(s) > 0 && s[0] == ':' { // Cisco without host
		s = skipBlanks(s[1:])
		h.setTag(skipVDC(s))
		return
	}
	if rest, ok := after(s, " : "); ok && isMnemonic(rest) { // an ASA that does not say its name
		h.msg = rest
		return
	}
	s = h.zoneBehind(skipBlanks(s))
	if h.forwarded(s) {
		return
	}
	if hasPrefix(s, "last message repeated ") {
		h.msg = s
		return
	}
	h.setHost(s)
}

// forwarded reads "Message forwarded from host: tag: msg", as AIX relays, with or without a time before it.
func (h *header) forwarded(s []byte) bool {
	rest, ok := after(s, "Message forwarded from ")
	if !ok {
		return false
	}
	host, rest, ok := cut(rest, ": ")
	if !ok || !isHost(host) {
		return false
	}
	h.host = host
	h.setTag(rest)
	return true
}

// readEpoch reads seconds since 1970 with or without a fraction, where a priority stands before them or a host with its tag behind, and gives
// their length.
func (h *header) readEpoch(s []byte) int {
	if len(s) < 16 || s[0] != '1' && s[0] != '2' || s[10] != '.' && s[10] != ' ' {
		return 0
	}
	stamp, rest := word(s)
	host, rest := word(rest)
	tag, _ := word(rest)
	if !isHost(host) || digits(host) || host[len(host)-1] == ':' || h.pri < 0 && (len(tag) < 2 || tag[len(tag)-1] != ':') {
		return 0
	}
	ns, ok := epoch(stamp)
	if !ok {
		return 0
	}
	h.stamp = civilOf(ns)
	return len(stamp)
}

// readTAI reads the label that multilog puts before a line, @400000004c91b04412345678 and a blank, and gives the length of the label.
func readTAI(s []byte, c *civil) int {
	if len(s) < 27 || s[0] != '@' || s[25] != ' ' {
		return 0
	}
	sec, err := strconv.ParseUint(view(s[1:17]), 16, 64)
	ns, err2 := strconv.ParseUint(view(s[17:25]), 16, 32)
	if err != nil || err2 != nil || sec < 1<<62+10 || sec > 1<<62+4e9 || ns >= 1e9 {
		return 0
	}
	*c = civilOf(int64(sec-1<<62-10)*1e9 + int64(ns)) // TAI was ten seconds ahead when the epoch began
	return 25
}

// isMySQL says whether s is what MySQL's general log has behind the time: "    8 Connect\tbob@192.0.2.7 on shop".
func isMySQL(s []byte) bool {
	id, rest := word(skipBlanks(s))
	if !digits(id) {
		return false
	}
	verb, _, ok := cut(skipBlanks(rest), "\t")
	switch string(verb) {
	case "Connect", "Query", "Quit", "Init DB", "Execute", "Prepare", "Close stmt", "Change user", "Field List", "Statistics", "Ping", "Reset stmt", "Fetch", "Kill", "Shutdown":
		return ok
	}
	return false
}

// scanCisco reads a line whose stamp, if any, stands behind a sequence number or a name:
//
//	123: *Mar  1 18:46:11.123 UTC: %SYS-5-CONFIG_I: …    123: rtr1: 000045: Mar  1 …
//	: 2024 Mar  1 18:46:11 UTC: %ETHPORT-5-IF_UP: …      fw01 : %ASA-6-302013: …
func scanCisco(s []byte, h *header) {
	if beginsPair(s) {
		h.msg = s
		return
	}
	if host, rest, ok := beforeColon(s); ok && isMnemonic(rest) {
		if !digits(host) && !sinceStart(host) {
			h.host = host
		}
		h.msg = rest
		return
	}
	if name, rest := word(s); isMnemonic(skipBlanks(rest)) && isHost(name) && name[len(name)-1] != ':' {
		h.host, h.msg = name, skipBlanks(rest)
		return
	}
	var host []byte
	t := s
	for range 6 {
		for len(t) > 0 && (t[0] == ':' || t[0] == ' ') {
			t = t[1:]
		}
		t = skipSession(t)
		u := t
		if len(u) > 0 && (u[0] == '*' || u[0] == '.') {
			u = u[1:]
		}
		if rest, ok := h.skipNode(t); ok {
			if host != nil {
				h.host = host
			}
			h.setTag(rest)
			return
		}
		if n := readStamp(u, &h.stamp); n > 0 && n < len(u) && (u[n] == ':' || u[n] == ' ') {
			rest := skipBlanks(u[n:])
			if zone, said, ok := beforeColon(rest); ok && len(t) < len(s) && isMnemonic(said) && letters(zone) { // a zone of the administrator's own naming
				for i := range zones {
					if foldEqual(zone, zones[i].name) {
						h.stamp.offset, h.stamp.hasZone = zones[i].hours*1800, true
					}
				}
				h.host, h.msg = host, said
				return
			}
			if len(rest) > 0 && rest[0] == ':' {
				h.host = host
				h.setTag(skipVDC(skipBlanks(rest[1:])))
				return
			}
			if host == nil && len(rest) > 0 && u[n] == ' ' {
				h.setHost(rest)
				return
			}
			h.stamp = civil{}
			break
		}
		if len(t) > 12 && t[8] == ':' && sinceStart(t[:8]) && isMnemonic(skipBlanks(t[9:])) {
			t = skipBlanks(t[9:])
		}
		if isMnemonic(t) {
			h.host, h.msg = host, t
			return
		}
		name, rest, ok := beforeColon(t)
		if ap, more, is := cut(t[:min(len(t), 32)], ": "); is && len(ap) == 17 && hasPrefix(ap, "AP:") && ap[7] == '.' && ap[12] == '.' { // an access point
			name, rest, ok = ap[3:], skipBlanks(t[len(t[:min(len(t), 32)])-len(more):]), true
		}
		number := digits(name) || sinceStart(name)
		if !ok || !number && host != nil {
			break
		}
		if !number {
			host = name
		}
		t = rest
	}
	if w, rest := word(s); len(rest) > 0 && rest[0] == '\t' && hasPrefix(rest[1:], "MSWinEventLog\t") && isHost(w) {
		h.host = w
		s = rest[1:]
	} else if ofDevice(skipBlanks(rest)) && isHost(w) && isIP(w) { // a relay that writes the sender's address and nothing else
		h.host = w
		s = skipBlanks(rest)
	} else if len(w) > 0 && alpha(w[0]) && isHost(w) && numbered(skipBlanks(rest)) { // the journal's text without its time
		h.host = w
		s = skipBlanks(rest)
	}
	h.setTag(s)
}

// beginsPair says whether s begins with a name in small letters and a sign of equality, as neither a host nor a tag does.
func beginsPair(s []byte) bool {
	if len(s) == 0 || s[0]-'a' >= 26 {
		return false
	}
	n := 1
	for n < len(s) && asked[s[n]]&noTag == 0 {
		n++
	}
	return n < len(s) && s[n] == '='
}

// numbered says whether s begins with a program's name, its process in brackets and a colon.
func numbered(s []byte) bool {
	n := 0
	for n < len(s) && n < 64 && (alpha(s[n]) || digit(s[n]) || n > 0 && (s[n] == '-' || s[n] == '_' || s[n] == '.' || s[n] == '/')) {
		n++
	}
	from := n + 1
	if n == 0 || n == len(s) || s[n] != '[' {
		return false
	}
	for n++; n < len(s) && digit(s[n]); n++ {
	}
	return n > from && hasPrefix(s[n:], "]: ")
}

// ofDevice says whether s begins as the pairs of Fortinet, Sophos and SonicWall do, which have no tag and need none to follow a host.
func ofDevice(s []byte) bool {
	if len(s) < 12 || s[0] != 'd' && s[0] != 'i' && s[0] != 'l' {
		return false
	}
	switch {
	case hasPrefix(s, "date=2"), hasPrefix(s, "date=\"2"):
		return index(s[:min(len(s), 40)], " time=") > 0
	case hasPrefix(s, "device=\""), hasPrefix(s, "device_name=\""), hasPrefix(s, "logver="):
		return true
	}
	return hasPrefix(s, "id=") && index(s[:min(len(s), 200)], " sn=") > 0
}

// skipNode steps over the node of IOS-XR and the time of its own, which it takes where there is no other: "RP/0/RP0/CPU0:Oct  7 07:19:43.630 UTC: ",
// with the router's name before it or without.
func (h *header) skipNode(s []byte) ([]byte, bool) {
	i := index(s[:min(len(s), 80)], "/CPU0:")
	if i < 0 {
		return s, false
	}
	name, node, ok := cutLast(s[:i], " ")
	if !ok {
		name, node = nil, s[:i]
	}
	if !hasPrefix(node, "RP/") && !hasPrefix(node, "LC/") || len(name) > 0 && (name[len(name)-1] == ':' || !isHost(name)) {
		return s, false
	}
	var c civil
	rest := s[i+len("/CPU0:"):]
	n := readStamp(rest, &c)
	if n > 0 && n+1 < len(rest) && rest[n] == ' ' { // no zone is shown
		n++
	}
	if n == 0 || n >= len(rest) || rest[n] != ':' {
		return s, false
	}
	if !h.stamp.has {
		h.stamp = c
	}
	if h.host == nil {
		h.host = name
	}
	return skipBlanks(rest[n+1:]), true
}

// skipSession steps over what IOS puts behind the number where its sessions are named: [syslog@9 s_id="rtr1:514" s_sn="7"]:
func skipSession(s []byte) []byte {
	if !hasPrefix(s, "[syslog@9 ") {
		return s
	}
	if n := elementLen(s); n > 0 && n+1 < len(s) && s[n] == ':' && s[n+1] == ' ' {
		return skipBlanks(s[n+1:])
	}
	return s
}

func letters(s []byte) bool {
	for _, c := range s {
		if !alpha(c) {
			return false
		}
	}
	return len(s) > 0
}

// sinceStart says whether s is the time since the start that Cisco writes where no clock is set: 00:00:46, 3d04h, 1w2d, 1y3w.
func sinceStart(s []byte) bool {
	if len(s) == 8 && s[2] == ':' && s[5] == ':' && digit(s[0]) {
		return true
	}
	units, run := 0, 0
	for _, c := range s {
		switch {
		case digit(c):
			run++
		case run > 0 && (c == 'y' || c == 'w' || c == 'd' || c == 'h'):
			units++
			run = 0
		default:
			return false
		}
	}
	return units == 2 && run == 0 && len(s) <= 8
}

// skipVDC steps over the name of the virtual device context of NX-OS: "%$ VDC-1 %$ %ETHPORT-5-IF_UP: …".
func skipVDC(s []byte) []byte {
	if rest, ok := after(s, "%$ "); ok {
		if _, rest, ok = cut(rest, " %$ "); ok && isMnemonic(rest) {
			return rest
		}
	}
	return s
}

// zoneBehind reads a zone between a stamp and a host, "+0100 host" or "CET host tag: …", and gives what follows. A host may bear the
// name of a zone, so that counts only before another host and its tag.
func (h *header) zoneBehind(s []byte) []byte {
	if h.stamp.hasZone || len(s) < 5 {
		return s
	}
	if s[0] == '+' || s[0] == '-' && digit(s[1]) {
		c := h.stamp
		if n := readOffset(s, &c); n > 0 && n < len(s) && s[n] == ' ' {
			h.stamp = c
			return skipBlanks(s[n:])
		}
		return s
	}
	if s[0]-'A' >= 26 || s[1]-'A' >= 26 || s[2]-'A' >= 26 {
		return s
	}
	name, rest := word(s)
	c := h.stamp
	off, ok := zoneByName(name)
	if !ok && len(name) > 4 { // GMT+1, UTC-03:30
		if off, ok = zoneByName(name[:3]); ok && off == 0 {
			ok = readHours(name[3:], &c) == len(name)-3
			off = c.offset
		}
	}
	if !ok {
		return s
	}
	host, rest := word(rest)
	tag, behind := word(rest)
	if n := len(tag); n == 0 || tag[n-1] != ':' || n == 1 && !isMnemonic(skipBlanks(behind)) || host[len(host)-1] == ':' {
		return s
	}
	h.stamp.offset, h.stamp.hasZone = off, true
	return skipBlanks(s[len(name):])
}

// beforeColon splits "name: rest" and "name : rest".
func beforeColon(s []byte) (name, rest []byte, ok bool) {
	n := 0
	for n < len(s) && n < 256 && s[n] > ' ' && s[n] != '[' && s[n] != '=' && (s[n] != ':' || n+1 < len(s) && s[n+1] != ' ') {
		n++
	}
	name = s[:n]
	if n < len(s) && s[n] == ' ' {
		n++
	}
	if n == 0 || n+1 >= len(s) || s[n] != ':' || s[n+1] != ' ' || !isHost(name) {
		return nil, nil, false
	}
	return name, skipBlanks(s[n+1:]), true
}

// isMnemonic says whether s begins like %ASA-6-302013: or %SYS-5-CONFIG_I:.
func isMnemonic(s []byte) bool {
	if len(s) < 6 || s[0] != '%' || !alpha(s[1]) {
		return false
	}
	dashes := 0
	for i, c := range s[1:] {
		switch {
		case c == '-':
			dashes++
		case c == ':':
			return dashes >= 2
		case c == ' ':
			return dashes >= 2 && hasPrefix(s[1+i:], " :") // IOS-XR
		}
	}
	return false
}

// What a header asks of each of its bytes.
const (
	noHost  = 1 << iota // no name or address of a host holds it
	noTag               // it ends a tag
	noTwice             // it ends what may stand between host and tag
	aColon
)

var asked = func() (of [256]uint8) {
	for c := range of {
		if c <= ' ' {
			of[c] = noHost | noTag | noTwice
		} else if c >= 0x7f {
			of[c] = noTag
		}
	}
	for with, bytes := range map[uint8]string{noHost: "\x7f[](){}<>\"'=,;|\\*#!?&^`~$", noTag: ":[=", noTwice: "[({|=", aColon: ":"} {
		for _, c := range []byte(bytes) {
			of[c] |= with
		}
	}
	return of
}()

// isHost says whether s can be the name or address of a host.
func isHost(s []byte) bool {
	if len(s) == 0 || len(s) > 255 {
		return false
	}
	all := uint8(0)
	for _, c := range s {
		all |= asked[c]
	}
	if all&noHost != 0 || all&aColon != 0 && !isIP(s) { // an address with a port is somebody's peer
		return false
	}
	return s[0] != '%' && s[0] != '/' && s[0] != '@' && s[0] != '-' && s[len(s)-1] != '/'
}

// setHost reads the host at the beginning of s, if there is one, and what follows.
func (h *header) setHost(s []byte) {
	s = skipPriority(s)
	h.text = s
	n := 0
	for n < len(s) && s[n] != ' ' && s[n] != '\t' {
		n++
	}
	tok := s[:n]
	if n > 0 && n < len(s) && s[n] == '\t' && h.pri < 0 { // Prosody's own file: "mod_c2s	info	message"
		if level, _, ok := cut(s[n+1:min(len(s), n+9)], "\t"); ok && isSeverity(level) {
			h.setTag(s)
			return
		}
	}
	host := isHost(tok)
	if rest := skipBlanks(s[n:]); len(rest) > 0 && host && tok[n-1] != ':' { // "host  %FTD-1-430003: …", "host name %NGIPS-…"
		if isMnemonic(rest) {
			h.host, h.msg = tok, rest
			return
		} else if !tagEnds(rest) {
			app, behind := word(rest)
			if behind = skipBlanks(behind); isMnemonic(behind) && isHost(app) && app[len(app)-1] != ':' {
				h.host, h.app, h.msg = tok, app, behind
				return
			}
		}
	}
	if pid, ok := pidBehind(s[n:]); ok && host { // "tag [7]: message", without host
		if off, zone := zoneByName(tok); zone && h.stamp.hasYear { // "UTC [7]: message", of PostgreSQL
			h.stamp.offset, h.stamp.hasZone = off, true
			h.msg = s
			return
		}
		h.app, h.procid, h.msg = tok, pid, skipBlanks(s[n+len(pid)+4:])
		return
	}
	if n > 1 && tok[n-1] == ':' {
		rest := skipBlanks(s[n:])
		if name := tok[:n-1]; isMnemonic(rest) && isHost(name) {
			h.host, h.msg = name, rest
			return
		} else if n > 14 && n < 64 && isMAC(name) { // mac,model-version: tag
			h.token = name
			h.setTag(rest)
			return
		}
		if !isIP(tok) {
			h.setTag(s)
			return
		}
	}
	if head, level, ok := cut(tok, "."); ok && isSeverity(level) && isFacility(head) {
		h.setTag(skipBlanks(s[n:]))
		return
	}
	if n > 4 && tok[0] == '[' && tok[n-1] == ']' && isIP(tok[1:n-1]) && n < len(s) {
		h.host = tok[1 : n-1]
		h.setTag(h.skipDevice(skipBlanks(s[n:])))
		return
	}
	if n > 3 && n < len(s) && tok[0]-'A' < 26 && tok[n-1]-'A' < 26 && isLevel(tok) { // Untangle: INFO  uvm[0]: …
		if rest := skipBlanks(s[n:]); tagged(rest) {
			h.setTag(rest)
			return
		}
	}
	if !host || n == len(s) && n > 0 && !isIP(tok) && h.pri < 0 {
		switch {
		case n < 3:
		case tok[0] == '(' && tok[n-1] == ')': // UniFi: ("model,mac,version")
			h.token = unquote(tok[1 : n-1])
			s = skipBlanks(s[n:])
		case n < 64 && isMAC(tok): // model,mac,version
			h.token = tok
			s = skipBlanks(s[n:])
		}
		h.setTag(s)
		return
	}
	all := s
	h.host = tok
	if n == len(s) {
		return
	}
	s = s[n+1:]
	if len(s) > 1 && s[0] == ':' && s[1] == ' ' {
		s = skipBlanks(s[1:])
	}
	if s = h.skipDevice(s); !h.forwarded(s) {
		h.setTag(s)
	}
	// A program's own log file begins with a date too: without PRI it takes a tag behind the word to make it a host.
	if h.pri < 0 && h.stamp.hasYear && !isMnemonic(h.msg) && (h.app == nil || isLevel(tok)) && !ofDevice(h.msg) {
		h.host, h.app, h.procid = nil, nil, nil
		h.msg = all
	}
}

// tagEnds says whether the first word of s ends with a colon or holds what no host's name does.
func tagEnds(s []byte) bool {
	n := 0
	for n < len(s) && asked[s[n]]&noTag == 0 {
		n++
	}
	return n < len(s) && (s[n] == '[' || s[n] == '=' || s[n] == ':' && (n+1 == len(s) || s[n+1] == ' '))
}

// skipPriority steps over facility and severity as FreeBSD's syslogd -v writes them: <mail.notice>, <2.5>.
func skipPriority(s []byte) []byte {
	if len(s) < 6 || s[0] != '<' {
		return s
	}
	end := index(s[:min(len(s), 24)], "> ")
	if end < 0 {
		return s
	}
	fac, sev, ok := cut(s[1:end], ".")
	if !ok || !(isFacility(fac) && isSeverity(sev) || digits(fac) && digits(sev)) {
		return s
	}
	return skipBlanks(s[end+1:])
}

// pidBehind reads " [7]:" at the beginning of s.
func pidBehind(s []byte) ([]byte, bool) {
	if len(s) < 5 || s[0] != ' ' || s[1] != '[' {
		return nil, false
	}
	n := 2
	for n < len(s) && n < 12 && digit(s[n]) {
		n++
	}
	if n == 2 || n+1 >= len(s) || s[n] != ']' || s[n+1] != ':' {
		return nil, false
	}
	return s[2:n], true
}

// isLevel says whether s is a word for a log level.
func isLevel(s []byte) bool {
	for _, w := range [...]string{"TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "ERR", "CRITICAL", "FATAL"} {
		if foldEqual(s, w) {
			return true
		}
	}
	return false
}

// skipDevice steps over what may stand between host and tag: a facility and severity by name, or an access point's
// second name; and over the sequence number and stamp of a Cisco line that a relay gave a header of its own.
func (h *header) skipDevice(s []byte) []byte {
	if len(s) == 0 {
		return s
	}
	if s[0] == 'R' || s[0] == 'L' {
		if rest, ok := h.skipNode(s); ok {
			return rest
		}
	}
	n, dot, comma := 0, 0, 0
	for n < len(s) && asked[s[n]]&noTwice == 0 {
		switch s[n] {
		case '.':
			dot = n
		case ',':
			comma++
		}
		n++
	}
	if n > 2 && n < len(s) && (s[n] == '|' || s[n] <= ' ' && s[n-1] != ':') { // AIX: auth|security:info, daemon:notice
		if tok, rest := word(s[:min(len(s), 48)]); len(rest) > 0 {
			fac, level, ok := cutLast(tok, ":")
			if ok && isSeverity(level) && (s[n] == '|' && isFacility(s[:n]) || isFacility(fac)) {
				return skipBlanks(s[len(tok):])
			}
		}
	}
	if n == 0 || n == len(s) || s[n] != ' ' {
		return s
	}
	switch tok := s[:n]; {
	case dot > 0 && isFacility(tok[:dot]) && isSeverity(tok[dot+1:]):
		return skipBlanks(s[n:])
	case comma > 0 && tok[n-1] == ':' && n > 12 && isMAC(tok):
		h.token = tok[:n-1]
		s = skipBlanks(s[n:])
		if rest, ok := after(s, ": "); ok {
			s = rest
		}
		return s
	case string(tok) == string(h.host): // UniFi gateways name themselves twice
		return skipBlanks(s[n:])
	case dot > 0 && n > 6 && digit(tok[0]) && tagged(skipBlanks(s[n:])) && isIP(tok): // Infoblox: a member's name and its address
		return skipBlanks(s[n:])
	case tok[n-1] == ':' && digits(tok[:n-1]):
		var c civil
		t := skipSession(skipBlanks(s[n:]))
		if rest, ok := h.skipNode(t); ok {
			return rest
		}
		if len(t) > 12 && t[8] == ':' && sinceStart(t[:8]) {
			t = skipBlanks(t[9:])
		}
		if name, rest, ok := beforeColon(t); ok && !isMnemonic(t) { // a name behind the number
			if m := readStamp(rest, &c); m > 0 || len(rest) > 0 && (rest[0] == '*' || rest[0] == '.') || isMnemonic(rest) {
				if !sinceStart(name) || isMnemonic(rest) {
					t = rest
				}
			}
		}
		if len(t) > 0 && (t[0] == '*' || t[0] == '.') {
			t = t[1:]
		}
		if m := readStamp(t, &c); m > 0 {
			t = t[m:]
			if len(t) > 0 && t[0] == ':' {
				t = t[1:]
			}
			t = skipBlanks(t)
		}
		if isMnemonic(t) {
			return t
		}
	case alpha(tok[0]) && n == 3 || digit(tok[0]) && (n > 9 || n == 4): // an ASA's own header behind a relay's
		var c civil
		m := readStamp(s, &c)
		if m == 0 {
			break
		}
		t := skipBlanks(s[m:])
		if name, rest, ok := beforeColon(t); ok && len(name) > 0 && isMnemonic(rest) {
			return rest
		}
		if len(t) > 0 && t[0] == ':' {
			t = skipBlanks(t[1:])
		}
		if isMnemonic(t) {
			return t
		}
	}
	return skipVDC(s)
}

// tagged says whether s begins with a program's name and a colon.
func tagged(s []byte) bool {
	w, _ := word(s)
	return len(w) > 1 && w[len(w)-1] == ':' && alpha(w[0])
}

// isMAC says whether s begins with twelve hex digits and a comma, or holds them behind its first comma.
func isMAC(s []byte) bool {
	for i, c := range s {
		if c != ',' {
			continue
		}
		return hex12(s[:i]) || len(s) > i+12 && hex12(s[i+1:i+13])
	}
	return false
}

func hex12(s []byte) bool {
	if len(s) != 12 {
		return false
	}
	for _, c := range s {
		if !hexByte(c) {
			return false
		}
	}
	return true
}

func isFacility(s []byte) bool {
	for _, f := range facilityNames {
		if string(s) == f {
			return true
		}
	}
	return false
}

func isSeverity(s []byte) bool {
	switch string(s) {
	case "emerg", "alert", "crit", "err", "error", "warning", "warn", "notice", "info", "debug":
		return true
	}
	return false
}

// setForked reads the tag of a process that is not yet, or only in part, the program that started it: "(systemd)[7]: msg", "(squid-1)[7]: msg".
func (h *header) setForked(s []byte) {
	if len(s) < 8 || s[0] != '(' {
		return
	}
	n := 1
	for n < len(s) && n < 64 && (alpha(s[n]) || digit(s[n]) || s[n] == '-' || s[n] == '_' || s[n] == '.') {
		n++
	}
	if n == 1 || n+2 >= len(s) || s[n] != ')' || s[n+1] != '[' {
		return
	}
	if pid, rest, ok := cut(s[n+2:], "]:"); ok && digits(pid) && len(pid) < 12 {
		h.app, h.procid, h.msg = s[:n+1], pid, skipBlanks(rest)
	}
}

// setNested reads the tags of SSSD's processes: "sssd[be[example.com]][7]: msg", "[sssd[krb5_child[7]]]: msg", "sssd[pam]: msg".
func (h *header) setNested(s []byte) bool {
	tag, rest, ok := cut(s[:min(len(s), 160)], "]: ")
	if !ok || len(tag) == 0 || index(tag, " ") >= 0 {
		return false
	}
	msg := s[len(tag)+3:]
	if child, ok := after(tag, "[sssd["); ok {
		name, pid, ok := cut(child, "[")
		pid, _, _ = cut(pid, "]")
		if !ok || !digits(pid) {
			return false
		}
		h.app, h.procid, h.msg = name, pid, msg
		return true
	}
	_, pid, ok := cutLast(tag, "[")
	switch {
	case !ok || len(rest) == 0:
		return false
	case digits(pid):
		h.procid = pid
	case index(tag[len("sssd["):], "[") >= 0:
		return false
	}
	h.app, h.msg = s[:len("sssd")], msg
	return true
}

// setTag reads "tag: msg", "tag[pid]: msg" and "[tag] msg" at the beginning of s; without a tag all is message.
func (h *header) setTag(s []byte) {
	h.msg = s
	if len(s) == 0 || s[0] == '{' || isMnemonic(s) || s[0] == '<' || s[0] == '"' || s[0] == '(' {
		h.setForked(s)
		return
	}
	if hasPrefix(s, "[sssd[") || hasPrefix(s, "sssd[") {
		if h.setNested(s) {
			return
		}
	}
	if s[0] == '[' { // Gentoo's metalog, whose stamps have no year
		if h.stamp.hasYear {
			return
		}
		for i := 1; i < len(s) && i < 33; i++ {
			if s[i] == ']' {
				if i > 1 && i+1 < len(s) && s[i+1] == ' ' && alpha(s[1]) && !isLevel(s[1:i]) {
					h.app, h.msg = s[1:i], s[i+2:]
				}
				return
			}
			if !alpha(s[i]) && !digit(s[i]) && s[i] != '-' && s[i] != '_' && s[i] != '/' {
				return
			}
		}
		return
	}
	n := 0
	for n < len(s) && n < 128 && asked[s[n]]&noTag == 0 {
		n++
	}
	if n == 0 || n == len(s) {
		return
	}
	if s[n] == '=' { // polkitd(authority=local)[7]: msg
		if end := index(s[n:min(len(s), n+32)], ")"); end > 0 && index(s[:n], "(") > 0 && index(s[n:n+end], " ") < 0 && n+end+1 < len(s) {
			n += end + 1
		}
	}
	switch s[n] {
	case ':':
		if string(s[:n]) == "Severity" { // iDRAC names what follows
			return
		}
		if digits(s[:n]) { // a time of Mosquitto's, a number of Cisco's
			return
		}
		if n+1 == len(s) || s[n+1] == ' ' {
			h.app = s[:n]
			h.msg = s[min(n+2, len(s)):]
		}
	case '\t':
		if digit(s[0]) {
			return
		}
		h.app, h.msg = s[:n], s[n+1:]
	case '[':
		end := n + 1
		for end < len(s) && end < n+130 && s[end] != ']' && s[end] != ' ' {
			end++
		}
		if end >= len(s) || s[end] != ']' || end == n+1 && (end+1 == len(s) || s[end+1] != ':') {
			return
		}
		rest := s[end+1:]
		switch {
		case len(rest) > 0 && rest[0] == ':':
			rest = rest[1:]
		case len(rest) > 0 && rest[0] == '(': // Kerberos: krb5kdc[7](info): message
			level, more, ok := cut(rest[:min(len(rest), 16)], "):")
			if !ok || index(level, " ") >= 0 {
				return
			}
			rest = rest[len(rest[:min(len(rest), 16)])-len(more):]
		case len(rest) > 0 && rest[0] != ' ':
			return
		}
		if len(rest) > 0 && rest[0] == ' ' {
			rest = rest[1:]
		}
		tag := s[:n]
		if n > 1 && tag[n-1] == ']' { // gdm-password][7]
			tag = tag[:n-1]
		}
		h.app, h.procid, h.msg = tag, s[n+1:end], rest
		if string(h.procid) == "-" { // no pid, as a relay writes it
			h.procid = nil
		}
	}
}
