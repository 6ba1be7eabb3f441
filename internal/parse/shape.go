package parse

import "watchpost/internal/event"

// shape says what messages of one id mean and how they look. A pattern is text with {names}; each name takes what stands
// before the text that follows it. Where no pattern fits, class and message are all there is.
//
//	{src} {dst}      [interface:]address[/port][(user)]        {psrc} {pdst}    [interface/]address[(port)][(user)]
//	{srcnat}         address/port that the source is translated to; {dstnat} likewise
//	{from} {to}      addresses of a mail    {subject} {msgid} its own        {qid}            its id in the server
//	{addr} {daddr}   address[:port] of the source, of the destination; {sport} {dport} ports
//	{verdict}        permitted, denied …                       {x}              anything, not kept
//	{>x}             likewise, up to the last of the text that follows
//	{knownuser}      user, unless it is "Unknown"       {urlfull}        a whole address, whose parts are set too
//	{clienthost}     name of the source; "unknown" is none
//	{iked} {ikedst}  address[port] of source and destination
//	{noBar}          service.name; the pattern does not fit where a bar stands in it
//	{eximid}         id in the server, of Exim's form: otherwise the pattern does not fit
//	{ip}             an address[:port] and nothing else, which may stand in quotes or brackets: without one the pattern does not fit
type shape struct {
	id, action, outcome, category, typ string
	patterns                           []string
}

// read sets the class, and what the first pattern that fits finds; it reports whether one fitted.
func (s *shape) read(b *event.Batch, text []byte) bool {
	var found captures
	fits := len(s.patterns) == 0
	for _, p := range s.patterns {
		if found.match(p, text) {
			fits = true
			break
		}
		found.n = 0
	}
	b.SetString(event.EventAction, s.action)
	b.SetString(event.EventOutcome, s.outcome)
	b.AddString(event.EventCategory, s.category)
	b.AddString(event.EventType, s.typ)
	found.set(b)
	return fits
}

// captures are what a pattern found: nothing is set until all of it fits.
type captures struct {
	n    int
	name [16]string
	val  [16][]byte
}

func (c *captures) match(p string, s []byte) bool {
	if len(p) > 0 && p[0] != '{' && (len(s) == 0 || s[0] != p[0]) { // most patterns of a table
		return false
	}
	for len(p) > 0 {
		if p[0] != '{' {
			n := textLen(p)
			if !hasPrefix(s, p[:n]) {
				return false
			}
			s, p = s[n:], p[n:]
			continue
		}
		end := 1
		for p[end] != '}' {
			end++
		}
		name := p[1:end]
		p = p[end+1:]
		v := s
		if lit := textLen(p); lit > 0 {
			i := 0
			if name[0] == '>' {
				name = name[1:]
				i = lastIndex(s, p[:lit])
			} else {
				i = index(s, p[:lit])
			}
			if i < 0 {
				return false
			}
			v = s[:i]
			s, p = s[i+lit:], p[lit:]
		} else {
			s = s[len(s):]
		}
		switch name {
		case "ip":
			if v = addressIn(v); v == nil {
				return false
			}
		case "noBar":
			if index(v, "|") >= 0 {
				return false
			}
		case "eximid":
			if !isEximID(v) {
				return false
			}
		}
		if c.n == len(c.name) {
			return false
		}
		c.name[c.n], c.val[c.n] = name, v
		c.n++
	}
	return true
}

// textLen is how long the text is with which a pattern begins.
func textLen(p string) int {
	if i := indexByte(bytesOf(p), '{'); i >= 0 {
		return i
	}
	return len(p)
}

// readFirst has s read by the first of shapes that fits, and reports whether one does.
func readFirst(b *event.Batch, shapes []shape, s []byte) bool {
	for i := range shapes {
		if shapes[i].fits(s) {
			shapes[i].read(b, s)
			return true
		}
	}
	return false
}

// value gives what was found under name.
func (c *captures) value(name string) []byte {
	for i := range c.n {
		if c.name[i] == name {
			return c.val[i]
		}
	}
	return nil
}

