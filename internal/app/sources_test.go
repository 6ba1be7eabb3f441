package app

import (
	"strings"
	"testing"
	"time"

	"watchpost/internal/web"
)

// What came twice, and what a rule of the installation's own took away, is not lost.
func TestSourcesTable(t *testing.T) {
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	var out strings.Builder
	err := sourcesTable(&out, []web.Source{
		{Tenant: "shop", Listener: "tcp", Source: "192.0.2.7", State: "ok", LastSeen: now, Received: 160, Stored: 100, Quarantined: 1,
			Rejected: map[string]uint64{"empty record": 2}, Dropped: map[string]uint64{"duplicate": 30, "content health": 20, "queue full": 7}},
		{Tenant: "bank", Listener: "udp", Source: "192.0.2.8", State: "silent", LastSeen: now.Add(-time.Hour), Received: 5, Stored: 5},
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(out.String()) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	want := []string{
		"STATE TENANT LISTENER SOURCE LAST SEEN PER HOUR USUAL UNPARSED CLOCK ZONE RECEIVED STORED TWICE BY RULE LOST",
		"silent bank udp 192.0.2.8 1h0m0s ago 0 0 0.0 % 5 5 0 0 0",
		"ok shop tcp 192.0.2.7 0s ago 0 0 0.0 % 160 100 30 20 10",
		"rejected: empty record, from 192.0.2.7 by tcp: 2",
		"dropped: content health, from 192.0.2.7 by tcp: 20",
		"dropped: duplicate, from 192.0.2.7 by tcp: 30",
		"dropped: queue full, from 192.0.2.7 by tcp: 7",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
