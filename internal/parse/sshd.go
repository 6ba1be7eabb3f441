package parse

import "watchpost/internal/event"

// The event.action of sshd lines.
const (
	sshLogin      = "ssh_login"      // an attempt to log in, with its outcome
	sshConnection = "ssh_connection" // a connection came or was refused
	sshDisconnect = "ssh_disconnect" // a connection ended
	sshSession    = "ssh_session"    // within a session
)

// sshRule says what a message that begins with a text means, and how to find user and address in it.
type sshRule struct {
	begin           string
	read            func(b *event.Batch, m []byte)
	action, outcome string
	typ             string
	category        string // "" is authentication
}

var sshRules = [...]sshRule{
	{"Failed ", sshMethodFor, sshLogin, "failure", "start", ""},
	{"Authentication key ", sshRevoked, sshLogin, "failure", "denied", ""},
	{"Authorized to ", sshAuthorized, "ssh_userauth_request", "success", "info", ""},
	{"Rhosts authentication refused for ", sshColonUser, sshLogin, "failure", "denied", ""},
	{"Account ", sshAccount, sshLogin, "failure", "denied", ""},
	{"Accepted certificate ID ", nil, "ssh_userauth_request", "", "info", ""},
	{"Accepted key ", nil, "ssh_userauth_request", "", "info", ""},
	{"Partial ", sshMethodFor, "ssh_partial", "", "info", ""},
	{"Authentication tried for ", sshTried, sshLogin, "failure", "denied", ""},
	{"packet_write_wait: Connection from ", sshPeerBeforeColon, sshDisconnect, "failure", "end", "network"},
	{"packet_write_poll: Connection from ", sshPeerBeforeColon, sshDisconnect, "failure", "end", "network"},
	{"ssh_packet_read: Connection closed", nil, sshDisconnect, "", "end", "network"},
	{"Unable to negotiate a key exchange method", nil, sshConnection, "failure", "error", "network"},
	{"Bad packet length ", nil, sshConnection, "failure", "error", "network"},
	{"Received request from ", sshPeerFirst, sshSession, "failure", "denied", "session"},
	{"pam_abl[", sshBlocked, sshLogin, "failure", "denied", ""},
	{"login attempt by user ", sshUserNot, sshLogin, "failure", "denied", ""},
	{"Access denied for user ", sshUserBy, sshLogin, "failure", "denied", ""},
	{"Certificate invalid: ", sshReason, sshLogin, "failure", "denied", ""},
	{"Timeout, client not responding from ", sshPeerEnd, sshDisconnect, "", "end", "network"},
	{"Timeout, client not responding", nil, sshDisconnect, "", "end", "network"},
	{"Closing connection to ", sshPeerFirst, sshDisconnect, "", "end", "network"},
	{"Transferred: ", nil, sshSession, "", "info", "session"},
	{"Read from socket failed: ", sshReason, sshDisconnect, "failure", "end", "network"},
	{"Read error from remote host ", sshPeerFirst, sshDisconnect, "failure", "end", "network"},
	{"Corrupted MAC on input", nil, sshConnection, "failure", "error", "network"},
	{"padding error: ", nil, sshConnection, "failure", "error", "network"},
	{"no matching ", nil, sshConnection, "failure", "error", "network"},
	{"beginning MaxStartups throttling", nil, sshConnection, "failure", "denied", "network"},
	{"exited MaxStartups throttling", nil, sshConnection, "", "info", "network"},
	{"penalise: ", sshPenalty, sshConnection, "failure", "denied", "network"},
	{"connect_to ", sshTarget, sshSession, "failure", "info", "session"},
	{"refused local port forward: ", sshForward, sshSession, "failure", "denied", "session"},
	{"refused remote port forward: ", sshForward, sshSession, "failure", "denied", "session"},
	{"refused streamlocal port forward: ", nil, sshSession, "failure", "denied", "session"},
	{"Received SIGHUP", nil, "ssh_signal", "", "change", "process"},
	{"Bind to port ", nil, "ssh_listening", "failure", "error", "process"},
	{"Cannot bind any address", nil, "ssh_listening", "failure", "error", "process"},
	{"Accepted ", sshMethodFor, sshLogin, "success", "start", ""},
	{"Invalid user ", sshInvalid, sshLogin, "failure", "start", ""},
	{"Illegal user ", sshInvalid, sshLogin, "failure", "start", ""},
	{"Postponed ", sshMethodFor, "ssh_postponed", "", "info", ""},
	{"Connection closed by ", sshPeerEnd, sshDisconnect, "", "end", "network"},
	{"Connection reset by ", sshPeerEnd, sshDisconnect, "", "end", "network"},
	{"Disconnected from ", sshPeerEnd, sshDisconnect, "", "end", "network"},
	{"Received disconnect from ", sshPeerFirst, sshDisconnect, "", "end", "network"},
	{"Disconnecting ", sshDisconnecting, sshDisconnect, "failure", "end", "network"},
	{"Disconnecting: ", sshTooMany, sshDisconnect, "failure", "end", "network"},
	{"Connection from ", sshPeerFirst, sshConnection, "", "start", "network"},
	{"maximum authentication attempts exceeded for ", sshUserFrom, sshLogin, "failure", "start", ""},
	{"Did not receive identification string from ", sshPeerFirst, sshConnection, "failure", "error", "network"},
	{"Bad protocol version identification ", sshFromLast, sshConnection, "failure", "error", "network"},
	{"banner exchange: Connection from ", sshPeerFirst, sshConnection, "failure", "error", "network"},
	{"ssh_dispatch_run_fatal: Connection from ", sshPeerBeforeColon, sshConnection, "failure", "error", "network"},
	{"Unable to negotiate with ", sshPeerFirst, sshConnection, "failure", "error", "network"},
	{"Bad remote protocol version identification", nil, sshConnection, "failure", "error", "network"},
	{"Could not write ident string to ", sshPeerFirst, sshConnection, "failure", "error", "network"},
	{"probed from ", sshPeerFirst, sshConnection, "failure", "denied", "network"},
	{"scanned from ", sshPeerFirst, sshConnection, "failure", "denied", "network"},
	{"Protocol major versions differ for ", sshPeerFirst, sshConnection, "failure", "error", "network"},
	{"kex_exchange_identification: ", nil, sshConnection, "failure", "error", "network"},
	{"kex_protocol_error: ", nil, sshConnection, "failure", "error", "network"},
	{"Timeout before authentication for connection from ", sshFromTo, sshConnection, "failure", "error", "network"},
	{"Timeout before authentication for ", sshPeerFirst, sshConnection, "failure", "error", "network"},
	{"drop connection #", sshDropped, sshConnection, "failure", "denied", "network"},
	{"refused connect from ", sshRefused, sshConnection, "failure", "denied", "network"},
	{"reverse mapping checking getaddrinfo for ", sshReverse, "ssh_reverse_mapping", "", "info", "network"},
	{"Address ", sshMaps, "ssh_reverse_mapping", "", "info", "network"},
	{"Nasty PTR record ", sshFromBracket, "ssh_reverse_mapping", "", "info", "network"},
	{"User ", sshUserDenied, sshLogin, "failure", "denied", ""},
	{"ROOT LOGIN REFUSED FROM ", sshPeerFirst, sshLogin, "failure", "denied", ""},
	{"PAM: ", sshPAM, sshLogin, "failure", "start", ""},
	{"input_userauth_request: invalid user ", sshInvalid, "ssh_userauth_request", "", "info", ""},
	{"userauth_pubkey: ", nil, "ssh_userauth_request", "", "info", ""},
	{"Starting session: ", sshStarting, sshSession, "", "start", "session"},
	{"Close session: user ", sshUserFrom, sshSession, "", "end", "session"},
	{"subsystem request for ", sshSubsystem, sshSession, "", "info", "session"},
	{"Server listening on ", nil, "ssh_listening", "", "start", "process"},
	{"Received signal ", sshSignal, "ssh_signal", "", "info", "process"},
	{"Exiting on signal ", nil, "ssh_signal", "", "end", "process"},
	{"Authentication refused: ", sshRefusedFile, "ssh_authentication_refused", "", "info", ""},
}

