package parse

import "watchpost/internal/event"

// columns reads values divided by commas; one may stand in double quotes, where "" is a quote.
type columns struct{ s []byte }

func (c *columns) next() []byte {
	s := c.s
	if len(s) > 0 && s[0] == '"' {
		i := 1
		for ; i < len(s); i++ {
			if s[i] == '"' {
				if i+1 < len(s) && s[i+1] == '"' {
					i++
					continue
				}
				break
			}
		}
		v := s[1:min(i, len(s))]
		c.s = s[min(i+1, len(s)):]
		if len(c.s) > 0 && c.s[0] == ',' {
			c.s = c.s[1:]
		}
		return v
	}
	v, rest, _ := cut(s, ",")
	c.s = rest
	return v
}

// take fills to with the first values.
func (c *columns) take(to [][]byte) {
	for i := range to {
		to[i] = c.next()
	}
}

// filterlog reads what pfSense and OPNsense log of pf:
//
//	53,,,1000102631,em0,match,block,in,4,0x0,,64,892,0,none,6,tcp,44,192.0.2.7,198.51.100.1,59576,22,0,S,17536001,,65535,,mss
func filterlog(b *event.Batch, h *header, m []byte) bool {
	r := columns{m}
	var v [24][]byte
	r.take(v[:9])
	if !digits(v[0]) || len(v[8]) != 1 {
		return false
	}
	(&class{"pf.log", "pf", "", "", netw, [3]string{"connection"}}).set(b)
	b.Set(event.ObserverName, h.host)
	b.SetString(event.ObserverType, "firewall")
	b.SetString(event.EventProvider, "filterlog")
	b.Set(event.EventReason, v[5])
	b.Set(event.RuleID, v[3])
	if len(v[3]) == 0 {
		b.Set(event.RuleID, v[0])
	}
	switch string(v[6]) {
	case "pass":
		verdict(b, "accept", "allowed")
	case "block":
		verdict(b, "drop", "denied")
	case "reject":
		verdict(b, "reject", "denied")
	default:
		b.Set(event.EventAction, v[6])
	}
	switch string(v[7]) {
	case "in":
		b.SetString(event.NetworkDirection, "inbound")
		b.Set(event.ObserverIngressInterfaceName, v[4])
	case "out":
		b.SetString(event.NetworkDirection, "outbound")
		b.Set(event.ObserverEgressInterfaceName, v[4])
	}
	at := 9
	switch v[8][0] {
	case '4': // tos, ecn, ttl, id, offset, flags, protocol number, protocol, length, source, destination
		r.take(v[at : at+11])
		b.SetString(event.NetworkType, "ipv4")
		setProtocol(b, v[at+7], v[at+6])
		setNum(b, event.NetworkBytes, v[at+8])
		at += 9
	case '6': // class, flow label, hop limit, protocol, protocol number, length, source, destination
		r.take(v[at : at+8])
		b.SetString(event.NetworkType, "ipv6")
		setProtocol(b, v[at+3], v[at+4])
		setNum(b, event.NetworkBytes, v[at+5])
		at += 6
	default:
		return true
	}
	setAddr(b, &src, v[at])
	setAddr(b, &dst, v[at+1])
	if e := (event.Event{Batch: b, Row: b.Rows()}); e.Str(event.NetworkTransport) == "tcp" || e.Str(event.NetworkTransport) == "udp" {
		setPort(b, event.SourcePort, r.next())
		setPort(b, event.DestinationPort, r.next())
	}
	return true
}

// setProtocol sets the transport by its name, or its number alone where the name is none of a protocol.
func setProtocol(b *event.Batch, name, number []byte) {
	if foldEqual(name, "OPTIONS") || foldEqual(name, "UNKNOWN") || len(name) == 0 {
		b.Set(event.NetworkIanaNumber, number)
		return
	}
	setTransport(b, name)
	b.Set(event.NetworkIanaNumber, number)
}

// routeros reads what MikroTik's firewall logs: "drop-tcp input: in:ether1 out:(unknown 0), connection-state:new src-mac …, proto TCP
// (SYN), 192.0.2.7:51234->198.51.100.1:22, len 40". The words before the chain are the rule writer's own.
func routeros(b *event.Batch, h *header, m []byte) bool {
	head, rest, ok := cut(m, ": in:")
	if !ok || len(head) > 256 {
		return false
	}
	_, flow, ok := cut(rest, "proto ")
	if !ok {
		return false
	}
	proto, flow, ok := cut(flow, ", ")
	if index(proto, "(") > 0 && !hasSuffix(proto, ")") { // ICMP (type 8, code 0)
		_, flow, ok = cut(flow, "), ")
	}
	if !ok {
		return false
	}
	from, to, ok := cut(flow, "->")
	if !ok {
		return false
	}
	(&class{"routeros.firewall", "routeros", "", "", netw, [3]string{"connection"}}).set(b)
	b.Set(event.ObserverName, h.host)
	b.SetString(event.ObserverVendor, "MikroTik")
	b.SetString(event.ObserverType, "firewall")
	prefix, chain, ok := cutLast(head, " ")
	if !ok {
		prefix, chain = nil, head
	}
	b.Label([]byte("routeros.chain"), chain)
	name := lastWord(prefix)
	if index(name, ",") > 0 { // the topics: no prefix was set
		name = nil
	}
	b.Set(event.RuleName, name)
	switch {
	case hasWord(name, "DROP"), hasWord(name, "BLOCK"), hasWord(name, "DENY"):
		verdict(b, "drop", "denied")
	case hasWord(name, "REJECT"):
		verdict(b, "reject", "denied")
	case hasWord(name, "ACCEPT"), hasWord(name, "ALLOW"), hasWord(name, "PASS"):
		verdict(b, "accept", "allowed")
	}
	in, _ := word(rest)
	b.Set(event.ObserverIngressInterfaceName, in)
	if _, out, ok := cut(rest, " out:"); ok && !hasPrefix(out, "(") {
		out, _, _ = cut(out, ",")
		out, _ = word(out)
		b.Set(event.ObserverEgressInterfaceName, out)
	}
	if _, mac, ok := cut(rest, "src-mac "); ok {
		mac, _, _ = cut(mac, ",")
		b.Set(event.SourceMAC, mac)
	}
	kind, _ := word(proto)
	setTransport(b, kind)
	to, _, _ = cut(to, ",")
	setHostPort(b, &src, from)
	setHostPort(b, &dst, to)
	routerosNAT(b, flow)
	return true
}
