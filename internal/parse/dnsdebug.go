package parse

import "watchpost/internal/event"

// dnsDebug reads a packet as the debug log of Windows' DNS server has it. The date is written as the server's language does:
//
//	11/23/2026 6:14:15 PM 0E3C PACKET  000001DE1A2B3C40 UDP Rcv 192.0.2.44      2a1b   Q [0001   D   NOERROR] A      (3)www(7)example(3)net(0)
//
// R before the kind of query marks an answer; in brackets stand the flags, in hexadecimal and as letters, and the code of the answer.
func dnsDebug(b *event.Batch, h *header, m []byte) bool {
	at := index(m[:min(len(m), 48)], " PACKET ")
	if at < 0 {
		return dnsEvent(b, h, m)
	}
	var c civil
	if !h.stamp.has && !readLocal(m[:at], &c) {
		return false
	}
	_, rest := word(m[at+len(" PACKET "):]) // the packet's address in memory
	transport, rest := word(rest)
	way, rest := word(rest)
	addr, rest := word(rest)
	id, rest := word(rest)
	kind, rest := word(rest)
	to := &src
	switch string(way) {
	case "Rcv":
	case "Snd":
		to = &dst
	default:
		return false
	}
	if !isIP(addr) || len(kind) != 1 {
		return false
	}
	action := "dns_query"
	answer := kind[0] == 'R'
	if answer {
		action = "dns_answer"
		kind, rest = word(rest)
	}
	if string(kind) == "U" {
		action = "dns_update"
	}
	_, rest, ok := cut(rest, "[")
	flags, rest, ok2 := cut(rest, "]")
	if !ok || !ok2 {
		return false
	}
	asked, name := word(rest)
	(&class{"dns.log", "dns", action, "", netw, [3]string{"protocol"}}).set(b)
	if !h.stamp.has {
		h.stamp = c
	}
	b.SetString(event.NetworkProtocol, "dns")
	setTransport(b, transport)
	setAddr(b, to, addr)
	b.Set(event.DNSID, id)
	b.Set(event.DNSQuestionType, asked)
	if answer {
		code := lastWord(flags)
		b.Set(event.DNSResponseCode, code)
		if string(code) == "NOERROR" {
			b.SetString(event.EventOutcome, "success")
		} else {
			b.SetString(event.EventOutcome, "failure")
		}
	}
	var text [256]byte
	if n := labels(text[:], skipBlanks(name)); n > 0 {
		b.Set(event.DNSQuestionName, text[:n])
	}
	return true
}

// dnsEvent reads what the same log says of the server itself: "11/23/2026 6:14:15 PM 0E3C EVENT   The DNS server has started."
func dnsEvent(b *event.Batch, h *header, m []byte) bool {
	at := index(m[:min(len(m), 48)], " EVENT ")
	if at < 4 {
		return false
	}
	var c civil
	thread := lastWord(m[:at])
	for _, c := range thread {
		if hexDigit(c) < 0 {
			return false
		}
	}
	if len(thread) < 3 || len(thread) > 8 || !h.stamp.has && !readLocal(m[:at], &c) {
		return false
	}
	(&class{"dns.log", "dns", "", "", "host", [3]string{"info"}}).set(b)
	if !h.stamp.has {
		h.stamp = c
	}
	b.Unset(event.Message)
	b.Set(event.Message, skipBlanks(m[at+len(" EVENT "):]))
	return true
}

// labels writes (3)www(7)example(3)net(0) to "to" as www.example.net and gives its length, 0 where s is none.
func labels(to, s []byte) int {
	n := 0
	for len(s) > 2 && s[0] == '(' {
		count, rest, ok := cut(s[1:], ")")
		k, isNumber := number(count)
		if !ok || !isNumber || k < 0 || k > int64(len(rest)) || n+int(k)+1 > len(to) {
			return 0
		}
		if k == 0 {
			break
		}
		if n > 0 {
			to[n] = '.'
			n++
		}
		n += copy(to[n:], rest[:k])
		s = rest[k:]
	}
	return n
}

// readLocal reads a time at the beginning of s as Windows writes it for people: 11/23/2026 6:14:15 PM, 23/11/2026 18:14:15,
// 23.11.2026 18:14:15. A clock of twelve hours goes with the month first, unless only the other reading is within a day of the receipt.
func readLocal(s []byte, c *civil) bool {
	if len(s) > 14 && readStamp(s, c) > 0 {
		return true
	}
	date, rest := word(s)
	when, half := word(rest)
	half, _ = word(half)
	var f [6]int64
	n := 0
	for _, part := range [2][]byte{date, when} {
		for _, d := range part {
			switch {
			case digit(d) && f[n] < 10_000:
				f[n] = f[n]*10 + int64(d-'0')
			case (d == '/' || d == '.' || d == '-' || d == ':') && n < 5:
				n++
			default:
				return false
			}
		}
		n++
		if n != 3 && n != 6 {
			return false
		}
	}
	month, day, year, hour := f[0], f[1], f[2], f[3]
	noon := string(half) == "PM"
	if twelve := noon || string(half) == "AM"; twelve {
		if hour < 1 || hour > 12 {
			return false
		}
		if hour %= 12; noon {
			hour += 12
		}
	} else if month, day = day, month; month > 12 {
		month, day = day, month
	}
	if month > 12 {
		month, day = day, month
	}
	if month > 12 || day > 31 || hour > 23 || f[4] > 59 || f[5] > 60 || year < 1970 {
		return false
	}
	*c = civil{has: true, hasYear: true, year: int32(year), month: int8(month), day: int8(day), hour: int8(hour), min: int8(f[4]), sec: int8(f[5])}
	c.either = month <= 12 && day <= 12 && month != day
	return c.valid()
}