// sshFirst has, by the first character that a message may have, the rules of messages that begin with it.
var sshFirst = func() (by [128][]uint8) {
	for i := range sshRules {
		c := sshRules[i].begin[0]
		by[c] = append(by[c], uint8(i))
	}
	return by
}()

func sshRulesBy(m []byte) []uint8 {
	if len(m) == 0 || m[0] >= 128 {
		return nil
	}
	return sshFirst[m[0]]
}

// sshd reads the messages of OpenSSH's server, of its session process too (9.8 and later).
func sshd(b *event.Batch, h *header, m []byte) bool {
	if hasPrefix(m, "[ID ") { // Solaris
		if _, rest, ok := cut(m, "] "); ok {
			m = rest
		}
	}
	if rest, ok := after(m, "message repeated "); ok {
		m = repeated(b, rest)
	}
	for _, level := range [...]string{"error: ", "fatal: ", "warning: "} {
		if rest, ok := after(m, level); ok {
			b.SetString(event.LogLevel, level[:len(level)-2])
			m = rest
			break
		}
	}
	if rest, ok := after(m, "srclimit_"); ok {
		m = rest
	}
	m = trimBlanks(m)
	if len(m) > 10 && hasSuffix(m, " [preauth]") {
		m = m[:len(m)-10]
	}
	if pam(b, h, m) {
		return true
	}
	for _, i := range sshRulesBy(m) {
		r := &sshRules[i]
		rest, ok := after(m, r.begin)
		if !ok || r.begin == "User " && index(rest, " not allowed because ") < 0 && index(rest, " password has expired") < 0 ||
			r.begin == "Account " && !hasSuffix(rest, " has expired") {
			continue
		}
		c := class{authDataset, "system", r.action, r.outcome, r.category, [3]string{r.typ}}
		if c.category == "" {
			c.category = "authentication"
		}
		c.set(b)
		if r.read != nil {
			r.read(b, rest)
		}
		return true
	}
	(&class{dataset: authDataset, module: "system"}).set(b)
	return true
}

