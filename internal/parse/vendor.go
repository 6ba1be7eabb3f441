package parse

import "watchpost/internal/event"

// devices reads what firewalls and their like send, told by its first characters or by the structured data of its header:
// cheap to refuse, so it comes before the programs.
func devices(p *Parser, b *event.Batch, h *header, m []byte) bool {
	m = skipBlanks(m)
	if len(m) > 0 {
		switch m[0] {
		case 'i': // id=
			if stormshield(p, b, h, m) || utm(p, b, h, m) || sonicwall(p, b, h, m) {
				return true
			}
		case 'd': // device=
			if sophos(p, b, h, m) {
				return true
			}
		}
	}
	if len(h.app) > 6 && h.app[0] == '%' && comware(b, h, m) {
		return true
	}
	return junos(p, b, h, m)
}

// vendorTime reads lists that begin with a time of their own, and the formats that many vendors share.
func vendorTime(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if len(m) > 24 && m[17] == ',' && m[8] == ' ' && mariadbAudit(b, h, m) {
		return true
	}
	if first, rest, ok := cut(m, ","); ok && digits(lastWord(first)) && len(first) < 256 { // PAN-OS: 1,2024/01/05 12:00:00,serial,TRAFFIC,…
		var c civil
		if n := readISO(rest, &c); n > 0 && n < len(rest) && rest[n] == ',' && (len(lastWord(first)) <= 2 || panosKind(rest[n+1:])) {
			(&class{dataset: "panw.panos", module: "panw"}).set(b)
			b.SetString(event.ObserverVendor, "Palo Alto Networks")
			panos(p, b, h, m, &c)
			return true
		}
	}
	return cef(p, b, h, m) || leef(p, b, h, m) || forcepointColumns(p, b, h, m) || len(h.app) == 0 && len(m) > 40 && (m[3] == ' ' || m[2] == ' ') && ironPort(p, b, h, m)
}
