package parse

import "watchpost/internal/event"

// how says what a target makes of a value.
type how uint8

const (
	asIs         how = iota // by the field's kind: a number, an address, text
	skip                    // known, and told by something else
	lowered                 // text in lower case
	uppered                 // a method, in upper case; None is none
	srcAddr                 // address or name of the source
	dstAddr                 // of the destination
	srcAt                   // address[:port[:interface]] of the source
	dstAt                   // of the destination
	natAddr                 // a translated address; 0.0.0.0 is none
	transport               // name or number of a protocol over IP
	direction               // inbound, outbound and their like
	seconds                 // duration
	milliseconds            // duration
	urlText                 // a whole address: the parts are cut out of it
	urlPathQuery            // path[?query]
	urlPath                 // likewise, beside the host
	anyHash                 // MD5, SHA-1 or SHA-256, told apart by length
	accountName             // DOMAIN\user or user
	fileText                // file.path where there is a folder in it, and its name
	macText                 // with colons
	keep                    // only a fact
	known                   // text, unless it says that nobody knows
	urlHost                 // a host's name, or a whole address
	userParen               // Name (account), DOMAIN\account or account
	ftdUser                 // realm\user, both name and id
	natPort                 // a translated port; 0 is none
	said                    // text, unless it is None or NA
	machine                 // a host's name, perhaps name@domain
	srcHost                 // name of the source, or its address
	dstHost                 // of the destination
	dnsKind                 // a type or code of DNS in words
	orLabel                 // text; what comes when the field is taken becomes a label
	moment                  // a time, as a stamp or as a number since 1970; what is none becomes a label
)

// fact is something that has to be seen together with others before it says anything.
type fact uint8

const (
	noFact fact = iota
	fAction
	fType
	fSub
	fPart
	fStatus
	fSeverity
	fDate
	fClock
	fZone
	fStamp
	fText
	fName
	fUser
	fReason
	fOther
	facts
)

// target says where the value of one key goes: into a field, a fact, or both. The zero field is none.
type target struct {
	field event.Field
	how   how
	fact  fact
}

// product is what one kind of device calls things.
type product struct {
	dataset, module, vendor, name, kind string
	keys                                map[string]target // a key that is not here becomes a label <module>.<key>
	finish                              func(*reading)
}

// reading is one line of a product, while its pairs come in.
type reading struct {
	p    *Parser
	b    *event.Batch
	h    *header
	of   *product
	fact [facts][]byte
	col  [maxColumns][]byte // of lists
	full bool               // no more labels fit: what follows is not tried
	span civil              // when what is told ended, or began
}

const maxColumns = 80

// read begins the line of a product. What a parser calls through a table would not stay on the stack: there is one reading a Parser.
func (p *Parser) read(b *event.Batch, h *header, of *product) *reading {
	r := &p.reading
	r.p, r.b, r.h, r.of = p, b, h, of
	clear(r.fact[:])
	r.full, r.span = false, civil{}
	return r
}

// begin sets what every line of the product has.
func (r *reading) begin() {
	b := r.b
	(&class{dataset: r.of.dataset, module: r.of.module}).set(b)
	b.SetString(event.ObserverVendor, r.of.vendor)
	b.SetString(event.ObserverProduct, r.of.name)
	b.SetString(event.ObserverType, r.of.kind)
	b.Set(event.ObserverName, r.h.host)
}

// end tells what the facts say, and the sums.
func (r *reading) end() {
	if r.of.finish != nil {
		r.of.finish(r)
	}
	r.sum(event.NetworkBytes, event.SourceBytes, event.DestinationBytes)
	r.sum(event.NetworkPackets, event.SourcePackets, event.DestinationPackets)
}

// sum sets to where both parts are there and it is not.
func (r *reading) sum(to, a, c event.Field) {
	e := r.event()
	if x, ok := e.Int(a); ok && !e.Present(to) {
		if y, ok := e.Int(c); ok && x >= 0 && y >= 0 && x < 1<<61 && y < 1<<61 {
			r.b.SetInt(to, x+y)
		}
	}
}