// repeated reads "N times: [ message]" behind "message repeated ".
func repeated(b *event.Batch, m []byte) []byte {
	n, rest, ok := cut(m, " times: [")
	if !ok || !digits(n) {
		return m
	}
	b.Label([]byte("repeat_count"), n)
	rest = trimBlanks(rest)
	if hasSuffix(rest, "]") && !hasSuffix(rest, "[preauth]") {
		rest = rest[:len(rest)-1]
	}
	return rest
}

// setPeer sets source.ip and source.port from "ADDR[ port N]" at the beginning of m and gives what follows.
func setPeer(b *event.Batch, m []byte) []byte {
	addr, rest := word(m)
	rest2, ok := after(rest, " port ")
	for len(addr) > 2 && (addr[len(addr)-1] == ':' || addr[len(addr)-1] == ',') && !isIP(addr) {
		addr = addr[:len(addr)-1]
	}
	if hasPrefix(addr, "UNKNOWN") {
		return rest
	}
	setAddr(b, &src, addr)
	if ok {
		n := 0
		for n < len(rest2) && digit(rest2[n]) {
			n++
		}
		setPort(b, event.SourcePort, rest2[:n])
		return rest2[n:]
	}
	return rest
}

// isPeer says whether m begins with "ADDR port N", or is an address.
func isPeer(m []byte) bool {
	addr, rest := word(m)
	if rest, ok := after(rest, " port "); ok {
		return len(rest) > 0 && digit(rest[0]) && len(addr) > 0
	}
	return len(rest) == 0 && isIP(addr)
}

func setUser(b *event.Batch, m []byte) {
	for _, kind := range [...]string{"invalid user ", "illegal user "} {
		if rest, ok := after(m, kind); ok {
			b.SetString(event.EventReason, kind[:len(kind)-1])
			m = rest
			break
		}
	}
	if string(m) == "invalid user" { // and no name behind it
		b.Set(event.EventReason, m)
		return
	}
	b.Set(event.UserName, m)
}

