package parse

import "watchpost/internal/event"

// vpnShape is what a line of a VPN server means, where pattern fits.
type vpnShape struct{ pattern, action, outcome, reason string }

const (
	vpnConnected    = "vpn-connected"
	vpnDisconnected = "vpn-disconnected"
)

// openvpnShapes are tried in this order: a log-in is what the server says of the credentials; a session is vpn-connected.
var openvpnShapes = [...]vpnShape{
	{"user '{user}' authenticated", login, success, ""},
	{"user '{user}' could not authenticate", login, failure, ""},
	{"AUTH-PAM: BACKGROUND: user '{user}' failed to authenticate: {reason}", login, failure, ""},
	{"PLUGIN AUTH-PAM: BACKGROUND: user '{user}' failed to authenticate: {reason}", login, failure, ""},
	{"RADIUS-PLUGIN: Authentication failed for user {user}", login, failure, ""},
	{"TLS: Username/Password authentication succeeded for username '{user}'", login, success, ""},
	{"TCP connection established with {addr}", "vpn", "", ""},
	{"openvpn server '{x}' user '{user}' address '{addr}' - connecting", "vpn", "", ""},
	{"openvpn server '{x}' user '{user}' address '{addr}' - connected", vpnConnected, success, ""},
	{"openvpn server '{x}' user '{user}' address '{addr}' - disconnected", vpnDisconnected, "", ""},
	{"{addr} TLS: Username/Password authentication succeeded for username '{user}'", login, success, ""},
	{"{addr} TLS Auth Error: Auth Username/Password verification failed for peer", login, failure, "verification failed"},
	{"{addr} TLS Auth Error: username attempted to change from '{user}'", login, failure, "user name changed"},
	{"{addr} SENT CONTROL [{user}]: 'AUTH_FAILED", login, failure, "verification failed"},
	{"{addr} VERIFY ERROR: depth={x}, error={reason}: ", login, failure, ""},
	{"{addr} TLS Auth Error: {reason}", login, failure, ""},
	{"{addr} OpenSSL: error:{x}: {reason}", login, failure, ""},
	{"{addr} OpenSSL: error:{reason}", login, failure, ""},
	{"{user}/{addr} AUTH: Received control message: AUTH_FAILED", login, failure, "verification failed"},
	{"{addr} AUTH: Received control message: AUTH_FAILED", login, failure, "verification failed"},
	{"{user}/{addr} PUSH: Received control message: ", "vpn", "", ""},
	{"{user}/{addr} MULTI: primary virtual IP for {x}: {gaddr}", "vpn-address", success, ""},
	{"{user}/{addr} MULTI_sva: pool returned IPv4={gaddr}, ", "vpn-address", success, ""},
	{"{user}/{addr} MULTI: Learn: {gaddr} -> ", "vpn-address", success, ""},
	{"{user}/{addr} VERIFY OK: depth=0, {reason}", "vpn", success, ""},
	{"{addr} VERIFY OK: depth=0, {reason}", "vpn", success, ""},
	{"AUTH SUCCESS {x}'user': '{user}',", login, success, ""}, // Access Server's
	{"MANAGEMENT: Client connected from {addr}", "vpn", "", "management"},
	{"{user}/{addr} Authenticate/Decrypt packet error: {reason}", "vpn", failure, ""},
	{"{addr} Authenticate/Decrypt packet error: {reason}", "vpn", failure, ""},
	{"{user}/{addr} MULTI: bad source address from client [{x}], {reason}", "vpn", failure, ""},
	{"{addr} CRL CHECK FAILED: {reason}", login, failure, ""},
	{"{addr} PLUGIN_CALL: POST {x}/PLUGIN_AUTH_USER_PASS_VERIFY status=1", login, failure, "verification failed"},
	{"{addr} WARNING: Bad encapsulated packet length from peer {reason}", "vpn", failure, ""},
	{"{user}/{addr} Connection reset, restarting", vpnDisconnected, "", "connection reset"},
	{"{user}/{addr} [{x}] Inactivity timeout", vpnDisconnected, "", "inactivity"},
	{"{addr} TLS: Initial packet from {x}", "vpn", "", ""},
	{"{addr} TLS Error: {reason} from ", "vpn", failure, ""},
	{"{addr} TLS Error: {reason}", "vpn", failure, ""},
	{"{addr} [{user}] Peer Connection Initiated with {x}", vpnConnected, success, ""},
	{"{user}/{addr} SIGTERM[{x}] received, ", vpnDisconnected, "", ""},
	{"{user}/{addr} SIGUSR1[{x}] received, ", vpnDisconnected, "", ""},
	{"{user}/{addr} peer info: {reason}", "vpn", "", ""},
	{"{user}/{addr} Data Channel{reason}", "vpn", "", ""},
	{"{user}/{addr} SENT CONTROL [{x}]: 'AUTH_FAILED", login, failure, "verification failed"},
	{"{user}/{addr} SENT CONTROL [{x}]: {reason}", "vpn", "", ""},
	{"{addr} peer info: {reason}", "vpn", "", ""},
	{"{addr} Connection reset, restarting", "vpn", failure, "connection reset"},
	{"{addr} SIGUSR1[{reason}] received, client-instance restarting", "vpn", failure, ""},
	{"TLS Error: {reason} from {addr}", "vpn", failure, ""},
}

