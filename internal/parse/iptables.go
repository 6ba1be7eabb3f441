package parse

import "watchpost/internal/event"

// iptables reads what netfilter logs: "[UFW BLOCK] IN=eth0 OUT= MAC=… SRC=192.0.2.1 DST=… PROTO=TCP SPT=1 DPT=2 …". iptables,
// nftables and ufw share the shape; the words before IN= are the rule writer's own.
func iptables(b *event.Batch, h *header, m []byte) bool {
	at := index(m, "IN=")
	if at < 0 || at > 0 && m[at-1] != ' ' && m[at-1] != ']' && m[at-1] != ':' && m[at-1] != ')' || index(m[at:], " OUT=") < 0 {
		// The head of a line that the kernel's ring lost: ports are all that is left.
		if index(m, " PROTO=") < 0 || index(m, " SPT=") < 0 {
			return false
		}
		at = 0
	}
	(&class{"iptables.log", "iptables", "", "", "network", [3]string{"connection"}}).set(b)
	b.Set(event.ObserverName, h.host)
	b.SetString(event.ObserverType, "firewall")
	prefix := trimBlanks(m[:at])
	if len(prefix) > 1 && prefix[0] == '[' { // [16571.459614] seconds since boot
		if stamp, rest, ok := cut(prefix[1:], "]"); ok && isUptime(stamp) {
			prefix = trimBlanks(rest)
		}
	}
	if hasPrefix(prefix, "DESCR=\"") && len(h.app) > 2 { // UniFi, whose rule stands where others have the program
		prefix, _, _ = cut(prefix[len("DESCR=\""):], "\"")
		b.Set(event.RuleDescription, prefix)
		prefix = h.app
		b.Unset(event.ProcessName)
	}
	if len(prefix) == 0 && len(h.app) > 0 && h.procid == nil && string(h.app) != "kernel" { // "DENY: IN=…", "[RULES-3000-A] IN=…", without a program
		prefix = h.app
		b.Unset(event.ProcessName)
	}
	netfilterRule(b, prefix)
	netfilterPairs(b, m[at:])
	return true
}

func isUptime(s []byte) bool {
	for _, c := range s {
		if !digit(c) && c != '.' && c != ' ' {
			return false
		}
	}
	return len(s) > 0
}

// netfilterRule reads the words before IN=: ufw's [UFW BLOCK], EdgeOS' and UniFi's [RULESET-id-A], or any others.
func netfilterRule(b *event.Batch, prefix []byte) {
	if len(prefix) == 0 {
		return
	}
	name := prefix
	if head, text, ok := cut(name, " DESCR=\""); ok { // UniFi's newer rules
		text, _, _ = cut(text, "\"")
		b.Set(event.RuleDescription, text)
		name = head
	}
	for len(name) > 0 && name[len(name)-1] == ':' {
		name = name[:len(name)-1]
	}
	if len(name) > 2 && name[0] == '[' && name[len(name)-1] == ']' {
		name = name[1 : len(name)-1]
	}
	if rest, id, ok := cutLast(name, "-"); ok && digits(id) && len(rest) > 2 && rest[len(rest)-2] == '-' && unifiVerdict(b, rest[len(rest)-1]) { // WAN_LOCAL-D-3001
		b.Set(event.RuleName, rest[:len(rest)-2])
		b.Set(event.RuleID, id)
		return
	}
	if len(name) > 4 && name[len(name)-2] == '-' {
		if rules, id, ok := cutLast(name[:len(name)-2], "-"); ok && len(rules) > 0 {
			if !unifiVerdict(b, name[len(name)-1]) {
				b.Set(event.RuleName, name)
				return
			}
			b.Set(event.RuleName, rules)
			b.Set(event.RuleID, id)
			if from, to, ok := cut(rules, "-"); ok && index(to, "-") < 0 {
				b.Set(event.ObserverIngressZone, from)
				b.Set(event.ObserverEgressZone, to)
			}
			return
		}
	}
	b.Set(event.RuleName, name)
	switch {
	case hasWord(name, "BLOCK"), hasWord(name, "DROP"), hasWord(name, "DENY"), hasWord(name, "DENIED"), hasWord(name, "DROPPED"), hasWord(name, "BLOCKED"):
		verdict(b, "drop", "denied")
	case hasWord(name, "REJECT"):
		verdict(b, "reject", "denied")
	case hasWord(name, "ALLOW"), hasWord(name, "ACCEPT"):
		verdict(b, "accept", "allowed")
	}
}

