package ioc

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestRead(t *testing.T) {
	f := func(name, data string, skipped int, want ...string) {
		t.Helper()
		got, err := Read(name, []byte(data))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		var have []string
		for _, i := range got.Indicators {
			s := fmt.Sprintf("%s %s %s", i.Kind, i.Value, i.Source)
			if !i.Until.IsZero() {
				s += " " + i.Until.Format(time.RFC3339)
			}
			have = append(have, s)
		}
		if !slices.Equal(have, want) || got.Skipped != skipped {
			t.Errorf("%s: %q, %d skipped (%s), want %q, %d", name, have, got.Skipped, got.Example, want, skipped)
		}
	}
	const md5 = "0123456789abcdef0123456789ABCDEF"
	f("a/feed.txt", "# head\n203.0.113.9\n 2001:DB8::1 # why\nevil[.]Example.\nhxxp://evil.example/x?a=1#b\n"+md5+"\n198.51.100.0/24\n203.0.113.1/32\n0.0.0.0\n10.0.0.0/4\nnot an indicator\n\n", 3,
		"ip 203.0.113.9 feed", "ip 2001:db8::1 feed", "domain evil.example feed", "url http://evil.example/x?a=1#b feed", "hash "+strings.ToLower(md5)+" feed", "ip 198.51.100.0/24 feed", "ip 203.0.113.1 feed")
	f("wide.txt", "co.uk\nevil.co.uk\nCOM.\ngithub.io\n", 2, "domain evil.co.uk wide", "domain github.io wide") // below the others everybody can have a name
	// Networks that would find every machine, however they are written.
	f("own.txt", "0.0.0.0/0\n::/0\n::ffff:0:0/96\n::ffff:0:0/90\n::/64\n127.0.0.0/8\n127.0.0.1/32\n10.1.0.0/16\n172.0.0.0/8\n172.16.0.0/12\n192.168.1.0/24\n100.64.0.0/10\n169.254.0.0/16\n::ffff:10.0.0.0/104\nfc00::/7\nfd12::/48\nfe80::/64\n64:ff9b::/96\n224.0.0.0/24\n", 19)
	f("not.txt", "11.0.0.0/8\n172.32.0.0/12\n::ffff:198.51.100.0/120\n2001:db8::/32\n10.1.2.3\n", 0,
		"ip 11.0.0.0/8 not", "ip 172.32.0.0/12 not", "ip 198.51.100.0/24 not", "ip 2001:db8::/32 not", "ip 10.1.2.3 not")
	f("f.csv", "id,ioc_value,valid_until,reporter\n1,203.0.113.9,2027-01-31,ann\n2,evil.example,,\n3,203.0.113.8,soon,\n", 1, "ip 203.0.113.9 ann 2027-01-31T00:00:00Z", "domain evil.example f")
	f("bare.csv", "203.0.113.9,x\nevil.example,y\n", 0, "ip 203.0.113.9 bare", "domain evil.example bare")
	f("semi.csv", "domain;note\nevil.example;a, b\n", 0, "domain evil.example semi")
	f("s.json", `{"type":"bundle","id":"bundle--1","objects":[
		{"type":"indicator","pattern":"[ipv4-addr:value = '203.0.113.9'] OR [domain-name:value = 'evil.example']","pattern_type":"stix","valid_until":"2027-01-31T00:00:00Z"},
		{"type":"indicator","pattern":"[file:hashes.'SHA-256' = '`+strings.Repeat("ab", 32)+`' OR file:hashes.MD5 = '`+md5+`']","pattern_type":"stix"},
		{"type":"indicator","pattern":"[url:value = 'http://evil.example/it\\'s']","pattern_type":"stix"},
		{"type":"indicator","pattern":"[ipv4-addr:value = '203.0.113.7' AND domain-name:value = 'a.example']"},
		{"type":"indicator","pattern":"[ipv4-addr:value != '203.0.113.7']"},
		{"type":"indicator","pattern":"alert tcp","pattern_type":"snort"},
		{"type":"indicator","pattern":"[domain-name:value = 'gone.example']","revoked":true},
		{"type":"malware","name":"x"}]}`, 3,
		"ip 203.0.113.9 s 2027-01-31T00:00:00Z", "domain evil.example s 2027-01-31T00:00:00Z", "hash "+strings.Repeat("ab", 32)+" s", "hash "+strings.ToLower(md5)+" s", "url http://evil.example/it's s")
	misp := `{"info":"x","Orgc":{"name":"cert"},"Attribute":[{"type":"ip-dst|port","value":"203.0.113.9|443","to_ids":true},{"type":"domain|ip","value":"evil.example|203.0.113.8"},
		{"type":"filename|md5","value":"a.exe|` + md5 + `"},{"type":"url","value":"https://evil.example/","to_ids":false},{"type":"text","value":"hm"}],"Object":[{"Attribute":[{"type":"hostname","value":"Www.Evil.example"}]}]}`
	want := []string{"ip 203.0.113.9 cert", "domain evil.example cert", "ip 203.0.113.8 cert", "hash " + strings.ToLower(md5) + " cert", "domain www.evil.example cert"}
	f("m.json", `{"Event":`+misp+`}`, 1, want...)
	f("m.json", `{"response":[{"Event":`+misp+`}]}`, 1, want...)
	f("m.json", `[{"Event":`+misp+`}]`, 1, want...)

	for name, data := range map[string]string{"x.json": "{}", "y.json": "{", "z.xml": "<a/>", "b.csv": "a,\"b\n"} {
		if got, err := Read(name, []byte(data)); err == nil && len(got.Indicators) > 0 || err != nil && !strings.HasPrefix(err.Error(), name) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestLists(t *testing.T) {
	now := time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)
	got := Lists([]Indicator{{IP, "203.0.113.9", "a", time.Time{}}, {IP, "203.0.113.9", "b", time.Time{}}, {IP, "203.0.113.8", "a", now}, {Domain, "evil.example", "a", now.Add(time.Second)}}, now)
	if !slices.Equal(got[IP], []string{"203.0.113.9"}) || !slices.Equal(got[Domain], []string{"evil.example"}) {
		t.Errorf("%v", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("a.csv", "value\n203.0.113.9\n")
	f.Add("a.json", `{"type":"bundle","objects":[{"type":"indicator","pattern":"[url:value = 'http://a.example']"}]}`)
	f.Add("a.txt", "evil[.]example")
	f.Fuzz(func(t *testing.T, name, data string) {
		got, err := Read(name, []byte(data))
		if err != nil {
			return
		}
		for _, i := range got.Indicators {
			if k, v, err := classify(i.Kind, i.Value); err != nil || k != i.Kind || v != i.Value {
				t.Errorf("%+v is read as %s %q, %v", i, k, v, err)
			}
		}
	})
}
