package match

import (
	"slices"
	"testing"

	"watchpost/internal/event"
	"watchpost/internal/rule"
)

// An address is held to the networks, or addresses, that several rules ask for once for all of them.
func TestNetworksOnce(t *testing.T) {
	ask := func(id, source string) *rule.Rule {
		p, err := rule.Compile(source)
		if err != nil {
			t.Fatal(err)
		}
		return &rule.Rule{ID: id, Enabled: true, Steps: []rule.Step{{Match: p, AtLeast: 1}}}
	}
	set := &rule.Set{Rules: []*rule.Rule{
		ask("a", `cidr(source.ip, "192.0.2.0/24", "2001:db8::/32") and event.action == "x"`),
		ask("b", `cidr(source.ip, "2001:db8::/32", "192.0.2.0/24")`),
		ask("c", `cidr(source.ip, "192.0.2.0/25", "2001:db8::/32")`),
		ask("d", `source.ip in ["192.0.2.7", "198.51.100.9"]`),
		ask("e", `source.ip == "192.0.2.7"`),
		ask("f", `cidr(destination.ip, "192.0.2.0/24", "2001:db8::/32")`),
	}}
	for _, c := range newPlan(set).columns {
		want := map[event.Field]int{event.SourceIP: 4, event.DestinationIP: 1}[c.on.Field]
		if len(c.networks) != want {
			t.Errorf("%v: %d networks, want %d", c.on, len(c.networks), want)
		}
	}
	f := func(source, destination string, want ...string) {
		t.Helper()
		b := &event.Batch{}
		b.Begin([]byte("line"), 1)
		b.SetString(event.SourceIP, source)
		b.SetString(event.DestinationIP, destination)
		b.SetString(event.EventAction, "x")
		b.End()
		var got []string
		New(set).Each(b, func(_ int, r *rule.Rule, _ int) { got = append(got, r.ID) })
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s, %s: %q, want %q", source, destination, got, want)
		}
	}
	f("192.0.2.7", "", "a", "b", "c", "d", "e")
	f("192.0.2.200", "", "a", "b")
	f("::ffff:192.0.2.7", "192.0.2.1", "a", "b", "c", "d", "e", "f")
	f("198.51.100.9", "2001:db8::1", "d", "f")
	f("no address", "203.0.113.1")
	f("fe80::1%eth0", "::ffff:192.0.2.3", "f")
}
