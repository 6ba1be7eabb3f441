package parse

import "watchpost/internal/event"

// server lists what the programs of one product write. Its patterns are those of shape, with these names besides:
//
//	{peer}      text whose last [address] (with :port behind it, where there is one) is the source: name (helo) [192.0.2.7]:51234
//	{client}    an address, or a list of them whose first is the client, in brackets or quotes
//	{userfrom}  user from address: the last " from " counts, since a user may choose his name
//	{level}     log.level    {svc}  service.name    {udom}  user.domain    {ecode}  event.code    {dom}  destination.domain
//	{inout} network.direction    {uid} user.id    {cwd} process.working_directory
//	{euser}     user.effective.name    {fname} file.name    {fsize} file.size    {hash} of the file, told by its length
//	{path}      file.path    {exe}  process.executable    {full}  domain\user, or user@domain      {pid}  process.pid
//	{bproto}    transport in braces    {litespeed} LiteSpeed's name of a connection
//	{ttyaddr}   a terminal, which is the label tty, or an address
//	{dn}        of an account in LDAP; {tdn} {gdn} of the account, of the group that is changed
//	{princ}     user@REALM      {urlpath} path[?query] of a request      {tsflow}    Tailscale's transport and source, TCP{192.0.2.7:51234
//	{request}   METHOD target HTTP/version                 {#name}  the label of that name
type server struct {
	apps   []string // names of the programs
	module string
	shapes []serverShape
}

// serverShape says what a message that fits pattern means.
type serverShape struct{ pattern, action, outcome, reason string }

// serverIndex finds a server by the name of its program.
func serverIndex() map[string]*server {
	m := make(map[string]*server)
	for _, table := range [...][]server{servers, mailServers, hostServers, linuxServers, macServers, deviceServers, daemonServers} {
		for i := range table {
			for _, app := range table[i].apps {
				if m[app] != nil {
					panic("BUG: parse: two servers are called " + app)
				}
				m[app] = &table[i]
			}
		}
	}
	return m
}

// actionClass says of which category and type an action is.
func actionClass(action string) (category, typ string) {
	switch action {
	case login:
		return authn, "start"
	case "sip_challenge", "bind", "auth_backend":
		return authn, "info"
	case "logout":
		return authn, "end"
	case "ldap_search", "ldap_result":
		return "database", "access"
	case "session_start":
		return "session", "start"
	case "session_end":
		return "session", "end"
	case "ban", "blocklist", "unban", "attack", "port_scan", "honeypot_connection", "honeypot_login", "ids_alert":
		return "intrusion_detection", "info"
	case "reject", "spam":
		return "email", "denied"
	case "mail_received", "mail_sent", "mail_deferred", "mail":
		return "email", "info"
	case "access_denied", "port-disabled", "port-blocked":
		return netw, "denied"
	case "firewall-rule":
		return netw, "connection"
	case "roamed":
		return netw, "change"
	case "station_note":
		return netw, "info"
	case "connect":
		return netw, "start"
	case "disconnect":
		return netw, "end"
	case "http_request", "unknown_action":
		return "web", "access"
	case "file_read", "file_written", "file_deleted", "file_renamed", "file_access", "folder_created", "folder_deleted":
		return "file", fileType(action)
	case "configuration_read":
		return "configuration", "access"
	case "configuration", "command":
		return "configuration", "change"
	case "user_added", "user_deleted", "user_changed", "password_changed", "user_locked", "user_unlocked":
		return "iam", "user"
	case "group_added", "group_deleted", "group_changed", "user_added_to_group", "user_removed_from_group":
		return "iam", "group"
	case "directory_changed":
		return "iam", "info"
	case "vm_started", "vm_stopped", "vm_deleted", "container_start", "container_stop", "container_create", "container_delete", "container_exec", "image_pull", "shutdown":
		return "host", "change"
	case "program_crashed":
		return "process", "error"
	case "executed":
		return "process", "start"
	case "policy_violation":
		return "process", "denied"
	case "link_up", "link_down", "link_changed", "neighbor", "dns_server", "dns_degraded", "interface":
		return netw, "change"
	case "disk_failing", "disk_missing", "path_lost", "hardware_error", "temperature_high", "power_failure":
		return "host", "error"
	case "vm_note", "container_note", "path_found", "path_changed", "volume_filling", "cluster_changed", "scan_started", "scan_finished", "hardware_note", "restart":
		return "host", "info"
	case "file_changed":
		return "file", "change"
	case "package_installed", "package_updated":
		return "package", "installation"
	case "package_removed":
		return "package", "deletion"
	case "backend_down", "backend_up", "proxy_started", "proxy_stopped":
		return "web", "info"
	case "sql":
		return "database", "access"
	case "sql_change":
		return "database", "change"
	case "vpn-connected":
		return netw, "start"
	case "vpn-disconnected":
		return netw, "end"
	case "vpn":
		return netw, "info"
	case "mail_queued", "mail_held", "mail_bounced":
		return "email", "info"
	case "virus_detected":
		return "email", "info"
	case "mail_removed":
		return "email", "info"
	case "dns_transfer", "dns_answer":
		return netw, "info"
	case "ticket":
		return authn, "info"
	case "dns_query", "dhcp_lease", "dhcp_offer", "dhcp_request", "dhcp_release", "vpn-address":
		return netw, "info"
	case "backup_finished", "backup_started", "backup_note", "storage_note", "replication", "update":
		return "host", "info"
	case "malware_found", "file-scanned":
		return "malware", "info"
	case "session_locked", "session_unlocked":
		return "session", "info"
	case "permission_granted":
		return "configuration", "change"
	case "authorized":
		return "iam", "info"
	case "service_state", "agent_started", "agent_stopped":
		return "host", "info"
	case "service_starting", "service_started":
		return "process", "start"
	case "service_stopped":
		return "process", "end"
	case "program_error":
		return "process", "error"
	case "package_note":
		return "package", "info"
	case "device_allowed":
		return "host", "allowed"
	case "device_blocked":
		return "host", "denied"
	case "device_removed":
		return "host", "info"
	case "device_policy":
		return "configuration", "change"
	case "certificate":
		return "configuration", "creation"
	}
	return "", "info"
}

