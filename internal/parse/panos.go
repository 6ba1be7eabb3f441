package parse

import "watchpost/internal/event"

// panosColumn says which field of a row the n-th column (from 0) of a PAN-OS list holds.
type panosColumn struct {
	n int
	f event.Field
}

// The columns as PAN-OS 10 and later document them; those of the types that are not here are not read.
var (
	panosTraffic = []panosColumn{{7, event.SourceIP}, {8, event.DestinationIP}, {9, event.SourceNATIP}, {10, event.DestinationNATIP}, {11, event.RuleName},
		{12, event.SourceUserName}, {13, event.DestinationUserName}, {14, event.NetworkApplication}, {16, event.ObserverIngressZone}, {17, event.ObserverEgressZone},
		{18, event.ObserverIngressInterfaceName}, {19, event.ObserverEgressInterfaceName}, {24, event.SourcePort}, {25, event.DestinationPort}, {29, event.NetworkTransport}, {30, event.EventAction}}
	panosFlow   = []panosColumn{{31, event.NetworkBytes}, {32, event.SourceBytes}, {33, event.DestinationBytes}, {34, event.NetworkPackets}}
	panosSystem = []panosColumn{{8, event.EventCode}, {14, event.Message}}
	panosConfig = []panosColumn{{7, event.SourceIP}, {9, event.ProcessCommandLine}, {10, event.UserName}}
	panosVPN    = []panosColumn{{8, event.EventCode}, {12, event.UserName}, {15, event.SourceIP}}
)

const panosMax = 40

// panos reads the columns of TRAFFIC, THREAT, SYSTEM, CONFIG and GLOBALPROTECT; vendorTime has seen that m is such a list.
func panos(b *event.Batch, h *header, m []byte) {
	c := columns{m}
	var v [panosMax][]byte
	c.take(v[:])
	b.Set(event.ObserverName, h.host)
	b.SetString(event.ObserverType, "firewall")
	b.Set(event.ObserverSerialNumber, v[2])
	b.Label([]byte("panos.type"), v[3])
	b.Label([]byte("panos.subtype"), v[4])
	switch string(v[3]) {
	case "TRAFFIC":
		b.AddString(event.EventCategory, netw)
		b.AddString(event.EventType, "connection")
		panosSet(b, &v, panosTraffic)
		panosSet(b, &v, panosFlow)
		panosVerdict(b, v[30])
	case "THREAT":
		b.AddString(event.EventCategory, "intrusion_detection")
		panosSet(b, &v, panosTraffic)
		panosVerdict(b, v[30])
		threat, id, ok := cutLast(v[32], "(")
		if ok && hasSuffix(id, ")") {
			b.Unset(event.RuleName)
			b.Set(event.RuleName, threat)
			b.Set(event.RuleID, id[:len(id)-1])
		}
		b.Set(event.RuleCategory, v[4])
		b.Label([]byte("threat.severity"), v[34])
		if string(v[4]) == "url" {
			b.Set(event.URLOriginal, v[31])
			b.Unset(event.EventCategory)
			b.AddString(event.EventCategory, "web")
		}
	case "SYSTEM":
		b.AddString(event.EventCategory, "host")
		b.Unset(event.Message)
		panosSet(b, &v, panosSystem)
		panosLogin(b, v[8], v[14])
	case "CONFIG":
		b.AddString(event.EventCategory, "configuration")
		b.AddString(event.EventType, "change")
		b.SetString(event.EventAction, "configuration")
		panosSet(b, &v, panosConfig)
	case "GLOBALPROTECT":
		b.AddString(event.EventCategory, "session")
		b.SetString(event.EventAction, "vpn")
		panosSet(b, &v, panosVPN)
		switch string(v[8]) {
		case "gateway-auth", "portal-auth":
			b.Unset(event.EventAction)
			b.Unset(event.EventCategory)
			b.SetString(event.EventAction, login)
			b.AddString(event.EventCategory, authn)
			for _, x := range v[16:] {
				if s := string(x); s == success || s == failure {
					b.Set(event.EventOutcome, x)
				}
			}
		}
	}
}

func panosSet(b *event.Batch, v *[panosMax][]byte, columns []panosColumn) {
	for _, c := range columns {
		x := v[c.n]
		if len(x) == 0 {
			continue
		}
		switch in := c.f.Info(); {
		case in.Kind == event.Int:
			setNum(b, c.f, x)
		case in.Type == "ip":
			if isIP(x) && string(x) != "0.0.0.0" {
				b.Set(c.f, x)
			}
		default:
			b.Set(c.f, x)
		}
	}
}

func panosVerdict(b *event.Batch, action []byte) {
	switch string(action) {
	case "allow", "alert":
		b.AddString(event.EventType, "allowed")
	default:
		b.AddString(event.EventType, "denied")
	}
}

// panosLogin reads what the device says of log-ins to itself: "failed authentication for user 'bob'. … From: 192.0.2.7."
func panosLogin(b *event.Batch, id, text []byte) {
	var found captures
	outcome := ""
	switch string(id) {
	case "auth-success":
		outcome = success
		_ = found.match("authenticated for user '{user}'.{x}rom: {addr}", text)
	case "auth-fail":
		outcome = failure
		_ = found.match("failed authentication for user '{user}'.{x}rom: {addr}", text)
	default:
		return
	}
	b.Unset(event.EventCategory)
	b.AddString(event.EventCategory, authn)
	b.SetString(event.EventAction, login)
	b.SetString(event.EventOutcome, outcome)
	found.set(b)
}
