package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"watchpost/internal/event"
)

func TestUnread(t *testing.T) {
	f := func(want string, rows uint32, deltas ...event.Delta) {
		t.Helper()
		a := account{}
		a.unread(&event.Header{Rows: rows, Account: deltas}, Quarantined, day0)
		var got []string
		for k, g := range a {
			got = append(got, fmt.Sprintf("%s/%s/%s %d", k.tenant, k.listener, k.source, g.count))
			if k.reason != Quarantined {
				t.Error(k.reason)
			}
		}
		slices.Sort(got)
		if s := strings.Join(got, ", "); s != want {
			t.Errorf("%q, want %q", s, want)
		}
	}
	of := func(tenant, source, reason string, n uint64) event.Delta {
		return event.Delta{Tenant: tenant, Listener: "udp", Source: source, Reason: reason, Count: n, Last: day0}
	}
	f("shop/udp/10.0.0.1 7", 7, of("shop", "10.0.0.1", "", 7))
	f("shop/udp/10.0.0.1 7", 7, of("shop", "10.0.0.1", "", 3)) // one alone: its own, whatever its account
	f("bank/udp/10.0.0.2 3, shop/udp/10.0.0.1 4", 7, of("shop", "10.0.0.1", "", 4), of("bank", "10.0.0.2", "", 3))
	// What was received and lost is no row of the block, whoever lost it.
	f("bank/udp/10.0.0.2 3, shop/udp/10.0.0.1 4", 7, of("shop", "10.0.0.1", "", 6), of("shop", "10.0.0.1", "dropped:content", 2), of("bank", "10.0.0.2", "", 3), of("x", "10.0.0.3", "", 9), of("x", "10.0.0.3", "rejected:long", 9))
	f("shop//(unknown sender) 7", 7, of("shop", "10.0.0.1", "", 4), of("shop", "10.0.0.2", "", 4))
	f("//(unknown sender) 7", 7, of("shop", "10.0.0.1", "", 4), of("bank", "10.0.0.2", "", 4))
	f("//(unknown sender) 7", 7)
	f("//(unknown sender) 7", 7, of("shop", "10.0.0.1", "", 9), of("bank", "10.0.0.2", "dropped:x", 2))
}
