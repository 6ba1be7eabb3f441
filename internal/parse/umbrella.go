package parse

import "watchpost/internal/event"

// umbrella reads the DNS log of Cisco Umbrella, columns in quotes:
//
//	"2026-11-23 18:14:15","laptop1","laptop1,Roaming","192.0.2.5","203.0.113.5","Blocked","1 (A)","NOERROR","bad.example.org.","Malware",…
func umbrella(b *event.Batch, h *header, m []byte) bool {
	if len(m) < 40 || m[0] != '"' || m[21-1] != '"' {
		return false
	}
	r := columns{m}
	var v [10][]byte // time, identity, identities, inside, outside, action, type, code, name, categories
	r.take(v[:])
	var c civil
	n := readISO(v[0], &c)
	code, kind, ok := cut(v[6], " (")
	if n == 0 || n != len(v[0]) || !ok || !digits(code) || !hasSuffix(kind, ")") || !isIP(v[4]) {
		return false
	}
	k := class{"cisco.umbrella", "cisco", "dns_query", success, netw, [3]string{"info", "allowed"}}
	if foldEqual(v[5], "BLOCKED") {
		k.action, k.outcome, k.types[1] = "dns_blocked", failure, "denied"
	}
	k.set(b)
	if !h.stamp.has {
		h.stamp = c
		h.stamp.hasZone, h.stamp.offset = true, 0 // always UTC
	}
	b.SetString(event.ObserverVendor, "Cisco")
	b.SetString(event.ObserverProduct, "Umbrella")
	b.SetString(event.ObserverType, "dns")
	b.SetString(event.NetworkProtocol, "dns")
	if isIP(v[3]) {
		setAddr(b, &src, v[3])
		b.Set(event.SourceNATIP, v[4])
	} else {
		setAddr(b, &src, v[4])
	}
	b.Label([]byte("umbrella.identity"), v[1])
	b.Set(event.DNSQuestionType, kind[:len(kind)-1])
	b.Set(event.DNSResponseCode, v[7])
	setName(b, v[8])
	b.Set(event.RuleCategory, v[9])
	return true
}
