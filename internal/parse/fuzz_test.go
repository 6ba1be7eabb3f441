package parse

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/influxdata/go-syslog/v3/rfc3164"
	"github.com/influxdata/go-syslog/v3/rfc5424"

	"watchpost/internal/event"
)

// deviation is a kind of line that the strict reader accepts and we read otherwise, with the reason.
type deviation struct {
	name, reason string
	holds        func(line string) bool
}

var deviations5424 = []deviation{
	{"byte order mark", "the mark says how the text is encoded, it is no part of the text", func(l string) bool { return strings.Contains(l, bom) }},
	{"line end", "CR, LF and NUL at the end belong to the framing", func(l string) bool { return strings.TrimRight(l, "\r\n\x00") != l }},
	{"firewall as version 1", "an app-name `%…` or `:` shows a Cisco line that is RFC 5424 by its version alone",
		regexp.MustCompile(`^<\d+>\d+ \S+ \S+ (%\S*|:) `).MatchString},
	{"empty parameter", "an empty value is none: it takes no earlier one away", func(l string) bool { return strings.Contains(l, `=""`) && strings.Count(l, `="`) > 1 }},
	{"more than a row's labels", "a row takes 512 labels and is tagged few_fields", func(l string) bool { return strings.Count(l, "=\"") > 500 }},
	{"year beyond int64", "an instant before 1678 or behind 2261 has no nanoseconds since 1970; the row is tagged bad_time",
		regexp.MustCompile(`^<\d+>\d+ (0\d|1[0-5]|16[0-7]|2[3-9]|22[6-9]|[3-9])\d*-`).MatchString},
}

// FuzzRFC5424 holds us to go-syslog's strict reading of whatever it accepts.
func FuzzRFC5424(f *testing.F) {
	for _, s := range []string{
		`<34>1 2026-10-11T22:14:15.003Z mail.example.com su - ID47 - 'su root' failed for lonvick on /dev/pts/8`,
		`<165>1 2026-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.`,
		`<165>1 2026-10-11T22:14:15.003Z host evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Appl\"ic\\at\]ion"][b@1] msg`,
		`<0>1 - - - - - -`, `<191>999 - h a p m [id]`, `<13>1 2026-02-28T23:59:59Z h a 1 - [x a="1" a="2"]  two blanks`,
		`<13>1 2026-01-01T00:00:00+23:59 h - - - [x@1 k=""] `, `<13>1 2026-01-01T00:00:00Z h sshd 7 - - Failed password for a from 192.0.2.1 port 1 ssh2`,
	} {
		f.Add(s)
	}
	strict := rfc5424.NewMachine()
	f.Fuzz(func(t *testing.T, line string) {
		m, err := strict.Parse([]byte(line))
		if err != nil || m == nil || allowed(line, deviations5424) {
			return
		}
		want := m.(*rfc5424.SyslogMessage)
		e, s := syslogOnly(t, line)
		same(t, line, "priority", number64(e, event.LogSyslogPriority), int64(*want.Priority))
		same(t, line, "hostname", e.Str(event.LogSyslogHostname), str(want.Hostname))
		same(t, line, "appname", e.Str(event.LogSyslogAppname), str(want.Appname))
		same(t, line, "procid", e.Str(event.LogSyslogProcid), str(want.ProcID))
		same(t, line, "msgid", e.Str(event.LogSyslogMsgid), str(want.MsgID))
		same(t, line, "message", e.Str(event.Message), str(want.Message))
		same(t, line, "has time", s.Has, want.Timestamp != nil)
		if want.Timestamp != nil {
			same(t, line, "time", s.Time, want.Timestamp.UnixNano())
		}
		if want.StructuredData == nil {
			return
		}
		for id, params := range *want.StructuredData {
			for k, v := range params {
				if got := e.Label(id + "." + k); !strings.HasSuffix(", "+got, ", "+v) && !strings.Contains(", "+got+", ", ", "+v+", ") && len(got)+len(v) <= 256 { // what comes again stands beside the first
					t.Errorf("%q: parameter %s is %q, go-syslog reads %q", line, k, got, v)
				}
			}
		}
	})
}

