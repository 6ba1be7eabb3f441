package parse

import "testing"

// TestFirewallTables holds the tables that are searched to their order.
func TestFirewallTables(t *testing.T) {
	for i := 1; i < len(iosRules); i++ {
		if iosRules[i-1].id > iosRules[i].id {
			t.Errorf("iosRules: %s stands before %s", iosRules[i-1].id, iosRules[i].id)
		}
	}
	for _, l := range panosLists {
		for _, columns := range l.columns {
			for _, c := range columns {
				if c.n >= maxColumns {
					t.Errorf("%s: column %d of %d", l.typ, c.n, maxColumns)
				}
			}
		}
	}
}