func openvpn(b *event.Batch, _ *header, m []byte) bool {
	if !vpn(b, openvpnShapes[:], "openvpn", m) {
		(&class{"vpn.log", "openvpn", "", "", netw, [3]string{"info"}}).set(b)
		peer, _ := word(m)
		if user, addr, ok := cut(peer, "/"); ok && addressIn(addr) != nil { // alice/192.0.2.7:51234 whatever
			b.Set(event.UserName, user)
			peer = addr
		}
		if addressIn(peer) != nil {
			setHostPort(b, &src, peer)
		}
	}
	return true
}

// openvpnFile reads the lines of OpenVPN's own log file, behind their time.
func openvpnFile(b *event.Batch, _ *header, m []byte) bool {
	if peer, _ := word(m); !digit(m[0]) && index(peer, "/") < 0 {
		return false
	}
	if peer, rest := word(m); index(peer, ":") < 0 || !hasPrefix(rest, " TLS") && !hasPrefix(rest, " AUTH") && !hasPrefix(rest, " OpenSSL") && !hasPrefix(rest, " [") && !hasPrefix(rest, " VERIFY") && !hasPrefix(rest, " SENT") {
		return false
	}
	return vpn(b, openvpnShapes[:], "openvpn", m)
}

// strongSwan names connection and user in lines of their own; those that say who came are read.
var charonShapes = [...]vpnShape{
	{"authentication of '{user}' with {x} successful", login, success, ""},
	{"EAP method {x} failed for peer {user}", login, failure, "verification failed"},
	{"EAP-MS-CHAPv2 verification failed, {reason}", login, failure, ""},
	{"no EAP key found for hosts {x} - '{user}'", login, failure, "invalid user"},
	{"XAuth authentication of '{user}' successful", login, success, ""},
	{"XAuth authentication of '{user}' failed", login, failure, "verification failed"},
	{"no shared key found for {x} - '{user}'", login, failure, "invalid user"},
	{"{addr} is initiating a{x} IKE_SA", "vpn", "", ""},
	{"{addr} is initiating an IKE_SA", "vpn", "", ""},
	{"deleting half open IKE_SA with {addr} after timeout", "vpn", failure, "timeout before authentication"},
	{"IKE_SA {x} established between {daddr}[{x}]...{addr}[{user}]", vpnConnected, success, ""},
	{"deleting IKE_SA {x} between {daddr}[{x}]...{addr}[{user}]", vpnDisconnected, "", ""},
	{"assigning virtual IP {gaddr} to peer '{user}'", "vpn-address", success, ""},
	{"lease {gaddr} by '{user}' went offline", "vpn-address", "", "released"},
	{"received NO_PROPOSAL_CHOSEN notify error", "vpn", failure, "no proposal chosen"},
	{"received NO_PROPOSAL_CHOSEN error notify", "vpn", failure, "no proposal chosen"},
	{"no matching peer config found", "vpn", failure, "no matching configuration"},
	{"no IKE config found for {daddr}...{addr}, sending", "vpn", failure, "no matching configuration"},
	{"no matching proposal found, sending NO_PROPOSAL_CHOSEN to {addr}[", "vpn", failure, "no proposal chosen"},
	{"no matching proposal found, sending NO_PROPOSAL_CHOSEN", "vpn", failure, "no proposal chosen"},
	{"tried {x} shared key{x} for '{x}' - '{ip}', but MAC mismatched", login, failure, "verification failed"},
	{"received packet: from {iked} to {ikedst} (", "vpn", "", ""},
	{"sending packet: from {iked} to {ikedst} (", "vpn", "", ""},
	{"tried {x} shared key{x} for {x} - '{user}', but MAC mismatched", login, failure, "verification failed"},
	{"certificate was revoked on {reason}", login, failure, ""},
	{"subject certificate invalid ({reason})", login, failure, ""},
	{"constraint check failed: {reason}", login, failure, ""},
	{"no trusted {x} public key found for '{user}'", login, failure, "no trusted key"},
	{"peer didn't accept {reason}", "vpn", failure, ""},
	{"giving up after {x} retransmits", "vpn", failure, "no answer"},
	{"CHILD_SA {x} established with SPIs {x} and TS {x}", "vpn", success, ""},
	{"received DELETE for IKE_SA {x}", vpnDisconnected, "", ""},
	{"received AUTHENTICATION_FAILED notify error", login, failure, "verification failed"},
}