func (r *reading) event() event.Event { return event.Event{Batch: r.b, Row: r.b.Rows()} }

func (r *reading) is(f fact, s string) bool { return string(r.fact[f]) == s }

// pair takes one key and its value.
func (r *reading) pair(key, v []byte) {
	if nothing(v) {
		return
	}
	t, ok := r.of.keys[string(key)]
	if rest, long := after(key, "FortinetFortiGate"); long && !ok { // FTNTFGT, as later versions write it
		r.p.key = append(append(r.p.key[:0], "FTNTFGT"...), rest...)
		t, ok = r.of.keys[string(r.p.key)]
	}
	if !ok {
		r.label(key, v)
		return
	}
	r.putOrLabel(t, key, v)
}

// putOrLabel is put for a value that may become a label after all.
func (r *reading) putOrLabel(t target, key, v []byte) {
	switch t.how {
	case orLabel:
		if r.event().Present(t.field) {
			r.label(key, v)
			return
		}
		t.how = asIs
	case moment:
		if !r.moment(t.field, v) {
			r.label(key, v)
		}
		return
	}
	r.put(t, v)
}

// moment sets the time f.
func (r *reading) moment(f event.Field, v []byte) bool {
	var c civil
	if !r.readTime(v, &c) {
		return false
	}
	s, err := r.p.stated(&c, r.h.zone, r.p.yearFrom(r.event().Ingested()))
	if err != nil {
		return false
	}
	r.b.SetInt(f, s.Time)
	if f == event.EventEnd || !r.span.has {
		r.span = c
	}
	return true
}

// readTime reads a stamp with what may stand behind it, or a number since 1970.
func (r *reading) readTime(v []byte, c *civil) bool {
	if len(v) >= 10 && digits(v) {
		if ns, ok := epoch(v); ok {
			*c = civilOf(ns)
			return true
		}
	}
	n := readStamp(v, c)
	if n == 0 {
		return false
	}
	if rest := skipBlanks(v[n:]); len(rest) > 0 && !c.hasZone {
		if off, ok := zoneByName(rest); ok {
			c.offset, c.hasZone = off, true
		}
	}
	return true
}

// nothing says whether v is one of the words for no value.
func nothing(v []byte) bool {
	switch string(v) {
	case "", "-", "N/A", "n/a", "(null)", "null":
		return true
	}
	return false
}

// divided reads pairs that stand between one text and hold another, without quotes.
func (r *reading) divided(m []byte, between, within string) {
	for len(m) > 0 {
		var one []byte
		one, m, _ = cut(m, between)
		if key, v, ok := cut(one, within); ok {
			r.pair(key, trimBlanks(v))
		}
	}
}

// label makes <module>.<key> of what no field holds.
func (r *reading) label(key, v []byte) {
	r.p.key = append(append(append(r.p.key[:0], r.of.module...), '.'), key...)
	if !r.full && !r.b.Label(r.p.key, v) {
		r.b.AddString(event.Tags, TagFewFields)
		r.full = true
	}
}