// unifiVerdict reads the letter of EdgeOS and UniFi.
func unifiVerdict(b *event.Batch, c byte) bool {
	switch c {
	case 'A':
		verdict(b, "accept", "allowed")
	case 'D', 'B':
		verdict(b, "drop", "denied")
	case 'R':
		verdict(b, "reject", "denied")
	default:
		return false
	}
	return true
}

func verdict(b *event.Batch, action, typ string) {
	b.SetString(event.EventAction, action)
	b.AddString(event.EventType, typ)
}

// hasWord finds the word w, upper-case, in s in any case, between characters that are no letters.
func hasWord(s []byte, w string) bool {
	for i := 0; i+len(w) <= len(s); i++ {
		j := 0
		for j < len(w) && s[i+j]&^0x20 == w[j] {
			j++
		}
		if j == len(w) && (i == 0 || !alpha(s[i-1])) && (i+j == len(s) || !alpha(s[i+j])) {
			return true
		}
	}
	return false
}

// netfilterPairs reads KEY=VALUE words; a packet within (an ICMP error's) stands in brackets and is left out.
func netfilterPairs(b *event.Batch, m []byte) {
	for len(m) > 0 {
		var w []byte
		w, m = word(m)
		if len(w) > 0 && w[0] == '[' {
			break
		}
		i := 0
		for i < len(w) && w[i] != '=' {
			i++
		}
		if i == len(w) {
			continue
		}
		key, v := w[:i], w[i+1:]
		if len(v) == 0 {
			continue
		}
		switch string(key) {
		case "IN":
			b.Set(event.ObserverIngressInterfaceName, v)
		case "OUT":
			b.Set(event.ObserverEgressInterfaceName, v)
		case "SRC":
			setAddr(b, &src, v)
			setFamily(b, v)
		case "DST":
			setAddr(b, &dst, v)
		case "MAC":
			if len(v) >= 35 && v[17] == ':' {
				b.Set(event.DestinationMAC, v[:17])
				b.Set(event.SourceMAC, v[18:35])
			}
		case "PROTO":
			setTransport(b, v)
		case "SPT":
			setPort(b, event.SourcePort, v)
		case "DPT":
			setPort(b, event.DestinationPort, v)
		case "LEN":
			if n, ok := number(v); ok && !(event.Event{Batch: b, Row: b.Rows()}).Present(event.NetworkBytes) { // a datagram within has a length, too
				b.SetInt(event.NetworkBytes, n)
			}
		}
	}
}

func setFamily(b *event.Batch, ip []byte) {
	for _, c := range ip {
		if c == ':' {
			b.SetString(event.NetworkType, "ipv6")
			return
		}
	}
	b.SetString(event.NetworkType, "ipv4")
}

var transports = [...]struct{ word, name, number string }{
	{"TCP", "tcp", "6"}, {"UDP", "udp", "17"}, {"ICMP", "icmp", "1"}, {"ICMPV6", "ipv6-icmp", "58"}, {"IPV6-ICMP", "ipv6-icmp", "58"}, {"ICMP6", "ipv6-icmp", "58"},
	{"IGMP", "igmp", "2"}, {"GRE", "gre", "47"}, {"ESP", "esp", "50"}, {"AH", "ah", "51"}, {"SCTP", "sctp", "132"}, {"OSPF", "ospf", "89"},
	{"UDPLITE", "udplite", "136"}, {"PIM", "pim", "103"}, {"VRRP", "vrrp", "112"},
}

// setTransport sets network.transport and its number from a name in any case or a number; a name it does not know stands
// as it is.
func setTransport(b *event.Batch, v []byte) {
	num := digits(v)
	for i := range transports {
		t := &transports[i]
		if num && string(v) == t.number || !num && foldEqual(v, t.word) {
			b.SetString(event.NetworkTransport, t.name)
			b.SetString(event.NetworkIanaNumber, t.number)
			return
		}
	}
	if num {
		b.Set(event.NetworkIanaNumber, v)
		return
	}
	b.Set(event.NetworkTransport, v)
}

// foldEqual compares s in any case with upper, which is upper-case.
func foldEqual(s []byte, upper string) bool {
	if len(s) != len(upper) {
		return false
	}
	for i, c := range s {
		if c-'a' < 26 {
			c -= 0x20
		}
		if c != upper[i] {
			return false
		}
	}
	return true
}
