// Package gen makes log lines that follow from an id, sends them, and counts what became of them.
package gen

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
	"time"
)

// Format is the form of a line.
type Format uint8

// The formats of lines. All carry the same bodies.
const (
	RFC5424 Format = iota // <86>1 2026-11-23T10:11:12.123456Z web-17 sshd 24200 - - text
	RFC3164               // <86>Nov 23 10:11:12 web-17 sshd[24200]: text; firewalls in their own dialects
	JSON                  // {"@timestamp":…,"message":…,"host.name":…}
)

// ParseFormat reads rfc5424, rfc3164 or json.
func ParseFormat(s string) (Format, error) {
	for i, name := range []string{"rfc5424", "rfc3164", "json"} {
		if s == name {
			return Format(i), nil
		}
	}
	return 0, fmt.Errorf("format %q is none of rfc5424, rfc3164, json", s)
}

// Stream is one source's lines. Line n is a function of the stream and n, its stamp apart. Each line ends in
// `H1 run=<run> src=<source> seq=<n> crc=<crc>`, crc being the CRC-32C of all bytes before ` crc=`. None of the lines is
// meant to raise an alert.
type Stream struct {
	Run    string // of letters, digits, hyphens
	Source int    // 0, 1, …
	Format Format
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Append appends line n, stamped at, to b: about 300 bytes, no delimiter.
func (s Stream) Append(b []byte, n int, at time.Time) []byte {
	r := draws{uint64(n)*0x9e3779b97f4a7c15 ^ uint64(s.Source+1)*0xd1342543de82ef95 ^ hash(s.Run)}
	r.next()
	k := &kinds[pick[r.below(len(pick))]]
	return s.frame(b, k, &r, at, func(b []byte) []byte {
		b = append(b, " H1 run="...)
		b = append(b, s.Run...)
		b = append(b, " src="...)
		b = strconv.AppendInt(b, int64(s.Source), 10)
		b = append(b, " seq="...)
		return strconv.AppendInt(b, int64(n), 10)
	})
}

// Decoys makes bursts that raise the alert ssh-brute-force: BurstLines failures to log in from one address that no
// other line names. Their lines end in `D1 run=<run> burst=<n> line=<i> crc=<crc>`.
type Decoys struct {
	Run    string
	Format Format
}

// BurstLines is how many lines a burst has.
const BurstLines = 5

// Address is the address of burst n, in the range for benchmarks, 198.18.0.0/15: runs on the same data seldom share one.
func (d Decoys) Address(n int) string {
	v := uint32(hash(d.Run)+uint64(n)) & 0x1ffff
	return fmt.Sprintf("198.%d.%d.%d", 18+v>>16, byte(v>>8), byte(v))
}

// Append appends line i of burst n.
func (d Decoys) Append(b []byte, n, i int, at time.Time) []byte {
	r := draws{hash(d.Run) ^ uint64(n)<<8 ^ uint64(i)}
	r.next()
	k := kind{pri: 86, app: "sshd", pid: true, host: "bastion-", body: func(b []byte, r *draws) []byte {
		return fmt.Appendf(b, "Failed password for root from %s port %d ssh2", d.Address(n), 40000+i)
	}}
	return Stream{Format: d.Format}.frame(b, &k, &r, at, func(b []byte) []byte {
		return fmt.Appendf(b, " D1 run=%s burst=%d line=%d", d.Run, n, i)
	})
}

// frame puts the header of the format around a body, and the tail and its checksum behind it.
func (s Stream) frame(b []byte, k *kind, r *draws, at time.Time, tail func([]byte) []byte) []byte {
	start := len(b)
	host, pid := r.host(k.host), 300+r.below(60000)
	at = at.UTC()
	switch {
	case s.Format == JSON:
		b = append(b, `{"@timestamp":"`...)
		b = at.AppendFormat(b, "2006-01-02T15:04:05.000000Z")
		b = append(b, `","host.name":"`...)
		b = append(b, host...)
		b = append(b, `","process.name":"`...)
		b = append(b, k.app...)
		b = append(b, `","message":"`...)
	case s.Format == RFC5424:
		b = priority(b, k.pri)
		b = append(b, '1', ' ')
		b = at.AppendFormat(b, "2006-01-02T15:04:05.000000Z")
		b = append(b, ' ')
		b = append(b, host...)
		b = append(b, ' ')
		b = append(b, k.app...)
		if k.pid {
			b = append(b, ' ')
			b = strconv.AppendInt(b, int64(pid), 10)
			b = append(b, " - - "...)
		} else {
			b = append(b, " - - - "...)
		}
	case k.dialect == fortinet:
		b = priority(b, k.pri)
		b = at.AppendFormat(b, "date=2006-01-02 time=15:04:05 tz=\"+0000\" ")
	case k.dialect == cisco:
		b = priority(b, k.pri)
		b = at.AppendFormat(b, "Jan _2 2006 15:04:05 ")
		b = append(b, host...)
		b = append(b, " : "...)
	default:
		b = priority(b, k.pri)
		b = at.AppendFormat(b, "Jan _2 15:04:05 ")
		b = append(b, host...)
		b = append(b, ' ')
		b = append(b, k.app...)
		if k.pid {
			b = append(b, '[')
			b = strconv.AppendInt(b, int64(pid), 10)
			b = append(b, ']')
		}
		b = append(b, ": "...)
	}
	body := len(b)
	b = k.body(b, r)
	if s.Format == JSON {
		b = escape(b, body)
	}
	b = tail(b)
	sum := crc32.Checksum(b[start:], castagnoli)
	b = append(b, " crc="...)
	b = hex(b, sum)
	switch {
	case s.Format == JSON && k.quoted:
		return append(b, `\""}`...)
	case s.Format == JSON:
		return append(b, `"}`...)
	case k.quoted:
		return append(b, '"')
	}
	return b
}

func priority(b []byte, pri int) []byte {
	b = append(b, '<')
	b = strconv.AppendInt(b, int64(pri), 10)
	return append(b, '>')
}

// escape puts a backslash before each quote from byte i on; bodies hold nothing else that JSON escapes.
func escape(b []byte, i int) []byte {
	body := string(b[i:])
	return append(b[:i], strings.ReplaceAll(body, `"`, `\"`)...)
}

func hex(b []byte, v uint32) []byte {
	const digits = "0123456789abcdef"
	for shift := 28; shift >= 0; shift -= 4 {
		b = append(b, digits[v>>shift&15])
	}
	return b
}

// hash is that of a run's name.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h ^ h>>31
}

