package parse

import "watchpost/internal/event"

// asa reads the text of ASA and FTD message id.
func asa(b *event.Batch, id, text []byte) {
	lo, hi := 0, len(asaShapes)
	for lo < hi {
		mid := (lo + hi) / 2
		if asaShapes[mid].id < view(id) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	switch {
	case lo < len(asaShapes) && asaShapes[lo].id == view(id):
		s := &asaShapes[lo]
		s.read(b, text)
		if s.id == "302020" {
			swapInbound(b, text)
		}
	case hasPrefix(id, "713"), hasPrefix(id, "715"), hasPrefix(id, "722"), hasPrefix(id, "716"), hasPrefix(id, "750"), hasPrefix(id, "751"):
		asaVPN.read(b, text)
	case hasPrefix(id, "4000"):
		asaIPS.read(b, text)
	case hasPrefix(id, "338"):
		asaBotnet.read(b, text)
	}
	setConnection(b, id)
}

// swapInbound: of a ping from outside the far side is the source.
func swapInbound(b *event.Batch, text []byte) {
	if !hasPrefix(text, "Built inbound") {
		return
	}
	e := event.Event{Batch: b, Row: b.Rows()}
	for _, f := range [...][2]event.Field{{event.SourceIP, event.DestinationIP}, {event.SourceAddress, event.DestinationAddress},
		{event.SourceDomain, event.DestinationDomain}, {event.SourceNATIP, event.DestinationNATIP}, {event.SourceUserName, event.DestinationUserName}} {
		x, y := e.Str(f[0]), e.Str(f[1])
		b.Unset(f[0])
		b.Unset(f[1])
		b.SetString(f[0], y)
		b.SetString(f[1], x)
	}
}

// setConnection gives flows the second ECS type that goes with their first.
func setConnection(b *event.Batch, id []byte) {
	if hasPrefix(id, "3020") || hasPrefix(id, "3050") {
		b.AddString(event.EventType, "connection")
	}
}

const (
	fw       = "firewall-rule"
	flowNew  = "flow-creation"
	flowEnd  = "flow-expiration"
	netw     = "network"
	authn    = "authentication"
	failure  = "failure"
	success  = "success"
	ikeEnds  = "Local:{daddr} Remote:{addr} Username:{knownuser} "
	vpnStart = "Group <{group}> User <{user}> IP <{src}> "
)

var (
	asaVPN = shape{"", "vpn", "", netw, "info", []string{"Group = {group}, Username = {user}, IP = {src}, {reason}",
		"Group = {group}, IP = {src}, {reason}", "IP = {src}, {reason}", vpnStart + "{reason}", "TunnelGroup <{group}> GroupPolicy <{x}> User <{user}> IP <{src}> {reason}", ikeEnds + "{reason}"}}
	asaIPS    = shape{"", "intrusion", "", "intrusion_detection", "info", []string{"IPS:{rule} from {src} to {dst} on interface {iif}"}}
	asaBotnet = shape{"", fw, "", netw, "", []string{
		"Dynamic {x}ilter {verdict} {x} {proto} traffic from {src} ({srcnat}) to {dst} ({dstnat}), destination {x} resolved from {x} list: {ddom}, ",
		"Dynamic {x}ilter {verdict} {x} {proto} traffic from {src} ({srcnat}) to {dst} ({dstnat}), "}}
)

// asaShapes are sorted by id.
var asaShapes = [...]shape{
	{"106001", fw, failure, netw, "denied", []string{"Inbound {proto} connection denied from {src} to {dst} flags {x} on interface {iif}"}},
	{"106002", fw, failure, netw, "denied", []string{"{proto} Connection denied by outbound list {rule} src {src} dest {dst}"}},
	{"106006", fw, failure, netw, "denied", []string{"Deny inbound {proto} from {src} to {dst} on interface {iif}"}},
	{"106007", fw, failure, netw, "denied", []string{"Deny inbound {proto} from {src} to {dst} due to {reason}"}},
	{"106010", fw, failure, netw, "denied", []string{"Deny inbound {proto} src {src} dst {dst}"}},
	{"106011", fw, failure, netw, "denied", []string{"Deny inbound (No xlate) {proto} src {src} dst {dst}"}},
	{"106012", fw, failure, netw, "denied", []string{"Deny IP from {src} to {dst}, {reason}"}},
	{"106013", fw, failure, netw, "denied", []string{"Dropping echo request from {src} to PAT address {dst}"}},
	{"106014", fw, failure, netw, "denied", []string{"Deny inbound {proto} src {src} dst {dst}"}},
	{"106015", fw, failure, netw, "denied", []string{"Deny {proto} (no connection) from {src} to {dst} flags {x} on interface {iif}"}},
	{"106016", fw, failure, netw, "denied", []string{"Deny IP spoof from ({src}) to {dst} on interface {iif}"}},
	{"106017", fw, failure, netw, "denied", []string{"Deny IP due to Land Attack from {src} to {dst}"}},
	{"106018", fw, failure, netw, "denied", []string{"ICMP packet type {x} denied by outbound list {rule} src {src} dest {dst}"}},
	{"106020", fw, failure, netw, "denied", []string{"Deny IP teardrop fragment ({x}) from {src} to {dst}"}},
	{"106021", fw, failure, netw, "denied", []string{"Deny {proto} reverse path check from {src} to {dst} on interface {iif}"}},
	{"106022", fw, failure, netw, "denied", []string{"Deny {proto} connection spoof from {src} to {dst} on interface {iif}"}},
	{"106023", fw, failure, netw, "denied", []string{"Deny {proto} src {src} dst {dst} by access-group {rule} [", "Deny {proto} src {src} dst {dst} by access-group {rule}"}},
	{"106027", fw, failure, netw, "denied", []string{"Deny src {src} dst {dst} by access-group {rule}"}},
	{"106100", fw, "", netw, "", []string{"access-list {rule} {verdict} {proto} {psrc} -> {pdst} hit-cnt "}},
	{"106102", fw, "", netw, "", []string{"access-list {rule} {verdict} {proto} for user {user} {psrc} -> {pdst} hit-cnt "}},
	{"106103", fw, "", netw, "", []string{"access-list {rule} {verdict} {proto} for user {user} {psrc} -> {pdst} hit-cnt "}},
	{"109005", "login", success, authn, "start", []string{"Authentication succeeded for user {user} from {src} to {dst} on interface {iif}"}},
	{"109006", "login", failure, authn, "start", []string{"Authentication failed for user {user} from {src} to {dst} on interface {iif}"}},
	{"110002", fw, failure, netw, "error", []string{"Failed to locate egress interface for {proto} from {src} to {dst}"}},
	{"110003", fw, failure, netw, "error", []string{"Routing failed to locate next hop for {proto} from {src} to {dst}"}},
	{"111007", "configuration", "", "configuration", "change", []string{"Begin configuration: {src} reading from "}},
	{"111008", "command", success, "configuration", "change", []string{"User '{user}' executed the '{cmd}' command"}},
	{"111009", "command", success, "configuration", "info", []string{"User '{user}' executed cmd: {cmd}"}},
	{"111010", "command", success, "configuration", "change", []string{"User '{user}', running '{x}' from IP {src}, executed '{cmd}'"}},
	{"113004", "login", success, authn, "start", []string{"AAA user {x} Successful : server = {daddr} : user = {user}"}},
	{"113005", "login", failure, authn, "start", []string{"AAA user {x} Rejected : reason = {reason} : server = {daddr} : user = {user} : user IP = {src}", "AAA user {x} Rejected : reason = {reason} : server = {daddr} : user = {user}"}},
	{"113006", "user-locked", failure, authn, "denied", []string{"User {user} locked out on exceeding {reason}"}},
	{"113008", "login", success, authn, "start", []string{"AAA transaction status ACCEPT : user = {user}"}},
	{"113012", "login", success, authn, "start", []string{"AAA user authentication Successful : local database : user = {user}"}},
	{"113013", "login", failure, authn, "start", []string{"AAA unable to complete the request Error : reason = {reason} : user = {user}"}},
	{"113015", "login", failure, authn, "start", []string{"AAA user authentication Rejected : reason = {reason} : local database : user = {user} : user IP = {src}", "AAA user authentication Rejected : reason = {reason} : local database : user = {user}"}},
	{"113019", "vpn-disconnected", success, "session", "end", []string{"Group = {group}, Username = {user}, IP = {src}, Session disconnected. Session Type: {x}, Duration: {dur}, Bytes xmt: {dbytes}, Bytes rcv: {sbytes}, Reason: {reason}"}},
	{"113039", "vpn-connected", success, "session", "start", []string{vpnStart + "{reason}"}},
	{"302013", flowNew, success, netw, "start", []string{"Built {dir} {proto} connection {x} for {src} ({srcnat}) to {dst} ({dstnat})"}},
	{"302014", flowEnd, success, netw, "end", []string{"Teardown {proto} connection {x} for {src} to {dst} duration {dur} bytes {bytes} {reason}", "Teardown {proto} connection {x} for {src} to {dst} duration {dur} bytes {bytes}"}},
	{"302015", flowNew, success, netw, "start", []string{"Built {dir} {proto} connection {x} for {src} ({srcnat}) to {dst} ({dstnat})"}},
	{"302016", flowEnd, success, netw, "end", []string{"Teardown {proto} connection {x} for {src} to {dst} duration {dur} bytes {bytes}"}},
	{"302017", flowNew, success, netw, "start", []string{"Built {dir} {proto} connection {x} from {src} ({srcnat}) to {dst} ({dstnat})"}},
	{"302018", flowEnd, success, netw, "end", []string{"Teardown {proto} connection {x} from {src} to {dst} duration {dur} bytes {bytes}"}},
	{"302020", flowNew, success, netw, "start", []string{"Built {icmpdir} {proto} connection for faddr {faddr} gaddr {gaddr} laddr {laddr}"}},
	{"302021", flowEnd, success, netw, "end", []string{"Teardown {proto} connection for faddr {faddr} gaddr {gaddr} laddr {laddr}"}},
	{"303002", "ftp", success, netw, "info", []string{"FTP connection from {src} to {dst}, user {user} {x} file {url}"}},
	{"304001", "url-access", success, netw, "allowed", []string{"{src} Accessed URL {dst}:{urlfull}", "{src} Accessed {x} {dst}:{urlfull}"}},
	{"304002", "url-access", failure, netw, "denied", []string{"Access denied URL {url} SRC {src} DEST {dst} on interface {iif}", "Access denied URL {url} SRC {src} DEST {dst}"}},
	{"305006", "nat", failure, netw, "error", []string{"{x} translation creation failed for {proto} src {src} dst {dst}"}},
	{"305009", "nat", success, netw, "start", []string{"Built {x} translation from {src} to {srcnat}"}},
	{"305010", "nat", success, netw, "end", []string{"Teardown {x} translation from {src} to {srcnat} duration {dur}"}},
	{"305011", "nat", success, netw, "start", []string{"Built {x} {proto} translation from {src} to {srcnat}"}},
	{"305012", "nat", success, netw, "end", []string{"Teardown {x} {proto} translation from {src} to {srcnat} duration {dur}"}},
	{"305013", "nat", failure, netw, "denied", []string{"Asymmetric NAT rules matched for forward and reverse flows; Connection for {proto} src {src} dst {dst} denied due to {reason}"}},
	{"308001", "login", failure, authn, "start", []string{"{x} enable password incorrect for {x} (from {src})"}},
	{"313001", fw, failure, netw, "denied", []string{"Denied {proto} type={x}, code={x} from {src} on interface {iif}"}},
	{"313004", fw, failure, netw, "denied", []string{"Denied {proto} type={x}, from laddr {src} on interface {iif} to {dst}: {reason}"}},
	{"313005", fw, failure, netw, "denied", []string{"No matching connection for ICMP error message: {proto} src {src} dst {dst} (type"}},
	{"313008", fw, failure, netw, "denied", []string{"Denied {proto} type={x}, code={x} from {src} on interface {iif}"}},
	{"313009", fw, failure, netw, "denied", []string{"Denied invalid {proto} code {x}, for {src} ({srcnat}) to {dst} ({dstnat})"}},
	{"315011", "logout", "", "session", "end", []string{"SSH session from {src} on interface {iif} for user {user} {x}, reason: {reason}", "SSH session from {src} on interface {iif} for user {user} "}},
	{"322001", fw, failure, netw, "denied", []string{"Deny MAC address {mac}, {reason} on interface {iif}"}},
	{"402114", "vpn", failure, netw, "denied", []string{"IPSEC: Received an {proto} packet (SPI={x}) from {src} to {dst} {reason}"}},
	{"402115", "vpn", failure, netw, "denied", []string{"IPSEC: Received a packet from {src} to {dst} {reason}"}},
	{"402116", "vpn", failure, netw, "denied", []string{"IPSEC: Received an {proto} packet (SPI={x}) from {src} (user={x}) to {dst}. {reason}", "IPSEC: Received an {proto} packet (SPI={x}) from {src} to {dst}. {reason}"}},
	{"402117", "vpn", failure, netw, "denied", []string{"IPSEC: Received a non-IPSec packet (protocol={x}) from {src} to {dst}"}},
	{"402119", "vpn", failure, netw, "denied", []string{"IPSEC: Received an {proto} packet (SPI={x}) from {src} (user={x}) to {dst} that failed {reason}"}},
	{"405001", "arp", failure, netw, "info", []string{"Received ARP {x} collision from {addr}/{mac} on interface {iif} "}},
	{"406001", fw, failure, netw, "denied", []string{"FTP port command low port: {src} to {dst} on interface {iif}"}},
	{"406002", fw, failure, netw, "denied", []string{"FTP port command different address: {addr}({x}) to {dst} on interface {iif}"}},
	{"407001", fw, failure, netw, "denied", []string{"Deny traffic for local-host {src}, {reason}"}},
	{"410001", fw, failure, netw, "denied", []string{"Dropped {proto} DNS {x} from {src} to {dst}; {reason}"}},
	{"411001", "interface", "", netw, "change", []string{"Line protocol on Interface {iif}, changed state to {reason}", "Line protocol on interface {iif} changed state to {reason}"}},
	{"411002", "interface", "", netw, "change", []string{"Line protocol on Interface {iif}, changed state to {reason}", "Line protocol on interface {iif} changed state to {reason}"}},
	{"418001", fw, failure, netw, "denied", []string{"Through-the-device packet to/from management-only network is denied: {proto} src {src} dst {dst}"}},
	{"419001", fw, failure, netw, "denied", []string{"Dropping {proto} packet from {src} to {dst}, reason: {reason}"}},
	{"419002", fw, "", netw, "info", []string{"Duplicate {proto} SYN from {src} to {dst} with"}},
	{"420002", "intrusion", failure, netw, "denied", []string{"IPS requested to drop {proto} packet from {src} to {dst}"}},
	{"420003", "intrusion", failure, netw, "denied", []string{"IPS requested to reset {proto} connection from {src} to {dst}"}},
	{"434002", "intrusion", failure, netw, "denied", []string{"SFR requested to drop {proto} packet from {src} to {dst}"}},
	{"434003", "intrusion", failure, netw, "denied", []string{"SFR requested to reset {proto} connection from {src} to {dst}"}},
	{"434004", fw, "", netw, "info", []string{"SFR requested {x} to bypass further packet redirection and process {proto} flow from {src} to {dst} locally"}},
	{"500003", fw, failure, netw, "denied", []string{"Bad {proto} hdr length ({x}) from {src} to {dst}, flags: {x}, on interface {iif}"}},
	{"500004", fw, failure, netw, "denied", []string{"Invalid transport field for protocol={x}, from {src} to {dst}"}},
	{"502101", "user-added", success, "iam", "creation", []string{"New user added to local dbase: Uname: {target} Priv: "}},
	{"502102", "user-deleted", success, "iam", "deletion", []string{"User deleted from local dbase: Uname: {target} Priv: "}},
	{"502103", "privilege-changed", success, "iam", "change", []string{"User priv level changed: Uname: {user} From: {x} To: {x}"}},
	{"507003", flowEnd, failure, netw, "denied", []string{"{proto} flow from {src} to {dst} terminated by inspection engine, reason - {reason}", "{proto} flow from {src} to {dst} terminated by inspection engine, {reason}"}},
	{"602303", "vpn", success, netw, "start", []string{"IPSEC: An {x} SA (SPI={x}) between {src} and {dst} (user={user}) has been created", "IPSEC: An {x} SA (SPI={x}) between {src} and {dst} "}},
	{"602304", "vpn", success, netw, "end", []string{"IPSEC: An {x} SA (SPI={x}) between {src} and {dst} (user={user}) has been deleted", "IPSEC: An {x} SA (SPI={x}) between {src} and {dst} "}},
	{"605004", "login", failure, authn, "start", []string{"Login denied from {src} to {dst} for user {user}"}},
	{"605005", "login", success, authn, "start", []string{"Login permitted from {src} to {dst} for user {user}"}},
	{"606001", "admin-session", success, "session", "start", []string{"ASDM session number {x} from {src} started"}},
	{"606002", "admin-session", success, "session", "end", []string{"ASDM session number {x} from {src} ended"}},
	{"607001", flowNew, success, netw, "start", []string{"Pre-allocate SIP {x} secondary channel for {src} to {dst} from "}},
	{"609001", "local-host", success, netw, "start", []string{"Built local-host {src}"}},
	{"609002", "local-host", success, netw, "end", []string{"Teardown local-host {src} duration {dur}"}},
	{"611101", "login", success, authn, "start", []string{"User authentication succeeded: IP address: {src}, Uname: {user}", "User authentication succeeded: Uname: {user}"}},
	{"611102", "login", failure, authn, "start", []string{"User authentication failed: IP address: {src}, Uname: {user}", "User authentication failed: Uname: {user}"}},
	{"611103", "logout", success, "session", "end", []string{"User logged out: Uname: {user}"}},
	{"710002", fw, success, netw, "allowed", []string{"{proto} access permitted from {src} to {dst}"}},
	{"710003", fw, failure, netw, "denied", []string{"{proto} access denied by ACL from {src} to {dst}"}},
	{"710005", fw, failure, netw, "denied", []string{"{proto} request discarded from {src} to {dst}"}},
	{"710006", fw, failure, netw, "denied", []string{"{proto} request discarded from {src} to {dst}"}},
	{"713167", "login", failure, authn, "start", []string{"Group = {group}, Username = {user}, IP = {src}, {reason}", "Group = {group}, IP = {src}, {reason}"}},
	{"716001", "vpn-connected", success, "session", "start", []string{vpnStart + "{reason}"}},
	{"716002", "vpn-disconnected", success, "session", "end", []string{vpnStart + "{x}: {reason}", vpnStart + "{reason}"}},
	{"716038", "login", success, authn, "start", []string{vpnStart + "Authentication: {reason}, Session Type: ", vpnStart + "Authentication: {reason}"}},
	{"716039", "login", failure, authn, "start", []string{vpnStart + "Authentication: {reason}, Session Type: ", vpnStart + "Authentication: {reason}"}},
	{"722022", "vpn-connected", success, "session", "start", []string{vpnStart + "{reason}"}},
	{"722023", "vpn-disconnected", success, "session", "end", []string{vpnStart + "{reason}"}},
	{"722051", "vpn-address", success, "session", "info", []string{vpnStart + "IPv4 Address <{srcnat}>", vpnStart + "Address <{srcnat}>"}},
	{"725001", "tls-handshake", "", netw, "start", []string{"Starting SSL handshake with {x} {src} to {dst} for {x} session"}},
	{"725002", "tls-handshake", success, netw, "info", []string{"Device completed SSL handshake with {x} {src} to {dst} for {x} session"}},
	{"725003", "tls-handshake", success, netw, "info", []string{"SSL {x} {src} to {dst} request to resume"}},
	{"725006", "tls-handshake", failure, netw, "error", []string{"Device failed SSL handshake with {x} {src} to {dst}"}},
	{"725007", "tls-handshake", success, netw, "end", []string{"SSL session with {x} {src} to {dst} terminated"}},
	{"733100", "threat-detected", "", netw, "info", []string{"[{rule}] {reason}"}},
	{"733101", "threat-detected", "", netw, "info", []string{"{x} {src} is {reason}", "{reason}"}},
	{"733102", "threat-detected", "", netw, "info", []string{"Threat-detection adds host {src} to shun list"}},
	{"734001", "vpn", "", "session", "info", []string{"DAP: User {user}, Addr {addr}, Connection {x}: {reason}"}},
	{"746012", "user-mapped", success, authn, "info", []string{"user-identity: Add IP-User mapping {addr} - {user} Succeeded"}},
	{"746013", "user-unmapped", success, "session", "end", []string{"user-identity: Delete IP-User mapping {addr} - {user} Succeeded"}},
	{"750006", "vpn-connected", success, "session", "start", []string{ikeEnds + "{x} Reason: {reason}", ikeEnds + "{reason}"}},
	{"750007", "vpn-disconnected", success, "session", "end", []string{ikeEnds + "{x} Reason: {reason}", ikeEnds + "{reason}"}},
	{"751002", "login", failure, authn, "start", []string{ikeEnds + "{reason}"}},
	{"751023", "login", failure, authn, "start", []string{ikeEnds + "{reason}"}},
	{"772002", "login", failure, authn, "start", []string{"PASSWORD: {x} login {x}, user {user}, {reason}", "PASSWORD: {x} login {x}, user {user}"}},
	{"772004", "login", failure, authn, "start", []string{"PASSWORD: session login failed, user {user}, IP {addr}, {reason}", "PASSWORD: session login failed, user {user}, IP {addr}"}},
	{"805001", "flow-offload", "", netw, "info", []string{"{proto} Flow is offloaded for connection {x} from {src} ({srcnat}) to {dst} ({dstnat})"}},
	{"805002", "flow-offload", "", netw, "info", []string{"{proto} Flow is no longer offloaded for connection {x} from {src} ({srcnat}) to {dst} ({dstnat})"}},
}
