package parse

import (
	"bytes"
	"math/bits"

	"watchpost/internal/event"
)

// reader reads the message m behind the header h. It reports false where the line is not of its kind.
type reader func(p *Parser, b *event.Batch, h *header, m []byte) bool

// recogniser is a family that is told by the message, whoever wrote it. It is given only messages that have all that stands here: most are of
// other families, and what they lack is seen faster than each can say no.
type recogniser struct {
	first   string // they begin with one of these characters
	begin   string // they begin with this text
	has     byte   // this stands somewhere in them
	app, sd string // the program's name, the structured data in their header begin with this; then there may be no message
	read    reader
}

const aDigit = "0123456789"

// toldByForm are columns and their like.
func toldByForm() []recogniser {
	return []recogniser{
		{first: aDigit + "[", read: without(snort)},
		{first: `"<`, read: without(nps)},
		{first: "[", read: envoy},
		{has: '[', read: webAccess},
		{read: webError},
		{read: webLists},
		{first: aDigit + `"evsiARIWEF`, read: flowLists},
		{read: without(dnsDebug)},
	}
}

// toldByWords are appliances, files of programs, logfmt, and log-ins that any program may tell of.
func toldByWords() []recogniser {
	return []recogniser{
		{sd: fields2620, read: checkpoint},
		{first: "[-a", read: checkpoint},
		{has: '|', read: checkpoint},
		{app: "SFIMS", read: sfims},
		{read: meraki},
		{app: "CISE_", read: ise},
		{begin: "CISE_", read: ise},
		{has: '"', read: watchguard},
		{has: '|', read: barracuda},
		{read: barracudaWAF},
		{has: '-', read: netscaler},
		{has: '\t', read: zscaler},
		{has: '|', read: santad},
		{sd: "[event@23668 ", read: kaspersky},
		{sd: "[View@6876 ", read: horizon},
		{sd: "[tap", read: without(proofpointTAP)},
		{first: aDigit, has: '@', read: hillstone},
		{begin: "vendor=", read: forcepoint},
		{first: "2afiuc", has: ',', read: versa},
		{begin: "tls ", read: without(networkBalancer)},
		{begin: `src="`, read: zyxel},
		{begin: "datetime=", read: mimecast},
		{first: "d", read: bluecoatPairs},
		{begin: "NetScreen ", read: netscreen},
		{begin: "CPPM_", read: cppm},
		{begin: "EPOEvents ", read: epo},
		{has: '"', read: f5Attack},
		{sd: "[F5@", read: f5Flow},
		{has: ',', read: f5Rule},
		{first: "0aceindw \t", read: f5Daemon},
		{has: ',', read: routerosEvent},
		{has: '[', read: haproxy},
		{first: aDigit + "I \t", read: squid},
		{has: '>', read: without(routeros)},
		{first: aDigit, read: redisLine},
		{first: aDigit, read: without(mysqlGeneral)},
		{first: aDigit, has: '[', read: mysqlError},
		{read: postgresCSV},
		{has: ',', read: without(mariadbFile)},
		{has: ',', read: panosLine},
		{has: '|', read: cef},
		{has: '|', read: leef},
		{first: `"`, read: forcepointColumns},
		{read: ironPortFile},
		{read: without(openvpnFile)},
		{first: aDigit, read: without(bindFile)},
		{has: '=', read: logfmt},
		{first: aDigit + ",", has: ',', read: exchangeServer},
		{read: logins},
		{first: aDigit + "[", read: without(javaLog)},
		{first: "[", read: without(kafkaLog)},
		{read: textLists},
		{has: ';', read: checkpointText},
		{first: aDigit + ", a", has: ',', read: rsaManager},
		{first: "SD", has: ':', read: ossecPart},
		{has: '>', read: ossecPlace},
	}
}

// without makes a reader of what needs no Parser.
func without(f program) reader {
	return func(_ *Parser, b *event.Batch, h *header, m []byte) bool { return f(b, h, m) }
}

// recognisers are tried in their order. Sets of them are bits, by their place.
type recognisers struct {
	all    []recogniser
	by     [256]uint64 // by the first character of a message
	empty  uint64      // for want of a message
	needs  []need
	sd     uint64
	prefix uint64 // those with a begin, an app or an sd
}

// need is a character with those that need it.
type need struct {
	c  byte
	of uint64
}

func newRecognisers(all []recogniser) *recognisers {
	x := &recognisers{all: all}
	if len(all) > 64 {
		panic("BUG: parse: too many recognisers for the bits of a word")
	}
	for i, r := range all {
		bit := uint64(1) << i
		first := r.first
		if r.begin != "" {
			first = r.begin[:1]
		}
		for c := range x.by {
			if first == "" || bytes.IndexByte(bytesOf(first), byte(c)) >= 0 {
				x.by[c] |= bit
			}
		}
		if r.sd != "" {
			x.sd |= bit
		}
		if r.begin != "" || r.app != "" || r.sd != "" {
			x.prefix |= bit
		}
		if first == "" && r.has == 0 && (r.app != "" || r.sd != "") {
			x.empty |= bit
		}
		if r.has != 0 {
			x.need(r.has, bit)
		}
	}
	return x
}

func (x *recognisers) need(c byte, bit uint64) {
	for i := range x.needs {
		if x.needs[i].c == c {
			x.needs[i].of |= bit
			return
		}
	}
	x.needs = append(x.needs, need{c, bit})
}

// read has m read by the first that can.
func (x *recognisers) read(p *Parser, b *event.Batch, h *header, m []byte) bool {
	may := x.empty
	if len(m) > 0 {
		may = x.by[m[0]]
	}
	if len(h.sd) == 0 {
		may &^= x.sd
	}
	for i := range x.needs {
		if n := &x.needs[i]; may&n.of != 0 && bytes.IndexByte(m, n.c) < 0 {
			may &^= n.of
		}
	}
	for ; may != 0; may &= may - 1 {
		i := bits.TrailingZeros64(may)
		r := &x.all[i]
		if x.prefix>>i&1 != 0 && !(hasPrefix(m, r.begin) && hasPrefix(h.app, r.app) && hasPrefix(h.sd, r.sd)) {
			continue
		}
		if r.read(p, b, h, m) {
			return true
		}
	}
	return false
}
