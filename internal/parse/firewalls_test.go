package parse

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"

	"watchpost/internal/event"
)

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

// TestFirewallsAllocateNothing reads each line of the devices' test data again and again.
func TestFirewallsAllocateNothing(t *testing.T) {
	f := func(name string) {
		t.Helper()
		file, err := os.Open("testdata/" + name + ".jsonl")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		for s := bufio.NewScanner(file); s.Scan(); {
			var c bodyCase
			if err := json.Unmarshal(s.Bytes(), &c); err != nil {
				t.Fatal(err)
			}
			p, err := New(Options{})
			if err != nil {
				t.Fatal(err)
			}
			var b event.Batch
			line := []byte(c.Line)
			fill := func() {
				b.Reset()
				for range 8 {
					p.Line(&b, line, received, Auto)
					b.End()
				}
			}
			fill()
			if n := testing.AllocsPerRun(10, fill) / 8; n != 0 {
				t.Errorf("%v allocations a line: %s", n, c.Line)
			}
		}
	}
	for _, name := range []string{"panos", "sophos", "sonicwall", "junos", "ftd", "ios", "checkpoint", "cef", "appliances", "gateways"} {
		f(name)
	}
}