func fileType(action string) string {
	switch action {
	case "file_read", "file_access":
		return "access"
	case "file_deleted", "folder_deleted":
		return "deletion"
	case "file_written", "folder_created":
		return "creation"
	}
	return "change"
}

// read sets what the first pattern that fits m says.
func (s *server) read(p *Parser, b *event.Batch, m []byte) bool {
	var found captures
	for i := range s.shapes {
		r := &s.shapes[i]
		found.n = 0
		if found.match(r.pattern, m) {
			r.set(p, b, s.module, &found)
			return true
		}
	}
	return false
}

// rootLogin is the reason of a log-in by an account with the number 0, which is not named.
const rootLogin = "root"

func (s *serverShape) set(p *Parser, b *event.Batch, module string, found *captures) {
	category, typ := actionClass(s.action)
	c := class{"app.log", module, s.action, s.outcome, category, [3]string{typ}}
	if category == "iam" {
		c.types[1] = "change"
		switch s.action {
		case "user_added", "group_added":
			c.types[1] = "creation"
		case "user_deleted", "group_deleted":
			c.types[1] = "deletion"
		}
	}
	switch s.action {
	case login, "logout", "ban", "unban", "honeypot_connection", "honeypot_login":
		c.dataset = "app.login"
	case "dns_query":
		c.dataset = "dns.log"
		b.SetString(event.NetworkProtocol, "dns")
	case "dhcp_lease", "dhcp_offer", "dhcp_request", "dhcp_release":
		c.dataset = "dhcp.log"
	case "backup_finished", "backup_started", "backup_note":
		c.dataset = "backup.job"
	}
	c.set(b)
	b.SetString(event.EventReason, s.reason)
	if e := (event.Event{Batch: b, Row: b.Rows()}); module != "" && module != "device" && !e.Present(event.ProcessName) {
		b.SetString(event.ProcessName, module) // no header names the program, but the line's shape does
	}
	p.setCaptured(b, found)
	if s.reason == rootLogin && s.action == login && found.value("user") == nil {
		b.SetString(event.UserName, "root")
		b.SetString(event.UserID, "0")
	}
}