// sshMethodFor reads "METHOD for USER from ADDR port N ssh2[: KEY]". A user may call himself "x from 192.0.2.1 port 1",
// so the last address counts; hostbased alone repeats a user's words behind it.
func sshMethodFor(b *event.Batch, m []byte) {
	method, rest, ok := cut(m, " for ")
	if !ok {
		return
	}
	b.Label([]byte("ssh.method"), method)
	if head, _, ok := cut(rest, " ssh1: ruser "); ok { // what the client says it is called there
		rest = head
	}
	if hasPrefix(method, "hostbased") {
		if head, _, ok := cutLast(rest, ", client user \""); ok {
			rest = head
		}
	}
	sshUserFrom(b, rest)
}

// sshUserFrom reads "USER from ADDR port N…".
func sshUserFrom(b *event.Batch, m []byte) {
	tail := m
	for {
		user, peer, ok := cutLast(tail, " from ")
		if !ok {
			if peer, ok := after(m, "from "); ok { // an empty user name
				setPeer(b, peer)
				return
			}
			setUser(b, m)
			return
		}
		if w, rest := word(peer); isIP(w) || hasPrefix(rest, " port ") || len(rest) == 0 {
			setUser(b, trimBlanks(user))
			rest = setPeer(b, peer)
			if key, ok := after(rest, " ssh2: "); ok {
				b.Label([]byte("ssh.key"), key)
			}
			return
		}
		tail = user
	}
}

func sshInvalid(b *event.Batch, m []byte) {
	b.SetString(event.EventReason, "invalid user")
	sshUserFrom(b, m)
}

// sshPeerFirst reads "ADDR[ port N][: why]".
func sshPeerFirst(b *event.Batch, m []byte) {
	rest := setPeer(b, m)
	for len(rest) > 0 && (rest[0] == ':' || rest[0] == ' ') {
		rest = rest[1:]
	}
	if local, ok := after(rest, "on "); ok {
		addr, rest := word(local)
		setAddr(b, &dst, addr)
		if port, ok := after(rest, " port "); ok {
			w, _ := word(port)
			setPort(b, event.DestinationPort, w)
		}
		return
	}
	b.Set(event.EventReason, rest)
}

// sshPeerEnd reads "[kind ]user USER ADDR[ port N]" or "ADDR[ port N]": the address is the last one.
func sshPeerEnd(b *event.Batch, m []byte) {
	for _, kind := range [...]string{"authenticating user ", "invalid user ", "user "} {
		rest, ok := after(m, kind)
		if !ok {
			continue
		}
		if kind[0] == 'i' {
			b.SetString(event.EventReason, "invalid user")
		}
		end := len(rest)
		if i := lastIndex(rest, " port "); i >= 0 {
			end = i
		}
		at := end - 1
		for at >= 0 && rest[at] != ' ' {
			at--
		}
		if at < 0 {
			setPeer(b, rest)
			return
		}
		b.Set(event.UserName, rest[:at])
		setPeer(b, rest[at+1:])
		return
	}
	if isPeer(m) {
		setPeer(b, m)
		return
	}
	sshPeerFirst(b, m)
}

func sshPeerBeforeColon(b *event.Batch, m []byte) {
	who, why, ok := cutLast(m, ": ")
	if !ok {
		who = m
	}
	b.Set(event.EventReason, why)
	sshPeerEnd(b, who)
}

// sshDisconnecting reads "[kind user USER ]ADDR port N: why".
func sshDisconnecting(b *event.Batch, m []byte) { sshPeerBeforeColon(b, m) }

// sshTooMany reads "Too many authentication failures for USER[ from ADDR …]".
func sshTooMany(b *event.Batch, m []byte) {
	why, rest, ok := cut(m, " for ")
	b.Set(event.EventReason, why)
	if ok {
		sshUserFrom(b, rest)
	}
}

func sshFromLast(b *event.Batch, m []byte) {
	if _, peer, ok := cutLast(m, " from "); ok {
		setPeer(b, peer)
	}
}