func (r *reading) put(t target, v []byte) {
	b := r.b
	if t.fact != noFact {
		r.fact[t.fact] = v
	}
	switch t.how {
	case skip, keep:
	case known:
		if !foldEqual(v, "UNKNOWN") && !foldEqual(v, "NONE") && !foldEqual(v, "INCONCLUSIVE") {
			setAny(b, t.field, v)
		}
	case userParen:
		if _, in, ok := cutLast(v, "("); ok && hasSuffix(in, ")") && len(in) > 1 {
			v = in[:len(in)-1]
		}
		setAccount(b, t.field, v)
	case ftdUser:
		setAccount(b, event.UserName, v)
		b.Set(event.UserID, v)
	case srcHost:
		setNameOr(b, &src, v)
	case dstHost:
		setNameOr(b, &dst, v)
	case dnsKind:
		if s, ok := dnsWords[string(v)]; ok {
			v = bytesOf(s)
		}
		b.Set(t.field, v)
	case urlHost:
		if hostLike(v) {
			b.Set(event.URLDomain, v)
		} else {
			setURL(b, v)
		}
	case asIs:
		if t.field != 0 {
			setAny(b, t.field, v)
		}
	case lowered:
		r.p.val = lower(r.p.val[:0], v)
		b.Set(t.field, r.p.val)
	case uppered:
		if string(v) == "None" {
			break
		}
		r.p.val = upper(r.p.val[:0], v)
		b.Set(t.field, r.p.val)
	case srcAddr:
		setAddr(b, &src, v)
	case dstAddr:
		setAddr(b, &dst, v)
	case srcAt:
		setAt(b, &src, event.ObserverIngressInterfaceName, v)
	case dstAt:
		setAt(b, &dst, event.ObserverEgressInterfaceName, v)
	case natAddr:
		setNATAddr(b, t.field, v)
	case natPort:
		setNATPort(b, t.field, v)
	case said:
		if string(v) != "None" && string(v) != "NA" {
			b.Set(t.field, v)
		}
	case machine:
		name, _, _ := cut(v, "@")
		b.Set(t.field, name)
	case transport:
		if name, service, ok := cut(v, "/"); ok { // tcp/https
			if v = name; !digits(service) && string(service) != "ip" {
				setLowered(b, event.NetworkProtocol, service)
			}
		}
		setTransport(b, v)
	case direction:
		setFlowDirection(b, v)
	case seconds:
		setLasted(b, v, 1e9)
	case milliseconds:
		setLasted(b, v, 1e6)
	case urlText:
		setURL(b, v)
	case urlPath:
		setPath(b, v)
	case urlPathQuery:
		b.Set(event.URLOriginal, v)
		setPath(b, v)
	case anyHash:
		setHash(b, v, event.FileHashMd5, event.FileHashSha1, event.FileHashSha256)
	case accountName:
		setAccount(b, t.field, v)
	case fileText:
		setFile(b, v)
	case macText:
		if len(v) == 17 {
			b.Set(t.field, v)
		}
	}
}

// setNATAddr sets a translated address; all zeros are none.
func setNATAddr(b *event.Batch, f event.Field, v []byte) {
	if isIP(v) && string(v) != "0.0.0.0" && string(v) != "::" {
		b.Set(f, v)
	}
}

// setNATPort sets a translated port; 0 is none.
func setNATPort(b *event.Batch, f event.Field, v []byte) {
	if n, ok := number(v); ok && n > 0 {
		setPort(b, f, v)
	}
}

// setNameOr sets the name of an end; an address that stands in the name's place is its address, where it has none yet.
func setNameOr(b *event.Batch, to *side, v []byte) {
	if !isIP(v) {
		b.Set(to.domain, v)
	} else if e := (event.Event{Batch: b, Row: b.Rows()}); !e.Present(to.ip) {
		setAddr(b, to, v)
	}
}

// setAny sets f by its kind; what is no number or no address is left out.
func setAny(b *event.Batch, f event.Field, v []byte) {
	in := f.Info()
	switch {
	case in.Kind == event.Int:
		switch f {
		case event.SourcePort, event.DestinationPort, event.SourceNATPort, event.DestinationNATPort:
			setPort(b, f, v)
		default:
			setNum(b, f, v)
		}
	case in.Kind == event.List:
		b.Add(f, v)
	case in.Kind == event.Dict || in.Kind == event.Text:
		if in.Type != "ip" || isIP(v) {
			b.Set(f, v)
		}
	}
}

func lower(to, s []byte) []byte {
	for _, c := range s {
		if c-'A' < 26 {
			c += 0x20
		}
		to = append(to, c)
	}
	return to
}

// upper appends s in capital letters to to.
func upper(to, s []byte) []byte {
	for _, c := range s {
		if c-'a' < 26 {
			c -= 0x20
		}
		to = append(to, c)
	}
	return to
}

func setLasted(b *event.Batch, v []byte, unit int64) {
	if n, ok := number(v); ok && n >= 0 && n < 1e9 {
		b.SetInt(event.EventDuration, n*unit)
	}
}

