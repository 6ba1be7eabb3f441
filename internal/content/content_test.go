package content

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/normalise"
	"watchpost/internal/parse"
)

func load(t testing.TB, src string) (*Set, error) {
	t.Helper()
	return Load(fstest.MapFS{"a.yaml": {Data: []byte(src)}, "notes.txt": {Data: []byte("not read")}}, Options{Classes: []string{"long", "short"}, Key: []byte("key")})
}

func batch(t testing.TB, lines ...string) *event.Batch {
	t.Helper()
	p, err := parse.New(parse.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := new(event.Batch)
	for _, l := range lines {
		s := p.Line(b, []byte(l), 1e18, parse.Auto)
		normalise.Defaults.Row(b, normalise.Stamp(s), 1e18)
		b.End()
	}
	return b
}

func TestFaultsAreNamedWithTheirPlace(t *testing.T) {
	f := func(src, want string) {
		t.Helper()
		_, err := load(t, src)
		if got := fmt.Sprint(err); !strings.Contains(got, want) || !strings.Contains(got, "a.yaml:") {
			t.Errorf("%s\n%s\nwant %s", src, got, want)
		}
	}
	f("name: a\nmatch: user.name == \"x\"\n", "want exactly one of drop, keep, mask, retention")
	f("name: a\ndrop: true\n", "match: is missing")
	f("name: A b\nmatch: exists(user.name)\ndrop: true\n", "name: want")
	f("name: a\nmatch: exists(user.nam)\ndrop: true\n", "user.nam")
	f("name: a\nmatch: exists(user.name)\nkeep: 10%\n", "keep: want 1/N")
	f("name: a\nmatch: exists(user.name)\nretention: ever\n", `no class "ever"`)
	f("name: a\nmatch: exists(user.name)\ndrop: true\nwhy: x\n", `why`)
	f("name: a\nmatch: exists(user.name)\ndrop: true\n---\nname: a\nmatch: exists(user.name)\ndrop: true\n", "a.yaml:5: rule \"a\": name: another rule has it")
	f("name: a\nmask: {find: [ssn]}\n", `mask.find: "ssn" is none of`)
	f("name: a\nmask: {matching: ['(']}\n", "mask.matching: ")
	f("name: a\nmask: {matching: ['x*']}\n", "matches the empty text")
	f("name: a\nmask: {fields: [user.nam]}\n", "mask.fields: ")
	f("name: a\nmask: {fields: [source.port]}\n", "mask.fields: ")
	f("name: a\nmask: {}\n", "none of them says what to hide")
	f("name: a\nmask: {find: [card], with: \"a b\"}\n", "mask.with: ")
	f("- name: a\n", "a.yaml:1")
}

func TestVerdicts(t *testing.T) {
	const rules = `
name: noise
match: process.name == "cron"
drop: true
---
name: chatter
match: process.name == "dnsmasq"
keep: 1/4
---
name: short
match: host.name == "lab1"
retention: short
---
name: long
match: user.name == "root"
retention: long
`
	s, err := load(t, rules)
	if err != nil {
		t.Fatal(err)
	}
	f := func(line, want string) {
		t.Helper()
		got := ""
		for _, v := range s.NewJudge().Batch(batch(t, line)) {
			got = v.Dropped + "/" + v.Retention
		}
		if got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	f("<38>Nov 23 18:14:15 web1 app[7]: hello", "")
	f("<38>Nov 23 18:14:15 lab1 app[7]: hello", "/short")
	f("<38>Nov 23 18:14:15 lab1 cron[7]: hello", "noise/")
	f("<38>Nov 23 18:14:15 lab1 sshd[7]: Accepted password for root from 192.0.2.1 port 1 ssh2", "/long") // the last one that matches
	var lines []string
	for i := range 4000 {
		lines = append(lines, fmt.Sprintf("<38>Nov 23 18:14:15 web1 dnsmasq[7]: query[A] n%d.example.com from 192.0.2.1", i))
	}
	first := s.NewJudge().Batch(batch(t, lines...))
	if n := len(first); n < 2850 || n > 3150 {
		t.Errorf("%d of 4000 dropped, one of four should stay", n)
	}
	if again := s.NewJudge().Batch(batch(t, lines...)); len(again) != len(first) || again[17].Row != first[17].Row {
		t.Error("the same lines have another fate the second time")
	}
}

func TestMask(t *testing.T) {
	f := func(rule, line, want string) {
		t.Helper()
		s, err := load(t, "name: m\nmask: "+rule+"\n")
		if err != nil {
			t.Fatal(err)
		}
		b := batch(t, line)
		got := line
		for _, v := range s.NewJudge().Batch(b) {
			got = string(v.Mask(b.Event(v.Row)))
			again := batch(t, got)
			if len(s.NewJudge().Batch(again)) > 0 {
				t.Errorf("%s\n%s\nis not masked to the end: %s", rule, line, got)
			}
		}
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", rule, got, want)
		}
	}
	const secret, card, email, iban = "{find: [secret]}", "{find: [card]}", "{find: [email]}", "{find: [iban]}"
	f(card, "<38>paid with 4111 1111 1111 1111, order 4111111111111112", "<38>paid with [masked], order 4111111111111112")
	f(card, "<38>5500-0000-0000-0004 and 340000000000009", "<38>[masked] and [masked]")
	f(card, "<38>1234567890123456789012 is no card", "<38>1234567890123456789012 is no card")
	// What stands beside a card is not of it: a time, a check value, a date, another card.
	f(card, "<38>12:00:29 4111111111111111 declined, 4111111111111111 123 12 2027", "<38>12:00:29 [masked] declined, [masked] 123 12 2027")
	f(card, "<38>27 4111 1111 1111 1111 12/27; 4111 1111 1111 1111 340000000000009", "<38>27 [masked] 12/27; [masked] [masked]")
	f(card, `{"msg":"pan\t4111111111111111\n4111111111111111"}`, `{"msg":"pan\t[masked]\n[masked]"}`)
	f(card, "<38>GET /pay?q=%224111111111111111%22&r=%204111%201111+1111-1111&pan%3D4111111111111111", "<38>GET /pay?q=%22[masked]%22&r=%20[masked]&pan%3D[masked]")
	f(card, "<38>x4111111111111111 41111111111111112 4111  1111 1111 1111", "<38>x4111111111111111 41111111111111112 4111  1111 1111 1111")
	f(email, "<38>mail from a.b+c@mail.example.com to <x@y.example>", "<38>mail from [masked] to <[masked]>")
	f(iban, "<38>to DE89 3704 0044 0532 0130 00 and GB82WEST12345698765432, not DE88370400440532013000", "<38>to [masked] and [masked], not DE88370400440532013000")
	f(iban, "<38>AT61 1904 3002 3457 3201 EUR 100; BE68539007547034 1234; IBAN AB12 DE89 3704 0044 0532 0130 00 and NO9386011117947",
		"<38>[masked] EUR 100; [masked] 1234; IBAN AB12 [masked] and [masked]")
	f(iban, `{"m":"to\nDE89370400440532013000"}`, `{"m":"to\n[masked]"}`)
	f(secret, `{"user":"u","password":"hun\"ter2","n":1}`, `{"user":"u","password":"[masked]","n":1}`)
	f(secret, `<38>body {\"api_key\":\"k-1\",\"x\":1}`, `<38>body {\"api_key\":\"[masked]\",\"x\":1}`)
	f(secret, `{"log":"{\"password\":\"ab\\\\cd\\\"ef\",\"n\":1}"}`, `{"log":"{\"password\":\"[masked]\",\"n\":1}"}`) // JSON in JSON
	f(secret, `{"log":"{\"m\":\"{\\\"password\\\":\\\"hunter2\\\",\\\"n\\\":1}\"}"}`, `{"log":"{\"m\":\"{\\\"password\\\":\\\"[masked]\\\",\\\"n\\\":1}\"}"}`)
	f(secret, `<38>GET /go?to=%2Fx%3Faccess_token%3Dabc.def&y=1`, `<38>GET /go?to=%2Fx%3Faccess_token%3D[masked]&y=1`)
	f(secret, `<38>GET /go?body=%7B%22password%22%3A%22hunter2%22%7D HTTP/1.1`, `<38>GET /go?body=%7B%22password%22%3A[masked] HTTP/1.1`)
	f(secret, `<38>GET /x?access_token=abc.def&y=1 Authorization: Bearer eyJh.b.c`, `<38>GET /x?access_token=[masked]&y=1 Authorization: Bearer [masked]`)
	f(secret, `<38>mysql --user root --password hunter2 -h db; DB_PASSWORD='s p' run`, `<38>mysql --user root --password [masked] -h db; DB_PASSWORD='[masked]' run`)
	f(secret, `<38>Server=db;Uid=a;Pwd=x1;`, `<38>Server=db;Uid=a;Pwd=[masked];`)
	f(secret, "<86>Nov 23 18:14:15 h sshd[7]: Failed password for root from 192.0.2.1 port 1 ssh2", "<86>Nov 23 18:14:15 h sshd[7]: Failed password for root from 192.0.2.1 port 1 ssh2")
	f(secret, "<86>Nov 23 18:14:15 h sudo: u : TTY=pts/0 ; PWD=/root ; USER=root ; COMMAND=/bin/ls", "<86>Nov 23 18:14:15 h sudo: u : TTY=pts/0 ; PWD=/root ; USER=root ; COMMAND=/bin/ls")
	f(`{matching: ['(?i)ssn[ =]+(\d{3}-\d{2}-\d{4})', 'K\d+'], with: "***"}`, "<38>SSN 123-45-6789, K77", "<38>SSN ***, ***")
	f(`{fields: [user.name]}`, "<86>Nov 23 18:14:15 h sshd[7]: Accepted password for anna from 192.0.2.1 port 1 ssh2", "<86>Nov 23 18:14:15 h sshd[7]: Accepted password for [masked] from 192.0.2.1 port 1 ssh2")
	f(`{fields: ['labels["note"]']}`, `{"note":"a \u003cb\u003e","other":"a"}`, `{"note":"[masked]","other":"a"}`)
	f(`{fields: [user.name], with: hash}`, "<86>Nov 23 18:14:15 h sshd[7]: Accepted password for anna from 192.0.2.1 port 1 ssh2",
		"<86>Nov 23 18:14:15 h sshd[7]: Accepted password for hmac-d27d461c645c7ca868ae8aca from 192.0.2.1 port 1 ssh2")
}

// A value in a form that Mask does not know shows when the record is read again.
func TestShows(t *testing.T) {
	s, err := load(t, "name: m\nmask: {fields: [user.name]}\n")
	if err != nil {
		t.Fatal(err)
	}
	f := func(line string, want bool) {
		t.Helper()
		b := batch(t, line)
		v := s.NewJudge().Batch(b)
		if len(v) != 1 {
			t.Fatalf("%d verdicts", len(v))
		}
		line = string(v[0].Mask(b.Event(0)))
		if got := v[0].Shows(b.Event(0), batch(t, line).Event(0)); got != want {
			t.Errorf("%s: %v", line, got)
		}
	}
	f(`{"user":{"name":"anna"}}`, false)
	f(`{"user":{"name":"ann\u0061"}}`, true)
}

// What was masked once has nothing left to mask, whatever the record is.
func FuzzMask(f *testing.F) {
	s, err := Load(fstest.MapFS{"a.yaml": {Data: []byte("name: m\nmask: {find: [card, email, iban, secret], fields: [user.name, message]}\n")}}, Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(`{"user":{"name":"a"},"message":"password=x 4111 1111 1111 1111"}`)
	f.Add("<38>sshd[1]: Invalid user a@example.com from 192.0.2.1")
	p, err := parse.New(parse.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, line string) {
		var b event.Batch
		p.Line(&b, []byte(line), 1e18, parse.Auto)
		b.End()
		for _, v := range s.NewJudge().Batch(&b) {
			once := v.Mask(b.Event(0))
			for _, m := range v.masks {
				for _, f := range m.finders {
					if f.finds(once, m) {
						t.Errorf("%q became %q, in which %+v finds more", line, once, f)
					}
				}
			}
		}
	})
}

// What may says no to, the expression does not find.
func FuzzMay(f *testing.F) {
	for _, s := range []string{"a%40b.example", `"Api_Key\": "x`, "--token x", "PASSWORD\t=\t'x y'", "authorization: bearer x", "token%3dx", "token%22%3A%22x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for name, x := range finders {
			if x.may != nil && !x.may([]byte(line)) && x.re.MatchString(line) {
				t.Errorf("%s is in %q", name, line)
			}
		}
	})
}

