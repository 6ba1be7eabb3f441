package parse

import "watchpost/internal/event"

var ciscoLevels = [8]string{"emergency", "alert", "critical", "error", "warning", "notification", "informational", "debug"}

// cisco reads "%FACILITY-SEVERITY-MNEMONIC: text" of ASA and FTD firewalls, IOS and NX-OS.
func cisco(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if !isMnemonic(m) {
		return false
	}
	code, text, _ := cut(m[1:], ":")
	code, text = trimBlanks(code), skipBlanks(text)
	if hasPrefix(text, "SIP") || hasPrefix(text, "R0/") || hasPrefix(text, "F0/") || hasPrefix(text, "R1/") { // IOS-XE: SIP0: process:
		if unit, rest, ok := cut(text, ": "); ok && len(unit) < 8 {
			if program, said, ok := cut(rest, ": "); ok && len(program) < 32 {
				text = skipBlanks(said)
				if i := index(said, "%"); i >= 0 && hasPrefix(code, "IOSXE-") && isMnemonic(said[i:]) { // a message within
					return cisco(p, b, h, said[i:])
				}
			}
		}
	}
	if rest, ok := after(text, "Chassis "); ok { // a stack of IOS-XE: Chassis 1 R0/0: wncd: …
		if unit, rest, ok := cut(rest, ": "); ok && len(unit) < 12 && index(unit, "/") > 0 {
			if program, said, ok := cut(rest, ": "); ok && len(program) < 32 {
				text = skipBlanks(said)
			}
		}
	}
	if rest, ok := after(text, "F0: "); ok { // the forwarding plane's own: F0: fman_fp_image: list …
		if program, said, ok := cut(rest, ": "); ok && len(program) < 32 && index(program, " ") < 0 {
			text = skipBlanks(said)
		}
	}
	facility, rest, _ := cut(code, "-")
	facility, _, _ = cut(facility, "<") // %FTD<Up>-4-…: the state of a cluster's unit
	mnemonic, sev := rest, -1
	for len(mnemonic) > 0 { // %ASA-6-302013, %ASA--6-302013, %ASA-session-3-106102
		part, more, _ := cut(mnemonic, "-")
		mnemonic = more
		if len(part) == 1 && part[0]-'0' < 8 {
			sev = int(part[0] - '0')
			break
		}
	}
	if sev < 0 || len(mnemonic) == 0 {
		return false
	}
	b.SetString(event.EventKind, "event")
	b.SetString(event.EventModule, "cisco")
	b.SetString(event.ObserverVendor, "Cisco")
	b.Set(event.EventCode, mnemonic)
	b.SetInt(event.EventSeverity, int64(sev))
	b.SetString(event.LogLevel, ciscoLevels[sev])
	b.Set(event.ObserverHostname, h.host)
	switch string(facility) {
	case "ASA", "PIX", "FWSM":
		b.SetString(event.EventDataset, "cisco.asa")
		b.SetString(event.ObserverProduct, "asa")
		b.SetString(event.ObserverType, "firewall")
		asa(b, mnemonic, text)
	case "FTD", "NGIPS":
		b.SetString(event.EventDataset, "cisco.ftd")
		b.SetString(event.ObserverProduct, "ftd")
		b.SetString(event.ObserverType, "firewall")
		if hasPrefix(mnemonic, "43000") {
			ftd(p, b, h, text)
		} else {
			asa(b, mnemonic, text)
		}
	default:
		b.SetString(event.EventDataset, "cisco.ios")
		b.SetString(event.ObserverProduct, "ios")
		b.Set(event.EventProvider, facility)
		if isArista(h.app) {
			arista(b)
		}
		ios(b, mnemonic, text)
		if e := (event.Event{Batch: b, Row: b.Rows()}); !e.Present(event.EventType) {
			b.AddString(event.EventCategory, netw)
			b.AddString(event.EventType, "info")
		}
	}
	return true
}

// isArista says whether a program is one of EOS' agents, whose messages look like IOS'.
func isArista(app []byte) bool {
	switch string(app) {
	case "Aaa", "Ebra", "ConfigAgent", "Stp", "Lldp", "Bgp", "Rib", "Ospf", "Acl", "Cli", "SuperServer", "PortSec", "Mlag", "Lag", "ProcMgr", "Fru", "Thermostat", "Dot1x", "Launcher", "EventMon", "Snmp":
		return true
	}
	return false
}

func arista(b *event.Batch) {
	for _, f := range [...]struct {
		f event.Field
		v string
	}{{event.EventDataset, "arista.eos"}, {event.EventModule, "arista"}, {event.ObserverVendor, "Arista"}, {event.ObserverProduct, "eos"}} {
		b.Unset(f.f)
		b.SetString(f.f, f.v)
	}
}