// setCaptured sets the names that only servers have, then the others.
func (p *Parser) setCaptured(b *event.Batch, found *captures) {
	for i := range found.n {
		v := found.val[i]
		switch name := found.name[i]; name {
		case "peer":
			setPeerIn(b, v)
		case "client":
			setClient(b, v)
		case "userfrom":
			setUserFrom(b, v)
		case "level":
			b.Set(event.LogLevel, trimBlanks(v))
		case "svc", "noBar":
			b.Set(event.ServiceName, v)
		case "dn":
			setDN(b, v)
		case "tdn": // of the account that it is done to
			b.Set(event.UserTargetName, nameInDN(v))
		case "gdn":
			b.Set(event.GroupName, nameInDN(v))
		case "princ": // user@REALM
			user, realm, _ := cutLast(v, "@")
			b.Set(event.UserName, user)
			b.Set(event.UserDomain, realm)
		case "urlpath":
			p.setTarget(b, v)
		case "tsflow": // TCP{100.64.1.7:51234
			proto, addr, _ := cut(v, "{")
			setTransport(b, proto)
			setHostPort(b, &src, addr)
		case "udom":
			b.Set(event.UserDomain, v)
		case "ecode":
			b.Set(event.EventCode, v)
		case "dom": // sendmail's have the root's dot
			if len(v) > 1 && v[len(v)-1] == '.' {
				v = v[:len(v)-1]
			}
			b.Set(event.DestinationDomain, v)
		case "path":
			if string(v) != "---" { // QNAP's word for none
				b.Set(event.FilePath, v)
			}
		case "fname":
			b.Set(event.FileName, unquote(v))
		case "fsize":
			setNum(b, event.FileSize, v)
		case "l4peer": // 192.0.2.7(www.example.com):1283.
			if n := len(v); n > 0 && v[n-1] == '.' {
				v = v[:n-1]
			}
			if addr, name, ok := cut(v, "("); ok {
				name, port, _ := cut(name, ")")
				b.Set(event.DestinationDomain, name)
				port, _ = after(port, ":")
				setPort(b, event.DestinationPort, port)
				v = addr
			}
			setHostPort(b, &dst, v)
		case "hash":
			setHash(b, trimBlanks(v), event.FileHashMd5, event.FileHashSha1, event.FileHashSha256)
		case "ttyaddr": // login names the terminal where nobody came over a network
			if hasPrefix(v, "tty") || hasPrefix(v, "pts/") || hasPrefix(v, "/dev/") || string(v) == "console" || string(v) == "(null)" {
				b.Label([]byte("tty"), v)
			} else {
				setHostPort(b, &src, v)
			}
		case "knot": // 192.0.2.7@51234
			addr, port, _ := cut(v, "@")
			setNameOr(b, &src, addr)
			setPort(b, event.SourcePort, port)
		case "inout":
			setFlowDirection(b, v)
		case "uid":
			if digits(v) {
				b.Set(event.UserID, v)
			}
		case "raduser": // user[/password], host/name[/password]
			user, rest, _ := cut(v, "/")
			if string(user) == "host" && len(rest) > 0 {
				name, _, _ := cut(rest, "/")
				user = v[:len(user)+1+len(name)]
			}
			setFullUser(b, user)
		case "user":
			setFullUser(b, v)
		case "euser":
			b.Set(event.UserEffectiveName, v)
		case "cwd":
			b.Set(event.ProcessWorkingDirectory, v)
		case "exe":
			b.Set(event.ProcessExecutable, v)
		case "full":
			setFullUser(b, v)
		case "pid":
			setNum(b, event.ProcessPID, v)
		case "request":
			p.setRequest(b, v)
		case "bproto": // {TCP}
			if n := len(v); n > 2 && v[0] == '{' && v[n-1] == '}' {
				setTransport(b, v[1:n-1])
			}
		case "litespeed": // 192.0.2.7:51234:HTTP2-41#_AdminVHost
			v, _, _ = cut(v, "#")
			v, _, _ = cut(v, "-")
			addr, port, _ := cut(v, ":")
			port, _, _ = cut(port, ":")
			if isIP(addr) {
				setAddr(b, &src, addr)
				setPort(b, event.SourcePort, port)
			}
		case "status":
			setStatus(b, v)
			found.name[i] = "x"
			continue
		default:
			if name[0] == '#' {
				b.Label(bytesOf(name[1:]), v)
				break
			}
			continue
		}
		found.name[i] = "x"
	}
	found.set(b)
}

// setPeerIn finds the last address in brackets that is not the server's own interface (I=[…]).
func setPeerIn(b *event.Batch, v []byte) {
	for range 16 {
		i := lastIndex(v, "[")
		if i < 0 {
			return
		}
		addr, port, ok := cut(v[i+1:min(len(v), i+96)], "]")
		addr, _ = after(addr, "IPv6:")
		if ok && isIP(addr) && !hasSuffix(v[:i], "I=") {
			setAddr(b, &src, addr)
			if port, ok = after(port, ":"); ok {
				n := 0
				for n < len(port) && digit(port[n]) {
					n++
				}
				setPort(b, event.SourcePort, port[:n])
			}
			return
		}
		v = v[:i]
	}
}

// setClient reads an address as proxies hand it on: "192.0.2.7", "[192.0.2.7, 198.51.100.1]", "192.0.2.7:51234", `192.0.2.7`.
func setClient(b *event.Batch, v []byte) {
	v = trimBlanks(v)
	if n := len(v); n > 2 && v[0] == '[' && v[n-1] == ']' {
		v = v[1 : n-1]
	}
	if first, _, ok := cut(v, ","); ok {
		v = first
	}
	for len(v) > 1 && (v[0] == '"' || v[0] == '\'' || v[0] == '`' || v[0] == '(' || v[0] == '<') {
		v = v[1:]
	}
	for len(v) > 1 {
		if c := v[len(v)-1]; c != '"' && c != '\'' && c != '`' && c != ')' && c != '>' && c != '.' && c != ';' {
			break
		}
		v = v[:len(v)-1]
	}
	setHostPort(b, &src, v)
}