// setAt reads "address[:port[:interface[:name]]]", an IPv6 address in brackets or alone.
func setAt(b *event.Batch, to *side, iface event.Field, v []byte) {
	if len(v) == 17 && v[2] == ':' && v[14] == ':' { // of a frame, not of a flow
		mac := event.SourceMAC
		if to == &dst {
			mac = event.DestinationMAC
		}
		b.Set(mac, v)
		return
	}
	addr, rest, colon := cut(v, ":")
	if in, ok := after(v, "["); ok {
		addr, rest, _ = cut(in, "]")
		rest, _ = after(rest, ":")
	} else if colon && index(addr, ".") < 0 && index(rest, ":") >= 0 && isIP(v) {
		addr, rest = v, nil
	}
	port, rest, _ := cut(rest, ":")
	name, rest, _ := cut(rest, ":")
	setAddr(b, to, addr)
	setPort(b, to.port, port)
	b.Set(iface, name)
	if len(rest) > 0 && index(rest, ":") < 0 {
		b.Set(to.domain, rest)
	}
}

func setFlowDirection(b *event.Batch, v []byte) {
	switch {
	case foldEqual(v, "IN"), foldEqual(v, "INBOUND"), foldEqual(v, "INCOMING"), foldEqual(v, "INGRESS"), foldEqual(v, "0"):
		b.SetString(event.NetworkDirection, "inbound")
	case foldEqual(v, "OUT"), foldEqual(v, "OUTBOUND"), foldEqual(v, "OUTGOING"), foldEqual(v, "EGRESS"), foldEqual(v, "1"):
		b.SetString(event.NetworkDirection, "outbound")
	}
}

// setURL sets the parts of scheme://host[:port]/path?query; the scheme may be missing.
func setURL(b *event.Batch, v []byte) {
	b.Set(event.URLOriginal, v)
	rest := v
	if i := index(v, "://"); i > 0 && i < 12 {
		b.Set(event.URLScheme, v[:i])
		rest = v[i+3:]
	} else if v[0] == '/' {
		setPath(b, v)
		return
	}
	host, path := rest, []byte(nil)
	for i, c := range rest {
		if c == '/' || c == '?' || c == '#' {
			host, path = rest[:i], rest[i:]
			break
		}
	}
	if _, h, ok := cutLast(host, "@"); ok {
		host = h
	}
	if name, port, ok := cutLast(host, ":"); ok && digits(port) && (index(name, ":") < 0 || hasSuffix(name, "]")) {
		host = name
	}
	if !hostLike(host) {
		return
	}
	b.Set(event.URLDomain, host)
	if len(path) > 0 {
		setPath(b, path)
	}
}

// hostLike says whether s may be a host's name or address.
func hostLike(s []byte) bool {
	for _, c := range s {
		if !alpha(c) && !digit(c) && c != '.' && c != '-' && c != '_' && c != ':' && c != '[' && c != ']' && c < 0x80 {
			return false
		}
	}
	return len(s) > 0
}

// setPath splits path?query.
func setPath(b *event.Batch, v []byte) {
	v, _, _ = cut(v, "#")
	path, query, _ := cut(v, "?")
	b.Set(event.URLPath, path)
	b.Set(event.URLQuery, query)
}

