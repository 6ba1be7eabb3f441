package parse

// fileShapes are lines that programs write into files of their own, so that no header names the program. They are found by shapeIndex and
// tried in this order; a pattern begins with {x} where a time, a level or the like may stand before it.
var fileShapes = [...]struct {
	module string
	shapes []serverShape
}{
	{"fail2ban", []serverShape{
		{`{x}fail2ban.{x}[{x}]: {level} {x}[{rule}] Ban {addr}`, "ban", success, ""},
		{`{x}fail2ban.{x}[{x}]: {level} {x}[{rule}] Restore Ban {addr}`, "ban", success, ""},
		{`{x}fail2ban.{x}[{x}]: {level} {x}[{rule}] Increase Ban {addr} (`, "ban", success, ""},
		{`{x}fail2ban.{x}[{x}]: {level} {x}[{rule}] Unban {addr}`, "unban", success, ""},
		{`{x}fail2ban.{x}[{x}]: {level} {x}[{rule}] {addr} already banned`, "ban", success, "already banned"},
		{`{x}fail2ban.{x}[{x}]: {level} {x}[{rule}] Found {addr} - `, "attack", "", ""}}},
	{"device", deviceShapes},
	{"ceph", cephShapes},
	{"kasm", kasmShapes},
	{"jamf_pro", jamfShapes},
	{"ruckus", ruckusShapes},
	{"jenkins", jenkinsShapes},
	{"kafka", kafkaShapes},
	{"kea", keaShapes},
	{"exim", eximShapes},
	{"synology", synologyShapes},
	{"asterisk", asteriskShapes},
	{"freeswitch", freeswitchShapes},
	{"roundcube", roundcubeShapes},
	{"ejabberd", ejabberdShapes},
	{"squirrelmail", squirrelShapes},
	{"softether", softetherShapes},
	{"lighttpd", lighttpdShapes},
	{"monit", monitShapes},
	{"nsd", nsdShapes},
	{"dovecot", []serverShape{
		{`{x}auth{x}: {x}({user},{ip}): Password mismatch`, "auth_backend", failure, "password mismatch"},
		{`{x}auth{x}: {x}({user},{ip}): password mismatch`, "auth_backend", failure, "password mismatch"},
		{`{x}auth{x}: {x}({user},{ip}): unknown user`, "auth_backend", failure, "unknown user"}}},
	{"guacamole", []serverShape{
		{`{x}Authentication attempt from {client} for user "{user}" failed`, login, failure, ""},
		{`{x}User "{user}" successfully authenticated from {client}.`, login, success, ""}}},
	{"mssql", []serverShape{
		{`{x}Login failed for user '{user}'. Reason: {reason} [CLIENT: {addr}]`, login, failure, ""},
		{`{x}Login failed for user '{user}'. [CLIENT: {addr}]`, login, failure, ""},
		{`{x}Login succeeded for user '{user}'. {x}[CLIENT: {addr}]`, login, success, ""}}},
	{"mysql", []serverShape{
		{`{x}] Aborted connection {x} to db: 'unconnected' user: 'unauthenticated' host: '{addr}' ({reason})`, "disconnect", failure, ""},
		{`{x}] Aborted connection {x} to db: 'unconnected' user: '{user}' host: '{addr}' ({reason})`, "disconnect", failure, ""},
		{`{x}] Aborted connection {x} to db: '{#mysql.database}' user: '{user}' host: '{addr}' ({reason})`, "disconnect", failure, ""},
		{`{x}] IP address '{addr}' could not be resolved: {reason}`, "connect", failure, ""},
		{`{x}Host '{addr}' is not allowed to connect to this `, "access_denied", failure, "host not allowed"},
		{`{x}] Host '{addr}' is blocked because of {reason}`, "access_denied", failure, ""},
		{`{x}Access denied for user '{>user}'@'{addr}'`, login, failure, ""}}},
	{"mongodb", []serverShape{
		{`{x}Failed to authenticate {user}@{udom} with mechanism {x}: {reason}`, login, failure, ""},
		{`{x}authentication failed for {user} on {udom} from client {addr} ;`, login, failure, ""},
		{`{x}Successfully authenticated as principal {user} on {udom} from client {addr}`, login, success, ""},
		{`{x}] connection accepted from {addr} #`, "connect", "", ""},
		{`{x}] end connection {addr} (`, "disconnect", "", ""}}},
	{"directadmin", []serverShape{
		{`{x}'{addr}' {x} failed login attempt{x}. Account '{user}'`, login, failure, ""},
		{`{x}'{addr}' {x} failed login attempt{x}. Invalid account '{user}'`, login, failure, "invalid user"},
		{`{x}'{addr}' successful login to '{user}'`, login, success, ""}}},
	{"drupal", []serverShape{
		{`http{x}|{x}|user|{addr}|{url}|{x}|Login attempt failed for {userdot}`, login, failure, ""},
		{`http{x}|{x}|user|{addr}|{url}|{x}|Login attempt failed`, login, failure, ""},
		{`http{x}|{x}|user|{addr}|{url}|{x}|Session opened for {userdot}`, login, success, ""},
		{`http{x}|{x}|user|{addr}|{url}|{x}|Session closed for {userdot}`, "logout", success, ""},
		{`http{x}|{x}|access denied|{addr}|{url}|`, "http_request", failure, "access denied"}}},
	{"axigen", []serverShape{
		{`{x} {svc}:{x}: Authentication error for user '{user}': {reason}`, login, failure, ""},
		{`{x}: User [{user}] successfully authorized!`, login, success, ""},
		{`{x}: [{daddr}] connection accepted from [{addr}]`, "connect", success, ""},
		{`{x}: Closing connection from [{addr}]`, "disconnect", "", ""},
		{`{x}: closing session from [{addr}]`, "disconnect", "", ""},
		{`{x}: SPF result for {x} connected from <{addr}>: {reason}`, "mail", "", ""},
		{`{x}: SSL alert remote {addr}, {reason}`, "connect", failure, ""},
		{`{x}: Remote address updated from '{x}' to '{addr}'`, "connect", "", ""},
		{`{x} WEBMAIL:{x}: <{x}> {method} {urlpath} HTTP/{x} u={user} code={status} time=`, "http_request", "", ""}}},
	{"calibre-web", []serverShape{
		{`{x}Login failed for user "{user}" IP-address: {addr}`, login, failure, ""}}},
	{"qbittorrent", []serverShape{
		{`{x}WebAPI login failure. Reason: {reason}, attempt count: {x}, IP: {addr}, username: {user}`, login, failure, ""},
		{`{x}WebAPI login success. IP: {addr}`, login, success, ""}}},
	{"mealie", []serverShape{
		{`{x}Incorrect username or password from {addr}`, login, failure, ""}}},
	{"stalwart", []serverShape{
		{`{x}(auth.success) {x}remoteIp = {addr}, remotePort = {sport}, accountName = "{user}"`, login, success, ""},
		{`{x}(auth.failed) {x}remoteIp = {addr}, remotePort = {sport}, accountName = "{user}"`, login, failure, ""},
		{`{x}(auth.failed) {x}remoteIp = {addr}, remotePort = {sport}`, login, failure, ""},
		{`{x}(auth.too-many-attempts) {x}remoteIp = {addr}, remotePort = {sport}`, login, failure, "too many attempts"},
		{`{x}(security.ip-blocked) {x}remoteIp = {addr}, remotePort = {sport}`, "access_denied", failure, "blocked"},
		{`{x}(security.authentication-ban) {x}remoteIp = {addr}`, "ban", success, ""},
		{`{x}(smtp.relay-not-allowed) {x}remoteIp = {addr}, remotePort = {sport}, to = "{to}"`, "reject", failure, "relaying denied"},
		{`{x}(smtp.auth-not-allowed) {x}remoteIp = {addr}, remotePort = {sport}`, "reject", failure, "authentication not allowed"},
		{`{x}(smtp.{ecode}) {x}remoteIp = {addr}, remotePort = {sport}`, "connect", "", ""}}},
	{"counter-strike", []serverShape{
		{`{x}Bad Rcon: {>x} from "{addr}"`, login, failure, "wrong password"}}},
	{"kerio", []serverShape{
		{`{x}Attempt to deliver to unknown recipient {x}, IP address {addr}`, "reject", failure, "unknown recipient"},
		{`{x}SMTP Spam attack detected from {addr}, `, "attack", failure, "spam attack"},
		{`{x}IP address {addr} found in DNS blacklist {reason},`, "reject", failure, ""},
		{`{x}Client with IP address {addr} has {reason}, connection rejected`, "reject", failure, ""},
		{`{x}Message from IP address {addr}, sender {x} rejected: {reason}`, "reject", failure, ""},
		{`{x}Relay attempt from IP address {addr}`, "reject", failure, "relaying denied"},
		{`{x}Invalid password for user {user}. Attempt from IP address {addr}`, login, failure, "wrong password"},
		{`{x}User {user} doesn't exist. Attempt from IP address {addr}`, login, failure, "invalid user"},
		{`{x}dministration login into {svc} from {addr} failed: {reason}`, login, failure, ""},
		{`{x}Failed {x} login from {addr} with SASL method`, login, failure, ""},
		{`{x}Failed {x} login from {addr},`, login, failure, ""},
		{`{x}Failed {x} login from {addr}`, login, failure, ""}}},
	{"monitorix", []serverShape{
		{`{x}- AUTHERR - [{addr}] {reason}: {url}`, login, failure, ""},
		{`{x}- NOTEXIST - [{addr}] {reason}: {url}`, "http_request", failure, ""},
		{`{x}- NOTALLOWED - [{addr}] {reason}: {url}`, "http_request", failure, ""}}},
	{"openwebmail", []serverShape{
		{`{x}] ({addr}) {user} - {x} error - {x}, ret {x}, {reason}`, login, failure, ""},
		{`{x}] ({addr}) {user} - login error - {reason} - loginname=`, login, failure, ""},
		{`{x}] ({addr}) {user} - login - `, login, success, ""}}},
	{"oracleims", []serverShape{
		{`<co {x} tr="TCP|{daddr}|{dport}|{addr}|{sport}" ap="{service}" mi="{reason}" us="{user}" di="535 `, login, failure, ""},
		{`<co {x} tr="TCP|{daddr}|{dport}|{addr}|{sport}" ap="{service}" mi="Authentication successful`, login, success, ""}}},
	{"portsentry", []serverShape{
		{`{x} Host: {x}/{addr} Port: {dport} {proto} Blocked`, "port_scan", "", ""}}},
	{"tine20", []serverShape{
		{`{x}::login::{x} Login with username {userfrom} failed (`, login, failure, ""}}},
	{"xrdp", []serverShape{
		{`{>x}AUTHFAIL: user={user} ip={addr} time=`, login, failure, ""}}},
	{"znc", []serverShape{
		{`{x}] [{user}] failed to login from {addr}`, login, failure, ""},
		{`[{user}] failed to login from {addr}`, login, failure, ""},
		{`{x}] [{user}] connected to ZNC from {addr}`, login, success, ""}}},
	{"horde", []serverShape{
		{`{x}FAILED LOGIN for {user} [{addr}] to `, login, failure, ""},
		{`{x}FAILED LOGIN for {user} ({addr}) to `, login, failure, ""}}},
	{"assp", []serverShape{
		{`{x}] {addr} [SMTP Error] 535 {reason}`, login, failure, ""},
		{`{>x}] {addr} max sender authentication errors ({x}) exceeded`, login, failure, "too many attempts"},
		{`{>x}] {addr} SSL negotiation with client failed: {reason}`, "disconnect", failure, ""},
		{`{x}Blocking {addr} - too much AUTH errors`, "ban", success, "too many attempts"}}},
	{"centreon", []serverShape{
		{`{>x}[{ip}] Authentication failed for '{user}'`, login, failure, ""},
		{`{x}Authentication failed for '{user}' from '{addr}'`, login, failure, ""}}},
	{"domino", []serverShape{
		{`{x}Authentication failed for user {user} ; connecting host {addr}`, login, failure, ""},
		{`{x}smtp: {user} [{addr}] authentication failure using internet password`, login, failure, "wrong password"},
		{`{x}SMTP Server {x}Connection from [{addr}] rejected for policy reasons. {reason}`, "reject", failure, ""},
		{`{x}: {user} [{addr}] authentication failure using internet password`, login, failure, "wrong password"}}},
	{"gitlab", []serverShape{
		{`{x}Failed Login: username={user} ip={addr}`, login, failure, ""},
		{`{x}Successful Login: username={user} ip={addr}`, login, success, ""}}},
	{"groupoffice", []serverShape{
		{`{x}LOGIN FAILED for user: "{user}" from IP: {addr}`, login, failure, ""},
		{`{x}LOGIN SUCCESS for user: "{user}" from IP: {addr}`, login, success, ""}}},
	{"mumble", []serverShape{
		{`{x} => <{x}:{>user}({x})> Rejected connection from {addr}: {reason}`, login, failure, ""}}},
	{"stunnel", []serverShape{
		{`{x}SSL_accept from {addr} : {reason}`, "access_denied", failure, ""},
		{`{x}SSL_accept from {addr}: {reason}`, "access_denied", failure, ""}}},
	{"home-assistant", []serverShape{
		{`{x}Login attempt or request with invalid authentication from {x} ({addr}). Requested URL: '{url}'. ({agent})`, login, failure, ""},
		{`{x}Login attempt or request with invalid authentication from {x} ({addr}).`, login, failure, ""},
		{`{x}Login attempt or request with invalid authentication from {addr}`, login, failure, ""},
		{`{x}Banned IP {addr} for too many login attempts`, "ban", success, ""}}},
	{"overseerr", []serverShape{
		{`{x}Failed {x} attempt using invalid {x}"ip":"{addr}","email":"{user}"`, login, failure, ""},
		{`{x}Failed login attempt{x}"ip":"{addr}","email":"{user}"`, login, failure, ""}}},
	{"emby", []serverShape{
		{`{x}AUTH-ERROR: {addr} - {reason}`, login, failure, ""}}},
	{"adguard", []serverShape{
		{`{x}auth: failed to login user "{user}" from {ip}`, login, failure, ""},
		{`{x}/control/login: {x}: from ip {ip}: {reason}`, login, failure, ""},
		{`{x}auth: failed to login from ip {addr}`, login, failure, ""},
		{`{x}auth: user "{user}" failed to login from ip {addr}`, login, failure, ""}}},
	{"zimbra", []serverShape{
		{`{x}oip={client};{x}account={user};{x}error=authentication failed for [{x}], {reason};`, login, failure, ""},
		{`{x}[name={user};{x}ip={client};{x}security - cmd=Auth; account={x}; protocol={service};`, login, success, ""}}},
	{"zimbra", []serverShape{
		{`{x}ip={client};{x}account - authentication failed for [{user}] ({reason})`, login, failure, ""}}},
	{"plesk", []serverShape{
		{`{x}Failed login attempt with login '{user}' from IP {addr}`, login, failure, ""}}},
	{"uptime-kuma", []serverShape{
		{`{x}Incorrect username or password for user {user}. IP={addr}`, login, failure, "wrong password"},
		{`{x}Invalid token provided for user {user}. IP={addr}`, login, failure, "second factor is wrong"},
		{`{x}Successfully logged in user {user}. IP={addr}`, login, success, ""}}},
	{"odoo", []serverShape{
		{`{x}Login failed for db:{#odoo.db} login:{userfrom}`, login, failure, ""},
		{`{x}Login successful for db:{#odoo.db} login:{userfrom}`, login, success, ""}}},
	{"paperless", []serverShape{
		{"{x}Login failed for user `{user}` from {x}IP `{addr}`", login, failure, ""},
		{"{x}Login failed for user `{user}`", login, failure, ""}}},
	{"immich", []serverShape{
		{`{x}Failed login attempt for user {user} from ip address {addr}`, login, failure, ""}}},
	{"vaultwarden", []serverShape{
		{`{x}Invalid admin token. IP: {addr}`, login, failure, "invalid token"},
		{`{x}vaultwarden::{x}][ERROR] {reason}! IP: {addr}`, login, failure, ""},
		{`{x}Invalid TOTP code! Server time: {x} IP: {addr}`, login, failure, "second factor is wrong"},
		{`{x} IP: {addr}. Username: {userdot}`, login, failure, ""},
		{`{x}User {user} logged in successfully. IP: {addr}`, login, success, ""}}},
	{"litespeed", []serverShape{
		{`{x}] [{pid}] [{litespeed}] {x}Failed Login Attempt - username:{user} ip:{x} url:`, login, failure, ""},
		{`{x}] [{pid}] [{litespeed}] User '{user}' failed to authenticate.`, login, failure, "wrong password"}}},
	{"harbor", []serverShape{
		{`{x}[client IP="{client}" requestID={x} user agent="{x}]: failed to authenticate user:{user}, error:{reason}`, login, failure, ""}}},
	{"pterodactyl", []serverShape{
		{`{x}failed to validate user credentials ({reason}) ip={addr} {x}system={svc} username={user}`, login, failure, ""}}},
	{"baserow", []serverShape{
		{`{x}] {addr} - "POST /api/user/token-auth/ {x}" 401`, login, failure, ""}}},
	{"uvicorn", []serverShape{
		{`INFO: {addr} - "{request}" {status} `, "http_request", "", ""}}},
	{"filebrowser", []serverShape{
		{`{x} {url}: {status} {addr} <nil>`, "http_request", "", ""},
		{`{status} {addr} <nil>`, "http_request", "", ""}, // where the path was taken for a tag
		{`{url}: {status} {addr} <nil>`, "http_request", "", ""}}},
	{"sftpgo", []serverShape{
		{`{x}User "{user}" logged in with "{#login.method}"{x}from ip "{addr}"`, login, success, ""},
		{`{x}Failed login with username "{user}" from ip "{addr}"`, login, failure, ""}}},
	{"bookstack", []serverShape{
		{`Failed login for {user} from IP {ip}`, login, failure, ""},
		{`Failed login for {user} from {ip}`, login, failure, ""},
		{`Failed login for {user}, referer`, login, failure, ""},
		{`Failed login for {user}`, login, failure, ""}}},
	{"authelia", []serverShape{
		{`Unsuccessful {#login.method} authentication attempt by user '{user}'{x}: {reason}`, login, failure, ""},
		{`Unsuccessful {#login.method} authentication attempt by user '{user}'`, login, failure, ""},
		{`Successful {#login.method} authentication attempt made by user '{user}'`, login, success, ""},
		{`Error occurred getting details for user with username input '{user}' which`, login, failure, "invalid user"}}},
	{"grafana", []serverShape{
		{`Invalid username or password`, login, failure, "wrong password"}}},
	{"clamav", []serverShape{
		{`-> {path}: {rule} FOUND`, "malware_found", success, ""}}},
	{"coredns", corednsShapes[:1]},
	{"coredns", []serverShape{
		{`{ip} - {x} "{type} IN {name} {proto} {x} {x} {x}" {code} {x} {x} {durs}s`, "dns_query", "", ""}}},
	{"pfsense", []serverShape{
		{`{x}Configuration Change: {user}@{addr} ({x}): {reason}`, "configuration", success, ""},
		{`{x}User {user}@{addr} changed configuration to {path} in {x}`, "configuration", success, ""}}},
	{"infoblox", []serverShape{
		{`{x}[{user}]: Login_Allowed - - to={svc} ip={addr} `, login, success, ""},
		{`{x}Z [{user}]: First_Login - - to={svc} ip={addr} `, login, success, ""},
		{`{x}Z [{user}]: First_Login - - to={svc} apparently_via={x}`, login, success, ""},
		{`{x}Z [{user}]: Password_Reset_Error - - to={svc} {reason}`, "password_changed", failure, ""},
		{`{x}Z [{user}]: Password_Reset - - to={svc} {reason}`, "password_changed", success, ""},
		{`{x}Z [{user}]: Login_Allowed - - to={svc} apparently_via={x}`, login, success, ""},
		{`{x}Z [{user}]: Login_Denied - - to={svc} apparently_via={x} error={reason}`, login, failure, ""},
		{`{x}Z [{user}]: Logout - - ip={addr} `, "logout", success, ""},
		{`{x}Z [{user}]: Created {reason}`, "configuration", success, ""},
		{`{x}Z [{user}]: Modified {reason}`, "configuration", success, ""},
		{`{x}Z [{user}]: Deleted {reason}`, "configuration", success, ""},
		{`{x}Z [{user}]: Called - {reason}`, "command", success, ""},
		{`{x}[{user}]: Login_Denied - - to={svc} ip={addr} error={reason}`, login, failure, ""},
		{`{x}[{user}]: Login_Denied - - to={svc} ip={addr} `, login, failure, ""},
		{`{x}[{user}]: Logout - - to={svc} ip={addr} `, "logout", success, ""}}},
	{"oracle", []serverShape{
		{`{x}ACTION :[{x}] 'CONNECT'{x}DATABASE USER:[{x}] '{user}'{x}STATUS:[{x}] '0'`, login, success, ""},
		{`{x}ACTION :[{x}] 'CONNECT'{x}DATABASE USER:[{x}] '{user}'{x}STATUS:[{x}] '{ecode}'`, login, failure, ""},
		{`{x}DBUSER:"{user}"{x}ACTION:"100"{x}RETCODE:"0"`, login, success, ""},
		{`{x}DBUSER:"{user}"{x}ACTION:"100"{x}RETCODE:"{ecode}"`, login, failure, ""},
		{`{x}DBUSER:"{user}"{x}ACTION:"101"{x}RETCODE:"{ecode}"`, "logout", "", ""},
		{`{x}DBUSER:"{user}"{x}ACTION:"{#oracle.action}"{x}RETCODE:"{ecode}"{x}OBJNAME:"{#oracle.object}"`, "sql", "", ""},
		{`{x}ACTION :[{x}] '{cmd}'{x}DATABASE USER:[{x}] '{user}'{x}STATUS:[{x}] '{ecode}'`, "command", "", ""},
		{`{x}ACTION : '{cmd}'{x}DATABASE USER: '{user}'{x}STATUS: '{ecode}'`, "command", "", ""}}},
	{"redis", []serverShape{
		{`{x}Possible SECURITY ATTACK detected. {reason} Connection from {addr} aborted.`, "attack", "", ""},
		{`{x}Possible SECURITY ATTACK detected. {reason}`, "attack", "", ""}}},
	{"postgresql", []serverShape{
		{`{x}connection received: host={addr} port={sport}`, "connect", "", ""},
		{`{x}AUDIT: SESSION,{x},{x},{#postgresql.class},{ecode},{x},{x},"{cmd}",`, "sql", "", ""},
		{`{x}AUDIT: SESSION,{x},{x},{#postgresql.class},{ecode},{x},{x},{cmd},<`, "sql", "", ""},
		{`{x}AUDIT: OBJECT,{x},{x},{#postgresql.class},{ecode},{x},{#postgresql.object},"{cmd}",`, "sql", "", ""},
		{`{x}] {user}@{#postgresql.database} ERROR:  permission denied for {reason}`, "sql", failure, ""},
		{`{x}] {user}@{#postgresql.database} LOG:  statement: {cmd}`, "sql", "", ""},
		{`{x}:[{x}]:LOG:  statement: {cmd}`, "sql", "", ""},
		{`{x}:[{x}]:ERROR:  {reason}`, "sql", failure, ""},
		{`{x}pg_hba.conf rejects connection for host "{addr}", user "{user}", database`, login, failure, "refused by pg_hba.conf"},
		{`{x}Peer authentication failed for user "{user}"`, login, failure, ""},
		{`{x}Ident authentication failed for user "{user}"`, login, failure, ""},
		{`{x}LDAP authentication failed for user "{user}"`, login, failure, "wrong password"},
		{`{x}PAM authentication failed for user "{user}"`, login, failure, "wrong password"},
		{`{x}RADIUS authentication failed for user "{user}"`, login, failure, "wrong password"},
		{`{x}GSSAPI authentication failed for user "{user}"`, login, failure, ""},
		{`{x}certificate authentication failed for user "{user}"`, login, failure, ""},
		{`{x} FATAL:  role "{user}" does not exist`, login, failure, "invalid user"},
		{`{x} FATAL:  database "{#postgresql.database}" does not exist`, login, failure, "no such database"},
		{`{x} FATAL:  role "{user}" is not permitted to log in`, login, failure, "not permitted"},
		{`{x} FATAL:  too many connections for role "{user}"`, login, failure, "too many connections"},
		{`{x}connection authorized: user={user} database={#postgresql.database} `, login, success, ""},
		{`{x}connection authorized: user={user} database={#postgresql.database}`, login, success, ""},
		{`{x}disconnection: session time: {dur} user={user} database={#postgresql.database} host={addr} port={sport}`, "logout", "", ""}}},
	{"cpanel", []serverShape{
		{`{x}info [{svc}] {addr} - {user} "{x}" FAILED LOGIN {x}: {reason}`, login, failure, ""},
		{`{x}info [{svc}] {addr} - {user} "{x}" SUCCESS `, login, success, ""}}},
	{"samba", sambaShapes[:4]},
	{"dpkg", dpkgShapes[:3]},
	{"fortiauthenticator", []serverShape{
		{`{x}category="Event" subcategory="Authentication" typeid={ecode} level="{level}" user="{user}" nas="{#fortiauthenticator.nas}" action="Authentication" status="Failed" {reason}`, login, failure, ""},
		{`{x}category="Event" subcategory="Authentication" typeid={ecode} level="{level}" user="{user}" nas="{#fortiauthenticator.nas}" action="Authentication" status="Success" {reason}`, login, success, ""},
		{`{x}category="Event" subcategory="Authentication" typeid={ecode} level="{level}" user="{user}" nas="{#fortiauthenticator.nas}" action="Authentication" status="{x}" {reason}`, "auth_backend", "", ""}}},
	{"dpkg", []serverShape{
		{`install {#package.name}:{#package.arch} <none> {#package.version}`, "package_installed", "", ""},
		{`status half-installed {#package.name}:{#package.arch} {#package.version}`, "package_note", "", ""},
		{`status unpacked {#package.name}:{#package.arch} {#package.version}`, "package_note", "", ""},
		{`startup archives unpack`, "package_note", "", ""},
		{`startup packages configure`, "package_note", "", ""}}},
	{"synology", synologyShapes[:5]},
	{"qnap", qnapShapes[:3]},
	{"tomcat", []serverShape{
		{`{x}An attempt was made to authenticate the locked user [{user}]`, login, failure, "account locked"}}},
	{"3proxy", []serverShape{
		{`{x} PROXY.{x} 00000 {user} {addr} {daddr} {sbytes} {dbytes} `, "connect", success, ""},
		{`{x} PROXY.{x} 00{ecode} {user} {addr} {daddr} {sbytes} {dbytes} `, "access_denied", failure, ""},
		{`{x} SOCKS.{x} 00000 {user} {addr} {daddr} {sbytes} {dbytes} `, "connect", success, ""},
		{`{x} SOCKS.{x} 00{ecode} {user} {addr} {daddr} {sbytes} {dbytes} `, "access_denied", failure, ""}}},
	{"crowdsec", []serverShape{
		{`{x}) {rule} by ip {addr} ({x}: {x} ban on Ip {x}`, "ban", success, ""}}},
	{"minecraft", []serverShape{
		{`{x}/INFO]: {user}[/{addr}] logged in with entity id`, login, success, ""},
		{`{x}/INFO]: Disconnecting {user} (/{addr}): {reason}`, login, failure, ""}}},
	{"mosquitto", []serverShape{
		{`{x}: Client {x} [{ip}] disconnected, not authorised.`, login, failure, "not authorised"},
		{`{x}: Client {x} [{ip}] disconnected: not authorised.`, login, failure, "not authorised"},
		{`{x}: New client connected from {addr} as {#mqtt.client} ({x}, u'{user}').`, login, success, ""},
		{`{x}: New client connected from {addr} as {#mqtt.client} (`, "connect", success, ""},
		{`{x}: New connection from {addr} on port {dport}.`, "connect", "", ""}}},
	{"synapse", []serverShape{
		{`{x}synapse.handlers.auth - {x}Failed password login for user {user}`, login, failure, "wrong password"},
		{`{x} - Attempted to login as {user} but they do not exist`, login, failure, "invalid user"},
		{`{x}synapse.access.http.{x} - {x} - {x} - {x} - {ip} - {dport} - {x} {status} "{request}" "`, "http_request", "", ""}}},
	{"mattermost", []serverShape{
		{`{x}Login failed because of invalid password{x}"ip_addr": "{addr}"`, login, failure, "wrong password"},
		{`{x}Error trying to authenticate MFA token{x}"ip_addr": "{addr}"`, login, failure, "second factor is wrong"},
		{`{x}Unable to find an existing account matching your credentials.{x}"ip_addr": "{addr}"`, login, failure, "invalid user"}}},
	{"sonarqube", []serverShape{
		{`{x}[auth.event] login failure [cause|{reason}][{x}[IP|{addr}|{x}][login|{user}]`, login, failure, ""},
		{`{x}[auth.event] login success [{x}[IP|{addr}|{x}][login|{user}]`, login, success, ""},
		{`{x}[auth.event] logout success [{x}[IP|{addr}|{x}][login|{user}]`, "logout", success, ""}}},
	{"elasticsearch", []serverShape{
		{`{x}Authentication of [{user}] was terminated by realm [{#elasticsearch.realm}] - {reason}`, login, failure, ""}}},
	{"clickhouse", []serverShape{
		{`{x}DB::Exception: {user}: Authentication failed: {reason}.`, login, failure, ""},
		{`{x}executeQuery: (from {addr}, user: {user}) {cmd} (stage: `, "sql", "", ""},
		{`{x}executeQuery: (from {addr}) {cmd} (stage: `, "sql", "", ""}}},
	{"rabbitmq", []serverShape{
		{`{x}connection {x} ({addr} -> {daddr}): user '{user}' authenticated and granted access to vhost`, login, success, ""},
		{`{x}Error on AMQP connection {x} ({addr} -> {daddr}, `, "disconnect", failure, ""},
		{`{x}accepting AMQP connection {x} ({addr} -> {daddr})`, "connect", "", ""},
		{`{x}closing AMQP connection {x} ({addr} -> {daddr}`, "disconnect", "", ""},
		{`{x} login refused: user '{user}' - {reason}`, login, failure, ""},
		{`{x}HTTP access denied: user '{user}' - {reason}`, login, failure, ""}}},
	{"zabbix", []serverShape{
		{`{x}failed login of user "{user}" from "{addr}"`, login, failure, ""},
		{`{x}login failed "{user}" from {ip}`, login, failure, ""}}},
	{"icinga", []serverShape{
		{`{x}Unauthorized request: {method} {urlpath} (from {addr}), user: {user}`, login, failure, ""},
		{`{x}HttpServerConnection: Request {method} {urlpath} (from {addr}, user: {user},`, "http_request", "", ""}}},
	{"nagios", []serverShape{
		{`[{x}] SERVICE ALERT: {#nagios.host};{svc};{#nagios.state};{x};{x};{reason}`, "service_state", "", ""},
		{`[{x}] HOST ALERT: {#nagios.host};{#nagios.state};{x};{x};{reason}`, "service_state", "", ""},
		{`[{x}] EXTERNAL COMMAND: {cmd}`, "command", "", ""}}},
	{"hmailserver", []serverShape{
		{`"SMTPD"{x}"{ip}"{x}"SENT: 535 {reason}`, login, failure, ""},
		{`"IMAPD"{x}"{ip}"{x}"SENT: {x} NO {reason}`, login, failure, ""},
		{`"POP3D"{x}"{ip}"{x}"SENT: -ERR {reason}`, login, failure, ""}}},
	{"oracle", []serverShape{
		{`{x}(USER={user}))) * (ADDRESS=(PROTOCOL={proto})(HOST={addr})(PORT={sport})) * establish * {svc} * 0`, "connect", success, ""},
		{`{x}(USER={user}))) * (ADDRESS=(PROTOCOL={proto})(HOST={addr})(PORT={sport})) * establish * {svc} * {ecode}`, "connect", failure, ""}}},
	{"cassandra", []serverShape{
		{`{x}user:{user}|host:{x}|source:/{addr}|port:{sport}|{x}|type:LOGIN_ERROR|{x}|operation:{reason}`, login, failure, ""},
		{`{x}user:{user}|host:{x}|source:/{addr}|port:{sport}|{x}|type:LOGIN_SUCCESS|`, login, success, ""}}},
	{"couchdb", []serverShape{
		{`[{level}] {x} couchdb@{x} <{x}> {x} {x} {ip} {user} {method} {urlpath} {status} `, "http_request", "", ""}}},
	{"weblogic", []serverShape{
		{`####<{x}> <Security> <{x}<BEA-090078> <User {user} in security realm {udom} has had {reason}.>`, "user_locked", "", ""},
		{`####<{x}> <{level}> <Security> <{x}<{ecode}> <Authentication of user {user} failed `, login, failure, ""}}},
	{"rundeck", []serverShape{
		{`{x}.RundeckSecurityListener - login: {user}:{addr}`, login, success, ""}}},
	{"ntopng", []serverShape{
		{`{x}[LOGIN] Unsuccessful login [user: {user}][from: {addr}]`, login, failure, ""},
		{`{x}[LOGIN] Successful login [user: {user}][from: {addr}]`, login, success, ""}}},
	{"wordpress", []serverShape{
		{`{x}uthentication attempt for unknown user {user} from {ip}`, login, failure, "invalid user"},
		{`{x}Blocked authentication attempt for {user} from {ip}`, login, failure, "blocked"},
		{`Blocked user enumeration attempt from {ip}`, "attack", failure, "user enumeration"},
		{`Pingback error {reason} generated from {ip}`, "attack", "", ""}}},
	{"activemq", []serverShape{
		{`{x}User name [{user}] or password is invalid.{x}Transport: {x}:///{addr}@`, login, failure, ""}}},
	{"nats", []serverShape{
		{`{x}[ERR] {ip} - cid:{x} - authentication error - User "{user}"`, login, failure, ""},
		{`{x}[ERR] {ip} - cid:{x} - authentication error`, login, failure, ""}}},
	{"spring", []serverShape{
		{`{x}AuditEvent [timestamp={x}, principal={user}, type=AUTHENTICATION_FAILURE, data={x}emoteIpAddress={addr}, {x}message={reason}}]`, login, failure, ""},
		{`{x}AuditEvent [timestamp={x}, principal={user}, type=AUTHENTICATION_SUCCESS, data={x}emoteIpAddress={addr}, `, login, success, ""}}},
	// what so many programs say in nearly the same words that it counts whoever says it
	{"", []serverShape{
		{`{x}uthentication attempt failed for user {user} from {ip}`, login, failure, ""},
		{`{x}uthentication attempt failed for {user} from {ip}`, login, failure, ""},
		{`{x}ailed login attempt for user {user} from {ip}`, login, failure, ""},
		{`{x}ailed login attempt for {user} from {ip}`, login, failure, ""},
		{`{x}ailed login for user {user} from {ip}`, login, failure, ""},
		{`{x}ailed login for {user} from {ip}`, login, failure, ""},
		{`{x}ailed login attempt from {ip}`, login, failure, ""},
		{`{x}ailed login from {ip}`, login, failure, ""},
		{`{x}ogin failed for user {user} from {ip}`, login, failure, ""},
		{`{x}ogin failed for {user} from {ip}`, login, failure, ""},
		{`{x}ogin failed for user {user}, IP: {ip}`, login, failure, ""},
		{`{x}ogin failed from {ip}`, login, failure, ""},
		{`{x}ogin failure for user {user} from {ip}`, login, failure, ""},
		{`{x}ogin failure for {user} from {ip}`, login, failure, ""},
		{`{x}ogin failure from {ip}`, login, failure, ""},
		{`{x}nvalid login attempt for user {user} from {ip}`, login, failure, ""},
		{`{x}nvalid login attempt from {ip}`, login, failure, ""},
		{`{x}nvalid login from {ip}`, login, failure, ""},
		{`{x}nvalid password for user {user} from {ip}`, login, failure, "wrong password"},
		{`{x}nvalid password for {user} from {ip}`, login, failure, "wrong password"},
		{`{x}nvalid credentials for user {user} from {ip}`, login, failure, "wrong password"},
		{`{x}nvalid credentials from {ip}`, login, failure, "wrong password"},
		{`{x}nvalid username or password from {ip}`, login, failure, "wrong password"},
		{`{x}uthentication failed for user {user} from {ip}`, login, failure, ""},
		{`{x}uthentication failed for {user} from {ip}`, login, failure, ""},
		{`{x}uthentication failed from {ip}`, login, failure, ""},
		{`{x}uthentication failure for user {user} from {ip}`, login, failure, ""},
		{`{x}uthentication failure for {user} from {ip}`, login, failure, ""},
		{`{x}uthentication failure from {ip}`, login, failure, ""},
		{`{x}ailed authentication for user {user} from {ip}`, login, failure, ""},
		{`{x}ailed authentication for {user} from {ip}`, login, failure, ""},
		{`{x}ailed authentication from {ip}`, login, failure, ""},
		{`{x}ailed password for {user} from {ip}`, login, failure, "wrong password"},
		{`{x}user {user} logged in from {ip}`, login, success, ""},
		{`{x}User {user} logged in from {ip}`, login, success, ""},
		{`{x}uccessful login for user {user} from {ip}`, login, success, ""},
		{`{x}uccessful login for {user} from {ip}`, login, success, ""},
		{`{x}ogin successful for user {user} from {ip}`, login, success, ""},
		{`{x}ogin successful for {user} from {ip}`, login, success, ""}}},
}