func (c *captures) set(b *event.Batch) {
	outbound := false
	for i := range c.n {
		if c.name[i] == "dir" && string(c.val[i]) == "outbound" {
			outbound = true
		}
	}
	from, to := &src, &dst
	inIf, outIf := event.ObserverIngressInterfaceName, event.ObserverEgressInterfaceName
	if outbound { // a firewall names the far side first, whoever began
		from, to = to, from
		inIf, outIf = outIf, inIf
	}
	for i := range c.n {
		v := c.val[i]
		switch c.name[i] {
		case "x":
		case "src":
			setEnd(b, from, inIf, unangle(v))
		case "dst":
			setEnd(b, to, outIf, v)
		case "psrc":
			setParenEnd(b, from, inIf, v)
		case "pdst":
			setParenEnd(b, to, outIf, v)
		case "srcnat":
			setNAT(b, from, v)
		case "dstnat":
			setNAT(b, to, v)
		case "faddr": // far and local side of a ping: no ports there
			setICMPEnd(b, &dst, v)
		case "laddr":
			setICMPEnd(b, &src, v)
		case "translated": // address:port
			if addr, port, _ := cutLast(v, ":"); isIP(addr) {
				b.Set(event.DestinationNATIP, addr)
				setPort(b, event.DestinationNATPort, port)
			}
		case "gaddr":
			setNAT(b, &src, v)
		case "addr", "ip":
			setHostPort(b, &src, v)
		case "daddr":
			setHostPort(b, &dst, v)
		case "sport":
			setPort(b, event.SourcePort, v)
		case "agent":
			b.Set(event.UserAgentOriginal, v)
		case "method":
			b.Set(event.HTTPRequestMethod, v)
		case "status":
			setStatus(b, v)
		case "service":
			setLowered(b, event.NetworkProtocol, v)
		case "mac":
			if v, _ = word(v); !beginsMAC(v) && isIP(v) { // what calls itself by its address
				setAddr(b, &src, v)
			} else {
				b.Set(event.SourceMAC, v)
			}
		case "name":
			setName(b, v)
		case "type":
			b.Set(event.DNSQuestionType, v)
		case "code":
			b.Set(event.DNSResponseCode, v)
		case "answers": // +ED a.example 28800 IN A 192.0.2.1; a.example …
			_, v, _ = cut(v, " ")
			for len(v) > 0 {
				var one []byte
				one, v, _ = cut(v, "; ")
				_, data, ok := cut(one, " IN ")
				if _, data, ok2 := cut(data, " "); ok && ok2 {
					if n := len(data); data[n-1] == ';' {
						data = data[:n-1]
					}
					b.Add(event.DNSAnswers, data)
					if isIP(data) {
						b.Add(event.DNSResolvedIP, data)
					}
				}
			}
		case "answer": // dnsmasq writes what is no record likewise
			switch {
			case string(v) == "NXDOMAIN":
				b.Set(event.DNSResponseCode, v)
			case hasPrefix(v, "NODATA"), len(v) > 0 && v[0] == '<':
			default:
				b.Add(event.DNSAnswers, v)
			}
		case "host":
			b.Set(event.SourceDomain, v)
		case "dport":
			setPort(b, event.DestinationPort, v)
		case "proto":
			v, _ = after(v, "protocol ")
			setTransport(b, v)
		case "dir", "icmpdir":
			setFlowDirection(b, v)
		case "iif":
			if v, _ = word(v); isIP(v) { // a relay
				break
			}
			b.Set(event.ObserverIngressInterfaceName, v)
		case "user":
			b.Set(event.UserName, unangle(unquote(trimBlanks(v))))
		case "userdot":
			b.Set(event.UserName, v[:max(len(v)-1, 0)])
		case "target":
			b.Set(event.UserTargetName, v)
		case "group":
			b.Set(event.GroupName, unangle(unquote(trimBlanks(v))))
		case "rule":
			b.Set(event.RuleName, unquote(trimBlanks(v)))
		case "aclrule": // with the number of the entry behind it
			if name, n, ok := cutLast(v, "/"); ok && digits(n) {
				v = name
			}
			b.Set(event.RuleName, v)
		case "aaa":
			setAAA(b, v)
		case "inspected": // what a firewall of IOS takes a session for
			switch string(v) {
			case "tcp", "udp", "icmp":
				setTransport(b, v)
			default:
				b.Set(event.NetworkProtocol, v)
			}
		case "verdict":
			setVerdict(b, v)
		case "reason":
			b.Set(event.EventReason, v)
		case "cmd":
			b.Set(event.ProcessCommandLine, v)
		case "url":
			b.Set(event.URLOriginal, v)
		case "ddom": // as far as the threat's level and category
			setListed(b, event.DestinationDomain, v)
		case "sdom":
			setListed(b, event.SourceDomain, v)
		case "file":
			b.Set(event.FilePath, v)
		case "bytes":
			v, _ = word(v)
			setNum(b, event.NetworkBytes, v)
		case "sbytes":
			setNum(b, event.SourceBytes, v)
		case "dbytes":
			setNum(b, event.DestinationBytes, v)
		case "dur":
			setDuration(b, v)
		case "durs":
			setSecondsPart(b, v)
		case "packets":
			v, _ = word(v)
			setNum(b, event.SourcePackets, v)
			setNum(b, event.NetworkPackets, v)
		case "iifdot":
			b.Set(event.ObserverIngressInterfaceName, v[:max(len(v)-1, 0)])
		case "ruleid":
			b.Set(event.RuleID, v)
		case "izone":
			b.Set(event.ObserverIngressZone, v)
		case "ruleset":
			b.Set(event.RuleRuleset, v)
		case "path":
			b.Set(event.URLPath, v)
		case "knownuser":
			if string(v) != "Unknown" && !nothing(v) {
				b.Set(event.UserName, v)
			}
		case "urlfull":
			if len(v) > 0 {
				setURL(b, v)
			}
		case "iked", "ikedst": // 192.0.2.7[500]
			to := &src
			if c.name[i] == "ikedst" {
				to = &dst
			}
			addr, port, _ := cut(v, "[")
			port, _, _ = cut(port, "]")
			setAddr(b, to, addr)
			setPort(b, to.port, port)
		case "srcdst": // 192.0.2.7/51234->198.51.100.1/80
			if from, to, ok := cut(v, "->"); ok {
				setSlashed(b, &src, from)
				setSlashed(b, &dst, to)
			}
		case "urlhost":
			b.Set(event.URLOriginal, v)
			if hostLike(v) {
				b.Set(event.URLDomain, v)
			}
		case "pfe": // Junos' filter: A, D, R
			switch string(trimBlanks(v)) {
			case "A":
				setVerdict(b, []byte("permitted"))
			case "D", "R":
				setVerdict(b, []byte("denied"))
			}
		case "ssid":
			b.Set(event.NetworkName, v)
		case "clienthost":
			if string(v) != "unknown" && string(v) != "UNKNOWN" && !isIP(v) && hostLike(v) {
				b.Set(event.SourceDomain, v)
			}
		case "from":
			setMail(b, event.EmailFromAddress, v)
		case "to":
			setMail(b, event.EmailToAddress, v)
		case "subject":
			b.Set(event.EmailSubject, v)
		case "msgid":
			setMessageID(b, v)
		case "qid", "eximid":
			b.Set(event.EmailLocalID, v)
		}
	}
}