// charon reads "06[IKE] <connection|83> text".
func charon(b *event.Batch, _ *header, m []byte) bool {
	if thread, rest, ok := cut(m, "] "); ok && len(thread) < 10 && index(thread, "[") > 0 {
		m = rest
	}
	if conn, rest, ok := cut(m, "> "); ok && len(conn) > 1 && conn[0] == '<' {
		b.Label([]byte("strongswan.connection"), conn[1:])
		m = rest
	}
	if !vpn(b, charonShapes[:], "strongswan", m) {
		(&class{"strongswan.log", "strongswan", "", "", netw, [3]string{"info"}}).set(b)
	}
	return true
}

// wireguardShapes are what the kernel module says with dynamic debug on.
var wireguardShapes = [...]vpnShape{
	{"{iif}: Receiving handshake initiation from peer {x} ({addr})", vpnConnected, "", ""},
	{"{iif}: Invalid handshake initiation from {addr}", "vpn", failure, "invalid handshake"},
	{"{iif}: Receiving handshake response from peer {x} ({addr})", vpnConnected, success, ""},
	{"{iif}: Packet has unallowed src IP ({reason}) from peer {x} ({addr})", "vpn", failure, ""},
	{"{iif}: Packet has incorrect size from {addr}", "vpn", failure, "incorrect size"},
	{"{iif}: Packet has invalid nonce {x} from peer {x} ({addr})", "vpn", failure, "invalid nonce"},
	{"{iif}: Could not decrypt packet from peer {x} ({addr})", "vpn", failure, "not decrypted"},
	{"{iif}: Handshake for peer {x} ({addr}) did not complete after {reason}, ", "vpn", failure, "timeout"},
	{"{iif}: Invalid MAC of handshake, dropping packet from {addr}", "vpn", failure, "invalid MAC"},
}

func vpn(b *event.Batch, shapes []vpnShape, module string, m []byte) bool {
	var found captures
	for i := range shapes {
		s := &shapes[i]
		found.n = 0
		if !found.match(s.pattern, m) {
			continue
		}
		c := class{"vpn.log", module, s.action, s.outcome, netw, [3]string{"info"}}
		switch s.action {
		case login:
			c.category, c.types[0] = authn, "start"
		case vpnConnected:
			c.category, c.types[0] = "session", "start"
		case vpnDisconnected:
			c.category, c.types[0] = "session", "end"
		}
		c.set(b)
		b.SetString(event.ObserverType, "vpn")
		b.SetString(event.EventReason, s.reason)
		found.set(b)
		return true
	}
	return false
}
