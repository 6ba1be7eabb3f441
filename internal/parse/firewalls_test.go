package parse

import (
	"bufio"
	"encoding/json"
	"os"
	"strconv"
	"strings"
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
	for _, name := range []string{"panos", "sophos", "sonicwall", "junos", "ftd", "ios", "cisco_more", "edge_more", "checkpoint", "cef", "appliances", "gateways", "firewallsmore"} {
		f(name)
	}
}

// TestHostileDevices gives each kind of list far more names than a row takes, and halves of what it expects.
func TestHostileDevices(t *testing.T) {
	f := func(begin, between, assign, end string) {
		t.Helper()
		var s strings.Builder
		s.WriteString(begin)
		for i := range 40_000 {
			s.WriteString(between + "Key" + strconv.Itoa(i) + assign + "v" + end)
		}
		e, _ := row(t, s.String(), Auto)
		if got := e.Str(event.ErrorMessage); got != "" {
			t.Errorf("%s: %s", begin, got)
		}
		if got := fieldText(e, "tags"); !strings.Contains(got, TagFewFields) {
			t.Errorf("%s: tags are %q", begin, got)
		}
	}
	f("<14>Nov 23 18:14:15 gw1 CEF:0|V|P|1|7|N|3|", " ", "=", "")
	f("<14>Nov 23 18:14:15 gw1 LEEF:1.0|V|P|1|7|", "\t", "=", "")
	f("<14>device=\"SFW\" log_id=1 log_type=\"Firewall\"", " ", "=\"", "\"")
	f("<14>Nov 23 18:14:15 gw1 %FTD-6-430003: SrcIP: 192.0.2.7", ", ", ": ", "")
	f("<14>1 2026-11-23T18:14:15Z cp1 CheckPoint 7 - [product:\"x\"; ", "", ":\"", "\"; ")
	f("<14>Nov 23 18:14:15 ise1 CISE_Failed_Attempts 1 1 0 2026-11-23 18:14:15.123 +01:00 1 5400 NOTICE A: b", ", ", "=", "")
}
