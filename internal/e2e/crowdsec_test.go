package e2e

import (
	"bufio"
	"encoding/json"
	"iter"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	alerts "watchpost/internal/alert" // a helper of this package is called alert
	"watchpost/internal/detect"
	"watchpost/internal/event"
	"watchpost/internal/normalise"
	"watchpost/internal/parse"
	"watchpost/internal/rule"
	"watchpost/internal/window"
)

const (
	sharedData   = "../../../shared/data/"
	crowdsecGoal = 95 // percent of the expected alerts
)

// hubCase is a log and the alerts that CrowdSec's hub expects of it.
type hubCase struct {
	ID        string
	Lines     []string
	Scenarios []string // of the case, as paths or names
	Expect    struct {
		Alerts []struct {
			Scenario string
			Sources  []string
			Events   int
		}
	}
}

// hubReasons says why an alert that the hub expects does not come, by case and scenario.
var hubReasons = map[string]string{
	"crowdsec/charon-ipsec-bf darkclip/charon-ipsec-bf":          "the line that tells of the failure holds no address; CrowdSec keeps the one of the line before in a store of its own, our parser reads each line by itself",
	"crowdsec/laurel-suid-crash crowdsecurity/auditd-suid-crash": "laurel puts the record of the crash into an array of objects, which stays one label: no process id to put the two together by",
}

// hubMore says why an alert comes that the hub does not expect, by scenario.
var hubMore = map[string]string{
	"LePresidente/redmine-bf_user-enum": "six names in six seconds are what the scenario describes; the hub's events carry no user to count",
}

// hubPlaces stands for a database of places, which the hub's tests have too.
var hubPlaces = map[string]string{"1.2.3.4": "-27.47,153.01", "9.8.8.8": "39.04,-77.49"}

// TestCrowdsec runs rules equal to the hub's scenarios over its logs, by the time in the lines, and counts which of the expected alerts come
// with the right source.
func TestCrowdsec(t *testing.T) {
	cases := hubCases(t)
	set, err := rule.Load(os.DirFS("testdata/crowdsec"))
	if err != nil {
		t.Fatal(err)
	}
	wanted, reached, extra := 0, 0, 0
	for _, c := range cases {
		got := hubAlerts(t, set, c)
		for _, w := range c.Expect.Alerts {
			wanted++
			i := slices.IndexFunc(got, func(a alerts.Alert) bool { return a.Title == w.Scenario && fromSource(&a, w.Sources) })
			if i < 0 {
				reason, known := hubReasons[c.ID+" "+w.Scenario]
				if !known {
					reason = "NO REASON KNOWN"
				}
				t.Logf("missing: %s: %s %v: %s", c.ID, w.Scenario, w.Sources, reason)
				continue
			}
			reached++
			if w.Events > 0 && got[i].Count != uint64(w.Events) {
				t.Logf("note: %s: %s %v: %d events, the hub counts %d", c.ID, w.Scenario, w.Sources, got[i].Count, w.Events)
			}
			got = slices.Delete(got, i, i+1)
		}
		for i := range got {
			extra++
			t.Logf("more: %s: %s %v: %s", c.ID, got[i].Title, got[i].Group, hubMore[got[i].Title])
		}
	}
	share := 100 * float64(reached) / float64(wanted)
	t.Logf("%d cases: %d of %d expected alerts with the right source, %.1f %%; %d more than expected; %d rules", len(cases), reached, wanted, share, extra, len(set.Rules))
	if share < crowdsecGoal {
		t.Errorf("%.1f %% is less than %d %%", share, crowdsecGoal)
	}
}

func hubCases(t *testing.T) []hubCase {
	f, err := os.Open(sharedData + "crowdsec-hub/detect.jsonl")
	if err != nil {
		t.Skipf("no shared data: %v", err)
	}
	defer f.Close()
	var out []hubCase
	s := bufio.NewScanner(f)
	s.Buffer(nil, 16<<20)
	for s.Scan() {
		var c hubCase
		if err := json.Unmarshal(s.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// hubAlerts runs those rules that stand for the scenarios of the case. A file of the hub may hold several: a rule is one of the case
// if its title is the scenario's or begins with it and an underline or hyphen.
func hubAlerts(t *testing.T, set *rule.Set, c hubCase) []alerts.Alert {
	some := &rule.Set{Hash: set.Hash}
	for _, r := range set.Rules {
		of := func(s string) bool { return hubScenario(r.Title, s) }
		if slices.ContainsFunc(c.Scenarios, of) || strings.HasSuffix(r.Title, "aws-cloudtrail-bf-console-login") && strings.HasSuffix(c.ID, "/aws-bf") {
			some.Rules = append(some.Rules, r)
		}
	}
	rules, err := detect.Compile(some)
	if err != nil {
		t.Fatal(err)
	}
	b := linesBatch(t, c.Lines, hubPlaces)
	var got []alerts.Alert
	if _, err := detect.Replay(rules, window.Defaults, one(b), func(a alerts.Alert) { got = append(got, a) }); err != nil {
		t.Fatal(err)
	}
	return got
}

func hubScenario(title, scenario string) bool {
	s := strings.TrimSuffix(strings.TrimSuffix(scenario, ".yaml"), ".yml")
	if _, rest, ok := strings.Cut(s, "scenarios/"); ok {
		s = rest
	}
	rest, ok := strings.CutPrefix(title, s)
	return ok && (rest == "" || strings.HasSuffix(rest, "enum") || strings.HasSuffix(rest, "rbl")) ||
		strings.HasSuffix(s, "keycloak-bf") && strings.HasSuffix(title, "keycloak-user-enum-bf") ||
		strings.HasSuffix(s, "lemonldap-ng-bf") && strings.HasSuffix(title, "lemonldap-ng-user-enum")
}

// fromSource says whether the alert is about one of the sources.
func fromSource(a *alerts.Alert, sources []string) bool {
	if len(sources) == 0 {
		return true
	}
	for _, name := range []string{"source.ip", "user.name", "process.parent.pid", "process.executable"} {
		have, ok := a.Get(name)
		if ok && slices.ContainsFunc(sources, func(s string) bool { return sameSource(have, s) }) {
			return true
		}
	}
	return false
}

func sameSource(a, b string) bool {
	x, err := netip.ParseAddr(a)
	y, err2 := netip.ParseAddr(b)
	return a == b || err == nil && err2 == nil && x.Unmap() == y.Unmap()
}

// linesBatch makes events of lines, each as if received at its own time; a line without has that of the one before.
func linesBatch(t testing.TB, lines []string, places map[string]string) *event.Batch {
	t.Helper()
	p, err := parse.New(parse.Options{})
	if err != nil {
		t.Fatal(err)
	}
	received := time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC).UnixNano()
	last := received
	b := new(event.Batch)
	for _, l := range lines {
		s := p.Line(b, []byte(l), received, parse.Auto)
		if s.Has {
			last = s.Time
		}
		b.SetString(event.Tenant, "default")
		normalise.Defaults.Row(b, normalise.Stamp(s), received)
		if place := places[event.Event{Batch: b, Row: b.Rows()}.Str(event.SourceIP)]; place != "" {
			b.SetString(event.SourceGeoLocation, place)
		}
		b.SetTime(last)
		b.End()
	}
	return b
}

func one(b *event.Batch) iter.Seq2[*event.Batch, error] {
	return func(yield func(*event.Batch, error) bool) { yield(b, nil) }
}
