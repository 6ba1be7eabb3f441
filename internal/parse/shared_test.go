package parse

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"watchpost/internal/event"
)

const shared = "../../../shared/data/" // beside the module, where there is any

var received = time.Date(2026, 11, 23, 20, 0, 0, 0, time.UTC).UnixNano()

// testParser is made once: to build its tables takes longer than to read a line.
var testParser = sync.OnceValue(func() *Parser {
	p, err := New(Options{})
	if err != nil {
		panic(err)
	}
	return p
})

// row reads one line into a fresh batch.
func row(t testing.TB, line string, f Format) (event.Event, Stamp) {
	t.Helper()
	p := testParser()
	b := new(event.Batch)
	s := p.Line(b, []byte(line), received, f)
	b.End()
	return b.Event(0), s
}

// fieldText gives field name of e as text; several values are joined by a comma.
func fieldText(e event.Event, name string) string {
	f, ok := event.Lookup(name)
	if !ok {
		return e.Label(name)
	}
	var all map[string]any
	if err := json.Unmarshal(e.AppendJSON(nil, []event.Field{f}), &all); err != nil {
		return err.Error()
	}
	return asText(all[name])
}

func asText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strings.TrimSuffix(fmt.Sprintf("%f", v), ".000000")
	case []any:
		var out []string
		for _, x := range v {
			out = append(out, asText(x))
		}
		return strings.Join(out, ",")
	}
	return fmt.Sprint(v)
}

func sameText(got, want string) bool {
	if got == want {
		return true
	}
	a, err := netip.ParseAddr(got)
	b, err2 := netip.ParseAddr(want)
	return err == nil && err2 == nil && a.Unmap() == b.Unmap()
}

type sharedCase struct {
	ID, Family, Transport, Header string
	Lines                         []string
	Expect                        map[string]any
}

func sharedCases(t *testing.T, file string) []sharedCase {
	f, err := os.Open(filepath.FromSlash(shared + file))
	if err != nil {
		t.Skipf("no shared data: %v", err)
	}
	defer f.Close()
	var out []sharedCase
	s := bufio.NewScanner(f)
	s.Buffer(nil, 16<<20)
	for s.Scan() {
		var c sharedCase
		if err := json.Unmarshal(s.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

// TestShared compares what real lines are stated to say with what we read: the share of values right, by family.
func TestShared(t *testing.T) {
	floor := map[string]float64{"fail2ban.sshd": 97, "system.auth": 97, "crowdsec.sshd-logs": 97, "crowdsec.fortinet-logs": 97,
		"cisco.asa": 97, "fortinet.firewall": 97, "iptables.log": 97,
		"cisco.ftd": 97, "cisco.ios": 97, "juniper.srx": 97, "panw.panos": 97, "sophos.xg": 97,
		"checkpoint.firewall": 85, "sonicwall.firewall": 75, // docs/parsers.md, "What the given expectations have wrong"
		"crowdsec.bookstack-logs": 80, "crowdsec.traefik-logs": 95} // a program that no line names; a status of "-"
	floorOf := func(family string) float64 {
		if f, ok := floor[family]; ok {
			return f
		}
		if strings.HasPrefix(family, "fail2ban.") || strings.HasPrefix(family, "crowdsec.") {
			return 97
		}
		return 0
	}
	right, all := map[string]int{}, map[string]int{}
	for _, file := range []string{"fail2ban/cases.jsonl", "crowdsec-hub/parse.jsonl", "elastic-pipeline/cases.jsonl"} {
		for _, c := range sharedCases(t, file) {
			if len(c.Lines) != 1 {
				continue
			}
			line := c.Lines[0]
			if c.Header == "bare" && c.Family == "fail2ban.sshd" {
				line = "<38>Nov 23 19:00:00 host sshd[1]: " + line
			}
			e, _ := row(t, line, Auto)
			for name, want := range c.Expect {
				if c.Header == "bare" && strings.HasPrefix(name, "host.") {
					continue
				}
				all[c.Family]++
				if got := fieldText(e, name); sameText(got, asText(want)) {
					right[c.Family]++
				} else if floorOf(c.Family) > 0 {
					t.Logf("%s: %s is %q, should be %q\n\t%s", c.ID, name, got, asText(want), c.Lines[0])
				}
			}
		}
	}
	for _, family := range sorted(all) {
		share := 100 * float64(right[family]) / float64(all[family])
		t.Logf("%-28s %5d of %5d values right, %5.1f %%", family, right[family], all[family], share)
		if share < floorOf(family) {
			t.Errorf("%s: %.1f %% is less than %.0f %%", family, share, floorOf(family))
		}
	}
}

func sorted(m map[string]int) []string {
	var names []string
	for k := range m {
		names = append(names, k)
	}
	sort.Strings(names)
	return names
}

// TestSharedLoghub compares the columns that loghub cut real lines into.
func TestSharedLoghub(t *testing.T) {
	f := func(name, month, day string) {
		file := filepath.FromSlash(shared + "loghub/" + name + "/" + name + "_2k.log")
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Skipf("no shared data: %v", err)
		}
		lines := strings.Split(strings.TrimRight(string(raw), "\n"), "\n")
		table, err := os.Open(file + "_structured.csv")
		if err != nil {
			t.Skipf("no shared data: %v", err)
		}
		defer table.Close()
		rows, err := csv.NewReader(table).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		col := map[string]int{}
		for i, h := range rows[0] {
			col[strings.ToLower(h)] = i
		}
		right, all, shown := 0, 0, 0
		check := func(line, what, got, want string) {
			all++
			if got == want {
				right++
			} else if shown++; shown < 12 {
				t.Logf("%s: %s is %q, should be %q\n\t%s", name, what, got, want, line)
			}
		}
		for i, r := range rows[1:] {
			line := strings.TrimRight(lines[i], "\r")
			e, s := row(t, line, Auto)
			when := time.Unix(0, s.Time).UTC()
			check(line, "time", when.Format("Jan 2 15:04:05"), r[col[month]]+" "+r[col[day]]+" "+r[col["time"]])
			check(line, "procid", e.Str(event.LogSyslogProcid), r[col["pid"]])
			check(line, "message", strings.TrimSpace(e.Str(event.Message)), strings.TrimSpace(r[col["content"]]))
			if name == "Linux" {
				check(line, "host", e.Str(event.HostName), r[col["level"]])
				check(line, "app", e.Str(event.LogSyslogAppname), r[col["component"]])
			} else {
				check(line, "host", e.Str(event.HostName), r[col["component"]])
			}
		}
		share := 100 * float64(right) / float64(all)
		t.Logf("loghub %s: %d of %d values right, %.2f %%", name, right, all, share)
		if share < 97 {
			t.Errorf("loghub %s: %.1f %%", name, share)
		}
	}
	f("OpenSSH", "date", "day")
	f("Linux", "month", "date")
}