// isEximID says whether s is the id of a mail as Exim gives it, before 4.97 or since: 1abcDE-000001-2F, 1abcDE-00000000001-2Fgh.
func isEximID(s []byte) bool {
	second := len(s) - 3
	if len(s) == 23 {
		second -= 2
	} else if len(s) != 16 {
		return false
	}
	for i, c := range s {
		if dash := i == 6 || i == second; dash != (c == '-') || !dash && !digit(c) && !alpha(c) {
			return false
		}
	}
	return true
}

// setListed sets a name that a list of ASA's botnet filter holds; it may be an address or a network instead.
func setListed(b *event.Batch, f event.Field, v []byte) {
	v, _, _ = cut(v, ",")
	if v, _ = word(v); hostLike(v) && index(v, "/") < 0 && !isIP(v) {
		b.Set(f, v)
	}
}

// setName sets the name that was asked for, without the dot of the root.
func setName(b *event.Batch, v []byte) {
	if len(v) > 1 && v[len(v)-1] == '.' {
		v = v[:len(v)-1]
	}
	b.Set(event.DNSQuestionName, v)
}

func setVerdict(b *event.Batch, v []byte) {
	switch string(v) {
	case "permitted", "permit", "est-allowed", "Allowed", "Permit", "monitored", "Monitored", "PASS":
		b.AddString(event.EventType, "allowed")
		b.SetString(event.EventOutcome, "success")
	case "denied", "deny", "Denied", "Deny", "dropped", "Dropped", "Blocked", "DROP", "REJECT":
		b.AddString(event.EventType, "denied")
		b.SetString(event.EventOutcome, "failure")
	}
}

// setEnd reads "[interface:]address[/port][(user)]", up to the first blank.
func setEnd(b *event.Batch, to *side, iface event.Field, v []byte) {
	v, _ = word(v)
	if i := indexByte(v, '('); i > 0 {
		setDomainUser(b, to, v[i:])
		v = v[:i]
	}
	for len(v) > 0 && (v[len(v)-1] == ',' || v[len(v)-1] == ';' || v[len(v)-1] == '.') {
		v = v[:len(v)-1]
	}
	if who, at, ok := cut(v, "@"); ok { // user@address
		b.Set(to.user, who)
		v = at
	}
	addr, port, ok := cutLast(v, "/")
	if !ok {
		addr, port = v, nil
	}
	if !isIP(addr) {
		if name, a, ok := cut(addr, ":"); ok {
			b.Set(iface, name)
			addr = a
		}
	}
	setAddr(b, to, addr)
	setPort(b, to.port, port)
}

// setICMPEnd reads "address[/id][(user)]".
func setICMPEnd(b *event.Batch, to *side, v []byte) {
	v, _ = word(v)
	if i := index(v, "("); i > 0 {
		setDomainUser(b, to, v[i:])
		v = v[:i]
	}
	addr, _, _ := cut(v, "/")
	setAddr(b, to, addr)
}

