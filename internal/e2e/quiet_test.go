package e2e

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	alerts "watchpost/internal/alert"
	"watchpost/internal/detect"
	"watchpost/internal/rule"
	"watchpost/internal/window"
	"watchpost/rules"
)

// quietMost is how many alerts per 10,000 lines the pack may raise over a collection of ordinary lines, by level. OpenSSH and Linux hold real
// guessing of passwords.
var quietMost = map[string]map[string]float64{
	"loghub/OpenSSH":            {"low": 40, "medium": 85},
	"loghub/Linux":              {"medium": 210}, // 205 by PAM, one burst of klogind
	"loghub/Apache":             {},
	"loghub/Windows":            {},
	"elastic-pipeline/firewall": {"medium": 28},
}

// TestQuiet runs the whole pack over ordinary lines and prints what it raises: by level, per 10,000 lines, and by rule. docs/pack.md says why
// each is right.
func TestQuiet(t *testing.T) {
	all := wholePack(t)
	for _, name := range slices.Sorted(maps.Keys(quietMost)) {
		lines := quietLines(t, name)
		byLevel, byRule := map[string]int{}, map[string]int{}
		b := linesBatch(t, lines, nil)
		if _, err := detect.Replay(all, window.Defaults, one(b), func(a alerts.Alert) {
			if name == "elastic-pipeline/firewall" && strings.HasPrefix(a.Rule, "source-silent") {
				return // single lines of many devices and years: silence says nothing there
			}
			byLevel[a.Level]++
			byRule[a.Rule]++
			t.Logf("  %s: %s (%s) %v, %d events", name, a.Rule, a.Level, a.Group, a.Count)
		}); err != nil {
			t.Fatal(err)
		}
		out := ""
		for _, level := range []string{"informational", "low", "medium", "high", "critical"} {
			rate := 1e4 * float64(byLevel[level]) / float64(len(lines))
			out += fmt.Sprintf(" %s %.1f", level, rate)
			if most := quietMost[name][level]; rate > most {
				t.Errorf("%s: %.1f alerts of level %s per 10,000 lines, %.0f are allowed", name, rate, level, most)
			}
		}
		t.Logf("%s: %d lines; per 10,000:%s", name, len(lines), out)
		for _, r := range slices.SortedFunc(maps.Keys(byRule), func(a, b string) int { return cmp.Or(byRule[b]-byRule[a], cmp.Compare(a, b)) }) {
			t.Logf("    %4d %s", byRule[r], r)
		}
	}
}

// wholePack gives all rules that come with the product.
func wholePack(t *testing.T) *detect.Rules {
	t.Helper()
	set, err := rule.Load(rules.FS())
	if err != nil {
		t.Fatal(err)
	}
	all, err := detect.Compile(set)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// quietLines reads a collection: the log of loghub, or the lines of firewalls from the cases of elastic-pipeline.
func quietLines(t *testing.T, name string) (lines []string) {
	file := sharedData + "elastic-pipeline/cases.jsonl"
	var dir, kind string
	if n, _ := fmt.Sscanf(name, "loghub/%s", &kind); n == 1 {
		dir = sharedData + name + "/"
		file = dir + kind + "_2k.log"
	}
	f, err := os.Open(file)
	if err != nil {
		t.Skipf("no shared data: %v", err)
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Buffer(nil, 16<<20)
	for s.Scan() {
		if dir != "" {
			lines = append(lines, s.Text())
			continue
		}
		var c struct {
			Family string
			Lines  []string
		}
		if err := json.Unmarshal(s.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		if c.Family != "system.auth" {
			lines = append(lines, c.Lines...)
		}
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}