var deviations3164 = []deviation{
	{"no host name", "a word that ends in a colon, or holds brackets, quotes, commas and the like, is a tag or a body: we never invent a host",
		func(l string) bool { return !isHost([]byte(host3164(l))) || strings.HasSuffix(host3164(l), ":") }},
	{"year for host", "four digits behind the time are the year, as some devices send it", func(l string) bool { return len(host3164(l)) == 4 && digits([]byte(host3164(l))) }},
	{"zone for host", "a zone's abbreviation before a colon, a year, or another host with its tag is a zone, and so is an offset",
		regexp.MustCompile(`^<\d+>.{15} +([A-Z]{3,5}(:| \d{4}|[+-]?[\d:]*[ \t]+\S+[ \t]+\S+:)|[+-]\d)`).MatchString},
	{"name twice", "UniFi's gateways name themselves twice", func(l string) bool {
		w := strings.Fields(rest3164(l))
		return len(w) > 0 && w[0] == host3164(l)
	}},
	{"tag before a blank and its number", "`sogod [7]: …` names a program, no host", regexp.MustCompile(`^<\d+>.{15} +\S+ \[\d+\]:`).MatchString},
	{"context", "the virtual device context of NX-OS is stepped over", regexp.MustCompile(`^<\d+>.{15} (\S+ +)?%\$ `).MatchString},
	{"inner header", "the header of an ASA behind a relay's is stepped over", regexp.MustCompile(`^<\d+>.{15} \S+ +\S.*%[A-Za-z]\S*-\S*-\S*:`).MatchString},
	{"relayed", "`Message forwarded from` and `last message repeated` are no hosts", regexp.MustCompile(`^<\d+>.{15} (Message forwarded from|last message repeated) `).MatchString},
	{"Cisco mnemonic", "%FAC-6-MNEMONIC: is kept in the message, where its parser reads it, and a sequence number before it is left out",
		regexp.MustCompile(`^<\d+>.{15} (\S+ )?(: *|\d+: .*)?%[A-Za-z]\S*-\S*:|^<\d+>.{15} \S+ : `).MatchString},
	{"facility by name", "`daemon.info` between host and tag is stepped over", regexp.MustCompile(`^<\d+>.{15} \S+ [a-z0-9-]+\.[a-z]+ `).MatchString},
	{"access point", "a model and MAC address between host and tag go to the label syslog.device", regexp.MustCompile(`^<\d+>.{15} \S+ \S*,\S*: `).MatchString},
	{"tag that is none", "a tag does not begin with a bracket, quote or parenthesis, and has up to 128 characters where the RFC has 32; tag[pid]: needs no blank behind it",
		func(l string) bool {
			r := rest3164(l)
			return r != "" && strings.ContainsRune("{<\"([", rune(r[0])) || regexp.MustCompile(`^[^ :\[]{33,}[:\[]`).MatchString(r) ||
				regexp.MustCompile(`^[^ :\[]+\[[^\]]*\](:([^ ]|$)| |$)`).MatchString(r) || regexp.MustCompile(`^[^ :\[]+\[[^\]]*[ \]]`).MatchString(r) && !regexp.MustCompile(`^[^ :\[]+\[[^\] ]{1,128}\]: `).MatchString(r) ||
				regexp.MustCompile(`^[^ :\[]+(\[[^\]]*\])?: ?$`).MatchString(r) || regexp.MustCompile(`^[^ :\[]+\[[^\]]*$`).MatchString(r)
		}},
	{"bracket in the message", "go-syslog lets a pid begin anew and end at a later ]: to us the first one ends it",
		func(l string) bool {
			return regexp.MustCompile(`(?s)^[^ :\[]+\[[^\] ]{1,128}\]: .*\]`).MatchString(rest3164(l))
		}},
	{"tag without blank", "go-syslog reports a tag before a colon without a blank, and leaves it in the message too: we do the latter alone",
		func(l string) bool { return regexp.MustCompile(`^[^ :\[]+:[^ ]`).MatchString(rest3164(l)) }},
	{"no program", "a tag of digits alone, or with = in it, is no program's name, and what comes before a second ] is: gdm-password][7]",
		func(l string) bool {
			return regexp.MustCompile(`^([0-9]+[:\[]|[^ :\[]*=|[^ :\[]*\]\[)`).MatchString(rest3164(l))
		}},
	{"part of SSSD", "what stands in brackets behind sssd is a part of it, sssd[pam], and no pid", func(l string) bool { return regexp.MustCompile(`^sssd\[\d*[^\d\]]`).MatchString(rest3164(l)) }},
	{"long pid", "a pid has at most 128 bytes, not characters", func(l string) bool {
		_, pid, _ := strings.Cut(rest3164(l), "[")
		return strings.IndexByte(pid, ']') > 128
	}},
	{"tab", "a tab ends a tag, as Snare writes it", func(l string) bool { return strings.Contains(l, "\t") }},
	{"line end", "CR, LF and NUL at the end belong to the framing", func(l string) bool { return strings.TrimRight(l, "\r\n\x00") != l }},
	{"JSON message", "the message of a JSON body is the body's own", regexp.MustCompile(`^<\d+>.{15} \S+ +([^ :\[]*(\[[^\]]*\])?: *)?(@cee: *)?\{`).MatchString},
	{"FortiGate message", "the message of a list of pairs is its msg", func(l string) bool {
		return regexp.MustCompile(`(^| )(date|dev|time|type|log).* type=`).MatchString(rest3164(l))
	}},
}