// sshDropped reads "… from [ADDR]:N on [ADDR]:N past MaxStartups", "… penalty: failed authentication".
func sshDropped(b *event.Batch, m []byte) {
	sshFromBracket(b, m)
	_, rest, ok := cut(m, " on [")
	addr, rest, ok2 := cut(rest, "]:")
	if !ok || !ok2 {
		return
	}
	setAddr(b, &dst, addr)
	port, why := word(rest)
	setPort(b, event.DestinationPort, port)
	b.Set(event.EventReason, skipBlanks(why))
}

// sshFromTo reads "ADDR to ADDR, pid = 7".
func sshFromTo(b *event.Batch, m []byte) {
	from, rest, _ := cut(m, " to ")
	to, _, _ := cut(rest, ",")
	if isIP(from) {
		setAddr(b, &src, from)
	}
	if isIP(to) {
		setAddr(b, &dst, to)
	}
}

// sshFromBracket reads "… from [ADDR]:N …".
func sshFromBracket(b *event.Batch, m []byte) {
	_, rest, ok := cut(m, "[")
	if !ok {
		return
	}
	addr, rest, ok := cut(rest, "]")
	if !ok {
		return
	}
	setAddr(b, &src, addr)
	if port, ok := after(rest, ":"); ok {
		w, _ := word(port)
		setPort(b, event.SourcePort, w)
	}
}

// sshRefused reads "NAME (ADDR)" of the TCP wrappers.
func sshRefused(b *event.Batch, m []byte) {
	name, rest := word(m)
	if addr, ok := after(skipBlanks(rest), "("); ok {
		if addr, _, ok := cut(addr, ")"); ok && isIP(addr) {
			b.Set(event.SourceIP, addr)
		}
	}
	setAddr(b, &src, name)
}

// sshReverse reads "NAME [ADDR] failed".
func sshReverse(b *event.Batch, m []byte) {
	name, rest := word(m)
	b.Set(event.SourceDomain, name)
	sshFromBracket(b, rest)
}

// sshMaps reads "ADDR maps to NAME, but …".
func sshMaps(b *event.Batch, m []byte) {
	addr, rest, ok := cut(m, " maps to ")
	if !ok {
		return
	}
	setAddr(b, &src, addr)
	if name, _, ok := cut(rest, ", but"); ok {
		b.Set(event.SourceDomain, name)
	}
}

// sshUserDenied reads "USER[ from ADDR] not allowed because why".
func sshUserDenied(b *event.Batch, m []byte) {
	who, why, ok := cutLast(m, " not allowed because ")
	if !ok { // root password has expired (password aged)
		if who, _, ok = cutLast(m, " password has expired"); !ok {
			return
		}
		why = m[len(who)+1:]
	}
	sshUserFrom(b, who)
	b.Unset(event.EventReason)
	b.Set(event.EventReason, why)
}

// sshPAM reads "Authentication failure for [illegal user ]USER from ADDR[ via ADDR]".
func sshPAM(b *event.Batch, m []byte) {
	why, rest, ok := cut(m, " for ")
	if !ok {
		return
	}
	if head, via, ok := cutLast(rest, " via "); ok && isIP(via) {
		rest = head
	}
	sshUserFrom(b, rest)
	b.Unset(event.EventReason)
	b.Set(event.EventReason, why)
}

// sshStarting reads "shell on pts/0 for USER from ADDR port N id 0".
func sshStarting(b *event.Batch, m []byte) {
	if _, rest, ok := cutLast(m, " for "); ok { // a command may hold one
		sshUserFrom(b, rest)
	}
}

// sshRevoked reads "RSA SHA256:… revoked by file PATH".
func sshRevoked(b *event.Batch, m []byte) {
	key, path, ok := cut(m, " revoked by file ")
	if !ok {
		return
	}
	b.Label([]byte("ssh.key"), key)
	b.Set(event.FilePath, path)
	b.SetString(event.EventReason, "key revoked")
}

// sshAuthorized reads "USER, krb5 principal NAME (function)".
func sshAuthorized(b *event.Batch, m []byte) {
	user, _, _ := cut(m, ", ")
	b.Set(event.UserName, user)
}

// sshColonUser reads "USER: why".
func sshColonUser(b *event.Batch, m []byte) {
	user, why, _ := cut(m, ": ")
	b.Set(event.UserName, user)
	b.Set(event.EventReason, why)
}

