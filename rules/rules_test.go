package rules_test

import (
	"path"
	"testing"

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
