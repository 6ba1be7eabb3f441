package parse

import "watchpost/internal/event"

// asaByID has the shapes by the id of their message.
var asaByID = func() map[string]*shape {
	by := make(map[string]*shape, len(asaShapes)+len(asaShapesMore))
	for _, table := range [...][]shape{asaShapes[:], asaShapesMore[:]} {
		for i := range table {
			by[table[i].id] = &table[i]
		}
	}
	return by
}()

// asa reads the text of ASA and FTD message id.
func asa(b *event.Batch, id, text []byte) {
	s := asaByID[string(id)]
	switch {
	case s != nil:
		s.read(b, text)
		if s.id == "302020" {
			swapInbound(b, text)
		}
	case hasPrefix(id, "713"), hasPrefix(id, "715"), hasPrefix(id, "722"), hasPrefix(id, "716"), hasPrefix(id, "750"), hasPrefix(id, "751"):
		asaVPN.read(b, text)
	case hasPrefix(id, "737"):
		asaPool.read(b, text)
	case hasPrefix(id, "717"):
		asaCertificate.read(b, text)
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
	if hasPrefix(id, "3020") || hasPrefix(id, "3023") || hasPrefix(id, "3050") {
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
	vpnStart = "Group {group} User {user} IP {src} " // the values stand in angle brackets, or not
)

var (
	asaVPN = shape{"", "vpn", "", netw, "info", []string{"Group = {group}, Username = {user}, IP = {src}, {reason}",
		"Group = {group}, IP = {src}, {reason}", "Group = {group}, {reason}", "IP = {src}, {reason}", "Group {group} User IP {src} {reason}", vpnStart + "{reason}", "TunnelGroup <{group}> GroupPolicy <{x}> User <{user}> IP <{src}> {reason}", ikeEnds + "{reason}"}}
	asaPool        = shape{"", "vpn-address", "", "session", "info", []string{"{x}, {reason} for tunnel-group {group}", "IPAA: {reason} for tunnel-group {group}", "{x}, {reason}", "IPAA: {reason}"}}
	asaCertificate = shape{"", "certificate", "", authn, "info", []string{"{reason}"}}
	asaIPS         = shape{"", "intrusion", "", "intrusion_detection", "info", []string{"IPS:{rule} from {src} to {dst} on interface {iif}"}}
	asaBotnet      = shape{"", fw, "", netw, "", []string{
		"Dynamic {x}ilter {verdict} {x}d {proto} traffic from {src} ({srcnat}) to {dst} ({dstnat}){x} destination {x} resolved from {x} list: {ddom}",
		"Dynamic {x}ilter {verdict} {x}d {proto} traffic from {src} ({srcnat}) to {dst} ({dstnat}){x} source {x} resolved from {x} list: {sdom}",
		"Dynamic {x}ilter {verdict} {x}d {proto} traffic from {src} ({srcnat}) to {dst} ({dstnat})"}}
)