// setAccount sets the name and, where it is said, the domain of an account.
func setAccount(b *event.Batch, f event.Field, v []byte) {
	if hasPrefix(v, "LDAP://") || hasPrefix(v, "LDAPS://") { // Forcepoint's: LDAP://192.0.2.20 OU=…/Alice
		v = v[lastIndex(v, "/")+1:]
	} else if domain, name, ok := cut(v, `\`); ok && len(name) > 0 {
		for len(name) > 1 && name[0] == '\\' {
			name = name[1:]
		}
		if f == event.UserName || f == event.SourceUserName { // whom the event is about
			b.Set(event.UserDomain, domain)
		}
		v = name
	}
	b.Set(f, v)
}

// setFile sets path and name.
func setFile(b *event.Batch, v []byte) {
	for i := len(v) - 1; i >= 0; i-- {
		if v[i] == '/' || v[i] == '\\' {
			b.Set(event.FilePath, v)
			b.Set(event.FileName, v[i+1:])
			return
		}
	}
	b.Set(event.FileName, v)
}

// judged are the words of devices for what they let pass and what they did not.
var judged = map[string]bool{
	"allow": true, "allowed": true, "accept": true, "accepted": true, "permit": true, "permitted": true, "pass": true, "passed": true, "alert": true,
	"forward": true, "forwarded": true, "monitor": true, "detect": true, "detected": true, "detect only": true, "log": true, "bypass": true, "trust": true,
	"fastpath": true, "monitored": true, "continue": true, "override": true, "decrypt": true, "encrypt": true, "inspect": true, "alarm-without-drop": true,
	"deny": false, "denied": false, "drop": false, "dropped": false, "block": false, "blocked": false, "reject": false, "rejected": false, "reset": false,
	"discard": false, "prevent": false, "prevented": false, "quarantine": false, "reset-both": false, "reset-client": false, "reset-server": false,
	"reset both": false, "drop-packet": false, "drop-all-packets": false, "drop-icmp": false, "block-url": false, "block-continue": false, "block-override": false,
	"close-client": false, "close-server": false, "close": false, "block with reset": false, "interactive block": false, "sinkhole": false,
	"random-drop": false, "drop session": false, "terminate": false, "disconnect": false, "not-allowed": false, "fail": false, "blocked-by-policy": false,
	"req_passed": true, "req_cached_fresh": true, "req_cached_validated": true, "req_blocked": false, "req_blocked_security": false, "req_blocked_acl": false, "req_blocked_session": false, // Imperva's cloud
	"intrusion": false, "not blocked": true, "would have dropped": true, "deleted": false, "delete": false, "clean": false, "ids:reset": true, "ids:drop connection": true, "ids:replace": true, "remove": false, "removed": false, "cleaned": false, "ips drop": false,
}

// judge sets type and outcome from the device's own word.
func (r *reading) judge(word []byte) bool { return r.p.judge(r.b, word) }

func (p *Parser) judge(b *event.Batch, word []byte) bool {
	if len(word) == 0 || len(word) > 32 {
		return false
	}
	p.val = lower(p.val[:0], word)
	passed, known := judged[string(p.val)]
	switch {
	case !known:
		return false
	case passed:
		b.AddString(event.EventType, "allowed")
		b.SetString(event.EventOutcome, success)
	default:
		b.AddString(event.EventType, "denied")
		b.SetString(event.EventOutcome, failure)
	}
	return true
}

// say sets what happened: category, type, action. An empty word says nothing.
func (r *reading) say(action, category string, types ...string) {
	r.b.SetString(event.EventAction, action)
	r.b.AddString(event.EventCategory, category)
	for _, t := range types {
		r.b.AddString(event.EventType, t)
	}
}

// time takes date, clock and zone, or one stamp, where the header has none or leaves the year open.
func (r *reading) time() {
	if !r.h.vague() {
		return
	}
	var c civil
	if v := r.fact[fStamp]; len(v) == 0 || !r.readTime(v, &c) {
		c = civil{}
		f := forti{date: r.fact[fDate], clock: r.fact[fClock]}
		f.stamp(&c)
		if off, ok := zoneByName(r.fact[fZone]); ok && c.has {
			c.offset, c.hasZone = off, true
		}
	}
	r.h.settle(&c)
}

// user copies the first of the fields that is set to user.name.
func (r *reading) user(from ...event.Field) {
	e := r.event()
	for _, f := range from {
		if s := e.Str(f); s != "" && !e.Present(event.UserName) {
			r.b.SetString(event.UserName, s)
		}
	}
}

// setHash sets the hash v in the one of three fields that its length names.
func setHash(b *event.Batch, v []byte, md5, sha1, sha256 event.Field) {
	switch len(v) {
	case 32:
		b.Set(md5, v)
	case 40:
		b.Set(sha1, v)
	case 64:
		b.Set(sha256, v)
	}
}