// setParenEnd reads "[interface/]address[(port)][(user)]".
func setParenEnd(b *event.Batch, to *side, iface event.Field, v []byte) {
	v = trimBlanks(v)
	head, rest, _ := cut(v, "(")
	port, user, _ := cut(rest, ")")
	if len(user) > 0 {
		setDomainUser(b, to, user)
	}
	if name, a, ok := cut(head, "/"); ok {
		b.Set(iface, name)
		head = a
	}
	head, _ = word(head)
	setAddr(b, to, head)
	setPort(b, to.port, port)
}

// setDomainUser reads "(DOMAIN\user)", "(name.of.host)" and either with ", 9999:name" behind it, a group of TrustSec, or that alone.
func setDomainUser(b *event.Batch, to *side, v []byte) {
	v, ok := after(v, "(")
	if !ok {
		return
	}
	v, _, _ = cut(v, ")")
	v, _, _ = cut(v, ",")
	if n, _, ok := cut(v, ":"); ok && digits(n) {
		return
	}
	if _, user, ok := cutLast(v, `\`); ok {
		b.Set(to.user, user)
	} else if index(v, ".") > 0 && hostLike(v) {
		b.Set(to.domain, v)
	} else {
		b.Set(to.user, v)
	}
}

// setLowered sets v in lower case. Only where there is a capital does that take memory.
func setLowered(b *event.Batch, f event.Field, v []byte) {
	for _, c := range v {
		if c-'A' < 26 {
			b.Set(f, lower(make([]byte, 0, len(v)), v))
			return
		}
	}
	b.Set(f, v)
}

// unangle takes off the angle brackets around v.
func unangle(v []byte) []byte {
	if len(v) >= 2 && v[0] == '<' && v[len(v)-1] == '>' {
		return v[1 : len(v)-1]
	}
	return v
}

// setAAA reads "user authentication Rejected : reason = words : server = 192.0.2.1 : user = bob : user IP = 192.0.2.7", whatever blanks, colons
// or commas stand between.
func setAAA(b *event.Batch, v []byte) {
	var key string
	for {
		end, next, skip := len(v), "", 0
		for _, k := range [...]string{"reason = ", "server = ", "user = ", "User = ", "user IP = ", "local database"} {
			if i := index(v[:end], k); i >= 0 {
				end, next, skip = i, k, len(k)
			}
		}
		said := trimBlanks(v[:end])
		if n := len(said); n > 0 && end < len(v) && (said[n-1] == ':' || said[n-1] == ',') {
			said = trimBlanks(said[:n-1])
		}
		switch key {
		case "reason = ":
			b.Set(event.EventReason, said)
		case "server = ":
			setAddr(b, &dst, said)
		case "user = ", "User = ":
			b.Set(event.UserName, said)
		case "user IP = ":
			if isIP(said) {
				setAddr(b, &src, said)
			}
		}
		if next == "" {
			return
		}
		key, v = next, v[end+skip:]
	}
}

// setNAT sets the translated end where it differs from the real one.
func setNAT(b *event.Batch, to *side, v []byte) {
	v, _ = word(v)
	addr, port, ok := cutLast(v, "/")
	if !ok {
		addr, port = v, nil
	}
	if _, a, ok := cut(addr, ":"); ok && !isIP(addr) { // interface:address
		addr = a
	}
	e := event.Event{Batch: b, Row: b.Rows()}
	if isIP(addr) && e.Str(to.ip) != view(addr) {
		b.Set(to.natIP, addr)
	}
	if n, ok := number(port); ok && n > 0 && n <= 65535 {
		if real, has := e.Int(to.port); has && real != n {
			b.SetInt(to.natPort, n)
		}
	}
}

// setDuration reads "1:02:03" or "1h:02m:03s" into nanoseconds.
func setDuration(b *event.Batch, v []byte) {
	var total, n int64
	parts := 0
	for _, c := range v {
		switch {
		case digit(c):
			if n = n*10 + int64(c-'0'); n > 1e7 {
				return
			}
		case c == ':':
			total = (total + n) * 60
			n = 0
			parts++
		case c == 'h' || c == 'm' || c == 's':
		default:
			return
		}
	}
	if parts == 2 {
		b.SetInt(event.EventDuration, (total+n)*1e9)
	}
}

// setSecondsPart reads seconds with a fraction, of nine digits at most, into nanoseconds.
func setSecondsPart(b *event.Batch, v []byte) {
	whole, part, _ := cut(v, ".")
	n, ok := number(whole)
	if !ok || n < 0 || n > 1e6 || len(part) > 9 {
		return
	}
	n *= 1e9
	for i, unit := 0, int64(1e8); i < len(part); i, unit = i+1, unit/10 {
		if !digit(part[i]) {
			return
		}
		n += int64(part[i]-'0') * unit
	}
	b.SetInt(event.EventDuration, n)
}