// sshAccount reads "USER has expired".
func sshAccount(b *event.Batch, m []byte) {
	user, _, _ := cut(m, " has expired")
	b.Set(event.UserName, user)
	b.SetString(event.EventReason, "account expired")
}

// sshTarget reads "HOST port N: why", whereto a client's connection should have been forwarded.
func sshTarget(b *event.Batch, m []byte) {
	host, rest := word(m)
	port, ok := after(rest, " port ")
	if !ok {
		return
	}
	setNameOr(b, &dst, host)
	n := 0
	for n < len(port) && digit(port[n]) {
		n++
	}
	setPort(b, event.DestinationPort, port[:n])
}

// sshForward reads "originator ADDR port N, target HOST port N".
func sshForward(b *event.Batch, m []byte) {
	if _, target, ok := cut(m, ", target "); ok {
		sshTarget(b, target)
	}
}

// sshSignal reads "15; terminating.", after which there is no server.
func sshSignal(b *event.Batch, m []byte) {
	if index(m, "; terminating") > 0 {
		b.Unset(event.EventType)
		b.AddString(event.EventType, "end")
	}
}

// sshRefusedFile reads "bad ownership or modes for directory PATH".
func sshRefusedFile(b *event.Batch, m []byte) {
	if at := index(m, " /"); at > 0 {
		b.Set(event.EventReason, m[:at])
		b.Set(event.FilePath, m[at+1:])
	}
}

// sshSubsystem reads "NAME by user USER".
func sshSubsystem(b *event.Batch, m []byte) {
	name, user, ok := cut(m, " by user ")
	b.Label([]byte("ssh.subsystem"), name)
	if ok {
		if who, why, failed := cutLast(user, " failed, "); failed {
			user = who
			b.SetString(event.EventOutcome, failure)
			b.Set(event.EventReason, why)
		}
		b.Set(event.UserName, user)
	}
}

// sshReason keeps the rest as the reason.
func sshReason(b *event.Batch, m []byte) { b.Set(event.EventReason, m) }

// sshUserBy reads "USER by PAM account configuration".
func sshUserBy(b *event.Batch, m []byte) {
	user, why, ok := cutLast(m, " by ")
	if ok {
		b.Set(event.UserName, user)
		b.Set(event.EventReason, why)
	}
}

// sshTried reads "USER with correct key but not from a permitted host (host=NAME, ip=ADDR, required=ADDR)."
func sshTried(b *event.Batch, m []byte) {
	user, why, ok := cut(m, " with ")
	if !ok {
		return
	}
	b.Set(event.UserName, user)
	if _, addr, ok := cut(why, "ip="); ok {
		n := 0
		for n < len(addr) && addr[n] != ',' && addr[n] != ')' {
			n++
		}
		if isIP(addr[:n]) {
			setAddr(b, &src, addr[:n])
		}
	}
	why, _, _ = cut(why, " (")
	b.Set(event.EventReason, why)
}

// sshBlocked reads "7]: Blocking access from ADDR to service sshd, user USER".
func sshBlocked(b *event.Batch, m []byte) {
	_, peer, ok := cut(m, "Blocking access from ")
	if !ok {
		return
	}
	peer, user, _ := cut(peer, " to service ")
	setPeer(b, peer)
	_, user, _ = cut(user, ", user ")
	b.Set(event.UserName, user)
}

// sshUserNot reads "USER from ADDR not allowed".
func sshUserNot(b *event.Batch, m []byte) {
	if who, _, ok := cutLast(m, " not allowed"); ok {
		sshUserFrom(b, who)
	}
}

// sshPenalty reads "ipv4: new ADDR/32 deferred penalty of 5 seconds for penalty: why" (OpenSSH 9.8).
func sshPenalty(b *event.Batch, m []byte) {
	if head, why, ok := cut(m, " for penalty: "); ok {
		b.Set(event.EventReason, why)
		m = head
	}
	if head, _, ok := cut(m, "/"); ok {
		if addr := lastWord(head); isIP(addr) {
			setAddr(b, &src, addr)
		}
	}
}
