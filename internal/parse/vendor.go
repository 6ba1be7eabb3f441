package parse

import "watchpost/internal/event"

// vendorTime reads the time out of bodies whose senders leave it out of the header: Sophos and SonicWall pairs, PAN-OS
// and other lists. It reports whether the body is of such a kind; only PAN-OS' fields are read.
func vendorTime(p *Parser, b *event.Batch, h *header, m []byte) bool {
	switch {
	case hasPrefix(m, "device=\"") || hasPrefix(m, "device_name=\""): // Sophos
		(&class{dataset: "sophos.xg", module: "sophos"}).set(b)
		b.SetString(event.ObserverVendor, "Sophos")
		var f forti
		for r := (pairs{m}); ; {
			key, v, ok := r.next()
			if !ok {
				break
			}
			switch string(key) {
			case "date":
				f.date = v
			case "time":
				f.clock = v
			case "timestamp": // newer: one ISO stamp
				f.eventtime = v
			case "timezone":
				f.tz = v
			}
		}
		if h.stamp.has {
			return true
		}
		if n := readStamp(f.eventtime, &h.stamp); n > 0 && n == len(f.eventtime) {
			return true
		}
		h.stamp = civil{}
		zone := f.tz
		f.tz = nil
		f.stamp(&h.stamp)
		if off, ok := zoneByName(zone); ok && h.stamp.has {
			h.stamp.offset, h.stamp.hasZone = off, true
		}
		return true
	case hasPrefix(m, "id=") && index(m, " sn=") > 0: // SonicWall
		(&class{dataset: "sonicwall.firewall", module: "sonicwall"}).set(b)
		b.SetString(event.ObserverVendor, "SonicWall")
		for r := (pairs{m}); !h.stamp.has; {
			key, v, ok := r.next()
			if !ok {
				break
			}
			if string(key) != "time" {
				continue
			}
			n := readStamp(v, &h.stamp)
			if rest := v[n:]; n > 0 && len(rest) > 1 && rest[0] == ' ' && !h.stamp.hasZone {
				if off, ok := zoneByName(rest[1:]); ok {
					h.stamp.offset, h.stamp.hasZone = off, true
				}
			}
			break
		}
		return true
	}
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