// draws is a sequence of random numbers (splitmix64).
type draws struct{ state uint64 }

func (r *draws) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below draws from [0, n).
func (r *draws) below(n int) int { return int(r.next() >> 32 * uint64(n) >> 32) }

// few draws from [0, n), low numbers far more often: a tenth of all users and hosts makes most of the lines.
func (r *draws) few(n int) int {
	f := uint64(r.next() >> 43) // 21 bits
	return int(f * f * f >> 42 * uint64(n) >> 21)
}

// address appends an address. inside: one of some hundreds; else one of four millions (100.64.0.0/10), so that none
// comes often enough to raise an alert.
func (r *draws) address(b []byte, inside bool) []byte {
	var a [4]byte
	if inside {
		v := r.few(600)
		a = [4]byte{10, 20, byte(v / 200), byte(10 + v%200)}
	} else {
		binary.BigEndian.PutUint32(a[:], 100<<24|64<<16|uint32(r.below(1<<22)))
	}
	for i, c := range a {
		if i > 0 {
			b = append(b, '.')
		}
		b = strconv.AppendUint(b, uint64(c), 10)
	}
	return b
}

func (r *draws) host(prefix string) string { return hosts[prefix][r.few(hostCount)] }

const hostCount = 200

// hosts are the names by prefix, made once: a sender must be cheap beside what it measures.
var hosts = func() map[string][]string {
	all := map[string][]string{}
	for _, p := range []string{"web-", "gw-", "asa-", "fgt-", "app-", "bastion-"} {
		for i := range hostCount {
			all[p] = append(all[p], fmt.Sprint(p, i))
		}
	}
	return all
}()
