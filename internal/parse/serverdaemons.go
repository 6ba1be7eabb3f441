package parse

// daemonServers are daemons of Unix hosts that authenticate for others, are logged in to, or turn clients away.
var daemonServers = []server{
	{[]string{"bgpd", "ospfd", "ospf6d", "isisd", "ripd", "ripngd", "eigrpd", "zebra", "bfdd", "pimd", "ldpd", "staticd", "watchfrr", "frr", "quagga"}, "frr", frrShapes},
	{[]string{"bird", "bird6"}, "bird", birdShapes},
	{[]string{"ceph-mon", "ceph-mgr", "ceph-osd", "ceph-mds", "radosgw"}, "ceph", cephShapes},
	{[]string{"saslauthd"}, "saslauthd", []serverShape{
		{`do_auth{x}: auth failure: [user={user}] [service={svc}] [realm={x}] [mech={#login.method}] [reason={reason}]`, login, failure, ""},
		{`do_auth{x}: auth success: [user={user}] [service={svc}] `, login, success, ""},
		{`auth_rimap: authentication failed for {user}: {reason}`, login, failure, ""},
		{`auth_zimbra: {user} auth failed: {reason}`, login, failure, ""},
		{`auth_zimbra: {user} auth OK`, login, success, ""}}},
	{[]string{"tac_plus", "tac_plus-ng"}, "tacacs", []serverShape{
		{`login failure: {user} {daddr} ({addr}) {#tty}`, login, failure, ""},
		{`login query for '{user}' port {#tty} from {daddr} rejected`, login, failure, ""},
		{`login query for '{user}' port {#tty} from {daddr} accepted`, login, success, ""},
		{`login query for '{user}' {#tty} from {daddr} rejected`, login, failure, ""},
		{`login query for '{user}' {#tty} from {daddr} accepted`, login, success, ""},
		{`{x} {#login.method} login for '{user}' from {addr} on {#tty} failed`, login, failure, ""},
		{`{x} {#login.method} login for '{user}' from {addr} on {#tty} succeeded`, login, success, ""},
		{`connect from {clienthost} [{addr}]`, "connect", "", ""}}},
	{[]string{"wordpress", "wp"}, "wordpress", []serverShape{
		{`Accepted password for {user} from {addr}`, login, success, ""}}},
	{[]string{"kadmind"}, "kadmind", []serverShape{
		{`Request: kadm5_create_principal, {target}, success, client={user}, service={x}, addr={addr}`, "user_added", success, ""},
		{`Request: kadm5_delete_principal, {target}, success, client={user}, service={x}, addr={addr}`, "user_deleted", success, ""},
		{`Request: kadm5_chpass_principal, {target}, success, client={user}, service={x}, addr={addr}`, "password_changed", success, ""},
		{`Request: {ecode}, {target}, success, client={user}, service={x}, addr={addr}`, "command", success, ""},
		{`Request: {ecode}, {target}, {reason}, client={user}, service={x}, addr={addr}`, "command", failure, ""},
		{`Unauthorized request: {ecode}, {target}, client={user}, service={x}, addr={addr}`, "access_denied", failure, "unauthorized request"},
		{`Authentication attempt failed: {addr}, {reason}`, login, failure, ""}}},
	{[]string{"kpasswdd"}, "kpasswdd", []serverShape{
		{`{user}: wrong password`, "password_changed", failure, "wrong password"}}},
	{[]string{"upsd"}, "nut", []serverShape{
		{`User {user}@{addr} logged into UPS [{#device}]`, login, success, ""},
		{`User {user}@{addr} logged out from UPS [{#device}]`, "logout", "", ""},
		{`Connection refused from {addr}`, "access_denied", failure, ""}}},
	{[]string{"telnetd", "in.telnetd", "utelnetd"}, "telnetd", []serverShape{
		{`connect from {clienthost} ({addr})`, "connect", "", ""},
		{`refused connect from {addr}`, "access_denied", failure, ""}}},
	{[]string{"in.tftpd", "tftpd", "atftpd"}, "tftpd", []serverShape{
		{`RRQ from {addr} filename {path}`, "file_read", "", ""},
		{`WRQ from {addr} filename {path}`, "file_written", "", ""},
		{`Serving {path} to {addr}:{sport}`, "file_read", "", ""}}},
	{[]string{"snmpd"}, "snmpd", []serverShape{
		{`Connection from {proto}: [{addr}]:{sport}->[{daddr}]:{dport}`, "connect", "", ""},
		{`Connection from {proto}: [{addr}]:{sport}`, "connect", "", ""},
		{`Connection from UDP: {addr}`, "connect", "", ""},
		{`Received SNMP packet(s) from {addr}`, "connect", "", ""},
		{`Authentication failed for {user}`, login, failure, ""}}},
	{[]string{"git-daemon"}, "git-daemon", []serverShape{
		{`Connection from {addr}`, "connect", "", ""},
		{`Request upload-pack for '{path}'`, "file_read", "", ""},
		{`Request receive-pack for '{path}'`, "file_written", "", ""}}},
	{[]string{"cvs", "cvspserver"}, "cvs", []serverShape{
		{`login failure (for {path}) from {addr}`, login, failure, ""},
		{`login refused for {path} from {addr}`, login, failure, ""}}},
	{[]string{"salt-master", "salt-api"}, "salt", []serverShape{
		{`{x}Authentication failure of type "{#login.method}" occurred for user {userdot}`, login, failure, ""},
		{`{x}Authentication failure of type "{#login.method}" occurred.`, login, failure, ""}}},
	{[]string{"ansible-command", "ansible-shell", "ansible-ansible.legacy.command", "ansible-ansible.legacy.shell"}, "ansible", []serverShape{
		{`{x}_raw_params={cmd} _uses_shell=`, "executed", "", ""},
		{`{x}_raw_params={cmd} removes=`, "executed", "", ""}}},
	{[]string{"libvirtd", "virtqemud", "virtproxyd"}, "libvirt", []serverShape{
		{`authentication failed: {reason}`, login, failure, ""},
		{`{x}authentication failed: {reason}`, login, failure, ""}}},
	{[]string{"cupsd"}, "cups", []serverShape{
		{`cupsdAuthorize: pam_authenticate() returned {x} ({reason})`, login, failure, ""},
		{`cupsdAuthorize: {x} for user "{user}"`, login, failure, ""},
		{`REQUEST {clienthost} - - "{request}" {status} `, "http_request", "", ""},
		{`REQUEST {clienthost} - {user} "{request}" {status} `, "http_request", "", ""}}},
	{[]string{"denyhosts"}, "denyhosts", []serverShape{
		{`Added the following hosts to {x} - {addr} (`, "ban", success, ""}}},
	{[]string{"accounts-daemon"}, "accountsservice", []serverShape{
		{`request by {x} uid:{uid}]: create user '{target}'`, "user_added", "", ""},
		{`request by {x} uid:{uid}]: delete user '{target}'`, "user_deleted", "", ""},
		{`request by {x} uid:{uid}]: set password and hint of user '{target}'`, "password_changed", "", ""},
		{`request by {x} uid:{uid}]: change {reason} of user '{target}'`, "user_changed", "", ""}}},
	{[]string{"wpa_supplicant"}, "wpa_supplicant", []serverShape{
		{`{iif}: CTRL-EVENT-CONNECTED - Connection to {#bssid} completed`, "link_up", success, ""},
		{`{iif}: CTRL-EVENT-DISCONNECTED bssid={#bssid} reason={reason}`, "link_down", "", ""},
		{`{iif}: CTRL-EVENT-SSID-TEMP-DISABLED {x}ssid="{ssid}" {x}reason={reason}`, login, failure, ""},
		{`{iif}: WPA: 4-Way Handshake failed - {reason}`, login, failure, ""},
		{`{iif}: CTRL-EVENT-EAP-FAILURE {reason}`, login, failure, ""},
		{`{iif}: CTRL-EVENT-EAP-SUCCESS {reason}`, login, success, ""}}},
	{[]string{"tinyproxy"}, "tinyproxy", []serverShape{
		{`Unauthorized connection from "{addr}"`, "access_denied", failure, "not allowed"},
		{`Connect (file descriptor {x}): {clienthost} [{addr}]`, "connect", "", ""}}},
	{[]string{"nslcd"}, "nslcd", []serverShape{
		{`[{x}] <authc="{user}"> {x}: Invalid credentials`, login, failure, "wrong password"},
		{`[{x}] failed to bind to LDAP server {x}: {reason}`, "auth_backend", failure, ""},
		{`[{x}] <authc="{user}"> {reason}`, "auth_backend", failure, ""}}},
	{[]string{"popa3d"}, "popa3d", []serverShape{
		{`Authentication failed for {user}`, login, failure, ""},
		{`Authentication passed for {user}`, login, success, ""},
		{`Session from {addr}`, "connect", "", ""}}},
	{[]string{"qpopper", "in.qpopper", "popper"}, "qpopper", []serverShape{
		{`{user} at {clienthost} ({addr}): -ERR [AUTH] {reason}`, login, failure, ""},
		{`Failed attempted login to {user} from host ({clienthost}) {addr}`, login, failure, ""}}},
	{[]string{"postgrey"}, "postgrey", []serverShape{
		{`{x}action=greylist, reason={reason}, client_name={clienthost}, client_address={addr}, sender={from}, recipient={to}`, "reject", failure, ""},
		{`{x}action=pass, reason={reason}, client_name={clienthost}, client_address={addr}, sender={from}, recipient={to}`, "mail", success, ""},
		{`{x}action=greylist, reason={reason}, client_name={clienthost}, client_address={addr}/{x}, sender={from}, recipient={to}`, "reject", failure, ""}}},
	{[]string{"racoon"}, "racoon", []serverShape{
		{`INFO: ISAKMP-SA established {ikedst}-{iked} spi`, vpnConnected, success, ""},
		{`INFO: ISAKMP-SA deleted {ikedst}-{iked} spi`, vpnDisconnected, "", ""},
		{`ERROR: couldn't find the pskey for {addr}`, login, failure, "no key"},
		{`ERROR: phase1 negotiation failed due to {reason}`, "vpn", failure, ""},
		{`INFO: login succeeded for user "{user}"`, login, success, ""},
		{`INFO: login failed for user "{user}"`, login, failure, ""}}},
	{[]string{"gophernicus"}, "gophernicus", []serverShape{
		{`error "{reason}" for request "{url}" from {addr}`, "http_request", failure, ""},
		{`request for "{url}" from {addr}`, "http_request", "", ""}}},
	{[]string{"zabbix_agentd", "zabbix_agent2"}, "zabbix", []serverShape{
		{`{x}connection from "{addr}" rejected, {reason}`, "access_denied", failure, ""}}},
	{[]string{"x11vnc", "Xvnc", "vncserver"}, "vnc", []serverShape{
		{`{x}Got connection from client {addr}`, "connect", "", ""},
		{`{x}authentication failed from {addr}`, login, failure, ""},
		{`{x}AuthFailureException: {reason}`, login, failure, ""},
		{`{x}Connections: blacklisted: {addr}`, "ban", success, ""},
		{`{x}Connections: accepted: {addr}`, "connect", "", ""}}},
	{[]string{"kcheckpass", "xscreensaver", "sddm", "hylafax", "hfaxd"}, "session", []serverShape{
		{`Authentication failure for {user} (invoked by uid {uid})`, login, failure, ""},
		{`FAILED LOGIN {x} ON DISPLAY "{x}", FOR "{user}"`, login, failure, ""},
		{`Authentication error: {reason}`, login, failure, ""},
		{`LOGIN FAILED FROM {addr}, {user}`, login, failure, ""}}},
	{[]string{"icingaweb2"}, "icingaweb2", []serverShape{
		{`User "{user}" logged in`, login, success, ""},
		{`Failed to authenticate user "{user}"`, login, failure, ""}}},
	{[]string{"sshesame"}, "sshesame", []serverShape{
		{`{x}[{addr}] authentication for user "{user}" with password {x} rejected`, "honeypot_login", failure, ""},
		{`{x}[{addr}] authentication for user "{user}" with password {x} accepted`, "honeypot_login", success, ""}}},
}