var loose3164 = regexp.MustCompile(`(?s)^<\d+>.{15} (\S*)(?: (.*))?$`)

func host3164(l string) string {
	if m := loose3164.FindStringSubmatch(l); m != nil {
		return m[1]
	}
	return ""
}

func rest3164(l string) string {
	if m := loose3164.FindStringSubmatch(l); m != nil {
		return m[2]
	}
	return ""
}

// FuzzRFC3164 holds us to go-syslog's strict reading of whatever it accepts, the year apart: it has none.
func FuzzRFC3164(f *testing.F) {
	for _, s := range []string{
		`<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8`,
		`<13>Feb  5 17:32:18 192.0.2.99 Use the BFG!`, `<38>Nov 23 19:00:01 web1 sshd[4711]: Accepted password for alice from 192.0.2.1 port 1 ssh2`,
		`<0>Jan  1 00:00:00 h m`, `<191>Dec 31 23:59:59 2001:db8::1 app[1]:  two blanks`, `<13>Feb 29 00:00:00 h a: leap`,
		`<13>Jan  5 12:00:00 h kernel: [ 12.5] x`, `<13>Jan  5 12:00:00 h a/b.c-d[x y]: z`, `<13>Jan  5 12:00:00 h word:without blank`,
		`<13>Jan  5 12:00:00 h a[` + strings.Repeat("é", 70) + `]: x`,
	} {
		f.Add(s)
	}
	strict := rfc3164.NewMachine(rfc3164.WithYear(rfc3164.Year{YYYY: 2024}))
	f.Fuzz(func(t *testing.T, line string) {
		m, err := strict.Parse([]byte(line))
		if err != nil || m == nil || allowed(line, deviations3164) {
			return
		}
		want := m.(*rfc3164.SyslogMessage)
		e, s := syslogOnly(t, line)
		same(t, line, "priority", number64(e, event.LogSyslogPriority), int64(*want.Priority))
		same(t, line, "hostname", e.Str(event.LogSyslogHostname), str(want.Hostname))
		same(t, line, "tag", e.Str(event.LogSyslogAppname), str(want.Appname))
		same(t, line, "pid", strings.Trim(e.Str(event.LogSyslogProcid), "[]"), strings.Trim(str(want.ProcID), "[]")) // which brackets are the tag's own is told by nobody
		same(t, line, "message", e.Str(event.Message), str(want.Message))
		same(t, line, "has time", s.Has, want.Timestamp != nil)
		if want.Timestamp != nil {
			same(t, line, "time", time.Unix(0, s.Time).UTC().Format(time.Stamp), want.Timestamp.Format(time.Stamp))
		}
	})
}

func allowed(line string, list []deviation) bool {
	for _, d := range list {
		if d.holds(line) {
			return true
		}
	}
	return false
}

// syslogOnly reads line as syslog, without the parsers of bodies.
func syslogOnly(t *testing.T, line string) (event.Event, Stamp) {
	t.Helper()
	return row(t, line, Syslog)
}

func same[T comparable](t *testing.T, line, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%q: %s is %#v, go-syslog reads %#v", line, what, got, want)
	}
}

func str(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func number64(e event.Event, f event.Field) int64 {
	n, _ := e.Int(f)
	return n
}

// FuzzLine holds what is promised of any bytes: no panic, every byte kept, JSON that decodes, a host that shards agree on.
func FuzzLine(f *testing.F) {
	for _, c := range headerCases {
		f.Add([]byte(c.line))
	}
	for _, c := range bodyCases(f) {
		f.Add([]byte(c.Line))
	}
	p, err := New(Options{Zone: "Europe/Berlin"})
	if err != nil {
		f.Fatal(err)
	}
	var b event.Batch
	f.Fuzz(func(t *testing.T, line []byte) {
		for _, format := range []Format{Auto, Syslog, JSON} {
			b.Reset()
			p.Line(&b, line, received, format)
			b.End()
			e := b.Event(0)
			if got, want := e.Str(event.EventOriginal), line[:min(len(line), MaxLine)]; got != string(want) {
				t.Fatalf("event.original is %q, should be %q", got, want)
			}
			if text := e.AppendJSON(nil, nil); !json.Valid(text) || bytes.IndexByte(text, '\n') >= 0 {
				t.Fatalf("no JSON line: %s", text)
			}
			if e.Str(event.ErrorMessage) != "" && strings.HasPrefix(e.Str(event.ErrorMessage), "BUG") {
				t.Fatalf("%q: %s", line, e.Str(event.ErrorMessage))
			}
			if host := Host(line); format == Auto && host != nil && e.Str(event.HostName) != string(host) {
				t.Fatalf("%q: Host is %q, host.name %q", line, host, e.Str(event.HostName))
			}
		}
	})
}
