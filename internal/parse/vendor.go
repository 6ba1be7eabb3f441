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

// panosLine reads PAN-OS: 1,2024/01/05 12:00:00,serial,TRAFFIC,…
func panosLine(p *Parser, b *event.Batch, h *header, m []byte) bool {
	first, rest, _ := cut(m, ",")
	if len(first) >= 256 || !digits(lastWord(first)) {
		return false
	}
	var c civil
	n := readISO(rest, &c)
	if n == 0 || n >= len(rest) || rest[n] != ',' || len(lastWord(first)) > 2 && !panosKind(rest[n+1:]) {
		return false
	}
	(&class{dataset: "panw.panos", module: "panw"}).set(b)
	b.SetString(event.ObserverVendor, "Palo Alto Networks")
	panos(p, b, h, m, &c)
	return true
}

// mariadbFile reads the file of MariaDB's server_audit.
func mariadbFile(b *event.Batch, h *header, m []byte) bool {
	return len(m) > 24 && m[17] == ',' && m[8] == ' ' && mariadbAudit(b, h, m)
}

// ironPortFile reads the files of Cisco's mail and web gateways.
func ironPortFile(p *Parser, b *event.Batch, h *header, m []byte) bool {
	return len(h.app) == 0 && len(m) > 40 && (m[3] == ' ' || m[2] == ' ') && ironPort(p, b, h, m)
}
