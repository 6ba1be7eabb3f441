package parse

import "watchpost/internal/event"

var snortClass = class{"snort.alert", "snort", "ids_alert", "", "intrusion_detection", [3]string{"info"}}

// snort reads an alert of Snort, and of those who write as it does, in any of its forms:
//
//	11/23-18:14:15.123456  [**] [1:2001:3] text [**] [Classification: kind] [Priority: 2] {TCP} 203.0.113.61:40100 -> 192.0.2.80:22
//	[1:2001:3] text [Classification: kind] [Priority: 2]: <eth0> {TCP} 203.0.113.61:40100 -> 192.0.2.80:22
//	[**] [1:2001:3] text [**]\n[Classification: kind] [Priority: 2] \n11/23-18:14:15.123456 203.0.113.61:40100 -> 192.0.2.80:22\nTCP TTL:64 …
//	11/23-18:14:15.123456 ,1,2001,3,"text",TCP,203.0.113.61,40100,192.0.2.80,22,…
func snort(b *event.Batch, h *header, m []byte) bool {
	var c civil
	rest := m
	if n := snortStamp(m, &c); n > 0 {
		if rest = skipBlanks(m[n:]); len(rest) > 0 && rest[0] == ',' {
			return snortList(b, h, &c, rest[1:])
		}
	}
	outcome, verdict := "", ""
	for _, w := range [...][3]string{{"[Drop] ", failure, "dropped"}, {"[wDrop] ", "", "would be dropped"}} {
		if r, ok := after(rest, w[0]); ok {
			rest, outcome, verdict = r, w[1], w[2]
		}
	}
	rest, _ = after(rest, "[**] ")
	if len(rest) < 16 || rest[0] != '[' || !digit(rest[1]) {
		return false
	}
	id, rest, ok := cut(rest[1:], "] ")
	_, sid, ok2 := cut(id, ":")
	sid, rev, ok3 := cut(sid, ":")
	at := index(rest, " -> ")
	if !ok || !ok2 || !ok3 || !digits(sid) || !digits(rev) || at < 0 {
		return false
	}
	end := len(rest) // of the text
	for _, mark := range [...]string{" [**]", " [Classification: ", " [Priority: "} {
		if i := index(rest[:end], mark); i >= 0 {
			end = i
		}
	}
	if end == len(rest) || end > at {
		return false
	}
	snortClass.set(b)
	b.SetString(event.EventKind, "alert")
	b.SetString(event.EventOutcome, outcome)
	b.SetString(event.EventReason, verdict)
	if outcome != "" {
		b.AddString(event.EventType, "denied")
	}
	b.Set(event.EventCode, id)
	b.Set(event.RuleID, sid)
	setSnortText(b, rest[:end])
	if _, v, ok := cut(rest[end:at], "[Classification: "); ok {
		v, _, _ = cut(v, "]")
		b.Set(event.RuleCategory, v)
	}
	if _, v, ok := cut(rest[end:at], "[Priority: "); ok {
		v, _, _ = cut(v, "]")
		setNum(b, event.EventSeverity, v)
	}
	before, behind := rest[end:at], rest[at+len(" -> "):]
	if open := lastIndex(before, "{"); open >= 0 {
		proto, _, _ := cut(before[open+1:], "}")
		setTransport(b, proto)
	} else if _, next, ok := cut(behind, "\n"); ok { // the packet's own line
		proto, _ := word(next)
		setTransport(b, proto)
	}
	if _, v, ok := cut(before, "<"); ok {
		v, _, _ = cut(v, ">")
		b.Set(event.ObserverIngressInterfaceName, v)
	}
	if i := lastIndex(before, "\n"); i >= 0 { // of the full form
		snortStamp(before[i+1:], &c)
	}
	setHostPort(b, &src, lastWord(before))
	to, _, _ := cut(behind, "\n")
	to, _ = word(to)
	setHostPort(b, &dst, to)
	if !h.stamp.has {
		h.stamp = c
	}
	return true
}

// setSnortText names the rule by its text, in quotes or not.
func setSnortText(b *event.Batch, v []byte) {
	if n := len(v); n > 1 && v[0] == '"' && v[n-1] == '"' {
		v = v[1 : n-1]
	}
	b.Set(event.RuleName, v)
	b.Set(event.RuleDescription, v)
}

// snortStamp reads 11/23-18:14:15.123456, with a year of two or four digits behind the day or without, and gives its length.
func snortStamp(s []byte, c *civil) int {
	if len(s) < 14 || s[2] != '/' || s[5] != '/' && s[5] != '-' {
		return 0
	}
	mo, ok := two(s)
	d, ok2 := two(s[3:])
	if !ok || !ok2 {
		return 0
	}
	*c = civil{month: mo, day: d}
	at := 6
	if s[5] == '/' {
		switch {
		case s[8] == '-':
			y, ok := two(s[6:])
			if !ok {
				return 0
			}
			c.year, c.hasYear, at = 2000+int32(y), true, 9
		case s[10] == '-':
			y, ok := two2(s[6:10])
			if !ok {
				return 0
			}
			c.year, c.hasYear, at = y, true, 11
		default:
			return 0
		}
	}
	n := readTime(s[at:], c)
	if n == 0 || !c.valid() {
		*c = civil{}
		return 0
	}
	c.has = true
	return at + n
}

// snortList reads the columns behind the time: generator, rule, revision, text, protocol, both ends; then those of pfSense (id, class,
// priority, action, disposition) or of Snort itself (the frame, the packet), of which only the addresses of the frame are read.
func snortList(b *event.Batch, h *header, c *civil, s []byte) bool {
	var v [16][]byte
	n := 0
	for ; n < len(v) && s != nil; n++ {
		if len(s) > 0 && s[0] == '"' {
			if text, rest, ok := cut(s[1:], `",`); ok {
				v[n], s = text, rest
				continue
			}
		}
		var more bool
		if v[n], s, more = cut(s, ","); !more {
			s = nil
		}
	}
	if n < 9 || !digits(v[0]) || !digits(v[1]) || !digits(v[2]) || !isIP(v[5]) || !isIP(v[7]) {
		return false
	}
	snortClass.set(b)
	b.SetString(event.EventKind, "alert")
	b.Set(event.RuleID, v[1])
	setSnortText(b, v[3])
	setTransport(b, v[4])
	setAddr(b, &src, v[5])
	setPort(b, event.SourcePort, v[6])
	setAddr(b, &dst, v[7])
	setPort(b, event.DestinationPort, v[8])
	switch {
	case len(v[9]) == 17 && beginsMAC(v[9]) && beginsMAC(v[10]):
		b.Set(event.SourceMAC, v[9])
		b.Set(event.DestinationMAC, v[10])
	case digits(v[9]) && digits(v[11]):
		b.Set(event.RuleCategory, v[10])
		setNum(b, event.EventSeverity, v[11])
		switch string(v[13]) {
		case "Allow":
			b.AddString(event.EventType, "allowed")
		case "Block":
			b.AddString(event.EventType, "denied")
			b.SetString(event.EventOutcome, failure)
		}
	}
	if !h.stamp.has {
		h.stamp = *c
	}
	return true
}
