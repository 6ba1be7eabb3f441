package hunt_test

import (
	"fmt"
	"regexp"
	"testing"

	"watchpost/internal/event"
	"watchpost/internal/rule/ruletest"
)

// pruned finds in a plan that few granules of hundred are read.
var pruned = regexp.MustCompile(`\| Granules: [1-8]\n`)

// TestSame holds that fields which the store keeps as "what another field is" are found, through the indexes, as if they were stored.
func TestSame(t *testing.T) {
	conn := db.open(t)
	b := new(event.Batch)
	for i := range 400 {
		b.Begin(fmt.Appendf(nil, "<13>app: request %d", i), ruletest.At.UnixNano())
		ip, host, user := fmt.Sprintf("10.0.%d.%d", i/250, i%250), fmt.Sprintf("host%d", i), fmt.Sprintf("user%d", i)
		b.SetString(event.SourceIP, ip)
		b.SetString(event.DestinationIP, "192.0.2.1")
		b.SetString(event.SourceAddress, ip)
		b.SetString(event.HostName, host)
		b.SetString(event.HostHostname, host)
		b.SetString(event.UserName, user)
		b.AddString(event.RelatedIP, ip)
		b.AddString(event.RelatedIP, "192.0.2.1")
		b.AddString(event.RelatedUser, user)
		b.AddString(event.RelatedHosts, host)
		b.SetInt(event.LogTimestamp, ruletest.At.UnixNano())
		switch i % 8 {
		case 0: // all is otherwise
			b.SetString(event.SourceAddress, fmt.Sprintf("name%d.example", i))
			b.SetString(event.HostHostname, fmt.Sprintf("own%d", i))
			b.AddString(event.RelatedIP, fmt.Sprintf("2001:db8::%x", i+1))
			b.AddString(event.RelatedUser, "root")
			b.AddString(event.RelatedHosts, fmt.Sprintf("proxy%d", i))
			b.SetInt(event.LogTimestamp, ruletest.At.UnixNano()-1)
		case 1: // the other is missing
			b.Unset(event.SourceIP)
		}
		b.End()
	}
	b.SetID(event.NewBlockID(ruletest.At.UnixNano()))
	if err := db.fill(b); err != nil {
		t.Fatal(err)
	}
	for _, src := range []string{
		`source.address == "10.0.0.77"`, `source.address == "name80.example"`, `source.address in ["10.0.0.78", "name88.example", "x"]`, `source.address == ""`, `not (source.address == "10.0.0.77")`,
		`iequals(source.address, "NAME80.example")`, `source.address startsWith "10.0.0.7"`, `cidr(source.address, "10.0.0.64/28")`, `exists(source.address)`,
		`host.hostname == "host77"`, `host.hostname == "own80"`, `host.hostname == host.name`, `related.ip == "10.0.0.77"`, `related.ip == "192.0.2.1"`, `related.ip in ["2001:db8::51", "10.0.0.3"]`, `not (related.ip == "192.0.2.1")`,
		`cidr(related.ip, "2001:db8::/64")`, `exists(related.ip)`, `related.user == "user77"`, `related.user == "root"`, `related.hosts == "proxy80"`, `related.hosts == "host81"`, `related.hosts contains "ost8"`,
		`ieq(host.hostname, "HOST77")`, `ieq(host.hostname, "Own80")`, `ieq(host.hostname, "")`, `not (ieq(host.hostname, "HOST77"))`, `ieq(related.user, "USER77", "Root")`, `ieq(related.hosts, "PROXY80", "")`, `ieq(related.hosts, "größe")`,
		`ieq(user.name, "USER77")`, `ieq(host.name, "Host77", "HOST78")`, `ieq(log.syslog.hostname, "host77")`, `ieq(related.ip, "10.0.0.77")`,
	} {
		if err := agree(src, b); err != nil {
			t.Error(err)
		}
	}
	for _, src := range []string{`source.address == "10.0.0.77"`, `source.address in ["name80.example", "10.0.0.81"]`, `host.hostname == "host77"`, `related.ip == "10.0.0.77"`, `related.ip == "2001:db8::51"`,
		`related.user == "user77"`, `related.hosts == "host77"`, `related.hosts == "proxy80"`, `ieq(user.name, "USER77")`, `ieq(host.name, "Host77", "HOST78")`,
		`ieq(host.hostname, "HOST77")`, `ieq(host.hostname, "Own80", "x")`, `ieq(related.user, "USER77")`, `ieq(related.hosts, "PROXY80")`} {
		if plan := explain(t, conn, src); !pruned.MatchString(plan) {
			t.Errorf("%s: the indexes do not help:\n%s", src, plan)
		}
	}
}
