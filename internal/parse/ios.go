package parse

import "watchpost/internal/event"

// ios reads the messages of routers and switches (IOS, IOS-XE, IOS-XR, NX-OS) that tell of log-ins, access lists,
// configuration, ports and neighbours. An id may stand in several rows: the first whose text fits counts.
func ios(b *event.Batch, mnemonic, text []byte) {
	if hasPrefix(mnemonic, "IF_DOWN_") { // why an interface of NX-OS is down: one of twenty words
		mnemonic = mnemonic[:len("IF_DOWN")]
	}
	lo, hi := 0, len(iosRules)
	for lo < hi {
		mid := (lo + hi) / 2
		if iosRules[mid].id < view(mnemonic) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	for ; lo < len(iosRules) && iosRules[lo].id == view(mnemonic); lo++ {
		if s := &iosRules[lo]; s.fits(text) {
			s.read(b, text)
			return
		}
	}
}

// fits says whether one of the patterns does; nothing is set.
func (s *shape) fits(text []byte) bool {
	var found captures
	for _, p := range s.patterns {
		if found.n = 0; found.match(p, text) {
			return true
		}
	}
	return len(s.patterns) == 0
}

const (
	iosClient = "client ({mac}) on Interface {iif} "
	iosEnds   = " [user: {user}] [Source: {src}] [localport: {dport}]"
)

// iosRules are sorted by id.
var iosRules = [...]shape{
	{"AAA_ACCOUNTING_MESSAGE", "command", success, "configuration", "info", []string{"update:{addr}@{x}:{user}:{>cmd} (SUCCESS)"}},
	{"AAA_ACCOUNTING_MESSAGE", "command", failure, "configuration", "info", []string{"update:{addr}@{x}:{user}:{>cmd} (FAILURE)"}},
	{"AAA_ACCOUNTING_MESSAGE", "session_start", success, "session", "start", []string{"start:{addr}@{x}:{user}:"}},
	{"AAA_ACCOUNTING_MESSAGE", "session_end", "", "session", "end", []string{"stop:{addr}@{x}:{user}:"}},
	{"ACCESSLOGDP", "firewall-rule", "", netw, "", []string{"list {aclrule} {verdict} {proto} {psrc} ({iif}) -> {pdst} ({x}), {packets} packet", "list {aclrule} {verdict} {proto} {psrc} -> {pdst} ({x}), {packets} packet"}},
	{"ACCESSLOGNP", "firewall-rule", "", netw, "", []string{"list {aclrule} {verdict} {proto} {psrc} ({iif}) -> {pdst}, {packets} packet", "list {aclrule} {verdict} {proto} {psrc} -> {pdst}, {packets} packet"}},
	{"ACCESSLOGP", "firewall-rule", "", netw, "", []string{"list {aclrule} {verdict} {proto} {psrc} ({iif}) -> {pdst}, {packets} packet", "list {aclrule} {verdict} {proto} {psrc} -> {pdst}, {packets} packet"}},
	{"ACCESSLOGSP", "firewall-rule", "", netw, "", []string{"list {aclrule} {verdict} {proto} {psrc} -> {pdst} ({x}), {packets} packet", "list {aclrule} {verdict} {proto} {psrc} -> {pdst}, {packets} packet"}},
	{"ACCTLOCAL", "command", success, "configuration", "info", []string{"Username: {user} Privilege level: {x} Command: {cmd}"}},
	{"ACLLOG_FLOW_INTERVAL", "firewall-rule", "", netw, "", []string{"Src IP: {src}, Dst IP: {dst}, Src Port: {sport}, Dst Port: {dport}, Src Intf: {iif}, Protocol: \"{proto}\"({x}), Hit-count = {packets}",
		"Src IP: {src}, Dst IP: {dst}, Src Port: {sport}, Dst Port: {dport}, Src Intf: {iif}, Protocol: \"{proto}\"({x}), ACL Name: {rule}, ACE Action: {verdict}, ", "Source IP: {src}, Destination IP: {dst}, Source Port: {sport}, Destination Port: {dport}, Source Interface: {iif}, Protocol: \"{proto}\"({x}), Hit-count = {packets}"}},
	{"ADJCHANGE", "neighbor", success, netw, "start", []string{"neighbor {addr} {x}Up"}},
	{"ADJCHANGE", "neighbor", failure, netw, "end", []string{"neighbor {addr} {x}Down {reason}", "neighbor {addr} Down"}},
	{"ADJCHG", "neighbor", success, netw, "start", []string{"Process {x}, Nbr {addr} on {iif} from {x} to FULL, {reason}"}},
	{"ADJCHG", "neighbor", failure, netw, "end", []string{"Process {x}, Nbr {addr} on {iif} from {x} to DOWN, {reason}", "Process {x}, Nbr {addr} on {iif} from {x} to {x}, {reason}"}},
	{"AUTHENTICATION_FAILED", login, failure, authn, "start", []string{"{x}uthentication failure from {addr} for {x}"}},
	{"AUTHEN_FAILED", login, failure, authn, "start", []string{"Failed authentication attempt by user '{user}' from '{addr}'"}},
	{"AUTHEN_SUCCESS", login, success, authn, "start", []string{"Successfully authenticated user '{user}' from '{addr}'"}},
	{"AUTHFAIL", "snmp_authentication", failure, authn, "start", []string{"Authentication failure for SNMP req from host {addr}"}},
	{"AUTH_FAILED", login, failure, authn, "start", []string{"User '{user}' authentication failed from {addr} ", "{x}ser '{user}' {x} from {addr} ", "{reason}"}},
	{"AUTH_PASSED", login, success, authn, "start", []string{"User '{user}' authenticated successfully from {addr} and was authorized for {service} over", "User '{user}' authenticated successfully from {addr} ", "{x}ser '{user}' authenticated successfully from {addr} "}},
	{"BADAUTH", "neighbor", failure, netw, "denied", []string{"{reason} from {addr}:{x} to"}},
	{"BLOCK_BPDUGUARD", "port-disabled", failure, netw, "denied", []string{"Received BPDU on port {iif} with BPDU Guard enabled. {reason}"}},
	{"BLOCK_PVID_LOCAL", "port-disabled", "", netw, "info", []string{"Blocking {iif} on "}},
	{"CFGLOG_LOGGEDCMD", "command", success, "configuration", "change", []string{"User:{user}  logged command:{cmd}", "User:{user} logged command:{cmd}"}},
	{"CFGWRITE_DONE", "configuration", success, "configuration", "change", []string{"{reason}"}},
	{"CHANGED", "interface", "", netw, "change", []string{"Interface {iif}, changed state to {reason}"}},
	{"CLIENT_ADDED_TO_RUN_STATE", "connect", success, netw, "start", []string{"Username entry ({user}) joined with ssid ({ssid}) for device with MAC: {mac}"}},
	{"COLLECT_MAC_FAILED", "interface", "", netw, "info", nil},
	{"CONFIG_I", "configuration", success, "configuration", "change", []string{"Configured from {x} by {user} on {x} ({src})", "Configured from {x} by vty{x} ({src})", "Configured from {ip} by ", "Configured from {x} by {user} on {x}", "Configured from {x} by {user}"}},
	{"DB_COMMIT", "configuration", success, "configuration", "change", []string{"Configuration committed by user '{user}'."}},
	{"DHCP_SNOOPING_DENY", "arp-denied", failure, netw, "denied", []string{"{x} Invalid ARPs ({x}) on {iif}, vlan {x}.([{mac}/{addr}/{x}/{x}/"}},
	{"DHCP_SNOOPING_FAKE_INTERFACE", "dhcp-denied", failure, netw, "denied", []string{"{reason}"}},
	{"DHCP_SNOOPING_MATCH_MAC_FAIL", "dhcp-denied", failure, netw, "denied", []string{"{reason}, message type: {x}, chaddr: {mac}, "}},
	{"DHCP_SNOOPING_UNTRUSTED_PORT", "dhcp-denied", failure, netw, "denied", []string{"{reason}, message type: {x}, MAC sa: {mac}", "{reason}"}},
	{"DROP_PKT", "firewall-rule", failure, netw, "denied", []string{"Dropping {proto} pkt from {iif} {addr} => {daddr}({x} due to {reason} with ip ident", "Dropping {proto} pkt from {iif} {ip} => {daddr}({x} due to {reason}", "Dropping {proto} {x} {addr} {daddr} on zone-pair {rule} class {x} due to {reason} with", "Dropping {proto} {x} {addr} {daddr} on zone-pair {rule} class {x} due to {reason}", "Dropping {proto} {x} {ip} {daddr}  due to  {reason}", "Dropping {proto} {x} {ip} {daddr} {reason}"}},
	{"DUPADDR", "duplicate-address", failure, netw, "info", []string{"Duplicate address {addr} on {iif}, sourced by {mac}"}},
	{"DUPLEX_MISMATCH", "duplex-mismatch", "", netw, "info", []string{"Duplex mismatch discovered on {iif}, with ", "duplex mismatch discovered on {iif} ("}},
	{"ERR_DISABLE", "port-disabled", failure, netw, "denied", []string{"{reason} error detected on {iif}, putting"}},
	{"FAIL", "network_authentication", failure, authn, "start", []string{"{x} for client ({mac}) with reason ({reason}) on Interface {iif} AuditSessionID", "{x}: {x}: {reason} for " + iosClient, "{reason} for " + iosClient, "{reason} for client ({mac}) on Interface {iif}"}},
	{"GBIC_SECURITY_CRYPT", "interface", "", netw, "info", nil},
	{"IF_DOWN", "interface", "", netw, "change", []string{"Interface {iif} is down ({reason})"}},
	{"IF_UP", "interface", "", netw, "change", []string{"Interface {iif} is {reason}"}},
	{"IKEV2_SESSION_STATUS", vpnConnected, success, netw, "start", []string{"Crypto tunnel v2 is UP.  Peer {addr} Id:", "Crypto tunnel v2 is UP. Peer {addr} Id:"}},
	{"IKEV2_SESSION_STATUS", vpnDisconnected, "", netw, "end", []string{"Crypto tunnel v2 is DOWN.  Peer {addr} Id:", "Crypto tunnel v2 is DOWN. Peer {addr} Id:"}},
	{"INFO_FAILURE", login, failure, authn, "start", []string{"Failed authentication attempt by user '{user}' from '{addr}'"}},
	{"INFO_SUCCESS", login, success, authn, "start", []string{"Successfully authenticated user '{user}' from '{addr}'"}},
	{"IPACCESS", "firewall-rule", "", netw, "", []string{"list {rule} {iif} {verdict} {proto} {psrc} -> {pdst} ", "list {rule} {iif} {verdict} {proto} {psrc} -> {pdst}"}},
	{"IPACCESSLOGDP", "firewall-rule", "", netw, "", []string{"list {rule} {verdict} {proto} {psrc} ({iif}) -> {pdst} ({x}), {packets} packet", "list {rule} {verdict} {proto} {psrc} -> {pdst} ({x}), {packets} packet", "access-list {rule} {verdict} {proto} {psrc} -> {pdst} ({x}), {packets} packet", "access-list {rule} {verdict} {proto} {psrc} -> {pdst}, {packets} packet", "list {rule} {verdict} {proto} {psrc} -> {pdst} ("}},
	{"IPACCESSLOGNP", "firewall-rule", "", netw, "", []string{"list {rule} {verdict} {proto} {psrc} ({iif}) -> {pdst}, {packets} packet", "list {rule} {verdict} {proto} {psrc} -> {pdst}, {packets} packet"}},
	{"IPACCESSLOGP", "firewall-rule", "", netw, "", []string{"list {rule} {verdict} {proto} {psrc} ({iif}) -> {pdst}, {packets} packet", "list {rule} {verdict} {proto} {psrc} -> {pdst}, {packets} packet", "list {rule} {verdict} {proto} {mac} {psrc} {iif}-> {pdst}, {packets} packet", "access-list {rule} {verdict} {proto} {psrc} -> {pdst}, {packets} packet"}},
	{"IPACCESSLOGRP", "firewall-rule", "", netw, "", []string{"list {rule} {verdict} {proto} {psrc} ({iif}) -> {pdst}, {packets} packet", "list {rule} {verdict} {proto} {psrc} -> {pdst}, {packets} packet"}},
	{"IPACCESSLOGS", "firewall-rule", "", netw, "", []string{"list {rule} {verdict} {psrc} {packets} packet", "list {rule} {verdict} {psrc} "}},
	{"IPACCESSLOGSP", "firewall-rule", "", netw, "", []string{"list {rule} {verdict} {proto} {psrc} -> {pdst} ({x}), {packets} packet", "list {rule} {verdict} {proto} {psrc} -> {pdst}, {packets} packet"}},
	{"IPV6ACCESSLOGDP", "firewall-rule", "", netw, "", []string{"list {aclrule} {verdict} {proto} {psrc} -> {pdst} ({x}), {packets} packet"}},
	{"IPV6ACCESSLOGNP", "firewall-rule", "", netw, "", []string{"list {aclrule} {verdict} {proto} {psrc} -> {pdst}, {packets} packet"}},
	{"IPV6ACCESSLOGP", "firewall-rule", "", netw, "", []string{"list {aclrule} {verdict} {proto} {psrc} -> {pdst}, {packets} packet"}},
	{"IPV6ACCESSLOGSP", "firewall-rule", "", netw, "", []string{"list {aclrule} {verdict} {proto} {psrc} -> {pdst} ({x}), {packets} packet", "list {aclrule} {verdict} {proto} {psrc} -> {pdst}, {packets} packet"}},
	{"L2FM_MAC_MOVE", "mac-flapping", "", netw, "info", []string{"Mac {mac} in vlan {x} has moved from {iif} to "}},
	{"L2FM_MAC_MOVE2", "mac-flapping", "", netw, "info", []string{"Mac {mac} in vlan {x} has moved from {iif} to "}},
	{"LOGIN", login, success, authn, "start", []string{"user {user} logged in [from: {addr}] [service: {service}]"}},
	{"LOGIN_AUTHFAIL", login, failure, authn, "start", []string{"{x}Login Un-Successful from host {addr} by user '{user}'", "{x}Login Un-Successful from host {addr}"}},
	{"LOGIN_FAILED", login, failure, authn, "start", []string{"Login failed" + iosEnds + " [Reason: {reason}]", "Login failed" + iosEnds}},
	{"LOGIN_FAILED", login, failure, authn, "start", []string{"user {user} failed to login [from: {addr}] [service: {service}] [reason: {reason}]", "user {user} failed to login [from: {addr}] [service: {service}]"}},
	{"LOGIN_PASSED", login, success, authn, "start", []string{"{x}Login Successful from host {addr} by user '{user}'"}},
	{"LOGIN_SUCCESS", login, success, authn, "start", []string{"Login Success" + iosEnds}},
	{"LOGOUT", "logout", "", "session", "end", []string{"User {user} has exited tty session {x}({addr})"}},
	{"LOGOUT", "logout", "", "session", "end", []string{"user {user} logged out [from: {addr}]"}},
	{"LOGOUT_C6K", "logout", "", "session", "end", []string{"User {user} has exited tty session {x}({addr})"}},
	{"LOOP_BACK_DETECTED", "port-disabled", failure, netw, "denied", []string{"{reason} on {iif}."}},
	{"MACFLAP_NOTIF", "mac-flapping", "", netw, "info", []string{"Host {mac} in vlan {x} is flapping between port {iif} and port {x}"}},
	{"MODEL_RPC_I", "command", success, "configuration", "info", []string{"{x}RPC '{cmd}' invoked from {addr} via {x} user {user} session "}},
	{"NATIVE_VLAN_MISMATCH", "vlan-mismatch", "", netw, "info", []string{"Native VLAN mismatch discovered on {iif} ({x}), with {host} "}},
	{"NBRCHANGE", "neighbor", failure, netw, "end", []string{"{x}: Neighbor {addr} ({iif}) is down: {reason}"}},
	{"NBRCHANGE", "neighbor", success, netw, "start", []string{"{x}: Neighbor {addr} ({iif}) is up: {reason}"}},
	{"NOTIFICATION", "neighbor", failure, netw, "error", []string{"{x} neighbor {addr} {x} ({reason})"}},
	{"PRIV_AUTH_FAIL", "privilege-changed", failure, authn, "start", []string{"Authentication to Privilege level {x} failed by {user} on {x} ({addr})", "Authentication to Privilege level {x} failed by {user} on"}},
	{"PRIV_AUTH_PASS", "privilege-changed", success, authn, "start", []string{"Privilege level set to {x} by {user} on {x} ({addr})", "Privilege level set to {x} by {user} on"}},
	{"PSECURE_VIOLATION", "port-security", failure, netw, "denied", []string{"Security violation occurred, caused by MAC address {mac} on port {iif}. (", "Security violation occurred, caused by MAC address {mac} on port {iifdot}"}},
	{"QUIET_MODE_ON", "login-blocked", failure, authn, "denied", []string{"{x}," + iosEnds + " [Reason: {reason}]", "{x}," + iosEnds}},
	{"RADIUS_DEAD", "server_down", failure, netw, "info", []string{"RADIUS server {daddr},{x} is not responding"}},
	{"RECVD_PKT_INV_SPI", "vpn", failure, netw, "info", []string{"{x}rec'd {reason} for destaddr={daddr}, prot={x}, srcaddr={addr},", "{x}rec'd {reason} for destaddr={daddr}, prot={x}, srcaddr={addr}"}},
	{"RELOAD", "restart", "", "host", "start", []string{"Reload requested by {user} on {x} ({addr}). Reload Reason: {reason}", "Reload requested by {user} on {x}. Reload Reason: {reason}", "Reload requested {reason}"}},
	{"RESTART", "restart", "", "host", "start", []string{"{reason}"}},
	{"ROOTGUARD_BLOCK", "port-blocked", failure, netw, "denied", []string{"Root guard blocking port {iif} on "}},
	{"SESSION_STATUS", vpnConnected, success, netw, "start", []string{"Crypto tunnel is UP{x}Peer {addr} "}},
	{"SESSION_STATUS", vpnDisconnected, "", netw, "end", []string{"Crypto tunnel is DOWN{x}Peer {addr} "}},
	{"SESS_AUDIT_TRAIL", "session", "", netw, "end", []string{"{x}top {inspected} session: initiator ({addr}) sent {sbytes} bytes -- responder ({daddr}) sent {dbytes} bytes"}},
	{"SESS_AUDIT_TRAIL_START", "session", "", netw, "start", []string{"{x}tart {inspected} session: initiator ({addr}) -- responder ({daddr})"}},
	{"SESS_LOGOUT", "logout", success, "session", "end", []string{"{x}uccessfully logged out from host {addr} by user '{user}'"}},
	{"SIGNATURE", "intrusion", "", "intrusion_detection", "info", []string{"Sig:{ruleid} Subsig:{x} Sev:{x} {rule} [{addr} -> {daddr}]"}},
	{"SSH2_CLOSE", "ssh_disconnect", "", "session", "end", []string{"SSH2 Session from {addr} (tty = {x}) for user '{user}' using "}},
	{"SSH2_SESSION", "ssh_connection", success, netw, "connection", []string{"SSH2 Session request from {addr} (tty = {x}) using {x} Succeeded"}},
	{"SSH2_SESSION", "ssh_connection", failure, netw, "connection", []string{"SSH2 Session request from {addr} (tty = {x}) using {x} Failed"}},
	{"SSH2_USERAUTH", login, success, authn, "start", []string{"User '{user}' authentication for SSH2 Session from {addr} (tty = {x}) using {x} Succeeded"}},
	{"SSH2_USERAUTH", login, failure, authn, "start", []string{"User '{user}' authentication for SSH2 Session from {addr} (tty = {x}) using {x} Failed"}},
	{"STATECHANGE", "failover", "", netw, "change", []string{"{iif} Grp {x} state {reason}"}},
	{"SUCCESS", "network_authentication", success, authn, "start", []string{"{reason} for " + iosClient, "{reason} for client ({mac}) on Interface {iif}"}},
	{"SYSTEM_MSG", "user-added", success, "iam", "creation", []string{"New user added with username {target} - "}},
	{"SYSTEM_MSG", "user-deleted", success, "iam", "deletion", []string{"delete user `{target}' - ", "User {target} deleted - "}},
	{"SYSTEM_MSG", login, success, authn, "start", []string{"Accepted {x} for {user} from {addr} port {sport} ", "Accepted {x} for {user} from {addr} - "}},
	{"SYSTEM_MSG", login, failure, authn, "start", []string{"pam_aaa:Authentication failed for user {user} from {addr} - ", "pam_aaa:Authentication failed from {addr} - ", "error: PAM: Authentication failure for illegal user {user} from {addr} - ", "error: PAM: Authentication failure for {user} from {addr} - "}},
	{"SYSTEM_MSG", login, failure, authn, "start", []string{"Login failed for user {user} from {addr} - ", "Login failed for user {user} - ", "pam_unix({x}:auth): authentication failure; {x} rhost={addr}  user={user} - ", "pam_unix({x}:auth): authentication failure; {x} user={user} - "}},
	{"SYSTEM_MSG", "sudo", success, "process", "start", []string{"{user} : TTY={x} ; PWD={x} ; USER={target} ; COMMAND={>cmd} - sudo"}},
	{"TTY_EXPIRE_TIMER", "logout", "", "session", "end", []string{"({reason}, tty {x} ({addr})), user {user}"}},
	{"UPDOWN", "interface", "", netw, "change", []string{"Line protocol on Interface {iif}, changed state to {reason}", "Line Protocol on Interface {iif}, changed state to {reason}", "Interface {iif}, changed state to {reason}"}},
	{"USER_LOCKED", "user-locked", success, "iam", "change", []string{"User {user} locked out on authentication failure"}},
	{"VSHD_SYSLOG_CONFIG_I", "configuration", success, "configuration", "change", []string{"Configured from {x} by {user} on {addr}@", "Configured from {x} by {user} on "}},
}
