package rules_test

import (
	"path"
	"testing"

	"watchpost/internal/attack"
	"watchpost/internal/hunt/pack"
	"watchpost/internal/rule"
	"watchpost/rules"
)

// TestComplete holds each shipped rule to what an analyst needs of it.
func TestComplete(t *testing.T) {
	set, err := rule.Load(rules.FS())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range set.Rules {
		hits, quiet := 0, 0
		for _, x := range r.Tests {
			if len(x.Alerts) > 0 {
				hits++
			} else {
				quiet++
			}
		}
		if hits == 0 || quiet == 0 {
			t.Errorf("%s: %d tests that alert and %d that do not: want both", r.ID, hits, quiet)
		}
		if r.Description == "" || r.Playbook == "" || len(r.FalsePositives) == 0 || len(r.GroupBy) == 0 || path.Base(r.File) != r.ID+".yaml" {
			t.Errorf("%s: description, playbook, falsepositives or group_by is missing, or the file has another name", r.ID)
		}
	}
	if len(set.Rules) < 10 {
		t.Errorf("%d rules", len(set.Rules))
	}
}

// Each technique that rules and hunts look for is one of ATT&CK's, and not revoked.
func TestTechniquesAreKnown(t *testing.T) {
	set, err := rule.Load(rules.FS())
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]string{}
	for _, r := range set.Rules {
		for _, id := range r.Techniques {
			used[id] = "rule " + r.ID
		}
	}
	packs, err := pack.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packs {
		for _, h := range p.Hunts {
			for _, id := range h.Attack {
				used[id] = "hunt " + h.ID
			}
		}
	}
	if len(used) < 100 {
		t.Errorf("%d techniques", len(used))
	}
	for id, by := range used {
		if known, ok := attack.Of(id); !ok || known.Gone != "" {
			t.Errorf("%s: %s: %q in ATT&CK %s", by, id, known.Gone, attack.Version)
		}
	}
}