// A record of the greatest size, made to be slow, takes no longer than the log says: a square would not end.
func TestHostile(t *testing.T) {
	s, err := load(t, "name: m\nmask: {find: [card, email, iban, secret]}\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"a-", "1 ", "a@a.", "password=x ", "AA11 1111 ", "pass=\\", "4111 1111 1111 1111 "} {
		line := "<38>" + strings.Repeat(part, (1<<20-4)/len(part))
		start := time.Now()
		b := batch(t, line)
		for _, v := range s.NewJudge().Batch(b) {
			v.Mask(b.Event(0))
		}
		t.Logf("%q: %v", part, time.Since(start))
	}
}

// BenchmarkJudge says what rules cost for each event where none of them matches: beside it stands what reading the event costs.
func BenchmarkJudge(b *testing.B) {
	var lines []string
	for i := range 5000 {
		lines = append(lines, fmt.Sprintf("<86>Nov 23 18:14:15 web%d sshd[%d]: Failed password for invalid user u%d from 192.0.2.%d port %d ssh2", i%40, i, i%300, i%250, 1024+i))
	}
	rows := batch(b, lines...)
	each := func(b *testing.B, f func()) {
		for b.Loop() {
			f()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(lines)), "ns/event")
	}
	b.Run("read", func(b *testing.B) { each(b, func() { batch(b, lines...) }) })
	for _, n := range []int{1, 20} {
		var src strings.Builder
		for i := range n {
			fmt.Fprintf(&src, "---\nname: r%d\nmatch: host.name == \"db%d\" and message contains \"word%d\"\ndrop: true\n", i, i, i)
		}
		s, err := load(b, src.String())
		if err != nil {
			b.Fatal(err)
		}
		j := s.NewJudge()
		b.Run(fmt.Sprint("rules=", n), func(b *testing.B) { each(b, func() { j.Batch(rows) }) })
	}
	s, err := load(b, "name: m\nmask: {find: [card, email, iban, secret]}\n")
	if err != nil {
		b.Fatal(err)
	}
	j := s.NewJudge()
	b.Run("mask", func(b *testing.B) { each(b, func() { j.Batch(rows) }) })
}