// setUserFrom reads "user[ against server] from address".
func setUserFrom(b *event.Batch, v []byte) {
	user, addr, ok := cutLast(v, " from ")
	if !ok {
		b.Set(event.UserName, trimBlanks(v))
		return
	}
	if who, _, ok := cutLast(user, " against "); ok {
		user = who
	}
	b.Set(event.UserName, unquote(trimBlanks(user)))
	addr, _, _ = cut(addr, "(") // address(X-Real-IP: …)
	setClient(b, addr)
}

// setFullUser reads DOMAIN\user and user@domain.
func setFullUser(b *event.Batch, v []byte) {
	v = unquote(trimBlanks(v))
	if dom, user, ok := cut(v, `\`); ok && len(dom) > 0 && len(user) > 0 && (len(user) < 3 || !digits(user[:3])) { // \040 is a blank
		user, _ = after(user, `\`)
		b.Set(event.UserDomain, dom)
		b.Set(event.UserName, user)
		return
	}
	b.Set(event.UserName, v)
}

// servers are those that people log in to, and those that turn others away.
var servers = []server{
	{[]string{"dropbear"}, "dropbear", []serverShape{
		{`{x}ad password attempt for '{user}' from {addr}`, login, failure, "wrong password"},
		{`{x}ad PAM password attempt for '{user}' from {addr}`, login, failure, "wrong password"},
		{`{x}ogin attempt for nonexistent user '{user}' from {addr}`, login, failure, "invalid user"},
		{`{x}ogin attempt for nonexistent user from {addr}`, login, failure, "invalid user"},
		{`{x}ogin attempt with wrong user {user} from {addr}`, login, failure, "invalid user"},
		{`{x}xit before auth from <{addr}>: (user '{user}', {x} fails): {reason}`, login, failure, ""},
		{`{x}xit before auth (user '{user}', {x} fails): {reason} - user '{x}' from {addr}`, login, failure, ""},
		{`{x}xit before auth (user '{user}', {x} fails): {reason}`, login, failure, ""},
		{`{x}xit before auth from <{addr}>: {reason} - user '{user}'`, login, failure, ""},
		{`{x}xit before auth from <{addr}>: {reason}`, "disconnect", failure, ""},
		{`{x}assword auth succeeded for '{user}' from {addr}`, login, success, ""},
		{`{x}ubkey auth succeeded for '{user}' with {#ssh.key_type} key {#ssh.key} from {addr}`, login, success, ""},
		{`{x}ubkey auth succeeded for '{user}' with key {#ssh.key} from {addr}`, login, success, ""},
		{`{x}uth succeeded with blank password for '{user}' from {addr}`, login, success, "blank password"},
		{`{x}ser '{user}' has {reason}, rejected`, login, failure, ""},
		{`{x}ser account '{user}' is locked`, login, failure, "account locked"},
		{`{x}hild connection from {addr}`, "connect", "", ""},
		{`{x}xit ({user}) from <{addr}>: {reason}`, "disconnect", "", ""},
		{`{x}xit ({user}): {reason}`, "disconnect", "", ""}}},
	{[]string{"danted", "sockd"}, "dante", []serverShape{
		{`{x}block({rule}): {x}: {addr} {daddr}: {x} authentication failed for user "{user}"`, login, failure, ""},
		{`{x}block({rule}): {x}: {addr} {daddr}: {x}could not access user "{user}"`, login, failure, "invalid user"},
		{`{x}block({rule}): {proto}/{x} ]: {addr} {daddr}: {reason}`, "access_denied", failure, ""},
		{`{x}block({rule}): {proto}/{x} [: {addr} {daddr}: {reason}`, "access_denied", failure, ""},
		{`{x}pass({rule}): {proto}/connect [: {user}@{addr} {daddr}`, "connect", success, ""},
		{`{x}pass({rule}): {proto}/connect [: {addr} {daddr}`, "connect", success, ""}}},
	{[]string{"perdition", "perdition.imap", "perdition.imaps", "perdition.pop3", "perdition.pop3s", "perdition.imap4", "perdition.imap4s", "perdition.managesieve"}, "perdition", []serverShape{
		{`Auth: {addr}->{daddr} {x}authentication_id="{user}" {x}status="failed: {reason}"`, login, failure, ""},
		{`Auth: {addr}->{daddr} {x}authentication_id="{user}" {x}status="failed"`, login, failure, ""},
		{`Auth: {addr}->{daddr} {x}authentication_id="{user}" {x}status="ok"`, login, success, ""},
		{`Auth: {addr}->{daddr} user="{user}" {x}status="failed{reason}"`, login, failure, ""},
		{`Auth: {addr}->{daddr} user="{user}" {x}status="ok"`, login, success, ""},
		{`Fatal Error {reason} from client {addr}->{daddr}: `, login, failure, ""},
		{`Connect: {addr}->{daddr}`, "connect", "", ""},
		{`Close: {addr}->{daddr} {x}authentication_id="{user}"`, "disconnect", "", ""},
		{`Close: {addr}->{daddr}`, "disconnect", "", ""}}},
	{[]string{"scanlogd"}, "scanlogd", []serverShape{
		{`{addr} to {daddr} ports {#ports}, {x}, TOS`, "port_scan", "", ""},
		{`{addr} to {daddr} port`, "port_scan", "", ""}}},
	{[]string{"portsentry"}, "portsentry", []serverShape{
		{`attackalert: Connect from host: {x}/{addr} to {proto} port: {dport}`, "port_scan", "", ""},
		{`attackalert: {reason} from host: {x}/{addr} to {proto} port: {dport}`, "port_scan", "", ""},
		{`attackalert: Host {addr} has been blocked`, "ban", success, ""},
		{`attackalert: Host: {addr} is already blocked`, "ban", success, ""},
		{`{x}Scan from: [{addr}] {x} protocol: [{proto}] port: [{dport}]`, "port_scan", "", ""}}},
	{[]string{"screensharingd"}, "screensharing", []serverShape{
		{`Authentication: FAILED :: User Name: {>user} :: Viewer Address: {addr} :: Type: `, login, failure, ""},
		{`Authentication: SUCCEEDED :: User Name: {>user} :: Viewer Address: {addr} :: Type: `, login, success, ""}}},
	{[]string{"solid-pop3d"}, "solid-pop3d", []serverShape{
		{`can't find APOP secret for user {>user} - {addr}`, login, failure, "no secret"},
		{`authentication failed for user {>user} - {addr}`, login, failure, "wrong password"},
		{`APOP authentication failed for user {>user} - {addr}`, login, failure, "wrong password"},
		{`authentication failed for mapped user {>user} - {addr}`, login, failure, "wrong password"},
		{`authentication failed: can't map user name: {>user} - {addr}`, login, failure, "invalid user"},
		{`root login not allowed - {addr}`, login, failure, "root login refused"},
		{`authentication failed: no such user: {>user} - {addr}`, login, failure, "invalid user"},
		{`user {>user} authenticated - {addr}`, login, success, ""},
		{`user {>user} logged in - {addr}`, login, success, ""}}},
	{[]string{"xrdp", "xrdp-sesman"}, "xrdp", []serverShape{
		{`{>x}AUTHFAIL: user={user} ip={addr} time=`, login, failure, ""},
		{`{x}login failed for user {user}, display`, login, failure, ""},
		{`{x}Received system login request from xrdp for user: {user} IP: {addr}`, login, "", ""},
		{`{x}Access permitted for user: {user}`, login, success, ""},
		{`{x}login successful for user {user} on display`, login, success, ""},
		{`{x}connection accepted from {x}: {addr}`, "connect", "", ""},
		{`{x}Socket {x}: AF_INET{x} connection received from {addr} port {sport}`, "connect", "", ""},
		{`{x}terminated session: username {user}, display {x}, session_pid {x}, ip {addr} - `, "session_end", "", ""},
		{`{x}Created session successfully{x}username {user}, ip {addr} - `, "session_start", success, ""},
		{`{x}started successfully{x}username {user}, ip {addr} - `, "session_start", success, ""}}},
	{[]string{"webmin", "usermin"}, "webmin", []serverShape{
		{`Invalid login as {userfrom}`, login, failure, "wrong password"},
		{`Non-existent login as {userfrom}`, login, failure, "invalid user"},
		{`Expired login as {userfrom}`, login, failure, "password expired"},
		{`Successful login as {userfrom}`, login, success, ""},
		{`Logout by {userfrom}`, "logout", success, ""},
		{`Timeout of session for {user}`, "logout", "", "timeout"},
		{`Security alert: Host {addr} blocked after`, "ban", success, ""},
		{`Security alert: User {user} locked after`, login, failure, "account locked"}}},
	{[]string{"phpMyAdmin", "phpmyadmin"}, "phpmyadmin", []serverShape{
		{`user denied: {user} ({reason}) from {addr}`, login, failure, ""},
		{`user denied: {user} from {addr}`, login, failure, ""},
		{`user login: {user} from {addr}`, login, success, ""}}},
	{[]string{"froxlor", "Froxlor"}, "froxlor", []serverShape{
		{`{x}[Login Action {addr}] Unknown user '{user}' tried to login`, login, failure, "invalid user"},
		{`{x}[Login Action {addr}] User '{user}' tried to login with wrong password`, login, failure, "wrong password"},
		{`{x}[Login Action {addr}] User '{user}' logged in`, login, success, ""}}},
	{[]string{"xinetd"}, "xinetd", []serverShape{
		{`FAIL: {svc} {reason} from={addr}`, "access_denied", failure, ""},
		{`START: {svc} pid={x} from={addr}`, "connect", success, ""},
		{`EXIT: {svc} {x}`, "disconnect", "", ""}}},
	{[]string{"nrpe"}, "nrpe", []serverShape{
		{`{x}Host {addr} is not allowed to talk to us`, "access_denied", failure, "host not allowed"},
		{`{x}Error: Could not complete SSL handshake with {addr}: {reason}`, "access_denied", failure, ""},
		{`{x}Connection from {addr} port {sport}`, "connect", "", ""}}},
	{[]string{"stunnel", "stunnel4", "stunnel5"}, "stunnel", []serverShape{
		{`{x}SSL_accept from {addr} : {reason}`, "access_denied", failure, ""},
		{`{x}SSL_accept from {addr}: {reason}`, "access_denied", failure, ""},
		{`{x}Service [{svc}] accepted connection from {addr}`, "connect", success, ""},
		{`{x}Service [{svc}] connected remote server from {x}`, "connect", success, ""},
		{`{x}Connection {reason}: {bytes} byte(s) sent to`, "disconnect", "", ""}}},
	{[]string{"suhosin"}, "suhosin", []serverShape{
		{`ALERT - {reason} (attacker '{addr}', file '{path}'`, "attack", "", ""}}},
	{[]string{"pure-ftpd"}, "pure-ftpd", []serverShape{
		{`({x}@{addr}) [WARNING] Authentication failed for user [{user}]`, login, failure, ""},
		{`({x}@{addr}) [WARNING] {reason} [{user}]`, login, failure, ""}, // in whatever language
		{`({x}@{addr}) [INFO] {user} is now logged in`, login, success, ""},
		{`({x}@{addr}) [INFO] New connection from`, "connect", "", ""},
		{`({user}@{addr}) [INFO] Logout.`, "logout", "", ""},
		{`({user}@{addr}) [NOTICE] {path} uploaded `, "file_written", success, ""},
		{`({user}@{addr}) [NOTICE] {path} downloaded `, "file_read", success, ""},
		{`({user}@{addr}) [NOTICE] Deleted {path}`, "file_deleted", success, ""}}},
	{[]string{"vsftpd"}, "vsftpd", []serverShape{
		{`{x}[{user}] FAIL LOGIN: Client "{addr}"`, login, failure, ""},
		{`{x}[{user}] OK LOGIN: Client "{addr}"`, login, success, ""},
		{`{x}[{user}] OK UPLOAD: Client "{addr}", "{path}"`, "file_written", success, ""},
		{`{x}[{user}] OK DOWNLOAD: Client "{addr}", "{path}"`, "file_read", success, ""},
		{`{x}[{user}] OK DELETE: Client "{addr}", "{path}"`, "file_deleted", success, ""},
		{`{x}[{user}] OK RENAME: Client "{addr}", "{path}"`, "file_renamed", success, ""},
		{`{x}[{user}] FAIL {reason}: Client "{addr}", "{path}"`, "file_access", failure, ""},
		{`{x}CONNECT: Client "{addr}"`, "connect", "", ""}}},
	{[]string{"proftpd"}, "proftpd", []serverShape{
		{`{x}[{addr}]){x}USER {user} (Login failed): {reason}`, login, failure, ""},
		{`{x}[{addr}]){x}USER {user}: no such user found from `, login, failure, "invalid user"},
		{`{x}[{addr}]){x}USER {user}: Login successful`, login, success, ""},
		{`{x}[{addr}]){x}SECURITY VIOLATION: {user} login attempted`, login, failure, "root login refused"},
		{`{x}[{addr}]){x}SECURITY VIOLATION: USER {user} login attempted`, login, failure, "root login refused"},
		{`{x}[{addr}]){x}ANON {user}: Login successful`, login, success, ""},
		{`{x}[{addr}]){x}Maximum login attempts ({x}) exceeded`, login, failure, "too many attempts"},
		{`{x}[{addr}]){x}mod_sftp: user '{user}' authentication failed`, login, failure, ""},
		{`{x}[{addr}]){x}Connection from {x} denied`, "access_denied", failure, ""},
		{`refused connect from {clienthost} ({addr})`, "access_denied", failure, ""},
		{`{x}[{addr}]){x}FTP session opened`, "connect", "", ""},
		{`{x}[{addr}]){x}SSH2 session opened`, "connect", "", ""},
		{`{x}[{addr}]){x}FTP session closed`, "disconnect", "", ""},
		{`{x}[{addr}]){x}SSH2 session closed`, "disconnect", "", ""}}},
	{[]string{"wu-ftpd", "ftpd", "gssftpd", "in.ftpd"}, "ftpd", []serverShape{
		{`{x}ailed login from {>x} [{addr}]`, login, failure, ""},
		{`repeated login failures from {addr} (`, login, failure, ""},
		{`FTP LOGIN FROM {>x} [{addr}], {user}`, login, success, ""},
		{`FTP LOGIN FAILED FROM {addr}, {user}`, login, failure, ""},
		{`FTP LOGIN FAILED ({x}) FROM {>x} [{addr}], {user}`, login, failure, ""},
		{`FTP LOGIN FROM {addr} as {user}`, login, success, ""},
		{`connection from {addr}`, "connect", "", ""}}},
	{[]string{"murmurd", "murmur", "mumble-server"}, "mumble", []serverShape{
		{`{x} => <{x}:{>user}({x})> Rejected connection from {addr}: {reason}`, login, failure, ""},
		{`{x} => <{x}:{>user}({x})> Authenticated`, login, success, ""},
		{`{x} => <{x}> New connection: {addr}`, "connect", "", ""},
		{`{x} => <{x}:{>user}({x})> Connection closed: {reason}`, "disconnect", "", ""}}},
	{[]string{"sogod"}, "sogo", []serverShape{
		{`{x}Login from '{client}' for user '{user}' might not have worked`, login, failure, ""},
		{`{x}successful login from '{client}' for user '{user}'`, login, success, ""}}},
	{[]string{"roundcube"}, "roundcube", roundcubeShapes},
	{[]string{"HORDE", "horde", "imp"}, "horde", []serverShape{
		{`{x}FAILED LOGIN for {user} [{addr}]`, login, failure, ""},
		{`{x}FAILED LOGIN for {user} ({addr})`, login, failure, ""},
		{`{x}Login success for {user} [{addr}]`, login, success, ""},
		{`{x}Login success for {user} ({addr})`, login, success, ""},
		{`{x}Logout for {user} [{addr}]`, "logout", success, ""}}},
	{[]string{"znc"}, "znc", []serverShape{
		{`{x}[{user}] failed to login from {addr}`, login, failure, ""},
		{`{x}[{user}] connected to ZNC from {addr}`, login, success, ""},
		{`{x}[{user}] disconnected from ZNC from {addr}`, "logout", "", ""}}},
	{[]string{"monit"}, "monit", monitShapes},
	{[]string{"nsd"}, "nsd", nsdShapes},
	{[]string{"fail2ban.actions", "fail2ban-server", "fail2ban.filter", "fail2ban"}, "fail2ban", []serverShape{
		{`{x}NOTICE {x}[{rule}] Ban {addr}`, "ban", success, ""}, // a time and [pid] may stand before
		{`{x}NOTICE {x}[{rule}] Unban {addr}`, "unban", success, ""},
		{`{x}NOTICE {x}[{rule}] Restore Ban {addr}`, "ban", success, ""},
		{`{x}WARNING {x}[{rule}] {ip} already banned`, "ban", success, "already banned"},
		{`{x}INFO {x}[{rule}] Found {ip} - `, "attack", "", ""},
		{`{x}[{rule}] Ban {addr}`, "ban", success, ""},
		{`{x}[{rule}] Restore Ban {addr}`, "ban", success, ""},
		{`{x}[{rule}] Increase Ban {addr} (`, "ban", success, ""},
		{`{x}[{rule}] Unban {addr}`, "unban", success, ""},
		{`{x}[{rule}] {addr} already banned`, "ban", success, "already banned"},
		{`{x}[{rule}] Found {addr} - `, "attack", "", ""}}},
	{[]string{"sshguard"}, "sshguard", []serverShape{
		{`Blocking "{addr}/{x}" for `, "ban", success, ""},
		{`Blocking "{addr}" for `, "ban", success, ""},
		{`Blocking {addr} for `, "ban", success, ""},
		{`Blocking {addr}:{x} for `, "ban", success, ""},
		{`Attack from "{addr}" on service {svc} with danger `, "attack", "", ""},
		{`Attack from "{addr}" on service {svc}`, "attack", "", ""},
		{`"{addr}": unblocking`, "unban", success, ""},
		{`{addr}: unblocking`, "unban", success, ""},
		{`Releasing {addr} after `, "unban", success, ""}}},
	{[]string{"logportalauth", "captiveportal"}, "captiveportal", []serverShape{
		{`Zone: {#portal.zone} - {x}LOGIN: {user}, {mac}, {addr}`, login, success, ""},
		{`Zone: {#portal.zone} - ACCEPT: {user}, {mac}, {addr}`, login, success, ""},
		{`Zone: {#portal.zone} - FAILURE: {user}, {mac}, {addr}, {reason}`, login, failure, ""},
		{`Zone: {#portal.zone} - FAILURE: {user}, {mac}, {addr}`, login, failure, ""},
		{`Zone: {#portal.zone} - ERROR: {user}, {mac}, {addr}, {reason}`, login, failure, ""},
		{`Zone: {#portal.zone} - {x}LOGOUT: {user}, {mac}, {addr}`, "logout", success, ""},
		{`Zone: {#portal.zone} - DISCONNECT: {user}, {mac}, {addr}`, "logout", success, ""},
		{`Zone: {#portal.zone} - {reason}: {user}, {mac}, {addr}`, "logout", "", ""},
		{`USER LOGIN: {user}, {mac}, {addr}`, login, success, ""},
		{`AUTH {user} ({addr}) zone {#portal.zone}`, login, success, ""},
		{`DENY {user} ({addr}) zone {#portal.zone}`, login, failure, ""},
		{`LOGOUT {user} ({addr}) zone {#portal.zone}`, "logout", success, ""}}},
	{[]string{"coredns"}, "coredns", corednsShapes},
	{[]string{"hostapd"}, "hostapd", []serverShape{
		{`{iif}: STA {mac} IEEE 802.11: associated`, "connect", success, ""},
		{`{iif}: STA {mac} IEEE 802.11: authenticated`, "connect", success, ""},
		{`{iif}: STA {mac} IEEE 802.11: disassociated`, "disconnect", "", ""},
		{`{iif}: STA {mac} IEEE 802.11: deauthenticated`, "disconnect", "", ""},
		{`{iif}: STA {mac} IEEE 802.11: disconnected {reason}`, "disconnect", "", ""},
		{`{iif}: STA {mac} IEEE 802.11: {reason}`, "station_note", "", ""},
		{`{iif}: STA {mac} WPA: pairwise key handshake completed`, "connect", success, ""},
		{`{iif}: STA {mac} IEEE 802.1X: authenticated - {reason}`, login, success, ""},
		{`{iif}: STA {mac} IEEE 802.1X: authentication failed - {reason}`, login, failure, ""},
		{`{iif}: STA {mac} IEEE 802.1X: STA identity '{user}'`, login, "", ""},
		{`{iif}: STA {mac} RADIUS: {reason}`, "connect", "", ""},
		{`{iif}: STA {mac} {reason}`, "connect", "", ""},
		{`{iif}: AP-STA-CONNECTED {mac}`, "connect", success, ""},
		{`{iif}: AP-STA-DISCONNECTED {mac}`, "disconnect", "", ""},
		{`{iif}: AP-STA-POSSIBLE-PSK-MISMATCH {mac}`, login, failure, "wrong key"}}},
	{[]string{"crowdsec", "cscli"}, "crowdsec", []serverShape{
		{`{x}Ip {addr} performed '{rule}' (`, "attack", "", ""},
		{`{x}ban on Ip {addr}`, "ban", success, ""}}},
	{[]string{"freeswitch"}, "freeswitch", freeswitchShapes},
	{[]string{"asterisk"}, "asterisk", asteriskShapes},
	{[]string{"kamailio", "opensips"}, "sip", []serverShape{
		{`{x}auth failed - reason {reason} - user {user} from {addr}`, login, failure, ""},
		{`{x}auth failed{x} from {addr}`, login, failure, ""},
		{`{x}Auth error for {user} from {addr} cause {reason}`, login, failure, ""},
		{`{x}pike - Blocking traffic from {addr}`, "ban", success, ""},
		{`{x}PIKE - BLOCKing ip {addr}, `, "ban", success, ""},
		{`{x}failed registration{x} from {addr}`, login, failure, ""}}},
	{[]string{"ejabberd"}, "ejabberd", ejabberdShapes},
	{[]string{"prosody"}, "prosody", []serverShape{
		{`{x}Failed authentication attempt ({reason}) for user {user} from IP: {addr}`, login, failure, ""},
		{`{x}Authenticated as {user}`, login, success, ""}}},
	{[]string{"slapd"}, "openldap", slapdShapes},
	{[]string{"squirrelmail"}, "squirrelmail", squirrelShapes},
	{[]string{"vpnserver", "softether"}, "softether", softetherShapes},
	{[]string{"lighttpd"}, "lighttpd", lighttpdShapes},
}

// addressIn gives the address at the beginning of v, with its port, nil where there is none.
func addressIn(v []byte) []byte {
	v, _ = word(v)
	for len(v) > 1 && (v[0] == '"' || v[0] == '\'' || v[0] == '`' || v[0] == '(' || v[0] == '<' || v[0] == '[' && v[len(v)-1] == ']') {
		v = v[1:]
	}
	for len(v) > 1 && !digit(v[len(v)-1]) && (!alpha(v[len(v)-1]) || index(v, ":") < 0) {
		v = v[:len(v)-1]
	}
	if isIP(v) {
		return v
	}
	addr, port, ok := cutLast(v, ":")
	if n := len(addr); n > 2 && addr[0] == '[' && addr[n-1] == ']' {
		addr = addr[1 : n-1]
	}
	if ok && digits(port) && isIP(addr) {
		return v
	}
	return nil
}
