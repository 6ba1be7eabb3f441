package parse

import "watchpost/internal/event"

// devices reads what firewalls and their like send, told by its first characters or by the structured data of its header.
func devices(p *Parser, b *event.Batch, h *header, m []byte) bool {
	return sophos(p, b, h, m) || utm(p, b, h, m) || sonicwall(p, b, h, m) || junos(p, b, h, m)
}

// vendorTime reads lists that begin with a time of their own, and the formats that many vendors share.
func vendorTime(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if first, rest, ok := cut(m, ","); ok && digits(lastWord(first)) && len(lastWord(first)) <= 2 && len(first) < 256 { // PAN-OS: 1,2024/01/05 12:00:00,serial,TRAFFIC,…
		var c civil
		if n := readISO(rest, &c); n > 0 && n < len(rest) && rest[n] == ',' {
			(&class{dataset: "panw.panos", module: "panw"}).set(b)
			b.SetString(event.ObserverVendor, "Palo Alto Networks")
			panos(p, b, h, m)
			if !h.stamp.has {
				h.stamp = c
			}
			return true
		}
	}
	if tag, ok := after(m, "CEF:"); ok && len(tag) > 0 && digit(tag[0]) {
		(&class{dataset: "cef.log", module: "cef"}).set(b)
		return true
	}
	if tag, ok := after(m, "LEEF:"); ok && len(tag) > 0 && digit(tag[0]) {
		(&class{dataset: "leef.log", module: "leef"}).set(b)
		return true
	}
	return false
}
